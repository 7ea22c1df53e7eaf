//! The architecture's invariants, checked against what cargo and the sources say.

use crate::process::{cargo, files_under, output, read, root};
use crate::tools::locked_versions;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;

/// Which of our packages each of our packages may use (not counting its tests).
const ALLOWED: [(&str, &[&str]); 11] = [
    ("shared", &[]),
    ("ports", &["shared"]),
    ("upstream", &["shared", "ports"]),
    ("engine", &["shared", "ports", "upstream"]),
    ("edge", &["shared", "ports", "upstream", "engine"]),
    ("widget", &["shared"]),
    ("sandbox-kernel", &[]),
    ("sandbox-zoho", &["sandbox-kernel"]),
    ("sandbox-xero", &["sandbox-kernel"]),
    ("sandbox", &["sandbox-kernel", "sandbox-zoho", "sandbox-xero"]),
    ("xtask", &[]),
];

/// Packages that reach for a network, a browser, a runtime or chance.
const IMPURE: [&str; 15] = [
    "axum",
    "getrandom",
    "gloo-net",
    "js-sys",
    "leptos",
    "rand",
    "reqwest",
    "rusqlite",
    "tokio",
    "ureq",
    "uuid",
    "wasm-bindgen",
    "wasm-bindgen-futures",
    "web-sys",
    "worker",
];

/// What no package but these may use: only the Worker knows Workers, only the widget knows Leptos.
const ONLY: [(&str, &[&str]); 3] = [("worker", &["edge"]), ("leptos", &["widget"]), ("gloo-net", &["widget"])];

/// Folders in which money is handled: never as a binary fraction.
const NO_FLOATS: [&str; 3] = ["shared/src", "edge/upstream/src", "edge/engine/src"];

/// A dependency that a package declares.
#[derive(Debug)]
struct Dependency {
    name: String,
    /// Used by the package itself, not only by its tests or its build script.
    normal: bool,
    features: Vec<String>,
}

fn packages() -> BTreeMap<String, Vec<Dependency>> {
    let json = output(cargo().args(["metadata", "--format-version", "1", "--no-deps", "--offline"])).unwrap();
    let metadata: Value = serde_json::from_str(&json).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let dependency = |value: &Value| Dependency {
        name: text(&value["name"]),
        normal: value["kind"].is_null(),
        features: value["features"].as_array().unwrap().iter().map(text).collect(),
    };
    let package = |value: &Value| {
        (text(&value["name"]), value["dependencies"].as_array().unwrap().iter().map(dependency).collect())
    };
    metadata["packages"].as_array().unwrap().iter().map(package).collect()
}

#[test]
fn dependencies_point_one_way() {
    let packages = packages();
    let allowed = BTreeMap::from(ALLOWED);
    for (package, dependencies) in &packages {
        let allowed = allowed.get(package.as_str()).unwrap_or_else(|| panic!("{package} has no place in ALLOWED"));
        for dependency in dependencies.iter().filter(|d| d.normal && packages.contains_key(&d.name)) {
            assert!(allowed.contains(&dependency.name.as_str()), "{package} must not use {}", dependency.name);
        }
    }
}

#[test]
fn shared_is_pure() {
    for dependency in packages()["shared"].iter().filter(|d| d.normal) {
        assert!(!IMPURE.contains(&dependency.name.as_str()), "shared must not use {}", dependency.name);
    }
}

/// What describes the API's types is for the document of the API only: nobody should have to load it.
#[test]
fn schemas_stay_out_of_what_is_deployed() {
    for (package, dependencies) in &packages() {
        let schema = |d: &&Dependency| d.name == "shared" && d.features.iter().any(|feature| feature == "schema");
        assert!(!dependencies.iter().filter(|d| d.normal).any(|d| schema(&d)), "{package} must not load the schemas");
        let schemars = dependencies.iter().any(|d| d.name == "schemars");
        assert!(!schemars || package == "shared", "{package} must not use schemars");
    }
}

#[test]
fn platforms_stay_at_the_rim() {
    let packages = packages();
    for (library, users) in ONLY {
        for (package, dependencies) in &packages {
            let used = dependencies.iter().any(|d| d.normal && d.name == library);
            assert!(!used || users.contains(&package.as_str()), "{package} must not use {library}");
        }
    }
}

/// The sandbox is written from the vendors' documents. Code of ours in it would hide our own misreadings.
#[test]
fn sandbox_knows_nothing_of_us() {
    let packages = packages();
    let sandboxes: Vec<_> = packages.iter().filter(|(name, _)| name.starts_with("sandbox")).collect();
    assert_eq!(sandboxes.len(), 4, "the sandbox's packages");
    for (package, dependencies) in sandboxes {
        for ours in ["shared", "ports", "upstream", "engine", "edge", "widget"] {
            assert!(!dependencies.iter().any(|d| d.name == ours), "{package} must not use {ours}, not even in tests");
        }
    }
}

/// The command-line tool, the widget and the Worker must agree on it.
#[test]
fn one_wasm_bindgen() {
    let lock = read(&root().join("Cargo.lock")).unwrap();
    assert_eq!(locked_versions(&lock, "wasm-bindgen").len(), 1, "versions of wasm-bindgen in Cargo.lock");
}

#[test]
fn money_is_never_a_float() {
    for folder in NO_FLOATS {
        let files = files_under(&root().join(folder));
        assert!(!files.is_empty(), "{folder} is empty");
        for file in files.iter().filter(|file| !is_test(file)) {
            let text = read(file).unwrap();
            // A module of tests closes its file, and tests may feed in what money must never be.
            let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
            for (number, line) in code.lines().enumerate() {
                assert!(!names_float(line), "{}:{}: {line}", file.display(), number + 1);
            }
        }
    }
}

fn is_test(file: &Path) -> bool {
    file.iter().any(|part| part == "tests" || part == "tests.rs")
}

/// Whether a line of code, comments apart, names a floating-point type.
fn names_float(line: &str) -> bool {
    let code = line.split("//").next().unwrap_or_default();
    let words = code.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    words.into_iter().any(|word| ["f32", "f64", "as_f64", "to_f64", "from_f64"].contains(&word))
}

#[test]
fn floats_are_recognised() {
    for (line, found) in [
        ("let price: f64 = 1.0;", true),
        ("value.as_f64()", true),
        ("Vec<f32>", true),
        ("/// Never an f64.", false),
        ("let buf64 = 1;", false),
    ] {
        assert_eq!(names_float(line), found, "{line}");
    }
}

/// Whoever adds something follows these lists, so what they name has to be there.
#[test]
fn files_that_contributors_are_sent_to_exist() {
    let text = read(&root().join("CONTRIBUTING.md")).unwrap();
    let quoted: Vec<&str> =
        text.split("```").step_by(2).flat_map(|prose| prose.split('`').skip(1).step_by(2)).collect();
    let is_path = |word: &&&str| word.contains('/') && !word.contains(' ') && !word.starts_with('/');
    let paths: Vec<&&str> = quoted.iter().filter(is_path).collect();
    assert!(paths.len() > 40, "{paths:?}");
    let gone: Vec<_> = paths.iter().filter(|path| !root().join(path).exists()).collect();
    assert!(gone.is_empty(), "CONTRIBUTING.md names what is not there: {gone:?}");
}

/// Where problems are made.
const MAKES_PROBLEMS: [&str; 5] = ["shared/src", "edge/upstream/src", "edge/engine/src", "edge/src", "widget/src"];

#[test]
fn every_problem_is_made_by_something() {
    let table = root().join("shared/src/problem/rows.rs");
    let files = MAKES_PROBLEMS.iter().flat_map(|folder| files_under(&root().join(folder)));
    let files =
        files.filter(|file| !is_test(file) && *file != table && file.extension().is_some_and(|end| end == "rs"));
    let mut sources = String::new();
    for file in files {
        let text = read(&file).unwrap();
        let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
        code.lines().for_each(|line| sources.extend([line.split("//").next().unwrap_or_default(), "\n"]));
    }
    let table = read(&table).unwrap();
    let rows: Vec<(&str, &str)> = table.lines().filter_map(row).collect();
    assert!(rows.len() > 100, "the rows are written otherwise: {rows:?}");
    for (code, make) in rows {
        assert!(makes(&sources, code, make), "{code} is made by nothing");
    }
}

/// A row's code and constructor: `    TaxUnmapped = tax_unmapped(tax: Name) {`.
fn row(line: &str) -> Option<(&str, &str)> {
    let (code, rest) = line.strip_suffix(" {")?.strip_prefix("    ")?.split_once(" = ")?;
    let (make, _) = rest.split_once('(')?;
    code.chars().all(|sign| sign.is_ascii_alphanumeric()).then_some((code, make))
}

/// Whether sources make a problem, by its constructor or by its code where that is not compared with another.
fn makes(sources: &str, code: &str, make: &str) -> bool {
    let (make, code) = (format!("problem::{make}"), format!("Code::{code}"));
    let whole = |after: &str| !after.starts_with(|sign: char| sign.is_ascii_alphanumeric() || sign == '_');
    let ends = |name: &str| sources.match_indices(name).map(|(at, _)| (at, at + name.len())).collect::<Vec<_>>();
    ends(&make).into_iter().any(|(_, end)| whole(&sources[end..]))
        || ends(&code).into_iter().any(|(at, end)| {
            let (before, after) = (sources[..at].trim_end(), &sources[end..]);
            let line = before.rsplit('\n').next().unwrap_or_default();
            let compared = ["==", "!=", "|"].iter().any(|sign| before.ends_with(sign)) || line.contains("matches!(");
            let pattern = ["=>", "|", "if ", ") =>"].iter().any(|sign| after.trim_start().starts_with(sign));
            whole(after) && !compared && !pattern
        })
}

#[test]
fn what_makes_a_problem_is_recognised() {
    for (line, found) in [
        ("problem::tax_unmapped(tax)", true),
        ("ok_or_else(problem::tax_unmapped)", true),
        ("Refusal::of(Code::TaxUnmapped, &[])", true),
        ("None => Code::TaxUnmapped,", true),
        ("Code::TaxUnmapped => 422,", false),
        ("Some(Code::TaxUnmapped) => 422,", false),
        ("Code::TaxUnmapped | Code::TaxSeveral => 422,", false),
        ("Code::TaxSeveral | Code::TaxUnmapped => 422,", false),
        ("if problem.code == Code::TaxUnmapped {", false),
        ("matches!(code, Code::TaxUnmapped)", false),
        ("problem::tax_unmapped_of(tax), Code::TaxUnmappedHere", false),
    ] {
        assert_eq!(makes(line, "TaxUnmapped", "tax_unmapped"), found, "{line}");
    }
}
