//! Texts: the steps from nothing to the first synced record, the connection, and what administrators changed.

use super::common::screen;
use super::{Language, Texts};
use crate::portal::route::Screen;
use crate::portal::setup::state::{Said, Standing, Step, Subject};
use shared::api::portal::AuditAction;
use shared::api::{Action, Outcome};
use shared::settings::BooksSide;

/// The texts.
#[derive(Debug)]
pub struct Setup {
    /// `Set up`
    pub title: &'static str,
    /// Below the title.
    pub lead: &'static str,
    /// The name of the row of links between the three pages.
    pub pages: &'static str,
    /// `Steps`
    pub checklist: &'static str,
    /// `Connection`
    pub connection: &'static str,
    /// `Changes`
    pub audit: &'static str,

    /// `3 of 5 done`
    pub progress: fn(usize, usize) -> String,
    /// Headline once every step is done.
    pub complete: &'static str,
    /// What then.
    pub complete_lead: &'static str,
    /// A step's title.
    pub step: fn(Step) -> &'static str,
    /// `Step 2`: said before its title.
    pub step_number: fn(usize) -> String,
    /// How a step stands.
    pub standing: fn(Standing) -> &'static str,
    /// A step that waits for an earlier one: which.
    pub first: fn(Step) -> String,

    /// `Harbour Lane Coffee, connected by Ana Kovač`, before how long ago that was.
    pub connected: fn(&str, &str) -> String,
    /// What connecting the CRM does.
    pub crm_what: &'static str,
    /// The CRM refuses our access.
    pub crm_broken: &'static str,
    /// What connecting Xero does.
    pub xero_what: &'static str,
    /// Xero refuses our access.
    pub xero_broken: &'static str,
    /// What the sync's own fields are for.
    pub fields_what: &'static str,
    /// `All 42 fields are there`
    pub fields_all: fn(usize) -> String,
    /// `36 fields are there, 6 are missing`
    pub fields_some: fn(usize, usize) -> String,
    /// What pressing the button did.
    pub fields_created: fn(usize) -> String,
    /// Button.
    pub create_missing: &'static str,
    /// Button while it works.
    pub creating: &'static str,
    /// Button once all are there.
    pub check_fields: &'static str,
    /// Column: the CRM module.
    pub module: &'static str,
    /// Column: fields that are there.
    pub present: &'static str,
    /// Column: fields that are missing.
    pub missing: &'static str,
    /// This CRM does not have the module.
    pub module_absent: &'static str,
    /// Of fields into which others can type.
    pub fields_open: fn(usize) -> String,

    /// What guesses are.
    pub mapping_what: &'static str,
    /// `12 guesses to confirm`
    pub guesses_left: fn(u32) -> String,
    /// Nothing is guessed.
    pub mapping_done: &'static str,
    /// What pressing the button did.
    pub guesses_confirmed: fn(usize) -> String,
    /// Button: `Confirm all 12`
    pub confirm_all: fn(usize) -> String,
    /// Link to a section of the mapping: `Change taxes`
    pub change: fn(&str) -> String,
    /// Settings that are in no section of the mapping.
    pub other: &'static str,
    /// What a guess is about; of a status, with the name of its module.
    pub subject: fn(&Subject, &str) -> String,
    /// Column: what is guessed.
    pub guess_of: &'static str,
    /// Column: what it is taken for.
    pub guess_is: &'static str,

    /// What trying one record does.
    pub record_what: &'static str,
    /// `412 records are linked`
    pub links: fn(u32) -> String,
    /// No record is linked yet.
    pub no_links: &'static str,
    /// Label: which records are looked for.
    pub kind: &'static str,
    /// Label of the search.
    pub search: &'static str,
    /// Hint of the search.
    pub search_hint: &'static str,
    /// Below the search while it works.
    pub searching: &'static str,
    /// The search found nothing.
    pub none_found: &'static str,
    /// What to do then.
    pub none_found_fix: &'static str,
    /// `8 found, the one changed last first`
    pub found: fn(usize) -> String,
    /// Before how long ago a record was changed.
    pub changed: &'static str,
    /// Button.
    pub another: &'static str,
    /// While both sides are read.
    pub looking: fn(&str) -> String,
    /// What a click would do to the record.
    pub would: fn(Action, &str) -> String,
    /// The click's button.
    pub act: fn(Action) -> &'static str,
    /// Button while it works.
    pub syncing: &'static str,
    /// Button: reads both sides again.
    pub check_again: &'static str,
    /// Title of the records that go first.
    pub first_go: &'static str,
    /// What happens to one of them.
    pub dependency: fn(Action) -> &'static str,
    /// Column: the field.
    pub field: &'static str,
    /// Column: what Xero has.
    pub xero_now: &'static str,
    /// Column: what both will have.
    pub becomes: &'static str,
    /// Name of the table of changes.
    pub changes: &'static str,
    /// `12 more`: changes that are not shown.
    pub more_changes: fn(usize) -> String,
    /// Both totals, when they differ: CRM, Xero.
    pub totals: fn(&str, &str) -> String,
    /// What the click did.
    pub ended: fn(Outcome, &str) -> String,
    /// Link to the entry.
    pub open_entry: &'static str,
    /// What screen readers are told.
    pub said: fn(&Said) -> String,

    /// Below the title of the connection's page.
    pub connection_lead: &'static str,
    /// `Zoho CRM`
    pub crm_side: &'static str,
    /// `Xero`
    pub xero_side: &'static str,
    /// `Organisation`
    pub organisation: &'static str,
    /// `Status`
    pub status: &'static str,
    /// `Connected by`
    pub by: &'static str,
    /// `Access renewed`
    pub renewed: &'static str,
    /// It was never renewed.
    pub never: &'static str,
    /// `Time zone`
    pub time_zone: &'static str,
    /// `Linked records`
    pub linked: &'static str,
    /// The connection works.
    pub works: &'static str,
    /// The vendor refuses it.
    pub refused: &'static str,
    /// There is none.
    pub absent: &'static str,
    /// Link that opens an organisation: `Open Acme`
    pub open: fn(&str) -> String,
    /// Button.
    pub reconnect: &'static str,
    /// Button.
    pub switch: &'static str,
    /// Button.
    pub disconnect: &'static str,
    /// Button while it works.
    pub disconnecting: &'static str,
    /// Title of what can't be undone.
    pub danger: &'static str,
    /// Below it.
    pub danger_lead: &'static str,
    /// Button.
    pub erase: &'static str,
    /// Button while it works.
    pub erasing: &'static str,
    /// Title: another Xero organisation.
    pub switch_title: &'static str,
    /// What happens then, one sentence each.
    pub switch_points: fn(&str) -> [String; 3],
    /// Its button.
    pub switch_confirm: &'static str,
    /// Title: no Xero organisation.
    pub disconnect_title: fn(&str) -> String,
    /// What happens then.
    pub disconnect_points: [&'static str; 3],
    /// Its button.
    pub disconnect_confirm: &'static str,
    /// Title: nothing is left.
    pub erase_title: &'static str,
    /// `This will be gone`
    pub gone: &'static str,
    /// What.
    pub gone_points: [&'static str; 5],
    /// `This stays`
    pub stays: &'static str,
    /// What.
    pub stays_points: [&'static str; 2],
    /// Label: `Type "Acme" to confirm`
    pub type_name: fn(&str) -> String,
    /// What was typed is another name.
    pub mistyped: fn(&str) -> String,
    /// Its button.
    pub erase_confirm: &'static str,
    /// Everything was erased.
    pub erased: &'static str,
    /// What now.
    pub erased_lead: &'static str,

    /// Below the title of the audit trail.
    pub audit_lead: &'static str,
    /// Column.
    pub when: &'static str,
    /// Column.
    pub who: &'static str,
    /// Column.
    pub what: &'static str,
    /// Column.
    pub details: &'static str,
    /// What somebody did.
    pub action: fn(AuditAction) -> &'static str,
    /// `14 settings`: opens them.
    pub settings: fn(usize) -> String,
    /// Button.
    pub older: &'static str,
    /// The end of the list.
    pub no_older: &'static str,
    /// Nobody has changed anything.
    pub no_changes: &'static str,
    /// What will be here.
    pub no_changes_lead: &'static str,
}

impl Texts for Setup {
    fn of(language: Language) -> &'static Self {
        match language {
            Language::English => &ENGLISH,
            Language::German => &GERMAN,
        }
    }
}

const ENGLISH: Setup = Setup {
    title: screen(Language::English, Screen::Setup),
    lead: "Five steps from nothing to the first record in Xero. Each one can be repeated.",
    pages: "Pages of the set-up",
    checklist: "Steps",
    connection: "Connection",
    audit: "Changes",

    progress: |done, all| format!("{done} of {all} done"),
    complete: "Everything is set up",
    complete_lead: "Press the button on any record in the CRM, or start a run for all of them.",
    step: |step| match step {
        Step::Crm => "Connect Zoho CRM",
        Step::Xero => "Connect Xero",
        Step::Fields => "Create the CRM fields",
        Step::Mapping => "Confirm the mapping",
        Step::Record => "Sync one record",
    },
    step_number: |number| format!("Step {number}"),
    standing: |standing| match standing {
        Standing::Done => "Done",
        Standing::Open => "To do",
        Standing::Broken => "Needs you",
        Standing::Later => "Later",
        Standing::Unknown => "Checking…",
    },
    first: |step| {
        let first = match step {
            Step::Crm => "Connect Zoho CRM first.",
            Step::Xero => "Connect Xero first.",
            Step::Fields => "Create the CRM fields first.",
            Step::Mapping => "Confirm the mapping first.",
            Step::Record => "Sync one record first.",
        };
        first.to_owned()
    },

    connected: |name, by| format!("{name}, connected by {by}"),
    crm_what: "You give consent once for everybody, in a Zoho window. It allows us to read and update the records that \
               are synced, and to create our own fields.",
    crm_broken: "Zoho CRM no longer accepts our access. Connect again: links and settings are kept.",
    xero_what: "Xero's consent page opens in a window of its own, because Xero does not allow it inside another page. \
                Choose there the organisation that belongs to this CRM.",
    xero_broken: "Xero no longer accepts our access. Connect again: links and settings are kept.",
    fields_what: "Our own fields on the CRM's records show the link to Xero, the number and status there, and what is \
                  paid and due.",
    fields_all: |count| format!("All {count} fields are there"),
    fields_some: |present, missing| match missing {
        1 => format!("{present} fields are there, 1 is missing"),
        _ => format!("{present} fields are there, {missing} are missing"),
    },
    fields_created: |count| match count {
        0 => "All fields are there.".to_owned(),
        1 => "1 field was created.".to_owned(),
        _ => format!("{count} fields were created."),
    },
    create_missing: "Create missing fields",
    creating: "Creating fields…",
    check_fields: "Check the fields again",
    module: "CRM module",
    present: "There",
    missing: "Missing",
    module_absent: "This CRM does not have the module",
    fields_open: |count| {
        format!(
            "{count} of these fields can be typed into by everybody, because Zoho does not let us keep them from other \
             profiles. What is typed there is not believed."
        )
    },

    mapping_what: "Taxes, statuses and accounts are matched by what both organisations' lists say. Read it through, \
                   change what is wrong, then confirm the rest.",
    guesses_left: |count| match count {
        1 => "1 guess to confirm".to_owned(),
        _ => format!("{count} guesses to confirm"),
    },
    mapping_done: "Nothing is guessed: all of it is chosen",
    guesses_confirmed: |count| match count {
        1 => "1 guess was confirmed.".to_owned(),
        _ => format!("{count} guesses were confirmed."),
    },
    confirm_all: |count| match count {
        1 => "Confirm it".to_owned(),
        _ => format!("Confirm all {count}"),
    },
    change: |section| {
        let section = section.to_lowercase();
        format!("Change {section}")
    },
    other: "Other",
    subject: |subject, module| match subject {
        Subject::Tax(name, side) => {
            let name = if name.is_empty() { "No tax" } else { name.as_str() };
            match side {
                BooksSide::Sales => format!("{name} on sales"),
                BooksSide::Purchases => format!("{name} on purchases"),
            }
        }
        Subject::Account(BooksSide::Sales) => "Sales without an account of their own".to_owned(),
        Subject::Account(BooksSide::Purchases) => "Purchases without an account of their own".to_owned(),
        Subject::Status(_, status) => format!("{module}: {status}"),
    },
    guess_of: "In the CRM",
    guess_is: "Taken for",

    record_what: "Choose a record that you know. You see what will happen before anything is sent.",
    links: |count| match count {
        1 => "1 record is linked".to_owned(),
        _ => format!("{count} records are linked"),
    },
    no_links: "No record is linked yet",
    kind: "Records",
    search: "Name or number",
    search_hint: "Empty shows what was changed last.",
    searching: "Looking in the CRM…",
    none_found: "Nothing found",
    none_found_fix: "Try a part of the name, or other records.",
    found: |count| match count {
        1 => "1 found".to_owned(),
        _ => format!("{count} found, the one changed last first"),
    },
    changed: "changed",
    another: "Choose another record",
    looking: |name| format!("Looking at {name} in the CRM and in Xero…"),
    would: |action, name| match action {
        Action::Create => format!("{name} will be created in Xero"),
        Action::Adopt => format!("{name} will be linked with the record that is already in Xero"),
        Action::UpdateXero => format!("{name} will be updated in Xero"),
        Action::UpdateCrm => format!("{name} will be updated in the CRM"),
        Action::Unchanged => format!("{name} is in step with Xero"),
        Action::Skip => format!("{name} is left alone"),
        Action::Blocked => format!("{name} can't be sent yet"),
    },
    act: |action| match action {
        Action::Create => "Send to Xero",
        Action::Adopt => "Link in Xero",
        Action::UpdateXero => "Update Xero",
        Action::UpdateCrm => "Overwrite with Xero’s values",
        Action::Unchanged => "Nothing to sync",
        Action::Skip | Action::Blocked => "Check again",
    },
    syncing: "Syncing…",
    check_again: "Check again",
    first_go: "These go first",
    dependency: |action| match action {
        Action::Create => "is sent first",
        Action::Adopt => "is linked first",
        Action::UpdateXero => "is updated first",
        Action::UpdateCrm => "is brought back first",
        Action::Unchanged => "is in step",
        Action::Skip => "is left alone",
        Action::Blocked => "can't be sent",
    },
    field: "Field",
    xero_now: "Xero now",
    becomes: "Will become",
    changes: "What will change",
    more_changes: |count| format!("{count} more"),
    totals: |crm, xero| format!("The CRM's total is {crm}, Xero will make {xero} of it."),
    ended: |outcome, name| match outcome {
        Outcome::Created => format!("{name} was sent to Xero"),
        Outcome::Updated => format!("{name} was updated"),
        Outcome::Unchanged => format!("{name} is in step with Xero"),
        Outcome::Skipped => format!("{name} was left alone"),
        Outcome::Failed => format!("{name} could not be sent"),
        Outcome::Deferred => format!("{name} was put off"),
        Outcome::Undecided => format!("{name} needs a decision"),
    },
    open_entry: "Open it in the log",
    said: |said| match said {
        Said::CrmConnected => "Zoho CRM is connected.".to_owned(),
        Said::XeroConnected => "Xero is connected.".to_owned(),
        Said::FieldsCreated(count) => (ENGLISH.fields_created)(*count),
        Said::Confirmed(count) => (ENGLISH.guesses_confirmed)(*count),
        Said::Synced(name, outcome) => format!("{}.", (ENGLISH.ended)(*outcome, name)),
        Said::Disconnected => "Xero is disconnected.".to_owned(),
        Said::Erased => "Everything is erased.".to_owned(),
    },

    connection_lead: "One CRM organisation and one Xero organisation, connected once for everybody.",
    crm_side: "Zoho CRM",
    xero_side: "Xero",
    organisation: "Organisation",
    status: "Status",
    by: "Connected by",
    renewed: "Access renewed",
    never: "Not yet",
    time_zone: "Time zone",
    linked: "Linked records",
    works: "Works",
    refused: "Refused: connect again",
    absent: "Not connected",
    open: |name| format!("Open {name}"),
    reconnect: "Reconnect",
    switch: "Switch organisation",
    disconnect: "Disconnect Xero",
    disconnecting: "Disconnecting…",
    danger: "Disconnect and erase",
    danger_lead: "Ends both connections and erases all that is kept here about this CRM organisation. It can't be undone.",
    erase: "Disconnect and erase",
    erasing: "Erasing…",
    switch_title: "Connect another Xero organisation?",
    switch_points: |name| {
        [
            format!("Links with {name} are kept. They count again if you come back to it."),
            "In the other organisation, records are matched with what is there or created anew.".to_owned(),
            format!("Settings that name accounts, tax rates or themes of {name} have to be chosen again."),
        ]
    },
    switch_confirm: "Choose organisation",
    disconnect_title: |name| format!("Disconnect {name}?"),
    disconnect_points: [
        "Syncing stops for everybody, and the schedule pauses.",
        "Settings, links and the log stay. Connect the same organisation again, and all goes on.",
        "Nothing is deleted in the CRM or in Xero.",
    ],
    disconnect_confirm: "Disconnect Xero",
    erase_title: "Disconnect both and erase everything?",
    gone: "This will be gone",
    gone_points: [
        "All links between CRM and Xero records",
        "All settings and the schedule",
        "The log, the runs and the list of changes",
        "Everybody's sessions, yours too",
        "This installation, if it belongs to your organisation: it becomes free, and whoever has its key can become its \
         owner",
    ],
    stays: "This stays",
    stays_points: [
        "All records in the CRM and in Xero",
        "The Xero fields on the CRM's records, with what they say now",
    ],
    type_name: |name| format!("Type {name} to confirm"),
    mistyped: |name| format!("This is another name. Type exactly: {name}"),
    erase_confirm: "Erase everything",
    erased: "Everything is erased",
    erased_lead: "Both organisations are disconnected. To begin anew, sign in and connect them again.",

    audit_lead: "What administrators changed, newest first.",
    when: "When",
    who: "Who",
    what: "What",
    details: "Details",
    action: |action| match action {
        AuditAction::ConnectCrm => "Connected the CRM",
        AuditAction::ConnectXero => "Connected Xero",
        AuditAction::DisconnectXero => "Disconnected Xero",
        AuditAction::CreateFields => "Created CRM fields",
        AuditAction::LinkRecord => "Linked a record",
        AuditAction::SendAnew => "Let a record be sent anew",
        AuditAction::LetGo => "Let a link go",
        AuditAction::DecideRate => "Decided about an exchange rate",
        AuditAction::ChangeSetting => "Changed a setting",
        AuditAction::ChangeSettings => "Changed settings",
        AuditAction::ChangeSchedule => "Changed the schedule",
        AuditAction::StartRun => "Started a run",
        AuditAction::CancelRun => "Cancelled a run",
        AuditAction::RetryRun => "Retried what failed",
        AuditAction::EndSession => "Signed a person out in one browser",
        AuditAction::EndSessions => "Signed a person out everywhere",
        AuditAction::EndAllSessions => "Signed everybody out",
        AuditAction::ReleaseEmail => "Let a new e-mail address go to Xero",
        AuditAction::TakeAdministratorOut => "Took an administrator out",
        AuditAction::CountAdministrator => "Let a person be an administrator here again",
        AuditAction::Invite => "Invited an organisation",
        AuditAction::Uninvite => "Removed an organisation",
    },
    settings: |count| format!("{count} settings"),
    older: "Show older",
    no_older: "There are no older changes.",
    no_changes: "Nothing was changed yet",
    no_changes_lead: "Connecting, changing settings and starting runs will be listed here, with who did it and when.",
};

const GERMAN: Setup = Setup {
    title: screen(Language::German, Screen::Setup),
    lead: "Fünf Schritte bis zum ersten Datensatz in Xero. Jeder lässt sich wiederholen.",
    pages: "Seiten der Einrichtung",
    checklist: "Schritte",
    connection: "Verbindung",
    audit: "Änderungen",

    progress: |done, all| format!("{done} von {all} erledigt"),
    complete: "Alles ist eingerichtet",
    complete_lead: "Klicken Sie bei einem Datensatz im CRM auf die Schaltfläche, oder starten Sie einen Abgleich für alle.",
    step: |step| match step {
        Step::Crm => "Zoho CRM verbinden",
        Step::Xero => "Xero verbinden",
        Step::Fields => "CRM-Felder anlegen",
        Step::Mapping => "Zuordnung bestätigen",
        Step::Record => "Einen Datensatz abgleichen",
    },
    step_number: |number| format!("Schritt {number}"),
    standing: |standing| match standing {
        Standing::Done => "Erledigt",
        Standing::Open => "Offen",
        Standing::Broken => "Bitte prüfen",
        Standing::Later => "Später",
        Standing::Unknown => "Wird geprüft…",
    },
    first: |step| {
        let first = match step {
            Step::Crm => "Verbinden Sie zuerst Zoho CRM.",
            Step::Xero => "Verbinden Sie zuerst Xero.",
            Step::Fields => "Legen Sie zuerst die CRM-Felder an.",
            Step::Mapping => "Bestätigen Sie zuerst die Zuordnung.",
            Step::Record => "Gleichen Sie zuerst einen Datensatz ab.",
        };
        first.to_owned()
    },

    connected: |name, by| format!("{name}, verbunden von {by}"),
    crm_what: "Sie stimmen einmal für alle in einem Fenster von Zoho zu. Damit dürfen wir die Datensätze lesen und \
               ändern, die abgeglichen werden, und unsere eigenen Felder anlegen.",
    crm_broken: "Zoho CRM lehnt unseren Zugriff inzwischen ab. Verbinden Sie erneut: Verknüpfungen und Einstellungen \
                 bleiben erhalten.",
    xero_what: "Die Seite, auf der Sie Xero zustimmen, öffnet sich in einem eigenen Fenster, weil Xero sie nicht in \
                einer anderen Seite zulässt. Wählen Sie dort die Organisation, die zu diesem CRM gehört.",
    xero_broken: "Xero lehnt unseren Zugriff inzwischen ab. Verbinden Sie erneut: Verknüpfungen und Einstellungen \
                  bleiben erhalten.",
    fields_what: "Unsere eigenen Felder an den Datensätzen des CRM zeigen die Verknüpfung mit Xero, Nummer und Status \
                  dort und die Beträge, die bezahlt und noch offen sind.",
    fields_all: |count| format!("Alle {count} Felder sind vorhanden"),
    fields_some: |present, missing| match missing {
        1 => format!("{present} Felder sind vorhanden, 1 fehlt"),
        _ => format!("{present} Felder sind vorhanden, {missing} fehlen"),
    },
    fields_created: |count| match count {
        0 => "Alle Felder sind vorhanden.".to_owned(),
        1 => "1 Feld wurde angelegt.".to_owned(),
        _ => format!("{count} Felder wurden angelegt."),
    },
    create_missing: "Fehlende Felder anlegen",
    creating: "Felder werden angelegt…",
    check_fields: "Felder erneut prüfen",
    module: "CRM-Modul",
    present: "Vorhanden",
    missing: "Fehlt",
    module_absent: "Dieses CRM hat das Modul nicht",
    fields_open: |count| {
        format!(
            "In {count} dieser Felder kann jeder schreiben, weil Zoho sie nicht vor anderen Profilen schützen lässt. Was \
             jemand dort einträgt, wird nicht übernommen."
        )
    },

    mapping_what: "Steuern, Status und Konten sind so zugeordnet, wie es die Listen beider Organisationen nahelegen. \
                   Lesen Sie die Vorschläge durch, ändern Sie, was nicht stimmt, und bestätigen Sie den Rest.",
    guesses_left: |count| match count {
        1 => "1 Vorschlag zu bestätigen".to_owned(),
        _ => format!("{count} Vorschläge zu bestätigen"),
    },
    mapping_done: "Kein Vorschlag ist offen: Alles ist ausgewählt",
    guesses_confirmed: |count| match count {
        1 => "1 Vorschlag wurde bestätigt.".to_owned(),
        _ => format!("{count} Vorschläge wurden bestätigt."),
    },
    confirm_all: |count| match count {
        1 => "Bestätigen".to_owned(),
        _ => format!("Alle {count} bestätigen"),
    },
    change: |section| format!("{section} ändern"),
    other: "Weiteres",
    subject: |subject, module| match subject {
        Subject::Tax(name, side) => {
            let name = if name.is_empty() { "Ohne Steuer" } else { name.as_str() };
            match side {
                BooksSide::Sales => format!("{name} im Verkauf"),
                BooksSide::Purchases => format!("{name} im Einkauf"),
            }
        }
        Subject::Account(BooksSide::Sales) => "Verkäufe ohne eigenes Konto".to_owned(),
        Subject::Account(BooksSide::Purchases) => "Einkäufe ohne eigenes Konto".to_owned(),
        Subject::Status(_, status) => format!("{module}: {status}"),
    },
    guess_of: "Im CRM",
    guess_is: "Vorschlag",

    record_what: "Wählen Sie einen Datensatz, den Sie kennen. Sie sehen, was geschieht, bevor etwas gesendet wird.",
    links: |count| match count {
        1 => "1 Datensatz ist verknüpft".to_owned(),
        _ => format!("{count} Datensätze sind verknüpft"),
    },
    no_links: "Noch ist kein Datensatz verknüpft",
    kind: "Datensätze",
    search: "Name oder Nummer",
    search_hint: "Ohne Eingabe sehen Sie, was zuletzt geändert wurde.",
    searching: "Suche im CRM…",
    none_found: "Nichts gefunden",
    none_found_fix: "Versuchen Sie es mit einem Teil des Namens oder mit anderen Datensätzen.",
    found: |count| match count {
        1 => "1 gefunden".to_owned(),
        _ => format!("{count} gefunden, der zuletzt geänderte zuerst"),
    },
    changed: "geändert",
    another: "Anderen Datensatz wählen",
    looking: |name| format!("{name} wird im CRM und in Xero nachgeschlagen…"),
    would: |action, name| match action {
        Action::Create => format!("{name} wird in Xero angelegt"),
        Action::Adopt => format!("{name} wird mit dem Datensatz verknüpft, den es in Xero schon gibt"),
        Action::UpdateXero => format!("{name} wird in Xero aktualisiert"),
        Action::UpdateCrm => format!("{name} wird im CRM aktualisiert"),
        Action::Unchanged => format!("{name} ist mit Xero im Einklang"),
        Action::Skip => format!("{name} wird ausgelassen"),
        Action::Blocked => format!("{name} kann noch nicht gesendet werden"),
    },
    act: |action| match action {
        Action::Create => "An Xero senden",
        Action::Adopt => "In Xero verknüpfen",
        Action::UpdateXero => "Xero aktualisieren",
        Action::UpdateCrm => "Mit den Werten aus Xero überschreiben",
        Action::Unchanged => "Nichts abzugleichen",
        Action::Skip | Action::Blocked => "Erneut prüfen",
    },
    syncing: "Wird abgeglichen…",
    check_again: "Erneut prüfen",
    first_go: "Diese werden vorab abgeglichen",
    dependency: |action| match action {
        Action::Create => "wird vorab gesendet",
        Action::Adopt => "wird vorab verknüpft",
        Action::UpdateXero => "wird vorab aktualisiert",
        Action::UpdateCrm => "wird vorab zurückgeholt",
        Action::Unchanged => "ist im Einklang",
        Action::Skip => "wird ausgelassen",
        Action::Blocked => "kann nicht gesendet werden",
    },
    field: "Feld",
    xero_now: "Xero jetzt",
    becomes: "Wird zu",
    changes: "Was sich ändert",
    more_changes: |count| format!("{count} weitere"),
    totals: |crm, xero| format!("Der Gesamtbetrag im CRM ist {crm}, Xero macht daraus {xero}."),
    ended: |outcome, name| match outcome {
        Outcome::Created => format!("{name} wurde an Xero gesendet"),
        Outcome::Updated => format!("{name} wurde aktualisiert"),
        Outcome::Unchanged => format!("{name} ist mit Xero im Einklang"),
        Outcome::Skipped => format!("{name} wurde ausgelassen"),
        Outcome::Failed => format!("{name} konnte nicht gesendet werden"),
        Outcome::Deferred => format!("{name} wurde aufgeschoben"),
        Outcome::Undecided => format!("Bei {name} ist etwas zu entscheiden"),
    },
    open_entry: "Im Protokoll öffnen",
    said: |said| match said {
        Said::CrmConnected => "Zoho CRM ist verbunden.".to_owned(),
        Said::XeroConnected => "Xero ist verbunden.".to_owned(),
        Said::FieldsCreated(count) => (GERMAN.fields_created)(*count),
        Said::Confirmed(count) => (GERMAN.guesses_confirmed)(*count),
        Said::Synced(name, outcome) => format!("{}.", (GERMAN.ended)(*outcome, name)),
        Said::Disconnected => "Xero ist getrennt.".to_owned(),
        Said::Erased => "Alles ist gelöscht.".to_owned(),
    },

    connection_lead: "Eine CRM-Organisation und eine Xero-Organisation, einmal für alle verbunden.",
    crm_side: "Zoho CRM",
    xero_side: "Xero",
    organisation: "Organisation",
    status: "Status",
    by: "Verbunden von",
    renewed: "Zugriff erneuert",
    never: "Noch nicht",
    time_zone: "Zeitzone",
    linked: "Verknüpfte Datensätze",
    works: "Funktioniert",
    refused: "Abgelehnt: Bitte neu verbinden",
    absent: "Nicht verbunden",
    open: |name| format!("{name} öffnen"),
    reconnect: "Neu verbinden",
    switch: "Organisation wechseln",
    disconnect: "Xero trennen",
    disconnecting: "Wird getrennt…",
    danger: "Trennen und löschen",
    danger_lead: "Beendet beide Verbindungen und löscht alles, was hier über diese CRM-Organisation gespeichert ist. Das \
                  lässt sich nicht rückgängig machen.",
    erase: "Trennen und löschen",
    erasing: "Wird gelöscht…",
    switch_title: "Eine andere Xero-Organisation verbinden?",
    switch_points: |name| {
        [
            format!("Verknüpfungen mit {name} bleiben erhalten. Sie gelten wieder, wenn Sie zurückkehren."),
            "In der anderen Organisation werden Datensätze mit den vorhandenen verknüpft oder neu angelegt.".to_owned(),
            format!(
                "Einstellungen, die Konten, Steuersätze oder Vorlagen von {name} verwenden, müssen neu gewählt werden."
            ),
        ]
    },
    switch_confirm: "Organisation wählen",
    disconnect_title: |name| format!("{name} trennen?"),
    disconnect_points: [
        "Für alle wird nichts mehr abgeglichen, und der Zeitplan pausiert.",
        "Einstellungen, Verknüpfungen und Protokoll bleiben. Verbinden Sie dieselbe Organisation wieder, läuft \
         alles weiter.",
        "Weder im CRM noch in Xero wird etwas gelöscht.",
    ],
    disconnect_confirm: "Xero trennen",
    erase_title: "Beide trennen und alles löschen?",
    gone: "Das wird gelöscht",
    gone_points: [
        "Alle Verknüpfungen zwischen CRM und Xero",
        "Alle Einstellungen und der Zeitplan",
        "Protokoll, Abgleiche und die Liste der Änderungen",
        "Alle Sitzungen, auch Ihre",
        "Diese Installation, falls sie Ihrer Organisation gehört: Sie wird frei, und wer ihren Schlüssel hat, kann \
         Eigentümer werden",
    ],
    stays: "Das bleibt",
    stays_points: [
        "Alle Datensätze im CRM und in Xero",
        "Die Xero-Felder an den Datensätzen des CRM mit ihrem jetzigen Inhalt",
    ],
    type_name: |name| format!("Geben Sie zur Bestätigung {name} ein"),
    mistyped: |name| format!("Das ist ein anderer Name. Geben Sie genau ein: {name}"),
    erase_confirm: "Alles löschen",
    erased: "Alles ist gelöscht",
    erased_lead: "Beide Organisationen sind getrennt. Um neu zu beginnen, melden Sie sich an und verbinden Sie sie \
                  wieder.",

    audit_lead: "Was Administratoren geändert haben, das Neueste zuerst.",
    when: "Wann",
    who: "Wer",
    what: "Was",
    details: "Einzelheiten",
    action: |action| match action {
        AuditAction::ConnectCrm => "Hat das CRM verbunden",
        AuditAction::ConnectXero => "Hat Xero verbunden",
        AuditAction::DisconnectXero => "Hat Xero getrennt",
        AuditAction::CreateFields => "Hat CRM-Felder angelegt",
        AuditAction::LinkRecord => "Hat einen Datensatz verknüpft",
        AuditAction::SendAnew => "Hat einen Datensatz neu senden lassen",
        AuditAction::LetGo => "Hat eine Verknüpfung gelöst",
        AuditAction::DecideRate => "Hat über einen Wechselkurs entschieden",
        AuditAction::ChangeSetting => "Hat eine Einstellung geändert",
        AuditAction::ChangeSettings => "Hat Einstellungen geändert",
        AuditAction::ChangeSchedule => "Hat den Zeitplan geändert",
        AuditAction::StartRun => "Hat einen Abgleich gestartet",
        AuditAction::CancelRun => "Hat einen Abgleich abgebrochen",
        AuditAction::RetryRun => "Hat Fehlgeschlagenes wiederholt",
        AuditAction::EndSession => "Hat eine Person in einem Browser abgemeldet",
        AuditAction::EndSessions => "Hat eine Person überall abgemeldet",
        AuditAction::EndAllSessions => "Hat alle abgemeldet",
        AuditAction::ReleaseEmail => "Hat eine neue E-Mail-Adresse zu Xero gehen lassen",
        AuditAction::TakeAdministratorOut => "Hat einen Administrator ausgenommen",
        AuditAction::CountAdministrator => "Hat eine Person hier wieder Administrator sein lassen",
        AuditAction::Invite => "Hat eine Organisation eingeladen",
        AuditAction::Uninvite => "Hat eine Organisation entfernt",
    },
    settings: |count| format!("{count} Einstellungen"),
    older: "Ältere anzeigen",
    no_older: "Es gibt keine älteren Änderungen.",
    no_changes: "Noch wurde nichts geändert",
    no_changes_lead: "Hier steht, wer wann etwas verbunden, eingestellt oder gestartet hat.",
};
