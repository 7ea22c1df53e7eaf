//! How many statements each address asks of the database: an invocation of the free plan may make 50, and the local
//! runtime does not count them (<https://developers.cloudflare.com/d1/platform/limits/>). Which addresses there are, the API's
//! document says; what each needs to have something to do, [`prepared`] says for every route: a new one has to be there.

#[path = "../../engine/tests/support/mod.rs"]
mod support;

use super::organisation_routes::{answer, member};
use engine::access::rights::Administrator;
use engine::sync::Desk;
use serde_json::{Value, json};
use shared::api::address::{Address, By, Found, ROWS, Row};
use shared::api::runs::{PairChoice, RunRequest, RunState, Scope};
use shared::module::Module;
use shared::settings::{ApprovedEdits, Direction, SettingChange};
use support::{BASE, Stage, VERIFIER, most_statements};
use url::Url;

/// What an address is asked with: the parts of its path, its query and its body.
#[derive(Default)]
struct Asked {
    id: String,
    query: String,
    body: String,
    /// Whether it may well be refused: what it does is counted by another one.
    refused: bool,
}

impl Asked {
    fn id(id: impl Into<String>) -> Self {
        Self { id: id.into(), ..Self::default() }
    }

    fn body(body: &Value) -> Self {
        Self { body: body.to_string(), ..Self::default() }
    }
}

/// A run of everything in this state.
fn run(stage: &Stage, ana: &Administrator, preview: bool, to_its_end: bool) -> String {
    let desk = Desk::default();
    let pairs = Module::ALL.map(|module| PairChoice { module, direction: Direction::Both }).to_vec();
    let request = RunRequest { pairs, scope: Scope::Everything, preview };
    let run = stage.run(stage.engine(&desk).start_run(ana, &request)).unwrap();
    if to_its_end {
        stage.take_steps_of_run(&desk, ana);
    }
    run.id
}

/// Brings the stage to where an address has something to do.
fn prepared(wanted: &Address, stage: &Stage, ana: &Administrator) -> Asked {
    use Address as Wanted;
    let account = || Asked::id("572500000001000001");
    let version = || format!("version={}", stage.settings_version());
    let failed = || {
        let entry = "SELECT id FROM entries WHERE outcome = 'failed' AND run IS NOT NULL LIMIT 1";
        stage.texts(entry).pop().unwrap()
    };
    let ended = || stage.texts("SELECT id FROM runs WHERE state = 'done'").pop().unwrap();
    match wanted {
        Wanted::Session
        | Wanted::Sessions
        | Wanted::EndSessions
        | Wanted::Administrators
        | Wanted::Invitations
        | Wanted::Setup
        | Wanted::CreateFields
        | Wanted::DisconnectXero
        | Wanted::Erase
        | Wanted::Settings
        | Wanted::Schedule
        | Wanted::Runs
        | Wanted::Log
        | Wanted::LogRows
        | Wanted::LogFile
        | Wanted::Waiting
        | Wanted::Budget
        | Wanted::Days
        | Wanted::Audit
        | Wanted::Status => Asked::default(),
        Wanted::EndSession(_) => {
            Asked::id(stage.texts("SELECT token_hash FROM sessions").pop().unwrap()[..32].to_owned())
        }
        Wanted::CountAdministrator(_) | Wanted::TakeAdministratorOut(_) => {
            Asked { refused: true, ..Asked::id(stage.user_id("sam@bluegum.example")) }
        }
        Wanted::Invite(_) | Wanted::Uninvite(_) => Asked { refused: true, ..Asked::id("eu.60002") },
        Wanted::ConnectXero => Asked::body(&json!({ "challenge": engine::text::sha256(VERIFIER) })),
        Wanted::ClaimXero => {
            let code = stage.offer_xero(ana, 0).unwrap().code;
            Asked::body(&json!({ "code": code, "verifier": VERIFIER }))
        }
        // A claim of one organisation chooses it itself.
        Wanted::ChooseXero => {
            let body = json!({ "verifier": VERIFIER, "tenant": stage.tenant(0) });
            Asked { refused: true, ..Asked::body(&body) }
        }
        Wanted::Mapping => Asked { query: "fresh=true".to_owned(), ..Asked::default() },
        Wanted::FindRecords(_) => Asked { query: "name=a".to_owned(), ..Asked::default() },
        Wanted::View(..) | Wanted::Sync(..) | Wanted::Progress(..) | Wanted::RecordEntries(..) => account(),
        Wanted::Decide(..) => Asked { body: json!({ "decision": "unlink" }).to_string(), ..account() },
        Wanted::PreviewWith(..) => Asked { body: serde_json::to_string(&stage.settings()).unwrap(), ..account() },
        Wanted::ChangeSetting => {
            let change = SettingChange::ApprovedEdits { rule: ApprovedEdits::CrmGoesThrough };
            Asked::body(&json!({ "change": change }))
        }
        Wanted::SaveSettings => {
            Asked { query: version(), body: serde_json::to_string(&stage.settings()).unwrap(), ..Asked::default() }
        }
        Wanted::SaveSchedule => {
            let schedule = serde_json::to_string(&stage.settings().schedule).unwrap();
            Asked { query: version(), body: schedule, ..Asked::default() }
        }
        Wanted::AskForConfirmation => {
            Asked { refused: true, ..Asked::body(&json!({ "address": "somebody@elsewhere.example" })) }
        }
        Wanted::StartRun => {
            let pairs = Module::ALL.map(|module| PairChoice { module, direction: Direction::Both }).to_vec();
            Asked::body(&serde_json::to_value(RunRequest { pairs, scope: Scope::Everything, preview: false }).unwrap())
        }
        Wanted::Run(_) | Wanted::RunEvents(_) | Wanted::RetryRun(_) => Asked::id(ended()),
        Wanted::BeginRun(_) => Asked::id(run(stage, ana, true, true)),
        Wanted::CancelRun(_) => Asked::id(run(stage, ana, false, false)),
        Wanted::Entry(_) | Wanted::RetryEntry(_) => Asked::id(failed()),
        Wanted::SignIn | Wanted::FlowState | Wanted::Claim | Wanted::SignOut | Wanted::Health => {
            unreachable!("the door answers it")
        }
    }
}

#[test]
fn every_address_asks_the_database_less_than_an_invocation_may() {
    let (stage, ana) = Stage::connected(sandbox::World::standard(BASE));
    let first = run(&stage, &ana, false, true);
    assert_eq!(stage.run(stage.engine(&Desk::default()).run(&ana, &first)).unwrap().state, RunState::Done);
    stage.advance(11 * 60);
    let (mut counted, mut most) = (0, 0);
    for Row { method, path, .. } in ROWS.iter().filter(|row| row.by != By::Door) {
        // Invoices need most: a party, products, lines.
        for module in ["Accounts", "Invoices"] {
            if module == "Invoices" && !path.contains("{module}") {
                continue;
            }
            let of = |id: &str| path.replace("{module}", module).replace("{id}", id).replace("{org}", id);
            let sample = if path.contains("{org}") { "us.1" } else { "1" };
            let Found::Route(wanted) = Address::find(method, &of(sample)) else { panic!("{method} {path}") };
            let stage = stage.copy();
            let mut asked = prepared(&wanted, &stage, &ana);
            if module == "Invoices" && !asked.id.is_empty() {
                asked.id = "572500000005000002".to_owned();
            }
            let address = of(&asked.id);
            let Found::Route(wanted) = Address::find(method, &address) else { panic!("{method} {address}") };
            let url = Url::parse(&format!("https://ledgerlink.example{address}?{}", asked.query)).unwrap();
            let session = stage.session_of(&ana);
            let desk = Desk::default();
            let engine = stage.engine(&desk);
            // Above this many the stage itself ends it.
            let (answered, statements, _) = stage.costs(async {
                let member = member(&wanted, &session, &engine).await?;
                answer(wanted, &url, &asked.body, Some("a-key-of-its-own"), &session, &member, &engine).await
            });
            if let Err(refusal) = answered {
                assert!(asked.refused, "{method} {address}: {refusal:?}");
            }
            counted += 1;
            most = most.max(statements);
        }
    }
    assert!(counted > 40 && most <= most_statements());
    // Besides: a look at the schema and one for our own address. The session is looked up by the Worker, which is an
    // invocation of its own.
    assert!(most_statements() + 2 <= 40);
}
