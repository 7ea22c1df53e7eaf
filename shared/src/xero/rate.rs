//! The exchange rate of a document in a foreign currency.
//!
//! Both sides count units of the foreign currency for one of the home currency, so a rate is never turned over. The CRM
//! puts 1 on every record when several currencies are switched on, so 1 between different currencies is no rate, and
//! Xero takes its own of the day. Whether a rate that is far from Xero's is right, somebody is asked.

use crate::api::Shown;
use crate::id::ZohoId;
use crate::link::Fingerprint;
use crate::module::{Kind, Module};
use crate::organisation::{CrmOrganisation, XeroOrganisation};
use crate::plan::{self, CrmSnapshot, Inputs, LastRate};
use crate::problem::{self, Problem};
use crate::question::{Answer, Decision, Difference, Question, QuestionKind};
use crate::record::{decimal, tidy};
use crate::settings::{Settings, SourceOfTruth};
use crate::totals::round;
use rust_decimal::Decimal;
use serde_json::Value;

/// Decimals that Xero keeps of `CurrencyRate` (18.6, <https://developer.xero.com/documentation/api/accounting/invoices>).
const DECIMALS: u32 = 6;

/// The exchange rate, as fingerprints and differences name it.
const KEY: &str = "exchange_rate";

/// A rate of a foreign currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForeignRate {
    /// The currency, in capitals: `USD`.
    pub currency: String,
    /// Units of it for one of the home currency.
    pub rate: Decimal,
}

impl ForeignRate {
    /// By which a word about it is known again, without the rate itself.
    #[must_use]
    pub fn print(&self, key: &[u8; 32], module: Module, crm_id: &ZohoId) -> Fingerprint {
        let canonical = format!("{} {}", self.currency, self.rate.normalize());
        plan::fingerprint(key, module, crm_id, KEY, &canonical)
    }
}

/// The rate that the CRM's record gives for Xero: where the settings send rates, both sides have the same home currency (or
/// it would mean something else there), and it is a rate at all.
pub(crate) fn given(
    crm: &CrmSnapshot,
    crm_organisation: &CrmOrganisation,
    xero_organisation: &XeroOrganisation,
    settings: &Settings,
) -> Option<ForeignRate> {
    let home = &xero_organisation.base_currency;
    let currency = crm.record.get("Currency").and_then(tidy)?.to_ascii_uppercase();
    if !settings.documents.send_exchange_rate || crm_organisation.currency != *home || currency == *home {
        return None;
    }
    let rate = round(crm.record.get("Exchange_Rate").and_then(decimal)?, DECIMALS).normalize();
    (rate > Decimal::ZERO && rate != Decimal::ONE).then_some(ForeignRate { currency, rate })
}

/// The rate that would be sent: the plan has to know the last one of its currency in Xero, so that it can tell an
/// impossible one, or what somebody has said about it.
#[must_use]
pub fn asks_for_rate(
    module: Module,
    crm: &CrmSnapshot,
    xero: Option<&Value>,
    crm_organisation: &CrmOrganisation,
    xero_organisation: &XeroOrganisation,
    settings: &Settings,
) -> Option<ForeignRate> {
    let given = given(crm, crm_organisation, xero_organisation, settings)?;
    (module.kind() == Kind::Document && changes(xero, &given.currency)).then_some(given)
}

/// Whether a document gets this currency now. One that has it in Xero keeps the rate that it has there.
fn changes(xero: Option<&Value>, currency: &str) -> bool {
    let present = xero.and_then(|element| element.get("CurrencyCode")).and_then(Value::as_str);
    present.is_none_or(|present| !present.eq_ignore_ascii_case(currency))
}

/// The rate that goes to Xero with this currency; none where Xero takes its own of the day.
pub(super) fn sent(inputs: &Inputs, currency: &str) -> Option<Decimal> {
    let given = given(inputs.crm, inputs.crm_organisation, inputs.xero_organisation, inputs.settings);
    let counts = inputs.references.last_rate != LastRate::Said(SourceOfTruth::Xero);
    given.filter(|given| counts && given.currency.eq_ignore_ascii_case(currency)).map(|given| given.rate)
}

/// What is wrong with the rate that would be sent: it is more than one and a half times, or less than two thirds, of the
/// last one of its currency. A slipped point and a rate that is turned over are further off; no currency that is traded
/// moves that far between two documents without somebody knowing, who is asked.
pub(super) fn problem(inputs: &Inputs) -> Option<Problem> {
    let given = given(inputs.crm, inputs.crm_organisation, inputs.xero_organisation, inputs.settings);
    let ForeignRate { currency, rate } = given.filter(|given| changes(inputs.xero, &given.currency))?;
    let LastRate::Known(last) = inputs.references.last_rate else { return None };
    let (two, three) = (Decimal::TWO, Decimal::from(3));
    let far =
        rate.saturating_mul(two) > last.saturating_mul(three) || rate.saturating_mul(three) < last.saturating_mul(two);
    let home = &inputs.xero_organisation.base_currency;
    let name = crate::zoho::name(inputs.module, &inputs.crm.record);
    let id = inputs.crm.record.get("id").and_then(tidy);
    let label = format!("Open \"{name}\" in the CRM");
    let place = id.map(|id| problem::place_crm(inputs.crm_organisation, inputs.module, &id, label));
    far.then(|| {
        problem::exchange_rate_far(rate.to_string(), currency.clone(), last.normalize().to_string(), home.clone())
            .at(place)
            .asks(question(inputs, currency, rate, last))
    })
}

fn question(inputs: &Inputs, currency: String, rate: Decimal, last: Decimal) -> Question {
    let label =
        format!("With which rate does it go to Xero, in {currency} for 1 {}?", inputs.xero_organisation.base_currency);
    let number = |rate: Decimal| Some(Shown::Number(rate.normalize().to_string()));
    let values = vec![Difference {
        key: KEY.to_owned(),
        label: "Exchange rate".to_owned(),
        crm: number(rate),
        xero: number(last),
    }];
    let decision = |values| Decision::Rate { currency: currency.clone(), rate: rate.normalize().to_string(), values };
    let choices = vec![
        Answer::new(format!("With the CRM's, {rate}"), decision(SourceOfTruth::Crm)),
        Answer::new("With Xero's own of the day", decision(SourceOfTruth::Xero)),
    ];
    plan::question(inputs, QuestionKind::Rate, label, Vec::new(), values, choices)
}
