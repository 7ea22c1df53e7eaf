//! What widget and edge say to each other: the only definition of it.
//!
//! JSON under `/api/`. Money is a decimal as text, an instant is RFC 3339 in UTC, a calendar day is `YYYY-MM-DD`.
//! Every error is a problem document ([`ErrorDocument`], RFC 9457) with the catalogue's code.
//! The session travels as `Authorization: Bearer <token>`.

pub mod portal;
pub mod runs;
#[cfg(feature = "schema")]
pub mod schema;

use crate::link::FieldKey;
use crate::module::Module;
use crate::problem::Problem;
use crate::settings::{Direction, SettingChange};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// `POST /api/sign-in` (no session): begins a sign-in. The popup is then sent to the reply's `url`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SignInRequest {
    /// Base64url SHA-256 of a verifier that only this panel knows.
    #[cfg_attr(feature = "schema", schemars(regex(pattern = "^[A-Za-z0-9_-]{43}$")))]
    pub challenge: String,
    /// Whether the same consent should also connect the CRM organisation (administrators).
    pub connect: bool,
}

/// Where to send the popup: reply of `POST /api/sign-in` and `POST /api/connection/xero`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PopupReply {
    /// Absolute URL on the vendor's side.
    pub url: String,
}

/// What the popup's last page posts to its opener (`window.opener.postMessage(json, own origin)`), as an object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PopupMessage {
    /// Always `ledgerlink`.
    pub source: String,
    /// A one-time code to be claimed at `POST /api/session`; none after connecting Xero or after a failure.
    pub code: Option<String>,
    /// Why it failed; none on success.
    pub problem: Option<Problem>,
}

/// `POST /api/session` (no session): exchanges the popup's code and the verifier for a session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ClaimRequest {
    /// From [`PopupMessage`].
    pub code: String,
    /// The text whose SHA-256 was the challenge.
    pub verifier: String,
}

/// Reply of `POST /api/session`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ClaimReply {
    /// The opaque session token.
    pub token: String,
    /// Who signed in.
    pub session: SessionView,
}

/// `GET /api/session`: who is signed in and how the connection stands. `DELETE /api/session` signs out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SessionView {
    /// The user's name in the CRM.
    pub user: String,
    /// Whether the user administers the CRM.
    pub administrator: bool,
    /// The CRM organisation's name.
    pub crm_organisation: String,
    /// How the connection stands.
    pub connection: ConnectionState,
    /// The connected Xero organisation's name.
    pub xero_organisation: Option<String>,
}

/// How the connection stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ConnectionState {
    /// No administrator has connected the CRM yet.
    ZohoMissing,
    /// The CRM is connected, Xero is not.
    XeroMissing,
    /// Both are connected.
    Connected,
    /// The CRM's grant is dead: an administrator has to connect again.
    ZohoBroken,
    /// Xero's grant is dead or the organisation was disconnected there.
    XeroBroken,
}

/// `GET /api/records/{module}/{id}`: where a record stands and what a sync would do, in one reply.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RecordView {
    /// The pair.
    pub module: Module,
    /// The CRM record.
    pub id: String,
    /// The record's name or number.
    pub name: String,
    /// What a sync would do now.
    pub preview: Preview,
    /// What Xero knows of it; none when it is not there.
    pub xero: Option<XeroState>,
    /// When it was last brought together with Xero.
    #[serde(default, deserialize_with = "crate::instant::read_option")]
    pub synced_at: Option<DateTime<Utc>>,
    /// When both sides were read for this reply.
    #[serde(deserialize_with = "crate::instant::read")]
    pub checked_at: DateTime<Utc>,
    /// The newest entries of its log, newest first, at most 5.
    pub entries: Vec<EntryView>,
    /// Whether the signed-in user may change settings.
    pub administrator: bool,
    /// The CRM organisation's time zone (IANA), for calendar days and instants.
    pub time_zone: String,
}

/// What a sync would do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Preview {
    /// What would happen to the record itself.
    pub action: Action,
    /// Field by field.
    pub changes: Vec<FieldChange>,
    /// Warnings and errors.
    pub problems: Vec<Problem>,
    /// The CRM's total beside Xero's predicted one.
    pub totals: Option<TotalsView>,
    /// Records that would be sent first.
    pub dependencies: Vec<DependencyView>,
}

/// What would happen to a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// It would be created in Xero.
    Create,
    /// It would be linked with a Xero record that is there already (and updated where they differ).
    Adopt,
    /// The Xero record would be updated (and perhaps the CRM's too).
    UpdateXero,
    /// Only the CRM's record would be updated.
    UpdateCrm,
    /// Both agree.
    Unchanged,
    /// It is left alone on purpose: the problem says why.
    Skip,
    /// It can't be sent until a problem is solved.
    Blocked,
}

/// A change of one field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FieldChange {
    /// The canonical field.
    pub key: FieldKey,
    /// For people: `Line 2 quantity`.
    pub label: String,
    /// What the CRM has.
    pub crm: Option<Shown>,
    /// What Xero has now.
    pub xero: Option<Shown>,
    /// What both will have.
    pub result: Option<Shown>,
    /// Which side is written.
    pub written: Written,
    /// Why.
    pub why: Why,
}

/// Which side a change writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Written {
    /// Xero.
    Xero,
    /// The CRM.
    Crm,
}

/// Why a field changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// It is new in Xero.
    New,
    /// It was changed in the CRM.
    ChangedInCrm,
    /// It was changed in Xero.
    ChangedInXero,
    /// Both changed it, and the CRM is the source of truth.
    CrmOverruledXero,
    /// Both changed it, and Xero is the source of truth (or has locked it).
    XeroOverruledCrm,
}

/// A value for people; the widget formats it for their locale.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Shown {
    /// Words.
    Text(String),
    /// Money: decimal text and ISO 4217 code.
    Money(String, String),
    /// A number as decimal text.
    Number(String),
    /// A calendar day, `YYYY-MM-DD`.
    Day(String),
}

/// The CRM's total beside Xero's predicted one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TotalsView {
    /// ISO 4217 code.
    pub currency: String,
    /// The CRM's grand total.
    pub crm: String,
    /// What Xero will make of it.
    pub xero: String,
    /// Xero minus CRM, zero when they meet.
    pub difference: String,
}

/// A record that goes first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DependencyView {
    /// Its pair.
    pub module: Module,
    /// Its CRM id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What would happen, or happened, to it.
    pub action: Action,
    /// Why it can't be sent.
    pub problems: Vec<Problem>,
}

/// What Xero knows of a record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct XeroState {
    /// The Xero record.
    pub id: String,
    /// Name, code or number there.
    pub name: String,
    /// Xero's own status word: AUTHORISED, PAID, ACTIVE, ARCHIVED, …
    pub status: Option<String>,
    /// Opens the record in Xero.
    pub url: String,
    /// ISO 4217 code (documents).
    pub currency: Option<String>,
    /// Total (documents).
    pub total: Option<String>,
    /// Paid so far (documents).
    pub amount_paid: Option<String>,
    /// Credited so far (documents).
    pub amount_credited: Option<String>,
    /// Still due (documents).
    pub amount_due: Option<String>,
    /// When it is due, `YYYY-MM-DD` (documents).
    pub due_date: Option<String>,
    /// When it was paid in full, `YYYY-MM-DD` (documents).
    pub paid_on: Option<String>,
    /// The page on which a customer pays (approved sales invoices).
    pub online_invoice: Option<String>,
    /// Why Xero takes no or few changes; none when it is open.
    pub lock: Option<Problem>,
}

/// `POST /api/records/{module}/{id}/sync`: syncs one record. The body is empty (`{}`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SyncReply {
    /// What happened.
    pub entry: EntryView,
    /// Where the record stands now.
    pub view: RecordView,
}

/// `GET /api/records/{module}/{id}/progress`: the steps of a sync that is under way; empty when none is.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ProgressView {
    /// The steps so far, in order; the last one is under way.
    pub steps: Vec<Step>,
}

/// A step of a sync.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// Reading both sides.
    Read,
    /// Comparing them.
    Compare,
    /// Sending to Xero.
    Send,
    /// Writing back to the CRM.
    WriteBack,
}

/// One line of the log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct EntryView {
    /// The entry.
    pub id: String,
    /// The pair.
    pub module: Module,
    /// The CRM record; empty when Xero's record has none.
    pub record_id: String,
    /// The record's name or number.
    pub name: String,
    /// How it ended.
    pub outcome: Outcome,
    /// When it began.
    #[serde(deserialize_with = "crate::instant::read")]
    pub at: DateTime<Utc>,
    /// How long it took, in milliseconds.
    pub took_ms: i64,
    /// Who clicked; none for a scheduled run.
    pub by: Option<String>,
    /// What changed.
    pub changes: Vec<FieldChange>,
    /// What was wrong or worth knowing.
    pub problems: Vec<Problem>,
    /// The records that went first.
    pub dependencies: Vec<DependencyView>,
    /// The calls that were made; of a record in a run none, since one call serves many records.
    pub calls: Vec<CallView>,
    /// The run that it belongs to; none for a click.
    #[serde(default)]
    pub run: Option<String>,
    /// The Xero record, where one is known.
    #[serde(default)]
    pub xero_id: Option<String>,
    /// Which way the record was looked at.
    #[serde(default)]
    pub direction: Direction,
    /// The customer or supplier of a document, by name.
    #[serde(default)]
    pub party: Option<String>,
}

/// How an entry ended. Every candidate record ends in exactly one of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Created on either side.
    Created,
    /// Updated on either side.
    Updated,
    /// Both agreed already.
    Unchanged,
    /// Left alone on purpose.
    Skipped,
    /// Could not be done.
    Failed,
    /// Waits for a record that it depends on, or for a limit.
    Deferred,
}

/// One call to a vendor's API.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CallView {
    /// `Zoho` or `Xero`.
    pub api: String,
    /// `GET /Invoices/{id}`: method and path without host, query or values.
    pub call: String,
    /// The status code; none when no answer came.
    pub status: Option<u16>,
    /// How long it took, in milliseconds.
    pub took_ms: i64,
    /// Xero's correlation id.
    pub correlation_id: Option<String>,
}

/// `GET /api/records/{module}/{id}/entries?before={entry id}`: a page of a record's log, newest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct EntriesPage {
    /// At most 20 entries.
    pub entries: Vec<EntryView>,
    /// Whether older ones exist.
    pub more: bool,
}

/// `POST /api/settings/changes` (administrators): applies one change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SettingChangeRequest {
    /// The change.
    pub change: SettingChange,
}

/// Every error of `/api/`: a problem document, RFC 9457, `application/problem+json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ErrorDocument {
    /// `https://ledgerlink.invalid/problems/{code}`: identifies the kind of problem, resolves nowhere.
    #[serde(rename = "type")]
    pub kind: String,
    /// The problem's `what`.
    pub title: String,
    /// The HTTP status code.
    pub status: u16,
    /// The problem's `why`.
    pub detail: String,
    /// The problem itself.
    pub problem: Problem,
}
