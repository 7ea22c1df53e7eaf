//! What the panel asks the edge for, beside the session. Every failure is one that can be shown as it is.

use super::state::{Run, RunCall, Wanted};
use crate::client::{encode, get, post, post_empty, read, send};
use crate::fault::Fault;
use crate::format::iso;
use crate::session::Credential;
use shared::api::runs::{PairChoice, RecordRef, RunRequest, Scope};
use shared::api::{
    DecisionRequest, EntriesPage, ProgressView, RecordView, SettingChangeRequest, SyncReply, SyncRequest,
};
use shared::module::Module;
use shared::question::Decision;
use shared::settings::{Direction, SettingChange};

/// How many outcomes a page has at most, which is what the edge allows.
const OUTCOMES_PAGE: &str = "/api/entries?limit=200&run=";

/// `GET /api/records/{module}/{id}`
pub(super) async fn record(credential: &Credential, module: Module, id: &str) -> Result<RecordView, Fault> {
    read(&send(get(record_path(module, id, "")), Some(credential)).await?)
}

/// `POST /api/records/{module}/{id}/sync`
pub(super) async fn sync(
    credential: &Credential,
    module: Module,
    id: &str,
    word: Option<String>,
) -> Result<SyncReply, Fault> {
    read(&send(post(record_path(module, id, "/sync"), &SyncRequest { word }), Some(credential)).await?)
}

/// `GET /api/records/{module}/{id}/progress`
pub(super) async fn progress(credential: &Credential, module: Module, id: &str) -> Result<ProgressView, Fault> {
    read(&send(get(record_path(module, id, "/progress")), Some(credential)).await?)
}

/// `GET /api/records/{module}/{id}/entries?before={entry}`
pub(super) async fn entries(
    credential: &Credential,
    module: Module,
    id: &str,
    before: &str,
) -> Result<EntriesPage, Fault> {
    let mut path = record_path(module, id, "/entries?before=");
    path.push_str(&encode(before));
    read(&send(get(path), Some(credential)).await?)
}

/// `POST /api/runs`, `GET /api/runs/{id}`, `POST /api/runs/{id}/retry` and `POST /api/runs/{id}/cancel`
pub(super) async fn run(credential: &Credential, ask: &RunCall) -> Result<Run, Fault> {
    let path = |id: &str, rest: &str| ["/api/runs/", &encode(id), rest].concat();
    let call = match ask {
        RunCall::Start(module, ids) => {
            let records = ids.iter().map(|id| RecordRef { module: *module, id: id.clone() }).collect();
            let pairs = vec![PairChoice { module: *module, direction: Direction::Both }];
            let request = RunRequest { pairs, scope: Scope::Records(records), preview: false };
            post("/api/runs", &request).quick()
        }
        RunCall::Retry(id) => post_empty(path(id, "/retry")).quick(),
        RunCall::Look(id) => get(path(id, "")),
        // What is under way comes to its end first.
        RunCall::Cancel(id) => post_empty(path(id, "/cancel")),
    };
    read(&send(call, Some(credential)).await?)
}

/// `GET /api/entries?run={run}`
pub(super) async fn outcomes(credential: &Credential, wanted: &Wanted) -> Result<EntriesPage, Fault> {
    let mut path = [OUTCOMES_PAGE, &encode(&wanted.run)].concat();
    if let Some(from) = wanted.from {
        path.push_str("&from=");
        path.push_str(&iso(from));
    }
    if let Some(before) = &wanted.before {
        path.push_str("&before=");
        path.push_str(&encode(before));
    }
    read(&send(get(path), Some(credential)).await?)
}

/// `POST /api/settings/changes`
pub(super) async fn change_setting(credential: &Credential, change: SettingChange) -> Result<(), Fault> {
    send(post("/api/settings/changes", &SettingChangeRequest { change }).quick(), Some(credential)).await.map(drop)
}

/// `POST /api/records/{module}/{id}/decision`
pub(super) async fn decide(credential: &Credential, module: Module, id: &str, decision: Decision) -> Result<(), Fault> {
    let path = record_path(module, id, "/decision");
    send(post(path, &DecisionRequest { decision }).quick(), Some(credential)).await.map(drop)
}

/// An address below a record's. The id comes from the page around us: it must not be able to name another route.
fn record_path(module: Module, id: &str, rest: &str) -> String {
    ["/api/records/", module.api_name(), "/", &encode(id), rest].concat()
}
