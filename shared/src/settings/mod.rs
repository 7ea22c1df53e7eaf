//! What the administrator chose. Everything has a default, so that a sync works before anybody chose anything.

pub mod accounts;
pub mod changes;
pub mod differences;
pub mod fields;
pub mod guesses;
pub mod remedy;
pub mod schedule;
pub mod senders;
pub mod statuses;
pub mod taxes;
pub mod validate;

use crate::id::ZohoId;
use crate::link::FieldKey;
use crate::module::Module;
use crate::record::{LineAmountTypes, TaxMode};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

pub use fields::{FieldMapping, FieldSource, TrackingMapping};
pub use schedule::Schedule;
pub use senders::{Circle, HeldEmails, SenderSettings, UpTo};

/// All settings of a connection. Missing fields take their defaults.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct Settings {
    /// Accounts, contacts and vendors.
    pub parties: PartySettings,
    /// Products.
    pub products: ProductSettings,
    /// Invoices and purchase orders.
    pub documents: DocumentSettings,
    /// CRM tax to Xero tax types, by name and percentage: `GST (10 %)`, of several `City (4 %) + State (3 %)`. An empty
    /// name is for lines without tax. A name alone, as older settings have it, holds for its rate's percentage.
    pub taxes: BTreeMap<String, TaxMapping>,
    /// Which Xero account a line goes to.
    pub accounts: AccountSettings,
    /// Per module: the CRM's status (actual value) to what happens at Xero. Entries here override the guesses.
    #[cfg_attr(feature = "schema", schemars(extend("propertyNames" = { "$ref": "#/components/schemas/Module" })))]
    pub statuses: BTreeMap<Module, BTreeMap<String, StatusTarget>>,
    /// Per module: Xero's status (`DRAFT`, `SUBMITTED`, `AUTHORISED`, `PAID`, `VOIDED`, `DELETED`) to the CRM's status
    /// (actual value) that a document gets. Xero's words that are not here are told by the meaning of `statuses`.
    #[cfg_attr(feature = "schema", schemars(extend("propertyNames" = { "$ref": "#/components/schemas/Module" })))]
    pub crm_statuses: BTreeMap<Module, BTreeMap<String, String>>,
    /// Per module: by Xero's field, where it comes from. Fields that are not here have their standard CRM field.
    #[cfg_attr(feature = "schema", schemars(extend("propertyNames" = { "$ref": "#/components/schemas/Module" })))]
    pub fields: BTreeMap<Module, BTreeMap<FieldKey, FieldMapping>>,
    /// Per module: who wins when both sides changed a field to different values. Default: the CRM.
    #[cfg_attr(feature = "schema", schemars(extend("propertyNames" = { "$ref": "#/components/schemas/Module" })))]
    pub source_of_truth: BTreeMap<Module, SourceOfTruth>,
    /// Per module: which way records and changes go. Default: both ways.
    #[cfg_attr(feature = "schema", schemars(extend("propertyNames" = { "$ref": "#/components/schemas/Module" })))]
    pub directions: BTreeMap<Module, Direction>,
    /// Modules in which what we write to the CRM starts the CRM's workflows. Default: none does.
    pub automations: BTreeSet<Module>,
    /// When records are synced by themselves.
    pub schedule: Schedule,
    /// Calls of Xero's day that runs leave for the button.
    pub day_reserve: DayReserve,
    /// Who may send to the books, and what of it takes an administrator's word.
    pub senders: SenderSettings,
}

impl Settings {
    /// Which way a pair's records and changes go.
    #[must_use]
    pub fn direction(&self, module: Module) -> Direction {
        self.directions.get(&module).copied().unwrap_or_default()
    }
}

/// Which way a pair's records and changes go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// From the CRM to Xero.
    ToXero,
    /// From Xero to the CRM.
    ToCrm,
    /// Both ways.
    #[default]
    Both,
}

impl Direction {
    /// Whether records and changes go to Xero.
    #[must_use]
    pub fn to_xero(self) -> bool {
        matches!(self, Self::ToXero | Self::Both)
    }

    /// Whether records and changes go to the CRM.
    #[must_use]
    pub fn to_crm(self) -> bool {
        matches!(self, Self::ToCrm | Self::Both)
    }

    /// What both directions allow; none when they exclude each other.
    #[must_use]
    pub fn within(self, other: Self) -> Option<Self> {
        match (self.to_xero() && other.to_xero(), self.to_crm() && other.to_crm()) {
            (true, true) => Some(Self::Both),
            (true, false) => Some(Self::ToXero),
            (false, true) => Some(Self::ToCrm),
            (false, false) => None,
        }
    }
}

/// Calls of Xero's day that runs leave for the button. Xero allows 1,000 calls a day on its Starter tier and 5,000 on
/// the others (<https://developer.xero.com/documentation/guides/oauth2/limits/>).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct DayReserve(#[cfg_attr(feature = "schema", schemars(range(max = 4_999)))] pub u16);

impl Default for DayReserve {
    fn default() -> Self {
        Self(100)
    }
}

/// Who wins a conflict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum SourceOfTruth {
    /// The CRM's value goes to Xero.
    #[default]
    Crm,
    /// Xero's value comes to the CRM.
    Xero,
}

/// Settings for parties.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct PartySettings {
    /// What a missing or ambiguous primary contact means.
    pub primary_contact: PrimaryContactRule,
    /// How a party without a link is matched.
    pub matching: MatchRule,
    /// What becomes of a Xero contact that has neither a sales invoice nor a bill.
    pub neither: NeitherRule,
    /// Whose a document is that is for a person of an account or vendor.
    pub people: PeopleRule,
}

/// Whose a document is that is for a person of an account or vendor, and that Xero does not have yet. One that it has stays
/// with the contact that it has there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum PeopleRule {
    /// The account's or vendor's.
    #[default]
    Company,
    /// The person's, who gets a contact in Xero with the first such document.
    Own,
}

/// What becomes of a Xero contact that has neither a sales invoice nor a bill: Xero calls it neither customer nor
/// supplier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum NeitherRule {
    /// It is not created in the CRM, and the log says so.
    #[default]
    Skip,
    /// It becomes an account.
    Account,
    /// It becomes a vendor.
    Vendor,
}

/// What a missing or ambiguous primary contact means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum PrimaryContactRule {
    /// A warning; the account is synced without a person.
    #[default]
    Warn,
    /// An error; nothing is sent.
    Require,
}

/// How a party without a link is matched with Xero's contacts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum MatchRule {
    /// By name (Xero's own uniqueness rule finds it, at no extra call).
    #[default]
    Name,
    /// By name, then by the primary e-mail address, at one more call for each new party.
    NameThenEmail,
}

/// Settings for products.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct ProductSettings {
    /// What a product without a code is.
    pub without_code: WithoutCode,
    /// Xero account code to the CRM product that stands for lines without an item code on that account. An empty code
    /// is for lines without an account. A product is made at the first use of an account that has none here.
    pub services: BTreeMap<String, ZohoId>,
}

/// What a product without a code is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum WithoutCode {
    /// A service: it is not sent as an item, and its lines go without an item code.
    #[default]
    Service,
    /// It gets a generated code, which is written back to the CRM.
    Generate,
}

/// Settings for documents.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct DocumentSettings {
    /// Whose number the document carries at Xero.
    pub number: NumberRule,
    /// Exclusive, Inclusive or NoTax. `NoTax` is chosen by itself where nothing is taxed and the organisation is not
    /// registered.
    pub line_amount_types: LineAmountTypes,
    /// Days from date to due date where the CRM has none and the contact has no terms. 0 to 365.
    #[cfg_attr(feature = "schema", schemars(range(max = 365)))]
    pub due_days: u16,
    /// What happens to the CRM's edits once Xero has approved the document.
    pub approved_edits: ApprovedEdits,
    /// Whether a cancelled CRM document voids or deletes its partner in Xero.
    pub allow_void: bool,
    /// Account of the line that evens out cents; none: no rounding line, the difference is a warning.
    pub rounding_account: Option<String>,
    /// Whether the CRM's exchange rate is sent.
    pub send_exchange_rate: bool,
    /// BrandingThemeID for sales invoices.
    pub branding_theme: Option<String>,
    /// Tracking categories of the lines, at most two.
    #[cfg_attr(feature = "schema", schemars(length(max = 2)))]
    pub tracking: Vec<TrackingMapping>,
    /// Where the CRM puts taxes on documents that come from Xero; none: as its newest taxed document has it, else on
    /// the lines.
    pub tax_mode: Option<TaxMode>,
}

impl Default for DocumentSettings {
    fn default() -> Self {
        Self {
            number: NumberRule::default(),
            line_amount_types: LineAmountTypes::Exclusive,
            due_days: 30,
            approved_edits: ApprovedEdits::default(),
            allow_void: false,
            rounding_account: None,
            send_exchange_rate: false,
            branding_theme: None,
            tracking: Vec::new(),
            tax_mode: None,
        }
    }
}

/// Whose number a document carries at Xero.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum NumberRule {
    /// The CRM's number, after this prefix.
    Crm {
        /// Put before the CRM's number; may be empty.
        #[cfg_attr(feature = "schema", schemars(length(max = 100)))]
        prefix: String,
    },
    /// Xero's own number, written back to `Xero_Number`.
    Xero,
}

impl Default for NumberRule {
    fn default() -> Self {
        Self::Crm { prefix: String::new() }
    }
}

/// What happens to the CRM's edits once Xero has approved the document (awaiting payment, nothing paid).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ApprovedEdits {
    /// Xero is the truth: changes come back to the CRM.
    #[default]
    XeroWins,
    /// The CRM's edits go through.
    CrmGoesThrough,
}

/// A CRM tax at Xero, for each side of the books.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct TaxMapping {
    /// TaxType on sales.
    pub sales: Option<String>,
    /// TaxType on purchases.
    pub purchases: Option<String>,
}

/// Which Xero account a line goes to: by product, else by category, else the default of its side.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct AccountSettings {
    /// Account code for sales; none: the first fitting one of the organisation's list.
    pub sales: Option<String>,
    /// Account code for purchases; none: the first fitting one of the organisation's list.
    pub purchases: Option<String>,
    /// CRM product category to (sales, purchases) account codes.
    pub by_category: BTreeMap<String, SideAccounts>,
    /// CRM product id to (sales, purchases) account codes.
    pub by_product: BTreeMap<String, SideAccounts>,
    /// Account of the line for the record's discount; none: the sales or purchases default.
    pub discount: Option<String>,
    /// Account of the line for the record's adjustment; none: the sales or purchases default.
    pub adjustment: Option<String>,
}

/// Accounts for each side of the books.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct SideAccounts {
    /// Account code on sales.
    pub sales: Option<String>,
    /// Account code on purchases.
    pub purchases: Option<String>,
}

/// What a CRM status means at Xero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum StatusTarget {
    /// A draft.
    Draft,
    /// Awaiting approval.
    Submitted,
    /// Approved, awaiting payment.
    Authorised,
    /// Voided when it was approved, deleted otherwise; only where `allow_void` says so.
    Cancel,
    /// Left alone, with a visible skip.
    Skip,
}

/// A choice that settles a problem at once: a list of values for one setting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Remedy {
    /// The question: `Xero's tax rate for "GST 12%"`.
    pub label: String,
    /// What can be chosen; each carries the change that choosing it makes.
    pub choices: Vec<Choice>,
}

/// One choice of a [`Remedy`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Choice {
    /// What people see: `GST on Income (10 %)`.
    pub label: String,
    /// The change that it makes.
    pub change: SettingChange,
}

/// One change of the settings. Checked against the organisations' lists before it is saved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum SettingChange {
    /// Maps a CRM tax on sales or purchases.
    Tax {
        /// The row of the mapping: the CRM tax's name and percentage, `GST (10 %)`; empty for lines without tax.
        crm_tax: String,
        /// Which side of the books.
        side: BooksSide,
        /// Xero's TaxType.
        tax_type: String,
    },
    /// Maps a CRM status.
    Status {
        /// Invoices or purchase orders.
        module: Module,
        /// The CRM's actual value.
        crm_status: String,
        /// What it means at Xero.
        target: StatusTarget,
    },
    /// Chooses the default account of a side.
    DefaultAccount {
        /// Which side of the books.
        side: BooksSide,
        /// Account code.
        account_code: String,
    },
    /// Chooses the account of the rounding line, or none.
    RoundingAccount {
        /// Account code.
        account_code: Option<String>,
    },
    /// Allows or forbids that a cancelled document is voided or deleted in Xero.
    AllowVoid {
        /// Whether it is allowed.
        allow: bool,
    },
    /// Chooses what happens to the CRM's edits of approved documents.
    ApprovedEdits {
        /// The rule.
        rule: ApprovedEdits,
    },
    /// Chooses what a missing primary contact means.
    PrimaryContact {
        /// The rule.
        rule: PrimaryContactRule,
    },
    /// Chooses what a product without a code is.
    WithoutCode {
        /// The rule.
        rule: WithoutCode,
    },
}

/// Sales or purchases.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum BooksSide {
    /// Invoices to customers.
    Sales,
    /// Bills from suppliers.
    Purchases,
}

impl BooksSide {
    /// The side that a module's records are on: orders and their suppliers are purchases, all else is sales.
    #[must_use]
    pub fn of(module: Module) -> Self {
        match module {
            Module::Vendors | Module::PurchaseOrders => Self::Purchases,
            Module::Accounts | Module::Contacts | Module::Products | Module::Invoices => Self::Sales,
        }
    }
}
