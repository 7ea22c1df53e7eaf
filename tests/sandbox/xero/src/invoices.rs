//! Writing and reading invoices, bills and credit notes: which document a write means, what it may change, and lists.

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use sandbox_kernel::Request;
use serde_json::{Value, json};

use crate::answers::{BillReference, PaidBills, UnseenChanges};
use crate::arithmetic::{AmountType, round};
use crate::batch::{self, Mode, Saved, Writing};
use crate::contacts;
use crate::dates;
use crate::documents::{self, Document, Shape, Side};
use crate::filter::{Fields, Kind, fold};
use crate::json::{self, Fault, Issues, Object, Rejection, invalid};
use crate::lines::{self, Context};
use crate::listing::{self, Listed, Page, Query};
use crate::organisation::Org;
use crate::table::Row;

const KNOWN: &[&str] = &[
    "Type",
    "Contact",
    "LineItems",
    "Date",
    "DateString",
    "DueDate",
    "DueDateString",
    "LineAmountTypes",
    "Reference",
    "BrandingThemeID",
    "CurrencyCode",
    "CurrencyRate",
    "Status",
    "SentToContact",
    "CISDeduction",
    "CISRate",
    "SubTotal",
    "TotalTax",
    "Total",
    "HasAttachments",
    "Payments",
    "UpdatedDateUTC",
    "UpdatedDateUTCString",
    "FullyPaidOnDate",
    "HasErrors",
    "StatusAttributeString",
    "ValidationErrors",
    "Warnings",
    "InvoiceAddresses",
];

const KNOWN_INVOICE: &[&str] = &[
    "InvoiceID",
    "InvoiceNumber",
    "Url",
    "ExpectedPaymentDate",
    "PlannedPaymentDate",
    "TotalDiscount",
    "RepeatingInvoiceID",
    "IsDiscounted",
    "Prepayments",
    "Overpayments",
    "AmountDue",
    "AmountPaid",
    "AmountCredited",
    "CreditNotes",
    "Attachments",
];

const KNOWN_CREDIT: &[&str] = &["CreditNoteID", "CreditNoteNumber", "RemainingCredit", "Allocations", "AppliedAmount"];

const STATUSES: &[&str] = &["DRAFT", "SUBMITTED", "AUTHORISED", "PAID", "VOIDED", "DELETED"];

const NOT_MODIFIABLE: &str = "Invoice not of valid status for modification";
const NOT_UNIQUE: &str = "Invoice # must be unique.";

pub(crate) const INVOICES: batch::Kind = batch::Kind {
    plural: "Invoices",
    id: "InvoiceID",
    has_errors: Some("HasErrors"),
    save: |org, writing, sent| save(org, writing, sent, false),
    render: written,
};

pub(crate) const CREDIT_NOTES: batch::Kind = batch::Kind {
    plural: "CreditNotes",
    id: "CreditNoteID",
    has_errors: Some("HasErrors"),
    save: |org, writing, sent| save(org, writing, sent, true),
    render: written,
};

fn written(org: &Org, writing: &Writing, id: &str) -> Value {
    let document = org.documents.get(id);
    document.map_or(Value::Null, |document| documents::render(org, document, Shape::Written, writing.four_decimals))
}

/// The day in the organisation's own time zone.
pub(crate) fn today(org: &Org, now: DateTime<Utc>) -> NaiveDate {
    now.with_timezone(&org.profile.zone()).date_naive()
}

fn side(sent: &Object, credit: bool) -> Result<Option<Side>, Fault> {
    let sides = if credit { [Side::AccrecCredit, Side::AccpayCredit] } else { [Side::Accrec, Side::Accpay] };
    let kind = if credit { "CreditNoteType" } else { "InvoiceType" };
    let name = json::choice(sent, "Type", kind, &sides.map(Side::name))?;
    Ok(name.and_then(|name| sides.into_iter().find(|side| side.name() == name)))
}

fn number_key(side: Side, number: &str) -> String {
    format!("#{} {}", side.name(), number.to_ascii_lowercase())
}

/// Under which key a contact's documents are found.
pub(crate) fn contact_key(contact: &str, side: Side) -> String {
    format!("c{} {contact}", side.name())
}

impl Row for Document {
    fn keys(&self) -> Vec<String> {
        vec![number_key(self.side, &self.number), contact_key(&self.contact, self.side)]
    }
}

impl Listed for Document {
    fn id(&self) -> &str {
        &self.id
    }

    fn updated(&self) -> DateTime<Utc> {
        self.updated
    }
}

/// The document with this number among those whose numbers are unique.
fn by_number<'a>(org: &'a Org, side: Side, number: &str) -> Option<&'a Document> {
    org.documents.with_key(&number_key(side, number)).next()
}

/// The document that a write means; `None` for a new one.
fn find(org: &Org, writing: &Writing, sent: &Object, credit: bool) -> Result<Option<Document>, Rejection> {
    let id = writing.path_id.clone().or(json::guid(sent, if credit { "CreditNoteID" } else { "InvoiceID" })?);
    if let Some(id) = id {
        return match org.documents.get(&id).filter(|document| document.side.is_credit() == credit) {
            Some(_) if writing.mode == Mode::Create => invalid("A document with this identifier already exists."),
            Some(document) => Ok(Some(document.clone())),
            None => Err(Fault::NotFound.into()),
        };
    }
    let number = json::text(sent, number_field(credit))?.filter(|number| !number.is_empty());
    match (side(sent, credit)?, number) {
        (Some(side), Some(number)) if side.is_sale() => match by_number(org, side, &number) {
            Some(_) if writing.mode == Mode::Create => invalid(NOT_UNIQUE),
            // Xero edits whichever document has the number, without a word.
            found => Ok(found.cloned()),
        },
        _ => Ok(None),
    }
}

fn number_field(credit: bool) -> &'static str {
    if credit { "CreditNoteNumber" } else { "InvoiceNumber" }
}

fn save(org: &mut Org, writing: &Writing, sent: &Object, credit: bool) -> Result<Saved, Rejection> {
    let old = find(org, writing, sent, credit)?;
    if old.as_ref().is_some_and(|old| matches!(old.status.as_str(), "VOIDED" | "DELETED")) {
        return invalid(NOT_MODIFIABLE);
    }
    if let Some(message) = old.as_ref().and_then(|old| org.lock_message(old.date)) {
        return invalid(message);
    }
    let mut issues = Issues::default();
    let mut warnings = Vec::new();
    let own = if credit { KNOWN_CREDIT } else { KNOWN_INVOICE };
    json::unknown(sent, &[KNOWN, own].concat(), &mut issues);
    let mut document = match &old {
        Some(old) => old.clone(),
        None => {
            let Some(side) = side(sent, credit)? else { return invalid("Type must be specified.") };
            blank(org, side, writing.now)
        }
    };
    header(org, writing, &mut document, old.as_ref(), sent, &mut issues)?;
    let status = status(org, old.as_ref(), sent, writing, document.side, &mut issues)?;
    let draft = status == "DRAFT";
    let advanced = old.as_ref().is_none_or(|old| old.status != status);
    document.status = status;
    read_lines(org, writing, &mut document, old.as_ref(), sent, &mut issues, &mut warnings)?;
    let ended = matches!(document.status.as_str(), "DELETED" | "VOIDED");
    if !ended && (sent.contains_key("LineItems") || advanced) {
        let amounts = document.amounts;
        lines::validate(org, document.side, amounts, draft, &mut document.lines, &mut issues, &mut warnings);
    }
    check_totals(&document, sent, &mut issues)?;
    if document.total() < Decimal::ZERO && !ended {
        issues.add("The Total for this document must be greater than or equal to zero.");
    }
    if !draft && !ended && !credit && document.due_date.is_none() {
        issues.add("Due Date must be specified.");
    }
    if let Some(message) = org.lock_message(document.date) {
        issues.add(message);
    }
    if let Some(old) = old.as_ref().filter(|old| old.status == "PAID" || old.is_settled_in_part(org)) {
        check_locked(org, old, &document, &mut issues);
    }
    issues.check()?;
    document.updated = match &old {
        Some(old) if is_unseen_change(org, old, &document) => old.updated,
        _ => writing.now,
    };
    if document.number.is_empty() && document.side.is_sale() {
        document.number = next_number(org, document.side);
    }
    if document.status == "AUTHORISED" && advanced {
        let day = today(org, writing.now);
        org.approvals.push((day, document.side));
    }
    // There is nothing left to pay.
    if document.status == "AUTHORISED" && document.total().is_zero() && !credit {
        "PAID".clone_into(&mut document.status);
    }
    let id = document.id.clone();
    org.documents.insert(id.clone(), document);
    Ok(Saved { id, warnings })
}

fn blank(org: &mut Org, side: Side, now: DateTime<Utc>) -> Document {
    Document {
        id: org.guids.guid(),
        side,
        contact: String::new(),
        number: String::new(),
        reference: String::new(),
        date: today(org, now),
        due_date: None,
        status: "DRAFT".to_owned(),
        amounts: AmountType::Exclusive,
        lines: Vec::new(),
        currency: String::new(),
        rate: Decimal::ONE,
        theme: if side.is_sale() { org.themes.first().map(|theme| theme.id.clone()) } else { None },
        url: None,
        sent: false,
        expected: None,
        planned: None,
        by_app: true,
        repeating: None,
        updated: now,
    }
}

/// Numbers that somebody took already are passed over.
fn next_number(org: &mut Org, side: Side) -> String {
    let prefix = if side == Side::Accrec { "INV" } else { "CN" };
    loop {
        let next = org.next_number.entry(side).or_insert(0);
        *next += 1;
        let number = format!("{prefix}-{next:04}");
        if by_number(org, side, &number).is_none() {
            return number;
        }
    }
}

fn header(
    org: &mut Org,
    writing: &Writing,
    document: &mut Document,
    old: Option<&Document>,
    sent: &Object,
    issues: &mut Issues,
) -> Result<(), Rejection> {
    let credit = document.side.is_credit();
    if let Some(side) = side(sent, credit)?
        && side != document.side
    {
        issues.add("The type of a document cannot be changed.");
    }
    match json::object(sent, "Contact")? {
        Some(contact) => {
            document.contact =
                contacts::of_document(org, contact, old.map(|old| old.contact.as_str()), writing.now, issues)?;
        }
        None if old.is_none() => issues.add("A Contact must be specified for this type of transaction"),
        None => {}
    }
    if let Some(number) = json::text(sent, number_field(credit))? {
        json::limit(&number, number_field(credit), 255, issues);
        let other = org.documents.with_key(&number_key(document.side, &number)).any(|other| other.id != document.id);
        if document.side.is_sale() && !number.is_empty() && other {
            issues.add(NOT_UNIQUE);
        }
        if !number.is_empty() || !document.side.is_sale() {
            document.number = number;
        }
    }
    let keeps = document.side.is_sale() || org.answers.bill_reference == BillReference::Kept;
    if let Some(reference) = json::text(sent, "Reference")?.filter(|_| keeps) {
        json::limit(&reference, "Reference", 255, issues);
        document.reference = reference;
    }
    if let Some(date) = json::date(sent, "Date")? {
        document.date = date;
    }
    for (name, field) in [
        ("DueDate", &mut document.due_date),
        ("ExpectedPaymentDate", &mut document.expected),
        ("PlannedPaymentDate", &mut document.planned),
    ] {
        if let Some(date) = json::date(sent, name)? {
            *field = Some(date);
        }
    }
    match json::choice(sent, "LineAmountTypes", "LineAmountType", &["Exclusive", "Inclusive", "NoTax"])?.as_deref() {
        Some("Exclusive") => document.amounts = AmountType::Exclusive,
        Some("Inclusive") => document.amounts = AmountType::Inclusive,
        Some(_) => document.amounts = AmountType::NoTax,
        None => {}
    }
    if let Some(theme) = json::guid(sent, "BrandingThemeID")? {
        if !org.themes.iter().any(|row| row.id == theme) {
            issues.add("The branding theme does not exist.");
        }
        document.theme = Some(theme);
    }
    if let Some(url) = json::text(sent, "Url")? {
        if !url.is_empty() && (url::Url::parse(&url).is_err() || url.to_ascii_lowercase().contains("xero")) {
            issues.add("Url must be a valid absolute URL");
        }
        document.url = Some(url).filter(|url| !url.is_empty());
    }
    if let Some(flag) = json::boolean(sent, "SentToContact")? {
        document.sent = flag;
    }
    currency(org, document, old, sent, issues)
}

fn currency(
    org: &Org,
    document: &mut Document,
    old: Option<&Document>,
    sent: &Object,
    issues: &mut Issues,
) -> Result<(), Rejection> {
    let code = json::text(sent, "CurrencyCode")?.filter(|code| !code.is_empty());
    if let Some(code) = code {
        document.currency = code;
    } else if document.currency.is_empty() {
        let own = org.contacts.get(&document.contact).map_or("", |contact| contact.text("DefaultCurrency"));
        document.currency = if own.is_empty() { org.profile.base_currency.clone() } else { own.to_owned() };
    }
    if !org.subscribed(&document.currency) {
        issues.add(format!("Organisation is not subscribed to currency {}", document.currency));
    }
    let same = old.is_some_and(|old| old.currency == document.currency);
    document.rate = match json::decimal(sent, "CurrencyRate")? {
        _ if document.currency == org.profile.base_currency => Decimal::ONE,
        Some(rate) if rate > Decimal::ZERO => round(rate, 6),
        _ if same => document.rate,
        _ => org.day_rate(&document.currency),
    };
    Ok(())
}

/// The status that the document will have: what is sent, if its table allows it.
fn status(
    org: &Org,
    old: Option<&Document>,
    sent: &Object,
    writing: &Writing,
    side: Side,
    issues: &mut Issues,
) -> Result<String, Rejection> {
    let asked = json::choice(sent, "Status", "InvoiceStatus", STATUSES)?;
    let before = old.map(|old| old.status.as_str());
    let Some(asked) = asked.filter(|asked| Some(asked.as_str()) != before) else {
        return Ok(before.unwrap_or("DRAFT").to_owned());
    };
    if let Some(old) = old.filter(|old| old.is_settled_in_part(org)) {
        if matches!(asked.as_str(), "DRAFT" | "SUBMITTED" | "AUTHORISED" | "VOIDED") {
            issues.add(format!(
                "The status {asked} cannot be applied to the invoice because it has payments or credit notes allocated to it."
            ));
        } else {
            issues.add(NOT_MODIFIABLE);
        }
        return Ok(old.status.clone());
    }
    let allowed = match before {
        None => &["DRAFT", "SUBMITTED", "AUTHORISED"][..],
        Some("DRAFT" | "SUBMITTED") => &["DRAFT", "SUBMITTED", "AUTHORISED", "DELETED"][..],
        Some("AUTHORISED") => &["VOIDED"][..],
        Some(_) => &[][..],
    };
    if !allowed.contains(&asked.as_str()) {
        issues.add(if old.is_none() { "Invoice not of valid status for creation" } else { NOT_MODIFIABLE });
    } else if asked == "AUTHORISED" && org.plan_reached(side, today(org, writing.now)) {
        issues.add("You have reached the limit of invoices you can approve");
    }
    Ok(asked)
}

fn read_lines(
    org: &mut Org,
    writing: &Writing,
    document: &mut Document,
    old: Option<&Document>,
    sent: &Object,
    issues: &mut Issues,
    warnings: &mut Vec<String>,
) -> Result<(), Rejection> {
    let context = Context { side: document.side, amounts: document.amounts, four_decimals: writing.four_decimals };
    match json::list(sent, "LineItems")? {
        Some(rows) => {
            let before = old.map_or(&[][..], |old| old.lines.as_slice());
            document.lines = lines::apply(org, &context, before, &rows, issues, warnings)?;
        }
        None if old.is_some_and(|old| old.amounts != document.amounts) => {
            let amounts = document.amounts;
            document.lines.iter_mut().for_each(|line| lines::compute(org, amounts, line));
        }
        None => {}
    }
    if document.lines.is_empty() {
        issues.add("One or more line items must be specified");
    }
    Ok(())
}

fn check_totals(document: &Document, sent: &Object, issues: &mut Issues) -> Result<(), Fault> {
    // Totals that come back with the lines they were read with are no claim about new lines.
    if sent.contains_key("LineItems") && json::decimal(sent, "Total")?.is_some_and(|total| total != document.total()) {
        issues.add("The document total does not equal the sum of the lines");
    }
    Ok(())
}

/// Money was applied: only what is not about money may change.
fn check_locked(org: &Org, old: &Document, new: &Document, issues: &mut Issues) {
    let lines = old.lines.len() == new.lines.len()
        && old.lines.iter().zip(&new.lines).all(|(old, new)| old.financial() == new.financial());
    let header = (old.date, old.amounts, &old.currency, old.rate) == (new.date, new.amounts, &new.currency, new.rate);
    let contact = old.contact == new.contact || old.credited(org).is_zero();
    let bill = old.side == Side::Accpay && org.answers.paid_bills == PaidBills::Nothing;
    if !(lines && header && contact) || bill && old != new {
        issues.add("This document cannot be edited as it has a payment or credit note allocated to it.");
    }
}

/// The changes that `UpdatedDateUTC` does not tell: due date and sent mark on part-paid documents, account codes of lines.
fn is_unseen_change(org: &Org, old: &Document, new: &Document) -> bool {
    if old == new || org.answers.unseen_changes == UnseenChanges::None {
        return false;
    }
    let mut masked = new.clone();
    if old.is_settled_in_part(org) {
        masked.due_date = old.due_date;
        masked.sent = old.sent;
    }
    if masked.lines.len() == old.lines.len() {
        for (line, old) in masked.lines.iter_mut().zip(&old.lines) {
            line.account.clone_from(&old.account);
        }
    }
    masked == *old
}

pub(crate) const FIELDS: Fields = &[
    ("InvoiceID", Kind::Guid),
    ("InvoiceNumber", Kind::Text),
    ("Type", Kind::Text),
    ("Status", Kind::Text),
    ("Reference", Kind::Text),
    ("Date", Kind::Date),
    ("DueDate", Kind::Date),
    ("UpdatedDateUTC", Kind::Date),
    ("AmountDue", Kind::Number),
    ("AmountPaid", Kind::Number),
    ("AmountCredited", Kind::Number),
    ("Total", Kind::Number),
    ("SubTotal", Kind::Number),
    ("TotalTax", Kind::Number),
    ("CurrencyCode", Kind::Text),
    ("Url", Kind::Text),
    ("SentToContact", Kind::Flag),
    ("Contact.ContactID", Kind::Guid),
    ("Contact.Name", Kind::Text),
    ("Contact.ContactNumber", Kind::Text),
];

const CREDIT_FIELDS: Fields = &[
    ("CreditNoteID", Kind::Guid),
    ("CreditNoteNumber", Kind::Text),
    ("Type", Kind::Text),
    ("Status", Kind::Text),
    ("Reference", Kind::Text),
    ("Date", Kind::Date),
    ("UpdatedDateUTC", Kind::Date),
    ("Total", Kind::Number),
    ("RemainingCredit", Kind::Number),
    ("Contact.ContactID", Kind::Guid),
    ("Contact.Name", Kind::Text),
    ("Contact.ContactNumber", Kind::Text),
];

/// `GET /Invoices`.
pub(crate) fn list(org: &Org, request: &Request) -> Result<Page, Fault> {
    let summary = listing::flag(request, "summaryOnly");
    let statuses = listing::comma_list(request, "Statuses");
    let query = Query::read(request, "Invoice", FIELDS, summary || statuses.is_some())?;
    let shape = match (summary, query.is_paged()) {
        (true, _) => Shape::Summary,
        (false, true) => Shape::Paged,
        (false, false) => Shape::Unpaged,
    };
    let ids = listing::guid_list(request, "IDs")?;
    let numbers = listing::comma_list(request, "InvoiceNumbers");
    let contact_ids = listing::guid_list(request, "ContactIDs")?;
    let by_app = listing::flag(request, "createdByMyApp");
    let term = request.query("searchTerm").map(fold).filter(|term| !term.is_empty());
    let any = |list: &Option<Vec<String>>, value: &str| {
        list.as_ref().is_none_or(|list| list.iter().any(|item| item.eq_ignore_ascii_case(value)))
    };
    let found = |document: &Document| {
        let contact = org.contacts.get(&document.contact).map_or("", |contact| contact.name());
        term.as_ref().is_none_or(|term| {
            [document.number.as_str(), &document.reference, contact].iter().any(|text| fold(text).contains(term))
        })
    };
    let rows = org
        .documents
        .values()
        .filter(|document| !document.side.is_credit())
        .filter(|document| any(&ids, &document.id) && any(&numbers, &document.number))
        .filter(|document| any(&contact_ids, &document.contact) && any(&statuses, &document.status))
        .filter(|document| (document.by_app || !by_app) && found(document))
        .collect();
    let four_decimals = listing::four_decimals(request);
    query.run(rows, |document, path| field(org, document, path), |document| row(org, document, shape, four_decimals))
}

/// The value of a field that a list can be filtered and ordered by.
fn field(org: &Org, document: &Document, path: &str) -> Value {
    let contact = org.contacts.get(&document.contact);
    match path {
        "InvoiceID" | "CreditNoteID" => json!(document.id),
        "InvoiceNumber" | "CreditNoteNumber" => json!(document.number),
        "Type" => json!(document.side.name()),
        "Status" => json!(document.status),
        "Reference" => json!(document.reference),
        "Date" => json!(dates::day(document.date)),
        "DueDate" => document.due_date.map_or(Value::Null, |due| json!(dates::day(due))),
        "UpdatedDateUTC" => json!(dates::moment(document.updated)),
        "CurrencyCode" => json!(document.currency),
        "Url" => json!(document.url),
        "SentToContact" => json!(document.sent),
        "Contact.ContactID" => json!(document.contact),
        "Contact.Name" => json!(contact.map(|contact| contact.name())),
        "Contact.ContactNumber" => json!(contact.and_then(|contact| contact.number.as_ref())),
        "Total" => json::number(document.total()),
        "SubTotal" => json::number(document.sub_total()),
        "TotalTax" => json::number(document.total_tax()),
        "AmountPaid" => json::number(document.paid(org)),
        "AmountCredited" => json::number(document.credited(org)),
        // AmountDue and RemainingCredit.
        _ => json::number(document.due(org)),
    }
}

fn row(org: &Org, document: &Document, shape: Shape, four_decimals: bool) -> Value {
    let mut value = documents::render(org, document, shape, four_decimals);
    // Lists can be filtered by the contact's number, so it is there although the rest of the contact is not.
    if let Some(number) = org.contacts.get(&document.contact).and_then(|contact| contact.number.clone()) {
        value["Contact"]["ContactNumber"] = Value::String(number);
    }
    value
}

/// `GET /CreditNotes`.
pub(crate) fn list_credit_notes(org: &Org, request: &Request) -> Result<Page, Fault> {
    let query = Query::read(request, "CreditNote", CREDIT_FIELDS, false)?;
    let shape = if query.is_paged() { Shape::Paged } else { Shape::Unpaged };
    let rows = org.documents.values().filter(|document| document.side.is_credit()).collect();
    let four_decimals = listing::four_decimals(request);
    query.run(rows, |document, path| field(org, document, path), |document| row(org, document, shape, four_decimals))
}

/// `GET /Invoices/{InvoiceID or InvoiceNumber}` and the same of credit notes.
pub(crate) fn one<'a>(org: &'a Org, key: &str, credit: bool) -> Option<&'a Document> {
    let own = |document: &&Document| document.side.is_credit() == credit;
    org.documents.get(&key.to_ascii_lowercase()).filter(own).or_else(|| {
        let side = if credit { Side::AccrecCredit } else { Side::Accrec };
        by_number(org, side, key)
    })
}
