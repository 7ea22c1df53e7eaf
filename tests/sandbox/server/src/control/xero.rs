//! What the control API does to Xero.

use sandbox_kernel::Request;
use sandbox_xero::{Person, PlanLimit, Refused, SurplusKind};
use serde_json::{Value, json};

use super::{Problem, body, count, date, decimal, done, flag, tenant, text, texts, unknown, wrong};
use crate::world::World;

/// Answers a request below `/control/xero/{tenant}`; `path` holds the segments after it.
pub(super) fn act(world: &mut World, request: &Request, tenant: &str, path: &[&str]) -> Result<Value, Problem> {
    let now = world.now();
    let body = body(request)?;
    let xero = &mut world.xero;
    let told = |refused: Refused| wrong(refused.to_string());
    match (request.method.as_str(), path) {
        ("GET", [resource]) => Ok(Value::Array(xero.all(tenant, resource))),
        ("GET", [resource, id]) => xero.get(tenant, resource, id).ok_or_else(|| unknown("Xero has no such record.")),
        ("POST", ["actions", action]) => {
            match *action {
                "pay" => {
                    let day = date(&body, "date")?.unwrap_or_else(|| now.date_naive());
                    xero.pay(tenant, text(&body, "invoice")?, decimal(&body, "amount")?, day, now).map_err(told)?;
                }
                "credit" => {
                    let day = date(&body, "date")?.unwrap_or_else(|| now.date_naive());
                    let (invoice, amount) = (text(&body, "invoice")?, decimal(&body, "amount")?);
                    xero.credit(tenant, invoice, surplus(&body)?, amount, day, now).map_err(told)?;
                }
                "surplus" => {
                    let (contact, amount) = (text(&body, "contact")?, decimal(&body, "amount")?);
                    let sale = flag(&body, "sale").unwrap_or(true);
                    xero.surplus(tenant, contact, surplus(&body)?, sale, amount, now).map_err(told)?;
                }
                "repeat" => return xero.repeat(tenant, body["invoice"].clone(), now).map_err(told),
                "archive_tracking" => {
                    let option = body["option"].as_str();
                    xero.archive_tracking(tenant, text(&body, "category")?, option).map_err(told)?;
                }
                "allocate" => {
                    let (note, invoice) = (text(&body, "credit_note")?, text(&body, "invoice")?);
                    xero.allocate(tenant, note, invoice, decimal(&body, "amount")?, now).map_err(told)?;
                }
                "day_limit" => xero.set_day_limit(count(&body, "calls")?.unwrap_or(5_000)),
                "void" => {
                    xero.void(tenant, text(&body, "invoice")?, now).map_err(told)?;
                }
                "archive_contact" => xero.archive_contact(tenant, text(&body, "contact")?, now).map_err(told)?,
                "restore_contact" => xero.restore_contact(tenant, text(&body, "contact")?, now).map_err(told)?,
                "offline" => xero.set_offline(Some(tenant), body["text"].as_str()),
                "unpay" => {
                    xero.unpay(tenant, text(&body, "payment")?, now).map_err(told)?;
                }
                "merge_contacts" => {
                    xero.merge_contacts(tenant, text(&body, "loser")?, text(&body, "winner")?, now).map_err(told)?;
                }
                "lock_dates" => {
                    xero.set_lock_dates(tenant, date(&body, "period")?, date(&body, "year")?).map_err(told)?;
                }
                "archive_account" => xero.archive_account(tenant, text(&body, "code")?, now).map_err(told)?,
                "delete_tax_rate" => xero.delete_tax_rate(tenant, text(&body, "tax_type")?).map_err(told)?,
                "plan_limit" => {
                    let limit = PlanLimit { invoices: count(&body, "invoices")?, bills: count(&body, "bills")? };
                    xero.set_plan_limit(tenant, limit).map_err(told)?;
                }
                "disconnect" => xero.disconnect(tenant),
                _ => return Err(unknown("no such action")),
            }
            Ok(done())
        }
        ("PUT", [resource, id]) => xero.update(tenant, resource, id, body, now).map_err(told),
        ("POST", [resource]) => xero.insert(tenant, resource, body, now).map_err(told),
        _ => Err(unknown("no such call")),
    }
}

fn surplus(body: &Value) -> Result<SurplusKind, Problem> {
    match text(body, "kind")? {
        "overpayment" => Ok(SurplusKind::Overpayment),
        "prepayment" => Ok(SurplusKind::Prepayment),
        _ => Err(wrong("\"kind\" must be overpayment or prepayment.")),
    }
}

/// The identity service: who there is, what they granted, and what it withholds. Below `/control/identity`.
pub(super) fn identity(world: &mut World, request: &Request, path: &[&str]) -> Result<Value, Problem> {
    let content = body(request)?;
    let tenants: Vec<String> = match texts(&content["tenants"]) {
        None => Vec::new(),
        Some(names) => names.iter().map(|name| tenant(world, name)).collect::<Result<_, _>>()?,
    };
    let xero = &mut world.xero;
    match (request.method.as_str(), path) {
        ("GET", ["people"]) => Ok(xero.people().iter().map(person).collect()),
        ("POST", ["people"]) => {
            let tenants: Vec<&str> = tenants.iter().map(String::as_str).collect();
            let (given, family) = (text(&content, "given_name")?, text(&content, "family_name")?);
            let id = xero.add_person(given, family, text(&content, "email")?, &tenants);
            Ok(json!({ "id": id }))
        }
        ("PUT", ["people", email]) => {
            let member = flag(&content, "member").ok_or_else(|| wrong("\"member\" must be true or false."))?;
            if tenants.iter().all(|tenant| xero.set_member(email, tenant, member)) {
                Ok(done())
            } else {
                Err(unknown("Xero has no such person."))
            }
        }
        ("POST", ["organisations"]) => {
            let made = xero.add_organisation(text(&content, "country")?, text(&content, "name")?);
            Ok(json!({ "tenant": made.ok_or_else(|| wrong("\"country\" must be AU or NZ."))? }))
        }
        ("PUT", ["scopes"]) => {
            let withheld = texts(&content["withheld"]).ok_or_else(|| wrong("\"withheld\" must be a list."))?;
            xero.withhold_scopes(&withheld.iter().map(String::as_str).collect::<Vec<_>>());
            Ok(done())
        }
        ("GET", ["connections"]) => Ok(xero
            .links()
            .into_iter()
            .map(|link| json!({ "id": link.id, "tenant": link.tenant, "email": link.email, "created": link.created }))
            .collect()),
        _ => Err(unknown("no such call")),
    }
}

fn person(person: &Person) -> Value {
    json!({ "id": person.id, "name": person.name(), "email": person.email, "tenants": person.tenants })
}
