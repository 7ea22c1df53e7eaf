//! Xero's Accounting API, version 2.0 (<https://developer.xero.com/documentation/api/accounting/overview>).

mod answer;
mod dates;
mod filter;
pub mod oauth;
mod organisation;
mod time_zone;

pub use crate::budget::{Budget, BudgetState, BudgetView, Permit};

use crate::call::{Answer, Call, Line};
use crate::text::{excerpt, query};
use crate::{Api, CallLog, Caller, Effect, Error, Tokens};
use chrono::{DateTime, TimeDelta, Utc};
use filter::{literal, literal_prefix, same};
use futures_util::future::join_all;
use ports::{Clock, Http, Method};
use rust_decimal::Decimal;
use serde_json::{Value, json};
use shared::id::{TenantId, XeroId};
use shared::names;
use shared::web_link::WebLink;
use std::collections::BTreeSet;
use std::fmt;

/// How many of the newest documents are asked for a currency's last rate, as text for the query.
const RATES: &str = "10";

/// Elements in one write: what Xero recommends; the request must also stay below 3.5 MB
/// (<https://developer.xero.com/documentation/auth-and-limits/xero-api-limits>).
pub const BATCH: usize = 50;
/// Bytes of the elements of one write, with room for what is around them: Xero takes 3.5 MB
/// (<https://developer.xero.com/documentation/auth-and-limits/xero-api-limits>).
const MOST_BYTES: usize = 3_000_000;
/// Elements on a page; Xero allows up to 1000.
pub const PAGE: usize = 1_000;
/// Ids in one list request: 50 of them make an address of about 2,000 characters, which every server takes.
const IDS: usize = 50;
/// Items that are read one by one; more are picked out of the whole list, which is one call.
const SINGLE_ITEMS: usize = 3;
/// Codes in one filter on items; more are picked out of the whole list.
const CODES: usize = 10;
/// Characters of a history note (<https://developer.xero.com/documentation/api/accounting/historyandnotes>).
const HISTORY: usize = 2500;
/// Numbers in one request for bills, so that its address stays short.
const NUMBERS: usize = 40;
/// The id of an element that was not created.
const NO_ID: &str = "00000000-0000-0000-0000-000000000000";

/// Cuts elements, each with the bytes of its JSON, into what requests may carry: at most [`BATCH`] and 3 MB each, in their
/// order. One that is larger than that by itself has a request of its own.
#[must_use]
pub fn parts<T>(elements: impl IntoIterator<Item = (T, usize)>) -> Vec<Vec<T>> {
    let mut parts: Vec<Vec<T>> = Vec::new();
    let mut bytes = 0_usize;
    for (element, own) in elements {
        match parts.last_mut() {
            Some(part) if part.len() < BATCH && bytes.saturating_add(own) <= MOST_BYTES => {
                bytes = bytes.saturating_add(own);
                part.push(element);
            }
            _ => {
                bytes = own;
                parts.push(vec![element]);
            }
        }
    }
    parts
}

/// A client for one Xero organisation.
pub struct Client<'a, P, T> {
    /// Clock and HTTP.
    pub ports: &'a P,
    /// Whose tokens are used.
    pub tokens: &'a T,
    /// `https://api.xero.com/api.xro/2.0`, without a trailing slash.
    pub base: &'a str,
    /// The organisation, named in every call.
    pub tenant: &'a TenantId,
    /// The organisation's call budget, shared by all its clients.
    pub budget: &'a Budget,
    /// For whom it is called: whose share of the budget that is.
    pub caller: &'a Caller,
    /// Where every attempt is noted.
    pub log: &'a CallLog,
}

impl<P, T> fmt::Debug for Client<'_, P, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("xero::Client").field("base", &self.base).field("tenant", &self.tenant).finish_non_exhaustive()
    }
}

/// What became of one element of a write.
#[derive(Clone, PartialEq)]
pub struct Element {
    /// The element as Xero gives it back. A refused one is an echo of what was sent.
    pub value: Value,
    /// Why it was refused, every message whole, nested ones included; empty when it was carried out.
    pub errors: Vec<String>,
    /// What Xero remarks.
    pub warnings: Vec<String>,
}

impl fmt::Debug for Element {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Element")
            .field("errors", &self.errors)
            .field("warnings", &self.warnings)
            .finish_non_exhaustive()
    }
}

impl Element {
    fn read(value: Value) -> Self {
        let (mut errors, mut warnings) = (Vec::new(), Vec::new());
        answer::collect(&value, "ValidationErrors", &mut errors);
        answer::collect(&value, "Warnings", &mut warnings);
        let flag = |key: &str| value.get(key).and_then(Value::as_bool).unwrap_or(false);
        let failed = value.get("StatusAttributeString").and_then(Value::as_str) == Some("ERROR")
            || flag("HasErrors")
            || flag("HasValidationErrors");
        let unborn = ["ContactID", "ItemID", "InvoiceID"]
            .into_iter()
            .any(|key| value.get(key).and_then(Value::as_str) == Some(NO_ID));
        if errors.is_empty() && (failed || unborn) {
            errors.push("Xero refused the record without giving a reason.".to_owned());
        }
        Self { value, errors, warnings }
    }
}

impl<P: Clock + Http, T: Tokens> Client<'_, P, T> {
    async fn send(&self, call: Call) -> Result<Answer, Error> {
        let line = Line {
            api: Api::Xero,
            ports: self.ports,
            tokens: self.tokens,
            log: self.log,
            budget: Some((self.budget, self.caller)),
            scheme: "Bearer",
            judge: answer::judge,
        };
        line.send(call.header("xero-tenant-id", self.tenant.as_str())).await
    }

    fn url(&self, path: &str, params: &[(&str, &str)]) -> String {
        if params.is_empty() {
            format!("{}{path}", self.base)
        } else {
            format!("{}{path}?{}", self.base, query(params))
        }
    }

    /// The elements of a read; a validation failure can't be one.
    async fn read(&self, resource: &str, call: Call) -> Result<Vec<Value>, Error> {
        let answer = self.send(call).await?;
        match answer.body {
            Some(body) if answer.status == 400 => Err(answer::refusal(400, &body)),
            body => Ok(Answer { status: answer.status, body }.rows(resource)),
        }
    }

    async fn list(&self, resource: &str, params: &[(&str, &str)]) -> Result<Vec<Value>, Error> {
        let path = format!("/{resource}");
        self.read(resource, Call::get(path.clone(), self.url(&path, params))).await
    }

    /// One record of `Contacts`, `Items` or `Invoices`, prices with 4 decimals. One that is not there is `None`.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn get(&self, resource: &str, id: &XeroId) -> Result<Option<Value>, Error> {
        let url = self.url(&format!("/{resource}/{id}"), unit_decimals(resource));
        match self.read(resource, Call::get(format!("/{resource}/{{id}}"), url)).await {
            Ok(rows) => Ok(rows.into_iter().next()),
            Err(Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The records of `Contacts`, `Items` or `Invoices` with these ids, whole: archived contacts too, documents in every
    /// status and with their lines. In no particular order; those that are not there are left out.
    ///
    /// As in every list of Xero's, a document shows less of its contact than a single read does, and a line's
    /// `DiscountRate` without its `DiscountAmount`.
    ///
    /// Contacts and invoices take one call for 50 ids. Items can't be asked for by ids: up to 3 take one call each, more
    /// take one call for the whole list.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn by_ids(&self, resource: &str, ids: &[XeroId]) -> Result<Vec<Value>, Error> {
        let ids: Vec<&XeroId> = ids.iter().collect::<BTreeSet<_>>().into_iter().collect();
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        if resource == "Items" {
            return self.items_by_ids(&ids).await;
        }
        let lists = join_all(ids.chunks(IDS).map(|group| async move {
            let wanted = group.iter().map(|id| id.as_str()).collect::<Vec<_>>().join(",");
            let size = IDS.to_string();
            let mut params = unit_decimals(resource).to_vec();
            params.extend([("IDs", wanted.as_str()), ("page", "1"), ("pageSize", size.as_str())]);
            if resource == "Contacts" {
                params.push(("includeArchived", "true"));
            }
            self.list(resource, &params).await
        }))
        .await;
        lists.into_iter().collect::<Result<Vec<_>, _>>().map(|lists| lists.into_iter().flatten().collect())
    }

    async fn items_by_ids(&self, ids: &[&XeroId]) -> Result<Vec<Value>, Error> {
        if ids.len() <= SINGLE_ITEMS {
            let items = join_all(ids.iter().map(|id| self.get("Items", id))).await;
            return items.into_iter().filter_map(Result::transpose).collect();
        }
        let wanted = |item: &Value| {
            let id = item.get("ItemID").and_then(Value::as_str).unwrap_or_default();
            ids.iter().any(|wanted| wanted.as_str().eq_ignore_ascii_case(id))
        };
        Ok(self.list("Items", unit_decimals("Items")).await?.into_iter().filter(wanted).collect())
    }

    /// A page (from 1) of the records that changed at `since` or later, which counts in whole seconds and is sent with
    /// every page, one second earlier: whether Xero takes in the very second is documented nowhere; documents with their lines, archived contacts included, oldest change first. A page with fewer than
    /// [`PAGE`] records is the last. `Items` have no pages: all come at once.
    ///
    /// What `If-Modified-Since` does not see: balances and the customer and supplier flags of contacts, and some edits
    /// of documents that are partly paid (<https://developer.xero.com/documentation/api/accounting/contacts>).
    ///
    /// # Errors
    /// [`Error`].
    pub async fn page(&self, resource: &str, since: Option<DateTime<Utc>>, page: u32) -> Result<Vec<Value>, Error> {
        let (number, size) = (page.to_string(), PAGE.to_string());
        let mut params = unit_decimals(resource).to_vec();
        if resource != "Items" {
            params.extend([("page", number.as_str()), ("pageSize", size.as_str()), ("order", "UpdatedDateUTC ASC")]);
        }
        if resource == "Contacts" {
            params.push(("includeArchived", "true"));
        }
        let path = format!("/{resource}");
        let mut call = Call::get(path.clone(), self.url(&path, &params));
        if let Some(since) = since.and_then(|since| since.checked_sub_signed(TimeDelta::seconds(1))) {
            call = call.header("if-modified-since", since.format("%Y-%m-%dT%H:%M:%S").to_string());
        }
        self.read(resource, call).await
    }

    /// Contacts of this name, ignoring case; archived ones too.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn find_contact_by_name(&self, name: &str) -> Result<Vec<Value>, Error> {
        self.find_contacts("Name", name).await
    }

    /// Contacts of this name, however it is written; archived ones too. One call: a filter for a name that nobody writes
    /// otherwise, else a search for its firmest part, compared here.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn find_contacts_named(&self, name: &str) -> Result<Vec<Value>, Error> {
        let Some(part) = names::firmest(name).filter(|_| names::is_peculiar(name)) else {
            return self.find_contact_by_name(name).await;
        };
        let size = PAGE.to_string();
        let params = [("includeArchived", "true"), ("page", "1"), ("pageSize", size.as_str()), ("searchTerm", part)];
        let named =
            |contact: &Value| contact.get("Name").and_then(Value::as_str).is_some_and(|other| names::same(name, other));
        Ok(self.list("Contacts", &params).await?.into_iter().filter(named).collect())
    }

    /// Contacts whose primary e-mail address this is, ignoring case; archived ones too.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn find_contact_by_email(&self, email: &str) -> Result<Vec<Value>, Error> {
        self.find_contacts("EmailAddress", email).await
    }

    /// The contact with this ContactNumber, archived or not (Xero keeps the number unique among both).
    ///
    /// # Errors
    /// [`Error`].
    pub async fn find_contact_by_contact_number(&self, number: &str) -> Result<Vec<Value>, Error> {
        self.find_contacts("ContactNumber", number).await
    }

    async fn find_contacts(&self, field: &str, value: &str) -> Result<Vec<Value>, Error> {
        let value = value.trim();
        if value.is_empty() {
            return Ok(Vec::new());
        }
        let size = PAGE.to_string();
        let paged = [("includeArchived", "true"), ("page", "1"), ("pageSize", size.as_str())];
        if let Some(literal) = literal(value) {
            let filter = format!("{field}!=null AND {field}=={literal}");
            let mut params = vec![("where", filter.as_str())];
            params.extend(paged);
            return self.list("Contacts", &params).await;
        }
        let mut params = vec![("searchTerm", value)];
        params.extend(paged);
        Ok(only(self.list("Contacts", &params).await?, field, value))
    }

    /// The item with this code, ignoring case.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn find_item(&self, code: &str) -> Result<Vec<Value>, Error> {
        let code = code.trim();
        if code.is_empty() {
            return Ok(Vec::new());
        }
        let filter = match literal(code) {
            Some(literal) => Some(format!("Code=={literal}")),
            // Items have no search: everything that begins alike is read and compared here.
            None => literal(literal_prefix(code))
                .filter(|_| !literal_prefix(code).is_empty())
                .map(|l| format!("Code.StartsWith({l})")),
        };
        let mut params = unit_decimals("Items").to_vec();
        if let Some(filter) = &filter {
            params.push(("where", filter.as_str()));
        }
        Ok(only(self.list("Items", &params).await?, "Code", code))
    }

    /// The items with these codes, ignoring case, in one call: a filter for up to 10 codes, else the whole list.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn items_by_code(&self, codes: &[String]) -> Result<Vec<Value>, Error> {
        let mut wanted: Vec<&str> = Vec::new();
        for code in codes.iter().map(|code| code.trim()).filter(|code| !code.is_empty()) {
            if !wanted.iter().any(|known| same(known, code)) {
                wanted.push(code);
            }
        }
        if wanted.is_empty() {
            return Ok(Vec::new());
        }
        let filter = wanted
            .iter()
            .map(|code| literal(code).map(|literal| format!("Code=={literal}")))
            .collect::<Option<Vec<_>>>()
            .filter(|conditions| conditions.len() <= CODES)
            .map(|conditions| conditions.join(" OR "));
        let mut params = unit_decimals("Items").to_vec();
        if let Some(filter) = &filter {
            params.push(("where", filter.as_str()));
        }
        let is_wanted = |item: &Value| {
            let code = item.get("Code").and_then(Value::as_str).unwrap_or_default().trim();
            wanted.iter().any(|wanted| same(wanted, code))
        };
        Ok(self.list("Items", &params).await?.into_iter().filter(is_wanted).collect())
    }

    /// The exchange rate of the newest document in a currency: units of it for one of the home currency. None where there
    /// is no such document, or only some whose rate is 1, which stands for none.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn last_rate(&self, currency: &str) -> Result<Option<Decimal>, Error> {
        let Some(literal) = literal(currency) else { return Ok(None) };
        let filter = format!("CurrencyCode=={literal}");
        let params = [
            ("where", filter.as_str()),
            ("order", "Date DESC"),
            ("page", "1"),
            ("pageSize", RATES),
            ("summaryOnly", "true"),
        ];
        let documents = self.list("Invoices", &params).await?;
        let rate = |document: &Value| match document.get("CurrencyRate") {
            Some(Value::Number(number)) => {
                let text = number.to_string();
                text.parse().or_else(|_| Decimal::from_scientific(&text)).ok()
            }
            _ => None,
        };
        let mut rates = documents.iter().filter_map(rate);
        Ok(rates.find(|rate| *rate > Decimal::ZERO && *rate != Decimal::ONE))
    }

    /// Invoices (`ACCREC`) or bills (`ACCPAY`) with this number, of one contact if it is given, in every status and
    /// with their lines.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn find_invoices(&self, kind: &str, number: &str, contact: Option<&XeroId>) -> Result<Vec<Value>, Error> {
        let number = number.trim();
        if number.is_empty() {
            return Ok(Vec::new());
        }
        let size = PAGE.to_string();
        let filter = match literal(number) {
            Some(literal) => format!("Type==\"{kind}\" AND InvoiceNumber=={literal}"),
            None => format!("Type==\"{kind}\""),
        };
        let mut params = unit_decimals("Invoices").to_vec();
        params.extend([("where", filter.as_str()), ("page", "1"), ("pageSize", size.as_str())]);
        if literal(number).is_none() {
            params.push(("searchTerm", number));
        }
        if let Some(contact) = contact {
            params.push(("ContactIDs", contact.as_str()));
        }
        Ok(only(self.list("Invoices", &params).await?, "InvoiceNumber", number))
    }

    /// The bills with any of these numbers, of all contacts, in every status and with their lines: 40 numbers a call, one
    /// call for each number that has a comma.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn find_bills(&self, numbers: &[String]) -> Result<Vec<Value>, Error> {
        let (listed, single): (Vec<&str>, Vec<&str>) =
            numbers.iter().map(|number| number.trim()).partition(|number| !number.is_empty() && !number.contains(','));
        let size = PAGE.to_string();
        let mut found = Vec::new();
        for group in listed.chunks(NUMBERS) {
            let list = group.join(",");
            let mut params = unit_decimals("Invoices").to_vec();
            params.extend([("where", "Type==\"ACCPAY\""), ("InvoiceNumbers", list.as_str())]);
            params.extend([("page", "1"), ("pageSize", size.as_str())]);
            found.extend(self.list("Invoices", &params).await?);
        }
        for number in single {
            found.extend(self.find_invoices("ACCPAY", number, None).await?);
        }
        Ok(found)
    }

    /// The invoices (`ACCREC`) or bills (`ACCPAY`) of one contact that point to this address in their `Url`: how a
    /// document without a number of ours is found again. Newest first, at most the newest [`PAGE`].
    ///
    /// # Errors
    /// [`Error`].
    pub async fn find_invoices_by_url(&self, kind: &str, contact: &XeroId, url: &str) -> Result<Vec<Value>, Error> {
        let size = PAGE.to_string();
        let filter = format!("Type==\"{kind}\"");
        let mut params = unit_decimals("Invoices").to_vec();
        params.extend([("where", filter.as_str()), ("page", "1"), ("pageSize", size.as_str())]);
        params.extend([("ContactIDs", contact.as_str()), ("order", "UpdatedDateUTC DESC")]);
        Ok(only(self.list("Invoices", &params).await?, "Url", url))
    }

    /// Creates elements, at most [`BATCH`] (`PUT`, which never edits what is there already). The answer has one element
    /// for each, in the same order.
    ///
    /// The key makes a repetition within 6 minutes give the first answer again, refusals included; at most 128
    /// characters, with the tenant in it (<https://developer.xero.com/documentation/guides/idempotent-requests/idempotency/>).
    ///
    /// # Errors
    /// [`Error`] when the whole request failed. [`Error::Unknown`] when the answer does not tell of every element, or
    /// when the key was used for another request.
    pub async fn create(
        &self,
        resource: &str,
        elements: &[Value],
        idempotency_key: &str,
    ) -> Result<Vec<Element>, Error> {
        let mut params = vec![("summarizeErrors", "false")];
        params.extend(unit_decimals(resource));
        let path = format!("/{resource}");
        let body = json!({ resource: elements });
        let call = Call::write(Method::Put, path.clone(), self.url(&path, &params), body)
            .header("idempotency-key", idempotency_key);
        self.write(resource, call, elements.len()).await
    }

    /// Changes one record (`POST` to its id) with the members that are in `element` and no others.
    ///
    /// # Errors
    /// As [`Client::create`]; [`Error::NotFound`] when the record is not there.
    pub async fn update(
        &self,
        resource: &str,
        id: &XeroId,
        element: &Value,
        idempotency_key: &str,
    ) -> Result<Element, Error> {
        let url = self.url(&format!("/{resource}/{id}"), unit_decimals(resource));
        let call = Call::write(Method::Post, format!("/{resource}/{{id}}"), url, json!({ resource: [element] }))
            .header("idempotency-key", idempotency_key);
        let elements = self.write(resource, call, 1).await?;
        elements.into_iter().next().ok_or_else(untold)
    }

    /// Changes `Contacts`, `Items` or `Invoices`, at most [`BATCH`], each with the members that are in its element and
    /// no others. Each element holds its id (`ContactID`, `ItemID`, `InvoiceID`). The answer has one element for each,
    /// in the same order; one that Xero refuses does not touch the others.
    ///
    /// # Errors
    /// As [`Client::create`]. [`Error::Refused`] without a call when an element has no id, because Xero would take its
    /// number or name for one and edit whatever bears it, or when there are too many. [`Error::NotFound`] when one of
    /// the ids is none of Xero's: nothing is changed then, and [`Client::update`] one by one finds out which.
    pub async fn update_many(
        &self,
        resource: &str,
        elements: &[Value],
        idempotency_key: &str,
    ) -> Result<Vec<Element>, Error> {
        if elements.is_empty() {
            return Ok(Vec::new());
        }
        if elements.len() > BATCH {
            return Err(not_sent(format!("{} records are too many for one request.", elements.len())));
        }
        let key = id_member(resource).ok_or_else(|| not_sent(format!("{resource} can't be changed together.")))?;
        let ids: Vec<&str> = elements.iter().filter_map(|element| written_id(element, key)).collect();
        if ids.len() != elements.len() {
            return Err(not_sent(format!("A record has no {key}.")));
        }
        let mut params = vec![("summarizeErrors", "false")];
        params.extend(unit_decimals(resource));
        let path = format!("/{resource}");
        let body = json!({ resource: elements });
        let call = Call::write(Method::Post, path.clone(), self.url(&path, &params), body)
            .header("idempotency-key", idempotency_key);
        let answered = self.write(resource, call, elements.len()).await?;
        // Xero keeps the order; an answer that does not would blame one record for another's failure.
        let told = |(element, sent): (&Element, &&str)| {
            written_id(&element.value, key).is_none_or(|id| id.eq_ignore_ascii_case(sent))
        };
        if answered.iter().zip(&ids).all(told) { Ok(answered) } else { Err(untold()) }
    }

    async fn write(&self, resource: &str, call: Call, sent: usize) -> Result<Vec<Element>, Error> {
        let answer = self.send(call).await?;
        let refused = answer.status == 400;
        let summary = answer.body.as_ref().map(|body| answer::refusal(400, body));
        let elements = answer.rows(if refused { "Elements" } else { resource });
        if elements.len() != sent {
            return Err(summary.filter(|_| refused).unwrap_or_else(untold));
        }
        let mut elements: Vec<_> = elements.into_iter().map(Element::read).collect();
        // A validation exception saves nothing, also where an element has no message of its own.
        if refused && elements.iter().all(|element| element.errors.is_empty()) {
            return Err(summary.unwrap_or_else(untold));
        }
        if refused {
            for element in elements.iter_mut().filter(|element| element.errors.is_empty()) {
                element.errors.push("Xero refused another record of the same request.".to_owned());
            }
        }
        Ok(elements)
    }

    /// The page on which a customer sees and pays an approved sales invoice; none for drafts and bills, and none that is
    /// not on Xero's hosts.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn online_invoice(&self, id: &XeroId) -> Result<Option<WebLink>, Error> {
        let url = self.url(&format!("/Invoices/{id}/OnlineInvoice"), &[]);
        let rows = match self.read("OnlineInvoices", Call::get("/Invoices/{id}/OnlineInvoice", url)).await {
            Ok(rows) => rows,
            Err(Error::NotFound { .. }) => return Ok(None),
            Err(error) => return Err(error),
        };
        let text = rows.first().and_then(|row| row.get("OnlineInvoiceUrl")).and_then(Value::as_str);
        Ok(text.and_then(WebLink::of_xero))
    }

    /// Adds a note to a record's history in Xero; a text beyond 2500 characters is cut, with an ellipsis.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn history(&self, resource: &str, id: &XeroId, text: &str) -> Result<(), Error> {
        let url = self.url(&format!("/{resource}/{id}/History"), &[]);
        let body = json!({"HistoryRecords": [{"Details": excerpt(text, HISTORY)}]});
        let call = Call::write(Method::Put, format!("/{resource}/{{id}}/History"), url, body);
        let answer = self.send(call).await?;
        match answer.body {
            Some(body) if answer.status == 400 => Err(answer::refusal(400, &body)),
            _ => Ok(()),
        }
    }
}

/// Prices with 4 decimals, for the resources that have prices.
fn unit_decimals(resource: &str) -> &'static [(&'static str, &'static str)] {
    match resource {
        "Invoices" | "Items" | "CreditNotes" => &[("unitdp", "4")],
        _ => &[],
    }
}

/// The member that holds a record's id.
fn id_member(resource: &str) -> Option<&'static str> {
    match resource {
        "Contacts" => Some("ContactID"),
        "Items" => Some("ItemID"),
        "Invoices" => Some("InvoiceID"),
        _ => None,
    }
}

/// An element's own id; the id of nothing is none.
fn written_id<'a>(element: &'a Value, key: &str) -> Option<&'a str> {
    element.get(key)?.as_str().filter(|id| *id != NO_ID && XeroId::new(*id).is_ok())
}

/// A write that would not do what it is meant to do.
fn not_sent(message: String) -> Error {
    Error::Refused { api: Api::Xero, status: 400, messages: vec![message], code: None, details: None }
}

/// The rows whose field has this value, ignoring case.
fn only(rows: Vec<Value>, field: &str, value: &str) -> Vec<Value> {
    let is = |row: &Value| row.get(field).and_then(Value::as_str).is_some_and(|text| same(text.trim(), value));
    rows.into_iter().filter(is).collect()
}

fn untold() -> Error {
    Error::lost(Api::Xero, Effect::Write, "the answer does not tell of every element")
}
