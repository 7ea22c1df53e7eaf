//! Runs, the log and the schedule, as the API tells them. Of these the panel uses the start of a run for a list.

use super::{EntryView, Outcome};
use crate::module::Module;
use crate::problem::{Code, Problem};
use crate::settings::{Direction, Schedule};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// `POST /api/runs`: starts a run, or only says what it would do.
///
/// Runs of given records are for everybody and read the CRM with the user's own rights. All others are for
/// administrators.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RunRequest {
    /// The pairs, each once.
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = 6)))]
    pub pairs: Vec<PairChoice>,
    /// Which records.
    pub scope: Scope,
    /// Only list the records and say what the run would do and cost. `POST /api/runs/{id}/start` then starts it.
    #[serde(default)]
    pub preview: bool,
}

/// A pair and which way it goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PairChoice {
    /// The pair.
    pub module: Module,
    /// Which way, within the pair's own setting.
    pub direction: Direction,
}

/// Which records a run takes up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// What changed since the last run, and what failed or waited then.
    SinceLast,
    /// What changed in the last so many days, 1 to 36,500.
    Days(#[cfg_attr(feature = "schema", schemars(range(min = 1, max = 36_500)))] u32),
    /// Everything.
    Everything,
    /// These CRM records, at most 1,000.
    Records(#[cfg_attr(feature = "schema", schemars(length(max = 1_000)))] Vec<RecordRef>),
}

/// A CRM record.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RecordRef {
    /// Its pair.
    pub module: Module,
    /// Its id.
    #[cfg_attr(feature = "schema", schemars(regex(pattern = "^[0-9]{1,20}$")))]
    pub id: String,
}

/// A run: `GET /api/runs/{id}`, and the reply of all calls that start, cancel or retry one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RunView {
    /// The run.
    pub id: String,
    /// What started it.
    pub kind: RunKind,
    /// Who started it; none for a scheduled run.
    pub by: Option<String>,
    /// Where it stands.
    pub state: RunState,
    /// Which records it takes up.
    pub scope: Scope,
    /// When it was started, or listed for a preview.
    #[serde(deserialize_with = "crate::instant::read")]
    pub started_at: DateTime<Utc>,
    /// When it ended.
    #[serde(default, deserialize_with = "crate::instant::read_option")]
    pub ended_at: Option<DateTime<Utc>>,
    /// When it goes on by itself, while it waits.
    #[serde(default, deserialize_with = "crate::instant::read_option")]
    pub resumes_at: Option<DateTime<Utc>>,
    /// Pair by pair, in the order in which they are synced.
    pub pairs: Vec<PairView>,
    /// All pairs together.
    pub counts: Counts,
    /// The calls that it has made.
    pub calls: Calls,
    /// Why it waits, or why it ended before its end.
    pub problem: Option<Problem>,
    /// What it would do and cost: of a preview.
    pub forecast: Option<Forecast>,
}

/// What started a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum RunKind {
    /// An administrator.
    Manual,
    /// The schedule.
    Scheduled,
    /// A user, for the records chosen in a list.
    Bulk,
    /// Somebody, for what failed in another run.
    Retry,
}

/// Where a run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum RunState {
    /// It looks for the records.
    Listing,
    /// A preview: it has listed them and waits for somebody to start it.
    Ready,
    /// It syncs them.
    Running,
    /// It waits for a limit or for a vendor that does not answer, and goes on by itself.
    Waiting,
    /// It has taken up every record.
    Done,
    /// Somebody ended it.
    Cancelled,
    /// It could not go on.
    Failed,
}

impl RunState {
    /// Whether the run is over.
    #[must_use]
    pub fn ended(self) -> bool {
        matches!(self, Self::Done | Self::Cancelled | Self::Failed)
    }
}

/// A pair within a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PairView {
    /// The pair.
    pub module: Module,
    /// Which way it goes.
    pub direction: Direction,
    /// Whether all its records are listed.
    pub listed: bool,
    /// Records that are listed and not taken up yet.
    pub remaining: u32,
    /// What became of those that were taken up.
    pub counts: Counts,
}

/// What became of records. `candidates` is the sum of the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Counts {
    /// Records that were taken up.
    pub candidates: u32,
    /// Created on either side.
    pub created: u32,
    /// Linked or updated on either side.
    pub updated: u32,
    /// Both agreed already.
    pub unchanged: u32,
    /// Left alone on purpose.
    pub skipped: u32,
    /// Could not be done.
    pub failed: u32,
    /// Wait for another record or for a limit.
    pub deferred: u32,
    /// Need somebody's decision.
    #[serde(default)]
    pub undecided: u32,
}

impl Counts {
    /// Counts one more record.
    pub fn add(&mut self, outcome: Outcome) {
        let count = match outcome {
            Outcome::Created => &mut self.created,
            Outcome::Updated => &mut self.updated,
            Outcome::Unchanged => &mut self.unchanged,
            Outcome::Skipped => &mut self.skipped,
            Outcome::Failed => &mut self.failed,
            Outcome::Deferred => &mut self.deferred,
            Outcome::Undecided => &mut self.undecided,
        };
        *count += 1;
        self.candidates += 1;
    }

    /// The sum of both.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            candidates: self.candidates + other.candidates,
            created: self.created + other.created,
            updated: self.updated + other.updated,
            unchanged: self.unchanged + other.unchanged,
            skipped: self.skipped + other.skipped,
            failed: self.failed + other.failed,
            deferred: self.deferred + other.deferred,
            undecided: self.undecided + other.undecided,
        }
    }

    /// Whether every record that was taken up ended in exactly one outcome.
    #[must_use]
    pub fn add_up(&self) -> bool {
        let Self { candidates, created, updated, unchanged, skipped, failed, deferred, undecided } = *self;
        candidates == created + updated + unchanged + skipped + failed + deferred + undecided
    }
}

/// Calls of each API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Calls {
    /// Zoho's.
    pub zoho: u32,
    /// Xero's.
    pub xero: u32,
}

/// What a run would do and cost.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Forecast {
    /// Pair by pair.
    pub pairs: Vec<PairForecast>,
    /// The calls still to be made.
    pub calls: Calls,
    /// How long it takes at the organisations' limits, in seconds. Where Xero's day does not suffice, the wait for the
    /// next day is part of it.
    pub seconds: u64,
    /// Xero's calls that are left today, if Xero has said so.
    pub day_remaining: Option<u32>,
    /// The rows of our own database still to be written, index entries included.
    #[serde(default)]
    pub rows: u32,
    /// How many rows a day may be written, where the Cloudflare plan has a limit
    /// (<https://developers.cloudflare.com/d1/platform/pricing/>). Everybody who uses the account's databases shares them.
    #[serde(default)]
    pub rows_a_day: Option<u32>,
}

/// What a run would do to a pair's records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PairForecast {
    /// The pair.
    pub module: Module,
    /// Records without a partner: they are created, or linked with one that is found.
    pub create: u32,
    /// Records with a partner: they are updated where they differ.
    pub update: u32,
    /// Records that are left alone, as far as the lists show it.
    pub skip: u32,
}

/// `GET /api/runs?before={run id}`: runs, newest first, at most 20.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RunsPage {
    /// The runs.
    pub runs: Vec<RunView>,
    /// Whether older ones exist.
    pub more: bool,
}

/// The query of `GET /api/entries` and `GET /api/entries.csv`. What is absent does not filter. A user who is no
/// administrator gets the entries of the own clicks and runs.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct LogQuery {
    /// Of one run.
    #[cfg_attr(feature = "schema", schemars(length(max = 40)))]
    pub run: Option<String>,
    /// Of one pair.
    pub module: Option<Module>,
    /// Of one outcome.
    pub outcome: Option<Outcome>,
    /// With this problem first.
    pub problem: Option<Code>,
    /// Of one CRM record, by its id, or of one Xero record, by its.
    #[cfg_attr(feature = "schema", schemars(length(max = 40)))]
    pub record: Option<String>,
    /// Whose record's or party's name contains this, whatever the case.
    #[cfg_attr(feature = "schema", schemars(length(max = 100)))]
    pub name: Option<String>,
    /// At or after this instant.
    pub from: Option<DateTime<Utc>>,
    /// Before this instant.
    pub until: Option<DateTime<Utc>>,
    /// Older than this entry (the last one of the page before).
    #[cfg_attr(feature = "schema", schemars(length(max = 40)))]
    pub before: Option<String>,
    /// How many, 1 to 200; 50 when absent. A CSV file has at most 10,000.
    #[cfg_attr(feature = "schema", schemars(range(min = 1, max = 200)))]
    pub limit: Option<u32>,
}

/// `GET /api/entries`: a page of the log, newest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LogPage {
    /// The entries.
    pub entries: Vec<EntryView>,
    /// Whether older ones exist.
    pub more: bool,
}

/// `GET /api/budget`: what is left of each API's limits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct BudgetView {
    /// Xero's calls a day, as far as its answers show: 1,000 or 5,000.
    pub xero_day_limit: Option<u32>,
    /// Xero's calls that are left today, as of its last answer.
    pub xero_day_remaining: Option<u32>,
    /// Calls of the day that runs leave for the button.
    pub xero_day_reserve: u32,
    /// Until when the day's limit lasts, if it was reached.
    #[serde(default, deserialize_with = "crate::instant::read_option")]
    pub xero_day_limit_until: Option<DateTime<Utc>>,
    /// Xero's calls in the last 60 seconds, of 60.
    pub xero_minute_used: u32,
    /// Zoho's credits that are left in the rolling 24 hours. Zoho says so only once half of them are used.
    pub zoho_credits_remaining: Option<u32>,
    /// As of when.
    #[serde(deserialize_with = "crate::instant::read")]
    pub as_of: DateTime<Utc>,
}

/// `GET /api/schedule`, and the reply of `PUT /api/schedule?version=` (administrators).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ScheduleView {
    /// The schedule.
    pub schedule: Schedule,
    /// The zone that its times are in (IANA).
    pub time_zone: String,
    /// The next five starts; empty while it is off.
    #[serde(deserialize_with = "crate::instant::read_list")]
    pub next: Vec<DateTime<Utc>>,
    /// The version of all settings, of which the schedule is a part: who saves one says which was seen.
    pub version: i64,
    /// How each address of the saved notices stands, in their order (administrators).
    pub addresses: Vec<AddressView>,
}

/// An address of the schedule's notices.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AddressView {
    /// As it stands in the schedule.
    pub address: String,
    /// Whether letters go there.
    pub standing: Standing,
    /// When the last letter asked for its confirmation.
    #[serde(default, deserialize_with = "crate::instant::read_option")]
    pub asked_at: Option<DateTime<Utc>>,
}

/// Whether letters go to an address, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// They do: it belongs to an active user of the CRM.
    User,
    /// They do: its owner has confirmed it.
    Confirmed,
    /// Not yet: a letter has asked its owner.
    Waits,
    /// Not yet: no letter could ask its owner, or none was answered in time.
    Unasked,
    /// No more: its owner wants none.
    Stopped,
}

/// `POST /api/schedule/confirmations` (administrators): sends the letter that asks the owner of an address of the saved
/// schedule for a confirmation. The reply is a [`ScheduleView`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ConfirmationRequest {
    /// The address.
    pub address: String,
}

/// `GET /api/waiting`: records that failed or were deferred in their last run, newest first, at most 200.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct WaitingView {
    /// The records.
    pub records: Vec<WaitingRecord>,
    /// Their problems, each once and without the facts of a case: a record's entry in the log has those.
    #[serde(default)]
    pub problems: Vec<Problem>,
}

/// A record that failed or was deferred.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct WaitingRecord {
    /// Its pair.
    pub module: Module,
    /// The CRM record, if there is one.
    pub crm_id: Option<String>,
    /// The Xero record, if there is one.
    pub xero_id: Option<String>,
    /// Its name or number.
    pub name: String,
    /// How it ended.
    pub outcome: Outcome,
    /// Why.
    pub problem: Code,
    /// How often in a row it ended like this.
    pub times: u32,
    /// Whether runs leave it alone until it changes or somebody retries it.
    pub parked: bool,
    /// When it last ended like this.
    #[serde(deserialize_with = "crate::instant::read")]
    pub at: DateTime<Utc>,
}
