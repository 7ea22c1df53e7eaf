//! Steps of runs whose records each want something of their own from the database: none makes more statements than an
//! invocation may, which the stage counts for every step, and each record comes to its end all the same.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use crate::support;

use engine::sync::Desk;
use sandbox::World;
use serde_json::{Value, json};
use shared::api::Outcome;
use shared::api::runs::Scope;
use shared::module::Module;
use shared::settings::{Direction, MatchRule};
use support::{BASE, Stage, most_statements};

/// As many records as a chunk has on the free plan, and one more.
const MANY: usize = 21;

fn insert(stage: &Stage, module: Module, row: &Value) -> String {
    stage.world.borrow_mut().zoho.insert(module.api_name(), row).unwrap()
}

/// Runs the pairs, and gives how the records of one module ended, beside the most statements of a step.
fn run(stage: &Stage, user: &engine::access::rights::Administrator, modules: &[Module]) -> (Vec<Outcome>, usize) {
    let desk = Desk::default();
    let run = stage.start_run(&desk, user, modules, Direction::ToXero, Scope::Everything);
    let steps = stage.take_steps_of_run(&desk, user);
    let most = steps.iter().map(|step| step.statements).max().unwrap();
    let entries = stage.entries_of(&run.id).into_iter();
    let last = modules.last().unwrap();
    (entries.filter(|entry| entry.module == *last).map(|entry| entry.outcome).collect(), most)
}

#[test]
fn names_that_xero_has_already_are_looked_up_for_all_at_once() {
    let (stage, ana) = Stage::connected(World::empty(BASE));
    let contacts: Vec<String> = (0..MANY)
        .map(|at| {
            insert(&stage, Module::Accounts, &json!({"Account_Name": format!("Bandicoot {at}")}));
            stage.typed("Contacts", json!({"Name": format!("Bandicoot {at}")}))
        })
        .collect();
    let (outcomes, most) = run(&stage, &ana, &[Module::Accounts]);
    assert_eq!(outcomes, vec![Outcome::Updated; MANY]);
    assert_eq!(stage.texts("SELECT crm_id FROM links WHERE xero_id IS NOT NULL").len(), MANY);
    assert_eq!(stage.all_xero("Contacts").len(), contacts.len(), "nothing is doubled");
    assert!(most < 30, "{most}: one statement for all of them");
}

#[test]
fn what_is_looked_up_for_each_record_alone_is_done_in_as_many_steps_as_it_takes() {
    let (stage, ana) = Stage::connected(World::empty(BASE));
    stage.choose(|settings| settings.parties.matching = MatchRule::NameThenEmail);
    for at in 0..MANY {
        let email = format!("kim{at}@bandicoot.example");
        let account = insert(&stage, Module::Accounts, &json!({"Account_Name": format!("Bandicoot {at}")}));
        let person = json!({"Last_Name": "Kim", "Email": email, "Account_Name": {"id": account}, "Xero_Primary": true});
        insert(&stage, Module::Contacts, &person);
        stage.typed("Contacts", json!({"Name": format!("Somebody {at}"), "EmailAddress": email}));
    }
    let (outcomes, most) = run(&stage, &ana, &[Module::Accounts]);
    assert_eq!(outcomes, vec![Outcome::Undecided; MANY], "each is asked about");
    assert!(most < 30, "{most}: they have room for what a step does at its end");
}

#[test]
fn documents_and_all_that_they_need_come_in_as_many_steps_as_it_takes() {
    let (stage, ana) = Stage::connected(World::empty(BASE));
    stage.choose(|settings| settings.parties.matching = MatchRule::NameThenEmail);
    for at in 0..MANY {
        let party = match at % 3 {
            0 => {
                let person = json!({"First_Name": "Pat", "Last_Name": format!("Potoroo {at}"),
                    "Email": format!("pat{at}@potoroo.example")});
                ("Contact_Name", insert(&stage, Module::Contacts, &person))
            }
            _ => ("Account_Name", insert(&stage, Module::Accounts, &json!({"Account_Name": format!("Potoroo {at}")}))),
        };
        // Some are in Xero already: their creates are refused.
        if at % 2 == 0 {
            stage.typed("Items", json!({"Code": format!("P-{at}"), "Name": "Pot"}));
        }
        let product = json!({"Product_Name": "Pot", "Product_Code": format!("P-{at}"), "Product_Active": true});
        let product = insert(&stage, Module::Products, &product);
        let row = json!({"Subject": "Pots", "Status": "Created", "Invoice_Date": "2026-11-18", "Due_Date": "2026-12-18",
            party.0: {"id": party.1},
            "Invoiced_Items": [{"Product_Name": {"id": product}, "Quantity": 1, "List_Price": 10}]});
        insert(&stage, Module::Invoices, &row);
    }
    let (outcomes, most) = run(&stage, &ana, &[Module::Invoices]);
    assert_eq!(outcomes, vec![Outcome::Created; MANY]);
    assert_eq!(stage.all_xero("Invoices").len(), MANY);
    assert_eq!(stage.all_xero("Contacts").len(), MANY);
    assert!(most <= most_statements(), "{most}");
}
