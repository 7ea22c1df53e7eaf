//! What both sides of a linked record must have in common, read off the mapping: no code of the program is used.

use rust_decimal::{Decimal, RoundingStrategy};
use serde_json::Value;
use shared::module::Module;
use shared::problem::Code;

/// A field in which both sides differ.
#[derive(Debug)]
#[allow(dead_code, reason = "shown when a test fails")]
pub(super) struct Difference {
    field: String,
    crm: String,
    xero: String,
}

/// Problems that say that a difference is known and stays.
const KEPT_APART: [Code; 6] = [
    Code::DocumentPaid,
    Code::DocumentApproved,
    Code::DocumentVoided,
    Code::DocumentLocked,
    Code::ItemTracked,
    Code::TotalTaxMixed,
];

/// What surrounds a comparison.
pub(super) struct Around<'a> {
    /// All contacts of the CRM.
    pub(super) people: &'a [Value],
    /// A record of the CRM.
    pub(super) crm: &'a dyn Fn(&str, &str) -> Option<Value>,
    /// What the preview says beside.
    pub(super) problems: &'a [Code],
    /// Changes go both ways.
    pub(super) both_ways: bool,
    /// One company is an account and a vendor of the CRM, and one contact in Xero: the two are linked as they stood.
    pub(super) shared: bool,
}

struct Comparison(Vec<Difference>);

impl Comparison {
    fn text(&mut self, field: &str, crm: &str, xero: &str) {
        if crm.trim() != xero.trim() {
            self.0.push(Difference { field: field.to_owned(), crm: crm.to_owned(), xero: xero.to_owned() });
        }
    }

    fn amount(&mut self, field: &str, crm: Option<Decimal>, xero: Option<Decimal>) {
        if crm.unwrap_or_default() != xero.unwrap_or_default() {
            self.0.push(Difference { field: field.to_owned(), crm: format!("{crm:?}"), xero: format!("{xero:?}") });
        }
    }
}

fn text<'a>(record: &'a Value, field: &str) -> &'a str {
    record[field].as_str().unwrap_or_default()
}

fn number(value: &Value) -> Option<Decimal> {
    let plain = match value {
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.clone(),
        _ => return None,
    };
    plain.parse().ok()
}

fn round(value: Decimal, places: u32) -> Decimal {
    value.round_dp_with_strategy(places, RoundingStrategy::MidpointAwayFromZero)
}

/// Xero's names have single spaces and no angle brackets.
fn squash(name: &str) -> String {
    name.replace(['<', '>'], " ").split_whitespace().collect::<Vec<_>>().join(" ")
}

fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

fn slot<'a>(xero: &'a Value, list: &str, key: &str, kind: &str) -> &'a Value {
    let rows = xero[list].as_array().map(Vec::as_slice).unwrap_or_default();
    rows.iter().find(|row| row[key] == kind).unwrap_or(&Value::Null)
}

fn phone(xero: &Value, kind: &str) -> String {
    let slot = slot(xero, "Phones", "PhoneType", kind);
    ["PhoneCountryCode", "PhoneAreaCode", "PhoneNumber"].map(|part| digits(text(slot, part))).concat()
}

/// A calendar day of Xero's.
fn day<'a>(xero: &'a Value, field: &str) -> &'a str {
    text(xero, field).split('T').next().unwrap_or_default()
}

pub(super) fn differences(module: Module, crm: &Value, xero: &Value, around: &Around<'_>) -> Vec<Difference> {
    let mut found = Comparison(Vec::new());
    // An archived contact takes nothing, and stands in no list.
    let at_rest = text(xero, "ContactStatus") == "ARCHIVED";
    let whole =
        !at_rest && around.both_ways && !around.shared && !around.problems.iter().any(|code| KEPT_APART.contains(code));
    match module {
        Module::Accounts | Module::Vendors if whole => party(module, crm, xero, around, &mut found),
        Module::Contacts if whole => {
            let name = squash(&format!("{} {}", text(crm, "First_Name"), text(crm, "Last_Name")));
            found.text("name", &name, text(xero, "Name"));
            found.text("e-mail", text(crm, "Email"), text(xero, "EmailAddress"));
        }
        Module::Products if whole => item(crm, xero, &mut found),
        Module::Invoices | Module::PurchaseOrders => {
            told(crm, xero, &mut found);
            if whole {
                document(module, crm, xero, around, &mut found);
            }
        }
        _ => {}
    }
    found.0
}

fn party(module: Module, crm: &Value, xero: &Value, around: &Around<'_>, found: &mut Comparison) {
    let (name, address) = match module {
        Module::Vendors => ("Vendor_Name", ["City", "State", "Zip_Code", "Country"]),
        _ => ("Account_Name", ["Billing_City", "Billing_State", "Billing_Code", "Billing_Country"]),
    };
    found.text("name", &squash(text(crm, name)), text(xero, "Name"));
    found.text("phone", &digits(text(crm, "Phone")), &phone(xero, "DEFAULT"));
    if module == Module::Accounts {
        // A number that nobody filled is a zero in the CRM.
        let number = Some(text(crm, "Account_Number")).filter(|number| *number != "0").unwrap_or_default();
        found.text("account number", number, text(xero, "AccountNumber"));
        found.text("fax", &digits(text(crm, "Fax")), &phone(xero, "FAX"));
    }
    let place = slot(xero, "Addresses", "AddressType", "POBOX");
    for (ours, theirs) in address.iter().zip(["City", "Region", "PostalCode", "Country"]) {
        // Countries have letters only in Xero.
        let ours = text(crm, ours);
        if theirs != "Country" || !ours.chars().any(|c| c.is_ascii_digit()) {
            found.text(theirs, ours, text(place, theirs));
        }
    }
    // Who the person is can be known only where there is one contact.
    let company = if module == Module::Vendors { "Vendor_Name" } else { "Account_Name" };
    let own: Vec<&Value> = around.people.iter().filter(|person| person[company]["id"] == crm["id"]).collect();
    if let [person] = own.as_slice() {
        // A person without a last name in Xero got one in the CRM.
        let stands_in = around.problems.contains(&Code::PersonNameMissing) || text(xero, "LastName").is_empty();
        if !stands_in {
            found.text("first name", text(person, "First_Name"), text(xero, "FirstName"));
            found.text("last name", text(person, "Last_Name"), text(xero, "LastName"));
        }
        found.text("e-mail", text(person, "Email"), text(xero, "EmailAddress"));
    }
}

fn item(crm: &Value, xero: &Value, found: &mut Comparison) {
    let code = text(crm, "Product_Code");
    if code.chars().count() <= 30 {
        found.text("code", code, text(xero, "Code"));
    }
    let name = text(crm, "Product_Name");
    if name.chars().count() <= 50 {
        found.text("name", name, text(xero, "Name"));
        found.text("text", text(crm, "Description"), text(xero, "Description"));
    }
    let price = number(&crm["Unit_Price"]).map(|price| round(price, 4));
    found.amount("price", price, number(&xero["SalesDetails"]["UnitPrice"]));
}

/// What the CRM is told of Xero's document.
fn told(crm: &Value, xero: &Value, found: &mut Comparison) {
    found.text("Xero_Number", text(crm, "Xero_Number"), text(xero, "InvoiceNumber"));
    found.text("Xero_Status", text(crm, "Xero_Status"), text(xero, "Status"));
    for (ours, theirs) in [
        ("Xero_Total", "Total"),
        ("Xero_Amount_Paid", "AmountPaid"),
        ("Xero_Amount_Credited", "AmountCredited"),
        ("Xero_Amount_Due", "AmountDue"),
    ] {
        found.amount(ours, number(&crm[ours]), number(&xero[theirs]));
    }
}

fn document(module: Module, crm: &Value, xero: &Value, around: &Around<'_>, found: &mut Comparison) {
    let (date, party, company, lines) = match module {
        Module::PurchaseOrders => ("PO_Date", "Vendor_Name", "Vendors", "Purchase_Items"),
        _ => ("Invoice_Date", "Account_Name", "Accounts", "Invoiced_Items"),
    };
    let status = text(crm, "Status");
    let fits = match text(xero, "Status") {
        "DRAFT" | "SUBMITTED" => matches!(status, "Created" | "On Hold"),
        "AUTHORISED" | "PAID" => matches!(status, "Approved" | "Delivered"),
        "VOIDED" | "DELETED" => matches!(status, "Canceled" | "Cancelled"),
        _ => false,
    };
    if !fits {
        found.text("status", status, text(xero, "Status"));
    }
    if matches!(text(xero, "Status"), "VOIDED" | "DELETED") {
        return;
    }
    if module == Module::Invoices && !text(xero, "Reference").is_empty() {
        found.text("reference", text(crm, "Subject"), text(xero, "Reference"));
    }
    for (ours, theirs) in [(date, "DateString"), ("Due_Date", "DueDateString")] {
        let ours = text(crm, ours);
        if !ours.is_empty() {
            found.text(theirs, ours, day(xero, theirs));
        }
    }
    if let Some(id) = crm[party]["id"].as_str()
        && let Some(party) = (around.crm)(company, id)
        // One that waits for somebody's word which contact it is has none yet; that it says so is checked with the lost ones.
        && !text(&party, "Xero_ID").is_empty()
    {
        found.text("party", text(&party, "Xero_ID"), text(&xero["Contact"], "ContactID"));
    }
    let empty = Vec::new();
    let ours = crm[lines].as_array().unwrap_or(&empty);
    let mut theirs: Vec<&Value> = xero["LineItems"].as_array().unwrap_or(&empty).iter().collect();
    if text(xero, "LineAmountTypes") != "Inclusive" {
        for line in ours {
            let (quantity, price) = (number(&line["Quantity"]), number(&line["List_Price"]));
            let (quantity, price) = (quantity.unwrap_or_default(), price.unwrap_or_default());
            // What Xero's four decimals do not hold goes another way, and so do discounts on bills.
            let held = quantity.normalize().scale() <= 4 && price.normalize().scale() <= 4;
            let discounted =
                number(&line["Discount"]).unwrap_or_default() != Decimal::ZERO || line["Discount"].is_string();
            if !held || (discounted && module == Module::PurchaseOrders) {
                continue;
            }
            let same =
                |one: &&Value| number(&one["Quantity"]) == Some(quantity) && number(&one["UnitAmount"]) == Some(price);
            match theirs.iter().position(same) {
                Some(at) => {
                    theirs.remove(at);
                }
                None => found.text("line", &line.to_string(), &xero["LineItems"].to_string()),
            }
        }
    }
    let (total, other) = (number(&crm["Grand_Total"]).unwrap_or_default(), number(&xero["Total"]).unwrap_or_default());
    let cents = Decimal::new(i64::try_from(ours.len().max(1)).unwrap_or(1), 2);
    let known = around.problems.iter().any(|code| matches!(code, Code::TotalDiffers | Code::TotalDiffersByCents));
    if (total - other).abs() > cents && !known {
        found.amount("total", Some(total), Some(other));
    }
}
