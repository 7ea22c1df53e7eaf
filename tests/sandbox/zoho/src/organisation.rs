//! The organisation, its taxes and currencies.

use crate::answers::TaxesFor;
use crate::api::{ApiCall, Caller};
use crate::errors::{Problem, Reply};
use crate::limits::LICENCES;
use crate::state::{Tax, Zoho, decimal, id_of};
use serde_json::{Value, json};

impl Zoho {
    pub(crate) fn org_info(&self) -> Reply {
        let org = &self.org;
        let mut out = json!({
            "id": org.id.to_string(),
            "zgid": org.zgid.to_string(),
            "company_name": org.company_name,
            "type": "Production",
            "country": org.country,
            "country_code": org.country_code,
            "currency": org.currency,
            "currency_symbol": org.currency_symbol,
            "currency_locale": format!("en_{}", org.country_code),
            "iso_code": org.iso_code,
            "time_zone": org.time_zone,
            "mc_status": true,
            "primary_email": org.primary_email,
            "primary_zuid": self.user(self.administrator()).map_or(0, |user| user.zuid).to_string(),
            "license_details": {
                "paid_expiry": "2027-06-30T00:00:00+10:00",
                "users_license_purchased": LICENCES,
                "trial_type": Value::Null,
                "trial_expiry": Value::Null,
                "paid": self.config.edition.paid_type() != "free",
                "paid_type": self.config.edition.paid_type(),
                "trial_action": Value::Null,
            },
            "hierarchy_preferences": {"type": "Role_Hierarchy", "strictly_reporting": false},
            "checkin_preferences": {"restricted_event_types": Value::Null},
            "website": Value::Null,
            "phone": "",
            "domain_name": format!("org{}", org.zgid),
            "ezgid": self.hex_of(org.zgid),
            "call_icon": "ic",
        });
        let rest = json!({
            "photo_id": Value::Null, "city": Value::Null, "description": Value::Null, "street": Value::Null,
            "alias": Value::Null, "state": Value::Null, "fax": Value::Null, "zip": Value::Null,
            "mobile": Value::Null, "employee_count": Value::Null, "zia_portal_id": Value::Null,
            "gapps_enabled": false, "translation_enabled": false, "deletable_org_account": true,
            "privacy_settings": false, "hipaa_compliance_enabled": false, "lite_users_enabled": false,
            "max_per_page": 200, "oauth_presence": true, "zia_zgid": Value::Null,
            "created_time": "2024-02-01T09:00:00+11:00",
        });
        if let (Some(out), Value::Object(rest)) = (out.as_object_mut(), rest) {
            out.extend(rest);
        }
        Reply::ok(json!({"org": [out]}))
    }

    fn hex_of(&self, number: u64) -> String {
        format!("{number:032x}")
    }

    /// Whether anybody may read the taxes at all.
    pub(crate) fn taxes_are_open(&self) -> Result<(), Problem> {
        match self.answers.taxes {
            TaxesFor::Everybody => Ok(()),
            TaxesFor::ScopeMissing => {
                Err(Problem::new(401, "OAUTH_SCOPE_MISMATCH", "invalid oauth scope to access this URL", json!({})))
            }
            TaxesFor::NotPermitted => Err(Problem::no_permission("Crm_Implied_Manage_Taxes")),
            TaxesFor::Unknown => Err(Problem::unknown_url()),
            TaxesFor::Refused => Err(Problem::new(400, "INVALID_REQUEST", "unable to process your request", json!({}))),
        }
    }

    pub(crate) fn org_taxes(&mut self, caller: &Caller, call: &ApiCall, id: Option<&str>) -> Result<Reply, Problem> {
        match (call.method.as_str(), id) {
            ("GET", None) if self.taxes.is_empty() => Ok(Reply::empty(204)),
            ("GET", None) => Ok(Reply::ok(json!({
                "org_taxes": {
                    "taxes": self.taxes_json(),
                    "preference": {"auto_populate_tax": true, "modify_tax_rates": false},
                },
            }))),
            ("GET", Some(id)) => {
                let all = self.taxes_json();
                let tax = all.as_array().into_iter().flatten().find(|tax| tax["id"].as_str() == Some(id));
                Ok(tax.map_or_else(|| Reply::empty(204), |tax| Reply::ok(json!({"org_taxes": {"taxes": [tax]}}))))
            }
            ("PUT", None) => self.change_taxes(caller, call),
            _ => Err(Problem::wrong_method()),
        }
    }

    /// Rows without an id are new, rows with one changed, `_delete` removes.
    fn change_taxes(&mut self, caller: &Caller, call: &ApiCall) -> Result<Reply, Problem> {
        self.allow_setup(caller)?;
        let at = "$.org_taxes.taxes";
        let rows = call.object()?.get("org_taxes").and_then(|taxes| taxes.get("taxes")).and_then(Value::as_array);
        let rows = rows.ok_or_else(|| Problem::mandatory("taxes", at))?;
        let results = rows
            .iter()
            .enumerate()
            .map(|(index, row)| {
                let at = format!("{at}[{index}]");
                let name = row.get("name").and_then(Value::as_str);
                let percentage = row.get("value").and_then(decimal);
                let id = match row.get("id").filter(|id| !id.is_null()) {
                    None => {
                        let name = name.ok_or_else(|| Problem::mandatory("name", &format!("{at}.name")))?;
                        let percentage =
                            percentage.ok_or_else(|| Problem::mandatory("value", &format!("{at}.value")))?;
                        if self.taxes.iter().any(|tax| tax.name == name) {
                            return Err(Problem::new(
                                400,
                                "DUPLICATE_DATA",
                                "duplicate data",
                                json!({"api_name": "name", "json_path": format!("{at}.name")}),
                            ));
                        }
                        let id = self.id();
                        self.taxes.push(Tax { id, name: name.to_owned(), percentage });
                        id
                    }
                    Some(id) => {
                        let known = id_of(id).and_then(|id| self.taxes.iter().position(|tax| tax.id == id));
                        let position = known.ok_or_else(|| Problem::invalid_id("id", &format!("{at}.id")))?;
                        let id = self.taxes[position].id;
                        if row.get("_delete").is_some() {
                            self.taxes.remove(position);
                        } else {
                            let tax = &mut self.taxes[position];
                            if let Some(name) = name {
                                name.clone_into(&mut tax.name);
                            }
                            tax.percentage = percentage.unwrap_or(tax.percentage);
                        }
                        id
                    }
                };
                Ok(json!({"code": "SUCCESS", "details": {"id": id.to_string()}, "message": "tax updated", "status": "success"}))
            })
            .collect();
        let reply = Reply::rows("taxes", results, 200, 400);
        Ok(Reply { status: reply.status, body: reply.body.map(|body| json!({"org_taxes": body})) })
    }

    pub(crate) fn currency_list(&self, caller: &Caller) -> Reply {
        let currencies: Vec<Value> = self
            .currencies
            .iter()
            .map(|currency| {
                let by = self.user_json(self.administrator());
                let made = self.time(caller.user, chrono::DateTime::UNIX_EPOCH);
                json!({
                    "id": currency.id.to_string(),
                    "iso_code": currency.iso_code,
                    "name": format!("{} - {}", currency.name, currency.iso_code),
                    "symbol": currency.symbol,
                    "exchange_rate": currency.rate.to_string(),
                    "is_base": currency.iso_code == self.org.iso_code,
                    "is_active": true,
                    "prefix_symbol": true,
                    "format": {"decimal_separator": "Period", "thousand_separator": "Comma", "decimal_places": currency.decimals.to_string()},
                    "created_time": made,
                    "modified_time": made,
                    "created_by": by,
                    "modified_by": by,
                })
            })
            .collect();
        Reply::ok(json!({"currencies": currencies}))
    }
}
