//! Who counts as an administrator, by name, and taking somebody out.

use super::connect::accounts_of;
use super::rights::{ADMINISTRATOR, Administrator};
use super::tokens::GrantTokens;
use super::{Refusal, refused_by_crm};
use crate::store::audit;
use crate::store::connections::{self, Connection};
use crate::store::grants::GrantId;
use crate::sync::Engine;
use ports::Ports;
use shared::api::portal::{AdministratorView, AdministratorsView, ProfileView};
use shared::id::ZohoId;
use shared::problem;
use std::collections::{BTreeMap, BTreeSet};
use upstream::CallLog;
use upstream::zoho::Client;

/// Profiles that are looked at at most: each is a call.
const PROFILES: usize = 20;

impl<P: Ports> Engine<'_, P> {
    /// Who counts as an administrator, as Zoho says now (administrators).
    ///
    /// # Errors
    /// [`Refusal`] when the CRM is not connected or does not answer.
    pub async fn administrators(&self, administrator: &Administrator) -> Result<AdministratorsView, Refusal> {
        let connection = connections::get(self.ports, &administrator.org).await?;
        let connection = connection.ok_or_else(problem::zoho_not_connected)?;
        self.named(&connection).await
    }

    /// Lets a user count as an administrator again, or not any more (administrators). Nobody takes himself out, so that one
    /// is left.
    ///
    /// # Errors
    /// As [`Engine::administrators`], and `InvalidRequest` for oneself.
    pub async fn count_administrator(
        &self,
        administrator: &Administrator,
        user: &ZohoId,
        counts: bool,
    ) -> Result<AdministratorsView, Refusal> {
        let org = &administrator.org;
        if !counts && *user == administrator.id {
            return Err(Refusal::from(problem::invalid_request(
                "id",
                Some("nobody can take himself out".to_owned()),
                None,
            )));
        }
        let connection = connections::get(self.ports, org).await?;
        let connection = connection.ok_or_else(problem::zoho_not_connected)?;
        // Whoever is taken out is noted by name. Without an answer of Zoho it is done all the same.
        let named = self.named(&connection).await;
        let known = named.as_ref().ok().and_then(|view| view.administrators.iter().find(|one| one.id == *user));
        let name = known.map_or_else(|| user.to_string(), |one| one.name.clone());
        let taken_out = loop {
            let connection = connections::get(self.ports, org).await?;
            let mut connection = connection.ok_or_else(problem::zoho_not_connected)?;
            // Two take each other out: whoever comes second is none any more, whatever Zoho said a moment ago.
            if connection.taken_out.contains(&administrator.id) {
                return Err(Refusal::from(problem::taken_out()));
            }
            let before = connection.taken_out.clone();
            let changed = match counts {
                true => connection.taken_out.remove(user),
                false => connection.taken_out.insert(user.clone()),
            };
            // Another change may have come between reading and writing.
            if !changed || connections::take_out(self.ports, org, &before, &connection.taken_out).await? {
                if changed {
                    let action =
                        if counts { audit::Action::CountAdministrator } else { audit::Action::TakeAdministratorOut };
                    let (by, now) = (&administrator.name, self.ports.now());
                    self.ports.query(audit::note(self.ports, org, by, action, &name, now)).await?;
                    self.desk.rights.forget(org, user);
                }
                break connection.taken_out;
            }
        };
        named.map(|mut view| {
            for one in &mut view.administrators {
                one.taken_out = taken_out.contains(&one.id);
            }
            view
        })
    }

    async fn named(&self, connection: &Connection) -> Result<AdministratorsView, Refusal> {
        let tokens = GrantTokens {
            ports: self.ports,
            config: self.config,
            desk: &self.desk.tokens,
            id: GrantId::Zoho(connection.org.clone()),
            accounts: accounts_of(self.config, &connection.location)?,
        };
        let log = CallLog::new();
        let client = Client { ports: self.ports, tokens: &tokens, api_domain: &connection.api_domain, log: &log };
        let users = match client.active_users().await {
            // Whoever stands behind the 2,000th has to be looked up in the CRM.
            Ok((users, _)) => users,
            Err(error) => return Err(refused_by_crm(self.ports, connection, error).await),
        };
        let profiles: BTreeSet<&ZohoId> = users.iter().map(|user| &user.profile.id).take(PROFILES).collect();
        let mut administers = BTreeMap::new();
        let mut by_permissions = true;
        for profile in profiles {
            match client.profile(profile).await {
                Ok(told) => {
                    administers.insert(profile.clone(), told.administers());
                }
                Err(_) => by_permissions = false,
            }
        }
        let counts = |user: &&upstream::zoho::User| {
            administers.get(&user.profile.id).copied().unwrap_or(user.profile.name == ADMINISTRATOR)
        };
        let others = users.iter().filter(|user| !counts(user)).map(|user| (&user.profile.id, &user.profile.name));
        let others: BTreeMap<&ZohoId, &String> = others.collect();
        let mut profiles: Vec<ProfileView> =
            others.into_iter().map(|(id, name)| ProfileView { id: id.clone(), name: name.clone() }).collect();
        profiles.sort_by(|one, other| (&one.name, &one.id).cmp(&(&other.name, &other.id)));
        let mut administrators: Vec<AdministratorView> = users
            .iter()
            .filter(counts)
            .map(|user| AdministratorView {
                id: user.id.clone(),
                name: user.name.clone(),
                profile: user.profile.name.clone(),
                taken_out: connection.taken_out.contains(&user.id),
            })
            .collect();
        administrators.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(AdministratorsView { administrators, by_permissions, profiles })
    }
}
