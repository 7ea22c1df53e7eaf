//! Letters: what a scheduled run did, that a connection has ended, and whether an address wants letters at all. Plain
//! text and HTML say the same.
//!
//! Each text stands in both languages side by side ([`Language::of`]), so that a letter is in its reader's own, whole.
//!
//! A subject is one of a few fixed texts ([`Headline`]): nobody writes to anybody under a subject of the own choice.
//!
//! The HTML is a table with styles of its own at each place and no pictures, since that is what mail programs show.

use crate::text::plural;
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use ports::Letter;
use shared::api::runs::{Counts, RunState, RunView};
use shared::api::{EntryView, Outcome};
use shared::language::Language;
use shared::organisation::CrmOrganisation;
use shared::problem::{Code, Place, Problem, Severity, label_in_language, place_crm};
use shared::web_link::WebLink;
use std::fmt::{self, Write as _};

/// Failures that a letter tells one by one; of the rest it tells the number.
pub const MOST_FAILURES: usize = 20;

/// Characters of an organisation's name that stand in a letter to somebody who has not asked for any.
const NAME_SHOWN: usize = 40;

/// Whom a letter is about.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// The CRM organisation's name.
    pub crm_name: &'a str,
    /// The Xero organisation's name.
    pub xero_name: &'a str,
    /// The CRM organisation, if its lists were read: links lead there.
    pub crm: Option<&'a CrmOrganisation>,
    /// The zone of the times in the letter.
    pub zone: Tz,
    /// Our own address, without a trailing slash: the portal is there. Empty while nobody has told it.
    pub public_url: &'a str,
    /// The language of the letter's reader.
    pub language: Language,
}

impl Subject<'_> {
    /// Where the letter as a whole leads: a page of the portal, else the CRM.
    fn door(&self, page: &str, label: &str) -> Option<Place> {
        if self.public_url.is_empty() {
            let url = WebLink::new(&self.crm?.web_url);
            let name = self.crm_name;
            let label = self.language.of(format!("Open {name} in the CRM"), format!("{name} im CRM öffnen"));
            return Some(Place { label, url });
        }
        let url = WebLink::own(self.public_url, &format!("/portal#/{page}"));
        Some(Place { label: label.to_owned(), url })
    }

    fn time(&self, at: DateTime<Utc>) -> String {
        let form = self.language.of("%-d %b %Y, %H:%M %Z", "%d.%m.%Y, %H:%M %Z");
        at.with_timezone(&self.zone).format(form).to_string()
    }

    /// Which organisation goes with which.
    fn sides(&self) -> Part {
        let (crm, xero) = (self.crm_name, self.xero_name);
        Part::Words(self.language.of(format!("{crm} with {xero} in Xero."), format!("{crm} mit {xero} in Xero.")))
    }
}

/// What a letter is about: its title and its subject. Texts of ours and counts, never a word of anybody else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Headline {
    RunFailed,
    RunCancelled,
    Failed { failed: u32, of: u32 },
    Undecided { undecided: u32, of: u32 },
    Waiting { deferred: u32, of: u32 },
    NothingChanged,
    Done(u32),
    CrmEnded,
    XeroEnded,
    Confirm,
}

impl Headline {
    fn told(self, language: Language) -> String {
        let (english, german) = match self {
            Self::RunFailed => ("The run could not go on", "Der Abgleich konnte nicht weiterlaufen"),
            Self::RunCancelled => ("The run was cancelled", "Der Abgleich wurde abgebrochen"),
            Self::NothingChanged => ("Nothing had changed", "Nichts hatte sich geändert"),
            Self::CrmEnded => ("The connection with the CRM has ended", "Die Verbindung mit dem CRM ist beendet"),
            Self::XeroEnded => ("The connection with Xero has ended", "Die Verbindung mit Xero ist beendet"),
            Self::Confirm => ("Please confirm your e-mail address", "Bitte bestätigen Sie Ihre E-Mail-Adresse"),
            Self::Failed { failed, of } => {
                let of = records_among(of, language);
                let german = format!("{failed} von {of} fehlgeschlagen");
                return language.of(format!("{failed} of {of} failed"), german);
            }
            Self::Undecided { undecided, of } => {
                let of = records_among(of, language);
                let german = format!("{undecided} von {of} zu entscheiden");
                return language.of(format!("{undecided} of {of} need a decision"), german);
            }
            Self::Waiting { deferred, of } => {
                let of = records_among(of, language);
                let german = format!("{deferred} von {of} aufgeschoben");
                return language.of(format!("{deferred} of {of} wait"), german);
            }
            Self::Done(count) => {
                let count = records(count, language);
                return language.of(format!("{count} done"), format!("{count} erledigt"));
            }
        };
        language.of(english, german).to_owned()
    }
}

/// A letter that is addressed to nobody yet.
#[derive(Clone)]
pub struct Draft {
    headline: Headline,
    language: Language,
    parts: Vec<Part>,
}

impl fmt::Debug for Draft {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Draft({:?})", self.headline)
    }
}

impl Draft {
    /// The letter to an address. `stop` ends the letters to it; it stands at the bottom.
    #[must_use]
    pub fn to(&self, address: &str, stop: Option<&WebLink>) -> Letter {
        let language = self.language;
        let headline = self.headline.told(language);
        let mut parts = vec![Part::Headline(headline.clone())];
        parts.extend(self.parts.iter().cloned());
        let label = language.of("No more letters to this address", "Keine E-Mails mehr an diese Adresse");
        parts.extend(stop.map(|url| Part::Stop(Place { label: label.to_owned(), url: url.clone() })));
        Letter {
            to: vec![address.to_owned()],
            subject: format!("Ledgerlink: {headline}"),
            text: text(&parts, language),
            html: html(&parts, language),
        }
    }
}

/// A letter about a scheduled run that has ended. `entries` are those of records that failed, as many as are known.
#[must_use]
pub fn letter(run: &RunView, entries: &[EntryView], subject: &Subject<'_>) -> Draft {
    let (counts, language) = (run.counts, subject.language);
    let failed: Vec<&EntryView> =
        entries.iter().filter(|entry| entry.outcome == Outcome::Failed).take(MOST_FAILURES).collect();
    let headline = match run.state {
        RunState::Failed => Headline::RunFailed,
        RunState::Cancelled => Headline::RunCancelled,
        _ if counts.failed > 0 => Headline::Failed { failed: counts.failed, of: counts.candidates },
        _ if counts.undecided > 0 => Headline::Undecided { undecided: counts.undecided, of: counts.candidates },
        _ if counts.deferred > 0 => Headline::Waiting { deferred: counts.deferred, of: counts.candidates },
        _ if counts.candidates == 0 => Headline::NothingChanged,
        _ => Headline::Done(counts.candidates),
    };
    let began = subject.time(run.started_at);
    let told = match run.ended_at.map(|ended| subject.time(ended)) {
        Some(ended) => {
            let (one, more) = language.of(("call", "calls"), ("Anfrage", "Anfragen"));
            let [zoho, xero] = [run.calls.zoho, run.calls.xero].map(|count| number(count, one, more));
            language.of(
                format!("A scheduled run from {began} to {ended}: {zoho} to Zoho and {xero} to Xero."),
                format!("Ein Abgleich nach Zeitplan vom {began} bis {ended}: {zoho} an Zoho und {xero} an Xero."),
            )
        }
        None => language.of(
            format!("A scheduled run, started {began}."),
            format!("Ein Abgleich nach Zeitplan, begonnen am {began}."),
        ),
    };
    let mut parts = vec![subject.sides(), Part::Words(told)];
    if let Some(problem) = run.problem.clone().map(|problem| problem.in_language(language)) {
        let place = problem.place.clone();
        parts.push(Part::Problem { name: None, problems: vec![problem], place });
    }
    let named = |module| label_in_language(&plural(module), language);
    parts.push(Part::Counts(run.pairs.iter().map(|pair| (named(pair.module), pair.counts)).collect(), counts));
    let shown = failed.len();
    if shown > 0 {
        parts.push(Part::Title(language.of("What failed", "Was fehlgeschlagen ist").to_owned()));
    }
    for entry in failed {
        let errors: Vec<Problem> =
            entry.problems.iter().filter(|problem| problem.severity == Severity::Error).cloned().collect();
        let problems = if errors.is_empty() { entry.problems.clone() } else { errors };
        let problems: Vec<Problem> = problems.into_iter().map(|problem| problem.in_language(language)).collect();
        let place = problems.iter().find_map(|problem| problem.place.clone()).or_else(|| {
            let crm = subject.crm.filter(|_| !entry.record_id.is_empty())?;
            let label =
                language.of(format!("Open \"{}\" in the CRM", entry.name), format!("„{}“ im CRM öffnen", entry.name));
            Some(place_crm(crm, entry.module, &entry.record_id, label))
        });
        parts.push(Part::Problem {
            name: Some(format!("{} ({})", entry.name, label_in_language(entry.module.singular(), language))),
            problems,
            place,
        });
    }
    let rest = usize::try_from(counts.failed).unwrap_or(usize::MAX).saturating_sub(shown);
    if rest > 0 {
        let failed = records(counts.failed, language);
        parts.push(Part::Words(match shown {
            0 => language.of(
                format!("{failed} failed; the log says why."),
                format!("{failed} fehlgeschlagen; das Protokoll nennt die Gründe."),
            ),
            _ => language.of(
                format!("And {rest} more; the log has all of them."),
                format!("Und {rest} weitere; im Protokoll stehen alle."),
            ),
        }));
    }
    let note = language.of(
        format!("Run {}. Who gets this letter, and when, is set in Ledgerlink's schedule.", run.id),
        format!("Abgleich {}. Wer diese E-Mail wann bekommt, steht in Ledgerlinks Zeitplan.", run.id),
    );
    let label = language.of("Open this run in Ledgerlink", "Diesen Abgleich in Ledgerlink öffnen");
    let door = subject.door(&format!("runs/{}", run.id), label);
    close(headline, language, parts, door, note)
}

/// A letter about a connection that has ended.
#[must_use]
pub fn broken(problem: &Problem, subject: &Subject<'_>) -> Draft {
    let headline = if problem.code == Code::ZohoDisconnected { Headline::CrmEnded } else { Headline::XeroEnded };
    let language = subject.language;
    let problem = problem.clone().in_language(language);
    let until_then = language.of(
        "Until then nothing is synced, and scheduled runs are left out.",
        "Bis dahin wird nichts abgeglichen, und Abgleiche nach Zeitplan fallen aus.",
    );
    let told = [problem.why, problem.fix, until_then.to_owned()];
    let parts = std::iter::once(subject.sides()).chain(told.into_iter().map(Part::Words)).collect();
    let door =
        subject.door("setup", language.of("Open the connection in Ledgerlink", "Verbindung in Ledgerlink öffnen"));
    let once = language.of("Ledgerlink tells this once.", "Ledgerlink meldet das nur dieses eine Mal.");
    close(headline, language, parts, door, once.to_owned())
}

/// A letter that asks the owner of an address whether it may get letters. Its reader has asked for nothing: of the
/// organisation it says the name alone, as [`plain_name`] writes it.
#[must_use]
pub fn confirmation(crm_name: &str, url: WebLink, days: i64, language: Language) -> Draft {
    let name = plain_name(crm_name);
    let who = language.of(
        format!(
            "An administrator of the CRM organisation \"{name}\" wants Ledgerlink to write to this address when a \
             scheduled sync of that organisation has ended."
        ),
        format!(
            "Ein Administrator der CRM-Organisation „{name}“ möchte, dass Ledgerlink an diese Adresse schreibt, wenn ein \
             Abgleich dieser Organisation nach Zeitplan beendet ist."
        ),
    );
    let how = language.of(
        format!("If you want these letters, open this page and say so. The link is good once, for {days} days."),
        format!(
            "Wenn Sie diese E-Mails möchten, öffnen Sie diese Seite und stimmen Sie dort zu. Der Link gilt einmal und \
             {days} Tage lang."
        ),
    );
    let note = language.of(
        "If you do not know what this is about, do nothing: you get no such letters. If you want to be asked no more, \
         say so on the same page.",
        "Wenn Sie nicht wissen, worum es geht, tun Sie nichts: Dann bekommen Sie keine solchen E-Mails. Wenn Sie nicht \
         mehr gefragt werden möchten, sagen Sie das auf derselben Seite.",
    );
    let label = language.of("Confirm this address, or refuse", "Adresse bestätigen oder ablehnen");
    let door = Place { label: label.to_owned(), url };
    close(Headline::Confirm, language, vec![Part::Words(who), Part::Words(how)], Some(door), note.to_owned())
}

/// An organisation's name for those who have asked for nothing: short, and without anything of which a mail program
/// makes a link.
#[must_use]
pub fn plain_name(name: &str) -> String {
    let speaks = |letter: char| match letter {
        ' ' | '&' | '\'' | '-' | ',' | '+' => true,
        // Punctuation and invisible signs of all scripts, among them dots that count as one in a host's name and signs
        // that turn the direction of writing.
        '\u{80}'..='\u{bf}' | '\u{2000}'..='\u{2bff}' | '\u{3000}'..='\u{303f}' | '\u{fe00}'..='\u{ffff}' => false,
        _ => letter.is_alphanumeric() || (!letter.is_ascii() && !letter.is_control() && !letter.is_whitespace()),
    };
    let spoken: String = name.chars().map(|letter| if speaks(letter) { letter } else { ' ' }).collect();
    let words = spoken.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut short: String = words.chars().take(NAME_SHOWN).collect();
    if short.len() < words.len() {
        short.push('…');
    }
    short
}

/// Adds the end that all letters have.
fn close(headline: Headline, language: Language, mut parts: Vec<Part>, door: Option<Place>, note: String) -> Draft {
    parts.extend(door.map(Part::Door));
    parts.push(Part::Note(note));
    Draft { headline, language, parts }
}

/// A part of a letter.
#[derive(Clone)]
enum Part {
    Headline(String),
    Title(String),
    Words(String),
    Note(String),
    Door(Place),
    Stop(Place),
    Counts(Vec<(String, Counts)>, Counts),
    Problem { name: Option<String>, problems: Vec<Problem>, place: Option<Place> },
}

/// The names of the columns of [`Part::Counts`].
fn column_names(language: Language) -> [&'static str; 8] {
    language.of(
        ["taken up", "created", "updated", "unchanged", "skipped", "failed", "deferred", "undecided"],
        [
            "bearbeitet",
            "gesendet",
            "aktualisiert",
            "im Einklang",
            "ausgelassen",
            "fehlgeschlagen",
            "aufgeschoben",
            "zu entscheiden",
        ],
    )
}

/// What stands before a cause and before what helps.
fn why_and_fix(language: Language) -> [&'static str; 2] {
    language.of(["Why", "Fix"], ["Grund", "Abhilfe"])
}

fn columns(counts: Counts) -> [u32; 8] {
    let Counts { candidates, created, updated, unchanged, skipped, failed, deferred, undecided } = counts;
    [candidates, created, updated, unchanged, skipped, failed, deferred, undecided]
}

fn text(parts: &[Part], language: Language) -> String {
    let [why, fix] = why_and_fix(language);
    let mut out = String::new();
    for part in parts {
        match part {
            Part::Headline(words) | Part::Title(words) => {
                let line = if matches!(part, Part::Headline(_)) { "=" } else { "-" };
                push(&mut out, &[words, &line.repeat(words.chars().count())]);
            }
            Part::Words(words) => push(&mut out, &[words]),
            Part::Note(words) => push(&mut out, &["--", words]),
            Part::Door(place) | Part::Stop(place) => {
                push(&mut out, &[&format!("{}:", place.label), place.url.as_str()])
            }
            Part::Counts(pairs, all) => {
                let lines: Vec<String> =
                    pairs.iter().map(|(name, counts)| counts_line(name, *counts, language)).collect();
                let mut lines: Vec<&str> = lines.iter().map(String::as_str).collect();
                let all = counts_line(all_of(language), *all, language);
                lines.push(&all);
                push(&mut out, &lines);
            }
            Part::Problem { name, problems, place } => {
                let mut lines: Vec<String> = name.iter().cloned().collect();
                for problem in problems {
                    lines.push(format!("  {}", problem.what));
                    lines.extend((!problem.why.is_empty()).then(|| format!("  {why}: {}", problem.why)));
                    lines.extend((!problem.fix.is_empty()).then(|| format!("  {fix}: {}", problem.fix)));
                }
                if let Some((place, url)) = place.as_ref().and_then(|place| Some((place, place.url.address()?))) {
                    lines.push(format!("  {}: {url}", place.label));
                }
                push(&mut out, &lines.iter().map(String::as_str).collect::<Vec<_>>());
            }
        }
    }
    out
}

/// Adds a paragraph.
fn push(out: &mut String, lines: &[&str]) {
    if !out.is_empty() {
        out.push('\n');
    }
    for line in lines {
        out.push_str(line);
        out.push('\n');
    }
}

fn counts_line(name: &str, counts: Counts, language: Language) -> String {
    let [taken_up, outcomes @ ..] = columns(counts);
    let [first, names @ ..] = column_names(language);
    let told: Vec<String> = outcomes
        .into_iter()
        .zip(names)
        .filter(|(count, _)| *count > 0)
        .map(|(count, name)| format!("{count} {name}"))
        .collect();
    let colon = if told.is_empty() { "" } else { ": " };
    format!("{name}: {taken_up} {first}{colon}{}", told.join(", "))
}

const FONT: &str = "font-family:Arial,Helvetica,sans-serif;color:#1f2933;";

fn html(parts: &[Part], language: Language) -> String {
    let mut out = format!(
        "<!doctype html>\n<html lang=\"{}\">\n<head><meta charset=\"utf-8\"><title>Ledgerlink</title></head>\n\
         <body style=\"margin:0;padding:0;background:#ffffff\">\n\
         <table role=\"presentation\" width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" border=\"0\">\n\
         <tr><td align=\"center\" style=\"padding:16px\">\n\
         <table role=\"presentation\" width=\"640\" cellpadding=\"0\" cellspacing=\"0\" border=\"0\" \
         style=\"width:100%;max-width:640px\">\n",
        language.tag()
    );
    for part in parts {
        let (style, inner) = match part {
            Part::Headline(words) => (
                "padding:0 0 12px",
                format!("<h1 style=\"margin:0;font-size:20px;line-height:26px\">{}</h1>", escape(words)),
            ),
            Part::Title(words) => (
                "padding:16px 0 4px",
                format!("<h2 style=\"margin:0;font-size:16px;line-height:22px\">{}</h2>", escape(words)),
            ),
            Part::Words(words) => ("padding:0 0 8px;font-size:14px;line-height:20px", escape(words)),
            Part::Note(words) => ("padding:16px 0 0;font-size:12px;line-height:18px;color:#52606d", escape(words)),
            Part::Door(place) => ("padding:12px 0 0;font-size:14px;line-height:20px", link(place)),
            Part::Stop(place) => ("padding:4px 0 0;font-size:12px;line-height:18px", link(place)),
            Part::Counts(pairs, all) => {
                ("padding:8px 0;font-size:14px;line-height:20px", counts_table(pairs, *all, language))
            }
            Part::Problem { name, problems, place } => (
                "padding:8px 0;border-top:1px solid #cbd2d9;font-size:14px;line-height:20px",
                problem_cell(name.as_deref(), problems, place.as_ref(), language),
            ),
        };
        let _ = writeln!(out, "<tr><td style=\"{FONT}{style}\">{inner}</td></tr>");
    }
    out.push_str("</table>\n</td></tr>\n</table>\n</body>\n</html>\n");
    out
}

fn problem_cell(name: Option<&str>, problems: &[Problem], place: Option<&Place>, language: Language) -> String {
    let mut lines: Vec<String> = name.iter().map(|name| format!("<strong>{}</strong>", escape(name))).collect();
    for problem in problems {
        lines.push(escape(&problem.what));
        for (label, words) in why_and_fix(language).into_iter().zip([&problem.why, &problem.fix]) {
            lines.extend((!words.is_empty()).then(|| format!("{label}: {}", escape(words))));
        }
    }
    lines.extend(place.map(link));
    lines.join("<br>\n")
}

fn counts_table(pairs: &[(String, Counts)], all: Counts, language: Language) -> String {
    let cell = |tag: &str, align: &str, words: &str| {
        format!("<{tag} align=\"{align}\" style=\"padding:4px 6px;border-bottom:1px solid #cbd2d9\">{words}</{tag}>")
    };
    let row = |tag: &str, name: &str, cells: &[String]| {
        let cells: String = cells.iter().map(|words| cell(tag, "right", words)).collect();
        format!("<tr>{}{cells}</tr>\n", cell("th", "left", &escape(name)))
    };
    let mut out = format!(
        "<table cellpadding=\"0\" cellspacing=\"0\" border=\"0\" style=\"{FONT}width:100%;font-size:13px;\
         line-height:18px;border-collapse:collapse\">\n"
    );
    out.push_str(&row("th", "", &column_names(language).map(str::to_owned)));
    for (name, counts) in pairs {
        out.push_str(&row("td", name, &columns(*counts).map(|count| count.to_string())));
    }
    out.push_str(&row("td", all_of(language), &columns(all).map(|count| count.to_string())));
    out.push_str("</table>");
    out
}

/// A link; what leads nowhere stays words.
fn link(place: &Place) -> String {
    let label = escape(&place.label);
    match place.url.address() {
        Some(url) => format!("<a href=\"{}\" style=\"color:#0b69a3\">{label}</a>", escape(url)),
        None => label,
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#39;")
}

/// The name of the row of all pairs together.
fn all_of(language: Language) -> &'static str {
    language.of("All", "Alle")
}

fn records(count: u32, language: Language) -> String {
    let (one, more) = language.of(("record", "records"), ("Datensatz", "Datensätze"));
    number(count, one, more)
}

/// `of 7 records`: German has another case there.
fn records_among(count: u32, language: Language) -> String {
    let (one, more) = language.of(("record", "records"), ("Datensatz", "Datensätzen"));
    number(count, one, more)
}

fn number(count: u32, one: &str, more: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { more })
}
