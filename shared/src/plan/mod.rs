//! What a sync would do to one record, and why. Pure: the preview and the push call the same functions.
//!
//! [`plan`] compares the CRM's record in Xero's terms with Xero's record and with what both had when they last agreed.
//! [`settle`] turns Xero's answer (or Xero's record, where nothing was sent) into the new link and into what the CRM's
//! record is to be told.

mod agree;
mod arrive;
mod fields;
mod fingerprint;
mod first;
mod locks;
mod merge;
mod news;
mod pairing;
mod planner;
mod print;
mod rights;
mod settle;
mod status;
mod tell;
mod without;
mod work;

#[cfg(test)]
mod tests;

pub use crate::zoho::{CrmSnapshot, Dependency};
pub use agree::agrees;
pub(crate) use arrive::stands_for_tax;
pub use arrive::{
    Arrival, ArrivalDependency, ArrivalInputs, ArrivalReferences, arrival_dependencies, arrive, back_pointer, home,
    settle_arrival,
};
pub(crate) use fields::label as field_label;
#[cfg(test)]
pub(crate) use fields::tax_words;
pub use fingerprint::{fingerprint, hash};
pub(crate) use first::question;
pub use first::{Ground, Misfit, candidate, misfits, same};
pub use locks::lock;
pub use news::{NAMED, news};
pub use planner::{addresses, plan, xero_only_lines};
pub use print::{xero_changed, xero_print};
pub use settle::{is_untold, pay_page, settle, until_told};
#[cfg(test)]
pub(crate) use status::words as status_words;
pub use tell::{LeftOut, Refused, Rest, Told, made, new_without, own_fields_only, told_without, without_refused};

use crate::api::{Action, FieldChange, TotalsView};
use crate::id::{XeroId, ZohoId};
use crate::link::{FieldKey, Link};
use crate::module::Module;
use crate::organisation::{CrmOrganisation, XeroOrganisation};
use crate::problem::Problem;
use crate::record::{Line, Record};
use crate::settings::{BooksSide, Direction, Settings, SourceOfTruth, UpTo};
use chrono::{DateTime, Utc};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};

/// What is known of the records that a record points to. It has no default: whoever makes one says of each member what is
/// known, or takes [`References::NOTHING`] and says thereby that nothing was asked.
#[derive(Debug, Clone, PartialEq)]
pub struct References {
    /// The Xero contact of a document's party, once it is linked.
    pub party: Option<XeroId>,
    /// Whether the CRM names somebody of a company on a document that is linked already: it stays with the contact that it has
    /// in Xero, wherever that person works by now.
    pub of_company: bool,
    /// The Xero contact's `PaymentTerms`; not asked for where no date follows from them ([`asks_for_terms`]).
    pub party_terms: Asked<Value>,
    /// By CRM product id: what the lines' products are.
    pub products: BTreeMap<ZohoId, ProductReference>,
    /// The rate of the document's currency, against which the CRM's is held.
    pub last_rate: LastRate,
    /// What the lines that only Xero's document has point to in the CRM.
    pub arrivals: ArrivalReferences,
    /// Why something that the document points to could not be sent: its lines wait for it.
    pub waiting: Vec<Problem>,
}

impl References {
    /// Nothing was asked: all that there is to know of what a contact or an item points to, and all that is known of a
    /// document before what it points to was looked up.
    pub const NOTHING: Self = Self {
        party: None,
        of_company: false,
        party_terms: Asked::NotAsked,
        products: BTreeMap::new(),
        last_rate: LastRate::NotAsked,
        arrivals: ArrivalReferences::NOTHING,
        waiting: Vec::new(),
    };
}

/// What is asked for only where something depends on it. To know that there is none is not the same as not to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asked<T> {
    /// Nothing depends on it, so it was not asked for.
    NotAsked,
    /// There is none.
    None,
    /// As it is.
    Known(T),
}

impl<T> Asked<T> {
    /// It, where it is known and there is one.
    pub fn known(&self) -> Option<&T> {
        match self {
            Self::Known(value) => Some(value),
            Self::NotAsked | Self::None => None,
        }
    }
}

impl<T> From<Option<T>> for Asked<T> {
    fn from(answer: Option<T>) -> Self {
        answer.map_or(Self::None, Self::Known)
    }
}

/// The exchange rate that Xero's newest document in a currency has: Xero gives its rate of the day to nobody who asks.
/// Units of the currency for one of the home currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LastRate {
    /// No rate is sent ([`crate::xero::asks_for_rate`]), so it was not looked for.
    NotAsked,
    /// Xero has no document with a rate in this currency.
    None,
    /// Xero's.
    Known(rust_decimal::Decimal),
    /// Somebody has said whose rate counts for this document: the CRM's goes as it is, or Xero takes its own of the day.
    Said(SourceOfTruth),
}

/// What a product is in Xero that a line points to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProductReference {
    /// No item: its lines stand for themselves.
    Service {
        /// The CRM's category, for the account map.
        category: Asked<String>,
    },
    /// An item.
    Item {
        /// By which the line points to it.
        code: String,
        /// The CRM's category, for the account map.
        category: Asked<String>,
        /// The item's own tax types.
        tax_types: ItemTaxTypes,
    },
}

impl ProductReference {
    /// The item's code; none for a service.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        match self {
            Self::Item { code, .. } => Some(code),
            Self::Service { .. } => None,
        }
    }

    /// The CRM's category, where it was asked for and there is one.
    #[must_use]
    pub fn category(&self) -> Option<&str> {
        let (Self::Item { category, .. } | Self::Service { category }) = self;
        category.known().map(String::as_str)
    }

    /// The item's own tax type on one side of the books.
    #[must_use]
    pub fn tax_type(&self, side: BooksSide) -> Option<&str> {
        match self {
            Self::Item { tax_types, .. } => tax_types.on(side),
            Self::Service { .. } => None,
        }
    }
}

/// The tax types that an item has at Xero, for lines whose tax the CRM does not say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ItemTaxTypes {
    /// No line of the document asks for them ([`asks_for_item_taxes`]), so they were not read.
    NotAsked,
    /// As Xero's item has them.
    Read {
        /// `SalesDetails.TaxType`.
        sales: Option<String>,
        /// `PurchaseDetails.TaxType`.
        purchases: Option<String>,
    },
}

impl ItemTaxTypes {
    /// Those of an item of Xero's, or of one that is about to be sent.
    #[must_use]
    pub fn of(item: &Value) -> Self {
        let of = |details: &str| {
            let tax_type = item.get(details)?.get("TaxType")?.as_str()?;
            (!tax_type.is_empty()).then(|| tax_type.to_owned())
        };
        Self::Read { sales: of("SalesDetails"), purchases: of("PurchaseDetails") }
    }

    /// That of one side of the books.
    #[must_use]
    pub fn on(&self, side: BooksSide) -> Option<&str> {
        match (self, side) {
            (Self::Read { sales, .. }, BooksSide::Sales) => sales.as_deref(),
            (Self::Read { purchases, .. }, BooksSide::Purchases) => purchases.as_deref(),
            (Self::NotAsked, _) => None,
        }
    }
}

/// Whether a document of the CRM's has lines that go with their items' own tax types: those of a product to which the
/// CRM puts no tax. Lines that Xero has already keep the types that they have there.
#[must_use]
pub fn asks_for_item_taxes(
    module: Module,
    crm: &CrmSnapshot,
    link: Option<&Link>,
    organisation: &CrmOrganisation,
    settings: &Settings,
) -> bool {
    if module.kind() != crate::module::Kind::Document {
        return false;
    }
    let (Record::Document(document), _) = crate::zoho::read(module, crm, organisation, settings) else { return false };
    let in_xero = |line: &Line| line.id.as_ref().is_some_and(|id| link.is_some_and(|link| link.lines.contains_key(id)));
    let mut lines = document.lines.get().into_iter().flatten();
    lines.any(|line| line.product.is_some() && crate::xero::taxes_of(&document, line).is_empty() && !in_xero(line))
}

/// Whether a document takes its due date from the terms of its contact: a new one to which the CRM gives none.
#[must_use]
pub fn asks_for_terms(
    module: Module,
    crm: &CrmSnapshot,
    xero: Option<&Value>,
    organisation: &CrmOrganisation,
    settings: &Settings,
) -> bool {
    if module.kind() != crate::module::Kind::Document || xero.is_some() {
        return false;
    }
    let (record, _) = crate::zoho::read(module, crm, organisation, settings);
    matches!(record, Record::Document(document) if document.due_date.get().is_none())
}

/// Everything that a plan is made from.
#[derive(Debug, Clone, Copy)]
pub struct Inputs<'a> {
    /// The pair.
    pub module: Module,
    /// The CRM's side.
    pub crm: &'a CrmSnapshot,
    /// The Xero record, if one is linked or adopted (single GET with `unitdp=4`).
    pub xero: Option<&'a Value>,
    /// The link, if there is one.
    pub link: Option<&'a Link>,
    /// Why Xero's record may be the partner, as long as there is no link.
    pub ground: Ground,
    /// What the record points to.
    pub references: &'a References,
    /// The CRM organisation.
    pub crm_organisation: &'a CrmOrganisation,
    /// The Xero organisation.
    pub xero_organisation: &'a XeroOrganisation,
    /// What the administrator chose.
    pub settings: &'a Settings,
    /// Which way changes may go.
    pub direction: Direction,
    /// Whether a document that is about to be sent is for it.
    pub needed: bool,
    /// What whoever acts may decide.
    pub permit: Permit<'a>,
    /// The installation's key for fingerprints, 32 bytes.
    pub fingerprint_key: &'a [u8; 32],
    /// The present instant.
    pub now: DateTime<Utc>,
}

/// The CRM's fields that whoever acts may not write: API names; those of lines with `lines.` in front, those of an account's
/// or vendor's people with `Contacts.`. Our own fields are none of anybody's.
pub type Closed = BTreeSet<String>;

/// What becomes of a new e-mail address of a contact: who changes it changes where letters about money go. That of a contact
/// which Xero does not have yet takes nobody's word, unless the record had another one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Emails {
    /// It goes like any other value.
    Free,
    /// It takes a word that whoever acts may give: it goes, and they are told before that it does.
    WithWord,
    /// It takes somebody else's word, and waits.
    Held,
}

/// What whoever acts may decide, within what the direction lets through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Permit<'a> {
    /// How far a document may come in Xero; none: as far as its status says.
    pub up_to: Option<UpTo>,
    /// What becomes of a new e-mail address of a contact.
    pub emails: Emails,
    /// Into which of the CRM's fields nothing of Xero's comes.
    pub closed: &'a Closed,
}

impl Permit<'static> {
    /// Everything.
    pub const ALL: Self = Self { up_to: None, emails: Emails::Free, closed: &Closed::new() };
}

/// What a sync would do to one record.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// The pair.
    pub module: Module,
    /// The record's name or number, for people.
    pub name: String,
    /// What would happen.
    pub action: Action,
    /// Field by field, what would change on either side. A blocked plan lists what would change once nothing is in
    /// the way.
    pub changes: Vec<FieldChange>,
    /// Warnings and errors. Any error makes the action `Blocked` (or `Skip`).
    pub problems: Vec<Problem>,
    /// The CRM's total beside Xero's predicted one (documents).
    pub totals: Option<TotalsView>,
    /// By which the record is found again: ContactNumber, Item Code or InvoiceNumber.
    pub natural_key: String,
    /// What to send to Xero; none when there is nothing to send.
    pub xero_write: Option<XeroWrite>,
    /// The CRM fields that Xero's changes bring back (without the Xero_… fields, which `settle` adds).
    pub crm_write: Map<String, Value>,
    /// What Xero's changes make of the account's or vendor's primary contact.
    pub person: Option<PersonWrite>,
    /// The fields whose values both sides will share afterwards.
    pub(crate) agreed: BTreeSet<FieldKey>,
}

/// What is written to the primary contact of an account or vendor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonWrite {
    /// The CRM contact; none is created, and points to the account or vendor.
    pub id: Option<ZohoId>,
    /// Its fields, without the one that points to the account or vendor.
    pub fields: Map<String, Value>,
}

/// One element for Xero.
#[derive(Debug, Clone, PartialEq)]
pub struct XeroWrite {
    /// `Contacts`, `Items` or `Invoices`.
    pub resource: &'static str,
    /// The record to update; none creates.
    pub id: Option<XeroId>,
    /// The element, without envelope.
    pub body: Value,
}

/// What is to be remembered and written back after Xero has answered.
#[derive(Debug, Clone, PartialEq)]
pub struct Settled {
    /// The link as it stands now.
    pub link: Link,
    /// All fields to write to the CRM record, brought-back ones included; empty when the CRM has them all already.
    pub crm_fields: Map<String, Value>,
    /// What Xero's answer showed: a total other than predicted, warnings of its own.
    pub problems: Vec<Problem>,
}

/// What is told of a line whose product the CRM does not have any more; none for what is no product.
#[must_use]
pub fn product_gone(crm: &CrmSnapshot, module: Module, gone: &Dependency) -> Option<Problem> {
    if gone.module != Module::Products {
        return None;
    }
    let line = crate::zoho::line_of_product(module, &crm.record, &gone.crm_id);
    Some(crate::problem::line_product_gone(Some(gone.name.clone()), line.map(|line| line.to_string())))
}

/// The records that must be in Xero before this one: a document's party first, then each product of its lines once.
/// Empty for parties and products.
#[must_use]
pub fn dependencies(module: Module, crm: &CrmSnapshot) -> Vec<Dependency> {
    match module.kind() {
        crate::module::Kind::Document => crate::zoho::dependencies(module, &crm.record),
        crate::module::Kind::Party | crate::module::Kind::Item => Vec::new(),
    }
}
