//! The schedule and all settings, as administrators read and save them.

use crate::access::{Refusal, connect};
use crate::schedule::{self, begun};
use crate::store::connections::Connection;
use crate::store::links::Scope;
use crate::store::organisations::Kept;
use crate::store::sessions::User;
use crate::store::{agenda, audit, connections, organisations};
use crate::sync::{Context, Engine, Reader, not_saved};
use chrono::{DateTime, Utc};
use ports::Ports;
use shared::api::portal::MappingView;
use shared::api::runs::ScheduleView;
use shared::problem::Code;
use shared::settings::schedule::StartRule;
use shared::settings::validate::{Invalid, check, check_schedule};
use shared::settings::{Schedule, Settings};

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
        self.save(user, &connection, &kept, &settings, "change-schedule").await?;
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

    /// Saves all settings (administrators), checked as a whole against both organisations' lists. With a version they
    /// replace just that one.
    ///
    /// # Errors
    /// [`Refusal`] when the user is no administrator now, the two sides are not connected, a value is wrong (the first
    /// one is named), or somebody has saved since the version.
    pub async fn save_settings(
        &self,
        user: &User,
        settings: &Settings,
        version: Option<i64>,
    ) -> Result<Settings, Refusal> {
        connect::require_administrator(self.ports, self.config, &self.desk.tokens, user).await?;
        let mut context = Context::open(self, Reader::Connection(&user.org), None).await?;
        self.must_pass(&mut context, settings).await?;
        let (mut connection, kept) = self.chosen(user).await?;
        // What is saved replaces just what was shown, whoever saves in between.
        connection.settings_version = version.unwrap_or(connection.settings_version);
        self.save(user, &connection, &kept, settings, "change-settings").await?;
        Ok(settings.clone())
    }

    /// The settings with all that they can be chosen from (administrators). Lists that are kept are used for a day;
    /// `fresh` reads them anew.
    ///
    /// # Errors
    /// [`Refusal`] when the user is no administrator now, the two sides are not connected, or an API did not answer.
    pub async fn mapping(&self, user: &User, fresh: bool) -> Result<MappingView, Refusal> {
        connect::require_administrator(self.ports, self.config, &self.desk.tokens, user).await?;
        let mut context = Context::open(self, Reader::Connection(&user.org), None).await?;
        if fresh {
            context.renew_lists().await?;
        }
        Ok(MappingView {
            settings: context.settings,
            version: context.settings_version,
            crm: context.lists.crm,
            xero: context.lists.xero,
            read_at: context.lists.read_at,
        })
    }

    /// Checks settings as a whole against both organisations' lists.
    ///
    /// # Errors
    /// [`Refusal`] that names the first value which is wrong.
    pub(crate) async fn must_pass(&self, context: &mut Context<'_, P>, settings: &Settings) -> Result<(), Refusal> {
        if check(settings, &context.lists.crm, &context.lists.xero).is_empty() {
            return Ok(());
        }
        // Somebody may just have added at Xero or in the CRM's set-up what is chosen here.
        context.renew_lists().await?;
        first(check(settings, &context.lists.crm, &context.lists.xero))
    }

    /// The connection and what is kept of both organisations.
    pub(crate) async fn chosen(&self, user: &User) -> Result<(Connection, Kept), Refusal> {
        let statements = vec![connections::select(&user.org), organisations::select(&user.org)];
        let mut answers = self.ports.batch(statements).await?.into_iter();
        let mut next = || answers.next().unwrap_or_default();
        let connection = next().into_iter().next().map(connections::read).transpose()?;
        let kept = next().into_iter().next().map(organisations::read).transpose()?.unwrap_or_default();
        Ok((connection.ok_or_else(|| Refusal::of(Code::ZohoNotConnected, &[]))?, kept))
    }

    /// Saves settings together with what their schedule plans.
    async fn save(
        &self,
        user: &User,
        connection: &Connection,
        kept: &Kept,
        settings: &Settings,
        action: &'static str,
    ) -> Result<(), Refusal> {
        let tenant = connection.tenant.clone().ok_or_else(|| Refusal::of(Code::XeroNotConnected, &[]))?;
        let scope = Scope { org: user.org.clone(), tenant: tenant.id };
        let now = self.ports.now();
        let mut statements = vec![
            connections::save_settings(&user.org, settings, connection.settings_version)?,
            audit::note_settings(self.ports, &user.org, &user.name, action, (&connection.settings, settings), now)?,
        ];
        let schedule = &settings.schedule;
        if *schedule == connection.settings.schedule {
            // A start that is due by now stays due.
            statements.push(agenda::begin(&user.org, schedule::asleep(now), None));
        } else {
            let (wake_at, run_at) = schedule::next_wake(schedule, kept.time_zone(), now);
            statements.push(agenda::save(&user.org, wake_at, run_at));
        }
        if schedule.enabled && schedule.start == StartRule::FirstScheduled {
            statements.extend(begun(&scope, settings, now));
        }
        self.ports.batch(statements).await.map(|_| ()).map_err(not_saved)
    }
}

fn view(schedule: Schedule, kept: &Kept, now: DateTime<Utc>) -> ScheduleView {
    let zone = kept.time_zone();
    ScheduleView {
        time_zone: schedule::zone(&schedule, zone).name().to_owned(),
        next: schedule::next_runs(&schedule, zone, now, STARTS_SHOWN),
        schedule,
    }
}

/// The first of the problems with settings, if there is any.
fn first(found: Vec<Invalid>) -> Result<(), Refusal> {
    match found.first() {
        Some(invalid) => Err(invalid.refusal().into()),
        None => Ok(()),
    }
}
