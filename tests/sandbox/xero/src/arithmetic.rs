//! Xero's arithmetic: prices rounded first, each line rounded once, tax line by line.

use rust_decimal::{Decimal, RoundingStrategy};

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

/// What a line comes to, without or with its tax as the document has it.
pub(crate) fn line_amount(quantity: Decimal, unit: Decimal, discount: Option<Discount>) -> Decimal {
    let gross = quantity * unit;
    round(
        match discount {
            None => gross,
            Some(Discount::Rate(rate)) => gross * (Decimal::ONE_HUNDRED - rate) / Decimal::ONE_HUNDRED,
            Some(Discount::Amount(amount)) => gross - amount,
        },
        2,
    )
}

/// The tax of a rounded line at this percentage.
pub(crate) fn line_tax(amount: Decimal, rate: Decimal, kind: AmountType) -> Decimal {
    match kind {
        AmountType::Exclusive => round(amount * rate / Decimal::ONE_HUNDRED, 2),
        AmountType::Inclusive => {
            let whole = Decimal::ONE_HUNDRED + rate;
            if whole.is_zero() { Decimal::ZERO } else { round(amount * rate / whole, 2) }
        }
        AmountType::NoTax => Decimal::ZERO,
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
        assert_eq!(line_amount(d("1"), d("19.95"), Some(Discount::Rate(d("10")))), d("17.96"));
        // A discount amount is for the line.
        assert_eq!(line_amount(d("3"), d("10"), Some(Discount::Amount(d("5")))), d("25"));
        // Line by line, not on the sum (which would give 11.45).
        let lines = ["25.06", "25.61", "25.63"].map(d);
        let tax: Decimal = lines.iter().map(|line| line_tax(*line, d("15"), AmountType::Exclusive)).sum();
        assert_eq!(tax, d("11.44"));
        assert_eq!(round(lines.iter().sum::<Decimal>() * d("0.15"), 2), d("11.45"));
    }

    #[test]
    fn inclusive_tax_is_taken_out_of_the_line() {
        assert_eq!(line_tax(d("115"), d("15"), AmountType::Inclusive), d("15"));
        assert_eq!(line_tax(d("10"), d("10"), AmountType::Inclusive), d("0.91"));
        assert_eq!(line_tax(d("10"), d("10"), AmountType::NoTax), d("0"));
    }

    #[test]
    fn components_act_as_one_rate() {
        assert_eq!(effective_rate(&[(d("5"), false), (d("7"), false)]), d("12"));
        assert_eq!(effective_rate(&[(d("5"), false), (d("9.975"), true)]), d("15.47375"));
    }
}
