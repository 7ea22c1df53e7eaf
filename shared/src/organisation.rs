//! What is known of the two organisations themselves: their lists, zones and currencies.
//!
//! The edge reads them from the APIs, keeps them for a while and hands them to the planner.

use crate::id::{TenantId, ZohoOrgId};
use crate::module::Module;
use crate::record::TaxMode;
use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The CRM organisation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CrmOrganisation {
    /// `zgid`.
    pub id: ZohoOrgId,
    /// The company's name.
    pub name: String,
    /// ISO 4217 code of the home currency.
    pub currency: String,
    /// IANA name of the organisation's time zone.
    pub time_zone: String,
    /// Where its users open the CRM: `https://crm.zoho.com/crm/org123`, without a trailing slash.
    pub web_url: String,
    /// Whether it uses several currencies.
    pub multi_currency: bool,
    /// The taxes of `GET /org/taxes`.
    pub taxes: Vec<CrmTax>,
    /// Whether Zoho does not let us read the taxes: then nobody knows which there are.
    #[serde(default)]
    pub taxes_unknown: bool,
    /// Where its newest taxed document has its tax; none while there is no such document.
    #[serde(default)]
    pub tax_mode: Option<TaxMode>,
    /// The fields of each synced module.
    pub fields: BTreeMap<Module, Vec<CrmField>>,
    /// The numbers in the lines of each kind of document, of whose fields the CRM tells how many decimals they have:
    /// `List_Price`.
    #[serde(default)]
    pub line_numbers: BTreeMap<Module, Vec<CrmField>>,
}

/// A tax of the CRM: a name and a percentage, nothing more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CrmTax {
    /// The name, by which it is mapped.
    pub name: String,
    /// Per cent.
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    pub percentage: Decimal,
}

/// A field of a CRM module, of `GET /settings/fields`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CrmField {
    /// `api_name`.
    pub api_name: String,
    /// `field_label`, what people see.
    pub label: String,
    /// `data_type`: text, picklist, currency, …
    pub data_type: String,
    /// `json_type`: string, integer, double, jsonarray, jsonobject, …; none where it is not known. A field of tags is text
    /// by its `data_type` and holds a list by this one.
    #[serde(default)]
    pub json_type: Option<String>,
    /// Whether nobody writes it: by `read_only`, `field_read_only`, or `operation_type.api_update`.
    #[serde(default)]
    pub read_only: bool,
    /// Greatest length of a text.
    pub length: Option<u32>,
    /// `decimal_place`: the most decimals of a number; none where it is not told.
    #[serde(default)]
    pub decimals: Option<u32>,
    /// Whether somebody added it.
    pub custom: bool,
    /// Actual values of a picklist, with what people see: (actual, display).
    pub picklist: Vec<(String, String)>,
}

/// The Xero organisation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct XeroOrganisation {
    /// `tenantId`.
    pub id: TenantId,
    /// The name.
    pub name: String,
    /// For deep links, with its exclamation mark.
    pub short_code: String,
    /// Where its users open Xero: `https://go.xero.com`, without a trailing slash.
    pub web_url: String,
    /// ISO 4217 code.
    pub base_currency: String,
    /// ISO 3166 code: AU, NZ, GB, US, …
    pub country_code: String,
    /// IANA name, translated from Xero's own.
    pub time_zone: String,
    /// Whether it is registered for sales tax (from `SalesTaxBasis`).
    pub tax_registered: bool,
    /// Last day on which nobody but advisers may write.
    #[serde(default, deserialize_with = "crate::instant::read_day")]
    pub period_lock_date: Option<NaiveDate>,
    /// Last day on which nobody may write.
    #[serde(default, deserialize_with = "crate::instant::read_day")]
    pub end_of_year_lock_date: Option<NaiveDate>,
    /// All accounts, archived ones too.
    pub accounts: Vec<XeroAccount>,
    /// All tax rates, deleted ones too.
    pub tax_rates: Vec<XeroTaxRate>,
    /// ISO 4217 codes to which it is subscribed.
    pub currencies: Vec<String>,
    /// Branding themes in their order.
    pub branding_themes: Vec<BrandingTheme>,
    /// Tracking categories.
    pub tracking_categories: Vec<TrackingCategory>,
}

/// An account of the chart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct XeroAccount {
    /// Code; bank accounts may have none.
    pub code: Option<String>,
    /// Name.
    pub name: String,
    /// `Type`: SALES, REVENUE, EXPENSE, DIRECTCOSTS, …
    pub kind: String,
    /// `Class`: REVENUE, EXPENSE, ASSET, …
    pub class: String,
    /// `TaxType` by default.
    pub tax_type: Option<String>,
    /// Whether `Status` is ACTIVE.
    pub active: bool,
    /// Whether it is one of Xero's own (`SystemAccount`), which documents can't use.
    pub system: bool,
}

/// A tax rate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct XeroTaxRate {
    /// `TaxType`, its code.
    pub tax_type: String,
    /// `Name`.
    pub name: String,
    /// `EffectiveRate`, per cent.
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    pub effective_rate: Decimal,
    /// Whether `Status` is ACTIVE.
    pub active: bool,
    /// `CanApplyToRevenue`.
    pub sales: bool,
    /// `CanApplyToExpenses`.
    pub purchases: bool,
}

/// A branding theme.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct BrandingTheme {
    /// `BrandingThemeID`.
    pub id: String,
    /// `Name`.
    pub name: String,
}

/// A tracking category.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TrackingCategory {
    /// `TrackingCategoryID`.
    pub id: String,
    /// `Name`.
    pub name: String,
    /// (`TrackingOptionID`, `Name`) of the active options.
    pub options: Vec<(String, String)>,
}
