//! The installation as the environment gives it: bindings, variables and secrets, read in one place.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use engine::Config;
use engine::config::{FingerprintKey, OAuthClient, Organisations, Pace, PublicUrl, Secret, XeroAddresses};
use engine::operator::OperatorNote;
use engine::vault::{Vault, VaultError};
use std::fmt;
use upstream::zoho::{DataCentre, crm_hosts, crm_hosts_below, data_centres};
use worker::{Env, Error};

/// The names of the bindings, as wrangler.toml has them.
pub(crate) struct Bindings;

impl Bindings {
    pub(crate) const DATABASE: &'static str = "DB";
    pub(crate) const ASSETS: &'static str = "ASSETS";
    pub(crate) const ORGANISATION: &'static str = "ORGANISATION";
    pub(crate) const CLOCK: &'static str = "CLOCK";
    pub(crate) const EMAIL: &'static str = "EMAIL";
    pub(crate) const DOOR: &'static str = "DOOR";
}

/// Where Zoho serves the script for embedded apps
/// (<https://www.zoho.com/crm/developer/docs/widgets/>).
const SDK_URL: &str = "https://live.zwidgets.com/js-sdk/1.5/ZohoEmbededAppSDK.min.js";

/// Where scripts may come from: the one above, and the second one that it is told by the CRM to load. Where Zoho serves
/// that is not documented: these are its hosts for scripts. One from elsewhere is blocked, and the panel goes on without.
const SCRIPT_HOSTS: [&str; 4] = ["live.zwidgets.com", "js.zohocdn.com", "static.zohocdn.com", "js.zohostatic.com"];

/// Something that an installation needs is not there, or not as it has to be. It never tells the value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NotInstalled {
    /// The variable or secret.
    name: &'static str,
    /// What is wrong with it.
    why: &'static str,
}

impl NotInstalled {
    pub(crate) fn note(&self) -> OperatorNote {
        OperatorNote::of(self.why).id("variable", self.name)
    }
}

impl fmt::Display for NotInstalled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} (see README.md).", self.name, self.why)
    }
}

impl From<NotInstalled> for Error {
    fn from(missing: NotInstalled) -> Self {
        Self::BindingError(missing.name.to_owned())
    }
}

type Result<T> = std::result::Result<T, NotInstalled>;

/// The installation.
pub(crate) struct Environment {
    pub(crate) config: Config,
    /// Address of the CRM's script for embedded apps.
    pub(crate) sdk_url: String,
    /// Sources for `frame-ancestors`.
    pub(crate) frame_ancestors: String,
    /// Further sources for `script-src`: where the script above comes from and what it loads.
    pub(crate) script_sources: String,
}

impl Environment {
    /// Reads the environment. Our own address is not known yet: [`Runtime::public_url`](super::Runtime::public_url).
    ///
    /// # Errors
    /// Names the variable or secret that is missing or malformed.
    pub(crate) fn read(env: &Env) -> Result<Self> {
        let sandbox = optional(env, "SANDBOX_URL");
        let named = NamedHosts::read(optional(env, "CRM_HOSTS").as_deref())?;
        let config = Config {
            public_url: PublicUrl::Unknown,
            zoho: client(env, "ZOHO_CLIENT_ID", "ZOHO_CLIENT_SECRET")?,
            xero: client(env, "XERO_CLIENT_ID", "XERO_CLIENT_SECRET")?,
            data_centres: sandbox.as_deref().map_or_else(|| named.data_centres(), sandbox_data_centres),
            xero_addresses: sandbox.as_deref().map_or_else(XeroAddresses::default, |base| XeroAddresses {
                login: format!("{base}/xero/login"),
                identity: format!("{base}/xero/identity"),
                api: format!("{base}/xero/api"),
                web: format!("{base}/books"),
            }),
            installation_key: installation_key(env, sandbox.is_some())?,
            organisations: Organisations::read(optional(env, "ORGANISATIONS").as_deref()).map_err(|_| {
                let why = "must be \"open\" or a list such as \"us.60001, eu.60002\"";
                NotInstalled { name: "ORGANISATIONS", why }
            })?,
            vault: Vault::from_keys(&required(env, "VAULT_KEYS")?).map_err(|error| {
                let (VaultError::Keys(why) | VaultError::Sealed(why)) = error;
                NotInstalled { name: "VAULT_KEYS", why }
            })?,
            fingerprint_key: fingerprint_key(&required(env, "FINGERPRINT_KEY")?)?,
            pace: pace(env)?,
        };
        Ok(match sandbox {
            None => Self {
                config,
                sdk_url: SDK_URL.to_owned(),
                frame_ancestors: named.frame_ancestors(),
                script_sources: SCRIPT_HOSTS.map(|host| format!("https://{host}")).join(" "),
            },
            Some(base) => Self {
                config,
                sdk_url: format!("{base}/sdk/ZohoEmbededAppSDK.js"),
                // The sandbox's pages are opened under both names.
                frame_ancestors: format!("{base} {}", base.replace("localhost", "127.0.0.1")),
                script_sources: base,
            },
        })
    }
}

/// The sandbox has two data centres; its CRM pages stand in for both.
fn sandbox_data_centres(base: &str) -> Vec<DataCentre> {
    [("us", "zoho"), ("eu", "zoho-eu")]
        .into_iter()
        .map(|(location, path)| DataCentre {
            location: location.to_owned(),
            accounts: format!("{base}/{path}/accounts"),
            api: format!("{base}/{path}/api"),
            other_apis: vec![format!("{base}/{path}/sandbox/api")],
            crm: base.replace("localhost", "127.0.0.1"),
        })
        .collect()
}

/// How much one invocation may do, by the Cloudflare plan that the Worker runs on.
///
/// # Errors
/// Names the variable when its value is none that it may have.
pub(crate) fn pace(env: &Env) -> Result<Pace> {
    match optional(env, "WORKERS_PLAN").as_deref() {
        None | Some("free") => Ok(Pace::Free),
        Some("paid") => Ok(Pace::Paid),
        Some(_) => Err(NotInstalled { name: "WORKERS_PLAN", why: "must be \"free\" or \"paid\"" }),
    }
}

/// The address that e-mail comes from, if the installation sends any.
pub(crate) fn mail_from(env: &Env) -> Option<String> {
    optional(env, "MAIL_FROM")
}

/// Whether the installation is one for trying things out, with stand-ins of both vendors.
pub(crate) fn has_sandbox(env: &Env) -> bool {
    optional(env, "SANDBOX_URL").is_some()
}

/// Our own address, if the owner has said it.
pub(crate) fn said_address(env: &Env) -> Result<Option<String>> {
    let said = optional(env, "PUBLIC_URL");
    let wrong = NotInstalled { name: "PUBLIC_URL", why: "must be an address such as https://ledgerlink.example" };
    said.map(|said| PublicUrl::base_of(&said).ok_or(wrong)).transpose()
}

/// What the owner adds to the table of hosts (`CRM_HOSTS`), separated by commas, blanks or lines: full names of hosts that
/// show the CRM (`crm.acme.example`), and data centres that the table does not know yet, each as its location, the
/// domain of its pages and the domain of its APIs (`qa=zoho.qa/zohoapis.qa`).
#[derive(Debug, Default, PartialEq, Eq)]
struct NamedHosts {
    hosts: Vec<String>,
    centres: Vec<DataCentre>,
}

impl NamedHosts {
    /// Each host has its full name: a wildcard would let in whatever customers publish beside.
    fn read(text: Option<&str>) -> Result<Self> {
        let why = "must be full names of hosts, separated by commas, such as crm.acme.example; a data centre of Zoho's is \
                   added as qa=zoho.qa/zohoapis.qa";
        let wrong = NotInstalled { name: "CRM_HOSTS", why };
        let mut read = Self::default();
        for named in text.unwrap_or_default().split([',', ' ', '\n']).filter(|named| !named.is_empty()) {
            let named = named.to_ascii_lowercase();
            let Some((location, domains)) = named.split_once('=') else {
                read.hosts.push(Some(named).filter(|host| is_host(host)).ok_or_else(|| wrong.clone())?);
                continue;
            };
            let (domain, apis) = domains.split_once('/').ok_or_else(|| wrong.clone())?;
            let short = (2..=8).contains(&location.len()) && location.bytes().all(|byte| byte.is_ascii_alphanumeric());
            if !short || !is_host(domain) || !is_host(apis) {
                return Err(wrong);
            }
            read.centres.push(DataCentre::below(location, domain, apis));
            read.hosts.extend(crm_hosts_below(domain));
        }
        Ok(read)
    }

    /// The table's data centres and the owner's. A location that the table has is the table's: an organisation that is
    /// there already does not move.
    fn data_centres(&self) -> Vec<DataCentre> {
        let mut centres = data_centres();
        for added in &self.centres {
            if centres.iter().all(|known| known.location != added.location) {
                centres.push(added.clone());
            }
        }
        centres
    }

    /// Sources for `frame-ancestors`.
    fn frame_ancestors(&self) -> String {
        let hosts = crm_hosts();
        hosts.iter().chain(&self.hosts).map(|host| format!("https://{host}")).collect::<Vec<_>>().join(" ")
    }
}

/// Whether this is the full name of a host: no wildcard, no scheme, no port, no path.
fn is_host(text: &str) -> bool {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    text.len() <= 253 && text.contains('.') && text.split('.').all(label)
}

/// What takes an installation into possession. Beside the sandbox nobody has to know it: there is nothing to possess.
fn installation_key(env: &Env, sandbox: bool) -> Result<Option<Secret>> {
    match (optional(env, "INSTALLATION_KEY"), sandbox) {
        (Some(key), _) => Ok(Some(Secret::new(key))),
        (None, true) => Ok(None),
        (None, false) => required(env, "INSTALLATION_KEY").map(|key| Some(Secret::new(key))),
    }
}

fn client(env: &Env, id: &'static str, secret: &'static str) -> Result<OAuthClient> {
    Ok(OAuthClient { id: required(env, id)?, secret: Secret::new(required(env, secret)?) })
}

fn optional(env: &Env, name: &str) -> Option<String> {
    env.var(name).ok().map(|value| value.to_string()).filter(|value| !value.is_empty())
}

fn required(env: &Env, name: &'static str) -> Result<String> {
    optional(env, name).ok_or(NotInstalled { name, why: "is not set: set it with `npx wrangler secret put`" })
}

fn fingerprint_key(text: &str) -> Result<FingerprintKey> {
    let bytes = STANDARD.decode(text.trim()).ok().and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
    let why = "must be 32 bytes in base64 (`openssl rand -base64 32`)";
    bytes.map(FingerprintKey).ok_or(NotInstalled { name: "FINGERPRINT_KEY", why })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame_ancestors(named: Option<&str>) -> Result<String> {
        NamedHosts::read(named).map(|named| named.frame_ancestors())
    }

    #[test]
    fn only_hosts_of_the_crm_and_named_ones_may_embed_the_widget() {
        let usual = frame_ancestors(None).unwrap();
        assert!(usual.contains("https://crm.zoho.com ") && !usual.contains('*'), "{usual}");
        // Hosts below these two carry pages of customers: only the platform's own is among them.
        assert_eq!(usual.matches("zohoplatform").count(), 1, "{usual}");
        assert!(usual.contains("https://crm.zohoplatform.com") && !usual.contains("zohopublic"), "{usual}");
        let named = frame_ancestors(Some("crm.acme.example, Acme.zohoplatform.com")).unwrap();
        assert_eq!(named, format!("{usual} https://crm.acme.example https://acme.zohoplatform.com"));
        for wrong in [
            "*.acme.example",
            "https://crm.acme.example",
            "crm.acme.example/x",
            "acme",
            "crm.acme.example;",
            "a..b",
            "*",
            "qa=zoho.qa",
            "qa=*.zoho.qa/zohoapis.qa",
            "qa=zoho.qa/zohoapis.qa/x",
            "q.a=zoho.qa/zohoapis.qa",
            "=zoho.qa/zohoapis.qa",
        ] {
            assert_eq!(frame_ancestors(Some(wrong)).unwrap_err().name, "CRM_HOSTS", "{wrong}");
        }
    }

    /// A policy of two thousand characters goes with every page: a header has a limit.
    #[test]
    fn the_sources_of_the_policy_fit_into_a_header() {
        let usual = frame_ancestors(None).unwrap();
        assert!(usual.len() < 2_500, "{}", usual.len());
    }

    #[test]
    fn a_data_centre_that_is_not_known_yet_is_added_by_one_variable() {
        let named = NamedHosts::read(Some("crm.acme.example,QA=zoho.qa/zohoapis.qa")).unwrap();
        let centres = named.data_centres();
        assert_eq!(centres.len(), data_centres().len() + 1);
        let added = centres.last().unwrap();
        assert_eq!((added.location.as_str(), added.accounts.as_str()), ("qa", "https://accounts.zoho.qa"));
        assert_eq!((added.api.as_str(), added.crm.as_str()), ("https://www.zohoapis.qa", "https://crm.zoho.qa"));
        assert!(
            named.frame_ancestors().ends_with(
                "https://crm.zoho.qa https://crmsandbox.zoho.qa https://crmplus.zoho.qa https://one.zoho.qa"
            )
        );
        // What the table knows is not put elsewhere.
        let moved = NamedHosts::read(Some("eu=evil.example/evil.example")).unwrap();
        assert_eq!(moved.data_centres(), data_centres());
    }

    #[test]
    fn scripts_come_from_named_hosts() {
        assert!(SCRIPT_HOSTS.iter().all(|host| is_host(host)));
        assert!(SDK_URL.starts_with(&format!("https://{}/", SCRIPT_HOSTS[0])));
    }

    #[test]
    fn what_is_missing_is_named_without_its_value() {
        let missing = NotInstalled { name: "VAULT_KEYS", why: "not base64" };
        assert_eq!(missing.to_string(), "VAULT_KEYS not base64 (see README.md).");
        assert_eq!(missing.note().to_string(), "not base64 [variable VAULT_KEYS]");
    }
}
