//! The world as the program under test meets it: routing, tokens, seed data, copies.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use bytes::Bytes;
use http::{Request, Response};
use rust_decimal::Decimal;
use sandbox::journal::Mark;
use sandbox::{ApiName, Effect, Phase, Rule, World, seed};
use serde_json::{Value, json};

const BASE: &str = "http://localhost:8790";

fn get(world: &mut World, path: &str, headers: &[(&str, &str)]) -> Response<Bytes> {
    let mut request = Request::get(format!("{BASE}{path}"));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    world.call(request.body(Bytes::new()).unwrap()).unwrap()
}

fn body(response: &Response<Bytes>) -> Value {
    serde_json::from_slice(response.body()).unwrap()
}

fn decimal(value: &Value) -> Decimal {
    value.to_string().parse().unwrap()
}

#[test]
fn the_standard_seed_has_exactly_what_it_says() {
    let world = World::standard(BASE);
    for (module, count) in
        [("Accounts", 40), ("Vendors", 10), ("Products", 60), ("Invoices", 120), ("Purchase_Orders", 40)]
    {
        assert_eq!(world.zoho.records(module).len(), count, "{module}");
    }
    assert!(world.zoho.records("Contacts").len() > 50);
    for (module, id, text) in seed::PLACES_TO_START {
        assert!(world.zoho.get(module, id).is_some(), "{module} {id}: {text}");
    }
    assert_eq!(world.total_calls(), 0, "seeding is no call of the program under test");
}

#[test]
fn two_standard_worlds_are_the_same() {
    let (one, two) = (World::standard(BASE), World::standard(BASE));
    for module in ["Accounts", "Contacts", "Vendors", "Products", "Invoices", "Purchase_Orders"] {
        assert_eq!(one.zoho.records(module), two.zoho.records(module), "{module}");
    }
    let tenant = one.xero.organisations()[0].tenant.clone();
    for resource in ["Contacts", "Items", "Invoices"] {
        assert_eq!(one.xero.all(&tenant, resource), two.xero.all(&tenant, resource), "{resource}");
    }
}

#[test]
fn the_empty_seed_has_settings_and_no_records() {
    let world = World::empty(BASE);
    assert!(world.zoho.records("Accounts").is_empty());
    assert!(!world.zoho.users().is_empty());
    let tenant = world.xero.organisations()[0].tenant.clone();
    assert!(world.xero.all(&tenant, "Contacts").is_empty());
    assert!(!world.xero.all(&tenant, "Accounts").is_empty());
}

/// The special records are what their names say, in the CRM's own words.
#[test]
fn the_special_records_are_special() {
    let world = World::standard(BASE);
    let record = |module: &str, id: &str| world.zoho.get(module, id).unwrap();
    let invoice = |id: &str| record("Invoices", id);
    let lines = |record: &Value| record["Invoiced_Items"].as_array().unwrap().clone();

    let first = invoice(seed::FIRST_INVOICE);
    assert_eq!(lines(&first).len(), 2);
    assert_eq!(first["Status"], "Approved");
    assert_eq!(first["Account_Name"]["id"], seed::FIRST_ACCOUNT);
    assert_eq!(decimal(&first["Sub_Total"]), "1397".parse().unwrap());
    assert_eq!(decimal(&first["Grand_Total"]), "1536.7".parse().unwrap());

    let code = |line: &Value| {
        world.zoho.get("Products", line["Product_Name"]["id"].as_str().unwrap()).unwrap()["Product_Code"].clone()
    };
    let hybrid = lines(&invoice(seed::INVOICE_HYBRID));
    assert_eq!(hybrid.iter().map(|line| code(line).is_null()).collect::<Vec<_>>(), [false, true, true]);

    assert_eq!(lines(&invoice(seed::INVOICE_PERCENT_DISCOUNT))[0]["Discount"], "10%");
    assert!(decimal(&invoice(seed::INVOICE_RECORD_DISCOUNT)["Discount"]) > Decimal::ZERO);
    assert!(decimal(&invoice(seed::INVOICE_ADJUSTMENT_UP)["Adjustment"]) > Decimal::ZERO);
    assert!(decimal(&invoice(seed::INVOICE_ADJUSTMENT_DOWN)["Adjustment"]) < Decimal::ZERO);
    assert!(decimal(&lines(&invoice(seed::INVOICE_ZERO_QUANTITY))[0]["Quantity"]).is_zero());
    assert_eq!(invoice(seed::INVOICE_USD)["Currency"], "USD");
    assert_eq!(lines(&invoice(seed::INVOICE_UNMAPPED_TAX))[0]["Line_Tax"][0]["name"], "Luxury Car Tax");
    assert_eq!(lines(&invoice(seed::INVOICE_TWO_TAXES))[0]["Line_Tax"].as_array().unwrap().len(), 2);
    assert!(invoice(seed::INVOICE_BLANK_STATUS)["Status"].is_null());
    assert_eq!(invoice(seed::INVOICE_CUSTOM_STATUS)["Status"], "On Hold");
    assert!(invoice(seed::INVOICE_NO_DUE_DATE)["Due_Date"].is_null());
    assert!(invoice(seed::INVOICE_FOR_CONTACT)["Account_Name"].is_null());
    assert_eq!(lines(&invoice(seed::INVOICE_FORTY_LINES)).len(), 40);
    assert!(decimal(&lines(&invoice(seed::INVOICE_NEGATIVE_LINE))[1]["List_Price"]) < Decimal::ZERO);

    let contacts = world.zoho.records("Contacts");
    let people = |account: &str| contacts.iter().filter(|contact| contact["Account_Name"]["id"] == account).count();
    for (account, count) in [
        (seed::FIRST_ACCOUNT, 1),
        (seed::ACCOUNT_TWO_CONTACTS, 2),
        (seed::ACCOUNT_NO_CONTACTS, 0),
        (seed::ACCOUNT_SEVEN_CONTACTS, 7),
    ] {
        assert_eq!(people(account), count, "{account}");
    }
    let name = |id: &str| record("Accounts", id)["Account_Name"].as_str().unwrap().to_owned();
    assert!(name(seed::ACCOUNT_LONG_NAME).chars().count() > 180);
    assert!(name(seed::ACCOUNT_DOUBLE_SPACE).contains("  "));
    assert!(name(seed::ACCOUNT_ANGLE_BRACKETS).contains('<'));
    assert_eq!(record("Vendors", seed::VENDOR_ALSO_ACCOUNT)["Vendor_Name"], name(seed::ACCOUNT_NO_CONTACTS));

    let product = |id: &str| record("Products", id);
    assert!(product(seed::PRODUCT_NO_CODE)["Product_Code"].is_null());
    assert!(product(seed::PRODUCT_LONG_NAME)["Product_Name"].as_str().unwrap().len() > 50);
    assert!(product(seed::PRODUCT_LONG_CODE)["Product_Code"].as_str().unwrap().len() > 30);
    assert_eq!(product(seed::PRODUCT_SAME_CODE)["Product_Code"], product(seed::FIRST_PRODUCT)["Product_Code"]);
    assert_eq!(product(seed::PRODUCT_INACTIVE)["Product_Active"], false);
    assert!(decimal(&product(seed::PRODUCT_FIVE_DECIMALS)["Unit_Price"]).scale() > 4);
}

#[test]
fn the_restricted_user_sees_her_own_records_and_no_others() {
    let mut world = World::standard(BASE);
    let grant = world.zoho_grant(seed::RESTRICTED_USER, &[]).unwrap();
    let authorization = format!("Zoho-oauthtoken {}", grant.access_token);
    for (id, seen) in [(seed::INVOICE_OF_RESTRICTED_USER, true), (seed::FIRST_INVOICE, false)] {
        let path = format!("/zoho/api/crm/v8/Invoices/{id}");
        let answer = get(&mut world, &path, &[("authorization", &authorization)]);
        assert_eq!(answer.status() == 200, seen, "{id}: {answer:?}");
    }
    let invoice = world.zoho.get_as(seed::RESTRICTED_USER, "Invoices", seed::INVOICE_OF_RESTRICTED_USER).unwrap();
    let account = invoice["Account_Name"]["id"].as_str().unwrap();
    assert!(world.zoho.get_as(seed::RESTRICTED_USER, "Accounts", account).is_some());
}

#[test]
fn two_data_centres_may_give_the_same_numbers() {
    let mut world = World::twins(BASE);
    let us = world.zoho_grant("ana@bluegum.example", &[]).unwrap().access_token;
    let eu = world.zoho_eu_grant("elke@rhein-handel.example", &[]).unwrap().access_token;
    let mut read = |path: &str, token: &str| {
        let authorization = format!("Zoho-oauthtoken {token}");
        body(&get(&mut world, path, &[("authorization", &authorization)]))
    };
    let (ours, theirs) = (read("/zoho/api/crm/v8/org", &us), read("/zoho-eu/api/crm/v8/org", &eu));
    assert_eq!(ours["org"][0]["zgid"], theirs["org"][0]["zgid"]);
    assert_eq!(ours["org"][0]["id"], theirs["org"][0]["id"]);
    assert_ne!(ours["org"][0]["company_name"], theirs["org"][0]["company_name"]);
    let user = |dc: &str| format!("/{dc}/api/crm/v8/users?type=CurrentUser");
    let (ours, theirs) = (read(&user("zoho"), &us), read(&user("zoho-eu"), &eu));
    assert_eq!(ours["users"][0]["id"], theirs["users"][0]["id"]);
    assert_ne!(ours["users"][0]["email"], theirs["users"][0]["email"]);
    // In the ordinary world they differ.
    let world = World::standard(BASE);
    assert_ne!(world.zoho.org().zgid, world.zoho_eu.org().zgid);
}

#[test]
fn the_total_tax_seed_has_its_taxes_on_the_documents() {
    let world = World::total_tax(BASE);
    let invoices = world.zoho.records("Invoices");
    assert_eq!(invoices.len(), 120);
    for invoice in &invoices {
        for line in invoice["Invoiced_Items"].as_array().unwrap() {
            assert!(line["Line_Tax"].as_array().is_none_or(Vec::is_empty), "{line}");
        }
    }
    let first = world.zoho.get("Invoices", seed::FIRST_INVOICE).unwrap();
    assert_eq!(first["$line_tax"][0]["name"], "GST");
    assert_eq!(decimal(&first["Grand_Total"]), "1536.7".parse().unwrap());
    let two = world.zoho.get("Invoices", seed::INVOICE_TWO_TAXES).unwrap();
    assert_eq!(two["$line_tax"].as_array().unwrap().len(), 2);
}

#[test]
fn what_xero_has_already_meets_the_seed() {
    let world = World::standard(BASE);
    let tenant = world.xero.organisations()[0].tenant.clone();
    let contacts = world.xero.all(&tenant, "Contacts");
    let contact = |name: &str| {
        contacts
            .iter()
            .find(|contact| contact["Name"].as_str().is_some_and(|text| text.eq_ignore_ascii_case(name)))
            .unwrap()
    };
    let name = |id: &str| world.zoho.get("Accounts", id).unwrap()["Account_Name"].as_str().unwrap().to_owned();
    assert_eq!(contact(&name(seed::ACCOUNT_NAME_IN_XERO))["ContactStatus"], "ACTIVE");
    assert_eq!(contact(&name(seed::ACCOUNT_NAME_ARCHIVED))["ContactStatus"], "ARCHIVED");
    let code = world.zoho.get("Products", seed::PRODUCT_CODE_IN_XERO).unwrap()["Product_Code"].clone();
    assert!(world.xero.all(&tenant, "Items").iter().any(|item| item["Code"] == code));
    let number = world.zoho.get("Invoices", seed::INVOICE_NUMBER_TAKEN).unwrap()["Invoice_Number"].clone();
    assert!(world.xero.all(&tenant, "Invoices").iter().any(|invoice| invoice["InvoiceNumber"] == number));
}

#[test]
fn tokens_open_both_apis_and_calls_are_counted() {
    let mut world = World::standard(BASE);
    let zoho = world.zoho_grant("ana@bluegum.example", &[]).unwrap();
    let tenant = world.xero.organisations()[0].tenant.clone();
    let xero = world.xero_grant(&tenant).unwrap();
    let mark = world.mark();

    let authorization = format!("Zoho-oauthtoken {}", zoho.access_token);
    let path = format!("/zoho/api/crm/v8/Invoices/{}", seed::FIRST_INVOICE);
    let answer = get(&mut world, &path, &[("authorization", &authorization)]);
    assert_eq!(answer.status(), 200, "{:?}", answer.body());
    assert_eq!(body(&answer)["data"][0]["id"], seed::FIRST_INVOICE);

    let authorization = format!("Bearer {}", xero.access_token);
    let headers =
        [("authorization", authorization.as_str()), ("xero-tenant-id", &tenant), ("accept", "application/json")];
    let answer = get(&mut world, "/xero/api/api.xro/2.0/Organisation", &headers);
    assert_eq!(answer.status(), 200, "{:?}", answer.body());
    assert_eq!(body(&answer)["Organisations"][0]["Name"], "Blue Gum Trading Pty Ltd");

    assert_eq!(world.count(mark, ApiName::Zoho, None), 1);
    assert_eq!(world.count(mark, ApiName::Xero, Some("GET")), 1);
    assert_eq!(world.count(mark, ApiName::Xero, Some("PUT")), 0);
    assert_eq!(world.calls_since(Mark(0)).len(), 2);
    assert!(world.calls_since(mark)[1].path.ends_with("/Organisation"));
}

#[test]
fn tokens_of_xero_are_a_persons() {
    let mut world = World::standard(BASE);
    let own = world.xero.add_organisation("NZ", "Mallory Holdings Ltd").unwrap();
    assert!(world.xero_grant(&own).is_none(), "nobody is a user of it");
    world.xero.add_person("Mallory", "Moss", "mallory@moss.example", &[&own]);
    let grant = world.xero_grant(&own).unwrap();
    let authorization = format!("Bearer {}", grant.access_token);
    let answer = get(&mut world, "/xero/api/connections", &[("authorization", &authorization)]);
    assert_eq!(body(&answer)[0]["tenantName"], "Mallory Holdings Ltd");
    assert!(world.xero_grant_of("robin.hart@example.com", &own).is_none());
    assert!(world.xero_grant_of("mallory@moss.example", &own).is_some());
}

#[test]
fn a_copy_is_independent() {
    let mut world = World::standard(BASE);
    let copy = world.clone();
    world.edit("sam@bluegum.example", "Invoices", seed::FIRST_INVOICE, &json!({ "Subject": "Changed" })).unwrap();
    assert_eq!(world.zoho.get("Invoices", seed::FIRST_INVOICE).unwrap()["Subject"], "Changed");
    assert_eq!(world.zoho.get("Invoices", seed::FIRST_INVOICE).unwrap()["Modified_By"]["name"], "Sam Sales");
    assert_ne!(copy.zoho.get("Invoices", seed::FIRST_INVOICE).unwrap()["Subject"], "Changed");
}

#[test]
fn a_write_that_is_lost_after_the_commit_has_happened() {
    let mut world = World::standard(BASE);
    let grant = world.zoho_grant("ana@bluegum.example", &[]).unwrap();
    world.gate.faults.add(Rule::at(ApiName::Zoho, &http::Method::POST, "*/Accounts", Phase::After, Effect::Drop));
    let request = Request::post(format!("{BASE}/zoho/api/crm/v8/Accounts"))
        .header("authorization", format!("Zoho-oauthtoken {}", grant.access_token))
        .header("content-type", "application/json")
        .body(Bytes::from_static(b"{\"data\":[{\"Account_Name\":\"Lost and found\"}]}"))
        .unwrap();
    assert!(world.call(request).is_err());
    assert!(world.zoho.records("Accounts").iter().any(|account| account["Account_Name"] == "Lost and found"));
}

#[test]
fn latency_moves_a_clock_that_tests_own() {
    let mut world = World::empty(BASE);
    let before = world.now();
    world.set_latency(ApiName::ZohoEu, std::time::Duration::from_millis(1_500));
    get(&mut world, "/zoho-eu/accounts/oauth/serverinfo", &[]);
    assert_eq!((world.now() - before).num_milliseconds(), 1_500);
}

#[test]
fn an_unknown_api_is_no_call() {
    let mut world = World::empty(BASE);
    assert_eq!(get(&mut world, "/myob/api", &[]).status(), 404);
    assert_eq!(world.total_calls(), 0);
}

#[test]
fn bulk_worlds_have_what_was_asked_for() {
    let world = World::bulk(BASE, 1_000);
    for (module, count) in [("Accounts", 50), ("Products", 20), ("Invoices", 1_000), ("Contacts", 0)] {
        assert_eq!(world.zoho.records(module).len(), count, "{module}");
    }
    let tenant = world.xero.organisations()[0].tenant.clone();
    assert!(world.xero.all(&tenant, "Invoices").is_empty());
    let world = World::bulk_books(BASE, 1_000);
    for (resource, count) in [("Contacts", 50), ("Items", 20), ("Invoices", 1_000)] {
        assert_eq!(world.xero.all(&tenant, resource).len(), count, "{resource}");
    }
    assert!(world.zoho.records("Accounts").is_empty());
}
