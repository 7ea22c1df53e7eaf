//! Letters about scheduled runs and dead connections: what stands in them, and who gets them.
//!
//! `UPDATE_GOLDEN=1 cargo test -p engine --test engine notices::` writes `tests/golden` anew; read the difference.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use crate::support;

use chrono::{DateTime, Duration, Utc};
use chrono_tz::Tz;
use engine::access::rights::Administrator;
use engine::letters::links;
use engine::sync::{Desk, Engine};
use engine::wake::notices::{Draft, MOST_FAILURES, Subject, broken, confirmation, letter, plain_name};
use ports::{
    Clock, Database, DatabaseError, Http, HttpError, Letter, Mail, MailError, Random, Request, Response, Row, Statement,
};
use sandbox::World;
use shared::api::runs::{Calls, Counts, PairView, RunKind, RunState, RunView, Scope, Standing};
use shared::api::{EntryView, Outcome};
use shared::id::ZohoOrgId;
use shared::language::Language;
use shared::module::Module;
use shared::organisation::CrmOrganisation;
use shared::problem::{self, Code, Place, Problem};
use shared::settings::schedule::{Notice, NoticeRule};
use shared::settings::{Direction, Schedule};
use shared::web_link::WebLink;
use std::path::Path;
use support::{ADMIN, BASE, Halt, Stage};

fn at(text: &str) -> DateTime<Utc> {
    DateTime::parse_from_rfc3339(text).unwrap().with_timezone(&Utc)
}

fn crm() -> CrmOrganisation {
    CrmOrganisation {
        id: ZohoOrgId::new("123").unwrap(),
        name: "Bell & Co".to_owned(),
        currency: "AUD".to_owned(),
        time_zone: "Australia/Sydney".to_owned(),
        web_url: "https://crm.zoho.com/crm/org123".to_owned(),
        multi_currency: false,
        taxes: Vec::new(),
        taxes_unknown: false,
        tax_mode: None,
        fields: Default::default(),
        line_numbers: Default::default(),
    }
}

fn subject(crm: &CrmOrganisation, language: Language) -> Subject<'_> {
    Subject {
        crm_name: &crm.name,
        xero_name: "Bell & Co Books",
        crm: Some(crm),
        zone: Tz::Australia__Sydney,
        public_url: "https://ledgerlink.example",
        language,
    }
}

fn counts(created: u32, unchanged: u32, failed: u32, deferred: u32) -> Counts {
    let candidates = created + unchanged + failed + deferred;
    Counts { candidates, created, unchanged, failed, deferred, ..Counts::default() }
}

fn run(state: RunState, pairs: &[(Module, Counts)]) -> RunView {
    let started_at = at("2026-04-04T15:30:00Z");
    RunView {
        id: "1775316600000-00ff00ff00ff00ff".to_owned(),
        kind: RunKind::Scheduled,
        by: None,
        state,
        scope: Scope::SinceLast,
        started_at,
        // The clock was put back in between.
        ended_at: Some(started_at + Duration::minutes(75)),
        resumes_at: None,
        pairs: pairs
            .iter()
            .map(|(module, counts)| PairView {
                module: *module,
                direction: Direction::Both,
                listed: true,
                remaining: 0,
                counts: *counts,
            })
            .collect(),
        counts: pairs.iter().fold(Counts::default(), |all, (_, counts)| all.plus(*counts)),
        calls: Calls { zoho: 12, xero: 1 },
        problem: None,
        forecast: None,
    }
}

fn failed(number: usize, module: Module, name: &str, problems: Vec<Problem>) -> EntryView {
    EntryView {
        id: format!("{number:013}-0000000000000000"),
        module,
        record_id: format!("57250000000{number}"),
        name: name.to_owned(),
        outcome: Outcome::Failed,
        at: at("2026-04-04T15:31:00Z"),
        took_ms: 5,
        by: None,
        changes: Vec::new(),
        problems,
        dependencies: Vec::new(),
        calls: Vec::new(),
        run: Some("1775316600000-00ff00ff00ff00ff".to_owned()),
        xero_id: None,
        direction: Direction::Both,
        party: None,
    }
}

fn unmapped() -> Problem {
    let place =
        Place { label: "Open Xero's tax rates".to_owned(), url: "https://go.xero.com/rates?a=1&b=2".to_owned().into() };
    problem::of(Code::TaxUnmapped, &[("tax", "GST <12%>".to_owned())]).at(place)
}

fn failures(count: usize) -> Vec<EntryView> {
    let mut entries = vec![
        failed(1, Module::Invoices, "INV-<1>", vec![problem::of(Code::ValueShortened, &[]), unmapped()]),
        failed(2, Module::PurchaseOrders, "PO \"2\" & 'more'", vec![problem::of(Code::NumberMissing, &[])]),
    ];
    let name = |number| problem::of(Code::NameMissing, &[("module", format!("account {number}"))]);
    entries.extend((3..=count).map(|number| failed(number, Module::Accounts, "Acme", vec![name(number)])));
    entries
}

/// As a user of the CRM gets it.
fn plain(draft: &Draft) -> Letter {
    draft.to("books@bluegum.example", None)
}

fn letters(language: Language) -> Vec<(&'static str, Letter)> {
    let crm = crm();
    let subject = subject(&crm, language);
    let done = [(Module::Accounts, counts(3, 40, 0, 0)), (Module::Invoices, counts(1, 0, 0, 0))];
    let some = [(Module::Accounts, counts(3, 40, 20, 1)), (Module::Invoices, counts(0, 0, 2, 0))];
    let mut stopped = run(RunState::Failed, &[(Module::Products, counts(1, 0, 0, 0))]);
    stopped.problem = Some(problem::of(Code::XeroDisconnected, &[("name", "Bell & Co Books".to_owned())]));
    let dead = problem::of(Code::XeroDisconnected, &[("name", "Bell & Co Books".to_owned())]);
    let confirm = WebLink::own("https://ledgerlink.example", "/letters/confirm?token=abc");
    let stop = WebLink::own("https://ledgerlink.example", "/letters/stop?token=def");
    let nothing = letter(&run(RunState::Done, &[(Module::Accounts, Counts::default())]), &[], &subject);
    vec![
        ("done", plain(&letter(&run(RunState::Done, &done), &[], &subject))),
        ("nothing", plain(&nothing)),
        ("confirmed", nothing.to("books@elsewhere.example", Some(&stop))),
        ("waiting", plain(&letter(&run(RunState::Done, &[(Module::Invoices, counts(2, 0, 0, 1))]), &[], &subject))),
        ("failed", plain(&letter(&run(RunState::Done, &some), &failures(22), &subject))),
        ("stopped", plain(&letter(&stopped, &[], &subject))),
        ("disconnected", plain(&broken(&dead, &subject))),
        ("confirmation", plain(&confirmation(&crm.name, confirm, 7, language))),
    ]
}

#[test]
fn letters_read_as_they_should() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let update = std::env::var_os("UPDATE_GOLDEN").is_some();
    let mut wrong = Vec::new();
    let german = letters(Language::German).into_iter().map(|(name, letter)| (format!("{name}.de"), letter));
    let english = letters(Language::English).into_iter().map(|(name, letter)| (name.to_owned(), letter));
    for (name, letter) in english.chain(german) {
        let text = format!("Subject: {}\n\n{}", letter.subject, letter.text);
        for (file, is) in [(format!("{name}.txt"), &text), (format!("{name}.html"), &letter.html)] {
            let path = folder.join(&file);
            if update {
                std::fs::write(&path, is).unwrap();
            }
            if std::fs::read_to_string(&path).ok().as_ref() != Some(is) {
                wrong.push(format!("{file} is now:\n{is}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

/// What a reader sees of HTML.
fn words(html: &str) -> String {
    let body = html.split("</head>").nth(1).unwrap();
    let mut seen = String::new();
    let mut inside = false;
    for character in body.chars() {
        match character {
            '<' => inside = true,
            '>' => {
                inside = false;
                seen.push(' ');
            }
            _ if !inside => seen.push(character),
            _ => {}
        }
    }
    seen.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&#39;", "'").replace("&amp;", "&")
}

#[test]
fn both_forms_say_the_same_and_nothing_in_them_is_markup() {
    for (name, letter) in letters(Language::English) {
        let seen: String = words(&letter.html).split_whitespace().collect::<Vec<_>>().join(" ");
        for line in letter.text.lines().map(str::trim) {
            let told = line.split(" taken up").next().unwrap().trim_start_matches("All: ");
            let is_rule = line.chars().all(|character| "=-".contains(character));
            let is_link = line.contains("https://");
            let is_counts = line.contains(" taken up");
            if !(is_rule || is_link || is_counts) {
                assert!(seen.contains(told.trim_end_matches(':')), "{name}: {line}\n{seen}");
            }
        }
        for address in letter.text.split_whitespace().filter(|word| word.starts_with("https://")) {
            assert!(letter.html.contains(&format!("href=\"{}\"", address.replace('&', "&amp;"))), "{name}: {address}");
        }
        for markup in ["<1>", "<12%>", "<script", "<img", "javascript:"] {
            assert!(!letter.html.contains(markup), "{name}: {markup}");
        }
        assert!(!letter.subject.chars().any(char::is_control));
    }
}

/// What of a letter is nobody's words: rules, addresses, and nothing.
fn is_wordless(line: &str) -> bool {
    line.chars().all(|sign| "=- ".contains(sign)) || line.starts_with("https://")
}

#[test]
fn no_letter_in_german_has_a_line_of_the_english_one() {
    for ((name, english), (_, german)) in letters(Language::English).into_iter().zip(letters(Language::German)) {
        assert_ne!(german.subject, english.subject, "{name}");
        assert!(german.html.contains("<html lang=\"de\">") && english.html.contains("<html lang=\"en\">"), "{name}");
        // A row of the table is one of its cells a line.
        let cells = |html: &str| -> Vec<String> {
            let html = html.split("</head>").nth(1).unwrap();
            html.split(['<', '>']).skip(2).step_by(2).map(|words| words.trim().to_owned()).collect()
        };
        let lines = |text: &str| text.lines().map(|line| line.trim().to_owned()).collect::<Vec<_>>();
        let forms = [(lines(&english.text), lines(&german.text)), (cells(&english.html), cells(&german.html))];
        for (english, german) in forms {
            assert_eq!(english.len(), german.len(), "{name}: they tell the same");
            for (line, same) in german.iter().zip(&english) {
                let names = ["Xero", "PO \"2\" &amp;"];
                let counts = line.chars().all(|sign| sign.is_ascii_digit());
                assert!(
                    line != same || counts || is_wordless(line) || names.contains(&line.as_str()),
                    "{name}: {line}"
                );
            }
        }
        let seen = format!("{} {}", german.text, words(&german.html));
        for word in [" the ", " and ", " of ", " with ", "failed", "record", "Why:", "Fix:", "Open ", " run "] {
            assert!(!seen.contains(word), "{name} says {word:?}: {seen}");
        }
    }
}

#[test]
fn at_most_twenty_failures_are_told_one_by_one() {
    let crm = crm();
    let of = |count: usize, listed: usize| {
        let number = u32::try_from(count).unwrap();
        let run = run(RunState::Done, &[(Module::Accounts, counts(0, 0, number, 0))]);
        plain(&letter(&run, &failures(listed), &subject(&crm, Language::English)))
    };
    assert_eq!(MOST_FAILURES, 20);
    // Records that only wait are no failures.
    let mut waits = failures(22);
    waits.iter_mut().take(12).for_each(|entry| entry.outcome = Outcome::Deferred);
    let ten = run(RunState::Done, &[(Module::Accounts, counts(0, 0, 10, 12))]);
    let letter_of_ten = plain(&letter(&ten, &waits, &subject(&crm, Language::English)));
    assert_eq!(letter_of_ten.text.matches("  Why: ").count(), 10);
    for (count, listed, told, rest) in
        [(20, 20, 20, None), (21, 21, 20, Some("And 1 more")), (500, 25, 20, Some("And 480 more"))]
    {
        let letter = of(count, listed);
        assert_eq!(letter.text.matches("  Why: ").count(), told, "{count}");
        assert_eq!(letter.text.contains(" more; the log has all of them."), rest.is_some(), "{count}");
        assert!(rest.is_none_or(|rest| letter.text.contains(rest) && letter.html.contains(rest)), "{count}");
    }
}

#[test]
fn names_can_not_add_a_header_or_a_link() {
    let mut crm = crm();
    crm.name = "Bell\r\nBcc: everybody@example.com".to_owned();
    let evil = Place { label: "Open".to_owned(), url: "javascript:alert(1)".to_owned().into() };
    let entry = failed(1, Module::Accounts, "<img src=x>", vec![problem::of(Code::NameMissing, &[]).at(evil)]);
    let run = run(RunState::Done, &[(Module::Accounts, counts(0, 0, 1, 0))]);
    let letter = plain(&letter(&run, &[entry], &subject(&crm, Language::English)));
    assert_eq!(letter.subject, "Ledgerlink: 1 of 1 record failed", "a subject has no name in it at all");
    assert!(!letter.html.contains("javascript:") && !letter.html.contains("<img"), "{}", letter.html);
}

#[test]
fn a_name_for_strangers_is_short_and_no_link() {
    let table = [
        ("Bell & Co", "Bell & Co"),
        ("Müller-Lüdenscheidt, Söhne + Töchter", "Müller-Lüdenscheidt, Söhne + Töchter"),
        ("हिन्दी कंपनी", "हिन्दी कंपनी"),
        ("株式会社ベル", "株式会社ベル"),
        ("Win: https://evil.example/now", "Win https evil example now"),
        ("a@evil.example\r\nBcc: b@c.d", "a evil example Bcc b c d"),
        ("evil。example evil．example evil｡example", "evil example evil example evil example"),
        ("\u{202e}elpmaxe.live\u{200b}.com <b>x</b>", "elpmaxe live com b x b"),
        ("", ""),
        ("A name that goes on and on and on and on and on", "A name that goes on and on and on and on…"),
    ];
    for (name, shown) in table {
        assert_eq!(plain_name(name), shown, "{name:?}");
    }
}

// ---- who gets them ----

fn stage_with(notices: &[(&str, NoticeRule)]) -> (Stage, Administrator) {
    let (stage, ana) = Stage::connected(World::standard(BASE));
    notices.iter().for_each(|(address, _)| stage.hire(address));
    let notices =
        notices.iter().map(|(address, when)| Notice { address: (*address).to_owned(), when: *when }).collect();
    let desk = Desk::default();
    let schedule = Schedule { enabled: true, notices, ..Schedule::default() };
    stage.run(stage.engine(&desk).save_schedule(&ana, &schedule, stage.settings_version())).unwrap();
    (stage, ana)
}

const EVERYBODY: [(&str, NoticeRule); 3] = [
    ("always@bluegum.example", NoticeRule::Always),
    ("failure@bluegum.example", NoticeRule::OnFailure),
    ("never@bluegum.example", NoticeRule::Never),
];

#[test]
fn everybody_is_told_as_the_schedule_says() {
    let (stage, ana) = stage_with(&EVERYBODY);
    let both = &["always@bluegum.example", "failure@bluegum.example"][..];
    let good = [(Module::Accounts, counts(1, 0, 0, 0))];
    let bad = [(Module::Accounts, counts(1, 0, 1, 0))];
    let table = [
        (RunKind::Scheduled, RunState::Done, good, &both[..1]),
        (RunKind::Scheduled, RunState::Done, bad, both),
        (RunKind::Scheduled, RunState::Failed, good, both),
        (RunKind::Scheduled, RunState::Cancelled, good, &both[..1]),
        (RunKind::Manual, RunState::Done, bad, &[]),
        (RunKind::Bulk, RunState::Failed, bad, &[]),
        (RunKind::Retry, RunState::Done, bad, &[]),
    ];
    for (kind, state, pairs, wanted) in table {
        let desk = Desk::default();
        let run = RunView { kind, ..run(state, &pairs) };
        assert!(stage.run(stage.engine(&desk).tell_run(&ana.org, &run, &failures(2)[..1])).is_empty());
        let letters = stage.letters.take();
        let to: Vec<Vec<String>> = letters.iter().map(|letter| letter.to.clone()).collect();
        assert_eq!(to, wanted.iter().map(|one| vec![(*one).to_owned()]).collect::<Vec<_>>(), "{kind:?} {state:?}");
        for letter in letters {
            assert!(letter.subject.starts_with("Ledgerlink: "), "{}", letter.subject);
            assert!(letter.text.contains("5 Apr 2026, 02:30 AEDT"), "the organisation's zone: {}", letter.text);
        }
    }
}

/// A stage whose mail service refuses one address.
struct Refusing<'a>(&'a Stage, &'static str);

impl Mail for Refusing<'_> {
    async fn post(&self, letter: Letter) -> Result<(), MailError> {
        if letter.to.iter().any(|address| address == self.1) {
            return Err(MailError::Refused("no such mailbox".to_owned()));
        }
        self.0.post(letter).await
    }
}

impl Clock for Refusing<'_> {
    fn now(&self) -> DateTime<Utc> {
        self.0.now()
    }

    async fn sleep(&self, duration: std::time::Duration) {
        self.0.sleep(duration).await;
    }

    async fn patience(&self, duration: std::time::Duration) {
        self.0.patience(duration).await;
    }
}

impl Random for Refusing<'_> {
    fn fill(&self, bytes: &mut [u8]) {
        self.0.fill(bytes);
    }
}

impl Http for Refusing<'_> {
    async fn send(&self, request: Request) -> Result<Response, HttpError> {
        self.0.send(request).await
    }
}

impl Database for Refusing<'_> {
    async fn query(&self, statement: Statement) -> Result<Vec<Row>, DatabaseError> {
        self.0.query(statement).await
    }

    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Vec<Row>>, DatabaseError> {
        self.0.batch(statements).await
    }

    fn asked(&self) -> usize {
        self.0.asked()
    }
}

#[test]
fn an_address_that_is_refused_is_a_problem_and_holds_up_no_other() {
    let (stage, ana) = stage_with(&EVERYBODY);
    let ports = Refusing(&stage, "always@bluegum.example");
    let desk = Desk::default();
    let engine = Engine { ports: &ports, config: &stage.config, desk: &desk, language: Language::English };
    let run = run(RunState::Done, &[(Module::Accounts, counts(0, 0, 1, 0))]);
    let problems = stage.run(engine.tell_run(&ana.org, &run, &failures(1)));
    let codes: Vec<Code> = problems.iter().map(|problem| problem.code).collect();
    assert_eq!(codes, [Code::NoticeNotSent]);
    assert_eq!(problems[0].why, "always@bluegum.example: the mail service refused it: no such mailbox");
    assert_eq!(stage.letters.take().len(), 1, "the other one got it");

    // A letter that nobody got is tried again at the next wake; one that somebody got is not.
    let alone = Refusing(&stage, "failure@bluegum.example");
    let dead = Statement::new("UPDATE connections SET xero_broken = 1, broken_told = 0");
    stage.run(stage.query(dead)).unwrap();
    let engine = Engine { ports: &alone, config: &stage.config, desk: &desk, language: Language::English };
    assert_eq!(stage.run(engine.wake(&ana.org)).unwrap_err().problem.code, Code::NoticeNotSent);
    stage.run(engine.wake(&ana.org)).unwrap();
    assert_eq!(stage.letters.take().len(), 1);

    let (stage, ana) = stage_with(&[("failure@bluegum.example", NoticeRule::OnFailure)]);
    stage.run(stage.query(Statement::new("UPDATE connections SET xero_broken = 1"))).unwrap();
    let refusing = Refusing(&stage, "failure@bluegum.example");
    let engine = Engine { ports: &refusing, config: &stage.config, desk: &desk, language: Language::English };
    assert!(stage.run(engine.wake(&ana.org)).is_err());
    assert_eq!(stage.number("SELECT count(*) FROM agenda WHERE next_at > '2026'"), 1, "planned all the same");
    stage.run(stage.engine(&desk).wake(&ana.org)).unwrap();
    assert_eq!(stage.letters.take().len(), 1, "when the mailbox works again");
}

#[test]
fn a_confirmation_that_could_not_be_sent_costs_nothing_and_can_be_sent_later() {
    let (stage, ana) = stage_with(&[]);
    let address = "books@elsewhere.example";
    let notices = vec![Notice { address: address.to_owned(), when: NoticeRule::Always }];
    let schedule = Schedule { notices, ..Schedule::default() };
    let desk = Desk::default();
    let refusing = Refusing(&stage, "books@elsewhere.example");
    let engine = Engine { ports: &refusing, config: &stage.config, desk: &desk, language: Language::English };
    // The schedule is saved all the same.
    let saved = stage.run(engine.save_schedule(&ana, &schedule, stage.settings_version())).unwrap();
    assert_eq!((saved.addresses[0].standing, saved.addresses[0].asked_at), (Standing::Unasked, None));
    let refused = stage.run(engine.ask_for_confirmation(&ana, address)).unwrap_err().problem;
    assert_eq!(refused.code, Code::NoticeNotSent);
    assert!(refused.why.contains("no such mailbox"), "{}", refused.why);
    let counts =
        "SELECT (SELECT count(*) FROM postmarks) + (SELECT count(*) FROM recipients WHERE token_hash NOT NULL)";
    assert_eq!(stage.number(counts), 0);

    let view = stage.run(stage.engine(&desk).ask_for_confirmation(&ana, address)).unwrap();
    assert_eq!((view.addresses[0].standing, view.addresses[0].asked_at), (Standing::Waits, Some(stage.now())));
    // An address that is never told is not asked.
    let never = Notice { address: "never@elsewhere.example".to_owned(), when: NoticeRule::Never };
    stage.letters.take();
    stage
        .run(stage.engine(&desk).save_schedule(
            &ana,
            &Schedule { notices: vec![never], ..schedule },
            stage.settings_version(),
        ))
        .unwrap();
    assert!(stage.letters.take().is_empty());
    // Without an address of our own there is no link to send.
    let mut config = stage.config.clone();
    config.public_url = engine::config::PublicUrl::Unknown;
    let engine = Engine { ports: &stage, config: &config, desk: &desk, language: Language::English };
    let refused = stage.run(engine.ask_for_confirmation(&ana, "never@elsewhere.example")).unwrap_err().problem;
    assert_eq!((refused.code, stage.letters.take().len()), (Code::NoticeNotSent, 0));
}

#[test]
fn a_schedule_s_review_that_is_cut_off_anywhere_writes_to_nobody_twice() {
    let (stage, ana) = Stage::connected(World::standard(BASE));
    let notices = ["sam@bluegum.example", "a@elsewhere.example", "b@elsewhere.example"];
    let notices = notices.map(|one| Notice { address: one.to_owned(), when: NoticeRule::Always }).to_vec();
    let schedule = Schedule { notices, ..Schedule::default() };
    let whole = stage.copy();
    let desk = Desk::default();
    whole.take_steps();
    whole.run(whole.engine(&desk).save_schedule(&ana, &schedule, whole.settings_version())).unwrap();
    let steps = whole.take_steps();
    assert!(steps.len() >= 7, "{steps:?}");
    for (number, (step, what)) in steps.iter().enumerate() {
        for halt in Halt::ALL.into_iter().filter(|halt| halt.fits(*step)) {
            let copy = stage.copy();
            copy.halt_at(number + 1, halt);
            let _ = copy.try_run(copy.engine(&Desk::default()).save_schedule(&ana, &schedule, copy.settings_version()));
            copy.start_again();
            let strangers = ["a@elsewhere.example", "b@elsewhere.example"];
            let sent =
                |address: &str| copy.letters.borrow().iter().filter(|letter| letter.to.concat() == address).count();
            // Somebody saves again, without them and with them.
            let off = Schedule { notices: Vec::new(), ..schedule.clone() };
            for schedule in [&schedule, &off, &schedule] {
                copy.run(copy.engine(&Desk::default()).save_schedule(&ana, schedule, copy.settings_version())).unwrap();
            }
            for address in strangers {
                assert!(sent(address) <= 1, "{halt:?} at {what}: {}", sent(address));
            }
            // A day later the button helps whoever got none.
            copy.advance(25 * 3_600);
            for address in strangers {
                let before = sent(address);
                copy.run(copy.engine(&Desk::default()).ask_for_confirmation(&ana, address)).unwrap();
                assert_eq!(sent(address), before + 1, "{halt:?} at {what}");
            }
            assert_eq!(sent("sam@bluegum.example"), 0, "{halt:?} at {what}: a user is not asked");
        }
    }
}

#[test]
fn a_scheduled_run_tells_its_end_once() {
    let (stage, ana) = stage_with(&EVERYBODY);
    let desk = Desk::default();
    stage.advance(86_400);
    stage.run(stage.engine(&desk).wake(&ana.org)).unwrap();
    stage.take_steps_of_run(&desk, &ana);
    let letters = stage.letters.take();
    let to: Vec<_> = letters.iter().map(|letter| letter.to.concat()).collect();
    assert_eq!(to, ["always@bluegum.example", "failure@bluegum.example"], "the seed has records that fail");
    let page = stage.run(stage.engine(&desk).runs(&ana, None)).unwrap();
    assert_eq!(page.runs.len(), 1);
    let counts = page.runs[0].counts;
    assert!(counts.failed > 0 && counts.add_up(), "{counts:?}");
    let headline = format!("{} of {} records failed", counts.failed, counts.candidates);
    assert!(letters[0].subject.contains(&headline), "{}", letters[0].subject);
    assert!(letters[0].text.contains("  Why: ") && letters[0].text.contains("  Fix: "), "{}", letters[0].text);
    assert!(letters[0].text.contains(&page.runs[0].id));
}

#[test]
fn everybody_is_told_in_the_own_language() {
    let (sam, stranger) = ("sam@bluegum.example", "books@elsewhere.example");
    let (stage, ana) = Stage::connected(World::standard(BASE));
    stage.world.borrow_mut().zoho.user_mut(sam).unwrap().language = "de_DE".to_owned();
    let desk = Desk::default();
    let notice = |address: &str| Notice { address: address.to_owned(), when: NoticeRule::Always };
    let notices = [ADMIN, sam, stranger].map(notice).to_vec();
    let schedule = Schedule { enabled: true, notices, ..Schedule::default() };
    // Of whom nothing is known, that one is asked in the language of whoever wants it.
    let engine = Engine { ports: &stage, config: &stage.config, desk: &desk, language: Language::German };
    stage.run(engine.save_schedule(&ana, &schedule, stage.settings_version())).unwrap();
    let asked = stage.letters.take().remove(0);
    assert_eq!(asked.subject, "Ledgerlink: Bitte bestätigen Sie Ihre E-Mail-Adresse");
    let link = asked.text.split_whitespace().find(|word| word.contains("/letters/confirm?")).unwrap().to_owned();
    let token = support::parameter(&link, "token").unwrap();
    let run = run(RunState::Done, &[(Module::Accounts, counts(1, 0, 0, 0))]);
    for (answered_in, told) in [(Language::German, "Datensatz erledigt"), (Language::English, "record done")] {
        let copy = stage.copy();
        copy.run(links::answer(&copy, &copy.config, &token, true, answered_in)).unwrap().unwrap();
        assert!(copy.run(copy.engine(&desk).tell_run(&ana.org, &run, &[])).is_empty());
        let subjects: Vec<String> = copy.letters.take().into_iter().map(|letter| letter.subject).collect();
        let wanted = ["record done", "Datensatz erledigt", told].map(|told| format!("Ledgerlink: 1 {told}"));
        assert_eq!(subjects, wanted);
    }
}
