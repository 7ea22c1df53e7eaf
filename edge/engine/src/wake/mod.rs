//! Around the runs: the clock wakes an organisation, which starts what its schedule has due, keeps its tokens alive and
//! tells people.

pub mod notices;

use crate::access::Refusal;
use crate::access::connect::accounts_of;
use crate::access::installation;
use crate::access::tokens::GrantTokens;
use crate::own_fields::{self, Pass};
use crate::runs::{Next, Started};
use crate::schedule::{asleep, next_runs, zone};
use crate::store::connections::Connection;
use crate::store::grants::{self, GrantId};
use crate::store::organisations::Kept;
use crate::store::{agenda, connections, organisations};
use crate::sync::Engine;
use chrono::{DateTime, Duration, Utc};
use notices::Subject;
use ports::Ports;
use shared::api::EntryView;
use shared::api::runs::{RunKind, RunState, RunView};
use shared::id::OrgId;
use shared::language::Language;
use shared::problem::{self, Code, Problem};
use shared::settings::schedule::NoticeRule;
use upstream::zoho::Client;
use upstream::{Api, CallLog, Error, Tokens};

/// How old a connection's token may get before it is renewed. Xero's refresh tokens die after 60 days without use
/// (<https://developer.xero.com/documentation/guides/oauth2/auth-flow/>).
const TOKEN_DAYS: i64 = 7;

/// How often our own CRM fields are looked after. A little less than a day: the next wake comes a day later.
const GUARD_HOURS: i64 = 23;

/// How soon a scheduled start is tried again while another run is under way.
const BUSY_MINUTES: i64 = 5;

impl<P: Ports> Engine<'_, P> {
    /// What the clock does with an organisation that is due: keeps its tokens alive, tells once that its connection is
    /// dead, starts the scheduled run that is due (once, however late) and plans the next wake.
    ///
    /// # Errors
    /// [`Refusal`] when the run could not be started or a letter could not be sent; both are planned anew. Or when the
    /// database fails.
    pub async fn wake(&self, org: &OrgId) -> Result<Next, Refusal> {
        let now = self.ports.now();
        let statements = vec![
            connections::select(org),
            organisations::select(org),
            agenda::select(org),
            grants::select_standing(&GrantId::Zoho(org.clone())),
            grants::select_standing(&GrantId::Xero(org.clone())),
        ];
        let mut answers = self.ports.batch(statements).await?.into_iter();
        let mut next = || answers.next().unwrap_or_default();
        let connection = next().into_iter().next().map(connections::read).transpose()?;
        let kept = next().into_iter().next().map(organisations::read).transpose()?.unwrap_or_default();
        let planned = next().into_iter().next().map(agenda::read).transpose()?;
        let mut renewed = || Ok::<_, Refusal>(grants::read_standing(next())?.and_then(|standing| standing.renewed_at));
        let renewed = (renewed()?, renewed()?);
        let Some(mut connection) = connection.filter(|connection| connection.tenant.is_some()) else {
            self.ports.query(agenda::delete(org)).await?;
            return Ok(Next::Idle);
        };
        // One that may not be here any more sleeps; it is asleep for good unless it is let in again and connects.
        if let Err(refusal) = installation::may_stay(self.ports, self.config, org).await {
            self.ports.query(agenda::delete(org)).await?;
            return Err(refusal);
        }
        self.desk.meet(&connection);
        self.keep_alive(&mut connection, renewed, now).await?;
        self.guard_fields(&connection, now).await?;
        let mut failure = self.tell_broken(&connection, &kept).await?;

        let schedule = &connection.settings.schedule;
        let mut run_at = next_runs(schedule, kept.time_zone(), now, 1).pop();
        let mut next_at = asleep(now);
        let due = planned.filter(|planned| planned.run_at.is_some_and(|at| at <= now) && !planned.started);
        let mut started = false;
        if let Some(planned) = due
            && schedule.enabled
            && !is_broken(&connection)
        {
            let refused = match self.start_scheduled(org).await {
                Ok(Started::Run(_)) => {
                    started = true;
                    None
                }
                Ok(Started::Busy) => Some(None),
                Err(refusal) => Some(Some(refusal)),
            };
            if let Some(refusal) = refused {
                run_at = planned.run_at;
                next_at = now + Duration::minutes(BUSY_MINUTES);
                failure = refusal.or(failure);
            }
        }
        // A start that is put off stays in the past; its next try is what counts.
        next_at = run_at.filter(|at| *at > now).map_or(next_at, |at| at.min(next_at));
        self.ports.query(agenda::save(org, next_at, run_at)).await?;
        match failure {
            Some(refusal) => Err(refusal),
            None if started => Ok(Next::Now),
            None => Ok(Next::At(next_at)),
        }
    }

    /// Renews the tokens that were not renewed for days. A grant that turns out to be dead is noted; a vendor that does
    /// not answer is asked again at the next wake.
    async fn keep_alive(
        &self,
        connection: &mut Connection,
        renewed: (Option<DateTime<Utc>>, Option<DateTime<Utc>>),
        now: DateTime<Utc>,
    ) -> Result<(), Refusal> {
        let old = |at: Option<DateTime<Utc>>| at.is_none_or(|at| at < now - Duration::days(TOKEN_DAYS));
        let tokens = |id, accounts| GrantTokens {
            ports: self.ports,
            config: self.config,
            desk: &self.desk.tokens,
            id,
            accounts,
        };
        let org = connection.org.clone();
        if !connection.zoho_broken && old(renewed.0) {
            let accounts = accounts_of(self.config, &connection.location)?;
            let answer = tokens(GrantId::Zoho(org.clone()), accounts).access().await;
            connection.zoho_broken = self.is_dead(&org, Api::Zoho, answer).await?;
        }
        if !connection.xero_broken && old(renewed.1) {
            let answer = tokens(GrantId::Xero(org.clone()), String::new()).access().await;
            connection.xero_broken = self.is_dead(&org, Api::Xero, answer).await?;
        }
        Ok(())
    }

    /// Once a day: who may write into our own CRM fields. New profiles may, until this comes. A CRM that does not answer is
    /// asked again at the next wake; nothing depends on it.
    async fn guard_fields(&self, connection: &Connection, now: DateTime<Utc>) -> Result<(), Refusal> {
        let recent = connection.fields_at.is_some_and(|at| at > now - Duration::hours(GUARD_HOURS));
        if connection.zoho_broken || recent {
            return Ok(());
        }
        let accounts = accounts_of(self.config, &connection.location)?;
        let id = GrantId::Zoho(connection.org.clone());
        let tokens = GrantTokens { ports: self.ports, config: self.config, desk: &self.desk.tokens, id, accounts };
        let log = CallLog::new();
        let client = Client { ports: self.ports, tokens: &tokens, api_domain: &connection.api_domain, log: &log };
        let looked = async {
            let own = client.current_user().await?.profile.id;
            own_fields::ensure(&client, &own, Pass::Guard).await
        };
        if let Ok(mut open) = looked.await {
            // What could not be made is told until somebody has made it: this pass makes nothing.
            open.extend(connection.fields_open.iter().filter(|field| field.refused.is_some()).cloned());
            self.ports.query(connections::keep_fields(&connection.org, &open, now)?).await?;
        }
        Ok(())
    }

    /// Whether a grant is dead for good; then it is noted.
    async fn is_dead(&self, org: &OrgId, api: Api, answer: Result<String, Error>) -> Result<bool, Refusal> {
        let dead = matches!(answer, Err(Error::Unauthorized { .. }));
        if dead {
            self.ports.query(connections::broken(org, api)).await?;
        }
        Ok(dead)
    }

    /// Tells once that a connection is dead: those who get notices, else the administrators who connected the two
    /// sides. What was sent to nobody is tried again at the next wake.
    async fn tell_broken(&self, connection: &Connection, kept: &Kept) -> Result<Option<Refusal>, Refusal> {
        if connection.broken_told || !is_broken(connection) {
            return Ok(None);
        }
        let tenant = connection.tenant.as_ref().map(|tenant| tenant.name.as_str()).unwrap_or_default();
        let (code, name) = match connection.zoho_broken {
            true => (Code::ZohoDisconnected, connection.org_name.as_str()),
            false => (Code::XeroDisconnected, tenant),
        };
        let wanted = addresses(connection, |rule| rule != NoticeRule::Never);
        let (mut told, _) = self.addressees(connection, &wanted).await?;
        if told.is_empty() {
            let rows = self.ports.query(connections::connectors(&connection.org)).await?;
            (told, _) = self.addressees(connection, &connections::read_connectors(rows)?).await?;
        }
        let problem = problem::of(code, &[("name", name.to_owned())]);
        let letter = |language| notices::broken(&problem, &self.subject(connection, kept, tenant, language));
        let count = told.len();
        let mut failed = self.post(letter, told).await;
        if count > failed.len() {
            self.ports.query(connections::told(&connection.org)).await?;
        }
        Ok(failed.pop().map(Refusal::from))
    }

    /// Tells those who want to know that a scheduled run has ended. `failed` are entries of records that failed, as
    /// many as the letter shall name. What could not be sent comes back as `NoticeNotSent`.
    pub async fn tell_run(&self, org: &OrgId, run: &RunView, failed: &[EntryView]) -> Vec<Problem> {
        if run.kind != RunKind::Scheduled {
            return Vec::new();
        }
        match self.notice(org, run, failed).await {
            Ok(problems) => problems,
            Err(refusal) => {
                vec![problem::notice_not_sent(None).telling(&refusal.problem)]
            }
        }
    }

    async fn notice(&self, org: &OrgId, run: &RunView, failed: &[EntryView]) -> Result<Vec<Problem>, Refusal> {
        let mut answers =
            self.ports.batch(vec![connections::select(org), organisations::select(org)]).await?.into_iter();
        let mut next = || answers.next().unwrap_or_default();
        let connection = next().into_iter().next().map(connections::read).transpose()?;
        let kept = next().into_iter().next().map(organisations::read).transpose()?.unwrap_or_default();
        let connection = connection.ok_or_else(problem::zoho_not_connected)?;
        let bad = run.counts.failed > 0 || run.state == RunState::Failed;
        let addresses = addresses(&connection, |rule| match rule {
            NoticeRule::Always => true,
            NoticeRule::OnFailure => bad,
            NoticeRule::Never => false,
        });
        let (told, mut problems) = self.addressees(&connection, &addresses).await?;
        if told.is_empty() {
            return Ok(problems);
        }
        let tenant = connection.tenant.as_ref().map(|tenant| tenant.name.as_str()).unwrap_or_default();
        let letter = |language| notices::letter(run, failed, &self.subject(&connection, &kept, tenant, language));
        // What could not be sent comes first: a run shows one of them.
        let mut untold = self.post(letter, told).await;
        untold.append(&mut problems);
        Ok(untold)
    }

    fn subject<'s>(
        &'s self,
        connection: &'s Connection,
        kept: &'s Kept,
        xero_name: &'s str,
        language: Language,
    ) -> Subject<'s> {
        Subject {
            crm_name: &connection.org_name,
            xero_name,
            crm: kept.crm.as_ref().map(|(crm, _)| crm),
            zone: zone(&connection.settings.schedule, kept.time_zone()),
            public_url: self.config.public_url.lasting().unwrap_or_default(),
            language,
        }
    }
}

fn is_broken(connection: &Connection) -> bool {
    connection.zoho_broken || connection.xero_broken
}

/// The addresses of the schedule's notices whose rule is wanted.
fn addresses(connection: &Connection, wanted: impl Fn(NoticeRule) -> bool) -> Vec<String> {
    let notices = &connection.settings.schedule.notices;
    notices.iter().filter(|notice| wanted(notice.when)).map(|notice| notice.address.clone()).collect()
}
