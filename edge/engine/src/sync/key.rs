//! What names a record.

use shared::id::ZohoId;
use shared::module::Module;

/// A record, by module and id.
pub type Key = (Module, ZohoId);
