//! What an installation is made of: the OAuth clients, the vendors' addresses and the keys.

use crate::vault::Vault;
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
    /// Our own address, without a trailing slash: redirect URIs are made from it.
    pub public_url: String,
    /// Our client at Zoho.
    pub zoho: OAuthClient,
    /// Our client at Xero.
    pub xero: OAuthClient,
    /// Zoho's data centres; the first is where every sign-in begins.
    pub data_centres: Vec<DataCentre>,
    /// Where Xero is.
    pub xero_addresses: XeroAddresses,
    /// Seals tokens.
    pub vault: Vault,
    /// Key of the links' fingerprints.
    pub fingerprint_key: FingerprintKey,
    /// How much one step of a run does.
    pub pace: Pace,
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

    /// Pages of lists of one step.
    #[must_use]
    pub fn pages(self) -> usize {
        match self {
            Self::Free => 10,
            Self::Paid => 40,
        }
    }
}

impl Config {
    /// Where Zoho sends a user back to.
    #[must_use]
    pub fn zoho_redirect(&self) -> String {
        format!("{}/auth/zoho/callback", self.public_url)
    }

    /// Where Xero sends a user back to.
    #[must_use]
    pub fn xero_redirect(&self) -> String {
        format!("{}/auth/xero/callback", self.public_url)
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
