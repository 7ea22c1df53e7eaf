//! Every text of the portal, in every language: one table, a file for each screen, and one for each thing that several
//! screens name.
//!
//! What the edge says comes from the edge: problems, and labels of fields that change, in the language of whoever asks. A new
//! language is a new variant of [`Language`] and one more constant in each file; the compiler then names every text that is
//! missing.

pub mod access;
pub mod common;
pub mod health;
pub mod log;
pub mod mapping;
pub mod run;
pub mod runs;
pub mod schedule;
pub mod settings;
pub mod setup;

pub use shared::language::Language;

/// The texts of one screen, or those that several screens say.
///
/// A screen asks for its own only, so that they travel with it: a screen that is loaded when it is opened brings them.
pub trait Texts: Sized + 'static {
    /// In this language.
    fn of(language: Language) -> &'static Self;
}
