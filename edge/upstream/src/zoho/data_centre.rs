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

/// Zoho's own table (<https://www.zoho.com/crm/developer/docs/api/v8/multi-dc.html>). The first one is where every
/// sign-in begins: Zoho sends users on to their own.
#[must_use]
pub fn data_centres() -> Vec<DataCentre> {
    [
        ("us", "accounts.zoho.com", "www.zohoapis.com", "crm.zoho.com"),
        ("eu", "accounts.zoho.eu", "www.zohoapis.eu", "crm.zoho.eu"),
        ("in", "accounts.zoho.in", "www.zohoapis.in", "crm.zoho.in"),
        ("au", "accounts.zoho.com.au", "www.zohoapis.com.au", "crm.zoho.com.au"),
        ("jp", "accounts.zoho.jp", "www.zohoapis.jp", "crm.zoho.jp"),
        ("cn", "accounts.zoho.com.cn", "www.zohoapis.com.cn", "crm.zoho.com.cn"),
        ("ca", "accounts.zohocloud.ca", "www.zohoapis.ca", "crm.zohocloud.ca"),
        ("sa", "accounts.zoho.sa", "www.zohoapis.sa", "crm.zoho.sa"),
        ("uk", "accounts.zoho.uk", "www.zohoapis.uk", "crm.zoho.uk"),
    ]
    .into_iter()
    .map(|(location, accounts, api, crm)| DataCentre {
        location: location.to_owned(),
        accounts: format!("https://{accounts}"),
        api: format!("https://{api}"),
        crm: format!("https://{crm}"),
    })
    .collect()
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
