//! The engine against the sandbox, with SQLite in D1's place. A module for each theme; `cargo test -p engine --test engine
//! runs::` runs one.
//!
//! One program instead of one for each theme: the engine, generic in its ports, is compiled anew for each program that
//! uses it, and 32 of them took four minutes of two cores. The attacks have one of their own.

mod support;

mod access;
mod backfill;
mod cases_arrive;
mod cases_lines;
mod cases_people;
mod clock;
mod contract;
mod crash_points;
mod day_used_up;
mod decisions;
mod edges;
mod either_way;
mod inputs;
mod log;
mod notices;
mod one_click;
mod portal;
mod public_url;
mod questions;
mod regressions;
mod repeats;
mod retention;
mod room;
mod rows;
mod run_crash_points;
mod run_regressions;
mod runs;
mod schema;
mod simulation;
mod steady;
mod tax;
mod values;
