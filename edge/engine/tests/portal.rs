//! What the portal asks of the engine: set-up, leaving and switching organisations, mapping, records by name and by
//! id, the log as a table, days, audit and status.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use crate::support;

use chrono::{DateTime, Duration, Utc};
use engine::access::rights::{Administrator, Member};
use engine::runs::Next;
use engine::store::requests::RequestKey;
use engine::store::{agenda, entries, log};
use engine::sync::{Desk, Engine};
use ports::{Clock, Database, Statement};
use sandbox::{World, seed};
use serde_json::{Value, json};
use shared::api::portal::{DayView, LogRows, RecordsQuery, StatusView, SyncKind};
use shared::api::runs::{LogQuery, PairChoice, RecordRef, RunRequest, RunState, Scope};
use shared::api::{Action, ConnectionState, EntryView, Outcome};
use shared::id::ZohoId;
use shared::language::Language;
use shared::module::{Kind, Module};
use shared::problem::{self, Code};
use shared::settings::guesses::guesses;
use shared::settings::schedule::{Notice, NoticeRule, StartRule};
use shared::settings::{Direction, Schedule, SettingChange, Settings};
use std::collections::BTreeSet;
use support::{ADMIN, BASE, Stage, id};

const SALES: &str = "sam@bluegum.example";
const DAY: i64 = 86_400;

fn at(text: &str) -> DateTime<Utc> {
    DateTime::parse_from_rfc3339(text).unwrap().with_timezone(&Utc)
}

fn connected() -> (Stage, Administrator) {
    Stage::connected(World::standard(BASE))
}

fn state(stage: &Stage, user: &Member) -> ConnectionState {
    {
        let desk = Desk::default();
        stage.run(stage.engine(&desk).session(user)).unwrap().connection
    }
}

fn status(stage: &Stage, user: &Member) -> StatusView {
    let desk = Desk::default();
    stage.run(stage.engine(&desk).status(user)).unwrap()
}

fn actions(stage: &Stage) -> Vec<String> {
    stage.texts("SELECT action FROM audit ORDER BY rowid")
}

/// The Xero record of an organisation that a CRM record names.
fn partner(stage: &Stage, organisation: usize, module: Module, record: &str) -> Option<Value> {
    let named = stage.crm(module, record)["Xero_ID"].as_str()?.to_owned();
    let tenant = stage.tenant(organisation);
    stage.world.borrow().xero.get(&tenant, support::resource(module), &named)
}

// ---- set-up ----

#[test]
fn the_set_up_tells_how_far_it_is() {
    let stage = Stage::new(World::standard(BASE));
    let desk = Desk::default();
    let engine = stage.engine(&desk);
    let ana = stage.administrator(ADMIN);
    assert_eq!(stage.run(engine.setup(&ana)).unwrap_err().problem.code, Code::ZohoNotConnected);
    let ana = stage.connect_crm(ADMIN);
    let first = stage.run(engine.setup(&ana)).unwrap();
    assert_eq!((first.crm.id.as_str(), first.crm.by.as_str()), (ana.org.number(), ana.name.as_str()));
    assert_eq!(first.crm.at, stage.now());
    assert_eq!(first.crm.renewed_at, Some(first.crm.at));
    assert!(first.crm.url.as_str().contains(ana.org.number()), "{}", first.crm.url);
    assert_eq!((first.xero, first.guesses, first.links), (None, 0, 0));
    assert_eq!(first.time_zone, "Australia/Sydney");
    assert_eq!(first.fields.len(), 6);
    for module in &first.fields {
        assert!(module.exists && module.missing.is_empty(), "{module:?}");
        assert_eq!(module.present.len(), shared::zoho::custom_fields(module.module).len());
    }

    stage.advance(60);
    stage.connect_xero(&ana, 0);
    stage.advance(60);
    let mapping = stage.run(engine.mapping(&ana, false)).unwrap();
    let then = stage.run(engine.setup(&ana)).unwrap();
    let xero = then.xero.unwrap();
    assert_eq!((xero.id.as_str(), xero.by.as_str()), (stage.tenant(0).as_str(), ana.name.as_str()));
    assert!(xero.at > first.crm.at && xero.at < stage.now() && !xero.broken);
    assert!(xero.url.as_str().contains("shortcode=!"), "{}", xero.url);
    assert_eq!(then.guesses as usize, guesses(&mapping.settings, &mapping.crm, &mapping.xero).len());
    assert_eq!(then.links, 0);

    stage.click(&ana, Module::Accounts, seed::FIRST_ACCOUNT);
    assert_eq!(stage.run(engine.setup(&ana)).unwrap().links, 1);
    let sam = stage.sign_in(SALES);
    assert_eq!(sam.administrator().unwrap_err().problem.code, Code::NotAdministrator);
}

#[test]
fn fields_that_are_missing_are_told_and_the_lists_are_read_anew() {
    let (stage, ana) = connected();
    let sam = stage.sign_in(SALES);
    let desk = Desk::default();
    let engine = stage.engine(&desk);
    // As after somebody had deleted the field, and in an edition without vendors.
    stage.execute(
        "UPDATE organisations SET crm = json_remove(crm, '$.fields.Vendors', '$.fields.Accounts'); \
         UPDATE organisations SET crm = json_set(crm, '$.fields.Accounts', json('[{\"api_name\":\"Xero_ID1\",\
         \"label\":\"Xero ID\",\"data_type\":\"text\",\"length\":50,\"custom\":true,\"picklist\":[]}]'))",
    );
    let setup = stage.run(engine.setup(&ana)).unwrap();
    let of = |module: Module| setup.fields.iter().find(|fields| fields.module == module).unwrap();
    assert!(!of(Module::Vendors).exists);
    assert_eq!(of(Module::Accounts).present, ["Xero ID"], "known by its label");
    assert_eq!(of(Module::Accounts).missing.len(), shared::zoho::custom_fields(Module::Accounts).len() - 1);
    assert_eq!(sam.administrator().unwrap_err().problem.code, Code::NotAdministrator);
    let setup = stage.run(engine.create_fields(&ana)).unwrap();
    assert!(setup.fields.iter().all(|fields| fields.exists && fields.missing.is_empty()), "{:?}", setup.fields);
    assert_eq!(actions(&stage).last().unwrap(), "create-fields");
}

// ---- leaving ----

#[test]
fn disconnecting_xero_keeps_links_settings_and_log_and_ends_the_run() {
    let (stage, ana) = connected();
    let sam = stage.sign_in(SALES);
    let desk = Desk::default();
    let engine = stage.engine(&desk);
    stage.choose(|settings| settings.documents.due_days = 17);
    stage.run(engine.sync(&ana, Module::Accounts, &id(seed::FIRST_ACCOUNT))).unwrap();
    let run = stage.start_run(&desk, &ana, &[Module::Products], Direction::ToXero, Scope::Everything);
    stage.run(engine.advance(&ana.org));
    let schedule = Schedule { enabled: true, times: vec!["07:00".to_owned()], ..Schedule::default() };
    stage.run(engine.save_schedule(&ana, &schedule, stage.settings_version())).unwrap();
    let kept = "SELECT (SELECT count(*) FROM links) * 1000 + (SELECT count(*) FROM entries)";
    let before = (stage.number(kept), stage.settings());
    assert!(before.0 >= 1_001);

    assert_eq!(sam.administrator().unwrap_err().problem.code, Code::NotAdministrator);
    assert_eq!(state(&stage, &ana), ConnectionState::Connected);
    stage.run(engine.disconnect_xero(&ana)).unwrap();

    assert_eq!(state(&stage, &ana), ConnectionState::XeroMissing);
    assert!(!stage.world.borrow().xero.is_connected(&stage.tenant(0)), "Xero knows it, too");
    assert_eq!(stage.number("SELECT count(*) FROM grants WHERE id LIKE 'xero:%'"), 0);
    assert_eq!((stage.number(kept), stage.settings()), before);
    let ended = stage.run(engine.run(&ana, &run.id)).unwrap();
    assert_eq!((ended.state, ended.ended_at, ended.resumes_at), (RunState::Cancelled, Some(stage.now()), None));
    let problem = ended.problem.unwrap();
    assert!(problem.why.contains(&ana.name) && problem.why.contains("Blue"), "{problem:?}");
    assert_eq!(stage.number("SELECT count(*) FROM candidates"), 0);
    assert_eq!(stage.run(engine.advance(&ana.org)), Next::Idle);
    assert_eq!(stage.number("SELECT count(*) FROM agenda"), 0);
    let view = status(&stage, &ana);
    assert_eq!((view.connection, view.budget, view.next_run), (ConnectionState::XeroMissing, None, None));
    assert_eq!(actions(&stage).last().unwrap(), "disconnect-xero");
    stage.run(engine.disconnect_xero(&ana)).unwrap();

    // The same organisation finds its links, and the schedule goes on.
    stage.connect_xero(&ana, 0);
    assert_eq!(stage.run(engine.setup(&ana)).unwrap().links as i64, before.0 / 1_000);
    let reply = stage.run(engine.sync(&ana, Module::Accounts, &id(seed::FIRST_ACCOUNT))).unwrap();
    assert_eq!(reply.entry.outcome, Outcome::Unchanged, "{:?}", reply.entry.problems);
    let planned = stage.run(agenda::get(&stage, &ana.org)).unwrap().unwrap();
    assert_eq!(status(&stage, &ana).next_run, planned.run_at);
    assert!(planned.run_at.is_some_and(|at| at > stage.now() && at <= stage.now() + Duration::days(1)));
}

#[test]
fn a_broken_xero_is_disconnected_all_the_same_and_free_for_another_crm() {
    let (stage, ana) = connected();
    let desk = Desk::default();
    let now = stage.now();
    stage.world.borrow_mut().xero.expire_access_tokens(now);
    stage.world.borrow_mut().xero.expire_refresh_tokens();
    assert_eq!(stage.click(&ana, Module::Accounts, seed::FIRST_ACCOUNT).entry.outcome, Outcome::Failed);
    assert_eq!(state(&stage, &ana), ConnectionState::XeroBroken);
    stage.run(stage.engine(&desk).disconnect_xero(&ana)).unwrap();
    assert_eq!(state(&stage, &ana), ConnectionState::XeroMissing);
    let elke = stage.sign_in_european(true);
    stage.connect_xero(&elke, 0);
    assert_eq!(state(&stage, &elke), ConnectionState::Connected);
}

/// Tables with a column `org`.
fn tables(stage: &Stage) -> Vec<String> {
    stage.texts(
        "SELECT m.name FROM sqlite_master m JOIN pragma_table_info(m.name) c ON c.name = 'org' \
         WHERE m.type = 'table' ORDER BY m.name",
    )
}

#[test]
fn erasing_leaves_nothing_of_the_organisation_and_touches_no_other() {
    let (stage, ana) = connected();
    let elke = stage.sign_in_european(true);
    stage.connect_xero(&elke, 1);
    let sam = stage.sign_in(SALES);
    let desk = Desk::default();
    let engine = stage.engine(&desk);
    // Something in every table.
    stage.choose(|settings| settings.senders.parties.closed = true);
    stage.run(engine.sync(&ana, Module::Accounts, &id(seed::FIRST_ACCOUNT))).unwrap();
    stage.run_all(&ana, &[Module::Invoices], Direction::ToXero, Scope::SinceLast);
    let run = stage.start_run(&desk, &ana, &[Module::Products], Direction::ToXero, Scope::Everything);
    stage.run(engine.advance(&ana.org));
    assert!(desk.live_run(&ana.org, &run.id).is_some());
    let change = SettingChange::AllowVoid { allow: true };
    let key = RequestKey::new("some-change").unwrap();
    stage.run(engine.change_setting_once(&ana, &change, &key)).unwrap();
    stage.complete_sign_in(&stage.consent_at_zoho(&stage.begin_sign_in(false), ADMIN)).unwrap();
    let notices = vec![Notice { address: SALES.to_owned(), when: NoticeRule::Always }];
    let noticed = Schedule { notices, ..Schedule::default() };
    stage.run(engine.save_schedule(&ana, &noticed, stage.settings_version())).unwrap();
    let of = |table: &str, org: &str| stage.number(&format!("SELECT count(*) FROM {table} WHERE org = '{org}'"));
    let tables = tables(&stage);
    assert!(tables.len() >= 17, "{tables:?}");
    for table in &tables {
        assert!(of(table, ana.org.as_str()) > 0, "the test puts nothing into {table}");
    }
    let others = || tables.iter().map(|table| of(table, elke.org.as_str())).collect::<Vec<_>>();
    let before = others();
    let tokens_at_zoho = || stage.world.borrow().zoho.refresh_token_count(sandbox::ZOHO_CLIENT.0);
    assert!(tokens_at_zoho() > 0);

    assert_eq!(sam.administrator().unwrap_err().problem.code, Code::NotAdministrator);
    stage.run(engine.erase(&ana)).unwrap();
    for table in &tables {
        assert_eq!(of(table, ana.org.as_str()), 0, "{table}");
    }
    assert_eq!(others(), before);
    assert_eq!(tokens_at_zoho(), 0, "the CRM's grants are given back");
    assert!(!stage.world.borrow().xero.is_connected(&stage.tenant(0)));
    assert!(stage.world.borrow().xero.is_connected(&stage.tenant(1)), "the other's connection stays");
    assert!(desk.live_run(&ana.org, &run.id).is_none());
    assert_eq!(desk.budget.state().day_remaining, None);
    assert_eq!(stage.run(engine.advance(&ana.org)), Next::Idle);
    assert_eq!(state(&stage, &elke), ConnectionState::Connected);

    // It can begin anew, on the same desk: the CRM's records still name their partners.
    let ana = stage.connect_crm(ADMIN);
    stage.connect_xero(&ana, 0);
    let reply = stage.run(engine.sync(&ana, Module::Accounts, &id(seed::FIRST_ACCOUNT))).unwrap();
    assert_ne!(reply.entry.outcome, Outcome::Created, "it is linked again");
}

// ---- switching ----

#[test]
fn another_xero_organisation_has_links_limits_and_lists_of_its_own() {
    let (stage, ana) = connected();
    let desk = Desk::default();
    let engine = stage.engine(&desk);
    let click = |module: Module, record: &str| {
        let reply = stage.run(engine.sync(&ana, module, &id(record))).unwrap();
        assert!(!matches!(reply.entry.outcome, Outcome::Failed | Outcome::Deferred), "{:?}", reply.entry.problems);
        reply.entry.outcome
    };
    let contacts = |organisation: usize| {
        let tenant = stage.tenant(organisation);
        stage.world.borrow().xero.all(&tenant, "Contacts").len()
    };
    click(Module::Accounts, seed::FIRST_ACCOUNT);
    click(Module::Products, seed::PRODUCT_FIVE_DECIMALS);
    let first_partner = stage.crm(Module::Accounts, seed::FIRST_ACCOUNT)["Xero_ID"].clone();
    let first_count = contacts(0);
    assert_eq!(stage.run(engine.setup(&ana)).unwrap().links, 2);
    stage.world.borrow_mut().xero.set_day_limit(777);
    stage.run(engine.sync(&ana, Module::Accounts, &id(seed::ACCOUNT_TWO_CONTACTS))).unwrap();
    assert!(stage.run(engine.budget(&ana)).unwrap().xero_day_remaining.is_some());
    let run = stage.start_run(&desk, &ana, &[Module::Products], Direction::Both, Scope::SinceLast);
    stage.run(engine.advance(&ana.org));

    // By another request, which has a desk of its own.
    stage.advance(1);
    stage.connect_xero(&ana, 1);
    assert!(!stage.world.borrow().xero.is_connected(&stage.tenant(0)), "nobody uses that connection any more");
    let ended = stage.run(engine.run(&ana, &run.id)).unwrap();
    assert_eq!(ended.state, RunState::Cancelled);
    assert!(ended.problem.is_some());
    assert_eq!(stage.run(engine.advance(&ana.org)), Next::Idle);
    assert_eq!(stage.number("SELECT count(*) FROM cursors"), 0, "what the old one listed counts for neither");
    let budget = stage.run(engine.budget(&ana)).unwrap();
    assert_eq!((budget.xero_day_remaining, budget.xero_minute_used), (None, 0));
    let fresh = Desk::default();
    assert_eq!(stage.run(stage.engine(&fresh).budget(&ana)).unwrap().xero_day_remaining, None, "nor is it kept");
    let mapping = stage.run(engine.mapping(&ana, false)).unwrap();
    assert_eq!(mapping.xero.id.as_str(), stage.tenant(1));
    assert_eq!(stage.run(engine.setup(&ana)).unwrap().links, 0);

    // A record that names the other organisation's partner gets one here.
    let before = contacts(1);
    assert_eq!(click(Module::Accounts, seed::FIRST_ACCOUNT), Outcome::Created);
    assert_eq!(contacts(1), before + 1);
    let here = partner(&stage, 1, Module::Accounts, seed::FIRST_ACCOUNT).unwrap();
    assert_ne!(here["ContactID"], first_partner);
    let told = stage.crm(Module::Accounts, seed::FIRST_ACCOUNT);
    assert!(told["Xero_URL"].as_str().unwrap().contains(here["ContactID"].as_str().unwrap()));
    assert_eq!(click(Module::Accounts, seed::FIRST_ACCOUNT), Outcome::Unchanged);

    // One that comes from here finds the record that names the other's.
    let product = stage.crm(Module::Products, seed::PRODUCT_FIVE_DECIMALS);
    let (tenant, now) = (stage.tenant(1), stage.now());
    let item = json!({"Code": product["Product_Code"], "Name": "From here"});
    let item = stage.world.borrow_mut().xero.insert(&tenant, "Items", item, now).unwrap();
    let products = stage.world.borrow().zoho.ids("Products").len();
    stage.run_all(&ana, &[Module::Products], Direction::ToCrm, Scope::Everything);
    assert_eq!(stage.world.borrow().zoho.ids("Products").len(), products, "no product comes twice");
    assert_eq!(stage.crm(Module::Products, seed::PRODUCT_FIVE_DECIMALS)["Xero_ID"], item["ItemID"]);

    // Back again: the old links count, and nothing is made twice.
    stage.advance(1);
    stage.connect_xero(&ana, 0);
    assert_eq!(stage.run(engine.setup(&ana)).unwrap().links, 3);
    click(Module::Accounts, seed::FIRST_ACCOUNT);
    assert_eq!(stage.crm(Module::Accounts, seed::FIRST_ACCOUNT)["Xero_ID"], first_partner);
    assert_eq!(contacts(0), first_count + 1, "with the one that was clicked before");
    click(Module::Products, seed::PRODUCT_FIVE_DECIMALS);
    assert!(partner(&stage, 0, Module::Products, seed::PRODUCT_FIVE_DECIMALS).is_some());
}

#[test]
fn a_schedule_that_begins_with_what_changes_does_so_in_another_organisation_too() {
    let (stage, ana) = connected();
    let desk = Desk::default();
    let schedule = Schedule {
        enabled: true,
        times: vec!["07:00".to_owned()],
        start: StartRule::FirstScheduled,
        ..Schedule::default()
    };
    stage.run(stage.engine(&desk).save_schedule(&ana, &schedule, stage.settings_version())).unwrap();
    let of = |organisation: usize| {
        stage.number(&format!("SELECT count(*) FROM cursors WHERE tenant = '{}'", stage.tenant(organisation)))
    };
    let begun = of(0);
    assert!(begun > 0);
    stage.connect_xero(&ana, 1);
    assert_eq!((of(0), of(1)), (begun, begun));
}

#[test]
fn a_new_grant_replaces_the_one_in_memory() {
    let (stage, ana) = connected();
    let desk = Desk::default();
    let engine = stage.engine(&desk);
    stage.run(engine.sync(&ana, Module::Accounts, &id(seed::FIRST_ACCOUNT))).unwrap();
    assert_eq!(desk.tenant(&ana.org).unwrap().as_str(), stage.tenant(0));
    let known = desk.budget.state();
    stage.advance(1);
    // The token in memory is not used any more, though it seems to be good.
    let now = stage.now();
    stage.world.borrow_mut().xero.expire_access_tokens(now);
    stage.connect_xero(&ana, 0);
    let mark = stage.world.borrow().mark();
    stage.run(engine.sync(&ana, Module::Accounts, &id(seed::FIRST_ACCOUNT))).unwrap();
    assert!(desk.budget.state().learned_at > known.learned_at, "the limits are the same organisation's");
    assert!(stage.world.borrow().calls_since(mark).iter().all(|call| call.status < Some(400)));
}

// ---- mapping ----

#[test]
fn the_mapping_shows_the_lists_and_reads_them_anew_when_asked() {
    let (stage, ana) = connected();
    let sam = stage.sign_in(SALES);
    let desk = Desk::default();
    let engine = stage.engine(&desk);
    let first = stage.run(engine.mapping(&ana, false)).unwrap();
    assert_eq!((first.settings.clone(), first.version), (Settings::default(), 1));
    assert!(first.xero.accounts.iter().any(|account| account.code.as_deref() == Some("200") && account.active));
    let (tenant, now) = (stage.tenant(0), stage.now());
    stage.world.borrow_mut().xero.archive_account(&tenant, "200", now).unwrap();
    stage.advance(60);
    assert_eq!(stage.run(engine.mapping(&ana, false)).unwrap(), first, "they are kept");
    let newer = stage.run(engine.mapping(&ana, true)).unwrap();
    assert!(newer.read_at > first.read_at);
    assert!(newer.xero.accounts.iter().any(|account| account.code.as_deref() == Some("200") && !account.active));
    assert_eq!(stage.run(engine.mapping(&ana, false)).unwrap(), newer);
    assert_eq!(sam.administrator().unwrap_err().problem.code, Code::NotAdministrator);
}

#[test]
fn nobody_overwrites_what_somebody_else_has_saved_meanwhile() {
    let (stage, ana) = connected();
    let desk = Desk::default();
    let engine = stage.engine(&desk);
    let shown = stage.run(engine.mapping(&ana, false)).unwrap();
    let mut mine = shown.settings.clone();
    mine.documents.due_days = 7;
    let mut theirs = shown.settings;
    theirs.documents.due_days = 21;
    stage.run(engine.save_settings(&ana, &mine, shown.version)).unwrap();
    let audit = actions(&stage);
    let refused = stage.run(engine.save_settings(&ana, &theirs, shown.version)).unwrap_err();
    assert_eq!(refused.problem.code, Code::InvalidRequest);
    assert!(refused.problem.why.contains("version"), "{}", refused.problem.why);
    assert_eq!((stage.settings(), actions(&stage)), (mine, audit), "all or nothing");
    let now = stage.run(engine.mapping(&ana, false)).unwrap();
    assert_eq!(now.version, shown.version + 1);
    stage.run(engine.save_settings(&ana, &theirs, now.version)).unwrap();
    assert_eq!(stage.settings(), theirs);
    // The schedule is a part of the settings, and has their version.
    let schedule = theirs.schedule.clone();
    let refused = stage.run(engine.save_schedule(&ana, &schedule, now.version)).unwrap_err();
    assert!(refused.problem.why.contains("version"), "{}", refused.problem.why);
    let seen = stage.run(engine.schedule(&ana)).unwrap();
    let saved = stage.run(engine.save_schedule(&ana, &schedule, seen.version)).unwrap();
    assert_eq!(saved.version, seen.version + 1);
    assert_eq!(stage.run(engine.schedule(&ana)).unwrap().version, saved.version);
}

#[test]
fn a_preview_under_unsaved_settings_shows_them_and_writes_nothing() {
    let (stage, ana) = connected();
    let sam = stage.sign_in(SALES);
    let desk = Desk::default();
    let engine = stage.engine(&desk);
    let kept = || {
        let rows =
            "SELECT (SELECT count(*) FROM links) + (SELECT count(*) FROM entries) + (SELECT count(*) FROM audit)";
        (stage.number(rows), stage.settings(), stage.all_xero("Contacts").len())
    };
    let before = kept();
    let account = id(seed::ACCOUNT_NO_CONTACTS);
    let preview = |settings: &Settings| stage.run(engine.preview_with(&ana, Module::Accounts, &account, settings));
    let usual = preview(&Settings::default()).unwrap();
    assert_eq!(usual.preview.action, Action::Create);
    let mut strict = Settings::default();
    strict.parties.primary_contact = shared::settings::PrimaryContactRule::Require;
    assert_eq!(preview(&strict).unwrap().preview.action, Action::Blocked);
    let mut closed = Settings::default();
    closed.directions.insert(Module::Accounts, Direction::ToCrm);
    assert_ne!(preview(&closed).unwrap().preview.action, Action::Create);
    let mut wrong = Settings::default();
    wrong.accounts.sales = Some("no such".to_owned());
    let refused = preview(&wrong).unwrap_err();
    assert!(refused.problem.why.contains("accounts.sales"), "{}", refused.problem.why);
    assert_eq!(sam.administrator().unwrap_err().problem.code, Code::NotAdministrator);
    assert_eq!(kept(), before);
}

// ---- records by name ----

#[test]
fn records_are_found_by_name_with_the_user_s_own_rights() {
    let stage = Stage::new(World::standard(BASE));
    let ana = stage.connect_crm(ADMIN);
    let desk = Desk::default();
    let engine = stage.engine(&desk);
    let find = |user: &Member, module: Module, name: Option<&str>| {
        let query = RecordsQuery { name: name.map(str::to_owned), ids: None };
        let found = stage.run(engine.find_records(user, module, &query)).unwrap().records;
        assert!(found.windows(2).all(|pair| pair[0].modified_at >= pair[1].modified_at), "{found:?}");
        found
    };
    let newest = find(&ana, Module::Accounts, None);
    assert!(newest.len() > 5 && newest.len() <= 20);
    assert_eq!(find(&ana, Module::Invoices, Some("  ")).len(), 20, "no more than that");
    let name = stage.crm(Module::Accounts, seed::FIRST_ACCOUNT)["Account_Name"].as_str().unwrap().to_owned();
    let part: String = name.chars().skip(1).collect::<String>().to_uppercase();
    let found = find(&ana, Module::Accounts, Some(&part));
    assert!(found.iter().any(|record| record.id == seed::FIRST_ACCOUNT && record.name == name), "{found:?}");
    assert!(found.iter().all(|record| record.name.to_uppercase().contains(&part)));
    assert!(find(&ana, Module::Accounts, Some("no such name")).is_empty());
    for odd in ["%", "_", "'", "\\", "') or (id is not null", "*"] {
        let found = find(&ana, Module::Accounts, Some(odd));
        assert!(found.iter().all(|record| record.name.contains(odd)), "{odd}: {found:?}");
    }
    for module in Module::ALL {
        assert!(!find(&ana, module, None).is_empty(), "{module:?}");
        assert!(!find(&ana, module, Some("e")).is_empty(), "{module:?}");
    }

    // A user who may not see a record does not find it.
    let rita = stage.sign_in(seed::RESTRICTED_USER);
    for name in [None, Some("a"), Some(part.as_str())] {
        let seen = find(&rita, Module::Accounts, name);
        assert!(seen.iter().all(|record| record.id != seed::FIRST_ACCOUNT), "{name:?}: {seen:?}");
    }
    assert!(find(&rita, Module::Accounts, Some("a")).len() < find(&ana, Module::Accounts, Some("a")).len());
    let query = RecordsQuery { name: Some("e".to_owned()), ids: None };
    let refused = stage.run(engine.find_records(&rita, Module::Vendors, &query)).unwrap_err();
    assert_eq!(refused.problem.code, Code::CrmNoPermission);
}

// ---- records by id ----

fn by_ids<'a>(ids: impl IntoIterator<Item = &'a str>) -> RecordsQuery {
    RecordsQuery { name: None, ids: Some(ids.into_iter().map(id).collect()) }
}

#[test]
fn records_are_found_by_their_ids_in_one_call() {
    let stage = Stage::new(World::standard(BASE));
    let ana = stage.connect_crm(ADMIN);
    let desk = Desk::default();
    let engine = stage.engine(&desk);
    // As many ids as there may be, of which some are of no product.
    let products = stage.world.borrow().zoho.ids("Products");
    let others: Vec<String> = (0..100 - products.len()).map(|number| format!("5725000000990{number:05}")).collect();
    assert!(products.len() > 20 && !others.is_empty());
    let (gone, renamed) = (seed::PRODUCT_NO_CODE, seed::PRODUCT_FIVE_DECIMALS);
    stage.advance(60);
    assert!(stage.world.borrow_mut().zoho.delete("Products", gone));
    stage.edit(Module::Products, renamed, &json!({"Product_Name": "Renamed"}));
    let mark = stage.world.borrow().mark();
    let query = by_ids(products.iter().chain(&others).map(String::as_str));
    let found = stage.run(engine.find_records(&ana, Module::Products, &query)).unwrap().records;
    {
        let world = stage.world.borrow();
        let calls = world.calls_since(mark);
        let asked: Vec<_> = calls.iter().map(|call| (call.method.as_str(), call.path.as_str())).collect();
        assert_eq!(asked, [("GET", "/api/crm/v8/Products")]);
    }
    let ids: BTreeSet<&str> = found.iter().map(|record| record.id.as_str()).collect();
    let wanted: BTreeSet<&str> = products.iter().map(String::as_str).filter(|product| *product != gone).collect();
    assert_eq!((ids, found.len()), (wanted, products.len() - 1));
    assert_eq!((found[0].id.as_str(), found[0].name.as_str()), (renamed, "Renamed"), "the last changed first");
    assert!(found.windows(2).all(|pair| pair[0].modified_at >= pair[1].modified_at), "{found:?}");
    for record in &found {
        assert_eq!(stage.crm(Module::Products, &record.id)["Product_Name"], record.name);
    }

    let nothing = by_ids(others.iter().map(String::as_str));
    assert_eq!(stage.run(engine.find_records(&ana, Module::Products, &nothing)).unwrap().records, []);
    for module in Module::ALL {
        let newest = stage.run(engine.find_records(&ana, module, &RecordsQuery::default())).unwrap();
        let same = by_ids(newest.records.iter().map(|record| record.id.as_str()));
        assert_eq!(stage.run(engine.find_records(&ana, module, &same)).unwrap(), newest, "{module:?}");
    }
}

#[test]
fn records_by_their_ids_are_those_that_the_user_may_see() {
    let stage = Stage::new(World::standard(BASE));
    let ana = stage.connect_crm(ADMIN);
    let rita = stage.sign_in(seed::RESTRICTED_USER);
    let desk = Desk::default();
    let engine = stage.engine(&desk);
    let accounts = by_ids([seed::FIRST_ACCOUNT, seed::ACCOUNT_TWO_CONTACTS]);
    let seen = |user: &Member| -> BTreeSet<String> {
        let found = stage.run(engine.find_records(user, Module::Accounts, &accounts)).unwrap();
        found.records.into_iter().map(|record| record.id).collect()
    };
    assert_eq!(seen(&ana), [seed::FIRST_ACCOUNT, seed::ACCOUNT_TWO_CONTACTS].map(str::to_owned).into());
    assert_eq!(seen(&rita), [seed::ACCOUNT_TWO_CONTACTS.to_owned()].into());
    let refused = stage.run(engine.find_records(&rita, Module::Vendors, &by_ids([seed::FIRST_VENDOR]))).unwrap_err();
    assert_eq!(refused.problem.code, Code::CrmNoPermission);
}

#[test]
fn ids_stand_alone_and_are_no_more_than_one_call_carries() {
    let stage = Stage::new(World::standard(BASE));
    let ana = stage.connect_crm(ADMIN);
    let desk = Desk::default();
    let engine = stage.engine(&desk);
    let many: Vec<String> = (0..=RecordsQuery::MOST_IDS).map(|number| format!("5725{number:014}")).collect();
    let both = |name: &str| RecordsQuery { name: Some(name.to_owned()), ..by_ids([seed::FIRST_PRODUCT]) };
    for (query, words) in [
        (both("a"), "Its ids is not valid: it can't be given together with name"),
        (both(""), "Its ids is not valid: it can't be given together with name"),
        (by_ids(many.iter().map(String::as_str)), "Its ids is not valid: it has at most 100 ids"),
    ] {
        let mark = stage.world.borrow().mark();
        let refused = stage.run(engine.find_records(&ana, Module::Products, &query)).unwrap_err();
        assert_eq!(refused.problem.code, Code::InvalidRequest);
        assert!(refused.problem.why.contains(words), "{}", refused.problem.why);
        assert_eq!(stage.world.borrow().calls_since(mark).len(), 0, "{words}");
    }
}

#[test]
fn a_dead_grant_of_the_connection_is_noted_and_a_user_s_own_ends_the_session() {
    let (stage, ana) = connected();
    let desk = Desk::default();
    let engine = stage.engine(&desk);
    stage.world.borrow_mut().zoho.revoke_all_tokens();
    let find =
        |query: &RecordsQuery| stage.run(engine.find_records(&ana, Module::Accounts, query)).unwrap_err().problem.code;
    for query in [by_ids([seed::FIRST_ACCOUNT]), RecordsQuery { name: Some("a".to_owned()), ids: None }] {
        assert_eq!(find(&query), Code::SessionExpired);
        assert_eq!(state(&stage, &ana), ConnectionState::Connected, "the connection was not asked");
    }
    // The set-up comes upon it by itself when it has to read the lists.
    stage.execute("UPDATE connections SET zoho_broken = 0; UPDATE organisations SET crm = NULL");
    assert_eq!(stage.run(engine.setup(&ana)).unwrap_err().problem.code, Code::ZohoDisconnected);
    assert_eq!(state(&stage, &ana), ConnectionState::ZohoBroken);
    assert!(stage.run(engine.setup(&ana)).unwrap().crm.broken, "and then it says so");
}

// ---- the log ----

fn rows(stage: &Stage, user: &Member, query: &LogQuery) -> LogRows {
    let desk = Desk::default();
    stage.run(stage.engine(&desk).log_rows(user, query)).unwrap()
}

#[test]
fn the_log_s_table_says_what_who_and_why() {
    let (stage, ana) = connected();
    let sam = stage.sign_in(SALES);
    let desk = Desk::default();
    let engine = stage.engine(&desk);
    stage.click(&sam, Module::Accounts, seed::FIRST_ACCOUNT);
    stage.click(&ana, Module::Invoices, seed::FIRST_INVOICE);
    stage.click(&ana, Module::Invoices, seed::INVOICE_UNMAPPED_TAX);
    stage.advance(60);
    let everything = stage.run_all(&ana, &Module::ALL, Direction::Both, Scope::Everything);
    stage.advance(60);
    let records = vec![RecordRef { module: Module::Invoices, id: seed::FIRST_INVOICE.to_owned() }];
    let pairs = vec![PairChoice { module: Module::Invoices, direction: Direction::ToXero }];
    let bulk = RunRequest { pairs, scope: Scope::Records(records), preview: false };
    let bulk = stage.run(engine.start_run(&sam, &bulk)).unwrap();
    stage.take_steps_of_run(&desk, &sam);
    stage.advance(60);
    stage.run(engine.start_scheduled(&ana.org)).unwrap();
    stage.take_steps_of_run(&desk, &ana);
    stage.advance(60);
    let retry = stage.run(engine.retry_run(&ana, &everything.id)).unwrap();
    stage.take_steps_of_run(&desk, &ana);

    let mut all = rows(&stage, &ana, &LogQuery { limit: Some(200), ..LogQuery::default() });
    assert_eq!(all.total, Some(u32::try_from(stage.number("SELECT count(*) FROM entries")).unwrap()));
    while all.more {
        let before = all.rows.last().map(|row| row.id.clone());
        let next = rows(&stage, &ana, &LogQuery { before, limit: Some(200), ..LogQuery::default() });
        assert_eq!(next.total, None);
        all = LogRows { rows: all.rows.into_iter().chain(next.rows).collect(), ..next };
    }
    assert!(all.rows.len() > 50 && all.rows.windows(2).all(|pair| pair[0].id > pair[1].id));
    let party = stage.crm(Module::Invoices, seed::FIRST_INVOICE)["Account_Name"]["name"].as_str().unwrap().to_owned();
    let clicked = all.rows.iter().find(|row| row.record_id == seed::FIRST_INVOICE && row.run.is_none()).unwrap();
    assert_eq!((clicked.sync, clicked.by.as_deref()), (SyncKind::Click, Some(ana.name.as_str())));
    assert_eq!((clicked.party.as_deref(), clicked.outcome), (Some(party.as_str()), Outcome::Created));
    assert!(clicked.comment.contains(", "), "what changed: {}", clicked.comment);
    assert_eq!(clicked.problem, None);
    assert!(clicked.xero_id.is_some());
    let failed = all.rows.iter().find(|row| row.record_id == seed::INVOICE_UNMAPPED_TAX && row.run.is_none()).unwrap();
    let entry = stage.run(engine.entry(&ana, &failed.id)).unwrap();
    assert_eq!(failed.problem, Some(entry.problems[0].code));
    assert_eq!(failed.comment, entry.problems[0].what);
    for (run, kind, by) in [
        (&everything.id, SyncKind::Manual, Some(ana.name.as_str())),
        (&bulk.id, SyncKind::Bulk, Some(sam.name.as_str())),
        (&retry.id, SyncKind::Retry, Some(ana.name.as_str())),
    ] {
        let of_run = rows(&stage, &ana, &LogQuery { run: Some(run.clone()), ..LogQuery::default() });
        assert!(!of_run.rows.is_empty(), "{kind:?}");
        assert!(of_run.rows.iter().all(|row| row.sync == kind && row.by.as_deref() == by), "{kind:?}");
    }
    assert!(all.rows.iter().any(|row| row.sync == SyncKind::Scheduled && row.by.is_none()), "the schedule's");

    // In German it says the same, and nothing in English: neither a problem with its facts nor what changed.
    let german = Engine { language: Language::German, ..stage.engine(&desk) };
    let german = stage.run(german.log_rows(&ana, &LogQuery { limit: Some(200), ..LogQuery::default() })).unwrap();
    let (mut problems, mut changes) = (0, 0);
    for row in &german.rows {
        let same = all.rows.iter().find(|one| one.id == row.id).unwrap();
        let entry = stage.run(engine.entry(&ana, &row.id)).unwrap();
        match entry.problems.into_iter().next() {
            Some(first) => {
                problems += 1;
                assert_eq!(row.comment, first.in_language(Language::German).what);
            }
            None => changes += usize::from(!row.comment.is_empty()),
        }
        assert!(row.comment.is_empty() || row.comment != same.comment || row.comment == "Name", "{}", row.comment);
    }
    assert!(problems > 3 && changes > 3, "{problems} {changes}");
    let codes: BTreeSet<Code> = german.rows.iter().filter_map(|row| row.problem).collect();
    assert_eq!(german.problems.iter().map(|problem| problem.code).collect::<BTreeSet<_>>(), codes);
    let gone = LogQuery { problem: Some(Code::PlanLimit), ..LogQuery::default() };
    let problems: Vec<Code> = rows(&stage, &ana, &gone).problems.into_iter().map(|problem| problem.code).collect();
    assert_eq!(problems, [Code::PlanLimit], "what is filtered by is told, too");

    // The file has the same, line by line.
    let file = stage.run(engine.log_csv(&ana, &LogQuery::default())).unwrap();
    let mut lines = csv::Reader::from_reader(file.trim_start_matches('\u{feff}').as_bytes());
    let lines: Vec<csv::StringRecord> = lines.records().map(Result::unwrap).collect();
    assert_eq!(lines.len(), all.rows.len());
    for (line, row) in lines.iter().zip(&all.rows) {
        assert_eq!(line[3], *serde_json::to_value(row.sync).unwrap().as_str().unwrap());
        assert_eq!(line[4].trim_start_matches('\''), row.name);
        // The list has the beginning of it.
        let told = line[8].starts_with(row.comment.trim_end_matches('…'));
        assert!(row.problem.is_some() || told, "{} {}", &line[8], row.comment);
    }

    // Every document that was looked at says whose it is, and no other record does.
    for row in &all.rows {
        let looked_at = !matches!(row.outcome, Outcome::Failed | Outcome::Skipped);
        if row.module.kind() == Kind::Document && looked_at {
            assert!(row.party.as_ref().is_some_and(|name| !name.is_empty()), "{row:?}");
        } else if row.module.kind() != Kind::Document {
            assert_eq!(row.party, None, "{row:?}");
        }
    }
    let by_party = rows(&stage, &ana, &LogQuery { name: Some(party.to_uppercase()), ..LogQuery::default() });
    assert!(by_party.rows.iter().any(|row| row.id == clicked.id));

    // Who is no administrator gets the own ones, in the table and one by one.
    let own = rows(&stage, &sam, &LogQuery::default());
    assert_eq!(own.total, Some(2));
    assert!(own.rows.iter().all(|row| row.by.as_deref() == Some(sam.name.as_str())));
    assert_eq!(stage.run(engine.entry(&sam, &own.rows[0].id)).unwrap().id, own.rows[0].id);
    let refused = stage.run(engine.entry(&sam, &clicked.id)).unwrap_err();
    assert_eq!(refused.problem.code, Code::RunUnknown);
    assert_eq!(stage.run(engine.entry(&ana, "no such")).unwrap_err().problem, refused.problem);
    let long = LogQuery { name: Some("é".repeat(101)), ..LogQuery::default() };
    assert!(stage.run(engine.log_rows(&ana, &long)).unwrap_err().problem.why.contains("name"));
    assert_eq!(rows(&stage, &ana, &LogQuery { name: Some("é".repeat(100)), ..LogQuery::default() }).total, Some(0));
}

fn entry(number: usize, at: DateTime<Utc>) -> EntryView {
    let outcomes = [Outcome::Created, Outcome::Updated, Outcome::Unchanged, Outcome::Skipped, Outcome::Failed];
    let outcome = outcomes[number % 5];
    let failed = problem::of(Code::NameMissing, &[]).said(&"Xero's own words. ".repeat(100));
    EntryView {
        id: format!("{:013}-{number:016x}", at.timestamp_millis()),
        module: Module::ALL[number % 6],
        record_id: format!("5725{number:08}"),
        name: format!("Record {number}"),
        outcome,
        at,
        took_ms: 1,
        by: Some("Sam Sales".to_owned()),
        changes: Vec::new(),
        problems: if outcome == Outcome::Failed { vec![failed] } else { Vec::new() },
        dependencies: Vec::new(),
        calls: Vec::new(),
        run: None,
        xero_id: None,
        direction: Direction::Both,
        party: number.is_multiple_of(3).then(|| format!("Party {}", number % 100)),
    }
}

fn save(stage: &Stage, user: &Member, whose: Option<&ZohoId>, saved: &[EntryView]) {
    for chunk in saved.chunks(1_000) {
        stage
            .run(
                stage
                    .query(entries::save(&user.org, whose, whose, chunk.iter().map(entries::Written::unread)).unwrap()),
            )
            .unwrap();
    }
}

#[test]
fn a_log_of_50_000_entries_is_quick() {
    let (stage, ana) = connected();
    let start = stage.now() - Duration::days(20);
    let many: Vec<EntryView> = (0..50_000)
        .map(|number| entry(number, start + Duration::seconds(30 * i64::try_from(number).unwrap())))
        .collect();
    save(&stage, &ana, None, &many);
    let desk = Desk::default();
    let engine = stage.engine(&desk);
    let page = |change: &dyn Fn(&mut LogQuery)| {
        let mut query = LogQuery { limit: Some(200), ..LogQuery::default() };
        change(&mut query);
        let (page, statements, work) = stage.costs(engine.log_rows(&ana, &query));
        let page = page.unwrap();
        assert!(statements <= 2, "{statements}");
        (page.rows.len(), page.total, work)
    };
    let (count, total, _) = page(&|_| {});
    assert_eq!((count, total), (200, Some(50_000)));
    let last = many[40_000].id.clone();
    let (count, total, work) = page(&|query| query.before = Some(last.clone()));
    assert_eq!((count, total), (200, None));
    assert!(work < 20_000, "a page reads what it shows: {work}");
    // Looking for something rare goes through the index once for the page and once for the count.
    for (change, found) in [
        (&|query: &mut LogQuery| query.name = Some("PARTY 33".to_owned()) as _, 167),
        (&|query: &mut LogQuery| query.name = Some("record 49999".to_owned()) as _, 1),
    ] as [(&dyn Fn(&mut LogQuery), u32); 2]
    {
        let (count, total, work) = page(change);
        assert_eq!((u32::try_from(count).unwrap(), total), (found, Some(found)));
        assert!(work < 5_000_000, "{work}");
    }
    let (days, statements, work) = stage.costs(engine.days(&ana));
    assert_eq!(days.unwrap().days.iter().map(|day| day.counts.candidates).sum::<u32>(), 50_000);
    assert!(statements <= 2 && work < 5_000_000, "{statements} {work}");
    let (found, statements, _) = stage.costs(engine.status(&ana));
    assert!(found.is_ok() && statements <= 45, "{statements}");
}

#[test]
fn days_begin_and_end_at_local_midnight() {
    let (stage, ana) = connected();
    let sam = stage.sign_in(SALES);
    let now = at("2027-04-10T03:00:00Z");
    stage.world.borrow_mut().gate.clock.set(now);
    let desk = Desk::default();
    let days = |user: &Member| stage.run(stage.engine(&desk).days(user)).unwrap();
    let empty = days(&ana);
    assert_eq!((empty.time_zone.as_str(), empty.days.len()), ("Australia/Sydney", 30));
    assert!(empty.days.windows(2).all(|pair| pair[0].until == pair[1].from), "{:?}", empty.days);
    assert_eq!((empty.days[0].day.as_str(), empty.days[29].day.as_str()), ("2027-03-12", "2027-04-10"));
    let of = |days: &[DayView], day: &str| days.iter().find(|one| one.day == day).unwrap().clone();
    // The clock is put back on 4 April 2027: that day has 25 hours.
    let long = of(&empty.days, "2027-04-04");
    assert_eq!((long.from, long.until), (at("2027-04-03T13:00:00Z"), at("2027-04-04T14:00:00Z")));

    let own = [entry(0, at("2027-04-03T12:59:59Z")), entry(4, at("2027-04-03T13:00:00Z"))];
    save(&stage, &ana, Some(&sam.id), &own);
    save(&stage, &ana, None, &[entry(1, at("2027-04-04T13:59:59Z")), entry(9, at("2027-04-04T14:00:00Z"))]);
    save(&stage, &ana, None, &[entry(2, at("2027-03-11T12:00:00Z")), entry(3, now)]);
    let all = days(&ana).days;
    let counts = |days: &[DayView], day: &str| {
        let counts = of(days, day).counts;
        assert!(counts.add_up());
        (counts.candidates, counts.created, counts.updated, counts.skipped, counts.failed)
    };
    assert_eq!(counts(&all, "2027-04-03"), (1, 1, 0, 0, 0));
    assert_eq!(counts(&all, "2027-04-04"), (2, 0, 1, 0, 1));
    assert_eq!(counts(&all, "2027-04-05"), (1, 0, 0, 0, 1));
    assert_eq!(counts(&all, "2027-04-10"), (1, 0, 0, 1, 0));
    assert_eq!(all.iter().map(|day| day.counts.candidates).sum::<u32>(), 5, "the oldest is out");
    let sams = days(&sam).days;
    assert_eq!(counts(&sams, "2027-04-04"), (1, 0, 0, 0, 1));
    assert_eq!(sams.iter().map(|day| day.counts.candidates).sum::<u32>(), 2);
    // A day's instants filter the log as the day counts.
    let query = LogQuery { from: Some(long.from), until: Some(long.until), ..LogQuery::default() };
    assert_eq!(rows(&stage, &ana, &query).total, Some(2));
    let statement = log::select_days(&ana.org, &ana.viewer(), &[(long.from, long.until)]);
    let sql = String::leak(format!("EXPLAIN QUERY PLAN {}", statement.sql));
    let plan = stage.run(stage.query(Statement { sql, ..statement })).unwrap();
    let plan: Vec<&str> = plan.iter().map(|row| row.0["detail"].as_str().unwrap()).collect();
    assert!(plan.iter().any(|step| step.contains("COVERING INDEX entries_in_order (org=? AND id>?)")), "{plan:?}");
}

#[test]
fn days_count_the_runs_that_were_started() {
    let (stage, ana) = connected();
    let sam = stage.sign_in(SALES);
    let desk = Desk::default();
    let engine = stage.engine(&desk);
    stage.run_all(&ana, &[Module::Products], Direction::ToXero, Scope::Everything);
    let pairs = vec![PairChoice { module: Module::Accounts, direction: Direction::ToXero }];
    let preview = RunRequest { pairs, scope: Scope::Everything, preview: true };
    let preview = stage.run(engine.start_run(&ana, &preview)).unwrap();
    let today = |user: &Member| stage.run(engine.days(user)).unwrap().days.pop().unwrap();
    let day = today(&ana);
    assert_eq!(day.runs, 1, "a preview is none");
    assert!(day.counts.candidates > 5 && day.counts.add_up());
    assert_eq!((today(&sam).runs, today(&sam).counts.candidates), (0, 0));
    stage.take_steps_of_run(&desk, &ana);
    stage.run(engine.begin_run(&ana, &preview.id)).unwrap();
    assert_eq!(today(&ana).runs, 2, "until it is started");
}

// ---- audit ----

#[test]
fn what_administrators_do_is_noted_page_by_page() {
    let (stage, ana) = connected();
    let sam = stage.sign_in(SALES);
    let desk = Desk::default();
    let engine = stage.engine(&desk);
    let run =
        stage.start_run(&desk, &ana, &[Module::Products, Module::PurchaseOrders], Direction::ToXero, Scope::Everything);
    stage.run(engine.cancel_run(&ana, &run.id)).unwrap();
    stage.run(engine.cancel_run(&ana, &run.id)).unwrap();
    let pairs = vec![PairChoice { module: Module::Invoices, direction: Direction::ToXero }];
    let preview = RunRequest { pairs: pairs.clone(), scope: Scope::Everything, preview: true };
    let preview = stage.run(engine.start_run(&ana, &preview)).unwrap();
    stage.take_steps_of_run(&desk, &ana);
    stage.run(engine.begin_run(&ana, &preview.id)).unwrap();
    stage.take_steps_of_run(&desk, &ana);
    // A user's own records are no administrator's business.
    let records = vec![RecordRef { module: Module::Invoices, id: seed::FIRST_INVOICE.to_owned() }];
    let bulk = stage.run(engine.start_run(&sam, &RunRequest { pairs, scope: Scope::Records(records), preview: false }));
    stage.run(engine.cancel_run(&sam, &bulk.unwrap().id)).unwrap();
    stage.advance(1);
    stage.run(engine.retry_run(&ana, &preview.id)).unwrap();
    assert_eq!(actions(&stage), ["connect-crm", "connect-xero", "start-run", "cancel-run", "start-run", "retry-run"]);
    let page = stage.run(engine.audit(&ana, None)).unwrap();
    assert!(!page.more);
    let newest = &page.changes[0];
    assert_eq!((newest.action.as_str(), newest.by.as_str()), ("retry-run", ana.name.as_str()));
    let started = page.changes.iter().find(|change| change.detail == "Products, Purchase orders");
    assert!(started.is_some(), "{:?}", page.changes);
    assert_eq!(sam.administrator().unwrap_err().problem.code, Code::NotAdministrator);

    for _ in 0..60 {
        stage.advance(1);
        let note = engine::store::audit::note(
            &stage,
            &ana.org,
            &ana.name,
            engine::store::audit::Action::ChangeSettings,
            "{}",
            stage.now(),
        );
        stage.run(stage.query(note)).unwrap();
    }
    let first = stage.run(engine.audit(&ana, None)).unwrap();
    assert_eq!((first.changes.len(), first.more), (50, true));
    let second = stage.run(engine.audit(&ana, Some(&first.changes[49].id))).unwrap();
    assert_eq!((second.changes.len(), second.more), (16, false));
    let ids: BTreeSet<&str> = first.changes.iter().chain(&second.changes).map(|change| change.id.as_str()).collect();
    assert_eq!(ids.len(), 66);
    // What can't be read as changes is shown as it is.
    assert_eq!((first.changes[0].detail.as_str(), first.changes[0].changes.len()), ("{}", 0));
}

// ---- status ----

#[test]
fn the_status_says_how_the_sync_is() {
    let stage = Stage::new(World::standard(BASE));
    let ana = stage.administrator(ADMIN);
    let view = status(&stage, &ana);
    assert_eq!((view.connection, view.budget, view.runs.len()), (ConnectionState::ZohoMissing, None, 0));
    let ana = stage.connect_crm(ADMIN);
    stage.connect_xero(&ana, 0);
    let sam = stage.sign_in(SALES);
    for _ in 0..6 {
        stage.run_all(&ana, &[Module::Invoices], Direction::ToXero, Scope::SinceLast);
        stage.advance(1);
    }
    let desk = Desk::default();
    let schedule = Schedule { enabled: true, times: vec!["07:00".to_owned()], ..Schedule::default() };
    let schedule = stage.run(stage.engine(&desk).save_schedule(&ana, &schedule, stage.settings_version())).unwrap();
    let view = status(&stage, &ana);
    assert_eq!(view.version, env!("CARGO_PKG_VERSION"));
    assert_eq!((view.connection, view.time_zone.as_str()), (ConnectionState::Connected, "Australia/Sydney"));
    assert!(view.crm_renewed_at.is_some() && view.xero_renewed_at.is_some());
    assert!(view.budget.as_ref().is_some_and(|budget| budget.xero_day_remaining.is_some()));
    assert_eq!((view.runs.len(), view.next_run), (5, Some(schedule.next[0])));
    assert!(view.runs[0].id > view.runs[4].id);
    let waiting = stage.run(stage.engine(&desk).waiting(&ana)).unwrap().records;
    assert_eq!(view.waiting as usize, waiting.len());
    assert_eq!(view.parked as usize, waiting.iter().filter(|record| record.parked).count());
    assert!(view.parked > 0 && view.waiting > view.parked || view.waiting == view.parked, "{view:?}");
    assert!(view.parked > 0);
    assert_eq!(view.broken, []);

    stage.choose(|settings| settings.accounts.sales = Some("200".to_owned()));
    let (tenant, now) = (stage.tenant(0), stage.now());
    stage.world.borrow_mut().xero.archive_account(&tenant, "200", now).unwrap();
    assert_eq!(status(&stage, &ana).broken, [], "nobody has looked yet");
    stage.run(stage.engine(&desk).mapping(&ana, true)).unwrap();
    let broken = status(&stage, &ana).broken;
    assert_eq!(broken.iter().map(|one| one.path.as_str()).collect::<Vec<_>>(), ["accounts.sales"]);
    let view = status(&stage, &sam);
    assert_eq!((view.broken.len(), view.runs.len()), (0, 0), "settings and others' runs are not for everybody");
}

#[test]
fn a_scheduled_run_looks_at_the_lists_of_today() {
    let (stage, ana) = connected();
    let desk = Desk::default();
    let engine = stage.engine(&desk);
    let pairs = [(Module::Products, Direction::ToXero)].into();
    let schedule = Schedule { enabled: true, times: vec!["07:00".to_owned()], pairs, ..Schedule::default() };
    stage.run(engine.save_schedule(&ana, &schedule, stage.settings_version())).unwrap();
    stage.choose(|settings| settings.accounts.sales = Some("200".to_owned()));
    let run = || {
        stage.run(engine.start_scheduled(&ana.org)).unwrap();
        let mark = stage.world.borrow().mark();
        stage.take_steps_of_run(&desk, &ana);
        let asked =
            stage.world.borrow().calls_since(mark).iter().filter(|call| call.path.ends_with("/Accounts")).count();
        (stage.run(engine.runs(&ana, None)).unwrap().runs.remove(0), asked)
    };
    let (first, asked) = run();
    assert_eq!((first.state, first.problem, asked), (RunState::Done, None, 0), "the lists are new");
    let (tenant, now) = (stage.tenant(0), stage.now());
    stage.world.borrow_mut().xero.archive_account(&tenant, "200", now).unwrap();
    stage.advance(DAY / 3);
    let (second, asked) = run();
    assert_eq!((second.state, asked), (RunState::Done, 1));
    let told = second.problem.unwrap();
    assert_eq!(Some(&told), status(&stage, &ana).broken.first().map(|one| &one.problem));
    assert_eq!(told.code, Code::SettingBroken);
    assert_eq!(told.what, "A setting does not work any more: Accounts.");
    assert!(told.why.starts_with("The account 200 ") && told.why.ends_with(" is archived in Xero."), "{}", told.why);
    assert!(told.place.is_some_and(|place| place.url.as_str().contains("ChartOfAccounts")));
    stage.choose(|settings| settings.accounts.sales = None);
    // Runs of one millisecond have no order.
    stage.advance(1);
    let (third, asked) = run();
    assert_eq!((third.problem, asked), (None, 0));
}

#[test]
fn health_names_the_grant_that_lacks_a_permission_and_nothing_that_works_stops() {
    let mut world = World::standard(BASE);
    world.zoho.withhold_scopes(&["ZohoCRM.settings.fields.UPDATE"]);
    let (stage, ana) = Stage::connected(world);
    let sam = stage.sign_in("sam@bluegum.example");
    let seen = status(&stage, &ana);
    assert_eq!(
        (seen.crm_lacks.as_slice(), seen.xero_lacks.len()),
        (&["ZohoCRM.settings.fields.UPDATE".to_owned()][..], 0)
    );
    stage.execute(
        "UPDATE grants SET scopes = 'offline_access accounting.contacts accounting.invoices' WHERE id LIKE 'xero:%'",
    );
    assert_eq!(status(&stage, &ana).xero_lacks, ["accounting.settings"]);
    let of_sam = status(&stage, &sam);
    assert!(of_sam.crm_lacks.is_empty() && of_sam.xero_lacks.is_empty(), "only administrators are told");
    assert_eq!(stage.click(&ana, Module::Accounts, seed::FIRST_ACCOUNT).entry.outcome, Outcome::Created);
    // Zoho may leave out what it granted when a token is renewed: then nothing is known to lack.
    stage.execute("UPDATE grants SET scopes = ''");
    let unknown = status(&stage, &ana);
    assert!(unknown.crm_lacks.is_empty() && unknown.xero_lacks.is_empty());
    // Whoever connects again is asked for everything.
    stage.world.borrow_mut().zoho.withhold_scopes(&[]);
    stage.connect_crm(ADMIN);
    assert!(status(&stage, &ana).crm_lacks.is_empty());
}
