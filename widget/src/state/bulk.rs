//! A list of more than a few records: one run at the edge, followed until it has ended.
//!
//! One question is open at a time. Each has a number, and only the answer to the newest counts: so an answer that comes
//! late, after "Cancel", a sign-out or another list, changes nothing.

use super::{During, Effect, Fault, Model, Page, Phase, connection_of, signed_out};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use shared::api::runs::RunState;
use shared::api::{EntriesPage, EntryView};
use shared::module::Module;
use shared::problem::{Code, Problem};

/// Up to so many records are synced one by one: that is quicker than a run, and never meets another run.
pub(super) const ONE_BY_ONE: usize = 3;
/// How many records a run takes at most. Those beyond keep their turn for the next one.
const RUN_RECORDS: usize = 1_000;

/// A run, as far as the panel shows it: some fields of the API's `RunView`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Run {
    /// The run.
    pub id: String,
    /// Where it stands.
    pub state: RunState,
    /// When it goes on by itself, while it waits.
    #[serde(default, deserialize_with = "shared::instant::read_option")]
    pub resumes_at: Option<DateTime<Utc>>,
    /// Why it waits, or why it ended before its end.
    pub problem: Option<Problem>,
    /// What became of its records.
    pub counts: Taken,
}

/// How many records a run has taken up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
pub struct Taken {
    /// All of them, however they ended.
    pub candidates: u32,
}

/// A call about a run. Each is answered with the run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ask {
    /// Start one of these records.
    Start(Module, Vec<String>),
    /// Start one of what failed or was put off in this one.
    Retry(String),
    /// Where does it stand?
    Look(String),
    /// End it.
    Cancel(String),
}

/// A page of a run's outcomes that is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// The run.
    pub run: String,
    /// Only what ended at or after this instant.
    pub from: Option<DateTime<Utc>>,
    /// After this entry, the last one of the page before.
    pub before: Option<String>,
}

/// A call about which the person waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asking {
    /// A run is being started.
    Start,
    /// The run is being ended.
    Cancel,
}

/// The run of a list.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Bulk {
    /// The number of the newest question.
    pub turn: u32,
    /// The run, once the edge has taken it up.
    pub run: Option<Run>,
    /// The call about which the person waits.
    pub asking: Option<Asking>,
    /// Whether the run is followed: it has not ended, or its last outcomes are still to be read.
    pub live: bool,
    /// Why the last call failed.
    pub fault: Option<Problem>,
    /// Whether a setting was saved meanwhile, so that what has failed is taken up again after the run.
    pub again: bool,
    /// How many records were taken up when the outcomes were read last.
    told: u32,
    /// From when on outcomes may be new.
    since: Option<DateTime<Utc>>,
    /// The newest outcome on the first of the pages that are being read.
    newest: Option<DateTime<Utc>>,
}

impl Bulk {
    /// Of another list. Answers to what was asked before come too late.
    pub(super) fn anew(&self) -> Self {
        Self { turn: self.turn + 1, ..Self::default() }
    }

    /// Nobody is signed in any more. The run goes on without us.
    pub(super) fn let_go(&mut self) {
        self.turn += 1;
        self.asking = None;
        self.fault = None;
    }

    /// Whether the run waits for a limit, or for a vendor that does not answer.
    pub(super) fn waits(&self) -> bool {
        self.live && self.run.as_ref().is_some_and(|run| run.state == RunState::Waiting)
    }

    fn ended(&self) -> bool {
        self.run.as_ref().is_some_and(|run| run.state.ended())
    }

    fn ask(&mut self, ask: Ask) -> Vec<Effect> {
        self.turn += 1;
        vec![Effect::Run(self.turn, ask)]
    }

    fn look_soon(&mut self) -> Vec<Effect> {
        self.turn += 1;
        // What waits or does not answer is not hurried by more questions.
        vec![Effect::LookSoon(self.turn, self.waits() || self.fault.is_some())]
    }

    fn look(&mut self) -> Vec<Effect> {
        match &self.run {
            Some(run) if run.state.ended() => self.read_outcomes(None),
            Some(run) => {
                let ask = Ask::Look(run.id.clone());
                self.ask(ask)
            }
            None => Vec::new(),
        }
    }

    /// Reads what is new. At the end everything once more: while records are taken up again, an outcome that was read
    /// may have changed.
    fn read_outcomes(&mut self, before: Option<String>) -> Vec<Effect> {
        let Some(run) = &self.run else { return Vec::new() };
        self.turn += 1;
        let from = self.since.filter(|_| !run.state.ended());
        vec![Effect::ReadOutcomes(self.turn, Wanted { run: run.id.clone(), from, before })]
    }
}

/// Goes on where the list stands: follows its run, or starts one of what has not had its turn.
pub(super) fn resume(model: &mut Model) -> Vec<Effect> {
    match &model.bulk {
        bulk if bulk.asking.is_some() => Vec::new(),
        bulk if bulk.live => model.bulk.look(),
        _ if model.rows.iter().any(|row| row.phase == Phase::Waiting) => take_up(model),
        _ => Vec::new(),
    }
}

/// Starts a run of what failed, was put off or did not get its turn.
pub(super) fn take_up(model: &mut Model) -> Vec<Effect> {
    let Page::Records(module, _) = model.page else { return Vec::new() };
    if model.bulk.asking.is_some() || model.bulk.live {
        model.bulk.again = true;
        return Vec::new();
    }
    let all_ended = model.rows.iter().all(|row| row.phase != Phase::Waiting);
    let ask = match &model.bulk.run {
        Some(run) if all_ended => Ask::Retry(run.id.clone()),
        _ => {
            let open = model.rows.iter().filter(|row| row.phase == Phase::Waiting || row.phase.is_retryable());
            Ask::Start(module, open.take(RUN_RECORDS).map(|row| row.id.clone()).collect())
        }
    };
    model.stopped = false;
    model.notice = None;
    model.bulk.fault = None;
    model.bulk.again = false;
    model.bulk.asking = Some(Asking::Start);
    model.bulk.ask(ask)
}

/// Ends the run. What it has done stays done.
pub(super) fn cancel(model: &mut Model) -> Vec<Effect> {
    let bulk = &mut model.bulk;
    match &bulk.run {
        Some(run) if bulk.live && bulk.asking.is_none() && !run.state.ended() => {
            let ask = Ask::Cancel(run.id.clone());
            bulk.asking = Some(Asking::Cancel);
            bulk.again = false;
            bulk.ask(ask)
        }
        _ => Vec::new(),
    }
}

/// The moment to look at the run again has come.
pub(super) fn look_due(model: &mut Model, turn: u32) -> Vec<Effect> {
    if turn == model.bulk.turn { model.bulk.look() } else { Vec::new() }
}

/// A call about a run was answered.
pub(super) fn arrived(model: &mut Model, turn: u32, ask: &Ask, result: Result<Box<Run>, Fault>) -> Vec<Effect> {
    let bulk = &mut model.bulk;
    if turn != bulk.turn {
        return Vec::new();
    }
    bulk.asking = None;
    let starts = matches!(ask, Ask::Start(..) | Ask::Retry(_));
    match result {
        Ok(run) => {
            let unread = run.counts.candidates != bulk.told || run.state.ended();
            bulk.run = Some(*run);
            bulk.fault = None;
            if starts {
                bulk.live = true;
                bulk.told = 0;
                bulk.since = None;
                for row in model.rows.iter_mut().filter(|row| row.phase.is_retryable()) {
                    row.phase = Phase::Waiting;
                }
                return bulk.look_soon();
            }
            bulk.newest = None;
            if unread { bulk.read_outcomes(None) } else { bulk.look_soon() }
        }
        Err(Fault::SignedOut(absence)) => signed_out(model, absence),
        Err(Fault::Problem(problem)) if starts && connection_of(problem.code).is_some() => {
            model.fault = Some((During::Sync, *problem));
            Vec::new()
        }
        Err(Fault::Problem(problem)) => {
            if problem.code == Code::RunUnknown {
                bulk.run = None;
                bulk.live = false;
            }
            bulk.fault = Some(*problem);
            if bulk.live { bulk.look_soon() } else { Vec::new() }
        }
    }
}

/// A page of the run's outcomes.
pub(super) fn outcomes_arrived(model: &mut Model, turn: u32, result: Result<EntriesPage, Fault>) -> Vec<Effect> {
    let bulk = &mut model.bulk;
    if turn != bulk.turn {
        return Vec::new();
    }
    match result {
        Ok(page) => {
            bulk.fault = None;
            // What ends while further pages are read may belong on a page that is read already: only the first page
            // says up to when nothing is missing.
            bulk.newest = bulk.newest.or_else(|| page.entries.iter().map(|entry| entry.at).max());
            let last = page.entries.last().filter(|_| page.more).map(|entry| entry.id.clone());
            show(model, page.entries);
            let bulk = &mut model.bulk;
            if last.is_some() {
                return bulk.read_outcomes(last);
            }
            bulk.since = bulk.newest.or(bulk.since);
            bulk.told = bulk.run.as_ref().map_or(0, |run| run.counts.candidates);
            if bulk.ended() { finish(model) } else { bulk.look_soon() }
        }
        Err(Fault::SignedOut(absence)) => signed_out(model, absence),
        Err(Fault::Problem(problem)) => {
            bulk.newest = None;
            bulk.fault = Some(*problem);
            bulk.look_soon()
        }
    }
}

/// Fills the rows. A run also tells of records that are none of the list's.
fn show(model: &mut Model, entries: Vec<EntryView>) {
    let Page::Records(module, _) = model.page else { return };
    for entry in entries {
        let row = model.rows.iter_mut().find(|row| row.id == entry.record_id && entry.module == module);
        if let Some(row) = row {
            row.name = Some(entry.name.clone());
            row.phase = Phase::Ended(entry.into());
        }
    }
}

fn finish(model: &mut Model) -> Vec<Effect> {
    model.bulk.live = false;
    model.stopped = true;
    let problem = model.bulk.run.as_ref().and_then(|run| run.problem.as_ref());
    if let Some(problem) = problem.filter(|problem| connection_of(problem.code).is_some()) {
        model.fault = Some((During::Sync, problem.clone()));
        return Vec::new();
    }
    if model.bulk.again && model.rows.iter().any(|row| row.phase.is_retryable()) {
        return take_up(model);
    }
    Vec::new()
}
