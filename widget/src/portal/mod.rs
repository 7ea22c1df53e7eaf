//! The portal: where administrators set up, map, run and schedule, and everybody reads the log.
//!
//! A page of its own (a web tab of the CRM, or a tab of the browser) beside the panel, and none of the panel's code
//! grows by it. Each screen is a folder: `state` (plain data and what events do to it, tested natively), `ui` (what its
//! parts share, and its calls to the edge), and views above them. Below all screens are [`words`] with every text in every
//! language, [`route`] with the addresses, [`section`] with the sections of the mapping, [`places`] where something is
//! settled, [`unsaved`] and [`draft`] with what is edited, [`zones`] with local times, [`app`] with what all screens share,
//! and [`parts`] with the controls. Above them are [`screens`], which brings them into the page, [`frame`], the page around
//! them, and [`start`].

pub mod access;
pub mod app;
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
pub mod section;
pub mod setup;
pub mod start;
pub mod unanswered;
pub mod unsaved;
mod windows;
pub mod words;
pub mod zones;
