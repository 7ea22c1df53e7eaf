//! What the log's screen knows, and what events do to it. No browser: tested natively.

pub mod address;
pub mod details;
pub mod file;
pub mod list;
pub mod picture;
pub mod runs;

use crate::portal::route::{Route, Screen};

/// A path of the API with its query, percent-encoded.
fn path(of: &str, query: Vec<(String, String)>) -> String {
    // An address of the portal is written by the same rules as one of the API.
    let hash = Route { screen: Screen::Log, part: String::new(), query }.hash();
    let query = hash.split_once('?').map(|(_, query)| query).unwrap_or_default();
    if query.is_empty() { of.to_owned() } else { [of, "?", query].concat() }
}
