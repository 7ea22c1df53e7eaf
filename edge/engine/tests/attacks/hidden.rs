//! What the connection reads of a record and its reader does not: it decides, and tells that reader nothing, not even that
//! it is there.

use crate::support::{ADMIN, BASE, Stage, id};
use crate::{SALES, allow, hide};
use engine::access::rights::Member;
use engine::sync::Desk;
use sandbox::{World, seed};
use sandbox_zoho::Others;
use serde_json::{Value, json};
use shared::api::runs::LogQuery;
use shared::api::{Action, Outcome};
use shared::module::Module;
use shared::problem::Problem;
use shared::settings::PrimaryContactRule;

/// The stable codes of problems, wherever they stand in an answer.
fn codes_in(answer: &impl serde::Serialize) -> Vec<String> {
    fn collect(value: &Value, codes: &mut Vec<String>) {
        match value {
            Value::Object(members) => {
                codes.extend(members.get("code").and_then(Value::as_str).map(str::to_owned));
                members.values().for_each(|member| collect(member, codes));
            }
            Value::Array(items) => items.iter().for_each(|item| collect(item, codes)),
            _ => {}
        }
    }
    let mut codes = Vec::new();
    collect(&serde_json::to_value(answer).unwrap(), &mut codes);
    codes
}

/// Why something is in the way that the reader is not shown.
fn reason(problems: &[Problem]) -> Option<&Problem> {
    problems.iter().find(|problem| json!(problem.code) == "hidden-reason")
}

/// An account of Sam's with two people whom Sam is not shown, and an invoice for it.
fn account_and_invoice(stage: &Stage) -> (String, String) {
    let sam = json!({"id": stage.user_id(SALES)});
    let zoho = &mut stage.world.borrow_mut().zoho;
    let account = zoho.insert("Accounts", &json!({"Account_Name": "Zebra Holding", "Owner": sam})).unwrap();
    for name in ["Anna", "Berta"] {
        let person =
            json!({"Last_Name": name, "Email": format!("{name}@zebra.example"), "Account_Name": {"id": account}});
        zoho.insert("Contacts", &person).unwrap();
    }
    let invoice = json!({
        "Subject": "Ink", "Status": "Approved", "Invoice_Date": "2026-03-02", "Owner": sam,
        "Account_Name": {"id": account},
        "Invoiced_Items": [{"Product_Name": {"id": seed::FIRST_PRODUCT}, "Quantity": 2, "List_Price": 12}],
    });
    let invoice = zoho.insert("Invoices", &invoice).unwrap();
    (account, invoice)
}

/// All that Sam is told of records.
fn told(stage: &Stage, sam: &Member, records: [(Module, &str); 2]) -> Vec<(&'static str, Vec<String>)> {
    let mut all = Vec::new();
    for (module, record) in records {
        let desk = Desk::default();
        let engine = stage.engine(&desk);
        all.push(("the preview", codes_in(&stage.view(sam, module, record).unwrap())));
        all.push(("the log", codes_in(&stage.run(engine.entries(sam, module, &id(record), None)).unwrap())));
        all.push(("the list", codes_in(&stage.run(engine.log(sam, &LogQuery::default())).unwrap())));
    }
    all
}

#[test]
fn that_there_are_people_is_told_to_nobody_who_does_not_see_them() {
    for rule in [PrimaryContactRule::Warn, PrimaryContactRule::Require] {
        let (stage, ana) = Stage::connected(World::standard(BASE));
        stage.choose(|settings| settings.parties.primary_contact = rule);
        let (account, invoice) = account_and_invoice(&stage);
        allow(&stage, |profile| _ = profile.others_in.insert("Contacts".to_owned(), Others::None));
        let sam = stage.sign_in(SALES);
        let records = [(Module::Accounts, account.as_str()), (Module::Invoices, invoice.as_str())];
        let mut all = told(&stage, &sam, records);
        let view = stage.view(&sam, Module::Accounts, &account).unwrap();
        let stops = rule == PrimaryContactRule::Require;
        let problem = reason(&view.preview.problems).unwrap_or_else(|| panic!("{:#?}", view.preview.problems));
        assert!(problem.stops() == stops && problem.place.is_some() && !problem.fix.is_empty(), "{problem:?}");
        assert_eq!(view.preview.action, if stops { Action::Blocked } else { Action::Create });
        // Ana is told, and her entries are not told to Sam.
        let seen = stage.view(&ana, Module::Accounts, &account).unwrap();
        assert!(codes_in(&seen).contains(&"primary-contact-several".to_owned()), "{seen:#?}");
        stage.click(&ana, Module::Accounts, &account);
        stage.click(&ana, Module::Invoices, &invoice);
        all.extend(told(&stage, &sam, records));
        stage.advance(60);
        all.push(("a click", codes_in(&stage.click(&sam, Module::Accounts, &account))));
        all.push(("a click on what needs it", codes_in(&stage.click(&sam, Module::Invoices, &invoice))));
        all.extend(told(&stage, &sam, records));
        for (where_, codes) in all {
            let hint = codes.iter().find(|code| code.starts_with("primary-contact") || code.starts_with("people"));
            assert!(hint.is_none(), "{rule:?} {where_}: {codes:?}");
        }
    }
}

#[test]
fn what_is_wrong_with_a_hidden_value_is_told_without_what_it_is() {
    let (stage, _) = Stage::connected(World::standard(BASE));
    let record = seed::FIRST_INVOICE;
    stage.edit(Module::Invoices, record, &json!({"Status": "A status that no setting knows"}));
    hide(&stage, "Invoices", "Status");
    let sam = stage.sign_in(SALES);
    let view = stage.view(&sam, Module::Invoices, record).unwrap();
    assert_eq!(view.preview.action, Action::Skip, "{view:#?}");
    assert!(reason(&view.preview.problems).is_some_and(Problem::stops), "{:#?}", view.preview.problems);
    let reply = stage.click(&sam, Module::Invoices, record);
    assert!(reason(&reply.entry.problems).is_some_and(Problem::stops), "{:#?}", reply.entry.problems);
    for codes in [codes_in(&view), codes_in(&reply)] {
        assert!(codes.iter().all(|code| !code.starts_with("status")), "{codes:?}");
    }
}

#[test]
fn a_tax_of_the_total_decides_although_it_is_hidden() {
    let sent = |hidden: bool, everybody: bool| {
        let (stage, _) = Stage::connected(World::total_tax(BASE));
        let record = seed::FIRST_INVOICE;
        stage.edit(Module::Invoices, record, &json!({"Status": "Approved"}));
        if hidden {
            hide(&stage, "Invoices", "$line_tax");
        }
        if everybody {
            let mut world = stage.world.borrow_mut();
            let profile = world.zoho.profile_of(ADMIN).unwrap().name.clone();
            let profile = world.zoho.profile_named_mut(&profile).unwrap();
            profile.hidden_fields.insert(("Invoices".to_owned(), "$line_tax".to_owned()));
        }
        let who = stage.sign_in(if hidden { SALES } else { ADMIN });
        let reply = stage.click(&who, Module::Invoices, record);
        (reply, stage)
    };
    let taxes = |(reply, stage): &(shared::api::SyncReply, Stage)| {
        assert_eq!(reply.entry.outcome, Outcome::Created, "{:#?}", reply.entry.problems);
        let document = stage.xero(Module::Invoices, seed::FIRST_INVOICE);
        json!([document["Total"], document["TotalTax"], document["LineItems"][0]["TaxType"]])
    };
    let (whole, hidden) = (sent(false, false), sent(true, false));
    assert_eq!(taxes(&whole), taxes(&hidden));
    let shown = hidden.0.view.entries[0].changes.iter().find(|change| change.key.ends_with(".tax_type"));
    assert!(shown.is_none_or(|change| change.crm.is_none() && change.result.is_none()), "{shown:?}");
    // What nobody of ours is shown is not there, as far as anybody knows: then the totals are held against each other.
    let (reply, _) = sent(true, true);
    assert_ne!(reply.entry.outcome, Outcome::Created, "{:#?}", reply.entry.problems);
}
