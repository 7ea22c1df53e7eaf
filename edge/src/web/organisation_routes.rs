//! The part of the API that an organisation's Durable Object answers.

use super::query;
use super::reply::Answer;
use super::route::OrganisationRoute;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use engine::access::Refusal;
use engine::store::sessions::User;
use engine::sync::Engine;
use engine::text;
use ports::Ports;
use shared::api::SettingChangeRequest;
use shared::api::runs::{RunRequest, RunView};
use shared::problem::Code;
use shared::settings::{Schedule, Settings};
use url::Url;
use worker::Request;

/// Carries who asks from the Worker to the Durable Object.
pub(crate) const USER_HEADER: &str = "x-ledgerlink-user";

/// A user as a header value: base64url, because names are not ASCII and headers have to be.
pub(crate) fn seal(user: &User) -> worker::Result<String> {
    Ok(text::base64url(&serde_json::to_vec(user)?))
}

fn unseal(header: &str) -> Option<User> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(header).ok()?).ok()
}

/// Who asks.
///
/// # Errors
/// A refusal when the request does not come from the Worker's door.
pub(crate) fn user(request: &Request) -> Result<User, Refusal> {
    let header = request.headers().get(USER_HEADER).ok().flatten();
    header.and_then(|user| unseal(&user)).ok_or_else(|| Refusal::of(Code::NotSignedIn, &[]))
}

/// Answers one request of a signed-in user. A run's events are a stream: `events` answers them.
pub(crate) async fn answer<P: Ports>(
    wanted: OrganisationRoute,
    url: &Url,
    body: &str,
    user: &User,
    engine: &Engine<'_, P>,
) -> Result<Answer, Refusal> {
    match wanted {
        OrganisationRoute::Setup => Answer::json(&engine.setup(user).await?),
        OrganisationRoute::CreateFields => Answer::json(&engine.create_fields(user).await?),
        OrganisationRoute::DisconnectXero => {
            engine.disconnect_xero(user).await?;
            Ok(Answer::empty())
        }
        OrganisationRoute::Erase => {
            engine.erase(user).await?;
            Ok(Answer::empty())
        }
        OrganisationRoute::FindRecords(module) => {
            Answer::json(&engine.find_records(user, module, &query::records(url)?).await?)
        }
        OrganisationRoute::View(module, id) => Answer::json(&engine.view(user, module, &id).await?),
        OrganisationRoute::PreviewWith(module, id) => {
            let settings: Settings = query::body(body)?;
            Answer::json(&engine.preview_with(user, module, &id, &settings).await?)
        }
        OrganisationRoute::Sync(module, id) => Answer::json(&engine.sync(user, module, &id).await?),
        OrganisationRoute::Progress(module, id) => Answer::json(&engine.progress(user, module, &id)),
        OrganisationRoute::RecordEntries(module, id) => {
            let before = query::before(url)?;
            Answer::json(&engine.entries(user, module, &id, before.as_deref()).await?)
        }
        OrganisationRoute::ChangeSetting => {
            let asked: SettingChangeRequest = query::body(body)?;
            engine.change_setting(user, &asked.change).await?;
            Ok(Answer::empty())
        }
        OrganisationRoute::Mapping => Answer::json(&engine.mapping(user, query::fresh(url)?).await?),
        OrganisationRoute::Settings => Answer::json(&engine.settings(user).await?),
        OrganisationRoute::SaveSettings => {
            let version = query::version(url)?;
            let settings: Settings = query::body(body)?;
            Answer::json(&engine.save_settings(user, &settings, version).await?)
        }
        OrganisationRoute::Schedule => Answer::json(&engine.schedule(user).await?),
        OrganisationRoute::SaveSchedule => {
            let schedule: Schedule = query::body(body)?;
            Answer::json(&engine.save_schedule(user, &schedule).await?)
        }
        OrganisationRoute::Runs => Answer::json(&engine.runs(user, query::before(url)?.as_deref()).await?),
        OrganisationRoute::StartRun => {
            let asked: RunRequest = query::body(body)?;
            created(&engine.start_run(user, &asked).await?)
        }
        OrganisationRoute::Run(id) | OrganisationRoute::RunEvents(id) => Answer::json(&engine.run(user, &id).await?),
        OrganisationRoute::BeginRun(id) => Answer::json(&engine.begin_run(user, &id).await?),
        OrganisationRoute::CancelRun(id) => Answer::json(&engine.cancel_run(user, &id).await?),
        OrganisationRoute::RetryRun(id) => created(&engine.retry_run(user, &id).await?),
        OrganisationRoute::Log => Answer::json(&engine.log(user, &query::log(url)?).await?),
        OrganisationRoute::LogRows => Answer::json(&engine.log_rows(user, &query::log(url)?).await?),
        OrganisationRoute::LogFile => {
            let table = engine.log_csv(user, &query::log(url)?).await?;
            Ok(Answer::csv(table, "ledgerlink-entries.csv"))
        }
        OrganisationRoute::Entry(id) => Answer::json(&engine.entry(user, &id).await?),
        OrganisationRoute::RetryEntry(id) => created(&engine.retry_entry(user, &id).await?),
        OrganisationRoute::Waiting => Answer::json(&engine.waiting(user).await?),
        OrganisationRoute::Budget => Answer::json(&engine.budget(user).await?),
        OrganisationRoute::Days => Answer::json(&engine.days(user).await?),
        OrganisationRoute::Audit => Answer::json(&engine.audit(user, query::before(url)?.as_deref()).await?),
        OrganisationRoute::Status => Answer::json(&engine.status(user).await?),
    }
}

fn created(run: &RunView) -> Result<Answer, Refusal> {
    Answer::created(run, format!("/api/runs/{}", run.id))
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::id::{ZohoId, ZohoOrgId};

    #[test]
    fn a_user_with_any_name_survives_the_header() {
        let user = User {
            org: ZohoOrgId::new("1").unwrap(),
            id: ZohoId::new("2").unwrap(),
            name: "Zoë 山田".to_owned(),
            email: "zoë@example.com".to_owned(),
            administrator: false,
            location: "us".to_owned(),
            api_domain: "https://www.zohoapis.com".to_owned(),
        };
        let header = seal(&user).unwrap();
        assert!(header.is_ascii());
        assert_eq!(unseal(&header), Some(user));
    }
}
