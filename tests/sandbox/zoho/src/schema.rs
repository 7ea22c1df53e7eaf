//! The modules and fields of a new organisation, and what a field is.

use chrono::{DateTime, Utc};

/// The type of a field, in the words of the fields metadata (`data_type`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `text`, one line.
    Text,
    /// `textarea`.
    TextArea,
    /// `email`.
    Email,
    /// `phone`.
    Phone,
    /// `website`.
    Website,
    /// `picklist`.
    Picklist,
    /// `multiselectpicklist`.
    MultiPicklist,
    /// `integer`.
    Integer,
    /// `bigint`, a string in JSON.
    BigInt,
    /// `double`.
    Double,
    /// `currency`.
    Currency,
    /// `percent`.
    Percent,
    /// `date`.
    Date,
    /// `datetime`.
    DateTime,
    /// `boolean`.
    Boolean,
    /// `lookup`.
    Lookup,
    /// `ownerlookup`.
    Owner,
    /// `subform`.
    Subform,
    /// `autonumber`.
    AutoNumber,
    /// `formula`: computed when the record is saved.
    Formula,
    /// `linetax`: the taxes of a line.
    LineTax,
    /// The taxes that may apply to a product.
    ProductTax,
    /// The tags of a record: a list, although the metadata calls it text.
    Tags,
    /// A record's own id.
    RecordId,
    /// The layout of a record, with its name.
    LayoutOf,
}

impl Kind {
    /// The `data_type` of the metadata.
    #[must_use]
    pub fn data_type(self) -> &'static str {
        match self {
            Self::Text | Self::Tags => "text",
            Self::TextArea => "textarea",
            Self::Email => "email",
            Self::Phone => "phone",
            Self::Website => "website",
            Self::Picklist => "picklist",
            Self::MultiPicklist | Self::ProductTax => "multiselectpicklist",
            Self::Integer => "integer",
            Self::BigInt | Self::RecordId | Self::LayoutOf => "bigint",
            Self::Double => "double",
            Self::Currency => "currency",
            Self::Percent => "percent",
            Self::Date => "date",
            Self::DateTime => "datetime",
            Self::Boolean => "boolean",
            Self::Lookup => "lookup",
            Self::Owner => "ownerlookup",
            Self::Subform => "subform",
            Self::AutoNumber => "autonumber",
            Self::Formula => "formula",
            Self::LineTax => "linetax",
        }
    }

    /// The `json_type` of the metadata.
    #[must_use]
    pub fn json_type(self) -> &'static str {
        match self {
            Self::MultiPicklist | Self::Subform | Self::LineTax | Self::ProductTax | Self::Tags => "jsonarray",
            Self::Integer => "integer",
            Self::Double | Self::Currency | Self::Percent | Self::Formula => "double",
            Self::Boolean => "boolean",
            Self::Lookup | Self::Owner | Self::LayoutOf => "jsonobject",
            _ => "string",
        }
    }

    /// The types that `POST /settings/fields` accepts here.
    #[must_use]
    pub fn creatable(data_type: &str) -> Option<Self> {
        Some(match data_type {
            "text" => Self::Text,
            "textarea" => Self::TextArea,
            "email" => Self::Email,
            "phone" => Self::Phone,
            "website" => Self::Website,
            "picklist" => Self::Picklist,
            "multiselectpicklist" => Self::MultiPicklist,
            "integer" => Self::Integer,
            "bigint" => Self::BigInt,
            "double" => Self::Double,
            "currency" => Self::Currency,
            "percent" => Self::Percent,
            "date" => Self::Date,
            "datetime" => Self::DateTime,
            "boolean" => Self::Boolean,
            "lookup" => Self::Lookup,
            "autonumber" => Self::AutoNumber,
            _ => return None,
        })
    }

    /// The length of a field of this type when nothing else is said.
    #[must_use]
    pub fn default_length(self) -> usize {
        match self {
            Self::TextArea => 2000,
            Self::Phone => 30,
            Self::Website => 450,
            Self::Email => 100,
            Self::Picklist => 120,
            Self::Integer => 9,
            Self::BigInt | Self::RecordId | Self::LayoutOf => 18,
            Self::Currency | Self::Double | Self::Formula => 16,
            Self::Percent => 5,
            Self::Date => 20,
            Self::DateTime | Self::Lookup | Self::Owner => 120,
            _ => 255,
        }
    }
}

/// By which of its keys the metadata says that nobody writes a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// By all of them.
    All,
    /// By `read_only` alone.
    ReadOnly,
    /// By `field_read_only` alone.
    FieldReadOnly,
    /// By `operation_type` alone.
    Operations,
}

/// One value of a picklist.
#[derive(Debug, Clone)]
pub struct Pick {
    /// The value's id.
    pub id: u64,
    /// What people see.
    pub display: String,
    /// What records hold.
    pub actual: String,
}

/// A field of a module.
#[derive(Debug, Clone)]
pub struct Field {
    /// The field's id.
    pub id: u64,
    /// The name in the API.
    pub api_name: String,
    /// The label on the page.
    pub label: String,
    /// The type.
    pub kind: Kind,
    /// The greatest length in characters (of text) or digits (of numbers).
    pub length: usize,
    /// Whether the API refuses a record without it.
    pub mandatory: bool,
    /// Whether only the stock layout asks for it, so that it is enforced only when the row names its layout.
    pub layout_mandatory: bool,
    /// Whether sent values are ignored.
    pub read_only: bool,
    /// How the metadata says that they are.
    pub mark: Mark,
    /// Whether it is a number that is 0 where nobody filled it.
    pub zero: bool,
    /// Whether the organisation made it.
    pub custom: bool,
    /// Whether no two records may have the same value, and if so whether case counts.
    pub unique: Option<bool>,
    /// Whether it is an external field.
    pub external: bool,
    /// The values of a picklist.
    pub picks: Vec<Pick>,
    /// The module that a lookup points at, or that a subform consists of.
    pub target: Option<String>,
    /// The decimals of a number.
    pub decimals: u32,
    /// The tooltip: kind and text.
    pub tooltip: Option<(String, String)>,
    /// When it was made, for fields of the organisation.
    pub created: Option<DateTime<Utc>>,
}

impl Field {
    /// Whether the records that hold a value of it are found at once.
    pub(crate) fn is_indexed(&self) -> bool {
        self.unique.is_some() || self.external
    }
}

/// A module.
#[derive(Debug, Clone)]
pub struct Module {
    /// The module's id.
    pub id: u64,
    /// The name in the API.
    pub api_name: String,
    /// The singular label.
    pub singular: String,
    /// The plural label.
    pub plural: String,
    /// The field that names a record.
    pub name_field: String,
    /// For a subform: the module it belongs to.
    pub parent: Option<String>,
    /// The id of its one layout.
    pub layout_id: u64,
    /// The fields.
    pub fields: Vec<Field>,
}

impl Module {
    /// The field of this name.
    #[must_use]
    pub fn field(&self, api_name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.api_name == api_name)
    }

    /// The field that holds the line items, if the module has any.
    #[must_use]
    pub fn lines_field(&self) -> Option<&Field> {
        self.fields.iter().find(|field| field.kind == Kind::Subform)
    }

    /// The fields that upsert uses when the request names none.
    #[must_use]
    pub fn system_duplicate_field(&self) -> Option<&'static str> {
        match self.api_name.as_str() {
            "Accounts" => Some("Account_Name"),
            "Contacts" => Some("Email"),
            "Products" => Some("Product_Name"),
            "Deals" => Some("Deal_Name"),
            _ => None,
        }
    }
}

/// What a line of the tables below says beside name, label and type.
#[derive(Clone, Copy)]
enum Extra {
    None,
    /// A number that is 0 where nobody filled it.
    Zero,
    /// Nobody writes it, and `operation_type` alone says so.
    Stamp,
    Mandatory,
    LayoutMandatory,
    ReadOnly,
    Length(usize),
    MandatoryLength(usize),
    To(&'static str),
    MandatoryTo(&'static str),
    LayoutMandatoryTo(&'static str),
    Picks(&'static [&'static str]),
    Decimals(u32),
}

type Line = (&'static str, &'static str, Kind, Extra);

use Extra::{
    Decimals, LayoutMandatory, LayoutMandatoryTo, Length, Mandatory, MandatoryLength, MandatoryTo, None as Plain,
    Picks, ReadOnly, Stamp, To, Zero,
};
use Kind::{
    AutoNumber, BigInt, Boolean, Currency, Date, DateTime as Instant, Double, Email, Formula, Integer, LayoutOf,
    LineTax, Lookup, Owner, Phone, Picklist, ProductTax, RecordId, Subform, Tags, Text, TextArea, Website,
};

const SYSTEM: &[Line] = &[
    ("id", "Record Id", RecordId, Stamp),
    ("Owner", "Owner", Owner, Plain),
    ("Created_By", "Created By", Owner, Stamp),
    ("Modified_By", "Modified By", Owner, Stamp),
    ("Created_Time", "Created Time", Instant, Stamp),
    ("Modified_Time", "Modified Time", Instant, Stamp),
    ("Tag", "Tag", Tags, Plain),
    ("Layout", "Layout", LayoutOf, Stamp),
    ("Currency", "Currency", Picklist, Picks(&["AUD", "USD", "EUR", "GBP", "NZD"])),
    ("Exchange_Rate", "Exchange Rate", Double, Decimals(9)),
    ("Locked__s", "Locked", Boolean, ReadOnly),
    ("Record_Status__s", "Record Status", Picklist, ReadOnly),
];

const ACCOUNTS: &[Line] = &[
    ("Account_Name", "Account Name", Text, MandatoryLength(200)),
    // Numeric, and 0 where nobody filled it: so in every recorded organisation.
    ("Account_Number", "Account Number", BigInt, Zero),
    ("Account_Type", "Account Type", Picklist, Picks(&["Analyst", "Competitor", "Customer", "Partner", "Supplier"])),
    ("Account_Site", "Account Site", Text, Length(80)),
    ("Phone", "Phone", Phone, Plain),
    ("Fax", "Fax", Phone, Plain),
    ("Website", "Website", Website, Plain),
    ("Industry", "Industry", Picklist, Picks(&["Building", "Education", "Hospitality", "Retail", "Technology"])),
    ("Ownership", "Ownership", Picklist, Picks(&["Private", "Public", "Other"])),
    ("Employees", "Employees", Integer, Plain),
    ("Annual_Revenue", "Annual Revenue", Currency, Plain),
    ("SIC_Code", "SIC Code", Integer, Plain),
    ("Ticker_Symbol", "Ticker Symbol", Text, Length(30)),
    ("Rating", "Rating", Picklist, Picks(&["Acquired", "Active", "Project Cancelled", "Shutdown"])),
    ("Parent_Account", "Parent Account", Lookup, To("Accounts")),
    ("Description", "Description", TextArea, Length(32000)),
    ("Billing_Street", "Billing Street", Text, Length(250)),
    ("Billing_City", "Billing City", Text, Length(100)),
    ("Billing_State", "Billing State", Text, Length(100)),
    ("Billing_Code", "Billing Code", Text, Length(30)),
    ("Billing_Country", "Billing Country", Text, Length(100)),
    ("Shipping_Street", "Shipping Street", Text, Length(250)),
    ("Shipping_City", "Shipping City", Text, Length(100)),
    ("Shipping_State", "Shipping State", Text, Length(100)),
    ("Shipping_Code", "Shipping Code", Text, Length(30)),
    ("Shipping_Country", "Shipping Country", Text, Length(100)),
];

const CONTACTS: &[Line] = &[
    ("Salutation", "Salutation", Picklist, Picks(&["Mr.", "Mrs.", "Ms.", "Dr.", "Prof."])),
    ("First_Name", "First Name", Text, Length(40)),
    ("Last_Name", "Last Name", Text, MandatoryLength(80)),
    ("Full_Name", "Full Name", Text, ReadOnly),
    ("Email", "Email", Email, Plain),
    ("Secondary_Email", "Secondary Email", Email, Plain),
    ("Phone", "Phone", Phone, Plain),
    ("Mobile", "Mobile", Phone, Plain),
    ("Home_Phone", "Home Phone", Phone, Plain),
    ("Other_Phone", "Other Phone", Phone, Plain),
    ("Asst_Phone", "Asst Phone", Phone, Plain),
    ("Fax", "Fax", Phone, Plain),
    ("Title", "Title", Text, Length(100)),
    ("Department", "Department", Text, Length(50)),
    ("Account_Name", "Account Name", Lookup, To("Accounts")),
    ("Vendor_Name", "Vendor Name", Lookup, To("Vendors")),
    ("Reporting_To", "Reporting To", Lookup, To("Contacts")),
    ("Email_Opt_Out", "Email Opt Out", Boolean, Plain),
    ("Date_of_Birth", "Date of Birth", Date, Plain),
    ("Mailing_Street", "Mailing Street", Text, Length(250)),
    ("Mailing_City", "Mailing City", Text, Length(100)),
    ("Mailing_State", "Mailing State", Text, Length(100)),
    ("Mailing_Zip", "Mailing Zip", Text, Length(30)),
    ("Mailing_Country", "Mailing Country", Text, Length(100)),
    ("Other_Street", "Other Street", Text, Length(250)),
    ("Other_City", "Other City", Text, Length(100)),
    ("Other_State", "Other State", Text, Length(100)),
    ("Other_Zip", "Other Zip", Text, Length(30)),
    ("Other_Country", "Other Country", Text, Length(100)),
    ("Description", "Description", TextArea, Length(32000)),
];

const VENDORS: &[Line] = &[
    ("Vendor_Name", "Vendor Name", Text, MandatoryLength(120)),
    ("Email", "Email", Email, Plain),
    ("Phone", "Phone", Phone, Plain),
    ("Website", "Website", Website, Plain),
    ("Category", "Category", Text, Length(100)),
    ("GL_Account", "GL Account", Picklist, Picks(&["Sales-Software", "Sales-Hardware", "Rental-Income"])),
    ("Street", "Street", Text, Length(250)),
    ("City", "City", Text, Length(100)),
    ("State", "State", Text, Length(100)),
    ("Zip_Code", "Zip Code", Text, Length(30)),
    ("Country", "Country", Text, Length(100)),
    ("Description", "Description", TextArea, Length(32000)),
    ("Email_Opt_Out", "Email Opt Out", Boolean, Plain),
];

const PRODUCTS: &[Line] = &[
    ("Product_Name", "Product Name", Text, MandatoryLength(200)),
    ("Product_Code", "Product Code", Text, Length(100)),
    ("Product_Active", "Product Active", Boolean, Plain),
    ("Unit_Price", "Unit Price", Currency, Decimals(9)),
    ("Product_Category", "Product Category", Picklist, Picks(&["Goods", "Services", "Software", "Freight"])),
    ("Manufacturer", "Manufacturer", Picklist, Picks(&["AltvetPet Inc.", "LexPon Inc.", "MetBeat Corp."])),
    ("Vendor_Name", "Vendor Name", Lookup, To("Vendors")),
    ("Usage_Unit", "Usage Unit", Picklist, Picks(&["Box", "Carton", "Each", "Hours", "Kg", "Pack"])),
    ("Qty_in_Stock", "Quantity in Stock", Double, Decimals(4)),
    ("Qty_Ordered", "Quantity Ordered", Double, Decimals(4)),
    ("Qty_in_Demand", "Quantity in Demand", Double, Decimals(4)),
    ("Reorder_Level", "Reorder Level", Double, Decimals(4)),
    ("Taxable", "Taxable", Boolean, Plain),
    ("Tax", "Tax", ProductTax, Plain),
    ("Commission_Rate", "Commission Rate", Currency, Plain),
    ("Sales_Start_Date", "Sales Start Date", Date, Plain),
    ("Sales_End_Date", "Sales End Date", Date, Plain),
    ("Support_Start_Date", "Support Start Date", Date, Plain),
    ("Support_Expiry_Date", "Support End Date", Date, Plain),
    ("Description", "Description", TextArea, Length(32000)),
];

const DOCUMENT: &[Line] = &[
    ("Sub_Total", "Sub Total", Formula, ReadOnly),
    ("Discount", "Discount", Currency, Plain),
    ("Tax", "Tax", Currency, ReadOnly),
    ("Adjustment", "Adjustment", Currency, Plain),
    ("Grand_Total", "Grand Total", Formula, ReadOnly),
    ("Excise_Duty", "Excise Duty", Currency, Plain),
    ("Sales_Commission", "Sales Commission", Currency, Plain),
    ("Terms_and_Conditions", "Terms and Conditions", TextArea, Length(32000)),
    ("Description", "Description", TextArea, Length(32000)),
    ("Billing_Street", "Billing Street", Text, Length(250)),
    ("Billing_City", "Billing City", Text, Length(100)),
    ("Billing_State", "Billing State", Text, Length(100)),
    ("Billing_Code", "Billing Code", Text, Length(30)),
    ("Billing_Country", "Billing Country", Text, Length(100)),
    ("Shipping_Street", "Shipping Street", Text, Length(250)),
    ("Shipping_City", "Shipping City", Text, Length(100)),
    ("Shipping_State", "Shipping State", Text, Length(100)),
    ("Shipping_Code", "Shipping Code", Text, Length(30)),
    ("Shipping_Country", "Shipping Country", Text, Length(100)),
];

const INVOICES: &[Line] = &[
    ("Subject", "Subject", Text, MandatoryLength(300)),
    ("Invoice_Number", "Invoice Number", AutoNumber, ReadOnly),
    ("Invoice_Date", "Invoice Date", Date, Plain),
    ("Due_Date", "Due Date", Date, Plain),
    ("Status", "Status", Picklist, Picks(&["Created", "Approved", "Delivered", "Canceled"])),
    ("Account_Name", "Account Name", Lookup, LayoutMandatoryTo("Accounts")),
    ("Contact_Name", "Contact Name", Lookup, To("Contacts")),
    ("Sales_Order", "Sales Order", Lookup, To("Sales_Orders")),
    ("Deal_Name__s", "Deal Name", Lookup, To("Deals")),
    ("Purchase_Order", "Purchase Order", Text, Length(50)),
    ("Invoiced_Items", "Invoiced Items", Subform, MandatoryTo("Invoiced_Items")),
];

const PURCHASE_ORDERS: &[Line] = &[
    ("Subject", "Subject", Text, MandatoryLength(300)),
    ("PO_Number", "PO Number", Text, Length(100)),
    ("PO_Date", "PO Date", Date, Plain),
    ("Due_Date", "Due Date", Date, Plain),
    ("Status", "Status", Picklist, Picks(&["Created", "Approved", "Delivered", "Cancelled"])),
    ("Vendor_Name", "Vendor Name", Lookup, MandatoryTo("Vendors")),
    ("Contact_Name", "Contact Name", Lookup, To("Contacts")),
    ("Requisition_No", "Requisition Number", Text, Length(100)),
    ("Tracking_Number", "Tracking Number", Text, Length(100)),
    ("Carrier", "Carrier", Picklist, Picks(&["FedEX", "UPS", "USPS", "DHL", "BlueDart"])),
    ("Purchase_Items", "Purchase Items", Subform, MandatoryTo("Purchase_Items")),
];

const LINES: &[Line] = &[
    ("Sequence_Number", "S.NO", Integer, ReadOnly),
    ("Product_Name", "Product Name", Lookup, MandatoryTo("Products")),
    ("Description", "Description", TextArea, Length(2000)),
    ("Quantity", "Quantity", Double, Decimals(9)),
    ("List_Price", "List Price", Currency, Decimals(9)),
    ("Total", "Amount", Formula, ReadOnly),
    ("Discount", "Discount", Currency, Plain),
    ("Total_After_Discount", "Total After Discount", Formula, ReadOnly),
    ("Tax", "Tax", Currency, ReadOnly),
    ("Net_Total", "Total", Formula, ReadOnly),
    ("Line_Tax", "Line Tax", LineTax, Plain),
    ("Price_Book_Name", "Price Book Name", Lookup, To("Price_Books")),
    ("Created_Time", "Created Time", Instant, ReadOnly),
    ("Modified_Time", "Modified Time", Instant, ReadOnly),
];

const SALES_ORDERS: &[Line] =
    &[("Subject", "Subject", Text, MandatoryLength(300)), ("Account_Name", "Account Name", Lookup, To("Accounts"))];
const DEALS: &[Line] = &[
    ("Deal_Name", "Deal Name", Text, MandatoryLength(120)),
    ("Stage", "Stage", Picklist, Picks(&["Qualification", "Closed Won", "Closed Lost"])),
    ("Closing_Date", "Closing Date", Date, LayoutMandatory),
    ("Amount", "Amount", Currency, Plain),
    ("Account_Name", "Account Name", Lookup, To("Accounts")),
];
const PRICE_BOOKS: &[Line] =
    &[("Price_Book_Name", "Price Book Name", Text, Mandatory), ("Active", "Active", Boolean, Plain)];

/// Makes the modules of a new organisation. `next_id` gives the ids.
pub(crate) fn stock_modules(mut next_id: impl FnMut() -> u64) -> Vec<Module> {
    type Spec =
        (&'static str, &'static str, &'static str, &'static str, Option<&'static str>, &'static [&'static [Line]]);
    let specs: [Spec; 11] = [
        ("Accounts", "Account", "Accounts", "Account_Name", None, &[ACCOUNTS, SYSTEM]),
        ("Contacts", "Contact", "Contacts", "Full_Name", None, &[CONTACTS, SYSTEM]),
        ("Vendors", "Vendor", "Vendors", "Vendor_Name", None, &[VENDORS, SYSTEM]),
        ("Products", "Product", "Products", "Product_Name", None, &[PRODUCTS, SYSTEM]),
        ("Invoices", "Invoice", "Invoices", "Subject", None, &[INVOICES, DOCUMENT, SYSTEM]),
        ("Purchase_Orders", "Purchase Order", "Purchase Orders", "Subject", None, &[PURCHASE_ORDERS, DOCUMENT, SYSTEM]),
        ("Sales_Orders", "Sales Order", "Sales Orders", "Subject", None, &[SALES_ORDERS, SYSTEM]),
        ("Deals", "Deal", "Deals", "Deal_Name", None, &[DEALS, SYSTEM]),
        ("Price_Books", "Price Book", "Price Books", "Price_Book_Name", None, &[PRICE_BOOKS, SYSTEM]),
        ("Invoiced_Items", "Invoiced Item", "Invoiced Items", "Product_Name", Some("Invoices"), &[LINES]),
        ("Purchase_Items", "Purchase Item", "Purchase Items", "Product_Name", Some("Purchase_Orders"), &[LINES]),
    ];
    specs
        .into_iter()
        .map(|(api_name, singular, plural, name_field, parent, tables)| Module {
            id: next_id(),
            api_name: api_name.into(),
            singular: singular.into(),
            plural: plural.into(),
            name_field: name_field.into(),
            parent: parent.map(Into::into),
            layout_id: next_id(),
            fields: tables.iter().flat_map(|table| table.iter()).map(|line| stock_field(*line, &mut next_id)).collect(),
        })
        .collect()
}

fn stock_field((api_name, label, kind, extra): Line, next_id: &mut impl FnMut() -> u64) -> Field {
    let mut field = Field {
        id: next_id(),
        api_name: api_name.into(),
        label: label.into(),
        kind,
        length: kind.default_length(),
        mandatory: false,
        layout_mandatory: false,
        read_only: false,
        mark: Mark::All,
        zero: false,
        custom: false,
        unique: None,
        external: false,
        picks: Vec::new(),
        target: None,
        decimals: 2,
        tooltip: None,
        created: None,
    };
    match extra {
        Plain => {}
        Mandatory => field.mandatory = true,
        LayoutMandatory => field.layout_mandatory = true,
        Zero => field.zero = true,
        Stamp => (field.read_only, field.mark) = (true, Mark::Operations),
        ReadOnly => field.read_only = true,
        Length(length) => field.length = length,
        MandatoryLength(length) => (field.mandatory, field.length) = (true, length),
        To(target) => field.target = Some(target.into()),
        MandatoryTo(target) => (field.mandatory, field.target) = (true, Some(target.into())),
        LayoutMandatoryTo(target) => (field.layout_mandatory, field.target) = (true, Some(target.into())),
        Picks(values) => {
            field.picks = values
                .iter()
                .map(|value| Pick { id: next_id(), display: (*value).into(), actual: (*value).into() })
                .collect();
        }
        Decimals(decimals) => field.decimals = decimals,
    }
    field
}
