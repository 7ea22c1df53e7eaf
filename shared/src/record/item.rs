//! Products and items.

use super::{LineTax, Seen};
use rust_decimal::Decimal;

/// A product or item.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Item {
    /// The product code, Xero's item code: the natural key, at most 30 characters there.
    pub code: Seen<String>,
    /// The name.
    pub name: Seen<String>,
    /// The text on sales documents.
    pub description: Seen<String>,
    /// The sales side.
    pub sales: Side,
    /// The purchase side.
    pub purchase: Side,
    /// The CRM's category, by which an account can be chosen.
    pub category: Seen<String>,
    /// Whether the product may be sold now.
    pub active: Seen<bool>,
    /// Whether the product is taxed at all (CRM only).
    pub taxable: Seen<bool>,
    /// The taxes that may apply to the product (CRM only).
    pub taxes: Vec<LineTax>,
    /// Whether Xero keeps stock for it; then inventory fields are never sent.
    pub tracked: bool,
}

/// One side of an item: what it sells or is bought for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Side {
    /// Price of one unit, up to 4 decimals.
    pub unit_price: Seen<Decimal>,
    /// The text on documents of this side (purchases only; the sales text is the item's description).
    pub description: Seen<String>,
    /// Xero's account code.
    pub account_code: Seen<String>,
    /// Xero's tax type.
    pub tax_type: Seen<String>,
}
