//! Zoho's data centres. A host that a callback names is taken only from this table, never from the callback itself.

use url::Url;

/// A data centre: where its users sign in, where its API is and where its users open the CRM.
/// All addresses without a trailing slash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataCentre {
    /// `location` of the callback: `us`, `eu`, …
    pub location: String,
    /// The accounts server: `https://accounts.zoho.com`.
    pub accounts: String,
    /// The API domain: `https://www.zohoapis.com`.
    pub api: String,
    /// Where users open the CRM: `https://crm.zoho.com`.
    pub crm: String,
}

impl DataCentre {
    /// Where the users of an organisation open the CRM: `https://crm.zoho.com/crm/org123`.
    #[must_use]
    pub fn web_url(&self, organisation: &str) -> String {
        format!("{}/crm/org{organisation}", self.crm)
    }
}

/// What is known of a data centre. A new one is a row of [`TABLE`], and nothing else.
struct Row {
    /// `location` of the callback.
    location: &'static str,
    /// The domain below which Zoho's own pages are: `accounts.`, `crm.` and so on. No page of a customer is there.
    domain: &'static str,
    /// The API's host.
    api: &'static str,
    /// Where the CRM's sandboxes are, beside `crmsandbox.` of the domain.
    sandbox: Option<&'static str>,
}

/// Zoho's own table (<https://www.zoho.com/crm/developer/docs/api/v8/multi-dc.html>). The first one is where every
/// sign-in begins: Zoho sends users on to their own.
const TABLE: [Row; 9] = [
    Row { location: "us", domain: "zoho.com", api: "www.zohoapis.com", sandbox: Some("crm.zohosandbox.com") },
    Row { location: "eu", domain: "zoho.eu", api: "www.zohoapis.eu", sandbox: Some("crm.zohosandbox.eu") },
    Row { location: "in", domain: "zoho.in", api: "www.zohoapis.in", sandbox: None },
    Row { location: "au", domain: "zoho.com.au", api: "www.zohoapis.com.au", sandbox: None },
    Row { location: "jp", domain: "zoho.jp", api: "www.zohoapis.jp", sandbox: None },
    Row { location: "cn", domain: "zoho.com.cn", api: "www.zohoapis.com.cn", sandbox: None },
    Row { location: "ca", domain: "zohocloud.ca", api: "www.zohoapis.ca", sandbox: None },
    Row { location: "sa", domain: "zoho.sa", api: "www.zohoapis.sa", sandbox: None },
    Row { location: "uk", domain: "zoho.uk", api: "www.zohoapis.uk", sandbox: None },
];

/// Hosts of a data centre on which people see the CRM: by itself, as a sandbox, within CRM Plus and within Zoho One,
/// which show it in a frame of theirs.
const CRM_PAGES: [&str; 4] = ["crm", "crmsandbox", "crmplus", "one"];

/// The data centres.
#[must_use]
pub fn data_centres() -> Vec<DataCentre> {
    let data_centre = |row: &Row| DataCentre {
        location: row.location.to_owned(),
        accounts: format!("https://accounts.{}", row.domain),
        api: format!("https://{}", row.api),
        crm: format!("https://crm.{}", row.domain),
    };
    TABLE.iter().map(data_centre).collect()
}

/// The hosts of all data centres whose pages show the CRM's widgets, each with its full name. A sandbox or a portal
/// under a name of an organisation's own is not among them.
#[must_use]
pub fn crm_hosts() -> Vec<String> {
    let of_row = |row: &Row| {
        let domain = row.domain;
        CRM_PAGES.into_iter().map(move |page| format!("{page}.{domain}")).chain(row.sandbox.map(str::to_owned))
    };
    TABLE.iter().flat_map(of_row).collect()
}

/// The data centre whose accounts server a callback names (`accounts-server`).
#[must_use]
pub fn by_accounts<'a>(centres: &'a [DataCentre], accounts_server: &str) -> Option<&'a DataCentre> {
    centres.iter().find(|centre| same_address(&centre.accounts, accounts_server))
}

/// The data centre of an `api_domain`, as the token answer names it.
#[must_use]
pub fn by_api<'a>(centres: &'a [DataCentre], api_domain: &str) -> Option<&'a DataCentre> {
    centres.iter().find(|centre| same_address(&centre.api, api_domain))
}

/// The data centre of a callback's `location`.
#[must_use]
pub fn by_location<'a>(centres: &'a [DataCentre], location: &str) -> Option<&'a DataCentre> {
    centres.iter().find(|centre| centre.location.eq_ignore_ascii_case(location))
}

/// Whether two addresses have the same scheme, host, port and path. User names, queries and fragments make them differ.
fn same_address(known: &str, named: &str) -> bool {
    match (Url::parse(known), Url::parse(named)) {
        (Ok(known), Ok(named)) => {
            known.origin() == named.origin()
                && known.path().trim_end_matches('/') == named.path().trim_end_matches('/')
                && named.username().is_empty()
                && named.password().is_none()
                && named.query().is_none()
                && named.fragment().is_none()
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_are_led_to_the_crm_of_every_data_centre() {
        for centre in data_centres() {
            let url = centre.web_url("60001");
            assert_eq!(shared::web_link::WebLink::new(&url).address(), Some(url.as_str()));
        }
    }

    #[test]
    fn regression_13_accounts_host_and_api_domain_per_data_centre() {
        let centres = data_centres();
        let table = [
            ("us", "https://accounts.zoho.com", "https://www.zohoapis.com"),
            ("eu", "https://accounts.zoho.eu", "https://www.zohoapis.eu"),
            ("in", "https://accounts.zoho.in", "https://www.zohoapis.in"),
            ("au", "https://accounts.zoho.com.au", "https://www.zohoapis.com.au"),
            ("jp", "https://accounts.zoho.jp", "https://www.zohoapis.jp"),
            ("cn", "https://accounts.zoho.com.cn", "https://www.zohoapis.com.cn"),
            ("ca", "https://accounts.zohocloud.ca", "https://www.zohoapis.ca"),
            ("sa", "https://accounts.zoho.sa", "https://www.zohoapis.sa"),
            ("uk", "https://accounts.zoho.uk", "https://www.zohoapis.uk"),
        ];
        assert_eq!(centres.len(), table.len());
        for (location, accounts, api) in table {
            let centre = by_location(&centres, location).unwrap();
            assert_eq!((centre.accounts.as_str(), centre.api.as_str()), (accounts, api));
            assert_eq!(by_accounts(&centres, accounts), Some(centre));
            assert_eq!(by_accounts(&centres, &format!("{accounts}/")), Some(centre));
            assert_eq!(by_api(&centres, api), Some(centre));
        }
    }

    #[test]
    fn every_data_centre_has_its_own_pages_of_the_crm_and_no_wildcard() {
        let hosts = crm_hosts();
        for centre in data_centres() {
            let host = centre.crm.strip_prefix("https://").unwrap();
            assert!(hosts.iter().any(|known| known == host), "{host}");
        }
        for host in ["crm.zohosandbox.com", "crm.zohosandbox.eu", "crmsandbox.zoho.com.au", "crmplus.zoho.in"] {
            assert!(hosts.iter().any(|known| known == host), "{host}");
        }
        let named = |host: &String| host.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'.');
        assert!(hosts.iter().all(named), "{hosts:?}");
        let mut once = hosts.clone();
        once.sort();
        once.dedup();
        assert_eq!(once.len(), hosts.len(), "{hosts:?}");
    }

    #[test]
    fn a_host_outside_the_table_is_refused() {
        let centres = data_centres();
        for named in [
            "http://accounts.zoho.com",
            "https://accounts.zoho.com.evil.example",
            "https://evil.example/accounts.zoho.com",
            "https://accounts.zoho.com:8443",
            "https://accounts.zoho.com@evil.example",
            "https://user@accounts.zoho.com",
            "https://accounts.zoho.com/path",
            "https://accounts.zoho.com?x=1",
            "accounts.zoho.com",
            "",
        ] {
            assert_eq!(by_accounts(&centres, named), None, "{named}");
        }
    }
}
