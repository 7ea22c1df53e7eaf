//! Zoho CRM's REST API, version 8 (<https://www.zoho.com/crm/developer/docs/api/v8/>).

mod answer;
mod data_centre;
pub mod oauth;
mod organisation;

pub use data_centre::{DataCentre, by_accounts, by_location, crm_hosts, crm_hosts_below, data_centres};
pub use organisation::{Created, FieldRights, Made, NewField, Organisation, Permission, Profile, ProfileRef, User};

use crate::call::{Answer, Body, Call, Line};
use crate::text::query;
use crate::{Api, CallLog, Effect, Error, Tokens};
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use futures_util::future::join_all;
use futures_util::{StreamExt, stream};
use ports::{Clock, Http, Method};
use serde_json::{Map, Value, json};
use shared::id::ZohoId;
use shared::module::Module;
use shared::names;
use shared::plan::CrmSnapshot;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// Sub-requests in one composite request (<https://www.zoho.com/crm/developer/docs/api/v8/composite-overview.html>).
const COMPOSITE: usize = 5;
/// Composite requests at the same time. Each takes 5 of the organisation's concurrent calls, of which the Standard
/// edition has 10 (<https://www.zoho.com/crm/developer/docs/api/v8/api-limits.html>).
const COMPOSITES_AT_ONCE: usize = 2;
/// Field names in one list request.
const FIELDS: usize = 50;
/// Ids in one list request.
const IDS: usize = 100;
/// Rows of a list inside a composite request. Zoho refuses or cuts what asks for more
/// (<https://www.zoho.com/crm/developer/docs/api/v8/composite-request.html>, table "Allowed APIs").
const COMPOSITE_PAGE: &str = "25";
/// Pages of an account's or vendor's contacts that are read at most, of 200 each: further ones are not reached by their
/// number (<https://www.zoho.com/crm/developer/docs/api/v8/get-related-records.html>).
const MOST_CONTACT_PAGES: usize = 10;
/// The same for all records that are read together: Workers Free allows 50 outgoing requests an invocation, and a step of a
/// run takes up 20 records (<https://developers.cloudflare.com/workers/platform/limits/#subrequests>).
const MOST_FURTHER_PAGES: usize = 20;
/// Rows on a page of a list or of a COQL query.
const ROWS: usize = 200;
/// The same as text.
const PAGE: &str = "200";
/// Values in one `in` of a COQL query (<https://www.zoho.com/crm/developer/docs/api/v8/COQL-Limitations.html>).
const IN: usize = 50;
/// Conditions of one query (<https://www.zoho.com/crm/developer/docs/api/v2/COQL-Limitations.html>; whether later versions take
/// more is not known).
const CRITERIA: usize = 25;
/// COQL queries at the same time: they are among the heavy calls, of which an organisation may have 10 at once
/// (<https://www.zoho.com/crm/developer/docs/api/v8/api-limits.html>).
const QUERIES_AT_ONCE: usize = 2;

/// What is read of the contacts of an account or vendor.
const CONTACT_FIELDS: &str = "id,Salutation,First_Name,Last_Name,Full_Name,Email,Secondary_Email,Phone,Other_Phone,\
Mobile,Fax,Title,Department,Account_Name,Vendor_Name,Created_Time,Modified_Time,Modified_By,Xero_ID,Xero_Primary";

/// A client for one CRM organisation, acting for whoever the tokens belong to.
pub struct Client<'a, P, T> {
    /// Clock and HTTP.
    pub ports: &'a P,
    /// Whose tokens are used.
    pub tokens: &'a T,
    /// The API domain, without a trailing slash, taken from the table of data centres.
    pub api_domain: &'a str,
    /// Where every attempt is noted.
    pub log: &'a CallLog,
}

impl<P, T> fmt::Debug for Client<'_, P, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("zoho::Client").field("api_domain", &self.api_domain).finish_non_exhaustive()
    }
}

/// What became of one row of a write.
#[derive(Debug, Clone, PartialEq)]
pub enum Row {
    /// Done.
    Ok {
        /// The record.
        id: ZohoId,
        /// Its `Modified_Time` after the write.
        modified: Option<DateTime<Utc>>,
    },
    /// This row was refused; the others are not touched by it.
    Failed {
        /// Zoho's code.
        code: String,
        /// Zoho's message.
        message: String,
        /// Zoho's details: `api_name`, `json_path`, the clashing record.
        details: Value,
    },
}

/// By what records are looked for: a text field, and what may stand in it. Empty values are left out.
///
/// Whether COQL's `=`, `in` and `like` mind case, and what `%` is within a pattern, is documented nowhere.
#[derive(Debug, Clone, Copy)]
pub enum By<'a> {
    /// One of these values. Where one has a quotation mark or a backslash, more are found than have it.
    Value(&'a str, &'a [String]),
    /// One of these codes or numbers, in whichever case: more may be found than are asked for, so that the caller compares.
    Code(&'a str, &'a [String]),
    /// One of these names, however it is written: more are found than have it, so that the caller compares.
    ///
    /// Where Zoho's queries mind case, names are found that are written as they are asked for or in one of the usual ways
    /// (see [`names::spellings`]); where `%` stands for no others within a text, accents count.
    Name(&'a str, &'a [String]),
}

/// How patterns are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Patterns {
    /// With `%` wherever something may be written otherwise.
    Open,
    /// With `%` at the ends alone, as Zoho's pages show it: where it refuses the others.
    AtTheEnds,
}

impl By<'_> {
    /// The conditions of each of its queries, of which any may hold; an `in` has [`IN`] values.
    fn conditions(self, patterns: Patterns) -> Vec<Vec<String>> {
        let (Self::Value(field, values) | Self::Code(field, values) | Self::Name(field, values)) = self;
        let values: BTreeSet<&str> = values.iter().map(String::as_str).filter(|value| !value.is_empty()).collect();
        let values: Vec<&str> = values.into_iter().collect();
        let spellings = |text: &&str| match self {
            Self::Value(..) => vec![(*text).to_owned()],
            Self::Code(..) | Self::Name(..) => names::spellings(text),
        };
        let pattern = |text: &&str| {
            let at_the_ends = || at_the_ends(text);
            let found = match (self, patterns, literal(text)) {
                // It is asked for as it is.
                (Self::Value(..) | Self::Code(..), _, Some(_)) => [None, None],
                (Self::Value(..) | Self::Code(..), _, None) | (Self::Name(..), Patterns::AtTheEnds, _) => {
                    [at_the_ends(), None]
                }
                // Letters and `%`. What can't be asked for as it is is found by its ends, whatever `%` is within.
                (Self::Name(..), Patterns::Open, exact) => {
                    let open = names::pattern(text).and_then(|pattern| literal(&pattern));
                    [open, exact.is_none().then(at_the_ends).flatten()]
                }
            };
            found.into_iter().flatten()
        };
        let group = |group: &[&str]| {
            let exact: Vec<String> = group.iter().flat_map(spellings).filter_map(|value| literal(&value)).collect();
            let exact = exact.chunks(IN).map(|exact| format!("{field} in ({})", exact.join(",")));
            let patterns: BTreeSet<String> = group.iter().flat_map(pattern).collect();
            exact.chain(patterns.iter().map(|pattern| format!("{field} like {pattern}"))).collect()
        };
        values.chunks(IN).map(group).collect()
    }
}

/// A page of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    /// The records, oldest change first. Lists never contain line items.
    pub rows: Vec<Value>,
    /// Gets the next page; none on the last one.
    pub next: Option<String>,
}

/// One read inside a composite request.
struct Part {
    template: String,
    path: String,
    params: Vec<(&'static str, String)>,
}

impl<P: Clock + Http, T: Tokens> Client<'_, P, T> {
    fn line(&self) -> Line<'_, P, T> {
        Line {
            api: Api::Zoho,
            ports: self.ports,
            tokens: self.tokens,
            log: self.log,
            budget: None,
            scheme: "Zoho-oauthtoken",
            judge: answer::judge,
        }
    }

    fn url(&self, path: &str) -> String {
        format!("{}/crm/v8{path}", self.api_domain)
    }

    async fn get(&self, template: &str, path: &str, params: &[(&str, &str)]) -> Result<Answer, Error> {
        let url = self.url(path);
        let url = if params.is_empty() { url } else { format!("{url}?{}", query(params)) };
        self.line().send(Call::get(template, url)).await
    }

    /// One record with all its fields, documents with their lines.
    ///
    /// # Errors
    /// [`Error`]; a record that is not there, or not for this user, is `None`.
    pub async fn record(&self, module: Module, id: &ZohoId) -> Result<Option<Value>, Error> {
        let part = record_part(module, id);
        first(self.get(&part.template, &part.path, &[]).await)
    }

    /// Records with what belongs to them: documents with their lines, accounts and vendors with their contacts (at most
    /// 2,000, and it is told when there are more). One request for one record, else composite requests of five reads; where
    /// a record has more contacts than a composite request gives, they are read by themselves.
    ///
    /// # Errors
    /// [`Error`] when a whole request failed; the inner result tells of each record, in the order of `wanted`.
    pub async fn snapshots(
        &self,
        wanted: &[(Module, ZohoId)],
    ) -> Result<Vec<Result<Option<CrmSnapshot>, Error>>, Error> {
        let mut parts = Vec::new();
        for (module, id) in wanted {
            parts.push(record_part(*module, id));
            if has_contacts(*module) {
                parts.push(contacts_part(*module, id));
            }
        }
        let mut answers = self.read_parts(&parts).await?.into_iter();
        let mut snapshots = Vec::with_capacity(wanted.len());
        let mut pages = MOST_FURTHER_PAGES;
        for (module, id) in wanted {
            let record = first(answers.next().unwrap_or_else(missing_part));
            let contacts = has_contacts(*module).then(|| answers.next().unwrap_or_else(missing_part));
            snapshots.push(match (record, contacts) {
                (Ok(Some(record)), None) => {
                    Ok(Some(CrmSnapshot { record, contacts: Vec::new(), more_contacts: false }))
                }
                (Ok(Some(record)), Some(contacts)) => self
                    .contacts(*module, id, contacts, &mut pages)
                    .await
                    .map(|(contacts, more_contacts)| Some(CrmSnapshot { record, contacts, more_contacts })),
                (Ok(None), _) => Ok(None),
                (Err(error), _) => Err(error),
            });
        }
        Ok(snapshots)
    }

    /// The contacts of an account or vendor, beginning with what a composite request said of them, and whether there are
    /// more.
    async fn contacts(
        &self,
        module: Module,
        id: &ZohoId,
        said: Result<Answer, Error>,
        pages: &mut usize,
    ) -> Result<(Vec<Value>, bool), Error> {
        let mut all: Vec<Value> = match said {
            Ok(answer) if !has_more(&answer) => return Ok((answer.rows("data"), false)),
            Err(Error::NotFound { .. }) => return Ok((Vec::new(), false)),
            // More than a part gives, or than it may ask for.
            Ok(answer) => answer.rows("data"),
            Err(Error::Refused { .. }) => Vec::new(),
            Err(error) => return Err(error),
        };
        let part = contacts_part(module, id);
        for page in 1..=MOST_CONTACT_PAGES {
            if *pages == 0 {
                break;
            }
            *pages -= 1;
            let page = page.to_string();
            let params = [("fields", CONTACT_FIELDS), ("per_page", PAGE), ("page", page.as_str())];
            let answer = match self.get(&part.template, &part.path, &params).await {
                Err(Error::NotFound { .. }) => return Ok((all, false)),
                answer => answer?,
            };
            let more = has_more(&answer);
            let rows = answer.rows("data");
            let none = rows.is_empty();
            // A contact that was made meanwhile moves the others on by one.
            for row in rows {
                if !all.iter().any(|known| known.get("id") == row.get("id")) {
                    all.push(row);
                }
            }
            if !more || none {
                return Ok((all, more));
            }
        }
        Ok((all, true))
    }

    /// The contacts of accounts and vendors as [`Client::snapshots`] has them, and whether there are more; other records have
    /// none. One request for one record, else composite requests of five reads, and none where no record has contacts.
    ///
    /// # Errors
    /// [`Error`] when a whole request failed; the inner result tells of each record, in the order of `wanted`.
    pub async fn people(&self, wanted: &[(Module, ZohoId)]) -> Result<Vec<Result<(Vec<Value>, bool), Error>>, Error> {
        let of_companies = wanted.iter().filter(|(module, _)| has_contacts(*module));
        let parts: Vec<Part> = of_companies.map(|(module, id)| contacts_part(*module, id)).collect();
        let mut answers = self.read_parts(&parts).await?.into_iter();
        let mut people = Vec::with_capacity(wanted.len());
        let mut pages = MOST_FURTHER_PAGES;
        for (module, id) in wanted {
            people.push(match has_contacts(*module) {
                true => self.contacts(*module, id, answers.next().unwrap_or_else(missing_part), &mut pages).await,
                false => Ok((Vec::new(), false)),
            });
        }
        Ok(people)
    }

    /// The parts' answers in their order: one plain request for one part, else composite requests.
    async fn read_parts(&self, parts: &[Part]) -> Result<Vec<Result<Answer, Error>>, Error> {
        if let [part] = parts {
            let params: Vec<_> = part.params.iter().map(|(name, value)| (*name, value.as_str())).collect();
            return match self.get(&part.template, &part.path, &params).await {
                // What concerns the access as a whole would be the whole request's failure in a composite one, too.
                Err(error @ (Error::Unauthorized { .. } | Error::RateLimited { .. } | Error::Unavailable { .. })) => {
                    Err(error)
                }
                result => Ok(vec![result]),
            };
        }
        let groups: Vec<_> = stream::iter(parts.chunks(COMPOSITE).map(|group| self.composite(group)))
            .buffered(COMPOSITES_AT_ONCE)
            .collect()
            .await;
        groups.into_iter().collect::<Result<Vec<_>, _>>().map(|groups| groups.into_iter().flatten().collect())
    }

    async fn composite(&self, parts: &[Part]) -> Result<Vec<Result<Answer, Error>>, Error> {
        let requests: Vec<_> = parts
            .iter()
            .enumerate()
            .map(|(at, part)| {
                let params: Map<String, Value> =
                    part.params.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
                json!({
                    "sub_request_id": format!("r{at}"),
                    "method": "GET",
                    "uri": format!("/crm/v8{}", part.path),
                    "headers": {},
                    "params": params,
                    "body": {},
                })
            })
            .collect();
        // Reads go in parallel by default; the flag that says so is named differently in Zoho's pages and OpenAPI file.
        let body = json!({"rollback_on_fail": false, answer::COMPOSITE: requests});
        let path = "/__composite_requests";
        let answer = self.line().send(Call::write(Method::Post, path, self.url(path), body).reading()).await?;
        let met = |answer: Result<Answer, Error>| answer.map_err(|error| error.met_by(self.tokens.whose()));
        let mut answers: Vec<_> = answer.rows(answer::COMPOSITE).into_iter().map(sub_answer).map(met).collect();
        answers.resize_with(parts.len(), missing_part);
        Ok(answers)
    }

    /// The records with these ids and fields, in no particular order, without line items. More fields than Zoho takes
    /// in one request are read in several and put together. Ids that are not there are left out.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn records(&self, module: Module, ids: &[ZohoId], fields: &[&str]) -> Result<Vec<Value>, Error> {
        let template = format!("/{}", module.api_name());
        let mut requests = Vec::new();
        for ids in ids.chunks(IDS) {
            let ids = ids.iter().map(ZohoId::as_str).collect::<Vec<_>>().join(",");
            for fields in split_fields(fields) {
                requests.push([("ids", ids.clone()), ("fields", fields), ("per_page", PAGE.to_owned())]);
            }
        }
        let template = template.as_str();
        let answers = join_all(requests.iter().map(|params| async move {
            let params: Vec<_> = params.iter().map(|(name, value)| (*name, value.as_str())).collect();
            whole(self.get(template, template, &params).await)
        }))
        .await;
        let mut merged = BTreeMap::<String, Map<String, Value>>::new();
        for answer in answers {
            merge(&mut merged, answer?);
        }
        Ok(merged.into_values().map(Value::Object).collect())
    }

    /// A page of the records that changed at `since` or later, oldest change first. `next` of one page gets the
    /// following one, with the same fields and the same `since`.
    ///
    /// Zoho's pages do not say whether `If-Modified-Since` takes in what changed at that very second, so the second
    /// before is sent: records that changed at the second of `since` or just before it come again, none is lost.
    ///
    /// # Errors
    /// [`Error`]; also where there is more and Zoho does not say where, so that nobody takes this page for the last.
    pub async fn page(
        &self,
        module: Module,
        fields: &[&str],
        since: Option<DateTime<Utc>>,
        next: Option<&str>,
    ) -> Result<Page, Error> {
        let path = format!("/{}", module.api_name());
        let mut groups = split_fields(fields).into_iter();
        let leading = groups.next().unwrap_or_else(|| "id".to_owned());
        let mut params =
            vec![("fields", leading.as_str()), ("per_page", PAGE), ("sort_by", "Modified_Time"), ("sort_order", "asc")];
        if let Some(next) = next {
            params.push(("page_token", next));
        }
        let mut call = Call::get(path.clone(), self.url(&format!("{path}?{}", query(&params))));
        if let Some(since) = since.and_then(|since| since.checked_sub_signed(TimeDelta::seconds(1))) {
            call = call.header("if-modified-since", since.to_rfc3339_opts(SecondsFormat::Secs, false));
        }
        let answer = self.line().send(call).await?;
        let token = answer.body.as_ref().and_then(|body| body.pointer("/info/next_page_token")).and_then(Value::as_str);
        let next = match (has_more(&answer), token) {
            (false, _) => None,
            (true, Some(token)) => Some(token.to_owned()),
            (true, None) => return Err(cut_off()),
        };
        let mut found = answer.rows("data");
        let rest: Vec<&str> = fields.iter().skip(FIELDS - 1).copied().collect();
        if !rest.is_empty() && !found.is_empty() {
            let ids: Vec<_> = found.iter().filter_map(record_id).collect();
            let mut further = BTreeMap::new();
            merge(&mut further, self.records(module, &ids, &rest).await?);
            for row in &mut found {
                let more = row.get("id").and_then(Value::as_str).and_then(|id| further.remove(id));
                if let (Some(row), Some(more)) = (row.as_object_mut(), more) {
                    row.extend(more);
                }
            }
        }
        Ok(Page { rows: found, next })
    }

    /// Creates records, at most 100. The answer has one element for each row, in the same order. With `automations` all
    /// of the CRM's automations run, without it none.
    ///
    /// # Errors
    /// [`Error`] when the whole request failed. [`Error::Unknown`] when the answer does not tell of every row. Zoho knows
    /// no idempotency key: a repetition after it may create the records once more.
    pub async fn insert(
        &self,
        module: Module,
        records: Vec<Map<String, Value>>,
        automations: bool,
    ) -> Result<Vec<Row>, Error> {
        self.write(Method::Post, format!("/{}", module.api_name()), records, &[], automations).await
    }

    /// Creates records, or changes those that have the same value in one of the fields `by`, at most 100. The fields
    /// have to be unique in the CRM, or its own for duplicates (an account's `Account_Name`, say). Else as
    /// [`Client::insert`], but for the repetition, which does no harm.
    ///
    /// # Errors
    /// [`Error`] when the whole request failed. [`Error::Unknown`] when the answer does not tell of every row.
    pub async fn upsert(
        &self,
        module: Module,
        records: Vec<Map<String, Value>>,
        by: &[&str],
        automations: bool,
    ) -> Result<Vec<Row>, Error> {
        self.write(Method::Post, format!("/{}/upsert", module.api_name()), records, by, automations).await
    }

    /// Changes records, at most 100. Each row holds its `id` and only the fields to write. The answer has one element for
    /// each row, in the same order. With `automations` all of the CRM's automations run, without it none.
    ///
    /// # Errors
    /// [`Error`] when the whole request failed. [`Error::Unknown`] when the answer does not tell of every row.
    pub async fn update(
        &self,
        module: Module,
        records: Vec<Map<String, Value>>,
        automations: bool,
    ) -> Result<Vec<Row>, Error> {
        self.write(Method::Put, format!("/{}", module.api_name()), records, &[], automations).await
    }

    async fn write(
        &self,
        method: Method,
        path: String,
        records: Vec<Map<String, Value>>,
        by: &[&str],
        automations: bool,
    ) -> Result<Vec<Row>, Error> {
        if records.is_empty() {
            return Ok(Vec::new());
        }
        let sent: Vec<_> = records.iter().map(|record| record.get("id").cloned()).collect();
        let mut body = json!({ "data": records });
        // Without this member all automations run.
        if !automations {
            body["trigger"] = json!([]);
        }
        if !by.is_empty() {
            body["duplicate_check_fields"] = json!(by);
        }
        let answer = self.line().send(Call::write(method, path.clone(), self.url(&path), body)).await?;
        let rows = answer.rows("data");
        let unreadable = || Error::lost(Api::Zoho, Effect::Write, "the answer does not tell of every row");
        if rows.len() != sent.len() {
            return Err(unreadable());
        }
        rows.iter().zip(&sent).map(|(row, sent)| read_row(row, sent.as_ref()).ok_or_else(unreadable)).collect()
    }

    /// The records whose `field` has one of these values, with `id` and the given fields, in no particular order and
    /// without line items. It sees every write at once, unlike a search. Empty values are left out; where none is left,
    /// there is no call.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn find(
        &self,
        module: Module,
        fields: &[&str],
        field: &str,
        values: &[String],
    ) -> Result<Vec<Value>, Error> {
        let found = self.find_any(module, fields, &[By::Value(field, values)]).await?;
        // A pattern finds more than is wanted.
        let open = values.iter().any(|value| literal(value).is_none());
        let wanted: BTreeSet<String> = values.iter().map(|value| value.to_lowercase()).collect();
        let fits = |row: &Value| {
            let text = row.get(field).and_then(Value::as_str);
            !open || text.is_none_or(|text| wanted.contains(&text.to_lowercase()))
        };
        Ok(found.into_iter().filter(fits).collect())
    }

    /// The same of records that are looked for by several things, of which any may hold, in as few queries as may be.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn find_any(&self, module: Module, fields: &[&str], by: &[By<'_>]) -> Result<Vec<Value>, Error> {
        let (open, at_the_ends) =
            (queries_of(module, fields, by, Patterns::Open), || queries_of(module, fields, by, Patterns::AtTheEnds));
        match self.merged(&open).await {
            // Zoho may not take `%` within a pattern.
            Err(Error::Refused { .. }) if at_the_ends() != open => self.merged(&at_the_ends()).await,
            found => found,
        }
    }

    /// The rows of several queries, each record once.
    async fn merged(&self, queries: &[String]) -> Result<Vec<Value>, Error> {
        let answers: Vec<_> =
            stream::iter(queries).map(|query| self.all_rows(query)).buffered(QUERIES_AT_ONCE).collect().await;
        let mut merged = BTreeMap::new();
        for answer in answers {
            merge(&mut merged, answer?);
        }
        Ok(merged.into_values().map(Value::Object).collect())
    }

    /// The records that changed last, newest first, at most 200, with `id` and the given fields (at most 49), without
    /// line items.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn newest(&self, module: Module, fields: &[&str], count: usize) -> Result<Vec<Value>, Error> {
        let path = format!("/{}", module.api_name());
        let fields = split_fields(fields).into_iter().next().unwrap_or_else(|| "id".to_owned());
        let count = count.min(ROWS).to_string();
        let params =
            [("fields", fields.as_str()), ("per_page", &count), ("sort_by", "Modified_Time"), ("sort_order", "desc")];
        rows(self.get(&path, &path, &params).await)
    }

    /// The ids of the records in which one of these text fields contains a text, whatever the case, at most 100, the last
    /// changed ones, in no particular order; a field that the user's profile hides counts as empty. Whether COQL's `like`
    /// minds case is documented nowhere, so a text is asked for as it is usually written; of one with signs that a pattern
    /// can't have the longest part is, so that a few more may be found.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn containing(&self, module: Module, fields: &[&str], text: &str) -> Result<Vec<ZohoId>, Error> {
        let Some(part) = longest(text, |sign| !is_open(sign)) else { return Ok(Vec::new()) };
        let refused = match self.containing_part(module, fields, part).await {
            Err(refused @ Error::Refused { .. }) if fields.len() > 1 => refused,
            found => return found,
        };
        // Zoho may refuse the query for a field that the user's profile hides: then each is asked for by itself.
        let (mut ids, mut answered) = (Vec::new(), false);
        for field in fields {
            match self.containing_part(module, &[*field], part).await {
                Ok(found) => {
                    answered = true;
                    ids.extend(found);
                }
                Err(Error::Refused { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        if !answered {
            return Err(refused);
        }
        ids.sort();
        ids.dedup();
        ids.truncate(IDS);
        Ok(ids)
    }

    /// The same with one query, of a part that a pattern takes as it is.
    async fn containing_part(&self, module: Module, fields: &[&str], part: &str) -> Result<Vec<ZohoId>, Error> {
        let spellings = names::spellings(part);
        let conditions: Vec<String> = fields
            .iter()
            .flat_map(|field| spellings.iter().map(move |part| format!("{field} like '%{part}%'")))
            .collect();
        let Some(condition) = any_of(&conditions) else { return Ok(Vec::new()) };
        let query = format!(
            "select id, Modified_Time from {} where {condition} order by Modified_Time desc limit 0, {IDS}",
            module.api_name(),
        );
        Ok(self.coql(&query).await?.iter().filter_map(record_id).collect())
    }

    /// All rows of a COQL query that has an order and no limit.
    async fn all_rows(&self, query: &str) -> Result<Vec<Value>, Error> {
        let mut all = Vec::new();
        loop {
            let (rows, more) = self.coql_page(&format!("{query} limit {}, {ROWS}", all.len())).await?;
            // Zoho says whether there are more; where it does not, a full page has others behind it.
            let more = more.unwrap_or(rows.len() == ROWS);
            let none = rows.is_empty();
            all.extend(rows);
            match (more, none) {
                (false, _) => return Ok(all),
                (true, true) => return Err(cut_off()),
                (true, false) => {}
            }
        }
    }

    /// The rows of a COQL query, at most 200.
    ///
    /// # Errors
    /// [`Error`]; a query that finds nothing is an empty list.
    pub async fn coql(&self, query: &str) -> Result<Vec<Value>, Error> {
        Ok(self.coql_page(query).await?.0)
    }

    /// The rows of a COQL query, and whether there are more behind them, where Zoho says so.
    async fn coql_page(&self, query: &str) -> Result<(Vec<Value>, Option<bool>), Error> {
        let body = json!({"select_query": query});
        match self.line().send(Call::write(Method::Post, "/coql", self.url("/coql"), body).reading()).await {
            Ok(answer) => {
                let more = more_records(&answer);
                Ok((answer.rows("data"), more))
            }
            Err(Error::NotFound { .. }) => Ok((Vec::new(), None)),
            Err(error) => Err(error),
        }
    }
}

fn has_contacts(module: Module) -> bool {
    matches!(module, Module::Accounts | Module::Vendors)
}

fn record_part(module: Module, id: &ZohoId) -> Part {
    let module = module.api_name();
    Part { template: format!("/{module}/{{id}}"), path: format!("/{module}/{id}"), params: Vec::new() }
}

fn contacts_part(module: Module, id: &ZohoId) -> Part {
    let module = module.api_name();
    Part {
        template: format!("/{module}/{{id}}/Contacts"),
        path: format!("/{module}/{id}/Contacts"),
        params: vec![("fields", CONTACT_FIELDS.to_owned()), ("per_page", COMPOSITE_PAGE.to_owned())],
    }
}

fn missing_part() -> Result<Answer, Error> {
    Err(Error::lost(Api::Zoho, Effect::Read, "the answer of a composite request lacks a part"))
}

/// The answer inside a composite answer's element.
fn sub_answer(mut element: Value) -> Result<Answer, Error> {
    let inner = element.pointer_mut("/details/response").map(Value::take);
    let Some(mut inner) = inner.filter(Value::is_object) else {
        // The element itself is an error envelope.
        return answer::verdict(400, Body::Json(element), Effect::Read, false);
    };
    let status = inner.get("status_code").and_then(Value::as_u64).and_then(|status| u16::try_from(status).ok());
    let body = match inner.get_mut("body").map(Value::take) {
        None | Some(Value::Null) => Body::Empty,
        Some(Value::Object(body)) if body.is_empty() => Body::Empty,
        Some(body) => Body::Json(body),
    };
    match status {
        Some(status) => answer::verdict(status, body, Effect::Read, false),
        None => missing_part(),
    }
}

/// The first row; nothing found is `None`.
fn first(answer: Result<Answer, Error>) -> Result<Option<Value>, Error> {
    match answer {
        Ok(answer) => Ok(answer.rows("data").into_iter().next()),
        Err(Error::NotFound { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// What an answer says of further records; none where it says nothing.
fn more_records(answer: &Answer) -> Option<bool> {
    answer.body.as_ref()?.pointer("/info/more_records")?.as_bool()
}

/// Whether an answer says that there are more records.
fn has_more(answer: &Answer) -> bool {
    more_records(answer) == Some(true)
}

/// A list that is known not to be whole, and of which the rest can't be had.
fn cut_off() -> Error {
    Error::lost(Api::Zoho, Effect::Read, "there are more records than the answer gives, and it does not say where")
}

/// The rows of a list that has to be whole.
fn whole(answer: Result<Answer, Error>) -> Result<Vec<Value>, Error> {
    match answer {
        Ok(answer) if has_more(&answer) => Err(cut_off()),
        answer => rows(answer),
    }
}

fn rows(answer: Result<Answer, Error>) -> Result<Vec<Value>, Error> {
    match answer {
        Ok(answer) => Ok(answer.rows("data")),
        Err(Error::NotFound { .. }) => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

fn record_id(record: &Value) -> Option<ZohoId> {
    ZohoId::new(record.get("id")?.as_str()?).ok()
}

/// Field lists of at most 50 names, each with `id` so that the parts can be put together.
fn split_fields(fields: &[&str]) -> Vec<String> {
    fields.chunks(FIELDS - 1).map(|group| format!("id,{}", group.join(","))).collect()
}

/// A text literal of COQL. None for a text with a quotation mark or a backslash in it: how these are written is documented
/// nowhere, and a query that Zoho can't read fails for all that it asks for.
fn literal(text: &str) -> Option<String> {
    (!text.contains(OPEN)).then(|| format!("'{text}'"))
}

/// Signs that no literal has.
const OPEN: [char; 3] = ['\'', '"', '\\'];

/// Whether a sign stands in no pattern for itself: it can't be written, or it may be taken for any other one.
fn is_open(sign: char) -> bool {
    OPEN.contains(&sign) || matches!(sign, '%' | '_')
}

/// The longest part of a text that consists of such signs, the first of several; none where there is none but blanks.
fn longest(text: &str, fits: impl Fn(char) -> bool) -> Option<&str> {
    let parts = text.split(|sign: char| !fits(sign)).map(str::trim).filter(|part| !part.is_empty());
    parts.rev().max_by_key(|part| part.chars().count())
}

/// A pattern for `like` with `%` at its ends alone, as Zoho's pages show it: the longest part of a text that nobody writes
/// otherwise but for its case, else what can be written of it. It finds more than the text. None where nothing is left of it.
fn at_the_ends(text: &str) -> Option<String> {
    let text = text.trim();
    let part = names::firmest(text).or_else(|| longest(text, |sign| !is_open(sign) && !sign.is_whitespace()))?;
    Some(if text.starts_with(part) { format!("'{part}%'") } else { format!("'%{part}%'") })
}

/// The queries that find what is looked for.
fn queries_of(module: Module, fields: &[&str], by: &[By<'_>], patterns: Patterns) -> Vec<String> {
    let fields: Vec<&str> = fields.iter().copied().filter(|field| *field != "id").collect();
    let columns = if fields.is_empty() { vec!["id".to_owned()] } else { split_fields(&fields) };
    let mut groups: Vec<Vec<String>> = Vec::new();
    for conditions in by.iter().map(|by| by.conditions(patterns)) {
        groups.resize_with(groups.len().max(conditions.len()), Vec::new);
        groups.iter_mut().zip(conditions).for_each(|(group, conditions)| group.extend(conditions));
    }
    let conditions = groups.iter().flat_map(|group| group.chunks(CRITERIA)).filter_map(any_of);
    let query = |condition: String, columns: &String| {
        format!("select {columns} from {} where {condition} order by id asc", module.api_name())
    };
    conditions.flat_map(|condition| columns.iter().map(move |columns| query(condition.clone(), columns))).collect()
}

/// One condition that holds where one of these does; none where there are none. More than two are nested pair by pair.
fn any_of(conditions: &[String]) -> Option<String> {
    match conditions {
        [] => None,
        [one] => Some(one.clone()),
        [first, others @ ..] => {
            Some(others.iter().fold(format!("({first})"), |before, next| format!("({before} or ({next}))")))
        }
    }
}

fn merge(merged: &mut BTreeMap<String, Map<String, Value>>, rows: Vec<Value>) {
    for row in rows {
        if let Value::Object(row) = row
            && let Some(id) = row.get("id").and_then(Value::as_str)
        {
            merged.entry(id.to_owned()).or_default().extend(row);
        }
    }
}

fn read_row(row: &Value, sent: Option<&Value>) -> Option<Row> {
    let text = |key: &str| row.get(key).and_then(Value::as_str);
    let details = row.get("details").cloned().unwrap_or(Value::Null);
    if text("status")? != "success" {
        return Some(Row::Failed {
            code: text("code").unwrap_or_default().to_owned(),
            message: text("message").unwrap_or_default().to_owned(),
            details,
        });
    }
    let id = details.get("id").or(sent)?.as_str()?;
    let modified = details
        .get("Modified_Time")
        .and_then(Value::as_str)
        .and_then(|text| DateTime::parse_from_rfc3339(text).ok())
        .map(|instant| instant.with_timezone(&Utc));
    Some(Row::Ok { id: ZohoId::new(id).ok()?, modified })
}
