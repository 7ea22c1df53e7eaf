//! Runs: many records, both ways, in chunks that can be cut off anywhere and repeated.
//!
//! A run first lists its candidates and stages them in the database ([`listing`]), then takes them up chunk by chunk,
//! pair by pair: parties, items, documents ([`chunk`]). The organisation's Durable Object calls [`Engine::advance`] by
//! its alarm, one step a call; runs that are active at the same time take turns. The database is the truth: a step that was cut off is done again, and what the first
//! attempt had done already is found done.

mod chunk;
mod forecast;
mod listing;
mod next;
mod start;
mod state;

use crate::access::Refusal;
use crate::access::rights::{Administrator, Member};
use crate::store::requests::RequestKey;
use crate::sync::Engine;
use ports::Ports;
use shared::api::runs::{RunRequest, RunView, RunsPage, WaitingView};
use shared::id::OrgId;

pub use next::Next;
pub use start::Started;
pub(crate) use state::RunList;

impl<P: Ports> Engine<'_, P> {
    /// Starts a run, or lists what it would do. Its work is done by [`Engine::advance`].
    ///
    /// # Errors
    /// [`Refusal`]: `RunInProgress` while another one of its kind is under way (of the organisation as a whole; of the
    /// user's lists; of the user's previews), `NotAdministrator` for a run of more than given
    /// records, `InvalidRequest` when it asks for nothing or for what a pair's direction does not allow.
    pub async fn start_run(&self, user: &Member, request: &RunRequest) -> Result<RunView, Refusal> {
        start::start(self, user, request, None).await
    }

    /// As [`Engine::start_run`], once for each key: a request that is sent again finds the run that it has started.
    ///
    /// # Errors
    /// As [`Engine::start_run`].
    pub async fn start_run_once(
        &self,
        user: &Member,
        request: &RunRequest,
        key: &RequestKey,
    ) -> Result<RunView, Refusal> {
        start::start_run_once(self, user, request, key).await
    }

    /// Starts the run that the schedule asks for. Without a schedule that says otherwise it takes all pairs.
    ///
    /// # Errors
    /// [`Refusal`] when the two sides are not connected, or the database fails.
    pub async fn start_scheduled(&self, org: &OrgId) -> Result<Started, Refusal> {
        start::start_scheduled(self, org).await
    }

    /// Starts a run that was listed as a preview. What was listed long ago is listed anew. One that was started before
    /// stays as it is.
    ///
    /// # Errors
    /// [`Refusal`]: `RunUnknown`, `InvalidRequest` when it is no preview that waits, `RunInProgress`.
    pub async fn begin_run(&self, user: &Member, id: &str) -> Result<RunView, Refusal> {
        start::begin_run(self, user, id).await
    }

    /// A run.
    ///
    /// # Errors
    /// [`Refusal`] with `RunUnknown` when there is none, or it is somebody else's and the user is no administrator.
    pub async fn run(&self, user: &Member, id: &str) -> Result<RunView, Refusal> {
        start::run(self, user, id).await
    }

    /// A page of the runs, newest first: all for administrators, the own ones for others.
    ///
    /// # Errors
    /// [`Refusal`] when the database fails.
    pub async fn runs(&self, user: &Member, before: Option<&str>) -> Result<RunsPage, Refusal> {
        start::runs(self, user, before).await
    }

    /// Ends a run. What it has done stays done; what it has not taken up is left for the next run.
    ///
    /// # Errors
    /// [`Refusal`] with `RunUnknown`. A run that has ended stays as it ended.
    pub async fn cancel_run(&self, user: &Member, id: &str) -> Result<RunView, Refusal> {
        start::cancel_run(self, user, id).await
    }

    /// A new run of what failed or was deferred in another one.
    ///
    /// # Errors
    /// [`Refusal`]: `RunUnknown`, `RunInProgress`, `InvalidRequest` when nothing failed.
    pub async fn retry_run(&self, user: &Member, id: &str) -> Result<RunView, Refusal> {
        start::again(self, user, id, None).await
    }

    /// As [`Engine::retry_run`], once for each key.
    ///
    /// # Errors
    /// As [`Engine::retry_run`].
    pub async fn retry_run_once(&self, user: &Member, id: &str, key: &RequestKey) -> Result<RunView, Refusal> {
        start::retry_run_once(self, user, id, key).await
    }

    /// A new run of one entry's record.
    ///
    /// # Errors
    /// As [`Engine::retry_run`].
    pub async fn retry_entry(&self, user: &Member, id: &str) -> Result<RunView, Refusal> {
        start::entry_again(self, user, id, None).await
    }

    /// As [`Engine::retry_entry`], once for each key.
    ///
    /// # Errors
    /// As [`Engine::retry_run`].
    pub async fn retry_entry_once(&self, user: &Member, id: &str, key: &RequestKey) -> Result<RunView, Refusal> {
        start::retry_entry_once(self, user, id, key).await
    }

    /// Records that failed or wait, newest first (administrators).
    ///
    /// # Errors
    /// [`Refusal`] when the database fails.
    pub async fn waiting(&self, user: &Administrator) -> Result<WaitingView, Refusal> {
        start::waiting(self, user).await
    }

    /// Does one step of the organisation's active run. Failures are noted in the run.
    pub async fn advance(&self, org: &OrgId) -> Next {
        start::advance(self, org).await
    }
}
