//! Reading, writing and deleting records.

use super::{Answer, Desk};
use crate::{Answers, AutomationRun};
use chrono::Duration;
use serde_json::{Value, json};

#[test]
fn an_insert_answers_201_and_times_are_in_the_users_offset() {
    let mut desk = Desk::new();
    let answer = desk.post("Accounts", &json!({"Account_Name": "Acme"}));
    assert_eq!((answer.status, answer.code()), (201, "SUCCESS"));
    let row = &answer.body["data"][0];
    assert_eq!(row["message"], json!("record added"));
    assert_eq!(row["details"]["Modified_Time"], json!("2026-11-02T12:30:00+11:00"));
    assert_eq!(answer.id().len(), 19);
    assert!(desk.zoho.set_time_zone("America/New_York"));
    assert_eq!(desk.record("Accounts", &answer.id())["Created_Time"], json!("2026-11-01T20:30:00-05:00"));
}

#[test]
fn rows_succeed_and_fail_by_themselves_in_the_order_of_the_request() {
    let mut desk = Desk::new();
    let rows = json!({"data": [{"Account_Name": "One"}, {"Phone": "1"}, {"Account_Name": "Three"}]});
    let answer = desk.with("POST", "Accounts", &[], &rows);
    assert_eq!(answer.status, 207);
    let codes: Vec<_> =
        answer.body["data"].as_array().unwrap().iter().map(|row| row["code"].as_str().unwrap()).collect();
    assert_eq!(codes, ["SUCCESS", "MANDATORY_NOT_FOUND", "SUCCESS"]);
    assert_eq!(
        answer.body["data"][1]["details"],
        json!({"api_name": "Account_Name", "json_path": "$.data[1].Account_Name"})
    );
    assert_eq!(desk.zoho.records("Accounts").len(), 2);
}

#[test]
fn when_every_row_fails_the_status_is_400_or_what_the_test_chose() {
    let mut desk = Desk::new();
    assert_eq!(desk.post("Contacts", &json!({})).status, 400);
    desk.zoho.set_answers(Answers { all_rows_failed: 202, unknown_id_is_error: true, ..Answers::USUAL });
    assert_eq!(desk.post("Contacts", &json!({})).status, 202);
    let unknown = desk.get("Accounts/5545974000000999999");
    assert_eq!((unknown.status, unknown.code()), (400, "INVALID_DATA"));
}

#[test]
fn a_write_takes_100_rows_and_no_more() {
    let mut desk = Desk::new();
    let rows = |count: usize| json!({"data": (0..count).map(|n| json!({"Account_Name": format!("A{n}")})).collect::<Vec<_>>()});
    assert_eq!(desk.with("POST", "Accounts", &[], &rows(100)).status, 201);
    assert_eq!(desk.with("POST", "Accounts", &[], &rows(101)).status, 400);
    assert_eq!(desk.zoho.records("Accounts").len(), 100);
}

#[test]
fn values_are_checked_by_type_and_length() {
    let mut desk = Desk::new();
    let long = "x".repeat(201);
    for (module, name, value, expected) in [
        ("Accounts", "Account_Name", json!(long), json!({"maximum_length": 200})),
        ("Accounts", "Account_Name", json!(5), json!({"expected_data_type": "text"})),
        ("Accounts", "Phone", json!("call me?"), json!({"expected_data_type": "phone"})),
        ("Accounts", "Phone", json!("1".repeat(31)), json!({"maximum_length": 30})),
        ("Accounts", "Employees", json!("12"), json!({"expected_data_type": "integer"})),
        ("Accounts", "Employees", json!(1.5), json!({"expected_data_type": "integer"})),
        ("Accounts", "Annual_Revenue", json!("12.5"), json!({"expected_data_type": "currency"})),
        ("Accounts", "Annual_Revenue", json!(0.1234567891), json!({"maximum_length": 16})),
        ("Contacts", "Email", json!("nobody"), json!({"expected_data_type": "email"})),
        ("Contacts", "Email_Opt_Out", json!("true"), json!({"expected_data_type": "boolean"})),
        ("Contacts", "Date_of_Birth", json!("02/11/2026"), json!({"expected_data_type": "date"})),
        ("Contacts", "Account_Name", json!({"name": "Acme"}), json!({"expected_data_type": "jsonobject"})),
        ("Contacts", "Account_Name", json!({"id": "1"}), json!({})),
    ] {
        let mut row = json!({"Account_Name": "Acme", "Last_Name": "Lim"});
        if module == "Contacts" {
            row = json!({"Last_Name": "Lim"});
        }
        row[name] = value;
        let answer = desk.post(module, &row);
        assert_eq!(answer.code(), "INVALID_DATA", "{row}");
        let mut wanted = expected;
        wanted["api_name"] = json!(name);
        wanted["json_path"] = json!(format!("$.data[0].{name}"));
        assert_eq!(answer.body["data"][0]["details"], wanted, "{row}");
    }
}

#[test]
fn picklists_take_unknown_values_and_unknown_and_read_only_keys_are_ignored() {
    let mut desk = Desk::new();
    let row = json!({"Last_Name": "Lim", "First_Name": "Mei", "Salutation": "Sir", "Full_Name": "X", "No_Such": 1});
    let id = desk.post("Contacts", &row).id();
    let contact = desk.record("Contacts", &id);
    assert_eq!((&contact["Salutation"], &contact["Full_Name"]), (&json!("Sir"), &json!("Mei Lim")));
    assert!(contact.get("No_Such").is_none());
}

#[test]
fn an_update_changes_what_it_names_and_null_clears() {
    let mut desk = Desk::new();
    let id = desk.zoho.insert("Accounts", &json!({"Account_Name": "Acme", "Phone": "123", "Fax": "456"})).unwrap();
    desk.wait(Duration::seconds(90));
    let answer = desk.put(&format!("Accounts/{id}"), &json!({"Phone": null, "Website": "acme.example"}));
    assert_eq!((answer.status, answer.body["data"][0]["message"].as_str()), (200, Some("record updated")));
    let account = desk.record("Accounts", &id);
    assert_eq!(account["Phone"], Value::Null);
    assert_eq!((&account["Fax"], &account["Website"]), (&json!("456"), &json!("acme.example")));
    assert_eq!(account["Modified_Time"], json!("2026-11-02T12:31:30+11:00"));
    assert_eq!(account["Created_Time"], json!("2026-11-02T12:30:00+11:00"));
    assert_eq!(desk.put(&format!("Accounts/{id}"), &json!({"Account_Name": ""})).code(), "MANDATORY_NOT_FOUND");
}

#[test]
fn an_update_of_a_list_needs_ids_and_refuses_unknown_ones() {
    let mut desk = Desk::new();
    assert_eq!(desk.put("Accounts", &json!({"Phone": "1"})).code(), "MANDATORY_NOT_FOUND");
    let unknown = desk.put("Accounts", &json!({"id": "5545974000000999999", "Phone": "1"}));
    assert_eq!(unknown.code(), "INVALID_DATA");
    assert_eq!(unknown.body["data"][0]["message"], json!("the id given seems to be invalid"));
}

#[test]
fn if_unmodified_since_protects_a_newer_version() {
    let mut desk = Desk::new();
    let id = desk.account("Acme");
    let seen = desk.record("Accounts", &id)["Modified_Time"].as_str().unwrap().to_owned();
    let update = |desk: &mut Desk| {
        let row = json!({"data": [{"Phone": "1"}]});
        desk.with("PUT", &format!("Accounts/{id}"), &[("if-unmodified-since", &seen)], &row)
    };
    assert_eq!(update(&mut desk).status, 200);
    desk.wait(Duration::seconds(1));
    desk.zoho.touch("Accounts", &id);
    let late = update(&mut desk);
    assert_eq!((late.status, late.code()), (412, "ALREADY_MODIFIED"));
}

#[test]
fn omitted_triggers_run_every_automation_and_an_empty_list_none() {
    let mut desk = Desk::new();
    let id = desk.post("Accounts", &json!({"Account_Name": "Acme"})).id();
    desk.with("PUT", &format!("Accounts/{id}"), &[], &json!({"data": [{"Phone": "1"}], "trigger": []}));
    let runs = desk.zoho.automation_runs();
    assert_eq!(runs[0].triggers.len(), 5);
    assert_eq!(runs[1], AutomationRun { module: "Accounts".into(), id, operation: "edit", triggers: Vec::new() });
    let bad = desk.with("POST", "Accounts", &[], &json!({"data": [{"Account_Name": "B"}], "trigger": ["cadence"]}));
    assert_eq!(bad.code(), "INVALID_DATA");
}

fn with_unique_field(desk: &mut Desk) {
    let field = json!({"field_label": "Xero ID", "data_type": "text", "length": 60,
        "unique": {"case_sensitive": false}, "external": {"type": "org", "show": false}});
    assert_eq!(desk.zoho.create_field("Accounts", &field).unwrap(), "Xero_ID");
}

#[test]
fn a_unique_field_refuses_a_second_record_and_names_the_first() {
    let mut desk = Desk::new();
    with_unique_field(&mut desk);
    let first = desk.post("Accounts", &json!({"Account_Name": "A", "Xero_ID": "abc"})).id();
    let second = desk.post("Accounts", &json!({"Account_Name": "B", "Xero_ID": "ABC"}));
    assert_eq!(second.code(), "DUPLICATE_DATA");
    let details = &second.body["data"][0]["details"];
    assert_eq!(details["api_name"], json!("Xero_ID"));
    assert_eq!(details["duplicate_record"]["id"], json!(first));
    assert_eq!(details["duplicate_record"]["module"]["api_name"], json!("Accounts"));
}

#[test]
fn upsert_matches_by_system_fields_or_by_the_named_unique_field() {
    let mut desk = Desk::new();
    with_unique_field(&mut desk);
    let upsert = |desk: &mut Desk, row: Value, fields: Option<Value>| -> Answer {
        let mut body = json!({"data": [row]});
        if let Some(fields) = fields {
            body["duplicate_check_fields"] = fields;
        }
        desk.with("POST", "Accounts/upsert", &[], &body)
    };
    let first = upsert(&mut desk, json!({"Account_Name": "Acme", "Xero_ID": "x1"}), None);
    assert_eq!((first.status, &first.body["data"][0]["action"]), (201, &json!("insert")));
    let by_name = upsert(&mut desk, json!({"Account_Name": "Acme", "Phone": "1"}), None);
    assert_eq!((by_name.status, by_name.id()), (200, first.id()));
    assert_eq!(by_name.body["data"][0]["duplicate_field"], json!("Account_Name"));
    // With a unique field named, the name no longer matters.
    let by_id = upsert(&mut desk, json!({"Account_Name": "Renamed", "Xero_ID": "x1"}), Some(json!(["Xero_ID"])));
    assert_eq!((by_id.id(), &by_id.body["data"][0]["action"]), (first.id(), &json!("update")));
    let other = upsert(&mut desk, json!({"Account_Name": "Renamed", "Xero_ID": "x2"}), Some(json!(["Xero_ID"])));
    assert_eq!(other.body["data"][0]["action"], json!("insert"));
    assert_eq!(upsert(&mut desk, json!({"Account_Name": "Z"}), Some(json!(["Phone"]))).code(), "INVALID_DATA");
}

#[test]
fn an_external_field_addresses_a_record() {
    let mut desk = Desk::new();
    with_unique_field(&mut desk);
    let id = desk.post("Accounts", &json!({"Account_Name": "A", "Xero_ID": "x-1"})).id();
    let header = [("x-external", "Accounts.Xero_ID")];
    assert_eq!(desk.with("GET", "Accounts/x-1", &header, &Value::Null).body["data"][0]["id"], json!(id));
    let updated = desk.with("PUT", "Accounts/x-1", &header, &json!({"data": [{"Phone": "1"}]}));
    assert_eq!(updated.id(), id);
    let body = json!({"data": [{"Account_Name": "B", "Xero_ID": "x-1"}]});
    assert_eq!(desk.with("POST", "Accounts/upsert", &header, &body).body["data"][0]["action"], json!("update"));
    assert_eq!(desk.with("GET", "Accounts/x-2", &header, &Value::Null).code(), "INVALID_DATA");
    assert_eq!(desk.with("DELETE", "Accounts/x-1", &header, &Value::Null).status, 200);
    assert!(desk.zoho.records("Accounts").is_empty());
}

#[test]
fn a_deleted_record_is_gone_and_listed_as_deleted() {
    let mut desk = Desk::new();
    let (first, second) = (desk.account("First"), desk.account("Second"));
    assert_eq!(desk.get("Accounts/deleted").status, 204);
    let answer = desk.with("DELETE", &format!("Accounts?ids={first},5545974000000999999"), &[], &Value::Null);
    assert_eq!((answer.status, answer.code()), (207, "SUCCESS"));
    assert_eq!(answer.body["data"][0]["message"], json!("record deleted"));
    assert_eq!(desk.get(&format!("Accounts/{first}")).status, 204);
    assert_eq!(desk.get(&format!("Accounts/{second}")).status, 200);
    let deleted = desk.get("Accounts/deleted?type=all").body;
    assert_eq!(deleted["data"][0]["display_name"], json!("First"));
    assert_eq!(deleted["data"][0]["deleted_time"], json!("2026-11-02T12:30:00+11:00"));
    let since = [("if-modified-since", "2026-11-02T12:30:01+11:00")];
    assert_eq!(desk.with("GET", "Accounts/deleted", &since, &Value::Null).status, 304);
    desk.wait(Duration::days(61));
    desk.sign_in(super::ANA);
    assert_eq!(desk.get("Accounts/deleted").status, 204);
}

#[test]
fn unknown_modules_paths_and_methods_have_their_own_errors() {
    let mut desk = Desk::new();
    for (method, path, status, code) in [
        ("GET", "Nothings?fields=id", 400, "INVALID_MODULE"),
        ("GET", "settings/nothing", 404, "INVALID_URL_PATTERN"),
        ("PATCH", "Accounts", 400, "INVALID_REQUEST_METHOD"),
        ("POST", "org", 400, "INVALID_REQUEST_METHOD"),
        ("GET", "Invoiced_Items?fields=id", 400, "NOT_SUPPORTED"),
    ] {
        let answer = desk.with(method, path, &[], &Value::Null);
        assert_eq!((answer.status, answer.code()), (status, code), "{method} {path}");
    }
}

#[test]
fn a_clone_is_a_snapshot() {
    let mut desk = Desk::new();
    desk.account("Before");
    let snapshot = desk.zoho.clone();
    desk.account("After");
    assert_eq!(desk.zoho.records("Accounts").len(), 2);
    desk.zoho = snapshot;
    assert_eq!(desk.zoho.records("Accounts").len(), 1);
    // Ids go on from the snapshot, so the same steps give the same ids.
    let (mut left, mut right) = (desk.zoho.clone(), desk.zoho.clone());
    let row = json!({"Account_Name": "Same"});
    assert_eq!(left.insert("Accounts", &row), right.insert("Accounts", &row));
}

#[test]
fn the_test_api_takes_a_given_id() {
    let mut desk = Desk::new();
    let row = json!({"id": "554597400000000042", "Account_Name": "Given"});
    assert_eq!(desk.zoho.insert("Accounts", &row).unwrap(), "554597400000000042");
    assert_eq!(desk.zoho.get("Accounts", "554597400000000042").unwrap()["Account_Name"], json!("Given"));
    assert_eq!(desk.zoho.insert("Accounts", &json!({})).unwrap_err()["code"], json!("MANDATORY_NOT_FOUND"));
}
