//! Records, one or many: read both sides, plan, write, remember, log.
//!
//! The preview ([`Engine::view`]) and the push ([`Engine::sync`]) read the same things and call the same planner.
//! A push survives being cut off anywhere: the intent is saved before Xero is asked, the link right after Xero has
//! answered, and an attempt that finds an open intent looks for the record by its natural key before it creates one.

mod arrivals;
mod belief;
mod both;
mod change;
mod circle;
mod click;
mod context;
mod decide;
mod dependencies;
mod desk;
mod engine;
mod key;
mod match_up;
mod needs;
mod outcome;
mod owner;
mod pair;
mod permit;
mod planning;
mod push;
mod pushed;
mod read;
mod record;
mod references;
mod resolved;
mod room;
mod show;
mod sight;
mod to_xero;
mod write_back;

use crate::access::Refusal;
use crate::access::rights::{Administrator, Member};
use crate::store::requests::RequestKey;
use ports::Ports;
use shared::api::{EntriesPage, ProgressView, RecordView, SyncReply};
use shared::id::ZohoId;
use shared::module::Module;
use shared::question::Decision;
use shared::settings::{SettingChange, Settings};

pub(crate) use both::{resource, xero_id};
pub(crate) use change::not_saved;
pub(crate) use context::{Context, Errand, Reader};
pub use desk::{Desk, Work};
pub use engine::Engine;
pub use key::Key;
pub(crate) use needs::sync_many;
pub(crate) use outcome::{is_weather, passes, reason_of};
pub(crate) use record::{Done, Item};
pub(crate) use write_back::company_field;

impl<P: Ports> Engine<'_, P> {
    /// Where a record stands and what a sync would do to it.
    ///
    /// # Errors
    /// [`Refusal`] when nothing can be said: not connected, not allowed, not found, or an API did not answer.
    pub async fn view(&self, user: &Member, module: Module, id: &ZohoId) -> Result<RecordView, Refusal> {
        click::view(self, user, module, id).await
    }

    /// What a sync would do to a record under settings that are not saved (administrators). Nothing is written and
    /// nothing is logged.
    ///
    /// # Errors
    /// As [`Engine::view`], and when a value of the settings is wrong: the first one is named.
    pub async fn preview_with(
        &self,
        user: &Administrator,
        module: Module,
        id: &ZohoId,
        settings: &Settings,
    ) -> Result<RecordView, Refusal> {
        click::preview_with(self, user, module, id, settings).await
    }

    /// Syncs one record and logs it. A record that could not be synced is no error: its entry says why.
    ///
    /// # Errors
    /// [`Refusal`] when the user may not do it, the record is not there, or the two sides are not connected.
    pub async fn sync(&self, user: &Member, module: Module, id: &ZohoId) -> Result<SyncReply, Refusal> {
        click::sync_as_shown(self, user, module, id, None).await
    }

    /// As [`Engine::sync`], by somebody who has been shown what it lets go: `word` is the one of that preview
    /// ([`shared::api::Preview::word`]).
    ///
    /// # Errors
    /// As [`Engine::sync`].
    pub async fn sync_as_shown(
        &self,
        user: &Member,
        module: Module,
        id: &ZohoId,
        word: Option<String>,
    ) -> Result<SyncReply, Refusal> {
        click::sync_as_shown(self, user, module, id, word).await
    }

    /// The steps of the member's own sync of a record that is under way. Nobody is told of another's: whoever may not see
    /// the record would learn that it is there.
    #[must_use]
    pub fn progress(&self, user: &Member, module: Module, id: &ZohoId) -> ProgressView {
        ProgressView { steps: self.desk.steps(&user.org, &(module, id.clone()), &user.id) }
    }

    /// A page of a record's log. The record is read first, with the user's own rights.
    ///
    /// # Errors
    /// [`Refusal`] when the user may not see the record, or the database fails.
    pub async fn entries(
        &self,
        user: &Member,
        module: Module,
        id: &ZohoId,
        before: Option<&str>,
    ) -> Result<EntriesPage, Refusal> {
        click::entries(self, user, module, id, before).await
    }

    /// Decides about a record's link (administrators). What is so already changes nothing.
    ///
    /// # Errors
    /// [`Refusal`]: `XeroRecordGone` when Xero does not have the record (or it is of another kind), `LinkedElsewhere` when
    /// another CRM record is linked with it than the decision says, or that one with another Xero record and still there,
    /// `CrmNotEditable` when whoever decides may not edit the record or the one whose place it takes, `InvalidRequest` when it
    /// names too many records or no exchange rate of a document, or as a record is read.
    pub async fn decide(&self, user: &Administrator, key: &Key, decision: &Decision) -> Result<(), Refusal> {
        decide::decide(self, user, key, decision, None).await
    }

    /// As [`Engine::decide`], once for each key: a request that is sent again does not undo what somebody has decided
    /// meanwhile.
    ///
    /// # Errors
    /// As [`Engine::decide`].
    pub async fn decide_once(
        &self,
        user: &Administrator,
        key: &Key,
        decision: &Decision,
        request: &RequestKey,
    ) -> Result<(), Refusal> {
        decide::decide_once(self, user, key, decision, request).await
    }

    /// Changes one setting (administrators). What is so already changes nothing.
    ///
    /// # Errors
    /// [`Refusal`] when the value does not fit the organisations' lists.
    pub async fn change_setting(&self, user: &Administrator, change: &SettingChange) -> Result<(), Refusal> {
        change::change_setting(self, user, change, None).await
    }

    /// As [`Engine::change_setting`], once for each key: a request that is sent again does not undo what somebody has
    /// chosen meanwhile.
    ///
    /// # Errors
    /// As [`Engine::change_setting`].
    pub async fn change_setting_once(
        &self,
        user: &Administrator,
        change: &SettingChange,
        key: &RequestKey,
    ) -> Result<(), Refusal> {
        change::change_setting_once(self, user, change, key).await
    }
}
