//! Zoho's data centres and their hosts: the one table from which accounts servers, API hosts, links into the CRM and the
//! pages that may show the widget come. A new data centre is a row of it, and nothing else.

/// A row of the table. Every host of a data centre follows from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DataCentreHosts {
    /// `location` of a callback: `us`, `eu`, …
    pub location: &'static str,
    /// The domain below which Zoho's own pages are: `accounts.`, `crm.` and so on. No page of a customer is there.
    pub domain: &'static str,
    /// What ends the names of its other domains: `zohoapis.com`, `zohosandbox.com`.
    pub ending: &'static str,
}

/// Zoho's own table (<https://www.zoho.com/crm/developer/docs/api/v8/multi-dc.html>); Singapore is known from others'
/// programs only. The first one is where every sign-in begins: Zoho sends users on to their own.
pub const DATA_CENTRES: [DataCentreHosts; 11] = [
    DataCentreHosts { location: "us", domain: "zoho.com", ending: "com" },
    DataCentreHosts { location: "eu", domain: "zoho.eu", ending: "eu" },
    DataCentreHosts { location: "in", domain: "zoho.in", ending: "in" },
    DataCentreHosts { location: "au", domain: "zoho.com.au", ending: "com.au" },
    DataCentreHosts { location: "jp", domain: "zoho.jp", ending: "jp" },
    DataCentreHosts { location: "cn", domain: "zoho.com.cn", ending: "com.cn" },
    DataCentreHosts { location: "ca", domain: "zohocloud.ca", ending: "ca" },
    DataCentreHosts { location: "sa", domain: "zoho.sa", ending: "sa" },
    DataCentreHosts { location: "uk", domain: "zoho.uk", ending: "uk" },
    DataCentreHosts { location: "ae", domain: "zoho.ae", ending: "ae" },
    DataCentreHosts { location: "sg", domain: "zoho.sg", ending: "sg" },
];

/// Whether people open the CRM at this host: `crm.` of a data centre.
#[must_use]
pub fn is_crm(host: &str) -> bool {
    host.strip_prefix("crm.").is_some_and(|domain| DATA_CENTRES.iter().any(|row| row.domain == domain))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_data_centre_is_there_once() {
        for row in &DATA_CENTRES {
            let same = |other: &&DataCentreHosts| {
                other.location == row.location || other.domain == row.domain || other.ending == row.ending
            };
            assert_eq!(DATA_CENTRES.iter().filter(same).count(), 1, "{row:?}");
            assert!(row.domain.ends_with(row.ending), "{row:?}");
            assert!(is_crm(&format!("crm.{}", row.domain)), "{row:?}");
        }
        for other in ["crm.zohosites.com", "sites.zoho.com", "zoho.com", "crm.crm.zoho.com", "crm.", ""] {
            assert!(!is_crm(other), "{other}");
        }
    }
}
