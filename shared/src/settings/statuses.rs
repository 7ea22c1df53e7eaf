//! What a CRM status means at Xero, and the other way round.
//!
//! The administrator's map counts first, by the picklist's actual value. Else the status is guessed by likeness of its
//! actual and its displayed value with the CRM's stock words.

use super::{Settings, StatusTarget, remedy};
use crate::module::Module;
use crate::organisation::{CrmField, CrmOrganisation};
use crate::problem::{self, Problem};
use crate::record::DocumentStatus;

/// What a document's status means at Xero.
///
/// # Errors
/// `StatusBlank` without a status; `StatusUnmapped`, with the choice of a meaning, when nobody chose one and none can
/// be guessed.
pub fn target(
    settings: &Settings,
    organisation: &CrmOrganisation,
    module: Module,
    crm_status: Option<&str>,
) -> Result<StatusTarget, Problem> {
    let Some(status) = crm_status.map(str::trim).filter(|status| !status.is_empty()) else {
        return Err(problem::status_blank(None));
    };
    meaning(settings, organisation, module, status)
        .ok_or_else(|| problem::status_unmapped(status.to_owned(), None).remedy(remedy::status(module, status)))
}

/// Whether the meaning of a status is guessed and not chosen.
#[must_use]
pub fn is_guess(settings: &Settings, organisation: &CrmOrganisation, module: Module, status: &str) -> bool {
    chosen(settings, organisation, module, status).is_none()
}

/// The CRM status that tells Xero's status; none when the present one tells it already or no status does.
///
/// The administrator's choice for Xero's status counts first. Without one a paid document keeps its CRM status: the CRM's
/// stock picklists have no word for it.
#[must_use]
pub fn to_crm(
    settings: &Settings,
    organisation: &CrmOrganisation,
    module: Module,
    present: Option<&str>,
    xero: &DocumentStatus,
) -> Option<String> {
    if let Some(chosen) = chosen_for(settings, module, xero) {
        return (!tells(settings, organisation, module, present, xero)).then(|| chosen.to_owned());
    }
    let (wanted, stock) = match xero {
        DocumentStatus::Draft | DocumentStatus::Submitted => (StatusTarget::Draft, "created"),
        DocumentStatus::Authorised => (StatusTarget::Authorised, "approved"),
        DocumentStatus::Voided | DocumentStatus::Deleted => (StatusTarget::Cancel, "cancelled"),
        DocumentStatus::Paid | DocumentStatus::Other(_) => return None,
    };
    // The status that was chosen for paid documents tells of no other.
    let paid = |status: &&str| stands_for(settings, organisation, module, status) == Some(DocumentStatus::Paid);
    let same = present.map(|status| actual(organisation, module, status.trim()));
    let own = present.filter(|status| !paid(status));
    let present = own.and_then(|status| meaning(settings, organisation, module, status));
    let also = *xero == DocumentStatus::Submitted && present == Some(StatusTarget::Submitted);
    if present == Some(wanted) || also {
        return None;
    }
    let values = picklist(organisation, module).map(|field| field.picklist.as_slice()).unwrap_or_default();
    let fitting =
        || values.iter().filter(|(actual, _)| meaning(settings, organisation, module, actual) == Some(wanted));
    let found = fitting()
        .find(|(actual, display)| letters(actual) == stock || letters(display) == stock)
        .or_else(|| fitting().next())
        .map(|(actual, _)| actual.clone());
    match found {
        Some(actual) => Some(actual).filter(|actual| same.as_ref() != Some(actual)),
        // Without a picklist the stock words are the best that is known.
        None if values.is_empty() => Some(
            match wanted {
                StatusTarget::Authorised => "Approved",
                StatusTarget::Cancel if module == Module::Invoices => "Canceled",
                StatusTarget::Cancel => "Cancelled",
                _ => "Created",
            }
            .to_owned(),
        ),
        None => None,
    }
}

/// The CRM status (actual value) that was chosen for a status of Xero's.
#[must_use]
pub fn chosen_for<'a>(settings: &'a Settings, module: Module, xero: &DocumentStatus) -> Option<&'a str> {
    settings.crm_statuses.get(&module)?.get(xero.as_str()).map(String::as_str)
}

/// Whether the CRM's status is the one that was chosen for Xero's present status: nothing is left to do on either side.
#[must_use]
pub fn tells(
    settings: &Settings,
    organisation: &CrmOrganisation,
    module: Module,
    crm_status: Option<&str>,
    xero: &DocumentStatus,
) -> bool {
    let chosen = chosen_for(settings, module, xero);
    chosen.is_some() && chosen == crm_status.map(|status| actual(organisation, module, status.trim())).as_deref()
}

/// Xero's status for which this CRM status was chosen; of several, the one that comes last in a document's life.
#[must_use]
pub fn stands_for(
    settings: &Settings,
    organisation: &CrmOrganisation,
    module: Module,
    crm_status: &str,
) -> Option<DocumentStatus> {
    let chosen = settings.crm_statuses.get(&module)?;
    let actual = actual(organisation, module, crm_status.trim());
    let order = ["DELETED", "VOIDED", "PAID", "AUTHORISED", "SUBMITTED", "DRAFT"];
    let found = order.into_iter().find(|xero| chosen.get(*xero) == Some(&actual))?;
    Some(DocumentStatus::from(found.to_owned()))
}

/// The picklist's actual value of a status; the status itself where the picklist does not have it.
#[must_use]
pub fn actual(organisation: &CrmOrganisation, module: Module, status: &str) -> String {
    entry(organisation, module, status).map_or(status, |(actual, _)| actual).to_owned()
}

/// What a status means, chosen or guessed.
pub(super) fn meaning(
    settings: &Settings,
    organisation: &CrmOrganisation,
    module: Module,
    status: &str,
) -> Option<StatusTarget> {
    chosen(settings, organisation, module, status).or_else(|| {
        let entry = entry(organisation, module, status);
        guess(status).or_else(|| entry.and_then(|(actual, display)| guess(actual).or_else(|| guess(display))))
    })
}

fn chosen(settings: &Settings, organisation: &CrmOrganisation, module: Module, status: &str) -> Option<StatusTarget> {
    let map = settings.statuses.get(&module)?;
    map.get(status).or_else(|| map.get(&entry(organisation, module, status)?.0)).copied()
}

/// The picklist's entry of a status, which may have come as actual or as displayed value.
fn entry<'a>(organisation: &'a CrmOrganisation, module: Module, status: &str) -> Option<&'a (String, String)> {
    let values = &picklist(organisation, module)?.picklist;
    values.iter().find(|(actual, _)| actual == status).or_else(|| values.iter().find(|(_, display)| display == status))
}

pub(super) fn picklist(organisation: &CrmOrganisation, module: Module) -> Option<&CrmField> {
    organisation.fields.get(&module)?.iter().find(|field| field.api_name == "Status")
}

/// What a status means by its likeness with the stock words.
fn guess(status: &str) -> Option<StatusTarget> {
    match letters(status).as_str() {
        "created" | "draft" => Some(StatusTarget::Draft),
        "submitted" | "awaitingapproval" => Some(StatusTarget::Submitted),
        "approved" | "delivered" | "authorised" | "authorized" => Some(StatusTarget::Authorised),
        "cancelled" | "voided" | "void" => Some(StatusTarget::Cancel),
        _ => None,
    }
}

/// The letters alone, in lower case, in one spelling.
fn letters(status: &str) -> String {
    let letters = status.chars().filter(|sign| sign.is_alphanumeric()).flat_map(char::to_lowercase).collect::<String>();
    if letters == "canceled" { "cancelled".to_owned() } else { letters }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;
    use crate::problem::Code;

    fn organisation(values: &[(&str, &str)]) -> CrmOrganisation {
        let mut organisation = fixture::crm_organisation();
        let picklist = values.iter().map(|(actual, display)| ((*actual).to_owned(), (*display).to_owned())).collect();
        let field = CrmField {
            api_name: "Status".to_owned(),
            label: "Status".to_owned(),
            data_type: "picklist".to_owned(),
            json_type: None,
            read_only: false,
            length: None,
            decimals: None,
            custom: false,
            picklist,
        };
        organisation.fields.insert(Module::Invoices, vec![field]);
        organisation
    }

    #[test]
    fn statuses_have_meanings() {
        use StatusTarget::{Authorised, Cancel, Draft, Skip, Submitted};
        let crm =
            organisation(&[("Created", "Erstellt"), ("Option 4", "Approved"), ("נשלח", "נשלח"), ("Held", "Held")]);
        let mut settings = Settings::default();
        let map = [("Held".to_owned(), Skip), ("Delivered".to_owned(), Submitted)];
        settings.statuses.insert(Module::Invoices, map.into());
        for (status, wanted) in [
            (Some("Created"), Ok(Draft)),
            (Some("Erstellt"), Ok(Draft)),
            (Some(" created "), Ok(Draft)),
            (Some("Option 4"), Ok(Authorised)),
            (Some("Approved"), Ok(Authorised)),
            (Some("Delivered"), Ok(Submitted)),
            (Some("Cancelled"), Ok(Cancel)),
            (Some("Canceled"), Ok(Cancel)),
            (Some("CANCELED"), Ok(Cancel)),
            (Some("Held"), Ok(Skip)),
            (Some("נשלח"), Err(Code::StatusUnmapped)),
            (Some("Paid"), Err(Code::StatusUnmapped)),
            (Some("  "), Err(Code::StatusBlank)),
            (None, Err(Code::StatusBlank)),
        ] {
            let got = target(&settings, &crm, Module::Invoices, status);
            assert_eq!(got.map_err(|problem| problem.code), wanted, "{status:?}");
        }
        assert!(!is_guess(&settings, &crm, Module::Invoices, "Held"));
        assert!(is_guess(&settings, &crm, Module::Invoices, "Created"));
        let problem = target(&settings, &crm, Module::Invoices, Some("Paid")).unwrap_err();
        assert_eq!(problem.remedy.unwrap().choices.len(), 5);
    }

    #[test]
    fn xero_s_status_comes_back_in_the_crm_s_words() {
        use DocumentStatus as Xero;
        let stock = organisation(&[
            ("Created", "Created"),
            ("Delivered", "Delivered"),
            ("Approved", "Approved"),
            ("Canceled", "Canceled"),
        ]);
        let own = organisation(&[("New", "Draft"), ("Sent", "Delivered")]);
        let none = organisation(&[]);
        for (crm, present, xero, wanted) in [
            (&stock, Some("Created"), Xero::Authorised, Some("Approved")),
            (&stock, Some("Delivered"), Xero::Authorised, None),
            (&stock, Some("Approved"), Xero::Authorised, None),
            (&stock, Some("Approved"), Xero::Voided, Some("Canceled")),
            (&stock, Some("Approved"), Xero::Deleted, Some("Canceled")),
            (&stock, Some("Cancelled"), Xero::Voided, None),
            (&stock, Some("Approved"), Xero::Draft, Some("Created")),
            (&stock, Some("Created"), Xero::Submitted, None),
            (&stock, Some("Awaiting approval"), Xero::Submitted, None),
            (&stock, Some("Approved"), Xero::Paid, None),
            (&stock, Some("Created"), Xero::Paid, None),
            (&stock, Some("Created"), Xero::Other("NEW".to_owned()), None),
            (&stock, Some("?"), Xero::Authorised, Some("Approved")),
            (&stock, None, Xero::Authorised, Some("Approved")),
            (&own, Some("New"), Xero::Authorised, Some("Sent")),
            (&own, Some("New"), Xero::Voided, None),
            (&none, None, Xero::Draft, Some("Created")),
            (&none, None, Xero::Voided, Some("Canceled")),
        ] {
            let got = to_crm(&Settings::default(), crm, Module::Invoices, present, &xero);
            assert_eq!(got.as_deref(), wanted, "{present:?} {xero:?}");
        }
    }
}
