//! Recognises Xero's validation messages. Xero gives no code with them, so their words decide; an unknown message
//! is shown whole.

use super::row::Where;
use super::{Code, Context, Problem, Severity, of, place};
use crate::module::{Kind, Module};
use crate::settings::{BooksSide, remedy};

/// How a message is recognised: all its parts occur, ignoring case, in any order.
struct Rule {
    parts: &'static [&'static str],
    code: Code,
    /// The facts that the message's quoted texts are, in their order.
    quoted: &'static [&'static str],
}

const fn rule(parts: &'static [&'static str], code: Code, quoted: &'static [&'static str]) -> Rule {
    Rule { parts, code, quoted }
}

/// In order: the first rule that fits wins.
const RULES: &[Rule] = &[
    // Parties.
    rule(&["already assigned to another contact"], Code::NameTaken, &[]),
    rule(&["contact name already exists"], Code::NameTaken, &[]),
    rule(&["another contact has this contact number"], Code::ContactNumberTaken, &[]),
    rule(&["account number already exists"], Code::AccountNumberTaken, &[]),
    rule(&["matched an archived contact"], Code::ContactArchived, &[]),
    rule(&["contact", "has been archived", "un-archived"], Code::ContactArchived, &[]),
    rule(&["status 'archived' is not valid for contacts"], Code::ContactArchived, &[]),
    rule(&["email address must be valid"], Code::EmailInvalid, &[]),
    rule(&["additional people cannot be added"], Code::PeopleWithoutPrimaryEmail, &[]),
    rule(&["website must be valid"], Code::WebsiteInvalid, &[]),
    rule(&["contact must contain at least 1 of the following elements"], Code::PartyMissing, &[]),
    rule(&["contact must be specified"], Code::PartyMissing, &[]),
    // Items.
    rule(&["price list item with code", "already exists"], Code::ProductCodeTaken, &["value"]),
    rule(&["price list item code must be supplied"], Code::ProductWithoutCode, &[]),
    rule(&["item", "not sold"], Code::ItemNotOffered, &["value"]),
    rule(&["item", "not purchased"], Code::ItemNotOffered, &["value"]),
    rule(&["item code", "valid"], Code::ItemCodeUnknown, &["value"]),
    rule(&["item code", "not exist"], Code::ItemCodeUnknown, &["value"]),
    // Documents: numbers, states, periods, plan.
    rule(&["invoice # must be unique"], Code::NumberTaken, &[]),
    rule(&["order number must be unique"], Code::NumberTaken, &[]),
    rule(&["invoice not of valid status for modification"], Code::DocumentLocked, &[]),
    rule(&["payment or credit note allocated"], Code::DocumentPaid, &[]),
    rule(&["payments or credit notes allocated"], Code::DocumentPaid, &[]),
    rule(&["deleted purchaseorders cannot be updated"], Code::DocumentVoided, &[]),
    rule(&["purchaseorder status change is invalid"], Code::DocumentLocked, &[]),
    rule(&["only authorised and billed purchase orders"], Code::DocumentLocked, &[]),
    rule(&["period lock date"], Code::PeriodLocked, &[]),
    rule(&["end of year lock date"], Code::PeriodLocked, &[]),
    rule(&["limit of invoices you can approve"], Code::PlanLimit, &[]),
    rule(&["one or more line items must be specified"], Code::LinesMissing, &[]),
    rule(&["total", "must be greater than or equal to zero"], Code::TotalNegative, &[]),
    rule(&["not subscribed to currency"], Code::CurrencyNotSubscribed, &[]),
    // Accounts and taxes.
    rule(&["account code", "is not a valid code for this document"], Code::AccountInvalid, &["account"]),
    rule(&["account code", "has been archived, or has been deleted"], Code::AccountArchived, &["account"]),
    rule(&["account code", "does not match a recognised account"], Code::AccountInvalid, &["account"]),
    rule(&["taxtype code", "cannot be used with account code"], Code::TaxTypeNotWithAccount, &["value", "account"]),
    rule(&["taxtype code", "does not exist or cannot be used"], Code::TaxTypeWrongSide, &["value"]),
    rule(&["account code must be specified"], Code::AccountUnmapped, &[]),
    rule(&["account must be valid"], Code::AccountInvalid, &[]),
    rule(&["account could not be found"], Code::AccountInvalid, &[]),
    rule(&["tax rate must be valid"], Code::TaxRateGone, &[]),
    // Payments.
    rule(&["payment amount exceeds the amount outstanding"], Code::PaymentTooLarge, &[]),
    rule(&["payments can only be made against authorised"], Code::PaymentNotAllowed, &[]),
    // Outcome and existence.
    rule(&["is used with a different request"], Code::OutcomeUnknown, &[]),
    rule(&["document with the supplied id was not found"], Code::XeroRecordGone, &[]),
    // Requests that we should not have made.
    rule(&["the element", "was not recognised"], Code::XeroRequestMalformed, &[]),
    rule(&["line total", "does not match the expected line total"], Code::XeroRequestMalformed, &[]),
    rule(&["document total does not equal the sum of the lines"], Code::XeroRequestMalformed, &[]),
    rule(&["tax amount cannot be greater than the line amount"], Code::XeroRequestMalformed, &[]),
    rule(&["error converting value"], Code::XeroRequestMalformed, &[]),
    rule(&["is not a valid allxsd value"], Code::XeroRequestMalformed, &[]),
    rule(&["json for post data was invalid"], Code::XeroRequestMalformed, &[]),
    rule(&["incompatible with operand type"], Code::XeroRequestMalformed, &[]),
    rule(&["orderby not supported"], Code::XeroRequestMalformed, &[]),
    rule(&["unterminated string literal"], Code::XeroRequestMalformed, &[]),
    rule(&["unrecognised guid format"], Code::XeroRequestMalformed, &[]),
    rule(&["no data has been processed for this endpoint"], Code::XeroRequestMalformed, &[]),
    // Weather.
    rule(&["xero api is currently offline"], Code::XeroUnavailable, &[]),
    rule(&["xero api is temporarily unavailable"], Code::XeroUnavailable, &[]),
    rule(&["organisation is offline"], Code::XeroUnavailable, &[]),
];

/// Turns Xero's validation messages into problems, one for each message that is not a repetition.
///
/// Xero has refused the record when it gives such messages, so none is a mere warning; see [`Problem::severity`] for
/// the messages that Xero gives under `Warnings`.
#[must_use]
pub fn from_xero(messages: &[String], context: &Context<'_>) -> Vec<Problem> {
    let mut problems: Vec<Problem> = Vec::new();
    for message in messages {
        if !problems.iter().any(|known| known.said.as_deref() == Some(message.as_str())) {
            problems.push(one(message, context));
        }
    }
    problems
}

fn one(message: &str, context: &Context<'_>) -> Problem {
    let lower = message.to_lowercase();
    let rule = RULES.iter().find(|rule| rule.parts.iter().all(|part| lower.contains(part)));
    let code = rule.map_or(Code::XeroRefused, |rule| rule.code);
    let mut facts = vec![("name", context.name.to_owned())];
    facts.extend(context.module.map(|module| ("module", module.singular().to_owned())));
    facts.extend(rule.iter().flat_map(|rule| rule.quoted.iter().copied()).zip(quoted(message)));
    if let Some(currency) = currency(message).filter(|_| code == Code::CurrencyNotSubscribed) {
        facts.push(("currency", currency));
    }
    if let Some(lock) = after(message, "currently set at").filter(|_| code == Code::PeriodLocked) {
        facts.push(("lock", lock));
    }
    let mut problem = of(code, &facts).said(message).at(place_of(code, context)).remedy(remedy_of(code, context));
    if problem.severity == Severity::Warning {
        problem.severity = Severity::Error;
    }
    problem
}

/// The optional fields that a message of a refusal is about, by their canonical keys: what is sent without them, Xero
/// takes. None where the message is about anything else.
pub(crate) fn optional_fields(module: Module, message: &str) -> Option<&'static [&'static str]> {
    let lower = message.to_lowercase();
    let rule = RULES.iter().find(|rule| rule.parts.iter().all(|part| lower.contains(part)));
    match (rule.map(|rule| rule.code), module.kind()) {
        (Some(code), kind) => of_code(code, kind),
        (None, kind) => {
            // Xero names an element as its API does, or as its pages do: without and with blanks.
            let names = |words: &[&str]| words.iter().any(|words| lower.contains(words));
            let named = named_fields(kind).iter().find(|(words, _)| names(words));
            named.map(|(_, keys)| *keys)
        }
    }
}

/// The optional fields that a known cause is about.
fn of_code(code: Code, kind: Kind) -> Option<&'static [&'static str]> {
    match (code, kind) {
        (Code::AccountNumberTaken, Kind::Party) => Some(&["account_number"]),
        // Xero takes further people only beside a primary address, and does not say whose address it is.
        (Code::EmailInvalid, Kind::Party) => Some(&["person.email", "people"]),
        (Code::PeopleWithoutPrimaryEmail, Kind::Party) => Some(&["people"]),
        (Code::CurrencyNotSubscribed, Kind::Party) => Some(&["currency"]),
        // An item's accounts and taxes are what its lines begin with, and no line needs them.
        (
            Code::AccountInvalid
            | Code::AccountArchived
            | Code::TaxRateGone
            | Code::TaxTypeWrongSide
            | Code::TaxTypeNotWithAccount,
            Kind::Item,
        ) => Some(&["sales.account_code", "sales.tax_type", "purchase.account_code", "purchase.tax_type"]),
        _ => None,
    }
}

/// How messages that are not known call the fields that Xero does without.
fn named_fields(kind: Kind) -> &'static [(&'static [&'static str], &'static [&'static str])] {
    match kind {
        Kind::Party => &[
            (&["account number", "accountnumber"], &["account_number"]),
            (&["tax number", "taxnumber", "tax id"], &["tax_number"]),
            (&["first name", "firstname"], &["person.first_name"]),
            (&["last name", "lastname"], &["person.last_name"]),
            (&["email address", "emailaddress"], &["person.email", "people"]),
            (&["additional people", "contact person", "contactperson"], &["people"]),
            (&["default currency", "defaultcurrency"], &["currency"]),
            (&["fax"], &["fax"]),
            (&["mobile"], &["mobile"]),
            (&["phone"], &["phone", "direct", "mobile", "fax"]),
            (&["address line", "addressline", "street"], &["billing.street", "shipping.street"]),
            (&["postal code", "postalcode", "post code", "postcode"], &["billing.postal_code", "shipping.postal_code"]),
            (&["country"], &["billing.country", "shipping.country"]),
            (&["region"], &["billing.state", "shipping.state"]),
            (&["city"], &["billing.city", "shipping.city"]),
        ],
        Kind::Item => &[
            (&["purchase description", "purchasedescription"], &["purchase.description"]),
            (&["description"], &["description"]),
        ],
        Kind::Document => &[
            (&["branding theme", "brandingtheme"], &["branding"]),
            (&["reference"], &["reference"]),
            (&["tracking"], &["tracking"]),
        ],
    }
}

fn place_of(code: Code, context: &Context<'_>) -> Option<super::Place> {
    let organisation = context.xero_organisation;
    match code.place() {
        Where::CrmRecord => context.crm_place(),
        Where::XeroRecord => context.xero_place().or_else(|| context.crm_place()),
        Where::XeroLockDates => organisation.map(place::place_xero_financial_settings),
        Where::XeroAccounts => organisation.map(place::place_xero_accounts),
        Where::XeroTaxRates => organisation.map(place::place_xero_tax_rates),
        Where::XeroCurrencies => organisation.map(place::place_xero_currencies),
        Where::XeroSubscription => organisation.map(place::place_xero_subscription),
        Where::Nowhere => None,
    }
}

fn remedy_of(code: Code, context: &Context<'_>) -> Option<crate::settings::Remedy> {
    match code {
        Code::AccountUnmapped => {
            Some(remedy::default_account(context.xero_organisation?, BooksSide::of(context.module?)))
        }
        _ => None,
    }
}

/// The texts between quotation marks, single or double, in their order.
fn quoted(message: &str) -> impl Iterator<Item = String> {
    let pieces = message.split(['\'', '"']).collect::<Vec<_>>();
    let closed = pieces.len().saturating_sub(1);
    pieces
        .into_iter()
        .enumerate()
        .filter(move |(at, _)| at % 2 == 1 && *at < closed)
        .map(|(_, piece)| piece.to_owned())
        .collect::<Vec<_>>()
        .into_iter()
}

/// The first word of three capitals.
fn currency(message: &str) -> Option<String> {
    message
        .split(|sign: char| !sign.is_alphanumeric())
        .find(|word| word.len() == 3 && word.bytes().all(|byte| byte.is_ascii_uppercase()))
        .map(str::to_owned)
}

/// What follows the words, without the full stop at the end.
fn after(message: &str, words: &str) -> Option<String> {
    let (_, rest) = message.split_once(words)?;
    let rest = rest.trim().trim_end_matches('.').trim();
    (!rest.is_empty()).then(|| rest.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;
    use crate::id::ZohoId;
    use crate::web_link::WebLink;

    /// Every row of the known messages, with what becomes of it.
    const MESSAGES: &[(&str, Code)] = &[
        (
            "The contact name Acme is already assigned to another contact. The contact name must be unique across all \
             active contacts.",
            Code::NameTaken,
        ),
        ("Another contact has this contact number. Please enter a different contact number.", Code::ContactNumberTaken),
        (
            "The specified contact details matched an archived contact. Archived contacts cannot currently be edited \
             via the API.",
            Code::ContactArchived,
        ),
        (
            "The contact with the specified contact details has been archived. The contact must be un-archived before \
             creating new invoices or credit notes",
            Code::ContactArchived,
        ),
        ("The status 'ARCHIVED' is not valid for contacts", Code::ContactArchived),
        ("The Contact Name already exists. Please enter a different Contact Name.", Code::NameTaken),
        ("The Account Number already exists. Please enter a different Account Number.", Code::AccountNumberTaken),
        ("Email address must be valid", Code::EmailInvalid),
        (
            "Additional people cannot be added when the primary person has no email address set.",
            Code::PeopleWithoutPrimaryEmail,
        ),
        ("Website must be valid", Code::WebsiteInvalid),
        (
            "The Contact must contain at least 1 of the following elements to identify the contact: Name, ContactID, \
             ContactNumber",
            Code::PartyMissing,
        ),
        ("A Contact must be specified for this type of transaction", Code::PartyMissing),
        ("Price List Item with Code 'FW-1' already exists", Code::ProductCodeTaken),
        ("Price List Item Code must be supplied", Code::ProductWithoutCode),
        (
            "The element 'CogsAccountCode' was not recognised. Ensure the element name has the correct case",
            Code::XeroRequestMalformed,
        ),
        ("Item code 'FW-1' is not valid", Code::ItemCodeUnknown),
        ("Invoice # must be unique.", Code::NumberTaken),
        ("Invoice not of valid status for modification", Code::DocumentLocked),
        ("This document cannot be edited as it has a payment or credit note allocated to it.", Code::DocumentPaid),
        (
            "The status DRAFT cannot be applied to the invoice because it has payments or credit notes allocated to \
             it.",
            Code::DocumentPaid,
        ),
        (
            "The status VOIDED cannot be applied to the invoice because it has payments or credit notes allocated to \
             it.",
            Code::DocumentPaid,
        ),
        ("The document date cannot be before the period lock date", Code::PeriodLocked),
        ("The document date cannot be before the period lock date, currently set at 30 June 2026", Code::PeriodLocked),
        (
            "The document date cannot be before the end of year lock date, currently set at 30 June 2026",
            Code::PeriodLocked,
        ),
        ("Account code '999' is not a valid code for this document", Code::AccountInvalid),
        (
            "Account code '205' has been archived, or has been deleted. Each line item must reference a valid account.",
            Code::AccountArchived,
        ),
        ("Account code '999' has been removed as it does not match a recognised account.", Code::AccountInvalid),
        ("Account code must be specified", Code::AccountUnmapped),
        ("Account must be valid.", Code::AccountInvalid),
        ("Tax rate must be valid.", Code::TaxRateGone),
        (
            "The TaxType code GST on Income does not exist or cannot be used for this type of transaction.",
            Code::TaxTypeWrongSide,
        ),
        ("The TaxType code 'OUTPUT' cannot be used with account code '400'.", Code::TaxTypeNotWithAccount),
        ("The line total 1.00 does not match the expected line total 100.00", Code::XeroRequestMalformed),
        ("The document total does not equal the sum of the lines", Code::XeroRequestMalformed),
        ("Tax amount cannot be greater than the line amount", Code::XeroRequestMalformed),
        ("One or more line items must be specified", Code::LinesMissing),
        ("Organisation is not subscribed to currency EUR", Code::CurrencyNotSubscribed),
        ("Users Organisation is not subscribed to currency EUR", Code::CurrencyNotSubscribed),
        ("You have reached the limit of invoices you can approve", Code::PlanLimit),
        ("Payment amount exceeds the amount outstanding on this document", Code::PaymentTooLarge),
        ("Payments can only be made against Authorised documents", Code::PaymentNotAllowed),
        ("Account could not be found", Code::AccountInvalid),
        ("Order number must be unique", Code::NumberTaken),
        ("Deleted PurchaseOrders cannot be updated", Code::DocumentVoided),
        ("PurchaseOrder status change is invalid", Code::DocumentLocked),
        ("Only AUTHORISED and BILLED purchase orders may have SentToContact updated.", Code::DocumentLocked),
        ("Idempotency Key: abc is used with a different request.", Code::OutcomeUnknown),
        ("Error converting value \"NO_TAX\" to type 'Xero.Api.LineAmountType'", Code::XeroRequestMalformed),
        ("The string '20100510' is not a valid AllXsd value", Code::XeroRequestMalformed),
        ("JSON for post data was invalid,Could not convert string to DateTime: 20100510.", Code::XeroRequestMalformed),
        ("Operator '==' incompatible with operand types 'Boolean?' and 'String'", Code::XeroRequestMalformed),
        ("Operator '>' incompatible with operand types 'DateTime?' and 'String'", Code::XeroRequestMalformed),
        ("OrderBy not supported", Code::XeroRequestMalformed),
        ("Unterminated string literal", Code::XeroRequestMalformed),
        ("The document with the supplied id was not found for this endpoint.", Code::XeroRecordGone),
        ("Unrecognised GUID Format", Code::XeroRequestMalformed),
        (
            "No data has been processed for this endpoint. This endpoint is expecting Invoice data",
            Code::XeroRequestMalformed,
        ),
        ("The Xero API is currently offline for maintenance", Code::XeroUnavailable),
        ("The Xero API is temporarily unavailable", Code::XeroUnavailable),
        ("The Organisation is offline", Code::XeroUnavailable),
        ("Something that Xero says since yesterday", Code::XeroRefused),
    ];

    #[test]
    fn every_known_message_has_its_problem() {
        let crm = fixture::crm_organisation();
        let xero = fixture::xero_organisation();
        let id = ZohoId::new("5725000000000001").unwrap();
        let context = Context {
            crm_organisation: Some(&crm),
            xero_organisation: Some(&xero),
            module: Some(Module::Invoices),
            crm_id: Some(&id),
            name: "INV-1",
            xero_url: Some(&WebLink::new("https://go.xero.com/app/!x/invoicing/view/1")),
        };
        for (message, code) in MESSAGES {
            let problems = from_xero(&[(*message).to_owned()], &context);
            assert_eq!(problems.len(), 1);
            assert_eq!(problems[0].code, *code, "{message}");
            assert_eq!(problems[0].said.as_deref(), Some(*message));
            assert_ne!(problems[0].severity, Severity::Warning, "{message}");
        }
        let all = MESSAGES.iter().map(|(message, _)| (*message).to_owned()).collect::<Vec<_>>();
        assert_eq!(from_xero(&all, &context).len(), MESSAGES.len());
    }

    #[test]
    fn facts_and_places_come_from_message_and_context() {
        let crm = fixture::crm_organisation();
        let xero = fixture::xero_organisation();
        let id = ZohoId::new("5725000000000001").unwrap();
        let context = Context {
            crm_organisation: Some(&crm),
            xero_organisation: Some(&xero),
            module: Some(Module::Invoices),
            crm_id: Some(&id),
            name: "INV-1",
            xero_url: None,
        };
        let tell = |message: &str| from_xero(&[message.to_owned()], &context).remove(0);
        let tax = tell("The TaxType code 'OUTPUT' cannot be used with account code '400'.");
        assert_eq!(tax.what, "The Xero tax rate \"OUTPUT\" can't be used with the account 400.");
        let currency = tell("Organisation is not subscribed to currency EUR");
        assert_eq!(currency.fix, "Add EUR in Xero.");
        assert!(currency.place.unwrap().url.as_str().ends_with("redirecturl=/Setup/CurrencyRates.aspx"));
        let lock = tell("The document date cannot be before the period lock date, currently set at 30 June 2026.");
        assert_eq!(lock.why, "Nothing can be written there on or before 30 June 2026.");
        let account = tell("Account code must be specified");
        assert!(account.remedy.is_some_and(|remedy| !remedy.choices.is_empty()));
        let unknown = tell("Never heard of");
        assert_eq!(
            unknown.place.unwrap().url.as_str(),
            "https://crm.zoho.com/crm/org123/tab/Invoices/5725000000000001"
        );
        assert_eq!(quoted("it's odd").count(), 0);
    }

    #[test]
    fn a_repeated_message_is_told_once() {
        let id = ZohoId::new("1").unwrap();
        let context = Context {
            crm_organisation: None,
            xero_organisation: None,
            module: Some(Module::Accounts),
            crm_id: Some(&id),
            name: "",
            xero_url: None,
        };
        let messages = ["Email address must be valid".to_owned(), "Email address must be valid".to_owned()];
        assert_eq!(from_xero(&messages, &context).len(), 1);
    }
}
