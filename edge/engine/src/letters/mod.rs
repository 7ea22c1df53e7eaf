//! Whom letters go to: users of the organisation's CRM, and those who have confirmed their address by a link. All letters
//! leave here.
//!
//! Letters come from the owner's mail domain, and whoever administers a CRM chooses what stands in them. So a letter
//! goes to an [`Addressee`] alone, and an address becomes one in two ways: the CRM says, at most a day ago, that it
//! belongs to one of its active users; or its owner has opened the link of a letter that asks for it. What can't be
//! known is not known: while the CRM can't be asked, only confirmed addresses get letters, and the administrators who
//! connected the two sides, whose addresses Zoho told when they signed in.
//!
//! A letter is in its reader's language: of a user of the CRM it is the one that this user has chosen there, of somebody
//! else the one of the browser with which the address was confirmed. The letter that asks for a confirmation goes to
//! somebody of whom nothing is known; it is in the language of the administrator who wants it sent.

pub mod links;

use crate::access::Refusal;
use crate::access::rights::Administrator;
use crate::access::tokens::GrantTokens;
use crate::config::FingerprintKey;
use crate::store::connections::{self, Connection};
use crate::store::grants::GrantId;
use crate::store::postmarks::{self, Key, Postmark};
use crate::store::recipients::{self, Recipient};
use crate::sync::Engine;
use crate::text;
use crate::wake::notices::{self, Draft};
use chrono::{DateTime, Duration, Utc};
use ports::Ports;
use shared::api::runs::{AddressView, ScheduleView, Standing};
use shared::id::OrgId;
use shared::language::Language;
use shared::plan::hash;
use shared::problem::{self, Problem};
use shared::settings::schedule::{Notice, NoticeRule};
use shared::web_link::WebLink;
use std::collections::BTreeSet;
use upstream::CallLog;
use upstream::zoho::Client;

/// How long the link of a letter is good that asks for a confirmation.
pub const LINK_DAYS: i64 = 7;

/// How old the CRM's word on its users may be.
const USERS_HOURS: i64 = 24;

/// Somebody who gets letters of an organisation. Nothing but [`Engine::addressees`] makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Addressee {
    address: String,
    language: Language,
    /// The token of the link that ends the letters, where a link began them.
    stop: Option<String>,
}

/// What is known of an address when a letter is about to leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Known {
    /// Its owner wants no letters.
    Stopped,
    /// Its owner has confirmed it.
    Confirmed,
    /// It belongs to an active user of the CRM.
    User,
    /// It belongs to none.
    Stranger,
    /// The CRM was not asked within a day.
    Unknown,
}

/// What is kept of an organisation's addresses.
struct Book {
    recipients: Vec<Recipient>,
    marks: Vec<Postmark>,
    /// The addresses of the administrators who connected the two sides.
    administrators: Vec<String>,
}

impl Book {
    async fn open<P: Ports>(engine: &Engine<'_, P>, org: &OrgId) -> Result<Self, Refusal> {
        let statements = vec![
            recipients::select(org),
            postmarks::select(&engine.config.fingerprint_key, org),
            connections::connectors(org),
        ];
        let mut answers = engine.ports.batch(statements).await?.into_iter();
        let mut next = || answers.next().unwrap_or_default();
        Ok(Self {
            recipients: recipients::read(next())?,
            marks: postmarks::read(next())?,
            administrators: connections::read_connectors(next())?,
        })
    }

    fn recipient(&self, address: &str) -> Option<&Recipient> {
        self.recipients.iter().find(|one| one.address.eq_ignore_ascii_case(address))
    }

    /// The language of an address's owner, as far as it is known (see [`recipients::Recipient`]).
    fn language(&self, address: &str) -> Language {
        Language::of_tag(self.recipient(address).and_then(|one| one.language.as_deref()).unwrap_or_default())
    }

    fn mark(&self, key: &Key) -> Option<&Postmark> {
        self.marks.iter().find(|mark| mark.is_of(key))
    }

    fn known(&self, key: &Key, address: &str, now: DateTime<Utc>) -> Known {
        if self.mark(key).is_some_and(|mark| mark.stopped) {
            return Known::Stopped;
        }
        match self.recipient(address) {
            Some(one) if one.confirmed => Known::Confirmed,
            Some(one) if one.looked_at.is_some_and(|at| at > now - Duration::hours(USERS_HOURS)) => {
                match one.crm_user {
                    true => Known::User,
                    false => Known::Stranger,
                }
            }
            _ if self.administrators.iter().any(|one| one.eq_ignore_ascii_case(address)) => Known::User,
            _ => Known::Unknown,
        }
    }

    /// Whether the CRM has to be asked before a letter goes to one of these addresses.
    fn is_old(&self, key: &FingerprintKey, org: &OrgId, addresses: &BTreeSet<String>, now: DateTime<Utc>) -> bool {
        addresses.iter().any(|address| {
            let known = self.known(&Key::of(key, org, address), address, now);
            let looked_at = self.recipient(address).and_then(|one| one.looked_at);
            !matches!(known, Known::Stopped | Known::Confirmed)
                && looked_at.is_none_or(|at| at <= now - Duration::hours(USERS_HOURS))
        })
    }

    /// How an address stands, as administrators see it.
    fn standing(&self, key: &Key, address: &str, now: DateTime<Utc>) -> Standing {
        let recipient = self.recipient(address);
        match self.known(key, address, now) {
            Known::Stopped => Standing::Stopped,
            Known::Confirmed => Standing::Confirmed,
            Known::User => Standing::User,
            // It was one when the CRM was last asked, which it is again before the next letter.
            Known::Unknown if recipient.is_some_and(|one| one.crm_user) => Standing::User,
            Known::Stranger | Known::Unknown => {
                match recipient.and_then(|one| one.expires_at).is_some_and(|at| at > now) {
                    true => Standing::Waits,
                    false => Standing::Unasked,
                }
            }
        }
    }
}

impl<P: Ports> Engine<'_, P> {
    /// Who of these addresses gets letters now. For each that does not there is a problem.
    pub(crate) async fn addressees(
        &self,
        connection: &Connection,
        wanted: &[String],
    ) -> Result<(Vec<Addressee>, Vec<Problem>), Refusal> {
        let (org, key, now) = (&connection.org, &self.config.fingerprint_key, self.ports.now());
        if wanted.is_empty() {
            return Ok((Vec::new(), Vec::new()));
        }
        let mut book = Book::open(self, org).await?;
        let mut all = lower(&connection.settings.schedule.notices);
        all.extend(wanted.iter().map(|address| address.to_ascii_lowercase()));
        if book.is_old(key, org, &all, now) && self.look(connection, &all).await?.is_some() {
            book = Book::open(self, org).await?;
        }
        let (mut addressees, mut problems) = (Vec::new(), Vec::new());
        for address in wanted {
            let unconfirmed =
                |reason: Option<&str>| problem::notice_unconfirmed(address.clone(), reason.map(str::to_owned));
            let (address, language) = (address.clone(), book.language(address));
            match book.known(&Key::of(key, org, &address), &address, now) {
                Known::Confirmed => {
                    let stop = Some(stop_token(key, org, &address));
                    addressees.push(Addressee { address, language, stop });
                }
                Known::User => addressees.push(Addressee { address, language, stop: None }),
                Known::Stopped => problems.push(unconfirmed(Some("Its owner wants no letters."))),
                Known::Stranger => problems.push(unconfirmed(None)),
                Known::Unknown => problems.push(unconfirmed(Some(
                    "The CRM did not say whether it belongs to a user, and its owner has not confirmed it.",
                ))),
            }
        }
        Ok((addressees, problems))
    }

    /// Sends a letter to each by itself, in the language of each, so that one that is refused holds up no other.
    pub(crate) async fn post(&self, draft: impl Fn(Language) -> Draft, addressees: Vec<Addressee>) -> Vec<Problem> {
        let mut problems = Vec::new();
        for Addressee { address, language, stop } in addressees {
            let stop = stop.and_then(|token| self.link("stop", &token));
            if let Err(error) = self.ports.post(draft(language).to(&address, stop.as_ref())).await {
                problems.push(not_sent(format!("{address}: {error}")));
            }
        }
        problems
    }

    /// After a schedule was saved: asks the CRM which of its addresses belong to users, and the owners of the others for
    /// their confirmation, once. Who can't be asked now can be asked later, so a schedule is saved all the same.
    pub(crate) async fn review_addresses(&self, connection: &Connection, notices: &[Notice]) -> Result<(), Refusal> {
        let (org, key, now) = (&connection.org, &self.config.fingerprint_key, self.ports.now());
        let all = lower(notices);
        self.ports.query(recipients::keep(org, &all, now)?).await?;
        if all.is_empty() {
            return Ok(());
        }
        let mut book = Book::open(self, org).await?;
        let settled = |book: &Book, address: &str| {
            let known = book.known(&Key::of(key, org, address), address, now);
            matches!(known, Known::Stopped | Known::Confirmed)
        };
        if all.iter().any(|address| !settled(&book, address)) && self.look(connection, &all).await?.is_some() {
            book = Book::open(self, org).await?;
        }
        let mut waiting = book.marks.iter().filter(|mark| mark.open_until.is_some_and(|until| until > now)).count();
        for notice in notices.iter().filter(|notice| notice.when != NoticeRule::Never) {
            let (address, mark) = (&notice.address, Key::of(key, org, &notice.address));
            // Whoever is refused anyhow is not asked of the database one by one.
            if waiting >= postmarks::MOST_WAITING {
                break;
            }
            if book.standing(&mark, address, now) == Standing::Unasked
                && matches!(self.ask(connection, address).await?, Asked::Sent)
            {
                waiting += 1;
            }
        }
        Ok(())
    }

    /// Asks the owner of an address of the schedule for a confirmation, once more (administrators).
    ///
    /// # Errors
    /// [`Refusal`] when the user is no administrator now, the address is not in the schedule or needs no confirmation,
    /// the letter may not be sent now, or could not be sent.
    pub async fn ask_for_confirmation(&self, user: &Administrator, address: &str) -> Result<ScheduleView, Refusal> {
        let (connection, _) = self.chosen(user).await?;
        let (org, now) = (&connection.org, self.ports.now());
        let mut notices = connection.settings.schedule.notices.iter();
        let notice = notices.find(|notice| notice.address.eq_ignore_ascii_case(address));
        let book = Book::open(self, org).await?;
        let key = Key::of(&self.config.fingerprint_key, org, address);
        let standing = notice.map(|notice| book.standing(&key, &notice.address, now));
        let Some((notice, Standing::Waits | Standing::Unasked)) = notice.zip(standing) else {
            let reason = match standing {
                None => "the saved schedule has no such address",
                Some(Standing::Stopped) => "its owner wants no letters",
                Some(_) => "it gets letters already",
            };
            return Err(Refusal::from(problem::invalid_request("address", Some(reason.to_owned()), None)));
        };
        match self.ask(&connection, &notice.address).await? {
            Asked::Sent => self.schedule(user).await,
            Asked::Limited => {
                let again_at = book.mark(&key).and_then(Postmark::again_at).filter(|at| *at > now);
                let until = again_at.map(|at| format!("after {} UTC", at.format("%-d %b %Y, %H:%M")));
                let wait = again_at.and_then(|at| (at - now).to_std().ok());
                Err(Refusal { wait, ..Refusal::from(problem::letter_limit(notice.address.clone(), until)) })
            }
            Asked::Failed(reason) => Err(not_sent(reason).into()),
        }
    }

    /// How each address of a saved schedule stands, as administrators see it.
    pub(crate) async fn addresses(&self, org: &OrgId, notices: &[Notice]) -> Result<Vec<AddressView>, Refusal> {
        if notices.is_empty() {
            return Ok(Vec::new());
        }
        let (book, now) = (Book::open(self, org).await?, self.ports.now());
        let view = |notice: &Notice| {
            let key = Key::of(&self.config.fingerprint_key, org, &notice.address);
            AddressView {
                address: notice.address.clone(),
                standing: book.standing(&key, &notice.address, now),
                asked_at: book.mark(&key).and_then(|mark| mark.sent_at),
            }
        };
        Ok(notices.iter().map(view).collect())
    }

    /// Asks the CRM, with the connection's rights, which of these addresses belong to its users, and keeps what it said.
    /// None where it did not say.
    async fn look(&self, connection: &Connection, addresses: &BTreeSet<String>) -> Result<Option<()>, Refusal> {
        if connection.zoho_broken {
            return Ok(None);
        }
        let tokens = GrantTokens {
            ports: self.ports,
            config: self.config,
            desk: &self.desk.tokens,
            id: GrantId::Zoho(connection.org.clone()),
            accounts: crate::access::connect::accounts_of(self.config, &connection.location)?,
        };
        let log = CallLog::new();
        let client = Client { ports: self.ports, tokens: &tokens, api_domain: &connection.api_domain, log: &log };
        // A refusal, a missing permission, an outage: nothing of it is a word on the addresses.
        let Ok(users) = client.users_among(addresses).await else { return Ok(None) };
        self.ports.query(recipients::looked(&connection.org, addresses, &users, self.ports.now())?).await?;
        Ok(Some(()))
    }

    /// Sends the letter that asks for a confirmation, if it may be sent now.
    async fn ask(&self, connection: &Connection, address: &str) -> Result<Asked, Refusal> {
        let (org, now) = (&connection.org, self.ports.now());
        let expires_at = now + Duration::days(LINK_DAYS);
        let token = text::secret(self.ports);
        let Some(url) = self.link("confirm", &token) else {
            return Ok(Asked::Failed("this installation does not know its own address (see README.md)".to_owned()));
        };
        let key = Key::of(&self.config.fingerprint_key, org, address);
        if self.ports.query(postmarks::claim(&key, expires_at, now)).await?.is_empty() {
            return Ok(Asked::Limited);
        }
        // Kept before it is sent: a link in somebody's hands is good.
        self.ports
            .query(recipients::ask(org, &address.to_ascii_lowercase(), &token, expires_at, self.language))
            .await?;
        let draft = notices::confirmation(&connection.org_name, url, LINK_DAYS, self.language);
        match self.ports.post(draft.to(address, None)).await {
            Ok(()) => Ok(Asked::Sent),
            Err(error) => {
                let statements = vec![postmarks::withdraw(&key), recipients::unask(org, &address.to_ascii_lowercase())];
                self.ports.batch(statements).await?;
                Ok(Asked::Failed(format!("{address}: {error}")))
            }
        }
    }

    /// A page of ours about letters; none while our own address is not known.
    fn link(&self, page: &str, token: &str) -> Option<WebLink> {
        self.config.public_url.lasting().map(|own| WebLink::own(own, &format!("/letters/{page}?token={token}")))
    }
}

/// What became of a letter that asks for a confirmation.
enum Asked {
    Sent,
    /// It may not be sent now.
    Limited,
    /// It could not be sent, and why.
    Failed(String),
}

fn not_sent(reason: String) -> Problem {
    problem::notice_not_sent(Some(reason))
}

fn lower(notices: &[Notice]) -> BTreeSet<String> {
    notices.iter().map(|notice| notice.address.to_ascii_lowercase()).collect()
}

/// The token of the link that ends the letters to an address. It is the same in every letter, and can be made again
/// without being kept.
fn stop_token(key: &FingerprintKey, org: &OrgId, address: &str) -> String {
    hash(&key.0, &["letters", "stop", org.as_str()], &address.to_ascii_lowercase())
}
