//! Who sends to the books, where not everybody does: what others change goes along with nothing that was released.

use crate::support::{BASE, Stage};
use crate::writing::{close, edit_as_sam, entry_of, has, scheduled};
use sandbox::{World, seed};
use serde_json::{Value, json};
use shared::api::Outcome;
use shared::api::runs::Scope;
use shared::module::Module;
use shared::problem::Code;
use shared::settings::{ApprovedEdits, Direction, SideAccounts};

fn insert(stage: &Stage, module: Module, row: &Value) -> String {
    stage.world.borrow_mut().zoho.insert(module.api_name(), row).unwrap()
}

/// An administrator clicks on an invoice, which is a release of it, while the books are closed: it is not sent yet.
fn released_only(stage: &Stage, ana: &engine::access::rights::Member, invoice: &str) {
    let tenant = stage.tenant(0);
    let lock = |date: Option<&str>| {
        let date = date.map(|date| date.parse().unwrap());
        stage.world.borrow_mut().xero.set_lock_dates(&tenant, date, None).unwrap();
    };
    lock(Some("2026-12-31"));
    let told = stage.click(ana, Module::Invoices, invoice).entry;
    assert!(has(&told.problems, Code::PeriodLocked), "{told:#?}");
    lock(None);
    stage.advance(60 * 60 * 24);
}

#[test]
fn a_released_invoice_goes_to_no_other_company_because_somebody_outside_moves_its_person() {
    for moved in [false, true] {
        let (stage, ana) = Stage::connected(World::standard(BASE));
        let own = insert(&stage, Module::Accounts, &json!({"Account_Name": "Lyrebird Legal"}));
        let other = insert(&stage, Module::Accounts, &json!({"Account_Name": "Zimmer and Sons"}));
        let petra = json!({"First_Name": "Petra", "Last_Name": "Pine", "Account_Name": {"id": own}});
        let petra = insert(&stage, Module::Contacts, &petra);
        for account in [&own, &other] {
            stage.click(&ana, Module::Accounts, account);
        }
        let invoice = seed::FIRST_INVOICE;
        let change = json!({"Contact_Name": {"id": petra}, "Account_Name": null, "Status": "Approved"});
        stage.edit(Module::Invoices, invoice, &change);
        close(&stage, Some(&[]), None);
        released_only(&stage, &ana, invoice);
        if moved {
            edit_as_sam(&stage, Module::Contacts, &petra, &json!({"Account_Name": {"id": other}}));
            stage.advance(60);
        }
        let entries = scheduled(&stage, &ana, &[Module::Invoices]);
        let told = entry_of(&entries, invoice).unwrap();
        assert_eq!(has(&told.problems, Code::ToBeReleased), moved, "{told:#?}");
        if !moved {
            let contact = stage.xero(Module::Invoices, invoice)["Contact"]["ContactID"].clone();
            assert_eq!(contact, stage.xero(Module::Accounts, &own)["ContactID"]);
            continue;
        }
        assert!(stage.all_xero("Invoices").iter().all(|one| one["InvoiceNumber"] != "INV-0001"));
        // An administrator's word on it as it is now.
        assert_eq!(stage.click(&ana, Module::Invoices, invoice).entry.outcome, Outcome::Created);
    }
}

#[test]
fn a_released_invoice_is_booked_on_no_other_account_because_somebody_outside_moves_its_product() {
    for moved in [false, true] {
        let (stage, ana) = Stage::connected(World::standard(BASE));
        stage.choose(|settings| {
            settings.documents.approved_edits = ApprovedEdits::CrmGoesThrough;
            for (category, code) in [("Goods", "200"), ("Services", "260"), ("Software", "260"), ("Freight", "200")] {
                let sales = SideAccounts { sales: Some(code.to_owned()), purchases: None };
                settings.accounts.by_category.insert(category.to_owned(), sales);
            }
        });
        let invoice = seed::FIRST_INVOICE;
        stage.edit(Module::Invoices, invoice, &json!({"Status": "Approved"}));
        let product = stage.crm(Module::Invoices, invoice)["Invoiced_Items"][0]["Product_Name"]["id"].clone();
        let product = product.as_str().unwrap();
        stage.edit(Module::Products, product, &json!({"Product_Category": "Goods"}));
        close(&stage, Some(&[]), Some(&[]));
        stage.click(&ana, Module::Invoices, invoice);
        let account = || stage.xero(Module::Invoices, invoice)["LineItems"][0]["AccountCode"].clone();
        assert_eq!(account(), json!("200"));
        stage.advance(60);
        if moved {
            edit_as_sam(&stage, Module::Products, product, &json!({"Product_Category": "Software"}));
            stage.advance(60);
        }
        // A change of the circle's own, so that a run looks at the invoice.
        stage.edit(Module::Invoices, invoice, &json!({"Due_Date": "2027-01-31"}));
        stage.advance(60);
        let run = stage.run_all(&ana, &[Module::Products, Module::Invoices], Direction::Both, Scope::Everything);
        let entries = stage.entries_of(&run.id);
        let told = entry_of(&entries, invoice).unwrap();
        assert_eq!(account(), json!("200"), "{told:#?}");
        assert_eq!(has(&told.problems, Code::ToBeReleased), moved, "{told:#?}");
    }
}

#[test]
fn what_we_write_to_a_company_s_person_hides_nobody_s_change_of_that_person() {
    let (stage, ana) = Stage::connected(World::standard(BASE));
    let account = insert(&stage, Module::Accounts, &json!({"Account_Name": "Lyrebird Legal"}));
    let petra = json!({"First_Name": "Petra", "Last_Name": "Pine", "Email": "petra@pine.example"});
    let petra = insert(&stage, Module::Contacts, &petra);
    close(&stage, None, Some(&[]));
    // She is a customer herself, and comes to a company later.
    assert_eq!(stage.click(&ana, Module::Contacts, &petra).entry.outcome, Outcome::Created);
    stage.advance(60);
    stage.edit(Module::Contacts, &petra, &json!({"Account_Name": {"id": account}, "Xero_Primary": true}));
    stage.click(&ana, Module::Contacts, &petra);
    stage.click(&ana, Module::Accounts, &account);
    stage.advance(60);
    edit_as_sam(&stage, Module::Contacts, &petra, &json!({"Mailing_City": "Nowhere"}));
    stage.advance(60);
    let company = stage.xero(Module::Accounts, &account)["ContactID"].as_str().unwrap().to_owned();
    stage.edit_xero("Contacts", &company, json!({"EmailAddress": "petra@lyrebird.example"}));
    stage.advance(60);
    let modules = [Module::Accounts, Module::Contacts];
    stage.run_all(&ana, &modules, Direction::Both, Scope::Everything);
    stage.advance(60);
    stage.run_all(&ana, &modules, Direction::Both, Scope::Everything);
    let her = stage.xero(Module::Contacts, &petra);
    assert!(!her.to_string().contains("Nowhere"), "{her}");
    assert_eq!(stage.crm(Module::Contacts, &petra)["Email"], "petra@lyrebird.example", "what changed at Xero came");
}
