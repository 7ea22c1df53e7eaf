//! The schedule and all settings, as administrators read and save them.

use super::{DAYS_ASLEEP, clock, crm_zone};
use crate::access::{Refusal, connect};
use crate::store::candidates::Side;
use crate::store::connections::Connection;
use crate::store::links::Scope;
use crate::store::organisations::Kept;
use crate::store::sessions::User;
use crate::store::{agenda, audit, connections, cursors, organisations};
use crate::sync::{Context, Engine, Reader};
use chrono::{DateTime, Duration, Utc};
use ports::{Ports, Statement};
use serde_json::{Map, Value};
use shared::api::runs::ScheduleView;
use shared::module::{Kind, Module};
use shared::problem::{Code, Problem};
use shared::settings::schedule::StartRule;
use shared::settings::validate::{check, check_schedule};
use shared::settings::{Direction, Schedule, Settings};

/// How many starts a schedule's view shows.
const STARTS_SHOWN: usize = 5;

impl<P: Ports> Engine<'_, P> {
    /// The schedule and its next starts. Who is told of runs is for administrators.
    ///
    /// # Errors
    /// [`Refusal`] when the CRM is not connected, or the database fails.
    pub async fn schedule(&self, user: &User) -> Result<ScheduleView, Refusal> {
        let (connection, kept) = self.chosen(user).await?;
        let mut schedule = connection.settings.schedule;
        if !user.administrator {
            schedule.notices.clear();
        }
        Ok(view(schedule, &kept, self.ports.now()))
    }

    /// Saves the schedule (administrators) and plans its next start.
    ///
    /// # Errors
    /// [`Refusal`] when the user is no administrator now, the two sides are not connected, or a value is wrong.
    pub async fn save_schedule(&self, user: &User, schedule: &Schedule) -> Result<ScheduleView, Refusal> {
        connect::require_administrator(self.ports, self.config, &self.desk.tokens, user).await?;
        let (connection, kept) = self.chosen(user).await?;
        first(check_schedule(&connection.settings, schedule))?;
        let settings = Settings { schedule: schedule.clone(), ..connection.settings.clone() };
        let detail = serde_json::to_string(schedule).map_err(Refusal::internal)?;
        self.save(user, &connection, &kept, &settings, "change-schedule", &detail).await?;
        Ok(view(settings.schedule, &kept, self.ports.now()))
    }

    /// All settings (administrators).
    ///
    /// # Errors
    /// [`Refusal`] when the user is no administrator now, the CRM is not connected, or the database fails.
    pub async fn settings(&self, user: &User) -> Result<Settings, Refusal> {
        connect::require_administrator(self.ports, self.config, &self.desk.tokens, user).await?;
        Ok(self.chosen(user).await?.0.settings)
    }

    /// Saves all settings (administrators), checked as a whole against both organisations' lists.
    ///
    /// # Errors
    /// [`Refusal`] when the user is no administrator now, the two sides are not connected, or a value is wrong: the
    /// first one is named.
    pub async fn save_settings(&self, user: &User, settings: &Settings) -> Result<Settings, Refusal> {
        connect::require_administrator(self.ports, self.config, &self.desk.tokens, user).await?;
        let (connection, mut kept) = self.chosen(user).await?;
        let context = Context::open(self, Reader::Connection(&user.org), None).await?;
        if !check(settings, &context.lists.crm, &context.lists.xero).is_empty() {
            // Somebody may just have added at Xero or in the CRM's set-up what is chosen here.
            kept = self.read_lists(&context, &connection).await?;
            if let (Some((crm, _)), Some((xero, _))) = (&kept.crm, &kept.xero) {
                first(check(settings, crm, xero))?;
            }
        }
        let detail = changed(&connection.settings, settings).map_err(Refusal::internal)?;
        self.save(user, &connection, &kept, settings, "change-settings", &detail).await?;
        Ok(settings.clone())
    }

    /// The connection and what is kept of both organisations.
    async fn chosen(&self, user: &User) -> Result<(Connection, Kept), Refusal> {
        let statements = vec![connections::select(&user.org), organisations::select(&user.org)];
        let mut answers = self.ports.batch(statements).await?.into_iter();
        let mut next = || answers.next().unwrap_or_default();
        let connection = next().into_iter().next().map(connections::read).transpose()?;
        let kept = next().into_iter().next().map(organisations::read).transpose()?.unwrap_or_default();
        Ok((connection.ok_or_else(|| Refusal::of(Code::ZohoNotConnected, &[]))?, kept))
    }

    /// Reads both organisations' lists anew and keeps them.
    async fn read_lists(&self, context: &Context<'_, P>, connection: &Connection) -> Result<Kept, Refusal> {
        let data_centre = self
            .config
            .data_centres
            .iter()
            .find(|data_centre| data_centre.location == connection.location)
            .ok_or_else(|| Refusal::internal(format!("unknown Zoho data centre {:?}", connection.location)))?;
        let clients = &context.clients;
        let (crm_client, xero_client) = (clients.crm_as_connection(), clients.xero());
        let (crm, xero) = futures_util::future::join(
            crm_client.organisation(data_centre),
            xero_client.organisation(&self.config.xero_addresses.web),
        )
        .await;
        let (crm, xero) = (crm?, xero?);
        let now = self.ports.now();
        self.ports
            .batch(vec![
                organisations::save_crm(&connection.org, &crm, now)?,
                organisations::save_xero(&connection.org, &clients.scope.tenant, &xero, now)?,
            ])
            .await?;
        Ok(Kept { crm: Some((crm, now)), xero: Some((xero, now)) })
    }

    /// Saves settings together with what their schedule plans.
    async fn save(
        &self,
        user: &User,
        connection: &Connection,
        kept: &Kept,
        settings: &Settings,
        action: &'static str,
        detail: &str,
    ) -> Result<(), Refusal> {
        let tenant = connection.tenant.clone().ok_or_else(|| Refusal::of(Code::XeroNotConnected, &[]))?;
        let scope = Scope { org: user.org.clone(), tenant: tenant.id };
        let now = self.ports.now();
        let mut statements = vec![
            connections::save_settings(&user.org, settings)?,
            audit::note(self.ports, &user.org, &user.name, action, detail, now),
        ];
        let schedule = &settings.schedule;
        let asleep = now + Duration::days(DAYS_ASLEEP);
        if *schedule == connection.settings.schedule {
            // A start that is due by now stays due.
            statements.push(agenda::begin(&user.org, asleep));
        } else {
            let run_at = clock::next_runs(schedule, crm_zone(kept), now, 1).pop();
            statements.push(agenda::save(&user.org, run_at.map_or(asleep, |at| at.min(asleep)), run_at));
        }
        if schedule.enabled && schedule.start == StartRule::FirstScheduled {
            statements.extend(begun(&scope, settings, now));
        }
        self.ports.batch(statements).await?;
        Ok(())
    }
}

/// The cursors with which a schedule's pairs begin where they have none: what is older stays as it is.
fn begun(scope: &Scope, settings: &Settings, now: DateTime<Utc>) -> Vec<Statement> {
    let mut statements = Vec::new();
    for module in Module::ALL {
        let own = settings.direction(module);
        let chosen = match settings.schedule.pairs.is_empty() {
            true => Some(Direction::Both),
            false => settings.schedule.pairs.get(&module).copied(),
        };
        let Some(direction) = chosen.and_then(|chosen| own.within(chosen)) else { continue };
        if direction.to_xero() {
            statements.push(cursors::begin(scope, module, Side::Crm, now));
            // Companies change with their people.
            if module.kind() == Kind::Party && module != Module::Contacts {
                statements.push(cursors::begin(scope, module, Side::People, now));
            }
        }
        if direction.to_crm() {
            statements.push(cursors::begin(scope, module, Side::Xero, now));
        }
    }
    statements
}

fn view(schedule: Schedule, kept: &Kept, now: DateTime<Utc>) -> ScheduleView {
    let zone = crm_zone(kept);
    ScheduleView {
        time_zone: clock::zone(&schedule, zone).name().to_owned(),
        next: clock::next_runs(&schedule, zone, now, STARTS_SHOWN),
        schedule,
    }
}

/// The first of the problems with settings, if there is any.
fn first(found: Vec<(String, Problem)>) -> Result<(), Refusal> {
    match found.into_iter().next() {
        Some((_, problem)) => Err(problem.into()),
        None => Ok(()),
    }
}

/// The parts of the settings that differ, as they are now.
fn changed(before: &Settings, after: &Settings) -> Result<String, serde_json::Error> {
    let (before, after) = (serde_json::to_value(before)?, serde_json::to_value(after)?);
    let parts = after.as_object().into_iter().flatten().filter(|(name, value)| before.get(name) != Some(value));
    serde_json::to_string(&parts.map(|(name, value)| (name.clone(), value.clone())).collect::<Map<String, Value>>())
}
