//! Places that links open exactly: records and settings pages of both sides.

use super::Place;
use crate::module::Module;
use crate::organisation::{CrmOrganisation, XeroOrganisation};
use crate::web_link::WebLink;
use std::fmt::Display;

/// A record in the CRM.
pub fn place_crm(organisation: &CrmOrganisation, module: Module, id: impl Display, label: impl Into<String>) -> Place {
    let url = format!("{}/tab/{}/{id}", organisation.web_url.trim_end_matches('/'), module.api_name());
    Place { label: label.into(), url: WebLink::new(&url) }
}

/// The CRM's set-up of modules and their fields.
pub fn place_crm_set_up(organisation: &CrmOrganisation) -> Place {
    let url = format!("{}/settings/modules", organisation.web_url.trim_end_matches('/'));
    Place { label: "Open the CRM's modules and fields".to_owned(), url: WebLink::new(&url) }
}

/// A page of the Xero organisation, by its path below `https://go.xero.com`. The link signs in to the right
/// organisation first (<https://developer.xero.com/documentation/guides/how-to-guides/deep-link-xero>).
pub fn place_xero(organisation: &XeroOrganisation, path: &str, label: impl Into<String>) -> Place {
    let url = format!(
        "{}/organisationlogin/default.aspx?shortcode={}&redirecturl={path}",
        organisation.web_url, organisation.short_code
    );
    Place { label: label.into(), url: WebLink::new(&url) }
}

/// Xero's chart of accounts.
#[must_use]
pub fn place_xero_accounts(organisation: &XeroOrganisation) -> Place {
    place_xero(organisation, "/GeneralLedger/ChartOfAccounts.aspx", "Open Xero's chart of accounts")
}

/// Xero's tax rates.
#[must_use]
pub fn place_xero_tax_rates(organisation: &XeroOrganisation) -> Place {
    place_xero(organisation, "/Setup/TaxRates.aspx", "Open Xero's tax rates")
}

/// Xero's financial settings, where the lock dates are.
#[must_use]
pub fn place_xero_financial_settings(organisation: &XeroOrganisation) -> Place {
    place_xero(organisation, "/Setup/FinancialSettings.aspx", "Open Xero's lock dates")
}

/// Xero's currencies.
#[must_use]
pub fn place_xero_currencies(organisation: &XeroOrganisation) -> Place {
    place_xero(organisation, "/Setup/CurrencyRates.aspx", "Open Xero's currencies")
}

/// Xero's subscription page.
#[must_use]
pub fn place_xero_subscription(organisation: &XeroOrganisation) -> Place {
    place_xero(organisation, "/Settings/Subscription", "Open Xero's subscription")
}
