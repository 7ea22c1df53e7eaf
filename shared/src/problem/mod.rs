//! The catalogue: every reason why something was not done, or was done otherwise, as cause, fix and place.
//!
//! [`of`] makes a problem from its code and the facts of the case; [`from_xero`] and [`from_zoho`] recognise the
//! vendors' own messages. A fact that is not known is left out of the text, and the text still reads well.

mod catalogue;
mod place;
mod text;
mod xero;
mod zoho;

pub use place::{
    place_crm, place_crm_set_up, place_xero, place_xero_accounts, place_xero_currencies, place_xero_financial_settings,
    place_xero_subscription, place_xero_tax_rates,
};
pub use xero::from_xero;
pub(crate) use xero::optional_fields;
pub use zoho::from_zoho;

use crate::id::ZohoId;
use crate::module::Module;
use crate::organisation::{CrmOrganisation, XeroOrganisation};
use crate::question::Question;
use crate::web_link::WebLink;
use chrono::TimeDelta;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// How much a problem stops.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
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
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
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
    /// What only a person can know: the record waits for the answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub question: Option<Box<Question>>,
}

/// A place to go to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Place {
    /// What the link says: `Open "Acme" in the CRM`.
    pub label: String,
    /// Where it leads.
    pub url: WebLink,
}

/// Stable codes. In JSON and in the log they are kebab-case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename_all = "kebab-case"))]
#[allow(missing_docs, reason = "each code's meaning is its entry in the catalogue")]
pub enum Code {
    // Set-up and access.
    NotSignedIn,
    SessionExpired,
    NotAdministrator,
    TakenOut,
    ZohoNotConnected,
    XeroNotConnected,
    OrganisationTaken,
    ZohoDisconnected,
    ConnectionSeesLess,
    XeroDisconnected,
    XeroScopeMissing,
    ZohoScopeMissing,
    CrmNoPermission,
    CrmRecordNotFound,
    CrmModuleUnavailable,
    CrmFieldsMissing,
    CrmFieldsRefused,
    CrmTaxesUnknown,
    CrmFieldHidden,
    CrmNotEditable,
    PartNotSent,
    FieldNotWritten,
    SenderNotAllowed,
    ToBeReleased,
    LeftForApproval,
    EmailHeld,
    EmailReleased,
    InvalidRequest,
    SettingBroken,
    InstallationKeyNeeded,
    OrganisationNotInvited,
    FlowRefused,
    FlowOver,
    FlowCodeWrong,
    RightsUnknown,
    // Limits and weather.
    XeroMinuteLimit,
    XeroMinuteShare,
    XeroDayLimit,
    XeroDayShare,
    XeroConcurrentLimit,
    ZohoLimit,
    ZohoTokenLimit,
    XeroUnavailable,
    ZohoUnavailable,
    OutcomeUnknown,
    SyncInProgress,
    RunInProgress,
    RunOfLeaver,
    RunUnknown,
    DayReserve,
    TooManyRequests,
    DatabaseDayLimit,
    NoticeNotSent,
    NoticeUnconfirmed,
    LetterLimit,
    Internal,
    // Parties.
    NameMissing,
    NameTaken,
    NameChanged,
    PrimaryContactMissing,
    PrimaryContactSeveral,
    PersonNameMissing,
    EmailInvalid,
    PeopleWithoutPrimaryEmail,
    PeopleTooMany,
    ContactsIncomplete,
    ContactArchived,
    ContactMerged,
    ContactNumberTaken,
    AccountNumberTaken,
    WebsiteInvalid,
    SameEmailInXero,
    PersonOfAccount,
    ContactInDoubt,
    PartyGone,
    // Products.
    ItemTracked,
    ProductWithoutCode,
    ProductCodeTaken,
    ProductInactive,
    ItemCodeUnknown,
    ItemNotOffered,
    ProductNameShortened,
    // Documents.
    PartyMissing,
    PartyNotSynced,
    ProductNotSynced,
    LinesMissing,
    LinesTooMany,
    LineProductMissing,
    LineProductGone,
    TextLineLeftOut,
    StatusUnmapped,
    StatusLeftAlone,
    StatusBlank,
    VoidNotAllowed,
    NumberMissing,
    NumberTaken,
    NumberBurnt,
    TaxUnmapped,
    TaxSeveral,
    TaxBothModes,
    TaxRateDiffers,
    UntaxedUnchosen,
    TaxInclusiveWithPercentage,
    TaxRateGone,
    TaxTypeWrongSide,
    TaxTypeNotWithAccount,
    AccountUnmapped,
    AccountArchived,
    AccountInvalid,
    CurrencyNotSubscribed,
    ExchangeRateFar,
    TotalDiffersByCents,
    TotalDiffers,
    TotalNegative,
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
    DocumentInDoubt,
    DocumentDiffers,
    BillNumberAgain,
    // Fitting.
    ValueShortened,
    ValueAdjusted,
    // Links.
    XeroRecordGone,
    CrmRecordGone,
    SeveralMatches,
    LinkedElsewhere,
    XeroIdUnconfirmed,
    PartnerUnconfirmed,
    ContactShared,
    SharedByTwo,
    ValuesDiffer,
    LinkLetGo,
    CrmRecordMerged,
    Overruled,
    DependencyFailed,
    DirectionClosed,
    ContactNeither,
    EndedBeforeSync,
    TaxTypeUnmapped,
    TotalTaxMixed,
    ServiceProduct,
    RecordParked,
    // The CRM refuses the write-back.
    CrmMandatoryField,
    CrmInvalidValue,
    CrmValueRefused,
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

/// A code without a name would be told by the name of the one before it. So it does not compile.
const _: () =
    assert!(Code::NAMES.len() == Code::ALL.len() && Code::ALL.len() == Code::ZohoRequestMalformed as usize + 1);

impl Code {
    /// Every code, in the catalogue's order.
    pub const ALL: &'static [Self] = &[
        Self::NotSignedIn,
        Self::SessionExpired,
        Self::NotAdministrator,
        Self::TakenOut,
        Self::ZohoNotConnected,
        Self::XeroNotConnected,
        Self::OrganisationTaken,
        Self::ZohoDisconnected,
        Self::ConnectionSeesLess,
        Self::XeroDisconnected,
        Self::XeroScopeMissing,
        Self::ZohoScopeMissing,
        Self::CrmNoPermission,
        Self::CrmRecordNotFound,
        Self::CrmModuleUnavailable,
        Self::CrmFieldsMissing,
        Self::CrmFieldsRefused,
        Self::CrmTaxesUnknown,
        Self::CrmFieldHidden,
        Self::CrmNotEditable,
        Self::PartNotSent,
        Self::FieldNotWritten,
        Self::SenderNotAllowed,
        Self::ToBeReleased,
        Self::LeftForApproval,
        Self::EmailHeld,
        Self::EmailReleased,
        Self::InvalidRequest,
        Self::SettingBroken,
        Self::InstallationKeyNeeded,
        Self::OrganisationNotInvited,
        Self::FlowRefused,
        Self::FlowOver,
        Self::FlowCodeWrong,
        Self::RightsUnknown,
        Self::XeroMinuteLimit,
        Self::XeroMinuteShare,
        Self::XeroDayLimit,
        Self::XeroDayShare,
        Self::XeroConcurrentLimit,
        Self::ZohoLimit,
        Self::ZohoTokenLimit,
        Self::XeroUnavailable,
        Self::ZohoUnavailable,
        Self::OutcomeUnknown,
        Self::SyncInProgress,
        Self::RunInProgress,
        Self::RunOfLeaver,
        Self::RunUnknown,
        Self::DayReserve,
        Self::TooManyRequests,
        Self::DatabaseDayLimit,
        Self::NoticeNotSent,
        Self::NoticeUnconfirmed,
        Self::LetterLimit,
        Self::Internal,
        Self::NameMissing,
        Self::NameTaken,
        Self::NameChanged,
        Self::PrimaryContactMissing,
        Self::PrimaryContactSeveral,
        Self::PersonNameMissing,
        Self::EmailInvalid,
        Self::PeopleWithoutPrimaryEmail,
        Self::PeopleTooMany,
        Self::ContactsIncomplete,
        Self::ContactArchived,
        Self::ContactMerged,
        Self::ContactNumberTaken,
        Self::AccountNumberTaken,
        Self::WebsiteInvalid,
        Self::SameEmailInXero,
        Self::PersonOfAccount,
        Self::ContactInDoubt,
        Self::PartyGone,
        Self::ItemTracked,
        Self::ProductWithoutCode,
        Self::ProductCodeTaken,
        Self::ProductInactive,
        Self::ItemCodeUnknown,
        Self::ItemNotOffered,
        Self::ProductNameShortened,
        Self::PartyMissing,
        Self::PartyNotSynced,
        Self::ProductNotSynced,
        Self::LinesMissing,
        Self::LinesTooMany,
        Self::LineProductMissing,
        Self::LineProductGone,
        Self::TextLineLeftOut,
        Self::StatusUnmapped,
        Self::StatusLeftAlone,
        Self::StatusBlank,
        Self::VoidNotAllowed,
        Self::NumberMissing,
        Self::NumberTaken,
        Self::NumberBurnt,
        Self::TaxUnmapped,
        Self::TaxSeveral,
        Self::TaxBothModes,
        Self::TaxRateDiffers,
        Self::UntaxedUnchosen,
        Self::TaxInclusiveWithPercentage,
        Self::TaxRateGone,
        Self::TaxTypeWrongSide,
        Self::TaxTypeNotWithAccount,
        Self::AccountUnmapped,
        Self::AccountArchived,
        Self::AccountInvalid,
        Self::CurrencyNotSubscribed,
        Self::ExchangeRateFar,
        Self::TotalDiffersByCents,
        Self::TotalDiffers,
        Self::TotalNegative,
        Self::DiscountInvalid,
        Self::DocumentLocked,
        Self::DocumentPaid,
        Self::DocumentApproved,
        Self::DocumentVoided,
        Self::PeriodLocked,
        Self::PlanLimit,
        Self::PaymentTooLarge,
        Self::PaymentNotAllowed,
        Self::DateInvalid,
        Self::CrmDocumentLocked,
        Self::DocumentInDoubt,
        Self::DocumentDiffers,
        Self::BillNumberAgain,
        Self::ValueShortened,
        Self::ValueAdjusted,
        Self::XeroRecordGone,
        Self::CrmRecordGone,
        Self::SeveralMatches,
        Self::LinkedElsewhere,
        Self::XeroIdUnconfirmed,
        Self::PartnerUnconfirmed,
        Self::ContactShared,
        Self::SharedByTwo,
        Self::ValuesDiffer,
        Self::LinkLetGo,
        Self::CrmRecordMerged,
        Self::Overruled,
        Self::DependencyFailed,
        Self::DirectionClosed,
        Self::ContactNeither,
        Self::EndedBeforeSync,
        Self::TaxTypeUnmapped,
        Self::TotalTaxMixed,
        Self::ServiceProduct,
        Self::RecordParked,
        Self::CrmMandatoryField,
        Self::CrmInvalidValue,
        Self::CrmValueRefused,
        Self::CrmDuplicate,
        Self::CrmRecordLocked,
        Self::CrmInBlueprint,
        Self::CrmInApproval,
        Self::CrmAlreadyModified,
        Self::CrmStorageFull,
        Self::CrmRefused,
        Self::XeroRefused,
        Self::XeroRequestMalformed,
        Self::ZohoRequestMalformed,
    ];

    /// How each of [`Code::ALL`] is written. A table, because what serde derives for so many names is many times its
    /// size, in both directions, and travels to the browser.
    const NAMES: &'static [&'static str] = &[
        "not-signed-in",
        "session-expired",
        "not-administrator",
        "taken-out",
        "zoho-not-connected",
        "xero-not-connected",
        "organisation-taken",
        "zoho-disconnected",
        "connection-sees-less",
        "xero-disconnected",
        "xero-scope-missing",
        "zoho-scope-missing",
        "crm-no-permission",
        "crm-record-not-found",
        "crm-module-unavailable",
        "crm-fields-missing",
        "crm-fields-refused",
        "crm-taxes-unknown",
        "crm-field-hidden",
        "crm-not-editable",
        "part-not-sent",
        "field-not-written",
        "sender-not-allowed",
        "to-be-released",
        "left-for-approval",
        "email-held",
        "email-released",
        "invalid-request",
        "setting-broken",
        "installation-key-needed",
        "organisation-not-invited",
        "flow-refused",
        "flow-over",
        "flow-code-wrong",
        "rights-unknown",
        "xero-minute-limit",
        "xero-minute-share",
        "xero-day-limit",
        "xero-day-share",
        "xero-concurrent-limit",
        "zoho-limit",
        "zoho-token-limit",
        "xero-unavailable",
        "zoho-unavailable",
        "outcome-unknown",
        "sync-in-progress",
        "run-in-progress",
        "run-of-leaver",
        "run-unknown",
        "day-reserve",
        "too-many-requests",
        "database-day-limit",
        "notice-not-sent",
        "notice-unconfirmed",
        "letter-limit",
        "internal",
        "name-missing",
        "name-taken",
        "name-changed",
        "primary-contact-missing",
        "primary-contact-several",
        "person-name-missing",
        "email-invalid",
        "people-without-primary-email",
        "people-too-many",
        "contacts-incomplete",
        "contact-archived",
        "contact-merged",
        "contact-number-taken",
        "account-number-taken",
        "website-invalid",
        "same-email-in-xero",
        "person-of-account",
        "contact-in-doubt",
        "party-gone",
        "item-tracked",
        "product-without-code",
        "product-code-taken",
        "product-inactive",
        "item-code-unknown",
        "item-not-offered",
        "product-name-shortened",
        "party-missing",
        "party-not-synced",
        "product-not-synced",
        "lines-missing",
        "lines-too-many",
        "line-product-missing",
        "line-product-gone",
        "text-line-left-out",
        "status-unmapped",
        "status-left-alone",
        "status-blank",
        "void-not-allowed",
        "number-missing",
        "number-taken",
        "number-burnt",
        "tax-unmapped",
        "tax-several",
        "tax-both-modes",
        "tax-rate-differs",
        "untaxed-unchosen",
        "tax-inclusive-with-percentage",
        "tax-rate-gone",
        "tax-type-wrong-side",
        "tax-type-not-with-account",
        "account-unmapped",
        "account-archived",
        "account-invalid",
        "currency-not-subscribed",
        "exchange-rate-far",
        "total-differs-by-cents",
        "total-differs",
        "total-negative",
        "discount-invalid",
        "document-locked",
        "document-paid",
        "document-approved",
        "document-voided",
        "period-locked",
        "plan-limit",
        "payment-too-large",
        "payment-not-allowed",
        "date-invalid",
        "crm-document-locked",
        "document-in-doubt",
        "document-differs",
        "bill-number-again",
        "value-shortened",
        "value-adjusted",
        "xero-record-gone",
        "crm-record-gone",
        "several-matches",
        "linked-elsewhere",
        "xero-id-unconfirmed",
        "partner-unconfirmed",
        "contact-shared",
        "shared-by-two",
        "values-differ",
        "link-let-go",
        "crm-record-merged",
        "overruled",
        "dependency-failed",
        "direction-closed",
        "contact-neither",
        "ended-before-sync",
        "tax-type-unmapped",
        "total-tax-mixed",
        "service-product",
        "record-parked",
        "crm-mandatory-field",
        "crm-invalid-value",
        "crm-value-refused",
        "crm-duplicate",
        "crm-record-locked",
        "crm-in-blueprint",
        "crm-in-approval",
        "crm-already-modified",
        "crm-storage-full",
        "crm-refused",
        "xero-refused",
        "xero-request-malformed",
        "zoho-request-malformed",
    ];

    fn name(self) -> &'static str {
        Self::NAMES.get(self as usize).copied().unwrap_or_default()
    }

    /// The code as it is written: `tax-unmapped`.
    #[must_use]
    pub fn as_str(self) -> String {
        self.name().to_owned()
    }

    /// For a limit: how many seconds it usually lasts, where nobody knows better. None for what is no limit.
    #[must_use]
    pub fn limit_seconds(self) -> Option<u64> {
        match self {
            Self::XeroConcurrentLimit => Some(5),
            Self::XeroMinuteLimit | Self::XeroMinuteShare | Self::ZohoLimit | Self::TooManyRequests => Some(60),
            Self::ZohoTokenLimit => Some(600),
            Self::XeroDayLimit | Self::XeroDayShare | Self::DayReserve | Self::DatabaseDayLimit => Some(3_600),
            Self::LetterLimit => Some(86_400),
            _ => None,
        }
    }

    /// The code that is written so; none for an unknown one.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.name() == name)
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for Code {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        Self::from_name(&name).ok_or_else(|| D::Error::unknown_variant(&name, Self::NAMES))
    }
}

/// What is known of the case when a vendor refuses something: with it, texts name the record and links open it.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// The CRM organisation, if it is known yet.
    pub crm_organisation: Option<&'a CrmOrganisation>,
    /// The Xero organisation, if it is known yet.
    pub xero_organisation: Option<&'a XeroOrganisation>,
    /// The pair; none for a call that is about no record.
    pub module: Option<Module>,
    /// The CRM record; none for a call that is about no record.
    pub crm_id: Option<&'a ZohoId>,
    /// The record's name or number; may be empty.
    pub name: &'a str,
    /// Opens the Xero record, if there is one.
    pub xero_url: Option<&'a WebLink>,
}

impl Context<'_> {
    /// The CRM record, as a place to go to.
    fn crm_place(&self) -> Option<Place> {
        let (organisation, module, id) = (self.crm_organisation?, self.module?, self.crm_id?);
        let label = if self.name.is_empty() {
            format!("Open the {} in the CRM", module.singular())
        } else {
            format!("Open \"{}\" in the CRM", self.name)
        };
        Some(place_crm(organisation, module, id, label))
    }

    /// The Xero record, as a place to go to.
    fn xero_place(&self) -> Option<Place> {
        let url = self.xero_url?.clone();
        let what = self.module.map_or("record", Module::xero_singular);
        Some(Place { label: format!("Open the {what} in Xero"), url })
    }
}

/// Makes a problem of the catalogue.
///
/// `facts` fill its texts, by key: `name` (the record), `module` (its kind, in words), `party`, `product`, `field`,
/// `line` (a number or a name), `tax`, `account`, `status`, `number`, `currency`, `date`, `lock`, `limit`, `was`,
/// `is`, `crm_total`, `xero_total`, `difference`, `value`, `until` (how long, in words), `user`, `organisation`, `kind`
/// and `reason` (of a dependency). Of what comes from Xero: `system` and `source` (where the value goes and where it is
/// corrected), `left_out`, `crm_takes`, `crm_limit`, `xero_field`, `crm_makes` and `xero_has` (totals); `total` and `zero`
/// (a document's total). Of a vendor's window: `vendor`, and `good` (how long, in words). An unknown key is ignored.
#[must_use]
pub fn of(code: Code, facts: &[(&str, String)]) -> Problem {
    let entry = catalogue::entry(code);
    Problem {
        code,
        severity: entry.severity,
        what: text::fill(entry.what, facts),
        why: text::fill(entry.why, facts),
        fix: text::fill(entry.fix, facts),
        place: None,
        said: None,
        remedy: None,
        question: None,
    }
}

/// The fact `until` of something that lasts so long: words for a length of time need no time zone.
#[must_use]
pub fn until(wait: TimeDelta) -> Option<(&'static str, String)> {
    let up = |parts: i64| wait.num_seconds().saturating_add(parts - 1) / parts;
    // What is less than a second is told as one.
    let seconds = (wait + TimeDelta::milliseconds(999)).num_seconds();
    let words = match seconds {
        ..=0 => return None,
        1 => "a second".to_owned(),
        2..=90 => format!("{seconds} seconds"),
        91..=5_400 => format!("about {} minutes", up(60)),
        _ => format!("about {} hours", up(3_600)),
    };
    Some(("until", words))
}

/// A person of whom somebody else is told, who is not shown the name.
const SOMEBODY: &str = "Somebody else";

/// Whether a problem says first what a person may not do.
fn is_of_a_person(code: Code) -> bool {
    matches!(code, Code::CrmNotEditable | Code::SenderNotAllowed | Code::PartNotSent)
}

/// The whole catalogue, each entry as it reads when nothing is known of the case.
#[must_use]
pub fn catalogue() -> Vec<Problem> {
    Code::ALL.iter().map(|code| of(*code, &[])).collect()
}

impl Problem {
    /// With the place where it is solved.
    #[must_use]
    pub fn at(mut self, place: impl Into<Option<Place>>) -> Self {
        self.place = place.into();
        self
    }

    /// With a choice that settles it.
    #[must_use]
    pub fn remedy(mut self, remedy: impl Into<Option<crate::settings::Remedy>>) -> Self {
        self.remedy = remedy.into();
        self
    }

    /// With the question that it asks.
    #[must_use]
    pub fn asks(mut self, question: Question) -> Self {
        self.question = Some(Box::new(question));
        self
    }

    /// Leaves of its question what somebody is told of it who may not answer it.
    pub fn hide_question(&mut self) {
        if let Some(question) = &mut self.question {
            **question = question.cut();
        }
    }

    /// Whether the record waits for somebody's answer.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.stops() && self.question.is_some()
    }

    /// With the vendor's own words, whole.
    #[must_use]
    pub fn said(mut self, words: &str) -> Self {
        self.said = Some(words.to_owned());
        self
    }

    /// With another severity than the catalogue's.
    #[must_use]
    pub fn severity(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }

    /// The same without the facts of the case, for somebody who is not shown them: with the name of the record whose problem
    /// it is, as that somebody is shown it, and without the vendor's words, the place and the choice that go with the facts.
    #[must_use]
    pub fn without_facts(&self, name: &str) -> Self {
        // These name another record than the one whose problem it is.
        let of_another = matches!(
            self.code,
            Code::DependencyFailed | Code::SameEmailInXero | Code::NameTaken | Code::CrmRecordMerged
        );
        let mut facts = vec![("name", name.to_owned())];
        if is_of_a_person(self.code) {
            // Without a person it would be told to the reader, as the reader's own.
            facts.push(("user", SOMEBODY.to_owned()));
        }
        // That something is asked is told to everybody.
        let question = self.question.as_ref().map(|question| Box::new(question.cut()));
        Self { severity: self.severity, question, ..of(self.code, if of_another { &[] } else { &facts }) }
    }

    /// As it is told to the very person of this name whose problem it is: "You may not …" instead of "Sam may not …".
    #[must_use]
    pub fn told_to(mut self, user: &str) -> Self {
        let may = [user, " may "].concat();
        if is_of_a_person(self.code) && !user.is_empty() {
            self.what = match self.what.strip_prefix(&may) {
                Some(rest) => ["You may ", rest].concat(),
                None => self.what.replacen(&[": ", &may].concat(), ": you may ", 1),
            };
        }
        self
    }

    /// As it is told once its record is in Xero: what was to come has come.
    #[must_use]
    pub fn arrived(mut self) -> Self {
        if self.code == Code::LeftForApproval {
            self.what = self.what.replacen(" goes to Xero as ", " is in Xero, ", 1);
        }
        self
    }

    /// Whether only somebody else's click helps, or another right: the same click ends the same.
    #[must_use]
    pub fn takes_another(&self) -> bool {
        matches!(
            self.code,
            Code::CrmNotEditable
                | Code::SenderNotAllowed
                | Code::CrmNoPermission
                | Code::CrmFieldHidden
                | Code::NotAdministrator
                | Code::TakenOut
        )
    }

    /// Whether the record can't be sent because of it.
    #[must_use]
    pub fn stops(&self) -> bool {
        self.severity != Severity::Warning
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_person_may_not_do_is_told_to_them_as_theirs_and_to_nobody_else() {
        for code in Code::ALL {
            let told = |user: &[(&str, String)]| of(*code, user);
            let of_sam = told(&[("user", "Sam Sales".to_owned())]);
            let of_nobody = told(&[]);
            assert_eq!(of_sam.clone().told_to("Ana Admin"), of_sam, "{code:?}");
            if is_of_a_person(*code) {
                assert!(of_sam.what.contains("Sam Sales may not "), "{}", of_sam.what);
                assert_eq!(of_sam.clone().told_to("Sam Sales").what, of_nobody.what);
                assert!(of_nobody.what.to_lowercase().contains("you may not "), "{}", of_nobody.what);
                assert!(of_sam.without_facts("INV-1").what.contains("Somebody else may not "));
                assert_eq!(of_sam.clone().told_to(""), of_sam);
            } else {
                assert!(!of_sam.what.contains("Sam Sales"), "{code:?} names a person first: {}", of_sam.what);
            }
        }
    }

    #[test]
    fn what_has_gone_is_not_told_as_to_come() {
        let facts = [("name", "INV-1".to_owned()), ("status", "awaiting approval".to_owned())];
        let told = of(Code::LeftForApproval, &facts);
        assert_eq!(told.what, "\"INV-1\" goes to Xero as awaiting approval.");
        assert_eq!(told.arrived().what, "\"INV-1\" is in Xero, awaiting approval.");
        for problem in catalogue() {
            assert_eq!(problem.clone().arrived() != problem, problem.code == Code::LeftForApproval, "{problem:?}");
        }
    }

    #[test]
    fn every_code_is_listed() {
        let source = include_str!("mod.rs");
        let body = source.split("pub enum Code {").nth(1).unwrap().split("\n}").next().unwrap();
        let written = body.lines().map(str::trim).filter(|line| line.ends_with(',')).collect::<Vec<_>>();
        let listed = Code::ALL.iter().map(|code| format!("{code:?},")).collect::<Vec<_>>();
        assert_eq!(written, listed);
    }

    #[test]
    fn a_length_of_time_in_words() {
        for (millis, words) in [
            (0, None),
            (-5, None),
            (1, Some("a second")),
            (1_001, Some("2 seconds")),
            (90_000, Some("90 seconds")),
            (91_000, Some("about 2 minutes")),
            (5_400_000, Some("about 90 minutes")),
            (66_975_000, Some("about 19 hours")),
        ] {
            let until = until(TimeDelta::milliseconds(millis)).map(|(_, words)| words);
            assert_eq!(until.as_deref(), words, "{millis}");
        }
    }

    #[test]
    fn codes_are_written_in_kebab_case() {
        assert_eq!(Code::NAMES.len(), Code::ALL.len());
        for code in Code::ALL {
            let mut kebab = String::new();
            for letter in format!("{code:?}").chars() {
                if letter.is_uppercase() && !kebab.is_empty() {
                    kebab.push('-');
                }
                kebab.extend(letter.to_lowercase());
            }
            assert_eq!(code.as_str(), kebab);
            let text = format!("\"{kebab}\"");
            assert_eq!(serde_json::to_string(code).unwrap(), text);
            assert_eq!(serde_json::from_str::<Code>(&text).unwrap(), *code);
        }
        for wrong in ["\"TaxUnmapped\"", "\"tax_unmapped\"", "\"\"", "7", "null"] {
            assert!(serde_json::from_str::<Code>(wrong).is_err(), "{wrong}");
        }
    }
}
