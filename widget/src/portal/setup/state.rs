//! What the set-up knows, and what events do to it: which step is done, which one is next, what a press asks for, and
//! what has to be confirmed before something is gone.

use crate::fault::Fault;
use crate::portal::section::Section;
use crate::session::Purpose;
use shared::api::portal::{ConnectedView, MappingView, ModuleFields, RecordFound, RecordsFound, SetupView};
use shared::api::{Action, ConnectionState, EntryView, Outcome, RecordView, SyncReply};
use shared::module::Module;
use shared::settings::guesses::{Guess, confirm, guesses};
use shared::settings::{BooksSide, Settings};

/// A step from nothing to the first synced record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// Connect the CRM.
    Crm,
    /// Connect Xero.
    Xero,
    /// Create the sync's own CRM fields.
    Fields,
    /// Confirm what was guessed.
    Mapping,
    /// Sync one record.
    Record,
}

impl Step {
    /// All of them, in their order.
    pub const ALL: [Self; 5] = [Self::Crm, Self::Xero, Self::Fields, Self::Mapping, Self::Record];

    /// Its name in the page: `crm`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Crm => "crm",
            Self::Xero => "xero",
            Self::Fields => "fields",
            Self::Mapping => "mapping",
            Self::Record => "record",
        }
    }

    /// Its place in the list, from 1.
    #[must_use]
    pub fn number(self) -> usize {
        Self::ALL.iter().position(|step| *step == self).map_or(0, |at| at + 1)
    }
}

/// How a step stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Standing {
    /// It is done, and can be done again.
    Done,
    /// It can be done now.
    Open,
    /// It was done, and works no longer.
    Broken,
    /// An earlier step comes first.
    Later,
    /// Nobody has told yet.
    Unknown,
}

/// Which step shows its content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Choice {
    /// The next one that is open.
    #[default]
    Next,
    /// This one: the person has opened it.
    Only(Step),
    /// None: the person has closed it.
    Nothing,
}

/// Which page shows the set-up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Page {
    /// The steps.
    #[default]
    Checklist,
    /// Both organisations.
    Connection,
}

/// What is under way. One thing at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Work {
    /// A vendor's window is open.
    Window(Step),
    /// The CRM fields are being created.
    Fields,
    /// The guesses are being saved.
    Confirm,
    /// The record is being synced.
    Sync,
    /// Xero is being disconnected.
    Disconnect,
    /// Everything is being erased.
    Erase,
}

/// A question that has to be answered before something is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Question {
    /// Connect another Xero organisation?
    Switch,
    /// Disconnect Xero?
    Disconnect,
    /// Disconnect both and erase everything?
    Erase,
}

/// A question that is being asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// The question.
    pub question: Question,
    /// The organisation's name as far as it is typed.
    pub typed: String,
    /// Whether the answer was given with another name than the organisation's.
    pub mistyped: bool,
}

/// The record that is synced to try it out.
#[derive(Debug, Clone, PartialEq)]
pub struct Trial {
    /// Which records are looked for.
    pub module: Module,
    /// By what.
    pub text: String,
    /// Counts the searches and readings: an answer to an older one is not shown.
    pub ticket: u32,
    /// What was found; none before the first answer.
    pub found: Option<Vec<RecordFound>>,
    /// Whether a search is under way.
    pub searching: bool,
    /// The chosen record.
    pub chosen: Option<RecordFound>,
    /// What a click would do to it, once known.
    pub view: Option<Box<RecordView>>,
    /// What the click did.
    pub done: Option<Box<EntryView>>,
}

impl Default for Trial {
    fn default() -> Self {
        Self {
            module: Module::Accounts,
            text: String::new(),
            ticket: 0,
            found: None,
            searching: false,
            chosen: None,
            view: None,
            done: None,
        }
    }
}

impl Trial {
    /// Whether the record can be synced as it stands.
    #[must_use]
    pub fn can_sync(&self) -> bool {
        self.view.as_ref().is_some_and(|view| !matches!(view.preview.action, Action::Skip | Action::Blocked))
    }
}

/// Everything that the set-up knows.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SetupState {
    /// Which page shows it.
    pub page: Page,
    /// How the connection stands, as the session tells.
    pub connection: Option<ConnectionState>,
    /// What the edge tells of the set-up.
    pub setup: Option<Box<SetupView>>,
    /// Whether it is being read.
    pub reading: bool,
    /// Why it could not be read.
    pub read_fault: Option<Fault>,
    /// The settings and both organisations' lists: read for the guesses.
    pub mapping: Option<Box<MappingView>>,
    /// Whether they are being read.
    pub reading_mapping: bool,
    /// What is guessed at present.
    pub guesses: Vec<Guess>,
    /// How many guesses were confirmed here.
    pub confirmed: Option<usize>,
    /// How many fields were created here, of those that were known to be missing.
    pub created: Option<usize>,
    /// The record that is synced to try it out.
    pub trial: Trial,
    /// What is under way.
    pub busy: Option<Work>,
    /// What failed last, and where.
    pub fault: Option<(Step, Fault)>,
    /// Which step shows its content.
    pub choice: Choice,
    /// What is being asked.
    pub asked: Option<Asked>,
    /// Whether everything was erased here.
    pub erased: bool,
}

/// What happened.
#[derive(Debug, Clone, PartialEq)]
pub enum Msg {
    /// The session told how the connection stands.
    Session(Option<ConnectionState>),
    /// The set-up was read.
    SetupArrived(Result<Box<SetupView>, Fault>),
    /// Somebody wants it read again.
    ReadAgain,
    /// Somebody opened or closed a step.
    Toggled(Step),
    /// Somebody pressed a step's button.
    Pressed(Step),
    /// The vendor's window of a step ended.
    WindowEnded(Step, Result<(), Fault>),
    /// No vendor's window is open any more: nothing may come of the one that was.
    WindowGone,
    /// The CRM fields were created.
    FieldsCreated(Result<Box<SetupView>, Fault>),
    /// The settings and lists were read.
    MappingArrived(Result<Box<MappingView>, Fault>),
    /// The guesses were saved.
    Confirmed(Result<Box<Settings>, Fault>),
    /// Other records are looked for.
    ModuleChosen(Module),
    /// The search's text changed.
    Typed(String),
    /// Nobody has typed since this search was asked for.
    SearchDue(u32),
    /// A search's answer.
    Found(u32, Result<RecordsFound, Fault>),
    /// A record was chosen.
    Picked(RecordFound),
    /// The chosen record is to be looked at again.
    LookAgain,
    /// Another record is wanted.
    Unpicked,
    /// What a click would do to the record.
    RecordArrived(u32, Result<Box<RecordView>, Fault>),
    /// The record was synced.
    Synced(Result<Box<SyncReply>, Fault>),
    /// What failed at a step is to be tried again.
    TryAgain,
    /// Something is to be asked first.
    Ask(Question),
    /// The organisation's name was typed.
    NameTyped(String),
    /// The question was answered.
    Answered(bool),
    /// Xero was disconnected.
    Disconnected(Result<(), Fault>),
    /// Everything was erased.
    Erased(Result<(), Fault>),
}

/// What is to be done outside.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// `GET /api/setup`
    ReadSetup,
    /// `GET /api/session`
    ReadSession,
    /// Opens a vendor's window.
    Open(Purpose),
    /// `POST /api/setup/fields`
    CreateFields,
    /// `GET /api/mapping`
    ReadMapping,
    /// `PUT /api/settings?version=`
    Save(Box<Settings>, i64),
    /// Says [`Msg::SearchDue`] when nobody has typed for a moment.
    SearchSoon(u32),
    /// `GET /api/records/{module}?name=`
    Search(u32, Module, String),
    /// `GET /api/records/{module}/{id}`
    ReadRecord(u32, Module, String),
    /// `POST /api/records/{module}/{id}/sync`
    Sync(Module, String),
    /// `DELETE /api/connection/xero`
    DisconnectXero,
    /// `DELETE /api/connection`
    Erase,
    /// Tells screen readers.
    Say(Said),
}

/// What screen readers are told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// The CRM is connected.
    CrmConnected,
    /// Xero is connected.
    XeroConnected,
    /// So many missing fields were created; none: all are there.
    FieldsCreated(usize),
    /// So many guesses were confirmed.
    Confirmed(usize),
    /// How the record ended.
    Synced(String, Outcome),
    /// Xero is disconnected.
    Disconnected,
    /// Everything is erased.
    Erased,
}

impl SetupState {
    /// Of this page, before anything is known.
    #[must_use]
    pub fn new(page: Page) -> Self {
        Self { page, ..Self::default() }
    }

    /// How a step stands.
    #[must_use]
    pub fn standing(&self, step: Step) -> Standing {
        let Some(connection) = self.connection else { return Standing::Unknown };
        match step {
            Step::Crm => match connection {
                ConnectionState::ZohoMissing => Standing::Open,
                ConnectionState::ZohoBroken => Standing::Broken,
                _ if self.setup.as_ref().is_some_and(|setup| setup.crm.broken) => Standing::Broken,
                _ => Standing::Done,
            },
            Step::Xero => self.standing_of_xero(connection),
            Step::Fields => self.after(Step::Crm, |setup| missing(&setup.fields) == 0),
            Step::Mapping => self.after(Step::Xero, |setup| setup.guesses == 0),
            Step::Record => match self.standing(Step::Fields) {
                Standing::Done => self.after(Step::Xero, |setup| setup.links > 0),
                Standing::Unknown => Standing::Unknown,
                _ => Standing::Later,
            },
        }
    }

    fn standing_of_xero(&self, connection: ConnectionState) -> Standing {
        match (connection, self.setup.as_ref()) {
            (ConnectionState::ZohoMissing, _) => Standing::Later,
            (ConnectionState::XeroMissing, _) => Standing::Open,
            (ConnectionState::XeroBroken, _) => Standing::Broken,
            (_, Some(setup)) => match &setup.xero {
                Some(xero) if xero.broken => Standing::Broken,
                Some(_) => Standing::Done,
                // The session and the set-up are read one after the other.
                None if self.reading => Standing::Unknown,
                None if connection == ConnectionState::Connected => Standing::Open,
                None => Standing::Later,
            },
            (ConnectionState::Connected, None) => Standing::Done,
            (ConnectionState::ZohoBroken, None) => Standing::Unknown,
        }
    }

    /// How a step stands that needs another one, and the edge's word.
    fn after(&self, needed: Step, done: impl Fn(&SetupView) -> bool) -> Standing {
        match (self.standing(needed), &self.setup) {
            (Standing::Unknown, _) | (Standing::Done, None) => Standing::Unknown,
            (Standing::Done, Some(setup)) if done(setup) => Standing::Done,
            (Standing::Done, Some(_)) => Standing::Open,
            _ => Standing::Later,
        }
    }

    /// What has to be done before this step; none once it can be done.
    #[must_use]
    pub fn needed(&self, step: Step) -> Option<Step> {
        let needs: &[Step] = match step {
            Step::Crm => &[],
            Step::Xero | Step::Fields => &[Step::Crm],
            Step::Mapping => &[Step::Crm, Step::Xero],
            Step::Record => &[Step::Crm, Step::Xero, Step::Fields],
        };
        needs.iter().copied().find(|needed| self.standing(*needed) != Standing::Done)
    }

    /// The step that comes next; none when all are done, or when nobody knows yet.
    #[must_use]
    pub fn next(&self) -> Option<Step> {
        let first = Step::ALL.into_iter().find(|step| self.standing(*step) != Standing::Done)?;
        matches!(self.standing(first), Standing::Open | Standing::Broken).then_some(first)
    }

    /// Whether every step is done.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.done() == Step::ALL.len()
    }

    /// How many steps are done.
    #[must_use]
    pub fn done(&self) -> usize {
        Step::ALL.into_iter().filter(|step| self.standing(*step) == Standing::Done).count()
    }

    /// Whether nothing is known yet of how far it is.
    #[must_use]
    pub fn is_waiting(&self) -> bool {
        self.setup.is_none() && self.read_fault.is_none() && !self.erased
    }

    /// The step that shows its content.
    #[must_use]
    pub fn expanded(&self) -> Option<Step> {
        match self.choice {
            Choice::Next => self.next(),
            Choice::Only(step) => Some(step),
            Choice::Nothing => None,
        }
    }

    /// What failed at this step.
    #[must_use]
    pub fn fault_at(&self, step: Step) -> Option<&Fault> {
        self.fault.as_ref().filter(|(at, _)| *at == step).map(|(_, fault)| fault)
    }

    /// One side of the connection, as far as it is known.
    #[must_use]
    pub fn side(&self, step: Step) -> Option<&ConnectedView> {
        let setup = self.setup.as_ref()?;
        if step == Step::Crm { Some(&setup.crm) } else { setup.xero.as_ref() }
    }

    /// The sync's own fields that are there, and those that are not.
    #[must_use]
    pub fn field_counts(&self) -> (usize, usize) {
        let fields = self.setup.as_ref().map(|setup| setup.fields.as_slice()).unwrap_or_default();
        let present = fields.iter().filter(|one| one.exists).map(|one| one.present.len()).sum();
        (present, missing(fields))
    }

    /// The modules whose records can be tried.
    #[must_use]
    pub fn modules(&self) -> Vec<Module> {
        let fields = self.setup.as_ref().map(|setup| setup.fields.as_slice()).unwrap_or_default();
        let gone = |module: &Module| fields.iter().any(|one| one.module == *module && !one.exists);
        Module::ALL.into_iter().filter(|module| !gone(module)).collect()
    }

    /// Whether the question that is asked may be answered with yes.
    fn is_answerable(&self) -> bool {
        match &self.asked {
            Some(Asked { question: Question::Erase, typed, .. }) => {
                self.setup.as_ref().is_some_and(|setup| is_name(typed, &setup.crm.name))
            }
            Some(_) => true,
            None => false,
        }
    }
}

/// The sync's own fields that modules lack, of those modules that this CRM has.
fn missing(fields: &[ModuleFields]) -> usize {
    fields.iter().filter(|one| one.exists).map(|one| one.missing.len()).sum()
}

/// Whether a record is in Xero and in the CRM after this.
fn arrived(outcome: Outcome) -> bool {
    matches!(outcome, Outcome::Created | Outcome::Updated | Outcome::Unchanged)
}

/// Whether somebody has typed an organisation's name. Spaces around and between words are not seen on a screen, so they
/// don't count; an organisation without a name can't be confirmed by typing nothing.
#[must_use]
pub fn is_name(typed: &str, name: &str) -> bool {
    let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    let typed = words(typed);
    !typed.is_empty() && typed == words(name)
}

/// Applies an event, and says what is to be done outside.
pub fn update(model: &mut SetupState, msg: Msg) -> Vec<Effect> {
    let mut effects = apply(model, msg);
    effects.extend(wanted(model));
    effects
}

/// What the page lacks now. Nothing is asked for twice, and nothing again after it failed.
fn wanted(model: &mut SetupState) -> Vec<Effect> {
    let mut effects = Vec::new();
    let connected = model.connection.is_some_and(|connection| connection != ConnectionState::ZohoMissing);
    if connected && model.setup.is_none() && !model.reading && model.read_fault.is_none() && !model.erased {
        model.reading = true;
        effects.push(Effect::ReadSetup);
    }
    if model.page == Page::Connection {
        return effects;
    }
    let free = |model: &SetupState, step| model.fault_at(step).is_none();
    let lists = model.expanded() == Some(Step::Mapping)
        && matches!(model.standing(Step::Mapping), Standing::Open | Standing::Done);
    if lists && model.mapping.is_none() && !model.reading_mapping && free(model, Step::Mapping) {
        model.reading_mapping = true;
        effects.push(Effect::ReadMapping);
    }
    let records = model.expanded() == Some(Step::Record)
        && matches!(model.standing(Step::Record), Standing::Open | Standing::Done);
    let trial = &model.trial;
    if records && trial.found.is_none() && !trial.searching && free(model, Step::Record) {
        effects.push(search(model));
    }
    effects
}

fn apply(model: &mut SetupState, msg: Msg) -> Vec<Effect> {
    match msg {
        Msg::Session(connection) => {
            let before = std::mem::replace(&mut model.connection, connection);
            // What was read of another state of the connection may be out of date.
            if before.is_some() && before != connection && !model.reading && connection.is_some() {
                return read_setup(model);
            }
            Vec::new()
        }
        Msg::ReadAgain => read_setup(model),
        Msg::SetupArrived(result) => {
            model.reading = false;
            match result {
                Ok(setup) => adopt(model, setup),
                Err(fault) => model.read_fault = Some(fault),
            }
            Vec::new()
        }
        Msg::Toggled(step) => {
            model.choice = if model.expanded() == Some(step) { Choice::Nothing } else { Choice::Only(step) };
            Vec::new()
        }
        Msg::Pressed(step) => press(model, step),
        Msg::WindowEnded(step, result) => window_ended(model, step, result),
        Msg::WindowGone => {
            model.busy.take_if(|work| matches!(work, Work::Window(_)));
            Vec::new()
        }
        Msg::FieldsCreated(result) => {
            model.busy = None;
            match result {
                Ok(setup) => {
                    let before = model.field_counts().1;
                    adopt(model, setup);
                    let created = before.saturating_sub(model.field_counts().1);
                    model.created = Some(created);
                    model.choice = Choice::Next;
                    vec![Effect::Say(Said::FieldsCreated(created))]
                }
                Err(fault) => failed(model, Step::Fields, fault),
            }
        }
        Msg::MappingArrived(result) => {
            model.reading_mapping = false;
            match result {
                Ok(mapping) => {
                    model.guesses = guesses(&mapping.settings, &mapping.crm, &mapping.xero);
                    model.mapping = Some(mapping);
                    Vec::new()
                }
                Err(fault) => failed(model, Step::Mapping, fault),
            }
        }
        Msg::Confirmed(result) => {
            model.busy = None;
            match result {
                Ok(_) => {
                    let count = model.guesses.len();
                    model.confirmed = Some(count);
                    model.guesses.clear();
                    // The saved settings have another version.
                    model.mapping = None;
                    model.choice = Choice::Next;
                    if let Some(setup) = &mut model.setup {
                        setup.guesses = 0;
                    }
                    let mut effects = vec![Effect::Say(Said::Confirmed(count))];
                    effects.extend(read_setup(model));
                    effects
                }
                Err(fault) => failed(model, Step::Mapping, fault),
            }
        }
        Msg::ModuleChosen(module) => {
            model.trial = Trial { module, ticket: model.trial.ticket, ..Trial::default() };
            clear_fault(model, Step::Record);
            vec![search(model)]
        }
        Msg::Typed(text) => {
            let trial = &mut model.trial;
            trial.text = text;
            trial.ticket += 1;
            trial.searching = true;
            vec![Effect::SearchSoon(trial.ticket)]
        }
        Msg::SearchDue(ticket) if ticket == model.trial.ticket => vec![search(model)],
        Msg::Found(ticket, result) if ticket == model.trial.ticket => {
            model.trial.searching = false;
            match result {
                Ok(found) => {
                    model.trial.found = Some(found.records);
                    clear_fault(model, Step::Record);
                    Vec::new()
                }
                Err(fault) => failed(model, Step::Record, fault),
            }
        }
        Msg::Picked(record) => {
            model.trial.chosen = Some(record);
            look(model)
        }
        Msg::LookAgain => look(model),
        Msg::Unpicked => {
            model.trial =
                Trial { chosen: None, view: None, done: None, ticket: model.trial.ticket + 1, ..model.trial.clone() };
            model.trial.searching = false;
            clear_fault(model, Step::Record);
            Vec::new()
        }
        Msg::RecordArrived(ticket, result) if ticket == model.trial.ticket => match result {
            Ok(view) => {
                model.trial.view = Some(view);
                Vec::new()
            }
            Err(fault) => failed(model, Step::Record, fault),
        },
        Msg::SearchDue(_) | Msg::Found(..) | Msg::RecordArrived(..) => Vec::new(),
        Msg::Synced(result) => synced(model, result),
        Msg::TryAgain => match model.fault.take() {
            Some((Step::Record, _)) if model.trial.chosen.is_some() => look(model),
            // `wanted` reads what is missing.
            Some((Step::Mapping, _)) => {
                model.mapping = None;
                Vec::new()
            }
            Some((Step::Record, _)) | None => Vec::new(),
            Some((step, _)) => press(model, step),
        },
        Msg::Ask(question) => {
            if model.busy.is_none() {
                model.fault = None;
                model.asked = Some(Asked { question, typed: String::new(), mistyped: false });
            }
            Vec::new()
        }
        Msg::NameTyped(typed) => {
            if let Some(asked) = &mut model.asked {
                asked.typed = typed;
                asked.mistyped = false;
            }
            Vec::new()
        }
        Msg::Answered(yes) => answered(model, yes),
        Msg::Disconnected(result) => {
            model.busy = None;
            match result {
                Ok(()) => {
                    let mut effects = vec![Effect::Say(Said::Disconnected), Effect::ReadSession];
                    effects.extend(read_setup(model));
                    effects
                }
                Err(fault) => failed(model, Step::Xero, fault),
            }
        }
        Msg::Erased(result) => {
            model.busy = None;
            match result {
                Ok(()) => {
                    *model = SetupState { erased: true, ..SetupState::new(model.page) };
                    vec![Effect::Say(Said::Erased), Effect::ReadSession]
                }
                Err(fault) => failed(model, Step::Crm, fault),
            }
        }
    }
}

fn adopt(model: &mut SetupState, setup: Box<SetupView>) {
    // Another organisation has other lists.
    let same = |setup: &SetupView| setup.xero.as_ref().map(|xero| xero.id.clone());
    if model.setup.as_ref().is_some_and(|before| same(before) != same(&setup)) {
        model.mapping = None;
        model.guesses.clear();
        model.confirmed = None;
        model.trial = Trial::default();
    }
    model.read_fault = None;
    model.setup = Some(setup);
}

fn read_setup(model: &mut SetupState) -> Vec<Effect> {
    model.reading = true;
    model.read_fault = None;
    vec![Effect::ReadSetup]
}

fn failed(model: &mut SetupState, step: Step, fault: Fault) -> Vec<Effect> {
    model.fault = Some((step, fault));
    Vec::new()
}

fn clear_fault(model: &mut SetupState, step: Step) {
    model.fault.take_if(|(at, _)| *at == step);
}

fn press(model: &mut SetupState, step: Step) -> Vec<Effect> {
    if model.busy.is_some() {
        return Vec::new();
    }
    clear_fault(model, step);
    let (work, effect) = match step {
        Step::Crm => (Work::Window(step), Effect::Open(Purpose::ConnectZoho)),
        Step::Xero => (Work::Window(step), Effect::Open(Purpose::ConnectXero)),
        Step::Fields => (Work::Fields, Effect::CreateFields),
        Step::Mapping => {
            let Some(mapping) = &model.mapping else { return Vec::new() };
            let chosen = confirm(&mapping.settings, &mapping.crm, &mapping.xero);
            (Work::Confirm, Effect::Save(Box::new(chosen), mapping.version))
        }
        Step::Record => match &model.trial.chosen {
            Some(record) if model.trial.can_sync() => (Work::Sync, Effect::Sync(model.trial.module, record.id.clone())),
            _ => return Vec::new(),
        },
    };
    model.busy = Some(work);
    vec![effect]
}

fn window_ended(model: &mut SetupState, step: Step, result: Result<(), Fault>) -> Vec<Effect> {
    model.busy.take_if(|work| *work == Work::Window(step));
    match result {
        Ok(()) => {
            model.choice = Choice::Next;
            let said = if step == Step::Crm { Said::CrmConnected } else { Said::XeroConnected };
            let mut effects = vec![Effect::Say(said)];
            effects.extend(read_setup(model));
            effects
        }
        Err(fault) => failed(model, step, fault),
    }
}

/// Searches for records by what is typed.
fn search(model: &mut SetupState) -> Effect {
    let trial = &mut model.trial;
    trial.ticket += 1;
    trial.searching = true;
    Effect::Search(trial.ticket, trial.module, trial.text.trim().to_owned())
}

/// Reads what a click would do to the chosen record.
fn look(model: &mut SetupState) -> Vec<Effect> {
    clear_fault(model, Step::Record);
    let trial = &mut model.trial;
    trial.ticket += 1;
    trial.searching = false;
    trial.view = None;
    trial.done = None;
    let chosen = trial.chosen.as_ref();
    chosen.map(|record| Effect::ReadRecord(trial.ticket, trial.module, record.id.clone())).into_iter().collect()
}

fn synced(model: &mut SetupState, result: Result<Box<SyncReply>, Fault>) -> Vec<Effect> {
    model.busy = None;
    // What happened stays in sight, also when it was the last step.
    model.choice = Choice::Only(Step::Record);
    match result {
        Ok(reply) => {
            let SyncReply { entry, view } = *reply;
            let said = Said::Synced(entry.name.clone(), entry.outcome);
            // The step and the line below its title go by the number of links. It is read again, and until then what
            // has just been synced is one.
            if let Some(setup) = model.setup.as_mut().filter(|_| arrived(entry.outcome)) {
                setup.links = setup.links.max(1);
            }
            model.trial.view = Some(Box::new(view));
            model.trial.done = Some(Box::new(entry));
            let mut effects = vec![Effect::Say(said)];
            effects.extend(read_setup(model));
            effects
        }
        Err(fault) => failed(model, Step::Record, fault),
    }
}

fn answered(model: &mut SetupState, yes: bool) -> Vec<Effect> {
    if yes && !model.is_answerable() {
        if let Some(asked) = &mut model.asked {
            asked.mistyped = true;
        }
        return Vec::new();
    }
    let Some(asked) = model.asked.take() else { return Vec::new() };
    if !yes {
        return Vec::new();
    }
    let (work, effect) = match asked.question {
        Question::Switch => (Work::Window(Step::Xero), Effect::Open(Purpose::ConnectXero)),
        Question::Disconnect => (Work::Disconnect, Effect::DisconnectXero),
        Question::Erase => (Work::Erase, Effect::Erase),
    };
    model.busy = Some(work);
    vec![effect]
}

/// Guesses by the section of the mapping in which they can be changed, in their order.
#[must_use]
pub fn by_section(guesses: &[Guess]) -> Vec<(Option<Section>, Vec<Guess>)> {
    let mut groups: Vec<(Option<Section>, Vec<Guess>)> = Vec::new();
    for guess in guesses {
        let section = Section::of_path(&guess.path);
        match groups.iter_mut().find(|(known, _)| *known == section) {
            Some((_, group)) => group.push(guess.clone()),
            None => groups.push((section, vec![guess.clone()])),
        }
    }
    groups
}

/// What a guess is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// A CRM tax on one side of the books.
    Tax(String, BooksSide),
    /// The account of one side of the books.
    Account(BooksSide),
    /// A CRM status of a module.
    Status(Module, String),
}

/// What the guess of this path is about; none for what this page has no words for.
#[must_use]
pub fn subject(path: &str) -> Option<Subject> {
    let side = |name: &str| match name {
        "sales" => Some(BooksSide::Sales),
        "purchases" => Some(BooksSide::Purchases),
        _ => None,
    };
    let (section, rest) = path.split_once('.')?;
    match section {
        "taxes" => {
            // A tax's name may have dots in it.
            let (name, last) = rest.rsplit_once('.')?;
            Some(Subject::Tax(name.to_owned(), side(last)?))
        }
        "accounts" => Some(Subject::Account(side(rest)?)),
        "statuses" => {
            let (module, status) = rest.split_once('.')?;
            Some(Subject::Status(Module::from_api_name(module)?, status.to_owned()))
        }
        _ => None,
    }
}
