//! What Zoho is known to answer in more than one way, or what is documented nowhere: a switch for each.

/// How the CRM answers where Zoho's own answers are known to differ, or are not known, so that tests can try each.
///
/// Made from [`Answers::USUAL`], so that a test names only what it changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Answers {
    /// The HTTP status when every row of a write failed: 400 by default; 200 and 202 have been seen too.
    pub all_rows_failed: u16,
    /// Whether `GET /{Module}/{id}` of an unknown id is 400 `INVALID_DATA` and not 204.
    pub unknown_id_is_error: bool,
    /// Whether `If-Modified-Since` also gives what was modified in that very second.
    pub since_is_inclusive: bool,
    /// Who may read `/settings/profiles`.
    pub profiles: ProfilesFor,
    /// Whether the permissions of a field may be given when it is created.
    pub field_profiles: FieldProfiles,
    /// Whether the list of fields tells what profiles may do with them.
    pub field_rights: FieldRights,
    /// What a profile may do with a new field whose `profiles` name others, but not this one.
    pub unnamed_profile: Unnamed,
    /// What becomes of a value that is sent for a field which the profile may only read.
    pub read_only_value: ReadOnlyValue,
    /// What becomes of a column of a query that the profile does not show.
    pub hidden_column: HiddenColumn,
    /// How a field looks that the profile hides, in what reads give.
    pub hidden_field: HiddenField,
    /// Whether COQL's `like` minds case.
    pub like: Like,
    /// Whether COQL's `=` and `in` mind the case of texts.
    pub equals: Equals,
    /// What `%` within a text is to COQL's `like`; at the ends it stands for others always.
    pub inner_percent: InnerPercent,
    /// What `$editable` of a record says.
    pub editable: Editable,
    /// Whom a record's lock keeps out.
    pub locked_for: LockedFor,
    /// What the tokens of a deactivated user are worth.
    pub deactivated: Deactivated,
    /// What becomes of more rows than a composite request's part may ask for.
    pub composite_rows: CompositeRows,
    /// Who may read `/org/taxes`.
    pub taxes: TaxesFor,
    /// What a line shows of a product that was deleted.
    pub deleted_product: DeletedProduct,
    /// What becomes of more decimals than a number's field has.
    pub decimals: Decimals,
    /// Which percentages a field takes.
    pub percents: Percents,
    /// To what the totals of a document are rounded.
    pub coins: Coins,
    /// Whether a discount on the whole of a document lowers its tax.
    pub discount: DiscountOnWhole,
    /// The rate of a record that is written without one.
    pub rate: UnsaidRate,
    /// The module whose right to edit no profile tells under the name that fits, if there is one.
    pub untold_right: Option<&'static str>,
    /// The word that a refusal on the consent page sends back, if it sends one.
    pub refusal: Option<&'static str>,
    /// On which documents the taxes of the total are.
    pub total_tax: TotalTax,
}

impl Answers {
    /// What is documented or was seen most often; where nothing is known, the stricter answer.
    pub const USUAL: Self = Self {
        all_rows_failed: 400,
        unknown_id_is_error: false,
        since_is_inclusive: true,
        profiles: ProfilesFor::Managers,
        field_profiles: FieldProfiles::Taken,
        field_rights: FieldRights::Told,
        unnamed_profile: Unnamed::ReadsAndWrites,
        read_only_value: ReadOnlyValue::Refused,
        hidden_column: HiddenColumn::Refused,
        hidden_field: HiddenField::Absent,
        like: Like::IgnoresCase,
        equals: Equals::MindCase,
        inner_percent: InnerPercent::StandsForOthers,
        editable: Editable::SavesNow,
        locked_for: LockedFor::Everybody,
        deactivated: Deactivated::AuthenticationFailure,
        composite_rows: CompositeRows::Refused,
        taxes: TaxesFor::Everybody,
        deleted_product: DeletedProduct::Nothing,
        decimals: Decimals::Refused,
        percents: Percents::UpToHundred,
        coins: Coins::OfTheCurrency,
        discount: DiscountOnWhole::AsAssumed,
        rate: UnsaidRate::One,
        untold_right: None,
        refusal: Some("access_denied"),
        total_tax: TotalTax::OnEach,
    };
}

/// On which documents `$line_tax` is. Documented nowhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TotalTax {
    /// On each, empty where its total has none.
    OnEach,
    /// On those alone whose total has one.
    WhereThereIsOne,
}

/// How a field looks that the profile hides. Seen nowhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HiddenField {
    /// The answer leaves it out.
    Absent,
    /// It is there and null, of lines and in a list of lines, too.
    Null,
}

/// Whether `=`, `!=`, `in` and `not in` of COQL mind the case of texts. Documented nowhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Equals {
    /// `in ('ACME')` does not find `Acme`.
    MindCase,
    /// It does.
    IgnoreCase,
}

/// What `%` is to COQL's `like` where it stands between other signs. The pages show it at the ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InnerPercent {
    /// It stands for any others.
    StandsForOthers,
    /// It is a sign like others.
    IsASign,
    /// The query is refused.
    Refused,
}

/// Whether a discount on the whole of a document lowers its tax. Documented nowhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DiscountOnWhole {
    /// With taxes on lines it does not; with a tax on the total it does.
    AsAssumed,
    /// With taxes on lines it does, each line's part of it; with a tax on the total it does not.
    TheOtherWay,
}

/// The rate of a record that is written without one, in any currency. Zoho is seen to write 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnsaidRate {
    /// 1.
    One,
    /// The organisation's own rate of the currency.
    OfTheOrganisation,
}

/// What a line shows of a product that was deleted. Seen nowhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeletedProduct {
    /// `Product_Name` is null.
    Nothing,
    /// Its id and name are there still, without its code.
    StillNamed,
}

/// What becomes of a number with more decimals than its field has (`decimal_place`). Documented nowhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decimals {
    /// The row fails.
    Refused,
    /// It is rounded, a half away from zero.
    Rounded,
}

/// Which percentages a field of that type takes. Documented nowhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Percents {
    /// Those from 0 to 100.
    UpToHundred,
    /// Any of so many digits.
    Any,
}

/// To what the totals of a document are rounded. Documented nowhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Coins {
    /// To the decimals of its currency: none for yen, three for Kuwaiti dinars.
    OfTheCurrency,
    /// To two decimals in every currency.
    Cents,
}

/// Who may read the profiles and what they permit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProfilesFor {
    /// Whoever may manage profiles, as the documented refusal (`Crm_Implied_Manage_Profiles`) has it.
    Managers,
    /// Every user.
    Everybody,
    /// Nobody, whatever they may.
    Nobody,
}

/// Whether `POST /settings/fields` takes `profiles`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldProfiles {
    /// As documented.
    Taken,
    /// A row that has them is refused; `PATCH` takes them.
    RefusedAtCreation,
    /// Creation and `PATCH` refuse them.
    Refused,
}

/// Whether fields have `profiles`. Documented; nobody says of which editions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldRights {
    /// As documented.
    Told,
    /// The member is not there.
    Untold,
}

/// The documentation says both that by default everybody has access and that a permission type is mandatory for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unnamed {
    /// `read_write`.
    ReadsAndWrites,
    /// `hidden`.
    SeesNothing,
}

/// Seen nowhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReadOnlyValue {
    /// The row fails.
    Refused,
    /// The row succeeds without it.
    Ignored,
}

/// What COQL does with a field that the profile hides, in any clause. Documented nowhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HiddenColumn {
    /// `INVALID_QUERY`, as for a field that is not there.
    Refused,
    /// The query runs: the answer leaves the field out, and it compares as nothing.
    Absent,
}

/// Whether COQL's `like` minds case. Documented nowhere; accents count in either case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Like {
    /// `like 'ACME%'` finds `Acme`.
    IgnoresCase,
    /// It does not.
    MindsCase,
}

/// Documented nowhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Editable {
    /// Whether this user could save a change at this moment: false for who may only read the module or the record, and
    /// false for everybody while the record is locked, in an approval or in a review.
    SavesNow,
    /// Whether the record is shared with this user for writing, and nothing else: true for a record that is locked, or
    /// whose module the profile may only read.
    SharedForWriting,
}

/// Whom a locked record keeps out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LockedFor {
    /// Everybody.
    Everybody,
    /// Everybody but administrators.
    AllButAdministrators,
}

/// What a deactivated user's tokens are worth. The refresh token gives `invalid_code` in the first two cases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deactivated {
    /// The access token is refused with `AUTHENTICATION_FAILURE`.
    AuthenticationFailure,
    /// The access token is refused with `INVALID_TOKEN`.
    InvalidToken,
    /// Tokens go on; `/users` shows the user as `disabled`, and everything else is refused with `NO_PERMISSION`.
    ShownAsDisabled,
}

/// What a composite request does with a part that asks for more than 25 rows: its page shows a refusal, and a plain read
/// that is answered with 25.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CompositeRows {
    /// The part is refused with `LIMIT_EXCEEDED`.
    Refused,
    /// The part gives 25 rows and says that there are more.
    Cut,
}

/// Which scope `GET /org/taxes` takes is documented nowhere, so it may be refused to whoever has all the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TaxesFor {
    /// Whoever may read the organisation.
    Everybody,
    /// Nobody: `OAUTH_SCOPE_MISMATCH`.
    ScopeMissing,
    /// Nobody: `NO_PERMISSION`.
    NotPermitted,
    /// Nobody: the address does not exist, `INVALID_URL_PATTERN`.
    Unknown,
    /// Nobody: `INVALID_REQUEST`, a refusal without a cause.
    Refused,
}

/// A rule of an organisation's own (a validation rule, a script, a limit that no list of fields tells) by which a write
/// is refused whenever it carries a value for a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldRule {
    /// The module, or the module of the lines: `Invoiced_Items`.
    pub module: String,
    /// The field's API name.
    pub field: String,
    /// The CRM's code: `INVALID_DATA`, `DUPLICATE_DATA`, `PATTERN_NOT_MATCHED`.
    pub code: &'static str,
    /// Whether the answer names the field: not every rule does.
    pub named: bool,
}
