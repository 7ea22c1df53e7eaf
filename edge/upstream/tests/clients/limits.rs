//! The call budget under load.

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::join_all;
use ports::Clock;
use shared::id::ZohoId;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::time::Duration;
use upstream::xero::{Budget, BudgetState};
use upstream::{Caller, Error, LimitScope, Purpose, Who};

/// Whom no share holds back.
static EVERYBODY: Caller = Caller { who: Who::Organisation, what: Purpose::Click, day_reserve: 0 };

struct Steady {
    now: Cell<DateTime<Utc>>,
    slept: Cell<Duration>,
}

impl Steady {
    fn new() -> Self {
        Self { now: Cell::new("2026-11-20T22:00:00Z".parse().unwrap()), slept: Cell::default() }
    }
}

impl Clock for Steady {
    fn now(&self) -> DateTime<Utc> {
        self.now.get()
    }

    async fn sleep(&self, duration: Duration) {
        self.slept.set(self.slept.get() + duration);
        self.now.set(self.now.get() + TimeDelta::from_std(duration).unwrap());
    }

    async fn patience(&self, _: Duration) {
        std::future::pending().await
    }
}

#[tokio::test]
async fn at_most_five_calls_are_under_way() {
    let (clock, budget) = (Steady::new(), Budget::new());
    let (now, most) = (Cell::new(0), Cell::new(0));
    join_all((0..40).map(|_| async {
        let permit = budget.acquire(&clock, &EVERYBODY).await.unwrap();
        now.set(now.get() + 1);
        most.set(most.get().max(now.get()));
        for _ in 0..3 {
            tokio::task::yield_now().await;
        }
        now.set(now.get() - 1);
        drop(permit);
    }))
    .await;
    assert_eq!(most.get(), 5);
    let view = budget.view(clock.now());
    assert_eq!((view.in_flight, view.minute_used), (0, 40));
    assert_eq!(clock.slept.get(), Duration::ZERO);
}

#[tokio::test]
async fn an_abandoned_wait_takes_nobody_s_place() {
    let (clock, budget) = (Steady::new(), Budget::new());
    let mut permits = Vec::new();
    for _ in 0..5 {
        permits.push(budget.acquire(&clock, &EVERYBODY).await.unwrap());
    }
    assert!(tokio::time::timeout(Duration::ZERO, budget.acquire(&clock, &EVERYBODY)).await.is_err());
    permits.pop();
    let sixth = budget.acquire(&clock, &EVERYBODY).await.unwrap();
    assert_eq!(budget.view(clock.now()).in_flight, 5);
    drop((sixth, permits));
    assert_eq!(budget.view(clock.now()).in_flight, 0);
}

/// A clock that stands still, however long somebody waits.
struct Still(DateTime<Utc>);

impl Clock for Still {
    fn now(&self) -> DateTime<Utc> {
        self.0
    }

    async fn sleep(&self, _: Duration) {
        std::future::pending().await
    }

    async fn patience(&self, _: Duration) {
        std::future::pending().await
    }
}

#[tokio::test]
async fn whoever_waits_for_an_instant_and_is_let_go_before_it_has_the_call_and_gives_its_place_back() {
    let (steady, budget) = (Steady::new(), Budget::with_patience(Duration::from_secs(120)));
    for _ in 0..60 {
        drop(budget.acquire(&steady, &EVERYBODY).await.unwrap());
    }
    let still = Still(steady.now());
    for _ in 0..10 {
        let wait = async { drop(budget.acquire(&still, &EVERYBODY).await.unwrap()) };
        // Another organisation of Xero's is called from now on: nothing of the minute is used.
        let change = async {
            tokio::task::yield_now().await;
            budget.forget();
        };
        let both = async { tokio::join!(wait, change) };
        tokio::time::timeout(Duration::from_secs(5), both).await.expect("whoever may go goes");
        assert_eq!(budget.view(still.now()).in_flight, 0, "no place is lost");
        for _ in 0..60 - budget.view(still.now()).minute_used {
            drop(budget.acquire(&still, &EVERYBODY).await.unwrap());
        }
    }
}

#[tokio::test]
async fn a_call_that_was_cut_off_holds_its_place_for_a_minute_and_no_longer() {
    let (clock, budget) = (Steady::new(), Budget::new());
    for _ in 0..5 {
        // As workerd does with whoever was cut off: nothing is ever dropped.
        std::mem::forget(budget.acquire(&clock, &EVERYBODY).await.unwrap());
    }
    assert!(tokio::time::timeout(Duration::ZERO, budget.acquire(&clock, &EVERYBODY)).await.is_err());
    clock.sleep(Duration::from_secs(61)).await;
    drop(budget.acquire(&clock, &EVERYBODY).await.unwrap());
}

#[tokio::test]
async fn the_sixty_first_call_of_a_minute_waits_or_is_told_when() {
    let (clock, budget) = (Steady::new(), Budget::with_patience(Duration::from_secs(20)));
    for _ in 0..60 {
        drop(budget.acquire(&clock, &EVERYBODY).await.unwrap());
    }
    let error = budget.acquire(&clock, &EVERYBODY).await.unwrap_err();
    assert!(
        matches!(error, Error::RateLimited { scope: LimitScope::Minute, retry_after: Some(after), .. } if after == Duration::from_secs(60)),
        "{error:?}"
    );
    clock.sleep(Duration::from_secs(45)).await;
    drop(budget.acquire(&clock, &EVERYBODY).await.unwrap());
    assert_eq!(clock.slept.get(), Duration::from_secs(60));
}

#[test]
fn what_was_known_of_the_day_survives_and_grows_old() {
    let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
    let kept = BudgetState {
        day_remaining: Some(700),
        day_limit: Some(5_000),
        day_until: None,
        learned_at: Some(at("2026-11-20T22:00:00Z")),
        zoho_credits: Some(2_400),
        day_used: [("4150".to_owned(), 12)].into(),
    };
    // It goes through JSON, as the database keeps it.
    let read: BudgetState = serde_json::from_str(&serde_json::to_string(&kept).unwrap()).unwrap();
    assert_eq!(read, kept);
    let budget = Budget::new();
    assert_eq!((budget.state(), budget.day_remaining(at("2026-11-20T22:00:00Z"))), (BudgetState::default(), None));
    budget.restore(&read);
    assert_eq!(budget.state(), kept);
    // What is older, or of the same moment, changes nothing; what is newer does.
    for learned_at in [None, Some(at("2026-11-20T21:59:59Z")), kept.learned_at] {
        budget.restore(&BudgetState { day_remaining: Some(1), learned_at, ..BudgetState::default() });
        assert_eq!(budget.state(), kept);
    }
    let newer = BudgetState {
        day_remaining: Some(650),
        learned_at: Some(at("2026-11-20T22:10:00Z")),
        zoho_credits: None,
        ..kept.clone()
    };
    budget.restore(&BudgetState { day_used: BTreeMap::new(), ..newer.clone() });
    assert_eq!(budget.state(), BudgetState { zoho_credits: Some(2_400), ..newer });
    budget.note_zoho_credits(None);
    assert_eq!(budget.state().zoho_credits, Some(2_400));
    budget.note_zoho_credits(Some(2_399));
    assert_eq!(budget.state().zoho_credits, Some(2_399));
    // The window resets once a day; the limit is the plan's and stays.
    assert_eq!(budget.day_remaining(at("2026-11-21T22:09:59Z")), Some(650));
    assert_eq!(budget.day_remaining(at("2026-11-21T22:10:00Z")), None);
    assert_eq!((budget.state().day_remaining, budget.state().day_limit), (None, Some(5_000)));
}

#[tokio::test]
async fn a_day_limit_that_was_kept_still_holds_and_ends() {
    let clock = Steady::new();
    let until = clock.now() + TimeDelta::hours(3);
    let budget = Budget::new();
    budget.restore(&BudgetState {
        day_remaining: Some(0),
        day_limit: Some(1_000),
        day_until: Some(until),
        learned_at: Some(clock.now()),
        zoho_credits: None,
        day_used: BTreeMap::new(),
    });
    let error = budget.acquire(&clock, &EVERYBODY).await.unwrap_err();
    assert!(
        matches!(error, Error::RateLimited { scope: LimitScope::Day, retry_after: Some(after), .. } if after == Duration::from_secs(10_800)),
        "{error:?}"
    );
    assert_eq!(budget.day_remaining(clock.now()), Some(0));
    clock.sleep(Duration::from_secs(10_800)).await;
    // How many calls the new day has left is not known before Xero tells.
    assert_eq!(budget.day_remaining(clock.now()), None);
    assert!(budget.acquire(&clock, &EVERYBODY).await.is_ok());
}

fn caller(id: &str, what: Purpose) -> Caller {
    Caller { who: Who::Person(ZohoId::new(id).unwrap()), what, day_reserve: 0 }
}

#[tokio::test]
async fn whoever_waits_gets_their_turn_in_a_fair_order() {
    let (clock, budget, went) = (Steady::new(), Budget::new(), RefCell::new(Vec::new()));
    // The first one has had a call of this minute, the second one none.
    drop(budget.acquire(&clock, &caller("1", Purpose::Click)).await.unwrap());
    let mut taken = Vec::new();
    for _ in 0..5 {
        taken.push(budget.acquire(&clock, &EVERYBODY).await.unwrap());
    }
    let wait = |name: &'static str, caller: Caller| {
        let (clock, budget, went) = (&clock, &budget, &went);
        async move {
            let permit = budget.acquire(clock, &caller).await.unwrap();
            went.borrow_mut().push(name);
            tokio::task::yield_now().await;
            drop(permit);
        }
    };
    let free = async {
        tokio::task::yield_now().await;
        taken.clear();
    };
    let waiting = [
        wait("a preview", caller("1", Purpose::Reading)),
        wait("a run", caller("1", Purpose::Run)),
        wait("a run that came later", caller("1", Purpose::Run)),
        wait("a click", caller("1", Purpose::Click)),
        wait("a click of somebody who had fewer calls", caller("2", Purpose::Click)),
    ];
    futures_util::join!(join_all(waiting), free);
    assert_eq!(
        went.take(),
        ["a click of somebody who had fewer calls", "a click", "a run", "a run that came later", "a preview",]
    );
}

#[tokio::test]
async fn whoever_never_comes_back_holds_up_nobody() {
    let (clock, budget) = (Steady::new(), Budget::new());
    let mut taken = Vec::new();
    for _ in 0..5 {
        taken.push(budget.acquire(&clock, &EVERYBODY).await.unwrap());
    }
    let (click, preview) = (caller("1", Purpose::Click), caller("2", Purpose::Reading));
    let mut lost = Box::pin(budget.acquire(&clock, &click));
    assert!(tokio::time::timeout(Duration::ZERO, &mut lost).await.is_err());
    taken.clear();
    // It would be the click's turn.
    let mut waits = Box::pin(budget.acquire(&clock, &preview));
    assert!(tokio::time::timeout(Duration::ZERO, &mut waits).await.is_err());
    clock.sleep(Duration::from_secs(20)).await;
    drop(waits);
    let mut waits = Box::pin(budget.acquire(&clock, &preview));
    clock.sleep(Duration::from_secs(6)).await;
    assert!(tokio::time::timeout(Duration::ZERO, &mut waits).await.unwrap().is_ok());
}

#[tokio::test]
async fn what_one_person_has_used_of_the_day_is_kept() {
    let (clock, budget) = (Steady::new(), Budget::new());
    let ana = caller("1", Purpose::Click);
    for _ in 0..3 {
        drop(budget.acquire(&clock, &ana).await.unwrap());
    }
    drop(budget.acquire(&clock, &EVERYBODY).await.unwrap());
    assert_eq!(budget.unkept(), 4);
    assert_eq!(budget.keep().day_used, [("1".to_owned(), 3)].into());
    assert_eq!(budget.unkept(), 0);
    let next = Budget::new();
    let (day_used, learned_at) = ([("1".to_owned(), 300)].into(), Some(clock.now()));
    next.restore(&BudgetState { day_used, learned_at, day_remaining: Some(299), ..BudgetState::default() });
    let error = next.acquire(&clock, &ana).await.unwrap_err();
    assert!(matches!(error, Error::RateLimited { scope: LimitScope::DayShare, .. }), "{error:?}");
    assert!(next.acquire(&clock, &caller("2", Purpose::Click)).await.is_ok());
}
