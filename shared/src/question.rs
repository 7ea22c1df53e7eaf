//! A question: something about a record that only a person can know.
//!
//! Whether two records are the same, whose values count where both sides have some, what becomes of a link whose partner
//! is gone, whether an exchange rate is right. A question stands on a [`crate::problem::Problem`], which says why it is asked. Nobody guesses the answer: the
//! record is left as it is on both sides until somebody answers, and everything else goes on. The answer is a
//! [`Decision`], which the record's link remembers; it may also be made without a question.

use crate::api::Shown;
use crate::id::{XeroId, ZohoId};
use crate::link::FieldKey;
use crate::module::Module;
use crate::problem::Place;
use crate::settings::SourceOfTruth;
use serde::{Deserialize, Serialize};

/// A question about one CRM record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Question {
    /// What is asked.
    pub kind: QuestionKind,
    /// The CRM record's pair.
    pub module: Module,
    /// The CRM record, which the answer is about. It may be another one than the log entry's: a document waits for the
    /// answer about its customer. None for whoever is told only that something is asked: they may not see that one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub crm_id: Option<ZohoId>,
    /// The question in words, for the choice: `Is it the bill 5 of 1 March 2025?`
    pub label: String,
    /// The records that come into question.
    pub candidates: Vec<Candidate>,
    /// What both sides have where they differ.
    pub values: Vec<Difference>,
    /// The answers that are offered. There may be none where only something outside helps (the problem's `fix` says what).
    pub choices: Vec<Answer>,
    /// Who may answer.
    pub who: Answerer,
}

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum QuestionKind {
    /// Which of the candidates the record is, if any.
    Same,
    /// Whose values count: the two records are the same, and both have values that differ.
    Values,
    /// Which of several CRM records has the one Xero record.
    Holder,
    /// What becomes of a link whose Xero record is gone.
    Gone,
    /// What becomes of a record whose link somebody has let go.
    LetGo,
    /// Which Xero contact stays after two CRM records were merged.
    Merged,
    /// Whether a document goes to Xero with the CRM's exchange rate, which is far from Xero's.
    Rate,
    /// Something that a newer version asks.
    #[serde(other)]
    Unknown,
}

/// Who may answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Answerer {
    /// Administrators of the CRM: the answer decides which record of the books is changed, or shows what stands there.
    Administrator,
    /// Whoever may edit the record in the CRM.
    Editor,
    /// Somebody whom a newer version names: nobody here.
    #[serde(other)]
    Unknown,
}

/// A record that comes into question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Candidate {
    /// The record's id on its own side.
    pub id: String,
    /// Its name, code or number.
    pub name: String,
    /// What tells it from others: dates, amounts, a status, an e-mail address.
    pub marks: Vec<Shown>,
    /// Opens it. Its label says on which side it is.
    pub place: Option<Place>,
}

/// A field in which both sides differ.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Difference {
    /// The canonical field.
    pub key: FieldKey,
    /// For people: `Due date`.
    pub label: String,
    /// What the CRM has.
    pub crm: Option<Shown>,
    /// What Xero has.
    pub xero: Option<Shown>,
}

/// An answer that can be chosen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Answer {
    /// What people see.
    pub label: String,
    /// The decision that choosing it makes.
    pub decision: Decision,
    /// The CRM record that the decision is about, where it is not the question's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<ZohoId>,
}

impl Answer {
    /// An answer about the question's own record.
    #[must_use]
    pub fn new(label: impl Into<String>, decision: Decision) -> Self {
        Self { label: label.into(), decision, about: None }
    }
}

/// What somebody decides about a record, which its link remembers: `POST /api/records/{module}/{id}/decision`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// It is this Xero record. The next sync brings the two together.
    Link {
        /// The Xero record.
        xero_id: XeroId,
        /// Whose values count where both sides have one and they differ.
        values: SourceOfTruth,
        /// The CRM record that is linked with it until now and lets it go; none: nothing is linked with it.
        #[serde(default)]
        instead_of: Option<ZohoId>,
    },
    /// It is none of these: the next sync sends it to Xero as a record of its own. A link that it has is let go.
    SendNew {
        /// The Xero records that it is not, at most 50.
        #[cfg_attr(feature = "schema", schemars(length(max = 50)))]
        not: Vec<XeroId>,
    },
    /// Its link is let go, and it is left alone until somebody decides otherwise.
    Unlink,
    /// Whose exchange rate a document in a foreign currency has in Xero. Its link stays as it is.
    Rate {
        /// The document's currency in the CRM: `USD`.
        currency: String,
        /// The CRM's rate, in units of that currency for one of the home currency. The word is about this rate alone: another
        /// one is asked about again. A text, `1.2345`, for the panel that hands it back has no use for its arithmetic.
        rate: String,
        /// The CRM's goes to Xero, or Xero takes its own of the day.
        values: SourceOfTruth,
    },
}

/// How many Xero records a decision names at most.
pub const MOST_STRANGERS: usize = 50;

impl Question {
    /// That something is asked about a record, where what it is was not kept: in the terms of [`Question::cut`].
    #[must_use]
    pub fn unseen(module: Module, crm_id: Option<ZohoId>) -> Self {
        Self {
            kind: QuestionKind::Same,
            module,
            crm_id,
            label: String::new(),
            candidates: Vec::new(),
            values: Vec::new(),
            choices: Vec::new(),
            who: Answerer::Administrator,
        }
    }

    /// The question as somebody is told of it who may not answer it: that there is one, and neither what stands in the books
    /// nor which record it is about.
    #[must_use]
    pub fn cut(&self) -> Self {
        // Each field by its name: a new one is not told before somebody says so here.
        let Self { kind, module, crm_id: _, label: _, candidates: _, values: _, choices: _, who } = self;
        Self {
            kind: *kind,
            module: *module,
            crm_id: None,
            label: String::new(),
            candidates: Vec::new(),
            values: Vec::new(),
            choices: Vec::new(),
            who: *who,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_may_not_answer_is_told_nothing_of_a_record() {
        let id = ZohoId::new("4150868000000224006").unwrap();
        let xero_id = XeroId::new("aaaaaaaa-0000-4000-8000-000000000001").unwrap();
        let shown = |text: &str| Shown::Text(text.to_owned());
        let link =
            Decision::Link { xero_id: xero_id.clone(), values: SourceOfTruth::Crm, instead_of: Some(id.clone()) };
        let question = Question {
            kind: QuestionKind::Merged,
            module: Module::Accounts,
            crm_id: Some(id.clone()),
            label: "Which contact does \"Secret\" have?".to_owned(),
            candidates: vec![Candidate {
                id: xero_id.to_string(),
                name: "Secret".to_owned(),
                marks: vec![shown("Secret")],
                place: Some(Place {
                    label: "Secret".to_owned(),
                    url: crate::web_link::WebLink::new("https://go.xero.com/Secret"),
                }),
            }],
            values: vec![Difference {
                key: "name".to_owned(),
                label: "Secret".to_owned(),
                crm: Some(shown("Secret")),
                xero: Some(shown("Secret")),
            }],
            choices: vec![Answer { about: Some(id.clone()), ..Answer::new("Secret", link) }],
            who: Answerer::Administrator,
        };
        let told = serde_json::to_string(&question.cut()).unwrap();
        for secret in ["Secret", id.as_str(), xero_id.as_str()] {
            assert!(serde_json::to_string(&question).unwrap().contains(secret), "{secret}");
            assert!(!told.contains(secret), "{told}");
        }
        // What was kept with the id is read as before.
        let kept = serde_json::to_value(&question).unwrap();
        assert_eq!(kept["crm_id"], serde_json::json!(id));
        assert_eq!(serde_json::from_value::<Question>(kept).unwrap(), question);
    }
}
