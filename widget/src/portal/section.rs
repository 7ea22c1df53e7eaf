//! The sections of the mapping, and in which of them a setting is.

/// A part of the mapping, with an address of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Section {
    /// Directions, sources of truth and automations.
    Pairs,
    /// Accounts, contacts and vendors.
    Parties,
    /// Field by field.
    Fields,
    /// Products.
    Products,
    /// Invoices and purchase orders.
    Documents,
    /// Their statuses, both ways.
    Statuses,
    /// Taxes.
    Taxes,
    /// Accounts of the chart.
    Accounts,
    /// What runs leave of Xero's day.
    Budget,
}

impl Section {
    /// All of them, in order.
    pub const ALL: [Self; 9] = [
        Self::Pairs,
        Self::Parties,
        Self::Fields,
        Self::Products,
        Self::Documents,
        Self::Statuses,
        Self::Taxes,
        Self::Accounts,
        Self::Budget,
    ];

    /// Its name in the address.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Pairs => "pairs",
            Self::Parties => "parties",
            Self::Fields => "fields",
            Self::Products => "products",
            Self::Documents => "documents",
            Self::Statuses => "statuses",
            Self::Taxes => "taxes",
            Self::Accounts => "accounts",
            Self::Budget => "budget",
        }
    }

    /// The section of an address; the first one where it names none.
    #[must_use]
    pub fn of_name(name: &str) -> Self {
        let name = name.split('/').next().unwrap_or_default();
        Self::ALL.into_iter().find(|section| section.name() == name).unwrap_or(Self::Pairs)
    }

    /// The section in which a setting is; none for those of the schedule, which has its own screen.
    #[must_use]
    pub fn of_path(path: &str) -> Option<Self> {
        if path.starts_with("schedule.pairs.") {
            return Some(Self::Pairs);
        }
        match path.split('.').next().unwrap_or_default() {
            "directions" | "source_of_truth" | "automations" => Some(Self::Pairs),
            "parties" => Some(Self::Parties),
            "fields" => Some(Self::Fields),
            "products" => Some(Self::Products),
            "documents" => Some(Self::Documents),
            "statuses" | "crm_statuses" => Some(Self::Statuses),
            "taxes" => Some(Self::Taxes),
            "accounts" => Some(Self::Accounts),
            "day_reserve" => Some(Self::Budget),
            _ => None,
        }
    }
}
