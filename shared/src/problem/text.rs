//! The catalogue's texts with facts in them.
//!
//! A fact stands in braces, always inside a group: `The tax[ "{tax}"] has no partner.`
//! A group is dropped when one of its facts is not known, or replaced by its alternative: `[{name}|This record]`.
//! Facts are put in as they are: braces and brackets inside them mean nothing. Only of a very long one the end is left
//! out, whoever sent it.

/// How many characters of a fact are told: more than any name, number or reason has.
const LONGEST_FACT: usize = 400;

/// Fills a text.
pub(super) fn fill(template: &str, facts: &[(&str, String)]) -> String {
    let mut text = String::with_capacity(template.len() + 32);
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('[') {
        text.push_str(before);
        let (group, after) = after.split_once(']').unwrap_or((after, ""));
        if let Some(filled) = group.split('|').find_map(|alternative| fill_facts(alternative, facts)) {
            text.push_str(&filled);
        }
        rest = after;
    }
    text.push_str(rest);
    text
}

/// Fills one alternative; none when a fact is not known or empty.
fn fill_facts(alternative: &str, facts: &[(&str, String)]) -> Option<String> {
    let mut text = String::new();
    let mut rest = alternative;
    while let Some((before, after)) = rest.split_once('{') {
        text.push_str(before);
        let (key, after) = after.split_once('}')?;
        let (_, value) = facts.iter().find(|(known, value)| *known == key && !value.trim().is_empty())?;
        push_cut(&mut text, value.trim());
        rest = after;
    }
    text.push_str(rest);
    Some(text)
}

fn push_cut(text: &mut String, fact: &str) {
    match fact.char_indices().nth(LONGEST_FACT) {
        Some((end, _)) => {
            text.push_str(fact.get(..end).unwrap_or_default());
            text.push('…');
        }
        None => text.push_str(fact),
    }
}

#[cfg(test)]
mod tests {
    use super::{LONGEST_FACT, fill};

    #[test]
    fn of_a_very_long_fact_the_end_is_left_out() {
        let told = |length: usize| fill("[{name}].", &[("name", "ü".repeat(length))]);
        assert_eq!(told(LONGEST_FACT), format!("{}.", "ü".repeat(LONGEST_FACT)));
        assert_eq!(told(LONGEST_FACT + 1), format!("{}….", "ü".repeat(LONGEST_FACT)));
        assert_eq!(told(1_000_000).chars().count(), LONGEST_FACT + 2);
    }

    #[test]
    fn fills_groups_and_their_alternatives() {
        let template = "[\"{name}\"|This record] is[ on line {line}] at [{was} of {limit}|its limit].";
        for (facts, wanted) in [
            (&[][..], "This record is at its limit."),
            (&[("name", "Acme".to_owned())], "\"Acme\" is at its limit."),
            (&[("name", " ".to_owned()), ("line", "2".to_owned())], "This record is on line 2 at its limit."),
            (&[("was", "3".to_owned())], "This record is at its limit."),
            (&[("was", "3".to_owned()), ("limit", "9".to_owned())], "This record is at 3 of 9."),
            (&[("name", "a[b]{c}|d".to_owned())], "\"a[b]{c}|d\" is at its limit."),
        ] {
            assert_eq!(fill(template, facts), wanted);
        }
    }
}
