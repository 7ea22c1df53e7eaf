//! Xero's limits: five at once, 60 a minute and a day's worth for each organisation, 10,000 a minute for the application.
//!
//! Minutes and days are fixed windows that start at times of the organisation's own.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use sandbox_kernel::{Call, Response};

use crate::guids::fingerprint;
use crate::reply;

const CONCURRENT: u32 = 5;
const MINUTE: u32 = 60;
const APP_MINUTE: u32 = 10_000;

/// One counter: the number of its window, and the calls in it.
#[derive(Debug, Clone, Copy, Default)]
struct Window {
    number: i64,
    used: u32,
}

impl Window {
    /// How many calls the window at this time has seen.
    fn at(&mut self, number: i64) -> &mut u32 {
        if self.number != number {
            *self = Self { number, used: 0 };
        }
        &mut self.used
    }
}

/// The counters of all organisations.
#[derive(Debug, Clone)]
pub(crate) struct Limits {
    day: u32,
    tenants: BTreeMap<String, (Window, Window)>,
    app: Window,
}

/// What is left after a call, for the headers.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Left {
    day: u32,
    minute: u32,
    app: u32,
}

impl Left {
    pub(crate) fn write(self, response: &mut Response) {
        reply::header(response, "x-daylimit-remaining", &self.day.to_string());
        reply::header(response, "x-minlimit-remaining", &self.minute.to_string());
        reply::header(response, "x-appminlimit-remaining", &self.app.to_string());
    }
}

/// The window's number and the seconds until the next one.
fn window(now: DateTime<Utc>, length: i64, offset: i64) -> (i64, i64) {
    let at = now.timestamp() + offset;
    (at.div_euclid(length), length - at.rem_euclid(length))
}

impl Limits {
    pub(crate) fn new(day: u32) -> Self {
        Self { day, tenants: BTreeMap::new(), app: Window::default() }
    }

    /// Sets the calls a day that an organisation allows.
    pub(crate) fn set_day(&mut self, day: u32) {
        self.day = day;
    }

    /// Counts one call.
    ///
    /// # Errors
    /// The 429, with an empty body, when a limit is reached. A refused call does not count.
    pub(crate) fn take(&mut self, tenant: &str, call: &Call) -> Result<Left, Box<Response>> {
        let phase = i64::try_from(fingerprint(tenant) % 86_400).unwrap_or_default();
        let (minute_number, minute_wait) = window(call.now, 60, phase % 60);
        let (day_number, day_wait) = window(call.now, 86_400, phase);
        let (app_number, app_wait) = window(call.now, 60, 0);
        let (minute, day) = self.tenants.entry(tenant.to_owned()).or_default();
        let (minute, day, app) = (minute.at(minute_number), day.at(day_number), self.app.at(app_number));
        let left = |day: u32, minute: u32, app: u32, limit: u32| Left {
            day: limit.saturating_sub(day),
            minute: MINUTE.saturating_sub(minute),
            app: APP_MINUTE.saturating_sub(app),
        };
        let problem = if call.in_flight > CONCURRENT {
            // Xero promises Retry-After for the minute and the day only.
            Some(("concurrent", None))
        } else if *day >= self.day {
            Some(("day", Some(day_wait)))
        } else if *minute >= MINUTE {
            Some(("minute", Some(minute_wait)))
        } else if *app >= APP_MINUTE {
            Some(("appminute", Some(app_wait)))
        } else {
            None
        };
        if let Some((name, wait)) = problem {
            let mut response = reply::empty(429);
            left(*day, *minute, *app, self.day).write(&mut response);
            reply::header(&mut response, "x-rate-limit-problem", name);
            if let Some(wait) = wait {
                reply::header(&mut response, "retry-after", &wait.to_string());
            }
            return Err(Box::new(response));
        }
        *day += 1;
        *minute += 1;
        *app += 1;
        Ok(left(*day, *minute, *app, self.day))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;

    fn call(at: i64, in_flight: u32) -> Call {
        Call { now: DateTime::from_timestamp(1_789_344_000 + at, 0).unwrap(), in_flight }
    }

    fn header(response: &Response, name: &str) -> Option<String> {
        response.headers().get(name).map(|value| value.to_str().unwrap().to_owned())
    }

    #[test]
    fn the_sixty_first_call_of_a_minute_is_refused_and_the_next_window_is_open() {
        let mut limits = Limits::new(1_000);
        let mut refused = None;
        // Two windows are touched at most: 121 calls in one second meet the limit whatever the phase.
        for _ in 0..61 {
            refused = limits.take("t", &call(0, 1)).err();
        }
        let refused = refused.expect("the 61st call is refused");
        assert_eq!(refused.status(), 429);
        assert!(refused.body().is_empty());
        assert_eq!(header(&refused, "x-rate-limit-problem").as_deref(), Some("minute"));
        assert_eq!(header(&refused, "x-minlimit-remaining").as_deref(), Some("0"));
        let wait: i64 = header(&refused, "retry-after").unwrap().parse().unwrap();
        assert!((1..=60).contains(&wait));
        let mut before = call(0, 1);
        before.now += TimeDelta::seconds(wait - 1);
        assert!(limits.take("t", &before).is_err());
        assert!(limits.take("t", &call(wait, 1)).is_ok());
        assert!(limits.take("another", &before).is_ok());
    }

    #[test]
    fn the_sixth_call_at_once_and_the_day_s_last_are_refused() {
        let mut limits = Limits::new(3);
        let refused = limits.take("t", &call(0, 6)).expect_err("six at once");
        assert_eq!(header(&refused, "x-rate-limit-problem").as_deref(), Some("concurrent"));
        assert_eq!(header(&refused, "retry-after"), None);
        for _ in 0..3 {
            assert!(limits.take("t", &call(0, 5)).is_ok());
        }
        let refused = limits.take("t", &call(0, 1)).expect_err("the day is used up");
        assert_eq!(header(&refused, "x-rate-limit-problem").as_deref(), Some("day"));
        assert!(header(&refused, "retry-after").is_some());
    }
}
