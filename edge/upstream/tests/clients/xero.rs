//! Xero's client.

use crate::script::{Counted, Script, broken, empty, json, text, timeout};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use shared::id::{TenantId, XeroId};
use std::time::Duration;
use upstream::xero::{Budget, Client};
use upstream::{Api, CallLog, Error, LimitScope};

const TENANT: &str = "11111111-2222-3333-4444-555555555555";
const INVOICE: &str = "243216c5-369e-4056-ac67-05388f86dc81";
const OTHER: &str = "4c2ec664-8bef-4eb7-a4a5-7ffa2ee7ee42";
const NONE: &str = "00000000-0000-0000-0000-000000000000";

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
    for at in 0..3 {
        assert_eq!(desk.script.header(at, "if-modified-since").as_deref(), Some("2026-09-14T09:29:59"));
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
    assert_eq!(client.online_invoice(&id(INVOICE)).await.unwrap().as_deref(), Some("https://in.xero.com/abc"));
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
