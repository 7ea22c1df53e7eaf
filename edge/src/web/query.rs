//! Query strings and bodies as the API takes them. What does not fit is refused by name, never left out in silence.

use chrono::DateTime;
use engine::access::Refusal;
use engine::store::requests::RequestKey;
use serde::de::DeserializeOwned;
use shared::api::portal::RecordsQuery;
use shared::api::runs::LogQuery;
use shared::id::ZohoId;
use shared::problem;
use url::Url;

/// How many characters somebody may look for, as the document of the API has it.
const LONGEST_NAME: usize = 100;

/// How many characters an id in a query may have: Xero's have 36, ours fewer.
const LONGEST_ID: usize = 40;

/// How a client names a request that it may send again.
pub(crate) const KEY_HEADER: &str = "idempotency-key";

/// The query of the log.
///
/// # Errors
/// A refusal that names the parameter which is unknown, given twice or not valid.
pub(crate) fn log(url: &Url) -> Result<LogQuery, Refusal> {
    let mut query = LogQuery::default();
    let mut seen: Vec<String> = Vec::new();
    for (name, value) in url.query_pairs() {
        once(&mut seen, &name)?;
        let value = value.as_ref();
        match name.as_ref() {
            "run" => query.run = Some(id(&name, value)?),
            "module" => query.module = Some(word(&name, value)?),
            "outcome" => query.outcome = Some(word(&name, value)?),
            "problem" => query.problem = Some(word(&name, value)?),
            "record" => query.record = Some(id(&name, value)?),
            "name" => query.name = Some(part_of_name(&name, value)?),
            "from" => query.from = Some(instant(&name, value)?),
            "until" => query.until = Some(instant(&name, value)?),
            "before" => query.before = Some(id(&name, value)?),
            "limit" => query.limit = Some(count(&name, value)?),
            _ => return Err(unknown(&name)),
        }
    }
    Ok(query)
}

/// The only parameter of a list that is read page by page: the last element of the page before.
///
/// # Errors
/// A refusal that names the parameter which is unknown, given twice or empty.
pub(crate) fn before(url: &Url) -> Result<Option<String>, Refusal> {
    only("before", url)?.map(|value| id("before", &value)).transpose()
}

/// The only parameter of the mapping: whether both organisations' lists are read anew.
///
/// # Errors
/// A refusal that names the parameter which is unknown, given twice or not valid.
pub(crate) fn fresh(url: &Url) -> Result<bool, Refusal> {
    match only("fresh", url)?.as_deref() {
        None | Some("false") => Ok(false),
        Some("true") => Ok(true),
        Some(_) => Err(not_valid("fresh", "it is neither true nor false")),
    }
}

/// The only parameter of saving settings: which ones were seen before they were changed.
///
/// # Errors
/// A refusal that names the parameter which is unknown, given twice, missing or not valid.
pub(crate) fn version(url: &Url) -> Result<i64, Refusal> {
    let version = only("version", url)?.ok_or_else(|| not_valid("version", "it is missing"))?;
    version.parse().map_err(|_| not_valid("version", "it is no whole number"))
}

/// How the client has named this request, from the header [`KEY_HEADER`].
///
/// # Errors
/// A refusal when it is missing, or has not the form of one.
pub(crate) fn key(header: Option<&str>) -> Result<RequestKey, Refusal> {
    let header = header.ok_or_else(|| not_valid("header Idempotency-Key", "it is missing"))?;
    let reason = "it has 8 to 64 letters, digits, hyphens and underscores";
    RequestKey::new(header).ok_or_else(|| not_valid("header Idempotency-Key", reason))
}

/// The only parameter of ending sessions: whose.
///
/// # Errors
/// A refusal that names the parameter which is unknown, given twice or not valid.
pub(crate) fn user(url: &Url) -> Result<Option<ZohoId>, Refusal> {
    only("user", url)?.map(|value| record_id("user", &value)).transpose()
}

/// The query of looking for records. What its parameters may be together, the engine checks.
///
/// # Errors
/// A refusal that names the parameter which is unknown, given twice or not valid.
pub(crate) fn records(url: &Url) -> Result<RecordsQuery, Refusal> {
    let mut query = RecordsQuery::default();
    let mut seen: Vec<String> = Vec::new();
    for (name, value) in url.query_pairs() {
        once(&mut seen, &name)?;
        match name.as_ref() {
            "name" if value.is_empty() => query.name = Some(String::new()),
            "name" => query.name = Some(part_of_name(&name, &value)?),
            "ids" => query.ids = Some(value.split(',').map(|id| record_id(&name, id)).collect::<Result<_, _>>()?),
            _ => return Err(unknown(&name)),
        }
    }
    Ok(query)
}

/// The value of an address' only parameter, if it has one.
fn only(parameter: &str, url: &Url) -> Result<Option<String>, Refusal> {
    let mut found = None;
    for (name, value) in url.query_pairs() {
        match (name == parameter, &found) {
            (true, None) => found = Some(value.into_owned()),
            (true, Some(_)) => return Err(not_valid(&name, "it is given twice")),
            (false, _) => return Err(unknown(&name)),
        }
    }
    Ok(found)
}

/// A body as the route wants it.
///
/// # Errors
/// A refusal that names the field which does not fit.
pub(crate) fn body<T: DeserializeOwned>(text: &str) -> Result<T, Refusal> {
    // Every body is an object; serde would take a list of the fields' values for one.
    if !text.trim_start().starts_with('{') {
        return Err(not_valid("body", "it is no JSON object"));
    }
    let mut json = serde_json::Deserializer::from_str(text);
    let mut ignored: Option<String> = None;
    let mut note = |path: serde_ignored::Path<'_>| {
        ignored.get_or_insert_with(|| path.to_string());
    };
    let value = serde_path_to_error::deserialize(serde_ignored::Deserializer::new(&mut json, &mut note));
    let value = value.map_err(|error| {
        let field = match error.path().to_string() {
            path if path == "." => "body".to_owned(),
            path => path,
        };
        not_valid(&field, &error.inner().to_string())
    })?;
    json.end().map_err(|error| not_valid("body", &error.to_string()))?;
    // What is stored may have members that a newer version has added; what somebody asks for may not: whoever writes
    // `nonsense` means something, and would get defaults instead.
    match ignored {
        Some(path) => Err(not_valid(&path, "there is no such field")),
        None => Ok(value),
    }
}

fn not_valid(field: &str, reason: &str) -> Refusal {
    Refusal::from(problem::invalid_request(field.to_owned(), Some(reason.to_owned()), None))
}

fn unknown(name: &str) -> Refusal {
    not_valid(name, "there is no such parameter")
}

fn once(seen: &mut Vec<String>, name: &str) -> Result<(), Refusal> {
    if seen.iter().any(|known| known == name) {
        return Err(not_valid(name, "it is given twice"));
    }
    seen.push(name.to_owned());
    Ok(())
}

fn text(name: &str, value: &str) -> Result<String, Refusal> {
    if value.is_empty() { Err(not_valid(name, "it is empty")) } else { Ok(value.to_owned()) }
}

/// An id of ours or of a vendor's.
fn id(name: &str, value: &str) -> Result<String, Refusal> {
    if value.chars().count() > LONGEST_ID {
        return Err(not_valid(name, &format!("it has more than {LONGEST_ID} characters")));
    }
    text(name, value)
}

/// What somebody looks for in names.
fn part_of_name(name: &str, value: &str) -> Result<String, Refusal> {
    if value.chars().count() > LONGEST_NAME {
        return Err(not_valid(name, &format!("it has more than {LONGEST_NAME} characters")));
    }
    text(name, value)
}

fn record_id(name: &str, value: &str) -> Result<ZohoId, Refusal> {
    ZohoId::new(value).map_err(|error| not_valid(name, &error.to_string()))
}

/// One of the words of the API.
fn word<T: DeserializeOwned>(name: &str, value: &str) -> Result<T, Refusal> {
    serde_json::from_value(serde_json::Value::from(value)).map_err(|error| not_valid(name, &error.to_string()))
}

fn instant(name: &str, value: &str) -> Result<DateTime<chrono::Utc>, Refusal> {
    let instant = DateTime::parse_from_rfc3339(value);
    instant.map(|at| at.to_utc()).map_err(|_| not_valid(name, "it is no instant such as 2026-05-01T09:00:00Z"))
}

fn count(name: &str, value: &str) -> Result<u32, Refusal> {
    value.parse().map_err(|_| not_valid(name, "it is no whole number"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::api::Outcome;
    use shared::api::runs::{RunRequest, Scope};
    use shared::module::Module;
    use shared::problem::Code;
    use shared::problem::Problem;
    use shared::settings::Settings;

    fn url(query: &str) -> Url {
        Url::parse(&format!("http://localhost/api/entries{query}")).unwrap()
    }

    fn words(problem: &Problem) -> String {
        format!("{} {}", problem.what, problem.why)
    }

    #[test]
    fn a_whole_query_is_read() {
        let query = log(&url("?run=0001-ab&module=Purchase_Orders&outcome=deferred&problem=tax-unmapped&record=42\
             &name=Caf%C3%A9+%26+Co&from=2026-05-01T09%3A00%3A00%2B10%3A00&until=2026-05-02T00:00:00Z&before=0002-cd&limit=200"))
        .unwrap();
        let expected = LogQuery {
            run: Some("0001-ab".to_owned()),
            module: Some(Module::PurchaseOrders),
            outcome: Some(Outcome::Deferred),
            problem: Some(Code::TaxUnmapped),
            record: Some("42".to_owned()),
            name: Some("Café & Co".to_owned()),
            from: Some("2026-04-30T23:00:00Z".parse().unwrap()),
            until: Some("2026-05-02T00:00:00Z".parse().unwrap()),
            before: Some("0002-cd".to_owned()),
            limit: Some(200),
        };
        assert_eq!(query, expected);
        assert_eq!(log(&url("")).unwrap(), LogQuery::default());
    }

    #[test]
    fn what_does_not_fit_is_named() {
        for (query, name) in [
            ("?colour=red", "colour"),
            ("?module=Leads", "module"),
            ("?module=", "module"),
            ("?outcome=Created", "outcome"),
            ("?problem=none-such", "problem"),
            ("?run=", "run"),
            ("?record", "record"),
            ("?name=", "name"),
            ("?from=yesterday", "from"),
            ("?until=2026-05-01", "until"),
            ("?until=2026-05-01T09:00:00+10:00", "until"),
            ("?limit=many", "limit"),
            ("?limit=-1", "limit"),
            ("?limit=1.5", "limit"),
            ("?before=1&before=2", "before"),
        ] {
            let refusal = log(&url(query)).unwrap_err();
            assert_eq!(refusal.problem.code, Code::InvalidRequest, "{query}");
            let words = words(&refusal.problem);
            assert!(words.contains(&format!("Its {name} ")), "{query}: {words}");
        }
    }

    #[test]
    fn a_page_has_one_parameter() {
        assert_eq!(before(&url("")).unwrap(), None);
        assert_eq!(before(&url("?before=0001-ab")).unwrap().as_deref(), Some("0001-ab"));
        for query in ["?before=", "?after=1", "?before=1&before=1"] {
            assert_eq!(before(&url(query)).unwrap_err().problem.code, Code::InvalidRequest, "{query}");
        }
    }

    #[test]
    fn a_mapping_is_read_anew_when_it_is_asked_for() {
        for (query, expected) in [("", false), ("?fresh=false", false), ("?fresh=true", true)] {
            assert_eq!(fresh(&url(query)).unwrap(), expected, "{query}");
        }
        for query in ["?fresh=", "?fresh=yes", "?fresh=true&fresh=true", "?before=1"] {
            assert_eq!(fresh(&url(query)).unwrap_err().problem.code, Code::InvalidRequest, "{query}");
        }
    }

    #[test]
    fn settings_are_saved_over_the_version_that_was_seen() {
        assert_eq!(version(&url("?version=0")).unwrap(), 0);
        assert_eq!(version(&url("?version=12")).unwrap(), 12);
        for query in ["", "?version=", "?version=1.5", "?version=new", "?version=99999999999999999999", "?fresh=true"] {
            assert_eq!(version(&url(query)).unwrap_err().problem.code, Code::InvalidRequest, "{query}");
        }
    }

    #[test]
    fn records_are_looked_for_by_a_part_of_their_name_or_by_ids() {
        let longest = "ü".repeat(LONGEST_NAME);
        for (query, expected) in [
            ("", None),
            ("?name=", Some("")),
            ("?name=caf%C3%A9+one", Some("café one")),
            (format!("?name={longest}").as_str(), Some(longest.as_str())),
        ] {
            let expected = RecordsQuery { name: expected.map(str::to_owned), ids: None };
            assert_eq!(records(&url(query)).unwrap(), expected, "{query}");
        }
        for (query, expected) in [
            ("?ids=5725000000040000001", vec!["5725000000040000001"]),
            ("?ids=18446744073709551616,7,007", vec!["18446744073709551616", "7", "007"]),
            ("?ids=2%2C1", vec!["2", "1"]),
        ] {
            let ids = expected.into_iter().map(|id| ZohoId::new(id).unwrap()).collect();
            assert_eq!(records(&url(query)).unwrap(), RecordsQuery { name: None, ids: Some(ids) }, "{query}");
        }
        for (query, name) in [
            (format!("?name={longest}x").as_str(), "name"),
            ("?name=a&name=b", "name"),
            ("?name=&name=", "name"),
            ("?module=Leads", "module"),
            ("?ids=", "ids"),
            ("?ids=,", "ids"),
            ("?ids=1,", "ids"),
            ("?ids=1,,2", "ids"),
            ("?ids=1, 2", "ids"),
            ("?ids=1,x", "ids"),
            ("?ids=-1", "ids"),
            ("?ids=%D9%A1", "ids"),
            ("?ids=123456789012345678901", "ids"),
            ("?ids=1&ids=2", "ids"),
        ] {
            let refusal = records(&url(query)).unwrap_err();
            assert_eq!(refusal.problem.code, Code::InvalidRequest, "{query}");
            let words = words(&refusal.problem);
            assert!(words.contains(&format!("Its {name} ")), "{query}: {words}");
        }
    }

    #[test]
    fn a_body_that_does_not_fit_is_told_by_its_field() {
        let good = r#"{"pairs":[{"module":"Invoices","direction":"both"}],"scope":{"days":30}}"#;
        let request: RunRequest = body(good).unwrap();
        assert_eq!((request.scope, request.preview), (Scope::Days(30), false));
        for (text, field) in [
            (r#"{"pairs":[{"module":"Leads","direction":"both"}],"scope":"since_last"}"#, "pairs[0].module"),
            (r#"{"pairs":[],"scope":{"days":-1}}"#, "scope.days"),
            (r#"{"pairs":[],"scope":{"days":1.5}}"#, "scope.days"),
            (r#"{"pairs":7,"scope":"since_last"}"#, "pairs"),
            ("{}", "body"),
            ("", "body"),
            (r#"[[],"everything"]"#, "body"),
            ("nonsense", "body"),
            (r#"{"pairs":[],"scope":"since_last"} x"#, "body"),
        ] {
            let refusal = body::<RunRequest>(text).unwrap_err();
            let words = words(&refusal.problem);
            assert!(words.contains(&format!("Its {field} ")), "{text}: {words}");
        }
    }

    #[test]
    fn what_nobody_knows_is_refused_by_its_path() {
        // This one reset everything to its defaults, with 200.
        for (text, field) in [
            (r#"{"nonsense":true}"#, "nonsense"),
            (r#"{"documents":{"due_days":14,"due_dayz":14}}"#, "documents.due_dayz"),
            (r#"{"taxes":{"GST":{"sale":"OUTPUT"}}}"#, "taxes.GST.sale"),
            (r#"{"documents":{"tracking":[{"category":"c1","option":{}}]}}"#, "documents.tracking.0.option"),
            (
                r#"{"schedule":{"notices":[{"address":"a@b.example","when":"never","who":1}]}}"#,
                "schedule.notices.0.who",
            ),
        ] {
            let words = words(&body::<Settings>(text).unwrap_err().problem);
            assert!(words.contains(&format!("Its {field} ")), "{text}: {words}");
        }
        let misspelt = r#"{"pairs":[],"scope":"since_last","preveiw":true}"#;
        assert!(words(&body::<RunRequest>(misspelt).unwrap_err().problem).contains("Its preveiw "));
        assert!(body::<shared::settings::Schedule>(r#"{"enabled":true,"time":["07:00"]}"#).is_err());
        // What is stored is read all the same.
        assert!(serde_json::from_str::<Settings>(r#"{"nonsense":true}"#).is_ok());
    }

    #[test]
    fn nothing_that_is_asked_for_makes_a_long_answer() {
        let long = "x".repeat(100_000);
        let deep = format!("{{\"a\":{}{}}}", "[".repeat(100_000), "]".repeat(100_000));
        let texts = [
            format!("{{\"{long}\":1}}"),
            format!("{{\"statuses\":{{\"{long}\":{{}}}}}}"),
            format!("{{\"statuses\":{{\"Invoices\":{{\"{long}\":\"draft\",\"b\":7}}}}}}"),
            format!("{{\"statuses\":{{\"Invoices\":{{\"a\":\"{long}\"}}}}}}"),
            format!("{{\"taxes\":{{\"{long}\":{{\"{long}\":1}}}}}}"),
            deep,
        ];
        for text in texts {
            let problem = body::<Settings>(&text).unwrap_err().problem;
            let told = serde_json::to_string(&problem).unwrap();
            assert!(told.len() < 2_000, "{} characters", told.len());
        }
        for query in
            [format!("?{long}=1"), format!("?module={long}"), format!("?run={long}"), format!("?before={long}")]
        {
            let told = serde_json::to_string(&log(&url(&query)).unwrap_err().problem).unwrap();
            assert!(told.len() < 2_000, "{} characters", told.len());
        }
        assert!(before(&url(&format!("?before={long}"))).is_err());
    }

    #[test]
    fn a_request_is_named_in_a_few_plain_characters() {
        let longest = "k".repeat(64);
        for fits in ["0123-abc", "a_b-c_d-e", longest.as_str()] {
            assert!(key(Some(fits)).is_ok(), "{fits}");
        }
        let too_long = "k".repeat(65);
        for wrong in [None, Some(""), Some("short"), Some("with space"), Some("semi;colon"), Some(too_long.as_str())] {
            let words = words(&key(wrong).unwrap_err().problem);
            assert!(words.contains("Its header Idempotency-Key "), "{wrong:?}: {words}");
        }
    }

    #[test]
    fn settings_survive_the_way_through_a_body() {
        let settings = Settings::default();
        let text = serde_json::to_string(&settings).unwrap();
        assert_eq!(body::<Settings>(&text).unwrap(), settings);
    }
}
