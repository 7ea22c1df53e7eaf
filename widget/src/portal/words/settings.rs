//! Texts: what settings, their values and the parts of the mapping are called.

use super::{Language, Texts};
use crate::portal::section::Section;

/// The texts.
#[derive(Debug)]
pub struct SettingNames {
    /// A part of the mapping.
    pub section: fn(Section) -> &'static str,
    /// What a setting is called, by its name; none for one of many, such as a tax.
    pub setting: fn(&str) -> Option<&'static str>,
    /// What a value of a setting says: by the setting's name and the value's code.
    pub value: fn(&str, &str) -> Option<&'static str>,
}

impl Texts for SettingNames {
    fn of(language: Language) -> &'static Self {
        match language {
            Language::English => &ENGLISH,
            Language::German => &GERMAN,
        }
    }
}

const ENGLISH: SettingNames = SettingNames {
    section: |section| match section {
        Section::Pairs => "Directions",
        Section::Parties => "Customers and suppliers",
        Section::Fields => "Fields",
        Section::Products => "Products",
        Section::Documents => "Documents",
        Section::Statuses => "Statuses",
        Section::Taxes => "Taxes",
        Section::Accounts => "Accounts",
        Section::Budget => "Limits",
    },
    setting: |name| {
        Some(match name {
            "directions" => "Direction",
            "source_of_truth" => "When both sides changed the same field",
            "automations" => "What comes from Xero starts the CRM’s workflows",
            "parties.matching" => "A record without a partner is matched",
            "parties.primary_contact" => "An account or vendor without one clear primary contact",
            "parties.people" => "A new document for a person of an account or vendor goes to",
            "parties.neither" => "A Xero contact with neither sales nor bills",
            "products.without_code" => "A product without a code",
            "products.services" => "Product for lines on an account",
            "documents.number" => "A document carries",
            "documents.number.crm.prefix" => "Prefix before the CRM’s number",
            "documents.line_amount_types" => "Amounts on lines",
            "documents.due_days" => "Days until due",
            "documents.approved_edits" => "A document that Xero has approved is edited in the CRM",
            "documents.allow_void" => "A document that is cancelled in the CRM is voided or deleted in Xero",
            "documents.rounding_account" => "Account of the rounding line",
            "documents.send_exchange_rate" => "The CRM’s exchange rate is sent",
            "documents.branding_theme" => "Branding theme of sales invoices",
            "documents.tax_mode" => "Taxes on documents that come from Xero",
            "documents.tracking" => "Tracking",
            "accounts.sales" => "Default account for sales",
            "accounts.purchases" => "Default account for purchases",
            "accounts.discount" => "Account of the discount line",
            "accounts.adjustment" => "Account of the adjustment line",
            "day_reserve" => "Calls a day that are kept for the button",
            "senders.others" => "What anybody else sends arrives in Xero as",
            "senders.held_emails.vendors" => "New e-mail addresses of suppliers wait for an administrator",
            "senders.held_emails.customers" => "New e-mail addresses of customers wait for an administrator",
            "senders.documents.closed" => "Who sends invoices and bills",
            "senders.parties.closed" => "Who sends customers, suppliers and products",
            "senders.approvers.closed" => "Whose approved documents are approved in Xero, too",
            name if name.starts_with("senders.documents.") => "Profile that sends invoices and bills",
            name if name.starts_with("senders.parties.") => "Profile that sends customers, suppliers and products",
            name if name.starts_with("senders.approvers.") => {
                "Profile whose approved documents are approved in Xero, too"
            }
            "schedule" => "Schedule",
            "schedule.enabled" => "Schedule: runs start by themselves",
            "schedule.times" => "Schedule: times of the day",
            "schedule.time_zone" => "Schedule: time zone",
            "schedule.start" => "Schedule: first scheduled run",
            "schedule.notices" => "Schedule: who is told",
            _ => return None,
        })
    },
    value: |setting, code| {
        Some(match (setting, code) {
            ("directions", "to_xero") => "to Xero only",
            ("directions", "to_crm") => "to the CRM only",
            ("directions", _) => "both ways",
            ("source_of_truth", "crm") => "The CRM’s value goes to Xero",
            ("source_of_truth", "xero") => "Xero’s value comes to the CRM",
            ("parties.matching", "name") => "By name",
            ("parties.matching", "name_then_email") => "By name, then by e-mail address",
            ("parties.primary_contact", "warn") => "Send it without a person, with a warning",
            ("parties.primary_contact", "require") => "Send nothing until there is one",
            ("parties.people", "company") => "The account's or vendor's contact",
            ("parties.people", "own") => "A contact of the person's own",
            ("parties.neither", "skip") => "Leave it alone",
            ("parties.neither", "account") => "Create an account",
            ("parties.neither", "vendor") => "Create a vendor",
            ("products.without_code", "service") => "It is a service: lines go without an item",
            ("products.without_code", "generate") => "It gets a code, which is written back",
            ("documents.number", "crm") => "The CRM’s number",
            ("documents.number", "xero") => "Xero’s number",
            ("documents.line_amount_types", "Exclusive") => "Tax on top",
            ("documents.line_amount_types", "Inclusive") => "Tax included",
            ("documents.line_amount_types", "NoTax") => "No tax",
            ("documents.approved_edits", "xero_wins") => "Xero is right: changes come back to the CRM",
            ("documents.approved_edits", "crm_goes_through") => "The CRM’s edits go to Xero",
            ("documents.tax_mode", "None") => "No tax",
            ("documents.tax_mode", "Item") => "On each line",
            ("documents.tax_mode", "Total") => "On the total",
            ("documents.tax_mode", "") => "As the CRM’s newest document has it",
            ("statuses", "draft") => "Draft",
            ("statuses", "submitted") => "Awaiting approval",
            ("statuses", "authorised") => "Approved, awaiting payment",
            ("statuses", "cancel") => "Cancelled: voided or deleted",
            ("statuses", "skip") => "Left alone",
            ("senders.documents.closed" | "senders.parties.closed" | "senders.approvers.closed", closed) => {
                match closed {
                    "true" => "administrators and chosen profiles only",
                    _ => "everybody who may edit them",
                }
            }
            ("senders.others", "submitted") => "Awaiting approval",
            ("senders.others", _) => "A draft",
            ("schedule.start", "last_sync") => "From the last sync",
            ("schedule.start", "first_scheduled") => "From when it is switched on",
            ("schedule.notices", "always") => "After every run",
            ("schedule.notices", "on_failure") => "When something failed",
            ("schedule.notices", "never") => "Never",
            _ => return None,
        })
    },
};

const GERMAN: SettingNames = SettingNames {
    section: |section| match section {
        Section::Pairs => "Richtungen",
        Section::Parties => "Kunden und Lieferanten",
        Section::Fields => "Felder",
        Section::Products => "Produkte",
        Section::Documents => "Belege",
        Section::Statuses => "Status",
        Section::Taxes => "Steuern",
        Section::Accounts => "Konten",
        Section::Budget => "Limits",
    },
    setting: |name| {
        Some(match name {
            "directions" => "Richtung",
            "source_of_truth" => "Wenn beide Seiten dasselbe Feld geändert haben",
            "automations" => "Was aus Xero kommt, startet die Workflows des CRM",
            "parties.matching" => "Zu einem Datensatz ohne Verknüpfung wird ein Gegenstück gesucht",
            "parties.primary_contact" => "Eine Firma oder ein Lieferant ohne eindeutigen Hauptansprechpartner",
            "parties.people" => "Ein neuer Beleg für eine Person bei einer Firma oder einem Lieferanten geht an",
            "parties.neither" => "Ein Xero-Kontakt ohne Verkäufe und ohne Einkäufe",
            "products.without_code" => "Ein Produkt ohne Code",
            "products.services" => "Produkt für Positionen auf einem Konto",
            "documents.number" => "Belegnummer",
            "documents.number.crm.prefix" => "Präfix vor der Nummer aus dem CRM",
            "documents.line_amount_types" => "Beträge der Positionen",
            "documents.due_days" => "Tage bis zur Fälligkeit",
            "documents.approved_edits" => "Ein in Xero freigegebener Beleg wird im CRM geändert",
            "documents.allow_void" => "Ein im CRM stornierter Beleg wird in Xero storniert oder gelöscht",
            "documents.rounding_account" => "Konto der Rundungsposition",
            "documents.send_exchange_rate" => "Der Wechselkurs des CRM wird gesendet",
            "documents.branding_theme" => "Vorlage der Ausgangsrechnungen",
            "documents.tax_mode" => "Steuern auf Belegen, die aus Xero kommen",
            "documents.tracking" => "Tracking",
            "accounts.sales" => "Standardkonto für Verkäufe",
            "accounts.purchases" => "Standardkonto für Einkäufe",
            "accounts.discount" => "Konto der Rabattposition",
            "accounts.adjustment" => "Konto der Anpassungsposition",
            "day_reserve" => "Anfragen am Tag, die der Schaltfläche vorbehalten sind",
            "senders.others" => "Was jemand anders sendet, kommt in Xero an als",
            "senders.held_emails.vendors" => "Neue E-Mail-Adressen von Lieferanten warten auf einen Administrator",
            "senders.held_emails.customers" => "Neue E-Mail-Adressen von Kunden warten auf einen Administrator",
            "senders.documents.closed" => "Wer Rechnungen und Bestellungen sendet",
            "senders.parties.closed" => "Wer Kunden, Lieferanten und Produkte sendet",
            "senders.approvers.closed" => "Wer freigegebene Belege auch in Xero freigibt",
            name if name.starts_with("senders.documents.") => "Profil, das Rechnungen und Bestellungen sendet",
            name if name.starts_with("senders.parties.") => "Profil, das Kunden, Lieferanten und Produkte sendet",
            name if name.starts_with("senders.approvers.") => "Profil, das freigegebene Belege auch in Xero freigibt",
            "schedule" => "Zeitplan",
            "schedule.enabled" => "Zeitplan: Abgleiche starten von selbst",
            "schedule.times" => "Zeitplan: Uhrzeiten",
            "schedule.time_zone" => "Zeitplan: Zeitzone",
            "schedule.start" => "Zeitplan: erster geplanter Abgleich",
            "schedule.notices" => "Zeitplan: wer benachrichtigt wird",
            _ => return None,
        })
    },
    value: |setting, code| {
        Some(match (setting, code) {
            ("directions", "to_xero") => "nur nach Xero",
            ("directions", "to_crm") => "nur ins CRM",
            ("directions", _) => "in beide Richtungen",
            ("source_of_truth", "crm") => "Der Wert aus dem CRM geht nach Xero",
            ("source_of_truth", "xero") => "Der Wert aus Xero kommt ins CRM",
            ("parties.matching", "name") => "Nach dem Namen",
            ("parties.matching", "name_then_email") => "Nach dem Namen, dann nach der E-Mail-Adresse",
            ("parties.primary_contact", "warn") => "Ohne Ansprechpartner senden, mit Warnung",
            ("parties.primary_contact", "require") => "Erst senden, wenn es einen gibt",
            ("parties.people", "company") => "Den Kontakt der Firma oder des Lieferanten",
            ("parties.people", "own") => "Einen eigenen Kontakt der Person",
            ("parties.neither", "skip") => "Auslassen",
            ("parties.neither", "account") => "Als Firma anlegen",
            ("parties.neither", "vendor") => "Als Lieferanten anlegen",
            ("products.without_code", "service") => "Ist eine Dienstleistung: Positionen werden ohne Artikel gesendet",
            ("products.without_code", "generate") => "Erhält einen Code, der ins CRM zurückgeschrieben wird",
            ("documents.number", "crm") => "Die Nummer aus dem CRM",
            ("documents.number", "xero") => "Die Nummer aus Xero",
            ("documents.line_amount_types", "Exclusive") => "Zuzüglich Steuer",
            ("documents.line_amount_types", "Inclusive") => "Einschließlich Steuer",
            ("documents.line_amount_types", "NoTax") => "Ohne Steuer",
            ("documents.approved_edits", "xero_wins") => "Xero gilt: Der Stand aus Xero kommt zurück ins CRM",
            ("documents.approved_edits", "crm_goes_through") => "Die Änderungen aus dem CRM gehen nach Xero",
            ("documents.tax_mode", "None") => "Keine Steuer",
            ("documents.tax_mode", "Item") => "Je Position",
            ("documents.tax_mode", "Total") => "Auf den Gesamtbetrag",
            ("documents.tax_mode", "") => "Wie beim neuesten Beleg im CRM",
            ("statuses", "draft") => "Entwurf",
            ("statuses", "submitted") => "Wartet auf Freigabe",
            ("statuses", "authorised") => "Freigegeben, wartet auf Zahlung",
            ("statuses", "cancel") => "Storniert oder gelöscht",
            ("statuses", "skip") => "Ausgelassen",
            ("senders.documents.closed" | "senders.parties.closed" | "senders.approvers.closed", closed) => {
                match closed {
                    "true" => "nur Administratoren und gewählte Profile",
                    _ => "jeder, der sie bearbeiten darf",
                }
            }
            ("senders.others", "submitted") => "Beleg zur Freigabe",
            ("senders.others", _) => "Entwurf",
            ("schedule.start", "last_sync") => "Ab dem letzten Abgleich",
            ("schedule.start", "first_scheduled") => "Ab dem Einschalten",
            ("schedule.notices", "always") => "Nach jedem Abgleich",
            ("schedule.notices", "on_failure") => "Wenn etwas fehlgeschlagen ist",
            ("schedule.notices", "never") => "Nie",
            _ => return None,
        })
    },
};
