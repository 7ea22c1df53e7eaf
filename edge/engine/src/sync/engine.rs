//! What a request of the engine stands on.

use super::desk::Desk;
use crate::config::Config;
use shared::language::Language;

/// The engine for one request.
#[derive(Debug)]
pub struct Engine<'a, P> {
    /// The outside.
    pub ports: &'a P,
    /// The installation.
    pub config: &'a Config,
    /// What an organisation's requests share.
    pub desk: &'a Desk,
    /// The language of whoever asks; English where nobody does. Only what is not told in JSON is written in it here:
    /// answers are translated at the door.
    pub language: Language,
}
