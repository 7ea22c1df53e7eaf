//! The call budget under load.

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::join_all;
use ports::Clock;
use std::cell::Cell;
use std::time::Duration;
use upstream::xero::Budget;
use upstream::{Error, LimitScope};

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
}

#[tokio::test]
async fn at_most_five_calls_are_under_way() {
    let (clock, budget) = (Steady::new(), Budget::new());
    let (now, most) = (Cell::new(0), Cell::new(0));
    join_all((0..40).map(|_| async {
        let permit = budget.acquire(&clock).await.unwrap();
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
        permits.push(budget.acquire(&clock).await.unwrap());
    }
    assert!(tokio::time::timeout(Duration::ZERO, budget.acquire(&clock)).await.is_err());
    permits.pop();
    let sixth = budget.acquire(&clock).await.unwrap();
    assert_eq!(budget.view(clock.now()).in_flight, 5);
    drop((sixth, permits));
    assert_eq!(budget.view(clock.now()).in_flight, 0);
}

#[tokio::test]
async fn the_sixty_first_call_of_a_minute_waits_or_is_told_when() {
    let (clock, budget) = (Steady::new(), Budget::with_patience(Duration::from_secs(20)));
    for _ in 0..60 {
        drop(budget.acquire(&clock).await.unwrap());
    }
    let error = budget.acquire(&clock).await.unwrap_err();
    assert!(
        matches!(error, Error::RateLimited { scope: LimitScope::Minute, retry_after: Some(after), .. } if after == Duration::from_secs(60)),
        "{error:?}"
    );
    clock.sleep(Duration::from_secs(45)).await;
    drop(budget.acquire(&clock).await.unwrap());
    assert_eq!(clock.slept.get(), Duration::from_secs(60));
}
