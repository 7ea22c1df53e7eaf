//! The exchange rate of a document in a foreign currency.
//!
//! Both sides count units of the foreign currency for one of the home currency, so a rate is never turned over. The CRM
//! puts 1 on every record when several currencies are switched on, so 1 between different currencies is no rate, and
//! Xero takes its own of the day.

use crate::module::Kind;
use crate::organisation::{CrmOrganisation, XeroOrganisation};
use crate::plan::{CrmSnapshot, Inputs, LastRate};
use crate::problem::{self, Code, Problem};
use crate::record::{decimal, tidy};
use crate::settings::{Settings, remedy};
use crate::totals::round;
use rust_decimal::Decimal;
use serde_json::Value;

/// Decimals that Xero keeps of `CurrencyRate` (18.6, <https://developer.xero.com/documentation/api/accounting/invoices>).
const DECIMALS: u32 = 6;

/// The rate that the CRM's record gives for Xero, with its currency: where the settings send rates, both sides have the
/// same home currency (or it would mean something else there), and it is a rate at all.
pub(crate) fn given(
    crm: &CrmSnapshot,
    crm_organisation: &CrmOrganisation,
    xero_organisation: &XeroOrganisation,
    settings: &Settings,
) -> Option<(String, Decimal)> {
    let home = &xero_organisation.base_currency;
    let currency = crm.record.get("Currency").and_then(tidy)?.to_ascii_uppercase();
    if !settings.documents.send_exchange_rate || crm_organisation.currency != *home || currency == *home {
        return None;
    }
    let rate = round(crm.record.get("Exchange_Rate").and_then(decimal)?, DECIMALS).normalize();
    (rate > Decimal::ZERO && rate != Decimal::ONE).then_some((currency, rate))
}

/// The currency whose last rate in Xero the plan has to know, so that it can tell an impossible one: that of a document
/// whose rate would be sent.
#[must_use]
pub fn asks_for_rate(
    module: crate::module::Module,
    crm: &CrmSnapshot,
    xero: Option<&Value>,
    crm_organisation: &CrmOrganisation,
    xero_organisation: &XeroOrganisation,
    settings: &Settings,
) -> Option<String> {
    let (currency, _) = given(crm, crm_organisation, xero_organisation, settings)?;
    (module.kind() == Kind::Document && changes(xero, &currency)).then_some(currency)
}

/// Whether a document gets this currency now. One that has it in Xero keeps the rate that it has there.
fn changes(xero: Option<&Value>, currency: &str) -> bool {
    let present = xero.and_then(|element| element.get("CurrencyCode")).and_then(Value::as_str);
    present.is_none_or(|present| !present.eq_ignore_ascii_case(currency))
}

/// What is wrong with the rate that would be sent: it is more than one and a half times, or less than two thirds, of the
/// last one of its currency. A slipped point and a rate that is turned over are further off; no currency that is traded
/// moves that far between two documents without somebody knowing.
pub(super) fn problem(inputs: &Inputs) -> Option<Problem> {
    let given = given(inputs.crm, inputs.crm_organisation, inputs.xero_organisation, inputs.settings);
    let (currency, rate) = given.filter(|(currency, _)| changes(inputs.xero, currency))?;
    let LastRate::Known(last) = inputs.references.last_rate else { return None };
    let (two, three) = (Decimal::TWO, Decimal::from(3));
    let far =
        rate.saturating_mul(two) > last.saturating_mul(three) || rate.saturating_mul(three) < last.saturating_mul(two);
    let home = &inputs.xero_organisation.base_currency;
    let facts = [
        ("currency", currency),
        ("was", rate.to_string()),
        ("is", last.normalize().to_string()),
        ("organisation", home.clone()),
    ];
    far.then(|| problem::of(Code::ExchangeRateFar, &facts).remedy(remedy::own_rate()))
}
