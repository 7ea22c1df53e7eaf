//! History and notes of a record.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use crate::json::{self, Fault, Issues, Object, Rejection};
use crate::organisation::Org;
use crate::{batch, dates};

const MAX_DETAILS: usize = 2_500;

/// One note.
#[derive(Debug, Clone)]
pub(crate) struct Note {
    at: DateTime<Utc>,
    details: String,
}

/// True when the resource keeps notes and has this record.
fn exists(org: &Org, resource: &str, id: &str) -> bool {
    match resource {
        "Contacts" => org.contacts.contains_key(id),
        "Items" => org.items.contains_key(id),
        "Payments" => org.payments.contains_key(id),
        "Invoices" => org.documents.get(id).is_some_and(|document| !document.side.is_credit()),
        "CreditNotes" => org.documents.get(id).is_some_and(|document| document.side.is_credit()),
        _ => false,
    }
}

fn render(note: &Note, with_user: bool) -> Value {
    let mut row = json!({
        "Details": note.details,
        "DateUTC": dates::moment(note.at),
        "DateUTCString": note.at.format("%Y-%m-%dT%H:%M:%S").to_string(),
    });
    if with_user {
        row["Changes"] = json!("Note");
        row["User"] = json!("System Generated");
    }
    row
}

/// `GET /{resource}/{id}/History`, the newest first.
pub(crate) fn list(org: &Org, resource: &str, id: &str) -> Result<Vec<Value>, Fault> {
    if !exists(org, resource, id) {
        return Err(Fault::NotFound);
    }
    Ok(org.history.get(id).map_or(Vec::new(), |notes| notes.iter().rev().map(|note| render(note, true)).collect()))
}

/// `PUT /{resource}/{id}/History`.
pub(crate) fn add(
    org: &mut Org,
    resource: &str,
    id: &str,
    body: &[u8],
    now: DateTime<Utc>,
) -> Result<Vec<Value>, Rejection> {
    let mut issues = Issues::default();
    if !exists(org, resource, id) {
        issues.add("The document with the supplied id was not found for this endpoint.");
        issues.check()?;
        return Ok(Vec::new());
    }
    let mut notes = Vec::new();
    for row in batch::elements(org.characters, body, "HistoryRecords")? {
        notes.push(Note { at: now, details: details(&row, &mut issues)? });
    }
    issues.check()?;
    let rows = notes.iter().map(|note| {
        let mut row = render(note, false);
        row["ValidationErrors"] = json!([]);
        row
    });
    let rows = rows.collect();
    org.history.entry(id.to_owned()).or_default().extend(notes);
    Ok(rows)
}

fn details(row: &Object, issues: &mut Issues) -> Result<String, Fault> {
    json::unknown(row, &["Details", "Changes", "User", "DateUTC", "DateUTCString"], issues);
    let details = json::text(row, "Details")?.unwrap_or_default();
    if details.is_empty() {
        issues.add("Details must be specified.");
    }
    json::limit(&details, "Details", MAX_DETAILS, issues);
    Ok(details)
}
