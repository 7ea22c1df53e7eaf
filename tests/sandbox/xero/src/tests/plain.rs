//! What Xero takes only in part, or not at all: negative totals, nothing to pay, items that are not sold, emoji.

use super::*;
use crate::{Characters, Control, Emoji};

const NEGATIVE: &str = "The Total for this document must be greater than or equal to zero.";

fn of_total(contact: &str, status: &str, amounts: &[&str]) -> Value {
    let line = |amount: &&str| {
        json!({ "Description": "Work", "Quantity": 1, "UnitAmount": amount.parse::<serde_json::Number>().unwrap(),
            "AccountCode": "200", "TaxType": "EXEMPTOUTPUT" })
    };
    let lines: Vec<Value> = amounts.iter().map(line).collect();
    json!({ "Type": "ACCREC", "Contact": { "ContactID": contact }, "DueDate": "2026-12-20", "Status": status, "LineItems": lines })
}

#[test]
fn a_total_below_zero_is_refused_for_drafts_and_edits_too() {
    let mut world = World::new();
    let contact = world.contact("Acme");
    for status in ["DRAFT", "AUTHORISED"] {
        assert_eq!(world.refused(Method::PUT, "Invoices", of_total(&contact, status, &["100", "-150"])), [NEGATIVE]);
        assert_eq!(
            world.save(Method::PUT, "Invoices", of_total(&contact, status, &["100", "-99.99"]))["Total"].to_string(),
            "0.01"
        );
    }
    let draft = world.save(Method::PUT, "Invoices", of_total(&contact, "DRAFT", &["100"]));
    let path = format!("Invoices/{}", id(&draft, "InvoiceID"));
    let change = json!({ "LineItems": of_total(&contact, "DRAFT", &["-0.01"])["LineItems"] });
    assert_eq!(world.refused(Method::POST, &path, change), [NEGATIVE]);
}

#[test]
fn an_invoice_of_zero_is_paid_when_it_is_approved_and_takes_few_edits() {
    let mut world = World::new();
    let contact = world.contact("Acme");
    let draft = world.save(Method::PUT, "Invoices", of_total(&contact, "DRAFT", &["100", "-100"]));
    assert_eq!(draft["Status"], "DRAFT");
    let path = format!("Invoices/{}", id(&draft, "InvoiceID"));
    assert_eq!(world.save(Method::POST, &path, json!({ "Status": "AUTHORISED" }))["Status"], "PAID");
    let paid = world.one(&path);
    assert_eq!((paid["AmountPaid"].to_string(), paid["AmountDue"].to_string()), ("0.0".to_owned(), "0.0".to_owned()));
    assert_eq!(world.save(Method::POST, &path, json!({ "Reference": "x" }))["Reference"], "x");
    let lines = of_total(&contact, "DRAFT", &["5"])["LineItems"].clone();
    assert_eq!(world.call(Method::POST, &path, &json!({ "LineItems": lines })).status(), 400);
}

#[test]
fn an_item_that_is_not_sold_is_refused_on_sales_and_stays_where_it_is() {
    let mut world = World::new();
    let contact = world.contact("Acme");
    world.save(Method::PUT, "Items", json!({ "Code": "X", "Name": "Thing", "IsPurchased": false }));
    let with_item = |kind: &str, account: &str| {
        json!({ "Type": kind, "Contact": { "ContactID": contact }, "LineItems": [
            { "ItemCode": "X", "Description": "Work", "Quantity": 1, "UnitAmount": 5, "AccountCode": account }] })
    };
    let sale = world.save(Method::PUT, "Invoices", with_item("ACCREC", "200"));
    assert!(world.refused(Method::PUT, "Invoices", with_item("ACCPAY", "429"))[0].contains("not purchased"));
    world.save(Method::POST, "Items", json!({ "Code": "X", "IsSold": false }));
    assert!(world.refused(Method::PUT, "Invoices", with_item("ACCREC", "200"))[0].contains("not sold"));
    // An edit of the old line goes on.
    let path = format!("Invoices/{}", id(&sale, "InvoiceID"));
    let line =
        json!({ "LineItemID": sale["LineItems"][0]["LineItemID"], "ItemCode": "X", "Description": "Other words" });
    assert_eq!(
        world.save(Method::POST, &path, json!({ "LineItems": [line] }))["LineItems"][0]["Description"],
        "Other words"
    );
}

#[test]
fn emoji_are_stripped_and_control_characters_as_the_switch_says() {
    let text = "Bloom \u{1F338}\u{2714} \u{7}end";
    for (emoji, control, wanted) in [
        (Emoji::Blocks, Control::Kept, Some("Bloom \u{2714} \u{7}end")),
        (Emoji::Blocks, Control::Stripped, Some("Bloom \u{2714} end")),
        (Emoji::AndSymbols, Control::Stripped, Some("Bloom  end")),
        (Emoji::AndSymbols, Control::Refused, None),
    ] {
        let mut world = World::new();
        world.xero.set_characters(Characters { emoji, control });
        let contact = json!({ "Name": "Acme", "LastName": text });
        match wanted {
            Some(wanted) => assert_eq!(world.save(Method::PUT, "Contacts", contact)["LastName"], wanted),
            None => assert_eq!(world.call(Method::PUT, "Contacts", &contact).status(), 400),
        }
    }
}
