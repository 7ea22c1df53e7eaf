//! Xero's arithmetic, so that the cent is known before anything is sent, and the comparison with the CRM's total.
//!
//! Prices keep 4 decimals (`unitdp=4`), quantities 4; a line amount is rounded once to cents, its tax is taken from the
//! rounded amount and rounded again, and the document adds the lines up. Halves go away from zero. These rules
//! reproduce Xero's worked examples and recorded documents (<https://developer.xero.com/documentation/guides/>).

use crate::api::TotalsView;
use crate::module::Module;
use crate::organisation::XeroOrganisation;
use crate::problem::{self, Problem};
use crate::record::{Discount, Document, LineAmountTypes};
use crate::settings::{Choice, Remedy, SettingChange, accounts};
use rust_decimal::{Decimal, RoundingStrategy};

/// What Xero will make of a document.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Totals {
    /// Without tax.
    pub sub_total: Decimal,
    /// The tax.
    pub total_tax: Decimal,
    /// With tax.
    pub total: Decimal,
    /// Line by line, in the document's order.
    pub lines: Vec<LineTotals>,
}

/// What Xero will make of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LineTotals {
    /// `LineAmount`: after the discount; with tax when the document is `Inclusive`.
    pub amount: Decimal,
    /// `TaxAmount`.
    pub tax: Decimal,
}

/// Rounded to cents, halves away from zero.
#[must_use]
pub fn cents(amount: Decimal) -> Decimal {
    round(amount, 2)
}

/// Rounded to so many decimals, halves away from zero.
#[must_use]
pub fn round(amount: Decimal, decimals: u32) -> Decimal {
    amount.round_dp_with_strategy(decimals, RoundingStrategy::MidpointAwayFromZero)
}

/// A line's amount after its discount, rounded once to cents.
#[must_use]
pub fn discounted(gross: Decimal, discount: Option<Discount>) -> Decimal {
    cents(match discount {
        None => gross,
        Some(Discount::Percent(rate)) => {
            gross.saturating_mul(Decimal::ONE_HUNDRED.saturating_sub(rate) / Decimal::ONE_HUNDRED)
        }
        Some(Discount::Amount(amount)) => gross.saturating_sub(amount),
    })
}

/// Computes a document in Xero's terms as Xero does. A tax type of which `rate_of` knows nothing counts as untaxed.
pub fn predict(document: &Document, rate_of: impl Fn(&str) -> Option<Decimal>) -> Totals {
    let types = document.line_amount_types.get().copied().unwrap_or_default();
    let mut totals = Totals::default();
    let mut amounts = Decimal::ZERO;
    for line in document.lines.get().map(Vec::as_slice).unwrap_or_default() {
        let gross = round(line.quantity, 4).saturating_mul(round(line.unit_price, 4));
        let amount = discounted(gross, line.discount);
        let rate = line.tax_type.as_deref().and_then(&rate_of).unwrap_or_default();
        let tax = match types {
            LineAmountTypes::Exclusive => cents(amount.saturating_mul(rate / Decimal::ONE_HUNDRED)),
            LineAmountTypes::Inclusive => {
                let share = rate.checked_div(Decimal::ONE_HUNDRED.saturating_add(rate)).unwrap_or_default();
                // The quotient is cut at 28 digits; multiplying first keeps a half cent a half cent.
                let exact = amount
                    .checked_mul(rate)
                    .and_then(|product| product.checked_div(Decimal::ONE_HUNDRED.saturating_add(rate)))
                    .unwrap_or_else(|| amount.saturating_mul(share));
                cents(exact)
            }
            LineAmountTypes::NoTax => Decimal::ZERO,
        };
        amounts = amounts.saturating_add(amount);
        totals.total_tax = totals.total_tax.saturating_add(tax);
        totals.lines.push(LineTotals { amount, tax });
    }
    match types {
        LineAmountTypes::Inclusive => {
            totals.total = amounts;
            totals.sub_total = amounts.saturating_sub(totals.total_tax);
        }
        LineAmountTypes::Exclusive | LineAmountTypes::NoTax => {
            totals.sub_total = amounts;
            totals.total = amounts.saturating_add(totals.total_tax);
        }
    }
    totals
}

/// How far Xero's total may be from the CRM's so that it counts as rounding: one cent a line.
#[must_use]
pub fn tolerance(lines: usize) -> Decimal {
    Decimal::new(i64::try_from(lines).unwrap_or(i64::MAX), 2)
}

/// As [`tolerance`], where the currency's smallest coin is more than a cent: the CRM rounds taxes and discounts to whole
/// yen, Xero to hundredths.
#[must_use]
pub fn tolerance_in(currency: &str, lines: usize) -> Decimal {
    match decimals(currency) {
        0 => tolerance(lines).saturating_mul(Decimal::ONE_HUNDRED),
        _ => tolerance(lines),
    }
}

/// Decimals in which a currency is counted (ISO 4217). Xero keeps 2 of every amount.
#[must_use]
pub fn decimals(currency: &str) -> u32 {
    match currency {
        "BIF" | "CLP" | "DJF" | "GNF" | "ISK" | "JPY" | "KMF" | "KRW" | "PYG" | "RWF" | "UGX" | "VND" | "VUV"
        | "XAF" | "XOF" | "XPF" => 0,
        "BHD" | "IQD" | "JOD" | "KWD" | "LYD" | "OMR" | "TND" => 3,
        _ => 2,
    }
}

/// The CRM's total beside Xero's.
#[must_use]
pub fn compare(currency: &str, crm: Decimal, xero: Decimal) -> TotalsView {
    TotalsView {
        currency: currency.to_owned(),
        crm: money_in(currency, crm),
        xero: money_in(currency, xero),
        difference: money_in(currency, xero.saturating_sub(crm)),
    }
}

/// What a difference of the totals means: nothing when they meet, [`problem::Code::TotalDiffersByCents`] up to one cent a line
/// (with the choice of a rounding line), [`problem::Code::TotalDiffers`] beyond that.
#[must_use]
pub fn difference_problem(totals: &TotalsView, lines: usize, organisation: &XeroOrganisation) -> Option<Problem> {
    let difference = totals.difference.parse::<Decimal>().ok()?;
    if difference.is_zero() {
        return None;
    }
    let money = |amount: &str| Some(format!("{amount} {}", totals.currency));
    let (crm, xero, apart) = (money(&totals.crm), money(&totals.xero), money(&totals.difference));
    Some(if difference.abs() <= tolerance_in(&totals.currency, lines) {
        let problem = problem::total_differs_by_cents(None, None, crm, xero, apart);
        // A line in Xero has whole cents.
        match rounding_remedy(organisation).filter(|_| difference == cents(difference)) {
            Some(remedy) => problem.remedy(remedy),
            None => problem,
        }
    } else {
        problem::total_differs(None, None, crm, xero, apart)
    })
}

/// Xero takes no document whose total is below zero: a credit note is what it wants instead
/// (<https://developer.xero.com/documentation/api/accounting/creditnotes>).
#[must_use]
pub fn negative_problem(total: Decimal, currency: &str, name: &str, module: Module) -> Option<Problem> {
    (total < Decimal::ZERO).then(|| {
        problem::total_negative(
            name.to_owned(),
            format!("{} {currency}", money(total)),
            module.xero_singular().to_owned(),
        )
    })
}

/// The choice of an account for the line that evens out cents: the active revenue and expense accounts.
fn rounding_remedy(organisation: &XeroOrganisation) -> Option<Remedy> {
    let choices: Vec<Choice> = organisation
        .accounts
        .iter()
        .filter(|account| accounts::usable(account) && matches!(account.class.as_str(), "REVENUE" | "EXPENSE"))
        .map(|account| Choice {
            label: accounts::label(account),
            change: SettingChange::RoundingAccount { account_code: account.code.clone() },
        })
        .collect();
    (!choices.is_empty()).then(|| Remedy { label: "Account of a rounding line".to_owned(), choices })
}

/// Money as text with the decimals of its currency, and at least two.
#[must_use]
pub fn money_in(currency: &str, amount: Decimal) -> String {
    let rounded = round(amount, 3);
    if decimals(currency) == 3 && rounded != cents(rounded) { format!("{rounded:.3}") } else { money(amount) }
}

/// Money as text with two decimals.
#[must_use]
pub fn money(amount: Decimal) -> String {
    let rounded = cents(amount);
    // Negative zero would read "-0.00".
    format!("{:.2}", if rounded.is_zero() { Decimal::ZERO } else { rounded })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::Code;
    use crate::problem::Severity;
    use crate::record::{Line, Seen};

    fn decimal(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    fn document(types: LineAmountTypes, lines: &[(&str, &str, Option<Discount>, Option<&str>)]) -> Document {
        let lines = lines
            .iter()
            .map(|(quantity, price, discount, tax_type)| Line {
                quantity: decimal(quantity),
                unit_price: decimal(price),
                discount: *discount,
                tax_type: tax_type.map(str::to_owned),
                ..Line::default()
            })
            .collect();
        Document { line_amount_types: Seen::some(types), lines: Seen::some(lines), ..Document::default() }
    }

    /// The rate of a tax type that is its own percentage.
    fn rate_of(tax_type: &str) -> Option<Decimal> {
        tax_type.parse().ok()
    }

    #[test]
    fn currencies_of_other_coins_round_as_their_coins_do() {
        let organisation = crate::fixture::xero_organisation();
        for (currency, crm, xero, wanted) in [
            // The CRM has whole yen.
            ("JPY", "1106", "1105.5", Some((Code::TotalDiffersByCents, "-0.50", true))),
            ("JPY", "1110", "1105.5", Some((Code::TotalDiffers, "-4.50", false))),
            ("AUD", "1106", "1105.5", Some((Code::TotalDiffers, "-0.50", false))),
            // Thousandths that Xero does not keep: told as they are, and no line of Xero's can even them out.
            ("KWD", "10.125", "10.13", Some((Code::TotalDiffersByCents, "0.005", false))),
            ("KWD", "10.12", "10.13", Some((Code::TotalDiffersByCents, "0.01", true))),
            ("KWD", "10.130", "10.13", None),
        ] {
            let view = compare(currency, decimal(crm), decimal(xero));
            let problem = difference_problem(&view, 1, &organisation);
            let told = problem.map(|problem| (problem.code, view.difference.as_str(), problem.remedy.is_some()));
            assert_eq!(told, wanted, "{currency} {crm} {xero}");
        }
        assert_eq!(compare("KWD", decimal("10.125"), decimal("10.13")).crm, "10.125");
    }

    #[test]
    fn the_tax_of_three_lines_is_added_after_rounding() {
        let lines =
            [("1", "25.06", None, Some("15")), ("1", "25.61", None, Some("15")), ("1", "25.63", None, Some("15"))];
        let totals = predict(&document(LineAmountTypes::Exclusive, &lines), rate_of);
        assert_eq!(
            (totals.sub_total, totals.total_tax, totals.total),
            (decimal("76.30"), decimal("11.44"), decimal("87.74"))
        );
    }

    #[test]
    fn line_amounts_and_taxes_round_halves_away_from_zero() {
        let rate = |rate: &str| Some(Discount::Percent(decimal(rate)));
        let amount = |amount: &str| Some(Discount::Amount(decimal(amount)));
        use LineAmountTypes::{Exclusive, Inclusive, NoTax};
        // (types, quantity, price, discount, tax, line amount, tax amount)
        let table = [
            (Exclusive, "1", "19.95", rate("10"), "0", "17.96", "0"),
            (Exclusive, "1", "53.625", None, "0", "53.63", "0"),
            (Exclusive, "1", "10.45", None, "10", "10.45", "1.05"),
            (Exclusive, "1", "-53.625", None, "0", "-53.63", "0"),
            (Exclusive, "3", "33.33", amount("5"), "10", "94.99", "9.50"),
            (Exclusive, "0", "12", None, "10", "0", "0"),
            (Exclusive, "7", "1.99", rate("100"), "10", "0", "0"),
            (Exclusive, "3.33335", "1.00004", None, "0", "3.33", "0"),
            (Inclusive, "1", "110", None, "10", "110", "10.00"),
            (Inclusive, "1", "0.23", None, "15", "0.23", "0.03"),
            (NoTax, "2", "5.55", None, "15", "11.10", "0"),
        ];
        for (types, quantity, price, discount, tax, line_amount, line_tax) in table {
            let totals = predict(&document(types, &[(quantity, price, discount, Some(tax))]), rate_of);
            let expected = LineTotals { amount: decimal(line_amount), tax: decimal(line_tax) };
            assert_eq!(totals.lines, [expected], "{quantity} x {price} {discount:?} at {tax} % {types:?}");
        }
    }

    #[test]
    fn inclusive_prices_contain_their_tax() {
        let lines = [("1", "115", None, Some("15")), ("1", "50", None, None)];
        let totals = predict(&document(LineAmountTypes::Inclusive, &lines), rate_of);
        assert_eq!((totals.sub_total, totals.total_tax, totals.total), (decimal("150"), decimal("15"), decimal("165")));
    }

    #[test]
    fn an_unknown_rate_and_no_lines_are_no_reason_to_fail() {
        let totals = predict(&document(LineAmountTypes::Exclusive, &[("1", "10", None, Some("GONE"))]), |_| None);
        assert_eq!(totals.total, decimal("10"));
        assert_eq!(predict(&Document::default(), rate_of), Totals::default());
    }

    #[test]
    fn a_difference_of_cents_is_a_warning_and_more_is_an_error() {
        let organisation = crate::xero::tests::organisation();
        for (crm, xero, lines, expected) in [
            ("10.00", "10.00", 1, None),
            ("10.00", "10.01", 1, Some((Code::TotalDiffersByCents, Severity::Warning))),
            ("10.03", "10.00", 3, Some((Code::TotalDiffersByCents, Severity::Warning))),
            ("10.00", "10.02", 1, Some((Code::TotalDiffers, Severity::Error))),
            ("10.00", "-10.00", 1, Some((Code::TotalDiffers, Severity::Error))),
        ] {
            let view = compare("AUD", decimal(crm), decimal(xero));
            let problem = difference_problem(&view, lines, &organisation);
            assert_eq!(problem.as_ref().map(|problem| (problem.code, problem.severity)), expected, "{crm} {xero}");
            if let Some(problem) = problem.filter(|problem| problem.code == Code::TotalDiffersByCents) {
                let choices = problem.remedy.map(|remedy| remedy.choices.len());
                assert_eq!(choices, Some(4), "the active accounts for revenue and expense");
            }
        }
    }

    #[test]
    fn money_is_text_with_two_decimals() {
        for (amount, text) in [("1", "1.00"), ("-0.004", "0.00"), ("1234.5", "1234.50"), ("-2.005", "-2.01")] {
            assert_eq!(money(decimal(amount)), text);
        }
    }
}
