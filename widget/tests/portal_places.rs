//! Where in the portal a problem is settled and a setting is changed. Natively, without a browser.
#![cfg(not(target_arch = "wasm32"))]

use shared::problem::Code;
use widget::portal::places;
use widget::portal::route::{Route, Screen};
use widget::portal::section::Section;

#[test]
fn a_problem_leads_to_the_place_where_it_is_settled() {
    let mapping = |section: &str| Some(Route::to(Screen::Mapping).at(section));
    for (code, expected) in [
        (Code::TaxUnmapped, mapping("taxes")),
        (Code::TaxRateGone, mapping("taxes")),
        (Code::AccountArchived, mapping("accounts")),
        (Code::StatusUnmapped, mapping("statuses")),
        (Code::CrmMandatoryField, mapping("fields")),
        (Code::NumberTaken, mapping("documents")),
        (Code::ZohoNotConnected, Some(Route::to(Screen::Setup))),
        (Code::SettingBroken, Some(Route::to(Screen::Mapping))),
        (Code::XeroDisconnected, Some(Route::to(Screen::Setup))),
        (Code::ProductWithoutCode, mapping("products")),
        (Code::ContactNeither, mapping("parties")),
        (Code::DirectionClosed, mapping("pairs")),
        (Code::Overruled, mapping("pairs")),
        (Code::NoticeUnconfirmed, Some(Route::to(Screen::Schedule))),
        (Code::NameMissing, None),
        (Code::XeroMinuteLimit, None),
    ] {
        assert_eq!(places::of_problem(code), expected, "{code:?}");
    }
    let sections = Section::ALL.map(Section::name);
    for code in Code::ALL {
        let route = places::of_problem(*code);
        let there = route.is_none_or(|route| match route.screen {
            // The mapping tells above all sections which settings are broken.
            Screen::Mapping => sections.contains(&route.part.as_str()) || *code == Code::SettingBroken,
            screen => matches!(screen, Screen::Setup | Screen::Schedule),
        });
        assert!(there, "{code:?} leads nowhere");
    }
}

#[test]
fn a_setting_leads_to_its_section() {
    assert_eq!(places::of_setting("taxes.GST.sales").hash(), "#/mapping/taxes");
    assert_eq!(places::of_setting("fields.Invoices.reference").hash(), "#/mapping/fields/Invoices");
    assert_eq!(places::of_setting("schedule.times.0").hash(), "#/schedule");
    assert_eq!(places::of_setting("something.new").hash(), "#/mapping");
}
