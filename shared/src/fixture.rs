//! Two small organisations for the tests of settings, problems and plans.

use crate::id::{TenantId, ZohoOrgId};
use crate::module::Module;
use crate::organisation::{CrmField, CrmOrganisation, CrmTax, XeroAccount, XeroOrganisation, XeroTaxRate};
use std::collections::BTreeMap;

/// A CRM with the stock picklists and Ledgerlink's own fields.
pub(crate) fn crm_organisation() -> CrmOrganisation {
    let field = |api_name: &str, data_type: &str, values: &[&str]| CrmField {
        api_name: api_name.to_owned(),
        label: api_name.replace('_', " "),
        data_type: data_type.to_owned(),
        json_type: None,
        read_only: false,
        length: None,
        decimals: None,
        custom: api_name.starts_with("Xero_"),
        picklist: values.iter().map(|value| ((*value).to_owned(), (*value).to_owned())).collect(),
    };
    let fields = Module::ALL.into_iter().map(|module| {
        let mut fields = vec![field("Last_Name", "text", &[])];
        if module.lines_field().is_some() {
            let cancelled = if module == Module::Invoices { "Canceled" } else { "Cancelled" };
            fields.push(field("Status", "picklist", &["Created", "Approved", "Delivered", cancelled]));
        }
        let own = crate::zoho::custom_fields(module);
        fields.extend(own.iter().map(|own| field(own.api_name, own.data_type, &[])));
        (module, fields)
    });
    CrmOrganisation {
        id: ZohoOrgId::new("123").unwrap(),
        name: "Bell & Co".to_owned(),
        currency: "AUD".to_owned(),
        time_zone: "Australia/Sydney".to_owned(),
        web_url: "https://crm.zoho.com/crm/org123".to_owned(),
        multi_currency: false,
        taxes: vec![CrmTax { name: "GST".to_owned(), percentage: 10.into() }],
        taxes_unknown: false,
        tax_mode: None,
        fields: fields.collect::<BTreeMap<_, _>>(),
        line_numbers: BTreeMap::new(),
    }
}

/// An Australian organisation.
pub(crate) fn xero_organisation() -> XeroOrganisation {
    let account = |code: &str, name: &str, kind: &str, class: &str| XeroAccount {
        code: Some(code.to_owned()),
        name: name.to_owned(),
        kind: kind.to_owned(),
        class: class.to_owned(),
        tax_type: None,
        active: true,
        system: false,
    };
    let rate = |tax_type: &str, name: &str, percent: i64, sales: bool, purchases: bool| XeroTaxRate {
        tax_type: tax_type.to_owned(),
        name: name.to_owned(),
        effective_rate: percent.into(),
        active: true,
        sales,
        purchases,
    };
    XeroOrganisation {
        id: TenantId::new("0d9e0d9e-0000-4000-8000-00000000d9e0").unwrap(),
        name: "Bell & Co Books".to_owned(),
        short_code: "!Bell1".to_owned(),
        web_url: "https://go.xero.com".to_owned(),
        base_currency: "AUD".to_owned(),
        country_code: "AU".to_owned(),
        time_zone: "Australia/Sydney".to_owned(),
        tax_registered: true,
        period_lock_date: None,
        end_of_year_lock_date: None,
        accounts: vec![
            account("090", "Bank", "BANK", "ASSET"),
            XeroAccount { active: false, ..account("205", "Old sales", "SALES", "REVENUE") },
            account("260", "Other Revenue", "REVENUE", "REVENUE"),
            account("200", "Sales", "SALES", "REVENUE"),
            account("400", "Advertising", "EXPENSE", "EXPENSE"),
            account("300", "Purchases", "DIRECTCOSTS", "EXPENSE"),
            XeroAccount { system: true, ..account("610", "Accounts Receivable", "CURRENT", "ASSET") },
        ],
        tax_rates: vec![
            rate("OUTPUT", "GST on Income", 10, true, false),
            rate("EXEMPTOUTPUT", "GST Free Income", 0, true, false),
            rate("BASEXCLUDED", "BAS Excluded", 0, true, true),
            rate("INPUT", "GST on Expenses", 10, false, true),
            rate("CAPEXINPUT", "GST on Capital", 10, false, true),
            rate("EXEMPTEXPENSES", "GST Free Expenses", 0, false, true),
            XeroTaxRate { active: false, ..rate("TAX001", "Old rate", 5, true, true) },
            rate("TAX002", "City and state", 7, true, false),
        ],
        currencies: vec!["AUD".to_owned(), "USD".to_owned()],
        branding_themes: Vec::new(),
        tracking_categories: Vec::new(),
    }
}
