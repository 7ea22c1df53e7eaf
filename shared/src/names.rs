//! Names as people compare them: the same name is written in many ways.

use icu_normalizer::DecomposingNormalizerBorrowed;

/// A name as it is compared: without case, accents, kinds of apostrophes, quotes and dashes, and with single spaces.
///
/// Two names that differ in nothing else are one name to people. Neither vendor says that its own comparison goes so far,
/// so what a query finds is compared here.
#[must_use]
pub fn folded(name: &str) -> String {
    plain(name).chars().flat_map(char::to_lowercase).collect()
}

/// The same with its case.
fn plain(name: &str) -> String {
    let mut plain = String::with_capacity(name.len());
    let mut space = false;
    for letter in DecomposingNormalizerBorrowed::new_nfkd().normalize_iter(name.chars().map(plain_mark)) {
        if letter.is_whitespace() {
            space = !plain.is_empty();
        } else if !is_silent(letter) {
            if std::mem::take(&mut space) {
                plain.push(' ');
            }
            match base(letter) {
                Some(base) => plain.push_str(base),
                None => plain.push(letter),
            }
        }
    }
    plain
}

/// One kind of apostrophe, quotation mark and dash for all.
fn plain_mark(letter: char) -> char {
    match letter {
        '\u{2018}'..='\u{201b}' | '\u{2032}' | '\u{2035}' | '\u{2b9}' | '\u{2bb}'..='\u{2bf}' | '`' | '\u{b4}' => '\'',
        '\u{201c}'..='\u{201f}' | '\u{2033}' | '\u{ab}' | '\u{bb}' => '"',
        '\u{2010}'..='\u{2015}' | '\u{2212}' => '-',
        letter => letter,
    }
}

/// Letters of one with a stroke, or of two, have no accent that could be taken off.
fn base(letter: char) -> Option<&'static str> {
    Some(match letter {
        'ß' | 'ẞ' => "ss",
        'æ' => "ae",
        'Æ' => "AE",
        'œ' => "oe",
        'Œ' => "OE",
        'ø' => "o",
        'Ø' => "O",
        'ł' => "l",
        'Ł' => "L",
        'đ' | 'ð' => "d",
        'Đ' | 'Ð' => "D",
        'ħ' => "h",
        'Ħ' => "H",
        'ı' => "i",
        'þ' => "th",
        'Þ' => "TH",
        _ => return None,
    })
}

/// Whether two names are one to people.
#[must_use]
pub fn same(one: &str, other: &str) -> bool {
    folded(one) == folded(other)
}

/// A pattern for a query with `like`, where `%` stands for anything, that finds the ways of writing a name: what may be
/// written in several ways is left open, and so are letters that often carry accents where enough others are left. Letters
/// keep their case: whether the query minds it is its own business, and what it finds has to be compared with [`same`].
///
/// None where nothing is left that would narrow the query.
#[must_use]
pub fn pattern(name: &str) -> Option<String> {
    let name = plain(name);
    let firm = |letter: &char| letter.is_ascii_alphanumeric() && !"aeiouycnszAEIOUYCNSZ".contains(*letter);
    let enough = name.chars().filter(firm).count() >= FIRM;
    let keeps = |letter: char| if enough { firm(&letter) } else { letter.is_ascii_alphanumeric() };
    let mut pattern = String::with_capacity(name.len());
    for letter in name.chars() {
        if keeps(letter) {
            pattern.push(letter);
        } else if !pattern.ends_with('%') {
            pattern.push('%');
        }
    }
    if !pattern.ends_with('%') {
        // Blanks at the end.
        pattern.push('%');
    }
    (pattern != "%").then_some(pattern)
}

/// A name as it is most often written: as it is, in small and in capital letters, and with each word's first letter large.
/// For a query that may mind case.
#[must_use]
pub fn spellings(name: &str) -> Vec<String> {
    let mut large = String::with_capacity(name.len());
    let mut begins = true;
    for letter in name.chars() {
        match begins {
            true => large.extend(letter.to_uppercase()),
            false => large.extend(letter.to_lowercase()),
        }
        begins = letter.is_whitespace();
    }
    let mut all = vec![name.to_owned(), large, name.to_lowercase(), name.to_uppercase()];
    let mut seen = std::collections::BTreeSet::new();
    all.retain(|one| seen.insert(one.clone()));
    all
}

/// Whether a name may be written otherwise by somebody who means the same: it has accents, marks of which there are several
/// kinds, or blanks where others have none.
#[must_use]
pub fn is_peculiar(name: &str) -> bool {
    plain(name) != name || name.contains(['\'', '"', '-'])
}

/// The longest part of a name that nobody writes otherwise but for its case: for a search.
#[must_use]
pub fn firmest(name: &str) -> Option<&str> {
    let parts = name.split(|letter: char| !letter.is_ascii_alphanumeric());
    parts.filter(|part| part.len() > 1).max_by_key(|part| part.len())
}

/// How many letters without accents narrow a query enough.
const FIRM: usize = 4;

/// Whether a letter adds nothing of its own: accents that were taken apart, and marks without a width.
fn is_silent(letter: char) -> bool {
    matches!(
        letter,
        '\u{300}'..='\u{36f}'
            | '\u{1ab0}'..='\u{1aff}'
            | '\u{1dc0}'..='\u{1dff}'
            | '\u{20d0}'..='\u{20ff}'
            | '\u{fe20}'..='\u{fe2f}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2060}'
            | '\u{feff}'
            | '\u{ad}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_name_is_written_in_many_ways() {
        for (one, other) in [
            ("Zenith Holdings", "ZENITH holdings"),
            ("Café Zoë", "Cafe\u{301} Zoe"),
            ("O\u{2019}Brien & Co", "o'brien  &\u{a0}co "),
            ("D`Angelo", "D\u{2bc}Angelo"),
            ("Smørrebrød ApS", "Smorrebrod APS"),
            ("Straße 7", "STRASSE 7"),
            ("Jones\u{2013}Smith", "Jones-Smith"),
            ("Ａｃｍｅ", "acme"),
            (" Łódź\tWorks ", "lodz works"),
        ] {
            assert!(same(one, other), "{one:?} {other:?}: {:?} {:?}", folded(one), folded(other));
        }
        for (one, other) in [
            ("Acme", "Acme 2"),
            ("O'Brien", "OBrien"),
            ("Zenith Holdings", "ZenithHoldings"),
            ("", "a"),
            ("日本", "日木"),
        ] {
            assert!(!same(one, other), "{one:?} {other:?}");
        }
    }

    #[test]
    fn a_name_is_spelled_in_four_ways_at_most() {
        assert_eq!(spellings("acme Pty LTD"), ["acme Pty LTD", "Acme Pty Ltd", "acme pty ltd", "ACME PTY LTD"]);
        assert_eq!(spellings("Acme"), ["Acme", "acme", "ACME"]);
        assert_eq!(spellings("42"), ["42"]);
    }

    #[test]
    fn a_pattern_leaves_open_what_may_be_written_otherwise() {
        for (name, wanted) in [
            ("Zenith Holdings", Some("%th%H%ld%g%")),
            ("Café", Some("Cafe%")),
            ("O\u{2019}Brien & Co", Some("O%Brien%Co%")),
            ("50% off_Ltd", Some("50%ff%Ltd%")),
            ("日本", None),
            ("", None),
        ] {
            assert_eq!(pattern(name).as_deref(), wanted, "{name:?}");
        }
    }
}
