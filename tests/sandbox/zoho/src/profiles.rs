//! Profiles: what a group of users may see and do, and `/settings/profiles`.

use crate::answers::ProfilesFor;
use crate::api::Caller;
use crate::errors::{Problem, Reply};
use crate::schema::{Field, Kind, Module};
use crate::state::Zoho;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// What a group of users may do.
#[derive(Debug, Clone)]
pub struct Profile {
    /// The id.
    pub id: u64,
    /// The name, which a person may have given or translated.
    pub name: String,
    /// The name in the API: that of Zoho's own profiles stays what it is whatever they are called.
    pub api_name: String,
    /// Whether the organisation made it. Zoho's own Administrator and Standard are not custom.
    pub custom: bool,
    /// `Crm_Implied_Customize_Zoho_CRM`: may change metadata, taxes and variables.
    pub customises: bool,
    /// `Crm_Implied_Manage_Users`.
    pub manages_users: bool,
    /// `Crm_Implied_Manage_Profiles`.
    pub manages_profiles: bool,
    /// What its users may do with the records of others.
    pub others: Others,
    /// The same for single modules, where it differs.
    pub others_in: BTreeMap<String, Others>,
    /// Modules that are closed altogether.
    pub closed_modules: BTreeSet<String>,
    /// Modules that may be read but not written.
    pub read_only_modules: BTreeSet<String>,
    /// Fields that the API leaves out: (module, field).
    pub hidden_fields: BTreeSet<(String, String)>,
    /// Fields that its users may read but not write: (module, field).
    pub read_only_fields: BTreeSet<(String, String)>,
}

/// What may be done with the records of others, by the organisation's sharing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Others {
    /// They are not there.
    None,
    /// They may be read.
    Read,
    /// They may be read and written.
    Write,
}

/// What a profile may do with a field, in the words of the metadata.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Permission {
    /// `read_write`
    ReadWrite,
    /// `read_only`
    ReadOnly,
    /// `hidden`
    Hidden,
}

impl Permission {
    /// The word of the metadata.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ReadWrite => "read_write",
            Self::ReadOnly => "read_only",
            Self::Hidden => "hidden",
        }
    }

    pub(crate) fn of(text: &str) -> Option<Self> {
        [Self::ReadWrite, Self::ReadOnly, Self::Hidden].into_iter().find(|permission| permission.as_str() == text)
    }
}

/// What a permission of a profile allows beyond modules, and its name.
const SETUP: [(&str, &str); 3] = [
    ("Crm_Implied_Customize_Zoho_CRM", "Customize Zoho CRM"),
    ("Crm_Implied_Manage_Users", "Manage Users"),
    ("Crm_Implied_Manage_Profiles", "Manage Profiles"),
];
/// What a permission of a profile allows in a module.
const IN_MODULE: [&str; 4] = ["View", "Create", "Edit", "Delete"];
/// Profiles that an organisation may have.
const LICENSE_LIMIT: usize = 200;

impl Profile {
    /// A profile that may do what an administrator may not be asked for: everything in every module, nothing in set-up.
    #[must_use]
    pub fn plain(id: u64, name: &str) -> Self {
        Self {
            id,
            name: name.to_owned(),
            api_name: name.replace(' ', "_"),
            custom: true,
            customises: false,
            manages_users: false,
            manages_profiles: false,
            others: Others::Write,
            others_in: BTreeMap::new(),
            closed_modules: BTreeSet::new(),
            read_only_modules: BTreeSet::new(),
            hidden_fields: BTreeSet::new(),
            read_only_fields: BTreeSet::new(),
        }
    }

    /// Whether its users may do everything: customise the CRM, and manage users and profiles.
    #[must_use]
    pub fn is_administrator(&self) -> bool {
        self.customises && self.manages_users && self.manages_profiles
    }

    /// Gives or takes all that makes an administrator.
    pub fn set_administrator(&mut self, administrator: bool) {
        self.customises = administrator;
        self.manages_users = administrator;
        self.manages_profiles = administrator;
    }

    /// What its users may do with the records of others in a module.
    #[must_use]
    pub fn others_of(&self, module: &str) -> Others {
        self.others_in.get(module).copied().unwrap_or(self.others)
    }

    /// Whether its users may open a module.
    #[must_use]
    pub fn opens(&self, module: &str) -> bool {
        !self.closed_modules.contains(module)
    }

    /// Whether its users may make, change and delete records of a module.
    #[must_use]
    pub fn edits(&self, module: &str) -> bool {
        self.opens(module) && !self.read_only_modules.contains(module)
    }

    /// What its users may do with a field.
    #[must_use]
    pub fn permission(&self, module: &str, field: &str) -> Permission {
        let among = |fields: &BTreeSet<(String, String)>| fields.iter().any(|(m, f)| m == module && f == field);
        if among(&self.hidden_fields) {
            Permission::Hidden
        } else if among(&self.read_only_fields) {
            Permission::ReadOnly
        } else {
            Permission::ReadWrite
        }
    }

    /// Sets what its users may do with a field.
    pub fn set_permission(&mut self, module: &str, field: &str, permission: Permission) {
        let key = (module.to_owned(), field.to_owned());
        self.hidden_fields.remove(&key);
        self.read_only_fields.remove(&key);
        match permission {
            Permission::ReadWrite => {}
            Permission::ReadOnly => {
                self.read_only_fields.insert(key);
            }
            Permission::Hidden => {
                self.hidden_fields.insert(key);
            }
        }
    }
}

impl Zoho {
    fn allow_profiles(&self, caller: &Caller) -> Result<(), Problem> {
        let allowed = match self.answers.profiles {
            ProfilesFor::Managers => self.profile(caller.user).is_some_and(|profile| profile.manages_profiles),
            ProfilesFor::Everybody => true,
            ProfilesFor::Nobody => false,
        };
        if allowed { Ok(()) } else { Err(Problem::no_permission("Crm_Implied_Manage_Profiles")) }
    }

    /// `GET /settings/profiles`: without what they permit, as documented.
    pub(crate) fn profile_list(&self, caller: &Caller) -> Result<Reply, Problem> {
        self.allow_profiles(caller)?;
        let profiles: Vec<Value> = self.profiles.iter().map(|profile| self.profile_json(caller, profile)).collect();
        let info = json!({
            "page": 1, "per_page": 200, "count": profiles.len(), "more_records": false, "license_limit": LICENSE_LIMIT,
        });
        Ok(Reply::ok(json!({"profiles": profiles, "info": info})))
    }

    /// `GET /settings/profiles/{id}`: with all that it permits.
    pub(crate) fn one_profile(&self, caller: &Caller, id: &str) -> Result<Reply, Problem> {
        self.allow_profiles(caller)?;
        let profile = self.profiles.iter().find(|profile| profile.id.to_string() == id).ok_or_else(|| {
            let message = "the id given seems to be invalid or already deleted";
            Problem::new(400, "INVALID_DATA", message, json!({"resource_path_index": 2}))
        })?;
        let mut out = self.profile_json(caller, profile);
        let (permissions, sections) = self.permissions_of(profile);
        out["permissions_details"] = permissions.into();
        out["sections"] = sections;
        Ok(Reply::ok(json!({"profiles": [out]})))
    }

    fn profile_json(&self, caller: &Caller, profile: &Profile) -> Value {
        let made = if profile.custom { self.time(caller.user, chrono::DateTime::UNIX_EPOCH) } else { Value::Null };
        let by = if profile.custom { self.user_brief(self.administrator()) } else { Value::Null };
        json!({
            "id": profile.id.to_string(),
            "name": profile.name,
            "display_label": profile.name,
            "api_name": profile.api_name,
            "type": "normal_profile",
            "custom": profile.custom,
            "description": Value::Null,
            "created_time": made,
            "modified_time": made,
            "created_by": by,
            "modified_by": by,
        })
    }

    /// `permissions_details` and `sections`. The ids of permissions are the organisation's, not the profile's.
    fn permissions_of(&self, profile: &Profile) -> (Vec<Value>, Value) {
        let mut all: Vec<Value> = Vec::new();
        let mut add = |name: String, label: &str, module: Value, enabled: bool| {
            let id = (self.org.id + 200_000 + all.len() as u64).to_string();
            all.push(json!({"id": id, "name": name, "display_label": label, "module": module, "enabled": enabled}));
            id
        };
        let mut in_modules = Vec::new();
        for module in self.modules.iter().filter(|module| module.parent.is_none()) {
            let name = module.api_name.as_str();
            let ids: Vec<String> = IN_MODULE
                .iter()
                .map(|right| {
                    let enabled = if *right == "View" { profile.opens(name) } else { profile.edits(name) };
                    let untold = *right == "Edit" && self.answers.untold_right == Some(name);
                    let other = if untold { "Change" } else { right };
                    add(format!("Crm_Implied_{other}_{name}"), right, name.into(), enabled)
                })
                .collect();
            in_modules.push(json!({"name": name, "display_label": module.plural, "permissions_details": ids}));
        }
        let rights = [profile.customises, profile.manages_users, profile.manages_profiles];
        let in_setup: Vec<Value> = SETUP
            .iter()
            .zip(rights)
            .map(|((name, label), enabled)| {
                let id = add((*name).to_owned(), label, Value::Null, enabled);
                json!({"name": name, "display_label": label, "permissions_details": [id]})
            })
            .collect();
        let sections = json!([
            {"name": "module", "categories": in_modules},
            {"name": "setup", "categories": in_setup},
        ]);
        (all, sections)
    }

    /// A field's `profiles`.
    pub(crate) fn field_profiles(&self, module: &Module, field: &Field) -> Vec<Value> {
        let computed = field.read_only || field.kind == Kind::AutoNumber;
        let shown = |profile: &Profile| match profile.permission(&module.api_name, &field.api_name) {
            Permission::ReadWrite if computed => Permission::ReadOnly,
            permission => permission,
        };
        let one = |profile: &Profile| {
            json!({
                "id": profile.id.to_string(),
                "name": profile.name,
                "permission_type": shown(profile).as_str(),
            })
        };
        self.profiles.iter().map(one).collect()
    }

    /// Reads a field's `profiles` as they are sent: each names a profile by its id and says what it may.
    pub(crate) fn sent_permissions(&self, sent: &Value, path: &str) -> Result<Vec<(u64, Permission)>, Problem> {
        let rows = sent.as_array().ok_or_else(|| Problem::wrong_type("profiles", path, "jsonarray"))?;
        rows.iter()
            .enumerate()
            .map(|(index, row)| {
                let path = format!("{path}[{index}]");
                let id = row.get("id").ok_or_else(|| Problem::mandatory("id", &format!("{path}.id")))?;
                let id = crate::state::id_of(id).filter(|id| self.profiles.iter().any(|profile| profile.id == *id));
                let id = id.ok_or_else(|| Problem::invalid_id("id", &format!("{path}.id")))?;
                let path = format!("{path}.permission_type");
                let named = row.get("permission_type").ok_or_else(|| Problem::mandatory("permission_type", &path))?;
                let permission = named.as_str().and_then(Permission::of);
                Ok((id, permission.ok_or_else(|| Problem::invalid("permission_type", &path))?))
            })
            .collect()
    }

    /// Sets what profiles may do with a field.
    pub(crate) fn set_permissions(&mut self, module: &str, field: &str, permissions: &[(u64, Permission)]) {
        for (id, permission) in permissions {
            if let Some(profile) = self.profiles.iter_mut().find(|profile| profile.id == *id) {
                profile.set_permission(module, field, *permission);
            }
        }
    }

    /// The profiles.
    #[must_use]
    pub fn profiles(&self) -> &[Profile] {
        &self.profiles
    }

    /// The profiles, to read or change their rights.
    pub fn profiles_mut(&mut self) -> &mut [Profile] {
        &mut self.profiles
    }

    /// The profile of this name, to read or change its rights.
    pub fn profile_named_mut(&mut self, name: &str) -> Option<&mut Profile> {
        self.profiles.iter_mut().find(|profile| profile.name == name)
    }

    /// Makes a profile as a clone of another under a new name, as people do in the CRM, and returns its id. What the
    /// other may do with fields counts for the clone, too. `None` when there is no such profile.
    pub fn clone_profile(&mut self, from: &str, name: &str) -> Option<u64> {
        let mut clone = self.profiles.iter().find(|profile| profile.name == from)?.clone();
        clone.id = self.id();
        clone.custom = true;
        name.clone_into(&mut clone.name);
        clone.api_name = name.replace(' ', "_");
        let id = clone.id;
        self.profiles.push(clone);
        Some(id)
    }

    /// Makes a profile that may do everything in every module and nothing in set-up, and returns its id.
    pub fn add_profile(&mut self, name: &str) -> u64 {
        let id = self.id();
        self.profiles.push(Profile::plain(id, name));
        id
    }
}
