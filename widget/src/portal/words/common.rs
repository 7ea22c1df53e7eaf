//! Texts: what several screens say, the rail, and who is signed in.

use super::{Language, Texts};
use crate::popup::words::WindowWords;
use crate::portal::route::Screen;
use shared::module::Module;
use shared::settings::Direction;

/// The texts.
#[derive(Debug)]
pub struct Common {
    /// The page's name in the title: `Xero`
    pub product: &'static str,
    /// `Skip to the content`
    pub skip: &'static str,
    /// The rail's name: `Portal`
    pub rail: &'static str,
    /// `Close`
    pub close: &'static str,
    /// `Cancel`
    pub cancel: &'static str,
    /// `Save`
    pub save: &'static str,
    /// `Saving…`
    pub saving: &'static str,
    /// `Discard`
    pub discard: &'static str,
    /// `Try again`
    pub try_again: &'static str,
    /// `Retry`
    pub retry: &'static str,
    /// `Refresh`
    pub refresh: &'static str,
    /// `Loading…`
    pub loading: &'static str,
    /// `Guess`
    pub guess: &'static str,
    /// First option of a select: `Choose…`
    pub choose: &'static str,
    /// `On`
    pub on: &'static str,
    /// `Off`
    pub off: &'static str,
    /// `Yes`
    pub yes: &'static str,
    /// `No`
    pub no: &'static str,
    /// `CRM`
    pub crm: &'static str,
    /// `Xero`
    pub xero_side: &'static str,
    /// `Open in Xero`
    pub open_in_xero: &'static str,
    /// `Open in the CRM`
    pub open_in_crm: &'static str,

    /// `Language`
    pub language: &'static str,
    /// `Sign out`
    pub sign_out: &'static str,
    /// `Where I am signed in`
    pub sessions: &'static str,
    /// Headline of the page before anybody is signed in.
    pub welcome: &'static str,
    /// What signing in is for.
    pub welcome_lead: &'static str,
    /// `Sign in with Zoho`
    pub sign_in: &'static str,
    /// What signing in tells us.
    pub sign_in_why: &'static str,
    /// Asks the one who installs it.
    pub first_lead: &'static str,
    /// `Connect Zoho CRM`
    pub connect_crm: &'static str,
    /// `Reconnect Zoho CRM`
    pub reconnect_crm: &'static str,
    /// `Connect Xero`
    pub connect_xero: &'static str,
    /// `Reconnect Xero`
    pub reconnect_xero: &'static str,
    /// While a vendor's window is open.
    pub waiting_for_window: &'static str,
    /// What is said of the window on this page.
    pub window: &'static WindowWords,
    /// Headline while nobody has connected the CRM.
    pub crm_missing: &'static str,
    /// What an administrator does then.
    pub crm_missing_administrator: &'static str,
    /// What everybody else does then.
    pub crm_missing_user: &'static str,
    /// A strip: Xero is not connected yet.
    pub xero_missing: &'static str,
    /// A strip: the CRM refuses our access.
    pub crm_broken: &'static str,
    /// A strip: Xero refuses our access.
    pub xero_broken: &'static str,
    /// Added to a strip for users who can't connect.
    pub ask_administrator: &'static str,
    /// `Open set-up`
    pub open_setup: &'static str,
    /// `Open mapping`
    pub open_mapping: &'static str,
    /// Headline of a screen that is for administrators.
    pub administrators_only: &'static str,
    /// Why, and what to do.
    pub administrators_only_lead: &'static str,
    /// `Open the log`
    pub open_log: &'static str,

    /// Said before a warning.
    pub warning: &'static str,
    /// Said before a problem.
    pub problem: &'static str,
    /// Said before something that waits.
    pub waiting: &'static str,
    /// `Why:`
    pub why: &'static str,
    /// `Do:`
    pub fix: &'static str,
    /// `What Xero said`
    pub xero_said: &'static str,
    /// `What Zoho said`
    pub zoho_said: &'static str,
    /// `What the service said`
    pub service_said: &'static str,

    /// The service could not be reached: what, why, what to do.
    pub unreachable: [&'static str; 3],
    /// No answer came in time.
    pub too_slow: [&'static str; 3],
    /// Somebody else has answered in the service's place; its status is said before why.
    pub not_answering: [&'static str; 3],
    /// The answer could not be understood.
    pub unreadable: [&'static str; 3],
    /// A screen's file does not come.
    pub not_loaded: [&'static str; 3],
    /// Nothing has come of the window in time.
    pub window_late: [&'static str; 3],
    /// The session is another user's than the one at work: who is signed in, and who is at work.
    pub other_user: fn(&str, &str) -> String,
    /// Why that matters.
    pub other_user_why: &'static str,
    /// What to do.
    pub other_user_fix: &'static str,
    /// Why each tab asks to sign in.
    pub each_tab: &'static str,
    /// The session has ended.
    pub session_over: [&'static str; 3],

    /// Outcome: created.
    pub created: &'static str,
    /// Outcome: updated.
    pub updated: &'static str,
    /// Outcome: both agreed.
    pub unchanged: &'static str,
    /// Outcome: left alone.
    pub skipped: &'static str,
    /// Outcome: failed.
    pub failed: &'static str,
    /// Outcome: put off.
    pub deferred: &'static str,
    /// Outcome: needs a decision.
    pub undecided: &'static str,

    /// `just now`
    pub just_now: &'static str,
    /// `2 min ago`
    pub minutes_ago: fn(i64) -> String,
    /// `3 h ago`
    pub hours_ago: fn(i64) -> String,
    /// `yesterday`
    pub yesterday: &'static str,
    /// `4 days ago`
    pub days_ago: fn(i64) -> String,
    /// `in 5 min`: for what is to come.
    pub in_minutes: fn(i64) -> String,
    /// `in 3 h`
    pub in_hours: fn(i64) -> String,
    /// `in 2 days`
    pub in_days: fn(i64) -> String,

    /// What a screen is called.
    pub screen: fn(Screen) -> &'static str,
    /// What a CRM module is called.
    pub module: fn(Module) -> &'static str,
    /// What its records are in Xero.
    pub xero: fn(Module) -> &'static str,
    /// Which way a pair is synced.
    pub direction: fn(Direction) -> &'static str,
}

impl Texts for Common {
    fn of(language: Language) -> &'static Self {
        match language {
            Language::English => &ENGLISH,
            Language::German => &GERMAN,
        }
    }
}

/// What a screen is called: in the rail, in the page's title, and as its own heading.
pub(super) const fn screen(language: Language, screen: Screen) -> &'static str {
    match (language, screen) {
        (Language::English, Screen::Log) => "Log",
        (Language::English, Screen::Runs) => "Run",
        (Language::English, Screen::Schedule) => "Schedule",
        (Language::English, Screen::Mapping) => "Mapping",
        (Language::English, Screen::Setup) => "Set up",
        (Language::English, Screen::Health) => "Health",
        (Language::English, Screen::Access) => "Access",
        (Language::German, Screen::Log) => "Protokoll",
        (Language::German, Screen::Runs) => "Abgleich",
        (Language::German, Screen::Schedule) => "Zeitplan",
        (Language::German, Screen::Mapping) => "Zuordnung",
        (Language::German, Screen::Setup) => "Einrichtung",
        (Language::German, Screen::Health) => "Zustand",
        (Language::German, Screen::Access) => "Zugang",
    }
}

const ENGLISH: Common = Common {
    product: "Xero",
    skip: "Skip to the content",
    rail: "Portal",
    close: "Close",
    cancel: "Cancel",
    save: "Save",
    saving: "Saving…",
    discard: "Discard",
    try_again: "Try again",
    retry: "Retry",
    refresh: "Refresh",
    loading: "Loading…",
    guess: "Guess",
    choose: "Choose…",
    on: "On",
    off: "Off",
    yes: "Yes",
    no: "No",
    crm: "CRM",
    xero_side: "Xero",
    open_in_xero: "Open in Xero",
    open_in_crm: "Open in the CRM",

    language: "Language",
    sign_out: "Sign out",
    sessions: "Where I am signed in",
    welcome: "Ledgerlink keeps Zoho CRM and Xero in step",
    welcome_lead: "Connect both sides, choose what becomes what, start runs, and read in the log what was sent, updated \
                   and brought back.",
    sign_in: "Sign in with Zoho",
    sign_in_why: crate::popup::words::SIGN_IN_WHY,
    first_lead: "Are you the CRM administrator who installs it? Connect the CRM once for everybody.",
    connect_crm: "Connect Zoho CRM",
    reconnect_crm: "Reconnect Zoho CRM",
    connect_xero: "Connect Xero",
    reconnect_xero: "Reconnect Xero",
    waiting_for_window: "Waiting for the other window…",
    window: &crate::popup::words::WINDOW,
    crm_missing: "Zoho CRM is not connected yet",
    crm_missing_administrator: "Connect it once for everybody: you give consent in a Zoho window.",
    crm_missing_user: "Ask a CRM administrator to open this page and connect it.",
    xero_missing: "Xero is not connected yet.",
    crm_broken: "Zoho CRM no longer accepts our access. Links and settings are kept.",
    xero_broken: "Xero no longer accepts our access. Links and settings are kept.",
    ask_administrator: "Ask a CRM administrator to connect it.",
    open_setup: "Open set-up",
    open_mapping: "Open mapping",
    administrators_only: "Only CRM administrators see this",
    administrators_only_lead: "Settings, runs and the schedule concern everybody in the CRM. Ask an administrator to \
                               change them; the log and the health of the sync are open to you.",
    open_log: "Open the log",

    warning: "Warning:",
    problem: "Problem:",
    waiting: "Waiting:",
    why: "Why:",
    fix: "Do:",
    xero_said: "What Xero said",
    zoho_said: "What Zoho said",
    service_said: "What the service said",

    unreachable: [
        "The sync service could not be reached.",
        "The network is interrupted, or the service is being replaced.",
        "Check your connection and try again. Nothing is sent twice.",
    ],
    too_slow: [
        "No answer came in time.",
        "Zoho, Xero or the network is slow at the moment. What you asked for may still have gone through.",
        "Try again. Nothing is sent twice.",
    ],
    not_answering: [
        "The sync service is not answering at the moment.",
        "something between this page and the service has answered in its place. What you asked for may still have gone \
         through.",
        "Try again. It finds out what has arrived, and nothing is sent twice.",
    ],
    unreadable: [
        "The sync service gave an answer that this page does not understand.",
        "The page and the service may be of different versions.",
        "Reload the page. If it stays like this, tell an administrator.",
    ],
    not_loaded: [
        "This screen could not be loaded.",
        "The connection may be down, or a newer version was installed while this page was open.",
        "Try again. If it stays like this, reload the page.",
    ],
    window_late: [
        "It was not finished.",
        "Nothing has come of the window for 15 minutes.",
        "Press the button again and finish in the window that opens.",
    ],
    other_user: |signed_in, at_work| {
        let at_work = if at_work.is_empty() { "somebody else" } else { at_work };
        format!("This browser is signed in as {signed_in}, but the CRM says that you are {at_work}.")
    },
    other_user_why: "Everybody works with their own rights, and what is done is noted with their own name.",
    other_user_fix: "Sign in to go on.",
    each_tab: crate::popup::words::EACH_TAB,
    session_over: [
        "Your session has ended.",
        "Sessions end after a while, when you sign out elsewhere, and when an administrator ends them or your \
         organisation was removed from this installation.",
        "Sign in again: this takes one click, and you come back to this place. If your organisation was removed, ask the \
         owner of this installation to invite it again.",
    ],

    created: "Sent",
    updated: "Updated",
    unchanged: "In step",
    skipped: "Left alone",
    failed: "Failed",
    deferred: "Put off",
    undecided: "Needs a decision",

    just_now: "just now",
    minutes_ago: |count| format!("{count} min ago"),
    hours_ago: |count| format!("{count} h ago"),
    yesterday: "yesterday",
    days_ago: |count| format!("{count} days ago"),
    in_minutes: |count| format!("in {count} min"),
    in_hours: |count| format!("in {count} h"),
    in_days: |count| if count == 1 { "tomorrow".to_owned() } else { format!("in {count} days") },

    screen: |of| screen(Language::English, of),
    module: |module| match module {
        Module::Accounts => "Accounts",
        Module::Contacts => "Contacts",
        Module::Vendors => "Vendors",
        Module::Products => "Products",
        Module::Invoices => "Invoices",
        Module::PurchaseOrders => "Purchase orders",
    },
    xero: |module| match module {
        Module::Accounts => "Customers",
        Module::Contacts => "Contacts",
        Module::Vendors => "Suppliers",
        Module::Products => "Items",
        Module::Invoices => "Invoices",
        Module::PurchaseOrders => "Bills",
    },
    direction: |direction| match direction {
        Direction::Both => "Both ways",
        Direction::ToXero => "CRM to Xero",
        Direction::ToCrm => "Xero to CRM",
    },
};

const GERMAN_WINDOW: WindowWords = WindowWords {
    closed: "Ist das Fenster geschlossen?",
    unseen: "Hat sich kein Fenster geöffnet? Erlauben Sie Pop-ups für diese Seite, oder",
    open: "öffnen Sie es hier",
    try_again: "Erneut versuchen",
    type_code: "Geben Sie den Code aus dem Fenster ein",
    code_hint: "Er hat acht Buchstaben und Ziffern und gilt zwei Minuten.",
    code_form: "Ein Code hat acht Buchstaben und Ziffern und kein 0, 1, I, L, O oder U.",
    type_key: "Geben Sie den Schlüssel der Installation ein",
    key_hint: "Diese Installation gehört noch niemandem. Wer sie eingerichtet hat, kennt den Schlüssel. Die erste \
               Organisation, die sich damit verbindet, wird Eigentümerin.",
    key_wrong: "Das ist nicht der Schlüssel der Installation.",
    go_on: "Weiter",
    choose: "Wählen Sie die Xero-Organisation",
    choose_hint: "Xero lässt uns auf mehrere zugreifen. Auf die, die Sie nicht wählen, geben wir den Zugriff auf.",
    connected_now: "jetzt verbunden",
    connecting: "Wird verbunden…",
};

const GERMAN: Common = Common {
    product: "Xero",
    skip: "Zum Inhalt springen",
    rail: "Portal",
    close: "Schließen",
    cancel: "Abbrechen",
    save: "Speichern",
    saving: "Wird gespeichert…",
    discard: "Verwerfen",
    try_again: "Erneut versuchen",
    retry: "Wiederholen",
    refresh: "Aktualisieren",
    loading: "Wird geladen…",
    guess: "Vorschlag",
    choose: "Auswählen…",
    on: "Ein",
    off: "Aus",
    yes: "Ja",
    no: "Nein",
    crm: "CRM",
    xero_side: "Xero",
    open_in_xero: "In Xero öffnen",
    open_in_crm: "Im CRM öffnen",

    language: "Sprache",
    sign_out: "Abmelden",
    sessions: "Wo ich angemeldet bin",
    welcome: "Ledgerlink hält Zoho CRM und Xero im Einklang",
    welcome_lead: "Verbinden Sie beide Seiten, legen Sie fest, was womit zusammengehört, starten Sie Abgleiche, und lesen \
                   Sie im Protokoll, was gesendet, aktualisiert und zurückgeholt wurde.",
    sign_in: "Mit Zoho anmelden",
    sign_in_why: "Ihr Zoho-Konto sagt Ledgerlink, wer Sie sind. Sie sehen die Datensätze, die Sie im CRM sehen dürfen, und \
                  gleichen die ab, die Sie dort bearbeiten dürfen.",
    first_lead: "Richten Sie das Portal als CRM-Administrator ein? Verbinden Sie das CRM einmal für alle.",
    connect_crm: "Zoho CRM verbinden",
    reconnect_crm: "Zoho CRM neu verbinden",
    connect_xero: "Xero verbinden",
    reconnect_xero: "Xero neu verbinden",
    waiting_for_window: "Wartet auf das andere Fenster…",
    window: &GERMAN_WINDOW,
    crm_missing: "Zoho CRM ist noch nicht verbunden",
    crm_missing_administrator: "Verbinden Sie es einmal für alle: Sie stimmen in einem Fenster von Zoho zu.",
    crm_missing_user: "Bitten Sie einen CRM-Administrator, diese Seite zu öffnen und das CRM zu verbinden.",
    xero_missing: "Xero ist noch nicht verbunden.",
    crm_broken: "Zoho CRM lehnt unseren Zugriff inzwischen ab. Verknüpfungen und Einstellungen bleiben erhalten.",
    xero_broken: "Xero lehnt unseren Zugriff inzwischen ab. Verknüpfungen und Einstellungen bleiben erhalten.",
    ask_administrator: "Bitten Sie einen CRM-Administrator, die Verbindung herzustellen.",
    open_setup: "Einrichtung öffnen",
    open_mapping: "Zuordnung öffnen",
    administrators_only: "Nur für CRM-Administratoren",
    administrators_only_lead: "Einstellungen, Abgleiche und Zeitplan betreffen alle im CRM. Bitten Sie einen \
                               Administrator um Änderungen; Protokoll und Zustand stehen Ihnen offen.",
    open_log: "Protokoll öffnen",

    warning: "Warnung:",
    problem: "Problem:",
    waiting: "Wartet:",
    why: "Grund:",
    fix: "Abhilfe:",
    xero_said: "Meldung von Xero",
    zoho_said: "Meldung von Zoho",
    service_said: "Meldung des Dienstes",

    unreachable: [
        "Der Dienst ist nicht erreichbar.",
        "Die Netzwerkverbindung ist unterbrochen, oder der Dienst wird gerade aktualisiert.",
        "Prüfen Sie Ihre Verbindung und versuchen Sie es erneut. Nichts wird doppelt gesendet.",
    ],
    too_slow: [
        "Die Antwort kam nicht rechtzeitig.",
        "Zoho, Xero oder das Netzwerk ist gerade langsam. Ihr Auftrag kann trotzdem ausgeführt worden sein.",
        "Versuchen Sie es erneut. Nichts wird doppelt gesendet.",
    ],
    not_answering: [
        "Der Dienst antwortet gerade nicht.",
        "Etwas zwischen dieser Seite und dem Dienst hat an seiner Stelle geantwortet. Ihr Auftrag kann trotzdem ausgeführt \
         worden sein.",
        "Versuchen Sie es erneut. Dabei zeigt sich, was angekommen ist, und nichts wird doppelt gesendet.",
    ],
    unreadable: [
        "Diese Seite versteht die Antwort des Dienstes nicht.",
        "Seite und Dienst haben vielleicht verschiedene Versionen.",
        "Laden Sie die Seite neu. Bleibt es dabei, sagen Sie es einem Administrator.",
    ],
    not_loaded: [
        "Dieser Bereich konnte nicht geladen werden.",
        "Vielleicht fehlt die Verbindung, oder eine neuere Version wurde installiert, während diese Seite offen war.",
        "Versuchen Sie es erneut. Bleibt es dabei, laden Sie die Seite neu.",
    ],
    window_late: [
        "Der Vorgang wurde nicht abgeschlossen.",
        "Aus dem Fenster kam 15 Minuten lang keine Antwort.",
        "Klicken Sie noch einmal auf die Schaltfläche und schließen Sie den Vorgang im neuen Fenster ab.",
    ],
    other_user: |signed_in, at_work| {
        let at_work = if at_work.is_empty() { "jemand anders" } else { at_work };
        format!("In diesem Browser ist {signed_in} angemeldet, im CRM arbeitet aber {at_work}.")
    },
    other_user_why: "Alle arbeiten mit ihren eigenen Rechten, und was geschieht, steht unter ihrem eigenen Namen im Protokoll.",
    other_user_fix: "Melden Sie sich an, um weiterzuarbeiten.",
    each_tab: "Jeder Tab fragt nach der Anmeldung, weil dieser Browser für Seiten im CRM keine Cookies behält.",
    session_over: [
        "Ihre Sitzung ist beendet.",
        "Sitzungen enden nach einiger Zeit, wenn Sie sich anderswo abmelden und wenn ein Administrator sie beendet oder \
         Ihre Organisation aus dieser Installation entfernt wurde.",
        "Melden Sie sich erneut an: Ein Klick genügt, und Sie kommen an diese Stelle zurück. Wurde Ihre Organisation \
         entfernt, bitten Sie den Eigentümer dieser Installation, sie wieder einzuladen.",
    ],

    created: "Gesendet",
    updated: "Aktualisiert",
    unchanged: "Im Einklang",
    skipped: "Ausgelassen",
    failed: "Fehlgeschlagen",
    deferred: "Aufgeschoben",
    undecided: "Zu entscheiden",

    just_now: "gerade eben",
    minutes_ago: |count| format!("vor {count} Min."),
    hours_ago: |count| format!("vor {count} Std."),
    yesterday: "gestern",
    days_ago: |count| format!("vor {count} Tagen"),
    in_minutes: |count| format!("in {count} Min."),
    in_hours: |count| format!("in {count} Std."),
    in_days: |count| if count == 1 { "morgen".to_owned() } else { format!("in {count} Tagen") },

    screen: |of| screen(Language::German, of),
    module: |module| match module {
        Module::Accounts => "Firmen",
        Module::Contacts => "Kontakte",
        Module::Vendors => "Lieferanten",
        Module::Products => "Produkte",
        Module::Invoices => "Rechnungen",
        Module::PurchaseOrders => "Bestellungen",
    },
    xero: |module| match module {
        Module::Accounts => "Kunden",
        Module::Contacts => "Kontakte",
        Module::Vendors => "Lieferanten",
        Module::Products => "Artikel",
        Module::Invoices => "Rechnungen",
        Module::PurchaseOrders => "Eingangsrechnungen",
    },
    direction: |direction| match direction {
        Direction::Both => "In beide Richtungen",
        Direction::ToXero => "Vom CRM nach Xero",
        Direction::ToCrm => "Von Xero ins CRM",
    },
};
