//! Where in the portal something is settled.

use super::route::{Route, Screen};
use super::section::Section;
use shared::problem::{Code, Settled};

/// Where the setting of this path can be changed: its section, or the schedule's own screen.
#[must_use]
pub fn of_setting(path: &str) -> Route {
    match Section::of_path(path) {
        Some(Section::Fields) => {
            let module = path.split('.').nth(1).unwrap_or_default();
            Route::to(Screen::Mapping).at([Section::Fields.name(), "/", module].concat())
        }
        Some(section) => Route::to(Screen::Mapping).at(section.name()),
        None if path.starts_with("schedule") => Route::to(Screen::Schedule),
        None if path.starts_with("senders") => Route::to(Screen::Access),
        None => Route::to(Screen::Mapping),
    }
}

/// Where in the portal a problem is settled; none for one that is settled elsewhere.
#[must_use]
pub fn of_problem(code: Code) -> Option<Route> {
    let section = match code.settled()? {
        Settled::SetUp => return Some(Route::to(Screen::Setup)),
        Settled::Schedule => return Some(Route::to(Screen::Schedule)),
        Settled::Mapping => return Some(Route::to(Screen::Mapping)),
        Settled::Pairs => Section::Pairs,
        Settled::Fields => Section::Fields,
        Settled::Parties => Section::Parties,
        Settled::Products => Section::Products,
        Settled::Documents => Section::Documents,
        Settled::Statuses => Section::Statuses,
        Settled::Accounts => Section::Accounts,
        Settled::Taxes => Section::Taxes,
    };
    Some(Route::to(Screen::Mapping).at(section.name()))
}
