//! Texts: health.

use super::common::screen;
use super::{Language, Texts};
use crate::portal::health::state::Finding;
use crate::portal::route::Screen;
use shared::api::ConnectionState;

/// The texts. Numbers come as they are to be written.
#[derive(Debug)]
pub struct Health {
    /// `Health`
    pub title: &'static str,
    /// Below the title.
    pub lead: &'static str,
    /// Button while it works.
    pub refreshing: &'static str,
    /// Headline: nothing needs anybody.
    pub fine: &'static str,
    /// What that means.
    pub fine_lead: &'static str,
    /// After a headline: nothing goes by itself.
    pub nothing_by_itself: &'static str,
    /// What that means where nothing else is to be known.
    pub by_hand_lead: &'static str,
    /// Headline: `2 things to know`
    pub found: fn(usize) -> String,
    /// Something that should be known.
    pub finding: fn(Finding) -> String,
    /// Until when the day's limit lasts, before the instant.
    pub until: &'static str,
    /// Link to the connection.
    pub open_connection: &'static str,
    /// Link to a run.
    pub open_run: &'static str,
    /// Link to the failed records of the log.
    pub open_failed: &'static str,
    /// The entries with addresses that are held.
    pub open_emails: &'static str,

    /// Title: both APIs' limits.
    pub limits: &'static str,
    /// There is nothing to tell before both sides are connected.
    pub no_limits: &'static str,
    /// Xero's day.
    pub day: &'static str,
    /// `3,812 of 5,000 calls left today`
    pub day_words: fn(&str, &str) -> String,
    /// `Runs leave 100 calls for the button.`
    pub reserve: fn(&str) -> String,
    /// Calls that are left, while the limit is unknown.
    pub day_left: fn(&str) -> String,
    /// Xero has not said yet.
    pub day_unknown: &'static str,
    /// Xero's minute.
    pub minute: &'static str,
    /// `12 of 60 calls used`
    pub minute_words: fn(&str, &str) -> String,
    /// Zoho's credits.
    pub credits: &'static str,
    /// Credits that are left.
    pub credits_left: fn(&str) -> String,
    /// Zoho has not said.
    pub credits_unknown: &'static str,
    /// Before the instant of the budget.
    pub as_of: &'static str,

    /// Title: the newest runs.
    pub runs: &'static str,
    /// There was none.
    pub no_runs: &'static str,
    /// Link to all runs.
    pub all_runs: &'static str,
    /// Column.
    pub started: &'static str,
    /// Column.
    pub kind: &'static str,
    /// Column.
    pub records: &'static str,
    /// Column.
    pub state: &'static str,
    /// Link to a run: `Open the run of …`, said with its time.
    pub details: &'static str,

    /// Title: records that failed or wait.
    pub waiting: &'static str,
    /// What parked means.
    pub waiting_lead: &'static str,
    /// There is none.
    pub none_waiting: &'static str,
    /// `7 records wait, 2 of them are parked`: for users who don't see which.
    pub waiting_count: fn(u32, u32) -> String,
    /// Column.
    pub record: &'static str,
    /// Column.
    pub why: &'static str,
    /// Column.
    pub attempts: &'static str,
    /// Column.
    pub last: &'static str,
    /// It is parked.
    pub parked: &'static str,
    /// It is tried again by the next run.
    pub again: &'static str,
    /// It waits for a release by whoever looks.
    pub to_release: &'static str,
    /// Link to such a record in the CRM.
    pub look_and_send: &'static str,
    /// What is done there.
    pub release_how: &'static str,
    /// Said with the button: `Retry INV-0042`
    pub retry: fn(&str) -> String,
    /// Button: `Retry all 7`
    pub retry_all: fn(usize) -> String,
    /// The retry is being started.
    pub retrying: &'static str,
    /// The retry is under way: link to its run.
    pub in_run: &'static str,
    /// Why there is no button.
    pub xero_only: &'static str,
    /// Told to screen readers.
    pub retry_began: &'static str,

    /// Title: saved choices.
    pub mapping: &'static str,
    /// All work.
    pub mapping_fine: &'static str,
    /// Some do not.
    pub mapping_broken: &'static str,

    /// Title: access, next run and version.
    pub service: &'static str,
    /// Term: our access to the CRM.
    pub crm_access: &'static str,
    /// Term: our access to Xero.
    pub xero_access: &'static str,
    /// Before how long ago it was renewed.
    pub renewed: &'static str,
    /// It works and was not used yet.
    pub unused: &'static str,
    /// There is none.
    pub missing: &'static str,
    /// The vendor refuses it.
    pub refused: &'static str,
    /// Before the names of permissions that were not granted.
    pub lacks: &'static str,
    /// Term: the next run.
    pub next_run: &'static str,
    /// The schedule is off.
    pub schedule_off: &'static str,
    /// Term: the organisation's time zone.
    pub time_zone: &'static str,
    /// Term: the installed version.
    pub version: &'static str,
}

impl Texts for Health {
    fn of(language: Language) -> &'static Self {
        match language {
            Language::English => &ENGLISH,
            Language::German => &GERMAN,
        }
    }
}

const ENGLISH: Health = Health {
    title: screen(Language::English, Screen::Health),
    lead: "How the connection, the limits, the runs and the records stand.",
    refreshing: "Refreshing…",
    fine: "All is well",
    fine_lead: "Both sides are connected, no record waits, and no limit is reached.",
    nothing_by_itself: "The schedule is off",
    by_hand_lead: "Both sides are connected, no record waits, and no limit is reached. But nothing is synced by itself: only \
                   what somebody sends, and runs that somebody starts.",
    found: |count| match count {
        1 => "1 thing to know".to_owned(),
        _ => format!("{count} things to know"),
    },
    finding: |finding| match finding {
        Finding::Connection(ConnectionState::ZohoMissing) => "Zoho CRM is not connected yet.".to_owned(),
        Finding::Connection(ConnectionState::ZohoBroken) => "Zoho CRM no longer accepts our access.".to_owned(),
        Finding::Connection(ConnectionState::XeroBroken) => "Xero no longer accepts our access.".to_owned(),
        Finding::Connection(_) => "Xero is not connected yet.".to_owned(),
        Finding::CrmLacks(_) => {
            "Zoho CRM did not grant everything. What works goes on; connect again to grant the rest.".to_owned()
        }
        Finding::XeroLacks(_) => {
            "Xero did not grant everything. What works goes on; connect again to grant the rest.".to_owned()
        }
        Finding::Settings(1) => "1 setting does not work any more.".to_owned(),
        Finding::Settings(count) => format!("{count} settings do not work any more."),
        Finding::RunFailed => "The newest run could not go on.".to_owned(),
        Finding::Parked(1) => "1 record is parked: it failed again and again.".to_owned(),
        Finding::Parked(count) => format!("{count} records are parked: they failed again and again."),
        Finding::DayLimit(_) => "Xero takes no more calls today.".to_owned(),
        Finding::Reserve(left) => {
            format!("Runs pause until Xero's next day: the last {left} calls are kept for the button.")
        }
        Finding::Release(1) => "1 record waits for your release.".to_owned(),
        Finding::Release(count) => format!("{count} records wait for your release."),
        Finding::Emails(1) => "1 new e-mail address waits for your word: look at the record, and send it.".to_owned(),
        Finding::Emails(count) => {
            format!("{count} records have a new e-mail address that waits for your word: look at each, and send it.")
        }
        Finding::Waiting(1) => "1 record waits and is tried again by the next run.".to_owned(),
        Finding::Waiting(count) => format!("{count} records wait and are tried again by the next run."),
    },
    until: "Until",
    open_connection: "Open connection",
    open_run: "Open the run",
    open_failed: "Open failed records in the log",
    open_emails: "Open them in the log",

    limits: "Limits",
    no_limits: "The limits are known once both sides are connected.",
    day: "Xero, today",
    day_words: |left, most| format!("{left} of {most} calls left"),
    reserve: |calls| format!("Runs leave the last {calls} for the button."),
    day_left: |left| format!("{left} calls left. How many a day has is not known yet."),
    day_unknown: "Not known yet: Xero says it with the answer to the next call.",
    minute: "Xero, last 60 seconds",
    minute_words: |used, most| format!("{used} of {most} calls used"),
    credits: "Zoho CRM, last 24 hours",
    credits_left: |left| format!("{left} credits left"),
    credits_unknown: "Not known: Zoho says how many credits are left only once half of them are used.",
    as_of: "As of",

    runs: "Last runs",
    no_runs: "There was no run yet.",
    all_runs: "All runs",
    started: "Started",
    kind: "By",
    records: "Records",
    state: "State",
    details: "Open the run",

    waiting: "Waiting and parked records",
    waiting_lead: "A record that fails is tried again by the next runs. After several failures it is parked: runs leave \
                   it alone until it changes or somebody retries it. One that waits for a release goes once you have \
                   looked at it in the CRM and sent it.",
    none_waiting: "No record waits.",
    waiting_count: |all, parked| match (all, parked) {
        (0, _) => "No record waits.".to_owned(),
        (1, 0) => "1 record waits for the next run, or for somebody's release.".to_owned(),
        (_, 0) => format!("{all} records wait for the next run, or for somebody's release."),
        (1, _) => "1 record is parked. An administrator can retry it.".to_owned(),
        _ => format!("{all} records wait, {parked} of them are parked. An administrator can retry them."),
    },
    record: "Record",
    why: "Why",
    attempts: "Attempts",
    last: "Last",
    parked: "Parked",
    again: "Tried again by the next run",
    to_release: "Waits for your release",
    look_and_send: "Look and send",
    release_how: "Open it in the CRM, look at it in the panel, and send it there: that releases it.",
    retry: |name| format!("Retry {name}"),
    retry_all: |count| format!("Retry all {count}"),
    retrying: "Starting…",
    in_run: "Open the retry",
    xero_only: "It is in Xero alone: change it there, or start a run.",
    retry_began: "The retry has begun.",

    mapping: "Saved choices",
    mapping_fine: "Every saved choice still works.",
    mapping_broken: "Something changed in Xero or in the CRM, and these choices no longer work.",

    service: "Access and service",
    crm_access: "Access to Zoho CRM",
    xero_access: "Access to Xero",
    renewed: "Works, renewed",
    unused: "Works, not used yet",
    missing: "Not connected",
    refused: "Refused: connect again",
    lacks: "Not granted: ",
    next_run: "Next run",
    schedule_off: "None: the schedule is off",
    time_zone: "Time zone",
    version: "Version",
};

const GERMAN: Health = Health {
    title: screen(Language::German, Screen::Health),
    lead: "Wie es um Verbindung, Limits, Abgleiche und Datensätze steht.",
    refreshing: "Wird aktualisiert…",
    fine: "Alles in Ordnung",
    fine_lead: "Beide Seiten sind verbunden, kein Datensatz wartet, und kein Limit ist erreicht.",
    nothing_by_itself: "Der Zeitplan ist aus",
    by_hand_lead: "Beide Seiten sind verbunden, kein Datensatz wartet, und kein Limit ist erreicht. Von selbst wird aber nichts \
                   abgeglichen: nur, was jemand sendet, und in Abgleichen, die jemand startet.",
    found: |count| match count {
        1 => "1 Hinweis".to_owned(),
        _ => format!("{count} Hinweise"),
    },
    finding: |finding| match finding {
        Finding::Connection(ConnectionState::ZohoMissing) => "Zoho CRM ist noch nicht verbunden.".to_owned(),
        Finding::Connection(ConnectionState::ZohoBroken) => "Zoho CRM lehnt unseren Zugriff inzwischen ab.".to_owned(),
        Finding::Connection(ConnectionState::XeroBroken) => "Xero lehnt unseren Zugriff inzwischen ab.".to_owned(),
        Finding::Connection(_) => "Xero ist noch nicht verbunden.".to_owned(),
        Finding::CrmLacks(_) => {
            "Zoho CRM hat nicht alles erlaubt. Was geht, geht weiter; erneut verbinden, um den Rest zu erlauben."
                .to_owned()
        }
        Finding::XeroLacks(_) => {
            "Xero hat nicht alles erlaubt. Was geht, geht weiter; erneut verbinden, um den Rest zu erlauben.".to_owned()
        }
        Finding::Settings(1) => "1 Einstellung funktioniert nicht mehr.".to_owned(),
        Finding::Settings(count) => format!("{count} Einstellungen funktionieren nicht mehr."),
        Finding::RunFailed => "Der letzte Abgleich konnte nicht fortgesetzt werden.".to_owned(),
        Finding::Parked(1) => "1 Datensatz ist zurückgestellt: Er ist mehrfach fehlgeschlagen.".to_owned(),
        Finding::Parked(count) => format!("{count} Datensätze sind zurückgestellt: Sie sind mehrfach fehlgeschlagen."),
        Finding::DayLimit(_) => "Xero nimmt heute keine Anfragen mehr an.".to_owned(),
        Finding::Reserve(left) => {
            format!(
                "Abgleiche pausieren, bis Xeros nächster Tag beginnt: Die letzten {left} Anfragen sind der Schaltfläche \
                 vorbehalten."
            )
        }
        Finding::Release(1) => "1 Datensatz wartet auf Ihre Freigabe.".to_owned(),
        Finding::Release(count) => format!("{count} Datensätze warten auf Ihre Freigabe."),
        Finding::Emails(1) => {
            "1 neue E-Mail-Adresse wartet auf Ihr Wort: Sehen Sie sich den Datensatz an, und senden Sie ihn.".to_owned()
        }
        Finding::Emails(count) => format!(
            "{count} Datensätze haben eine neue E-Mail-Adresse, die auf Ihr Wort wartet: Sehen Sie sich jeden an, und \
             senden Sie ihn."
        ),
        Finding::Waiting(1) => "1 Datensatz wartet und wird im nächsten Abgleich erneut versucht.".to_owned(),
        Finding::Waiting(count) => {
            format!("{count} Datensätze warten und werden im nächsten Abgleich erneut versucht.")
        }
    },
    until: "Bis",
    open_connection: "Verbindung öffnen",
    open_run: "Abgleich öffnen",
    open_failed: "Fehlgeschlagene im Protokoll öffnen",
    open_emails: "Im Protokoll öffnen",

    limits: "Limits",
    no_limits: "Die Limits sind bekannt, sobald beide Seiten verbunden sind.",
    day: "Xero, heute",
    day_words: |left, most| format!("{left} von {most} Anfragen übrig"),
    reserve: |calls| format!("Die letzten {calls} sind der Schaltfläche vorbehalten."),
    day_left: |left| format!("{left} Anfragen übrig. Wie viele Xero am Tag zulässt, ist noch nicht bekannt."),
    day_unknown: "Noch nicht bekannt: Xero teilt es mit der nächsten Antwort mit.",
    minute: "Xero, letzte 60 Sekunden",
    minute_words: |used, most| format!("{used} von {most} Anfragen verbraucht"),
    credits: "Zoho CRM, letzte 24 Stunden",
    credits_left: |left| format!("{left} Credits übrig"),
    credits_unknown: "Nicht bekannt: Zoho nennt die übrigen Credits erst, wenn die Hälfte verbraucht ist.",
    as_of: "Stand",

    runs: "Letzte Abgleiche",
    no_runs: "Es gab noch keinen Abgleich.",
    all_runs: "Alle Abgleiche",
    started: "Gestartet",
    kind: "Auslöser",
    records: "Datensätze",
    state: "Status",
    details: "Abgleich öffnen",

    waiting: "Wartende und zurückgestellte Datensätze",
    waiting_lead: "Fehlgeschlagene Datensätze werden in den nächsten Abgleichen erneut versucht. Nach mehreren Fehlschlägen \
                   werden sie zurückgestellt: Abgleiche lassen sie aus, bis sie sich ändern oder jemand sie wiederholt. \
                   Was auf eine Freigabe wartet, geht, sobald Sie es im CRM angesehen und gesendet haben.",
    none_waiting: "Kein Datensatz wartet.",
    waiting_count: |all, parked| match (all, parked) {
        (0, _) => "Kein Datensatz wartet.".to_owned(),
        (1, 0) => "1 Datensatz wartet auf den nächsten Abgleich oder auf eine Freigabe.".to_owned(),
        (_, 0) => format!("{all} Datensätze warten auf den nächsten Abgleich oder auf eine Freigabe."),
        (1, _) => "1 Datensatz ist zurückgestellt. Ein Administrator kann ihn wiederholen.".to_owned(),
        _ => format!(
            "{all} Datensätze warten, {parked} davon sind zurückgestellt. Ein Administrator kann sie wiederholen."
        ),
    },
    record: "Datensatz",
    why: "Grund",
    attempts: "Versuche",
    last: "Letzter Versuch",
    parked: "Zurückgestellt",
    again: "Wird im nächsten Abgleich erneut versucht",
    to_release: "Wartet auf Ihre Freigabe",
    look_and_send: "Ansehen und senden",
    release_how: "Öffnen Sie ihn im CRM, sehen Sie ihn sich im Panel an, und senden Sie ihn dort: Das gibt ihn frei.",
    retry: |name| format!("{name} wiederholen"),
    retry_all: |count| format!("Alle {count} wiederholen"),
    retrying: "Wird gestartet…",
    in_run: "Wiederholung öffnen",
    xero_only: "Diesen Datensatz gibt es nur in Xero: Ändern Sie ihn dort, oder starten Sie einen Abgleich.",
    retry_began: "Die Wiederholung hat begonnen.",

    mapping: "Gespeicherte Einstellungen",
    mapping_fine: "Alle gespeicherten Einstellungen funktionieren noch.",
    mapping_broken: "In Xero oder im CRM hat sich etwas geändert, und diese Einstellungen funktionieren nicht mehr.",

    service: "Zugriff und Dienst",
    crm_access: "Zugriff auf Zoho CRM",
    xero_access: "Zugriff auf Xero",
    renewed: "Funktioniert, erneuert",
    unused: "Funktioniert, noch nicht benutzt",
    missing: "Nicht verbunden",
    refused: "Abgelehnt: Bitte neu verbinden",
    lacks: "Nicht erteilt: ",
    next_run: "Nächster Abgleich",
    schedule_off: "Keiner: Der Zeitplan ist aus",
    time_zone: "Zeitzone",
    version: "Version",
};
