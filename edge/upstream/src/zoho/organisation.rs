//! What is asked of the CRM besides records: the signed-in user, the organisation with its lists, and our own fields.

use super::{Client, DataCentre, PAGE, has_more, record_id};
use crate::call::Call;
use crate::{Api, Effect, Error, Tokens};
use futures_util::{StreamExt, future, stream};
use ports::{Clock, Http, Method};
use rust_decimal::Decimal;
use serde_json::{Value, json};
use shared::id::{ZohoId, ZohoOrgId};
use shared::module::Module;
use shared::organisation::{CrmField, CrmOrganisation, CrmTax};
use shared::plan::CrmSnapshot;
use shared::record::{Record, TaxMode};
use shared::settings::Settings;
use shared::zoho::CustomField;
use std::collections::{BTreeMap, BTreeSet};

/// The entry of a picklist that says that nothing is chosen.
const UNCHOSEN: &str = "-None-";
/// Metadata reads at the same time: the Free edition allows 5 concurrent calls.
const AT_ONCE: usize = 5;
/// Documents that are looked at for where the tax is.
const NEWEST: usize = 5;
/// Where the fields of modules are.
const FIELDS: &str = "/settings/fields";
/// Fields that are created or changed in one request.
const NEW_FIELDS: usize = 5;
/// Pages of users that are read at most, of 200 each.
const MOST_USER_PAGES: usize = 10;
/// Pages of users that are read at most, of 200 each: Workers Free allows 50 calls of an invocation
/// (<https://developers.cloudflare.com/workers/platform/limits/#subrequests>).
const USER_PAGES: usize = 25;

/// A CRM user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// The user's id.
    pub id: ZohoId,
    /// `full_name`.
    pub name: String,
    /// The e-mail address.
    pub email: String,
    /// Whether the user is active, and not deactivated or deleted.
    pub active: bool,
    /// The profile, which says what the user may do.
    pub profile: ProfileRef,
    /// IANA name; the API's timestamps are in this zone.
    pub time_zone: Option<String>,
}

/// A profile by id and name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProfileRef {
    /// The profile's id.
    pub id: ZohoId,
    /// The name, which may be a translation or anything else that somebody chose.
    pub name: String,
}

/// What a profile allows, as far as we ask: what makes an administrator, and whose records it may edit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// Which one.
    pub id: ZohoId,
    /// `Crm_Implied_Customize_Zoho_CRM`: may change modules and fields.
    pub customises: bool,
    /// `Crm_Implied_Manage_Users` and `Crm_Implied_Manage_Profiles`: may manage users and profiles.
    pub manages_people: bool,
    /// `Crm_Implied_Edit_<Module>`: whether records of the module may be edited, where the answer tells of the module.
    pub edits: BTreeMap<Module, bool>,
}

impl Profile {
    /// Whether it makes an administrator: whoever may customise the CRM and manage users and profiles.
    #[must_use]
    pub fn administers(&self) -> bool {
        self.customises && self.manages_people
    }
}

/// What a profile may do with a field (`permission_type`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Permission {
    /// `read_write`.
    ReadWrite,
    /// `read_only`.
    ReadOnly,
    /// `hidden`.
    Hidden,
    /// A word that Zoho did not have before.
    Other(String),
}

impl Permission {
    fn of(word: &str) -> Self {
        match word {
            "read_write" => Self::ReadWrite,
            "read_only" => Self::ReadOnly,
            "hidden" => Self::Hidden,
            other => Self::Other(other.to_owned()),
        }
    }

    fn as_str(&self) -> &str {
        match self {
            Self::ReadWrite => "read_write",
            Self::ReadOnly => "read_only",
            Self::Hidden => "hidden",
            Self::Other(word) => word,
        }
    }
}

/// A field, with what profiles may do with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldRights {
    /// Its id; none where Zoho does not tell it.
    pub id: Option<ZohoId>,
    /// Its API name.
    pub api_name: String,
    /// Its label.
    pub label: String,
    /// Empty where Zoho does not tell them.
    pub profiles: Vec<(ProfileRef, Permission)>,
}

/// A field to be created.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewField<'a> {
    /// What it is.
    pub field: &'a CustomField,
    /// What profiles may do with it; what Zoho gives a new field where it is empty.
    pub profiles: Vec<(ZohoId, Permission)>,
}

/// What became of a field that was to be created.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Created {
    /// It is there.
    Made(Made),
    /// The CRM does not let it be made, in its own words.
    Refused(String),
}

/// A field that was created.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    /// Its id, if it was told.
    pub id: Option<ZohoId>,
    /// Whether it was created with what profiles may do with it.
    pub guarded: bool,
}

/// Whose organisation it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Organisation {
    /// `zgid`.
    pub id: ZohoOrgId,
    /// The organisation's name.
    pub name: String,
}

impl<P: Clock + Http, T: Tokens> Client<'_, P, T> {
    /// Whose tokens these are. One call.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn current_user(&self) -> Result<User, Error> {
        let users = self.get("/users", "/users", &[("type", "CurrentUser")]).await?;
        users.rows("users").first().and_then(read_user).ok_or_else(|| unreadable("the signed-in user"))
    }

    /// Whether a user is an active one (`ZohoCRM.users.READ`). One call.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn is_active_user(&self, user: &ZohoId) -> Result<bool, Error> {
        match self.get("/users/{id}", &format!("/users/{user}"), &[]).await {
            Ok(answer) => Ok(answer.rows("users").first().and_then(read_user).is_some_and(|user| user.active)),
            Err(Error::NotFound { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Of which organisation these tokens are. One call.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn current_organisation(&self) -> Result<Organisation, Error> {
        let org = self.org().await?;
        let id = read_org_id(&org).ok_or_else(|| unreadable("the organisation"))?;
        Ok(Organisation { id, name: text(&org, "company_name") })
    }

    /// What a profile allows (`ZohoCRM.settings.profiles.READ`). One call.
    ///
    /// # Errors
    /// [`Error`]; a profile that is not there is [`Error::NotFound`].
    pub async fn profile(&self, id: &ZohoId) -> Result<Profile, Error> {
        let answer = self.get("/settings/profiles/{id}", &format!("/settings/profiles/{id}"), &[]).await?;
        let profile = answer.rows("profiles").into_iter().next().ok_or(Error::NotFound { api: Api::Zoho })?;
        Ok(read_profile(id, &profile))
    }

    /// One active user (`ZohoCRM.users.READ`). One call.
    ///
    /// # Errors
    /// [`Error`]; somebody whom the CRM does not know, or who is not active, is `None`.
    pub async fn active_user(&self, id: &ZohoId) -> Result<Option<User>, Error> {
        match self.get("/users/{id}", &format!("/users/{id}"), &[]).await {
            Ok(answer) => Ok(answer.rows("users").first().and_then(read_user).filter(|user| user.active)),
            Err(Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The active users (`ZohoCRM.users.READ`), page by page, and whether these are all: 2,000 are read.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn active_users(&self) -> Result<(Vec<User>, bool), Error> {
        let mut all = Vec::new();
        for page in 1..=MOST_USER_PAGES {
            let page = page.to_string();
            let params = [("type", "ActiveUsers"), ("per_page", "200"), ("page", page.as_str())];
            let answer = match self.get("/users", "/users", &params).await {
                Ok(answer) => answer,
                Err(Error::NotFound { .. }) => return Ok((all, true)),
                Err(error) => return Err(error),
            };
            let more = has_more(&answer);
            all.extend(answer.rows("users").iter().filter_map(read_user));
            if !more {
                return Ok((all, true));
            }
        }
        Ok((all, false))
    }

    /// Those of these e-mail addresses, in lower case, that belong to users who are active and have accepted their
    /// invitation: an administrator can invite any address, without its owner. Page by page, until all are found; who
    /// stands behind the 5,000th user counts as none.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn users_among(&self, addresses: &BTreeSet<String>) -> Result<BTreeMap<String, Option<String>>, Error> {
        let mut found = BTreeMap::new();
        for page in 1..=USER_PAGES {
            let page = page.to_string();
            let params = [("type", "ActiveUsers"), ("page", page.as_str()), ("per_page", PAGE)];
            let answer = self.get("/users", "/users", &params).await?;
            let more = has_more(&answer);
            let users = answer.rows("users");
            found.extend(users.iter().filter_map(read_addressed).filter(|(address, _)| addresses.contains(address)));
            if !more || found.len() == addresses.len() {
                break;
            }
        }
        Ok(found)
    }

    /// The organisation with its taxes and the fields of the six modules. A module that the edition lacks, or that is
    /// closed, is left out. Where Zoho does not let us read the taxes, which takes a scope that is documented nowhere, they
    /// are unknown.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn organisation(&self, centre: &DataCentre) -> Result<CrmOrganisation, Error> {
        let taxes = async {
            match self.get("/org/taxes", "/org/taxes", &[]).await {
                Ok(answer) => Ok(Some(answer.body.as_ref().map(read_taxes).unwrap_or_default())),
                Err(
                    Error::NotFound { .. }
                    | Error::ScopeMissing { .. }
                    | Error::PermissionDenied { .. }
                    | Error::ModuleUnavailable { .. }
                    | Error::Refused { .. }
                    | Error::Unexpected { .. },
                ) => Ok(None),
                Err(error) => Err(error),
            }
        };
        let fields = async {
            let fields = stream::iter(Module::ALL)
                .map(|module| async move { (module, self.fields(module).await) })
                .buffered(AT_ONCE - 3)
                .collect::<Vec<_>>();
            let fields = fields.await;
            let lines = stream::iter([Module::Invoices, Module::PurchaseOrders])
                .map(|module| async move { Ok::<_, Error>((module, self.line_numbers(module).await?)) })
                .buffered(AT_ONCE - 3)
                .collect::<Vec<_>>();
            (fields, lines.await)
        };
        let (org, taxes, (fields, lines), tax_mode) = future::join4(self.org(), taxes, fields, self.tax_mode()).await;
        let (org, taxes, tax_mode) = (org?, taxes?, tax_mode?);
        let mut by_module = BTreeMap::new();
        for (module, fields) in fields {
            match fields {
                Ok(fields) => {
                    by_module.insert(module, fields);
                }
                Err(Error::ModuleUnavailable { .. } | Error::PermissionDenied { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        let id = read_org_id(&org).ok_or_else(|| unreadable("the organisation"))?;
        Ok(CrmOrganisation {
            web_url: centre.web_url(id.as_str()),
            id,
            name: text(&org, "company_name"),
            currency: text(&org, "iso_code"),
            time_zone: text(&org, "time_zone"),
            multi_currency: org.get("mc_status").and_then(Value::as_bool).unwrap_or(false),
            taxes_unknown: taxes.is_none(),
            taxes: taxes.unwrap_or_default(),
            tax_mode,
            fields: by_module,
            line_numbers: lines.into_iter().collect::<Result<_, Error>>()?,
        })
    }

    /// Where the CRM has its tax, on the lines or on the total, as its newest invoice with tax shows it, else its newest
    /// purchase order: the CRM keeps one of the two for the organisation and does not tell which. Two calls where an
    /// invoice shows it, at most four. None while no document has tax, or where the documents can't be read.
    ///
    /// # Errors
    /// [`Error`], but not for a module that is not there or not allowed.
    pub async fn tax_mode(&self) -> Result<Option<TaxMode>, Error> {
        for module in [Module::Invoices, Module::PurchaseOrders] {
            match self.tax_mode_of(module).await {
                Ok(None)
                | Err(
                    Error::ModuleUnavailable { .. }
                    | Error::PermissionDenied { .. }
                    | Error::ScopeMissing { .. }
                    | Error::NotFound { .. }
                    | Error::Refused { .. },
                ) => {}
                told => return told,
            }
        }
        Ok(None)
    }

    async fn tax_mode_of(&self, module: Module) -> Result<Option<TaxMode>, Error> {
        let query = format!(
            "select id, Modified_Time from {} where id is not null order by Modified_Time desc limit 0, {NEWEST}",
            module.api_name()
        );
        let newest: Vec<_> = self.coql(&query).await?.iter().filter_map(record_id).map(|id| (module, id)).collect();
        let documents = self.snapshots(&newest).await?;
        Ok(documents.into_iter().filter_map(|document| tax_mode(module, &document.ok()??)).next())
    }

    /// The fields of a module.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn fields(&self, module: Module) -> Result<Vec<CrmField>, Error> {
        let answer = self.get(FIELDS, FIELDS, &[("module", module.api_name())]).await?;
        Ok(answer.rows("fields").iter().filter_map(read_field).collect())
    }

    /// The numbers in a document's lines of which it is told how many decimals they have: the lines are a module of their
    /// own, called like the field that has them. None where the CRM does not tell.
    async fn line_numbers(&self, module: Module) -> Result<Vec<CrmField>, Error> {
        let Some(lines) = module.lines_field() else { return Ok(Vec::new()) };
        let answer = match self.get(FIELDS, FIELDS, &[("module", lines)]).await {
            Ok(answer) => answer,
            Err(
                Error::NotFound { .. }
                | Error::ScopeMissing { .. }
                | Error::PermissionDenied { .. }
                | Error::ModuleUnavailable { .. }
                | Error::Refused { .. },
            ) => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        let known = answer.rows("fields");
        let is_number = |field: &CrmField| matches!(field.data_type.as_str(), "currency" | "double" | "percent");
        Ok(known.iter().filter_map(read_field).filter(|field| is_number(field) && field.decimals.is_some()).collect())
    }

    /// The fields of a module, with what profiles may do with them. One call.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn field_rights(&self, module: Module) -> Result<Vec<FieldRights>, Error> {
        self.field_rights_of(module.api_name()).await
    }

    /// The same of any module by its API name: the lines of a document are one of their own, called like the field that has
    /// them.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn field_rights_of(&self, api_name: &str) -> Result<Vec<FieldRights>, Error> {
        let answer = self.get(FIELDS, FIELDS, &[("module", api_name)]).await?;
        Ok(answer.rows("fields").iter().filter_map(read_rights).collect())
    }

    /// Creates fields, in their order. Where the CRM refuses one with what profiles may do, it is created without. One that
    /// somebody else has just created is there, and its id is not told. One that is refused harms none of the others.
    ///
    /// # Errors
    /// [`Error`], but not for a refusal.
    pub async fn create_fields(&self, module: Module, new: &[NewField<'_>]) -> Result<Vec<Created>, Error> {
        let mut made: Vec<Option<Made>> = vec![None; new.len()];
        let mut refused: Vec<String> = vec![String::new(); new.len()];
        for guarded in [true, false] {
            let left: Vec<usize> = (0..new.len()).filter(|at| made.get(*at).is_some_and(Option::is_none)).collect();
            for group in left.chunks(NEW_FIELDS) {
                let fields: Vec<&NewField<'_>> = group.iter().filter_map(|at| new.get(*at)).collect();
                let rows = match self.create_rows(module, &fields, guarded).await {
                    Ok(rows) => rows,
                    Err(error) => {
                        let said = words_of(error)?;
                        group.iter().for_each(|at| said.clone_into(&mut refused[*at]));
                        continue;
                    }
                };
                for ((at, field), row) in group.iter().zip(fields).zip(rows) {
                    let failed = row.get("status").and_then(Value::as_str) == Some("error");
                    let there = row.get("code").and_then(Value::as_str) == Some("DUPLICATE_DATA");
                    if failed && !there {
                        refused[*at] = format!("{}: {}", text(&row, "code"), text(&row, "message"));
                        continue;
                    }
                    let id = row.pointer("/details/id").and_then(Value::as_str).filter(|_| !failed);
                    let id = id.and_then(|id| ZohoId::new(id).ok());
                    if let Some(made) = made.get_mut(*at) {
                        *made = Some(Made { id, guarded: guarded && !there && !field.profiles.is_empty() });
                    }
                }
            }
        }
        Ok(made
            .into_iter()
            .zip(refused)
            .map(|(made, said)| made.map_or(Created::Refused(said), Created::Made))
            .collect())
    }

    async fn create_rows(&self, module: Module, fields: &[&NewField<'_>], guarded: bool) -> Result<Vec<Value>, Error> {
        let definition = |new: &&NewField<'_>| {
            let mut definition = new.field.definition();
            if guarded && !new.profiles.is_empty() {
                definition["profiles"] = profile_rows(&new.profiles);
            }
            definition
        };
        let definitions: Vec<Value> = fields.iter().map(definition).collect();
        let url = self.url(&format!("{FIELDS}?module={}", module.api_name()));
        let call = Call::write(Method::Post, FIELDS, url, json!({"fields": definitions}));
        Ok(self.line().send(call).await?.rows("fields"))
    }

    /// Sets what profiles may do with fields, and says of each whether the CRM took it.
    ///
    /// # Errors
    /// [`Error`], but not for a refusal.
    pub async fn set_field_rights(
        &self,
        module: Module,
        changes: &[(ZohoId, Vec<(ZohoId, Permission)>)],
    ) -> Result<Vec<bool>, Error> {
        let mut taken = Vec::with_capacity(changes.len());
        for group in changes.chunks(NEW_FIELDS) {
            let fields: Vec<Value> = group
                .iter()
                .map(|(id, profiles)| json!({"id": id.as_str(), "profiles": profile_rows(profiles)}))
                .collect();
            let url = self.url(&format!("{FIELDS}?module={}", module.api_name()));
            let call = Call::write(Method::Patch, FIELDS, url, json!({"fields": fields}));
            let rows = match self.line().send(call).await {
                Ok(answer) => answer.rows("fields"),
                Err(
                    Error::Refused { .. }
                    | Error::PermissionDenied { .. }
                    | Error::ScopeMissing { .. }
                    | Error::NotFound { .. }
                    | Error::Unexpected { .. },
                ) => Vec::new(),
                Err(error) => return Err(error),
            };
            let done = |at: usize| rows.get(at).is_some_and(|row| text(row, "status") == "success");
            taken.extend((0..group.len()).map(done));
        }
        Ok(taken)
    }

    async fn org(&self) -> Result<Value, Error> {
        let org = self.get("/org", "/org", &[]).await?.rows("org").into_iter().next();
        org.ok_or_else(|| unreadable("the organisation"))
    }
}

/// What Zoho says when it refuses.
///
/// # Errors
/// The error, where it is no refusal of what was asked.
fn words_of(error: Error) -> Result<String, Error> {
    match error {
        Error::Refused { code, messages, .. } => {
            let code = code.map(|code| format!("{code}: ")).unwrap_or_default();
            Ok(format!("{code}{}", messages.join("; ")))
        }
        Error::PermissionDenied { said } | Error::ScopeMissing { said, .. } | Error::ModuleUnavailable { said } => {
            Ok(said.unwrap_or_default())
        }
        Error::Unexpected { status, .. } => Ok(format!("HTTP {status}")),
        error => Err(error),
    }
}

fn unreadable(what: &str) -> Error {
    Error::lost(Api::Zoho, Effect::Read, format!("the answer does not show {what}"))
}

fn text(value: &Value, key: &str) -> String {
    value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn read_org_id(org: &Value) -> Option<ZohoOrgId> {
    // `zgid` is a string; some editions' answers had it as a number.
    let zgid = match org.get("zgid")? {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    ZohoOrgId::new(zgid).ok()
}

fn read_user(user: &Value) -> Option<User> {
    let id = |value: &Value| ZohoId::new(value.as_str()?).ok();
    Some(User {
        id: id(user.get("id")?)?,
        name: text(user, "full_name"),
        email: text(user, "email"),
        // Words that are not known say nothing good of somebody's rights.
        active: user.get("status").and_then(Value::as_str) == Some("active"),
        profile: ProfileRef {
            id: id(user.pointer("/profile/id")?)?,
            name: user.pointer("/profile/name").and_then(Value::as_str).unwrap_or_default().to_owned(),
        },
        time_zone: user.get("time_zone").and_then(Value::as_str).map(str::to_owned),
    })
}

fn read_profile(id: &ZohoId, profile: &Value) -> Profile {
    let permissions = profile.get("permissions_details").and_then(Value::as_array).into_iter().flatten();
    let told: BTreeMap<&str, bool> = permissions
        .filter_map(|permission| {
            let enabled = permission.get("enabled").and_then(Value::as_bool)?;
            Some((permission.get("name").and_then(Value::as_str)?, enabled))
        })
        .collect();
    let has = |name: &str| told.get(name) == Some(&true);
    let edits = |module: Module| Some((module, *told.get(format!("Crm_Implied_Edit_{}", module.api_name()).as_str())?));
    Profile {
        id: id.clone(),
        customises: has("Crm_Implied_Customize_Zoho_CRM"),
        manages_people: has("Crm_Implied_Manage_Users") && has("Crm_Implied_Manage_Profiles"),
        edits: Module::ALL.into_iter().filter_map(edits).collect(),
    }
}

/// The e-mail address, in lower case, of a user who is there for certain, and the tag of that user's language: `de_DE`.
fn read_addressed(user: &Value) -> Option<(String, Option<String>)> {
    let active = user.get("status").and_then(Value::as_str) == Some("active");
    let confirmed = user.get("confirm").and_then(Value::as_bool) == Some(true);
    let address = user.get("email").and_then(Value::as_str)?;
    let language = user.get("language").and_then(Value::as_str).map(str::to_owned);
    (active && confirmed && !address.is_empty()).then(|| (address.to_ascii_lowercase(), language))
}

/// Where a document has its tax; none when it has none.
fn tax_mode(module: Module, document: &CrmSnapshot) -> Option<TaxMode> {
    // Reading takes the organisation for what a document leaves open, which its tax mode is not.
    let organisation = CrmOrganisation {
        id: ZohoOrgId::new("0").ok()?,
        name: String::new(),
        currency: String::new(),
        time_zone: String::new(),
        web_url: String::new(),
        multi_currency: false,
        taxes: Vec::new(),
        taxes_unknown: true,
        tax_mode: None,
        fields: BTreeMap::new(),
        line_numbers: BTreeMap::new(),
    };
    match shared::zoho::read(module, document, &organisation, &Settings::default()).0 {
        Record::Document(document) => Some(document.tax_mode).filter(|mode| *mode != TaxMode::None),
        _ => None,
    }
}

/// Version 8 wraps the taxes in `org_taxes`, version 2 did not.
fn read_taxes(body: &Value) -> Vec<CrmTax> {
    let taxes = body.pointer("/org_taxes/taxes").or_else(|| body.get("taxes")).and_then(Value::as_array);
    let read = |tax: &Value| {
        Some(CrmTax { name: tax.get("name")?.as_str()?.to_owned(), percentage: decimal(tax.get("value")?)? })
    };
    taxes.map(|taxes| taxes.iter().filter_map(read).collect()).unwrap_or_default()
}

fn decimal(value: &Value) -> Option<Decimal> {
    let text = match value {
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.trim().to_owned(),
        _ => return None,
    };
    text.parse().or_else(|_| Decimal::from_scientific(&text)).ok()
}

fn read_field(field: &Value) -> Option<CrmField> {
    let label = field.get("field_label").or_else(|| field.get("display_label")).and_then(Value::as_str);
    let values = field.get("pick_list_values").and_then(Value::as_array);
    let pair = |value: &Value| {
        // What stands where nothing is chosen is no choice.
        let actual = value.get("actual_value")?.as_str().filter(|actual| *actual != UNCHOSEN)?.to_owned();
        let display = value.get("display_value").and_then(Value::as_str).unwrap_or(&actual).to_owned();
        Some((actual, display))
    };
    let flag = |pointer: &str| field.pointer(pointer).and_then(Value::as_bool);
    let count = |key: &str| field.get(key).and_then(Value::as_u64).and_then(|count| u32::try_from(count).ok());
    Some(CrmField {
        api_name: field.get("api_name")?.as_str()?.to_owned(),
        label: label.unwrap_or_default().to_owned(),
        data_type: text(field, "data_type"),
        json_type: field.get("json_type").and_then(Value::as_str).map(str::to_owned),
        read_only: flag("/read_only") == Some(true)
            || flag("/field_read_only") == Some(true)
            || flag("/operation_type/api_update") == Some(false),
        length: count("length"),
        decimals: count("decimal_place"),
        custom: field.get("custom_field").and_then(Value::as_bool).unwrap_or(false),
        picklist: values.map(|values| values.iter().filter_map(pair).collect()).unwrap_or_default(),
    })
}

fn read_rights(field: &Value) -> Option<FieldRights> {
    let label = field.get("field_label").or_else(|| field.get("display_label")).and_then(Value::as_str);
    let profiles = field.get("profiles").and_then(Value::as_array).into_iter().flatten();
    let read = |row: &Value| {
        let profile = ProfileRef { id: ZohoId::new(row.get("id")?.as_str()?).ok()?, name: text(row, "name") };
        Some((profile, Permission::of(row.get("permission_type")?.as_str()?)))
    };
    Some(FieldRights {
        id: field.get("id").and_then(Value::as_str).and_then(|id| ZohoId::new(id).ok()),
        api_name: field.get("api_name")?.as_str()?.to_owned(),
        label: label.unwrap_or_default().to_owned(),
        profiles: profiles.filter_map(read).collect(),
    })
}

fn profile_rows(profiles: &[(ZohoId, Permission)]) -> Value {
    let row =
        |(id, permission): &(ZohoId, Permission)| json!({"id": id.as_str(), "permission_type": permission.as_str()});
    profiles.iter().map(row).collect()
}
