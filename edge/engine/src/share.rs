//! Everybody's share of an organisation's Durable Object: how many requests a session sends, how many of them ask a
//! vendor at the same time, and how many streams are open. `SECURITY.md` has the table of all shares.
//!
//! The time is an argument, and nothing is kept: what is lost with the object is filled anew.

use crate::access::Refusal;
use crate::store::sessions::SessionKey;
use chrono::{DateTime, TimeDelta, Utc};
use shared::api::address::Asks;
use shared::id::ZohoId;
use shared::problem::Code;
use std::cell::RefCell;
use std::collections::HashMap;
use std::task::{Poll, Waker};

/// All requests of a session. Twenty tabs that are opened at once send some 60, and each that syncs asks for its steps
/// twice a second.
const REQUESTS: Rate = Rate { size: 400, every: TimeDelta::milliseconds(200) };

/// Those that call a vendor. Twenty tabs and a click in each are 40; nobody clicks faster than once a second for long.
const VENDOR_REQUESTS: Rate = Rate { size: 60, every: TimeDelta::seconds(1) };

/// Requests of a session that call a vendor at the same time: half of the calls that the smallest edition of the CRM
/// takes at once (<https://www.zoho.com/crm/developer/docs/api/v8/api-limits.html>).
const AT_ONCE: usize = 5;

/// Requests that wait for one of those to end: all of twenty tabs.
const IN_LINE: usize = 25;

/// After how long it is worth another try when they are too many.
const LINE_MOVES: TimeDelta = TimeDelta::seconds(5);

/// Streams of a user, in all sessions: a person watches a run, perhaps in two tabs.
const STREAMS: usize = 3;

/// Streams of an organisation, whose object works for each of them every second.
const STREAMS_OF_ALL: usize = 20;

/// How long a stream that is not read any more counts.
const STREAM_SILENT: TimeDelta = TimeDelta::seconds(30);

/// Sessions that are remembered before those are forgotten whose buckets are full again.
const REMEMBERED: usize = 1_000;

/// A bucket: so many at once, and another one after each interval.
#[derive(Debug, Clone, Copy)]
struct Rate {
    size: u32,
    every: TimeDelta,
}

/// A bucket's content, as the instant at which it is full again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Bucket(DateTime<Utc>);

impl Rate {
    fn whole(self) -> TimeDelta {
        self.every * i32::try_from(self.size).unwrap_or(i32::MAX)
    }

    /// How long it takes until the bucket holds something; none when it does now.
    fn wait(self, bucket: Bucket, now: DateTime<Utc>) -> Option<TimeDelta> {
        let wait = bucket.0.max(now) + self.every - self.whole() - now;
        (wait > TimeDelta::zero()).then_some(wait)
    }

    fn take(self, bucket: &mut Bucket, now: DateTime<Utc>) {
        bucket.0 = bucket.0.max(now) + self.every;
    }
}

#[derive(Debug)]
struct Session {
    requests: Bucket,
    vendor_requests: Bucket,
    under_way: usize,
    waiting: Vec<(u64, Waker)>,
}

impl Session {
    fn new(now: DateTime<Utc>) -> Self {
        Self { requests: Bucket(now), vendor_requests: Bucket(now), under_way: 0, waiting: Vec::new() }
    }

    /// Whether nothing would be lost if it were forgotten.
    fn is_idle(&self, now: DateTime<Utc>) -> bool {
        self.requests.0 <= now && self.vendor_requests.0 <= now && self.under_way == 0 && self.waiting.is_empty()
    }
}

/// A stream that is open.
#[derive(Debug)]
struct Stream {
    number: u64,
    user: ZohoId,
    seen: DateTime<Utc>,
}

/// The shares of all sessions of an organisation.
#[derive(Debug, Default)]
pub struct Shares {
    sessions: RefCell<HashMap<SessionKey, Session>>,
    streams: RefCell<Vec<Stream>>,
    next: RefCell<u64>,
}

impl Shares {
    /// Lets a request of a session in, or says when the next one is let in. One that calls a vendor waits here until not
    /// too many others of its session do; the guard is to be held until it is answered.
    ///
    /// # Errors
    /// [`Refusal`] with `TooManyRequests` and the time to wait.
    pub async fn admit(&self, session: &SessionKey, asks: Asks, now: DateTime<Utc>) -> Result<Admitted<'_>, Refusal> {
        {
            let mut sessions = self.sessions.borrow_mut();
            if sessions.len() >= REMEMBERED {
                sessions.retain(|_, known| !known.is_idle(now));
            }
            let known = sessions.entry(session.clone()).or_insert_with(|| Session::new(now));
            let vendor = (asks == Asks::Vendor).then_some(known.vendor_requests);
            let waits = [REQUESTS.wait(known.requests, now), vendor.and_then(|it| VENDOR_REQUESTS.wait(it, now))];
            if let Some(wait) = waits.into_iter().flatten().max() {
                return Err(too_many("This session has sent more requests than a person does", wait));
            }
            if asks == Asks::Vendor && known.under_way >= AT_ONCE && known.waiting.len() >= IN_LINE {
                return Err(too_many("Too many requests of this session are still being answered.", LINE_MOVES));
            }
            REQUESTS.take(&mut known.requests, now);
            if asks == Asks::Own {
                return Ok(Admitted(None));
            }
            VENDOR_REQUESTS.take(&mut known.vendor_requests, now);
        }
        let place = InLine { shares: self, session, number: self.number() };
        std::future::poll_fn(|context| {
            let mut sessions = self.sessions.borrow_mut();
            // What waits or is under way is never forgotten.
            let known = sessions.entry(session.clone()).or_insert_with(|| Session::new(now));
            if known.under_way < AT_ONCE {
                known.under_way += 1;
                return Poll::Ready(());
            }
            known.waiting.retain(|(number, _)| *number != place.number);
            known.waiting.push((place.number, context.waker().clone()));
            Poll::Pending
        })
        .await;
        Ok(Admitted(Some((self, session.clone()))))
    }

    /// Opens a stream of a user, however often that user has signed in.
    ///
    /// # Errors
    /// [`Refusal`] with `TooManyRequests` when the user or the organisation has as many as they may have.
    pub fn open_stream(&self, user: &ZohoId, now: DateTime<Utc>) -> Result<u64, Refusal> {
        let number = self.number();
        self.count_stream(number, user, now)?;
        Ok(number)
    }

    /// Says that a stream is still read. False: it did not say so for long, and others have taken its place.
    pub fn keep_stream(&self, number: u64, user: &ZohoId, now: DateTime<Utc>) -> bool {
        self.count_stream(number, user, now).is_ok()
    }

    /// A stream has ended.
    pub fn end_stream(&self, number: u64) {
        self.streams.borrow_mut().retain(|stream| stream.number != number);
    }

    fn count_stream(&self, number: u64, user: &ZohoId, now: DateTime<Utc>) -> Result<(), Refusal> {
        let mut streams = self.streams.borrow_mut();
        if let Some(known) = streams.iter_mut().find(|stream| stream.number == number) {
            known.seen = now;
            return Ok(());
        }
        streams.retain(|stream| now - stream.seen < STREAM_SILENT);
        let wait = STREAM_SILENT;
        if streams.iter().filter(|stream| stream.user == *user).count() >= STREAMS {
            return Err(too_many(&format!("A person watches {STREAMS} runs at a time."), wait));
        }
        if streams.len() >= STREAMS_OF_ALL {
            return Err(too_many(&format!("{STREAMS_OF_ALL} people watch runs already."), wait));
        }
        streams.push(Stream { number, user: user.clone(), seen: now });
        Ok(())
    }

    fn number(&self) -> u64 {
        let mut next = self.next.borrow_mut();
        *next += 1;
        *next
    }
}

fn too_many(reason: &str, wait: TimeDelta) -> Refusal {
    Refusal::limited(Code::TooManyRequests, wait, &[("reason", reason.to_owned())])
}

/// A request that was let in, until this is dropped.
#[derive(Debug)]
#[must_use = "a request counts until this is dropped"]
pub struct Admitted<'a>(Option<(&'a Shares, SessionKey)>);

impl Drop for Admitted<'_> {
    fn drop(&mut self) {
        let Some((shares, session)) = &self.0 else { return };
        let waiting = match shares.sessions.borrow_mut().get_mut(session) {
            Some(known) => {
                known.under_way = known.under_way.saturating_sub(1);
                std::mem::take(&mut known.waiting)
            }
            None => return,
        };
        // All of them: one that never comes back keeps no other waiting.
        for (_, waker) in waiting {
            waker.wake();
        }
    }
}

/// A place in the line; dropping it gives it up.
struct InLine<'a> {
    shares: &'a Shares,
    session: &'a SessionKey,
    number: u64,
}

impl Drop for InLine<'_> {
    fn drop(&mut self) {
        if let Some(known) = self.shares.sessions.borrow_mut().get_mut(self.session) {
            known.waiting.retain(|(number, _)| *number != self.number);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;

    fn at(milli: i64) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(1_800_000_000_000 + milli).unwrap()
    }

    /// Lets a request in that does not have to wait, and forgets it at once.
    fn admit(shares: &Shares, session: &str, asks: Asks, now: DateTime<Utc>) -> Result<(), Refusal> {
        shares.admit(&SessionKey::of(session), asks, now).now_or_never().expect("it need not wait").map(drop)
    }

    fn wait(refused: Result<(), Refusal>) -> i64 {
        let wait = refused.unwrap_err().wait().unwrap();
        i64::try_from(wait.as_millis()).unwrap()
    }

    #[test]
    fn a_bucket_is_emptied_at_once_and_filled_again_by_time() {
        for (asks, size, every) in [(Asks::Own, 400, 200), (Asks::Vendor, 60, 1_000)] {
            let shares = Shares::default();
            for _ in 0..size {
                admit(&shares, "sam", asks, at(0)).unwrap();
            }
            assert_eq!(wait(admit(&shares, "sam", asks, at(0))), every);
            assert_eq!(wait(admit(&shares, "sam", asks, at(every - 1))), 1);
            // What is refused takes nothing out.
            admit(&shares, "sam", asks, at(every)).unwrap();
            assert_eq!(wait(admit(&shares, "sam", asks, at(every))), every);
            // Another session has buckets of its own.
            admit(&shares, "ana", asks, at(every)).unwrap();
            // After so long it is full, and no fuller later.
            let full = at(every + size * every * 10);
            for _ in 0..size {
                admit(&shares, "sam", asks, full).unwrap();
            }
            assert!(admit(&shares, "sam", asks, full).is_err());
        }
    }

    #[test]
    fn whoever_may_not_ask_a_vendor_any_more_may_still_ask_for_the_rest() {
        let shares = Shares::default();
        for _ in 0..60 {
            admit(&shares, "sam", Asks::Vendor, at(0)).unwrap();
        }
        assert!(admit(&shares, "sam", Asks::Vendor, at(0)).is_err());
        assert!(admit(&shares, "sam", Asks::Own, at(0)).is_ok());
    }

    #[test]
    fn few_of_a_session_ask_a_vendor_at_the_same_time_and_the_others_wait_in_line() {
        let shares = Shares::default();
        let sam = SessionKey::of("sam");
        let ask = || shares.admit(&sam, Asks::Vendor, at(0));
        let mut under_way: Vec<_> = (0..AT_ONCE).map(|_| ask().now_or_never().unwrap().unwrap()).collect();
        let mut waiting: Vec<_> = (0..IN_LINE).map(|_| Box::pin(ask())).collect();
        assert!(waiting.iter_mut().all(|one| one.as_mut().now_or_never().is_none()));
        let refused = ask().now_or_never().expect("the line is full").unwrap_err();
        assert_eq!(refused.wait(), Some(std::time::Duration::from_secs(5)));
        // Others are not in that line.
        admit(&shares, "ana", Asks::Vendor, at(0)).unwrap();
        admit(&shares, "sam", Asks::Own, at(0)).unwrap();
        under_way.pop();
        let next = waiting[7].as_mut().now_or_never().expect("one has ended");
        assert!(waiting[8].as_mut().now_or_never().is_none());
        drop((waiting, next, under_way));
        assert_eq!(shares.sessions.borrow()[&sam].under_way, 0);
        assert!(shares.sessions.borrow()[&sam].waiting.is_empty());
    }

    #[test]
    fn streams_are_counted_while_they_are_read() {
        let shares = Shares::default();
        let user = |number: usize| ZohoId::new(number.to_string()).unwrap();
        let (sam, ana) = (user(7_001), user(7_002));
        let first = shares.open_stream(&sam, at(0)).unwrap();
        for _ in 1..STREAMS {
            shares.open_stream(&sam, at(0)).unwrap();
        }
        let refused = shares.open_stream(&sam, at(0)).unwrap_err();
        assert_eq!((refused.problem.code, refused.wait().is_some()), (Code::TooManyRequests, true));
        for n in STREAMS..STREAMS_OF_ALL {
            shares.open_stream(&user(n), at(0)).unwrap();
        }
        assert!(shares.open_stream(&ana, at(0)).is_err(), "the organisation has enough");
        shares.end_stream(first);
        let stream = shares.open_stream(&ana, at(0)).unwrap();
        // What nobody reads any more has no place, until somebody takes it.
        assert!(shares.keep_stream(stream, &ana, at(20_000)));
        for n in 0..STREAMS_OF_ALL - 1 {
            shares.open_stream(&user(9_000 + n), at(31_000)).unwrap();
        }
        assert!(shares.keep_stream(stream, &ana, at(31_000)));
        assert!(!shares.keep_stream(first, &sam, at(31_000)));
    }

    #[test]
    fn sessions_that_rest_are_forgotten() {
        let shares = Shares::default();
        for n in 0..REMEMBERED {
            admit(&shares, &n.to_string(), Asks::Vendor, at(0)).unwrap();
        }
        admit(&shares, "one more", Asks::Own, at(10_000)).unwrap();
        assert_eq!(shares.sessions.borrow().len(), 1);
    }
}
