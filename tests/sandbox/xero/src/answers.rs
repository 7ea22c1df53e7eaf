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
    /// Whether a bill keeps a `Reference`.
    pub bill_reference: BillReference,
    /// What may be edited of a bill on which money was paid.
    pub paid_bills: PaidBills,
    /// What comes out at the edges of arithmetic.
    pub edges: Edges,
    /// Whether two active contacts may have one name.
    pub contact_names: ContactNames,
    /// Which scope items need.
    pub item_scope: ItemScope,
    /// Which authentication event a connection has that is authorised again.
    pub repeated_consent: RepeatedConsent,
    /// How long an `Idempotency-Key` is remembered.
    pub key_memory: KeyMemory,
    /// Whether `UpdatedDateUTC` tells every change of a document.
    pub unseen_changes: UnseenChanges,
    /// Whom the lock date of a period keeps out.
    pub period_lock: PeriodLock,
    /// Whether a document of zero that is paid by its approval has a `FullyPaidOnDate`.
    pub zero_paid: ZeroPaid,
}

/// Which scope items need: the guide and the OpenAPI file contradict each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ItemScope {
    /// `accounting.invoices` or `accounting.settings`.
    Either,
    /// `accounting.invoices` alone, as the guide has it.
    Invoices,
    /// `accounting.settings` alone, as the OpenAPI file has it.
    Settings,
}

/// Which authentication event a connection has that is authorised again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RepeatedConsent {
    /// That of its first time, as people report.
    KeepsTheFirst,
    /// The new one.
    TakesTheNew,
}

/// How long an `Idempotency-Key` is remembered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyMemory {
    /// Six minutes, by Xero.
    SixMinutes,
    /// A day, by others.
    ADay,
}

/// Whether `UpdatedDateUTC` tells every change of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnseenChanges {
    /// It does not tell a due date or a sent mark of a part-paid document, nor the account codes of lines.
    AsReported,
    /// It tells each.
    None,
}

/// Whom the lock date of a period keeps out. That of the year keeps out everybody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PeriodLock {
    /// Every application.
    Everybody,
    /// None that an adviser has connected, and whoever has connected is one.
    NoAdviser,
}

/// Whether a document of zero that is paid by its approval has a `FullyPaidOnDate`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ZeroPaid {
    /// It has none: nothing was paid.
    Undated,
    /// Its own date.
    Dated,
}

/// Whether two active contacts may have one name: Xero has announced that they may some day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ContactNames {
    /// The second one is refused.
    Unique,
    /// It is taken.
    MayRepeat,
}

/// Whether a bill keeps a `Reference`: sources disagree, and recorded bills have an empty one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BillReference {
    /// What is sent is lost.
    Dropped,
    /// As on invoices.
    Kept,
}

/// What may be edited of a bill on which money was paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PaidBills {
    /// What may be of invoices, as is said to hold since March 2026.
    AsInvoices,
    /// Nothing, as before.
    Nothing,
}

/// What comes out where no recording shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edges {
    /// Halves go away from zero everywhere, a discount has all its decimals, and the parts of a tax rate act as one rate.
    AsAssumed,
    /// Half a cent of tax that a price contains is dropped, halves below zero go up, a discount has two decimals, and
    /// each part of a tax rate is rounded by itself.
    TheOtherWay,
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
    /// What is documented or was recorded; where nothing is known, the strictest of what may be.
    pub const USUAL: Self = Self {
        tax_types: TaxTypes::ByDocumentAndAccount,
        lost_tracking: LostTracking::Refused,
        countries: Countries::Letters,
        bill_reference: BillReference::Dropped,
        paid_bills: PaidBills::AsInvoices,
        edges: Edges::AsAssumed,
        contact_names: ContactNames::Unique,
        item_scope: ItemScope::Either,
        repeated_consent: RepeatedConsent::KeepsTheFirst,
        key_memory: KeyMemory::SixMinutes,
        unseen_changes: UnseenChanges::AsReported,
        period_lock: PeriodLock::Everybody,
        zero_paid: ZeroPaid::Undated,
    };
}
