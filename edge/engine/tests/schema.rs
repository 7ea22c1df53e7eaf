//! The schema comes part by part, however many statements it has, whatever cuts it off and whoever else is at it.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use crate::support;

use engine::config::Pace;
use engine::store::migrations::{ALL, MOST_STATEMENTS, MOST_STEPS, Schema, look, step};
use ports::{Database, DatabaseError, Row, Statement};
use sandbox::World;
use std::task::Poll;
use support::{BASE, Halt, Stage, Step};

fn bare() -> Stage {
    Stage::bare(World::standard(BASE))
}

/// The statements of each step until nothing is missing.
fn steps(stage: &Stage) -> Vec<usize> {
    let mut made = Vec::new();
    loop {
        let (schema, statements, _) = stage.costs(step(stage, stage.now_utc()));
        made.push(statements);
        if schema.unwrap() == Schema::Complete {
            return made;
        }
        assert!(made.len() <= MOST_STEPS, "it never ends");
    }
}

/// The tables and indexes, with their text.
fn schema(stage: &Stage) -> Vec<String> {
    stage.texts("SELECT sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' ORDER BY name")
}

#[test]
fn no_invocation_makes_more_statements_than_a_part_has() {
    let stage = bare();
    assert_eq!(stage.run(look(&stage)).unwrap(), Schema::Behind);
    let made = steps(&stage);
    println!("{made:?}");
    assert!(made.len() > 2, "it is one part only: {made:?}");
    assert!(made.iter().all(|statements| *statements <= MOST_STATEMENTS), "{made:?}");
    let (found, statements, _) = stage.costs(look(&stage));
    assert_eq!((found.unwrap(), statements), (Schema::Complete, 1));
    // It is the schema of the files, with its journal.
    let files = ALL.map(|(name, _)| name.to_owned());
    assert_eq!(stage.texts("SELECT name FROM d1_migrations ORDER BY id"), files);
    let whole = bare();
    whole.execute(
        "CREATE TABLE d1_migrations (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE, applied_at TEXT)",
    );
    for (name, sql) in ALL {
        whole.execute(sql);
        whole.execute(&format!("INSERT INTO d1_migrations (name) VALUES ('{name}')"));
    }
    // Another program may have applied the files as they are: then nothing is missing.
    assert_eq!(whole.run(look(&whole)).unwrap(), Schema::Complete);
    assert_eq!(steps(&whole).len(), 1);
    let own = |sql: &String| !sql.contains("d1_migrations");
    assert_eq!(
        schema(&stage).into_iter().filter(own).collect::<Vec<_>>(),
        schema(&whole).into_iter().filter(own).collect::<Vec<_>>()
    );
}

#[test]
fn a_part_that_is_cut_off_anywhere_is_done_once() {
    let whole = bare();
    let expected = (steps(&whole).len(), schema(&whole));
    for halt in [Halt::StopBefore, Halt::StopAfter, Halt::RefuseBefore, Halt::RefuseAfter] {
        for at in 1..=2 * expected.0 {
            let stage = bare();
            stage.halt_at(at, halt);
            let mut tries = 0;
            loop {
                match stage.try_run(step(&stage, stage.now_utc())) {
                    None => stage.start_again(),
                    Some(Ok(Schema::Complete)) => break,
                    Some(Ok(Schema::Behind) | Err(_)) => {}
                }
                tries += 1;
                assert!(tries < 3 * expected.0, "{halt:?} at {at}: it never ends");
            }
            assert_eq!(schema(&stage), expected.1, "{halt:?} at {at}");
        }
    }
    assert!(Halt::StopAfter.fits(Step::Write));
}

#[test]
fn two_at_once_do_each_part_once() {
    let whole = bare();
    steps(&whole);
    let mut stage = bare();
    stage.config.pace = Pace::Paid;
    for _ in 0..MOST_STEPS {
        let now = stage.now_utc();
        // Each has seen the journal before the other one's part is there.
        let slow = Slow(&stage);
        let (first, second) = stage.run(futures_util::future::join(step(&slow, now), step(&slow, now)));
        if first.unwrap() == Schema::Complete && second.unwrap() == Schema::Complete {
            assert_eq!(schema(&stage), schema(&whole));
            return;
        }
    }
    panic!("it never ends");
}

/// A database whose answers take a while, so that others go on meanwhile.
struct Slow<'a>(&'a Stage);

impl Database for Slow<'_> {
    async fn query(&self, statement: Statement) -> Result<Vec<Row>, DatabaseError> {
        Ok(self.batch(vec![statement]).await?.pop().unwrap_or_default())
    }

    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Vec<Row>>, DatabaseError> {
        let answer = self.0.batch(statements).await;
        let mut waited = false;
        std::future::poll_fn(|_| if std::mem::replace(&mut waited, true) { Poll::Ready(()) } else { Poll::Pending })
            .await;
        answer
    }

    fn asked(&self) -> usize {
        self.0.asked()
    }
}
