//! A record is written with the rights of who clicks.

use crate::support::{BASE, Stage, id};
use crate::{SALES, allow, typed_at_xero};
use engine::access::rights::Member;
use engine::sync::Desk;
use sandbox::{Mark, World, seed};
use sandbox_zoho::{Approval, Editable, LockedFor, Others, ProfilesFor, RecordFlag};
use serde_json::{Value, json};
use shared::api::runs::{PairChoice, RecordRef, RunRequest, Scope};
use shared::api::{Action, DependencyView, EntryView, FieldChange, Outcome, Why};
use shared::module::Module;
use shared::problem::{Code, Problem};
use shared::settings::{ApprovedEdits, Circle, Direction, UpTo};

/// Modules that the seller may read only.
fn read_only(stage: &Stage, modules: &[&str]) {
    allow(stage, |profile| profile.read_only_modules.extend(modules.iter().map(|module| (*module).to_owned())));
}

/// Both sides' records as they are.
fn both_sides(stage: &Stage) -> Vec<Value> {
    let world = stage.world.borrow();
    let crm = Module::ALL.iter().flat_map(|module| world.zoho.records(module.api_name()));
    let tenant = stage.tenant(0);
    let xero = ["Contacts", "Items", "Invoices"].into_iter().flat_map(|resource| world.xero.all(&tenant, resource));
    crm.chain(xero).collect()
}

/// The paths of the calls since a mark.
fn paths_since(stage: &Stage, mark: Mark) -> Vec<String> {
    stage.world.borrow().calls_since(mark).iter().map(|call| call.path.clone()).collect()
}

pub(super) fn has(problems: &[Problem], code: Code) -> bool {
    problems.iter().any(|problem| problem.code == code)
}

/// A run of chosen records, with all that it left.
fn run_of(stage: &Stage, who: &Member, module: Module, records: &[&str]) -> Vec<EntryView> {
    let desk = Desk::default();
    let records = records.iter().map(|record| RecordRef { module, id: (*record).to_owned() }).collect();
    let pairs = vec![PairChoice { module, direction: Direction::Both }];
    let request = RunRequest { pairs, scope: Scope::Records(records), preview: false };
    let run = stage.run(stage.engine(&desk).start_run(who, &request)).unwrap();
    stage.take_steps_of_run(&desk, who);
    stage.entries_of(&run.id)
}

#[test]
fn a_click_of_a_user_who_may_only_read_writes_nothing_anywhere() {
    for editable in [Editable::SavesNow, Editable::SharedForWriting] {
        for linked in [false, true] {
            let (stage, ana) = Stage::connected(World::standard(BASE));
            stage.world.borrow_mut().zoho.answers_mut().editable = editable;
            let account = seed::FIRST_ACCOUNT;
            if linked {
                stage.click(&ana, Module::Accounts, account);
                stage.edit(Module::Accounts, account, &json!({"Account_Name": "Renamed"}));
                let contact = stage.xero(Module::Accounts, account)["ContactID"].as_str().unwrap().to_owned();
                stage.advance(5);
                stage.edit_xero("Contacts", &contact, json!({"TaxNumber": "51 824 753 556"}));
            }
            read_only(&stage, &["Accounts"]);
            let sam = stage.sign_in(SALES);
            let before = (both_sides(&stage), stage.texts("SELECT concat(crm_id, body) FROM links"));
            let view = stage.view(&sam, Module::Accounts, account).unwrap();
            assert_eq!(view.preview.action, Action::Blocked);
            assert!(has(&view.preview.problems, Code::CrmNotEditable), "{:#?}", view.preview.problems);
            let reply = stage.click(&sam, Module::Accounts, account);
            assert_eq!(reply.entry.outcome, Outcome::Failed, "{editable:?} {linked}");
            let told = reply.entry.problems.iter().find(|problem| problem.code == Code::CrmNotEditable).unwrap();
            assert!(told.what.contains("Sam") && told.why.contains("Standard"), "{told:?}");
            let entries = run_of(&stage, &sam, Module::Accounts, &[account]);
            assert!(has(&entries[0].problems, Code::CrmNotEditable), "{entries:#?}");
            let after = (both_sides(&stage), stage.texts("SELECT concat(crm_id, body) FROM links"));
            assert_eq!(before, after, "{editable:?} {linked}");
            assert_eq!(stage.number("SELECT count(*) FROM waiting"), 0, "it waits for nobody with other rights");
        }
    }
}

#[test]
fn a_colleague_s_record_that_is_shared_for_reading_is_not_written() {
    for editable in [Editable::SavesNow, Editable::SharedForWriting] {
        let (stage, _) = Stage::connected(World::standard(BASE));
        stage.world.borrow_mut().zoho.answers_mut().editable = editable;
        allow(&stage, |profile| profile.others = Others::Read);
        let sam = stage.sign_in(SALES);
        let before = both_sides(&stage);
        let reply = stage.click(&sam, Module::Accounts, seed::FIRST_ACCOUNT);
        assert!(has(&reply.entry.problems, Code::CrmNotEditable), "{editable:?} {:#?}", reply.entry.problems);
        assert_eq!(before, both_sides(&stage));
    }
}

#[test]
fn where_zoho_does_not_tell_what_a_profile_allows_the_record_itself_decides() {
    let (stage, ana) = Stage::connected(World::standard(BASE));
    stage.world.borrow_mut().zoho.answers_mut().profiles = ProfilesFor::Nobody;
    let own = stage.click(&ana, Module::Accounts, seed::FIRST_ACCOUNT);
    assert_eq!(own.entry.outcome, Outcome::Created, "{:#?}", own.entry.problems);
    let sam = stage.sign_in(SALES);
    let reply = stage.click(&sam, Module::Accounts, seed::ACCOUNT_TWO_CONTACTS);
    assert_eq!(reply.entry.outcome, Outcome::Created, "{:#?}", reply.entry.problems);
    read_only(&stage, &["Vendors"]);
    let reply = stage.click(&sam, Module::Vendors, seed::FIRST_VENDOR);
    assert!(has(&reply.entry.problems, Code::CrmNotEditable), "{:#?}", reply.entry.problems);
}

#[test]
fn an_approved_and_locked_invoice_of_somebody_who_may_edit_is_sent() {
    let flags =
        [RecordFlag::Locked(true), RecordFlag::Approval(Approval::Pending), RecordFlag::Approval(Approval::InReview)];
    for editable in [Editable::SavesNow, Editable::SharedForWriting] {
        for flag in flags {
            let (stage, _) = Stage::connected(World::standard(BASE));
            let record = seed::FIRST_INVOICE;
            stage.edit(Module::Invoices, record, &json!({"Status": "Approved"}));
            {
                let zoho = &mut stage.world.borrow_mut().zoho;
                zoho.answers_mut().editable = editable;
                assert!(zoho.set_record_flag("Invoices", record, flag));
            }
            let sam = stage.sign_in(SALES);
            let reply = stage.click(&sam, Module::Invoices, record);
            // The lock keeps our own fields out, too, and the entry says so. The document is in Xero all the same.
            assert!(!has(&reply.entry.problems, Code::CrmNotEditable), "{editable:?} {flag:?}");
            let sent = stage.all_xero("Invoices").into_iter().find(|one| one["InvoiceNumber"] == "INV-0001");
            let sent = sent.unwrap_or_else(|| panic!("{editable:?} {flag:?}: {:#?}", reply.entry.problems));
            assert_eq!(sent["Status"], "AUTHORISED");
        }
    }
}

/// Whether a lock keeps administrators out, too, is not known: it is one of them as whom the connection writes.
#[test]
fn a_lock_keeps_our_fields_out_or_lets_them_in_and_nothing_is_sent_twice() {
    for locked_for in [LockedFor::Everybody, LockedFor::AllButAdministrators] {
        let (stage, ana) = Stage::connected(World::standard(BASE));
        let record = seed::FIRST_INVOICE;
        {
            let zoho = &mut stage.world.borrow_mut().zoho;
            zoho.answers_mut().locked_for = locked_for;
            assert!(zoho.set_record_flag("Invoices", record, RecordFlag::Locked(true)));
        }
        let reply = stage.click(&ana, Module::Invoices, record);
        let written = stage.crm(Module::Invoices, record)["Xero_ID"].is_string();
        assert_eq!(written, locked_for == LockedFor::AllButAdministrators, "{:#?}", reply.entry.problems);
        assert_eq!(has(&reply.entry.problems, Code::CrmRecordLocked), !written, "{:#?}", reply.entry.problems);
        stage.click(&ana, Module::Invoices, record);
        let sent = stage.all_xero("Invoices");
        assert_eq!(sent.iter().filter(|one| one["InvoiceNumber"] == "INV-0001").count(), 1, "{locked_for:?}");
    }
}

/// Ana's invoice for a new customer with a new product.
fn for_a_new_customer(stage: &Stage, own: bool) -> (String, String, String) {
    let mut world = stage.world.borrow_mut();
    let sam = json!({"id": world.zoho.user_of(SALES).unwrap().id.to_string()});
    let account = json!({"Account_Name": "Night Owl Prints", "Phone": "02 5550 7777"});
    let account = world.zoho.insert("Accounts", &account).unwrap();
    let product = json!({"Product_Name": "Ink", "Product_Code": "INK-9", "Unit_Price": 12, "Product_Active": true});
    let product = world.zoho.insert("Products", &product).unwrap();
    let mut invoice = json!({
        "Subject": "Ink", "Status": "Approved", "Invoice_Date": "2026-03-02",
        "Account_Name": {"id": account},
        "Invoiced_Items": [{"Product_Name": {"id": product}, "Quantity": 2, "List_Price": 12}],
    });
    if own {
        invoice["Owner"] = sam;
    }
    (world.zoho.insert("Invoices", &invoice).unwrap(), account, product)
}

/// A record without our own fields and without what says who wrote last.
fn foreign(mut record: Value) -> Value {
    let fields = record.as_object_mut().unwrap();
    fields.retain(|name, _| !name.starts_with("Xero_") && !name.starts_with("Modified_") && name != "$approval_state");
    record
}

#[test]
fn a_seller_sends_an_invoice_of_a_new_customer_without_changing_the_customer() {
    for editable in [Editable::SavesNow, Editable::SharedForWriting] {
        for by_run in [false, true] {
            let (stage, _) = Stage::connected(World::standard(BASE));
            stage.world.borrow_mut().zoho.answers_mut().editable = editable;
            let (invoice, account, product) = for_a_new_customer(&stage, true);
            allow(&stage, |profile| {
                profile.read_only_modules.insert("Products".to_owned());
                profile.others = Others::Read;
            });
            let sam = stage.sign_in(SALES);
            let before = [stage.crm(Module::Accounts, &account), stage.crm(Module::Products, &product)].map(foreign);
            stage.advance(5);
            let problems = match by_run {
                true => run_of(&stage, &sam, Module::Invoices, &[&invoice])[0].problems.clone(),
                false => stage.click(&sam, Module::Invoices, &invoice).entry.problems,
            };
            let sent = stage.xero(Module::Invoices, &invoice);
            assert_eq!(
                (&sent["Status"], &sent["Contact"]["Name"]),
                (&json!("AUTHORISED"), &json!("Night Owl Prints")),
                "{problems:#?}"
            );
            assert_eq!(sent["LineItems"][0]["ItemCode"], "INK-9", "{by_run} {problems:#?}");
            assert!(stage.crm(Module::Accounts, &account)["Xero_ID"].is_string());
            assert!(stage.crm(Module::Products, &product)["Xero_ID"].is_string());
            let after = [stage.crm(Module::Accounts, &account), stage.crm(Module::Products, &product)].map(foreign);
            assert_eq!(before, after, "our own fields, and nothing else");
        }
    }
}

#[test]
fn a_customer_that_xero_has_is_linked_and_neither_side_s_values_change() {
    for by_run in [false, true] {
        let (stage, ana) = Stage::connected(World::standard(BASE));
        let (invoice, account, _) = for_a_new_customer(&stage, true);
        let (tenant, now) = (stage.tenant(0), stage.now_utc());
        let contact =
            json!({"Name": "Night Owl Prints", "TaxNumber": "51 824 753 556", "EmailAddress": "a@owl.example"});
        let contact = stage.world.borrow_mut().xero.insert(&tenant, "Contacts", contact, now).unwrap();
        allow(&stage, |profile| profile.others = Others::Read);
        let sam = stage.sign_in(SALES);
        let preview = stage.view(&sam, Module::Invoices, &invoice).unwrap().preview;
        let crm = foreign(stage.crm(Module::Accounts, &account));
        let entries = match by_run {
            true => run_of(&stage, &sam, Module::Invoices, &[&invoice]),
            false => vec![stage.click(&sam, Module::Invoices, &invoice).entry],
        };
        let told = entries.iter().find(|one| one.record_id == invoice).unwrap();
        assert_eq!(told.outcome, Outcome::Created, "{:#?}", told.problems);
        let part = |of: &[DependencyView]| {
            of.iter().any(|one| one.module == Module::Accounts && has(&one.problems, Code::PartNotSent))
        };
        assert!(part(&preview.dependencies), "{preview:#?}");
        // A step of a run may have no room for more than the customer; it is told with the invoice all the same.
        assert!(part(&told.dependencies), "{entries:#?}");
        assert_eq!(stage.crm(Module::Accounts, &account)["Xero_ID"], contact["ContactID"]);
        assert_eq!(crm, foreign(stage.crm(Module::Accounts, &account)));
        let now = stage.xero(Module::Accounts, &account);
        for field in ["Name", "TaxNumber", "EmailAddress", "Phones", "UpdatedDateUTC"] {
            assert_eq!(now[field], contact[field], "{field}");
        }
        // Nothing of it was taken for agreed: whoever may edit the account brings it across.
        stage.advance(5);
        stage.click(&ana, Module::Accounts, &account);
        let contact = stage.xero(Module::Accounts, &account);
        assert!(contact["Phones"].to_string().contains("5550"), "{contact:#}");
    }
}

#[test]
fn the_people_of_an_account_are_written_by_whoever_may_edit_contacts() {
    let (stage, ana) = Stage::connected(World::standard(BASE));
    let account = seed::FIRST_ACCOUNT;
    stage.click(&ana, Module::Accounts, account);
    let contact = stage.xero(Module::Accounts, account)["ContactID"].as_str().unwrap().to_owned();
    stage.advance(5);
    stage.edit_xero("Contacts", &contact, json!({"EmailAddress": "new@xero.example"}));
    read_only(&stage, &["Contacts"]);
    let sam = stage.sign_in(SALES);
    let people = |stage: &Stage| stage.world.borrow().zoho.records("Contacts");
    let before = people(&stage);
    stage.advance(5);
    let reply = stage.click(&sam, Module::Accounts, account);
    assert!(has(&reply.entry.problems, Code::PartNotSent), "{:#?}", reply.entry.problems);
    assert_eq!(before, people(&stage));
    stage.click(&ana, Module::Accounts, account);
    assert!(people(&stage).iter().any(|one| one["Email"] == "new@xero.example"), "it was not lost");
}

#[test]
fn the_right_to_write_costs_no_call() {
    let (stage, ana) = Stage::connected(World::standard(BASE));
    let key = (Module::Products, id(seed::FIRST_PRODUCT));
    stage.click(&ana, key.0, seed::FIRST_PRODUCT);
    stage.advance(5);
    let desk = Desk::default();
    let session = stage.session(SALES);
    let sam = stage.run(stage.engine(&desk).member(&session)).unwrap();
    stage.run(stage.engine(&desk).sync(&sam, key.0, &key.1)).unwrap();
    let mark = stage.world.borrow().mark();
    let sam = stage.run(stage.engine(&desk).member(&session)).unwrap();
    stage.run(stage.engine(&desk).sync(&sam, key.0, &key.1)).unwrap();
    let calls = stage.world.borrow().calls_since(mark).len();
    assert_eq!(calls, 2, "one to each side");
}

/// Lets only administrators and these profiles send documents, or parties and products.
pub(super) fn close(stage: &Stage, documents: Option<&[&str]>, parties: Option<&[&str]>) {
    let circle = |profiles: Option<&[&str]>| {
        let id = |name: &str| {
            let world = stage.world.borrow();
            let profile = world.zoho.profiles().iter().find(|profile| profile.name == name).unwrap();
            (id(&profile.id.to_string()), name.to_owned())
        };
        let chosen = profiles.into_iter().flatten().map(|name| id(name)).collect();
        Circle { closed: profiles.is_some(), profiles: chosen }
    };
    let (documents, parties) = (circle(documents), circle(parties));
    stage.choose(|settings| {
        settings.senders.documents = documents;
        settings.senders.parties = parties;
    });
}

/// Takes a run of the organisation to its end and gives its entries.
pub(super) fn scheduled(stage: &Stage, ana: &Member, modules: &[Module]) -> Vec<EntryView> {
    let run = stage.run_all(ana, modules, Direction::Both, Scope::SinceLast);
    stage.entries_of(&run.id)
}

pub(super) fn entry_of<'a>(entries: &'a [EntryView], record: &str) -> Option<&'a EntryView> {
    entries.iter().find(|entry| entry.record_id == record)
}

/// Changes a record as the seller.
pub(super) fn edit_as_sam(stage: &Stage, module: Module, record: &str, change: &Value) {
    stage.world.borrow_mut().edit(SALES, module.api_name(), record, change).unwrap();
}

/// Another user with a profile of their own.
fn hire_bookkeeper(stage: &Stage) -> Member {
    {
        let zoho = &mut stage.world.borrow_mut().zoho;
        zoho.add_profile("Books");
        zoho.add_user("Bea", "Books", "bea@bluegum.example", "Books").unwrap();
    }
    stage.sign_in("bea@bluegum.example")
}

fn invoices_at_xero(stage: &Stage) -> usize {
    stage.all_xero("Invoices").iter().filter(|one| one["InvoiceNumber"] == "INV-0001").count()
}

#[test]
fn who_may_not_send_to_the_books_sends_by_no_click_and_no_list() {
    let (stage, ana) = Stage::connected(World::standard(BASE));
    let bea = hire_bookkeeper(&stage);
    let record = seed::FIRST_INVOICE;
    stage.edit(Module::Invoices, record, &json!({"Status": "Approved"}));
    close(&stage, Some(&["Books"]), None);
    let sam = stage.sign_in(SALES);
    let before = both_sides(&stage);
    let view = stage.view(&sam, Module::Invoices, record).unwrap();
    assert!(has(&view.preview.problems, Code::SenderNotAllowed), "{:#?}", view.preview.problems);
    let told = stage.click(&sam, Module::Invoices, record).entry;
    let problem = told.problems.iter().find(|one| one.code == Code::SenderNotAllowed).unwrap();
    assert!(problem.what.contains("Sam") && problem.fix.contains("\"Books\""), "{problem:?}");
    let listed = run_of(&stage, &sam, Module::Invoices, &[record]);
    assert!(has(&listed[0].problems, Code::SenderNotAllowed) && listed[0].outcome == Outcome::Failed, "{listed:#?}");
    assert_eq!(before, both_sides(&stage), "not even the customer");
    assert_eq!(stage.number("SELECT count(*) FROM waiting"), 0);
    // Parties are a circle of their own.
    assert_eq!(stage.click(&sam, Module::Accounts, seed::FIRST_ACCOUNT).entry.outcome, Outcome::Created);
    assert_eq!(stage.click(&bea, Module::Invoices, record).entry.outcome, Outcome::Created);
    stage.advance(5);
    // Nothing goes to Xero: what Xero knows still comes back for everybody.
    assert!(!has(&stage.click(&sam, Module::Invoices, record).entry.problems, Code::SenderNotAllowed));
    assert!(!has(&stage.click(&ana, Module::Invoices, record).entry.problems, Code::SenderNotAllowed));
}

#[test]
fn what_a_document_needs_first_is_sent_only_by_who_sends_parties() {
    let (stage, ana) = Stage::connected(World::standard(BASE));
    let record = seed::FIRST_INVOICE;
    stage.edit(Module::Invoices, record, &json!({"Status": "Approved"}));
    close(&stage, None, Some(&[]));
    let sam = stage.sign_in(SALES);
    let before = both_sides(&stage);
    let told = stage.click(&sam, Module::Invoices, record).entry;
    assert!(has(&told.problems, Code::DependencyFailed), "{:#?}", told.problems);
    assert!(told.dependencies.iter().any(|one| has(&one.problems, Code::SenderNotAllowed)), "{told:#?}");
    run_of(&stage, &sam, Module::Invoices, &[record]);
    assert_eq!(before, both_sides(&stage));
    assert_eq!(stage.click(&ana, Module::Invoices, record).entry.outcome, Outcome::Created);
}

#[test]
fn a_run_of_the_organisation_sends_only_what_was_released() {
    let (stage, ana) = Stage::connected(World::standard(BASE));
    let record = seed::FIRST_INVOICE;
    stage.edit(Module::Invoices, record, &json!({"Status": "Approved"}));
    close(&stage, Some(&[]), None);
    // Parties and products first, so that of the documents nothing but they themselves could call Xero.
    scheduled(&stage, &ana, &[Module::Accounts, Module::Contacts, Module::Vendors, Module::Products]);
    let documents = [Module::Invoices, Module::PurchaseOrders];
    let all = stage.all_xero("Invoices").len();
    stage.advance(60);
    for _ in 0..2 {
        let mark = stage.world.borrow().mark();
        let run = stage.run_all(&ana, &documents, Direction::ToXero, Scope::SinceLast);
        let entries = stage.entries_of(&run.id);
        let held = entry_of(&entries, record).unwrap();
        assert_eq!(held.outcome, Outcome::Deferred, "{held:#?}");
        assert!(has(&held.problems, Code::ToBeReleased) && held.problems[0].what.contains("an administrator"));
        // The organisation's lists are read again for one that could not be sent anyway.
        let records = ["/Contacts", "/Items", "/Invoices"];
        let at_xero: Vec<_> = paths_since(&stage, mark)
            .into_iter()
            .filter(|path| path.contains("/api.xro/2.0/") && records.iter().any(|name| path.contains(name)))
            .collect();
        assert!(at_xero.is_empty(), "{at_xero:#?}");
        assert!(stage.number("SELECT count(*) FROM waiting WHERE problem = 'to-be-released'") > 0);
        stage.advance(60);
    }
    assert_eq!(stage.all_xero("Invoices").len(), all);
    // The administrator's list is a release; Xero does not answer, so that the run is what sends it.
    stage.click(&ana, Module::Invoices, record);
    assert_eq!(invoices_at_xero(&stage), 1);
    stage.advance(60);
    stage.edit(Module::Invoices, record, &json!({"Due_Date": "2027-01-31"}));
    let entries = scheduled(&stage, &ana, &documents);
    let sent = entry_of(&entries, record).unwrap();
    assert_eq!(sent.outcome, Outcome::Updated, "the circle's own change: {sent:#?}");
}

#[test]
fn a_change_from_outside_the_circle_takes_a_release_back() {
    let (stage, ana) = Stage::connected(World::standard(BASE));
    stage.choose(|settings| settings.documents.approved_edits = ApprovedEdits::CrmGoesThrough);
    let record = seed::FIRST_INVOICE;
    stage.edit(Module::Invoices, record, &json!({"Status": "Approved"}));
    close(&stage, Some(&[]), None);
    let documents = [Module::Invoices];
    stage.click(&ana, Module::Invoices, record);
    scheduled(&stage, &ana, &documents);
    stage.advance(60);
    let due = |stage: &Stage| stage.xero(Module::Invoices, record)["DueDateString"].clone();
    let before = due(&stage);
    edit_as_sam(&stage, Module::Invoices, record, &json!({"Due_Date": "2027-06-30"}));
    // Our own writes, which are an administrator's, must not hide whose change it was.
    let sam = stage.sign_in(SALES);
    stage.advance(60);
    let desk = Desk::default();
    let pairs = vec![PairChoice { module: Module::Invoices, direction: Direction::ToCrm }];
    let scope = Scope::Records(vec![RecordRef { module: Module::Invoices, id: record.to_owned() }]);
    let request = RunRequest { pairs, scope, preview: false };
    stage.run(stage.engine(&desk).start_run(&sam, &request)).unwrap();
    stage.take_steps_of_run(&desk, &sam);
    stage.click(&sam, Module::Invoices, record);
    for _ in 0..2 {
        stage.advance(60);
        stage.edit(Module::Invoices, record, &json!({"Description": "looked at"}));
        let entries = scheduled(&stage, &ana, &documents);
        let held = entry_of(&entries, record).unwrap();
        assert!(has(&held.problems, Code::ToBeReleased), "{held:#?}");
        assert_eq!(due(&stage), before);
    }
    assert_eq!(stage.number("SELECT count(*) FROM releases"), 0);
    stage.advance(60);
    stage.click(&ana, Module::Invoices, record);
    assert_ne!(due(&stage), before, "with an administrator's word it goes");
}

#[test]
fn a_change_of_an_account_s_people_takes_its_release_back_too() {
    let (stage, ana) = Stage::connected(World::standard(BASE));
    close(&stage, None, Some(&[]));
    let account = seed::FIRST_ACCOUNT;
    stage.click(&ana, Module::Accounts, account);
    scheduled(&stage, &ana, &[Module::Accounts]);
    stage.advance(60);
    let contact =
        stage.world.borrow().zoho.records("Contacts").into_iter().find(|one| one["Account_Name"]["id"] == *account);
    let contact = contact.unwrap()["id"].as_str().unwrap().to_owned();
    edit_as_sam(&stage, Module::Contacts, &contact, &json!({"Email": "elsewhere@evil.example"}));
    stage.advance(60);
    let entries = scheduled(&stage, &ana, &[Module::Accounts]);
    let held = entry_of(&entries, account).unwrap();
    assert!(has(&held.problems, Code::ToBeReleased), "{held:#?}");
    assert!(!stage.xero(Module::Accounts, account).to_string().contains("evil.example"));
}

#[test]
fn a_release_ends_with_the_circle_whose_it_was() {
    let (stage, ana) = Stage::connected(World::standard(BASE));
    let bea = hire_bookkeeper(&stage);
    close(&stage, None, Some(&["Books"]));
    let account = seed::FIRST_ACCOUNT;
    assert_eq!(stage.click(&bea, Module::Accounts, account).entry.outcome, Outcome::Created);
    stage.advance(60);
    // The profile does not send any more: nobody who does has released the account yet, whoever changes it.
    close(&stage, None, Some(&[]));
    stage.edit(Module::Accounts, account, &json!({"Fax": "7"}));
    let entries = scheduled(&stage, &ana, &[Module::Accounts]);
    assert!(has(&entry_of(&entries, account).unwrap().problems, Code::ToBeReleased), "{entries:#?}");
}

#[test]
fn while_everybody_may_send_nothing_is_asked_or_kept() {
    let (stage, ana) = Stage::connected(World::standard(BASE));
    let sam = stage.sign_in(SALES);
    stage.click(&sam, Module::Accounts, seed::FIRST_ACCOUNT);
    let mark = stage.world.borrow().mark();
    scheduled(&stage, &ana, &[Module::Accounts]);
    assert_eq!(stage.number("SELECT count(*) FROM releases"), 0);
    let calls = paths_since(&stage, mark);
    assert!(calls.iter().any(|path| path.contains("/api.xro/2.0/")), "{calls:#?}");
    let users = calls.iter().filter(|path| path.contains("/users")).count();
    assert_eq!(users, 1, "whoever connected is asked after, and nobody else: {calls:#?}");
}

/// Lets only administrators' documents count as their status says.
fn approve_by_administrators(stage: &Stage, others: UpTo) {
    stage.choose(|settings| {
        settings.senders.approvers.closed = true;
        settings.senders.others = others;
    });
}

#[test]
fn what_others_send_is_approved_by_nobody_s_status() {
    for (others, status) in [(UpTo::Submitted, "SUBMITTED"), (UpTo::Draft, "DRAFT")] {
        let (stage, ana) = Stage::connected(World::standard(BASE));
        let record = seed::FIRST_INVOICE;
        stage.edit(Module::Invoices, record, &json!({"Status": "Approved"}));
        approve_by_administrators(&stage, others);
        let sam = stage.sign_in(SALES);
        let status_of = |stage: &Stage| stage.xero(Module::Invoices, record)["Status"].clone();
        let view = stage.view(&sam, Module::Invoices, record).unwrap();
        assert!(has(&view.preview.problems, Code::LeftForApproval), "{:#?}", view.preview.problems);
        let told = stage.click(&sam, Module::Invoices, record).entry;
        assert_eq!((told.outcome, status_of(&stage)), (Outcome::Created, json!(status)), "{:#?}", told.problems);
        assert!(has(&told.problems, Code::LeftForApproval));
        // Neither another click of theirs nor a run does it.
        for _ in 0..2 {
            stage.advance(60);
            edit_as_sam(&stage, Module::Invoices, record, &json!({"Due_Date": "2027-03-31"}));
            stage.click(&sam, Module::Invoices, record);
            scheduled(&stage, &ana, &[Module::Invoices]);
            assert_eq!(status_of(&stage), json!(status), "{others:?}");
        }
        assert_eq!(stage.xero(Module::Invoices, record)["DueDateString"], "2027-03-31T00:00:00", "the rest goes");
        assert_eq!(stage.crm(Module::Invoices, record)["Status"], "Approved");
        stage.advance(60);
        stage.click(&ana, Module::Invoices, record);
        assert_eq!(status_of(&stage), json!("AUTHORISED"), "an approver's click");
        stage.advance(60);
        scheduled(&stage, &ana, &[Module::Invoices]);
        assert_eq!(
            (status_of(&stage), stage.crm(Module::Invoices, record)["Status"].clone()),
            (json!("AUTHORISED"), json!("Approved"))
        );
    }
}

#[test]
fn what_is_approved_is_not_changed_by_others() {
    let (stage, ana) = Stage::connected(World::standard(BASE));
    stage.choose(|settings| {
        settings.documents.approved_edits = ApprovedEdits::CrmGoesThrough;
        settings.documents.allow_void = true;
    });
    let record = seed::FIRST_INVOICE;
    stage.edit(Module::Invoices, record, &json!({"Status": "Approved"}));
    stage.click(&ana, Module::Invoices, record);
    approve_by_administrators(&stage, UpTo::Submitted);
    let sam = stage.sign_in(SALES);
    let essence = |stage: &Stage| {
        let document = stage.xero(Module::Invoices, record);
        (document["Status"].clone(), document["DueDateString"].clone())
    };
    let before = essence(&stage);
    for change in [json!({"Due_Date": "2027-03-31"}), json!({"Status": "Cancelled"}), json!({"Status": "Canceled"})] {
        stage.advance(60);
        edit_as_sam(&stage, Module::Invoices, record, &change);
        let told = stage.click(&sam, Module::Invoices, record).entry;
        scheduled(&stage, &ana, &[Module::Invoices]);
        assert_eq!(essence(&stage), before, "{change}: {:#?}", told.problems);
    }
    assert_eq!(stage.crm(Module::Invoices, record)["Due_Date"], "2027-03-31", "and the CRM's change is not undone");
}

#[test]
fn a_supplier_s_new_address_waits_for_an_administrator() {
    let (stage, ana) = Stage::connected(World::standard(BASE));
    let vendor = json!({"Vendor_Name": "Ash Paper", "Email": "pay@ash.example"});
    let vendor = stage.world.borrow_mut().zoho.insert("Vendors", &vendor).unwrap();
    let vendor = vendor.as_str();
    stage.click(&ana, Module::Vendors, vendor);
    let address = |stage: &Stage| stage.xero(Module::Vendors, vendor)["EmailAddress"].clone();
    let before = address(&stage);
    stage.advance(60);
    let change = json!({"Email": "pay-me@evil.example", "Phone": "02 5550 1111"});
    edit_as_sam(&stage, Module::Vendors, vendor, &change);
    let sam = stage.sign_in(SALES);
    let view = stage.view(&sam, Module::Vendors, vendor).unwrap();
    let told = stage.click(&sam, Module::Vendors, vendor).entry;
    assert_eq!((told.outcome, address(&stage)), (Outcome::Updated, before.clone()));
    assert!(stage.xero(Module::Vendors, vendor)["Phones"].to_string().contains("5550"), "everything else goes");
    let shows = |changes: &[FieldChange]| {
        let held = changes.iter().find(|change| change.why == Why::Held).unwrap();
        serde_json::to_string(&held.crm).unwrap().contains("pay-me@evil.example")
    };
    assert!(shows(&view.preview.changes) && shows(&told.changes));
    assert!(has(&view.preview.problems, Code::EmailHeld) && has(&told.problems, Code::EmailHeld));
    // Alone it is no change that was made, and it is told all the same, each time; a run is nobody's word.
    stage.advance(60);
    let told = stage.click(&sam, Module::Vendors, vendor).entry;
    assert_eq!(told.outcome, Outcome::Unchanged, "{told:#?}");
    assert!(shows(&told.changes));
    run_of(&stage, &sam, Module::Vendors, &[vendor]);
    stage.edit(Module::Vendors, vendor, &json!({"Phone": "02 5550 2222"}));
    let entries = scheduled(&stage, &ana, &[Module::Vendors]);
    assert!(shows(&entry_of(&entries, vendor).unwrap().changes));
    assert_eq!(address(&stage), before);
    assert_eq!(stage.crm(Module::Vendors, vendor)["Email"], "pay-me@evil.example", "it is not undone either");
    // An administrator's word is a click on the record that shows the address: no list of many, and no order for it.
    let released = |stage: &Stage| {
        let audit = stage.run(stage.engine(&Desk::default()).audit(&ana, None)).unwrap().changes;
        audit.iter().filter(|one| one.action == "release-email").count()
    };
    run_of(&stage, &ana, Module::Vendors, &[vendor]);
    let held = |stage: &Stage, user| stage.run(stage.engine(&Desk::default()).status(user)).unwrap().held_emails;
    assert_eq!((held(&stage, &ana), held(&stage, &sam)), (1, 0), "Health tells an administrator");
    stage.advance(60);
    let order = seed::FIRST_PURCHASE_ORDER;
    stage.edit(Module::PurchaseOrders, order, &json!({"Vendor_Name": {"id": vendor}}));
    stage.click(&ana, Module::PurchaseOrders, order);
    assert_eq!((address(&stage), released(&stage)), (before, 0));
    stage.advance(60);
    let view = stage.view(&ana, Module::Vendors, vendor).unwrap();
    assert!(has(&view.preview.problems, Code::EmailReleased), "it is told before: {:#?}", view.preview.problems);
    let told = stage.click_with(&ana, Module::Vendors, vendor, view.preview.word).entry;
    assert_eq!(told.outcome, Outcome::Updated, "{told:#?}");
    assert!(has(&told.problems, Code::EmailReleased));
    assert_eq!((address(&stage), released(&stage)), (json!("pay-me@evil.example"), 1));
    stage.advance(60);
    let told = stage.click(&ana, Module::Vendors, vendor).entry;
    assert!(told.problems.is_empty(), "{:#?}", told.problems);
    assert_eq!(held(&stage, &ana), 0);
}

#[test]
fn customers_addresses_wait_where_a_setting_says_so() {
    for held in [false, true] {
        let (stage, ana) = Stage::connected(World::standard(BASE));
        stage.choose(|settings| settings.senders.held_emails.customers = held);
        let account = seed::ACCOUNT_TWO_CONTACTS;
        let people: Vec<String> = stage
            .world
            .borrow()
            .zoho
            .records("Contacts")
            .into_iter()
            .filter(|one| one["Account_Name"]["id"] == *account)
            .map(|one| one["id"].as_str().unwrap().to_owned())
            .collect();
        stage.edit(Module::Contacts, &people[0], &json!({"Xero_Primary": true}));
        stage.click(&ana, Module::Accounts, account);
        stage.advance(60);
        assert!(people.len() > 1);
        for (at, person) in people.iter().enumerate() {
            edit_as_sam(&stage, Module::Contacts, person, &json!({"Email": format!("new{at}@evil.example")}));
        }
        let sam = stage.sign_in(SALES);
        let told = stage.click(&sam, Module::Accounts, account).entry;
        let contact = stage.xero(Module::Accounts, account).to_string();
        assert_eq!(contact.contains("evil.example"), !held, "{told:#?}");
        assert_eq!(has(&told.problems, Code::EmailHeld), held);
        stage.click_as_shown(&ana, Module::Accounts, account);
        let contact = stage.xero(Module::Accounts, account).to_string();
        assert!(contact.contains("new0@evil.example") && contact.contains("new1@evil.example"), "{contact}");
    }
}

fn people_of(stage: &Stage, account: &str) -> Vec<String> {
    let people = stage.world.borrow().zoho.records("Contacts");
    let of = people.into_iter().filter(|one| one["Account_Name"]["id"] == *account);
    of.map(|one| one["id"].as_str().unwrap().to_owned()).collect()
}

/// Makes everybody's contacts private, as they are in many CRMs: Sam sees the own ones only.
fn private_contacts(stage: &Stage) {
    allow(stage, |profile| _ = profile.others_in.insert("Contacts".to_owned(), Others::None));
}

#[test]
fn people_whom_the_clicker_does_not_see_still_decide() {
    let (stage, ana) = Stage::connected(World::standard(BASE));
    let account = seed::ACCOUNT_TWO_CONTACTS;
    let people = people_of(&stage, account);
    stage.edit(Module::Contacts, &people[0], &json!({"Xero_Primary": true, "Email": "first@customer.example"}));
    let own = json!({"Email": "second@customer.example", "Owner": {"id": stage.user_id(SALES)}});
    stage.edit(Module::Contacts, &people[1], &own);
    stage.click(&ana, Module::Accounts, account);
    let before = stage.xero(Module::Accounts, account);
    assert_eq!(before["EmailAddress"], "first@customer.example");
    private_contacts(&stage);
    let sam = stage.sign_in(SALES);
    stage.advance(60);
    let told = stage.click(&sam, Module::Accounts, account).entry;
    let after = stage.xero(Module::Accounts, account);
    for field in ["EmailAddress", "FirstName", "LastName", "ContactPersons"] {
        assert_eq!(after[field], before[field], "{field}: {:#?}", told.changes);
    }
}

#[test]
fn a_list_of_chosen_records_sends_no_people_otherwise_because_they_are_not_seen() {
    let (stage, ana) = Stage::connected(World::standard(BASE));
    let account = seed::ACCOUNT_TWO_CONTACTS;
    let people = people_of(&stage, account);
    stage.edit(Module::Contacts, &people[0], &json!({"Xero_Primary": true, "Email": "first@customer.example"}));
    stage.edit(Module::Contacts, &people[1], &json!({"Owner": {"id": stage.user_id(SALES)}}));
    stage.click(&ana, Module::Accounts, account);
    private_contacts(&stage);
    let sam = stage.sign_in(SALES);
    stage.advance(60);
    run_of(&stage, &sam, Module::Accounts, &[account]);
    assert_eq!(stage.xero(Module::Accounts, account)["EmailAddress"], "first@customer.example");
}

#[test]
fn what_is_created_does_not_depend_on_people_whom_the_clicker_does_not_see() {
    let created = |hidden: bool| {
        let (stage, ana) = Stage::connected(World::standard(BASE));
        let account = seed::FIRST_ACCOUNT;
        if hidden {
            private_contacts(&stage);
            let sam = stage.sign_in(SALES);
            stage.click(&sam, Module::Accounts, account);
        } else {
            stage.click(&ana, Module::Accounts, account);
        }
        let contact = stage.xero(Module::Accounts, account);
        ["EmailAddress", "FirstName", "LastName", "Phones"].map(|field| contact[field].clone())
    };
    assert_eq!(created(true), created(false));
}

#[test]
fn nobody_makes_another_person_because_the_one_there_is_is_not_seen() {
    let (stage, ana) = Stage::connected(World::standard(BASE));
    let account = seed::FIRST_ACCOUNT;
    stage.click(&ana, Module::Accounts, account);
    let contact = stage.xero(Module::Accounts, account)["ContactID"].as_str().unwrap().to_owned();
    stage.advance(60);
    stage.edit_xero("Contacts", &contact, json!({"EmailAddress": "new@xero.example"}));
    private_contacts(&stage);
    let before = people_of(&stage, account).len();
    let sam = stage.sign_in(SALES);
    stage.advance(60);
    let told = stage.click(&sam, Module::Accounts, account).entry;
    assert_eq!(people_of(&stage, account).len(), before, "{told:#?}");
}

#[test]
fn a_colleague_s_contact_that_is_shared_for_reading_is_not_written() {
    for editable in [Editable::SavesNow, Editable::SharedForWriting] {
        let (stage, ana) = Stage::connected(World::standard(BASE));
        stage.world.borrow_mut().zoho.answers_mut().editable = editable;
        let account = seed::FIRST_ACCOUNT;
        stage.click(&ana, Module::Accounts, account);
        let contact = stage.xero(Module::Accounts, account)["ContactID"].as_str().unwrap().to_owned();
        stage.advance(60);
        stage.edit_xero("Contacts", &contact, json!({"EmailAddress": "new@xero.example"}));
        allow(&stage, |profile| _ = profile.others_in.insert("Contacts".to_owned(), Others::Read));
        let sam = stage.sign_in(SALES);
        let person = people_of(&stage, account).remove(0);
        let change = json!({"Email": "new@xero.example"});
        let refused = stage.world.borrow_mut().edit(SALES, "Contacts", &person, &change);
        assert!(refused.is_err(), "the CRM does not let Sam do it");
        let before = stage.world.borrow().zoho.records("Contacts");
        stage.advance(60);
        let told = stage.click(&sam, Module::Accounts, account).entry;
        assert_eq!(before, stage.world.borrow().zoho.records("Contacts"), "{editable:?} {told:#?}");
    }
}

#[test]
fn a_field_that_the_clicker_may_only_read_is_not_written() {
    let (stage, ana) = Stage::connected(World::standard(BASE));
    let account = seed::FIRST_ACCOUNT;
    stage.click(&ana, Module::Accounts, account);
    let contact = stage.xero(Module::Accounts, account)["ContactID"].as_str().unwrap().to_owned();
    stage.advance(60);
    stage.edit_xero("Contacts", &contact, json!({"Phones": [{"PhoneType": "DEFAULT", "PhoneNumber": "555 0199"}]}));
    let of_phone = ("Accounts".to_owned(), "Phone".to_owned());
    allow(&stage, |profile| _ = profile.read_only_fields.insert(of_phone));
    let before = stage.crm(Module::Accounts, account)["Phone"].clone();
    let sam = stage.sign_in(SALES);
    stage.advance(60);
    let told = stage.click(&sam, Module::Accounts, account).entry;
    assert_eq!(stage.crm(Module::Accounts, account)["Phone"], before, "{:?} {:#?}", told.outcome, told.problems);
}

#[test]
fn a_person_who_is_taken_away_takes_a_release_back() {
    let (stage, ana) = Stage::connected(World::standard(BASE));
    close(&stage, None, Some(&[]));
    let account = seed::ACCOUNT_TWO_CONTACTS;
    let people = people_of(&stage, account);
    stage.edit(Module::Contacts, &people[0], &json!({"Xero_Primary": true, "Email": "first@customer.example"}));
    stage.edit(Module::Contacts, &people[1], &json!({"Email": "second@customer.example"}));
    stage.click(&ana, Module::Accounts, account);
    stage.run_all(&ana, &[Module::Accounts], Direction::Both, Scope::SinceLast);
    let before = stage.xero(Module::Accounts, account)["EmailAddress"].clone();
    assert_eq!(before, "first@customer.example");
    stage.advance(60);
    // Sam, who is outside, moves the primary contact to another account: whoever is left is the only one.
    edit_as_sam(&stage, Module::Contacts, &people[0], &json!({"Account_Name": {"id": seed::ACCOUNT_NO_CONTACTS}}));
    stage.advance(60);
    // Anything of the circle's brings the account up.
    stage.edit(Module::Accounts, account, &json!({"Fax": "7"}));
    stage.run_all(&ana, &[Module::Accounts], Direction::Both, Scope::SinceLast);
    assert_eq!(stage.xero(Module::Accounts, account)["EmailAddress"], before);
}

/// Xero's values against the CRM's fields of a record, each field closed to the seller in turn.
#[test]
fn no_field_that_the_clicker_may_only_read_is_written_by_a_click_or_a_list() {
    let phone = json!({"Phones": [{"PhoneType": "DEFAULT", "PhoneNumber": "555 0199"}]});
    let (account, vendor, product) = (seed::FIRST_ACCOUNT, seed::FIRST_VENDOR, seed::FIRST_PRODUCT);
    let cases = [
        (Module::Accounts, account, phone.clone(), ("Accounts", "Phone")),
        (Module::Accounts, account, json!({"Name": "Another name"}), ("Accounts", "Account_Name")),
        (Module::Accounts, account, json!({"EmailAddress": "new@xero.example"}), ("Contacts", "Email")),
        (Module::Vendors, vendor, phone, ("Vendors", "Phone")),
        (Module::Products, product, json!({"Name": "Another name"}), ("Products", "Product_Name")),
    ];
    for (module, record, change, (of, field)) in cases {
        for by_list in [false, true] {
            let (stage, ana) = Stage::connected(World::standard(BASE));
            stage.click(&ana, module, record);
            let partner = stage.xero(module, record);
            let (resource, id) = match module {
                Module::Products => ("Items", &partner["ItemID"]),
                _ => ("Contacts", &partner["ContactID"]),
            };
            stage.advance(60);
            let mut change = change.clone();
            if module == Module::Products {
                change["Code"] = partner["Code"].clone();
            }
            stage.edit_xero(resource, id.as_str().unwrap(), change);
            allow(&stage, |profile| _ = profile.read_only_fields.insert((of.to_owned(), field.to_owned())));
            let values = |stage: &Stage| {
                let all = stage.world.borrow().zoho.records(of);
                all.into_iter().map(|one| one[field].clone()).collect::<Vec<_>>()
            };
            let before = values(&stage);
            let sam = stage.sign_in(SALES);
            stage.advance(60);
            let told = match by_list {
                true => run_of(&stage, &sam, module, &[record]).remove(0),
                false => stage.click(&sam, module, record).entry,
            };
            assert_eq!(values(&stage), before, "{of}.{field} {by_list}: {told:#?}");
            assert!(has(&told.problems, Code::FieldNotWritten), "{of}.{field} {by_list}: {told:#?}");
            // Whoever may edit it brings it across.
            stage.advance(60);
            stage.click(&ana, module, record);
            assert_ne!(values(&stage), before, "{of}.{field}: it was not lost");
        }
    }
}

#[test]
fn a_part_of_a_line_that_the_clicker_may_only_read_is_not_written() {
    let record = seed::FIRST_INVOICE;
    for closed in [("Invoiced_Items", "Description"), ("Invoices", "Invoiced_Items")] {
        let (stage, ana) = Stage::connected(World::standard(BASE));
        stage.click(&ana, Module::Invoices, record);
        let mut document = stage.xero(Module::Invoices, record);
        document["LineItems"][0]["Description"] = json!("Typed at Xero");
        let id = document["InvoiceID"].as_str().unwrap().to_owned();
        stage.advance(60);
        stage.edit_xero("Invoices", &id, json!({"LineItems": document["LineItems"]}));
        allow(&stage, |profile| _ = profile.read_only_fields.insert((closed.0.to_owned(), closed.1.to_owned())));
        let lines = |stage: &Stage| stage.crm(Module::Invoices, record)["Invoiced_Items"].to_string();
        let sam = stage.sign_in(SALES);
        stage.advance(60);
        let told = stage.click(&sam, Module::Invoices, record).entry;
        assert!(!lines(&stage).contains("Typed at Xero"), "{closed:?} {told:#?}");
        assert!(has(&told.problems, Code::FieldNotWritten), "{closed:?} {told:#?}");
        stage.advance(60);
        stage.click(&ana, Module::Invoices, record);
        assert!(lines(&stage).contains("Typed at Xero"), "{closed:?}: it was not lost");
    }
}

#[test]
fn which_fields_may_be_written_is_asked_once_in_ten_minutes_and_by_who_writes_only() {
    let (stage, ana) = Stage::connected(World::standard(BASE));
    let product = seed::FIRST_PRODUCT;
    stage.click(&ana, Module::Products, product);
    let item = stage.xero(Module::Products, product);
    let rename = |name: &str| {
        stage.edit_xero("Items", item["ItemID"].as_str().unwrap(), json!({"Code": item["Code"], "Name": name}));
    };
    let desk = Desk::default();
    let session = stage.session(SALES);
    let asked = |name: &str| {
        stage.advance(60);
        rename(name);
        stage.advance(60);
        let sam = stage.run(stage.engine(&desk).member(&session)).unwrap();
        let mark = stage.world.borrow().mark();
        stage.run(stage.engine(&desk).sync(&sam, Module::Products, &id(product))).unwrap();
        assert_eq!(stage.crm(Module::Products, product)["Product_Name"], *name);
        paths_since(&stage, mark).iter().filter(|path| path.contains("/settings/fields")).count()
    };
    assert_eq!(["One", "Two", "Three"].map(asked), [1, 0, 0]);
    stage.advance(600);
    allow(&stage, |profile| {
        profile.read_only_fields.insert(("Products".to_owned(), "Product_Name".to_owned()));
    });
    rename("Four");
    let sam = stage.run(stage.engine(&desk).member(&session)).unwrap();
    stage.run(stage.engine(&desk).sync(&sam, Module::Products, &id(product))).unwrap();
    assert_eq!(stage.crm(Module::Products, product)["Product_Name"], "Three");
}

#[test]
fn a_person_whom_the_circle_itself_moves_keeps_the_release_and_one_who_is_deleted_does_not() {
    for deleted in [false, true] {
        let (stage, ana) = Stage::connected(World::standard(BASE));
        close(&stage, None, Some(&[]));
        let account = seed::ACCOUNT_TWO_CONTACTS;
        let people = people_of(&stage, account);
        stage.edit(Module::Contacts, &people[0], &json!({"Xero_Primary": true, "Email": "first@customer.example"}));
        stage.edit(Module::Contacts, &people[1], &json!({"Email": "second@customer.example"}));
        stage.click(&ana, Module::Accounts, account);
        stage.advance(60);
        if deleted {
            stage.world.borrow_mut().zoho.delete("Contacts", &people[0]);
        } else {
            stage.edit(Module::Contacts, &people[0], &json!({"Account_Name": {"id": seed::ACCOUNT_NO_CONTACTS}}));
        }
        stage.edit(Module::Accounts, account, &json!({"Fax": "7"}));
        stage.run_all(&ana, &[Module::Accounts], Direction::Both, Scope::SinceLast);
        let sent = stage.xero(Module::Accounts, account)["EmailAddress"] == "second@customer.example";
        assert_eq!(sent, !deleted);
    }
}

#[test]
fn what_others_adopt_is_approved_by_nobody_s_status() {
    let (stage, ana) = Stage::connected(World::standard(BASE));
    let typed = typed_at_xero(&stage, &ana, "DRAFT");
    stage.choose(|settings| settings.senders.approvers.closed = true);
    let sam = stage.sign_in(SALES);
    let told = stage.click(&sam, Module::Invoices, seed::FIRST_INVOICE).entry;
    let now = stage.all_xero("Invoices").into_iter().find(|one| one["InvoiceID"] == typed["InvoiceID"]).unwrap();
    assert_ne!(now["Status"], "AUTHORISED", "{told:#?}");
}

#[test]
fn a_released_document_gets_no_other_customer_by_somebody_outside() {
    let (stage, ana) = Stage::connected(World::standard(BASE));
    close(&stage, Some(&[]), None);
    let record = seed::FIRST_INVOICE;
    stage.edit(Module::Invoices, record, &json!({"Status": "Approved"}));
    stage.click(&ana, Module::Invoices, record);
    let before = stage.xero(Module::Invoices, record)["Contact"]["ContactID"].clone();
    let account = stage.crm(Module::Invoices, record)["Account_Name"]["id"].as_str().unwrap().to_owned();
    stage.advance(60);
    let sam = stage.sign_in(SALES);
    edit_as_sam(&stage, Module::Invoices, record, &json!({"Account_Name": {"id": seed::ACCOUNT_NO_CONTACTS}}));
    stage.click(&sam, Module::Accounts, &account);
    stage.click(&sam, Module::Accounts, seed::ACCOUNT_NO_CONTACTS);
    stage.advance(60);
    stage.run_all(&ana, &[Module::Accounts, Module::Invoices], Direction::Both, Scope::Everything);
    assert_eq!(stage.xero(Module::Invoices, record)["Contact"]["ContactID"], before);
}

#[test]
fn a_supplier_s_address_waits_where_another_person_is_ticked() {
    let (stage, ana) = Stage::connected(World::standard(BASE));
    let (vendor, evil) = {
        let zoho = &mut stage.world.borrow_mut().zoho;
        let vendor = zoho.insert("Vendors", &json!({"Vendor_Name": "Ash Paper", "Email": "pay@ash.example"})).unwrap();
        let of = json!({"id": vendor});
        let good = json!({"Last_Name": "Good", "Email": "good@ash.example", "Xero_Primary": true, "Vendor_Name": of});
        zoho.insert("Contacts", &good).unwrap();
        let evil = json!({"Last_Name": "Evil", "Email": "evil@evil.example", "Vendor_Name": of});
        (vendor, zoho.insert("Contacts", &evil).unwrap())
    };
    stage.click(&ana, Module::Vendors, &vendor);
    let before = stage.xero(Module::Vendors, &vendor)["EmailAddress"].clone();
    let good =
        stage.world.borrow().zoho.records("Contacts").into_iter().find(|one| one["Last_Name"] == "Good").unwrap();
    stage.advance(60);
    let sam = stage.sign_in(SALES);
    edit_as_sam(&stage, Module::Contacts, good["id"].as_str().unwrap(), &json!({"Xero_Primary": false}));
    edit_as_sam(&stage, Module::Contacts, &evil, &json!({"Xero_Primary": true}));
    stage.click(&sam, Module::Vendors, &vendor);
    assert_eq!(stage.xero(Module::Vendors, &vendor)["EmailAddress"], before);
    // The person's own record is no way around it either.
    stage.advance(60);
    edit_as_sam(&stage, Module::Contacts, &evil, &json!({"Vendor_Name": null}));
    stage.click(&sam, Module::Contacts, &evil);
    assert_eq!(stage.xero(Module::Vendors, &vendor)["EmailAddress"], before);
}

#[test]
fn a_supplier_that_xero_has_keeps_its_address_when_it_is_linked() {
    for by_run in [false, true] {
        let (stage, _) = Stage::connected(World::standard(BASE));
        let (tenant, now) = (stage.tenant(0), stage.now_utc());
        let contact = json!({"Name": "Ash Paper", "EmailAddress": "pay@ash.example", "IsSupplier": true});
        let contact = stage.world.borrow_mut().xero.insert(&tenant, "Contacts", contact, now).unwrap();
        // Sam makes a vendor of that name, with an address of Sam's.
        let vendor = json!({"Vendor_Name": "Ash Paper", "Email": "pay-me@evil.example"});
        let vendor = stage.world.borrow_mut().zoho.insert("Vendors", &vendor).unwrap();
        let sam = stage.sign_in(SALES);
        if by_run {
            run_of(&stage, &sam, Module::Vendors, &[&vendor]);
        } else {
            stage.click(&sam, Module::Vendors, &vendor);
        }
        stage.advance(60);
        stage.click(&sam, Module::Vendors, &vendor);
        let now = stage.all_xero("Contacts").into_iter().find(|one| one["ContactID"] == contact["ContactID"]).unwrap();
        assert_eq!(now["EmailAddress"], "pay@ash.example", "{by_run}");
    }
}
