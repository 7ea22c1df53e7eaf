//! What is read from the CRM and written back to it. Whole records are golden cases (`tests/golden`).

use super::*;
use crate::id::ZohoId;
use crate::link::{Link, LinkState};
use crate::problem::Code;
use crate::record::{Discount, Document, Line, Party, Seen, TaxMode};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

fn organisation() -> CrmOrganisation {
    serde_json::from_str(include_str!("../../tests/organisations/crm.json")).unwrap()
}

fn snapshot(record: Value) -> CrmSnapshot {
    CrmSnapshot { record, contacts: Vec::new(), more_contacts: false }
}

fn invoice(record: Value) -> (Document, Vec<Code>) {
    match read(Module::Invoices, &snapshot(record), &organisation(), &Settings::default()) {
        (Record::Document(document), problems) => (*document, problems.iter().map(|problem| problem.code).collect()),
        other => panic!("{other:?}"),
    }
}

fn link(module: Module, lines: &[(&str, &str)]) -> Link {
    Link {
        module,
        crm_id: ZohoId::new("42").unwrap(),
        state: LinkState::Linked,
        xero_id: None,
        natural_key: "ZC-PO-7".to_owned(),
        generation: 1,
        fingerprints: BTreeMap::new(),
        lines: lines.iter().map(|(crm, xero)| ((*crm).to_owned(), (*xero).to_owned())).collect(),
        ..Link::blank(module, ZohoId::new("42").unwrap())
    }
}

fn keys(keys: &[&str]) -> BTreeSet<String> {
    keys.iter().map(|key| (*key).to_owned()).collect()
}

#[test]
fn taxes_are_on_the_lines_or_on_the_total() {
    let gst = |percentage: i32| json!({"name": "GST", "percentage": percentage});
    let pst = |percentage: i32| json!({"name": "PST", "percentage": percentage});
    for (line, total, mode, line_taxes, total_taxes, both) in [
        (json!([]), json!([]), TaxMode::None, 0, 0, false),
        (json!(null), json!(null), TaxMode::None, 0, 0, false),
        (json!([gst(10)]), json!([]), TaxMode::Item, 1, 0, false),
        (json!([gst(0)]), json!([]), TaxMode::Item, 1, 0, false),
        (json!([gst(10), pst(0)]), json!([gst(0), pst(0)]), TaxMode::Item, 1, 0, false),
        (json!([gst(10), pst(7)]), json!([]), TaxMode::Item, 2, 0, false),
        (json!([]), json!([gst(10)]), TaxMode::Total, 0, 1, false),
        (json!([gst(0), pst(0)]), json!([gst(10), pst(0)]), TaxMode::Total, 0, 1, false),
        (json!([]), json!([gst(0)]), TaxMode::Total, 0, 1, false),
        (json!([]), json!([gst(0), pst(0)]), TaxMode::None, 0, 0, false),
        (json!([gst(10)]), json!([gst(10)]), TaxMode::Item, 1, 0, true),
    ] {
        let case = format!("{line} {total}");
        let (document, problems) =
            invoice(json!({"Invoiced_Items": [{"id": "1", "Line_Tax": line}], "$line_tax": total}));
        let lines = document.lines.get().unwrap();
        assert_eq!(document.tax_mode, mode, "{case}");
        assert_eq!(lines[0].taxes.len(), line_taxes, "{case}");
        assert_eq!(document.total_taxes.len(), total_taxes, "{case}");
        assert_eq!(problems.contains(&Code::TaxBothModes), both, "{case}");
    }
}

#[test]
fn a_document_that_is_taxed_twice_is_told_by_its_number() {
    let gst = json!([{"name": "GST", "percentage": 10}]);
    let record = json!({"Invoice_Number": "INV-7", "Invoiced_Items": [{"id": "1", "Line_Tax": gst}], "$line_tax": gst});
    let (_, problems) = read(Module::Invoices, &snapshot(record), &organisation(), &Settings::default());
    let told = problems.iter().find(|problem| problem.code == Code::TaxBothModes).unwrap();
    assert_eq!(told.what, "\"INV-7\" is taxed twice: on its lines and on its total.");
}

#[test]
fn discounts_are_money_or_per_cent() {
    let percent = |text: &str| Some(Discount::Percent(text.parse().unwrap()));
    let amount = |text: &str| Some(Discount::Amount(text.parse().unwrap()));
    for (written, expected, invalid) in [
        (json!("5%"), percent("5"), false),
        (json!("45.5 %"), percent("45.5"), false),
        (json!("0%"), None, false),
        (json!(15.0), amount("15"), false),
        (json!("15.25"), amount("15.25"), false),
        (json!(0), None, false),
        (json!(null), None, false),
        (json!("half"), None, true),
    ] {
        let (document, problems) = invoice(json!({"Invoiced_Items": [{"id": "1", "Discount": written}]}));
        assert_eq!(document.lines.get().unwrap()[0].discount, expected, "{written}");
        assert_eq!(problems.contains(&Code::DiscountInvalid), invalid, "{written}");
    }
}

#[test]
fn hidden_and_empty_fields_differ() {
    let (document, _) = invoice(json!({"Subject": null}));
    assert_eq!(document.reference, Seen::Value(None));
    assert_eq!(document.number, Seen::Unseen);
    assert_eq!(document.lines, Seen::Unseen);
    assert_eq!(document.party, Seen::Unseen);
    assert_eq!(document.currency, Seen::some("AUD".to_owned()), "the home currency where there is only one");
    let (document, _) = invoice(json!({"Account_Name": null, "Invoiced_Items": null}));
    assert_eq!((document.party, document.lines), (Seen::Value(None), Seen::Value(None)));
}

#[test]
fn products_name_their_taxes_in_one_text() {
    let tax = |entry: Value| tax(&entry, &organisation().taxes).map(|tax| (tax.name, tax.percentage.to_string()));
    let is = |name: &str, percentage: &str| Some((name.to_owned(), percentage.to_owned()));
    assert_eq!(tax(json!({"id": "1", "value": "Vat - 0.8 %"})), is("Vat", "0.8"));
    assert_eq!(tax(json!({"id": "1", "value": "Sales - North - 7.25 %"})), is("Sales - North", "7.25"));
    assert_eq!(tax(json!({"id": "1", "value": "GST"})), is("GST", "10"));
    assert_eq!(tax(json!({"id": "1"})), None);
}

#[test]
fn dependencies_are_the_party_and_each_product_once() {
    let record = json!({
        "Account_Name": {"id": "7", "name": "Acme"},
        "Contact_Name": {"id": "8", "name": "Ana"},
        "Invoiced_Items": [
            {"Product_Name": {"id": "1", "name": "Balls"}},
            {"Product_Name": {"id": "2", "name": "Courier"}},
            {"Product_Name": {"id": "1", "name": "Balls"}},
            {"Product_Name": null},
        ],
    });
    let told = |record: &Value| -> Vec<String> {
        let found = dependencies(Module::Invoices, record);
        found.iter().map(|found| format!("{:?} {} {}", found.module, found.crm_id, found.name)).collect()
    };
    assert_eq!(told(&record), ["Accounts 7 Acme", "Products 1 Balls", "Products 2 Courier"]);
    assert_eq!(told(&json!({"Account_Name": null, "Contact_Name": {"id": "8", "name": "Ana"}})), ["Contacts 8 Ana"]);
    assert!(dependencies(Module::Accounts, &record).is_empty());
}

#[test]
fn names_fall_back() {
    for (module, record, expected) in [
        (Module::Accounts, json!({"Account_Name": " Acme "}), "Acme"),
        (Module::Contacts, json!({"First_Name": "Ana", "Last_Name": "Silva"}), "Ana Silva"),
        (Module::Invoices, json!({"Invoice_Number": null, "Subject": "Spring"}), "Spring"),
        (Module::PurchaseOrders, json!({"id": "42"}), "42"),
        (Module::Products, json!(null), "product"),
    ] {
        assert_eq!(name(module, &record), expected);
    }
}

#[test]
fn only_the_named_fields_of_a_party_are_written_back() {
    let some = |text: &str| Seen::some(text.to_owned());
    let mut party = Party { name: some("Ana María Silva"), phone: Seen::Value(None), ..Party::default() };
    party.billing.city = some("Perth");
    party.person.email = some("ana@acme.example");
    let record = Record::Party(Box::new(party));
    let wanted = keys(&["name", "phone", "billing.city", "billing.street", "person.email", "people"]);
    let written = |module, contacts: Vec<Value>| {
        let crm = CrmSnapshot { record: json!({"id": "42"}), contacts, more_contacts: false };
        Value::Object(write(module, &record, &wanted, &crm, &organisation(), &Settings::default(), &link(module, &[])))
    };
    assert_eq!(
        written(Module::Accounts, vec![]),
        json!({"Account_Name": "Ana María Silva", "Phone": null, "Billing_City": "Perth"})
    );
    assert_eq!(
        written(Module::Vendors, vec![]),
        json!({"Vendor_Name": "Ana María Silva", "Phone": null, "City": "Perth", "Email": "ana@acme.example"})
    );
    assert_eq!(
        written(Module::Vendors, vec![json!({"id": "1"})]),
        json!({"Vendor_Name": "Ana María Silva", "Phone": null, "City": "Perth"})
    );
    assert_eq!(
        written(Module::Contacts, vec![]),
        json!({"First_Name": "Ana María", "Last_Name": "Silva", "Phone": null, "Mailing_City": "Perth",
               "Email": "ana@acme.example"})
    );
}

#[test]
fn lines_are_written_back_by_their_ids() {
    let crm = snapshot(json!({"id": "42", "Purchase_Items": [
        {"id": "1", "Product_Name": {"id": "7", "name": "Balls"}, "Quantity": 2, "List_Price": 50, "Discount": 0},
        {"id": "2", "Product_Name": {"id": "7", "name": "Balls"}, "Quantity": 2, "List_Price": 50, "Discount": "10%"},
        {"id": "3", "Product_Name": {"id": "7", "name": "Balls"}, "Quantity": 1, "List_Price": 1, "Discount": 0},
        {"id": "4", "Product_Name": {"id": "7", "name": "Balls"}, "Quantity": 1, "List_Price": 1, "Discount": 0},
    ]}));
    let line = |id: &str, quantity: i64, price: i64| Line {
        id: Some(id.to_owned()),
        description: Some("Balls".to_owned()),
        quantity: quantity.into(),
        unit_price: price.into(),
        ..Line::default()
    };
    let from_xero = Record::Document(Box::new(Document {
        number: Seen::some("ZC-PO-8".to_owned()),
        lines: Seen::some(vec![line("x1", 3, 60), line("x2", 4, 45), line("x4", 9, 9)]),
        ..Document::default()
    }));
    let changed = keys(&[
        "number",
        "party",
        "lines.1.quantity",
        "lines.1.description",
        "lines.2.quantity",
        "lines.3.quantity",
        "lines.xero:x9.quantity",
        "lines.discount.unit_price",
    ]);
    let mut link = link(Module::PurchaseOrders, &[("1", "x1"), ("2", "x2"), ("3", "x3"), ("4", "x4")]);
    let before = json!({"PO_Number": "PO-7"});
    let mut crm = crm;
    crm.record["PO_Number"] = before["PO_Number"].clone();
    let written = |link: &Link| {
        let (organisation, settings) = (organisation(), Settings::default());
        Value::Object(write(Module::PurchaseOrders, &from_xero, &changed, &crm, &organisation, &settings, link))
    };
    assert_eq!(
        written(&link),
        json!({"PO_Number": "PO-8", "Purchase_Items": [
            // The product's name is not brought back as the line's text.
            {"id": "1", "Quantity": 3},
            // The discount had gone into the price, so all three come back together.
            {"id": "2", "Quantity": 4, "List_Price": 45, "Discount": 0},
            // Xero no longer has it.
            {"id": "3", "_delete": null},
        ]})
    );
    link.lines.clear();
    assert_eq!(written(&link), json!({"PO_Number": "PO-8"}), "lines that are not linked are left alone");
}

#[test]
fn what_can_be_written_back_is_known_beforehand() {
    let crm = snapshot(json!({"Invoiced_Items": [{"id": "1"}]}));
    for (module, key, expected) in [
        (Module::Accounts, "name", true),
        (Module::Accounts, "person.email", false),
        (Module::Accounts, "shipping.postal_code", true),
        (Module::Vendors, "shipping.city", false),
        (Module::Vendors, "person.email", true),
        (Module::Contacts, "name", true),
        (Module::Contacts, "people", false),
        (Module::Products, "sales.unit_price", true),
        (Module::Products, "sales.account_code", false),
        (Module::Invoices, "number", false),
        (Module::Invoices, "due_date", true),
        (Module::PurchaseOrders, "number", true),
        (Module::Invoices, "lines.1.quantity", true),
        (Module::Invoices, "lines.1.tax_type", false),
        (Module::Invoices, "lines.2.quantity", false),
        (Module::Invoices, "lines.discount.unit_price", false),
        (Module::Invoices, "lines.order", false),
    ] {
        assert_eq!(writable(module, key, &crm, &organisation(), &Settings::default()), expected, "{module:?} {key}");
    }
}

#[test]
fn xero_fields_match_the_custom_fields() {
    let element = json!({"InvoiceID": "i", "InvoiceNumber": "INV-1", "Status": "PAID", "Total": 24.15});
    let state = crate::xero::state(Module::Invoices, &element, &crate::xero::tests::organisation(), None);
    let at = "2026-11-20T13:30:05.25Z".parse().unwrap();
    for module in Module::ALL {
        let fields = custom_fields(module);
        let values = xero_fields(module, &state, at);
        let known: BTreeSet<&str> = fields.iter().map(|field| field.api_name).collect();
        assert!(values.keys().all(|name| known.contains(name.as_str())), "{module:?}");
        assert!(fields.iter().all(|field| field.label.replace(' ', "_") == field.api_name));
        assert!(fields.iter().filter(|field| field.unique).count() <= 2, "the CRM allows two");
        assert!(known.iter().all(|name| values.contains_key(*name) || *name == "Xero_Primary"));
    }
    let values = Value::Object(xero_fields(Module::Invoices, &state, at));
    assert_eq!(values["Xero_Synced_At"], json!("2026-11-20T13:30:05+00:00"));
    assert_eq!(values["Xero_Total"].to_string(), "24.15");
    assert_eq!(values["Xero_Paid_On"], Value::Null);
    assert_eq!(
        custom_fields(Module::Products)[0].definition(),
        json!({
            "field_label": "Xero ID", "data_type": "text", "length": 50,
            "unique": {"case_sensitive": false}, "external": {"type": "org", "show": false},
        })
    );
}

#[test]
fn amounts_of_money_are_made_without_a_precision() {
    for field in custom_fields(Module::Invoices).iter().filter(|field| field.data_type == "currency") {
        let definition = field.definition();
        assert_eq!(definition["currency"], json!({"rounding_option": "normal"}), "{}", field.label);
        assert_eq!(definition["decimal_place"], json!(2));
    }
}

#[test]
fn what_nobody_filled_or_chose_is_empty_wherever_it_names_a_record() {
    let mut organisation = organisation();
    let field = |api_name: &str, data_type: &str, json_type: &str| crate::organisation::CrmField {
        api_name: api_name.to_owned(),
        label: String::new(),
        data_type: data_type.to_owned(),
        json_type: Some(json_type.to_owned()),
        read_only: false,
        length: None,
        decimals: None,
        custom: true,
        picklist: Vec::new(),
    };
    let fields = vec![
        field("Account_Number", "bigint", "string"),
        field("Region_Code", "integer", "integer"),
        field("Region", "picklist", "string"),
        field("Tag", "text", "jsonarray"),
    ];
    organisation.fields.insert(Module::Accounts, fields);
    let settings: Settings = serde_json::from_value(json!({"fields": {"Accounts": {
        "tax_number": {"source": {"field": "Region_Code"}},
        "billing.state": {"source": {"field": "Region"}},
        "billing.city": {"source": {"field": "Tag"}},
    }}}))
    .unwrap();
    let read_party = |record: Value| match read(Module::Accounts, &snapshot(record), &organisation, &settings).0 {
        Record::Party(party) => *party,
        other => panic!("{other:?}"),
    };
    let party = read_party(json!({
        "id": "1", "Account_Name": "A", "Account_Number": "0", "Region_Code": 0, "Region": "-None-",
        "Tag": [{"name": "VIP"}],
    }));
    assert_eq!(party.account_number, Seen::Value(None));
    assert_eq!(party.tax_number, Seen::Value(None));
    assert_eq!(party.billing.state, Seen::Value(None));
    assert_eq!(party.billing.city, Seen::Unseen, "a list is no text, and not an empty one either");
    let empty = read_party(json!({"id": "1", "Account_Name": "A", "Tag": null}));
    assert_eq!(empty.billing.city, Seen::Unseen);
    let known = read_party(json!({"id": "1", "Account_Name": "A", "Account_Number": "10", "Region_Code": 7}));
    assert_eq!((known.account_number, known.tax_number), (Seen::some("10".to_owned()), Seen::some("7".to_owned())));
    for number in ["0", "-None-", " 000 "] {
        let order = json!({"id": "1", "PO_Number": number, "Subject": "Timber", "Purchase_Items": []});
        let (record, _) = read(Module::PurchaseOrders, &snapshot(order.clone()), &organisation, &settings);
        assert!(matches!(record, Record::Document(document) if document.number == Seen::Value(None)), "{number}");
        assert_eq!(name(Module::PurchaseOrders, &order), "Timber");
        let product = json!({"id": "1", "Product_Name": "Advice", "Product_Code": number});
        let (record, _) = read(Module::Products, &snapshot(product), &organisation, &settings);
        assert!(matches!(record, Record::Item(item) if item.code == Seen::Value(None)), "{number}");
    }
}

#[test]
fn nothing_is_written_to_what_the_metadata_calls_read_only() {
    let mut organisation = organisation();
    let field = |api_name: &str| crate::organisation::CrmField {
        api_name: api_name.to_owned(),
        label: String::new(),
        data_type: "text".to_owned(),
        json_type: Some("string".to_owned()),
        read_only: true,
        length: None,
        decimals: None,
        custom: false,
        picklist: Vec::new(),
    };
    for (module, key, name) in [
        (Module::Accounts, "name", "Account_Name"),
        (Module::Accounts, "phone", "Phone"),
        (Module::Vendors, "person.email", "Email"),
        (Module::Products, "code", "Product_Code"),
        (Module::PurchaseOrders, "number", "PO_Number"),
        (Module::Invoices, "due_date", "Due_Date"),
    ] {
        let crm = snapshot(json!({"id": "1"}));
        assert!(writable(module, key, &crm, &organisation, &Settings::default()), "{module:?} {key}");
        organisation.fields.insert(module, vec![field(name)]);
        assert!(!writable(module, key, &crm, &organisation, &Settings::default()), "{module:?} {key}");
    }
}

#[test]
fn some_contacts_are_not_all_of_them() {
    let contact = json!({"id": "9", "Last_Name": "Ash", "Xero_Primary": true});
    let plain = json!({"id": "8", "Last_Name": "Bell"});
    let read_party = |contacts: Vec<Value>, more_contacts: bool| {
        let crm = CrmSnapshot { record: json!({"id": "1", "Account_Name": "A"}), contacts, more_contacts };
        match read(Module::Accounts, &crm, &organisation(), &Settings::default()) {
            (Record::Party(party), problems) => (*party, problems),
            (other, _) => panic!("{other:?}"),
        }
    };
    let (all, _) = read_party(vec![contact.clone(), plain.clone()], false);
    assert_eq!(all.people.get().map(Vec::len), Some(1));
    let (some, problems) = read_party(vec![contact, plain.clone()], true);
    assert_eq!(some.people, Seen::Unseen, "nobody knows who is missing");
    assert_eq!(some.person.last_name, Seen::some("Ash".to_owned()), "the primary one is known");
    assert_eq!(problems.iter().map(|one| one.code).collect::<Vec<_>>(), [Code::ContactsIncomplete]);
    let (one, _) = read_party(vec![plain], true);
    assert_eq!(one.person.last_name, Seen::Unseen, "one of some is not the only one");
}
