//! The status: how the sync is, on one page.

use crate::access::rights::Member;
use crate::access::{Refusal, sign_in};
use crate::runs::RunList;
use crate::store::connections::Connection;
use crate::store::grants::{self, GrantId};
use crate::store::organisations::Kept;
use crate::store::{agenda, connections, entries, organisations, waiting};
use crate::sync::Engine;
use ports::Ports;
use shared::api::portal::{SettingProblem, StatusView};
use shared::problem::Code;
use shared::settings::validate::check;
use upstream::xero::oauth::SCOPES;
use upstream::zoho::oauth::CONNECT_SCOPES;

/// Runs that the status shows.
const RUNS: usize = 5;

impl<P: Ports> Engine<'_, P> {
    /// How the sync is. A user who is no administrator sees the own runs and no settings.
    ///
    /// # Errors
    /// [`Refusal`] when the database fails.
    pub async fn status(&self, user: &Member) -> Result<StatusView, Refusal> {
        let statements = vec![
            connections::select(&user.org),
            organisations::select(&user.org),
            grants::select_standing(&GrantId::Zoho(user.org.clone())),
            grants::select_standing(&GrantId::Xero(user.org.clone())),
            waiting::count(&user.org, &user.viewer()),
            agenda::select(&user.org),
            RunList::select(user, RUNS),
            entries::count_newest(&user.org, &user.viewer(), Code::EmailHeld),
        ];
        let mut answers = self.ports.batch(statements).await?.into_iter();
        let mut next = || answers.next().unwrap_or_default();
        let connection = next().into_iter().next().map(connections::read).transpose()?;
        let kept = next().into_iter().next().map(organisations::read).transpose()?.unwrap_or_default();
        let (crm, xero) = (grants::read_standing(next())?, grants::read_standing(next())?);
        let (waiting, parked) = waiting::read_counts(next())?;
        let planned = next().into_iter().next().map(agenda::read).transpose()?;
        let runs = RunList::read(next())?;
        let held_emails = entries::read_count(next())?;
        let connected = connection.as_ref().filter(|connection| connection.tenant.is_some());
        let budget = match connected {
            Some(_) => Some(self.budget(user).await?),
            None => None,
        };
        Ok(StatusView {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            connection: sign_in::state(connection.as_ref()),
            crm_renewed_at: crm.as_ref().and_then(|crm| crm.renewed_at),
            xero_renewed_at: xero.as_ref().and_then(|xero| xero.renewed_at),
            crm_lacks: crm.filter(|_| user.administers()).map(|crm| crm.lacks(CONNECT_SCOPES)).unwrap_or_default(),
            xero_lacks: xero.filter(|_| user.administers()).map(|xero| xero.lacks(SCOPES)).unwrap_or_default(),
            budget,
            runs,
            waiting,
            parked,
            held_emails,
            broken: connected.filter(|_| user.administers()).map(|one| broken(one, &kept)).unwrap_or_default(),
            next_run: connected
                .filter(|connection| connection.settings.schedule.enabled)
                .and_then(|_| planned.and_then(|planned| planned.run_at)),
            time_zone: kept.time_zone().to_owned(),
        })
    }
}

/// The saved settings that do not work any more beside the lists that are kept.
fn broken(connection: &Connection, kept: &Kept) -> Vec<SettingProblem> {
    let xero = connection.tenant.as_ref().and_then(|tenant| kept.xero_of(&tenant.id));
    let (Some((crm, _)), Some(xero)) = (&kept.crm, xero) else { return Vec::new() };
    let found = check(&connection.settings, crm, xero).into_iter();
    found.map(|invalid| SettingProblem { problem: invalid.broken(), path: invalid.path }).collect()
}
