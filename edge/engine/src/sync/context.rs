//! What a sync of one record stands on: the connection, its lists and settings, and the clients.

use super::engine::Engine;
use super::key::Key;
use super::room::{CLOSING, LOOKING_UP, NEEDS, Room, SENDING};
use crate::access::Refusal;
use crate::access::connect::accounts_of;
use crate::access::rights::Member;
use crate::access::tokens::GrantTokens;
use crate::operator::OperatorNote;
use crate::store::grants::GrantId;
use crate::store::links::{self, OfXero, Scope};
use crate::store::organisations::{self, Kept};
use crate::store::{budgets, connections};
use chrono::{DateTime, Duration, Utc};
use ports::{Ports, Statement};
use serde_json::Value;
use shared::api::runs::Calls;
use shared::api::{CallView, Step};
use shared::id::{OrgId, XeroId, ZohoId};
use shared::link::{Link, LinkState};
use shared::module::Module;
use shared::organisation::{CrmOrganisation, XeroOrganisation};
use shared::problem::{Code, Problem};
use shared::settings::{Direction, Settings};
use shared::zoho::sight::Hidden;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use upstream::xero::BudgetState;
use upstream::zoho::DataCentre;
use upstream::{Api, CallLog, Caller, Error, Purpose, Who, Whose};

/// How long the organisations' lists are good: they change seldom, and a problem that a newer list might solve makes
/// them be read again at once.
const LISTS_HOURS: i64 = 24;

/// Lists that were read this recently are not read again for a problem's sake.
const LISTS_FRESH_SECONDS: i64 = 30;

/// With whose rights the CRM is read.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Reader<'a> {
    /// A member's.
    Member(&'a Member),
    /// The connection's: of the administrator who connected the CRM.
    Connection(&'a OrgId),
}

impl<'a> Reader<'a> {
    /// The CRM organisation.
    pub(crate) fn org(self) -> &'a OrgId {
        match self {
            Self::Member(member) => &member.org,
            Self::Connection(org) => org,
        }
    }

    /// The member whose log it is.
    pub(crate) fn user(self) -> Option<&'a Member> {
        match self {
            Self::Member(member) => Some(member),
            Self::Connection(_) => None,
        }
    }
}

/// What a context is opened for: whose share of Xero's calls its work takes, and before whom it goes.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Errand<'a> {
    /// This user changes something and waits for it.
    Click(&'a Member),
    /// This user looks at something.
    Reading(&'a Member),
    /// A run of records that this user chose.
    List(&'a Member),
    /// A run for the organisation as a whole.
    Run,
}

impl Errand<'_> {
    fn caller(self, day_reserve: u32) -> Caller {
        let (who, what) = match self {
            Self::Click(user) => (Some(user), Purpose::Click),
            Self::Reading(user) => (Some(user), Purpose::Reading),
            Self::List(user) => (Some(user), Purpose::Run),
            Self::Run => (None, Purpose::Run),
        };
        let who = who.map_or(Who::Organisation, |user| Who::Person(user.id.clone()));
        Caller { who, what, day_reserve }
    }
}

/// What a sync stands on.
#[derive(Debug)]
pub(crate) struct Context<'a, P> {
    pub(crate) ports: &'a P,
    pub(crate) engine: &'a Engine<'a, P>,
    pub(crate) reader: Reader<'a>,
    /// The record of a click; a run has none.
    pub(super) key: Option<Key>,
    /// Which way a run's pairs go; other pairs go as their settings say.
    pub(crate) directions: BTreeMap<Module, Direction>,
    /// When the run began; what failed since then is not tried again for each record that needs it.
    pub(crate) since: Option<DateTime<Utc>>,
    /// What a run had called before this step.
    pub(crate) called: Calls,
    /// The run as this step has saved it last.
    pub(crate) saved: RefCell<Option<Statement>>,
    /// Bills by number that were looked up for many orders at once, and the numbers that were.
    pub(crate) bills: Option<(BTreeSet<String>, Vec<Value>)>,
    /// The links of Xero records that a step has to do with, and which these are: read for many at once.
    known: RefCell<(BTreeSet<XeroId>, OfXero)>,
    /// What was found in Xero under the names, codes or numbers of several records.
    pub(super) found: RefCell<HashMap<Key, Vec<Value>>>,
    /// What a step of a run has room for.
    pub(crate) room: Room,
    /// Whether something may be written, and nobody only looks.
    pub(super) acts: bool,
    /// Whether whoever acts has this one record before them, and not a list of many.
    pub(super) alone: bool,
    /// The word that a click brings of the preview which has shown what it lets go.
    pub(super) word: Option<String>,
    /// Users who do not count as administrators here, whatever their profile says.
    pub(super) taken_out: BTreeSet<ZohoId>,
    /// The records that were read with the connection's rights because their reader sees them only in part, and what that one
    /// is not shown: their entries hold it.
    pub(super) in_part: RefCell<HashMap<Key, Hidden>>,
    /// Whose partner each Xero record became in this request, before any link is saved.
    claimed: RefCell<HashMap<(Module, XeroId), ZohoId>>,
    pub(crate) settings: Settings,
    pub(crate) settings_version: i64,
    pub(crate) lists: Lists,
    pub(super) link: Option<Link>,
    /// The CRM user as whom the connection writes.
    pub(crate) writer: ZohoId,
    pub(crate) clients: Clients<'a, P>,
}

/// What is known of the two organisations.
#[derive(Debug)]
pub(crate) struct Lists {
    pub(crate) crm: CrmOrganisation,
    pub(crate) xero: XeroOrganisation,
    /// When the older of the two was read.
    pub(crate) read_at: DateTime<Utc>,
}

/// The clients of both sides, and the log of their calls.
#[derive(Debug)]
pub(crate) struct Clients<'a, P> {
    ports: &'a P,
    engine: &'a Engine<'a, P>,
    pub(crate) scope: Scope,
    user_tokens: GrantTokens<'a, P>,
    user_api_domain: String,
    crm_tokens: GrantTokens<'a, P>,
    crm_api_domain: String,
    crm_data_centre: &'a DataCentre,
    xero_tokens: GrantTokens<'a, P>,
    xero_base: String,
    caller: Caller,
    pub(crate) log: CallLog,
    names: (String, String),
}

impl<'a, P: Ports> Clients<'a, P> {
    /// The CRM with the reader's rights: for reading.
    pub(crate) fn crm_as_user(&self) -> upstream::zoho::Client<'_, P, GrantTokens<'a, P>> {
        upstream::zoho::Client {
            ports: self.ports,
            tokens: &self.user_tokens,
            api_domain: &self.user_api_domain,
            log: &self.log,
        }
    }

    /// The CRM with the connection's rights: for writing back.
    pub(crate) fn crm_as_connection(&self) -> upstream::zoho::Client<'_, P, GrantTokens<'a, P>> {
        upstream::zoho::Client {
            ports: self.ports,
            tokens: &self.crm_tokens,
            api_domain: &self.crm_api_domain,
            log: &self.log,
        }
    }

    /// Xero.
    pub(crate) fn xero(&self) -> upstream::xero::Client<'_, P, GrantTokens<'a, P>> {
        upstream::xero::Client {
            ports: self.ports,
            tokens: &self.xero_tokens,
            base: &self.xero_base,
            tenant: &self.scope.tenant,
            budget: &self.engine.desk.budget,
            caller: &self.caller,
            log: &self.log,
        }
    }

    /// What an error of the connection's own clients means. A grant that is dead for good is noted, so that the next
    /// request says so without a call.
    pub(crate) async fn refuse(&self, error: Error) -> Refusal {
        let (api, code, name) = match &error {
            Error::Unauthorized { api: Api::Zoho, .. } => (Api::Zoho, Code::ZohoDisconnected, &self.names.0),
            Error::Unauthorized { api: Api::Xero, .. } | Error::Disconnected { .. } => {
                (Api::Xero, Code::XeroDisconnected, &self.names.1)
            }
            _ => return error.into(),
        };
        if let Err(failure) = self.ports.query(connections::broken(&self.scope.org, api)).await {
            return failure.into();
        }
        Refusal { note: Some(OperatorNote::from(&error)), ..Refusal::of(code, &[("name", name.clone())]) }
    }

    /// Reads both organisations' lists from the APIs, at the same time, and keeps them.
    async fn read_lists(&self) -> Result<Lists, Refusal> {
        let (crm_client, xero_client) = (self.crm_as_connection(), self.xero());
        let (crm, xero) = futures_util::future::join(
            crm_client.organisation(self.crm_data_centre),
            xero_client.organisation(&self.engine.config.xero_addresses.web),
        )
        .await;
        let crm = match crm {
            Ok(crm) => crm,
            Err(error) => return Err(self.refuse(error).await),
        };
        let xero = match xero {
            Ok(xero) => xero,
            Err(error) => return Err(self.refuse(error).await),
        };
        let read_at = self.ports.now();
        let Scope { org, tenant } = &self.scope;
        self.ports.query(organisations::save(org, &crm, tenant, &xero, read_at)?).await?;
        Ok(Lists { crm, xero, read_at })
    }

    /// The lists that are kept if they are good, else new ones.
    async fn lists(&self, kept: Kept) -> Result<Lists, Refusal> {
        let oldest = self.ports.now() - Duration::hours(LISTS_HOURS);
        match (kept.crm, kept.xero) {
            (Some((crm, crm_at)), Some((xero, xero_at)))
                if crm_at > oldest && xero_at > oldest && xero.id == self.scope.tenant =>
            {
                Ok(Lists { crm, xero, read_at: crm_at.min(xero_at) })
            }
            _ => self.read_lists().await,
        }
    }
}

impl<'a, P: Ports> Context<'a, P> {
    /// Reads the connection, its lists and the record's link. Lists that are missing or old are read from the APIs.
    pub(crate) async fn open(
        engine: &'a Engine<'a, P>,
        reader: Reader<'a>,
        errand: Errand<'_>,
        key: Option<Key>,
    ) -> Result<Self, Refusal> {
        let ports = engine.ports;
        let org = reader.org();
        let mut answers = ports
            .batch(vec![connections::select(org), organisations::select(org), budgets::select(org)])
            .await?
            .into_iter();
        let connection = answers.next().and_then(|rows| rows.into_iter().next()).map(connections::read).transpose()?;
        let kept = answers.next().and_then(|rows| rows.into_iter().next()).map(organisations::read).transpose()?;
        let budget = answers.next().and_then(|rows| rows.into_iter().next()).map(budgets::read).transpose()?;
        let connection = connection.ok_or_else(|| Refusal::of(Code::ZohoNotConnected, &[]))?;
        engine.desk.meet(&connection);
        if let Some(known) = budget
            && engine.desk.budget.state() == BudgetState::default()
        {
            // This desk is new: a day limit that was met before still lasts.
            engine.desk.budget.restore(&known);
        }
        if connection.zoho_broken {
            return Err(Refusal::of(Code::ZohoDisconnected, &[]));
        }
        let tenant = connection.tenant.ok_or_else(|| Refusal::of(Code::XeroNotConnected, &[]))?;
        if connection.xero_broken {
            return Err(Refusal::of(Code::XeroDisconnected, &[("name", tenant.name)]));
        }
        let scope = Scope { org: org.clone(), tenant: tenant.id };
        let link = links::get_all(ports, &scope, key.as_slice()).await?.pop().flatten();
        let config = engine.config;
        let desk = &engine.desk.tokens;
        let tokens = |id: GrantId, accounts: String| GrantTokens { ports, config, desk, id, accounts };
        let crm_data_centre = config
            .data_centres
            .iter()
            .find(|data_centre| data_centre.location == connection.location)
            .ok_or_else(|| Refusal::internal("the connection's Zoho data centre is unknown"))?;
        let crm_grant = || tokens(GrantId::Zoho(org.clone()), crm_data_centre.accounts.clone());
        let (user_tokens, user_api_domain) = match reader {
            Reader::Member(user) => {
                let grant = GrantId::ZohoUser(org.clone(), user.id.clone());
                (tokens(grant, accounts_of(config, &user.location)?), user.api_domain.clone())
            }
            Reader::Connection(_) => (crm_grant(), connection.api_domain.clone()),
        };
        let clients = Clients {
            ports,
            engine,
            user_tokens,
            user_api_domain,
            crm_tokens: crm_grant(),
            crm_api_domain: connection.api_domain,
            crm_data_centre,
            xero_tokens: tokens(GrantId::Xero(org.clone()), String::new()),
            xero_base: config.xero_base(),
            caller: errand.caller(connection.settings.day_reserve.0.into()),
            log: CallLog::new(),
            names: (connection.org_name, tenant.name),
            scope,
        };
        let lists = clients.lists(kept.unwrap_or_default()).await?;
        Ok(Self {
            ports,
            engine,
            reader,
            key,
            directions: BTreeMap::new(),
            since: None,
            called: Calls::default(),
            saved: RefCell::default(),
            bills: None,
            known: RefCell::default(),
            found: RefCell::default(),
            room: Room::default(),
            acts: !matches!(errand, Errand::Reading(_)),
            alone: matches!(errand, Errand::Reading(_) | Errand::Click(_)),
            word: None,
            taken_out: connection.taken_out,
            in_part: RefCell::default(),
            claimed: RefCell::default(),
            settings: connection.settings,
            settings_version: connection.settings_version,
            lists,
            link,
            writer: connection.connected.user,
            clients,
        })
    }

    /// Reads both organisations' lists again.
    pub(crate) async fn renew_lists(&mut self) -> Result<(), Refusal> {
        self.lists = self.clients.read_lists().await?;
        Ok(())
    }

    /// Reads the lists again if a problem might be gone with newer ones: somebody may just have fixed it at Xero or in
    /// the CRM's set-up. Says whether it did.
    pub(super) async fn refresh_lists_for(&mut self, problems: &[Problem]) -> Result<bool, Refusal> {
        let might_help = problems.iter().any(|problem| problem.code.may_go_with_new_lists());
        let old = self.lists.read_at < self.ports.now() - Duration::seconds(LISTS_FRESH_SECONDS);
        if !(might_help && old) {
            return Ok(false);
        }
        self.renew_lists().await?;
        Ok(true)
    }

    /// What an error of reading with the reader's rights means.
    pub(crate) async fn refuse_reader(&self, error: Error) -> Refusal {
        match (self.reader, error) {
            // A member's record may be read with the connection's grant, too: what is refused to that is nobody's fault.
            (_, error @ Error::Unauthorized { whose: Whose::Connection, .. }) => self.clients.refuse(error).await,
            (Reader::Member(member), error) => self.engine.refuse_member(member, error).await,
            (Reader::Connection(_), error) => self.clients.refuse(error).await,
        }
    }

    /// Which way a pair's records and changes go here.
    pub(crate) fn direction(&self, module: Module) -> Direction {
        self.directions.get(&module).copied().unwrap_or_else(|| self.settings.direction(module))
    }

    /// Notes that a Xero record becomes the partner of a CRM record; another one that has it already is returned.
    pub(super) fn claim(&self, module: Module, xero_id: &XeroId, crm_id: &ZohoId) -> Option<ZohoId> {
        let mut claimed = self.claimed.borrow_mut();
        let holder = claimed.entry((module, xero_id.clone())).or_insert_with(|| crm_id.clone());
        (holder != crm_id).then(|| holder.clone())
    }

    /// Reads the links of Xero records for many records of a step, in one statement, so that none of them asks by itself.
    pub(crate) async fn learn_links(&self, ids: impl IntoIterator<Item = XeroId>) -> Result<(), Refusal> {
        let ids: BTreeSet<XeroId> = ids.into_iter().collect();
        let wanted: Vec<XeroId> = ids.into_iter().filter(|id| !self.known.borrow().0.contains(id)).collect();
        let read = links::of_xero(self.ports, &self.clients.scope, &wanted).await?;
        let (ids, known) = &mut *self.known.borrow_mut();
        ids.extend(wanted);
        known.held.extend(read.held);
        known.let_go.extend(read.let_go);
        Ok(())
    }

    /// Links that were saved: what was learnt before is so no more.
    pub(crate) fn note_links<'l>(&self, saved: impl IntoIterator<Item = &'l Link>) {
        let (_, known) = &mut *self.known.borrow_mut();
        for link in saved {
            let other = |known: &Link| (known.module, &known.crm_id) != (link.module, &link.crm_id);
            known.held.retain(other);
            known.let_go.retain(other);
            match link.xero_id {
                Some(_) => known.held.push(link.clone()),
                None if link.state == LinkState::LetGo => known.let_go.push(link.clone()),
                None => {}
            }
        }
    }

    /// The links with Xero records, as far as all of them are known.
    fn known_links(&self, ids: &[XeroId]) -> Option<OfXero> {
        let (asked, known) = &*self.known.borrow();
        let those = |links: &[Link], of: fn(&Link) -> Option<&XeroId>| {
            links.iter().filter(|link| of(link).is_some_and(|id| ids.contains(id))).cloned().collect()
        };
        ids.iter().all(|id| asked.contains(id)).then(|| OfXero {
            held: those(&known.held, |link| link.xero_id.as_ref()),
            let_go: those(&known.let_go, |link| link.was.as_ref()),
        })
    }

    /// The links with Xero records that one record has to do with, and what was let go of them.
    ///
    /// # Errors
    /// [`Refusal`] when the database fails, or a step has no room for a statement of this record's own.
    pub(super) async fn links_of(&self, ids: &[XeroId]) -> Result<OfXero, Refusal> {
        if let Some(known) = self.known_links(ids) {
            return Ok(known);
        }
        self.look_up_alone()?;
        Ok(links::of_xero(self.ports, &self.clients.scope, ids).await?)
    }

    /// The same without what was let go.
    ///
    /// # Errors
    /// See [`Self::links_of`].
    pub(crate) async fn links_with(&self, ids: &[XeroId]) -> Result<Vec<Link>, Refusal> {
        Ok(self.links_of(ids).await?.held)
    }

    pub(super) fn step(&self, step: Step) {
        if let Some(key) = &self.key {
            self.engine.desk.step(&self.clients.scope.org, key, step);
        }
    }

    pub(super) fn calls(&self) -> Vec<CallView> {
        self.clients.log.entries()
    }

    pub(crate) fn org(&self) -> &OrgId {
        &self.clients.scope.org
    }

    /// Whether a step may still make so many statements and come to its end. A click has one record, and no end of a step.
    pub(crate) fn has_room(&self, statements: usize) -> bool {
        let most = self.engine.config.pace.statements();
        let room = self.since.is_none() || self.room.single.get() || self.ports.asked() + statements + CLOSING <= most;
        if !room {
            self.room.put_back.set(true);
        }
        room
    }

    /// Lets one kind of what documents need be sent or brought.
    pub(crate) fn has_room_for_needs(&self) -> bool {
        !self.room.needs.replace(true) || self.has_room(NEEDS + SENDING)
    }

    /// Lets the record at hand look something up by itself.
    ///
    /// # Errors
    /// [`Refusal`]: `SyncInProgress`, with which the record is put back.
    pub(super) fn look_up_alone(&self) -> Result<(), Refusal> {
        let granted = self.room.granted.get() || !self.room.looked.get() || self.has_room(LOOKING_UP + SENDING);
        if !granted {
            return Err(Refusal::of(Code::SyncInProgress, &[]));
        }
        self.room.looked.set(true);
        self.room.granted.set(true);
        Ok(())
    }
}
