//! A vendor's window from the press to its end, as plain data: what is shown of it, and what every event does to it.
//!
//! Whether the window can speak to this page is up to others: its messages and whether it is closed only hurry things.
//! How far it is, is asked of the edge. A window that seems to be closed is no end by itself: a login page may have cut
//! it off from here (Cross-Origin-Opener-Policy), and then it looks just like that.

use crate::fault::Fault;
use crate::session::{Purpose, Secret};
use shared::api::{ClaimReply, FlowState, FlowStateReply, PopupMessage, TenantView, XeroClaimReply};
use shared::id::TenantId;
use shared::problem::{Code, Problem};

/// How many characters a code has.
const CODE: usize = 8;
/// How many codes a flow lets somebody try.
const TRIES: u32 = 3;

/// A window, and what is shown of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Shown {
    /// What it is for.
    pub purpose: Purpose,
    /// How far it is.
    pub scene: Scene,
}

/// How far a window is, for whoever looks at the page behind it.
#[derive(Debug, Clone, PartialEq)]
pub enum Scene {
    /// It is being opened.
    Opening,
    /// The person is on its pages.
    Waiting(Sight),
    /// It shows a code, which has to be typed here.
    Code {
        /// What is wrong with the one that was typed last.
        wrong: Option<Wrong>,
    },
    /// The installation's key has to be typed first.
    Key {
        /// Whether another one was typed before.
        wrong: bool,
    },
    /// What it has granted is taking effect.
    Claiming,
    /// One of several Xero organisations has to be chosen.
    Choice {
        /// These.
        tenants: Vec<TenantView>,
        /// The one that is being connected.
        taken: Option<TenantId>,
        /// Why the last choice did not succeed.
        problem: Option<Box<Problem>>,
    },
}

impl Scene {
    /// Whether there is nothing to do here but to wait.
    #[must_use]
    pub fn is_patient(&self) -> bool {
        matches!(self, Self::Opening | Self::Waiting(Sight::Open) | Self::Claiming)
    }

    /// Whether it can still be given up.
    #[must_use]
    pub fn can_cancel(&self) -> bool {
        !matches!(self, Self::Claiming | Self::Choice { taken: Some(_), .. })
    }
}

/// What is seen of a window from here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sight {
    /// It is open.
    Open,
    /// It seems to be closed.
    Closed,
    /// None was handed to us: the browser has blocked it, or opened it out of our reach.
    Unseen,
}

/// What is wrong with a code that was typed.
#[derive(Debug, Clone, PartialEq)]
pub enum Wrong {
    /// It is none: eight letters and digits, of which no two look alike.
    Form,
    /// The edge's word.
    Refused(Box<Problem>),
}

/// What the person does on the page behind the window.
#[derive(Debug, Clone, PartialEq)]
pub enum Act {
    /// Open it again.
    Again,
    /// Give it up.
    Cancel,
    /// Take this code.
    Code(String),
    /// Take this key.
    Key(Secret),
    /// Connect this organisation.
    Choose(TenantId),
}

/// How a window ended, unless the person has given it up.
#[derive(Debug)]
pub enum Ended {
    /// Nothing has come of it in time.
    Late,
    /// It could not be done.
    Failed(Fault),
    /// Xero is connected.
    Connected,
    /// Somebody is signed in.
    SignedIn(Box<ClaimReply>),
}

/// A claim that has taken effect.
#[derive(Debug)]
pub enum Claimed {
    /// Of a sign-in.
    Session(Box<ClaimReply>),
    /// Of Xero, or of the choice.
    Xero(XeroClaimReply),
}

/// What happens. The numbers are those of [`Effect`]: what comes late is about a window of before.
#[derive(Debug)]
pub enum Event {
    /// A window is wanted.
    Begin(Purpose),
    /// Where it leads, or why it can't.
    Address(u32, Result<String, Fault>),
    /// It was opened; whether it was handed to us.
    Opened(u32, bool),
    /// It seems to be closed.
    Closed(u32),
    /// Its page says something.
    Said(PopupMessage),
    /// The moment to ask the edge has come.
    AskDue(u32),
    /// How far it is.
    State(u32, Result<FlowStateReply, Fault>),
    /// Its page has had its time to say the code.
    CodeDue(u32),
    /// It has had its time.
    TimeOver(u32),
    /// A claim or a choice was answered.
    Claimed(u32, Result<Claimed, Fault>),
    /// The person does something.
    Act(Act),
}

/// What is to be done.
#[derive(Debug)]
pub enum Effect {
    /// Make a verifier and ask where the window leads.
    Ask(u32, Purpose, Option<Secret>),
    /// Open the window, within the click where there is one.
    Open(u32, String),
    /// Close it.
    Close,
    /// Come back with [`Event::AskDue`], after a second or two.
    AskSoon(u32),
    /// Ask the edge how far it is.
    AskState(u32),
    /// Come back with [`Event::CodeDue`], after a second.
    CodeSoon(u32),
    /// Come back with [`Event::TimeOver`], once the edge lets nothing come of it any more.
    EndLater(u32),
    /// Claim what was granted.
    Claim(u32, Purpose, Secret),
    /// Connect one of the organisations that were granted.
    Choose(u32, TenantId),
    /// Say how it ended.
    End(Ended),
}

#[derive(Debug)]
enum Stage {
    /// Its address is being asked for.
    Asking,
    /// The key has to be typed.
    Key { wrong: bool },
    /// The person is on its pages. The address opens them again.
    Waiting(String, Sight),
    /// The edge says that it shows its code. Its page has a moment to say it.
    Done,
    /// The code has to be typed.
    Code(Option<Wrong>),
    /// The code is being claimed.
    Claiming,
    /// An organisation has to be chosen, or was.
    Choice(Vec<TenantView>, Option<TenantId>, Option<Box<Problem>>),
}

#[derive(Debug)]
struct Open {
    purpose: Purpose,
    key: Option<Secret>,
    /// Codes that were wrong.
    wrong: u32,
    stage: Stage,
}

/// The window that is open, if one is.
#[derive(Debug, Default)]
pub struct Flow {
    /// Counts the windows.
    number: u32,
    open: Option<Open>,
}

impl Flow {
    /// What is shown of it.
    #[must_use]
    pub fn shown(&self) -> Option<Shown> {
        let open = self.open.as_ref()?;
        let scene = match &open.stage {
            Stage::Asking => Scene::Opening,
            Stage::Key { wrong } => Scene::Key { wrong: *wrong },
            Stage::Waiting(_, sight) => Scene::Waiting(*sight),
            Stage::Done | Stage::Claiming => Scene::Claiming,
            Stage::Code(wrong) => Scene::Code { wrong: wrong.clone() },
            Stage::Choice(tenants, taken, problem) => {
                Scene::Choice { tenants: tenants.clone(), taken: taken.clone(), problem: problem.clone() }
            }
        };
        Some(Shown { purpose: open.purpose, scene })
    }

    /// Whether it is still this window.
    #[must_use]
    pub fn is(&self, number: u32) -> bool {
        self.number == number && self.open.is_some()
    }

    /// Whether the edge is still to be asked how far this window is.
    #[must_use]
    pub fn waits(&self, number: u32) -> bool {
        self.is(number) && self.open.as_ref().is_some_and(|open| matches!(open.stage, Stage::Waiting(..)))
    }

    /// Takes an event and returns what is to be done, in this order.
    pub fn update(&mut self, event: Event) -> Vec<Effect> {
        if let Event::Begin(purpose) = event {
            return self.begin(purpose, None);
        }
        let number = self.number;
        let Some(open) = &mut self.open else { return Vec::new() };
        match event {
            Event::Begin(_) => Vec::new(),
            Event::Address(of, result) if of == number && matches!(open.stage, Stage::Asking) => match result {
                Ok(url) => {
                    open.stage = Stage::Waiting(url.clone(), Sight::Open);
                    vec![Effect::Open(number, url), Effect::AskSoon(number), Effect::EndLater(number)]
                }
                Err(Fault::Problem(problem)) if problem.code == Code::InstallationKeyNeeded => {
                    let wrong = open.key.take().is_some();
                    open.stage = Stage::Key { wrong };
                    Vec::new()
                }
                Err(fault) => self.end(Ended::Failed(fault)),
            },
            Event::Opened(of, handed) => {
                if let Stage::Waiting(_, sight) = &mut open.stage
                    && of == number
                {
                    *sight = if handed { Sight::Open } else { Sight::Unseen };
                }
                Vec::new()
            }
            Event::Closed(of) => {
                if let Stage::Waiting(_, sight) = &mut open.stage
                    && of == number
                {
                    *sight = Sight::Closed;
                }
                Vec::new()
            }
            Event::Said(message) if matches!(open.stage, Stage::Waiting(..) | Stage::Done | Stage::Code(_)) => {
                match (message.problem, message.code) {
                    (Some(problem), _) => self.end(Ended::Failed(Fault::Problem(Box::new(problem)))),
                    (None, Some(code)) => self.claim(Secret(code)),
                    (None, None) => Vec::new(),
                }
            }
            Event::AskDue(of) if of == number && matches!(open.stage, Stage::Waiting(..)) => {
                vec![Effect::AskState(number)]
            }
            Event::State(of, reply) if of == number && matches!(open.stage, Stage::Waiting(..)) => match reply {
                Ok(FlowStateReply { state: FlowState::Done, .. }) => {
                    open.stage = Stage::Done;
                    vec![Effect::CodeSoon(number)]
                }
                Ok(FlowStateReply { state: FlowState::Failed, problem: Some(problem) }) => {
                    self.end(Ended::Failed(Fault::Problem(Box::new(problem))))
                }
                // Who can't be asked now is asked again.
                Ok(_) | Err(_) => vec![Effect::AskSoon(number)],
            },
            Event::CodeDue(of) if of == number && matches!(open.stage, Stage::Done) => {
                open.stage = Stage::Code(None);
                Vec::new()
            }
            Event::TimeOver(of)
                if of == number && matches!(open.stage, Stage::Waiting(..) | Stage::Done | Stage::Code(_)) =>
            {
                self.end(Ended::Late)
            }
            Event::Claimed(of, result) if of == number => match (&open.stage, result) {
                (Stage::Claiming | Stage::Choice(_, Some(_), _), result) => self.claimed(result),
                _ => Vec::new(),
            },
            Event::Act(act) => self.act(act),
            Event::Address(..)
            | Event::Said(_)
            | Event::AskDue(_)
            | Event::State(..)
            | Event::CodeDue(_)
            | Event::TimeOver(_)
            | Event::Claimed(..) => Vec::new(),
        }
    }

    fn begin(&mut self, purpose: Purpose, key: Option<Secret>) -> Vec<Effect> {
        self.number += 1;
        let before = self.open.replace(Open { purpose, key: key.clone(), wrong: 0, stage: Stage::Asking });
        let mut effects: Vec<Effect> = before.map(|_| Effect::Close).into_iter().collect();
        effects.push(Effect::Ask(self.number, purpose, key));
        effects
    }

    fn act(&mut self, act: Act) -> Vec<Effect> {
        let number = self.number;
        let Some(open) = &mut self.open else { return Vec::new() };
        match (act, &mut open.stage) {
            // What is taking effect can't be called back.
            (Act::Cancel, Stage::Done | Stage::Claiming | Stage::Choice(_, Some(_), _)) => Vec::new(),
            (Act::Cancel, _) => {
                self.open = None;
                vec![Effect::Close]
            }
            // The same pages once more: should the first window still be open after all, either may come to its end.
            (Act::Again, Stage::Waiting(url, sight)) => {
                *sight = Sight::Open;
                vec![Effect::Open(number, url.clone())]
            }
            // A code that is lost is not shown again.
            (Act::Again, Stage::Done | Stage::Code(_)) => {
                let (purpose, key) = (open.purpose, open.key.take());
                self.begin(purpose, key)
            }
            (Act::Code(typed), Stage::Code(wrong)) => match read_code(&typed) {
                Some(code) => self.claim(Secret(code)),
                None => {
                    *wrong = Some(Wrong::Form);
                    Vec::new()
                }
            },
            (Act::Key(key), Stage::Key { .. }) => {
                open.key = Some(key.clone());
                open.stage = Stage::Asking;
                vec![Effect::Ask(number, open.purpose, Some(key))]
            }
            (Act::Choose(tenant), Stage::Choice(tenants, taken @ None, problem))
                if tenants.iter().any(|one| one.id == tenant) =>
            {
                *taken = Some(tenant.clone());
                *problem = None;
                vec![Effect::Choose(number, tenant)]
            }
            _ => Vec::new(),
        }
    }

    fn claim(&mut self, code: Secret) -> Vec<Effect> {
        let number = self.number;
        let Some(open) = &mut self.open else { return Vec::new() };
        open.stage = Stage::Claiming;
        vec![Effect::Claim(number, open.purpose, code)]
    }

    fn claimed(&mut self, result: Result<Claimed, Fault>) -> Vec<Effect> {
        let Some(open) = &mut self.open else { return Vec::new() };
        match result {
            Ok(Claimed::Session(reply)) => self.end(Ended::SignedIn(reply)),
            Ok(Claimed::Xero(reply)) if reply.connected.is_none() && !reply.choose.is_empty() => {
                open.stage = Stage::Choice(reply.choose, None, None);
                // Its page has done its part.
                vec![Effect::Close]
            }
            Ok(Claimed::Xero(_)) => self.end(Ended::Connected),
            Err(Fault::Problem(problem)) if problem.code == Code::FlowCodeWrong && open.wrong + 1 < TRIES => {
                open.wrong += 1;
                open.stage = Stage::Code(Some(Wrong::Refused(problem)));
                Vec::new()
            }
            // The choice is still there, as long as nobody says that it is over.
            Err(Fault::Problem(problem))
                if matches!(open.stage, Stage::Choice(..))
                    && !matches!(problem.code, Code::FlowOver | Code::OrganisationTaken) =>
            {
                if let Stage::Choice(_, taken, told) = &mut open.stage {
                    *taken = None;
                    *told = Some(problem);
                }
                Vec::new()
            }
            Err(fault) => self.end(Ended::Failed(fault)),
        }
    }

    fn end(&mut self, ended: Ended) -> Vec<Effect> {
        self.open = None;
        vec![Effect::Close, Effect::End(ended)]
    }
}

/// A code as people type it: case, spaces and hyphens do not matter. None when it can't be one: the edge makes codes of
/// eight characters and leaves out those that look like others. Such a one would only cost a try.
#[must_use]
pub fn read_code(typed: &str) -> Option<String> {
    let letters = typed.chars().filter(|letter| !letter.is_whitespace() && *letter != '-' && *letter != '–');
    let code: String = letters.map(|letter| letter.to_ascii_uppercase()).collect();
    let fits = |letter: char| letter.is_ascii_alphanumeric() && !"01ILOU".contains(letter);
    (code.len() == CODE && code.chars().all(fits)).then_some(code)
}
