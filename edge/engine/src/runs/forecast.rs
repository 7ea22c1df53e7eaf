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

/// Rows of a record that is created in Xero: the link before and after, with its index, and once the CRM was told; the
/// entry with its two indexes; the candidate that is done.
const ROWS_CREATED: u32 = 8;

/// Rows of a record that is created in the CRM: the link with its index, the entry with its two, and the candidate.
const ROWS_ARRIVED: u32 = 6;

/// Rows of a record that is looked at and rarely written, which would be one or two more: the link, the entry with its
/// indexes, the candidate.
const ROWS_UPDATED: u32 = 5;

/// Rows of a record that is left alone: the entry with its indexes, what waits for other settings, the candidate.
const ROWS_LEFT: u32 = 5;

/// Rows of a chunk: the run and its index before, after and at the end, and what the vendors said of their limits.
const ROWS_CHUNK: u32 = 7;

/// Rows of a pair: its cursors, and the step that closes it.
const ROWS_PAIR: u32 = 8;

/// Names that one query looks for in all their ways of writing: of the conditions that it takes, two are for the ids and the
/// names as they are.
const NAMES_A_QUERY: u32 = 23;

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
    let rows = rows(run, pace);
    let rows_a_day = pace.rows_a_day();
    let rows_days = rows_a_day.map_or(0, |a_day| u64::from(rows.saturating_sub(1) / a_day.max(1)));
    // What today does not suffice for waits for the days that follow.
    let today = day_remaining.map_or(u64::MAX, |left| u64::from(left.saturating_sub(reserve)));
    let a_day = u64::from(day_limit.saturating_sub(reserve)).max(1);
    let days = xero.saturating_sub(today).div_ceil(a_day);
    Forecast {
        pairs: run.pair_forecasts(),
        calls,
        seconds: working.max(paced) + days.max(rows_days) * DAY,
        day_remaining,
        rows,
        rows_a_day,
    }
}

/// The rows that the candidates of a run cost, beside their listing, which is done. As counted by the test
/// `a_record_of_a_run_writes_ten_rows_at_most`.
fn rows(run: &Run, pace: Pace) -> u32 {
    let chunk = u32::try_from(pace.chunk()).unwrap_or(u32::MAX).max(1);
    let of_pair = |pair: &PairRun| {
        let created = pair.create.saturating_sub(pair.arrive);
        let chunks = (pair.create + pair.update + pair.skip).div_ceil(chunk);
        created * ROWS_CREATED
            + pair.arrive * ROWS_ARRIVED
            + pair.update * ROWS_UPDATED
            + pair.skip * ROWS_LEFT
            + chunks * ROWS_CHUNK
            + ROWS_PAIR
    };
    run.pairs.iter().map(of_pair).sum()
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
        // Looked for by Xero_ID and by name or number at once, created, read again.
        let bodies = if pair.module.kind() == Kind::Item { 1 } else { batches(pair.arrive) };
        xero += bodies;
        // Names may be written otherwise, each in its own way, so they take several queries.
        let named = if pair.module.kind() == Kind::Party { NAMES_A_QUERY } else { chunk };
        let queries = |count: u32| count / chunk * chunk.div_ceil(named) + (count % chunk).div_ceil(named);
        zoho += queries(pair.arrive) + batches(pair.arrive) + reads(pair.arrive);
        if reads_each == 2 {
            zoho += batches(pair.arrive);
        }
    }
    Calls { zoho, xero }
}
