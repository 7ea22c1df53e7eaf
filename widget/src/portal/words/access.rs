//! Texts of the access screen.

use super::common::screen;
use super::{Language, Texts};
use crate::portal::access::state::{Circle, Work};
use crate::portal::route::Screen;
use shared::api::Page;

/// The texts.
#[derive(Debug)]
pub struct Access {
    /// The screen's name.
    pub title: &'static str,
    /// What it is for, for administrators.
    pub lead: &'static str,
    /// The same for everybody else.
    pub own_lead: &'static str,
    /// Who or what a line is about.
    pub who: &'static str,
    /// How it stands.
    pub status: &'static str,
    /// The column of the buttons, for screen readers.
    pub action: &'static str,

    /// Title: everybody's sessions.
    pub sessions: &'static str,
    /// Title: the own ones.
    pub own_sessions: &'static str,
    /// The browser of a session.
    pub browser: &'static str,
    /// `Chrome on Windows`
    pub browser_on: fn(&str, &str) -> String,
    /// One that does not say what it is.
    pub unknown_browser: &'static str,
    /// The page in which a session began, after the browser.
    pub page: fn(Page) -> &'static str,
    /// The number of one among those that look the same.
    pub number: fn(usize) -> String,
    /// Marks the session that asks.
    pub here: &'static str,
    /// When a session began.
    pub since: &'static str,
    /// When it was used last.
    pub used: &'static str,
    /// When the session was used that whoever looks is using.
    pub in_use: &'static str,
    /// Button: ends one.
    pub end: &'static str,
    /// Button: ends so many of a person.
    pub end_person: fn(usize) -> String,
    /// Button: ends all of one's own.
    pub end_own: &'static str,
    /// Button: ends everybody's.
    pub end_all: &'static str,
    /// The question before that.
    pub end_all_title: &'static str,
    /// What comes of it.
    pub end_all_lead: &'static str,

    /// Title: who counts as an administrator.
    pub administrators: &'static str,
    /// Where Zoho tells what profiles allow.
    pub by_permissions: &'static str,
    /// Where it does not.
    pub by_name: &'static str,
    /// The profile in the CRM.
    pub profile: &'static str,
    /// Status: counts.
    pub counts: &'static str,
    /// Status: does not, whatever the profile says.
    pub taken_out: &'static str,
    /// Button: lets somebody not count any more.
    pub take_out: &'static str,
    /// The question.
    pub take_out_title: fn(&str) -> String,
    /// What comes of it.
    pub take_out_lead: fn(&str) -> String,
    /// Button: takes the person out.
    pub take_out_confirm: &'static str,
    /// Button: lets somebody count again.
    pub count_again: &'static str,
    /// In place of a button: oneself.
    pub you: &'static str,

    /// Title: who may send to the books.
    pub senders: &'static str,
    /// What it is for.
    pub senders_lead: &'static str,
    /// What a circle is for.
    pub circle: fn(Circle) -> &'static str,
    /// Choice: whoever may edit a record in the CRM.
    pub everybody: &'static str,
    /// Choice: administrators, and whoever has one of the profiles that are ticked.
    pub chosen_only: &'static str,
    /// What the profiles below that are for.
    pub also: &'static str,
    /// Where no other profile has users.
    pub no_profiles: &'static str,
    /// Label: what documents of others are in Xero.
    pub others: &'static str,
    /// Choice: awaiting approval.
    pub submitted: &'static str,
    /// Choice: drafts.
    pub drafts: &'static str,
    /// While a change is being saved.
    pub saving: &'static str,
    /// A change was saved.
    pub saved: &'static str,
    /// Title: e-mail addresses that are held.
    pub emails: &'static str,
    /// Why they are.
    pub emails_lead: &'static str,
    /// Checkbox: suppliers'.
    pub of_vendors: &'static str,
    /// Checkbox: customers'.
    pub of_customers: &'static str,

    /// Title: invited organisations.
    pub invited: &'static str,
    /// What an invitation is.
    pub invited_lead: &'static str,
    /// Nobody is invited.
    pub nobody_invited: &'static str,
    /// The organisation's id.
    pub org: &'static str,
    /// The organisation's name.
    pub name: &'static str,
    /// One that has not connected yet.
    pub not_connected: &'static str,
    /// Who invited it.
    pub by: &'static str,
    /// Label: the id of an organisation to invite.
    pub invite_label: &'static str,
    /// Where to find it.
    pub org_hint: &'static str,
    /// What was typed is none.
    pub org_mistyped: &'static str,
    /// Button: invites it.
    pub invite: &'static str,
    /// Button: removes it, after a question.
    pub remove: &'static str,
    /// The question.
    pub remove_title: fn(&str) -> String,
    /// What comes of it.
    pub remove_lead: fn(&str) -> String,
    /// Button: removes it.
    pub remove_confirm: &'static str,
    /// Label: its id, typed so that nobody removes another one.
    pub confirm_label: fn(&str) -> String,
    /// What was typed is not its id.
    pub not_confirmed: fn(&str) -> String,
    /// What comes of it where it has not connected.
    pub remove_unconnected: &'static str,
    /// Button: removes that one.
    pub remove_only: &'static str,

    /// What screen readers are told.
    pub said: fn(&Work) -> &'static str,
}

impl Texts for Access {
    fn of(language: Language) -> &'static Self {
        match language {
            Language::English => &ENGLISH,
            Language::German => &GERMAN,
        }
    }
}

const ENGLISH: Access = Access {
    title: screen(Language::English, Screen::Access),
    lead: "See who is signed in where, who counts as an administrator, and who may send to the books.",
    own_lead: "See where you are signed in, and sign out where you are not any more.",
    who: "Who",
    status: "Status",
    action: "Action",

    sessions: "Who is signed in",
    own_sessions: "Where you are signed in",
    browser: "Browser",
    browser_on: |name, system| format!("{name} on {system}"),
    unknown_browser: "Unknown",
    page: |page| match page {
        Page::Panel => "in the CRM’s panel",
        Page::Portal => "in the portal",
    },
    number: |number| format!("no. {number}"),
    here: "(this one)",
    since: "Since",
    used: "Last used",
    in_use: "now",
    end: "End",
    end_person: |count| format!("End all {count}"),
    end_own: "End all my sessions",
    end_all: "End everybody’s sessions",
    end_all_title: "End everybody’s sessions?",
    end_all_lead: "Everybody has to sign in again, you too. Runs and the schedule go on.",

    administrators: "Who counts as an administrator",
    by_permissions: "Whoever may customise the CRM and manage its users counts, whatever the profile is called.",
    by_name: "Zoho does not tell what profiles allow. So only its own profile “Administrator” counts; a copy of it does \
              not.",
    profile: "Profile",
    counts: "Administrator here",
    taken_out: "Taken out",
    take_out: "Take out…",
    take_out_title: |name| format!("Take {name} out?"),
    take_out_lead: |name| {
        format!(
            "Here {name} then sees and does only what everybody else may. In the CRM nothing changes. You can let them be an \
             administrator again here at any time."
        )
    },
    take_out_confirm: "Take out",
    count_again: "Let be an administrator again",
    you: "This is you",

    senders: "Who may send to the books",
    senders_lead: "Whoever sends a record has to be allowed to edit it in the CRM. Here you can allow fewer people: then a \
                   record waits until one of them has synced it, and waits again once somebody else changes it.",
    circle: |circle| match circle {
        Circle::Documents => "Invoices and bills are sent by",
        Circle::Parties => "Customers, suppliers and products are sent by",
        Circle::Approvers => "An approved document is approved in Xero, too, if it is sent by",
    },
    everybody: "Everybody who may edit them",
    chosen_only: "Administrators and these profiles only",
    also: "Profiles",
    no_profiles: "All users are administrators.",
    others: "Sent by anybody else, it arrives in Xero as",
    submitted: "Awaiting approval",
    drafts: "A draft",
    saving: "Saving…",
    saved: "Saved. It counts from now on.",
    emails: "New e-mail addresses",
    emails_lead: "Invoices, reminders and remittance advices go to these addresses. So a changed address of a contact that is already in Xero \
                  waits until an administrator syncs the record. Everything else of the record is sent.",
    of_vendors: "Hold changed addresses of suppliers",
    of_customers: "Hold changed addresses of customers",

    invited: "Invited organisations",
    invited_lead: "This installation belongs to your organisation. Others can connect only when you invite them.",
    nobody_invited: "Nobody is invited.",
    org: "Organisation",
    name: "Name",
    not_connected: "Not connected yet",
    by: "Invited by",
    invite_label: "Invite an organisation",
    org_hint: "Its data centre and number, such as eu.60001. The number stands in its CRM under Setup, Company Details. \
               Whoever tries to sign in without an invitation is told it, too.",
    org_mistyped: "Write the data centre, a dot and the number: eu.60001",
    invite: "Invite",
    remove: "Remove…",
    remove_title: |name| format!("Remove {name}?"),
    remove_lead: |name| {
        format!(
            "{name} is disconnected, and all that is kept of it here is erased: links, settings, log and runs. What is in \
             its CRM and its Xero stays. This can’t be undone."
        )
    },
    remove_confirm: "Remove and erase",
    confirm_label: |org| format!("To confirm, type its id: {org}"),
    not_confirmed: |org| format!("This is another id. To remove {org}, type exactly that."),
    remove_unconnected: "It has not connected, so nothing is synced with it and nothing is erased. It can’t connect any more \
                         until you invite it again.",
    remove_only: "Remove",

    said: |work| match work {
        Work::End(_) => "The session is ended.",
        Work::EndAll(_) => "The sessions are ended.",
        Work::Count(_, true) => "The person is an administrator here again.",
        Work::Count(_, false) => "The administrator is taken out.",
        Work::Invite(_) => "The organisation is invited.",
        Work::Uninvite(_) => "The organisation is removed.",
        Work::Senders(_) => "It is saved.",
    },
};

const GERMAN: Access = Access {
    title: screen(Language::German, Screen::Access),
    lead: "Sehen Sie, wer wo angemeldet ist, wer als Administrator zählt und wer in die Bücher senden darf.",
    own_lead: "Sehen Sie, wo Sie angemeldet sind, und melden Sie sich dort ab, wo Sie es nicht mehr brauchen.",
    who: "Wer",
    status: "Status",
    action: "Aktion",

    sessions: "Wer angemeldet ist",
    own_sessions: "Wo Sie angemeldet sind",
    browser: "Browser",
    browser_on: |name, system| format!("{name} auf {system}"),
    unknown_browser: "Unbekannt",
    page: |page| match page {
        Page::Panel => "im Panel des CRM",
        Page::Portal => "im Portal",
    },
    number: |number| format!("Nr. {number}"),
    here: "(dieser hier)",
    since: "Seit",
    used: "Zuletzt benutzt",
    in_use: "jetzt",
    end: "Beenden",
    end_person: |count| format!("Alle {count} beenden"),
    end_own: "Alle meine Sitzungen beenden",
    end_all: "Sitzungen aller beenden",
    end_all_title: "Die Sitzungen aller beenden?",
    end_all_lead: "Alle müssen sich neu anmelden, auch Sie. Abgleiche und Zeitplan laufen weiter.",

    administrators: "Wer als Administrator zählt",
    by_permissions: "Es zählt, wer das CRM anpassen und Benutzer verwalten darf, wie das Profil auch heißt.",
    by_name: "Zoho sagt nicht, was Profile dürfen. Deshalb zählt nur sein eigenes Profil „Administrator“, eine Kopie davon \
              nicht.",
    profile: "Profil",
    counts: "Hier Administrator",
    taken_out: "Ausgenommen",
    take_out: "Ausnehmen…",
    take_out_title: |name| format!("{name} ausnehmen?"),
    take_out_lead: |name| {
        format!(
            "{name} sieht und tut hier dann nur, was alle dürfen. Im CRM ändert sich nichts. Sie können es jederzeit wieder \
             rückgängig machen."
        )
    },
    take_out_confirm: "Ausnehmen",
    count_again: "Wieder Administrator sein lassen",
    you: "Das sind Sie",

    senders: "Wer in die Bücher senden darf",
    senders_lead: "Wer einen Datensatz sendet, muss ihn im CRM bearbeiten dürfen. Hier können Sie es weniger Personen erlauben: \
                   Dann wartet ein Datensatz, bis eine von ihnen ihn abgeglichen hat, und wartet wieder, sobald jemand \
                   anders ihn ändert.",
    circle: |circle| match circle {
        Circle::Documents => "Rechnungen und Bestellungen sendet",
        Circle::Parties => "Kunden, Lieferanten und Produkte sendet",
        Circle::Approvers => "Freigegebene Belege gibt auch in Xero frei",
    },
    everybody: "Jeder, der sie bearbeiten darf",
    chosen_only: "Nur Administratoren und diese Profile",
    also: "Profile",
    no_profiles: "Alle Benutzer sind Administratoren.",
    others: "Was jemand anders sendet, kommt in Xero an als",
    submitted: "Beleg zur Freigabe",
    drafts: "Entwurf",
    saving: "Wird gespeichert…",
    saved: "Gespeichert. Es gilt ab jetzt.",
    emails: "Neue E-Mail-Adressen",
    emails_lead: "An diese Adressen gehen Rechnungen, Mahnungen und Zahlungsavise. Deshalb wartet die geänderte Adresse eines Kontakts, der \
                  schon in Xero ist, bis ein Administrator den Datensatz abgleicht. Alles andere am Datensatz wird \
                  gesendet.",
    of_vendors: "Geänderte Adressen von Lieferanten zurückhalten",
    of_customers: "Geänderte Adressen von Kunden zurückhalten",

    invited: "Eingeladene Organisationen",
    invited_lead: "Diese Installation gehört Ihrer Organisation. Andere können sich nur mit Ihrer Einladung verbinden.",
    nobody_invited: "Niemand ist eingeladen.",
    org: "Organisation",
    name: "Name",
    not_connected: "Noch nicht verbunden",
    by: "Eingeladen von",
    invite_label: "Organisation einladen",
    org_hint: "Ihr Rechenzentrum und ihre Nummer, zum Beispiel eu.60001. Die Nummer steht in deren CRM unter \
               Einrichtung, Unternehmensdetails. Wer sich ohne Einladung anmelden will, bekommt sie auch genannt.",
    org_mistyped: "Schreiben Sie Rechenzentrum, Punkt und Nummer: eu.60001",
    invite: "Einladen",
    remove: "Entfernen…",
    remove_title: |name| format!("{name} entfernen?"),
    remove_lead: |name| {
        format!(
            "{name} wird getrennt, und alles, was hier davon gespeichert ist, wird gelöscht: Verknüpfungen, Einstellungen, \
             Protokoll und Abgleiche. Was im CRM und in Xero steht, bleibt. Das lässt sich nicht rückgängig machen."
        )
    },
    remove_confirm: "Entfernen und löschen",
    confirm_label: |org| format!("Geben Sie zur Bestätigung ihre Kennung ein: {org}"),
    not_confirmed: |org| format!("Das ist eine andere Kennung. Geben Sie genau {org} ein, um sie zu entfernen."),
    remove_unconnected: "Sie hat sich nicht verbunden: Nichts wird mit ihr abgeglichen, und nichts wird gelöscht. Sie kann sich \
                         erst wieder verbinden, wenn Sie sie erneut einladen.",
    remove_only: "Entfernen",

    said: |work| match work {
        Work::End(_) => "Die Sitzung ist beendet.",
        Work::EndAll(_) => "Die Sitzungen sind beendet.",
        Work::Count(_, true) => "Die Person ist hier wieder Administrator.",
        Work::Count(_, false) => "Der Administrator ist ausgenommen.",
        Work::Invite(_) => "Die Organisation ist eingeladen.",
        Work::Uninvite(_) => "Die Organisation ist entfernt.",
        Work::Senders(_) => "Es ist gespeichert.",
    },
};
