//! A list of more than a few records: one run at the edge, followed until it has ended.
//!
//! One question is open at a time. Each has a number, and only the answer to the newest counts: so an answer that comes
//! late, after "Cancel", a sign-out or another list, changes nothing.

use super::leaving::signed_out;
use super::model::{Asking, During, Effect, Panel, Run, RunCall, connection_of};
use crate::fault::Fault;
use crate::panel::page::Page;
use crate::panel::rows::Phase;
use shared::api::{EntriesPage, EntryView};
use shared::problem::Code;

/// How many records a run takes at most. Those beyond keep their turn for the next one.
const RUN_RECORDS: usize = 1_000;

/// Goes on where the list stands: follows its run, or starts one of what has not had its turn.
pub(super) fn resume(model: &mut Panel) -> Vec<Effect> {
    match &model.bulk {
        bulk if bulk.asking.is_some() => Vec::new(),
        bulk if bulk.live => model.bulk.look(),
        _ if model.rows.iter().any(|row| row.phase == Phase::Waiting) => take_up(model),
        _ => Vec::new(),
    }
}

/// Starts a run of what failed, was put off or did not get its turn.
pub(super) fn take_up(model: &mut Panel) -> Vec<Effect> {
    let Page::Records(module, _) = model.page else { return Vec::new() };
    if model.bulk.asking.is_some() || model.bulk.live {
        model.bulk.again = true;
        return Vec::new();
    }
    let all_ended = model.rows.iter().all(|row| row.phase != Phase::Waiting);
    let ask = match &model.bulk.run {
        Some(run) if all_ended => RunCall::Retry(run.id.clone()),
        _ => {
            let open = model.rows.iter().filter(|row| row.phase == Phase::Waiting || row.phase.is_retryable());
            RunCall::Start(module, open.take(RUN_RECORDS).map(|row| row.id.clone()).collect())
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
pub(super) fn cancel(model: &mut Panel) -> Vec<Effect> {
    let bulk = &mut model.bulk;
    match &bulk.run {
        Some(run) if bulk.live && bulk.asking.is_none() && !run.state.ended() => {
            let ask = RunCall::Cancel(run.id.clone());
            bulk.asking = Some(Asking::Cancel);
            bulk.again = false;
            bulk.ask(ask)
        }
        _ => Vec::new(),
    }
}

/// The moment to look at the run again has come.
pub(super) fn look_due(model: &mut Panel, turn: u32) -> Vec<Effect> {
    if turn == model.bulk.turn { model.bulk.look() } else { Vec::new() }
}

/// A call about a run was answered.
pub(super) fn arrived(model: &mut Panel, turn: u32, ask: &RunCall, result: Result<Box<Run>, Fault>) -> Vec<Effect> {
    let bulk = &mut model.bulk;
    if turn != bulk.turn {
        return Vec::new();
    }
    bulk.asking = None;
    let starts = matches!(ask, RunCall::Start(..) | RunCall::Retry(_));
    match result {
        Ok(run) => {
            let unread = run.counts.candidates != bulk.taken_up || run.state.ended();
            bulk.run = Some(*run);
            bulk.fault = None;
            if starts {
                bulk.live = true;
                bulk.taken_up = 0;
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
pub(super) fn outcomes_arrived(model: &mut Panel, turn: u32, result: Result<EntriesPage, Fault>) -> Vec<Effect> {
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
            bulk.taken_up = bulk.run.as_ref().map_or(0, |run| run.counts.candidates);
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
fn show(model: &mut Panel, entries: Vec<EntryView>) {
    let Page::Records(module, _) = model.page else { return };
    for entry in entries {
        let row = model.rows.iter_mut().find(|row| row.id == entry.record_id && entry.module == module);
        if let Some(row) = row {
            row.name = Some(entry.name.clone());
            row.phase = Phase::Ended(entry.into());
        }
    }
}

fn finish(model: &mut Panel) -> Vec<Effect> {
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
