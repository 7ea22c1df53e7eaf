//! What fields take of numbers, what currencies' coins are, which values may be there once only, and territories.

use super::{Desk, RITA, SAM};
use crate::{Answers, Coins, Decimals, Percents};
use rust_decimal::Decimal;
use serde_json::{Value, json};

/// What a write of one field of an account says: nothing, or the code and the details.
fn told(desk: &mut Desk, field: &str, value: &Value) -> Option<(String, Value)> {
    let answer = desk.post("Accounts", &json!({"Account_Name": "Acme", field: value}));
    (answer.status != 201).then(|| (answer.code().to_owned(), answer.body["data"][0]["details"].clone()))
}

#[test]
fn numbers_are_refused_by_type_size_decimals_and_range() {
    let mut desk = Desk::new();
    let share = json!({"field_label": "Share", "data_type": "percent"});
    desk.zoho.create_field("Accounts", &share).unwrap();
    for (field, value, refusal) in [
        ("Account_Number", json!("1234"), None),
        ("Account_Number", json!(1234), None),
        ("Account_Number", json!("A-17"), Some(("expected_data_type", json!("bigint")))),
        ("Account_Number", json!(1.5), Some(("expected_data_type", json!("bigint")))),
        ("Account_Number", json!("1234567890123456789"), Some(("maximum_length", json!(18)))),
        ("Employees", json!(12), None),
        ("Employees", json!("12"), Some(("expected_data_type", json!("integer")))),
        ("Employees", json!(1_234_567_890), Some(("maximum_length", json!(9)))),
        ("Annual_Revenue", json!(12.34), None),
        ("Annual_Revenue", json!("12.34"), Some(("expected_data_type", json!("currency")))),
        ("Annual_Revenue", json!(12.345), Some(("maximum_decimal_place", json!(2)))),
        ("Share", json!(100), None),
        ("Share", json!(33.33), None),
        ("Share", json!(100.01), Some(("api_name", json!("Share")))),
        ("Share", json!(-1), Some(("api_name", json!("Share")))),
        ("Share", json!("5"), Some(("expected_data_type", json!("percent")))),
    ] {
        let answer = told(&mut desk, field, &value);
        match refusal {
            None => assert_eq!(answer, None, "{field} {value}"),
            Some((detail, wanted)) => {
                let (code, details) = answer.unwrap_or_else(|| panic!("{field} took {value}"));
                assert_eq!((code.as_str(), &details["api_name"]), ("INVALID_DATA", &json!(field)), "{value}");
                assert_eq!(details[detail], wanted, "{field} {value}: {details}");
            }
        }
    }
}

#[test]
fn more_decimals_may_be_rounded_and_percentages_may_be_any() {
    let mut desk = Desk::new();
    desk.zoho.create_field("Accounts", &json!({"field_label": "Share", "data_type": "percent"})).unwrap();
    desk.zoho.set_answers(Answers { decimals: Decimals::Rounded, percents: Percents::Any, ..Answers::USUAL });
    let row = json!({"Account_Name": "Acme", "Annual_Revenue": 12.345, "Share": 250.125});
    let id = desk.post("Accounts", &row).id();
    let record = desk.record("Accounts", &id);
    assert_eq!((&record["Annual_Revenue"], &record["Share"]), (&json!(12.35), &json!(250.13)));
    assert!(told(&mut desk, "Share", &json!(123_456)).is_some(), "five digits are the most");
}

#[test]
fn totals_have_the_decimals_of_their_currency_s_coins() {
    for (coins, yen, dinar) in [(Coins::OfTheCurrency, "101", "100.617"), (Coins::Cents, "100.62", "100.62")] {
        let mut desk = Desk::new();
        desk.zoho.set_answers(Answers { coins, ..Answers::USUAL });
        desk.zoho.add_currency("JPY", "Japanese Yen", Decimal::from(98), 0);
        desk.zoho.add_currency("KWD", "Kuwaiti Dinar", Decimal::new(2, 1), 3);
        let account = desk.account("Acme");
        let product = desk.zoho.insert("Products", &json!({"Product_Name": "Widget"})).unwrap();
        for (currency, wanted) in [("JPY", yen), ("KWD", dinar)] {
            let id = desk
                .post(
                    "Invoices",
                    &json!({"Subject": "S", "Account_Name": {"id": account}, "Currency": currency, "Invoiced_Items": [
                        {"Product_Name": {"id": product}, "Quantity": 1, "List_Price": 100.6171}]}),
                )
                .id();
            assert_eq!(desk.record("Invoices", &id)["Grand_Total"].to_string(), wanted, "{currency}");
        }
    }
}

#[test]
fn an_e_mail_address_may_be_there_once_where_the_organisation_says_so() {
    let mut desk = Desk::new();
    let row = |name: &str, email: &str| json!({"Last_Name": name, "Email": email});
    let first = desk.post("Contacts", &row("One", "Office@acme.example")).id();
    assert_eq!(desk.post("Contacts", &row("Two", "office@acme.example")).status, 201, "usually it may");
    assert!(desk.zoho.make_unique("Contacts", "Email"));
    let answer = desk.post("Contacts", &row("Three", "OFFICE@acme.example"));
    assert_eq!((answer.status, answer.code()), (400, "DUPLICATE_DATA"));
    let details = &answer.body["data"][0]["details"];
    assert_eq!((&details["api_name"], &details["id"]), (&json!("Email"), &json!(first)), "{details}");
    let third = desk.post("Contacts", &row("Three", "three@acme.example")).id();
    let taken = desk.put(&format!("Contacts/{third}"), &json!({"Email": "office@acme.example"}));
    assert_eq!(taken.code(), "DUPLICATE_DATA");
    assert_eq!(
        desk.put(&format!("Contacts/{first}"), &json!({"Email": "office@acme.example", "Title": "x"})).code(),
        "DUPLICATE_DATA",
        "its twin was there before"
    );
    assert_eq!(desk.put(&format!("Contacts/{third}"), &json!({"Title": "x"})).status, 200);
}

#[test]
fn a_territory_hides_its_records_from_whoever_is_not_in_it() {
    let mut desk = Desk::new();
    let (north, plain) = (desk.account("Northern"), desk.account("Anywhere"));
    assert!(desk.zoho.set_territories("Accounts", &north, &["North"]));
    let seen = |desk: &mut Desk| {
        let rows = desk.get("Accounts?fields=Account_Name").body["data"].as_array().map_or(0, Vec::len);
        let one = desk.get(&format!("Accounts/{north}")).status;
        let write = desk.put(&format!("Accounts/{north}"), &json!({"Phone": "1"})).status;
        let query = desk.coql("select id from Accounts where Account_Name = 'Northern'").status;
        (rows, one, write, query)
    };
    assert_eq!(seen(&mut desk), (2, 200, 200, 200), "an administrator sees all");
    desk.sign_in(SAM);
    assert_eq!(seen(&mut desk), (1, 204, 400, 204));
    assert!(desk.zoho.set_user_territories(SAM, &["South", "North"]));
    assert_eq!(seen(&mut desk), (2, 200, 200, 200));
    assert!(desk.zoho.get_as(SAM, "Accounts", &plain).is_some());
    // A territory shows nobody what the profile does not.
    assert!(desk.zoho.set_user_territories(RITA, &["North"]));
    assert!(desk.zoho.get_as(RITA, "Accounts", &north).is_none());
}
