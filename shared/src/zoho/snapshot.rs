//! What was read of one CRM record, and what it points to.

use crate::id::ZohoId;
use crate::module::Module;
use serde_json::Value;

/// What the CRM says about one record.
#[derive(Debug, Clone, PartialEq)]
pub struct CrmSnapshot {
    /// The record as the single-record GET gives it (documents with their lines).
    pub record: Value,
    /// The contacts of an account or vendor; empty for other modules.
    pub contacts: Vec<Value>,
    /// Whether it has contacts that are not among these: who is missing is then not known to be gone.
    pub more_contacts: bool,
}

/// A record that must be in Xero before this one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Dependency {
    /// Its pair.
    pub module: Module,
    /// Its id.
    pub crm_id: ZohoId,
    /// Its name, as the pointing record shows it.
    pub name: String,
}
