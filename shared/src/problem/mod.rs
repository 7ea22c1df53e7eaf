//! The catalogue: every reason why something was not done, or was done otherwise, as cause, fix and place.
//!
//! [`of`] makes a problem from its code and the facts of the case; [`from_xero`] and [`from_zoho`] recognise the
//! vendors' own messages. A fact that is not known is left out of the text, and the text still reads well.

#[cfg(feature = "translation")]
mod facts;
#[cfg(feature = "translation")]
mod phrases;
mod place;
#[macro_use]
mod row;
mod rows;
mod text;
#[cfg(feature = "translation")]
mod translation;
mod xero;
mod zoho;

#[cfg(feature = "translation")]
pub use facts::{Cause, Facts};
pub use place::{
    place_crm, place_crm_set_up, place_xero, place_xero_accounts, place_xero_currencies, place_xero_financial_settings,
    place_xero_subscription, place_xero_tax_rates,
};
pub use row::Settled;
pub use rows::*;
#[cfg(feature = "translation")]
pub use translation::{answer_in_language, label_in_language};
pub use xero::from_xero;
pub(crate) use xero::optional_fields;
pub use zoho::from_zoho;

use crate::id::ZohoId;
use crate::module::Module;
use crate::organisation::{CrmOrganisation, XeroOrganisation};
use crate::question::Question;
use crate::web_link::WebLink;
use chrono::TimeDelta;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// How much a problem stops.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The sync goes on; the person should know.
    Warning,
    /// The record is left alone until somebody does something.
    Error,
    /// The record is left alone for now; trying again later helps without anybody doing anything.
    Waiting,
}

/// A problem, told to a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Problem {
    /// The stable code, the same in log, API and documentation.
    pub code: Code,
    /// How much it stops.
    pub severity: Severity,
    /// What happened, in the reader's words: `The tax "GST 12%" has no partner in Xero.`
    pub what: String,
    /// Why.
    pub why: String,
    /// What to do, a verb first.
    pub fix: String,
    /// Where to do it.
    pub place: Option<Place>,
    /// Xero's or Zoho's own words, whole.
    pub said: Option<String>,
    /// A choice that settles it at once, for administrators.
    pub remedy: Option<crate::settings::Remedy>,
    /// What only a person can know: the record waits for the answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub question: Option<Box<Question>>,
    /// The facts that its texts tell, by key: with them it is told in another language.
    #[cfg(feature = "translation")]
    #[serde(default, skip_serializing_if = "Facts::is_empty")]
    pub facts: Facts,
    /// The problem behind it, whose words it tells as its reason.
    #[cfg(feature = "translation")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<Box<Cause>>,
}

/// A place to go to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Place {
    /// What the link says: `Open "Acme" in the CRM`.
    pub label: String,
    /// Where it leads.
    pub url: WebLink,
}

impl Code {
    fn name(self) -> &'static str {
        Self::NAMES.get(self as usize).copied().unwrap_or_default()
    }

    /// The code as it is written: `tax-unmapped`.
    #[must_use]
    pub fn as_str(self) -> String {
        self.name().to_owned()
    }

    /// The code that is written so; none for an unknown one.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.name() == name)
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for Code {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        Self::from_name(&name).ok_or_else(|| D::Error::unknown_variant(&name, Self::NAMES))
    }
}

/// What is known of the case when a vendor refuses something: with it, texts name the record and links open it.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// The CRM organisation, if it is known yet.
    pub crm_organisation: Option<&'a CrmOrganisation>,
    /// The Xero organisation, if it is known yet.
    pub xero_organisation: Option<&'a XeroOrganisation>,
    /// The pair; none for a call that is about no record.
    pub module: Option<Module>,
    /// The CRM record; none for a call that is about no record.
    pub crm_id: Option<&'a ZohoId>,
    /// The record's name or number; may be empty.
    pub name: &'a str,
    /// Opens the Xero record, if there is one.
    pub xero_url: Option<&'a WebLink>,
}

impl Context<'_> {
    /// The CRM record, as a place to go to.
    fn crm_place(&self) -> Option<Place> {
        let (organisation, module, id) = (self.crm_organisation?, self.module?, self.crm_id?);
        let label = if self.name.is_empty() {
            format!("Open the {} in the CRM", module.singular())
        } else {
            format!("Open \"{}\" in the CRM", self.name)
        };
        Some(place_crm(organisation, module, id, label))
    }

    /// The Xero record, as a place to go to.
    fn xero_place(&self) -> Option<Place> {
        let url = self.xero_url?.clone();
        let what = self.module.map_or("record", Module::xero_singular);
        Some(Place { label: format!("Open the {what} in Xero"), url })
    }
}

/// Makes a problem of the catalogue.
///
/// `facts` fill its texts, by key: `name` (the record), `module` (its kind, in words), `party`, `product`, `field`,
/// `line` (a number or a name), `tax`, `account`, `status`, `number`, `currency`, `date`, `lock`, `limit`, `was`,
/// `is`, `crm_total`, `xero_total`, `difference`, `value`, `until` (how long, in words), `user`, `organisation`, `kind`
/// and `reason` (of a dependency). Of what comes from Xero: `system` and `source` (where the value goes and where it is
/// corrected), `left_out`, `crm_takes`, `crm_limit`, `xero_field`, `crm_makes` and `xero_has` (totals); `total` and `zero`
/// (a document's total). Of a vendor's window: `vendor`, and `good` (how long, in words). An unknown key is ignored.
#[must_use]
pub fn of(code: Code, facts: &[(&str, String)]) -> Problem {
    let texts = code.english();
    let mut told = Vec::new();
    let mut fill = |template: &'static str| text::fill(template, facts, &mut told);
    let (what, why, fix) = (fill(texts.what), fill(texts.why), fill(texts.fix));
    let problem = Problem::in_words(code, code.severity(), what, why, fix);
    #[cfg(feature = "translation")]
    let problem = Problem { facts: Facts::of(facts, &told), ..problem };
    problem
}

/// The fact `until` of something that lasts so long: words for a length of time need no time zone.
#[must_use]
pub fn until(wait: TimeDelta) -> Option<(&'static str, String)> {
    let up = |parts: i64| wait.num_seconds().saturating_add(parts - 1) / parts;
    // What is less than a second is told as one.
    let seconds = (wait + TimeDelta::milliseconds(999)).num_seconds();
    let words = match seconds {
        ..=0 => return None,
        1 => "a second".to_owned(),
        2..=90 => format!("{seconds} seconds"),
        91..=5_400 => format!("about {} minutes", up(60)),
        _ => format!("about {} hours", up(3_600)),
    };
    Some(("until", words))
}

/// A person of whom somebody else is told, who is not shown the name.
const SOMEBODY: &str = "Somebody else";

/// What a person may not do, told of somebody and told to that very person, at the beginning of a sentence and within one:
/// in each language.
const YOU_MAY: [(&str, &str, &str); 2] = [(" may ", "You may ", "you may "), (" darf ", "Sie dürfen ", "Sie dürfen ")];

/// What is to come, and the same once it has come: in each language.
const HAS_ARRIVED: [(&str, &str); 2] =
    [(" goes to Xero as ", " is in Xero, "), (" geht nach Xero als ", " ist in Xero als ")];

/// What these codes say without the facts of a case, each once, in their order.
#[must_use]
pub fn in_general(codes: impl Iterator<Item = Code>) -> Vec<Problem> {
    let codes: std::collections::BTreeSet<Code> = codes.collect();
    codes.into_iter().map(|code| of(code, &[])).collect()
}

/// The whole catalogue, each entry as it reads when nothing is known of the case.
#[must_use]
pub fn catalogue() -> Vec<Problem> {
    Code::ALL.iter().map(|code| of(*code, &[])).collect()
}

impl Problem {
    /// A problem in words that are no entry of the catalogue: of what a page itself finds.
    ///
    /// Built here, and nowhere else, because which fields there are depends on the features that are on.
    #[must_use]
    pub fn in_words(code: Code, severity: Severity, what: String, why: String, fix: String) -> Self {
        Self {
            code,
            severity,
            what,
            why,
            fix,
            place: None,
            said: None,
            remedy: None,
            question: None,
            #[cfg(feature = "translation")]
            facts: Facts::default(),
            #[cfg(feature = "translation")]
            cause: None,
        }
    }

    /// With the place where it is solved.
    #[must_use]
    pub fn at(mut self, place: impl Into<Option<Place>>) -> Self {
        self.place = place.into();
        self
    }

    /// With a choice that settles it.
    #[must_use]
    pub fn remedy(mut self, remedy: impl Into<Option<crate::settings::Remedy>>) -> Self {
        self.remedy = remedy.into();
        self
    }

    /// With the question that it asks.
    #[must_use]
    pub fn asks(mut self, question: Question) -> Self {
        self.question = Some(Box::new(question));
        self
    }

    /// Leaves of its question what somebody is told of it who may not answer it.
    pub fn hide_question(&mut self) {
        if let Some(question) = &mut self.question {
            **question = question.cut();
        }
    }

    /// Whether the record waits for somebody's answer.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.stops() && self.question.is_some()
    }

    /// With the words of the problem behind it as its reason.
    #[cfg(feature = "translation")]
    #[must_use]
    pub fn telling(mut self, cause: &Self) -> Self {
        let facts = self.facts.with("reason", cause.what.clone());
        let told = of(self.code, &facts.pairs());
        (self.what, self.why, self.facts) = (told.what, told.why, told.facts);
        self.cause = Some(Box::new(Cause::of(cause)));
        self
    }

    /// The same of a record that another one waits for: what is to be done, and where, is what settles that one's problem.
    #[cfg(feature = "translation")]
    #[must_use]
    pub fn because_of(self, cause: &Self) -> Self {
        let mut waits = self.telling(cause);
        waits.fix.clone_from(&cause.fix);
        waits.place.clone_from(&cause.place);
        waits.said.clone_from(&cause.said);
        waits.remedy.clone_from(&cause.remedy);
        waits.question.clone_from(&cause.question);
        waits
    }

    /// With the vendor's own words, whole.
    #[must_use]
    pub fn said(mut self, words: &str) -> Self {
        self.said = Some(words.to_owned());
        self
    }

    /// With another severity than the catalogue's.
    #[must_use]
    pub fn severity(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }

    /// The same without the facts of the case, for somebody who is not shown them: with the name of the record whose problem
    /// it is, as that somebody is shown it, and without the vendor's words, the place and the choice that go with the facts.
    #[must_use]
    pub fn without_facts(&self, name: &str) -> Self {
        let mut facts = vec![("name", name.to_owned())];
        if self.code.is_of_a_person() {
            // Without a person it would be told to the reader, as the reader's own.
            facts.push(("user", SOMEBODY.to_owned()));
        }
        // That something is asked is told to everybody.
        let question = self.question.as_ref().map(|question| Box::new(question.cut()));
        Self {
            severity: self.severity,
            question,
            ..of(self.code, if self.code.names_another() { &[] } else { &facts })
        }
    }

    /// What is told of it to somebody who could not know that there is such a problem, because it comes from what they are not
    /// shown: that something is in the way, or needs a look, and neither what nor where.
    #[must_use]
    pub fn hidden(&self, name: &str) -> Self {
        let question = self.question.as_ref().map(|question| Box::new(question.cut()));
        let facts = [("name", name.to_owned())];
        Self { severity: self.severity, question, ..of(Code::HiddenReason, &facts) }
    }

    /// Whether it tells of the people of an account or vendor, who are records of their own: that somebody sees the one says
    /// nothing of the others.
    #[must_use]
    pub fn tells_of_people(&self) -> bool {
        self.code.tells_of_people()
    }

    /// As it is told to the very person of this name whose problem it is: "You may not …" instead of "Sam may not …".
    #[must_use]
    pub fn told_to(mut self, user: &str) -> Self {
        if self.code.is_of_a_person() && !user.is_empty() {
            for (may, you, within) in YOU_MAY {
                let may = [user, may].concat();
                self.what = match self.what.strip_prefix(&may) {
                    Some(rest) => [you, rest].concat(),
                    None => self.what.replacen(&[": ", &may].concat(), &[": ", within].concat(), 1),
                };
            }
        }
        self
    }

    /// As it is told once its record is in Xero: what was to come has come.
    #[must_use]
    pub fn arrived(mut self) -> Self {
        if self.code == Code::LeftForApproval {
            for (to_come, come) in HAS_ARRIVED {
                self.what = self.what.replacen(to_come, come, 1);
            }
        }
        self
    }

    /// Whether only somebody else's click helps, or another right: the same click ends the same.
    #[must_use]
    pub fn takes_another(&self) -> bool {
        self.code.takes_another()
    }

    /// Whether the record can't be sent because of it.
    #[must_use]
    pub fn stops(&self) -> bool {
        self.severity != Severity::Warning
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_person_may_not_do_is_told_to_them_as_theirs_and_to_nobody_else() {
        for code in Code::ALL {
            let told = |user: &[(&str, String)]| of(*code, user);
            let of_sam = told(&[("user", "Sam Sales".to_owned())]);
            let of_nobody = told(&[]);
            assert_eq!(of_sam.clone().told_to("Ana Admin"), of_sam, "{code:?}");
            if code.is_of_a_person() {
                assert!(of_sam.what.contains("Sam Sales may not "), "{}", of_sam.what);
                assert_eq!(of_sam.clone().told_to("Sam Sales").what, of_nobody.what);
                assert!(of_nobody.what.to_lowercase().contains("you may not "), "{}", of_nobody.what);
                assert!(of_sam.without_facts("INV-1").what.contains("Somebody else may not "));
                assert_eq!(of_sam.clone().told_to(""), of_sam);
            } else {
                assert!(!of_sam.what.contains("Sam Sales"), "{code:?} names a person first: {}", of_sam.what);
            }
        }
    }

    #[test]
    fn what_has_gone_is_not_told_as_to_come() {
        let facts = [("name", "INV-1".to_owned()), ("status", "awaiting approval".to_owned())];
        let told = of(Code::LeftForApproval, &facts);
        assert_eq!(told.what, "\"INV-1\" goes to Xero as awaiting approval.");
        assert_eq!(told.arrived().what, "\"INV-1\" is in Xero, awaiting approval.");
        for problem in catalogue() {
            assert_eq!(problem.clone().arrived() != problem, problem.code == Code::LeftForApproval, "{problem:?}");
        }
    }

    #[test]
    fn a_length_of_time_in_words() {
        for (millis, words) in [
            (0, None),
            (-5, None),
            (1, Some("a second")),
            (1_001, Some("2 seconds")),
            (90_000, Some("90 seconds")),
            (91_000, Some("about 2 minutes")),
            (5_400_000, Some("about 90 minutes")),
            (66_975_000, Some("about 19 hours")),
        ] {
            let until = until(TimeDelta::milliseconds(millis)).map(|(_, words)| words);
            assert_eq!(until.as_deref(), words, "{millis}");
        }
    }

    #[test]
    fn codes_are_written_in_kebab_case() {
        for code in Code::ALL {
            let mut kebab = String::new();
            for letter in format!("{code:?}").chars() {
                if letter.is_uppercase() && !kebab.is_empty() {
                    kebab.push('-');
                }
                kebab.extend(letter.to_lowercase());
            }
            assert_eq!(code.as_str(), kebab);
            let text = format!("\"{kebab}\"");
            assert_eq!(serde_json::to_string(code).unwrap(), text);
            assert_eq!(serde_json::from_str::<Code>(&text).unwrap(), *code);
        }
        for wrong in ["\"TaxUnmapped\"", "\"tax_unmapped\"", "\"\"", "7", "null"] {
            assert!(serde_json::from_str::<Code>(wrong).is_err(), "{wrong}");
        }
    }
}
