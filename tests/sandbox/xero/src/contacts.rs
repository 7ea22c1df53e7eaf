//! Contacts: names and numbers that must be unique, people, fixed slots of phones and addresses, archiving and merging.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use sandbox_kernel::Request;
use serde_json::{Value, json};

use crate::answers::{ContactNames, Countries};
use crate::batch::{self, Mode, Saved, Writing};
use crate::dates;
use crate::documents::Side;
use crate::filter::{Fields, Kind, fold};
use crate::invoices;
use crate::json::{self, Fault, Issues, Object, Place, Rejection, invalid};
use crate::listing::{self, Listed, Page, Query};
use crate::organisation::Org;
use crate::surpluses::Surplus;
use crate::table::Row;

/// The plain text fields and their lengths.
const TEXTS: &[(&str, usize)] = &[
    ("Name", 255),
    ("AccountNumber", 50),
    ("FirstName", 255),
    ("LastName", 255),
    ("CompanyNumber", 50),
    ("EmailAddress", 255),
    ("BankAccountDetails", 255),
    ("TaxNumber", 50),
    ("TaxNumberType", 10),
    ("AccountsReceivableTaxType", 50),
    ("AccountsPayableTaxType", 50),
    ("SalesDefaultLineAmountType", 10),
    ("PurchasesDefaultLineAmountType", 10),
    ("DefaultCurrency", 3),
    ("XeroNetworkKey", 50),
    ("SalesDefaultAccountCode", 10),
    ("PurchasesDefaultAccountCode", 10),
    ("TrackingCategoryName", 100),
    ("TrackingCategoryOption", 100),
];

const ADDRESS: &[(&str, usize)] = &[
    ("AddressLine1", 500),
    ("AddressLine2", 500),
    ("AddressLine3", 500),
    ("AddressLine4", 500),
    ("City", 255),
    ("Region", 255),
    ("PostalCode", 50),
    ("Country", 50),
    ("AttentionTo", 255),
];

const PHONE: &[(&str, usize)] = &[("PhoneNumber", 50), ("PhoneAreaCode", 10), ("PhoneCountryCode", 20)];

/// The four slots, in the order in which Xero tends to give them.
const PHONE_TYPES: &[&str] = &["DDI", "DEFAULT", "FAX", "MOBILE"];
const ADDRESS_TYPES: &[&str] = &["STREET", "POBOX"];
const MAX_PERSONS: usize = 5;

/// What a contact knows besides [`TEXTS`]; the second half is read-only and ignored.
const OTHERS: &[&str] = &[
    "ContactID",
    "ContactNumber",
    "ContactStatus",
    "ContactPersons",
    "Addresses",
    "Phones",
    "PaymentTerms",
    "SalesTrackingCategories",
    "PurchasesTrackingCategories",
    "MergedToContactID",
    "IsSupplier",
    "IsCustomer",
    "UpdatedDateUTC",
    "ContactGroups",
    "Website",
    "BrandingTheme",
    "BatchPayments",
    "Discount",
    "Balances",
    "Attachments",
    "HasAttachments",
    "ValidationErrors",
    "HasValidationErrors",
    "StatusAttributeString",
    "Warnings",
];

pub(crate) const FIELDS: Fields = &[
    ("ContactID", Kind::Guid),
    ("Name", Kind::Text),
    ("ContactNumber", Kind::Text),
    ("AccountNumber", Kind::Text),
    ("EmailAddress", Kind::Text),
    ("FirstName", Kind::Text),
    ("LastName", Kind::Text),
    ("ContactStatus", Kind::Text),
    ("CompanyNumber", Kind::Text),
    ("TaxNumber", Kind::Text),
    ("DefaultCurrency", Kind::Text),
    ("IsCustomer", Kind::Flag),
    ("IsSupplier", Kind::Flag),
    ("UpdatedDateUTC", Kind::Date),
];

/// A further person of a contact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Person {
    first: String,
    last: String,
    email: String,
    in_emails: bool,
}

/// A contact.
#[derive(Debug, Clone)]
pub(crate) struct Contact {
    pub(crate) id: String,
    pub(crate) number: Option<String>,
    pub(crate) archived: bool,
    pub(crate) merged_to: Option<String>,
    texts: BTreeMap<&'static str, String>,
    persons: Vec<Person>,
    /// Slot, then field.
    phones: BTreeMap<&'static str, BTreeMap<&'static str, String>>,
    addresses: BTreeMap<&'static str, BTreeMap<&'static str, String>>,
    terms: Option<Value>,
    tracking: BTreeMap<&'static str, Value>,
    pub(crate) updated: DateTime<Utc>,
}

impl Contact {
    pub(crate) fn text(&self, name: &str) -> &str {
        self.texts.get(name).map_or("", String::as_str)
    }

    pub(crate) fn name(&self) -> &str {
        self.text("Name")
    }
}

fn number_key(number: &str) -> String {
    format!("#{number}")
}

fn name_key(name: &str) -> String {
    format!("n{}", fold(name))
}

/// The key of an account number, which is one number whatever its case.
fn account_number_key(number: &str) -> String {
    format!("a{}", fold(number))
}

impl Row for Contact {
    fn keys(&self) -> Vec<String> {
        let number = self.number.as_deref().map(number_key);
        let account_number = Some(self.text("AccountNumber")).filter(|number| !number.is_empty());
        let account_number = account_number.map(account_number_key);
        number.into_iter().chain(account_number).chain([name_key(self.name())]).collect()
    }
}

impl Listed for Contact {
    fn id(&self) -> &str {
        &self.id
    }

    fn updated(&self) -> DateTime<Utc> {
        self.updated
    }
}

const ARCHIVED: &str = "The specified contact details matched an archived contact. Archived contacts cannot currently be edited via the API.";
const UNIDENTIFIED: &str = "The Contact must contain at least 1 of the following elements to identify the contact: Name, ContactID, ContactNumber";
const ARCHIVED_FOR_DOCUMENT: &str = "The contact with the specified contact details has been archived. The contact must be un-archived before creating new invoices or credit notes";

pub(crate) const KIND: batch::Kind = batch::Kind {
    plural: "Contacts",
    id: "ContactID",
    has_errors: Some("HasValidationErrors"),
    save,
    render: |org, _, id| org.contacts.get(id).map_or(Value::Null, |contact| render(org, contact, Detail::Full)),
};

/// How much of a contact an answer shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Detail {
    /// By id, by number, or in a page.
    Full,
    /// In a list without pages.
    Subset,
    /// With `summaryOnly`.
    Summary,
    /// Inside a document of a list.
    Nested,
}

/// The id of the contact that an element names, or `None` for a new one.
fn find(org: &Org, writing: &Writing, sent: &Object) -> Result<Option<String>, Rejection> {
    let id = writing.path_id.clone().or(json::guid(sent, "ContactID")?);
    if let Some(id) = id {
        // A contact number may stand in the path.
        return match org.contacts.get(&id).or_else(|| by_number(org, &id)) {
            Some(_) if writing.mode == Mode::Create => invalid("A contact with this ContactID already exists."),
            Some(contact) => Ok(Some(contact.id.clone())),
            None => Err(Fault::NotFound.into()),
        };
    }
    let number = json::text(sent, "ContactNumber")?.filter(|number| !number.is_empty());
    let name = json::text(sent, "Name")?.filter(|name| !name.is_empty());
    if writing.mode == Mode::Create {
        return Ok(None);
    }
    let found = match (&number, &name) {
        (Some(number), _) => by_number(org, number),
        (None, Some(name)) => by_name(org, name),
        (None, None) => return invalid(UNIDENTIFIED),
    };
    Ok(found.map(|contact| contact.id.clone()))
}

/// The active contact of this name.
fn by_name<'a>(org: &'a Org, name: &str) -> Option<&'a Contact> {
    org.contacts.with_key(&name_key(name)).find(|contact| !contact.archived)
}

/// The contact with this number, archived ones too.
fn by_number<'a>(org: &'a Org, number: &str) -> Option<&'a Contact> {
    org.contacts.with_key(&number_key(number)).next()
}

fn save(org: &mut Org, writing: &Writing, sent: &Object) -> Result<Saved, Rejection> {
    let found = find(org, writing, sent)?;
    let mut issues = Issues::default();
    let known: Vec<&str> = OTHERS.iter().copied().chain(TEXTS.iter().map(|(name, _)| *name)).collect();
    json::unknown(sent, &known, &mut issues);
    let mut contact = match found.as_ref().and_then(|id| org.contacts.get(id)) {
        Some(contact) if contact.archived => return invalid(ARCHIVED),
        Some(contact) => contact.clone(),
        None => Contact {
            id: org.guids.guid(),
            number: None,
            archived: false,
            merged_to: None,
            texts: BTreeMap::new(),
            persons: Vec::new(),
            phones: BTreeMap::new(),
            addresses: BTreeMap::new(),
            terms: None,
            tracking: BTreeMap::new(),
            updated: writing.now,
        },
    };
    apply(org, &mut contact, sent, &mut issues)?;
    issues.check()?;
    contact.updated = writing.now;
    let id = contact.id.clone();
    org.contacts.insert(id.clone(), contact);
    Ok(id.into())
}

fn apply(org: &Org, contact: &mut Contact, sent: &Object, issues: &mut Issues) -> Result<(), Rejection> {
    for (name, max) in TEXTS {
        if let Some(value) = json::text(sent, name)? {
            json::limit(&value, name, *max, issues);
            contact.texts.insert(name, value);
        }
    }
    check_name(org, contact, issues);
    check_number(org, contact, sent, issues)?;
    check_account_number(org, contact, issues);
    check_codes(org, contact, issues);
    if !email_is_valid(contact.text("EmailAddress")) {
        issues.add("Email address must be valid");
    }
    match json::choice(sent, "ContactStatus", "ContactStatus", &["ACTIVE", "ARCHIVED", "GDPRREQUEST"])?.as_deref() {
        Some("ARCHIVED") => contact.archived = true,
        Some("GDPRREQUEST") => issues.add("The status 'GDPRREQUEST' is not valid for contacts"),
        _ => {}
    }
    apply_persons(contact, sent, issues)?;
    let countries = org.answers.countries;
    apply_slots(&mut contact.phones, sent, "Phones", "PhoneType", PHONE_TYPES, PHONE, countries, issues)?;
    apply_slots(&mut contact.addresses, sent, "Addresses", "AddressType", ADDRESS_TYPES, ADDRESS, countries, issues)?;
    if let Some(terms) = json::object(sent, "PaymentTerms")? {
        contact.terms = Some(payment_terms(terms)?);
    }
    for name in ["SalesTrackingCategories", "PurchasesTrackingCategories"] {
        if let Some(rows) = json::list(sent, name)? {
            contact.tracking.insert(name, rows.into_iter().cloned().map(Value::Object).collect());
        }
    }
    Ok(())
}

fn check_name(org: &Org, contact: &Contact, issues: &mut Issues) {
    let name = contact.name();
    if name.is_empty() {
        issues.add(UNIDENTIFIED);
    }
    if name.contains(['<', '>']) {
        issues.add("The contact name must not contain < or >.");
    }
    if name.trim() != name || name.contains("  ") {
        issues.add("The contact name must not have leading, trailing or repeated spaces.");
    }
    let unique = org.answers.contact_names == ContactNames::Unique;
    if unique && by_name(org, name).is_some_and(|other| other.id != contact.id) {
        issues.add(format!(
            "The contact name {name} is already assigned to another contact. The contact name must be unique across all active contacts."
        ));
    }
}

fn check_number(org: &Org, contact: &mut Contact, sent: &Object, issues: &mut Issues) -> Result<(), Rejection> {
    let Some(number) = json::text(sent, "ContactNumber")? else { return Ok(()) };
    json::limit(&number, "ContactNumber", 50, issues);
    let taken = |other: &Contact| other.id != contact.id;
    if !number.is_empty() && org.contacts.with_key(&number_key(&number)).any(taken) {
        issues.add("Another contact has this contact number. Please enter a different contact number.");
    }
    contact.number = Some(number).filter(|number| !number.is_empty());
    Ok(())
}

/// An account number is unique over all contacts, archived ones too (reports of those who were refused one:
/// calcinai/xero-php#880).
fn check_account_number(org: &Org, contact: &Contact, issues: &mut Issues) {
    let number = contact.text("AccountNumber");
    let taken = |other: &Contact| other.id != contact.id;
    if !number.is_empty() && org.contacts.with_key(&account_number_key(number)).any(taken) {
        issues.add("The Account Number already exists. Please enter a different Account Number.");
    }
}

fn check_codes(org: &Org, contact: &Contact, issues: &mut Issues) {
    let currency = contact.text("DefaultCurrency");
    if !currency.is_empty() && !org.subscribed(currency) {
        issues.add(format!("Organisation is not subscribed to currency {currency}"));
    }
    for name in ["AccountsReceivableTaxType", "AccountsPayableTaxType"] {
        let code = contact.text(name);
        if !code.is_empty() && org.tax_rate(code).is_none_or(|rate| rate.status != "ACTIVE") {
            issues
                .add(format!("The TaxType code {code} does not exist or cannot be used for this type of transaction."));
        }
    }
    for name in ["SalesDefaultAccountCode", "PurchasesDefaultAccountCode"] {
        let code = contact.text(name);
        if !code.is_empty() && org.account(code).is_none_or(|account| !account.is_active()) {
            issues.add(format!("Account code '{code}' is not a valid code for this document"));
        }
    }
}

fn apply_persons(contact: &mut Contact, sent: &Object, issues: &mut Issues) -> Result<(), Rejection> {
    let Some(rows) = json::list(sent, "ContactPersons")? else { return Ok(()) };
    if rows.len() > MAX_PERSONS {
        issues.add("A contact can have at most 5 additional people.");
    }
    if !rows.is_empty() && contact.text("EmailAddress").is_empty() {
        issues.add("Additional people cannot be added when the primary person has no email address set.");
    }
    contact.persons.clear();
    for row in rows {
        json::unknown(row, &["FirstName", "LastName", "EmailAddress", "IncludeInEmails"], issues);
        let person = Person {
            first: json::text(row, "FirstName")?.unwrap_or_default(),
            last: json::text(row, "LastName")?.unwrap_or_default(),
            email: json::text(row, "EmailAddress")?.unwrap_or_default(),
            in_emails: json::boolean(row, "IncludeInEmails")?.unwrap_or_default(),
        };
        for (name, value) in [("FirstName", &person.first), ("LastName", &person.last), ("EmailAddress", &person.email)]
        {
            json::limit(value, name, 255, issues);
        }
        if !email_is_valid(&person.email) {
            issues.add("Email address must be valid");
        }
        contact.persons.push(person);
    }
    Ok(())
}

/// Merges slots by their type. What a sent slot leaves out stays as it is.
#[expect(clippy::too_many_arguments, reason = "each is a part of what a kind of slot is")]
fn apply_slots(
    slots: &mut BTreeMap<&'static str, BTreeMap<&'static str, String>>,
    sent: &Object,
    list: &str,
    key: &str,
    types: &'static [&'static str],
    fields: &'static [(&'static str, usize)],
    countries: Countries,
    issues: &mut Issues,
) -> Result<(), Rejection> {
    for (position, row) in json::list(sent, list)?.unwrap_or_default().into_iter().enumerate() {
        let known: Vec<&str> = fields.iter().map(|(name, _)| *name).chain([key, "ValidationErrors"]).collect();
        json::unknown(row, &known, issues);
        let Some(kind) = json::choice(row, key, key, types)? else {
            issues.add(format!("{key} must be specified."));
            continue;
        };
        let Some(slot) = types.iter().find(|slot| **slot == kind) else { continue };
        let slot = slots.entry(slot).or_default();
        for (name, max) in fields {
            let Some(value) = json::text(row, name)? else { continue };
            let mut found = Issues::default();
            json::limit(&value, name, *max, &mut found);
            if *name == "Country"
                && !value.chars().all(|c| {
                    c.is_alphabetic()
                        || c == ' '
                        || (countries == Countries::Punctuated && matches!(c, '-' | '\'' | '.' | ','))
                })
            {
                found.add("Country must contain letters only.");
            }
            let place = if list == "Addresses" { Place::Address(position) } else { Place::Top };
            found.0.into_iter().for_each(|issue| issues.add_at(place, issue.message));
            slot.insert(name, value);
        }
    }
    Ok(())
}

fn payment_terms(sent: &Object) -> Result<Value, Fault> {
    const TYPES: &[&str] = &["DAYSAFTERBILLDATE", "DAYSAFTERBILLMONTH", "OFCURRENTMONTH", "OFFOLLOWINGMONTH"];
    let mut out = json!({});
    for side in ["Bills", "Sales"] {
        if let Some(term) = json::object(sent, side)? {
            let day = json::decimal(term, "Day")?.unwrap_or_default().trunc().normalize();
            let day = day.to_string().parse().map_or(Value::Null, Value::Number);
            out[side] = json!({ "Day": day, "Type": json::choice(term, "Type", "PaymentTermType", TYPES)? });
        }
    }
    Ok(out)
}

/// Empty, or something at a domain, in ASCII.
fn email_is_valid(email: &str) -> bool {
    let Some((local, domain)) = email.split_once('@') else { return email.is_empty() };
    email.is_ascii()
        && !local.is_empty()
        && domain.contains('.')
        && !domain.starts_with('.')
        && !domain.ends_with('.')
        && !email.contains("..")
        && !email.contains(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | '<' | '>' | '(' | ')'))
        && !domain.contains('@')
}

/// The contact of a document: found by id, number or name, or created by name. More than an identification edits it.
/// `keep` is the document's contact so far: it may be archived.
pub(crate) fn of_document(
    org: &mut Org,
    sent: &Object,
    keep: Option<&str>,
    now: DateTime<Utc>,
    issues: &mut Issues,
) -> Result<String, Rejection> {
    if json::text(sent, "ContactStatus")?.as_deref() == Some("ARCHIVED") {
        issues.add_at(Place::Contact, "The status 'ARCHIVED' is not valid for contacts");
    }
    let number = json::text(sent, "ContactNumber")?.filter(|number| !number.is_empty());
    let name = json::text(sent, "Name")?.filter(|name| !name.is_empty());
    let (found, identifying): (Option<&Contact>, &str) = match json::guid(sent, "ContactID")? {
        Some(id) => (Some(org.contacts.get(&id).ok_or(Fault::NotFound)?), "ContactID"),
        None => match (&number, &name) {
            (Some(number), _) => (by_number(org, number), "ContactNumber"),
            (None, Some(name)) => (by_name(org, name), "Name"),
            (None, None) => {
                issues.add(UNIDENTIFIED);
                return Ok(String::new());
            }
        },
    };
    let found = found.map(|contact| (contact.id.clone(), contact.archived));
    if let Some((id, true)) = &found {
        if keep != Some(id.as_str()) {
            issues.add(ARCHIVED_FOR_DOCUMENT);
        }
        return Ok(id.clone());
    }
    let read_only = |field: &str| {
        OTHERS.iter().skip_while(|known| **known != "MergedToContactID").any(|known| *known == field)
            || matches!(field, "ContactID" | "ContactNumber" | "ContactStatus")
    };
    let extra = sent.keys().any(|field| field != identifying && !read_only(field));
    match found {
        Some((id, _)) if !extra => Ok(id),
        found => {
            let mut edit = sent.clone();
            // What is not listed is deleted: a document's contact counts as the whole of its people.
            edit.entry("ContactPersons").or_insert_with(|| json!([]));
            edit.remove("ContactID");
            edit.remove("ContactStatus");
            let path_id = found.map(|(id, _)| id);
            let mode = if path_id.is_some() { Mode::Upsert } else { Mode::Create };
            match save(org, &Writing { mode, now, four_decimals: false, path_id }, &edit) {
                Ok(saved) => Ok(saved.id),
                Err(Rejection::Invalid(found)) => {
                    found.0.into_iter().for_each(|issue| issues.add_at(Place::Contact, issue.message));
                    Ok(String::new())
                }
                Err(fault) => Err(fault),
            }
        }
    }
}

/// A contact as an answer shows it.
pub(crate) fn render(org: &Org, contact: &Contact, detail: Detail) -> Value {
    let mut row = json!({
        "ContactID": contact.id,
        "Name": contact.name(),
        "ContactStatus": if contact.archived { "ARCHIVED" } else { "ACTIVE" },
        "HasValidationErrors": false,
    });
    if detail == Detail::Nested {
        for list in [
            "Addresses",
            "Phones",
            "ContactGroups",
            "ContactPersons",
            "SalesTrackingCategories",
            "PurchasesTrackingCategories",
        ] {
            row[list] = json!([]);
        }
        return row;
    }
    for (name, value) in &contact.texts {
        let dropped = detail == Detail::Summary && name.contains("Default") && *name != "DefaultCurrency";
        if !value.is_empty() && !dropped {
            row[*name] = json!(value);
        }
    }
    for name in ["FirstName", "LastName", "EmailAddress", "BankAccountDetails"] {
        row[name] = json!(contact.text(name));
    }
    if let Some(number) = &contact.number {
        row["ContactNumber"] = json!(number);
    }
    row["UpdatedDateUTC"] = json!(dates::moment(contact.updated));
    row["HasAttachments"] = json!(false);
    row["Phones"] = slots(&contact.phones, "PhoneType", PHONE_TYPES, PHONE, &[]);
    if detail == Detail::Summary {
        return row;
    }
    row["Addresses"] = slots(&contact.addresses, "AddressType", ADDRESS_TYPES, ADDRESS, ADDRESS_ALWAYS);
    row["IsCustomer"] = json!(has_documents(org, &contact.id, Side::Accrec));
    row["IsSupplier"] = json!(has_documents(org, &contact.id, Side::Accpay));
    row["ContactGroups"] = json!([]);
    for name in ["SalesTrackingCategories", "PurchasesTrackingCategories"] {
        row[name] = contact.tracking.get(name).cloned().unwrap_or_else(|| json!([]));
    }
    row["ContactPersons"] = json!([]);
    if detail == Detail::Full {
        let person = |person: &Person| {
            json!({
                "FirstName": person.first,
                "LastName": person.last,
                "EmailAddress": person.email,
                "IncludeInEmails": person.in_emails,
            })
        };
        row["ContactPersons"] = contact.persons.iter().map(person).collect();
        if let Some(terms) = &contact.terms {
            row["PaymentTerms"] = terms.clone();
        }
        if let Some(winner) = &contact.merged_to {
            row["MergedToContactID"] = json!(winner);
        }
        if let Some(balances) = balances(org, &contact.id) {
            row["Balances"] = balances;
        }
    }
    row
}

/// The address fields that Xero gives even when they are empty.
const ADDRESS_ALWAYS: &[&str] = &["City", "Region", "PostalCode", "Country"];

fn slots(
    stored: &BTreeMap<&'static str, BTreeMap<&'static str, String>>,
    key: &str,
    types: &[&str],
    fields: &[(&'static str, usize)],
    always: &[&str],
) -> Value {
    types
        .iter()
        .map(|kind| {
            let mut row = json!({ key: kind });
            for (name, _) in fields {
                let value = stored.get(kind).and_then(|slot| slot.get(name)).map_or("", String::as_str);
                if !value.is_empty() || key == "PhoneType" || always.contains(name) {
                    row[*name] = json!(value);
                }
            }
            row
        })
        .collect()
}

fn has_documents(org: &Org, contact: &str, side: Side) -> bool {
    org.documents.with_key(&invoices::contact_key(contact, side)).next().is_some()
}

/// What the contact owes and is owed on approved documents; absent when nothing is open.
fn balances(org: &Org, contact: &str) -> Option<Value> {
    let documents = |side: Side| {
        let approved = org.documents.with_key(&invoices::contact_key(contact, side));
        approved
            .filter(|document| document.status == "AUTHORISED")
            .map(|document| document.due(org))
            .sum::<rust_decimal::Decimal>()
    };
    // What credit notes, overpayments and prepayments still hold is owed the other way.
    let surpluses = |sale: bool| {
        let own = org.surpluses.iter().filter(|surplus| surplus.contact == contact && surplus.side.is_sale() == sale);
        own.map(Surplus::remaining).sum::<rust_decimal::Decimal>()
    };
    let open = |side: Side, credit: Side| documents(side) - documents(credit) - surpluses(side.is_sale());
    let (receivable, payable) = (open(Side::Accrec, Side::AccrecCredit), open(Side::Accpay, Side::AccpayCredit));
    if receivable.is_zero() && payable.is_zero() {
        return None;
    }
    let side =
        |amount| json!({ "Outstanding": json::number(amount), "Overdue": json::number(rust_decimal::Decimal::ZERO) });
    Some(json!({ "AccountsReceivable": side(receivable), "AccountsPayable": side(payable) }))
}

/// `GET /Contacts`.
pub(crate) fn list(org: &Org, request: &Request) -> Result<Page, Fault> {
    let summary = listing::flag(request, "summaryOnly");
    let query = Query::read(request, "Contact", FIELDS, summary)?;
    let ids = listing::guid_list(request, "IDs")?;
    let archived = listing::flag(request, "includeArchived");
    let term = request.query("searchTerm").map(fold).filter(|term| !term.is_empty());
    let detail = match (summary, query.is_paged()) {
        (true, _) => Detail::Summary,
        (false, true) => Detail::Full,
        (false, false) => Detail::Subset,
    };
    let matches = |contact: &Contact| {
        let texts = ["Name", "FirstName", "LastName", "CompanyNumber", "EmailAddress"];
        term.as_ref().is_none_or(|term| {
            texts.iter().any(|name| fold(contact.text(name)).contains(term))
                || contact.number.as_deref().is_some_and(|number| fold(number).contains(term))
        })
    };
    let rows = org
        .contacts
        .values()
        .filter(|contact| archived || !contact.archived)
        .filter(|contact| ids.as_ref().is_none_or(|ids| ids.contains(&contact.id)))
        .filter(|contact| matches(contact))
        .collect();
    query.run(rows, |contact, path| field(org, contact, path), |contact| render(org, contact, detail))
}

/// The value of one of [`FIELDS`].
fn field(org: &Org, contact: &Contact, path: &str) -> Value {
    match path {
        "ContactID" => json!(contact.id),
        "ContactNumber" => json!(contact.number),
        "ContactStatus" => json!(if contact.archived { "ARCHIVED" } else { "ACTIVE" }),
        "IsCustomer" => json!(has_documents(org, &contact.id, Side::Accrec)),
        "IsSupplier" => json!(has_documents(org, &contact.id, Side::Accpay)),
        "UpdatedDateUTC" => json!(dates::moment(contact.updated)),
        "FirstName" | "LastName" | "EmailAddress" => json!(contact.text(path)),
        text => contact.texts.get(text).filter(|text| !text.is_empty()).map_or(Value::Null, |text| json!(text)),
    }
}

/// `GET /Contacts/{ContactID or ContactNumber}`: archived and merged ones too.
pub(crate) fn one(org: &Org, key: &str) -> Option<Value> {
    let found = org.contacts.get(&key.to_ascii_lowercase()).or_else(|| by_number(org, key));
    found.map(|contact| render(org, contact, Detail::Full))
}
