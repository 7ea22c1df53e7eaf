//! Overpayments and prepayments: what was paid too much, or before there was an invoice.

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use sandbox_kernel::Request;
use serde_json::{Value, json};

use crate::dates;
use crate::documents::Side;
use crate::filter::{Fields, Kind, at};
use crate::json::{self, Fault};
use crate::listing::{Listed, Page, Query};
use crate::organisation::Org;

const FIELDS: Fields = &[
    ("OverpaymentID", Kind::Guid),
    ("PrepaymentID", Kind::Guid),
    ("Type", Kind::Text),
    ("Status", Kind::Text),
    ("Date", Kind::Date),
    ("Total", Kind::Number),
    ("RemainingCredit", Kind::Number),
    ("UpdatedDateUTC", Kind::Date),
    ("Contact.ContactID", Kind::Guid),
];

/// Which of the two it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SurplusKind {
    /// `Overpayments`.
    Overpayment,
    /// `Prepayments`.
    Prepayment,
}

impl SurplusKind {
    fn of(resource: &str) -> Self {
        if resource == "Overpayments" { Self::Overpayment } else { Self::Prepayment }
    }

    /// The list, the name of the id, and the end of the type.
    fn names(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Overpayment => ("Overpayments", "OverpaymentID", "OVERPAYMENT"),
            Self::Prepayment => ("Prepayments", "PrepaymentID", "PREPAYMENT"),
        }
    }
}

/// An overpayment or a prepayment. What of it goes to an invoice counts there as credited, not as paid.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Surplus {
    pub(crate) id: String,
    pub(crate) kind: SurplusKind,
    /// Received for what is sold, or spent for what is bought.
    pub(crate) side: Side,
    pub(crate) contact: String,
    pub(crate) currency: String,
    pub(crate) total: Decimal,
    pub(crate) date: NaiveDate,
    pub(crate) applied: Vec<Applied>,
    pub(crate) updated: DateTime<Utc>,
}

/// An amount of it that went to an invoice.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Applied {
    pub(crate) id: String,
    pub(crate) invoice: String,
    pub(crate) amount: Decimal,
    pub(crate) date: NaiveDate,
}

impl Listed for Surplus {
    fn id(&self) -> &str {
        &self.id
    }

    fn updated(&self) -> DateTime<Utc> {
        self.updated
    }
}

impl Surplus {
    /// What no invoice has yet.
    pub(crate) fn remaining(&self) -> Decimal {
        self.total - self.applied.iter().map(|applied| applied.amount).sum::<Decimal>()
    }
}

/// What went to an invoice, with what it came from.
pub(crate) fn of_invoice<'a>(org: &'a Org, invoice: &'a str) -> impl Iterator<Item = (&'a Surplus, &'a Applied)> {
    let applied = |surplus: &'a Surplus| surplus.applied.iter().map(move |applied| (surplus, applied));
    org.surpluses.iter().flat_map(applied).filter(move |(_, applied)| applied.invoice == invoice)
}

/// What an invoice shows of its overpayments or prepayments.
pub(crate) fn on_invoice(org: &Org, invoice: &str, kind: SurplusKind) -> Value {
    let (_, id, _) = kind.names();
    of_invoice(org, invoice)
        .filter(|(surplus, _)| surplus.kind == kind)
        .map(|(surplus, applied)| {
            json!({
                id: surplus.id,
                "ID": surplus.id,
                "Date": dates::day(applied.date),
                "DateString": dates::day_text(applied.date),
                "AppliedAmount": json::number(applied.amount),
                "Total": json::number(surplus.total),
                "LineItems": [],
            })
        })
        .collect()
}

/// One as an answer shows it.
pub(crate) fn render(org: &Org, surplus: &Surplus) -> Value {
    let (_, id, kind) = surplus.kind.names();
    let remaining = surplus.remaining();
    let contact = org.contacts.get(&surplus.contact).map_or("", |contact| contact.name());
    let allocation = |applied: &Applied| {
        let number = org.documents.get(&applied.invoice).map_or("", |invoice| invoice.number.as_str());
        json!({
            "AllocationID": applied.id,
            "Amount": json::number(applied.amount),
            "Date": dates::day(applied.date),
            "Invoice": { "InvoiceID": applied.invoice, "InvoiceNumber": number, "LineItems": [], "HasErrors": false },
        })
    };
    let mut row = json!({
        "Type": format!("{}-{kind}", if surplus.side.is_sale() { "RECEIVE" } else { "SPEND" }),
        "Contact": { "ContactID": surplus.contact, "Name": contact },
        "Date": dates::day(surplus.date),
        "DateString": dates::day_text(surplus.date),
        "Status": if remaining.is_zero() { "PAID" } else { "AUTHORISED" },
        "LineAmountTypes": "NoTax",
        "LineItems": [],
        "SubTotal": json::number(surplus.total),
        "TotalTax": json::number(Decimal::ZERO),
        "Total": json::number(surplus.total),
        "CurrencyCode": surplus.currency,
        "CurrencyRate": json::number(org.day_rate(&surplus.currency)),
        "RemainingCredit": json::number(remaining),
        "Allocations": surplus.applied.iter().map(allocation).collect::<Vec<_>>(),
        "Payments": [],
        "HasAttachments": false,
        "UpdatedDateUTC": dates::moment(surplus.updated),
        "UpdatedDateUTCString": dates::moment_text(surplus.updated),
    });
    row[id] = json!(surplus.id);
    row
}

/// `GET /Overpayments`, `GET /Prepayments`, or one of either by its id.
pub(crate) fn read(org: &Org, resource: &str, rest: &[&str], request: &Request) -> Result<(&'static str, Page), Fault> {
    let kind = SurplusKind::of(resource);
    let (list, _, _) = kind.names();
    let own = || org.surpluses.iter().filter(|surplus| surplus.kind == kind);
    let page = match rest {
        [] => {
            let field = |surplus: &Surplus, path: &str| at(&render(org, surplus), path);
            Query::read(request, "Surplus", FIELDS, false)?
                .run(own().collect(), field, |surplus| render(org, surplus))?
        }
        [id] => {
            let found = own().find(|surplus| surplus.id.eq_ignore_ascii_case(id)).ok_or(Fault::NotFound)?;
            Page { rows: vec![render(org, found)], pagination: None }
        }
        _ => return Err(Fault::NotFound),
    };
    Ok((list, page))
}
