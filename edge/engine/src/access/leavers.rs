//! Grants of people who do not come any more: removed, and given back to Zoho.

use super::Refusal;
use super::sign_in::give_back;
use crate::config::Config;
use crate::store::grants::{self, GrantId};
use crate::store::sessions;
use chrono::Duration;
use ports::Ports;
use upstream::zoho::by_location;

/// How long somebody may stay away before the grant goes.
const DAYS: i64 = 30;

/// Grants that one round removes at most: each takes up to four statements, of which Workers Free allows 50 an invocation
/// (<https://developers.cloudflare.com/d1/platform/limits/>), and
/// what nobody has claimed is given back in the same one.
const A_ROUND: i64 = 4;

/// Removes the grants of users who have had no session for 30 days. The connection's own grant is another row, which this
/// does not touch; where both are one refresh token, it is not revoked.
///
/// # Errors
/// [`Refusal`] when the database fails.
pub async fn round<P: Ports>(ports: &P, config: &Config) -> Result<(), Refusal> {
    for user in sessions::away_since(ports, ports.now() - Duration::days(DAYS), A_ROUND).await? {
        let id = GrantId::ZohoUser(user.org.clone(), user.id.clone());
        // One that the vault can't open any more is removed all the same.
        let grant = grants::get(ports, &config.vault, &id).await.unwrap_or_default();
        ports.query(grants::delete(&id)).await?;
        if let (Some(grant), Some(centre)) = (grant, by_location(&config.data_centres, &user.location)) {
            give_back(ports, config, &user, centre, &grant).await?;
        }
    }
    Ok(())
}
