//! Invoices and bills: contacts, numbers, statuses, locks and lines.

use super::*;

const NOT_MODIFIABLE: &str = "Invoice not of valid status for modification";
const LOCKED: &str = "This document cannot be edited as it has a payment or credit note allocated to it.";

fn line(account: &str, tax: &str) -> Value {
    json!({ "Description": "Work", "Quantity": 1, "UnitAmount": 100, "AccountCode": account, "TaxType": tax })
}

fn document(contact: &str, lines: Value) -> Value {
    json!({ "Type": "ACCREC", "Contact": { "ContactID": contact }, "Date": "2026-11-20", "DueDate": "2026-12-20", "Status": "AUTHORISED", "LineItems": lines })
}

#[test]
fn statuses_move_only_as_their_table_allows() {
    let statuses = ["DRAFT", "SUBMITTED", "AUTHORISED", "PAID", "VOIDED", "DELETED"];
    for (from, allowed) in [
        ("DRAFT", &["DRAFT", "SUBMITTED", "AUTHORISED", "DELETED"][..]),
        ("SUBMITTED", &["SUBMITTED", "DRAFT", "AUTHORISED", "DELETED"]),
        ("AUTHORISED", &["AUTHORISED", "VOIDED"]),
    ] {
        for to in statuses {
            let mut world = World::new();
            let invoice = world.invoice("ACCREC", from, "10");
            let path = format!("Invoices/{}", id(&invoice, "InvoiceID"));
            let response = world.call(Method::POST, &path, &json!({ "Status": to }));
            assert_eq!(response.status() == 200, allowed.contains(&to), "{from} to {to}: {}", body(&response));
            if !allowed.contains(&to) {
                assert!(body(&response).to_string().contains(NOT_MODIFIABLE), "{from} to {to}");
            }
        }
    }
    for status in ["PAID", "VOIDED", "DELETED"] {
        let mut world = World::new();
        let contact = world.contact("Acme");
        let mut sent = document(&contact, json!([line("200", "OUTPUT")]));
        sent["Status"] = json!(status);
        assert_eq!(
            world.refused(Method::PUT, "Invoices", sent),
            ["Invoice not of valid status for creation"],
            "{status}"
        );
    }
}

#[test]
fn the_end_is_the_end_and_the_number_is_burnt() {
    let mut world = World::new();
    let invoice = world.invoice("ACCREC", "AUTHORISED", "10");
    let path = format!("Invoices/{}", id(&invoice, "InvoiceID"));
    let voided = world.save(Method::POST, &path, json!({ "Status": "VOIDED" }));
    assert_eq!(voided["AmountDue"].to_string(), "11.0", "the answer still shows what was due");
    assert_eq!(world.one(&path)["AmountDue"].to_string(), "0.0");
    assert_eq!(world.refused(Method::POST, &path, json!({ "Reference": "x" })), [NOT_MODIFIABLE]);
    let contact = world.any_contact();
    let mut sent = document(&contact, json!([line("200", "OUTPUT")]));
    sent["InvoiceNumber"] = invoice["InvoiceNumber"].clone();
    assert_eq!(world.refused(Method::POST, "Invoices", sent.clone()), [NOT_MODIFIABLE]);
    assert_eq!(world.refused(Method::PUT, "Invoices", sent), ["Invoice # must be unique."]);
}

#[test]
fn post_with_a_known_number_edits_that_invoice_without_a_word_but_bills_may_repeat() {
    let mut world = World::new();
    let contact = world.contact("Acme");
    let mut sent = document(&contact, json!([line("200", "OUTPUT")]));
    sent["InvoiceNumber"] = json!("ZC-1");
    let first = world.save(Method::PUT, "Invoices", sent.clone());
    sent["Reference"] = json!("changed");
    let second = world.save(Method::POST, "Invoices", sent.clone());
    assert_eq!((&second["InvoiceID"], &second["Reference"]), (&first["InvoiceID"], &json!("changed")));
    sent["Type"] = json!("ACCPAY");
    sent["LineItems"] = json!([line("429", "INPUT")]);
    let bills: Vec<_> = (0..2).map(|_| id(&world.save(Method::POST, "Invoices", sent.clone()), "InvoiceID")).collect();
    assert_ne!(bills[0], bills[1]);
    assert_eq!(world.one(&format!("Invoices/{}", bills[0]))["Reference"], json!(""));
}

#[test]
fn invoices_number_themselves_past_numbers_that_are_taken() {
    let mut world = World::new();
    let contact = world.contact("Acme");
    let mut sent = document(&contact, json!([line("200", "OUTPUT")]));
    sent["InvoiceNumber"] = json!("INV-0001");
    world.save(Method::PUT, "Invoices", sent);
    assert_eq!(world.invoice("ACCREC", "DRAFT", "1")["InvoiceNumber"], json!("INV-0002"));
    assert_eq!(world.invoice("ACCPAY", "DRAFT", "1")["InvoiceNumber"], json!(""));
}

#[test]
fn the_contact_of_a_document_is_found_made_or_refused() {
    let mut world = World::new();
    let tenant = world.tenant.clone();
    let acme = world.contact("Acme");
    let with = |contact: Value| {
        let mut sent = document("", json!([line("200", "OUTPUT")]));
        sent["Contact"] = contact;
        sent
    };
    let row = world.save(Method::PUT, "Invoices", with(json!({ "Name": "ACME" })));
    assert_eq!(row["Contact"]["ContactID"], json!(acme));
    world.save(Method::PUT, "Invoices", with(json!({ "Name": "New One" })));
    assert_eq!(world.xero.all(&tenant, "Contacts").len(), 2);
    assert_eq!(
        world.refused(Method::PUT, "Invoices", with(json!({ "FirstName": "x" }))),
        [
            "The Contact must contain at least 1 of the following elements to identify the contact: Name, ContactID, ContactNumber"
        ]
    );
    // More than an identification edits the contact and drops people who are not listed.
    world.save(
        Method::POST,
        &format!("Contacts/{acme}"),
        json!({ "EmailAddress": "a@acme.example", "ContactPersons": [{ "FirstName": "Ann" }] }),
    );
    world.save(Method::PUT, "Invoices", with(json!({ "ContactID": acme })));
    assert_eq!(world.one(&format!("Contacts/{acme}"))["ContactPersons"].as_array().unwrap().len(), 1);
    world.save(Method::PUT, "Invoices", with(json!({ "ContactID": acme, "TaxNumber": "99" })));
    let contact = world.one(&format!("Contacts/{acme}"));
    assert_eq!((&contact["TaxNumber"], &contact["ContactPersons"]), (&json!("99"), &json!([])));
    assert_eq!((&contact["IsCustomer"], &contact["IsSupplier"]), (&json!(true), &json!(false)));
    world.xero.archive_contact(&tenant, &acme, start()).unwrap();
    assert_eq!(
        world.refused(Method::PUT, "Invoices", with(json!({ "ContactID": acme }))),
        [
            "The contact with the specified contact details has been archived. The contact must be un-archived before creating new invoices or credit notes"
        ]
    );
    let mut none = with(Value::Null);
    none.as_object_mut().unwrap().remove("Contact");
    assert_eq!(
        world.refused(Method::PUT, "Invoices", none),
        ["A Contact must be specified for this type of transaction"]
    );
}

#[test]
fn accounts_and_taxes_of_lines_are_checked() {
    let mut world = World::new();
    let contact = world.contact("Acme");
    for (account, tax, message) in [
        ("999", "OUTPUT", "Account code '999' is not a valid code for this document"),
        ("610", "OUTPUT", "Account code '610' is not a valid code for this document"),
        ("090", "OUTPUT", "Account code '090' is not a valid code for this document"),
        (
            "299",
            "OUTPUT",
            "Account code '299' has been archived, or has been deleted. Each line item must reference a valid account.",
        ),
        ("", "OUTPUT", "Account code must be specified"),
        ("200", "INPUT", "The TaxType code 'INPUT' cannot be used with account code '200'."),
        ("429", "OUTPUT", "The TaxType code 'OUTPUT' cannot be used with account code '429'."),
        (
            "200",
            "GST on Income",
            "The TaxType code GST on Income does not exist or cannot be used for this type of transaction.",
        ),
        ("200", "TAX001", "The TaxType code TAX001 does not exist or cannot be used for this type of transaction."),
    ] {
        assert_eq!(world.refused(Method::PUT, "Invoices", document(&contact, json!([line(account, tax)]))), [message]);
    }
    let item = json!([{ "ItemCode": "nope", "Description": "x", "UnitAmount": 1, "AccountCode": "200" }]);
    assert_eq!(world.refused(Method::PUT, "Invoices", document(&contact, item)), ["Item code 'nope' is not valid"]);
    assert_eq!(
        world.refused(Method::PUT, "Invoices", document(&contact, json!([]))),
        ["One or more line items must be specified"]
    );
    // A draft may lack an account; an unknown one is dropped with a warning.
    let mut draft = document(&contact, json!([line("999", "OUTPUT"), line("", "OUTPUT")]));
    draft["Status"] = json!("DRAFT");
    let answer = world.save(Method::PUT, "Invoices?summarizeErrors=false", draft);
    assert_eq!(answer["StatusAttributeString"], json!("WARNING"));
    assert_eq!(
        answer["Warnings"][0]["Message"],
        json!("Account code '999' has been removed as it does not match a recognised account.")
    );
    let path = format!("Invoices/{}", id(&answer, "InvoiceID"));
    assert_eq!(
        world.refused(Method::POST, &path, json!({ "Status": "AUTHORISED" })),
        ["Account code must be specified"; 2]
    );
}

#[test]
fn a_tax_type_that_is_not_sent_is_the_account_s() {
    let mut world = World::new();
    let contact = world.contact("Acme");
    let lines = json!([{ "Description": "Work", "UnitAmount": 100, "AccountCode": "200" }]);
    let invoice = world.save(Method::PUT, "Invoices", document(&contact, lines));
    assert_eq!(
        (&invoice["LineItems"][0]["TaxType"], invoice["TotalTax"].to_string()),
        (&json!("OUTPUT"), "10.0".into())
    );
}

#[test]
fn lines_are_updated_added_deleted_or_kept_by_their_ids() {
    let mut world = World::new();
    let contact = world.contact("Acme");
    let invoice =
        world.save(Method::PUT, "Invoices", document(&contact, json!([line("200", "OUTPUT"), line("260", "OUTPUT")])));
    let path = format!("Invoices/{}", id(&invoice, "InvoiceID"));
    let (first, second) = (id(&invoice["LineItems"][0], "LineItemID"), id(&invoice["LineItems"][1], "LineItemID"));
    let change = json!({ "LineItems": [{ "LineItemID": second, "UnitAmount": 7 }, line("200", "OUTPUT")] });
    let changed = world.save(Method::POST, &path, change);
    let ids: Vec<_> = changed["LineItems"].as_array().unwrap().iter().map(|row| id(row, "LineItemID")).collect();
    assert_eq!((ids.len(), &ids[0]), (2, &second));
    assert!(!ids.contains(&first));
    assert_eq!(changed["LineItems"][0]["LineAmount"].to_string(), "7.0");
    assert_eq!(changed["LineItems"][0]["AccountCode"], json!("260"));
    let kept = world.save(Method::POST, &path, json!({ "Reference": "only this" }));
    assert_eq!(kept["LineItems"].as_array().unwrap().iter().map(|row| id(row, "LineItemID")).collect::<Vec<_>>(), ids);
    let replaced = world.save(Method::POST, &path, json!({ "LineItems": [line("200", "OUTPUT")] }));
    assert!(!ids.contains(&id(&replaced["LineItems"][0], "LineItemID")));
}

#[test]
fn money_on_a_document_locks_what_is_about_money() {
    let mut world = World::new();
    let invoice = world.invoice("ACCREC", "AUTHORISED", "100");
    let path = format!("Invoices/{}", id(&invoice, "InvoiceID"));
    let line = id(&invoice["LineItems"][0], "LineItemID");
    let payment = world.pay(&id(&invoice, "InvoiceID"), "10");
    for change in [
        json!({ "Date": "2026-11-21" }),
        json!({ "LineAmountTypes": "Inclusive" }),
        json!({ "LineItems": [{ "LineItemID": line, "UnitAmount": 99 }] }),
        json!({ "LineItems": [{ "Description": "Work", "Quantity": 1, "UnitAmount": 100, "AccountCode": "200", "TaxType": "OUTPUT" }] }),
    ] {
        assert_eq!(world.refused(Method::POST, &path, change.clone()), [LOCKED], "{change}");
    }
    for status in ["DRAFT", "SUBMITTED", "VOIDED"] {
        let message = format!(
            "The status {status} cannot be applied to the invoice because it has payments or credit notes allocated to it."
        );
        assert_eq!(world.refused(Method::POST, &path, json!({ "Status": status })), [message]);
    }
    let other = world.contact("Other");
    world.save(
        Method::POST,
        &path,
        json!({
            "Reference": "r", "DueDate": "2027-01-01", "InvoiceNumber": "N-1", "Url": "https://crm.example/1", "Contact": { "ContactID": other },
            "LineItems": [{ "LineItemID": line, "Description": "Better words", "AccountCode": "260" }],
        }),
    );
    let change = json!({ "Status": "DELETED" });
    world.save(Method::POST, &format!("Payments/{}", id(&payment, "PaymentID")), change);
    world.save(Method::POST, &path, json!({ "Date": "2026-11-21" }));
}

#[test]
fn a_locked_period_locks_everything_dated_in_it() {
    let mut world = World::new();
    let tenant = world.tenant.clone();
    let invoice = world.invoice("ACCREC", "AUTHORISED", "100");
    let path = format!("Invoices/{}", id(&invoice, "InvoiceID"));
    world.xero.set_lock_dates(&tenant, Some("2026-11-20".parse().unwrap()), None).unwrap();
    let message = "The document date cannot be before the period lock date, currently set at 20/11/2026";
    assert_eq!(world.refused(Method::POST, &path, json!({ "Reference": "x" })), [message]);
    assert_eq!(world.refused(Method::POST, &path, json!({ "Date": "2026-11-21" })), [message]);
    let contact = world.any_contact();
    let payment = json!({ "Invoice": { "InvoiceID": invoice["InvoiceID"] }, "Account": { "Code": "090" }, "Amount": 1, "Date": "2026-11-20" });
    assert_eq!(world.refused(Method::PUT, "Payments", payment), [message]);
    let mut sent = document(&contact, json!([line("200", "OUTPUT")]));
    sent["Date"] = json!("2026-11-21");
    world.save(Method::PUT, "Invoices", sent.clone());
    world.xero.set_lock_dates(&tenant, None, Some("2026-11-21".parse().unwrap())).unwrap();
    assert_eq!(
        world.refused(Method::PUT, "Invoices", sent),
        ["The document date cannot be before the end of year lock date, currently set at 21/11/2026"]
    );
    assert_eq!(world.get("Organisation")["Organisations"][0]["EndOfYearLockDate"], json!("/Date(1795219200000+0000)/"));
}

#[test]
fn currencies_must_be_subscribed_and_have_a_rate() {
    let mut world = World::new();
    let contact = world.contact("Acme");
    let mut sent = document(&contact, json!([line("200", "OUTPUT")]));
    sent["CurrencyCode"] = json!("EUR");
    assert_eq!(
        world.refused(Method::PUT, "Invoices", sent.clone()),
        ["Organisation is not subscribed to currency EUR"]
    );
    sent["CurrencyCode"] = json!("USD");
    assert_eq!(world.save(Method::PUT, "Invoices", sent.clone())["CurrencyRate"].to_string(), "0.651234");
    sent["CurrencyRate"] = json!(0.7);
    assert_eq!(world.save(Method::PUT, "Invoices", sent)["CurrencyRate"].to_string(), "0.7");
}

#[test]
fn the_plan_s_approvals_run_out() {
    let mut world = World::new();
    let tenant = world.tenant.clone();
    world.xero.set_plan_limit(&tenant, crate::PlanLimit { invoices: Some(1), bills: None }).unwrap();
    world.invoice("ACCREC", "AUTHORISED", "1");
    let draft = world.invoice("ACCREC", "DRAFT", "1");
    let path = format!("Invoices/{}", id(&draft, "InvoiceID"));
    let approve = json!({ "Status": "AUTHORISED" });
    assert_eq!(
        world.refused(Method::POST, &path, approve.clone()),
        ["You have reached the limit of invoices you can approve"]
    );
    let actions = world.get("Organisation/Actions")["Actions"].as_array().unwrap().clone();
    assert!(actions.contains(&json!({ "Name": "CreateApprovedInvoice", "Status": "NOT-ALLOWED" })));
    world.invoice("ACCPAY", "AUTHORISED", "1");
    world.later(15 * 86_400);
    world.connect(&tenant, SCOPES);
    world.save(Method::POST, &path, approve);
}

#[test]
fn approval_needs_a_due_date() {
    let mut world = World::new();
    let contact = world.contact("Acme");
    let mut sent = document(&contact, json!([line("200", "OUTPUT")]));
    sent.as_object_mut().unwrap().remove("DueDate");
    assert_eq!(world.refused(Method::PUT, "Invoices", sent.clone()).len(), 1);
    sent["Status"] = json!("DRAFT");
    world.save(Method::PUT, "Invoices", sent);
}

#[test]
fn lists_have_lines_only_in_pages_and_take_their_filters() {
    let mut world = World::new();
    let first = world.invoice("ACCREC", "AUTHORISED", "1");
    let second = world.invoice("ACCPAY", "DRAFT", "2");
    let contact = world.any_contact();
    let lines = |answer: &Value| answer["Invoices"][0]["LineItems"].as_array().unwrap().len();
    assert_eq!(lines(&world.get("Invoices")), 0);
    assert_eq!(lines(&world.get("Invoices?page=1")), 1);
    assert_eq!(lines(&world.get("Invoices?summaryOnly=true")), 0);
    for (query, found) in [
        (format!("IDs={}", id(&first, "InvoiceID")), 1),
        (format!("InvoiceNumbers={},nope", id(&first, "InvoiceNumber")), 1),
        (format!("ContactIDs={contact}"), 2),
        ("Statuses=AUTHORISED,PAID".to_owned(), 1),
        ("where=Type%3D%3D%22ACCPAY%22+AND+Status!%3D%22VOIDED%22".to_owned(), 1),
        (format!("where=Contact.ContactID%3D%3DGuid(%22{contact}%22)"), 2),
        ("where=AmountDue%3E2".to_owned(), 1),
        ("searchTerm=acme".to_owned(), 2),
    ] {
        assert_eq!(world.get(&format!("Invoices?{query}"))["Invoices"].as_array().unwrap().len(), found, "{query}");
    }
    assert!(world.get("Invoices?Statuses=DRAFT").get("pagination").is_some());
    assert_eq!(world.one(&format!("Invoices/{}", id(&first, "InvoiceNumber")))["InvoiceID"], first["InvoiceID"]);
    let written =
        world.save(Method::POST, &format!("Invoices/{}", id(&second, "InvoiceID")), json!({ "DueDate": "2026-12-21" }));
    assert!(written.get("Payments").is_none() && written.get("AmountCredited").is_none());
    assert_eq!(
        (&written["Date"], &written["DateString"]),
        (&json!("/Date(1795132800000+0000)/"), &json!("2026-11-20T00:00:00"))
    );
}

#[test]
fn some_changes_are_not_seen_by_if_modified_since() {
    let mut world = World::new();
    let invoice = world.invoice("ACCREC", "AUTHORISED", "100");
    let key = id(&invoice, "InvoiceID");
    let path = format!("Invoices/{key}");
    world.pay(&key, "10");
    let before = world.one(&path)["UpdatedDateUTC"].clone();
    world.later(5);
    let line = id(&invoice["LineItems"][0], "LineItemID");
    for change in
        [json!({ "DueDate": "2027-02-01" }), json!({ "LineItems": [{ "LineItemID": line, "AccountCode": "260" }] })]
    {
        world.save(Method::POST, &path, change.clone());
        assert_eq!(world.one(&path)["UpdatedDateUTC"], before, "{change}");
    }
    world.save(Method::POST, &path, json!({ "Reference": "seen" }));
    assert_ne!(world.one(&path)["UpdatedDateUTC"], before);
}

#[test]
fn an_online_page_exists_for_sales_that_are_not_drafts() {
    let mut world = World::new();
    let sale = world.invoice("ACCREC", "AUTHORISED", "1");
    let url = world.get(&format!("Invoices/{}/OnlineInvoice", id(&sale, "InvoiceID")))["OnlineInvoices"][0].clone();
    assert!(url["OnlineInvoiceUrl"].as_str().unwrap().starts_with("https://in.xero.com/"));
    for (kind, status) in [("ACCREC", "DRAFT"), ("ACCPAY", "AUTHORISED")] {
        let other = world.invoice(kind, status, "1");
        let path = format!("Invoices/{}/OnlineInvoice", id(&other, "InvoiceID"));
        assert_eq!(world.call(Method::GET, &path, &Value::Null).status(), 404);
    }
}
