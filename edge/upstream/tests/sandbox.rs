//! The clients against the stand-in APIs in the same process: the vendors' rules instead of scripted answers.
#![allow(clippy::unwrap_used, reason = "a test that can't go on has failed")]

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::join_all;
use ports::{Clock, Http, HttpError, Request, Response};
use sandbox::{ApiName, Dropped, Effect, Limit, Phase, Rule, World, seed};
use sandbox_zoho::{CompositeRows, FieldProfiles, Mark};
use serde_json::{Map, Value, json};
use shared::id::{TenantId, XeroId, ZohoId};
use shared::module::Module;
use shared::record::TaxMode;
use shared::zoho::custom_fields;
use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::time::Duration;
use upstream::xero::Budget;
use upstream::zoho::{By, Created, DataCentre, Made, NewField, Permission, Row};
use upstream::{App, CallLog, Caller, Error, LimitScope, Purpose, Tokens, Who, xero, zoho};

const BASE: &str = "http://localhost:8790";
const XERO_API: &str = "http://localhost:8790/xero/api/api.xro/2.0";
const ADMINISTRATOR: &str = "ana@bluegum.example";

/// The world as ports; the clock is the world's own.
struct Outside(RefCell<World>);

impl Clock for Outside {
    fn now(&self) -> DateTime<Utc> {
        self.0.borrow().now()
    }

    async fn sleep(&self, duration: Duration) {
        let millis = u64::try_from(duration.as_millis()).unwrap();
        self.0.borrow_mut().gate.clock.advance_millis(millis);
    }

    async fn patience(&self, _: Duration) {
        std::future::pending().await
    }
}

impl Http for Outside {
    async fn send(&self, request: Request) -> Result<Response, HttpError> {
        let mut builder = http::Request::builder().method(request.method.as_str()).uri(&request.url);
        for (name, value) in &request.headers {
            builder = builder.header(name, value);
        }
        let pending = self.0.borrow_mut().begin(builder.body(Bytes::from(request.body)).unwrap());
        // Lets calls that were sent at the same time be under way together.
        tokio::task::yield_now().await;
        let answer = self.0.borrow_mut().finish(pending);
        match answer {
            Ok(response) => Ok(Response {
                status: response.status().as_u16(),
                headers: response
                    .headers()
                    .iter()
                    .map(|(name, value)| (name.as_str().to_owned(), value.to_str().unwrap().to_owned()))
                    .collect(),
                body: response.into_body().to_vec(),
            }),
            Err(Dropped::TimedOut) => Err(HttpError::Timeout(request.timeout)),
            Err(Dropped::Connection) => Err(HttpError::Connection("closed".to_owned())),
        }
    }
}

/// A grant that is renewed through the real token endpoints.
struct Grant<'a> {
    ports: &'a Outside,
    log: CallLog,
    vendor: upstream::Api,
    access: RefCell<String>,
    refresh: RefCell<String>,
    renewals: Cell<u32>,
}

impl<'a> Grant<'a> {
    fn zoho(ports: &'a Outside, email: &str, scopes: &[&str]) -> Self {
        let grant = ports.0.borrow_mut().zoho_grant(email, scopes).unwrap();
        Self::new(ports, upstream::Api::Zoho, grant.access_token, grant.refresh_token)
    }

    fn xero(ports: &'a Outside, tenant: &TenantId) -> Self {
        let grant = ports.0.borrow_mut().xero_grant(tenant.as_str()).unwrap();
        Self::new(ports, upstream::Api::Xero, grant.access_token, grant.refresh_token)
    }

    fn new(ports: &'a Outside, vendor: upstream::Api, access: String, refresh: String) -> Self {
        Self {
            ports,
            log: CallLog::new(),
            vendor,
            access: RefCell::new(access),
            refresh: RefCell::new(refresh),
            renewals: Cell::new(0),
        }
    }
}

impl Tokens for Grant<'_> {
    async fn access(&self) -> Result<String, Error> {
        Ok(self.access.borrow().clone())
    }

    async fn renew(&self, refused: &str) -> Result<String, Error> {
        assert_eq!(refused, self.access.borrow().as_str());
        self.renewals.set(self.renewals.get() + 1);
        let refresh = self.refresh.borrow().clone();
        let (access, next) = match self.vendor {
            upstream::Api::Zoho => {
                let app = App { id: sandbox::ZOHO_CLIENT.0, secret: sandbox::ZOHO_CLIENT.1 };
                let accounts = format!("{BASE}/zoho/accounts");
                let grant = zoho::oauth::refresh(self.ports, &self.log, &accounts, app, &refresh).await?;
                (grant.access_token, grant.refresh_token)
            }
            upstream::Api::Xero => {
                let app = App { id: sandbox::XERO_CLIENT.0, secret: sandbox::XERO_CLIENT.1 };
                let identity = format!("{BASE}/xero/identity");
                let grant = xero::oauth::refresh(self.ports, &self.log, &identity, app, &refresh).await?;
                (grant.access_token, grant.refresh_token)
            }
        };
        if let Some(next) = next {
            self.refresh.replace(next);
        }
        self.access.replace(access.clone());
        Ok(access)
    }

    fn whose(&self) -> upstream::Whose {
        upstream::Whose::Connection
    }
}

fn outside(world: World) -> Outside {
    Outside(RefCell::new(world))
}

fn crm<'a>(ports: &'a Outside, tokens: &'a Grant<'a>, log: &'a CallLog) -> zoho::Client<'a, Outside, Grant<'a>> {
    zoho::Client { ports, tokens, api_domain: "http://localhost:8790/zoho/api", log }
}

fn centre() -> DataCentre {
    DataCentre {
        location: "us".to_owned(),
        accounts: format!("{BASE}/zoho/accounts"),
        api: format!("{BASE}/zoho/api"),
        other_apis: Vec::new(),
        crm: BASE.to_owned(),
    }
}

fn tenant(ports: &Outside, country: &str) -> TenantId {
    let world = ports.0.borrow();
    let organisations = world.xero.organisations();
    let found = organisations.iter().find(|organisation| organisation.country == country).unwrap();
    TenantId::new(found.tenant.clone()).unwrap()
}

/// Whom no share holds back.
static EVERYBODY: Caller = Caller { who: Who::Organisation, what: Purpose::Click, day_reserve: 0 };

/// Xero's side of one organisation.
struct Books<'a> {
    ports: &'a Outside,
    tenant: TenantId,
    tokens: Grant<'a>,
    budget: Budget,
    log: CallLog,
}

impl<'a> Books<'a> {
    fn new(ports: &'a Outside, country: &str) -> Self {
        let tenant = tenant(ports, country);
        let tokens = Grant::xero(ports, &tenant);
        Self { ports, tenant, tokens, budget: Budget::new(), log: CallLog::new() }
    }

    fn client(&self) -> xero::Client<'_, Outside, Grant<'a>> {
        xero::Client {
            ports: self.ports,
            tokens: &self.tokens,
            base: XERO_API,
            tenant: &self.tenant,
            budget: &self.budget,
            caller: &EVERYBODY,
            log: &self.log,
        }
    }
}

fn id(text: &str) -> ZohoId {
    ZohoId::new(text).unwrap()
}

fn xero_id(value: &Value, key: &str) -> XeroId {
    XeroId::new(value[key].as_str().unwrap()).unwrap()
}

#[tokio::test]
async fn the_crm_s_organisation_and_user() {
    let ports = outside(World::empty(BASE));
    let (tokens, log) = (Grant::zoho(&ports, ADMINISTRATOR, zoho::oauth::CONNECT_SCOPES), CallLog::new());
    let client = crm(&ports, &tokens, &log);
    let organisation = client.organisation(&centre()).await.unwrap();
    assert_eq!((organisation.name.as_str(), organisation.currency.as_str()), ("Blue Gum Trading Pty Ltd", "AUD"));
    assert_eq!(organisation.time_zone, "Australia/Sydney");
    assert!(organisation.taxes.iter().any(|tax| tax.name == "GST" && tax.percentage == "10".parse().unwrap()));
    assert_eq!(organisation.fields.len(), 6);
    assert_eq!(organisation.tax_mode, None);
    let status = organisation.fields[&Module::Invoices].iter().find(|field| field.api_name == "Status").unwrap();
    assert!(status.picklist.iter().any(|(actual, _)| actual == "Approved"));
    let user = client.current_user().await.unwrap();
    assert!(user.active);
    assert_eq!(client.current_organisation().await.unwrap().id, organisation.id);
    assert!(client.profile(&user.profile.id).await.unwrap().administers());
    let sign_in = Grant::zoho(&ports, seed::RESTRICTED_USER, zoho::oauth::SIGN_IN_SCOPES);
    let rita = crm(&ports, &sign_in, &log);
    let profile = rita.current_user().await.unwrap().profile;
    assert!(!client.profile(&profile.id).await.unwrap().administers());
}

#[tokio::test]
async fn users_are_found_on_every_page_if_they_are_there_for_certain() {
    let ports = outside(World::empty(BASE));
    {
        let mut world = ports.0.borrow_mut();
        for number in 0..410_u64 {
            world.zoho.add_user("U", "User", &format!("U{number}@x.example"), "Standard").unwrap();
        }
        world.zoho.user_mut("U1@x.example").unwrap().standing = sandbox_zoho::Standing::Deactivated;
        world.zoho.user_mut("U2@x.example").unwrap().confirmed = false;
        world.zoho.user_mut("U3@x.example").unwrap().language = "de_DE".to_owned();
    }
    let (tokens, log) = (Grant::zoho(&ports, ADMINISTRATOR, zoho::oauth::CONNECT_SCOPES), CallLog::new());
    let client = crm(&ports, &tokens, &log);
    let of = |addresses: &[&str]| addresses.iter().map(|one| (*one).to_owned()).collect::<BTreeSet<String>>();
    let asked = of(&[ADMINISTRATOR, "u1@x.example", "u2@x.example", "u3@x.example", "u409@x.example", "z@x.example"]);
    let mark = ports.0.borrow().mark();
    let found = client.users_among(&asked).await.unwrap();
    assert_eq!(found.keys().cloned().collect::<BTreeSet<_>>(), of(&[ADMINISTRATOR, "u3@x.example", "u409@x.example"]));
    assert_eq!((found[ADMINISTRATOR].as_deref(), found["u3@x.example"].as_deref()), (Some("en_US"), Some("de_DE")));
    assert_eq!(ports.0.borrow().calls_since(mark).len(), 3);
    let mark = ports.0.borrow().mark();
    assert_eq!(client.users_among(&of(&[ADMINISTRATOR])).await.unwrap().len(), 1);
    assert_eq!(ports.0.borrow().calls_since(mark).len(), 1, "nobody is looked for any more");
    let modules = Grant::zoho(&ports, ADMINISTRATOR, &["ZohoCRM.modules.ALL"]);
    let refused = crm(&ports, &modules, &log).users_among(&asked).await.unwrap_err();
    assert!(matches!(refused, Error::ScopeMissing { .. }), "{refused:?}");
}

#[tokio::test]
async fn our_fields_are_created_once() {
    let ports = outside(World::empty(BASE));
    let (tokens, log) = (Grant::zoho(&ports, ADMINISTRATOR, zoho::oauth::CONNECT_SCOPES), CallLog::new());
    let client = crm(&ports, &tokens, &log);
    for module in Module::ALL {
        let wanted = custom_fields(module);
        for _ in 0..2 {
            let new: Vec<NewField<'_>> = wanted.iter().map(|field| NewField { field, profiles: Vec::new() }).collect();
            client.create_fields(module, &new).await.unwrap();
            let fields = client.field_rights(module).await.unwrap();
            for field in &wanted {
                let found = fields.iter().filter(|known| known.label == field.label).count();
                assert_eq!(found, 1, "{} of {module:?}", field.label);
            }
        }
    }
}

/// Creates our fields, open to everybody.
async fn create_fields<P: ports::Clock + ports::Http, T: Tokens>(client: &zoho::Client<'_, P, T>, module: Module) {
    let fields = custom_fields(module);
    let new: Vec<NewField<'_>> = fields.iter().map(|field| NewField { field, profiles: Vec::new() }).collect();
    made_of(client.create_fields(module, &new).await.unwrap());
}

/// What was made, where nothing was refused.
fn made_of(created: Vec<Created>) -> Vec<Made> {
    let only = |one| match one {
        Created::Made(made) => made,
        Created::Refused(said) => panic!("{said}"),
    };
    created.into_iter().map(only).collect()
}

#[tokio::test]
async fn fields_are_kept_from_profiles() {
    for answer in [FieldProfiles::Taken, FieldProfiles::RefusedAtCreation, FieldProfiles::Refused] {
        let ports = outside(World::standard(BASE));
        ports.0.borrow_mut().zoho.answers_mut().field_profiles = answer;
        let (tokens, log) = (Grant::zoho(&ports, ADMINISTRATOR, zoho::oauth::CONNECT_SCOPES), CallLog::new());
        let client = crm(&ports, &tokens, &log);
        let known = client.field_rights(Module::Accounts).await.unwrap();
        let rights: Vec<_> = known[0].profiles.iter().map(|(one, _)| (one.id.clone(), Permission::ReadOnly)).collect();
        assert!(rights.len() > 1, "{known:?}");
        let fields = custom_fields(Module::Accounts);
        let new: Vec<_> = fields.iter().map(|field| NewField { field, profiles: rights.clone() }).collect();
        let made = made_of(client.create_fields(Module::Accounts, &new).await.unwrap());
        assert!(
            made.iter().all(|made| made.id.is_some() && made.guarded == (answer == FieldProfiles::Taken)),
            "{made:?}"
        );
        let changes: Vec<_> = made.into_iter().filter_map(|made| Some((made.id?, rights.clone()))).collect();
        let taken = client.set_field_rights(Module::Accounts, &changes).await.unwrap();
        assert_eq!(taken, vec![answer != FieldProfiles::Refused; changes.len()], "{answer:?}");
        let after = client.field_rights(Module::Accounts).await.unwrap();
        let id = after.iter().find(|field| field.label == "Xero ID").unwrap();
        let kept = id.profiles.iter().all(|(_, permission)| *permission == Permission::ReadOnly);
        assert_eq!(kept, answer != FieldProfiles::Refused, "{answer:?}");
        // Once more: somebody else has just created them.
        let made = made_of(client.create_fields(Module::Accounts, &new).await.unwrap());
        assert!(made.iter().all(|made| made.id.is_none() && !made.guarded), "{made:?}");
    }
}

#[tokio::test]
async fn snapshots_and_their_write_back() {
    let ports = outside(World::standard(BASE));
    let (tokens, log) = (Grant::zoho(&ports, ADMINISTRATOR, zoho::oauth::CONNECT_SCOPES), CallLog::new());
    let client = crm(&ports, &tokens, &log);
    create_fields(&client, Module::Invoices).await;
    let mark = ports.0.borrow().mark();
    let one = client.snapshots(&[(Module::Invoices, id(seed::FIRST_INVOICE))]).await.unwrap();
    let invoice = one[0].as_ref().unwrap().as_ref().unwrap();
    assert_eq!(invoice.record["Invoiced_Items"].as_array().unwrap().len(), 2);
    assert_eq!(ports.0.borrow().total_calls(), mark.0 + 1);
    let one = client.snapshots(&[(Module::Accounts, id(seed::ACCOUNT_SEVEN_CONTACTS))]).await.unwrap();
    assert_eq!(one[0].as_ref().unwrap().as_ref().unwrap().contacts.len(), 7);
    assert_eq!(ports.0.borrow().total_calls(), mark.0 + 2);
    let wanted = [
        (Module::Accounts, id(seed::ACCOUNT_TWO_CONTACTS)),
        (Module::Products, id(seed::FIRST_PRODUCT)),
        (Module::Vendors, id(seed::FIRST_VENDOR)),
        (Module::Accounts, id("572500000001999999")),
        (Module::Accounts, id(seed::ACCOUNT_NO_CONTACTS)),
    ];
    let many = client.snapshots(&wanted).await.unwrap();
    let contacts: Vec<_> =
        many.iter().map(|one| one.as_ref().unwrap().as_ref().map(|snapshot| snapshot.contacts.len())).collect();
    assert_eq!((contacts[0], contacts[1], contacts[3], contacts[4]), (Some(2), Some(0), None, Some(0)));
    let mut row = Map::new();
    row.insert("id".to_owned(), json!(seed::FIRST_INVOICE));
    row.insert("Xero_Status".to_owned(), json!("PAID"));
    let mut gone = row.clone();
    gone.insert("id".to_owned(), json!("572500000005999999"));
    let runs = ports.0.borrow().zoho.automation_runs().len();
    let rows = client.update(Module::Invoices, vec![row, gone], false).await.unwrap();
    assert!(matches!(&rows[0], Row::Ok { id, modified: Some(_) } if id.as_str() == seed::FIRST_INVOICE), "{rows:?}");
    assert!(matches!(&rows[1], Row::Failed { .. }), "{rows:?}");
    let started: Vec<_> =
        ports.0.borrow().zoho.automation_runs()[runs..].iter().flat_map(|run| run.triggers.clone()).collect();
    assert_eq!(started, Vec::<String>::new());
    let record = client.record(Module::Invoices, &id(seed::FIRST_INVOICE)).await.unwrap().unwrap();
    assert_eq!(record["Xero_Status"], "PAID");
    assert_eq!(record["Invoiced_Items"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn a_snapshot_has_all_contacts_or_says_that_it_has_not() {
    for rows in [CompositeRows::Refused, CompositeRows::Cut] {
        let ports = outside(World::standard(BASE));
        {
            let mut world = ports.0.borrow_mut();
            world.zoho.answers_mut().composite_rows = rows;
            for (account, count) in [(seed::FIRST_ACCOUNT, 25), (seed::ACCOUNT_NO_CONTACTS, 2_001)] {
                for n in 0..count {
                    let contact = json!({"Last_Name": format!("N{n}"), "Account_Name": {"id": account}});
                    world.zoho.insert("Contacts", &contact).unwrap();
                }
            }
        }
        let (tokens, log) = (Grant::zoho(&ports, ADMINISTRATOR, zoho::oauth::CONNECT_SCOPES), CallLog::new());
        let client = crm(&ports, &tokens, &log);
        let wanted = [seed::FIRST_ACCOUNT, seed::ACCOUNT_NO_CONTACTS, seed::ACCOUNT_SEVEN_CONTACTS];
        let wanted = wanted.map(|account| (Module::Accounts, id(account)));
        let read = client.snapshots(&wanted).await.unwrap();
        let told: Vec<(usize, bool)> = read
            .iter()
            .map(|one| one.as_ref().unwrap().as_ref().unwrap())
            .map(|snapshot| (snapshot.contacts.len(), snapshot.more_contacts))
            .collect();
        assert_eq!(told, [(26, false), (2_000, true), (7, false)], "{rows:?}");
    }
}

#[tokio::test]
async fn the_metadata_says_what_a_field_holds_and_who_writes_it() {
    let ports = outside(World::standard(BASE));
    let (tokens, log) = (Grant::zoho(&ports, ADMINISTRATOR, zoho::oauth::CONNECT_SCOPES), CallLog::new());
    let client = crm(&ports, &tokens, &log);
    for mark in [Mark::ReadOnly, Mark::FieldReadOnly, Mark::Operations, Mark::All] {
        assert!(ports.0.borrow_mut().zoho.make_read_only("Accounts", "Fax", mark));
        let fields = client.fields(Module::Accounts).await.unwrap();
        let of = |name: &str| fields.iter().find(|field| field.api_name == name).unwrap();
        assert!(of("Fax").read_only, "{mark:?}");
        assert!(!of("Phone").read_only && of("Modified_Time").read_only);
        assert_eq!(of("Tag").json_type.as_deref(), Some("jsonarray"));
        assert!(of("Industry").picklist.iter().all(|(actual, _)| actual != "-None-"));
    }
}

#[tokio::test]
async fn queries_lists_and_pages() {
    let ports = outside(World::standard(BASE));
    let (tokens, log) = (Grant::zoho(&ports, ADMINISTRATOR, zoho::oauth::CONNECT_SCOPES), CallLog::new());
    let client = crm(&ports, &tokens, &log);
    let found =
        client.coql("select id, Product_Code from Products where Product_Name != 'x' limit 0, 5").await.unwrap();
    assert_eq!(found.len(), 5);
    assert_eq!(client.coql("select id from Products where Product_Name = 'no such thing'").await, Ok(Vec::new()));
    let ids = [id(seed::FIRST_PRODUCT), id(seed::PRODUCT_NO_CODE)];
    let rows = client.records(Module::Products, &ids, &["Product_Code", "Product_Category"]).await.unwrap();
    assert_eq!(rows.len(), 2);
    let page = client.page(Module::Invoices, &["Subject", "Modified_Time"], None, None).await.unwrap();
    assert_eq!((page.rows.len(), page.next), (seed_invoices(), None));
    let later = ports.now() + TimeDelta::days(1);
    let page = client.page(Module::Invoices, &["Subject"], Some(later), None).await.unwrap();
    assert_eq!(page.rows.len(), 0);
    // What changed at the very second of the cursor comes.
    let mut row = Map::new();
    row.insert("id".to_owned(), json!(seed::FIRST_INVOICE));
    row.insert("Subject".to_owned(), json!("changed"));
    let rows = client.update(Module::Invoices, vec![row], false).await.unwrap();
    let [Row::Ok { modified: Some(modified), .. }] = rows.as_slice() else { panic!("{rows:?}") };
    let page = client.page(Module::Invoices, &["Subject"], Some(*modified), None).await.unwrap();
    assert!(page.rows.iter().any(|row| row["Subject"] == "changed"), "{:?}", page.rows);
}

fn record(fields: &[(&str, &str)]) -> Map<String, Value> {
    fields.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect()
}

#[tokio::test]
async fn records_are_inserted_upserted_and_found_at_once() {
    let ports = outside(World::empty(BASE));
    let (tokens, log) = (Grant::zoho(&ports, ADMINISTRATOR, zoho::oauth::CONNECT_SCOPES), CallLog::new());
    let client = crm(&ports, &tokens, &log);
    create_fields(&client, Module::Accounts).await;
    create_fields(&client, Module::Vendors).await;
    let started = || ports.0.borrow().zoho.automation_runs().last().map(|run| run.triggers.len());
    // One bad row among many, the others are created.
    let rows = vec![
        record(&[("Account_Name", "O'Neil \\ \"Sons\""), ("Xero_ID", "x-1")]),
        record(&[("Phone", "1")]),
        record(&[("Account_Name", "Plain"), ("Xero_ID", "x-2")]),
    ];
    let made = client.insert(Module::Accounts, rows, false).await.unwrap();
    assert!(matches!(&made[1], Row::Failed { code, .. } if code == "MANDATORY_NOT_FOUND"), "{made:?}");
    assert_eq!(started(), Some(0));
    let ids: Vec<_> = made
        .iter()
        .filter_map(|row| match row {
            Row::Ok { id, .. } => Some(id.clone()),
            Row::Failed { .. } => None,
        })
        .collect();
    assert_eq!(ids.len(), 2);
    // The search index would not know them yet; the query does.
    let names = ["O'Neil \\ \"Sons\"".to_owned(), "no such name".to_owned()];
    let found = client.find(Module::Accounts, &["Account_Name", "Xero_ID"], "Account_Name", &names).await.unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!((&found[0]["id"], &found[0]["Xero_ID"]), (&json!(ids[0]), &json!("x-1")));
    let found = client.find(Module::Accounts, &[], "id", &[ids[1].to_string()]).await.unwrap();
    assert_eq!(found, [json!({"id": ids[1]})]);
    // An upsert on our own field changes the one and creates the other, also where the CRM has no field for duplicates.
    let rows = vec![
        record(&[("Account_Name", "Renamed"), ("Xero_ID", "x-1")]),
        record(&[("Account_Name", "New"), ("Xero_ID", "x-3")]),
    ];
    let upserted = client.upsert(Module::Accounts, rows.clone(), &["Xero_ID"], true).await.unwrap();
    assert!(matches!(&upserted[0], Row::Ok { id, .. } if *id == ids[0]), "{upserted:?}");
    assert!(matches!(&upserted[1], Row::Ok { id, .. } if !ids.contains(id)), "{upserted:?}");
    assert_eq!(started(), Some(5));
    assert_eq!(client.upsert(Module::Accounts, rows, &["Xero_ID"], false).await.unwrap().len(), 2);
    assert_eq!(ports.0.borrow().zoho.records("Accounts").len(), 3);
    for _ in 0..2 {
        let vendor = vec![record(&[("Vendor_Name", "V"), ("Xero_ID", "x-9")])];
        client.upsert(Module::Vendors, vendor, &["Xero_ID"], false).await.unwrap();
    }
    assert_eq!(ports.0.borrow().zoho.records("Vendors").len(), 1);
    // A field that is not unique can't be asked for.
    let error =
        client.upsert(Module::Vendors, vec![record(&[("Vendor_Name", "V")])], &["Phone"], false).await.unwrap_err();
    assert!(matches!(error, Error::Refused { .. }), "{error:?}");
}

#[tokio::test]
async fn many_are_found_two_queries_at_a_time() {
    let ports = outside(World::empty(BASE));
    let (tokens, log) = (Grant::zoho(&ports, ADMINISTRATOR, zoho::oauth::CONNECT_SCOPES), CallLog::new());
    let client = crm(&ports, &tokens, &log);
    // 450 products, three of each code: 150 codes are three queries; the first one has 150 rows, none a full page.
    for part in 0..5 {
        let rows = (0..90)
            .map(|at| {
                record(&[
                    ("Product_Name", &format!("P{part}-{at}")),
                    ("Product_Code", &format!("c{:03}", (part * 90 + at) / 3)),
                ])
            })
            .collect();
        assert_eq!(client.insert(Module::Products, rows, false).await.unwrap().len(), 90);
    }
    let codes: Vec<String> = (0..150).map(|code| format!("c{code:03}")).collect();
    let mark = ports.0.borrow().mark();
    let found = client.find(Module::Products, &["Product_Code"], "Product_Code", &codes).await.unwrap();
    assert_eq!(found.len(), 450);
    assert_eq!(ports.0.borrow().calls_since(mark).len(), 3);
    assert_eq!(ports.0.borrow().calls_since(mark).iter().map(|call| call.in_flight).max(), Some(2));
    // All of one code: three pages.
    let rows: Vec<_> =
        found.iter().map(|row| record(&[("id", row["id"].as_str().unwrap()), ("Product_Code", "same")])).collect();
    for rows in rows.chunks(100) {
        client.update(Module::Products, rows.to_vec(), false).await.unwrap();
    }
    let mark = ports.0.borrow().mark();
    assert_eq!(client.find(Module::Products, &[], "Product_Code", &["same".to_owned()]).await.unwrap().len(), 450);
    assert_eq!(ports.0.borrow().calls_since(mark).len(), 3);
}

/// Fifty ids and fifty names, each in its own way of writing, in the three queries that the limit of conditions leaves.
#[tokio::test]
async fn many_are_found_by_several_things_at_once() {
    let ports = outside(World::empty(BASE));
    let (tokens, log) = (Grant::zoho(&ports, ADMINISTRATOR, zoho::oauth::CONNECT_SCOPES), CallLog::new());
    let client = crm(&ports, &tokens, &log);
    create_fields(&client, Module::Accounts).await;
    let rows = |first: usize| {
        let row =
            |at: usize| record(&[("Account_Name", &format!("Gr\u{e4}fe {at:03}")), ("Xero_ID", &format!("x-{at}"))]);
        (first..first + 60).map(row).collect::<Vec<_>>()
    };
    for first in [0, 60] {
        client.insert(Module::Accounts, rows(first), false).await.unwrap();
    }
    let ids: Vec<String> = (0..50).map(|at| format!("x-{at}")).collect();
    let names: Vec<String> = (50..100).map(|at| format!("GRAFE  {at:03}")).collect();
    let by = [By::Value("Xero_ID", &ids), By::Name("Account_Name", &names)];
    let mark = ports.0.borrow().mark();
    let found = client.find_any(Module::Accounts, &["Account_Name", "Xero_ID"], &by).await.unwrap();
    assert_eq!(ports.0.borrow().calls_since(mark).len(), 3);
    let is_there = |at: usize| found.iter().any(|row| row["Xero_ID"] == json!(format!("x-{at}")));
    assert!((0..100).all(is_there), "{found:#?}");
    // Nothing is asked for nothing.
    assert_eq!(client.find_any(Module::Accounts, &[], &[By::Name("Account_Name", &[])]).await, Ok(Vec::new()));
    assert_eq!(ports.0.borrow().calls_since(mark).len(), 3);
}

#[tokio::test]
async fn the_crm_s_tax_mode_is_read_from_its_documents() {
    for (world, expected) in [
        (World::standard(BASE), Some(TaxMode::Item)),
        (World::with_seed(sandbox::Seed::TotalTax, BASE), Some(TaxMode::Total)),
        (World::empty(BASE), None),
    ] {
        let ports = outside(world);
        let (tokens, log) = (Grant::zoho(&ports, ADMINISTRATOR, zoho::oauth::CONNECT_SCOPES), CallLog::new());
        let client = crm(&ports, &tokens, &log);
        assert_eq!(client.tax_mode().await, Ok(expected));
        assert_eq!(log.counts(), (2, 0));
        let mark = ports.0.borrow().mark();
        let organisation = client.organisation(&centre()).await.unwrap();
        assert_eq!(organisation.tax_mode, expected);
        let world = ports.0.borrow();
        let most = world.calls_since(mark).iter().map(|call| call.in_flight).max();
        assert!(most <= Some(5), "{most:?}");
    }
}

#[tokio::test]
async fn credits_are_told_and_spent() {
    let ports = outside(World::standard(BASE));
    let (tokens, log) = (Grant::zoho(&ports, ADMINISTRATOR, zoho::oauth::CONNECT_SCOPES), CallLog::new());
    let client = crm(&ports, &tokens, &log);
    ports.0.borrow_mut().zoho.set_credit_limit(3);
    let account = id(seed::FIRST_ACCOUNT);
    for credits in [None, Some(1), Some(0)] {
        assert!(client.record(Module::Accounts, &account).await.unwrap().is_some());
        assert_eq!(log.credits(), credits);
    }
    let error = client.insert(Module::Accounts, vec![record(&[("Account_Name", "A")])], false).await.unwrap_err();
    assert!(matches!(error, Error::RateLimited { api: upstream::Api::Zoho, .. }), "{error:?}");
}

fn seed_invoices() -> usize {
    World::standard(BASE).zoho.records("Invoices").len()
}

#[tokio::test]
async fn a_restricted_user_is_told_so() {
    let ports = outside(World::standard(BASE));
    let (tokens, log) = (Grant::zoho(&ports, seed::RESTRICTED_USER, zoho::oauth::SIGN_IN_SCOPES), CallLog::new());
    let client = crm(&ports, &tokens, &log);
    let own = client.record(Module::Invoices, &id(seed::INVOICE_OF_RESTRICTED_USER)).await.unwrap();
    assert!(own.is_some());
    // Another's record is not there for her, or forbidden; it never comes back as an empty record.
    match client.record(Module::Invoices, &id(seed::FIRST_INVOICE)).await {
        Ok(None) | Err(Error::PermissionDenied { .. }) => {}
        other => panic!("{other:?}"),
    }
    // Her token covers no writes.
    let mut row = Map::new();
    row.insert("id".to_owned(), json!(seed::INVOICE_OF_RESTRICTED_USER));
    row.insert("Subject".to_owned(), json!("x"));
    let error = client.update(Module::Invoices, vec![row], false).await.unwrap_err();
    assert!(matches!(error, Error::ScopeMissing { .. }), "{error:?}");
}

#[tokio::test]
async fn regression_2_tokens_expire_in_the_middle() {
    let ports = outside(World::standard(BASE));
    let (tokens, log) = (Grant::zoho(&ports, ADMINISTRATOR, &[]), CallLog::new());
    let client = crm(&ports, &tokens, &log);
    let books = Books::new(&ports, "AU");
    for _ in 0..2 {
        assert!(client.record(Module::Accounts, &id(seed::FIRST_ACCOUNT)).await.unwrap().is_some());
        assert!(books.client().find_contact_by_name("no such name").await.unwrap().is_empty());
        ports.sleep(Duration::from_secs(3700)).await;
    }
    assert_eq!((tokens.renewals.get(), books.tokens.renewals.get()), (1, 1));
    // Xero's refresh token has rotated; the new one works, too.
    assert!(books.client().find_contact_by_name("no such name").await.unwrap().is_empty());
    assert_eq!(books.tokens.renewals.get(), 2);
}

#[tokio::test]
async fn xero_s_organisation_stays_within_five_calls_at_once() {
    let ports = outside(World::empty(BASE));
    for (country, zone) in [("AU", "Australia/Sydney"), ("NZ", "Pacific/Auckland")] {
        let books = Books::new(&ports, country);
        let mark = ports.0.borrow().mark();
        let organisation = books.client().organisation("https://go.xero.com").await.unwrap();
        assert_eq!((organisation.country_code.as_str(), organisation.time_zone.as_str()), (country, zone));
        assert_eq!(organisation.id, books.tenant);
        assert!(organisation.tax_rates.iter().any(|rate| rate.active && rate.sales));
        assert!(organisation.accounts.iter().any(|account| account.active && account.kind == "REVENUE"));
        assert!(organisation.short_code.starts_with('!'));
        assert!(organisation.currencies.contains(&organisation.base_currency));
        assert!(!organisation.branding_themes.is_empty());
        let world = ports.0.borrow();
        let calls = world.calls_since(mark);
        assert_eq!(calls.len(), 6);
        assert!(calls.iter().all(|call| call.status == Some(200)));
        assert_eq!(calls.iter().map(|call| call.in_flight).max(), Some(5));
    }
}

#[tokio::test]
async fn a_contact_an_item_and_an_invoice_from_creation_to_adoption() {
    let ports = outside(World::empty(BASE));
    let books = Books::new(&ports, "AU");
    let client = books.client();
    let contact = json!({"Name": "Möbel \"Best\" & Co", "ContactNumber": "zcrm:a:1", "EmailAddress": "a+b@x.example"});
    let created = client.create("Contacts", std::slice::from_ref(&contact), "k-1").await.unwrap().remove(0);
    assert_eq!(created.errors, Vec::<String>::new());
    let contact_id = xero_id(&created.value, "ContactID");
    for found in [
        client.find_contact_by_name("MÖBEL \"best\" & co").await.unwrap(),
        client.find_contact_by_email("A+B@x.example").await.unwrap(),
        client.find_contact_by_contact_number("zcrm:a:1").await.unwrap(),
    ] {
        assert_eq!(found.len(), 1);
        assert_eq!(xero_id(&found[0], "ContactID"), contact_id);
    }
    // The same name again is that element's failure, in Xero's words; its neighbour is created.
    let pair = [contact, json!({"Name": "Another"})];
    let elements = client.create("Contacts", &pair, "k-2").await.unwrap();
    assert!(elements[0].errors.iter().any(|message| message.contains("already assigned")), "{elements:?}");
    assert_eq!(elements[1].errors, Vec::<String>::new());
    // A repetition under the same key creates nothing.
    let again = client.create("Contacts", &pair, "k-2").await.unwrap();
    assert_eq!(again[1].value["ContactID"], elements[1].value["ContactID"]);
    let error = client.create("Contacts", &[json!({"Name": "Third"})], "k-2").await.unwrap_err();
    assert!(matches!(error, Error::Unknown { .. }), "{error:?}");

    let item = json!({"Code": "6\" PIPE", "Name": "Pipe", "SalesDetails": {"UnitPrice": 1.2345, "AccountCode": "200"}});
    let created = client.create("Items", &[item], "k-3").await.unwrap().remove(0);
    assert_eq!(created.errors, Vec::<String>::new());
    let item_id = xero_id(&created.value, "ItemID");
    let found = client.find_item("6\" pipe").await.unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0]["SalesDetails"]["UnitPrice"].to_string(), "1.2345");
    let changed =
        client.update("Items", &item_id, &json!({"Code": "6\" PIPE", "Name": "Pipe 2"}), "k-4").await.unwrap();
    assert_eq!((changed.errors.len(), changed.value["Name"].as_str()), (0, Some("Pipe 2")));

    let invoice = json!({
        "Type": "ACCREC", "Contact": {"ContactID": contact_id}, "InvoiceNumber": "INV-0001", "Date": "2026-11-20",
        "DueDate": "2026-12-20", "LineAmountTypes": "Exclusive", "Status": "AUTHORISED",
        "LineItems": [{"Description": "Pipe", "Quantity": 3, "UnitAmount": 1.2345, "AccountCode": "200", "TaxType": "OUTPUT"}],
    });
    let created = client.create("Invoices", std::slice::from_ref(&invoice), "k-5").await.unwrap().remove(0);
    assert_eq!(created.errors, Vec::<String>::new());
    let invoice_id = xero_id(&created.value, "InvoiceID");
    let read = client.get("Invoices", &invoice_id).await.unwrap().unwrap();
    assert_eq!(read["LineItems"][0]["UnitAmount"].to_string(), "1.2345");
    let found = client.find_invoices("ACCREC", "inv-0001", None).await.unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0]["LineItems"].as_array().unwrap().len(), 1);
    assert_eq!(client.find_invoices("ACCREC", "INV-0001", Some(&contact_id)).await.unwrap().len(), 1);
    assert_eq!(client.find_invoices("ACCPAY", "INV-0001", None).await, Ok(Vec::new()));
    let again = client.create("Invoices", &[invoice], "k-6").await.unwrap().remove(0);
    assert!(again.errors.iter().any(|message| message.contains("must be unique")), "{again:?}");
    assert!(
        client
            .online_invoice(&invoice_id)
            .await
            .unwrap()
            .is_some_and(|url| url.as_str().starts_with("https://in.xero.com/"))
    );
    client.history("Invoices", &invoice_id, "Synced from the CRM").await.unwrap();
    // A status that the invoice can't take any more is the element's failure.
    let refused = client.update("Invoices", &invoice_id, &json!({"Status": "DELETED"}), "k-7").await.unwrap();
    assert_eq!(refused.errors, ["Invoice not of valid status for modification"]);
    // What is not there is none, or not found.
    let nobody = XeroId::new("99999999-9999-4999-8999-999999999999").unwrap();
    for (resource, known) in [("Contacts", &contact_id), ("Items", &item_id), ("Invoices", &invoice_id)] {
        let wanted = [nobody.clone(), known.clone(), known.clone()];
        let mut found = client.by_ids(resource, &wanted).await.unwrap();
        let mut single = client.get(resource, known).await.unwrap().unwrap();
        if resource == "Invoices" {
            // A list shows less of an invoice's contact.
            assert_eq!(found[0]["Contact"]["ContactID"], json!(contact_id));
            for invoice in [&mut found[0], &mut single] {
                invoice["Contact"].take();
            }
        }
        assert_eq!(found, [single], "{resource}");
    }
    assert_eq!(client.get("Invoices", &nobody).await, Ok(None));
    assert_eq!(client.get("Contacts", &nobody).await, Ok(None));
    assert_eq!(client.get("Items", &nobody).await, Ok(None));
    assert_eq!(client.online_invoice(&nobody).await, Ok(None));
    // Nothing has changed since later.
    let later = ports.now() + TimeDelta::days(1);
    assert_eq!(client.page("Invoices", Some(later), 1).await, Ok(Vec::new()));
    assert_eq!(client.page("Invoices", None, 1).await.unwrap().len(), 1);
    assert_eq!(client.page("Items", None, 1).await.unwrap().len(), 1);
}

#[tokio::test]
async fn batches_of_changes_and_reads_by_ids() {
    let ports = outside(World::empty(BASE));
    let books = Books::new(&ports, "AU");
    let client = books.client();
    let contacts: Vec<_> = (0..50).map(|number| json!({"Name": format!("Contact {number}")})).collect();
    let made = client.create("Contacts", &contacts, "c-1").await.unwrap();
    let more = client.create("Contacts", &[json!({"Name": "Contact 50"})], "c-2").await.unwrap();
    let ids: Vec<_> = made.iter().chain(&more).map(|element| xero_id(&element.value, "ContactID")).collect();
    // One name is taken: that one is refused, its neighbours change.
    let changes: Vec<_> = ids[..50]
        .iter()
        .enumerate()
        .map(|(at, id)| {
            let name = if at == 7 { "contact 50".to_owned() } else { format!("Renamed {at}") };
            json!({"ContactID": id, "Name": name})
        })
        .collect();
    let mark = ports.0.borrow().mark();
    let changed = client.update_many("Contacts", &changes, "c-3").await.unwrap();
    assert_eq!(ports.0.borrow().calls_since(mark).len(), 1);
    let refused: Vec<_> = changed.iter().enumerate().filter(|(_, one)| !one.errors.is_empty()).collect();
    assert_eq!(refused.iter().map(|(at, _)| *at).collect::<Vec<_>>(), [7], "{refused:?}");
    // An archived one comes with the others; 51 are two calls.
    client.update_many("Contacts", &[json!({"ContactID": ids[3], "ContactStatus": "ARCHIVED"})], "c-4").await.unwrap();
    let mark = ports.0.borrow().mark();
    let read = client.by_ids("Contacts", &ids).await.unwrap();
    assert_eq!((read.len(), ports.0.borrow().calls_since(mark).len()), (51, 2));
    let name = |id: &XeroId| {
        let found = read.iter().find(|contact| xero_id(contact, "ContactID") == *id).unwrap();
        (found["Name"].as_str().unwrap().to_owned(), found["ContactStatus"].as_str().unwrap().to_owned())
    };
    assert_eq!(name(&ids[3]), ("Renamed 3".to_owned(), "ARCHIVED".to_owned()));
    assert_eq!(name(&ids[7]), ("Contact 7".to_owned(), "ACTIVE".to_owned()));
    // An id that Xero never issued fails the whole call; nothing is changed.
    let nobody = json!({"ContactID": "99999999-9999-4999-8999-999999999999", "Name": "N"});
    let pair = [json!({"ContactID": ids[0], "Name": "Not this"}), nobody];
    assert_eq!(client.update_many("Contacts", &pair, "c-5").await, Err(Error::NotFound { api: upstream::Api::Xero }));
    let first = client.get("Contacts", &ids[0]).await.unwrap().unwrap();
    assert_eq!(first["Name"], "Renamed 0");

    let items: Vec<_> = (0..5).map(|number| json!({"Code": format!("I-{number}"), "Name": "N"})).collect();
    let made = client.create("Items", &items, "i-1").await.unwrap();
    let ids: Vec<_> = made.iter().map(|element| xero_id(&element.value, "ItemID")).collect();
    let changes: Vec<_> = ids
        .iter()
        .enumerate()
        .map(|(at, id)| json!({"ItemID": id, "Code": format!("I-{at}"), "Name": "M", "SalesDetails": {"UnitPrice": 1.2345}}))
        .collect();
    let changed = client.update_many("Items", &changes, "i-2").await.unwrap();
    assert!(changed.iter().all(|one| one.errors.is_empty()), "{changed:?}");
    let mark = ports.0.borrow().mark();
    let read = client.by_ids("Items", &ids[..4]).await.unwrap();
    assert_eq!((read.len(), ports.0.borrow().calls_since(mark).len()), (4, 1));
    let shown: Vec<_> =
        read.iter().map(|item| format!("{} {}", item["Name"], item["SalesDetails"]["UnitPrice"])).collect();
    assert_eq!(shown, ["\"M\" 1.2345"; 4]);
    let codes = ["i-1".to_owned(), "I-4".to_owned(), "none".to_owned()];
    assert_eq!(client.items_by_code(&codes).await.unwrap().len(), 2);
}

#[tokio::test]
async fn the_day_s_budget_outlives_its_memory() {
    let ports = outside(World::empty(BASE));
    ports.0.borrow_mut().xero.set_day_limit(2);
    let books = Books::new(&ports, "AU");
    for left in [1, 0] {
        assert_eq!(books.client().find_item("none").await, Ok(Vec::new()));
        assert_eq!(books.budget.day_remaining(ports.now()), Some(left));
    }
    let error = books.client().find_item("none").await.unwrap_err();
    assert!(matches!(error, Error::RateLimited { scope: LimitScope::Day, .. }), "{error:?}");
    let state = books.budget.state();
    let until = state.day_until.unwrap();
    // Another instance that is told what this one knew sends nothing until the day is over.
    let other = Books::new(&ports, "AU");
    other.budget.restore(&state);
    let calls = ports.0.borrow().total_calls();
    let error = other.client().find_item("none").await.unwrap_err();
    assert!(matches!(error, Error::RateLimited { scope: LimitScope::Day, .. }), "{error:?}");
    assert_eq!(ports.0.borrow().total_calls(), calls);
    ports.sleep((until - ports.now()).to_std().unwrap()).await;
    assert_eq!(other.client().find_item("none").await, Ok(Vec::new()));
    assert_eq!(other.budget.day_remaining(ports.now()), Some(1));
}

#[tokio::test]
async fn a_lost_create_is_unknown_and_its_repetition_is_the_same_record() {
    for effect in [Effect::Drop, Effect::Hang, Effect::Truncate] {
        let ports = outside(World::empty(BASE));
        let books = Books::new(&ports, "AU");
        let rule =
            Rule::at(ApiName::Xero, &http::Method::PUT, "/api/api.xro/2.0/Contacts", Phase::After, effect.clone());
        ports.0.borrow_mut().gate.faults.add(rule);
        let contact = [json!({"Name": "Once", "ContactNumber": "zcrm:a:7"})];
        let error = books.client().create("Contacts", &contact, "k").await.unwrap_err();
        assert!(matches!(error, Error::Unknown { .. }), "{effect:?}: {error:?}");
        assert_eq!(books.client().find_contact_by_contact_number("zcrm:a:7").await.unwrap().len(), 1);
        let again = books.client().create("Contacts", &contact, "k").await.unwrap();
        assert_eq!(again[0].errors, Vec::<String>::new());
        assert_eq!(books.client().find_contact_by_name("Once").await.unwrap().len(), 1);
    }
}

#[tokio::test]
async fn regression_4_limits_as_xero_tells_them() {
    let ports = outside(World::empty(BASE));
    let books = Books::new(&ports, "AU");
    let fault = |limit| Rule::at_call(1, Phase::Before, Effect::RateLimit(limit));
    ports.0.borrow_mut().gate.faults.add(fault(Limit::Concurrent));
    assert_eq!(books.client().find_item("none").await, Ok(Vec::new()));
    ports.0.borrow_mut().gate.faults.add(fault(Limit::Day));
    let calls = ports.0.borrow().total_calls();
    for _ in 0..5 {
        let error = books.client().find_item("none").await.unwrap_err();
        assert!(matches!(error, Error::RateLimited { scope: LimitScope::Day, .. }), "{error:?}");
    }
    assert_eq!(ports.0.borrow().total_calls(), calls + 1);
}

#[tokio::test]
async fn a_hundred_reads_at_once_never_meet_xero_s_limits() {
    let ports = outside(World::empty(BASE));
    let books = Books::new(&ports, "AU");
    let client = books.client();
    let mark = ports.0.borrow().mark();
    // One call takes a moment, so the sixty of a minute are reached before the minute is over; the patient ones wait.
    let results = join_all((0..100).map(|_| client.find_item("none"))).await;
    let refused = results.iter().filter(|result| result.is_err()).count();
    for result in &results {
        if let Err(error) = result {
            assert!(matches!(error, Error::RateLimited { scope: LimitScope::Minute, .. }), "{error:?}");
        }
    }
    let world = ports.0.borrow();
    let calls = world.calls_since(mark);
    assert_eq!(calls.len(), 100 - refused);
    assert!(calls.iter().all(|call| call.status == Some(200) && call.in_flight <= 5));
}

#[tokio::test]
async fn a_disconnected_organisation_is_told() {
    let ports = outside(World::empty(BASE));
    let books = Books::new(&ports, "AU");
    let log = CallLog::new();
    let access = books.tokens.access.borrow().clone();
    let api = format!("{BASE}/xero/api");
    let connections = xero::oauth::connections(&ports, &log, &api, &access).await.unwrap();
    assert_eq!(connections.len(), 1);
    assert_eq!((&connections[0].tenant, connections[0].kind.as_str()), (&books.tenant, "ORGANISATION"));
    xero::oauth::disconnect(&ports, &log, &api, &access, &connections[0].id).await.unwrap();
    xero::oauth::disconnect(&ports, &log, &api, &access, &connections[0].id).await.unwrap();
    let error = books.client().find_item("none").await.unwrap_err();
    assert!(matches!(error, Error::Disconnected { .. }), "{error:?}");
    assert_eq!(books.tokens.renewals.get(), 0);
}

#[tokio::test]
async fn grants_that_are_given_back_are_dead() {
    let ports = outside(World::empty(BASE));
    let log = CallLog::new();
    let tokens = Grant::zoho(&ports, ADMINISTRATOR, &[]);
    let accounts = format!("{BASE}/zoho/accounts");
    let refresh = tokens.refresh.borrow().clone();
    zoho::oauth::revoke(&ports, &log, &accounts, &refresh).await.unwrap();
    let app = App { id: sandbox::ZOHO_CLIENT.0, secret: sandbox::ZOHO_CLIENT.1 };
    let error = zoho::oauth::refresh(&ports, &log, &accounts, app, &refresh).await.unwrap_err();
    assert!(matches!(error, Error::Unauthorized { .. }), "{error:?}");
    let books = Books::new(&ports, "AU");
    let identity = format!("{BASE}/xero/identity");
    let app = App { id: sandbox::XERO_CLIENT.0, secret: sandbox::XERO_CLIENT.1 };
    let refresh = books.tokens.refresh.borrow().clone();
    xero::oauth::revoke(&ports, &log, &identity, app, &refresh).await.unwrap();
    let error = xero::oauth::refresh(&ports, &log, &identity, app, &refresh).await.unwrap_err();
    assert!(matches!(error, Error::Unauthorized { .. }), "{error:?}");
}

#[tokio::test]
async fn zoho_gives_ten_tokens_in_ten_minutes() {
    let ports = outside(World::empty(BASE));
    let (tokens, log) = (Grant::zoho(&ports, ADMINISTRATOR, &[]), CallLog::new());
    let accounts = format!("{BASE}/zoho/accounts");
    let app = App { id: sandbox::ZOHO_CLIENT.0, secret: sandbox::ZOHO_CLIENT.1 };
    let refresh = tokens.refresh.borrow().clone();
    let mut last = Ok(());
    for _ in 0..11 {
        last = zoho::oauth::refresh(&ports, &log, &accounts, app, &refresh).await.map(drop);
    }
    assert!(matches!(last, Err(Error::RateLimited { scope: LimitScope::Token, .. })), "{last:?}");
}
