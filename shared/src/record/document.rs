//! Invoices, purchase orders and bills.

use super::Seen;
use crate::id::ZohoId;
use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// An invoice or bill.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Document {
    /// The document's number.
    pub number: Seen<String>,
    /// The party: the CRM's record id on the CRM's side, Xero's ContactID on Xero's side.
    pub party: Seen<String>,
    /// Subject or reference.
    pub reference: Seen<String>,
    /// The document's date, a calendar day.
    pub date: Seen<NaiveDate>,
    /// When it is due, a calendar day.
    pub due_date: Seen<NaiveDate>,
    /// The status in the side's own words, as it came.
    pub status: Seen<String>,
    /// ISO 4217 code.
    pub currency: Seen<String>,
    /// Whether the line amounts contain tax.
    pub line_amount_types: Seen<LineAmountTypes>,
    /// BrandingThemeID (Xero's side only).
    pub branding: Seen<String>,
    /// The lines in their order.
    pub lines: Seen<Vec<Line>>,
    /// The record-level discount in money (CRM only).
    pub discount: Decimal,
    /// The record-level adjustment in money, either sign (CRM only).
    pub adjustment: Decimal,
    /// Record-level taxes when the CRM taxes the total (`$line_tax` on the record).
    pub total_taxes: Vec<LineTax>,
    /// Where the CRM puts taxes on this document.
    pub tax_mode: TaxMode,
    /// The side's own grand total.
    pub total: Seen<Decimal>,
    /// By `TrackingCategoryID`, of the categories that are mapped: on the CRM's side the value that names the option, in
    /// Xero's terms the `TrackingOptionID` of the lines (several, with commas, where the lines differ).
    pub tracking: BTreeMap<String, Seen<String>>,
}

/// One line.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Line {
    /// The line's id on its own side (CRM line id or LineItemID).
    pub id: Option<String>,
    /// The CRM product.
    pub product: Option<ZohoId>,
    /// The product's name, for messages and as text where there is none.
    pub product_name: Option<String>,
    /// The product code or item code; none on a service line.
    pub code: Option<String>,
    /// The text.
    pub description: Option<String>,
    /// How many.
    pub quantity: Decimal,
    /// Price of one.
    pub unit_price: Decimal,
    /// Discount on the line.
    pub discount: Option<Discount>,
    /// The CRM's taxes on the line.
    pub taxes: Vec<LineTax>,
    /// Xero's tax type (Xero's side only).
    pub tax_type: Option<String>,
    /// Xero's account code (Xero's side only).
    pub account_code: Option<String>,
    /// The line's total after discount and before tax as its own side computed it.
    pub total: Option<Decimal>,
}

impl Line {
    /// Quantity times price before any discount, unrounded.
    #[must_use]
    pub fn gross(&self) -> Decimal {
        self.quantity.saturating_mul(self.unit_price)
    }

    /// The discount in money, at cents. Both ways of saying the same discount give the same amount, so this is what
    /// two sides' discounts are compared by.
    #[must_use]
    pub fn discount_amount(&self) -> Decimal {
        let gross = self.gross();
        crate::totals::cents(gross).saturating_sub(crate::totals::discounted(gross, self.discount))
    }
}

/// A discount on a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Discount {
    /// Per cent, 0 to 100.
    Percent(Decimal),
    /// Money off the line (not off the unit).
    Amount(Decimal),
}

/// A CRM tax as it stands on a line or record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineTax {
    /// The tax's name, by which it is mapped.
    pub name: String,
    /// Per cent.
    pub percentage: Decimal,
    /// The money that the CRM computed for it.
    pub value: Option<Decimal>,
}

/// Where the CRM puts taxes. It works with one of them at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum TaxMode {
    /// No tax on the document.
    #[default]
    None,
    /// `Line_Tax` on each line.
    Item,
    /// `$line_tax` on the record.
    Total,
}

/// Xero's `LineAmountTypes`, in its exact spelling.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum LineAmountTypes {
    /// Tax is added to the line amounts.
    #[default]
    Exclusive,
    /// The line amounts contain tax.
    Inclusive,
    /// There is no tax.
    NoTax,
}

/// Xero's invoice status. Unknown values survive.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum DocumentStatus {
    /// Draft.
    Draft,
    /// Awaiting approval.
    Submitted,
    /// Awaiting payment, or part paid.
    Authorised,
    /// Paid in full.
    Paid,
    /// Voided after approval.
    Voided,
    /// Deleted before approval.
    Deleted,
    /// A status that Xero added later.
    Other(String),
}

impl DocumentStatus {
    /// As Xero writes it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Draft => "DRAFT",
            Self::Submitted => "SUBMITTED",
            Self::Authorised => "AUTHORISED",
            Self::Paid => "PAID",
            Self::Voided => "VOIDED",
            Self::Deleted => "DELETED",
            Self::Other(text) => text,
        }
    }
}

impl From<String> for DocumentStatus {
    fn from(text: String) -> Self {
        match text.as_str() {
            "DRAFT" => Self::Draft,
            "SUBMITTED" => Self::Submitted,
            "AUTHORISED" => Self::Authorised,
            "PAID" => Self::Paid,
            "VOIDED" => Self::Voided,
            "DELETED" => Self::Deleted,
            _ => Self::Other(text),
        }
    }
}

impl From<DocumentStatus> for String {
    fn from(status: DocumentStatus) -> Self {
        status.as_str().to_owned()
    }
}
