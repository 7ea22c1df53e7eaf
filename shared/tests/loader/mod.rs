//! Golden cases: folders of files that say what is given, and one file that says what comes of it.

use serde_json::{Value, json};
use shared::organisation::{CrmOrganisation, XeroOrganisation};
use shared::settings::Settings;
use std::fs;
use std::path::{Path, PathBuf};

/// One case.
pub(crate) struct Case {
    folder: PathBuf,
}

impl Case {
    /// One of its files; none when it is not there.
    pub(crate) fn file(&self, name: &str) -> Option<Value> {
        read(&self.folder.join(name))
    }

    /// Both organisations: `organisation.json` names the base (`au` or `nz`) and has the fields that differ.
    pub(crate) fn organisations(&self) -> (CrmOrganisation, XeroOrganisation) {
        let changes = self.file("organisation.json").unwrap_or_default();
        let base = changes["base"].as_str().unwrap_or("au");
        let crm = serde_json::from_value(organisation("crm", changes.get("crm"))).unwrap();
        let xero = serde_json::from_value(organisation(base, changes.get("xero"))).unwrap();
        (crm, xero)
    }

    /// The settings of `settings.json`, else the defaults. They must hold nothing that no setting is called.
    pub(crate) fn settings(&self) -> Settings {
        let given = self.file("settings.json").unwrap_or(json!({}));
        let settings: Settings = serde_json::from_value(given.clone()).unwrap();
        let whole = serde_json::to_value(&settings).unwrap();
        unknown(&given, &whole, &self.folder.display().to_string());
        settings
    }

    /// Compares the outcome with the file, or writes the file anew where `UPDATE_GOLDEN` is set.
    pub(crate) fn compare(&self, file: &str, outcome: &Value) -> Result<(), String> {
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            let text = format!("{}\n", serde_json::to_string_pretty(outcome).unwrap());
            fs::write(self.folder.join(file), text).unwrap();
            return Ok(());
        }
        let expected = self.file(file).ok_or_else(|| format!("{file} is missing"))?;
        if expected == *outcome { Ok(()) } else { Err(format!("expected {expected:#}\nbut got {outcome:#}")) }
    }
}

/// Checks every case of a folder of `tests`, at least so many.
#[track_caller]
pub(crate) fn every_case(folder: &str, least: usize, check: impl Fn(&Case) -> Result<(), String>) {
    let mut folders: Vec<PathBuf> =
        fs::read_dir(here().join(folder)).unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.sort();
    assert!(folders.len() >= least, "only {} cases found", folders.len());
    let count = folders.len();
    let failures: Vec<String> = folders
        .into_iter()
        .filter_map(|folder| {
            let name = folder.display().to_string();
            check(&Case { folder }).err().map(|failure| format!("{name}: {failure}"))
        })
        .collect();
    assert!(failures.is_empty(), "{} of {count} differ\n{}", failures.len(), failures.join("\n\n"));
}

fn here() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests")
}

fn read(path: &Path) -> Option<Value> {
    let text = fs::read_to_string(path).ok()?;
    Some(serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display())))
}

/// An organisation with the fields of `changes` put in place of its own.
fn organisation(name: &str, changes: Option<&Value>) -> Value {
    let mut value = read(&here().join("organisations").join(format!("{name}.json"))).unwrap();
    for (field, change) in changes.and_then(Value::as_object).into_iter().flatten() {
        value[field] = change.clone();
    }
    value
}

/// A setting that is misspelt would otherwise be taken for one that is not there.
fn unknown(given: &Value, whole: &Value, path: &str) {
    let Value::Object(fields) = given else { return };
    for (name, value) in fields {
        let Some(known) = whole.get(name) else { panic!("{path}: there is no setting {name}") };
        unknown(value, known, &format!("{path} {name}"));
    }
}
