//! Whose installation this is: closed to everybody but its owner and whom the owner invites.
//!
//! The first organisation that connects owns it, and being first takes the installation's own key, so that nobody is first
//! in the owner's place. Who hosts for many opens it, or lists who may come ([`Organisations`]).

use super::Refusal;
use super::rights::Administrator;
use crate::config::{Config, Organisations};
use crate::store::installation::{self as table, Place};
use crate::store::{audit, connections};
use crate::sync::Engine;
use ports::{Ports, Statement};
use shared::api::InvitationsView;
use shared::id::OrgId;
use shared::problem;
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
        Place::Free | Place::Keyed | Place::Hosted => Err(Refusal::from(problem::installation_key_needed())),
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
    if hosted(config, org) {
        return Ok(());
    }
    match table::place(ports, Some(org)).await? {
        Place::Owner | Place::Guest => Ok(()),
        Place::Free | Place::Keyed | Place::Hosted if knows_key => Ok(()),
        Place::Free | Place::Keyed | Place::Hosted => Err(Refusal::from(problem::installation_key_needed())),
        Place::Stranger => Err(Refusal::from(problem::organisation_not_invited(name.to_owned(), org.to_string()))),
    }
}

/// Whether whoever hosts the installation lets the organisation in, invited or not.
fn hosted(config: &Config, org: &OrgId) -> bool {
    match &config.organisations {
        Organisations::Open => true,
        Organisations::Listed(listed) => listed.contains(org),
        Organisations::Invited => false,
    }
}

/// Whether an organisation that came in at some time may be here now. What let it in must still hold: an invitation, the word
/// of whoever hosts, or, where the installation belongs to nobody yet, its key. Who came without the key while everybody was let
/// in goes when that is over, connected or not.
pub(crate) fn stays(config: &Config, org: &OrgId, place: Place) -> bool {
    hosted(config, org)
        || match place {
            Place::Owner | Place::Guest => true,
            Place::Keyed => !matches!(config.organisations, Organisations::Listed(_)),
            Place::Free | Place::Hosted | Place::Stranger => false,
        }
}

/// Refuses what an organisation does that came in at some time and may not be here any more.
///
/// # Errors
/// [`Refusal`] with `OrganisationNotInvited`, or when the database fails.
pub(crate) async fn may_stay<P: Ports>(ports: &P, config: &Config, org: &OrgId) -> Result<(), Refusal> {
    if hosted(config, org) || stays(config, org, table::place(ports, Some(org)).await?) {
        return Ok(());
    }
    Err(Refusal::from(problem::organisation_not_invited(org.to_string(), org.to_string())))
}

/// What a batch has to hold that lets an organisation in: it fails if that may not be here any more.
pub(super) fn guard(config: &Config, org: &OrgId) -> Option<Statement> {
    (!hosted(config, org)).then(|| table::no_stranger(org))
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
        let action = audit::Action::Invite;
        let note = audit::note(self.ports, &administrator.org, &administrator.name, action, guest.as_str(), now);
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
            return Err(Refusal::from(problem::invalid_request("org", Some(reason), None)));
        }
        let now = self.ports.now();
        // Its name goes with it.
        let named = connections::get(self.ports, guest).await?.map(|known| format!("{} ({guest})", known.org_name));
        let detail = named.unwrap_or_else(|| guest.to_string());
        let action = audit::Action::Uninvite;
        let note = audit::note(self.ports, &administrator.org, &administrator.name, action, &detail, now);
        // First nobody gets in any more.
        self.ports.batch(vec![table::uninvite(guest), note]).await?;
        self.expel(guest).await?;
        self.invitations(administrator).await
    }

    async fn owner(&self, administrator: &Administrator) -> Result<(), Refusal> {
        match table::place(self.ports, Some(&administrator.org)).await? {
            Place::Owner => Ok(()),
            Place::Free | Place::Keyed | Place::Hosted | Place::Guest | Place::Stranger => {
                let reason = "it is for the installation's owner".to_owned();
                Err(Refusal::from(problem::invalid_request("address", Some(reason), None)))
            }
        }
    }
}
