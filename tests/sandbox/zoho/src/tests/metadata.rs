//! Fields, modules, variables, taxes, the organisation, users and channels.

use super::{ANA, CLIENT, Desk, RITA, SAM};
use crate::{FieldProfiles, Unnamed};
use serde_json::{Value, json};

fn create(desk: &mut Desk, fields: Value) -> super::Answer {
    desk.with("POST", "settings/fields?module=Accounts", &[], &json!({"fields": fields}))
}

fn text_field(label: &str) -> Value {
    json!({"field_label": label, "data_type": "text", "length": 50})
}

#[test]
fn a_created_field_has_a_name_from_its_label_and_takes_values() {
    let mut desk = Desk::new();
    let answer = create(&mut desk, json!([text_field("Xero Sync Status")]));
    assert_eq!(answer.status, 201);
    assert_eq!(answer.body["fields"][0]["message"], json!("field created"));
    let fields = desk.get("settings/fields?module=Accounts").body;
    let field =
        fields["fields"].as_array().unwrap().iter().find(|field| field["field_label"] == json!("Xero Sync Status"));
    let field = field.unwrap();
    assert_eq!(field["api_name"], json!("Xero_Sync_Status"));
    assert_eq!((&field["custom_field"], &field["length"]), (&json!(true), &json!(50)));
    assert_eq!(field["id"], answer.body["fields"][0]["details"]["id"]);
    let id = desk.post("Accounts", &json!({"Account_Name": "A", "Xero_Sync_Status": "Done"})).id();
    assert_eq!(desk.record("Accounts", &id)["Xero_Sync_Status"], json!("Done"));
    let long = json!({"Xero_Sync_Status": "x".repeat(51)});
    assert_eq!(desk.put(&format!("Accounts/{id}"), &long).code(), "INVALID_DATA");
}

#[test]
fn field_creation_has_its_limits() {
    let mut desk = Desk::new();
    let six: Vec<Value> = (0..6).map(|n| text_field(&format!("F{n}"))).collect();
    assert_eq!(create(&mut desk, json!(six)).status, 400);
    assert_eq!(create(&mut desk, json!([text_field("Phone")])).code(), "DUPLICATE_DATA");
    assert_eq!(create(&mut desk, json!([{"data_type": "text"}])).code(), "MANDATORY_NOT_FOUND");
    assert_eq!(create(&mut desk, json!([{"field_label": "X", "data_type": "blob"}])).code(), "INVALID_DATA");
    let unique = |label: &str| json!({"field_label": label, "data_type": "text", "unique": {"case_sensitive": true}});
    let answer = create(&mut desk, json!([unique("U1"), unique("U2"), unique("U3")]));
    assert_eq!(answer.status, 207);
    assert_eq!(answer.body["fields"][2]["code"], json!("LIMIT_EXCEEDED"));
    let fields = desk.get("settings/fields?module=Accounts").body;
    let of = |name: &str| {
        fields["fields"].as_array().unwrap().iter().find(|field| field["api_name"] == json!(name)).cloned()
    };
    assert_eq!(of("U1").unwrap()["unique"], json!({"casesensitive": "true"}));
    assert!(of("U3").is_none());
    assert_eq!(desk.get("settings/fields").code(), "REQUIRED_PARAM_MISSING");
    assert_eq!(desk.get("settings/fields?module=Nothing").code(), "INVALID_MODULE");
}

#[test]
fn a_custom_field_can_be_deleted_and_a_stock_one_not() {
    let mut desk = Desk::new();
    let id = create(&mut desk, json!([text_field("Gone Soon")])).body["fields"][0]["details"]["id"].clone();
    let path = |id: &str| format!("settings/fields/{id}?module=Accounts");
    assert_eq!(desk.get(&path(id.as_str().unwrap())).status, 200);
    assert_eq!(desk.with("DELETE", &path(id.as_str().unwrap()), &[], &Value::Null).status, 200);
    assert_eq!(desk.get(&path(id.as_str().unwrap())).status, 204);
    let stock = desk.zoho.modules()[0].fields[0].id.to_string();
    assert_eq!(desk.with("DELETE", &path(&stock), &[], &Value::Null).code(), "INVALID_DATA");
}

/// What each profile may do with a field of Accounts, as the metadata says it: Administrator, Standard, Restricted.
fn permissions(desk: &mut Desk, name: &str) -> Vec<String> {
    let fields = desk.get("settings/fields?module=Accounts").body;
    let field = fields["fields"].as_array().unwrap().iter().find(|field| field["api_name"] == json!(name)).unwrap();
    let profiles = field["profiles"].as_array().unwrap().iter();
    profiles.map(|profile| profile["permission_type"].as_str().unwrap().to_owned()).collect()
}

fn profile_id(desk: &Desk, email: &str) -> String {
    desk.zoho.profile_of(email).unwrap().id.to_string()
}

#[test]
fn each_field_tells_what_each_profile_may() {
    let mut desk = Desk::new();
    assert_eq!(permissions(&mut desk, "Phone"), ["read_write", "read_write", "hidden"]);
    assert_eq!(permissions(&mut desk, "Modified_By"), ["read_only"; 3]);
    let plain = create(&mut desk, json!([text_field("For All")]));
    assert_eq!(plain.status, 201);
    assert_eq!(permissions(&mut desk, "For_All"), ["read_write"; 3]);
    let mut field = text_field("For Few");
    field["profiles"] = json!([
        {"id": profile_id(&desk, ANA), "permission_type": "read_write"},
        {"id": profile_id(&desk, SAM), "permission_type": "read_only"},
        {"id": profile_id(&desk, RITA), "permission_type": "hidden"},
    ]);
    assert_eq!(create(&mut desk, json!([field])).status, 201);
    assert_eq!(permissions(&mut desk, "For_Few"), ["read_write", "read_only", "hidden"]);
    // A profile that comes later writes everything, but for a clone.
    desk.zoho.add_profile("Later");
    desk.zoho.clone_profile("Standard", "Standard again").unwrap();
    assert_eq!(permissions(&mut desk, "For_Few")[3..], ["read_write", "read_only"]);
    // What is made anew under the same name begins anew.
    assert!(desk.zoho.delete_custom_field("Accounts", "For_Few"));
    create(&mut desk, json!([text_field("For Few")]));
    assert_eq!(permissions(&mut desk, "For_Few"), ["read_write"; 5]);
}

#[test]
fn permissions_of_a_field_are_changed_by_patch() {
    let mut desk = Desk::new();
    let id = create(&mut desk, json!([text_field("Mine")])).body["fields"][0]["details"]["id"].clone();
    let path = format!("settings/fields/{}?module=Accounts", id.as_str().unwrap());
    let row = |desk: &Desk, permission: &str| json!({"profiles": [{"id": profile_id(desk, SAM), "permission_type": permission}]});
    let body = json!({"fields": [row(&desk, "read_only")]});
    let answer = desk.with("PATCH", &path, &[], &body);
    assert_eq!((answer.status, &answer.body["fields"][0]["message"]), (200, &json!("field updated")));
    assert_eq!(permissions(&mut desk, "Mine"), ["read_write", "read_only", "read_write"], "the others stay");
    let mut several = row(&desk, "hidden");
    several["id"] = id;
    let answer = desk.with("PATCH", "settings/fields?module=Accounts", &[], &json!({"fields": [several]}));
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(permissions(&mut desk, "Mine"), ["read_write", "hidden", "read_write"]);
    // A stock field's too, but not its label.
    let phone = desk.zoho.modules()[0].field("Fax").unwrap().id;
    let path = format!("settings/fields/{phone}?module=Accounts");
    assert_eq!(desk.with("PATCH", &path, &[], &body).status, 200);
    assert_eq!(permissions(&mut desk, "Fax")[1], "read_only");
    let label = json!({"fields": [{"field_label": "Telefax"}]});
    assert_eq!(desk.with("PATCH", &path, &[], &label).code(), "NOT_ALLOWED");
    for (bad, code) in [
        (json!({"profiles": [{"id": "1", "permission_type": "read_only"}]}), "INVALID_DATA"),
        (json!({"profiles": [{"id": profile_id(&desk, SAM), "permission_type": "all"}]}), "INVALID_DATA"),
        (json!({"profiles": [{"id": profile_id(&desk, SAM)}]}), "MANDATORY_NOT_FOUND"),
        (json!({"profiles": {}}), "INVALID_DATA"),
    ] {
        assert_eq!(desk.with("PATCH", &path, &[], &json!({"fields": [bad]})).code(), code);
    }
    let six: Vec<Value> = (0..6).map(|_| json!({"id": "1"})).collect();
    assert_eq!(desk.with("PATCH", "settings/fields?module=Accounts", &[], &json!({"fields": six})).status, 400);
    for (scope, fits) in [("ZohoCRM.settings.fields.UPDATE", true), ("ZohoCRM.settings.fields.CREATE", false)] {
        desk.token = desk.zoho.grant(CLIENT, ANA, &[scope]).unwrap().access_token;
        assert_eq!(desk.with("PATCH", &path, &[], &body).status == 200, fits, "{scope}");
    }
    desk.sign_in(SAM);
    assert_eq!(desk.with("PATCH", &path, &[], &body).code(), "NO_PERMISSION");
}

#[test]
fn permissions_may_be_refused_or_leave_the_unnamed_without() {
    let mut desk = Desk::new();
    let mut field = text_field("Guarded");
    field["profiles"] = json!([{"id": profile_id(&desk, ANA), "permission_type": "read_write"}]);
    for answer in [FieldProfiles::RefusedAtCreation, FieldProfiles::Refused] {
        desk.zoho.answers_mut().field_profiles = answer;
        let refused = create(&mut desk, json!([field, text_field("Beside")]));
        assert_eq!((refused.status, refused.code()), (207, "NOT_ALLOWED"));
        let id = refused.body["fields"][1]["details"]["id"].as_str().unwrap().to_owned();
        let row = json!({"fields": [{"profiles": [{"id": profile_id(&desk, SAM), "permission_type": "read_only"}]}]});
        let changed = desk.with("PATCH", &format!("settings/fields/{id}?module=Accounts"), &[], &row);
        assert_eq!(changed.status == 200, answer == FieldProfiles::RefusedAtCreation);
        assert!(desk.zoho.delete_custom_field("Accounts", "Beside"));
    }
    desk.zoho.answers_mut().field_profiles = FieldProfiles::Taken;
    desk.zoho.answers_mut().unnamed_profile = Unnamed::SeesNothing;
    assert_eq!(create(&mut desk, json!([field])).status, 201);
    assert_eq!(permissions(&mut desk, "Guarded"), ["read_write", "hidden", "hidden"]);
}

#[test]
fn a_hidden_field_is_not_in_the_metadata() {
    let mut desk = Desk::new();
    let phone = desk.zoho.modules()[0].field("Phone").unwrap().id;
    let path = format!("settings/fields/{phone}?module=Accounts");
    assert_eq!(desk.get(&path).status, 200);
    desk.sign_in(RITA);
    assert_eq!(desk.get(&path).status, 204);
}

#[test]
fn only_administrators_change_the_set_up() {
    let mut desk = Desk::new();
    desk.sign_in(SAM);
    let answer = create(&mut desk, json!([text_field("X")]));
    assert_eq!((answer.status, answer.code()), (403, "NO_PERMISSION"));
    let variable =
        json!({"variables": [{"name": "X", "api_name": "x", "type": "text", "variable_group": {"name": "General"}}]});
    assert_eq!(desk.with("POST", "settings/variables", &[], &variable).code(), "NO_PERMISSION");
    assert_eq!(desk.get("settings/fields?module=Accounts").status, 200);
}

#[test]
fn modules_name_their_lines_by_parent() {
    let mut desk = Desk::new();
    let body = desk.get("settings/modules").body;
    let lines = body["modules"].as_array().unwrap().iter().find(|module| module["api_name"] == json!("Purchase_Items"));
    let lines = lines.unwrap();
    assert_eq!(lines["generated_type"], json!("subform"));
    assert_eq!(lines["parent_module"]["api_name"], json!("Purchase_Orders"));
    let fields = desk.get("settings/fields?module=Invoices").body;
    let items = fields["fields"].as_array().unwrap().iter().find(|field| field["data_type"] == json!("subform"));
    assert_eq!(items.unwrap()["subform"]["module"], json!("Invoiced_Items"));
    let fields = desk.get("settings/fields?module=Invoices").body;
    let status =
        fields["fields"].as_array().unwrap().iter().find(|field| field["api_name"] == json!("Status")).unwrap();
    let values: Vec<&Value> =
        status["pick_list_values"].as_array().unwrap().iter().map(|pick| &pick["actual_value"]).collect();
    let choices = ["-None-", "Created", "Approved", "Delivered", "Canceled"].map(|choice| json!(choice));
    assert!(values.into_iter().eq(&choices), "the empty choice is one of the list");
    assert_eq!(desk.get("settings/modules/Accounts").body["modules"][0]["api_name"], json!("Accounts"));
}

#[test]
fn layouts_and_related_lists_are_there() {
    let mut desk = Desk::new();
    let layout = desk.get("settings/layouts?module=Invoices").body["layouts"][0].clone();
    assert_eq!(layout["name"], json!("Standard"));
    let fields = layout["sections"][0]["fields"].as_array().unwrap();
    let account = fields.iter().find(|field| field["api_name"] == json!("Account_Name")).unwrap();
    assert_eq!((&account["required"], &account["system_mandatory"]), (&json!(true), &json!(false)));
    let lists = desk.get("settings/related_lists?module=Accounts").body;
    assert_eq!(lists["related_lists"][0]["api_name"], json!("Contacts"));
    assert_eq!(desk.get("settings/related_lists?module=Products").status, 204);
}

#[test]
fn variables_are_made_read_changed_and_deleted() {
    let mut desk = Desk::new();
    assert_eq!(desk.get("settings/variables").status, 204);
    let variable = json!({"name": "Tenant", "api_name": "tenant", "type": "text", "value": "t1",
        "variable_group": {"name": "General"}});
    let body = json!({"variables": [variable]});
    let made = desk.with("POST", "settings/variables", &[], &body);
    assert_eq!(made.status, 201);
    let id = made.body["variables"][0]["details"]["id"].as_str().unwrap().to_owned();
    assert_eq!(desk.with("POST", "settings/variables", &[], &body).code(), "DUPLICATE_DATA");
    assert_eq!(desk.get("settings/variables/tenant").code(), "REQUIRED_PARAM_MISSING");
    let read = desk.get("settings/variables/tenant?group=General").body;
    assert_eq!(read["variables"][0]["value"], json!("t1"));
    let change = json!({"variables": [{"id": id, "value": "t2"}]});
    assert_eq!(desk.with("PUT", "settings/variables", &[], &change).status, 201);
    assert_eq!(desk.zoho.variable("tenant"), Some(&json!("t2")));
    assert_eq!(desk.with("DELETE", &format!("settings/variables?ids={id}"), &[], &Value::Null).status, 201);
    assert_eq!(desk.zoho.variable("tenant"), None);
}

#[test]
fn the_organisation_its_users_taxes_and_currencies() {
    let mut desk = Desk::new();
    let org = desk.get("org").body["org"][0].clone();
    assert_eq!(org["company_name"], json!("Blue Gum Trading Pty Ltd"));
    assert_eq!((&org["iso_code"], &org["time_zone"]), (&json!("AUD"), &json!("Australia/Sydney")));
    assert!(org["zgid"].is_string() && org["mc_status"] == json!(true));
    let taxes = desk.get("org/taxes").body["org_taxes"]["taxes"].clone();
    let taxes: Vec<(&str, &Value)> =
        taxes.as_array().unwrap().iter().map(|tax| (tax["name"].as_str().unwrap(), &tax["value"])).collect::<Vec<_>>();
    assert_eq!(taxes, [("GST", &json!(10)), ("GST Free", &json!(0)), ("Luxury Car Tax", &json!(33))]);
    let users = desk.get("users?type=ActiveUsers").body;
    assert_eq!((users["users"].as_array().unwrap().len(), &users["info"]["count"]), (3, &json!(3)));
    assert_eq!(desk.get("users?type=AdminUsers").body["info"]["count"], json!(1));
    let currencies = desk.get("org/currencies").body;
    let base = currencies["currencies"].as_array().unwrap().iter().find(|currency| currency["is_base"] == json!(true));
    assert_eq!(base.unwrap()["iso_code"], json!("AUD"));
}

#[test]
fn taxes_are_added_and_removed_by_put() {
    let mut desk = Desk::new();
    let put = |desk: &mut Desk, rows: Value| desk.with("PUT", "org/taxes", &[], &json!({"org_taxes": {"taxes": rows}}));
    assert_eq!(put(&mut desk, json!([{"name": "WET", "value": 29}])).status, 200);
    assert_eq!(put(&mut desk, json!([{"name": "WET", "value": 29}])).status, 400);
    let id = desk.zoho.taxes().last().unwrap().id.to_string();
    assert_eq!(desk.get(&format!("org/taxes/{id}")).body["org_taxes"]["taxes"][0]["name"], json!("WET"));
    put(&mut desk, json!([{"id": id, "_delete": null}]));
    assert_eq!(desk.get(&format!("org/taxes/{id}")).status, 204);
}

#[test]
fn a_channel_lives_a_week_at_most_and_else_an_hour() {
    let mut desk = Desk::new();
    let subscribe = |desk: &mut Desk, expiry: Value| {
        let row = json!({"channel_id": "1000000068001", "events": ["Invoices.edit"], "notify_url": "https://x.example/h",
            "token": "t", "channel_expiry": expiry});
        let answer = desk.with("POST", "actions/watch", &[], &json!({"watch": [row]}));
        assert_eq!(answer.status, 201, "{}", answer.body);
        answer.body["watch"][0]["details"]["events"][0]["channel_expiry"].clone()
    };
    assert_eq!(subscribe(&mut desk, json!("2026-11-08T00:00:00+11:00")), json!("2026-11-08T00:00:00+11:00"));
    assert_eq!(subscribe(&mut desk, json!("2026-11-20T00:00:00+11:00")), json!("2026-11-02T13:30:00+11:00"));
    assert_eq!(subscribe(&mut desk, Value::Null), json!("2026-11-02T13:30:00+11:00"));
    let listed = desk.get("actions/watch?channel_id=1000000068001").body;
    assert_eq!(listed["watch"].as_array().unwrap().len(), 1);
    let gone = desk.with("DELETE", "actions/watch?channel_ids=1000000068001", &[], &Value::Null);
    assert_eq!(gone.status, 200);
    assert_eq!(desk.get("actions/watch").status, 204);
}

/// A field's metadata.
fn metadata(desk: &mut Desk, module: &str, name: &str) -> Value {
    let fields = desk.get(&format!("settings/fields?module={module}")).body;
    fields["fields"].as_array().unwrap().iter().find(|field| field["api_name"] == json!(name)).unwrap().clone()
}

#[test]
fn the_metadata_tells_what_a_field_holds_and_who_writes_it() {
    let mut desk = Desk::new();
    for (name, data_type, json_type) in [
        ("Tag", "text", "jsonarray"),
        ("Layout", "bigint", "jsonobject"),
        ("id", "bigint", "string"),
        ("Account_Number", "bigint", "string"),
        ("Account_Name", "text", "string"),
        ("Created_Time", "datetime", "string"),
    ] {
        let field = metadata(&mut desk, "Accounts", name);
        assert_eq!((&field["data_type"], &field["json_type"]), (&json!(data_type), &json!(json_type)), "{name}");
        assert!(field["id"].as_str().is_some_and(|id| !id.is_empty()), "{name}");
    }
    assert_eq!(metadata(&mut desk, "Accounts", "Modified_Time")["length"], json!(120));
    // Stamps are told by the operations alone.
    let stamp = metadata(&mut desk, "Accounts", "Created_Time");
    assert_eq!((&stamp["read_only"], &stamp["operation_type"]["api_update"]), (&json!(false), &json!(false)));
    assert!(desk.zoho.make_read_only("Accounts", "Fax", crate::Mark::FieldReadOnly));
    let fax = metadata(&mut desk, "Accounts", "Fax");
    assert_eq!(
        (&fax["read_only"], &fax["field_read_only"], &fax["operation_type"]["api_update"]),
        (&json!(false), &json!(true), &json!(true))
    );
    let id = desk.post("Accounts", &json!({"Account_Name": "A", "Fax": "1"})).id();
    let record = desk.record("Accounts", &id);
    assert_eq!((&record["Fax"], &record["Account_Number"], &record["Tag"]), (&Value::Null, &json!("0"), &json!([])));
    let values = metadata(&mut desk, "Accounts", "Industry")["pick_list_values"].clone();
    assert_eq!(values[0]["actual_value"], json!("-None-"));
}

#[test]
fn an_amount_of_money_is_made_with_a_rule_of_rounding_and_less_precision_than_decimals() {
    let mut desk = Desk::new();
    let money = |label: &str, currency: Value| json!({"field_label": label, "data_type": "currency", "decimal_place": 2, "currency": currency});
    for (currency, code) in [
        (json!({"rounding_option": "normal", "precision": 2}), Some("INVALID_DATA")),
        (json!({"rounding_option": "normal", "precision": 3}), Some("INVALID_DATA")),
        (json!({"precision": 1}), Some("MANDATORY_NOT_FOUND")),
        (json!({"rounding_option": "normal", "precision": 1}), None),
        (json!({"rounding_option": "normal"}), None),
    ] {
        let answer = create(&mut desk, json!([money(&format!("Fee {currency}"), currency.clone())]));
        assert_eq!(answer.body["fields"][0]["code"], json!(code.unwrap_or("SUCCESS")), "{currency}");
    }
}
