//! Prices that contain tax on one side only.
//!
//! A document keeps the kind of prices that it has in Xero, whatever the settings say of new ones, so its lines are
//! compared in Xero's kind.

use crate::record::{Discount, Line, LineAmountTypes};
use crate::settings::Settings;
use crate::totals::{cents, round};
use rust_decimal::Decimal;
use serde_json::Value;

/// Decimals of the CRM's currency fields (<https://www.zoho.com/crm/developer/docs/api/v8/insert-records.html>).
const CRM_DECIMALS: u32 = 9;

/// Decimals of Xero's prices with `unitdp=4`.
const XERO_DECIMALS: u32 = 4;

/// How the prices of a document in Xero and in the CRM relate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Prices {
    /// Both contain tax, or neither does.
    Same,
    /// Xero's contain tax, the CRM's do not.
    TaxInXero,
    /// The CRM's contain tax, Xero's do not.
    TaxInCrm,
}

impl Prices {
    /// Of a document that is in Xero.
    pub(crate) fn of(settings: &Settings, element: Option<&Value>) -> Self {
        let types = element.and_then(|element| element.get("LineAmountTypes")).and_then(Value::as_str);
        match (settings.documents.line_amount_types, types) {
            (LineAmountTypes::Exclusive, Some("Inclusive")) => Self::TaxInXero,
            (LineAmountTypes::Inclusive, Some("Exclusive")) => Self::TaxInCrm,
            _ => Self::Same,
        }
    }

    /// What Xero's document says of its prices, where the CRM's are of the other kind.
    pub(super) fn types(self) -> Option<LineAmountTypes> {
        match self {
            Self::Same => None,
            Self::TaxInXero => Some(LineAmountTypes::Inclusive),
            Self::TaxInCrm => Some(LineAmountTypes::Exclusive),
        }
    }

    /// Turns the CRM's price and discount into Xero's, at the decimals that Xero keeps. `rate` is per cent.
    pub(super) fn to_xero(self, line: &mut Line, rate: Decimal) {
        let convert: fn(Decimal, Decimal) -> Decimal = match self {
            Self::Same => return,
            Self::TaxInXero => with,
            Self::TaxInCrm => without,
        };
        line.unit_price = round(convert(line.unit_price, rate), XERO_DECIMALS).normalize();
        if let Some(Discount::Amount(amount)) = line.discount {
            line.discount = Some(Discount::Amount(cents(convert(amount, rate)).normalize()));
        }
        // It was computed in the CRM's kind.
        line.total = None;
    }

    /// Turns Xero's price and discount into the CRM's. [`Self::to_xero`] gives back the same.
    pub(crate) fn to_crm(self, line: &mut Line, rate: Decimal) {
        let convert: fn(Decimal, Decimal) -> Decimal = match self {
            Self::Same => return,
            Self::TaxInXero => without,
            Self::TaxInCrm => with,
        };
        line.unit_price = round(convert(line.unit_price, rate), CRM_DECIMALS).normalize();
        if let Some(Discount::Amount(amount)) = line.discount {
            line.discount = Some(Discount::Amount(round(convert(amount, rate), CRM_DECIMALS).normalize()));
        }
    }
}

fn with(amount: Decimal, rate: Decimal) -> Decimal {
    amount.saturating_mul(Decimal::ONE_HUNDRED.saturating_add(rate)).saturating_mul(Decimal::new(1, 2))
}

fn without(amount: Decimal, rate: Decimal) -> Decimal {
    let exact = amount.saturating_mul(Decimal::ONE_HUNDRED).checked_div(Decimal::ONE_HUNDRED.saturating_add(rate));
    exact.unwrap_or(amount)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prices_come_back_as_they_were() {
        for prices in [Prices::Same, Prices::TaxInXero, Prices::TaxInCrm] {
            for rate in ["0", "5", "7.25", "10", "15", "20", "33.333"] {
                let rate: Decimal = rate.parse().unwrap();
                for price in ["0.0001", "10", "-3.3333", "99.99", "123456.7891"] {
                    let price: Decimal = price.parse().unwrap();
                    let discount = Some(Discount::Amount(Decimal::new(1999, 2)));
                    let mut line = Line { unit_price: price, discount, ..Line::default() };
                    prices.to_crm(&mut line, rate);
                    let moved = line.unit_price != price;
                    assert_eq!(moved, prices != Prices::Same && !rate.is_zero(), "{prices:?} {price} at {rate} %");
                    prices.to_xero(&mut line, rate);
                    assert_eq!((line.unit_price, line.discount), (price, discount), "{prices:?} {price} at {rate} %");
                }
            }
        }
        let mut line = Line { unit_price: Decimal::new(110, 0), ..Line::default() };
        Prices::TaxInXero.to_crm(&mut line, Decimal::TEN);
        assert_eq!(line.unit_price, Decimal::ONE_HUNDRED);
    }
}
