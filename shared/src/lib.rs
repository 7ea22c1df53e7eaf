//! The pure core: what both sides' records mean, what a sync would do to them, and how that is told.
//!
//! No I/O, no clock, no randomness, no platform types: it compiles for the browser, the edge and the host.
//! Money is decimal, time is an instant in UTC plus a zone for people, ids are types, unknown enum values survive.
#![warn(missing_docs)]

pub mod api;
pub mod data_centre;
#[cfg(test)]
pub(crate) mod fixture;
pub mod id;
pub mod instant;
pub mod language;
pub mod link;
pub mod module;
pub mod names;
pub mod organisation;
pub mod plan;
pub mod problem;
pub mod question;
pub mod record;
pub mod settings;
pub mod totals;
pub mod web_link;
pub mod xero;
pub mod zoho;
