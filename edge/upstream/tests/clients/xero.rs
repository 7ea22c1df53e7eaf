//! Xero's client.

use crate::script::{Counted, Script, broken, empty, json, text, timeout};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use shared::id::{TenantId, XeroId};
use std::time::Duration;
use upstream::xero::{Budget, BudgetState, Client};
use upstream::{Api, CallLog, Caller, Error, LimitScope, Purpose, Who};

const TENANT: &str = "11111111-2222-3333-4444-555555555555";
const INVOICE: &str = "243216c5-369e-4056-ac67-05388f86dc81";
const OTHER: &str = "4c2ec664-8bef-4eb7-a4a5-7ffa2ee7ee42";
const NONE: &str = "00000000-0000-0000-0000-000000000000";

/// Whom no share holds back.
static EVERYBODY: Caller = Caller { who: Who::Organisation, what: Purpose::Click, day_reserve: 0 };

struct Desk {
    script: Script,
    tokens: Counted,
    tenant: TenantId,
    budget: Budget,
    log: CallLog,
}

impl Desk {
    fn new(answers: impl IntoIterator<Item = Result<ports::Response, ports::HttpError>>) -> Self {
        Self {
            script: Script::new(answers),
            tokens: Counted::default(),
            tenant: TenantId::new(TENANT).unwrap(),
            budget: Budget::new(),
            log: CallLog::new(),
        }
    }

    fn client(&self) -> Client<'_, Script, Counted> {
        Client {
            ports: &self.script,
            tokens: &self.tokens,
            base: "https://api.xero.com/api.xro/2.0",
            tenant: &self.tenant,
            budget: &self.budget,
            caller: &EVERYBODY,
            log: &self.log,
        }
    }
}

fn id(text: &str) -> XeroId {
    XeroId::new(text).unwrap()
}

fn invoices(rows: &[Value]) -> Result<ports::Response, ports::HttpError> {
    json(200, json!({"Id": OTHER, "Status": "OK", "Invoices": rows}))
}

fn expired() -> Result<ports::Response, ports::HttpError> {
    json(
        401,
        json!({"Type": null, "Title": "Unauthorized", "Status": 401, "Detail": "TokenExpired: token expired at 01/23/2020 18:21:16"}),
    )
}

#[tokio::test]
async fn one_record_is_read_with_four_decimals() {
    let desk = Desk::new([text(
        200,
        &[("xero-correlation-id", "c-1")],
        r#"{"Invoices":[{"InvoiceID":"243216c5-369e-4056-ac67-05388f86dc81","Total":24.15}]}"#,
    )]);
    let found = desk.client().get("Invoices", &id(INVOICE)).await.unwrap().unwrap();
    assert_eq!(found["Total"].to_string(), "24.15");
    let request = desk.script.request(0);
    assert_eq!(request.url, format!("https://api.xero.com/api.xro/2.0/Invoices/{INVOICE}?unitdp=4"));
    assert_eq!(desk.script.header(0, "authorization").as_deref(), Some("Bearer token-0"));
    assert_eq!(desk.script.header(0, "accept").as_deref(), Some("application/json"));
    assert_eq!(desk.script.header(0, "xero-tenant-id").as_deref(), Some(TENANT));
    let entries = desk.log.entries();
    assert_eq!(entries.len(), 1);
    assert_eq!((entries[0].api.as_str(), entries[0].call.as_str()), ("Xero", "GET /Invoices/{id}"));
    assert_eq!((entries[0].status, entries[0].took_ms), (Some(200), 40));
    assert_eq!(entries[0].correlation_id.as_deref(), Some("c-1"));
    desk.log.clear();
    assert!(desk.log.entries().is_empty());
}

#[tokio::test]
async fn a_missing_record_is_none() {
    let desk = Desk::new([text(404, &[("content-type", "text/html")], "<html>not here</html>")]);
    assert_eq!(desk.client().get("Contacts", &id(OTHER)).await, Ok(None));
    assert!(!desk.script.request(0).url.contains("unitdp"));
}

#[tokio::test]
async fn regression_2_a_401_renews_once_and_goes_on() {
    let desk = Desk::new([expired(), invoices(&[json!({"InvoiceID": INVOICE})]), invoices(&[])]);
    assert!(desk.client().get("Invoices", &id(INVOICE)).await.unwrap().is_some());
    assert!(desk.client().get("Invoices", &id(OTHER)).await.unwrap().is_none());
    assert_eq!(desk.tokens.renewals.get(), 1);
    assert_eq!(desk.script.header(1, "authorization").as_deref(), Some("Bearer token-1"));
    assert_eq!(desk.script.sent(), 3);
    // A write was surely not carried out under a refused token, so it goes again with its own key.
    let desk = Desk::new([expired(), invoices(&[json!({"InvoiceID": INVOICE})])]);
    desk.client().create("Invoices", &[json!({})], "key").await.unwrap();
    assert_eq!(desk.script.header(1, "idempotency-key").as_deref(), Some("key"));
}

#[tokio::test]
async fn a_second_401_ends_it() {
    let desk = Desk::new([expired(), expired()]);
    let error = desk.client().get("Invoices", &id(INVOICE)).await.unwrap_err();
    assert!(matches!(error, Error::Unauthorized { api: Api::Xero, .. }), "{error:?}");
    assert_eq!((desk.tokens.renewals.get(), desk.script.sent()), (1, 2));
}

#[tokio::test]
async fn a_disconnected_organisation_and_a_missing_scope_never_renew() {
    let forbidden = json(403, json!({"Title": "Forbidden", "Status": 403, "Detail": "AuthenticationUnsuccessful"}));
    let desk = Desk::new([forbidden]);
    let error = desk.client().organisation_name().await.unwrap_err();
    assert!(matches!(error, Error::Disconnected { .. }), "{error:?}");
    let scope = json(401, json!({"Title": "Unauthorized", "Status": 401, "Detail": "AuthorizationUnsuccessful"}));
    let desk_2 = Desk::new([scope]);
    let error = desk_2.client().organisation_name().await.unwrap_err();
    assert!(matches!(error, Error::ScopeMissing { api: Api::Xero, .. }), "{error:?}");
    assert_eq!(desk.tokens.renewals.get() + desk_2.tokens.renewals.get(), 0);
}

trait Smallest {
    async fn organisation_name(&self) -> Result<Option<Value>, Error>;
}

impl Smallest for Client<'_, Script, Counted> {
    async fn organisation_name(&self) -> Result<Option<Value>, Error> {
        self.get("Contacts", &id(OTHER)).await
    }
}

#[tokio::test]
async fn a_read_is_repeated_once_and_a_write_never() {
    type Answers = Vec<Result<ports::Response, ports::HttpError>>;
    let failures: [fn() -> Result<ports::Response, ports::HttpError>; 6] =
        [timeout, broken, || empty(500), || empty(502), || empty(504), || text(200, &[], "{\"Invo")];
    for failure in failures {
        let desk = Desk::new([failure(), invoices(&[])]);
        assert_eq!(desk.client().get("Invoices", &id(INVOICE)).await, Ok(None));
        assert_eq!(*desk.script.sleeps.borrow(), [Duration::from_millis(500)]);
        let desk = Desk::new([failure(), failure()]);
        let error = desk.client().get("Invoices", &id(INVOICE)).await.unwrap_err();
        assert!(matches!(error, Error::Unavailable { .. }), "{error:?}");
        assert!(!format!("{error:?} {error}").contains("SECRET"));
        let answers: Answers = vec![failure()];
        let desk = Desk::new(answers);
        let error = desk.client().create("Invoices", &[json!({})], "key").await.unwrap_err();
        assert!(matches!(error, Error::Unknown { .. }), "{error:?}");
        assert_eq!((desk.script.sent(), desk.script.sleeps.borrow().len()), (1, 0));
        let desk = Desk::new([failure()]);
        let error = desk.client().update("Invoices", &id(INVOICE), &json!({}), "key").await.unwrap_err();
        assert!(matches!(error, Error::Unknown { .. }), "{error:?}");
    }
    let desk = Desk::new([text(503, &[], "The Xero API is currently offline for maintenance")]);
    let error = desk.client().create("Invoices", &[json!({})], "key").await.unwrap_err();
    assert!(matches!(error, Error::Unavailable { .. }), "{error:?}");
}

#[tokio::test]
async fn a_create_tells_of_each_element() {
    let sent = [json!({"InvoiceNumber": "A"}), json!({"InvoiceNumber": "B"}), json!({"InvoiceNumber": "C"})];
    let desk = Desk::new([invoices(&[
        json!({"InvoiceID": INVOICE, "StatusAttributeString": "OK", "HasErrors": false}),
        json!({
            "InvoiceID": NONE,
            "StatusAttributeString": "ERROR",
            "HasErrors": true,
            "ValidationErrors": [{"Message": "Invoice # must be unique."}],
            "LineItems": [{"ValidationErrors": [{"Message": "Account code '999' is not a valid code for this document."}]}],
            "Contact": {"Warnings": [{"Message": "a remark"}]},
        }),
        json!({"InvoiceID": NONE, "StatusAttributeString": "ERROR", "HasErrors": true}),
    ])]);
    let elements = desk.client().create("Invoices", &sent, "t:1:2").await.unwrap();
    assert_eq!(elements.len(), 3);
    assert!(elements[0].errors.is_empty());
    assert_eq!(elements[0].value["InvoiceID"], INVOICE);
    let mut errors = elements[1].errors.clone();
    errors.sort();
    assert_eq!(errors, ["Account code '999' is not a valid code for this document.", "Invoice # must be unique."]);
    assert_eq!(elements[1].warnings, ["a remark"]);
    assert_eq!(elements[2].errors.len(), 1);
    let request = desk.script.request(0);
    assert_eq!(request.method, ports::Method::Put);
    assert_eq!(request.url, "https://api.xero.com/api.xro/2.0/Invoices?summarizeErrors=false&unitdp=4");
    assert_eq!(desk.script.header(0, "idempotency-key").as_deref(), Some("t:1:2"));
    assert_eq!(desk.script.header(0, "content-type").as_deref(), Some("application/json"));
    assert_eq!(desk.script.body(0), json!({"Invoices": sent}));
}

#[tokio::test]
async fn an_update_is_refused_by_a_validation_exception() {
    let body = json!({
        "ErrorNumber": 10,
        "Type": "ValidationException",
        "Message": "A validation exception occurred",
        "Elements": [{"InvoiceID": INVOICE, "ValidationErrors": [{"Message": "Invoice not of valid status for modification"}]}],
    });
    let desk = Desk::new([json(400, body)]);
    let element = desk.client().update("Invoices", &id(INVOICE), &json!({"Reference": "x"}), "key").await.unwrap();
    assert_eq!(element.errors, ["Invoice not of valid status for modification"]);
    let request = desk.script.request(0);
    assert_eq!(request.method, ports::Method::Post);
    assert_eq!(request.url, format!("https://api.xero.com/api.xro/2.0/Invoices/{INVOICE}?unitdp=4"));
    assert_eq!(desk.script.body(0), json!({"Invoices": [{"Reference": "x"}]}));
    assert_eq!(desk.log.entries()[0].call, "POST /Invoices/{id}");
}

#[tokio::test]
async fn a_summarised_failure_saves_none_of_its_elements() {
    let body = json!({
        "ErrorNumber": 10,
        "Type": "ValidationException",
        "Message": "A validation exception occurred",
        "Elements": [{"Name": "fine"}, {"Name": "bad", "ValidationErrors": [{"Message": "Email address must be valid."}]}],
    });
    let desk = Desk::new([json(400, body)]);
    let elements = desk.client().create("Contacts", &[json!({}), json!({})], "key").await.unwrap();
    assert!(elements.iter().all(|element| !element.errors.is_empty()));
    assert_eq!(elements[1].errors, ["Email address must be valid."]);
    assert_eq!(desk.script.request(0).url, "https://api.xero.com/api.xro/2.0/Contacts?summarizeErrors=false");
}

#[tokio::test]
async fn a_whole_refusal_keeps_the_words() {
    let body =
        json!({"ErrorNumber": 14, "Type": "PostDataInvalidException", "Message": "Error converting value \"NO_TAX\""});
    let desk = Desk::new([json(400, body)]);
    let error = desk.client().create("Invoices", &[json!({})], "key").await.unwrap_err();
    assert_eq!(
        error,
        Error::Refused {
            api: Api::Xero,
            status: 400,
            messages: vec!["Error converting value \"NO_TAX\"".to_owned()],
            code: Some("PostDataInvalidException".to_owned()),
            details: None,
        }
    );
    assert_eq!(error.problem().said.as_deref(), Some("Error converting value \"NO_TAX\""));
    // A key that was used for another request: what that one did is not known.
    let body = json!({"ErrorNumber": 10, "Type": "ValidationException", "Message": "Idempotency Key: key is used with a different request."});
    let desk = Desk::new([json(400, body)]);
    let error = desk.client().create("Invoices", &[json!({})], "key").await.unwrap_err();
    assert!(matches!(error, Error::Unknown { .. }), "{error:?}");
    // Two were sent, one came back.
    let desk = Desk::new([invoices(&[json!({"InvoiceID": INVOICE})])]);
    let error = desk.client().create("Invoices", &[json!({}), json!({})], "key").await.unwrap_err();
    assert!(matches!(error, Error::Unknown { .. }), "{error:?}");
}

#[tokio::test]
async fn contacts_are_found_without_escaping_quotes() {
    let contacts = |names: &[&str]| {
        let rows: Vec<_> = names.iter().map(|name| json!({"Name": name})).collect();
        json(200, json!({"Contacts": rows}))
    };
    let desk =
        Desk::new([contacts(&["ACME & Söhne"]), contacts(&["The 6\" Pipe Co", "the 6\" pipe co", "Other 6\" pipe"])]);
    assert_eq!(desk.client().find_contact_by_name(" Acme & Söhne ").await.unwrap().len(), 1);
    assert_eq!(desk.script.query(0, "where").as_deref(), Some("Name!=null AND Name==\"Acme & Söhne\""));
    assert_eq!(desk.script.query(0, "includeArchived").as_deref(), Some("true"));
    assert_eq!(desk.script.query(0, "page").as_deref(), Some("1"));
    assert_eq!(desk.client().find_contact_by_name("The 6\" Pipe Co").await.unwrap().len(), 2);
    assert_eq!(desk.script.query(1, "where"), None);
    assert_eq!(desk.script.query(1, "searchTerm").as_deref(), Some("The 6\" Pipe Co"));
    // An empty key finds nothing and costs nothing.
    assert_eq!(desk.client().find_contact_by_email("  ").await, Ok(Vec::new()));
    assert_eq!(desk.client().find_item("").await, Ok(Vec::new()));
    assert_eq!(desk.client().find_invoices("ACCREC", "", None).await, Ok(Vec::new()));
    desk.script.more([contacts(&[]), contacts(&[])]);
    desk.client().find_contact_by_email("a@b.example").await.unwrap();
    desk.client().find_contact_by_contact_number("zcrm:a:123").await.unwrap();
    assert_eq!(desk.script.query(2, "where").as_deref(), Some("EmailAddress!=null AND EmailAddress==\"a@b.example\""));
    assert_eq!(desk.script.query(3, "where").as_deref(), Some("ContactNumber!=null AND ContactNumber==\"zcrm:a:123\""));
    assert_eq!(desk.script.sent(), 4);
}

#[tokio::test]
async fn items_and_invoices_are_found_by_their_keys() {
    let items = || json(200, json!({"Items": [{"Code": "pipe-6"}, {"Code": "6\" pipe"}]}));
    let desk = Desk::new([items(), items(), items()]);
    assert_eq!(desk.client().find_item("PIPE-6").await.unwrap(), [json!({"Code": "pipe-6"})]);
    assert_eq!(desk.script.query(0, "where").as_deref(), Some("Code==\"PIPE-6\""));
    assert_eq!(desk.client().find_item("6\" pipe").await.unwrap(), [json!({"Code": "6\" pipe"})]);
    assert_eq!(desk.script.query(1, "where").as_deref(), Some("Code.StartsWith(\"6\")"));
    assert_eq!(desk.client().find_item("\"pipe\"").await.unwrap(), Vec::<Value>::new());
    assert_eq!(desk.script.query(2, "where"), None);
    desk.script.more([invoices(&[json!({"InvoiceNumber": "INV-1"})]), invoices(&[json!({"InvoiceNumber": "7\"-1"})])]);
    assert_eq!(desk.client().find_invoices("ACCREC", "INV-1", None).await.unwrap().len(), 1);
    assert_eq!(desk.script.query(3, "where").as_deref(), Some("Type==\"ACCREC\" AND InvoiceNumber==\"INV-1\""));
    assert_eq!(desk.script.query(3, "unitdp").as_deref(), Some("4"));
    assert_eq!(desk.client().find_invoices("ACCPAY", "7\"-1", Some(&id(OTHER))).await.unwrap().len(), 1);
    assert_eq!(desk.script.query(4, "where").as_deref(), Some("Type==\"ACCPAY\""));
    assert_eq!(desk.script.query(4, "searchTerm").as_deref(), Some("7\"-1"));
    assert_eq!(desk.script.query(4, "ContactIDs").as_deref(), Some(OTHER));
}

fn ids(count: u32) -> Vec<XeroId> {
    (0..count).map(|number| id(&format!("243216c5-369e-4056-ac67-{number:012}"))).collect()
}

#[tokio::test]
async fn records_are_read_by_ids_in_groups_of_fifty() {
    let desk = Desk::new([
        json(200, json!({"Contacts": [{"ContactID": INVOICE}]})),
        json(200, json!({"Contacts": [{"ContactID": OTHER}]})),
        invoices(&[json!({"InvoiceID": INVOICE, "LineItems": []})]),
    ]);
    let mut wanted = ids(51);
    wanted.push(wanted[0].clone());
    assert_eq!(desk.client().by_ids("Contacts", &wanted).await.unwrap().len(), 2);
    assert_eq!(desk.client().by_ids("Invoices", &wanted[..2]).await.unwrap().len(), 1);
    assert_eq!(desk.script.sent(), 3);
    let asked = |at: usize| desk.script.query(at, "IDs").unwrap();
    assert_eq!((asked(0).split(',').count(), asked(1).split(',').count()), (50, 1));
    assert_eq!(asked(2), format!("{},{}", wanted[0], wanted[1]));
    for (at, archived, decimals) in [(0, Some("true"), None), (1, Some("true"), None), (2, None, Some("4"))] {
        assert_eq!(desk.script.query(at, "page").as_deref(), Some("1"));
        assert_eq!(desk.script.query(at, "pageSize").as_deref(), Some("50"));
        assert_eq!(desk.script.query(at, "includeArchived").as_deref(), archived);
        assert_eq!(desk.script.query(at, "unitdp").as_deref(), decimals);
    }
    // One group that fails is told: what it holds is not known.
    let desk = Desk::new([json(200, json!({"Contacts": []})), empty(500), empty(500)]);
    let error = desk.client().by_ids("Contacts", &wanted).await.unwrap_err();
    assert!(matches!(error, Error::Unavailable { .. }), "{error:?}");
    let desk = Desk::new([]);
    assert_eq!(desk.client().by_ids("Contacts", &[]).await, Ok(Vec::new()));
    assert_eq!(desk.client().by_ids("Items", &[]).await, Ok(Vec::new()));
}

#[tokio::test]
async fn items_are_read_one_by_one_or_all_at_once() {
    let wanted = ids(4);
    let item = |id: &XeroId| json!({"ItemID": id, "Code": "x"});
    let one = |id: &XeroId| json(200, json!({"Items": [item(id)]}));
    let desk = Desk::new([one(&wanted[0]), text(404, &[], "<html>"), one(&wanted[2])]);
    assert_eq!(desk.client().by_ids("Items", &wanted[..3]).await.unwrap(), [item(&wanted[0]), item(&wanted[2])]);
    assert_eq!(desk.script.sent(), 3);
    assert!(desk.script.request(0).url.ends_with(&format!("/Items/{}?unitdp=4", wanted[0])));
    let upper = json!({"ItemID": wanted[3].as_str().to_uppercase()});
    let desk = Desk::new([json(200, json!({"Items": [item(&wanted[0]), item(&id(OTHER)), upper]}))]);
    assert_eq!(desk.client().by_ids("Items", &wanted).await.unwrap(), [item(&wanted[0]), upper]);
    assert_eq!(desk.script.request(0).url, "https://api.xero.com/api.xro/2.0/Items?unitdp=4");
}

#[tokio::test]
async fn items_are_found_by_their_codes_in_one_call() {
    let codes = |codes: &[&str]| codes.iter().map(|code| (*code).to_owned()).collect::<Vec<_>>();
    let list = || json(200, json!({"Items": [{"Code": "a-1"}, {"Code": "6\" PIPE"}, {"Code": "c"}, {"Code": "n9"}]}));
    let many: Vec<String> = (0..11).map(|number| format!("n{number}")).collect();
    let table: [(Vec<String>, Option<&str>, &[&str]); 4] = [
        (codes(&[" A-1 ", "", "C", "a-1"]), Some("Code==\"A-1\" OR Code==\"C\""), &["a-1", "c"]),
        (codes(&["c"]), Some("Code==\"c\""), &["c"]),
        // A quote has no place in a filter.
        (codes(&["6\" pipe", "c"]), None, &["6\" PIPE", "c"]),
        (many, None, &["n9"]),
    ];
    for (wanted, filter, expected) in table {
        let desk = Desk::new([list()]);
        let found = desk.client().items_by_code(&wanted).await.unwrap();
        let found: Vec<_> = found.iter().map(|item| item["Code"].as_str().unwrap()).collect();
        assert_eq!(found, expected, "{wanted:?}");
        assert_eq!((desk.script.query(0, "where").as_deref(), desk.script.sent()), (filter, 1), "{wanted:?}");
        assert_eq!(desk.script.query(0, "unitdp").as_deref(), Some("4"));
    }
    assert_eq!(Desk::new([]).client().items_by_code(&codes(&["", " "])).await, Ok(Vec::new()));
}

#[tokio::test]
async fn many_are_changed_in_one_call_and_one_refusal_is_its_own() {
    let sent = [
        json!({"InvoiceID": INVOICE, "Reference": "a"}),
        json!({"InvoiceID": OTHER, "Reference": "b"}),
        json!({"InvoiceID": TENANT, "Reference": "c"}),
    ];
    let told = |id: &str| json!({"InvoiceID": id, "StatusAttributeString": "OK", "HasErrors": false});
    let refused = json!({"InvoiceID": OTHER, "StatusAttributeString": "ERROR", "HasErrors": true,
                         "ValidationErrors": [{"Message": "Invoice not of valid status for modification"}]});
    let desk = Desk::new([invoices(&[told(&INVOICE.to_uppercase()), refused, told(TENANT)])]);
    let elements = desk.client().update_many("Invoices", &sent, "t:u:1").await.unwrap();
    let errors: Vec<_> = elements.iter().map(|element| element.errors.join(" ")).collect();
    assert_eq!(errors, ["", "Invoice not of valid status for modification", ""]);
    let request = desk.script.request(0);
    assert_eq!(request.method, ports::Method::Post);
    assert_eq!(request.url, "https://api.xero.com/api.xro/2.0/Invoices?summarizeErrors=false&unitdp=4");
    assert_eq!(desk.script.header(0, "idempotency-key").as_deref(), Some("t:u:1"));
    assert_eq!(desk.script.body(0), json!({"Invoices": sent}));
    // One element goes the same way; contacts have no prices.
    let desk = Desk::new([json(200, json!({"Contacts": [{"ContactID": OTHER, "HasValidationErrors": false}]}))]);
    let elements = desk.client().update_many("Contacts", &[json!({"ContactID": OTHER})], "k").await.unwrap();
    assert!(elements[0].errors.is_empty());
    assert_eq!(desk.script.request(0).url, "https://api.xero.com/api.xro/2.0/Contacts?summarizeErrors=false");
    // An id that Xero never issued fails the whole call.
    let desk = Desk::new([text(404, &[("content-type", "text/html")], "<html>")]);
    assert_eq!(desk.client().update_many("Invoices", &sent, "k").await, Err(Error::NotFound { api: Api::Xero }));
    // Too few answers, and answers in another order, say nothing certain of any of them.
    for rows in [vec![told(INVOICE), told(OTHER)], vec![told(OTHER), told(INVOICE), told(TENANT)]] {
        let desk = Desk::new([invoices(&rows)]);
        let error = desk.client().update_many("Invoices", &sent, "k").await.unwrap_err();
        assert!(matches!(error, Error::Unknown { .. }), "{error:?}");
    }
    // A lost answer is not asked for again.
    let desk = Desk::new([timeout()]);
    let error = desk.client().update_many("Invoices", &sent, "k").await.unwrap_err();
    assert!(matches!(error, Error::Unknown { .. }), "{error:?}");
    assert_eq!((desk.script.sent(), desk.log.counts()), (1, (0, 1)));
}

#[tokio::test]
async fn what_would_edit_by_number_is_never_sent() {
    let fine = || json!({"ContactID": OTHER});
    let table = [
        ("Contacts", vec![fine(), json!({"Name": "Acme"})]),
        ("Contacts", vec![json!({"ContactID": NONE, "Name": "Acme"})]),
        ("Contacts", vec![json!({"ContactID": ""})]),
        ("Contacts", vec![json!({"InvoiceID": OTHER})]),
        ("Items", vec![json!({"ItemID": null, "Code": "A"})]),
        ("Invoices", vec![json!({"InvoiceNumber": "INV-1"})]),
        ("Invoices", vec![json!({"InvoiceID": "INV-1"})]),
        ("Payments", vec![json!({"PaymentID": OTHER})]),
        ("Contacts", vec![fine(); 51]),
    ];
    let desk = Desk::new([]);
    for (resource, elements) in table {
        let error = desk.client().update_many(resource, &elements, "k").await.unwrap_err();
        assert!(matches!(error, Error::Refused { api: Api::Xero, .. }), "{resource} {elements:?}: {error:?}");
    }
    assert_eq!(desk.client().update_many("Contacts", &[], "k").await, Ok(Vec::new()));
    assert_eq!((desk.script.sent(), desk.log.counts()), (0, (0, 0)));
}

#[tokio::test]
async fn a_limited_batch_goes_again_under_its_own_key_and_a_day_limit_parks_it() {
    let minute = text(429, &[("retry-after", "4"), ("x-rate-limit-problem", "minute")], "");
    let done = json(200, json!({"Items": [{"ItemID": OTHER}]}));
    let desk = Desk::new([minute, done]);
    let elements = [json!({"ItemID": OTHER, "Code": "a"})];
    desk.client().update_many("Items", &elements, "k").await.unwrap();
    assert_eq!(desk.script.header(1, "idempotency-key").as_deref(), Some("k"));
    assert_eq!(*desk.script.sleeps.borrow(), [Duration::from_secs(4)]);
    let desk = Desk::new([text(429, &[("retry-after", "9000"), ("x-rate-limit-problem", "day")], "")]);
    let error = desk.client().update_many("Items", &elements, "k").await.unwrap_err();
    assert!(matches!(error, Error::RateLimited { scope: LimitScope::Day, .. }), "{error:?}");
    // The other calls of the same client find the day over without asking.
    assert!(desk.client().by_ids("Contacts", &ids(1)).await.is_err());
    assert!(desk.client().items_by_code(&["a".to_owned()]).await.is_err());
    assert_eq!(desk.script.sent(), 1);
    let now = ports::Clock::now(&desk.script);
    assert_eq!(desk.budget.day_remaining(now), Some(0));
    let state = desk.budget.state();
    assert_eq!((state.day_remaining, state.day_until.is_some()), (Some(0), true));
}

#[tokio::test]
async fn the_day_s_limit_is_learned_from_what_is_left() {
    let left = |left: &str| text(200, &[("x-daylimit-remaining", left)], r#"{"Invoices":[]}"#);
    // What was known, what Xero says one after another, and what is concluded.
    let table: [(Option<u32>, &[&str], u32); 8] = [
        (None, &["4999"], 5_000),
        (None, &["1001"], 5_000),
        (None, &["1000"], 1_000),
        (None, &["12"], 1_000),
        (Some(5_000), &["12"], 5_000),
        (None, &["1002", "999", "3"], 5_000),
        // Answers that overtake each other are no new day.
        (Some(5_000), &["40", "60", "39"], 5_000),
        // A new day that begins with 1,000: the plan has become smaller.
        (Some(5_000), &["40", "998"], 1_000),
    ];
    for (known, told, expected) in table {
        let desk = Desk::new(told.iter().map(|text| left(text)));
        desk.budget.restore(&BudgetState { day_limit: known, ..BudgetState::default() });
        for _ in told {
            desk.client().get("Invoices", &id(INVOICE)).await.unwrap();
        }
        let state = desk.budget.state();
        assert_eq!(state.day_limit, Some(expected), "{known:?} {told:?}");
        assert_eq!(state.day_remaining, told.last().and_then(|text| text.parse().ok()));
        assert_eq!(state.learned_at, Some(ports::Clock::now(&desk.script)));
    }
}

#[tokio::test]
async fn regression_5_and_10_every_page_names_the_tenant_and_the_instant() {
    let since: DateTime<Utc> = "2026-09-14T09:29:59.700Z".parse().unwrap();
    let desk =
        Desk::new([invoices(&[json!({})]), invoices(&[json!({})]), empty(304), json(200, json!({"Contacts": []}))]);
    for (page, rows) in [(1, 1), (2, 1), (3, 0)] {
        assert_eq!(desk.client().page("Invoices", Some(since), page).await.unwrap().len(), rows);
    }
    desk.client().page("Contacts", None, 1).await.unwrap();
    for at in 0..4 {
        assert_eq!(desk.script.header(at, "xero-tenant-id").as_deref(), Some(TENANT));
    }
    // The instant goes with every page, in whole seconds, rounded down: Xero counts what changed at it.
    for at in 0..3 {
        assert_eq!(desk.script.header(at, "if-modified-since").as_deref(), Some("2026-09-14T09:29:58"));
        assert_eq!(desk.script.query(at, "page"), Some((at + 1).to_string()));
    }
    assert_eq!(desk.script.header(3, "if-modified-since"), None);
    assert_eq!(desk.script.query(3, "includeArchived").as_deref(), Some("true"));
}

#[tokio::test]
async fn regression_4_a_minute_limit_is_waited_for_and_a_day_limit_burns_no_calls() {
    let minute = |after| text(429, &[("retry-after", after), ("x-rate-limit-problem", "minute")], "");
    // Short: waited for, also by a write, which was surely not carried out.
    let desk = Desk::new([minute("7"), invoices(&[json!({"InvoiceID": INVOICE})])]);
    desk.client().create("Invoices", &[json!({})], "key").await.unwrap();
    assert_eq!(*desk.script.sleeps.borrow(), [Duration::from_secs(7)]);
    // Long: told, with the time.
    let desk = Desk::new([minute("26")]);
    let error = desk.client().get("Invoices", &id(INVOICE)).await.unwrap_err();
    let limited =
        |scope, seconds| Error::RateLimited { api: Api::Xero, scope, retry_after: Some(Duration::from_secs(seconds)) };
    assert_eq!(error, limited(LimitScope::Minute, 26));
    // A day: no further call is made until it is over.
    let day =
        text(429, &[("retry-after", "66975"), ("x-rate-limit-problem", "day"), ("x-daylimit-remaining", "0")], "");
    let desk = Desk::new([day]);
    assert_eq!(desk.client().get("Invoices", &id(INVOICE)).await.unwrap_err(), limited(LimitScope::Day, 66975));
    desk.script.advance(Duration::from_secs(66000));
    for _ in 0..3 {
        let error = desk.client().get("Invoices", &id(INVOICE)).await.unwrap_err();
        assert!(matches!(error, Error::RateLimited { scope: LimitScope::Day, .. }), "{error:?}");
    }
    assert_eq!(desk.script.sent(), 1);
    let now = ports::Clock::now(&desk.script);
    let view = desk.budget.view(now);
    assert_eq!((view.day_remaining, view.in_flight), (Some(0), 0));
    assert!(view.day_limit_until.is_some_and(|until| until > now));
    desk.script.advance(Duration::from_secs(1000));
    desk.script.more([invoices(&[])]);
    assert_eq!(desk.client().get("Invoices", &id(INVOICE)).await, Ok(None));
}

#[tokio::test]
async fn the_online_invoice_and_the_history() {
    let desk = Desk::new([
        json(200, json!({"OnlineInvoices": [{"OnlineInvoiceUrl": "https://in.xero.com/abc"}]})),
        json(200, json!({"OnlineInvoices": [{"OnlineInvoiceUrl": ""}]})),
        text(404, &[], "<html>"),
        json(200, json!({"HistoryRecords": []})),
    ]);
    let client = desk.client();
    assert_eq!(client.online_invoice(&id(INVOICE)).await.unwrap(), Some("https://in.xero.com/abc".into()));
    assert_eq!(client.online_invoice(&id(INVOICE)).await, Ok(None));
    assert_eq!(client.online_invoice(&id(INVOICE)).await, Ok(None));
    client.history("Invoices", &id(INVOICE), &"ä".repeat(3000)).await.unwrap();
    let body = desk.script.body(3);
    let details = body["HistoryRecords"][0]["Details"].as_str().unwrap();
    assert_eq!(details.chars().count(), 2500);
    assert!(details.ends_with('…'));
    assert_eq!(desk.log.entries()[3].call, "PUT /Invoices/{id}/History");
}

#[tokio::test]
async fn the_organisation_with_its_lists() {
    let desk = Desk::new([
        json(
            200,
            json!({"Organisations": [{
                "OrganisationID": TENANT, "Name": "Kauri Imports Ltd", "ShortCode": "!Qj35V", "BaseCurrency": "NZD",
                "CountryCode": "NZ", "Timezone": "NEWZEALANDSTANDARDTIME", "SalesTaxBasis": "PAYMENTS",
                "PeriodLockDate": "/Date(1789344000000+0000)/", "EndOfYearLockDate": "/Date(-86400000)/",
            }]}),
        ),
        json(
            200,
            json!({"Accounts": [
                {"Code": "200", "Name": "Sales", "Type": "REVENUE", "Class": "REVENUE", "TaxType": "OUTPUT2", "Status": "ACTIVE"},
                {"Name": "Bank", "Type": "BANK", "Class": "ASSET", "Status": "ARCHIVED", "SystemAccount": ""},
                {"Code": "610", "Name": "Debtors", "Type": "CURRENT", "Class": "ASSET", "Status": "ACTIVE", "SystemAccount": "DEBTORS"},
            ]}),
        ),
        text(
            200,
            &[],
            r#"{"TaxRates":[{"Name":"15% GST","TaxType":"OUTPUT2","EffectiveRate":15.0000,"Status":"ACTIVE","CanApplyToRevenue":true,"CanApplyToExpenses":false},{"Name":"Old","TaxType":"TAX001","EffectiveRate":12.5,"Status":"DELETED"}]}"#,
        ),
        json(200, json!({"Currencies": [{"Code": "NZD", "Description": "New Zealand Dollar"}, {"Code": "USD"}]})),
        json(
            200,
            json!({"BrandingThemes": [
                {"BrandingThemeID": "b", "Name": "Second", "SortOrder": 1}, {"BrandingThemeID": "a", "Name": "Standard", "SortOrder": 0},
            ]}),
        ),
        json(
            200,
            json!({"TrackingCategories": [{"TrackingCategoryID": "c", "Name": "Region", "Status": "ACTIVE", "Options": [
                {"TrackingOptionID": "o", "Name": "North", "Status": "ACTIVE"}, {"TrackingOptionID": "p", "Name": "Old", "Status": "ARCHIVED"},
            ]}]}),
        ),
    ]);
    let organisation = desk.client().organisation("https://go.xero.com").await.unwrap();
    assert_eq!(desk.script.sent(), 6);
    assert_eq!((organisation.name.as_str(), organisation.short_code.as_str()), ("Kauri Imports Ltd", "!Qj35V"));
    assert_eq!((organisation.time_zone.as_str(), organisation.tax_registered), ("Pacific/Auckland", true));
    assert_eq!(organisation.period_lock_date, "2026-09-14".parse().ok());
    assert_eq!(organisation.end_of_year_lock_date, "1969-12-31".parse().ok());
    let accounts: Vec<_> = organisation.accounts.iter().map(|a| (a.code.as_deref(), a.active, a.system)).collect();
    assert_eq!(accounts, [(Some("200"), true, false), (None, false, false), (Some("610"), true, true)]);
    assert_eq!(organisation.tax_rates[0].effective_rate, "15".parse().unwrap());
    assert!(
        organisation.tax_rates[0].sales && !organisation.tax_rates[0].purchases && organisation.tax_rates[0].active
    );
    assert!(!organisation.tax_rates[1].active);
    assert_eq!(organisation.currencies, ["NZD", "USD"]);
    assert_eq!(organisation.branding_themes[0].name, "Standard");
    assert_eq!(organisation.tracking_categories[0].options, [("o".to_owned(), "North".to_owned())]);
}

#[tokio::test]
async fn nothing_secret_is_shown() {
    let desk = Desk::new([json(400, json!({"Type": "X", "Message": "no", "Secret": "customer"}))]);
    let error = desk.client().create("Invoices", &[json!({"Name": "customer"})], "key").await.unwrap_err();
    let shown = format!("{error:?} {error} {:?} {:?} {:?}", desk.client(), desk.log, desk.budget);
    assert!(!shown.contains("customer") && !shown.contains("token-0"), "{shown}");
}

#[test]
fn requests_carry_so_many_elements_and_bytes_and_lose_none() {
    let lengths = |count: u32, bytes: usize| -> Vec<usize> {
        upstream::xero::parts((0..count).map(|at| (at, bytes))).iter().map(Vec::len).collect()
    };
    assert_eq!(lengths(101, 10), [50, 50, 1]);
    assert_eq!(lengths(5, 1_000_000), [3, 2]);
    assert!(lengths(0, 1).is_empty());
    // One that is too large by itself goes alone, and its neighbours without it.
    let mixed = [(1, 2_000_000), (2, 1_000_000), (3, 1), (4, 4_000_000), (5, 1)];
    assert_eq!(upstream::xero::parts(mixed), [vec![1, 2], vec![3], vec![4], vec![5]]);
}
