//! Who may see and do what: scopes of the token, the profile's modules and fields, owners of records.

use crate::api::Caller;
use crate::errors::Problem;
use crate::state::{Record, Zoho};
use serde_json::json;

impl Zoho {
    /// Checks that the token covers an operation on a group of the API, such as `settings.fields`, `READ`.
    /// A scope covers its own operation, `ALL` every one, and a group covers the groups below it.
    pub(crate) fn require(&self, caller: &Caller, group: &str, operation: &str) -> Result<(), Problem> {
        let Some(scopes) = &caller.scopes else { return Ok(()) };
        let covered = match group {
            "search" => scopes.iter().any(|scope| scope == "ZohoSearch.securesearch.READ"),
            "org.taxes" => scopes.iter().any(|scope| scope == "ZohoCRM.org.ALL" || scope == "ZohoCRM.settings.ALL"),
            _ => scopes.iter().any(|scope| covers(scope, group, operation)),
        };
        if covered {
            Ok(())
        } else {
            Err(Problem::new(401, "OAUTH_SCOPE_MISMATCH", "invalid oauth scope to access this URL", json!({})))
        }
    }

    /// Checks that the user's profile opens a module, for writing where `write` is set.
    pub(crate) fn allow_module(&self, caller: &Caller, module: &str, write: bool) -> Result<(), Problem> {
        let Some(profile) = self.profile(caller.user) else { return Err(Problem::no_permission("Crm_Implied_View")) };
        if profile.closed_modules.contains(module) {
            return Err(Problem::no_permission(&format!("Crm_Implied_View_{module}")));
        }
        if write && profile.read_only_modules.contains(module) {
            return Err(Problem::no_permission(&format!("Crm_Implied_Edit_{module}")));
        }
        Ok(())
    }

    /// Checks that the user may change the organisation's set-up.
    pub(crate) fn allow_setup(&self, caller: &Caller) -> Result<(), Problem> {
        if self.profile(caller.user).is_some_and(|profile| profile.administrator) {
            Ok(())
        } else {
            Err(Problem::no_permission("Crm_Implied_Customize_Zoho_CRM"))
        }
    }

    /// Whether the user sees this record.
    pub(crate) fn sees(&self, user: u64, record: &Record) -> bool {
        record.owner == user || self.profile(user).is_some_and(|profile| profile.sees_all_records)
    }

    /// Whether the user's profile shows this field.
    pub(crate) fn shows(&self, user: u64, module: &str, field: &str) -> bool {
        self.profile(user).is_some_and(|profile| !profile.hidden_fields.iter().any(|(m, f)| m == module && f == field))
    }

    /// A record that exists and that the user sees.
    pub(crate) fn visible(&self, user: u64, module: &str, id: u64) -> Option<&Record> {
        self.record(module, id).filter(|record| self.sees(user, record))
    }
}

fn covers(scope: &str, group: &str, operation: &str) -> bool {
    let Some((granted, right)) = scope.strip_prefix("ZohoCRM.").and_then(|scope| scope.rsplit_once('.')) else {
        return false;
    };
    let inside = granted.eq_ignore_ascii_case(group)
        || group.to_lowercase().starts_with(&format!("{}.", granted.to_lowercase()));
    let right_covers =
        right == "ALL" || right == operation || (right == "WRITE" && matches!(operation, "CREATE" | "UPDATE"));
    inside && right_covers
}
