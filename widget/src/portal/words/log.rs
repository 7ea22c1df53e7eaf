//! Texts: log.

use super::common::screen;
use super::{Language, Texts, run};
use crate::portal::route::Screen;
use crate::portal::runs::telling::{Number, result_in_words};
use shared::api::portal::SyncKind;
use shared::api::runs::{Counts, RunState};
use shared::api::{Action, Why, Written};
use shared::settings::Direction;

/// The texts.
#[derive(Debug)]
pub struct Log {
    /// `Log`
    pub title: &'static str,
    /// What the screen tells.
    pub lead: &'static str,
    /// `Export CSV`
    pub export: &'static str,
    /// While the file is made.
    pub exporting: &'static str,
    /// The file is there.
    pub exported: &'static str,
    /// The file is there, and it has the newest entries only.
    pub exported_part: &'static str,
    /// The browser takes no file.
    pub not_exported: &'static str,
    /// Name of the file.
    pub file: &'static str,

    /// Title of the picture: `Last 30 days`
    pub days_title: &'static str,
    /// The picture in a sentence: runs, records, and how to write counts.
    pub days_sum: fn(u32, &Counts, Number<'_>) -> String,
    /// A day in a sentence: day, runs, records, and how to write counts.
    pub day: fn(&str, u32, &Counts, Number<'_>) -> String,
    /// How the picture is read.
    pub days_hint: &'static str,
    /// `As a table`
    pub days_table: &'static str,
    /// Column: `Day`
    pub day_column: &'static str,
    /// Column: `Runs`
    pub runs_column: &'static str,

    /// What is listed: `Show`
    pub show: &'static str,
    /// `Entries`
    pub entries: &'static str,
    /// `Runs`
    pub runs: &'static str,
    /// Label of the filters for screen readers.
    pub filters: &'static str,
    /// Label: name that is searched for.
    pub name: &'static str,
    /// Label: pair.
    pub pair: &'static str,
    /// Label: outcome.
    pub outcome: &'static str,
    /// Label: problem.
    pub problem: &'static str,
    /// First option of a filter: `All`
    pub all: &'static str,
    /// A chip: the name contains this.
    pub chip_name: fn(&str) -> String,
    /// A chip: of one run.
    pub chip_run: &'static str,
    /// A chip: of one record.
    pub chip_record: &'static str,
    /// A chip: from, until; each may be open.
    pub chip_time: fn(Option<&str>, Option<&str>) -> String,
    /// Removes a chip.
    pub remove: fn(&str) -> String,
    /// Removes all filters.
    pub clear: &'static str,
    /// `1,234 entries`: the count as text, and whether it is one.
    pub total: fn(&str, bool) -> String,
    /// Button: newer entries came in.
    pub news: &'static str,

    /// Label of the table.
    pub table: &'static str,
    /// Column: date and time.
    pub at: &'static str,
    /// Column: direction.
    pub direction: &'static str,
    /// Column: record.
    pub record: &'static str,
    /// Column: account name.
    pub party: &'static str,
    /// Column: type of sync.
    pub sync: &'static str,
    /// Column: comment.
    pub comment: &'static str,
    /// An entry's direction.
    pub directed: fn(Direction) -> &'static str,
    /// What started a sync.
    pub kind: fn(SyncKind) -> &'static str,
    /// Nothing was synced yet.
    pub empty: &'static str,
    /// The same for somebody who is told of the own entries alone.
    pub empty_user: &'static str,
    /// What to do about it.
    pub empty_lead: &'static str,
    /// The same for users who can't start runs of everything.
    pub empty_lead_user: &'static str,
    /// `Start a run`
    pub start_run: &'static str,
    /// No entry fits.
    pub none: &'static str,
    /// What to do about it.
    pub none_lead: &'static str,

    /// Label of the runs' table.
    pub runs_table: &'static str,
    /// Column: started.
    pub started: &'static str,
    /// Column: who.
    pub by: &'static str,
    /// Column: state.
    pub state: &'static str,
    /// Column: records.
    pub records: &'static str,
    /// A run's state.
    pub run_state: fn(RunState) -> &'static str,
    /// How long a run took, from its seconds: `1 min 40 s`, `2 h 5 min`.
    pub lasted: fn(i64) -> String,
    /// What became of a run's records, without what is zero.
    pub counts: fn(&Counts, Number<'_>) -> String,
    /// `Show entries`
    pub show_entries: &'static str,
    /// `Show older runs`
    pub older_runs: &'static str,
    /// No run yet.
    pub runs_empty: &'static str,
    /// What to do about it.
    pub runs_empty_lead: &'static str,

    /// Title of the drawer: `Details`
    pub details: &'static str,
    /// The entry above.
    pub previous: &'static str,
    /// The entry below.
    pub next: &'static str,
    /// Fact: when.
    pub when: &'static str,
    /// Fact: how long.
    pub took: &'static str,
    /// Fact: run.
    pub run: &'static str,
    /// `Open the run`
    pub open_run: &'static str,
    /// Instead of a person.
    pub schedule: &'static str,
    /// Title: what was sent.
    pub sent: &'static str,
    /// Title: what changed.
    pub changed: &'static str,
    /// Column: field.
    pub field: &'static str,
    /// Column: the CRM's value.
    pub crm: &'static str,
    /// Column: Xero's value before.
    pub xero_before: &'static str,
    /// Column: the value on both sides now.
    pub became: &'static str,
    /// Column: where it was written, and why.
    pub reason: &'static str,
    /// No value, for screen readers.
    pub no_value: &'static str,
    /// A value or a name that the CRM hides from whoever looks.
    pub not_shown: &'static str,
    /// Which side was written.
    pub written: fn(Written) -> &'static str,
    /// Why.
    pub why: fn(Why) -> &'static str,
    /// Title: what was wrong or worth knowing.
    pub problems: &'static str,
    /// Title: records that went first.
    pub first: &'static str,
    /// What happened to a record that went first.
    pub went_first: fn(Action) -> &'static str,
    /// Title: calls.
    pub calls: &'static str,
    /// Why there are none.
    pub no_calls: &'static str,
    /// Column: whose API.
    pub api: &'static str,
    /// Column: the call.
    pub call: &'static str,
    /// Column: the status code.
    pub answer: &'static str,
    /// No answer came.
    pub no_answer: &'static str,
    /// `Correlation id`
    pub correlation: &'static str,
    /// While trying again is being started.
    pub retry_starting: &'static str,
    /// While its run works.
    pub retry_running: &'static str,
    /// While its run waits for a limit.
    pub retry_waiting: &'static str,
    /// Its run ended and left nothing.
    pub retry_nothing: &'static str,
    /// Announced: name, outcome.
    pub retried: fn(&str, &str) -> String,
}

/// `40 s`, `1 min 40 s`, `2 h 5 min`, with these words for hours and minutes.
fn lasted(seconds: i64, hour: &str, minute: &str) -> String {
    let (minutes, hours) = (seconds / 60, seconds / 3_600);
    match (hours, minutes) {
        (0, 0) => format!("{seconds} s"),
        (0, _) => format!("{minutes} {minute} {} s", seconds % 60),
        _ => format!("{hours} {hour} {} {minute}", minutes % 60),
    }
}

impl Texts for Log {
    fn of(language: Language) -> &'static Self {
        match language {
            Language::English => &ENGLISH,
            Language::German => &GERMAN,
        }
    }
}

const ENGLISH: Log = Log {
    title: screen(Language::English, Screen::Log),
    lead: "What became of each record, newest first.",
    export: "Export CSV",
    exporting: "Exporting…",
    exported: "The file is in your downloads.",
    exported_part: "The file is in your downloads. It has the newest 10,000 entries; filter by day for older ones.",
    not_exported: "The browser did not take the file. Allow downloads for this page, then export again.",
    file: "xero-log.csv",

    days_title: "Last 30 days",
    days_sum: |runs, counts, number| {
        let runs = if runs == 1 { "1 run".to_owned() } else { format!("{} runs", number(runs)) };
        let (created, updated, failed) = (number(counts.created), number(counts.updated), number(counts.failed));
        format!("{created} sent, {updated} updated and {failed} failed, in {runs} and by clicks.")
    },
    day: |day, runs, counts, number| {
        let runs = if runs == 1 { "1 run".to_owned() } else { format!("{} runs", number(runs)) };
        let (created, updated, failed) = (number(counts.created), number(counts.updated), number(counts.failed));
        format!("{day}: {runs}, {created} sent, {updated} updated, {failed} failed")
    },
    days_hint: "Choose a day to see its entries only.",
    days_table: "As a table",
    day_column: "Day",
    runs_column: "Runs",

    show: "Show",
    entries: "Entries",
    runs: "Runs",
    filters: "Filters",
    name: "Record or account name",
    pair: "Pair",
    outcome: "Outcome",
    problem: "Problem",
    all: "All",
    chip_name: |name| format!("Name has “{name}”"),
    chip_run: "One run",
    chip_record: "One record",
    chip_time: |from, until| match (from, until) {
        (Some(from), Some(until)) => format!("{from} to {until}"),
        (Some(from), None) => format!("Since {from}"),
        (None, Some(until)) => format!("Before {until}"),
        (None, None) => String::new(),
    },
    remove: |filter| format!("Remove filter: {filter}"),
    clear: "Clear filters",
    total: |count, one| if one { "1 entry".to_owned() } else { format!("{count} entries") },
    news: "New entries: show",

    table: "Entries",
    at: "Date and time",
    direction: "Direction",
    record: "Record",
    party: "Account name",
    sync: "Type of sync",
    comment: "Comment",
    directed: |direction| match direction {
        Direction::ToXero => "To Xero",
        Direction::ToCrm => "To CRM",
        Direction::Both => "Both ways",
    },
    kind: |kind| match kind {
        SyncKind::Click => "Click",
        SyncKind::Manual => "Manual",
        SyncKind::Scheduled => "Scheduled",
        SyncKind::Bulk => "List",
        SyncKind::Retry => "Retry",
    },
    empty: "Nothing has been synced yet",
    empty_user: "You have synced nothing yet",
    empty_lead: "Open a record in the CRM and press “Send to Xero”, or start a run. What became of each record is told \
                 here.",
    empty_lead_user: "Open a record in the CRM and press “Send to Xero”. What became of your records is told here.",
    start_run: "Start a run",
    none: "No entry fits these filters",
    none_lead: "Remove a filter to see more.",

    runs_table: "Runs",
    started: "Started",
    by: "By",
    state: "State",
    records: "Records",
    run_state: run::ENGLISH.state,
    lasted: |seconds| lasted(seconds, "h", "min"),
    counts: |counts, number| result_in_words(*counts, &run::ENGLISH, number),
    show_entries: "Show entries",
    older_runs: "Show older runs",
    runs_empty: "No run yet",
    runs_empty_lead: "Start one, or switch the schedule on. Each run is told here with what it did.",

    details: "Details",
    previous: "Newer entry",
    next: "Older entry",
    when: "When",
    took: "Took",
    run: "Run",
    open_run: "Open the run",
    schedule: "The schedule",
    sent: "What was sent",
    changed: "What changed",
    field: "Field",
    crm: "CRM",
    xero_before: "Xero before",
    became: "Became",
    reason: "Written",
    no_value: "empty",
    not_shown: "Not shown to you",
    written: |written| match written {
        Written::Xero => "in Xero",
        Written::Crm => "in the CRM",
    },
    why: |why| match why {
        Why::New => "new",
        Why::ChangedInCrm => "changed in the CRM",
        Why::ChangedInXero => "changed in Xero",
        Why::CrmOverruledXero => "changed in both: the CRM counts",
        Why::XeroOverruledCrm => "changed in the CRM, but Xero counts",
        Why::Held => "held for an administrator",
    },
    problems: "What to know",
    first: "Records that went first",
    went_first: |action| match action {
        Action::Create => "was sent first",
        Action::Adopt => "was linked first",
        Action::UpdateXero => "was updated first",
        Action::UpdateCrm => "was brought back first",
        Action::Unchanged => "was in step",
        Action::Skip => "was left alone",
        Action::Blocked => "could not be sent",
    },
    calls: "Calls",
    no_calls: "None of its own: in a run one call serves many records.",
    api: "To",
    call: "Call",
    answer: "Answer",
    no_answer: "none came",
    correlation: "Correlation id",
    retry_starting: "Starting…",
    retry_running: "Trying again…",
    retry_waiting: "It waits for a limit and goes on by itself.",
    retry_nothing: "The run ended before it came to this record. Try again.",
    retried: |name, outcome| format!("{name}: {outcome}"),
};

const GERMAN: Log = Log {
    title: screen(Language::German, Screen::Log),
    lead: "Was aus jedem Datensatz geworden ist, das Neueste zuerst.",
    export: "Als CSV exportieren",
    exporting: "Wird exportiert…",
    exported: "Die Datei liegt in Ihren Downloads.",
    exported_part: "Die Datei liegt in Ihren Downloads. Sie enthält die neuesten 10.000 Einträge; für ältere filtern Sie \
                    nach einem Tag.",
    not_exported: "Der Browser hat die Datei nicht angenommen. Erlauben Sie dieser Seite Downloads und exportieren Sie \
                   noch einmal.",
    file: "xero-protokoll.csv",

    days_title: "Die letzten 30 Tage",
    days_sum: |runs, counts, number| {
        let runs = if runs == 1 { "1 Abgleich".to_owned() } else { format!("{} Abgleichen", number(runs)) };
        let (created, updated, failed) = (number(counts.created), number(counts.updated), number(counts.failed));
        format!("{created} gesendet, {updated} aktualisiert und {failed} fehlgeschlagen, in {runs} und durch Klicks.")
    },
    day: |day, runs, counts, number| {
        let runs = if runs == 1 { "1 Abgleich".to_owned() } else { format!("{} Abgleiche", number(runs)) };
        let (created, updated, failed) = (number(counts.created), number(counts.updated), number(counts.failed));
        format!("{day}: {runs}, {created} gesendet, {updated} aktualisiert, {failed} fehlgeschlagen")
    },
    days_hint: "Wählen Sie einen Tag, um nur dessen Einträge zu sehen.",
    days_table: "Als Tabelle",
    day_column: "Tag",
    runs_column: "Abgleiche",

    show: "Anzeigen",
    entries: "Einträge",
    runs: "Abgleiche",
    filters: "Filter",
    name: "Name des Datensatzes oder der Firma",
    pair: "Paar",
    outcome: "Ergebnis",
    problem: "Problem",
    all: "Alle",
    chip_name: |name| format!("Name enthält „{name}“"),
    chip_run: "Ein Abgleich",
    chip_record: "Ein Datensatz",
    chip_time: |from, until| match (from, until) {
        (Some(from), Some(until)) => format!("{from} bis {until}"),
        (Some(from), None) => format!("Seit {from}"),
        (None, Some(until)) => format!("Vor {until}"),
        (None, None) => String::new(),
    },
    remove: |filter| format!("Filter entfernen: {filter}"),
    clear: "Alle Filter entfernen",
    total: |count, one| if one { "1 Eintrag".to_owned() } else { format!("{count} Einträge") },
    news: "Neue Einträge anzeigen",

    table: "Einträge",
    at: "Datum und Uhrzeit",
    direction: "Richtung",
    record: "Datensatz",
    party: "Firma",
    sync: "Art",
    comment: "Bemerkung",
    directed: |direction| match direction {
        Direction::ToXero => "Nach Xero",
        Direction::ToCrm => "Ins CRM",
        Direction::Both => "Beidseitig",
    },
    kind: |kind| match kind {
        SyncKind::Click => "Klick",
        SyncKind::Manual => "Von Hand",
        SyncKind::Scheduled => "Zeitplan",
        SyncKind::Bulk => "Liste",
        SyncKind::Retry => "Wiederholung",
    },
    empty: "Noch nichts abgeglichen",
    empty_user: "Sie haben noch nichts abgeglichen",
    empty_lead: "Öffnen Sie einen Datensatz im CRM und klicken Sie auf „An Xero senden“, oder starten Sie einen Abgleich. Hier \
                 steht dann, was aus jedem Datensatz geworden ist.",
    empty_lead_user: "Öffnen Sie einen Datensatz im CRM und klicken Sie auf „An Xero senden“. Hier steht dann, was aus Ihren \
                      Datensätzen geworden ist.",
    start_run: "Abgleich starten",
    none: "Kein Eintrag passt zu diesen Filtern",
    none_lead: "Entfernen Sie einen Filter, um mehr zu sehen.",

    runs_table: "Abgleiche",
    started: "Gestartet",
    by: "Von",
    state: "Status",
    records: "Datensätze",
    run_state: run::GERMAN.state,
    lasted: |seconds| lasted(seconds, "Std.", "Min."),
    counts: |counts, number| result_in_words(*counts, &run::GERMAN, number),
    show_entries: "Einträge anzeigen",
    older_runs: "Ältere Abgleiche anzeigen",
    runs_empty: "Noch kein Abgleich",
    runs_empty_lead: "Starten Sie einen, oder schalten Sie den Zeitplan ein. Hier steht dann, was jeder bewirkt hat.",

    details: "Einzelheiten",
    previous: "Neuerer Eintrag",
    next: "Älterer Eintrag",
    when: "Wann",
    took: "Dauer",
    run: "Abgleich",
    open_run: "Abgleich öffnen",
    schedule: "Zeitplan",
    sent: "Was gesendet wurde",
    changed: "Was sich geändert hat",
    field: "Feld",
    crm: "CRM",
    xero_before: "Xero vorher",
    became: "Wurde zu",
    reason: "Geschrieben",
    no_value: "leer",
    not_shown: "Für Sie nicht sichtbar",
    written: |written| match written {
        Written::Xero => "in Xero",
        Written::Crm => "im CRM",
    },
    why: |why| match why {
        Why::New => "neu",
        Why::ChangedInCrm => "im CRM geändert",
        Why::ChangedInXero => "in Xero geändert",
        Why::CrmOverruledXero => "auf beiden Seiten geändert: Das CRM hat Vorrang",
        Why::XeroOverruledCrm => "im CRM geändert, aber Xero hat Vorrang",
        Why::Held => "wartet auf einen Administrator",
    },
    problems: "Hinweise",
    first: "Vorab abgeglichene Datensätze",
    went_first: |action| match action {
        Action::Create => "wurde vorab gesendet",
        Action::Adopt => "wurde vorab verknüpft",
        Action::UpdateXero => "wurde vorab aktualisiert",
        Action::UpdateCrm => "wurde vorab zurückgeholt",
        Action::Unchanged => "war im Einklang",
        Action::Skip => "wurde ausgelassen",
        Action::Blocked => "konnte nicht gesendet werden",
    },
    calls: "Anfragen",
    no_calls: "Keine eigenen: In einem Abgleich gilt eine Anfrage für viele Datensätze.",
    api: "An",
    call: "Anfrage",
    answer: "Antwort",
    no_answer: "keine",
    correlation: "Korrelations-ID",
    retry_starting: "Wird gestartet…",
    retry_running: "Wird wiederholt…",
    retry_waiting: "Ein Limit ist erreicht. Danach geht es von selbst weiter.",
    retry_nothing: "Der Abgleich endete, bevor dieser Datensatz an der Reihe war. Versuchen Sie es erneut.",
    retried: |name, outcome| format!("{name}: {outcome}"),
};
