//! The catalogue's texts with facts in them.
//!
//! A fact stands in braces, always inside a group: `The tax[ "{tax}"] has no partner.`
//! A group is dropped when one of its facts is not known, or replaced by its alternative: `[{name}|This record]`.
//! Facts are put in as they are: braces and brackets inside them mean nothing. Only of a very long one the end is left
//! out, whoever sent it.

/// How many characters of a fact are told: more than any name, number or reason has.
const LONGEST_FACT: usize = 400;

/// A fact of this key, if it is known.
pub(super) trait Known {
    /// It, if there is one.
    fn fact(&self, key: &str) -> Option<&str>;
}

impl Known for [(&str, String)] {
    fn fact(&self, key: &str) -> Option<&str> {
        self.iter().find(|(known, value)| *known == key && !value.trim().is_empty()).map(|(_, value)| value.trim())
    }
}

/// Fills a text; `told` gets the keys of the facts that stand in it then.
pub(super) fn fill<'a>(template: &'a str, facts: &(impl Known + ?Sized), told: &mut Vec<&'a str>) -> String {
    let mut text = String::with_capacity(template.len() + 32);
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('[') {
        text.push_str(before);
        let (group, after) = after.split_once(']').unwrap_or((after, ""));
        if let Some((filled, keys)) = group.split('|').find_map(|alternative| fill_facts(alternative, facts)) {
            text.push_str(&filled);
            told.extend(keys);
        }
        rest = after;
    }
    text.push_str(rest);
    text
}

/// Fills one alternative, with the keys of its facts; none when a fact is not known or empty.
fn fill_facts<'a>(alternative: &'a str, facts: &(impl Known + ?Sized)) -> Option<(String, Vec<&'a str>)> {
    let (mut text, mut keys) = (String::new(), Vec::new());
    let mut rest = alternative;
    while let Some((before, after)) = rest.split_once('{') {
        text.push_str(before);
        let (key, after) = after.split_once('}')?;
        push_cut(&mut text, facts.fact(key)?);
        keys.push(key);
        rest = after;
    }
    text.push_str(rest);
    Some((text, keys))
}

fn push_cut(text: &mut String, fact: &str) {
    let (told, left_out) = cut(fact);
    text.push_str(told);
    text.push_str(if left_out { "…" } else { "" });
}

/// As much of a fact as is told, and whether something is left out.
pub(super) fn cut(fact: &str) -> (&str, bool) {
    match fact.char_indices().nth(LONGEST_FACT) {
        Some((end, _)) => (fact.get(..end).unwrap_or_default(), true),
        None => (fact, false),
    }
}

/// A name in snake case as codes are written: `tax-unmapped`.
pub(super) const fn kebab_case<const LENGTH: usize>(name: &str) -> [u8; LENGTH] {
    let (name, mut written) = (name.as_bytes(), [0; LENGTH]);
    let mut at = 0;
    while at < LENGTH {
        written[at] = if name[at] == b'_' { b'-' } else { name[at] };
        at += 1;
    }
    written
}

/// Whether texts tell no other facts than these.
pub(super) const fn tells_only(texts: &[&str], facts: &[&str]) -> bool {
    let mut one = 0;
    while one < texts.len() {
        let text = texts[one].as_bytes();
        let mut at = 0;
        while at < text.len() {
            if text[at] == b'{' {
                let (mut fact, mut known) = (0, false);
                while fact < facts.len() {
                    known |= begins(text, at, facts[fact].as_bytes());
                    fact += 1;
                }
                if !known {
                    return false;
                }
            }
            at += 1;
        }
        one += 1;
    }
    true
}

/// Whether texts tell each of these facts.
pub(super) const fn tells_all(texts: &[&str], facts: &[&str]) -> bool {
    let mut fact = 0;
    while fact < facts.len() {
        let (mut one, mut told) = (0, false);
        while one < texts.len() {
            let text = texts[one].as_bytes();
            let mut at = 0;
            while at < text.len() {
                told |= text[at] == b'{' && begins(text, at, facts[fact].as_bytes());
                at += 1;
            }
            one += 1;
        }
        if !told {
            return false;
        }
        fact += 1;
    }
    true
}

/// Whether a fact in braces stands at a place of a text.
const fn begins(text: &[u8], at: usize, fact: &[u8]) -> bool {
    let end = at + fact.len() + 1;
    if end >= text.len() || text[end] != b'}' {
        return false;
    }
    let mut sign = 0;
    while sign < fact.len() {
        if text[at + 1 + sign] != fact[sign] {
            return false;
        }
        sign += 1;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::{LONGEST_FACT, fill, tells_all, tells_only};

    #[test]
    fn a_fact_that_is_not_declared_and_one_that_is_not_told_are_found() {
        let texts = ["The tax[ \"{tax}\"] on [line {line}|a line]", "Ümlaut [{is}]"];
        for (facts, only, all) in [
            (&["tax", "line", "is"][..], true, true),
            (&["tax", "line", "is", "name"], true, false),
            (&["tax", "is"], false, true),
            (&["taxes", "line", "is"], false, false),
            (&["ta", "x", "line", "is"], false, false),
        ] {
            assert_eq!((tells_only(&texts, facts), tells_all(&texts, facts)), (only, all), "{facts:?}");
        }
    }

    #[test]
    fn of_a_very_long_fact_the_end_is_left_out() {
        let told = |length: usize| fill("[{name}].", &[("name", "ü".repeat(length))][..], &mut Vec::new());
        assert_eq!(told(LONGEST_FACT), format!("{}.", "ü".repeat(LONGEST_FACT)));
        assert_eq!(told(LONGEST_FACT + 1), format!("{}….", "ü".repeat(LONGEST_FACT)));
        assert_eq!(told(1_000_000).chars().count(), LONGEST_FACT + 2);
    }

    #[test]
    fn fills_groups_and_their_alternatives() {
        let template = "[\"{name}\"|This record] is[ on line {line}] at [{was} of {limit}|its limit].";
        for (facts, wanted, told) in [
            (&[][..], "This record is at its limit.", &[][..]),
            (&[("name", "Acme".to_owned())], "\"Acme\" is at its limit.", &["name"]),
            (
                &[("name", " ".to_owned()), ("line", "2".to_owned())],
                "This record is on line 2 at its limit.",
                &["line"],
            ),
            // Half of what an alternative tells is not told.
            (&[("was", "3".to_owned())], "This record is at its limit.", &[]),
            (&[("was", "3".to_owned()), ("limit", "9".to_owned())], "This record is at 3 of 9.", &["was", "limit"]),
            (&[("name", "a[b]{c}|d".to_owned())], "\"a[b]{c}|d\" is at its limit.", &["name"]),
        ] {
            let mut keys = Vec::new();
            assert_eq!(fill(template, facts, &mut keys), wanted);
            assert_eq!(keys, told);
        }
    }
}
