//! The six CRM modules that are synced. Each is one pair with a Xero resource, so a module names a pair.

use serde::{Deserialize, Serialize};

/// A CRM module, by its API name on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum Module {
    /// Customers: companies, with their contacts. Xero: contacts.
    Accounts,
    /// People without an account. Xero: contacts.
    Contacts,
    /// Suppliers. Xero: contacts.
    Vendors,
    /// Things and services that are sold. Xero: items.
    Products,
    /// Sales invoices. Xero: invoices of type ACCREC.
    Invoices,
    /// Orders to suppliers. Xero: invoices of type ACCPAY (bills).
    #[serde(rename = "Purchase_Orders")]
    PurchaseOrders,
}

/// What a module's records are in Xero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A Xero contact.
    Party,
    /// A Xero item.
    Item,
    /// A Xero invoice or bill.
    Document,
}

impl Module {
    /// All modules in the order in which a run takes them: parties, items, documents.
    pub const ALL: [Self; 6] =
        [Self::Accounts, Self::Contacts, Self::Vendors, Self::Products, Self::Invoices, Self::PurchaseOrders];

    /// The API name, as in `/crm/v8/{name}`.
    #[must_use]
    pub fn api_name(self) -> &'static str {
        match self {
            Self::Accounts => "Accounts",
            Self::Contacts => "Contacts",
            Self::Vendors => "Vendors",
            Self::Products => "Products",
            Self::Invoices => "Invoices",
            Self::PurchaseOrders => "Purchase_Orders",
        }
    }

    /// The module of this API name. The CRM's older clients also say `PurchaseOrders`.
    #[must_use]
    pub fn from_api_name(name: &str) -> Option<Self> {
        match name {
            "PurchaseOrders" => Some(Self::PurchaseOrders),
            _ => Self::ALL.into_iter().find(|module| module.api_name() == name),
        }
    }

    /// What its records are in Xero.
    #[must_use]
    pub fn kind(self) -> Kind {
        match self {
            Self::Accounts | Self::Contacts | Self::Vendors => Kind::Party,
            Self::Products => Kind::Item,
            Self::Invoices | Self::PurchaseOrders => Kind::Document,
        }
    }

    /// One record, in words: "account", "purchase order".
    #[must_use]
    pub fn singular(self) -> &'static str {
        match self {
            Self::Accounts => "account",
            Self::Contacts => "contact",
            Self::Vendors => "vendor",
            Self::Products => "product",
            Self::Invoices => "invoice",
            Self::PurchaseOrders => "purchase order",
        }
    }

    /// One record on Xero's side, in words: "contact", "item", "invoice", "bill".
    #[must_use]
    pub fn xero_singular(self) -> &'static str {
        match self {
            Self::Accounts | Self::Contacts | Self::Vendors => "contact",
            Self::Products => "item",
            Self::Invoices => "invoice",
            Self::PurchaseOrders => "bill",
        }
    }

    /// The subform with a document's lines. Zoho's v8 metadata: `Invoiced_Items`, `Purchase_Items`.
    #[must_use]
    pub fn lines_field(self) -> Option<&'static str> {
        match self {
            Self::Invoices => Some("Invoiced_Items"),
            Self::PurchaseOrders => Some("Purchase_Items"),
            _ => None,
        }
    }
}
