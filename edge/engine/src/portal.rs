//! What the portal shows beside settings, runs and the log: how far the set-up is, records by name, and how the sync is.

use crate::access::connect::accounts_of;
use crate::access::tokens::GrantTokens;
use crate::access::{Refusal, administrators_only, connect, sign_in};
use crate::runs::RunList;
use crate::store::connections::{Connected, Connection};
use crate::store::grants::{self, GrantId};
use crate::store::organisations::Kept;
use crate::store::sessions::User;
use crate::store::{agenda, audit, connections, links, organisations, waiting};
use crate::sync::Engine;
use crate::wake::crm_zone;
use chrono::{DateTime, Utc};
use ports::Ports;
use serde_json::Value;
use shared::api::portal::{
    AuditPage, ConnectedView, ModuleFields, RecordFound, RecordsFound, SettingProblem, SetupView, StatusView,
};
use shared::id::ZohoId;
use shared::module::Module;
use shared::organisation::{CrmOrganisation, XeroOrganisation};
use shared::problem::{Code, place_xero};
use shared::settings::guesses::guesses;
use shared::settings::validate::check;
use upstream::zoho::{Client, DataCentre};
use upstream::{Api, CallLog, Error};

/// Records that a search by name gives at most.
const FOUND: usize = 20;

/// Runs that the status shows.
const RUNS: usize = 5;

/// The CRM's fields that name a record: its texts are searched, and [`shared::zoho::name`] reads them all.
fn name_fields(module: Module) -> &'static [&'static str] {
    match module {
        Module::Accounts => &["Account_Name"],
        Module::Contacts => &["Full_Name"],
        Module::Vendors => &["Vendor_Name"],
        Module::Products => &["Product_Name", "Product_Code"],
        Module::Invoices => &["Invoice_Number", "Subject"],
        Module::PurchaseOrders => &["PO_Number", "Subject"],
    }
}

impl<P: Ports> Engine<'_, P> {
    /// How far the set-up is (administrators).
    ///
    /// # Errors
    /// [`Refusal`] when the user is no administrator by the last sign-in, the CRM is not connected, or the database
    /// fails.
    pub async fn setup(&self, user: &User) -> Result<SetupView, Refusal> {
        administrators_only(user)?;
        let statements = vec![
            connections::select(&user.org),
            organisations::select(&user.org),
            grants::select_updated_at(&GrantId::Zoho(user.org.clone())),
            grants::select_updated_at(&GrantId::Xero(user.org.clone())),
            links::count(&user.org),
        ];
        let mut answers = self.ports.batch(statements).await?.into_iter();
        let mut next = || answers.next().unwrap_or_default();
        let connection = next().into_iter().next().map(connections::read).transpose()?;
        let connection = connection.ok_or_else(|| Refusal::of(Code::ZohoNotConnected, &[]))?;
        let mut kept = next().into_iter().next().map(organisations::read).transpose()?.unwrap_or_default();
        let renewed = (grants::read_updated_at(next())?, grants::read_updated_at(next())?);
        let links = links::read_count(next())?;
        if kept.crm.is_none() && !connection.zoho_broken {
            let crm = self.read_crm(&connection, false).await?;
            kept.crm = Some((crm, self.ports.now()));
        }
        self.setup_view(&connection, &kept, renewed, links)
    }

    /// Creates those of our fields that the CRM lacks, with the connection's rights (administrators), and reads its lists
    /// anew.
    ///
    /// # Errors
    /// [`Refusal`] when the user is no administrator now, the CRM is not connected, or it refuses a field.
    pub async fn create_fields(&self, user: &User) -> Result<SetupView, Refusal> {
        connect::require_administrator(self.ports, self.config, &self.desk.tokens, user).await?;
        let connection = connections::get(self.ports, &user.org).await?;
        let connection = connection.ok_or_else(|| Refusal::of(Code::ZohoNotConnected, &[]))?;
        self.read_crm(&connection, true).await?;
        let note =
            audit::note(self.ports, &user.org, &user.name, "create-fields", &connection.org_name, self.ports.now());
        self.ports.query(note).await?;
        self.setup(user).await
    }

    /// Reads the CRM's lists with the connection's rights and keeps them; where `create` says so, its missing fields are
    /// created before.
    async fn read_crm(&self, connection: &Connection, create: bool) -> Result<CrmOrganisation, Refusal> {
        let data_centre = self.data_centre(&connection.location)?;
        let tokens = GrantTokens {
            ports: self.ports,
            config: self.config,
            desk: &self.desk.tokens,
            id: GrantId::Zoho(connection.org.clone()),
            accounts: data_centre.accounts.clone(),
        };
        let log = CallLog::new();
        let client = Client { ports: self.ports, tokens: &tokens, api_domain: &connection.api_domain, log: &log };
        let read = async {
            if create {
                sign_in::create_fields(&client).await?;
            }
            client.organisation(data_centre).await
        };
        match read.await {
            Ok(crm) => {
                self.ports.query(organisations::save_crm(&connection.org, &crm, self.ports.now())?).await?;
                Ok(crm)
            }
            Err(error) => Err(self.refused_by_crm(connection, error).await),
        }
    }

    /// What an error of the connection's own client means: a dead grant is noted.
    async fn refused_by_crm(&self, connection: &Connection, error: Error) -> Refusal {
        if !matches!(error, Error::Unauthorized { .. }) {
            return error.into();
        }
        if let Err(failure) = self.ports.query(connections::broken(&connection.org, Api::Zoho)).await {
            return failure.into();
        }
        Refusal {
            detail: Some(format!("{error:?}")),
            ..Refusal::of(Code::ZohoDisconnected, &[("name", connection.org_name.clone())])
        }
    }

    fn data_centre(&self, location: &str) -> Result<&DataCentre, Refusal> {
        self.config
            .data_centres
            .iter()
            .find(|data_centre| data_centre.location == location)
            .ok_or_else(|| Refusal::internal(format!("unknown Zoho data centre {location:?}")))
    }

    fn setup_view(
        &self,
        connection: &Connection,
        kept: &Kept,
        renewed: (Option<DateTime<Utc>>, Option<DateTime<Utc>>),
        links: u32,
    ) -> Result<SetupView, Refusal> {
        let side = |id: String, name: String, connected: &Connected, broken: bool, renewed_at, url: String| {
            ConnectedView { id, name, by: connected.by.clone(), at: connected.at, broken, renewed_at, url }
        };
        let crm = kept.crm.as_ref().map(|(crm, _)| crm);
        let url = match crm {
            Some(crm) => crm.web_url.clone(),
            None => self.data_centre(&connection.location)?.web_url(connection.org.as_str()),
        };
        let lists = xero_of(connection, kept);
        let xero = connection.tenant.as_ref().zip(connection.xero_connected.as_ref()).map(|(tenant, connected)| {
            let url =
                lists.map_or_else(|| self.config.xero_addresses.web.clone(), |xero| place_xero(xero, "/", "").url);
            side(tenant.id.to_string(), tenant.name.clone(), connected, connection.xero_broken, renewed.1, url)
        });
        let guesses = crm.zip(lists).map_or(0, |(crm, xero)| guesses(&connection.settings, crm, xero).len());
        Ok(SetupView {
            crm: side(
                connection.org.to_string(),
                connection.org_name.clone(),
                &connection.connected,
                connection.zoho_broken,
                renewed.0,
                url,
            ),
            xero,
            fields: Module::ALL.into_iter().map(|module| module_fields(module, crm)).collect(),
            guesses: u32::try_from(guesses).unwrap_or(u32::MAX),
            links,
            time_zone: crm_zone(kept).to_owned(),
        })
    }

    /// The CRM's records whose name contains a text, whatever the case, else all; the last changed first. They are read
    /// with the user's own rights.
    ///
    /// # Errors
    /// [`Refusal`] when the CRM is not connected, does not answer, or does not let the user read the module.
    pub async fn find_records(&self, user: &User, module: Module, name: Option<&str>) -> Result<RecordsFound, Refusal> {
        let connection = connections::get(self.ports, &user.org).await?;
        let connection = connection.ok_or_else(|| Refusal::of(Code::ZohoNotConnected, &[]))?;
        let log = CallLog::new();
        let own = connect::user_tokens(self.ports, self.config, &self.desk.tokens, user)?;
        let as_user = Client { ports: self.ports, tokens: &own, api_domain: &user.api_domain, log: &log };
        let fields: Vec<&str> = name_fields(module).iter().copied().chain(["Modified_Time"]).collect();
        let refused = |error: Error| match error {
            Error::Unauthorized { .. } => Refusal::of(Code::SessionExpired, &[]),
            error => error.into(),
        };
        let name = name.map(str::trim).filter(|name| !name.is_empty());
        let rows = match name {
            None => as_user.newest(module, &fields, FOUND).await.map_err(refused)?,
            Some(name) => {
                // Users' own tokens may not query, so the connection finds the ids, and the user reads what he may see.
                let tokens = GrantTokens {
                    ports: self.ports,
                    config: self.config,
                    desk: &self.desk.tokens,
                    id: GrantId::Zoho(user.org.clone()),
                    accounts: accounts_of(self.config, &connection.location)?,
                };
                let as_connection =
                    Client { ports: self.ports, tokens: &tokens, api_domain: &connection.api_domain, log: &log };
                let ids = match as_connection.containing(module, name_fields(module), name).await {
                    Ok(ids) => ids,
                    Err(error) => return Err(self.refused_by_crm(&connection, error).await),
                };
                if ids.is_empty() {
                    return Ok(RecordsFound { records: Vec::new() });
                }
                as_user.records(module, &ids, &fields).await.map_err(refused)?
            }
        };
        let wanted = name.unwrap_or_default().to_lowercase();
        let contains = |row: &Value| {
            let mut texts = name_fields(module).iter().filter_map(|field| row.get(*field)?.as_str());
            wanted.is_empty() || texts.any(|text| text.to_lowercase().contains(&wanted))
        };
        let mut records: Vec<RecordFound> =
            rows.iter().filter(|row| contains(row)).filter_map(|row| found(module, row)).collect();
        records.sort_by(|one, other| (other.modified_at, &other.id).cmp(&(one.modified_at, &one.id)));
        records.truncate(FOUND);
        Ok(RecordsFound { records })
    }

    /// What administrators changed, newest first (administrators).
    ///
    /// # Errors
    /// [`Refusal`] when the user is no administrator by the last sign-in, or the database fails.
    pub async fn audit(&self, user: &User, before: Option<&str>) -> Result<AuditPage, Refusal> {
        administrators_only(user)?;
        let rows = self.ports.query(audit::select(&user.org, before, audit::PAGE + 1)).await?;
        let mut changes = audit::read(rows)?;
        let more = changes.len() > audit::PAGE;
        changes.truncate(audit::PAGE);
        Ok(AuditPage { changes, more })
    }

    /// How the sync is. A user who is no administrator sees the own runs and no settings.
    ///
    /// # Errors
    /// [`Refusal`] when the database fails.
    pub async fn status(&self, user: &User) -> Result<StatusView, Refusal> {
        let statements = vec![
            connections::select(&user.org),
            organisations::select(&user.org),
            grants::select_updated_at(&GrantId::Zoho(user.org.clone())),
            grants::select_updated_at(&GrantId::Xero(user.org.clone())),
            waiting::count(&user.org),
            agenda::select(&user.org),
            RunList::select(user, RUNS),
        ];
        let mut answers = self.ports.batch(statements).await?.into_iter();
        let mut next = || answers.next().unwrap_or_default();
        let connection = next().into_iter().next().map(connections::read).transpose()?;
        let kept = next().into_iter().next().map(organisations::read).transpose()?.unwrap_or_default();
        let (crm_renewed_at, xero_renewed_at) = (grants::read_updated_at(next())?, grants::read_updated_at(next())?);
        let (waiting, parked) = waiting::read_counts(next())?;
        let planned = next().into_iter().next().map(agenda::read).transpose()?;
        let runs = RunList::read(next())?;
        let connected = connection.as_ref().filter(|connection| connection.tenant.is_some());
        let budget = match connected {
            Some(_) => Some(self.budget(user).await?),
            None => None,
        };
        Ok(StatusView {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            connection: sign_in::state(connection.as_ref()),
            crm_renewed_at,
            xero_renewed_at,
            budget,
            runs,
            waiting,
            parked,
            broken: connected.filter(|_| user.administrator).map(|one| broken(one, &kept)).unwrap_or_default(),
            next_run: connected
                .filter(|connection| connection.settings.schedule.enabled)
                .and_then(|_| planned.and_then(|planned| planned.run_at)),
            time_zone: crm_zone(&kept).to_owned(),
        })
    }
}

/// The kept lists of the Xero organisation that is connected, not of one that was before.
fn xero_of<'a>(connection: &Connection, kept: &'a Kept) -> Option<&'a XeroOrganisation> {
    let (xero, _) = kept.xero.as_ref()?;
    let tenant = connection.tenant.as_ref()?;
    (xero.id == tenant.id).then_some(xero)
}

/// The saved settings that do not work any more beside the lists that are kept.
fn broken(connection: &Connection, kept: &Kept) -> Vec<SettingProblem> {
    let (Some((crm, _)), Some(xero)) = (&kept.crm, xero_of(connection, kept)) else { return Vec::new() };
    let found = check(&connection.settings, crm, xero).into_iter();
    found.map(|(path, problem)| SettingProblem { path, problem }).collect()
}

/// Which of our fields a module has.
fn module_fields(module: Module, crm: Option<&CrmOrganisation>) -> ModuleFields {
    let known = crm.and_then(|crm| crm.fields.get(&module));
    let wanted = shared::zoho::custom_fields(module);
    let has = |api_name: &str, label: &str| {
        known.is_some_and(|fields| fields.iter().any(|field| field.api_name == api_name || field.label == label))
    };
    let (present, missing) = wanted.iter().partition::<Vec<_>, _>(|field| has(field.api_name, field.label));
    let labels = |fields: Vec<&shared::zoho::CustomField>| fields.iter().map(|field| field.label.to_owned()).collect();
    ModuleFields { module, exists: known.is_some(), present: labels(present), missing: labels(missing) }
}

fn found(module: Module, row: &Value) -> Option<RecordFound> {
    let id = ZohoId::new(row.get("id")?.as_str()?).ok()?;
    let modified_at = shared::zoho::modified(row)?;
    Some(RecordFound { id: id.to_string(), name: shared::zoho::name(module, row), modified_at })
}
