//! Taxes and exchange rates as real organisations have them: what no total shows, and what must not go silently.
//! Cases F01, F03 and F16 of the project's list, clicked and run, in both tax modes.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use crate::support;

use engine::access::rights::Administrator;
use engine::sync::Desk;
use sandbox::{Seed, World};
use sandbox_zoho::{TaxMode, UnsaidRate};
use serde_json::{Value, json};
use shared::api::runs::Scope;
use shared::api::{Action, EntryView, Outcome, Shown};
use shared::module::Module;
use shared::problem::{Code, Problem};
use shared::question::{Answer, Decision, Question, QuestionKind};
use shared::settings::{Direction, SettingChange, SourceOfTruth, TaxMapping};
use support::{BASE, Stage, id};

fn codes(entry: &EntryView) -> Vec<Code> {
    entry.problems.iter().map(|problem| problem.code).collect()
}

fn choose_tax(stage: &Stage, name: &str, sales: Option<&str>, purchases: Option<&str>) {
    let mapping = TaxMapping { sales: sales.map(str::to_owned), purchases: purchases.map(str::to_owned) };
    stage.choose(|settings| drop(settings.taxes.insert(name.to_owned(), mapping)));
}

fn insert(stage: &Stage, module: &str, record: Value) -> String {
    stage.world.borrow_mut().zoho.insert(module, &record).unwrap()
}

fn product(stage: &Stage, code: &str, more: Value) -> String {
    let mut record = json!({"Product_Name": format!("{code} of the shop"), "Product_Code": code, "Unit_Price": 5,
        "Product_Active": true});
    record.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    insert(stage, "Products", record)
}

/// An approved invoice of lines: product, price, taxes.
fn invoice(stage: &Stage, lines: &[(&str, Value, Value)], more: Value) -> String {
    let known = stage.world.borrow().zoho.ids("Accounts").first().cloned();
    let account = known.unwrap_or_else(|| insert(stage, "Accounts", json!({"Account_Name": "Fern Gully Produce"})));
    let row = |(product, price, taxes): &(&str, Value, Value)| json!({"Product_Name": {"id": product}, "Quantity": 2, "List_Price": price, "Line_Tax": taxes});
    let mut record = json!({"Subject": "Bread", "Status": "Approved", "Account_Name": {"id": account},
        "Invoice_Date": "2026-11-20", "Invoiced_Items": lines.iter().map(row).collect::<Vec<_>>()});
    record.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    insert(stage, "Invoices", record)
}

fn tax_types(document: &Value) -> Vec<String> {
    let lines = document["LineItems"].as_array().unwrap();
    lines.iter().map(|line| line["TaxType"].as_str().unwrap_or_default().to_owned()).collect()
}

fn connected(seed: Seed) -> (Stage, Administrator) {
    Stage::connected(World::with_seed(seed, BASE))
}

fn apply(stage: &Stage, user: &Administrator, change: &SettingChange) {
    let desk = Desk::default();
    stage.run(stage.engine(&desk).change_setting(user, change)).unwrap();
}

#[test]
fn f01_a_line_without_tax_goes_free_of_tax_and_somebody_is_asked() {
    for (seed, currency, wanted) in [
        (Seed::Empty, "AUD", "EXEMPTOUTPUT"),
        (Seed::UnitedKingdom, "GBP", "ZERORATEDOUTPUT"),
        (Seed::UnitedStates, "USD", "NONE"),
        (Seed::SouthAfrica, "ZAR", "ZERORATED"),
        (Seed::Singapore, "SGD", "ZERORATEDOUTPUT"),
    ] {
        let mut world = World::with_seed(seed, BASE);
        world.zoho.add_currency("ZAR", "South African Rand", 12.into(), 2);
        world.zoho.add_currency("SGD", "Singapore Dollar", 1.into(), 2);
        let (stage, ana) = Stage::connected(world);
        let bread = product(&stage, "BREAD", json!({"Taxable": true}));
        let record = invoice(&stage, &[(&bread, json!(5), json!([]))], json!({"Adjustment": 1, "Currency": currency}));
        let preview = stage.view(&ana, Module::Invoices, &record).unwrap().preview;
        assert_eq!(preview.action, Action::Create, "{:#?}", preview.problems);
        let told = preview.problems.iter().find(|problem| problem.code == Code::UntaxedUnchosen).unwrap();
        let remedy = told.remedy.clone().unwrap();
        assert!(remedy.choices.len() > 1 || seed == Seed::UnitedStates, "{remedy:#?}");
        let reply = stage.click(&ana, Module::Invoices, &record);
        assert_eq!((reply.entry.outcome, codes(&reply.entry)), (Outcome::Created, vec![Code::UntaxedUnchosen]));
        assert_eq!(tax_types(&stage.xero(Module::Invoices, &record)), [wanted, wanted], "the adjustment as well");
        // The next one goes as was chosen, and nobody is asked again. What is there keeps its own.
        apply(&stage, &ana, &remedy.choices.last().unwrap().change);
        let SettingChange::Tax { tax_type, .. } = &remedy.choices.last().unwrap().change else { panic!() };
        let next = invoice(&stage, &[(&bread, json!(5), json!([]))], json!({"Adjustment": -1, "Currency": currency}));
        let reply = stage.click(&ana, Module::Invoices, &next);
        assert_eq!(
            (reply.entry.outcome, codes(&reply.entry)),
            (Outcome::Created, vec![]),
            "{:#?}",
            reply.entry.problems
        );
        assert_eq!(tax_types(&stage.xero(Module::Invoices, &next)), [tax_type.as_str(), tax_type.as_str()]);
        let again = stage.click(&ana, Module::Invoices, &record);
        assert_eq!((again.entry.outcome, codes(&again.entry)), (Outcome::Unchanged, vec![]));
    }
}

#[test]
fn f01_the_crm_products_own_tax_goes_before_the_choice() {
    let (stage, ana) = connected(Seed::Empty);
    choose_tax(&stage, "", Some("BASEXCLUDED"), Some("BASEXCLUDED"));
    let free = stage.world.borrow().zoho.taxes().iter().find(|tax| tax.name == "GST Free").unwrap().id.to_string();
    let bread = product(&stage, "BREAD", json!({"Taxable": true, "Tax": [{"id": free}]}));
    let record = invoice(&stage, &[(&bread, json!(5), json!([]))], json!({}));
    let reply = stage.click(&ana, Module::Invoices, &record);
    assert_eq!((reply.entry.outcome, codes(&reply.entry)), (Outcome::Created, vec![]), "{:#?}", reply.entry.problems);
    assert_eq!(tax_types(&stage.xero(Module::Invoices, &record)), ["EXEMPTOUTPUT"]);
}

/// Second variant: the item is Xero's own, with a type of its own. By a click and by a run, new to the CRM and linked.
#[test]
fn f01_the_items_own_type_in_xero_goes_first() {
    for (run, linked) in [(false, false), (false, true), (true, false), (true, true)] {
        for mode in [TaxMode::Item, TaxMode::Total] {
            let (stage, ana) = connected(Seed::Empty);
            stage.world.borrow_mut().zoho.set_tax_mode(mode);
            choose_tax(&stage, "", Some("BASEXCLUDED"), None);
            let (tenant, now) = (stage.tenant(0), stage.now_utc());
            for (code, tax_type) in [("EGGS", "EXEMPTOUTPUT"), ("HAM", "OUTPUT")] {
                let item = json!({"Code": code, "Name": format!("{code} of the shop"),
                    "SalesDetails": {"UnitPrice": 7, "AccountCode": "200", "TaxType": tax_type}});
                stage.world.borrow_mut().xero.insert(&tenant, "Items", item, now).unwrap();
            }
            let (eggs, ham) = (product(&stage, "EGGS", json!({})), product(&stage, "HAM", json!({})));
            if linked {
                for product in [&eggs, &ham] {
                    stage.click(&ana, Module::Products, product);
                }
            }
            let lines = [(eggs.as_str(), json!(7), json!([])), (ham.as_str(), json!(7), json!([]))];
            let record = invoice(&stage, &lines, json!({}));
            let preview = stage.view(&ana, Module::Invoices, &record).unwrap().preview;
            assert_eq!(preview.problems, [], "run {run}, linked {linked}");
            if run {
                let done = stage.run_all(&ana, &[Module::Invoices], Direction::ToXero, Scope::Everything);
                assert_eq!(done.counts.failed, 0, "{:#?}", stage.entries_of(&done.id));
            } else {
                stage.click(&ana, Module::Invoices, &record);
            }
            // An item that is taxed says nothing of a line without tax.
            assert_eq!(tax_types(&stage.xero(Module::Invoices, &record)), ["EXEMPTOUTPUT", "BASEXCLUDED"]);
        }
    }
}

/// With "Tax included" the item's own type is the only one that says how much tax a price contains.
#[test]
fn an_items_own_type_counts_where_prices_include_tax() {
    let (stage, ana) = connected(Seed::Empty);
    stage.choose(|settings| settings.documents.line_amount_types = shared::record::LineAmountTypes::Inclusive);
    let (tenant, now) = (stage.tenant(0), stage.now_utc());
    let item = json!({"Code": "EGGS", "Name": "Eggs", "SalesDetails": {"UnitPrice": 7, "TaxType": "EXEMPTOUTPUT"}});
    stage.world.borrow_mut().xero.insert(&tenant, "Items", item, now).unwrap();
    let (eggs, ham) = (product(&stage, "EGGS", json!({})), product(&stage, "HAM", json!({})));
    let lines = [(eggs.as_str(), json!(7), json!([])), (ham.as_str(), json!(7), json!([]))];
    let record = invoice(&stage, &lines, json!({}));
    stage.click(&ana, Module::Invoices, &record);
    // The account says it for the item that does not.
    assert_eq!(tax_types(&stage.xero(Module::Invoices, &record)), ["EXEMPTOUTPUT", "OUTPUT"]);
}

/// What an accountant made of a line without tax stays, and is never written over by a choice that came later.
#[test]
fn what_the_crm_has_no_word_for_stays_as_it_is_in_xero() {
    let (stage, ana) = connected(Seed::Empty);
    let bread = product(&stage, "BREAD", json!({}));
    let record = invoice(&stage, &[(&bread, json!(5), json!([]))], json!({"Status": "Created"}));
    stage.click(&ana, Module::Invoices, &record);
    let there = stage.xero(Module::Invoices, &record);
    let mut line = there["LineItems"][0].clone();
    line["TaxType"] = json!("BASEXCLUDED");
    stage.edit_xero("Invoices", there["InvoiceID"].as_str().unwrap(), json!({"LineItems": [line]}));
    choose_tax(&stage, "", Some("EXEMPTOUTPUT"), None);
    stage.edit(Module::Invoices, &record, &json!({"Subject": "More bread"}));
    let reply = stage.click(&ana, Module::Invoices, &record);
    assert_eq!((reply.entry.outcome, codes(&reply.entry)), (Outcome::Updated, vec![]), "{:#?}", reply.entry.problems);
    assert_eq!(tax_types(&stage.xero(Module::Invoices, &record)), ["BASEXCLUDED"]);
}

#[test]
fn f03_another_percentage_never_goes_silently() {
    let gst = |percentage: u32| json!([{"name": "GST", "percentage": percentage}]);
    for run in [false, true] {
        for mapped in [true, false] {
            for (price, lines) in [("100", vec![8, 12]), ("100", vec![8]), ("0.1", vec![8])] {
                let (stage, ana) = connected(Seed::Empty);
                if mapped {
                    choose_tax(&stage, "GST", Some("OUTPUT"), None);
                }
                let pens = product(&stage, "PEN-1", json!({}));
                let price: Value = serde_json::from_str(price).unwrap();
                let rows: Vec<_> = lines.iter().map(|at| (pens.as_str(), price.clone(), gst(*at))).collect();
                let record = invoice(&stage, &rows, json!({}));
                let entry = if run {
                    let done = stage.run_all(&ana, &[Module::Invoices], Direction::ToXero, Scope::Everything);
                    stage.entries_of(&done.id).into_iter().find(|entry| entry.record_id == record).unwrap()
                } else {
                    stage.click(&ana, Module::Invoices, &record).entry
                };
                let code = if mapped { Code::TaxRateDiffers } else { Code::TaxUnmapped };
                assert_eq!(entry.outcome, Outcome::Failed, "{lines:?}");
                assert_eq!(codes(&entry), vec![code; lines.len()], "{:#?}", entry.problems);
                for (problem, percentage) in entry.problems.iter().zip(&lines) {
                    assert!(problem.what.contains(&format!("GST ({percentage} %)")), "{problem:#?}");
                }
                assert_eq!(stage.all_xero("Invoices"), Vec::<Value>::new());
            }
        }
    }
}

#[test]
fn f03_each_percentage_has_its_own_rate() {
    let (stage, ana) = connected(Seed::UnitedKingdom);
    choose_tax(&stage, "GST", Some("OUTPUT2"), None);
    let pens = product(&stage, "PEN-1", json!({}));
    let gst = |percentage: u32| json!([{"name": "GST", "percentage": percentage}]);
    let lines = [(pens.as_str(), json!(100), gst(20)), (pens.as_str(), json!(100), gst(5))];
    let record = invoice(&stage, &lines, json!({"Currency": "GBP"}));
    let told = stage.click(&ana, Module::Invoices, &record).entry.problems.remove(0);
    assert_eq!(told.code, Code::TaxRateDiffers);
    let reduced = told.remedy.unwrap().choices.into_iter().find(|choice| choice.label.contains("5%")).unwrap();
    apply(&stage, &ana, &reduced.change);
    assert!(stage.settings().taxes.contains_key("GST (5 %)"), "{:?}", stage.settings().taxes);
    let reply = stage.click(&ana, Module::Invoices, &record);
    assert_eq!((reply.entry.outcome, codes(&reply.entry)), (Outcome::Created, vec![]), "{:#?}", reply.entry.problems);
    assert_eq!(tax_types(&stage.xero(Module::Invoices, &record)), ["OUTPUT2", "RROUTPUT"]);
}

fn foreign(stage: &Stage, product: &str, rate: Value, currency: &str) -> String {
    let more = json!({"Currency": currency, "Exchange_Rate": rate});
    invoice(stage, &[(product, json!(1000), json!([]))], more)
}

#[test]
fn f16_the_exchange_rate_has_the_same_sense_on_both_sides() {
    let (stage, ana) = connected(Seed::Empty);
    choose_tax(&stage, "", Some("EXEMPTOUTPUT"), Some("EXEMPTEXPENSES"));
    stage.choose(|settings| settings.documents.send_exchange_rate = true);
    let goods = product(&stage, "EXP", json!({}));
    let rate_of = |record: &str| stage.xero(Module::Invoices, record)["CurrencyRate"].to_string();
    // b: 1 between different currencies is no rate: Xero takes its own.
    for nothing in [json!(1), json!(1.0), json!(0)] {
        let record = foreign(&stage, &goods, nothing, "USD");
        let reply = stage.click(&ana, Module::Invoices, &record);
        assert_eq!(
            (reply.entry.outcome, codes(&reply.entry)),
            (Outcome::Created, vec![]),
            "{:#?}",
            reply.entry.problems
        );
        assert_eq!(rate_of(&record), "0.651234");
    }
    let record = foreign(&stage, &goods, json!(0.65), "USD");
    assert_eq!(stage.click(&ana, Module::Invoices, &record).entry.outcome, Outcome::Created);
    assert_eq!(rate_of(&record), "0.65");
}

/// Zoho writes 1 where nobody says a rate; whether it ever takes the organisation's own is not known.
#[test]
fn a_document_without_a_rate_goes_with_whichever_rate_there_is() {
    for (rate, in_crm, in_xero) in
        [(UnsaidRate::One, "1.000000000", "0.651234"), (UnsaidRate::OfTheOrganisation, "0.660000000", "0.66")]
    {
        let (stage, ana) = connected(Seed::Empty);
        stage.world.borrow_mut().zoho.answers_mut().rate = rate;
        choose_tax(&stage, "", Some("EXEMPTOUTPUT"), Some("EXEMPTEXPENSES"));
        stage.choose(|settings| settings.documents.send_exchange_rate = true);
        let goods = product(&stage, "EXP", json!({}));
        let record = invoice(&stage, &[(&goods, json!(1000), json!([]))], json!({"Currency": "USD"}));
        assert_eq!(stage.crm(Module::Invoices, &record)["Exchange_Rate"].to_string(), in_crm);
        let reply = stage.click(&ana, Module::Invoices, &record);
        assert_eq!(reply.entry.outcome, Outcome::Created, "{:#?}", reply.entry.problems);
        assert_eq!(stage.xero(Module::Invoices, &record)["CurrencyRate"].to_string(), in_xero);
        // A document that comes from Xero has Xero's rate, where the CRM takes one.
        let again = stage.click(&ana, Module::Invoices, &record);
        assert_eq!(again.entry.outcome, Outcome::Unchanged, "{:#?}", again.entry);
    }
}

/// An organisation that has a document in dollars at 0.651234, and sends rates from then on.
fn with_a_last_rate() -> (Stage, Administrator, String) {
    let (stage, ana) = connected(Seed::Empty);
    choose_tax(&stage, "", Some("EXEMPTOUTPUT"), Some("EXEMPTEXPENSES"));
    let goods = product(&stage, "EXP", json!({}));
    let first = foreign(&stage, &goods, json!(1), "USD");
    assert_eq!(stage.click(&ana, Module::Invoices, &first).entry.outcome, Outcome::Created);
    stage.choose(|settings| settings.documents.send_exchange_rate = true);
    (stage, ana, goods)
}

fn asked(problems: &[Problem]) -> Question {
    let far = problems.iter().find(|problem| problem.code == Code::ExchangeRateFar && problem.is_open());
    let far = far.unwrap_or_else(|| panic!("{problems:#?}"));
    assert!(far.remedy.is_none() && far.place.is_some(), "the answers stand alone: {far:#?}");
    *far.question.clone().unwrap()
}

fn answer(stage: &Stage, ana: &Administrator, question: &Question, wanted: SourceOfTruth) {
    let is = |one: &&Answer| matches!(&one.decision, Decision::Rate { values, .. } if *values == wanted);
    let decision = &question.choices.iter().find(is).unwrap().decision;
    let desk = Desk::default();
    stage.run(stage.engine(&desk).decide(ana, &(question.module, question.crm_id.clone().unwrap()), decision)).unwrap();
}

#[test]
fn f16_a_rate_far_from_the_last_one_stops_and_asks() {
    let (stage, ana, goods) = with_a_last_rate();
    for run in [false, true] {
        // Turned over, a point that slipped, and just too far on either side of the last rate of 0.651234.
        for (rate, goes) in [
            ("1.538462", false),
            ("6.5", false),
            ("0.976852", false),
            ("0.434155", false),
            ("0.97685", true),
            ("0.434157", true),
        ] {
            let stage = stage.copy();
            let rate: Value = serde_json::from_str(rate).unwrap();
            let record = foreign(&stage, &goods, rate.clone(), "USD");
            let preview = stage.view(&ana, Module::Invoices, &record).unwrap().preview;
            assert_eq!(preview.action == Action::Create, goes, "{rate}: {:#?}", preview.problems);
            let entry = if run {
                let done = stage.run_all(&ana, &[Module::Invoices], Direction::ToXero, Scope::Everything);
                assert_eq!(done.counts.undecided, u32::from(!goes), "{:?}", done.counts);
                stage.entries_of(&done.id).into_iter().find(|entry| entry.record_id == record).unwrap()
            } else {
                stage.click(&ana, Module::Invoices, &record).entry
            };
            if goes {
                assert_eq!((entry.outcome, codes(&entry)), (Outcome::Created, vec![]), "{rate}");
                assert_eq!(stage.xero(Module::Invoices, &record)["CurrencyRate"], rate);
                continue;
            }
            assert_eq!((entry.outcome, codes(&entry)), (Outcome::Undecided, vec![Code::ExchangeRateFar]), "{rate}");
            assert_eq!(stage.all_xero("Invoices").len(), 1, "it is left alone");
            let question = asked(&entry.problems);
            assert_eq!(question, asked(&preview.problems));
            assert_eq!(
                (question.kind, question.crm_id.as_ref().unwrap().as_str()),
                (QuestionKind::Rate, record.as_str())
            );
            let shown = |rate: &str| Some(Shown::Number(rate.to_owned()));
            let [values] = question.values.as_slice() else { panic!("{question:#?}") };
            assert_eq!((&values.crm, &values.xero), (&shown(&rate.to_string()), &shown("0.651234")));
        }
    }
}

#[test]
fn f16_whose_rate_counts_is_decided_for_this_document_and_this_rate() {
    for run in [false, true] {
        for (values, wanted) in [(SourceOfTruth::Crm, "6.5"), (SourceOfTruth::Xero, "0.651234")] {
            let (stage, ana, goods) = with_a_last_rate();
            let record = foreign(&stage, &goods, json!(6.5), "USD");
            let other = foreign(&stage, &goods, json!(6.5), "USD");
            let reply = stage.click(&ana, Module::Invoices, &record);
            let question = asked(&reply.entry.problems);
            answer(&stage, &ana, &question, values);
            // Another rate than the one that was told is asked about again; the same is not.
            stage.advance(60);
            stage.edit(Module::Invoices, &record, &json!({"Exchange_Rate": 7}));
            let reply = stage.click(&ana, Module::Invoices, &record);
            assert_eq!(reply.entry.outcome, Outcome::Undecided, "{:#?}", reply.entry.problems);
            asked(&reply.entry.problems);
            stage.advance(60);
            stage.edit(Module::Invoices, &record, &json!({"Exchange_Rate": 6.5}));
            let (outcome, problems) = if run {
                let done = stage.run_all(&ana, &[Module::Invoices], Direction::Both, Scope::Everything);
                let of = |record: &str| stage.entries_of(&done.id).into_iter().find(|entry| entry.record_id == record);
                // The word is about this document alone.
                assert_eq!(of(&other).unwrap().outcome, Outcome::Undecided);
                let entry = of(&record).unwrap();
                (entry.outcome, entry.problems)
            } else {
                let entry = stage.click(&ana, Module::Invoices, &record).entry;
                asked(&stage.click(&ana, Module::Invoices, &other).entry.problems);
                (entry.outcome, entry.problems)
            };
            assert_eq!(outcome, Outcome::Created, "{problems:#?}");
            assert_eq!(stage.xero(Module::Invoices, &record)["CurrencyRate"].to_string(), wanted);
            let again = stage.click(&ana, Module::Invoices, &record).entry;
            assert_eq!((again.changes.len(), codes(&again)), (0, vec![]), "{again:#?}");
            assert_eq!(stage.number("SELECT count(*) FROM audit WHERE action = 'decide-rate'"), 1);
        }
    }
}

#[test]
fn f16_a_word_about_a_rate_is_a_word_about_nothing_else() {
    let (stage, ana, goods) = with_a_last_rate();
    let record = foreign(&stage, &goods, json!(6.5), "USD");
    let question = asked(&stage.click(&ana, Module::Invoices, &record).entry.problems);
    answer(&stage, &ana, &question, SourceOfTruth::Crm);
    // The same document has been typed in Xero meanwhile, and the CRM's record names it.
    let copy = {
        let other = stage.copy();
        assert_eq!(other.click(&ana, Module::Invoices, &record).entry.outcome, Outcome::Created);
        other.xero(Module::Invoices, &record)
    };
    let (tenant, now) = (stage.tenant(0), stage.now_utc());
    let fields = [
        "Type",
        "InvoiceNumber",
        "DateString",
        "DueDateString",
        "LineItems",
        "CurrencyCode",
        "CurrencyRate",
        "Status",
        "LineAmountTypes",
    ];
    let mut typed: Value = fields
        .iter()
        .map(|field| ((*field).to_owned(), copy[*field].clone()))
        .collect::<serde_json::Map<_, _>>()
        .into();
    for (from, to) in [("DateString", "Date"), ("DueDateString", "DueDate")] {
        let day = typed[from].as_str().unwrap()[..10].to_owned();
        typed.as_object_mut().unwrap().remove(from);
        typed[to] = json!(day);
    }
    typed["Contact"] = json!({"ContactID": copy["Contact"]["ContactID"]});
    let typed = stage.world.borrow_mut().xero.insert(&tenant, "Invoices", typed, now).unwrap();
    let run = stage.run_all(&ana, &[Module::Invoices], Direction::ToCrm, Scope::Everything);
    let told = stage.entries_of(&run.id);
    assert_eq!(stage.world.borrow().zoho.records("Invoices").len(), 2, "it comes to its own: {told:#?}");
    assert_eq!(stage.crm(Module::Invoices, &record)["Xero_ID"], typed["InvoiceID"], "{told:#?}");
}

#[test]
fn f16_only_documents_have_rates_to_decide_about() {
    let (stage, ana) = connected(Seed::Empty);
    let account = insert(&stage, "Accounts", json!({"Account_Name": "Fern Gully Produce"}));
    let goods = product(&stage, "EXP", json!({}));
    let invoice = foreign(&stage, &goods, json!(1), "USD");
    let desk = Desk::default();
    for (module, record, rate) in [(Module::Accounts, &account, 1), (Module::Invoices, &invoice, 0)] {
        let decision =
            Decision::Rate { currency: "USD".to_owned(), rate: rate.to_string(), values: SourceOfTruth::Crm };
        let refused = stage.run(stage.engine(&desk).decide(&ana, &(module, id(record)), &decision)).unwrap_err();
        assert_eq!(refused.problem.code, Code::InvalidRequest, "{module:?}");
    }
    assert_eq!(stage.number("SELECT count(*) FROM links"), 0);
}

/// A taxed line maps to Xero's own look-up only by somebody's choice, and a line without tax never does.
#[test]
fn automatic_sales_tax_is_no_rate_of_zero() {
    let (stage, ana) = connected(Seed::UnitedStates);
    let change = SettingChange::Tax {
        crm_tax: String::new(),
        side: shared::settings::BooksSide::Sales,
        tax_type: "AVALARA".to_owned(),
    };
    let desk = Desk::default();
    let refused = stage.run(stage.engine(&desk).change_setting(&ana, &change)).unwrap_err();
    assert_eq!(refused.problem.code, Code::InvalidRequest);
    let pens = product(&stage, "PEN-1", json!({}));
    let tax = json!([{"name": "GST", "percentage": 8}]);
    let record = invoice(&stage, &[(&pens, json!(100), tax)], json!({}));
    let view = stage.view(&ana, Module::Invoices, &record).unwrap();
    assert!(view.preview.problems.iter().any(|problem| problem.code == Code::TaxUnmapped), "{:#?}", view.preview);
    assert_eq!(id(&record).as_str(), record);
}
