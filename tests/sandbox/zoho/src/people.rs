//! The users: who they are, whether they may come in, and `/users`.

use crate::answers::Deactivated;
use crate::api::{ApiCall, Caller};
use crate::errors::{Problem, Reply};
use crate::profiles::Profile;
use crate::read::number_param;
use crate::state::Zoho;
use chrono::Offset;
use chrono_tz::Tz;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// A person who signs in.
#[derive(Debug, Clone)]
pub struct User {
    /// The user's id in the CRM.
    pub id: u64,
    /// The user's id in the accounts server.
    pub zuid: u64,
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
    /// E-mail address.
    pub email: String,
    /// The profile's id.
    pub profile: u64,
    /// The time zone's IANA name: the API gives times in its offset.
    pub time_zone: String,
    /// The language that the user has chosen: `en_US`.
    pub language: String,
    /// Whether the user may come in.
    pub standing: Standing,
    /// Whether the user has accepted the invitation.
    pub confirmed: bool,
    /// What goes wrong for this user's calls alone.
    pub trouble: Option<Trouble>,
    /// The territories whose records this user sees.
    pub territories: BTreeSet<String>,
}

/// Whether a user may come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// As usual.
    Active,
    /// Deactivated; see [`Deactivated`] for what this user's tokens are worth.
    Deactivated,
    /// Removed from the organisation: every token is void, and only records still name the user.
    Removed,
}

/// What goes wrong for one user's calls and nobody else's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// Too many calls: `Access Denied` at the token endpoint, 429 at the API.
    Throttled,
    /// An outage: 503 at the token endpoint, 500 `INTERNAL_ERROR` at the API.
    Outage,
}

impl User {
    /// First and last name.
    #[must_use]
    pub fn full_name(&self) -> String {
        format!("{} {}", self.first_name, self.last_name)
    }

    /// Whether the user may come in.
    #[must_use]
    pub fn is_active(&self) -> bool {
        self.standing == Standing::Active
    }

    /// The word of `/users`.
    #[must_use]
    pub fn status(&self) -> &'static str {
        match self.standing {
            Standing::Active => "active",
            Standing::Deactivated => "disabled",
            Standing::Removed => "deleted",
        }
    }
}

impl Zoho {
    pub(crate) fn user(&self, id: u64) -> Option<&User> {
        self.users.iter().find(|user| user.id == id)
    }

    /// The profile of a user.
    pub(crate) fn profile(&self, user: u64) -> Option<&Profile> {
        let profile = self.user(user)?.profile;
        self.profiles.iter().find(|candidate| candidate.id == profile)
    }

    pub(crate) fn is_administrator(&self, user: u64) -> bool {
        self.profile(user).is_some_and(Profile::is_administrator)
    }

    /// The first administrator, or the first user where nobody is one any more.
    pub(crate) fn administrator(&self) -> u64 {
        let administrators = self.users.iter().find(|user| user.is_active() && self.is_administrator(user.id));
        administrators.or_else(|| self.users.first()).map_or(0, |user| user.id)
    }

    /// Whether tokens of a user are worth anything.
    pub(crate) fn has_tokens(&self, user: u64) -> bool {
        self.user(user).is_some_and(|user| match user.standing {
            Standing::Active => true,
            Standing::Deactivated => self.answers.deactivated == Deactivated::ShownAsDisabled,
            Standing::Removed => false,
        })
    }

    /// Refuses the call of a user who may not come in, or whose calls go wrong.
    pub(crate) fn allow_user(&self, user: u64, path: &[String]) -> Result<(), Problem> {
        let failure = || Problem::new(401, "AUTHENTICATION_FAILURE", "Authentication failed", json!({}));
        let void = || Problem::new(401, "INVALID_TOKEN", "invalid oauth token", json!({}));
        let user = self.user(user).ok_or_else(void)?;
        match (user.standing, self.answers.deactivated) {
            (Standing::Active, _) => {}
            (Standing::Removed, _) | (Standing::Deactivated, Deactivated::InvalidToken) => return Err(void()),
            (Standing::Deactivated, Deactivated::AuthenticationFailure) => return Err(failure()),
            (Standing::Deactivated, Deactivated::ShownAsDisabled) => {
                if path.first().is_none_or(|first| first != "users") {
                    return Err(Problem::no_permission("Crm_Implied_View"));
                }
            }
        }
        match user.trouble {
            None => Ok(()),
            Some(Trouble::Throttled) => Err(Problem::too_many_requests()),
            Some(Trouble::Outage) => Err(Problem::new(500, "INTERNAL_ERROR", "Internal Server Error", json!({}))),
        }
    }

    pub(crate) fn user_list(&self, caller: &Caller, call: &ApiCall) -> Result<Reply, Problem> {
        let kind = call.param("type").unwrap_or("AllUsers");
        let wanted = |user: &&User| match kind {
            "CurrentUser" => user.id == caller.user,
            "ActiveUsers" => user.is_active(),
            "ActiveConfirmedUsers" => user.is_active() && user.confirmed,
            "DeactiveUsers" => user.standing == Standing::Deactivated,
            "DeletedUsers" => user.standing == Standing::Removed,
            "AdminUsers" | "ActiveConfirmedAdmins" => user.is_active() && self.is_administrator(user.id),
            _ => user.standing != Standing::Removed,
        };
        let per_page = number_param(call, "per_page")?.unwrap_or(200).clamp(1, 200);
        let page = number_param(call, "page")?.unwrap_or(1).max(1);
        let all: Vec<Value> = self.users.iter().filter(wanted).map(|user| self.full_user(caller, user)).collect();
        let users: Vec<&Value> = all.iter().skip((page - 1) * per_page).take(per_page).collect();
        if users.is_empty() {
            return Ok(Reply::empty(204));
        }
        let more = all.len() > (page - 1) * per_page + users.len();
        let info = json!({"per_page": per_page, "count": users.len(), "page": page, "more_records": more});
        Ok(Reply::ok(json!({"users": users, "info": info})))
    }

    pub(crate) fn one_user(&self, caller: &Caller, id: &str) -> Result<Reply, Problem> {
        let user = self.users.iter().find(|user| user.id.to_string() == id);
        Ok(user.map_or_else(|| Reply::empty(204), |user| Reply::ok(json!({"users": [self.full_user(caller, user)]}))))
    }

    /// A user's role, as users have it.
    pub(crate) fn role_json(&self, user: u64) -> Value {
        let role = if self.is_administrator(user) { "CEO" } else { "Manager" };
        json!({"name": role, "id": (self.org.id + 10 + u64::from(role == "CEO")).to_string()})
    }

    fn full_user(&self, caller: &Caller, user: &User) -> Value {
        let profile = self.profile(user.id);
        let zone: Tz = user.time_zone.parse().unwrap_or(Tz::UTC);
        let offset = self.now.with_timezone(&zone).offset().fix().local_minus_utc();
        json!({
            "id": user.id.to_string(),
            "zuid": user.zuid.to_string(),
            "first_name": user.first_name,
            "last_name": user.last_name,
            "full_name": user.full_name(),
            "email": user.email,
            "profile": profile.map(|profile| json!({"name": profile.name, "id": profile.id.to_string()})),
            "role": self.role_json(user.id),
            "status": user.status(),
            "confirm": user.confirmed,
            "time_zone": user.time_zone,
            "offset": i64::from(offset) * 1_000,
            "language": user.language,
            "locale": format!("en_{}", self.org.country_code),
            "country_locale": format!("en_{}", self.org.country_code),
            "country": self.org.country_code,
            "category": "regular_user",
            "type__s": "Regular User",
            "personal_account": false,
            "default_tab_group": "0",
            "sort_order_preference__s": "First Name,Last Name",
            "sandboxDeveloper": false,
            "microsoft": false,
            "Isonline": user.id == caller.user,
            "Currency": self.org.iso_code,
            "created_time": "2024-02-01T09:00:00+11:00",
            "Modified_Time": "2024-02-01T09:00:00+11:00",
            "created_by": self.user_json(self.administrator()),
            "Modified_By": self.user(self.administrator()).map(|user| {
                json!({
                    "id": user.id.to_string(), "name": user.full_name(), "email": user.email,
                    "first_name": user.first_name, "last_name": user.last_name,
                })
            }),
        })
    }

    /// A user as other objects point at him.
    pub(crate) fn user_json(&self, id: u64) -> Value {
        self.user(id).map_or(
            Value::Null,
            |user| json!({"name": user.full_name(), "id": user.id.to_string(), "email": user.email}),
        )
    }

    pub(crate) fn user_brief(&self, id: u64) -> Value {
        self.user(id).map_or(Value::Null, |user| json!({"name": user.full_name(), "id": user.id.to_string()}))
    }

    /// The users, those who may not come in any more among them.
    #[must_use]
    pub fn users(&self) -> &[User] {
        &self.users
    }

    /// The user with this e-mail address, to change what is known of them: profile, standing, trouble.
    pub fn user_mut(&mut self, email: &str) -> Option<&mut User> {
        self.users.iter_mut().find(|user| user.email == email)
    }

    /// The user with this e-mail address.
    #[must_use]
    pub fn user_of(&self, email: &str) -> Option<&User> {
        self.users.iter().find(|user| user.email == email)
    }

    /// A user's role, as `/users` gives it.
    #[must_use]
    pub fn role_of(&self, email: &str) -> Option<Value> {
        self.user_of(email).map(|user| self.role_json(user.id))
    }

    /// The profile of a user.
    #[must_use]
    pub fn profile_of(&self, email: &str) -> Option<&Profile> {
        self.profile(self.user_of(email)?.id)
    }

    /// Lets a user in, or not. `false` when there is no such user.
    pub fn set_standing(&mut self, email: &str, standing: Standing) -> bool {
        self.user_mut(email).map(|user| user.standing = standing).is_some()
    }

    /// Lets one user's calls go wrong; `None` ends it. `false` when there is no such user.
    pub fn set_trouble(&mut self, email: &str, trouble: Option<Trouble>) -> bool {
        self.user_mut(email).map(|user| user.trouble = trouble).is_some()
    }

    /// Gives a user another profile, by its name. `false` when there is no such user or profile.
    pub fn set_profile(&mut self, email: &str, profile: &str) -> bool {
        let id = self.profiles.iter().find(|candidate| candidate.name == profile).map(|profile| profile.id);
        id.zip(self.user_mut(email)).map(|(id, user)| user.profile = id).is_some()
    }

    /// Gives a user these territories, and no others. `false` when there is no such user.
    pub fn set_user_territories(&mut self, email: &str, names: &[&str]) -> bool {
        let names = names.iter().map(|name| (*name).to_owned()).collect();
        self.user_mut(email).map(|user| user.territories = names).is_some()
    }

    /// Adds a user with a profile, by its name, and returns the user's id. `None` when there is no such profile, or
    /// somebody has the address.
    pub fn add_user(&mut self, first_name: &str, last_name: &str, email: &str, profile: &str) -> Option<u64> {
        let profile = self.profiles.iter().find(|candidate| candidate.name == profile)?.id;
        if self.user_of(email).is_some() {
            return None;
        }
        let id = self.id();
        self.users.push(User {
            id,
            zuid: id % 1_000_000_000,
            first_name: first_name.to_owned(),
            last_name: last_name.to_owned(),
            email: email.to_owned(),
            profile,
            time_zone: self.org.time_zone.clone(),
            language: "en_US".to_owned(),
            standing: Standing::Active,
            confirmed: true,
            trouble: None,
            territories: BTreeSet::new(),
        });
        Some(id)
    }
}
