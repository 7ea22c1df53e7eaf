//! The languages in which people are told things.

/// A language.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Language {
    /// English.
    #[default]
    English,
    /// German.
    German,
}

impl Language {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::English, Self::German];

    /// Its tag (BCP 47).
    #[must_use]
    pub fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::German => "de",
        }
    }

    /// What its speakers call it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::German => "Deutsch",
        }
    }

    /// What is said in this language. Both stand side by side, so that none is forgotten.
    #[must_use]
    pub fn of<T>(self, english: T, german: T) -> T {
        match self {
            Self::English => english,
            Self::German => german,
        }
    }

    /// The language of a tag such as `de-AT`; none where we do not speak it.
    #[must_use]
    pub fn known(tag: &str) -> Option<Self> {
        let primary = tag.split(['-', '_']).next().unwrap_or_default();
        Self::ALL.into_iter().find(|language| language.tag().eq_ignore_ascii_case(primary))
    }

    /// The language of a tag such as `de-AT`; English where we do not speak it.
    #[must_use]
    pub fn of_tag(tag: &str) -> Self {
        Self::known(tag).unwrap_or_default()
    }

    /// The language that somebody wants who sends this `Accept-Language`
    /// ([RFC 9110, 12.5.4](https://www.rfc-editor.org/rfc/rfc9110#section-12.5.4)): of those that we speak the one that is
    /// wanted most, and of equals the first; English where there is none.
    #[must_use]
    pub fn accepted(header: &str) -> Self {
        let mut best = (Self::English, 0);
        for range in header.split(',') {
            let mut parts = range.split(';');
            let Some(language) = parts.next().and_then(|tag| Self::known(tag.trim())) else { continue };
            let weight = parts.find_map(|part| part.trim().strip_prefix("q="));
            // What can't be read is hardly wanted.
            let weight = weight.map_or(1_000, |weight| thousandths(weight).unwrap_or(1));
            if weight > best.1 {
                best = (language, weight);
            }
        }
        best.0
    }
}

/// A weight such as `0.8`, in thousandths; nothing for what is none.
fn thousandths(weight: &str) -> Option<u16> {
    let (whole, part) = weight.split_once('.').unwrap_or((weight, ""));
    let digits = format!("{part:0<3}");
    let fits = part.len() <= 3 && digits.bytes().all(|byte| byte.is_ascii_digit());
    let parts: u16 = digits.get(..3).filter(|_| fits)?.parse().ok()?;
    match whole {
        "1" => (parts == 0).then_some(1_000),
        "0" => Some(parts),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::Language;

    #[test]
    fn a_tag_is_of_its_language_whatever_the_country() {
        for (tag, language) in [
            ("de", Some(Language::German)),
            ("de-AT", Some(Language::German)),
            ("DE_CH", Some(Language::German)),
            ("en-AU", Some(Language::English)),
            ("den", None),
            ("fr", None),
            ("", None),
        ] {
            assert_eq!(Language::known(tag), language, "{tag}");
            assert_eq!(Language::of_tag(tag), language.unwrap_or_default(), "{tag}");
        }
    }

    #[test]
    fn of_the_languages_that_are_accepted_the_one_that_is_wanted_most_is_spoken() {
        for (header, language) in [
            ("de", Language::German),
            ("de-DE,de;q=0.9,en;q=0.8", Language::German),
            ("en-US,en;q=0.9,de;q=0.8", Language::English),
            ("fr-FR, de ; q=0.5, en;q=0.4", Language::German),
            ("en;q=0.4,de;q=0.45", Language::German),
            ("de;q=0,en", Language::English),
            ("de;q=0", Language::English),
            ("de;q=2", Language::German),
            ("de;q=0.0001,en;q=1.000", Language::English),
            ("*", Language::English),
            ("", Language::English),
            (";;q=,,=de", Language::English),
        ] {
            assert_eq!(Language::accepted(header), language, "{header}");
        }
    }
}
