//! The set-up: how far it is, and the CRM fields that it creates.

use crate::access::rights::Administrator;
use crate::access::tokens::GrantTokens;
use crate::access::{Refusal, refused_by_crm};
use crate::own_fields::{self, Pass};
use crate::store::connections::{Connected, Connection};
use crate::store::grants::{self, GrantId};
use crate::store::organisations::Kept;
use crate::store::{audit, connections, links, organisations};
use crate::sync::{Context, Engine, Errand, Reader};
use chrono::{DateTime, Utc};
use ports::Ports;
use shared::api::portal::{ConnectedView, ModuleFields, SetupView};
use shared::module::Module;
use shared::organisation::CrmOrganisation;
use shared::problem::{self, Code, Problem, place_xero};
use shared::settings::guesses::guesses;
use shared::web_link::WebLink;
use upstream::CallLog;
use upstream::zoho::{Client, DataCentre};

impl<P: Ports> Engine<'_, P> {
    /// How far the set-up is (administrators).
    ///
    /// # Errors
    /// [`Refusal`] when the user is no administrator by the last sign-in, the CRM is not connected, or the database
    /// fails.
    pub async fn setup(&self, user: &Administrator) -> Result<SetupView, Refusal> {
        let statements = vec![
            connections::select(&user.org),
            organisations::select(&user.org),
            grants::select_standing(&GrantId::Zoho(user.org.clone())),
            grants::select_standing(&GrantId::Xero(user.org.clone())),
            links::count(&user.org),
        ];
        let mut answers = self.ports.batch(statements).await?.into_iter();
        let mut next = || answers.next().unwrap_or_default();
        let connection = next().into_iter().next().map(connections::read).transpose()?;
        let connection = connection.ok_or_else(problem::zoho_not_connected)?;
        let mut kept = next().into_iter().next().map(organisations::read).transpose()?.unwrap_or_default();
        let mut renewed = || Ok::<_, Refusal>(grants::read_standing(next())?.and_then(|standing| standing.renewed_at));
        let renewed = (renewed()?, renewed()?);
        let links = links::read_count(next())?;
        let mut problems = Vec::new();
        if kept.crm.is_none() && !connection.zoho_broken {
            match self.read_crm(&connection, false).await {
                Ok(crm) => kept.crm = Some((crm, self.ports.now())),
                Err(refusal) => problems.push(missing(refusal)?),
            }
        }
        let tenant = connection.tenant.as_ref().filter(|_| !connection.xero_broken && problems.is_empty());
        if tenant.is_some_and(|tenant| kept.xero_of(&tenant.id).is_none()) {
            let reader = Reader::Connection(&user.org);
            match Context::open(self, reader, Errand::Reading(user), None).await {
                Ok(context) => kept.xero = Some((context.lists.xero, context.lists.read_at)),
                Err(refusal) => problems.push(missing(refusal)?),
            }
        }
        problems.extend(set_up_problems(&connection, kept.crm.as_ref().map(|(crm, _)| crm)));
        let view = self.setup_view(&connection, &kept, renewed, links)?;
        Ok(SetupView { problems, ..view })
    }

    /// Creates those of our fields that the CRM lacks, with the connection's rights (administrators), and reads its lists
    /// anew. A field that the CRM refuses is a problem of the view.
    ///
    /// # Errors
    /// [`Refusal`] when the user is no administrator now, the CRM is not connected, or it does not answer.
    pub async fn create_fields(&self, user: &Administrator) -> Result<SetupView, Refusal> {
        let connection = connections::get(self.ports, &user.org).await?;
        let connection = connection.ok_or_else(problem::zoho_not_connected)?;
        self.read_crm(&connection, true).await?;
        let note = audit::note(
            self.ports,
            &user.org,
            &user.name,
            audit::Action::CreateFields,
            &connection.org_name,
            self.ports.now(),
        );
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
            let open = match create {
                true => {
                    let own = client.current_user().await?.profile.id;
                    Some(own_fields::ensure(&client, &own, Pass::Create).await?)
                }
                false => None,
            };
            Ok((client.organisation(data_centre).await?, open))
        };
        match read.await {
            Ok((crm, open)) => {
                let now = self.ports.now();
                let mut statements = vec![organisations::save_crm(&connection.org, &crm, now)?];
                if let Some(open) = open {
                    statements.push(connections::keep_fields(&connection.org, &open, now)?);
                }
                self.ports.batch(statements).await?;
                Ok(crm)
            }
            Err(error) => Err(refused_by_crm(self.ports, connection, error).await),
        }
    }

    fn data_centre(&self, location: &str) -> Result<&DataCentre, Refusal> {
        self.config
            .data_centres
            .iter()
            .find(|data_centre| data_centre.location == location)
            .ok_or_else(|| Refusal::internal("the connection's Zoho data centre is unknown"))
    }

    fn setup_view(
        &self,
        connection: &Connection,
        kept: &Kept,
        renewed: (Option<DateTime<Utc>>, Option<DateTime<Utc>>),
        links: u32,
    ) -> Result<SetupView, Refusal> {
        let side = |id: String, name: String, connected: &Connected, broken: bool, renewed_at, url: WebLink| {
            ConnectedView { id, name, by: connected.by.clone(), at: connected.at, broken, renewed_at, url }
        };
        let crm = kept.crm.as_ref().map(|(crm, _)| crm);
        let url = match crm {
            Some(crm) => WebLink::new(&crm.web_url),
            None => WebLink::new(&self.data_centre(&connection.location)?.web_url(connection.org.number())),
        };
        let lists = connection.tenant.as_ref().and_then(|tenant| kept.xero_of(&tenant.id));
        let xero = connection.tenant.as_ref().zip(connection.xero_connected.as_ref()).map(|(tenant, connected)| {
            let url = lists
                .map_or_else(|| WebLink::new(&self.config.xero_addresses.web), |xero| place_xero(xero, "/", "").url);
            side(tenant.id.to_string(), tenant.name.clone(), connected, connection.xero_broken, renewed.1, url)
        });
        let guesses = crm.zip(lists).map_or(0, |(crm, xero)| guesses(&connection.settings, crm, xero).len());
        Ok(SetupView {
            crm: side(
                connection.org.number().to_owned(),
                connection.org_name.clone(),
                &connection.connected,
                connection.zoho_broken,
                renewed.0,
                url,
            ),
            xero,
            fields: Module::ALL.into_iter().map(|module| module_fields(module, crm, connection)).collect(),
            guesses: u32::try_from(guesses).unwrap_or(u32::MAX),
            links,
            time_zone: kept.time_zone().to_owned(),
            problems: Vec::new(),
        })
    }
}

/// A list that could not be read, as a problem of the set-up.
///
/// # Errors
/// The refusal, where something of ours failed, or where a grant has just turned out to be dead: the view would still show
/// that side as it stood before.
fn missing(refusal: Refusal) -> Result<Problem, Refusal> {
    match refusal.problem.code {
        Code::Internal | Code::ZohoDisconnected | Code::XeroDisconnected => Err(refusal),
        _ => Ok(refusal.problem),
    }
}

/// What the CRM did not let us have: fields that it would not make, module by module, and its taxes.
fn set_up_problems(connection: &Connection, crm: Option<&CrmOrganisation>) -> Vec<Problem> {
    let Some(crm) = crm else { return Vec::new() };
    let mut problems = Vec::new();
    for module in Module::ALL {
        let Some(known) = crm.fields.get(&module) else { continue };
        let lacks = |label: &str| !known.iter().any(|field| field.label == label);
        let refused = connection.fields_open.iter().filter(|open| open.module == module && lacks(&open.label));
        let refused: Vec<(&str, &str)> =
            refused.filter_map(|open| Some((open.label.as_str(), open.refused.as_deref()?))).collect();
        let mut said: Vec<&str> = refused.iter().map(|(_, said)| *said).filter(|said| !said.is_empty()).collect();
        said.dedup();
        if !refused.is_empty() {
            let labels: Vec<&str> = refused.iter().map(|(label, _)| *label).collect();
            let problem = problem::crm_fields_refused(module.singular().to_owned(), labels.join(", "))
                .at(problem::place_crm_set_up(crm));
            problems.push(if said.is_empty() { problem } else { problem.said(&said.join("\n")) });
        }
    }
    if crm.taxes_unknown {
        problems.push(problem::crm_taxes_unknown());
    }
    problems
}

/// Which of our fields a module has, and how they stand.
fn module_fields(module: Module, crm: Option<&CrmOrganisation>, connection: &Connection) -> ModuleFields {
    let known = crm.and_then(|crm| crm.fields.get(&module));
    let wanted = shared::zoho::custom_fields(module);
    let has = |api_name: &str, label: &str| {
        known.is_some_and(|fields| fields.iter().any(|field| field.api_name == api_name || field.label == label))
    };
    let (present, missing) = wanted.iter().partition::<Vec<_>, _>(|field| has(field.api_name, field.label));
    let labels = |fields: Vec<&shared::zoho::CustomField>| fields.iter().map(|field| field.label.to_owned()).collect();
    let open = connection.fields_open.iter().filter(|open| open.module == module && open.refused.is_none());
    let open = open.map(|open| open.label.clone());
    ModuleFields {
        module,
        exists: known.is_some(),
        present: labels(present),
        missing: labels(missing),
        open: open.collect(),
    }
}
