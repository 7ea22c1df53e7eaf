//! The panel: a record's place in the CRM's pages, and the click that brings both sides together.
//!
//! [`state`] holds what it knows and how events change it; it runs anywhere and is tested natively. [`words`] has its
//! texts, [`view`] shows a model and reports what the person does; it decides nothing. [`shell`] does what the state asks
//! for.

mod calls;
pub mod page;
pub mod rows;
pub mod shell;
pub mod state;
pub mod view;
pub mod words;
