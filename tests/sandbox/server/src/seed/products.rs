//! Products of the seed data.

use serde_json::{Value, json};

use super::{number, product};

/// How many products there are.
pub const PRODUCTS: usize = 60;

/// Code, name, price, category. The awkward ones come first.
const SPECIAL: [(Option<&str>, &str, &str, &str); 20] = [
    (Some("CHR-ASH"), "Office chair, ash", "249.00", "Goods"),
    (Some("DSK-STAND"), "Standing desk 1400 mm", "899.00", "Goods"),
    (None, "On-site installation (hour)", "95.00", "Services"),
    (None, "Courier", "18.50", "Freight"),
    (Some("CBL-CAT6"), "Cat 6 cable, per metre", "0.12345", "Goods"),
    (
        Some("LMP-LONG"),
        "Adjustable LED reading lamp with weighted base, dimmer and two spare bulbs, brushed steel",
        "129.95",
        "Goods",
    ),
    (Some("SPECIAL-ORDER-CUSTOM-MADE-BOARDROOM-TABLE-2026"), "Boardroom table, made to order", "7450.00", "Goods"),
    (Some("CHR-ASH"), "Office chair, ash (2025 model)", "199.00", "Goods"),
    (Some("KAF-ÉTÉ"), "Café blend «Été» 1 kg", "38.90", "Goods"),
    (Some("OLD-FAX"), "Fax machine", "310.00", "Goods"),
    (Some("BOOK-GF"), "Staff handbook (GST free)", "24.00", "Goods"),
    (Some("CAR-LUX"), "Company car", "92000.00", "Goods"),
    (Some("XERO-HAS"), "Whiteboard 1200 x 900", "159.00", "Goods"),
    (Some("RND-2506"), "Assorted stationery A", "25.06", "Goods"),
    (Some("RND-2561"), "Assorted stationery B", "25.61", "Goods"),
    (Some("RND-2563"), "Assorted stationery C", "25.63", "Goods"),
    (Some("SRV-12"), "Support plan, 12 months", "1188.00", "Services"),
    (None, "Consulting (day)", "1320.00", "Services"),
    (Some("DEP-RET"), "Deposit returned", "-50.00", "Services"),
    (Some("FREE-01"), "Sample pack", "0.00", "Goods"),
];

const FAMILIES: [(&str, &str, u32); 8] = [
    ("CHR", "Office chair", 24_900),
    ("DSK", "Desk", 64_900),
    ("SHF", "Shelf", 18_950),
    ("CAB", "Cabinet", 42_000),
    ("TBL", "Meeting table", 119_000),
    ("COF", "Coffee beans 1 kg", 3_490),
    ("PPR", "Paper A4, carton", 4_715),
    ("MON", "Monitor", 38_999),
];

const KINDS: [(&str, &str); 5] =
    [("BLK", "blackwood"), ("JAR", "jarrah"), ("KAR", "karri"), ("RED", "red gum"), ("SPT", "spotted gum")];

/// The price of the n-th product, from 1, as the CRM has it.
#[must_use]
pub fn price(n: usize) -> String {
    match SPECIAL.get(n - 1) {
        Some((_, _, price, _)) => (*price).to_owned(),
        None => {
            let at = n - 1 - SPECIAL.len();
            let cents = FAMILIES[at / KINDS.len()].2 + u32::try_from(at % KINDS.len()).unwrap_or(0) * 1_105;
            format!("{}.{:02}", cents / 100, cents % 100)
        }
    }
}

/// All products.
pub(super) fn records() -> Vec<(&'static str, Value)> {
    (1..=PRODUCTS)
        .map(|n| {
            let (code, name, category) = match SPECIAL.get(n - 1) {
                Some((code, name, _, category)) => (code.map(str::to_owned), (*name).to_owned(), *category),
                None => {
                    let at = n - 1 - SPECIAL.len();
                    let (family, noun, _) = FAMILIES[at / KINDS.len()];
                    let (kind, wood) = KINDS[at % KINDS.len()];
                    (Some(format!("{family}-{kind}")), format!("{noun}, {wood}"), "Goods")
                }
            };
            let record = json!({
                "id": product(n),
                "Product_Name": name,
                "Product_Code": code,
                "Unit_Price": number(&price(n)),
                "Product_Category": category,
                "Product_Active": n != 10,
                "Taxable": n != 11,
                "Usage_Unit": if code.is_none() { "Hours" } else { "Each" },
                "Description": if n % 3 == 0 { Value::Null } else { format!("{name}, as shown in the catalogue.").into() },
            });
            ("Products", record)
        })
        .collect()
}
