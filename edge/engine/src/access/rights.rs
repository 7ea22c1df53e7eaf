//! What somebody may do, as of now.
//!
//! A session says who somebody is, and no more. What that person may do comes out of an answer of Zoho that is at most ten
//! minutes old: [`Member`] and [`Administrator`] can be made nowhere else, and every entrance of the engine asks for one of
//! them. So no route can forget it, and nobody goes on with the rights of yesterday.
//!
//! Between the two there is room for roles that an administrator gives (viewer, bookkeeper).

use super::connect::{accounts_of, user_tokens};
use super::tokens::GrantTokens;
use super::{Refusal, installation};
use crate::store::connections::{self, Connection};
use crate::store::grants::{self, GrantId};
use crate::store::sessions::{self, Session, SessionKey, User};
use crate::sync::Engine;
use chrono::{DateTime, Duration, Utc};
use futures_util::lock::Mutex;
use ports::Ports;
use shared::id::{OrgId, ZohoId};
use shared::module::Module;
use shared::problem;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Deref;
use std::rc::Rc;
use upstream::zoho::{Client, Permission, ProfileRef};
use upstream::{Api, CallLog, Error, Tokens, Whose};

/// How old an answer of Zoho may be.
const FRESH_MINUTES: i64 = 10;

/// Answers that are kept at most before all are forgotten.
const KEPT: usize = 2_000;

/// Somebody who is signed in and whom Zoho, within the last ten minutes, called an active user of the organisation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    user: User,
    session: Option<SessionKey>,
    profile: ProfileRef,
    administers: bool,
    /// Whether only an administrator's word keeps this one from administering.
    taken_out: bool,
    edits: Edits,
}

impl Deref for Member {
    type Target = User;

    fn deref(&self) -> &User {
        &self.user
    }
}

impl Member {
    /// The session that is used; none where a run of theirs is at work.
    #[must_use]
    pub fn session(&self) -> Option<&SessionKey> {
        self.session.as_ref()
    }

    /// The profile in the CRM.
    #[must_use]
    pub fn profile(&self) -> &ProfileRef {
        &self.profile
    }

    /// Whether the member administers the CRM. For what is shown; what is done takes an [`Administrator`].
    #[must_use]
    pub fn administers(&self) -> bool {
        self.administers
    }

    /// Whether the member's profile may edit the records of a module; none where Zoho does not tell.
    #[must_use]
    pub fn edits(&self, module: Module) -> Option<bool> {
        self.edits.of(module)
    }

    /// The member as an administrator.
    ///
    /// # Errors
    /// [`Refusal`] with `TakenOut` for whoever an administrator took out, else with `NotAdministrator`.
    pub fn administrator(&self) -> Result<Administrator, Refusal> {
        match (self.administers, self.taken_out) {
            (true, _) => Ok(Administrator(self.clone())),
            (false, true) => Err(Refusal::from(problem::taken_out())),
            (false, false) => Err(Refusal::from(problem::not_administrator())),
        }
    }

    /// What of Xero the member is told of.
    #[must_use]
    pub fn books(&self) -> BooksReader {
        if self.administers { BooksReader::All } else { BooksReader::WithCrmRecord }
    }

    /// Whose entries, runs and waiting records the member is told of.
    #[must_use]
    pub fn viewer(&self) -> Viewer {
        match self.administers {
            true => Viewer { own: None },
            false => Viewer { own: Some(self.user.id.clone()) },
        }
    }
}

/// A member whom Zoho, within the last ten minutes, called an administrator of the CRM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Administrator(Member);

impl Deref for Administrator {
    type Target = Member;

    fn deref(&self) -> &Member {
        &self.0
    }
}

/// Whose entries, runs and waiting records somebody is told of: every statement over them takes one. A [`Member`] makes one, and
/// the engine for what it works with itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Viewer {
    own: Option<ZohoId>,
}

impl Viewer {
    /// Rows that the engine itself works with: nobody is told of them.
    pub(crate) fn nobody() -> Self {
        Self { own: None }
    }

    /// The user whose own ones are told; none: all of them.
    #[must_use]
    pub fn only(&self) -> Option<&ZohoId> {
        self.own.as_ref()
    }

    /// Whether this one is told of what belongs to `owner`; what belongs to nobody is the administrators'.
    #[must_use]
    pub fn sees(&self, owner: Option<&ZohoId>) -> bool {
        self.own.is_none() || self.own.as_ref() == owner
    }
}

/// What of Xero somebody is told of. Zoho's rights say nothing of what exists only there, so whatever shows data of a Xero
/// record takes one, and only a [`Member`] makes one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BooksReader {
    /// Everything: administrators.
    All,
    /// The partners of CRM records that they can read; of others, found by exact number or name, that they exist.
    WithCrmRecord,
}

/// Whose records a profile may edit.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Edits {
    /// Everybody's: Zoho's own profile for administrators, where Zoho does not tell more.
    All,
    /// As Zoho told, module by module.
    Told(BTreeMap<Module, bool>),
    /// Zoho does not tell.
    Unknown,
}

impl Edits {
    fn of(&self, module: Module) -> Option<bool> {
        match self {
            Self::All => Some(true),
            Self::Told(modules) => modules.get(&module).copied(),
            Self::Unknown => None,
        }
    }
}

/// What Zoho said of a user.
#[derive(Debug, Clone)]
struct Standing {
    profile: ProfileRef,
    administers: bool,
    taken_out: bool,
    edits: Edits,
    at: DateTime<Utc>,
}

/// A user among those of all organisations.
type Whom = (OrgId, ZohoId);

/// What a profile allows.
#[derive(Debug, Clone)]
struct Allowed {
    /// Whether it makes an administrator.
    administers: bool,
    edits: Edits,
    /// When Zoho told.
    at: DateTime<Utc>,
}

/// What Zoho said of users and profiles, and one question at a time for each user. It lives as long as the organisation's
/// Durable Object.
#[derive(Debug, Default)]
pub struct RightsDesk {
    standings: RefCell<HashMap<Whom, Standing>>,
    /// Of profiles.
    profiles: RefCell<HashMap<(OrgId, ZohoId), Allowed>>,
    /// Which profiles may not write or see which fields: by modules' API names.
    fields: RefCell<HashMap<(OrgId, String), Guarded>>,
    /// The active users of organisations.
    people: RefCell<HashMap<OrgId, People>>,
    locks: RefCell<HashMap<Whom, Rc<Mutex<()>>>>,
    /// When Zoho last called whoever connected an organisation an administrator of it.
    connectors: RefCell<HashMap<OrgId, DateTime<Utc>>>,
    /// The profile of whoever connected an organisation, and when Zoho told.
    connected_as: RefCell<HashMap<OrgId, (ProfileRef, DateTime<Utc>)>>,
    /// When Zoho last called those who have begun runs active users.
    beginners: RefCell<HashMap<Whom, DateTime<Utc>>>,
}

/// The fields of a module that not everybody may write or see, by profile: their API names.
#[derive(Debug)]
struct Guarded {
    /// Those that the profile may not write, although another one may.
    closed: HashMap<ZohoId, BTreeSet<String>>,
    /// Those that it does not see.
    hidden: HashMap<ZohoId, BTreeSet<String>>,
    /// All that Zoho told of. It tells of none that whoever asks does not see.
    named: BTreeSet<String>,
    /// When Zoho told.
    at: DateTime<Utc>,
}

/// The profiles of an organisation's active users.
#[derive(Debug)]
struct People {
    profiles: HashMap<ZohoId, ProfileRef>,
    /// Whether these are all.
    complete: bool,
    /// When Zoho told.
    at: DateTime<Utc>,
}

impl Guarded {
    fn is_fresh(&self, now: DateTime<Utc>) -> bool {
        now - self.at <= Duration::minutes(FRESH_MINUTES)
    }
}

impl People {
    fn is_fresh(&self, now: DateTime<Utc>) -> bool {
        now - self.at <= Duration::minutes(FRESH_MINUTES)
    }
}

impl RightsDesk {
    fn lock(&self, whom: &Whom) -> Rc<Mutex<()>> {
        self.locks.borrow_mut().entry(whom.clone()).or_default().clone()
    }

    fn standing(&self, whom: &Whom, since: DateTime<Utc>) -> Option<Standing> {
        self.standings.borrow().get(whom).filter(|standing| standing.at >= since).cloned()
    }

    fn last_heard(&self, whom: &Whom) -> Option<DateTime<Utc>> {
        self.standings.borrow().get(whom).map(|standing| standing.at)
    }

    fn keep(&self, whom: &Whom, standing: Standing) {
        let mut standings = self.standings.borrow_mut();
        if standings.len() >= KEPT {
            standings.clear();
        }
        standings.insert(whom.clone(), standing);
    }

    /// Whether Zoho has called whoever connected the organisation an administrator since then.
    pub(super) fn connector_seen_since(&self, org: &OrgId, since: DateTime<Utc>) -> bool {
        self.connectors.borrow().get(org).is_some_and(|at| *at >= since)
    }

    pub(super) fn keep_connector(&self, org: &OrgId, at: DateTime<Utc>) {
        self.connectors.borrow_mut().insert(org.clone(), at);
    }

    /// The profile of whoever connected the organisation, as Zoho has told it since then.
    pub(super) fn connected_as(&self, org: &OrgId, since: DateTime<Utc>) -> Option<ProfileRef> {
        self.connected_as.borrow().get(org).filter(|(_, at)| *at >= since).map(|(profile, _)| profile.clone())
    }

    pub(super) fn keep_connected_as(&self, org: &OrgId, profile: ProfileRef, at: DateTime<Utc>) {
        self.connected_as.borrow_mut().insert(org.clone(), (profile, at));
    }

    /// Whether Zoho has called somebody who has begun a run an active user since then.
    pub(super) fn beginner_seen_since(&self, org: &OrgId, user: &ZohoId, since: DateTime<Utc>) -> bool {
        self.beginners.borrow().get(&(org.clone(), user.clone())).is_some_and(|at| *at >= since)
    }

    pub(super) fn keep_beginner(&self, org: &OrgId, user: &ZohoId, at: DateTime<Utc>) {
        self.beginners.borrow_mut().insert((org.clone(), user.clone()), at);
    }

    /// Forgets what was said of a user.
    pub(crate) fn forget(&self, org: &OrgId, user: &ZohoId) {
        self.beginners.borrow_mut().remove(&(org.clone(), user.clone()));
        self.standings.borrow_mut().remove(&(org.clone(), user.clone()));
    }

    /// Forgets what was said of all users and profiles of an organisation.
    pub(crate) fn forget_all(&self, org: &OrgId) {
        self.standings.borrow_mut().retain(|(of, _), _| of != org);
        self.profiles.borrow_mut().retain(|(of, _), _| of != org);
        self.fields.borrow_mut().retain(|(of, _), _| of != org);
        self.connectors.borrow_mut().remove(org);
        self.connected_as.borrow_mut().remove(org);
        self.beginners.borrow_mut().retain(|(of, _), _| of != org);
        self.people.borrow_mut().remove(org);
    }
}

impl<P: Ports> Engine<'_, P> {
    /// What whoever holds a session may do, by an answer of Zoho that is at most ten minutes old. Somebody who is no
    /// active user any more is signed out everywhere.
    ///
    /// # Errors
    /// [`Refusal`]: `SessionExpired` when Zoho does not know the user any more; `RightsUnknown` when Zoho does not answer
    /// and its last answer is too old.
    pub async fn member(&self, session: &Session) -> Result<Member, Refusal> {
        let since = self.ports.now() - Duration::minutes(FRESH_MINUTES);
        self.standing(&session.user, Some(&session.key), since).await
    }

    /// The same of a user whose run is at work. A run keeps the right that it needs.
    ///
    /// # Errors
    /// As [`Engine::member`].
    pub(crate) async fn member_at_work(&self, user: &User) -> Result<Member, Refusal> {
        self.standing(user, None, self.ports.now() - Duration::minutes(FRESH_MINUTES)).await
    }

    /// As [`Engine::member`], by an answer that Zoho gives now: for what changes something in the installation.
    ///
    /// # Errors
    /// As [`Engine::member`].
    pub async fn member_now(&self, session: &Session) -> Result<Member, Refusal> {
        // Answers from this very instant on: none is kept yet.
        let asked_at = self.ports.now();
        self.desk.rights.forget(&session.user.org, &session.user.id);
        self.standing(&session.user, Some(&session.key), asked_at).await
    }

    async fn standing(
        &self,
        user: &User,
        session: Option<&SessionKey>,
        since: DateTime<Utc>,
    ) -> Result<Member, Refusal> {
        let whom = (user.org.clone(), user.id.clone());
        let rights = &self.desk.rights;
        let lock = rights.lock(&whom);
        let _turn = lock.lock().await;
        // Whoever had the turn before may have asked already.
        if let Some(standing) = rights.standing(&whom, since) {
            return Ok(member(user, session, standing));
        }
        match self.ask_zoho(user, since).await {
            Ok(standing) => {
                rights.keep(&whom, standing.clone());
                Ok(member(user, session, standing))
            }
            Err(Unknown::Gone) => {
                rights.forget(&user.org, &user.id);
                Err(self.sign_out_everywhere(user).await)
            }
            Err(Unknown::Refused(refusal)) => Err(refusal),
            Err(Unknown::Weather(error)) => {
                // A throttle or an outage ends nothing. It only lets nobody do anything on what was said long ago.
                let since = rights.last_heard(&whom).map(|at| at.format("%H:%M UTC").to_string());
                Err(Refusal { note: Some((&error).into()), ..Refusal::from(problem::rights_unknown(since)) })
            }
        }
    }

    /// Who somebody is and what their profile allows, neither of it older than `since`. A standing is as old as the older
    /// of the two.
    async fn ask_zoho(&self, user: &User, since: DateTime<Utc>) -> Result<Standing, Unknown> {
        let tokens = user_tokens(self.ports, self.config, &self.desk.tokens, user)?;
        let log = CallLog::new();
        let client = Client { ports: self.ports, tokens: &tokens, api_domain: &user.api_domain, log: &log };
        let at = self.ports.now();
        let who = client.current_user().await.map_err(unknown)?;
        if !who.active || who.id != user.id {
            return Err(Unknown::Gone);
        }
        installation::may_stay(self.ports, self.config, &user.org).await?;
        let connection = connections::get(self.ports, &user.org).await.map_err(Refusal::from)?;
        let allowed = self.allowed(connection.as_ref(), &client, &user.org, &who.profile, since).await?;
        let (administers, taken_out) = counts(connection.as_ref(), user, &allowed);
        Ok(Standing { profile: who.profile, administers, taken_out, edits: allowed.edits, at: at.min(allowed.at) })
    }

    /// What a profile allows, read with the connection's grant, before there is one or where that is refused with the
    /// user's own. Where Zoho refuses to tell it, only the profile that Zoho itself calls its Administrator makes one.
    async fn allowed<T: Tokens>(
        &self,
        connection: Option<&Connection>,
        own: &Client<'_, P, T>,
        org: &OrgId,
        profile: &ProfileRef,
        since: DateTime<Utc>,
    ) -> Result<Allowed, Unknown> {
        let key = (org.clone(), profile.id.clone());
        let now = self.ports.now();
        let kept = self.desk.rights.profiles.borrow().get(&key).cloned();
        if let Some(kept) = kept.filter(|kept| kept.at >= since) {
            return Ok(kept);
        }
        let told = match connection.filter(|connection| !connection.zoho_broken) {
            Some(connection) => {
                let id = GrantId::Zoho(connection.org.clone());
                let accounts = accounts_of(self.config, &connection.location)?;
                let (ports, config, desk) = (self.ports, self.config, &self.desk.tokens);
                let tokens = GrantTokens { ports, config, desk, id, accounts };
                let client = Client { ports, tokens: &tokens, api_domain: &connection.api_domain, log: own.log };
                match client.profile(&profile.id).await {
                    // A grant that can't say it leaves it to the user's own.
                    Err(error) if is_refusal(&error) => own.profile(&profile.id).await,
                    told => told,
                }
            }
            None => own.profile(&profile.id).await,
        };
        let allowed = match told {
            Ok(told) => Allowed { administers: told.administers(), edits: Edits::Told(told.edits), at: now },
            Err(error) if is_refusal(&error) => {
                let administers = profile.name == ADMINISTRATOR;
                let edits = if administers { Edits::All } else { Edits::Unknown };
                Allowed { administers, edits, at: now }
            }
            Err(error) => return Err(unknown(error)),
        };
        self.desk.rights.profiles.borrow_mut().insert(key, allowed.clone());
        Ok(allowed)
    }

    /// The profile of a user of the CRM and whether it makes an administrator, as Zoho said within the last ten minutes;
    /// none for whom it does not tell, or who is no active user. Asked with the connection's client.
    ///
    /// # Errors
    /// [`Error`] when Zoho does not answer now.
    pub(crate) async fn stands_as<T: Tokens>(
        &self,
        org: &OrgId,
        crm: &Client<'_, P, T>,
        user: &ZohoId,
    ) -> Result<Option<(ZohoId, bool)>, Error> {
        let now = self.ports.now();
        // None: nobody knows, because the list is cut off before this user.
        let profile_of = |people: &People| match people.profiles.get(user) {
            Some(profile) => Some(Some(profile.clone())),
            None => people.complete.then_some(None),
        };
        let kept = self.desk.rights.people.borrow().get(org).filter(|people| people.is_fresh(now)).map(profile_of);
        let known = match kept {
            Some(known) => known,
            None => {
                let (users, complete) = match crm.active_users().await {
                    Err(error) if is_refusal(&error) => (Vec::new(), true),
                    users => users?,
                };
                let profiles = users.into_iter().filter(|user| user.active).map(|user| (user.id, user.profile));
                let people = People { profiles: profiles.collect(), complete, at: now };
                let known = profile_of(&people);
                self.desk.rights.people.borrow_mut().insert(org.clone(), people);
                known
            }
        };
        let profile = match known {
            Some(profile) => profile,
            None => match crm.active_user(user).await {
                Err(error) if is_refusal(&error) => None,
                found => found?.map(|user| user.profile),
            },
        };
        let Some(profile) = profile else { return Ok(None) };
        let since = now - Duration::minutes(FRESH_MINUTES);
        match self.allowed(None, crm, org, &profile, since).await {
            Ok(allowed) => Ok(Some((profile.id, allowed.administers))),
            Err(Unknown::Weather(error)) => Err(error),
            Err(Unknown::Gone | Unknown::Refused(_)) => Ok(Some((profile.id, false))),
        }
    }

    /// The fields of a module, by its API name, that a profile may not write, as Zoho said within the last ten minutes: those
    /// that it may only read or does not see. Where Zoho does not tell what profiles may do with a field, nothing is known
    /// against it.
    ///
    /// # Errors
    /// [`Error`] when Zoho does not answer now.
    pub(crate) async fn closed_fields<T: Tokens>(
        &self,
        crm: &Client<'_, P, T>,
        org: &OrgId,
        api_name: &str,
        profile: &ZohoId,
    ) -> Result<BTreeSet<String>, Error> {
        self.guarded_fields(crm, org, api_name, |guarded| guarded.closed.get(profile).cloned().unwrap_or_default())
            .await
    }

    /// The fields of a module, by its API name, that a profile does not see, as Zoho said within the last ten minutes. Where Zoho
    /// does not tell what profiles may do with a field, it is known by what answers leave out alone.
    ///
    /// # Errors
    /// [`Error`] when Zoho does not answer now.
    pub(crate) async fn hidden_fields<T: Tokens>(
        &self,
        crm: &Client<'_, P, T>,
        org: &OrgId,
        api_name: &str,
        profile: &ZohoId,
    ) -> Result<BTreeSet<String>, Error> {
        self.guarded_fields(crm, org, api_name, |guarded| guarded.hidden.get(profile).cloned().unwrap_or_default())
            .await
    }

    /// All fields of a module, by its API name, of which Zoho told within the last ten minutes. Those that the connection does not
    /// see itself may be missing.
    ///
    /// # Errors
    /// [`Error`] when Zoho does not answer now.
    pub(crate) async fn named_fields<T: Tokens>(
        &self,
        crm: &Client<'_, P, T>,
        org: &OrgId,
        api_name: &str,
    ) -> Result<BTreeSet<String>, Error> {
        self.guarded_fields(crm, org, api_name, |guarded| guarded.named.clone()).await
    }

    async fn guarded_fields<T: Tokens>(
        &self,
        crm: &Client<'_, P, T>,
        org: &OrgId,
        api_name: &str,
        of: impl Fn(&Guarded) -> BTreeSet<String>,
    ) -> Result<BTreeSet<String>, Error> {
        let key = (org.clone(), api_name.to_owned());
        let now = self.ports.now();
        let kept = self.desk.rights.fields.borrow().get(&key).filter(|kept| kept.is_fresh(now)).map(&of);
        if let Some(kept) = kept {
            return Ok(kept);
        }
        let told = match crm.field_rights_of(api_name).await {
            Ok(told) => told,
            Err(error) if is_refusal(&error) && !matches!(error, Error::Unauthorized { .. }) => Vec::new(),
            Err(error) => return Err(error),
        };
        let mut guarded = Guarded { closed: HashMap::new(), hidden: HashMap::new(), named: BTreeSet::new(), at: now };
        for field in told {
            guarded.named.insert(field.api_name.clone());
            // What no profile may write the CRM fills by itself.
            let anybody_writes = field.profiles.iter().any(|(_, may)| *may == Permission::ReadWrite);
            for (profile, may) in field.profiles {
                let name = || field.api_name.clone();
                if anybody_writes && may != Permission::ReadWrite {
                    guarded.closed.entry(profile.id.clone()).or_default().insert(name());
                }
                if may == Permission::Hidden {
                    guarded.hidden.entry(profile.id).or_default().insert(name());
                }
            }
        }
        let found = of(&guarded);
        self.desk.rights.fields.borrow_mut().insert(key, guarded);
        Ok(found)
    }

    /// What an error of reading with a member's own rights means. Where the token was renewed and the new one is refused,
    /// too, Zoho does not know that user any more.
    pub(crate) async fn refuse_member(&self, member: &Member, error: Error) -> Refusal {
        match error {
            Error::Unauthorized { api: Api::Zoho, whose: Whose::Member, .. } => self.sign_out_everywhere(member).await,
            error => error.into(),
        }
    }

    /// Ends all sessions of somebody whom Zoho does not know any more, and forgets the grant, which is dead.
    pub(crate) async fn sign_out_everywhere(&self, user: &User) -> Refusal {
        let id = GrantId::ZohoUser(user.org.clone(), user.id.clone());
        self.desk.rights.forget(&user.org, &user.id);
        self.desk.tokens.forget(&id);
        match self.ports.batch(vec![sessions::end_of(&user.org, &user.id), grants::delete(&id)]).await {
            Ok(_) => Refusal::from(problem::session_expired()),
            Err(error) => error.into(),
        }
    }
}

/// What Zoho calls its own profile for administrators. Nobody changes what it may do, so it sees and edits every field.
pub(crate) const ADMINISTRATOR: &str = "Administrator";

/// Why it is not known what somebody may do.
#[derive(Debug)]
enum Unknown {
    /// Zoho does not know the user any more.
    Gone,
    /// Zoho does not answer now.
    Weather(Error),
    /// Something else.
    Refused(Refusal),
}

impl From<Refusal> for Unknown {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

fn unknown(error: Error) -> Unknown {
    match error {
        Error::Unauthorized { .. } => Unknown::Gone,
        Error::ScopeMissing { .. } => Unknown::Refused(error.into()),
        error => Unknown::Weather(error),
    }
}

/// Whether Zoho says that it will not tell, rather than that it can't now.
pub(crate) fn is_refusal(error: &Error) -> bool {
    matches!(
        error,
        Error::ScopeMissing { .. }
            | Error::PermissionDenied { .. }
            | Error::NotFound { .. }
            | Error::Refused { .. }
            | Error::Unauthorized { .. }
            | Error::ModuleUnavailable { .. }
            | Error::Unexpected { .. }
    )
}

/// Whether a user with such a profile counts as an administrator here, and whether only an administrator's word keeps them
/// from it.
fn counts(connection: Option<&Connection>, user: &User, allowed: &Allowed) -> (bool, bool) {
    let taken_out = connection.is_some_and(|connection| connection.taken_out.contains(&user.id));
    (allowed.administers && !taken_out, allowed.administers && taken_out)
}

fn member(user: &User, session: Option<&SessionKey>, standing: Standing) -> Member {
    Member {
        user: user.clone(),
        session: session.cloned(),
        profile: standing.profile,
        administers: standing.administers,
        taken_out: standing.taken_out,
        edits: standing.edits,
    }
}

/// What somebody may do who has just been granted a token and gets a session now: asked with that very token.
///
/// # Errors
/// [`Refusal`] when Zoho does not call the user active, or does not answer.
pub(super) async fn newcomer<P: Ports, T: Tokens>(
    engine: &Engine<'_, P>,
    client: &Client<'_, P, T>,
    session: &Session,
) -> Result<Member, Refusal> {
    let user = &session.user;
    let at = engine.ports.now();
    let who = client.current_user().await?;
    if !who.active || who.id != user.id {
        return Err(Refusal::from(problem::not_signed_in()));
    }
    let connection = connections::get(engine.ports, &user.org).await?;
    let allowed = match engine.allowed(connection.as_ref(), client, &user.org, &who.profile, at).await {
        Ok(allowed) => allowed,
        Err(Unknown::Refused(refusal)) => return Err(refusal),
        Err(Unknown::Gone) => return Err(Refusal::from(problem::not_signed_in())),
        Err(Unknown::Weather(error)) => return Err(error.into()),
    };
    let (administers, taken_out) = counts(connection.as_ref(), user, &allowed);
    let standing = Standing { profile: who.profile, administers, taken_out, edits: allowed.edits, at };
    engine.desk.rights.keep(&(user.org.clone(), user.id.clone()), standing.clone());
    Ok(member(user, Some(&session.key), standing))
}
