//! The CRM record that a record of Xero's becomes when it has none there.
//!
//! Only fields that the organisation has are written, and none that the CRM fills itself.

use super::fit::{self, Fit, MOST_LINES, Shelf, Stock};
use super::party::PRIMARY_FLAG;
use super::write;
use crate::module::Module;
use crate::plan::ArrivalInputs;
use crate::problem::{self, Problem, Severity};
use crate::record::{
    Discount, Document, DocumentStatus, Item, Line, LineAmountTypes, LineTax, Party, Record, Seen, TaxMode, decimal,
    number,
};
use crate::settings::fields::{self, FieldKind, XeroField};
use crate::settings::{BooksSide, NumberRule, statuses, taxes};
use crate::totals::{self, cents, discounted};
use crate::xero::{self, Prices};
use rust_decimal::Decimal;
use serde_json::{Map, Value, json};

/// The field that no document in the CRM can be without.
const SUBJECT: &str = "Subject";

/// The key under which a link remembers an adjustment that stands for Xero's tax.
pub(crate) const TAX_ADJUSTMENT: &str = "adjustment";

/// A CRM record in the making.
pub(crate) struct Made {
    /// Its fields, without those that tell of Xero.
    pub(crate) record: Map<String, Value>,
    /// The primary contact, without the field that points to the record.
    pub(crate) person: Option<Map<String, Value>>,
    /// What had to be fitted, and what stands in the way.
    pub(crate) problems: Vec<Problem>,
}

/// Makes the CRM's record of Xero's.
pub(crate) fn arrival(inputs: &ArrivalInputs<'_>) -> Made {
    let mut problems = Vec::new();
    let mut sheet = Sheet::new(inputs, inputs.module);
    let mut person = None;
    let record = xero::read(inputs.module, inputs.xero);
    for field in fields::mappable(inputs.module) {
        sheet.mapped(inputs, &record, field, &mut problems);
    }
    match &record {
        Record::Party(party) => person = write_party(inputs, party, &mut sheet, &mut problems),
        Record::Item(item) => write_item(inputs, item, &mut sheet, &mut problems),
        Record::Document(document) => write_document(inputs, document, &mut sheet, &mut problems),
    }
    Made { record: sheet.fields, person, problems }
}

/// The fields of one CRM record, each within what the CRM takes.
struct Sheet<'a> {
    shelf: Shelf<'a>,
    fields: Map<String, Value>,
}

impl<'a> Sheet<'a> {
    fn new(inputs: &ArrivalInputs<'a>, module: Module) -> Self {
        Self { shelf: Shelf::of(inputs.crm_organisation, module), fields: Map::new() }
    }

    /// A field that every organisation has, because no record can be without it.
    fn must(&mut self, name: &str, value: Value) {
        self.fields.insert(name.to_owned(), value);
    }

    fn set(&mut self, name: &str, value: Value) {
        if self.shelf.has(name) {
            self.must(name, value);
        }
    }

    fn fitted(&mut self, problems: &mut Vec<Problem>, name: &str, fit: Fit) {
        let (value, told) = fit.told();
        told.into_iter().for_each(|told| add(problems, told));
        if let Some(value) = value {
            self.must(name, value);
        }
    }

    fn put(&mut self, problems: &mut Vec<Problem>, name: &str, value: Option<&String>, kind: FieldKind, stock: Stock) {
        let Some(value) = value.filter(|_| self.shelf.has(name)) else { return };
        let fit = self.shelf.fit(name, kind, stock, json!(value));
        self.fitted(problems, name, fit);
    }

    fn text(&mut self, problems: &mut Vec<Problem>, name: &str, value: Option<&String>) {
        self.put(problems, name, value, FieldKind::Text, Stock::Line);
    }

    fn must_text(&mut self, problems: &mut Vec<Problem>, name: &str, value: &str) {
        let fit = self.shelf.fit(name, FieldKind::Text, Stock::Line, json!(value));
        self.fitted(problems, name, fit);
    }

    fn phone(&mut self, problems: &mut Vec<Problem>, name: &str, value: Option<&String>) {
        self.put(problems, name, value, FieldKind::Phone, Stock::Phone);
    }

    fn email(&mut self, problems: &mut Vec<Problem>, name: &str, value: Option<&String>) {
        self.put(problems, name, value, FieldKind::Text, Stock::Email);
    }

    /// A field that the settings can map, into the CRM field that goes with it.
    fn mapped(&mut self, inputs: &ArrivalInputs<'_>, record: &Record, field: &XeroField, problems: &mut Vec<Problem>) {
        // Every document in the CRM has a subject, so that one is made in any case.
        let Some(name) = fields::source(inputs.settings, inputs.module, field.key).filter(|name| *name != SUBJECT)
        else {
            return;
        };
        let Seen::Value(Some(value)) = write::value(record, field.key, "") else { return };
        if !self.shelf.has(name) {
            return;
        }
        let fit = self.shelf.fit(name, field.kind, Stock::of(field.kind, field.key), value);
        self.fitted(problems, name, fit);
    }
}

fn add(problems: &mut Vec<Problem>, problem: Problem) {
    if !problems.contains(&problem) {
        problems.push(problem);
    }
}

/// An account, vendor or contact, and who is its primary contact.
fn write_party(
    inputs: &ArrivalInputs<'_>,
    party: &Party,
    sheet: &mut Sheet<'_>,
    problems: &mut Vec<Problem>,
) -> Option<Map<String, Value>> {
    let module = inputs.module;
    let Some(name) = party.name.get() else {
        add(problems, problem::name_missing(module.xero_singular().to_owned()));
        return None;
    };
    if let (true, Some(currency)) = (inputs.crm_organisation.multi_currency, party.currency.get()) {
        sheet.set("Currency", json!(currency.to_ascii_uppercase()));
    }
    match module {
        Module::Vendors => {
            sheet.must_text(problems, "Vendor_Name", name);
            // A vendor has an e-mail address of its own, so that alone makes no person.
            if [&party.person.first_name, &party.person.last_name].iter().any(|part| part.get().is_some()) {
                return Some(person(inputs, party, name, problems));
            }
            sheet.email(problems, "Email", party.person.email.get());
            None
        }
        Module::Contacts => {
            let (first, last) =
                name.rsplit_once(' ').map_or((None, name.as_str()), |(first, last)| (Some(first), last));
            let first = party.person.first_name.get().cloned().or_else(|| first.map(str::to_owned));
            sheet.must_text(problems, "Last_Name", party.person.last_name.get().map_or(last, String::as_str));
            sheet.text(problems, "First_Name", first.as_ref());
            sheet.email(problems, "Email", party.person.email.get());
            None
        }
        _ => {
            sheet.must_text(problems, "Account_Name", name);
            let parts = [&party.person.first_name, &party.person.last_name, &party.person.email];
            parts.iter().any(|part| part.get().is_some()).then(|| person(inputs, party, name, problems))
        }
    }
}

/// The primary contact. The CRM wants a last name: else it is the e-mail address's local part or the company's name.
fn person(inputs: &ArrivalInputs<'_>, party: &Party, company: &str, problems: &mut Vec<Problem>) -> Map<String, Value> {
    let mut sheet = Sheet::new(inputs, Module::Contacts);
    let email = party.person.email.get();
    let local = email.and_then(|email| email.split_once('@')).map(|(local, _)| local).filter(|local| !local.is_empty());
    let last = match party.person.last_name.get() {
        Some(last) => last.as_str(),
        None => {
            let last = local.unwrap_or(company);
            let name = party.person.first_name.get().or(email).map_or(company, String::as_str);
            add(problems, problem::person_name_missing(name.to_owned(), last.to_owned()));
            last
        }
    };
    sheet.must_text(problems, "Last_Name", last);
    sheet.text(problems, "First_Name", party.person.first_name.get());
    sheet.email(problems, "Email", email);
    sheet.phone(problems, "Phone", party.direct.get());
    sheet.phone(problems, "Mobile", party.mobile.get());
    sheet.set(PRIMARY_FLAG, Value::Bool(true));
    sheet.fields
}

/// A product. Which taxes may apply to it is left to the CRM: their ids, by which products name them, are not known.
fn write_item(inputs: &ArrivalInputs<'_>, item: &Item, sheet: &mut Sheet<'_>, problems: &mut Vec<Problem>) {
    let Some(name) = item.name.get().or(item.code.get()) else {
        return add(problems, problem::name_missing("item"));
    };
    sheet.must_text(problems, "Product_Name", name);
    sheet.text(problems, "Product_Code", item.code.get());
    sheet.set("Product_Active", Value::Bool(true));
    let taxed = item.sales.tax_type.get().and_then(|tax_type| {
        taxes::to_crm(inputs.settings, inputs.crm_organisation, inputs.xero_organisation, BooksSide::Sales, tax_type)
    });
    if taxed.is_some_and(|taxes| !taxes.is_empty()) {
        sheet.set("Taxable", Value::Bool(true));
    }
}

/// A line as the CRM takes it.
pub(super) struct Row {
    pub(super) fields: Map<String, Value>,
    pub(super) taxes: Vec<LineTax>,
    /// After its discount and before tax, as the CRM computes it.
    net: Decimal,
    /// The tax on it in Xero.
    xero_tax: Decimal,
}

fn write_document(inputs: &ArrivalInputs<'_>, document: &Document, sheet: &mut Sheet<'_>, problems: &mut Vec<Problem>) {
    head(inputs, document, sheet, problems);
    let rows = rows(inputs, document, problems);
    if rows.is_empty() {
        return add(problems, problem::lines_missing(document.number.get().cloned().unwrap_or_default()));
    }
    let count = rows.len();
    if count > MOST_LINES {
        add(
            problems,
            problem::lines_too_many(
                document.number.get().cloned().unwrap_or_default(),
                count.to_string(),
                MOST_LINES.to_string(),
                None,
            ),
        );
    }
    let sub_total = rows.iter().fold(Decimal::ZERO, |sum, row| sum.saturating_add(row.net));
    let tax = match mode(inputs) {
        TaxMode::Total => total_tax(&rows, sub_total, document, sheet, problems),
        TaxMode::Item | TaxMode::None => {
            rows.iter().flat_map(|row| row.taxes.iter().map(|tax| tax_on(row.net, tax))).sum::<Decimal>()
        }
    };
    let per_line = mode(inputs) != TaxMode::Total;
    let rows = rows.into_iter().map(|mut row| {
        if per_line && !row.taxes.is_empty() {
            row.fields.insert("Line_Tax".to_owned(), tax_list(&row.taxes));
        }
        Value::Object(row.fields)
    });
    if let Some(field) = inputs.module.lines_field() {
        sheet.must(field, rows.collect());
    }
    // With an unmapped tax the CRM's total would only mislead.
    if let (Some(xero_total), false) = (document.total.get(), problems.iter().any(Problem::stops)) {
        let currency = document.currency.get().unwrap_or(&inputs.xero_organisation.base_currency);
        let crm_total = sub_total.saturating_add(tax);
        problems.extend(total_problem(currency, crm_total, *xero_total, count));
    }
}

/// What a total of the CRM's other than Xero's means: a warning in any case, since Xero's is the truth here.
pub(crate) fn total_problem(currency: &str, crm: Decimal, xero: Decimal, lines: usize) -> Option<Problem> {
    let difference = xero.saturating_sub(crm);
    if difference.is_zero() {
        return None;
    }
    let money = |amount: Decimal| Some(format!("{} {currency}", totals::money_in(currency, amount)));
    let (crm, xero, apart) = (money(crm), money(xero), money(difference));
    let told = if difference.abs() <= totals::tolerance_in(currency, lines) {
        problem::total_differs_by_cents(crm, xero, None, None, apart)
    } else {
        problem::total_differs(crm, xero, None, None, apart)
    };
    Some(told.severity(Severity::Warning))
}

/// Everything but lines and taxes.
fn head(inputs: &ArrivalInputs<'_>, document: &Document, sheet: &mut Sheet<'_>, problems: &mut Vec<Problem>) {
    let sales = inputs.module == Module::Invoices;
    let xero_number = document.number.get();
    // Where invoices have Xero's reference in another field, their subject is nobody's.
    let is_reference = !sales || fields::source(inputs.settings, inputs.module, "reference") == Some(SUBJECT);
    let subject = document.reference.get().filter(|_| is_reference).cloned().unwrap_or_else(|| {
        let what = if sales { "Invoice" } else { "Bill" };
        match xero_number {
            Some(number) => format!("{what} {number}"),
            None => xero::unnumbered(inputs.module, document.date.get().copied()),
        }
    });
    sheet.must_text(problems, SUBJECT, &subject);
    match &inputs.references.party {
        Some((module, id)) => {
            let field = match module {
                Module::Contacts => "Contact_Name",
                Module::Vendors => "Vendor_Name",
                _ => "Account_Name",
            };
            sheet.must(field, json!({"id": id.as_str()}));
        }
        None => {
            let party = inputs.xero.pointer("/Contact/Name").and_then(Value::as_str).unwrap_or_default();
            add(problems, problem::party_not_synced(party.to_owned(), Some("the CRM".to_owned())));
        }
    }
    if let (false, Some(number)) = (sales, xero_number) {
        sheet.text(problems, "PO_Number", Some(&bare_number(inputs, number)));
    }
    if let Some(status) = status(inputs, document) {
        sheet.set("Status", json!(status));
    }
    if let Some(code) = document.currency.get() {
        let home = &inputs.crm_organisation.currency;
        if inputs.crm_organisation.multi_currency {
            sheet.set("Currency", json!(code.to_ascii_uppercase()));
        } else if !code.eq_ignore_ascii_case(home) {
            add(
                problems,
                problem::value_adjusted(
                    "Currency",
                    None,
                    Some("the CRM".to_owned()),
                    Some(code.clone()),
                    Some(home.clone()),
                    Some(format!("only {home}")),
                    None,
                    Some("Xero".to_owned()),
                ),
            );
        }
    }
}

/// Xero's number without the prefix that the settings put before the CRM's.
fn bare_number(inputs: &ArrivalInputs<'_>, number: &str) -> String {
    let NumberRule::Crm { prefix } = &inputs.settings.documents.number else { return number.to_owned() };
    number.strip_prefix(prefix.as_str()).filter(|bare| !bare.is_empty()).unwrap_or(number).to_owned()
}

/// The CRM's word for Xero's status. Where nobody chose one for a paid document, that one is approved.
fn status(inputs: &ArrivalInputs<'_>, document: &Document) -> Option<String> {
    let status = DocumentStatus::from(document.status.get().cloned().unwrap_or_default());
    if let Some(chosen) = statuses::chosen_for(inputs.settings, inputs.module, &status) {
        return Some(chosen.to_owned());
    }
    let status = match status {
        DocumentStatus::Paid => DocumentStatus::Authorised,
        DocumentStatus::Other(_) => DocumentStatus::Draft,
        other => other,
    };
    statuses::to_crm(inputs.settings, inputs.crm_organisation, inputs.module, None, &status)
}

fn rows(inputs: &ArrivalInputs<'_>, document: &Document, problems: &mut Vec<Problem>) -> Vec<Row> {
    let lines = document.lines.get().map(Vec::as_slice).unwrap_or_default();
    let elements = inputs.xero.get("LineItems").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let computed = totals::predict(document, |tax_type| rate_of(inputs, tax_type)).lines;
    let mut rows = Vec::with_capacity(lines.len());
    for (at, (line, computed)) in lines.iter().zip(computed).enumerate() {
        let told = elements.get(at).and_then(|element| element.get("TaxAmount")).and_then(decimal);
        rows.push(row(inputs, (at, line), told.unwrap_or(computed.tax), problems));
    }
    rows
}

/// The effective rate of a tax type, per cent.
fn rate_of(inputs: &ArrivalInputs<'_>, tax_type: &str) -> Option<Decimal> {
    let rates = &inputs.xero_organisation.tax_rates;
    rates.iter().find(|rate| rate.tax_type == tax_type).map(|rate| rate.effective_rate)
}

pub(super) fn row(
    inputs: &ArrivalInputs<'_>,
    (at, line): (usize, &Line),
    xero_tax: Decimal,
    problems: &mut Vec<Problem>,
) -> Row {
    let number_of_line = (at + 1).to_string();
    let mut fields = Map::new();
    match product(inputs, line) {
        Some(id) => {
            fields.insert("Product_Name".to_owned(), json!({"id": id}));
        }
        None => add(
            problems,
            match &line.code {
                Some(code) => problem::item_code_unknown(code.clone()),
                None => problem::line_product_missing(number_of_line.clone(), None, None),
            },
        ),
    }
    if let Some(text) = &line.description {
        let (text, told) = fit::line_text(&format!("Line {number_of_line}"), text).told();
        told.into_iter().for_each(|told| add(problems, told));
        fields.extend(text.map(|text| ("Description".to_owned(), text)));
    }
    let prices = Prices::of(inputs.settings, Some(inputs.xero));
    let rate = line.tax_type.as_deref().and_then(|tax_type| rate_of(inputs, tax_type)).unwrap_or_default();
    let amount = line.total.unwrap_or_else(|| discounted(line.gross(), line.discount));
    // A line of text alone has no quantity, and the CRM wants one.
    let (quantity, unit_price) =
        if line.quantity.is_zero() { (Decimal::ONE, amount) } else { (line.quantity, line.unit_price) };
    let mut priced = Line { unit_price, ..Line::default() };
    prices.to_crm(&mut priced, rate);
    let mut held = |field: &str, what: &str, amount: Decimal| {
        let words = format!("Line {number_of_line} {what}");
        let (value, told) = fit::line_number(inputs.crm_organisation, inputs.module, (field, words), amount).told();
        told.into_iter().for_each(|told| add(problems, told));
        value.as_ref().and_then(decimal).unwrap_or(amount)
    };
    // Whatever the CRM's total becomes by that is told of the document as a whole.
    let (quantity, price) =
        (held("Quantity", "quantity", quantity), held("List_Price", "unit price", priced.unit_price));
    let gross = cents(quantity.saturating_mul(price));
    let wanted = match prices {
        Prices::Same => amount,
        Prices::TaxInXero => amount.saturating_sub(xero_tax),
        Prices::TaxInCrm => amount.saturating_add(xero_tax),
    };
    let discount = line.discount.filter(|_| !line.quantity.is_zero());
    let mut net = gross;
    match discount {
        // Neither side takes a discount on a negative amount, so it is part of the price.
        Some(_) if gross.is_sign_negative() => {
            net = wanted;
            fields.insert("Quantity".to_owned(), number(Decimal::ONE));
            fields.insert("List_Price".to_owned(), number(wanted));
        }
        _ => {
            fields.insert("Quantity".to_owned(), number(quantity));
            fields.insert("List_Price".to_owned(), number(price));
        }
    }
    if let Some(discount) = discount.filter(|_| !gross.is_sign_negative()) {
        let (off, said) = match discount {
            Discount::Percent(rate) if gross.saturating_sub(percent(gross, rate)) == wanted => {
                (percent(gross, rate), json!(format!("{}%", rate.normalize())))
            }
            _ => (gross.saturating_sub(wanted), number(gross.saturating_sub(wanted))),
        };
        // A price that was rounded down leaves nothing to be taken off.
        if off.is_sign_positive() && !off.is_zero() {
            fields.insert("Discount".to_owned(), said);
            net = gross.saturating_sub(off);
        }
    }
    // Where the settings say that the CRM's prices contain tax, its documents carry none of their own.
    let contained = inputs.settings.documents.line_amount_types == LineAmountTypes::Inclusive;
    let taxes = if contained { Vec::new() } else { taxes_of(inputs, line, &number_of_line, xero_tax, problems) };
    Row { fields, taxes, net, xero_tax }
}

fn product(inputs: &ArrivalInputs<'_>, line: &Line) -> Option<String> {
    let references = inputs.references;
    let id = match &line.code {
        Some(code) => references.products.get(code),
        None => references.services.get(line.account_code.as_deref().unwrap_or_default()),
    };
    id.map(|id| id.as_str().to_owned())
}

/// The CRM's taxes of a line.
fn taxes_of(
    inputs: &ArrivalInputs<'_>,
    line: &Line,
    number: &str,
    xero_tax: Decimal,
    problems: &mut Vec<Problem>,
) -> Vec<LineTax> {
    let Some(tax_type) = &line.tax_type else { return Vec::new() };
    let side = BooksSide::of(inputs.module);
    let found = taxes::to_crm(inputs.settings, inputs.crm_organisation, inputs.xero_organisation, side, tax_type);
    match found {
        Some(taxes) => taxes,
        // Of a rate that Xero's list does not have, the line itself tells whether it is any.
        None if rate_of(inputs, tax_type).is_none() && xero_tax.is_zero() => Vec::new(),
        None => {
            let told =
                taxes::unmapped_in_crm(inputs.crm_organisation, inputs.xero_organisation, side, tax_type, number);
            // Ten lines with the same tax are one problem.
            if !problems.iter().any(|problem| problem.code == told.code && problem.remedy == told.remedy) {
                problems.push(told);
            }
            Vec::new()
        }
    }
}

fn percent(amount: Decimal, rate: Decimal) -> Decimal {
    cents(amount.saturating_mul(rate) / Decimal::ONE_HUNDRED)
}

fn tax_on(amount: Decimal, tax: &LineTax) -> Decimal {
    percent(amount, tax.percentage)
}

pub(super) fn tax_list(taxes: &[LineTax]) -> Value {
    taxes.iter().map(|tax| json!({"name": tax.name, "percentage": number(tax.percentage)})).collect()
}

/// Where the organisation puts taxes: chosen, else as its newest document has it, else on the lines.
fn mode(inputs: &ArrivalInputs<'_>) -> TaxMode {
    inputs.settings.documents.tax_mode.or(inputs.crm_organisation.tax_mode).unwrap_or(TaxMode::Item)
}

/// One tax for the whole document where all its lines have the same; else Xero's tax as the adjustment. Gives what
/// comes on top of the lines.
fn total_tax(
    rows: &[Row],
    sub_total: Decimal,
    document: &Document,
    sheet: &mut Sheet<'_>,
    problems: &mut Vec<Problem>,
) -> Decimal {
    let charged = |row: &Row| {
        let mut taxes = row.taxes.clone();
        taxes.retain(|tax| !tax.percentage.is_zero());
        taxes
    };
    let mut kinds = Vec::new();
    for taxes in rows.iter().filter(|row| !row.net.is_zero()).map(charged) {
        if !kinds.contains(&taxes) {
            kinds.push(taxes);
        }
    }
    match kinds.as_slice() {
        [] => Decimal::ZERO,
        [taxes] => {
            if !taxes.is_empty() {
                sheet.must("$line_tax", tax_list(taxes));
            }
            taxes.iter().map(|tax| tax_on(sub_total, tax)).sum()
        }
        _ => {
            let tax = rows.iter().fold(Decimal::ZERO, |sum, row| sum.saturating_add(row.xero_tax));
            sheet.set("Adjustment", number(tax));
            let name = document.number.get().cloned().unwrap_or_default();
            add(problems, problem::total_tax_mixed(name));
            tax
        }
    }
}
