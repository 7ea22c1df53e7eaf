//! The audit trail: what administrators changed, page by page.

use crate::access::{Refusal, administrators_only};
use crate::store::audit;
use crate::store::sessions::User;
use crate::sync::Engine;
use ports::Ports;
use shared::api::portal::AuditPage;

impl<P: Ports> Engine<'_, P> {
    /// What administrators changed, newest first (administrators).
    ///
    /// # Errors
    /// [`Refusal`] when the user is no administrator by the last sign-in, or the database fails.
    pub async fn audit(&self, user: &User, before: Option<&str>) -> Result<AuditPage, Refusal> {
        administrators_only(user)?;
        let rows = self.ports.query(audit::select(&user.org, before, audit::PAGE + 1)).await?;
        let mut changes = audit::read(rows)?;
        let more = changes.len() > audit::PAGE;
        changes.truncate(audit::PAGE);
        Ok(AuditPage { changes, more })
    }
}
