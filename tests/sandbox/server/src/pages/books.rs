//! The pages of the stand-in Xero.
//!
//! | Address | Page |
//! |---|---|
//! | `/books` | the organisations |
//! | `/books/{tenant}/{contacts, items, invoices, bills}` | a list |
//! | `/books/{tenant}/accounts` | the chart of accounts; an account that is in use has a button that archives it |
//! | `/books/{tenant}/taxes` | the tax rates; one that is in use has a button that deletes it |
//! | `/books/{tenant}/contacts/{ContactID}` and so on | one record: fields, lines, totals, payments, history |
//! | `/books/online/{InvoiceID}` | what a customer sees behind an online invoice link |
//! | `/books/app/{ShortCode}/invoicing/view/{InvoiceID}`, `…/contacts/contact/{ContactID}`, `/books/organisationlogin/default.aspx?shortcode=…&redirecturl=…` | Xero's own deep links, with and without `/books` |
//!
//! A document that is awaiting payment has buttons that record a payment and void it, as a person would in Xero.
//!
//! Stable names (`data-testid`): `organisation-{CountryCode}`, `nav-{list}`, `rows`, `row-{id}`, `field-{Field}`,
//! `lines`, `total-{Field}`, `payments`, `history`, `status`, `pay-amount`, `pay`, `void`, `archive-{Code}`,
//! `delete-{TaxType}`, `problem`, `pay-online`.

use bytes::Bytes;
use http::{Response, StatusCode};
use sandbox_kernel::Request;
use sandbox_xero::Organisation;
use serde_json::Value;

use super::html::{self, Bar, Link, amount, escape, plain, segment};
use crate::world::World;

/// The lists of an organisation: name in the address, resource, title.
const LISTS: [(&str, &str, &str); 6] = [
    ("contacts", "Contacts", "Contacts"),
    ("items", "Items", "Products and services"),
    ("invoices", "Invoices", "Sales invoices"),
    ("bills", "Invoices", "Bills"),
    ("accounts", "Accounts", "Chart of accounts"),
    ("taxes", "TaxRates", "Tax rates"),
];

/// Answers a request below `/books`, or one of Xero's own deep links; `path` holds the segments.
pub(crate) fn respond(world: &mut World, request: &Request, path: &[&str]) -> Response<Bytes> {
    let organisation = |world: &World, tenant: &str| {
        world.xero.organisations().into_iter().find(|organisation| organisation.tenant == tenant)
    };
    match (request.method.as_str(), path) {
        ("GET", []) => home(world, request),
        ("GET", ["app", short_code, "invoicing", "view", id]) => deep_link(world, request, short_code, "invoices", id),
        ("GET", ["app", short_code, "contacts", "contact", id]) => {
            deep_link(world, request, short_code, "contacts", id)
        }
        ("GET", ["organisationlogin", "default.aspx"]) => organisation_login(world, request),
        ("GET", ["online", id]) => online(world, request, id),
        ("GET", [tenant, list]) => {
            match (organisation(world, tenant), LISTS.iter().find(|(name, _, _)| name == list)) {
                (Some(organisation), Some(_)) => rows(world, request, &organisation, list, None),
                _ => missing(request),
            }
        }
        ("GET", [tenant, list, id]) if !is_setting(list) => match organisation(world, tenant) {
            Some(organisation) => record(world, request, &organisation, list, id, None),
            None => missing(request),
        },
        ("POST", [tenant, list @ ("invoices" | "bills"), id, action]) => match organisation(world, tenant) {
            Some(organisation) => act(world, request, &organisation, list, id, action),
            None => missing(request),
        },
        ("POST", [tenant, list, id, action @ ("archive" | "delete")]) if is_setting(list) => {
            match organisation(world, tenant) {
                Some(organisation) => end_setting(world, request, &organisation, id, action),
                None => missing(request),
            }
        }
        _ => missing(request),
    }
}

fn page(
    request: &Request,
    status: StatusCode,
    title: &str,
    organisation: Option<(&Organisation, &str)>,
    body: &str,
) -> Response<Bytes> {
    let theme = html::theme(request);
    let mut links: Vec<Link> = organisation
        .into_iter()
        .flat_map(|(organisation, current)| {
            LISTS.iter().map(move |(name, _, title)| {
                Link::new(format!("/books/{}/{name}", organisation.tenant), *title, *name == current)
            })
        })
        .collect();
    links.push(Link::new("/books", "Organisations", false));
    links.push(Link::new("/crm", "CRM stand-in", false));
    let site = match organisation {
        Some((organisation, _)) => format!("Xero stand-in: {}", organisation.name),
        None => "Xero stand-in".to_owned(),
    };
    let bar = Bar { site: &site, home: "/books", links, end: html::theme_switch(theme) };
    html::page(status, title, theme, &bar, body)
}

fn missing(request: &Request) -> Response<Bytes> {
    let body = "<h1>Not found</h1><p data-testid=\"problem\">There is no such page or record.</p>";
    page(request, StatusCode::NOT_FOUND, "Not found", None, body)
}

fn home(world: &World, request: &Request) -> Response<Bytes> {
    let cards: String = world
        .xero
        .organisations()
        .iter()
        .map(|organisation| {
            let links: String = LISTS
                .iter()
                .map(|(name, _, title)| {
                    format!(
                        "<li><a href=\"/books/{}/{name}\" data-testid=\"nav-{}-{name}\">{title}</a></li>",
                        organisation.tenant,
                        escape(&organisation.country)
                    )
                })
                .collect();
            format!(
                "<section class=\"card\" data-testid=\"organisation-{country}\"><h2>{name}</h2>\
                 <p class=\"quiet\">{country}, {currency}</p><ul class=\"plain\">{links}</ul></section>",
                country = escape(&organisation.country),
                name = escape(&organisation.name),
                currency = escape(&organisation.currency),
            )
        })
        .collect();
    page(
        request,
        StatusCode::OK,
        "Organisations",
        None,
        &format!("<div class=\"head\"><h1>Organisations</h1></div>{cards}"),
    )
}

fn deep_link(world: &World, request: &Request, short_code: &str, list: &str, id: &str) -> Response<Bytes> {
    let found = world.xero.organisations().into_iter().find(|organisation| organisation.short_code == short_code);
    match found {
        Some(organisation) => html::see_other(&format!("/books/{}/{list}/{}", organisation.tenant, segment(id)), &[]),
        None => missing(request),
    }
}

/// `redirecturl=/AccountsPayable/Edit.aspx?InvoiceID=…`, which Xero takes unencoded as well, or a page of settings.
fn organisation_login(world: &World, request: &Request) -> Response<Bytes> {
    let target = request.query("redirecturl").unwrap_or_default();
    let page = match target {
        "/" => Some("contacts"),
        "/GeneralLedger/ChartOfAccounts.aspx" => Some("accounts"),
        "/Setup/TaxRates.aspx" => Some("taxes"),
        _ => None,
    };
    if let Some(page) = page {
        let found = request.query("shortcode").and_then(|short_code| {
            world.xero.organisations().into_iter().find(|organisation| organisation.short_code == short_code)
        });
        return match found {
            Some(organisation) => html::see_other(&format!("/books/{}/{page}", organisation.tenant), &[]),
            None => missing(request),
        };
    }
    let id = target.split_once("InvoiceID=").map(|(_, id)| id).or_else(|| request.query("InvoiceID"));
    let list = if target.to_ascii_lowercase().contains("accountsreceivable") { "invoices" } else { "bills" };
    match (request.query("shortcode"), id) {
        (Some(short_code), Some(id)) => deep_link(world, request, short_code, list, id),
        _ => missing(request),
    }
}

/// The calendar day of a date that Xero gives as text and as milliseconds.
fn day(value: &Value, name: &str) -> String {
    let text = plain(&value[format!("{name}String")]);
    text.split('T').next().unwrap_or_default().to_owned()
}

fn is_bill(document: &Value) -> bool {
    document["Type"] == "ACCPAY"
}

/// Whether a list is one of the organisation's settings, whose elements have no pages of their own.
fn is_setting(list: &str) -> bool {
    matches!(list, "accounts" | "taxes")
}

/// The button that ends an element of the settings while it is in use.
fn end_button(tenant: &str, list: &str, id: &str, action: &str, record: &Value, name: &str) -> String {
    if record["Status"] != "ACTIVE" || id.is_empty() {
        return String::new();
    }
    let word = if action == "archive" { "Archive" } else { "Delete" };
    format!(
        "<form method=\"post\" action=\"/books/{tenant}/{list}/{}/{action}\">\
         <button data-testid=\"{action}-{}\" aria-label=\"{word} {}\">{word}</button></form>",
        segment(id),
        escape(id),
        escape(name)
    )
}

fn rows(
    world: &World,
    request: &Request,
    organisation: &Organisation,
    list: &str,
    problem: Option<&str>,
) -> Response<Bytes> {
    let (_, resource, title) = LISTS.iter().find(|(name, _, _)| *name == list).copied().unwrap_or(LISTS[0]);
    let mut records = world.xero.all(&organisation.tenant, resource);
    if resource == "Invoices" {
        records.retain(|document| is_bill(document) == (list == "bills"));
    }
    let link = |id: &Value, text: &Value| {
        let id = escape(&plain(id));
        let text = match plain(text) {
            text if text.is_empty() => "(no number)".to_owned(),
            text => escape(&text),
        };
        format!("<a href=\"/books/{}/{list}/{id}\" data-testid=\"row-{id}\">{text}</a>", organisation.tenant)
    };
    let columns: &[&str] = match list {
        "contacts" => &["Name", "Status", "E-mail", "Contact code", "Account number"],
        "items" => &["Code", "Name", "Sales price#", "Purchase price#"],
        "accounts" => &["Code", "Name", "Type", "Tax rate", "Status", "Do"],
        "taxes" => &["Name", "Tax type", "Rate#", "Status", "Do"],
        _ => &["Number", "Contact", "Reference", "Date", "Due", "Status", "Total#", "Paid#", "Due amount#", "Currency"],
    };
    let table: Vec<Vec<String>> = records
        .iter()
        .map(|record| match list {
            "contacts" => vec![
                link(&record["ContactID"], &record["Name"]),
                escape(&plain(&record["ContactStatus"])),
                escape(&plain(&record["EmailAddress"])),
                escape(&plain(&record["ContactNumber"])),
                escape(&plain(&record["AccountNumber"])),
            ],
            "items" => vec![
                link(&record["ItemID"], &record["Code"]),
                escape(&plain(&record["Name"])),
                escape(&amount(&record["SalesDetails"]["UnitPrice"])),
                escape(&amount(&record["PurchaseDetails"]["UnitPrice"])),
            ],
            "accounts" => {
                let (code, name) = (plain(&record["Code"]), plain(&record["Name"]));
                let mut cells: Vec<String> =
                    ["Code", "Name", "Type", "TaxType", "Status"].map(|field| escape(&plain(&record[field]))).into();
                cells.push(end_button(&organisation.tenant, list, &code, "archive", record, &name));
                cells
            }
            "taxes" => {
                let (tax_type, name) = (plain(&record["TaxType"]), plain(&record["Name"]));
                let mut cells: Vec<String> =
                    ["Name", "TaxType", "EffectiveRate", "Status"].map(|field| escape(&plain(&record[field]))).into();
                cells.push(end_button(&organisation.tenant, list, &tax_type, "delete", record, &name));
                cells
            }
            _ => vec![
                link(&record["InvoiceID"], &record["InvoiceNumber"]),
                escape(&plain(&record["Contact"]["Name"])),
                escape(&plain(&record["Reference"])),
                day(record, "Date"),
                day(record, "DueDate"),
                escape(&plain(&record["Status"])),
                escape(&amount(&record["Total"])),
                escape(&amount(&record["AmountPaid"])),
                escape(&amount(&record["AmountDue"])),
                escape(&plain(&record["CurrencyCode"])),
            ],
        })
        .collect();
    let body = format!(
        "<div class=\"head\"><h1>{title}</h1><span class=\"quiet\" data-testid=\"count\">{} records</span></div>{}<div class=\"card\">{}</div>",
        table.len(),
        problem_note(problem),
        html::table("rows", columns, &table)
    );
    let status = if problem.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    page(request, status, title, Some((organisation, list)), &body)
}

fn record(
    world: &World,
    request: &Request,
    organisation: &Organisation,
    list: &str,
    id: &str,
    problem: Option<&str>,
) -> Response<Bytes> {
    let resource = LISTS.iter().find(|(name, _, _)| *name == list).map(|(_, resource, _)| *resource);
    let Some(found) = resource.and_then(|resource| world.xero.get(&organisation.tenant, resource, id)) else {
        return missing(request);
    };
    let (title, main) = match list {
        "contacts" => (plain(&found["Name"]), contact(&found)),
        "items" => (plain(&found["Code"]), item(&found)),
        _ => {
            let kind = if is_bill(&found) { "Bill" } else { "Invoice" };
            (format!("{kind} {}", plain(&found["InvoiceNumber"])), document(&found, organisation, list))
        }
    };
    let history: Vec<Vec<String>> = world
        .xero
        .notes(&organisation.tenant, resource.unwrap_or_default(), id)
        .iter()
        .map(|note| {
            vec![escape(&plain(&note["Changes"])), escape(&plain(&note["User"])), escape(&plain(&note["Details"]))]
        })
        .collect();
    let body = format!(
        "<div class=\"head\"><h1 data-testid=\"title\">{}</h1></div>{note}{main}\
         <section class=\"card\"><h2>History and notes</h2>{}</section>",
        escape(&title),
        html::table("history", &["Change", "By", "Details"], &history),
        note = problem_note(problem),
    );
    let status = if problem.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    page(request, status, &title, Some((organisation, list)), &body)
}

fn problem_note(problem: Option<&str>) -> String {
    problem
        .map(|text| format!("<p class=\"note\" role=\"alert\" data-testid=\"problem\">{}</p>", escape(text)))
        .unwrap_or_default()
}

fn field_rows(record: &Value, names: &[&str]) -> Vec<(String, String)> {
    names
        .iter()
        .filter(|name| !record[**name].is_null())
        .map(|name| ((*name).to_owned(), escape(&plain(&record[*name]))))
        .collect()
}

fn contact(record: &Value) -> String {
    const NAMES: [&str; 15] = [
        "Name",
        "ContactStatus",
        "ContactNumber",
        "AccountNumber",
        "FirstName",
        "LastName",
        "EmailAddress",
        "TaxNumber",
        "DefaultCurrency",
        "Website",
        "IsCustomer",
        "IsSupplier",
        "MergedToContactID",
        "ContactID",
        "CompanyNumber",
    ];
    let mut rows = field_rows(record, &NAMES);
    for phone in record["Phones"].as_array().into_iter().flatten() {
        let number = ["PhoneCountryCode", "PhoneAreaCode", "PhoneNumber"].map(|part| plain(&phone[part])).join(" ");
        if !number.trim().is_empty() {
            rows.push((format!("Phone_{}", plain(&phone["PhoneType"])), escape(number.trim())));
        }
    }
    for address in record["Addresses"].as_array().into_iter().flatten() {
        const PARTS: [&str; 9] = [
            "AttentionTo",
            "AddressLine1",
            "AddressLine2",
            "AddressLine3",
            "AddressLine4",
            "City",
            "Region",
            "PostalCode",
            "Country",
        ];
        let lines: Vec<String> =
            PARTS.iter().map(|part| plain(&address[*part])).filter(|part| !part.is_empty()).collect();
        if !lines.is_empty() {
            rows.push((format!("Address_{}", plain(&address["AddressType"])), escape(&lines.join("\n"))));
        }
    }
    let people: Vec<Vec<String>> = record["ContactPersons"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|person| ["FirstName", "LastName", "EmailAddress"].map(|part| escape(&plain(&person[part]))).into())
        .collect();
    format!(
        "<section class=\"card\"><h2>Details</h2>{}</section><section class=\"card\"><h2>Other people</h2>{}</section>",
        html::fields(&rows),
        html::table("people", &["First name", "Last name", "E-mail"], &people)
    )
}

fn item(record: &Value) -> String {
    let mut rows =
        field_rows(record, &["Code", "Name", "Description", "PurchaseDescription", "IsSold", "IsPurchased", "ItemID"]);
    for side in ["SalesDetails", "PurchaseDetails"] {
        for part in ["UnitPrice", "AccountCode", "TaxType"] {
            let value = &record[side][part];
            if !value.is_null() {
                rows.push((format!("{side}_{part}"), escape(&plain(value))));
            }
        }
    }
    format!("<section class=\"card\"><h2>Details</h2>{}</section>", html::fields(&rows))
}

/// Lines, totals and payments of a document.
fn figures(record: &Value) -> String {
    let lines: Vec<Vec<String>> = record["LineItems"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|line| {
            let discount = match (&line["DiscountRate"], &line["DiscountAmount"]) {
                (Value::Null, Value::Null) => String::new(),
                (Value::Null, money) => amount(money),
                (rate, _) => format!("{} %", plain(rate)),
            };
            let tracking: Vec<String> = line["Tracking"]
                .as_array()
                .into_iter()
                .flatten()
                .map(|option| format!("{}: {}", plain(&option["Name"]), plain(&option["Option"])))
                .collect();
            [
                plain(&line["ItemCode"]),
                plain(&line["Description"]),
                plain(&line["Quantity"]),
                plain(&line["UnitAmount"]),
                discount,
                plain(&line["AccountCode"]),
                plain(&line["TaxType"]),
                amount(&line["TaxAmount"]),
                amount(&line["LineAmount"]),
                tracking.join(", "),
            ]
            .map(|cell| escape(&cell))
            .into()
        })
        .collect();
    const LINES: [&str; 10] = [
        "Item",
        "Description",
        "Quantity#",
        "Price#",
        "Discount#",
        "Account",
        "Tax rate",
        "Tax#",
        "Amount#",
        "Tracking",
    ];
    let totals: String = ["SubTotal", "TotalTax", "Total", "AmountPaid", "AmountCredited", "AmountDue"]
        .iter()
        .filter(|name| !record[**name].is_null())
        .map(|name| {
            format!(
                "<div><dt>{name}</dt><dd data-testid=\"total-{name}\">{}</dd></div>",
                escape(&amount(&record[*name]))
            )
        })
        .collect();
    let payments: Vec<Vec<String>> = record["Payments"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|payment| {
            [plain(&payment["PaymentID"]), plain(&payment["Reference"]), amount(&payment["Amount"])]
                .map(|cell| escape(&cell))
                .into()
        })
        .collect();
    format!(
        "<section class=\"card\"><h2>Lines</h2>{}<dl class=\"fields\" style=\"margin-top:12px\">{totals}</dl></section>\
         <section class=\"card\"><h2>Payments</h2>{}</section>",
        html::table("lines", &LINES, &lines),
        html::table("payments", &["Payment", "Reference", "Amount#"], &payments)
    )
}

fn document(record: &Value, organisation: &Organisation, list: &str) -> String {
    const NAMES: [&str; 11] = [
        "Type",
        "InvoiceNumber",
        "Reference",
        "Status",
        "LineAmountTypes",
        "CurrencyCode",
        "CurrencyRate",
        "Url",
        "SentToContact",
        "FullyPaidOnDate",
        "InvoiceID",
    ];
    let contact = &record["Contact"];
    let mut rows = vec![(
        "Contact".to_owned(),
        format!(
            "<a href=\"/books/{}/contacts/{}\">{}</a>",
            organisation.tenant,
            escape(&plain(&contact["ContactID"])),
            escape(&plain(&contact["Name"]))
        ),
    )];
    rows.extend(field_rows(record, &NAMES));
    rows.push(("Date".to_owned(), day(record, "Date")));
    rows.push(("DueDate".to_owned(), day(record, "DueDate")));
    let status = plain(&record["Status"]);
    let id = escape(&plain(&record["InvoiceID"]));
    let buttons = if status == "AUTHORISED" {
        format!(
            "<section class=\"card\"><h2>Do</h2><form method=\"post\" action=\"/books/{tenant}/{list}/{id}/pay\">\
             <label for=\"pay-amount\">Amount</label> <input type=\"text\" style=\"width:110px\" id=\"pay-amount\" name=\"amount\" \
             data-testid=\"pay-amount\" value=\"{due}\"> <button data-testid=\"pay\">Record a payment</button></form>\
             <form method=\"post\" action=\"/books/{tenant}/{list}/{id}/void\" style=\"margin-top:8px\">\
             <button data-testid=\"void\">Void</button></form></section>",
            tenant = organisation.tenant,
            due = escape(&amount(&record["AmountDue"])),
        )
    } else {
        String::new()
    };
    format!("<section class=\"card\"><h2>Details</h2>{}</section>{}{buttons}", html::fields(&rows), figures(record))
}

fn act(
    world: &mut World,
    request: &Request,
    organisation: &Organisation,
    list: &str,
    id: &str,
    action: &str,
) -> Response<Bytes> {
    let now = world.now();
    let tenant = organisation.tenant.clone();
    let outcome = match action {
        "pay" => {
            let amount = html::form(request).into_iter().find(|(name, _)| name == "amount").map(|(_, value)| value);
            match amount.unwrap_or_default().trim().parse() {
                Ok(amount) => {
                    world.xero.pay(&tenant, id, amount, now.date_naive(), now).map_err(|refused| refused.to_string())
                }
                Err(_) => Err("The amount is not a number.".to_owned()),
            }
        }
        "void" => world.xero.void(&tenant, id, now).map_err(|refused| refused.to_string()),
        _ => return missing(request),
    };
    match outcome {
        Ok(_) => html::see_other(&format!("/books/{tenant}/{list}/{}", segment(id)), &[]),
        Err(problem) => record(world, request, organisation, list, id, Some(&problem)),
    }
}

/// Archives an account or deletes a tax rate.
fn end_setting(
    world: &mut World,
    request: &Request,
    organisation: &Organisation,
    id: &str,
    action: &str,
) -> Response<Bytes> {
    let (now, tenant) = (world.now(), &organisation.tenant);
    let (list, outcome) = match action {
        "archive" => ("accounts", world.xero.archive_account(tenant, id, now)),
        _ => ("taxes", world.xero.delete_tax_rate(tenant, id)),
    };
    match outcome {
        Ok(()) => html::see_other(&format!("/books/{tenant}/{list}"), &[]),
        Err(refused) => rows(world, request, organisation, list, Some(&refused.to_string())),
    }
}

/// What a customer sees behind an online invoice link.
fn online(world: &World, request: &Request, id: &str) -> Response<Bytes> {
    let found = world
        .xero
        .organisations()
        .into_iter()
        .find_map(|organisation| Some((world.xero.get(&organisation.tenant, "Invoices", id)?, organisation)));
    let Some((record, organisation)) = found else { return missing(request) };
    if is_bill(&record) || record["Status"] == "DRAFT" {
        return missing(request);
    }
    let title = format!("Invoice {}", plain(&record["InvoiceNumber"]));
    let body = format!(
        "<div class=\"head\"><h1 data-testid=\"title\">{}</h1></div><p>{} asks {} for {} {} by {}.</p>{}\
         <p class=\"quiet\" data-testid=\"pay-online\">A customer could pay here; the stand-in takes no money.</p>",
        escape(&title),
        escape(&organisation.name),
        escape(&plain(&record["Contact"]["Name"])),
        escape(&amount(&record["AmountDue"])),
        escape(&plain(&record["CurrencyCode"])),
        day(&record, "DueDate"),
        figures(&record)
    );
    page(request, StatusCode::OK, &title, None, &body)
}
