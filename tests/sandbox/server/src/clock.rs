//! The sandbox's clock.
//!
//! Tests own it: it stands still until it is set or advanced.
//! The server may let it follow the machine's clock with an offset; only the server's binary reads that clock.

use chrono::{DateTime, TimeDelta, Utc};

/// A clock that moves only when it is told to, or follows the machine's clock at a distance.
#[derive(Debug, Clone)]
pub struct Clock {
    now: DateTime<Utc>,
    machine: Option<DateTime<Utc>>,
}

impl Clock {
    /// A clock that stands at this instant.
    #[must_use]
    pub fn at(now: DateTime<Utc>) -> Self {
        Self { now, machine: None }
    }

    /// The present instant of the sandbox.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        self.now
    }

    /// Whether the clock follows the machine's.
    #[must_use]
    pub fn is_real(&self) -> bool {
        self.machine.is_some()
    }

    /// Sets the clock. A clock that follows the machine's keeps following it, from here.
    pub fn set(&mut self, now: DateTime<Utc>) {
        self.now = now;
    }

    /// Moves the clock by so many seconds; negative values move it back.
    pub fn advance(&mut self, seconds: i64) {
        self.now += TimeDelta::seconds(seconds);
    }

    /// Moves the clock by so many milliseconds.
    pub fn advance_millis(&mut self, millis: u64) {
        self.now += TimeDelta::milliseconds(i64::try_from(millis).unwrap_or(i64::MAX));
    }

    /// Starts to follow the machine's clock, at no distance.
    pub fn follow(&mut self, machine: DateTime<Utc>) {
        self.now = machine;
        self.machine = Some(machine);
    }

    /// Stops following the machine's clock.
    pub fn stop(&mut self) {
        self.machine = None;
    }

    /// Tells a following clock what the machine's clock says now. Does nothing to one that stands still.
    pub fn observe(&mut self, machine: DateTime<Utc>) {
        if let Some(before) = self.machine {
            self.now += machine - before;
            self.machine = Some(machine);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn instant(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn stands_still_until_told() {
        let mut clock = Clock::at(instant("2026-11-20T00:00:00Z"));
        clock.observe(instant("2030-01-01T00:00:00Z"));
        assert_eq!(clock.now(), instant("2026-11-20T00:00:00Z"));
        clock.advance(90);
        assert_eq!(clock.now(), instant("2026-11-20T00:01:30Z"));
    }

    #[test]
    fn follows_the_machine_and_keeps_its_offset() {
        let mut clock = Clock::at(instant("2026-11-20T00:00:00Z"));
        clock.follow(instant("2026-12-01T00:00:00Z"));
        clock.advance(3600);
        clock.observe(instant("2026-12-01T00:00:10Z"));
        assert_eq!(clock.now(), instant("2026-12-01T01:00:10Z"));
        clock.stop();
        clock.observe(instant("2026-12-02T00:00:00Z"));
        assert_eq!(clock.now(), instant("2026-12-01T01:00:10Z"));
    }
}
