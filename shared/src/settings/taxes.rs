//! Which Xero tax type a line gets.
//!
//! A CRM tax is a name and a percentage, and so is a row of the mapping ([`row`]): another percentage is another row.
//! Without a row a guess is made where it can't go wrong: Xero's rate has this percentage and the same name, or it is
//! the only one of that side with that percentage, or among several it is the one that Xero itself puts on the side's
//! default account. Percentages of zero are never guessed by the percentage alone, because Australia alone has three of
//! them that mean different things.
//!
//! Lines without tax have a row, too ([`UNTAXED`]). Which of a country's zero rates they carry decides what its tax
//! return says, and no total shows a wrong one. So somebody has to choose, and until then each such document tells.

use super::{BooksSide, Choice, Remedy, SettingChange, Settings, TaxMapping, accounts, remedy};
use crate::organisation::{CrmOrganisation, CrmTax, XeroOrganisation, XeroTaxRate};
use crate::problem::{self, Problem, Severity};
use crate::record::LineTax;
use rust_decimal::Decimal;

/// The row of lines without tax: no CRM tax has an empty name.
pub const UNTAXED: &str = "";

/// The tax type under which Xero looks the tax up itself (United States, automatic sales tax). Its rate is listed as 0
/// and is none.
const LOOKED_UP: &str = "AVALARA";

/// The tax type of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chosen {
    /// Xero's TaxType.
    pub tax_type: String,
    /// What people have to be told of it; a warning.
    pub told: Option<Problem>,
}

/// The row of the mapping that a CRM tax has: `GST (10 %)`.
#[must_use]
pub fn row(name: &str, percentage: Decimal) -> String {
    format!("{} ({} %)", name.trim(), percentage.normalize())
}

/// The tax type for a line's taxes, of which there is at least one; for none it is that of [`untaxed`].
///
/// # Errors
/// `TaxUnmapped` and `TaxSeveral` with a choice of rates; `TaxRateDiffers` where a row of the name alone, which older
/// settings have, names a rate with another percentage; `TaxRateGone` and `TaxTypeWrongSide` when the mapped rate
/// can't be used any more or not on this side.
pub fn resolve(
    settings: &Settings,
    organisation: &XeroOrganisation,
    side: BooksSide,
    taxes: &[LineTax],
) -> Result<Chosen, Problem> {
    match taxes {
        [] => Ok(untaxed(settings, organisation, side, None)),
        [tax] => match mapped(settings, side, taxes) {
            Some(found) => check(organisation, side, taxes, found),
            None => match guess(settings, organisation, side, tax) {
                Some(tax_type) => Ok(Chosen { tax_type, told: None }),
                None => Err(settle(problem::tax_unmapped(row_of(taxes)), organisation, side, taxes)),
            },
        },
        _ => match mapped(settings, side, taxes) {
            Some(found) => check(organisation, side, taxes, found),
            None => Err(settle(problem::tax_several(row_of(taxes)), organisation, side, taxes)),
        },
    }
}

/// The tax type of a line without tax: that of its item where it is one of no tax, else the chosen one, else a guess,
/// which is told. `own` is the item's own tax type; there is none on lines without an item, such as those of a discount,
/// an adjustment or rounding.
#[must_use]
pub fn untaxed(settings: &Settings, organisation: &XeroOrganisation, side: BooksSide, own: Option<&str>) -> Chosen {
    if let Some(own) = own.filter(|own| is_zero(organisation, side, own)) {
        return Chosen { tax_type: own.to_owned(), told: None };
    }
    if let Some(chosen) = chosen_untaxed(settings, organisation, side) {
        return Chosen { tax_type: chosen.to_owned(), told: None };
    }
    let tax_type = guess_untaxed(organisation, side);
    let choice = remedy::tax(organisation, side, UNTAXED);
    if choice.choices.is_empty() {
        // There is nothing that could be chosen.
        return Chosen { tax_type, told: None };
    }
    let rate = organisation.tax_rates.iter().find(|rate| rate.tax_type == tax_type);
    let shown = rate.map_or_else(|| tax_type.clone(), |rate| label_untaxed(organisation, rate));
    let told = problem::untaxed_unchosen(shown, documents(side).to_owned())
        .at(problem::place_xero_tax_rates(organisation))
        .remedy(choice);
    Chosen { tax_type, told: Some(told) }
}

/// The tax type without tax that a line gets because Xero does not allow the one that it should have on its account, such
/// as a rate for income on an account of expenses, with the warning that says so. None where it is allowed, or nothing
/// else is.
#[must_use]
pub fn instead(
    organisation: &XeroOrganisation,
    side: BooksSide,
    tax_type: &str,
    account: &str,
) -> Option<(String, Problem)> {
    let account = organisation.accounts.iter().find(|known| known.code.as_deref() == Some(account))?;
    let allowed = |rate: &XeroTaxRate| match account.class.as_str() {
        "REVENUE" => rate.sales,
        "EXPENSE" => rate.purchases,
        // Of other classes the list does not say it.
        _ => true,
    };
    let wanted = organisation.tax_rates.iter().find(|rate| rate.tax_type == tax_type && rate.active)?;
    if allowed(wanted) {
        return None;
    }
    let mut others = organisation.tax_rates.iter().filter(|rate| stands_for_none(rate, side) && allowed(rate));
    let other = others.next()?;
    let told = problem::tax_type_not_with_account(label(wanted), accounts::label(account))
        .severity(Severity::Warning)
        .at(problem::place_xero_accounts(organisation));
    Some((other.tax_type.clone(), told))
}

/// The tax type that was chosen for lines without tax, as long as it can be used for them.
#[must_use]
pub fn chosen_untaxed<'a>(settings: &'a Settings, organisation: &XeroOrganisation, side: BooksSide) -> Option<&'a str> {
    let chosen = of_side(settings.taxes.get(UNTAXED)?, side)?;
    is_zero(organisation, side, chosen).then_some(chosen)
}

/// The tax type that lines without tax have while nobody has chosen: the country's usual one for what a registered
/// business sells or buys free of tax, else Xero's general ones, else any zero rate of that side, else `NONE`, which
/// every organisation knows.
pub(super) fn guess_untaxed(organisation: &XeroOrganisation, side: BooksSide) -> String {
    let usual: &[&str] = match organisation.country_code.as_str() {
        "AU" => &["EXEMPTOUTPUT", "EXEMPTEXPENSES"],
        "NZ" | "GB" | "SG" | "ZA" => &["ZERORATED", "ZERORATEDOUTPUT", "ZERORATEDINPUT"],
        _ => &[],
    };
    let zero = || organisation.tax_rates.iter().filter(|rate| stands_for_none(rate, side));
    usual
        .iter()
        .chain(&["NONE", "BASEXCLUDED"])
        .find_map(|wanted| zero().find(|rate| rate.tax_type == *wanted))
        .or_else(|| zero().next())
        .map_or_else(|| "NONE".to_owned(), |rate| rate.tax_type.clone())
}

/// Whether lines without tax can have the rate on this side.
#[must_use]
pub fn stands_for_none(rate: &XeroTaxRate, side: BooksSide) -> bool {
    fits(rate, side) && rate.effective_rate.is_zero() && rate.tax_type != LOOKED_UP
}

fn is_zero(organisation: &XeroOrganisation, side: BooksSide, tax_type: &str) -> bool {
    organisation.tax_rates.iter().any(|rate| rate.tax_type == tax_type && stands_for_none(rate, side))
}

/// A zero rate for people, with what the tax return makes of it where that is known: `BAS Excluded (0 %), not reported`.
#[must_use]
pub fn label_untaxed(organisation: &XeroOrganisation, rate: &XeroTaxRate) -> String {
    let reported = match reported(organisation, rate) {
        Some(true) => ", reported",
        Some(false) => ", not reported",
        None => "",
    };
    format!("{}{reported}", label(rate))
}

/// Whether the tax return names what is sold or bought at a zero rate; none where that is not known. By what the tax types
/// mean: <https://developer.xero.com/documentation/api/accounting/types#tax-rates>.
#[must_use]
pub fn reported(organisation: &XeroOrganisation, rate: &XeroTaxRate) -> Option<bool> {
    match rate.tax_type.as_str() {
        // American organisations have no return in Xero that would leave it out.
        "NONE" if organisation.country_code == "US" => None,
        "NONE" | "BASEXCLUDED" => Some(false),
        "INPUTTAXED" => Some(true),
        other => (other.starts_with("EXEMPT") || other.starts_with("ZERORATED")).then_some(true),
    }
}

/// The CRM's taxes that stand for a tax type of Xero's: those that an administrator mapped to it, else those that are
/// guessed to be it. Of several the one with Xero's percentage, else the first by name. Empty where the rate is zero
/// and no tax stands for it; none where nobody knows.
#[must_use]
pub fn to_crm(
    settings: &Settings,
    crm: &CrmOrganisation,
    organisation: &XeroOrganisation,
    side: BooksSide,
    tax_type: &str,
) -> Option<Vec<LineTax>> {
    let rate = organisation.tax_rates.iter().find(|rate| rate.tax_type == tax_type);
    let percentage = rate.map(|rate| rate.effective_rate);
    let line = |tax: &CrmTax| LineTax { name: tax.name.clone(), percentage: tax.percentage, value: None };
    let fitting = |candidates: Vec<Vec<LineTax>>| {
        let at = candidates.iter().position(|taxes| Some(sum(taxes)) == percentage).unwrap_or_default();
        candidates.into_iter().nth(at)
    };
    let mut known: Vec<&CrmTax> = Vec::new();
    for tax in &crm.taxes {
        known.insert(known.partition_point(|other| other.name <= tax.name), tax);
    }
    let mut chosen = known
        .iter()
        .map(|tax| vec![line(tax)])
        // A row of the name alone holds for its rate's percentage only.
        .filter(|tax| {
            mapped(settings, side, tax).is_some_and(|found| {
                found.tax_type == tax_type && (found.exact || percentage.is_none_or(|rate| rate == sum(tax)))
            })
        })
        .collect::<Vec<_>>();
    chosen.extend(combinations(settings, crm, side, tax_type));
    if let Some(taxes) = fitting(chosen) {
        return Some(taxes);
    }
    let guessed =
        known.iter().filter(|tax| guessed(settings, organisation, side, &line(tax)).as_deref() == Some(tax_type));
    if let Some(taxes) = fitting(guessed.map(|tax| vec![line(tax)]).collect()) {
        return Some(taxes);
    }
    match rate {
        Some(rate) if rate.effective_rate.is_zero() => Some(Vec::new()),
        // Nobody can map a rate that is gone or of the other side, and old documents still carry it.
        Some(rate) if !fits(rate, side) => {
            known.iter().find(|tax| tax.percentage == rate.effective_rate).map(|tax| vec![line(tax)])
        }
        Some(_) => None,
        None => (tax_type == "NONE").then(Vec::new),
    }
}

/// Several taxes that were mapped together: "City (4 %) + State (3 %)", in older settings "City + State".
fn combinations(settings: &Settings, crm: &CrmOrganisation, side: BooksSide, tax_type: &str) -> Vec<Vec<LineTax>> {
    let named = |name: &str| {
        let is = |known: &str| known.trim().to_lowercase() == name.trim().to_lowercase();
        let tax = crm.taxes.iter().find(|tax| is(&tax.name) || is(&row(&tax.name, tax.percentage)))?;
        Some(LineTax { name: tax.name.clone(), percentage: tax.percentage, value: None })
    };
    let mapped = settings
        .taxes
        .iter()
        .filter(|(name, mapping)| of_side(mapping, side) == Some(tax_type) && named(name).is_none());
    mapped
        .filter_map(|(name, _)| name.split(" + ").map(named).collect::<Option<Vec<_>>>())
        .filter(|taxes| taxes.len() > 1)
        .collect()
}

/// Tells that no tax of the CRM stands for a tax type of Xero's, with the choice of one.
#[must_use]
pub fn unmapped_in_crm(
    crm: &CrmOrganisation,
    organisation: &XeroOrganisation,
    side: BooksSide,
    tax_type: &str,
    line: &str,
) -> Problem {
    let rate = organisation.tax_rates.iter().find(|rate| rate.tax_type == tax_type);
    let name = rate.map_or_else(|| tax_type.to_owned(), label);
    let choice = |tax: &CrmTax| Choice {
        label: row(&tax.name, tax.percentage),
        change: SettingChange::Tax { crm_tax: row(&tax.name, tax.percentage), side, tax_type: tax_type.to_owned() },
    };
    // Only what the settings take is offered.
    let usable = rate.is_some_and(|rate| fits(rate, side));
    let choices = crm.taxes.iter().filter(|_| usable).map(choice).collect::<Vec<_>>();
    let remedy = (!choices.is_empty()).then(|| Remedy { label: format!("The CRM's tax for \"{name}\""), choices });
    problem::tax_type_unmapped(name, line.to_owned()).at(problem::place_xero_tax_rates(organisation)).remedy(remedy)
}

/// Whether documents of this side can use the rate.
#[must_use]
pub fn fits(rate: &XeroTaxRate, side: BooksSide) -> bool {
    rate.active
        && match side {
            BooksSide::Sales => rate.sales,
            BooksSide::Purchases => rate.purchases,
        }
}

/// The rate for people: `GST on Income (10 %)`.
#[must_use]
pub fn label(rate: &XeroTaxRate) -> String {
    format!("{} ({} %)", rate.name, rate.effective_rate.normalize())
}

/// A row of the mapping for one side.
#[derive(Debug, Clone, Copy)]
struct Mapped<'a> {
    tax_type: &'a str,
    /// Whether the row has the percentage: then somebody chose for this very percentage.
    exact: bool,
}

fn of_side(mapping: &TaxMapping, side: BooksSide) -> Option<&str> {
    match side {
        BooksSide::Sales => mapping.sales.as_deref(),
        BooksSide::Purchases => mapping.purchases.as_deref(),
    }
}

fn sum(taxes: &[LineTax]) -> Decimal {
    taxes.iter().fold(Decimal::ZERO, |sum, tax| sum.saturating_add(tax.percentage))
}

/// Taxes as the row of the mapping that is theirs, in the order in which they stand.
fn row_of(taxes: &[LineTax]) -> String {
    taxes.iter().map(|tax| row(&tax.name, tax.percentage)).collect::<Vec<_>>().join(" + ")
}

/// The mapped tax type of CRM taxes: by names and percentages, else by the names alone, in any letter case and, of
/// several, as they stand or sorted.
fn mapped<'a>(settings: &'a Settings, side: BooksSide, taxes: &[LineTax]) -> Option<Mapped<'a>> {
    let by = |part: fn(&LineTax) -> String| {
        let given = taxes.iter().map(part).collect::<Vec<_>>();
        let mut sorted = given.clone();
        sorted.sort_unstable();
        [given.join(" + "), sorted.join(" + ")].into_iter().find_map(|name| find(settings, side, &name))
    };
    let exact = by(|tax| row(&tax.name, tax.percentage)).map(|tax_type| Mapped { tax_type, exact: true });
    exact.or_else(|| by(|tax| tax.name.trim().to_owned()).map(|tax_type| Mapped { tax_type, exact: false }))
}

fn find<'a>(settings: &'a Settings, side: BooksSide, name: &str) -> Option<&'a str> {
    // A tax without a name is not a line without tax.
    if name.is_empty() {
        return None;
    }
    let wanted = name.to_lowercase();
    settings.taxes.get(name).and_then(|mapping| of_side(mapping, side)).or_else(|| {
        let alike = settings.taxes.iter().filter(|(known, _)| known.trim().to_lowercase() == wanted);
        alike.filter_map(|(_, mapping)| of_side(mapping, side)).next()
    })
}

/// The mapped rate, if it can still be used here. One with another percentage goes only where somebody chose it for this
/// very percentage, and is told even then.
fn check(
    organisation: &XeroOrganisation,
    side: BooksSide,
    taxes: &[LineTax],
    found: Mapped<'_>,
) -> Result<Chosen, Problem> {
    let rates = || organisation.tax_rates.iter().filter(|rate| rate.tax_type == found.tax_type);
    let shown = rates().next().map_or_else(|| found.tax_type.to_owned(), label);
    let Some(rate) = rates().find(|rate| fits(rate, side)) else {
        let told = match rates().any(|rate| rate.active) {
            true => problem::tax_type_wrong_side(shown, row_of(taxes), Some(documents(side).to_owned())),
            false => problem::tax_rate_gone(row_of(taxes), shown),
        };
        return Err(settle(told, organisation, side, taxes));
    };
    let tax_type = found.tax_type.to_owned();
    if rate.effective_rate == sum(taxes) {
        return Ok(Chosen { tax_type, told: None });
    }
    let is = rates().next().unwrap_or(rate).effective_rate.normalize().to_string();
    let differs = problem::tax_rate_differs(row_of(taxes), is, shown, sum(taxes).normalize().to_string());
    let differs = settle(differs, organisation, side, taxes);
    if found.exact { Ok(Chosen { tax_type, told: Some(differs.severity(Severity::Warning)) }) } else { Err(differs) }
}

/// The tax type that is guessed for a CRM tax; none where one is chosen or none can be guessed.
pub(super) fn guessed(
    settings: &Settings,
    organisation: &XeroOrganisation,
    side: BooksSide,
    tax: &LineTax,
) -> Option<String> {
    match mapped(settings, side, std::slice::from_ref(tax)) {
        Some(_) => None,
        None => guess(settings, organisation, side, tax),
    }
}

fn guess(settings: &Settings, organisation: &XeroOrganisation, side: BooksSide, tax: &LineTax) -> Option<String> {
    let equal = || {
        let fits = |rate: &&XeroTaxRate| fits(rate, side) && rate.tax_type != LOOKED_UP;
        organisation.tax_rates.iter().filter(fits).filter(|rate| rate.effective_rate == tax.percentage)
    };
    let wanted = tax.name.trim().to_lowercase();
    if wanted.is_empty() {
        return None;
    }
    let named = |rate: &&XeroTaxRate| rate.name.trim().to_lowercase() == wanted;
    let alike = |rate: &&XeroTaxRate| {
        rate.name.trim().to_lowercase().strip_prefix(&wanted).is_some_and(|rest| rest.starts_with(' '))
    };
    only(equal().filter(named))
        .or_else(|| only(equal().filter(alike)))
        .or_else(|| {
            if tax.percentage.is_zero() {
                return None;
            }
            only(equal()).or_else(|| {
                let account = accounts::usual(settings, organisation, side)?;
                let account = organisation.accounts.iter().find(|one| one.code.as_deref() == Some(account))?;
                only(equal().filter(|rate| account.tax_type.as_ref() == Some(&rate.tax_type)))
            })
        })
        .map(|rate| rate.tax_type.clone())
}

/// The only one, if there is exactly one.
fn only<'a>(mut rates: impl Iterator<Item = &'a XeroTaxRate>) -> Option<&'a XeroTaxRate> {
    rates.next().filter(|_| rates.next().is_none())
}

fn documents(side: BooksSide) -> &'static str {
    match side {
        BooksSide::Sales => "invoices to customers",
        BooksSide::Purchases => "bills from suppliers",
    }
}

/// With the choice of another rate for these taxes.
fn settle(told: Problem, organisation: &XeroOrganisation, side: BooksSide, taxes: &[LineTax]) -> Problem {
    told.at(problem::place_xero_tax_rates(organisation)).remedy(remedy::tax(organisation, side, &row_of(taxes)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;
    use crate::problem::Code;

    fn taxes(names: &[(&str, &str)]) -> Vec<LineTax> {
        let tax = |(name, percentage): &(&str, &str)| LineTax {
            name: (*name).to_owned(),
            percentage: percentage.parse::<Decimal>().unwrap(),
            value: None,
        };
        names.iter().map(tax).collect()
    }

    fn settings(map: &[(&str, Option<&str>, Option<&str>)]) -> Settings {
        let taxes = map.iter().map(|(name, sales, purchases)| {
            let mapping = TaxMapping { sales: sales.map(str::to_owned), purchases: purchases.map(str::to_owned) };
            ((*name).to_owned(), mapping)
        });
        Settings { taxes: taxes.collect(), ..Settings::default() }
    }

    #[test]
    fn taxes_become_tax_types_or_problems() {
        use BooksSide::{Purchases, Sales};
        let xero = fixture::xero_organisation();
        let none = settings(&[]);
        let some = settings(&[
            ("GST", Some("OUTPUT"), Some("INPUT")),
            ("Old", Some("TAX001"), None),
            ("Lost", Some("TAX999"), None),
            ("Turned", Some("INPUT"), None),
            ("City + State", Some("TAX002"), None),
            ("VAT (8 %)", Some("TAX002"), None),
            ("VAT", Some("OUTPUT"), None),
            ("A (1 %) + B (5 %)", Some("TAX002"), None),
        ]);
        type Case<'a> = (&'a Settings, BooksSide, &'a [(&'a str, &'a str)], Result<&'a str, Code>);
        let cases: &[Case<'_>] = &[
            (&none, Sales, &[], Ok("EXEMPTOUTPUT")),
            (&none, Purchases, &[], Ok("EXEMPTEXPENSES")),
            (&none, Sales, &[("GST", "10")], Ok("OUTPUT")),
            (&none, Sales, &[("GST", "10.0")], Ok("OUTPUT")),
            (&none, Sales, &[("gst free income", "0")], Ok("EXEMPTOUTPUT")),
            (&none, Sales, &[("No tax", "0")], Err(Code::TaxUnmapped)),
            (&none, Sales, &[("GST 12%", "12")], Err(Code::TaxUnmapped)),
            // Two rates of 10 % on this side: expenses and capital.
            (&none, Purchases, &[("GST", "10")], Err(Code::TaxUnmapped)),
            (&some, Purchases, &[("GST", "10")], Ok("INPUT")),
            (&some, Purchases, &[(" gst ", "10")], Ok("INPUT")),
            (&some, Sales, &[("Old", "5")], Err(Code::TaxRateGone)),
            (&some, Sales, &[("Lost", "5")], Err(Code::TaxRateGone)),
            (&some, Sales, &[("Turned", "10")], Err(Code::TaxTypeWrongSide)),
            (&some, Sales, &[("City", "4"), ("State", "3")], Ok("TAX002")),
            (&some, Sales, &[("State", "3"), ("City", "4")], Ok("TAX002")),
            (&none, Sales, &[("City", "4"), ("State", "3")], Err(Code::TaxSeveral)),
            // A row of the name alone is one of its rate's percentage.
            (&some, Sales, &[("GST", "8")], Err(Code::TaxRateDiffers)),
            (&some, Sales, &[("GST", "0")], Err(Code::TaxRateDiffers)),
            (&some, Purchases, &[("GST", "12.5")], Err(Code::TaxRateDiffers)),
            (&some, Sales, &[("City", "4"), ("State", "3.5")], Err(Code::TaxRateDiffers)),
            // Each percentage can have a row of its own, and somebody has chosen for it.
            (&some, Sales, &[("VAT", "10")], Ok("OUTPUT")),
            (&some, Sales, &[("vat", "8.00")], Ok("TAX002")),
            (&some, Sales, &[("VAT", "9")], Err(Code::TaxRateDiffers)),
            (&some, Sales, &[("B", "5"), ("A", "1")], Ok("TAX002")),
            // Xero's rate of the same name has another percentage.
            (&none, Sales, &[("GST on Income", "8")], Err(Code::TaxUnmapped)),
            (&none, Sales, &[("", "10")], Err(Code::TaxUnmapped)),
        ];
        for (settings, side, given, wanted) in cases {
            let got = resolve(settings, &xero, *side, &taxes(given));
            let got = got.map(|chosen| chosen.tax_type);
            assert_eq!(got.as_deref().map_err(|problem| problem.code), *wanted, "{side:?} {given:?}");
        }
    }

    /// Every Australian organisation has two rates of 10 % on purchases: on expenses and on capital.
    #[test]
    fn among_equal_rates_that_of_the_default_account_is_taken() {
        let mut xero = fixture::xero_organisation();
        let code = accounts::resolve(&Settings::default(), &xero, BooksSide::Purchases, None, None).unwrap();
        let of = |tax_type: &str| Some(tax_type.to_owned());
        for (default, wanted) in [(of("INPUT"), Ok("INPUT")), (of("BASEXCLUDED"), Err(Code::TaxUnmapped))] {
            for account in xero.accounts.iter_mut().filter(|account| account.code.as_ref() == Some(&code)) {
                account.tax_type.clone_from(&default);
            }
            let got = resolve(&Settings::default(), &xero, BooksSide::Purchases, &taxes(&[("GST", "10")]));
            let got = got.map(|chosen| chosen.tax_type);
            assert_eq!(got.as_deref().map_err(|problem| problem.code), wanted, "{default:?}");
        }
    }

    #[test]
    fn the_choice_holds_only_what_fits() {
        let xero = fixture::xero_organisation();
        let problem = resolve(&Settings::default(), &xero, BooksSide::Sales, &taxes(&[("GST 12%", "12")])).unwrap_err();
        assert_eq!(problem.what, "The tax \"GST 12% (12 %)\" has no partner in Xero.");
        let choices = problem.remedy.unwrap().choices;
        let labels = choices.iter().map(|choice| choice.label.as_str()).collect::<Vec<_>>();
        assert_eq!(
            labels,
            ["GST on Income (10 %)", "GST Free Income (0 %)", "BAS Excluded (0 %)", "City and state (7 %)"]
        );
    }

    #[test]
    fn tax_types_come_back_as_the_crm_s_taxes() {
        use BooksSide::{Purchases, Sales};
        let xero = fixture::xero_organisation();
        let mut crm = fixture::crm_organisation();
        let tax = |name: &str, percentage: i64| CrmTax { name: name.to_owned(), percentage: percentage.into() };
        crm.taxes =
            vec![tax("VAT", 10), tax("GST", 10), tax("State", 3), tax("City", 4), tax("Old", 5), tax("Free", 0)];
        let none = settings(&[]);
        let chosen = settings(&[("VAT", Some("OUTPUT"), None), ("GST", None, Some("INPUT"))]);
        let several = settings(&[
            ("Old", Some("OUTPUT"), None),
            ("VAT", Some("OUTPUT"), None),
            ("GST", Some("OUTPUT"), None),
            ("Free", Some("EXEMPTOUTPUT"), None),
            ("city + state", Some("TAX002"), None),
        ]);
        type Case<'a> = (&'a Settings, BooksSide, &'a str, Option<&'a [&'a str]>);
        let cases: &[Case<'_>] = &[
            // Guessed by the percentage, the first by name.
            (&none, Sales, "OUTPUT", Some(&["GST"])),
            (&none, Sales, "EXEMPTOUTPUT", Some(&[])),
            (&none, Sales, "TAX002", None),
            (&none, Sales, "NONE", Some(&[])),
            (&none, Sales, "TAX999", None),
            // Two rates of 10 % on this side.
            (&none, Purchases, "INPUT", None),
            // An archived rate, which nobody can map any more.
            (&none, Sales, "TAX001", Some(&["Old"])),
            (&chosen, Sales, "OUTPUT", Some(&["VAT"])),
            (&chosen, Purchases, "INPUT", Some(&["GST"])),
            // Of several that were chosen, the one with the same percentage, the first by name.
            (&several, Sales, "OUTPUT", Some(&["GST"])),
            (&several, Sales, "EXEMPTOUTPUT", Some(&["Free"])),
            (&several, Sales, "TAX002", Some(&["City", "State"])),
        ];
        for (settings, side, tax_type, wanted) in cases {
            let got = to_crm(settings, &crm, &xero, *side, tax_type);
            let names = got.map(|taxes| taxes.into_iter().map(|tax| tax.name).collect::<Vec<_>>());
            let wanted = wanted.map(|names| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>());
            assert_eq!(names, wanted, "{side:?} {tax_type}");
        }
        let told = unmapped_in_crm(&crm, &xero, Purchases, "INPUT", "3");
        assert_eq!(told.what, "Xero's tax \"GST on Expenses (10 %)\" has no partner in the CRM.");
        assert_eq!(told.remedy.map(|remedy| remedy.choices.len()), Some(6));
        assert!(unmapped_in_crm(&crm, &xero, Purchases, "TAX999", "3").remedy.is_none());
    }

    #[test]
    fn another_percentage_is_told_even_where_it_was_chosen() {
        let xero = fixture::xero_organisation();
        let told = |name: &str, given: &[(&str, &str)]| {
            let settings = settings(&[(name, Some("OUTPUT"), None)]);
            resolve(&settings, &xero, BooksSide::Sales, &taxes(given))
        };
        assert_eq!(told("GST (10 %)", &[("GST", "10")]).unwrap().told, None);
        let chosen = told("GST (8 %)", &[("GST", "8")]).unwrap();
        let problem = chosen.told.unwrap();
        assert_eq!((chosen.tax_type.as_str(), problem.severity), ("OUTPUT", Severity::Warning));
        assert_eq!(problem.what, "The tax \"GST (8 %)\" would go to Xero at 10 %.");
        assert!(problem.why.contains("8 %"), "{}", problem.why);
        let problem = told("GST", &[("GST", "8")]).unwrap_err();
        assert_eq!((problem.code, problem.severity), (Code::TaxRateDiffers, Severity::Error));
        // What it offers gives this percentage a row of its own.
        let change = problem.remedy.unwrap().choices.remove(0).change;
        let SettingChange::Tax { crm_tax, .. } = change else { panic!("{change:?}") };
        assert_eq!(crm_tax, "GST (8 %)");
    }

    /// A zero rate: its type and name, and whether it may stand on sales and on purchases.
    type ZeroRate = (&'static str, &'static str, bool, bool);

    /// Zero rates of some countries, as their organisations have them, and which of them is guessed for sales and purchases.
    const COUNTRIES: &[(&str, &[ZeroRate], &str, &str)] = &[
        (
            "AU",
            &[
                ("BASEXCLUDED", "BAS Excluded", true, true),
                ("EXEMPTOUTPUT", "GST Free Income", true, false),
                ("EXEMPTEXPENSES", "GST Free Expenses", false, true),
                ("INPUTTAXED", "Input Taxed", true, false),
            ],
            "EXEMPTOUTPUT",
            "EXEMPTEXPENSES",
        ),
        ("NZ", &[("NONE", "No GST", true, true), ("ZERORATED", "Zero Rated", true, false)], "ZERORATED", "NONE"),
        (
            "GB",
            &[
                ("NONE", "No VAT", true, true),
                ("ZERORATEDOUTPUT", "Zero Rated Income", true, false),
                ("ZERORATEDINPUT", "Zero Rated Expenses", false, true),
                ("EXEMPTOUTPUT", "Exempt Income", true, false),
                ("EXEMPTEXPENSES", "Exempt Expenses", false, true),
            ],
            "ZERORATEDOUTPUT",
            "ZERORATEDINPUT",
        ),
        ("US", &[("AVALARA", "Automatic Sales Tax", true, false), ("NONE", "Tax Exempt", true, true)], "NONE", "NONE"),
        ("US", &[("AVALARA", "Automatic Sales Tax", true, false)], "NONE", "NONE"),
        ("ZA", &[("NONE", "No VAT", true, true), ("ZERORATED", "Zero Rated", true, true)], "ZERORATED", "ZERORATED"),
        (
            "SG",
            &[("NONE", "No Tax", true, true), ("ZERORATEDOUTPUT", "Zero-Rated Supplies", true, false)],
            "ZERORATEDOUTPUT",
            "NONE",
        ),
        ("DE", &[("TAX007", "Steuerfrei", true, false), ("NONE", "Tax Exempt", true, true)], "NONE", "NONE"),
        ("DE", &[("TAX007", "Steuerfrei", true, false)], "TAX007", "NONE"),
    ];

    #[test]
    fn lines_without_tax_are_asked_about_in_every_country() {
        for (country, rates, sales, purchases) in COUNTRIES {
            let mut xero = fixture::xero_organisation();
            xero.country_code = (*country).to_owned();
            let rate = |(tax_type, name, sales, purchases): &(&str, &str, bool, bool)| XeroTaxRate {
                tax_type: (*tax_type).to_owned(),
                name: (*name).to_owned(),
                effective_rate: Decimal::ZERO,
                active: true,
                sales: *sales,
                purchases: *purchases,
            };
            xero.tax_rates = rates.iter().map(rate).collect();
            for (side, wanted) in [(BooksSide::Sales, sales), (BooksSide::Purchases, purchases)] {
                let none = Settings::default();
                let guessed = untaxed(&none, &xero, side, None);
                assert_eq!(guessed.tax_type, **wanted, "{country} {side:?}");
                let Some(told) = guessed.told else {
                    assert!(remedy::tax(&xero, side, UNTAXED).choices.is_empty(), "{country} {side:?}");
                    continue;
                };
                assert_eq!((told.code, told.severity), (Code::UntaxedUnchosen, Severity::Warning));
                // Every choice ends the asking, and is kept whatever the item says of taxed sales.
                for choice in told.remedy.unwrap().choices {
                    let SettingChange::Tax { crm_tax, tax_type, .. } = choice.change else { panic!() };
                    let mapping = TaxMapping { sales: Some(tax_type.clone()), purchases: Some(tax_type.clone()) };
                    let settings = Settings { taxes: [(crm_tax, mapping)].into(), ..Settings::default() };
                    for own in [None, Some("OUTPUT"), Some("AVALARA"), Some("TAX999")] {
                        let chosen = untaxed(&settings, &xero, side, own);
                        assert_eq!(chosen, Chosen { tax_type: tax_type.clone(), told: None }, "{country} {own:?}");
                    }
                }
            }
        }
        let xero = fixture::xero_organisation();
        let labels = remedy::tax(&xero, BooksSide::Sales, UNTAXED).choices.into_iter().map(|choice| choice.label);
        assert_eq!(labels.collect::<Vec<_>>(), ["GST Free Income (0 %), reported", "BAS Excluded (0 %), not reported"]);
    }

    #[test]
    fn a_rate_of_the_other_class_of_accounts_is_not_sent() {
        let xero = fixture::xero_organisation();
        let got = |side, tax_type, account| instead(&xero, side, tax_type, account);
        let (tax_type, told) = got(BooksSide::Sales, "EXEMPTOUTPUT", "400").unwrap();
        assert_eq!((tax_type.as_str(), told.severity), ("BASEXCLUDED", Severity::Warning));
        assert!(told.what.contains("GST Free Income") && told.what.contains("400 Advertising"), "{}", told.what);
        assert_eq!(got(BooksSide::Purchases, "EXEMPTEXPENSES", "260").unwrap().0, "BASEXCLUDED");
        for (side, tax_type, account) in [
            (BooksSide::Sales, "EXEMPTOUTPUT", "200"),
            (BooksSide::Sales, "BASEXCLUDED", "400"),
            (BooksSide::Purchases, "EXEMPTEXPENSES", "300"),
            (BooksSide::Sales, "EXEMPTOUTPUT", "404"),
        ] {
            assert_eq!(got(side, tax_type, account), None, "{side:?} {tax_type} {account}");
        }
    }

    #[test]
    fn an_items_own_type_without_tax_goes_first() {
        let xero = fixture::xero_organisation();
        let settings = settings(&[(UNTAXED, Some("EXEMPTOUTPUT"), None)]);
        let chosen = |side, own| untaxed(&settings, &xero, side, Some(own)).tax_type;
        assert_eq!(chosen(BooksSide::Sales, "BASEXCLUDED"), "BASEXCLUDED");
        // Taxed, of the other side, unknown.
        for own in ["OUTPUT", "EXEMPTEXPENSES", "TAX404"] {
            assert_eq!(chosen(BooksSide::Sales, own), "EXEMPTOUTPUT", "{own}");
        }
    }
}
