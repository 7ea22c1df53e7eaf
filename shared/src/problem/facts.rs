//! The facts of a problem, kept so that it can be told in another language than it was made in.

use super::{Code, Problem, text};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The facts that a problem's texts tell, by key. A fact that no text tells is not kept: whoever is shown the problem is
/// shown its facts, too.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct Facts(BTreeMap<String, String>);

impl text::Known for Facts {
    fn fact(&self, key: &str) -> Option<&str> {
        self.0.get(key).map(String::as_str)
    }
}

impl Facts {
    /// Those of the facts that are told.
    pub(super) fn of(facts: &[(&str, String)], told: &[&str]) -> Self {
        let told = facts.iter().filter(|(key, _)| told.contains(key));
        // Of two facts with one key the first one is told.
        Self(told.rev().map(|(key, value)| ((*key).to_owned(), kept(value))).collect())
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// With one more.
    pub(super) fn with(&self, key: &str, value: String) -> Self {
        let mut facts = self.0.clone();
        facts.insert(key.to_owned(), value);
        Self(facts)
    }

    /// As they are given to [`super::of`].
    pub(super) fn pairs(&self) -> Vec<(&str, String)> {
        self.0.iter().map(|(key, value)| (key.as_str(), value.clone())).collect()
    }

    /// The same, each as `told` tells it.
    pub(super) fn each(&self, told: impl Fn(&str, &str) -> String) -> Self {
        Self(self.0.iter().map(|(key, value)| (key.clone(), told(key, value))).collect())
    }
}

/// A fact as it is told: without spaces around it, and of a very long one without its end, which is marked as it is told.
fn kept(fact: &str) -> String {
    match text::cut(fact.trim()) {
        (told, true) => format!("{told}…"),
        (told, false) => told.to_owned(),
    }
}

/// The problem behind a problem, as far as its words are told with that one's: what happened, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Cause {
    /// Its code.
    pub code: Code,
    /// The facts that the two texts tell.
    #[serde(default, skip_serializing_if = "Facts::is_empty")]
    pub facts: Facts,
    /// The problem behind that one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<Box<Self>>,
}

impl Cause {
    pub(super) fn of(problem: &Problem) -> Self {
        let texts = problem.code.english();
        let mut told = Vec::new();
        for template in [texts.what, texts.fix] {
            text::fill(template, &problem.facts, &mut told);
        }
        Self { code: problem.code, facts: Facts::of(&problem.facts.pairs(), &told), cause: problem.cause.clone() }
    }
}

#[cfg(test)]
mod tests {
    use crate::problem::{Code, of};

    #[test]
    fn a_fact_is_kept_as_it_is_told_and_one_that_is_not_told_is_not_kept() {
        let facts = [("tax", " GST ".to_owned()), ("name", "secret".to_owned()), ("line", "ü".repeat(500))];
        let problem = of(Code::TaxTypeUnmapped, &facts);
        let kept = serde_json::to_value(&problem.facts).unwrap();
        assert_eq!(kept, serde_json::json!({"tax": "GST", "line": format!("{}…", "ü".repeat(400))}));
        // Told from what is kept, it is the same.
        assert_eq!(of(Code::TaxTypeUnmapped, &problem.facts.pairs()), problem);
    }
}
