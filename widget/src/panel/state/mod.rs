//! What the panel knows, as plain data, and how every event changes it.
//!
//! No browser, no clock, no I/O: [`update`] takes an event and returns what is to be done outside ([`Effect`]).
//! The shell does those things and comes back with further events; the views only show a [`Panel`].
//! So whatever can go wrong between a click and its outcome is tested natively.

mod bulk;
mod leaving;
mod model;

pub use model::*;

use crate::fault::Fault;
use crate::hearing::PageContext;
use crate::panel::page::{Mode, Page};
use crate::panel::rows::{ListRow, Phase};
use crate::panel::words;
use crate::session::{AtWork, Credential, CrmUser};
use leaving::{forget, next_ticket, signed_out};
use model::{LANES, connection_of};
use shared::api::{EntriesPage, EntryView, Outcome, RecordView, SessionView, Step, SyncReply};
use shared::module::Module;

/// Takes an event and returns what is to be done outside, in this order.
pub fn update(model: &mut Panel, msg: Msg) -> Vec<Effect> {
    match msg {
        Msg::Started => {
            let mut effects = vec![Effect::StartSdk];
            if model.credential.is_some() {
                effects.push(Effect::ReadSession(model.ticket));
            }
            effects
        }
        Msg::PageLoad(context) => page_load(model, context),
        Msg::SdkSilent => {
            if model.page == Page::Waiting {
                model.page = Page::SdkMissing;
            }
            Vec::new()
        }
        Msg::Pressed(press) => pressed(model, press),
        Msg::Refresh => refresh(model),
        Msg::AtWork(told) => at_work(model, told),
        Msg::InSight => match (&model.credential, &model.window) {
            (Some(_), _) => vec![Effect::ReadSession(model.ticket)],
            (None, None) if !model.leaving => vec![Effect::FindSession(model.ticket)],
            (None, _) => Vec::new(),
        },
        Msg::Window(act) => vec![Effect::Window(act)],
        Msg::WindowShown(shown) => {
            model.window = shown;
            Vec::new()
        }
        Msg::WindowLate => {
            model.notice = Some(words::window_late());
            Vec::new()
        }
        Msg::WindowFailed(fault) => match fault {
            Fault::SignedOut(absence) => signed_out(model, absence),
            Fault::Problem(problem) => {
                model.notice = Some(*problem);
                Vec::new()
            }
        },
        Msg::SignedIn(reply) => {
            let reply = *reply;
            let credential = Credential::of_claim(reply.token);
            let mut effects = vec![Effect::Remember(Some(credential.clone()))];
            effects.extend(enter(model, credential, reply.session));
            effects
        }
        Msg::XeroConnected => {
            model.notice = None;
            model.session = None;
            model.fault = None;
            let mut effects = vec![Effect::ReadSession(model.ticket)];
            effects.extend(begin(model));
            effects
        }
        Msg::SessionArrived(ticket, result) => session_arrived(model, ticket, result),
        Msg::SessionFound(ticket, session) => {
            if ticket != model.ticket || model.credential.is_some() || model.window.is_some() {
                return Vec::new();
            }
            enter(model, Credential::Cookie, session)
        }
        Msg::RecordArrived(ticket, result) => record_arrived(model, ticket, result),
        Msg::ProgressArrived(ticket, progress) => {
            // The last question may be answered before the first; steps only grow.
            if let Some(steps) = &mut model.work
                && ticket == model.ticket
                && progress.steps.len() >= steps.len()
            {
                *steps = progress.steps;
            }
            Vec::new()
        }
        Msg::SyncEnded(ticket, id, result) => sync_ended(model, ticket, &id, result),
        Msg::RemedyChosen(change) => {
            if model.saving {
                return Vec::new();
            }
            model.saving = true;
            model.notice = None;
            vec![Effect::Save(model.ticket, change)]
        }
        Msg::Decided(module, id, decision) => {
            if model.saving {
                return Vec::new();
            }
            model.saving = true;
            model.notice = None;
            vec![Effect::Decide(model.ticket, module, id, decision)]
        }
        Msg::RemedySaved(ticket, result) => remedy_saved(model, ticket, result),
        Msg::OlderWanted => older_wanted(model),
        Msg::OlderArrived(ticket, result) => older_arrived(model, ticket, result),
        Msg::NamesArrived(ticket, names) => {
            if ticket == model.ticket {
                for row in &mut model.rows {
                    // What the edge said is better than what the script said.
                    if row.name.is_none() {
                        row.name = names.iter().find(|(id, _)| *id == row.id).map(|(_, name)| name.clone());
                    }
                }
            }
            Vec::new()
        }
        Msg::RunArrived(turn, ask, result) => bulk::arrived(model, turn, &ask, result),
        Msg::OutcomesArrived(turn, result) => bulk::outcomes_arrived(model, turn, result),
        Msg::LookDue(turn) => bulk::look_due(model, turn),
        Msg::CloseDue => {
            if model.closing {
                vec![Effect::Close]
            } else {
                Vec::new()
            }
        }
        Msg::KeepOpen => {
            model.closing = false;
            Vec::new()
        }
        Msg::SignOut => {
            let credential = model.credential.take();
            model.leaving = credential.is_some();
            let mut effects = forget(model);
            effects.push(Effect::Remember(None));
            effects.extend(credential.map(Effect::EndSession));
            effects
        }
        Msg::SessionEnded => {
            model.leaving = false;
            Vec::new()
        }
        Msg::StillSignedIn(credential) => {
            model.leaving = false;
            if model.credential.is_some() {
                return Vec::new();
            }
            // Whoever comes next would be signed in all the same: it has to be said.
            model.credential = Some(credential.clone());
            model.notice = Some(words::still_signed_in());
            let mut effects = vec![Effect::Remember(Some(credential)), Effect::ReadSession(model.ticket)];
            effects.extend(read(model));
            effects
        }
    }
}

/// Somebody is signed in, from now on.
fn enter(model: &mut Panel, credential: Credential, session: SessionView) -> Vec<Effect> {
    next_ticket(model);
    model.notice = None;
    model.credential = Some(credential);
    if model.at_work.is_other(&session) {
        return other_user(model, &session.user);
    }
    adopt(model, session);
    begin(model)
}

/// Takes over who is signed in. What the list tells was read with the rights of whoever was it before.
fn adopt(model: &mut Panel, session: SessionView) {
    if model.rows_of.as_ref().is_some_and(|before| *before != session.user_id) {
        model.rows.clear();
        model.bulk = model.bulk.anew();
    }
    model.rows_of = Some(session.user_id.clone());
    model.session = Some(session);
}

/// The CRM told who is at work: only then is anything read.
fn at_work(model: &mut Panel, told: Option<CrmUser>) -> Vec<Effect> {
    match (told, &model.at_work) {
        (Some(user), _) => {
            let waited = !model.at_work.is_settled();
            model.at_work = AtWork::Told(user);
            match model.session.as_ref().filter(|session| model.at_work.is_other(session)) {
                Some(session) => {
                    let name = session.user.clone();
                    other_user(model, &name)
                }
                None if waited => begin(model),
                None => Vec::new(),
            }
        }
        (None, AtWork::Unasked | AtWork::Asked) => {
            model.at_work = AtWork::Untold;
            begin(model)
        }
        (None, AtWork::Untold | AtWork::Told(_)) => Vec::new(),
    }
}

/// The session is another user's than the one who is at work in the CRM. It stays with the browser and is not used here.
fn other_user(model: &mut Panel, signed_in: &str) -> Vec<Effect> {
    model.credential = None;
    let mut effects = forget(model);
    model.rows.clear();
    model.bulk = model.bulk.anew();
    model.notice = Some(words::other_user(signed_in, model.at_work.name()));
    effects.push(Effect::Remember(None));
    effects
}

fn page_load(model: &mut Panel, context: PageContext) -> Vec<Effect> {
    let module = context.entity.as_deref().and_then(Module::from_api_name);
    model.page = match (module, context.entity) {
        (_, None) => Page::NoRecord,
        (None, Some(entity)) => Page::Unsupported(entity),
        (Some(_), Some(_)) if context.ids.is_empty() => Page::NoRecord,
        (Some(module), Some(_)) => Page::Records(module, context.ids),
    };
    next_ticket(model);
    if model.at_work == AtWork::Unasked {
        model.at_work = AtWork::Asked;
        return vec![Effect::AskAtWork];
    }
    begin(model)
}

/// Starts what this mode does by itself, as soon as there are both a session and a record.
fn begin(model: &mut Panel) -> Vec<Effect> {
    let Page::Records(module, ids) = &model.page else { return Vec::new() };
    if model.credential.is_none() || !model.at_work.is_settled() || model.connection_state().is_some() {
        return Vec::new();
    }
    if model.is_list() {
        if model.rows.iter().map(|row| &row.id).ne(ids) {
            model.rows = ids.iter().map(|id| ListRow { id: id.clone(), name: None, phase: Phase::Waiting }).collect();
            model.bulk = model.bulk.anew();
        }
        model.stopped = false;
        let mut effects = vec![Effect::ReadNames(model.ticket, *module, ids.clone())];
        effects.extend(if model.is_bulk() { bulk::resume(model) } else { pump(model) });
        effects
    } else if model.mode == Mode::Button {
        sync(model)
    } else {
        read(model)
    }
}

fn read(model: &mut Panel) -> Vec<Effect> {
    let Some((module, id)) = model.record() else { return Vec::new() };
    model.reading = true;
    vec![Effect::ReadRecord(model.ticket, module, id)]
}

fn sync(model: &mut Panel) -> Vec<Effect> {
    let Some((module, id)) = model.record() else { return Vec::new() };
    if model.work.is_some() {
        return Vec::new();
    }
    // A reading that is still on its way would tell how things stood before the sync.
    let view = model.view.take();
    next_ticket(model);
    model.view = view;
    model.work = Some(vec![Step::Read]);
    model.notice = None;
    let ticket = model.ticket;
    let sync = match model.view.as_ref().and_then(|view| view.preview.word.clone()) {
        Some(word) => Effect::SyncAsShown(ticket, module, id.clone(), word),
        None => Effect::Sync(ticket, module, id.clone()),
    };
    vec![sync, Effect::Watch(ticket, module, id)]
}

fn pressed(model: &mut Panel, press: Press) -> Vec<Effect> {
    match press {
        Press::Open(purpose) => {
            model.notice = None;
            vec![Effect::OpenWindow(purpose)]
        }
        Press::CheckAgain => refresh(model),
        Press::Sync => sync(model),
        Press::Reload => vec![Effect::Reload],
        Press::Close => vec![Effect::Close],
        Press::Stop => {
            model.stopped = true;
            Vec::new()
        }
        Press::Cancel => bulk::cancel(model),
        Press::Retry => retry(model),
        Press::Nothing => Vec::new(),
    }
}

fn refresh(model: &mut Panel) -> Vec<Effect> {
    if model.reading || model.work.is_some() {
        return Vec::new();
    }
    model.notice = None;
    // What kept us from the record may be over: the connection, the limit, the fault.
    let mut effects = Vec::new();
    if model.connection_state().is_some() {
        model.session = None;
        model.fault = None;
        effects.push(Effect::ReadSession(model.ticket));
        effects.extend(begin(model));
    } else {
        effects.extend(read(model));
    }
    effects
}

fn session_arrived(model: &mut Panel, ticket: u32, result: Result<SessionView, Fault>) -> Vec<Effect> {
    match result {
        // A session is of the browser, not of the record: a late answer is good as long as somebody is signed in.
        Ok(session) if model.at_work.is_other(&session) => {
            // The edge may have refused the record already; it does not say who is signed in.
            let untold = model.notice.is_none() && model.window.is_none();
            if model.credential.is_some() || untold { other_user(model, &session.user) } else { Vec::new() }
        }
        Ok(session) => {
            let Some(credential) = model.credential.clone() else { return Vec::new() };
            // Somebody else has signed in in another tab.
            if model.rows_of.as_ref().is_some_and(|before| *before != session.user_id) {
                return enter(model, credential, session);
            }
            adopt(model, session);
            Vec::new()
        }
        Err(Fault::SignedOut(absence)) if ticket == model.ticket || model.session.is_none() => {
            signed_out(model, absence)
        }
        // The record's own answer tells whatever else is wrong.
        Err(_) => Vec::new(),
    }
}

fn record_arrived(model: &mut Panel, ticket: u32, result: Result<Box<RecordView>, Fault>) -> Vec<Effect> {
    if ticket != model.ticket {
        return Vec::new();
    }
    model.reading = false;
    match result {
        Ok(view) => {
            model.view = Some(*view);
            model.fault = None;
            model.entry = None;
            model.older = Older::default();
            Vec::new()
        }
        Err(Fault::SignedOut(absence)) => signed_out(model, absence),
        Err(Fault::Problem(problem)) => {
            model.fault = Some((During::Read, *problem));
            Vec::new()
        }
    }
}

fn sync_ended(model: &mut Panel, ticket: u32, id: &str, result: Result<Box<SyncReply>, Fault>) -> Vec<Effect> {
    if ticket != model.ticket {
        return Vec::new();
    }
    if let Err(Fault::SignedOut(absence)) = result {
        return signed_out(model, absence);
    }
    if model.is_list() {
        return row_ended(model, id, result);
    }
    model.work = None;
    match result {
        Ok(reply) => {
            let reply = *reply;
            model.closing = model.mode == Mode::Button && went_well(&reply.entry);
            model.view = Some(reply.view);
            model.entry = Some(reply.entry);
            model.older = Older::default();
        }
        Err(Fault::Problem(problem)) => model.fault = Some((During::Sync, *problem)),
        Err(Fault::SignedOut(_)) => {}
    }
    if model.closing { vec![Effect::CloseSoon] } else { Vec::new() }
}

/// Whether there is nothing that the person has to read.
fn went_well(entry: &EntryView) -> bool {
    matches!(entry.outcome, Outcome::Created | Outcome::Updated | Outcome::Unchanged)
        && entry.problems.is_empty()
        && entry.dependencies.iter().all(|dependency| dependency.problems.is_empty())
}

fn row_ended(model: &mut Panel, id: &str, result: Result<Box<SyncReply>, Fault>) -> Vec<Effect> {
    let mut name = None;
    let phase = match result {
        Ok(reply) => {
            name = Some(reply.entry.name.clone());
            Phase::Ended(reply.entry.into())
        }
        Err(Fault::Problem(problem)) => {
            if connection_of(problem.code).is_some() {
                // Nothing that follows can succeed: the records keep their turn for later.
                model.fault = Some((During::Sync, *problem));
                for row in &mut model.rows {
                    if row.phase == Phase::Working {
                        row.phase = Phase::Waiting;
                    }
                }
                model.ticket += 1;
                return Vec::new();
            }
            Phase::Refused(problem)
        }
        Err(Fault::SignedOut(_)) => Phase::Waiting,
    };
    // The same limit would meet all that follow.
    if phase.problems().iter().any(|problem| problem.code.is_limit()) {
        model.stopped = true;
    }
    if let Some(row) = model.rows.iter_mut().find(|row| row.id == id) {
        row.name = name.or(row.name.take());
        row.phase = phase;
    }
    pump(model)
}

/// Starts as many records of a short list as may be under way.
fn pump(model: &mut Panel) -> Vec<Effect> {
    let Page::Records(module, _) = model.page else { return Vec::new() };
    let mut effects = Vec::new();
    if model.stopped {
        return effects;
    }
    let mut busy = model.rows.iter().filter(|row| row.phase == Phase::Working).count();
    for row in &mut model.rows {
        if busy >= LANES {
            break;
        }
        if row.phase == Phase::Waiting {
            row.phase = Phase::Working;
            busy += 1;
            effects.push(Effect::Sync(model.ticket, module, row.id.clone()));
        }
    }
    effects
}

fn retry(model: &mut Panel) -> Vec<Effect> {
    if model.is_bulk() {
        return bulk::take_up(model);
    }
    for row in &mut model.rows {
        if row.phase.is_retryable() {
            row.phase = Phase::Waiting;
        }
    }
    model.stopped = false;
    model.notice = None;
    pump(model)
}

fn remedy_saved(model: &mut Panel, ticket: u32, result: Result<(), Fault>) -> Vec<Effect> {
    if ticket != model.ticket {
        return Vec::new();
    }
    model.saving = false;
    match result {
        Ok(()) if model.is_list() => retry(model),
        // Who has asked for a sync gets it; who was only looking is shown what it would do now.
        Ok(()) if model.was_attempted() => sync(model),
        Ok(()) => read(model),
        Err(Fault::SignedOut(absence)) => signed_out(model, absence),
        Err(Fault::Problem(problem)) => {
            model.notice = Some(*problem);
            Vec::new()
        }
    }
}

fn older_wanted(model: &mut Panel) -> Vec<Effect> {
    let last = model.entries().last().map(|entry| entry.id.clone());
    let (Some((module, id)), Some(last)) = (model.record(), last) else { return Vec::new() };
    if model.older.loading {
        return Vec::new();
    }
    model.older.loading = true;
    vec![Effect::ReadEntries(model.ticket, module, id, last)]
}

fn older_arrived(model: &mut Panel, ticket: u32, result: Result<EntriesPage, Fault>) -> Vec<Effect> {
    // A sync in between starts the log anew; then nobody waits for this page any more.
    if ticket != model.ticket || !model.older.loading {
        return Vec::new();
    }
    model.older.loading = false;
    match result {
        Ok(page) => {
            model.older.entries.extend(page.entries);
            model.older.more = Some(page.more);
            Vec::new()
        }
        Err(Fault::SignedOut(absence)) => signed_out(model, absence),
        Err(Fault::Problem(problem)) => {
            model.notice = Some(*problem);
            Vec::new()
        }
    }
}
