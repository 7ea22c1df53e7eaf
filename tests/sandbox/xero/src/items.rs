//! Items: a price list keyed by code, without pages and without an archive.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use sandbox_kernel::Request;
use serde_json::{Value, json};

use crate::arithmetic::round;
use crate::batch::{self, Mode, Saved, Writing};
use crate::dates;
use crate::filter::{Fields, Kind, at};
use crate::json::{self, Fault, Issues, Object, Rejection, invalid};
use crate::listing::{self, Listed, Page, Query};
use crate::organisation::Org;
use crate::table::Row;

const KNOWN: &[&str] = &[
    "Code",
    "InventoryAssetAccountCode",
    "Name",
    "IsSold",
    "IsPurchased",
    "Description",
    "PurchaseDescription",
    "PurchaseDetails",
    "SalesDetails",
    "IsTrackedAsInventory",
    "TotalCostPool",
    "QuantityOnHand",
    "UpdatedDateUTC",
    "ItemID",
    "StatusAttributeString",
    "ValidationErrors",
    "HasValidationErrors",
    "Warnings",
];

pub(crate) const FIELDS: Fields = &[
    ("ItemID", Kind::Guid),
    ("Code", Kind::Text),
    ("Name", Kind::Text),
    ("Description", Kind::Text),
    ("IsSold", Kind::Flag),
    ("IsPurchased", Kind::Flag),
    ("IsTrackedAsInventory", Kind::Flag),
    ("SalesDetails.UnitPrice", Kind::Number),
    ("PurchaseDetails.UnitPrice", Kind::Number),
    ("UpdatedDateUTC", Kind::Date),
];

/// One side of an item: selling or buying.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Details {
    pub(crate) price: Option<Decimal>,
    pub(crate) account: Option<String>,
    pub(crate) cogs_account: Option<String>,
    pub(crate) tax_type: Option<String>,
}

/// An item.
#[derive(Debug, Clone)]
pub(crate) struct Item {
    pub(crate) id: String,
    pub(crate) code: String,
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) purchase_description: String,
    pub(crate) sold: bool,
    pub(crate) purchased: bool,
    pub(crate) sales: Details,
    pub(crate) purchase: Details,
    inventory_account: Option<String>,
    pub(crate) updated: DateTime<Utc>,
}

/// Under which key an item's code is found: codes are compared without case.
pub(crate) fn code_key(code: &str) -> String {
    format!("c{}", code.to_ascii_lowercase())
}

impl Row for Item {
    fn keys(&self) -> Vec<String> {
        vec![code_key(&self.code)]
    }
}

impl Listed for Item {
    fn id(&self) -> &str {
        &self.id
    }

    fn updated(&self) -> DateTime<Utc> {
        self.updated
    }
}

impl Item {
    fn is_tracked(&self) -> bool {
        self.inventory_account.is_some() && self.purchase.cogs_account.is_some()
    }
}

pub(crate) const KIND: batch::Kind = batch::Kind {
    plural: "Items",
    id: "ItemID",
    has_errors: None,
    save,
    render: |org, writing, id| match org.items.get(id) {
        Some(item) => {
            let mut row = render(item, writing.four_decimals);
            if writing.mode == Mode::Upsert {
                row["UpdatedDateUTC"] = json!(dates::bare_moment(item.updated));
            }
            row
        }
        None => Value::Null,
    },
};

fn save(org: &mut Org, writing: &Writing, sent: &Object) -> Result<Saved, Rejection> {
    let mut issues = Issues::default();
    json::unknown(sent, KNOWN, &mut issues);
    let id = match &writing.path_id {
        // The path takes a code as well.
        Some(key) => Some(org.items.get(key).or_else(|| org.item_by_code(key)).ok_or(Fault::NotFound)?.id.clone()),
        None => json::guid(sent, "ItemID")?,
    };
    let Some(code) = json::text(sent, "Code")?.filter(|code| !code.trim().is_empty()) else {
        return invalid("Price List Item Code must be supplied");
    };
    let same_code = org.item_by_code(&code).map(|item| item.id.clone());
    let target = match (id, same_code, writing.mode) {
        (Some(id), _, _) if !org.items.contains_key(&id) => return Err(Fault::NotFound.into()),
        (Some(id), Some(other), Mode::Upsert) if id != other => Err(other),
        (Some(id), _, Mode::Upsert) => Ok(Some(id)),
        (None, found, Mode::Upsert) => Ok(found),
        (_, Some(other), Mode::Create) => Err(other),
        (_, None, Mode::Create) => Ok(None),
    };
    let Ok(target) = target else { return invalid(format!("Price List Item with Code '{code}' already exists")) };
    let mut item = match target.and_then(|id| org.items.get(&id)) {
        Some(item) => item.clone(),
        None => Item {
            id: org.guids.guid(),
            code: code.clone(),
            name: String::new(),
            description: String::new(),
            purchase_description: String::new(),
            sold: true,
            purchased: true,
            sales: Details::default(),
            purchase: Details::default(),
            inventory_account: None,
            updated: writing.now,
        },
    };
    item.code = code;
    apply(org, &mut item, sent, writing, &mut issues)?;
    issues.check()?;
    item.updated = writing.now;
    let id = item.id.clone();
    org.items.insert(id.clone(), item);
    Ok(id.into())
}

fn apply(org: &Org, item: &mut Item, sent: &Object, writing: &Writing, issues: &mut Issues) -> Result<(), Rejection> {
    let text = |name: &str, field: &mut String, max: usize, issues: &mut Issues| -> Result<(), Fault> {
        if let Some(value) = json::text(sent, name)? {
            *field = value;
        }
        json::limit(field, name, max, issues);
        Ok(())
    };
    json::limit(&item.code, "Code", 30, issues);
    text("Name", &mut item.name, 50, issues)?;
    text("Description", &mut item.description, 4_000, issues)?;
    text("PurchaseDescription", &mut item.purchase_description, 4_000, issues)?;
    item.sold = json::boolean(sent, "IsSold")?.unwrap_or(item.sold);
    item.purchased = json::boolean(sent, "IsPurchased")?.unwrap_or(item.purchased);
    if let Some(code) = json::text(sent, "InventoryAssetAccountCode")? {
        if org.account(&code).is_none_or(|account| account.kind != "INVENTORY") {
            issues.add(format!("Account code '{code}' is not a valid code for this document"));
        }
        item.inventory_account = Some(code);
    }
    details(org, &mut item.sales, sent, "SalesDetails", writing, issues)?;
    details(org, &mut item.purchase, sent, "PurchaseDetails", writing, issues)?;
    if item.is_tracked() && item.purchase.account.is_some() {
        issues.add("PurchaseDetails.AccountCode is not applicable to tracked inventory items.");
    }
    if !item.sold {
        item.sales = Details::default();
        item.description = String::new();
    }
    if !item.purchased {
        item.purchase = Details::default();
        item.purchase_description = String::new();
    }
    Ok(())
}

fn details(
    org: &Org,
    details: &mut Details,
    sent: &Object,
    side: &str,
    writing: &Writing,
    issues: &mut Issues,
) -> Result<(), Rejection> {
    let Some(sent) = json::object(sent, side)? else { return Ok(()) };
    json::unknown(sent, &["UnitPrice", "AccountCode", "COGSAccountCode", "TaxType"], issues);
    // Absent is fine, null is not.
    for name in ["AccountCode", "COGSAccountCode"] {
        if sent.get(name).is_some_and(Value::is_null) {
            return Err(
                Fault::PostData(format!("JSON for post data was invalid,{side}.{name} must not be null")).into()
            );
        }
    }
    if let Some(price) = json::decimal(sent, "UnitPrice")? {
        details.price = Some(round(price, if writing.four_decimals { 4 } else { 2 }));
    }
    for (name, field) in [("AccountCode", &mut details.account), ("COGSAccountCode", &mut details.cogs_account)] {
        if let Some(code) = json::text(sent, name)? {
            match org.account(&code) {
                _ if code.is_empty() => {}
                Some(account) if !account.is_active() => issues.add(format!(
                    "Account code '{code}' has been archived, or has been deleted. Each line item must reference a valid account."
                )),
                Some(account) if account.system.is_none() && account.kind != "BANK" => {}
                _ => issues.add(format!("Account code '{code}' is not a valid code for this document")),
            }
            *field = Some(code).filter(|code| !code.is_empty());
        }
    }
    if let Some(code) = json::text(sent, "TaxType")? {
        if !code.is_empty() && org.tax_rate(&code).is_none_or(|rate| rate.status != "ACTIVE") {
            issues
                .add(format!("The TaxType code {code} does not exist or cannot be used for this type of transaction."));
        }
        details.tax_type = Some(code).filter(|code| !code.is_empty());
    }
    Ok(())
}

fn render_details(details: &Details, four_decimals: bool) -> Value {
    let mut row = json!({});
    if let Some(price) = details.price {
        row["UnitPrice"] = json::number(round(price, if four_decimals { 4 } else { 2 }));
    }
    for (name, value) in
        [("AccountCode", &details.account), ("COGSAccountCode", &details.cogs_account), ("TaxType", &details.tax_type)]
    {
        if let Some(value) = value {
            row[name] = json!(value);
        }
    }
    row
}

/// An item as an answer shows it.
pub(crate) fn render(item: &Item, four_decimals: bool) -> Value {
    let mut row = json!({
        "ItemID": item.id,
        "Code": item.code,
        "Name": item.name,
        "IsSold": item.sold,
        "IsPurchased": item.purchased,
        "IsTrackedAsInventory": item.is_tracked(),
        "SalesDetails": render_details(&item.sales, four_decimals),
        "PurchaseDetails": render_details(&item.purchase, four_decimals),
        "UpdatedDateUTC": dates::moment(item.updated),
    });
    for (name, value) in [("Description", &item.description), ("PurchaseDescription", &item.purchase_description)] {
        if !value.is_empty() {
            row[name] = json!(value);
        }
    }
    if let Some(code) = &item.inventory_account {
        row["InventoryAssetAccountCode"] = json!(code);
    }
    if item.is_tracked() {
        row["QuantityOnHand"] = json::number(Decimal::ZERO);
        row["TotalCostPool"] = json::number(Decimal::ZERO);
    }
    row
}

/// `GET /Items`: all of them, without pages.
pub(crate) fn list(org: &Org, request: &Request) -> Result<Page, Fault> {
    let four = listing::four_decimals(request);
    let mut query = request.clone();
    query.query.retain(|(name, _)| !matches!(name.as_str(), "page" | "pageSize"));
    let query = Query::read(&query, "Item", FIELDS, false)?;
    query.run(org.items.values().collect(), field, |item| render(item, four))
}

/// The value of one of [`FIELDS`].
fn field(item: &Item, path: &str) -> Value {
    match path {
        "ItemID" => json!(item.id),
        "Code" => json!(item.code),
        "Name" => json!(item.name),
        _ => at(&render(item, true), path),
    }
}

/// `GET /Items/{ItemID or Code}`.
pub(crate) fn one(org: &Org, key: &str, four_decimals: bool) -> Option<Value> {
    let item = org.items.get(&key.to_ascii_lowercase()).or_else(|| org.item_by_code(key));
    item.map(|item| render(item, four_decimals))
}

/// `DELETE /Items/{ItemID}`: only when no document uses it.
pub(crate) fn delete(org: &mut Org, key: &str) -> Result<(), Rejection> {
    let id = key.to_ascii_lowercase();
    let Some(item) = org.items.get(&id) else { return Err(Fault::NotFound.into()) };
    let used = |code: &str| code.eq_ignore_ascii_case(&item.code);
    if org.documents.values().any(|document| document.lines.iter().any(|line| line.item.as_deref().is_some_and(used))) {
        return invalid("Price List Item cannot be deleted because it is used on a transaction.");
    }
    org.items.remove(&id);
    Ok(())
}
