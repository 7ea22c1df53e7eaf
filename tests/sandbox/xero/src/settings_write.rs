//! Writing the organisation's own lists: accounts, tax rates, tracking categories and currencies.
//! Accounts and tax rates go one to a request.

use chrono::{DateTime, Utc};
use sandbox_kernel::Request;

use crate::batch;
use crate::characters::Characters;
use crate::json::{self, Fault, Issues, Object, Rejection, invalid};
use crate::organisation::{Account, Bank, Category, Org, TaxRate, TrackingOption};

/// Types of accounts and their classes.
const TYPES: &[(&str, &str)] = &[
    ("BANK", "ASSET"),
    ("CURRENT", "ASSET"),
    ("FIXED", "ASSET"),
    ("INVENTORY", "ASSET"),
    ("NONCURRENT", "ASSET"),
    ("PREPAYMENT", "ASSET"),
    ("EQUITY", "EQUITY"),
    ("DIRECTCOSTS", "EXPENSE"),
    ("EXPENSE", "EXPENSE"),
    ("OVERHEADS", "EXPENSE"),
    ("DEPRECIATN", "EXPENSE"),
    ("CURRLIAB", "LIABILITY"),
    ("LIABILITY", "LIABILITY"),
    ("TERMLIAB", "LIABILITY"),
    ("OTHERINCOME", "REVENUE"),
    ("REVENUE", "REVENUE"),
    ("SALES", "REVENUE"),
];

/// `PUT` or `POST` of a settings list. The ids (or codes) of what was written, to be read back.
pub(crate) fn write(
    org: &mut Org,
    resource: &str,
    rest: &[&str],
    request: &Request,
    now: DateTime<Utc>,
) -> Result<Vec<String>, Rejection> {
    let create = request.method == http::Method::PUT;
    match (resource, rest, create) {
        ("Accounts", [], true) => account(org, &one(org.characters, request, "Accounts")?, None, now),
        ("Accounts", [id], false) => {
            account(org, &one(org.characters, request, "Accounts")?, Some(&id.to_ascii_lowercase()), now)
        }
        ("TaxRates", [], _) => tax_rate(org, &one(org.characters, request, "TaxRates")?, create),
        ("Currencies", [], true) => currency(org, &one(org.characters, request, "Currencies")?),
        ("TrackingCategories", [], true) => category(org, &one(org.characters, request, "TrackingCategories")?),
        ("TrackingCategories", [id, "Options"], true) => {
            let sent = batch::elements(org.characters, &request.body, "Options")?;
            options(org, &id.to_ascii_lowercase(), &sent)
        }
        ("TrackingCategories", [id], false) => {
            let sent = one(org.characters, request, "TrackingCategories")?;
            change_category(org, &id.to_ascii_lowercase(), &sent)
        }
        ("TrackingCategories", [id, "Options", option], false) => {
            let sent = one(org.characters, request, "Options")?;
            change_option(org, &id.to_ascii_lowercase(), &option.to_ascii_lowercase(), &sent)
        }
        _ => Err(Fault::MethodNotAllowed.into()),
    }
}

fn one(characters: Characters, request: &Request, plural: &str) -> Result<Object, Rejection> {
    let mut elements = batch::elements(characters, &request.body, plural)?;
    match (elements.pop(), elements.is_empty()) {
        (Some(element), true) => Ok(element),
        _ => Err(Fault::PostData(format!("Only one element of {plural} can be written in a request")).into()),
    }
}

fn account(org: &mut Org, sent: &Object, id: Option<&str>, now: DateTime<Utc>) -> Result<Vec<String>, Rejection> {
    let mut issues = Issues::default();
    let old = match id {
        Some(id) => Some(org.accounts.iter().find(|account| account.id == id).cloned().ok_or(Fault::NotFound)?),
        None => None,
    };
    let types: Vec<&str> = TYPES.iter().map(|(name, _)| *name).collect();
    let kind = json::choice(sent, "Type", "AccountType", &types)?.or(old.as_ref().map(|old| old.kind.clone()));
    let Some((kind, class)) = kind.and_then(|kind| TYPES.iter().find(|(name, _)| *name == kind)) else {
        return invalid("Account type must be specified.");
    };
    let mut account = old.unwrap_or_else(|| Account {
        id: org.guids.guid(),
        code: None,
        name: String::new(),
        kind: String::new(),
        class: String::new(),
        tax_type: org.accounts.first().map(|first| first.tax_type.clone()).unwrap_or_default(),
        status: "ACTIVE".to_owned(),
        payments: false,
        system: None,
        description: String::new(),
        bank: None,
        updated: now,
    });
    (account.kind, account.class) = ((*kind).to_owned(), (*class).to_owned());
    account.code = json::text(sent, "Code")?.or(account.code);
    account.name = json::text(sent, "Name")?.unwrap_or(account.name);
    account.description = json::text(sent, "Description")?.unwrap_or(account.description);
    account.tax_type = json::text(sent, "TaxType")?.unwrap_or(account.tax_type);
    account.payments = json::boolean(sent, "EnablePaymentsToAccount")?.unwrap_or(account.payments);
    account.status = json::choice(sent, "Status", "AccountStatus", &["ACTIVE", "ARCHIVED"])?.unwrap_or(account.status);
    if *kind == "BANK" {
        let before = account.bank.take();
        let number = json::text(sent, "BankAccountNumber")?.or(before.as_ref().map(|bank| bank.number.clone()));
        let currency = json::text(sent, "CurrencyCode")?.or(before.map(|bank| bank.currency));
        account.bank = Some(Bank {
            number: number.unwrap_or_default(),
            currency: currency.unwrap_or_else(|| org.profile.base_currency.clone()),
        });
    }
    if account.name.is_empty() {
        issues.add("Account name must be specified.");
    }
    if account.code.is_none() && *kind != "BANK" {
        issues.add("Account code must be specified");
    }
    let other = |row: &&Account| row.id != account.id;
    if account.code.is_some() && org.accounts.iter().filter(other).any(|row| row.code == account.code) {
        issues.add("Please enter a unique Code.");
    }
    if org.accounts.iter().filter(other).any(|row| row.name == account.name) {
        issues.add("Please enter a unique Name.");
    }
    if org.tax_rate(&account.tax_type).is_none_or(|rate| rate.status != "ACTIVE") {
        issues.add("Tax rate must be valid.");
    }
    if account.system.is_some() && account.status != "ACTIVE" {
        issues.add("System accounts cannot be archived.");
    }
    issues.check()?;
    account.updated = now;
    let id = account.id.clone();
    match org.accounts.iter_mut().find(|row| row.id == id) {
        Some(row) => *row = account,
        None => org.accounts.push(account),
    }
    Ok(vec![id])
}

/// Rates made by the API are `TAX001` and up; an existing one is found by its type, or by its name.
fn tax_rate(org: &mut Org, sent: &Object, create: bool) -> Result<Vec<String>, Rejection> {
    let name = json::text(sent, "Name")?.unwrap_or_default();
    let tax_type = json::text(sent, "TaxType")?;
    let status = json::choice(sent, "Status", "TaxRateStatus", &["ACTIVE", "DELETED", "ARCHIVED", "PENDING"])?;
    let found = org
        .tax_rates
        .iter()
        .position(|rate| tax_type.as_ref().map_or(rate.name == name, |tax_type| rate.tax_type == *tax_type));
    if name.is_empty() && found.is_none() {
        return invalid("Tax rate name must be specified.");
    }
    if create && found.is_some() {
        return invalid("A tax rate with this name already exists.");
    }
    let mut components = Vec::new();
    for row in json::list(sent, "TaxComponents")?.unwrap_or_default() {
        let rate = json::decimal(row, "Rate")?.unwrap_or_default();
        let compound = json::boolean(row, "IsCompound")?.unwrap_or_default();
        components.push((json::text(row, "Name")?.unwrap_or_default(), rate, compound));
    }
    match found.and_then(|at| org.tax_rates.get_mut(at)) {
        Some(rate) => {
            if !name.is_empty() {
                rate.name = name;
            }
            if !components.is_empty() {
                rate.components = components;
            }
            rate.status = status.unwrap_or_else(|| rate.status.clone());
            Ok(vec![rate.tax_type.clone()])
        }
        None if components.is_empty() => invalid("A tax rate must have at least one component."),
        None => {
            let free = (1..).map(|number| format!("TAX{number:03}")).find(|code| org.tax_rate(code).is_none());
            let tax_type = free.unwrap_or_default();
            let report_type = json::text(sent, "ReportTaxType")?.unwrap_or_else(|| "NONE".to_owned());
            org.tax_rates.push(TaxRate {
                name,
                tax_type: tax_type.clone(),
                report_type,
                status: "ACTIVE".to_owned(),
                components,
                assets: true,
                equity: true,
                expenses: true,
                liabilities: true,
                revenue: true,
            });
            Ok(vec![tax_type])
        }
    }
}

fn currency(org: &mut Org, sent: &Object) -> Result<Vec<String>, Rejection> {
    let code = json::text(sent, "Code")?.unwrap_or_default();
    if code.len() != 3 || !code.bytes().all(|byte| byte.is_ascii_uppercase()) {
        return invalid("Currency code must be a valid ISO 4217 code.");
    }
    if !org.subscribed(&code) {
        let description = json::text(sent, "Description")?.unwrap_or_else(|| code.clone());
        org.currencies.push((code.clone(), description));
    }
    Ok(vec![code])
}

fn category(org: &mut Org, sent: &Object) -> Result<Vec<String>, Rejection> {
    let name = json::text(sent, "Name")?.unwrap_or_default();
    if name.is_empty() || org.categories.iter().any(|row| row.name == name) {
        return invalid("Tracking category name must be specified and unique.");
    }
    if org.categories.iter().filter(|row| row.status == "ACTIVE").count() >= 2 {
        return invalid("An organisation can have at most 2 active tracking categories.");
    }
    let id = org.guids.guid();
    org.categories.push(Category { id: id.clone(), name, status: "ACTIVE".to_owned(), options: Vec::new() });
    Ok(vec![id])
}

/// The status and the name that a category or an option is to have.
fn renamed(sent: &Object, kind: &str, status: &mut String, name: &mut String) -> Result<(), Fault> {
    if let Some(asked) = json::choice(sent, "Status", kind, &["ACTIVE", "ARCHIVED"])? {
        *status = asked;
    }
    if let Some(asked) = json::text(sent, "Name")?.filter(|name| !name.is_empty()) {
        *name = asked;
    }
    Ok(())
}

fn change_category(org: &mut Org, id: &str, sent: &Object) -> Result<Vec<String>, Rejection> {
    let category = org.categories.iter_mut().find(|row| row.id == id).ok_or(Fault::NotFound)?;
    renamed(sent, "TrackingCategoryStatus", &mut category.status, &mut category.name)?;
    Ok(vec![id.to_owned()])
}

fn change_option(org: &mut Org, id: &str, option: &str, sent: &Object) -> Result<Vec<String>, Rejection> {
    let category = org.categories.iter_mut().find(|row| row.id == id).ok_or(Fault::NotFound)?;
    let option = category.options.iter_mut().find(|row| row.id == option).ok_or(Fault::NotFound)?;
    renamed(sent, "TrackingOptionStatus", &mut option.status, &mut option.name)?;
    Ok(vec![id.to_owned()])
}

fn options(org: &mut Org, id: &str, sent: &[Object]) -> Result<Vec<String>, Rejection> {
    let at = org.categories.iter().position(|row| row.id == id).ok_or(Fault::NotFound)?;
    for row in sent {
        let name = json::text(row, "Name")?.unwrap_or_default();
        if name.is_empty() || org.categories[at].options.iter().any(|option| option.name == name) {
            return invalid("Tracking option name must be specified and unique.");
        }
        let option = TrackingOption { id: org.guids.guid(), name, status: "ACTIVE".to_owned() };
        org.categories[at].options.push(option);
    }
    Ok(vec![id.to_owned()])
}
