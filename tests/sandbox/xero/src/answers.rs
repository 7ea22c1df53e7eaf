//! What Xero is known to answer in more than one way, or what is documented nowhere: a switch for each.

/// How Xero answers where nobody knows it, so that tests can try each way.
///
/// Made from [`Answers::USUAL`], so that a test names only what it changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Answers {
    /// By what a tax type is checked on a line.
    pub tax_types: TaxTypes,
    /// What becomes of a tracking option that is archived or not there.
    pub lost_tracking: LostTracking,
    /// What a country may have besides letters and blanks.
    pub countries: Countries,
}

/// By what a tax type is checked on a line of a document. That each is refused somewhere is known by its message; which
/// types are refused on which documents is listed nowhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TaxTypes {
    /// By the kind of document (`CanApplyToRevenue` for what is sold, `CanApplyToExpenses` for what is bought), and by the
    /// class of the line's account.
    ByDocumentAndAccount,
    /// By the class of the account alone.
    ByAccount,
}

/// What becomes of a tracking category or option on a line that is archived or not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LostTracking {
    /// The document is refused, also when its line has had the option since before it was archived.
    Refused,
    /// What a line has already may stay; anything else is refused.
    KeptWhereItIs,
    /// The line is saved without it, and a warning says so.
    Dropped,
}

/// What a country may have. "Letters only" is documented; its edges are not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Countries {
    /// Letters and blanks.
    Letters,
    /// Points, commas, hyphens and apostrophes, too.
    Punctuated,
}

impl Answers {
    /// The strictest of what may be.
    pub const USUAL: Self = Self {
        tax_types: TaxTypes::ByDocumentAndAccount,
        lost_tracking: LostTracking::Refused,
        countries: Countries::Letters,
    };
}
