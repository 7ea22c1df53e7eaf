//! What the health screen knows: how the connection, the limits, the runs and the records stand, and what of it needs
//! somebody.

use crate::fault::Fault;
use crate::tone::Tone;
use chrono::{DateTime, Utc};
use shared::api::ConnectionState;
use shared::api::portal::StatusView;
use shared::api::runs::{BudgetView, PairChoice, RecordRef, RunRequest, RunState, Scope, WaitingRecord, WaitingView};
use shared::module::Module;
use shared::organisation::CrmOrganisation;
use shared::problem::{Code, Problem};
use shared::settings::Direction;
use std::sync::Arc;

/// Xero's calls a minute (<https://developer.xero.com/documentation/guides/oauth2/limits/>).
pub const XERO_MINUTE: u32 = 60;
/// The most records that a run takes by name.
const MOST_RECORDS: usize = 1_000;

/// Everything that the screen knows.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct HealthState {
    /// How the sync is; none before the first answer.
    pub status: Option<Box<StatusView>>,
    /// Records that failed or wait; none before the first answer, and for users who are no administrators.
    pub waiting: Option<Vec<WaitingRecord>>,
    /// What their problems say.
    pub problems: Vec<Problem>,
    /// Counts the readings: the answer to an older one is not shown.
    pub ticket: u32,
    /// Calls of the present reading that have not been answered.
    pub open: usize,
    /// Why it could not be read.
    pub fault: Option<Fault>,
    /// Retries by record (pair and CRM id): the run, once it has begun.
    pub retries: Vec<((Module, String), Option<String>)>,
    /// Why a retry could not begin.
    pub retry_fault: Option<Fault>,
    /// Whether the reader administers the CRM. Only then there is anything to be read of records that wait.
    pub administrator: bool,
    /// The CRM's organisation, for links to records that wait for a release; none until it was needed and is there.
    pub crm: Option<Arc<CrmOrganisation>>,
}

/// What happened.
#[derive(Debug, Clone, PartialEq)]
pub enum HealthMsg {
    /// Everything is to be read, or read again.
    Wanted,
    /// How the sync is.
    StatusArrived(u32, Result<Box<StatusView>, Fault>),
    /// Which records wait.
    WaitingArrived(u32, Result<WaitingView, Fault>),
    /// The CRM's organisation. Without it a record's place is told in words.
    CrmArrived(Option<Arc<CrmOrganisation>>),
    /// Somebody wants these records tried again.
    Retried(Vec<WaitingRecord>),
    /// The run of the records of this request began: its id.
    RetryBegan(RunRequest, Result<String, Fault>),
}

/// What is to be done outside.
#[derive(Debug, Clone, PartialEq)]
pub enum HealthEffect {
    /// `GET /api/status`, for the reading of this number; so for the next one.
    ReadStatus(u32),
    /// `GET /api/waiting`
    ReadWaiting(u32),
    /// `GET /api/mapping`
    ReadCrm,
    /// `POST /api/runs`
    Start(RunRequest),
    /// Tells screen readers that the records are tried again.
    SayRetryBegan,
}

/// Applies an event, and says what is to be done outside.
pub fn update(health: &mut HealthState, msg: HealthMsg) -> Vec<HealthEffect> {
    match msg {
        HealthMsg::Wanted => health.begin(),
        HealthMsg::StatusArrived(ticket, result) => {
            if let Some(status) = health.answer(ticket, result) {
                health.status = Some(status);
            }
            Vec::new()
        }
        HealthMsg::WaitingArrived(ticket, result) => {
            if let Some(WaitingView { records, problems }) = health.answer(ticket, result) {
                // A record that a retry has settled is not here any more.
                health.retries.retain(|((module, id), _)| records.iter().any(|one| is(one, *module, id)));
                health.waiting = Some(records);
                health.problems = problems;
            }
            let lacks_crm = health.crm.is_none() && health.has_to_release();
            lacks_crm.then_some(HealthEffect::ReadCrm).into_iter().collect()
        }
        HealthMsg::CrmArrived(crm) => {
            health.crm = crm;
            Vec::new()
        }
        HealthMsg::Retried(records) => health.retry(&records).map(HealthEffect::Start).into_iter().collect(),
        HealthMsg::RetryBegan(request, result) => {
            let began = result.is_ok();
            health.retry_began(&request, result);
            began.then_some(HealthEffect::SayRetryBegan).into_iter().collect()
        }
    }
}

impl HealthState {
    /// Of somebody who administers the CRM or does not, before anything is known.
    #[must_use]
    pub fn new(administrator: bool) -> Self {
        Self { administrator, ..Self::default() }
    }

    /// Begins to read all that the reader may see.
    fn begin(&mut self) -> Vec<HealthEffect> {
        self.ticket += 1;
        self.fault = None;
        self.retry_fault = None;
        let mut effects = vec![HealthEffect::ReadStatus(self.ticket)];
        if self.administrator {
            effects.push(HealthEffect::ReadWaiting(self.ticket));
        }
        self.open = effects.len();
        effects
    }

    /// What a problem says, without the facts of a case.
    #[must_use]
    pub fn told(&self, code: Code) -> Option<&Problem> {
        self.problems.iter().find(|problem| problem.code == code)
    }

    fn answer<T>(&mut self, ticket: u32, result: Result<T, Fault>) -> Option<T> {
        if ticket != self.ticket {
            return None;
        }
        self.open = self.open.saturating_sub(1);
        match result {
            Ok(answer) => Some(answer),
            Err(fault) => {
                self.fault = Some(fault);
                None
            }
        }
    }

    /// How many records wait until somebody who sends to the books has looked at them. Not known to others than
    /// administrators.
    #[must_use]
    pub fn to_release(&self) -> u32 {
        let records = self.waiting.as_deref().unwrap_or_default();
        let waits = records.iter().filter(|record| waits_for_release(record) && !record.parked);
        u32::try_from(waits.count()).unwrap_or(u32::MAX)
    }

    /// Whether any record waits for a release, parked ones too.
    #[must_use]
    pub fn has_to_release(&self) -> bool {
        self.waiting.iter().flatten().any(waits_for_release)
    }

    /// Asks for a run of these records; none when there is none that a run can take.
    fn retry(&mut self, records: &[WaitingRecord]) -> Option<RunRequest> {
        let free: Vec<_> = records.iter().filter(|record| !self.is_retried(record)).cloned().collect();
        let request = retry_request(&free)?;
        if let Scope::Records(taken) = &request.scope {
            self.retries.extend(taken.iter().map(|one| ((one.module, one.id.clone()), None)));
        }
        self.retry_fault = None;
        Some(request)
    }

    /// How the retry of the records of this request began.
    fn retry_began(&mut self, request: &RunRequest, result: Result<String, Fault>) {
        let Scope::Records(records) = &request.scope else { return };
        for record in records {
            let key = (record.module, record.id.clone());
            self.retries.retain(|(known, _)| *known != key);
            if let Ok(run) = &result {
                self.retries.push((key, Some(run.clone())));
            }
        }
        self.retry_fault = result.err();
    }

    /// Whether a retry of this record was asked for.
    #[must_use]
    pub fn is_retried(&self, record: &WaitingRecord) -> bool {
        self.retry_of(record).is_some()
    }

    /// The run that retries this record.
    #[must_use]
    pub fn run_of(&self, record: &WaitingRecord) -> Option<&String> {
        self.retry_of(record)?.as_ref()
    }

    fn retry_of(&self, record: &WaitingRecord) -> Option<&Option<String>> {
        let id = record.crm_id.as_ref()?;
        let of = |(module, known): &(Module, String)| *module == record.module && known == id;
        self.retries.iter().find(|(key, _)| of(key)).map(|(_, run)| run)
    }
}

/// Whether a record waits for somebody's release: a run by that somebody would be one, of what nobody has looked at.
#[must_use]
pub fn waits_for_release(record: &WaitingRecord) -> bool {
    record.problem == Code::ToBeReleased
}

fn is(record: &WaitingRecord, module: Module, id: &str) -> bool {
    record.module == module && record.crm_id.as_deref() == Some(id)
}

/// A run of these records, as far as the CRM has them: a run of named records begins at the CRM's side. What waits for a
/// release is left out: it is looked at first.
#[must_use]
pub fn retry_request(records: &[WaitingRecord]) -> Option<RunRequest> {
    let records = records.iter().filter(|one| !waits_for_release(one));
    let refs = records.filter_map(|one| Some(RecordRef { module: one.module, id: one.crm_id.clone()? }));
    let refs: Vec<_> = refs.take(MOST_RECORDS).collect();
    if refs.is_empty() {
        return None;
    }
    let used = |module: &Module| refs.iter().any(|one| one.module == *module);
    let pairs = Module::ALL.into_iter().filter(used).map(|module| PairChoice { module, direction: Direction::Both });
    Some(RunRequest { pairs: pairs.collect(), scope: Scope::Records(refs), preview: false })
}

/// Something that should be known of the sync.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finding {
    /// One side is not connected, or no longer.
    Connection(ConnectionState),
    /// So many permissions at Zoho were not granted.
    CrmLacks(usize),
    /// The same at Xero.
    XeroLacks(usize),
    /// So many settings do not work any more.
    Settings(usize),
    /// The newest run could not go on.
    RunFailed,
    /// So many records are left alone until somebody does something.
    Parked(u32),
    /// Xero takes no calls before this instant.
    DayLimit(DateTime<Utc>),
    /// Runs pause until Xero's next day: what is left is kept for the button.
    Reserve(u32),
    /// So many records wait for a release.
    Release(u32),
    /// New e-mail addresses of so many records are held for an administrator's word.
    Emails(u32),
    /// So many records are tried again by the next runs.
    Waiting(u32),
}

impl Finding {
    /// How serious it is.
    #[must_use]
    pub fn tone(self) -> Tone {
        match self {
            Self::Connection(ConnectionState::ZohoMissing | ConnectionState::XeroMissing) => Tone::Pending,
            Self::Connection(_) | Self::Settings(_) | Self::RunFailed => Tone::Bad,
            Self::CrmLacks(_)
            | Self::XeroLacks(_)
            | Self::Parked(_)
            | Self::DayLimit(_)
            | Self::Reserve(_)
            | Self::Release(_)
            | Self::Emails(_) => Tone::Warn,
            Self::Waiting(_) => Tone::Pending,
        }
    }
}

/// What should be known, the most serious first. Empty: all is well. `to_release`: [`HealthState::to_release`].
#[must_use]
pub fn findings(status: &StatusView, to_release: u32) -> Vec<Finding> {
    let mut found = Vec::new();
    if status.connection != ConnectionState::Connected {
        found.push(Finding::Connection(status.connection));
    }
    if !status.crm_lacks.is_empty() {
        found.push(Finding::CrmLacks(status.crm_lacks.len()));
    }
    if !status.xero_lacks.is_empty() {
        found.push(Finding::XeroLacks(status.xero_lacks.len()));
    }
    if !status.broken.is_empty() {
        found.push(Finding::Settings(status.broken.len()));
    }
    if status.runs.first().is_some_and(|run| run.state == RunState::Failed) {
        found.push(Finding::RunFailed);
    }
    if status.parked > 0 {
        found.push(Finding::Parked(status.parked));
    }
    if let Some(budget) = &status.budget {
        match (budget.xero_day_limit_until, budget.xero_day_remaining) {
            (Some(until), _) => found.push(Finding::DayLimit(until)),
            (None, Some(left)) if left <= budget.xero_day_reserve => found.push(Finding::Reserve(left)),
            _ => {}
        }
    }
    if to_release > 0 {
        found.push(Finding::Release(to_release));
    }
    if status.held_emails > 0 {
        found.push(Finding::Emails(status.held_emails));
    }
    let soon = status.waiting.saturating_sub(status.parked).saturating_sub(to_release);
    if soon > 0 {
        found.push(Finding::Waiting(soon));
    }
    found
}

/// Whether nothing goes by itself although it could: the schedule is off.
#[must_use]
pub fn is_by_hand(status: &StatusView) -> bool {
    status.connection == ConnectionState::Connected && status.next_run.is_none()
}

/// A limit and how far it is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gauge {
    /// Calls that are used.
    pub used: u32,
    /// Calls that are allowed.
    pub most: u32,
}

impl Gauge {
    /// Calls that are left.
    #[must_use]
    pub fn left(self) -> u32 {
        self.most.saturating_sub(self.used)
    }
}

/// Xero's day; none before Xero has said how many calls are left.
#[must_use]
pub fn day(budget: &BudgetView) -> Option<Gauge> {
    let left = budget.xero_day_remaining?;
    // More than the known limit can't be left: then the limit is the greater one.
    let most = budget.xero_day_limit?.max(left);
    Some(Gauge { used: most - left, most })
}

/// Xero's minute.
#[must_use]
pub fn minute(budget: &BudgetView) -> Gauge {
    Gauge { used: budget.xero_minute_used.min(XERO_MINUTE), most: XERO_MINUTE }
}

/// How fresh the access to one side is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// It works, and was renewed then.
    Renewed(DateTime<Utc>),
    /// It works, and has not been used yet.
    Unused,
    /// There is none.
    Missing,
    /// The vendor refuses it.
    Refused,
}

/// How fresh our access to the CRM and to Xero is.
#[must_use]
pub fn access(status: &StatusView) -> (Access, Access) {
    use ConnectionState::{XeroBroken, XeroMissing, ZohoBroken, ZohoMissing};
    let at = |renewed: Option<DateTime<Utc>>| renewed.map_or(Access::Unused, Access::Renewed);
    let crm = match status.connection {
        ZohoMissing => Access::Missing,
        ZohoBroken => Access::Refused,
        _ => at(status.crm_renewed_at),
    };
    let xero = match status.connection {
        ZohoMissing | XeroMissing => Access::Missing,
        XeroBroken => Access::Refused,
        _ => at(status.xero_renewed_at),
    };
    (crm, xero)
}
