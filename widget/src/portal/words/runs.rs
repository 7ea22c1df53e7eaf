//! Texts: runs.

use super::common::screen;
use super::run::RunNames;
use super::{Language, Texts, run};
use crate::portal::route::Screen;
use crate::portal::runs::span::Span;

/// The texts. Numbers come in the user's own notation; where a plural hangs on one, it comes as a number, too.
#[derive(Debug)]
pub struct Runs {
    /// `Run`
    pub title: &'static str,
    /// Below the title.
    pub lead: &'static str,
    /// Link to the screen from one run.
    pub all_runs: &'static str,

    /// Title of the form.
    pub form: &'static str,
    /// What the list of pairs is about.
    pub pairs: &'static str,
    /// Below the pairs.
    pub pairs_hint: &'static str,
    /// `Direction for {pair}`
    pub direction_of: fn(&str) -> String,
    /// What the choice of records is about.
    pub window: &'static str,
    /// Choice: since the last run.
    pub since_last: &'static str,
    /// What it takes.
    pub since_last_hint: &'static str,
    /// Choice: some days.
    pub last_days: &'static str,
    /// What it takes.
    pub last_days_hint: &'static str,
    /// Choice: everything.
    pub everything: &'static str,
    /// What it takes.
    pub everything_hint: &'static str,
    /// Label of the number of days.
    pub days: &'static str,
    /// Button: dry run.
    pub check: &'static str,
    /// Button while the dry run is being started.
    pub checking: &'static str,
    /// Button: starts without a dry run.
    pub start: &'static str,
    /// Button while the run is being started.
    pub starting: &'static str,
    /// Beside the buttons.
    pub check_hint: &'static str,
    /// No pair is chosen.
    pub no_pair: &'static str,
    /// The days are no number from 1 to 36,500.
    pub days_wrong: &'static str,

    /// Headline while the records are looked for; the number found so far.
    pub listing: fn(u32, &str) -> String,
    /// Headline of a dry run; the number of records.
    pub ready: fn(u32, &str) -> String,
    /// Headline of a dry run that found nothing.
    pub ready_nothing: &'static str,
    /// Headline while it works: taken up, listed.
    pub running: fn(&str, &str) -> String,
    /// Headline while it waits: taken up, listed.
    pub waiting: fn(&str, &str) -> String,
    /// Headline of a run that found nothing to do.
    pub done_nothing: &'static str,
    /// Headline of a run in which all went well; the number of records.
    pub done: fn(u32, &str) -> String,
    /// Headline of a run in which some failed; the number of those.
    pub done_failed: fn(u32, &str) -> String,
    /// Headline of a run in which some were put off; the number of those.
    pub done_put_off: fn(u32, &str) -> String,
    /// Headline of a run that is done, with some records that need a decision: how many, the same as text.
    pub done_undecided: fn(u32, &str) -> String,
    /// Headline of a cancelled run: taken up, listed.
    pub cancelled: fn(&str, &str) -> String,
    /// Headline of a run that was cancelled before its first record.
    pub cancelled_early: &'static str,
    /// Headline of a run that could not go on: taken up, listed.
    pub failed: fn(&str, &str) -> String,
    /// Headline of a run that could not begin.
    pub failed_early: &'static str,

    /// `40 of 120`
    pub taken_of: fn(&str, &str) -> String,
    /// `120 found so far`
    pub found: fn(&str) -> String,
    /// What the counts are.
    pub counts: &'static str,
    /// What follows a count for screen readers: it opens the log.
    pub open_log: &'static str,
    /// All pairs together.
    pub all_pairs: &'static str,
    /// `Calls: 24 to Xero, 60 to Zoho`
    pub calls: fn(&str, &str) -> String,
    /// `Goes on by itself in 12 min`
    pub resumes: fn(&str) -> String,
    /// It goes on at any moment.
    pub resumes_now: &'static str,
    /// Beside a headline: `took 3 min`
    pub took: fn(&str) -> String,
    /// A length of time.
    pub span: fn(Span) -> String,
    /// What runs are called.
    pub names: &'static RunNames,
    /// `by Ana`
    pub by: fn(&str) -> String,
    /// Scope: the last so many days.
    pub scope_days: fn(u32, &str) -> String,
    /// Scope: chosen records.
    pub scope_records: fn(u32, &str) -> String,

    /// Title of the forecast.
    pub forecast: &'static str,
    /// Below the forecast's title.
    pub forecast_hint: &'static str,
    /// Column: pair.
    pub pair: &'static str,
    /// Column: records without a partner.
    pub create: &'static str,
    /// Column: records with a partner.
    pub update: &'static str,
    /// Column: records that are left alone.
    pub leave: &'static str,
    /// `About 24 calls to Xero, 60 to Zoho and 1,200 rows of our database`
    pub cost: fn(&str, &str, &str) -> String,
    /// It needs no calls.
    pub cost_nothing: &'static str,
    /// `Takes about 3 min`
    pub takes: fn(Span) -> String,
    /// Xero's calls that are left today.
    pub day_left: fn(u32, &str) -> String,
    /// Xero has not said how many are left.
    pub day_unknown: &'static str,
    /// Xero's day does not suffice.
    pub day_short: &'static str,
    /// The same of the rows that may be written in a day.
    pub rows_short: &'static str,
    /// Button: starts a run that was checked.
    pub start_checked: &'static str,
    /// Button: drops a run that was checked.
    pub drop_checked: &'static str,
    /// Button: another run.
    pub another: &'static str,

    /// Button: ends the run.
    pub cancel: &'static str,
    /// Button while the run is being ended.
    pub cancelling: &'static str,
    /// Title of the question before a run is ended.
    pub cancel_title: &'static str,
    /// What ending it leaves.
    pub cancel_stays: &'static str,
    /// What ending it does not do.
    pub cancel_left: &'static str,
    /// Button: ends it indeed.
    pub cancel_confirm: &'static str,
    /// Button: takes up what failed or was put off.
    pub retry: &'static str,
    /// Button while that is being started.
    pub retrying: &'static str,
    /// Link: the run's entries.
    pub entries: &'static str,

    /// Title of the list.
    pub earlier: &'static str,
    /// Column: when.
    pub when: &'static str,
    /// Column: which records, and how it was started.
    pub what: &'static str,
    /// Column: what became of the records.
    pub result: &'static str,
    /// Column: where it stands.
    pub state_column: &'static str,
    /// Said when there are no runs.
    pub none_yet: &'static str,
    /// What to do then.
    pub none_yet_do: &'static str,
    /// Button: further runs.
    pub older: &'static str,
}

impl Texts for Runs {
    fn of(language: Language) -> &'static Self {
        match language {
            Language::English => &ENGLISH,
            Language::German => &GERMAN,
        }
    }
}

const ENGLISH: Runs = Runs {
    title: screen(Language::English, Screen::Runs),
    lead: "Sync many records at once. A record that fails does not stop the others.",
    all_runs: "All runs",
    form: "Start a run",
    pairs: "What is synced",
    pairs_hint: "Each pair goes in the direction of its mapping, or only one way of it.",
    direction_of: |pair| format!("Direction for {pair}"),
    window: "Which records",
    since_last: "Since the last run",
    since_last_hint: "What changed since the last run, and what failed or was put off in it.",
    last_days: "Last days",
    last_days_hint: "What changed in so many days, whether or not a run has seen it.",
    everything: "Everything",
    everything_hint: "Every record of these pairs: for the first run, or to be sure.",
    days: "Days",
    check: "Check first",
    checking: "Starting the check…",
    start: "Start without a check",
    starting: "Starting…",
    check_hint: "A check lists the records and says what a run would do and cost. It writes nothing.",
    no_pair: "Choose at least one pair.",
    days_wrong: "Enter a whole number from 1 to 36,500.",
    listing: |count, number| match count {
        0 => "Looking for the records".to_owned(),
        _ => format!("Looking for the records: {number} found so far"),
    },
    ready: |count, number| match count {
        1 => "Checked: 1 record. Nothing is written yet".to_owned(),
        _ => format!("Checked: {number} records. Nothing is written yet"),
    },
    ready_nothing: "Checked: there is nothing to sync",
    running: |done, all| format!("Syncing: {done} of {all} records"),
    waiting: |done, all| format!("Waiting, with {done} of {all} records done"),
    done_nothing: "Done: there was nothing to sync",
    done: |count, number| match count {
        1 => "Done: 1 record".to_owned(),
        _ => format!("Done: {number} records"),
    },
    done_failed: |count, number| match count {
        1 => "Done, but 1 record failed".to_owned(),
        _ => format!("Done, but {number} records failed"),
    },
    done_put_off: |count, number| match count {
        1 => "Done, 1 record was put off".to_owned(),
        _ => format!("Done, {number} records were put off"),
    },
    done_undecided: |count, number| match count {
        1 => "Done, 1 record needs a decision".to_owned(),
        _ => format!("Done, {number} records need a decision"),
    },
    cancelled: |done, all| format!("Cancelled after {done} of {all} records. What was done stays done"),
    cancelled_early: "Cancelled before the first record",
    failed: |done, all| format!("Could not go on after {done} of {all} records"),
    failed_early: "Could not begin",
    taken_of: |done, all| format!("{done} of {all}"),
    found: |number| format!("{number} found so far"),
    counts: "What became of the records",
    open_log: "open in the log",
    all_pairs: "All pairs",
    calls: |xero, zoho| format!("Calls: {xero} to Xero, {zoho} to Zoho"),
    resumes: |span| format!("It goes on by itself in {span}."),
    resumes_now: "It goes on by itself at any moment.",
    took: |span| format!("took {span}"),
    span: english_span,
    names: &run::ENGLISH,
    by: |name| format!("by {name}"),
    scope_days: |count, number| match count {
        1 => "Last day".to_owned(),
        _ => format!("Last {number} days"),
    },
    scope_records: |count, number| match count {
        1 => "1 record".to_owned(),
        _ => format!("{number} records"),
    },
    forecast: "What the run would do",
    forecast_hint: "As far as the lists show it: a record that is already in step is left as it is.",
    pair: "Pair",
    create: "Create or link",
    update: "Update where they differ",
    leave: "Leave alone",
    cost: |xero, zoho, rows| format!("About {xero} calls to Xero, {zoho} to Zoho and {rows} database rows"),
    cost_nothing: "No further calls",
    takes: |span| match span {
        Span::UnderMinute => "Takes less than a minute".to_owned(),
        _ => format!("Takes about {}", english_span(span)),
    },
    day_left: |count, number| match count {
        1 => "Xero has 1 call left today".to_owned(),
        _ => format!("Xero has {number} calls left today"),
    },
    day_unknown: "Xero has not said yet how many calls are left today",
    day_short: "Today's calls do not suffice: the run waits for Xero's next day and goes on by itself.",
    rows_short: "Cloudflare's free plan does not take so many rows a day: the run waits for midnight UTC, as does all else, \
                 and goes on by itself.",
    start_checked: "Start the run",
    drop_checked: "Discard",
    another: "Start another run",
    cancel: "Cancel the run",
    cancelling: "Cancelling…",
    cancel_title: "Cancel this run?",
    cancel_stays: "What it has done stays done, in Xero and in the CRM.",
    cancel_left: "Records that it has not taken up are left as they are. The next run takes them up.",
    cancel_confirm: "Yes, cancel the run",
    retry: "Retry what failed",
    retrying: "Starting…",
    entries: "All entries in the log",
    earlier: "Runs of the last 30 days",
    when: "When",
    what: "Records",
    result: "Result",
    state_column: "State",
    none_yet: "No runs yet",
    none_yet_do: "Start one above, or switch the schedule on.",
    older: "Show older runs",
};

const GERMAN: Runs = Runs {
    title: screen(Language::German, Screen::Runs),
    lead: "Viele Datensätze auf einmal abgleichen. Ein Datensatz, der fehlschlägt, hält die anderen nicht auf.",
    all_runs: "Alle Abgleiche",
    form: "Abgleich starten",
    pairs: "Was abgeglichen wird",
    pairs_hint: "Jedes Paar wird in der Richtung seiner Zuordnung abgeglichen oder nur in einer davon.",
    direction_of: |pair| format!("Richtung für {pair}"),
    window: "Welche Datensätze",
    since_last: "Seit dem letzten Abgleich",
    since_last_hint: "Was sich seit dem letzten Abgleich geändert hat und was dabei fehlschlug oder aufgeschoben wurde.",
    last_days: "Letzte Tage",
    last_days_hint: "Was sich in diesen Tagen geändert hat, auch wenn es schon abgeglichen wurde.",
    everything: "Alles",
    everything_hint: "Alle Datensätze dieser Paare: für den ersten Abgleich oder um sicherzugehen.",
    days: "Tage",
    check: "Erst prüfen",
    checking: "Prüfung wird gestartet…",
    start: "Ohne Prüfung starten",
    starting: "Wird gestartet…",
    check_hint: "Eine Prüfung zeigt vorab, welche Datensätze betroffen sind, was geschehen würde und wie viele Anfragen es \
                 braucht. Sie ändert nichts.",
    no_pair: "Wählen Sie mindestens ein Paar.",
    days_wrong: "Geben Sie eine ganze Zahl von 1 bis 36.500 ein.",
    listing: |count, number| match count {
        0 => "Datensätze werden gesucht".to_owned(),
        _ => format!("Datensätze werden gesucht: bisher {number} gefunden"),
    },
    ready: |count, number| match count {
        1 => "Geprüft: 1 Datensatz. Noch wurde nichts geändert".to_owned(),
        _ => format!("Geprüft: {number} Datensätze. Noch wurde nichts geändert"),
    },
    ready_nothing: "Geprüft: Es gibt nichts abzugleichen",
    running: |done, all| format!("Abgleich läuft: {done} von {all} Datensätzen"),
    waiting: |done, all| format!("Wartet, {done} von {all} Datensätzen sind erledigt"),
    done_nothing: "Fertig: Es gab nichts abzugleichen",
    done: |count, number| match count {
        1 => "Fertig: 1 Datensatz".to_owned(),
        _ => format!("Fertig: {number} Datensätze"),
    },
    done_failed: |count, number| match count {
        1 => "Fertig, aber 1 Datensatz schlug fehl".to_owned(),
        _ => format!("Fertig, aber {number} Datensätze schlugen fehl"),
    },
    done_put_off: |count, number| match count {
        1 => "Fertig, 1 Datensatz wurde aufgeschoben".to_owned(),
        _ => format!("Fertig, {number} Datensätze wurden aufgeschoben"),
    },
    done_undecided: |count, number| match count {
        1 => "Fertig, bei 1 Datensatz ist etwas zu entscheiden".to_owned(),
        _ => format!("Fertig, bei {number} Datensätzen ist etwas zu entscheiden"),
    },
    cancelled: |done, all| format!("Abgebrochen nach {done} von {all} Datensätzen. Erledigtes bleibt erledigt"),
    cancelled_early: "Vor dem ersten Datensatz abgebrochen",
    failed: |done, all| format!("Nach {done} von {all} Datensätzen stehen geblieben"),
    failed_early: "Konnte nicht starten",
    taken_of: |done, all| format!("{done} von {all}"),
    found: |number| format!("bisher {number} gefunden"),
    counts: "Was aus den Datensätzen wurde",
    open_log: "im Protokoll öffnen",
    all_pairs: "Alle Paare",
    calls: |xero, zoho| format!("Anfragen: {xero} an Xero, {zoho} an Zoho"),
    resumes: |span| format!("Der Abgleich läuft in {span} von selbst weiter."),
    resumes_now: "Der Abgleich läuft jeden Moment von selbst weiter.",
    took: |span| format!("nach {span}"),
    span: german_span,
    names: &run::GERMAN,
    by: |name| format!("von {name}"),
    scope_days: |count, number| match count {
        1 => "Letzter Tag".to_owned(),
        _ => format!("Letzte {number} Tage"),
    },
    scope_records: |count, number| match count {
        1 => "1 Datensatz".to_owned(),
        _ => format!("{number} Datensätze"),
    },
    forecast: "Was der Abgleich bewirken würde",
    forecast_hint: "Soweit es sich vorab sagen lässt: Ein Datensatz, der schon im Einklang ist, bleibt, wie er ist.",
    pair: "Paar",
    create: "Anlegen oder verknüpfen",
    update: "Bei Abweichung aktualisieren",
    leave: "Auslassen",
    cost: |xero, zoho, rows| format!("Etwa {xero} Anfragen an Xero, {zoho} an Zoho und {rows} Datenbankzeilen"),
    cost_nothing: "Keine weiteren Anfragen",
    takes: |span| match span {
        Span::UnderMinute => "Fertig in weniger als einer Minute".to_owned(),
        _ => format!("Fertig in etwa {}", german_span(span)),
    },
    day_left: |count, number| match count {
        1 => "Xero lässt heute noch 1 Anfrage zu".to_owned(),
        _ => format!("Xero lässt heute noch {number} Anfragen zu"),
    },
    day_unknown: "Xero hat noch nicht mitgeteilt, wie viele Anfragen heute übrig sind",
    day_short: "Die Anfragen von heute reichen nicht: Der Abgleich wartet, bis Xeros nächster Tag beginnt, und läuft dann von \
                selbst weiter.",
    rows_short: "So viele Zeilen am Tag nimmt Cloudflares kostenloser Tarif nicht an: Der Abgleich wartet wie alles andere bis \
                 Mitternacht UTC und läuft dann von selbst weiter.",
    start_checked: "Abgleich starten",
    drop_checked: "Verwerfen",
    another: "Weiteren Abgleich starten",
    cancel: "Abgleich abbrechen",
    cancelling: "Wird abgebrochen…",
    cancel_title: "Diesen Abgleich abbrechen?",
    cancel_stays: "Was erledigt ist, bleibt erledigt, in Xero und im CRM.",
    cancel_left: "Datensätze, die noch nicht an der Reihe waren, bleiben, wie sie sind. Der nächste Abgleich holt sie nach.",
    cancel_confirm: "Ja, Abgleich abbrechen",
    retry: "Fehlgeschlagenes wiederholen",
    retrying: "Wird gestartet…",
    entries: "Alle Einträge im Protokoll",
    earlier: "Abgleiche der letzten 30 Tage",
    when: "Wann",
    what: "Datensätze",
    result: "Ergebnis",
    state_column: "Status",
    none_yet: "Noch keine Abgleiche",
    none_yet_do: "Starten Sie oben einen, oder schalten Sie den Zeitplan ein.",
    older: "Ältere Abgleiche anzeigen",
};

fn english_span(span: Span) -> String {
    match span {
        Span::UnderMinute => "less than a minute".to_owned(),
        Span::Minutes(minutes) => format!("{minutes} min"),
        Span::Hours(hours, 0) => format!("{hours} h"),
        Span::Hours(hours, minutes) => format!("{hours} h {minutes} min"),
        Span::Days(1) => "1 day".to_owned(),
        Span::Days(days) => format!("{days} days"),
    }
}

/// In the dative: "in …", "nach …".
fn german_span(span: Span) -> String {
    match span {
        Span::UnderMinute => "weniger als einer Minute".to_owned(),
        Span::Minutes(minutes) => format!("{minutes} Min."),
        Span::Hours(hours, 0) => format!("{hours} Std."),
        Span::Hours(hours, minutes) => format!("{hours} Std. {minutes} Min."),
        Span::Days(1) => "1 Tag".to_owned(),
        Span::Days(days) => format!("{days} Tagen"),
    }
}
