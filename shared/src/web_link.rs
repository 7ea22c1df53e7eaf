//! Addresses that people are led to.

use crate::data_centre;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Below this domain are Xero's own pages only.
const XERO: &str = ".xero.com";

/// An address that may stand behind a link. There is no other way to one than through the checks here, so that nothing
/// which somebody typed, and no other scheme, ever does: `https` and Xero's or the CRM's hosts, our own pages, and this
/// very machine, on which the vendors' stand-ins are during development.
///
/// An address that is none of these reads as [`WebLink::NOWHERE`], which is shown without a link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(from = "String", into = "String")]
pub struct WebLink(String);

impl WebLink {
    /// Leads nowhere.
    pub const NOWHERE: Self = Self(String::new());

    /// An address of Xero's or of the CRM's.
    #[must_use]
    pub fn new(text: &str) -> Self {
        match Parts::of(text) {
            Some(parts) if parts.is_xero() || parts.is_crm() || parts.is_here() => Self(text.to_owned()),
            _ => Self::NOWHERE,
        }
    }

    /// An address that Xero has answered, of its own pages.
    #[must_use]
    pub fn of_xero(text: &str) -> Option<Self> {
        Parts::of(text)?.is_xero().then(|| Self(text.to_owned()))
    }

    /// A page of our own. `base` is our own address, as the owner has told it, and `page` what stands behind it.
    #[must_use]
    pub fn own(base: &str, page: &str) -> Self {
        let text = [base, page].concat();
        match Parts::of(&text) {
            Some(parts) if parts.secure || parts.is_here() => Self(text),
            _ => Self::NOWHERE,
        }
    }

    /// The address; none where it leads nowhere.
    #[must_use]
    pub fn address(&self) -> Option<&str> {
        (!self.0.is_empty()).then_some(self.0.as_str())
    }

    /// The address as text, empty where it leads nowhere.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<String> for WebLink {
    fn from(text: String) -> Self {
        Self::new(&text)
    }
}

impl From<&str> for WebLink {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl From<WebLink> for String {
    fn from(link: WebLink) -> Self {
        link.0
    }
}

impl fmt::Display for WebLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What decides of an address.
struct Parts<'a> {
    secure: bool,
    host: &'a str,
    has_port: bool,
}

impl<'a> Parts<'a> {
    /// Reads an address strictly: what a browser would read otherwise than we do is none.
    fn of(text: &'a str) -> Option<Self> {
        let odd = |byte: u8| byte <= b' ' || matches!(byte, b'\\' | b'"' | b'<' | b'>' | b'`' | 0x7f);
        if text.bytes().any(odd) {
            return None;
        }
        let (secure, rest) = match text.strip_prefix("https://") {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix("http://")?),
        };
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let authority = rest.get(..end)?;
        let (host, port) = authority.split_once(':').unwrap_or((authority, ""));
        let named =
            !host.is_empty() && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-'));
        (named && port.bytes().all(|byte| byte.is_ascii_digit())).then_some(Self {
            secure,
            host,
            has_port: !port.is_empty(),
        })
    }

    fn is_xero(&self) -> bool {
        self.secure && !self.has_port && self.host.strip_suffix(XERO).is_some_and(|name| !name.is_empty())
    }

    fn is_crm(&self) -> bool {
        self.secure && !self.has_port && data_centre::is_crm(self.host)
    }

    fn is_here(&self) -> bool {
        matches!(self.host, "localhost" | "127.0.0.1")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_https_and_named_hosts_are_led_to() {
        for (text, taken) in [
            ("https://go.xero.com/app/!x/contacts/contact/1", true),
            ("https://in.xero.com/abc", true),
            ("https://crm.zoho.eu/crm/org1/tab/Accounts/1", true),
            ("https://crm.zoho.sg/crm/org1/tab/Accounts/1", true),
            ("https://crm.zohosandbox.eu/crm/org1/tab/Accounts/1", false),
            ("http://127.0.0.1:8790/books/organisationlogin", true),
            ("http://localhost:8790/books?x#y", true),
            ("http://go.xero.com/", false),
            ("http://crm.zoho.com/", false),
            ("https://xero.com.evil.example/", false),
            ("https://evilxero.com/", false),
            ("https://.xero.com/", false),
            ("https://go.xero.com@evil.example/", false),
            ("https://go.xero.com:80@evil.example/", false),
            ("https://go.xero.com:8443/", false),
            ("https://go.xero.com\\@evil.example/", false),
            ("https://evil.example/https://go.xero.com/", false),
            ("https://evil.example?.xero.com", false),
            ("https://evil.example#.xero.com", false),
            ("https://sites.zoho.com/", false),
            ("https://localhost.evil.example/", false),
            ("javascript:alert(1)", false),
            ("java\nscript:alert(1)", false),
            ("JavaScript://go.xero.com/%0aalert(1)", false),
            ("data:text/html,x", false),
            ("//go.xero.com/", false),
            (" https://go.xero.com/", false),
            ("https:/go.xero.com/", false),
            ("https://", false),
            ("", false),
        ] {
            assert_eq!(WebLink::new(text).address().is_some(), taken, "{text:?}");
            let read: WebLink = serde_json::from_value(serde_json::json!(text)).unwrap();
            assert_eq!(read.as_str(), if taken { text } else { "" }, "{text:?}");
        }
    }

    #[test]
    fn what_xero_answers_is_on_xero_s_hosts() {
        for (text, taken) in [
            ("https://in.xero.com/abc", true),
            ("https://crm.zoho.com/", false),
            ("http://localhost/", false),
            ("http://in.xero.com/abc", false),
            ("javascript:alert(1)", false),
        ] {
            assert_eq!(WebLink::of_xero(text).is_some(), taken, "{text:?}");
        }
    }

    #[test]
    fn our_own_pages_are_where_the_owner_says() {
        for (base, taken) in [
            ("https://ledgerlink.example", true),
            ("http://localhost:8787", true),
            ("http://ledgerlink.example", false),
            ("javascript:alert(1)", false),
            ("", false),
        ] {
            assert_eq!(WebLink::own(base, "/portal#/health").address().is_some(), taken, "{base:?}");
        }
    }
}
