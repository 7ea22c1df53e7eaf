//! Who may see and do what: scopes of the token, the profile's modules and fields, owners and states of records.

use crate::answers::{Editable, LockedFor};
use crate::api::Caller;
use crate::errors::Problem;
use crate::profiles::{Others, Permission};
use crate::state::{Approval, Record, Zoho};
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

    /// The same for the records of a module.
    pub(crate) fn require_module(&self, caller: &Caller, module: &str, operation: &str) -> Result<(), Problem> {
        self.require(caller, &format!("modules.{}", module.to_lowercase().replace('_', "")), operation)
    }

    /// Checks that the user's profile opens a module, for writing where `write` is set.
    pub(crate) fn allow_module(&self, caller: &Caller, module: &str, write: bool) -> Result<(), Problem> {
        if caller.unlimited {
            return Ok(());
        }
        let Some(profile) = self.profile(caller.user) else { return Err(Problem::no_permission("Crm_Implied_View")) };
        if !profile.opens(module) {
            return Err(Problem::no_permission(&format!("Crm_Implied_View_{module}")));
        }
        if write && !profile.edits(module) {
            return Err(Problem::no_permission(&format!("Crm_Implied_Edit_{module}")));
        }
        Ok(())
    }

    /// Checks that the user may change the organisation's set-up.
    pub(crate) fn allow_setup(&self, caller: &Caller) -> Result<(), Problem> {
        if caller.unlimited || self.profile(caller.user).is_some_and(|profile| profile.customises) {
            Ok(())
        } else {
            Err(Problem::no_permission("Crm_Implied_Customize_Zoho_CRM"))
        }
    }

    /// What sharing lets the user do with the records of this owner in this module.
    pub(crate) fn shared(&self, caller: &Caller, module: &str, owner: u64) -> Others {
        if caller.unlimited || owner == caller.user {
            return Others::Write;
        }
        self.profile(caller.user).map_or(Others::None, |profile| profile.others_of(module))
    }

    /// Whether the user sees this record.
    pub(crate) fn sees(&self, caller: &Caller, module: &str, record: &Record) -> bool {
        self.shared(caller, module, record.owner) != Others::None && !self.is_elsewhere(caller, record)
    }

    /// Whether the record is in territories that are not this user's. Its owner and administrators see it all the same.
    fn is_elsewhere(&self, caller: &Caller, record: &Record) -> bool {
        let spared = caller.unlimited || record.owner == caller.user || self.is_administrator(caller.user);
        let own = self.user(caller.user).map(|user| &user.territories);
        !spared && !record.territories.is_empty() && own.is_none_or(|own| own.is_disjoint(&record.territories))
    }

    /// What the user's profile may do with this field.
    pub(crate) fn permission(&self, caller: &Caller, module: &str, field: &str) -> Permission {
        if caller.unlimited {
            return Permission::ReadWrite;
        }
        self.profile(caller.user).map_or(Permission::Hidden, |profile| profile.permission(module, field))
    }

    /// Whether the user's profile shows this field.
    pub(crate) fn shows(&self, caller: &Caller, module: &str, field: &str) -> bool {
        self.permission(caller, module, field) != Permission::Hidden
    }

    /// A record that exists and that the user sees.
    pub(crate) fn visible(&self, caller: &Caller, module: &str, id: u64) -> Option<&Record> {
        self.record(module, id).filter(|record| self.sees(caller, module, record))
    }

    /// Whether the record's lock keeps this user out.
    pub(crate) fn locked_for(&self, caller: &Caller, record: &Record) -> bool {
        record.locked
            && match self.answers.locked_for {
                LockedFor::Everybody => true,
                LockedFor::AllButAdministrators => !self.is_administrator(caller.user),
            }
    }

    /// Whether the record's sharing lets this user write, whatever else does not.
    fn shared_for_writing(&self, caller: &Caller, module: &str, record: &Record) -> bool {
        self.shared(caller, module, record.owner) == Others::Write
    }

    /// `$editable`, in the sense that was chosen.
    pub(crate) fn editable(&self, caller: &Caller, module: &str, record: &Record) -> bool {
        let shared = self.shared_for_writing(caller, module, record);
        match self.answers.editable {
            Editable::SharedForWriting => shared,
            Editable::SavesNow => {
                shared
                    && self.allow_module(caller, module, true).is_ok()
                    && !self.locked_for(caller, record)
                    && record.approval == Approval::Approved
            }
        }
    }

    /// Checks that a row's record may be changed by this user and at this time. `right` is `Edit` or `Delete`.
    pub(crate) fn changeable(
        &self,
        caller: &Caller,
        module: &str,
        record: &Record,
        right: &str,
        at: &str,
    ) -> Result<(), Problem> {
        if !self.shared_for_writing(caller, module, record) {
            return Err(Problem::not_editable(right, module, record.id));
        }
        if self.locked_for(caller, record) {
            return Err(Problem::new(
                400,
                "RECORD_LOCKED",
                "Sorry, you cannot perform this operation as the record is locked.",
                json!({"api_name": "id", "action": "record_locking", "json_path": format!("{at}.id")}),
            ));
        }
        if record.approval != Approval::Approved {
            let details = json!({"id": record.id.to_string()});
            return Err(Problem::new(400, "NOT_APPROVED", "record not approved", details));
        }
        Ok(())
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
