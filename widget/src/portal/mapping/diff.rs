//! What differs between two versions of the settings, and how two people's changes go together.

use serde_json::Value;
use shared::settings::Settings;
use shared::settings::differences::{self as settings, Difference};

/// What differs, in the order of the paths.
#[must_use]
pub fn differences(before: &Settings, after: &Settings) -> Vec<Difference> {
    settings::differences(value(before), value(after))
}

/// The changes that lead from `base` to `mine`, made in `theirs`.
#[must_use]
pub fn merge(base: &Settings, mine: &Settings, theirs: &Settings) -> Settings {
    let merged = settings::merge(value(base), value(mine), value(theirs));
    crate::json::read(&serde_json::to_string(&merged).unwrap_or_default()).unwrap_or_else(|_| mine.clone())
}

/// By text, because the settings are read and written as text elsewhere, too: no code of its own for it.
fn value(settings: &Settings) -> Value {
    let text = serde_json::to_string(settings).unwrap_or_default();
    crate::json::read(&text).unwrap_or_default()
}
