//! Ending a connection: with Xero only, or with both sides, and then nothing is kept.

use super::Refusal;
use super::connect::{accounts_of, drop_connection, ended_by};
use super::rights::Administrator;
use super::tokens::GrantTokens;
use super::unclaimed::give_back;
use crate::store::connections::{Connection, Tenant};
use crate::store::grants::{self, GrantId};
use crate::store::{agenda, audit, connections, erase, organisations, parked, runs};
use crate::sync::Engine;
use ports::Ports;
use shared::id::OrgId;
use upstream::{CallLog, Tokens};

/// Refresh tokens that are given back to Zoho at most; the others are forgotten. Workers Free allows 50 calls of an
/// invocation (<https://developers.cloudflare.com/workers/platform/limits/#subrequests>).
const GIVEN_BACK: i64 = 20;

impl<P: Ports> Engine<'_, P> {
    /// Disconnects Xero (administrators). Settings, links and the log stay: the same organisation, connected again, finds
    /// its links. A run under way ends as cancelled, and the schedule sleeps. It works with a connection that is broken,
    /// too: then only our side forgets it.
    ///
    /// # Errors
    /// [`Refusal`] when the database fails.
    pub async fn disconnect_xero(&self, user: &Administrator) -> Result<(), Refusal> {
        // Whoever works on a record, or on the run, comes to an end first.
        let _run = self.desk.run_turn(&user.org).await;
        let _records = self.desk.all_turns(&user.org).await;
        let Some(mut connection) = connections::get(self.ports, &user.org).await? else { return Ok(()) };
        let Some(tenant) = connection.tenant.take() else { return Ok(()) };
        self.leave_xero(&connection, &tenant).await?;
        let (org, now) = (&user.org, self.ports.now());
        let mut statements = vec![
            connections::disconnect_xero(org),
            grants::delete(&GrantId::Xero(org.clone())),
            organisations::forget_xero(org),
            agenda::delete(org),
            audit::note(self.ports, org, &user.name, audit::Action::DisconnectXero, &tenant.name, now),
        ];
        statements.extend(runs::drop_previews(org));
        statements.extend(runs::cancel_active(org, &ended_by(&user.name, &tenant.name), now)?);
        self.ports.batch(statements).await?;
        self.desk.meet(&connection);
        self.desk.hide_runs(org);
        Ok(())
    }

    /// Disconnects both sides and erases all that is kept of the organisation, its users' sessions too (administrators).
    /// What is in the CRM and in Xero stays as it is.
    ///
    /// # Errors
    /// [`Refusal`] when the database fails.
    pub async fn erase(&self, user: &Administrator) -> Result<(), Refusal> {
        self.expel(&user.org).await
    }

    /// Disconnects an organisation on both sides and erases all that is kept of it.
    pub(super) async fn expel(&self, org: &OrgId) -> Result<(), Refusal> {
        let _run = self.desk.run_turn(org).await;
        let _records = self.desk.all_turns(org).await;
        let connection = connections::get(self.ports, org).await?;
        if let Some(connection) = &connection
            && let Some(tenant) = &connection.tenant
        {
            self.leave_xero(connection, tenant).await?;
        }
        // What somebody has just granted and nobody will claim any more.
        for waiting in parked::of(self.ports, org).await? {
            give_back(self.ports, self.config, &waiting).await?;
        }
        let location = org.location();
        let tokens = grants::of_zoho(self.ports, &self.config.vault, org, GIVEN_BACK).await?;
        for token in tokens {
            // One that can't be given back is forgotten all the same.
            if let Ok(accounts) = accounts_of(self.config, location) {
                let _ = upstream::zoho::oauth::revoke(self.ports, &CallLog::new(), &accounts, &token).await;
            }
        }
        self.ports.batch(erase::all(org)).await?;
        self.desk.forget(org);
        Ok(())
    }

    /// Tells Xero that we leave, as far as Xero still listens.
    async fn leave_xero(&self, connection: &Connection, tenant: &Tenant) -> Result<(), Refusal> {
        let (ports, config) = (self.ports, self.config);
        let id = GrantId::Xero(connection.org.clone());
        self.desk.meet(&Connection { tenant: Some(tenant.clone()), ..connection.clone() });
        let desk = &self.desk.tokens;
        let tokens = GrantTokens { ports, config, desk, id: id.clone(), accounts: String::new() };
        if let Ok(token) = tokens.access().await {
            drop_connection(ports, config, &tenant.id, &token).await;
        }
        // Giving the grant back drops every connection that its Xero user has made with this app, so it is not done while
        // another CRM organisation may live on one of them.
        if !connections::has_others(ports, &connection.org).await?
            && let Ok(Some(grant)) = grants::get(ports, &config.vault, &id).await
        {
            let (app, identity) = (config.xero.app(), &config.xero_addresses.identity);
            let _ = upstream::xero::oauth::revoke(ports, &CallLog::new(), identity, app, &grant.refresh_token).await;
        }
        Ok(())
    }
}
