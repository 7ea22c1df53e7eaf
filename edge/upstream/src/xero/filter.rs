//! Xero's `where` filters. No way to escape a quote inside a literal is documented, so a text that holds one (or a
//! backslash) is never put into a literal: it is looked for in another way and compared here.

/// A literal for `where`, or none when the text can't be one.
pub(crate) fn literal(text: &str) -> Option<String> {
    (!text.contains(['"', '\\']) && !text.chars().any(char::is_control)).then(|| format!("\"{text}\""))
}

/// The part of a text before the first character that no literal may hold.
pub(crate) fn literal_prefix(text: &str) -> &str {
    let end = text.find(|c: char| matches!(c, '"' | '\\') || c.is_control()).unwrap_or(text.len());
    text[..end].trim_end()
}

/// Whether two texts are the same to Xero's filters, which ignore case.
pub(crate) fn same(one: &str, other: &str) -> bool {
    one.to_lowercase() == other.to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_never_get_into_a_literal() {
        assert_eq!(literal("Bob's & Co").as_deref(), Some("\"Bob's & Co\""));
        for text in ["6\" pipe", "C:\\", "a\nb", "\" OR 1==1 OR Name==\""] {
            assert_eq!(literal(text), None, "{text:?}");
        }
        assert_eq!(literal_prefix("6\" pipe"), "6");
        assert_eq!(literal_prefix("\"Best\" Ltd"), "");
        assert!(same("ÄRGER", "ärger"));
    }
}
