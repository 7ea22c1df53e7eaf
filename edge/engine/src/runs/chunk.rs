//! One step of a run: some pages of its lists, or one chunk of its records. What a step has done is saved in one batch:
//! the entries, the candidates that are done, what waits, the counts and, with a pair's last chunk, its cursors.

use super::listing;
use super::next::{Next, database_pause};
use super::state::{PairRun, Run};
use crate::access::Refusal;
use crate::access::rights::{Member, Viewer};
use crate::store::candidates::{self, Candidate, Side};
use crate::store::cursors::{self, Cursor};
use crate::store::waiting::{self, PARKED_AFTER, Waiting};
use crate::store::{entries, runs as table, sessions};
use crate::sync::{Context, Done, Engine, Errand, Item, Reader, is_weather, passes, reason_of, sync_many};
use crate::text;
use chrono::{DateTime, Duration, Utc};
use ports::{DatabaseError, Ports, Statement};
use shared::api::runs::{RunKind, RunState, Scope};
use shared::api::{EntryView, Outcome};
use shared::id::OrgId;
use shared::module::Module;
use shared::problem::{self, Code, Problem};
use shared::settings::Direction;
use shared::settings::validate::{Invalid, check};
use std::cell::RefCell;
use std::collections::HashMap;

/// Xero's calls that a step makes at most, for all practical purposes.
const STEP_CALLS: u32 = 12;

/// Steps in a row without getting on after which a run gives up: with the growing pauses more than a day.
const SETBACKS: u32 = 40;

/// Attempts after which a record is taken up alone, so that it harms no other.
const ALONE_AFTER: i64 = 3;

/// Steps in a row that did nothing but put records back, after which the next one takes a single record.
const MOST_PUT_BACK: u32 = 2;

/// Attempts after which a record has failed.
const ATTEMPTS: i64 = 6;

/// How old the organisations' lists may be when a scheduled run begins.
const LISTS_HOURS: i64 = 6;

/// Failed entries that a notice is given.
const TOLD: usize = 50;

/// Does one step of an active run. Several take turns, so that nobody's list waits for the end of a long run.
pub(super) async fn advance<P: Ports>(engine: &Engine<'_, P>, org: &OrgId) -> Result<Next, Refusal> {
    let _turn = engine.desk.run_turn(org).await;
    let ports = engine.ports;
    let active = table::active::<Run>(ports, org).await?;
    if active.is_empty() {
        engine.desk.hide_runs(org);
        return Ok(Next::Idle);
    }
    let now = ports.now();
    let waits = |run: &Run| run.resumes_at.filter(|at| *at > now);
    for run in active.iter().filter(|run| waits(run).is_some()) {
        engine.desk.show_run(org, run.view());
    }
    let others = |chosen: Option<&Run>| {
        let others = active.iter().filter(|run| chosen.is_none_or(|chosen| chosen.id != run.id));
        others.map(|run| waits(run).map_or(Next::Now, Next::At)).reduce(Next::sooner).unwrap_or(Next::Idle)
    };
    let last = engine.desk.stepped(org);
    let ready = || active.iter().filter(|run| waits(run).is_none());
    let next = ready().find(|run| Some(&run.id) > last.as_ref()).or_else(|| ready().next());
    let Some(run) = next else { return Ok(others(None)) };
    engine.desk.step_of(org, &run.id);
    let next = one_step(engine, org, run.clone()).await?;
    Ok(next.sooner(others(Some(run))))
}

async fn one_step<P: Ports>(engine: &Engine<'_, P>, org: &OrgId, mut run: Run) -> Result<Next, Refusal> {
    let ports = engine.ports;
    let now = ports.now();
    let parked = run.problem.as_ref().is_some_and(|problem| is_parked(problem.code));
    if run.state == RunState::Waiting {
        run.state = if run.listed { RunState::Running } else { RunState::Listing };
        run.resumes_at = None;
    }
    // A run of chosen records has the rights of whoever chose them, as they are now. Never more: without them it ends.
    let member = match run.as_user {
        true => Some(chooser(engine, org, &run).await),
        false => None,
    };
    let opened = match &member {
        Some(Ok(member)) => Context::open(engine, Reader::Member(member), Errand::List(member), None).await,
        Some(Err(refusal)) => Err(refusal.clone()),
        None => Context::open(engine, Reader::Connection(org), Errand::Run, None).await,
    };
    let mut noted = None;
    let next = match opened {
        Err(refusal) => Err(refusal),
        Ok(mut context) => {
            context.called = run.calls;
            context.directions = run.pairs.iter().map(|pair| (pair.module, pair.direction)).collect();
            context.since = Some(run.started_at);
            let next = step(&mut context, &mut run, parked).await;
            run.count_calls(&context);
            noted = context.saved.take();
            engine.desk.budget.note_zoho_credits(context.clients.log.credits());
            next
        }
    };
    let next = match next {
        Ok(next) => {
            run.setbacks = 0;
            if run.state != RunState::Waiting {
                run.problem = run.problem.take().filter(|problem| !is_weather(problem));
            }
            next
        }
        Err(refusal) => {
            // Whether the step's last save was made, only the database knows.
            let saved = table::read::<Run>(ports.query(table::select(org, &Viewer::nobody(), &run.id)).await?)?.pop();
            let Some(saved) = saved.filter(Run::active) else { return Ok(Next::Idle) };
            run = Run { calls: run.calls, setbacks: run.setbacks, ..saved };
            setback(engine, &mut run, refusal)
        }
    };
    if run.state.ended() {
        // Told before it is saved: a stop in between tells it twice rather than never.
        let failed = ports.query(entries::select_open(org, &Viewer::nobody(), &run.id, TOLD)).await?;
        let failed = entries::read_whole(failed)?;
        let untold = engine.tell_run(org, &run.view(), &failed).await;
        run.problem = run.problem.take().or_else(|| untold.into_iter().next());
    }
    let mut statements = vec![run.save(org)?];
    // A step that has saved it as it is need not do so again.
    statements.retain(|save| noted.as_ref() != Some(save));
    statements.extend(engine.desk.keep_budget(org)?);
    let kept = match statements.is_empty() {
        true => Ok(()),
        false => ports.batch(statements).await.map(drop),
    };
    match kept {
        // It can't be noted that the run waits, but everybody who looks at it is told.
        Err(DatabaseError::DayUsedUp { wait }) if run.active() => {
            let at = now + wait;
            run.state = RunState::Waiting;
            run.resumes_at = Some(at);
            run.problem = Some(Refusal::from(DatabaseError::DayUsedUp { wait }).problem);
            engine.desk.show_run(org, run.view());
            return Ok(Next::At(at));
        }
        kept => kept?,
    }
    match run.active() {
        true => engine.desk.show_run(org, run.view()),
        false => engine.desk.hide_run(org, &run.id),
    }
    Ok(if run.state.ended() { Next::Idle } else { next })
}

/// Whoever chose the records of a run.
async fn chooser<P: Ports>(engine: &Engine<'_, P>, org: &OrgId, run: &Run) -> Result<Member, Refusal> {
    let gone = || Refusal::of(Code::SessionExpired, &[]);
    let id = run.user.as_ref().ok_or_else(gone)?;
    let user = sessions::user(engine.ports, org, id).await?.ok_or_else(gone)?;
    engine.member_at_work(&user).await
}

async fn step<P: Ports>(context: &mut Context<'_, P>, run: &mut Run, parked: bool) -> Result<Next, Refusal> {
    if context.reader.user().is_none() {
        context.connection_sees_all().await?;
        if let Some(user) = &run.user {
            context.is_still_here(user, run.by.as_deref().unwrap_or_default()).await?;
        }
    }
    if run.state == RunState::Listing {
        if listing::begins(run) && renew_lists(context, run).await? {
            return Ok(Next::Now);
        }
        listing::step(context, run).await?;
        return Ok(if run.active() { Next::Now } else { Next::Idle });
    }
    keep_the_reserve(context, parked).await?;
    work(context, run).await
}

/// A scheduled run begins with lists of today, so that a choice which does not work any more is told at once: the run
/// says which, and its records say it, too. Says whether the lists were read, which is a step by itself.
async fn renew_lists<P: Ports>(context: &mut Context<'_, P>, run: &mut Run) -> Result<bool, Refusal> {
    let old = context.lists.read_at < context.ports.now() - Duration::hours(LISTS_HOURS);
    let renew = run.kind == RunKind::Scheduled && old;
    if renew {
        context.renew_lists().await?;
    }
    if run.kind == RunKind::Scheduled {
        let found = check(&context.settings, &context.lists.crm, &context.lists.xero);
        run.problem = found.first().map(Invalid::broken);
    }
    Ok(renew)
}

/// Runs leave some of Xero's day for the button. A run that waits for the next day asks Xero now and then how much is
/// left, at one call each time.
async fn keep_the_reserve<P: Ports>(context: &Context<'_, P>, parked: bool) -> Result<(), Refusal> {
    let now = context.ports.now();
    if parked && let Err(error) = context.clients.xero().page("Contacts", Some(now), 1).await {
        return Err(context.clients.refuse(error).await);
    }
    let reserve = u32::from(context.settings.day_reserve.0);
    match context.engine.desk.budget.day_remaining(now) {
        Some(left) if left < reserve + STEP_CALLS => Err(Refusal::of(Code::DayReserve, &[])),
        _ => Ok(()),
    }
}

/// What a failed step means for the run.
fn setback<P: Ports>(engine: &Engine<'_, P>, run: &mut Run, refusal: Refusal) -> Next {
    let now = engine.ports.now();
    run.setbacks += 1;
    let code = refusal.problem.code;
    let passes = is_weather(&refusal.problem) || code == Code::Internal;
    let database = database_pause(&refusal);
    if code.ends_run() || !passes || run.setbacks > SETBACKS || (code == Code::Internal && run.setbacks > 5) {
        run.state = RunState::Failed;
        run.problem = Some(refusal.problem);
        run.ended_at = Some(now);
        run.resumes_at = None;
        return Next::Idle;
    }
    let at = match code {
        Code::XeroDayLimit => {
            let until = engine.desk.budget.state().day_until.filter(|until| *until > now);
            until.unwrap_or_else(|| now + Duration::hours(1))
        }
        code if is_parked(code) => {
            // Reaching what others are left is no setback.
            run.setbacks = 0;
            now + Duration::hours(1)
        }
        Code::DatabaseDayLimit => now + database,
        Code::XeroMinuteLimit | Code::XeroMinuteShare => now + Duration::seconds(60),
        Code::XeroConcurrentLimit | Code::SyncInProgress => now + Duration::seconds(5),
        Code::ZohoTokenLimit => now + Duration::minutes(10),
        _ => now + pause(run.setbacks),
    };
    run.state = RunState::Waiting;
    run.problem = Some(refusal.problem);
    run.resumes_at = Some(at);
    Next::At(at)
}

/// Whether a run waits because it leaves some of Xero's day to others.
fn is_parked(code: Code) -> bool {
    matches!(code, Code::DayReserve | Code::XeroDayShare)
}

/// The pause after so many setbacks in a row: half a minute at first, an hour at last.
fn pause(setbacks: u32) -> Duration {
    let seconds = 30_i64.saturating_mul(1 << setbacks.saturating_sub(1).min(7));
    Duration::seconds(seconds.min(3_600))
}

/// One chunk of the first pair that has candidates.
async fn work<P: Ports>(context: &mut Context<'_, P>, run: &mut Run) -> Result<Next, Refusal> {
    let (ports, org) = (context.ports, context.org().clone());
    let Some(module) = run.pairs.iter().find(|pair| !pair.closed).map(|pair| pair.module) else {
        run.state = RunState::Done;
        run.ended_at = Some(ports.now());
        return Ok(Next::Idle);
    };
    let order = Run::order(module);
    let chunk = context.engine.config.pace.chunk();
    let rows = ports.query(candidates::select(&org, &run.id, order, chunk)).await?;
    let mut rows = candidates::read(rows)?;
    if rows.is_empty() {
        let mut statements = close(context, run, module)?;
        statements.push(run.save(&org)?);
        ports.batch(statements).await?;
        return Ok(Next::Now);
    }
    let cut_off = std::mem::take(&mut run.at_work);
    for row in rows.iter_mut().filter(|row| cut_off.contains(&row.record)) {
        row.attempts += 1;
    }
    if let Some(alone) = rows.iter().position(|row| row.attempts >= ALONE_AFTER) {
        rows = vec![rows.swap_remove(alone)];
    } else if run.put_back >= MOST_PUT_BACK {
        rows.truncate(1);
        context.room.single();
    }
    let records: Vec<&str> = rows.iter().map(|row| row.record.as_str()).collect();
    let ids: Vec<String> =
        rows.iter().filter(|row| row.attempts > 0).map(|row| entry_id(run, module, &row.record)).collect();
    let mut statements = vec![
        waiting::select(&context.clients.scope, &Viewer::nobody(), records.iter().map(|record| (module, *record)))?,
        entries::select_ids(&org, &Viewer::nobody(), &ids)?,
    ];
    if !cut_off.is_empty() {
        let cut_off: Vec<&str> = cut_off.iter().map(String::as_str).collect();
        statements.push(candidates::attempt(&org, &run.id, order, &cut_off)?);
    }
    // One row says what all of the chunk's would have to: that an attempt has begun.
    run.at_work = records.iter().map(|record| (*record).to_owned()).collect();
    statements.push(run.save(&org)?);
    let mut answers = ports.batch(statements).await?.into_iter();
    let before = waiting::read(answers.next().unwrap_or_default())?;
    let before: HashMap<String, Waiting> =
        before.into_iter().map(|(record, _)| (record.record.clone(), record)).collect();
    let opened: HashMap<String, EntryView> = entries::read_whole(answers.next().unwrap_or_default())?
        .into_iter()
        .map(|entry| (entry.id.clone(), entry))
        .collect();
    let worn_out = rows.iter().any(|row| row.attempts >= ATTEMPTS);
    let saved = Saved::default();
    let done = if worn_out {
        // Whoever chose them may not see what somebody else's run has noted of them.
        let known = |row: &Candidate| before.get(&row.record).filter(|_| !run.as_user);
        rows.iter().map(|row| gave_up(row, module, known(row))).collect()
    } else {
        match process_rows(context, run, module, &rows, &saved).await {
            Ok(done) => done,
            Err(refusal) => {
                // Nothing is wrong with the records where a limit or somebody else's click came in between.
                let mut statements = Vec::new();
                if !is_weather(&refusal.problem) || refusal.problem.code == Code::OutcomeUnknown {
                    statements.push(candidates::attempt(&org, &run.id, order, &records)?);
                }
                run.at_work.clear();
                statements.push(run.save(&org)?);
                ports.batch(statements).await?;
                return Err(refusal);
            }
        }
    };
    finish(context, run, module, done, (&before, &opened), saved).await
}

/// The entries that were saved with their links before the chunk's end, by their ids. One of which there is nothing more to
/// tell is not saved again: it would be two more rows.
#[derive(Default)]
struct Saved(RefCell<HashMap<String, EntryView>>);

impl Saved {
    /// Whether this is what is saved. When it ended is that of the first time.
    fn has(&self, entry: &EntryView) -> bool {
        let saved = self.0.borrow();
        saved.get(&entry.id).is_some_and(|saved| *saved == EntryView { at: saved.at, ..entry.clone() })
    }
}

async fn process_rows<P: Ports>(
    context: &mut Context<'_, P>,
    run: &Run,
    module: Module,
    rows: &[Candidate],
    saved: &Saved,
) -> Result<Vec<Done>, Refusal> {
    let items = rows
        .iter()
        .map(|row| Item {
            record: row.record.clone(),
            crm_id: row.crm_id.clone(),
            xero_id: row.xero_id.clone().filter(|_| row.crm_id.is_none() || row.side == Side::Xero),
            body: None,
            needed: false,
        })
        .collect();
    let now = context.ports.now();
    let scribe = |done: &Done| {
        let entry = entry(run, module, done, now);
        saved.0.borrow_mut().insert(entry.id.clone(), entry.clone());
        Some(entry)
    };
    sync_many(context, module, items, &scribe).await
}

/// A record that never came to an end.
fn gave_up(row: &Candidate, module: Module, before: Option<&Waiting>) -> Done {
    let item = Item {
        record: row.record.clone(),
        crm_id: row.crm_id.clone(),
        xero_id: row.xero_id.clone(),
        body: None,
        needed: false,
    };
    let name = before.map_or_else(|| format!("{} {}", module.singular(), row.record), |waiting| waiting.name.clone());
    let mut done =
        Done::new(&item, &name, Outcome::Failed, vec![problem::of(Code::OutcomeUnknown, &[("name", name.clone())])]);
    done.again = None;
    done
}

/// The id of a record's entry in a run: the same each time, so that a chunk which is repeated writes no second one.
fn entry_id(run: &Run, module: Module, record: &str) -> String {
    let hash: String = text::sha256(&format!("{}|{}|{record}", run.id, module.api_name())).chars().take(16).collect();
    format!("{:013}-{hash}", run.started_at.timestamp_millis())
}

fn entry(run: &Run, module: Module, done: &Done, now: DateTime<Utc>) -> EntryView {
    let direction = run.pairs.iter().find(|pair| pair.module == module).map(|pair| pair.direction);
    EntryView {
        id: entry_id(run, module, &done.record),
        module,
        record_id: done.crm_id.as_ref().map(ToString::to_string).unwrap_or_default(),
        name: done.name.clone(),
        outcome: done.outcome,
        at: now,
        took_ms: 0,
        by: run.by.clone(),
        changes: done.changes.clone(),
        problems: done.problems.clone(),
        dependencies: done.dependencies.clone(),
        calls: Vec::new(),
        run: Some(run.id.clone()),
        xero_id: done.xero_id.as_ref().map(ToString::to_string),
        direction: direction.unwrap_or_default(),
        party: done.party.clone(),
    }
}

/// Saves what became of a chunk.
async fn finish<P: Ports>(
    context: &Context<'_, P>,
    run: &mut Run,
    module: Module,
    done: Vec<Done>,
    (before, opened): (&HashMap<String, Waiting>, &HashMap<String, EntryView>),
    saved: Saved,
) -> Result<Next, Refusal> {
    let (ports, org, scope) = (context.ports, context.org().clone(), &context.clients.scope);
    let now = ports.now();
    let order = Run::order(module);
    let mut again: Option<Problem> = None;
    let (mut ended, mut written, mut waiting_now) = (Vec::new(), Vec::new(), Vec::new());
    let (mut twice, mut tried): (Vec<String>, Vec<String>) = Default::default();
    for mut one in done {
        if one.twice {
            let Some(entry) = opened.get(&entry_id(run, module, &one.record)) else {
                twice.push(one.record);
                continue;
            };
            // It was this very record, in an attempt that was cut off after its entry was written.
            one.name.clone_from(&entry.name);
            one.party.clone_from(&entry.party);
            one.problems.clone_from(&entry.problems);
            one.dependencies.clone_from(&entry.dependencies);
        }
        if let Some(reason) = one.again.take() {
            // Nothing is wrong with it where a limit or somebody else's click came in between.
            if reason.code == Code::OutcomeUnknown {
                tried.push(one.record.clone());
            }
            // Being busy is the least of reasons.
            if again.as_ref().is_none_or(|again| again.code == Code::SyncInProgress) {
                again = Some(reason);
            }
            one.dependencies.retain(|went| !went.problems.iter().any(passes));
            if !one.dependencies.is_empty() {
                run.went_first.entry(one.record).or_default().extend(one.dependencies);
            }
            continue;
        }
        if let Some(mut went) = run.went_first.remove(&one.record) {
            went.retain(|before| {
                !one.dependencies.iter().any(|now| (now.module, &now.id) == (before.module, &before.id))
            });
            one.dependencies.splice(0..0, went);
        }
        if let Some(entry) = opened.get(&entry_id(run, module, &one.record)) {
            first_attempt_counts(&mut one, entry);
        }
        let known = before.get(&one.record);
        let direction = run.pairs.iter().find(|pair| pair.module == module).map(|pair| pair.direction);
        let direction = direction.unwrap_or_default();
        let covers = known.is_none_or(|known| known.direction.within(direction) == Some(known.direction));
        // What waits to go another way, too, is not done by being left alone on this one.
        if run.as_user && is_the_chooser_s_own(&one) {
            // That run's entry, and no more: the next run has other rights, and what this one was not allowed to read is
            // nothing that the schedule shall take up for it, nor count.
        } else if waits(&one) && (covers || one.outcome != Outcome::Skipped) {
            let direction = if covers { direction } else { Direction::Both };
            waiting_now.push(waits_now(&mut one, module, direction, context.settings_version, known));
        }
        if let Some(pair) = run.pair_mut(module) {
            pair.counts.add(one.outcome);
            pair.remaining = pair.remaining.saturating_sub(1);
        }
        written.push(entry(run, module, &one, now));
        ended.push(one);
    }
    if let Some(pair) = run.pair_mut(module) {
        pair.remaining = pair.remaining.saturating_sub(u32::try_from(twice.len()).unwrap_or_default());
    }
    let records: Vec<&str> = ended.iter().map(|one| &one.record).chain(&twice).map(String::as_str).collect();
    let at_rest: Vec<&str> = ended.iter().filter(|one| !waits(one)).map(|one| one.record.as_str()).collect();
    let mut statements = vec![candidates::done(&org, &run.id, order, &records)?];
    // Whoever's sight has narrowed meanwhile has to be noted with all of them.
    let same_sight = context.reader.user().is_none() || !context.reads_in_part();
    let unsaved: Vec<&EntryView> = written.iter().filter(|entry| !(same_sight && saved.has(entry))).collect();
    if !unsaved.is_empty() {
        statements.push(context.save_entries(unsaved)?);
    }
    let arrived =
        || ended.iter().zip(&written).filter(|(one, _)| one.record.starts_with("xero:") && one.crm_id.is_some());
    if arrived().next().is_some() {
        statements.push(entries::found(&org, arrived().map(|(_, entry)| entry))?);
    }
    if !tried.is_empty() {
        let tried: Vec<&str> = tried.iter().map(String::as_str).collect();
        statements.push(candidates::attempt(&org, &run.id, order, &tried)?);
    }
    if !waiting_now.is_empty() {
        statements.push(waiting::save(scope, &waiting_now, now)?);
    }
    let direction = run.pairs.iter().find(|pair| pair.module == module).map(|pair| pair.direction).unwrap_or_default();
    // What was to go another way still waits for a run that goes that way.
    let settled = |record: &str| {
        before.get(record).is_some_and(|before| before.direction.within(direction) == Some(before.direction))
    };
    let known: Vec<&str> = at_rest.into_iter().filter(|record| settled(record)).collect();
    if !known.is_empty() {
        statements.push(waiting::delete(scope, module, &known)?);
    }
    if run.pairs.iter().any(|pair| pair.module == module && pair.remaining == 0) && again.is_none() {
        statements.extend(close(context, run, module)?);
    }
    run.at_work.clear();
    let put_back = records.is_empty() && context.room.has_put_back();
    run.put_back = if put_back { run.put_back + 1 } else { 0 };
    run.count_calls(context);
    let save = run.save(&org)?;
    statements.push(save.clone());
    ports.batch(statements).await?;
    context.saved.replace(Some(save));
    match again {
        None => Ok(Next::Now),
        // Some got on: the run has.
        Some(reason) if reason.code == Code::SyncInProgress && (put_back || !records.is_empty()) => Ok(Next::Now),
        Some(reason) if reason.code == Code::SyncInProgress => Ok(Next::At(now + Duration::seconds(2))),
        Some(reason) => {
            if !ended.is_empty() {
                run.setbacks = 0;
            }
            Err(reason.into())
        }
    }
}

/// What the attempt before had done counts, even though this one found it done.
fn first_attempt_counts(done: &mut Done, before: &EntryView) {
    let counts = matches!(
        (before.outcome, done.outcome),
        (Outcome::Created, Outcome::Updated | Outcome::Unchanged) | (Outcome::Updated, Outcome::Unchanged)
    );
    if counts {
        done.outcome = before.outcome;
        let new = std::mem::replace(&mut done.changes, before.changes.clone());
        done.changes.extend(new.into_iter().filter(|change| !before.changes.contains(change)).collect::<Vec<_>>());
    }
}

/// Whether a record did not come to an end because of what whoever chose it may not read or edit.
fn is_the_chooser_s_own(done: &Done) -> bool {
    matches!(done.outcome, Outcome::Failed | Outcome::Deferred | Outcome::Undecided)
        && done.problems.iter().any(|problem| problem.code.may_be_one_persons())
}

/// Whether a later run takes the record up again although nothing about it has changed: it failed, it waits for another
/// one, or the settings left it alone and may be changed.
fn waits(done: &Done) -> bool {
    match done.outcome {
        Outcome::Failed | Outcome::Deferred | Outcome::Undecided => true,
        Outcome::Skipped => done.problems.iter().any(|problem| problem.code.may_go_with_settings()),
        Outcome::Created | Outcome::Updated | Outcome::Unchanged => false,
    }
}

/// How a record waits for a later run.
fn waits_now(
    done: &mut Done,
    module: Module,
    direction: Direction,
    settings_version: i64,
    before: Option<&Waiting>,
) -> Waiting {
    let first = reason_of(&done.problems);
    let code = first.map_or(Code::Internal, |problem| problem.code);
    let reason = first.map(|problem| problem.what.clone()).unwrap_or_default();
    let same =
        before.filter(|before| before.outcome == done.outcome && before.problem == code && before.reason == reason);
    let times = same.map_or(0, |before| before.times) + 1;
    if done.outcome == Outcome::Failed && times >= PARKED_AFTER {
        let parked = problem::of(Code::RecordParked, &[("name", done.name.clone()), ("count", times.to_string())]);
        let parked = match first {
            Some(first) => parked.telling(first),
            None => parked,
        };
        done.problems.push(parked);
    }
    Waiting {
        module,
        record: done.record.clone(),
        crm_id: done.crm_id.clone(),
        xero_id: done.xero_id.clone(),
        name: done.name.clone(),
        direction,
        outcome: done.outcome,
        problem: code,
        reason,
        times,
        settings_version,
    }
}

/// A pair whose candidates are all done: its cursors move on. A window moves no cursor, since what lies before it may
/// never have been looked at.
fn close<P: Ports>(context: &Context<'_, P>, run: &mut Run, module: Module) -> Result<Vec<Statement>, Refusal> {
    if let Some(pair) = run.pair_mut(module) {
        close_pair(pair);
    }
    if !matches!(run.scope, Scope::SinceLast | Scope::Everything) {
        return Ok(Vec::new());
    }
    let now = context.ports.now();
    let listed = run.marks.iter().filter(|listed| listed.module == module);
    let moved: Vec<Cursor> = listed
        .map(|listed| {
            let whole_at = listed.whole.then_some(now);
            Cursor { module, side: listed.side, mark: listed.mark.clone(), whole_at }
        })
        .collect();
    if moved.is_empty() {
        return Ok(Vec::new());
    }
    Ok(vec![cursors::save(&context.clients.scope, &moved)?])
}

fn close_pair(pair: &mut PairRun) {
    pair.closed = true;
    pair.remaining = 0;
}
