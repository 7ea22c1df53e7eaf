//! Problems in another language than English: told anew from their codes and facts.

use super::row::Kind;
use super::{Cause, Code, Facts, Problem, phrases, text};
use crate::language::Language;
use serde_json::{Map, Value};

/// A fact in German, as far as it is a word of ours. A name stays a name, even where it looks like one.
fn fact(code: Code, key: &str, value: &str) -> String {
    let kind = code.facts().iter().find(|(fact, _)| *fact == key).map_or(Kind::Name, |(_, kind)| *kind);
    let ours = match kind {
        Kind::Name => false,
        Kind::Word => true,
        Kind::Person => value == super::SOMEBODY,
    };
    // Two of our words that German has two for.
    if (key, value) == ("area", "Accounts") {
        return "Konten".to_owned();
    }
    phrases::german(value).filter(|_| ours).unwrap_or_else(|| value.to_owned())
}

/// The three texts.
struct Told {
    what: String,
    why: String,
    fix: String,
}

fn told(code: Code, facts: &Facts, cause: Option<&Cause>) -> Told {
    let mut facts = facts.each(|key, value| fact(code, key, value));
    let cause = cause.map(|cause| told(cause.code, &cause.facts, cause.cause.as_deref()));
    if let Some(cause) = &cause {
        facts = facts.with("reason", cause.what.clone());
    }
    let texts = code.german();
    let fill = |template| text::fill(template, &facts, &mut Vec::new());
    let (what, why, fix) = (fill(texts.what), fill(texts.why), fill(texts.fix));
    // What a record waits for is settled as that one's problem is.
    let fix = cause.filter(|_| code == Code::DependencyFailed).map_or(fix, |cause| cause.fix);
    Told { what, why, fix }
}

impl Problem {
    /// The same in a language.
    #[must_use]
    pub fn in_language(self, language: Language) -> Self {
        match language {
            Language::English => self,
            Language::German => self.in_german(),
        }
    }

    /// The same in German.
    fn in_german(&self) -> Self {
        let Told { what, why, fix } = told(self.code, &self.facts, self.cause.as_deref());
        let mut problem = Self { what, why, fix, ..self.clone() };
        if let Some(place) = &mut problem.place {
            label(&mut place.label);
        }
        problem
    }
}

fn label(label: &mut String) {
    if let Some(phrase) = phrases::german(label) {
        *label = phrase;
    }
}

/// The label of a field, a record's kind or a link, which our code has in English, in a language. What is not ours stays as
/// it is.
#[must_use]
pub fn label_in_language(label: &str, language: Language) -> String {
    let told = match language {
        Language::English => None,
        Language::German => phrases::german(label),
    };
    told.unwrap_or_else(|| label.to_owned())
}

/// An answer of the API, JSON, with every problem in a language that it has somewhere: in lists, entries, runs and refusals
/// alike, and with the labels of the fields that change. What is no JSON stays as it is.
#[must_use]
pub fn answer_in_language(answer: String, language: Language) -> String {
    if language == Language::English {
        return answer;
    }
    let Ok(mut value) = serde_json::from_str(&answer) else { return answer };
    into_german(&mut value);
    value.to_string()
}

/// Tells every problem in German. An object is a problem if it has a code of the catalogue and the three texts.
fn into_german(answer: &mut Value) {
    match answer {
        Value::Array(parts) => parts.iter_mut().for_each(into_german),
        Value::Object(fields) => {
            let of = |name: &str| fields.get(name).and_then(Value::as_str);
            let is_one = ["what", "why", "fix"].iter().all(|name| of(name).is_some());
            if let Some(code) = of("code").and_then(Code::from_name).filter(|_| is_one) {
                let part = |name: &str| fields.get(name).cloned().unwrap_or_default();
                let facts = serde_json::from_value(part("facts")).unwrap_or_default();
                let cause: Option<Cause> = serde_json::from_value(part("cause")).unwrap_or_default();
                let told = told(code, &facts, cause.as_ref());
                // A refusal says the same as its title and detail (RFC 9457).
                for (name, title, text) in
                    [("what", "title", told.what), ("why", "detail", told.why), ("fix", "fix", told.fix)]
                {
                    for name in [name, title] {
                        if let Some(field) = fields.get_mut(name) {
                            *field = Value::String(text.clone());
                        }
                    }
                }
                for part in ["place", "remedy", "question"] {
                    fields.get_mut(part).into_iter().for_each(labels_into_german);
                }
            }
            if fields.contains_key("written") {
                change_into_german(fields);
            }
            fields.values_mut().for_each(into_german);
        }
        _ => {}
    }
}

/// A field that changes: its label, and those of its values that are words of ours.
fn change_into_german(change: &mut Map<String, Value>) {
    if let Some(Value::String(text)) = change.get_mut("label") {
        label(text);
    }
    let sides: &[&str] = match change.get("key").and_then(Value::as_str) {
        Some("line_amount_types" | "xero_status") => &["crm", "xero", "result"],
        // What is written into the CRM is one of its own words.
        Some("status") if change.get("written").and_then(Value::as_str) == Some("crm") => &["xero"],
        Some("status") => &["crm", "xero", "result"],
        _ => &[],
    };
    for side in sides {
        let value = change.get_mut(*side).and_then(|shown| shown.get_mut("text"));
        if let Some(Value::String(text)) = value {
            let known = VALUES.iter().find(|(english, _)| english == text);
            known.into_iter().for_each(|(_, german)| *text = (*german).to_owned());
        }
    }
}

/// What Xero's statuses and ways to state taxes are called (`plan::status`, `plan::fields`).
const VALUES: [(&str, &str); 9] = [
    ("Draft", "Entwurf"),
    ("Awaiting approval", "Wartet auf Freigabe"),
    ("Awaiting payment", "Wartet auf Zahlung"),
    ("Paid", "Bezahlt"),
    ("Voided", "Storniert"),
    ("Deleted", "Gelöscht"),
    ("Tax on top", "zzgl. Steuer"),
    ("Tax included", "inkl. Steuer"),
    ("No tax", "ohne Steuer"),
];

/// The labels of a place or a choice.
fn labels_into_german(part: &mut Value) {
    match part {
        Value::Array(parts) => parts.iter_mut().for_each(labels_into_german),
        Value::Object(fields) => {
            for (name, field) in fields {
                match field {
                    Value::String(text) if name == "label" => label(text),
                    other => labels_into_german(other),
                }
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem;
    use std::collections::BTreeSet;

    /// Every fact that a code knows, or every second one of them.
    fn facts(code: Code, every: usize) -> Vec<(&'static str, String)> {
        let known = code.facts().iter().map(|(key, _)| *key).collect::<BTreeSet<_>>();
        known.into_iter().step_by(every).map(|key| (key, format!("K{key}"))).collect()
    }

    #[test]
    fn german_reads_well_with_and_without_facts_and_is_none_of_the_english_texts() {
        for code in Code::ALL {
            for known in [Vec::new(), facts(*code, 1), facts(*code, 2)] {
                let english = problem::of(*code, &known);
                let german = english.in_german();
                for (text, before) in
                    [(&german.what, &english.what), (&german.why, &english.why), (&german.fix, &english.fix)]
                {
                    // A reason may be all that there is to tell.
                    let only_reason = text.trim_end_matches('.') == "Kreason";
                    assert!(text != before || only_reason, "{code:?} is not told in German: {text}");
                    assert!(!text.contains(['{', '}', '[', ']', '|', '"']), "{code:?} leaks a sign: {text}");
                    assert!(!text.contains("  ") && !text.contains(" ."), "{code:?} has stray spaces: {text}");
                    assert!(text.ends_with('.') || text.ends_with("Kreason"), "{code:?} is no sentence: {text}");
                    let first = text.chars().next().unwrap();
                    assert!(first.is_uppercase() || "„»".contains(first), "{code:?} begins like no sentence: {text}");
                }
            }
        }
    }

    #[test]
    fn what_a_person_may_not_do_is_told_to_them_as_theirs_in_german_too() {
        for code in Code::ALL.iter().copied().filter(|code| code.is_of_a_person()) {
            let of_sam = problem::of(code, &[("user", "Sam Sales".to_owned())]).in_german();
            assert!(of_sam.what.contains("Sam Sales darf "), "{}", of_sam.what);
            assert_eq!(of_sam.clone().told_to("Ana Admin"), of_sam);
            let told = of_sam.told_to("Sam Sales").what;
            assert_eq!(told, problem::of(code, &[]).in_german().what);
            assert!(told.contains("Sie dürfen "), "{told}");
        }
    }

    #[test]
    fn what_has_gone_is_not_told_as_to_come_in_german_either() {
        let told = problem::of(Code::LeftForApproval, &[("name", "INV-1".to_owned())]).in_german();
        assert!(told.what.contains(" geht nach Xero als "), "{}", told.what);
        assert!(told.arrived().what.contains(" ist in Xero als "));
    }

    #[test]
    fn an_answer_s_problems_are_told_in_german_wherever_they_are() {
        let taxed = problem::tax_type_unmapped("GST 12%", "2");
        let waits = problem::of(Code::DependencyFailed, &[("name", "Acme".to_owned())]).because_of(&taxed);
        let mut answer = serde_json::json!({
            "title": waits.what, "detail": waits.why, "status": 422, "said": "No.",
            "entries": [{
                "problems": [taxed, {"code": "tax-type-unmapped", "what": 7}],
                "what": "kept",
                "changes": [{"label": "Due date", "written": "xero"}, {"label": "Due date"}],
            }],
        });
        let fields = serde_json::to_value(&waits).unwrap();
        answer.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        let told = answer_in_language(answer.to_string(), Language::German);
        assert_eq!(answer_in_language(answer.to_string(), Language::English), answer.to_string());
        let answer: Value = serde_json::from_str(&told).unwrap();
        let (taxed, waits) = (taxed.in_german(), waits.in_german());
        assert!(waits.why.contains(&taxed.what) && waits.fix == taxed.fix, "{waits:?}");
        assert!(taxed.what.contains("GST 12%") && taxed.why.contains('2'), "{taxed:?}");
        let text = |at: &str| answer.pointer(at).and_then(Value::as_str).unwrap().to_owned();
        assert_eq!((text("/what"), text("/why"), text("/fix")), (waits.what.clone(), waits.why.clone(), waits.fix));
        assert_eq!((text("/title"), text("/detail")), (waits.what, waits.why));
        assert_eq!(text("/entries/0/problems/0/what"), taxed.what);
        assert_eq!(text("/entries/0/what"), "kept");
        assert_eq!(text("/entries/0/changes/0/label"), "Fälligkeitsdatum");
        assert_eq!(text("/entries/0/changes/1/label"), "Due date");
        assert_eq!(answer.pointer("/entries/0/problems/1/what"), Some(&serde_json::json!(7)));
    }

    #[test]
    fn the_values_of_a_field_that_changes_are_told_in_german_where_they_are_ours() {
        let text = |text: &str| serde_json::json!({ "text": text });
        for (key, written, told) in [
            ("status", "xero", ["Entwurf", "Wartet auf Zahlung", "Settled"]),
            // The CRM's own word stays, even where it looks like one of ours.
            ("status", "crm", ["Draft", "Wartet auf Zahlung", "Settled"]),
            ("xero_status", "crm", ["Entwurf", "Wartet auf Zahlung", "Settled"]),
            ("reference", "xero", ["Draft", "Awaiting payment", "Settled"]),
        ] {
            let answer = serde_json::json!({ "changes": [{
                "key": key, "label": "Status", "written": written,
                "crm": text("Draft"), "xero": text("Awaiting payment"), "result": text("Settled"),
            }] });
            let answer = answer_in_language(answer.to_string(), Language::German);
            let answer: Value = serde_json::from_str(&answer).unwrap();
            let change = &answer["changes"][0];
            let sides = ["crm", "xero", "result"].map(|side| change[side]["text"].as_str().unwrap().to_owned());
            assert_eq!(sides, told.map(str::to_owned), "{key} {written}");
        }
    }

    #[test]
    fn whatever_status_and_tax_a_document_can_have_has_a_german_name() {
        use crate::record::{DocumentStatus, LineAmountTypes};
        for word in ["DRAFT", "SUBMITTED", "AUTHORISED", "PAID", "VOIDED", "DELETED"] {
            let told = crate::plan::status_words(&DocumentStatus::from(word.to_owned()));
            assert!(VALUES.iter().any(|(english, _)| *english == told), "{word}: {told}");
        }
        for types in [LineAmountTypes::Exclusive, LineAmountTypes::Inclusive, LineAmountTypes::NoTax] {
            let (_, told) = crate::plan::tax_words(types);
            assert!(VALUES.iter().any(|(english, _)| *english == told), "{told}");
        }
    }

    #[test]
    fn a_name_stays_a_name_and_a_word_of_ours_is_told_in_german() {
        let facts = [("name", "invoice".to_owned()), ("kind", "invoice".to_owned())];
        let told = problem::of(Code::DependencyFailed, &facts).in_german();
        assert!(told.what.contains("„invoice“") && told.what.contains("Rechnung"), "{}", told.what);
    }
}
