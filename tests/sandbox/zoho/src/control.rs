//! What tests and the sandbox's own pages do to the CRM directly, as the administrator and without HTTP.

use crate::answers::{Answers, FieldRule};
use crate::api::{ApiCall, Caller};
use crate::errors::Problem;
use crate::schema::{Kind, Mark, Module, Pick};
use crate::state::{AutomationRun, CurrencyRate, Org, Record, RecordFlag, Tax, TaxMode, Zoho, id_of};
use chrono::{DateTime, Duration, Utc};
use rust_decimal::Decimal;
use serde_json::{Value, json};

impl Zoho {
    /// Sets the clock. A call that comes in over HTTP sets it too.
    pub fn set_now(&mut self, now: DateTime<Utc>) {
        self.now = now;
    }

    /// Makes the organisation a sandbox of another one: its API is at `/sandbox/api` (in life `sandbox.zohoapis.com`),
    /// and nowhere else.
    pub fn be_a_sandbox(&mut self) {
        self.is_sandbox = true;
    }

    /// Makes a record in the first administrator's name, with the API's validation and computation but whatever that
    /// administrator may, and returns its id.
    /// A numeric text under `id` becomes the record's id. No automation runs.
    ///
    /// # Errors
    /// Zoho's error envelope.
    pub fn insert(&mut self, module: &str, row: &Value) -> Result<String, Value> {
        self.insert_inner(module, row).map(|id| id.to_string()).map_err(|problem| problem.body())
    }

    /// Adds a record as one of the users, with his rights.
    ///
    /// # Errors
    /// Zoho's error envelope.
    pub fn insert_as(&mut self, email: &str, module: &str, row: &Value) -> Result<String, Value> {
        let caller = self.caller_of(email)?;
        self.allow_module(&caller, module, true).map_err(|problem| problem.body())?;
        let module = self.module(module).cloned().ok_or_else(|| Problem::invalid_module(module).body())?;
        let row = row.as_object().ok_or_else(|| Problem::wrong_type("data", "$.data[0]", "jsonobject").body())?;
        let made = self.insert_row(&caller, &module, row, "$.data[0]", None);
        made.map(|id| id.to_string()).map_err(|problem| problem.body())
    }

    fn insert_inner(&mut self, module: &str, row: &Value) -> Result<u64, Problem> {
        let module = self.module(module).cloned().ok_or_else(|| Problem::invalid_module(module))?;
        let row = row.as_object().ok_or_else(|| Problem::wrong_type("data", "$.data[0]", "jsonobject"))?;
        let given = row.get("id").and_then(id_of);
        self.insert_row(&self.system(), &module, row, "$.data[0]", given)
    }

    /// Changes a record as the administrator, as `PUT` would.
    ///
    /// # Errors
    /// Zoho's error envelope.
    pub fn update(&mut self, module: &str, id: &str, row: &Value) -> Result<(), Value> {
        let caller = self.system();
        self.update_inner(&caller, module, id, row).map_err(|problem| problem.body())
    }

    /// Changes a record as one of the users, with his rights.
    ///
    /// # Errors
    /// Zoho's error envelope.
    pub fn update_as(&mut self, email: &str, module: &str, id: &str, row: &Value) -> Result<(), Value> {
        let caller = self.caller_of(email)?;
        self.allow_module(&caller, module, true).map_err(|problem| problem.body())?;
        self.update_inner(&caller, module, id, row).map_err(|problem| problem.body())
    }

    fn update_inner(&mut self, caller: &Caller, module: &str, id: &str, row: &Value) -> Result<(), Problem> {
        let module = self.module(module).cloned().ok_or_else(|| Problem::invalid_module(module))?;
        let row = row.as_object().ok_or_else(|| Problem::wrong_type("data", "$.data[0]", "jsonobject"))?;
        let id = id.parse().map_err(|_| Problem::invalid_id("id", "$.data[0].id"))?;
        self.update_row(caller, &module, id, row, "$.data[0]", None)
    }

    /// A record with all that stands in it, and with lines.
    #[must_use]
    pub fn get(&self, module: &str, id: &str) -> Option<Value> {
        let record = self.record(module, id.parse().ok()?)?;
        Some(self.render(&self.system(), module, record, None, true))
    }

    /// A record as one of the users reads it: `None` when he may not see it.
    #[must_use]
    pub fn get_as(&self, email: &str, module: &str, id: &str) -> Option<Value> {
        let caller = self.caller_of(email).ok()?;
        self.allow_module(&caller, module, false).ok()?;
        let record = self.visible(&caller, module, id.parse().ok()?)?;
        Some(self.render(&caller, module, record, None, true))
    }

    /// Every record of a module with all that stands in it, and with lines, oldest first.
    #[must_use]
    pub fn records(&self, module: &str) -> Vec<Value> {
        let system = self.system();
        let records = self.records.get(module).into_iter().flat_map(|records| records.values());
        records.map(|record| self.render(&system, module, record, None, true)).collect()
    }

    /// The ids of a module's records, oldest first.
    #[must_use]
    pub fn ids(&self, module: &str) -> Vec<String> {
        self.records.get(module).into_iter().flat_map(|records| records.keys()).map(u64::to_string).collect()
    }

    /// The records of a module that one of the users sees, with lines, oldest first.
    #[must_use]
    pub fn records_as(&self, email: &str, module: &str) -> Vec<Value> {
        let Ok(caller) = self.caller_of(email) else { return Vec::new() };
        if self.allow_module(&caller, module, false).is_err() {
            return Vec::new();
        }
        let records = self.records.get(module).into_iter().flat_map(|records| records.values());
        let seen = records.filter(|record| self.sees(&caller, module, record));
        seen.map(|record| self.render(&caller, module, record, None, true)).collect()
    }

    /// Moves a record to the recycle bin. `false` when there is none.
    pub fn delete(&mut self, module: &str, id: &str) -> bool {
        let user = self.administrator();
        id.parse().is_ok_and(|id| self.remove(user, module, id))
    }

    /// Makes a record look changed just now, by the administrator. `false` when there is none.
    pub fn touch(&mut self, module: &str, id: &str) -> bool {
        let (now, user) = (self.second(), self.administrator());
        self.with_record(module, id, |record| {
            record.modified = now;
            record.modified_by = user;
        })
    }

    /// Sets a state of a record that a person sets in the CRM. `false` when there is no such record.
    pub fn set_record_flag(&mut self, module: &str, id: &str, flag: RecordFlag) -> bool {
        self.with_record(module, id, |record| match flag {
            RecordFlag::Locked(locked) => record.locked = locked,
            RecordFlag::InBlueprint(inside) => record.in_blueprint = inside,
            RecordFlag::Approval(approval) => record.approval = approval,
        })
    }

    fn with_record(&mut self, module: &str, id: &str, act: impl FnOnce(&mut Record)) -> bool {
        let record = id.parse().ok().and_then(|id: u64| self.records.get_mut(module)?.get_mut(&id));
        record.map(act).is_some()
    }

    /// Makes a field of the organisation, as `POST /settings/fields` would, and returns its API name.
    ///
    /// # Errors
    /// Zoho's error envelope.
    pub fn create_field(&mut self, module: &str, field: &Value) -> Result<String, Value> {
        let call = ApiCall {
            method: "POST".into(),
            segments: vec!["settings".into(), "fields".into()],
            query: vec![("module".into(), module.into())],
            if_modified_since: None,
            if_unmodified_since: None,
            external: None,
            body: Some(json!({"fields": [field]})),
        };
        let caller = self.system();
        let reply = self.create_fields(&caller, &call).map_err(|problem| problem.body())?;
        if reply.status != 201 {
            return Err(reply.body.map_or(Value::Null, |body| body["fields"][0].clone()));
        }
        let made = self.module(module).and_then(|module| module.fields.last());
        Ok(made.map(|field| field.api_name.clone()).unwrap_or_default())
    }

    /// Removes a field that the organisation made, with what stands in it. `false` when there is none.
    pub fn delete_custom_field(&mut self, module: &str, api_name: &str) -> bool {
        let fields = self.module(module).map(|module| module.fields.as_slice()).unwrap_or_default();
        let Some(field) = fields.iter().find(|field| field.custom && field.api_name == api_name) else { return false };
        let id = field.id.to_string();
        let call = ApiCall {
            method: "DELETE".into(),
            segments: vec!["settings".into(), "fields".into(), id.clone()],
            query: vec![("module".into(), module.into())],
            if_modified_since: None,
            if_unmodified_since: None,
            external: None,
            body: None,
        };
        let caller = self.system();
        self.delete_field(&caller, &call, &id).is_ok()
    }

    /// Makes a field one that nobody writes, told by these keys of its metadata. `false` when there is none.
    pub fn make_read_only(&mut self, module: &str, api_name: &str, mark: Mark) -> bool {
        self.with_field(module, api_name, |field| (field.read_only, field.mark) = (true, mark))
    }

    /// Gives a field another type, as an organisation of another age has it. What stands in it stays. `false` when there is
    /// none.
    ///
    /// Without a `length` it has the type's own.
    pub fn retype(&mut self, module: &str, api_name: &str, kind: Kind, length: Option<usize>) -> bool {
        self.with_field(module, api_name, |field| {
            (field.kind, field.length, field.zero) = (kind, length.unwrap_or_else(|| kind.default_length()), false);
        })
    }

    /// Lets no two records have the same value in a field, as an organisation may have it of e-mail addresses. What is there
    /// already stays. `false` when there is no such field.
    pub fn make_unique(&mut self, module: &str, api_name: &str) -> bool {
        if !self.with_field(module, api_name, |field| field.unique = Some(false)) {
            return false;
        }
        if let Some(definition) = self.module(module).cloned() {
            let records = self.records.get(&definition.api_name).into_iter().flat_map(|records| records.values());
            let mut unique = std::mem::take(&mut self.unique);
            unique.learn(&definition, records);
            self.unique = unique;
        }
        true
    }

    /// Gives a number's field so many decimals. `false` when there is none.
    pub fn set_decimals(&mut self, module: &str, api_name: &str, decimals: u32) -> bool {
        self.with_field(module, api_name, |field| field.decimals = decimals)
    }

    /// Switches a currency on: `rate` units of it are worth one of the home currency, and its coins have `decimals`.
    pub fn add_currency(&mut self, iso_code: &'static str, name: &'static str, rate: Decimal, decimals: u32) {
        let id = self.id();
        self.currencies.push(CurrencyRate { id, iso_code, name, symbol: iso_code, rate, decimals });
        for module in &mut self.modules {
            for field in module.fields.iter_mut().filter(|field| field.api_name == "Currency") {
                field.picks.push(Pick { id, display: iso_code.to_owned(), actual: iso_code.to_owned() });
            }
        }
    }

    /// Puts a record into these territories, and into no others. `false` when there is none.
    pub fn set_territories(&mut self, module: &str, id: &str, names: &[&str]) -> bool {
        let names = names.iter().map(|name| (*name).to_owned()).collect();
        self.with_record(module, id, |record| record.territories = names)
    }

    fn with_field(&mut self, module: &str, api_name: &str, act: impl FnOnce(&mut crate::schema::Field)) -> bool {
        let module = self.modules.iter_mut().find(|known| known.api_name == module);
        let field = module.and_then(|module| module.fields.iter_mut().find(|field| field.api_name == api_name));
        field.map(act).is_some()
    }

    /// The organisation.
    #[must_use]
    pub fn org(&self) -> &Org {
        &self.org
    }

    /// Gives the organisation and its first user the numbers of those of another data centre: nothing documents them as
    /// different.
    pub fn take_numbers_of(&mut self, other: &Self) {
        (self.org.id, self.org.zgid) = (other.org.id, other.org.zgid);
        if let (Some(first), Some(theirs)) = (self.users.first_mut(), other.users.first()) {
            (first.id, first.zuid) = (theirs.id, theirs.zuid);
        }
    }

    /// The modules with their fields.
    #[must_use]
    pub fn modules(&self) -> &[Module] {
        &self.modules
    }

    /// The taxes.
    #[must_use]
    pub fn taxes(&self) -> &[Tax] {
        &self.taxes
    }

    /// Where the tax of a document is chosen.
    #[must_use]
    pub fn tax_mode(&self) -> TaxMode {
        self.tax_mode
    }

    /// Puts every user into a time zone, by its IANA name. `false` when there is no such zone.
    pub fn set_time_zone(&mut self, name: &str) -> bool {
        if name.parse::<chrono_tz::Tz>().is_err() {
            return false;
        }
        name.clone_into(&mut self.org.time_zone);
        for user in &mut self.users {
            name.clone_into(&mut user.time_zone);
        }
        true
    }

    /// Sets how long the search index lags behind.
    pub fn set_index_lag(&mut self, lag: Duration) {
        self.index_lag = lag;
    }

    /// Sets the credits of 24 hours.
    pub fn set_credit_limit(&mut self, credits: u32) {
        self.credit_limit = credits;
    }

    /// Chooses among the answers that Zoho is known to give.
    pub fn set_answers(&mut self, answers: Answers) {
        self.answers = answers;
    }

    /// Lets a rule of the organisation's own refuse writes.
    pub fn add_rule(&mut self, rule: FieldRule) {
        self.rules.push(rule);
    }

    /// Takes all such rules away.
    pub fn clear_rules(&mut self) {
        self.rules.clear();
    }

    /// The answers that were chosen, to change single ones.
    pub fn answers_mut(&mut self) -> &mut Answers {
        &mut self.answers
    }

    /// Scopes that consent does not give from now on, whatever is asked for; the token's `scope` says so.
    pub fn withhold_scopes(&mut self, scopes: &[&str]) {
        self.withheld_scopes = scopes.iter().map(|scope| (*scope).to_owned()).collect();
    }

    /// Cuts the accounts server's pages off from their opener, by `Cross-Origin-Opener-Policy: same-origin`.
    pub fn set_opener_policy(&mut self, same_origin: bool) {
        self.cut_off = same_origin;
    }

    /// Whether the accounts server's pages are cut off from their opener.
    #[must_use]
    pub fn has_opener_policy(&self) -> bool {
        self.cut_off
    }

    /// The automations that writes over the API let run, oldest first.
    #[must_use]
    pub fn automation_runs(&self) -> &[AutomationRun] {
        &self.automation_runs
    }

    /// A variable's value.
    #[must_use]
    pub fn variable(&self, api_name: &str) -> Option<&Value> {
        self.variables.iter().find(|variable| variable.api_name == api_name).map(|variable| &variable.value)
    }

    fn system(&self) -> Caller {
        Caller { user: self.administrator(), scopes: None, unlimited: true }
    }

    fn caller_of(&self, email: &str) -> Result<Caller, Value> {
        let user = self.user_of(email).filter(|user| user.is_active());
        let user = user.ok_or_else(|| Problem::no_permission("Crm_Implied_View").body())?;
        Ok(Caller { user: user.id, scopes: None, unlimited: false })
    }
}
