//! What is edited and not saved yet.

use crate::fault::Fault;
use shared::api::portal::is_outdated_version;

/// What a screen edits and saves as a whole.
pub trait Draft: Default + Send + Sync + 'static {
    /// Whether something of it is not saved.
    fn is_dirty(&self) -> bool;
}

/// Whether the edge refused to overwrite what somebody else has saved meanwhile.
#[must_use]
pub fn is_outdated(fault: &Fault) -> bool {
    matches!(fault, Fault::Problem(problem) if is_outdated_version(problem))
}
