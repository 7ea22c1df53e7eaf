//! Runs: many records, both ways, in chunks that can be cut off anywhere and repeated.
//!
//! A run first lists its candidates and stages them in the database ([`listing`]), then takes them up chunk by chunk,
//! pair by pair: parties, items, documents ([`chunk`]). The organisation's Durable Object calls [`Engine::advance`] by
//! its alarm, one step a call. The database is the truth: a step that was cut off is done again, and what the first
//! attempt had done already is found done.

mod arrivals;
mod chunk;
mod forecast;
mod listing;
mod process;
mod references;
mod state;

use crate::access::{Refusal, administrators_only, connect};
use crate::store::audit;
use crate::store::candidates::{self, Candidate, Side};
use crate::store::entries;
use crate::store::runs as table;
use crate::store::sessions::User;
use crate::store::waiting;
use crate::sync::Engine;
use crate::text;
use chrono::{DateTime, Utc};
use ports::{DatabaseError, Ports, Row, Statement};
use shared::api::Outcome;
use shared::api::runs::{PairChoice, RunKind, RunRequest, RunState, RunView, RunsPage, Scope, WaitingView};
use shared::id::{XeroId, ZohoId, ZohoOrgId};
use shared::module::Module;
use shared::problem::{self, Code};
use shared::settings::{Direction, Settings};
use state::{PairRun, Run};
use std::collections::BTreeSet;

/// Records that a run of given records takes at most.
const RECORDS: usize = 1_000;

/// Days that a window reaches back at most: a century.
const DAYS: u32 = 36_500;

/// Waiting records that are shown at most.
const WAITING: usize = 200;

/// When [`Engine::advance`] wants to be called again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// At once.
    Now,
    /// Then.
    At(DateTime<Utc>),
    /// When something was started.
    Idle,
}

/// The newest runs that a user may see, for whoever asks for them beside other things.
pub(crate) struct RunList;

impl RunList {
    /// The statement whose rows [`RunList::read`] reads.
    pub(crate) fn select(user: &User, count: usize) -> Statement {
        table::select_page(&user.org, (!user.administrator).then(|| user.id.as_str()), None, count)
    }

    /// For people.
    pub(crate) fn read(rows: Vec<Row>) -> Result<Vec<RunView>, DatabaseError> {
        Ok(table::read::<Run>(rows)?.iter().map(Run::view).collect())
    }
}

/// What became of a scheduled start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Started {
    /// This run was started.
    Run(String),
    /// Another one is under way.
    Busy,
}

impl<P: Ports> Engine<'_, P> {
    /// Starts a run, or lists what it would do. Its work is done by [`Engine::advance`].
    ///
    /// # Errors
    /// [`Refusal`]: `RunInProgress` while another one is under way, `NotAdministrator` for a run of more than given
    /// records, `InvalidRequest` when it asks for nothing or for what a pair's direction does not allow.
    pub async fn start_run(&self, user: &User, request: &RunRequest) -> Result<RunView, Refusal> {
        let bulk = matches!(request.scope, Scope::Records(_));
        if !bulk {
            connect::require_administrator(self.ports, self.config, &self.desk.tokens, user).await?;
        }
        let settings = self.connected_settings(&user.org).await?;
        let pairs = pairs(request, &settings)?;
        let kind = if bulk { RunKind::Bulk } else { RunKind::Manual };
        let mut run = self.new_run(kind, request.scope.clone(), pairs);
        run.by = Some(user.name.clone());
        run.user = Some(user.id.clone());
        run.as_user = bulk;
        run.preview = request.preview;
        let mut staged: Vec<Candidate> = Vec::new();
        if let Scope::Records(records) = &request.scope {
            // A record that is given twice is one.
            for record in records.iter().collect::<BTreeSet<_>>() {
                let seq = i64::try_from(staged.len()).unwrap_or(i64::MAX);
                if let Ok(id) = ZohoId::new(record.id.clone()) {
                    staged.push(Candidate::of_crm(Run::order(record.module), seq, Side::Crm, id, None));
                }
            }
        }
        let note = (!bulk && !run.preview).then(|| self.note(user, "start-run", &run));
        self.save_new(&user.org, &mut run, &staged, note).await?;
        Ok(run.view())
    }

    /// Starts the run that the schedule asks for. Without a schedule that says otherwise it takes all pairs.
    ///
    /// # Errors
    /// [`Refusal`] when the two sides are not connected, or the database fails.
    pub async fn start_scheduled(&self, org: &ZohoOrgId) -> Result<Started, Refusal> {
        let settings = self.connected_settings(org).await?;
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
        let mut run = self.new_run(RunKind::Scheduled, Scope::SinceLast, pairs);
        match self.save_new(org, &mut run, &[], None).await {
            Ok(()) => Ok(Started::Run(run.id)),
            Err(refusal) if refusal.problem.code == Code::RunInProgress => Ok(Started::Busy),
            Err(refusal) => Err(refusal),
        }
    }

    /// Starts a run that was listed as a preview. What was listed long ago is listed anew.
    ///
    /// # Errors
    /// [`Refusal`]: `RunUnknown`, `InvalidRequest` when it is no preview that waits, `RunInProgress`.
    pub async fn begin_run(&self, user: &User, id: &str) -> Result<RunView, Refusal> {
        let _turn = self.desk.run_turn(&user.org).await;
        let mut run = self.own_run(user, id).await?;
        if run.state != RunState::Ready {
            let facts =
                [("field", "run".to_owned()), ("reason", "it is no preview that waits to be started".to_owned())];
            return Err(Refusal::of(Code::InvalidRequest, &facts));
        }
        let now = self.ports.now();
        run.preview = false;
        run.forecast = None;
        run.state = RunState::Running;
        run.resumes_at = None;
        if now - run.started_at > chrono::Duration::hours(1) && !matches!(run.scope, Scope::Records(_)) {
            listing::restart(&mut run);
            run.state = RunState::Listing;
            run.listed = false;
        }
        let mut statements = vec![run.save(&user.org)?];
        statements.extend((!run.as_user).then(|| self.note(user, "start-run", &run)));
        match self.ports.batch(statements).await {
            Ok(_) => {}
            Err(DatabaseError::Unique(_)) => return Err(Refusal::of(Code::RunInProgress, &[])),
            Err(error) => return Err(error.into()),
        }
        self.desk.show_run(&user.org, run.active().then(|| run.view()));
        Ok(run.view())
    }

    /// A run.
    ///
    /// # Errors
    /// [`Refusal`] with `RunUnknown` when there is none, or it is somebody else's and the user is no administrator.
    pub async fn run(&self, user: &User, id: &str) -> Result<RunView, Refusal> {
        Ok(self.own_run(user, id).await?.view())
    }

    /// A page of the runs, newest first: all for administrators, the own ones for others.
    ///
    /// # Errors
    /// [`Refusal`] when the database fails.
    pub async fn runs(&self, user: &User, before: Option<&str>) -> Result<RunsPage, Refusal> {
        let own = (!user.administrator).then(|| user.id.as_str());
        let rows = self.ports.query(table::select_page(&user.org, own, before, table::PAGE + 1)).await?;
        let mut runs: Vec<Run> = table::read(rows)?;
        let more = runs.len() > table::PAGE;
        runs.truncate(table::PAGE);
        Ok(RunsPage { runs: runs.iter().map(Run::view).collect(), more })
    }

    /// Ends a run. What it has done stays done; what it has not taken up is left for the next run.
    ///
    /// # Errors
    /// [`Refusal`] with `RunUnknown`. A run that has ended stays as it ended.
    pub async fn cancel_run(&self, user: &User, id: &str) -> Result<RunView, Refusal> {
        // The step under way comes to its end first.
        let _turn = self.desk.run_turn(&user.org).await;
        let mut run = self.own_run(user, id).await?;
        if run.state.ended() {
            return Ok(run.view());
        }
        let note = (user.administrator && run.active()).then(|| self.note(user, "cancel-run", &run));
        run.state = RunState::Cancelled;
        run.ended_at = Some(self.ports.now());
        run.resumes_at = None;
        let mut statements = vec![run.save(&user.org)?, candidates::clear(&user.org, id)];
        statements.extend(note);
        self.ports.batch(statements).await?;
        self.desk.show_run(&user.org, None);
        Ok(run.view())
    }

    /// A new run of what failed or was deferred in another one.
    ///
    /// # Errors
    /// [`Refusal`]: `RunUnknown`, `RunInProgress`, `InvalidRequest` when nothing failed.
    pub async fn retry_run(&self, user: &User, id: &str) -> Result<RunView, Refusal> {
        let former = self.own_run(user, id).await?;
        let rows = self.ports.query(entries::select_open(&user.org, id, RECORDS)).await?;
        let open = entries::read(rows)?;
        self.retry(user, former.as_user, &former.pairs, &open).await
    }

    /// A new run of one entry's record.
    ///
    /// # Errors
    /// As [`Engine::retry_run`].
    pub async fn retry_entry(&self, user: &User, id: &str) -> Result<RunView, Refusal> {
        let unknown = || Refusal::of(Code::RunUnknown, &[]);
        let rows = self.ports.query(entries::select_ids(&user.org, &[id.to_owned()])?).await?;
        let entry = entries::read(rows)?.pop().ok_or_else(unknown)?;
        let (as_user, pairs) = match &entry.run {
            Some(run) => {
                let former = self.own_run(user, run).await?;
                (former.as_user, former.pairs)
            }
            // A click's: with the rights of whoever retries it.
            None => (true, Vec::new()),
        };
        self.retry(user, as_user, &pairs, std::slice::from_ref(&entry)).await
    }

    async fn retry(
        &self,
        user: &User,
        as_user: bool,
        former: &[PairRun],
        open: &[shared::api::EntryView],
    ) -> Result<RunView, Refusal> {
        if !as_user {
            connect::require_administrator(self.ports, self.config, &self.desk.tokens, user).await?;
        }
        let settings = self.connected_settings(&user.org).await?;
        let mut staged = Vec::new();
        for entry in open.iter().filter(|entry| matches!(entry.outcome, Outcome::Failed | Outcome::Deferred)) {
            let pair = Run::order(entry.module);
            let seq = i64::try_from(staged.len()).unwrap_or(i64::MAX);
            let xero_id = entry.xero_id.clone().and_then(|id| XeroId::new(id).ok());
            match (ZohoId::new(entry.record_id.clone()), xero_id) {
                (Ok(crm_id), xero_id) => staged.push(Candidate::of_crm(pair, seq, Side::Crm, crm_id, xero_id)),
                (Err(_), Some(xero_id)) => staged.push(Candidate::of_xero(pair, seq, xero_id)),
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
        let mut run = self.new_run(RunKind::Retry, Scope::Records(records.collect()), pairs);
        run.by = Some(user.name.clone());
        run.user = Some(user.id.clone());
        run.as_user = as_user;
        let note = (!as_user).then(|| self.note(user, "retry-run", &run));
        self.save_new(&user.org, &mut run, &staged, note).await?;
        Ok(run.view())
    }

    /// Records that failed or wait, newest first (administrators).
    ///
    /// # Errors
    /// [`Refusal`] when the user is no administrator by the last sign-in, or the database fails.
    pub async fn waiting(&self, user: &User) -> Result<WaitingView, Refusal> {
        administrators_only(user)?;
        let rows = self.ports.query(waiting::select_newest(&user.org, WAITING)).await?;
        let records = waiting::read(rows)?.into_iter().map(|(record, at)| waiting::view(record, at)).collect();
        Ok(WaitingView { records })
    }

    /// Does one step of the organisation's active run. Failures are noted in the run.
    pub async fn advance(&self, org: &ZohoOrgId) -> Next {
        match chunk::advance(self, org).await {
            Ok(next) => next,
            // The database is not there: nothing can be noted.
            Err(_) => Next::At(self.ports.now() + chrono::Duration::minutes(1)),
        }
    }

    async fn connected_settings(&self, org: &ZohoOrgId) -> Result<Settings, Refusal> {
        let connection = crate::store::connections::get(self.ports, org).await?;
        let connection = connection.ok_or_else(|| Refusal::of(Code::ZohoNotConnected, &[]))?;
        if connection.tenant.is_none() {
            return Err(Refusal::of(Code::XeroNotConnected, &[]));
        }
        Ok(connection.settings)
    }

    fn new_run(&self, kind: RunKind, scope: Scope, pairs: Vec<PairRun>) -> Run {
        let now = self.ports.now();
        let given = matches!(scope, Scope::Records(_)) || kind == RunKind::Retry;
        Run {
            id: text::time_id(now, self.ports),
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
            next_seq: 1,
            setbacks: 0,
        }
    }

    /// Notes what an administrator did with a run, by its pairs.
    fn note(&self, user: &User, action: &'static str, run: &Run) -> Statement {
        let pairs: Vec<String> = run.pairs.iter().map(|pair| plural(pair.module)).collect();
        audit::note(self.ports, &user.org, &user.name, action, &pairs.join(", "), self.ports.now())
    }

    async fn save_new(
        &self,
        org: &ZohoOrgId,
        run: &mut Run,
        staged: &[Candidate],
        note: Option<Statement>,
    ) -> Result<(), Refusal> {
        for one in staged {
            if let Some(pair) = run.pairs.iter_mut().find(|pair| Run::order(pair.module) == one.pair) {
                pair.remaining += 1;
                pair.update += 1;
            }
        }
        if run.preview && run.state == RunState::Running {
            // Given records need no list: what they cost is known at once.
            let budget = self.desk.budget.view(self.ports.now());
            run.forecast = Some(forecast::forecast(run, self.config.pace, budget.day_remaining, 0, 5_000));
            run.state = RunState::Ready;
        }
        let mut statements = Vec::from(table::drop_previews(org));
        statements.push(run.save(org)?);
        if !staged.is_empty() {
            statements.push(candidates::stage(org, &run.id, staged)?);
        }
        statements.extend(note);
        match self.ports.batch(statements).await {
            Ok(_) => {}
            Err(DatabaseError::Unique(_)) => return Err(Refusal::of(Code::RunInProgress, &[])),
            Err(error) => return Err(error.into()),
        }
        if run.active() {
            self.desk.show_run(org, Some(run.view()));
        }
        Ok(())
    }

    /// A run that the user may see.
    async fn own_run(&self, user: &User, id: &str) -> Result<Run, Refusal> {
        let run = table::read::<Run>(self.ports.query(table::select(&user.org, id)).await?)?.pop();
        run.filter(|run| user.administrator || run.user.as_ref() == Some(&user.id))
            .ok_or_else(|| Refusal::of(Code::RunUnknown, &[]))
    }
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

/// `Accounts`, `Purchase orders`.
pub(crate) fn plural(module: Module) -> String {
    let mut letters = module.singular().chars();
    let first: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
    format!("{first}{}s", letters.as_str())
}
