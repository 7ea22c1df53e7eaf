//! A record that somebody looks at or clicks: a run of one, with an entry of its own and an answer for whoever waits.

use super::both::Both;
use super::context::{Context, Errand, Reader};
use super::dependencies;
use super::engine::Engine;
use super::key::Key;
use super::match_up::Lookups;
use super::outcome::{is_weather, outcome_of_failure};
use super::pushed::{Log, Prepared, Pushed};
use super::resolved::Resolved;
use crate::access::Refusal;
use crate::access::rights::{Administrator, Member};
use crate::store::{audit, entries};
use crate::text;
use chrono::{DateTime, Utc};
use ports::{Ports, Statement};
use shared::api::{Action, CallView, EntriesPage, EntryView, Outcome, RecordView, Step, SyncReply};
use shared::id::{XeroId, ZohoId};
use shared::module::Module;
use shared::problem::Code;
use shared::settings::{Direction, Settings};

/// Calls of Xero after which what is known of its limits is kept although nothing else is saved.
const UNKEPT: u32 = 20;

/// [`Engine::view`]
pub(super) async fn view<P: Ports>(
    engine: &Engine<'_, P>,
    user: &Member,
    module: Module,
    id: &ZohoId,
) -> Result<RecordView, Refusal> {
    let key = Some((module, id.clone()));
    let context = Context::open(engine, Reader::Member(user), Errand::Reading(user), key).await?;
    view_in(engine, context, user, module, id).await
}

/// [`Engine::preview_with`]
pub(super) async fn preview_with<P: Ports>(
    engine: &Engine<'_, P>,
    user: &Administrator,
    module: Module,
    id: &ZohoId,
    settings: &Settings,
) -> Result<RecordView, Refusal> {
    let key = Some((module, id.clone()));
    let mut context = Context::open(engine, Reader::Member(user), Errand::Reading(user), key).await?;
    engine.must_pass(&mut context, settings).await?;
    context.settings = settings.clone();
    view_in(engine, context, user, module, id).await
}

async fn view_in<P: Ports>(
    engine: &Engine<'_, P>,
    mut context: Context<'_, P>,
    user: &Member,
    module: Module,
    id: &ZohoId,
) -> Result<RecordView, Refusal> {
    let mut both = context.read(module, id).await?;
    let (plan, resolved) = context.preview(&mut both).await?;
    let mut statements = vec![entries::select(&context.beside(user, &both), None, entries::NEWEST)];
    // Whoever only looks uses up Xero's day, too.
    if engine.desk.budget.unkept() >= UNKEPT {
        statements.extend(engine.desk.keep_budget(&user.org)?);
    }
    let newest = engine.ports.batch(statements).await?.into_iter().next().unwrap_or_default();
    let newest = entries::read(newest)?;
    Ok(context.show(&both, &plan, &resolved.references, &resolved.views, both.xero.as_ref(), newest))
}

/// [`Engine::sync_as_shown`]
pub(super) async fn sync_as_shown<P: Ports>(
    engine: &Engine<'_, P>,
    user: &Member,
    module: Module,
    id: &ZohoId,
    word: Option<String>,
) -> Result<SyncReply, Refusal> {
    let started = engine.ports.now();
    let key = (module, id.clone());
    let _own = engine.desk.turns(&user.org, std::slice::from_ref(&key)).await;
    let _progress = engine.desk.begin(&user.org, &key, &user.id);
    let context = Context::open(engine, Reader::Member(user), Errand::Click(user), Some(key.clone())).await;
    let mut context = match context {
        Ok(context) => context,
        Err(refusal) => return log_unread(engine, user, &key, started, Vec::new(), refusal).await,
    };
    context.word = word;
    context.step(Step::Read);
    let mut both = match context.read(module, id).await {
        Ok(both) => both,
        Err(refusal) => return log_unread(engine, user, &key, started, context.calls(), refusal).await,
    };
    context.step(Step::Compare);
    let mut entry = opened(engine.ports, user, &key, &both.name, started);
    entry.party = both.party();
    let pushed = match Box::pin(push(engine, &mut context, &mut both, &mut entry)).await {
        Ok(pushed) => pushed,
        Err(refusal) => {
            let save = |entry: &EntryView| context.save_entries([entry]);
            return log_refused(engine, user, entry, context.calls(), refusal, save).await;
        }
    };
    close(&mut entry, &pushed, context.calls(), engine.ports.now());
    entry.direction = context.direction(module);
    let mut statements =
        vec![context.save_entries([&entry])?, entries::select(&context.beside(user, &both), None, entries::NEWEST)];
    statements.extend(engine.desk.keep_budget(&user.org)?);
    if let Some(released) = released_emails(&entry) {
        let now = engine.ports.now();
        statements.push(audit::note(engine.ports, &user.org, &user.name, audit::Action::ReleaseEmail, &released, now));
    }
    let newest = engine.ports.batch(statements).await?.into_iter().nth(1).unwrap_or_default();
    let newest = entries::read(newest)?;
    let mut after = pushed.prepared.both.clone();
    after.link.clone_from(&pushed.link);
    pushed.tell(&mut after.snapshot);
    let mut plan = pushed.plan_afterwards();
    if let (Action::UpdateCrm, Some(element)) = (plan.action, &pushed.xero) {
        let known = |key: &str| plan.changes.iter().any(|change| change.key == key);
        let news = shared::plan::news(&context.inputs(&after, &pushed.prepared.references), element);
        let news: Vec<_> = news.into_iter().filter(|one| !known(&one.key)).collect();
        plan.changes.extend(news);
    }
    let first = &pushed.first;
    let view = context.show(&after, &plan, &pushed.prepared.references, first, pushed.xero.as_ref(), newest);
    let told = view.entries.iter().find(|told| told.id == entry.id).cloned();
    let entry = told.ok_or_else(|| Refusal::internal("an entry was lost after it was saved"))?;
    Ok(SyncReply { entry, view })
}

/// Sends the dependencies, then the record; tells the CRM.
async fn push<P: Ports>(
    engine: &Engine<'_, P>,
    context: &mut Context<'_, P>,
    both: &mut Both,
    entry: &mut EntryView,
) -> Result<Pushed, Refusal> {
    if context.not_editable(both).is_some() {
        return context.only_preview(both).await;
    }
    let alone = context.leaves_alone(both);
    let needs = match alone {
        true => context.needs_as_named(both),
        false => context.needs(both).await?,
    };
    let keys = needs.keys();
    // After the record itself, which nobody else waits for who has one of these.
    let _turns = engine.desk.turns(context.org(), &keys).await;
    let _more_turns;
    let (mut resolved, mut first) = match alone {
        true => (Resolved::NOTHING, Vec::new()),
        false => context.push_dependencies(both, needs, entry).await?,
    };
    resolved.lines_wait(both);
    let mut plan = context.plan(both, &resolved.references, Lookups::OnlyUnsettled).await?;
    if alone && !matches!(plan.action, Action::Skip | Action::Blocked) {
        // Newer lists made something of it after all.
        let needs = context.needs(both).await?;
        let more: Vec<Key> = needs.keys().into_iter().filter(|key| !keys.contains(key)).collect();
        let (turns, got) = engine.desk.try_turns(context.org(), &more);
        if got.contains(&false) {
            return Err(Refusal::of(Code::SyncInProgress, &[]));
        }
        _more_turns = turns;
        (resolved, first) = context.push_dependencies(both, needs, entry).await?;
        resolved.lines_wait(both);
        plan = context.plan(both, &resolved.references, Lookups::OnlyUnsettled).await?;
    }
    if both.is_held_in(&plan) {
        return context.only_preview(both).await;
    }
    let prepared = Prepared { both: both.clone(), plan, references: resolved.references };
    let sent = async {
        if !resolved.failed.is_empty() && prepared.references.waiting.is_empty() {
            return Ok(Pushed::stopped(prepared, resolved.failed));
        }
        let mut sent = context.send(vec![prepared], &Log::Click(entry)).await?;
        sent.pop().ok_or_else(|| Refusal::internal("a record was lost between plan and write"))
    };
    // What the dependencies' write-backs need is known, so they go while the record itself is sent.
    let (sent, written) = futures_util::future::join(sent, context.write_back(first)).await;
    let (sent, written) = (sent?, written?);
    let mut back = context.write_back(vec![sent]).await?;
    entry.dependencies = dependencies::views(written, resolved.views);
    back.pop().ok_or_else(|| Refusal::internal("a record was lost between write and write-back"))
}

/// [`Engine::entries`]
pub(super) async fn entries<P: Ports>(
    engine: &Engine<'_, P>,
    user: &Member,
    module: Module,
    id: &ZohoId,
    before: Option<&str>,
) -> Result<EntriesPage, Refusal> {
    let key = (module, id.clone());
    let context = Context::open(engine, Reader::Member(user), Errand::Reading(user), Some(key.clone())).await?;
    let reader = context.may_see(user, &key).await?;
    let rows = engine.ports.query(entries::select(&reader, before, entries::PAGE + 1)).await?;
    let mut kept = entries::read(rows)?;
    let more = kept.len() > entries::PAGE;
    kept.truncate(entries::PAGE);
    let entries = kept.into_iter().map(|kept| kept.told(&reader)).collect();
    Ok(EntriesPage { entries, more })
}

/// A limit or an outage before anything was read still leaves its entry. A user who may not sync the record, or a
/// record that is not there, leaves none.
async fn log_unread<P: Ports>(
    engine: &Engine<'_, P>,
    user: &Member,
    key: &Key,
    started: DateTime<Utc>,
    calls: Vec<CallView>,
    refusal: Refusal,
) -> Result<SyncReply, Refusal> {
    if !is_weather(&refusal.problem) {
        return Err(refusal);
    }
    let name = format!("{} {}", key.0.singular(), key.1);
    // Nothing was read: it holds no value of a record.
    let save = |entry: &EntryView| {
        Ok(entries::save(&user.org, Some(&user.id), Some(&user.id), [entries::Written::unread(entry)])?)
    };
    log_refused(engine, user, opened(engine.ports, user, key, &name, started), calls, refusal, save).await
}

/// Closes the entry of a sync that ended in a refusal.
async fn log_refused<P: Ports>(
    engine: &Engine<'_, P>,
    user: &Member,
    mut entry: EntryView,
    calls: Vec<CallView>,
    refusal: Refusal,
    save: impl Fn(&EntryView) -> Result<Statement, Refusal>,
) -> Result<SyncReply, Refusal> {
    entry.outcome = outcome_of_failure(std::slice::from_ref(&refusal.problem));
    entry.problems = vec![refusal.problem.clone()];
    entry.calls = calls;
    entry.took_ms = (engine.ports.now() - entry.at).num_milliseconds();
    let mut statements = vec![save(&entry)?];
    statements.extend(engine.desk.keep_budget(&user.org)?);
    engine.ports.batch(statements).await?;
    Err(refusal)
}

/// An entry as it stands until the end is known: one that stays like this was cut off.
fn opened<P: Ports>(ports: &P, user: &Member, key: &Key, name: &str, started: DateTime<Utc>) -> EntryView {
    EntryView {
        id: text::time_id(started, ports),
        module: key.0,
        record_id: key.1.to_string(),
        name: name.to_owned(),
        outcome: Outcome::Failed,
        at: started,
        took_ms: 0,
        by: Some(user.name.clone()),
        changes: Vec::new(),
        problems: vec![shared::problem::of(Code::OutcomeUnknown, &[("name", name.to_owned())])],
        dependencies: Vec::new(),
        calls: Vec::new(),
        run: None,
        xero_id: None,
        direction: Direction::Both,
        party: None,
    }
}

/// Fills in how an entry ended.
fn close(entry: &mut EntryView, pushed: &Pushed, calls: Vec<CallView>, now: DateTime<Utc>) {
    entry.outcome = pushed.outcome;
    entry.changes = pushed.changes();
    entry.problems = pushed.problems.clone();
    entry.xero_id = pushed.link.as_ref().and_then(|link| link.xero_id.as_ref()).map(XeroId::to_string);
    entry.calls = calls;
    entry.took_ms = (now - entry.at).num_milliseconds();
}

/// The record whose new e-mail address an administrator has let go to Xero with this click. Its entry has both addresses.
fn released_emails(entry: &EntryView) -> Option<String> {
    let wrote = matches!(entry.outcome, Outcome::Created | Outcome::Updated);
    let released = wrote && entry.problems.iter().any(|problem| problem.code == Code::EmailReleased);
    released.then(|| format!("{} {}", entry.module.singular(), entry.name))
}
