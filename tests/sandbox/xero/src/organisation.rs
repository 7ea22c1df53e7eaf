//! The state of one organisation.

use std::collections::BTreeMap;

use chrono::{DateTime, Datelike as _, NaiveDate, Utc};
use rust_decimal::Decimal;

use crate::answers::{Answers, PeriodLock};
use crate::characters::Characters;
use crate::contacts::Contact;
use crate::documents::{Document, Side};
use crate::guids::Guids;
use crate::history::Note;
use crate::items::Item;
use crate::payments::{Allocation, Payment};
use crate::surpluses::Surplus;
use crate::table::Table;

/// A ledger account.
#[derive(Debug, Clone)]
pub(crate) struct Account {
    pub(crate) id: String,
    /// Bank accounts may have none.
    pub(crate) code: Option<String>,
    pub(crate) name: String,
    pub(crate) kind: String,
    pub(crate) class: String,
    pub(crate) tax_type: String,
    pub(crate) status: String,
    pub(crate) payments: bool,
    pub(crate) system: Option<String>,
    pub(crate) description: String,
    pub(crate) bank: Option<Bank>,
    pub(crate) updated: DateTime<Utc>,
}

/// What only bank accounts have.
#[derive(Debug, Clone)]
pub(crate) struct Bank {
    pub(crate) number: String,
    pub(crate) currency: String,
}

impl Account {
    pub(crate) fn is_active(&self) -> bool {
        self.status == "ACTIVE"
    }
}

/// A tax rate.
#[derive(Debug, Clone)]
pub(crate) struct TaxRate {
    pub(crate) name: String,
    pub(crate) tax_type: String,
    pub(crate) report_type: String,
    pub(crate) status: String,
    /// Name, percentage, compound.
    pub(crate) components: Vec<(String, Decimal, bool)>,
    pub(crate) assets: bool,
    pub(crate) equity: bool,
    pub(crate) expenses: bool,
    pub(crate) liabilities: bool,
    pub(crate) revenue: bool,
}

impl TaxRate {
    pub(crate) fn rate(&self) -> Decimal {
        crate::arithmetic::effective_rate(&self.components())
    }

    /// The percentages of its components, and whether each is compound.
    pub(crate) fn components(&self) -> Vec<(Decimal, bool)> {
        self.components.iter().map(|(_, rate, compound)| (*rate, *compound)).collect()
    }

    /// Whether documents of this side can use it.
    pub(crate) fn applies_on(&self, side: Side) -> bool {
        if side.is_sale() { self.revenue } else { self.expenses }
    }

    pub(crate) fn applies_to(&self, class: &str) -> bool {
        match class {
            "ASSET" => self.assets,
            "EQUITY" => self.equity,
            "EXPENSE" => self.expenses,
            "LIABILITY" => self.liabilities,
            _ => self.revenue,
        }
    }
}

/// A branding theme.
#[derive(Debug, Clone)]
pub(crate) struct Theme {
    pub(crate) id: String,
    pub(crate) name: String,
}

/// A tracking category.
#[derive(Debug, Clone)]
pub(crate) struct Category {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) status: String,
    pub(crate) options: Vec<TrackingOption>,
}

/// An option of a tracking category.
#[derive(Debug, Clone)]
pub(crate) struct TrackingOption {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) status: String,
}

/// What makes one organisation different from another before anything is in it.
#[derive(Debug, Clone)]
pub(crate) struct Profile {
    pub(crate) name: String,
    pub(crate) country: String,
    pub(crate) base_currency: String,
    pub(crate) time_zone: String,
    pub(crate) short_code: String,
    pub(crate) created: DateTime<Utc>,
}

impl Profile {
    /// Where the organisation's days begin. Xero's names are those of Windows, in capitals and without blanks.
    pub(crate) fn zone(&self) -> chrono_tz::Tz {
        match self.time_zone.as_str() {
            "NEWZEALANDSTANDARDTIME" => chrono_tz::Pacific::Auckland,
            "GMTSTANDARDTIME" => chrono_tz::Europe::London,
            "PACIFICSTANDARDTIME" => chrono_tz::America::Los_Angeles,
            "SOUTHAFRICASTANDARDTIME" => chrono_tz::Africa::Johannesburg,
            "SINGAPORESTANDARDTIME" => chrono_tz::Asia::Singapore,
            _ => chrono_tz::Australia::Sydney,
        }
    }
}

/// How many documents the plan lets one approve in a calendar month; `None` is without limit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PlanLimit {
    /// Sales invoices.
    pub invoices: Option<u32>,
    /// Bills.
    pub bills: Option<u32>,
}

/// One organisation and everything in it.
#[derive(Debug, Clone)]
pub(crate) struct Org {
    pub(crate) id: String,
    pub(crate) profile: Profile,
    pub(crate) guids: Guids,
    pub(crate) accounts: Vec<Account>,
    pub(crate) tax_rates: Vec<TaxRate>,
    pub(crate) themes: Vec<Theme>,
    pub(crate) categories: Vec<Category>,
    /// Code and description.
    pub(crate) currencies: Vec<(String, String)>,
    pub(crate) contacts: Table<Contact>,
    pub(crate) items: Table<Item>,
    pub(crate) documents: Table<Document>,
    pub(crate) payments: Table<Payment>,
    pub(crate) allocations: Vec<Allocation>,
    pub(crate) surpluses: Vec<Surplus>,
    /// Notes by the id of their record.
    pub(crate) history: BTreeMap<String, Vec<Note>>,
    pub(crate) next_number: BTreeMap<Side, u32>,
    /// When which kind of document was approved.
    pub(crate) approvals: Vec<(NaiveDate, Side)>,
    pub(crate) plan: PlanLimit,
    pub(crate) period_lock: Option<NaiveDate>,
    pub(crate) year_lock: Option<NaiveDate>,
    pub(crate) characters: Characters,
    pub(crate) answers: Answers,
}

/// A state of an organisation's records to go back to.
#[derive(Debug, Clone)]
pub(crate) struct Savepoint {
    guids: Guids,
    contacts: usize,
    items: usize,
    documents: usize,
    payments: usize,
    allocations: usize,
    next_number: BTreeMap<Side, u32>,
    approvals: usize,
}

impl Org {
    /// The present state of the records. What a write changes besides them, it only appends to.
    pub(crate) fn savepoint(&self) -> Savepoint {
        Savepoint {
            guids: self.guids.clone(),
            contacts: self.contacts.mark(),
            items: self.items.mark(),
            documents: self.documents.mark(),
            payments: self.payments.mark(),
            allocations: self.allocations.len(),
            next_number: self.next_number.clone(),
            approvals: self.approvals.len(),
        }
    }

    /// Undoes what a write did since a state.
    pub(crate) fn back_to(&mut self, savepoint: &Savepoint) {
        self.guids = savepoint.guids.clone();
        self.contacts.back_to(savepoint.contacts);
        self.items.back_to(savepoint.items);
        self.documents.back_to(savepoint.documents);
        self.payments.back_to(savepoint.payments);
        self.allocations.truncate(savepoint.allocations);
        self.next_number.clone_from(&savepoint.next_number);
        self.approvals.truncate(savepoint.approvals);
    }

    /// Gives up every way back.
    pub(crate) fn settle(&mut self) {
        self.contacts.settle();
        self.items.settle();
        self.documents.settle();
        self.payments.settle();
    }

    pub(crate) fn account(&self, code: &str) -> Option<&Account> {
        self.accounts.iter().find(|account| account.code.as_deref() == Some(code))
    }

    pub(crate) fn tax_rate(&self, tax_type: &str) -> Option<&TaxRate> {
        self.tax_rates.iter().find(|rate| rate.tax_type == tax_type)
    }

    pub(crate) fn item_by_code(&self, code: &str) -> Option<&Item> {
        self.items.with_key(&crate::items::code_key(code)).next()
    }

    pub(crate) fn subscribed(&self, currency: &str) -> bool {
        self.currencies.iter().any(|(code, _)| code == currency)
    }

    /// True when the plan's approvals of this month are used up.
    pub(crate) fn plan_reached(&self, side: Side, today: NaiveDate) -> bool {
        let limit = match side {
            Side::Accrec => self.plan.invoices,
            Side::Accpay => self.plan.bills,
            Side::AccrecCredit | Side::AccpayCredit => None,
        };
        let Some(limit) = limit else { return false };
        let month = |day: &NaiveDate| (day.year(), day.month());
        let used = self.approvals.iter().filter(|(day, kind)| *kind == side && month(day) == month(&today)).count();
        used >= limit as usize
    }

    /// The message for a date in a locked period.
    pub(crate) fn lock_message(&self, date: NaiveDate) -> Option<String> {
        let told = |name: &str, at: NaiveDate| {
            format!(
                "The document date cannot be before the {name} lock date, currently set at {}",
                at.format("%d/%m/%Y")
            )
        };
        match (self.year_lock, self.period_lock) {
            (Some(lock), _) if date <= lock => Some(told("end of year", lock)),
            (_, Some(lock)) if date <= lock && self.answers.period_lock == PeriodLock::Everybody => {
                Some(told("period", lock))
            }
            _ => None,
        }
    }

    /// The rate that Xero would fill in for a currency (units of it for one of the base currency).
    pub(crate) fn day_rate(&self, currency: &str) -> Decimal {
        match (self.profile.base_currency.as_str(), currency) {
            (base, other) if base == other => Decimal::ONE,
            ("AUD", "USD") => Decimal::new(651_234, 6),
            ("NZD", "USD") => Decimal::new(598_765, 6),
            ("AUD", "JPY") => Decimal::new(98_765_432, 6),
            ("AUD", "KWD") => Decimal::new(199_876, 6),
            _ => Decimal::new(875_000, 6),
        }
    }
}
