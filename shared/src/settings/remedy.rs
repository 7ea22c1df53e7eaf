//! Choices that settle a problem at once, made from the organisations' own lists.

use super::{
    ApprovedEdits, BooksSide, Choice, PrimaryContactRule, Remedy, SettingChange, StatusTarget, WithoutCode, accounts,
    taxes,
};
use crate::module::Module;
use crate::organisation::XeroOrganisation;

/// Xero's tax rates that a row of the tax mapping can have on this side: active ones that apply there, and for lines
/// without tax those of 0 %.
#[must_use]
pub fn tax(organisation: &XeroOrganisation, side: BooksSide, row: &str) -> Remedy {
    let untaxed = row == taxes::UNTAXED;
    let choices = organisation
        .tax_rates
        .iter()
        .filter(|rate| if untaxed { taxes::stands_for_none(rate, side) } else { taxes::fits(rate, side) })
        .map(|rate| Choice {
            label: if untaxed { taxes::label_untaxed(organisation, rate) } else { taxes::label(rate) },
            change: SettingChange::Tax { crm_tax: row.to_owned(), side, tax_type: rate.tax_type.clone() },
        })
        .collect();
    let label = if untaxed {
        "Xero's tax rate for lines without tax".to_owned()
    } else {
        format!("Xero's tax rate for \"{row}\"")
    };
    Remedy { label, choices }
}

/// The accounts that can be a side's default.
#[must_use]
pub fn default_account(organisation: &XeroOrganisation, side: BooksSide) -> Remedy {
    let choices = organisation
        .accounts
        .iter()
        .filter(|account| accounts::fits(account, side))
        .filter_map(|account| {
            let account_code = account.code.clone()?;
            Some(Choice {
                label: accounts::label(account),
                change: SettingChange::DefaultAccount { side, account_code },
            })
        })
        .collect();
    let label = match side {
        BooksSide::Sales => "Xero account for sales",
        BooksSide::Purchases => "Xero account for purchases",
    };
    Remedy { label: label.to_owned(), choices }
}

/// What a CRM status can mean at Xero.
#[must_use]
pub fn status(module: Module, crm_status: &str) -> Remedy {
    let choice = |label: &str, target| Choice {
        label: label.to_owned(),
        change: SettingChange::Status { module, crm_status: crm_status.to_owned(), target },
    };
    Remedy {
        label: format!("What \"{crm_status}\" means in Xero"),
        choices: vec![
            choice("Draft", StatusTarget::Draft),
            choice("Awaiting approval", StatusTarget::Submitted),
            choice("Approved, awaiting payment", StatusTarget::Authorised),
            choice("Cancelled: voided or deleted", StatusTarget::Cancel),
            choice("Left alone", StatusTarget::Skip),
        ],
    }
}

/// Whether cancelling may cross.
#[must_use]
pub fn allow_void() -> Remedy {
    let change = SettingChange::AllowVoid { allow: true };
    Remedy {
        label: "Documents that are cancelled in the CRM".to_owned(),
        choices: vec![Choice { label: "Void or delete them in Xero too".to_owned(), change }],
    }
}

/// Whether the CRM's edits of approved documents go through.
#[must_use]
pub fn approved_edits() -> Remedy {
    let change = SettingChange::ApprovedEdits { rule: ApprovedEdits::CrmGoesThrough };
    Remedy {
        label: "Edits of documents that Xero has approved".to_owned(),
        choices: vec![Choice { label: "Send the CRM's edits to Xero".to_owned(), change }],
    }
}

/// Whether a missing primary contact stops a party.
#[must_use]
pub fn primary_contact() -> Remedy {
    let change = SettingChange::PrimaryContact { rule: PrimaryContactRule::Warn };
    Remedy {
        label: "Records without a primary contact".to_owned(),
        choices: vec![Choice { label: "Send them without a person".to_owned(), change }],
    }
}

/// What a product without a code is.
#[must_use]
pub fn without_code() -> Remedy {
    let change = SettingChange::WithoutCode { rule: WithoutCode::Generate };
    Remedy {
        label: "Products without a code".to_owned(),
        choices: vec![Choice { label: "Give them a code".to_owned(), change }],
    }
}
