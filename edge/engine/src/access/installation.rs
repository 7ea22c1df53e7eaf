//! Whose installation this is: closed to everybody but its owner and whom the owner invites.
//!
//! The first organisation that connects owns it, and being first takes the installation's own key, so that nobody is first
//! in the owner's place. Who hosts for many opens it, or lists who may come ([`Organisations`]).

use super::Refusal;
use super::rights::Administrator;
use crate::config::{Config, Organisations};
use crate::store::audit;
use crate::store::installation::{self as table, Place};
use crate::sync::Engine;
use ports::Ports;
use shared::api::InvitationsView;
use shared::id::OrgId;
use shared::problem::Code;
use subtle::ConstantTimeEq;

/// Whether this is the installation's key. Where the installation has none that anybody would have to know (the local
/// default), everybody knows it.
pub(super) fn knows_key(config: &Config, told: Option<&str>) -> bool {
    match (&config.installation_key, told) {
        (None, _) => true,
        (Some(key), Some(told)) => bool::from(key.reveal().trim().as_bytes().ct_eq(told.trim().as_bytes())),
        (Some(_), None) => false,
    }
}

/// Refuses to begin a sign-in that could end nowhere: the installation belongs to nobody, and whoever begins does not know
/// its key. Nobody consents to anything then.
///
/// # Errors
/// [`Refusal`] with `InstallationKeyNeeded`, or when the database fails.
pub(super) async fn may_begin<P: Ports>(ports: &P, config: &Config, knows_key: bool) -> Result<(), Refusal> {
    if knows_key || config.organisations != Organisations::Invited {
        return Ok(());
    }
    match table::place(ports, None).await? {
        Place::Free => Err(Refusal::of(Code::InstallationKeyNeeded, &[])),
        Place::Owner | Place::Guest | Place::Stranger => Ok(()),
    }
}

/// Refuses an organisation that may not use this installation, before anything of it is stored.
///
/// # Errors
/// [`Refusal`] with `OrganisationNotInvited` or `InstallationKeyNeeded`, or when the database fails.
pub(super) async fn admit<P: Ports>(
    ports: &P,
    config: &Config,
    org: &OrgId,
    name: &str,
    knows_key: bool,
) -> Result<(), Refusal> {
    match &config.organisations {
        Organisations::Open => return Ok(()),
        Organisations::Listed(listed) if listed.contains(org) => return Ok(()),
        Organisations::Listed(_) | Organisations::Invited => {}
    }
    match table::place(ports, Some(org)).await? {
        Place::Owner | Place::Guest => Ok(()),
        Place::Free if knows_key => Ok(()),
        Place::Free => Err(Refusal::of(Code::InstallationKeyNeeded, &[])),
        Place::Stranger => {
            Err(Refusal::of(Code::OrganisationNotInvited, &[("name", name.to_owned()), ("org", org.to_string())]))
        }
    }
}

impl<P: Ports> Engine<'_, P> {
    /// Who may use this installation (administrators). Only the owner is told.
    ///
    /// # Errors
    /// [`Refusal`] when the database fails.
    pub async fn invitations(&self, administrator: &Administrator) -> Result<InvitationsView, Refusal> {
        if table::place(self.ports, Some(&administrator.org)).await? != Place::Owner {
            return Ok(InvitationsView { owner: false, invitations: Vec::new() });
        }
        let rows = self.ports.query(table::select_invitations()).await?;
        Ok(InvitationsView { owner: true, invitations: table::read_invitations(rows)? })
    }

    /// Lets another organisation use this installation (administrators of the owner).
    ///
    /// # Errors
    /// [`Refusal`] with `OrganisationNotInvited` when the administrator's organisation is not the owner, or when the
    /// database fails.
    pub async fn invite(&self, administrator: &Administrator, guest: &OrgId) -> Result<InvitationsView, Refusal> {
        self.owner(administrator).await?;
        let now = self.ports.now();
        let note = audit::note(self.ports, &administrator.org, &administrator.name, "invite", guest.as_str(), now);
        self.ports.batch(vec![table::invite(guest, &administrator.name, now), note]).await?;
        self.invitations(administrator).await
    }

    /// Takes an invitation back: the organisation is disconnected, and all that is kept of it is erased (administrators of
    /// the owner).
    ///
    /// # Errors
    /// As [`Engine::invite`].
    pub async fn uninvite(&self, administrator: &Administrator, guest: &OrgId) -> Result<InvitationsView, Refusal> {
        self.owner(administrator).await?;
        if *guest == administrator.org {
            let reason = "the owner can't be removed; disconnect and erase instead".to_owned();
            return Err(Refusal::of(Code::InvalidRequest, &[("field", "org".to_owned()), ("reason", reason)]));
        }
        let now = self.ports.now();
        let note = audit::note(self.ports, &administrator.org, &administrator.name, "uninvite", guest.as_str(), now);
        // First nobody gets in any more.
        self.ports.batch(vec![table::uninvite(guest), note]).await?;
        self.expel(guest).await?;
        self.invitations(administrator).await
    }

    async fn owner(&self, administrator: &Administrator) -> Result<(), Refusal> {
        match table::place(self.ports, Some(&administrator.org)).await? {
            Place::Owner => Ok(()),
            Place::Free | Place::Guest | Place::Stranger => {
                let facts =
                    [("field", "address".to_owned()), ("reason", "it is for the installation's owner".to_owned())];
                Err(Refusal::of(Code::InvalidRequest, &facts))
            }
        }
    }
}
