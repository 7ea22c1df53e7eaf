//! Addresses of the portal: what stands behind the `#`.
//!
//! `#/log?outcome=failed`, `#/mapping/taxes`, `#/runs/0001763…`. A link to it can be kept, sent and opened again.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// A screen of the portal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Screen {
    /// The checklist from nothing to the first synced record, the connection, and the audit trail.
    Setup,
    /// What becomes what.
    Mapping,
    /// Start and watch runs.
    Runs,
    /// When runs start by themselves.
    Schedule,
    /// What became of each record.
    Log,
    /// How the sync is.
    Health,
    /// Who is signed in where, who administers, and who else may use the installation.
    Access,
}

impl Screen {
    /// All of them in the order of the rail.
    pub const ALL: [Self; 7] =
        [Self::Log, Self::Runs, Self::Schedule, Self::Mapping, Self::Setup, Self::Health, Self::Access];

    /// Its name in the address.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Setup => "setup",
            Self::Mapping => "mapping",
            Self::Runs => "runs",
            Self::Schedule => "schedule",
            Self::Log => "log",
            Self::Health => "health",
            Self::Access => "access",
        }
    }

    /// Whether a user who is no administrator sees it.
    #[must_use]
    pub fn is_for_everybody(self) -> bool {
        matches!(self, Self::Log | Self::Health | Self::Access)
    }

    /// Whether the rail names it. Who is no administrator finds the own sessions beside the way out.
    #[must_use]
    pub fn is_in_rail(self, administrator: bool) -> bool {
        administrator || matches!(self, Self::Log | Self::Health)
    }
}

/// An address within the portal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// The screen.
    pub screen: Screen,
    /// What follows it in the path: a section, a run. Empty for the screen itself.
    pub part: String,
    /// The query, in its order, decoded.
    pub query: Vec<(String, String)>,
}

impl Route {
    /// A screen.
    #[must_use]
    pub fn to(screen: Screen) -> Self {
        Self { screen, part: String::new(), query: Vec::new() }
    }

    /// The same screen at a part of it.
    #[must_use]
    pub fn at(mut self, part: impl Into<String>) -> Self {
        self.part = part.into();
        self
    }

    /// The same with one more value in its query.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.query.push((name.to_owned(), value.into()));
        self
    }

    /// The first value of this name in the query.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The route of a page's hash; none when it names no screen.
    #[must_use]
    pub fn parse(hash: &str) -> Option<Self> {
        let address = hash.trim_start_matches('#').trim_start_matches('/');
        let (path, query) = address.split_once('?').unwrap_or((address, ""));
        let (name, part) = path.split_once('/').unwrap_or((path, ""));
        let screen = Screen::ALL.into_iter().find(|screen| screen.name() == name)?;
        let pairs = query.split('&').filter(|pair| !pair.is_empty());
        let query = pairs.map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(name), decode(value))
        });
        Some(Self { screen, part: decode(part.trim_end_matches('/')), query: query.collect() })
    }

    /// The hash of this route, with its `#`.
    #[must_use]
    pub fn hash(&self) -> String {
        let mut hash = format!("#/{}", self.screen.name());
        if !self.part.is_empty() {
            hash.push('/');
            encode(&self.part, &mut hash);
        }
        for (at, (name, value)) in self.query.iter().enumerate() {
            hash.push(if at == 0 { '?' } else { '&' });
            encode(name, &mut hash);
            hash.push('=');
            encode(value, &mut hash);
        }
        hash
    }
}

/// What is written with percent signs: all that is not unreserved (RFC 3986, section 2.3); slashes and colons stay
/// readable.
const RESERVED: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/').remove(b':');

fn encode(text: &str, to: &mut String) {
    to.extend(utf8_percent_encode(text, RESERVED));
}

fn decode(text: &str) -> String {
    percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_survive_the_way_there_and_back() {
        for route in [
            Route::to(Screen::Log),
            Route::to(Screen::Log).with("outcome", "failed").with("name", "Müller & Söhne = 100%"),
            Route::to(Screen::Mapping).at("taxes"),
            Route::to(Screen::Runs).at("0001763-ab"),
        ] {
            assert_eq!(Route::parse(&route.hash()), Some(route));
        }
    }

    #[test]
    fn what_is_no_address_is_none() {
        assert_eq!(Route::parse(""), None);
        assert_eq!(Route::parse("#/elsewhere"), None);
        assert_eq!(Route::parse("#/log?name=%zz").unwrap().value("name"), Some("%zz"));
        assert_eq!(Route::parse("#/log?name=%+1").unwrap().value("name"), Some("% 1"));
        assert_eq!(Route::parse("#/log/").unwrap(), Route::to(Screen::Log));
    }
}
