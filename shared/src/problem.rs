//! The catalogue: every reason why something was not done, or was done otherwise, as cause, fix and place.

use serde::{Deserialize, Serialize};

/// How much a problem stops.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The sync goes on; the person should know.
    Warning,
    /// The record is left alone until somebody does something.
    Error,
    /// The record is left alone for now; trying again later helps without anybody doing anything.
    Waiting,
}

/// A problem, told to a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// The stable code, the same in log, API and documentation.
    pub code: Code,
    /// How much it stops.
    pub severity: Severity,
    /// What happened, in the reader's words: `The tax "GST 12%" has no partner in Xero.`
    pub what: String,
    /// Why.
    pub why: String,
    /// What to do, a verb first.
    pub fix: String,
    /// Where to do it.
    pub place: Option<Place>,
    /// Xero's or Zoho's own words, whole.
    pub said: Option<String>,
    /// A choice that settles it at once, for administrators.
    pub remedy: Option<crate::settings::Remedy>,
}

/// A place to go to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// What the link says: `Open "Acme" in the CRM`.
    pub label: String,
    /// Absolute URL.
    pub url: String,
}

/// Stable codes. In JSON and in the log they are kebab-case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "each code's meaning is its entry in the catalogue")]
pub enum Code {
    // Set-up and access.
    NotSignedIn,
    SessionExpired,
    NotAdministrator,
    ZohoNotConnected,
    XeroNotConnected,
    OrganisationTaken,
    ZohoDisconnected,
    XeroDisconnected,
    XeroScopeMissing,
    ZohoScopeMissing,
    CrmNoPermission,
    CrmRecordNotFound,
    CrmModuleUnavailable,
    CrmFieldsMissing,
    InvalidRequest,
    // Limits and weather.
    XeroMinuteLimit,
    XeroDayLimit,
    XeroConcurrentLimit,
    ZohoLimit,
    ZohoTokenLimit,
    XeroUnavailable,
    ZohoUnavailable,
    OutcomeUnknown,
    SyncInProgress,
    Internal,
    // Parties.
    NameMissing,
    NameTaken,
    NameTakenSeveral,
    NameChanged,
    PrimaryContactMissing,
    PrimaryContactSeveral,
    PersonNameMissing,
    EmailInvalid,
    PeopleWithoutPrimaryEmail,
    PeopleTooMany,
    ContactArchived,
    ContactMerged,
    ContactNumberTaken,
    WebsiteInvalid,
    SameEmailInXero,
    // Products.
    ProductWithoutCode,
    ProductCodeTaken,
    ProductInactive,
    ItemCodeUnknown,
    ProductNameShortened,
    // Documents.
    PartyMissing,
    PartyNotSynced,
    ProductNotSynced,
    LinesMissing,
    LineProductMissing,
    StatusUnmapped,
    StatusBlank,
    VoidNotAllowed,
    NumberMissing,
    NumberTaken,
    NumberBurnt,
    TaxUnmapped,
    TaxSeveral,
    TaxBothModes,
    TaxInclusiveWithPercentage,
    TaxRateGone,
    TaxTypeWrongSide,
    TaxTypeNotWithAccount,
    AccountUnmapped,
    AccountArchived,
    AccountInvalid,
    CurrencyNotSubscribed,
    TotalDiffersByCents,
    TotalDiffers,
    DiscountInvalid,
    DocumentLocked,
    DocumentPaid,
    DocumentApproved,
    DocumentVoided,
    PeriodLocked,
    PlanLimit,
    PaymentTooLarge,
    PaymentNotAllowed,
    DateInvalid,
    CrmDocumentLocked,
    // Fitting.
    ValueShortened,
    ValueAdjusted,
    // Links.
    XeroRecordGone,
    CrmRecordGone,
    SeveralMatches,
    LinkedElsewhere,
    Overruled,
    DependencyFailed,
    // The CRM refuses the write-back.
    CrmMandatoryField,
    CrmInvalidValue,
    CrmDuplicate,
    CrmRecordLocked,
    CrmInBlueprint,
    CrmInApproval,
    CrmAlreadyModified,
    CrmStorageFull,
    CrmRefused,
    // Whatever the vendors add later.
    XeroRefused,
    XeroRequestMalformed,
    ZohoRequestMalformed,
}

impl Code {
    /// The code as it is written: `tax-unmapped`.
    #[must_use]
    pub fn as_str(self) -> String {
        serde_json::to_value(self).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
    }
}
