//! Applies one change of the settings, after checking it against the organisations' own lists.

use super::validate::{LONGEST, oversized};
use super::{BooksSide, SettingChange, Settings, accounts, statuses, taxes};
use crate::module::Kind;
use crate::organisation::{CrmOrganisation, XeroOrganisation};
use crate::problem::{self, Problem};

/// The settings after a change.
///
/// # Errors
/// `TaxRateGone`, `TaxTypeWrongSide`, `AccountArchived` or `AccountInvalid` when Xero's lists do not have what was
/// chosen (or not for that side), `InvalidRequest` when the change makes no sense or is none of the settings.
pub fn apply(
    settings: &Settings,
    change: &SettingChange,
    crm: &CrmOrganisation,
    xero: &XeroOrganisation,
) -> Result<Settings, Problem> {
    let mut next = settings.clone();
    match change {
        SettingChange::Tax { crm_tax, side, tax_type } => {
            // Documents may still carry a tax that the CRM has renamed since, so the CRM's list does not decide.
            let untaxed = crm_tax == taxes::UNTAXED;
            if (crm_tax.trim().is_empty() && !untaxed) || crm_tax.chars().count() > LONGEST {
                return Err(invalid("tax", crm_tax));
            }
            let rates = || xero.tax_rates.iter().filter(|rate| rate.tax_type == *tax_type);
            if !rates().any(|rate| taxes::fits(rate, *side)) {
                let told = match rates().any(|rate| rate.active) {
                    true => problem::tax_type_wrong_side(tax_type.as_str(), crm_tax.as_str(), None),
                    false => problem::tax_rate_gone(crm_tax.as_str(), tax_type.as_str()),
                };
                return Err(told.at(problem::place_xero_tax_rates(xero)));
            }
            if untaxed && !rates().any(|rate| taxes::stands_for_none(rate, *side)) {
                return Err(invalid("tax", tax_type));
            }
            let mapping = next.taxes.entry(crm_tax.clone()).or_default();
            match side {
                BooksSide::Sales => mapping.sales = Some(tax_type.clone()),
                BooksSide::Purchases => mapping.purchases = Some(tax_type.clone()),
            }
        }
        SettingChange::Status { module, crm_status, target } => {
            if module.kind() != Kind::Document {
                return Err(invalid("module", module.api_name()));
            }
            if crm_status.trim().is_empty() || crm_status.chars().count() > LONGEST {
                return Err(invalid("status", crm_status));
            }
            let actual = statuses::actual(crm, *module, crm_status);
            next.statuses.entry(*module).or_default().insert(actual, *target);
        }
        SettingChange::DefaultAccount { side, account_code } => {
            account(xero, account_code, Some(*side))?;
            match side {
                BooksSide::Sales => next.accounts.sales = Some(account_code.clone()),
                BooksSide::Purchases => next.accounts.purchases = Some(account_code.clone()),
            }
        }
        SettingChange::RoundingAccount { account_code } => {
            if let Some(code) = account_code {
                account(xero, code, None)?;
            }
            next.documents.rounding_account.clone_from(account_code);
        }
        SettingChange::AllowVoid { allow } => next.documents.allow_void = *allow,
        SettingChange::ApprovedEdits { rule } => next.documents.approved_edits = *rule,
        SettingChange::PrimaryContact { rule } => next.parties.primary_contact = *rule,
        SettingChange::WithoutCode { rule } => next.products.without_code = *rule,
    }
    match oversized(&next).first() {
        Some(invalid) => Err(invalid.refusal()),
        None => Ok(next),
    }
}

fn account(xero: &XeroOrganisation, code: &str, side: Option<BooksSide>) -> Result<(), Problem> {
    let found = xero.accounts.iter().find(|account| account.code.as_deref() == Some(code));
    let fits = |account| side.map_or_else(|| accounts::usable(account), |side| accounts::fits(account, side));
    let shown = found.map_or_else(|| code.to_owned(), accounts::label);
    let told = match found {
        Some(account) if fits(account) => return Ok(()),
        Some(account) if !account.active => problem::account_archived(shown),
        _ => problem::account_invalid(shown),
    };
    Err(told.at(problem::place_xero_accounts(xero)))
}

fn invalid(field: &str, value: &str) -> Problem {
    problem::invalid_request(field.to_owned(), None, Some(value.chars().take(80).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;
    use crate::module::Module;
    use crate::problem::Code;
    use crate::settings::{ApprovedEdits, PrimaryContactRule, StatusTarget, WithoutCode, remedy};

    fn tax(name: &str, side: BooksSide, tax_type: &str) -> SettingChange {
        SettingChange::Tax { crm_tax: name.to_owned(), side, tax_type: tax_type.to_owned() }
    }

    fn default_account(side: BooksSide, code: &str) -> SettingChange {
        SettingChange::DefaultAccount { side, account_code: code.to_owned() }
    }

    #[test]
    fn many_changes_make_no_endless_map() {
        let (crm, xero) = (fixture::crm_organisation(), fixture::xero_organisation());
        let mut settings = Settings::default();
        let apply =
            |settings: &Settings, name: &str| apply(settings, &tax(name, BooksSide::Sales, "OUTPUT"), &crm, &xero);
        for at in 0..crate::settings::validate::MOST_ENTRIES {
            settings.taxes.insert(format!("tax {at}"), crate::settings::TaxMapping::default());
        }
        assert!(apply(&settings, "tax 7").is_ok(), "one that is there is changed");
        assert_eq!(apply(&settings, "one more").unwrap_err().code, Code::InvalidRequest);
        assert!(apply(&Settings::default(), &"ü".repeat(LONGEST)).is_ok());
        assert_eq!(apply(&Settings::default(), &"ü".repeat(LONGEST + 1)).unwrap_err().code, Code::InvalidRequest);
    }

    #[test]
    fn changes_are_checked_against_the_lists() {
        let crm = fixture::crm_organisation();
        let xero = fixture::xero_organisation();
        let status = |module, crm_status: &str| SettingChange::Status {
            module,
            crm_status: crm_status.to_owned(),
            target: StatusTarget::Draft,
        };
        let rounding = |code: &str| SettingChange::RoundingAccount { account_code: Some(code.to_owned()) };
        for (change, wanted) in [
            (tax("GST", BooksSide::Sales, "OUTPUT"), None),
            (tax("City + State", BooksSide::Sales, "TAX002"), None),
            (tax("GST", BooksSide::Purchases, "OUTPUT"), Some(Code::TaxTypeWrongSide)),
            (tax("GST", BooksSide::Sales, "TAX001"), Some(Code::TaxRateGone)),
            (tax("GST", BooksSide::Sales, "TAX404"), Some(Code::TaxRateGone)),
            (tax(" ", BooksSide::Sales, "OUTPUT"), Some(Code::InvalidRequest)),
            (tax("", BooksSide::Sales, "EXEMPTOUTPUT"), None),
            (tax("", BooksSide::Purchases, "EXEMPTOUTPUT"), Some(Code::TaxTypeWrongSide)),
            (tax("", BooksSide::Sales, "OUTPUT"), Some(Code::InvalidRequest)),
            (status(Module::Invoices, "Sent"), None),
            (status(Module::Accounts, "Sent"), Some(Code::InvalidRequest)),
            (status(Module::Invoices, ""), Some(Code::InvalidRequest)),
            (default_account(BooksSide::Sales, "260"), None),
            (default_account(BooksSide::Sales, "205"), Some(Code::AccountArchived)),
            (default_account(BooksSide::Sales, "300"), Some(Code::AccountInvalid)),
            (default_account(BooksSide::Sales, "610"), Some(Code::AccountInvalid)),
            (default_account(BooksSide::Sales, "404"), Some(Code::AccountInvalid)),
            (rounding("400"), None),
            (rounding("090"), Some(Code::AccountInvalid)),
            (SettingChange::RoundingAccount { account_code: None }, None),
        ] {
            let got = apply(&Settings::default(), &change, &crm, &xero).err().map(|problem| problem.code);
            assert_eq!(got, wanted, "{change:?}");
        }
    }

    #[test]
    fn every_choice_that_is_offered_can_be_applied_and_changes_something() {
        let crm = fixture::crm_organisation();
        let xero = fixture::xero_organisation();
        let before = Settings::default();
        let mut remedies = vec![
            remedy::status(Module::Invoices, "Sent"),
            remedy::allow_void(),
            remedy::approved_edits(),
            remedy::without_code(),
        ];
        for side in [BooksSide::Sales, BooksSide::Purchases] {
            remedies.push(remedy::tax(&xero, side, "GST (12 %)"));
            remedies.push(remedy::tax(&xero, side, taxes::UNTAXED));
            remedies.push(remedy::default_account(&xero, side));
        }
        for remedy in remedies {
            assert!(!remedy.choices.is_empty(), "{}", remedy.label);
            for choice in remedy.choices {
                let after = apply(&before, &choice.change, &crm, &xero).unwrap();
                assert_ne!(after, before, "{choice:?}");
            }
        }
        let mut strict = Settings::default();
        strict.parties.primary_contact = PrimaryContactRule::Require;
        let choice = remedy::primary_contact().choices.remove(0);
        assert_eq!(apply(&strict, &choice.change, &crm, &xero).unwrap(), before);
    }

    #[test]
    fn changes_land_where_they_belong() {
        let crm = fixture::crm_organisation();
        let xero = fixture::xero_organisation();
        let mut settings = Settings::default();
        for change in [
            tax("GST", BooksSide::Sales, "OUTPUT"),
            tax("GST", BooksSide::Purchases, "INPUT"),
            default_account(BooksSide::Purchases, "400"),
            SettingChange::AllowVoid { allow: true },
            SettingChange::ApprovedEdits { rule: ApprovedEdits::CrmGoesThrough },
            SettingChange::WithoutCode { rule: WithoutCode::Generate },
        ] {
            settings = apply(&settings, &change, &crm, &xero).unwrap();
        }
        assert_eq!(settings.taxes["GST"].sales.as_deref(), Some("OUTPUT"));
        assert_eq!(settings.taxes["GST"].purchases.as_deref(), Some("INPUT"));
        assert_eq!(settings.accounts.purchases.as_deref(), Some("400"));
        assert!(settings.documents.allow_void);
        assert_eq!(settings.documents.approved_edits, ApprovedEdits::CrmGoesThrough);
        assert_eq!(settings.products.without_code, WithoutCode::Generate);
    }
}
