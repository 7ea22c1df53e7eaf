//! The CRM fields that go with Xero's by the settings: read into a record, and fitted to what the CRM's field takes on
//! the way back.

use crate::module::Module;
use crate::organisation::{CrmField, CrmOrganisation};
use crate::problem::{self, Problem};
use crate::record::{Record, Seen, Slot, decimal, is_zero, number, tidy};
use crate::settings::fields::{self, FieldKind};
use crate::settings::{Settings, TrackingMapping};
use crate::xero::TRACKING;
use chrono::{DateTime, NaiveDate, TimeZone as _};
use rust_decimal::Decimal;
use serde_json::{Value, json};

/// Reads all fields that can be mapped.
pub(super) fn read(
    module: Module,
    record: &Value,
    organisation: &CrmOrganisation,
    settings: &Settings,
    into: &mut Record,
    problems: &mut Vec<Problem>,
) {
    for field in fields::mappable(module) {
        let Some(name) = fields::source(settings, module, field.key) else { continue };
        let Some(value) = record.get(name) else { continue };
        let known = fields::crm_field(organisation, module, name);
        if !holds_words(known, value) {
            // A list or another record is no value of one of Xero's fields, and not an empty one either.
            continue;
        }
        match into.slot(field.key) {
            Some(Slot::Text(seen)) => *seen = Seen::Value(text(field.key, known, value)),
            Some(Slot::Money(seen)) => *seen = money(words(known, name), value, problems),
            Some(Slot::Day(seen)) => *seen = day(words(known, name), value, &organisation.time_zone, problems),
            None => {}
        }
    }
}

/// The value that names the tracking option of a document, as people see it. Empty where no field is chosen.
pub(super) fn tracking(
    module: Module,
    record: &Value,
    organisation: &CrmOrganisation,
    mapping: &TrackingMapping,
) -> Seen<String> {
    let Some(name) = mapping.fields.get(&module) else { return Seen::Value(None) };
    let known = fields::crm_field(organisation, module, name);
    match record.get(name) {
        Some(value) if holds_words(known, value) => Seen::Value(text(TRACKING, known, value)),
        _ => Seen::Unseen,
    }
}

/// Whether a field holds words, as far as its metadata and the value itself tell: of a picklist that takes several, of a person
/// or of another record they are the names, of any other list or object there are none.
fn holds_words(known: Option<&CrmField>, value: &Value) -> bool {
    match known.map(|field| field.data_type.as_str()) {
        Some("multiselectpicklist" | "lookup" | "ownerlookup" | "userlookup") => true,
        _ => !value.is_array() && !value.is_object() && known.is_none_or(fields::is_single),
    }
}

/// A text; of a picklist, what people see; of a user or another record, the name; of several, all of them. A value of a kind
/// that is no text must not read as an empty one: that would clear Xero's. A number that is 0 is one that nobody filled, and
/// so is a zero by which a record would be known.
fn text(key: &str, known: Option<&CrmField>, value: &Value) -> Option<String> {
    match value {
        Value::Object(pointed) => {
            return ["name", "full_name", "value"].iter().find_map(|name| tidy(pointed.get(*name)?));
        }
        Value::Array(several) => {
            let texts: Vec<String> = several.iter().filter_map(|one| text(key, known, one)).collect();
            return (!texts.is_empty()).then(|| texts.join("; "));
        }
        _ => {}
    }
    let text = tidy(value)?;
    let numeric = value.is_number() || known.is_some_and(fields::is_numeric);
    if (numeric || fields::identifies(key)) && is_zero(&text) {
        return None;
    }
    let shown = known.and_then(|field| field.picklist.iter().find(|(actual, _)| *actual == text));
    Some(shown.map_or(text, |(_, display)| display.clone()))
}

/// Money. What is none is not known, so that Xero's stays.
fn money(field: String, value: &Value, problems: &mut Vec<Problem>) -> Seen<Decimal> {
    let Some(written) = tidy(value) else { return Seen::Value(None) };
    if let Some(amount) = decimal(value) {
        return Seen::some(amount);
    }
    problems.push(problem::value_adjusted(
        field,
        Some(written),
        None,
        None,
        None,
        None,
        Some("it takes an amount there".to_owned()),
        None,
    ));
    Seen::Unseen
}

fn day(field: String, value: &Value, zone: &str, problems: &mut Vec<Problem>) -> Seen<NaiveDate> {
    let Some(written) = tidy(value) else { return Seen::Value(None) };
    let day = match DateTime::parse_from_rfc3339(&written) {
        // An instant comes in the zone of the user who asks; the day is that of the organisation.
        Ok(at) => Some(at.with_timezone(&zone.parse().unwrap_or(chrono_tz::UTC)).date_naive()),
        Err(_) => written.get(..10).and_then(|day| NaiveDate::parse_from_str(day, "%Y-%m-%d").ok()),
    };
    if day.is_none() {
        problems.push(problem::date_invalid(field, written));
    }
    Seen::Value(day)
}

/// What people call a CRM field.
pub(super) fn words(known: Option<&CrmField>, name: &str) -> String {
    match known {
        Some(field) if !field.label.is_empty() => field.label.clone(),
        _ => name.replace('_', " "),
    }
}

/// A value of Xero's as the CRM's field takes it: texts and days come as text, money as a number.
///
/// # Errors
/// What the field takes instead.
pub(super) fn fitted(
    kind: FieldKind,
    known: Option<&CrmField>,
    zone: &str,
    value: Value,
) -> Result<Value, &'static str> {
    let Some(field) = known.filter(|_| !value.is_null()) else { return Ok(value) };
    match (kind, field.data_type.as_str()) {
        (FieldKind::Text, "picklist") if !field.picklist.is_empty() => {
            let wanted = value.as_str().unwrap_or_default();
            let by_display = field.picklist.iter().find(|(_, display)| display == wanted);
            let found = by_display.or_else(|| field.picklist.iter().find(|(actual, _)| actual == wanted));
            found.map(|(actual, _)| json!(actual)).ok_or("only values of its list")
        }
        (FieldKind::Text | FieldKind::Phone | FieldKind::Money, "integer" | "bigint") => {
            let whole = decimal(&value).filter(|number| number.is_integer()).ok_or("only whole numbers")?;
            let most = field.length.and_then(|length| usize::try_from(length).ok()).filter(|length| *length > 0);
            if most.is_some_and(|most| whole.abs().normalize().to_string().len() > most) {
                return Err("only whole numbers with fewer digits");
            }
            // Big whole numbers are texts in the CRM's JSON.
            Ok(if field.data_type == "bigint" { json!(whole.normalize().to_string()) } else { number(whole) })
        }
        (FieldKind::Day, "datetime") => {
            let day = value.as_str().and_then(fields::day).ok_or("only instants")?;
            let zone = zone.parse().unwrap_or(chrono_tz::UTC);
            // A day that begins with the leap of the clock has no midnight.
            let starts = (0..3).find_map(|hour| zone.from_local_datetime(&day.and_hms_opt(hour, 0, 0)?).earliest());
            let at = starts.ok_or("only instants")?;
            Ok(json!(at.format("%Y-%m-%dT%H:%M:%S%:z").to_string()))
        }
        (FieldKind::Text | FieldKind::Phone, "double" | "currency" | "percent") => {
            decimal(&value).map(number).ok_or("only numbers")
        }
        (FieldKind::Text | FieldKind::Phone, kind) if HOLDS_NO_TEXT.contains(&kind) => Err("no text"),
        _ => Ok(value),
    }
}

/// Types of fields whose values are no texts: records, people, lists, marks and days.
const HOLDS_NO_TEXT: [&str; 10] = [
    "lookup",
    "userlookup",
    "ownerlookup",
    "multiselectlookup",
    "multiuserlookup",
    "multiselectpicklist",
    "subform",
    "boolean",
    "date",
    "datetime",
];

/// Tells that a value of Xero's does not go into the CRM's field.
pub(super) fn left_out(known: Option<&CrmField>, name: &str, value: &Value, takes: &str) -> Problem {
    problem::value_adjusted(
        words(known, name),
        Some(tidy(value).unwrap_or_default()),
        None,
        None,
        None,
        Some(takes.to_owned()),
        None,
        Some("Xero".to_owned()),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(data_type: &str) -> CrmField {
        CrmField {
            api_name: "F".to_owned(),
            label: "The field".to_owned(),
            data_type: data_type.to_owned(),
            json_type: None,
            read_only: false,
            length: None,
            decimals: None,
            custom: true,
            picklist: vec![("N".to_owned(), "North".to_owned()), ("South".to_owned(), "South".to_owned())],
        }
    }

    #[test]
    fn values_fit_the_crm_s_field_or_are_left_out() {
        use FieldKind::{Day, Money, Text};
        let (half, whole) = (number("11.5".parse().unwrap()), number(12.into()));
        for (kind, data_type, value, wanted) in [
            (Text, "text", json!("7a"), Ok(json!("7a"))),
            (Text, "picklist", json!("North"), Ok(json!("N"))),
            (Text, "picklist", json!("South"), Ok(json!("South"))),
            (Text, "picklist", json!("N"), Ok(json!("N"))),
            (Text, "picklist", json!("East"), Err("only values of its list")),
            (Text, "picklist", Value::Null, Ok(Value::Null)),
            (Text, "integer", json!("12"), Ok(whole.clone())),
            (Text, "bigint", json!("12"), Ok(json!("12"))),
            (Text, "integer", json!("7a"), Err("only whole numbers")),
            (Money, "currency", half.clone(), Ok(half.clone())),
            (Money, "integer", half, Err("only whole numbers")),
            (Money, "integer", whole.clone(), Ok(whole)),
            (Day, "date", json!("2026-11-20"), Ok(json!("2026-11-20"))),
            (Day, "datetime", json!("2026-11-20"), Ok(json!("2026-11-20T00:00:00+11:00"))),
            (Day, "datetime", json!("2026-06-20"), Ok(json!("2026-06-20T00:00:00+10:00"))),
        ] {
            let got = fitted(kind, Some(&field(data_type)), "Australia/Sydney", value.clone());
            assert_eq!(got, wanted, "{data_type} {value}");
        }
        // Midnight of this day does not exist there.
        let got = fitted(Day, Some(&field("datetime")), "America/Santiago", json!("2026-09-06"));
        assert_eq!(got, Ok(json!("2026-09-06T01:00:00-03:00")));
    }

    #[test]
    fn people_and_lists_are_read_by_their_names() {
        for (value, wanted) in [
            (json!({"id": "1", "name": "Ana Silva", "email": "ana@acme.com"}), Some("Ana Silva")),
            (json!(["N", "South"]), Some("North; South")),
            (json!([{"name": "vip", "id": "1"}]), Some("vip")),
            (json!([]), None),
            (json!({"id": "1"}), None),
            (json!("N"), Some("North")),
        ] {
            assert_eq!(text("website", Some(&field("multiselectpicklist")), &value).as_deref(), wanted, "{value}");
        }
    }

    #[test]
    fn an_instant_is_a_day_of_the_organisation() {
        let mut problems = Vec::new();
        for (written, wanted) in [
            (json!("2026-11-19T20:30:00-08:00"), Some("2026-11-20")),
            (json!("2026-11-20T00:00:00+11:00"), Some("2026-11-20")),
            (json!("2026-11-20"), Some("2026-11-20")),
            (Value::Null, None),
        ] {
            let read = day("Day".to_owned(), &written, "Australia/Sydney", &mut problems);
            assert_eq!(read, Seen::Value(wanted.map(|day| day.parse().unwrap())), "{written}");
        }
        assert_eq!(problems, []);
        day("Day".to_owned(), &json!("soon"), "Australia/Sydney", &mut problems);
        assert_eq!(problems.pop().map(|problem| problem.what).as_deref(), Some("Day is not valid: soon."));
        assert_eq!(money("Cost".to_owned(), &json!("a lot"), &mut problems), Seen::Unseen);
        let told = problems.pop().unwrap();
        assert_eq!(told.what, "Cost \"a lot\" is left out.");
        assert_eq!(told.why, "Xero does not take it as it is in the CRM (it takes an amount there).");
    }
}
