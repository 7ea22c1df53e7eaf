//! Starting runs, ending them, taking up again what they left, and showing them.

use super::next::{Next, database_pause};
use super::state::{PairRun, Run};
use super::{chunk, forecast, listing};
use crate::access::Refusal;
use crate::access::rights::{Administrator, Member};
use crate::store::audit;
use crate::store::candidates::{self, Candidate, Side};
use crate::store::entries;
use crate::store::requests::{Once, RequestKey};
use crate::store::runs as table;
use crate::store::waiting;
use crate::sync::Engine;
use crate::text;
use ports::{DatabaseError, Ports, Statement};
use shared::api::Outcome;
use shared::api::runs::{PairChoice, RunKind, RunRequest, RunState, RunView, RunsPage, Scope, WaitingView};
use shared::id::{OrgId, XeroId, ZohoId};
use shared::module::Module;
use shared::problem::{self, Code};
use shared::settings::{Direction, Settings};
use std::collections::{BTreeMap, BTreeSet};

/// Records that a run of given records takes at most.
const RECORDS: usize = 1_000;

/// Days that a window reaches back at most: a century.
const DAYS: u32 = 36_500;

/// Waiting records that are shown at most.
const WAITING: usize = 200;

/// What became of a scheduled start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Started {
    /// This run was started.
    Run(String),
    /// Another one is under way.
    Busy,
}

/// [`Engine::start_run_once`]
pub(super) async fn start_run_once<P: Ports>(
    engine: &Engine<'_, P>,
    user: &Member,
    request: &RunRequest,
    key: &RequestKey,
) -> Result<RunView, Refusal> {
    let once = Once::new(user, "start-run", request, key);
    if let Some(started) = once.result(engine.ports).await? {
        return run(engine, user, &started).await;
    }
    let started = start(engine, user, request, Some(&once)).await;
    or_started(engine, user, &once, started).await
}

/// What was started, or what the same request had started that came a moment before.
async fn or_started<P: Ports>(
    engine: &Engine<'_, P>,
    user: &Member,
    once: &Once,
    started: Result<RunView, Refusal>,
) -> Result<RunView, Refusal> {
    match started {
        Err(refusal) if refusal.problem.code == Code::RunInProgress => match once.result(engine.ports).await? {
            Some(started) => run(engine, user, &started).await,
            None => Err(refusal),
        },
        started => started,
    }
}

/// [`Engine::start_run`]
pub(super) async fn start<P: Ports>(
    engine: &Engine<'_, P>,
    user: &Member,
    request: &RunRequest,
    once: Option<&Once>,
) -> Result<RunView, Refusal> {
    let bulk = matches!(request.scope, Scope::Records(_));
    if !bulk {
        user.administrator()?;
    }
    let settings = connected_settings(engine, &user.org).await?;
    let pairs = pairs(request, &settings)?;
    let kind = if bulk { RunKind::Bulk } else { RunKind::Manual };
    let mut run = new_run(engine, kind, request.scope.clone(), pairs);
    run.by = Some(user.name.clone());
    run.user = Some(user.id.clone());
    run.as_user = bulk;
    run.preview = request.preview;
    let mut staged: Vec<Candidate> = Vec::new();
    if let Scope::Records(records) = &request.scope {
        // A record that is given twice is one.
        for record in records.iter().collect::<BTreeSet<_>>() {
            if let Ok(id) = ZohoId::new(record.id.clone()) {
                staged.push(Candidate::of_crm(Run::order(record.module), Side::Crm, id, None));
            }
        }
    }
    let note = (!bulk && !run.preview).then(|| note(engine, user, audit::Action::StartRun, &run));
    save_new(engine, &user.org, &mut run, &staged, note, once).await?;
    Ok(run.view())
}

/// [`Engine::start_scheduled`]
pub(super) async fn start_scheduled<P: Ports>(engine: &Engine<'_, P>, org: &OrgId) -> Result<Started, Refusal> {
    let settings = connected_settings(engine, org).await?;
    let chosen = &settings.schedule.pairs;
    let pairs = Module::ALL
        .into_iter()
        .filter_map(|module| {
            let wanted = match chosen.is_empty() {
                true => Direction::Both,
                false => *chosen.get(&module)?,
            };
            Some(PairRun::new(module, wanted.within(settings.direction(module))?))
        })
        .collect();
    let mut run = new_run(engine, RunKind::Scheduled, Scope::SinceLast, pairs);
    match save_new(engine, org, &mut run, &[], None, None).await {
        Ok(()) => Ok(Started::Run(run.id)),
        Err(refusal) if refusal.problem.code == Code::RunInProgress => Ok(Started::Busy),
        Err(refusal) => Err(refusal),
    }
}

/// [`Engine::begin_run`]
pub(super) async fn begin_run<P: Ports>(engine: &Engine<'_, P>, user: &Member, id: &str) -> Result<RunView, Refusal> {
    let _turn = engine.desk.run_turn(&user.org).await;
    let mut run = own_run(engine, user, id).await?;
    may_steer(user, &run)?;
    if run.state != RunState::Ready {
        if !run.preview {
            // It was begun before, maybe by this very request.
            return Ok(run.view());
        }
        let reason = "it is no preview that waits to be started".to_owned();
        return Err(Refusal::of(Code::InvalidRequest, &[("field", "run".to_owned()), ("reason", reason)]));
    }
    let now = engine.ports.now();
    run.preview = false;
    run.forecast = None;
    if !run.as_user {
        // It is begun by whoever begins it, who may not be the one who listed it.
        run.by = Some(user.name.clone());
        run.user = Some(user.id.clone());
    }
    run.state = RunState::Running;
    run.resumes_at = None;
    if now - run.started_at > chrono::Duration::hours(1) && !matches!(run.scope, Scope::Records(_)) {
        listing::restart(&mut run);
        run.state = RunState::Listing;
        run.listed = false;
    }
    let mut statements = vec![run.save(&user.org)?];
    statements.extend((!run.as_user).then(|| note(engine, user, audit::Action::StartRun, &run)));
    match engine.ports.batch(statements).await {
        Ok(_) => {}
        Err(DatabaseError::Unique(_)) => return Err(in_progress(engine, &user.org, &run).await?),
        Err(error) => return Err(error.into()),
    }
    engine.desk.show_run(&user.org, run.view());
    Ok(run.view())
}

/// [`Engine::run`]
pub(super) async fn run<P: Ports>(engine: &Engine<'_, P>, user: &Member, id: &str) -> Result<RunView, Refusal> {
    let run = own_run(engine, user, id).await?;
    // That it waits for the database itself could not be saved.
    let unsaved = engine.desk.live_run(&user.org, id).filter(|live| {
        run.active() && live.problem.as_ref().is_some_and(|problem| problem.code == Code::DatabaseDayLimit)
    });
    Ok(unsaved.unwrap_or_else(|| run.view()))
}

/// [`Engine::runs`]
pub(super) async fn runs<P: Ports>(
    engine: &Engine<'_, P>,
    user: &Member,
    before: Option<&str>,
) -> Result<RunsPage, Refusal> {
    let rows = engine.ports.query(table::select_page(&user.org, &user.viewer(), before, table::PAGE + 1)).await?;
    let mut runs: Vec<Run> = table::read(rows)?;
    let more = runs.len() > table::PAGE;
    runs.truncate(table::PAGE);
    Ok(RunsPage { runs: runs.iter().map(Run::view).collect(), more })
}

/// [`Engine::cancel_run`]
pub(super) async fn cancel_run<P: Ports>(engine: &Engine<'_, P>, user: &Member, id: &str) -> Result<RunView, Refusal> {
    // The step under way comes to its end first.
    let _turn = engine.desk.run_turn(&user.org).await;
    let mut run = own_run(engine, user, id).await?;
    may_steer(user, &run)?;
    if run.state.ended() {
        return Ok(run.view());
    }
    let note = (user.administers() && run.active()).then(|| note(engine, user, audit::Action::CancelRun, &run));
    run.state = RunState::Cancelled;
    run.ended_at = Some(engine.ports.now());
    run.resumes_at = None;
    let mut statements = vec![run.save(&user.org)?, candidates::clear(&user.org, id)];
    statements.extend(note);
    engine.ports.batch(statements).await?;
    engine.desk.hide_run(&user.org, id);
    Ok(run.view())
}

/// [`Engine::retry_run_once`]
pub(super) async fn retry_run_once<P: Ports>(
    engine: &Engine<'_, P>,
    user: &Member,
    id: &str,
    key: &RequestKey,
) -> Result<RunView, Refusal> {
    let once = Once::new(user, "retry-run", &id, key);
    if let Some(started) = once.result(engine.ports).await? {
        return run(engine, user, &started).await;
    }
    let started = again(engine, user, id, Some(&once)).await;
    or_started(engine, user, &once, started).await
}

/// [`Engine::retry_run`]
pub(super) async fn again<P: Ports>(
    engine: &Engine<'_, P>,
    user: &Member,
    id: &str,
    once: Option<&Once>,
) -> Result<RunView, Refusal> {
    let former = own_run(engine, user, id).await?;
    let rows = engine.ports.query(entries::select_open(&user.org, &user.viewer(), id, RECORDS)).await?;
    let open = entries::read_whole(rows)?;
    retry(engine, user, former.as_user, &former.pairs, &open, once).await
}

/// [`Engine::retry_entry_once`]
pub(super) async fn retry_entry_once<P: Ports>(
    engine: &Engine<'_, P>,
    user: &Member,
    id: &str,
    key: &RequestKey,
) -> Result<RunView, Refusal> {
    let once = Once::new(user, "retry-entry", &id, key);
    if let Some(started) = once.result(engine.ports).await? {
        return run(engine, user, &started).await;
    }
    let started = entry_again(engine, user, id, Some(&once)).await;
    or_started(engine, user, &once, started).await
}

/// [`Engine::retry_entry`]
pub(super) async fn entry_again<P: Ports>(
    engine: &Engine<'_, P>,
    user: &Member,
    id: &str,
    once: Option<&Once>,
) -> Result<RunView, Refusal> {
    let unknown = || Refusal::of(Code::RunUnknown, &[]);
    let rows = engine.ports.query(entries::select_one(&user.org, &user.viewer(), id)).await?;
    let entry = entries::read_whole(rows)?.pop().ok_or_else(unknown)?;
    let (as_user, pairs) = match &entry.run {
        Some(run) => {
            let former = own_run(engine, user, run).await?;
            (former.as_user, former.pairs)
        }
        // A click's: with the rights of whoever retries it.
        None => (true, Vec::new()),
    };
    retry(engine, user, as_user, &pairs, std::slice::from_ref(&entry), once).await
}

async fn retry<P: Ports>(
    engine: &Engine<'_, P>,
    user: &Member,
    as_user: bool,
    former: &[PairRun],
    open: &[shared::api::EntryView],
    once: Option<&Once>,
) -> Result<RunView, Refusal> {
    if !as_user {
        user.administrator()?;
    }
    let settings = connected_settings(engine, &user.org).await?;
    let mut staged = Vec::new();
    for entry in open.iter().filter(|entry| is_open(entry.outcome)) {
        let pair = Run::order(entry.module);
        let xero_id = entry.xero_id.clone().and_then(|id| XeroId::new(id).ok());
        match (ZohoId::new(entry.record_id.clone()), xero_id) {
            (Ok(crm_id), xero_id) => staged.push(Candidate::of_crm(pair, Side::Crm, crm_id, xero_id)),
            (Err(_), Some(xero_id)) => staged.push(Candidate::of_xero(pair, xero_id)),
            (Err(_), None) => {}
        }
    }
    if staged.is_empty() {
        let facts = [("field", "run".to_owned()), ("reason", "nothing in it failed or waits".to_owned())];
        return Err(Refusal::of(Code::InvalidRequest, &facts));
    }
    let modules: BTreeSet<Module> = open
        .iter()
        .filter(|entry| staged.iter().any(|one| one.pair == Run::order(entry.module)))
        .map(|entry| entry.module)
        .collect();
    let pairs = modules
        .into_iter()
        .map(|module| {
            let before = former.iter().find(|pair| pair.module == module).map(|pair| pair.direction);
            let allowed = settings.direction(module);
            PairRun::new(module, before.and_then(|before| before.within(allowed)).unwrap_or(allowed))
        })
        .collect();
    let records = staged.iter().filter_map(|one| {
        let module = Module::ALL.get(usize::try_from(one.pair).ok()?)?;
        Some(shared::api::runs::RecordRef { module: *module, id: one.crm_id.as_ref()?.to_string() })
    });
    let mut run = new_run(engine, RunKind::Retry, Scope::Records(records.collect()), pairs);
    run.by = Some(user.name.clone());
    run.user = Some(user.id.clone());
    run.as_user = as_user;
    let note = (!as_user).then(|| note(engine, user, audit::Action::RetryRun, &run));
    save_new(engine, &user.org, &mut run, &staged, note, once).await?;
    Ok(run.view())
}

/// [`Engine::waiting`]
pub(super) async fn waiting<P: Ports>(engine: &Engine<'_, P>, user: &Administrator) -> Result<WaitingView, Refusal> {
    let rows = engine.ports.query(waiting::select_newest(user, WAITING)).await?;
    let records: Vec<_> = waiting::read(rows)?.into_iter().map(|(record, at)| waiting::view(record, at)).collect();
    let problems = problem::in_general(records.iter().map(|record| record.problem));
    Ok(WaitingView { records, problems })
}

/// [`Engine::advance`]
pub(super) async fn advance<P: Ports>(engine: &Engine<'_, P>, org: &OrgId) -> Next {
    match chunk::advance(engine, org).await {
        Ok(next) => next,
        // The database is not there, or takes no more today: nothing can be noted.
        Err(refusal) => Next::At(engine.ports.now() + database_pause(&refusal)),
    }
}

async fn connected_settings<P: Ports>(engine: &Engine<'_, P>, org: &OrgId) -> Result<Settings, Refusal> {
    let connection = crate::store::connections::get(engine.ports, org).await?;
    let connection = connection.ok_or_else(|| Refusal::of(Code::ZohoNotConnected, &[]))?;
    if connection.tenant.is_none() {
        return Err(Refusal::of(Code::XeroNotConnected, &[]));
    }
    Ok(connection.settings)
}

fn new_run<P: Ports>(engine: &Engine<'_, P>, kind: RunKind, scope: Scope, pairs: Vec<PairRun>) -> Run {
    let now = engine.ports.now();
    let given = matches!(scope, Scope::Records(_)) || kind == RunKind::Retry;
    Run {
        id: text::time_id(now, engine.ports),
        kind,
        by: None,
        user: None,
        as_user: false,
        scope,
        preview: false,
        state: if given { RunState::Running } else { RunState::Listing },
        started_at: now,
        ended_at: None,
        resumes_at: None,
        problem: None,
        pairs,
        calls: shared::api::runs::Calls::default(),
        forecast: None,
        listed: given,
        lists: Vec::new(),
        marks: Vec::new(),
        at_work: Vec::new(),
        setbacks: 0,
        put_back: 0,
        went_first: BTreeMap::new(),
    }
}

/// Notes what an administrator did with a run, by its pairs.
fn note<P: Ports>(engine: &Engine<'_, P>, user: &Member, action: audit::Action, run: &Run) -> Statement {
    let pairs: Vec<String> = run.pairs.iter().map(|pair| text::plural(pair.module)).collect();
    audit::note(engine.ports, &user.org, &user.name, action, &pairs.join(", "), engine.ports.now())
}

async fn save_new<P: Ports>(
    engine: &Engine<'_, P>,
    org: &OrgId,
    run: &mut Run,
    staged: &[Candidate],
    note: Option<Statement>,
    once: Option<&Once>,
) -> Result<(), Refusal> {
    for one in staged {
        if let Some(pair) = run.pairs.iter_mut().find(|pair| Run::order(pair.module) == one.pair) {
            pair.remaining += 1;
            pair.update += 1;
        }
    }
    if run.preview && run.state == RunState::Running {
        // Given records need no list: what they cost is known at once.
        let budget = engine.desk.budget.view(engine.ports.now());
        run.forecast = Some(forecast::forecast(run, engine.config.pace, budget.day_remaining, 0, 5_000));
        run.state = RunState::Ready;
    }
    let mut statements = Vec::new();
    if let Some(user) = &run.user {
        statements.extend(table::drop_own_previews(org, user));
    }
    statements.push(run.save(org)?);
    if !staged.is_empty() {
        statements.push(candidates::stage(org, &run.id, staged)?);
    }
    statements.extend(note);
    statements.extend(once.map(|once| once.note(&run.id, engine.ports.now())));
    match engine.ports.batch(statements).await {
        Ok(_) => {}
        Err(DatabaseError::Unique(_)) => return Err(in_progress(engine, org, run).await?),
        Err(error) => return Err(error.into()),
    }
    if run.active() {
        engine.desk.show_run(org, run.view());
    }
    Ok(())
}

/// Why a run can't be started now: another one of its lane is under way. Says whose, and until when it waits.
async fn in_progress<P: Ports>(engine: &Engine<'_, P>, org: &OrgId, wanted: &Run) -> Result<Refusal, Refusal> {
    let active = table::active::<Run>(engine.ports, org).await?;
    let mut facts = Vec::new();
    if let Some(other) = active.iter().find(|run| run.lane() == wanted.lane()) {
        facts.extend(other.resumes_at.and_then(|at| problem::until(at - engine.ports.now())));
        facts.push(("name", whose(other, wanted)));
        if wanted.preview || wanted.as_user {
            let reason = "Everybody has one run of chosen records and one preview at a time.";
            facts.push(("reason", reason.to_owned()));
        }
    }
    Ok(Refusal::of(Code::RunInProgress, &facts))
}

/// A run that the user may see.
async fn own_run<P: Ports>(engine: &Engine<'_, P>, user: &Member, id: &str) -> Result<Run, Refusal> {
    let rows = engine.ports.query(table::select(&user.org, &user.viewer(), id)).await?;
    table::read::<Run>(rows)?.pop().ok_or_else(|| Refusal::of(Code::RunUnknown, &[]))
}

/// A run that keeps another one from being started, for whoever wanted to.
fn whose(run: &Run, wanted: &Run) -> String {
    let own = run.user.is_some() && run.user == wanted.user;
    let count = match &run.scope {
        Scope::Records(records) if records.len() == 1 => " of one record".to_owned(),
        Scope::Records(records) => format!(" of {} records", records.len()),
        Scope::SinceLast | Scope::Days(_) | Scope::Everything => String::new(),
    };
    let what = if run.preview { "preview" } else { "run" };
    match (&run.by, run.kind) {
        _ if own => format!("Your {what}{count}"),
        (Some(by), _) => format!("The {what}{count} of {by}"),
        (None, RunKind::Scheduled) => "The scheduled run".to_owned(),
        (None, _) => "Another run".to_owned(),
    }
}

/// Whoever begins, continues or ends a run has the right that it needs, now: a run of more than given records is for
/// administrators, also for whoever began it as one.
fn may_steer(user: &Member, run: &Run) -> Result<(), Refusal> {
    if run.as_user { Ok(()) } else { user.administrator().map(drop) }
}

/// The pairs of a request, in the order of runs, within the pairs' own directions.
fn pairs(request: &RunRequest, settings: &Settings) -> Result<Vec<PairRun>, Refusal> {
    let invalid = |field: &str, reason: &str| {
        Refusal::from(problem::of(Code::InvalidRequest, &[("field", field.to_owned()), ("reason", reason.to_owned())]))
    };
    let chosen: BTreeSet<Module> = request.pairs.iter().map(|pair| pair.module).collect();
    if chosen.len() != request.pairs.len() {
        return Err(invalid("pairs", "a pair stands there twice"));
    }
    match &request.scope {
        Scope::Days(days) if !(1..=DAYS).contains(days) => {
            return Err(invalid("scope", "the number of days must be from 1 to 36,500"));
        }
        Scope::Records(records) => {
            if records.is_empty() || records.len() > RECORDS {
                return Err(invalid("scope", "a run takes 1 to 1,000 given records"));
            }
            if records.iter().any(|record| ZohoId::new(record.id.clone()).is_err()) {
                return Err(invalid("scope", "a record's id must be digits"));
            }
            if records.iter().any(|record| !chosen.contains(&record.module)) {
                return Err(invalid("pairs", "the pair of a given record is missing"));
            }
        }
        _ => {}
    }
    if request.pairs.is_empty() {
        return Err(invalid("pairs", "at least one pair must be chosen"));
    }
    let mut pairs = Vec::new();
    for PairChoice { module, direction } in &request.pairs {
        let direction = direction
            .within(settings.direction(*module))
            .ok_or_else(|| invalid("pairs", &format!("the settings close this direction for {}", module.api_name())))?;
        pairs.push(PairRun::new(*module, direction));
    }
    pairs.sort_by_key(|pair| Run::order(pair.module));
    Ok(pairs)
}

/// Whether a record of a run can be taken up again: it was not brought to an end.
fn is_open(outcome: Outcome) -> bool {
    matches!(outcome, Outcome::Failed | Outcome::Deferred | Outcome::Undecided)
}
