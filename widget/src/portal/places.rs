//! Where in the portal something is settled.

use super::mapping::state::Section;
use super::route::{Route, Screen};
use shared::problem::Code;

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
    let section = match code {
        Code::TaxUnmapped
        | Code::TaxSeveral
        | Code::TaxRateGone
        | Code::TaxTypeWrongSide
        | Code::TaxTypeNotWithAccount
        | Code::TaxRateDiffers
        | Code::UntaxedUnchosen
        | Code::TaxTypeUnmapped => "taxes",
        Code::AccountUnmapped | Code::AccountArchived | Code::AccountInvalid => "accounts",
        Code::StatusUnmapped | Code::StatusLeftAlone => "statuses",
        Code::VoidNotAllowed
        | Code::NumberMissing
        | Code::NumberTaken
        | Code::DocumentApproved
        | Code::TaxInclusiveWithPercentage
        | Code::ExchangeRateFar
        | Code::TotalDiffersByCents => "documents",
        Code::PrimaryContactMissing | Code::PrimaryContactSeveral | Code::ContactNeither => "parties",
        Code::ProductWithoutCode => "products",
        Code::CrmMandatoryField | Code::CrmInvalidValue | Code::CrmValueRefused => "fields",
        Code::DirectionClosed | Code::Overruled => "pairs",
        Code::CrmFieldsMissing
        | Code::ZohoNotConnected
        | Code::XeroNotConnected
        | Code::ZohoDisconnected
        | Code::ConnectionSeesLess
        | Code::XeroDisconnected
        | Code::ZohoScopeMissing
        | Code::XeroScopeMissing => return Some(Route::to(Screen::Setup)),
        Code::NoticeUnconfirmed => return Some(Route::to(Screen::Schedule)),
        Code::SettingBroken => return Some(Route::to(Screen::Mapping)),
        _ => return None,
    };
    Some(Route::to(Screen::Mapping).at(section))
}
