//! A CRM line that is made from a line that only Xero's document has.

use super::arrive;
use crate::plan::ArrivalInputs;
use crate::problem::{self, Code, Problem};
use crate::record::{Discount, Document, number};
use rust_decimal::Decimal;
use serde_json::{Map, Value, json};

/// A new row, as the CRM writes it.
pub(crate) struct NewRow {
    /// Its fields under the CRM's names.
    pub(crate) fields: Map<String, Value>,
    /// What had to be fitted.
    pub(crate) told: Vec<Problem>,
}

/// A new row of `Invoiced_Items` or `Purchase_Items`. `at` is the line's place in Xero's document; its taxes stand on
/// the row only where the CRM taxes the lines.
///
/// # Errors
/// What the CRM does not have for it: the product, the tax.
pub(crate) fn row(
    inputs: &ArrivalInputs<'_>,
    document: &Document,
    at: usize,
    on_lines: bool,
) -> Result<NewRow, Vec<Problem>> {
    let mut problems = Vec::new();
    let Some(line) = document.lines.get().and_then(|lines| lines.get(at)) else { return Err(problems) };
    let told = inputs.xero.pointer(&format!("/LineItems/{at}/TaxAmount")).and_then(crate::record::decimal);
    let row = arrive::row(inputs, (at, line), told.unwrap_or_default(), &mut problems);
    if problems.iter().any(Problem::stops) {
        problems.retain(Problem::stops);
        let account =
            line.account_code.as_ref().map_or_else(|| "no account".to_owned(), |code| format!("account {code}"));
        let item = line.code.clone().unwrap_or_default();
        let is_text = line.code.is_none() && line.account_code.is_none() && line.gross().is_zero();
        let of_xero = |told: Problem| match told.code {
            Code::LineProductMissing if is_text => {
                problem::text_line_left_out((at + 1).to_string(), line.description.clone().unwrap_or_default())
            }
            Code::LineProductMissing | Code::ItemCodeUnknown => {
                problem::line_product_missing((at + 1).to_string(), Some(item.clone()), Some(account.clone()))
            }
            _ => told,
        };
        return Err(problems.into_iter().map(of_xero).collect());
    }
    let mut fields = row.fields;
    if on_lines && !row.taxes.is_empty() {
        fields.insert("Line_Tax".to_owned(), arrive::tax_list(&row.taxes));
    }
    Ok(NewRow { fields, told: problems })
}

/// A line's discount as the CRM writes it: `"5%"`, or money.
pub(super) fn discount(discount: Option<Discount>) -> Value {
    match discount {
        Some(Discount::Percent(rate)) => json!(format!("{}%", rate.normalize())),
        Some(Discount::Amount(amount)) => number(amount),
        None => number(Decimal::ZERO),
    }
}
