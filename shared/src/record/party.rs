//! Customers, suppliers and people.

use super::Seen;
use crate::id::ZohoId;

/// A customer, supplier or person.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Party {
    /// The name; Xero wants it unique among active contacts, ignoring case.
    pub name: Seen<String>,
    /// The account number that people see.
    pub account_number: Seen<String>,
    /// The primary person. Each part is seen or unseen by itself; unseen as a whole when nobody knows who it is.
    pub person: Person,
    /// Further people, at most 5 at Xero.
    pub people: Seen<Vec<Person>>,
    /// The main phone number.
    pub phone: Seen<String>,
    /// The fax number.
    pub fax: Seen<String>,
    /// The primary person's mobile number.
    pub mobile: Seen<String>,
    /// The primary person's direct number.
    pub direct: Seen<String>,
    /// Where bills go.
    pub billing: Address,
    /// Where goods go.
    pub shipping: Address,
    /// ABN, VAT or GST number.
    pub tax_number: Seen<String>,
    /// ISO 4217 code of the default currency.
    pub currency: Seen<String>,
    /// The website; read-only at Xero.
    pub website: Seen<String>,
}

/// A person at a party.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Person {
    /// The contact of the CRM that it is; none of those whom only Xero knows.
    pub crm_id: Option<ZohoId>,
    /// Given name.
    pub first_name: Seen<String>,
    /// Family name.
    pub last_name: Seen<String>,
    /// E-mail address.
    pub email: Seen<String>,
}

/// A postal address.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Address {
    /// Street, with line breaks between its lines (at most 4 at Xero).
    pub street: Seen<String>,
    /// City.
    pub city: Seen<String>,
    /// State or region.
    pub state: Seen<String>,
    /// Postal code.
    pub postal_code: Seen<String>,
    /// Country, in words.
    pub country: Seen<String>,
}
