//! The engine: who may do what, and how one record is read, planned, written and logged.
//!
//! It knows no Workers type. What it needs from outside comes through [`ports`], so the same code runs in the
//! Worker and, natively, against the sandbox in the same process.
#![warn(missing_docs)]

pub mod access;
mod audit;
mod budget;
pub mod config;
pub mod letters;
mod log;
pub mod operator;
pub mod own_fields;
pub mod purge;
mod records;
pub mod runs;
pub mod schedule;
mod settings;
mod setup;
pub mod share;
mod spreadsheet;
mod status;
pub mod store;
pub mod sync;
pub mod text;
pub mod vault;
pub mod wake;

pub use config::Config;
