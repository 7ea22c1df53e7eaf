//! Every text of the panel is there in German: `panel.de.txt` has a line for each, and none that nobody says.

#![cfg(not(target_arch = "wasm32"))]

use shared::module::Module;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// The sources with the panel's texts.
const SOURCES: [&str; 15] = [
    "format.rs",
    "panel/rows.rs",
    "panel/state/mod.rs",
    "panel/state/model.rs",
    "panel/view/changes.rs",
    "panel/view/history.rs",
    "panel/view/link.rs",
    "panel/view/list.rs",
    "panel/view/mod.rs",
    "panel/view/problem.rs",
    "panel/view/record.rs",
    "panel/view/values.rs",
    "panel/words.rs",
    "popup/words.rs",
    "view/window.rs",
];

/// What looks like a text and is none: names of elements, classes and keys.
const NO_TEXTS: [&str; 25] = [
    "C",
    "{}.{} s",
    "the minutes of a million years fit",
    "milliseconds since 1970 fit a double until the year 287396",
    "{millis} ms",
    "{} (HTTP {status})",
    "Secret(…)",
    "why muted",
    "side muted",
    "totals differs",
    "button quiet",
    "button primary",
    "button primary quiet",
    "block hint",
    "block calm",
    "block steps",
    "problem tone-warn",
    "problem tone-bad",
    "bone bone-line",
    "step past",
    "step present",
    "ask-error ask-hint",
    "Xero-Correlation-Id ",
    " ↔ Xero: ",
    "CRM: ",
];

/// What is the same word in German.
const SAME: [&str; 5] = ["Problem", "Problem: ", "In Xero", "in Xero", "Xero"];

/// What is a text although it is one small word.
const SMALL: [&str; 3] = ["new", "empty", "yesterday"];

fn read(path: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).expect(path)
}

/// The string literals of a source, outside comments and tests.
fn literals(source: &str) -> Vec<String> {
    let source = source.split("#[cfg(test)]").next().unwrap_or(source);
    let mut found = Vec::new();
    let mut letters = source.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '/' if letters.peek() == Some(&'/') => {
                letters.by_ref().find(|letter| *letter == '\n');
            }
            // A character or a lifetime: a quotation mark may be within the former.
            '\'' => drop(letters.next_if_eq(&'"')),
            '"' => {
                let mut text = String::new();
                while let Some(letter) = letters.next() {
                    match letter {
                        '"' => break,
                        '\\' => match letters.next().expect("something is escaped") {
                            '\n' => while letters.next_if(|letter| letter.is_whitespace()).is_some() {},
                            'n' => text.push('\n'),
                            other => text.push(other),
                        },
                        other => text.push(other),
                    }
                }
                found.push(text);
            }
            _ => {}
        }
    }
    found
}

/// Whether a literal is words for people: with a capital or a space, and no name of ours.
fn is_text(literal: &str) -> bool {
    let words = literal.trim_start_matches(|letter: char| !letter.is_alphabetic());
    let capital = words.chars().next().is_some_and(char::is_uppercase);
    let spaced = words.trim().contains(' ');
    let shouted = words.len() > 1 && words.chars().all(|letter| letter.is_ascii_uppercase());
    let looks = capital || spaced || literal != literal.trim() || literal.contains("{}") || SMALL.contains(&literal);
    looks && !words.is_empty() && !shouted && !NO_TEXTS.contains(&literal) && !SAME.contains(&literal)
}

fn texts() -> BTreeSet<String> {
    let all = SOURCES.iter().flat_map(|path| literals(&read(&format!("src/{path}"))));
    all.filter(|literal| is_text(literal)).collect()
}

fn lines() -> BTreeMap<String, String> {
    let file = read("panel.de.txt");
    let pair = |line: &str| line.split_once('\t').map(|(english, german)| (english.to_owned(), german.to_owned()));
    let lines: Vec<_> = file.lines().map(|line| pair(line).unwrap_or_else(|| panic!("no tab in {line:?}"))).collect();
    let count = lines.len();
    let lines: BTreeMap<_, _> = lines.into_iter().collect();
    assert_eq!(lines.len(), count, "a text stands twice");
    lines
}

#[test]
fn every_text_is_there_in_german_and_none_that_nobody_says() {
    let (texts, lines) = (texts(), lines());
    assert!(texts.len() > 200, "{texts:?}");
    let missing: Vec<_> = texts.iter().filter(|text| !lines.contains_key(*text)).collect();
    assert!(missing.is_empty(), "no German for {missing:#?}");
    let nouns: Vec<_> = Module::ALL.map(|module| module.xero_singular().to_owned()).into();
    let nouns: Vec<_> = nouns.iter().collect();
    widget::dictionary::load_written(&read("panel.de.txt"));
    let spare: Vec<_> = lines.keys().filter(|text| !texts.contains(*text) && !nouns.contains(text)).collect();
    assert!(spare.is_empty(), "nobody says {spare:#?}");
}

#[test]
fn a_translation_has_the_places_and_the_edges_of_its_text() {
    for (english, german) in lines() {
        let places = |text: &str| text.matches("{}").count();
        assert_eq!(places(&english), places(&german), "{english:?}");
        let stops = |text: &str| text.ends_with('.') && !text.ends_with("Min.") && !text.ends_with("Std.");
        let edges = |text: &str| (text.starts_with(' '), text.ends_with(' '), stops(text), text.ends_with('…'));
        assert_eq!(edges(&english), edges(&german), "{english:?} {german:?}");
    }
}
