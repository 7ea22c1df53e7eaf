//! `docs/openapi.json` is what the code says. `UPDATE_GOLDEN=1` rewrites it.

use serde_json::Value;
use shared::api::address::{ROWS, Row};
use shared::api::schema;
use std::collections::BTreeSet;
use std::path::PathBuf;

fn file() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../docs/openapi.json")
}

#[test]
fn the_file_is_what_the_code_says() {
    let text = format!("{}\n", serde_json::to_string_pretty(&schema::document()).unwrap());
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(file(), &text).unwrap();
    }
    let kept = std::fs::read_to_string(file()).unwrap_or_default();
    assert!(kept == text, "docs/openapi.json is out of date: UPDATE_GOLDEN=1 cargo test -p shared --test openapi");
}

#[test]
fn every_reference_leads_somewhere_and_every_schema_is_used() {
    let document = schema::document();
    let mut found = BTreeSet::new();
    references(&document, &mut found);
    for reference in &found {
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(document.pointer(pointer).is_some(), "{reference} leads nowhere");
    }
    for name in document["components"]["schemas"].as_object().unwrap().keys() {
        assert!(found.contains(&format!("#/components/schemas/{name}")), "{name} is used nowhere");
    }
}

fn references(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Array(values) => values.iter().for_each(|value| references(value, found)),
        Value::Object(members) => {
            found.extend(members.get("$ref").and_then(Value::as_str).map(str::to_owned));
            members.values().for_each(|value| references(value, found));
        }
        _ => {}
    }
}

#[test]
fn every_operation_has_a_name_of_its_own_and_says_how_it_can_fail() {
    let document = schema::document();
    let mut names = BTreeSet::new();
    for Row { method, path, .. } in ROWS {
        let operation = &document["paths"][path][method.to_lowercase()];
        let name = operation["operationId"].as_str().unwrap();
        assert!(names.insert(name.to_owned()), "two operations are called {name}");
        let responses = operation["responses"].as_object().unwrap();
        assert!(responses.contains_key("500"), "{name} never fails");
        assert!(responses.keys().any(|status| status.starts_with('2')), "{name} never succeeds");
        let described = path.matches('{').count();
        let parameters = operation["parameters"].as_array().map_or(&[][..], Vec::as_slice);
        assert_eq!(parameters.iter().filter(|one| one["in"] == "path").count(), described, "{name}");
    }
}

/// An answer has every field, a request may leave out what has a default.
#[test]
fn settings_are_answered_whole_and_may_be_asked_for_in_part() {
    let schemas = &schema::document()["components"]["schemas"];
    let required = |name: &str| schemas[name]["required"].as_array().map_or(0, Vec::len);
    let fields = schemas["Settings"]["properties"].as_object().unwrap().len();
    assert_eq!((required("Settings"), required("SettingsInput")), (fields, 0));
}
