//! The three-way merge of one field: what each side has now against what both had when they last agreed.

use crate::api::Why;
use crate::link::Fingerprint;
use crate::settings::SourceOfTruth;

/// What was agreed about a field.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Agreed<'a> {
    /// The fingerprint of the CRM's value in Xero's terms.
    pub(super) crm: Option<&'a Fingerprint>,
    /// The fingerprint of Xero's value where Xero had made another one of what it was sent.
    pub(super) xero: Option<&'a Fingerprint>,
}

/// What becomes of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Decision {
    /// Both have the same, or what both had when they agreed.
    Same,
    /// The CRM's value goes to Xero.
    ToXero(Why),
    /// Xero's value comes to the CRM.
    ToCrm(Why),
}

/// Decides by the values alone; what each side takes is looked at afterwards.
///
/// Without an agreement an empty side never wins, so that linking two records loses nothing.
pub(super) fn decide(
    crm: Option<&str>,
    xero: Option<&str>,
    agreed: Agreed<'_>,
    truth: SourceOfTruth,
    fingerprint: impl Fn(&str) -> Fingerprint,
) -> Decision {
    if crm == xero {
        return Decision::Same;
    }
    let overruled = match truth {
        SourceOfTruth::Crm => Decision::ToXero(Why::CrmOverruledXero),
        SourceOfTruth::Xero => Decision::ToCrm(Why::XeroOverruledCrm),
    };
    let Some(agreed_crm) = agreed.crm else {
        return match (crm, xero) {
            (None, _) => Decision::ToCrm(Why::ChangedInXero),
            (_, None) => Decision::ToXero(Why::ChangedInCrm),
            _ => overruled,
        };
    };
    let unchanged = |value: Option<&str>, agreed: &Fingerprint| fingerprint(value.unwrap_or_default()) == *agreed;
    let crm_unchanged = unchanged(crm, agreed_crm);
    let xero_unchanged = unchanged(xero, agreed.xero.unwrap_or(agreed_crm));
    match (crm_unchanged, xero_unchanged) {
        (true, true) => Decision::Same,
        (false, true) => Decision::ToXero(Why::ChangedInCrm),
        (true, false) => Decision::ToCrm(Why::ChangedInXero),
        (false, false) => overruled,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every state of (CRM, Xero) against the agreed value "a": unchanged, changed, emptied.
    #[test]
    fn the_whole_matrix() {
        use Decision::{Same, ToCrm, ToXero};
        use Why::{ChangedInCrm, ChangedInXero, CrmOverruledXero, XeroOverruledCrm};
        let agreed = "f(a)".to_owned();
        let print = |value: &str| format!("f({value})");
        for (crm, xero, crm_wins, xero_wins) in [
            (Some("a"), Some("a"), Same, Same),
            (Some("b"), Some("a"), ToXero(ChangedInCrm), ToXero(ChangedInCrm)),
            (None, Some("a"), ToXero(ChangedInCrm), ToXero(ChangedInCrm)),
            (Some("a"), Some("c"), ToCrm(ChangedInXero), ToCrm(ChangedInXero)),
            (Some("a"), None, ToCrm(ChangedInXero), ToCrm(ChangedInXero)),
            (Some("b"), Some("c"), ToXero(CrmOverruledXero), ToCrm(XeroOverruledCrm)),
            (None, Some("c"), ToXero(CrmOverruledXero), ToCrm(XeroOverruledCrm)),
            (Some("b"), None, ToXero(CrmOverruledXero), ToCrm(XeroOverruledCrm)),
            (Some("b"), Some("b"), Same, Same),
            (None, None, Same, Same),
        ] {
            let agreed = Agreed { crm: Some(&agreed), xero: None };
            for (truth, wanted) in [(SourceOfTruth::Crm, crm_wins), (SourceOfTruth::Xero, xero_wins)] {
                assert_eq!(decide(crm, xero, agreed, truth, print), wanted, "{crm:?} {xero:?} {truth:?}");
            }
        }
    }

    #[test]
    fn without_an_agreement_an_empty_side_never_wins() {
        use Decision::{Same, ToCrm, ToXero};
        let print = |value: &str| format!("f({value})");
        for truth in [SourceOfTruth::Crm, SourceOfTruth::Xero] {
            let by = |crm, xero| decide(crm, xero, Agreed::default(), truth, print);
            assert_eq!(by(Some("a"), None), ToXero(Why::ChangedInCrm));
            assert_eq!(by(None, Some("a")), ToCrm(Why::ChangedInXero));
            assert_eq!(by(Some("a"), Some("a")), Same);
        }
        let both = |truth| decide(Some("a"), Some("b"), Agreed::default(), truth, print);
        assert_eq!(both(SourceOfTruth::Crm), ToXero(Why::CrmOverruledXero));
        assert_eq!(both(SourceOfTruth::Xero), ToCrm(Why::XeroOverruledCrm));
    }

    #[test]
    fn what_xero_made_of_a_value_is_no_change_of_xero_s() {
        let (sent, made) = ("f(a)".to_owned(), "f(A)".to_owned());
        let agreed = Agreed { crm: Some(&sent), xero: Some(&made) };
        let print = |value: &str| format!("f({value})");
        let by = |crm, xero| decide(Some(crm), Some(xero), agreed, SourceOfTruth::Crm, print);
        assert_eq!(by("a", "A"), Decision::Same);
        assert_eq!(by("b", "A"), Decision::ToXero(Why::ChangedInCrm));
        assert_eq!(by("a", "X"), Decision::ToCrm(Why::ChangedInXero));
        assert_eq!(by("b", "X"), Decision::ToXero(Why::CrmOverruledXero));
    }
}
