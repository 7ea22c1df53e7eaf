//! What a test can see and do besides the API: as a person would in Xero's own pages, without tokens and limits.

use bytes::Bytes;
use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use sandbox_kernel::Request;
use serde_json::{Value, json};

use crate::characters::Characters;
use crate::documents::{self, Shape, Side};
use crate::organisation::Org;
use crate::surpluses::{self, Applied, Surplus, SurplusKind};
use crate::{Answers, PlanLimit, SETTINGS, Xero, accounting, contacts, invoices, items, payments, settings};

/// An organisation, for those who need its names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Organisation {
    /// The tenant id.
    pub tenant: String,
    /// The name.
    pub name: String,
    /// `AU`, `NZ`, `GB`, `US`, `ZA` or `SG`.
    pub country: String,
    /// The base currency.
    pub currency: String,
    /// For deep links, with its exclamation mark.
    pub short_code: String,
}

/// Why something was not done: the messages that the API would give.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused(pub Vec<String>);

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0.join("; "))
    }
}

impl std::error::Error for Refused {}

fn refused<T>(message: impl Into<String>) -> Result<T, Refused> {
    Err(Refused(vec![message.into()]))
}

/// Every message of a value, at any depth.
fn collect(value: &Value, out: &mut Vec<String>) {
    match value {
        Value::Array(rows) => rows.iter().for_each(|row| collect(row, out)),
        Value::Object(fields) => {
            if let Some(message) = fields.get("Message").and_then(Value::as_str) {
                out.push(message.to_owned());
            }
            fields.values().for_each(|value| collect(value, out));
        }
        _ => {}
    }
}

impl Xero {
    fn org(&self, tenant: &str) -> Result<&Org, Refused> {
        match self.organisations.iter().find(|org| org.id == tenant) {
            Some(org) => Ok(org),
            None => refused(format!("There is no organisation {tenant}.")),
        }
    }

    fn org_mut(&mut self, tenant: &str) -> Result<&mut Org, Refused> {
        match self.organisations.iter_mut().find(|org| org.id == tenant) {
            Some(org) => Ok(org),
            None => refused(format!("There is no organisation {tenant}.")),
        }
    }

    /// A request to an endpoint without token, limits and cache; gives the answer's whole body.
    fn direct(
        &mut self,
        tenant: &str,
        now: DateTime<Utc>,
        method: http::Method,
        path: &str,
        body: &Value,
    ) -> Result<Value, Refused> {
        let query = vec![("unitdp".to_owned(), "4".to_owned()), ("summarizeErrors".to_owned(), "true".to_owned())];
        let request = Request {
            method,
            path: format!("{}{path}", accounting::BASE),
            query,
            headers: http::HeaderMap::new(),
            body: if body.is_null() { Bytes::new() } else { body.to_string().into() },
        };
        let mut traces = self.traces.clone();
        let org = self.org_mut(tenant)?;
        let response =
            accounting::handle(org, accounting::Context { now, traces: &mut traces, not_modified: false }, &request);
        let answer: Value = serde_json::from_slice(response.body()).unwrap_or(Value::Null);
        if response.status().is_success() {
            return Ok(answer);
        }
        let mut messages = Vec::new();
        collect(answer.get("Elements").unwrap_or(&answer), &mut messages);
        if messages.is_empty() {
            messages.push(format!("HTTP {}", response.status().as_u16()));
        }
        Err(Refused(messages))
    }

    /// The organisations.
    #[must_use]
    pub fn organisations(&self) -> Vec<Organisation> {
        self.organisations
            .iter()
            .map(|org| Organisation {
                tenant: org.id.clone(),
                name: org.profile.name.clone(),
                country: org.profile.country.clone(),
                currency: org.profile.base_currency.clone(),
                short_code: org.profile.short_code.clone(),
            })
            .collect()
    }

    /// Creates one record through the API's own validation, as a person or another application would. `resource` is `Contacts`, `Items`, `Invoices`,
    /// `CreditNotes` or `Payments`. Prices keep four decimals.
    ///
    /// # Errors
    /// The API's messages.
    pub fn insert(
        &mut self,
        tenant: &str,
        resource: &str,
        record: Value,
        now: DateTime<Utc>,
    ) -> Result<Value, Refused> {
        let made = self.first(tenant, now, http::Method::PUT, resource, resource, &record)?;
        let id = made["InvoiceID"].as_str().or(made["CreditNoteID"].as_str());
        if let Some(id) = id.filter(|_| resource != "Payments") {
            self.org_mut(tenant)?.documents.change(id, |document| document.by_app = false);
        }
        Ok(made)
    }

    /// Creates an invoice or bill as a repeating invoice does on its day; gives it as a read shows it.
    ///
    /// # Errors
    /// The API's messages.
    pub fn repeat(&mut self, tenant: &str, record: Value, now: DateTime<Utc>) -> Result<Value, Refused> {
        let made = self.insert(tenant, "Invoices", record, now)?;
        let id = made["InvoiceID"].as_str().unwrap_or_default();
        let org = self.org_mut(tenant)?;
        let template = org.guids.guid();
        org.documents.change(id, |document| document.repeating = Some(template));
        Ok(self.get(tenant, "Invoices", id).unwrap_or(made))
    }

    /// Changes one record through the API's own validation.
    ///
    /// # Errors
    /// The API's messages.
    pub fn update(
        &mut self,
        tenant: &str,
        resource: &str,
        id: &str,
        change: Value,
        now: DateTime<Utc>,
    ) -> Result<Value, Refused> {
        self.first(tenant, now, http::Method::POST, &format!("{resource}/{id}"), resource, &change)
    }

    fn first(
        &mut self,
        tenant: &str,
        now: DateTime<Utc>,
        method: http::Method,
        path: &str,
        resource: &str,
        body: &Value,
    ) -> Result<Value, Refused> {
        let mut answer = self.direct(tenant, now, method, path, body)?;
        match answer.get_mut(resource).and_then(|rows| rows.get_mut(0)) {
            Some(row) => Ok(row.take()),
            None => refused(format!("The answer holds no {resource}.")),
        }
    }

    /// One record as a read by id gives it (with four decimals in prices), or `None`.
    #[must_use]
    pub fn get(&self, tenant: &str, resource: &str, id: &str) -> Option<Value> {
        let org = self.org(tenant).ok()?;
        let key = match resource {
            "Contacts" => {
                return Some(contacts::render(org, org.contacts.get(id)?, contacts::Detail::Full));
            }
            "Items" => return Some(items::render(org.items.get(id)?, true)),
            "Payments" => return Some(payments::render(org, org.payments.get(id)?)),
            "Invoices" | "CreditNotes" => {
                let document = org.documents.get(id)?;
                let own = document.side.is_credit() == (resource == "CreditNotes");
                return own.then(|| documents::render(org, document, Shape::One, true));
            }
            "Accounts" => "AccountID",
            "TaxRates" => "TaxType",
            "BrandingThemes" => "BrandingThemeID",
            "TrackingCategories" => "TrackingCategoryID",
            "Currencies" => "Code",
            _ => "OrganisationID",
        };
        self.all(tenant, resource).into_iter().find(|row| row[key].as_str() == Some(id))
    }

    /// Every record of a resource as a read by id gives it, archived and deleted ones too, ordered by id
    /// (lists of settings in their own order). Empty for an unknown organisation or resource.
    #[must_use]
    pub fn all(&self, tenant: &str, resource: &str) -> Vec<Value> {
        let Ok(org) = self.org(tenant) else { return Vec::new() };
        let documents = |credit: bool| {
            org.documents
                .values()
                .filter(|document| document.side.is_credit() == credit)
                .map(|document| documents::render(org, document, Shape::One, true))
                .collect()
        };
        match resource {
            "Contacts" => org.contacts.values().map(|row| contacts::render(org, row, contacts::Detail::Full)).collect(),
            "Items" => org.items.values().map(|item| items::render(item, true)).collect(),
            "Invoices" => documents(false),
            "CreditNotes" => documents(true),
            "Payments" => org.payments.values().map(|payment| payments::render(org, payment)).collect(),
            "Overpayments" | "Prepayments" => {
                let all = org.surpluses.iter().map(|surplus| surpluses::render(org, surplus));
                let id = if resource == "Overpayments" { "OverpaymentID" } else { "PrepaymentID" };
                all.filter(|row| row[id].is_string()).collect()
            }
            _ if SETTINGS.contains(&resource) => {
                let request = Request {
                    method: http::Method::GET,
                    path: String::new(),
                    query: vec![("includeArchived".to_owned(), "true".to_owned())],
                    headers: http::HeaderMap::new(),
                    body: Bytes::new(),
                };
                settings::read(org, resource, &[], &request, org.profile.created).map_or(Vec::new(), |(_, rows)| rows)
            }
            _ => Vec::new(),
        }
    }

    /// The ids of a resource's records (`Contacts`, `Items`, `Invoices`, `CreditNotes` or `Payments`), in order.
    #[must_use]
    pub fn ids(&self, tenant: &str, resource: &str) -> Vec<String> {
        let Ok(org) = self.org(tenant) else { return Vec::new() };
        let documents = |credit: bool| {
            let own = org.documents.values().filter(|document| document.side.is_credit() == credit);
            own.map(|document| document.id.clone()).collect()
        };
        match resource {
            "Contacts" => org.contacts.keys().cloned().collect(),
            "Items" => org.items.keys().cloned().collect(),
            "Payments" => org.payments.keys().cloned().collect(),
            "Invoices" => documents(false),
            "CreditNotes" => documents(true),
            _ => Vec::new(),
        }
    }

    /// Takes a contact, item or document away as if it had never been: so a demo company is set back. The API has no such
    /// call.
    ///
    /// # Errors
    /// When it is not there.
    pub fn forget(&mut self, tenant: &str, resource: &str, id: &str) -> Result<(), Refused> {
        if self.get(tenant, resource, id).is_none() {
            return refused(format!("{resource} has no {id}."));
        }
        let org = self.org_mut(tenant)?;
        match resource {
            "Contacts" => org.contacts.remove(id),
            "Items" => org.items.remove(id),
            _ => org.documents.remove(id),
        }
        Ok(())
    }

    /// The notes of a record, the newest first.
    #[must_use]
    pub fn notes(&self, tenant: &str, resource: &str, id: &str) -> Vec<Value> {
        self.org(tenant).ok().and_then(|org| crate::history::list(org, resource, id).ok()).unwrap_or_default()
    }

    /// Pays an approved invoice or bill from the first bank account; gives the payment.
    ///
    /// # Errors
    /// The API's messages.
    pub fn pay(
        &mut self,
        tenant: &str,
        invoice: &str,
        amount: Decimal,
        date: NaiveDate,
        now: DateTime<Utc>,
    ) -> Result<Value, Refused> {
        let account = self.org(tenant)?.accounts.iter().find(|account| account.kind == "BANK");
        let account = account.map(|account| account.id.clone());
        let payment = json!({
            "Invoice": { "InvoiceID": invoice },
            "Account": { "AccountID": account },
            "Date": date.to_string(),
            "Amount": crate::json::number(amount),
        });
        self.insert(tenant, "Payments", payment, now)
    }

    /// Credits an approved invoice or bill with an overpayment or a prepayment of its contact.
    ///
    /// # Errors
    /// There is no such approved document, or less is due.
    pub fn credit(
        &mut self,
        tenant: &str,
        invoice: &str,
        kind: SurplusKind,
        amount: Decimal,
        date: NaiveDate,
        now: DateTime<Utc>,
    ) -> Result<(), Refused> {
        let org = self.org_mut(tenant)?;
        let open = org.documents.get(invoice).filter(|document| document.status == "AUTHORISED");
        if open.is_none_or(|document| document.side.is_credit() || amount > document.due(org)) {
            return refused(format!("There is no open document {invoice} on which so much is due."));
        }
        let Some(document) = org.documents.get(invoice).cloned() else { return refused("It is gone.") };
        let applied = Applied { id: org.guids.guid(), invoice: invoice.to_owned(), amount, date };
        org.surpluses.push(Surplus {
            id: org.guids.guid(),
            kind,
            side: document.side,
            contact: document.contact,
            currency: document.currency,
            total: amount,
            date,
            applied: vec![applied],
            updated: now,
        });
        documents::settle(org, invoice, now);
        Ok(())
    }

    /// Books an overpayment or a prepayment of a customer (`sale`) or to a supplier, of which no invoice has anything yet;
    /// gives its id.
    ///
    /// # Errors
    /// There is no such contact.
    pub fn surplus(
        &mut self,
        tenant: &str,
        contact: &str,
        kind: SurplusKind,
        sale: bool,
        total: Decimal,
        now: DateTime<Utc>,
    ) -> Result<String, Refused> {
        let org = self.org_mut(tenant)?;
        if !org.contacts.contains_key(contact) {
            return refused(format!("There is no contact {contact}."));
        }
        let id = org.guids.guid();
        org.surpluses.push(Surplus {
            id: id.clone(),
            kind,
            side: if sale { Side::Accrec } else { Side::Accpay },
            contact: contact.to_owned(),
            currency: org.profile.base_currency.clone(),
            total,
            date: invoices::today(org, now),
            applied: Vec::new(),
            updated: now,
        });
        Ok(id)
    }

    /// Allocates an amount of a credit note to an invoice or bill.
    ///
    /// # Errors
    /// The API's messages.
    pub fn allocate(
        &mut self,
        tenant: &str,
        credit_note: &str,
        invoice: &str,
        amount: Decimal,
        now: DateTime<Utc>,
    ) -> Result<Value, Refused> {
        let allocation = json!({ "Invoice": { "InvoiceID": invoice }, "Amount": crate::json::number(amount) });
        let path = format!("CreditNotes/{credit_note}/Allocations");
        self.first(tenant, now, http::Method::PUT, &path, "Allocations", &allocation)
    }

    /// Deletes a payment.
    ///
    /// # Errors
    /// The API's messages.
    pub fn unpay(&mut self, tenant: &str, payment: &str, now: DateTime<Utc>) -> Result<Value, Refused> {
        self.update(tenant, "Payments", payment, json!({ "Status": "DELETED" }), now)
    }

    /// Marks a payment as reconciled with the bank: it can no longer be deleted.
    ///
    /// # Errors
    /// No such payment.
    pub fn reconcile(&mut self, tenant: &str, payment: &str, now: DateTime<Utc>) -> Result<(), Refused> {
        let known = self.org_mut(tenant)?.payments.change(payment, |row| {
            row.reconciled = true;
            row.updated = now;
        });
        if known { Ok(()) } else { refused(format!("There is no payment {payment}.")) }
    }

    /// Voids an approved invoice or bill, or deletes one that is not approved.
    ///
    /// # Errors
    /// The API's messages.
    pub fn void(&mut self, tenant: &str, invoice: &str, now: DateTime<Utc>) -> Result<Value, Refused> {
        let draft = self
            .org(tenant)?
            .documents
            .get(invoice)
            .is_some_and(|document| matches!(document.status.as_str(), "DRAFT" | "SUBMITTED"));
        let status = if draft { "DELETED" } else { "VOIDED" };
        self.update(tenant, "Invoices", invoice, json!({ "Status": status }), now)
    }

    /// Archives a contact.
    ///
    /// # Errors
    /// The API's messages.
    pub fn archive_contact(&mut self, tenant: &str, contact: &str, now: DateTime<Utc>) -> Result<(), Refused> {
        self.update(tenant, "Contacts", contact, json!({ "ContactStatus": "ARCHIVED" }), now).map(|_| ())
    }

    /// Restores an archived contact, which only a person in Xero can. Its name must be free.
    ///
    /// # Errors
    /// No such contact, or an active one has its name.
    pub fn restore_contact(&mut self, tenant: &str, contact: &str, now: DateTime<Utc>) -> Result<(), Refused> {
        let org = self.org_mut(tenant)?;
        let Some(name) = org.contacts.get(contact).map(|row| row.name().to_owned()) else {
            return refused(format!("There is no contact {contact}."));
        };
        if org.contacts.values().any(|row| !row.archived && row.id != contact && row.name() == name) {
            return refused("Another active contact has this name.");
        }
        org.contacts.change(contact, |row| {
            row.archived = false;
            row.merged_to = None;
            row.updated = now;
        });
        Ok(())
    }

    /// Merges one contact into another: the loser is archived and points to the winner, which gets its documents.
    ///
    /// # Errors
    /// No such contact, or both are the same.
    pub fn merge_contacts(
        &mut self,
        tenant: &str,
        loser: &str,
        winner: &str,
        now: DateTime<Utc>,
    ) -> Result<(), Refused> {
        let org = self.org_mut(tenant)?;
        if loser == winner || !org.contacts.contains_key(winner) {
            return refused(format!("There is no other contact {winner}."));
        }
        let known = org.contacts.change(loser, |row| {
            row.archived = true;
            row.merged_to = Some(winner.to_owned());
            row.updated = now;
        });
        if !known {
            return refused(format!("There is no contact {loser}."));
        }
        for surplus in org.surpluses.iter_mut().filter(|surplus| surplus.contact == loser) {
            winner.clone_into(&mut surplus.contact);
            surplus.updated = now;
        }
        let of_loser = org.documents.values().filter(|document| document.contact == loser);
        for id in of_loser.map(|document| document.id.clone()).collect::<Vec<_>>() {
            org.documents.change(&id, |document| {
                winner.clone_into(&mut document.contact);
                document.updated = now;
            });
        }
        Ok(())
    }

    /// Sets or clears the lock dates.
    ///
    /// # Errors
    /// No such organisation.
    pub fn set_lock_dates(
        &mut self,
        tenant: &str,
        period: Option<NaiveDate>,
        end_of_year: Option<NaiveDate>,
    ) -> Result<(), Refused> {
        let org = self.org_mut(tenant)?;
        org.period_lock = period;
        org.year_lock = end_of_year;
        Ok(())
    }

    /// Archives an account, by its code.
    ///
    /// # Errors
    /// No such account.
    pub fn archive_account(&mut self, tenant: &str, code: &str, now: DateTime<Utc>) -> Result<(), Refused> {
        let accounts = &mut self.org_mut(tenant)?.accounts;
        match accounts.iter_mut().find(|account| account.code.as_deref() == Some(code)) {
            Some(account) => {
                "ARCHIVED".clone_into(&mut account.status);
                account.updated = now;
                Ok(())
            }
            None => refused(format!("There is no account {code}.")),
        }
    }

    /// Archives an option of a tracking category, by their names, or the whole category (`option` is `None`). Lines keep
    /// what they have.
    ///
    /// # Errors
    /// No such category or option.
    pub fn archive_tracking(&mut self, tenant: &str, category: &str, option: Option<&str>) -> Result<(), Refused> {
        let known = self.org_mut(tenant)?.categories.iter_mut().find(|row| row.name == category);
        let status = match (known, option) {
            (Some(category), None) => Some(&mut category.status),
            (Some(category), Some(option)) => {
                category.options.iter_mut().find(|row| row.name == option).map(|row| &mut row.status)
            }
            (None, _) => None,
        };
        match status {
            Some(status) => {
                "ARCHIVED".clone_into(status);
                Ok(())
            }
            None => refused(format!("There is no {category} with {option:?}.")),
        }
    }

    /// Deletes a tax rate, by its type. It stays in the list with that status.
    ///
    /// # Errors
    /// No such tax rate.
    pub fn delete_tax_rate(&mut self, tenant: &str, tax_type: &str) -> Result<(), Refused> {
        match self.org_mut(tenant)?.tax_rates.iter_mut().find(|rate| rate.tax_type == tax_type) {
            Some(rate) => {
                "DELETED".clone_into(&mut rate.status);
                Ok(())
            }
            None => refused(format!("There is no tax rate {tax_type}.")),
        }
    }

    /// Sets how many documents the plan lets one approve in a calendar month.
    ///
    /// # Errors
    /// No such organisation.
    pub fn set_plan_limit(&mut self, tenant: &str, limit: PlanLimit) -> Result<(), Refused> {
        self.org_mut(tenant)?.plan = limit;
        Ok(())
    }

    /// Ends every connection to an organisation, as its owner can in Xero. Tokens still refresh.
    pub fn disconnect(&mut self, tenant: &str) {
        self.identity.connections.retain(|link| link.tenant != tenant);
    }

    /// True when an application is connected to the organisation.
    #[must_use]
    pub fn is_connected(&self, tenant: &str) -> bool {
        self.identity.connections.iter().any(|link| link.tenant == tenant)
    }

    /// Lets every access token expire now.
    pub fn expire_access_tokens(&mut self, now: DateTime<Utc>) {
        self.identity.expire_access(now);
    }

    /// Lets every refresh token die, as after 60 days without use.
    pub fn expire_refresh_tokens(&mut self) {
        self.identity.expire_refresh();
    }

    /// Sets the calls a day that each organisation allows.
    pub fn set_day_limit(&mut self, calls: u32) {
        self.limits.set_day(calls);
    }

    /// Chooses the answer to a list with `If-Modified-Since` of which nothing changed: an empty list, or 304. Both are
    /// known.
    pub fn set_not_modified(&mut self, not_modified: bool) {
        self.not_modified = not_modified;
    }

    /// Chooses the answers that nobody knows, in all organisations.
    pub fn set_answers(&mut self, answers: Answers) {
        self.identity.repeated = answers.repeated_consent;
        self.cache.memory = answers.key_memory;
        for org in &mut self.organisations {
            org.answers = answers;
        }
    }

    /// Chooses what becomes of characters that are no plain text, in all organisations.
    pub fn set_characters(&mut self, characters: Characters) {
        for org in &mut self.organisations {
            org.characters = characters;
        }
    }

    /// Answers every call with 503 and this text (`None` ends it): for one organisation, or for all of the API.
    /// Xero's texts: `The Xero API is currently offline for maintenance`, `The Xero API is temporarily unavailable`,
    /// `The Organisation is offline`.
    pub fn set_offline(&mut self, tenant: Option<&str>, text: Option<&str>) {
        let key = tenant.unwrap_or_default().to_owned();
        match text {
            Some(text) => self.offline.insert(key, text.to_owned()),
            None => self.offline.remove(&key),
        };
    }
}
