//! The part of the API that an organisation's Durable Object answers.

use super::query;
use super::reply::Answer;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use engine::access::Refusal;
use engine::access::rights::Member;
use engine::store::sessions::Session;
use engine::sync::Engine;
use engine::text;
use ports::Ports;
use shared::api::address::{Address, By, Repeated};
use shared::api::runs::{ConfirmationRequest, RunRequest, RunView};
use shared::api::{ChoiceRequest, DecisionRequest, PopupReply, SettingChangeRequest, SyncRequest};
use shared::problem;
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
    header.and_then(|session| unseal(&session)).ok_or_else(|| Refusal::from(problem::not_signed_in()))
}

/// What whoever asks may do, as new as the address demands it.
///
/// # Errors
/// As Zoho refuses it, or does not answer.
pub(crate) async fn member<P: Ports>(
    wanted: &Address,
    session: &Session,
    engine: &Engine<'_, P>,
) -> Result<Member, Refusal> {
    match wanted.row().by {
        By::Member(_) => engine.member(session).await,
        // At the door nothing of an organisation is done; who is here by a mistake proves the most.
        By::MemberNow | By::Door => engine.member_now(session).await,
    }
}

/// Answers one request of a member. A run's events are a stream: `events` answers them.
pub(crate) async fn answer<P: Ports>(
    wanted: Address,
    url: &Url,
    body: &str,
    key: Option<&str>,
    session: &Session,
    member: &Member,
    engine: &Engine<'_, P>,
) -> Result<Answer, Refusal> {
    let user = member;
    match wanted.row().repeated {
        Repeated::Version => _ = query::version(url)?,
        Repeated::Key => _ = query::key(key)?,
        Repeated::Reads | Repeated::Same | Repeated::Flow | Repeated::Code => {}
    }
    match wanted {
        Address::Session => Answer::json(&engine.session(user).await?),
        Address::Sessions => Answer::json(&engine.sessions(user).await?),
        Address::EndSessions => {
            engine.end_sessions_of(user, query::user(url)?.as_ref()).await?;
            Ok(Answer::empty())
        }
        Address::EndSession(id) => {
            engine.end_session(user, &id).await?;
            Ok(Answer::empty())
        }
        Address::Administrators => Answer::json(&engine.administrators(&user.administrator()?).await?),
        Address::CountAdministrator(id) => {
            Answer::json(&engine.count_administrator(&user.administrator()?, &id, true).await?)
        }
        Address::TakeAdministratorOut(id) => {
            Answer::json(&engine.count_administrator(&user.administrator()?, &id, false).await?)
        }
        Address::Invitations => Answer::json(&engine.invitations(&user.administrator()?).await?),
        Address::Invite(org) => Answer::json(&engine.invite(&user.administrator()?, &org).await?),
        Address::Uninvite(org) => Answer::json(&engine.uninvite(&user.administrator()?, &org).await?),
        Address::ConnectXero => {
            let asked = query::body(body)?;
            let url = engine.begin_xero(&user.administrator()?, session, &asked).await?;
            Answer::json(&PopupReply { url })
        }
        Address::ClaimXero => {
            let asked = query::body(body)?;
            Answer::json(&engine.claim_xero(&user.administrator()?, session, &asked).await?)
        }
        Address::ChooseXero => {
            let asked: ChoiceRequest = query::body(body)?;
            let administrator = user.administrator()?;
            Answer::json(&engine.choose_xero(&administrator, session, &asked.verifier, &asked.tenant).await?)
        }
        Address::Setup => Answer::json(&engine.setup(&user.administrator()?).await?),
        Address::CreateFields => Answer::json(&engine.create_fields(&user.administrator()?).await?),
        Address::DisconnectXero => {
            engine.disconnect_xero(&user.administrator()?).await?;
            Ok(Answer::empty())
        }
        Address::Erase => {
            engine.erase(&user.administrator()?).await?;
            Ok(Answer::empty())
        }
        Address::FindRecords(module) => Answer::json(&engine.find_records(user, module, &query::records(url)?).await?),
        Address::View(module, id) => Answer::json(&engine.view(user, module, &id).await?),
        Address::PreviewWith(module, id) => {
            let settings: Settings = query::body(body)?;
            Answer::json(&engine.preview_with(&user.administrator()?, module, &id, &settings).await?)
        }
        Address::Sync(module, id) => {
            let asked = match body.trim() {
                "" => SyncRequest { word: None },
                body => query::body(body)?,
            };
            Answer::json(&engine.sync_as_shown(user, module, &id, asked.word).await?)
        }
        Address::Decide(module, id) => {
            let asked: DecisionRequest = query::body(body)?;
            let key = query::key(key)?;
            engine.decide_once(&user.administrator()?, &(module, id), &asked.decision, &key).await?;
            Ok(Answer::empty())
        }
        Address::Progress(module, id) => Answer::json(&engine.progress(user, module, &id)),
        Address::RecordEntries(module, id) => {
            let before = query::before(url)?;
            Answer::json(&engine.entries(user, module, &id, before.as_deref()).await?)
        }
        Address::ChangeSetting => {
            let asked: SettingChangeRequest = query::body(body)?;
            engine.change_setting_once(&user.administrator()?, &asked.change, &query::key(key)?).await?;
            Ok(Answer::empty())
        }
        Address::Mapping => Answer::json(&engine.mapping(&user.administrator()?, query::fresh(url)?).await?),
        Address::Settings => Answer::json(&engine.settings(&user.administrator()?).await?),
        Address::SaveSettings => {
            let version = query::version(url)?;
            let settings: Settings = query::body(body)?;
            Answer::json(&engine.save_settings(&user.administrator()?, &settings, version).await?)
        }
        Address::Schedule => Answer::json(&engine.schedule(user).await?),
        Address::SaveSchedule => {
            let version = query::version(url)?;
            let schedule: Schedule = query::body(body)?;
            Answer::json(&engine.save_schedule(&user.administrator()?, &schedule, version).await?)
        }
        Address::AskForConfirmation => {
            let asked: ConfirmationRequest = query::body(body)?;
            Answer::json(&engine.ask_for_confirmation(&user.administrator()?, &asked.address).await?)
        }
        Address::Runs => Answer::json(&engine.runs(user, query::before(url)?.as_deref()).await?),
        Address::StartRun => {
            let asked: RunRequest = query::body(body)?;
            created(&engine.start_run_once(user, &asked, &query::key(key)?).await?)
        }
        Address::Run(id) | Address::RunEvents(id) => Answer::json(&engine.run(user, &id).await?),
        Address::BeginRun(id) => Answer::json(&engine.begin_run(user, &id).await?),
        Address::CancelRun(id) => Answer::json(&engine.cancel_run(user, &id).await?),
        Address::RetryRun(id) => created(&engine.retry_run_once(user, &id, &query::key(key)?).await?),
        Address::Log => Answer::json(&engine.log(user, &query::log(url)?).await?),
        Address::LogRows => Answer::json(&engine.log_rows(user, &query::log(url)?).await?),
        Address::LogFile => {
            let table = engine.log_csv(user, &query::log(url)?).await?;
            Ok(Answer::csv(table, "ledgerlink-entries.csv"))
        }
        Address::Entry(id) => Answer::json(&engine.entry(user, &id).await?),
        Address::RetryEntry(id) => created(&engine.retry_entry_once(user, &id, &query::key(key)?).await?),
        Address::Waiting => Answer::json(&engine.waiting(&user.administrator()?).await?),
        Address::Budget => Answer::json(&engine.budget(user).await?),
        Address::Days => Answer::json(&engine.days(user).await?),
        Address::Audit => Answer::json(&engine.audit(&user.administrator()?, query::before(url)?.as_deref()).await?),
        Address::Status => Answer::json(&engine.status(user).await?),
        Address::SignIn | Address::FlowState | Address::Claim | Address::SignOut | Address::Health => {
            Err(Refusal::from(problem::invalid_request("address", None, None)))
        }
    }
}

fn created(run: &RunView) -> Result<Answer, Refusal> {
    Answer::created(run, format!("/api/runs/{}", run.id))
}

#[cfg(test)]
mod tests {
    use super::*;
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
}
