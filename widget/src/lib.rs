//! The panel inside the CRM's pages: where a record stands in Xero, and the click that brings them together.
//!
//! [`state`] holds what the panel knows and how events change it; it runs anywhere and is tested natively.
//! [`view`] shows a model and reports what the person does; it decides nothing.
//! [`shell`] does what the state asks for: it calls the edge ([`client`]) and the CRM's script ([`sdk`]), opens the
//! vendors' windows ([`popup`]) and keeps the time.
//! [`portal`] is the second page: set-up, mapping, runs, schedule, log and health.
//! No data of customers is kept in the browser's storage; the session's token is all that is.
#![warn(missing_docs)]

pub mod client;
pub mod format;
pub mod json;
pub mod popup;
pub mod portal;
pub mod sdk;
pub mod shell;
pub mod state;
pub mod view;
pub mod words;
