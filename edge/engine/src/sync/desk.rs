//! What the requests of one organisation share: tokens, the call budget and everybody's share, turns at a record, steps under way.
//!
//! It lives in the organisation's Durable Object. Everything in it may be lost at any time without harm.

use super::key::Key;
use crate::access::Refusal;
use crate::access::rights::RightsDesk;
use crate::access::tokens::TokenDesk;
use crate::share::Shares;
use crate::store::budgets;
use crate::store::connections::Connection;
use crate::store::grants::GrantId;
use chrono::{DateTime, Duration, Utc};
use futures_util::lock::{Mutex, OwnedMutexGuard};
use ports::Statement;
use serde_json::Value;
use shared::api::Step;
use shared::api::runs::RunView;
use shared::id::{OrgId, TenantId, XeroId, ZohoId};
use shared::module::Kind;
use shared::plan::Asked;
use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use upstream::xero::Budget;

/// Xero records of lists that are kept at most before all are forgotten.
const KEPT_RECORDS: usize = 2_000;

/// How long a record of a list is taken for what Xero has.
const KEPT_SECONDS: i64 = 60;

/// Whether what was read then still counts as what Xero has.
fn is_new(now: DateTime<Utc>, at: DateTime<Utc>) -> bool {
    now - at <= Duration::seconds(KEPT_SECONDS)
}

/// What was read, and when.
type Seen<T> = (DateTime<Utc>, T);

/// Those who wait for one thing, one after the other.
type Queue = Arc<Mutex<()>>;

/// What the requests of one organisation share.
#[derive(Debug, Default)]
pub struct Desk {
    /// Access tokens, one refresh at a time.
    pub tokens: TokenDesk,
    /// What people may do, as Zoho said within the last minutes.
    pub rights: RightsDesk,
    /// Xero's limits.
    pub budget: Budget,
    /// Everybody's share of the object itself.
    pub shares: Shares,
    turns: RefCell<HashMap<(OrgId, Work), Queue>>,
    /// Whose sync each one is, and how far it is.
    steps: RefCell<HashMap<Place, (ZohoId, Vec<Step>)>>,
    steps_of_runs: RefCell<HashMap<OrgId, Queue>>,
    runs: RefCell<HashMap<(OrgId, String), RunView>>,
    /// The run that had the last step.
    stepped: RefCell<HashMap<OrgId, String>>,
    pages: RefCell<HashMap<XeroId, Seen<Value>>>,
    /// The payment terms of Xero's contacts.
    terms: RefCell<HashMap<XeroId, Seen<Asked<Value>>>>,
    /// The Xero organisation that each CRM organisation was last seen connected with.
    met: RefCell<HashMap<OrgId, Met>>,
}

/// A Xero organisation, and when it was connected last.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Met {
    tenant: TenantId,
    since: Option<DateTime<Utc>>,
}

/// A record of an organisation.
type Place = (OrgId, Key);

/// What one works on alone. Whoever takes turns at several takes them in this order, so that nobody waits in a circle: a
/// click has its document's turn before it knows what that one needs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Work {
    /// A document of the CRM.
    Document(Key),
    /// A record of the CRM that documents point to.
    Needed(Key),
    /// A Xero record that is to become the partner of a CRM record which it was no partner of before.
    AtXero(XeroId),
}

impl From<&Key> for Work {
    fn from(key: &Key) -> Self {
        match key.0.kind() {
            Kind::Document => Self::Document(key.clone()),
            Kind::Party | Kind::Item => Self::Needed(key.clone()),
        }
    }
}

impl From<&XeroId> for Work {
    fn from(id: &XeroId) -> Self {
        Self::AtXero(id.clone())
    }
}

/// Turns that are held until this is dropped.
#[derive(Debug)]
pub struct Turns<'a> {
    desk: &'a Desk,
    held: Vec<OwnedMutexGuard<()>>,
}

impl Desk {
    /// Waits until nobody else works on these, each named once or more. A second click waits for the first and then finds its
    /// work done.
    pub async fn turns(&self, org: &OrgId, works: impl IntoIterator<Item: Into<Work>>) -> Turns<'_> {
        let works: BTreeSet<Work> = works.into_iter().map(Into::into).collect();
        let mut held = Vec::with_capacity(works.len());
        for work in works {
            let turn = self.turns.borrow_mut().entry((org.clone(), work)).or_default().clone();
            held.push(turn.lock_owned().await);
        }
        Turns { desk: self, held }
    }

    /// Takes turns at those of these on which nobody else works now; which of them it got is told beside, in their order. Of
    /// one that is named twice it gets the first.
    #[must_use]
    pub fn try_turns(&self, org: &OrgId, works: impl IntoIterator<Item: Into<Work>>) -> (Turns<'_>, Vec<bool>) {
        let (mut held, mut got) = (Vec::new(), Vec::new());
        for work in works {
            let turn = self.turns.borrow_mut().entry((org.clone(), work.into())).or_default().clone();
            let turn = turn.try_lock_owned();
            got.push(turn.is_some());
            held.extend(turn);
        }
        (Turns { desk: self, held }, got)
    }

    /// Waits until nobody works on any record on which somebody works now, and keeps others from taking those up.
    pub async fn all_turns(&self, org: &OrgId) -> Turns<'_> {
        let works: Vec<Work> =
            self.turns.borrow().keys().filter(|(whose, _)| whose == org).map(|(_, work)| work.clone()).collect();
        self.turns(org, works).await
    }

    /// Takes note of the Xero organisation that a CRM organisation is connected with. What is known of another one, or was
    /// granted before, is forgotten: Xero was connected by another request, which has a desk of its own.
    pub fn meet(&self, connection: &Connection) {
        let org = &connection.org;
        let since = connection.xero_connected.as_ref().map(|connected| connected.at);
        let now = connection.tenant.as_ref().map(|tenant| Met { tenant: tenant.id.clone(), since });
        let before = match &now {
            Some(now) => self.met.borrow_mut().insert(org.clone(), now.clone()),
            None => self.met.borrow_mut().remove(org),
        };
        let Some(before) = before.filter(|before| Some(before) != now.as_ref()) else { return };
        self.tokens.forget(&GrantId::Xero(org.clone()));
        if now.is_none_or(|now| now.tenant != before.tenant) {
            self.budget.forget();
            self.pages.borrow_mut().clear();
            self.terms.borrow_mut().clear();
        }
    }

    /// Forgets an organisation that was erased.
    pub fn forget(&self, org: &OrgId) {
        self.tokens.forget_all(org);
        self.rights.forget_all(org);
        if self.met.borrow_mut().remove(org).is_some() {
            self.budget.forget();
            self.pages.borrow_mut().clear();
            self.terms.borrow_mut().clear();
        }
        self.hide_runs(org);
    }

    /// The Xero organisation that a CRM organisation was last seen connected with.
    #[must_use]
    pub fn tenant(&self, org: &OrgId) -> Option<TenantId> {
        self.met.borrow().get(org).map(|met| met.tenant.clone())
    }

    /// What keeps what the vendors have said of their limits, for a desk that knows nothing of it; none before the first
    /// connection was seen.
    ///
    /// # Errors
    /// [`Refusal`] when it can't be written as JSON.
    pub(crate) fn keep_budget(&self, org: &OrgId) -> Result<Option<Statement>, Refusal> {
        let tenant = self.tenant(org);
        Ok(tenant.map(|tenant| budgets::save(org, &tenant, &self.budget.keep())).transpose()?)
    }

    /// Waits until no step of the organisation's run is under way, and keeps others from beginning one.
    pub async fn run_turn(&self, org: &OrgId) -> OwnedMutexGuard<()> {
        let turn = self.steps_of_runs.borrow_mut().entry(org.clone()).or_default().clone();
        turn.lock_owned().await
    }

    /// Shows an active run to whoever watches it.
    pub fn show_run(&self, org: &OrgId, run: RunView) {
        self.runs.borrow_mut().insert((org.clone(), run.id.clone()), run);
    }

    /// Shows a run no more: it is over.
    pub fn hide_run(&self, org: &OrgId, id: &str) {
        self.runs.borrow_mut().remove(&(org.clone(), id.to_owned()));
    }

    /// Shows no run of the organisation any more.
    pub fn hide_runs(&self, org: &OrgId) {
        self.runs.borrow_mut().retain(|(whose, _), _| whose != org);
    }

    /// An active run as it stood after its last step, if this desk has seen it.
    #[must_use]
    pub fn live_run(&self, org: &OrgId, id: &str) -> Option<RunView> {
        self.runs.borrow().get(&(org.clone(), id.to_owned())).cloned()
    }

    /// The run of the organisation that had the last step.
    pub(crate) fn stepped(&self, org: &OrgId) -> Option<String> {
        self.stepped.borrow().get(org).cloned()
    }

    /// A run has the next step.
    pub(crate) fn step_of(&self, org: &OrgId, id: &str) {
        self.stepped.borrow_mut().insert(org.clone(), id.to_owned());
    }

    /// Keeps Xero records that a list has shown, for the step that takes them up.
    pub fn keep_pages(&self, now: DateTime<Utc>, records: impl IntoIterator<Item = (XeroId, Value)>) {
        let mut pages = self.pages.borrow_mut();
        if pages.len() > KEPT_RECORDS {
            pages.clear();
        }
        pages.extend(records.into_iter().map(|(id, record)| (id, (now, record))));
    }

    /// Takes a Xero record that a list has shown within the last minute.
    #[must_use]
    pub fn take_page(&self, now: DateTime<Utc>, id: &XeroId) -> Option<Value> {
        let (at, record) = self.pages.borrow_mut().remove(id)?;
        is_new(now, at).then_some(record)
    }

    /// Keeps the payment terms of Xero's contacts: a run's documents of one customer are in several steps.
    pub(super) fn keep_terms(&self, now: DateTime<Utc>, read: impl IntoIterator<Item = (XeroId, Asked<Value>)>) {
        let mut terms = self.terms.borrow_mut();
        terms.retain(|_, (at, _)| is_new(now, *at));
        terms.extend(read.into_iter().map(|(id, terms)| (id, (now, terms))));
    }

    /// The payment terms of a contact, as Xero told them within the last minute.
    pub(super) fn terms_of(&self, now: DateTime<Utc>, id: &XeroId) -> Option<Asked<Value>> {
        self.terms.borrow().get(id).filter(|(at, _)| is_new(now, *at)).map(|(_, terms)| terms.clone())
    }

    /// Begins to show a record's steps, until the guard is dropped.
    pub fn begin(&self, org: &OrgId, key: &Key, user: &ZohoId) -> Progress<'_> {
        let place = (org.clone(), key.clone());
        self.steps.borrow_mut().insert(place.clone(), (user.clone(), Vec::new()));
        Progress { desk: self, place }
    }

    /// Notes that a record's sync has come to a step.
    pub fn step(&self, org: &OrgId, key: &Key, step: Step) {
        if let Some((_, steps)) = self.steps.borrow_mut().get_mut(&(org.clone(), key.clone()))
            && steps.last() != Some(&step)
        {
            steps.push(step);
        }
    }

    /// The steps of a user's sync of a record so far.
    #[must_use]
    pub fn steps(&self, org: &OrgId, key: &Key, user: &ZohoId) -> Vec<Step> {
        let steps = self.steps.borrow();
        let own = steps.get(&(org.clone(), key.clone())).filter(|(whose, _)| whose == user);
        own.map(|(_, steps)| steps.clone()).unwrap_or_default()
    }
}

impl Drop for Turns<'_> {
    fn drop(&mut self) {
        self.held.clear();
        // Locks that nobody holds or waits for are forgotten, or the map would grow for ever.
        self.desk.turns.borrow_mut().retain(|_, turn| Arc::strong_count(turn) > 1);
    }
}

/// Shows a record's steps until it is dropped.
#[derive(Debug)]
pub struct Progress<'a> {
    desk: &'a Desk,
    place: Place,
}

impl Drop for Progress<'_> {
    fn drop(&mut self) {
        self.desk.steps.borrow_mut().remove(&self.place);
    }
}
