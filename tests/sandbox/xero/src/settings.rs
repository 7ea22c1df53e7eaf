//! The organisation's own lists: accounts, tax rates, branding themes, tracking categories, currencies, and itself.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use sandbox_kernel::Request;
use serde_json::{Value, json};

use crate::documents::Side;
use crate::filter::{self, Fields, Kind};
use crate::json::{self, Fault};
use crate::listing::{self, Listed, Page, Query};
use crate::organisation::{Account, Category, Org, TaxRate, Theme};
use crate::{dates, invoices};

const ACCOUNT_FIELDS: Fields = &[
    ("AccountID", Kind::Guid),
    ("Code", Kind::Text),
    ("Name", Kind::Text),
    ("Type", Kind::Text),
    ("Class", Kind::Text),
    ("Status", Kind::Text),
    ("TaxType", Kind::Text),
    ("SystemAccount", Kind::Text),
    ("EnablePaymentsToAccount", Kind::Flag),
    ("UpdatedDateUTC", Kind::Date),
];

const TAX_FIELDS: Fields = &[
    ("Name", Kind::Text),
    ("TaxType", Kind::Text),
    ("Status", Kind::Text),
    ("ReportTaxType", Kind::Text),
    ("EffectiveRate", Kind::Number),
    ("DisplayTaxRate", Kind::Number),
    ("CanApplyToAssets", Kind::Flag),
    ("CanApplyToEquity", Kind::Flag),
    ("CanApplyToExpenses", Kind::Flag),
    ("CanApplyToLiabilities", Kind::Flag),
    ("CanApplyToRevenue", Kind::Flag),
];

const CATEGORY_FIELDS: Fields = &[("TrackingCategoryID", Kind::Guid), ("Name", Kind::Text), ("Status", Kind::Text)];

const CURRENCY_FIELDS: Fields = &[("Code", Kind::Text), ("Description", Kind::Text)];

fn account(account: &Account) -> Value {
    let mut row = json!({
        "AccountID": account.id,
        "Name": account.name,
        "Status": account.status,
        "Type": account.kind,
        "Class": account.class,
        "TaxType": account.tax_type,
        "EnablePaymentsToAccount": account.payments,
        "ShowInExpenseClaims": false,
        "ReportingCode": "",
        "ReportingCodeName": "",
        "HasAttachments": false,
        "AddToWatchlist": false,
        "UpdatedDateUTC": dates::moment(account.updated),
        "BankAccountType": if account.bank.is_some() { "BANK" } else { "" },
    });
    let optional = [("Code", account.code.as_deref()), ("SystemAccount", account.system.as_deref())];
    for (name, value) in optional {
        if let Some(value) = value {
            row[name] = json!(value);
        }
    }
    if !account.description.is_empty() {
        row["Description"] = json!(account.description);
    }
    if let Some(bank) = &account.bank {
        row["BankAccountNumber"] = json!(bank.number);
        row["CurrencyCode"] = json!(bank.currency);
    }
    row
}

fn tax_rate(rate: &TaxRate) -> Value {
    // A rate with a compound component is shown without what compounding adds.
    let display: Decimal = rate.components.iter().map(|(_, percent, _)| *percent).sum();
    json!({
        "Name": rate.name,
        "TaxType": rate.tax_type,
        "ReportTaxType": rate.report_type,
        "Status": rate.status,
        "CanApplyToAssets": rate.assets,
        "CanApplyToEquity": rate.equity,
        "CanApplyToExpenses": rate.expenses,
        "CanApplyToLiabilities": rate.liabilities,
        "CanApplyToRevenue": rate.revenue,
        "DisplayTaxRate": json::number(display),
        "EffectiveRate": json::number(rate.rate()),
        "TaxComponents": rate.components.iter().map(|(name, percent, compound)| json!({
            "Name": name,
            "Rate": json::number(*percent),
            "IsCompound": compound,
            "IsNonRecoverable": false,
        })).collect::<Vec<_>>(),
    })
}

fn theme(position: usize, theme: &Theme, created: DateTime<Utc>) -> Value {
    json!({
        "BrandingThemeID": theme.id,
        "Name": theme.name,
        "Type": "INVOICE",
        "SortOrder": position,
        "CreatedDateUTC": dates::moment(created),
    })
}

/// With its archived options only where those are asked for.
fn category(category: &Category, archived: bool) -> Value {
    json!({
        "TrackingCategoryID": category.id,
        "Name": category.name,
        "Status": category.status,
        "Options": category.options.iter().filter(|option| archived || option.status == "ACTIVE").map(|option| json!({
            "TrackingOptionID": option.id,
            "Name": option.name,
            "Status": option.status,
            "HasValidationErrors": false,
            "IsDeleted": false,
            "IsArchived": option.status == "ARCHIVED",
            "IsActive": option.status == "ACTIVE",
        })).collect::<Vec<_>>(),
    })
}

fn organisation(org: &Org) -> Value {
    let profile = &org.profile;
    let mut row = json!({
        "OrganisationID": org.id,
        "Name": profile.name,
        "LegalName": profile.name,
        "PaysTax": true,
        "Version": profile.country,
        "OrganisationType": "COMPANY",
        "OrganisationEntityType": "COMPANY",
        "BaseCurrency": profile.base_currency,
        "CountryCode": profile.country,
        "IsDemoCompany": false,
        "OrganisationStatus": "ACTIVE",
        "FinancialYearEndDay": if profile.country == "NZ" { 31 } else { 30 },
        "FinancialYearEndMonth": if profile.country == "NZ" { 3 } else { 6 },
        "SalesTaxBasis": "ACCRUALS",
        "SalesTaxPeriod": if profile.country == "NZ" { "TWOMONTHS" } else { "QUARTERLY1" },
        "DefaultSalesTax": "Tax Exclusive",
        "DefaultPurchasesTax": "Tax Exclusive",
        "CreatedDateUTC": dates::bare_moment(profile.created),
        "Timezone": profile.time_zone,
        "ShortCode": profile.short_code,
        "Class": if org.currencies.len() > 1 { "PREMIUM" } else { "STANDARD" },
        "Edition": "BUSINESS",
        "Addresses": [],
        "Phones": [],
        "ExternalLinks": [],
        "PaymentTerms": {},
    });
    for (name, lock) in [("PeriodLockDate", org.period_lock), ("EndOfYearLockDate", org.year_lock)] {
        if let Some(lock) = lock {
            row[name] = json!(dates::day(lock));
        }
    }
    row
}

fn actions(org: &Org, now: DateTime<Utc>) -> Vec<Value> {
    let today = invoices::today(org, now);
    let names = [
        ("CreateApprovedInvoice", !org.plan_reached(Side::Accrec, today)),
        ("CreateApprovedBill", !org.plan_reached(Side::Accpay, today)),
        ("CreateDraftInvoice", true),
        ("CreateDraftBill", true),
        ("CreateInvoicePayment", true),
        ("UseMulticurrency", org.currencies.len() > 1),
        ("AttachFilesIntoInvoice", true),
        ("CreateApprovedPurchaseOrder", true),
        ("CreateDraftPurchaseOrder", true),
        ("CreateDraftQuote", true),
        ("CreateSentQuote", true),
        ("CreateRepeatingInvoice", true),
        ("CreateRepeatingBill", true),
    ];
    names
        .into_iter()
        .map(|(name, allowed)| json!({ "Name": name, "Status": if allowed { "ALLOWED" } else { "NOT-ALLOWED" } }))
        .collect()
}

/// The records of a list with these ids (or types, or codes).
pub(crate) fn rows(org: &Org, resource: &str, ids: &[String]) -> Vec<Value> {
    let (key, all): (&str, Vec<Value>) = match resource {
        "Accounts" => ("AccountID", org.accounts.iter().map(account).collect()),
        "TaxRates" => ("TaxType", org.tax_rates.iter().map(tax_rate).collect()),
        "TrackingCategories" => ("TrackingCategoryID", org.categories.iter().map(|row| category(row, true)).collect()),
        _ => ("Code", org.currencies.iter().map(currency).collect()),
    };
    all.into_iter().filter(|row| ids.iter().any(|id| row[key].as_str() == Some(id))).collect()
}

fn currency((code, description): &(String, String)) -> Value {
    json!({ "Code": code, "Description": description })
}

/// A row of one of the lists.
#[derive(Debug, Clone)]
struct Row {
    id: String,
    updated: DateTime<Utc>,
    value: Value,
}

impl Listed for Row {
    fn id(&self) -> &str {
        &self.id
    }

    fn updated(&self) -> DateTime<Utc> {
        self.updated
    }
}

/// The lists are short: no pages, and `If-Modified-Since` only where records have a time.
fn unpaged(request: &Request, resource: &'static str, fields: Fields, rows: Vec<Row>) -> Result<Page, Fault> {
    let mut plain = request.clone();
    plain.query.retain(|(name, _)| !matches!(name.as_str(), "page" | "pageSize"));
    if resource != "Account" {
        plain.headers.remove(http::header::IF_MODIFIED_SINCE);
    }
    let field = |row: &Row, path: &str| filter::at(&row.value, path);
    Query::read(&plain, resource, fields, false)?.run(rows.iter().collect(), field, |row| row.value.clone())
}

/// `GET` of one of the lists, or of one record of it (`rest` is what follows the resource in the path).
pub(crate) fn read(
    org: &Org,
    resource: &str,
    rest: &[&str],
    request: &Request,
    now: DateTime<Utc>,
) -> Result<(&'static str, Vec<Value>), Fault> {
    // In the order in which they stand: a list without times sorts by its position.
    let rows = |values: Vec<Value>| -> Vec<Row> {
        let row = |(at, value)| Row { id: format!("{at:06}"), updated: DateTime::UNIX_EPOCH, value };
        values.into_iter().enumerate().map(row).collect()
    };
    let one = |values: Vec<Value>, id: &str, key: &str| -> Result<Vec<Value>, Fault> {
        let same = |value: &Value| value[id].as_str().is_some_and(|found| found.eq_ignore_ascii_case(key));
        let found: Vec<Value> = values.into_iter().filter(same).collect();
        if found.is_empty() { Err(Fault::NotFound) } else { Ok(found) }
    };
    match (resource, rest) {
        ("Organisation", []) => Ok(("Organisations", vec![organisation(org)])),
        ("Organisation", ["Actions"]) => Ok(("Actions", actions(org, now))),
        ("Accounts", []) => {
            let row = |(at, item): (usize, &Account)| Row {
                id: format!("{at:06}"),
                updated: item.updated,
                value: account(item),
            };
            let rows = org.accounts.iter().enumerate().map(row).collect();
            Ok(("Accounts", unpaged(request, "Account", ACCOUNT_FIELDS, rows)?.rows))
        }
        ("Accounts", [id]) => Ok(("Accounts", one(org.accounts.iter().map(account).collect(), "AccountID", id)?)),
        ("TaxRates", []) => {
            let values = org.tax_rates.iter().map(tax_rate).collect();
            Ok(("TaxRates", unpaged(request, "TaxRate", TAX_FIELDS, rows(values))?.rows))
        }
        ("TaxRates", [id]) => Ok(("TaxRates", one(org.tax_rates.iter().map(tax_rate).collect(), "TaxType", id)?)),
        ("BrandingThemes", []) | ("BrandingThemes", [_]) => {
            let themes = org.themes.iter().enumerate();
            let values: Vec<Value> = themes.map(|(at, row)| theme(at, row, org.profile.created)).collect();
            match rest.first() {
                Some(id) => Ok(("BrandingThemes", one(values, "BrandingThemeID", id)?)),
                None => Ok(("BrandingThemes", values)),
            }
        }
        ("TrackingCategories", []) => {
            let archived = listing::flag(request, "includeArchived");
            let shown = org.categories.iter().filter(|row| archived || row.status == "ACTIVE");
            let values = shown.map(|row| category(row, archived)).collect();
            Ok(("TrackingCategories", unpaged(request, "TrackingCategory", CATEGORY_FIELDS, rows(values))?.rows))
        }
        ("TrackingCategories", [id]) => {
            let rows = org.categories.iter().map(|row| category(row, true)).collect();
            Ok(("TrackingCategories", one(rows, "TrackingCategoryID", id)?))
        }
        ("Currencies", []) => {
            let values = org.currencies.iter().map(currency).collect();
            Ok(("Currencies", unpaged(request, "Currency", CURRENCY_FIELDS, rows(values))?.rows))
        }
        _ => Err(Fault::NotFound),
    }
}
