//! The organisations of the sandbox: an Australian one with two currencies, one of New Zealand, one of the United
//! Kingdom, one of the United States with automatic sales tax, one of South Africa, and one of Singapore. Tax types are those that Xero gives organisations of
//! the country (<https://developer.xero.com/documentation/api/accounting/types#tax-rates>).

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

use crate::answers::Answers;
use crate::characters::Characters;
use crate::guids::Guids;
use crate::organisation::{Account, Bank, Category, Org, PlanLimit, Profile, TaxRate, Theme, TrackingOption};
use crate::table::Table;

/// Code, name, type, class, tax type, system name, payments allowed, status.
type AccountRow =
    (&'static str, &'static str, &'static str, &'static str, &'static str, &'static str, bool, &'static str);
/// Tax type, name, report type, tenths of a percent, status, and the classes it can be used with: A, E(quity), X (expenses), L, R.
type RateRow = (&'static str, &'static str, &'static str, i64, &'static str, &'static str);

fn accounts(output: &'static str, input: &'static str, none: &'static str) -> Vec<AccountRow> {
    vec![
        ("200", "Sales", "REVENUE", "REVENUE", output, "", false, "ACTIVE"),
        ("260", "Other Revenue", "REVENUE", "REVENUE", output, "", false, "ACTIVE"),
        ("299", "Old Sales", "REVENUE", "REVENUE", output, "", false, "ARCHIVED"),
        ("300", "Purchases", "DIRECTCOSTS", "EXPENSE", input, "", false, "ACTIVE"),
        ("310", "Cost of Goods Sold", "DIRECTCOSTS", "EXPENSE", input, "", false, "ACTIVE"),
        ("400", "Advertising", "OVERHEADS", "EXPENSE", input, "", false, "ACTIVE"),
        ("429", "General Expenses", "EXPENSE", "EXPENSE", input, "", false, "ACTIVE"),
        ("497", "Bank Revaluations", "EXPENSE", "EXPENSE", none, "BANKCURRENCYGAIN", false, "ACTIVE"),
        ("610", "Accounts Receivable", "CURRENT", "ASSET", none, "DEBTORS", false, "ACTIVE"),
        ("630", "Inventory", "INVENTORY", "ASSET", none, "", false, "ACTIVE"),
        ("710", "Office Equipment", "FIXED", "ASSET", input, "", false, "ACTIVE"),
        ("800", "Accounts Payable", "CURRLIAB", "LIABILITY", none, "CREDITORS", false, "ACTIVE"),
        ("820", "GST", "CURRLIAB", "LIABILITY", none, "GST", false, "ACTIVE"),
        ("860", "Rounding", "CURRLIAB", "LIABILITY", none, "ROUNDING", false, "ACTIVE"),
        ("880", "Owner A Drawings", "EQUITY", "EQUITY", none, "", true, "ACTIVE"),
    ]
}

const AU_RATES: &[RateRow] = &[
    ("OUTPUT", "GST on Income", "OUTPUT", 100, "ACTIVE", "AELR"),
    ("INPUT", "GST on Expenses", "INPUT", 100, "ACTIVE", "AEXL"),
    ("CAPEXINPUT", "GST on Capital", "CAPEXINPUT", 100, "ACTIVE", "AEXL"),
    ("EXEMPTOUTPUT", "GST Free Income", "EXEMPTOUTPUT", 0, "ACTIVE", "AELR"),
    ("EXEMPTEXPENSES", "GST Free Expenses", "EXEMPTEXPENSES", 0, "ACTIVE", "AEXL"),
    ("INPUTTAXED", "Input Taxed", "INPUTTAXED", 0, "ACTIVE", "AELR"),
    ("BASEXCLUDED", "BAS Excluded", "BASEXCLUDED", 0, "ACTIVE", "AEXLR"),
    ("GSTONIMPORTS", "GST on Imports", "GSTONIMPORTS", 0, "ACTIVE", "L"),
    ("NONE", "No Tax", "NONE", 0, "DELETED", "AEXLR"),
    ("TAX001", "Old Luxury Tax", "OUTPUT", 330, "DELETED", "R"),
];

const NZ_RATES: &[RateRow] = &[
    ("OUTPUT2", "15% GST on Income", "OUTPUT", 150, "ACTIVE", "AELR"),
    ("INPUT2", "15% GST on Expenses", "INPUT", 150, "ACTIVE", "AEXL"),
    ("ZERORATED", "Zero Rated", "OUTPUT", 0, "ACTIVE", "LR"),
    ("NONE", "No GST", "NONE", 0, "ACTIVE", "AEXLR"),
    ("GSTONIMPORTS", "GST on Imports", "GSTONIMPORTS", 0, "ACTIVE", "L"),
    ("OUTPUT", "12.5% GST on Income", "OUTPUT", 125, "DELETED", "AELR"),
];

const GB_RATES: &[RateRow] = &[
    ("OUTPUT2", "20% (VAT on Income)", "OUTPUT", 200, "ACTIVE", "AELR"),
    ("INPUT2", "20% (VAT on Expenses)", "INPUT", 200, "ACTIVE", "AEXL"),
    ("CAPEXINPUT2", "20% (VAT on Capital Purchases)", "CAPITALEXPENSESINPUT", 200, "ACTIVE", "AEXL"),
    ("RROUTPUT", "5% (VAT on Income)", "OUTPUT", 50, "ACTIVE", "AELR"),
    ("RRINPUT", "5% (VAT on Expenses)", "INPUT", 50, "ACTIVE", "AEXL"),
    ("ZERORATEDOUTPUT", "Zero Rated Income", "OUTPUT", 0, "ACTIVE", "AELR"),
    ("ZERORATEDINPUT", "Zero Rated Expenses", "INPUT", 0, "ACTIVE", "AEXL"),
    ("EXEMPTOUTPUT", "Exempt Income", "EXEMPTOUTPUT", 0, "ACTIVE", "AELR"),
    ("EXEMPTINPUT", "Exempt Expenses", "EXEMPTINPUT", 0, "ACTIVE", "AEXL"),
    ("NONE", "No VAT", "NONE", 0, "ACTIVE", "AEXLR"),
    ("SROUTPUT", "17.5% (VAT on Income)", "OUTPUT", 175, "DELETED", "AELR"),
];

/// With automatic sales tax: Xero looks the rate up itself, and its list says 0.
const US_RATES: &[RateRow] = &[
    ("AVALARA", "Auto Look Up", "AVALARA", 0, "ACTIVE", "R"),
    ("OUTPUT", "Tax on Sales", "OUTPUT", 0, "ACTIVE", "AELR"),
    ("INPUT", "Tax on Purchases", "INPUT", 0, "ACTIVE", "AEXL"),
    ("NONE", "Tax Exempt", "NONE", 0, "ACTIVE", "AEXLR"),
    ("GSTONIMPORTS", "Sales Tax on Imports", "GSTONIMPORTS", 0, "ACTIVE", "L"),
];

const ZA_RATES: &[RateRow] = &[
    ("OUTPUT3", "Standard Rate Sales", "OUTPUT", 150, "ACTIVE", "AELR"),
    ("INPUT3", "Standard Rate Purchases", "INPUT", 150, "ACTIVE", "AEXL"),
    ("OUTPUT4", "Standard Rate Sales - Capital Goods", "OUTPUT", 150, "ACTIVE", "AELR"),
    ("INPUT4", "Standard Rate Purchases - Capital Goods", "CAPEXINPUT", 150, "ACTIVE", "AEXL"),
    ("ZERORATEDOUTPUT", "Zero Rate (Excluding Goods Exported)", "OUTPUT", 0, "ACTIVE", "AELR"),
    ("ZERORATED", "Zero Rate (Only Exported Goods)", "OUTPUT", 0, "ACTIVE", "AELR"),
    ("ZRINPUT", "Zero Rated Purchases", "INPUT", 0, "ACTIVE", "AEXL"),
    ("EXEMPTOUTPUT", "Exempt and Non-Supplies", "EXEMPTOUTPUT", 0, "ACTIVE", "AELR"),
    ("NONE", "No VAT", "NONE", 0, "ACTIVE", "AEXLR"),
    ("OUTPUT", "Old Standard Rate Sales", "OUTPUT", 140, "DELETED", "AELR"),
    ("INPUT", "Old Standard Rate Purchases", "INPUT", 140, "DELETED", "AEXL"),
];

const SG_RATES: &[RateRow] = &[
    ("OUTPUTY24", "Standard-Rated Supplies", "OUTPUT", 90, "ACTIVE", "AELR"),
    ("INPUTY24", "Standard-Rated Purchases", "INPUT", 90, "ACTIVE", "AEXL"),
    ("ZERORATEDOUTPUT", "Zero-Rated Supplies", "OUTPUT", 0, "ACTIVE", "AELR"),
    ("ZERORATEDINPUT", "Zero-Rated Purchases", "INPUT", 0, "ACTIVE", "AEXL"),
    ("ES33OUTPUT", "Regulation 33 Exempt Supplies", "EXEMPTOUTPUT", 0, "ACTIVE", "AELR"),
    ("ESN33OUTPUT", "Non-Regulation 33 Exempt Supplies", "EXEMPTOUTPUT", 0, "ACTIVE", "AELR"),
    ("EPINPUT", "Exempt Purchases", "INPUT", 0, "ACTIVE", "AEXL"),
    ("OSOUTPUT", "Out Of Scope Supplies", "NONE", 0, "ACTIVE", "AELR"),
    ("OPINPUT", "Out Of Scope Purchases", "NONE", 0, "ACTIVE", "AEXL"),
    ("NRINPUT", "Purchases from Non-GST Registered Suppliers", "NONE", 0, "ACTIVE", "AEXL"),
    ("NONE", "No Tax", "NONE", 0, "ACTIVE", "AEXLR"),
    ("OUTPUTY23", "Standard-Rated Supplies (8%)", "OUTPUT", 80, "ARCHIVED", "AELR"),
    ("INPUTY23", "Standard-Rated Purchases (8%)", "INPUT", 80, "ARCHIVED", "AEXL"),
];

struct Country {
    name: &'static str,
    code: &'static str,
    currency: &'static str,
    zone: &'static str,
    short_code: &'static str,
    output: &'static str,
    input: &'static str,
    none: &'static str,
    currencies: &'static [(&'static str, &'static str)],
    banks: &'static [(&'static str, &'static str, &'static str, &'static str)],
    rates: &'static [RateRow],
}

const COUNTRIES: [Country; 6] = [
    Country {
        name: "Blue Gum Trading Pty Ltd",
        code: "AU",
        currency: "AUD",
        zone: "AUSEASTERNSTANDARDTIME",
        short_code: "!Bg7Tr",
        output: "OUTPUT",
        input: "INPUT",
        none: "BASEXCLUDED",
        currencies: &[("AUD", "Australian Dollar"), ("USD", "United States Dollar")],
        banks: &[
            ("090", "Business Bank Account", "0600001234567", "AUD"),
            ("", "US Dollar Account", "0600007654321", "USD"),
        ],
        rates: AU_RATES,
    },
    Country {
        name: "Kauri Imports Ltd",
        code: "NZ",
        currency: "NZD",
        zone: "NEWZEALANDSTANDARDTIME",
        short_code: "!Kr2Im",
        output: "OUTPUT2",
        input: "INPUT2",
        none: "NONE",
        currencies: &[("NZD", "New Zealand Dollar")],
        banks: &[("090", "Business Bank Account", "0209087654321050", "NZD")],
        rates: NZ_RATES,
    },
    Country {
        name: "Hazel Lane Provisions Ltd",
        code: "GB",
        currency: "GBP",
        zone: "GMTSTANDARDTIME",
        short_code: "!Hz4Lp",
        output: "OUTPUT2",
        input: "INPUT2",
        none: "NONE",
        currencies: &[("GBP", "British Pound"), ("EUR", "Euro")],
        banks: &[("090", "Business Bank Account", "20990012345678", "GBP")],
        rates: GB_RATES,
    },
    Country {
        name: "Cedar Creek Supply Inc.",
        code: "US",
        currency: "USD",
        zone: "PACIFICSTANDARDTIME",
        short_code: "!Cd9Cs",
        output: "AVALARA",
        input: "NONE",
        none: "NONE",
        currencies: &[("USD", "United States Dollar")],
        banks: &[("090", "Business Checking", "0210000211234567", "USD")],
        rates: US_RATES,
    },
    Country {
        name: "Fynbos Wholesale (Pty) Ltd",
        code: "ZA",
        currency: "ZAR",
        zone: "SOUTHAFRICASTANDARDTIME",
        short_code: "!Fb3Zw",
        output: "OUTPUT3",
        input: "INPUT3",
        none: "NONE",
        currencies: &[("ZAR", "South African Rand")],
        banks: &[("090", "Business Bank Account", "62012345678", "ZAR")],
        rates: ZA_RATES,
    },
    Country {
        name: "Orchid Road Trading Pte. Ltd.",
        code: "SG",
        currency: "SGD",
        zone: "SINGAPORESTANDARDTIME",
        short_code: "!Or5Sg",
        output: "OUTPUTY24",
        input: "INPUTY24",
        none: "NONE",
        currencies: &[("SGD", "Singapore Dollar"), ("USD", "United States Dollar")],
        banks: &[("090", "Business Bank Account", "0010012345678", "SGD")],
        rates: SG_RATES,
    },
];

/// The organisation of a country, empty but for its settings; none of a country that there is no chart of.
pub(crate) fn of_country(country: &str, seed: u64, created: DateTime<Utc>) -> Option<Org> {
    COUNTRIES.iter().find(|known| known.code == country).map(|country| organisation(country, seed, created))
}

fn organisation(country: &Country, seed: u64, created: DateTime<Utc>) -> Org {
    let mut guids = Guids::new(seed, country.short_code);
    let id = guids.guid();
    let mut chart: Vec<Account> = country
        .banks
        .iter()
        .map(|(code, name, number, currency)| Account {
            id: guids.guid(),
            code: Some((*code).to_owned()).filter(|code| !code.is_empty()),
            name: (*name).to_owned(),
            kind: "BANK".to_owned(),
            class: "ASSET".to_owned(),
            tax_type: country.none.to_owned(),
            status: "ACTIVE".to_owned(),
            payments: false,
            system: None,
            description: String::new(),
            bank: Some(Bank { number: (*number).to_owned(), currency: (*currency).to_owned() }),
            updated: created,
        })
        .collect();
    for (code, name, kind, class, tax, system, payments, status) in
        accounts(country.output, country.input, country.none)
    {
        chart.push(Account {
            id: guids.guid(),
            code: Some(code.to_owned()),
            name: name.to_owned(),
            kind: kind.to_owned(),
            class: class.to_owned(),
            tax_type: tax.to_owned(),
            status: status.to_owned(),
            payments,
            system: Some(system.to_owned()).filter(|system| !system.is_empty()),
            description: String::new(),
            bank: None,
            updated: created,
        });
    }
    let tax_rates = country
        .rates
        .iter()
        .map(|(tax_type, name, report, percent, status, classes)| TaxRate {
            name: (*name).to_owned(),
            tax_type: (*tax_type).to_owned(),
            report_type: (*report).to_owned(),
            status: (*status).to_owned(),
            components: vec![("GST".to_owned(), Decimal::new(*percent, 1), false)],
            assets: classes.contains('A'),
            equity: classes.contains('E'),
            expenses: classes.contains('X'),
            liabilities: classes.contains('L'),
            revenue: classes.contains('R'),
        })
        .collect();
    let themes = ["Standard", "Export"].map(|name| Theme { id: guids.guid(), name: name.to_owned() }).into();
    let categories =
        [("Region", &["North", "South", "East", "West"][..]), ("Cost Centre", &["Head Office", "Warehouse"][..])]
            .map(|(name, options)| Category {
                id: guids.guid(),
                name: name.to_owned(),
                status: "ACTIVE".to_owned(),
                options: options
                    .iter()
                    .map(|name| TrackingOption {
                        id: guids.guid(),
                        name: (*name).to_owned(),
                        status: "ACTIVE".to_owned(),
                    })
                    .collect(),
            })
            .into();
    Org {
        id,
        profile: Profile {
            name: country.name.to_owned(),
            country: country.code.to_owned(),
            base_currency: country.currency.to_owned(),
            time_zone: country.zone.to_owned(),
            short_code: country.short_code.to_owned(),
            created,
        },
        guids,
        accounts: chart,
        tax_rates,
        themes,
        categories,
        currencies: country.currencies.iter().map(|(code, name)| ((*code).to_owned(), (*name).to_owned())).collect(),
        contacts: Table::default(),
        items: Table::default(),
        documents: Table::default(),
        payments: Table::default(),
        allocations: Vec::new(),
        surpluses: Vec::new(),
        history: BTreeMap::new(),
        next_number: BTreeMap::new(),
        approvals: Vec::new(),
        plan: PlanLimit::default(),
        period_lock: None,
        year_lock: None,
        characters: Characters::STRICT,
        answers: Answers::USUAL,
    }
}
