//! What real organisations have and a new one has not: archived tracking, types of the other side, sizes, addresses of
//! other countries, money that was paid too much, documents that others made.

use super::*;
use crate::{Answers, BillReference, Countries, LostTracking, PaidBills, SurplusKind, TaxTypes};

const WRONG_SIDE: &str = "does not exist or cannot be used for this type of transaction";

fn with_line(kind: &str, contact: &str, line: Value) -> Value {
    json!({ "Type": kind, "Contact": { "ContactID": contact }, "Date": "2026-11-20", "DueDate": "2026-12-20",
        "Status": "AUTHORISED", "LineItems": [line] })
}

fn line(account: &str, tax: &str) -> Value {
    json!({ "Description": "Work", "Quantity": 1, "UnitAmount": 10, "AccountCode": account, "TaxType": tax })
}

fn tracked(category: &str, option: &str) -> Value {
    let mut line = line("200", "OUTPUT");
    line["Tracking"] = json!([{ "Name": category, "Option": option }]);
    line
}

#[test]
fn archived_and_unknown_tracking_is_refused_kept_or_dropped_as_the_switch_says() {
    for lost_tracking in [LostTracking::Refused, LostTracking::KeptWhereItIs, LostTracking::Dropped] {
        let mut world = World::new();
        world.xero.set_answers(Answers { lost_tracking, ..Answers::USUAL });
        let (tenant, contact) = (world.tenant.clone(), world.contact("Acme"));
        let old = world.save(Method::PUT, "Invoices", with_line("ACCREC", &contact, tracked("Region", "North")));
        let shown = world.get("TrackingCategories")["TrackingCategories"][0]["Options"].as_array().unwrap().len();
        world.xero.archive_tracking(&tenant, "Region", Some("North")).unwrap();
        let active = world.get("TrackingCategories")["TrackingCategories"][0]["Options"].as_array().unwrap().len();
        let all = world.get("TrackingCategories?includeArchived=true")["TrackingCategories"][0]["Options"].clone();
        assert_eq!((active + 1, all.as_array().unwrap().len()), (shown, shown), "archived ones have to be asked for");
        for (category, option) in [("Region", "North"), ("Region", "Nowhere"), ("Nothing", "North")] {
            let sent = with_line("ACCREC", &contact, tracked(category, option));
            if lost_tracking == LostTracking::Dropped {
                let saved = world.save(Method::PUT, "Invoices", sent);
                assert_eq!(saved["LineItems"][0]["Tracking"], json!([]), "{option}");
                assert_eq!(saved["Warnings"].as_array().unwrap().len(), 1, "{option}");
            } else {
                assert_eq!(world.refused(Method::PUT, "Invoices", sent).len(), 1, "{option}");
            }
        }
        // The old line again, with what it has, and without a word about it.
        let path = format!("Invoices/{}", id(&old, "InvoiceID"));
        let mut same = tracked("Region", "North");
        same["LineItemID"] = old["LineItems"][0]["LineItemID"].clone();
        let again = world.call(Method::POST, &path, &json!({ "LineItems": [same.clone()] }));
        assert_eq!(again.status() == 400, lost_tracking == LostTracking::Refused);
        same.as_object_mut().unwrap().remove("Tracking");
        let silent = world.save(Method::POST, &path, json!({ "LineItems": [same] }));
        let kept = silent["LineItems"][0]["Tracking"].as_array().unwrap().len();
        assert_eq!(kept == 0, lost_tracking == LostTracking::Dropped, "what was not sent stays as it was");
    }
}

#[test]
fn tracking_is_archived_and_renamed_by_the_api() {
    let mut world = World::new();
    let tenant = world.tenant.clone();
    world.connect(&tenant, &SCOPES.replace("accounting.settings.read", "accounting.settings"));
    let region = world.one("TrackingCategories");
    let path = format!("TrackingCategories/{}", id(&region, "TrackingCategoryID"));
    let option = id(&region["Options"][0], "TrackingOptionID");
    let answer = world.call(Method::POST, &format!("{path}/Options/{option}"), &json!({ "Status": "ARCHIVED" }));
    assert_eq!(answer.status(), 200, "{:?}", answer.body());
    assert_eq!(world.one(&path)["Options"][0]["IsArchived"], true);
    let row = world.save(Method::POST, &path, json!({ "Name": "Area \u{1F30D}", "Status": "ARCHIVED" }));
    assert_eq!((&row["Name"], &row["Status"]), (&json!("Area "), &json!("ARCHIVED")), "settings have no emoji either");
    assert_eq!(world.get("TrackingCategories")["TrackingCategories"].as_array().unwrap().len(), 1);
}

#[test]
fn a_tax_type_of_the_other_side_is_refused_whatever_the_account_allows() {
    for tax_types in [TaxTypes::ByDocumentAndAccount, TaxTypes::ByAccount] {
        let mut world = World::new();
        world.xero.set_answers(Answers { tax_types, ..Answers::USUAL });
        let contact = world.contact("Acme");
        // The account takes the type; the document does not.
        for (kind, account, tax) in [("ACCREC", "429", "INPUT"), ("ACCPAY", "200", "OUTPUT")] {
            let sent = with_line(kind, &contact, line(account, tax));
            if tax_types == TaxTypes::ByAccount {
                world.save(Method::PUT, "Invoices", sent);
            } else {
                let told = world.refused(Method::PUT, "Invoices", sent);
                assert!(told.len() == 1 && told[0].contains(WRONG_SIDE), "{told:?}");
            }
        }
        // What both sides take goes on both.
        for (kind, account) in [("ACCREC", "429"), ("ACCPAY", "200")] {
            world.save(Method::PUT, "Invoices", with_line(kind, &contact, line(account, "BASEXCLUDED")));
        }
    }
}

#[test]
fn lines_and_requests_have_a_greatest_size() {
    let mut world = World::new();
    let contact = world.contact("Acme");
    let of = |price: &str| {
        let mut line = line("200", "OUTPUT");
        line["UnitAmount"] = json!(price);
        with_line("ACCREC", &contact, line)
    };
    world.save(Method::PUT, "Invoices", of("9999999999.99"));
    for price in ["10000000000", "99999999999"] {
        let told = world.refused(Method::PUT, "Invoices", of(price));
        assert!(told[0].contains("must not exceed 9999999999.99"), "{told:?}");
    }
    let rows = |size: usize| json!({ "Contacts": [{ "Name": "Big", "Website": "x".repeat(size) }] });
    assert_eq!(world.call(Method::PUT, "Contacts", &rows(3_500_000)).status(), 413);
    assert_eq!(world.call(Method::PUT, "Contacts", &rows(3_400_000)).status(), 200);
}

#[test]
fn addresses_have_their_lengths_and_countries_are_letters() {
    let mut world = World::new();
    let with =
        |field: &str, value: String| json!({ "Name": "Acme", "Addresses": [{ "AddressType": "POBOX", field: value }] });
    for (field, most) in [
        ("AddressLine1", 500),
        ("AddressLine4", 500),
        ("City", 255),
        ("Region", 255),
        ("AttentionTo", 255),
        ("PostalCode", 50),
        ("Country", 50),
    ] {
        world.save(Method::POST, "Contacts", with(field, "é".repeat(most)));
        assert_eq!(world.refused(Method::POST, "Contacts", with(field, "é".repeat(most + 1))).len(), 1, "{field}");
    }
    for country in ["Côte d'Ivoire", "Guinea-Bissau", "U.S.A.", "Korea, Republic of"] {
        let told = world.refused(Method::POST, "Contacts", with("Country", country.to_owned()));
        assert_eq!(told, ["Country must contain letters only."], "{country}");
        world.xero.set_answers(Answers { countries: Countries::Punctuated, ..Answers::USUAL });
        world.save(Method::POST, "Contacts", with("Country", country.to_owned()));
        world.xero.set_answers(Answers::USUAL);
    }
    world.save(Method::POST, "Contacts", with("Country", "New Zealand".to_owned()));
}

#[test]
fn lists_have_what_others_made() {
    let mut world = World::new();
    let (tenant, now) = (world.tenant.clone(), world.now);
    let mine = id(&world.invoice("ACCREC", "DRAFT", "10"), "InvoiceID");
    let contact = world.any_contact();
    let draft = json!({ "Type": "ACCREC", "Contact": { "ContactID": contact }, "LineItems": [line("200", "OUTPUT")] });
    let theirs = id(&world.xero.insert(&tenant, "Invoices", draft.clone(), now).unwrap(), "InvoiceID");
    let repeated = world.xero.repeat(&tenant, draft, now).unwrap();
    assert!(repeated["RepeatingInvoiceID"].is_string(), "{repeated}");
    let ids = |answer: &Value| {
        let rows = answer["Invoices"].as_array().unwrap();
        let mut ids: Vec<String> = rows.iter().map(|row| id(row, "InvoiceID")).collect();
        ids.sort();
        ids
    };
    let mut all = vec![mine.clone(), theirs, id(&repeated, "InvoiceID")];
    all.sort();
    assert_eq!(ids(&world.get("Invoices?page=1&Statuses=DRAFT")), all);
    assert_eq!(ids(&world.get("Invoices?page=1&createdByMyApp=true")), [mine]);
}

#[test]
fn overpayments_and_prepayments_have_lists_and_stand_on_the_contact() {
    let mut world = World::new();
    let (tenant, now) = (world.tenant.clone(), world.now);
    let invoice = world.invoice("ACCREC", "AUTHORISED", "100.00");
    let (contact, invoice) = (id(&invoice["Contact"], "ContactID"), id(&invoice, "InvoiceID"));
    let today = now.date_naive();
    world.xero.credit(&tenant, &invoice, SurplusKind::Overpayment, "30".parse().unwrap(), today, now).unwrap();
    let free = world.xero.surplus(&tenant, &contact, SurplusKind::Prepayment, true, "25.5".parse().unwrap(), now);
    let free = free.unwrap();
    let over = world.one("Overpayments");
    assert_eq!((&over["Type"], &over["Status"]), (&json!("RECEIVE-OVERPAYMENT"), &json!("PAID")));
    assert_eq!(over["Allocations"][0]["Invoice"]["InvoiceID"], json!(invoice));
    let path = format!("Overpayments/{}", id(&over, "OverpaymentID"));
    assert_eq!(world.one(&path)["Total"], json!(30.0));
    let before = world.one(&format!("Prepayments/{free}"));
    assert_eq!((&before["RemainingCredit"], &before["Status"]), (&json!(25.5), &json!("AUTHORISED")));
    assert_eq!(world.get("Prepayments")["Prepayments"].as_array().unwrap().len(), 1);
    // 110 less the 30 that were applied, less the 25.50 that nobody has used yet.
    let balances = world.one(&format!("Contacts/{contact}"))["Balances"].clone();
    assert_eq!(balances["AccountsReceivable"]["Outstanding"], json!(54.5), "{balances}");
    assert_eq!(world.call(Method::GET, "Prepayments/nothing", &Value::Null).status(), 404);
    assert_eq!(world.call(Method::PUT, "Overpayments", &json!({})).status(), 405);
}

#[test]
fn notes_and_names_lose_their_emoji() {
    let mut world = World::new();
    let contact = world.contact("Acme");
    let path = format!("Contacts/{contact}/History");
    let note = json!({ "HistoryRecords": [{ "Details": "Sent \u{1F680} from the CRM" }] });
    assert_eq!(world.call(Method::PUT, &path, &note).status(), 200);
    assert_eq!(world.get(&path)["HistoryRecords"][0]["Details"], "Sent  from the CRM");
    // A name of nothing else is none, and two that differ by nothing else are one.
    assert_eq!(world.refused(Method::PUT, "Contacts", json!({ "Name": "\u{1F680}" })).len(), 1);
    let told = world.refused(Method::PUT, "Contacts", json!({ "Name": "Acme\u{1F680}" }));
    assert!(told[0].contains("already assigned to another contact"), "{told:?}");
}

#[test]
fn today_is_the_day_of_the_organisation_s_own_zone() {
    // 20 November, 01:30 in London; still the 19th in Los Angeles, midday in Sydney.
    for (country, hour, wanted) in [
        ("AU", "2026-11-20T13:30:00Z", "2026-11-21"),
        ("NZ", "2026-11-20T11:30:00Z", "2026-11-21"),
        ("GB", "2026-11-20T23:30:00Z", "2026-11-20"),
        ("GB", "2026-06-30T23:30:00Z", "2026-07-01"),
        ("US", "2026-11-20T07:30:00Z", "2026-11-19"),
        ("ZA", "2026-11-20T22:30:00Z", "2026-11-21"),
        ("SG", "2026-11-20T16:30:00Z", "2026-11-21"),
    ] {
        let mut world = World::in_country(country);
        let tenant = world.tenant.clone();
        world.now = hour.parse().unwrap();
        let contact = world.xero.insert(&tenant, "Contacts", json!({ "Name": "Acme" }), world.now).unwrap();
        let draft = json!({ "Type": "ACCREC", "Contact": { "ContactID": contact["ContactID"] },
            "LineItems": [{ "Description": "Work", "UnitAmount": 1, "AccountCode": "200" }] });
        let made = world.xero.insert(&tenant, "Invoices", draft, world.now).unwrap();
        assert!(made["DateString"].as_str().unwrap().starts_with(wanted), "{country}: {made}");
    }
}

#[test]
fn south_africa_and_singapore_have_books_of_their_own() {
    for (country, sale, purchase, percent) in [("ZA", "OUTPUT3", "INPUT3", 15.0), ("SG", "OUTPUTY24", "INPUTY24", 9.0)]
    {
        let mut world = World::in_country(country);
        let rates = world.get("TaxRates")["TaxRates"].clone();
        let rate = |code: &str| rates.as_array().unwrap().iter().find(|row| row["TaxType"] == code).unwrap().clone();
        assert_eq!(
            (&rate(sale)["EffectiveRate"], &rate(purchase)["EffectiveRate"]),
            (&json!(percent), &json!(percent))
        );
        assert_eq!(
            (&rate(sale)["CanApplyToExpenses"], &rate(purchase)["CanApplyToRevenue"]),
            (&json!(false), &json!(false))
        );
        let contact = world.contact("Acme");
        let made = world.save(Method::PUT, "Invoices", with_line("ACCREC", &contact, line("200", sale)));
        assert_eq!(made["TotalTax"], json!(percent / 10.0), "{country}");
        assert_eq!(world.get("Organisation")["Organisations"][0]["Version"], country);
    }
}

#[test]
fn the_deletion_of_an_allocation_tells_what_it_was() {
    let mut world = World::new();
    let invoice = id(&world.invoice("ACCREC", "AUTHORISED", "100.00"), "InvoiceID");
    let note = id(&world.invoice("ACCRECCREDIT", "AUTHORISED", "40.00"), "CreditNoteID");
    let path = format!("CreditNotes/{note}/Allocations");
    let sent = json!({ "Amount": 44, "Date": "2026-11-21", "Invoice": { "InvoiceID": invoice } });
    let answer = body(&world.call(Method::PUT, &path, &sent));
    let allocation = id(&answer["Allocations"][0], "AllocationID");
    let gone = body(&world.call(Method::DELETE, &format!("{path}/{allocation}"), &Value::Null));
    assert_eq!((&gone["AllocationID"], &gone["IsDeleted"]), (&json!(allocation), &json!(true)));
    assert_eq!((&gone["Amount"], &gone["Invoice"]["InvoiceID"]), (&json!(44.0), &json!(invoice)), "{gone}");
    assert_eq!(gone["Date"], answer["Allocations"][0]["Date"]);
}

#[test]
fn a_bill_keeps_a_reference_where_the_switch_says_so() {
    for (bill_reference, kept) in [(BillReference::Dropped, ""), (BillReference::Kept, "Order 7")] {
        let mut world = World::new();
        world.xero.set_answers(Answers { bill_reference, ..Answers::USUAL });
        let contact = world.contact("Acme");
        let mut sent = with_line("ACCPAY", &contact, line("429", "INPUT"));
        sent["Reference"] = json!("Order 7");
        assert_eq!(world.save(Method::PUT, "Invoices", sent)["Reference"], kept);
    }
}

#[test]
fn a_bill_on_which_money_was_paid_may_take_nothing() {
    const LOCKED: &str = "This document cannot be edited as it has a payment or credit note allocated to it.";
    for paid_bills in [PaidBills::AsInvoices, PaidBills::Nothing] {
        for (kind, account, tax) in [("ACCREC", "200", "OUTPUT"), ("ACCPAY", "429", "INPUT")] {
            let mut world = World::new();
            world.xero.set_answers(Answers { paid_bills, ..Answers::USUAL });
            let contact = world.contact("Acme");
            let saved = world.save(Method::PUT, "Invoices", with_line(kind, &contact, line(account, tax)));
            let (id, tenant) = (id(&saved, "InvoiceID"), world.tenant.clone());
            let now = "2026-11-20T10:00:00Z".parse().unwrap();
            world.xero.pay(&tenant, &id, 1.into(), "2026-11-20".parse().unwrap(), now).unwrap();
            let path = format!("Invoices/{id}");
            let change = json!({ "DueDate": "2027-01-01" });
            if kind == "ACCPAY" && paid_bills == PaidBills::Nothing {
                assert_eq!(world.refused(Method::POST, &path, change), [LOCKED]);
            } else {
                world.save(Method::POST, &path, change);
            }
        }
    }
}
