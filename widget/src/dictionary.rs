//! The panel in another language than English: a file with a line for each text, which the page loads beside the program
//! where somebody wants it, so that nobody else waits for it (`panel.de.txt`, [`crate::texts_file`]).
//!
//! A text of ours is its own key, as in gettext: what the file does not have is told in English.

use crate::texts_file::key;
use std::cell::Cell;

/// Finds a translation.
type Find = fn(&str) -> Option<&'static str>;

thread_local! {
    /// How a text is looked up. A pointer, so that the portal, which has its texts in each language, carries none of it.
    static FIND: Cell<Option<Find>> = const { Cell::new(None) };
    /// The file. It has two hundred lines, and a screen says thirty of them: to look through it takes less than to load a
    /// program that sorts it.
    static FILE: Cell<&'static str> = const { Cell::new("") };
}

/// A text of ours in the reader's language.
#[inline(never)]
#[must_use]
pub fn say(text: &'static str) -> &'static str {
    FIND.get().and_then(|find| find(text)).unwrap_or(text)
}

/// The same as a text of its own.
#[inline(never)]
#[must_use]
pub fn spoken(text: &'static str) -> String {
    said(text)
}

/// The same of a text that came from elsewhere: one of ours is told in the reader's language, any other stays as it is.
#[inline(never)]
#[must_use]
pub fn said(text: &str) -> String {
    FIND.get().and_then(|find| find(text)).unwrap_or(text).to_owned()
}

/// A text of ours with a place in it, `{}`, that is filled.
#[inline(never)]
#[must_use]
pub fn fill(text: &'static str, place: &str) -> String {
    say(text).replacen("{}", place, 1)
}

/// From now on texts are told as this file has them, packed; with an empty one, in English.
pub fn load(file: String) {
    FIND.set(if file.is_empty() { None } else { Some(find) });
    // It lives as long as the page, and a page loads one or two.
    FILE.set(file.leak());
}

/// The same with a file as people write it.
///
/// # Panics
/// It can't be packed.
#[doc(hidden)]
pub fn load_written(file: &str) {
    load(crate::texts_file::pack(file).unwrap_or_else(|wrong| panic!("{wrong}")));
}

fn find(text: &str) -> Option<&'static str> {
    let key = key(text);
    let line = FILE.get().lines().find(|line| line.as_bytes().starts_with(&key))?;
    line.get(key.len()..)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_told_as_the_file_has_it_and_otherwise_in_english() {
        load_written("Close\tSchließen\nBy {}\tVon {}\nAll {} records done\tAlle {} Datensätze fertig\n");
        assert_eq!((say("Close"), said("Close").as_str()), ("Schließen", "Schließen"));
        assert_eq!((say("Open"), said("Acme").as_str()), ("Open", "Acme"));
        assert_eq!(fill("By {}", "{} & Co"), "Von {} & Co");
        load(String::new());
        assert_eq!((say("Close"), fill("By {}", "Ana").as_str()), ("Close", "By Ana"));
    }

    #[test]
    fn a_file_that_can_not_be_told_apart_is_not_packed() {
        assert!(crate::texts_file::pack("Close\tSchließen\nClose\tZu\n").is_err());
        assert!(crate::texts_file::pack("Close\n").is_err());
    }
}
