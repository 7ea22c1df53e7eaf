//! What a setting can be chosen from: the organisations' own lists, filtered as the checks demand. What is chosen and
//! no longer there stays as an option of its own, so that it is seen and can be replaced.

use shared::module::Module;
use shared::organisation::{CrmField, CrmOrganisation, XeroAccount, XeroOrganisation};
use shared::settings::fields::{self, FieldKind, FieldSource};
use shared::settings::{BooksSide, StatusTarget, accounts, taxes};

/// The value of a select in which nothing is chosen.
pub const NONE: &str = "";

/// Xero's words for a document's state, in the order of a document's life.
pub const XERO_STATUSES: [&str; 6] = ["DRAFT", "SUBMITTED", "AUTHORISED", "PAID", "VOIDED", "DELETED"];

/// What a CRM status can mean at Xero.
pub const TARGETS: [StatusTarget; 5] =
    [StatusTarget::Draft, StatusTarget::Submitted, StatusTarget::Authorised, StatusTarget::Cancel, StatusTarget::Skip];

/// (value, label) of an option.
pub type Choice = (String, String);

/// A chosen value that is not among the options any more.
#[must_use]
pub fn is_gone(options: &[Choice], chosen: Option<&str>) -> bool {
    chosen.is_some_and(|chosen| !options.iter().any(|(value, _)| value == chosen))
}

/// Accounts by their codes: those that suit best, and others that lines can use.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AccountChoices {
    /// Those of the side's own class: revenue or expenses.
    pub own: Vec<Choice>,
    /// Others that lines can use; none where the setting does not take them.
    pub other: Vec<Choice>,
}

/// The accounts of a side; with `others`, all that lines can use.
#[must_use]
pub fn account_choices(xero: &XeroOrganisation, side: BooksSide, others: bool) -> AccountChoices {
    let (own, other): (Vec<_>, Vec<_>) = xero
        .accounts
        .iter()
        .filter(|account| accounts::usable(account))
        .partition(|account| accounts::fits(account, side));
    AccountChoices { own: sorted(own), other: if others { sorted(other) } else { Vec::new() } }
}

/// All accounts that lines can use.
#[must_use]
pub fn line_accounts(xero: &XeroOrganisation) -> Vec<Choice> {
    sorted(xero.accounts.iter().filter(|account| accounts::usable(account)).collect())
}

fn sorted(accounts: Vec<&XeroAccount>) -> Vec<Choice> {
    let mut choices: Vec<Choice> = Vec::new();
    for account in accounts {
        if let Some(code) = account.code.clone() {
            let choice = (code, accounts::label(account));
            choices.insert(choices.partition_point(|known| *known <= choice), choice);
        }
    }
    choices
}

/// An account for people, whatever has become of it.
#[must_use]
pub fn account_label(xero: &XeroOrganisation, code: &str) -> String {
    let known = xero.accounts.iter().find(|account| account.code.as_deref() == Some(code));
    known.map_or_else(|| code.to_owned(), accounts::label)
}

/// The tax rates of a side that a row of the mapping can have; for lines without tax with whether they are reported
/// (the words for yes and no).
#[must_use]
pub fn tax_choices(xero: &XeroOrganisation, side: BooksSide, row: &str, reported: [&str; 2]) -> Vec<Choice> {
    let mut choices = Vec::new();
    for rate in &xero.tax_rates {
        let mut label = taxes::label(rate);
        if row != taxes::UNTAXED {
            if !taxes::fits(rate, side) {
                continue;
            }
        } else if !taxes::stands_for_none(rate, side) {
            continue;
        } else if let Some(is) = taxes::reported(xero, rate) {
            label.push_str(", ");
            label.push_str(reported[usize::from(!is)]);
        }
        choices.push((rate.tax_type.clone(), label));
    }
    choices
}

/// A tax rate for people, whatever has become of it.
#[must_use]
pub fn tax_label(xero: &XeroOrganisation, tax_type: &str) -> String {
    let known = xero.tax_rates.iter().find(|rate| rate.tax_type == tax_type);
    known.map_or_else(|| tax_type.to_owned(), taxes::label)
}

/// The CRM fields of a module that can go with a Xero field of this kind.
#[must_use]
pub fn fitting_fields(crm: &CrmOrganisation, module: Module, kind: FieldKind) -> Vec<&CrmField> {
    let known = crm.fields.get(&module).map(Vec::as_slice).unwrap_or_default();
    let mut fitting: Vec<(String, &CrmField)> = Vec::new();
    for field in known.iter().filter(|field| fields::suits(kind, field)) {
        let place = (field.label.to_lowercase(), &field.api_name);
        let at = fitting.partition_point(|(label, known)| (label, &known.api_name) <= (&place.0, place.1));
        fitting.insert(at, (place.0, field));
    }
    fitting.into_iter().map(|(_, field)| field).collect()
}

/// The values of a picklist: (actual, display). Empty where the field is none.
#[must_use]
pub fn picklist<'a>(crm: &'a CrmOrganisation, module: Module, api_name: &str) -> &'a [(String, String)] {
    fields::crm_field(crm, module, api_name).map(|field| field.picklist.as_slice()).unwrap_or_default()
}

/// What stands for a field's source in a select.
#[must_use]
pub fn source_code(source: &FieldSource) -> String {
    match source {
        FieldSource::Standard => NONE.to_owned(),
        FieldSource::Nothing => "-".to_owned(),
        FieldSource::Field(name) => ["=", name].concat(),
    }
}

/// The source that [`source_code`] stands for.
#[must_use]
pub fn source_of(code: &str) -> FieldSource {
    match code.strip_prefix('=') {
        Some(name) => FieldSource::Field(name.to_owned()),
        None if code == "-" => FieldSource::Nothing,
        None => FieldSource::Standard,
    }
}

/// What stands for a meaning in a select.
#[must_use]
pub fn target_code(target: StatusTarget) -> &'static str {
    match target {
        StatusTarget::Draft => "draft",
        StatusTarget::Submitted => "submitted",
        StatusTarget::Authorised => "authorised",
        StatusTarget::Cancel => "cancel",
        StatusTarget::Skip => "skip",
    }
}

/// The meaning that [`target_code`] stands for.
#[must_use]
pub fn target_of(code: &str) -> Option<StatusTarget> {
    TARGETS.into_iter().find(|target| target_code(*target) == code)
}
