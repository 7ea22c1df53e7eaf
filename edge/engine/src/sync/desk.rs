//! What the requests of one organisation share: tokens, the call budget, turns at a record, steps under way.
//!
//! It lives in the organisation's Durable Object. Everything in it may be lost at any time without harm.

use super::Key;
use crate::access::tokens::TokenDesk;
use futures_util::lock::{Mutex, OwnedMutexGuard};
use shared::api::Step;
use shared::id::ZohoOrgId;
use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;
use upstream::xero::Budget;

/// What the requests of one organisation share.
#[derive(Debug, Default)]
pub struct Desk {
    /// Access tokens, one refresh at a time.
    pub tokens: TokenDesk,
    /// Xero's limits.
    pub budget: Budget,
    turns: RefCell<HashMap<Place, Arc<Mutex<()>>>>,
    steps: RefCell<HashMap<Place, Vec<Step>>>,
}

/// A record of an organisation.
type Place = (ZohoOrgId, Key);

/// Turns that are held until this is dropped.
#[derive(Debug)]
pub struct Turns<'a> {
    desk: &'a Desk,
    held: Vec<OwnedMutexGuard<()>>,
}

impl Desk {
    /// Waits until nobody else works on these records. A second click waits for the first and then finds its work done.
    pub async fn turns(&self, org: &ZohoOrgId, keys: &[Key]) -> Turns<'_> {
        let mut held = Vec::with_capacity(keys.len());
        for key in keys {
            let turn = self.turns.borrow_mut().entry((org.clone(), key.clone())).or_default().clone();
            held.push(turn.lock_owned().await);
        }
        Turns { desk: self, held }
    }

    /// Begins to show a record's steps, until the guard is dropped.
    pub fn begin(&self, org: &ZohoOrgId, key: &Key) -> Progress<'_> {
        let place = (org.clone(), key.clone());
        self.steps.borrow_mut().insert(place.clone(), Vec::new());
        Progress { desk: self, place }
    }

    /// Notes that a record's sync has come to a step.
    pub fn step(&self, org: &ZohoOrgId, key: &Key, step: Step) {
        if let Some(steps) = self.steps.borrow_mut().get_mut(&(org.clone(), key.clone()))
            && steps.last() != Some(&step)
        {
            steps.push(step);
        }
    }

    /// The steps of a record's sync so far.
    #[must_use]
    pub fn steps(&self, org: &ZohoOrgId, key: &Key) -> Vec<Step> {
        self.steps.borrow().get(&(org.clone(), key.clone())).cloned().unwrap_or_default()
    }
}

impl Drop for Turns<'_> {
    fn drop(&mut self) {
        self.held.clear();
        // Locks that nobody holds or waits for are forgotten, or the map would grow for ever.
        self.desk.turns.borrow_mut().retain(|_, turn| Arc::strong_count(turn) > 1);
    }
}

/// Shows a record's steps until it is dropped.
#[derive(Debug)]
pub struct Progress<'a> {
    desk: &'a Desk,
    place: Place,
}

impl Drop for Progress<'_> {
    fn drop(&mut self) {
        self.desk.steps.borrow_mut().remove(&self.place);
    }
}
