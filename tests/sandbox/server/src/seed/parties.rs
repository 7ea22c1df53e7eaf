//! Accounts, contacts and vendors of the seed data.

use serde_json::{Value, json};

use super::{account, contact, vendor};

/// How many accounts there are.
pub const ACCOUNTS: usize = 40;

/// How many vendors there are.
pub const VENDORS: usize = 10;

/// The awkward accounts come first; the rest are named from places and trades.
const SPECIAL_ACCOUNTS: [&str; 14] = [
    "Harbour Light Cafe",
    "Rosella Landscaping",
    "Ironbark Engineering Pty Ltd",
    "Zoë's Bücher & Café",
    "株式会社さくら商事",
    "The Amalgamated Society of Independent Growers, Packers, Roasters, Blenders and Distributors of Fine Teas, Coffees, Spices and Sundries of the Greater Northern Rivers and Tablelands District Inc",
    "Kookaburra Coffee Roasters",
    "Old Mill Bakery",
    "Double  Space Design",
    "<Angle> Brackets Media",
    "Pacific Crest Outfitters Inc",
    "Wattle & Co",
    "Seven Hills Medical Centre",
    "Ληδα Ship Supplies",
];

const INDUSTRIES: [&str; 5] = ["Building", "Education", "Hospitality", "Retail", "Technology"];

const TITLES: [&str; 4] = ["Owner", "Office Manager", "Bookkeeper", "Director"];

const PLACES: [(&str, &str, &str); 13] = [
    ("Ballarat", "VIC", "3350"),
    ("Bendigo", "VIC", "3550"),
    ("Bunbury", "WA", "6230"),
    ("Cairns", "QLD", "4870"),
    ("Dubbo", "NSW", "2830"),
    ("Fremantle", "WA", "6160"),
    ("Geelong", "VIC", "3220"),
    ("Hobart", "TAS", "7000"),
    ("Launceston", "TAS", "7250"),
    ("Mackay", "QLD", "4740"),
    ("Newcastle", "NSW", "2300"),
    ("Orange", "NSW", "2800"),
    ("Toowoomba", "QLD", "4350"),
];

const TRADES: [&str; 13] = [
    "Dental Care",
    "Plumbing Pty Ltd",
    "Family Law",
    "Veterinary Clinic",
    "Joinery",
    "Brewing Co",
    "Physiotherapy",
    "Motors",
    "Florists",
    "Surveyors",
    "Primary School",
    "Bookshop",
    "Solar",
];

const PEOPLE: [(&str, &str); 20] = [
    ("Amelia", "Nguyen"),
    ("Oliver", "Smith"),
    ("Isla", "Papadopoulos"),
    ("Jack", "Williams"),
    ("Mia", "O'Brien"),
    ("Noah", "Singh"),
    ("Grace", "Wilson"),
    ("Leo", "Rossi"),
    ("Chloé", "Dubois"),
    ("Henry", "Taylor"),
    ("Ruby", "Chen"),
    ("Søren", "Jørgensen"),
    ("Matilda", "Brown"),
    ("Arjun", "Patel"),
    ("Zara", "Haddad"),
    ("Ethan", "Walker"),
    ("Ava", "Murphy"),
    ("Hamish", "McDonald"),
    ("Freya", "Larsen"),
    ("Lucas", "Martin"),
];

/// The name of the n-th account, from 1.
#[must_use]
pub fn account_name(n: usize) -> String {
    match SPECIAL_ACCOUNTS.get(n - 1) {
        Some(name) => (*name).to_owned(),
        None => {
            let at = n - 1 - SPECIAL_ACCOUNTS.len();
            let (place, _, _) = PLACES[at % PLACES.len()];
            format!("{place} {}", TRADES[(at + at / PLACES.len()) % TRADES.len()])
        }
    }
}

fn accounts() -> Vec<Value> {
    (1..=ACCOUNTS)
        .map(|n| {
            let (place, state, code) = PLACES[n % PLACES.len()];
            let mut record = json!({
                "id": account(n),
                "Account_Name": account_name(n),
                "Exchange_Rate": 1,
                "Phone": format!("+61 2 5550 {:04}", 1000 + n * 17),
                "Website": format!("https://www.customer{n}.example"),
                "Industry": INDUSTRIES[n % INDUSTRIES.len()],
                "Billing_Street": format!("{} High Street", n * 3),
                "Billing_City": place,
                "Billing_State": state,
                "Billing_Code": code,
                "Billing_Country": "Australia",
                "Shipping_Street": format!("Unit {n}\n{} Dock Road", n * 2),
                "Shipping_City": place,
                "Shipping_State": state,
                "Shipping_Code": code,
                "Shipping_Country": "Australia",
            });
            // Few people fill it; the others have what the CRM makes of that.
            if n % 4 == 0 {
                record["Account_Number"] = (10_000 + n).to_string().into();
            }
            match n {
                // A street of more lines than Xero has, and a country with digits in it.
                9 => {
                    record["Billing_Street"] =
                        "Level 3\nSuite 3.04\nThe Old Woolstore\nEast Tower\n1 Quay Street".into();
                    record["Billing_Country"] = "Australia 4000".into();
                }
                11 => {
                    record["Currency"] = "USD".into();
                    record["Exchange_Rate"] = "0.65".parse().map_or(Value::Null, Value::Number);
                    record["Phone"] = "+1 (503) 555-0142".into();
                    record["Billing_Street"] = "1400 NW Lovejoy St".into();
                    record["Billing_City"] = "Portland".into();
                    record["Billing_State"] = "OR".into();
                    record["Billing_Code"] = "97209".into();
                    record["Billing_Country"] = "United States".into();
                }
                // Next to nothing is known of this one.
                12 => {
                    for field in ["Phone", "Website", "Billing_Street", "Billing_City", "Billing_Code", "Billing_State"]
                    {
                        record[field] = Value::Null;
                    }
                }
                _ => {}
            }
            record
        })
        .collect()
}

/// How many contacts the n-th account has.
///
/// None for one, several for some, one for most: no contact carries a primary flag before the program makes the field.
fn people_of(n: usize) -> usize {
    match n {
        3 | 5 => 0,
        2 => 2,
        13 => 7,
        n if n % 9 == 0 => 3,
        n if n % 6 == 0 => 2,
        _ => 1,
    }
}

fn person(number: usize, seed: usize) -> Value {
    let (first, last) = PEOPLE[seed % PEOPLE.len()];
    let ascii: String = first.chars().chain(".".chars()).chain(last.chars()).filter(char::is_ascii).collect();
    json!({
        "id": contact(number),
        "First_Name": first,
        "Last_Name": last,
        "Email": format!("{}{number}@mail.example", ascii.to_lowercase().replace('\'', "")),
        "Phone": format!("+61 3 5550 {:04}", 2000 + number * 13),
        "Mobile": format!("+61 400 {:03} {:03}", number, (number * 37) % 1000),
        "Title": TITLES[seed % TITLES.len()],
    })
}

fn contacts() -> Vec<Value> {
    let mut records = Vec::new();
    for n in 1..=ACCOUNTS {
        for k in 0..people_of(n) {
            let number = records.len() + 1;
            let mut record = person(number, n * 3 + k);
            record["Account_Name"] = json!({ "id": account(n) });
            // The only person of Wattle & Co has neither a first name nor an e-mail address.
            if n == 12 {
                record["First_Name"] = Value::Null;
                record["Email"] = Value::Null;
            }
            records.push(record);
        }
    }
    for n in 1..=VENDORS {
        if n % 2 == 1 {
            let number = records.len() + 1;
            let mut record = person(number, n * 5);
            record["Vendor_Name"] = json!({ "id": vendor(n) });
            records.push(record);
        }
    }
    // People without an account: with an e-mail address, and without one.
    for (id, k) in [(super::CONTACT_ALONE, 7), (super::CONTACT_ALONE_NO_EMAIL, 15)] {
        let number = records.len() + 1;
        let mut record = person(number, k);
        record["id"] = id.into();
        record["Mailing_Street"] = "5 Lighthouse Lane".into();
        record["Mailing_City"] = "Byron Bay".into();
        record["Mailing_State"] = "NSW".into();
        record["Mailing_Zip"] = "2481".into();
        record["Mailing_Country"] = "Australia".into();
        if id == super::CONTACT_ALONE_NO_EMAIL {
            record["Email"] = Value::Null;
        }
        records.push(record);
    }
    records
}

/// The id of the first contact of the n-th account, if it has one.
#[must_use]
pub fn first_contact_of(n: usize) -> Option<String> {
    let before: usize = (1..n).map(people_of).sum();
    (people_of(n) > 0).then(|| contact(before + 1))
}

fn vendors() -> Vec<Value> {
    [
        "Yarra Timber Supplies",
        "Ironbark Engineering Pty Ltd",
        "Southern Freight Lines",
        "Murray River Paper",
        "Nullarbor Packaging",
        "Tasman Electrical Wholesale",
        "Red Centre Print",
        "Redwood Components LLC",
        "Müller Büromöbel GmbH",
        "Capricorn Cleaning",
    ]
    .into_iter()
    .enumerate()
    .map(|(at, name)| {
        let n = at + 1;
        let (place, state, code) = PLACES[(n * 4) % PLACES.len()];
        let mut record = json!({
            "id": vendor(n),
            "Vendor_Name": name,
            "Email": format!("accounts@vendor{n}.example"),
            "Phone": format!("+61 8 5550 {:04}", 3000 + n),
            "Website": format!("https://www.vendor{n}.example"),
            "Street": format!("{} Industrial Drive", n * 11),
            "City": place,
            "State": state,
            "Zip_Code": code,
            "Country": "Australia",
        });
        match n {
            5 => record["Email"] = Value::Null,
            8 => {
                record["Currency"] = "USD".into();
                record["Country"] = "United States".into();
            }
            9 => record["Country"] = "Deutschland".into(),
            _ => {}
        }
        record
    })
    .collect()
}

/// All parties, in an order in which they can be inserted.
pub(super) fn records() -> Vec<(&'static str, Value)> {
    let mut all = Vec::new();
    all.extend(accounts().into_iter().map(|record| ("Accounts", record)));
    all.extend(vendors().into_iter().map(|record| ("Vendors", record)));
    all.extend(contacts().into_iter().map(|record| ("Contacts", record)));
    all
}
