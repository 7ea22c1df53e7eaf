//! Which records a run takes up.
//!
//! Lists are read page by page, oldest change first. What a page shows is compared with the links: a record whose
//! change is the one that our own last write made is no candidate.

use super::forecast;
use super::state::{List, Listed, PairRun, Run, Source, Target};
use crate::access::Refusal;
use crate::store::candidates::{self, Candidate, Side};
use crate::store::cursors::{self, Cursor, Mark};
use crate::store::links;
use crate::sync::{Context, Key, resource, xero_id};
use chrono::{DateTime, Duration, DurationRound, Utc};
use ports::Ports;
use serde_json::Value;
use shared::api::runs::{RunKind, RunState, Scope};
use shared::id::{XeroId, ZohoId};
use shared::link::{Link, LinkState};
use shared::module::{Kind, Module};
use shared::problem::{self, Code};
use shared::settings::{StatusTarget, WithoutCode, statuses};
use std::collections::HashMap;
use upstream::xero::PAGE;

/// How long the lists of what has changed are relied on before Xero's whole lists are read: they miss what Xero does
/// not count as a change (<https://developer.xero.com/documentation/api/accounting/contacts>).
const WHOLE_HOURS: i64 = 24;

/// How old a time must be so that no more changes can carry it, clocks that differ a little included.
const SETTLED_SECONDS: i64 = 5;

/// Of Xero's records on a page so many are kept for the step that takes them up.
const KEPT: usize = 200;

/// Whether nothing was listed yet.
pub(super) fn begins(run: &Run) -> bool {
    run.lists.is_empty() && run.marks.is_empty()
}

/// Begins to list anew.
pub(super) fn restart(run: &mut Run) {
    run.lists.clear();
    run.marks.clear();
    for pair in &mut run.pairs {
        *pair = PairRun::new(pair.module, pair.direction);
    }
}

/// One step of listing: some pages.
pub(super) async fn step<P: Ports>(context: &Context<'_, P>, run: &mut Run) -> Result<(), Refusal> {
    let (ports, org) = (context.ports, context.org());
    if begins(run) {
        leave_out_what_is_not_there(context, run)?;
        let rows = ports.query(cursors::select(&context.clients.scope)).await?;
        run.lists = lists(run, &cursors::read(rows)?, ports.now());
        let mut statements = vec![candidates::clear(org, &run.id)];
        if run.scope == Scope::SinceLast {
            for pair in &run.pairs {
                let which = (Run::order(pair.module), pair.module, pair.direction);
                statements.push(candidates::stage_waiting(
                    &context.clients.scope,
                    &run.id,
                    which,
                    context.settings_version,
                    ports.now(),
                )?);
            }
        }
        statements.push(run.save(org)?);
        ports.batch(statements).await?;
    }
    for _ in 0..context.engine.config.pace.pages() {
        if run.lists.is_empty() {
            break;
        }
        let staged = page(context, run).await?;
        let mut statements = Vec::new();
        if !staged.is_empty() {
            statements.push(candidates::stage(org, &run.id, &staged)?);
        }
        statements.push(run.save(org)?);
        ports.batch(statements).await?;
    }
    let counts = candidates::read_counts(ports.query(candidates::count(org, &run.id)).await?)?;
    for pair in &mut run.pairs {
        let order = Run::order(pair.module);
        pair.remaining = counts.iter().find(|(at, _)| *at == order).map_or(0, |(_, remaining)| *remaining);
        // Records that wait from before were listed by no list.
        pair.update = pair.update.max(pair.remaining.saturating_sub(pair.create + pair.skip));
    }
    if run.lists.is_empty() {
        run.listed = true;
        if run.preview {
            let budget = context.engine.desk.budget.state();
            let reserve = u32::from(context.settings.day_reserve.0);
            let left = context.engine.desk.budget.day_remaining(ports.now());
            let limit = budget.day_limit.unwrap_or(1_000);
            run.forecast = Some(forecast::forecast(run, context.engine.config.pace, left, reserve, limit));
            run.state = RunState::Ready;
        } else {
            run.state = RunState::Running;
        }
    }
    ports.query(run.save(org)?).await?;
    Ok(())
}

/// An edition of the CRM may lack a module: its pair is left out, and the run says so where somebody asked for it.
fn leave_out_what_is_not_there<P: Ports>(context: &Context<'_, P>, run: &mut Run) -> Result<(), Refusal> {
    let known = &context.lists.crm.fields;
    let missing = run.pairs.iter().map(|pair| pair.module).find(|module| !known.contains_key(module));
    let Some(missing) = missing.filter(|_| !known.is_empty()) else { return Ok(()) };
    let problem = problem::of(Code::CrmModuleUnavailable, &[("module", missing.api_name().to_owned())]);
    run.pairs.retain(|pair| known.contains_key(&pair.module));
    if run.pairs.is_empty() {
        return Err(problem.into());
    }
    if run.kind != RunKind::Scheduled {
        run.problem = Some(problem);
    }
    Ok(())
}

/// The lists of a run.
fn lists(run: &mut Run, cursors: &[Cursor], now: DateTime<Utc>) -> Vec<List> {
    let cursor = |module: Module, side: Side| cursors.iter().find(|one| one.module == module && one.side == side);
    let mark = |module: Module, side: Side| match &run.scope {
        Scope::SinceLast => cursor(module, side).map(|cursor| cursor.mark.clone()),
        Scope::Days(days) => Some(Mark::since(now - Duration::days(i64::from(*days)))),
        Scope::Everything | Scope::Records(_) => None,
    };
    let target = |module: Module, side: Side| Target { module, side, mark: mark(module, side) };
    let mut lists = Vec::new();
    let mut marks = Vec::new();
    let to_xero = |module: Module| run.pairs.iter().any(|pair| pair.module == module && pair.direction.to_xero());
    for module in Module::ALL {
        let mut targets = Vec::new();
        if to_xero(module) {
            targets.push(target(module, Side::Crm));
        }
        if module == Module::Contacts {
            for company in [Module::Accounts, Module::Vendors] {
                if !to_xero(company) {
                    continue;
                }
                let people = target(company, Side::People);
                if people.mark.is_some() {
                    targets.push(people);
                } else {
                    // All companies are listed themselves, and each is read with its people.
                    let mark = Mark::since(run.started_at);
                    marks.push(Listed { module: company, side: Side::People, mark, whole: false });
                }
            }
        }
        lists.extend(list(Source::Crm(module), targets, false));
    }
    for name in ["Contacts", "Items", "Invoices"] {
        let pairs = run.pairs.iter().filter(|pair| pair.direction.to_crm() && resource(pair.module) == name);
        let targets: Vec<Target> = pairs.map(|pair| target(pair.module, Side::Xero)).collect();
        let fresh = |target: &Target| {
            cursor(target.module, Side::Xero)
                .and_then(|cursor| cursor.whole_at)
                .is_some_and(|at| at > now - Duration::hours(WHOLE_HOURS))
        };
        let whole = run.scope == Scope::Everything || (run.scope == Scope::SinceLast && !targets.iter().all(fresh));
        lists.extend(list(Source::Xero(name.to_owned()), targets, whole));
    }
    run.marks = marks;
    lists
}

fn list(source: Source, targets: Vec<Target>, whole: bool) -> Option<List> {
    if targets.is_empty() {
        return None;
    }
    let since = match whole || targets.iter().any(|target| target.mark.is_none()) {
        true => None,
        false => targets.iter().filter_map(|target| target.mark.as_ref().map(|mark| mark.at)).min(),
    };
    Some(List { source, targets, whole: whole || since.is_none(), since, page_token: None, page: 1, reached: None })
}

/// Reads the present page of the first list and moves on.
async fn page<P: Ports>(context: &Context<'_, P>, run: &mut Run) -> Result<Vec<Candidate>, Refusal> {
    let Some(mut list) = run.lists.first().cloned() else { return Ok(Vec::new()) };
    let (rows, more, token) = match &list.source {
        Source::Crm(module) => {
            let crm = context.clients.crm_as_user();
            let read = crm.page(*module, fields(*module), list.since, list.page_token.as_deref()).await;
            let page = match read {
                Ok(page) => page,
                Err(error) => return Err(context.refuse_reader(error).await),
            };
            let rows = page
                .rows
                .into_iter()
                .filter_map(|row| Some((id_of(&row)?, shared::zoho::modified(&row)?, row)))
                .collect();
            (rows, page.next.is_some(), page.next)
        }
        Source::Xero(resource) => {
            let read = context.clients.xero().page(resource, list.since, list.page).await;
            let page = match read {
                Ok(page) => page,
                Err(error) => return Err(context.clients.refuse(error).await),
            };
            let more = resource != "Items" && page.len() >= PAGE;
            let module = match resource.as_str() {
                "Contacts" => Module::Accounts,
                "Items" => Module::Products,
                _ => Module::Invoices,
            };
            let mut rows: Vec<(String, DateTime<Utc>, Value)> = page
                .into_iter()
                .filter_map(|row| Some((xero_id(module, &row)?.to_string(), shared::xero::modified(&row)?, row)))
                .collect();
            rows.sort_by(|one, other| (one.1, &one.0).cmp(&(other.1, &other.0)));
            (rows, more, None)
        }
    };
    let fresh: Vec<(String, DateTime<Utc>, Value)> = rows
        .iter()
        .filter(|(id, at, _)| !list.reached.as_ref().is_some_and(|reached| reached.has_seen(id, *at)))
        .cloned()
        .collect();
    let staged = match &list.source {
        Source::Crm(module) => from_crm(context, run, &list, *module, &fresh).await?,
        Source::Xero(resource) => from_xero(context, run, &list, resource, &fresh).await?,
    };
    for (id, at, _) in &fresh {
        Mark::pass(&mut list.reached, id, *at);
    }
    if !more {
        // Zoho counts in seconds: what was seen in the present one may change again within it.
        let settled = context.ports.now() - Duration::seconds(SETTLED_SECONDS);
        if let Some(reached) = list.reached.as_mut().filter(|reached| reached.at > settled) {
            reached.seen.clear();
        }
    }
    move_on(run, list, rows.last().map(|(_, at, _)| *at), more, token);
    Ok(staged)
}

/// To the next page, or to the next list.
fn move_on(run: &mut Run, mut list: List, last: Option<DateTime<Utc>>, more: bool, token: Option<String>) {
    let last = last.and_then(|at| at.duration_trunc(Duration::seconds(1)).ok());
    match (more, last) {
        (true, Some(last)) if list.since.is_none_or(|since| last > since) => {
            list.since = Some(last);
            list.page = 1;
            list.page_token = None;
            run.lists[0] = list;
        }
        (true, _) => {
            list.page += 1;
            list.page_token = token;
            run.lists[0] = list;
        }
        (false, _) => {
            run.lists.remove(0);
            for target in list.targets {
                // Nothing was there to see: what changes from now on counts.
                let mark = match (list.reached.clone(), target.mark) {
                    (Some(reached), Some(before)) if before.at > reached.at => before,
                    (Some(mut reached), Some(before)) if before.at == reached.at => {
                        reached.seen.extend(
                            before.seen.into_iter().filter(|id| !reached.seen.contains(id)).collect::<Vec<_>>(),
                        );
                        reached
                    }
                    (Some(reached), _) => reached,
                    (None, Some(before)) => before,
                    (None, None) => Mark::since(run.started_at),
                };
                run.marks.push(Listed { module: target.module, side: target.side, mark, whole: list.whole });
            }
        }
    }
}

/// Candidates among rows of a CRM list.
async fn from_crm<P: Ports>(
    context: &Context<'_, P>,
    run: &mut Run,
    list: &List,
    module: Module,
    rows: &[(String, DateTime<Utc>, Value)],
) -> Result<Vec<Candidate>, Refusal> {
    // Each row may be a candidate itself, and a person of an account or vendor.
    let mut found: Vec<(&Target, Key, DateTime<Utc>, &Value)> = Vec::new();
    for (id, at, row) in rows {
        for target in &list.targets {
            if target.mark.as_ref().is_some_and(|mark| mark.has_seen(id, *at)) {
                continue;
            }
            let key = match target.side {
                Side::People => company(row, target.module).map(|company| (target.module, company)),
                _ => ZohoId::new(id.clone()).ok().map(|id| (module, id)),
            };
            if let Some(key) = key {
                found.push((target, key, *at, row));
            }
        }
    }
    let keys: Vec<Key> = found.iter().map(|(_, key, ..)| key.clone()).collect();
    let links = links::get_all(context.ports, &context.clients.scope, &keys).await?;
    let guarded = run.scope == Scope::SinceLast;
    let mut staged = Vec::new();
    for ((target, key, at, row), link) in found.into_iter().zip(links) {
        let linked = link.as_ref().is_some_and(|link| link.state == LinkState::Linked);
        let is_echo = link.as_ref().is_some_and(|link| match target.side {
            Side::People => link.contacts_modified.is_some_and(|known| at <= known),
            _ => link.crm_modified == Some(at),
        });
        if guarded && linked && is_echo {
            continue;
        }
        let is_person = module == Module::Contacts && target.side == Side::Crm && has_company(row);
        if is_person && !linked {
            continue;
        }
        let skips = target.side == Side::Crm && left_alone(context, key.0, row, linked);
        if let Some(pair) = run.pair_mut(key.0)
            && target.side == Side::Crm
        {
            match (skips, linked) {
                (true, _) => pair.skip += 1,
                (false, true) => pair.update += 1,
                (false, false) => pair.create += 1,
            }
        }
        let partner = link.and_then(|link| link.xero_id);
        staged.push(Candidate::of_crm(Run::order(key.0), target.side, key.1, partner));
    }
    Ok(staged)
}

/// Candidates among rows of a Xero list.
async fn from_xero<P: Ports>(
    context: &Context<'_, P>,
    run: &mut Run,
    list: &List,
    resource: &str,
    rows: &[(String, DateTime<Utc>, Value)],
) -> Result<Vec<Candidate>, Refusal> {
    let ids: Vec<XeroId> = rows.iter().filter_map(|(id, ..)| XeroId::new(id.clone()).ok()).collect();
    let mut links: HashMap<XeroId, Vec<Link>> = HashMap::new();
    let links::OfXero { held, let_go } = links::of_xero(context.ports, &context.clients.scope, &ids).await?;
    for link in held.into_iter().chain(let_go) {
        if let Some(id) = link.xero_id.clone().or_else(|| link.was.clone()) {
            let known: &mut Vec<Link> = links.entry(id).or_default();
            // The one whose partner it is now stands first.
            if known.iter().all(|other| other.module != link.module) {
                known.push(link);
            }
        }
    }
    let key = &context.engine.config.fingerprint_key.0;
    let guarded = run.scope == Scope::SinceLast;
    let mut staged: Vec<Candidate> = Vec::new();
    let mut kept = Vec::new();
    for (id, at, row) in rows {
        let Ok(id) = XeroId::new(id.clone()) else { continue };
        let before = staged.len();
        let seen = |module: Module| {
            let target = list.targets.iter().find(|target| target.module == module);
            target.map(|target| target.mark.as_ref().is_some_and(|mark| mark.has_seen(id.as_str(), *at)))
        };
        let known = links.get(&id).map(Vec::as_slice).unwrap_or_default();
        for link in known {
            let Some(seen) = seen(link.module) else { continue };
            let is_echo = match list.whole && guarded {
                true => !shared::plan::xero_changed(link, key, link.module, row),
                false => {
                    seen || link.xero_updated == Some(*at) || !shared::plan::xero_changed(link, key, link.module, row)
                }
            };
            if guarded && is_echo {
                continue;
            }
            let crm_id = link.crm_id.clone();
            staged.push(Candidate::of_crm(Run::order(link.module), Side::Xero, crm_id, Some(id.clone())));
            if let Some(pair) = run.pair_mut(link.module)
                && !pair.direction.to_xero()
            {
                pair.update += 1;
            }
        }
        if known.is_empty() {
            let home = shared::plan::home(resource, row, &context.settings);
            let module = match &home {
                Ok(module) => *module,
                // The log says why such a contact is left alone.
                Err(_) => Module::Accounts,
            };
            let module = list.targets.iter().map(|target| target.module).find(|one| *one == module).or_else(|| {
                let vendors = home.is_err() && seen(Module::Vendors).is_some();
                vendors.then_some(Module::Vendors)
            });
            let Some(module) = module else { continue };
            // A contact that has become a customer or supplier is no change in Xero's eyes.
            let became = list.whole && resource == "Contacts" && home.is_ok() && is_active(row);
            if guarded && seen(module) == Some(true) && !became {
                continue;
            }
            let candidate = match shared::plan::back_pointer(row, &context.lists.crm) {
                Some((back, crm_id)) if list.targets.iter().any(|target| target.module == back) => {
                    Candidate::of_crm(Run::order(back), Side::Xero, crm_id, Some(id.clone()))
                }
                _ => Candidate::of_xero(Run::order(module), id.clone()),
            };
            let skips = home.is_err() || is_over(module, row);
            if let Some(pair) = run.pair_mut(module) {
                match (skips, candidate.crm_id.is_some()) {
                    (true, _) => pair.skip += 1,
                    (false, true) => pair.update += 1,
                    (false, false) => {
                        pair.create += 1;
                        pair.arrive += 1;
                    }
                }
            }
            staged.push(candidate);
        }
        if staged.len() > before && kept.len() < KEPT {
            kept.push((id, row.clone()));
        }
    }
    context.engine.desk.keep_pages(context.ports.now(), kept);
    Ok(staged)
}

/// What is read of a module's records to see whether they are candidates.
fn fields(module: Module) -> &'static [&'static str] {
    match module {
        Module::Accounts | Module::Vendors => &["Modified_Time"],
        Module::Contacts => &["Modified_Time", "Account_Name", "Vendor_Name"],
        Module::Products => &["Modified_Time", "Product_Active", "Product_Code"],
        Module::Invoices | Module::PurchaseOrders => &["Modified_Time", "Status"],
    }
}

fn id_of(row: &Value) -> Option<String> {
    row.get("id")?.as_str().map(str::to_owned)
}

fn pointed(row: &Value, field: &str) -> Option<ZohoId> {
    ZohoId::new(row.get(field)?.get("id")?.as_str()?).ok()
}

/// The account or vendor that a contact belongs to.
fn company(row: &Value, module: Module) -> Option<ZohoId> {
    pointed(row, crate::sync::company_field(module))
}

fn has_company(row: &Value) -> bool {
    company(row, Module::Accounts).or_else(|| company(row, Module::Vendors)).is_some()
}

/// Whether the list's row shows already that the record is left alone.
fn left_alone<P: Ports>(context: &Context<'_, P>, module: Module, row: &Value, linked: bool) -> bool {
    match module.kind() {
        Kind::Party => false,
        Kind::Item => {
            let inactive = row.get("Product_Active").and_then(Value::as_bool) == Some(false);
            let code = row.get("Product_Code").and_then(shared::record::identifier);
            let service = context.settings.products.without_code == WithoutCode::Service && code.is_none();
            inactive || (service && !linked)
        }
        Kind::Document => {
            let status = row.get("Status").and_then(Value::as_str);
            // A status that was chosen for what Xero says is Xero's news and no reason to leave a record alone.
            let chosen = status.is_some_and(|status| {
                statuses::stands_for(&context.settings, &context.lists.crm, module, status).is_some()
            });
            if linked && chosen {
                return false;
            }
            match statuses::target(&context.settings, &context.lists.crm, module, status) {
                Ok(StatusTarget::Skip) | Err(_) => true,
                Ok(StatusTarget::Cancel) => !linked || !context.settings.documents.allow_void,
                Ok(_) => false,
            }
        }
    }
}

/// Whether a Xero record has come to its end, so that it is not created in the CRM.
fn is_over(module: Module, row: &Value) -> bool {
    match module.kind() {
        Kind::Party => !is_active(row),
        Kind::Item => false,
        Kind::Document => matches!(row.get("Status").and_then(Value::as_str), Some("VOIDED" | "DELETED")),
    }
}

fn is_active(contact: &Value) -> bool {
    contact.get("ContactStatus").and_then(Value::as_str) == Some("ACTIVE")
}
