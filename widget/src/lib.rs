//! The panel inside the CRM's pages: where a record stands in Xero, and the click that brings them together.
//!
//! [`state`] holds what the panel knows and how events change it; it runs anywhere and is tested natively.
//! [`view`] shows a model and reports what the person does; it decides nothing.
//! [`shell`] does what the state asks for: it calls the edge ([`client`]) and the CRM's script ([`sdk`]), opens the
//! vendors' windows ([`popup`]) and keeps the time.
//! [`portal`] is the second page: set-up, mapping, runs, schedule, log and health.
//! No data of customers is kept in the browser's storage. The session is a cookie that no script can read; where the
//! browser keeps none, its token is kept for the tab.
#![warn(missing_docs)]

pub mod client;
pub mod format;
pub mod hearing;
pub mod json;
pub mod naming;
pub mod popup;
pub mod portal;
pub mod sdk;
pub mod shell;
pub mod state;
pub mod view;
pub mod words;
