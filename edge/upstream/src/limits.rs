//! Xero's limits for one organisation, and everybody's share of them: whether a call may begin now, and if not, when.
//!
//! Pure: the time is an argument. [`crate::budget`] waits for what is decided here.

use crate::LimitScope;
use chrono::{DateTime, TimeDelta, Utc};
use shared::id::ZohoId;
use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

/// Calls at the same time, for each organisation.
pub(crate) const CONCURRENT: usize = 5;
/// Calls a minute, for each organisation.
pub(crate) const A_MINUTE: usize = 60;
/// The window in which they are counted.
const WINDOW: TimeDelta = TimeDelta::seconds(60);

/// Calls at the same time that are not for a click: one is always left for one.
const CONCURRENT_UNASKED: usize = 4;
/// Calls at the same time for one person.
const CONCURRENT_PERSON: usize = 3;
/// Calls of a minute that only clicks use: what a click on a document with a customer and products takes.
const MINUTE_RESERVE: usize = 5;
/// The same within a minute of a click: who has clicked once clicks again.
const MINUTE_RESERVE_CLICKED: usize = 20;
/// Calls of a minute that one person may have whatever others use: a click that was begun comes to its end.
const MINUTE_PERSON: usize = 5;
/// Calls of runs within [`PACE_WINDOW`]. A run that took its minute in one burst would leave nothing until that minute
/// is over; so something becomes free every few seconds, and whoever clicks gets it first.
const PACE: usize = 10;
const PACE_WINDOW: TimeDelta = TimeDelta::seconds(10);

/// Calls of a day that one person may have as long as there are any: a tenth of Xero's smallest day.
const DAY_PERSON: u32 = 100;
/// How long a share of the day is refused by what Xero said of it. Its day begins at a time that nobody knows, so one
/// call asks again.
const DAY_TOLD: TimeDelta = TimeDelta::hours(1);

/// Calls a day on Xero's Starter plan, and on every other one.
const DAY_LIMITS: [u32; 2] = [1_000, 5_000];
/// By how much the calls left rise at least where a new day has begun. Answers that overtake each other differ by less.
const NEW_DAY: u32 = 100;

/// What a call is made for, the most urgent first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Purpose {
    /// Somebody changes something and waits for it.
    Click,
    /// A run, by whomever.
    Run,
    /// Something is shown: a preview, a list to choose from.
    Reading,
}

/// Whose share a call takes from.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Who {
    /// This user's of the CRM.
    Person(ZohoId),
    /// Nobody's: what the organisation does as a whole, by its schedule or for all of its records.
    Organisation,
}

/// For whom Xero is called, and for what. Every caller has to say it, so there is no default.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// Whose share it takes from.
    pub who: Who,
    /// What for.
    pub what: Purpose,
    /// Calls of Xero's day that are left for clicks; a click itself leaves none.
    pub day_reserve: u32,
}

/// A call that has begun.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Begun {
    pub(crate) at: DateTime<Utc>,
    pub(crate) who: Who,
    pub(crate) what: Purpose,
}

/// A call that has not ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct UnderWay {
    /// The number of its permit.
    pub(crate) permit: u64,
    pub(crate) call: Begun,
}

/// After how long a call that has not ended is taken for lost, with its place: whoever made it may have been cut off
/// without giving it back. No call is waited for so long ([`crate::call::TIMEOUT`]).
const LOST: TimeDelta = TimeDelta::seconds(60);

/// What is known of the limits, and who used what.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Limits {
    /// Calls under way.
    pub(crate) under_way: Vec<UnderWay>,
    /// The calls of the last minute, oldest first.
    pub(crate) recent: VecDeque<Begun>,
    pub(crate) minute_until: Option<DateTime<Utc>>,
    pub(crate) app_until: Option<DateTime<Utc>>,
    pub(crate) day_until: Option<DateTime<Utc>>,
    pub(crate) day_remaining: Option<u32>,
    pub(crate) day_limit: Option<u32>,
    /// Calls of each person in Xero's day so far.
    pub(crate) day_used: BTreeMap<String, u32>,
    /// When Xero last told of the day.
    pub(crate) learned_at: Option<DateTime<Utc>>,
    pub(crate) zoho_credits: Option<u32>,
}

/// Whether a call may begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Admission {
    Go,
    /// When one of the calls under way has ended.
    Busy,
    /// After so long, as things stand.
    Later(LimitScope, Duration),
    /// Not before so long: there is no point in waiting for it.
    Refuse(LimitScope, Duration),
}

impl Limits {
    /// Whether a call may begin now, as if nobody else waited.
    pub(crate) fn admit(&self, caller: &Caller, now: DateTime<Utc>) -> Admission {
        if let Some((scope, until)) = self.day_stops(caller, now) {
            return Admission::Refuse(scope, duration(until - now));
        }
        match self.first_instant(caller, now) {
            Some((_, at)) if at <= now => match self.has_vacancy(caller) {
                true => Admission::Go,
                false => Admission::Busy,
            },
            Some((scope, at)) => Admission::Later(scope, duration(at - now)),
            // Never while what is in the window stays there, which it does not.
            None => Admission::Later(LimitScope::Minute, duration(WINDOW)),
        }
    }

    /// A caller's place among those who wait, the first one smallest: by what for, then by how much they had already.
    pub(crate) fn rank(&self, caller: &Caller) -> (Purpose, usize) {
        (caller.what, self.recent.iter().filter(|one| one.who == caller.who).count())
    }

    /// Counts a call that begins.
    pub(crate) fn begin(&mut self, permit: u64, caller: &Caller, now: DateTime<Utc>) {
        let call = Begun { at: now, who: caller.who.clone(), what: caller.what };
        self.under_way.push(UnderWay { permit, call: call.clone() });
        self.recent.push_back(call);
        if let Who::Person(id) = &caller.who {
            let used = self.day_used.entry(id.to_string()).or_default();
            *used = used.saturating_add(1);
        }
    }

    /// A call has ended.
    pub(crate) fn end(&mut self, permit: u64) {
        self.under_way.retain(|one| one.permit != permit);
    }

    /// Takes over how many calls Xero says are left of its day.
    pub(crate) fn learn_day(&mut self, remaining: u32, now: DateTime<Utc>) {
        let [starter, others] = DAY_LIMITS;
        let began = self.day_remaining.is_some_and(|before| remaining > before.saturating_add(NEW_DAY));
        if began {
            self.day_used.clear();
        }
        self.day_limit = Some(match self.day_limit {
            _ if remaining > starter => others,
            Some(known) if !began => known,
            _ => starter,
        });
        self.day_remaining = Some(remaining);
        self.learned_at = Some(now);
    }

    /// Drops what no longer counts.
    pub(crate) fn forget(&mut self, now: DateTime<Utc>) {
        let old = self.learned_at.is_none_or(|at| at + TimeDelta::hours(24) <= now);
        // The calls left were told before the limit ended; an answer after its end would have told of the new day.
        let reset = self.day_until.is_some_and(|until| until <= now && self.learned_at.is_none_or(|at| at < until));
        if self.day_remaining.is_some() && (old || reset) {
            self.day_remaining = None;
            self.day_used.clear();
        }
        self.under_way.retain(|one| one.call.at + LOST > now);
        while self.recent.front().is_some_and(|call| call.at + WINDOW <= now) {
            self.recent.pop_front();
        }
        for until in [&mut self.minute_until, &mut self.app_until, &mut self.day_until] {
            *until = until.filter(|until| *until > now);
        }
    }

    /// What of the day stops the caller, and until when.
    fn day_stops(&self, caller: &Caller, now: DateTime<Utc>) -> Option<(LimitScope, DateTime<Utc>)> {
        if let Some(until) = self.day_until.filter(|until| *until > now) {
            return Some((LimitScope::Day, until));
        }
        let until = self.learned_at? + DAY_TOLD;
        let left = self.day_remaining.filter(|_| until > now)?;
        let left = if caller.what == Purpose::Click { left } else { left.saturating_sub(caller.day_reserve) };
        if left == 0 && caller.what != Purpose::Click {
            return Some((LimitScope::DayReserve, until));
        }
        let Who::Person(id) = &caller.who else { return None };
        // Half of what others have left: as much as is left beyond it.
        let used = self.day_used.get(id.as_str()).copied().unwrap_or_default();
        (used >= left.max(DAY_PERSON)).then_some((LimitScope::DayShare, until))
    }

    /// From when on the minute lets the caller begin, if nobody else does meanwhile.
    fn first_instant(&self, caller: &Caller, now: DateTime<Utc>) -> Option<(LimitScope, DateTime<Utc>)> {
        let told = [(LimitScope::App, self.app_until), (LimitScope::Minute, self.minute_until)];
        let told = told.into_iter().filter_map(|(scope, until)| Some((scope, until.filter(|until| *until > now)?)));
        let told = told.max_by_key(|(_, until)| *until);
        let begin = told.map_or(now, |(_, until)| until);
        let Some(stops) = self.minute_stops(caller, begin) else {
            return Some((told.map_or(LimitScope::Minute, |(scope, _)| scope), begin));
        };
        // Something changes only when a call leaves one of the windows.
        let leaving = |window: TimeDelta| self.recent.iter().map(move |call| call.at + window);
        let mut instants: Vec<_> = leaving(PACE_WINDOW).chain(leaving(WINDOW)).filter(|at| *at > begin).collect();
        instants.sort_unstable();
        instants.dedup();
        let at = instants.into_iter().find(|at| self.minute_stops(caller, *at).is_none())?;
        Some((stops, at))
    }

    /// What of the minute keeps the caller from one more call at an instant: everybody's calls, or the caller's own; none
    /// when it may begin.
    fn minute_stops(&self, caller: &Caller, at: DateTime<Utc>) -> Option<LimitScope> {
        let within = |window: TimeDelta| self.recent.iter().filter(move |call| call.at + window > at);
        let limit = match caller.what {
            Purpose::Click => A_MINUTE,
            Purpose::Run | Purpose::Reading => match within(WINDOW).any(|call| call.what == Purpose::Click) {
                true => A_MINUTE - MINUTE_RESERVE_CLICKED,
                false => A_MINUTE - MINUTE_RESERVE,
            },
        };
        let all = within(WINDOW).count();
        if all >= limit {
            return Some(LimitScope::Minute);
        }
        if caller.what == Purpose::Run && within(PACE_WINDOW).filter(|call| call.what == Purpose::Run).count() >= PACE {
            return Some(LimitScope::Minute);
        }
        if caller.who == Who::Organisation {
            return None;
        }
        // What somebody has looked at is not taken from what they may click: it is gone for everybody alike.
        let own = within(WINDOW).filter(|call| call.who == caller.who && call.what <= caller.what).count();
        let half = (limit - (all - own)).div_ceil(2);
        (own >= half.max(MINUTE_PERSON)).then_some(LimitScope::MinuteShare)
    }

    /// Whether one more call may be under way.
    fn has_vacancy(&self, caller: &Caller) -> bool {
        let count = |counts: &dyn Fn(&Who, Purpose) -> bool| {
            self.under_way.iter().filter(|one| counts(&one.call.who, one.call.what)).count()
        };
        let unasked = || count(&|_, what| what != Purpose::Click) < CONCURRENT_UNASKED;
        let own = || count(&|who, _| *who == caller.who) < CONCURRENT_PERSON;
        self.under_way.len() < CONCURRENT
            && (caller.what == Purpose::Click || unasked())
            && (caller.who == Who::Organisation || own())
    }
}

fn duration(delta: TimeDelta) -> Duration {
    delta.to_std().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000 + second, 0).unwrap()
    }

    fn person(id: &str) -> Who {
        Who::Person(ZohoId::new(id).unwrap())
    }

    fn caller(who: Who, what: Purpose) -> Caller {
        Caller { who, what, day_reserve: 100 }
    }

    fn calls(second: i64, count: usize, who: &Who, what: Purpose) -> Vec<Begun> {
        vec![Begun { at: at(second), who: who.clone(), what }; count]
    }

    fn used(calls: impl IntoIterator<Item = Vec<Begun>>) -> Limits {
        let mut recent: Vec<Begun> = calls.into_iter().flatten().collect();
        recent.sort_by_key(|call| call.at);
        Limits { recent: recent.into(), ..Limits::default() }
    }

    const GO: Admission = Admission::Go;

    fn later(seconds: u64) -> Admission {
        Admission::Later(LimitScope::Minute, Duration::from_secs(seconds))
    }

    /// It is the caller's own share that is used up: others can go on.
    fn share(seconds: u64) -> Admission {
        Admission::Later(LimitScope::MinuteShare, Duration::from_secs(seconds))
    }

    #[test]
    fn the_minute_and_everybody_s_share_of_it() {
        use Purpose::{Click, Reading, Run};
        let (ana, sam, all) = (|| person("1"), || person("2"), || Who::Organisation);
        // Spread, so that no run is held back for its pace.
        let run = |count: i64| (0..count).flat_map(|second| calls(second % 50, 1, &all(), Run)).collect::<Vec<_>>();
        let table = [
            ("nothing was called", used([]), caller(sam(), Reading), GO),
            ("a run leaves 5", used([calls(0, 54, &all(), Reading)]), caller(all(), Run), GO),
            ("no more", used([calls(0, 55, &all(), Reading)]), caller(all(), Run), later(10)),
            ("to a click", used([calls(0, 55, &all(), Reading)]), caller(sam(), Click), GO),
            ("and to no preview", used([calls(0, 55, &all(), Reading)]), caller(sam(), Reading), later(10)),
            ("60 is the end", used([calls(0, 60, &all(), Reading)]), caller(sam(), Click), later(10)),
            (
                "after a click a run leaves 20",
                used([calls(0, 39, &all(), Reading), calls(0, 1, &ana(), Click)]),
                caller(all(), Run),
                later(10),
            ),
            (
                "up to then it goes on",
                used([calls(0, 38, &all(), Reading), calls(0, 1, &ana(), Click)]),
                caller(all(), Run),
                GO,
            ),
            ("a run keeps its pace", used([calls(45, 10, &all(), Run)]), caller(all(), Run), later(5)),
            ("which holds up no click", used([calls(45, 10, &all(), Run)]), caller(sam(), Click), GO),
            ("one person alone has half", used([calls(0, 27, &sam(), Reading)]), caller(sam(), Reading), GO),
            ("of 55", used([calls(0, 28, &sam(), Reading)]), caller(sam(), Reading), share(10)),
            ("and of 60", used([calls(0, 30, &sam(), Click)]), caller(sam(), Click), share(10)),
            ("which leaves the other half", used([calls(0, 30, &sam(), Click)]), caller(ana(), Click), GO),
            (
                "half of what others leave",
                used([calls(0, 40, &ana(), Click), calls(0, 10, &sam(), Click)]),
                caller(sam(), Click),
                share(10),
            ),
            (
                "what they have read is not theirs",
                used([calls(0, 20, &sam(), Reading), calls(0, 19, &sam(), Click)]),
                caller(sam(), Click),
                GO,
            ),
            (
                "and no more",
                used([calls(0, 20, &sam(), Reading), calls(0, 20, &sam(), Click)]),
                caller(sam(), Click),
                share(10),
            ),
            ("but 5 as long as there are any", used([run(55), calls(0, 4, &sam(), Click)]), caller(sam(), Click), GO),
        ];
        for (name, limits, caller, expected) in table {
            assert_eq!(limits.admit(&caller, at(50)), expected, "{name}");
        }
    }

    #[test]
    fn what_xero_said_of_its_limits() {
        let click = caller(person("1"), Purpose::Click);
        let seconds = Duration::from_secs;
        let table = [
            ("a minute limit", Limits { minute_until: Some(at(70)), ..Limits::default() }, later(20)),
            (
                "the app's limit is longer",
                Limits { minute_until: Some(at(55)), app_until: Some(at(60)), ..Limits::default() },
                Admission::Later(LimitScope::App, seconds(10)),
            ),
            (
                "a day limit comes before everything",
                Limits { minute_until: Some(at(70)), day_until: Some(at(5000)), ..Limits::default() },
                Admission::Refuse(LimitScope::Day, seconds(4950)),
            ),
            ("one that has passed", Limits { day_until: Some(at(50)), ..Limits::default() }, GO),
        ];
        for (name, limits, expected) in table {
            assert_eq!(limits.admit(&click, at(50)), expected, "{name}");
        }
    }

    #[test]
    fn the_day_and_everybody_s_share_of_it() {
        use Purpose::{Click, Reading, Run};
        let day = |left: u32, own: u32| Limits {
            day_remaining: Some(left),
            learned_at: Some(at(0)),
            day_used: [("1".to_owned(), own)].into(),
            ..Limits::default()
        };
        let refuse = |scope| Admission::Refuse(scope, Duration::from_secs(3_550));
        let (reserve, share) = (refuse(LimitScope::DayReserve), refuse(LimitScope::DayShare));
        let one = |what| caller(person("1"), what);
        let table = [
            ("runs leave the reserve", day(100, 0), caller(Who::Organisation, Run), reserve),
            ("one more is a run's", day(101, 0), caller(Who::Organisation, Run), GO),
            ("previews leave it, too", day(100, 0), one(Reading), reserve),
            ("lists of somebody, too", day(100, 0), one(Run), reserve),
            ("it is for clicks", day(100, 0), one(Click), GO),
            ("one person has half", day(499, 500), one(Click), share),
            ("half is theirs", day(501, 500), one(Click), GO),
            ("of what is beyond the reserve", day(599, 500), one(Reading), share),
            ("a hundred are everybody's", day(3, 99), one(Click), GO),
            ("no more than those", day(3, 100), one(Click), share),
            ("another one's use is not theirs", day(3, 500), caller(person("2"), Click), GO),
            ("a run of all records is nobody's", day(499, 500), caller(Who::Organisation, Run), GO),
        ];
        for (name, limits, caller, expected) in table {
            assert_eq!(limits.admit(&caller, at(50)), expected, "{name}");
            // What was told an hour ago is asked again.
            assert_eq!(limits.admit(&caller, at(3_600)), GO, "{name}");
        }
    }

    #[test]
    fn a_new_day_begins_with_new_shares() {
        let mut limits = Limits::default();
        let caller = caller(person("1"), Purpose::Click);
        limits.begin(1, &caller, at(0));
        limits.learn_day(700, at(0));
        assert_eq!((limits.day_used["1"], limits.day_limit), (1, Some(1_000)));
        limits.learn_day(790, at(1));
        assert_eq!(limits.day_used["1"], 1, "answers overtake each other");
        limits.learn_day(999, at(2));
        assert_eq!((limits.day_used.len(), limits.day_limit), (0, Some(1_000)));
        limits.begin(2, &caller, at(3));
        limits.forget(at(3 + 24 * 3_600));
        assert_eq!((limits.day_used.len(), limits.day_remaining), (0, None));
    }

    #[test]
    fn calls_at_the_same_time() {
        use Purpose::{Click, Reading, Run};
        let under_way = |calls: &[(&str, Purpose)]| Limits {
            under_way: calls
                .iter()
                .map(|(id, what)| UnderWay { permit: 0, call: Begun { at: at(0), who: person(id), what: *what } })
                .collect(),
            ..Limits::default()
        };
        let (run, click, read) =
            (caller(Who::Organisation, Run), caller(person("1"), Click), caller(person("1"), Reading));
        let table = [
            (under_way(&[("2", Click), ("2", Click), ("3", Run), ("3", Run)]), &click, GO),
            (under_way(&[("2", Click), ("2", Click), ("3", Run), ("3", Run), ("4", Click)]), &click, Admission::Busy),
            (under_way(&[("2", Reading), ("2", Run), ("3", Run), ("3", Run)]), &run, Admission::Busy),
            (under_way(&[("2", Reading), ("2", Run), ("3", Run), ("3", Run)]), &click, GO),
            (under_way(&[("2", Reading), ("2", Run), ("3", Run), ("3", Click)]), &run, GO),
            (under_way(&[("1", Click), ("1", Click), ("1", Click)]), &click, Admission::Busy),
            (under_way(&[("1", Click), ("1", Click), ("1", Click)]), &run, GO),
            (under_way(&[("1", Click), ("1", Reading)]), &read, GO),
        ];
        for (limits, caller, expected) in table {
            assert_eq!(limits.admit(caller, at(0)), expected, "{limits:?}");
        }
    }

    #[test]
    fn clicks_go_before_runs_before_previews_and_then_whoever_had_least() {
        let limits = used([calls(0, 3, &person("1"), Purpose::Click)]);
        let rank = |id: &str, what| limits.rank(&caller(person(id), what));
        assert!(rank("1", Purpose::Click) < rank("2", Purpose::Run));
        assert!(rank("1", Purpose::Run) < rank("2", Purpose::Reading));
        assert!(rank("2", Purpose::Click) < rank("1", Purpose::Click));
    }
}
