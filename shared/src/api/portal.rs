//! Set-up, connection, mapping, the log's tables and health, as the API tells them. The panel uses none of it.

use super::runs::{BudgetView, Counts, RunKind, RunView};
use super::{ConnectionState, Outcome};
use crate::id::ZohoId;
use crate::module::Module;
use crate::organisation::{CrmOrganisation, XeroOrganisation};
use crate::problem::{Code, Problem};
use crate::settings::differences::Difference;
use crate::settings::{Direction, Settings};
use crate::web_link::WebLink;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// `GET /api/setup` (administrators): how far the set-up is. Also the reply of `POST /api/setup/fields`, which creates
/// the CRM fields that are missing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SetupView {
    /// The CRM organisation.
    pub crm: ConnectedView,
    /// The Xero organisation, once one is connected.
    pub xero: Option<ConnectedView>,
    /// The sync's own CRM fields, module by module.
    pub fields: Vec<ModuleFields>,
    /// Mappings that are guessed and not confirmed yet; zero while Xero is not connected.
    pub guesses: u32,
    /// Records that are linked between these two organisations.
    pub links: u32,
    /// The CRM organisation's time zone (IANA).
    pub time_zone: String,
    /// What is missing although it was tried, and what the vendor said: fields of ours, or lists.
    #[serde(default)]
    pub problems: Vec<Problem>,
}

/// One side of the connection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ConnectedView {
    /// `zgid` or `tenantId`.
    pub id: String,
    /// The organisation's name.
    pub name: String,
    /// Who connected it last.
    pub by: String,
    /// When.
    #[serde(deserialize_with = "crate::instant::read")]
    pub at: DateTime<Utc>,
    /// Whether the vendor refuses our access.
    pub broken: bool,
    /// When our access was renewed last; none when there is none.
    #[serde(default, deserialize_with = "crate::instant::read_option")]
    pub renewed_at: Option<DateTime<Utc>>,
    /// Opens the organisation.
    pub url: WebLink,
}

/// The sync's own fields of one CRM module.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ModuleFields {
    /// The module.
    pub module: Module,
    /// Whether this CRM has the module at all: its edition decides.
    pub exists: bool,
    /// Labels of the fields that are there.
    pub present: Vec<String>,
    /// Labels of those that are not.
    pub missing: Vec<String>,
    /// Labels of those into which others than administrators can type, because Zoho does not let us guard them. What is
    /// typed there is not believed.
    #[serde(default)]
    pub open: Vec<String>,
}

/// `GET /api/mapping?fresh={bool}` (administrators): the settings and all that they can be chosen from. `fresh` reads
/// both organisations' lists anew.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MappingView {
    /// What is saved.
    pub settings: Settings,
    /// Counts the changes of the settings. `PUT /api/settings?version={version}` refuses to overwrite a newer one.
    pub version: i64,
    /// The CRM's lists.
    pub crm: CrmOrganisation,
    /// Xero's lists.
    pub xero: XeroOrganisation,
    /// When the older of the two was read.
    #[serde(deserialize_with = "crate::instant::read")]
    pub read_at: DateTime<Utc>,
}

/// `GET /api/settings`, and the reply of `PUT /api/settings?version=` (administrators).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SettingsView {
    /// What is saved.
    pub settings: Settings,
    /// Their version: who saves others says which was seen.
    pub version: i64,
}

/// A saved setting that does not work any more, because something changed in Xero or in the CRM.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SettingProblem {
    /// The setting: `taxes.GST.sales`.
    pub path: String,
    /// What is wrong.
    pub problem: Problem,
}

/// The query of `GET /api/records/{module}`. `name` and `ids` exclude each other.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RecordsQuery {
    /// A part of the name or number, whatever the case; all records when it is empty or absent.
    pub name: Option<String>,
    /// Records by their ids: `ids=5725000000040000001,5725000000040000003`, at most [`RecordsQuery::MOST_IDS`].
    pub ids: Option<Vec<ZohoId>>,
}

impl RecordsQuery {
    /// How many ids can be asked for at once: as many as one call to Zoho carries. Zoho's page names no limit for them
    /// (<https://www.zoho.com/crm/developer/docs/api/v8/get-records.html>), but one of 200 for the records of an answer.
    pub const MOST_IDS: usize = 100;
}

/// `GET /api/records/{module}`: CRM records, last changed first, read with the user's own rights: by name at most 20, by
/// ids those that are there for the user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RecordsFound {
    /// The records.
    pub records: Vec<RecordFound>,
}

/// A CRM record by name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RecordFound {
    /// Its id.
    pub id: String,
    /// Its name or number.
    pub name: String,
    /// When it was changed last.
    #[serde(deserialize_with = "crate::instant::read")]
    pub modified_at: DateTime<Utc>,
}

/// `GET /api/log`: a page of the log as a table, newest first. The query is [`super::runs::LogQuery`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LogRows {
    /// The rows.
    pub rows: Vec<LogRow>,
    /// Whether older ones exist.
    pub more: bool,
    /// How many rows the query finds in all, counted for the first page only (without `before`).
    pub total: Option<u32>,
    /// The problems of these rows, and the one that is filtered by, each once and without the facts of a case.
    #[serde(default)]
    pub problems: Vec<Problem>,
}

/// One entry as a row of a table. `GET /api/entries/{id}` has all of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LogRow {
    /// The entry.
    pub id: String,
    /// When it began.
    #[serde(deserialize_with = "crate::instant::read")]
    pub at: DateTime<Utc>,
    /// The pair.
    pub module: Module,
    /// Which way the record was looked at.
    pub direction: Direction,
    /// The CRM record; empty when Xero's record has none.
    pub record_id: String,
    /// The Xero record, where one is known.
    pub xero_id: Option<String>,
    /// The record's name or number.
    pub name: String,
    /// The customer or supplier of a document.
    pub party: Option<String>,
    /// What started it.
    pub sync: SyncKind,
    /// Who; none for the schedule.
    pub by: Option<String>,
    /// How it ended.
    pub outcome: Outcome,
    /// The first problem's sentence, else what changed: `Due date, Reference`.
    pub comment: String,
    /// The first problem.
    pub problem: Option<Code>,
    /// The run; none for a click.
    pub run: Option<String>,
}

/// What started a sync.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum SyncKind {
    /// The button on one record.
    Click,
    /// A run that an administrator started.
    Manual,
    /// The schedule.
    Scheduled,
    /// Records chosen in a list.
    Bulk,
    /// What failed in another run.
    Retry,
}

impl From<Option<RunKind>> for SyncKind {
    fn from(run: Option<RunKind>) -> Self {
        match run {
            None => Self::Click,
            Some(RunKind::Manual) => Self::Manual,
            Some(RunKind::Scheduled) => Self::Scheduled,
            Some(RunKind::Bulk) => Self::Bulk,
            Some(RunKind::Retry) => Self::Retry,
        }
    }
}

/// `GET /api/days`: the last 30 days, oldest first, today included. A user who is no administrator gets the counts of
/// the own clicks and runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DaysView {
    /// The zone in which the days begin and end (IANA): the CRM organisation's.
    pub time_zone: String,
    /// The days.
    pub days: Vec<DayView>,
}

/// One day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DayView {
    /// `YYYY-MM-DD`.
    pub day: String,
    /// When it begins: for the log's `from`.
    #[serde(deserialize_with = "crate::instant::read")]
    pub from: DateTime<Utc>,
    /// When the next one begins: for the log's `until`.
    #[serde(deserialize_with = "crate::instant::read")]
    pub until: DateTime<Utc>,
    /// Runs that were started.
    pub runs: u32,
    /// What became of the day's records, clicks and runs together.
    pub counts: Counts,
}

/// `GET /api/audit?before={change id}` (administrators): what administrators changed, newest first, at most 50.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AuditPage {
    /// The changes.
    pub changes: Vec<AuditView>,
    /// Whether older ones exist.
    pub more: bool,
}

/// Makes the enum, the list of all of it and the names from one list, so that none of the three can lack one.
macro_rules! audit_actions {
    ($($(#[$doc:meta])* $action:ident = $name:literal,)*) => {
        /// What is noted of administrators.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum AuditAction {
            $($(#[$doc])* $action,)*
        }

        impl AuditAction {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$action,)*];

            /// Its name, as it is kept and as [`AuditView::action`] tells it.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$action => $name,)*
                }
            }
        }
    };
}

audit_actions! {
    /// Connected the CRM.
    ConnectCrm = "connect-crm",
    /// Connected Xero.
    ConnectXero = "connect-xero",
    /// Disconnected Xero.
    DisconnectXero = "disconnect-xero",
    /// Created our fields in the CRM.
    CreateFields = "create-fields",
    /// Linked a record.
    LinkRecord = "link-record",
    /// Let a record be sent anew.
    SendAnew = "send-anew",
    /// Let a record's link go.
    LetGo = "let-go",
    /// Decided about an exchange rate.
    DecideRate = "decide-rate",
    /// Let a new e-mail address of a contact go to Xero.
    ReleaseEmail = "release-email",
    /// Changed one setting, where a problem asked for it.
    ChangeSetting = "change-setting",
    /// Changed settings.
    ChangeSettings = "change-settings",
    /// Changed the schedule.
    ChangeSchedule = "change-schedule",
    /// Started a run.
    StartRun = "start-run",
    /// Cancelled a run.
    CancelRun = "cancel-run",
    /// Tried again what had failed in a run.
    RetryRun = "retry-run",
    /// Signed a person out in one browser.
    EndSession = "end-session",
    /// Signed a person out everywhere.
    EndSessions = "end-sessions",
    /// Signed everybody out.
    EndAllSessions = "end-all-sessions",
    /// Let somebody count as an administrator no more.
    TakeAdministratorOut = "take-administrator-out",
    /// Let somebody count as an administrator again.
    CountAdministrator = "count-administrator",
    /// Invited an organisation.
    Invite = "invite",
    /// Removed an organisation.
    Uninvite = "uninvite",
}

impl AuditAction {
    /// The action of a name; none for one that is not known.
    #[must_use]
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|action| action.as_str() == name)
    }

    /// Whether settings changed: then [`AuditView::changes`] says which.
    #[must_use]
    pub const fn changes_settings(self) -> bool {
        matches!(self, Self::ChangeSetting | Self::ChangeSettings | Self::ChangeSchedule)
    }
}

/// Something that an administrator did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AuditView {
    /// The change.
    pub id: String,
    /// When.
    #[serde(deserialize_with = "crate::instant::read")]
    pub at: DateTime<Utc>,
    /// Who.
    pub by: String,
    /// What: `connect-crm`, `change-settings`, `invite`, … A later version may have noted others.
    pub action: String,
    /// What it was done to, by name: an organisation, a person, the pairs of a run; empty where settings changed.
    pub detail: String,
    /// Which settings changed.
    pub changes: Vec<Difference>,
}

/// `GET /api/status`: how the sync is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct StatusView {
    /// The installed version.
    pub version: String,
    /// How the connection stands.
    pub connection: ConnectionState,
    /// When our access to the CRM was renewed last.
    #[serde(default, deserialize_with = "crate::instant::read_option")]
    pub crm_renewed_at: Option<DateTime<Utc>>,
    /// When our access to Xero was renewed last.
    #[serde(default, deserialize_with = "crate::instant::read_option")]
    pub xero_renewed_at: Option<DateTime<Utc>>,
    /// What the product asks for at the CRM and the connection was not granted, by Zoho's names; only administrators see
    /// it. What worked goes on; connecting again asks for it.
    pub crm_lacks: Vec<String>,
    /// The same at Xero.
    pub xero_lacks: Vec<String>,
    /// What is left of both APIs' limits; none before both sides are connected.
    pub budget: Option<BudgetView>,
    /// The newest runs, at most 5: of a user who is no administrator, the own ones.
    pub runs: Vec<RunView>,
    /// Records that failed or wait.
    pub waiting: u32,
    /// Of these, those that runs leave alone until they change or somebody retries them.
    pub parked: u32,
    /// Records of which a new e-mail address waits for an administrator's word, by their newest entries; only administrators
    /// are told.
    pub held_emails: u32,
    /// Settings that do not work any more; only administrators see them.
    pub broken: Vec<SettingProblem>,
    /// When the schedule starts its next run; none while it is off.
    #[serde(default, deserialize_with = "crate::instant::read_option")]
    pub next_run: Option<DateTime<Utc>>,
    /// The CRM organisation's time zone (IANA).
    pub time_zone: String,
}

/// `GET /api/administrators`: who counts as an administrator here. `PUT /api/administrators/{id}` lets somebody count
/// again, `DELETE /api/administrators/{id}` takes somebody out, whatever the profile says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AdministratorsView {
    /// By name.
    pub administrators: Vec<AdministratorView>,
    /// Whether Zoho tells what profiles allow. Where it does not, only its own profile Administrator counts.
    pub by_permissions: bool,
    /// The profiles of all active users that make no administrator, by name.
    pub profiles: Vec<ProfileView>,
}

/// A profile of the CRM.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ProfileView {
    /// The profile's id.
    pub id: ZohoId,
    /// The name.
    pub name: String,
}

/// An active user whose profile makes an administrator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AdministratorView {
    /// The CRM user's id.
    pub id: ZohoId,
    /// The name.
    pub name: String,
    /// The profile's name.
    pub profile: String,
    /// Whether somebody has taken the user out.
    pub taken_out: bool,
}

/// Whether a problem says that the version that something replaces is not the one that is saved any more. Its code says only
/// that something asked for is not valid, so its words decide, in whichever language it was told.
#[must_use]
pub fn is_outdated_version(problem: &Problem) -> bool {
    let begins = ["Its version ", "Ungültig ist „version“"];
    problem.code == Code::InvalidRequest && begins.iter().any(|words| problem.why.starts_with(words))
}

#[cfg(all(test, feature = "translation"))]
mod tests {
    use super::is_outdated_version;
    use crate::language::Language;
    use crate::problem::{self, Code};

    #[test]
    fn a_version_that_is_saved_no_more_is_known_in_every_language() {
        let reason = "somebody else has saved the settings meanwhile".to_owned();
        for language in Language::ALL {
            let told = |field: &str| {
                let facts = [("field", field.to_owned()), ("reason", reason.clone())];
                problem::of(Code::InvalidRequest, &facts).in_language(language)
            };
            assert!(is_outdated_version(&told("version")), "{language:?}: {}", told("version").why);
            assert!(!is_outdated_version(&told("schema_version")), "{language:?}");
        }
    }
}
