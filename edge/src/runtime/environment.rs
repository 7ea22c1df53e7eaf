//! The installation as the environment gives it: bindings, variables and secrets, read in one place.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use engine::Config;
use engine::config::{FingerprintKey, OAuthClient, Pace, Secret, XeroAddresses};
use engine::vault::Vault;
use upstream::zoho::{DataCentre, data_centres};
use worker::{Env, Error, Result};

/// The names of the bindings, as wrangler.toml has them.
pub(crate) struct Bindings;

impl Bindings {
    pub(crate) const DATABASE: &'static str = "DB";
    pub(crate) const ASSETS: &'static str = "ASSETS";
    pub(crate) const ORGANISATION: &'static str = "ORGANISATION";
    pub(crate) const CLOCK: &'static str = "CLOCK";
    pub(crate) const EMAIL: &'static str = "EMAIL";
}

/// Where Zoho serves the script for embedded apps
/// (<https://www.zoho.com/crm/developer/docs/widgets/>).
const SDK_URL: &str = "https://live.zwidgets.com/js-sdk/1.5/ZohoEmbededAppSDK.min.js";

/// Where the CRM's pages come from that may embed the widget, for each data centre and for sandboxes.
const CRM_PAGES: &str = "https://*.zoho.com https://*.zoho.eu https://*.zoho.in https://*.zoho.com.au https://*.zoho.jp \
     https://*.zoho.com.cn https://*.zohocloud.ca https://*.zoho.sa https://*.zoho.uk https://*.zohosandbox.com";

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
    /// Reads the environment.
    ///
    /// # Errors
    /// Names the variable or secret that is missing or malformed and the command that sets it.
    pub(crate) fn read(env: &Env, origin: &str) -> Result<Self> {
        let sandbox = optional(env, "SANDBOX_URL");
        let config = Config {
            public_url: optional(env, "PUBLIC_URL")
                .unwrap_or_else(|| origin.to_owned())
                .trim_end_matches('/')
                .to_owned(),
            zoho: client(env, "ZOHO_CLIENT_ID", "ZOHO_CLIENT_SECRET")?,
            xero: client(env, "XERO_CLIENT_ID", "XERO_CLIENT_SECRET")?,
            data_centres: sandbox.as_deref().map_or_else(data_centres, sandbox_data_centres),
            xero_addresses: sandbox.as_deref().map_or_else(XeroAddresses::default, |base| XeroAddresses {
                login: format!("{base}/xero/login"),
                identity: format!("{base}/xero/identity"),
                api: format!("{base}/xero/api"),
                web: format!("{base}/books"),
            }),
            vault: Vault::from_keys(&required(env, "VAULT_KEYS")?)
                .map_err(|error| Error::RustError(error.to_string()))?,
            fingerprint_key: fingerprint_key(&required(env, "FINGERPRINT_KEY")?)?,
            pace: pace(env)?,
        };
        Ok(match sandbox {
            None => Self {
                config,
                sdk_url: SDK_URL.to_owned(),
                frame_ancestors: CRM_PAGES.to_owned(),
                script_sources: "https://live.zwidgets.com https://*.zohocdn.com".to_owned(),
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
        Some(_) => Err(Error::RustError("WORKERS_PLAN in wrangler.toml must be \"free\" or \"paid\".".to_owned())),
    }
}

/// The address that e-mail comes from, if the installation sends any.
pub(crate) fn mail_from(env: &Env) -> Option<String> {
    optional(env, "MAIL_FROM")
}

fn client(env: &Env, id: &str, secret: &str) -> Result<OAuthClient> {
    Ok(OAuthClient { id: required(env, id)?, secret: Secret::new(required(env, secret)?) })
}

fn optional(env: &Env, name: &str) -> Option<String> {
    env.var(name).ok().map(|value| value.to_string()).filter(|value| !value.is_empty())
}

fn required(env: &Env, name: &str) -> Result<String> {
    optional(env, name).ok_or_else(|| {
        Error::RustError(format!("{name} is not set. Set it with `npx wrangler secret put {name}` (see README.md)."))
    })
}

fn fingerprint_key(text: &str) -> Result<FingerprintKey> {
    let bytes = STANDARD.decode(text.trim()).ok().and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
    bytes.map(FingerprintKey).ok_or_else(|| {
        Error::RustError("FINGERPRINT_KEY must be 32 bytes in base64 (`openssl rand -base64 32`)".to_owned())
    })
}
