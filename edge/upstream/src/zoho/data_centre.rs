//! Zoho's data centres, as full addresses. A host that a callback or an answer names is taken only from here, never from
//! the callback itself. What is known stands in [`shared::data_centre`]; an owner may add to it.

use shared::data_centre::{DATA_CENTRES, DataCentreHosts};
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
    /// Where the API of sandboxes and of developers' organisations is: `https://sandbox.zohoapis.com`. The token answer
    /// names one of them for such an organisation.
    pub other_apis: Vec<String>,
    /// Where users open the CRM: `https://crm.zoho.com`.
    pub crm: String,
}

impl DataCentre {
    /// The addresses that follow from the domain of its pages and the domain of its APIs: `zoho.com` and `zohoapis.com`.
    #[must_use]
    pub fn below(location: &str, domain: &str, apis: &str) -> Self {
        Self {
            location: location.to_owned(),
            accounts: format!("https://accounts.{domain}"),
            api: format!("https://www.{apis}"),
            other_apis: OTHER_APIS.map(|host| format!("https://{host}.{apis}")).to_vec(),
            crm: format!("https://crm.{domain}"),
        }
    }

    /// Where the users of an organisation open the CRM: `https://crm.zoho.com/crm/org123`.
    #[must_use]
    pub fn web_url(&self, organisation: &str) -> String {
        format!("{}/crm/org{organisation}", self.crm)
    }

    /// Where the API of an organisation is whose token answer names `api_domain`: the address out of our own table.
    /// One that is not in it, or none, is the usual one's.
    #[must_use]
    pub fn api_named(&self, api_domain: Option<&str>) -> &str {
        let named = |known: &&String| api_domain.is_some_and(|named| same_address(known, named));
        self.other_apis.iter().find(named).unwrap_or(&self.api)
    }
}

/// Beside `www.`, where APIs are: of sandboxes and of developers' organisations.
const OTHER_APIS: [&str; 2] = ["sandbox", "developer"];

/// Hosts below a data centre's domain on which people see the CRM: by itself, as a sandbox, within CRM Plus and within
/// Zoho One, which show it in a frame of theirs.
const CRM_PAGES: [&str; 4] = ["crm", "crmsandbox", "crmplus", "one"];

/// Where vertical solutions show the CRM. Others have hosts of their own beside it, where customers publish: those are
/// named by the owner, each with its full name.
const PLATFORM: &str = "crm.zohoplatform.com";

/// The data centres.
#[must_use]
pub fn data_centres() -> Vec<DataCentre> {
    let centre =
        |row: &DataCentreHosts| DataCentre::below(row.location, row.domain, &format!("zohoapis.{}", row.ending));
    DATA_CENTRES.iter().map(centre).collect()
}

/// The hosts of all data centres whose pages show the CRM's widgets, each with its full name. A portal or a vertical
/// solution under a name of an organisation's own is not among them.
#[must_use]
pub fn crm_hosts() -> Vec<String> {
    let of_row = |row: &DataCentreHosts| {
        let sandbox = format!("crm.zohosandbox.{}", row.ending);
        crm_hosts_below(row.domain).into_iter().chain([sandbox])
    };
    DATA_CENTRES.iter().flat_map(of_row).chain([PLATFORM.to_owned()]).collect()
}

/// The hosts below the domain of a data centre's pages that show the CRM's widgets.
#[must_use]
pub fn crm_hosts_below(domain: &str) -> Vec<String> {
    CRM_PAGES.map(|page| format!("{page}.{domain}")).to_vec()
}

/// The data centre whose accounts server a callback names (`accounts-server`).
#[must_use]
pub fn by_accounts<'a>(centres: &'a [DataCentre], accounts_server: &str) -> Option<&'a DataCentre> {
    centres.iter().find(|centre| same_address(&centre.accounts, accounts_server))
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
            ("ae", "https://accounts.zoho.ae", "https://www.zohoapis.ae"),
            ("sg", "https://accounts.zoho.sg", "https://www.zohoapis.sg"),
        ];
        assert_eq!(centres.len(), table.len());
        for (location, accounts, api) in table {
            let centre = by_location(&centres, location).unwrap();
            assert_eq!((centre.accounts.as_str(), centre.api.as_str()), (accounts, api));
            assert_eq!(by_accounts(&centres, accounts), Some(centre));
            assert_eq!(by_accounts(&centres, &format!("{accounts}/")), Some(centre));
            assert_eq!(centre.api_named(None), api);
            assert_eq!(centre.api_named(Some(api)), api);
        }
    }

    #[test]
    fn the_api_of_a_sandbox_is_one_of_its_own_data_centre() {
        for centre in data_centres() {
            let domain = centre.api.strip_prefix("https://www.").unwrap();
            for host in ["sandbox", "developer"] {
                let named = format!("https://{host}.{domain}");
                assert_eq!(centre.api_named(Some(&named)), named);
                assert_eq!(centre.api_named(Some(&format!("{named}/"))), named);
            }
            let wrong =
                ["https://sandbox.zohoapis.evil.example", "http://sandbox.zohoapis.com", "sandbox.zohoapis.com", ""];
            for wrong in wrong {
                assert_eq!(centre.api_named(Some(wrong)), centre.api, "{wrong}");
            }
        }
        let us = &data_centres()[0];
        assert_eq!(us.api_named(Some("https://sandbox.zohoapis.eu")), us.api, "another data centre's");
    }

    #[test]
    fn every_data_centre_has_its_own_pages_of_the_crm_and_no_wildcard() {
        let hosts = crm_hosts();
        for centre in data_centres() {
            let host = centre.crm.strip_prefix("https://").unwrap();
            assert!(hosts.iter().any(|known| known == host), "{host}");
            let ending = centre.api.strip_prefix("https://www.zohoapis.").unwrap();
            let sandbox = format!("crm.zohosandbox.{ending}");
            assert!(hosts.contains(&sandbox), "{sandbox}");
        }
        for host in [
            "crm.zohosandbox.com",
            "crm.zohosandbox.eu",
            "crmsandbox.zoho.com.au",
            "crmplus.zoho.in",
            "one.zoho.ae",
            "crm.zoho.sg",
            "crm.zohoplatform.com",
        ] {
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
