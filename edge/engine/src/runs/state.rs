//! A run as it is kept: everything that the next step needs, and what people are shown.

use crate::access::Refusal;
use crate::access::rights::Member;
use crate::store::candidates::Side;
use crate::store::cursors::Mark;
use crate::store::runs::{self, Columns};
use crate::sync::Context;
use chrono::{DateTime, Utc};
use ports::{DatabaseError, Ports, Row, Statement};
use serde::{Deserialize, Serialize};
use shared::api::DependencyView;
use shared::api::runs::{Calls, Counts, Forecast, PairForecast, PairView, RunKind, RunState, RunView, Scope};
use shared::id::{OrgId, ZohoId};
use shared::module::Module;
use shared::problem::Problem;
use shared::settings::Direction;
use std::collections::BTreeMap;

/// A run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Run {
    pub(crate) id: String,
    pub(crate) kind: RunKind,
    /// Who started it, for people.
    pub(crate) by: Option<String>,
    /// The Zoho user who started it.
    pub(crate) user: Option<ZohoId>,
    /// Whether the CRM is read with that user's rights, not with the connection's.
    pub(crate) as_user: bool,
    pub(crate) scope: Scope,
    pub(crate) preview: bool,
    pub(crate) state: RunState,
    pub(crate) started_at: DateTime<Utc>,
    pub(crate) ended_at: Option<DateTime<Utc>>,
    pub(crate) resumes_at: Option<DateTime<Utc>>,
    pub(crate) problem: Option<Problem>,
    pub(crate) pairs: Vec<PairRun>,
    pub(crate) calls: Calls,
    pub(crate) forecast: Option<Forecast>,
    /// Whether all candidates are staged.
    pub(crate) listed: bool,
    /// The lists that are still to be read, the present one first.
    pub(crate) lists: Vec<List>,
    /// Up to where each side was listed: saved as cursors once the pair is done.
    pub(crate) marks: Vec<Listed>,
    /// The candidates that a step is at work on. If it was cut off, the next step finds them here and notes the attempt.
    #[serde(default)]
    pub(crate) at_work: Vec<String>,
    /// Steps in a row that failed without getting on.
    pub(crate) setbacks: u32,
    /// Steps in a row that had no room for any record.
    #[serde(default)]
    pub(crate) put_back: u32,
    /// What went first for records that were put back afterwards, by record: it is told when they have come to an end.
    #[serde(default)]
    pub(crate) went_first: BTreeMap<String, Vec<DependencyView>>,
}

/// A pair within a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct PairRun {
    pub(crate) module: Module,
    pub(crate) direction: Direction,
    pub(crate) remaining: u32,
    pub(crate) counts: Counts,
    /// Candidates by what the lists show of them.
    pub(crate) create: u32,
    pub(crate) update: u32,
    pub(crate) skip: u32,
    /// Candidates that only Xero has.
    pub(crate) arrive: u32,
    /// Whether its cursors are saved.
    pub(crate) closed: bool,
}

impl PairRun {
    pub(crate) fn new(module: Module, direction: Direction) -> Self {
        Self {
            module,
            direction,
            remaining: 0,
            counts: Counts::default(),
            create: 0,
            update: 0,
            skip: 0,
            arrive: 0,
            closed: false,
        }
    }
}

/// Which list is read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Source {
    /// A CRM module.
    Crm(Module),
    /// `Contacts`, `Items` or `Invoices`.
    Xero(String),
}

/// Whose candidates a list gives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Target {
    pub(crate) module: Module,
    pub(crate) side: Side,
    /// What was seen before; none: everything counts.
    pub(crate) mark: Option<Mark>,
}

/// A list under way. It is read by seeking: each page begins at the time of the last row before, so that rows which
/// change meanwhile are neither lost nor shift others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct List {
    pub(crate) source: Source,
    pub(crate) targets: Vec<Target>,
    /// Whether everything is read, not only what has changed.
    pub(crate) whole: bool,
    /// Where the present page begins.
    pub(crate) since: Option<DateTime<Utc>>,
    /// Within a time that fills more than a page: Zoho's page token, or Xero's page.
    pub(crate) page_token: Option<String>,
    pub(crate) page: u32,
    /// Up to where it was read.
    pub(crate) reached: Option<Mark>,
}

/// Up to where a side was listed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Listed {
    pub(crate) module: Module,
    pub(crate) side: Side,
    pub(crate) mark: Mark,
    pub(crate) whole: bool,
}

impl Run {
    /// The place of a pair's candidates in the order of runs.
    pub(crate) fn order(module: Module) -> i64 {
        Module::ALL.iter().position(|one| *one == module).and_then(|at| i64::try_from(at).ok()).unwrap_or_default()
    }

    pub(crate) fn pair_mut(&mut self, module: Module) -> Option<&mut PairRun> {
        self.pairs.iter_mut().find(|pair| pair.module == module)
    }

    /// Whether it works, or goes on by itself.
    pub(crate) fn active(&self) -> bool {
        matches!(self.state, RunState::Listing | RunState::Running | RunState::Waiting)
    }

    /// The lane in which it is the only active one: the organisation's as a whole, a user's lists or a user's previews.
    pub(crate) fn lane(&self) -> String {
        match &self.user {
            Some(user) if self.preview => format!("preview {user}"),
            Some(user) if self.as_user => user.to_string(),
            _ => String::new(),
        }
    }

    /// Counts what a step has called so far.
    pub(crate) fn count_calls<P: Ports>(&mut self, context: &Context<'_, P>) {
        let (zoho, xero) = context.clients.log.counts();
        self.calls = Calls { zoho: context.called.zoho + zoho, xero: context.called.xero + xero };
    }

    /// The statement that saves it.
    pub(crate) fn save(&self, org: &OrgId) -> Result<Statement, Refusal> {
        let word = |value: serde_json::Value| value.as_str().unwrap_or_default().to_owned();
        let kind = word(serde_json::to_value(self.kind).map_err(Refusal::internal)?);
        let state = word(serde_json::to_value(self.state).map_err(Refusal::internal)?);
        let columns = Columns {
            id: &self.id,
            kind: &kind,
            state: &state,
            active: self.active(),
            lane: &self.lane(),
            user: self.user.as_ref().map(ZohoId::as_str),
            started_at: self.started_at,
        };
        Ok(runs::save(org, columns, self)?)
    }

    /// For people.
    pub(crate) fn view(&self) -> RunView {
        RunView {
            id: self.id.clone(),
            kind: self.kind,
            by: self.by.clone(),
            state: self.state,
            scope: self.scope.clone(),
            started_at: self.started_at,
            ended_at: self.ended_at,
            resumes_at: self.resumes_at,
            pairs: self
                .pairs
                .iter()
                .map(|pair| PairView {
                    module: pair.module,
                    direction: pair.direction,
                    listed: self.listed,
                    remaining: pair.remaining,
                    counts: pair.counts,
                })
                .collect(),
            counts: self.pairs.iter().fold(Counts::default(), |sum, pair| sum.plus(pair.counts)),
            calls: self.calls,
            problem: self.problem.clone(),
            forecast: self.forecast.clone(),
        }
    }

    /// What the lists show of each pair.
    pub(crate) fn pair_forecasts(&self) -> Vec<PairForecast> {
        self.pairs
            .iter()
            .map(|pair| PairForecast { module: pair.module, create: pair.create, update: pair.update, skip: pair.skip })
            .collect()
    }
}

/// The newest runs that a user may see, for whoever asks for them beside other things.
pub(crate) struct RunList;

impl RunList {
    /// The statement whose rows [`RunList::read`] reads.
    pub(crate) fn select(user: &Member, count: usize) -> Statement {
        runs::select_page(&user.org, &user.viewer(), None, count)
    }

    /// For people.
    pub(crate) fn read(rows: Vec<Row>) -> Result<Vec<RunView>, DatabaseError> {
        Ok(runs::read::<Run>(rows)?.iter().map(Run::view).collect())
    }
}
