//! What was granted and never claimed is given back, so that it leaves no trace, and harms no connection that lives.
//!
//! At Zoho that one refresh token is revoked. At Xero only those connections are removed that this very consent has made
//! and that no organisation of ours lives on. Xero's revocation is never used for it: it drops every connection that this
//! Xero user has with the app
//! (<https://developer.xero.com/documentation/guides/oauth2/auth-flow/#revoking-tokens>).

use super::Refusal;
use super::connect::Offer;
use super::flow::Purpose;
use super::sign_in::Granted;
use crate::config::Config;
use crate::store::connections;
use crate::store::parked::{self, Parked};
use ports::Ports;
use upstream::CallLog;
use upstream::zoho::by_location;

/// Grants that one round gives back at most: Workers Free allows 50 calls of an invocation
/// (<https://developers.cloudflare.com/workers/platform/limits/#subrequests>), and one may take several.
const A_ROUND: i64 = 8;

/// Gives back what was not claimed in time. What a vendor does not take now is tried again at the next round.
///
/// # Errors
/// [`Refusal`] when the database fails.
pub async fn round<P: Ports>(ports: &P, config: &Config) -> Result<(), Refusal> {
    for parked in parked::unclaimed(ports, ports.now(), A_ROUND).await? {
        give_back(ports, config, &parked).await?;
    }
    ports.query(parked::purge(ports.now())).await?;
    Ok(())
}

/// Gives one grant back, and forgets it.
pub(super) async fn give_back<P: Ports>(ports: &P, config: &Config, parked: &Parked) -> Result<(), Refusal> {
    // Another call may have claimed it since it was read: then it lives.
    if !parked::take(ports, &parked.flow).await? {
        return Ok(());
    }
    // One that can't be opened, because its key is gone, can't be given back either.
    let Ok(granted) = config.vault.open(parked::place(&parked.flow), &parked.payload) else { return Ok(()) };
    match parked.purpose {
        Purpose::SignIn | Purpose::ConnectCrm => {
            if let Ok(granted) = serde_json::from_str::<Granted>(&granted) {
                revoke(ports, config, &granted).await;
            }
        }
        Purpose::ConnectXero => {
            if let Ok(offer) = serde_json::from_str::<Offer>(&granted) {
                drop_unused(ports, config, &offer).await?;
            }
        }
    }
    Ok(())
}

/// Revokes the one refresh token that this consent gave. A Zoho that does not answer holds up nothing: the token is
/// forgotten, and nobody has it.
pub(super) async fn revoke<P: Ports>(ports: &P, config: &Config, granted: &Granted) {
    if let Some(centre) = by_location(&config.data_centres, &granted.user.location) {
        let _ = upstream::zoho::oauth::revoke(ports, &CallLog::new(), &centre.accounts, &granted.refresh_token).await;
    }
}

/// Drops those connections that this consent has made and that no organisation of ours lives on.
pub(super) async fn drop_unused<P: Ports>(ports: &P, config: &Config, offer: &Offer) -> Result<(), Refusal> {
    let (log, api) = (CallLog::new(), &config.xero_addresses.api);
    let made: Vec<_> = offer.tenants.iter().filter(|one| one.made).collect();
    let taken = connections::taken(ports, made.iter().map(|one| &one.id)).await?;
    for made in made.iter().filter(|one| !taken.contains(&one.id)) {
        let _ = upstream::xero::oauth::disconnect(ports, &log, api, &offer.access_token, &made.connection).await;
    }
    Ok(())
}
