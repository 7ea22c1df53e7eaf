//! What differs between two versions of the settings, setting by setting, and how two people's changes go together.
//!
//! Settings are compared as JSON values: whoever has them as text already need not write them once more.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::cmp::Ordering;

/// A setting that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Difference {
    /// The setting: `taxes.GST.sales`, as the checks name it.
    pub path: String,
    /// What it was; none where nothing was chosen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Value>,
    /// What it is; none where nothing is chosen any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Value>,
}

/// A path in its parts: names of taxes and categories may have dots of their own.
type Parts = Vec<String>;

/// What differs, in the order of the paths.
#[must_use]
pub fn differences(before: Value, after: Value) -> Vec<Difference> {
    differing(before, after)
        .into_iter()
        .map(|(parts, before, after)| Difference { path: parts.join("."), before, after })
        .collect()
}

/// The changes that lead from `base` to `mine`, made in `theirs`.
#[must_use]
pub fn merge(base: Value, mine: Value, mut theirs: Value) -> Value {
    for (parts, _, after) in differing(base, mine) {
        put(&mut theirs, &parts, after);
    }
    theirs
}

fn differing(before: Value, after: Value) -> Vec<(Parts, Option<Value>, Option<Value>)> {
    let (mut old, mut new) = (leaves(before).into_iter().peekable(), leaves(after).into_iter().peekable());
    let mut found = Vec::new();
    // Both are in order.
    loop {
        let order = match (old.peek(), new.peek()) {
            (None, None) => return found,
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some((old, _)), Some((new, _))) => old.cmp(new),
        };
        let before = if order == Ordering::Greater { None } else { old.next() };
        let after = if order == Ordering::Less { None } else { new.next() };
        let (parts, before, after) = match (before, after) {
            (Some((parts, before)), Some((_, after))) if before != after => (parts, Some(before), Some(after)),
            (Some((parts, before)), None) => (parts, Some(before), None),
            (None, Some((parts, after))) => (parts, None, Some(after)),
            _ => continue,
        };
        found.push((parts, before, after));
    }
}

/// The single settings, in the order of their paths. What is empty is as good as not there.
fn leaves(settings: Value) -> Vec<(Parts, Value)> {
    let mut found = Vec::new();
    collect(settings, &mut Vec::new(), &mut found);
    found
}

fn collect(value: Value, at: &mut Parts, found: &mut Vec<(Parts, Value)>) {
    match value {
        Value::Null => {}
        Value::Object(object) if !is_whole(at) => {
            for (name, value) in object {
                at.push(name);
                collect(value, at, found);
                at.pop();
            }
        }
        // A set of modules: each is a setting of its own.
        Value::Array(members) if is_set(at) => {
            let first = found.len();
            for member in members.iter().filter_map(Value::as_str) {
                at.push(member.to_owned());
                let place = found.iter().skip(first).take_while(|(known, _)| *known < *at).count();
                found.insert(first + place, (at.clone(), Value::Bool(true)));
                at.pop();
            }
        }
        Value::Array(members) if members.is_empty() => {}
        other => found.push((at.clone(), other)),
    }
}

/// Settings that change as a whole, although they have parts.
fn is_whole(at: &[String]) -> bool {
    match at {
        [group, name] => group == "documents" && name == "number",
        [group, _, _] => group == "fields",
        _ => false,
    }
}

fn is_set(at: &[String]) -> bool {
    matches!(at, [name] if name == "automations")
}

fn put(root: &mut Value, parts: &[String], value: Option<Value>) {
    let Some((last, way)) = parts.split_last() else { return };
    let mut place = root;
    for name in way {
        let Value::Object(object) = place else { break };
        place = object.entry(name.clone()).or_insert_with(|| Value::Object(Map::new()));
        // An empty choice on the way, such as a tax without any side.
        if place.is_null() {
            *place = Value::Object(Map::new());
        }
    }
    match (place, value) {
        (Value::Object(object), Some(value)) => drop(object.insert(last.clone(), value)),
        // Made anew: taking an entry out of the map is much code, and nothing else needs it.
        (Value::Object(object), None) => {
            for (name, value) in std::mem::take(object) {
                if name != *last {
                    object.insert(name, value);
                }
            }
        }
        (Value::Array(members), value) => {
            members.retain(|member| member.as_str() != Some(last));
            if value.is_some() {
                members.push(Value::String(last.clone()));
            }
        }
        _ => {}
    }
}
