//! Tracking: options of at most two categories on the lines of a document, by a field of the CRM's document
//! (<https://developer.xero.com/documentation/api/accounting/trackingcategories>). It goes to Xero only.

use super::add;
use super::read::{array, text};
use crate::organisation::{TrackingCategory, XeroOrganisation};
use crate::plan::Inputs;
use crate::problem::{self, Problem};
use crate::record::{Document, Seen};
use crate::settings::{TrackingMapping, fields};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// What the key of a category's field begins with; its id follows.
pub(crate) const TRACKING: &str = "tracking:";

/// Most categories on a line.
const MOST: usize = 2;

/// A category by its id.
pub(crate) fn category<'a>(organisation: &'a XeroOrganisation, id: &str) -> Option<&'a TrackingCategory> {
    organisation.tracking_categories.iter().find(|category| category.id.eq_ignore_ascii_case(id))
}

/// The options that the CRM's document puts on its lines, by category. What the user may not see is left alone, but for
/// a new document, which gets the default.
pub(super) fn target(inputs: &Inputs, crm: &Document, problems: &mut Vec<Problem>) -> BTreeMap<String, Seen<String>> {
    let mut options = BTreeMap::new();
    for mapping in inputs.settings.documents.tracking.iter().take(MOST) {
        let Some(category) = category(inputs.xero_organisation, &mapping.category) else { continue };
        let id = category.id.to_lowercase();
        let value = match crm.tracking.get(&id) {
            Some(Seen::Value(value)) => value.as_deref(),
            _ if inputs.xero.is_none() => None,
            _ => continue,
        };
        let found = value.and_then(|value| option(inputs, mapping, category, value));
        let default = || active(category, mapping.default.as_deref()?);
        let option = found.or_else(default);
        // What Xero offers no more may well stand on lines that are there: nobody took it off them.
        let lost = option.is_none() && (value.is_some() || mapping.default.is_some());
        let there = |document: &Value| value.is_none_or(|value| is_on(document, mapping, category, value));
        if lost && inputs.xero.is_some_and(there) {
            continue;
        }
        if let (Some(value), None) = (value, &option) {
            add(
                problems,
                problem::value_adjusted(
                    category.name.clone(),
                    Some(value.to_owned()),
                    None,
                    None,
                    None,
                    None,
                    Some("it has no such option".to_owned()),
                    None,
                ),
            );
        }
        options.insert(id, Seen::Value(option));
    }
    options
}

/// The option of a value: chosen, else of the same name.
fn option(inputs: &Inputs, mapping: &TrackingMapping, category: &TrackingCategory, value: &str) -> Option<String> {
    let field = mapping.fields.get(&inputs.module)?;
    let field = fields::crm_field(inputs.crm_organisation, inputs.module, field);
    let entry = field.and_then(|field| field.picklist.iter().find(|(_, display)| display == value));
    let actual = entry.map_or(value, |(actual, _)| actual);
    let chosen = mapping.options.get(actual).or_else(|| mapping.options.get(value));
    let named = |text: &str| {
        let wanted = text.trim().to_lowercase();
        category.options.iter().find(|(_, name)| name.trim().to_lowercase() == wanted).map(|(id, _)| id.to_lowercase())
    };
    chosen.and_then(|id| active(category, id)).or_else(|| named(value)).or_else(|| named(actual))
}

/// Whether a line of Xero's document has the option that was chosen for a value, or one of its name.
fn is_on(document: &Value, mapping: &TrackingMapping, category: &TrackingCategory, value: &str) -> bool {
    let chosen = mapping.options.get(value);
    let value = value.trim().to_lowercase();
    let is = |entry: &Value| {
        let named = text(entry, "Option").is_some_and(|option| option.trim().to_lowercase() == value);
        let by_id = |id: &String| text(entry, "TrackingOptionID").is_some_and(|own| own.eq_ignore_ascii_case(id));
        is_of(entry, &category.id, &category.name) && (named || chosen.is_some_and(by_id))
    };
    array(document, "LineItems").iter().any(|row| array(row, "Tracking").iter().any(is))
}

/// The option, while Xero still offers it.
fn active(category: &TrackingCategory, id: &str) -> Option<String> {
    let known = category.options.iter().find(|(known, _)| known.eq_ignore_ascii_case(id));
    known.map(|(id, _)| id.to_lowercase())
}

/// The options on the lines of Xero's document that go with lines of the CRM's, for the categories that are compared.
/// Where lines differ, all their options.
pub(crate) fn of_lines<'a>(
    rows: impl Iterator<Item = &'a Value> + Clone,
    compared: &BTreeMap<String, Seen<String>>,
    organisation: &XeroOrganisation,
) -> BTreeMap<String, Seen<String>> {
    let of_category = |id: &String| {
        let category = category(organisation, id)?;
        let mut options: Vec<Option<String>> = rows.clone().map(|row| of_row(row, category)).collect();
        options.sort_unstable();
        options.dedup();
        let text = options.into_iter().map(Option::unwrap_or_default).collect::<Vec<_>>().join(",");
        Some((id.clone(), Seen::Value((!text.is_empty()).then_some(text))))
    };
    compared.keys().filter_map(of_category).collect()
}

/// A line's option of a category, by its id where it is known.
fn of_row(row: &Value, category: &TrackingCategory) -> Option<String> {
    let entry = array(row, "Tracking").iter().find(|entry| is_of(entry, &category.id, &category.name))?;
    let by_name = || {
        let name = text(entry, "Option")?;
        let known = category.options.iter().find(|(_, known)| *known == name).map(|(id, _)| id.clone());
        Some(known.unwrap_or(name))
    };
    text(entry, "TrackingOptionID").or_else(by_name).map(|id| id.to_lowercase())
}

fn is_of(entry: &Value, id: &str, name: &str) -> bool {
    match text(entry, "TrackingCategoryID") {
        Some(known) => known.eq_ignore_ascii_case(id),
        None => text(entry, "Name").as_deref() == Some(name),
    }
}

/// What a line carries: what it has in Xero, with these categories changed. None where there is nothing to say.
pub(super) fn row(
    present: Option<&Value>,
    options: &BTreeMap<&str, Option<&str>>,
    organisation: &XeroOrganisation,
) -> Option<Value> {
    let now = present.map(|row| array(row, "Tracking")).unwrap_or_default();
    let is_set = |entry: &Value| {
        options.keys().any(|id| {
            let name = category(organisation, id).map_or("", |category| &category.name);
            is_of(entry, id, name)
        })
    };
    let mut entries: Vec<Value> = options
        .iter()
        .filter_map(|(category, option)| {
            let mut entry = Map::new();
            entry.insert("TrackingCategoryID".to_owned(), json!(category));
            entry.insert("TrackingOptionID".to_owned(), json!((*option)?));
            Some(Value::Object(entry))
        })
        .collect();
    let room = MOST.saturating_sub(entries.len());
    let kept: Vec<Value> = now.iter().filter(|entry| !is_set(entry)).take(room).cloned().collect();
    entries.splice(0..0, kept);
    // An empty list takes off what the line had.
    (!entries.is_empty() || !now.is_empty()).then_some(Value::Array(entries))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    #[test]
    fn other_categories_stay_and_two_fit() {
        let mut organisation = fixture::xero_organisation();
        organisation.tracking_categories = vec![TrackingCategory {
            id: "c1".to_owned(),
            name: "Region".to_owned(),
            options: vec![("o1".to_owned(), "North".to_owned())],
        }];
        let entry = |category: &str, option: &str| json!({"TrackingCategoryID": category, "TrackingOptionID": option});
        let named = json!({"Name": "Region", "Option": "North"});
        for (now, set, wanted) in [
            (json!([]), Some("o1"), Some(json!([entry("c1", "o1")]))),
            (json!([]), None, None),
            (
                json!([entry("C1", "O2"), entry("c2", "x")]),
                Some("o1"),
                Some(json!([entry("c2", "x"), entry("c1", "o1")])),
            ),
            (json!([entry("c1", "o2")]), None, Some(json!([]))),
            (json!([named, entry("c2", "x")]), None, Some(json!([entry("c2", "x")]))),
            (
                json!([entry("c2", "x"), entry("c3", "y")]),
                Some("o1"),
                Some(json!([entry("c2", "x"), entry("c1", "o1")])),
            ),
        ] {
            let present = json!({"Tracking": now});
            assert_eq!(row(Some(&present), &BTreeMap::from([("c1", set)]), &organisation), wanted, "{now} {set:?}");
        }
        let compared = BTreeMap::from([("c1".to_owned(), Seen::Unseen)]);
        let rows = [json!({"Tracking": [named]}), json!({"Tracking": [entry("C1", "O1")]}), json!({})];
        let of = |count: usize| of_lines(rows.iter().take(count), &compared, &organisation)["c1"].clone();
        assert_eq!(of(0), Seen::Value(None));
        assert_eq!(of(2), Seen::some("o1".to_owned()));
        assert_eq!(of(3), Seen::some(",o1".to_owned()));
    }
}
