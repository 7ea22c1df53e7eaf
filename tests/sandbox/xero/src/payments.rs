//! Payments: made once, never edited, only deleted.

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use sandbox_kernel::Request;
use serde_json::{Value, json};

use crate::arithmetic::round;
use crate::batch::{self, Saved, Writing};
use crate::documents::{self, Document, Side};
use crate::filter::{Fields, Kind, at};
use crate::json::{self, Fault, Issues, Object, Rejection, invalid};
use crate::listing::{Listed, Page, Query};
use crate::organisation::{Account, Org};
use crate::table::Row;
use crate::{dates, invoices};

const KNOWN: &[&str] = &[
    "Invoice",
    "CreditNote",
    "Prepayment",
    "Overpayment",
    "InvoiceNumber",
    "CreditNoteNumber",
    "BatchPayment",
    "Account",
    "Code",
    "Date",
    "CurrencyRate",
    "Amount",
    "BankAmount",
    "Reference",
    "IsReconciled",
    "Status",
    "PaymentType",
    "UpdatedDateUTC",
    "UpdatedDateUTCString",
    "PaymentID",
    "BatchPaymentID",
    "BankAccountNumber",
    "Particulars",
    "Details",
    "HasAccount",
    "HasValidationErrors",
    "StatusAttributeString",
    "ValidationErrors",
    "Warnings",
];

const FIELDS: Fields = &[
    ("PaymentID", Kind::Guid),
    ("PaymentType", Kind::Text),
    ("Status", Kind::Text),
    ("Date", Kind::Date),
    ("Amount", Kind::Number),
    ("Reference", Kind::Text),
    ("IsReconciled", Kind::Flag),
    ("UpdatedDateUTC", Kind::Date),
    ("Invoice.InvoiceID", Kind::Guid),
    ("Invoice.InvoiceNumber", Kind::Text),
    ("Account.AccountID", Kind::Guid),
    ("Account.Code", Kind::Text),
];

/// A payment of one document.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Payment {
    pub(crate) id: String,
    pub(crate) document: String,
    pub(crate) account: String,
    pub(crate) date: NaiveDate,
    pub(crate) amount: Decimal,
    pub(crate) rate: Decimal,
    pub(crate) reference: String,
    pub(crate) reconciled: bool,
    pub(crate) deleted: bool,
    pub(crate) updated: DateTime<Utc>,
}

/// Under which key the payments of a document are found.
pub(crate) fn document_key(document: &str) -> String {
    format!("d{document}")
}

impl Row for Payment {
    fn keys(&self) -> Vec<String> {
        vec![document_key(&self.document)]
    }
}

impl Listed for Payment {
    fn id(&self) -> &str {
        &self.id
    }

    fn updated(&self) -> DateTime<Utc> {
        self.updated
    }
}

/// An amount of a credit note that went to an invoice.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Allocation {
    pub(crate) id: String,
    pub(crate) credit_note: String,
    pub(crate) invoice: String,
    pub(crate) amount: Decimal,
    pub(crate) date: NaiveDate,
}

pub(crate) const KIND: batch::Kind = batch::Kind {
    plural: "Payments",
    id: "PaymentID",
    has_errors: Some("HasValidationErrors"),
    save,
    render: |org, _, id| org.payments.get(id).map_or(Value::Null, |payment| render(org, payment)),
};

/// Creates a payment; with an id in the path (or in the element) it only deletes.
fn save(org: &mut Org, writing: &Writing, sent: &Object) -> Result<Saved, Rejection> {
    let id = writing.path_id.clone().or(json::guid(sent, "PaymentID")?);
    if let Some(id) = id {
        return delete(org, writing, sent, &id);
    }
    let mut issues = Issues::default();
    json::unknown(sent, KNOWN, &mut issues);
    let Some(document) = document(org, sent)? else {
        return invalid("Payments must have an Invoice or a CreditNote.");
    };
    let document = document.clone();
    let account = account(org, sent)?.cloned();
    if account.as_ref().is_none_or(|account| !account.is_active() || !(account.kind == "BANK" || account.payments)) {
        issues.add("Account could not be found");
    }
    if !matches!(document.status.as_str(), "AUTHORISED" | "PAID") {
        issues.add("Payments can only be made against Authorised documents");
    }
    let amount = round(json::decimal(sent, "Amount")?.unwrap_or_default(), 2);
    if amount <= Decimal::ZERO {
        issues.add("Payment amount must be greater than zero.");
    } else if amount > document.due(org) {
        issues.add("Payment amount exceeds the amount outstanding on this document");
    }
    let date = json::date(sent, "Date")?.unwrap_or_else(|| invoices::today(org, writing.now));
    if let Some(message) = org.lock_message(date) {
        issues.add(message);
    }
    let rate = json::decimal(sent, "CurrencyRate")?.map_or(document.rate, |rate| round(rate, 6));
    let reference = json::text(sent, "Reference")?.unwrap_or_default();
    json::limit(&reference, "Reference", 255, &mut issues);
    let reconciled = json::boolean(sent, "IsReconciled")?.unwrap_or_default();
    issues.check()?;
    let payment = Payment {
        id: org.guids.guid(),
        document: document.id.clone(),
        account: account.map(|account| account.id).unwrap_or_default(),
        date,
        amount,
        rate,
        reference,
        reconciled,
        deleted: false,
        updated: writing.now,
    };
    let id = payment.id.clone();
    org.payments.insert(id.clone(), payment);
    documents::settle(org, &document.id, writing.now);
    Ok(id.into())
}

fn document<'a>(org: &'a Org, sent: &Object) -> Result<Option<&'a Document>, Fault> {
    for (name, id, number, credit) in
        [("Invoice", "InvoiceID", "InvoiceNumber", false), ("CreditNote", "CreditNoteID", "CreditNoteNumber", true)]
    {
        let inner = json::object(sent, name)?;
        if let Some(id) = inner.map(|inner| json::guid(inner, id)).transpose()?.flatten() {
            let found = org.documents.get(&id).filter(|document| document.side.is_credit() == credit);
            return found.map(Some).ok_or(Fault::NotFound);
        }
        let inner_number = inner.map(|inner| json::text(inner, number)).transpose()?.flatten();
        if let Some(number) = inner_number.or(json::text(sent, number)?) {
            return Ok(invoices::one(org, &number, credit));
        }
    }
    Ok(None)
}

fn account<'a>(org: &'a Org, sent: &Object) -> Result<Option<&'a Account>, Fault> {
    let inner = json::object(sent, "Account")?;
    let id = inner.map(|inner| json::guid(inner, "AccountID")).transpose()?.flatten();
    let code = inner.map(|inner| json::text(inner, "Code")).transpose()?.flatten().or(json::text(sent, "Code")?);
    Ok(org
        .accounts
        .iter()
        .find(|account| id.as_ref().map_or_else(|| code.is_some() && account.code == code, |id| account.id == *id)))
}

fn delete(org: &mut Org, writing: &Writing, sent: &Object, id: &str) -> Result<Saved, Rejection> {
    let Some(payment) = org.payments.get(id).cloned() else { return Err(Fault::NotFound.into()) };
    let asked = json::choice(sent, "Status", "PaymentStatus", &["AUTHORISED", "DELETED"])?;
    if asked.as_deref() != Some("DELETED") {
        return invalid("Payments cannot be edited: only the status DELETED can be set.");
    }
    if payment.deleted {
        return invalid("Payment not of valid status for modification");
    }
    if payment.reconciled {
        return invalid("Payment cannot be deleted because it has been reconciled.");
    }
    if let Some(message) = org.lock_message(payment.date) {
        return invalid(message);
    }
    org.payments.change(id, |payment| {
        payment.deleted = true;
        payment.updated = writing.now;
    });
    documents::settle(org, &payment.document, writing.now);
    Ok(payment.id.into())
}

/// A payment as an answer shows it.
pub(crate) fn render(org: &Org, payment: &Payment) -> Value {
    let bank_amount = if payment.rate.is_zero() { payment.amount } else { round(payment.amount / payment.rate, 2) };
    let mut row = json!({
        "PaymentID": payment.id,
        "Date": dates::day(payment.date),
        "Amount": json::number(payment.amount),
        "BankAmount": json::number(bank_amount),
        "CurrencyRate": json::number(payment.rate),
        "Reference": payment.reference,
        "Status": if payment.deleted { "DELETED" } else { "AUTHORISED" },
        "IsReconciled": payment.reconciled,
        "HasAccount": true,
        "HasValidationErrors": false,
        "UpdatedDateUTC": dates::moment(payment.updated),
        "UpdatedDateUTCString": dates::moment_text(payment.updated),
    });
    if let Some(account) = org.accounts.iter().find(|account| account.id == payment.account) {
        row["Account"] = json!({ "AccountID": account.id, "Name": account.name });
        if let Some(code) = &account.code {
            row["Account"]["Code"] = json!(code);
        }
    }
    if let Some(document) = org.documents.get(&payment.document) {
        row["PaymentType"] = json!(document.side.payment_type());
        let contact = org.contacts.get(&document.contact);
        let (name, id, number) = if document.side.is_credit() {
            ("CreditNote", "CreditNoteID", "CreditNoteNumber")
        } else {
            ("Invoice", "InvoiceID", "InvoiceNumber")
        };
        row[name] = json!({
            "Type": document.side.name(),
            id: document.id,
            number: document.number,
            "CurrencyCode": document.currency,
            "Contact": {
                "ContactID": document.contact,
                "Name": contact.map_or("", |contact| contact.name()),
                "ContactPersons": [],
                "HasValidationErrors": false,
            },
            "LineItems": [],
            "HasErrors": false,
        });
        if document.side == Side::Accrec || document.side == Side::Accpay {
            row["Invoice"]["IsDiscounted"] = json!(false);
        }
    }
    row
}

/// `GET /Payments`.
pub(crate) fn list(org: &Org, request: &Request) -> Result<Page, Fault> {
    let query = Query::read(request, "Payment", FIELDS, false)?;
    let field = |payment: &Payment, path: &str| at(&render(org, payment), path);
    query.run(org.payments.values().collect(), field, |payment| render(org, payment))
}
