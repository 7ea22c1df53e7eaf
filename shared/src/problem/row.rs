//! What a row of the catalogue says of a problem, and what is made of the rows.
//!
//! Each property is a function of its own: a program carries of the catalogue what it asks for, and the widget none of the
//! texts.

/// How a fact is told in another language.
#[cfg(feature = "translation")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Somebody's own: a name, a number, a value. It is the same in each language.
    Name,
    /// Words of ours, a number or a length of time.
    Word,
    /// A person: only the one who is not named is told in words of ours.
    Person,
}

/// A problem's texts in one language, with facts in braces (see [`super::text`]).
#[derive(Clone, Copy)]
pub(super) struct Texts {
    /// What happened.
    pub(super) what: &'static str,
    /// Why.
    pub(super) why: &'static str,
    /// What to do, a verb first.
    pub(super) fix: &'static str,
}

/// Where a record is put right that a vendor has refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Where {
    /// In the CRM, on the record.
    CrmRecord,
    /// In Xero, on the record; on the CRM's where Xero has none.
    XeroRecord,
    /// In Xero's financial settings.
    XeroLockDates,
    /// In Xero's chart of accounts.
    XeroAccounts,
    /// In Xero's tax rates.
    XeroTaxRates,
    /// In Xero's currencies.
    XeroCurrencies,
    /// In Xero's subscription.
    XeroSubscription,
    /// It is not the record's fault.
    Nowhere,
}

/// Where in the portal a problem is settled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settled {
    /// The mapping, whichever setting it is.
    Mapping,
    /// The mapping's pairs and their directions.
    Pairs,
    /// The mapping's fields.
    Fields,
    /// The mapping of accounts, contacts and vendors.
    Parties,
    /// The mapping of products.
    Products,
    /// The mapping of documents.
    Documents,
    /// The mapping of statuses.
    Statuses,
    /// The mapping of accounts.
    Accounts,
    /// The mapping of taxes.
    Taxes,
    /// The set-up of both connections.
    SetUp,
    /// The schedule.
    Schedule,
}

/// A set of codes, a bit for each: the smallest that a program can carry of a yes or no that each row says.
pub(super) type Set = [u64; 4];

/// The set of the codes whose row says yes.
pub(super) const fn set<const CODES: usize>(rows: [bool; CODES]) -> Set {
    let mut set = [0; 4];
    let mut at = 0;
    while at < CODES {
        if rows[at] {
            set[at / 64] |= 1 << (at % 64);
        }
        at += 1;
    }
    set
}

/// Whether a code is in a set.
pub(super) fn is_in(code: usize, set: Set) -> bool {
    set.get(code / 64).is_some_and(|bits| bits >> (code % 64) & 1 == 1)
}

/// Declares what a problem may be, besides its texts: a method of its code for each.
macro_rules! traits {
    ($($(#[$doc:meta])* $name:ident: $asks:ident;)*) => {
        #[derive(Clone, Copy)]
        enum Trait { $($name),* }

        impl Trait {
            /// Whether one of these is the one of this number.
            const fn is_among(number: u8, some: &[Self]) -> bool {
                let mut at = 0;
                while at < some.len() {
                    if some[at] as u8 == number {
                        return true;
                    }
                    at += 1;
                }
                false
            }
        }

        impl Code {
            $(
                $(#[$doc])*
                #[must_use]
                pub fn $asks(self) -> bool {
                    self.has::<{ Trait::$name as u8 }>()
                }
            )*
        }
    };
}

/// What is given, or else what is usual.
macro_rules! given_or {
    ($usual:expr) => {
        $usual
    };
    ($usual:expr, $given:expr) => {
        $given
    };
}

/// What is given, if it is.
macro_rules! given {
    () => {
        None
    };
    ($given:expr) => {
        Some($given)
    };
}

/// The catalogue: one row a problem.
///
/// ```text
/// Code = constructor(facts of every case; facts of some cases) {
///     severity; HTTP status of a refusal (422 where none is given); how many seconds a limit usually lasts;
///     place where a record is put right that a vendor refused (the CRM's record where none is given);
///     settled: where in the portal; is: its traits;
///     english: what happened, why, what to do;
///     german: the same;
/// }
/// ```
macro_rules! problems {
    ($(
        $code:ident = $make:ident($($need:ident: $need_kind:ident),* $(; $($may:ident: $may_kind:ident),+)?) {
            severity: $severity:ident;
            $(status: $status:literal;)?
            $(limit: $limit:literal;)?
            $(place: $place:ident;)?
            $(settled: $settled:ident;)?
            $(is: $($trait:ident),+;)?
            english: $what:literal, $why:literal, $fix:literal;
            german: $was:literal, $warum:literal, $rat:literal;
        }
    )*) => {
        /// Stable codes. In JSON and in the log they are kebab-case.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename_all = "kebab-case"))]
        #[allow(missing_docs, reason = "each code's meaning is its row")]
        pub enum Code {
            $($code),*
        }

        $(
            const _: () = {
                let declared = [$(stringify!($need),)* $($(stringify!($may)),+)?];
                let english = [$what, $why, $fix];
                assert!(text::tells_only(&english, &declared), concat!(stringify!($code), " tells a fact that nobody gives"));
                assert!(text::tells_all(&english, &declared), concat!(stringify!($code), " is given a fact that it does not tell"));
                assert!(text::tells_only(&[$was, $warum, $rat], &declared), concat!(stringify!($code), " tells a fact that nobody gives"));
            };
        )*

        $(
            #[doc = concat!("The problem of [`Code::", stringify!($code), "`]; of what some cases give, what is known of this one.")]
            #[must_use]
            #[allow(clippy::too_many_arguments, reason = "it takes what its texts tell")]
            pub fn $make($($need: impl Into<String>,)* $($($may: Option<String>),+)?) -> Problem {
                let known: Vec<Option<(&str, String)>> = vec![
                    $(Some((stringify!($need), $need.into())),)*
                    $($($may.map(|fact| (stringify!($may), fact))),+)?
                ];
                of(Code::$code, &known.into_iter().flatten().collect::<Vec<_>>())
            }
        )*

        impl Code {
            /// Every code, in the catalogue's order.
            pub const ALL: &'static [Self] = &[$(Self::$code),*];

            /// How each of [`Code::ALL`] is written. A table, because what serde derives for so many names is many times
            /// its size, in both directions, and travels to the browser.
            pub(super) const NAMES: &'static [&'static str] = &[$({
                const NAME: &[u8] = &text::kebab_case::<{ stringify!($make).len() }>(stringify!($make));
                match std::str::from_utf8(NAME) {
                    Ok(name) => name,
                    Err(_) => "",
                }
            }),*];

            /// How much it stops.
            pub(super) fn severity(self) -> Severity {
                match self { $(Self::$code => Severity::$severity),* }
            }

            /// The HTTP status of a request that is refused because of it.
            #[must_use]
            pub fn http_status(self) -> u16 {
                match self { $(Self::$code => given_or!(422 $(, $status)?)),* }
            }

            /// For a limit: how many seconds it usually lasts, where nobody knows better. None for what is no limit.
            #[must_use]
            pub fn limit_seconds(self) -> Option<u64> {
                match self { $(Self::$code => given!($($limit)?)),* }
            }

            /// Where a record is put right that a vendor has refused because of it.
            pub(super) fn place(self) -> Where {
                match self { $(Self::$code => given_or!(Where::CrmRecord $(, Where::$place)?)),* }
            }

            /// Where in the portal it is settled; none for one that is settled elsewhere.
            #[must_use]
            pub fn settled(self) -> Option<Settled> {
                match self { $(Self::$code => given!($(Settled::$settled)?)),* }
            }

            /// Whether it is a limit.
            #[must_use]
            pub fn is_limit(self) -> bool {
                row::is_in(self as usize, const { row::set([$(given_or!(false $(, $limit > 0)?)),*]) })
            }

            fn has<const TRAIT: u8>(self) -> bool {
                let set = const { row::set([$(Trait::is_among(TRAIT, &[$($(Trait::$trait),+)?])),*]) };
                row::is_in(self as usize, set)
            }

            /// Its texts in English.
            pub(super) fn english(self) -> Texts {
                match self { $(Self::$code => Texts { what: $what, why: $why, fix: $fix }),* }
            }

            /// Its texts in German.
            #[cfg(feature = "translation")]
            pub(super) fn german(self) -> Texts {
                match self { $(Self::$code => Texts { what: $was, why: $warum, fix: $rat }),* }
            }

            /// The facts that its texts tell.
            #[cfg(feature = "translation")]
            pub(super) fn facts(self) -> &'static [(&'static str, Kind)] {
                match self {
                    $(Self::$code => &[
                        $((stringify!($need), Kind::$need_kind),)*
                        $($((stringify!($may), Kind::$may_kind)),+)?
                    ]),*
                }
            }
        }
    };
}
