//! Records by name or by id, for choosing one and for showing those that were chosen.

use crate::access::rights::Member;
use crate::access::{Refusal, connect};
use crate::store::connections;
use crate::sync::Engine;
use ports::Ports;
use serde_json::Value;
use shared::api::portal::{RecordFound, RecordsFound, RecordsQuery};
use shared::id::ZohoId;
use shared::module::Module;
use shared::problem;
use shared::zoho::name_fields;
use upstream::CallLog;
use upstream::zoho::Client;

/// Records that a search by name gives at most.
const FOUND: usize = 20;

impl<P: Ports> Engine<'_, P> {
    /// The CRM's records with the ids that are asked for, or those whose name contains a text, whatever the case, else
    /// all; the last changed first. They are read with the user's own rights: what the user may not see, and what is not
    /// there any more, is left out.
    ///
    /// # Errors
    /// [`Refusal`] when the query is not valid, the CRM is not connected, does not answer, or does not let the user read
    /// the module.
    pub async fn find_records(
        &self,
        user: &Member,
        module: Module,
        query: &RecordsQuery,
    ) -> Result<RecordsFound, Refusal> {
        checked(query)?;
        if connections::get(self.ports, &user.org).await?.is_none() {
            return Err(Refusal::from(problem::zoho_not_connected()));
        }
        let log = CallLog::new();
        let own = connect::user_tokens(self.ports, self.config, &self.desk.tokens, user)?;
        let as_user = Client { ports: self.ports, tokens: &own, api_domain: &user.api_domain, log: &log };
        let fields: Vec<&str> = name_fields(module).iter().copied().chain(["Modified_Time"]).collect();
        if let Some(ids) = &query.ids {
            let rows = match as_user.records(module, ids, &fields).await {
                Ok(rows) => rows,
                Err(error) => return Err(self.refuse_member(user, error).await),
            };
            return Ok(RecordsFound { records: newest_first(module, &rows) });
        }
        let name = query.name.as_deref().map(str::trim).filter(|name| !name.is_empty());
        let found = async {
            match name {
                None => as_user.newest(module, &fields, FOUND).await,
                // With the user's own grant, from the first look on: what the connection finds would tell, letter by
                // letter, what is in records that the user may not see.
                Some(name) => match as_user.containing(module, name_fields(module), name).await? {
                    ids if ids.is_empty() => Ok(Vec::new()),
                    ids => as_user.records(module, &ids, &fields).await,
                },
            }
        };
        let mut rows = match found.await {
            Ok(rows) => rows,
            Err(error) => return Err(self.refuse_member(user, error).await),
        };
        let wanted = name.unwrap_or_default().to_lowercase();
        rows.retain(|row| {
            let mut texts = name_fields(module).iter().filter_map(|field| row.get(*field)?.as_str());
            wanted.is_empty() || texts.any(|text| text.to_lowercase().contains(&wanted))
        });
        let mut records = newest_first(module, &rows);
        records.truncate(FOUND);
        Ok(RecordsFound { records })
    }
}

fn checked(query: &RecordsQuery) -> Result<(), Refusal> {
    let Some(ids) = &query.ids else { return Ok(()) };
    let reason = match (&query.name, ids.len()) {
        (Some(_), _) => "it can't be given together with name".to_owned(),
        (None, count) if count > RecordsQuery::MOST_IDS => format!("it has at most {} ids", RecordsQuery::MOST_IDS),
        (None, _) => return Ok(()),
    };
    Err(Refusal::from(problem::invalid_request("ids", Some(reason), None)))
}

fn newest_first(module: Module, rows: &[Value]) -> Vec<RecordFound> {
    let mut records: Vec<RecordFound> = rows.iter().filter_map(|row| found(module, row)).collect();
    records.sort_by(|one, other| (other.modified_at, &other.id).cmp(&(one.modified_at, &one.id)));
    records
}

fn found(module: Module, row: &Value) -> Option<RecordFound> {
    let id = ZohoId::new(row.get("id")?.as_str()?).ok()?;
    let modified_at = shared::zoho::modified(row)?;
    Some(RecordFound { id: id.to_string(), name: shared::zoho::name(module, row), modified_at })
}
