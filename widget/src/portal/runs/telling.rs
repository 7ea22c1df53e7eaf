//! What a run has to say, in words: its headline, its counts, its forecast. Pure, and in every language.

use super::span::Span;
use crate::portal::words::run::RunNames;
use crate::portal::words::runs::Runs;
use crate::tone::Tone;
use shared::api::Outcome;
use shared::api::runs::{Counts, Forecast, PairView, RunState, RunView, Scope};

/// Seconds of a day.
const DAY: u64 = 86_400;

/// How a whole number is written in the user's own notation.
pub type Number<'a> = &'a dyn Fn(u32) -> String;

/// The outcomes in the order in which they are told.
pub const OUTCOMES: [Outcome; 7] = [
    Outcome::Created,
    Outcome::Updated,
    Outcome::Unchanged,
    Outcome::Skipped,
    Outcome::Deferred,
    Outcome::Undecided,
    Outcome::Failed,
];

/// How many records had an outcome.
#[must_use]
pub fn count(counts: Counts, outcome: Outcome) -> u32 {
    match outcome {
        Outcome::Created => counts.created,
        Outcome::Updated => counts.updated,
        Outcome::Unchanged => counts.unchanged,
        Outcome::Skipped => counts.skipped,
        Outcome::Failed => counts.failed,
        Outcome::Deferred => counts.deferred,
        Outcome::Undecided => counts.undecided,
    }
}

/// An outcome's name in an address of the log.
#[must_use]
pub fn outcome_name(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Created => "created",
        Outcome::Updated => "updated",
        Outcome::Unchanged => "unchanged",
        Outcome::Skipped => "skipped",
        Outcome::Failed => "failed",
        Outcome::Deferred => "deferred",
        Outcome::Undecided => "undecided",
    }
}

/// `12 sent · 3 failed`: what there is, and nothing else.
#[must_use]
pub fn counts_in_words(counts: Counts, names: &RunNames, number: Number<'_>) -> String {
    let told = OUTCOMES.into_iter().filter_map(|outcome| {
        let count = count(counts, outcome);
        (count > 0).then(|| (names.outcome_count)(outcome, &number(count)))
    });
    told.collect::<Vec<_>>().join(" · ")
}

/// The same, or that there were no records.
#[must_use]
pub fn result_in_words(counts: Counts, names: &RunNames, number: Number<'_>) -> String {
    let told = counts_in_words(counts, names, number);
    if told.is_empty() { names.no_records.to_owned() } else { told }
}

/// How far something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Progress {
    /// Records that were taken up.
    pub done: u32,
    /// Records that are known of.
    pub all: u32,
    /// Whether more may be found.
    pub listing: bool,
}

impl Progress {
    /// A pair's.
    #[must_use]
    pub fn of_pair(pair: &PairView) -> Self {
        let done = pair.counts.candidates;
        Self { done, all: done.saturating_add(pair.remaining), listing: !pair.listed }
    }

    /// A run's.
    #[must_use]
    pub fn of(run: &RunView) -> Self {
        run.pairs.iter().map(Self::of_pair).fold(Self::default(), |sum, pair| Self {
            done: sum.done.saturating_add(pair.done),
            all: sum.all.saturating_add(pair.all),
            listing: sum.listing || pair.listing,
        })
    }

    /// What the bar shows: (done, of). `(0, 0)` is under way without an end.
    #[must_use]
    pub fn bar(self) -> (u32, u32) {
        match self {
            Self { done: 0, listing: true, .. } => (0, 0),
            // Of nothing, everything is done.
            Self { all: 0, .. } => (1, 1),
            Self { done, all, .. } => (done, all),
        }
    }

    /// Beside the bar: `40 of 120`.
    #[must_use]
    pub fn in_words(self, words: &Runs, number: Number<'_>) -> String {
        match self {
            Self { all: 0, listing: false, .. } => words.names.no_records.to_owned(),
            Self { done: 0, all, listing: true } => (words.found)(&number(all)),
            Self { done, all, .. } => (words.taken_of)(&number(done), &number(all)),
        }
    }
}

/// One line that says how a run is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Headline {
    /// Its sign.
    pub tone: Tone,
    /// The line.
    pub text: String,
}

/// How a run is.
#[must_use]
pub fn headline(run: &RunView, words: &Runs, number: Number<'_>) -> Headline {
    let Progress { done, all, .. } = Progress::of(run);
    let (taken, known) = (number(done), number(all));
    let counts = run.counts;
    let (tone, text) = match run.state {
        RunState::Listing => (Tone::Busy, (words.listing)(all, &known)),
        RunState::Ready if all == 0 => (Tone::Quiet, words.ready_nothing.to_owned()),
        RunState::Ready => (Tone::Pending, (words.ready)(all, &known)),
        RunState::Running => (Tone::Busy, (words.running)(&taken, &known)),
        RunState::Waiting => (Tone::Warn, (words.waiting)(&taken, &known)),
        RunState::Done if done == 0 => (Tone::Good, words.done_nothing.to_owned()),
        RunState::Done if counts.failed > 0 => (Tone::Bad, (words.done_failed)(counts.failed, &number(counts.failed))),
        RunState::Done if counts.undecided > 0 => {
            (Tone::Warn, (words.done_undecided)(counts.undecided, &number(counts.undecided)))
        }
        RunState::Done if counts.deferred > 0 => {
            (Tone::Warn, (words.done_put_off)(counts.deferred, &number(counts.deferred)))
        }
        RunState::Done => (Tone::Good, (words.done)(done, &taken)),
        RunState::Cancelled if done == 0 => (Tone::Quiet, words.cancelled_early.to_owned()),
        RunState::Cancelled => (Tone::Quiet, (words.cancelled)(&taken, &known)),
        RunState::Failed if done == 0 => (Tone::Bad, words.failed_early.to_owned()),
        RunState::Failed => (Tone::Bad, (words.failed)(&taken, &known)),
    };
    Headline { tone, text }
}

/// How a run of the list stands, as a sign: worse than its headline only in being shorter.
#[must_use]
pub fn tone(run: &RunView) -> Tone {
    match run.state {
        RunState::Listing | RunState::Running => Tone::Busy,
        RunState::Waiting => Tone::Warn,
        RunState::Ready => Tone::Pending,
        RunState::Cancelled => Tone::Quiet,
        RunState::Failed => Tone::Bad,
        RunState::Done if run.counts.failed > 0 => Tone::Bad,
        RunState::Done if run.counts.deferred + run.counts.undecided > 0 => Tone::Warn,
        RunState::Done => Tone::Good,
    }
}

/// Which records a run takes up: `Last 7 days`.
#[must_use]
pub fn scope(scope: &Scope, words: &Runs, number: Number<'_>) -> String {
    match scope {
        Scope::SinceLast => words.since_last.to_owned(),
        Scope::Days(days) => (words.scope_days)(*days, &number(*days)),
        Scope::Everything => words.everything.to_owned(),
        Scope::Records(records) => {
            let count = u32::try_from(records.len()).unwrap_or(u32::MAX);
            (words.scope_records)(count, &number(count))
        }
    }
}

/// Whether anything in an ended run can be retried.
#[must_use]
pub fn can_retry(run: &RunView) -> bool {
    run.state.ended() && run.counts.failed.saturating_add(run.counts.deferred).saturating_add(run.counts.undecided) > 0
}

/// What a run would cost, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cost {
    /// Calls of both APIs.
    pub calls: String,
    /// How long it takes.
    pub time: String,
    /// What is left of Xero's day.
    pub day: String,
    /// Said when that does not suffice.
    pub short: Option<&'static str>,
}

/// What a run would cost.
#[must_use]
pub fn cost(forecast: &Forecast, words: &Runs, number: Number<'_>) -> Cost {
    let calls = match forecast.calls {
        calls if calls.xero == 0 && calls.zoho == 0 => words.cost_nothing.to_owned(),
        calls => (words.cost)(&number(calls.xero), &number(calls.zoho), &number(forecast.rows)),
    };
    let day = match forecast.day_remaining {
        Some(left) => (words.day_left)(left, &number(left)),
        None => words.day_unknown.to_owned(),
    };
    // Where the day does not suffice, the forecast contains the wait for the next one.
    let short = forecast.seconds >= DAY || forecast.day_remaining.is_some_and(|left| left < forecast.calls.xero);
    let rows_short = forecast.rows_a_day.is_some_and(|a_day| a_day < forecast.rows);
    Cost {
        calls,
        time: (words.takes)(Span::of_seconds(forecast.seconds)),
        day,
        short: if rows_short { Some(words.rows_short) } else { short.then_some(words.day_short) },
    }
}

/// A run's forecast, all pairs together: create, update, leave alone.
#[must_use]
pub fn forecast_sum(forecast: &Forecast) -> [u32; 3] {
    forecast.pairs.iter().fold([0; 3], |[create, update, skip], pair| {
        [create.saturating_add(pair.create), update.saturating_add(pair.update), skip.saturating_add(pair.skip)]
    })
}
