//! Lengths of time, as exact as somebody who waits needs them.

use chrono::{DateTime, Utc};

/// Seconds of a minute, an hour and a day.
const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// A length of time, as exact as somebody who waits needs it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Span {
    /// Less than a minute.
    UnderMinute,
    /// So many minutes, 1 to 59.
    Minutes(u64),
    /// So many hours, 1 to 23, and minutes.
    Hours(u64, u64),
    /// So many days.
    Days(u64),
}

impl Span {
    /// Rounded up: nobody minds when something is done earlier.
    #[must_use]
    pub fn of_seconds(seconds: u64) -> Self {
        if seconds < MINUTE {
            return Self::UnderMinute;
        }
        let minutes = seconds.div_ceil(MINUTE);
        match minutes {
            0..60 => Self::Minutes(minutes),
            60..1_440 => Self::Hours(minutes / 60, minutes % 60),
            _ => Self::Days(seconds.div_ceil(DAY)),
        }
    }

    /// From one instant to a later one; none when it is not later.
    #[must_use]
    pub fn between(from: DateTime<Utc>, until: DateTime<Utc>) -> Option<Self> {
        let seconds = u64::try_from((until - from).num_seconds()).ok()?;
        (seconds > 0).then(|| Self::of_seconds(seconds))
    }
}
