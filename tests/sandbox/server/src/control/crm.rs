//! What the control API does to a CRM.

use std::collections::BTreeSet;

use sandbox_kernel::Request;
use sandbox_zoho::{
    Approval, Coins, CompositeRows, Deactivated, Decimals, DiscountOnWhole, Editable, Equals, FieldProfiles,
    FieldRights, HiddenColumn, HiddenField, InnerPercent, Like, LockedFor, Others, Percents, ProfilesFor,
    ReadOnlyValue, RecordFlag, Standing, TaxMode, TaxesFor, Trouble, Unnamed, UnsaidRate, Zoho,
};
use serde_json::{Map, Value, json};

use super::{Problem, body, decimal, done, flag, text, texts, unknown, word, wrong};
use crate::world::World;

/// Answers a request below `/control/crm/{org}`; `path` holds the segments after it.
pub(super) fn act(world: &mut World, request: &Request, org: &str, path: &[&str]) -> Result<Value, Problem> {
    world.wind();
    let body = body(request)?;
    if path == ["settings"] && body["numbers_of"].as_str().is_some_and(|other| other != org) {
        match org {
            "us" => world.zoho.take_numbers_of(&world.zoho_eu),
            _ => world.zoho_eu.take_numbers_of(&world.zoho),
        }
    }
    let zoho = match org {
        "us" => &mut world.zoho,
        "eu" => &mut world.zoho_eu,
        other => return Err(unknown(format!("\"{other}\" is none of the organisations us, eu."))),
    };
    match (request.method.as_str(), path) {
        ("PUT", ["settings"]) => settings(zoho, &body),
        ("PUT", ["answers"]) => answers(zoho, &body),
        ("PUT", ["scopes"]) => {
            let withheld = texts(&body["withheld"]).ok_or_else(|| wrong("\"withheld\" must be a list."))?;
            zoho.withhold_scopes(&withheld.iter().map(String::as_str).collect::<Vec<_>>());
            Ok(done())
        }
        ("GET", ["profiles"]) => Ok(zoho
            .profiles()
            .iter()
            .map(|profile| {
                let administrator = profile.is_administrator();
                json!({ "id": profile.id.to_string(), "name": profile.name, "administrator": administrator })
            })
            .collect()),
        ("POST", ["profiles"]) => {
            let name = text(&body, "name")?;
            let id = match body["from"].as_str() {
                Some(from) => zoho.clone_profile(from, name).ok_or_else(|| unknown("The CRM has no such profile."))?,
                None => zoho.add_profile(name),
            };
            profile(zoho, id, &body)?;
            Ok(json!({ "id": id.to_string() }))
        }
        ("PUT", ["profile"]) => {
            let named = match body["profile"].as_str() {
                Some(name) => zoho.profiles().iter().find(|profile| profile.name == name).map(|profile| profile.id),
                None => zoho.profile_of(text(&body, "user")?).map(|profile| profile.id),
            };
            profile(zoho, named.ok_or_else(|| unknown("The CRM has no such user or profile."))?, &body)
        }
        ("POST", ["users"]) => {
            let (email, profile) = (text(&body, "email")?, text(&body, "profile")?);
            let id = zoho.add_user(text(&body, "first_name")?, text(&body, "last_name")?, email, profile);
            let id = id.ok_or_else(|| wrong("There is no such profile, or somebody has this address."))?;
            Ok(json!({ "id": id.to_string() }))
        }
        ("PUT", ["users", email]) => user(zoho, email, &body),
        ("GET", [module]) => Ok(Value::Array(zoho.records(module))),
        ("GET", [module, "fields"]) => {
            let found = zoho.modules().iter().find(|candidate| candidate.api_name == *module);
            let found = found.ok_or_else(|| unknown("The CRM has no such module."))?;
            Ok(found.fields.iter().map(|field| field.api_name.as_str()).collect())
        }
        ("GET", [module, id]) => zoho.get(module, id).ok_or_else(|| unknown("There is no such record.")),
        ("POST", [module, "fields"]) => Ok(json!({ "api_name": zoho.create_field(module, &body).map_err(refused)? })),
        ("DELETE", [module, "fields", field]) => {
            if zoho.delete_custom_field(module, field) {
                Ok(done())
            } else {
                Err(unknown("There is no such custom field."))
            }
        }
        ("POST", [module]) => Ok(json!({ "id": zoho.insert(module, &body).map_err(refused)? })),
        ("PUT", [module, id]) => {
            match body["user"].as_str() {
                Some(user) => zoho.update_as(user, module, id, &body["changes"]),
                None => zoho.update(module, id, &body["changes"]),
            }
            .map_err(refused)?;
            Ok(done())
        }
        ("DELETE", [module, id]) => {
            if zoho.delete(module, id) {
                Ok(done())
            } else {
                Err(unknown("There is no such record."))
            }
        }
        ("PUT", [module, id, "flag"]) => {
            let waits = |on, waiting| RecordFlag::Approval(if on { waiting } else { Approval::Approved });
            let flags: Vec<RecordFlag> = [
                flag(&body, "locked").map(RecordFlag::Locked),
                flag(&body, "in_blueprint").map(RecordFlag::InBlueprint),
                flag(&body, "pending").map(|on| waits(on, Approval::Pending)),
                flag(&body, "in_review").map(|on| waits(on, Approval::InReview)),
            ]
            .into_iter()
            .flatten()
            .collect();
            let territories = texts(&body["territories"]);
            if flags.is_empty() && territories.is_none() {
                return Err(wrong("One of locked, in_blueprint, pending, in_review and territories must be there."));
            }
            let placed = territories.is_none_or(|names| {
                zoho.set_territories(module, id, &names.iter().map(String::as_str).collect::<Vec<_>>())
            });
            if placed && flags.into_iter().all(|flag| zoho.set_record_flag(module, id, flag)) {
                Ok(done())
            } else {
                Err(unknown("There is no such record."))
            }
        }
        _ => Err(unknown("no such call")),
    }
}

/// Zoho's error envelope as a problem.
fn refused(envelope: Value) -> Problem {
    wrong(envelope.to_string())
}

fn settings(zoho: &mut Zoho, body: &Value) -> Result<Value, Problem> {
    match body["tax_mode"].as_str() {
        None => {}
        Some("item") => zoho.set_tax_mode(TaxMode::Item),
        Some("total") => zoho.set_tax_mode(TaxMode::Total),
        Some(_) => return Err(wrong("\"tax_mode\" must be item or total.")),
    }
    if let Some(zone) = body["time_zone"].as_str()
        && !zoho.set_time_zone(zone)
    {
        return Err(wrong(format!("\"{zone}\" is no time zone.")));
    }
    if let Some(unique) = body.get("unique")
        && !zoho.make_unique(text(unique, "module")?, text(unique, "field")?)
    {
        return Err(unknown("The CRM has no such field."));
    }
    if let Some(tax) = body.get("add_tax") {
        zoho.add_tax(text(tax, "name")?, decimal(tax, "percentage")?);
    }
    Ok(done())
}

fn answers(zoho: &mut Zoho, body: &Value) -> Result<Value, Problem> {
    let mut answers = *zoho.answers_mut();
    macro_rules! choose {
        ($($field:ident: $($word:literal => $meaning:expr),+;)+) => {
            $(if let Some(meaning) = word(body, stringify!($field), &[$(($word, $meaning)),+])? {
                answers.$field = meaning;
            })+
        };
    }
    choose! {
        profiles: "managers" => ProfilesFor::Managers, "everybody" => ProfilesFor::Everybody, "nobody" => ProfilesFor::Nobody;
        field_profiles: "taken" => FieldProfiles::Taken, "refused_at_creation" => FieldProfiles::RefusedAtCreation,
            "refused" => FieldProfiles::Refused;
        field_rights: "told" => FieldRights::Told, "untold" => FieldRights::Untold;
        unnamed_profile: "reads_and_writes" => Unnamed::ReadsAndWrites, "sees_nothing" => Unnamed::SeesNothing;
        read_only_value: "refused" => ReadOnlyValue::Refused, "ignored" => ReadOnlyValue::Ignored;
        hidden_column: "refused" => HiddenColumn::Refused, "absent" => HiddenColumn::Absent;
        editable: "saves_now" => Editable::SavesNow, "shared_for_writing" => Editable::SharedForWriting;
        locked_for: "everybody" => LockedFor::Everybody, "all_but_administrators" => LockedFor::AllButAdministrators;
        deactivated: "authentication_failure" => Deactivated::AuthenticationFailure,
            "invalid_token" => Deactivated::InvalidToken, "shown_as_disabled" => Deactivated::ShownAsDisabled;
        composite_rows: "refused" => CompositeRows::Refused, "cut" => CompositeRows::Cut;
        taxes: "everybody" => TaxesFor::Everybody, "scope_missing" => TaxesFor::ScopeMissing,
            "not_permitted" => TaxesFor::NotPermitted, "unknown" => TaxesFor::Unknown, "refused" => TaxesFor::Refused;
        decimals: "refused" => Decimals::Refused, "rounded" => Decimals::Rounded;
        percents: "up_to_hundred" => Percents::UpToHundred, "any" => Percents::Any;
        coins: "of_the_currency" => Coins::OfTheCurrency, "cents" => Coins::Cents;
        hidden_field: "absent" => HiddenField::Absent, "null" => HiddenField::Null;
        like: "ignores_case" => Like::IgnoresCase, "minds_case" => Like::MindsCase;
        equals: "mind_case" => Equals::MindCase, "ignore_case" => Equals::IgnoreCase;
        inner_percent: "stands_for_others" => InnerPercent::StandsForOthers, "is_a_sign" => InnerPercent::IsASign,
            "refused" => InnerPercent::Refused;
        discount: "as_assumed" => DiscountOnWhole::AsAssumed, "the_other_way" => DiscountOnWhole::TheOtherWay;
        rate: "one" => UnsaidRate::One, "of_the_organisation" => UnsaidRate::OfTheOrganisation;
    }
    zoho.set_answers(answers);
    Ok(done())
}

fn user(zoho: &mut Zoho, email: &str, body: &Value) -> Result<Value, Problem> {
    let no_user = || unknown("The CRM has no such user.");
    zoho.user_of(email).ok_or_else(no_user)?;
    let standings =
        [("active", Standing::Active), ("deactivated", Standing::Deactivated), ("removed", Standing::Removed)];
    if let Some(standing) = word(body, "standing", &standings)? {
        zoho.set_standing(email, standing);
    }
    if let Some(profile) = body["profile"].as_str()
        && !zoho.set_profile(email, profile)
    {
        return Err(unknown("The CRM has no such profile."));
    }
    if let Some(names) = texts(&body["territories"]) {
        zoho.set_user_territories(email, &names.iter().map(String::as_str).collect::<Vec<_>>());
    }
    match body.get("trouble") {
        None => {}
        Some(Value::Null) => {
            zoho.set_trouble(email, None);
        }
        Some(_) => {
            let troubles = [("throttled", Trouble::Throttled), ("outage", Trouble::Outage)];
            zoho.set_trouble(email, word(body, "trouble", &troubles)?);
        }
    }
    Ok(done())
}

/// Pairs of module and field, or none where there is no list.
fn pairs(value: &Value) -> Option<BTreeSet<(String, String)>> {
    let pair = |pair: &Value| Some((pair[0].as_str()?.to_owned(), pair[1].as_str()?.to_owned()));
    Some(value.as_array()?.iter().filter_map(pair).collect())
}

fn profile(zoho: &mut Zoho, id: u64, body: &Value) -> Result<Value, Problem> {
    const OTHERS: [(&str, Others); 3] = [("none", Others::None), ("read", Others::Read), ("write", Others::Write)];
    let profile = zoho.profiles_mut().iter_mut().find(|profile| profile.id == id);
    let profile = profile.ok_or_else(|| unknown("The CRM has no such profile."))?;
    if let Some(name) = body["name"].as_str() {
        name.clone_into(&mut profile.name);
    }
    if let Some(administrator) = flag(body, "administrator") {
        profile.set_administrator(administrator);
    }
    profile.customises = flag(body, "customises").unwrap_or(profile.customises);
    profile.manages_users = flag(body, "manages_users").unwrap_or(profile.manages_users);
    profile.manages_profiles = flag(body, "manages_profiles").unwrap_or(profile.manages_profiles);
    if let Some(all) = flag(body, "sees_all_records") {
        profile.others = if all { Others::Write } else { Others::None };
    }
    profile.others = word(body, "others", &OTHERS)?.unwrap_or(profile.others);
    for module in body["others_in"].as_object().into_iter().flat_map(Map::keys) {
        if let Some(others) = word(&body["others_in"], module, &OTHERS)? {
            profile.others_in.insert(module.clone(), others);
        }
    }
    if let Some(modules) = texts(&body["closed_modules"]) {
        profile.closed_modules = modules.into_iter().collect();
    }
    if let Some(modules) = texts(&body["read_only_modules"]) {
        profile.read_only_modules = modules.into_iter().collect();
    }
    if let Some(fields) = pairs(&body["hidden_fields"]) {
        profile.hidden_fields = fields;
    }
    if let Some(fields) = pairs(&body["read_only_fields"]) {
        profile.read_only_fields = fields;
    }
    Ok(done())
}
