//! Canonical records: what both sides are translated to before they are compared.
//!
//! A field that the CRM left out of its answer (the signed-in user's profile may not see it) is [`Seen::Unseen`]:
//! nobody knows its value, so it is neither compared nor written. An empty field is `Seen::Value(None)`.

mod document;
mod fields;
mod item;
mod party;
mod slots;

pub use document::{Discount, Document, DocumentStatus, Line, LineAmountTypes, LineTax, TaxMode};
pub use fields::identifier;
pub(crate) use fields::{boolean, decimal, is_zero, lookup, number, seen_decimal, seen_identifier, seen_text, tidy};
pub use item::{Item, Side};
pub use party::{Address, Party, Person};
pub(crate) use slots::Slot;

/// A field's value as one side shows it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Seen<T> {
    /// The side did not show the field.
    #[default]
    Unseen,
    /// The side showed the field; `None` is empty.
    Value(Option<T>),
}

impl<T> Seen<T> {
    /// A field with a value.
    pub fn some(value: T) -> Self {
        Self::Value(Some(value))
    }

    /// The value, if the field was shown and is not empty.
    pub fn get(&self) -> Option<&T> {
        match self {
            Self::Value(value) => value.as_ref(),
            Self::Unseen => None,
        }
    }

    /// Whether the side showed the field at all.
    pub fn is_seen(&self) -> bool {
        matches!(self, Self::Value(_))
    }
}

/// A canonical record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Record {
    /// An account, contact or vendor; a Xero contact.
    Party(Box<Party>),
    /// A product; a Xero item.
    Item(Box<Item>),
    /// An invoice or purchase order; a Xero invoice or bill.
    Document(Box<Document>),
}
