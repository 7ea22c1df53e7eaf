//! What the links in letters do. To open one changes nothing: mail programs look at links before people do. Whoever
//! opens one has a page with buttons, and only a button acts.

use super::stop_token;
use crate::access::Refusal;
use crate::config::Config;
use crate::store::postmarks::{self, Key};
use crate::store::recipients::{self, Owner};
use crate::wake::notices::plain_name;
use ports::Ports;
use shared::language::Language;

/// Whom a link is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscriber {
    /// The organisation's name, as those see it who have asked for nothing.
    pub organisation: String,
    /// The address.
    pub address: String,
    /// Whether letters go there.
    pub gets_letters: bool,
}

impl Subscriber {
    fn of(owner: &Owner, gets_letters: bool) -> Self {
        Self { organisation: plain_name(&owner.org_name), address: owner.address.clone(), gets_letters }
    }
}

/// Whom the link of a letter asks that wants a confirmation; none when the link is good no more.
///
/// # Errors
/// [`Refusal`] when the database fails.
pub async fn asked(ports: &impl Ports, token: &str) -> Result<Option<Subscriber>, Refusal> {
    let owner = recipients::owner(ports.query(recipients::asked(token, ports.now())).await?)?;
    Ok(owner.map(|owner| Subscriber::of(&owner, owner.is_confirmed())))
}

/// The owner of an address answers whether it may get letters. A yes uses the link up; a no can be taken back while the
/// link is good. `language` is the answering browser's, in which letters come from then on. None when the link is good no
/// more.
///
/// # Errors
/// [`Refusal`] when the database fails.
pub async fn answer(
    ports: &impl Ports,
    config: &Config,
    token: &str,
    yes: bool,
    language: Language,
) -> Result<Option<Subscriber>, Refusal> {
    let now = ports.now();
    let Some(owner) = recipients::owner(ports.query(recipients::asked(token, now)).await?)? else { return Ok(None) };
    let key = Key::of(&config.fingerprint_key, &owner.org, &owner.address);
    if yes {
        let stop = stop_token(&config.fingerprint_key, &owner.org, &owner.address);
        if ports.query(recipients::confirm(token, &stop, language, now)).await?.is_empty() {
            return Ok(None);
        }
        ports.query(postmarks::answered(&key, now)).await?;
    } else {
        ports.batch(vec![recipients::set_confirmed(&owner, None), postmarks::stop(&key, now)]).await?;
    }
    Ok(Some(Subscriber::of(&owner, yes)))
}

/// Whose letters the link at the bottom of a letter ends; none when it knows nobody any more.
///
/// # Errors
/// [`Refusal`] when the database fails.
pub async fn stoppable(ports: &impl Ports, token: &str) -> Result<Option<Subscriber>, Refusal> {
    let owner = recipients::owner(ports.query(recipients::stoppable(token)).await?)?;
    Ok(owner.map(|owner| Subscriber::of(&owner, owner.is_confirmed())))
}

/// The owner of an address ends its letters, or takes that back.
///
/// # Errors
/// [`Refusal`] when the database fails.
pub async fn stop(
    ports: &impl Ports,
    config: &Config,
    token: &str,
    goes_on: bool,
) -> Result<Option<Subscriber>, Refusal> {
    let now = ports.now();
    let Some(owner) = recipients::owner(ports.query(recipients::stoppable(token)).await?)? else { return Ok(None) };
    let key = Key::of(&config.fingerprint_key, &owner.org, &owner.address);
    let mark = if goes_on { postmarks::answered(&key, now) } else { postmarks::stop(&key, now) };
    ports.batch(vec![recipients::set_confirmed(&owner, goes_on.then_some(now)), mark]).await?;
    Ok(Some(Subscriber::of(&owner, goes_on)))
}
