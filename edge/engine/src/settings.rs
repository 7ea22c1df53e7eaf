//! The schedule and all settings, as administrators read and save them.

use crate::access::Refusal;
use crate::access::rights::{Administrator, Member};
use crate::schedule::{self, begun};
use crate::store::connections::Connection;
use crate::store::links::Scope;
use crate::store::organisations::Kept;
use crate::store::{agenda, audit, connections, organisations};
use crate::sync::{Context, Engine, Errand, Reader, not_saved};
use ports::Ports;
use shared::api::portal::{MappingView, SettingsView};
use shared::api::runs::ScheduleView;
use shared::id::OrgId;
use shared::problem;
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
    pub async fn schedule(&self, user: &Member) -> Result<ScheduleView, Refusal> {
        let (connection, kept) = self.chosen(user).await?;
        let mut schedule = connection.settings.schedule;
        if !user.administers() {
            schedule.notices.clear();
        }
        self.schedule_view(&user.org, schedule, &kept, connection.settings_version).await
    }

    /// Saves the schedule (administrators) in place of the one of this version, and plans its next start. Who of its
    /// notices is no user of the CRM is asked for a confirmation.
    ///
    /// # Errors
    /// [`Refusal`] when the two sides are not connected, a value is wrong, or somebody has saved since the version.
    pub async fn save_schedule(
        &self,
        user: &Administrator,
        schedule: &Schedule,
        version: i64,
    ) -> Result<ScheduleView, Refusal> {
        let (connection, kept) = self.chosen(user).await?;
        first(check_schedule(&connection.settings, schedule))?;
        let settings = Settings { schedule: schedule.clone(), ..connection.settings.clone() };
        let version = self.save(user, &connection, version, &kept, &settings, audit::Action::ChangeSchedule).await?;
        self.schedule_view(&user.org, settings.schedule, &kept, version).await
    }

    /// All settings (administrators).
    ///
    /// # Errors
    /// [`Refusal`] when the CRM is not connected, or the database fails.
    pub async fn settings(&self, user: &Administrator) -> Result<SettingsView, Refusal> {
        let connection = self.chosen(user).await?.0;
        Ok(SettingsView { settings: connection.settings, version: connection.settings_version })
    }

    /// Saves all settings (administrators) in place of those of this version, checked as a whole against both
    /// organisations' lists.
    ///
    /// # Errors
    /// [`Refusal`] when the two sides are not connected, a value is wrong (the first one is named), or somebody has saved
    /// since the version.
    pub async fn save_settings(
        &self,
        user: &Administrator,
        settings: &Settings,
        version: i64,
    ) -> Result<SettingsView, Refusal> {
        let mut context = Context::open(self, Reader::Connection(&user.org), Errand::Click(user), None).await?;
        self.must_pass(&mut context, settings).await?;
        let (connection, kept) = self.chosen(user).await?;
        let version = self.save(user, &connection, version, &kept, settings, audit::Action::ChangeSettings).await?;
        Ok(SettingsView { settings: settings.clone(), version })
    }

    /// The settings with all that they can be chosen from (administrators). Lists that are kept are used for a day;
    /// `fresh` reads them anew.
    ///
    /// # Errors
    /// [`Refusal`] when the two sides are not connected, or an API did not answer.
    pub async fn mapping(&self, user: &Administrator, fresh: bool) -> Result<MappingView, Refusal> {
        let mut context = Context::open(self, Reader::Connection(&user.org), Errand::Reading(user), None).await?;
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
    pub(crate) async fn chosen(&self, user: &Member) -> Result<(Connection, Kept), Refusal> {
        let statements = vec![connections::select(&user.org), organisations::select(&user.org)];
        let mut answers = self.ports.batch(statements).await?.into_iter();
        let mut next = || answers.next().unwrap_or_default();
        let connection = next().into_iter().next().map(connections::read).transpose()?;
        let kept = next().into_iter().next().map(organisations::read).transpose()?.unwrap_or_default();
        Ok((connection.ok_or_else(problem::zoho_not_connected)?, kept))
    }

    /// Saves settings together with what their schedule plans, sees whom a new schedule wants to tell, and returns their
    /// version. They replace just those that
    /// were seen, whoever saves in between.
    async fn save(
        &self,
        user: &Administrator,
        connection: &Connection,
        seen: i64,
        kept: &Kept,
        settings: &Settings,
        action: audit::Action,
    ) -> Result<i64, Refusal> {
        let tenant = connection.tenant.clone().ok_or_else(|| Refusal::from(problem::xero_not_connected(None, None)))?;
        let scope = Scope { org: user.org.clone(), tenant: tenant.id };
        let now = self.ports.now();
        let mut statements = vec![
            connections::save_settings(&user.org, settings, seen)?,
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
        self.ports.batch(statements).await.map_err(not_saved)?;
        if *schedule != connection.settings.schedule {
            self.review_addresses(connection, &schedule.notices).await?;
        }
        Ok(seen + 1)
    }

    pub(crate) async fn schedule_view(
        &self,
        org: &OrgId,
        schedule: Schedule,
        kept: &Kept,
        version: i64,
    ) -> Result<ScheduleView, Refusal> {
        let zone = kept.time_zone();
        Ok(ScheduleView {
            time_zone: schedule::zone(&schedule, zone).name().to_owned(),
            next: schedule::next_runs(&schedule, zone, self.ports.now(), STARTS_SHOWN),
            addresses: self.addresses(org, &schedule.notices).await?,
            schedule,
            version,
        })
    }
}

/// The first of the problems with settings, if there is any.
fn first(found: Vec<Invalid>) -> Result<(), Refusal> {
    match found.first() {
        Some(invalid) => Err(invalid.refusal().into()),
        None => Ok(()),
    }
}
