//! Allocations of credit notes to invoices.

use serde_json::{Value, json};

use crate::arithmetic::round;
use crate::batch::{self, Saved, Writing};
use crate::dates;
use crate::documents::{self, Side};
use crate::invoices;
use crate::json::{self, Fault, Issues, Object, Rejection, invalid};
use crate::organisation::Org;
use crate::payments::Allocation;

pub(crate) const ALLOCATIONS: batch::Kind = batch::Kind {
    plural: "Allocations",
    id: "AllocationID",
    has_errors: None,
    save: allocate,
    render: |org, _, id| org.allocations.iter().find(|row| row.id == id).map_or(Value::Null, |row| render(org, row)),
};

fn allocate(org: &mut Org, writing: &Writing, sent: &Object) -> Result<Saved, Rejection> {
    let mut issues = Issues::default();
    let known = ["AllocationID", "Invoice", "Overpayment", "Prepayment", "CreditNote", "Amount", "Date", "IsDeleted"];
    json::unknown(sent, &known, &mut issues);
    let note = writing.path_id.as_ref().and_then(|id| org.documents.get(id));
    let note = note.filter(|note| note.side.is_credit()).ok_or(Fault::NotFound)?;
    let Some(target) = json::object(sent, "Invoice")? else { return invalid("An Invoice must be specified.") };
    let invoice = match json::guid(target, "InvoiceID")? {
        Some(id) => org.documents.get(&id).filter(|document| !document.side.is_credit()).ok_or(Fault::NotFound)?,
        None => {
            let number = json::text(target, "InvoiceNumber")?.unwrap_or_default();
            let Some(found) = invoices::one(org, &number, false) else { return invalid("Invoice could not be found") };
            found
        }
    };
    let amount = round(json::decimal(sent, "Amount")?.unwrap_or_default(), 2);
    let date = json::date(sent, "Date")?.unwrap_or_else(|| invoices::today(org, writing.now));
    let pair =
        matches!((note.side, invoice.side), (Side::AccrecCredit, Side::Accrec) | (Side::AccpayCredit, Side::Accpay));
    if !pair || note.contact != invoice.contact || note.currency != invoice.currency {
        issues.add("The credit note and the invoice must have the same contact, currency and side.");
    }
    if note.status != "AUTHORISED" || invoice.status != "AUTHORISED" {
        issues.add("Credit notes can only be allocated when both documents are Authorised.");
    }
    if amount <= rust_decimal::Decimal::ZERO {
        issues.add("The allocated amount must be greater than zero.");
    }
    if amount > note.due(org) || amount > invoice.due(org) {
        issues.add("The allocated amount exceeds the amount outstanding on the credit note or the invoice.");
    }
    if let Some(message) = org.lock_message(date) {
        issues.add(message);
    }
    issues.check()?;
    let (note, invoice) = (note.id.clone(), invoice.id.clone());
    let id = org.guids.guid();
    org.allocations.push(Allocation {
        id: id.clone(),
        credit_note: note.clone(),
        invoice: invoice.clone(),
        amount,
        date,
    });
    documents::settle(org, &note, writing.now);
    documents::settle(org, &invoice, writing.now);
    Ok(id.into())
}

/// `DELETE /CreditNotes/{CreditNoteID}/Allocations/{AllocationID}`.
pub(crate) fn remove(org: &mut Org, note: &str, id: &str, now: chrono::DateTime<chrono::Utc>) -> Result<Value, Fault> {
    let own = |row: &Allocation| row.credit_note == note && row.id == id;
    let at = org.allocations.iter().position(own).ok_or(Fault::NotFound)?;
    let row = org.allocations.remove(at);
    documents::settle(org, &row.credit_note, now);
    documents::settle(org, &row.invoice, now);
    let invoice = json!({ "InvoiceID": row.invoice });
    Ok(json!({
        "AllocationID": row.id,
        "Amount": json::number(row.amount),
        "Date": dates::day(row.date),
        "Invoice": invoice,
        "IsDeleted": true,
    }))
}

/// An allocation as an answer shows it.
pub(crate) fn render(org: &Org, allocation: &Allocation) -> Value {
    let number = org.documents.get(&allocation.invoice).map_or("", |invoice| invoice.number.as_str());
    json!({
        "AllocationID": allocation.id,
        "Amount": json::number(allocation.amount),
        "Date": dates::day(allocation.date),
        "Invoice": {
            "InvoiceID": allocation.invoice,
            "InvoiceNumber": number,
            "Payments": [],
            "CreditNotes": [],
            "LineItems": [],
            "HasErrors": false,
        },
        "CreditNote": { "CreditNoteID": allocation.credit_note, "LineItems": [] },
        "ValidationErrors": [],
    })
}
