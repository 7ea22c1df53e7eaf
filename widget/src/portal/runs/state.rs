//! What the screen knows, and what events do to it.

use super::telling;
use crate::fault::Fault;
use crate::portal::mapping::edit::remove;
use shared::api::runs::{PairChoice, RunKind, RunRequest, RunState, RunView, RunsPage, Scope};
use shared::module::Module;
use shared::problem::Code;
use shared::settings::{Direction, Settings};
use std::collections::BTreeMap;

/// Days that a run reaches back at most; the edge's own limit.
const MOST_DAYS: u32 = 36_500;

/// Which records a run is to take up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Window {
    /// What changed since the last run.
    #[default]
    SinceLast,
    /// What changed in some days.
    Days,
    /// Everything.
    Everything,
}

impl Window {
    /// All of them in the order in which they are shown.
    pub const ALL: [Self; 3] = [Self::SinceLast, Self::Days, Self::Everything];

    /// Its value in a control.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::SinceLast => "since_last",
            Self::Days => "days",
            Self::Everything => "everything",
        }
    }

    /// The window of a control's value.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|window| window.name() == name)
    }
}

/// A direction's value in a control.
#[must_use]
pub fn direction_name(direction: Direction) -> &'static str {
    match direction {
        Direction::Both => "both",
        Direction::ToXero => "to_xero",
        Direction::ToCrm => "to_crm",
    }
}

/// The direction of a control's value.
#[must_use]
pub fn direction_of(name: &str) -> Option<Direction> {
    [Direction::Both, Direction::ToXero, Direction::ToCrm].into_iter().find(|known| direction_name(*known) == name)
}

/// The directions that a pair's own setting allows, the widest first.
#[must_use]
pub fn directions(own: Direction) -> Vec<Direction> {
    [Direction::Both, Direction::ToXero, Direction::ToCrm]
        .into_iter()
        .filter(|direction| own.within(*direction) == Some(*direction))
        .collect()
}

/// What is chosen for a new run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Form {
    /// The pairs' own directions.
    own: BTreeMap<Module, Direction>,
    /// The chosen pairs.
    chosen: BTreeMap<Module, Direction>,
    /// Which records.
    pub window: Window,
    /// How many days, as it is typed.
    pub days: String,
}

impl Form {
    /// All pairs, each in its own direction, since the last run.
    #[must_use]
    pub fn new(settings: &Settings) -> Self {
        let mut own = BTreeMap::new();
        for module in Module::ALL {
            own.insert(module, settings.direction(module));
        }
        Self { chosen: own.clone(), own, window: Window::default(), days: "7".to_owned() }
    }

    /// The directions that can be chosen for a pair.
    #[must_use]
    pub fn directions(&self, module: Module) -> Vec<Direction> {
        directions(self.own.get(&module).copied().unwrap_or_default())
    }

    /// Whether a pair is chosen.
    #[must_use]
    pub fn has(&self, module: Module) -> bool {
        self.chosen.contains_key(&module)
    }

    /// The direction of a pair: the chosen one, else the pair's own.
    #[must_use]
    pub fn direction(&self, module: Module) -> Direction {
        self.chosen.get(&module).or_else(|| self.own.get(&module)).copied().unwrap_or_default()
    }

    /// Takes a pair in, in its own direction, or leaves it out.
    pub fn choose(&mut self, module: Module, chosen: bool) {
        if chosen {
            let own = self.own.get(&module).copied().unwrap_or_default();
            self.chosen.entry(module).or_insert(own);
        } else {
            remove(&mut self.chosen, &module);
        }
    }

    /// Chooses a pair's direction, as far as its setting allows it.
    pub fn turn(&mut self, module: Module, direction: Direction) {
        if self.has(module) && self.directions(module).contains(&direction) {
            self.chosen.insert(module, direction);
        }
    }

    /// Whether no pair is chosen.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.chosen.is_empty()
    }

    /// Whether the days are chosen and are no number that the edge takes.
    #[must_use]
    pub fn days_wrong(&self) -> bool {
        self.window == Window::Days && self.scope().is_none()
    }

    fn scope(&self) -> Option<Scope> {
        Some(match self.window {
            Window::SinceLast => Scope::SinceLast,
            Window::Everything => Scope::Everything,
            Window::Days => Scope::Days(self.days.trim().parse().ok().filter(|days| (1..=MOST_DAYS).contains(days))?),
        })
    }

    /// The request for what is chosen; none while something is wrong with it.
    #[must_use]
    pub fn request(&self, preview: bool) -> Option<RunRequest> {
        let scope = self.scope()?;
        let pairs: Vec<_> = self
            .chosen
            .iter()
            .map(|(module, direction)| PairChoice { module: *module, direction: *direction })
            .collect();
        (!pairs.is_empty()).then_some(RunRequest { pairs, scope, preview })
    }
}

/// What the edge is being asked to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunAction {
    /// List what a run would do.
    Check,
    /// Start a run at once.
    Start,
    /// Start the run that was checked.
    Begin,
    /// End the run.
    Cancel,
    /// Take up what failed in it.
    Retry,
}

/// What is to be done after an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// Nothing.
    Stay,
    /// Show this run.
    Open(String),
    /// Show the screen without a run.
    Leave,
    /// Read the list of runs again: another one is under way.
    ReadList,
}

/// Everything that the screen knows.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RunsState {
    /// What is chosen; none before the settings are read.
    pub form: Option<Form>,
    /// Why the settings can't be read.
    pub form_fault: Option<Fault>,
    /// The run that the address names.
    pub address: Option<String>,
    /// The run that is shown in place of the form, because it was under way when somebody came.
    pub pinned: Option<String>,
    /// The run that is shown, once it is read.
    pub run: Option<RunView>,
    /// Why it can't be read.
    pub run_fault: Option<Fault>,
    /// The runs that were read, newest first; none before the first page.
    pub runs: Option<Vec<RunView>>,
    /// Whether there are older ones.
    pub more: bool,
    /// Whether older ones are being read.
    pub reading_older: bool,
    /// Why the list can't be read.
    pub list_fault: Option<Fault>,
    /// What the edge is being asked.
    pub asking: Option<RunAction>,
    /// Why it did not do so.
    pub refused: Option<Fault>,
    /// Whether somebody has to confirm the end of the run.
    pub confirming: bool,
}

impl RunsState {
    /// Somebody came to an address: a run's, or the screen's own (empty).
    pub fn open(&mut self, part: &str) {
        self.address = (!part.is_empty()).then(|| part.to_owned());
        self.pinned = None;
        self.run_fault = None;
        self.refused = None;
        self.confirming = false;
        if self.run.as_ref().map(|run| &run.id) != self.address.as_ref() {
            let listed = self.runs.iter().flatten().find(|run| Some(&run.id) == self.address.as_ref());
            self.run = listed.cloned();
        }
    }

    /// The run that is to be shown.
    #[must_use]
    pub fn subject(&self) -> Option<&str> {
        self.address.as_deref().or(self.pinned.as_deref())
    }

    /// The run that is to be followed: the one that is shown, until nothing changes in it any more.
    #[must_use]
    pub fn followed(&self) -> Option<&str> {
        let still = match &self.run {
            Some(run) => moves(run.state),
            None => self.run_fault.is_none(),
        };
        self.subject().filter(|_| still)
    }

    /// The settings were read, or not.
    pub fn settings_read(&mut self, answer: Result<Settings, Fault>) {
        match answer {
            Ok(settings) => {
                self.form = Some(Form::new(&settings));
                self.form_fault = None;
            }
            Err(fault) => self.form_fault = Some(fault),
        }
    }

    /// The id before which the next page of the list begins.
    #[must_use]
    pub fn oldest(&self) -> Option<&str> {
        self.runs.as_ref().and_then(|runs| runs.last()).map(|run| run.id.as_str())
    }

    /// A page of the list was read, or not: the first one, or one of older runs.
    pub fn list_read(&mut self, older: bool, answer: Result<RunsPage, Fault>) {
        if older {
            self.reading_older = false;
        }
        let page = match answer {
            Ok(page) => page,
            Err(fault) => {
                self.list_fault = Some(fault);
                return;
            }
        };
        self.list_fault = None;
        self.more = page.more;
        if older {
            let runs = self.runs.get_or_insert_default();
            let known: Vec<_> = page.runs.into_iter().filter(|run| !runs.iter().any(|old| old.id == run.id)).collect();
            runs.extend(known);
            return;
        }
        // A checked run that nobody started is no reason to show no form, nor is somebody's list: it keeps no run out.
        let active = page.runs.iter().find(|run| moves(run.state) && run.kind != RunKind::Bulk).cloned();
        self.runs = Some(page.runs);
        if let (None, Some(active)) = (&self.address, active) {
            self.pinned = Some(active.id.clone());
            self.took(active);
        }
    }

    /// A run was read. Returns whether it is the shown one and stands elsewhere than before.
    pub fn took(&mut self, run: RunView) -> bool {
        // Answers overtake each other, and what has ended does not move again.
        let late = |known: &RunView| known.id == run.id && known.state.ended() && !run.state.ended();
        if self.run.as_ref().is_some_and(late) {
            return false;
        }
        for listed in self.runs.iter_mut().flatten().filter(|listed| listed.id == run.id) {
            *listed = run.clone();
        }
        if self.subject() != Some(run.id.as_str()) {
            return false;
        }
        self.run_fault = None;
        if run.state.ended() {
            self.confirming = false;
        }
        let moved = self.run.as_ref().is_none_or(|known| known.id != run.id || known.state != run.state);
        self.run = Some(run);
        moved
    }

    /// The run of this id could not be read. What is known of it stays in sight.
    pub fn missed(&mut self, id: &str, fault: Fault) {
        if self.subject() == Some(id) && (self.run.is_none() || fault_code(&fault) == Some(Code::RunUnknown)) {
            self.run = None;
            self.run_fault = Some(fault);
        }
    }

    /// Begins to ask the edge; false while it is being asked something already.
    pub fn ask(&mut self, ask: RunAction) -> bool {
        if self.asking.is_some() {
            return false;
        }
        self.asking = Some(ask);
        self.refused = None;
        self.confirming = false;
        true
    }

    /// The edge answered.
    pub fn answered(&mut self, answer: Result<RunView, Fault>) -> Next {
        let asked = self.asking.take();
        match answer {
            Ok(run) => {
                let id = run.id.clone();
                let new = matches!(asked, Some(RunAction::Check | RunAction::Start | RunAction::Retry));
                let dropped = asked == Some(RunAction::Cancel) && self.run.as_ref().is_some_and(is_checked);
                self.took(run.clone());
                if new {
                    if let Some(runs) = &mut self.runs {
                        // A new run takes the place of one that the same person checked and did not start.
                        let stays = |one: &RunView| one.state != RunState::Ready || one.by != run.by;
                        runs.retain(|listed| stays(listed) && listed.id != id);
                        runs.insert(0, run);
                    }
                    return Next::Open(id);
                }
                if dropped { Next::Leave } else { Next::Stay }
            }
            Err(fault) => {
                let busy = fault_code(&fault) == Some(Code::RunInProgress);
                self.refused = Some(fault);
                if busy { Next::ReadList } else { Next::Stay }
            }
        }
    }

    /// What is in sight above the list.
    #[must_use]
    pub fn body(&self) -> Body {
        let named = self.subject().is_some();
        match () {
            () if named && self.run.is_some() => Body::Run,
            () if named && self.run_fault.is_some() => Body::RunFault,
            () if named => Body::Waiting,
            () if self.form_fault.is_some() => Body::FormFault,
            // A run that is under way would take the form's place, so it is waited for.
            () if self.form.is_none() || (self.runs.is_none() && self.list_fault.is_none()) => Body::Waiting,
            () => Body::Form,
        }
    }
}

/// What is in sight above the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Body {
    /// It is on its way.
    Waiting,
    /// The form of a new run.
    Form,
    /// The form could not be read.
    FormFault,
    /// A run.
    Run,
    /// The run could not be read.
    RunFault,
}

/// The buttons of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Buttons {
    /// It was checked: start, where there is anything to do, or discard it.
    Checked(bool),
    /// It is at work: cancel it.
    Moving,
    /// It has ended: retry, where there is anything to retry, and start another one.
    Ended(bool),
}

/// The buttons of a run.
#[must_use]
pub fn buttons(run: &RunView) -> Buttons {
    match run.state {
        RunState::Ready => Buttons::Checked(telling::Progress::of(run).all > 0),
        state if moves(state) => Buttons::Moving,
        _ => Buttons::Ended(telling::can_retry(run)),
    }
}

/// Whether something happens in a run in this state without anybody's doing.
#[must_use]
pub fn moves(state: RunState) -> bool {
    matches!(state, RunState::Listing | RunState::Running | RunState::Waiting)
}

/// Whether the shown run was checked, and waits for somebody to start it.
#[must_use]
pub fn is_checked(run: &RunView) -> bool {
    run.state == RunState::Ready
}

fn fault_code(fault: &Fault) -> Option<Code> {
    match fault {
        Fault::Problem(problem) => Some(problem.code),
        Fault::SignedOut(_) => None,
    }
}
