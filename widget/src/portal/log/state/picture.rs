//! The picture of the last 30 days: a bar a day, its parts on top of each other.

use chrono::{DateTime, Utc};
use shared::api::portal::{DayView, DaysView};
use shared::api::runs::Counts;

/// The height of the picture in its own units.
pub const HEIGHT: u32 = 640;
/// The least height of a part that is not nothing: one record of thousands is still seen.
const LEAST: u32 = 24;

/// A part of a bar, from the bottom up in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Created on either side.
    Created,
    /// Updated on either side.
    Updated,
    /// Could not be done.
    Failed,
}

impl Part {
    /// From the bottom up.
    pub const ALL: [Self; 3] = [Self::Created, Self::Updated, Self::Failed];

    /// How many of a day's records belong to it.
    #[must_use]
    pub fn of(self, counts: &Counts) -> u32 {
        match self {
            Self::Created => counts.created,
            Self::Updated => counts.updated,
            Self::Failed => counts.failed,
        }
    }
}

/// A part of a bar with its place: `top` is measured from the picture's top.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bar {
    /// Which part.
    pub part: Part,
    /// Its upper edge.
    pub top: u32,
    /// Its height.
    pub height: u32,
}

/// What all days show together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sum {
    /// Runs.
    pub runs: u32,
    /// Records.
    pub counts: Counts,
}

/// How many records the height of the picture stands for: 1, 2 or 5 with zeros, not less than the highest day.
#[must_use]
pub fn scale(days: &[DayView]) -> u32 {
    let highest = days.iter().map(|day| shown(&day.counts)).max().unwrap_or_default().max(1);
    let mut power = 1_u32;
    loop {
        for step in [1, 2, 5] {
            let top = power.saturating_mul(step);
            if top >= highest {
                return top;
            }
        }
        power = power.saturating_mul(10);
    }
}

/// The bars of a day beside this scale; without those that are nothing.
#[must_use]
pub fn bars(counts: &Counts, scale: u32) -> Vec<Bar> {
    let parts: Vec<Part> = Part::ALL.into_iter().filter(|part| part.of(counts) > 0).collect();
    let least = LEAST * u32::try_from(parts.len()).unwrap_or_default();
    let room = u64::from(HEIGHT - least);
    let mut top = HEIGHT;
    let mut bars = Vec::with_capacity(parts.len());
    for part in parts {
        let share = u64::from(part.of(counts)) * room / u64::from(scale.max(1));
        let height = (LEAST + u32::try_from(share).unwrap_or(HEIGHT)).min(top);
        top -= height;
        bars.push(Bar { part, top, height });
    }
    bars
}

/// All days together.
#[must_use]
pub fn sum(days: &[DayView]) -> Sum {
    days.iter().fold(Sum::default(), |sum, day| Sum { runs: sum.runs + day.runs, counts: sum.counts.plus(day.counts) })
}

/// The day that is filtered by: the one with exactly these bounds.
#[must_use]
pub fn chosen(days: &DaysView, from: Option<DateTime<Utc>>, until: Option<DateTime<Utc>>) -> Option<&DayView> {
    days.days.iter().find(|day| Some(day.from) == from && Some(day.until) == until)
}

fn shown(counts: &Counts) -> u32 {
    Part::ALL.into_iter().map(|part| part.of(counts)).fold(0, u32::saturating_add)
}
