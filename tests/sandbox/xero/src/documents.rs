//! Invoices, bills and credit notes: what they hold, what they come to, and how answers show them.

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use serde_json::{Value, json};

use crate::answers::ZeroPaid;
use crate::arithmetic::AmountType;
use crate::contacts::{self, Detail};
use crate::dates;
use crate::json;
use crate::lines::{self, Line};
use crate::organisation::Org;
use crate::payments::{self, Payment};
use crate::surpluses::{self, Applied, SurplusKind};

/// The four kinds of document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Side {
    Accrec,
    Accpay,
    AccrecCredit,
    AccpayCredit,
}

impl Side {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Accrec => "ACCREC",
            Self::Accpay => "ACCPAY",
            Self::AccrecCredit => "ACCRECCREDIT",
            Self::AccpayCredit => "ACCPAYCREDIT",
        }
    }

    pub(crate) fn is_credit(self) -> bool {
        matches!(self, Self::AccrecCredit | Self::AccpayCredit)
    }

    /// True for what the organisation issues itself: its numbers are unique.
    pub(crate) fn is_sale(self) -> bool {
        matches!(self, Self::Accrec | Self::AccrecCredit)
    }

    /// The `PaymentType` of a payment of such a document.
    pub(crate) fn payment_type(self) -> &'static str {
        match self {
            Self::Accrec => "ACCRECPAYMENT",
            Self::Accpay => "ACCPAYPAYMENT",
            Self::AccrecCredit => "ARCREDITPAYMENT",
            Self::AccpayCredit => "APCREDITPAYMENT",
        }
    }
}

/// A document.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Document {
    pub(crate) id: String,
    pub(crate) side: Side,
    pub(crate) contact: String,
    pub(crate) number: String,
    pub(crate) reference: String,
    pub(crate) date: NaiveDate,
    pub(crate) due_date: Option<NaiveDate>,
    pub(crate) status: String,
    pub(crate) amounts: AmountType,
    pub(crate) lines: Vec<Line>,
    pub(crate) currency: String,
    pub(crate) rate: Decimal,
    pub(crate) theme: Option<String>,
    pub(crate) url: Option<String>,
    pub(crate) sent: bool,
    pub(crate) expected: Option<NaiveDate>,
    pub(crate) planned: Option<NaiveDate>,
    /// Made by the application that reads, and not by a person or another application.
    pub(crate) by_app: bool,
    /// The repeating invoice that made it.
    pub(crate) repeating: Option<String>,
    pub(crate) updated: DateTime<Utc>,
}

impl Document {
    fn lines_total(&self) -> Decimal {
        self.lines.iter().map(|line| line.amount).sum()
    }

    pub(crate) fn total_tax(&self) -> Decimal {
        self.lines.iter().map(|line| line.tax).sum()
    }

    pub(crate) fn total(&self) -> Decimal {
        match self.amounts {
            AmountType::Exclusive => self.lines_total() + self.total_tax(),
            AmountType::Inclusive | AmountType::NoTax => self.lines_total(),
        }
    }

    pub(crate) fn sub_total(&self) -> Decimal {
        self.total() - self.total_tax()
    }

    /// The payments that stand.
    fn payments<'a>(&self, org: &'a Org) -> impl Iterator<Item = &'a Payment> + use<'a> {
        org.payments.with_key(&payments::document_key(&self.id)).filter(|payment| !payment.deleted)
    }

    fn surpluses<'a>(&'a self, org: &'a Org) -> impl Iterator<Item = &'a Applied> {
        surpluses::of_invoice(org, &self.id).map(|(_, applied)| applied)
    }

    /// What was paid (for a credit note: paid back).
    pub(crate) fn paid(&self, org: &Org) -> Decimal {
        self.payments(org).map(|payment| payment.amount).sum()
    }

    /// What credit notes, overpayments and prepayments took off an invoice, or what of a credit note was allocated.
    pub(crate) fn credited(&self, org: &Org) -> Decimal {
        org.allocations
            .iter()
            .filter(|row| row.invoice == self.id || row.credit_note == self.id)
            .map(|row| row.amount)
            .chain(self.surpluses(org).map(|row| row.amount))
            .sum()
    }

    /// What is left: `AmountDue` or `RemainingCredit`. A voided document has nothing left.
    pub(crate) fn due(&self, org: &Org) -> Decimal {
        if matches!(self.status.as_str(), "VOIDED" | "DELETED") {
            Decimal::ZERO
        } else {
            self.total() - self.paid(org) - self.credited(org)
        }
    }

    /// True when a payment or an allocation is on it.
    pub(crate) fn is_settled_in_part(&self, org: &Org) -> bool {
        self.payments(org).next().is_some()
            || self.surpluses(org).next().is_some()
            || org.allocations.iter().any(|row| row.invoice == self.id || row.credit_note == self.id)
    }

    fn settled_on(&self, org: &Org) -> Option<NaiveDate> {
        let surpluses = self.surpluses(org).map(|row| row.date);
        let allocations = org.allocations.iter().filter(|row| row.invoice == self.id || row.credit_note == self.id);
        let last = self
            .payments(org)
            .map(|payment| payment.date)
            .chain(allocations.map(|row| row.date))
            .chain(surpluses)
            .max();
        last.or_else(|| (org.answers.zero_paid == ZeroPaid::Dated).then_some(self.date))
    }
}

/// After a payment or an allocation came or went: PAID when nothing is left, AUTHORISED otherwise.
pub(crate) fn settle(org: &mut Org, id: &str, now: DateTime<Utc>) {
    let Some(document) = org.documents.get(id) else { return };
    let paid = document.due(org).is_zero() && document.is_settled_in_part(org);
    org.documents.change(id, |document| {
        match (document.status.as_str(), paid) {
            ("AUTHORISED", true) => "PAID".clone_into(&mut document.status),
            ("PAID", false) => "AUTHORISED".clone_into(&mut document.status),
            _ => {}
        }
        document.updated = now;
    });
}

/// How an answer shows a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// By id.
    One,
    /// In a page.
    Paged,
    /// In a list without pages: no line items.
    Unpaged,
    /// With `summaryOnly`.
    Summary,
    /// The answer to a write: no payments or credit notes.
    Written,
}

/// Renders a document.
pub(crate) fn render(org: &Org, document: &Document, shape: Shape, four_decimals: bool) -> Value {
    let credit = document.side.is_credit();
    let contact = match org.contacts.get(&document.contact) {
        Some(contact) if matches!(shape, Shape::One | Shape::Written) => contacts::render(org, contact, Detail::Full),
        Some(contact) => contacts::render(org, contact, Detail::Nested),
        None => json!({}),
    };
    let mut row = json!({
        "Type": document.side.name(),
        "Contact": contact,
        "Date": dates::day(document.date),
        "DateString": dates::day_text(document.date),
        "Status": document.status,
        "LineAmountTypes": match document.amounts {
            AmountType::Exclusive => "Exclusive",
            AmountType::Inclusive => "Inclusive",
            AmountType::NoTax => "NoTax",
        },
        "SubTotal": json::number(document.sub_total()),
        "TotalTax": json::number(document.total_tax()),
        "Total": json::number(document.total()),
        "CurrencyCode": document.currency,
        "CurrencyRate": json::number(document.rate),
        "UpdatedDateUTC": dates::moment(document.updated),
        "UpdatedDateUTCString": dates::moment_text(document.updated),
        "HasErrors": false,
        "InvoiceAddresses": [],
        "Reference": document.reference,
        "SentToContact": document.sent,
    });
    row[if credit { "CreditNoteID" } else { "InvoiceID" }] = json!(document.id);
    row[if credit { "CreditNoteNumber" } else { "InvoiceNumber" }] = json!(document.number);
    if let Some(due) = document.due_date {
        row["DueDate"] = json!(dates::day(due));
        row["DueDateString"] = json!(dates::day_text(due));
    }
    let texts =
        [("BrandingThemeID", &document.theme), ("Url", &document.url), ("RepeatingInvoiceID", &document.repeating)];
    for (name, value) in texts {
        if let Some(value) = value {
            row[name] = json!(value);
        }
    }
    for (name, value) in [("ExpectedPaymentDate", document.expected), ("PlannedPaymentDate", document.planned)] {
        if let Some(value) = value {
            row[name] = json!(dates::day(value));
        }
    }
    if document.status == "PAID"
        && let Some(day) = document.settled_on(org)
    {
        row["FullyPaidOnDate"] = json!(dates::day(day));
    }
    if shape != Shape::Summary {
        row["HasAttachments"] = json!(false);
    }
    let with_lines = !matches!(shape, Shape::Unpaged | Shape::Summary);
    row["LineItems"] = if with_lines {
        document.lines.iter().map(|line| lines::render(org, document, line, shape, four_decimals)).collect()
    } else {
        json!([])
    };
    amounts(org, document, shape, &mut row);
    row
}

fn amounts(org: &Org, document: &Document, shape: Shape, row: &mut Value) {
    let discount: Decimal = document.lines.iter().map(Line::discounted).sum();
    if document.side.is_credit() {
        row["RemainingCredit"] = json::number(document.due(org));
        if shape != Shape::Written {
            row["AppliedAmount"] = json::number(document.credited(org));
            row["Allocations"] = allocations(org, document);
            row["Payments"] = payments(org, document);
        }
        return;
    }
    row["IsDiscounted"] = json!(document.lines.iter().any(|line| line.discount.is_some()));
    if !discount.is_zero() {
        row["TotalDiscount"] = json::number(discount);
    }
    // The answer to voiding still shows the old amount due; reading it again shows none.
    let due = if shape == Shape::Written {
        document.total() - document.paid(org) - document.credited(org)
    } else {
        document.due(org)
    };
    row["AmountDue"] = json::number(due);
    row["AmountPaid"] = json::number(document.paid(org));
    row["Prepayments"] = json!([]);
    row["Overpayments"] = json!([]);
    if shape == Shape::Written {
        return;
    }
    row["Prepayments"] = surpluses::on_invoice(org, &document.id, SurplusKind::Prepayment);
    row["Overpayments"] = surpluses::on_invoice(org, &document.id, SurplusKind::Overpayment);
    row["AmountCredited"] = json::number(document.credited(org));
    row["CreditNotes"] = org
        .allocations
        .iter()
        .filter(|allocation| allocation.invoice == document.id)
        .filter_map(|allocation| {
            let note = org.documents.get(&allocation.credit_note)?;
            Some(json!({
                "CreditNoteID": note.id,
                "CreditNoteNumber": note.number,
                "ID": note.id,
                "Date": dates::day(allocation.date),
                "DateString": dates::day_text(allocation.date),
                "AppliedAmount": json::number(allocation.amount),
                "Total": json::number(note.total()),
                "LineItems": [],
                "HasErrors": false,
            }))
        })
        .collect();
    if shape != Shape::Summary {
        row["Payments"] = payments(org, document);
    }
}

fn payments(org: &Org, document: &Document) -> Value {
    let mut rows: Vec<_> = document.payments(org).collect();
    rows.sort_by(|left, right| (left.date, &left.id).cmp(&(right.date, &right.id)));
    let row = |payment: &&Payment| {
        json!({
            "PaymentID": payment.id,
            "Date": dates::day(payment.date),
            "Amount": json::number(payment.amount),
            "Reference": payment.reference,
            "CurrencyRate": json::number(payment.rate),
            "HasAccount": false,
            "HasValidationErrors": false,
        })
    };
    rows.iter().map(row).collect()
}

fn allocations(org: &Org, document: &Document) -> Value {
    org.allocations
        .iter()
        .filter(|allocation| allocation.credit_note == document.id)
        .map(|allocation| crate::credit_notes::render(org, allocation))
        .collect()
}
