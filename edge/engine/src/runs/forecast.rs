//! What a run will cost: pure arithmetic over what its lists have shown.

use super::state::{PairRun, Run};
use crate::config::Pace;
use shared::api::runs::{Calls, Forecast};
use shared::module::{Kind, Module};

/// Xero's calls a minute that a run has: 60 for each organisation, of which it leaves 5 to whoever clicks
/// (<https://developer.xero.com/documentation/guides/oauth2/limits/>).
const XERO_A_MINUTE: u64 = 55;

/// What a Zoho call takes, in milliseconds, at the two composite requests that are under way at a time. An estimate.
const ZOHO_MILLIS: u64 = 700;

/// What a Xero call takes, in milliseconds. An estimate.
const XERO_MILLIS: u64 = 900;

/// Seconds of a day.
const DAY: u64 = 86_400;

/// The forecast of a run that is listed.
pub(super) fn forecast(run: &Run, pace: Pace, day_remaining: Option<u32>, reserve: u32, day_limit: u32) -> Forecast {
    let calls = run.pairs.iter().fold(Calls::default(), |sum, pair| {
        let cost = cost(pair, pace);
        Calls { zoho: sum.zoho + cost.zoho, xero: sum.xero + cost.xero }
    });
    let (zoho, xero) = (u64::from(calls.zoho), u64::from(calls.xero));
    let working = (zoho * ZOHO_MILLIS + xero * XERO_MILLIS) / 1_000;
    let paced = xero.saturating_sub(XERO_A_MINUTE) * 60 / XERO_A_MINUTE;
    // What today does not suffice for waits for the days that follow.
    let today = day_remaining.map_or(u64::MAX, |left| u64::from(left.saturating_sub(reserve)));
    let a_day = u64::from(day_limit.saturating_sub(reserve)).max(1);
    let days = xero.saturating_sub(today).div_ceil(a_day);
    Forecast { pairs: run.pair_forecasts(), calls, seconds: working.max(paced) + days * DAY, day_remaining }
}

/// The calls that a pair's candidates cost.
pub(super) fn cost(pair: &PairRun, pace: Pace) -> Calls {
    let chunk = u32::try_from(pace.chunk()).unwrap_or(u32::MAX).max(1);
    let batches = |count: u32| count.div_ceil(chunk);
    // An account or vendor is read together with its contacts: two reads of the five in a composite request.
    let reads_each = if matches!(pair.module, Module::Accounts | Module::Vendors) { 2 } else { 1 };
    let reads = |count: u32| (count * reads_each).div_ceil(5);
    let from_crm = pair.create.saturating_sub(pair.arrive) + pair.update;
    let (mut zoho, mut xero) = (0, 0);
    zoho += reads(from_crm + pair.skip);
    if from_crm > 0 {
        // What changed is written to Xero and told to the CRM.
        xero += batches(from_crm);
        zoho += batches(from_crm);
    }
    if pair.update > 0 {
        xero += batches(pair.update);
    }
    if pair.module == Module::PurchaseOrders {
        // Xero takes the same bill twice, so each new one is looked for.
        xero += batches(pair.create.saturating_sub(pair.arrive));
    }
    if pair.arrive > 0 {
        // Looked for by Xero_ID and by name or number, created, read again.
        let bodies = if pair.module.kind() == Kind::Item { 1 } else { batches(pair.arrive) };
        xero += bodies;
        zoho += 2 * batches(pair.arrive) + batches(pair.arrive) + reads(pair.arrive);
        if reads_each == 2 {
            zoho += batches(pair.arrive);
        }
    }
    Calls { zoho, xero }
}
