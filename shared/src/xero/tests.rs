//! What is read from Xero, told of it, and sent there. Whole records are golden cases (`tests/golden`).

use super::*;
use crate::module::Module;
use crate::organisation::XeroOrganisation;
use crate::record::{Discount, Item, LineAmountTypes, Party, Seen};
use serde_json::{Value, json};

/// The Australian organisation of the golden cases.
pub(crate) fn organisation() -> XeroOrganisation {
    serde_json::from_str(include_str!("../../tests/organisations/au.json")).unwrap()
}

fn party(element: &Value) -> Party {
    match read(Module::Accounts, element) {
        Record::Party(party) => *party,
        other => panic!("{other:?}"),
    }
}

fn document(element: &Value) -> Document {
    match read(Module::Invoices, element) {
        Record::Document(document) => *document,
        other => panic!("{other:?}"),
    }
}

fn some(text: &str) -> Seen<String> {
    Seen::some(text.to_owned())
}

#[test]
fn contacts_are_read_with_their_slots() {
    let contact = party(&json!({
        "ContactID": "aaaaaaaa-0000-4000-8000-000000000001", "Name": "Acme", "FirstName": "Ana", "EmailAddress": "",
        "ContactPersons": [{"FirstName": "Bob", "EmailAddress": "bob@acme.example", "IncludeInEmails": true}],
        "Phones": [
            {"PhoneType": "MOBILE", "PhoneNumber": "0400 1", "PhoneAreaCode": "", "PhoneCountryCode": ""},
            {"PhoneType": "DEFAULT", "PhoneNumber": "5550 1234", "PhoneAreaCode": "2", "PhoneCountryCode": "61"},
        ],
        "Addresses": [
            {"AddressType": "STREET", "City": "", "Region": ""},
            {"AddressType": "POBOX", "AddressLine1": "PO Box 9", "AddressLine3": "Level 2", "Country": "Australia"},
        ],
    }));
    assert_eq!(contact.name, some("Acme"));
    assert_eq!(contact.person.first_name, some("Ana"));
    assert_eq!(contact.person.email, Seen::Value(None), "what Xero leaves empty is empty, not unseen");
    assert_eq!(contact.people.get().map(Vec::len), Some(1));
    assert_eq!(contact.phone, some("+61 2 5550 1234"));
    assert_eq!(contact.mobile, some("0400 1"));
    assert_eq!(contact.fax, Seen::Value(None));
    assert_eq!(contact.billing.street, some("PO Box 9\nLevel 2"));
    assert_eq!(contact.shipping.city, Seen::Value(None));
}

#[test]
fn items_are_read_with_both_sides() {
    let element = json!({
        "ItemID": "x", "Code": "00002867", "Name": "Cable", "PurchaseDescription": "Wholesale",
        "PurchaseDetails": {"UnitPrice": 98.61, "COGSAccountCode": "310", "TaxType": "INPUT"},
        "SalesDetails": {"UnitPrice": 120.1234, "AccountCode": "200", "TaxType": "OUTPUT"},
        "IsTrackedAsInventory": true,
    });
    let Record::Item(item) = read(Module::Products, &element) else { panic!("not an item") };
    let Item { code, sales, purchase, tracked, description, .. } = *item;
    assert_eq!((code, description, tracked), (some("00002867"), Seen::Value(None), true));
    assert_eq!(sales.unit_price, Seen::some("120.1234".parse().unwrap()));
    assert_eq!((purchase.description, purchase.account_code), (some("Wholesale"), Seen::Value(None)));
}

#[test]
fn documents_are_read_with_calendar_days_and_exact_discounts() {
    let mut element = json!({
        "InvoiceID": "x", "InvoiceNumber": "INV-1", "Reference": "", "Status": "SOMETHINGNEW",
        "Contact": {"ContactID": "c", "Name": "ignored"}, "Date": "/Date(1789344000000+0000)/",
        "DueDateString": "2026-10-14T00:00:00", "DueDate": "/Date(0)/", "CurrencyCode": "AUD",
        "LineAmountTypes": "Exclusive", "Total": 24.15,
        "LineItems": [
            {"LineItemID": "l1", "ItemCode": "A", "Description": "One", "Quantity": 1.0, "UnitAmount": 33.33,
             "DiscountRate": 15.0, "DiscountAmount": 5.0, "LineAmount": 28.33, "TaxType": "OUTPUT", "AccountCode": "200"},
            {"LineItemID": "l2", "Description": "Two", "Quantity": 1.0, "UnitAmount": 10, "DiscountRate": 10, "TaxType": "NONE"},
            {"LineItemID": "l3", "Description": "Only a text", "DiscountRate": 0},
            {"LineItemID": "l4", "Quantity": 1, "UnitAmount": 1999.99, "DiscountRate": 0.25, "DiscountAmount": 5.01},
        ],
    });
    let read = document(&element);
    assert_eq!(read.status, some("SOMETHINGNEW"));
    assert_eq!(read.party, some("c"));
    assert_eq!(read.reference, Seen::Value(None));
    assert_eq!(read.date.get().map(ToString::to_string).as_deref(), Some("2026-09-14"));
    assert_eq!(read.due_date.get().map(ToString::to_string).as_deref(), Some("2026-10-14"));
    let lines = read.lines.get().unwrap();
    let discounts: Vec<Option<Discount>> = lines.iter().map(|line| line.discount).collect();
    let percent = |rate: &str| Some(Discount::Percent(rate.parse().unwrap()));
    let expected = [percent("15"), percent("10"), None, Some(Discount::Amount("5.01".parse().unwrap()))];
    assert_eq!(discounts, expected);
    assert_eq!(
        lines.iter().map(|line| line.tax_type.as_deref()).collect::<Vec<_>>(),
        [Some("OUTPUT"), Some("NONE"), None, None]
    );
    element["LineAmountTypes"] = json!("NoTax");
    let untaxed = document(&element);
    assert_eq!(untaxed.line_amount_types, Seen::some(LineAmountTypes::NoTax));
    assert!(
        untaxed.lines.get().unwrap().iter().all(|line| line.tax_type.is_none()),
        "without tax the type says nothing"
    );
    element.as_object_mut().unwrap().remove("LineItems");
    assert_eq!(document(&element).lines, Seen::Unseen, "lists leave out the lines");
}

#[test]
fn states_link_to_the_record_in_its_organisation() {
    let organisation = organisation();
    for (module, element, status, url) in [
        (
            Module::Accounts,
            json!({"ContactID": "c-1", "Name": "Acme", "ContactStatus": "ARCHIVED"}),
            Some("ARCHIVED"),
            "https://go.xero.com/app/!bg42/contacts/contact/c-1",
        ),
        (
            Module::Invoices,
            json!({"InvoiceID": "i-1", "InvoiceNumber": "INV-1", "Status": "PAID"}),
            Some("PAID"),
            "https://go.xero.com/app/!bg42/invoicing/view/i-1",
        ),
        (
            Module::PurchaseOrders,
            json!({"InvoiceID": "b-1", "Status": "DRAFT"}),
            Some("DRAFT"),
            "https://go.xero.com/organisationlogin/default.aspx?shortcode=!bg42&redirecturl=/AccountsPayable/Edit.aspx?InvoiceID=b-1",
        ),
    ] {
        let state = state(module, &element, &organisation, None);
        assert_eq!((state.status.as_deref(), state.url.as_str()), (status, url));
    }
}

#[test]
fn states_of_documents_tell_the_money() {
    let element = json!({
        "InvoiceID": "i", "InvoiceNumber": "INV-1", "Status": "PAID", "CurrencyCode": "AUD", "Total": 24.15,
        "AmountDue": 0.00, "AmountPaid": 20.15, "AmountCredited": 4, "FullyPaidOnDate": "/Date(1789344000000+0000)/",
        "DueDateString": "2026-10-14T00:00:00", "UpdatedDateUTC": "/Date(1789378230894+0000)/",
    });
    let told = state(Module::Invoices, &element, &organisation(), Some(&"https://in.xero.com/abc".into()));
    assert_eq!(told.total.as_deref(), Some("24.15"));
    assert_eq!(told.amount_paid.as_deref(), Some("20.15"));
    assert_eq!(told.amount_credited.as_deref(), Some("4.00"));
    assert_eq!(told.amount_due.as_deref(), Some("0.00"));
    assert_eq!(told.paid_on.as_deref(), Some("2026-09-14"));
    assert_eq!(told.due_date.as_deref(), Some("2026-10-14"));
    assert_eq!(told.online_invoice, Some("https://in.xero.com/abc".into()));
    assert_eq!(modified(&element).map(|at| at.to_rfc3339()).as_deref(), Some("2026-09-14T09:30:30.894+00:00"));
    assert_eq!(modified(&json!({})), None);
}

#[test]
fn natural_keys_find_the_record_again() {
    let document = |number: Seen<String>| Record::Document(Box::new(Document { number, ..Document::default() }));
    let item = |code: Seen<String>| Record::Item(Box::new(Item { code, ..Item::default() }));
    let party = || Record::Party(Box::default());
    for (module, target, key) in [
        (Module::Accounts, party(), "zcrm:a:42"),
        (Module::Vendors, party(), "zcrm:v:42"),
        (Module::Contacts, party(), "zcrm:c:42"),
        (Module::Products, item(some("GB-12")), "GB-12"),
        (Module::Products, item(Seen::Value(None)), "zcrm:t:42"),
        (Module::Invoices, document(some("INV-1")), "INV-1"),
        (Module::Invoices, document(Seen::Unseen), "zcrm:i:42"),
        (Module::PurchaseOrders, document(Seen::Unseen), "zcrm:p:42"),
    ] {
        assert_eq!(natural_key(module, "42", &target), key);
    }
}
