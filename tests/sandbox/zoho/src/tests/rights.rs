//! What users may see and do, states of records, and the limits on calls.

use super::{ANA, Desk, RITA, SAM};
use crate::{Approval, RecordFlag};
use chrono::Duration;
use serde_json::{Value, json};

#[test]
fn a_restricted_user_sees_only_her_own_records() {
    let mut desk = Desk::new();
    let anas = desk.account("Ana's");
    desk.sign_in(RITA);
    let own = desk.post("Accounts", &json!({"Account_Name": "Rita's"})).id();
    assert_eq!(desk.get(&format!("Accounts/{anas}")).status, 204);
    assert_eq!(desk.get(&format!("Accounts/{own}")).status, 200);
    let listed = desk.get("Accounts?fields=Account_Name").body;
    assert_eq!(listed["info"]["count"], json!(1));
    assert_eq!(desk.coql("select id from Accounts where Account_Name = 'Ana\\'s'").status, 204);
    assert_eq!(desk.put(&format!("Accounts/{anas}"), &json!({"Website": "x.example"})).code(), "INVALID_DATA");
    assert_eq!(desk.with("DELETE", &format!("Accounts/{anas}"), &[], &Value::Null).code(), "INVALID_DATA");
    assert_eq!(desk.get("Accounts/actions/count").body["count"], json!(1));
    // Sam sees both, and a change of owner opens the record to Rita.
    desk.sign_in(SAM);
    assert_eq!(desk.get("Accounts?fields=Account_Name").body["info"]["count"], json!(2));
    let rita = desk.zoho.users().iter().find(|user| user.email == RITA).unwrap().id.to_string();
    assert_eq!(desk.put(&format!("Accounts/{anas}"), &json!({"Owner": {"id": rita}})).status, 200);
    desk.sign_in(RITA);
    assert_eq!(desk.get(&format!("Accounts/{anas}")).status, 200);
}

#[test]
fn closed_and_read_only_modules_are_refused() {
    let mut desk = Desk::new();
    desk.zoho.insert("Products", &json!({"Product_Name": "P"})).unwrap();
    desk.sign_in(RITA);
    let closed = desk.get("Purchase_Orders?fields=Subject");
    assert_eq!((closed.status, closed.code()), (403, "NO_PERMISSION"));
    assert_eq!(desk.coql("select id from Vendors where id is not null").code(), "NO_PERMISSION");
    assert_eq!(desk.post("Products", &json!({"Product_Name": "Q"})).code(), "NO_PERMISSION");
    assert_ne!(desk.get("Products?fields=Product_Name").code(), "NO_PERMISSION");
}

#[test]
fn hidden_fields_are_left_out_everywhere() {
    let mut desk = Desk::new();
    desk.sign_in(RITA);
    let row = json!({"Account_Name": "A", "Phone": "123", "Fax": "456"});
    let id = desk.post("Accounts", &row).id();
    let account = desk.record("Accounts", &id);
    assert!(account.get("Phone").is_none() && account.get("Fax").is_some());
    assert!(desk.get("Accounts?fields=Phone,Fax").body["data"][0].get("Phone").is_none());
    let fields = desk.get("settings/fields?module=Accounts").body;
    assert!(fields["fields"].as_array().unwrap().iter().all(|field| field["api_name"] != json!("Phone")));
    assert_eq!(desk.coql("select Phone from Accounts where id is not null").code(), "INVALID_QUERY");
    // What she sent for it was not written either.
    assert_eq!(desk.zoho.get("Accounts", &id).unwrap()["Phone"], Value::Null);
}

#[test]
fn locks_approvals_and_blueprints_stop_changes() {
    let mut desk = Desk::new();
    let id = desk.account("A");
    let path = format!("Accounts/{id}");
    let row = json!({"Fax": "1"});
    for (flag, back, code) in [
        (RecordFlag::Locked(true), RecordFlag::Locked(false), "RECORD_LOCKED"),
        (RecordFlag::Approval(Approval::Pending), RecordFlag::Approval(Approval::Approved), "NOT_APPROVED"),
    ] {
        assert!(desk.zoho.set_record_flag("Accounts", &id, flag));
        assert_eq!(desk.put(&path, &row).code(), code);
        assert_eq!(desk.with("DELETE", &path, &[], &Value::Null).code(), code);
        assert!(desk.zoho.set_record_flag("Accounts", &id, back));
        assert_eq!(desk.put(&path, &row).status, 200);
    }
    desk.zoho.set_record_flag("Accounts", &id, RecordFlag::Locked(true));
    assert_eq!(desk.record("Accounts", &id)["Locked__s"], json!(true));
    assert!(!desk.zoho.set_record_flag("Accounts", "1", RecordFlag::Locked(true)));
    let product = desk.zoho.insert("Products", &json!({"Product_Name": "P"})).unwrap();
    let lines = json!({"Subject": "S", "Invoiced_Items": [{"Product_Name": {"id": product}}]});
    let invoice = desk.zoho.insert("Invoices", &lines).unwrap();
    desk.zoho.set_record_flag("Invoices", &invoice, RecordFlag::InBlueprint(true));
    assert_eq!(desk.put(&format!("Invoices/{invoice}"), &json!({"Status": "Approved"})).code(), "RECORD_IN_BLUEPRINT");
    assert_eq!(desk.put(&format!("Invoices/{invoice}"), &json!({"Subject": "T"})).status, 200);
}

#[test]
fn the_test_api_acts_as_a_user_too() {
    let mut desk = Desk::new();
    let id = desk.account("A");
    assert!(desk.zoho.get_as(SAM, "Accounts", &id).is_some());
    assert!(desk.zoho.get_as(RITA, "Accounts", &id).is_none());
    assert!(desk.zoho.records_as(RITA, "Accounts").is_empty());
    assert!(desk.zoho.update_as(RITA, "Accounts", &id, &json!({"Fax": "1"})).is_err());
    desk.zoho.update_as(SAM, "Accounts", &id, &json!({"Fax": "1"})).unwrap();
    let by = desk.zoho.get("Accounts", &id).unwrap()["Modified_By"]["email"].clone();
    assert_eq!(by, json!(SAM));
    assert!(desk.zoho.delete("Accounts", &id) && !desk.zoho.delete("Accounts", &id));
}

#[test]
fn credits_are_told_past_half_and_end_in_429() {
    let mut desk = Desk::new();
    desk.zoho.set_credit_limit(6);
    let remaining = |answer: &super::Answer| {
        answer.response.headers().get("X-API-CREDITS-REMAINING").map(|value| value.to_str().unwrap().to_owned())
    };
    // 1 + 1 credits: no header yet. Eleven rows cost 2.
    assert_eq!(remaining(&desk.get("org")), None);
    assert_eq!(remaining(&desk.get("org")), None);
    let rows: Vec<Value> = (0..11).map(|n| json!({"Account_Name": format!("A{n}")})).collect();
    let answer = desk.with("POST", "Accounts", &[], &json!({"data": rows}));
    assert_eq!(remaining(&answer).as_deref(), Some("2"));
    // Deleted records cost 2.
    assert_eq!(remaining(&desk.get("Accounts/deleted")).as_deref(), Some("0"));
    let refused = desk.get("org");
    assert_eq!((refused.status, refused.code()), (429, "TOO_MANY_REQUESTS"));
    assert!(!refused.response.headers().contains_key("retry-after"));
    // The window rolls.
    desk.wait(Duration::hours(24));
    desk.sign_in(ANA);
    assert_eq!(desk.get("org").status, 200);
}

#[test]
fn calls_at_once_are_limited_and_heavy_ones_more_so() {
    let mut desk = Desk::new();
    desk.in_flight = 20;
    assert_eq!(desk.get("org").status, 200);
    desk.in_flight = 21;
    assert_eq!(desk.get("org").code(), "TOO_MANY_REQUESTS");
    desk.in_flight = 10;
    assert_eq!(desk.coql("select id from Accounts where id is not null").status, 204);
    desk.in_flight = 11;
    assert_eq!(desk.coql("select id from Accounts where id is not null").status, 429);
    // A composite request counts for five.
    let body = json!({"__composite_requests": [{"method": "GET", "uri": "/crm/v8/org"}]});
    desk.in_flight = 16;
    assert_eq!(desk.with("POST", "__composite_requests", &[], &body).status, 200);
    desk.in_flight = 17;
    assert_eq!(desk.with("POST", "__composite_requests", &[], &body).status, 429);
}
