//! Whether whoever connected the CRM still sees all of it.
//!
//! A run of the organisation reads with that person's grant. With fewer rights than an administrator's it would miss what
//! has changed, and take what it is not shown for deleted, without anybody's noticing.

use super::rights::{ADMINISTRATOR, is_refusal};
use super::{Refusal, installation};
use crate::sync::Context;
use chrono::Duration;
use ports::Ports;
use shared::id::ZohoId;
use shared::problem;
use upstream::Error;
use upstream::zoho::ProfileRef;

/// How old an answer of Zoho may be: as for the rights of people.
const FRESH_MINUTES: i64 = 10;

impl<P: Ports> Context<'_, P> {
    /// Lets a run of the organisation go on while that may be here and whoever connected the CRM is an administrator of it.
    /// Two calls, once in ten minutes. Who was taken out here by another administrator still sees everything.
    ///
    /// # Errors
    /// [`Refusal`]: `OrganisationNotInvited`; `ConnectionSeesLess`, naming who; or what Zoho refuses.
    pub(crate) async fn connection_sees_all(&self) -> Result<(), Refusal> {
        let rights = &self.engine.desk.rights;
        let now = self.ports.now();
        if rights.connector_seen_since(self.org(), now - Duration::minutes(FRESH_MINUTES)) {
            return Ok(());
        }
        installation::may_stay(self.ports, self.engine.config, self.org()).await?;
        let crm = self.clients.crm_as_connection();
        let who = match crm.current_user().await {
            Ok(who) => who,
            // A grant of long ago may not ask. Nobody knows then, as before.
            Err(Error::ScopeMissing { .. }) => return Ok(()),
            Err(error) => return Err(self.clients.refuse(error).await),
        };
        let administers = match crm.profile(&who.profile.id).await {
            Ok(profile) => profile.administers(),
            Err(error) if is_refusal(&error) => who.profile.name == ADMINISTRATOR,
            Err(error) => return Err(self.clients.refuse(error).await),
        };
        if !administers {
            return Err(Refusal::from(problem::connection_sees_less(who.name)));
        }
        rights.keep_connector(self.org(), now);
        rights.keep_connected_as(self.org(), who.profile, now);
        Ok(())
    }

    /// The profile of whoever connected the CRM, as Zoho said within the last ten minutes: one call, and none where it was asked
    /// for anyway. None where the grant may not ask.
    ///
    /// # Errors
    /// [`Error`] when Zoho does not answer now.
    pub(crate) async fn connected_as(&self) -> Result<Option<ProfileRef>, Error> {
        let rights = &self.engine.desk.rights;
        let now = self.ports.now();
        if let Some(known) = rights.connected_as(self.org(), now - Duration::minutes(FRESH_MINUTES)) {
            return Ok(Some(known));
        }
        match self.clients.crm_as_connection().current_user().await {
            Ok(who) => {
                rights.keep_connected_as(self.org(), who.profile.clone(), now);
                Ok(Some(who.profile))
            }
            Err(error) if is_refusal(&error) && !matches!(error, Error::Unauthorized { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Lets a run of the organisation go on while whoever began it is an active user of the CRM. It keeps the right with
    /// which it was begun: who does not administer the CRM any more has begun it rightly, and another administrator may end
    /// it. One call in ten minutes, and none where it is who connected the CRM, whose grant would be dead.
    ///
    /// # Errors
    /// [`Refusal`]: `RunOfLeaver`, naming who; or that Zoho does not answer.
    pub(crate) async fn is_still_here(&self, beginner: &ZohoId, name: &str) -> Result<(), Refusal> {
        let rights = &self.engine.desk.rights;
        let now = self.ports.now();
        let known = rights.beginner_seen_since(self.org(), beginner, now - Duration::minutes(FRESH_MINUTES));
        if known || *beginner == self.writer {
            return Ok(());
        }
        match self.clients.crm_as_connection().is_active_user(beginner).await {
            // A grant of long ago may not ask. Nobody knows then.
            Ok(true) | Err(Error::ScopeMissing { .. } | Error::PermissionDenied { .. }) => {
                rights.keep_beginner(self.org(), beginner, now);
                Ok(())
            }
            // Zoho may not know the id of somebody any more who was removed.
            Ok(false) | Err(Error::Refused { .. }) => Err(Refusal::from(problem::run_of_leaver(name.to_owned()))),
            Err(error) => Err(self.clients.refuse(error).await),
        }
    }
}
