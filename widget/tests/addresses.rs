//! The widget calls no address that is not in the API's table.

#![cfg(not(target_arch = "wasm32"))]

use shared::api::address::ROWS;
use shared::module::Module;
use std::path::{Path, PathBuf};

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("the sources are there") {
        let path = entry.expect("a file of the sources").path();
        match path.is_dir() {
            true => sources(&path, found),
            false if path.extension().is_some_and(|extension| extension == "rs") => found.push(path),
            false => {}
        }
    }
}

/// Whether some row's path begins so. What is filled in (`{}`, or all that comes after the literal) may be a parameter.
fn is_known(literal: &str) -> bool {
    let literal = literal.split('?').next().unwrap_or_default();
    ROWS.iter().any(|row| {
        let mut parts = row.path.split('/');
        let mut rest = literal.split('/').peekable();
        while let Some(part) = rest.next() {
            // After the last slash comes what is filled in.
            let is_open = part.is_empty() && rest.peek().is_none() && literal.len() > 1;
            match parts.next() {
                Some(_) if is_open => return true,
                Some(wanted) if wanted == part => {}
                Some("{module}") if Module::from_api_name(part).is_some() => {}
                Some(wanted) if wanted.starts_with('{') && part.starts_with('{') => {}
                _ => return false,
            }
        }
        true
    })
}

#[test]
fn every_address_that_the_widget_names_is_in_the_table() {
    let mut files = Vec::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut files);
    let mut named = 0;
    for file in files {
        let source = std::fs::read_to_string(&file).expect("a source can be read");
        for rest in source.split("\"/api/").skip(1) {
            let literal = ["/api/", rest.split('"').next().unwrap_or_default()].concat();
            // Names of requests in a test of their own.
            if literal.contains(' ') {
                continue;
            }
            assert!(is_known(&literal), "{}: {literal} is in no row of shared::api::address", file.display());
            named += 1;
        }
    }
    assert!(named > 30, "{named}");
    assert!(!is_known("/api/nothing") && !is_known("/api/records/{}/{}/nothing"));
}
