//! The lines of a document: how a write changes them, what makes them valid, and how answers show them.

use rust_decimal::Decimal;
use serde_json::{Value, json};

use crate::answers::{LostTracking, TaxTypes};
use crate::arithmetic::{self, AmountType, Discount, round};
use crate::documents::{Document, Shape, Side};
use crate::json::{self, Fault, Issues, Object, Rejection};
use crate::organisation::{Org, TrackingOption};

const KNOWN: &[&str] = &[
    "LineItemID",
    "Description",
    "Quantity",
    "UnitAmount",
    "ItemCode",
    "AccountCode",
    "AccountID",
    "TaxType",
    "TaxAmount",
    "Item",
    "LineAmount",
    "Tracking",
    "DiscountRate",
    "DiscountAmount",
    "RepeatingInvoiceID",
    "Taxability",
    "SalesTaxCodeId",
    "TaxBreakdown",
    "ValidationErrors",
];

/// A line of a document.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Line {
    pub(crate) id: String,
    pub(crate) description: String,
    /// Absent on a line of text alone.
    pub(crate) quantity: Option<Decimal>,
    pub(crate) unit: Option<Decimal>,
    pub(crate) item: Option<String>,
    pub(crate) account: Option<String>,
    pub(crate) tax_type: Option<String>,
    pub(crate) tax: Decimal,
    pub(crate) amount: Decimal,
    pub(crate) discount: Option<Discount>,
    /// Category and option ids.
    pub(crate) tracking: Vec<(String, String)>,
}

impl Line {
    fn is_priced(&self) -> bool {
        self.unit.is_some()
    }

    fn gross(&self) -> Decimal {
        self.quantity.unwrap_or_default() * self.unit.unwrap_or_default()
    }

    /// What the discount takes off.
    pub(crate) fn discounted(&self) -> Decimal {
        if self.discount.is_some() { round(self.gross(), 2) - self.amount } else { Decimal::ZERO }
    }

    /// What may not change once money was applied to the document.
    pub(crate) fn financial(&self) -> impl PartialEq + use<'_> {
        (&self.id, self.quantity, self.unit, &self.item, &self.tax_type, self.tax, self.amount, self.discount)
    }
}

/// What the amount of a line may come to.
const MOST: Decimal = Decimal::from_parts(3_567_587_327, 232, 0, false, 2);

/// What lines are read for.
pub(crate) struct Context {
    pub(crate) side: Side,
    pub(crate) amounts: AmountType,
    pub(crate) four_decimals: bool,
}

/// The lines that a write leaves: known ids are updated, others are new, what is not sent is gone.
pub(crate) fn apply(
    org: &mut Org,
    context: &Context,
    existing: &[Line],
    sent: &[&Object],
    issues: &mut Issues,
    warnings: &mut Vec<String>,
) -> Result<Vec<Line>, Rejection> {
    let mut out: Vec<Line> = Vec::new();
    for row in sent {
        json::unknown(row, KNOWN, issues);
        let id = json::guid(row, "LineItemID")?;
        let known = id.as_ref().and_then(|id| existing.iter().find(|line| line.id == *id));
        let mut line = match known {
            Some(line) => line.clone(),
            None => Line {
                id: org.guids.guid(),
                description: String::new(),
                quantity: None,
                unit: None,
                item: None,
                account: None,
                tax_type: None,
                tax: Decimal::ZERO,
                amount: Decimal::ZERO,
                discount: None,
                tracking: Vec::new(),
            },
        };
        read(org, context, &mut line, row, issues, warnings)?;
        out.push(line);
    }
    Ok(out)
}

fn read(
    org: &Org,
    context: &Context,
    line: &mut Line,
    sent: &Object,
    issues: &mut Issues,
    warnings: &mut Vec<String>,
) -> Result<(), Rejection> {
    if let Some(description) = json::text(sent, "Description")? {
        json::limit(&description, "Description", 4_000, issues);
        line.description = description;
    }
    if let Some(quantity) = json::decimal(sent, "Quantity")? {
        line.quantity = Some(round(quantity, 4));
    }
    if let Some(unit) = json::decimal(sent, "UnitAmount")? {
        line.unit = Some(round(unit, if context.four_decimals { 4 } else { 2 }));
    }
    let account = json::text(sent, "AccountCode")?.filter(|code| !code.is_empty());
    let by_id = match json::guid(sent, "AccountID")? {
        Some(id) if account.is_none() => match org.accounts.iter().find(|account| account.id == id) {
            Some(account) => account.code.clone(),
            None => {
                issues.add("Account must be valid.");
                None
            }
        },
        _ => None,
    };
    let account = account.or(by_id);
    let tax_type = json::text(sent, "TaxType")?.filter(|code| !code.is_empty());
    if account.is_some() {
        line.account = account;
    }
    if tax_type.is_some() {
        line.tax_type = tax_type;
    }
    if let Some(code) = json::text(sent, "ItemCode")?.filter(|code| !code.is_empty()) {
        item_defaults(org, context, line, &code, issues);
    }
    if line.tax_type.is_none() {
        line.tax_type =
            line.account.as_ref().and_then(|code| org.account(code)).map(|account| account.tax_type.clone());
    }
    if let Some(rows) = json::list(sent, "Tracking")? {
        line.tracking = tracking(org, &rows, &line.tracking, issues, warnings)?;
    }
    discount(context, line, sent, issues)?;
    // A LineAmount of zero counts as missing.
    let told = json::decimal(sent, "LineAmount")?.filter(|amount| !amount.is_zero());
    if line.unit.is_none()
        && let Some(amount) = told
    {
        let quantity = line.quantity.filter(|quantity| !quantity.is_zero()).unwrap_or(Decimal::ONE);
        line.unit = Some(round(amount / quantity, if context.four_decimals { 4 } else { 2 }));
    }
    if line.unit.is_some() && line.quantity.is_none() {
        line.quantity = Some(Decimal::ONE);
    }
    if line.quantity.is_some() && line.unit.is_none() {
        line.unit = Some(Decimal::ZERO);
    }
    compute(org, context.amounts, line);
    if line.amount.abs() > MOST {
        issues.add(format!("The line amount must not exceed {MOST}."));
    }
    if let Some(amount) = told.map(|amount| round(amount, 2)).filter(|amount| *amount != line.amount) {
        issues.add(format!("The line total {amount:.2} does not match the expected line total {:.2}", line.amount));
    }
    if let Some(tax) = json::decimal(sent, "TaxAmount")?.filter(|_| context.amounts != AmountType::NoTax) {
        if tax.abs() > line.amount.abs() {
            issues.add("Tax amount cannot be greater than the line amount");
        }
        line.tax = round(tax, 2);
    }
    Ok(())
}

/// An item gives description, price and tax where the line has none. The account must be sent.
fn item_defaults(org: &Org, context: &Context, line: &mut Line, code: &str, issues: &mut Issues) {
    let Some(item) = org.item_by_code(code) else {
        issues.add(format!("Item code '{code}' is not valid"));
        return;
    };
    let (details, description) = if context.side.is_sale() {
        (&item.sales, &item.description)
    } else {
        (&item.purchase, &item.purchase_description)
    };
    if line.description.is_empty() {
        line.description.clone_from(if description.is_empty() { &item.name } else { description });
    }
    // Which of Xero's words tell it is not known; that it is refused is.
    let (used, mark) = if context.side.is_sale() { (item.sold, "sold") } else { (item.purchased, "purchased") };
    // What is on the line already stays.
    if !used && line.item.as_ref() != Some(&item.code) {
        issues.add(format!("Item code '{}' cannot be used on this document as the item is not {mark}", item.code));
    }
    line.unit = line.unit.or(details.price);
    if line.tax_type.is_none() {
        line.tax_type.clone_from(&details.tax_type);
    }
    line.item = Some(item.code.clone());
}

fn discount(context: &Context, line: &mut Line, sent: &Object, issues: &mut Issues) -> Result<(), Fault> {
    let rate = json::decimal(sent, "DiscountRate")?;
    let amount = json::decimal(sent, "DiscountAmount")?;
    let any = rate.or(amount);
    if any.is_none() {
        return Ok(());
    }
    if context.side != Side::Accrec {
        if [rate, amount].into_iter().flatten().any(|value| !value.is_zero()) {
            issues.add("Discounts are only supported on line items of ACCREC invoices and quotes.");
        }
        return Ok(());
    }
    if rate.is_some_and(|rate| rate < Decimal::ZERO || rate > Decimal::ONE_HUNDRED) {
        issues.add("Discount rate must be between 0 and 100.");
    }
    if rate.is_none() && line.unit.is_some_and(|unit| unit.is_sign_negative()) {
        issues.add("Discount amount cannot be applied to a line item with a negative unit amount.");
    }
    // The rate wins when both are sent.
    line.discount = match (rate, amount) {
        (Some(rate), _) => Some(Discount::Rate(rate)).filter(|_| !rate.is_zero()),
        (None, Some(amount)) => Some(Discount::Amount(round(amount, 2))).filter(|_| !amount.is_zero()),
        (None, None) => None,
    };
    Ok(())
}

/// Works out a line's amount and tax.
pub(crate) fn compute(org: &Org, amounts: AmountType, line: &mut Line) {
    let (Some(quantity), Some(unit)) = (line.quantity, line.unit) else {
        line.amount = Decimal::ZERO;
        line.tax = Decimal::ZERO;
        return;
    };
    let edges = org.answers.edges;
    line.amount = arithmetic::line_amount(quantity, unit, line.discount, edges);
    let rate = line.tax_type.as_ref().and_then(|code| org.tax_rate(code));
    let components = rate.map_or_else(Vec::new, |rate| {
        // Looked up by the customer's address; here it is the same everywhere.
        if rate.tax_type == "AVALARA" { vec![(Decimal::new(825, 2), false)] } else { rate.components() }
    });
    line.tax = arithmetic::line_tax(line.amount, &components, amounts, edges);
}

/// The categories and options of a line that has had `before`.
fn tracking(
    org: &Org,
    rows: &[&Object],
    before: &[(String, String)],
    issues: &mut Issues,
    warnings: &mut Vec<String>,
) -> Result<Vec<(String, String)>, Fault> {
    if rows.len() > 2 {
        issues.add("A line item can have at most 2 tracking categories.");
    }
    let mut out = Vec::new();
    for row in rows {
        let (category, option) = (json::guid(row, "TrackingCategoryID")?, json::guid(row, "TrackingOptionID")?);
        let (name, choice) = (json::text(row, "Name")?, json::text(row, "Option")?);
        let found = org
            .categories
            .iter()
            .find(|row| category.as_ref() == Some(&row.id) || name.as_ref() == Some(&row.name))
            .and_then(|row| {
                let is = |known: &&TrackingOption| {
                    option.as_ref() == Some(&known.id) || choice.as_ref() == Some(&known.name)
                };
                let option = row.options.iter().find(is)?;
                Some(((row.id.clone(), option.id.clone()), row.status == "ACTIVE" && option.status == "ACTIVE"))
            });
        let told = "The tracking category or option of a line item does not exist or is not active.";
        match (found, org.answers.lost_tracking) {
            (Some((pair, true)), _) => out.push(pair),
            (Some((pair, false)), LostTracking::KeptWhereItIs) if before.contains(&pair) => out.push(pair),
            (_, LostTracking::Dropped) => warnings.push(told.to_owned()),
            _ => issues.add(told),
        }
    }
    Ok(out)
}

/// Checks the lines for a document that is kept in this status. Drafts may lack accounts; unknown ones are dropped there.
pub(crate) fn validate(
    org: &Org,
    side: Side,
    amounts: AmountType,
    draft: bool,
    lines: &mut [Line],
    issues: &mut Issues,
    warnings: &mut Vec<String>,
) {
    for line in lines {
        if line.description.trim().is_empty() && !draft {
            issues.add("Description must be specified.");
        }
        if !line.is_priced() {
            continue;
        }
        let account = line.account.as_ref().map(|code| (code.clone(), org.account(code)));
        let class = match account {
            None => {
                if !draft {
                    issues.add("Account code must be specified");
                }
                None
            }
            Some((code, None)) if draft => {
                warnings
                    .push(format!("Account code '{code}' has been removed as it does not match a recognised account."));
                line.account = None;
                None
            }
            Some((code, Some(account))) if !account.is_active() => {
                issues.add(format!(
                    "Account code '{code}' has been archived, or has been deleted. Each line item must reference a valid account."
                ));
                None
            }
            Some((_, Some(account))) if account.system.is_none() && account.kind != "BANK" => Some(account),
            Some((code, _)) => {
                issues.add(format!("Account code '{code}' is not a valid code for this document"));
                None
            }
        };
        if amounts == AmountType::NoTax {
            continue;
        }
        match &line.tax_type {
            None if draft => {}
            None => issues.add("Tax rate must be valid."),
            Some(code) => match (org.tax_rate(code).filter(|rate| rate.status == "ACTIVE"), class) {
                (None, _) => issues.add(format!(
                    "The TaxType code {code} does not exist or cannot be used for this type of transaction."
                )),
                (Some(rate), Some(account)) if !rate.applies_to(&account.class) => issues.add(format!(
                    "The TaxType code '{code}' cannot be used with account code '{}'.",
                    line.account.as_deref().unwrap_or_default()
                )),
                (Some(rate), _)
                    if org.answers.tax_types == TaxTypes::ByDocumentAndAccount && !rate.applies_on(side) =>
                {
                    issues.add(format!(
                        "The TaxType code {code} does not exist or cannot be used for this type of transaction."
                    ));
                }
                _ => {}
            },
        }
    }
}

/// A line as an answer shows it.
pub(crate) fn render(org: &Org, document: &Document, line: &Line, shape: Shape, four_decimals: bool) -> Value {
    let mut row = json!({
        "LineItemID": line.id,
        "Description": line.description,
        "LineAmount": json::number(line.amount),
        "TaxAmount": json::number(line.tax),
    });
    if let (Some(quantity), Some(unit)) = (line.quantity, line.unit) {
        row["Quantity"] = json::number(quantity);
        row["UnitAmount"] = json::number(round(unit, if four_decimals { 4 } else { 2 }));
    }
    let tax_type = if document.amounts == AmountType::NoTax { Some("NONE") } else { line.tax_type.as_deref() };
    if let Some(tax_type) = tax_type {
        row["TaxType"] = json!(tax_type);
    }
    if let Some(code) = &line.account {
        row["AccountCode"] = json!(code);
        if let Some(account) = org.account(code) {
            row["AccountID"] = json!(account.id);
        }
    }
    if let Some(code) = &line.item {
        row["ItemCode"] = json!(code);
        if let Some(item) = org.item_by_code(code) {
            row["Item"] = json!({ "ItemID": item.id, "Name": item.name, "Code": item.code });
        }
    }
    if let Some(discount) = line.discount {
        let gross = line.gross();
        let rate = match discount {
            Discount::Rate(rate) => rate,
            Discount::Amount(_) if gross.is_zero() => Decimal::ZERO,
            Discount::Amount(amount) => amount * Decimal::ONE_HUNDRED / gross,
        };
        row["DiscountRate"] = json::number(round(rate, 2));
        if matches!(shape, Shape::One | Shape::Written) {
            row["DiscountAmount"] = json::number(line.discounted());
        }
    }
    row["Tracking"] = line
        .tracking
        .iter()
        .filter_map(|(category, option)| {
            let category = org.categories.iter().find(|row| row.id == *category)?;
            let option = category.options.iter().find(|row| row.id == *option)?;
            Some(json!({
                "Name": category.name,
                "Option": option.name,
                "TrackingCategoryID": category.id,
                "TrackingOptionID": option.id,
            }))
        })
        .collect();
    if shape == Shape::Written {
        row["ValidationErrors"] = json!([]);
    }
    row
}
