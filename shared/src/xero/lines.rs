//! A document's lines in Xero's terms.

use super::document::rate_of;
use super::{Prices, add, fit};
use crate::plan::{Inputs, ProductReference};
use crate::problem::{self, Problem, Severity};
use crate::record::{Discount, Document, Line, LineAmountTypes, LineTax, Seen, TaxMode};
use crate::settings::{BooksSide, accounts, taxes};
use crate::totals::{self, cents, discounted, round};
use rust_decimal::Decimal;
use serde_json::Value;

/// Decimals that Xero keeps of quantities and, with `unitdp=4`, of prices (developer.xero.com, Invoices).
const DECIMALS: u32 = 4;

/// Longest text of a line.
const DESCRIPTION_LIMIT: usize = 4000;

/// Builds the lines one after the other.
pub(super) struct Lines<'a> {
    inputs: &'a Inputs<'a>,
    side: BooksSide,
    types: LineAmountTypes,
    prices: Prices,
    problems: &'a mut Vec<Problem>,
    lines: Vec<Line>,
    keys: Vec<String>,
}

/// A line's quantity, price and discount as Xero takes them.
struct Priced {
    quantity: Decimal,
    unit_price: Decimal,
    discount: Option<Discount>,
    /// What the text has to tell because the numbers no longer do.
    note: Option<String>,
    /// A discount that fits neither field nor price: a negative line of its own.
    off: Option<Decimal>,
}

impl<'a> Lines<'a> {
    pub(super) fn new(
        inputs: &'a Inputs<'a>,
        side: BooksSide,
        types: LineAmountTypes,
        prices: Prices,
        problems: &'a mut Vec<Problem>,
    ) -> Self {
        Self { inputs, side, types, prices, problems, lines: Vec::new(), keys: Vec::new() }
    }

    pub(super) fn finish(self) -> (Vec<Line>, Vec<String>) {
        (self.lines, self.keys)
    }

    fn push(&mut self, key: String, line: Line) {
        self.keys.push(key);
        self.lines.push(line);
    }

    /// Translates a CRM line; a discount that can't be said on it follows as a line of its own.
    pub(super) fn add_crm_line(&mut self, at: usize, crm: &Line, line_taxes: &[LineTax]) {
        let number = (at + 1).to_string();
        let reference = crm.product.as_ref().and_then(|product| self.inputs.references.products.get(product));
        let is_service = crm
            .product
            .as_ref()
            .is_some_and(|product| self.inputs.settings.products.services.values().any(|service| service == product));
        let label = crm.product_name.clone().or_else(|| crm.code.clone());
        if crm.product.is_none() {
            // With words of its own it can go without its item.
            let told = problem::line_product_missing(number.clone(), None, None);
            let warning = crm.description.is_some();
            add(self.problems, if warning { told.severity(Severity::Warning) } else { told });
        }
        if let (Some(product), None) = (&crm.product, reference) {
            let name = label.clone().unwrap_or_else(|| product.to_string());
            add(self.problems, problem::product_not_synced(name));
        }
        let account_code = accounts::resolve(
            self.inputs.settings,
            self.inputs.xero_organisation,
            self.side,
            crm.product.as_ref(),
            reference.and_then(ProductReference::category),
        )
        .map_err(|problem| add(self.problems, problem))
        .ok();
        let key = crm.id.clone().unwrap_or_else(|| format!("line-{number}"));
        let item_tax = reference.and_then(|reference| reference.tax_type(self.side));
        let tax_type = self.tax_type(&key, line_taxes, item_tax, account_code.as_deref(), &number);
        let mut figures = crm.clone();
        self.prices.to_xero(&mut figures, self.rate(tax_type.as_deref()));
        let priced = self.price(&figures, &number);
        let field = format!("Line {number} description");
        // A text of emoji alone leaves nothing that Xero takes.
        let words = [crm.description.clone(), label].into_iter().flatten();
        let mut words = words.filter_map(|text| fit::plain(self.problems, &field, Seen::some(text)).get().cloned());
        let text = words.next().unwrap_or_else(|| "-".to_owned());
        let text = match &priced.note {
            Some(note) => format!("{text} ({note})"),
            None => text,
        };
        let description = fit::limit(self.problems, &field, Seen::some(text), DESCRIPTION_LIMIT).get().cloned();
        let line = Line {
            id: None,
            product: crm.product.clone(),
            product_name: crm.product_name.clone(),
            code: reference.and_then(ProductReference::code).filter(|_| !is_service).map(str::to_owned),
            description,
            quantity: priced.quantity,
            unit_price: priced.unit_price,
            discount: priced.discount,
            taxes: Vec::new(),
            tax_type,
            account_code,
            total: None,
        };
        let off = priced.off.map(|off| Line {
            product: None,
            product_name: None,
            code: None,
            description: Some("Discount".to_owned()),
            quantity: Decimal::ONE,
            unit_price: -off,
            discount: None,
            ..line.clone()
        });
        let off_key = format!("{key}:discount");
        self.push(key, line);
        if let Some(off) = off {
            self.push(off_key, off);
        }
    }

    /// The effective rate of a tax type, per cent.
    fn rate(&self, tax_type: Option<&str>) -> Decimal {
        tax_type.and_then(rate_of(self.inputs)).unwrap_or_default()
    }

    /// Exclusive: by the tax map. Where the CRM says no tax: as the line has it in Xero, else the item's own type, else
    /// what the settings say. Inclusive: in the same order, with the account's type before the settings; the CRM knows no
    /// included tax.
    fn tax_type(
        &mut self,
        key: &str,
        line_taxes: &[LineTax],
        item_tax: Option<&str>,
        account: Option<&str>,
        number: &str,
    ) -> Option<String> {
        let organisation = self.inputs.xero_organisation;
        let settings = self.inputs.settings;
        match self.types {
            LineAmountTypes::NoTax => None,
            LineAmountTypes::Inclusive => {
                if let Some(tax) = line_taxes.iter().find(|tax| !tax.percentage.is_zero()) {
                    add(self.problems, problem::tax_inclusive_with_percentage(number.to_owned(), tax.name.clone()));
                    return None;
                }
                let by_account = || {
                    let code = account?;
                    let found = organisation.accounts.iter().find(|known| known.code.as_deref() == Some(code))?;
                    found.tax_type.clone()
                };
                let at = (key, self.lines.len());
                // The CRM has no word for any included tax, so what the line has in Xero stays.
                let usable = |tax_type: &str| {
                    let rates = organisation.tax_rates.iter().filter(|rate| rate.tax_type == tax_type);
                    rates.into_iter().any(|rate| taxes::fits(rate, self.side))
                };
                let present = present(self.inputs, at).filter(|present| usable(present)).map(str::to_owned);
                match present.or_else(|| item_tax.map(str::to_owned)).or_else(by_account) {
                    Some(tax_type) => Some(tax_type),
                    None => Some(untaxed(self.inputs, self.side, at, (None, account), self.problems)),
                }
            }
            LineAmountTypes::Exclusive if line_taxes.is_empty() => {
                Some(untaxed(self.inputs, self.side, (key, self.lines.len()), (item_tax, account), self.problems))
            }
            LineAmountTypes::Exclusive => match taxes::resolve(settings, organisation, self.side, line_taxes) {
                Ok(chosen) => {
                    chosen.told.into_iter().for_each(|told| add(self.problems, told));
                    Some(chosen.tax_type)
                }
                Err(problem) => {
                    add(self.problems, problem);
                    None
                }
            },
        }
    }

    fn price(&mut self, crm: &Line, number: &str) -> Priced {
        let exact = crm.gross();
        let mut priced = Priced {
            quantity: round(crm.quantity, DECIMALS).normalize(),
            unit_price: round(crm.unit_price, DECIMALS).normalize(),
            discount: None,
            note: None,
            off: None,
        };
        if cents(priced.quantity.saturating_mul(priced.unit_price)) != cents(exact) {
            priced.note = Some(format!("{} × {}", crm.quantity.normalize(), crm.unit_price.normalize()));
            priced.quantity = Decimal::ONE;
            priced.unit_price = cents(exact).normalize();
        }
        let gross = priced.quantity.saturating_mul(priced.unit_price);
        let Some(discount) = crm.discount else { return priced };
        let too_much = match discount {
            Discount::Percent(rate) => rate > Decimal::ONE_HUNDRED,
            Discount::Amount(amount) => gross > Decimal::ZERO && amount > cents(gross),
        };
        if too_much {
            let value = match discount {
                Discount::Percent(rate) => format!("{rate}%"),
                Discount::Amount(amount) => amount.to_string(),
            };
            add(self.problems, problem::discount_invalid(value, Some(number.to_owned())));
            // It is not sent, but it is what the CRM has: without it the line would look as if the discount were taken off.
            priced.discount = Some(discount).filter(|_| self.side == BooksSide::Sales);
            return priced;
        }
        let net = net(gross, discount, crm.total);
        // Xero takes discounts on sales only, and none on a price that is not positive.
        let sayable = self.side == BooksSide::Sales && gross > Decimal::ZERO && !is_negative(discount);
        if sayable {
            priced.discount = said(gross, discount, net);
        } else {
            fold(&mut priced, gross, discount, net);
        }
        priced
    }

    /// The record's discount as negative lines. With item tax the CRM takes it off after tax, so it is untaxed. With
    /// total tax, and in prices that contain tax, it lowers what is taxed: a line for each tax type, in proportion.
    pub(super) fn add_discount(&mut self, document: &mut Document, crm: &Document) {
        if crm.discount.is_zero() {
            return;
        }
        let account = match accounts::discount(self.inputs.settings, self.inputs.xero_organisation, self.side) {
            Ok(account) => account,
            Err(problem) => return add(self.problems, problem),
        };
        if crm.tax_mode != TaxMode::Total && self.types != LineAmountTypes::Inclusive {
            return self.add_amount("discount", "Discount", -crm.discount, account);
        }
        document.lines = Seen::some(self.lines.clone());
        let amounts = totals::predict(document, rate_of(self.inputs)).lines;
        let mut shares: Vec<(Option<String>, Decimal)> = Vec::new();
        for (line, amount) in self.lines.iter().zip(amounts) {
            match shares.iter_mut().find(|(tax_type, _)| *tax_type == line.tax_type) {
                Some((_, share)) => *share = share.saturating_add(amount.amount),
                None => shares.push((line.tax_type.clone(), amount.amount)),
            }
        }
        let whole = shares.iter().fold(Decimal::ZERO, |sum, (_, share)| sum.saturating_add(*share));
        // The largest share comes last and takes what rounding leaves over.
        shares.sort_by_key(|(_, share)| *share);
        let several = shares.len() > 1;
        let count = shares.len();
        let mut left = crm.discount;
        for (at, (tax_type, share)) in shares.into_iter().enumerate() {
            let part = if at + 1 == count {
                left
            } else {
                cents(crm.discount.saturating_mul(share.checked_div(whole).unwrap_or_default()))
            };
            left = left.saturating_sub(part);
            let mut line = plain("Discount", -part, account.clone());
            self.prices.to_xero(&mut line, self.rate(tax_type.as_deref()));
            if part.is_zero() {
                continue;
            }
            let key = match &tax_type {
                Some(tax_type) if several => format!("discount:{tax_type}"),
                _ => "discount".to_owned(),
            };
            self.push(key, Line { tax_type, ..line });
        }
    }

    /// The record's adjustment, of either sign: untaxed in both tax modes.
    pub(super) fn add_adjustment(&mut self, adjustment: Decimal) {
        if adjustment.is_zero() {
            return;
        }
        match accounts::adjustment(self.inputs.settings, self.inputs.xero_organisation, self.side) {
            Ok(account) => self.add_amount("adjustment", "Adjustment", adjustment, account),
            Err(problem) => add(self.problems, problem),
        }
    }

    fn add_amount(&mut self, key: &str, text: &str, amount: Decimal, account: String) {
        let at = (key, self.lines.len());
        let line = amount_line(self.inputs, self.side, self.types, at, (text, amount, account), self.problems);
        self.push(key.to_owned(), line);
    }
}

/// An untaxed line of one amount: its text, the amount and the account's code. `at` is its key and its position.
pub(super) fn amount_line(
    inputs: &Inputs,
    side: BooksSide,
    types: LineAmountTypes,
    at: (&str, usize),
    (text, amount, account): (&str, Decimal, String),
    problems: &mut Vec<Problem>,
) -> Line {
    let tax_type =
        (types != LineAmountTypes::NoTax).then(|| untaxed(inputs, side, at, (None, Some(&account)), problems));
    Line { tax_type, ..plain(text, amount, account) }
}

/// The tax type of a line to which the CRM puts no tax, from its item's own type and its account. What it is in Xero,
/// where it is there as one without tax, stays: the CRM has no word for which of Xero's rates of 0 % is meant, so nothing
/// of the CRM's speaks against it.
fn untaxed(
    inputs: &Inputs,
    side: BooksSide,
    at: (&str, usize),
    (own, account): (Option<&str>, Option<&str>),
    problems: &mut Vec<Problem>,
) -> String {
    let organisation = inputs.xero_organisation;
    let present = present(inputs, at).filter(|present| {
        let rates = organisation.tax_rates.iter();
        rates.filter(|rate| rate.tax_type == *present).any(|rate| taxes::stands_for_none(rate, side))
    });
    if let Some(present) = present {
        return present.to_owned();
    }
    let chosen = taxes::untaxed(inputs.settings, organisation, side, own);
    chosen.told.into_iter().for_each(|told| add(problems, told));
    match account.and_then(|account| taxes::instead(organisation, side, &chosen.tax_type, account)) {
        Some((tax_type, told)) => {
            add(problems, told);
            tax_type
        }
        None => chosen.tax_type,
    }
}

/// The tax type that a line has in Xero: by its key where the link knows its lines, else by its position.
fn present<'a>(inputs: &Inputs<'a>, (key, at): (&str, usize)) -> Option<&'a str> {
    let rows = inputs.xero?.get("LineItems")?.as_array()?;
    let row = match inputs.link.filter(|link| !link.lines.is_empty()) {
        Some(link) => {
            let id = link.lines.get(key)?;
            rows.iter().find(|row| row.get("LineItemID").and_then(Value::as_str) == Some(id))?
        }
        None => rows.get(at)?,
    };
    row.get("TaxType")?.as_str()
}

fn plain(text: &str, amount: Decimal, account: String) -> Line {
    Line {
        description: Some(text.to_owned()),
        quantity: Decimal::ONE,
        unit_price: round(amount, DECIMALS).normalize(),
        account_code: Some(account),
        ..Line::default()
    }
}

fn is_negative(discount: Discount) -> bool {
    match discount {
        Discount::Percent(number) | Discount::Amount(number) => number.is_sign_negative(),
    }
}

/// The line after its discount. The CRM's own figure counts where it is the same but for rounding.
fn net(gross: Decimal, discount: Discount, crm: Option<Decimal>) -> Decimal {
    let computed = discounted(gross, Some(discount));
    match crm {
        Some(total) if total == cents(total) && total.saturating_sub(computed).abs() <= Decimal::new(1, 2) => total,
        _ => computed,
    }
}

/// A discount as Xero's DiscountRate or DiscountAmount: the rate when it has at most 2 decimals (more are not kept)
/// and gives the CRM's own line total, else the amount; a discount of the whole line is a rate of 100.
fn said(gross: Decimal, discount: Discount, net: Decimal) -> Option<Discount> {
    let off = cents(gross).saturating_sub(net);
    match discount {
        Discount::Percent(rate) if rate.normalize().scale() <= 2 && discounted(gross, Some(discount)) == net => {
            Some(Discount::Percent(rate.normalize()))
        }
        _ if net.is_zero() => Some(Discount::Percent(Decimal::ONE_HUNDRED)),
        _ if off.is_zero() => None,
        _ => Some(Discount::Amount(off.normalize())),
    }
}

/// Puts a discount into the price when the result is exact at 4 decimals, else into a line of its own.
fn fold(priced: &mut Priced, gross: Decimal, discount: Discount, net: Decimal) {
    let unit = match discount {
        Discount::Percent(rate) => {
            Some(priced.unit_price.saturating_mul(Decimal::ONE_HUNDRED.saturating_sub(rate) / Decimal::ONE_HUNDRED))
        }
        Discount::Amount(amount) => gross.saturating_sub(amount).checked_div(priced.quantity),
    };
    match unit.map(|unit| unit.normalize()) {
        Some(unit) if unit.scale() <= DECIMALS && cents(unit.saturating_mul(priced.quantity)) == net => {
            priced.unit_price = unit;
        }
        _ => {
            let off = cents(gross).saturating_sub(net);
            priced.off = (!off.is_zero()).then(|| off.normalize());
        }
    }
}
