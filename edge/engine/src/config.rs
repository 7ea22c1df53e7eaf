//! What an installation is made of: the OAuth clients, the vendors' addresses and the keys.

use crate::vault::Vault;
use shared::id::OrgId;
use std::collections::BTreeSet;
use std::fmt;
use upstream::zoho::DataCentre;

/// A text that is never shown.
#[derive(Clone)]
pub struct Secret(String);

impl Secret {
    /// Wraps a secret.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The secret itself, for the one place that sends it.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

/// An OAuth client of ours at a vendor.
#[derive(Debug, Clone)]
pub struct OAuthClient {
    /// `client_id`.
    pub id: String,
    /// `client_secret`.
    pub secret: Secret,
}

impl OAuthClient {
    /// As the API clients take it.
    #[must_use]
    pub fn app(&self) -> upstream::App<'_> {
        upstream::App { id: &self.id, secret: self.secret.reveal() }
    }
}

/// Where Xero is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct XeroAddresses {
    /// `https://login.xero.com`
    pub login: String,
    /// `https://identity.xero.com`
    pub identity: String,
    /// `https://api.xero.com`
    pub api: String,
    /// `https://go.xero.com`, where people open Xero.
    pub web: String,
}

impl Default for XeroAddresses {
    fn default() -> Self {
        Self {
            login: "https://login.xero.com".to_owned(),
            identity: "https://identity.xero.com".to_owned(),
            api: "https://api.xero.com".to_owned(),
            web: "https://go.xero.com".to_owned(),
        }
    }
}

/// The installation, read once from the environment.
#[derive(Debug, Clone)]
pub struct Config {
    /// Our own address.
    pub public_url: PublicUrl,
    /// Our client at Zoho.
    pub zoho: OAuthClient,
    /// Our client at Xero.
    pub xero: OAuthClient,
    /// Zoho's data centres; the first is where every sign-in begins.
    pub data_centres: Vec<DataCentre>,
    /// Where Xero is.
    pub xero_addresses: XeroAddresses,
    /// What takes this installation into possession; none where nobody has to know it, as in the sandbox.
    pub installation_key: Option<Secret>,
    /// Which CRM organisations may use this installation.
    pub organisations: Organisations,
    /// Seals tokens.
    pub vault: Vault,
    /// Key of the links' fingerprints.
    pub fingerprint_key: FingerprintKey,
    /// How much one step of a run does.
    pub pace: Pace,
}

/// Which CRM organisations may use this installation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Organisations {
    /// Its owner and whom the owner has invited.
    Invited,
    /// These, and the owner's guests.
    Listed(BTreeSet<OrgId>),
    /// All.
    Open,
}

impl Organisations {
    /// Reads the variable `ORGANISATIONS`: `open`, or ids such as `us.60001, eu.60002`.
    ///
    /// # Errors
    /// The part that is no id.
    pub fn read(text: Option<&str>) -> Result<Self, String> {
        match text.map(str::trim) {
            None | Some("") => Ok(Self::Invited),
            Some("open") => Ok(Self::Open),
            Some(list) => {
                let ids = list.split(',').map(str::trim).filter(|id| !id.is_empty());
                let ids = ids.map(|id| OrgId::new(id).map_err(|error| error.text)).collect::<Result<_, _>>()?;
                Ok(Self::Listed(ids))
            }
        }
    }
}

/// Our own address, without a trailing slash.
///
/// A request says at which address it was made, but whoever makes it chooses that, so it is never taken for ours: the
/// owner says it (`PUBLIC_URL`), or it is learned once. It is learned when the first administrator's sign-in has come
/// back to it: Zoho sends a code only to addresses that the owner has registered there, so it is one that the owner means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PublicUrl {
    /// The owner has said it, or it was learned.
    Known(String),
    /// Nobody knows it. This is where a browser has called, good for a vendor's way back within this very flow.
    Asked(String),
    /// Nobody knows it, and nobody has called.
    Unknown,
}

impl PublicUrl {
    /// For ways back of a flow that is under way.
    #[must_use]
    pub fn now(&self) -> &str {
        match self {
            Self::Known(url) | Self::Asked(url) => url,
            Self::Unknown => "",
        }
    }

    /// For links that others keep.
    #[must_use]
    pub fn lasting(&self) -> Option<&str> {
        match self {
            Self::Known(url) => Some(url),
            Self::Asked(_) | Self::Unknown => None,
        }
    }

    /// What a sign-in that has come back teaches, if it is not known yet.
    #[must_use]
    pub fn lesson(&self) -> Option<&str> {
        match self {
            Self::Asked(url) => Some(url),
            Self::Known(_) | Self::Unknown => None,
        }
    }

    /// An address as an owner writes it, as ours is kept: scheme, host and port. None when it is no such address.
    #[must_use]
    pub fn base_of(written: &str) -> Option<String> {
        let base = written.trim().trim_end_matches('/');
        let host = base.strip_prefix("https://").or_else(|| base.strip_prefix("http://"))?;
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || b".-:[]".contains(&byte);
        (!host.is_empty() && host.bytes().all(fits)).then(|| base.to_owned())
    }
}

/// How much one step of a run does: what the plan of the Cloudflare account allows one invocation. The free plan allows
/// 50 outgoing requests and 50 D1 queries, the paid one 10,000 and 1,000
/// (<https://developers.cloudflare.com/workers/platform/limits/>, <https://developers.cloudflare.com/d1/platform/limits/>).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Pace {
    /// Workers Free.
    #[default]
    Free,
    /// Workers Paid.
    Paid,
}

impl Pace {
    /// Records of one step: at most 50, which is what Xero recommends for one write
    /// (<https://developer.xero.com/documentation/guides/oauth2/limits/>).
    #[must_use]
    pub fn chunk(self) -> usize {
        match self {
            Self::Free => 20,
            Self::Paid => 50,
        }
    }

    /// Statements that an invocation makes at most, each of a batch counted: so many less than the plan allows that there is
    /// room for what nobody has counted.
    #[must_use]
    pub fn statements(self) -> usize {
        match self {
            Self::Free => 40,
            Self::Paid => 900,
        }
    }

    /// Rows that may be written in a day, of all databases of the Cloudflare account together, if there is a limit. From
    /// then on every write fails until 00:00 UTC (<https://developers.cloudflare.com/d1/platform/pricing/>).
    #[must_use]
    pub fn rows_a_day(self) -> Option<u32> {
        match self {
            Self::Free => Some(100_000),
            Self::Paid => None,
        }
    }

    /// Pages of lists of one step. Each asks the database three times, the first step of a scheduled run 22 times besides,
    /// and on the free plan a step may ask 40 times.
    #[must_use]
    pub fn pages(self) -> usize {
        match self {
            Self::Free => 4,
            Self::Paid => 40,
        }
    }
}

impl Config {
    /// Where Zoho sends a user back to.
    #[must_use]
    pub fn zoho_redirect(&self) -> String {
        format!("{}/auth/zoho/callback", self.public_url.now())
    }

    /// Where Xero sends a user back to.
    #[must_use]
    pub fn xero_redirect(&self) -> String {
        format!("{}/auth/xero/callback", self.public_url.now())
    }

    /// Base of the accounting API.
    #[must_use]
    pub fn xero_base(&self) -> String {
        format!("{}/api.xro/2.0", self.xero_addresses.api)
    }
}

/// Key of the links' fingerprints, 32 bytes. It must never change: with another key every field looks changed.
#[derive(Clone)]
pub struct FingerprintKey(pub [u8; 32]);

impl fmt::Debug for FingerprintKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}
