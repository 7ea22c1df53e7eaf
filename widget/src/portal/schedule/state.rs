//! What the screen knows, and what events do to it.

use crate::fault::Fault;
use crate::portal::mapping::edit::remove;
use crate::portal::runs::state::directions;
use crate::portal::unsaved::Draft;
use crate::portal::zones::is_zone;
use shared::api::runs::{AddressView, ScheduleView, Standing};
use shared::module::Module;
use shared::settings::schedule::{Notice, NoticeRule, StartRule};
use shared::settings::validate::{check_schedule_with, time_of_day};
use shared::settings::{Direction, Schedule, Settings};

/// Quarters of an hour that a day has.
const QUARTERS: u32 = 96;
/// Times that are named one by one.
const MOST_IN_WORDS: usize = 8;

/// Times that somebody may well want.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Preset {
    /// Before and after work.
    Twice,
    /// Six times a day.
    FourHours,
    /// On the hour.
    Hourly,
    /// As often as the clock looks.
    Quarters,
    /// Others.
    Own,
}

impl Preset {
    /// All of them in the order in which they are shown.
    pub const ALL: [Self; 5] = [Self::Twice, Self::FourHours, Self::Hourly, Self::Quarters, Self::Own];

    /// Its value in a control.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Twice => "twice",
            Self::FourHours => "four_hours",
            Self::Hourly => "hourly",
            Self::Quarters => "quarters",
            Self::Own => "own",
        }
    }

    /// The choice of a control's value.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|preset| preset.name() == name)
    }

    /// Its times; none of others.
    #[must_use]
    pub fn times(self) -> Option<Vec<String>> {
        let every = |quarters: usize| (0..QUARTERS).step_by(quarters).map(quarter).collect();
        match self {
            Self::Twice => Some(Schedule::default().times),
            Self::FourHours => Some(every(16)),
            Self::Hourly => Some(every(4)),
            Self::Quarters => Some(every(1)),
            Self::Own => None,
        }
    }

    /// The choice that has these times, in whatever order.
    #[must_use]
    pub fn of(times: &[String]) -> Self {
        let same = |all: Vec<String>| all.len() == times.len() && all.iter().all(|time| times.contains(time));
        Self::ALL.into_iter().find(|preset| preset.times().is_some_and(same)).unwrap_or(Self::Own)
    }
}

/// The time of a quarter of an hour of the day: `18:45`.
fn quarter(at: u32) -> String {
    format!("{:02}:{:02}", at / 4, at % 4 * 15)
}

/// What is wrong with a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wrong {
    /// Some pairs are to be chosen, and none is.
    NoPair,
    /// The pair's own setting does not allow the direction.
    PairClosed,
    /// There is no time.
    NoTime,
    /// There are more times than quarters.
    TooManyTimes,
    /// It is no time on a quarter.
    TimeForm,
    /// The time is there already.
    TimeTwice,
    /// It is no zone.
    Zone,
    /// There are too many addresses.
    TooManyAddresses,
    /// It is no address.
    AddressForm,
    /// The address is there already.
    AddressTwice,
    /// What the edge would say.
    Other(String),
}

/// Everything that the screen knows.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ScheduleDraft {
    /// All settings: the pairs' own directions are in them.
    pub settings: Option<Settings>,
    /// What is saved.
    pub saved: Option<ScheduleView>,
    /// What is to be saved.
    pub draft: Schedule,
    /// Whether own times are chosen, though they may be those of a preset.
    pub own_times: bool,
    /// The time that is to be added next, as it was picked.
    pub picked_time: Option<String>,
    /// Whether some pairs are chosen, though it may be none yet.
    pub some_pairs: bool,
    /// The CRM organisation's own zone, where it is known.
    pub home_zone: Option<String>,
    /// Why the schedule can't be read.
    pub fault: Option<Fault>,
    /// What is being saved.
    pub saving: Option<Schedule>,
    /// Why it could not be saved.
    pub refused: Option<Fault>,
    /// The address whose owner is being asked for a confirmation.
    pub asking: Option<String>,
    /// Why its owner could not be asked.
    pub unasked: Option<Fault>,
}

impl ScheduleDraft {
    /// Whether all that the screen needs was read.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.settings.is_some() && self.saved.is_some()
    }

    /// All settings were read, or not.
    pub fn settings_read(&mut self, answer: Result<Settings, Fault>) {
        match answer {
            Ok(settings) => self.settings = Some(settings),
            Err(fault) => self.fault = Some(fault),
        }
    }

    /// The schedule was read, or not. A kept draft survives, on top of what is saved now.
    pub fn schedule_read(&mut self, answer: Result<ScheduleView, Fault>) {
        match (answer, self.saved.take()) {
            (Ok(view), None) => self.take(view),
            (Ok(view), Some(before)) => {
                self.follow(&before.schedule, &view.schedule);
                self.keep(view);
            }
            (Err(fault), before) => {
                self.saved = before;
                self.fault = Some(fault);
            }
        }
    }

    /// Takes over what was saved elsewhere meanwhile, where this draft has no change of its own.
    fn follow(&mut self, before: &Schedule, now: &Schedule) {
        let lacks_pair = self.lacks_pair();
        let draft = &mut self.draft;
        if draft.enabled == before.enabled {
            draft.enabled = now.enabled;
        }
        if draft.times == before.times && now.times != before.times {
            draft.times.clone_from(&now.times);
            self.own_times = false;
        }
        if draft.time_zone == before.time_zone {
            draft.time_zone.clone_from(&now.time_zone);
        }
        if draft.pairs == before.pairs && !lacks_pair {
            draft.pairs.clone_from(&now.pairs);
            self.some_pairs = !now.pairs.is_empty();
        }
        if draft.start == before.start {
            draft.start = now.start;
        }
        if draft.notices == before.notices {
            draft.notices.clone_from(&now.notices);
        }
    }

    /// Everything is to be read again.
    pub fn read_again(&mut self) {
        self.fault = None;
    }

    fn take(&mut self, view: ScheduleView) {
        self.draft = view.schedule.clone();
        self.own_times = false;
        self.some_pairs = !view.schedule.pairs.is_empty();
        self.keep(view);
    }

    fn keep(&mut self, view: ScheduleView) {
        if view.schedule.time_zone.is_none() {
            self.home_zone = Some(view.time_zone.clone());
        }
        self.saved = Some(view);
    }

    /// Whether the organisation's own zone has to be asked for.
    #[must_use]
    pub fn lacks_home_zone(&self) -> bool {
        self.saved.is_some() && self.home_zone.is_none()
    }

    fn lacks_pair(&self) -> bool {
        self.some_pairs && self.draft.pairs.is_empty()
    }

    /// Forgets what is not saved.
    pub fn discard(&mut self) {
        if let Some(saved) = self.saved.clone() {
            self.refused = None;
            self.unasked = None;
            self.take(saved);
        }
    }

    /// Begins to save: what to send, with the version that it replaces; none while it can't be saved.
    pub fn save(&mut self) -> Option<(Schedule, i64)> {
        if self.saving.is_some() || !self.is_dirty() || !self.wrong().is_empty() {
            return None;
        }
        let version = self.saved.as_ref()?.version;
        self.refused = None;
        self.saving = Some(self.draft.clone());
        Some((self.draft.clone(), version))
    }

    /// It was saved, or not. Returns whether it was.
    pub fn answered(&mut self, answer: Result<ScheduleView, Fault>) -> bool {
        let sent = self.saving.take();
        match answer {
            Ok(view) => {
                // What somebody has changed meanwhile is the draft of the next change.
                if sent.as_ref() == Some(&self.draft) {
                    self.take(view)
                } else {
                    self.keep(view)
                }
                true
            }
            Err(fault) => {
                self.refused = Some(fault);
                false
            }
        }
    }

    /// What is wrong: the path of each value, as the edge names it, and why.
    #[must_use]
    pub fn wrong(&self) -> Vec<(String, Wrong)> {
        let Some(settings) = &self.settings else { return Vec::new() };
        let mut found: Vec<_> = check_schedule_with(settings, &self.draft, is_zone)
            .into_iter()
            .map(|invalid| {
                let wrong = self.why(&invalid.path).unwrap_or_else(|| Wrong::Other(invalid.sentence()));
                (invalid.path, wrong)
            })
            .collect();
        if self.lacks_pair() {
            found.push((PAIRS.to_owned(), Wrong::NoPair));
        }
        found
    }

    /// Why the value of this path is wrong, of the few reasons that each kind of value can have.
    fn why(&self, path: &str) -> Option<Wrong> {
        let draft = &self.draft;
        let mut parts = path.split('.').skip(1);
        let (name, at) = (parts.next()?, parts.next());
        Some(match (name, at) {
            ("pairs", Some(_)) => Wrong::PairClosed,
            ("times", None) if draft.times.is_empty() => Wrong::NoTime,
            ("times", None) => Wrong::TooManyTimes,
            ("times", Some(at)) => match time_of_day(draft.times.get(at.parse::<usize>().ok()?)?) {
                None => Wrong::TimeForm,
                Some(_) => Wrong::TimeTwice,
            },
            ("time_zone", _) => Wrong::Zone,
            ("notices", None) => Wrong::TooManyAddresses,
            ("notices", Some(at)) => {
                let at: usize = at.parse().ok()?;
                let address = &draft.notices.get(at)?.address;
                let earlier = draft.notices.iter().take(at);
                let twice =
                    !address.is_empty() && earlier.into_iter().any(|one| one.address.eq_ignore_ascii_case(address));
                if twice { Wrong::AddressTwice } else { Wrong::AddressForm }
            }
            _ => return None,
        })
    }

    /// What is wrong at a path.
    #[must_use]
    pub fn wrong_at(&self, path: &str) -> Option<Wrong> {
        self.wrong().into_iter().find(|(known, _)| known == path).map(|(_, wrong)| wrong)
    }

    /// What is wrong with the times as a whole, else with the first wrong one of them.
    #[must_use]
    pub fn times_wrong(&self) -> Option<Wrong> {
        self.wrong().into_iter().find(|(path, _)| path.starts_with(TIMES)).map(|(_, wrong)| wrong)
    }

    /// Takes all pairs, or begins to choose among them.
    pub fn choose_pairs(&mut self, some: bool) {
        self.some_pairs = some;
        self.draft.pairs.clear();
        if some {
            for module in Module::ALL {
                self.draft.pairs.insert(module, self.own_direction(module));
            }
        }
    }

    /// Takes a pair in, in its own direction, or leaves it out.
    pub fn choose(&mut self, module: Module, chosen: bool) {
        let own = self.own_direction(module);
        if chosen {
            self.draft.pairs.entry(module).or_insert(own);
        } else {
            remove(&mut self.draft.pairs, &module);
        }
    }

    /// Chooses a pair's direction.
    pub fn turn(&mut self, module: Module, direction: Direction) {
        if let Some(chosen) = self.draft.pairs.get_mut(&module) {
            *chosen = direction;
        }
    }

    fn own_direction(&self, module: Module) -> Direction {
        self.settings.as_ref().map(|settings| settings.direction(module)).unwrap_or_default()
    }

    /// The direction of a pair: the chosen one, else its own.
    #[must_use]
    pub fn direction(&self, module: Module) -> Direction {
        self.draft.pairs.get(&module).copied().unwrap_or_else(|| self.own_direction(module))
    }

    /// The directions that can be chosen for a pair. One that its own setting has ruled out since is among them as long
    /// as it is chosen, so that it can be seen.
    #[must_use]
    pub fn directions(&self, module: Module) -> Vec<Direction> {
        let mut directions = directions(self.own_direction(module));
        let chosen = self.direction(module);
        if !directions.contains(&chosen) {
            directions.insert(0, chosen);
        }
        directions
    }

    /// Which choice of times is chosen.
    #[must_use]
    pub fn preset(&self) -> Preset {
        if self.own_times { Preset::Own } else { Preset::of(&self.draft.times) }
    }

    /// Chooses times. Own ones begin with those that are chosen.
    pub fn choose_preset(&mut self, preset: Preset) {
        self.own_times = preset == Preset::Own;
        if let Some(times) = preset.times() {
            self.draft.times = times;
        }
    }

    /// Adds a time in its place.
    pub fn add_time(&mut self, time: &str) {
        let times = &mut self.draft.times;
        if time_of_day(time).is_some() && !times.iter().any(|known| known == time) {
            times.insert(times.partition_point(|known| known.as_str() < time), time.to_owned());
        }
    }

    /// Removes a time.
    pub fn remove_time(&mut self, time: &str) {
        // Whoever removes one wants no preset any more.
        self.own_times = true;
        self.draft.times.retain(|known| known != time);
    }

    /// The times that can be added.
    #[must_use]
    pub fn free_times(&self) -> Vec<String> {
        (0..QUARTERS).map(quarter).filter(|time| !self.draft.times.contains(time)).collect()
    }

    /// The time that is added next: the picked one while it is free, else the first free one of the working day.
    #[must_use]
    pub fn offered_time(&self) -> Option<String> {
        let free = self.free_times();
        let picked = self.picked_time.as_ref().filter(|time| free.contains(time));
        picked.or_else(|| free.iter().find(|time| time.as_str() >= "09:00")).or_else(|| free.first()).cloned()
    }

    /// A zone was typed. `known` are the names that the browser knows: they are found whatever the case.
    pub fn type_zone(&mut self, typed: &str, known: &[String]) {
        let typed = typed.trim();
        let name = known.iter().find(|name| name.eq_ignore_ascii_case(typed)).map_or(typed, String::as_str);
        self.draft.time_zone = (!name.is_empty()).then(|| name.to_owned());
    }

    /// Chooses from when on changes count.
    pub fn choose_start(&mut self, rule: StartRule) {
        self.draft.start = rule;
    }

    /// Adds an address that is still to be typed.
    pub fn add_notice(&mut self) {
        self.draft.notices.push(Notice { address: String::new(), when: NoticeRule::default() });
    }

    /// Removes an address.
    pub fn remove_notice(&mut self, at: usize) {
        if at < self.draft.notices.len() {
            self.draft.notices.remove(at);
        }
    }

    /// An address was typed.
    pub fn type_address(&mut self, at: usize, address: &str) {
        if let Some(notice) = self.draft.notices.get_mut(at) {
            address.trim().clone_into(&mut notice.address);
        }
    }

    /// Chooses when an address is told.
    pub fn choose_notice(&mut self, at: usize, when: NoticeRule) {
        if let Some(notice) = self.draft.notices.get_mut(at) {
            notice.when = when;
        }
    }

    /// How the address of a notice stands; none while it is not saved, or is never told.
    #[must_use]
    pub fn standing(&self, at: usize) -> Option<AddressView> {
        let notice = self.draft.notices.get(at).filter(|notice| notice.when != NoticeRule::Never)?;
        let mut addresses = self.saved.as_ref()?.addresses.iter();
        addresses.find(|one| one.address.eq_ignore_ascii_case(&notice.address)).cloned()
    }

    /// Begins to ask the owner of a notice's address for a confirmation; none where that is not to be done.
    pub fn ask(&mut self, at: usize) -> Option<String> {
        let view = self.standing(at).filter(|view| can_ask(view.standing))?;
        if self.asking.is_some() {
            return None;
        }
        self.unasked = None;
        self.asking = Some(view.address);
        self.asking.clone()
    }

    /// The owner was asked, or not. Returns whether a letter has left.
    pub fn asked(&mut self, answer: Result<ScheduleView, Fault>) -> bool {
        self.asking = None;
        match (answer, &mut self.saved) {
            (Ok(view), Some(saved)) => {
                saved.addresses = view.addresses;
                true
            }
            (Ok(_), None) => false,
            (Err(fault), _) => {
                self.unasked = Some(fault);
                false
            }
        }
    }

    /// The next starts, or why there are none to be seen.
    #[must_use]
    pub fn next(&self) -> NextRuns<'_> {
        match &self.saved {
            _ if self.is_dirty() => NextRuns::AfterSaving,
            Some(saved) if !saved.next.is_empty() => NextRuns::At(saved),
            _ => NextRuns::Off,
        }
    }
}

impl Draft for ScheduleDraft {
    fn is_dirty(&self) -> bool {
        self.saved.as_ref().is_some_and(|saved| saved.schedule != self.draft) || self.lacks_pair()
    }
}

/// Whether the owner of an address that stands so can be asked for a confirmation.
#[must_use]
pub fn can_ask(standing: Standing) -> bool {
    matches!(standing, Standing::Waits | Standing::Unasked)
}

/// The next starts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum NextRuns<'a> {
    /// The schedule is off.
    Off,
    /// What is in sight is not saved yet.
    AfterSaving,
    /// These, and their zone.
    At(&'a ScheduleView),
}

/// `07:00, 19:00`; of many, the first two and the last.
#[must_use]
pub fn times_in_words(times: &[String]) -> String {
    match times {
        [first, second, .., last] if times.len() > MOST_IN_WORDS => format!("{first}, {second}, … {last}"),
        _ => times.join(", "),
    }
}

/// The path of the pairs, as the edge names it.
pub const PAIRS: &str = "schedule.pairs";
/// The path of the times.
pub const TIMES: &str = "schedule.times";
/// The path of the zone.
pub const ZONE: &str = "schedule.time_zone";
/// The path of the addresses.
pub const NOTICES: &str = "schedule.notices";

/// The path of a pair.
#[must_use]
pub fn pair_path(module: Module) -> String {
    format!("{PAIRS}.{}", module.api_name())
}

/// The path of an address.
#[must_use]
pub fn address_path(at: usize) -> String {
    format!("{NOTICES}.{at}.address")
}

/// The value of a rule in a control.
#[must_use]
pub fn notice_name(rule: NoticeRule) -> &'static str {
    match rule {
        NoticeRule::Always => "always",
        NoticeRule::OnFailure => "on_failure",
        NoticeRule::Never => "never",
    }
}

/// The rule of a control's value.
#[must_use]
pub fn notice_of(name: &str) -> Option<NoticeRule> {
    NOTICE_RULES.into_iter().find(|rule| notice_name(*rule) == name)
}

/// The rules in the order in which they are shown.
pub const NOTICE_RULES: [NoticeRule; 3] = [NoticeRule::Always, NoticeRule::OnFailure, NoticeRule::Never];

/// The value of a rule in a control.
#[must_use]
pub fn start_name(rule: StartRule) -> &'static str {
    match rule {
        StartRule::LastSync => "last_sync",
        StartRule::FirstScheduled => "first_scheduled",
    }
}

/// The rule of a control's value.
#[must_use]
pub fn start_of(name: &str) -> Option<StartRule> {
    START_RULES.into_iter().find(|rule| start_name(*rule) == name)
}

/// The rules in the order in which they are shown.
pub const START_RULES: [StartRule; 2] = [StartRule::LastSync, StartRule::FirstScheduled];
