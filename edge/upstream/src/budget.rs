//! Xero's limits for one organisation, kept before they are reached: 5 calls at once, 60 a minute, and a day limit
//! that is remembered while it lasts (<https://developer.xero.com/documentation/guides/oauth2/limits/>).

use crate::call::retry_after;
use crate::{Api, Error, LimitScope};
use chrono::{DateTime, TimeDelta, Utc};
use ports::{Clock, Response};
use serde::{Deserialize, Serialize};
use std::cell::RefCell;
use std::collections::VecDeque;
use std::task::{Poll, Waker};
use std::time::Duration;

/// Calls at the same time, for each organisation.
const CONCURRENT: usize = 5;
/// Calls a minute, for each organisation.
const A_MINUTE: usize = 60;
/// How long a call waits for the minute limit when nothing else is said.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long a day limit is taken to last when Xero does not say.
const DAY_UNKNOWN: Duration = Duration::from_secs(3600);
/// How long a minute limit lasts at most.
const MINUTE: Duration = Duration::from_secs(60);

/// Calls a day on Xero's Starter plan, and on every other one.
const DAY_LIMITS: [u32; 2] = [1_000, 5_000];
/// By how much the calls left rise at least where a new day has begun. Answers that overtake each other differ by less.
const NEW_DAY: u32 = 100;

/// The call budget of one Xero organisation, in memory. Share one instance by reference among all calls to it.
#[derive(Debug)]
pub struct Budget {
    state: RefCell<State>,
    patience: Duration,
}

#[derive(Debug, Default)]
struct State {
    limits: Limits,
    waiting: Vec<Waker>,
}

/// What is known of the limits.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
struct Limits {
    in_flight: usize,
    /// When the calls of the last minute began, oldest first.
    recent: VecDeque<DateTime<Utc>>,
    minute_until: Option<DateTime<Utc>>,
    app_until: Option<DateTime<Utc>>,
    day_until: Option<DateTime<Utc>>,
    day_remaining: Option<u32>,
    day_limit: Option<u32>,
    /// When Xero last told of the day.
    learned_at: Option<DateTime<Utc>>,
    zoho_credits: Option<u32>,
}

/// Whether a call may begin.
#[derive(Debug, PartialEq, Eq)]
enum Admission {
    Go,
    /// Until one of the calls in flight has ended.
    Queue,
    Wait(LimitScope, Duration),
    Refuse(LimitScope, Duration),
}

/// Decides whether a call may begin now, given how long it may still wait.
fn admit(limits: &Limits, now: DateTime<Utc>, patience: Duration) -> Admission {
    let left =
        |until: Option<DateTime<Utc>>| until.and_then(|until| (until - now).to_std().ok()).filter(|d| !d.is_zero());
    if let Some(wait) = left(limits.day_until) {
        return Admission::Refuse(LimitScope::Day, wait);
    }
    if limits.in_flight >= CONCURRENT {
        return Admission::Queue;
    }
    let own = (limits.recent.len() >= A_MINUTE)
        .then(|| limits.recent.get(limits.recent.len() - A_MINUTE))
        .flatten()
        .map(|oldest| *oldest + TimeDelta::seconds(60));
    let waits = [(LimitScope::App, left(limits.app_until)), (LimitScope::Minute, left(limits.minute_until.max(own)))];
    let longest = waits.into_iter().filter_map(|(scope, wait)| Some((scope, wait?))).max_by_key(|(_, wait)| *wait);
    match longest {
        None => Admission::Go,
        Some((scope, wait)) if wait <= patience => Admission::Wait(scope, wait),
        Some((scope, wait)) => Admission::Refuse(scope, wait),
    }
}

/// How the budget stands, for a meter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BudgetView {
    /// Calls left today, as of Xero's last answer.
    pub day_remaining: Option<u32>,
    /// Calls that began in the last 60 seconds.
    pub minute_used: usize,
    /// Calls under way.
    pub in_flight: usize,
    /// Until when the day limit lasts, if it was reached.
    pub day_limit_until: Option<DateTime<Utc>>,
}

/// What is known of the limits that last a day, to be kept where it survives this memory.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct BudgetState {
    /// Calls left in Xero's day, as of `learned_at`.
    pub day_remaining: Option<u32>,
    /// Calls that Xero allows a day: 1,000 or 5,000.
    ///
    /// Xero tells only what is left, so it is concluded: more than 1,000 left means 5,000; a rise by more than 100 to
    /// 1,000 or less means 1,000, because a day has begun; else it stays as known, at first 1,000.
    pub day_limit: Option<u32>,
    /// Until when the day limit lasts, if it was reached.
    pub day_until: Option<DateTime<Utc>>,
    /// When Xero last told of the day.
    pub learned_at: Option<DateTime<Utc>>,
    /// Zoho's API credits left, when they were last told ([`Budget::note_zoho_credits`]).
    pub zoho_credits: Option<u32>,
}

impl Default for Budget {
    fn default() -> Self {
        Self::new()
    }
}

impl Budget {
    /// A fresh budget; a call waits at most 20 seconds for the minute limit.
    #[must_use]
    pub fn new() -> Self {
        Self::with_patience(PATIENCE)
    }

    /// A fresh budget in which a call waits at most `patience` for the minute limit.
    #[must_use]
    pub fn with_patience(patience: Duration) -> Self {
        Self { state: RefCell::default(), patience }
    }

    /// Waits until a call may begin, and counts it.
    ///
    /// # Errors
    /// [`Error::RateLimited`] at once while a day limit lasts, and when the minute limit lasts longer than the patience.
    pub async fn acquire<C: Clock>(&self, clock: &C) -> Result<Permit<'_>, Error> {
        let mut patience = self.patience;
        loop {
            let now = clock.now();
            let admission = {
                let mut state = self.state.borrow_mut();
                forget(&mut state.limits, now);
                let admission = admit(&state.limits, now, patience);
                if admission == Admission::Go {
                    state.limits.in_flight += 1;
                    state.limits.recent.push_back(now);
                }
                admission
            };
            match admission {
                Admission::Go => return Ok(Permit(self)),
                Admission::Queue => self.vacancy().await,
                Admission::Wait(_, wait) => {
                    patience = patience.saturating_sub(wait);
                    clock.sleep(wait).await;
                }
                Admission::Refuse(scope, wait) => {
                    return Err(Error::RateLimited { api: Api::Xero, scope, retry_after: Some(wait) });
                }
            }
        }
    }

    /// Takes over what an answer says about the limits.
    pub(crate) fn learn(&self, response: &Response, now: DateTime<Utc>) {
        let mut state = self.state.borrow_mut();
        let limits = &mut state.limits;
        if let Some(remaining) = response.header("x-daylimit-remaining").and_then(|text| text.trim().parse().ok()) {
            limits.day_limit = Some(day_limit(limits, remaining));
            limits.day_remaining = Some(remaining);
            limits.learned_at = Some(now);
        }
        if response.status != 429 {
            return;
        }
        let until = |unknown: Duration| {
            now.checked_add_signed(TimeDelta::from_std(retry_after(response).unwrap_or(unknown)).ok()?)
        };
        match limit_scope(response) {
            LimitScope::Day => {
                limits.day_until = until(DAY_UNKNOWN);
                limits.day_remaining = Some(0);
                limits.learned_at = Some(now);
            }
            LimitScope::App => limits.app_until = until(MINUTE),
            LimitScope::Minute => limits.minute_until = until(MINUTE),
            LimitScope::Concurrent | LimitScope::Token => {}
        }
    }

    /// How the budget stands at `now`.
    #[must_use]
    pub fn view(&self, now: DateTime<Utc>) -> BudgetView {
        let mut state = self.state.borrow_mut();
        forget(&mut state.limits, now);
        BudgetView {
            day_remaining: state.limits.day_remaining,
            minute_used: state.limits.recent.len(),
            in_flight: state.limits.in_flight,
            day_limit_until: state.limits.day_until,
        }
    }

    /// Calls left in Xero's day at `now`; none while that is not known. What was told 24 hours ago or more, and what was
    /// told under a day limit that is over, counts no longer: the window resets once a day.
    #[must_use]
    pub fn day_remaining(&self, now: DateTime<Utc>) -> Option<u32> {
        self.view(now).day_remaining
    }

    /// What is known of the limits that last a day, whatever its age.
    #[must_use]
    pub fn state(&self) -> BudgetState {
        let state = self.state.borrow();
        let limits = &state.limits;
        BudgetState {
            day_remaining: limits.day_remaining,
            day_limit: limits.day_limit,
            day_until: limits.day_until,
            learned_at: limits.learned_at,
            zoho_credits: limits.zoho_credits,
        }
    }

    /// Takes over what was known before. Does nothing when Xero has told this budget something at the same time or
    /// later.
    pub fn restore(&self, state: &BudgetState) {
        let mut own = self.state.borrow_mut();
        let limits = &mut own.limits;
        if limits.learned_at.is_some() && limits.learned_at >= state.learned_at {
            return;
        }
        limits.day_remaining = state.day_remaining;
        limits.day_limit = state.day_limit;
        limits.day_until = state.day_until;
        limits.learned_at = state.learned_at;
        limits.zoho_credits = state.zoho_credits.or(limits.zoho_credits);
    }

    /// Forgets what is known of Xero's limits for the organisation: another one is called from now on. The limit of all
    /// organisations together, the calls in flight and Zoho's credits stay.
    pub fn forget(&self) {
        let mut state = self.state.borrow_mut();
        let Limits { in_flight, app_until, zoho_credits, .. } = state.limits;
        state.limits = Limits { in_flight, app_until, zoho_credits, ..Limits::default() };
    }

    /// Keeps what [`crate::CallLog::credits`] told, so that [`Budget::state`] has it; none changes nothing.
    pub fn note_zoho_credits(&self, credits: Option<u32>) {
        let mut state = self.state.borrow_mut();
        state.limits.zoho_credits = credits.or(state.limits.zoho_credits);
    }

    /// Until one of the calls in flight ends.
    async fn vacancy(&self) {
        std::future::poll_fn(|context| {
            let mut state = self.state.borrow_mut();
            if state.limits.in_flight < CONCURRENT {
                return Poll::Ready(());
            }
            if !state.waiting.iter().any(|waker| waker.will_wake(context.waker())) {
                state.waiting.push(context.waker().clone());
            }
            Poll::Pending
        })
        .await;
    }
}

/// The day's limit, given how many calls are left now.
fn day_limit(limits: &Limits, remaining: u32) -> u32 {
    let [starter, others] = DAY_LIMITS;
    let began = limits.day_remaining.is_some_and(|before| remaining > before.saturating_add(NEW_DAY));
    match limits.day_limit {
        _ if remaining > starter => others,
        Some(known) if !began => known,
        _ => starter,
    }
}

/// Drops what no longer counts.
fn forget(limits: &mut Limits, now: DateTime<Utc>) {
    let old = limits.learned_at.is_none_or(|at| at + TimeDelta::hours(24) <= now);
    // The calls left were told before the limit ended; an answer after its end would have told of the new day.
    let reset = limits.day_until.is_some_and(|until| until <= now && limits.learned_at.is_none_or(|at| at < until));
    if old || reset {
        limits.day_remaining = None;
    }
    while limits.recent.front().is_some_and(|began| *began + TimeDelta::seconds(60) <= now) {
        limits.recent.pop_front();
    }
    for until in [&mut limits.minute_until, &mut limits.app_until, &mut limits.day_until] {
        *until = until.filter(|until| *until > now);
    }
}

/// Which limit a 429 of Xero means. Without the header it is the one that passes soonest.
pub(crate) fn limit_scope(response: &Response) -> LimitScope {
    match response.header("x-rate-limit-problem").map(|text| text.trim().to_ascii_lowercase()).as_deref() {
        Some("day" | "daily") => LimitScope::Day,
        Some("minute") => LimitScope::Minute,
        Some("appminute" | "app minute") => LimitScope::App,
        Some("concurrent") => LimitScope::Concurrent,
        _ if response.header("x-daylimit-remaining") == Some("0") => LimitScope::Day,
        _ if retry_after(response).is_some() => LimitScope::Minute,
        _ => LimitScope::Concurrent,
    }
}

/// A call under way; dropping it lets the next one begin.
#[derive(Debug)]
pub struct Permit<'a>(&'a Budget);

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        let waiting = {
            let mut state = self.0.state.borrow_mut();
            state.limits.in_flight = state.limits.in_flight.saturating_sub(1);
            std::mem::take(&mut state.waiting)
        };
        for waker in waiting {
            waker.wake();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000 + second, 0).unwrap()
    }

    #[test]
    fn admission() {
        let seconds = Duration::from_secs;
        let full: VecDeque<_> = (0..60).map(|_| at(0)).collect();
        let spread: VecDeque<_> = (0..60).map(at).collect();
        let table = [
            ("nothing known", Limits::default(), Admission::Go),
            ("four under way", Limits { in_flight: 4, ..Limits::default() }, Admission::Go),
            ("five under way", Limits { in_flight: 5, ..Limits::default() }, Admission::Queue),
            (
                "59 in the last minute",
                Limits { recent: full.iter().skip(1).copied().collect(), ..Limits::default() },
                Admission::Go,
            ),
            (
                "60 in the last minute, all at its start",
                Limits { recent: full, ..Limits::default() },
                Admission::Wait(LimitScope::Minute, seconds(10)),
            ),
            (
                "60 spread over the minute",
                Limits { recent: spread, ..Limits::default() },
                Admission::Wait(LimitScope::Minute, seconds(10)),
            ),
            (
                "a short minute limit",
                Limits { minute_until: Some(at(70)), ..Limits::default() },
                Admission::Wait(LimitScope::Minute, seconds(20)),
            ),
            (
                "a minute limit beyond patience",
                Limits { minute_until: Some(at(71)), ..Limits::default() },
                Admission::Refuse(LimitScope::Minute, seconds(21)),
            ),
            (
                "the app's limit is longer",
                Limits { minute_until: Some(at(55)), app_until: Some(at(60)), ..Limits::default() },
                Admission::Wait(LimitScope::App, seconds(10)),
            ),
            (
                "a day limit comes before everything",
                Limits { in_flight: 5, day_until: Some(at(5000)), ..Limits::default() },
                Admission::Refuse(LimitScope::Day, seconds(4950)),
            ),
            ("a day limit that has passed", Limits { day_until: Some(at(50)), ..Limits::default() }, Admission::Go),
        ];
        for (name, limits, expected) in table {
            assert_eq!(admit(&limits, at(50), seconds(20)), expected, "{name}");
        }
    }

    #[test]
    fn the_scope_of_a_429() {
        let response = |headers: &[(&str, &str)]| Response {
            status: 429,
            headers: headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
            body: Vec::new(),
        };
        let table: [(&[(&str, &str)], LimitScope); 7] = [
            (&[("x-rate-limit-problem", "minute"), ("retry-after", "26")], LimitScope::Minute),
            (&[("x-rate-limit-problem", "day"), ("retry-after", "66975")], LimitScope::Day),
            (&[("x-rate-limit-problem", "appminute")], LimitScope::App),
            (&[("x-rate-limit-problem", "Concurrent")], LimitScope::Concurrent),
            (&[("x-daylimit-remaining", "0"), ("retry-after", "100")], LimitScope::Day),
            (&[("retry-after", "100")], LimitScope::Minute),
            (&[], LimitScope::Concurrent),
        ];
        for (headers, expected) in table {
            assert_eq!(limit_scope(&response(headers)), expected, "{headers:?}");
        }
    }
}
