//! Which fields the CRM's pages show, where, and which of them can be edited there.

/// How a field is entered.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Entry {
    /// Shown only.
    Shown,
    /// A line of text.
    Text,
    /// A text of several lines.
    Lines,
    /// A number.
    Number,
    /// Yes or no.
    YesNo,
    /// A text with these suggestions.
    Suggest(&'static [&'static str]),
}

use Entry::{Lines, Number, Shown, Suggest, Text, YesNo};

/// A module as the pages show it.
pub(crate) struct Layout {
    /// The module's API name.
    pub(crate) module: &'static str,
    /// What one record is called.
    pub(crate) singular: &'static str,
    /// What the module is called.
    pub(crate) plural: &'static str,
    /// The columns of the list; the first one is the link.
    pub(crate) columns: &'static [&'static str],
    /// The field that is the page's title.
    pub(crate) title: &'static str,
    /// The fields of the record page.
    pub(crate) fields: &'static [(&'static str, Entry)],
    /// The subform of the line items.
    pub(crate) lines: Option<&'static str>,
    /// Whether contacts belong to a record of this module.
    pub(crate) has_contacts: bool,
}

const INVOICE_STATUS: &[&str] = &["Created", "Approved", "Delivered", "Canceled"];
const ORDER_STATUS: &[&str] = &["Created", "Approved", "Delivered", "Cancelled"];

/// The six modules.
pub(crate) const LAYOUTS: [Layout; 6] = [
    Layout {
        module: "Accounts",
        singular: "Account",
        plural: "Accounts",
        columns: &["Account_Name", "Account_Number", "Phone", "Billing_City", "Industry"],
        title: "Account_Name",
        fields: &[
            ("Account_Name", Text),
            ("Account_Number", Text),
            ("Phone", Text),
            ("Fax", Text),
            ("Website", Text),
            ("Industry", Text),
            ("Currency", Shown),
            ("Billing_Street", Lines),
            ("Billing_City", Text),
            ("Billing_State", Text),
            ("Billing_Code", Text),
            ("Billing_Country", Text),
            ("Shipping_Street", Lines),
            ("Shipping_City", Text),
            ("Shipping_State", Text),
            ("Shipping_Code", Text),
            ("Shipping_Country", Text),
            ("Description", Lines),
            ("Owner", Shown),
            ("Modified_By", Shown),
            ("Modified_Time", Shown),
        ],
        lines: None,
        has_contacts: true,
    },
    Layout {
        module: "Contacts",
        singular: "Contact",
        plural: "Contacts",
        columns: &["Full_Name", "Account_Name", "Email", "Phone", "Title"],
        title: "Full_Name",
        fields: &[
            ("First_Name", Text),
            ("Last_Name", Text),
            ("Account_Name", Shown),
            ("Vendor_Name", Shown),
            ("Title", Text),
            ("Email", Text),
            ("Phone", Text),
            ("Mobile", Text),
            ("Fax", Text),
            ("Mailing_Street", Lines),
            ("Mailing_City", Text),
            ("Mailing_State", Text),
            ("Mailing_Zip", Text),
            ("Mailing_Country", Text),
            ("Owner", Shown),
            ("Modified_By", Shown),
            ("Modified_Time", Shown),
        ],
        lines: None,
        has_contacts: false,
    },
    Layout {
        module: "Vendors",
        singular: "Vendor",
        plural: "Vendors",
        columns: &["Vendor_Name", "Email", "Phone", "City"],
        title: "Vendor_Name",
        fields: &[
            ("Vendor_Name", Text),
            ("Email", Text),
            ("Phone", Text),
            ("Website", Text),
            ("Currency", Shown),
            ("Street", Lines),
            ("City", Text),
            ("State", Text),
            ("Zip_Code", Text),
            ("Country", Text),
            ("Description", Lines),
            ("Owner", Shown),
            ("Modified_By", Shown),
            ("Modified_Time", Shown),
        ],
        lines: None,
        has_contacts: true,
    },
    Layout {
        module: "Products",
        singular: "Product",
        plural: "Products",
        columns: &["Product_Name", "Product_Code", "Unit_Price", "Product_Category", "Product_Active"],
        title: "Product_Name",
        fields: &[
            ("Product_Name", Text),
            ("Product_Code", Text),
            ("Unit_Price", Number),
            ("Product_Category", Text),
            ("Usage_Unit", Text),
            ("Product_Active", YesNo),
            ("Taxable", YesNo),
            ("Description", Lines),
            ("Owner", Shown),
            ("Modified_By", Shown),
            ("Modified_Time", Shown),
        ],
        lines: None,
        has_contacts: false,
    },
    Layout {
        module: "Invoices",
        singular: "Invoice",
        plural: "Invoices",
        columns: &["Subject", "Invoice_Number", "Account_Name", "Invoice_Date", "Status", "Grand_Total", "Currency"],
        title: "Subject",
        fields: &[
            ("Subject", Text),
            ("Invoice_Number", Shown),
            ("Account_Name", Shown),
            ("Contact_Name", Shown),
            ("Invoice_Date", Text),
            ("Due_Date", Text),
            ("Status", Suggest(INVOICE_STATUS)),
            ("Currency", Shown),
            ("Exchange_Rate", Shown),
            ("Discount", Number),
            ("Adjustment", Number),
            ("Terms_and_Conditions", Lines),
            ("Owner", Shown),
            ("Modified_By", Shown),
            ("Modified_Time", Shown),
        ],
        lines: Some("Invoiced_Items"),
        has_contacts: false,
    },
    Layout {
        module: "Purchase_Orders",
        singular: "Purchase Order",
        plural: "Purchase Orders",
        columns: &["Subject", "PO_Number", "Vendor_Name", "PO_Date", "Status", "Grand_Total", "Currency"],
        title: "Subject",
        fields: &[
            ("Subject", Text),
            ("PO_Number", Text),
            ("Vendor_Name", Shown),
            ("Contact_Name", Shown),
            ("PO_Date", Text),
            ("Due_Date", Text),
            ("Status", Suggest(ORDER_STATUS)),
            ("Currency", Shown),
            ("Exchange_Rate", Shown),
            ("Discount", Number),
            ("Adjustment", Number),
            ("Terms_and_Conditions", Lines),
            ("Owner", Shown),
            ("Modified_By", Shown),
            ("Modified_Time", Shown),
        ],
        lines: Some("Purchase_Items"),
        has_contacts: false,
    },
];

/// The totals below the lines.
pub(crate) const TOTALS: [&str; 5] = ["Sub_Total", "Discount", "Tax", "Adjustment", "Grand_Total"];

/// The fields of a line that can be edited.
pub(crate) const LINE_FIELDS: [(&str, Entry); 4] =
    [("Description", Text), ("Quantity", Number), ("List_Price", Number), ("Discount", Text)];

/// The layout of a module.
pub(crate) fn layout(module: &str) -> Option<&'static Layout> {
    LAYOUTS.iter().find(|layout| layout.module == module)
}
