//! When a call is tried again: a pure decision.

use crate::{Error, LimitScope};
use std::time::Duration;

/// What a call does at the vendor, whatever its method (a COQL query is a POST and still a read).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Effect {
    /// Changes nothing: it may be repeated.
    Read,
    /// Changes something: it is repeated only when it was surely not carried out.
    Write,
}

/// Where a call stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attempt {
    /// Counts from 1; a renewed token does not count.
    pub number: u32,
    /// Whether the token was renewed already.
    pub renewed: bool,
}

impl Attempt {
    /// The first attempt.
    pub const FIRST: Self = Self { number: 1, renewed: false };
}

/// What to do after an attempt failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Get a new token and try again at once.
    Renew,
    /// Wait so long and try again.
    Wait(Duration),
    /// Give up and hand the error to the caller.
    Fail,
}

/// The longest wait for a limit: a person is looking at a button.
const PATIENCE: Duration = Duration::from_secs(10);
/// The pause before a read is repeated.
const PAUSE: Duration = Duration::from_millis(500);
/// The pause after a limit on concurrent calls, for which neither vendor promises a `Retry-After`.
const CONCURRENT_PAUSE: Duration = Duration::from_secs(2);
/// How often a limited call is sent at most.
const LIMITED_ATTEMPTS: u32 = 3;
/// How often a read is sent at most when the vendor fails.
const READ_ATTEMPTS: u32 = 2;

/// Decides what follows a failed attempt.
///
/// A refused token is renewed once. A limited call was surely not carried out, so it waits when the wait is short.
/// A read is repeated once when the vendor fails. A write is never repeated after anything else.
#[must_use]
pub fn decide(effect: Effect, attempt: Attempt, error: &Error) -> Decision {
    match error {
        Error::Unauthorized { .. } if !attempt.renewed => Decision::Renew,
        Error::RateLimited { scope, retry_after, .. } if attempt.number < LIMITED_ATTEMPTS => {
            let wait = match scope {
                LimitScope::Minute | LimitScope::MinuteShare | LimitScope::App => *retry_after,
                LimitScope::Concurrent => Some(retry_after.unwrap_or(CONCURRENT_PAUSE)),
                LimitScope::Day
                | LimitScope::Token
                | LimitScope::DayReserve
                | LimitScope::DayShare
                | LimitScope::Store => None,
            };
            match wait {
                Some(wait) if wait <= PATIENCE => Decision::Wait(wait),
                _ => Decision::Fail,
            }
        }
        Error::Unavailable { .. } if effect == Effect::Read && attempt.number < READ_ATTEMPTS => Decision::Wait(PAUSE),
        _ => Decision::Fail,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Api;

    #[test]
    fn every_failure_has_one_decision() {
        let seconds = Duration::from_secs;
        let limited = |scope, retry_after: Option<u64>| Error::RateLimited {
            api: Api::Xero,
            scope,
            retry_after: retry_after.map(seconds),
        };
        let unauthorized = || Error::Unauthorized { api: Api::Xero, whose: crate::Whose::Nobodys, said: None };
        let unavailable = || Error::Unavailable { api: Api::Xero, said: String::new() };
        let unknown = || Error::Unknown { api: Api::Xero, said: String::new() };
        let first = Attempt::FIRST;
        let renewed = Attempt { number: 1, renewed: true };
        let at = |number| Attempt { number, renewed: false };
        let table = [
            (Effect::Read, first, unauthorized(), Decision::Renew),
            (Effect::Write, first, unauthorized(), Decision::Renew),
            (Effect::Write, renewed, unauthorized(), Decision::Fail),
            (Effect::Write, first, limited(LimitScope::Minute, Some(10)), Decision::Wait(seconds(10))),
            (Effect::Write, first, limited(LimitScope::Minute, Some(11)), Decision::Fail),
            (Effect::Write, first, limited(LimitScope::Minute, None), Decision::Fail),
            (Effect::Write, at(2), limited(LimitScope::Minute, Some(1)), Decision::Wait(seconds(1))),
            (Effect::Write, at(3), limited(LimitScope::Minute, Some(1)), Decision::Fail),
            (Effect::Write, first, limited(LimitScope::Concurrent, None), Decision::Wait(CONCURRENT_PAUSE)),
            (Effect::Write, first, limited(LimitScope::App, Some(5)), Decision::Wait(seconds(5))),
            (Effect::Read, first, limited(LimitScope::Day, Some(1)), Decision::Fail),
            (Effect::Read, first, limited(LimitScope::Token, None), Decision::Fail),
            (Effect::Read, first, unavailable(), Decision::Wait(PAUSE)),
            (Effect::Read, at(2), unavailable(), Decision::Fail),
            (Effect::Write, first, unavailable(), Decision::Fail),
            (Effect::Write, first, unknown(), Decision::Fail),
            (Effect::Read, first, Error::NotFound { api: Api::Xero }, Decision::Fail),
            (Effect::Read, first, Error::Disconnected { said: None }, Decision::Fail),
            (Effect::Read, first, Error::ScopeMissing { api: Api::Xero, said: None }, Decision::Fail),
            (Effect::Read, first, Error::PermissionDenied { said: None }, Decision::Fail),
        ];
        for (effect, attempt, error, expected) in table {
            assert_eq!(decide(effect, attempt, &error), expected, "{effect:?} {attempt:?} {error:?}");
        }
    }
}
