//! Invoices as sales invoices (ACCREC), purchase orders as bills (ACCPAY).

use super::lines::Lines;
use super::{Prices, add, fit, lines_of, tracking};
use crate::api::TotalsView;
use crate::module::Module;
use crate::plan::Inputs;
use crate::problem::{self, Problem, Severity};
use crate::record::{Document, Line, LineAmountTypes, LineTax, Record, Seen, TaxMode, decimal};
use crate::settings::{BooksSide, NumberRule, accounts};
use crate::totals;
use chrono::{Datelike, Days, Months, NaiveDate};
use rust_decimal::Decimal;
use serde_json::Value;

pub(super) fn target(
    inputs: &Inputs,
    crm: &Document,
    problems: &mut Vec<Problem>,
) -> (Document, Option<TotalsView>, Vec<String>) {
    let side = BooksSide::of(inputs.module);
    let sales = side == BooksSide::Sales;
    let name = crate::zoho::name(inputs.module, &inputs.crm.record);
    let date = date(inputs, crm);
    check_lock(inputs, date.get(), problems);
    let mut document = Document {
        number: number(inputs, crm, sales, &name, problems),
        party: party(inputs, crm, &name, problems),
        reference: if sales { fit::limit(problems, "Subject", crm.reference.clone(), 255) } else { Seen::Unseen },
        due_date: due_date(inputs, crm, date.get().copied(), sales),
        date,
        status: Seen::Unseen,
        currency: currency(inputs, crm, problems),
        line_amount_types: Seen::some(line_amount_types(inputs, crm)),
        branding: branding(inputs, sales, problems),
        ..Document::default()
    };
    let Some(crm_lines) = crm.lines.get().filter(|lines| !lines.is_empty()) else {
        if crm.lines.is_seen() || inputs.xero.is_none() {
            add(problems, problem::lines_missing(name));
        }
        return (document, None, Vec::new());
    };
    let stops = |problems: &[Problem]| problems.iter().filter(|problem| problem.severity == Severity::Error).count();
    let before = stops(problems);
    let prices = Prices::of(inputs.settings, inputs.xero);
    let mut lines = Lines::new(inputs, side, line_amount_types(inputs, crm), prices, problems);
    for (at, line) in crm_lines.iter().enumerate() {
        lines.add_crm_line(at, line, taxes_of(crm, line));
    }
    lines.add_discount(&mut document, crm);
    if !crate::plan::stands_for_tax(inputs, crm.adjustment) {
        lines.add_adjustment(crm.adjustment);
    }
    let (rows, mut keys) = lines.finish();
    document.lines = Seen::some(rows);
    document.tracking = tracking::target(inputs, crm, problems);
    if let Some(types) = prices.types() {
        // Xero's document keeps its kind of prices.
        document.line_amount_types = Seen::some(types);
    }
    // With an unmapped tax or an impossible discount the prediction would only mislead.
    let predictable = stops(problems) == before;
    let view = predictable.then(|| even_out(inputs, crm, side, &mut document, &mut keys, problems)).flatten();
    (document, view, keys)
}

/// The effective rate of a tax type, per cent.
pub(crate) fn rate_of<'a>(inputs: &'a Inputs<'a>) -> impl Fn(&str) -> Option<Decimal> + 'a {
    |tax_type| {
        let rates = &inputs.xero_organisation.tax_rates;
        rates.iter().find(|rate| rate.tax_type == tax_type).map(|rate| rate.effective_rate)
    }
}

/// With total tax every line carries the record's taxes.
pub(crate) fn taxes_of<'a>(crm: &'a Document, line: &'a Line) -> &'a [LineTax] {
    match crm.tax_mode {
        TaxMode::Item => &line.taxes,
        TaxMode::Total => &crm.total_taxes,
        TaxMode::None => &[],
    }
}

/// Predicts Xero's total, adds the rounding line where one is set, and tells a difference.
fn even_out(
    inputs: &Inputs,
    crm: &Document,
    side: BooksSide,
    document: &mut Document,
    keys: &mut Vec<String>,
    problems: &mut Vec<Problem>,
) -> Option<TotalsView> {
    let mut predicted = totals::predict(document, rate_of(inputs)).total;
    let currency = document.currency.get().unwrap_or(&inputs.xero_organisation.base_currency).clone();
    let Some(crm_total) = crm.total.get().copied() else {
        document.total = Seen::some(predicted);
        tell_negative(inputs, predicted, &currency, problems);
        return None;
    };
    let count = lines_of(document).len();
    let missing = crm_total.saturating_sub(predicted);
    if let Some(account) = &inputs.settings.documents.rounding_account
        && !missing.is_zero()
        && missing.abs() <= totals::tolerance_in(&currency, count)
        && missing == totals::cents(missing)
    {
        let known = &inputs.xero_organisation.accounts;
        if !known.iter().any(|known| known.code.as_ref() == Some(account) && accounts::usable(known)) {
            add(problems, problem::account_invalid(account.clone()));
        }
        let types = document.line_amount_types.get().copied().unwrap_or_default();
        let at = ("rounding", count);
        let line = super::lines::amount_line(inputs, side, types, at, ("Rounding", missing, account.clone()), problems);
        if let Seen::Value(Some(lines)) = &mut document.lines {
            lines.push(line);
            keys.push("rounding".to_owned());
        }
        predicted = totals::predict(document, rate_of(inputs)).total;
    }
    document.total = Seen::some(predicted);
    tell_negative(inputs, predicted, &currency, problems);
    let view = totals::compare(&currency, crm_total, predicted);
    if let Some(problem) = totals::difference_problem(&view, count, inputs.xero_organisation) {
        add(problems, problem);
    }
    Some(view)
}

/// The chosen branding theme, while Xero has it. One that was archived is left out with a word about the setting: the
/// document goes with Xero's own.
fn branding(inputs: &Inputs, sales: bool, problems: &mut Vec<Problem>) -> Seen<String> {
    let Some(theme) = inputs.settings.documents.branding_theme.as_ref().filter(|_| sales) else { return Seen::Unseen };
    let known = &inputs.xero_organisation.branding_themes;
    if known.iter().any(|known| known.id.eq_ignore_ascii_case(theme)) {
        return Seen::some(theme.clone());
    }
    let broken = crate::settings::validate::check(inputs.settings, inputs.crm_organisation, inputs.xero_organisation);
    let broken = broken.iter().find(|invalid| invalid.path == "documents.branding_theme");
    problems.extend(broken.map(|invalid| invalid.broken().severity(Severity::Warning)));
    Seen::Unseen
}

fn tell_negative(inputs: &Inputs, total: Decimal, currency: &str, problems: &mut Vec<Problem>) {
    let name = crate::zoho::name(inputs.module, &inputs.crm.record);
    if let Some(problem) = totals::negative_problem(total, currency, &name, inputs.module) {
        let id = text_id(&inputs.crm.record);
        let label = format!("Open \"{name}\" in the CRM");
        let place = id.map(|id| problem::place_crm(inputs.crm_organisation, inputs.module, &id, label));
        add(problems, problem.at(place));
    }
}

fn text_id(record: &Value) -> Option<String> {
    record.get("id").and_then(crate::record::tidy)
}

/// The CRM's number behind the prefix of the settings. Where Xero numbers the invoices, its number is left alone.
/// Bills get no number from Xero, so theirs is always the CRM's.
fn number(inputs: &Inputs, crm: &Document, sales: bool, name: &str, problems: &mut Vec<Problem>) -> Seen<String> {
    let prefix = match &inputs.settings.documents.number {
        NumberRule::Crm { prefix } => prefix.as_str(),
        NumberRule::Xero if sales => return Seen::Unseen,
        NumberRule::Xero => "",
    };
    match crm.number.get() {
        Some(number) => fit::limit(problems, "Number", Seen::some(format!("{prefix}{number}")), 255),
        None => {
            // An invoice that is in Xero already keeps the number that it has there.
            if inputs.xero.is_none() {
                let severity = if sales { Severity::Error } else { Severity::Warning };
                add(problems, problem::number_missing(name.to_owned()).severity(severity));
            }
            Seen::Unseen
        }
    }
}

fn party(inputs: &Inputs, crm: &Document, name: &str, problems: &mut Vec<Problem>) -> Seen<String> {
    if inputs.references.of_company {
        let present = inputs.xero.and_then(|document| document.pointer("/Contact/ContactID")).and_then(Value::as_str);
        return present.map_or(Seen::Unseen, |id| Seen::some(id.to_owned()));
    }
    if let Some(id) = &inputs.references.party {
        return Seen::some(id.as_str().to_owned());
    }
    if crm.party.get().is_none() {
        // The party of a document that is in Xero already may merely be hidden from this user.
        if crm.party.is_seen() || inputs.xero.is_none() {
            add(problems, problem::party_missing(name.to_owned()));
        }
        return Seen::Unseen;
    }
    let party = crate::zoho::dependencies(inputs.module, &inputs.crm.record)
        .into_iter()
        .find(|dependency| dependency.module != Module::Products)
        .map(|dependency| dependency.name)
        .unwrap_or_default();
    add(problems, problem::party_not_synced(party, None));
    Seen::Unseen
}

fn currency(inputs: &Inputs, crm: &Document, problems: &mut Vec<Problem>) -> Seen<String> {
    let organisation = inputs.xero_organisation;
    if let Some(code) = crm.currency.get()
        && *code != organisation.base_currency
        && !organisation.currencies.contains(code)
    {
        add(problems, problem::currency_not_subscribed(code.clone()));
    }
    super::rate::problem(inputs).into_iter().for_each(|told| add(problems, told));
    crm.currency.clone()
}

fn line_amount_types(inputs: &Inputs, crm: &Document) -> LineAmountTypes {
    let chosen = inputs.settings.documents.line_amount_types;
    let taxed = crm.tax_mode != TaxMode::None;
    if chosen == LineAmountTypes::Exclusive && !taxed && !inputs.xero_organisation.tax_registered {
        LineAmountTypes::NoTax
    } else {
        chosen
    }
}

/// The CRM's date. A new document without one is of today, in Xero's time zone; one that is in Xero keeps its date.
fn date(inputs: &Inputs, crm: &Document) -> Seen<NaiveDate> {
    match crm.date.get() {
        Some(date) => Seen::some(*date),
        None if inputs.xero.is_some() => Seen::Unseen,
        None => {
            let zone = inputs.xero_organisation.time_zone.parse().unwrap_or(chrono_tz::UTC);
            Seen::some(inputs.now.with_timezone(&zone).date_naive())
        }
    }
}

/// The CRM's due date, else what the contact's terms make of the date, else the days of the settings.
fn due_date(inputs: &Inputs, crm: &Document, date: Option<NaiveDate>, sales: bool) -> Seen<NaiveDate> {
    if let Some(due) = crm.due_date.get() {
        return Seen::some(*due);
    }
    let Some(date) = date.filter(|_| inputs.xero.is_none()) else { return Seen::Unseen };
    let terms =
        inputs.references.party_terms.known().and_then(|terms| terms.get(if sales { "Sales" } else { "Bills" }));
    let by_terms = terms.and_then(|terms| by_terms(date, terms));
    let by_settings = || date.checked_add_days(Days::new(u64::from(inputs.settings.documents.due_days)));
    Seen::Value(by_terms.or_else(by_settings))
}

/// Xero's payment terms: a day and what it counts from.
fn by_terms(date: NaiveDate, terms: &Value) -> Option<NaiveDate> {
    let day = terms.get("Day").and_then(decimal).and_then(|day| u32::try_from(day).ok())?;
    let month_end = |day: NaiveDate| day.with_day(1)?.checked_add_months(Months::new(1))?.pred_opt();
    // The 31st of a month with 30 days is its last day.
    let in_month = |first: NaiveDate| {
        let last = month_end(first)?;
        first.with_day(day.clamp(1, last.day()))
    };
    match terms.get("Type").and_then(Value::as_str)? {
        "DAYSAFTERBILLDATE" => date.checked_add_days(Days::new(u64::from(day))),
        "DAYSAFTERBILLMONTH" => month_end(date)?.checked_add_days(Days::new(u64::from(day))),
        "OFCURRENTMONTH" => {
            let due = in_month(date.with_day(1)?)?;
            if due >= date { Some(due) } else { in_month(date.with_day(1)?.checked_add_months(Months::new(1))?) }
        }
        "OFFOLLOWINGMONTH" => in_month(date.with_day(1)?.checked_add_months(Months::new(1))?),
        _ => None,
    }
}

/// Xero refuses whatever is dated on or before a lock date, so it is told before anything is sent.
fn check_lock(inputs: &Inputs, date: Option<&NaiveDate>, problems: &mut Vec<Problem>) {
    let organisation = inputs.xero_organisation;
    let lock = organisation.period_lock_date.max(organisation.end_of_year_lock_date);
    let (Some(date), Some(lock)) = (date, lock) else { return };
    let unmoved = inputs.xero.is_some_and(|element| match super::read(inputs.module, element) {
        Record::Document(present) => present.date.get() == Some(date),
        _ => false,
    });
    // A document that lies in the period already is the plan's business: it is locked as a whole.
    if *date <= lock && !unmoved {
        add(problems, problem::period_locked(date.to_string(), lock.to_string()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn terms_count_as_xero_says() {
        for (date, day, kind, due) in [
            ("2026-11-20", 30, "DAYSAFTERBILLDATE", Some("2026-12-20")),
            ("2026-11-20", 10, "DAYSAFTERBILLMONTH", Some("2026-12-10")),
            ("2026-11-20", 25, "OFCURRENTMONTH", Some("2026-11-25")),
            ("2026-11-26", 25, "OFCURRENTMONTH", Some("2026-12-25")),
            ("2026-11-20", 31, "OFCURRENTMONTH", Some("2026-11-30")),
            ("2026-01-31", 31, "OFFOLLOWINGMONTH", Some("2026-02-28")),
            ("2026-12-05", 20, "OFFOLLOWINGMONTH", Some("2027-01-20")),
            ("2026-12-05", 20, "SOMETHINGNEW", None),
        ] {
            let terms = json!({"Day": day, "Type": kind});
            let date = date.parse().unwrap();
            assert_eq!(by_terms(date, &terms).map(|due| due.to_string()).as_deref(), due, "{date} {day} {kind}");
        }
    }
}
