//! Batches, errors, idempotency, pages, limits and outages.

use super::*;

#[test]
fn with_summarize_errors_one_bad_element_refuses_all() {
    let mut world = World::new();
    world.contact("Taken");
    let batch = json!({ "Contacts": [{ "Name": "Good" }, { "Name": "Taken" }] });
    for path in ["Contacts", "Contacts?summarizeErrors=true"] {
        let response = world.call(Method::PUT, path, &batch);
        let answer = body(&response);
        assert_eq!(response.status(), 400);
        assert_eq!((&answer["ErrorNumber"], &answer["Type"]), (&json!(10), &json!("ValidationException")));
        assert_eq!(answer["Message"], json!("A validation exception occurred"));
        assert_eq!(answer["Elements"].as_array().unwrap().len(), 2);
        assert_eq!(answer["Elements"][0]["ValidationErrors"], json!([]));
        assert_eq!(answer["Elements"][1]["HasValidationErrors"], json!(true));
    }
    assert_eq!(world.get("Contacts")["Contacts"].as_array().unwrap().len(), 1);
}

#[test]
fn without_it_the_good_are_saved_and_the_order_is_kept() {
    let mut world = World::new();
    world.contact("Taken");
    let batch = json!({ "contacts": [{ "Name": "Taken" }, { "Name": "Good" }] });
    let response = world.call(Method::PUT, "Contacts?summarizeErrors=false", &batch);
    assert_eq!(response.status(), 200);
    let rows = body(&response)["Contacts"].clone();
    assert_eq!(rows[0]["ContactID"], json!("00000000-0000-0000-0000-000000000000"));
    assert_eq!((&rows[0]["StatusAttributeString"], &rows[0]["HasValidationErrors"]), (&json!("ERROR"), &json!(true)));
    assert_eq!(rows[1]["StatusAttributeString"], json!("OK"));
    assert_eq!(world.one(&format!("Contacts/{}", id(&rows[1], "ContactID")))["Name"], json!("Good"));
}

#[test]
fn a_refused_update_echoes_the_status_that_was_sent() {
    let mut world = World::new();
    let invoice = world.invoice("ACCREC", "AUTHORISED", "10");
    let change = json!({ "InvoiceID": invoice["InvoiceID"], "Status": "DELETED" });
    let row =
        body(&world.call(Method::POST, "Invoices?summarizeErrors=false", &json!({ "Invoices": [change] })))["Invoices"]
            [0]
        .clone();
    assert_eq!((&row["Status"], &row["InvoiceID"]), (&json!("DELETED"), &invoice["InvoiceID"]));
    assert_eq!(row["ValidationErrors"], json!([{ "Message": "Invoice not of valid status for modification" }]));
}

#[test]
fn what_does_not_exist_is_a_page() {
    let mut world = World::new();
    let ghost = "11111111-1111-4111-8111-111111111111";
    for (method, path, content) in [
        (Method::GET, format!("Invoices/{ghost}"), Value::Null),
        (Method::GET, "Quotes".to_owned(), Value::Null),
        (Method::POST, format!("Contacts/{ghost}"), json!({ "Name": "x" })),
        (Method::PUT, "Invoices".to_owned(), json!({ "Type": "ACCREC", "Contact": { "ContactID": ghost } })),
    ] {
        let response = world.call(method, &path, &content);
        assert_eq!(response.status(), 404, "{path}");
        assert!(header(&response, "content-type").unwrap().starts_with("text/html"));
    }
}

#[test]
fn bodies_and_queries_that_cannot_be_read_have_their_numbers() {
    let mut world = World::new();
    world.contact("Acme");
    for (path, sent, number) in [
        ("Invoices", json!({ "Invoices": [{ "Type": "ACCREC", "LineAmountTypes": "NO_TAX" }] }), 14),
        ("Contacts", json!({ "Items": [{ "Code": "x" }] }), 17),
        ("Contacts", json!({}), 17),
    ] {
        let response = world.call(Method::PUT, path, &sent);
        assert_eq!((response.status().as_u16(), &body(&response)["ErrorNumber"]), (400, &json!(number)), "{sent}");
    }
    for path in ["Items?where=IsSold%3D%3D%22true%22", "Contacts?order=Colour", "Contacts?page=x"] {
        let response = world.call(Method::GET, path, &Value::Null);
        assert_eq!(body(&response)["Type"], json!("QueryParseException"), "{path}");
    }
}

#[test]
fn a_key_replays_the_first_answer_for_six_minutes_errors_included() {
    let mut world = World::new();
    world.headers = vec![("idempotency-key", "k1".into())];
    let first = world.call(Method::PUT, "Contacts", &json!({ "Name": "Acme" }));
    let again = world.call(Method::PUT, "Contacts", &json!({ "Name": "Acme" }));
    assert_eq!(first.body(), again.body());
    let other = world.call(Method::PUT, "Contacts", &json!({ "Name": "Other" }));
    assert_eq!(other.status(), 400);
    assert!(body(&other).to_string().contains("Idempotency Key: k1 is used with a different request."));

    world.headers = vec![("idempotency-key", "k2".into())];
    assert_eq!(world.call(Method::PUT, "Contacts", &json!({ "Name": "Acme" })).status(), 400);
    let tenant = world.tenant.clone();
    let acme = id(&body(&first)["Contacts"][0], "ContactID");
    world.xero.archive_contact(&tenant, &acme, start()).unwrap();
    world.later(6 * 60 - 1);
    assert_eq!(world.call(Method::PUT, "Contacts", &json!({ "Name": "Acme" })).status(), 400, "the error is cached");
    world.later(1);
    assert_eq!(world.call(Method::PUT, "Contacts", &json!({ "Name": "Acme" })).status(), 200);
    assert_eq!(world.xero.all(&tenant, "Contacts").len(), 2);
    world.headers = vec![("idempotency-key", "x".repeat(129))];
    assert_eq!(world.call(Method::PUT, "Contacts", &json!({ "Name": "New" })).status(), 400);
}

#[test]
fn a_key_is_the_application_s_and_not_the_organisation_s() {
    let mut world = World::new();
    world.headers = vec![("idempotency-key", "k".into())];
    let first = world.call(Method::PUT, "Contacts", &json!({ "Name": "Acme" }));
    let other = world.xero.organisations()[1].tenant.clone();
    world.connect(&other, SCOPES);
    world.tenant.clone_from(&other);
    let second = world.call(Method::PUT, "Contacts", &json!({ "Name": "Acme" }));
    assert_eq!(first.body(), second.body());
    assert!(world.xero.all(&other, "Contacts").is_empty());
}

#[test]
fn lists_are_paged_when_asked_and_name_their_pages() {
    let mut world = World::new();
    for number in 0..5 {
        world.later(1);
        world.contact(&format!("C{number}"));
    }
    let page = world.get("Contacts?page=2&pageSize=2");
    assert_eq!(page["pagination"], json!({ "page": 2, "pageSize": 2, "pageCount": 3, "itemCount": 5 }));
    let names: Vec<_> = page["Contacts"].as_array().unwrap().iter().map(|row| row["Name"].clone()).collect();
    assert_eq!(names, [json!("C2"), json!("C3")]);
    assert!(world.get("Contacts").get("pagination").is_none());
    assert!(world.get("Contacts?summaryOnly=true").get("pagination").is_some());
    let descending = world.get("Contacts?order=UpdatedDateUTC+DESC&page=1&pageSize=1");
    assert_eq!(descending["Contacts"][0]["Name"], json!("C4"));
    assert_eq!(world.get("Contacts?searchTerm=c3")["Contacts"].as_array().unwrap().len(), 1);
    let ids =
        format!("Contacts?IDs={},{}", id(&page["Contacts"][0], "ContactID"), id(&page["Contacts"][1], "ContactID"));
    assert_eq!(world.get(&ids)["Contacts"].as_array().unwrap().len(), 2);
    world.headers = vec![("if-modified-since", "2026-11-20T01:00:04".into())];
    assert_eq!(world.get("Contacts")["Contacts"].as_array().unwrap().len(), 2);
}

#[test]
fn every_answer_has_its_headers_and_a_refused_one_no_body() {
    let mut world = World::new();
    let first = world.call(Method::GET, "Organisation", &Value::Null);
    assert_eq!(header(&first, "x-daylimit-remaining"), Some("4999"));
    assert_eq!(header(&first, "x-minlimit-remaining"), Some("59"));
    assert_eq!(header(&first, "x-appminlimit-remaining"), Some("9999"));
    assert!(header(&first, "xero-correlation-id").is_some());
    let mut last = first;
    for _ in 0..60 {
        last = world.call(Method::GET, "Organisation", &Value::Null);
    }
    assert_eq!((last.status().as_u16(), last.body().len()), (429, 0));
    assert_eq!(header(&last, "x-rate-limit-problem"), Some("minute"));
    assert!(header(&last, "retry-after").is_some());
}

#[test]
fn an_outage_has_its_text() {
    let mut world = World::new();
    let tenant = world.tenant.clone();
    world.xero.set_offline(Some(&tenant), Some("The Organisation is offline"));
    let response = world.call(Method::GET, "Contacts", &Value::Null);
    assert_eq!((response.status().as_u16(), response.body().as_ref()), (503, b"The Organisation is offline".as_ref()));
    world.headers = vec![("idempotency-key", "k".into())];
    let sent = json!({ "Name": "Acme" });
    assert_eq!(world.call(Method::PUT, "Contacts", &sent).status(), 503);
    world.xero.set_offline(Some(&tenant), None);
    assert_eq!(world.call(Method::PUT, "Contacts", &sent).status(), 503, "the same key gives the same answer");
    world.headers = vec![("idempotency-key", "another".into())];
    assert_eq!(world.call(Method::PUT, "Contacts", &sent).status(), 200);
}

#[test]
fn notes_are_kept_with_their_record() {
    let mut world = World::new();
    let acme = world.contact("Acme");
    let path = format!("Contacts/{acme}/History");
    let sent = json!({ "HistoryRecords": [{ "Details": "Synced" }] });
    assert_eq!(world.call(Method::PUT, &path, &sent).status(), 200);
    assert_eq!(world.get(&path)["HistoryRecords"][0]["Details"], json!("Synced"));
    assert_eq!(world.refused(Method::PUT, &path, json!({ "Details": "x".repeat(2_501) })).len(), 1);
    let ghost = "Contacts/11111111-1111-4111-8111-111111111111/History";
    assert_eq!(
        world.refused(Method::PUT, ghost, sent),
        ["The document with the supplied id was not found for this endpoint."]
    );
}

#[test]
fn the_settings_lists_are_those_of_the_country() {
    for (organisation, output, rate) in [(0, "OUTPUT", "10.0"), (1, "OUTPUT2", "15.0")] {
        let mut world = World::of(organisation);
        let rates = world.get("TaxRates")["TaxRates"].as_array().unwrap().clone();
        let found = rates.iter().find(|row| row["TaxType"] == json!(output)).unwrap();
        assert_eq!(found["EffectiveRate"].to_string(), rate);
        assert!(rates.iter().any(|row| row["Status"] == json!("DELETED")));
        let accounts = world.get("Accounts")["Accounts"].as_array().unwrap().clone();
        assert!(accounts.iter().any(|row| row["Code"] == json!("299") && row["Status"] == json!("ARCHIVED")));
        let sales = world.get("Accounts?where=Class%3D%3D%22REVENUE%22+AND+Status%3D%3D%22ACTIVE%22");
        assert_eq!(sales["Accounts"].as_array().unwrap().len(), 2);
        assert_eq!(world.get("TrackingCategories")["TrackingCategories"].as_array().unwrap().len(), 2);
        assert_eq!(world.get("BrandingThemes")["BrandingThemes"][0]["SortOrder"], json!(0));
        let organisation = world.get("Organisation")["Organisations"][0].clone();
        assert_eq!(organisation["OrganisationID"], json!(world.tenant));
    }
    let mut world = World::new();
    assert_eq!(world.get("Currencies")["Currencies"].as_array().unwrap().len(), 2);
    assert!(world.get("Accounts")["Accounts"].as_array().unwrap().iter().any(|row| row.get("Code").is_none()));
}

#[test]
fn a_clone_is_a_world_of_its_own_and_a_seed_gives_the_same_ids() {
    let mut world = World::new();
    let mut copy = world.xero.clone();
    let tenant = world.tenant.clone();
    let made = copy.insert(&tenant, "Contacts", json!({ "Name": "Copy" }), start()).unwrap();
    assert!(world.xero.all(&tenant, "Contacts").is_empty());
    assert_eq!(world.contact("Original"), id(&made, "ContactID"));
    let refused = copy.insert(&tenant, "Contacts", json!({ "Name": "Copy" }), start()).unwrap_err();
    assert!(refused.0[0].contains("already assigned"), "{refused}");
}

#[test]
fn settings_are_written_with_the_full_scope_only() {
    let mut world = World::new();
    assert_eq!(world.call(Method::PUT, "Currencies", &json!({ "Code": "EUR" })).status(), 401);
    let tenant = world.tenant.clone();
    world.connect(&tenant, "accounting.settings accounting.contacts accounting.invoices");
    world.save(Method::PUT, "Currencies", json!({ "Code": "EUR" }));
    assert_eq!(world.get("Currencies")["Currencies"].as_array().unwrap().len(), 3);
    let account = json!({ "Code": "201", "Name": "Services", "Type": "REVENUE", "TaxType": "OUTPUT" });
    let made = world.save(Method::PUT, "Accounts", account.clone());
    assert_eq!(made["Class"], json!("REVENUE"));
    assert_eq!(
        world.refused(Method::PUT, "Accounts", account),
        ["Please enter a unique Code.", "Please enter a unique Name."]
    );
    let path = format!("Accounts/{}", id(&made, "AccountID"));
    assert_eq!(world.save(Method::POST, &path, json!({ "Status": "ARCHIVED" }))["Status"], json!("ARCHIVED"));
    let rate = json!({ "Name": "City", "TaxComponents": [{ "Name": "A", "Rate": 5 }, { "Name": "B", "Rate": 10, "IsCompound": true }] });
    let rate = world.save(Method::PUT, "TaxRates", rate);
    assert_eq!((&rate["TaxType"], rate["EffectiveRate"].to_string()), (&json!("TAX002"), "15.5".into()));
    assert_eq!(
        world.save(Method::POST, "TaxRates", json!({ "Name": "City", "Status": "DELETED" }))["Status"],
        json!("DELETED")
    );
    assert_eq!(world.refused(Method::PUT, "TrackingCategories", json!({ "Name": "Third" })).len(), 1);
    let region = id(&world.get("TrackingCategories")["TrackingCategories"][0], "TrackingCategoryID");
    let options =
        world.call(Method::PUT, &format!("TrackingCategories/{region}/Options"), &json!({ "Name": "Centre" }));
    assert_eq!(body(&options)["Options"].as_array().unwrap().len(), 5);
}

#[test]
fn one_unknown_id_is_404_for_the_whole_batch_and_nothing_of_it_is_saved() {
    let mut world = World::new();
    let known = world.contact("Acme");
    let unknown = "11111111-1111-4111-8111-111111111111";
    let rows = json!({ "Contacts": [{ "Name": "Before" }, { "ContactID": known, "FirstName": "Ada" }, { "ContactID": unknown, "Name": "X" }] });
    let answer = world.call(Method::POST, "Contacts?summarizeErrors=false", &rows);
    assert_eq!(answer.status(), 404);
    assert_eq!(world.xero.all(&world.tenant, "Contacts").len(), 1);
    assert_eq!(world.one(&format!("Contacts/{known}"))["FirstName"], json!(""));
}

#[test]
fn what_a_refused_element_did_on_the_way_is_undone_and_its_neighbours_are_not() {
    let mut world = World::new();
    let before = world.contact("Acme");
    // The invoice is refused after its contact was made and its number was counted.
    let document = |name: &str, account: &str| {
        json!({ "Type": "ACCREC", "Contact": { "Name": name }, "Status": "AUTHORISED", "DueDate": "2026-12-20",
            "LineItems": [{ "Description": "Work", "UnitAmount": 1, "AccountCode": account }] })
    };
    let rows = json!({ "Invoices": [document("New", "NONE"), document("Other", "200"), document("Acme", "200")] });
    let answer = body(&world.call(Method::PUT, "Invoices?summarizeErrors=false", &rows));
    let fates: Vec<&str> = answer["Invoices"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["StatusAttributeString"].as_str().unwrap())
        .collect();
    assert_eq!(fates, ["ERROR", "OK", "OK"], "{answer}");
    let mut names: Vec<String> = world.xero.all(&world.tenant, "Contacts").iter().map(|row| id(row, "Name")).collect();
    names.sort();
    assert_eq!(names, ["Acme", "Other"]);
    assert_eq!(answer["Invoices"][1]["InvoiceNumber"], json!("INV-0001"));
    assert_eq!(answer["Invoices"][2]["Contact"]["ContactID"], json!(before));
    let found = world.get("Invoices?InvoiceNumbers=INV-0001,INV-0002&page=1");
    assert_eq!(found["pagination"]["itemCount"], json!(2));
}

#[test]
fn a_list_of_which_nothing_changed_is_empty_or_304() {
    let mut world = World::new();
    world.contact("Acme");
    world.headers = vec![("if-modified-since", "2026-11-20T01:00:00".into())];
    assert_eq!(world.get("Contacts?page=1")["Contacts"].as_array().unwrap().len(), 1, "the same second counts");
    world.headers = vec![("if-modified-since", "2026-11-20T01:00:01".into())];
    assert_eq!(world.get("Contacts?page=1")["Contacts"], json!([]));
    world.xero.set_not_modified(true);
    let answer = world.call(Method::GET, "Contacts?page=1", &Value::Null);
    assert_eq!((answer.status().as_u16(), answer.body().len()), (304, 0));
}

#[test]
fn pages_of_a_thousand_keep_their_order_among_equal_times() {
    let mut world = World::new();
    for at in 0..1_005 {
        let name = format!("Contact {at}");
        let now = world.now;
        world.xero.insert(&world.tenant.clone(), "Contacts", json!({ "Name": name }), now).unwrap();
    }
    let mut seen = Vec::new();
    for (page, count) in [(1, 1_000), (2, 5), (3, 0)] {
        let answer = world.get(&format!("Contacts?page={page}&pageSize=1000&order=UpdatedDateUTC%20ASC"));
        let rows = answer["Contacts"].as_array().unwrap();
        assert_eq!(rows.len(), count, "page {page}");
        seen.extend(rows.iter().map(|row| id(row, "ContactID")));
    }
    assert!(seen.is_sorted(), "equal times go by id");
    seen.dedup();
    assert_eq!(seen.len(), 1_005);
}
