//! The portal: where administrators set up, map, run and schedule, and everybody reads the log.
//!
//! A page of its own (a web tab of the CRM, or a tab of the browser) beside the panel, and none of the panel's code
//! grows by it. Each screen is a folder: `state` (plain data and what events do to it, tested natively), a view, and
//! calls to the edge in between. [`words`] has every text in every language, [`parts`] the controls, [`route`] the
//! addresses, [`places`] where something is settled, [`app`] what all screens share, [`frame`] the page around them, [`screens`] how screens come into it.

pub mod access;
pub mod app;
pub mod client;
pub mod draft;
pub mod frame;
pub mod health;
pub mod log;
pub mod mapping;
pub mod parts;
pub mod places;
pub mod reactive;
pub mod route;
pub mod runs;
pub mod schedule;
pub mod screens;
pub mod setup;
pub mod words;
