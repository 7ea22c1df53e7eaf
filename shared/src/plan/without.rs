//! A plan without what Xero does not take of it.

use super::Plan;
use crate::api::{Action, FieldChange, Shown, Written};
use crate::problem::{self, Code, Context, Problem, Severity};
use crate::xero::TRACKING;
use serde_json::{Map, Value};

impl Plan {
    /// The plan without the optional values that Xero's messages are about, with a warning for each of them: what is left
    /// is sent without them. None where a message is about anything else, or about nothing that was sent.
    ///
    /// Of a value that is left out nothing is agreed, so the next sync sends it again.
    #[must_use]
    pub fn without_refused(&self, messages: &[String], context: &Context<'_>) -> Option<Self> {
        let mut plan = self.clone();
        for message in messages {
            let name_taken = || {
                let told = problem::from_xero(std::slice::from_ref(message), context);
                matches!(told.as_slice(), [one] if one.code == Code::NameTaken)
            };
            let keys = match problem::optional_fields(plan.module, message) {
                Some(keys) => keys,
                // Where two are linked that are there already, each can keep its name.
                None if plan.action == Action::Adopt && name_taken() => &["name"],
                None => return None,
            };
            let body = plan.xero_write.as_mut().and_then(|write| write.body.as_object_mut())?;
            let taken: Vec<&str> = keys.iter().copied().filter(|key| take_out(body, key)).collect();
            // Two messages may be about the same value.
            let gone = |known: &String| !plan.agreed.contains(known) && keys.iter().any(|key| is(known, key));
            let again = || self.agreed.iter().any(gone);
            if taken.is_empty() && !again() {
                return None;
            }
            for key in taken {
                let written = |change: &FieldChange| is(&change.key, key) && change.written == Written::Xero;
                let mut gone: Vec<Option<&FieldChange>> =
                    plan.changes.iter().filter(|change| written(change)).map(Some).collect();
                // Tracking that only stands where it stood before is sent with its line, and stays without that.
                if gone.is_empty() && key != "tracking" {
                    gone.push(None);
                }
                let told: Vec<Problem> =
                    gone.into_iter().map(|change| left_out(key, change, message, context)).collect();
                plan.agreed.retain(|known| !is(known, key));
                plan.changes.retain(|change| !written(change));
                for told in told {
                    if !plan.problems.contains(&told) {
                        plan.problems.push(told);
                    }
                }
            }
        }
        let sends = plan.changes.iter().any(|change| change.written == Written::Xero);
        if plan.action == Action::UpdateXero && !sends {
            let quiet = plan.crm_write.is_empty() && plan.person.is_none();
            plan.xero_write = None;
            plan.action = if quiet { Action::Unchanged } else { Action::UpdateCrm };
        }
        Some(plan)
    }
}

/// Whether a field is the one of this key. Tracking has a field for each category, and Xero does not say which it means.
fn is(known: &str, key: &str) -> bool {
    known == key || (key == "tracking" && known.starts_with(TRACKING))
}

/// Tells that a value stays in the CRM alone.
fn left_out(key: &str, change: Option<&FieldChange>, message: &str, context: &Context<'_>) -> Problem {
    let value = change.and_then(|change| change.result.as_ref().or(change.crm.as_ref())).map(words).unwrap_or_default();
    let field = change.map_or_else(|| key.to_owned(), |change| change.label.clone());
    let refused = problem::from_xero(&[message.to_owned()], context).into_iter().next();
    let place = refused.as_ref().and_then(|problem| problem.place.clone());
    let told = match refused {
        Some(refused) if refused.code == Code::AccountNumberTaken => {
            problem::of(refused.code, &[("name", context.name.to_owned()), ("value", value)])
        }
        Some(refused) if refused.code == Code::NameTaken => refused,
        _ => problem::value_adjusted(field, Some(value), None, None, None, None, None, None),
    };
    told.severity(Severity::Warning).said(message).at(place)
}

fn words(shown: &Shown) -> String {
    match shown {
        Shown::Text(text) | Shown::Number(text) | Shown::Day(text) => text.clone(),
        Shown::Money(amount, currency) => format!("{amount} {currency}"),
    }
}

/// Takes a field out of an element, and says whether it was there.
fn take_out(body: &mut Map<String, Value>, key: &str) -> bool {
    match key {
        "name" => body.remove("Name").is_some(),
        "account_number" => body.remove("AccountNumber").is_some(),
        "tax_number" => body.remove("TaxNumber").is_some(),
        "currency" => body.remove("DefaultCurrency").is_some(),
        "person.first_name" => body.remove("FirstName").is_some(),
        "person.last_name" => body.remove("LastName").is_some(),
        "person.email" => body.remove("EmailAddress").is_some(),
        "people" => body.remove("ContactPersons").is_some(),
        "reference" => body.remove("Reference").is_some(),
        "branding" => body.remove("BrandingThemeID").is_some(),
        // A line keeps the tracking that it has where nothing is said of it.
        "tracking" => {
            let rows = body.get_mut("LineItems").and_then(Value::as_array_mut);
            let lines = rows.into_iter().flatten().filter_map(Value::as_object_mut);
            lines.filter_map(|line| line.remove("Tracking")).count() > 0
        }
        "description" => body.remove("Description").is_some(),
        "purchase.description" => body.remove("PurchaseDescription").is_some(),
        "phone" => take_row(body, "Phones", "PhoneType", "DEFAULT"),
        "direct" => take_row(body, "Phones", "PhoneType", "DDI"),
        "mobile" => take_row(body, "Phones", "PhoneType", "MOBILE"),
        "fax" => take_row(body, "Phones", "PhoneType", "FAX"),
        _ => match key.split_once('.') {
            Some(("billing", part)) => take_part(body, "POBOX", part),
            Some(("shipping", part)) => take_part(body, "STREET", part),
            Some(("sales", part)) => take_detail(body, "SalesDetails", part),
            Some(("purchase", part)) => take_detail(body, "PurchaseDetails", part),
            _ => false,
        },
    }
}

/// Takes a row out of a list, and the list with its last row.
fn take_row(body: &mut Map<String, Value>, list: &str, kind: &str, name: &str) -> bool {
    let Some(Value::Array(rows)) = body.get_mut(list) else { return false };
    let before = rows.len();
    rows.retain(|row| row.get(kind).and_then(Value::as_str) != Some(name));
    let taken = rows.len() < before;
    if rows.is_empty() {
        body.remove(list);
    }
    taken
}

/// Takes a part out of an address: Xero leaves a part that is not sent as it is.
fn take_part(body: &mut Map<String, Value>, kind: &str, part: &str) -> bool {
    let names: &[&str] = match part {
        "street" => &["AddressLine1", "AddressLine2", "AddressLine3", "AddressLine4"],
        "city" => &["City"],
        "state" => &["Region"],
        "postal_code" => &["PostalCode"],
        "country" => &["Country"],
        _ => &[],
    };
    let Some(Value::Array(rows)) = body.get_mut("Addresses") else { return false };
    let of_kind = |row: &&mut Value| row.get("AddressType").and_then(Value::as_str) == Some(kind);
    let Some(Value::Object(address)) = rows.iter_mut().find(of_kind) else { return false };
    let taken: Vec<Value> = names.iter().filter_map(|name| address.remove(*name)).collect();
    if address.keys().all(|name| name == "AddressType") {
        return take_row(body, "Addresses", "AddressType", kind);
    }
    !taken.is_empty()
}

/// Takes an account or a tax type out of one side of an item.
fn take_detail(body: &mut Map<String, Value>, side: &str, part: &str) -> bool {
    let name = match part {
        "account_code" => "AccountCode",
        "tax_type" => "TaxType",
        _ => return false,
    };
    let Some(Value::Object(details)) = body.get_mut(side) else { return false };
    let taken = details.remove(name).is_some();
    if details.is_empty() {
        body.remove(side);
    }
    taken
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;
    use crate::module::Module;
    use crate::plan::XeroWrite;
    use serde_json::json;

    const TAKEN: &str = "The Account Number already exists. Please enter a different Account Number.";

    fn change(key: &str, label: &str, value: &str) -> FieldChange {
        FieldChange {
            key: key.to_owned(),
            label: label.to_owned(),
            crm: Some(Shown::Text(value.to_owned())),
            xero: None,
            result: Some(Shown::Text(value.to_owned())),
            written: Written::Xero,
            why: crate::api::Why::New,
        }
    }

    fn plan(module: Module, action: Action, body: Value, changes: Vec<FieldChange>) -> Plan {
        Plan {
            module,
            name: "Acme".to_owned(),
            action,
            agreed: changes.iter().map(|change| change.key.clone()).collect(),
            changes,
            problems: Vec::new(),
            totals: None,
            natural_key: String::new(),
            xero_write: Some(XeroWrite { resource: "Contacts", id: None, body }),
            crm_write: Map::new(),
            person: None,
        }
    }

    fn without(plan: &Plan, messages: &[&str]) -> Option<Plan> {
        let (crm, xero) = (fixture::crm_organisation(), fixture::xero_organisation());
        let context = Context {
            crm_organisation: Some(&crm),
            xero_organisation: Some(&xero),
            module: Some(plan.module),
            crm_id: None,
            name: "Acme",
            xero_url: None,
        };
        let messages: Vec<String> = messages.iter().map(|message| (*message).to_owned()).collect();
        plan.without_refused(&messages, &context)
    }

    /// A contact with a value in every field that Xero does without.
    fn contact() -> Plan {
        let body = json!({
            "Name": "Acme", "AccountNumber": "4711", "TaxNumber": "51 824", "DefaultCurrency": "USD",
            "FirstName": "Ann", "LastName": "Ash", "EmailAddress": "ann@acme.example",
            "ContactPersons": [{"FirstName": "Bob"}],
            "Phones": [{"PhoneType": "DEFAULT", "PhoneNumber": "1"}, {"PhoneType": "FAX", "PhoneNumber": "2"}],
            "Addresses": [
                {"AddressType": "POBOX", "City": "Perth", "Country": "Oz 2"},
                {"AddressType": "STREET", "Country": "Oz 2"},
            ],
        });
        let keys = [
            "name",
            "account_number",
            "tax_number",
            "currency",
            "person.first_name",
            "person.last_name",
            "person.email",
            "people",
            "phone",
            "fax",
            "billing.city",
            "billing.country",
            "shipping.country",
        ];
        plan(Module::Accounts, Action::Create, body, keys.map(|key| change(key, key, "some value")).to_vec())
    }

    #[test]
    fn what_xero_refuses_of_what_it_need_not_have_is_left_out_and_told() {
        for (message, gone, kept) in [
            (TAKEN, vec!["/AccountNumber"], vec!["/TaxNumber", "/Phones/1"]),
            ("Email address must be valid", vec!["/EmailAddress", "/ContactPersons"], vec!["/FirstName"]),
            (
                "Additional people cannot be added when the primary person has no email address set.",
                vec!["/ContactPersons"],
                vec!["/EmailAddress"],
            ),
            ("Organisation is not subscribed to currency USD", vec!["/DefaultCurrency"], vec!["/AccountNumber"]),
            ("The TaxNumber field is too long", vec!["/TaxNumber"], vec!["/AccountNumber"]),
            ("The Fax number is not valid", vec!["/Phones/1"], vec!["/Phones/0"]),
            ("The Phone Number has 51 characters", vec!["/Phones"], vec!["/AccountNumber"]),
            (
                "Country must contain letters only.",
                vec!["/Addresses/0/Country", "/Addresses/1"],
                vec!["/Addresses/0/City"],
            ),
        ] {
            let less = without(&contact(), &[message]).unwrap_or_else(|| panic!("{message}"));
            let body = &less.xero_write.as_ref().unwrap().body;
            assert!(gone.iter().all(|place| body.pointer(place).is_none()), "{message}: {body}");
            assert!(kept.iter().all(|place| body.pointer(place).is_some()), "{message}: {body}");
            assert_eq!((less.action, body["Name"].as_str()), (Action::Create, Some("Acme")));
            assert!(!less.problems.is_empty() && less.problems.iter().all(|told| !told.stops()), "{message}");
            assert!(
                less.problems
                    .iter()
                    .all(|told| told.said.as_deref() == Some(message) && told.what.contains("some value"))
            );
            // What is left out is neither logged as written nor agreed.
            assert_eq!(less.changes.len(), less.agreed.len());
            assert!(less.changes.len() < contact().changes.len());
        }
    }

    #[test]
    fn a_document_goes_without_the_tracking_that_xero_has_no_more() {
        let told = "The tracking category or option of a line item does not exist or is not active.";
        let body = json!({"LineItems": [
            {"Description": "Work", "Tracking": [{"TrackingCategoryID": "c", "TrackingOptionID": "o"}]},
            {"LineItemID": "l", "Description": "More"},
        ]});
        let changes = vec![change("lines.1.description", "Line 1", "Work"), change("tracking:c", "Region", "North")];
        let document = plan(Module::Invoices, Action::Create, body.clone(), changes.clone());
        let less = without(&document, &[told, told]).unwrap();
        let rows = less.xero_write.unwrap().body["LineItems"].clone();
        assert_eq!(rows, json!([{"Description": "Work"}, {"LineItemID": "l", "Description": "More"}]));
        assert_eq!((less.changes.len(), less.agreed.contains("tracking:c"), less.problems.len()), (1, false, 1));
        assert!(less.problems[0].what.contains("North") && !less.problems[0].stops(), "{:?}", less.problems);
        // Where the line only carried on what it has, nothing is left out that anybody asked for.
        let document = plan(Module::Invoices, Action::UpdateXero, body, changes[..1].to_vec());
        let less = without(&document, &[told]).unwrap();
        assert_eq!((less.action, less.changes.len(), less.problems.len()), (Action::UpdateXero, 1, 0));
    }

    #[test]
    fn a_refusal_of_anything_else_leaves_nothing_out() {
        let taken = "The contact name Acme is already assigned to another contact.";
        for messages in [&[taken] as &[&str], &[TAKEN, taken], &["Something new."], &["Invoice # must be unique."]] {
            assert_eq!(without(&contact(), messages), None, "{messages:?}");
        }
        let nothing_sent = plan(Module::Accounts, Action::Create, json!({"Name": "Acme"}), Vec::new());
        assert_eq!(without(&nothing_sent, &[TAKEN]), None, "a value that was not sent can't be left out");
    }

    #[test]
    fn an_update_of_which_nothing_is_left_is_none() {
        let body = json!({"ContactID": "c", "AccountNumber": "4711"});
        let update =
            plan(Module::Accounts, Action::UpdateXero, body, vec![change("account_number", "Account number", "4711")]);
        let less = without(&update, &[TAKEN, TAKEN]).unwrap();
        assert_eq!((less.action, less.xero_write), (Action::Unchanged, None));
        assert_eq!(less.problems.len(), 1, "the same is told once");
        assert_eq!(less.problems[0].what, "The account number \"4711\" of \"Acme\" is left out in Xero.");
    }

    #[test]
    fn an_item_goes_without_the_accounts_and_taxes_that_it_may_not_have() {
        let body = json!({
            "Code": "A", "Name": "A",
            "SalesDetails": {"UnitPrice": 1, "AccountCode": "200", "TaxType": "OUTPUT"},
            "PurchaseDetails": {"AccountCode": "300"},
        });
        let item =
            plan(Module::Products, Action::Create, body, vec![change("sales.account_code", "Sales account", "200")]);
        let less = without(&item, &["Account code '200' is not a valid code for this document"]).unwrap();
        assert_eq!(less.xero_write.unwrap().body, json!({"Code": "A", "Name": "A", "SalesDetails": {"UnitPrice": 1}}));
    }
}
