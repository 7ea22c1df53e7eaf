//! What the stand-in CRM remembers, and the small helpers that every part uses.

use crate::answers::{Answers, FieldRule};
use crate::people::User;
use crate::profiles::{Others, Profile};
use crate::schema::{Field, Kind, Module, stock_modules};
use crate::{Config, oauth::OAuth};
use chrono::{DateTime, Duration, SubsecRound, TimeZone, Utc};
use chrono_tz::Tz;
use rust_decimal::Decimal;
use serde_json::{Map, Number, Value};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// The stand-in CRM of one data centre, with its accounts server.
///
/// The whole world is in here: a clone is a snapshot, and putting the clone back restores it.
#[derive(Debug, Clone)]
pub struct Zoho {
    pub(crate) config: Config,
    pub(crate) now: DateTime<Utc>,
    pub(crate) next_id: u64,
    pub(crate) next_secret: u64,
    pub(crate) org: Org,
    pub(crate) users: Vec<User>,
    pub(crate) profiles: Vec<Profile>,
    pub(crate) modules: Vec<Module>,
    pub(crate) records: BTreeMap<String, BTreeMap<u64, Record>>,
    pub(crate) unique: UniqueIndex,
    pub(crate) deleted: Vec<Deleted>,
    pub(crate) taxes: Vec<Tax>,
    pub(crate) tax_mode: TaxMode,
    pub(crate) currencies: Vec<CurrencyRate>,
    pub(crate) variables: Vec<Variable>,
    pub(crate) channels: Vec<Value>,
    pub(crate) oauth: OAuth,
    pub(crate) credits: VecDeque<(DateTime<Utc>, u32)>,
    pub(crate) credit_limit: u32,
    pub(crate) page_tokens: BTreeMap<String, PageToken>,
    pub(crate) automation_runs: Vec<AutomationRun>,
    pub(crate) rules: Vec<FieldRule>,
    pub(crate) invoice_counter: u64,
    pub(crate) index_lag: Duration,
    pub(crate) answers: Answers,
    /// Scopes that consent does not give, whatever is asked for.
    pub(crate) withheld_scopes: BTreeSet<String>,
    /// Whether the accounts server's pages are cut off from their opener.
    pub(crate) cut_off: bool,
    /// Whether the organisation is a sandbox of another one: its API is on a host of its own.
    pub(crate) is_sandbox: bool,
}

/// The records that hold a value in a unique or external field, so that a large module can be written to.
#[derive(Debug, Clone, Default)]
pub(crate) struct UniqueIndex {
    /// By module, field and value in lower case.
    ids: BTreeMap<(String, String), BTreeMap<String, BTreeSet<u64>>>,
}

impl UniqueIndex {
    fn key(value: &Value) -> String {
        value.as_str().map_or_else(|| value.to_string(), str::to_lowercase)
    }

    /// The records that hold the value, whatever its case.
    pub(crate) fn find(&self, module: &str, field: &str, value: &Value) -> impl Iterator<Item = u64> + use<'_> {
        let ids = self.ids.get(&(module.to_owned(), field.to_owned())).and_then(|ids| ids.get(&Self::key(value)));
        ids.into_iter().flatten().copied()
    }

    fn put(&mut self, module: &Module, record: &Record, present: bool) {
        for field in module.fields.iter().filter(|field| field.is_indexed()) {
            let Some(value) = record.fields.get(&field.api_name) else { continue };
            let ids = self.ids.entry((module.api_name.clone(), field.api_name.clone())).or_default();
            let ids = ids.entry(Self::key(value)).or_default();
            if present {
                ids.insert(record.id);
            } else {
                ids.remove(&record.id);
            }
        }
    }

    /// Takes a field in that has become unique.
    pub(crate) fn learn<'a>(&mut self, module: &Module, records: impl Iterator<Item = &'a Record>) {
        records.for_each(|record| self.put(module, record, true));
    }

    /// Forgets a field that is no more.
    pub(crate) fn forget(&mut self, module: &str, field: &str) {
        self.ids.remove(&(module.to_owned(), field.to_owned()));
    }
}

/// The organisation.
#[derive(Debug, Clone)]
pub struct Org {
    /// The record id.
    pub id: u64,
    /// The organisation's own number, the key of a tenant.
    pub zgid: u64,
    /// The company's name.
    pub company_name: String,
    /// The home currency, ISO 4217.
    pub iso_code: String,
    /// The home currency's name.
    pub currency: String,
    /// The home currency's symbol.
    pub currency_symbol: String,
    /// The time zone's IANA name.
    pub time_zone: String,
    /// The country, ISO 3166 alpha 2.
    pub country_code: String,
    /// The country's name.
    pub country: String,
    /// The administrator's e-mail address.
    pub primary_email: String,
}

/// Where the tax of a document is chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TaxMode {
    /// On each line: `Line_Tax`.
    Item,
    /// On the document: `$line_tax`.
    Total,
}

/// A tax of the organisation: a name and a percentage, nothing else.
#[derive(Debug, Clone)]
pub struct Tax {
    /// The id.
    pub id: u64,
    /// The name.
    pub name: String,
    /// The percentage.
    pub percentage: Decimal,
}

/// A currency that the organisation uses. `rate` is the value of one unit of the home currency in this one.
#[derive(Debug, Clone)]
pub(crate) struct CurrencyRate {
    pub(crate) id: u64,
    pub(crate) iso_code: &'static str,
    pub(crate) name: &'static str,
    pub(crate) symbol: &'static str,
    pub(crate) rate: Decimal,
    /// The decimals of its coins.
    pub(crate) decimals: u32,
}

/// A tax on a line or on a document.
#[derive(Debug, Clone)]
pub(crate) struct LineTax {
    pub(crate) id: Option<u64>,
    pub(crate) name: String,
    pub(crate) percentage: Decimal,
    pub(crate) value: Decimal,
}

/// What is taken off a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Discount {
    Amount(Decimal),
    Percent(Decimal),
}

/// A line item.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    pub(crate) id: u64,
    pub(crate) product: u64,
    pub(crate) description: Option<String>,
    pub(crate) quantity: Decimal,
    pub(crate) list_price: Decimal,
    pub(crate) discount: Discount,
    pub(crate) taxes: Vec<LineTax>,
    pub(crate) price_book: Option<u64>,
    pub(crate) created: DateTime<Utc>,
    pub(crate) modified: DateTime<Utc>,
    pub(crate) extra: Map<String, Value>,
    pub(crate) total: Decimal,
    pub(crate) total_after_discount: Decimal,
    pub(crate) tax: Decimal,
    pub(crate) net_total: Decimal,
}

/// Where a record stands in an approval.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Approval {
    /// Approved, or none needed.
    Approved,
    /// Waiting for an approval: the API refuses changes with `NOT_APPROVED`.
    Pending,
    /// Waiting for a review of what was entered: the same.
    InReview,
}

impl Approval {
    /// The word of `$approval_state`.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Approved => "approved",
            Self::Pending => "approval_process_pending",
            Self::InReview => "review_process_pending",
        }
    }
}

/// A state of a record that a person sets in the CRM's pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecordFlag {
    /// Locked: changes end in `RECORD_LOCKED`.
    Locked(bool),
    /// In a blueprint: a change of `Status` ends in `RECORD_IN_BLUEPRINT`.
    InBlueprint(bool),
    /// In an approval.
    Approval(Approval),
}

/// A record of a module.
#[derive(Debug, Clone)]
pub(crate) struct Record {
    pub(crate) id: u64,
    pub(crate) owner: u64,
    pub(crate) created_by: u64,
    pub(crate) modified_by: u64,
    pub(crate) created: DateTime<Utc>,
    pub(crate) modified: DateTime<Utc>,
    /// Stored form: lookups as `{"id"}`, instants in UTC, numbers normalised.
    pub(crate) fields: Map<String, Value>,
    pub(crate) lines: Vec<Line>,
    pub(crate) document_tax: Vec<LineTax>,
    pub(crate) locked: bool,
    pub(crate) in_blueprint: bool,
    pub(crate) approval: Approval,
    /// The territories that it is in; without any, territories hide it from nobody.
    pub(crate) territories: BTreeSet<String>,
    /// What the search index still holds while it lags behind.
    pub(crate) indexed: Option<Map<String, Value>>,
}

/// A record that is no more.
#[derive(Debug, Clone)]
pub(crate) struct Deleted {
    pub(crate) module: String,
    pub(crate) id: u64,
    pub(crate) display_name: String,
    pub(crate) deleted: DateTime<Utc>,
    pub(crate) deleted_by: u64,
    pub(crate) created_by: u64,
    pub(crate) owner: u64,
}

/// A variable of the organisation.
#[derive(Debug, Clone)]
pub(crate) struct Variable {
    pub(crate) id: u64,
    pub(crate) api_name: String,
    pub(crate) name: String,
    pub(crate) kind: String,
    pub(crate) group: String,
    pub(crate) value: Value,
    pub(crate) description: Option<String>,
}

/// Where a page token goes on, and what it is bound to.
#[derive(Debug, Clone)]
pub(crate) struct PageToken {
    pub(crate) user: u64,
    pub(crate) parameters: String,
    pub(crate) offset: usize,
    pub(crate) expires: DateTime<Utc>,
}

/// The automations that one write let run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AutomationRun {
    /// The module.
    pub module: String,
    /// The record.
    pub id: String,
    /// `create`, `edit` or `delete`.
    pub operation: &'static str,
    /// The kinds that ran; empty when the request said `"trigger":[]`.
    pub triggers: Vec<String>,
}

impl Zoho {
    /// A new organisation with its users, taxes and empty modules.
    #[must_use]
    pub fn new(config: Config) -> Self {
        let european = config.location == "eu";
        // 19 digits, as in life, and different in every data centre and for every seed.
        let base = 5_545_974_000_000_000_000
            + (config.seed % 1_000) * 1_000_000_000
            + config.location.bytes().map(u64::from).sum::<u64>() * 1_000_000_000_000;
        let credit_limit = config.edition.daily_credits();
        let mut zoho = Self {
            now: Utc.timestamp_opt(0, 0).single().unwrap_or_default(),
            next_id: base + 100_000,
            next_secret: config.seed.wrapping_mul(7_919),
            org: Org {
                id: base + 1,
                zgid: 700_000_000 + (config.seed % 1_000) * 1_000 + u64::from(european),
                company_name: if european { "Rhein Handel GmbH" } else { "Blue Gum Trading Pty Ltd" }.into(),
                iso_code: if european { "EUR" } else { "AUD" }.into(),
                currency: if european { "Euro - EUR" } else { "Australian Dollar - AUD" }.into(),
                currency_symbol: if european { "€" } else { "$" }.into(),
                time_zone: if european { "Europe/Berlin" } else { "Australia/Sydney" }.into(),
                country_code: if european { "DE" } else { "AU" }.into(),
                country: if european { "Germany" } else { "Australia" }.into(),
                primary_email: if european { "elke@rhein-handel.example" } else { "ana@bluegum.example" }.into(),
            },
            users: Vec::new(),
            profiles: Vec::new(),
            modules: Vec::new(),
            records: BTreeMap::new(),
            unique: UniqueIndex::default(),
            deleted: Vec::new(),
            taxes: Vec::new(),
            tax_mode: TaxMode::Item,
            currencies: Vec::new(),
            variables: Vec::new(),
            channels: Vec::new(),
            oauth: OAuth::default(),
            credits: VecDeque::new(),
            credit_limit,
            page_tokens: BTreeMap::new(),
            automation_runs: Vec::new(),
            rules: Vec::new(),
            invoice_counter: 0,
            index_lag: Duration::seconds(5),
            answers: Answers::USUAL,
            withheld_scopes: BTreeSet::new(),
            cut_off: false,
            is_sandbox: false,
            config,
        };
        let mut next_id = zoho.next_id;
        zoho.modules = stock_modules(|| {
            next_id += 1;
            next_id
        });
        zoho.next_id = next_id;
        zoho.people(european);
        let taxes: &[(&str, i64)] = if european {
            &[("MwSt", 19), ("MwSt ermäßigt", 7)]
        } else {
            &[("GST", 10), ("GST Free", 0), ("Luxury Car Tax", 33)]
        };
        for (name, percentage) in taxes {
            zoho.add_tax(name, Decimal::from(*percentage));
        }
        let rates: [(&str, &str, &str, i64); 5] = [
            ("AUD", "Australian Dollar", "$", 100),
            ("USD", "US Dollar", "US$", 66),
            ("EUR", "Euro", "€", 60),
            ("GBP", "Pound Sterling", "£", 52),
            ("NZD", "New Zealand Dollar", "NZ$", 108),
        ];
        let home = rates.iter().find(|rate| rate.0 == zoho.org.iso_code).map_or(100, |rate| rate.3);
        for (iso_code, name, symbol, rate) in rates {
            let id = zoho.id();
            let rate = (Decimal::from(rate) / Decimal::from(home)).round_dp(6).normalize();
            zoho.currencies.push(CurrencyRate { id, iso_code, name, symbol, rate, decimals: 2 });
        }
        zoho
    }

    fn people(&mut self, european: bool) {
        let set = |items: &[&str]| items.iter().map(|item| (*item).to_owned()).collect::<BTreeSet<_>>();
        let mut administrator = Profile::plain(self.id(), "Administrator");
        administrator.custom = false;
        administrator.set_administrator(true);
        let mut standard = Profile::plain(self.id(), "Standard");
        standard.custom = false;
        let mut restricted = Profile::plain(self.id(), "Restricted");
        restricted.others = Others::None;
        restricted.closed_modules = set(&["Purchase_Orders", "Vendors", "Purchase_Items"]);
        restricted.read_only_modules = set(&["Products"]);
        restricted.hidden_fields = [("Accounts", "Annual_Revenue"), ("Accounts", "Phone"), ("Contacts", "Mobile")]
            .map(|(module, field)| (module.to_owned(), field.to_owned()))
            .into();
        self.profiles = vec![administrator, standard, restricted];
        let people: &[(&str, &str, &str, &str)] = if european {
            &[("Elke", "Europe", "elke@rhein-handel.example", "Administrator")]
        } else {
            &[
                ("Ana", "Admin", "ana@bluegum.example", "Administrator"),
                ("Sam", "Sales", "sam@bluegum.example", "Standard"),
                ("Rita", "Restricted", "rita@bluegum.example", "Restricted"),
            ]
        };
        for (first_name, last_name, email, profile) in people {
            self.add_user(first_name, last_name, email, profile);
        }
    }

    /// The next id.
    pub(crate) fn id(&mut self) -> u64 {
        self.next_id += 1;
        self.next_id
    }

    /// A module by its API name, ignoring case as Zoho does.
    pub(crate) fn module(&self, api_name: &str) -> Option<&Module> {
        self.modules.iter().find(|module| module.api_name.eq_ignore_ascii_case(api_name))
    }

    /// Keeps a record, new or changed.
    pub(crate) fn store(&mut self, module: &Module, record: Record) {
        self.unstore(module, record.id);
        self.unique.put(module, &record, true);
        self.records.entry(module.api_name.clone()).or_default().insert(record.id, record);
    }

    /// Takes a record away.
    pub(crate) fn unstore(&mut self, module: &Module, id: u64) -> Option<Record> {
        let record = self.records.get_mut(&module.api_name)?.remove(&id)?;
        self.unique.put(module, &record, false);
        Some(record)
    }

    /// Whether something that was modified then counts as modified since.
    pub(crate) fn is_since(&self, modified: DateTime<Utc>, since: DateTime<Utc>) -> bool {
        if self.answers.since_is_inclusive { modified >= since } else { modified > since }
    }

    pub(crate) fn record(&self, module: &str, id: u64) -> Option<&Record> {
        self.records.get(module)?.get(&id)
    }

    /// The present second, which is what Zoho stores.
    pub(crate) fn second(&self) -> DateTime<Utc> {
        self.now.trunc_subsecs(0)
    }

    /// An instant as this user reads it: seconds, in the offset of the user's time zone.
    pub(crate) fn time(&self, user: u64, instant: DateTime<Utc>) -> Value {
        let zone: Tz = self.user(user).and_then(|user| user.time_zone.parse().ok()).unwrap_or(Tz::UTC);
        Value::String(instant.with_timezone(&zone).format("%Y-%m-%dT%H:%M:%S%:z").to_string())
    }

    /// The name of a record as lookups show it.
    pub(crate) fn display_name(&self, module: &str, record: &Record) -> String {
        if module == "Contacts" {
            return full_name(&record.fields);
        }
        let field = self.module(module).map_or("", |module| module.name_field.as_str());
        text(&record.fields, field).unwrap_or_default().to_owned()
    }

    /// The module whose records a field of lines or records points at.
    pub(crate) fn lookup_target<'a>(&self, field: &'a Field) -> Option<&'a str> {
        (field.kind == Kind::Lookup).then_some(field.target.as_deref()).flatten()
    }
}

/// A contact's full name.
pub(crate) fn full_name(fields: &Map<String, Value>) -> String {
    let parts = ["First_Name", "Last_Name"].map(|name| text(fields, name).unwrap_or_default());
    parts.join(" ").trim().to_owned()
}

/// A text of a record.
pub(crate) fn text<'a>(fields: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    fields.get(name).and_then(Value::as_str)
}

/// A decimal as a JSON number without trailing zeros.
pub(crate) fn number(value: Decimal) -> Value {
    let plain = if value.is_zero() { "0".to_owned() } else { value.normalize().to_string() };
    plain.parse::<Number>().map_or(Value::Null, Value::Number)
}

/// A JSON number, or a number in text, as a decimal.
pub(crate) fn decimal(value: &Value) -> Option<Decimal> {
    let plain = match value {
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.clone(),
        _ => return None,
    };
    plain.parse().ok().or_else(|| Decimal::from_scientific(&plain).ok())
}

/// The id in `{"id": "…"}` or in a bare text.
pub(crate) fn id_of(value: &Value) -> Option<u64> {
    let id = match value {
        Value::Object(object) => object.get("id")?,
        other => other,
    };
    match id {
        Value::String(text) => text.parse().ok(),
        Value::Number(number) => number.to_string().parse().ok(),
        _ => None,
    }
}
