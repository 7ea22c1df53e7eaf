//! Decisions about links: what they demand, what they change, and what happens at the same time.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use crate::support;

use engine::access::rights::Administrator;
use engine::runs::Next;
use engine::store::links;
use engine::sync::Desk;
use futures_util::future::{join, join3};
use ports::{Clock as _, Database as _};
use sandbox::{ApiName, World};
use serde_json::{Value, json};
use shared::api::Outcome;
use shared::api::runs::Scope;
use shared::id::{TenantId, XeroId};
use shared::link::{Link, LinkState};
use shared::module::Module;
use shared::problem::{Code, Severity};
use shared::question::Decision;
use shared::settings::{Circle, Direction, SourceOfTruth};
use std::time::Duration;
use support::{BASE, Stage, id};

const SALES: &str = "sam@bluegum.example";

fn stage() -> (Stage, Administrator) {
    Stage::connected(World::empty(BASE))
}

fn insert(stage: &Stage, module: Module, row: &Value) -> String {
    stage.world.borrow_mut().zoho.insert(module.api_name(), row).unwrap()
}

/// A sales invoice that makes a contact a customer.
fn sale(stage: &Stage, contact: &str) -> String {
    let line = json!({"Description": "Work", "Quantity": 1, "UnitAmount": 10, "AccountCode": "200"});
    let sold = json!({"Type": "ACCREC", "Status": "AUTHORISED", "Contact": {"ContactID": contact},
        "Date": "2026-06-01", "DueDate": "2026-06-30", "LineItems": [line]});
    stage.typed("Invoices", sold)
}

fn account(stage: &Stage, ana: &Administrator, name: &str) -> (String, String) {
    let account = insert(stage, Module::Accounts, &json!({"Account_Name": name}));
    let reply = stage.click(ana, Module::Accounts, &account);
    assert_eq!(reply.entry.outcome, Outcome::Created, "{:#?}", reply.entry.problems);
    let contact = contact_of(stage, &account);
    (account, contact)
}

fn contact_of(stage: &Stage, account: &str) -> String {
    stage.crm(Module::Accounts, account)["Xero_ID"].as_str().unwrap().to_owned()
}

fn product(stage: &Stage, code: &str) -> String {
    insert(stage, Module::Products, &json!({"Product_Name": "Pot", "Product_Code": code, "Product_Active": true}))
}

fn invoice(stage: &Stage, party: (&str, &str), product: &str) -> String {
    let row = json!({"Subject": "Pots", "Status": "Created", "Invoice_Date": "2026-11-18", "Due_Date": "2026-12-18",
        party.0: {"id": party.1},
        "Invoiced_Items": [{"Product_Name": {"id": product}, "Quantity": 1, "List_Price": 10}]});
    insert(stage, Module::Invoices, &row)
}

fn link_to(contact: &str, instead_of: Option<&str>) -> Decision {
    let xero_id = XeroId::new(contact).unwrap();
    Decision::Link { xero_id, values: SourceOfTruth::Xero, instead_of: instead_of.map(id) }
}

/// An account whose contact somebody has typed in Xero, so that it does not point back, and which has a sale.
fn typed_account(stage: &Stage, ana: &Administrator, name: &str) -> (String, String) {
    let contact = stage.typed("Contacts", json!({"Name": name}));
    sale(stage, &contact);
    let account = insert(stage, Module::Accounts, &json!({"Account_Name": name}));
    decide(stage, ana, &account, &link_to(&contact, None));
    let reply = stage.click(ana, Module::Accounts, &account);
    assert_eq!(reply.entry.outcome, Outcome::Updated, "{:#?}", reply.entry.problems);
    assert_eq!(contact_of(stage, &account), contact);
    (account, contact)
}

/// Decides about an account.
#[track_caller]
fn decide(stage: &Stage, ana: &Administrator, account: &str, decision: &Decision) {
    try_decide(stage, ana, account, decision).unwrap_or_else(|code| panic!("{code:?}"));
}

fn try_decide(stage: &Stage, ana: &Administrator, account: &str, decision: &Decision) -> Result<(), Code> {
    let desk = Desk::default();
    let key = (Module::Accounts, id(account));
    stage.run(stage.engine(&desk).decide(ana, &key, decision)).map_err(|refusal| refusal.problem.code)
}

fn slow_down(stage: &Stage) {
    for api in ApiName::ALL {
        stage.world.borrow_mut().gate.set_latency(api, Duration::from_millis(200));
    }
}

/// Takes the steps of a run while others do something, too.
async fn to_the_end(stage: &Stage, desk: &Desk, ana: &Administrator) {
    loop {
        match stage.engine(desk).advance(&ana.org).await {
            Next::Now => {}
            Next::At(at) => stage.sleep((at - stage.now()).to_std().unwrap_or_default()).await,
            Next::Idle => break,
        }
    }
}

fn accounts(stage: &Stage) -> Vec<Value> {
    stage.world.borrow().zoho.records("Accounts")
}

#[test]
fn two_invoices_for_people_of_one_company_make_its_contact_once() {
    for after in (0..2_000).step_by(200) {
        let (stage, ana) = stage();
        let company = insert(&stage, Module::Accounts, &json!({"Account_Name": "Bandicoot Books"}));
        let person =
            |name: &str| insert(&stage, Module::Contacts, &json!({"Last_Name": name, "Account_Name": {"id": company}}));
        let people = [person("Wren"), person("Finch")];
        // Neither has anything else in common.
        let invoices = people.map(|person| invoice(&stage, ("Contact_Name", &person), &product(&stage, &person)));
        let [first, second] = invoices.each_ref().map(|one| id(one));
        slow_down(&stage);
        let mark = stage.world.borrow().mark();
        let desk = Desk::default();
        let engine = stage.engine(&desk);
        let (one, other) = stage.together(join(engine.sync(&ana, Module::Invoices, &first), async {
            stage.sleep(Duration::from_millis(after)).await;
            engine.sync(&ana, Module::Invoices, &second).await
        }));
        for reply in [one.unwrap(), other.unwrap()] {
            assert_eq!(reply.entry.outcome, Outcome::Created, "{after} ms: {:#?}", reply.entry.problems);
        }
        let world = stage.world.borrow();
        let creates = world.calls_since(mark).into_iter().filter(|call| call.method == "PUT");
        let creates = creates.filter(|call| call.path.ends_with("/Contacts"));
        assert_eq!(creates.count(), 1, "the second click {after} ms later");
        drop(world);
        let contact = contact_of(&stage, &company);
        for one in &invoices {
            assert_eq!(stage.xero(Module::Invoices, one)["Contact"]["ContactID"], json!(contact));
        }
    }
}

/// Clicks take a document's turn first, then those of what it needs; whoever waits for all of them must do so, too.
#[test]
fn whoever_waits_for_all_turns_waits_in_the_order_in_which_they_are_taken() {
    let (stage, ana) = stage();
    let document = (Module::Invoices, id("1000"));
    let needed = (Module::Accounts, id("2000"));
    // The turns lie in a map without an order.
    for _ in 0..20 {
        let desk = Desk::default();
        stage.run(async {
            let first = desk.turns(&ana.org, [&document]).await;
            let second = desk.turns(&ana.org, [&needed]).await;
            let all = desk.all_turns(&ana.org);
            let other = async { drop(second) };
            let click = async {
                // Whoever waits already is first.
                let mut waited = false;
                std::future::poll_fn(|_| match std::mem::replace(&mut waited, true) {
                    true => std::task::Poll::Ready(()),
                    false => std::task::Poll::Pending,
                })
                .await;
                let _needed = desk.turns(&ana.org, [&needed]).await;
                drop(first);
            };
            join3(all, other, click).await;
        });
    }
}

#[test]
fn an_intent_is_withdrawn_only_as_long_as_it_stands() {
    let (stage, ana) = stage();
    let scope = links::Scope { org: ana.org.clone(), tenant: TenantId::new(stage.tenant(0)).unwrap() };
    let intent =
        |generation| Link { generation, natural_key: "a key".to_owned(), ..Link::blank(Module::Accounts, id("77")) };
    let word = Link { xero_id: Some(XeroId::new("aaaaaaaa-0000-4000-8000-000000000001").unwrap()), ..intent(5) };
    let let_go = Link { state: LinkState::LetGo, ..intent(5) };
    for (stands, goes) in [(intent(5), true), (intent(6), false), (word, false), (let_go, false)] {
        for left in [None, Some(Link { natural_key: String::new(), ..intent(5) })] {
            stage.run(stage.query(links::save(&scope, [&stands]).unwrap())).unwrap();
            stage.run(stage.batch(links::withdraw(&scope, &[(intent(5), left.clone())]).unwrap())).unwrap();
            let kept = stage.run(links::get_all(&stage, &scope, &[(Module::Accounts, id("77"))])).unwrap();
            let wanted = if goes { left } else { Some(stands.clone()) };
            assert_eq!(kept, [wanted], "{stands:?}");
        }
    }
}

#[test]
fn a_record_that_was_let_go_does_not_come_from_xero_a_second_time() {
    for (renamed, with_sale) in [(false, false), (true, false), (true, true)] {
        let (stage, ana) = stage();
        let (own, contact) = typed_account(&stage, &ana, "Quoll Quilts");
        decide(&stage, &ana, &own, &Decision::Unlink);
        stage.advance(60);
        if renamed {
            stage.edit(Module::Accounts, &own, &json!({"Account_Name": "Quoll Quilting"}));
        }
        let modules: &[Module] = if with_sale { &[Module::Accounts, Module::Invoices] } else { &[Module::Accounts] };
        for scope in [Scope::Everything, Scope::SinceLast, Scope::Everything] {
            let run = stage.run_all(&ana, modules, Direction::ToCrm, scope);
            let entries = stage.entries_of(&run.id);
            assert_eq!(accounts(&stage).len(), 1, "{entries:#?}");
            assert_eq!(stage.crm(Module::Accounts, &own)["Xero_ID"], Value::Null, "it is left alone");
            let told = entries.iter().filter(|entry| entry.module == Module::Accounts);
            let told: Vec<_> = told.map(|entry| (entry.outcome, entry.problems.first().map(|one| one.code))).collect();
            assert!(told.iter().all(|one| *one == (Outcome::Skipped, Some(Code::LinkLetGo))), "{entries:#?}");
            assert!(run.counts.add_up(), "{:?}", run.counts);
            // A document of it waits for somebody's word instead of being another customer's.
            let documents: Vec<_> = entries.iter().filter(|entry| entry.module == Module::Invoices).collect();
            let waits = |code| documents.iter().all(|entry| entry.problems.iter().any(|one| one.code == code));
            assert!(waits(Code::DependencyFailed), "{documents:#?}");
            assert_eq!(stage.world.borrow().zoho.records("Invoices").len(), 0);
            stage.advance(60);
            stage.edit_xero("Contacts", &contact, json!({"FirstName": "Q"}));
        }
        // Whoever is sent anew leaves the other one free to come.
        decide(&stage, &ana, &own, &Decision::SendNew { not: Vec::new() });
        stage.advance(60);
        stage.edit_xero("Contacts", &contact, json!({"FirstName": "R"}));
        stage.run_all(&ana, &[Module::Accounts], Direction::ToCrm, Scope::Everything);
        assert_eq!(accounts(&stage).len(), 2, "it is none of these");
    }
}

#[test]
fn letting_go_twice_still_says_of_whom() {
    let (stage, ana) = stage();
    let (own, _) = typed_account(&stage, &ana, "Quoll Quilts");
    let before = stage.number("SELECT count(*) FROM audit");
    for _ in 0..2 {
        decide(&stage, &ana, &own, &Decision::Unlink);
    }
    assert_eq!(stage.number("SELECT count(*) FROM audit"), before + 1, "what is so already changes nothing");
    stage.run_all(&ana, &[Module::Accounts], Direction::ToCrm, Scope::Everything);
    assert_eq!(accounts(&stage).len(), 1);
}

#[test]
fn a_record_waits_for_a_decision_about_another_one_as_long_as_it_takes() {
    for scope in [Scope::SinceLast, Scope::Everything] {
        let (stage, ana) = stage();
        let product = product(&stage, "POT");
        let (away, of_away) = account(&stage, &ana, "Wombat Works");
        let (master, of_master) = account(&stage, &ana, "Wombat Works Ltd");
        let own = invoice(&stage, ("Account_Name", &away), &product);
        let reply = stage.click(&ana, Module::Invoices, &own);
        assert_eq!(reply.entry.outcome, Outcome::Created, "{:#?}", reply.entry.problems);
        // Merged in the CRM: its invoice has moved.
        stage.advance(60);
        stage.edit(Module::Invoices, &own, &json!({"Account_Name": {"id": master}}));
        assert!(stage.world.borrow_mut().zoho.delete("Accounts", &away));
        for _ in 0..7 {
            stage.run_all(&ana, &[Module::Invoices], Direction::Both, scope.clone());
            stage.advance(900);
        }
        assert_eq!(stage.texts("SELECT outcome FROM waiting"), ["undecided"]);
        let desk = Desk::default();
        let waiting = stage.run(stage.engine(&desk).waiting(&ana)).unwrap();
        assert!(waiting.records.iter().all(|one| !one.parked), "nobody has given up: {waiting:#?}");
        let decision = Decision::Link {
            xero_id: XeroId::new(of_master.clone()).unwrap(),
            values: SourceOfTruth::Crm,
            instead_of: Some(id(&away)),
        };
        assert_ne!(of_away, of_master);
        decide(&stage, &ana, &master, &decision);
        stage.advance(60);
        stage.run_all(&ana, &[Module::Accounts, Module::Invoices], Direction::Both, Scope::SinceLast);
        assert_eq!(stage.xero(Module::Invoices, &own)["Contact"]["ContactID"], json!(of_master));
        assert_eq!(stage.texts("SELECT outcome FROM waiting"), Vec::<String>::new());
    }
}

#[test]
fn what_was_asked_often_is_looked_at_once_a_day_and_costs_no_more() {
    let (stage, ana) = stage();
    let contact = stage.typed("Contacts", json!({"Name": "Kim Park", "EmailAddress": "kim@elsewhere.example"}));
    let row = json!({"First_Name": "Kim", "Last_Name": "Park", "Email": "kim.park@ours.example"});
    let own = insert(&stage, Module::Contacts, &row);
    let looked = |stage: &Stage| {
        let run = stage.run_all(&ana, &[Module::Contacts], Direction::ToXero, Scope::SinceLast);
        stage.advance(900);
        stage.entries_of(&run.id).iter().any(|entry| entry.record_id == own)
    };
    let first: Vec<bool> = (0..8).map(|_| looked(&stage)).collect();
    assert_eq!(first, [true, true, true, true, true, false, false, false]);
    stage.advance(24 * 3_600);
    assert!(looked(&stage), "once a day");
    assert!(!looked(&stage));
    // The other one has got another name, which nothing tells of this record.
    stage.edit_xero("Contacts", &contact, json!({"Name": "Kim Parks"}));
    stage.advance(24 * 3_600);
    assert!(looked(&stage));
    assert!(stage.crm(Module::Contacts, &own)["Xero_ID"].is_string(), "it goes to Xero");
}

#[test]
fn a_decision_hides_nobody_s_change_from_the_circle() {
    for other in [false, true] {
        let (stage, ana) = stage();
        stage.choose(|settings| settings.senders.parties = Circle { closed: true, ..Circle::default() });
        let (own, contact) = account(&stage, &ana, "Galah Gardens");
        assert_eq!(stage.number("SELECT count(*) FROM releases"), 1);
        stage.advance(60);
        let change = json!({"Account_Name": "Galah Gardens of Sam"});
        stage.world.borrow_mut().edit(SALES, "Accounts", &own, &change).unwrap();
        stage.advance(60);
        // Both write into the account as whoever has connected the CRM, an administrator.
        if other {
            let takes = insert(&stage, Module::Accounts, &json!({"Account_Name": "Galah Gardening"}));
            decide(&stage, &ana, &takes, &link_to(&contact, Some(&own)));
        } else {
            decide(&stage, &ana, &own, &Decision::Unlink);
        }
        assert_eq!(stage.crm(Module::Accounts, &own)["Xero_ID"], Value::Null);
        assert_eq!(stage.number("SELECT count(*) FROM releases"), 0, "it is no word for sending either");
        stage.execute(&format!("DELETE FROM links WHERE crm_id = '{own}'"));
        stage.advance(60);
        stage.edit(Module::Accounts, &own, &json!({"Description": "looked at"}));
        let run = stage.run_all(&ana, &[Module::Accounts], Direction::ToXero, Scope::Everything);
        let held = stage.entries_of(&run.id).into_iter().find(|entry| entry.record_id == own).unwrap();
        assert!(held.problems.iter().any(|one| one.code == Code::ToBeReleased), "{held:#?}");
        assert!(stage.all_xero("Contacts").iter().all(|one| one["Name"] != change["Account_Name"]));
    }
}

#[test]
fn a_document_waits_as_gravely_in_a_run_as_by_a_click() {
    // What keeps its customer back: nobody of the circle has released it, or somebody has let it go.
    for let_go in [false, true] {
        let (stage, ana) = stage();
        let customer = insert(&stage, Module::Accounts, &json!({"Account_Name": "Galah Gardens"}));
        let product = json!({"Product_Name": "Soil", "Product_Code": "SOIL", "Product_Active": true});
        let product = insert(&stage, Module::Products, &product);
        let line = json!({"Product_Name": {"id": product}, "Quantity": 1, "List_Price": 10});
        let invoice = json!({"Subject": "Work", "Status": "Approved", "Account_Name": {"id": customer},
            "Invoice_Date": "2026-11-18", "Due_Date": "2026-12-18", "Invoiced_Items": [line]});
        let invoice = insert(&stage, Module::Invoices, &invoice);
        match let_go {
            true => decide(&stage, &ana, &customer, &Decision::Unlink),
            false => stage.choose(|settings| settings.senders.parties = Circle { closed: true, ..Circle::default() }),
        }
        let run = stage.run_all(&ana, &[Module::Invoices], Direction::ToXero, Scope::Everything);
        let by_run = stage.entries_of(&run.id).remove(0);
        let waits = &by_run.problems[0];
        // The connection waits for a release; what only warns of the customer keeps the document back all the same.
        let (severity, outcome) = match let_go {
            true => (Severity::Error, Outcome::Undecided),
            false => (Severity::Waiting, Outcome::Deferred),
        };
        assert_eq!((waits.code, waits.severity), (Code::DependencyFailed, severity), "{waits:#?}");
        assert_eq!(by_run.outcome, outcome, "{by_run:#?}");
        if let_go {
            // Whoever clicks is of the circle, so only this one keeps a click back, too.
            let click = stage.click(&ana, Module::Invoices, &invoice).entry;
            assert_eq!((click.problems[0].code, click.problems[0].severity), (waits.code, severity), "{click:#?}");
            assert_eq!(click.outcome, outcome, "{click:#?}");
        }
    }
}

#[test]
fn a_decision_keeps_a_release_that_nobody_has_changed() {
    let (stage, ana) = stage();
    stage.choose(|settings| settings.senders.parties = Circle { closed: true, ..Circle::default() });
    let (own, _) = account(&stage, &ana, "Galah Gardens");
    stage.advance(60);
    decide(&stage, &ana, &own, &Decision::Unlink);
    assert_eq!(stage.number("SELECT count(*) FROM releases"), 1);
    // Nor does it give one.
    let unsent = insert(&stage, Module::Accounts, &json!({"Account_Name": "Corella Clinic"}));
    decide(&stage, &ana, &unsent, &Decision::SendNew { not: Vec::new() });
    assert_eq!(stage.number("SELECT count(*) FROM releases"), 1);
}

#[test]
fn a_record_takes_the_place_of_one_that_holds_the_contact_or_is_gone() {
    let (stage, ana) = stage();
    let (first, of_first) = account(&stage, &ana, "Emu Events");
    let (second, of_second) = account(&stage, &ana, "Dingo Design");
    let free = stage.typed("Contacts", json!({"Name": "Brolga Bakery"}));
    let own = insert(&stage, Module::Accounts, &json!({"Account_Name": "Brolga Bakery Ltd"}));
    let held =
        |stage: &Stage| stage.texts("SELECT crm_id || ' ' || xero_id || ' ' || state FROM links ORDER BY crm_id");
    let before = held(&stage);
    // Neither a free contact nor another one's takes the contact of a record that has nothing to do with it.
    for contact in [&free, &of_first] {
        let refused = try_decide(&stage, &ana, &own, &link_to(contact, Some(&second))).unwrap_err();
        assert!(matches!(refused, Code::LinkedElsewhere), "{refused:?}");
        assert_eq!(held(&stage), before);
    }
    assert_eq!(contact_of(&stage, &second), of_second);
    // The one that holds it lets it go, and both are told of in the administrators' record.
    decide(&stage, &ana, &own, &link_to(&of_first, Some(&first)));
    let told = "SELECT action || ' ' || detail FROM audit WHERE action IN ('let-go', 'link-record') ORDER BY action";
    let wanted = [
        format!("let-go account Emu Events: {of_first}"),
        format!("link-record account Brolga Bakery Ltd: {of_first}"),
    ];
    assert_eq!(stage.texts(told), wanted);
    assert_eq!(stage.crm(Module::Accounts, &first)["Xero_ID"], Value::Null);
    // The same again is no other decision.
    decide(&stage, &ana, &own, &link_to(&of_first, Some(&first)));
    assert_eq!(stage.texts(told), wanted);
    // One that is gone lets go of what it had, whichever the other keeps.
    assert!(stage.world.borrow_mut().zoho.delete("Accounts", &second));
    decide(&stage, &ana, &own, &link_to(&of_first, Some(&second)));
    let gone = format!("let-go account {second}: {of_second}");
    assert!(stage.texts(told).contains(&gone), "{:#?}", stage.texts(told));
}

#[test]
fn a_bill_takes_no_sales_invoice_s_place() {
    let (stage, ana) = stage();
    let (account, contact) = account(&stage, &ana, "Ash Pottery");
    let pot = product(&stage, "POT");
    let invoice = invoice(&stage, ("Account_Name", &account), &pot);
    let line = json!({"Description": "Clay", "Quantity": 1, "UnitAmount": 10, "AccountCode": "300"});
    let bought = json!({"Type": "ACCPAY", "Status": "AUTHORISED", "Contact": {"ContactID": contact},
        "Date": "2026-06-01", "DueDate": "2026-06-30", "LineItems": [line]});
    let bill = stage.typed("Invoices", bought);
    let key = (Module::Invoices, id(&invoice));
    let told = stage.run(stage.engine(&Desk::default()).decide(&ana, &key, &link_to(&bill, None)));
    assert_eq!(told.map_err(|refusal| refusal.problem.code), Err(Code::XeroRecordGone));
    // An invoice that is one is taken.
    let sold = sale(&stage, &contact);
    stage.run(stage.engine(&Desk::default()).decide(&ana, &key, &link_to(&sold, None))).unwrap();
}

#[test]
fn an_id_is_one_however_it_is_typed() {
    let (stage, ana) = stage();
    let (first, contact) = account(&stage, &ana, "Emu Events");
    let other = insert(&stage, Module::Accounts, &json!({"Account_Name": "Emu Events Ltd"}));
    let typed = contact.to_uppercase();
    assert_ne!(typed, contact);
    let refused = try_decide(&stage, &ana, &other, &link_to(&typed, None)).unwrap_err();
    assert_eq!(refused, Code::LinkedElsewhere);
    decide(&stage, &ana, &other, &link_to(&typed, Some(&first)));
    let reply = stage.click(&ana, Module::Accounts, &other);
    assert_eq!(reply.entry.outcome, Outcome::Updated, "{:#?}", reply.entry.problems);
    assert_eq!(stage.texts("SELECT xero_id FROM links WHERE xero_id IS NOT NULL"), [contact.as_str()]);
    // What it is not, it is not in capitals either.
    let stranger = stage.typed("Contacts", json!({"Name": "Kea Kites", "EmailAddress": "kea@elsewhere.example"}));
    let own = insert(&stage, Module::Contacts, &json!({"Last_Name": "Kea Kites", "Email": "kea@ours.example"}));
    let desk = Desk::default();
    let not = vec![XeroId::new(stranger.to_uppercase()).unwrap()];
    stage.run(stage.engine(&desk).decide(&ana, &(Module::Contacts, id(&own)), &Decision::SendNew { not })).unwrap();
    let view = stage.view(&ana, Module::Contacts, &own).unwrap();
    assert!(view.preview.problems.iter().all(|one| one.question.is_none()), "{:#?}", view.preview.problems);
}

#[test]
fn a_decision_about_a_contact_that_is_just_coming_makes_no_second_record() {
    let mut told = Vec::new();
    for after in (0..1_500).step_by(100) {
        let (stage, ana) = stage();
        let own = insert(&stage, Module::Accounts, &json!({"Account_Name": "Numbat Nurseries"}));
        let contact = stage.typed("Contacts", json!({"Name": "Plants of the North"}));
        sale(&stage, &contact);
        let desk = Desk::default();
        stage.start_run(&desk, &ana, &[Module::Accounts], Direction::ToCrm, Scope::Everything);
        slow_down(&stage);
        let engine = stage.engine(&desk);
        let run = to_the_end(&stage, &desk, &ana);
        let key = (Module::Accounts, id(&own));
        let decision = link_to(&contact, None);
        let decides = async {
            stage.sleep(Duration::from_millis(after)).await;
            engine.decide(&ana, &key, &decision).await.map_err(|refusal| refusal.problem.code)
        };
        let ((), decided) = stage.together(join(run, decides));
        let named = accounts(&stage).into_iter().filter(|one| one["Xero_ID"] == json!(contact)).count();
        let holder = stage.texts("SELECT crm_id FROM links WHERE xero_id IS NOT NULL");
        let good = match decided {
            Ok(()) => accounts(&stage).len() == 1 && holder == [own.as_str()],
            Err(Code::LinkedElsewhere) => accounts(&stage).len() == 2 && holder != [own.as_str()] && named == 1,
            Err(_) => false,
        };
        told.push((after, decided, named, good));
    }
    assert!(told.iter().all(|(.., good)| *good), "{told:#?}");
    let ends = told.iter().map(|(_, decided, ..)| decided.is_ok()).collect::<std::collections::BTreeSet<_>>();
    assert_eq!(ends.len(), 2, "either may be first: {told:#?}");
}

#[test]
fn a_click_and_a_run_that_brings_its_contact_at_once_make_no_second_record() {
    let mut told = Vec::new();
    for after in (0..1_500).step_by(100) {
        let (stage, ana) = stage();
        let own = insert(&stage, Module::Accounts, &json!({"Account_Name": "Numbat Nurseries"}));
        let contact = stage.typed("Contacts", json!({"Name": "Numbat Nurseries"}));
        sale(&stage, &contact);
        let desk = Desk::default();
        stage.start_run(&desk, &ana, &[Module::Accounts], Direction::ToCrm, Scope::Everything);
        slow_down(&stage);
        let engine = stage.engine(&desk);
        let own = id(&own);
        let clicks = async {
            stage.sleep(Duration::from_millis(after)).await;
            engine.sync(&ana, Module::Accounts, &own).await.map(|reply| reply.entry.outcome)
        };
        let ((), clicked) = stage.together(join(to_the_end(&stage, &desk, &ana), clicks));
        let links = stage.texts("SELECT crm_id || ' ' || xero_id FROM links WHERE state = 'linked'");
        let good = accounts(&stage).len() == 1 && links == [format!("{own} {contact}")];
        told.push((after, clicked.map_err(|refusal| refusal.problem.code), links, good));
    }
    assert!(told.iter().all(|(.., good)| *good), "{told:#?}");
}

#[test]
fn after_a_merge_in_the_crm_neither_contact_comes_back_as_a_record() {
    for keeps_own in [false, true] {
        let (stage, ana) = stage();
        let (away, of_away) = typed_account(&stage, &ana, "Wombat Works");
        let (master, of_master) = typed_account(&stage, &ana, "Wombat Works Ltd");
        assert!(stage.world.borrow_mut().zoho.delete("Accounts", &away));
        let kept = if keeps_own { &of_master } else { &of_away };
        decide(&stage, &ana, &master, &link_to(kept, Some(&away)));
        stage.advance(60);
        let reply = stage.click(&ana, Module::Accounts, &master);
        assert_eq!(reply.entry.outcome, Outcome::Updated, "{:#?}", reply.entry.problems);
        for contact in [&of_away, &of_master] {
            stage.edit_xero("Contacts", contact, json!({"FirstName": "W"}));
        }
        let run = stage.run_all(&ana, &[Module::Accounts], Direction::ToCrm, Scope::Everything);
        assert_eq!(accounts(&stage).len(), 1, "keeps its own: {keeps_own} {:#?}", stage.entries_of(&run.id));
        assert_eq!(contact_of(&stage, &master), *kept);
    }
}
