//! The organisation with its lists: accounts, tax rates, currencies, branding themes, tracking categories.

use super::{Client, dates, time_zone};
use crate::{Api, Effect, Error, Tokens};
use futures_util::future::join_all;
use ports::{Clock, Http};
use rust_decimal::Decimal;
use serde_json::Value;
use shared::organisation::{BrandingTheme, TrackingCategory, XeroAccount, XeroOrganisation, XeroTaxRate};

const RESOURCES: [&str; 6] =
    ["Organisation", "Accounts", "TaxRates", "Currencies", "BrandingThemes", "TrackingCategories"];

impl<P: Clock + Http, T: Tokens> Client<'_, P, T> {
    /// The organisation, read in six calls at the same time, as far as the budget lets them.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn organisation(&self, web_url: &str) -> Result<XeroOrganisation, Error> {
        let mut lists = Vec::with_capacity(RESOURCES.len());
        for answer in join_all(RESOURCES.map(|resource| async move {
            match resource {
                "Organisation" => self.list_of("Organisation", "Organisations").await,
                _ => self.list(resource, &[]).await,
            }
        }))
        .await
        {
            lists.push(answer?);
        }
        let Ok([organisations, accounts, tax_rates, currencies, themes, categories]) = <[_; 6]>::try_from(lists) else {
            return Err(unreadable());
        };
        let organisation = organisations.first().ok_or_else(unreadable)?;
        let day = |key: &str| organisation.get(key).and_then(Value::as_str).and_then(dates::day);
        let mut themes: Vec<_> =
            themes.iter().filter_map(|theme| Some((sort_order(theme), read_theme(theme)?))).collect();
        themes.sort_by_key(|(order, _)| *order);
        Ok(XeroOrganisation {
            id: self.tenant.clone(),
            name: text(organisation, "Name"),
            short_code: text(organisation, "ShortCode"),
            web_url: web_url.to_owned(),
            base_currency: text(organisation, "BaseCurrency"),
            country_code: text(organisation, "CountryCode"),
            time_zone: time_zone::iana(&text(organisation, "Timezone")).unwrap_or("Etc/UTC").to_owned(),
            tax_registered: !matches!(text(organisation, "SalesTaxBasis").as_str(), "" | "NONE"),
            period_lock_date: day("PeriodLockDate"),
            end_of_year_lock_date: day("EndOfYearLockDate"),
            accounts: accounts.iter().map(read_account).collect(),
            tax_rates: tax_rates.iter().filter_map(read_tax_rate).collect(),
            currencies: currencies
                .iter()
                .map(|currency| text(currency, "Code"))
                .filter(|code| !code.is_empty())
                .collect(),
            branding_themes: themes.into_iter().map(|(_, theme)| theme).collect(),
            tracking_categories: categories
                .iter()
                .filter(|category| is_active(category))
                .filter_map(read_category)
                .collect(),
        })
    }

    /// A list whose member is not named like its path.
    async fn list_of(&self, path: &str, member: &str) -> Result<Vec<Value>, Error> {
        let path = format!("/{path}");
        self.read(member, crate::call::Call::get(path.clone(), self.url(&path, &[]))).await
    }
}

fn unreadable() -> Error {
    Error::lost(Api::Xero, Effect::Read, "the answer does not show the organisation")
}

fn text(value: &Value, key: &str) -> String {
    some_text(value, key).unwrap_or_default()
}

fn some_text(value: &Value, key: &str) -> Option<String> {
    value.get(key).and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned)
}

fn flag(value: &Value, key: &str) -> bool {
    value.get(key).and_then(Value::as_bool).unwrap_or(false)
}

fn is_active(value: &Value) -> bool {
    text(value, "Status") == "ACTIVE"
}

fn read_account(account: &Value) -> XeroAccount {
    XeroAccount {
        code: some_text(account, "Code"),
        name: text(account, "Name"),
        kind: text(account, "Type"),
        class: text(account, "Class"),
        tax_type: some_text(account, "TaxType"),
        active: is_active(account),
        system: some_text(account, "SystemAccount").is_some(),
    }
}

fn read_tax_rate(rate: &Value) -> Option<XeroTaxRate> {
    let percentage = match rate.get("EffectiveRate") {
        Some(Value::Number(number)) => number.to_string(),
        Some(Value::String(text)) => text.clone(),
        _ => "0".to_owned(),
    };
    Some(XeroTaxRate {
        tax_type: some_text(rate, "TaxType")?,
        name: text(rate, "Name"),
        effective_rate: percentage.parse().or_else(|_| Decimal::from_scientific(&percentage)).ok()?,
        active: is_active(rate),
        sales: flag(rate, "CanApplyToRevenue"),
        purchases: flag(rate, "CanApplyToExpenses"),
    })
}

fn sort_order(theme: &Value) -> i64 {
    theme.get("SortOrder").and_then(Value::as_i64).unwrap_or(i64::MAX)
}

fn read_theme(theme: &Value) -> Option<BrandingTheme> {
    Some(BrandingTheme { id: some_text(theme, "BrandingThemeID")?, name: text(theme, "Name") })
}

fn read_category(category: &Value) -> Option<TrackingCategory> {
    let options = category.get("Options").and_then(Value::as_array);
    let read = |option: &Value| Some((some_text(option, "TrackingOptionID")?, text(option, "Name")));
    Some(TrackingCategory {
        id: some_text(category, "TrackingCategoryID")?,
        name: text(category, "Name"),
        options: options
            .map(|all| all.iter().filter(|one| is_active(one)).filter_map(read).collect())
            .unwrap_or_default(),
    })
}
