//! The audit trail: what administrators changed, page by page.

use crate::access::Refusal;
use crate::access::rights::Administrator;
use crate::store::audit;
use crate::sync::Engine;
use ports::Ports;
use shared::api::portal::AuditPage;

impl<P: Ports> Engine<'_, P> {
    /// What administrators changed, newest first (administrators).
    ///
    /// # Errors
    /// [`Refusal`] when the database fails.
    pub async fn audit(&self, user: &Administrator, before: Option<&str>) -> Result<AuditPage, Refusal> {
        let rows = self.ports.query(audit::select(&user.org, before, audit::PAGE + 1)).await?;
        let mut changes = audit::read(rows)?;
        let more = changes.len() > audit::PAGE;
        changes.truncate(audit::PAGE);
        Ok(AuditPage { changes, more })
    }
}
