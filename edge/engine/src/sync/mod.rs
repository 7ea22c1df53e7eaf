//! Records, one or many: read both sides, plan, write, remember, log.
//!
//! The preview ([`Engine::view`]) and the push ([`Engine::sync`]) read the same things and call the same planner.
//! A push survives being cut off anywhere: the intent is saved before Xero is asked, the link right after Xero has
//! answered, and an attempt that finds an open intent looks for the record by its natural key before it creates one.

mod arrivals;
mod belief;
mod circle;
mod context;
mod decide;
mod dependencies;
mod desk;
mod match_up;
mod needs;
mod owner;
mod pair;
mod permit;
mod planning;
mod push;
mod pushed;
mod read;
mod record;
mod references;
mod room;
mod show;
mod sight;
mod to_xero;
mod write_back;

use crate::access::Refusal;
use crate::access::rights::{Administrator, Member};
use crate::config::Config;
use crate::store::requests::{Once, RequestKey};
use crate::store::{audit, budgets, connections, entries};
use crate::text;
use chrono::{DateTime, Utc};
pub(crate) use context::{Context, Errand, Reader};
use dependencies::Resolved;
use match_up::Lookups;
pub(crate) use needs::sync_many;
use ports::{DatabaseError, Ports, Statement};
use pushed::{Log, Prepared, Pushed};
use read::Both;
pub(crate) use read::{resource, xero_id};
pub(crate) use record::{Done, Item, passes};
use shared::api::{
    Action, CallView, DependencyView, EntriesPage, EntryView, Outcome, ProgressView, RecordView, Step, SyncReply,
};
use shared::id::{OrgId, XeroId, ZohoId};
use shared::language::Language;
use shared::module::Module;
use shared::problem::{Code, Problem, Severity};
use shared::settings::{self, Direction, SettingChange, Settings};
pub(crate) use write_back::company_field;

pub use desk::{Desk, Work};

/// The engine for one request.
#[derive(Debug)]
pub struct Engine<'a, P> {
    /// The outside.
    pub ports: &'a P,
    /// The installation.
    pub config: &'a Config,
    /// What an organisation's requests share.
    pub desk: &'a Desk,
    /// The language of whoever asks; English where nobody does. Only what is not told in JSON is written in it here:
    /// answers are translated at the door.
    pub language: Language,
}

/// Calls of Xero after which what is known of its limits is kept although nothing else is saved.
const UNKEPT: u32 = 20;

/// A record, by module and id.
pub type Key = (Module, ZohoId);

impl<P: Ports> Engine<'_, P> {
    /// Where a record stands and what a sync would do to it.
    ///
    /// # Errors
    /// [`Refusal`] when nothing can be said: not connected, not allowed, not found, or an API did not answer.
    pub async fn view(&self, user: &Member, module: Module, id: &ZohoId) -> Result<RecordView, Refusal> {
        let key = Some((module, id.clone()));
        let context = Context::open(self, Reader::Member(user), Errand::Reading(user), key).await?;
        self.view_in(context, user, module, id).await
    }

    /// What a sync would do to a record under settings that are not saved (administrators). Nothing is written and
    /// nothing is logged.
    ///
    /// # Errors
    /// As [`Engine::view`], and when a value of the settings is wrong: the first one is named.
    pub async fn preview_with(
        &self,
        user: &Administrator,
        module: Module,
        id: &ZohoId,
        settings: &Settings,
    ) -> Result<RecordView, Refusal> {
        let key = Some((module, id.clone()));
        let mut context = Context::open(self, Reader::Member(user), Errand::Reading(user), key).await?;
        self.must_pass(&mut context, settings).await?;
        context.settings = settings.clone();
        self.view_in(context, user, module, id).await
    }

    async fn view_in(
        &self,
        mut context: Context<'_, P>,
        user: &Member,
        module: Module,
        id: &ZohoId,
    ) -> Result<RecordView, Refusal> {
        let mut both = context.read(module, id).await?;
        let (plan, resolved) = context.preview(&mut both).await?;
        let mut statements = vec![entries::select(&context.beside(user, &both), None, entries::NEWEST)];
        // Whoever only looks uses up Xero's day, too.
        if self.desk.budget.unkept() >= UNKEPT {
            statements.extend(self.keep_budget(&user.org)?);
        }
        let newest = self.ports.batch(statements).await?.into_iter().next().unwrap_or_default();
        let newest = entries::read(newest)?;
        Ok(context.show(&both, &plan, &resolved.references, &resolved.views, both.xero.as_ref(), newest))
    }

    /// Syncs one record and logs it. A record that could not be synced is no error: its entry says why.
    ///
    /// # Errors
    /// [`Refusal`] when the user may not do it, the record is not there, or the two sides are not connected.
    pub async fn sync(&self, user: &Member, module: Module, id: &ZohoId) -> Result<SyncReply, Refusal> {
        self.sync_as_shown(user, module, id, None).await
    }

    /// As [`Engine::sync`], by somebody who has been shown what it lets go: `word` is the one of that preview
    /// ([`shared::api::Preview::word`]).
    ///
    /// # Errors
    /// As [`Engine::sync`].
    pub async fn sync_as_shown(
        &self,
        user: &Member,
        module: Module,
        id: &ZohoId,
        word: Option<String>,
    ) -> Result<SyncReply, Refusal> {
        let started = self.ports.now();
        let key = (module, id.clone());
        let _own = self.desk.turns(&user.org, std::slice::from_ref(&key)).await;
        let _progress = self.desk.begin(&user.org, &key, &user.id);
        let context = Context::open(self, Reader::Member(user), Errand::Click(user), Some(key.clone())).await;
        let mut context = match context {
            Ok(context) => context,
            Err(refusal) => return self.log_unread(user, &key, started, Vec::new(), refusal).await,
        };
        context.word = word;
        context.step(Step::Read);
        let mut both = match context.read(module, id).await {
            Ok(both) => both,
            Err(refusal) => return self.log_unread(user, &key, started, context.calls(), refusal).await,
        };
        context.step(Step::Compare);
        let mut entry = opened(self.ports, user, &key, &both.name, started);
        entry.party = both.party();
        let pushed = match self.push(&mut context, &mut both, &mut entry).await {
            Ok(pushed) => pushed,
            Err(refusal) => {
                let save = |entry: &EntryView| context.save_entries([entry]);
                return self.log_refused(user, entry, context.calls(), refusal, save).await;
            }
        };
        close(&mut entry, &pushed, context.calls(), self.ports.now());
        entry.direction = context.direction(module);
        let mut statements =
            vec![context.save_entries([&entry])?, entries::select(&context.beside(user, &both), None, entries::NEWEST)];
        statements.extend(self.keep_budget(&user.org)?);
        if let Some(released) = released_emails(&entry) {
            let now = self.ports.now();
            statements.push(audit::note(
                self.ports,
                &user.org,
                &user.name,
                audit::Action::ReleaseEmail,
                &released,
                now,
            ));
        }
        let newest = self.ports.batch(statements).await?.into_iter().nth(1).unwrap_or_default();
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
    async fn push(
        &self,
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
        let _turns = self.desk.turns(context.org(), &keys).await;
        let _more_turns;
        let mut resolved = match alone {
            true => Resolved::NOTHING,
            false => context.push_dependencies(both, needs, entry).await?,
        };
        resolved.lines_wait(both);
        let mut plan = context.plan(both, &resolved.references, Lookups::OnlyUnsettled).await?;
        if alone && !matches!(plan.action, Action::Skip | Action::Blocked) {
            // Newer lists made something of it after all.
            let needs = context.needs(both).await?;
            let more: Vec<Key> = needs.keys().into_iter().filter(|key| !keys.contains(key)).collect();
            let (turns, got) = self.desk.try_turns(context.org(), &more);
            if got.contains(&false) {
                return Err(Refusal::of(Code::SyncInProgress, &[]));
            }
            _more_turns = turns;
            resolved = context.push_dependencies(both, needs, entry).await?;
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
        let (sent, written) = futures_util::future::join(sent, context.write_back(resolved.pushed)).await;
        let (sent, written) = (sent?, written?);
        let mut back = context.write_back(vec![sent]).await?;
        entry.dependencies = dependencies::views(written, resolved.views);
        back.pop().ok_or_else(|| Refusal::internal("a record was lost between write and write-back"))
    }

    /// The steps of the member's own sync of a record that is under way. Nobody is told of another's: whoever may not see
    /// the record would learn that it is there.
    #[must_use]
    pub fn progress(&self, user: &Member, module: Module, id: &ZohoId) -> ProgressView {
        ProgressView { steps: self.desk.steps(&user.org, &(module, id.clone()), &user.id) }
    }

    /// A page of a record's log. The record is read first, with the user's own rights.
    ///
    /// # Errors
    /// [`Refusal`] when the user may not see the record, or the database fails.
    pub async fn entries(
        &self,
        user: &Member,
        module: Module,
        id: &ZohoId,
        before: Option<&str>,
    ) -> Result<EntriesPage, Refusal> {
        let key = (module, id.clone());
        let context = Context::open(self, Reader::Member(user), Errand::Reading(user), Some(key.clone())).await?;
        let reader = context.may_see(user, &key).await?;
        let rows = self.ports.query(entries::select(&reader, before, entries::PAGE + 1)).await?;
        let mut kept = entries::read(rows)?;
        let more = kept.len() > entries::PAGE;
        kept.truncate(entries::PAGE);
        let entries = kept.into_iter().map(|kept| kept.told(&reader)).collect();
        Ok(EntriesPage { entries, more })
    }

    /// Changes one setting (administrators). What is so already changes nothing.
    ///
    /// # Errors
    /// [`Refusal`] when the value does not fit the organisations' lists.
    pub async fn change_setting(&self, user: &Administrator, change: &SettingChange) -> Result<(), Refusal> {
        self.change(user, change, None).await
    }

    /// As [`Engine::change_setting`], once for each key: a request that is sent again does not undo what somebody has
    /// chosen meanwhile.
    ///
    /// # Errors
    /// As [`Engine::change_setting`].
    pub async fn change_setting_once(
        &self,
        user: &Administrator,
        change: &SettingChange,
        key: &RequestKey,
    ) -> Result<(), Refusal> {
        let once = Once::new(user, "change-setting", change, key);
        if once.result(self.ports).await?.is_some() {
            return Ok(());
        }
        self.change(user, change, Some(&once)).await
    }

    async fn change(&self, user: &Administrator, change: &SettingChange, once: Option<&Once>) -> Result<(), Refusal> {
        let context = Context::open(self, Reader::Member(user), Errand::Click(user), None).await?;
        let settings = settings::changes::apply(&context.settings, change, &context.lists.crm, &context.lists.xero)?;
        let both = (&context.settings, &settings);
        let now = self.ports.now();
        let mut statements: Vec<Statement> = once.map(|once| once.note("", now)).into_iter().collect();
        if settings != context.settings {
            statements.push(connections::save_settings(&user.org, &settings, context.settings_version)?);
            statements.push(audit::note_settings(
                self.ports,
                &user.org,
                &user.name,
                audit::Action::ChangeSetting,
                both,
                now,
            )?);
        }
        if statements.is_empty() {
            return Ok(());
        }
        match self.ports.batch(statements).await {
            // The same request came a moment before.
            Err(DatabaseError::Unique(_)) if once.is_some() => Ok(()),
            saved => saved.map(|_| ()).map_err(not_saved),
        }
    }

    /// Keeps what the vendors have said of their limits, for a desk that knows nothing of it.
    pub(crate) fn keep_budget(&self, org: &OrgId) -> Result<Option<Statement>, Refusal> {
        let tenant = self.desk.tenant(org);
        Ok(tenant.map(|tenant| budgets::save(org, &tenant, &self.desk.budget.keep())).transpose()?)
    }

    /// A limit or an outage before anything was read still leaves its entry. A user who may not sync the record, or a
    /// record that is not there, leaves none.
    async fn log_unread(
        &self,
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
        self.log_refused(user, opened(self.ports, user, key, &name, started), calls, refusal, save).await
    }

    /// Closes the entry of a sync that ended in a refusal.
    async fn log_refused(
        &self,
        user: &Member,
        mut entry: EntryView,
        calls: Vec<CallView>,
        refusal: Refusal,
        save: impl Fn(&EntryView) -> Result<Statement, Refusal>,
    ) -> Result<SyncReply, Refusal> {
        entry.outcome = outcome_of_failure(std::slice::from_ref(&refusal.problem));
        entry.problems = vec![refusal.problem.clone()];
        entry.calls = calls;
        entry.took_ms = (self.ports.now() - entry.at).num_milliseconds();
        let mut statements = vec![save(&entry)?];
        statements.extend(self.keep_budget(&user.org)?);
        self.ports.batch(statements).await?;
        Err(refusal)
    }
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

/// Why settings were not saved.
pub(crate) fn not_saved(error: DatabaseError) -> Refusal {
    if connections::is_stale(&error) { saved_meanwhile() } else { error.into() }
}

/// The settings are not those any more that somebody has changed.
pub(crate) fn saved_meanwhile() -> Refusal {
    let reason = "somebody else has saved the settings meanwhile".to_owned();
    Refusal::of(Code::InvalidRequest, &[("field", "version".to_owned()), ("reason", reason)])
}

/// Whether a problem passes by itself.
pub(crate) fn is_weather(problem: &Problem) -> bool {
    problem.severity == Severity::Waiting
}

/// Failed, unless everything that is in the way passes by itself, or waits for somebody's answer.
pub(crate) fn outcome_of_failure(problems: &[Problem]) -> Outcome {
    let stopping: Vec<&Problem> = problems.iter().filter(|problem| problem.stops()).collect();
    let passes = |problem: &&&Problem| is_weather(problem);
    match stopping.iter().filter(passes).count() {
        all if all == stopping.len() && all > 0 => Outcome::Deferred,
        _ if stopping.iter().any(|problem| problem.is_open())
            && stopping.iter().all(|problem| problem.is_open() || is_weather(problem)) =>
        {
            Outcome::Undecided
        }
        _ => Outcome::Failed,
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

/// Whether a planned action leaves Xero alone.
pub(crate) fn leaves_xero_alone(action: Action) -> bool {
    matches!(action, Action::Unchanged | Action::UpdateCrm | Action::Skip | Action::Blocked)
}

/// A dependency as the log shows it.
pub(crate) fn dependency_view(key: &Key, name: &str, action: Action, problems: Vec<Problem>) -> DependencyView {
    DependencyView { module: key.0, id: key.1.to_string(), name: name.to_owned(), action, problems }
}

/// The record whose new e-mail address an administrator has let go to Xero with this click. Its entry has both addresses.
fn released_emails(entry: &EntryView) -> Option<String> {
    let wrote = matches!(entry.outcome, Outcome::Created | Outcome::Updated);
    let released = wrote && entry.problems.iter().any(|problem| problem.code == Code::EmailReleased);
    released.then(|| format!("{} {}", entry.module.singular(), entry.name))
}
