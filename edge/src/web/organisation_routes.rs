//! The part of the API that an organisation's Durable Object answers.

use super::query;
use super::reply::Answer;
use super::route::{OrganisationRoute, Repeated};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use engine::access::Refusal;
use engine::access::rights::Member;
use engine::store::sessions::Session;
use engine::sync::Engine;
use engine::text;
use ports::Ports;
use shared::api::runs::{ConfirmationRequest, RunRequest, RunView};
use shared::api::{ChoiceRequest, DecisionRequest, PopupReply, SettingChangeRequest};
use shared::problem::Code;
use shared::settings::{Schedule, Settings};
use url::Url;
use worker::Request;

/// Carries the session from the Worker to the Durable Object.
pub(crate) const SESSION_HEADER: &str = "x-ledgerlink-session";

/// A session as a header value: base64url, because names are not ASCII and headers have to be.
pub(crate) fn seal(session: &Session) -> worker::Result<String> {
    Ok(text::base64url(&serde_json::to_vec(session)?))
}

fn unseal(header: &str) -> Option<Session> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(header).ok()?).ok()
}

/// Who asks.
///
/// # Errors
/// A refusal when the request does not come from the Worker's door.
pub(crate) fn session(request: &Request) -> Result<Session, Refusal> {
    let header = request.headers().get(SESSION_HEADER).ok().flatten();
    header.and_then(|session| unseal(&session)).ok_or_else(|| Refusal::of(Code::NotSignedIn, &[]))
}

/// What an address demands of whoever asks, and how new Zoho's word for it has to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Demand {
    /// A member of the organisation, by an answer of the last ten minutes.
    Member,
    /// The same, by an answer that Zoho gives for this very request: it changes who or what is trusted.
    Now,
}

/// What an address demands. What only administrators may do demands an `Administrator` where it is done; the compiler sees
/// to that.
fn demand(wanted: &OrganisationRoute) -> Demand {
    use OrganisationRoute as Wanted;
    match wanted {
        Wanted::EndSessions
        | Wanted::EndSession(_)
        | Wanted::CountAdministrator(_)
        | Wanted::TakeAdministratorOut(_)
        | Wanted::Invite(_)
        | Wanted::Uninvite(_)
        | Wanted::ConnectXero
        | Wanted::ClaimXero
        | Wanted::ChooseXero
        | Wanted::CreateFields
        | Wanted::DisconnectXero
        | Wanted::Erase
        | Wanted::ChangeSetting
        | Wanted::Decide(..)
        | Wanted::SaveSettings
        | Wanted::SaveSchedule
        | Wanted::AskForConfirmation
        | Wanted::StartRun
        | Wanted::BeginRun(_)
        | Wanted::CancelRun(_)
        | Wanted::RetryRun(_)
        | Wanted::RetryEntry(_) => Demand::Now,
        Wanted::Session
        | Wanted::Sessions
        | Wanted::Administrators
        | Wanted::Invitations
        | Wanted::Setup
        | Wanted::FindRecords(_)
        | Wanted::View(..)
        | Wanted::PreviewWith(..)
        | Wanted::Sync(..)
        | Wanted::Progress(..)
        | Wanted::RecordEntries(..)
        | Wanted::Mapping
        | Wanted::Settings
        | Wanted::Schedule
        | Wanted::Runs
        | Wanted::Run(_)
        | Wanted::RunEvents(_)
        | Wanted::Log
        | Wanted::LogRows
        | Wanted::LogFile
        | Wanted::Entry(_)
        | Wanted::Waiting
        | Wanted::Budget
        | Wanted::Days
        | Wanted::Audit
        | Wanted::Status => Demand::Member,
    }
}

/// What whoever asks may do, as new as the address demands it.
///
/// # Errors
/// As Zoho refuses it, or does not answer.
pub(crate) async fn member<P: Ports>(
    wanted: &OrganisationRoute,
    session: &Session,
    engine: &Engine<'_, P>,
) -> Result<Member, Refusal> {
    match demand(wanted) {
        Demand::Member => engine.member(session).await,
        Demand::Now => engine.member_now(session).await,
    }
}

/// Answers one request of a member. A run's events are a stream: `events` answers them.
pub(crate) async fn answer<P: Ports>(
    wanted: OrganisationRoute,
    url: &Url,
    body: &str,
    key: Option<&str>,
    session: &Session,
    member: &Member,
    engine: &Engine<'_, P>,
) -> Result<Answer, Refusal> {
    let user = member;
    match wanted.repeated() {
        Repeated::Version => _ = query::version(url)?,
        Repeated::Key => _ = query::key(key)?,
        Repeated::Reads | Repeated::Same => {}
    }
    match wanted {
        OrganisationRoute::Session => Answer::json(&engine.session(user).await?),
        OrganisationRoute::Sessions => Answer::json(&engine.sessions(user).await?),
        OrganisationRoute::EndSessions => {
            engine.end_sessions_of(user, query::user(url)?.as_ref()).await?;
            Ok(Answer::empty())
        }
        OrganisationRoute::EndSession(id) => {
            engine.end_session(user, &id).await?;
            Ok(Answer::empty())
        }
        OrganisationRoute::Administrators => Answer::json(&engine.administrators(&user.administrator()?).await?),
        OrganisationRoute::CountAdministrator(id) => {
            Answer::json(&engine.count_administrator(&user.administrator()?, &id, true).await?)
        }
        OrganisationRoute::TakeAdministratorOut(id) => {
            Answer::json(&engine.count_administrator(&user.administrator()?, &id, false).await?)
        }
        OrganisationRoute::Invitations => Answer::json(&engine.invitations(&user.administrator()?).await?),
        OrganisationRoute::Invite(org) => Answer::json(&engine.invite(&user.administrator()?, &org).await?),
        OrganisationRoute::Uninvite(org) => Answer::json(&engine.uninvite(&user.administrator()?, &org).await?),
        OrganisationRoute::ConnectXero => {
            let asked = query::body(body)?;
            let url = engine.begin_xero(&user.administrator()?, session, &asked).await?;
            Answer::json(&PopupReply { url })
        }
        OrganisationRoute::ClaimXero => {
            let asked = query::body(body)?;
            Answer::json(&engine.claim_xero(&user.administrator()?, session, &asked).await?)
        }
        OrganisationRoute::ChooseXero => {
            let asked: ChoiceRequest = query::body(body)?;
            let administrator = user.administrator()?;
            Answer::json(&engine.choose_xero(&administrator, session, &asked.verifier, &asked.tenant).await?)
        }
        OrganisationRoute::Setup => Answer::json(&engine.setup(&user.administrator()?).await?),
        OrganisationRoute::CreateFields => Answer::json(&engine.create_fields(&user.administrator()?).await?),
        OrganisationRoute::DisconnectXero => {
            engine.disconnect_xero(&user.administrator()?).await?;
            Ok(Answer::empty())
        }
        OrganisationRoute::Erase => {
            engine.erase(&user.administrator()?).await?;
            Ok(Answer::empty())
        }
        OrganisationRoute::FindRecords(module) => {
            Answer::json(&engine.find_records(user, module, &query::records(url)?).await?)
        }
        OrganisationRoute::View(module, id) => Answer::json(&engine.view(user, module, &id).await?),
        OrganisationRoute::PreviewWith(module, id) => {
            let settings: Settings = query::body(body)?;
            Answer::json(&engine.preview_with(&user.administrator()?, module, &id, &settings).await?)
        }
        OrganisationRoute::Sync(module, id) => Answer::json(&engine.sync(user, module, &id).await?),
        OrganisationRoute::Decide(module, id) => {
            let asked: DecisionRequest = query::body(body)?;
            let key = query::key(key)?;
            engine.decide_once(&user.administrator()?, &(module, id), &asked.decision, &key).await?;
            Ok(Answer::empty())
        }
        OrganisationRoute::Progress(module, id) => Answer::json(&engine.progress(user, module, &id)),
        OrganisationRoute::RecordEntries(module, id) => {
            let before = query::before(url)?;
            Answer::json(&engine.entries(user, module, &id, before.as_deref()).await?)
        }
        OrganisationRoute::ChangeSetting => {
            let asked: SettingChangeRequest = query::body(body)?;
            engine.change_setting_once(&user.administrator()?, &asked.change, &query::key(key)?).await?;
            Ok(Answer::empty())
        }
        OrganisationRoute::Mapping => Answer::json(&engine.mapping(&user.administrator()?, query::fresh(url)?).await?),
        OrganisationRoute::Settings => Answer::json(&engine.settings(&user.administrator()?).await?),
        OrganisationRoute::SaveSettings => {
            let version = query::version(url)?;
            let settings: Settings = query::body(body)?;
            Answer::json(&engine.save_settings(&user.administrator()?, &settings, version).await?)
        }
        OrganisationRoute::Schedule => Answer::json(&engine.schedule(user).await?),
        OrganisationRoute::SaveSchedule => {
            let version = query::version(url)?;
            let schedule: Schedule = query::body(body)?;
            Answer::json(&engine.save_schedule(&user.administrator()?, &schedule, version).await?)
        }
        OrganisationRoute::AskForConfirmation => {
            let asked: ConfirmationRequest = query::body(body)?;
            Answer::json(&engine.ask_for_confirmation(&user.administrator()?, &asked.address).await?)
        }
        OrganisationRoute::Runs => Answer::json(&engine.runs(user, query::before(url)?.as_deref()).await?),
        OrganisationRoute::StartRun => {
            let asked: RunRequest = query::body(body)?;
            created(&engine.start_run_once(user, &asked, &query::key(key)?).await?)
        }
        OrganisationRoute::Run(id) | OrganisationRoute::RunEvents(id) => Answer::json(&engine.run(user, &id).await?),
        OrganisationRoute::BeginRun(id) => Answer::json(&engine.begin_run(user, &id).await?),
        OrganisationRoute::CancelRun(id) => Answer::json(&engine.cancel_run(user, &id).await?),
        OrganisationRoute::RetryRun(id) => created(&engine.retry_run_once(user, &id, &query::key(key)?).await?),
        OrganisationRoute::Log => Answer::json(&engine.log(user, &query::log(url)?).await?),
        OrganisationRoute::LogRows => Answer::json(&engine.log_rows(user, &query::log(url)?).await?),
        OrganisationRoute::LogFile => {
            let table = engine.log_csv(user, &query::log(url)?).await?;
            Ok(Answer::csv(table, "ledgerlink-entries.csv"))
        }
        OrganisationRoute::Entry(id) => Answer::json(&engine.entry(user, &id).await?),
        OrganisationRoute::RetryEntry(id) => created(&engine.retry_entry_once(user, &id, &query::key(key)?).await?),
        OrganisationRoute::Waiting => Answer::json(&engine.waiting(&user.administrator()?).await?),
        OrganisationRoute::Budget => Answer::json(&engine.budget(user).await?),
        OrganisationRoute::Days => Answer::json(&engine.days(user).await?),
        OrganisationRoute::Audit => {
            Answer::json(&engine.audit(&user.administrator()?, query::before(url)?.as_deref()).await?)
        }
        OrganisationRoute::Status => Answer::json(&engine.status(user).await?),
    }
}

fn created(run: &RunView) -> Result<Answer, Refusal> {
    Answer::created(run, format!("/api/runs/{}", run.id))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::route::{Found, find_organisation};
    use engine::share::Asks;
    use engine::store::sessions::{SessionKey, User};
    use shared::id::{OrgId, ZohoId};

    #[test]
    fn a_user_with_any_name_survives_the_header() {
        let user = User {
            org: OrgId::new("us.1").unwrap(),
            id: ZohoId::new("2").unwrap(),
            name: "Zoë 山田".to_owned(),
            email: "zoë@example.com".to_owned(),
            location: "us".to_owned(),
            api_domain: "https://www.zohoapis.com".to_owned(),
        };
        let session = Session { key: SessionKey::of("t"), user, seen_at: chrono::DateTime::UNIX_EPOCH };
        let header = seal(&session).unwrap();
        assert!(header.is_ascii());
        assert_eq!(unseal(&header), Some(session));
    }
    #[test]
    fn what_zoho_is_asked_for_takes_the_share_of_vendors() {
        let addresses = shared::api::schema::addresses();
        let mut now = 0;
        for (method, path) in addresses {
            let path = path.replace("{module}", "Accounts").replace("{id}", "1").replace("{org}", "us.1");
            let Found::Route(wanted) = find_organisation(&method, &path) else { continue };
            if demand(&wanted) == Demand::Now {
                assert_eq!(wanted.asks(), Asks::Vendor, "{method} {path}");
                now += 1;
            }
        }
        assert!(now > 15, "{now}");
    }
}
