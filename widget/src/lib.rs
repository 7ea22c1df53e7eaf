//! The two pages inside the CRM: the panel and the portal.
//!
//! [`panel`] shows where a record stands in Xero, and has the click that brings both sides together. [`portal`] is the
//! page for set-up, mapping, runs, schedule, log and health. Neither knows the other, and what they share knows neither;
//! `tests/layers.rs` holds them to it: [`client`] calls the edge, [`sdk`] the CRM's script, [`popup`] opens the vendors'
//! windows, [`session`], [`fault`] and [`tone`] are plain data, and [`view`] has the elements that both draw with.
//! No data of customers is kept in the browser's storage. The session is a cookie that no script can read; where the
//! browser keeps none, its token is kept for the tab.
#![warn(missing_docs)]

pub mod client;
pub mod dictionary;
pub mod fault;
pub mod format;
pub mod hearing;
pub mod json;
pub mod language;
pub mod naming;
pub mod panel;
pub mod popup;
pub mod portal;
pub mod sdk;
pub mod session;
mod texts_file;
pub mod tone;
pub mod view;
