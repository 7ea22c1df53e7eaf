//! What users may see and do, states of records, and the limits on calls.

use super::{ALL_SCOPES, ANA, CLIENT, Desk, RITA, SAM};
use crate::{Approval, Editable, HiddenColumn, LockedFor, Others, Permission, ReadOnlyValue, RecordFlag};
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
    assert_eq!(desk.coql("select id from Accounts where Account_Name like 'Ana%s'").status, 204);
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
        (RecordFlag::Approval(Approval::InReview), RecordFlag::Approval(Approval::Approved), "NOT_APPROVED"),
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
fn the_records_of_others_may_be_read_and_not_written() {
    let mut desk = Desk::new();
    let product = desk.zoho.insert("Products", &json!({"Product_Name": "P"})).unwrap();
    let account = desk.account("Ana's");
    let standard = desk.zoho.profile_named_mut("Standard").unwrap();
    standard.others = Others::Read;
    standard.others_in.insert("Products".into(), Others::Write);
    desk.sign_in(SAM);
    let own = desk.post("Accounts", &json!({"Account_Name": "Sam's"})).id();
    assert_eq!(desk.get("Accounts?fields=Account_Name").body["info"]["count"], json!(2));
    let refused = desk.put(&format!("Accounts/{account}"), &json!({"Fax": "1"}));
    assert_eq!((refused.status, refused.code()), (403, "NO_PERMISSION"));
    assert_eq!(desk.with("DELETE", &format!("Accounts/{account}"), &[], &Value::Null).code(), "NO_PERMISSION");
    assert_eq!(desk.put(&format!("Accounts/{own}"), &json!({"Fax": "1"})).status, 200);
    assert_eq!(desk.put(&format!("Products/{product}"), &json!({"Unit_Price": 1})).status, 200);
    // Of several rows the refused one fails alone.
    let rows = json!({"data": [{"id": account, "Fax": "2"}, {"id": own, "Fax": "2"}]});
    let mixed = desk.with("PUT", "Accounts", &[], &rows);
    assert_eq!((mixed.status, &mixed.body["data"][1]["code"]), (207, &json!("SUCCESS")));
    assert_eq!(desk.zoho.get("Accounts", &account).unwrap()["Fax"], Value::Null);
}

/// What `$editable` says of four records: one's own, a colleague's, a locked one and one in a module that is read-only.
fn editable(desk: &mut Desk, meaning: Editable) -> [bool; 5] {
    desk.zoho.answers_mut().editable = meaning;
    ["Own", "Colleague's", "Locked", "Pending", "Read-only module"].map(|name| {
        let module = if name == "Read-only module" { "Vendors" } else { "Accounts" };
        let field = if module == "Vendors" { "Vendor_Name" } else { "Account_Name" };
        let found = desk.coql(&format!("select id from {module} where {field} like '{}'", name.replace('\'', "%")));
        let id = found.body["data"][0]["id"].as_str().unwrap().to_owned();
        desk.record(module, &id)["$editable"].as_bool().unwrap()
    })
}

#[test]
fn editable_has_two_meanings() {
    let mut desk = Desk::new();
    desk.account("Colleague's");
    desk.zoho.profile_named_mut("Standard").unwrap().others = Others::Read;
    desk.sign_in(SAM);
    for name in ["Own", "Locked", "Pending"] {
        let id = desk.post("Accounts", &json!({"Account_Name": name})).id();
        let flag = match name {
            "Locked" => RecordFlag::Locked(true),
            "Pending" => RecordFlag::Approval(Approval::Pending),
            _ => RecordFlag::Locked(false),
        };
        desk.zoho.set_record_flag("Accounts", &id, flag);
    }
    desk.post("Vendors", &json!({"Vendor_Name": "Read-only module"}));
    desk.zoho.profile_named_mut("Standard").unwrap().read_only_modules.insert("Vendors".into());
    assert_eq!(editable(&mut desk, Editable::SavesNow), [true, false, false, false, false]);
    assert_eq!(editable(&mut desk, Editable::SharedForWriting), [true, false, true, true, true]);
}

#[test]
fn a_lock_may_leave_administrators_in() {
    let mut desk = Desk::new();
    let id = desk.account("A");
    let path = format!("Accounts/{id}");
    desk.zoho.set_record_flag("Accounts", &id, RecordFlag::Locked(true));
    let state = |desk: &mut Desk| {
        let record = desk.record("Accounts", &id);
        (record["Locked__s"].clone(), record["$locked_for_me"].clone(), record["$editable"].clone())
    };
    assert_eq!(state(&mut desk), (json!(true), json!(true), json!(false)));
    let refused = desk.put(&path, &json!({"Fax": "1"}));
    assert_eq!(refused.body["data"][0]["details"]["action"], json!("record_locking"));
    desk.zoho.answers_mut().locked_for = LockedFor::AllButAdministrators;
    assert_eq!(state(&mut desk), (json!(true), json!(false), json!(true)));
    assert_eq!(desk.put(&path, &json!({"Fax": "1"})).status, 200);
    desk.sign_in(SAM);
    assert_eq!(state(&mut desk), (json!(true), json!(true), json!(false)));
    assert_eq!(desk.put(&path, &json!({"Fax": "1"})).code(), "RECORD_LOCKED");
}

#[test]
fn states_are_told_with_the_record() {
    let mut desk = Desk::new();
    let id = desk.account("A");
    for (approval, approved, state) in [
        (Approval::Approved, true, "approved"),
        (Approval::Pending, false, "approval_process_pending"),
        (Approval::InReview, false, "review_process_pending"),
    ] {
        desk.zoho.set_record_flag("Accounts", &id, RecordFlag::Approval(approval));
        let record = desk.record("Accounts", &id);
        assert_eq!((&record["$approved"], &record["$approval_state"]), (&json!(approved), &json!(state)));
        assert_eq!(record["$editable"], json!(approved));
    }
}

#[test]
fn a_value_for_a_read_only_field_fails_its_row_or_is_ignored() {
    let mut desk = Desk::new();
    let id = desk.account("A");
    desk.zoho.profile_named_mut("Standard").unwrap().set_permission("Accounts", "Fax", Permission::ReadOnly);
    desk.sign_in(SAM);
    let path = format!("Accounts/{id}");
    let row = json!({"Fax": "1", "Website": "a.example"});
    let refused = desk.put(&path, &row);
    assert_eq!((refused.status, refused.code()), (400, "NO_PERMISSION"));
    assert_eq!(refused.body["data"][0]["details"]["api_name"], json!("Fax"));
    assert_eq!(desk.post("Accounts", &json!({"Account_Name": "B", "Fax": "1"})).code(), "NO_PERMISSION");
    assert_eq!(desk.record("Accounts", &id)["Website"], Value::Null, "nothing of the row is written");
    desk.zoho.answers_mut().read_only_value = ReadOnlyValue::Ignored;
    assert_eq!(desk.put(&path, &row).status, 200);
    let record = desk.record("Accounts", &id);
    assert_eq!((&record["Fax"], &record["Website"]), (&Value::Null, &json!("a.example")));
    desk.sign_in(ANA);
    assert_eq!(desk.put(&path, &row).status, 200);
    assert_eq!(desk.record("Accounts", &id)["Fax"], json!("1"));
}

#[test]
fn the_fields_of_lines_have_permissions_too() {
    let mut desk = Desk::new();
    let product = desk.zoho.insert("Products", &json!({"Product_Name": "P", "Unit_Price": 10})).unwrap();
    let line = json!({"Product_Name": {"id": product}, "Discount": 2});
    let row = json!({"Subject": "S", "Invoiced_Items": [line]});
    let id = desk.zoho.insert("Invoices", &row).unwrap();
    let standard = desk.zoho.profile_named_mut("Standard").unwrap();
    standard.set_permission("Invoiced_Items", "Discount", Permission::Hidden);
    standard.set_permission("Invoiced_Items", "Quantity", Permission::ReadOnly);
    desk.sign_in(SAM);
    let read = desk.record("Invoices", &id)["Invoiced_Items"][0].clone();
    assert!(read.get("Discount").is_none() && read.get("Quantity").is_some(), "{read}");
    let change = json!({"Invoiced_Items": [{"id": read["id"], "Quantity": 3}]});
    assert_eq!(desk.put(&format!("Invoices/{id}"), &change).code(), "NO_PERMISSION");
    let change = json!({"Invoiced_Items": [{"id": read["id"], "Discount": 5, "Description": "x"}]});
    assert_eq!(desk.put(&format!("Invoices/{id}"), &change).status, 200);
    let kept = desk.zoho.get("Invoices", &id).unwrap()["Invoiced_Items"][0].clone();
    assert_eq!((&kept["Discount"], &kept["Description"]), (&json!(2), &json!("x")));
}

/// Rita's account, whose telephone number she does not see, with a contact and an invoice of hers; and Ana's.
fn two_accounts() -> Desk {
    let mut desk = Desk::new();
    desk.zoho.set_index_lag(Duration::zero());
    let rita = json!({"id": desk.zoho.user_of(RITA).unwrap().id.to_string()});
    let product = desk.zoho.insert("Products", &json!({"Product_Name": "P"})).unwrap();
    for (name, phone, owner) in [("Hers", "555 1", Some(&rita)), ("Others", "555 2", None)] {
        let mut row = json!({"Account_Name": name, "Phone": phone, "Fax": "777"});
        let mut lines = json!({"Subject": name, "Invoiced_Items": [{"Product_Name": {"id": product}}]});
        if let Some(owner) = owner {
            row["Owner"] = owner.clone();
            lines["Owner"] = owner.clone();
        }
        lines["Account_Name"] = json!({"id": desk.zoho.insert("Accounts", &row).unwrap()});
        desk.zoho.insert("Invoices", &lines).unwrap();
    }
    desk
}

#[test]
fn queries_show_a_user_no_more_than_reads_do() {
    let mut desk = two_accounts();
    assert_eq!(desk.coql("select Phone from Accounts where Phone like '555%'").body["info"]["count"], json!(2));
    assert_eq!(desk.coql("select id from Invoices where Account_Name.Phone = '555 1'").status, 200);
    desk.sign_in(RITA);
    for query in [
        "select Phone from Accounts where id is not null",
        "select id from Accounts where Phone like '555%'",
        "select id from Accounts where id is not null order by Phone asc",
        "select Account_Name.Phone from Invoices where id is not null",
        "select id from Invoices where Account_Name.Phone = '555 1'",
    ] {
        assert_eq!(desk.coql(query).code(), "INVALID_QUERY", "{query}");
    }
    assert_eq!(desk.coql("select id from Accounts where Fax = '777'").body["info"]["count"], json!(1));
    assert_eq!(desk.coql("select id from Purchase_Orders where id is not null").code(), "NO_PERMISSION");
    assert_eq!(desk.coql("select Vendor_Name.Email from Products where id is not null").code(), "NO_PERMISSION");
    // The other answer: the query runs as if nothing stood in the field.
    desk.zoho.answers_mut().hidden_column = HiddenColumn::Absent;
    let row = desk.coql("select Phone, Fax from Accounts where id is not null").body["data"][0].clone();
    assert!(row.get("Phone").is_none() && row["Fax"] == json!("777"), "{row}");
    assert_eq!(desk.coql("select id from Accounts where Phone like '555%'").status, 204);
    assert_eq!(desk.coql("select id from Invoices where Account_Name.Phone = '555 1'").status, 204);
    assert_eq!(desk.coql("select id from Accounts where Phone is null").body["info"]["count"], json!(1));
}

#[test]
fn searches_show_a_user_no_more_than_reads_do() {
    let mut desk = two_accounts();
    let by_phone = ["Accounts/search?criteria=(Phone:starts_with:555)", "Accounts/search?phone=555"];
    let by_fax = "Accounts/search?word=777";
    for path in by_phone.into_iter().chain([by_fax]) {
        assert_eq!(desk.get(path).body["info"]["count"], json!(2), "{path}");
    }
    desk.sign_in(RITA);
    // Her own account's number is as hidden in the index as in the record.
    for path in by_phone {
        assert_eq!(desk.get(path).status, 204, "{path}");
    }
    let found = desk.get(by_fax).body;
    assert_eq!((&found["info"]["count"], &found["data"][0]["Account_Name"]), (&json!(1), &json!("Hers")));
    assert!(found["data"][0].get("Phone").is_none());
    assert_eq!(desk.get("Vendors/search?word=x").code(), "NO_PERMISSION");
}

#[test]
fn coql_needs_its_scope_and_those_of_all_modules_that_it_reads() {
    let mut desk = two_accounts();
    let joined = "select Account_Name.Fax from Invoices where id is not null";
    for (scopes, fits) in [
        (&["ZohoCRM.modules.invoices.READ", "ZohoCRM.modules.accounts.READ"][..], false),
        (&["ZohoCRM.coql.READ", "ZohoCRM.modules.invoices.READ"], false),
        (&["ZohoCRM.coql.READ", "ZohoCRM.modules.accounts.READ"], false),
        (&["ZohoCRM.coql.READ", "ZohoCRM.modules.invoices.READ", "ZohoCRM.modules.accounts.READ"], true),
        (ALL_SCOPES, true),
    ] {
        desk.token = desk.zoho.grant(CLIENT, ANA, scopes).unwrap().access_token;
        let answer = desk.coql(joined);
        assert_eq!(answer.status, if fits { 200 } else { 401 }, "{scopes:?} {}", answer.body);
    }
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
