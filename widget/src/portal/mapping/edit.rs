//! One change of the settings for each control: it writes exactly its own setting, and an unchosen setting leaves
//! nothing behind.

use shared::id::ZohoId;
use shared::module::Module;
use shared::record::{LineAmountTypes, TaxMode};
use shared::settings::{
    ApprovedEdits, BooksSide, DayReserve, Direction, FieldMapping, FieldSource, MatchRule, NeitherRule, NumberRule,
    PeopleRule, PrimaryContactRule, Settings, SideAccounts, SourceOfTruth, StatusTarget, TrackingMapping, WithoutCode,
};
use std::collections::BTreeMap;

/// A change that a control makes. `None` takes a choice back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Edit {
    /// Which way a pair's records go.
    Direction(Module, Direction),
    /// Who wins a conflict.
    SourceOfTruth(Module, SourceOfTruth),
    /// Whether what we write starts the CRM's workflows.
    Automation(Module, bool),
    /// How a party without a link is matched.
    Matching(MatchRule),
    /// What a missing primary contact means.
    PrimaryContact(PrimaryContactRule),
    /// Whose a document for a person of an account or vendor is.
    People(PeopleRule),
    /// What becomes of a Xero contact that is neither customer nor supplier.
    Neither(NeitherRule),
    /// Where a Xero field comes from.
    Field(Module, String, FieldSource),
    /// What Xero gets where the CRM's field is empty.
    FieldDefault(Module, String, String),
    /// What a product without a code is.
    WithoutCode(WithoutCode),
    /// The product that stands for lines on an account (by its code; empty: without an account).
    Service(String, Option<ZohoId>),
    /// Whose number a document carries: Xero's, or the CRM's.
    NumberOfXero(bool),
    /// What is put before the CRM's number.
    Prefix(String),
    /// Whether line amounts contain tax.
    LineAmounts(LineAmountTypes),
    /// Days from date to due date.
    DueDays(u16),
    /// The CRM's edits of approved documents.
    ApprovedEdits(ApprovedEdits),
    /// Whether cancelling crosses.
    AllowVoid(bool),
    /// Account of the rounding line.
    Rounding(Option<String>),
    /// Whether the CRM's exchange rate is sent.
    ExchangeRate(bool),
    /// The branding theme of sales invoices.
    Branding(Option<String>),
    /// Where the CRM puts taxes on what comes from Xero.
    TaxMode(Option<TaxMode>),
    /// One more tracking category.
    AddTracking(String),
    /// No longer this tracking category (by its place).
    RemoveTracking(usize),
    /// Which category it is.
    TrackingCategory(usize, String),
    /// The document's field that names the option.
    TrackingField(usize, Module, Option<String>),
    /// The option of a value of that field.
    TrackingOption(usize, String, Option<String>),
    /// The option where none is found.
    TrackingDefault(usize, Option<String>),
    /// What a CRM status means at Xero.
    Status(Module, String, Option<StatusTarget>),
    /// The CRM status for one of Xero's.
    CrmStatus(Module, String, Option<String>),
    /// The Xero tax type of a CRM tax.
    Tax(String, BooksSide, Option<String>),
    /// The default account of a side.
    Account(BooksSide, Option<String>),
    /// The account of the discount's line.
    Discount(Option<String>),
    /// The account of the adjustment's line.
    Adjustment(Option<String>),
    /// The account of a product category.
    ByCategory(String, BooksSide, Option<String>),
    /// The account of a product, by its CRM id.
    ByProduct(String, BooksSide, Option<String>),
    /// Calls that runs leave for the button.
    DayReserve(u16),
}

/// Makes the change.
pub fn apply(settings: &mut Settings, edit: Edit) {
    let documents = &mut settings.documents;
    match edit {
        Edit::Direction(module, direction) => {
            keep(&mut settings.directions, module, Some(direction).filter(|it| *it != Direction::default()));
        }
        Edit::SourceOfTruth(module, side) => {
            keep(&mut settings.source_of_truth, module, Some(side).filter(|it| *it != SourceOfTruth::default()));
        }
        Edit::Automation(module, true) => {
            settings.automations.insert(module);
        }
        Edit::Automation(module, false) => {
            for known in std::mem::take(&mut settings.automations) {
                if known != module {
                    settings.automations.insert(known);
                }
            }
        }
        Edit::Matching(rule) => settings.parties.matching = rule,
        Edit::PrimaryContact(rule) => settings.parties.primary_contact = rule,
        Edit::People(rule) => settings.parties.people = rule,
        Edit::Neither(rule) => settings.parties.neither = rule,
        Edit::Field(module, key, source) => field(settings, module, key, |mapping| mapping.source = source),
        Edit::FieldDefault(module, key, text) => {
            field(settings, module, key, |mapping| mapping.default = Some(text).filter(|text| !text.is_empty()));
        }
        Edit::WithoutCode(rule) => settings.products.without_code = rule,
        Edit::Service(code, product) => keep(&mut settings.products.services, code, product),
        Edit::NumberOfXero(true) => documents.number = NumberRule::Xero,
        Edit::NumberOfXero(false) if matches!(documents.number, NumberRule::Xero) => {
            documents.number = NumberRule::default();
        }
        Edit::NumberOfXero(false) => {}
        Edit::Prefix(prefix) => documents.number = NumberRule::Crm { prefix },
        Edit::LineAmounts(types) => documents.line_amount_types = types,
        Edit::DueDays(days) => documents.due_days = days,
        Edit::ApprovedEdits(rule) => documents.approved_edits = rule,
        Edit::AllowVoid(allow) => documents.allow_void = allow,
        Edit::Rounding(code) => documents.rounding_account = code,
        Edit::ExchangeRate(send) => documents.send_exchange_rate = send,
        Edit::Branding(theme) => documents.branding_theme = theme,
        Edit::TaxMode(mode) => documents.tax_mode = mode,
        Edit::AddTracking(category) => {
            documents.tracking.push(TrackingMapping { category, ..TrackingMapping::default() });
        }
        Edit::RemoveTracking(at) if at < documents.tracking.len() => drop(documents.tracking.remove(at)),
        Edit::RemoveTracking(_) => {}
        Edit::TrackingCategory(at, category) => tracking(settings, at, |mapping| {
            // The options are the other category's.
            mapping.options.clear();
            mapping.default = None;
            mapping.category = category;
        }),
        Edit::TrackingField(at, module, name) => tracking(settings, at, |it| keep(&mut it.fields, module, name)),
        Edit::TrackingOption(at, value, option) => tracking(settings, at, |it| keep(&mut it.options, value, option)),
        Edit::TrackingDefault(at, option) => tracking(settings, at, |it| it.default = option),
        Edit::Status(module, status, target) => within(&mut settings.statuses, module, status, target),
        Edit::CrmStatus(module, word, status) => within(&mut settings.crm_statuses, module, word, status),
        Edit::Tax(name, side, tax_type) => {
            let mapping = settings.taxes.entry(name.clone()).or_default();
            *match side {
                BooksSide::Sales => &mut mapping.sales,
                BooksSide::Purchases => &mut mapping.purchases,
            } = tax_type;
            if mapping.sales.is_none() && mapping.purchases.is_none() {
                remove(&mut settings.taxes, &name);
            }
        }
        Edit::Account(BooksSide::Sales, code) => settings.accounts.sales = code,
        Edit::Account(BooksSide::Purchases, code) => settings.accounts.purchases = code,
        Edit::Discount(code) => settings.accounts.discount = code,
        Edit::Adjustment(code) => settings.accounts.adjustment = code,
        Edit::ByCategory(category, side, code) => {
            side_account(&mut settings.accounts.by_category, category, side, code)
        }
        Edit::ByProduct(product, side, code) => side_account(&mut settings.accounts.by_product, product, side, code),
        Edit::DayReserve(calls) => settings.day_reserve = DayReserve(calls),
    }
}

/// Takes a key out, by making the map anew: each type of map would bring a good deal of code of its own for it.
pub(crate) fn remove<K: Ord, V>(map: &mut BTreeMap<K, V>, key: &K) {
    for (known, value) in std::mem::take(map) {
        if known != *key {
            map.insert(known, value);
        }
    }
}

/// Keeps a value under a key, or nothing.
fn keep<K: Ord, V>(map: &mut BTreeMap<K, V>, key: K, value: Option<V>) {
    match value {
        Some(value) => drop(map.insert(key, value)),
        None => remove(map, &key),
    }
}

/// As [`keep`], within a module's own map, which goes with its last entry.
fn within<V>(maps: &mut BTreeMap<Module, BTreeMap<String, V>>, module: Module, key: String, value: Option<V>) {
    let map = maps.entry(module).or_default();
    keep(map, key, value);
    if map.is_empty() {
        remove(maps, &module);
    }
}

fn field(settings: &mut Settings, module: Module, key: String, change: impl FnOnce(&mut FieldMapping)) {
    let known = settings.fields.get(&module).and_then(|fields| fields.get(&key));
    let mut mapping = known.cloned().unwrap_or_default();
    change(&mut mapping);
    let kept = Some(mapping).filter(|mapping| *mapping != FieldMapping::default());
    within(&mut settings.fields, module, key, kept);
}

fn tracking(settings: &mut Settings, at: usize, change: impl FnOnce(&mut TrackingMapping)) {
    if let Some(mapping) = settings.documents.tracking.get_mut(at) {
        change(mapping);
    }
}

fn side_account(map: &mut BTreeMap<String, SideAccounts>, key: String, side: BooksSide, code: Option<String>) {
    let accounts = map.entry(key.clone()).or_default();
    *match side {
        BooksSide::Sales => &mut accounts.sales,
        BooksSide::Purchases => &mut accounts.purchases,
    } = code;
    if accounts.sales.is_none() && accounts.purchases.is_none() {
        remove(map, &key);
    }
}
