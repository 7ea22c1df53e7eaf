//! What a sync takes for granted as long as nobody has chosen: from both organisations' lists, and marked as a guess.

use super::{BooksSide, Settings, StatusTarget, accounts, statuses, taxes};
use crate::module::Module;
use crate::organisation::{CrmOrganisation, XeroOrganisation};
use crate::record::LineTax;

/// One guess.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guess {
    /// The setting that it stands for: `taxes.GST.sales`, `statuses.Invoices.Created`, `accounts.sales`.
    pub path: String,
    /// What the setting would say: a tax type, a status target in its serialised form, an account code, a field.
    pub value: String,
    /// For people: `The tax GST on sales`.
    pub what: String,
    /// For people: `GST on Income (10 %)`.
    pub shown: String,
}

/// Everything that is guessed at present, in the order of the settings: taxes, default accounts, statuses. A tax is left
/// out where somebody chose another one for the same rate and confirming it would make that choice undone on the way
/// from Xero.
#[must_use]
pub fn guesses(settings: &Settings, crm: &CrmOrganisation, xero: &XeroOrganisation) -> Vec<Guess> {
    found(settings, crm, xero).iter().map(|found| found.guess(crm, xero)).collect()
}

/// The settings with every guess chosen. The lists' own taxes, statuses and accounts are planned as before; from then
/// on they stay as they are, whatever the lists become.
#[must_use]
pub fn confirm(settings: &Settings, crm: &CrmOrganisation, xero: &XeroOrganisation) -> Settings {
    let mut chosen = settings.clone();
    found(settings, crm, xero).iter().for_each(|found| found.choose(&mut chosen));
    chosen
}

const SIDES: [BooksSide; 2] = [BooksSide::Sales, BooksSide::Purchases];

/// A guess before it is put into words.
enum Found<'a> {
    Tax { row: String, side: BooksSide, tax_type: String },
    Account { side: BooksSide, code: String },
    Status { module: Module, status: &'a str, target: StatusTarget },
}

fn found<'a>(settings: &Settings, crm: &'a CrmOrganisation, xero: &XeroOrganisation) -> Vec<Found<'a>> {
    let mut found = Vec::new();
    for tax in &crm.taxes {
        let line = LineTax { name: tax.name.clone(), percentage: tax.percentage, value: None };
        for side in SIDES {
            let guess = taxes::guessed(settings, xero, side, &line);
            let row = || taxes::row(&tax.name, tax.percentage);
            found.extend(guess.map(|tax_type| Found::Tax { row: row(), side, tax_type }));
        }
    }
    for side in SIDES {
        if taxes::chosen_untaxed(settings, xero, side).is_none() {
            let tax_type = taxes::guess_untaxed(xero, side);
            if xero.tax_rates.iter().any(|rate| rate.tax_type == tax_type) {
                found.push(Found::Tax { row: taxes::UNTAXED.to_owned(), side, tax_type });
            }
        }
    }
    let mut chosen = settings.clone();
    found.iter().for_each(|found| found.choose(&mut chosen));
    found.retain(|found| match found {
        Found::Tax { side, tax_type, .. } => {
            let back = |settings| taxes::to_crm(settings, crm, xero, *side, tax_type);
            back(settings) == back(&chosen)
        }
        _ => true,
    });
    for side in SIDES {
        let chosen = match side {
            BooksSide::Sales => &settings.accounts.sales,
            BooksSide::Purchases => &settings.accounts.purchases,
        };
        if chosen.is_none() {
            let guess = accounts::usual(settings, xero, side);
            found.extend(guess.map(|code| Found::Account { side, code: code.to_owned() }));
        }
    }
    for module in [Module::Invoices, Module::PurchaseOrders] {
        let values = statuses::picklist(crm, module).map(|field| field.picklist.as_slice()).unwrap_or_default();
        for (status, _) in values.iter().filter(|(status, _)| statuses::is_guess(settings, crm, module, status)) {
            let guess = statuses::meaning(settings, crm, module, status);
            found.extend(guess.map(|target| Found::Status { module, status, target }));
        }
    }
    found
}

impl Found<'_> {
    fn choose(&self, settings: &mut Settings) {
        match self {
            Self::Tax { row, side, tax_type } => {
                let mapping = settings.taxes.entry(row.clone()).or_default();
                let slot = match side {
                    BooksSide::Sales => &mut mapping.sales,
                    BooksSide::Purchases => &mut mapping.purchases,
                };
                *slot = Some(tax_type.clone());
            }
            Self::Account { side: BooksSide::Sales, code } => settings.accounts.sales = Some(code.clone()),
            Self::Account { side: BooksSide::Purchases, code } => settings.accounts.purchases = Some(code.clone()),
            Self::Status { module, status, target } => {
                settings.statuses.entry(*module).or_default().insert((*status).to_owned(), *target);
            }
        }
    }

    fn guess(&self, crm: &CrmOrganisation, xero: &XeroOrganisation) -> Guess {
        match self {
            Self::Tax { row, side, tax_type } => {
                let rate = xero.tax_rates.iter().find(|rate| rate.tax_type == *tax_type);
                Guess {
                    path: format!("taxes.{row}.{}", side_word(*side)),
                    value: tax_type.clone(),
                    what: match row.as_str() {
                        taxes::UNTAXED => format!("Lines without tax on {}", side_word(*side)),
                        row => format!("The tax {row} on {}", side_word(*side)),
                    },
                    shown: rate.map_or_else(|| tax_type.clone(), taxes::label),
                }
            }
            Self::Account { side, code } => {
                let account = xero.accounts.iter().find(|account| account.code.as_ref() == Some(code));
                Guess {
                    path: format!("accounts.{}", side_word(*side)),
                    value: code.clone(),
                    what: format!("The account of {}", side_word(*side)),
                    shown: account.map_or_else(|| code.clone(), accounts::label),
                }
            }
            Self::Status { module, status, target } => {
                let display = statuses::picklist(crm, *module)
                    .and_then(|field| field.picklist.iter().find(|(actual, _)| actual == status))
                    .map_or(*status, |(_, display)| display.as_str());
                let (value, shown) = match target {
                    StatusTarget::Draft => ("draft", "Draft"),
                    StatusTarget::Submitted => ("submitted", "Awaiting approval"),
                    StatusTarget::Authorised => ("authorised", "Approved, awaiting payment"),
                    StatusTarget::Cancel => ("cancel", "Cancelled: voided or deleted"),
                    StatusTarget::Skip => ("skip", "Left alone"),
                };
                Guess {
                    path: format!("statuses.{}.{status}", module.api_name()),
                    value: value.to_owned(),
                    what: format!("The status {display} of {}s", module.singular()),
                    shown: shown.to_owned(),
                }
            }
        }
    }
}

fn side_word(side: BooksSide) -> &'static str {
    match side {
        BooksSide::Sales => "sales",
        BooksSide::Purchases => "purchases",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;
    use crate::organisation::CrmTax;
    use rust_decimal::Decimal;
    use serde_json::{Value, json};

    fn organisations() -> (CrmOrganisation, XeroOrganisation) {
        let (mut crm, mut xero) = (fixture::crm_organisation(), fixture::xero_organisation());
        let tax = |name: &str, percentage: i64| CrmTax { name: name.to_owned(), percentage: percentage.into() };
        crm.taxes.extend([tax("BAS Excluded", 0), tax("Unknown", 33), tax("City and state", 7)]);
        // Two rates of 10 % on purchases: the default account says which.
        xero.accounts.iter_mut().filter(|account| account.code.as_deref() == Some("300")).for_each(|account| {
            account.tax_type = Some("CAPEXINPUT".to_owned());
        });
        (crm, xero)
    }

    #[test]
    fn what_nobody_chose_is_told() {
        let (crm, xero) = organisations();
        let told = |settings: &Settings| -> Vec<String> {
            let line = |guess: Guess| format!("{} = {}: {} is {}", guess.path, guess.value, guess.what, guess.shown);
            guesses(settings, &crm, &xero).into_iter().map(line).collect()
        };
        assert_eq!(
            told(&Settings::default())[..11],
            [
                "taxes.GST (10 %).sales = OUTPUT: The tax GST (10 %) on sales is GST on Income (10 %)",
                "taxes.GST (10 %).purchases = CAPEXINPUT: The tax GST (10 %) on purchases is GST on Capital (10 %)",
                "taxes.BAS Excluded (0 %).sales = BASEXCLUDED: The tax BAS Excluded (0 %) on sales is BAS Excluded (0 %)",
                "taxes.BAS Excluded (0 %).purchases = BASEXCLUDED: The tax BAS Excluded (0 %) on purchases is BAS Excluded (0 %)",
                "taxes.City and state (7 %).sales = TAX002: The tax City and state (7 %) on sales is City and state (7 %)",
                "taxes..sales = EXEMPTOUTPUT: Lines without tax on sales is GST Free Income (0 %)",
                "taxes..purchases = EXEMPTEXPENSES: Lines without tax on purchases is GST Free Expenses (0 %)",
                "accounts.sales = 200: The account of sales is 200 Sales",
                "accounts.purchases = 300: The account of purchases is 300 Purchases",
                "statuses.Invoices.Created = draft: The status Created of invoices is Draft",
                "statuses.Invoices.Approved = authorised: The status Approved of invoices is Approved, awaiting payment",
            ]
        );
        let chosen: Settings = serde_json::from_value(json!({
            "taxes": {"gst": {"sales": "OUTPUT"}}, "accounts": {"sales": "260"},
            "statuses": {"Invoices": {"Created": "skip", "Approved": "draft", "Delivered": "draft"}},
        }))
        .unwrap();
        assert_eq!(
            told(&chosen).iter().map(|line| line.split(' ').next().unwrap()).collect::<Vec<_>>(),
            [
                "taxes.GST",
                "taxes.BAS",
                "taxes.BAS",
                "taxes.City",
                "taxes..sales",
                "taxes..purchases",
                "accounts.purchases",
                "statuses.Invoices.Canceled",
                "statuses.Purchase_Orders.Created",
                "statuses.Purchase_Orders.Approved",
                "statuses.Purchase_Orders.Delivered",
                "statuses.Purchase_Orders.Cancelled",
            ]
        );
    }

    #[test]
    fn confirming_leaves_no_guess_and_changes_no_answer() {
        let (crm, xero) = organisations();
        for start in [
            json!({}),
            json!({"accounts": {"purchases": "400"}, "taxes": {"GST": {"sales": "TAX002"}, "": {"sales": "BASEXCLUDED"}}}),
        ] {
            let settings: Settings = serde_json::from_value(start).unwrap();
            let confirmed = confirm(&settings, &crm, &xero);
            assert_eq!(guesses(&confirmed, &crm, &xero), []);
            assert_eq!(super::super::validate::check(&confirmed, &crm, &xero), []);
            let answers = |settings: &Settings| {
                let mut answers = Vec::new();
                for side in SIDES {
                    for tax in &crm.taxes {
                        let line = LineTax { name: tax.name.clone(), percentage: tax.percentage, value: None };
                        let answer = taxes::resolve(settings, &xero, side, &[line]);
                        answers.push(format!("{answer:?}"));
                    }
                    for rate in &xero.tax_rates {
                        let answer = taxes::to_crm(settings, &crm, &xero, side, &rate.tax_type);
                        answers.push(format!("{answer:?}"));
                    }
                    answers.push(format!("{:?}", accounts::resolve(settings, &xero, side, None, None)));
                    answers.push(format!("{:?}", accounts::discount(settings, &xero, side)));
                }
                for module in [Module::Invoices, Module::PurchaseOrders] {
                    for status in ["Created", "Approved", "Delivered", "Canceled", "Cancelled", "Other"] {
                        answers.push(format!("{:?}", statuses::target(settings, &crm, module, Some(status))));
                    }
                }
                answers
            };
            assert_eq!(answers(&settings), answers(&confirmed));
            // A default that appears later in Xero's list no longer changes anything.
            let mut grown = xero.clone();
            grown
                .accounts
                .insert(0, xero.accounts.iter().find(|one| one.code.as_deref() == Some("200")).unwrap().clone());
            grown.accounts[0].code = Some("100".to_owned());
            let resolved = |settings: &Settings| accounts::resolve(settings, &grown, BooksSide::Sales, None, None);
            assert_eq!(resolved(&confirmed).as_deref(), Ok("200"));
            assert_eq!(resolved(&settings).as_deref(), Ok("100"));
        }
        assert!(crm.taxes.iter().any(|tax| tax.percentage == Decimal::from(33)), "one tax that nobody can guess");
    }

    #[test]
    fn the_value_is_what_the_setting_says() {
        let (crm, xero) = organisations();
        let confirmed = serde_json::to_value(confirm(&Settings::default(), &crm, &xero)).unwrap();
        for guess in guesses(&Settings::default(), &crm, &xero) {
            let found = guess.path.split('.').fold(&confirmed, |value, part| &value[part]);
            assert_eq!(*found, Value::String(guess.value), "{}", guess.path);
        }
    }
}
