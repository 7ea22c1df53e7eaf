//! Xero's arithmetic: prices rounded first, each line rounded once, tax line by line.

use rust_decimal::{Decimal, RoundingStrategy};

use crate::answers::Edges;

/// A discount on a line.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Discount {
    /// Percent off.
    Rate(Decimal),
    /// An amount off the line (not the unit).
    Amount(Decimal),
}

/// How line amounts and tax go together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AmountType {
    Exclusive,
    Inclusive,
    NoTax,
}

/// Rounds halves away from zero.
pub(crate) fn round(value: Decimal, places: u32) -> Decimal {
    value.round_dp_with_strategy(places, RoundingStrategy::MidpointAwayFromZero)
}

/// Rounds an amount of money to cents; where halves below zero go is not known.
fn cents(value: Decimal, edges: Edges) -> Decimal {
    match edges {
        Edges::TheOtherWay if value.is_sign_negative() => {
            value.round_dp_with_strategy(2, RoundingStrategy::MidpointTowardZero)
        }
        _ => round(value, 2),
    }
}

/// What a line comes to, without or with its tax as the document has it.
pub(crate) fn line_amount(quantity: Decimal, unit: Decimal, discount: Option<Discount>, edges: Edges) -> Decimal {
    let gross = quantity * unit;
    let amount = match discount {
        None => gross,
        Some(Discount::Rate(rate)) => {
            let rate = if edges == Edges::TheOtherWay { round(rate, 2) } else { rate };
            gross * (Decimal::ONE_HUNDRED - rate) / Decimal::ONE_HUNDRED
        }
        Some(Discount::Amount(amount)) => gross - amount,
    };
    cents(amount, edges)
}

/// The tax of a rounded line at a rate of these components, given as percentages and whether each is compound.
pub(crate) fn line_tax(amount: Decimal, components: &[(Decimal, bool)], kind: AmountType, edges: Edges) -> Decimal {
    let rate = effective_rate(components);
    match (kind, edges) {
        (AmountType::NoTax, _) => Decimal::ZERO,
        (AmountType::Exclusive, Edges::AsAssumed) => round(amount * rate / Decimal::ONE_HUNDRED, 2),
        (AmountType::Exclusive, Edges::TheOtherWay) => {
            let (simple, compound): (Vec<_>, Vec<_>) = components.iter().partition(|(_, compound)| !compound);
            let of = |base: Decimal, rate: Decimal| cents(base * rate / Decimal::ONE_HUNDRED, edges);
            let tax: Decimal = simple.into_iter().map(|(rate, _)| of(amount, rate)).sum();
            compound.into_iter().fold(tax, |tax, (rate, _)| tax + of(amount + tax, rate))
        }
        (AmountType::Inclusive, _) => {
            let whole = Decimal::ONE_HUNDRED + rate;
            if whole.is_zero() {
                return Decimal::ZERO;
            }
            let tax = amount * rate / whole;
            match edges {
                Edges::AsAssumed => round(tax, 2),
                Edges::TheOtherWay => tax.round_dp_with_strategy(2, RoundingStrategy::MidpointTowardZero),
            }
        }
    }
}

/// One percentage for several components, given as rates and whether each is compound.
pub(crate) fn effective_rate(components: &[(Decimal, bool)]) -> Decimal {
    let hundred = Decimal::ONE_HUNDRED;
    let simple: Decimal = components.iter().filter(|(_, compound)| !compound).map(|(rate, _)| *rate).sum();
    components
        .iter()
        .filter(|(_, compound)| *compound)
        .fold(simple, |rate, (compound, _)| ((hundred + rate) * (hundred + compound) / hundred) - hundred)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn d(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    #[test]
    fn the_worked_examples_of_the_facts() {
        // Halves go away from zero.
        assert_eq!(round(d("53.625"), 2), d("53.63"));
        assert_eq!(round(d("1.045"), 2), d("1.05"));
        // 19.95 less 10 %.
        assert_eq!(line_amount(d("1"), d("19.95"), Some(Discount::Rate(d("10"))), Edges::AsAssumed), d("17.96"));
        // A discount amount is for the line.
        assert_eq!(line_amount(d("3"), d("10"), Some(Discount::Amount(d("5"))), Edges::AsAssumed), d("25"));
        // Line by line, not on the sum (which would give 11.45).
        let lines = ["25.06", "25.61", "25.63"].map(d);
        let tax: Decimal = lines
            .iter()
            .map(|line| line_tax(*line, &[(d("15"), false)], AmountType::Exclusive, Edges::AsAssumed))
            .sum();
        assert_eq!(tax, d("11.44"));
        assert_eq!(round(lines.iter().sum::<Decimal>() * d("0.15"), 2), d("11.45"));
    }

    #[test]
    fn inclusive_tax_is_taken_out_of_the_line() {
        assert_eq!(line_tax(d("115"), &[(d("15"), false)], AmountType::Inclusive, Edges::AsAssumed), d("15"));
        assert_eq!(line_tax(d("10"), &[(d("10"), false)], AmountType::Inclusive, Edges::AsAssumed), d("0.91"));
        assert_eq!(line_tax(d("10"), &[(d("10"), false)], AmountType::NoTax, Edges::AsAssumed), d("0"));
    }

    #[test]
    fn components_act_as_one_rate() {
        assert_eq!(effective_rate(&[(d("5"), false), (d("7"), false)]), d("12"));
        assert_eq!(effective_rate(&[(d("5"), false), (d("9.975"), true)]), d("15.47375"));
    }

    #[test]
    fn the_edges_may_come_out_the_other_way() {
        let both = [Edges::AsAssumed, Edges::TheOtherWay];
        let taxes = |amount: &str, rates: &[(&str, bool)], kind| {
            let rates: Vec<_> = rates.iter().map(|(rate, compound)| (d(rate), *compound)).collect();
            both.map(|edges| line_tax(d(amount), &rates, kind, edges))
        };
        // Half a cent of the tax that a price contains.
        assert_eq!(taxes("0.55", &[("10", false)], AmountType::Inclusive), ["0.05", "0.05"].map(d));
        assert_eq!(taxes("0.105", &[("5", false)], AmountType::Inclusive), ["0.01", "0.00"].map(d));
        // Half a cent below zero, two components, and a discount of three decimals.
        assert_eq!(taxes("-0.05", &[("10", false)], AmountType::Exclusive), ["-0.01", "0.00"].map(d));
        assert_eq!(taxes("0.10", &[("5", false), ("5", false)], AmountType::Exclusive), ["0.01", "0.02"].map(d));
        let discount = Some(Discount::Rate(d("12.345")));
        assert_eq!(both.map(|edges| line_amount(d("1"), d("1000"), discount, edges)), ["876.55", "876.5"].map(d));
    }
}
