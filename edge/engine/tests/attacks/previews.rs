//! A preview keeps its word to whoever may not send the record: the whole plan, as it would be for somebody who may, and
//! who that is. It names nothing that the reader is not shown.

use crate::support::{BASE, Stage};
use crate::{SALES, allow, hide};
use engine::access::rights::Member;
use sandbox::{World, seed};
use sandbox_zoho::Others;
use serde_json::json;
use shared::api::{Action, Outcome, RecordView};
use shared::module::Module;
use shared::problem::{Code, Problem};
use shared::settings::Circle;

/// What keeps the seller from sending a document.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Bar {
    /// The profile reads invoices only.
    ReadOnly,
    /// Administrators alone send documents.
    Documents,
    /// Administrators alone send anything.
    Everything,
    /// Administrators alone send parties and products.
    Parties,
}

impl Bar {
    const ALL: [Self; 4] = [Self::ReadOnly, Self::Documents, Self::Everything, Self::Parties];

    fn put(self, stage: &Stage) {
        let closed = Circle { closed: true, ..Circle::default() };
        match self {
            Self::ReadOnly => allow(stage, |profile| _ = profile.read_only_modules.insert("Invoices".to_owned())),
            Self::Documents => stage.choose(|settings| settings.senders.documents = closed),
            Self::Parties => stage.choose(|settings| settings.senders.parties = closed),
            Self::Everything => stage.choose(|settings| {
                settings.senders.documents = closed.clone();
                settings.senders.parties = closed;
            }),
        }
    }

    /// What the document itself is told.
    fn code(self) -> Code {
        match self {
            Self::ReadOnly => Code::CrmNotEditable,
            Self::Documents | Self::Everything => Code::SenderNotAllowed,
            Self::Parties => Code::DependencyFailed,
        }
    }
}

fn first(view: &RecordView) -> Vec<(&str, Action)> {
    view.preview.dependencies.iter().map(|one| (one.name.as_str(), one.action)).collect()
}

/// An invoice of a new customer with a new product, which nobody has sent.
fn invoice(stage: &Stage) -> String {
    let zoho = &mut stage.world.borrow_mut().zoho;
    let account = zoho.insert("Accounts", &json!({"Account_Name": "Zebra Holding"})).unwrap();
    let invoice = json!({
        "Subject": "Ink", "Status": "Approved", "Invoice_Date": "2026-03-02", "Account_Name": {"id": account},
        "Invoiced_Items": [{"Product_Name": {"id": seed::FIRST_PRODUCT}, "Quantity": 2, "List_Price": 12}],
    });
    zoho.insert("Invoices", &invoice).unwrap()
}

/// Sends it, and puts another product on its line that nobody has sent.
fn sent_and_changed(stage: &Stage, ana: &Member, record: &str) {
    assert_eq!(stage.click(ana, Module::Invoices, record).entry.outcome, Outcome::Created);
    let product = json!({"Product_Name": "Paper", "Product_Code": "PAPER-9", "Unit_Price": 3, "Product_Active": true});
    let product = stage.world.borrow_mut().zoho.insert("Products", &product).unwrap();
    let line = stage.crm(Module::Invoices, record)["Invoiced_Items"][0]["id"].clone();
    let changed = json!({"id": line, "Product_Name": {"id": product}, "Quantity": 3});
    stage.advance(60);
    stage.edit(Module::Invoices, record, &json!({"Status": "Created", "Invoiced_Items": [changed]}));
}

fn codes(problems: &[Problem]) -> Vec<Code> {
    problems.iter().map(|problem| problem.code).collect()
}

#[test]
fn who_may_not_send_a_record_is_shown_all_that_would_be_sent_and_who_may() {
    for bar in Bar::ALL {
        for linked in [false, true] {
            let (stage, ana) = Stage::connected(World::standard(BASE));
            let record = invoice(&stage);
            if linked {
                stage.choose(|settings| {
                    settings.documents.approved_edits = shared::settings::ApprovedEdits::CrmGoesThrough
                });
                sent_and_changed(&stage, &ana, &record);
            }
            bar.put(&stage);
            let sam = stage.sign_in(SALES);
            let whole = stage.view(&ana, Module::Invoices, &record).unwrap();
            assert!(first(&whole).iter().any(|one| one.1 == Action::Create), "{whole:#?}");
            assert!(whole.preview.totals.is_some() && !whole.preview.changes.is_empty(), "{whole:#?}");
            let seen = stage.view(&sam, Module::Invoices, &record).unwrap();
            let reply = stage.click(&sam, Module::Invoices, &record);
            for (view, when) in [(&seen, "before"), (&reply.view, "after a click")] {
                if bar == Bar::Parties && when != "before" {
                    // Sam may send the document itself: that it was tried is told by the entry, with what kept it back.
                    continue;
                }
                let case = format!("{bar:?} {linked} {when}: {view:#?}");
                let told = codes(&view.preview.problems);
                assert!(told.contains(&bar.code()), "{case}");
                assert_eq!(first(view), first(&whole), "{case}");
                if bar == Bar::Parties && linked {
                    // The lines wait for the product, and are not shown as going away.
                    assert!(!view.preview.changes.iter().any(|one| one.key.ends_with(".code")), "{case}");
                    continue;
                }
                assert_eq!(view.preview.action, Action::Blocked, "{case}");
                assert_eq!(view.preview.problems[0].code, bar.code(), "{case}");
                assert_eq!(view.preview.changes, whole.preview.changes, "{case}");
                assert_eq!(view.preview.totals, whole.preview.totals, "{case}");
            }
            assert_eq!(reply.entry.outcome, Outcome::Failed, "{bar:?} {linked}: {:#?}", reply.entry);
        }
    }
}

#[test]
fn a_preview_of_what_somebody_may_not_send_names_nothing_that_is_hidden_from_them() {
    for bar in [Bar::ReadOnly, Bar::Everything] {
        let (stage, _) = Stage::connected(World::standard(BASE));
        let record = invoice(&stage);
        bar.put(&stage);
        hide(&stage, "Invoices", "Account_Name");
        hide(&stage, "Invoices", "Grand_Total");
        allow(&stage, |profile| _ = profile.others_in.insert("Accounts".to_owned(), Others::None));
        let sam = stage.sign_in(SALES);
        let view = stage.view(&sam, Module::Invoices, &record).unwrap();
        let reply = stage.click(&sam, Module::Invoices, &record);
        for text in [serde_json::to_string(&view).unwrap(), serde_json::to_string(&reply).unwrap()] {
            assert!(!text.contains("Zebra"), "{bar:?}: {text}");
        }
        assert!(view.preview.totals.is_none(), "{view:#?}");
        assert_eq!(view.preview.problems[0].code, bar.code(), "{view:#?}");
    }
}
