//! What Xero takes no (or few) changes to, and why.
//!
//! Xero's rules: an unpaid document can be edited, a paid or part-paid one only in what moves no money, a voided or
//! deleted one and anything in a locked period not at all; archived and merged contacts not at all
//! (<https://developer.xero.com/documentation/api/accounting/invoices>).

use super::fields::line_key;
use crate::module::{Kind, Module};
use crate::organisation::XeroOrganisation;
use crate::problem::{self, Problem};
use crate::record::{DocumentStatus, Record, decimal};
use crate::settings::{ApprovedEdits, Settings, remedy};
use crate::xero::{self, TRACKING};
use chrono::NaiveDate;
use serde_json::Value;

/// What may be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Takes {
    /// Everything.
    All,
    /// What moves no money.
    Few,
    /// Nothing.
    Nothing,
}

/// Why not everything may be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Reason {
    /// Approved, and by the settings Xero's values count.
    Approved,
    /// Approved, and nothing that whoever acts may change.
    Others,
    /// Paid, part paid or credited.
    Paid,
    /// Voided or deleted.
    Voided,
    /// In a locked period.
    Period { date: NaiveDate, lock: NaiveDate },
    /// In a state that nobody knows.
    State(String),
    /// The contact is archived.
    Archived,
    /// The contact was merged into another one.
    Merged,
}

/// What Xero takes of a record, and what may come back from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Lock {
    pub(super) takes: Takes,
    pub(super) reason: Option<Reason>,
    /// Whether values of the CRM that may not be sent are overruled by Xero's.
    pub(super) xero_wins: bool,
    /// Whether changes that were made in Xero come to the CRM.
    pub(super) comes_back: bool,
    /// A tracked item's purchase account belongs to Xero's stock keeping.
    tracked: bool,
    /// Whether Xero would take more than what may be sent: the settings hold it back.
    by_settings: bool,
}

impl Lock {
    fn open() -> Self {
        Self { takes: Takes::All, reason: None, xero_wins: false, comes_back: true, tracked: false, by_settings: false }
    }

    fn of(takes: Takes, reason: Reason) -> Self {
        let xero_wins = matches!(reason, Reason::Approved | Reason::Paid);
        let comes_back = !matches!(reason, Reason::Voided | Reason::Archived | Reason::Merged);
        Self { takes, reason: Some(reason), xero_wins, comes_back, tracked: false, by_settings: false }
    }

    /// Nothing is sent, and Xero's values count, because the settings say so; `reason` is what Xero itself would say.
    fn by_settings(reason: Reason) -> Self {
        Self { xero_wins: true, by_settings: true, ..Self::of(Takes::Nothing, reason) }
    }

    /// Why a field is not sent: the settings hold back what Xero would take, Xero itself what it would not.
    pub(super) fn refuses(&self, module: Module, key: &str) -> Option<Reason> {
        let by_xero = self.reason.clone()?;
        let takes = match by_xero {
            Reason::Approved => Takes::All,
            Reason::Paid => Takes::Few,
            _ => Takes::Nothing,
        };
        let taken = Self { takes, ..self.clone() }.lets(module, key);
        Some(if self.by_settings && taken { Reason::Approved } else { by_xero })
    }

    /// What is left of it for somebody whose documents don't count in Xero as their status says: what is approved stays as
    /// it is on both sides, until somebody else decides.
    pub(super) fn for_others(self, element: &Value) -> Self {
        match self.reason {
            None | Some(Reason::Paid) if is_approved(element) && self.takes != Takes::Nothing => {
                Self { takes: Takes::Nothing, reason: Some(Reason::Others), xero_wins: false, ..self }
            }
            _ => self,
        }
    }

    /// Whether a field may be sent.
    pub(super) fn lets(&self, module: Module, key: &str) -> bool {
        if self.tracked && key == "purchase.account_code" {
            return false;
        }
        match self.takes {
            Takes::All => true,
            Takes::Nothing => false,
            Takes::Few => match line_key(key) {
                Some((line, part)) => {
                    // Only a line that is there already; a new one would move money.
                    !line.starts_with("xero:") && matches!(part, "description" | "account_code")
                }
                None => {
                    matches!(key, "due_date" | "number" | "branding")
                        || key.starts_with(TRACKING)
                        || (key == "reference" && module == Module::Invoices)
                }
            },
        }
    }
}

/// What Xero takes of a record now.
pub(super) fn of(
    module: Module,
    element: &Value,
    record: &Record,
    organisation: &XeroOrganisation,
    settings: &Settings,
) -> Lock {
    match record {
        Record::Party(_) => party_reason(element).map_or_else(Lock::open, |reason| Lock::of(Takes::Nothing, reason)),
        Record::Item(item) => Lock { tracked: item.tracked, ..Lock::open() },
        Record::Document(_) => {
            let through = settings.documents.approved_edits == ApprovedEdits::CrmGoesThrough;
            let reason = document_reason(module, element, organisation);
            match reason {
                Some(Reason::Paid) if !through => Lock::by_settings(Reason::Paid),
                None if is_approved(element) && !through => Lock::by_settings(Reason::Approved),
                // Inside a locked period Xero wins all the same where it would win outside.
                Some(reason @ Reason::Period { .. }) if is_approved(element) && !through => Lock::by_settings(reason),
                Some(Reason::Paid) => Lock::of(Takes::Few, Reason::Paid),
                Some(reason) => Lock::of(Takes::Nothing, reason),
                None => Lock::open(),
            }
        }
    }
}

/// Why Xero takes no or few changes to a record; none when it is open. The settings play no part in this.
#[must_use]
pub fn lock(module: Module, element: &Value, organisation: &XeroOrganisation) -> Option<Problem> {
    let reason = match module.kind() {
        Kind::Party => party_reason(element),
        Kind::Item => None,
        Kind::Document => document_reason(module, element, organisation),
    }?;
    let name = xero::name(module, element);
    Some(told(&reason, module, &name, element, organisation, &[]))
}

/// The problem of a lock, with the fields that were not sent because of it.
pub(super) fn told(
    reason: &Reason,
    module: Module,
    name: &str,
    element: &Value,
    organisation: &XeroOrganisation,
    fields: &[String],
) -> Problem {
    let fields = fields.join(", ");
    let told = match reason {
        Reason::Approved => problem::document_approved(name, fields).remedy(remedy::approved_edits()),
        // By whom, the planner knows.
        Reason::Others => problem::sender_not_allowed(name, module.singular(), None, None),
        Reason::Paid => problem::document_paid(name, fields, zero(element)),
        Reason::Voided => problem::document_voided(name, fields),
        Reason::Period { date, lock } => problem::period_locked(date.to_string(), lock.to_string()),
        Reason::State(status) => problem::document_locked(name, status.as_str()),
        Reason::Archived => problem::contact_archived(name),
        Reason::Merged => problem::contact_merged(name),
    };
    let place = match reason {
        Reason::Period { .. } => problem::place_xero_financial_settings(organisation),
        _ => place(module, element, organisation),
    };
    told.at(place)
}

/// Opens the record in Xero.
pub(super) fn place(module: Module, element: &Value, organisation: &XeroOrganisation) -> problem::Place {
    let state = xero::state(module, element, organisation, None);
    let name = xero::name(module, element);
    let label = if name.is_empty() {
        format!("Open the {} in Xero", module.xero_singular())
    } else {
        format!("Open {name} in Xero")
    };
    problem::Place { label, url: state.url }
}

/// A document's status in Xero.
pub(super) fn status(element: &Value) -> Option<DocumentStatus> {
    element.get("Status").and_then(Value::as_str).map(|status| DocumentStatus::from(status.to_owned()))
}

/// Whether anything was paid or credited.
pub(super) fn is_paid(element: &Value) -> bool {
    let amount = |field: &str| element.get(field).and_then(decimal).is_some_and(|amount| !amount.is_zero());
    let any = |field: &str| element.get(field).and_then(Value::as_array).is_some_and(|list| !list.is_empty());
    status(element) == Some(DocumentStatus::Paid)
        || ["AmountPaid", "AmountCredited"].into_iter().any(amount)
        || ["Payments", "CreditNotes", "Prepayments", "Overpayments"].into_iter().any(any)
}

/// The total of a document that is paid because there is nothing to pay.
fn zero(element: &Value) -> Option<String> {
    let total = element.get("Total").and_then(decimal).filter(|total| total.is_zero())?;
    let currency = element.get("CurrencyCode").and_then(Value::as_str).unwrap_or_default();
    Some(format!("{} {currency}", crate::totals::money(total)))
}

fn is_approved(element: &Value) -> bool {
    matches!(status(element), Some(DocumentStatus::Authorised | DocumentStatus::Paid))
}

fn party_reason(element: &Value) -> Option<Reason> {
    let text = |field: &str| element.get(field).and_then(Value::as_str).filter(|text| !text.is_empty());
    if text("MergedToContactID").is_some() {
        return Some(Reason::Merged);
    }
    // ARCHIVED, GDPRREQUEST and whatever Xero adds: only an active contact is open.
    text("ContactStatus").filter(|status| *status != "ACTIVE").map(|_| Reason::Archived)
}

fn document_reason(module: Module, element: &Value, organisation: &XeroOrganisation) -> Option<Reason> {
    let period = || period(module, element, organisation);
    match status(element)? {
        DocumentStatus::Voided | DocumentStatus::Deleted => Some(Reason::Voided),
        DocumentStatus::Other(status) => Some(Reason::State(status)),
        _ => period().or_else(|| is_paid(element).then_some(Reason::Paid)),
    }
}

/// The lock that covers the document's date, if one does.
pub(super) fn period(module: Module, element: &Value, organisation: &XeroOrganisation) -> Option<Reason> {
    let lock = organisation.period_lock_date.max(organisation.end_of_year_lock_date)?;
    let Record::Document(document) = xero::read(module, element) else { return None };
    let date = *document.date.get()?;
    (date <= lock).then_some(Reason::Period { date, lock })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;
    use crate::problem::Code;
    use serde_json::json;

    #[test]
    fn locks_are_told() {
        let mut xero = fixture::xero_organisation();
        xero.period_lock_date = "2026-06-30".parse().ok();
        xero.end_of_year_lock_date = "2025-06-30".parse().ok();
        let document = |status: &str, date: &str, paid: &str| {
            json!({"InvoiceID": "x", "InvoiceNumber": "INV-1", "Status": status, "DateString": format!("{date}T00:00:00"),
                "Date": format!("{date}"), "AmountPaid": paid.parse::<serde_json::Number>().unwrap()})
        };
        for (module, element, wanted) in [
            (Module::Invoices, document("DRAFT", "2026-07-01", "0"), None),
            (Module::Invoices, document("AUTHORISED", "2026-07-01", "0.0"), None),
            (Module::Invoices, document("AUTHORISED", "2026-07-01", "5"), Some(Code::DocumentPaid)),
            (Module::Invoices, document("PAID", "2026-07-01", "5"), Some(Code::DocumentPaid)),
            (Module::PurchaseOrders, document("DRAFT", "2026-06-30", "0"), Some(Code::PeriodLocked)),
            (Module::Invoices, document("VOIDED", "2026-06-30", "0"), Some(Code::DocumentVoided)),
            (Module::Invoices, document("DELETED", "2026-07-01", "0"), Some(Code::DocumentVoided)),
            (Module::Invoices, document("NEWWORD", "2026-07-01", "0"), Some(Code::DocumentLocked)),
            (Module::Accounts, json!({"ContactID": "x", "ContactStatus": "ACTIVE"}), None),
            (Module::Accounts, json!({"ContactStatus": "ARCHIVED", "Name": "A"}), Some(Code::ContactArchived)),
            (Module::Vendors, json!({"ContactStatus": "GDPRREQUEST"}), Some(Code::ContactArchived)),
            (Module::Contacts, json!({"MergedToContactID": "y"}), Some(Code::ContactMerged)),
            (Module::Products, json!({"Code": "X", "IsTrackedAsInventory": true}), None),
            (Module::Invoices, json!(null), None),
        ] {
            let problem = lock(module, &element, &xero);
            assert_eq!(problem.as_ref().map(|problem| problem.code), wanted, "{element}");
            assert!(problem.is_none_or(|problem| problem.place.is_some()));
        }
    }

    #[test]
    fn what_holds_a_field_back_is_the_setting_only_where_xero_would_take_it() {
        let period = Reason::Period { date: "2026-01-01".parse().unwrap(), lock: "2026-02-01".parse().unwrap() };
        for (reason, key, wanted) in [
            (Reason::Approved, "lines.1.quantity", Reason::Approved),
            (Reason::Paid, "reference", Reason::Approved),
            (Reason::Paid, "due_date", Reason::Approved),
            (Reason::Paid, "lines.1.description", Reason::Approved),
            (Reason::Paid, "lines.1.quantity", Reason::Paid),
            (Reason::Paid, "date", Reason::Paid),
            (period.clone(), "reference", period.clone()),
        ] {
            let lock = Lock::by_settings(reason.clone());
            assert_eq!(lock.refuses(Module::Invoices, key), Some(wanted), "{reason:?} {key}");
            assert!(lock.xero_wins && !lock.lets(Module::Invoices, key));
            let through = Lock::of(Takes::Few, reason.clone());
            assert_eq!(through.refuses(Module::Invoices, "date"), Some(reason));
        }
    }

    #[test]
    fn paid_documents_take_what_moves_no_money() {
        let lock = Lock::of(Takes::Few, Reason::Paid);
        for (module, key, wanted) in [
            (Module::Invoices, "reference", true),
            (Module::PurchaseOrders, "reference", false),
            (Module::Invoices, "due_date", true),
            (Module::Invoices, "date", false),
            (Module::Invoices, "lines.1.description", true),
            (Module::Invoices, "lines.1.account_code", true),
            (Module::Invoices, "lines.1.quantity", false),
            (Module::Invoices, "lines.order", false),
            (Module::Invoices, "currency", false),
        ] {
            assert_eq!(lock.lets(module, key), wanted, "{key}");
        }
    }
}
