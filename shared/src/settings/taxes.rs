//! Which Xero tax type a line gets.
//!
//! The CRM knows a tax by name and percentage only, so a mapping decides. Without one a guess is made where it can't
//! go wrong: Xero's rate has the same name, or it is the only one of that side with that percentage, or among several
//! it is the one that Xero itself puts on the side's default account. Percentages of zero are never guessed, because
//! Australia alone has three of them that mean different things.

use super::{BooksSide, Choice, Remedy, SettingChange, Settings, TaxMapping, accounts, remedy};
use crate::organisation::{CrmOrganisation, CrmTax, XeroOrganisation, XeroTaxRate};
use crate::problem::{self, Code, Problem};
use crate::record::LineTax;
use rust_decimal::Decimal;

/// The no-tax types in the order in which they are preferred: out of the tax return altogether, then Xero's general
/// "no tax", then what is exempt.
const NO_TAX: [&str; 6] = ["BASEXCLUDED", "NONE", "EXEMPTOUTPUT", "EXEMPTEXPENSES", "EXEMPTINPUT", "ZERORATED"];

/// The tax type for a line's taxes; that of no tax when there are none.
///
/// # Errors
/// `TaxUnmapped` and `TaxSeveral` with a choice of rates; `TaxRateGone` and `TaxTypeWrongSide` when the mapped rate
/// can't be used any more or not on this side.
pub fn resolve(
    settings: &Settings,
    organisation: &XeroOrganisation,
    side: BooksSide,
    taxes: &[LineTax],
) -> Result<String, Problem> {
    match taxes {
        [] => Ok(no_tax(organisation, side)),
        [tax] => match mapped(settings, side, &tax.name) {
            Some(tax_type) => check(organisation, side, &tax.name, tax_type),
            None => guess(settings, organisation, side, tax)
                .ok_or_else(|| told(Code::TaxUnmapped, organisation, side, &tax.name, None)),
        },
        several => {
            let names = several.iter().map(|tax| tax.name.trim()).collect::<Vec<_>>();
            let mut sorted = names.clone();
            sorted.sort_unstable();
            let name = names.join(" + ");
            match mapped(settings, side, &name).or_else(|| mapped(settings, side, &sorted.join(" + "))) {
                Some(tax_type) => check(organisation, side, &name, tax_type),
                None => Err(told(Code::TaxSeveral, organisation, side, &name, None)),
            }
        }
    }
}

/// The tax type of lines without tax: the first active zero rate of that side in the order of [`NO_TAX`], else any
/// active zero rate of that side, else `NONE`, which every organisation knows.
#[must_use]
pub fn no_tax(organisation: &XeroOrganisation, side: BooksSide) -> String {
    let zero = || organisation.tax_rates.iter().filter(|rate| fits(rate, side) && rate.effective_rate.is_zero());
    NO_TAX
        .iter()
        .find_map(|wanted| zero().find(|rate| rate.tax_type == *wanted))
        .or_else(|| zero().next())
        .map_or_else(|| "NONE".to_owned(), |rate| rate.tax_type.clone())
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
        let sum = |taxes: &Vec<LineTax>| taxes.iter().map(|tax| tax.percentage).sum::<Decimal>();
        let at = candidates.iter().position(|taxes| Some(sum(taxes)) == percentage).unwrap_or_default();
        candidates.into_iter().nth(at)
    };
    let mut known: Vec<&CrmTax> = Vec::new();
    for tax in &crm.taxes {
        known.insert(known.partition_point(|other| other.name <= tax.name), tax);
    }
    let mut chosen = known
        .iter()
        .filter(|tax| mapped(settings, side, &tax.name) == Some(tax_type))
        .map(|tax| vec![line(tax)])
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

/// Several taxes that were mapped together: "City + State".
fn combinations(settings: &Settings, crm: &CrmOrganisation, side: BooksSide, tax_type: &str) -> Vec<Vec<LineTax>> {
    let of_side = |mapping: &TaxMapping| match side {
        BooksSide::Sales => mapping.sales.as_deref() == Some(tax_type),
        BooksSide::Purchases => mapping.purchases.as_deref() == Some(tax_type),
    };
    let named = |name: &str| {
        let tax = crm.taxes.iter().find(|tax| tax.name.trim().to_lowercase() == name.trim().to_lowercase())?;
        Some(LineTax { name: tax.name.clone(), percentage: tax.percentage, value: None })
    };
    let mapped = settings.taxes.iter().filter(|(name, mapping)| of_side(mapping) && named(name).is_none());
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
        label: format!("{} ({} %)", tax.name, tax.percentage.normalize()),
        change: SettingChange::Tax { crm_tax: tax.name.clone(), side, tax_type: tax_type.to_owned() },
    };
    // Only what the settings take is offered.
    let usable = rate.is_some_and(|rate| fits(rate, side));
    let choices = crm.taxes.iter().filter(|_| usable).map(choice).collect::<Vec<_>>();
    let remedy = (!choices.is_empty()).then(|| Remedy { label: format!("The CRM's tax for \"{name}\""), choices });
    problem::of(Code::TaxTypeUnmapped, &[("tax", name), ("line", line.to_owned())])
        .at(problem::place_xero_tax_rates(organisation))
        .remedy(remedy)
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

/// The mapped tax type of a CRM tax, by its name, else by its name in other letter case.
fn mapped<'a>(settings: &'a Settings, side: BooksSide, name: &str) -> Option<&'a str> {
    let of = |mapping: &'a TaxMapping| match side {
        BooksSide::Sales => mapping.sales.as_deref(),
        BooksSide::Purchases => mapping.purchases.as_deref(),
    };
    let wanted = name.trim().to_lowercase();
    settings.taxes.get(name).and_then(of).or_else(|| {
        settings.taxes.iter().filter(|(known, _)| known.trim().to_lowercase() == wanted).find_map(|(_, m)| of(m))
    })
}

/// The mapped rate, if it can still be used here.
fn check(organisation: &XeroOrganisation, side: BooksSide, crm_tax: &str, tax_type: &str) -> Result<String, Problem> {
    let rates = || organisation.tax_rates.iter().filter(|rate| rate.tax_type == tax_type);
    if rates().any(|rate| fits(rate, side)) {
        return Ok(tax_type.to_owned());
    }
    let code = if rates().any(|rate| rate.active) { Code::TaxTypeWrongSide } else { Code::TaxRateGone };
    Err(told(code, organisation, side, crm_tax, Some(tax_type)))
}

/// The tax type that is guessed for a CRM tax; none where one is chosen or none can be guessed.
pub(super) fn guessed(
    settings: &Settings,
    organisation: &XeroOrganisation,
    side: BooksSide,
    tax: &LineTax,
) -> Option<String> {
    if mapped(settings, side, &tax.name).is_some() {
        return None;
    }
    guess(settings, organisation, side, tax)
}

fn guess(settings: &Settings, organisation: &XeroOrganisation, side: BooksSide, tax: &LineTax) -> Option<String> {
    let fitting = || organisation.tax_rates.iter().filter(|rate| fits(rate, side));
    let wanted = tax.name.trim().to_lowercase();
    if wanted.is_empty() {
        return None;
    }
    let named = |rate: &&XeroTaxRate| rate.name.trim().to_lowercase() == wanted;
    let equal = |rate: &&XeroTaxRate| rate.effective_rate == tax.percentage;
    let alike = |rate: &&XeroTaxRate| {
        equal(rate) && rate.name.trim().to_lowercase().strip_prefix(&wanted).is_some_and(|rest| rest.starts_with(' '))
    };
    only(fitting().filter(named))
        .or_else(|| only(fitting().filter(alike)))
        .or_else(|| {
            if tax.percentage.is_zero() {
                return None;
            }
            only(fitting().filter(equal)).or_else(|| {
                let account = accounts::resolve(settings, organisation, side, None, None).ok()?;
                let account = organisation.accounts.iter().find(|one| one.code.as_ref() == Some(&account))?;
                only(fitting().filter(equal).filter(|rate| account.tax_type.as_ref() == Some(&rate.tax_type)))
            })
        })
        .map(|rate| rate.tax_type.clone())
}

/// The only one, if there is exactly one.
fn only<'a>(mut rates: impl Iterator<Item = &'a XeroTaxRate>) -> Option<&'a XeroTaxRate> {
    rates.next().filter(|_| rates.next().is_none())
}

fn told(
    code: Code,
    organisation: &XeroOrganisation,
    side: BooksSide,
    crm_tax: &str,
    tax_type: Option<&str>,
) -> Problem {
    let documents = match side {
        BooksSide::Sales => "invoices to customers",
        BooksSide::Purchases => "bills from suppliers",
    };
    let mut facts = vec![("tax", crm_tax.to_owned()), ("module", documents.to_owned())];
    if let Some(tax_type) = tax_type {
        let rate = organisation.tax_rates.iter().find(|rate| rate.tax_type == tax_type);
        facts.push(("value", rate.map_or_else(|| tax_type.to_owned(), |rate| rate.name.clone())));
    }
    problem::of(code, &facts).at(problem::place_xero_tax_rates(organisation)).remedy(remedy::tax(
        organisation,
        side,
        crm_tax,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

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
        ]);
        type Case<'a> = (&'a Settings, BooksSide, &'a [(&'a str, &'a str)], Result<&'a str, Code>);
        let cases: &[Case<'_>] = &[
            (&none, Sales, &[], Ok("BASEXCLUDED")),
            (&none, Purchases, &[], Ok("BASEXCLUDED")),
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
        ];
        for (settings, side, given, wanted) in cases {
            let got = resolve(settings, &xero, *side, &taxes(given));
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
            assert_eq!(got.as_deref().map_err(|problem| problem.code), wanted, "{default:?}");
        }
    }

    #[test]
    fn the_choice_holds_only_what_fits() {
        let xero = fixture::xero_organisation();
        let problem = resolve(&Settings::default(), &xero, BooksSide::Sales, &taxes(&[("GST 12%", "12")])).unwrap_err();
        assert_eq!(problem.what, "The tax \"GST 12%\" has no partner in Xero.");
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
    fn without_any_zero_rate_no_tax_is_none() {
        let mut xero = fixture::xero_organisation();
        xero.tax_rates.retain(|rate| !rate.effective_rate.is_zero());
        assert_eq!(no_tax(&xero, BooksSide::Sales), "NONE");
    }
}
