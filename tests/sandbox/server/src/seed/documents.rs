//! Invoices and purchase orders of the seed data.

use chrono::{Days, NaiveDate};
use sandbox_zoho::TaxMode;
use serde_json::{Value, json};

use super::parties::{ACCOUNTS, VENDORS, first_contact_of};
use super::products::{PRODUCTS, price};
use super::{account, invoice, number, product, purchase_order, vendor};

/// How many invoices there are.
pub const INVOICES: usize = 120;

/// How many purchase orders there are.
pub const PURCHASE_ORDERS: usize = 40;

/// A line as a person enters it.
struct Line {
    product: usize,
    quantity: &'static str,
    price: Option<&'static str>,
    discount: Option<Value>,
    taxes: &'static [(&'static str, &'static str)],
    text: Option<String>,
}

const STATUSES: [&str; 5] = ["Approved", "Approved", "Created", "Approved", "Delivered"];

const GST: &[(&str, &str)] = &[("GST", "10")];
const GST_FREE: &[(&str, &str)] = &[("GST Free", "0")];
const LUXURY: &[(&str, &str)] = &[("Luxury Car Tax", "33")];
const GST_AND_LUXURY: &[(&str, &str)] = &[("GST", "10"), ("Luxury Car Tax", "33")];

fn line(product: usize, quantity: &'static str) -> Line {
    Line { product, quantity, price: None, discount: None, taxes: GST, text: None }
}

impl Line {
    fn at(self, price: &'static str) -> Self {
        Self { price: Some(price), ..self }
    }

    fn less(self, discount: impl Into<Value>) -> Self {
        Self { discount: Some(discount.into()), ..self }
    }

    fn taxed(self, taxes: &'static [(&'static str, &'static str)]) -> Self {
        Self { taxes, ..self }
    }

    fn saying(self, text: impl Into<String>) -> Self {
        Self { text: Some(text.into()), ..self }
    }

    fn json(&self) -> Value {
        let list_price = match self.price {
            Some(price) => number(price),
            None => number(&price(self.product)),
        };
        let mut row = json!({
            "Product_Name": { "id": product(self.product) },
            "Quantity": number(self.quantity),
            "List_Price": list_price,
        });
        if let Some(discount) = &self.discount {
            row["Discount"] = discount.clone();
        }
        if let Some(text) = &self.text {
            row["Description"] = text.clone().into();
        }
        if !self.taxes.is_empty() {
            row["Line_Tax"] = self
                .taxes
                .iter()
                .map(|(name, percentage)| json!({ "name": name, "percentage": number(percentage) }))
                .collect();
        }
        row
    }
}

fn day(base: &str, offset: usize) -> String {
    let base: NaiveDate = base.parse().unwrap_or_default();
    let days = Days::new(u64::try_from(offset).unwrap_or(0));
    base.checked_add_days(days).unwrap_or(base).to_string()
}

/// What makes an invoice special: its lines, and fields that differ from the usual.
fn special_invoice(n: usize) -> Option<(&'static str, Vec<Line>, Value)> {
    let usual = json!({});
    Some(match n {
        1 => ("Two chairs and a desk", vec![line(1, "2"), line(2, "1")], usual),
        2 => (
            "Desk with installation",
            vec![line(2, "1"), line(3, "2.5").saying("Assembly on site, Tuesday morning"), line(4, "1")],
            json!({ "Status": "Created" }),
        ),
        3 => ("Chairs at ten percent less", vec![line(21, "8").less("10%"), line(22, "3").less("7.5%")], usual),
        4 => (
            "Chairs at a fixed rebate",
            vec![line(21, "3").less(number("25.50")), line(24, "2").less(number("15"))],
            usual,
        ),
        5 => ("Goodwill off the whole order", vec![line(25, "1"), line(26, "4")], json!({ "Discount": number("75") })),
        6 => ("Order with a surcharge", vec![line(27, "2")], json!({ "Adjustment": number("4.95") })),
        7 => ("Order rounded down", vec![line(28, "2")], json!({ "Adjustment": number("-0.35") })),
        8 => (
            "Order with a note line",
            vec![line(29, "0").saying("Back-ordered, will follow"), line(30, "2")],
            json!({ "Status": "Created" }),
        ),
        9 => (
            "Export to Portland",
            vec![line(31, "10").at("165.00").taxed(GST_FREE)],
            json!({ "Currency": "USD", "Exchange_Rate": number("0.65"), "Account_Name": { "id": account(11) } }),
        ),
        10 => ("Company car", vec![line(12, "1").taxed(LUXURY)], json!({ "Status": "Created" })),
        11 => ("Company car with two taxes", vec![line(12, "1").taxed(GST_AND_LUXURY)], json!({ "Status": "Created" })),
        12 => ("Order without a status", vec![line(32, "1")], json!({ "Status": Value::Null })),
        13 => ("Order on hold", vec![line(33, "1")], json!({ "Status": "On Hold" })),
        14 => ("Order that was cancelled", vec![line(34, "1")], json!({ "Status": "Canceled" })),
        15 => ("Cable at a fifth of a cent", vec![line(5, "1523.5"), line(5, "1000").at("0.123456")], usual),
        16 => ("Stationery that rounds", vec![line(14, "1"), line(15, "1"), line(16, "1")], usual),
        17 => ("Order without a due date", vec![line(35, "2")], json!({ "Due_Date": Value::Null })),
        18 => ("Order for the old mill", vec![line(36, "2")], json!({ "Account_Name": { "id": account(8) } })),
        19 => ("Order for the roasters", vec![line(45, "12")], json!({ "Account_Name": { "id": account(7) } })),
        20 => (
            "Beans for a private customer",
            vec![line(46, "3")],
            json!({ "Account_Name": Value::Null, "Contact_Name": { "id": super::CONTACT_ALONE } }),
        ),
        21 => ("Handbooks, free of GST", vec![line(11, "40").taxed(&[])], usual),
        22 => ("Samples, all given away", vec![line(47, "5").less("100%"), line(20, "10")], usual),
        23 => ("Fit-out of two floors", (0..40).map(|at| line(21 + at, "2")).collect(), json!({ "Status": "Created" })),
        24 => ("Desk less the deposit", vec![line(2, "1"), line(19, "1")], usual),
        25 => ("Two models, one code", vec![line(1, "1"), line(8, "1")], json!({ "Status": "Created" })),
        26 => (
            "Texts in many scripts",
            vec![line(9, "4").saying("Café «Été», Größe 1 kg – 注文番号 42 ☕"), line(6, "1")],
            json!({ "Account_Name": { "id": account(5) } }),
        ),
        27 => ("Order whose number is taken", vec![line(48, "1")], json!({ "Status": "Created" })),
        28 => ("Long text on a line", vec![line(18, "3").saying("Scope of the works. ".repeat(95))], usual),
        29 => ("Delivered whiteboards", vec![line(13, "3")], json!({ "Status": "Delivered" })),
        30 => (
            "Discounts on every level",
            vec![line(37, "7").less("12.5%"), line(38, "3").less(number("9.99"))],
            json!({ "Discount": number("33.33"), "Adjustment": number("0.02") }),
        ),
        _ => return None,
    })
}

fn put(record: &mut Value, changes: Value) {
    if let Value::Object(changes) = changes {
        for (field, value) in changes {
            record[field] = value;
        }
    }
}

/// Products of the usual kind, for documents that are nothing special: 21 to 60.
fn usual_product(seed: usize) -> usize {
    21 + seed % (PRODUCTS - 20)
}

fn usual_lines(n: usize) -> Vec<Line> {
    const QUANTITIES: [&str; 6] = ["1", "2", "3", "5", "12", "1.5"];
    (0..=n % 4).map(|at| line(usual_product(n * 11 + at * 7), QUANTITIES[(n + at) % QUANTITIES.len()])).collect()
}

/// Moves the taxes from the lines to the document: each tax of any line once.
fn tax_by_total(record: &mut Value, subform: &str) {
    let mut taxes: Vec<Value> = Vec::new();
    for row in record[subform].as_array_mut().into_iter().flatten().filter_map(Value::as_object_mut) {
        let Some(Value::Array(of_line)) = row.remove("Line_Tax") else { continue };
        for tax in of_line {
            if !taxes.contains(&tax) {
                taxes.push(tax);
            }
        }
    }
    record["$line_tax"] = Value::Array(taxes);
}

fn invoice_record(n: usize) -> Value {
    let (subject, lines, changes) = special_invoice(n).unwrap_or_else(|| ("", usual_lines(n), json!({})));
    let customer = if n <= 30 { 1 } else { 1 + (n * 7) % ACCOUNTS };
    let date = day("2026-07-01", (n * 13) % 140);
    let mut record = json!({
        "id": invoice(n),
        "Subject": if subject.is_empty() { format!("Order {}", 4_000 + n) } else { subject.to_owned() },
        "Account_Name": { "id": account(customer) },
        "Invoice_Date": date,
        "Due_Date": day(&date, 30),
        "Status": STATUSES[n % STATUSES.len()],
        "Exchange_Rate": 1,
        "Invoiced_Items": lines.iter().map(Line::json).collect::<Value>(),
    });
    if n <= 30 {
        // Special invoices are recent and approved unless they say otherwise.
        record["Invoice_Date"] = day("2026-11-01", n % 18).into();
        record["Due_Date"] = day("2026-12-01", n % 18).into();
        record["Status"] = "Approved".into();
    }
    if n.is_multiple_of(31) {
        // Nobody has to enter a date.
        record["Invoice_Date"] = Value::Null;
        record["Due_Date"] = Value::Null;
    }
    if let Some(person) = first_contact_of(customer) {
        record["Contact_Name"] = json!({ "id": person });
    }
    let changes_customer = changes.get("Account_Name").is_some() && changes.get("Contact_Name").is_none();
    if changes_customer {
        record["Contact_Name"] = Value::Null;
    }
    put(&mut record, changes);
    record
}

/// What makes a purchase order special.
fn special_order(n: usize) -> Option<(&'static str, Vec<Line>, Value)> {
    let usual = json!({});
    Some(match n {
        1 => ("Timber for November", vec![line(1, "10").at("120.00"), line(2, "2").at("455.00")], usual),
        2 => (
            "Frames and delivery",
            vec![line(21, "6").at("88.00"), line(4, "1").at("60.00")],
            json!({ "Status": "Created" }),
        ),
        3 => ("Paper at a rebate", vec![line(51, "20").at("31.40").less("5%")], usual),
        4 => ("Cartons at a fixed rebate", vec![line(52, "9").at("22.15").less(number("10"))], usual),
        5 => {
            ("Cables with a small order fee", vec![line(5, "3000").at("0.0815")], json!({ "Adjustment": number("15") }))
        }
        6 => ("Prints less goodwill", vec![line(11, "100").at("9.90")], json!({ "Discount": number("40") })),
        7 => (
            "Components from overseas",
            vec![line(56, "4").at("210.00").taxed(GST_FREE)],
            json!({ "Currency": "USD", "Exchange_Rate": number("0.65"), "Vendor_Name": { "id": vendor(8) } }),
        ),
        8 => ("Monitors, none delivered yet", vec![line(57, "0").at("300.00"), line(58, "1").at("310.00")], usual),
        9 => ("Order without a status", vec![line(22, "1").at("80.00")], json!({ "Status": Value::Null })),
        10 => ("Order that was cancelled", vec![line(23, "1").at("80.00")], json!({ "Status": "Cancelled" })),
        11 => (
            "Same number, other vendor",
            vec![line(24, "1").at("80.00")],
            json!({ "PO_Number": "PO-0001", "Vendor_Name": { "id": vendor(4) } }),
        ),
        12 => ("Order without a number", vec![line(25, "1").at("80.00")], json!({ "PO_Number": Value::Null })),
        _ => return None,
    })
}

fn order_record(n: usize) -> Value {
    let (subject, lines, changes) = special_order(n).unwrap_or_else(|| ("", usual_lines(n + 3), json!({})));
    let date = day("2026-08-03", (n * 5) % 105);
    let mut record = json!({
        "id": purchase_order(n),
        "Subject": if subject.is_empty() { format!("Restock {n}") } else { subject.to_owned() },
        "Vendor_Name": { "id": vendor(1 + (n - 1) % VENDORS) },
        "PO_Number": format!("PO-{n:04}"),
        "PO_Date": date,
        "Due_Date": day(&date, 14),
        "Status": if n <= 12 { "Approved" } else { ["Approved", "Created", "Delivered"][n % 3] },
        "Exchange_Rate": 1,
        "Purchase_Items": lines.iter().map(Line::json).collect::<Value>(),
    });
    if n.is_multiple_of(31) {
        record["PO_Date"] = Value::Null;
        record["Due_Date"] = Value::Null;
    }
    put(&mut record, changes);
    record
}

/// All documents, taxed as the organisation does it.
pub(super) fn records(mode: TaxMode) -> Vec<(&'static str, Value)> {
    let invoices = (1..=INVOICES).map(|n| ("Invoices", "Invoiced_Items", invoice_record(n)));
    let orders = (1..=PURCHASE_ORDERS).map(|n| ("Purchase_Orders", "Purchase_Items", order_record(n)));
    invoices
        .chain(orders)
        .map(|(module, subform, mut record)| {
            if mode == TaxMode::Total {
                tax_by_total(&mut record, subform);
            }
            (module, record)
        })
        .collect()
}
