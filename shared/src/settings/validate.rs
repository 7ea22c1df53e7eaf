//! Checks settings as a whole, before they are saved, against the organisations' own lists.

use super::{AccountSettings, BooksSide, Direction, NumberRule, Schedule, Settings, accounts, taxes};
use crate::module::{Kind, Module};
use crate::organisation::{CrmOrganisation, XeroOrganisation};
use crate::problem::{self, Code, Place, Problem};
use chrono::NaiveTime;
use std::collections::BTreeSet;

/// Starts a day: the clock looks every 15 minutes.
const MOST_TIMES: usize = 96;
/// Addresses that are told; each gets a letter of its own.
const MOST_NOTICES: usize = 20;
/// Greatest length of a tax's name or a picklist's value in the CRM.
const LONGEST: usize = 255;
/// Greatest length of an address (RFC 5321, section 4.5.3.1.3, without the angle brackets).
const LONGEST_ADDRESS: usize = 254;
/// Greatest number of days from a document's date to its due date.
const MOST_DUE_DAYS: u16 = 365;
/// Xero's calls a day on all tiers but Starter (<https://developer.xero.com/documentation/guides/oauth2/limits/>).
/// A reserve must leave something for runs.
const XERO_DAY: u16 = 5_000;

/// What is wrong with settings: the path of each value (`schedule.times.2`, `taxes.GST.sales`) and a problem that names
/// it. Empty when they can be saved.
#[must_use]
pub fn check(settings: &Settings, crm: &CrmOrganisation, xero: &XeroOrganisation) -> Vec<(String, Problem)> {
    let mut found = Found(check_schedule(settings, &settings.schedule));
    fields(&mut found, settings, crm);
    services(&mut found, settings, xero);
    documents(&mut found, settings, xero);
    tax_types(&mut found, settings, xero);
    chosen_accounts(&mut found, &settings.accounts, xero);
    for (module, statuses) in &settings.statuses {
        let path = format!("statuses.{}", module.api_name());
        if module.kind() != Kind::Document {
            found.add(&path, "only invoices and purchase orders have statuses");
        }
        for status in statuses.keys() {
            found.key(&path, status);
        }
    }
    if settings.day_reserve.0 >= XERO_DAY {
        found.add("day_reserve", format!("it must be less than {XERO_DAY}, all of Xero's calls of a day"));
    }
    found.0
}

/// What is wrong with a schedule that is to be saved into these settings; as [`check`], and no list is needed.
#[must_use]
pub fn check_schedule(settings: &Settings, schedule: &Schedule) -> Vec<(String, Problem)> {
    let mut found = Found(Vec::new());
    for (module, direction) in &schedule.pairs {
        if settings.direction(*module).within(*direction).is_none() {
            let why = match direction {
                Direction::ToXero => "the pair's own setting lets nothing go to Xero",
                Direction::ToCrm | Direction::Both => "the pair's own setting lets nothing come to the CRM",
            };
            found.add(&format!("schedule.pairs.{}", module.api_name()), why);
        }
    }
    if schedule.times.is_empty() {
        found.add("schedule.times", "there is no time in it");
    }
    if schedule.times.len() > MOST_TIMES {
        found.add("schedule.times", format!("there are more than {MOST_TIMES} times in it"));
    }
    let mut times = BTreeSet::new();
    for (at, written) in schedule.times.iter().take(MOST_TIMES).enumerate() {
        let path = format!("schedule.times.{at}");
        match time_of_day(written) {
            None => found.add(&path, "it is not a time of the day on a quarter of an hour, such as 07:00 or 18:45"),
            Some(time) if !times.insert(time) => found.add(&path, "this time is there twice"),
            Some(_) => {}
        }
    }
    if let Some(zone) = &schedule.time_zone
        && zone.parse::<chrono_tz::Tz>().is_err()
    {
        found.add("schedule.time_zone", "it is not the name of a time zone, such as Australia/Sydney");
    }
    if schedule.notices.len() > MOST_NOTICES {
        found.add("schedule.notices", format!("there are more than {MOST_NOTICES} addresses in it"));
    }
    let mut addresses = BTreeSet::new();
    for (at, notice) in schedule.notices.iter().take(MOST_NOTICES).enumerate() {
        let path = format!("schedule.notices.{at}.address");
        if !is_address(&notice.address) {
            found.add(&path, "it is not an e-mail address");
        } else if !addresses.insert(notice.address.to_lowercase()) {
            found.add(&path, "this address is there twice");
        }
    }
    found.0
}

/// A time of the schedule: `HH:MM` on a quarter of an hour.
#[must_use]
pub fn time_of_day(written: &str) -> Option<NaiveTime> {
    let (hour, minute) = written.split_once(':')?;
    let two_digits = |part: &str| part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
    if !two_digits(hour) || !two_digits(minute) {
        return None;
    }
    let minute: u32 = minute.parse().ok()?;
    if !minute.is_multiple_of(15) {
        return None;
    }
    NaiveTime::from_hms_opt(hour.parse().ok()?, minute, 0)
}

/// Whether mail can be sent there, as far as its form shows. A line break would be another header of the letter.
fn is_address(text: &str) -> bool {
    let plain = |part: &str| {
        let allowed = |byte: u8| byte.is_ascii_graphic() && !b"@,;:<>()[]\\\"".contains(&byte);
        part.bytes().all(allowed) && part.split('.').all(|label| !label.is_empty())
    };
    text.len() <= LONGEST_ADDRESS
        && text.split_once('@').is_some_and(|(local, host)| plain(local) && plain(host) && host.contains('.'))
}

/// What was found wrong so far.
struct Found(Vec<(String, Problem)>);

impl Found {
    fn add(&mut self, path: &str, reason: impl Into<String>) {
        self.add_at(path, reason, None);
    }

    fn add_at(&mut self, path: &str, reason: impl Into<String>, place: Option<Place>) {
        let facts = [("field", path.to_owned()), ("reason", reason.into())];
        self.0.push((path.to_owned(), problem::of(Code::InvalidRequest, &facts).at(place)));
    }

    /// The name of something in the CRM, as the key of an entry below `path`.
    fn key(&mut self, path: &str, key: &str) {
        if key.trim().is_empty() {
            self.add(path, "an entry in it has no name");
        } else if key.chars().count() > LONGEST {
            self.add(path, format!("the name of an entry in it is longer than {LONGEST} characters"));
        }
    }

    /// The code of an account that lines can use, on one side of the books where one is given.
    fn account(&mut self, path: &str, code: Option<&str>, side: Option<BooksSide>, xero: &XeroOrganisation) {
        let Some(code) = code else { return };
        let account = xero.accounts.iter().find(|account| account.code.as_deref() == Some(code));
        let fits = |account| side.map_or_else(|| accounts::usable(account), |side| accounts::fits(account, side));
        let reason = match account {
            Some(account) if fits(account) => return,
            None => format!("Xero has no account {code}"),
            Some(account) if !account.active => format!("the account {} is archived in Xero", accounts::label(account)),
            Some(account) => format!("the account {} can't be used there", accounts::label(account)),
        };
        self.add_at(path, reason, Some(problem::place_xero_accounts(xero)));
    }
}

fn fields(found: &mut Found, settings: &Settings, crm: &CrmOrganisation) {
    // A module that the CRM's edition lacks has no list, and nothing is synced there.
    let mut known = |path: &str, module: Module, name: Option<&str>| {
        if let (Some(name), Some(fields)) = (name, crm.fields.get(&module))
            && !fields.iter().any(|field| field.api_name == name)
        {
            found.add(path, format!("the CRM's {}s have no field {name}", module.singular()));
        }
    };
    let products = &settings.products;
    known("products.purchase_price_field", Module::Products, products.purchase_price_field.as_deref());
    known("products.purchase_description_field", Module::Products, products.purchase_description_field.as_deref());
    for (module, name) in &settings.parties.tax_number_fields {
        known(&format!("parties.tax_number_fields.{}", module.api_name()), *module, Some(name));
    }
    for module in settings.parties.tax_number_fields.keys().filter(|module| module.kind() != Kind::Party) {
        let path = format!("parties.tax_number_fields.{}", module.api_name());
        found.add(&path, "only accounts, contacts and vendors have tax numbers");
    }
}

fn services(found: &mut Found, settings: &Settings, xero: &XeroOrganisation) {
    for code in settings.products.services.keys().filter(|code| !code.is_empty()) {
        // Older documents have lines on accounts that are archived by now.
        if !xero.accounts.iter().any(|account| account.code.as_deref() == Some(code)) {
            let place = problem::place_xero_accounts(xero);
            found.add_at(&format!("products.services.{code}"), format!("Xero has no account {code}"), Some(place));
        }
    }
}

fn documents(found: &mut Found, settings: &Settings, xero: &XeroOrganisation) {
    let documents = &settings.documents;
    if let NumberRule::Crm { prefix } = &documents.number {
        // Xero's numbers have at most 255 characters, and the CRM's own number has to follow.
        if prefix.chars().count() > 100 || prefix.chars().any(char::is_control) {
            found.add("documents.number.crm.prefix", "it is longer than 100 characters or more than one line");
        }
    }
    if documents.due_days > MOST_DUE_DAYS {
        found.add("documents.due_days", format!("there are at most {MOST_DUE_DAYS} days"));
    }
    found.account("documents.rounding_account", documents.rounding_account.as_deref(), None, xero);
    if let Some(theme) = &documents.branding_theme
        && !xero.branding_themes.iter().any(|known| known.id == *theme)
    {
        found.add("documents.branding_theme", "Xero has no such branding theme");
    }
}

fn tax_types(found: &mut Found, settings: &Settings, xero: &XeroOrganisation) {
    for (tax, mapping) in &settings.taxes {
        found.key("taxes", tax);
        let sides = [
            ("sales", &mapping.sales, BooksSide::Sales, "sales"),
            ("purchases", &mapping.purchases, BooksSide::Purchases, "purchases"),
        ];
        for (name, chosen, side, words) in sides {
            let Some(chosen) = chosen else { continue };
            let mut rates = xero.tax_rates.iter().filter(|rate| rate.tax_type == *chosen).peekable();
            let reason = if rates.peek().is_none() {
                format!("Xero has no tax rate {chosen}")
            } else if !rates.any(|rate| taxes::fits(rate, side)) {
                format!("Xero's tax rate {chosen} can't be used for {words}")
            } else {
                continue;
            };
            found.add_at(&format!("taxes.{tax}.{name}"), reason, Some(problem::place_xero_tax_rates(xero)));
        }
    }
}

fn chosen_accounts(found: &mut Found, accounts: &AccountSettings, xero: &XeroOrganisation) {
    found.account("accounts.sales", accounts.sales.as_deref(), Some(BooksSide::Sales), xero);
    found.account("accounts.purchases", accounts.purchases.as_deref(), Some(BooksSide::Purchases), xero);
    found.account("accounts.discount", accounts.discount.as_deref(), None, xero);
    found.account("accounts.adjustment", accounts.adjustment.as_deref(), None, xero);
    for (map, name) in [(&accounts.by_category, "by_category"), (&accounts.by_product, "by_product")] {
        for (key, sides) in map {
            let path = format!("accounts.{name}.{key}");
            found.key(&format!("accounts.{name}"), key);
            // An asset account is a fair choice for a product that is bought and sold.
            found.account(&format!("{path}.sales"), sides.sales.as_deref(), None, xero);
            found.account(&format!("{path}.purchases"), sides.purchases.as_deref(), None, xero);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;
    use crate::settings::DayReserve;
    use serde_json::{Value, json};

    fn paths(settings: &Value) -> Vec<String> {
        let settings: Settings = serde_json::from_value(settings.clone()).unwrap();
        let found = check(&settings, &fixture::crm_organisation(), &fixture::xero_organisation());
        for (path, problem) in &found {
            assert_eq!(problem.code, Code::InvalidRequest);
            assert!(problem.why.starts_with(&format!("Its {path} is not valid: ")), "{}", problem.why);
        }
        found.into_iter().map(|(path, _)| path).collect()
    }

    #[test]
    fn defaults_and_full_settings_are_fine() {
        assert!(paths(&json!({})).is_empty());
        let all_quarters: Vec<String> =
            (0..96).map(|quarter| format!("{:02}:{:02}", quarter / 4, quarter % 4 * 15)).collect();
        let full = json!({
            "parties": {"tax_number_fields": {"Accounts": "Last_Name"}},
            "products": {"purchase_price_field": "Last_Name", "services": {"200": "7", "205": "8", "": "9"}},
            "documents": {"number": {"crm": {"prefix": "CRM-"}}, "due_days": 365, "rounding_account": "400"},
            "taxes": {"GST": {"sales": "OUTPUT", "purchases": "INPUT"}, "Old": {}},
            "accounts": {"sales": "200", "purchases": "300", "discount": "260", "adjustment": "400",
                "by_category": {"Hardware": {"sales": "260", "purchases": "300"}}, "by_product": {"7": {"sales": "200"}}},
            "statuses": {"Invoices": {"Created": "draft"}},
            "directions": {"Vendors": "to_crm"},
            "day_reserve": 4_999,
            "schedule": {"enabled": true, "times": all_quarters, "time_zone": "Australia/Lord_Howe",
                "pairs": {"Accounts": "both", "Vendors": "both"},
                "notices": [{"address": "ana@bluegum.example", "when": "always"}]},
        });
        assert_eq!(paths(&full), Vec::<String>::new());
    }

    #[test]
    fn each_wrong_value_is_named() {
        let long = "x".repeat(256);
        let table = [
            (json!({"schedule": {"times": []}}), "schedule.times"),
            (json!({"schedule": {"times": ["7:00"]}}), "schedule.times.0"),
            (json!({"schedule": {"times": ["07:00", "07:10"]}}), "schedule.times.1"),
            (json!({"schedule": {"times": ["24:00"]}}), "schedule.times.0"),
            (json!({"schedule": {"times": ["07:60"]}}), "schedule.times.0"),
            (json!({"schedule": {"times": ["+7:00"]}}), "schedule.times.0"),
            (json!({"schedule": {"times": ["07:00", "19:00", "07:00"]}}), "schedule.times.2"),
            (json!({"schedule": {"time_zone": "Australia/Atlantis"}}), "schedule.time_zone"),
            (json!({"schedule": {"notices": [{"address": "ana", "when": "never"}]}}), "schedule.notices.0.address"),
            (
                json!({"schedule": {"notices": [{"address": "a@b.c\nBcc: d@e.f", "when": "never"}]}}),
                "schedule.notices.0.address",
            ),
            (
                json!({"schedule": {"notices": [{"address": "A@b.example", "when": "never"},
                {"address": "a@B.example", "when": "always"}]}}),
                "schedule.notices.1.address",
            ),
            (
                json!({"directions": {"Vendors": "to_crm"}, "schedule": {"pairs": {"Vendors": "to_xero"}}}),
                "schedule.pairs.Vendors",
            ),
            (json!({"parties": {"tax_number_fields": {"Accounts": "ABN"}}}), "parties.tax_number_fields.Accounts"),
            (
                json!({"parties": {"tax_number_fields": {"Invoices": "Last_Name"}}}),
                "parties.tax_number_fields.Invoices",
            ),
            (json!({"products": {"purchase_price_field": "Cost"}}), "products.purchase_price_field"),
            (json!({"products": {"purchase_description_field": "Cost"}}), "products.purchase_description_field"),
            (json!({"products": {"services": {"999": "7"}}}), "products.services.999"),
            (json!({"documents": {"due_days": 366}}), "documents.due_days"),
            (json!({"documents": {"number": {"crm": {"prefix": "a\nb"}}}}), "documents.number.crm.prefix"),
            (json!({"documents": {"rounding_account": "090"}}), "documents.rounding_account"),
            (json!({"documents": {"branding_theme": "red"}}), "documents.branding_theme"),
            (json!({"taxes": {" ": {}}}), "taxes"),
            (json!({"taxes": {"GST": {"sales": "INPUT"}}}), "taxes.GST.sales"),
            (json!({"taxes": {"GST": {"purchases": "TAX001"}}}), "taxes.GST.purchases"),
            (json!({"taxes": {"GST": {"sales": "TAX404"}}}), "taxes.GST.sales"),
            (json!({"accounts": {"sales": "300"}}), "accounts.sales"),
            (json!({"accounts": {"purchases": "200"}}), "accounts.purchases"),
            (json!({"accounts": {"discount": "205"}}), "accounts.discount"),
            (json!({"accounts": {"adjustment": "610"}}), "accounts.adjustment"),
            (json!({"accounts": {"by_product": {"7": {"sales": "404"}}}}), "accounts.by_product.7.sales"),
            (json!({"accounts": {"by_category": {"A": {"purchases": "205"}}}}), "accounts.by_category.A.purchases"),
            (json!({"statuses": {"Accounts": {}}}), "statuses.Accounts"),
            (json!({"statuses": {"Invoices": {"": "draft"}}}), "statuses.Invoices"),
            (json!({"day_reserve": 5_000}), "day_reserve"),
        ];
        for (settings, wanted) in table {
            assert_eq!(paths(&settings), [wanted], "{settings}");
        }
        let named = json!({"accounts": {"by_category": {long: {}}}});
        assert_eq!(paths(&named), ["accounts.by_category"]);
    }

    #[test]
    fn too_many_are_refused_as_a_whole() {
        let times: Vec<String> = (0..97).map(|quarter| format!("{:02}:{:02}", quarter / 4, quarter % 4 * 15)).collect();
        assert_eq!(paths(&json!({"schedule": {"times": times}})), ["schedule.times"]);
        let notices: Vec<Value> =
            (0..21).map(|at| json!({"address": format!("a{at}@b.example"), "when": "always"})).collect();
        assert_eq!(paths(&json!({"schedule": {"notices": notices}})), ["schedule.notices"]);
        assert_eq!(DayReserve::default().0, 100);
    }
}
