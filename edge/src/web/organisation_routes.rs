//! The part of the API that an organisation's Durable Object answers.

use super::reply::Answer;
use super::{body, route};
use crate::runtime::Runtime;
use engine::Config;
use engine::access::Refusal;
use engine::store::sessions::User;
use engine::sync::{Desk, Engine};
use route::OrganisationRoute;
use shared::api::SettingChangeRequest;
use shared::problem::Code;
use worker::Request;

/// Carries who asks from the Worker to the Durable Object.
pub(crate) const USER_HEADER: &str = "x-ledgerlink-user";

/// Answers one request of a signed-in user.
pub(crate) async fn answer(
    mut request: Request,
    runtime: &Runtime,
    config: &Config,
    desk: &Desk,
) -> Result<Answer, Refusal> {
    let user: User = request
        .headers()
        .get(USER_HEADER)
        .ok()
        .flatten()
        .and_then(|user| serde_json::from_str(&user).ok())
        .ok_or_else(|| Refusal::of(Code::NotSignedIn, &[]))?;
    let url = request.url().map_err(Refusal::internal)?;
    let engine = Engine { ports: runtime, config, desk };
    let wanted = route::find_organisation(request.method().as_ref(), url.path());
    match wanted.ok_or_else(|| Refusal::of(Code::InvalidRequest, &[("field", "address".to_owned())]))? {
        OrganisationRoute::View(module, id) => Answer::json(&engine.view(&user, module, &id).await?),
        OrganisationRoute::Sync(module, id) => Answer::json(&engine.sync(&user, module, &id).await?),
        OrganisationRoute::Progress(module, id) => Answer::json(&engine.progress(&user, module, &id)),
        OrganisationRoute::Entries(module, id) => {
            let before = url.query_pairs().find(|(name, _)| name == "before").map(|(_, value)| value.into_owned());
            Answer::json(&engine.entries(&user, module, &id, before.as_deref()).await?)
        }
        OrganisationRoute::ChangeSetting => {
            let asked: SettingChangeRequest = body(&mut request).await?;
            engine.change_setting(&user, &asked.change).await?;
            Ok(Answer::empty())
        }
    }
}
