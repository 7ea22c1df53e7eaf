//! When runs start next, in words.

use crate::portal::words::schedule::Schedule;
use chrono::{Datelike, Days, NaiveDate, NaiveDateTime, Timelike};

/// `Tomorrow, Mon 23 Nov, 07:00 (Australia/Sydney)`: a start, and today, both in that zone.
#[must_use]
pub fn start_in_words(start: NaiveDateTime, today: NaiveDate, zone: &str, words: &Schedule) -> String {
    let date = start.date();
    let index = |at: u32| usize::try_from(at).unwrap_or_default();
    let weekday = words.weekdays.get(index(date.weekday().num_days_from_monday())).copied().unwrap_or_default();
    let month = words.months.get(index(date.month0())).copied().unwrap_or_default();
    let near = match () {
        () if date == today => Some(words.today),
        () if today.checked_add_days(Days::new(1)) == Some(date) => Some(words.tomorrow),
        () => None,
    };
    let near = near.map(|near| format!("{near}, ")).unwrap_or_default();
    let day = (words.day)(weekday, date.day(), month);
    format!("{near}{day}, {:02}:{:02} ({zone})", start.hour(), start.minute())
}
