//! A run, live: server-sent events (<https://html.spec.whatwg.org/multipage/server-sent-events.html>).
//!
//! The client reads them with `fetch`, so that its session travels in the header as with every other request, and asks
//! again when the stream ends before the run does.

use super::reply;
use crate::operator::{self, RequestId};
use crate::runtime::Runtime;
use chrono::{DateTime, TimeDelta, Utc};
use engine::Config;
use engine::access::Refusal;
use engine::access::rights::Member;
use engine::operator::OperatorNote;
use engine::sync::{Desk, Engine};
use futures_util::stream::unfold;
use ports::Clock;
use shared::api::runs::RunView;
use shared::language::Language;
use shared::problem::answer_in_language;
use std::rc::Rc;
use std::time::Duration;
use worker::{Response, ResponseBuilder};

/// How often the run is looked at.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// How often the database is asked whether the session still lives.
const ASK_EVERY: TimeDelta = TimeDelta::seconds(10);

/// How often the run is read from the database while it is not at work in this object. A stream of five minutes then
/// asks 45 times at most: Cloudflare's free plan allows 50 queries
/// (<https://developers.cloudflare.com/d1/platform/limits/>).
const READ_EVERY: TimeDelta = TimeDelta::seconds(20);

/// How long the stream is silent at most; what stands between takes a silent one for a dead one.
const SILENCE: TimeDelta = TimeDelta::seconds(15);

/// How long the stream lasts at most.
const LONGEST: TimeDelta = TimeDelta::minutes(5);

/// Streams a run until it or the session has ended.
///
/// # Errors
/// [`Refusal`] when there is no such run for this user, or the user or the organisation has as many streams as they may
/// have.
pub(crate) async fn stream(
    (request, language): (RequestId, Language),
    runtime: Runtime,
    config: Config,
    desk: Rc<Desk>,
    watcher: Member,
    id: String,
) -> Result<Response, Refusal> {
    let run = Engine { ports: &runtime, config: &config, desk: &desk, language }.run(&watcher, &id).await?;
    let now = runtime.now();
    let number = desk.shares.open_stream(&watcher.id, now)?;
    // It may leave the desk before it is looked at there for the first time.
    let on_desk = true;
    let teller = Teller::new(run, language, now);
    let watch =
        Watch { request, runtime, config, desk, watcher, number, id, asked_at: now, read_at: now, on_desk, teller };
    let failed = |error: worker::Error| Refusal::internal(operator::about(&error));
    let headers = reply::headers().map_err(failed)?;
    headers.set("content-type", "text/event-stream").map_err(failed)?;
    let events = unfold(watch, |mut watch| async move { Some((Ok::<_, worker::Error>(watch.next().await?), watch)) });
    ResponseBuilder::new().with_headers(headers).from_stream(events).map_err(failed)
}

/// Somebody who watches a run.
struct Watch {
    request: RequestId,
    runtime: Runtime,
    config: Config,
    desk: Rc<Desk>,
    watcher: Member,
    /// The stream, as it is counted.
    number: u64,
    id: String,
    /// When the database was last asked whether the session lives.
    asked_at: DateTime<Utc>,
    /// When the run was last read from the database.
    read_at: DateTime<Utc>,
    /// Whether the run was at work in this object when it was last looked at.
    on_desk: bool,
    teller: Teller,
}

impl Watch {
    /// The next piece of the stream; none at its end.
    async fn next(&mut self) -> Option<Vec<u8>> {
        loop {
            match self.teller.say(self.runtime.now()) {
                Say::This(piece) => return Some(piece.into_bytes()),
                Say::NoMore => return None,
                Say::Nothing => {}
            }
            self.runtime.sleep(LOOK_EVERY).await;
            match self.look_if_it_goes_on().await {
                Ok(Some(run)) => self.teller.run = run,
                Ok(None) => return None,
                Err(refusal) => {
                    let mut note = OperatorNote::of("the events of a run end").id("run", &self.id);
                    if let Some(why) = &refusal.note {
                        note = note.because(why);
                    }
                    operator::refused(&self.request, refusal.problem.code, &note);
                    return None;
                }
            }
        }
    }

    /// The run, while the stream still counts; its end with the session is a refusal.
    async fn look_if_it_goes_on(&mut self) -> Result<Option<RunView>, Refusal> {
        let now = self.runtime.now();
        if !self.desk.shares.keep_stream(self.number, &self.watcher.id, now) {
            return Ok(None);
        }
        if now - self.asked_at >= ASK_EVERY {
            self.asked_at = now;
            let engine =
                Engine { ports: &self.runtime, config: &self.config, desk: &self.desk, language: self.teller.language };
            engine.still_signed_in(&self.watcher).await?;
        }
        self.look().await.map(Some)
    }

    /// The run as it stands now, or as it stood a few seconds ago.
    async fn look(&mut self) -> Result<RunView, Refusal> {
        let live = self.desk.live_run(&self.watcher.org, &self.id);
        let was_on_desk = std::mem::replace(&mut self.on_desk, live.is_some());
        if let Some(run) = live {
            return Ok(run);
        }
        let now = self.runtime.now();
        // What has just left the desk has ended or waits: that is worth a look at once.
        if !was_on_desk && now - self.read_at < READ_EVERY {
            return Ok(self.teller.run.clone());
        }
        self.read_at = now;
        Engine { ports: &self.runtime, config: &self.config, desk: &self.desk, language: self.teller.language }
            .run(&self.watcher, &self.id)
            .await
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.desk.shares.end_stream(self.number);
    }
}

/// What is said when.
#[derive(Debug)]
struct Teller {
    /// The run as it was last seen.
    run: RunView,
    /// The run as it was last told.
    told: Option<RunView>,
    /// In which language it is told.
    language: Language,
    began: DateTime<Utc>,
    spoke: DateTime<Utc>,
}

/// What is said now.
#[derive(Debug, PartialEq)]
enum Say {
    This(String),
    Nothing,
    NoMore,
}

impl Teller {
    fn new(run: RunView, language: Language, now: DateTime<Utc>) -> Self {
        Self { run, told: None, language, began: now, spoke: now }
    }

    fn say(&mut self, now: DateTime<Utc>) -> Say {
        if self.told.as_ref() != Some(&self.run) {
            let Ok(json) = serde_json::to_string(&self.run) else { return Say::NoMore };
            let json = answer_in_language(json, self.language);
            self.told = Some(self.run.clone());
            self.spoke = now;
            return Say::This(format!("event: run\ndata: {json}\n\n"));
        }
        if self.run.state.ended() || now - self.began >= LONGEST {
            return Say::NoMore;
        }
        if now - self.spoke >= SILENCE {
            self.spoke = now;
            return Say::This(": nothing new\n\n".to_owned());
        }
        Say::Nothing
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::api::runs::{Calls, Counts, RunKind, RunState, Scope};

    fn run(state: RunState) -> RunView {
        RunView {
            id: "1".to_owned(),
            kind: RunKind::Manual,
            by: Some("Ana\nAdmin".to_owned()),
            state,
            scope: Scope::Everything,
            started_at: at(0),
            ended_at: None,
            resumes_at: None,
            pairs: Vec::new(),
            counts: Counts::default(),
            calls: Calls::default(),
            problem: None,
            forecast: None,
        }
    }

    fn at(second: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_700_000_000 + second, 0).unwrap()
    }

    fn event(run: &RunView) -> Say {
        Say::This(format!("event: run\ndata: {}\n\n", serde_json::to_string(run).unwrap()))
    }

    #[test]
    fn the_run_is_told_at_once_at_each_change_and_at_its_end() {
        let mut teller = Teller::new(run(RunState::Listing), Language::English, at(0));
        let first = event(&teller.run);
        // A line break within the data would end it early.
        assert!(matches!(&first, Say::This(text) if text.lines().count() == 3), "{first:?}");
        assert_eq!(teller.say(at(0)), first);
        assert_eq!(teller.say(at(1)), Say::Nothing);
        teller.run = run(RunState::Running);
        assert_eq!(teller.say(at(2)), event(&teller.run.clone()));
        assert_eq!(teller.say(at(3)), Say::Nothing);
        teller.run = run(RunState::Done);
        assert_eq!(teller.say(at(4)), event(&teller.run.clone()));
        assert_eq!(teller.say(at(4)), Say::NoMore);
    }

    #[test]
    fn silence_is_broken_and_no_stream_is_endless() {
        let mut teller = Teller::new(run(RunState::Waiting), Language::English, at(0));
        let mut said = Vec::new();
        for second in 0.. {
            match teller.say(at(second)) {
                Say::This(text) => said.push((second, text)),
                Say::Nothing => {}
                Say::NoMore => {
                    assert_eq!(second, 300);
                    break;
                }
            }
        }
        let comments: Vec<i64> =
            said.iter().filter(|(_, text)| text.starts_with(": ")).map(|(second, _)| *second).collect();
        assert_eq!(comments, (1..20).map(|beat| beat * 15).collect::<Vec<i64>>());
        assert_eq!(said.len(), 20, "one event, and comments");
    }

    #[test]
    fn a_run_that_has_ended_is_told_and_that_is_all() {
        let mut teller = Teller::new(run(RunState::Cancelled), Language::English, at(0));
        assert!(matches!(teller.say(at(0)), Say::This(_)));
        assert_eq!(teller.say(at(0)), Say::NoMore);
    }
}
