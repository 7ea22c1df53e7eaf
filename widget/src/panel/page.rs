//! Where the panel was opened, and about which records.

use shared::module::Module;

/// Where the panel was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// The related list of a record page: shows the status and waits for a click.
    Panel,
    /// The popup of a record's button: syncs at once.
    Button,
    /// The popup of a list's button: syncs several records.
    List,
}

impl Mode {
    /// Reads it from the address of the page: its path (`/panel/button`, `/panel/list`), or the query of the addresses of
    /// before the paths (`?mode=button&serviceOrigin=…`), in which the CRM may have put a second `?`.
    #[must_use]
    pub fn of_address(path: &str, query: &str) -> Self {
        let of_query = || query.split(['?', '&']).find_map(|pair| pair.strip_prefix("mode="));
        match path.trim_end_matches('/').strip_prefix("/panel/").or_else(of_query) {
            Some("button") => Self::Button,
            Some("list") => Self::List,
            _ => Self::Panel,
        }
    }
}

/// Which records the panel is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Page {
    /// The CRM has not told yet.
    Waiting,
    /// The CRM did not tell in time. It may still do so.
    SdkMissing,
    /// The page has no saved record.
    NoRecord,
    /// The page's module is none of the six.
    Unsupported(String),
    /// One or more records of a module.
    Records(Module, Vec<String>),
}
