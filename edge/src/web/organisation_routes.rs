//! The part of the API that an organisation's Durable Object answers.

use super::reply::Answer;
use super::{body, route};
use crate::runtime::Runtime;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use engine::Config;
use engine::access::Refusal;
use engine::store::sessions::User;
use engine::sync::{Desk, Engine};
use engine::text;
use route::OrganisationRoute;
use shared::api::SettingChangeRequest;
use shared::problem::Code;
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
        .and_then(|user| unseal(&user))
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
