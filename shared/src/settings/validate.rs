//! Checks settings as a whole, before they are saved, against the organisations' own lists.

use super::fields::{self, FieldKind, FieldSource};
use super::{
    AccountSettings, BooksSide, Direction, NumberRule, Schedule, SenderSettings, Settings, accounts, statuses, taxes,
};
use crate::module::{Kind, Module};
use crate::organisation::{CrmOrganisation, TrackingCategory, XeroOrganisation};
use crate::problem::{self, Place, Problem};
use crate::record::DocumentStatus;
use chrono::NaiveTime;

/// Starts a day: the clock looks every 15 minutes.
const MOST_TIMES: usize = 96;
/// Addresses that are told; each gets a letter of its own.
const MOST_NOTICES: usize = 20;
/// Greatest length of a tax's name or a picklist's value in the CRM.
pub(super) const LONGEST: usize = 255;
/// Greatest length of a field's name in the CRM (<https://www.zoho.com/crm/developer/docs/api/v8/field-meta.html>).
const LONGEST_FIELD: usize = 100;
/// Entries that a map of the settings has at most: more than any organisation has taxes, statuses or categories, and
/// few enough to be checked and stored as a whole.
pub const MOST_ENTRIES: usize = 1_000;
/// Greatest length of an address (RFC 5321, section 4.5.3.1.3, without the angle brackets).
const LONGEST_ADDRESS: usize = 254;
/// Greatest length of a phone number in Xero (<https://developer.xero.com/documentation/api/accounting/contacts>).
const LONGEST_PHONE: usize = 50;
/// Most tracking categories of a line (<https://developer.xero.com/documentation/api/accounting/trackingcategories>).
const MOST_CATEGORIES: usize = 2;
/// Greatest number of days from a document's date to its due date.
const MOST_DUE_DAYS: u16 = 365;
/// Xero's calls a day on all tiers but Starter (<https://developer.xero.com/documentation/guides/oauth2/limits/>).
/// A reserve must leave something for runs.
const XERO_DAY: u16 = 5_000;

/// A setting whose value can't be saved, or does not work any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invalid {
    /// The setting: `schedule.times.2`, `taxes.GST.sales`.
    pub path: String,
    /// What is wrong with it: `the account 260 Rent is archived in Xero`.
    pub reason: String,
    /// Where at Xero it can be settled.
    pub place: Option<Place>,
}

impl Invalid {
    /// The reason as a sentence.
    #[must_use]
    pub fn sentence(&self) -> String {
        let mut letters = self.reason.chars();
        let first = letters.next().map(|first| first.to_ascii_uppercase());
        first.into_iter().chain(letters).chain(['.']).collect()
    }

    /// The problem with a request that would save it.
    #[must_use]
    pub fn refusal(&self) -> Problem {
        problem::invalid_request(self.path.clone(), Some(self.reason.clone()), None).at(self.place.clone())
    }

    /// The problem with a setting that was saved when it still worked.
    #[must_use]
    pub fn broken(&self) -> Problem {
        let reason = self.sentence().trim_end_matches('.').to_owned();
        problem::setting_broken(reason, area(&self.path).map(str::to_owned)).at(self.place.clone())
    }
}

/// The part of the settings that this one belongs to, as the portal calls it.
fn area(path: &str) -> Option<&'static str> {
    Some(match path.split('.').next()? {
        "directions" | "source_of_truth" | "automations" => "Directions",
        "parties" => "Customers and suppliers",
        "fields" => "Fields",
        "products" => "Products",
        "documents" => "Documents",
        "statuses" | "crm_statuses" => "Statuses",
        "taxes" => "Taxes",
        "accounts" => "Accounts",
        "day_reserve" => "Limits",
        "schedule" => "Schedule",
        "senders" => "Access",
        _ => return None,
    })
}

/// What is wrong with settings, value by value. Empty when they can be saved.
#[must_use]
pub fn check(settings: &Settings, crm: &CrmOrganisation, xero: &XeroOrganisation) -> Vec<Invalid> {
    check_with(settings, crm, xero, is_zone)
}

/// As [`check`], where somebody else knows the names of the time zones: a browser has them, and the list is long.
#[must_use]
pub fn check_with(
    settings: &Settings,
    crm: &CrmOrganisation,
    xero: &XeroOrganisation,
    is_zone: fn(&str) -> bool,
) -> Vec<Invalid> {
    let oversized = oversized(settings);
    if !oversized.is_empty() {
        // Whatever else is wrong with them, there is too much of it to be told.
        return oversized;
    }
    let mut found = Found(check_schedule_with(settings, &settings.schedule, is_zone));
    mapped_fields(&mut found, settings, crm);
    tracking(&mut found, settings, crm, xero);
    crm_statuses(&mut found, settings, crm);
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
    let SenderSettings { documents, parties, approvers, .. } = &settings.senders;
    for (name, circle) in [("documents", documents), ("parties", parties), ("approvers", approvers)] {
        for profile in circle.profiles.values() {
            found.key(&format!("senders.{name}.profiles"), profile);
        }
    }
    if settings.day_reserve.0 >= XERO_DAY {
        found.add("day_reserve", format!("it must be less than {XERO_DAY}, all of Xero's calls of a day"));
    }
    found.0
}

/// What is wrong with a schedule that is to be saved into these settings; as [`check`], and no list is needed.
#[must_use]
pub fn check_schedule(settings: &Settings, schedule: &Schedule) -> Vec<Invalid> {
    check_schedule_with(settings, schedule, is_zone)
}

/// Whether a time zone has this name (IANA).
#[must_use]
pub fn is_zone(name: &str) -> bool {
    name.parse::<chrono_tz::Tz>().is_ok()
}

/// As [`check_schedule`], where somebody else knows the names of the time zones.
#[must_use]
pub fn check_schedule_with(settings: &Settings, schedule: &Schedule, is_zone: fn(&str) -> bool) -> Vec<Invalid> {
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
    // Few of each: a list is searched as quickly as a tree, and a tree is much code in a browser.
    let mut times = Vec::new();
    for (at, written) in schedule.times.iter().take(MOST_TIMES).enumerate() {
        let path = format!("schedule.times.{at}");
        match time_of_day(written) {
            None => found.add(&path, "it is not a time of the day on a quarter of an hour, such as 07:00 or 18:45"),
            Some(time) if times.contains(&time) => found.add(&path, "this time is there twice"),
            Some(time) => times.push(time),
        }
    }
    if let Some(zone) = &schedule.time_zone
        && !is_zone(zone)
    {
        found.add("schedule.time_zone", "it is not the name of a time zone, such as Australia/Sydney");
    }
    if schedule.notices.len() > MOST_NOTICES {
        found.add("schedule.notices", format!("there are more than {MOST_NOTICES} addresses in it"));
    }
    let mut addresses: Vec<&str> = Vec::new();
    for (at, notice) in schedule.notices.iter().take(MOST_NOTICES).enumerate() {
        let path = format!("schedule.notices.{at}.address");
        if !is_address(&notice.address) {
            found.add(&path, "it is not an e-mail address");
        } else if addresses.iter().any(|known| known.eq_ignore_ascii_case(&notice.address)) {
            found.add(&path, "this address is there twice");
        } else {
            addresses.push(&notice.address);
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
struct Found(Vec<Invalid>);

impl Found {
    fn add(&mut self, path: &str, reason: impl Into<String>) {
        self.add_at(path, reason, None);
    }

    fn add_at(&mut self, path: &str, reason: impl Into<String>, place: Option<Place>) {
        self.0.push(Invalid { path: path.to_owned(), reason: reason.into(), place });
    }

    /// The name of something in the CRM, as the key of an entry below `path`.
    fn key(&mut self, path: &str, key: &str) {
        if key.trim().is_empty() {
            self.add(path, "an entry in it has no name");
        } else if key.chars().count() > LONGEST {
            self.add(path, format!("the name of an entry in it is longer than {LONGEST} characters"));
        }
    }

    /// A CRM field that exists and can go with a Xero field of this kind.
    fn field(&mut self, path: &str, module: Module, name: &str, kind: FieldKind, crm: &CrmOrganisation) {
        if name.len() > LONGEST_FIELD {
            return self.add(path, format!("the name of the field is longer than {LONGEST_FIELD} characters"));
        }
        // A module that the CRM's edition lacks has no list, and nothing is synced there.
        let Some(known) = crm.fields.get(&module) else { return };
        match known.iter().find(|field| field.api_name == name) {
            None => self.add(path, format!("the CRM's {}s have no field {name}", module.singular())),
            Some(field) if !fields::suits(kind, field) => {
                let takes = match kind {
                    FieldKind::Text => "words",
                    FieldKind::Phone => "phone numbers",
                    FieldKind::Money => "amounts of money",
                    FieldKind::Day => "days",
                };
                self.add(path, format!("the field {} holds no {takes}", field.label));
            }
            Some(_) => {}
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

/// Maps with more entries than they may have.
#[must_use]
pub fn oversized(settings: &Settings) -> Vec<Invalid> {
    let mut found = Found(Vec::new());
    let mut size = |path: &str, entries: usize| {
        if entries > MOST_ENTRIES {
            found.add(path, format!("there are more than {MOST_ENTRIES} entries in it"));
        }
    };
    size("taxes", settings.taxes.len());
    size("accounts.by_category", settings.accounts.by_category.len());
    size("accounts.by_product", settings.accounts.by_product.len());
    size("products.services", settings.products.services.len());
    size("senders.documents.profiles", settings.senders.documents.profiles.len());
    size("senders.parties.profiles", settings.senders.parties.profiles.len());
    size("senders.approvers.profiles", settings.senders.approvers.profiles.len());
    for (module, statuses) in &settings.statuses {
        size(&format!("statuses.{}", module.api_name()), statuses.len());
    }
    for (module, statuses) in &settings.crm_statuses {
        size(&format!("crm_statuses.{}", module.api_name()), statuses.len());
    }
    for (module, fields) in &settings.fields {
        size(&format!("fields.{}", module.api_name()), fields.len());
    }
    for (at, tracking) in settings.documents.tracking.iter().take(MOST_CATEGORIES).enumerate() {
        size(&format!("documents.tracking.{at}.options"), tracking.options.len());
    }
    found.0
}

fn mapped_fields(found: &mut Found, settings: &Settings, crm: &CrmOrganisation) {
    for (module, mappings) in &settings.fields {
        let root = format!("fields.{}", module.api_name());
        for (key, mapping) in mappings {
            let path = format!("{root}.{key}");
            let Some(field) = fields::find(*module, key) else {
                found.add(&path, format!("Xero's {} has no such field that can be mapped", module.xero_singular()));
                continue;
            };
            match &mapping.source {
                FieldSource::Field(name) => found.field(&path, *module, name, field.kind, crm),
                FieldSource::Nothing if !field.optional => found.add(&path, "it can't be left without a CRM field"),
                FieldSource::Nothing | FieldSource::Standard => {}
            }
            if let Some(reason) = default_reason(field.kind, key, mapping.default.as_deref()) {
                found.add(&format!("{path}.default"), reason);
            }
        }
        shared_fields(found, settings, *module);
    }
}

/// Why a default can't be taken.
fn default_reason(kind: FieldKind, key: &str, default: Option<&str>) -> Option<String> {
    let text = default.map(str::trim).filter(|text| !text.is_empty())?;
    let longest = if kind == FieldKind::Phone { LONGEST_PHONE } else { LONGEST };
    let reason = match kind {
        _ if !fields::takes_default(key) => "Xero takes it from nobody".to_owned(),
        FieldKind::Money if fields::money(text).is_none() => "it is no amount, such as 12.50".to_owned(),
        FieldKind::Day if fields::day(text).is_none() => "it is no day, such as 2026-11-20".to_owned(),
        _ if text.chars().count() > longest => format!("it is longer than {longest} characters"),
        _ => return None,
    };
    Some(reason)
}

/// A CRM field that two of Xero's would be written to. It is told at the one that was mapped.
fn shared_fields(found: &mut Found, settings: &Settings, module: Module) {
    let all = fields::mappable(module);
    let fixed = fields::fixed(module).iter().map(|(key, name)| (*key, *name));
    let used = all.iter().filter_map(|field| Some((field.key, fields::source(settings, module, field.key)?)));
    let used: Vec<(&str, &str)> = fixed.chain(used).collect();
    for (key, mapping) in settings.fields.get(&module).into_iter().flatten() {
        let FieldSource::Field(name) = &mapping.source else { continue };
        let other = used.iter().find(|(known, other)| known != key && other == name);
        if let Some((other, _)) = other {
            let label = fields::label(module, other);
            let path = format!("fields.{}.{key}", module.api_name());
            found.add(&path, format!("the field {name} goes with \"{label}\" already"));
        }
    }
}

fn tracking(found: &mut Found, settings: &Settings, crm: &CrmOrganisation, xero: &XeroOrganisation) {
    let mappings = &settings.documents.tracking;
    if mappings.len() > MOST_CATEGORIES {
        found.add("documents.tracking", format!("lines have at most {MOST_CATEGORIES} tracking categories in Xero"));
    }
    let mut seen = Vec::new();
    for (at, mapping) in mappings.iter().take(MOST_CATEGORIES).enumerate() {
        let path = format!("documents.tracking.{at}");
        for (module, name) in &mapping.fields {
            let path = format!("{path}.fields.{}", module.api_name());
            if module.kind() == Kind::Document {
                found.field(&path, *module, name, FieldKind::Text, crm);
            } else {
                found.add(&path, "only invoices and purchase orders have lines");
            }
        }
        let same = |category: &&TrackingCategory| category.id.eq_ignore_ascii_case(&mapping.category);
        let Some(category) = xero.tracking_categories.iter().find(same) else {
            found.add(&format!("{path}.category"), "Xero has no such tracking category");
            continue;
        };
        if seen.contains(&category.id.as_str()) {
            found.add(&format!("{path}.category"), format!("the tracking category {} is there twice", category.name));
        }
        seen.push(category.id.as_str());
        let chosen = mapping.options.iter().map(|(value, option)| (format!("{path}.options.{value}"), option));
        let default = mapping.default.as_ref().map(|option| (format!("{path}.default"), option));
        for (path, option) in chosen.chain(default) {
            if !category.options.iter().any(|(id, _)| id.eq_ignore_ascii_case(option)) {
                found.add(&path, format!("Xero's tracking category {} has no such option", category.name));
            }
        }
        for value in mapping.options.keys() {
            found.key(&format!("{path}.options"), value);
        }
    }
}

fn crm_statuses(found: &mut Found, settings: &Settings, crm: &CrmOrganisation) {
    for (module, chosen) in &settings.crm_statuses {
        let root = format!("crm_statuses.{}", module.api_name());
        if module.kind() != Kind::Document {
            found.add(&root, "only invoices and purchase orders have statuses");
            continue;
        }
        let known = statuses::picklist(crm, *module).map(|field| field.picklist.as_slice()).unwrap_or_default();
        for (xero, status) in chosen {
            let path = format!("{root}.{xero}");
            if matches!(DocumentStatus::from(xero.clone()), DocumentStatus::Other(_)) {
                found.add(&path, "Xero has no such status");
            } else if status.trim().is_empty() {
                found.add(&path, "it is empty");
            } else if status.chars().count() > LONGEST {
                found.add(&path, format!("it is longer than {LONGEST} characters"));
            } else if !known.is_empty() && !known.iter().any(|(actual, _)| actual == status) {
                found.add(&path, format!("the CRM's {}s have no status {status}", module.singular()));
            }
        }
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
        let untaxed = tax == taxes::UNTAXED;
        if !untaxed {
            found.key("taxes", tax);
        }
        let sides = [
            ("sales", &mapping.sales, BooksSide::Sales, "sales"),
            ("purchases", &mapping.purchases, BooksSide::Purchases, "purchases"),
        ];
        for (name, chosen, side, words) in sides {
            let Some(chosen) = chosen else { continue };
            let mut rates = xero.tax_rates.iter().filter(|rate| rate.tax_type == *chosen).peekable();
            let reason = if rates.peek().is_none() {
                format!("Xero has no tax rate {chosen}")
            } else if !rates.clone().any(|rate| taxes::fits(rate, side)) {
                format!("Xero's tax rate {chosen} can't be used for {words}")
            } else if untaxed && !rates.any(|rate| taxes::stands_for_none(rate, side)) {
                format!("Xero's tax rate {chosen} is not one for lines without tax")
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
    use crate::organisation::CrmField;
    use crate::problem::Code;
    use crate::settings::DayReserve;
    use serde_json::{Value, json};

    fn organisations() -> (CrmOrganisation, XeroOrganisation) {
        let (mut crm, mut xero) = (fixture::crm_organisation(), fixture::xero_organisation());
        let field = |api_name: &str, data_type: &str| CrmField {
            api_name: api_name.to_owned(),
            label: api_name.to_owned(),
            data_type: data_type.to_owned(),
            json_type: None,
            read_only: false,
            length: None,
            decimals: None,
            custom: true,
            picklist: Vec::new(),
        };
        crm.fields.get_mut(&Module::Invoices).unwrap().push(field("Xero_Like", "date"));
        crm.fields.get_mut(&Module::Products).unwrap().push(field("Cost", "currency"));
        crm.fields.get_mut(&Module::Vendors).unwrap().push(field("Website", "website"));
        let category = |id: &str, options: &[&str]| TrackingCategory {
            id: id.to_owned(),
            name: format!("Category {id}"),
            options: options.iter().map(|option| ((*option).to_owned(), format!("Option {option}"))).collect(),
        };
        xero.tracking_categories = vec![category("c1", &["o1", "o2"]), category("c2", &[])];
        (crm, xero)
    }

    fn paths(settings: &Value) -> Vec<String> {
        let settings: Settings = serde_json::from_value(settings.clone()).unwrap();
        let (crm, xero) = organisations();
        let found = check(&settings, &crm, &xero);
        for invalid in &found {
            let Invalid { path, reason, .. } = invalid;
            let (refusal, broken) = (invalid.refusal(), invalid.broken());
            assert_eq!((refusal.code, broken.code), (Code::InvalidRequest, Code::SettingBroken));
            assert_eq!(refusal.why, format!("Its {path} is not valid: {reason}."));
            assert_eq!(broken.why, invalid.sentence());
            assert!(broken.what.contains(": ") && broken.fix.contains(" under "), "{path}: {broken:?}");
            assert_eq!((&refusal.place, &broken.place), (&invalid.place, &invalid.place));
        }
        found.into_iter().map(|invalid| invalid.path).collect()
    }

    #[test]
    fn defaults_and_full_settings_are_fine() {
        assert!(paths(&json!({})).is_empty());
        let all_quarters: Vec<String> =
            (0..96).map(|quarter| format!("{:02}:{:02}", quarter / 4, quarter % 4 * 15)).collect();
        let full = json!({
            "products": {"services": {"200": "7", "205": "8", "": "9"}},
            "fields": {
                "Accounts": {"tax_number": {"source": {"field": "Last_Name"}, "default": "none"}, "fax": {"source": "nothing"}},
                "Invoices": {"reference": {"default": "-"}, "due_date": {"source": {"field": "Xero_Like"}}},
                "Products": {"purchase.unit_price": {"source": {"field": "Cost"}, "default": "12.50"}},
            },
            "crm_statuses": {"Invoices": {"PAID": "Delivered", "VOIDED": "Canceled"}},
            "documents": {"number": {"crm": {"prefix": "CRM-"}}, "due_days": 365, "rounding_account": "400", "tracking": [
                {"category": "C1", "fields": {"Invoices": "Last_Name"}, "options": {"N": "o1"}, "default": "O2"},
                {"category": "c2"},
            ]},
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
            (
                json!({"fields": {"Accounts": {"tax_number": {"source": {"field": "ABN"}}}}}),
                "fields.Accounts.tax_number",
            ),
            (json!({"fields": {"Accounts": {"name": {"source": {"field": "Last_Name"}}}}}), "fields.Accounts.name"),
            (json!({"fields": {"Accounts": {"phone": {"source": {"field": "Xero_ID"}}}}}), "fields.Accounts.phone"),
            (
                json!({"fields": {"Invoices": {"due_date": {"source": {"field": "Last_Name"}}}}}),
                "fields.Invoices.due_date",
            ),
            (json!({"fields": {"Invoices": {"date": {"source": "nothing"}}}}), "fields.Invoices.date"),
            (json!({"fields": {"Invoices": {"date": {"default": "20.11.2026"}}}}), "fields.Invoices.date.default"),
            (
                json!({"fields": {"Products": {"sales.unit_price": {"default": "dear"}}}}),
                "fields.Products.sales.unit_price.default",
            ),
            (json!({"fields": {"Accounts": {"website": {"default": "a.example"}}}}), "fields.Accounts.website.default"),
            (json!({"fields": {"Accounts": {"fax": {"default": "5".repeat(51)}}}}), "fields.Accounts.fax.default"),
            (
                json!({"fields": {"Vendors": {
                    "fax": {"source": {"field": "Last_Name"}}, "phone": {"source": "nothing"},
                    "tax_number": {"source": {"field": "Website"}},
                }}}),
                "fields.Vendors.tax_number",
            ),
            (
                json!({"fields": {"Contacts": {"tax_number": {"source": {"field": "Last_Name"}}}}}),
                "fields.Contacts.tax_number",
            ),
            (json!({"documents": {"tracking": [{"category": "c9"}]}}), "documents.tracking.0.category"),
            (
                json!({"documents": {"tracking": [{"category": "c1"}, {"category": "C1"}]}}),
                "documents.tracking.1.category",
            ),
            (
                json!({"documents": {"tracking": [{"category": "c1"}, {"category": "c2"}, {"category": "c1"}]}}),
                "documents.tracking",
            ),
            (
                json!({"documents": {"tracking": [{"category": "c1", "fields": {"Invoices": "Region"}}]}}),
                "documents.tracking.0.fields.Invoices",
            ),
            (
                json!({"documents": {"tracking": [{"category": "c1", "fields": {"Products": "Last_Name"}}]}}),
                "documents.tracking.0.fields.Products",
            ),
            (
                json!({"documents": {"tracking": [{"category": "c1", "options": {"North": "o9"}}]}}),
                "documents.tracking.0.options.North",
            ),
            (json!({"documents": {"tracking": [{"category": "c2", "default": "o1"}]}}), "documents.tracking.0.default"),
            (json!({"crm_statuses": {"Accounts": {"PAID": "Created"}}}), "crm_statuses.Accounts"),
            (json!({"crm_statuses": {"Invoices": {"PAID": "Paid"}}}), "crm_statuses.Invoices.PAID"),
            (json!({"crm_statuses": {"Invoices": {"paid": "Created"}}}), "crm_statuses.Invoices.paid"),
            (json!({"crm_statuses": {"Invoices": {"PAID": " "}}}), "crm_statuses.Invoices.PAID"),
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
    fn no_map_grows_without_end() {
        let many = |value: Value, count: usize| -> Value {
            (0..count).map(|at| (format!("k{at}"), value.clone())).collect::<serde_json::Map<_, _>>().into()
        };
        let most = || MOST_ENTRIES;
        assert_eq!(paths(&json!({"taxes": many(json!({}), most())})), Vec::<String>::new());
        for (settings, path) in [
            (json!({"taxes": many(json!({}), most() + 1)}), "taxes"),
            (json!({"accounts": {"by_category": many(json!({}), most() + 1)}}), "accounts.by_category"),
            (json!({"accounts": {"by_product": many(json!({}), most() + 1)}}), "accounts.by_product"),
            (json!({"products": {"services": many(json!("7"), most() + 1)}}), "products.services"),
            (json!({"statuses": {"Invoices": many(json!("draft"), most() + 1)}}), "statuses.Invoices"),
            (json!({"crm_statuses": {"Invoices": many(json!("Paid"), most() + 1)}}), "crm_statuses.Invoices"),
            (json!({"fields": {"Accounts": many(json!({}), most() + 1)}}), "fields.Accounts"),
            (
                json!({"documents": {"tracking": [{"category": "c1", "options": many(json!("o1"), most() + 1)}]}}),
                "documents.tracking.0.options",
            ),
        ] {
            assert_eq!(paths(&settings), [path]);
        }
    }

    #[test]
    fn nothing_long_is_kept_or_told() {
        let long = "x".repeat(100_000);
        let (mut crm, xero) = organisations();
        // Even of a module without a list.
        crm.fields.remove(&Module::Vendors);
        for settings in [
            json!({"fields": {"Vendors": {"fax": {"source": {"field": long.clone()}}}}}),
            json!({"fields": {"Vendors": {long.clone(): {}}}}),
            json!({"crm_statuses": {"Purchase_Orders": {"PAID": long.clone()}}}),
            json!({"crm_statuses": {"Purchase_Orders": {long.clone(): "Paid"}}}),
            json!({"accounts": {"sales": long.clone()}}),
            json!({"products": {"services": {long.clone(): "7"}}}),
            json!({"documents": {"branding_theme": long.clone()}}),
            json!({"documents": {"tracking": [{"category": long.clone()}]}}),
            json!({"documents": {"tracking": [{"category": "c1", "options": {long.clone(): "o9"}}]}}),
            json!({"schedule": {"time_zone": long.clone()}}),
            json!({"schedule": {"times": [long.clone()]}}),
            json!({"schedule": {"notices": [{"address": format!("a@{long}.example"), "when": "never"}]}}),
        ] {
            let settings: Settings = serde_json::from_value(settings).unwrap();
            let found = check(&settings, &crm, &xero);
            let told = serde_json::to_string(&found.first().unwrap().refusal()).unwrap();
            assert!(told.len() < 3_000, "{} characters", told.len());
        }
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
