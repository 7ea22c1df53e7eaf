//! What nobody has verified of the vendors and what costs money or records: the product with each answer that may be theirs.
//! docs/vendor-facts.md lists these facts.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use crate::support;

use engine::access::connect;
use engine::access::rights::Administrator;
use engine::sync::Desk;
use rust_decimal::Decimal;
use sandbox::{ApiName, Effect, Phase, Repeat, Rule, World, seed};
use sandbox_xero::{
    BillReference, ContactNames, Countries, Edges, ItemScope, KeyMemory, PaidBills, PeriodLock, RepeatedConsent,
    TaxTypes, UnseenChanges, ZeroPaid,
};
use sandbox_zoho::{
    Coins, DiscountOnWhole, Equals, FieldRights, HiddenColumn, HiddenField, Like, Permission, ReadOnlyValue, TaxMode,
    TotalTax, Unnamed,
};
use serde_json::{Value, json};
use shared::api::portal::RecordsQuery;
use shared::api::runs::{RunState, Scope};
use shared::api::{Action, ConnectRequest, EntryView, Outcome};
use shared::module::Module;
use shared::problem::Code;
use shared::settings::{ApprovedEdits, Direction, TaxMapping};
use support::{ADMIN, BASE, Stage, VERIFIER, parameter};

/// A seller: a plain user.
const SALES: &str = "sam@bluegum.example";

fn stage() -> (Stage, Administrator) {
    Stage::connected(World::empty(BASE))
}

fn insert(stage: &Stage, module: Module, row: &Value) -> String {
    stage.world.borrow_mut().zoho.insert(module.api_name(), row).unwrap()
}

fn xero_answers(stage: &Stage, change: impl FnOnce(&mut sandbox_xero::Answers)) {
    let mut answers = sandbox_xero::Answers::USUAL;
    change(&mut answers);
    stage.world.borrow_mut().xero.set_answers(answers);
}

fn codes(entry: &EntryView) -> Vec<Code> {
    entry.problems.iter().map(|problem| problem.code).collect()
}

fn money(value: &Value) -> Decimal {
    value.to_string().trim_matches('"').parse().unwrap()
}

/// A document with lines of price, discount and taxes, for a new customer or supplier.
fn document(stage: &Stage, module: Module, lines: &[(&str, Value, Value)], more: &Value) -> String {
    let sells = module == Module::Invoices;
    let (party, name, field, date) = match sells {
        true => (Module::Accounts, "Account_Name", "Invoiced_Items", "Invoice_Date"),
        false => (Module::Vendors, "Vendor_Name", "Purchase_Items", "PO_Date"),
    };
    let party = insert(stage, party, &json!({name: "Numbat Nursery"}));
    let product = json!({"Product_Name": "Soil", "Product_Code": "SOIL", "Product_Active": true});
    let product = insert(stage, Module::Products, &product);
    let row = |(price, discount, taxes): &(&str, Value, Value)| {
        let price: Value = serde_json::from_str(price).unwrap();
        json!({"Product_Name": {"id": product}, "Quantity": 1, "List_Price": price, "Discount": discount, "Line_Tax": taxes})
    };
    let mut record = json!({"Subject": "Soil", "Status": "Approved", name: {"id": party}, date: "2026-11-18",
        "Due_Date": "2026-12-18", field: lines.iter().map(row).collect::<Vec<_>>()});
    record.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    insert(stage, module, &record)
}

fn gst() -> Value {
    json!([{"name": "GST", "percentage": 10}])
}

fn assert_at_rest(stage: &Stage, ana: &Administrator, module: Module, record: &str) {
    for _ in 0..2 {
        stage.advance(5);
        stage.click(ana, module, record);
    }
    stage.advance(5);
    let before = (stage.crm(module, record), stage.xero(module, record));
    let reply = stage.click(ana, module, record);
    assert_eq!((stage.crm(module, record), stage.xero(module, record)), before, "{:#?}", reply.entry);
}

/// Z22, Z23: what comes from Xero finds the CRM's product though its code differs by case.
#[test]
fn a_code_of_another_case_is_the_same_code_whatever_queries_mind() {
    for (equals, like) in [
        (Equals::MindCase, Like::IgnoresCase),
        (Equals::MindCase, Like::MindsCase),
        (Equals::IgnoreCase, Like::IgnoresCase),
    ] {
        let (stage, ana) = stage();
        {
            let mut world = stage.world.borrow_mut();
            (world.zoho.answers_mut().equals, world.zoho.answers_mut().like) = (equals, like);
        }
        let own = json!({"Product_Name": "Soil", "Product_Code": "SOIL-a", "Product_Active": true});
        let own = insert(&stage, Module::Products, &own);
        let capitals = json!({"Product_Name": "Sand", "Product_Code": "SAND", "Product_Active": true});
        insert(&stage, Module::Products, &capitals);
        for code in ["SOIL-a", "sand"] {
            stage.typed("Items", json!({"Code": code, "Name": "From Xero"}));
        }
        let run = stage.run_all(&ana, &[Module::Products], Direction::ToCrm, Scope::Everything);
        assert_eq!(run.state, RunState::Done, "{equals:?} {like:?} {run:?}");
        let products = stage.world.borrow().zoho.records("Products").len();
        assert_eq!(products, 2, "{equals:?} {like:?}: {:#?}", stage.entries_of(&run.id));
        assert!(stage.crm(Module::Products, &own)["Xero_ID"].is_string());
    }
}

/// Z27: a discount on the whole comes off before tax or after it.
#[test]
fn a_discount_on_the_whole_never_makes_another_total_without_a_word() {
    for mode in [TaxMode::Item, TaxMode::Total] {
        for discount in [DiscountOnWhole::AsAssumed, DiscountOnWhole::TheOtherWay] {
            let (stage, ana) = stage();
            stage.world.borrow_mut().zoho.set_tax_mode(mode);
            stage.world.borrow_mut().zoho.answers_mut().discount = discount;
            let told = format!("{mode:?} {discount:?}");
            let more = json!({"Discount": 50, "$line_tax": gst()});
            let record = document(&stage, Module::Invoices, &[("200", json!(0), gst())], &more);
            let reply = stage.click(&ana, Module::Invoices, &record);
            let problems = &reply.entry.problems;
            if discount == DiscountOnWhole::AsAssumed {
                assert_eq!(reply.entry.outcome, Outcome::Created, "{told}: {problems:#?}");
                let total = money(&stage.crm(Module::Invoices, &record)["Grand_Total"]);
                assert_eq!(money(&stage.xero(Module::Invoices, &record)["Total"]), total, "{told}");
            } else {
                assert_eq!(reply.entry.outcome, Outcome::Failed, "{told}");
                assert!(codes(&reply.entry).contains(&Code::TotalDiffers), "{told}: {problems:#?}");
                assert!(stage.all_xero("Invoices").is_empty(), "{told}: nothing is sent");
            }
        }
    }
}

/// X10: a bill keeps its reference, or has none.
#[test]
fn a_bill_that_keeps_a_reference_comes_with_it_and_rests() {
    for (bill_reference, subject) in [(BillReference::Dropped, "Bill B-7"), (BillReference::Kept, "Order 7")] {
        let (stage, ana) = stage();
        xero_answers(&stage, |answers| answers.bill_reference = bill_reference);
        let supplier = stage.typed("Contacts", json!({"Name": "Numbat Nursery"}));
        stage.typed("Items", json!({"Code": "SOIL", "Name": "Soil"}));
        let line =
            json!({"Description": "Soil", "Quantity": 1, "UnitAmount": 10, "AccountCode": "429", "ItemCode": "SOIL"});
        let bill = json!({"Type": "ACCPAY", "Status": "AUTHORISED", "Contact": {"ContactID": supplier},
            "InvoiceNumber": "B-7", "Reference": "Order 7", "Date": "2026-11-18", "DueDate": "2026-12-18", "LineItems": [line]});
        let bill = stage.typed("Invoices", bill);
        let chosen = [Module::Vendors, Module::Products, Module::PurchaseOrders];
        let run = stage.run_all(&ana, &chosen, Direction::ToCrm, Scope::Everything);
        let orders = stage.world.borrow().zoho.records("Purchase_Orders");
        assert_eq!(orders.len(), 1, "{:#?}", stage.entries_of(&run.id));
        assert_eq!(orders[0]["Subject"], json!(subject), "{bill_reference:?}");
        let record = orders[0]["id"].as_str().unwrap().to_owned();
        assert_eq!(orders[0]["Xero_ID"], json!(bill));
        assert_at_rest(&stage, &ana, Module::PurchaseOrders, &record);
        // The other way round: the CRM's subject is no bill's reference, and what is typed there later does no harm.
        stage.edit(Module::PurchaseOrders, &record, &json!({"Subject": "Soil for spring"}));
        assert_at_rest(&stage, &ana, Module::PurchaseOrders, &record);
        let change = json!({"Reference": "Order 8"});
        let (tenant, now) = (stage.tenant(0), stage.now_utc());
        stage.world.borrow_mut().xero.update(&tenant, "Invoices", &bill, change, now).unwrap();
        assert_at_rest(&stage, &ana, Module::PurchaseOrders, &record);
    }
}

/// X11: a bill on which money was paid takes what an invoice takes, or nothing.
#[test]
fn a_paid_bill_that_takes_nothing_is_told_and_its_payment_comes_all_the_same() {
    for paid_bills in [PaidBills::AsInvoices, PaidBills::Nothing] {
        let (stage, ana) = stage();
        xero_answers(&stage, |answers| answers.paid_bills = paid_bills);
        stage.choose(|settings| settings.documents.approved_edits = ApprovedEdits::CrmGoesThrough);
        let more = json!({"PO_Number": "PO-7"});
        let record = document(&stage, Module::PurchaseOrders, &[("200", json!(0), gst())], &more);
        let reply = stage.click(&ana, Module::PurchaseOrders, &record);
        assert_eq!(reply.entry.outcome, Outcome::Created, "{:#?}", reply.entry.problems);
        let bill = stage.xero(Module::PurchaseOrders, &record)["InvoiceID"].as_str().unwrap().to_owned();
        let (tenant, now) = (stage.tenant(0), stage.now_utc());
        stage.world.borrow_mut().xero.pay(&tenant, &bill, 100.into(), now.date_naive(), now).unwrap();
        stage.edit(Module::PurchaseOrders, &record, &json!({"Due_Date": "2027-01-15"}));
        stage.advance(5);
        let reply = stage.click(&ana, Module::PurchaseOrders, &record);
        let due = stage.xero(Module::PurchaseOrders, &record)["DueDateString"].clone();
        let crm = stage.crm(Module::PurchaseOrders, &record);
        assert_eq!(money(&crm["Xero_Amount_Paid"]), 100.into(), "{paid_bills:?}: {:#?}", reply.entry);
        if paid_bills == PaidBills::AsInvoices {
            assert_eq!(due, json!("2027-01-15T00:00:00"), "{:#?}", reply.entry.problems);
        } else {
            assert_eq!(due, json!("2026-12-18T00:00:00"));
            assert!(codes(&reply.entry).contains(&Code::DocumentPaid), "{:#?}", reply.entry.problems);
            let told = reply.entry.problems.iter().find(|problem| problem.code == Code::DocumentPaid).unwrap();
            assert!(told.said.as_ref().is_some_and(|said| said.contains("cannot be edited")), "{told:#?}");
        }
        assert_at_rest(&stage, &ana, Module::PurchaseOrders, &record);
    }
}

/// X12: where Xero's arithmetic is not known, its own total counts, and another one than was shown is told.
#[test]
fn a_total_that_xero_makes_otherwise_is_told_and_rests() {
    for (lines, crm_total, is_edge) in [
        // A discount of three decimals goes as its amount.
        (vec![("1000", json!("12.345%"), json!([]))], "876.55", false),
        // Half a cent of tax below zero.
        (vec![("100", json!(0), gst()), ("-0.05", json!(0), gst())], "109.94", true),
    ] {
        for edges in [Edges::AsAssumed, Edges::TheOtherWay] {
            let (stage, ana) = stage();
            xero_answers(&stage, |answers| answers.edges = edges);
            let record = document(&stage, Module::Invoices, &lines, &json!({}));
            let shown = stage.view(&ana, Module::Invoices, &record).unwrap().preview;
            assert_eq!(shown.action, Action::Create, "{:#?}", shown.problems);
            let reply = stage.click(&ana, Module::Invoices, &record);
            assert_eq!(reply.entry.outcome, Outcome::Created, "{:#?}", reply.entry.problems);
            let of_crm = money(&stage.crm(Module::Invoices, &record)["Grand_Total"]);
            assert_eq!(of_crm.to_string(), crm_total);
            let of_xero = money(&stage.xero(Module::Invoices, &record)["Total"]);
            let told = codes(&reply.entry);
            let differs = told.contains(&Code::TotalDiffers) || told.contains(&Code::TotalDiffersByCents);
            let other = is_edge && edges == Edges::TheOtherWay;
            assert_eq!(of_crm != of_xero, other, "{edges:?} {of_xero}");
            assert_eq!(differs, other, "{edges:?} {:#?}", reply.entry.problems);
            assert_at_rest(&stage, &ana, Module::Invoices, &record);
        }
    }
}

/// Z9: a value for a field that the profile may only read fails, or is lost without a word.
#[test]
fn what_the_connection_may_only_read_is_never_taken_for_written() {
    for value in [ReadOnlyValue::Refused, ReadOnlyValue::Ignored] {
        for run in [false, true] {
            let (stage, ana) = stage();
            let account =
                insert(&stage, Module::Accounts, &json!({"Account_Name": "Numbat Nursery", "Phone": "5550 1111"}));
            stage.click(&ana, Module::Accounts, &account);
            {
                let mut world = stage.world.borrow_mut();
                world.zoho.answers_mut().read_only_value = value;
                world.zoho.clone_profile("Administrator", "Half").unwrap();
                let closed = ("Accounts".to_owned(), "Phone".to_owned());
                world.zoho.profile_named_mut("Half").unwrap().read_only_fields.insert(closed);
                world.zoho.set_profile(support::ADMIN, "Half");
            }
            stage.advance(11 * 60);
            let ana = stage.administrator(support::ADMIN);
            let contact = stage.xero(Module::Accounts, &account)["ContactID"].as_str().unwrap().to_owned();
            let phones = json!([{"PhoneType": "DEFAULT", "PhoneNumber": "5550 2222"}]);
            stage.edit_xero("Contacts", &contact, json!({"Phones": phones}));
            for time in ["first", "second"] {
                stage.advance(60);
                let told = format!("{value:?}, run: {run}, {time}");
                let problems = if run {
                    let run = stage.run_all(&ana, &[Module::Accounts], Direction::Both, Scope::Everything);
                    stage.entries_of(&run.id).into_iter().flat_map(|entry| entry.problems).collect()
                } else {
                    stage.click(&ana, Module::Accounts, &account).entry.problems
                };
                let crm = stage.crm(Module::Accounts, &account)["Phone"].clone();
                assert_eq!(crm, json!("5550 1111"), "{told}");
                let xero = stage.xero(Module::Accounts, &account)["Phones"].to_string();
                assert!(
                    xero.contains("5550 2222"),
                    "{told}: what was not written is no change of the CRM's: {problems:#?}"
                );
                if time == "first" {
                    let codes: Vec<Code> = problems.iter().map(|problem| problem.code).collect();
                    assert!(codes.contains(&Code::FieldNotWritten), "{told}: {problems:#?}");
                }
            }
        }
    }
}

/// Z9, where no field tells its rights: a refused value is left out with a warning that names it, and the rest is written.
/// One that is lost without a word can't be known: the CRM's old value then counts as an edit, and wins.
#[test]
fn what_may_only_be_read_is_told_by_the_refusal_where_no_field_tells_its_rights() {
    for value in [ReadOnlyValue::Refused, ReadOnlyValue::Ignored] {
        let (stage, _) = stage();
        let row = json!({"Account_Name": "Numbat Nursery", "Phone": "5550 1111"});
        let account = insert(&stage, Module::Accounts, &row);
        {
            let mut world = stage.world.borrow_mut();
            world.zoho.answers_mut().read_only_value = value;
            world.zoho.answers_mut().field_rights = FieldRights::Untold;
            world.zoho.clone_profile("Administrator", "Half").unwrap();
            let closed = ("Accounts".to_owned(), "Phone".to_owned());
            world.zoho.profile_named_mut("Half").unwrap().read_only_fields.insert(closed);
            world.zoho.set_profile(support::ADMIN, "Half");
        }
        stage.advance(11 * 60);
        let ana = stage.administrator(support::ADMIN);
        stage.click(&ana, Module::Accounts, &account);
        let contact = stage.xero(Module::Accounts, &account)["ContactID"].as_str().unwrap().to_owned();
        let phones = json!([{"PhoneType": "DEFAULT", "PhoneNumber": "5550 2222"},
            {"PhoneType": "FAX", "PhoneNumber": "5550 3333"}]);
        stage.edit_xero("Contacts", &contact, json!({"Phones": phones}));
        stage.advance(60);
        let first = stage.click(&ana, Module::Accounts, &account).entry;
        let crm = stage.crm(Module::Accounts, &account);
        assert_eq!((&crm["Phone"], &crm["Fax"]), (&json!("5550 1111"), &json!("5550 3333")), "{value:?}");
        let told = codes(&first).contains(&Code::CrmValueRefused);
        assert_eq!(told, value == ReadOnlyValue::Refused, "{value:?}: {:#?}", first.problems);
        stage.advance(60);
        stage.click(&ana, Module::Accounts, &account);
        let xero = stage.xero(Module::Accounts, &account)["Phones"].to_string();
        let kept = if value == ReadOnlyValue::Refused { "5550 2222" } else { "5550 1111" };
        assert!(xero.contains(kept), "{value:?}: {xero}");
    }
}

/// Z15, where no field tells its rights: a hidden field that is left out is seen to be hidden; one that is there and null
/// reads as empty, and the click of whoever does not see it sends the record without it.
#[test]
fn a_hidden_field_that_nothing_tells_reads_as_empty_only_where_it_is_shown_as_null() {
    for hidden in [HiddenField::Absent, HiddenField::Null] {
        let (stage, ana) = stage();
        let row = json!({"Account_Name": "Numbat Nursery", "Phone": "5550 1111"});
        let account = insert(&stage, Module::Accounts, &row);
        {
            let mut world = stage.world.borrow_mut();
            world.zoho.answers_mut().field_rights = FieldRights::Untold;
            world.zoho.answers_mut().hidden_field = hidden;
        }
        allow(&stage, |profile| {
            profile.hidden_fields.insert(("Accounts".to_owned(), "Phone".to_owned()));
        });
        let sam = stage.sign_in(SALES);
        let reply = stage.click(&sam, Module::Accounts, &account);
        assert_eq!(reply.entry.outcome, Outcome::Created, "{hidden:?}: {:#?}", reply.entry.problems);
        let sent = stage.xero(Module::Accounts, &account)["Phones"].to_string().contains("5550 1111");
        assert_eq!(sent, hidden == HiddenField::Absent, "{hidden:?}");
        // Whoever sees it mends it by the next click.
        stage.advance(60);
        stage.click(&ana, Module::Accounts, &account);
        let phones = stage.xero(Module::Accounts, &account)["Phones"].to_string();
        assert!(phones.contains("5550 1111"), "{hidden:?}: {phones}");
        assert_eq!(stage.crm(Module::Accounts, &account)["Phone"], json!("5550 1111"), "{hidden:?}");
    }
}

/// X17: two contacts of one name are told apart by nobody but a person, before anything is sent and where they come from Xero.
#[test]
fn several_contacts_of_one_name_are_asked_about() {
    let (stage, ana) = stage();
    xero_answers(&stage, |answers| answers.contact_names = ContactNames::MayRepeat);
    let account = insert(&stage, Module::Accounts, &json!({"Account_Name": "Numbat Nursery"}));
    for _ in 0..2 {
        let contact = stage.typed("Contacts", json!({"Name": "Numbat Nursery"}));
        let line = json!({"Description": "Work", "Quantity": 1, "UnitAmount": 10, "AccountCode": "200"});
        let sold = json!({"Type": "ACCREC", "Status": "AUTHORISED", "Contact": {"ContactID": contact},
            "Date": "2026-11-18", "DueDate": "2026-12-18", "LineItems": [line]});
        stage.typed("Invoices", sold);
    }
    let preview = stage.view(&ana, Module::Accounts, &account).unwrap().preview;
    let told: Vec<Code> = preview.problems.iter().map(|problem| problem.code).collect();
    assert!(told.contains(&Code::SeveralMatches), "{told:?}");
    let run = stage.run_all(&ana, &[Module::Accounts], Direction::ToCrm, Scope::Everything);
    let entries = stage.entries_of(&run.id);
    let told: Vec<Code> = entries.iter().flat_map(codes).collect();
    assert!(told.contains(&Code::SeveralMatches) || told.contains(&Code::SharedByTwo), "{entries:#?}");
    assert_eq!(stage.world.borrow().zoho.records("Accounts").len(), 1, "{told:?}");
    assert_eq!(stage.all_xero("Contacts").len(), 2);
}

/// Changes what the seller's profile may.
fn allow(stage: &Stage, change: impl FnOnce(&mut sandbox_zoho::Profile)) {
    let mut world = stage.world.borrow_mut();
    let profile = world.zoho.profile_of(SALES).unwrap().name.clone();
    change(world.zoho.profile_named_mut(&profile).unwrap());
}

/// Z3: the right to edit one module is not told under the name that fits: the others' is, and the record itself decides.
#[test]
fn a_module_whose_right_is_not_told_is_written_by_whom_its_records_let() {
    for untold in [None, Some("Accounts")] {
        let (stage, _) = Stage::connected(World::standard(BASE));
        stage.world.borrow_mut().zoho.answers_mut().untold_right = untold;
        let sam = stage.sign_in(SALES);
        let reply = stage.click(&sam, Module::Accounts, seed::ACCOUNT_TWO_CONTACTS);
        assert_eq!(reply.entry.outcome, Outcome::Created, "{untold:?}: {:#?}", reply.entry.problems);
        allow(&stage, |profile| profile.read_only_modules.extend(["Accounts", "Vendors"].map(str::to_owned)));
        stage.advance(11 * 60);
        let sam = stage.sign_in(SALES);
        for (module, record) in [(Module::Accounts, seed::FIRST_ACCOUNT), (Module::Vendors, seed::FIRST_VENDOR)] {
            let before = stage.all_xero("Contacts").len();
            let reply = stage.click(&sam, module, record);
            assert!(codes(&reply.entry).contains(&Code::CrmNotEditable), "{untold:?}: {:#?}", reply.entry.problems);
            assert_eq!(stage.all_xero("Contacts").len(), before, "{untold:?} {module:?}");
        }
    }
}

/// Z8: a profile that a new field does not name may do everything, or sees nothing: each that we are told of is named.
#[test]
fn our_fields_name_every_profile_so_the_others_do_not_matter() {
    let permissions = |unnamed: Unnamed| -> Vec<(String, String, Permission)> {
        let mut world = World::standard(BASE);
        world.zoho.answers_mut().unnamed_profile = unnamed;
        let (stage, _) = Stage::connected(world);
        let sam = stage.sign_in(SALES);
        let reply = stage.click(&sam, Module::Accounts, seed::ACCOUNT_TWO_CONTACTS);
        assert_eq!(reply.entry.outcome, Outcome::Created, "{unnamed:?}: {:#?}", reply.entry.problems);
        assert!(stage.crm(Module::Accounts, seed::ACCOUNT_TWO_CONTACTS)["Xero_ID"].is_string());
        let world = stage.world.borrow();
        let mut permissions = Vec::new();
        for module in Module::ALL {
            for field in &shared::zoho::custom_fields(module) {
                for profile in world.zoho.profiles() {
                    let permission = profile.permission(module.api_name(), field.api_name);
                    permissions.push((profile.name.clone(), format!("{module:?} {}", field.api_name), permission));
                }
            }
        }
        permissions
    };
    let (everything, nothing) = (permissions(Unnamed::ReadsAndWrites), permissions(Unnamed::SeesNothing));
    assert!(everything.iter().all(|(.., permission)| *permission != Permission::Hidden), "{everything:?}");
    assert_eq!(everything, nothing);
}

/// Z10: a query that names a hidden field is refused, or finds nothing by it. What is shown is found either way.
#[test]
fn a_search_finds_by_what_the_user_is_shown_and_by_nothing_else() {
    for hidden_column in [HiddenColumn::Refused, HiddenColumn::Absent] {
        let (stage, ana) = stage();
        insert(
            &stage,
            Module::Products,
            &json!({"Product_Name": "Soil", "Product_Code": "EARTH", "Product_Active": true}),
        );
        stage.world.borrow_mut().zoho.answers_mut().hidden_column = hidden_column;
        let sam = stage.sign_in(SALES);
        let desk = Desk::default();
        let engine = stage.engine(&desk);
        let found = |who: &engine::access::rights::Member, text: &str| {
            let query = RecordsQuery { name: Some(text.to_owned()), ids: None };
            stage.run(engine.find_records(who, Module::Products, &query)).unwrap().records.len()
        };
        assert_eq!(["soil", "earth"].map(|text| found(&sam, text)), [1, 1], "{hidden_column:?}");
        allow(&stage, |profile| _ = profile.hidden_fields.insert(("Products".to_owned(), "Product_Code".to_owned())));
        assert_eq!(["soil", "earth"].map(|text| found(&sam, text)), [1, 0], "{hidden_column:?}");
        assert_eq!(found(&ana, "earth"), 1);
    }
}

/// Z14: a refusal on the consent page sends back one word, another, or none; Xero's likewise.
#[test]
fn a_refusal_is_told_whatever_word_comes_back_and_nothing_is_kept() {
    for word in [Some("access_denied"), Some("consent_declined"), None] {
        let (stage, ana) = stage();
        stage.world.borrow_mut().zoho.answers_mut().refusal = word;
        let grants = stage.texts("SELECT id FROM grants ORDER BY id");
        let mut refusals = Vec::new();
        for connects in [false, true] {
            let url = stage.go_on(&stage.begin_sign_in(connects));
            let came_back = stage.consent("/zoho/accounts/oauth/v2/auth/consent", &url, &[("decision", "deny")]);
            assert_eq!(parameter(&came_back, "error").as_deref(), word);
            refusals.push(stage.offer_sign_in(&came_back).unwrap_err());
        }
        let desk = Desk::default();
        let request = ConnectRequest { challenge: engine::text::sha256(VERIFIER) };
        let url = stage.run(stage.engine(&desk).begin_xero(&ana, &stage.session_of(&ana), &request)).unwrap();
        let state = parameter(&url, "state").unwrap();
        refusals.push(stage.run(connect::returned(&stage, &stage.config, &state, None, word)).unwrap_err());
        for refused in refusals {
            let problem = refused.problem;
            match word {
                Some(word) if word != "access_denied" => {
                    assert!(problem.said.as_ref().is_some_and(|said| said.contains(word)), "{problem:#?}");
                }
                _ => assert_eq!(problem.code, Code::FlowRefused, "{word:?}"),
            }
        }
        assert_eq!(stage.number("SELECT count(*) FROM parked"), 0, "{word:?}");
        assert_eq!(stage.texts("SELECT id FROM grants ORDER BY id"), grants, "{word:?}");
    }
}

/// Z29: the first document in a currency has no other to be held against, so its rate goes as it stands, in either sense.
/// The next ones are held against it.
#[test]
fn a_first_rate_goes_as_it_stands_and_the_next_in_the_other_sense_is_asked_about() {
    for (first, next) in [(0.65, 1.538_462), (1.538_462, 0.65)] {
        let (stage, ana) = stage();
        stage.choose(|settings| settings.documents.send_exchange_rate = true);
        let more = json!({"Currency": "USD", "Exchange_Rate": first});
        let record = document(&stage, Module::Invoices, &[("200", json!(0), gst())], &more);
        let reply = stage.click(&ana, Module::Invoices, &record);
        assert_eq!(reply.entry.outcome, Outcome::Created, "{first}: {:#?}", reply.entry.problems);
        assert_eq!(stage.xero(Module::Invoices, &record)["CurrencyRate"], json!(first));
        assert_at_rest(&stage, &ana, Module::Invoices, &record);
        let crm = stage.crm(Module::Invoices, &record);
        let product = crm["Invoiced_Items"][0]["Product_Name"]["id"].clone();
        let line = json!({"Product_Name": {"id": product}, "Quantity": 1, "List_Price": 300, "Line_Tax": gst()});
        let another = json!({"Subject": "More soil", "Status": "Approved", "Account_Name": {"id": crm["Account_Name"]["id"]},
            "Invoice_Date": "2026-11-19", "Due_Date": "2026-12-19", "Currency": "USD", "Exchange_Rate": next,
            "Invoiced_Items": [line]});
        let another = insert(&stage, Module::Invoices, &another);
        let reply = stage.click(&ana, Module::Invoices, &another);
        assert_eq!(reply.entry.outcome, Outcome::Undecided, "{next}: {:#?}", reply.entry.problems);
        assert!(codes(&reply.entry).contains(&Code::ExchangeRateFar), "{:#?}", reply.entry.problems);
    }
}

/// Z45: a document whose total has no tax says so, or says nothing.
#[test]
fn a_total_without_a_tax_costs_a_read_more_where_nothing_says_so() {
    for taxes in [json!([]), gst()] {
        let sent = |total_tax: TotalTax| {
            let (stage, _) = stage();
            stage.world.borrow_mut().zoho.set_tax_mode(TaxMode::Total);
            stage.world.borrow_mut().zoho.answers_mut().total_tax = total_tax;
            let record =
                document(&stage, Module::Invoices, &[("200", json!(0), json!([]))], &json!({"$line_tax": taxes}));
            let sam = stage.sign_in(SALES);
            let mark = stage.world.borrow().mark();
            let reply = stage.click(&sam, Module::Invoices, &record);
            let reads =
                stage.world.borrow().calls_since(mark).iter().filter(|call| call.path.ends_with(&record)).count();
            assert_eq!(reply.entry.outcome, Outcome::Created, "{total_tax:?}: {:#?}", reply.entry.problems);
            let document = stage.xero(Module::Invoices, &record);
            (
                json!([document["Total"], document["TotalTax"], document["LineItems"][0]["TaxType"]]),
                codes(&reply.entry),
                reads,
            )
        };
        let (each, some) = (sent(TotalTax::OnEach), sent(TotalTax::WhereThereIsOne));
        assert_eq!((&each.0, &each.1), (&some.0, &some.1), "{taxes}");
        assert_eq!(some.2 > each.2, taxes == json!([]), "{taxes}: {} and {} calls", each.2, some.2);
    }
}

/// X1: items need one scope, the other, or either: we ask for both, and who was not given the one is told.
#[test]
fn items_are_written_with_whichever_scope_they_need_and_its_lack_is_told() {
    for (item_scope, needed) in
        [(ItemScope::Invoices, "accounting.invoices"), (ItemScope::Settings, "accounting.settings")]
    {
        let soil = json!({"Product_Name": "Soil", "Product_Code": "SOIL", "Product_Active": true});
        let (stage, ana) = stage();
        xero_answers(&stage, |answers| answers.item_scope = item_scope);
        let product = insert(&stage, Module::Products, &soil);
        let reply = stage.click(&ana, Module::Products, &product);
        assert_eq!(reply.entry.outcome, Outcome::Created, "{item_scope:?}: {:#?}", reply.entry.problems);
        // Somebody took the permission away when the organisation was connected again.
        stage.world.borrow_mut().xero.withhold_scopes(&[needed]);
        stage.connect_xero(&ana, 0);
        stage.edit(Module::Products, &product, &json!({"Product_Name": "Black soil"}));
        stage.advance(5);
        // Without the settings, which each click reads, the click is refused as a whole.
        let told = match stage.try_click(&ana, Module::Products, &product) {
            Ok(reply) => codes(&reply.entry),
            Err(refused) => vec![refused.problem.code],
        };
        assert!(told.contains(&Code::XeroScopeMissing), "{item_scope:?}: {told:?}");
        assert_eq!(stage.all_xero("Items")[0]["Name"], "Soil");
        let desk = Desk::default();
        let status = stage.run(stage.engine(&desk).status(&ana)).unwrap();
        assert_eq!(status.xero_lacks, [needed]);
    }
}

/// X2: a connection that is authorised again is found by the first authentication event or by the new one.
#[test]
fn a_repeated_consent_connects_what_it_names_and_asks_where_it_names_nothing() {
    for repeated_consent in [RepeatedConsent::KeepsTheFirst, RepeatedConsent::TakesTheNew] {
        let stage = Stage::new(World::standard(BASE));
        let ana = stage.connect_crm(ADMIN);
        xero_answers(&stage, |answers| answers.repeated_consent = repeated_consent);
        let offered = [0, 1, 0].map(|organisation| stage.offer_xero(&ana, organisation).unwrap());
        stage.execute("DELETE FROM parked WHERE rowid NOT IN (SELECT max(rowid) FROM parked)");
        let claimed = stage.claim_xero(&ana, &offered[2].code).unwrap();
        if repeated_consent == RepeatedConsent::KeepsTheFirst {
            assert_eq!((claimed.connected, claimed.choose.len()), (None, 2), "both are offered");
            assert!(stage.choose_xero(&ana, &stage.tenant(0)).unwrap().connected.is_some());
        } else {
            assert!(claimed.connected.is_some(), "{claimed:?}");
        }
        assert_eq!(stage.texts("SELECT tenant FROM connections"), [stage.tenant(0)], "{repeated_consent:?}");
        let reply = stage.click(&ana, Module::Accounts, seed::FIRST_ACCOUNT);
        assert_eq!(reply.entry.outcome, Outcome::Created, "{:#?}", reply.entry.problems);
    }
}

/// X4: whether Xero remembers a key for minutes or for a day, nothing is sent twice, and nothing old is answered.
#[test]
fn a_key_that_is_remembered_for_a_day_neither_doubles_nor_keeps_a_failure() {
    for key_memory in [KeyMemory::SixMinutes, KeyMemory::ADay] {
        for minutes in [1, 7] {
            let lost = |phase| Rule {
                repeat: Repeat::Always,
                ..Rule::at(ApiName::Xero, &http::Method::PUT, "/api/api.xro/2.0/Invoices", phase, Effect::Drop)
            };
            let told = format!("{key_memory:?}, {minutes} minutes");
            let (stage, ana) = Stage::connected(World::standard(BASE));
            xero_answers(&stage, |answers| answers.key_memory = key_memory);
            let before = stage.all_xero("Invoices").len();
            // The answer is lost.
            stage.world.borrow_mut().gate.faults.add(lost(Phase::After));
            let reply = stage.click(&ana, Module::Invoices, seed::FIRST_INVOICE);
            assert_eq!(reply.entry.outcome, Outcome::Deferred, "{told}");
            stage.world.borrow_mut().gate.faults.clear();
            stage.advance(minutes * 60);
            stage.click(&ana, Module::Invoices, seed::FIRST_INVOICE);
            assert_eq!(stage.all_xero("Invoices").len(), before + 1, "{told}");
            assert!(stage.crm(Module::Invoices, seed::FIRST_INVOICE)["Xero_ID"].is_string(), "{told}");
            // An outage is remembered under its key, too.
            let account = insert(&stage, Module::Accounts, &json!({"Account_Name": "Numbat Nursery"}));
            stage.world.borrow_mut().xero.set_offline(None, Some("The Xero API is temporarily unavailable"));
            let reply = stage.click(&ana, Module::Accounts, &account);
            assert_ne!(reply.entry.outcome, Outcome::Created, "{told}");
            stage.world.borrow_mut().xero.set_offline(None, None);
            stage.advance(minutes * 60);
            let reply = stage.click(&ana, Module::Accounts, &account);
            assert_eq!(reply.entry.outcome, Outcome::Created, "{told}: {:#?}", reply.entry.problems);
        }
    }
}

/// X7: what the list of changes does not see comes within a day; what it sees, with the next run.
#[test]
fn a_due_date_comes_at_once_where_its_change_is_seen_and_within_a_day_else() {
    for unseen_changes in [UnseenChanges::AsReported, UnseenChanges::None] {
        let (stage, ana) = stage();
        xero_answers(&stage, |answers| answers.unseen_changes = unseen_changes);
        let record = document(&stage, Module::Invoices, &[("200", json!(0), gst())], &json!({}));
        stage.click(&ana, Module::Invoices, &record);
        let invoice = stage.xero(Module::Invoices, &record)["InvoiceID"].as_str().unwrap().to_owned();
        let (tenant, now) = (stage.tenant(0), stage.now_utc());
        stage.world.borrow_mut().xero.pay(&tenant, &invoice, 100.into(), now.date_naive(), now).unwrap();
        let run = |scope| {
            stage.advance(600);
            let run = stage.run_all(&ana, &[Module::Invoices], Direction::Both, scope);
            assert_eq!(run.state, RunState::Done, "{unseen_changes:?}: {run:?}");
            stage.crm(Module::Invoices, &record)["Due_Date"].clone()
        };
        assert_eq!(run(Scope::Everything), "2026-12-18");
        stage.advance(600);
        stage.edit_xero("Invoices", &invoice, json!({"DueDate": "2027-01-15"}));
        let seen = if unseen_changes == UnseenChanges::None { "2027-01-15" } else { "2026-12-18" };
        assert_eq!(run(Scope::SinceLast), seen, "{unseen_changes:?}");
        stage.advance(86_400);
        assert_eq!(run(Scope::SinceLast), "2027-01-15", "{unseen_changes:?}");
        assert_at_rest(&stage, &ana, Module::Invoices, &record);
    }
}

/// X8: nothing is sent into a locked period, whether or not Xero would let an adviser's application write there.
#[test]
fn nothing_is_sent_into_a_locked_period_whoever_has_connected() {
    for period_lock in [PeriodLock::Everybody, PeriodLock::NoAdviser] {
        let (stage, ana) = stage();
        xero_answers(&stage, |answers| answers.period_lock = period_lock);
        let record = document(&stage, Module::Invoices, &[("200", json!(0), gst())], &json!({}));
        let tenant = stage.tenant(0);
        stage.world.borrow_mut().xero.set_lock_dates(&tenant, "2026-11-30".parse().ok(), None).unwrap();
        for run in [false, true] {
            stage.advance(86_400);
            let told = if run {
                let run = stage.run_all(&ana, &[Module::Invoices], Direction::ToXero, Scope::Everything);
                stage.entries_of(&run.id).iter().flat_map(codes).collect()
            } else {
                codes(&stage.click(&ana, Module::Invoices, &record).entry)
            };
            assert!(told.contains(&Code::PeriodLocked), "{period_lock:?}: {told:?}");
            assert!(stage.all_xero("Invoices").is_empty(), "{period_lock:?}");
        }
    }
}

/// X20: a document of zero that is paid by its approval has a date of it, or none.
#[test]
fn an_invoice_of_zero_that_is_paid_shows_a_date_where_xero_has_one() {
    for zero_paid in [ZeroPaid::Undated, ZeroPaid::Dated] {
        let (stage, ana) = stage();
        xero_answers(&stage, |answers| answers.zero_paid = zero_paid);
        let record = document(&stage, Module::Invoices, &[("0", json!(0), gst())], &json!({}));
        let reply = stage.click(&ana, Module::Invoices, &record);
        assert_eq!(reply.entry.outcome, Outcome::Created, "{:#?}", reply.entry.problems);
        assert_eq!(stage.xero(Module::Invoices, &record)["Status"], "PAID");
        stage.advance(60);
        stage.click(&ana, Module::Invoices, &record);
        let crm = stage.crm(Module::Invoices, &record);
        let date = if zero_paid == ZeroPaid::Dated { json!("2026-11-18") } else { Value::Null };
        assert_eq!((&crm["Xero_Status"], &crm["Xero_Paid_On"]), (&json!("PAID"), &date), "{zero_paid:?}");
        assert_at_rest(&stage, &ana, Module::Invoices, &record);
    }
}

/// Z28: the CRM rounds a total to its currency's coins or to cents: a difference by that is told and stops nothing.
#[test]
fn a_total_in_coins_of_its_own_goes_however_the_crm_rounds_it() {
    for coins in [Coins::OfTheCurrency, Coins::Cents] {
        for (currency, price) in [("JPY", "105.5"), ("KWD", "10.125")] {
            let mut world = World::empty(BASE);
            world.zoho.add_currency("JPY", "Japanese Yen", 98.into(), 0);
            world.zoho.add_currency("KWD", "Kuwaiti Dinar", Decimal::new(2, 1), 3);
            world.zoho.answers_mut().coins = coins;
            let (tenant, now) = (world.xero.organisations()[0].tenant.clone(), world.now());
            world.xero.insert(&tenant, "Currencies", json!({"Code": currency}), now).unwrap();
            let (stage, ana) = Stage::connected(world);
            let more = json!({"Currency": currency});
            let record = document(&stage, Module::Invoices, &[(price, json!(0), gst())], &more);
            let reply = stage.click(&ana, Module::Invoices, &record);
            let told = format!("{coins:?} {currency}");
            assert_eq!(reply.entry.outcome, Outcome::Created, "{told}: {:#?}", reply.entry.problems);
            let (crm, xero) = (stage.crm(Module::Invoices, &record), stage.xero(Module::Invoices, &record));
            let (crm, xero) = (money(&crm["Grand_Total"]), money(&xero["Total"]));
            assert_eq!(codes(&reply.entry).contains(&Code::TotalDiffersByCents), crm != xero, "{told}: {crm} {xero}");
            assert!(!codes(&reply.entry).contains(&Code::TotalDiffers), "{told}");
            assert_at_rest(&stage, &ana, Module::Invoices, &record);
        }
    }
}

/// X22, X23: what Xero may take beyond what is known is never sent, so that whether it does makes no difference.
#[test]
fn what_xero_may_take_and_nobody_knows_is_not_sent() {
    let sent = |tax_types: TaxTypes, countries: Countries| {
        let (stage, ana) = stage();
        xero_answers(&stage, |answers| (answers.tax_types, answers.countries) = (tax_types, countries));
        let account = json!({"Account_Name": "Wombat Works", "Billing_Street": "1 High Street", "Billing_Country": "Guinea-Bissau"});
        let account = insert(&stage, Module::Accounts, &account);
        let reply = stage.click(&ana, Module::Accounts, &account);
        assert_eq!(reply.entry.outcome, Outcome::Created, "{countries:?}: {:#?}", reply.entry.problems);
        let addresses = stage.xero(Module::Accounts, &account)["Addresses"].clone();
        // A tax of purchases, chosen for sales.
        let purchases = TaxMapping { sales: Some("INPUT".to_owned()), purchases: Some("INPUT".to_owned()) };
        stage.choose(|settings| drop(settings.taxes.insert("GST".to_owned(), purchases)));
        let record = document(&stage, Module::Invoices, &[("200", json!(0), gst())], &json!({}));
        let reply = stage.click(&ana, Module::Invoices, &record);
        assert!(stage.all_xero("Invoices").iter().all(|invoice| invoice["LineItems"][0]["TaxType"] != "INPUT"));
        (addresses, reply.entry.outcome, codes(&reply.entry))
    };
    let strict = sent(TaxTypes::ByDocumentAndAccount, Countries::Letters);
    assert!(!strict.0.to_string().contains("Guinea-Bissau"), "{}", strict.0);
    assert!(strict.2.contains(&Code::TaxTypeWrongSide), "{:?}", strict.2);
    assert_eq!(strict, sent(TaxTypes::ByAccount, Countries::Punctuated));
}
