//! The clients against scripted answers: every decision that a vendor's answer forces, one by one.
#![allow(clippy::unwrap_used, reason = "a test that can't go on has failed")]

mod limits;
mod oauth;
mod script;
mod xero;
mod zoho;
