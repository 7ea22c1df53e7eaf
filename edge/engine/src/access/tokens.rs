//! Access tokens, kept fresh. One refresh at a time for each grant: Xero rotates refresh tokens, and Zoho hands out
//! at most 10 access tokens in 10 minutes (<https://www.zoho.com/accounts/protocol/oauth/web-apps/access-token-expiry.html>).

use crate::config::Config;
use crate::store::grants::{self, Grant, GrantError, GrantId};
use chrono::{DateTime, Duration, Utc};
use futures_util::lock::Mutex;
use ports::{DatabaseError, Ports};
use shared::id::OrgId;
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use upstream::{Api, CallLog, Error, LimitScope, Tokens, Whose};

/// A token this close to its end is not used any more.
const MARGIN_SECONDS: i64 = 60;

/// The tokens in memory, and one lock for each grant. It lives as long as the organisation's Durable Object, in which
/// all requests of an organisation meet; the database holds the truth.
#[derive(Debug, Default)]
pub struct TokenDesk {
    locks: RefCell<HashMap<String, Rc<Mutex<()>>>>,
    fresh: RefCell<HashMap<String, (String, DateTime<Utc>)>>,
}

impl TokenDesk {
    fn lock(&self, key: &str) -> Rc<Mutex<()>> {
        self.locks.borrow_mut().entry(key.to_owned()).or_default().clone()
    }

    fn cached(&self, key: &str, now: DateTime<Utc>) -> Option<String> {
        let fresh = self.fresh.borrow();
        let (token, expires_at) = fresh.get(key)?;
        (*expires_at > now + Duration::seconds(MARGIN_SECONDS)).then(|| token.clone())
    }

    fn keep(&self, key: &str, token: &str, expires_at: DateTime<Utc>) {
        self.fresh.borrow_mut().insert(key.to_owned(), (token.to_owned(), expires_at));
    }

    /// Forgets what is in memory of a grant, after it was replaced or removed.
    pub fn forget(&self, id: &GrantId) {
        self.fresh.borrow_mut().remove(&id.key());
    }

    /// Forgets what is in memory of all grants of an organisation and its users.
    pub fn forget_all(&self, org: &OrgId) {
        let own = [GrantId::Zoho(org.clone()).key(), GrantId::Xero(org.clone()).key()];
        let of_users = format!("{}:", own[0]);
        self.fresh.borrow_mut().retain(|key, _| !own.contains(key) && !key.starts_with(&of_users));
    }
}

/// The tokens of one grant.
#[derive(Debug)]
pub struct GrantTokens<'a, P> {
    /// The outside.
    pub ports: &'a P,
    /// The installation.
    pub config: &'a Config,
    /// Where tokens are shared.
    pub desk: &'a TokenDesk,
    /// Whose tokens.
    pub id: GrantId,
    /// Zoho's accounts server of the grant's data centre; not used for Xero.
    pub accounts: String,
}

impl<P: Ports> GrantTokens<'_, P> {
    fn api(&self) -> Api {
        match self.id {
            GrantId::Zoho(_) | GrantId::ZohoUser(..) => Api::Zoho,
            GrantId::Xero(_) => Api::Xero,
        }
    }

    fn lost(&self, said: impl std::fmt::Display) -> Error {
        Error::Unauthorized { api: self.api(), whose: Whose::Nobodys, said: Some(said.to_string()) }
    }

    /// The grant could not be read or saved.
    fn not_kept(&self, error: GrantError) -> Error {
        match error {
            GrantError::Database(DatabaseError::DayUsedUp { wait }) => {
                Error::RateLimited { api: self.api(), scope: LimitScope::Store, retry_after: wait.to_std().ok() }
            }
            error => Error::Unavailable { api: self.api(), said: error.to_string() },
        }
    }

    /// A token other than `refused` that is good for a while.
    async fn fresh(&self, refused: Option<&str>) -> Result<String, Error> {
        let key = self.id.key();
        let lock = self.desk.lock(&key);
        let _turn = lock.lock().await;
        // Whoever had the lock before may have done the work already.
        if let Some(token) = self.desk.cached(&key, self.ports.now())
            && Some(token.as_str()) != refused
        {
            return Ok(token);
        }
        let grant = grants::known(self.ports, &self.config.vault, &self.id).await;
        let grant = grant.map_err(|error| self.not_kept(error.into()))?.ok_or_else(|| self.lost("no grant"))?;
        let good_until = self.ports.now() + Duration::seconds(MARGIN_SECONDS);
        if let (Some(token), Some(expires_at)) = (&grant.access_token, grant.access_expires_at)
            && expires_at > good_until
            && Some(token.as_str()) != refused
        {
            self.desk.keep(&key, token, expires_at);
            return Ok(token.clone());
        }
        if self.api() == Api::Xero {
            // A new refresh token that can't be kept is the end of the connection: so first it is seen whether the
            // database writes at all.
            let may = self.ports.query(grants::renews(&self.id, self.ports.now())).await;
            may.map_err(|error| self.not_kept(error.into()))?;
        }
        let renewed = self.refresh(&grant).await?;
        // Saved before it is used: Xero's old refresh token is good for 30 minutes more at most.
        let save = grants::renew(&self.config.vault, self.ports, &self.id, &renewed, self.ports.now());
        let save = save.map_err(|error| self.not_kept(error.into()))?;
        match self.ports.query(save).await {
            // Zoho's refresh token stays as it is, so nothing is lost that the next one could not get again.
            Err(DatabaseError::DayUsedUp { .. }) if self.api() == Api::Zoho => {}
            saved => drop(saved.map_err(|error| self.not_kept(error.into()))?),
        }
        let (Some(token), Some(expires_at)) = (renewed.access_token, renewed.access_expires_at) else {
            return Err(self.lost("no access token"));
        };
        self.desk.keep(&key, &token, expires_at);
        Ok(token)
    }

    async fn refresh(&self, grant: &Grant) -> Result<Grant, Error> {
        // Not in any record's log: a refresh serves whoever comes next, too.
        let log = CallLog::new();
        let (access_token, refresh_token, expires_in, scopes) = match self.api() {
            Api::Zoho => {
                let app = self.config.zoho.app();
                let renewed =
                    upstream::zoho::oauth::refresh(self.ports, &log, &self.accounts, app, &grant.refresh_token).await?;
                // Zoho's refresh token stays the same and is not sent again.
                (renewed.access_token, renewed.refresh_token, renewed.expires_in, renewed.scopes)
            }
            Api::Xero => {
                let (app, identity) = (self.config.xero.app(), &self.config.xero_addresses.identity);
                let renewed =
                    upstream::xero::oauth::refresh(self.ports, &log, identity, app, &grant.refresh_token).await?;
                (renewed.access_token, renewed.refresh_token, renewed.expires_in, renewed.scopes)
            }
        };
        Ok(Grant {
            refresh_token: refresh_token.unwrap_or_else(|| grant.refresh_token.clone()),
            access_expires_at: Some(self.ports.now() + expires_in),
            access_token: Some(access_token),
            // A refresh widens nothing, and may leave the scopes out.
            scopes: if scopes.is_empty() { grant.scopes.clone() } else { scopes },
        })
    }
}

impl<P: Ports> Tokens for GrantTokens<'_, P> {
    async fn access(&self) -> Result<String, Error> {
        match self.desk.cached(&self.id.key(), self.ports.now()) {
            Some(token) => Ok(token),
            None => self.fresh(None).await,
        }
    }

    async fn renew(&self, refused: &str) -> Result<String, Error> {
        self.fresh(Some(refused)).await
    }

    fn whose(&self) -> Whose {
        match self.id {
            GrantId::Zoho(_) | GrantId::Xero(_) => Whose::Connection,
            GrantId::ZohoUser(..) => Whose::Member,
        }
    }
}

/// A token that was granted a moment ago and is used before anything is saved.
pub(super) struct JustGranted(pub(super) String);

impl Tokens for JustGranted {
    async fn access(&self) -> Result<String, Error> {
        Ok(self.0.clone())
    }

    async fn renew(&self, _refused: &str) -> Result<String, Error> {
        Err(Error::Unauthorized { api: Api::Zoho, whose: Whose::Nobodys, said: None })
    }

    fn whose(&self) -> Whose {
        Whose::Nobodys
    }
}
