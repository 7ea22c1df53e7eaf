//! Lists, paging, COQL, search, related lists and composite requests.

use super::{Desk, SAM};
use crate::{Answers, Equals, InnerPercent, Like};
use chrono::Duration;
use serde_json::{Value, json};

fn names(answer: &super::Answer) -> Vec<String> {
    let rows = answer.body["data"].as_array().unwrap_or_else(|| panic!("{}", answer.body));
    rows.iter().map(|row| row["Account_Name"].as_str().unwrap().to_owned()).collect()
}

fn three_accounts() -> Desk {
    let mut desk = Desk::new();
    for (name, revenue) in [("Alpha", 10), ("Beta", 20), ("Gamma", 30)] {
        desk.zoho.insert("Accounts", &json!({"Account_Name": name, "Annual_Revenue": revenue})).unwrap();
        desk.wait(Duration::seconds(10));
    }
    desk
}

#[test]
fn a_list_needs_fields_and_gives_no_more() {
    let mut desk = three_accounts();
    let missing = desk.get("Accounts");
    assert_eq!((missing.status, missing.code()), (400, "REQUIRED_PARAM_MISSING"));
    let answer = desk.get("Accounts?fields=Account_Name");
    assert_eq!(names(&answer), ["Gamma", "Beta", "Alpha"]);
    let keys: Vec<&String> = answer.body["data"][0].as_object().unwrap().keys().collect();
    assert_eq!(keys, ["Account_Name", "id"]);
    let many: Vec<String> = (0..51).map(|n| format!("F{n}")).collect();
    assert_eq!(desk.get(&format!("Accounts?fields={}", many.join(","))).code(), "LIMIT_EXCEEDED");
    assert_eq!(desk.get("Vendors?fields=Vendor_Name").status, 204);
}

#[test]
fn a_list_carries_no_lines_and_one_record_does() {
    let mut desk = Desk::new();
    let product = desk.zoho.insert("Products", &json!({"Product_Name": "P", "Unit_Price": 5})).unwrap();
    let row = json!({"Subject": "S", "Invoiced_Items": [{"Product_Name": {"id": product}}]});
    let id = desk.zoho.insert("Invoices", &row).unwrap();
    let listed = desk.get("Invoices?fields=Subject,Invoiced_Items,Grand_Total").body["data"][0].clone();
    assert!(listed.get("Invoiced_Items").is_none());
    assert_eq!(listed["Grand_Total"], json!(5));
    assert_eq!(desk.record("Invoices", &id)["Invoiced_Items"].as_array().unwrap().len(), 1);
}

#[test]
fn a_list_is_sorted_and_picked_by_ids() {
    let mut desk = three_accounts();
    let answer = desk.get("Accounts?fields=Account_Name&sort_by=Modified_Time&sort_order=asc");
    assert_eq!(names(&answer), ["Alpha", "Beta", "Gamma"]);
    assert_eq!(answer.body["info"]["sort_by"], json!("Modified_Time"));
    assert_eq!(desk.get("Accounts?fields=Account_Name&sort_by=Account_Name").code(), "INVALID_DATA");
    let beta = desk.zoho.records("Accounts")[1]["id"].as_str().unwrap().to_owned();
    assert_eq!(names(&desk.get(&format!("Accounts?fields=Account_Name&ids={beta}"))), ["Beta"]);
}

#[test]
fn if_modified_since_gives_what_is_newer_or_304() {
    let mut desk = three_accounts();
    let mut since =
        |time: &str| desk.with("GET", "Accounts?fields=Account_Name", &[("if-modified-since", time)], &Value::Null);
    // Alpha at 12:30:00, Beta at :10, Gamma at :20.
    assert_eq!(names(&since("2026-11-02T12:30:11+11:00")), ["Gamma"]);
    assert_eq!(names(&since("2026-11-02T12:30:10+11:00")), ["Gamma", "Beta"]);
    assert_eq!(names(&since("2026-11-02T01:30:09Z")), ["Gamma", "Beta"]);
    let none = since("2026-11-02T12:30:21+11:00");
    assert_eq!((none.status, none.response.body().len()), (304, 0));
    // Nobody has documented whether the very second counts: both answers can be had.
    desk.zoho.set_answers(Answers { since_is_inclusive: false, ..Answers::USUAL });
    let mut since =
        |time: &str| desk.with("GET", "Accounts?fields=Account_Name", &[("if-modified-since", time)], &Value::Null);
    assert_eq!(names(&since("2026-11-02T12:30:10+11:00")), ["Gamma"]);
    assert_eq!(since("2026-11-02T12:30:20+11:00").status, 304);
}

#[test]
fn records_of_the_same_second_come_in_the_order_of_their_ids_across_pages() {
    let mut desk = Desk::new();
    for n in 0..450 {
        desk.account(&format!("A{n:04}"));
    }
    let mut seen = Vec::new();
    for page in 1..=3 {
        let path = format!("Accounts?fields=Account_Name&sort_by=Modified_Time&sort_order=asc&page={page}");
        seen.extend(names(&desk.get(&path)));
    }
    assert_eq!((seen.len(), seen.is_sorted()), (450, true));
}

#[test]
fn coql_takes_fifty_values_and_two_hundred_rows() {
    let mut desk = Desk::new();
    for n in 0..250 {
        desk.account(&format!("Brien {n:03}"));
    }
    let list = |count: usize| (0..count).map(|n| format!("'Brien {n:03}'")).collect::<Vec<_>>().join(", ");
    let query =
        |count: usize| format!("select Account_Name from Accounts where Account_Name in ({}) limit 200", list(count));
    let answer = desk.coql(&query(50));
    assert_eq!(answer.body["data"].as_array().map(Vec::len), Some(50), "{}", answer.body);
    assert_eq!(desk.coql(&query(51)).code(), "LIMIT_EXCEEDED");
    let all = desk.coql("select Account_Name from Accounts where id is not null limit 0, 200");
    assert_eq!(
        (all.body["data"].as_array().map(Vec::len), &all.body["info"]["more_records"]),
        (Some(200), &json!(true))
    );
    assert_eq!(desk.coql("select id from Accounts where id is not null limit 0, 201").code(), "LIMIT_EXCEEDED");
    assert_eq!(desk.coql("select id from Accounts where Account_Name in (bare)").code(), "INVALID_QUERY");
    for text in ["'O\\'Brien'", "'O''Brien'", "\"O'Brien\"", "'a \"b\"'", "'C:\\\\x'"] {
        let query = format!("select id from Accounts where Account_Name = {text}");
        assert_eq!(desk.coql(&query).status, 400, "{query}");
    }
}

#[test]
fn coql_takes_twenty_five_criteria() {
    let mut desk = Desk::new();
    desk.account("A24");
    let query = |count: usize| {
        let one = |n: usize| format!("(Account_Name like 'A{n}%')");
        let all = (1..count).fold(one(0), |before, n| format!("({before} or {})", one(n)));
        format!("select Account_Name from Accounts where {all}")
    };
    let answer = desk.coql(&query(25));
    assert_eq!(answer.body["data"].as_array().map(Vec::len), Some(1), "{}", answer.body);
    assert_eq!(desk.coql(&query(26)).code(), "LIMIT_EXCEEDED");
}

#[test]
fn pages_go_to_row_2000_and_tokens_beyond() {
    let mut desk = Desk::new();
    for n in 0..2_050 {
        desk.account(&format!("A{n:04}"));
    }
    let page = desk.get("Accounts?fields=Account_Name&page=10&per_page=200");
    assert_eq!(page.body["data"].as_array().unwrap().len(), 200);
    assert_eq!(page.body["info"]["more_records"], json!(true));
    let token = page.body["info"]["next_page_token"].as_str().unwrap().to_owned();
    let beyond = desk.get("Accounts?fields=Account_Name&page=11&per_page=200");
    assert_eq!(beyond.code(), "DISCRETE_PAGINATION_LIMIT_EXCEEDED");
    let next = desk.get(&format!("Accounts?fields=Account_Name&per_page=200&page_token={token}"));
    assert_eq!(names(&next).len(), 50);
    assert_eq!((&next.body["info"]["more_records"], &next.body["info"]["page"]), (&json!(false), &json!(11)));
    assert_eq!(names(&next)[49], "A0000");
    // The token is bound to the parameters and to the user, excludes `page`, and ends after a day.
    let other = desk.get(&format!("Accounts?fields=Phone&per_page=200&page_token={token}"));
    assert_eq!(other.code(), "TOKEN_BOUND_DATA_MISMATCH");
    let both = desk.get(&format!("Accounts?fields=Account_Name&per_page=200&page=2&page_token={token}"));
    assert_eq!(both.code(), "AMBIGUITY_DURING_PROCESSING");
    desk.sign_in(SAM);
    let sam = desk.get(&format!("Accounts?fields=Account_Name&per_page=200&page_token={token}"));
    assert_eq!(sam.code(), "TOKEN_BOUND_DATA_MISMATCH");
    desk.wait(Duration::hours(25));
    desk.sign_in(super::ANA);
    let late = desk.get(&format!("Accounts?fields=Account_Name&per_page=200&page_token={token}"));
    assert_eq!(late.code(), "EXPIRED_VALUE");
    assert_eq!(desk.get("Accounts?fields=Account_Name&per_page=201").code(), "INVALID_DATA");
}

#[test]
fn related_lists_follow_the_lookup() {
    let mut desk = three_accounts();
    let account = desk.zoho.records("Accounts")[0]["id"].as_str().unwrap().to_owned();
    assert_eq!(desk.get(&format!("Accounts/{account}/Contacts?fields=Last_Name")).status, 204);
    for (name, account) in [("In", Some(&account)), ("Out", None)] {
        let mut row = json!({"Last_Name": name});
        if let Some(account) = account {
            row["Account_Name"] = json!({"id": account});
        }
        desk.zoho.insert("Contacts", &row).unwrap();
    }
    let answer = desk.get(&format!("Accounts/{account}/Contacts?fields=Last_Name,Account_Name"));
    assert_eq!(answer.body["data"].as_array().unwrap().len(), 1);
    assert_eq!(answer.body["data"][0]["Account_Name"], json!({"name": "Alpha", "id": account}));
    assert_eq!(desk.get(&format!("Accounts/{account}/Contacts")).code(), "REQUIRED_PARAM_MISSING");
    assert_eq!(desk.get(&format!("Accounts/{account}/Nothing?fields=id")).code(), "INVALID_DATA");
}

#[test]
fn coql_compares_by_type_and_orders() {
    let mut desk = three_accounts();
    for (condition, found) in [
        ("Account_Name = 'Beta'", vec!["Beta"]),
        ("Account_Name != 'Beta'", vec!["Alpha", "Gamma"]),
        ("Annual_Revenue >= 20", vec!["Beta", "Gamma"]),
        ("Annual_Revenue > 20.0", vec!["Gamma"]),
        ("Annual_Revenue < 9", vec![]),
        ("Account_Name in ('Alpha', 'Gamma')", vec!["Alpha", "Gamma"]),
        ("Account_Name not in ('Alpha')", vec!["Beta", "Gamma"]),
        ("Account_Name like '%a'", vec!["Alpha", "Beta", "Gamma"]),
        ("Account_Name like 'b%t%'", vec!["Beta"]),
        ("Phone is null", vec!["Alpha", "Beta", "Gamma"]),
        ("Phone is not null", vec![]),
        ("Annual_Revenue between 15 and 25", vec!["Beta"]),
        ("Modified_Time >= '2026-11-02T01:30:10+00:00'", vec!["Beta", "Gamma"]),
        ("((Account_Name = 'Alpha' or Account_Name = 'Beta') and Annual_Revenue > 10)", vec!["Beta"]),
    ] {
        let answer =
            desk.coql(&format!("select Account_Name from Accounts where {condition} order by Account_Name asc"));
        if found.is_empty() {
            assert_eq!(answer.status, 204, "{condition}");
        } else {
            assert_eq!(names(&answer), found, "{condition}");
        }
    }
    let page =
        desk.coql("select Account_Name from Accounts where id is not null order by Account_Name desc limit 1, 1");
    assert_eq!(names(&page), ["Beta"]);
    assert_eq!(page.body["info"], json!({"count": 1, "more_records": true}));
}

#[test]
fn coql_follows_lookups() {
    let mut desk = three_accounts();
    let account = desk.zoho.records("Accounts")[0]["id"].as_str().unwrap().to_owned();
    desk.zoho.insert("Contacts", &json!({"Last_Name": "Lim", "Account_Name": {"id": account}})).unwrap();
    for condition in [
        format!("Account_Name.id = {account}"),
        format!("Account_Name = '{account}'"),
        "Account_Name.Account_Name = 'Alpha'".into(),
    ] {
        let answer =
            desk.coql(&format!("select Last_Name, Account_Name, Account_Name.Phone from Contacts where {condition}"));
        let row = &answer.body["data"][0];
        assert_eq!(row["Account_Name"]["id"], json!(account), "{condition}: {}", answer.body);
        assert_eq!(row["Account_Name.Phone"], Value::Null);
    }
}

#[test]
fn coql_refuses_what_zoho_refuses() {
    let mut desk = three_accounts();
    let in_list = |count: usize| format!("Account_Name in ({})", vec!["'x'"; count].join(","));
    for (query, code) in [
        ("select id from Accounts".to_owned(), "SYNTAX_ERROR"),
        ("select id from Accounts where Phone = '1' and Fax = '2' and Website = '3'".into(), "SYNTAX_ERROR"),
        ("select id from Accounts where ((Phone = '1' and Fax = '2') and Website = '3') limit 5".into(), ""),
        ("select id from Accounts where Phone = ".into(), "SYNTAX_ERROR"),
        ("select id from Accounts where Phone = 'x".into(), "SYNTAX_ERROR"),
        ("select id from Nothings where id is not null".into(), "INVALID_QUERY"),
        ("select Nothing from Accounts where id is not null".into(), "INVALID_QUERY"),
        ("select Invoiced_Items from Invoices where id is not null".into(), "INVALID_QUERY"),
        ("select id from Accounts where Annual_Revenue = 'much'".into(), "INVALID_QUERY"),
        ("select id from Accounts where Account_Name = Alpha".into(), "INVALID_QUERY"),
        ("select id from Accounts where id is not null limit 0, 201".into(), "LIMIT_EXCEEDED"),
        ("select id from Accounts where id is not null limit 9900, 200".into(), "LIMIT_EXCEEDED"),
        (format!("select id from Accounts where {}", in_list(50)), ""),
        (format!("select id from Accounts where {}", in_list(51)), "LIMIT_EXCEEDED"),
    ] {
        let answer = desk.coql(&query);
        assert_eq!(answer.code(), code, "{query}: {}", answer.body);
    }
}

#[test]
fn search_lags_and_its_equals_also_finds_parts() {
    let mut desk = Desk::new();
    desk.account("Acme Pty Ltd");
    let search = "Accounts/search?criteria=(Account_Name:equals:Acme)";
    assert_eq!(desk.get(search).status, 204);
    assert_eq!(desk.coql("select Account_Name from Accounts where Account_Name = 'Acme Pty Ltd'").status, 200);
    desk.wait(Duration::seconds(5));
    assert_eq!(names(&desk.get(search)), ["Acme Pty Ltd"]);
    // After a change the index still holds the old name for a while.
    let id = desk.zoho.records("Accounts")[0]["id"].as_str().unwrap().to_owned();
    desk.zoho.update("Accounts", &id, &json!({"Account_Name": "Zeta"})).unwrap();
    assert_eq!(names(&desk.get(search)), ["Zeta"]);
    desk.wait(Duration::seconds(5));
    assert_eq!(desk.get(search).status, 204);
}

#[test]
fn search_criteria_nest_escape_and_are_limited() {
    let mut desk = Desk::new();
    desk.zoho.insert("Accounts", &json!({"Account_Name": "A, (B)", "Phone": "123", "Billing_City": "Perth"})).unwrap();
    desk.account("Other");
    desk.wait(Duration::minutes(1));
    for (criteria, found) in [
        (r"(Account_Name:equals:A\, \(B\))", 1),
        ("((Account_Name:starts_with:O)or(Billing_City:equals:perth))", 2),
        ("((Account_Name:starts_with:O)and(Billing_City:equals:perth))", 0),
    ] {
        let answer = desk.get(&format!("Accounts/search?criteria={}", crate::oauth::encode(criteria)));
        assert_eq!(answer.body["data"].as_array().map_or(0, Vec::len), found, "{criteria}");
    }
    assert_eq!(desk.get("Accounts/search?phone=12").status, 200);
    assert_eq!(desk.get("Accounts/search?word=perth").status, 200);
    assert_eq!(desk.get("Accounts/search?criteria=(Account_Name~x)").code(), "INVALID_QUERY");
    assert_eq!(desk.get("Accounts/search").code(), "REQUIRED_PARAM_MISSING");
    let eleven = ["(Phone:equals:1)"; 11].join("or");
    assert_eq!(desk.get(&format!("Accounts/search?criteria=({eleven})")).code(), "LIMIT_EXCEEDED");
}

fn sub(method: &str, uri: &str, body: Value) -> Value {
    json!({"sub_request_id": null, "method": method, "uri": uri, "params": {}, "headers": {}, "body": body})
}

#[test]
fn a_composite_request_answers_each_call_in_its_place() {
    let mut desk = three_accounts();
    let id = desk.zoho.records("Accounts")[0]["id"].as_str().unwrap().to_owned();
    let body = json!({
        "rollback_on_fail": false,
        "parallel_execution": true,
        "__composite_requests": [
            sub("GET", &format!("/crm/v8/Accounts/{id}"), Value::Null),
            sub("GET", "/crm/v8/Vendors?fields=Vendor_Name", Value::Null),
            sub("POST", "/crm/v8/Accounts", json!({"data": [{"Phone": "1"}]})),
        ],
    });
    let answer = desk.with("POST", "__composite_requests", &[], &body);
    assert_eq!(answer.status, 200);
    let rows = answer.body["__composite_requests"].as_array().unwrap();
    let statuses: Vec<&Value> = rows.iter().map(|row| &row["details"]["response"]["status_code"]).collect();
    assert_eq!(statuses, [&json!(200), &json!(204), &json!(400)]);
    assert_eq!(rows[0]["details"]["response"]["body"]["data"][0]["Account_Name"], json!("Alpha"));
    assert_eq!(rows[1]["details"]["response"]["body"], Value::Null);
    assert!(rows.iter().all(|row| row["code"] == json!("SUCCESS") && row["status"] == json!("success")));
}

#[test]
fn a_composite_request_rolls_back_when_asked_to() {
    let mut desk = Desk::new();
    let calls = json!([
        sub("POST", "/crm/v8/Accounts", json!({"data": [{"Account_Name": "One"}]})),
        sub("POST", "/crm/v8/Accounts", json!({"data": [{"Phone": "1"}]})),
        sub("POST", "/crm/v8/Accounts", json!({"data": [{"Account_Name": "Three"}]})),
    ]);
    let body = json!({"rollback_on_fail": true, "__composite_requests": calls});
    let answer = desk.with("POST", "__composite_requests", &[], &body);
    assert_eq!(answer.status, 207);
    let rows = &answer.body["__composite_requests"];
    assert_eq!(rows[0]["code"], json!("ROLLBACK_PERFORMED"));
    assert_eq!(rows[0]["details"]["rollbacked_by_sub_request_index"], json!(1));
    assert_eq!(rows[1]["details"]["response"]["status_code"], json!(400));
    assert_eq!(rows[2]["code"], json!("PROCESSING_STOPPED"));
    assert!(desk.zoho.records("Accounts").is_empty());
    // Without it, what worked stays.
    let body = json!({"rollback_on_fail": false, "__composite_requests": calls});
    desk.with("POST", "__composite_requests", &[], &body);
    assert_eq!(desk.zoho.records("Accounts").len(), 2);
}

#[test]
fn a_composite_request_has_five_calls_at_most_and_needs_every_scope() {
    let mut desk = three_accounts();
    let call = sub("GET", "/crm/v8/Accounts?fields=Account_Name", Value::Null);
    let body = |count: usize| json!({"__composite_requests": vec![call.clone(); count]});
    assert_eq!(desk.with("POST", "__composite_requests", &[], &body(5)).status, 200);
    assert_eq!(desk.with("POST", "__composite_requests", &[], &body(6)).status, 400);
    let other = json!({"__composite_requests": [sub("GET", "/crm/v2/Accounts", Value::Null)]});
    assert_eq!(desk.with("POST", "__composite_requests", &[], &other).code(), "NOT_SUPPORTED");
    desk.token =
        desk.zoho.grant(super::CLIENT, super::ANA, &["ZohoCRM.composite_requests.CUSTOM"]).unwrap().access_token;
    let answer = desk.with("POST", "__composite_requests", &[], &body(1));
    let inner = &answer.body["__composite_requests"][0]["details"]["response"];
    assert_eq!(inner["body"]["code"], json!("OAUTH_SCOPE_MISMATCH"));
}

#[test]
fn a_part_of_a_composite_request_gives_twenty_five_rows() {
    for (rows, status) in [(crate::CompositeRows::Refused, 400), (crate::CompositeRows::Cut, 200)] {
        let mut desk = Desk::new();
        desk.zoho.answers_mut().composite_rows = rows;
        let account = desk.post("Accounts", &json!({"Account_Name": "Crowd"})).id();
        for n in 0..30 {
            let contact = json!({"Last_Name": format!("N{n}"), "Account_Name": {"id": account}});
            desk.post("Contacts", &contact);
        }
        let list = format!("/crm/v8/Accounts/{account}/Contacts?fields=Last_Name");
        let query =
            json!({"select_query": "select id from Contacts where id is not null order by id asc limit 0, 200"});
        let parts = [
            sub("GET", &list, Value::Null),
            sub("GET", &format!("{list}&per_page=26"), Value::Null),
            sub("GET", "/crm/v8/Contacts?fields=Last_Name&per_page=200", Value::Null),
            sub("POST", "/crm/v8/coql", query),
        ];
        let answer = desk.with("POST", "__composite_requests", &[], &json!({"__composite_requests": parts}));
        let parts = answer.body["__composite_requests"].as_array().unwrap().clone();
        let inner = |at: usize| parts[at]["details"]["response"].clone();
        assert_eq!(inner(0)["body"]["data"].as_array().unwrap().len(), 25);
        assert_eq!(inner(0)["body"]["info"]["more_records"], json!(true));
        for at in 1..4 {
            assert_eq!(inner(at)["status_code"], json!(status), "{rows:?} {at}");
            match rows {
                crate::CompositeRows::Refused => {
                    assert_eq!(inner(at)["body"]["details"], json!({"by": "limit", "limit": 25}));
                }
                crate::CompositeRows::Cut => assert_eq!(inner(at)["body"]["data"].as_array().unwrap().len(), 25),
            }
        }
        // By itself a list gives more.
        let path = format!("Accounts/{account}/Contacts?fields=Last_Name&per_page=200");
        assert_eq!(desk.get(&path).body["data"].as_array().unwrap().len(), 30);
    }
}

#[test]
fn case_and_the_percent_sign_count_as_the_switches_say() {
    let found = |answers: Answers, condition: &str| {
        let mut desk = three_accounts();
        desk.zoho.set_answers(answers);
        let answer = desk.coql(&format!("select Account_Name from Accounts where Account_Name {condition}"));
        match answer.status {
            200 => names(&answer),
            204 => Vec::new(),
            _ => vec![answer.code().to_owned()],
        }
    };
    let usual = Answers::USUAL;
    for condition in ["= 'ALPHA'", "in ('ALPHA')"] {
        assert_eq!(found(usual, condition), Vec::<String>::new(), "{condition}");
        assert_eq!(found(Answers { equals: Equals::IgnoreCase, ..usual }, condition), ["Alpha"], "{condition}");
    }
    assert_eq!(found(usual, "like 'aL%'"), ["Alpha"]);
    assert_eq!(found(Answers { like: Like::MindsCase, ..usual }, "like 'aL%'"), Vec::<String>::new());
    for (inner, wanted) in [
        (InnerPercent::StandsForOthers, vec!["Alpha"]),
        (InnerPercent::IsASign, vec![]),
        (InnerPercent::Refused, vec!["INVALID_QUERY"]),
    ] {
        let answers = Answers { inner_percent: inner, ..usual };
        assert_eq!(found(answers, "like 'A%ha'"), wanted);
        for ends in ["like 'Alph%'", "like '%lpha'", "like '%lph%'", "like 'Alpha'"] {
            assert_eq!(found(answers, ends), ["Alpha"], "{ends}");
        }
    }
}
