//! What the access screen knows, and what events do to it: who is signed in where, who counts as an administrator, and
//! which organisations may use this installation.

use crate::fault::Fault;
use shared::api::portal::{AdministratorsView, ProfileView, SettingsView};
use shared::api::{InvitationsView, SessionRow, SessionsView};
use shared::id::{OrgId, ZohoId};
use shared::settings::{self, SenderSettings, UpTo};

/// A part of the screen. Each is read by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Who is signed in where.
    Sessions,
    /// Who counts as an administrator.
    Administrators,
    /// Which other organisations may use this installation.
    Invitations,
    /// Who may send to the books.
    Senders,
}

/// A circle of people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Circle {
    /// Who sends documents.
    Documents,
    /// Who sends parties and products.
    Parties,
    /// Whose documents count as their status says.
    Approvers,
}

impl Circle {
    /// Its place in the settings.
    #[must_use]
    pub fn of(self, senders: &SenderSettings) -> &settings::Circle {
        match self {
            Self::Documents => &senders.documents,
            Self::Parties => &senders.parties,
            Self::Approvers => &senders.approvers,
        }
    }

    fn of_mut(self, senders: &mut SenderSettings) -> &mut settings::Circle {
        match self {
            Self::Documents => &mut senders.documents,
            Self::Parties => &mut senders.parties,
            Self::Approvers => &mut senders.approvers,
        }
    }
}

/// A change of who may send to the books.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// Whether a circle is not everybody.
    Closed(Circle, bool),
    /// Whether a profile is in a circle.
    Profile(Circle, ProfileView, bool),
    /// What documents of others are in Xero.
    Others(UpTo),
    /// Whether suppliers' new addresses wait.
    Vendors(bool),
    /// Whether customers' do.
    Customers(bool),
}

impl Change {
    fn apply(self, senders: &mut SenderSettings) {
        match self {
            Self::Closed(circle, closed) => circle.of_mut(senders).closed = closed,
            Self::Profile(circle, profile, true) => {
                circle.of_mut(senders).profiles.insert(profile.id, profile.name);
            }
            Self::Profile(circle, profile, false) => {
                circle.of_mut(senders).profiles.remove(&profile.id);
            }
            Self::Others(others) => senders.others = others,
            Self::Vendors(held) => senders.held_emails.vendors = held,
            Self::Customers(held) => senders.held_emails.customers = held,
        }
    }
}

/// Something that is being done. One thing at a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Work {
    /// A session is being ended.
    End(String),
    /// All sessions of a user are being ended, or without one everybody's.
    EndAll(Option<ZohoId>),
    /// A user is to count as an administrator, or not any more.
    Count(ZohoId, bool),
    /// An organisation is being invited.
    Invite(OrgId),
    /// An organisation is being removed.
    Uninvite(OrgId),
    /// Settings are being saved in place of those of a version.
    Senders(Box<SettingsView>),
}

impl Work {
    /// The part that it belongs to.
    #[must_use]
    pub fn part(&self) -> Part {
        match self {
            Self::End(_) | Self::EndAll(_) => Part::Sessions,
            Self::Count(..) => Part::Administrators,
            Self::Invite(_) | Self::Uninvite(_) => Part::Invitations,
            Self::Senders(_) => Part::Senders,
        }
    }
}

/// A question that has to be answered first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Question {
    /// End everybody's sessions?
    EndAll,
    /// Remove this organisation, and erase all that is kept of it? One without a name has not connected: of it nothing is
    /// kept.
    Uninvite(OrgId, Option<String>),
    /// Let this person, by name, count as an administrator no more?
    TakeOut(ZohoId, String),
}

/// Everything that the screen knows.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct AccessState {
    /// Who is signed in where.
    pub sessions: Option<Vec<SessionRow>>,
    /// Who counts as an administrator.
    pub administrators: Option<AdministratorsView>,
    /// Which organisations may use this installation.
    pub invitations: Option<InvitationsView>,
    /// All settings, of which who may send to the books is a part.
    pub settings: Option<Box<SettingsView>>,
    /// Whether the last change of who may send to the books was saved.
    pub saved: bool,
    /// What is being done.
    pub work: Option<Work>,
    /// What could not be read or done, and where.
    pub faults: Vec<(Part, Fault)>,
    /// What is being asked.
    pub asked: Option<Question>,
    /// The organisation's id as far as it is typed.
    pub typed: String,
    /// Whether what was typed is none.
    pub mistyped: bool,
    /// What is typed as an answer: the id of the organisation that is to be removed.
    pub confirmed: String,
    /// Whether that is another one.
    pub misconfirmed: bool,
}

/// What happened.
#[derive(Debug, Clone, PartialEq)]
pub enum Msg {
    /// The screen was opened, or a part is to be read again.
    Read(Part),
    /// Who is signed in where.
    Sessions(Result<SessionsView, Fault>),
    /// Who counts as an administrator: read, or changed.
    Administrators(Result<AdministratorsView, Fault>),
    /// Which organisations may use this installation: read, or changed.
    Invitations(Result<InvitationsView, Fault>),
    /// All settings: read, or changed.
    Settings(Result<Box<SettingsView>, Fault>),
    /// Somebody changes who may send to the books: it is saved at once.
    Change(Change),
    /// Somebody wants something done at once.
    Do(Work),
    /// Somebody wants something for which there is a question first.
    Ask(Question),
    /// The question was answered.
    Answered(bool),
    /// The id of the organisation that is to be removed was typed.
    Confirmed(String),
    /// An organisation's id was typed.
    Typed(String),
    /// The organisation that was typed is to be invited.
    InvitePressed,
    /// Sessions were ended.
    Ended(Result<(), Fault>),
}

/// What is to be done outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Reads a part.
    Read(Part),
    /// Does something.
    Do(Work),
    /// Reads who is signed in here: it may be nobody any more.
    ReadSession,
    /// Tells screen readers what was done.
    Say(Work),
}

impl AccessState {
    /// What could not be read or done in a part.
    #[must_use]
    pub fn fault(&self, part: Part) -> Option<&Fault> {
        self.faults.iter().find(|(of, _)| *of == part).map(|(_, fault)| fault)
    }

    /// The sessions of a person: what "end all of them" ends.
    #[must_use]
    pub fn count_of(&self, user: &ZohoId) -> usize {
        self.sessions.iter().flatten().filter(|session| session.user == *user).count()
    }

    /// What tells sessions apart that look the same: the number of each among those of the same person with the same browser,
    /// page and minute, the oldest first. None where there is no other.
    #[must_use]
    pub fn number_of(&self, row: &SessionRow) -> Option<usize> {
        let looks =
            |one: &SessionRow| (one.user.clone(), browser(&one.browser), one.page, one.began_at.timestamp() / 60);
        let alike = || self.sessions.iter().flatten().filter(|other| looks(other) == looks(row));
        let before = alike().filter(|other| (other.began_at, &other.id) < (row.began_at, &row.id)).count();
        (alike().count() > 1).then_some(before + 1)
    }

    /// The profiles to choose from: those of users, and those that are chosen already.
    #[must_use]
    pub fn profiles(&self) -> Option<Vec<ProfileView>> {
        let mut profiles = self.administrators.as_ref()?.profiles.clone();
        let senders = self.settings.as_ref().map(|view| &view.settings.senders);
        let circles = senders.map(|senders| [&senders.documents, &senders.parties, &senders.approvers]);
        for (id, name) in circles.into_iter().flatten().flat_map(|circle| &circle.profiles) {
            if !profiles.iter().any(|known| known.id == *id) {
                profiles.push(ProfileView { id: id.clone(), name: name.clone() });
            }
        }
        Some(profiles)
    }

    /// Whether a "yes" may be taken for one: what can't be undone takes the id of what is erased.
    fn is_confirmed(&self) -> bool {
        match &self.asked {
            Some(Question::Uninvite(org, Some(_))) => self.confirmed.trim().eq_ignore_ascii_case(org.as_str()),
            Some(Question::Uninvite(_, None) | Question::EndAll | Question::TakeOut(..)) | None => true,
        }
    }

    /// Whether a change of who may send to the books is being saved.
    #[must_use]
    pub fn is_saving(&self) -> bool {
        matches!(self.work, Some(Work::Senders(_)))
    }

    fn forgive(&mut self, part: Part) {
        self.faults.retain(|(of, _)| *of != part);
    }

    fn failed(&mut self, part: Part, fault: Fault) -> Vec<Effect> {
        self.forgive(part);
        self.faults.push((part, fault));
        Vec::new()
    }

    fn begin(&mut self, work: Work) -> Vec<Effect> {
        if self.work.is_some() {
            return Vec::new();
        }
        self.forgive(work.part());
        self.work = Some(work.clone());
        vec![Effect::Do(work)]
    }

    /// What was done, if it was this part's.
    fn done(&mut self, part: Part) -> Vec<Effect> {
        self.work.take_if(|work| work.part() == part).map(Effect::Say).into_iter().collect()
    }
}

/// Takes an event and returns what is to be done outside, in this order.
pub fn update(model: &mut AccessState, msg: Msg) -> Vec<Effect> {
    match msg {
        Msg::Read(part) => {
            model.forgive(part);
            vec![Effect::Read(part)]
        }
        Msg::Sessions(Ok(view)) => {
            model.sessions = Some(view.sessions);
            model.forgive(Part::Sessions);
            Vec::new()
        }
        Msg::Sessions(Err(fault)) => model.failed(Part::Sessions, fault),
        Msg::Settings(Ok(view)) => {
            model.settings = Some(view);
            model.forgive(Part::Senders);
            let done = model.done(Part::Senders);
            model.saved |= !done.is_empty();
            done
        }
        Msg::Settings(Err(fault)) => {
            // Whoever saved in between has saved something else: what stands there now is read before it is changed.
            let saved = model.work.take_if(|work| work.part() == Part::Senders).is_some();
            let mut effects = model.failed(Part::Senders, fault);
            effects.extend(saved.then_some(Effect::Read(Part::Senders)));
            effects
        }
        Msg::Change(change) => match model.settings.clone() {
            Some(mut view) => {
                change.apply(&mut view.settings.senders);
                let begun = model.begin(Work::Senders(view));
                model.saved &= begun.is_empty();
                begun
            }
            None => Vec::new(),
        },
        Msg::Administrators(Ok(view)) => {
            model.administrators = Some(view);
            model.forgive(Part::Administrators);
            model.done(Part::Administrators)
        }
        Msg::Administrators(Err(fault)) => {
            model.work.take_if(|work| work.part() == Part::Administrators);
            model.failed(Part::Administrators, fault)
        }
        Msg::Invitations(Ok(view)) => {
            model.invitations = Some(view);
            model.forgive(Part::Invitations);
            if matches!(model.work, Some(Work::Invite(_))) {
                model.typed.clear();
            }
            model.done(Part::Invitations)
        }
        Msg::Invitations(Err(fault)) => {
            model.work.take_if(|work| work.part() == Part::Invitations);
            model.failed(Part::Invitations, fault)
        }
        Msg::Do(work) => model.begin(work),
        Msg::Ask(question) => {
            if model.work.is_none() {
                model.asked = Some(question);
                model.confirmed.clear();
                model.misconfirmed = false;
            }
            Vec::new()
        }
        Msg::Confirmed(typed) => {
            model.confirmed = typed;
            model.misconfirmed = false;
            Vec::new()
        }
        Msg::Answered(true) if !model.is_confirmed() => {
            model.misconfirmed = true;
            Vec::new()
        }
        Msg::Answered(yes) => match model.asked.take().filter(|_| yes) {
            Some(Question::EndAll) => model.begin(Work::EndAll(None)),
            Some(Question::Uninvite(org, _)) => model.begin(Work::Uninvite(org)),
            Some(Question::TakeOut(user, _)) => model.begin(Work::Count(user, false)),
            None => Vec::new(),
        },
        Msg::Typed(typed) => {
            model.typed = typed;
            model.mistyped = false;
            Vec::new()
        }
        Msg::InvitePressed => match OrgId::new(model.typed.trim().to_ascii_lowercase()) {
            Ok(org) => model.begin(Work::Invite(org)),
            Err(_) => {
                model.mistyped = true;
                Vec::new()
            }
        },
        Msg::Ended(Ok(())) => {
            let mut effects = model.done(Part::Sessions);
            // The own one may be among them: then nobody is signed in here any more, and nothing is to be read.
            effects.extend([Effect::ReadSession, Effect::Read(Part::Sessions)]);
            effects
        }
        Msg::Ended(Err(fault)) => {
            model.work.take_if(|work| work.part() == Part::Sessions);
            model.failed(Part::Sessions, fault)
        }
    }
}

/// A browser as people know it, by what it says of itself: its name and the system that it runs on.
#[must_use]
pub fn browser(told: &str) -> (Option<&'static str>, Option<&'static str>) {
    let first =
        |known: &[(&str, &'static str)]| known.iter().find(|(sign, _)| told.contains(sign)).map(|(_, name)| *name);
    // Whoever comes later in the list is named by the earlier ones, too.
    let name = first(&[
        ("Edg", "Edge"),
        ("OPR/", "Opera"),
        ("SamsungBrowser/", "Samsung Internet"),
        ("Firefox/", "Firefox"),
        ("FxiOS/", "Firefox"),
        ("CriOS/", "Chrome"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    ]);
    let system = first(&[
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Android", "Android"),
        ("Windows", "Windows"),
        ("CrOS", "ChromeOS"),
        ("Mac OS X", "macOS"),
        ("Linux", "Linux"),
    ]);
    (name, system)
}
