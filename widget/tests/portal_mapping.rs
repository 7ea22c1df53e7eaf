//! The mapping's state: what each control changes, what differs, what is wrong, what is guessed, and what becomes of
//! two people's changes.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use serde_json::{Value, json};
use shared::api::portal::{MappingView, RecordFound};
use shared::api::{Action, Preview, RecordView};
use shared::id::ZohoId;
use shared::module::Module;
use shared::organisation::{CrmOrganisation, XeroOrganisation};
use shared::problem::{self, Code};
use shared::record::{LineAmountTypes, TaxMode};
use shared::settings::{
    ApprovedEdits, BooksSide, Direction, FieldSource, MatchRule, NeitherRule, PeopleRule, PrimaryContactRule, Settings,
    SourceOfTruth, StatusTarget, WithoutCode,
};
use widget::fault::{Absence, Fault};
use widget::portal::mapping::choices;
use widget::portal::mapping::diff::{differences, merge};
use widget::portal::mapping::edit::{Edit, apply};
use widget::portal::mapping::labels::Names;
use widget::portal::mapping::product_names::Product;
use widget::portal::mapping::state::{Import, MappingDraft, Search, Wrong};
use widget::portal::section::Section;
use widget::portal::unsaved::Draft;
use widget::portal::words::common::Common;
use widget::portal::words::mapping::Mapping;
use widget::portal::words::settings::SettingNames;
use widget::portal::words::{Language, Texts};

fn crm() -> CrmOrganisation {
    let field = |name: &str, kind: &str, values: &[&str]| {
        let values: Vec<Value> = values.iter().map(|value| json!([value, value])).collect();
        json!({"api_name": name, "label": name.replace('_', " "), "data_type": kind, "length": null,
            "custom": false, "picklist": values})
    };
    let statuses = ["-None-", "Created", "Approved", "Sent", "Canceled"];
    let invoices = json!([
        field("Subject", "text", &[]),
        field("Invoice_Date", "date", &[]),
        field("Due_Date", "date", &[]),
        field("Our_Reference", "text", &[]),
        field("Region", "picklist", &["North", "South"]),
        field("Account_Name", "lookup", &[]),
        field("Status", "picklist", &statuses),
    ]);
    serde_json::from_value(json!({
        "id": "123", "name": "Harbour Lane Coffee", "currency": "AUD", "time_zone": "Australia/Sydney",
        "web_url": "https://crm.zoho.com/crm/org123", "multi_currency": false,
        "taxes": [{"name": "GST", "percentage": 10}, {"name": "GST 12.5%", "percentage": 12.5}],
        "tax_mode": null,
        "fields": {"Invoices": invoices, "Products": [field("Product_Category", "picklist", &["Hardware"])]},
    }))
    .unwrap()
}

fn xero() -> XeroOrganisation {
    let account = |code: &str, name: &str, kind: &str, class: &str, active: bool| {
        json!({"code": code, "name": name, "kind": kind, "class": class, "tax_type": null, "active": active,
            "system": false})
    };
    let rate = |tax_type: &str, name: &str, rate: f64, sales: bool, purchases: bool, active: bool| {
        json!({"tax_type": tax_type, "name": name, "effective_rate": rate, "active": active, "sales": sales,
            "purchases": purchases})
    };
    serde_json::from_value(json!({
        "id": "0d9e0d9e-0000-4000-8000-00000000d9e0", "name": "Harbour Lane Pty Ltd", "short_code": "!x1",
        "web_url": "https://go.xero.com", "base_currency": "AUD", "country_code": "AU",
        "time_zone": "Australia/Sydney", "tax_registered": true, "period_lock_date": null,
        "end_of_year_lock_date": null,
        "accounts": [
            account("260", "Other Revenue", "REVENUE", "REVENUE", true),
            account("200", "Sales", "SALES", "REVENUE", true),
            account("205", "Old sales", "SALES", "REVENUE", false),
            account("300", "Purchases", "DIRECTCOSTS", "EXPENSE", true),
            account("090", "Bank", "BANK", "ASSET", true),
        ],
        "tax_rates": [
            rate("OUTPUT", "GST on Income", 10.0, true, false, true),
            rate("INPUT", "GST on Expenses", 10.0, false, true, true),
            rate("TAX001", "Old rate", 5.0, true, true, false),
        ],
        "currencies": ["AUD"],
        "branding_themes": [{"id": "t1", "name": "Standard"}],
        "tracking_categories": [
            {"id": "c1", "name": "Region", "options": [["o1", "North"], ["o2", "South"]]},
            {"id": "c2", "name": "Team", "options": []},
        ],
    }))
    .unwrap()
}

fn settings(value: Value) -> Settings {
    serde_json::from_value(value).unwrap()
}

fn view(settings: Settings, version: i64) -> MappingView {
    MappingView { settings, version, crm: crm(), xero: xero(), read_at: "2026-11-20T02:15:00Z".parse().unwrap() }
}

fn loaded(saved: Value) -> MappingDraft {
    let mut model = MappingDraft::default();
    model.loaded(view(settings(saved), 7));
    model
}

fn paths(model: &MappingDraft) -> Vec<&str> {
    model.changes.iter().map(|change| change.path.as_str()).collect()
}

/// The path that each edit writes, and no other.
#[test]
fn each_control_writes_exactly_its_setting() {
    use BooksSide::{Purchases, Sales};
    use Module::Invoices;
    let text = |text: &str| Some(text.to_owned());
    let name = str::to_owned;
    let table = [
        (Edit::Direction(Invoices, Direction::ToXero), "directions.Invoices"),
        (Edit::SourceOfTruth(Invoices, SourceOfTruth::Xero), "source_of_truth.Invoices"),
        (Edit::Automation(Invoices, true), "automations.Invoices"),
        (Edit::Matching(MatchRule::NameThenEmail), "parties.matching"),
        (Edit::PrimaryContact(PrimaryContactRule::Require), "parties.primary_contact"),
        (Edit::People(PeopleRule::Own), "parties.people"),
        (Edit::Neither(NeitherRule::Vendor), "parties.neither"),
        (
            Edit::Field(Invoices, name("reference"), FieldSource::Field(name("Our_Reference"))),
            "fields.Invoices.reference",
        ),
        (Edit::FieldDefault(Invoices, name("reference"), name("none")), "fields.Invoices.reference"),
        (Edit::WithoutCode(WithoutCode::Generate), "products.without_code"),
        (Edit::Service(name("200"), Some(ZohoId::new("7").unwrap())), "products.services.200"),
        (Edit::Service(String::new(), Some(ZohoId::new("7").unwrap())), "products.services."),
        (Edit::NumberOfXero(true), "documents.number"),
        (Edit::Prefix(name("CRM-")), "documents.number"),
        (Edit::LineAmounts(LineAmountTypes::Inclusive), "documents.line_amount_types"),
        (Edit::DueDays(14), "documents.due_days"),
        (Edit::ApprovedEdits(ApprovedEdits::CrmGoesThrough), "documents.approved_edits"),
        (Edit::AllowVoid(true), "documents.allow_void"),
        (Edit::Rounding(text("200")), "documents.rounding_account"),
        (Edit::ExchangeRate(true), "documents.send_exchange_rate"),
        (Edit::Branding(text("t1")), "documents.branding_theme"),
        (Edit::TaxMode(Some(TaxMode::Total)), "documents.tax_mode"),
        (Edit::AddTracking(name("c1")), "documents.tracking"),
        (Edit::Status(Invoices, name("Sent"), Some(StatusTarget::Submitted)), "statuses.Invoices.Sent"),
        (Edit::CrmStatus(Invoices, name("PAID"), text("Approved")), "crm_statuses.Invoices.PAID"),
        (Edit::Tax(name("GST 12.5%"), Sales, text("OUTPUT")), "taxes.GST 12.5%.sales"),
        (Edit::Tax(name("GST"), Purchases, text("INPUT")), "taxes.GST.purchases"),
        (Edit::Account(Sales, text("200")), "accounts.sales"),
        (Edit::Account(Purchases, text("300")), "accounts.purchases"),
        (Edit::Discount(text("260")), "accounts.discount"),
        (Edit::Adjustment(text("260")), "accounts.adjustment"),
        (Edit::ByCategory(name("Hardware"), Sales, text("260")), "accounts.by_category.Hardware.sales"),
        (Edit::ByProduct(name("7"), Purchases, text("300")), "accounts.by_product.7.purchases"),
        (Edit::DayReserve(250), "day_reserve"),
    ];
    for (edit, path) in table {
        let mut model = loaded(json!({}));
        model.edit(edit.clone());
        assert_eq!(paths(&model), [path], "{edit:?}");
        assert!(model.is_valid(), "{edit:?}: {:?}", model.problems);
        assert!(model.is_dirty() && model.can_save(), "{edit:?}");
        let section = Section::of_path(path).unwrap();
        assert_eq!(Section::of_name(section.name()), section);
        model.discard();
        assert!(!model.is_dirty(), "{edit:?}");
    }
}

#[test]
fn a_choice_that_is_taken_back_leaves_nothing_behind() {
    use BooksSide::Sales;
    use Module::Invoices;
    let name = str::to_owned;
    let pairs = [
        (Edit::Direction(Invoices, Direction::ToCrm), Edit::Direction(Invoices, Direction::Both)),
        (Edit::SourceOfTruth(Invoices, SourceOfTruth::Xero), Edit::SourceOfTruth(Invoices, SourceOfTruth::Crm)),
        (Edit::Automation(Invoices, true), Edit::Automation(Invoices, false)),
        (
            Edit::Field(Invoices, name("reference"), FieldSource::Nothing),
            Edit::Field(Invoices, name("reference"), FieldSource::Standard),
        ),
        (
            Edit::FieldDefault(Invoices, name("reference"), name("x")),
            Edit::FieldDefault(Invoices, name("reference"), String::new()),
        ),
        (Edit::NumberOfXero(true), Edit::NumberOfXero(false)),
        (Edit::AddTracking(name("c1")), Edit::RemoveTracking(0)),
        (Edit::Status(Invoices, name("Sent"), Some(StatusTarget::Skip)), Edit::Status(Invoices, name("Sent"), None)),
        (Edit::CrmStatus(Invoices, name("PAID"), Some(name("Sent"))), Edit::CrmStatus(Invoices, name("PAID"), None)),
        (Edit::Tax(name("GST"), Sales, Some(name("OUTPUT"))), Edit::Tax(name("GST"), Sales, None)),
        (Edit::ByProduct(name("7"), Sales, Some(name("200"))), Edit::ByProduct(name("7"), Sales, None)),
    ];
    for (there, back) in pairs {
        let mut settings = Settings::default();
        apply(&mut settings, there.clone());
        assert_ne!(settings, Settings::default(), "{there:?}");
        apply(&mut settings, back);
        assert_eq!(settings, Settings::default(), "{there:?}");
    }
}

#[test]
fn the_crm_s_number_keeps_its_prefix_when_it_is_chosen_again() {
    let mut settings = Settings::default();
    apply(&mut settings, Edit::Prefix("CRM-".to_owned()));
    let before = settings.clone();
    apply(&mut settings, Edit::NumberOfXero(false));
    assert_eq!(settings, before);
}

#[test]
fn another_tracking_category_has_other_options() {
    let mut model = loaded(json!({}));
    model.edit(Edit::AddTracking("c1".to_owned()));
    model.edit(Edit::TrackingField(0, Module::Invoices, Some("Region".to_owned())));
    model.edit(Edit::TrackingOption(0, "North".to_owned(), Some("o1".to_owned())));
    model.edit(Edit::TrackingDefault(0, Some("o2".to_owned())));
    assert!(model.is_valid(), "{:?}", model.problems);
    let json = serde_json::to_value(&model.draft.documents.tracking).unwrap();
    assert_eq!(
        json,
        json!([{"category": "c1", "fields": {"Invoices": "Region"}, "options": {"North": "o1"}, "default": "o2"}])
    );
    model.edit(Edit::TrackingCategory(0, "c2".to_owned()));
    assert!(model.is_valid(), "{:?}", model.problems);
    let tracking = &model.draft.documents.tracking[0];
    assert_eq!((tracking.options.len(), tracking.default.as_deref(), tracking.fields.len()), (0, None, 1));
    // A place that is not there changes nothing.
    let before = model.draft.clone();
    model.edit(Edit::TrackingDefault(5, Some("o1".to_owned())));
    model.edit(Edit::RemoveTracking(5));
    assert_eq!(model.draft, before);
}

#[test]
fn what_is_wrong_stands_beside_its_control() {
    let mut model = loaded(json!({}));
    model.edit(Edit::Account(BooksSide::Sales, Some("205".to_owned())));
    let Some(Wrong::Said(text, place)) = model.wrong_at("accounts.sales") else { panic!("{:?}", model.problems) };
    assert_eq!(text, "The account 205 Old sales is archived in Xero.");
    assert!(place.unwrap().url.as_str().contains("ChartOfAccounts"));
    assert_eq!(model.wrong_at("accounts.purchases"), None);
    assert_eq!(model.wrong_at("accounts.sale"), None);
    assert_eq!((model.wrong_in(Section::Accounts), model.wrong_in(Section::Taxes)), (1, 0));
    assert_eq!(model.first_wrong().as_deref(), Some("accounts.sales"));
    assert!(!model.can_save());
    assert_eq!(model.save(), None);
    // The first one in the order of the sections, not of the checks.
    model.edit(Edit::Tax("GST".to_owned(), BooksSide::Sales, Some("TAX001".to_owned())));
    assert_eq!(model.first_wrong().as_deref(), Some("taxes.GST.sales"));
    assert_eq!(model.wrong(), 2);
    // A part of a setting is told at the setting.
    model.edit(Edit::FieldDefault(Module::Invoices, "due_date".to_owned(), "soon".to_owned()));
    assert!(model.wrong_at("fields.Invoices.due_date").is_some());
    assert!(model.wrong_at("fields.Invoices.due_date.default").is_some());
}

#[test]
fn a_direction_that_the_schedule_contradicts_is_told_among_the_pairs() {
    let mut model = loaded(json!({"schedule": {"pairs": {"Vendors": "to_xero"}}}));
    assert!(model.is_valid());
    model.edit(Edit::Direction(Module::Vendors, Direction::ToCrm));
    assert_eq!(model.first_wrong().as_deref(), Some("schedule.pairs.Vendors"));
    assert_eq!(model.wrong_in(Section::Pairs), 1);
    assert_eq!(Section::of_path("schedule.times.0"), None);
}

#[test]
fn what_is_no_number_is_kept_as_it_was_typed_and_blocks_saving() {
    let mut model = loaded(json!({}));
    model.number("documents.due_days", "14", Edit::DueDays);
    assert_eq!(
        (paths(&model), model.number_text("documents.due_days", 14)),
        (vec!["documents.due_days"], "14".to_owned())
    );
    for text in ["", "two weeks", "-1", "70000", "1.5"] {
        model.number("documents.due_days", text, Edit::DueDays);
        assert_eq!(model.number_text("documents.due_days", model.draft.documents.due_days), text);
        assert_eq!(model.wrong_at("documents.due_days"), Some(Wrong::NotANumber), "{text}");
        assert_eq!(model.wrong_in(Section::Documents), 1);
        assert!(!model.can_save(), "{text}");
        // What was valid before stays in the draft.
        assert_eq!(model.draft.documents.due_days, 14);
    }
    model.number("documents.due_days", " 400 ", Edit::DueDays);
    assert!(matches!(model.wrong_at("documents.due_days"), Some(Wrong::Said(..))));
    model.number("documents.due_days", "30", Edit::DueDays);
    assert!(!model.is_dirty());
    model.number("day_reserve", "x", Edit::DayReserve);
    assert!(model.is_dirty());
    model.discard();
    assert!(!model.is_dirty());
}

#[test]
fn guesses_are_marked_until_they_are_chosen() {
    let mut model = loaded(json!({}));
    let guess = &model.guesses["taxes.GST (10 %).sales"];
    assert_eq!((guess.value.as_str(), guess.shown.as_str()), ("OUTPUT", "GST on Income (10 %)"));
    assert_eq!(model.guesses["statuses.Invoices.Created"].value, "draft");
    assert!(!model.guesses.contains_key("statuses.Invoices.Sent"));
    assert_eq!(model.guessed_in(Section::Accounts), 2);
    // A choice is no guess any more, and what would be guessed instead is still known.
    model.edit(Edit::Tax("GST (10 %)".to_owned(), BooksSide::Sales, Some("OUTPUT".to_owned())));
    assert!(!model.guesses.contains_key("taxes.GST (10 %).sales"));
    assert!(model.known_guesses.contains_key("taxes.GST (10 %).sales"));
    assert_eq!(paths(&model), ["taxes.GST (10 %).sales"]);
    model.keep_guesses();
    assert!(model.guesses.is_empty(), "{:?}", model.guesses);
    assert!(model.is_valid() && paths(&model).contains(&"accounts.purchases"));
    assert_eq!(model.draft.accounts.sales.as_deref(), Some("200"));
    // What was chosen before the screen opened: its guess is known as well.
    let model = loaded(json!({"accounts": {"sales": "260"}}));
    assert!(!model.guesses.contains_key("accounts.sales"));
    assert_eq!(model.known_guesses["accounts.sales"].value, "200");
}

#[test]
fn a_saved_choice_that_broke_is_flagged_and_stays_an_option() {
    let mut model = loaded(json!({"accounts": {"sales": "205"}, "taxes": {"GST": {"sales": "TAX001"}}}));
    let broken: Vec<&str> = model.broken.iter().map(|invalid| invalid.path.as_str()).collect();
    assert_eq!(broken, ["taxes.GST.sales", "accounts.sales"]);
    assert!(!model.is_dirty());
    let offered = choices::account_choices(&xero(), BooksSide::Sales, false);
    assert_eq!(offered.own, [("200".into(), "200 Sales".into()), ("260".into(), "260 Other Revenue".into())]);
    assert!(offered.other.is_empty());
    assert!(choices::is_gone(&offered.own, Some("205")));
    assert!(!choices::is_gone(&offered.own, Some("200")) && !choices::is_gone(&offered.own, None));
    assert_eq!(choices::account_label(&xero(), "205"), "205 Old sales");
    // It stays flagged until another choice is saved.
    model.edit(Edit::Account(BooksSide::Sales, Some("200".to_owned())));
    model.edit(Edit::Tax("GST".to_owned(), BooksSide::Sales, None));
    assert_eq!(model.broken.len(), 2);
    let (sent, version) = model.save().unwrap();
    assert_eq!(version, 7);
    assert!(!model.can_save(), "while it is being saved");
    assert!(model.save_ended(&sent, Ok(sent.clone())));
    assert!(model.broken.is_empty() && !model.is_dirty());
}

#[test]
fn only_what_can_apply_is_offered() {
    let taxes = |xero: &XeroOrganisation, side, row| choices::tax_choices(xero, side, row, ["told", "not told"]);
    let sides = [BooksSide::Sales, BooksSide::Purchases]
        .map(|side| taxes(&xero(), side, "GST (10 %)").into_iter().map(|(value, _)| value).collect::<Vec<_>>());
    assert_eq!(sides, [vec!["OUTPUT"], vec!["INPUT"]]);
    // Lines without tax have rates of 0 % only, with what becomes of them.
    let mut zero = xero();
    assert_eq!(taxes(&zero, BooksSide::Sales, ""), []);
    for tax_type in ["EXEMPTOUTPUT", "NONE", "AVALARA", "TAX009"] {
        let mut rate = zero.tax_rates[0].clone();
        (rate.tax_type, rate.effective_rate, rate.sales, rate.active) = (tax_type.to_owned(), 0.into(), true, true);
        zero.tax_rates.push(rate);
    }
    let labels = taxes(&zero, BooksSide::Sales, "").into_iter().map(|(value, label)| {
        let said = label.split_once(", ").map(|(_, said)| said.to_owned()).unwrap_or_default();
        (value, said)
    });
    let said = |value: &str, said: &str| (value.to_owned(), said.to_owned());
    let wanted = [said("EXEMPTOUTPUT", "told"), said("NONE", "not told"), said("TAX009", "")];
    assert_eq!(labels.collect::<Vec<_>>(), wanted);
    let others = choices::account_choices(&xero(), BooksSide::Purchases, true);
    assert_eq!(others.own, [("300".into(), "300 Purchases".into())]);
    assert_eq!(others.other.len(), 2);
    assert_eq!(choices::line_accounts(&xero()).len(), 3);
    let fields = |kind| {
        let crm = crm();
        let fields = choices::fitting_fields(&crm, Module::Invoices, kind);
        fields.into_iter().map(|field| field.api_name.clone()).collect::<Vec<_>>()
    };
    assert_eq!(fields(shared::settings::fields::FieldKind::Day), ["Due_Date", "Invoice_Date"]);
    let text = fields(shared::settings::fields::FieldKind::Text);
    assert!(text.contains(&"Region".to_owned()) && !text.contains(&"Account_Name".to_owned()), "{text:?}");
}

#[test]
fn codes_of_choices_come_back() {
    for source in
        [FieldSource::Standard, FieldSource::Nothing, FieldSource::Field("-".into()), FieldSource::Field("A".into())]
    {
        assert_eq!(choices::source_of(&choices::source_code(&source)), source);
    }
    for target in choices::TARGETS {
        let code = choices::target_code(target);
        assert_eq!(choices::target_of(code), Some(target));
        assert_eq!(serde_json::to_value(target).unwrap(), json!(code));
    }
    assert_eq!(choices::target_of("paid"), None);
}

#[test]
fn differences_name_each_setting_once() {
    let before = settings(json!({"taxes": {"A.B": {"sales": "OUTPUT"}}, "automations": ["Invoices"]}));
    let after = settings(json!({
        "taxes": {"A.B": {"sales": "OUTPUT", "purchases": "INPUT"}, "Empty": {}},
        "automations": ["Accounts"],
        "documents": {"number": "xero"},
    }));
    let changes = differences(&before, &after);
    let paths: Vec<&str> = changes.iter().map(|change| change.path.as_str()).collect();
    assert_eq!(paths, ["automations.Accounts", "automations.Invoices", "documents.number", "taxes.A.B.purchases"]);
    assert_eq!((&changes[3].before, &changes[3].after), (&None, &Some(json!("INPUT"))));
    assert!(differences(&after, &after).is_empty());
}

#[test]
fn two_people_s_changes_go_together() {
    let base = settings(json!({"taxes": {"GST": {"sales": "OUTPUT"}}, "automations": ["Invoices"]}));
    let mut mine = base.clone();
    apply(&mut mine, Edit::Tax("GST".into(), BooksSide::Purchases, Some("INPUT".into())));
    apply(&mut mine, Edit::Automation(Module::Invoices, false));
    apply(&mut mine, Edit::Automation(Module::Vendors, true));
    apply(&mut mine, Edit::Prefix("A-".into()));
    let theirs = settings(json!({
        "taxes": {"Other": {"sales": "OUTPUT"}}, "automations": ["Invoices", "Accounts"],
        "documents": {"number": "xero", "due_days": 7},
    }));
    let merged = merge(&base, &mine, &theirs);
    let wanted = settings(json!({
        "taxes": {"GST": {"purchases": "INPUT"}, "Other": {"sales": "OUTPUT"}}, "automations": ["Vendors", "Accounts"],
        "documents": {"number": {"crm": {"prefix": "A-"}}, "due_days": 7},
    }));
    assert_eq!(merged, wanted);
    assert_eq!(merge(&base, &base, &theirs), theirs);
    assert_eq!(merge(&base, &mine, &base), mine);
}

#[test]
fn what_somebody_else_saved_is_offered_and_never_overwritten() {
    let outdated = || {
        let facts = [("field", "version".to_owned()), ("reason", "somebody saved meanwhile".to_owned())];
        Fault::Problem(Box::new(problem::of(Code::InvalidRequest, &facts)))
    };
    for keep in [true, false] {
        let mut model = loaded(json!({}));
        model.edit(Edit::DueDays(14));
        let (sent, _) = model.save().unwrap();
        assert!(model.save_ended(&sent, Err(outdated())), "their settings are wanted");
        assert_eq!(model.save_fault, None);
        model.loaded(view(settings(json!({"day_reserve": 200})), 8));
        assert!(model.theirs.is_some() && !model.can_save());
        assert_eq!(model.draft.documents.due_days, 14, "nothing is lost before the decision");
        model.take_theirs(keep);
        assert_eq!((model.version, model.draft.day_reserve.0), (8, 200));
        assert_eq!(model.is_dirty(), keep);
        assert_eq!(model.draft.documents.due_days, if keep { 14 } else { 30 });
    }
    // Any other refusal is told as it is.
    let mut model = loaded(json!({}));
    model.edit(Edit::DueDays(14));
    let (sent, _) = model.save().unwrap();
    assert!(!model.save_ended(&sent, Err(Fault::SignedOut(Absence::Ended))));
    assert_eq!(model.save_fault, Some(Fault::SignedOut(Absence::Ended)));
    assert!(model.can_save());
}

#[test]
fn a_draft_survives_what_is_read_again() {
    let mut model = loaded(json!({}));
    model.edit(Edit::DueDays(14));
    model.load();
    // A run made a service product meanwhile, which is no new version.
    model.loaded(view(settings(json!({"products": {"services": {"200": "7"}}})), 7));
    assert_eq!(paths(&model), ["documents.due_days"]);
    assert!(model.theirs.is_none() && model.draft.products.services.contains_key("200"));
    // Without changes the newer settings are simply taken.
    model.discard();
    model.loaded(view(settings(json!({"day_reserve": 1})), 9));
    assert_eq!((model.draft.day_reserve.0, model.version, model.is_dirty()), (1, 9, false));
    // What is changed while the settings are being saved stays a change.
    model.edit(Edit::DueDays(14));
    let (sent, _) = model.save().unwrap();
    model.edit(Edit::DueDays(15));
    assert!(model.save_ended(&sent, Ok(sent.clone())));
    assert_eq!((model.saved.documents.due_days, model.draft.documents.due_days), (14, 15));
    model.loaded(view(model.saved.clone(), 10));
    assert_eq!((model.version, model.theirs.is_none(), paths(&model)), (10, true, vec!["documents.due_days"]));
}

#[test]
fn an_exported_file_comes_back() {
    let mut model = loaded(json!({"taxes": {"GST": {"sales": "OUTPUT"}}, "documents": {"due_days": 7}}));
    let file = model.export();
    model.edit(Edit::DueDays(21));
    model.read_file("settings.json".to_owned(), &file);
    let Some(Import::Read { crm, xero, changes, invalid, .. }) = &model.import else { panic!("{:?}", model.import) };
    assert_eq!((crm.as_str(), xero.as_str()), ("Harbour Lane Coffee", "Harbour Lane Pty Ltd"));
    assert_eq!(changes.iter().map(|change| change.path.as_str()).collect::<Vec<_>>(), ["documents.due_days"]);
    assert!(invalid.is_empty());
    model.end_import(false);
    assert_eq!(model.draft.documents.due_days, 21);
    model.read_file("settings.json".to_owned(), &file);
    model.end_import(true);
    assert_eq!((model.draft.clone(), model.is_dirty()), (model.saved.clone(), false));
    // What does not fit here is named, taken over, and not saved.
    let foreign = file.replace("OUTPUT", "OUTPUT2");
    model.read_file("other.json".to_owned(), &foreign);
    let Some(Import::Read { invalid, .. }) = &model.import else { panic!() };
    assert_eq!(invalid, &[("taxes.GST.sales".to_owned(), "Xero has no tax rate OUTPUT2.".to_owned())]);
    model.end_import(true);
    assert!(model.is_dirty() && !model.can_save());
    for text in
        ["", "{}", "[]", "{\"settings\": {}}", "{\"kind\": \"other\", \"crm\": \"\", \"xero\": \"\", \"settings\": {}}"]
    {
        model.read_file("x.json".to_owned(), text);
        assert_eq!(model.import, Some(Import::Unreadable { file: "x.json".to_owned() }), "{text}");
        let before = model.draft.clone();
        model.end_import(true);
        assert_eq!(model.draft, before);
    }
}

#[test]
fn changes_are_told_in_words() {
    for language in Language::ALL {
        let (words, called, common) = (Mapping::of(language), SettingNames::of(language), Common::of(language));
        let mut model = loaded(json!({}));
        let lists = model.lists.clone().unwrap();
        let ids = ["7", "8", "9"].map(str::to_owned);
        model.products.answered(&ids[1..], Some(&[record("8")]));
        let names = Names {
            words,
            settings: called,
            module: common.module,
            yes_no: [common.yes, common.no],
            lists: &lists,
            products: &model.products,
        };
        // No setting is left with its path for a name.
        let all = settings(json!({
            "parties": {"matching": "name_then_email", "primary_contact": "require", "neither": "vendor"},
            "products": {"without_code": "generate", "services": {"200": "7"}},
            "documents": {"number": "xero", "line_amount_types": "NoTax", "due_days": 1, "approved_edits": "crm_goes_through",
                "allow_void": true, "rounding_account": "200", "send_exchange_rate": true, "branding_theme": "t1",
                "tracking": [{"category": "c1"}], "tax_mode": "Item"},
            "taxes": {"GST": {"sales": "OUTPUT"}}, "accounts": {"sales": "200", "discount": "260",
                "by_category": {"Hardware": {"sales": "200"}}},
            "statuses": {"Invoices": {"Sent": "skip"}}, "crm_statuses": {"Invoices": {"PAID": "Approved"}},
            "fields": {"Invoices": {"reference": {"source": {"field": "Our_Reference"}, "default": "x"}}},
            "source_of_truth": {"Invoices": "xero"}, "directions": {"Invoices": "to_crm"}, "automations": ["Invoices"],
            "day_reserve": 1,
            "schedule": {"enabled": true, "pairs": {"Invoices": "to_crm"}, "times": ["06:45"], "time_zone": "Europe/Berlin",
                "start": "first_scheduled", "notices": [{"address": "ana@bluegum.example", "when": "always"}]},
            "senders": {"documents": {"closed": true, "profiles": {"5": "Books"}}, "parties": {"closed": true},
                "approvers": {"closed": true}, "others": "draft", "held_emails": {"vendors": false, "customers": true}},
        }));
        for change in differences(&Settings::default(), &all) {
            let name = names.setting(&change.path);
            let value = names.value(&change.path, change.after.as_ref());
            assert!(!name.contains('_') && !name.starts_with("documents."), "{}: {name}", change.path);
            assert!(!value.contains(['_', '{']) && !value.is_empty(), "{}: {value}", change.path);
            // Who is asked for is not answered with yes or no.
            let asks_who = name.starts_with("Who") || name.starts_with("Wer");
            assert!(!asks_who || ![common.yes, common.no].contains(&value.as_str()), "{name}: {value}");
        }
        assert_eq!(names.value("accounts.sales", Some(&json!("205"))), "205 Old sales");
        assert_eq!(names.value("taxes.GST.sales", Some(&json!("OUTPUT"))), "GST on Income (10 %)");
        assert_eq!(names.value("taxes.GST.sales", None), "–");
        let quarters: Vec<String> = (0..96).map(|at| format!("{:02}:{:02}", at / 4, at % 4 * 15)).collect();
        assert_eq!(names.value("schedule.times", Some(&json!(quarters))), "00:00, 00:15, … 23:45 (96)");
        assert_eq!(names.value("schedule.times", Some(&json!(["06:45", "18:45"]))), "06:45, 18:45");
        // Products have names, and where they have none it is said what the number is.
        let told = ["7", "8", "9"].map(|id| names.value("products.services.200", Some(&json!(id))));
        assert_eq!(told, [(words.product_by_id)("7"), "INV-8".to_owned(), (words.product_not_found)("9")]);
        let settings = ["7", "8"].map(|id| names.setting(&format!("accounts.by_product.{id}.sales")));
        assert!(
            settings[0].contains(&(words.product_by_id)("7")) && settings[0].ends_with(words.sales),
            "{settings:?}"
        );
        assert!(settings[1].contains(": INV-8, "), "{settings:?}");
        assert!(names.setting("accounts.by_category.8.sales").contains(": 8, "), "a category may be called so");
        assert!(names.setting("products.services.").ends_with(words.no_account));
        for section in Section::ALL {
            assert!(!(called.section)(section).is_empty() && !(words.section_lead)(section).is_empty());
        }
    }
    let english = Mapping::of(Language::English);
    assert_eq!((english.changes)(1), "1 change");
    assert_eq!((english.invalid)(2), "2 settings are not valid");
}

fn record(id: &str) -> RecordFound {
    RecordFound { id: id.to_owned(), name: format!("INV-{id}"), modified_at: "2026-11-20T02:15:00Z".parse().unwrap() }
}

fn preview(name: &str) -> RecordView {
    RecordView {
        module: Module::Invoices,
        id: "1".to_owned(),
        name: name.to_owned(),
        preview: Preview {
            action: Action::Create,
            changes: Vec::new(),
            problems: Vec::new(),
            totals: None,
            dependencies: Vec::new(),
            word: None,
        },
        xero: None,
        synced_at: None,
        checked_at: "2026-11-20T02:15:00Z".parse().unwrap(),
        entries: Vec::new(),
        administrator: true,
        time_zone: "Australia/Sydney".to_owned(),
    }
}

#[test]
fn the_preview_answers_the_newest_question_only() {
    let mut trial = loaded(json!({})).trial;
    assert_eq!(trial.due(true), None, "nobody has opened it");
    trial.open = true;
    assert_eq!(trial.due(true), None, "no record is chosen");
    trial.choose(record("1"));
    let first = trial.due(true).unwrap();
    assert!(trial.loading);
    let second = trial.due(true).unwrap();
    assert_eq!(trial.question(first), None, "it was changed again during the pause");
    assert_eq!(trial.question(second), Some((Module::Invoices, "1".to_owned())));
    trial.answered(first, Ok(preview("late")));
    assert!(trial.view.is_none() && trial.loading);
    trial.answered(second, Ok(preview("right")));
    assert_eq!(trial.view.as_ref().map(|view| view.name.as_str()), Some("right"));
    // While the draft is not valid the last answer stays.
    assert_eq!(trial.due(false), None);
    assert!(trial.view.is_some() && !trial.loading);
    // A question that is under way belongs to the record that was left.
    let third = trial.due(true).unwrap();
    trial.forget();
    trial.answered(third, Err(Fault::SignedOut(Absence::Ended)));
    assert_eq!((trial.fault, trial.view.is_none(), trial.record.is_none()), (None, true, true));
}

#[test]
fn a_search_shows_the_newest_answer_only() {
    let mut search = Search::default();
    let first = search.typed("in".to_owned());
    let second = search.typed(" inv ".to_owned());
    assert_eq!((search.question(first), search.question(second)), (None, Some("inv".to_owned())));
    search.answered(second, Ok(vec![record("2")]));
    search.answered(first, Ok(vec![record("1")]));
    assert_eq!(search.found.as_ref().map(|found| found[0].id.as_str()), Some("2"));
    assert!(!search.searching);
    let third = search.typed("x".to_owned());
    search.answered(third, Err(Fault::SignedOut(Absence::Ended)));
    assert_eq!(search.fault, Some(Fault::SignedOut(Absence::Ended)));
}

/// What has to be asked for, and what comes for it: all products but those that are gone.
fn ask(model: &mut MappingDraft, again: bool, gone: &[&str]) -> Vec<Vec<String>> {
    let asked = model.ask_products(again);
    for ids in &asked {
        let there = ids.iter().filter(|id| !gone.contains(&id.as_str()));
        let records: Vec<RecordFound> = there.map(|id| record(id)).collect();
        model.products.answered(ids, Some(&records));
    }
    asked
}

const PRODUCTS: [&str; 3] = ["10", "7", "8"];

/// Settings that name three products, one of them twice.
fn with_products() -> Value {
    json!({"products": {"services": {"200": "7", "": "10"}},
        "accounts": {"by_product": {"7": {"sales": "200"}, "8": {"purchases": "300"}}}})
}

#[test]
fn every_product_of_the_settings_is_asked_for_once() {
    let mut model = MappingDraft::default();
    assert!(model.ask_products(false).is_empty(), "nothing is known of the settings yet");
    model.loaded(view(settings(with_products()), 7));
    let asked = model.ask_products(false);
    assert_eq!(asked, [PRODUCTS]);
    assert_eq!(model.products.of("7"), Product::Unknown);
    assert!(model.ask_products(true).is_empty(), "the answer is on its way");
    assert_eq!(model.products.known(), 0);
    model.products.answered(&asked[0], Some(&[record("10"), record("7")]));
    let known = PRODUCTS.map(|id| model.products.of(id));
    assert_eq!(known, [Product::Named("INV-10".into()), Product::Named("INV-7".into()), Product::Missing]);
    assert_eq!(model.products.known(), 3);
    // Neither what has a name nor what is not there is asked for again, unless the lists are read again.
    model.load();
    model.loaded(view(settings(with_products()), 7));
    assert!(model.ask_products(false).is_empty());
    assert_eq!(ask(&mut model, true, &["8"]), [["8"]]);
    assert_eq!(model.products.of("8"), Product::Missing);
    assert_eq!(ask(&mut model, true, &[]), [["8"]]);
    assert_eq!(model.products.of("8"), Product::Named("INV-8".into()), "it can be seen by now");
    assert!(model.ask_products(true).is_empty());
}

#[test]
fn an_answer_that_did_not_come_makes_no_product_missing() {
    let mut model = loaded(with_products());
    let asked = model.ask_products(false);
    model.products.answered(&asked[0], None);
    assert_eq!(PRODUCTS.map(|id| model.products.of(id)), [Product::Unknown, Product::Unknown, Product::Unknown]);
    assert_eq!(model.ask_products(false), [PRODUCTS], "it is asked for with the next reading");
}

#[test]
fn products_are_asked_for_by_the_hundred() {
    let accounts: serde_json::Map<String, Value> =
        (1000..1205).map(|id| (id.to_string(), json!({"sales": "200"}))).collect();
    let mut model = loaded(json!({"accounts": {"by_product": accounts}}));
    let asked = model.ask_products(false);
    assert_eq!(asked.iter().map(Vec::len).collect::<Vec<_>>(), [100, 100, 5]);
    let mut all: Vec<String> = asked.concat();
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), 205);
    // One part's answer leaves the others on their way.
    model.products.answered(&asked[1], None);
    assert_eq!(model.ask_products(false), [asked[1].clone()]);
}

#[test]
fn products_of_the_draft_of_others_and_of_files_are_asked_for() {
    let mut model = loaded(with_products());
    // The one that was chosen before stands beside the new one in the list of changes.
    model.edit(Edit::Service(String::new(), Some(ZohoId::new("9").unwrap())));
    assert_eq!(ask(&mut model, false, &[]), [["10", "7", "8", "9"]]);
    // Found by name: nothing is left to ask.
    model.products.found(&[record("11")]);
    model.edit(Edit::Service("200".to_owned(), Some(ZohoId::new("11").unwrap())));
    assert!(model.ask_products(true).is_empty());
    model.edit(Edit::Service("200".to_owned(), Some(ZohoId::new("12").unwrap())));
    assert_eq!(ask(&mut model, false, &[]), [["12"]]);
    // Somebody else saved: their product stands beside this draft's in the list of changes.
    model.loaded(view(settings(json!({"products": {"services": {"200": "13"}}})), 8));
    assert!(model.theirs.is_some());
    assert_eq!(ask(&mut model, false, &[]), [["13"]]);
    model.take_theirs(false);
    // The names are wanted before the file is taken over: it is told what would change.
    let file = model.export().replace("\"13\"", "\"14\"");
    let file = file.replace("\"by_product\":{}", "\"by_product\":{\"not,an id\":{\"sales\":\"200\"}}");
    model.read_file("settings.json".to_owned(), &file);
    assert!(matches!(model.import, Some(Import::Read { .. })), "{file}");
    assert_eq!(ask(&mut model, false, &[]), [["14"]]);
    assert_eq!(model.products.of("not,an id"), Product::Missing, "the CRM can't have it");
    model.end_import(true);
    assert!(model.ask_products(true).is_empty());
}
