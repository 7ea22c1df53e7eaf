//! Which Xero account a line goes to: the product's, else the one that the product stands for, else its category's,
//! else the default of its side, else the first of the organisation's own list that fits.

use super::{BooksSide, Settings, SideAccounts, remedy};
use crate::id::ZohoId;
use crate::organisation::{XeroAccount, XeroOrganisation};
use crate::problem::{self, Problem};

/// Account types by preference when nobody has chosen a default: goods and services first.
const SALES_KINDS: [&str; 2] = ["SALES", "REVENUE"];
const PURCHASE_KINDS: [&str; 3] = ["DIRECTCOSTS", "EXPENSE", "OVERHEADS"];

/// The account of a line.
///
/// # Errors
/// `AccountUnmapped` when nothing is chosen and nothing fits, `AccountArchived` and `AccountInvalid` when the chosen
/// account can't be used any more.
pub fn resolve(
    settings: &Settings,
    organisation: &XeroOrganisation,
    side: BooksSide,
    product: Option<&ZohoId>,
    category: Option<&str>,
) -> Result<String, Problem> {
    let map = &settings.accounts;
    let chosen = product
        .and_then(|product| of_side(map.by_product.get(product.as_str())?, side))
        .or_else(|| stands_for(settings, organisation, side, product?))
        .or_else(|| of_side(map.by_category.get(category?.trim())?, side));
    match chosen {
        Some(code) => check(organisation, side, code, false),
        None => default(settings, organisation, side),
    }
}

/// The account of the line for a record's discount.
///
/// # Errors
/// As [`resolve`].
pub fn discount(settings: &Settings, organisation: &XeroOrganisation, side: BooksSide) -> Result<String, Problem> {
    match &settings.accounts.discount {
        Some(code) => check(organisation, side, code, false),
        None => default(settings, organisation, side),
    }
}

/// The account of the line for a record's adjustment.
///
/// # Errors
/// As [`resolve`].
pub fn adjustment(settings: &Settings, organisation: &XeroOrganisation, side: BooksSide) -> Result<String, Problem> {
    match &settings.accounts.adjustment {
        Some(code) => check(organisation, side, code, false),
        None => default(settings, organisation, side),
    }
}

/// Whether the account can be the default of this side.
#[must_use]
pub fn fits(account: &XeroAccount, side: BooksSide) -> bool {
    let class = match side {
        BooksSide::Sales => "REVENUE",
        BooksSide::Purchases => "EXPENSE",
    };
    usable(account) && account.class == class
}

/// Whether lines can use the account at all: active, with a code, no bank account and none of Xero's own.
#[must_use]
pub fn usable(account: &XeroAccount) -> bool {
    account.active && !account.system && account.kind != "BANK" && account.code.is_some()
}

/// The account for people: `200 Sales`.
#[must_use]
pub fn label(account: &XeroAccount) -> String {
    match &account.code {
        Some(code) => format!("{code} {}", account.name),
        None => account.name.clone(),
    }
}

/// The account for whose lines this product stands. Where it stands for several, the one of this side.
fn stands_for<'a>(
    settings: &'a Settings,
    organisation: &XeroOrganisation,
    side: BooksSide,
    product: &ZohoId,
) -> Option<&'a str> {
    let services = settings.products.services.iter();
    let codes: Vec<&str> =
        services.filter(|(code, id)| *id == product && !code.is_empty()).map(|(code, _)| code.as_str()).collect();
    let of_side = |code: &&&str| {
        let known = organisation.accounts.iter().find(|account| account.code.as_deref() == Some(**code));
        known.is_some_and(|account| fits(account, side))
    };
    match codes.as_slice() {
        [one] => Some(one),
        several => several.iter().find(of_side).copied(),
    }
}

fn of_side(accounts: &SideAccounts, side: BooksSide) -> Option<&str> {
    match side {
        BooksSide::Sales => accounts.sales.as_deref(),
        BooksSide::Purchases => accounts.purchases.as_deref(),
    }
}

/// The account of a side's lines while nobody has chosen one.
fn guess(organisation: &XeroOrganisation, side: BooksSide) -> Option<&str> {
    let kinds = match side {
        BooksSide::Sales => &SALES_KINDS[..],
        BooksSide::Purchases => &PURCHASE_KINDS[..],
    };
    let fitting = || organisation.accounts.iter().filter(|account| fits(account, side));
    let usual = kinds.iter().find_map(|kind| fitting().find(|account| account.kind == *kind));
    usual.or_else(|| fitting().next())?.code.as_deref()
}

/// The default account of a side as [`resolve`] gives it, without a word where there is none: the words of all problems
/// would travel to a browser with it.
#[must_use]
pub fn usual<'a>(settings: &'a Settings, organisation: &'a XeroOrganisation, side: BooksSide) -> Option<&'a str> {
    let chosen = match side {
        BooksSide::Sales => settings.accounts.sales.as_deref(),
        BooksSide::Purchases => settings.accounts.purchases.as_deref(),
    };
    let can = |code: &str| organisation.accounts.iter().any(|one| one.code.as_deref() == Some(code) && usable(one));
    match chosen {
        Some(code) => Some(code).filter(|code| can(code)),
        None => guess(organisation, side),
    }
}

fn default(settings: &Settings, organisation: &XeroOrganisation, side: BooksSide) -> Result<String, Problem> {
    let chosen = match side {
        BooksSide::Sales => &settings.accounts.sales,
        BooksSide::Purchases => &settings.accounts.purchases,
    };
    if let Some(code) = chosen {
        return check(organisation, side, code, true);
    }
    guess(organisation, side).map(str::to_owned).ok_or_else(|| {
        problem::account_unmapped()
            .at(problem::place_xero_accounts(organisation))
            .remedy(remedy::default_account(organisation, side))
    })
}

/// The chosen account, if lines can still use it. The choice of another one settles it only for a default.
fn check(organisation: &XeroOrganisation, side: BooksSide, code: &str, is_default: bool) -> Result<String, Problem> {
    let account = organisation.accounts.iter().find(|account| account.code.as_deref() == Some(code));
    let told = match account {
        Some(account) if usable(account) => return Ok(code.to_owned()),
        Some(account) if !account.active => problem::account_archived(label(account)),
        Some(account) => problem::account_invalid(label(account)),
        None => problem::account_invalid(code),
    };
    let told = told.at(problem::place_xero_accounts(organisation));
    Err(told.remedy(is_default.then(|| remedy::default_account(organisation, side))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;
    use crate::problem::Code;
    use crate::settings::AccountSettings;

    #[test]
    fn accounts_are_chosen_or_found() {
        use BooksSide::{Purchases, Sales};
        let xero = fixture::xero_organisation();
        let product = ZohoId::new("7").unwrap();
        let side = |sales: &str, purchases: Option<&str>| SideAccounts {
            sales: Some(sales.to_owned()),
            purchases: purchases.map(str::to_owned),
        };
        let accounts = AccountSettings {
            by_product: [("7".to_owned(), side("260", None))].into(),
            by_category: [
                ("Hardware".to_owned(), side("200", Some("400"))),
                ("Old".to_owned(), side("205", None)),
                ("Own".to_owned(), side("610", None)),
                ("Bank".to_owned(), side("090", None)),
                ("None".to_owned(), side("999", None)),
            ]
            .into(),
            ..AccountSettings::default()
        };
        let settings = Settings { accounts, ..Settings::default() };
        type Case<'a> = (BooksSide, Option<&'a ZohoId>, Option<&'a str>, Result<&'a str, Code>);
        let cases: &[Case<'_>] = &[
            (Sales, None, None, Ok("200")),
            (Purchases, None, None, Ok("300")),
            (Sales, Some(&product), Some("Hardware"), Ok("260")),
            (Purchases, Some(&product), Some("Hardware"), Ok("400")),
            (Sales, None, Some("Unknown"), Ok("200")),
            (Sales, None, Some("Old"), Err(Code::AccountArchived)),
            (Sales, None, Some("Own"), Err(Code::AccountInvalid)),
            (Sales, None, Some("Bank"), Err(Code::AccountInvalid)),
            (Sales, None, Some("None"), Err(Code::AccountInvalid)),
        ];
        for (side, product, category, wanted) in cases {
            let got = resolve(&settings, &xero, *side, *product, *category);
            assert_eq!(got.as_deref().map_err(|problem| problem.code), *wanted, "{side:?} {category:?}");
        }
        assert_eq!(discount(&settings, &xero, Sales).unwrap(), "200");
        assert_eq!(adjustment(&settings, &xero, Purchases).unwrap(), "300");
    }

    #[test]
    fn a_product_that_stands_for_an_account_goes_there() {
        use BooksSide::{Purchases, Sales};
        let xero = fixture::xero_organisation();
        let id = |text: &str| ZohoId::new(text).unwrap();
        let mut settings = Settings::default();
        settings.products.services =
            [("260", "7"), ("", "8"), ("200", "9"), ("400", "9")].map(|(code, of)| (code.to_owned(), id(of))).into();
        settings.accounts.by_category.insert(
            "Hardware".to_owned(),
            SideAccounts { sales: Some("200".to_owned()), purchases: Some("300".to_owned()) },
        );
        for (side, product, wanted) in [
            (Sales, "7", "260"),
            (Sales, "8", "200"),
            (Sales, "9", "200"),
            (Purchases, "9", "400"),
            (Purchases, "10", "300"),
        ] {
            let got = resolve(&settings, &xero, side, Some(&id(product)), Some("Hardware"));
            assert_eq!(got.as_deref(), Ok(wanted), "{side:?} {product}");
        }
        // The product's own choice comes first.
        let own = SideAccounts { sales: Some("200".to_owned()), purchases: None };
        settings.accounts.by_product.insert("7".to_owned(), own);
        assert_eq!(resolve(&settings, &xero, Sales, Some(&id("7")), None).as_deref(), Ok("200"));
    }

    #[test]
    fn an_archived_default_offers_others() {
        let xero = fixture::xero_organisation();
        let mut settings = Settings::default();
        settings.accounts.sales = Some("205".to_owned());
        let problem = resolve(&settings, &xero, BooksSide::Sales, None, None).unwrap_err();
        assert_eq!(problem.code, Code::AccountArchived);
        assert_eq!(problem.what, "The Xero account 205 Old sales is archived.");
        let labels = problem.remedy.unwrap().choices.into_iter().map(|choice| choice.label).collect::<Vec<_>>();
        assert_eq!(labels, ["260 Other Revenue", "200 Sales"]);
    }

    #[test]
    fn an_organisation_without_accounts_is_told() {
        let mut xero = fixture::xero_organisation();
        xero.accounts.clear();
        let problem = resolve(&Settings::default(), &xero, BooksSide::Sales, None, None).unwrap_err();
        assert_eq!(problem.code, Code::AccountUnmapped);
    }
}
