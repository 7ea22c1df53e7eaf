//! Small helpers for text that leaves this crate.

/// The beginning of a text, at most `limit` characters of it; a cut text ends in an ellipsis.
pub(crate) fn excerpt(text: &str, limit: usize) -> String {
    let text = text.trim();
    match text.char_indices().nth(limit) {
        None => text.to_owned(),
        Some(_) => {
            let kept = limit.saturating_sub(1);
            let end = text.char_indices().nth(kept).map_or(text.len(), |(at, _)| at);
            format!("{}…", &text[..end])
        }
    }
}

/// Percent-encodes one query value. Spaces become `%20`, which every server reads as a space.
pub(crate) fn encode(value: &str) -> String {
    url::form_urlencoded::byte_serialize(value.as_bytes()).collect::<String>().replace('+', "%20")
}

/// A query string without its question mark.
pub(crate) fn query(pairs: &[(&str, &str)]) -> String {
    pairs.iter().map(|(name, value)| format!("{name}={}", encode(value))).collect::<Vec<_>>().join("&")
}

/// A form body, `application/x-www-form-urlencoded`.
pub(crate) fn form(pairs: &[(&str, &str)]) -> Vec<u8> {
    query(pairs).into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_excerpt_never_splits_a_character() {
        assert_eq!(excerpt("  short ", 10), "short");
        assert_eq!(excerpt("äöüß", 4), "äöüß");
        assert_eq!(excerpt("äöüßé", 4), "äöü…");
        assert_eq!(excerpt("💶💶💶", 2), "💶…");
    }

    #[test]
    fn queries_are_percent_encoded() {
        assert_eq!(query(&[("where", "Name==\"A & B+C\"")]), "where=Name%3D%3D%22A%20%26%20B%2BC%22");
    }
}
