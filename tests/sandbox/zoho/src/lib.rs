//! A stand-in for Zoho CRM: the accounts server and the REST API, version 8, of one data centre.
//!
//! It follows Zoho's documentation and OpenAPI files and knows nothing of the program under test.
//! There are no sockets, threads or real time: [`Zoho`] implements [`sandbox_kernel::Api`].
//! A clone of it is a snapshot of the whole world.
//!
//! Paths below the base: `/accounts/…` (the accounts server) and `/api/crm/v8/…` (the REST API; `/sandbox/api/crm/v8/…` once the organisation is a sandbox).

// The metadata of a field is one JSON literal with more keys than the default limit takes.
#![recursion_limit = "256"]

mod answers;
mod api;
mod composite;
mod control;
mod coql;
mod coql_parser;
mod criteria;
mod errors;
mod fields;
mod limits;
mod line_items;
mod metadata;
mod oauth;
mod organisation;
mod pages;
mod people;
mod permissions;
mod profiles;
mod read;
mod render;
mod schema;
mod state;
#[cfg(test)]
mod tests;
mod validate;
mod variables;
mod watch;
mod write;

pub use answers::{
    Answers, Coins, CompositeRows, Deactivated, Decimals, DeletedProduct, DiscountOnWhole, Editable, Equals,
    FieldProfiles, FieldRights, FieldRule, HiddenColumn, HiddenField, InnerPercent, Like, LockedFor, Percents,
    ProfilesFor, ReadOnlyValue, TaxesFor, TotalTax, Unnamed, UnsaidRate,
};
pub use limits::Edition;
pub use oauth::{Client, Grant, Peer};
pub use people::{Standing, Trouble, User};
pub use profiles::{Others, Permission, Profile};
pub use schema::{Field, Kind, Mark, Module, Pick};
pub use state::{Approval, AutomationRun, Org, RecordFlag, Tax, TaxMode, Zoho};

/// What a stand-in data centre is made with.
#[derive(Debug, Clone)]
pub struct Config {
    /// The base URL of this data centre, without a slash at the end: `http://localhost:8790/zoho`.
    pub base_url: String,
    /// The data centre's short name, as the `location` parameter gives it: `us`, `eu`.
    pub location: String,
    /// The other data centres.
    pub peers: Vec<Peer>,
    /// The applications that are registered.
    pub clients: Vec<Client>,
    /// The edition, which sets the limits.
    pub edition: Edition,
    /// What ids and tokens are derived from.
    pub seed: u64,
}
