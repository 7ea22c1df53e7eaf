//! The one way in which somebody grants us something: signing in, connecting the CRM, connecting Xero.
//!
//! 1. A panel makes a verifier and hands over its SHA-256 ([`Flow::begin`]). All that is known of the flow travels sealed in
//!    `state`; nothing is stored before the vendor has answered.
//! 2. A popup opens on a page of ours, which says in plain words who asks for what ([`Flow::words`]), and goes on to the
//!    vendor.
//! 3. The vendor sends the popup back. What was granted is only parked, sealed, for two minutes
//!    ([`crate::store::parked`]), and the popup gets a one-time code.
//! 4. The code goes to the popup's opener by a message on our own origin. Where the popup was cut off from its opener, the
//!    person types it.
//! 5. It takes effect in a claim that brings the code *and* the verifier, for Xero also the same session. The verifier alone
//!    is worth nothing: whoever begins a flow holds it, and could let somebody else finish it. The code alone is worth
//!    nothing either: it is seen in the popup, and is not the beginner's.
//! 6. What is never claimed is given back ([`super::unclaimed`]).

use super::Refusal;
use crate::config::Config;
use crate::store::parked::{self, Parked, Stage};
use crate::store::sessions::{Session, SessionKey};
use crate::text;
use crate::vault::Place;
use chrono::{DateTime, Duration, Utc};
use ports::{DatabaseError, Ports, Random};
use serde::{Deserialize, Serialize};
use shared::api::{FlowState, FlowStateReply};
use shared::id::{OrgId, ZohoId};
use shared::language::Language;
use shared::problem::{self, Code, Problem};
use upstream::zoho::DataCentre;

/// How long a person may take on the vendor's pages.
const MINUTES: i64 = 15;

/// How long what was granted waits to be claimed.
pub const PARKED_SECONDS: i64 = 120;

/// How long a person may take to choose among several organisations.
const CHOICE_MINUTES: i64 = 10;

/// How many characters a code has.
const CODE: usize = 8;

/// What codes are made of: no two that look alike. 30 of them in 8 places are 6.5 · 10^11 codes, and a flow survives three
/// tries.
const ALPHABET: &[u8; 30] = b"23456789ABCDEFGHJKMNPQRSTVWXYZ";

/// Where a sealed flow stands: in no table, but in an address.
const STATE: Place<'static> = Place { table: "", row: "flow", column: "state" };

/// What a flow is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// A user signs in with Zoho.
    SignIn,
    /// An administrator signs in with Zoho and connects the CRM.
    ConnectCrm,
    /// An administrator connects Xero.
    ConnectXero,
}

impl Purpose {
    /// As it stands in the database.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SignIn => "sign_in",
            Self::ConnectCrm => "connect_crm",
            Self::ConnectXero => "connect_xero",
        }
    }
}

/// Who began a flow within a session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Beginner {
    /// The CRM organisation.
    pub org: OrgId,
    /// The CRM organisation's name.
    pub org_name: String,
    /// The user.
    pub user: ZohoId,
    /// The user's name.
    pub name: String,
    /// The session.
    pub session: SessionKey,
}

/// A flow under way. It travels sealed through the browser and the vendor, so nobody but us can make or read one.
#[derive(Clone, Serialize, Deserialize)]
pub struct Flow {
    /// Names it: it parks once.
    pub id: String,
    /// What it is for.
    pub purpose: Purpose,
    /// The panel's challenge.
    pub challenge: String,
    /// Our own PKCE verifier towards Zoho.
    verifier: String,
    /// When it began.
    pub began_at: DateTime<Utc>,
    /// Who began it; nobody is signed in before a sign-in.
    pub by: Option<Beginner>,
    /// Whether whoever began it knew the installation's key.
    pub knows_key: bool,
}

impl std::fmt::Debug for Flow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Flow").field("id", &self.id).field("purpose", &self.purpose).finish_non_exhaustive()
    }
}

/// A popup that has something to hand over.
#[derive(Clone, PartialEq, Eq)]
pub struct Offered {
    /// What it was for.
    pub purpose: Purpose,
    /// In whose name: the user, and the CRM organisation.
    pub of: (String, String),
    /// The one-time code.
    pub code: String,
}

impl std::fmt::Debug for Offered {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Offered").field("purpose", &self.purpose).finish_non_exhaustive()
    }
}

/// What the popup's last page says before the code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastWords {
    /// What has happened.
    pub headline: &'static str,
    /// What comes of it, in whose name, and where.
    pub what: String,
    /// Where the code belongs.
    pub only: &'static str,
    /// What whoever else asks for it is up to.
    pub else_asks: String,
}

impl Offered {
    /// What the popup's last page says before the code: as whom and what for it is, and where alone it belongs.
    #[must_use]
    pub fn words(&self, language: Language) -> LastWords {
        let (user, org) = (&self.of.0, &self.of.1);
        let (headline, what, else_asks) = match self.purpose {
            Purpose::SignIn => (
                language.of("Zoho has confirmed who you are", "Zoho hat bestätigt, wer Sie sind"),
                language.of(
                    format!("You will be signed in to Ledgerlink as {user} of {org}, in the page that you came from."),
                    format!(
                        "Sie werden als {user} von {org} bei Ledgerlink angemeldet, auf der Seite, von der Sie kommen."
                    ),
                ),
                language.of(
                    format!("Whoever else asks you for it wants to sign in to Ledgerlink in your name, as {user}."),
                    format!(
                        "Wer sonst danach fragt, will sich in Ihrem Namen, als {user}, bei Ledgerlink anmelden."
                    ),
                ),
            ),
            Purpose::ConnectCrm => (
                language.of("Zoho has given its consent", "Zoho hat zugestimmt"),
                language.of(
                    format!(
                        "The CRM of {org} will be connected to Ledgerlink in the name of {user}, in the page that you \
                         came from."
                    ),
                    format!(
                        "Das CRM von {org} wird im Namen von {user} mit Ledgerlink verbunden, auf der Seite, von der Sie \
                         kommen."
                    ),
                ),
                language.of(
                    format!("Whoever else asks you for it wants to connect the CRM of {org} in your name, as {user}."),
                    format!(
                        "Wer sonst danach fragt, will das CRM von {org} in Ihrem Namen verbinden, als {user}."
                    ),
                ),
            ),
            Purpose::ConnectXero => (
                language.of("Xero has given its consent", "Xero hat zugestimmt"),
                language.of(
                    format!("Xero will be connected to the CRM of {org}, as {user} has asked for there."),
                    format!("Xero wird mit dem CRM von {org} verbunden, wie {user} es dort gewünscht hat."),
                ),
                language.of(
                    format!(
                        "Whoever else asks you for it wants to connect your Xero, in your name, to the CRM of {org}."
                    ),
                    format!(
                        "Wer sonst danach fragt, will Ihr Xero in Ihrem Namen mit dem CRM von {org} verbinden."
                    ),
                ),
            ),
        };
        let only = language.of(
            "Type this code only into the panel or portal that you opened yourself.",
            "Geben Sie diesen Code nur in das Panel oder Portal ein, das Sie selbst geöffnet haben.",
        );
        LastWords { headline, what, only, else_asks }
    }
}

/// What the popup's first page says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Words {
    /// Who asks for what, in one line.
    pub headline: String,
    /// What it means.
    pub text: String,
    /// `Continue to Xero`
    pub go_on: &'static str,
    /// Where that leads.
    pub url: String,
    /// Whether the page may lead on by itself where a panel of ours has opened it: what follows then is a sign-in whose
    /// outcome only that panel gets.
    pub by_itself: bool,
}

impl Flow {
    /// Begins a flow and says where to send the popup: a page of ours.
    ///
    /// # Errors
    /// [`Refusal`] when the challenge is no SHA-256, or sealing fails.
    pub fn begin<P: Ports>(
        ports: &P,
        config: &Config,
        purpose: Purpose,
        challenge: &str,
        by: Option<Beginner>,
        knows_key: bool,
    ) -> Result<String, Refusal> {
        // 32 bytes are 43 characters of base64url.
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        if challenge.len() != 43 || !challenge.bytes().all(fits) {
            return Err(Refusal::from(problem::invalid_request("challenge", None, None)));
        }
        let flow = Self {
            id: text::secret(ports),
            purpose,
            challenge: challenge.to_owned(),
            verifier: text::secret(ports),
            began_at: ports.now(),
            by,
            knows_key,
        };
        let sealed = config.vault.seal(ports, STATE, &serde_json::to_string(&flow).map_err(Refusal::internal)?)?;
        Ok(format!("{}/auth/begin?state={sealed}", config.public_url.now()))
    }

    /// Opens what came back as `state`.
    ///
    /// # Errors
    /// [`Refusal`] with `FlowOver` when it is none of ours, or too old.
    pub fn open<P: Ports>(ports: &P, config: &Config, state: &str) -> Result<Self, Refusal> {
        let over = || Refusal::from(problem::flow_over(None));
        let plain = config.vault.open(STATE, state).map_err(|_| over())?;
        let flow: Self = serde_json::from_str(&plain).map_err(|_| over())?;
        if ports.now() - flow.began_at > Duration::minutes(MINUTES) {
            return Err(over());
        }
        Ok(flow)
    }

    /// What the popup's first page says, and where it leads.
    ///
    /// # Errors
    /// [`Refusal`] when no data centre is configured.
    pub fn words(&self, config: &Config, state: &str, language: Language) -> Result<Words, Refusal> {
        let own = config.public_url.now();
        let host = own.split("://").nth(1).unwrap_or(own);
        let url = match self.purpose {
            Purpose::SignIn | Purpose::ConnectCrm => super::sign_in::authorize_url(config, self, state)?,
            Purpose::ConnectXero => super::connect::authorize_url(config, state),
        };
        let only_if = language.of(
            "Go on only if you have pressed the button yourself, a moment ago, in your own CRM.",
            "Fahren Sie nur fort, wenn Sie die Schaltfläche gerade selbst in Ihrem eigenen CRM angeklickt haben.",
        );
        let to_zoho = language.of("Continue to Zoho", "Weiter zu Zoho");
        Ok(match (self.purpose, &self.by) {
            (Purpose::SignIn, _) => Words {
                headline: language.of(
                    format!("Sign in to Ledgerlink at {host}"),
                    format!("Bei Ledgerlink anmelden, auf {host}"),
                ),
                text: language.of(
                    format!("Zoho will ask whether Ledgerlink may read CRM records with your rights. {only_if}"),
                    format!("Zoho fragt, ob Ledgerlink mit Ihren Rechten Datensätze im CRM lesen darf. {only_if}"),
                ),
                go_on: to_zoho,
                url,
                by_itself: true,
            },
            (Purpose::ConnectCrm, _) => Words {
                headline: language.of(
                    format!("Somebody wants to connect a Zoho CRM to Ledgerlink at {host}"),
                    format!("Jemand möchte ein Zoho CRM mit Ledgerlink auf {host} verbinden"),
                ),
                text: language.of(
                    format!(
                        "Zoho will ask whether Ledgerlink may read and write the records of your organisation. {only_if}"
                    ),
                    format!(
                        "Zoho fragt, ob Ledgerlink die Datensätze Ihrer Organisation lesen und schreiben darf. {only_if}"
                    ),
                ),
                go_on: to_zoho,
                url,
                by_itself: false,
            },
            (Purpose::ConnectXero, by) => {
                let org = by.as_ref().map(|by| by.org_name.as_str()).unwrap_or_default();
                let (for_org, german_org) = match org {
                    "" => Default::default(),
                    org => (format!(" for {org}"), format!(" für {org}")),
                };
                Words {
                    headline: match by.as_ref().map(|by| by.name.as_str()) {
                        Some(name) => language.of(
                            format!("{name} of {org} wants to connect a Xero organisation to it"),
                            format!("{name} von {org} möchte eine Xero-Organisation damit verbinden"),
                        ),
                        None => language
                            .of(
                                "Somebody wants to connect a Xero organisation",
                                "Jemand möchte eine Xero-Organisation verbinden",
                            )
                            .to_owned(),
                    },
                    text: language.of(
                        format!(
                            "Xero will ask you which organisation. Its contacts, items, invoices and bills can then be \
                             read and written by Ledgerlink at {host}{for_org}. {only_if}"
                        ),
                        format!(
                            "Xero fragt Sie, welche Organisation. Deren Kontakte, Artikel, Rechnungen und \
                             Eingangsrechnungen kann Ledgerlink auf {host} dann{german_org} lesen und schreiben. {only_if}"
                        ),
                    ),
                    go_on: language.of("Continue to Xero", "Weiter zu Xero"),
                    url,
                    by_itself: false,
                }
            }
        })
    }

    /// Our own PKCE challenge towards Zoho.
    pub(super) fn pkce_challenge(&self) -> String {
        text::sha256(&self.verifier)
    }

    /// Our own PKCE verifier towards Zoho.
    pub(super) fn pkce_verifier(&self) -> &str {
        &self.verifier
    }

    /// Parks what was granted and makes the popup's code.
    ///
    /// # Errors
    /// [`Refusal`] with `FlowOver` when this flow has parked something already, or when the database fails.
    pub(super) async fn park<P: Ports, T: Serialize>(
        &self,
        ports: &P,
        config: &Config,
        (org, user): (&OrgId, &ZohoId),
        (user_name, org_name): (&str, &str),
        granted: &T,
    ) -> Result<Offered, Refusal> {
        let code = code(ports);
        let payload = serde_json::to_string(granted).map_err(Refusal::internal)?;
        let parked = Parked {
            flow: self.id.clone(),
            purpose: self.purpose,
            org: org.clone(),
            user: user.clone(),
            session: self.by.as_ref().map(|by| by.session.clone()),
            code: parked::code_hash(&self.id, &code),
            tries: parked::TRIES,
            payload: config.vault.seal(ports, parked::place(&self.id), &payload)?,
            choosing: false,
        };
        let until = ports.now() + Duration::seconds(PARKED_SECONDS);
        match ports.query(parked::park(&parked, &self.challenge, until)).await {
            Ok(_) => Ok(Offered { purpose: self.purpose, of: (user_name.to_owned(), org_name.to_owned()), code }),
            Err(DatabaseError::Unique(_)) => Err(Refusal::from(problem::flow_over(None))),
            Err(error) => Err(error.into()),
        }
    }

    /// Lets the panel learn with which problem the popup ended. For what happened after the vendor had answered: nobody
    /// makes us store anything before.
    pub(super) async fn fail<P: Ports>(&self, ports: &P, problem: &Problem) -> Result<(), Refusal> {
        let until = ports.now() + Duration::seconds(PARKED_SECONDS);
        ports.query(parked::failed(&self.id, &self.challenge, self.purpose, problem, until)?).await?;
        Ok(())
    }
}

/// How far the popup of a verifier is.
///
/// # Errors
/// [`Refusal`] when the database fails.
pub async fn state<P: Ports>(ports: &P, verifier: &str) -> Result<FlowStateReply, Refusal> {
    Ok(match parked::stage(ports, &text::sha256(verifier), ports.now()).await? {
        None => FlowStateReply { state: FlowState::Open, problem: None },
        Some(Stage::Parked) => FlowStateReply { state: FlowState::Done, problem: None },
        Some(Stage::Failed(problem)) => FlowStateReply { state: FlowState::Failed, problem: Some(*problem) },
    })
}

/// Whose organisation a verifier's sign-in or connection is of, if one is parked for it: there the claim has to be made.
///
/// # Errors
/// [`Refusal`] when the database fails.
pub async fn organisation<P: Ports>(ports: &P, verifier: &str) -> Result<Option<OrgId>, Refusal> {
    Ok(parked::org_of(ports, &text::sha256(verifier), ports.now()).await?)
}

/// What a claim has got hold of: a grant that takes effect now, or is given back.
#[derive(Debug)]
pub(super) struct Claimed {
    pub(super) parked: Parked,
    /// What was granted, opened.
    pub(super) granted: String,
}

/// Claims what is parked, with the popup's code and the panel's verifier, within the session where one began it. Three
/// wrong codes end it: then, too, it is given back.
///
/// # Errors
/// [`Refusal`] with `FlowOver` when nothing is parked for this verifier, purpose and session; with `FlowCodeWrong` for
/// another code.
pub(super) async fn claim<P: Ports>(
    ports: &P,
    config: &Config,
    (verifier, typed): (&str, &str),
    purposes: &[Purpose],
    session: Option<&Session>,
) -> Result<Claimed, Refusal> {
    let over = || Refusal::from(problem::flow_over(Some("two minutes".to_owned())));
    let key = session.map(|session| &session.key);
    let parked = parked::try_at(ports, &text::sha256(verifier), purposes, key, ports.now()).await?.ok_or_else(over)?;
    let fits = parked::code_hash(&parked.flow, &normal(typed)) == parked.code;
    if !fits && parked.tries > 0 {
        return Err(Refusal::from(problem::flow_code_wrong(Some(parked.tries.to_string()))));
    }
    if !fits {
        super::unclaimed::give_back(ports, config, &parked).await?;
        return Err(Refusal::from(problem::flow_code_wrong(None)));
    }
    let granted = config.vault.open(parked::place(&parked.flow), &parked.payload)?;
    // Two claims at once: one takes it. What may need a choice stays until that is made.
    let won = match parked.purpose {
        Purpose::SignIn | Purpose::ConnectCrm => parked::take(ports, &parked.flow).await?,
        Purpose::ConnectXero => {
            parked::let_choose(ports, &parked.flow, ports.now() + Duration::minutes(CHOICE_MINUTES)).await?
        }
    };
    if won { Ok(Claimed { parked, granted }) } else { Err(over()) }
}

/// A code of eight characters.
fn code(random: &impl Random) -> String {
    let mut code = String::with_capacity(CODE);
    while code.len() < CODE {
        let mut byte = [0_u8];
        random.fill(&mut byte);
        // 240 is the largest multiple of 30 that a byte holds: no character is likelier than another.
        if let Some(letter) = (byte[0] < 240).then(|| ALPHABET.get(usize::from(byte[0]) % ALPHABET.len())).flatten() {
            code.push(char::from(*letter));
        }
    }
    code
}

/// A code as it was typed: case, spaces and hyphens do not matter.
fn normal(typed: &str) -> String {
    typed.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_uppercase()).take(CODE + 1).collect()
}

/// The first data centre: where every sign-in begins.
pub(super) fn first_data_centre(config: &Config) -> Result<&DataCentre, Refusal> {
    config.data_centres.first().ok_or_else(|| Refusal::internal("no Zoho data centre is configured"))
}

/// Why a vendor's page led back without a grant: somebody chose not to allow it there, or the vendor says something else.
pub(super) fn not_granted(vendor: &str, error: Option<&str>, otherwise: Code) -> Refusal {
    match error {
        None | Some("access_denied") => Refusal::from(problem::flow_refused(Some(vendor.to_owned()))),
        Some(said) => Refusal::from(problem::of(otherwise, &[]).said(said)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Bytes(std::cell::Cell<u8>);

    impl Random for Bytes {
        fn fill(&self, bytes: &mut [u8]) {
            for byte in bytes {
                *byte = self.0.replace(self.0.get().wrapping_add(37));
            }
        }
    }

    #[test]
    fn whoever_reads_a_code_is_told_first_what_it_does_in_whose_name() {
        for (purpose, wants) in [
            (Purpose::SignIn, "wants to sign in to Ledgerlink in your name, as Ana"),
            (Purpose::ConnectCrm, "wants to connect the CRM of Blue Gum in your name, as Ana"),
            (Purpose::ConnectXero, "wants to connect your Xero, in your name, to the CRM of Blue Gum"),
        ] {
            let offered =
                Offered { purpose, of: ("Ana".to_owned(), "Blue Gum".to_owned()), code: "ABCDEFGH".to_owned() };
            let words = offered.words(Language::English);
            assert!(words.what.contains("Ana") && words.what.contains("Blue Gum"), "{words:?}");
            assert!(words.else_asks.contains(wants), "{words:?}");
            assert!(words.only.contains("that you opened yourself"), "{words:?}");
            let german = offered.words(Language::German);
            assert!(german.what.contains("Ana") && german.what.contains("Blue Gum"), "{german:?}");
            assert!(
                german.else_asks.contains("in Ihrem Namen") && german.only.contains("selbst geöffnet"),
                "{german:?}"
            );
            let told = format!("{offered:?}");
            assert!(!told.contains("Ana") && !told.contains("ABCD"), "{told}");
        }
    }

    #[test]
    fn codes_have_no_characters_that_look_alike_and_are_read_as_people_type() {
        for letter in "01ILOU".bytes() {
            assert!(!ALPHABET.contains(&letter), "{letter}");
        }
        let random = Bytes(std::cell::Cell::new(0));
        let code = code(&random);
        assert_eq!(code.len(), 8);
        let typed = format!(" {}-{} ", code[..4].to_lowercase(), &code[4..]);
        assert_eq!(normal(&typed), code);
        assert_ne!(normal(&format!("{code}X")), code);
    }
}
