//! The first link: what is taken for the same, what is asked, and that nobody's values are written over.

use super::*;
use crate::question::{Decision, QuestionKind};

/// What Xero has of a record as if somebody had entered it there: it does not point back, and no link leads to it.
fn typed(mut world: World) -> World {
    let crm = world.crm.clone();
    world.sync();
    world.crm = crm;
    world.link = None;
    world.ground = Ground::Likeness;
    let element = world.xero.as_mut().unwrap().as_object_mut().unwrap();
    element.remove("Url");
    element.remove("ContactNumber");
    world
}

fn edited(world: World, path: &str, value: Value) -> World {
    let mut world = typed(world);
    let element = world.xero.as_mut().unwrap();
    match element.pointer_mut(path) {
        Some(slot) => *slot = value,
        None => element[path.trim_start_matches('/')] = value,
    }
    world
}

/// That somebody is asked, and neither side is written.
#[track_caller]
fn asks(world: &World, code: Code, kind: QuestionKind) -> Plan {
    let plan = world.plan();
    let told = codes(&plan);
    assert!(told.contains(&code), "{told:?}");
    assert_eq!((plan.action, &plan.xero_write, plan.crm_write.len()), (Action::Blocked, &None, 0));
    assert!(plan.person.is_none() && plan.agreed.is_empty());
    let problem = plan.problems.iter().find(|problem| problem.code == code).unwrap();
    let question = problem.question.as_ref().unwrap();
    assert_eq!((question.kind, question.module, question.crm_id.as_ref().unwrap().as_str()), (kind, world.module, ID));
    assert!(!question.candidates.is_empty() && !question.values.is_empty(), "{question:#?}");
    assert!(!question.choices.is_empty(), "{question:#?}");
    assert!(problem.is_open() && problem.place.is_some());
    plan
}

#[test]
fn what_fits_in_all_is_linked_without_a_word() {
    for world in [World::new(Module::Accounts, account()), World::new(Module::Products, product()), invoice(), order()]
    {
        let mut world = typed(world);
        let (plan, settled) = world.sync();
        let told = codes(&plan).into_iter().filter(|code| *code != Code::PrimaryContactMissing).collect::<Vec<_>>();
        assert_eq!((plan.action, told), (Action::Adopt, vec![]), "{:?}", world.module);
        assert_eq!(settled.link.state, LinkState::Linked);
        world.assert_in_step();
    }
}

#[test]
fn a_document_is_the_same_only_if_total_and_time_fit_too() {
    for world in [invoice, order] {
        for (path, value, misfit) in [
            ("/Date", json!("/Date(1740787200000+0000)/"), Misfit::Date),
            ("/Date", json!("/Date(1830000000000+0000)/"), Misfit::Date),
            ("/Total", json!(1), Misfit::Total),
            ("/CurrencyCode", json!("NZD"), Misfit::Total),
            ("/FullyPaidOnDate", json!("/Date(1740787200000+0000)/"), Misfit::Paid),
            ("/Payments", json!([{"Date": "/Date(1740787200000+0000)/", "Amount": 1}]), Misfit::Paid),
        ] {
            let mut world = edited(world(), path, value);
            for key in ["DateString", "DueDateString", "FullyPaidOnDateString"] {
                world.xero.as_mut().unwrap().as_object_mut().unwrap().remove(key);
            }
            if !matches!(misfit, Misfit::Date | Misfit::Total) {
                // Nothing else differs.
                let differences = misfits(&world.inputs(), world.xero.as_ref().unwrap());
                assert_eq!(differences, BTreeSet::from([misfit]));
                let plan = world.plan();
                assert!(codes(&plan).contains(&Code::DocumentInDoubt), "{path}");
                continue;
            }
            assert!(misfits(&world.inputs(), world.xero.as_ref().unwrap()).contains(&misfit), "{path}");
            let plan = match path {
                "/Total" => world.plan(),
                _ => asks(&world, Code::DocumentInDoubt, QuestionKind::Same),
            };
            let problem = plan.problems.iter().find(|one| one.code == Code::DocumentInDoubt).unwrap();
            let choices = &problem.question.as_ref().unwrap().choices;
            let anew = choices.iter().any(|choice| matches!(choice.decision, Decision::SendNew { .. }));
            // Xero takes each number of a sales invoice only once.
            assert_eq!(anew, world.module == Module::PurchaseOrders, "{path}");
            assert!(
                !problem.what.contains("1.00") && !problem.why.contains("2025"),
                "no values in words: {problem:#?}"
            );
        }
    }
}

#[test]
fn dates_within_the_terms_fit() {
    for (day, fits) in
        [("2026-11-19", false), ("2026-11-20", true), ("2026-12-05", true), ("2026-12-20", true), ("2026-12-21", false)]
    {
        let mut world = typed(order());
        world.xero.as_mut().unwrap()["DateString"] = json!(format!("{day}T00:00:00"));
        world.xero.as_mut().unwrap()["Date"] = json!(format!("{day}T00:00:00"));
        let found = misfits(&world.inputs(), world.xero.as_ref().unwrap());
        assert_eq!(found.is_empty(), fits, "{day} {found:?}");
    }
}

#[test]
fn dates_and_lines_that_somebody_typed_are_asked_about_and_never_overwritten() {
    for make in [invoice, order] {
        for truth in [SourceOfTruth::Crm, SourceOfTruth::Xero] {
            for (path, value) in [
                ("/LineItems/0/Description", json!("Typed by hand")),
                ("/LineItems/1/Description", json!("Typed by hand")),
                ("/DueDateString", json!("2027-01-31T00:00:00")),
                ("/DateString", json!("2026-11-25T00:00:00")),
            ] {
                let mut world = edited(make(), path, value);
                world.settings.source_of_truth.insert(world.module, truth);
                let plan = asks(&world, Code::DocumentDiffers, QuestionKind::Values);
                assert_eq!(plan.problems[0].question.as_ref().unwrap().values.len(), 1, "{path}");
            }
        }
        // A line more or less on either side, which the total does not show.
        let mut world = typed(make());
        let lines = world.xero.as_mut().unwrap()["LineItems"].as_array_mut().unwrap();
        lines
            .push(json!({"LineItemID": "eeeeeeee-0000-4000-8000-000000000009", "Description": "A text", "Quantity": 0,
            "UnitAmount": 0, "LineAmount": 0}));
        asks(&world, Code::DocumentDiffers, QuestionKind::Values);
    }
}

#[test]
fn what_somebody_has_said_counts() {
    for (values, kept) in [(SourceOfTruth::Crm, "text 101"), (SourceOfTruth::Xero, "Typed by hand")] {
        let mut world = edited(order(), "/LineItems/0/Description", json!("Typed by hand"));
        world.ground = Ground::Word(values);
        let (plan, _) = world.sync();
        assert_eq!(plan.action, Action::Adopt, "{:#?}", plan.problems);
        assert_eq!(world.xero.as_ref().unwrap()["LineItems"][0]["Description"], kept);
        assert_eq!(world.crm.record["Purchase_Items"][0]["Description"], kept);
        world.assert_in_step();
    }
}

fn contact() -> World {
    let mut record = account();
    record["Phone"] = json!("+61 2 5550 7777");
    let mut world = World::new(Module::Accounts, record);
    world.crm.contacts =
        vec![json!({"id": "77", "First_Name": "Kim", "Last_Name": "Park", "Email": "kim@ours.example",
        "Xero_Primary": true})];
    world
}

fn with(path: &str, value: Value) -> World {
    let mut world = typed(contact());
    let element = world.xero.as_mut().unwrap();
    match path {
        "phone" => {
            for phone in element["Phones"].as_array_mut().unwrap() {
                phone["PhoneNumber"] = value.clone();
                phone["PhoneCountryCode"] = json!("");
                phone["PhoneAreaCode"] = json!("");
            }
        }
        "address" => {
            for address in element["Addresses"].as_array_mut().unwrap() {
                for (part, value) in value.as_object().unwrap() {
                    address[part] = value.clone();
                }
            }
        }
        field => element[field] = value,
    }
    world
}

#[test]
fn a_namesake_is_a_question() {
    let elsewhere = json!({"AddressLine1": "9 Hay Street", "AddressLine2": "", "City": "Perth", "PostalCode": "6000"});
    for (path, value, by) in [
        ("EmailAddress", json!("kim@elsewhere.example"), "E-mail"),
        ("address", elsewhere, "Billing street"),
        ("phone", json!("02 5550 1111"), "Phone"),
    ] {
        let mut world = with(path, value);
        if path != "EmailAddress" {
            // An e-mail address that both have would say that they are the same.
            world.xero.as_mut().unwrap().as_object_mut().unwrap().remove("EmailAddress");
        }
        let plan = asks(&world, Code::ContactInDoubt, QuestionKind::Same);
        assert!(plan.problems[0].why.contains(by), "{:#?}", plan.problems[0]);
    }
    let mut world = with("TaxNumber", json!("53 004 085 616"));
    world.map("tax_number", "ABN");
    world.crm.record["ABN"] = json!("51 824 753 556");
    asks(&world, Code::ContactInDoubt, QuestionKind::Same);
}

#[test]
fn what_is_only_written_otherwise_says_nothing() {
    for (path, value) in [
        ("EmailAddress", json!("KIM@Ours.example ")),
        ("EmailAddress", json!("accounts@ours.example")),
        ("phone", json!("(02) 5550-7777")),
        ("address", json!({"AddressLine1": "1 HIGH STREET", "AddressLine2": "LEVEL 2", "City": "Sydney "})),
        ("Name", json!("ACME ")),
    ] {
        let mut world = with(path, value.clone());
        let before = world.xero.clone().unwrap();
        let (plan, _) = world.sync();
        assert_eq!(plan.action, Action::Adopt, "{path} {value}: {:#?}", plan.problems);
        let after = world.xero.clone().unwrap();
        for field in ["Name", "EmailAddress", "Phones", "Addresses"] {
            assert_eq!(before[field], after[field], "{field}: nothing is written over");
        }
        world.assert_in_step();
    }
}

#[test]
fn a_known_person_is_linked_and_no_side_loses_its_values() {
    for truth in [SourceOfTruth::Crm, SourceOfTruth::Xero] {
        let mut world = with("phone", json!("02 5550 1111"));
        world.settings.source_of_truth.insert(Module::Accounts, truth);
        let (xero, crm) = (world.xero.clone().unwrap(), world.crm.record.clone());
        let (plan, _) = world.sync();
        assert_eq!((plan.action, codes(&plan)), (Action::Adopt, vec![Code::ValuesDiffer]));
        let question = plan.problems[0].question.as_ref().unwrap();
        assert_eq!(question.values.iter().map(|one| one.label.as_str()).collect::<Vec<_>>(), ["Phone"]);
        assert!(!plan.problems[0].is_open(), "it stops nothing");
        assert_eq!(
            (&world.xero.as_ref().unwrap()["Phones"], &world.crm.record["Phone"]),
            (&xero["Phones"], &crm["Phone"])
        );
        world.assert_in_step();
        // What changes afterwards goes across.
        world.crm.record["Phone"] = json!("+61 2 5550 9999");
        let plan = world.plan();
        assert_eq!((plan.action, change(&plan, "phone").why), (Action::UpdateXero, Why::ChangedInCrm));
    }
}

#[test]
fn an_item_of_the_code_keeps_its_price() {
    let mut world = typed(World::new(Module::Products, product()));
    world.xero.as_mut().unwrap()["SalesDetails"]["UnitPrice"] = json!(99);
    let (plan, _) = world.sync();
    assert_eq!((plan.action, codes(&plan)), (Action::Adopt, vec![Code::ValuesDiffer]));
    assert_eq!(world.xero.as_ref().unwrap()["SalesDetails"]["UnitPrice"], json!(99));
    assert_eq!(world.crm.record["Unit_Price"], json!(120.5));
    world.assert_in_step();
}

#[test]
fn what_points_back_to_the_record_is_nobody_s_typing() {
    let mut world = order();
    world.sync();
    world.link = None;
    world.ground = Ground::Likeness;
    world.xero.as_mut().unwrap()["LineItems"][0]["Description"] = json!("Changed since");
    assert_eq!(codes(&world.plan()), []);
}
