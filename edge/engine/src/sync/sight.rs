//! Records as whoever asks may see them, and whole: see [`shared::zoho::sight`].

use super::both::Both;
use super::both::Sight;
use super::context::{Context, Reader};
use super::key::Key;
use crate::access::rights::{ADMINISTRATOR, BooksReader, Member};
use crate::store::entries::{self, RecordReader, Written};
use ports::Ports;
use serde_json::Value;
use shared::api::{DependencyView, EntryView, XeroState};
use shared::id::ZohoId;
use shared::link::LinkState;
use shared::module::{Kind, Module};
use shared::plan::{CrmSnapshot, Inputs, Plan, References};
use shared::problem::{self, Code, Place, Problem};
use shared::zoho::sight::{self, Hidden, Seen, Unseen};
use std::collections::{BTreeMap, BTreeSet};
use upstream::Error;
use upstream::zoho::ProfileRef;

impl<P: Ports> Context<'_, P> {
    /// Reads records. One that the reader may not see is not there, whatever the connection may see. One that the reader
    /// sees only in part is read once more, with the connection's rights; where everything is shown, one read is enough.
    ///
    /// That somebody is not shown a person of an account or vendor can't be seen from what they are shown. So the people are
    /// read with the connection's rights at the same time, unless those are the reader's.
    ///
    /// # Errors
    /// [`Error`] when a whole request failed; the inner result tells of each record, in the order of `wanted`.
    pub(crate) async fn sights(&self, wanted: &[Key]) -> Result<Vec<Result<Option<Sight>, Error>>, Error> {
        let (as_user, as_connection) = (self.clients.crm_as_user(), self.clients.crm_as_connection());
        let of_companies =
            wanted.iter().filter(|(module, _)| sight::has_people(*module) && !self.reads_as_connection());
        let companies: Vec<Key> = of_companies.cloned().collect();
        let modules: BTreeSet<&'static str> = wanted.iter().flat_map(|(module, _)| sight::read_with(*module)).collect();
        let (seen, people, unseen) = futures_util::future::join3(
            as_user.snapshots(wanted),
            as_connection.people(&companies),
            self.unseen_by_reader(&modules),
        )
        .await;
        let (seen, people, unseen) = (seen?, people?, unseen?);
        let people: BTreeMap<&Key, Result<(Vec<Value>, bool), Error>> = companies.iter().zip(people).collect();
        let mut sights: Vec<Result<Option<Sight>, Error>> = wanted
            .iter()
            .zip(seen)
            .map(|(key, seen)| {
                let sight = |mut snapshot: CrmSnapshot| {
                    sight::leave_out(key.0, &mut snapshot, &unseen);
                    let mut hidden = sight::hidden(key.0, &snapshot, &self.lists.crm, &self.settings);
                    let mut problem = None;
                    if let Reader::Connection(_) = self.reader {
                        // There is nobody else who could read it.
                        let mut left = hidden.clone();
                        sight::not_there(&mut hidden, &mut left);
                        problem = left.first().map(|field| field_hidden(key, &snapshot, field));
                        hidden.clear();
                    }
                    // By the reader's own reading: another's says what that one may do.
                    let may_edit = self.may_edit(key.0, &snapshot.record);
                    Sight { snapshot, own: None, hidden, problem, may_edit }
                };
                seen.map(|snapshot| snapshot.map(sight))
            })
            .collect();
        // What the connection shows of records that the reader sees only in part, by their places.
        let mut wholes: Vec<(usize, Result<Option<CrmSnapshot>, Error>)> = Vec::new();
        let mut in_part: Vec<(usize, Key)> = Vec::new();
        for (at, (key, sight)) in wanted.iter().zip(&mut sights).enumerate() {
            let Ok(Some(sight)) = sight else { continue };
            let everybody = match people.get(key) {
                Some(Ok((everybody, more))) => {
                    Some((sight::everybody(&sight.snapshot.contacts, everybody.clone()), *more))
                }
                Some(Err(error)) => {
                    sight.hidden.insert(sight::PEOPLE.to_owned());
                    wholes.push((at, Err(error.clone())));
                    continue;
                }
                None => None,
            };
            let misses = |(all, _): &(Vec<Value>, bool)| sight::misses(&sight.snapshot.contacts, all);
            if everybody.as_ref().is_some_and(misses) {
                sight.hidden.insert(sight::PEOPLE.to_owned());
            }
            match everybody {
                _ if sight.hidden.is_empty() => {}
                Some((contacts, more_contacts)) if sight::only_of_people(&sight.hidden) => {
                    let record = sight.snapshot.record.clone();
                    wholes.push((at, Ok(Some(CrmSnapshot { record, contacts, more_contacts }))));
                }
                _ => in_part.push((at, key.clone())),
            }
        }
        if !in_part.is_empty() {
            let (places, keys): (Vec<usize>, Vec<Key>) = in_part.into_iter().unzip();
            wholes.extend(places.into_iter().zip(as_connection.snapshots(&keys).await?));
        }
        let unseen = match wholes.is_empty() {
            true => Unseen::new(),
            false => self.unseen_by_connection(&modules).await?,
        };
        for (at, whole) in wholes {
            let (Some(key), Some(Ok(Some(sight)))) = (wanted.get(at), sights.get_mut(at)) else { continue };
            match whole {
                Ok(Some(whole)) => {
                    let contacts = sight::everybody(&sight.snapshot.contacts, whole.contacts);
                    let mut whole = CrmSnapshot { record: whole.record, contacts, more_contacts: whole.more_contacts };
                    sight::leave_out(key.0, &mut whole, &unseen);
                    // What nobody of ours is shown still decides.
                    let mut left = sight::hidden(key.0, &whole, &self.lists.crm, &self.settings);
                    sight::not_there(&mut sight.hidden, &mut left);
                    sight.problem = left.first().map(|field| field_hidden(key, &sight.snapshot, field));
                    if !sight.hidden.is_empty() {
                        sight.own = Some(std::mem::replace(&mut sight.snapshot, whole));
                        self.in_part.borrow_mut().insert(key.clone(), sight.hidden.clone());
                    }
                }
                Ok(None)
                | Err(Error::PermissionDenied { .. } | Error::NotFound { .. } | Error::ModuleUnavailable { .. }) => {
                    let field = sight.hidden.first().cloned().unwrap_or_default();
                    sight.problem = Some(field_hidden(key, &sight.snapshot, &field));
                }
                Err(error) => {
                    if let Some(sight) = sights.get_mut(at) {
                        *sight = Err(error);
                    }
                }
            }
        }
        Ok(sights)
    }

    /// What the reader's profile hides in these modules, by the CRM's metadata.
    pub(super) async fn unseen_by_reader(&self, modules: &BTreeSet<&'static str>) -> Result<Unseen, Error> {
        match self.reader {
            Reader::Member(member) => self.unseen_by(modules, member.profile()).await,
            Reader::Connection(_) => self.unseen_by_connection(modules).await,
        }
    }

    async fn unseen_by_connection(&self, modules: &BTreeSet<&'static str>) -> Result<Unseen, Error> {
        match self.connected_as().await? {
            Some(profile) => self.unseen_by(modules, &profile).await,
            None => Ok(Unseen::new()),
        }
    }

    /// A call for each module, none within ten minutes of an answer, and none for Zoho's own administrators.
    async fn unseen_by(&self, modules: &BTreeSet<&'static str>, profile: &ProfileRef) -> Result<Unseen, Error> {
        let crm = self.clients.crm_as_connection();
        let mut unseen = Unseen::new();
        if profile.name == ADMINISTRATOR {
            return Ok(unseen);
        }
        for module in modules {
            let mut hidden = self.engine.hidden_fields(&crm, self.org(), module, &profile.id).await?;
            let named = self.engine.named_fields(&crm, self.org(), module).await?;
            let known = Module::ALL.into_iter().find(|one| one.api_name() == *module);
            let known = known.and_then(|known| self.lists.crm.fields.get(&known)).filter(|_| !named.is_empty());
            // Zoho tells the connection of no field that it does not see itself.
            let untold = known.into_iter().flatten().filter(|field| !named.contains(&field.api_name));
            hidden.extend(untold.map(|field| field.api_name.clone()));
            unseen.insert(module, hidden);
        }
        Ok(unseen)
    }

    /// A record that was read alone as its reader is shown it, and what of it is hidden.
    pub(super) async fn shown_alone(&self, module: Module, record: Value) -> Result<(Value, Hidden), Error> {
        let modules =
            sight::read_with(module).filter(|of| *of != Module::Contacts.api_name() || module == Module::Contacts);
        let unseen = self.unseen_by_reader(&modules.collect()).await?;
        let mut snapshot = CrmSnapshot { record, contacts: Vec::new(), more_contacts: false };
        sight::leave_out(module, &mut snapshot, &unseen);
        let hidden = sight::hidden(module, &snapshot, &self.lists.crm, &self.settings);
        Ok((snapshot.record, hidden))
    }

    /// Whether whoever reads here is told what is in Xero without being linked with a record of theirs. The organisation's own
    /// work is told to nobody.
    pub(super) fn reads_all_books(&self) -> bool {
        self.reader.user().is_none_or(|member| member.books() == BooksReader::All)
    }

    /// Whether whoever reads here may be told of records that they have not read themselves.
    pub(crate) fn sees_all(&self) -> bool {
        self.reader.user().is_none_or(|member| member.administers())
    }

    /// Leaves of questions what the reader is told who may not answer them: what they show of the books and of other records is
    /// for administrators.
    fn hide_questions(&self, problems: &mut [Problem]) {
        if !self.sees_all() {
            problems.iter_mut().for_each(Problem::hide_question);
        }
    }

    /// Whether the Xero record that a CRM record may become the partner of is no business of the reader's yet.
    pub(super) fn is_blind(&self, both: &Both) -> bool {
        let linked = both.link.as_ref().is_some_and(|link| link.state == LinkState::Linked);
        both.xero.is_some() && !linked && !self.reads_all_books()
    }

    /// Whether the reader is shown a value of a record, by its key.
    pub(crate) fn shows(&self, both: &Both, key: &str) -> bool {
        let Some(own) = &both.own else { return true };
        let origin = sight::origin(both.key.0, key, &self.settings, &self.lists.crm);
        Seen::now(&own.record, both.hidden.clone()).shows(origin.as_deref())
    }

    /// Whether the reader is shown which record of a module a document needs.
    pub(crate) fn shows_need(&self, both: &Both, needed: Module) -> bool {
        self.shows(both, entries::names_it(needed))
    }

    /// The reader beside a record that they have just read.
    pub(super) fn beside<'b>(&'b self, member: &'b Member, both: &'b Both) -> RecordReader<'b> {
        let own = both.own.as_ref().unwrap_or(&both.snapshot);
        self.reader_of(member, &both.key, &own.record, both.hidden.clone())
    }

    /// The same of a record that was read alone.
    pub(super) fn reader_of<'b>(
        &'b self,
        member: &'b Member,
        key: &'b Key,
        record: &Value,
        mut hidden: Hidden,
    ) -> RecordReader<'b> {
        let name = shared::zoho::name(key.0, record);
        let place = self.place_in_crm(key, &name);
        // People come and go: whom an entry of somebody else's speaks of, and whether the reader sees that one, is not known.
        hidden.extend(sight::has_people(key.0).then(|| sight::PEOPLE.to_owned()));
        let seen = Seen::now(record, hidden);
        RecordReader { member, key, name, seen, place, settings: &self.settings, crm: &self.lists.crm }
    }

    fn place_in_crm(&self, (module, id): &Key, name: &str) -> Place {
        problem::place_crm(&self.lists.crm, *module, id, format!("Open \"{name}\" in the CRM"))
    }

    /// A Xero record, as a place to go to; none for whoever is not told of it.
    pub(super) fn place_in_xero(&self, module: Module, record: &Value) -> Option<Place> {
        let state = shared::xero::state(module, record, &self.lists.xero, None);
        let name = shared::xero::name(module, record);
        self.reads_all_books().then(|| Place { label: format!("Open {name} in Xero"), url: state.url })
    }

    /// Another CRM record of the same module, as a place to go to; none for whoever may not see it.
    pub(super) fn place_of_another(&self, module: Module, other: &ZohoId) -> Option<Place> {
        let label = format!("Open the other {} in the CRM", module.singular());
        self.sees_all().then(|| problem::place_crm(&self.lists.crm, module, other, label))
    }

    /// Whether a record was read with the connection's rights because its reader sees it only in part.
    pub(crate) fn reads_in_part(&self) -> bool {
        !self.in_part.borrow().is_empty()
    }

    /// An entry of the reader's, with what the reader is not shown of its record.
    pub(super) fn written<'e>(&self, entry: &'e EntryView) -> Written<'e> {
        let key = ZohoId::new(&entry.record_id).ok().map(|id| (entry.module, id));
        let hidden = key.and_then(|key| self.in_part.borrow().get(&key).cloned()).unwrap_or_default();
        Written::new(entry, hidden, &self.settings, &self.lists.crm)
    }

    /// Leaves of the planner's problems what the reader may be told: those that the planner finds in what the reader is shown of
    /// both sides, too. Of one that it finds there about something else the code is told and nothing of the case; of one that
    /// nothing brings up that the reader is shown, not even what it is. Of what only a Xero record brings up that is not the
    /// reader's yet, what stops is told by its code.
    pub(super) fn tell_problems(&self, plan: &mut Plan, both: &Both, references: &References) {
        let blind = self.is_blind(both);
        if both.own.is_none() && !blind {
            return;
        }
        let inputs = self.inputs(both, references);
        let xero = inputs.xero.filter(|_| !blind);
        let own = both.own.as_ref().unwrap_or(&both.snapshot);
        let problems_of = |crm, xero| shared::plan::plan(&Inputs { crm, xero, ..inputs }).problems;
        let shown = problems_of(own, xero);
        let of_crm = problems_of(&both.snapshot, xero);
        let of_xero = |problem: &Problem| blind && !of_crm.contains(problem);
        // What the reader could come upon: by what they are shown of the CRM, whatever Xero has.
        let known = if blind { problems_of(own, inputs.xero) } else { shown.clone() };
        let mut told: Vec<Problem> = Vec::new();
        for problem in std::mem::take(&mut plan.problems) {
            let one = if !problem.stops() && of_xero(&problem) {
                continue;
            } else if shown.contains(&problem) {
                problem
            } else if known.iter().any(|known| known.code == problem.code) {
                self.bare(both, &problem)
            } else {
                problem.hidden(&both.name).at(self.place_in_crm(&both.key, &both.name))
            };
            if !told.contains(&one) {
                told.push(one);
            }
        }
        plan.problems = told;
    }

    /// A problem of a record without the facts of the case.
    fn bare(&self, both: &Both, problem: &Problem) -> Problem {
        problem.without_facts(&both.name).at(self.place_in_crm(&both.key, &both.name))
    }

    /// A problem that names a record which a document needs: without the facts, and as the document's own, where the reader is
    /// not shown which record that is.
    pub(super) fn tell_need(&self, both: &Both, needed: Module, problem: Problem) -> Problem {
        if self.shows_need(both, needed) {
            return problem;
        }
        let mut told = self.bare(both, &problem);
        if let Some(question) = &mut told.question {
            question.module = both.key.0;
            question.crm_id = Some(both.key.1.clone());
        }
        told
    }

    /// A problem that an answer of Xero's or the CRM's brought up: any value of the record may stand in it.
    pub(crate) fn tell_answer(&self, both: &Both, problem: Problem) -> Problem {
        match both.own {
            Some(_) => self.bare(both, &problem),
            None => problem,
        }
    }

    /// What would happen, as the reader may see it. Until the two are linked, nothing is told of Xero's side: what is shown is
    /// what the CRM's record alone would send.
    pub(super) fn cut(&self, both: &Both, references: &References, plan: &Plan) -> Plan {
        let mut plan = plan.clone();
        self.hide_questions(&mut plan.problems);
        if self.is_blind(both) {
            let alone = shared::plan::plan(&Inputs { xero: None, ..self.inputs(both, references) });
            plan.totals = alone.totals;
            let sends = !both.joins() && !plan.changes.is_empty();
            plan.changes = if sends { alone.changes } else { Vec::new() };
        }
        if both.own.is_some() {
            entries::cut_changes(&mut plan.changes, |key| self.shows(both, key));
            plan.totals = plan.totals.filter(|_| self.shows(both, MONEY));
        }
        plan
    }

    /// The records that go first, as the reader may see them.
    pub(super) fn cut_dependencies(&self, both: &Both, dependencies: &[DependencyView]) -> Vec<DependencyView> {
        let mut dependencies = dependencies.to_vec();
        dependencies.iter_mut().for_each(|one| self.hide_questions(&mut one.problems));
        entries::cut_dependencies(&mut dependencies, |key| self.shows(both, key));
        dependencies
    }

    /// What Xero knows of a linked record, without what is hidden from the reader in the CRM.
    pub(super) fn cut_state(&self, both: &Both, mut state: XeroState) -> XeroState {
        if both.own.is_none() {
            return state;
        }
        let named_by = match both.key.0.kind() {
            Kind::Party => "name",
            Kind::Item => "code",
            Kind::Document => "number",
        };
        if !self.shows(both, named_by) {
            state.name.clone_from(&both.name);
        }
        if !self.shows(both, MONEY) {
            (state.total, state.amount_paid, state.amount_credited, state.amount_due) = (None, None, None, None);
        }
        if !self.shows(both, "due_date") {
            state.due_date = None;
        }
        if !self.shows(both, "currency") {
            state.currency = None;
        }
        state.lock = state.lock.map(|lock| self.tell_answer(both, lock));
        state
    }
}

/// A key of what any money of a document comes from.
const MONEY: &str = "lines.money";

fn field_hidden(key: &Key, snapshot: &CrmSnapshot, field: &str) -> Problem {
    let name = shared::zoho::name(key.0, &snapshot.record);
    let field = match field {
        sight::PEOPLE => Module::Contacts.api_name(),
        sight::TOTAL_TAX => "Tax",
        field => field,
    };
    problem::of(Code::CrmFieldHidden, &[("field", field.replace('_', " ")), ("name", name)])
}
