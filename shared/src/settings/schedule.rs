//! When records are synced by themselves, and who is told.

use super::Direction;
use crate::module::Module;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The schedule of a connection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct Schedule {
    /// Whether runs start by themselves.
    pub enabled: bool,
    /// The pairs that are synced, with their direction. Empty: all six, each in the direction of its own setting.
    #[cfg_attr(feature = "schema", schemars(extend("propertyNames" = { "$ref": "#/components/schemas/Module" })))]
    pub pairs: BTreeMap<Module, Direction>,
    /// Times of the day, `HH:MM` on a quarter of an hour, each once: at most 96, since the clock looks every 15
    /// minutes.
    #[cfg_attr(
        feature = "schema",
        schemars(length(min = 1, max = 96), extend("uniqueItems" = true)),
        schemars(inner(regex(pattern = "^([01][0-9]|2[0-3]):(00|15|30|45)$")))
    )]
    pub times: Vec<String>,
    /// IANA name of the zone of `times`; none: the CRM organisation's.
    pub time_zone: Option<String>,
    /// From when on changes count at the first scheduled run.
    pub start: StartRule,
    /// Who is told of a run's end.
    #[cfg_attr(feature = "schema", schemars(length(max = 20)))]
    pub notices: Vec<Notice>,
}

impl Default for Schedule {
    fn default() -> Self {
        Self {
            enabled: false,
            pairs: BTreeMap::new(),
            times: vec!["07:00".to_owned(), "19:00".to_owned()],
            time_zone: None,
            start: StartRule::default(),
            notices: Vec::new(),
        }
    }
}

/// From when on changes count where a pair was never synced in a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum StartRule {
    /// Since the last run; everything where there was none.
    #[default]
    LastSync,
    /// Since the schedule was switched on: what is older stays as it is until somebody starts a run for it.
    FirstScheduled,
}

/// Somebody who is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Notice {
    /// E-mail address.
    #[cfg_attr(feature = "schema", schemars(email))]
    pub address: String,
    /// When.
    pub when: NoticeRule,
}

/// When somebody is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum NoticeRule {
    /// After every scheduled run.
    Always,
    /// When a record failed or the run could not go on.
    #[default]
    OnFailure,
    /// Not at all.
    Never,
}
