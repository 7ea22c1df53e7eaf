//! A link: this CRM record is that Xero record, and what both looked like when they last agreed.
//!
//! A link never keeps values. It keeps a fingerprint (an HMAC) of each field's canonical value, so that who changed
//! what is known for ever while customers' data is not kept.

use crate::id::{XeroId, ZohoId};
use crate::module::Module;
use crate::settings::SourceOfTruth;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Names one canonical field: `name`, `billing.city`, `lines.<CRM line id>.quantity`.
pub type FieldKey = String;

/// HMAC-SHA-256 of a field's canonical value under the installation's key, cut to 128 bits, in hexadecimal.
pub type Fingerprint = String;

/// Where a link stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkState {
    /// A create was about to be sent, and nobody knows yet whether it arrived.
    Creating,
    /// Both records exist and are known to be the same.
    Linked,
    /// Somebody has let the link go: the record is left alone until somebody decides otherwise.
    LetGo,
}

/// This CRM record is that Xero record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// The CRM module.
    pub module: Module,
    /// The CRM record.
    pub crm_id: ZohoId,
    /// Where the link stands.
    pub state: LinkState,
    /// The Xero record; none while nobody knows it. With it, `Creating` is somebody's word that it is this one.
    pub xero_id: Option<XeroId>,
    /// By which a record is found again after an unknown outcome: ContactNumber, Item Code or InvoiceNumber.
    pub natural_key: String,
    /// Counts the creates that were started, so that each gets an Idempotency-Key of its own.
    pub generation: i64,
    /// Fingerprints of the mapped fields as of the last sync, at which both sides agreed. Where Xero made another value
    /// of what it was sent, that one's fingerprint stands beside it under `<field>@xero`.
    pub fingerprints: BTreeMap<FieldKey, Fingerprint>,
    /// CRM line id to LineItemID, so that an edit changes lines and never doubles or loses them. The lines that stand
    /// for the record's discount, adjustment and rounding have the keys `discount`, `discount:<tax type>`,
    /// `adjustment` and `rounding`.
    pub lines: BTreeMap<String, String>,
    /// `Modified_Time` of the CRM record that our own last write returned (echo guard), or that it had when there was
    /// nothing to tell it. None: the CRM has not been told of the link yet.
    pub crm_modified: Option<DateTime<Utc>>,
    /// The newest `Modified_Time` among the contacts of an account or vendor as of the last sync (echo guard).
    #[serde(default)]
    pub contacts_modified: Option<DateTime<Utc>>,
    /// `UpdatedDateUTC` of the Xero record as of the last sync.
    pub xero_updated: Option<DateTime<Utc>>,
    /// Whether other records were linked with the Xero contact before: one of those owns it, and this record's values don't
    /// go there ([`Link::owns_before`]).
    #[serde(default)]
    pub guest: bool,
    /// When both were last brought together.
    pub synced_at: Option<DateTime<Utc>>,
    /// Xero records that somebody has said it is not.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub not: BTreeSet<XeroId>,
    /// While `LetGo`: the Xero record that it was and that nobody else has become by the same decision, or the contact that is
    /// left over after two records were merged in the CRM. It is left alone, too: it does not come as another record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub was: Option<XeroId>,
    /// While `Creating` with a Xero record: whose values count where both sides differ.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub values: Option<SourceOfTruth>,
    /// What somebody has said about the document's exchange rate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate: Option<RateWord>,
}

/// Somebody's word about an exchange rate of the CRM's that is far from Xero's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RateWord {
    /// Which rate it is about ([`crate::xero::ForeignRate::print`]).
    pub of: Fingerprint,
    /// The CRM's goes to Xero, or Xero takes its own of the day.
    pub values: SourceOfTruth,
}

impl Link {
    /// A link that knows nothing yet.
    #[must_use]
    pub fn blank(module: Module, crm_id: ZohoId) -> Self {
        Self {
            module,
            crm_id,
            state: LinkState::Creating,
            xero_id: None,
            natural_key: String::new(),
            generation: 0,
            fingerprints: BTreeMap::new(),
            lines: BTreeMap::new(),
            crm_modified: None,
            contacts_modified: None,
            xero_updated: None,
            guest: false,
            synced_at: None,
            not: BTreeSet::new(),
            was: None,
            values: None,
            rate: None,
        }
    }

    /// What somebody has said about the record, whatever else becomes of its link; none where nobody has said anything.
    #[must_use]
    pub fn words(&self) -> Option<Self> {
        let mut words = Self::blank(self.module, self.crm_id.clone());
        words.keep_words(self);
        (!words.not.is_empty() || words.rate.is_some()).then_some(words)
    }

    /// Takes over what the link before remembers for good: what somebody has said, and how many creates were started.
    pub fn keep_words(&mut self, before: &Self) {
        self.generation = before.generation;
        self.not.clone_from(&before.not);
        self.rate.clone_from(&before.rate);
    }

    /// Whether all that it knows is a word about the exchange rate: which Xero record it is, is as open as without a link.
    #[must_use]
    pub fn knows_rate_alone(&self) -> bool {
        let nothing_else = Self {
            generation: self.generation,
            rate: self.rate.clone(),
            ..Self::blank(self.module, self.crm_id.clone())
        };
        self.rate.is_some() && *self == nothing_else
    }
}

impl Link {
    /// Whether this link's record rather than the other's owns the Xero contact that both are linked with: the one that
    /// was linked first. Where the owner has gone, the modules' order decides among its guests.
    #[must_use]
    pub fn owns_before(&self, other: &Self) -> bool {
        (self.guest, self.module) < (other.guest, other.module)
    }
}
