//! Large data sets for tests of whole backfills: many invoices, few customers and products, everything ordinary.

use chrono::{DateTime, Utc};
use sandbox_xero::Refused;
use serde_json::{Value, json};

use super::{account, invoice, number, product};
use crate::world::World;

/// Invoices for one account.
const INVOICES_PER_ACCOUNT: usize = 20;

/// Invoices for one product.
const INVOICES_PER_PRODUCT: usize = 50;

/// How many accounts (or Xero contacts) there are for so many invoices.
#[must_use]
pub fn accounts(invoices: usize) -> usize {
    invoices.div_ceil(INVOICES_PER_ACCOUNT)
}

/// How many products (or Xero items) there are for so many invoices.
#[must_use]
pub fn products(invoices: usize) -> usize {
    invoices.div_ceil(INVOICES_PER_PRODUCT).max(2)
}

fn name(n: usize) -> String {
    format!("Customer {n:05}")
}

fn code(n: usize) -> String {
    format!("BULK-{n:04}")
}

/// A price in cents, different for neighbours.
fn price(n: usize) -> Value {
    let cents = 1_000 + (n * 137) % 90_000;
    number(&format!("{}.{:02}", cents / 100, cents % 100))
}

/// Day, number of the customer, and products and quantities of the n-th invoice, from 1.
fn invoice_parts(n: usize, invoices: usize) -> (String, usize, [(usize, usize); 2]) {
    let day = format!("2026-{:02}-{:02}", 1 + n % 10, 1 + n % 28);
    let products = products(invoices);
    let first = 1 + (n * 7) % products;
    let second = 1 + first % products;
    (day, 1 + (n * 13) % accounts(invoices), [(first, 1 + n % 5), (second, 1 + n % 3)])
}

/// Fills the CRM, five records a second: as an import might have made them.
pub(crate) fn fill_crm(world: &mut World, invoices: usize) -> Result<(), String> {
    let began = world.now() - chrono::TimeDelta::days(1);
    let zoho = &mut world.zoho;
    let mut count = 0;
    let mut insert = |module: &str, record: &Value| {
        zoho.set_now(began + chrono::TimeDelta::seconds(count / 5));
        count += 1;
        zoho.insert(module, record).map(|_| ()).map_err(|problem| format!("{module} {}: {problem}", record["id"]))
    };
    for n in 1..=accounts(invoices) {
        let phone = format!("+61 2 5550 {:04}", n % 10_000);
        insert("Accounts", &json!({"id": account(n), "Account_Name": name(n), "Phone": phone}))?;
    }
    for n in 1..=products(invoices) {
        let product = json!({
            "id": product(n), "Product_Name": format!("Article {n}"), "Product_Code": code(n),
            "Unit_Price": price(n), "Product_Active": true, "Taxable": true,
        });
        insert("Products", &product)?;
    }
    for n in 1..=invoices {
        let (day, customer, lines) = invoice_parts(n, invoices);
        let line = |(of, quantity): &(usize, usize)| {
            json!({
                "Product_Name": {"id": product(*of)}, "Quantity": quantity, "List_Price": price(*of),
                "Line_Tax": [{"name": "GST", "percentage": 10}],
            })
        };
        let record = json!({
            "id": invoice(n), "Subject": format!("Order {n}"), "Account_Name": {"id": account(customer)},
            "Invoice_Date": day, "Due_Date": "2026-12-20",
            "Status": if n % 4 == 0 { "Created" } else { "Approved" },
            "Invoiced_Items": lines.iter().map(line).collect::<Value>(),
        });
        insert("Invoices", &record)?;
    }
    Ok(())
}

/// Fills Xero's Australian organisation.
pub(crate) fn fill_books(world: &mut World, invoices: usize) -> Result<(), String> {
    let now = world.now() - chrono::TimeDelta::days(1);
    let organisation = world.xero.organisations().into_iter().next();
    let tenant = organisation.map(|organisation| organisation.tenant).ok_or("Xero has no organisation")?;
    fill_organisation(world, &tenant, invoices, now).map_err(|refused| refused.to_string())
}

fn fill_organisation(world: &mut World, tenant: &str, invoices: usize, now: DateTime<Utc>) -> Result<(), Refused> {
    let xero = &mut world.xero;
    let mut contacts = Vec::new();
    for n in 1..=accounts(invoices) {
        let contact =
            json!({"Name": name(n), "EmailAddress": format!("office@customer{n}.example"), "LastName": "Office"});
        contacts.push(xero.insert(tenant, "Contacts", contact, now)?["ContactID"].take());
    }
    for n in 1..=products(invoices) {
        let item = json!({
            "Code": code(n), "Name": format!("Article {n}"),
            "SalesDetails": {"UnitPrice": price(n), "AccountCode": "200", "TaxType": "OUTPUT"},
        });
        xero.insert(tenant, "Items", item, now)?;
    }
    for n in 1..=invoices {
        let (day, customer, lines) = invoice_parts(n, invoices);
        let line = |(of, quantity): &(usize, usize)| {
            json!({
                "ItemCode": code(*of), "Description": format!("Article {of}"), "Quantity": quantity,
                "UnitAmount": price(*of), "AccountCode": "200", "TaxType": "OUTPUT",
            })
        };
        let document = json!({
            "Type": "ACCREC", "Contact": {"ContactID": contacts[customer - 1]}, "InvoiceNumber": format!("B-{n:06}"),
            "Reference": format!("Order {n}"), "Date": day, "DueDate": "2026-12-20",
            "Status": if n % 4 == 0 { "DRAFT" } else { "AUTHORISED" },
            "LineItems": lines.iter().map(line).collect::<Value>(),
        });
        // Five a second, some of them at the same time.
        let seconds = i64::try_from(n / 5).unwrap_or_default();
        xero.insert(tenant, "Invoices", document, now + chrono::TimeDelta::seconds(seconds))?;
    }
    Ok(())
}
