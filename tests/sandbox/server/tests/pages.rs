//! The pages and the control API, without sockets.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use bytes::Bytes;
use http::{HeaderMap, Method, Response};
use sandbox::{Site, World, pages, seed};
use sandbox_kernel::Request;
use serde_json::{Value, json};

fn site() -> Site {
    Site { widget_url: "http://localhost:8787".into() }
}

fn send(world: &mut World, method: Method, address: &str, cookie: &str, body: &str) -> Response<Bytes> {
    let (path, query) = address.split_once('?').unwrap_or((address, ""));
    let mut headers = HeaderMap::new();
    headers.insert("cookie", cookie.parse().unwrap());
    let query = query
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    let body = Bytes::copy_from_slice(body.as_bytes());
    pages::respond(world, &site(), &Request { method, path: path.to_owned(), query, headers, body })
}

fn get(world: &mut World, address: &str) -> (u16, String) {
    let response = send(world, Method::GET, address, "", "");
    (response.status().as_u16(), String::from_utf8(response.body().to_vec()).unwrap())
}

fn control(world: &mut World, method: Method, address: &str, body: &Value) -> (u16, Value) {
    let body = if method == Method::GET { String::new() } else { body.to_string() };
    let response = send(world, method, address, "", &body);
    (response.status().as_u16(), serde_json::from_slice(response.body()).unwrap())
}

#[test]
fn every_page_answers() {
    let mut world = World::standard("http://localhost:8790");
    let tenant = world.xero.organisations()[0].tenant.clone();
    let mut addresses = vec![
        "/crm".to_owned(),
        "/crm/tab/xero".to_owned(),
        "/books".to_owned(),
        "/assets/style.css".to_owned(),
        "/assets/host.js".to_owned(),
        "/sdk/ZohoEmbededAppSDK.js".to_owned(),
        "/sdk/zdk.js".to_owned(),
        format!("/crm/data/Accounts/{}", seed::FIRST_ACCOUNT),
        format!("/crm/Invoices/{}?edit=1&theme=night", seed::FIRST_INVOICE),
    ];
    for module in ["Accounts", "Contacts", "Vendors", "Products", "Invoices", "Purchase_Orders"] {
        addresses.push(format!("/crm/{module}"));
        let id = world.zoho.records(module)[0]["id"].as_str().unwrap().to_owned();
        addresses.push(format!("/crm/{module}/{id}"));
    }
    addresses.extend(seed::PLACES_TO_START.map(|(module, id, _)| format!("/crm/{module}/{id}")));
    for (list, resource, key) in
        [("contacts", "Contacts", "ContactID"), ("items", "Items", "ItemID"), ("invoices", "Invoices", "InvoiceID")]
    {
        addresses.push(format!("/books/{tenant}/{list}"));
        let id = world.xero.all(&tenant, resource)[0][key].as_str().unwrap().to_owned();
        addresses.push(format!("/books/{tenant}/{list}/{id}"));
    }
    addresses.extend(["bills", "accounts", "taxes"].map(|list| format!("/books/{tenant}/{list}")));
    for address in addresses {
        let (status, text) = get(&mut world, &address);
        assert_eq!(status, 200, "{address}: {text}");
        assert!(!text.is_empty(), "{address}");
    }
    for address in [format!("/books/{tenant}/accounts/200"), format!("/books/{tenant}/taxes/OUTPUT")] {
        assert_eq!(get(&mut world, &address).0, 404, "{address}");
    }
    for address in ["/crm/Leads", "/crm/Invoices/1", "/books/none/contacts", "/nothing", "/control/nothing"] {
        assert_eq!(get(&mut world, address).0, 404, "{address}");
    }
}

#[test]
fn a_record_page_embeds_the_widget() {
    let mut world = World::standard("http://localhost:8790");
    let (_, text) = get(&mut world, &format!("/crm/Invoices/{}?entityid=array&sdk=late", seed::FIRST_INVOICE));
    for part in
        ["id=\"xero-panel\"", "id=\"sync-button\"", "id=\"popup\"", "src=\"/assets/host.js\"", "Two chairs and a desk"]
    {
        assert!(text.contains(part), "{part}");
    }
    let (_, config) = text.split_once("id=\"host-config\">").unwrap();
    let config: Value = serde_json::from_str(config.split_once("</script>").unwrap().0).unwrap();
    assert_eq!(config["widgetUrl"], "http://localhost:8787");
    assert_eq!(config["recordId"], seed::FIRST_INVOICE);
    assert_eq!((&config["entityId"], &config["sdk"]), (&json!("array"), &json!("late")));
    assert_eq!(config["user"]["email"], "ana@bluegum.example");
    assert_eq!(config["org"]["company_name"], "Blue Gum Trading Pty Ltd");
}

#[test]
fn the_web_tab_is_a_frame_that_knows_of_no_record() {
    let mut world = World::standard("http://localhost:8790");
    let (_, text) = get(&mut world, "/crm/tab/xero?theme=night");
    for part in [
        "data-theme=\"night\"",
        "data-testid=\"xero-portal\"",
        "<a href=\"/crm/tab/xero\" data-testid=\"nav-xero\" aria-current=\"page\">Xero</a>",
        "src=\"/assets/host.js\"",
        "\"recordId\":null",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let (_, text) = get(&mut world, &format!("/crm/Invoices/{}", seed::FIRST_INVOICE));
    assert!(text.contains("<a href=\"/crm/tab/xero\" data-testid=\"nav-xero\">Xero</a>"), "{text}");
}

#[test]
fn people_end_accounts_and_tax_rates_in_the_books() {
    let mut world = World::standard("http://localhost:8790");
    let tenant = world.xero.organisations()[0].tenant.clone();
    for (list, resource, key, id, action, ended) in [
        ("accounts", "Accounts", "Code", "260", "archive", "ARCHIVED"),
        ("taxes", "TaxRates", "TaxType", "EXEMPTOUTPUT", "delete", "DELETED"),
    ] {
        let status = |world: &World| {
            let all = world.xero.all(&tenant, resource);
            all.into_iter().find(|element| element[key] == id).unwrap()["Status"].clone()
        };
        let button = format!("data-testid=\"{action}-{id}\"");
        let address = format!("/books/{tenant}/{list}");
        assert!(get(&mut world, &address).1.contains(&button), "{button}");
        assert_eq!(status(&world), "ACTIVE");
        let response = send(&mut world, Method::POST, &format!("{address}/{id}/{action}"), "", "");
        assert_eq!(response.status(), 303, "{:?}", response.body());
        assert_eq!(status(&world), ended);
        assert!(!get(&mut world, &address).1.contains(&button), "{button}");
        let refused = send(&mut world, Method::POST, &format!("{address}/none/{action}"), "", "");
        assert_eq!(refused.status(), 422, "{list}");
        assert!(String::from_utf8_lossy(refused.body()).contains("data-testid=\"problem\""), "{list}");
    }
}

#[test]
fn an_organisation_gets_fields_of_its_own() {
    let mut world = World::standard("http://localhost:8790");
    let field = json!({ "field_label": "Cost centre", "data_type": "text", "length": 40 });
    let address = "/control/crm/us/Invoices/fields";
    assert_eq!(control(&mut world, Method::POST, address, &field), (200, json!({ "api_name": "Cost_centre" })));
    assert_eq!(control(&mut world, Method::POST, address, &field).0, 400, "there is one already");
    let record = format!("/control/crm/us/Invoices/{}", seed::FIRST_INVOICE);
    let edit = json!({ "changes": { "Cost_centre": "North" } });
    assert_eq!(control(&mut world, Method::PUT, &record, &edit).0, 200);
    assert_eq!(control(&mut world, Method::GET, &record, &json!({})).1["Cost_centre"], "North");
    let there = |world: &mut World| {
        let (_, fields) = control(world, Method::GET, address, &json!({}));
        fields.as_array().unwrap().contains(&json!("Cost_centre"))
    };
    assert!(there(&mut world));
    assert_eq!(control(&mut world, Method::DELETE, &format!("{address}/Cost_centre"), &json!({})).0, 200);
    assert!(!there(&mut world));
    for field in ["Cost_centre", "Subject"] {
        assert_eq!(control(&mut world, Method::DELETE, &format!("{address}/{field}"), &json!({})).0, 404, "{field}");
    }
}

#[test]
fn names_are_escaped() {
    let mut world = World::standard("http://localhost:8790");
    let (_, text) = get(&mut world, &format!("/crm/Accounts/{}", seed::ACCOUNT_ANGLE_BRACKETS));
    assert!(text.contains("&lt;Angle&gt; Brackets Media"));
    assert!(!text.contains("<Angle>"));
}

#[test]
fn people_see_and_edit_with_their_own_rights() {
    let mut world = World::standard("http://localhost:8790");
    let rita = "crm_user=rita@bluegum.example";
    let order = format!("/crm/Purchase_Orders/{}", seed::FIRST_PURCHASE_ORDER);
    assert_eq!(send(&mut world, Method::GET, &order, rita, "").status(), 404);

    let sam = "crm_user=sam@bluegum.example";
    let address = format!("/crm/Invoices/{}", seed::FIRST_INVOICE);
    let line = world.zoho.get("Invoices", seed::FIRST_INVOICE).unwrap()["Invoiced_Items"][0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let form = format!("f.Subject=Three+chairs&f.Status=Created&l.{line}.Quantity=3");
    let response = send(&mut world, Method::POST, &address, sam, &form);
    assert_eq!(response.status(), 303, "{:?}", response.body());
    let after = world.zoho.get("Invoices", seed::FIRST_INVOICE).unwrap();
    assert_eq!((&after["Subject"], &after["Status"]), (&json!("Three chairs"), &json!("Created")));
    assert_eq!(after["Modified_By"]["name"], "Sam Sales");
    let lines = after["Invoiced_Items"].as_array().unwrap();
    assert_eq!(lines.len(), 2, "a line that is not touched stays");
    assert_eq!(lines[0]["Quantity"].to_string(), "3");

    let product = seed::PRODUCT_NO_CODE;
    let form = format!("n.Product_Name={product}&n.Quantity=2&n.List_Price=12.5&n.Discount=10%25");
    assert_eq!(send(&mut world, Method::POST, &address, sam, &form).status(), 303);
    let after = world.zoho.get("Invoices", seed::FIRST_INVOICE).unwrap();
    let added = &after["Invoiced_Items"][2];
    assert_eq!((&added["Product_Name"]["id"], &added["Discount"]), (&json!(product), &json!("10%")));

    let refused = send(&mut world, Method::POST, &address, sam, "f.Invoice_Date=yesterday");
    assert_eq!(refused.status(), 422);
    assert!(String::from_utf8_lossy(refused.body()).contains("data-testid=\"problem\""));
}

#[test]
fn deep_links_lead_to_the_record() {
    let mut world = World::standard("http://localhost:8790");
    let organisation = world.xero.organisations()[0].clone();
    let tenant = &organisation.tenant;
    let invoices = world.xero.all(tenant, "Invoices");
    let of = |kind: &str| {
        invoices.iter().find(|invoice| invoice["Type"] == kind).unwrap()["InvoiceID"].as_str().unwrap().to_owned()
    };
    let (invoice, bill) = (of("ACCREC"), of("ACCPAY"));
    let code = &organisation.short_code;
    for (address, target) in [
        (format!("/books/app/{code}/invoicing/view/{invoice}"), format!("/books/{tenant}/invoices/{invoice}")),
        (format!("/app/{code}/invoicing/view/{invoice}"), format!("/books/{tenant}/invoices/{invoice}")),
        (
            format!(
                "/organisationlogin/default.aspx?shortcode={code}&redirecturl=/AccountsPayable/Edit.aspx?InvoiceID={bill}"
            ),
            format!("/books/{tenant}/bills/{bill}"),
        ),
        (
            format!("/books/organisationlogin/default.aspx?shortcode={code}&redirecturl=/Setup/TaxRates.aspx"),
            format!("/books/{tenant}/taxes"),
        ),
        (
            format!("/crm/org7000/tab/Invoices/{}", seed::FIRST_INVOICE),
            format!("/crm/Invoices/{}", seed::FIRST_INVOICE),
        ),
        ("/crm/org7000".to_owned(), "/crm".to_owned()),
    ] {
        let response = send(&mut world, Method::GET, &address, "", "");
        assert_eq!(
            response.headers().get("location").map(|value| value.to_str().unwrap()),
            Some(target.as_str()),
            "{address}"
        );
        assert_eq!(get(&mut world, &target).0, 200);
    }
    assert_eq!(get(&mut world, &format!("/books/online/{invoice}")).0, 200);
    assert_eq!(get(&mut world, &format!("/books/online/{bill}")).0, 404);
}

/// One walk through the control API:
/// 1. a fault is added, listed and removed; 2. the clock is set and advanced; 3. the journal is read and forgotten;
/// 4. a CRM record is made, edited by a user and deleted; 5. an invoice is paid in Xero; 6. rights are widened;
/// 7. tokens are minted; 8. the world is reset.
#[test]
fn the_control_api() {
    let mut world = World::standard("http://localhost:8790");
    let none = json!({});

    let rule = json!({ "api": "xero", "method": "PUT", "phase": "after", "effect": "drop" });
    assert_eq!(control(&mut world, Method::POST, "/control/faults", &rule), (200, json!({ "id": 1 })));
    assert_eq!(control(&mut world, Method::GET, "/control/faults", &none).1[0]["rule"]["phase"], "after");
    assert_eq!(control(&mut world, Method::DELETE, "/control/faults/1", &none).0, 200);
    assert_eq!(control(&mut world, Method::DELETE, "/control/faults/1", &none).0, 404);
    assert_eq!(control(&mut world, Method::POST, "/control/faults", &json!({ "effect": "vanish" })).0, 400);

    let set = json!({ "set": "2026-12-01T00:00:00Z", "advance_seconds": 5 });
    let (_, clock) = control(&mut world, Method::PUT, "/control/clock", &set);
    assert_eq!(clock, json!({ "now": "2026-12-01T00:00:05Z", "real": false }));

    let request = http::Request::get("/zoho/accounts/oauth/serverinfo").body(Bytes::new()).unwrap();
    world.call(request).unwrap();
    let (_, journal) = control(&mut world, Method::GET, "/control/journal?since=0&api=zoho", &none);
    assert_eq!((journal["last"].as_u64(), journal["entries"].as_array().unwrap().len()), (Some(1), 1));
    assert_eq!(control(&mut world, Method::GET, "/control/journal/counts", &none).1[0]["calls"].as_u64(), Some(1));
    control(&mut world, Method::DELETE, "/control/journal", &none);
    let (_, journal) = control(&mut world, Method::GET, "/control/journal", &none);
    assert_eq!((journal["last"].as_u64(), journal["entries"].as_array().unwrap().len()), (Some(1), 0));

    let (status, made) =
        control(&mut world, Method::POST, "/control/crm/us/Accounts", &json!({ "Account_Name": "By control" }));
    assert_eq!(status, 200, "{made}");
    let address = format!("/control/crm/us/Accounts/{}", made["id"].as_str().unwrap());
    let edit = json!({ "user": "sam@bluegum.example", "changes": { "Phone": "+61 2 5550 0000" } });
    assert_eq!(control(&mut world, Method::PUT, &address, &edit).0, 200);
    let (_, record) = control(&mut world, Method::GET, &address, &none);
    assert_eq!((&record["Phone"], &record["Modified_By"]["name"]), (&json!("+61 2 5550 0000"), &json!("Sam Sales")));
    assert_eq!(control(&mut world, Method::DELETE, &address, &none).0, 200);
    assert_eq!(control(&mut world, Method::GET, &address, &none).0, 404);

    let (_, invoices) = control(&mut world, Method::GET, "/control/xero/au/Invoices", &none);
    let invoice = invoices.as_array().unwrap().iter().find(|invoice| invoice["InvoiceNumber"] == "X-1001").unwrap();
    let id = invoice["InvoiceID"].as_str().unwrap();
    let pay = json!({ "invoice": id, "amount": invoice["AmountDue"], "date": "2026-11-21" });
    let (status, answer) = control(&mut world, Method::POST, "/control/xero/au/actions/pay", &pay);
    assert_eq!(status, 200, "{answer}");
    let (_, paid) = control(&mut world, Method::GET, &format!("/control/xero/au/Invoices/{id}"), &none);
    assert_eq!(paid["Status"], "PAID");
    assert_eq!(control(&mut world, Method::POST, "/control/xero/au/actions/pay", &pay).0, 400);

    let rights = json!({ "user": "rita@bluegum.example", "sees_all_records": true, "closed_modules": [] });
    assert_eq!(control(&mut world, Method::PUT, "/control/crm/us/profile", &rights).0, 200);
    assert!(world.zoho.get_as("rita@bluegum.example", "Purchase_Orders", seed::FIRST_PURCHASE_ORDER).is_some());

    for (address, request) in [
        ("/control/tokens/zoho", json!({ "user": "rita@bluegum.example" })),
        ("/control/tokens/xero", json!({ "tenant": "nz" })),
    ] {
        let (status, tokens) = control(&mut world, Method::POST, address, &request);
        assert_eq!(status, 200, "{tokens}");
        assert!(tokens["refresh_token"].as_str().is_some_and(|token| !token.is_empty()));
    }

    assert_eq!(control(&mut world, Method::POST, "/control/reset", &json!({ "seed": "empty" })).0, 200);
    assert!(world.zoho.records("Accounts").is_empty());
    assert_eq!(control(&mut world, Method::POST, "/control/reset", &json!({ "seed": "huge" })).0, 400);
}
