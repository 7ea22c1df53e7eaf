//! Nobody reads through us what the CRM hides, and what is hidden decides all the same.

use crate::support::{ADMIN, BASE, Stage, id};
use crate::{SALES, allow, hide, typed_at_xero};
use engine::access::rights::Member;
use engine::sync::Desk;
use sandbox::{World, seed};
use sandbox_zoho::{HiddenField, Others};
use serde_json::{Value, json};
use shared::api::portal::RecordsQuery;
use shared::api::runs::{LogQuery, PairChoice, RecordRef, RunRequest, Scope};
use shared::api::{EntryView, Outcome};
use shared::module::Module;
use shared::problem::{Code, Problem};
use shared::settings::fields::{FieldMapping, FieldSource};
use shared::settings::{Direction, PrimaryContactRule};

fn people_of(stage: &Stage, account: &str) -> Vec<String> {
    let people = stage.world.borrow().zoho.records("Contacts");
    let of = people.into_iter().filter(|one| one["Account_Name"]["id"] == *account);
    of.map(|one| one["id"].as_str().unwrap().to_owned()).collect()
}

fn texts_of(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).unwrap()
}

/// How a hidden field may look: Zoho does not say.
const LOOKS: [HiddenField; 2] = [HiddenField::Absent, HiddenField::Null];

fn looks(stage: &Stage, hidden: HiddenField) {
    stage.world.borrow_mut().zoho.answers_mut().hidden_field = hidden;
}

fn entries(stage: &Stage, who: &Member, module: Module, record: &str) -> Vec<EntryView> {
    let desk = Desk::default();
    stage.run(stage.engine(&desk).entries(who, module, &id(record), None)).unwrap().entries
}

#[test]
fn the_log_of_a_record_tells_a_hidden_value_to_nobody_from_whom_it_is_hidden() {
    for hidden in LOOKS {
        let (stage, ana) = Stage::connected(World::standard(BASE));
        looks(&stage, hidden);
        let account = seed::FIRST_ACCOUNT;
        stage.edit(Module::Accounts, account, &json!({"Phone": "02 9777 1234"}));
        stage.click(&ana, Module::Accounts, account);
        hide(&stage, "Accounts", "Phone");
        let sam = stage.sign_in(SALES);
        let told = entries(&stage, &sam, Module::Accounts, account);
        assert!(told[0].changes.iter().any(|change| change.key == "phone"), "the label stays");
        let city = told[0].changes.iter().find(|change| change.key == "billing.city").unwrap();
        assert!(city.result.is_some(), "what Sam sees in the CRM is told");
        let view = stage.view(&sam, Module::Accounts, account).unwrap();
        for text in [texts_of(&told), texts_of(&view)] {
            assert!(!text.contains("9777") && !text.contains("1234"), "{text}");
        }
        assert!(texts_of(&entries(&stage, &ana, Module::Accounts, account)).contains("9777"));
    }
}

#[test]
fn what_is_hidden_from_who_clicks_goes_to_xero_and_is_not_shown() {
    for hidden in LOOKS {
        let (stage, ana) = Stage::connected(World::standard(BASE));
        looks(&stage, hidden);
        hide(&stage, "Accounts", "Phone");
        let sam = stage.sign_in(SALES);
        let account = seed::FIRST_ACCOUNT;
        stage.edit(Module::Accounts, account, &json!({"Phone": "02 9777 1234"}));
        let reply = stage.click(&sam, Module::Accounts, account);
        assert_eq!(reply.entry.outcome, Outcome::Created, "{:#?}", reply.entry.problems);
        let contact = stage.xero(Module::Accounts, account);
        assert!(contact["Phones"].to_string().contains("9777"), "the plan is made of the whole record");
        let desk = Desk::default();
        let engine = stage.engine(&desk);
        let own = stage.run(engine.entry(&sam, &reply.entry.id)).unwrap();
        let log = stage.run(engine.log(&sam, &LogQuery::default())).unwrap();
        let rows = stage.run(engine.log_rows(&sam, &LogQuery::default())).unwrap();
        let csv = stage.run(engine.log_csv(&sam, &LogQuery::default())).unwrap();
        for text in [texts_of(&reply), texts_of(&own), texts_of(&log), texts_of(&rows), csv] {
            assert!(!text.contains("9777"), "{text}");
        }
        assert!(texts_of(&stage.run(engine.entry(&ana, &reply.entry.id)).unwrap()).contains("9777"));
    }
}

/// An approved invoice of an account with a contact, a discount and an adjustment.
fn invoice(stage: &Stage) -> &'static str {
    let record = seed::FIRST_INVOICE;
    let contact = stage.world.borrow().zoho.records("Contacts")[0]["id"].clone();
    let change = json!({"Status": "Approved", "Contact_Name": {"id": contact}, "Discount": 50, "Adjustment": -25});
    stage.edit(Module::Invoices, record, &change);
    record
}

/// What must not depend on who clicks.
fn essence(document: &Value) -> Value {
    let lines: Vec<Value> = document["LineItems"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| {
            json!([line["Description"], line["Quantity"], line["UnitAmount"], line["TaxType"], line["LineAmount"]])
        })
        .collect();
    json!([
        document["Contact"]["Name"],
        document["Total"],
        document["TotalTax"],
        document["Status"],
        document["CurrencyCode"],
        document["InvoiceNumber"],
        lines
    ])
}

#[test]
fn no_deciding_field_of_an_invoice_decides_otherwise_because_it_is_hidden() {
    let whole = {
        let (stage, ana) = Stage::connected(World::standard(BASE));
        let record = invoice(&stage);
        stage.click(&ana, Module::Invoices, record);
        essence(&stage.xero(Module::Invoices, record))
    };
    let lines = shared::zoho::sight::of_a_line().map(|field| ("Invoiced_Items", field));
    let own = shared::zoho::sight::deciding(Module::Invoices).iter().map(|field| ("Invoices", *field));
    let fields: Vec<_> = own.chain(lines).collect();
    for (hidden, (module, field)) in LOOKS.iter().flat_map(|hidden| fields.iter().map(move |field| (*hidden, *field))) {
        let (stage, _) = Stage::connected(World::standard(BASE));
        looks(&stage, hidden);
        let record = invoice(&stage);
        hide(&stage, module, field);
        let sam = stage.sign_in(SALES);
        let reply = stage.try_click(&sam, Module::Invoices, record);
        let reply = reply.unwrap_or_else(|refusal| panic!("{hidden:?} {module}.{field}: {refusal:?}"));
        let problems = &reply.entry.problems;
        assert_eq!(reply.entry.outcome, Outcome::Created, "{hidden:?} {module}.{field}: {problems:#?}");
        assert_eq!(essence(&stage.xero(Module::Invoices, record)), whole, "{hidden:?} {module}.{field}");
    }
}

#[test]
fn no_deciding_field_of_a_party_or_product_decides_otherwise_because_it_is_hidden() {
    for (module, record, resource) in [
        (Module::Accounts, seed::ACCOUNT_TWO_CONTACTS, "Accounts"),
        (Module::Vendors, seed::FIRST_VENDOR, "Vendors"),
        (Module::Products, seed::FIRST_PRODUCT, "Products"),
    ] {
        let essence = |stage: &Stage| {
            let mut partner = stage.xero(module, record);
            for field in ["UpdatedDateUTC", "UpdatedDateUTCString", "ContactID", "ItemID"] {
                partner.as_object_mut().unwrap().remove(field);
            }
            partner
        };
        let whole = {
            let (stage, ana) = Stage::connected(World::standard(BASE));
            stage.click(&ana, module, record);
            essence(&stage)
        };
        let people = shared::zoho::sight::OF_A_PERSON.iter().map(|field| ("Contacts", *field));
        let own = shared::zoho::sight::deciding(module).iter().map(|field| (resource, *field));
        let fields: Vec<_> = own.chain(people.filter(|_| module != Module::Products)).collect();
        for (hidden, (of, field)) in LOOKS.iter().flat_map(|hidden| fields.iter().map(move |field| (*hidden, *field))) {
            let (stage, _) = Stage::connected(World::standard(BASE));
            looks(&stage, hidden);
            hide(&stage, of, field);
            let sam = stage.sign_in(SALES);
            let reply = stage.click(&sam, module, record);
            let problems = &reply.entry.problems;
            assert_eq!(reply.entry.outcome, Outcome::Created, "{hidden:?} {of}.{field}: {problems:#?}");
            assert_eq!(essence(&stage), whole, "{module:?} without {of}.{field}, {hidden:?}");
        }
    }
}

#[test]
fn a_deciding_field_that_nobody_of_ours_may_read_blocks_and_is_named() {
    for hidden in LOOKS {
        let (stage, _) = Stage::connected(World::standard(BASE));
        looks(&stage, hidden);
        let record = invoice(&stage);
        hide(&stage, "Invoices", "Account_Name");
        let sam = stage.sign_in(SALES);
        // The connecting administrator has lost sight of it, too.
        stage.world.borrow_mut().zoho.clone_profile("Administrator", "Half").unwrap();
        let half = ("Invoices".to_owned(), "Account_Name".to_owned());
        stage.world.borrow_mut().zoho.profile_named_mut("Half").unwrap().hidden_fields.insert(half);
        stage.world.borrow_mut().zoho.set_profile(ADMIN, "Half");
        stage.advance(11 * 60);
        let ana = stage.administrator(ADMIN);
        let none = || stage.all_xero("Invoices").iter().all(|one| one["InvoiceNumber"] != "INV-0001");
        for who in [&sam, &*ana] {
            let reply = stage.click(who, Module::Invoices, record);
            assert_eq!(reply.entry.outcome, Outcome::Failed, "{hidden:?} {}", who.name);
            let told = &reply.entry.problems[0];
            assert_eq!(told.code, Code::CrmFieldHidden, "{hidden:?} {:#?}", reply.entry.problems);
            assert!(none(), "{hidden:?}");
        }
        // A run of the organisation reads with the connection's rights alone.
        let chosen = [Module::Accounts, Module::Contacts, Module::Products, Module::Invoices];
        let run = stage.run_all(&ana, &chosen, Direction::ToXero, Scope::Everything);
        let entries = stage.entries_of(&run.id);
        let entry = entries.iter().find(|entry| entry.record_id == record).unwrap();
        let codes: Vec<Code> = entry.problems.iter().map(|problem| problem.code).collect();
        assert!(codes.contains(&Code::CrmFieldHidden) && none(), "{hidden:?} {codes:?}");
    }
}

#[test]
fn where_everything_is_shown_a_click_makes_one_read() {
    let (stage, ana) = Stage::connected(World::standard(BASE));
    let sam = stage.sign_in(SALES);
    let desk = Desk::default();
    let calls = |who: &Member, module: Module, record: &str| -> Vec<String> {
        stage.advance(5);
        // What profiles are shown was asked within the last ten minutes.
        stage.run(stage.engine(&desk).sync(who, module, &id(record))).unwrap();
        stage.advance(5);
        let mark = stage.world.borrow().mark();
        stage.run(stage.engine(&desk).sync(who, module, &id(record))).unwrap();
        let world = stage.world.borrow();
        world.calls_since(mark).iter().map(|call| format!("{} {}", call.method, call.path)).collect()
    };
    for (module, record) in [
        (Module::Products, seed::FIRST_PRODUCT),
        (Module::Invoices, seed::FIRST_INVOICE),
        (Module::PurchaseOrders, seed::FIRST_PURCHASE_ORDER),
        (Module::Contacts, seed::CONTACT_ALONE),
        (Module::Accounts, seed::FIRST_ACCOUNT),
        (Module::Vendors, seed::FIRST_VENDOR),
    ] {
        stage.click(&ana, module, record);
        let of_ana = calls(&ana, module, record);
        assert_eq!(of_ana.len(), 2, "one to each side: {of_ana:#?}");
        // Who is not shown a person can't know it, so the connection is asked who there is, at the same time.
        let of_sam = calls(&sam, module, record);
        let people = of_sam.iter().filter(|call| call.starts_with("GET") && call.ends_with("/Contacts")).count();
        let has_people = matches!(module, Module::Accounts | Module::Vendors);
        assert_eq!((of_sam.len() - people, people), (2, usize::from(has_people)), "{module:?} {of_sam:#?}");
    }
}

#[test]
fn names_in_a_closed_module_can_t_be_read_letter_by_letter() {
    let (stage, _) = Stage::connected(World::standard(BASE));
    let rita = stage.sign_in(seed::RESTRICTED_USER);
    let desk = Desk::default();
    let engine = stage.engine(&desk);
    let ask = |name: &str| {
        let query = RecordsQuery { name: Some(name.to_owned()), ids: None };
        stage.run(engine.find_records(&rita, Module::Vendors, &query)).map(|found| found.records.len())
    };
    let first = stage.world.borrow().zoho.records("Vendors")[0]["Vendor_Name"].as_str().unwrap().to_owned();
    let codes: Vec<Code> =
        [&first[..1], &first, "zzzz that nobody is called"].map(|name| ask(name).unwrap_err().problem.code).to_vec();
    assert!(codes.iter().all(|code| *code == codes[0]), "{codes:?}");
}

#[test]
fn nobody_follows_or_retries_another_s_work() {
    let (stage, ana) = Stage::connected(World::standard(BASE));
    let desk = Desk::default();
    let engine = stage.engine(&desk);
    let rita = stage.sign_in(seed::RESTRICTED_USER);
    let key = (Module::Invoices, id(seed::FIRST_INVOICE));
    let _progress = desk.begin(&ana.org, &key, &ana.id);
    desk.step(&ana.org, &key, shared::api::Step::Read);
    assert_eq!(engine.progress(&ana, key.0, &key.1).steps.len(), 1);
    assert!(engine.progress(&rita, key.0, &key.1).steps.is_empty());
    let reply = stage.click(&ana, Module::Invoices, seed::INVOICE_UNMAPPED_TAX);
    assert_eq!(reply.entry.outcome, Outcome::Failed);
    let refused = stage.run(engine.retry_entry(&rita, &reply.entry.id)).unwrap_err();
    assert_eq!(refused.problem.code, Code::RunUnknown);
    stage.run(engine.retry_entry(&ana, &reply.entry.id)).unwrap();
}

#[test]
fn xero_s_data_is_told_only_beside_a_record_that_is_its_own() {
    let (stage, ana) = Stage::connected(World::standard(BASE));
    let sam = stage.sign_in(SALES);
    // A contact that is only in Xero, and an account that somebody gives its very name.
    let (tenant, now) = (stage.tenant(0), stage.now_utc());
    let contact = json!({"Name": "Secret Supplies", "EmailAddress": "owner@secret.example",
                         "Phones": [{"PhoneType": "DEFAULT", "PhoneNumber": "555 0199"}]});
    stage.world.borrow_mut().xero.insert(&tenant, "Contacts", contact, now).unwrap();
    stage.edit(Module::Accounts, seed::FIRST_ACCOUNT, &json!({"Account_Name": "Secret Supplies"}));
    let view = stage.view(&sam, Module::Accounts, seed::FIRST_ACCOUNT).unwrap();
    assert!(view.xero.is_none());
    let text = texts_of(&view);
    assert!(!text.contains("owner@secret") && !text.contains("0199"), "{text}");
    let view = stage.view(&ana, Module::Accounts, seed::FIRST_ACCOUNT).unwrap();
    assert!(texts_of(&view).contains("owner@secret"), "administrators decide about it");
}

fn chosen(module: Module, records: impl IntoIterator<Item = String>) -> RunRequest {
    let records = records.into_iter().map(|id| RecordRef { module, id }).collect();
    let pairs = vec![PairChoice { module, direction: Direction::ToXero }];
    RunRequest { pairs, scope: Scope::Records(records), preview: false }
}

#[test]
fn what_a_user_may_not_read_never_waits_for_a_run_with_other_rights() {
    let (stage, ana) = Stage::connected(World::standard(BASE));
    let rita = stage.sign_in(seed::RESTRICTED_USER);
    let desk = Desk::default();
    // Six times, as somebody would who wants to park a customer for everybody, and made-up ids.
    for _ in 0..6 {
        let mut records = vec![seed::FIRST_ACCOUNT.to_owned()];
        records.extend((0..50).map(|number| format!("5725000000990{number:05}")));
        let run = stage.run(stage.engine(&desk).start_run(&rita, &chosen(Module::Accounts, records))).unwrap();
        stage.take_steps_of_run(&desk, &ana);
        let entries = stage.entries_of(&run.id);
        assert_eq!(entries.len(), 51, "they are that run's entries");
        assert!(!texts_of(&entries).contains("Harbour Light"), "and tell no name");
        stage.advance(60);
    }
    assert_eq!(stage.number("SELECT count(*) FROM waiting"), 0);
    let run = chosen(Module::Invoices, [seed::FIRST_INVOICE.to_owned()]);
    stage.run(stage.engine(&desk).start_run(&rita, &run)).unwrap();
    stage.take_steps_of_run(&desk, &ana);
    assert_eq!(stage.number("SELECT count(*) FROM waiting"), 0);
    let after = stage.run_all(&ana, &[Module::Accounts], Direction::ToXero, Scope::Everything);
    assert_eq!(after.counts.failed, 0, "nobody is parked: {after:?}");
}

#[test]
fn a_colleague_s_record_that_is_not_shared_stays_unknown() {
    let (stage, ana) = Stage::connected(World::standard(BASE));
    {
        let mut world = stage.world.borrow_mut();
        let profile = world.zoho.profile_of(SALES).unwrap().name.clone();
        world.zoho.profile_named_mut(&profile).unwrap().others = Others::None;
    }
    let sam = stage.sign_in(SALES);
    stage.click(&ana, Module::Accounts, seed::FIRST_ACCOUNT);
    for refused in [
        stage.view(&sam, Module::Accounts, seed::FIRST_ACCOUNT).map(drop),
        stage.try_click(&sam, Module::Accounts, seed::FIRST_ACCOUNT).map(drop),
        stage
            .run(stage.engine(&Desk::default()).entries(&sam, Module::Accounts, &id(seed::FIRST_ACCOUNT), None))
            .map(drop),
    ] {
        assert_eq!(refused.unwrap_err().problem.code, Code::CrmRecordNotFound);
    }
}

/// A contact of an account.
fn of_account(stage: &Stage, account: &str) -> String {
    let people = stage.world.borrow().zoho.records("Contacts");
    let person = people.into_iter().find(|one| one["Account_Name"]["id"] == *account).unwrap();
    person["id"].as_str().unwrap().to_owned()
}

#[test]
fn what_was_read_of_people_is_told_to_nobody_who_does_not_see_them() {
    let (stage, ana) = Stage::connected(World::standard(BASE));
    let account = seed::FIRST_ACCOUNT;
    let person = stage.crm(Module::Contacts, &of_account(&stage, account));
    let address = person["Email"].as_str().unwrap().to_owned();
    stage.click(&ana, Module::Accounts, account);
    {
        let mut world = stage.world.borrow_mut();
        let profile = world.zoho.profile_of(SALES).unwrap().name.clone();
        let profile = world.zoho.profile_named_mut(&profile).unwrap();
        profile.others_in.insert("Contacts".to_owned(), Others::None);
    }
    let sam = stage.sign_in(SALES);
    assert!(
        stage.view(&sam, Module::Contacts, person["id"].as_str().unwrap()).is_err(),
        "the person is unknown to Sam"
    );
    let page = stage.run(stage.engine(&Desk::default()).entries(&sam, Module::Accounts, &id(account), None)).unwrap();
    assert!(!texts_of(&page).contains(&address), "the log");
    let view = stage.view(&sam, Module::Accounts, account).unwrap();
    assert!(!texts_of(&view.entries).contains(&address), "the newest entries beside the record");
}

#[test]
fn a_preview_s_problems_tell_no_hidden_value() {
    let (stage, _) = Stage::connected(World::standard(BASE));
    let account = seed::FIRST_ACCOUNT;
    let person = &people_of(&stage, account)[0];
    stage.edit(Module::Contacts, person, &json!({"Email": "private.käthe@home.example"}));
    hide(&stage, "Contacts", "Email");
    let sam = stage.sign_in(SALES);
    let view = stage.view(&sam, Module::Accounts, account).unwrap();
    assert!(!texts_of(&view).contains("private.k"), "the preview: {:#?}", view.preview.problems);
    let reply = stage.click(&sam, Module::Accounts, account);
    assert!(!texts_of(&reply).contains("private.k"), "the click: {:#?}", reply.view.preview.problems);
    let told = reply.entry.problems.iter().find(|problem| problem.code == Code::HiddenReason);
    assert!(told.is_some_and(|problem| problem.place.is_some()), "that there is one: {:#?}", reply.entry.problems);
    // What a list of Sam's keeps of it holds no value either, whoever reads it.
    stage.advance(60);
    let desk = Desk::default();
    let run = stage.run(stage.engine(&desk).start_run(&sam, &chosen(Module::Accounts, [account.to_owned()]))).unwrap();
    stage.take_steps_of_run(&desk, &sam);
    let kept = stage.entries_of(&run.id);
    assert!(kept.len() == 1 && !texts_of(&kept[0].problems).contains("private.k"), "{kept:#?}");
    // A problem with what is shown is told whole, whatever else is hidden.
    let name = "A name that is longer than the books take for an item of theirs";
    hide(&stage, "Products", "Description");
    stage.edit(Module::Products, seed::FIRST_PRODUCT, &json!({"Product_Name": name}));
    let view = stage.view(&sam, Module::Products, seed::FIRST_PRODUCT).unwrap();
    assert!(texts_of(&view.preview.problems).contains(name), "{:#?}", view.preview.problems);
}

#[test]
fn who_is_not_shown_one_field_is_told_the_rest_of_the_own_log() {
    let (stage, _) = Stage::connected(World::standard(BASE));
    let record = invoice(&stage);
    let customer = stage.crm(Module::Invoices, record)["Account_Name"]["name"].as_str().unwrap().to_owned();
    hide(&stage, "Invoices", "Due_Date");
    let sam = stage.sign_in(SALES);
    let reply = stage.click(&sam, Module::Invoices, record);
    assert_eq!(reply.entry.party.as_ref(), Some(&customer));
    let desk = Desk::default();
    let engine = stage.engine(&desk);
    let query = LogQuery { name: Some(customer.to_lowercase()), ..LogQuery::default() };
    let rows = stage.run(engine.log_rows(&sam, &query)).unwrap().rows;
    assert_eq!(rows.iter().map(|row| row.party.as_ref()).collect::<Vec<_>>(), [Some(&customer)]);
    let log = stage.run(engine.log(&sam, &LogQuery::default())).unwrap().entries;
    let told = |key: &str| log[0].changes.iter().find(|change| change.key == key).unwrap().result.is_some();
    assert!(told("date") && told("party") && !told("due_date"), "{:#?}", log[0].changes);
}

#[test]
fn a_hidden_part_of_a_name_is_in_no_name() {
    let (stage, ana) = Stage::connected(World::standard(BASE));
    let record = seed::CONTACT_ALONE;
    stage.edit(Module::Contacts, record, &json!({"First_Name": "Wilhelmina"}));
    hide(&stage, "Contacts", "First_Name");
    hide(&stage, "Contacts", "Full_Name");
    let sam = stage.sign_in(SALES);
    let seen = stage.world.borrow().zoho.get_as(SALES, "Contacts", record).unwrap();
    assert!(!texts_of(&seen).contains("Wilhelmina"), "the CRM does not tell it: {seen:#}");
    let view = stage.view(&sam, Module::Contacts, record).unwrap();
    assert!(!texts_of(&view).contains("Wilhelmina"), "the preview: {}", view.name);
    let reply = stage.click(&sam, Module::Contacts, record);
    assert!(!texts_of(&reply.entry).contains("Wilhelmina"), "the entry: {}", reply.entry.name);
    assert!(reply.view.xero.is_some() && !texts_of(&reply).contains("Wilhelmina"), "{:#?}", reply.view.xero);
    // Nor in the name of what somebody else has synced, or a run.
    stage.advance(60);
    stage.edit(Module::Contacts, record, &json!({"Phone": "02 5550 0000"}));
    stage.click(&ana, Module::Contacts, record);
    stage.advance(60);
    stage.run_all(&ana, &[Module::Contacts], Direction::ToXero, Scope::Everything);
    assert!(entries(&stage, &ana, Module::Contacts, record).iter().any(|one| one.name.contains("Wilhelmina")));
    let told = entries(&stage, &sam, Module::Contacts, record);
    assert!(told.len() > 2 && !texts_of(&told).contains("Wilhelmina"), "{told:#?}");
}

#[test]
fn the_customer_of_a_document_is_told_to_nobody_from_whom_it_is_hidden() {
    let (stage, ana) = Stage::connected(World::standard(BASE));
    let record = seed::FIRST_INVOICE;
    let customer = stage.crm(Module::Invoices, record)["Account_Name"]["name"].as_str().unwrap().to_owned();
    hide(&stage, "Invoices", "Account_Name");
    let sam = stage.sign_in(SALES);
    let desk = Desk::default();
    let engine = stage.engine(&desk);
    let found = std::cell::RefCell::new(Vec::new());
    let look = |what: &str, text: String| {
        if text.contains(&customer) {
            found.borrow_mut().push(what.to_owned());
        }
    };
    let view = stage.view(&sam, Module::Invoices, record).unwrap();
    look("the preview's dependencies", texts_of(&view.preview.dependencies));
    look("the preview", texts_of(&(&view.preview.changes, &view.preview.problems)));
    let own = stage.click(&sam, Module::Invoices, record).entry;
    look("the own entry's party", texts_of(&own.party));
    look("the own entry's dependencies", texts_of(&own.dependencies));
    look("the log's rows", texts_of(&stage.run(engine.log_rows(&sam, &LogQuery::default())).unwrap()));
    look("the log's file", stage.run(engine.log_csv(&sam, &LogQuery::default())).unwrap());
    let query = LogQuery { name: Some(customer.to_lowercase()), ..LogQuery::default() };
    if !stage.run(engine.log_rows(&sam, &query)).unwrap().rows.is_empty() {
        found.borrow_mut().push("the log's search".to_owned());
    }
    stage.advance(60);
    stage.click(&ana, Module::Invoices, record);
    let page = stage.run(engine.entries(&sam, Module::Invoices, &id(record), None)).unwrap();
    look("a colleague's entry", texts_of(&page.entries[0]));
    assert!(found.borrow().is_empty(), "{customer}: {:#?}", found.borrow());
}

#[test]
fn a_customer_into_whom_another_was_merged_is_told_to_nobody_from_whom_it_is_hidden() {
    let (stage, ana) = Stage::connected(World::standard(BASE));
    let insert = |module: &str, row: Value| stage.world.borrow_mut().zoho.insert(module, &row).unwrap();
    let (away, master) = (
        insert("Accounts", json!({"Account_Name": "Wombat Works"})),
        insert("Accounts", json!({"Account_Name": "Secret Master"})),
    );
    let product = insert("Products", json!({"Product_Name": "P", "Product_Code": "WW-1", "Product_Active": true}));
    let invoice = json!({"Subject": "P", "Status": "Created", "Invoice_Date": "2026-11-18", "Due_Date": "2026-12-18",
        "Account_Name": {"id": away},
        "Invoiced_Items": [{"Product_Name": {"id": product}, "Quantity": 1, "List_Price": 10}]});
    let record = &insert("Invoices", invoice);
    for (module, record) in [(Module::Invoices, record), (Module::Accounts, &master)] {
        let reply = stage.click(&ana, module, record);
        assert_eq!(reply.entry.outcome, Outcome::Created, "{:#?}", reply.entry.problems);
    }
    // "Find and merge": the document moves, and the record is gone.
    stage.advance(60);
    stage.edit(Module::Invoices, record, &json!({"Account_Name": {"id": master}}));
    assert!(stage.world.borrow_mut().zoho.delete("Accounts", &away));
    hide(&stage, "Invoices", "Account_Name");
    let sam = stage.sign_in(SALES);
    let is_merged =
        |problems: &[Problem]| problems.iter().any(|one| one.code == Code::CrmRecordMerged && one.is_open());
    let view = stage.view(&sam, Module::Invoices, record).unwrap();
    assert!(is_merged(&view.preview.problems), "{:#?}", view.preview.problems);
    let entry = stage.click(&sam, Module::Invoices, record).entry;
    assert!(is_merged(&entry.problems), "{:#?}", entry.problems);
    for text in [texts_of(&view.preview.problems), texts_of(&entry)] {
        assert!(!text.contains("Secret Master") && !text.contains(&master), "{text}");
    }
    // Who may decide is told.
    let view = stage.view(&ana, Module::Invoices, record).unwrap();
    assert!(texts_of(&view.preview.problems).contains("Secret Master"), "{:#?}", view.preview.problems);
}

#[test]
fn what_xero_would_fill_in_is_not_told_before_the_two_are_linked() {
    let (stage, _) = Stage::connected(World::standard(BASE));
    let (tenant, now) = (stage.tenant(0), stage.now_utc());
    let contact = json!({"Name": "Secret Supplies", "EmailAddress": "owner@secret.example", "FirstName": "Hidden",
                         "LastName": "Owner",
                         "Phones": [{"PhoneType": "DEFAULT", "PhoneNumber": "555 0199"}],
                         "Addresses": [{"AddressType": "POBOX", "City": "Nowhereton"}]});
    stage.world.borrow_mut().xero.insert(&tenant, "Contacts", contact, now).unwrap();
    let account = json!({"Account_Name": "Secret Supplies"});
    let account = stage.world.borrow_mut().zoho.insert("Accounts", &account).unwrap();
    // Sam may look only: nothing of it is linked by a click either.
    allow(&stage, |profile| _ = profile.read_only_modules.insert("Accounts".to_owned()));
    let sam = stage.sign_in(SALES);
    let view = stage.view(&sam, Module::Accounts, &account).unwrap();
    let text = texts_of(&view);
    for secret in ["owner@secret", "0199", "Nowhereton", "Hidden"] {
        assert!(!text.contains(secret), "{secret}: {:#?}", view.preview.changes);
    }
    // Who may edit it is told no more before the click.
    allow(&stage, |profile| _ = profile.read_only_modules.remove("Accounts"));
    let sam = stage.sign_in(SALES);
    let view = stage.view(&sam, Module::Accounts, &account).unwrap();
    let text = texts_of(&view);
    for secret in ["owner@secret", "0199", "Nowhereton", "Hidden"] {
        assert!(!text.contains(secret), "{secret}: {:#?}", view.preview.changes);
    }
}

#[test]
fn what_xero_knows_of_a_document_is_not_told_before_the_two_are_linked() {
    let (stage, ana) = Stage::connected(World::standard(BASE));
    typed_at_xero(&stage, &ana, "AUTHORISED");
    let sam = stage.sign_in(SALES);
    let view = stage.view(&sam, Module::Invoices, seed::FIRST_INVOICE).unwrap();
    assert!(view.xero.is_none(), "it is not linked: {:?}", view.xero);
    let text = texts_of(&view);
    for secret in ["secret discount", "2026-12-24", "2026-01-05"] {
        assert!(!text.contains(secret), "{secret}: {:#?}", view.preview);
    }
}

#[test]
fn a_value_that_came_from_a_hidden_field_stays_hidden_when_the_mapping_changes() {
    let (stage, ana) = Stage::connected(World::standard(BASE));
    let account = seed::FIRST_ACCOUNT;
    let map = |source: FieldSource| {
        stage.choose(|settings| {
            let mapping = FieldMapping { source, default: None };
            settings.fields.entry(Module::Accounts).or_default().insert("phone".to_owned(), mapping);
        });
    };
    map(FieldSource::Field("Fax".to_owned()));
    stage.edit(Module::Accounts, account, &json!({"Fax": "02 9777 1234", "Phone": "02 5550 0000"}));
    hide(&stage, "Accounts", "Fax");
    stage.click(&ana, Module::Accounts, account);
    let sam = stage.sign_in(SALES);
    let told = || {
        let desk = Desk::default();
        texts_of(&stage.run(stage.engine(&desk).entries(&sam, Module::Accounts, &id(account), None)).unwrap())
    };
    assert!(!told().contains("9777"), "while it is mapped");
    map(FieldSource::Standard);
    stage.choose(|settings| {
        let mapping = FieldMapping { source: FieldSource::Nothing, default: None };
        settings.fields.entry(Module::Accounts).or_default().insert("fax".to_owned(), mapping);
    });
    assert!(!told().contains("9777"), "{}", told());
}

#[test]
fn a_hidden_description_of_lines_decides_all_the_same() {
    let sent = |hidden: bool| {
        let (stage, ana) = Stage::connected(World::standard(BASE));
        let invoice = json!({
            "Subject": "Ink", "Status": "Approved", "Invoice_Date": "2026-03-02",
            "Account_Name": {"id": seed::FIRST_ACCOUNT},
            "Invoiced_Items": [{"Product_Name": {"id": seed::FIRST_PRODUCT}, "Quantity": 2, "List_Price": 12,
                                "Description": "Work for the Harbour project, as agreed on 3 March"}],
        });
        let invoice = stage.world.borrow_mut().zoho.insert("Invoices", &invoice).unwrap();
        if hidden {
            hide(&stage, "Invoiced_Items", "Description");
            let sam = stage.sign_in(SALES);
            stage.click(&sam, Module::Invoices, &invoice);
        } else {
            stage.click(&ana, Module::Invoices, &invoice);
        }
        stage.xero(Module::Invoices, &invoice)["LineItems"][0]["Description"].clone()
    };
    assert_eq!(sent(true), sent(false));
}

#[test]
fn what_keeps_a_customer_back_is_told_to_nobody_who_does_not_see_it() {
    let (stage, ana) = Stage::connected(World::standard(BASE));
    stage.choose(|settings| settings.parties.primary_contact = PrimaryContactRule::Require);
    let account = stage.world.borrow_mut().zoho.insert("Accounts", &json!({"Account_Name": "Zebra Holding"})).unwrap();
    let invoice = json!({
        "Subject": "Ink", "Status": "Approved", "Invoice_Date": "2026-03-02",
        "Account_Name": {"id": account}, "Owner": {"id": stage.user_id(SALES)},
        "Invoiced_Items": [{"Product_Name": {"id": seed::FIRST_PRODUCT}, "Quantity": 2, "List_Price": 12}],
    });
    let invoice = stage.world.borrow_mut().zoho.insert("Invoices", &invoice).unwrap();
    for _ in 0..5 {
        stage.run_all(&ana, &[Module::Accounts], Direction::ToXero, Scope::SinceLast);
        stage.advance(60);
    }
    allow(&stage, |profile| _ = profile.others_in.insert("Accounts".to_owned(), Others::None));
    let sam = stage.sign_in(SALES);
    let refused = stage.view(&sam, Module::Accounts, &account).unwrap_err();
    assert_eq!(refused.problem.code, Code::CrmRecordNotFound);
    let desk = Desk::default();
    let run = stage.run(stage.engine(&desk).start_run(&sam, &chosen(Module::Invoices, [invoice]))).unwrap();
    stage.take_steps_of_run(&desk, &sam);
    let entries = stage.entries_of(&run.id);
    assert_eq!(entries[0].outcome, Outcome::Deferred, "{entries:#?}");
    let text = texts_of(&entries).to_lowercase();
    assert!(!text.contains("primary contact") && !text.contains("contact person"), "{entries:#?}");
}
