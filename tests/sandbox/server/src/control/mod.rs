//! The control API: what tests, and people who try things out, do to the world from outside.
//!
//! Bodies and answers are JSON. A problem is `{"error": "…"}` with status 400, or 404 for an unknown thing.
//! `{org}` is `us` or `eu`. `{tenant}` is `au`, `nz`, a name or a tenant id. Times are RFC 3339, dates `2026-11-30`, amounts
//! numbers or texts.
//!
//! | Call | Body | What it does |
//! |---|---|---|
//! | `GET /control` | | state in brief: time, seed data sets, tenants, users, calls so far |
//! | `POST /control/reset` | `{"seed":"standard"}`, or another [`Seed`](crate::seed::Seed) | a new world; every token and link is void |
//! | `GET /control/faults` | | the rules with their counts |
//! | `POST /control/faults` | a [`Rule`](crate::faults::Rule) | adds it; answers `{"id":1}` |
//! | `DELETE /control/faults`, `/control/faults/{id}` | | removes all, or one |
//! | `GET /control/latency` | | milliseconds by API |
//! | `PUT /control/latency` | `{"xero":200}` | sets milliseconds by API |
//! | `GET /control/clock` | | `{"now":"…","real":true}` |
//! | `PUT /control/clock` | `{"set":"…"}`, `{"advance_seconds":60}` or `{"real":false}` | sets, moves, stops the clock |
//! | `GET /control/journal?since=0&api=xero&method=PUT` | | the calls after a number, `{"last":7,"entries":[…]}` |
//! | `GET /control/journal/counts?since=0` | | `[{"api":"xero","method":"GET","calls":2}]` |
//! | `DELETE /control/journal` | | forgets the calls |
//! | `GET /control/seed` | | good places to start: module, id, text |
//! | `POST /control/tokens/zoho` | `{"org":"us","user":"ana@…","scopes":["…"]}` | a refresh and an access token |
//! | `POST /control/tokens/xero` | `{"tenant":"au","user":"robin.hart@…"}` | the same for Xero; without a user, the first one of the organisation |
//! | `POST /control/tokens/expire` | `{"api":"xero"}` | every access token is over |
//! | `POST /control/tokens/revoke` | `{"api":"xero"}` | every token is over; access has to be granted anew |
//! | `GET /control/crm/{org}/{Module}`, `…/{id}` | | the records, or one with its lines |
//! | `POST /control/crm/{org}/{Module}` | a record | inserts it as the administrator; answers `{"id":"…"}` |
//! | `PUT /control/crm/{org}/{Module}/{id}` | `{"user":"sam@…","changes":{…}}` | edits it as that user, or as the system without one |
//! | `DELETE /control/crm/{org}/{Module}/{id}` | | deletes it as the administrator |
//! | `PUT /control/crm/{org}/{Module}/{id}/flag` | `{"locked":true}`, `{"in_blueprint":true}`, `{"pending":true}` (an approval), `{"in_review":true}` or `{"territories":["North"]}` | a state that a person sets; several at once |
//! | `POST /control/crm/{org}/{Module}/fields` | `{"field_label":"Cost centre","data_type":"text"}` | makes a custom field, as `POST /settings/fields` would; answers `{"api_name":"…"}` |
//! | `GET /control/crm/{org}/{Module}/fields` | | the API names of the module's fields |
//! | `DELETE /control/crm/{org}/{Module}/fields/{Field}` | | removes a custom field with what stands in it |
//! | `PUT /control/crm/{org}/settings` | `{"tax_mode":"item"}`, `{"tax_mode":"total"}`, `{"time_zone":"…"}`, `{"numbers_of":"us"}` (the organisation's and its first user's), `{"unique":{"module":"Contacts","field":"Email"}}` or `{"add_tax":{"name":"…","percentage":5}}` | settings |
//! | `PUT /control/crm/{org}/answers` | `{"profiles":"managers","field_profiles":"taken","field_rights":"told","unnamed_profile":"reads_and_writes","read_only_value":"refused","hidden_column":"refused","editable":"saves_now","locked_for":"everybody","deactivated":"authentication_failure","composite_rows":"refused","taxes":"everybody","decimals":"refused","percents":"up_to_hundred","coins":"of_the_currency","hidden_field":"absent","like":"ignores_case","equals":"mind_case","inner_percent":"stands_for_others","discount":"as_assumed","rate":"one"}` | what is known in two ways or not at all, see [`Answers`](sandbox_zoho::Answers); what is absent stays |
//! | `PUT /control/crm/{org}/scopes` | `{"withheld":["ZohoCRM.coql.READ"]}` | scopes that consent does not give from now on |
//! | `GET /control/crm/{org}/profiles` | | the profiles: id, name, whether they are administrators |
//! | `POST /control/crm/{org}/profiles` | `{"name":"Sales","from":"Standard"}` and what `profile` takes | a clone of another, or one that may do all but set-up; answers `{"id":"…"}` |
//! | `PUT /control/crm/{org}/profile` | `{"user":"rita@…"}` or `{"profile":"Restricted"}`, with any of `"name":"…"`, `"administrator":true`, `"customises":true`, `"manages_users":true`, `"manages_profiles":true`, `"others":"none"` (`read`, `write`), `"others_in":{"Accounts":"read"}`, `"sees_all_records":true`, `"closed_modules":["…"]`, `"read_only_modules":["…"]`, `"hidden_fields":[["Accounts","Phone"]]`, `"read_only_fields":[["Accounts","Phone"]]` | the rights of a profile; what is absent stays |
//! | `POST /control/crm/{org}/users` | `{"first_name":"…","last_name":"…","email":"…","profile":"Standard"}` | adds a user; answers `{"id":"…"}` |
//! | `PUT /control/crm/{org}/users/{email}` | `{"standing":"active"}` (`deactivated`, `removed`), `{"profile":"Standard"}` `{"territories":["North"]}` or `{"trouble":"throttled"}` (`outage`, `null`) | what becomes of a user, and what goes wrong for their calls alone |
//! | `GET /control/pages` | | how the pages treat what they open and embed |
//! | `PUT /control/pages` | `{"cut_off":{"zoho":true,"xero":true,"crm":true},"sandboxed":true,"flat_user":true,"second_script":"silent"}` | `Cross-Origin-Opener-Policy: same-origin` on the vendors' sign-in pages and the CRM's; a `sandbox` attribute on the CRM's frames; `getCurrentUser` without its envelope; what becomes of the SDK's second script, see [`SecondScript`](crate::pages::SecondScript); what is absent stays |
//! | `GET /control/identity/people`, `/control/identity/connections` | | Xero's people; the connections to applications: id, tenant, email, created |
//! | `POST /control/identity/people` | `{"given_name":"…","family_name":"…","email":"…","tenants":["au"]}` | adds a person, whom the consent page then offers; answers `{"id":"…"}` |
//! | `PUT /control/identity/people/{email}` | `{"tenants":["nz"],"member":false}` | makes a person a user of organisations, or takes it away with their connections |
//! | `POST /control/identity/organisations` | `{"country":"NZ","name":"…"}` | adds an organisation of nobody's; answers `{"tenant":"…"}` |
//! | `PUT /control/identity/scopes` | `{"withheld":["accounting.payments"]}` | scopes that consent does not give from now on |
//! | `GET /control/xero/{tenant}/{Resource}`, `…/{id}` | | what Xero has, deleted and archived ones too |
//! | `POST /control/xero/{tenant}/{Resource}` | an element | inserts it by Xero's own rules |
//! | `PUT /control/xero/{tenant}/{Resource}/{id}` | an element | changes it by Xero's own rules |
//! | `POST /control/xero/{tenant}/actions/pay` | `{"invoice":"…","amount":10,"date":"…"}` | a payment |
//! | `POST /control/xero/{tenant}/actions/credit` | `{"invoice":"…","kind":"overpayment","amount":10,"date":"…"}` | credits a document with an `overpayment` or a `prepayment` |
//! | `POST /control/xero/{tenant}/actions/allocate` | `{"credit_note":"…","invoice":"…","amount":10}` | allocates a credit note |
//! | `POST /control/xero/{tenant}/actions/day_limit` | `{"calls":1000}` | calls a day of every organisation; absent is 5,000 |
//! | `POST /control/xero/{tenant}/actions/void` | `{"invoice":"…"}` | voids a document |
//! | `POST /control/xero/{tenant}/actions/archive_contact` | `{"contact":"…"}` | archives a contact |
//! | `POST /control/xero/{tenant}/actions/restore_contact` | `{"contact":"…"}` | restores an archived contact |
//! | `POST /control/xero/{tenant}/actions/unpay` | `{"payment":"…"}` | deletes a payment |
//! | `POST /control/xero/{tenant}/actions/offline` | `{"text":"The Organisation is offline"}` | 503 with this text; no text ends it |
//! | `POST /control/xero/{tenant}/actions/merge_contacts` | `{"loser":"…","winner":"…"}` | merges two contacts |
//! | `POST /control/xero/{tenant}/actions/lock_dates` | `{"period":"…","year":"…"}` | lock dates; absent is none |
//! | `POST /control/xero/{tenant}/actions/archive_account` | `{"code":"200"}` | archives an account |
//! | `POST /control/xero/{tenant}/actions/archive_tracking` | `{"category":"Region","option":"North"}` | archives an option, or without one the category |
//! | `POST /control/xero/{tenant}/actions/repeat` | `{"invoice":{…}}` | a repeating invoice makes this document |
//! | `POST /control/xero/{tenant}/actions/surplus` | `{"contact":"…","kind":"prepayment","sale":true,"amount":10}` | an overpayment or a prepayment of which no document has anything |
//! | `POST /control/xero/{tenant}/actions/delete_tax_rate` | `{"tax_type":"OUTPUT"}` | deletes a tax rate |
//! | `POST /control/xero/{tenant}/actions/plan_limit` | `{"invoices":20,"bills":5}` | approvals in a month; absent is no limit |
//! | `POST /control/xero/{tenant}/actions/disconnect` | | the user takes the app's access away in Xero |

mod crm;
mod xero;

use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, NaiveDate, Utc};
use http::{Response, StatusCode};
use rust_decimal::Decimal;
use sandbox_kernel::Request;
use sandbox_zoho::Zoho;
use serde_json::{Map, Value, json};

use crate::journal::Mark;
use crate::pages::{SecondScript, html};
use crate::seed::{PLACES_TO_START, Seed};
use crate::world::{ApiName, World};

/// Why a request to the control API was not done.
enum Problem {
    /// The request is wrong.
    Wrong(String),
    /// What it names is not there.
    Unknown(String),
}

fn wrong(text: impl Into<String>) -> Problem {
    Problem::Wrong(text.into())
}

fn unknown(text: impl Into<String>) -> Problem {
    Problem::Unknown(text.into())
}

/// Answers a request below `/control`; `path` holds the segments after it.
pub(crate) fn respond(world: &mut World, request: &Request, path: &[&str]) -> Response<Bytes> {
    match act(world, request, path) {
        Ok(value) => html::json(StatusCode::OK, &value),
        Err(Problem::Wrong(text)) => html::json(StatusCode::BAD_REQUEST, &json!({ "error": text })),
        Err(Problem::Unknown(text)) => html::json(StatusCode::NOT_FOUND, &json!({ "error": text })),
    }
}

fn act(world: &mut World, request: &Request, path: &[&str]) -> Result<Value, Problem> {
    match (request.method.as_str(), path) {
        ("GET", []) => Ok(brief(world)),
        ("POST", ["reset"]) => reset(world, &body(request)?),
        (_, ["faults", rest @ ..]) => faults(world, request, rest),
        (_, ["latency"]) => latency(world, request),
        (_, ["clock"]) => clock(world, request),
        (_, ["journal", rest @ ..]) => journal(world, request, rest),
        ("GET", ["seed"]) => Ok(PLACES_TO_START
            .iter()
            .map(|(module, id, text)| json!({ "module": module, "id": id, "text": text }))
            .collect()),
        ("POST", ["tokens", kind]) => tokens(world, kind, &body(request)?),
        (_, ["pages"]) => pages(world, request),
        (_, ["crm", org, rest @ ..]) => crm::act(world, request, org, rest),
        (_, ["identity", rest @ ..]) => xero::identity(world, request, rest),
        (_, ["xero", name, rest @ ..]) => {
            let tenant = tenant(world, name)?;
            xero::act(world, request, &tenant, rest)
        }
        _ => Err(unknown("The control API has no such call; the module `control` of the sandbox lists them.")),
    }
}

/// The body as a JSON object; no body is an empty one.
fn body(request: &Request) -> Result<Value, Problem> {
    if request.body.is_empty() {
        return Ok(json!({}));
    }
    match serde_json::from_slice(&request.body) {
        Ok(value @ Value::Object(_)) => Ok(value),
        Ok(_) => Err(wrong("The body must be a JSON object.")),
        Err(error) => Err(wrong(format!("The body is not JSON: {error}"))),
    }
}

fn text<'v>(body: &'v Value, name: &str) -> Result<&'v str, Problem> {
    body[name].as_str().ok_or_else(|| wrong(format!("\"{name}\" must be a text.")))
}

fn decimal(body: &Value, name: &str) -> Result<Decimal, Problem> {
    let text = match &body[name] {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    text.parse().map_err(|_| wrong(format!("\"{name}\" must be a number.")))
}

/// A date, or none where there is none.
fn date(body: &Value, name: &str) -> Result<Option<NaiveDate>, Problem> {
    match &body[name] {
        Value::Null => Ok(None),
        Value::String(text) => text.parse().map(Some).map_err(|_| wrong(format!("\"{name}\" must be a date."))),
        _ => Err(wrong(format!("\"{name}\" must be a date."))),
    }
}

/// A whole number, or none where there is none.
fn count(body: &Value, name: &str) -> Result<Option<u32>, Problem> {
    match &body[name] {
        Value::Null => Ok(None),
        value => value
            .as_u64()
            .and_then(|number| u32::try_from(number).ok())
            .map(Some)
            .ok_or_else(|| wrong(format!("\"{name}\" must be a whole number."))),
    }
}

fn flag(body: &Value, name: &str) -> Option<bool> {
    body[name].as_bool()
}

/// `{"done": true}`, the answer of whatever has none of its own.
fn done() -> Value {
    json!({ "done": true })
}

fn brief(world: &World) -> Value {
    let tenants: Vec<Value> = world
        .xero
        .organisations()
        .iter()
        .map(|organisation| json!({ "tenant": organisation.tenant, "name": organisation.name, "country": organisation.country }))
        .collect();
    let users = |zoho: &Zoho| -> Vec<Value> {
        zoho.users()
            .iter()
            .map(|user| json!({ "id": user.id.to_string(), "name": user.full_name(), "email": user.email }))
            .collect()
    };
    json!({
        "base_url": world.base_url(),
        "now": world.now(),
        "real": world.gate.clock.is_real(),
        "seeds": Seed::ALL.map(Seed::as_str),
        "calls": world.total_calls(),
        "tenants": tenants,
        "users": { "us": users(&world.zoho), "eu": users(&world.zoho_eu) },
    })
}

fn reset(world: &mut World, body: &Value) -> Result<Value, Problem> {
    let seed: Seed = body["seed"].as_str().unwrap_or("standard").parse().map_err(wrong)?;
    let mut next = World::with_seed(seed, world.base_url());
    if world.gate.clock.is_real() {
        next.gate.clock = world.gate.clock.clone();
    }
    *world = next;
    Ok(done())
}

fn faults(world: &mut World, request: &Request, path: &[&str]) -> Result<Value, Problem> {
    let faults = &mut world.gate.faults;
    match (request.method.as_str(), path) {
        ("GET", []) => serde_json::to_value(faults.list()).map_err(|error| wrong(error.to_string())),
        ("POST", []) => {
            let rule = serde_json::from_slice(&request.body).map_err(|error| wrong(format!("not a rule: {error}")))?;
            Ok(json!({ "id": faults.add(rule) }))
        }
        ("DELETE", []) => {
            faults.clear();
            Ok(done())
        }
        ("DELETE", [id]) => match id.parse().map(|id| faults.remove(id)) {
            Ok(true) => Ok(done()),
            _ => Err(unknown(format!("There is no rule {id}."))),
        },
        _ => Err(unknown("no such call")),
    }
}

fn latency(world: &mut World, request: &Request) -> Result<Value, Problem> {
    match request.method.as_str() {
        "GET" => {}
        "PUT" => {
            let body = body(request)?;
            for name in body.as_object().into_iter().flat_map(Map::keys) {
                let api: ApiName = name.parse().map_err(wrong)?;
                let millis = count(&body, name)?.unwrap_or(0);
                world.set_latency(api, Duration::from_millis(millis.into()));
            }
        }
        _ => return Err(unknown("no such call")),
    }
    let values = ApiName::ALL.into_iter().map(|api| {
        let millis = u64::try_from(world.gate.latency(api).as_millis()).unwrap_or(u64::MAX);
        (api.as_str().to_owned(), Value::from(millis))
    });
    Ok(Value::Object(values.collect()))
}

fn clock(world: &mut World, request: &Request) -> Result<Value, Problem> {
    match request.method.as_str() {
        "GET" => {}
        "PUT" => {
            let body = body(request)?;
            if body.get("set").is_some() {
                let now: DateTime<Utc> = text(&body, "set")?
                    .parse()
                    .map_err(|_| wrong("\"set\" must be a time such as 2026-11-20T22:00:00Z."))?;
                world.gate.clock.set(now);
            }
            if let Some(seconds) = body.get("advance_seconds") {
                let seconds = seconds.as_i64().ok_or_else(|| wrong("\"advance_seconds\" must be a whole number."))?;
                world.gate.clock.advance(seconds);
            }
            match flag(&body, "real") {
                Some(false) => world.gate.clock.stop(),
                Some(true) if !world.gate.clock.is_real() => {
                    return Err(wrong(
                        "A clock that was stopped cannot find the machine's time again; start the sandbox anew.",
                    ));
                }
                _ => {}
            }
        }
        _ => return Err(unknown("no such call")),
    }
    Ok(json!({ "now": world.now(), "real": world.gate.clock.is_real() }))
}

fn journal(world: &mut World, request: &Request, path: &[&str]) -> Result<Value, Problem> {
    let since = match request.query("since") {
        None => Mark(0),
        Some(text) => Mark(text.parse().map_err(|_| wrong("\"since\" must be a number."))?),
    };
    let journal = &mut world.gate.journal;
    match (request.method.as_str(), path) {
        ("GET", []) => {
            let entries: Vec<_> = journal
                .since(since)
                .filter(|entry| request.query("api").is_none_or(|api| entry.api.as_str() == api))
                .filter(|entry| request.query("method").is_none_or(|method| entry.method == method))
                .collect();
            let entries = serde_json::to_value(entries).map_err(|error| wrong(error.to_string()))?;
            Ok(json!({ "last": journal.total(), "entries": entries }))
        }
        ("GET", ["counts"]) => Ok(journal
            .counts(since)
            .into_iter()
            .map(|((api, method), calls)| json!({ "api": api, "method": method, "calls": calls }))
            .collect()),
        ("DELETE", []) => {
            journal.clear();
            Ok(done())
        }
        _ => Err(unknown("no such call")),
    }
}

fn pages(world: &mut World, request: &Request) -> Result<Value, Problem> {
    match request.method.as_str() {
        "GET" => {}
        "PUT" => {
            let body = body(request)?;
            let cut_off = &body["cut_off"];
            if let Some(zoho) = flag(cut_off, "zoho") {
                world.zoho.set_opener_policy(zoho);
                world.zoho_eu.set_opener_policy(zoho);
            }
            if let Some(xero) = flag(cut_off, "xero") {
                world.xero.set_opener_policy(xero);
            }
            let host = &mut world.host;
            host.cut_off = flag(cut_off, "crm").unwrap_or(host.cut_off);
            host.sandboxed = flag(&body, "sandboxed").unwrap_or(host.sandboxed);
            host.flat_user = flag(&body, "flat_user").unwrap_or(host.flat_user);
            host.second_script = word(&body, "second_script", &SecondScript::WORDS)?.unwrap_or(host.second_script);
        }
        _ => return Err(unknown("no such call")),
    }
    let host = world.host;
    Ok(json!({
        "cut_off": {
            "zoho": world.zoho.has_opener_policy(),
            "xero": world.xero.has_opener_policy(),
            "crm": host.cut_off,
        },
        "sandboxed": host.sandboxed,
        "flat_user": host.flat_user,
        "second_script": host.second_script.as_str(),
    }))
}

fn tokens(world: &mut World, kind: &str, body: &Value) -> Result<Value, Problem> {
    match kind {
        "zoho" => {
            let user = body["user"].as_str().unwrap_or("ana@bluegum.example");
            let scopes: Vec<String> =
                body["scopes"].as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect();
            let scopes: Vec<&str> = scopes.iter().map(String::as_str).collect();
            let grant = match body["org"].as_str() {
                Some("eu") => world.zoho_eu_grant(user, &scopes),
                _ => world.zoho_grant(user, &scopes),
            };
            let grant = grant.ok_or_else(|| unknown(format!("The CRM has no user {user}.")))?;
            Ok(json!({ "refresh_token": grant.refresh_token, "access_token": grant.access_token }))
        }
        "xero" => {
            let tenant = tenant(world, body["tenant"].as_str().unwrap_or("au"))?;
            let grant = match body["user"].as_str() {
                Some(user) => world.xero_grant_of(user, &tenant),
                None => world.xero_grant(&tenant),
            };
            let grant = grant.ok_or_else(|| unknown("Nobody, or not this person, is a user of the organisation."))?;
            Ok(json!({
                "refresh_token": grant.refresh_token,
                "access_token": grant.access_token,
                "tenant": tenant,
            }))
        }
        "expire" => {
            let now = world.now();
            match text(body, "api")?.parse().map_err(wrong)? {
                ApiName::Zoho => world.zoho.expire_access_tokens(),
                ApiName::ZohoEu => world.zoho_eu.expire_access_tokens(),
                ApiName::Xero => world.xero.expire_access_tokens(now),
            }
            Ok(done())
        }
        "revoke" => {
            match text(body, "api")?.parse().map_err(wrong)? {
                ApiName::Zoho => world.zoho.revoke_all_tokens(),
                ApiName::ZohoEu => world.zoho_eu.revoke_all_tokens(),
                ApiName::Xero => {
                    world.xero.expire_access_tokens(world.gate.clock.now());
                    world.xero.expire_refresh_tokens();
                }
            }
            Ok(done())
        }
        _ => Err(unknown("no such call")),
    }
}

/// The texts of a list, or none where there is none.
fn texts(value: &Value) -> Option<Vec<String>> {
    Some(value.as_array()?.iter().filter_map(Value::as_str).map(str::to_owned).collect())
}

/// What one of these words stands for, or `None` where there is no word.
fn word<T: Copy>(body: &Value, name: &str, words: &[(&str, T)]) -> Result<Option<T>, Problem> {
    let Some(given) = body.get(name) else { return Ok(None) };
    let found = words.iter().find(|(word, _)| given.as_str() == Some(word)).map(|(_, meaning)| *meaning);
    let all: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
    found.map(Some).ok_or_else(|| wrong(format!("\"{name}\" must be one of {}.", all.join(", "))))
}

/// The tenant id behind `au`, `nz`, a name or itself.
fn tenant(world: &World, name: &str) -> Result<String, Problem> {
    world
        .xero
        .organisations()
        .into_iter()
        .find(|organisation| {
            [&organisation.tenant, &organisation.name].into_iter().any(|known| known == name)
                || organisation.country.eq_ignore_ascii_case(name)
        })
        .map(|organisation| organisation.tenant)
        .ok_or_else(|| unknown(format!("Xero has no organisation \"{name}\".")))
}
