//! Fitting values to Xero's limits, never silently.

use super::add;
use crate::problem::{self, Problem, Severity};
use crate::record::Seen;
use sha2::{Digest, Sha256};

/// The characters that Xero keeps. Emoji are stripped there, so that they are left out here with a word: what is compared
/// afterwards is what Xero holds. Control characters mean nothing to people and are no XML, so that nobody is told.
pub(super) fn plain(problems: &mut Vec<Problem>, field: &str, value: Seen<String>) -> Seen<String> {
    let Seen::Value(Some(text)) = value else { return value };
    if !text.chars().any(|character| is_control(character) || is_emoji(character)) {
        return Seen::some(text);
    }
    let mut kept = String::with_capacity(text.len());
    let mut after_emoji = false;
    for character in text.chars().filter(|character| !is_control(*character)) {
        // What joins and colours emoji goes with them; in many scripts it is a letter's own.
        after_emoji = is_emoji(character)
            || (after_emoji && matches!(character, '\u{FE0E}' | '\u{FE0F}' | '\u{200D}' | '\u{20E3}'));
        if !after_emoji {
            kept.push(character);
        }
    }
    let lines = kept.trim().lines().map(str::trim_end).collect::<Vec<_>>();
    let kept = lines.join("\n");
    if text.chars().any(is_emoji) {
        add(
            problems,
            problem::value_adjusted(
                field.to_owned(),
                None,
                None,
                Some(text),
                Some(kept.clone()),
                None,
                Some("it keeps no emoji".to_owned()),
                None,
            ),
        );
    }
    Seen::Value((!kept.is_empty()).then_some(kept))
}

/// Control characters but for tabs and line breaks.
fn is_control(character: char) -> bool {
    character.is_control() && !matches!(character, '\t' | '\n')
}

/// The emoji blocks beyond the basic plane (Unicode 16, Blocks.txt). Whether Xero strips the symbols within it, too, is not
/// known: what is sent of them and comes back otherwise is remembered as both sides have it.
fn is_emoji(character: char) -> bool {
    matches!(character, '\u{1F000}'..='\u{1FAFF}' | '\u{E0020}'..='\u{E007F}')
}

/// A text cut to so many characters, told as [`problem::Code::ValueShortened`].
pub(super) fn limit(problems: &mut Vec<Problem>, field: &str, value: Seen<String>, limit: usize) -> Seen<String> {
    match plain(problems, field, value) {
        Seen::Value(Some(text)) if text.chars().count() > limit => {
            let short = cut(&text, limit);
            add(
                problems,
                problem::value_shortened(
                    field.to_owned(),
                    text,
                    short.clone(),
                    None,
                    None,
                    Some(limit.to_string()),
                    None,
                ),
            );
            Seen::some(short)
        }
        other => other,
    }
}

/// The first characters of a text, without a blank at the end.
pub(super) fn cut(text: &str, limit: usize) -> String {
    text.chars().take(limit).collect::<String>().trim_end().to_owned()
}

/// Tells that a value was changed to what Xero takes.
pub(super) fn adjusted(problems: &mut Vec<Problem>, field: &str, was: &str, is: &str) {
    add(
        problems,
        problem::value_adjusted(
            field.to_owned(),
            None,
            None,
            Some(was.to_owned()),
            Some(is.to_owned()),
            None,
            None,
            None,
        ),
    );
}

/// A contact's name as Xero takes it: at most 255 characters, no `<` or `>`, single spaces.
pub(super) fn name(problems: &mut Vec<Problem>, value: &Seen<String>) -> Seen<String> {
    let value = &plain(problems, "Name", value.clone());
    let Some(written) = value.get() else { return value.clone() };
    let clean = written.replace(['<', '>'], " ").split_whitespace().collect::<Vec<_>>().join(" ");
    if clean != *written {
        add(problems, problem::name_changed(written.clone(), clean.clone()));
    }
    if clean.is_empty() {
        return Seen::Value(None);
    }
    limit(problems, "Name", Seen::some(clean), 255)
}

/// An e-mail address that Xero takes, else unseen with a warning, so that the one in Xero stays.
pub(super) fn email(problems: &mut Vec<Problem>, value: &Seen<String>) -> Seen<String> {
    match value.get() {
        Some(address) if !is_email(address) || address.len() > 255 => {
            add(problems, problem::email_invalid(address.clone()).severity(Severity::Warning));
            Seen::Unseen
        }
        _ => value.clone(),
    }
}

fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else { return false };
    let plain = |part: &str| {
        !part.is_empty()
            && part.chars().all(|character| {
                character.is_ascii_graphic() && !matches!(character, '@' | ',' | ';' | '<' | '>' | '(' | ')' | '"')
            })
    };
    let labels: Vec<&str> = domain.split('.').collect();
    plain(local)
        && !local.starts_with('.')
        && !local.ends_with('.')
        && labels.len() >= 2
        && labels.iter().all(|label| plain(label) && !label.starts_with('-') && !label.ends_with('-'))
}

/// A street in at most 4 lines of 500 characters; what is more goes behind the fourth line.
pub(super) fn street(problems: &mut Vec<Problem>, field: &str, value: &Seen<String>) -> Seen<String> {
    let value = &plain(problems, field, value.clone());
    let Some(written) = value.get() else { return value.clone() };
    let lines: Vec<&str> = written.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let mut fitted: Vec<String> = lines.iter().take(3).map(|line| (*line).to_owned()).collect();
    if lines.len() > 3 {
        fitted.push(lines.iter().skip(3).copied().collect::<Vec<_>>().join(", "));
    }
    if lines.len() > 4 {
        adjusted(problems, field, &lines.join("\n"), &fitted.join("\n"));
    }
    let lines: Vec<String> =
        fitted.into_iter().filter_map(|line| limit(problems, field, Seen::some(line), 500).get().cloned()).collect();
    Seen::Value((!lines.is_empty()).then(|| lines.join("\n")))
}

/// A country in letters and single spaces only, at most 50 characters.
pub(super) fn country(problems: &mut Vec<Problem>, field: &str, value: &Seen<String>) -> Seen<String> {
    let Some(written) = value.get() else { return value.clone() };
    let letters: String = written
        .replace('&', " and ")
        .chars()
        // "U.S.A." becomes "USA", "Guinea-Bissau" becomes "Guinea Bissau".
        .filter(|character| !matches!(character, '.' | '\'' | '’'))
        .map(|character| if character.is_alphabetic() { character } else { ' ' })
        .collect();
    let clean = letters.split_whitespace().collect::<Vec<_>>().join(" ");
    if clean != *written {
        adjusted(problems, field, written, &clean);
    }
    if clean.is_empty() {
        return Seen::Value(None);
    }
    limit(problems, field, Seen::some(clean), 50)
}

/// Greatest length of an item's code.
pub(super) const CODE_LIMIT: usize = 30;

/// An item's code within Xero's 30 characters. A longer one ends in a hash of the whole, so that two long codes that
/// begin alike stay two codes.
pub(super) fn code(problems: &mut Vec<Problem>, value: &Seen<String>) -> Seen<String> {
    let value = &plain(problems, "Product code", value.clone());
    match value.get() {
        Some(written) if written.chars().count() > CODE_LIMIT => {
            let digest = Sha256::digest(written.as_bytes());
            let hash: String = digest.iter().take(4).map(|byte| format!("{byte:02X}")).collect();
            let short = format!("{}-{hash}", cut(written, CODE_LIMIT - 9));
            add(
                problems,
                problem::value_shortened(
                    "Product code",
                    written.clone(),
                    short.clone(),
                    None,
                    None,
                    Some(CODE_LIMIT.to_string()),
                    None,
                ),
            );
            Seen::some(short)
        }
        _ => value.clone(),
    }
}

/// A code for a product that has none: from its name for people and its id, which makes it unique.
pub(super) fn generated_code(name: &str, crm_id: &str) -> String {
    let mut number = crm_id.parse::<u128>().unwrap_or_default();
    let mut id = Vec::new();
    while number > 0 || id.is_empty() {
        let digit = u32::try_from(number % 36).unwrap_or_default();
        id.push(char::from_digit(digit, 36).unwrap_or('0').to_ascii_uppercase());
        number /= 36;
    }
    let id: String = id.into_iter().rev().collect();
    let mut slug = String::new();
    for character in name.chars() {
        if character.is_ascii_alphanumeric() {
            slug.push(character.to_ascii_uppercase());
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    let room = CODE_LIMIT.saturating_sub(id.len() + 1);
    let slug: String = slug.chars().take(room).collect();
    let slug = slug.trim_end_matches('-');
    if slug.is_empty() { id } else { format!("{slug}-{id}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::Code;

    #[test]
    fn texts_lose_emoji_with_a_word_and_control_characters_without() {
        for (written, expected, told) in [
            ("Bloom", Some("Bloom"), 0),
            ("Bloom \u{1F338}", Some("Bloom"), 1),
            ("\u{1F468}\u{200D}\u{1F469}\u{200D}\u{1F467} Family \u{1F44D}\u{1F3FD}!", Some("Family !"), 1),
            ("\u{1F389}", None, 1),
            ("one\u{7} line\u{b}\nand\ttwo", Some("one line\nand\ttwo"), 0),
            ("\u{0D15}\u{0D4D}\u{200D}", Some("\u{0D15}\u{0D4D}\u{200D}"), 0),
            ("caf\u{e9} \u{2714} \u{6771}\u{4eac}", Some("caf\u{e9} \u{2714} \u{6771}\u{4eac}"), 0),
        ] {
            let mut problems = Vec::new();
            let fitted = plain(&mut problems, "Text", Seen::some(written.to_owned()));
            assert_eq!(fitted.get().map(String::as_str), expected, "{written}");
            assert_eq!(problems.len(), told, "{written}");
        }
    }

    #[test]
    fn names_lose_what_xero_refuses() {
        for (written, expected, told) in [
            ("Acme Ltd", Some("Acme Ltd"), 0),
            ("Acme  <Holdings>   Ltd", Some("Acme Holdings Ltd"), 1),
            ("Škoda & Söhne", Some("Škoda & Söhne"), 0),
            ("<>", None, 1),
        ] {
            let mut problems = Vec::new();
            let fitted = name(&mut problems, &Seen::some(written.to_owned()));
            assert_eq!(fitted.get().map(String::as_str), expected, "{written}");
            assert_eq!(problems.len(), told, "{written}");
        }
        let mut problems = Vec::new();
        let long = "é".repeat(300);
        assert_eq!(name(&mut problems, &Seen::some(long)).get().map(|text| text.chars().count()), Some(255));
        assert_eq!(problems.first().map(|problem| problem.code), Some(Code::ValueShortened));
    }

    #[test]
    fn email_addresses_are_plain() {
        for (address, good) in [
            ("ana@acme.com", true),
            ("a.b+c@sub.acme.co.nz", true),
            ("ana@acme", false),
            ("ana acme.com", false),
            ("anä@acme.com", false),
            ("ana@acmé.com", false),
            ("ana@@acme.com", false),
            ("ana@acme..com", false),
            ("@acme.com", false),
            ("ana@acme.com; bob@acme.com", false),
        ] {
            assert_eq!(is_email(address), good, "{address}");
        }
    }

    #[test]
    fn streets_and_countries_fit() {
        let mut problems = Vec::new();
        let fitted = street(&mut problems, "Billing street", &Seen::some("a\n\n b \nc\nd\ne".to_owned()));
        assert_eq!(fitted, Seen::some("a\nb\nc\nd, e".to_owned()));
        assert_eq!(problems.len(), 1);
        for (written, expected) in [
            ("New Zealand", "New Zealand"),
            ("U.S.A.", "USA"),
            ("Trinidad & Tobago", "Trinidad and Tobago"),
            ("Côte d'Ivoire", "Côte dIvoire"),
            ("Guinea-Bissau (West)", "Guinea Bissau West"),
        ] {
            let fitted = country(&mut Vec::new(), "Billing country", &Seen::some(written.to_owned()));
            assert_eq!(fitted, Seen::some(expected.to_owned()));
        }
    }

    #[test]
    fn codes_are_unique_within_thirty_characters() {
        let first = generated_code("Crème brûlée torch, large and heavy", "5545000000001234567");
        let second = generated_code("Crème brûlée torch, large and heavy", "5545000000001234568");
        assert_ne!(first, second);
        for made in [&first, &second, &generated_code("東京", "5545000000001234567"), &generated_code("", "x")] {
            assert!((1..=CODE_LIMIT).contains(&made.len()), "{made}");
            assert!(made.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'-'));
        }
        assert!(first.starts_with("CR-ME-BR-L-E-TOR"), "{first}");
        let long = |end: &str| Seen::some(format!("AN-EXTREMELY-LONG-PRODUCT-CODE-{end}"));
        let red = code(&mut Vec::new(), &long("RED"));
        let blue = code(&mut Vec::new(), &long("BLUE"));
        assert_ne!(red, blue);
        assert_eq!(red.get().map(String::len), Some(CODE_LIMIT));
    }
}
