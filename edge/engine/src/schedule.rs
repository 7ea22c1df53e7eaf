//! When scheduled runs are due: local times of the day, with daylight saving right. And what a schedule that begins
//! leaves as it is.

use crate::store::candidates::Side;
use crate::store::cursors;
use crate::store::links::Scope;
use chrono::{DateTime, Days, NaiveDateTime, NaiveTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;
use ports::Statement;
use shared::module::{Kind, Module};
use shared::settings::validate::time_of_day;
use shared::settings::{Direction, Schedule, Settings};

/// An organisation is woken at least so often, if only to look after its tokens.
const DAYS_ASLEEP: i64 = 1;

/// The longest gap that any zone's clock has ever jumped is a day (Samoa, 2011), in minutes.
const LONGEST_GAP: i64 = 24 * 60;

/// The next `count` starts strictly after an instant; none while the schedule is off.
///
/// A local time that does not exist on a day, because the clock is put forward over it, happens at the first instant
/// after the gap. One that happens twice, because the clock is put back, happens the first time only. Times that fall
/// on the same instant happen once.
#[must_use]
pub fn next_runs(schedule: &Schedule, crm_zone: &str, after: DateTime<Utc>, count: usize) -> Vec<DateTime<Utc>> {
    if !schedule.enabled {
        return Vec::new();
    }
    let zone = zone(schedule, crm_zone);
    let mut times: Vec<NaiveTime> = schedule.times.iter().filter_map(|written| time_of_day(written)).collect();
    times.sort();
    times.dedup();
    if times.is_empty() {
        return Vec::new();
    }
    // A time of yesterday may happen today: a gap can lie over midnight.
    let first_day = after.with_timezone(&zone).date_naive() - Days::new(1);
    let mut starts: Vec<DateTime<Utc>> = Vec::with_capacity(count);
    let mut last = after;
    for day in first_day.iter_days() {
        for time in &times {
            if starts.len() == count {
                return starts;
            }
            // Local times in order give instants in order, so whatever is not later is there already.
            if let Some(start) = instant(zone, day.and_time(*time)).filter(|start| *start > last) {
                starts.push(start);
                last = start;
            }
        }
    }
    starts
}

/// When an organisation wakes next, and when its next scheduled run starts, if one does.
pub(crate) fn next_wake(
    schedule: &Schedule,
    crm_zone: &str,
    now: DateTime<Utc>,
) -> (DateTime<Utc>, Option<DateTime<Utc>>) {
    let run_at = next_runs(schedule, crm_zone, now, 1).pop();
    let asleep = asleep(now);
    (run_at.map_or(asleep, |at| at.min(asleep)), run_at)
}

/// Until when an organisation sleeps that has nothing to do.
pub(crate) fn asleep(now: DateTime<Utc>) -> DateTime<Utc> {
    now + TimeDelta::days(DAYS_ASLEEP)
}

/// The zone of a schedule's times: its own, else the CRM organisation's, else UTC.
#[must_use]
pub fn zone(schedule: &Schedule, crm_zone: &str) -> Tz {
    schedule.time_zone.as_deref().unwrap_or(crm_zone).parse().unwrap_or(Tz::UTC)
}

/// The instant of a local time, or of the first one that exists after it.
pub(crate) fn instant(zone: Tz, local: NaiveDateTime) -> Option<DateTime<Utc>> {
    let there = (0..=LONGEST_GAP).find_map(|minutes| {
        let local = local.checked_add_signed(TimeDelta::minutes(minutes))?;
        zone.from_local_datetime(&local).earliest()
    });
    there.map(|at| at.with_timezone(&Utc))
}

/// The cursors with which a schedule's pairs begin where they have none: what is older stays as it is.
pub(crate) fn begun(scope: &Scope, settings: &Settings, now: DateTime<Utc>) -> Vec<Statement> {
    let mut statements = Vec::new();
    for module in Module::ALL {
        let own = settings.direction(module);
        let chosen = match settings.schedule.pairs.is_empty() {
            true => Some(Direction::Both),
            false => settings.schedule.pairs.get(&module).copied(),
        };
        let Some(direction) = chosen.and_then(|chosen| own.within(chosen)) else { continue };
        if direction.to_xero() {
            statements.push(cursors::begin(scope, module, Side::Crm, now));
            // Companies change with their people.
            if module.kind() == Kind::Party && module != Module::Contacts {
                statements.push(cursors::begin(scope, module, Side::People, now));
            }
        }
        if direction.to_crm() {
            statements.push(cursors::begin(scope, module, Side::Xero, now));
        }
    }
    statements
}
