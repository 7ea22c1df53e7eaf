//! What is asked of the CRM besides records: the signed-in user, the organisation with its lists, and our own fields.

use super::{Client, DataCentre, record_id};
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
use std::collections::BTreeMap;

/// Metadata reads at the same time: the Free edition allows 5 concurrent calls.
const AT_ONCE: usize = 5;
/// Documents that are looked at for where the tax is.
const NEWEST: usize = 5;
/// New fields in one request.
const NEW_FIELDS: usize = 5;

/// A CRM user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// The user's id.
    pub id: ZohoId,
    /// `full_name`.
    pub name: String,
    /// The e-mail address.
    pub email: String,
    /// Whether the profile is Zoho's own `Administrator`.
    pub administrator: bool,
    /// IANA name; the API's timestamps are in this zone.
    pub time_zone: Option<String>,
    /// `zgid` of the organisation.
    pub organisation: ZohoOrgId,
    /// The organisation's name.
    pub organisation_name: String,
}

impl<P: Clock + Http, T: Tokens> Client<'_, P, T> {
    /// Whose tokens these are, and of which organisation.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn current_user(&self) -> Result<User, Error> {
        let (users, org) = future::join(self.get("/users", "/users", &[("type", "CurrentUser")]), self.org()).await;
        let org = org?;
        let user = users?.rows("users").into_iter().next();
        user.as_ref().and_then(|user| read_user(user, &org)).ok_or_else(|| unreadable("the signed-in user"))
    }

    /// The organisation with its taxes and the fields of the six modules. A module that the edition lacks is left out.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn organisation(&self, centre: &DataCentre) -> Result<CrmOrganisation, Error> {
        let taxes = async {
            match self.get("/org/taxes", "/org/taxes", &[]).await {
                Err(Error::NotFound) => Ok(None),
                answer => answer.map(|answer| answer.body),
            }
        };
        let fields = stream::iter(Module::ALL)
            .map(|module| async move { (module, self.fields(module).await) })
            .buffered(AT_ONCE - 3)
            .collect::<Vec<_>>();
        let (org, taxes, fields, tax_mode) = future::join4(self.org(), taxes, fields, self.tax_mode()).await;
        let (org, taxes, tax_mode) = (org?, taxes?, tax_mode?);
        let mut by_module = BTreeMap::new();
        for (module, fields) in fields {
            match fields {
                Ok(fields) => {
                    by_module.insert(module, fields);
                }
                Err(Error::ModuleUnavailable { .. }) => {}
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
            taxes: taxes.as_ref().map(read_taxes).unwrap_or_default(),
            tax_mode,
            fields: by_module,
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
                    | Error::NotFound
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
        let path = "/settings/fields";
        let answer = self.get(path, path, &[("module", module.api_name())]).await?;
        Ok(answer.rows("fields").iter().filter_map(read_field).collect())
    }

    /// Creates those of our fields that the module does not have yet (known by API name or label), and gives all its
    /// fields as they are afterwards: the API names are the CRM's own choice.
    ///
    /// # Errors
    /// [`Error::Refused`] with the messages of the fields that could not be created.
    pub async fn create_fields(&self, module: Module, wanted: &[CustomField]) -> Result<Vec<CrmField>, Error> {
        let present = self.fields(module).await?;
        let missing: Vec<_> = wanted
            .iter()
            .filter(|field| !present.iter().any(|known| known.api_name == field.api_name || known.label == field.label))
            .collect();
        if missing.is_empty() {
            return Ok(present);
        }
        let mut refused = Vec::new();
        for group in missing.chunks(NEW_FIELDS) {
            let path = "/settings/fields";
            let definitions: Vec<_> = group.iter().map(|field| field.definition()).collect();
            let url = self.url(&format!("{path}?module={}", module.api_name()));
            let call = Call::write(Method::Post, path, url, json!({"fields": definitions}));
            let rows = self.line().send(call).await?.rows("fields");
            for (field, row) in group.iter().zip(&rows) {
                let failed = row.get("status").and_then(Value::as_str) == Some("error");
                // Somebody else has just created it.
                if failed && row.get("code").and_then(Value::as_str) != Some("DUPLICATE_DATA") {
                    refused.push((field.label, row.clone()));
                }
            }
        }
        if let Some((_, row)) = refused.first() {
            return Err(Error::Refused {
                api: Api::Zoho,
                status: 400,
                code: row.get("code").and_then(Value::as_str).map(str::to_owned),
                details: row.get("details").cloned(),
                messages: refused.iter().map(|(label, row)| format!("{label}: {}", text(row, "message"))).collect(),
            });
        }
        self.fields(module).await
    }

    async fn org(&self) -> Result<Value, Error> {
        let org = self.get("/org", "/org", &[]).await?.rows("org").into_iter().next();
        org.ok_or_else(|| unreadable("the organisation"))
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

fn read_user(user: &Value, org: &Value) -> Option<User> {
    Some(User {
        id: ZohoId::new(user.get("id")?.as_str()?).ok()?,
        name: text(user, "full_name"),
        email: text(user, "email"),
        administrator: user.pointer("/profile/name").and_then(Value::as_str) == Some("Administrator"),
        time_zone: user.get("time_zone").and_then(Value::as_str).map(str::to_owned),
        organisation: read_org_id(org)?,
        organisation_name: text(org, "company_name"),
    })
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
        tax_mode: None,
        fields: BTreeMap::new(),
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
        let actual = value.get("actual_value")?.as_str()?.to_owned();
        let display = value.get("display_value").and_then(Value::as_str).unwrap_or(&actual).to_owned();
        Some((actual, display))
    };
    Some(CrmField {
        api_name: field.get("api_name")?.as_str()?.to_owned(),
        label: label.unwrap_or_default().to_owned(),
        data_type: text(field, "data_type"),
        length: field.get("length").and_then(Value::as_u64).and_then(|length| u32::try_from(length).ok()),
        custom: field.get("custom_field").and_then(Value::as_bool).unwrap_or(false),
        picklist: values.map(|values| values.iter().filter_map(pair).collect()).unwrap_or_default(),
    })
}
