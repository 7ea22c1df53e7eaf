//! Totals, discounts, prices with four decimals, payments and credit notes.

use super::*;
use crate::SurplusKind;

fn sale(world: &mut World, kind: &str, amounts: &str, lines: Value) -> Value {
    let contact = world.any_contact();
    json!({
        "Type": kind, "Contact": { "ContactID": contact }, "Date": "2026-11-20", "DueDate": "2026-12-20",
        "LineAmountTypes": amounts, "Status": "AUTHORISED", "LineItems": lines,
    })
}

fn line(price: &str, tax: &str) -> Value {
    json!({ "Description": "x", "Quantity": 1, "UnitAmount": price, "AccountCode": "200", "TaxType": tax })
}

fn totals(row: &Value) -> [String; 3] {
    ["SubTotal", "TotalTax", "Total"].map(|name| row[name].to_string())
}

#[test]
fn tax_is_rounded_line_by_line() {
    let mut world = World::of(1);
    let lines = ["25.06", "25.61", "25.63"].map(|price| line(price, "OUTPUT2"));
    let sent = sale(&mut world, "ACCREC", "Exclusive", json!(lines));
    let invoice = world.save(Method::PUT, "Invoices", sent);
    assert_eq!(totals(&invoice), ["76.3", "11.44", "87.74"]);
    let sent = sale(&mut world, "ACCREC", "Inclusive", json!([line("115", "OUTPUT2"), line("10", "OUTPUT2")]));
    let invoice = world.save(Method::PUT, "Invoices", sent);
    assert_eq!(totals(&invoice), ["108.7", "16.3", "125.0"]);
    let sent = sale(&mut world, "ACCREC", "NoTax", json!([line("115", "OUTPUT2")]));
    let invoice = world.save(Method::PUT, "Invoices", sent);
    assert_eq!(totals(&invoice), ["115.0", "0.0", "115.0"]);
    assert_eq!(invoice["LineItems"][0]["TaxType"], json!("NONE"));
}

#[test]
fn each_country_has_its_own_tax_types() {
    // The country, what its organisation has, and what 100 at that type is taxed with.
    for (country, tax_types) in [
        ("AU", &[("OUTPUT", "10.0"), ("EXEMPTOUTPUT", "0.0"), ("BASEXCLUDED", "0.0")][..]),
        ("GB", &[("OUTPUT2", "20.0"), ("RROUTPUT", "5.0"), ("ZERORATEDOUTPUT", "0.0"), ("NONE", "0.0")][..]),
        // Looked up for each customer, whatever the list says.
        ("US", &[("AVALARA", "8.25"), ("NONE", "0.0")][..]),
    ] {
        let mut world = World::in_country(country);
        for (tax_type, tax) in tax_types {
            let sent = sale(&mut world, "ACCREC", "Exclusive", json!([line("100", tax_type)]));
            let invoice = world.save(Method::PUT, "Invoices", sent);
            assert_eq!(totals(&invoice)[1], *tax, "{country} {tax_type}");
        }
    }
    let mut world = World::in_country("US");
    let listed = world.one("TaxRates/AVALARA");
    assert_eq!(
        (listed["Name"].as_str(), listed["EffectiveRate"].to_string()),
        (Some("Auto Look Up"), "0.0".to_owned())
    );
}

#[test]
fn prices_are_rounded_before_anything_else() {
    let mut world = World::new();
    let mut row = line("1.0049", "OUTPUT");
    row["Quantity"] = json!(1000);
    let sent = sale(&mut world, "ACCREC", "Exclusive", json!([row]));
    assert_eq!(totals(&world.save(Method::PUT, "Invoices", sent.clone()))[0], "1000.0");
    let invoice = world.save(Method::PUT, "Invoices?unitdp=4", sent);
    assert_eq!(totals(&invoice)[0], "1004.9");
    let path = format!("Invoices/{}", id(&invoice, "InvoiceID"));
    assert_eq!(world.one(&path)["LineItems"][0]["UnitAmount"].to_string(), "1.0");
    assert_eq!(world.one(&format!("{path}?unitdp=4"))["LineItems"][0]["UnitAmount"].to_string(), "1.0049");
}

#[test]
fn discounts_are_for_sales_only_and_have_their_traps() {
    let mut world = World::new();
    let with = |price: &str, fields: Value| {
        let mut row = line(price, "OUTPUT");
        row.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        row
    };
    let sent = sale(&mut world, "ACCREC", "Exclusive", json!([with("19.95", json!({ "DiscountRate": 10 }))]));
    let invoice = world.save(Method::PUT, "Invoices", sent);
    assert_eq!(invoice["LineItems"][0]["LineAmount"].to_string(), "17.96");
    assert_eq!((invoice["TotalDiscount"].to_string(), &invoice["IsDiscounted"]), ("1.99".into(), &json!(true)));
    let both = sale(
        &mut world,
        "ACCREC",
        "Exclusive",
        json!([with("30", json!({ "DiscountRate": 50, "DiscountAmount": 1 }))]),
    );
    assert_eq!(world.save(Method::PUT, "Invoices", both)["LineItems"][0]["LineAmount"].to_string(), "15.0");
    let amount = sale(&mut world, "ACCREC", "Exclusive", json!([with("30", json!({ "DiscountAmount": 10 }))]));
    let invoice = world.save(Method::PUT, "Invoices", amount);
    let page = world.get(&format!("Invoices?page=1&IDs={}", id(&invoice, "InvoiceID")));
    let listed = &page["Invoices"][0]["LineItems"][0];
    assert_eq!((listed["DiscountRate"].to_string(), listed.get("DiscountAmount")), ("33.33".into(), None));
    let negative = sale(
        &mut world,
        "ACCREC",
        "Exclusive",
        json!([line("50", "OUTPUT"), with("-30", json!({ "DiscountAmount": 0 }))]),
    );
    assert_eq!(world.refused(Method::PUT, "Invoices", negative).len(), 1);
    let bill = sale(
        &mut world,
        "ACCPAY",
        "Exclusive",
        json!([{ "Description": "x", "UnitAmount": 1, "AccountCode": "429", "DiscountRate": 5 }]),
    );
    assert_eq!(world.refused(Method::PUT, "Invoices", bill).len(), 1);
}

#[test]
fn sums_that_are_sent_must_be_right() {
    let mut world = World::new();
    let mut row = line("100", "OUTPUT");
    row["LineAmount"] = json!(1);
    let sent = sale(&mut world, "ACCREC", "Exclusive", json!([row]));
    assert_eq!(
        world.refused(Method::PUT, "Invoices", sent),
        ["The line total 1.00 does not match the expected line total 100.00"]
    );
    let mut row = line("100", "OUTPUT");
    row["LineAmount"] = json!(0.00);
    let sent = sale(&mut world, "ACCREC", "Exclusive", json!([row]));
    world.save(Method::PUT, "Invoices", sent);
    let mut row = line("100", "OUTPUT");
    row["TaxAmount"] = json!(101);
    let sent = sale(&mut world, "ACCREC", "Exclusive", json!([row]));
    assert_eq!(world.refused(Method::PUT, "Invoices", sent), ["Tax amount cannot be greater than the line amount"]);
    let mut sent = sale(&mut world, "ACCREC", "Exclusive", json!([line("100", "OUTPUT")]));
    sent["Total"] = json!(100);
    assert_eq!(
        world.refused(Method::PUT, "Invoices", sent),
        ["The document total does not equal the sum of the lines"]
    );
}

#[test]
fn an_item_fills_in_price_words_and_tax_but_not_the_account() {
    let mut world = World::new();
    let item = json!({ "Code": "FW", "Name": "Firewall", "Description": "A firewall", "SalesDetails": { "UnitPrice": 10.5, "AccountCode": "200", "TaxType": "EXEMPTOUTPUT" } });
    world.save(Method::PUT, "Items", item);
    let sent =
        sale(&mut world, "ACCREC", "Exclusive", json!([{ "ItemCode": "FW", "Quantity": 2, "AccountCode": "260" }]));
    let row = world.save(Method::PUT, "Invoices", sent)["LineItems"][0].clone();
    assert_eq!(
        (row["LineAmount"].to_string(), &row["TaxType"], &row["Description"]),
        ("21.0".into(), &json!("EXEMPTOUTPUT"), &json!("A firewall"))
    );
    assert_eq!(row["Item"]["Code"], json!("FW"));
    let bare = sale(&mut world, "ACCREC", "Exclusive", json!([{ "ItemCode": "FW", "Quantity": 2 }]));
    assert_eq!(world.refused(Method::PUT, "Invoices", bare), ["Account code must be specified"]);
    let item = id(&world.get("Items")["Items"][0], "ItemID");
    assert_eq!(world.call(Method::DELETE, &format!("Items/{item}"), &Value::Null).status(), 400);
}

#[test]
fn a_line_of_words_alone_costs_nothing() {
    let mut world = World::new();
    let sent = sale(&mut world, "ACCREC", "Exclusive", json!([line("10", "OUTPUT"), { "Description": "Thank you" }]));
    let invoice = world.save(Method::PUT, "Invoices", sent);
    assert_eq!(totals(&invoice)[2], "11.0");
    assert!(invoice["LineItems"][1].get("UnitAmount").is_none());
}

#[test]
fn payments_change_the_invoice_and_back() {
    let mut world = World::new();
    let invoice = world.invoice("ACCREC", "AUTHORISED", "100");
    let key = id(&invoice, "InvoiceID");
    let path = format!("Invoices/{key}");
    world.pay(&key, "10");
    let row = world.one(&path);
    assert_eq!(
        (row["AmountPaid"].to_string(), row["AmountDue"].to_string(), &row["Status"]),
        ("10.0".into(), "100.0".into(), &json!("AUTHORISED"))
    );
    assert_eq!(row["Payments"][0]["Amount"].to_string(), "10.0");
    let pay = |amount: &str| json!({ "Invoice": { "InvoiceID": key }, "Account": { "Code": "090" }, "Amount": amount });
    assert_eq!(
        world.refused(Method::PUT, "Payments", pay("100.01")),
        ["Payment amount exceeds the amount outstanding on this document"]
    );
    let second = world.pay(&key, "100");
    assert_eq!(second["PaymentType"], json!("ACCRECPAYMENT"));
    let row = world.one(&path);
    assert_eq!((&row["Status"], &row["FullyPaidOnDate"]), (&json!("PAID"), &json!("/Date(1795132800000+0000)/")));
    let payment = format!("Payments/{}", id(&second, "PaymentID"));
    assert_eq!(world.refused(Method::POST, &payment, json!({ "Amount": 5 })).len(), 1);
    world.save(Method::POST, &payment, json!({ "Status": "DELETED" }));
    assert_eq!(world.one(&path)["Status"], json!("AUTHORISED"));
    assert_eq!(world.one(&payment)["Status"], json!("DELETED"));
    assert_eq!(
        world.get("Payments?where=PaymentType%3D%3D%22ACCRECPAYMENT%22&page=1")["Payments"].as_array().unwrap().len(),
        2
    );
    let mut nowhere = pay("1");
    nowhere["Account"] = json!({ "Code": "200" });
    assert_eq!(world.refused(Method::PUT, "Payments", nowhere), ["Account could not be found"]);
    let draft = world.invoice("ACCREC", "DRAFT", "5");
    let mut early = pay("1");
    early["Invoice"] = json!({ "InvoiceID": draft["InvoiceID"] });
    assert_eq!(
        world.refused(Method::PUT, "Payments", early),
        ["Payments can only be made against Authorised documents"]
    );
    let tenant = world.tenant.clone();
    let third = world.pay(&key, "1");
    world.xero.reconcile(&tenant, &id(&third, "PaymentID"), start()).unwrap();
    assert_eq!(
        world
            .refused(Method::POST, &format!("Payments/{}", id(&third, "PaymentID")), json!({ "Status": "DELETED" }))
            .len(),
        1
    );
}

#[test]
fn credit_notes_are_allocated_in_a_second_call() {
    let mut world = World::new();
    let invoice = world.invoice("ACCREC", "AUTHORISED", "100");
    let note = world.invoice("ACCRECCREDIT", "AUTHORISED", "40");
    assert_eq!(
        (note["CreditNoteNumber"].clone(), note["RemainingCredit"].to_string()),
        (json!("CN-0001"), "44.0".into())
    );
    let path = format!("CreditNotes/{}/Allocations", id(&note, "CreditNoteID"));
    let allocate = |amount: &str| json!({ "Allocations": [{ "Invoice": { "InvoiceID": invoice["InvoiceID"] }, "Amount": amount, "Date": "2026-11-20" }] });
    assert_eq!(world.refused(Method::PUT, &path, allocate("44.01")).len(), 1);
    let answer = body(&world.call(Method::PUT, &path, &allocate("44")));
    let allocation = id(&answer["Allocations"][0], "AllocationID");
    let row = world.one(&format!("Invoices/{}", id(&invoice, "InvoiceID")));
    assert_eq!((row["AmountCredited"].to_string(), row["AmountDue"].to_string()), ("44.0".into(), "66.0".into()));
    assert_eq!(row["CreditNotes"][0]["AppliedAmount"].to_string(), "44.0");
    let note_path = format!("CreditNotes/{}", id(&note, "CreditNoteID"));
    assert_eq!(world.one(&note_path)["Status"], json!("PAID"));
    assert!(world.get("Payments")["Payments"].as_array().unwrap().is_empty(), "an allocation is no payment");
    let other = world.contact("Other");
    let change = json!({ "Contact": { "ContactID": other } });
    assert_eq!(world.refused(Method::POST, &format!("Invoices/{}", id(&invoice, "InvoiceID")), change).len(), 1);
    assert_eq!(world.call(Method::DELETE, &format!("{path}/{allocation}"), &Value::Null).status(), 200);
    assert_eq!(world.one(&note_path)["RemainingCredit"].to_string(), "44.0");
}

#[test]
fn overpayments_and_prepayments_count_as_credited_and_are_listed_on_the_invoice() {
    let mut world = World::new();
    let invoice = id(&world.invoice("ACCREC", "AUTHORISED", "100.00"), "InvoiceID");
    let (tenant, now) = (world.tenant.clone(), world.now);
    let mut credit =
        |kind, amount: &str| world.xero.credit(&tenant, &invoice, kind, amount.parse().unwrap(), now.date_naive(), now);
    credit(SurplusKind::Overpayment, "30").unwrap();
    credit(SurplusKind::Prepayment, "20.50").unwrap();
    assert!(credit(SurplusKind::Prepayment, "59.51").is_err(), "only 59.50 is due");
    for path in [format!("Invoices/{invoice}"), "Invoices?page=1".to_owned()] {
        let row = world.one(&path);
        assert_eq!(
            (&row["AmountCredited"], &row["AmountDue"], &row["AmountPaid"]),
            (&json!(50.5), &json!(59.5), &json!(0.0))
        );
        assert_eq!(row["Overpayments"][0]["AppliedAmount"], json!(30.0), "{path}");
        assert_eq!(row["Prepayments"][0]["AppliedAmount"], json!(20.5), "{path}");
    }
    let change = json!({ "LineItems": [{ "Description": "Other", "UnitAmount": 5, "AccountCode": "200", "TaxType": "OUTPUT" }] });
    let refused = world.refused(Method::POST, &format!("Invoices/{invoice}"), change);
    assert!(refused[0].contains("payment or credit note"), "{refused:?}");
}
