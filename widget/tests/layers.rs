//! The walls within the widget: panel and portal know nothing of each other, what they share knows neither, and the state
//! of a screen knows no browser.
#![allow(clippy::unwrap_used, reason = "a test may panic")]
#![cfg(not(target_arch = "wasm32"))]

use std::path::{Path, PathBuf};

/// The sources below a folder of `src`.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { sources(&path) } else { vec![path] }).collect()
}

/// Whether code outside comments has this word between characters that are part of no name.
fn names(code: &str, word: &str) -> bool {
    let code = code.lines().map(|line| line.split("//").next().unwrap_or_default());
    let mut words = code.flat_map(|line| line.split(|char: char| !char.is_alphanumeric() && char != '_'));
    words.any(|found| found == word)
}

#[test]
fn panel_and_portal_know_nothing_of_each_other() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut seen = [0; 3];
    for path in sources(&root) {
        let place = path.strip_prefix(&root).unwrap();
        let code = std::fs::read_to_string(&path).unwrap();
        // The library names both pages, and each binary is one of them.
        let (side, strangers): (usize, &[&str]) = match place.iter().next().and_then(|first| first.to_str()).unwrap() {
            "lib.rs" | "bin" => continue,
            "panel" => (0, &["portal"]),
            "portal" => (1, &["panel"]),
            _ => (2, &["panel", "portal"]),
        };
        seen[side] += 1;
        for stranger in strangers {
            let uses = [format!("crate::{stranger}"), format!("super::{stranger}")];
            let code = code.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
            assert!(!uses.iter().any(|used| code.contains(used)), "{} must not use {stranger}", place.display());
        }
    }
    assert!(seen.iter().all(|files| *files > 5), "{seen:?}");
}

#[test]
fn state_knows_no_browser() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let is_state = |path: &&PathBuf| path.iter().any(|part| part == "state" || part == "state.rs");
    let all = sources(&root);
    let states: Vec<_> = all.iter().filter(is_state).collect();
    assert!(states.len() > 10, "{}", states.len());
    for path in states {
        let code = std::fs::read_to_string(path).unwrap();
        for browser in ["web_sys", "js_sys", "wasm_bindgen", "leptos", "reactive", "gloo_net", "client"] {
            assert!(!names(&code, browser), "{} must not use {browser}", path.display());
        }
    }
}
