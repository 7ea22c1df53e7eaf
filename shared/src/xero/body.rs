//! The elements that are sent: whole on create, only what changed on update.
//!
//! Never sent: LineAmount, TaxAmount, totals, inventory fields, and any field of a document's contact but its id.
//! What is empty is left out on create; on update an emptied text is sent as `""`, never as null.

use super::natural_key;
use super::read::{array, line as read_line, slot, text};
use super::tracking::{self, TRACKING};
use crate::link::FieldKey;
use crate::module::{Kind, Module};
use crate::plan::Inputs;
use crate::problem;
use crate::record::{
    Address, Discount, Document, Item, Line, LineAmountTypes, Party, Person, Record, Seen, Side, decimal, number,
};
use rust_decimal::Decimal;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Builds the element of a contact, item, invoice or bill. `changed` is none on create, else the fields that go to
/// Xero. When any line changed, all lines go, each with its LineItemID, since Xero deletes the lines that are left
/// out: what did not change on a line goes as it stands in Xero, and lines that were added in Xero stay.
#[must_use]
pub fn body(inputs: &Inputs, target: &Record, line_keys: &[String], changed: Option<&BTreeSet<FieldKey>>) -> Value {
    let mut body = Body { inputs, changed, fields: Map::new() };
    let id_field = match inputs.module.kind() {
        Kind::Party => "ContactID",
        Kind::Item => "ItemID",
        Kind::Document => "InvoiceID",
    };
    if changed.is_some() {
        let linked = || inputs.link.and_then(|link| link.xero_id.as_ref()).map(|id| id.as_str().to_owned());
        if let Some(id) = inputs.xero.and_then(|element| text(element, id_field)).or_else(linked) {
            body.fields.insert(id_field.to_owned(), json!(id));
        }
    }
    match target {
        Record::Party(party) => body.party(party, target),
        Record::Item(item) => body.item(item),
        Record::Document(document) => body.document(document, line_keys),
    }
    Value::Object(body.fields)
}

/// Which LineItemID stands for which line key: as the link remembers it, or by position where a document was found
/// in Xero and its lines are not linked yet.
#[must_use]
pub fn line_map(inputs: &Inputs, line_keys: &[String]) -> BTreeMap<String, String> {
    let known = inputs.link.map(|link| &link.lines).filter(|lines| !lines.is_empty());
    let rows = inputs.xero.map(|element| array(element, "LineItems")).unwrap_or_default();
    match known {
        Some(lines) => lines.clone(),
        None => {
            line_keys.iter().zip(rows).filter_map(|(key, row)| Some((key.clone(), text(row, "LineItemID")?))).collect()
        }
    }
}

struct Body<'a> {
    inputs: &'a Inputs<'a>,
    changed: Option<&'a BTreeSet<FieldKey>>,
    fields: Map<String, Value>,
}

impl Body<'_> {
    fn wants(&self, key: &str) -> bool {
        self.changed.is_none_or(|changed| changed.contains(key))
    }

    fn wants_any(&self, prefix: &str) -> bool {
        self.changed.is_none_or(|changed| changed.iter().any(|key| key.starts_with(prefix)))
    }

    /// Sets a text; empty ones only on update, where they empty the field.
    fn text(&mut self, key: &str, name: &str, value: &Seen<String>) {
        if !self.wants(key) {
            return;
        }
        match value {
            Seen::Value(Some(text)) => self.set(name, json!(text)),
            Seen::Value(None) if self.changed.is_some() => self.set(name, json!("")),
            _ => {}
        }
    }

    fn set(&mut self, name: &str, value: Value) {
        self.fields.insert(name.to_owned(), value);
    }

    fn party(&mut self, party: &Party, target: &Record) {
        if self.changed.is_none()
            && let Some(id) = text(&self.inputs.crm.record, "id")
        {
            let key = natural_key(self.inputs.module, &id, target);
            self.set("ContactNumber", json!(key));
        }
        self.text("name", "Name", &party.name);
        self.text("account_number", "AccountNumber", &party.account_number);
        self.text("person.first_name", "FirstName", &party.person.first_name);
        self.text("person.last_name", "LastName", &party.person.last_name);
        self.text("person.email", "EmailAddress", &party.person.email);
        self.text("tax_number", "TaxNumber", &party.tax_number);
        // A default currency can be set but not taken away.
        if party.currency.get().is_some() {
            self.text("currency", "DefaultCurrency", &party.currency);
        }
        if let (true, Some(people)) = (self.wants("people"), party.people.get())
            && (self.changed.is_some() || !people.is_empty())
        {
            let people = people.iter().map(|person| self.person(person)).collect();
            self.set("ContactPersons", Value::Array(people));
        }
        let phones: Vec<Value> = [
            ("phone", "DEFAULT", &party.phone),
            ("direct", "DDI", &party.direct),
            ("mobile", "MOBILE", &party.mobile),
            ("fax", "FAX", &party.fax),
        ]
        .into_iter()
        .filter(|(key, ..)| self.wants(key))
        .filter_map(|(_, kind, value)| self.phone(kind, value))
        .collect();
        if !phones.is_empty() {
            self.set("Phones", Value::Array(phones));
        }
        let addresses: Vec<Value> = [("billing", "POBOX", &party.billing), ("shipping", "STREET", &party.shipping)]
            .into_iter()
            .filter_map(|(key, kind, address)| self.address(key, kind, address))
            .collect();
        if !addresses.is_empty() {
            self.set("Addresses", Value::Array(addresses));
        }
    }

    /// A further person, with the tick that Xero keeps for those whom it has already.
    fn person(&self, person: &Person) -> Value {
        let mut fields = Map::new();
        for (name, value) in
            [("FirstName", &person.first_name), ("LastName", &person.last_name), ("EmailAddress", &person.email)]
        {
            if let Some(text) = value.get() {
                fields.insert(name.to_owned(), json!(text));
            }
        }
        let present = self.inputs.xero.map(|contact| array(contact, "ContactPersons")).unwrap_or_default();
        let included = present
            .iter()
            .find(|row| text(row, "EmailAddress").as_ref() == person.email.get() && person.email.get().is_some())
            .and_then(|row| row.get("IncludeInEmails"))
            .filter(|ticked| ticked.is_boolean());
        if let Some(ticked) = included {
            fields.insert("IncludeInEmails".to_owned(), ticked.clone());
        }
        Value::Object(fields)
    }

    /// A phone slot. The whole number goes into one part, so on update the other parts are emptied.
    fn phone(&self, kind: &str, value: &Seen<String>) -> Option<Value> {
        match (value, self.changed) {
            (Seen::Value(Some(number)), None) => Some(json!({"PhoneType": kind, "PhoneNumber": number})),
            (Seen::Value(number), Some(_)) => Some(json!({
                "PhoneType": kind,
                "PhoneNumber": number.as_deref().unwrap_or_default(),
                "PhoneAreaCode": "",
                "PhoneCountryCode": "",
            })),
            _ => None,
        }
    }

    /// An address slot, whole: what did not change goes as it stands in Xero.
    fn address(&self, key: &str, kind: &str, address: &Address) -> Option<Value> {
        if !self.wants_any(&format!("{key}.")) {
            return None;
        }
        let present = self.inputs.xero.and_then(|contact| slot(contact, "Addresses", "AddressType", kind));
        let mut fields = Map::new();
        let mut any = false;
        let mut set = |name: String, part: &str, value: Option<&str>, seen: bool| {
            let now = present.and_then(|slot| text(slot, &name));
            let value = if seen && self.wants(&format!("{key}.{part}")) { value.map(str::to_owned) } else { now };
            match value {
                Some(value) if !value.is_empty() => {
                    any = true;
                    fields.insert(name, json!(value));
                }
                _ if self.changed.is_some() => {
                    fields.insert(name, json!(""));
                }
                _ => {}
            }
        };
        let lines: Vec<&str> = address.street.get().map(|street| street.lines().collect()).unwrap_or_default();
        for at in 0..4 {
            set(format!("AddressLine{}", at + 1), "street", lines.get(at).copied(), address.street.is_seen());
        }
        for (name, part, value) in [
            ("City", "city", &address.city),
            ("Region", "state", &address.state),
            ("PostalCode", "postal_code", &address.postal_code),
            ("Country", "country", &address.country),
        ] {
            set(name.to_owned(), part, value.get().map(String::as_str), value.is_seen());
        }
        if let Some(attention) = present.and_then(|slot| text(slot, "AttentionTo")) {
            fields.insert("AttentionTo".to_owned(), json!(attention));
        }
        (any || self.changed.is_some()).then(|| {
            fields.insert("AddressType".to_owned(), json!(kind));
            Value::Object(fields)
        })
    }

    fn item(&mut self, item: &Item) {
        // Xero wants the code with every write.
        match item.code.get().cloned().or_else(|| self.inputs.xero.and_then(|element| text(element, "Code"))) {
            Some(code) if self.wants("code") => self.set("Code", json!(code)),
            code => {
                let current = self.inputs.xero.and_then(|element| text(element, "Code")).or(code);
                if let Some(current) = current {
                    self.set("Code", json!(current));
                }
            }
        }
        self.text("name", "Name", &item.name);
        self.text("description", "Description", &item.description);
        self.text("purchase.description", "PurchaseDescription", &item.purchase.description);
        self.side("sales", "SalesDetails", &item.sales, false);
        self.side("purchase", "PurchaseDetails", &item.purchase, item.tracked);
    }

    /// One side's details, whole: what did not change goes as it stands in Xero. Of a tracked item the purchase
    /// account belongs to the inventory and is never sent.
    fn side(&mut self, key: &str, name: &str, side: &Side, tracked: bool) {
        let parts = ["unit_price", "account_code", "tax_type"];
        if !parts.iter().any(|part| self.wants(&format!("{key}.{part}"))) {
            return;
        }
        let present = self.inputs.xero.and_then(|element| element.get(name));
        let now =
            |field: &str| present.and_then(|details| details.get(field)).filter(|value| !value.is_null()).cloned();
        let price = if self.wants(&format!("{key}.unit_price")) {
            side.unit_price.get().copied().map(number)
        } else {
            now("UnitPrice")
        };
        let account = if self.wants(&format!("{key}.account_code")) {
            side.account_code.get().map(|code| json!(code)).or_else(|| now("AccountCode"))
        } else {
            now("AccountCode")
        };
        let tax = if self.wants(&format!("{key}.tax_type")) {
            side.tax_type.get().map(|tax| json!(tax)).or_else(|| now("TaxType"))
        } else {
            now("TaxType")
        };
        let fields: Map<String, Value> =
            [("UnitPrice", price), ("AccountCode", account.filter(|_| !tracked)), ("TaxType", tax)]
                .into_iter()
                .filter_map(|(name, value)| Some((name.to_owned(), value?)))
                .collect();
        if !fields.is_empty() {
            self.set(name, Value::Object(fields));
        }
    }

    fn document(&mut self, document: &Document, line_keys: &[String]) {
        let sales = self.inputs.module == Module::Invoices;
        if self.changed.is_none() {
            self.set("Type", json!(if sales { "ACCREC" } else { "ACCPAY" }));
            if let Some(url) = self.url() {
                self.set("Url", json!(url));
            }
        }
        if let (true, Some(contact)) = (self.wants("party"), document.party.get()) {
            self.set("Contact", json!({"ContactID": contact}));
        }
        if document.number.get().is_some() {
            self.text("number", "InvoiceNumber", &document.number);
        }
        if sales {
            self.text("reference", "Reference", &document.reference);
        }
        for (key, name, value) in [("date", "Date", &document.date), ("due_date", "DueDate", &document.due_date)] {
            if let (true, Some(day)) = (self.wants(key), value.get()) {
                self.set(name, json!(day.format("%Y-%m-%d").to_string()));
            }
        }
        if let (true, Some(currency)) = (self.wants("currency"), document.currency.get()) {
            self.set("CurrencyCode", json!(currency));
            if let Some(rate) = self.currency_rate(currency) {
                self.set("CurrencyRate", number(rate));
            }
        }
        if document.branding.get().is_some() {
            self.text("branding", "BrandingThemeID", &document.branding);
        }
        self.status(document);
        let types_change = self.wants("line_amount_types");
        let lines_change = self.wants_any("lines.") || self.wants_any(TRACKING);
        if let (true, Some(types)) = (types_change || lines_change, document.line_amount_types.get()) {
            let now = self.inputs.xero.and_then(|element| text(element, "LineAmountTypes"));
            let types = match types {
                LineAmountTypes::Exclusive => "Exclusive",
                LineAmountTypes::Inclusive => "Inclusive",
                LineAmountTypes::NoTax => "NoTax",
            };
            self.set(
                "LineAmountTypes",
                if types_change { json!(types) } else { json!(now.as_deref().unwrap_or(types)) },
            );
        }
        if (types_change || lines_change)
            && let Some(lines) = document.lines.get()
        {
            let rows = self.lines(lines, line_keys, &document.tracking);
            self.set("LineItems", Value::Array(rows));
        }
    }

    /// The status of the plan; an edit of an approved document must say again that it is approved.
    fn status(&mut self, document: &Document) {
        let amount =
            |field: &str| self.inputs.xero.and_then(|element| element.get(field)).and_then(decimal).unwrap_or_default();
        let untouched = amount("AmountPaid").is_zero() && amount("AmountCredited").is_zero();
        let approved = self.inputs.xero.and_then(|element| text(element, "Status")).as_deref() == Some("AUTHORISED");
        match document.status.get() {
            Some(status) if self.wants("status") => self.set("Status", json!(status)),
            _ if self.changed.is_some() && approved && untouched => self.set("Status", json!("AUTHORISED")),
            _ => {}
        }
    }

    /// The record's address in the CRM. Xero takes no URL with its own name in it.
    fn url(&self) -> Option<String> {
        let id = text(&self.inputs.crm.record, "id")?;
        let url = problem::place_crm(self.inputs.crm_organisation, self.inputs.module, id, "").url;
        let url = url.address()?;
        (!url.to_ascii_lowercase().contains("xero")).then(|| url.to_owned())
    }

    /// The CRM's exchange rate, where the settings send it.
    fn currency_rate(&self, currency: &str) -> Option<Decimal> {
        super::rate::sent(self.inputs, currency)
    }

    fn lines(&self, lines: &[Line], line_keys: &[String], tracking: &BTreeMap<String, Seen<String>>) -> Vec<Value> {
        // New lines get all of it, those that are there what changed.
        let options = |new: bool| -> BTreeMap<&str, Option<&str>> {
            let wanted = tracking.iter().filter(|(category, _)| new || self.wants(&format!("{TRACKING}{category}")));
            wanted.map(|(category, option)| (category.as_str(), option.get().map(String::as_str))).collect()
        };
        let (of_new, of_present) = (options(true), options(false));
        let tracked = |row: Value, now: Option<&Value>| {
            let options = if now.is_some() { &of_present } else { &of_new };
            let mut row = row;
            let entries = tracking::row(now, options, self.inputs.xero_organisation);
            if let (Value::Object(fields), Some(entries)) = (&mut row, entries) {
                fields.insert("Tracking".to_owned(), entries);
            }
            row
        };
        let Some(changed) = self.changed else {
            return lines.iter().map(|line| tracked(row(line, None, &|_| true), None)).collect();
        };
        let present = self.inputs.xero.map(|element| array(element, "LineItems")).unwrap_or_default();
        let ids = line_map(self.inputs, line_keys);
        let touched = |key: &str| {
            let prefix = format!("lines.{key}.");
            changed.iter().any(|changed| changed.starts_with(&prefix))
        };
        // (place among Xero's lines, row); a new line takes the place of the line before it.
        let mut rows: Vec<(usize, Value)> = Vec::new();
        let mut place = 0;
        for (line, key) in lines.iter().zip(line_keys) {
            let id = ids.get(key);
            let at = present.iter().position(|row| id.is_some() && text(row, "LineItemID").as_ref() == id);
            let now = at.and_then(|at| present.get(at));
            if now.is_none() && !touched(key) {
                // It was deleted in Xero, or does not go there, and that stands.
                continue;
            }
            place = at.unwrap_or(place);
            let row = row(line, now, &|part| changed.contains(&format!("lines.{key}.{part}")));
            rows.push((place, tracked(row, now)));
        }
        let mut kept: Vec<(usize, Value)> = present
            .iter()
            .enumerate()
            .filter(|(_, row)| {
                let Some(id) = text(row, "LineItemID") else { return false };
                match ids.iter().find(|(_, known)| **known == id) {
                    // A line of the CRM's that is gone there goes here only when the plan says so.
                    Some((key, _)) => !line_keys.contains(key) && !touched(key),
                    None => !touched(&format!("xero:{id}")),
                }
            })
            .map(|(at, row)| (at, echo(row)))
            .collect();
        rows.append(&mut kept);
        if !changed.contains("lines.order") {
            rows.sort_by_key(|(place, _)| *place);
        }
        rows.into_iter().map(|(_, row)| row).collect()
    }
}

/// A line as it stands in Xero, with everything that can be sent.
fn echo(present: &Value) -> Value {
    let line = read_line(present, None);
    row(&line, Some(present), &|_| false)
}

/// Whether a discount takes as much off a line in Xero as the one that the line has there.
fn same_discount(now: &Line, discount: Option<Discount>) -> bool {
    now.discount_amount() == Line { discount, ..now.clone() }.discount_amount()
}

/// One line. Parts that did not change go as they stand in Xero.
fn row(line: &Line, present: Option<&Value>, changed: &dyn Fn(&str) -> bool) -> Value {
    let now = present.map(|row| read_line(row, None));
    let fresh = |part: &str| now.is_none() || changed(part);
    let pick = |part: &str, target: &Option<String>, now_value: Option<&Option<String>>| {
        if fresh(part) { target.clone() } else { now_value.cloned().flatten() }
    };
    let code = pick("code", &line.code, now.as_ref().map(|now| &now.code));
    let mut fields = Map::new();
    let mut set = |name: &str, value: Value| {
        fields.insert(name.to_owned(), value);
    };
    // An item can't be taken off a line, so such a line is replaced by a new one.
    let loses_code = code.is_none() && now.as_ref().is_some_and(|now| now.code.is_some());
    if let (Some(id), false) = (present.and_then(|row| text(row, "LineItemID")), loses_code) {
        set("LineItemID", json!(id));
    }
    if let Some(code) = code {
        set("ItemCode", json!(code));
    }
    if let Some(text) = pick("description", &line.description, now.as_ref().map(|now| &now.description)) {
        set("Description", json!(text));
    }
    match present.filter(|_| !fresh("quantity") && !fresh("unit_price")) {
        // As they stand: a line of text alone has neither.
        Some(present) => {
            for name in ["Quantity", "UnitAmount"] {
                if let Some(figure) = present.get(name).and_then(decimal) {
                    set(name, number(figure));
                }
            }
        }
        None => {
            let quantity = now.as_ref().filter(|_| !fresh("quantity")).map_or(line.quantity, |now| now.quantity);
            let price = now.as_ref().filter(|_| !fresh("unit_price")).map_or(line.unit_price, |now| now.unit_price);
            set("Quantity", number(quantity));
            set("UnitAmount", number(price));
        }
    }
    // The rate that is read back is rounded, so the CRM's own is sent where both mean the same.
    let discount = match &now {
        Some(now) if !fresh("discount") && !same_discount(now, line.discount) => now.discount,
        _ => line.discount,
    };
    match discount {
        Some(Discount::Percent(rate)) => set("DiscountRate", number(rate)),
        Some(Discount::Amount(amount)) => set("DiscountAmount", number(amount)),
        None if now.as_ref().is_some_and(|now| now.discount.is_some()) => set("DiscountRate", json!(0)),
        None => {}
    }
    if let Some(account) = pick("account_code", &line.account_code, now.as_ref().map(|now| &now.account_code)) {
        set("AccountCode", json!(account));
    }
    if let Some(tax) = pick("tax_type", &line.tax_type, now.as_ref().map(|now| &now.tax_type)) {
        set("TaxType", json!(tax));
    }
    let tracking = present.map(|row| array(row, "Tracking")).unwrap_or_default();
    if !tracking.is_empty() {
        set("Tracking", Value::Array(tracking.to_vec()));
    }
    Value::Object(fields)
}
