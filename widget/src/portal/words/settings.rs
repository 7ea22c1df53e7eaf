//! Texts: what settings, their values and the parts of the mapping are called.

use super::{Language, Texts};
use crate::portal::mapping::state::Section;

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
            "schedule" => "Schedule",
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
            "schedule" => "Zeitplan",
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
            _ => return None,
        })
    },
};
