//! The seed data sets.
//!
//! "standard" is the trading company that people and tests try things with: 40 accounts with their contacts,
//! 10 vendors, 60 products, 120 invoices and 40 purchase orders in the US organisation, the awkward ones among them,
//! and a few contacts and items that Xero has already.
//! "total-tax" is the same company with the tax on the total of each document: an organisation has the one or the other.
//! "empty" has the organisations' settings only, "united-kingdom", "united-states", "south-africa" and "singapore" the same with
//! books of that country (the American ones with automatic sales tax) in the place of the Australian ones.
//! [`bulk`] is for tests of whole backfills: [`World::bulk`] and [`World::bulk_books`].
//!
//! Everything is the same at every build: ids are fixed, and the records that tests look for have names here.

pub mod books;
pub mod bulk;
pub mod documents;
pub mod parties;
pub mod products;

use std::str::FromStr;

use sandbox_zoho::TaxMode;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::world::World;

/// A seed data set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Seed {
    /// The trading company, with the tax on each line.
    Standard,
    /// The same company with the tax on the total of each document.
    TotalTax,
    /// Settings only.
    Empty,
    /// Settings only; the first Xero organisation is one of the United Kingdom.
    UnitedKingdom,
    /// Settings only; the first Xero organisation is one of the United States, with automatic sales tax.
    UnitedStates,
    /// Settings only; the first Xero organisation is one of South Africa.
    SouthAfrica,
    /// Settings only; the first Xero organisation is one of Singapore.
    Singapore,
}

impl Seed {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Standard,
        Self::TotalTax,
        Self::Empty,
        Self::UnitedKingdom,
        Self::UnitedStates,
        Self::SouthAfrica,
        Self::Singapore,
    ];

    /// The countries of Xero's organisations.
    #[must_use]
    pub fn countries(self) -> [&'static str; 2] {
        match self {
            Self::Standard | Self::TotalTax | Self::Empty => ["AU", "NZ"],
            Self::UnitedKingdom => ["GB", "NZ"],
            Self::UnitedStates => ["US", "NZ"],
            Self::SouthAfrica => ["ZA", "NZ"],
            Self::Singapore => ["SG", "NZ"],
        }
    }

    /// The name: `standard`, `total-tax`, `empty`, `united-kingdom`, `united-states`, `south-africa`, `singapore`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Standard => "standard",
            Self::TotalTax => "total-tax",
            Self::Empty => "empty",
            Self::UnitedKingdom => "united-kingdom",
            Self::UnitedStates => "united-states",
            Self::SouthAfrica => "south-africa",
            Self::Singapore => "singapore",
        }
    }
}

impl FromStr for Seed {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|seed| seed.as_str() == text).ok_or_else(|| {
            let names = Self::ALL.map(Self::as_str).join(", ");
            format!("\"{text}\" is none of the seed data sets {names}")
        })
    }
}

/// Harbour Light Cafe: an ordinary account with one contact.
pub const FIRST_ACCOUNT: &str = "572500000001000001";
/// An account with two contacts of which none is flagged.
pub const ACCOUNT_TWO_CONTACTS: &str = "572500000001000002";
/// An account without contacts; a vendor has the same name.
pub const ACCOUNT_NO_CONTACTS: &str = "572500000001000003";
/// An account with a name outside ASCII.
pub const ACCOUNT_NON_ASCII: &str = "572500000001000004";
/// An account with a Japanese name and no contacts.
pub const ACCOUNT_JAPANESE: &str = "572500000001000005";
/// An account with a name of nearly 200 characters.
pub const ACCOUNT_LONG_NAME: &str = "572500000001000006";
/// An account that an active Xero contact has the name of, in capitals.
pub const ACCOUNT_NAME_IN_XERO: &str = "572500000001000007";
/// An account that an archived Xero contact has the name of.
pub const ACCOUNT_NAME_ARCHIVED: &str = "572500000001000008";
/// An account with two spaces in its name, too many lines in its street and digits in its country.
pub const ACCOUNT_DOUBLE_SPACE: &str = "572500000001000009";
/// An account with angle brackets in its name.
pub const ACCOUNT_ANGLE_BRACKETS: &str = "572500000001000010";
/// An account in US dollars.
pub const ACCOUNT_USD: &str = "572500000001000011";
/// An account whose only contact has neither first name nor e-mail address.
pub const ACCOUNT_BARE_CONTACT: &str = "572500000001000012";
/// An account with seven contacts.
pub const ACCOUNT_SEVEN_CONTACTS: &str = "572500000001000013";
/// A contact without an account.
pub const CONTACT_ALONE: &str = "572500000002009001";
/// A contact without an account and without an e-mail address.
pub const CONTACT_ALONE_NO_EMAIL: &str = "572500000002009002";
/// An ordinary vendor.
pub const FIRST_VENDOR: &str = "572500000003000001";
/// A vendor with the name of an account.
pub const VENDOR_ALSO_ACCOUNT: &str = "572500000003000002";
/// A vendor in US dollars.
pub const VENDOR_USD: &str = "572500000003000008";
/// An ordinary product with a code.
pub const FIRST_PRODUCT: &str = "572500000004000001";
/// A service without a code.
pub const PRODUCT_NO_CODE: &str = "572500000004000003";
/// A product with a price of five decimals.
pub const PRODUCT_FIVE_DECIMALS: &str = "572500000004000005";
/// A product with a name longer than Xero takes.
pub const PRODUCT_LONG_NAME: &str = "572500000004000006";
/// A product with a code longer than Xero takes.
pub const PRODUCT_LONG_CODE: &str = "572500000004000007";
/// A product with the code of the first one.
pub const PRODUCT_SAME_CODE: &str = "572500000004000008";
/// A product that is not active.
pub const PRODUCT_INACTIVE: &str = "572500000004000010";
/// A product whose code Xero has already, with another price.
pub const PRODUCT_CODE_IN_XERO: &str = "572500000004000013";
/// Two lines with GST, approved.
pub const FIRST_INVOICE: &str = "572500000005000001";
/// A product line and two service lines, not approved.
pub const INVOICE_HYBRID: &str = "572500000005000002";
/// Lines discounted by percent.
pub const INVOICE_PERCENT_DISCOUNT: &str = "572500000005000003";
/// Lines discounted by an amount.
pub const INVOICE_AMOUNT_DISCOUNT: &str = "572500000005000004";
/// A discount on the whole document.
pub const INVOICE_RECORD_DISCOUNT: &str = "572500000005000005";
/// A positive adjustment.
pub const INVOICE_ADJUSTMENT_UP: &str = "572500000005000006";
/// A negative adjustment.
pub const INVOICE_ADJUSTMENT_DOWN: &str = "572500000005000007";
/// A line with quantity 0.
pub const INVOICE_ZERO_QUANTITY: &str = "572500000005000008";
/// In US dollars, free of GST.
pub const INVOICE_USD: &str = "572500000005000009";
/// A tax that Xero has no partner for.
pub const INVOICE_UNMAPPED_TAX: &str = "572500000005000010";
/// Two taxes on one line.
pub const INVOICE_TWO_TAXES: &str = "572500000005000011";
/// No status.
pub const INVOICE_BLANK_STATUS: &str = "572500000005000012";
/// A status of the organisation's own.
pub const INVOICE_CUSTOM_STATUS: &str = "572500000005000013";
/// Cancelled.
pub const INVOICE_CANCELLED: &str = "572500000005000014";
/// Prices and quantities of more than four decimals.
pub const INVOICE_FIVE_DECIMALS: &str = "572500000005000015";
/// 25.06 + 25.61 + 25.63, the amounts on which ways to round the tax differ.
pub const INVOICE_ROUNDING: &str = "572500000005000016";
/// No due date.
pub const INVOICE_NO_DUE_DATE: &str = "572500000005000017";
/// For the account whose name is archived in Xero.
pub const INVOICE_ARCHIVED_NAME: &str = "572500000005000018";
/// For the account whose name an active Xero contact has.
pub const INVOICE_NAME_IN_XERO: &str = "572500000005000019";
/// For a contact without an account.
pub const INVOICE_FOR_CONTACT: &str = "572500000005000020";
/// A line without any tax.
pub const INVOICE_NO_TAX: &str = "572500000005000021";
/// A line discounted by all of it.
pub const INVOICE_FULL_DISCOUNT: &str = "572500000005000022";
/// Forty lines.
pub const INVOICE_FORTY_LINES: &str = "572500000005000023";
/// A line with a negative price.
pub const INVOICE_NEGATIVE_LINE: &str = "572500000005000024";
/// Two products with the same code.
pub const INVOICE_SAME_CODE: &str = "572500000005000025";
/// Texts in many scripts, for the account with the Japanese name.
pub const INVOICE_NON_ASCII: &str = "572500000005000026";
/// Its number is taken by another invoice in Xero.
pub const INVOICE_NUMBER_TAKEN: &str = "572500000005000027";
/// A line text of 1,900 characters.
pub const INVOICE_LONG_TEXT: &str = "572500000005000028";
/// Status Delivered.
pub const INVOICE_DELIVERED: &str = "572500000005000029";
/// Discounts of every kind and an adjustment.
pub const INVOICE_ALL_DISCOUNTS: &str = "572500000005000030";
/// An ordinary invoice of the restricted user, for an account of hers.
pub const INVOICE_OF_RESTRICTED_USER: &str = "572500000005000033";
/// Two lines with GST, approved.
pub const FIRST_PURCHASE_ORDER: &str = "572500000006000001";
/// A product line and a service line, not approved.
pub const ORDER_HYBRID: &str = "572500000006000002";
/// A line discounted by percent.
pub const ORDER_PERCENT_DISCOUNT: &str = "572500000006000003";
/// A line discounted by an amount.
pub const ORDER_AMOUNT_DISCOUNT: &str = "572500000006000004";
/// A positive adjustment and a price of four decimals.
pub const ORDER_ADJUSTMENT: &str = "572500000006000005";
/// A discount on the whole document.
pub const ORDER_RECORD_DISCOUNT: &str = "572500000006000006";
/// In US dollars.
pub const ORDER_USD: &str = "572500000006000007";
/// A line with quantity 0.
pub const ORDER_ZERO_QUANTITY: &str = "572500000006000008";
/// The number of the first purchase order, for another vendor.
pub const ORDER_SAME_NUMBER: &str = "572500000006000011";
/// No number.
pub const ORDER_NO_NUMBER: &str = "572500000006000012";

/// The user who sees only what is her own: a few accounts, their contacts and invoices.
pub const RESTRICTED_USER: &str = "rita@bluegum.example";

/// Good places to start: module, id, what one sees there.
pub const PLACES_TO_START: [(&str, &str, &str); 15] = [
    ("Invoices", FIRST_INVOICE, "A simple invoice: two products with GST"),
    ("Invoices", INVOICE_HYBRID, "Products and services on one invoice, not approved yet"),
    ("Invoices", INVOICE_ALL_DISCOUNTS, "Discounts by percent, by amount and on the record, with an adjustment"),
    ("Invoices", INVOICE_USD, "An invoice in US dollars"),
    ("Invoices", INVOICE_UNMAPPED_TAX, "A tax that Xero has no partner for"),
    ("Invoices", INVOICE_BLANK_STATUS, "An invoice without a status"),
    ("Invoices", INVOICE_NUMBER_TAKEN, "An invoice whose number is taken in Xero"),
    ("Invoices", INVOICE_ARCHIVED_NAME, "A customer that is archived in Xero"),
    ("Invoices", INVOICE_FORTY_LINES, "Forty lines"),
    ("Accounts", FIRST_ACCOUNT, "A simple account with one contact"),
    ("Accounts", ACCOUNT_TWO_CONTACTS, "An account with two contacts, none of them primary"),
    ("Accounts", ACCOUNT_NAME_IN_XERO, "An account that Xero knows already"),
    ("Products", FIRST_PRODUCT, "A simple product"),
    ("Vendors", FIRST_VENDOR, "A simple vendor"),
    ("Purchase_Orders", FIRST_PURCHASE_ORDER, "A simple purchase order"),
];

fn id(kind: u8, n: usize) -> String {
    format!("57250000000{kind}{n:06}")
}

/// The id of the n-th account, from 1.
#[must_use]
pub fn account(n: usize) -> String {
    id(1, n)
}

/// The id of the n-th contact, from 1.
#[must_use]
pub fn contact(n: usize) -> String {
    id(2, n)
}

/// The id of the n-th vendor, from 1.
#[must_use]
pub fn vendor(n: usize) -> String {
    id(3, n)
}

/// The id of the n-th product, from 1.
#[must_use]
pub fn product(n: usize) -> String {
    id(4, n)
}

/// The id of the n-th invoice, from 1.
#[must_use]
pub fn invoice(n: usize) -> String {
    id(5, n)
}

/// The id of the n-th purchase order, from 1.
#[must_use]
pub fn purchase_order(n: usize) -> String {
    id(6, n)
}

/// A JSON number with exactly these digits.
fn number(text: &str) -> Value {
    text.parse().map_or(Value::Null, Value::Number)
}

/// Whether a record belongs to the restricted user: every tenth account from the second on with its contacts, and the
/// ordinary invoices of those accounts.
fn belongs_to_restricted(module: &str, record: &Value) -> bool {
    let is_theirs =
        |id: &Value| (1..=parties::ACCOUNTS).filter(|n| n % 10 == 2).any(|n| id.as_str() == Some(account(n).as_str()));
    match module {
        "Accounts" => is_theirs(&record["id"]),
        "Contacts" | "Invoices" => is_theirs(&record["Account_Name"]["id"]),
        _ => false,
    }
}

/// Fills a new world.
///
/// # Errors
/// When an API's rules refuse a record: then the seed data are wrong.
pub(crate) fn fill(world: &mut World, seed: Seed) -> Result<(), String> {
    let mode = match seed {
        Seed::Standard => TaxMode::Item,
        Seed::TotalTax => TaxMode::Total,
        Seed::Empty | Seed::UnitedKingdom | Seed::UnitedStates | Seed::SouthAfrica | Seed::Singapore => return Ok(()),
    };
    let now = world.now();
    let zoho = &mut world.zoho;
    zoho.set_tax_mode(mode);
    let restricted = zoho.users().iter().find(|user| user.email == RESTRICTED_USER).map(|user| user.id.to_string());
    for (module, mut record) in
        parties::records().into_iter().chain(products::records()).chain(documents::records(mode))
    {
        if belongs_to_restricted(module, &record)
            && let Some(owner) = &restricted
        {
            record["Owner"] = json!({ "id": owner });
        }
        let id = &record["id"];
        zoho.insert(module, &record).map_err(|problem| format!("{module} {id}: {problem}"))?;
    }
    let taken = zoho
        .get("Invoices", INVOICE_NUMBER_TAKEN)
        .and_then(|invoice| invoice["Invoice_Number"].as_str().map(str::to_owned))
        .ok_or("the invoice whose number is to be taken has none")?;
    books::fill(&mut world.xero, &taken, now).map_err(|refused| refused.to_string())
}
