//! Zoho's client.

use crate::script::{Counted, Script, broken, empty, json, text, timeout};
use chrono::{DateTime, Utc};
use ports::{HttpError, Method, Response};
use serde_json::{Map, Value, json};
use shared::id::ZohoId;
use shared::module::Module;
use shared::record::TaxMode;
use shared::zoho::CustomField;
use std::time::Duration;
use upstream::zoho::{By, Client, Created, Made, NewField, Permission, Row, data_centres};
use upstream::{Api, CallLog, Error, LimitScope};

struct Desk {
    script: Script,
    tokens: Counted,
    log: CallLog,
}

impl Desk {
    fn new(answers: impl IntoIterator<Item = Result<Response, HttpError>>) -> Self {
        Self { script: Script::new(answers), tokens: Counted::default(), log: CallLog::new() }
    }

    fn client(&self) -> Client<'_, Script, Counted> {
        Client { ports: &self.script, tokens: &self.tokens, api_domain: "https://www.zohoapis.eu", log: &self.log }
    }
}

fn id(number: u32) -> ZohoId {
    ZohoId::new(format!("5725767000000{number:06}")).unwrap()
}

fn data(rows: &[Value]) -> Result<Response, HttpError> {
    json(200, json!({"data": rows}))
}

fn envelope(status: u16, code: &str, message: &str) -> Result<Response, HttpError> {
    json(status, json!({"code": code, "details": {}, "message": message, "status": "error"}))
}

/// One part of a composite answer.
fn part(status: u16, body: Value) -> Value {
    json!({"code": "SUCCESS", "status": "success", "message": "done",
           "details": {"response": {"status_code": status, "headers": {}, "body": body}}})
}

fn composite(parts: &[Value]) -> Result<Response, HttpError> {
    json(200, json!({"__composite_requests": parts}))
}

#[tokio::test]
async fn one_record() {
    let desk = Desk::new([
        data(&[json!({"id": id(1), "Subject": "x"})]),
        empty(204),
        envelope(400, "INVALID_DATA", "the id given seems to be invalid"),
    ]);
    assert_eq!(desk.client().record(Module::PurchaseOrders, &id(1)).await.unwrap().unwrap()["Subject"], "x");
    assert_eq!(desk.client().record(Module::Invoices, &id(2)).await, Ok(None));
    assert_eq!(desk.client().record(Module::Invoices, &id(3)).await, Ok(None));
    assert_eq!(desk.script.request(0).url, format!("https://www.zohoapis.eu/crm/v8/Purchase_Orders/{}", id(1)));
    assert_eq!(desk.script.header(0, "authorization").as_deref(), Some("Zoho-oauthtoken token-0"));
    assert_eq!(desk.log.entries()[0].call, "GET /Purchase_Orders/{id}");
    assert_eq!(desk.log.entries()[0].api, "Zoho");
}

#[tokio::test]
async fn regression_2_a_stale_token_is_renewed_once() {
    let desk = Desk::new([envelope(401, "INVALID_TOKEN", "invalid oauth token"), data(&[json!({"id": id(1)})])]);
    assert!(desk.client().record(Module::Accounts, &id(1)).await.unwrap().is_some());
    assert_eq!(desk.script.header(1, "authorization").as_deref(), Some("Zoho-oauthtoken token-1"));
    let stale = || envelope(401, "AUTHENTICATION_FAILURE", "Authentication failed");
    let desk = Desk::new([stale(), stale()]);
    let error = desk.client().record(Module::Accounts, &id(1)).await.unwrap_err();
    assert!(matches!(error, Error::Unauthorized { api: Api::Zoho, .. }), "{error:?}");
    assert_eq!(desk.tokens.renewals.get(), 1);
    let desk = Desk::new([envelope(401, "OAUTH_SCOPE_MISMATCH", "invalid oauth scope")]);
    let error = desk.client().record(Module::Accounts, &id(1)).await.unwrap_err();
    assert!(matches!(error, Error::ScopeMissing { api: Api::Zoho, .. }), "{error:?}");
    assert_eq!(desk.tokens.renewals.get(), 0);
}

#[tokio::test]
async fn regression_14_a_missing_permission_is_never_an_empty_success() {
    let forbidden = || envelope(403, "NO_PERMISSION", "permission denied");
    let desk = Desk::new([forbidden(), forbidden(), forbidden()]);
    let denied = |error: Error| matches!(error, Error::PermissionDenied { said: Some(_) });
    assert!(denied(desk.client().record(Module::Vendors, &id(1)).await.unwrap_err()));
    assert!(denied(desk.client().coql("select id from Vendors where id is not null").await.unwrap_err()));
    assert!(denied(desk.client().records(Module::Vendors, &[id(1)], &["Vendor_Name"]).await.unwrap_err()));
    // Inside a composite request it concerns the record whose part it is.
    let denied_part =
        part(403, json!({"code": "NO_PERMISSION", "details": {}, "message": "permission denied", "status": "error"}));
    let desk = Desk::new([composite(&[part(200, json!({"data": [{"id": id(1)}]})), denied_part])]);
    let snapshots = desk.client().snapshots(&[(Module::Accounts, id(1))]).await.unwrap();
    assert!(matches!(snapshots[0], Err(Error::PermissionDenied { .. })), "{snapshots:?}");
}

#[tokio::test]
async fn regression_12_throttles_and_empty_answers() {
    // Concurrency: no Retry-After at Zoho; a short pause helps, also for a write.
    let busy = || envelope(429, "TOO_MANY_REQUESTS", "too many");
    let success = || {
        json(
            200,
            json!({"data": [{"code": "SUCCESS", "status": "success", "message": "record updated", "details": {"id": id(1)}}]}),
        )
    };
    let desk = Desk::new([busy(), success()]);
    desk.client().update(Module::Accounts, vec![row(1)], false).await.unwrap();
    assert_eq!(*desk.script.sleeps.borrow(), [Duration::from_secs(2)]);
    let desk = Desk::new([busy(), busy(), busy()]);
    let error = desk.client().record(Module::Accounts, &id(1)).await.unwrap_err();
    assert!(matches!(error, Error::RateLimited { scope: LimitScope::Concurrent, .. }), "{error:?}");
    // No credits left today: waiting helps nobody.
    let spent = text(
        429,
        &[("x-api-credits-remaining", "0")],
        r#"{"code":"TOO_MANY_REQUESTS","details":{},"message":"x","status":"error"}"#,
    );
    let desk = Desk::new([spent]);
    let error = desk.client().record(Module::Accounts, &id(1)).await.unwrap_err();
    assert!(matches!(error, Error::RateLimited { scope: LimitScope::Day, .. }), "{error:?}");
    let throttle = json(
        400,
        json!({"error": "Access Denied", "status": "failure",
        "error_description": "You have made too many requests continuously. Please try again after some time."}),
    );
    let desk = Desk::new([throttle]);
    let error = desk.client().record(Module::Accounts, &id(1)).await.unwrap_err();
    assert!(matches!(error, Error::RateLimited { scope: LimitScope::Token, .. }), "{error:?}");
    let desk = Desk::new([empty(204), empty(304), empty(204)]);
    assert_eq!(desk.client().coql("select id from Accounts where id is not null").await, Ok(Vec::new()));
    let page = desk.client().page(Module::Accounts, &["Account_Name"], None, None).await.unwrap();
    assert_eq!((page.rows.len(), page.next), (0, None));
    assert_eq!(desk.client().records(Module::Accounts, &[id(1)], &["Account_Name"]).await, Ok(Vec::new()));
}

#[tokio::test]
async fn a_read_is_repeated_once_and_a_write_never() {
    let failures: [fn() -> Result<Response, HttpError>; 5] =
        [timeout, broken, || empty(502), || envelope(500, "INTERNAL_ERROR", "x"), || text(200, &[], "{\"da")];
    for failure in failures {
        let desk = Desk::new([failure(), empty(204)]);
        assert_eq!(desk.client().record(Module::Products, &id(1)).await, Ok(None));
        // A query is a POST and a read all the same.
        let desk = Desk::new([failure(), empty(204)]);
        assert_eq!(desk.client().coql("select id from Products where id is not null").await, Ok(Vec::new()));
        let desk = Desk::new([failure()]);
        let error = desk.client().update(Module::Products, vec![row(1)], false).await.unwrap_err();
        assert!(matches!(error, Error::Unknown { api: Api::Zoho, .. }), "{error:?}");
        assert!(!format!("{error:?}").contains("SECRET"));
    }
}

fn row(number: u32) -> Map<String, Value> {
    let mut row = Map::new();
    row.insert("id".to_owned(), json!(id(number)));
    row.insert("Xero_Status".to_owned(), json!("PAID"));
    row
}

#[tokio::test]
async fn regression_11_a_failed_row_is_that_row_s_failure_only() {
    let answer = json(
        207,
        json!({"data": [
            {"code": "SUCCESS", "status": "success", "message": "record updated",
             "details": {"id": id(1), "Modified_Time": "2026-11-02T18:57:39+05:30"}},
            {"code": "INVALID_DATA", "status": "error", "message": "invalid data", "details": {"api_name": "Phone"}},
            {"code": "SUCCESS", "status": "success", "message": "record updated", "details": {}},
        ]}),
    );
    let desk = Desk::new([answer]);
    let rows = desk.client().update(Module::Accounts, vec![row(1), row(2), row(3)], false).await.unwrap();
    let modified: DateTime<Utc> = "2026-11-02T13:27:39Z".parse().unwrap();
    assert_eq!(
        rows,
        [
            Row::Ok { id: id(1), modified: Some(modified) },
            Row::Failed {
                code: "INVALID_DATA".to_owned(),
                message: "invalid data".to_owned(),
                details: json!({"api_name": "Phone"}),
            },
            Row::Ok { id: id(3), modified: None },
        ]
    );
    let request = desk.script.request(0);
    assert_eq!((request.method, request.url.as_str()), (Method::Put, "https://www.zohoapis.eu/crm/v8/Accounts"));
    assert_eq!(desk.script.body(0)["trigger"], json!([]));
    assert_eq!(desk.script.body(0)["data"][0]["id"], json!(id(1)));
    // The same under 200 and under 400.
    for status in [200, 202, 400] {
        let failed = json(
            status,
            json!({"data": [{"code": "RECORD_LOCKED", "status": "error", "message": "locked", "details": {}}]}),
        );
        let desk = Desk::new([failed]);
        let rows = desk.client().update(Module::Accounts, vec![row(1)], false).await.unwrap();
        assert!(matches!(&rows[0], Row::Failed { code, .. } if code == "RECORD_LOCKED"), "{status}");
    }
    // An answer that leaves a row out tells nothing of it.
    let desk =
        Desk::new([json(200, json!({"data": [{"code": "SUCCESS", "status": "success", "details": {"id": id(1)}}]}))]);
    let error = desk.client().update(Module::Accounts, vec![row(1), row(2)], false).await.unwrap_err();
    assert!(matches!(error, Error::Unknown { .. }), "{error:?}");
    let desk = Desk::new([]);
    assert_eq!(desk.client().update(Module::Accounts, Vec::new(), false).await, Ok(Vec::new()));
}

fn fresh(name: &str) -> Map<String, Value> {
    let mut row = Map::new();
    row.insert("Account_Name".to_owned(), json!(name));
    row
}

fn done(number: u32, action: &str) -> Value {
    json!({"code": "SUCCESS", "status": "success", "message": "record added", "action": action,
           "duplicate_field": null, "details": {"id": id(number), "Modified_Time": "2026-11-02T18:57:39+05:30"}})
}

#[tokio::test]
async fn every_write_says_whether_automations_run() {
    let one = || json(200, json!({"data": [done(1, "insert")]}));
    for automations in [false, true] {
        let desk = Desk::new([one(), one(), one()]);
        let client = desk.client();
        let rows = [
            client.insert(Module::Accounts, vec![fresh("A")], automations).await.unwrap(),
            client.upsert(Module::Accounts, vec![fresh("A")], &["Xero_ID"], automations).await.unwrap(),
            client.update(Module::Accounts, vec![row(1)], automations).await.unwrap(),
        ];
        let modified = "2026-11-02T13:27:39Z".parse().ok();
        assert!(rows.iter().all(|rows| *rows == [Row::Ok { id: id(1), modified }]), "{rows:?}");
        let sent: Vec<_> = (0..3)
            .map(|at| {
                let request = desk.script.request(at);
                let path = request.url.strip_prefix("https://www.zohoapis.eu/crm/v8").unwrap().to_owned();
                (request.method, path, desk.script.body(at).get("duplicate_check_fields").cloned())
            })
            .collect();
        assert_eq!(
            sent,
            [
                (Method::Post, "/Accounts".to_owned(), None),
                (Method::Post, "/Accounts/upsert".to_owned(), Some(json!(["Xero_ID"]))),
                (Method::Put, "/Accounts".to_owned(), None),
            ]
        );
        for at in 0..3 {
            let trigger = desk.script.body(at).get("trigger").cloned();
            assert_eq!(trigger, (!automations).then(|| json!([])), "call {at}");
        }
        assert_eq!(desk.script.body(0)["data"], json!([{"Account_Name": "A"}]));
    }
    let desk = Desk::new([]);
    assert_eq!(desk.client().insert(Module::Accounts, Vec::new(), false).await, Ok(Vec::new()));
    assert_eq!(desk.client().upsert(Module::Accounts, Vec::new(), &["Xero_ID"], false).await, Ok(Vec::new()));
}

#[tokio::test]
async fn one_bad_row_among_many_leaves_the_others_created() {
    let bad = json!({"code": "MANDATORY_NOT_FOUND", "status": "error", "message": "required field not found",
                     "details": {"api_name": "Account_Name", "json_path": "$.data[1].Account_Name"}});
    let desk = Desk::new([json(207, json!({"data": [done(1, "insert"), bad, done(3, "update")]}))]);
    let rows = desk
        .client()
        .upsert(Module::Accounts, vec![fresh("A"), fresh(""), fresh("C")], &["Xero_ID"], false)
        .await
        .unwrap();
    assert!(matches!(&rows[0], Row::Ok { id: found, .. } if *found == id(1)), "{rows:?}");
    assert!(matches!(&rows[1], Row::Failed { code, .. } if code == "MANDATORY_NOT_FOUND"), "{rows:?}");
    assert!(matches!(&rows[2], Row::Ok { id: found, .. } if *found == id(3)), "{rows:?}");
    // A created record without an id could never be found again: what happened is not known.
    let nameless = json!({"code": "SUCCESS", "status": "success", "message": "record added", "details": {}});
    let desk = Desk::new([json(201, json!({"data": [nameless]}))]);
    let error = desk.client().insert(Module::Accounts, vec![fresh("A")], false).await.unwrap_err();
    assert!(matches!(error, Error::Unknown { .. }), "{error:?}");
}

#[tokio::test]
async fn a_limited_insert_waits_and_a_lost_one_is_not_repeated() {
    let busy = || json(429, json!({"code": "TOO_MANY_REQUESTS", "details": {}, "message": "x", "status": "error"}));
    let desk = Desk::new([busy(), json(201, json!({"data": [done(1, "insert")]}))]);
    let rows = desk.client().insert(Module::Accounts, vec![fresh("A")], false).await.unwrap();
    assert!(matches!(&rows[0], Row::Ok { .. }), "{rows:?}");
    assert_eq!(*desk.script.sleeps.borrow(), [Duration::from_secs(2)]);
    assert_eq!(desk.log.counts(), (2, 0));
    for failure in [timeout(), broken(), empty(500)] {
        let desk = Desk::new([failure]);
        let error = desk.client().insert(Module::Accounts, vec![fresh("A")], false).await.unwrap_err();
        assert!(matches!(error, Error::Unknown { api: Api::Zoho, .. }), "{error:?}");
        assert_eq!(desk.script.sent(), 1);
    }
}

#[tokio::test]
async fn records_are_found_by_the_values_of_a_field() {
    let texts = |values: &[&str]| values.iter().map(|value| (*value).to_owned()).collect::<Vec<_>>();
    // Quotes and backslashes; an empty value and one given twice are not asked for.
    let row = |number: u32, code: &str| json!({"id": id(number), "Product_Code": code});
    let desk = Desk::new([data(&[row(1, "a"), row(2, "O'NEIL"), row(3, "O'Neil & Neil"), row(4, "C:\\x")])]);
    let values = texts(&["O'Neil", "", "C:\\x", "a\\'b", "O'Neil", "a"]);
    let found = desk.client().find(Module::Products, &["id", "Product_Code"], "Product_Code", &values).await.unwrap();
    assert_eq!(found, [row(1, "a"), row(2, "O'NEIL"), row(4, "C:\\x")]);
    assert_eq!(
        desk.script.body(0)["select_query"],
        "select id,Product_Code from Products where ((((Product_Code in ('a')) or (Product_Code like '%Neil%')) or \
         (Product_Code like 'C:%')) or (Product_Code like 'a%')) order by id asc limit 0, 200"
    );
    // 50 values in one query; 200 rows are a full page.
    let page = |first: u32, count: u32| {
        let rows: Vec<_> = (first..first + count).map(|number| json!({"id": id(number)})).collect();
        data(&rows)
    };
    let values: Vec<String> = (0..51).map(|number| format!("v{number:02}")).collect();
    let desk = Desk::new([page(1, 200), page(201, 3), page(500, 1)]);
    let found = desk.client().find(Module::Accounts, &[], "Account_Name", &values).await.unwrap();
    assert_eq!(found.len(), 204);
    assert_eq!(desk.script.sent(), 3);
    let query = |at: usize| desk.script.body(at)["select_query"].as_str().unwrap().to_owned();
    assert!(query(0).starts_with("select id from Accounts where Account_Name in ('v00','v01',"), "{}", query(0));
    assert_eq!((query(0).matches("'v").count(), query(2).matches("'v").count()), (50, 1));
    assert!(query(0).ends_with(" limit 0, 200"));
    assert!(query(1).ends_with(" limit 200, 200"));
    assert_eq!(query(0).trim_end_matches("0, 200"), query(1).trim_end_matches("200, 200"));
    // More than 50 fields are put together.
    let names: Vec<String> = (0..60).map(|number| format!("Field_{number}")).collect();
    let fields: Vec<&str> = names.iter().map(String::as_str).collect();
    let desk =
        Desk::new([data(&[json!({"id": id(1), "Field_0": "a"})]), data(&[json!({"id": id(1), "Field_59": "z"})])]);
    let found = desk.client().find(Module::Accounts, &fields, "Xero_ID", &values[..1]).await.unwrap();
    assert_eq!(found, [json!({"id": id(1), "Field_0": "a", "Field_59": "z"})]);
    // Nothing found, nothing asked, and a query that fails.
    let desk = Desk::new([empty(204), envelope(400, "INVALID_QUERY", "column given seems to be invalid")]);
    assert_eq!(desk.client().find(Module::Accounts, &[], "Xero_ID", &values[..1]).await, Ok(Vec::new()));
    let error = desk.client().find(Module::Accounts, &[], "No_Such", &values[..1]).await.unwrap_err();
    assert!(matches!(error, Error::Refused { .. }), "{error:?}");
    assert_eq!(desk.client().find(Module::Accounts, &[], "Xero_ID", &texts(&["", ""])).await, Ok(Vec::new()));
    assert_eq!(desk.client().find(Module::Accounts, &[], "Xero_ID", &[]).await, Ok(Vec::new()));
    assert_eq!(desk.script.sent(), 2);
}

/// How `%` is taken within a pattern is documented nowhere, nor whether queries mind case.
#[tokio::test]
async fn names_are_asked_for_by_their_ends_where_zoho_takes_no_other_pattern() {
    let names = ["Zenith Holdings", "O'Brien & Co", "Caf\u{e9} Zo\u{eb}", "50% off"].map(str::to_owned);
    let refused = || envelope(400, "INVALID_QUERY", "value given seems to be invalid for the column");
    let row = json!({"id": id(1), "Account_Name": "ZENITH Holdings"});
    let desk = Desk::new([refused(), data(std::slice::from_ref(&row))]);
    let ask = async |desk: &Desk, by: By<'_>| desk.client().find_any(Module::Accounts, &["Account_Name"], &[by]).await;
    assert_eq!(ask(&desk, By::Name("Account_Name", &names)).await, Ok(vec![row]));
    let query = |at: usize| desk.script.body(at)["select_query"].as_str().unwrap().to_owned();
    // As it is and as it is usually written, then open, and what can't be written by its ends in any case.
    for wanted in ["'Zenith Holdings','zenith holdings','ZENITH HOLDINGS'", "like '%th%H%ld%g%'", "like '%Brien%'"] {
        assert!(query(0).contains(wanted), "{}", query(0));
    }
    for wanted in ["'ZENITH HOLDINGS'", "like '%Holdings%'", "like '%Brien%'", "like 'Caf%'", "like '%off%'"] {
        assert!(query(1).contains(wanted), "{}", query(1));
    }
    let patterns =
        query(1).split("like '").skip(1).map(|rest| rest.split('\'').next().unwrap().to_owned()).collect::<Vec<_>>();
    assert!(patterns.iter().all(|pattern| !pattern.trim_matches('%').contains('%')), "{patterns:?}");
    // Another refusal is told, and codes have no pattern that could be asked for otherwise.
    let desk = Desk::new([refused(), refused(), refused()]);
    let error = ask(&desk, By::Name("Account_Name", &names)).await.unwrap_err();
    assert!(matches!(error, Error::Refused { .. }), "{error:?}");
    ask(&desk, By::Code("Account_Name", &names[..1])).await.unwrap_err();
    assert_eq!(desk.script.sent(), 3);
    assert!(desk.script.body(2)["select_query"].as_str().unwrap().contains("('Zenith Holdings','zenith holdings',"));
    // A search is asked for in each way of writing it, without a sign that may stand for others.
    let desk = Desk::new([data(&[json!({"id": id(1)})])]);
    desk.client().containing(Module::Accounts, &["Account_Name"], "o'brien_& co").await.unwrap();
    let query = desk.script.body(0)["select_query"].as_str().unwrap().to_owned();
    for wanted in ["like '%brien%'", "like '%Brien%'", "like '%BRIEN%'"] {
        assert!(query.contains(wanted), "{query}");
    }
}

#[tokio::test]
async fn the_log_counts_attempts_and_keeps_the_last_credits_told() {
    let told = |left: &str| text(200, &[("x-api-credits-remaining", left)], r#"{"data":[{"id":"1"}]}"#);
    let desk = Desk::new([told("2400"), told("2399"), data(&[json!({"id": id(1)})]), empty(500), told("soon")]);
    assert_eq!((desk.log.counts(), desk.log.credits()), ((0, 0), None));
    for (attempts, credits) in [(1, 2400), (2, 2399), (3, 2399), (5, 2399)] {
        desk.client().record(Module::Accounts, &id(1)).await.unwrap();
        assert_eq!((desk.log.counts(), desk.log.credits()), ((attempts, 0), Some(credits)));
    }
    desk.log.clear();
    assert_eq!((desk.log.counts(), desk.log.credits()), ((0, 0), None));
}

#[tokio::test]
async fn a_snapshot_is_one_call() {
    let desk = Desk::new([data(&[json!({"id": id(1), "Invoiced_Items": []})])]);
    let snapshots = desk.client().snapshots(&[(Module::Invoices, id(1))]).await.unwrap();
    assert_eq!(snapshots[0].as_ref().unwrap().as_ref().unwrap().record["id"], json!(id(1)));
    assert_eq!((desk.script.sent(), desk.script.request(0).method), (1, Method::Get));

    let desk = Desk::new([composite(&[
        part(200, json!({"data": [{"id": id(1), "Account_Name": "A"}]})),
        part(200, json!({"data": [{"id": id(2)}, {"id": id(3)}]})),
    ])]);
    let snapshots = desk.client().snapshots(&[(Module::Accounts, id(1))]).await.unwrap();
    let snapshot = snapshots[0].as_ref().unwrap().as_ref().unwrap();
    assert_eq!((snapshot.record["Account_Name"].as_str(), snapshot.contacts.len()), (Some("A"), 2));
    assert_eq!(desk.script.sent(), 1);
    let body = desk.script.body(0);
    let requests = body["__composite_requests"].as_array().unwrap();
    assert_eq!(requests[0]["uri"], json!(format!("/crm/v8/Accounts/{}", id(1))));
    assert_eq!(requests[1]["uri"], json!(format!("/crm/v8/Accounts/{}/Contacts", id(1))));
    let fields = requests[1]["params"]["fields"].as_str().unwrap();
    assert!(fields.split(',').count() <= 50 && fields.split(',').any(|field| field == "Xero_Primary"));
    assert_eq!(requests[1]["params"]["per_page"], json!("25"), "Zoho takes no more in a part");

    assert_eq!(Desk::new([]).client().snapshots(&[]).await, Ok(Vec::new()));
}

#[tokio::test]
async fn many_snapshots_are_composites_of_five() {
    let wanted = [
        (Module::Accounts, id(1)),
        (Module::Products, id(2)),
        (Module::Vendors, id(3)),
        (Module::Products, id(4)),
        (Module::Products, id(5)),
    ];
    let record = |number| part(200, json!({"data": [{"id": id(number)}]}));
    let desk = Desk::new([
        composite(&[record(1), part(204, Value::Null), record(2), part(204, json!({})), part(204, Value::Null)]),
        composite(&[
            part(400, json!({"code": "INVALID_MODULE", "details": {}, "message": "x", "status": "error"})),
            json!({"code": "REQUEST_TIMEOUT", "status": "error", "message": "slow", "details": {}}),
        ]),
    ]);
    let snapshots = desk.client().snapshots(&wanted).await.unwrap();
    assert_eq!(desk.script.sent(), 2);
    assert_eq!(snapshots[0].as_ref().unwrap().as_ref().unwrap().contacts, Vec::<Value>::new());
    assert_eq!(snapshots[1].as_ref().unwrap().as_ref().unwrap().record["id"], json!(id(2)));
    assert_eq!(snapshots[2], Ok(None));
    assert!(matches!(snapshots[3], Err(Error::ModuleUnavailable { .. })), "{:?}", snapshots[3]);
    assert!(matches!(snapshots[4], Err(Error::Unavailable { .. })), "{:?}", snapshots[4]);
    assert_eq!(desk.script.body(0)["__composite_requests"].as_array().unwrap().len(), 5);
    // When every part fails, the whole has 400.
    let failed = json!({"code": "REQUEST_TIMEOUT", "status": "error", "message": "slow", "details": {}});
    let all_failed = json(400, json!({"__composite_requests": [failed, failed]}));
    let desk_2 = Desk::new([all_failed]);
    let snapshots = desk_2.client().snapshots(&wanted[..1]).await.unwrap();
    assert!(matches!(snapshots[0], Err(Error::Unavailable { .. })), "{:?}", snapshots[0]);
    assert_eq!(desk.script.body(1)["__composite_requests"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn regression_24_more_than_50_fields_are_split_and_put_together() {
    let names: Vec<String> = (0..120).map(|number| format!("Field_{number}")).collect();
    let fields: Vec<&str> = names.iter().map(String::as_str).collect();
    let desk = Desk::new([
        data(&[json!({"id": id(1), "Field_0": "a"}), json!({"id": id(2), "Field_0": "b"})]),
        data(&[json!({"id": id(2), "Field_60": "c"}), json!({"id": id(1), "Field_60": "d"})]),
        data(&[json!({"id": id(1), "Field_119": "e"})]),
    ]);
    let mut rows = desk.client().records(Module::Accounts, &[id(1), id(2)], &fields).await.unwrap();
    rows.sort_by_key(|row| row["id"].to_string());
    assert_eq!(rows[0], json!({"id": id(1), "Field_0": "a", "Field_60": "d", "Field_119": "e"}));
    assert_eq!(rows[1], json!({"id": id(2), "Field_0": "b", "Field_60": "c"}));
    assert_eq!(desk.script.sent(), 3);
    let mut asked: Vec<String> = Vec::new();
    for at in 0..3 {
        let list = desk.script.query(at, "fields").unwrap();
        assert!(list.split(',').count() <= 50);
        assert!(list.starts_with("id,"));
        asked.extend(list.split(',').skip(1).map(str::to_owned));
    }
    assert_eq!(asked, names);
}

#[tokio::test]
async fn regression_10_a_page_asks_for_what_changed() {
    let since: DateTime<Utc> = "2026-09-14T09:29:59Z".parse().unwrap();
    let first = json(200, json!({"data": [{"id": id(1)}], "info": {"more_records": true, "next_page_token": "t1"}}));
    let last = json(200, json!({"data": [{"id": id(2)}], "info": {"more_records": false, "next_page_token": null}}));
    let desk = Desk::new([first, last]);
    let page = desk.client().page(Module::Invoices, &["Modified_Time"], Some(since), None).await.unwrap();
    assert_eq!(page.next.as_deref(), Some("t1"));
    let page =
        desk.client().page(Module::Invoices, &["Modified_Time"], Some(since), page.next.as_deref()).await.unwrap();
    assert_eq!(page.next, None);
    for at in 0..2 {
        // The second before: what changed at the very second must not be lost.
        assert_eq!(desk.script.header(at, "if-modified-since").as_deref(), Some("2026-09-14T09:29:58+00:00"));
        assert_eq!(desk.script.query(at, "sort_by").as_deref(), Some("Modified_Time"));
        assert_eq!(desk.script.query(at, "fields").as_deref(), Some("id,Modified_Time"));
    }
    assert_eq!(desk.script.query(0, "page_token"), None);
    assert_eq!(desk.script.query(1, "page_token").as_deref(), Some("t1"));
    // Beyond 50 fields the rest is read by the ids of the page.
    let names: Vec<String> = (0..60).map(|number| format!("Field_{number}")).collect();
    let fields: Vec<&str> = names.iter().map(String::as_str).collect();
    let desk =
        Desk::new([data(&[json!({"id": id(1), "Field_0": "a"})]), data(&[json!({"id": id(1), "Field_59": "z"})])]);
    let page = desk.client().page(Module::Invoices, &fields, Some(since), None).await.unwrap();
    assert_eq!(page.rows, [json!({"id": id(1), "Field_0": "a", "Field_59": "z"})]);
    assert_eq!(desk.script.query(1, "ids").as_deref(), Some(id(1).as_str()));
}

fn org() -> Result<Response, HttpError> {
    json(
        200,
        json!({"org": [{"id": "1", "zgid": "60001", "company_name": "Blue Gum", "iso_code": "AUD", "time_zone": "Australia/Sydney", "mc_status": true}]}),
    )
}

#[tokio::test]
async fn the_signed_in_user() {
    for (status, active) in [("active", true), ("disabled", false), ("a word of tomorrow", false)] {
        let user = json!({"id": id(9), "full_name": "Ana Admin", "email": "ana@x.example", "status": status,
                          "time_zone": "Australia/Sydney", "profile": {"id": id(8), "name": "Verwaltung"}});
        let desk = Desk::new([json(200, json!({"users": [user]})), org()]);
        let user = desk.client().current_user().await.unwrap();
        assert_eq!((user.name.as_str(), user.email.as_str()), ("Ana Admin", "ana@x.example"));
        assert_eq!((user.active, user.profile.name.as_str()), (active, "Verwaltung"));
        assert_eq!(desk.script.query(0, "type").as_deref(), Some("CurrentUser"));
        assert_eq!(desk.client().current_organisation().await.unwrap().id.as_str(), "60001");
    }
}

#[tokio::test]
async fn a_profile_administers_by_what_it_allows_and_not_by_its_name() {
    let permission = |name: &str, enabled: bool| json!({"id": id(1), "name": name, "enabled": enabled});
    let all = ["Crm_Implied_Customize_Zoho_CRM", "Crm_Implied_Manage_Users", "Crm_Implied_Manage_Profiles"];
    for lacking in [None, Some(0), Some(1), Some(2)] {
        for left_out in [true, false] {
            let permissions: Vec<_> = all
                .iter()
                .enumerate()
                .filter(|(at, _)| !(left_out && Some(*at) == lacking))
                .map(|(at, name)| permission(name, Some(at) != lacking))
                .collect();
            let profile = json!({"id": id(8), "name": "Administrator", "permissions_details": permissions});
            let desk = Desk::new([json(200, json!({"profiles": [profile]}))]);
            let profile = desk.client().profile(&ZohoId::new(id(8)).unwrap()).await.unwrap();
            assert_eq!(profile.administers(), lacking.is_none(), "{lacking:?}");
        }
    }
}

#[tokio::test]
async fn the_organisation() {
    let fields = |api_name: &str| {
        json(
            200,
            json!({"fields": [{
                "api_name": api_name, "field_label": "A label", "data_type": "picklist", "length": 120, "custom_field": true,
                "pick_list_values": [{"actual_value": "Created", "display_value": "Angelegt"}, {"actual_value": "Bare"}],
            }]}),
        )
    };
    let taxes = text(
        200,
        &[],
        r#"{"org_taxes":{"taxes":[{"id":"1","name":"GST","value":10.0},{"id":"2","name":"Half","value":0.5}],"preference":{}}}"#,
    );
    let desk = Desk::new([
        org(),
        taxes,
        fields("F1"),
        fields("F2"),
        envelope(400, "INVALID_MODULE", "the module name given seems to be invalid"),
        fields("F4"),
        fields("F5"),
        fields("F6"),
        // Those of the lines of both kinds of document.
        fields("F7"),
        fields("F8"),
        data(&[json!({"id": id(1)}), json!({"id": id(2)})]),
        composite(&[untaxed(1), total_taxed(2)]),
    ]);
    let centre = data_centres().remove(1);
    let organisation = desk.client().organisation(&centre).await.unwrap();
    assert_eq!(desk.script.sent(), 12);
    assert_eq!(organisation.tax_mode, Some(TaxMode::Total));
    assert_eq!(organisation.web_url, "https://crm.zoho.eu/crm/org60001");
    assert_eq!((organisation.currency.as_str(), organisation.multi_currency), ("AUD", true));
    let taxes: Vec<_> = organisation.taxes.iter().map(|tax| (tax.name.as_str(), tax.percentage.to_string())).collect();
    assert_eq!(taxes, [("GST", "10.0".to_owned()), ("Half", "0.5".to_owned())]);
    assert_eq!(organisation.fields.len(), 5);
    assert!(!organisation.fields.contains_key(&Module::Vendors));
    let field = &organisation.fields[&Module::Accounts][0];
    assert_eq!((field.api_name.as_str(), field.length, field.custom), ("F1", Some(120), true));
    let picklist = [("Created".to_owned(), "Angelegt".to_owned()), ("Bare".to_owned(), "Bare".to_owned())];
    assert_eq!(field.picklist, picklist);
}

fn untaxed(number: u32) -> Value {
    part(200, json!({"data": [{"id": id(number), "Invoiced_Items": [{"id": "1", "Line_Tax": []}], "$line_tax": []}]}))
}

fn item_taxed(number: u32) -> Value {
    let line = json!({"id": "1", "Line_Tax": [{"name": "GST", "percentage": 10, "value": 1}]});
    part(200, json!({"data": [{"id": id(number), "Invoiced_Items": [line], "$line_tax": []}]}))
}

fn total_taxed(number: u32) -> Value {
    let taxes = json!([{"name": "GST", "percentage": 10, "value": 1}]);
    part(
        200,
        json!({"data": [{"id": id(number), "Invoiced_Items": [{"id": "1", "Line_Tax": []}], "$line_tax": taxes}]}),
    )
}

#[tokio::test]
async fn the_newest_document_with_tax_shows_where_the_tax_is() {
    let newest = || data(&[json!({"id": id(1)}), json!({"id": id(2)}), json!({"id": id(3)})]);
    let locked = || part(400, json!({"code": "NO_PERMISSION", "details": {}, "message": "x", "status": "error"}));
    let order =
        |tax: Value| data(&[json!({"id": id(4), "Purchase_Items": [{"id": "1", "Line_Tax": tax}], "$line_tax": []})]);
    let gst = || json!([{"name": "GST", "percentage": 10}]);
    let one_order = || data(&[json!({"id": id(4)})]);
    type Answers = Vec<Result<Response, HttpError>>;
    let table: Vec<(&str, Answers, Option<TaxMode>)> = vec![
        ("lines", vec![newest(), composite(&[untaxed(1), item_taxed(2), total_taxed(3)])], Some(TaxMode::Item)),
        ("total", vec![newest(), composite(&[locked(), total_taxed(2), item_taxed(3)])], Some(TaxMode::Total)),
        (
            "no invoice with tax",
            vec![newest(), composite(&[untaxed(1), untaxed(2), locked()]), one_order(), order(gst())],
            Some(TaxMode::Item),
        ),
        ("no invoice at all", vec![empty(204), one_order(), order(json!([]))], None),
        (
            "no such module",
            vec![envelope(400, "INVALID_QUERY", "invalid query formed"), envelope(400, "INVALID_MODULE", "x")],
            None,
        ),
        ("not allowed", vec![envelope(403, "NO_PERMISSION", "x"), envelope(401, "OAUTH_SCOPE_MISMATCH", "x")], None),
    ];
    for (name, answers, expected) in table {
        let desk = Desk::new(answers);
        assert_eq!(desk.client().tax_mode().await, Ok(expected), "{name}");
        desk.script.sent();
        assert_eq!(
            desk.script.body(0)["select_query"],
            json!("select id, Modified_Time from Invoices where id is not null order by Modified_Time desc limit 0, 5"),
        );
    }
    // What says nothing about the module is told.
    let desk = Desk::new([envelope(401, "INVALID_TOKEN", "x"), envelope(401, "INVALID_TOKEN", "x")]);
    let error = desk.client().tax_mode().await.unwrap_err();
    assert!(matches!(error, Error::Unauthorized { api: Api::Zoho, .. }), "{error:?}");
}

fn wanted() -> Vec<CustomField> {
    ["Xero ID", "Xero URL", "Xero Status", "Xero Total", "Xero Number", "Xero Paid On", "Xero Amount Due"]
        .into_iter()
        .map(|label| CustomField {
            label,
            api_name: label,
            data_type: "text",
            length: Some(100),
            unique: false,
            external: false,
            guarded: true,
        })
        .collect()
}

fn new(fields: &[CustomField]) -> Vec<NewField<'_>> {
    let profiles = vec![(id(7), Permission::ReadWrite), (id(8), Permission::ReadOnly)];
    fields.iter().map(|field| NewField { field, profiles: profiles.clone() }).collect()
}

#[tokio::test]
async fn fields_are_created_five_at_a_time() {
    let created = |count: usize| {
        let rows = vec![
            json!({"code": "SUCCESS", "status": "success", "message": "field created", "details": {"id": id(1)}});
            count
        ];
        json(201, json!({"fields": rows}))
    };
    let desk = Desk::new([created(5), created(2)]);
    let made = desk.client().create_fields(Module::Invoices, &new(&wanted())).await.unwrap();
    assert_eq!(made, vec![Created::Made(Made { id: Some(id(1)), guarded: true }); 7]);
    assert_eq!(desk.script.sent(), 2);
    assert_eq!(desk.script.query(0, "module").as_deref(), Some("Invoices"));
    assert_eq!(desk.script.body(0)["fields"].as_array().unwrap().len(), 5);
    assert_eq!(desk.script.body(0)["fields"][0]["field_label"], "Xero ID");
    assert_eq!(
        desk.script.body(0)["fields"][0]["profiles"],
        json!([{"id": id(7), "permission_type": "read_write"}, {"id": id(8), "permission_type": "read_only"}])
    );
}

#[tokio::test]
async fn a_field_that_is_refused_with_profiles_is_created_without() {
    let row =
        |code: &str, status: &str| json!({"code": code, "status": status, "message": "x", "details": {"id": id(1)}});
    let first = json(207, json!({"fields": [row("SUCCESS", "success"), row("NOT_ALLOWED", "error")]}));
    let desk = Desk::new([first, json(201, json!({"fields": [row("SUCCESS", "success")]}))]);
    let made = desk.client().create_fields(Module::Invoices, &new(&wanted()[..2])).await.unwrap();
    let guarded = [true, false].map(|guarded| Created::Made(Made { id: Some(id(1)), guarded }));
    assert_eq!(made, guarded);
    assert_eq!(desk.script.sent(), 2);
    assert_eq!(desk.script.body(1)["fields"].as_array().unwrap().len(), 1);
    assert_eq!(desk.script.body(1)["fields"][0]["field_label"], "Xero URL");
    assert!(desk.script.body(1)["fields"][0].get("profiles").is_none());
}

#[tokio::test]
async fn a_field_that_cannot_be_created_harms_none_of_the_others() {
    let limit = json!({"code": "LIMIT_EXCEEDED", "status": "error", "message": "unique field limit exceeded",
                       "details": {"limit": 2}});
    let there = json!({"code": "DUPLICATE_DATA", "status": "error", "message": "duplicate", "details": {}});
    let first = json(400, json!({"fields": [there, limit.clone()]}));
    let desk = Desk::new([first, json(400, json!({"fields": [limit]}))]);
    let created = desk.client().create_fields(Module::Invoices, &new(&wanted()[..2])).await.unwrap();
    let there = Created::Made(Made { id: None, guarded: false });
    assert_eq!(created, [there, Created::Refused("LIMIT_EXCEEDED: unique field limit exceeded".to_owned())]);
}

#[tokio::test]
async fn nothing_secret_is_shown() {
    let desk = Desk::new([text(418, &[], &"é".repeat(500))]);
    let error = desk.client().record(Module::Accounts, &id(1)).await.unwrap_err();
    assert!(matches!(&error, Error::Unexpected { excerpt, .. } if excerpt.chars().count() == 200), "{error:?}");
    let shown = format!("{:?} {:?}", desk.client(), desk.log);
    assert!(!shown.contains("token-0") && !shown.contains(id(1).as_str()), "{shown}");
}
