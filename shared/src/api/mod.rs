//! What widget and edge say to each other: the only definition of it.
//!
//! JSON under `/api/`. Money is a decimal as text, an instant is RFC 3339 in UTC, a calendar day is `YYYY-MM-DD`.
//! Every error is a problem document ([`ErrorDocument`], RFC 9457) with the catalogue's code.
//! The session travels as an `HttpOnly` cookie, and where a browser keeps none as `Authorization: Bearer <token>`.
//! Every request that changes something carries [`OWN_HEADER`] and comes from our own origin.

pub mod address;
mod limited;
pub mod portal;
pub mod runs;
#[cfg(feature = "schema")]
pub mod schema;

use crate::id::{OrgId, TenantId, ZohoId};
use crate::link::FieldKey;
use crate::module::Module;
use crate::problem::Problem;
use crate::question::Decision;
use crate::settings::{Direction, SettingChange};
use crate::web_link::WebLink;
use chrono::{DateTime, Utc};
use limited::{limited, limited_option};
use serde::{Deserialize, Serialize};

/// Every request that changes something carries it, with any value: a form of another site can't set it.
pub const OWN_HEADER: &str = "x-ledgerlink";

/// Tells who the CRM's page says is at work, where it says so. Another user than the session's is asked to sign in.
pub const CRM_USER_HEADER: &str = "x-crm-user";

/// `POST /api/sign-in` (no session): begins a sign-in. The popup is then sent to the reply's `url`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct SignInRequest {
    /// Base64url SHA-256 of a verifier that only this panel knows.
    #[cfg_attr(feature = "schema", schemars(regex(pattern = "^[A-Za-z0-9_-]{43}$")))]
    pub challenge: String,
    /// Whether the same consent should also connect the CRM organisation (administrators).
    pub connect: bool,
    /// The installation's key, which takes it into possession; asked for while it belongs to nobody.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "limited_option::<_, 200>")]
    #[cfg_attr(feature = "schema", schemars(length(max = 200)))]
    pub installation_key: Option<String>,
}

impl std::fmt::Debug for SignInRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SignInRequest").field("connect", &self.connect).finish_non_exhaustive()
    }
}

/// `POST /api/connection/xero` (administrators): begins to connect Xero.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ConnectRequest {
    /// Base64url SHA-256 of a verifier that only this panel knows.
    #[cfg_attr(feature = "schema", schemars(regex(pattern = "^[A-Za-z0-9_-]{43}$")))]
    pub challenge: String,
}

/// Where to send the popup: reply of `POST /api/sign-in` and `POST /api/connection/xero`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PopupReply {
    /// Absolute URL of a page of ours, which says who asks for what and leads on to the vendor.
    pub url: String,
}

/// What the popup's last page posts to its opener (`window.opener.postMessage(json, own origin)`), as an object. Where
/// the popup was cut off from its opener, the person types the code instead.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PopupMessage {
    /// Always `ledgerlink`.
    pub source: String,
    /// A one-time code, to be claimed together with the verifier; none after a failure.
    pub code: Option<String>,
    /// Why it failed; none on success.
    pub problem: Option<Problem>,
}

/// `POST /api/flows/state` (no session): whether a popup is done. It tells no code.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct FlowStateRequest {
    /// The text whose SHA-256 was the challenge.
    #[serde(deserialize_with = "limited::<_, 200>")]
    #[cfg_attr(feature = "schema", schemars(length(max = 200)))]
    pub verifier: String,
}

/// Reply of `POST /api/flows/state`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FlowStateReply {
    /// How far the popup is.
    pub state: FlowState,
    /// Why it failed, if it did.
    pub problem: Option<Problem>,
}

/// How far a popup is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum FlowState {
    /// The person is still on its pages, or has left them, or the popup's code has expired.
    Open,
    /// It shows its code.
    Done,
    /// It ended with a problem.
    Failed,
}

/// `POST /api/session` (no session) and `POST /api/connection/xero/claim`: what was granted takes effect for whoever
/// brings the popup's code and the verifier.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ClaimRequest {
    /// From [`PopupMessage`], or as it was typed: case, spaces and hyphens do not matter.
    #[serde(deserialize_with = "limited::<_, 40>")]
    #[cfg_attr(feature = "schema", schemars(length(max = 40)))]
    pub code: String,
    /// The text whose SHA-256 was the challenge.
    #[serde(deserialize_with = "limited::<_, 200>")]
    #[cfg_attr(feature = "schema", schemars(length(max = 200)))]
    pub verifier: String,
}

/// Reply of `POST /api/session`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ClaimReply {
    /// The session's token for `Authorization: Bearer`, only where the browser keeps no cookie of ours: it did not send
    /// the one that `POST /api/sign-in` set.
    pub token: Option<String>,
    /// Who signed in.
    pub session: SessionView,
}

/// Reply of `POST /api/connection/xero/claim` and `POST /api/connection/xero/choice`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct XeroClaimReply {
    /// The organisation that is connected now; none while one has to be chosen.
    pub connected: Option<TenantView>,
    /// The organisations to choose from, within ten minutes; empty once one is connected.
    pub choose: Vec<TenantView>,
}

/// A Xero organisation by id and name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TenantView {
    /// `tenantId`.
    pub id: TenantId,
    /// The organisation's name.
    pub name: String,
    /// Whether it is the one that is connected now.
    #[serde(default)]
    pub connected: bool,
}

/// `POST /api/connection/xero/choice` (administrators): one of the organisations that a claim offered.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ChoiceRequest {
    /// The text whose SHA-256 was the challenge.
    #[serde(deserialize_with = "limited::<_, 200>")]
    #[cfg_attr(feature = "schema", schemars(length(max = 200)))]
    pub verifier: String,
    /// The chosen one.
    pub tenant: TenantId,
}

macro_rules! hides {
    ($($name:ident),+) => {
        $(impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct(stringify!($name)).finish_non_exhaustive()
            }
        })+
    };
}

// They hold secrets.
hides!(FlowStateRequest, ClaimRequest, ClaimReply, ChoiceRequest);

/// `GET /api/sessions`: who is signed in where. Administrators see everybody's sessions, others their own.
/// `DELETE /api/sessions/{id}` ends one, `DELETE /api/sessions?user=…` a person's, `DELETE /api/sessions` all of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SessionsView {
    /// Last used first.
    pub sessions: Vec<SessionRow>,
}

/// A page of ours, as it says with [`OWN_HEADER`] from where it asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Page {
    /// The panel, in the CRM's own frame.
    Panel,
    /// The portal.
    Portal,
}

impl Page {
    /// The page of an address of ours, and of what a page says with [`OWN_HEADER`]; none for anything else.
    #[must_use]
    pub fn of(address: &str) -> Option<Self> {
        match address.trim_start_matches('/').split('/').next() {
            Some("panel") => Some(Self::Panel),
            Some("portal") => Some(Self::Portal),
            _ => None,
        }
    }

    /// As it says so itself, and as it is kept.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Panel => "panel",
            Self::Portal => "portal",
        }
    }
}

/// A session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SessionRow {
    /// Names it; no secret.
    pub id: String,
    /// The CRM user's id.
    pub user: ZohoId,
    /// The CRM user's name.
    pub name: String,
    /// Whether it is the one that asks.
    pub own: bool,
    /// When it began.
    #[serde(deserialize_with = "crate::instant::read")]
    pub began_at: DateTime<Utc>,
    /// When it was last used, to half an hour.
    #[serde(deserialize_with = "crate::instant::read")]
    pub seen_at: DateTime<Utc>,
    /// The browser, as far as it tells.
    pub browser: String,
    /// The page in which it began, as far as that told. The one lends its session to the other where the browser lets it.
    #[serde(default)]
    pub page: Option<Page>,
}

/// `GET /api/invitations` (administrators of the installation's owner): which organisations may use this installation.
/// `PUT /api/invitations/{org}` invites one, `DELETE /api/invitations/{org}` removes it with all that is kept of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct InvitationsView {
    /// Whether the asking organisation owns the installation. Another one is told nothing else.
    pub owner: bool,
    /// Newest first.
    pub invitations: Vec<InvitationView>,
}

/// An organisation that the owner has invited.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct InvitationView {
    /// Data centre and number, as in `eu.60001`.
    pub org: OrgId,
    /// The organisation's name, once it has connected.
    pub name: Option<String>,
    /// Who invited it.
    pub by: String,
    /// When.
    #[serde(deserialize_with = "crate::instant::read")]
    pub at: DateTime<Utc>,
}

/// `GET /api/session`: who is signed in and how the connection stands. `DELETE /api/session` signs out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SessionView {
    /// The user's name in the CRM.
    pub user: String,
    /// The user's id in the CRM: what the CRM's page says of its own user may only take the session away.
    pub user_id: ZohoId,
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
    /// The word with which a sync lets e-mail addresses go that wait for an administrator: it stands for those that are shown
    /// here. None where none waits, and for whoever may not let them go.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub word: Option<String>,
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

impl FieldChange {
    /// Whether its values are hidden from whoever reads it: what changes nothing on either side is no change.
    #[must_use]
    pub fn is_hidden(&self) -> bool {
        self.crm.is_none() && self.xero.is_none() && self.result.is_none()
    }
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
    /// It was changed in the CRM, and waits for an administrator's word.
    Held,
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
    pub url: WebLink,
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
    pub online_invoice: Option<WebLink>,
    /// Why Xero takes no or few changes; none when it is open.
    pub lock: Option<Problem>,
}

/// `POST /api/records/{module}/{id}/sync`: what the sync lets go beside what goes anyway. The body may be empty.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SyncRequest {
    /// [`Preview::word`] of the preview that was shown (administrators). With another one, or none, new e-mail addresses of
    /// suppliers stay where they are, and so do those of customers where the settings hold them.
    #[serde(default)]
    pub word: Option<String>,
}

/// `POST /api/records/{module}/{id}/sync`: syncs one record.
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

impl EntryView {
    /// Which way values went, where all that were written went one way; else which way the record was looked at.
    #[must_use]
    pub fn took(&self) -> Direction {
        let wrote = matches!(self.outcome, Outcome::Created | Outcome::Updated);
        let to =
            |side: Written| wrote && !self.changes.is_empty() && self.changes.iter().all(|one| one.written == side);
        match self.direction {
            Direction::Both if to(Written::Xero) => Direction::ToXero,
            Direction::Both if to(Written::Crm) => Direction::ToCrm,
            direction => direction,
        }
    }
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
    /// Needs somebody's decision: a problem asks for it.
    Undecided,
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

/// `POST /api/records/{module}/{id}/decision` (administrators): what somebody decides about a record's link, as the answer
/// to a question or without one. Nothing is sent yet: the next sync does it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DecisionRequest {
    /// The decision.
    pub decision: Decision,
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
