//! What can go wrong, as decisions for the caller.

use chrono::TimeDelta;
use serde_json::Value;
use shared::problem::{self, Code, Context, Problem};
use std::fmt;
use std::time::Duration;

/// A vendor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Api {
    /// Zoho CRM.
    Zoho,
    /// Xero.
    Xero,
}

impl Api {
    /// The name as people know it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Zoho => "Zoho",
            Self::Xero => "Xero",
        }
    }
}

/// Which of a vendor's limits was reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LimitScope {
    /// Calls a minute.
    Minute,
    /// Calls a day.
    Day,
    /// Calls at the same time.
    Concurrent,
    /// Calls a minute of the whole app, over all organisations.
    App,
    /// Access tokens in ten minutes.
    Token,
    /// Calls of the day that are left for clicks.
    DayReserve,
    /// One person's calls of the minute.
    MinuteShare,
    /// One person's calls of the day.
    DayShare,
    /// The day of our own database, where tokens are kept: without it none can be had.
    Store,
}

/// Whose grant a call was made with. What a vendor's refusal means depends on it: a person who has left, or a connection
/// that somebody has to make anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    /// The connection's: everybody's.
    Connection,
    /// A signed-in person's own.
    Member,
    /// Not a grant's that is kept: a consent that is being claimed, a refresh.
    Nobodys,
}

/// Why a call did not give what was asked for.
///
/// Texts named `said` are the vendor's own words, at most 500 characters.
/// No variant holds a token, a request body or the body of a successful answer.
///
/// Its words are for the person whose call it was. `Display` and `Debug` have none of them: a vendor quotes names and
/// values, and what is written with them ends in the operator's log.
#[derive(Clone, PartialEq, thiserror::Error)]
pub enum Error {
    /// The token was refused even after one refresh, or the grant is dead: somebody has to connect again.
    #[error("{} refused our access", api.as_str())]
    Unauthorized {
        /// The vendor.
        api: Api,
        /// Whose grant it was.
        whose: Whose,
        /// Its words.
        said: Option<String>,
    },
    /// Xero no longer lets us into this organisation, although the token is good.
    #[error("Xero has disconnected the organisation")]
    Disconnected {
        /// Xero's words.
        said: Option<String>,
    },
    /// The consent does not cover this call. A refresh does not help; a new consent does.
    #[error("the consent at {} does not cover this call", api.as_str())]
    ScopeMissing {
        /// The vendor.
        api: Api,
        /// Its words.
        said: Option<String>,
    },
    /// The CRM user may not do this.
    #[error("the CRM user lacks the permission")]
    PermissionDenied {
        /// Zoho's words.
        said: Option<String>,
    },
    /// The CRM has no such module, or its edition does not offer it.
    #[error("the CRM module is not available")]
    ModuleUnavailable {
        /// Zoho's words.
        said: Option<String>,
    },
    /// A limit was reached; the call was surely not carried out.
    #[error("a limit of {} was reached", api.as_str())]
    RateLimited {
        /// The vendor.
        api: Api,
        /// Which limit.
        scope: LimitScope,
        /// After how long it may be tried again, where that is known.
        retry_after: Option<Duration>,
    },
    /// The record is not there (or not for this user).
    #[error("{} does not have it", api.as_str())]
    NotFound {
        /// The vendor.
        api: Api,
    },
    /// The whole request was refused: validation, a bad request. Surely not carried out.
    #[error("{} refused the request ({status})", api.as_str())]
    Refused {
        /// The vendor.
        api: Api,
        /// The HTTP status.
        status: u16,
        /// Every message, whole.
        messages: Vec<String>,
        /// Zoho's code, Xero's `Type`, or OAuth's `error`.
        code: Option<String>,
        /// Zoho's `details`.
        details: Option<Value>,
    },
    /// The vendor could not answer; surely not carried out.
    #[error("{} is not available", api.as_str())]
    Unavailable {
        /// The vendor.
        api: Api,
        /// Its words, or what happened.
        said: String,
    },
    /// Nobody knows whether a write was carried out. Reads never end so.
    #[error("it is unknown whether {} carried the request out", api.as_str())]
    Unknown {
        /// The vendor.
        api: Api,
        /// What happened.
        said: String,
    },
    /// An answer that none of the vendor's documents describe.
    #[error("{} answered {status}, which is not understood", api.as_str())]
    Unexpected {
        /// The vendor.
        api: Api,
        /// The HTTP status.
        status: u16,
        /// The beginning of the body.
        excerpt: String,
    },
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut told = f.debug_struct(match self {
            Self::Unauthorized { .. } => "Unauthorized",
            Self::Disconnected { .. } => "Disconnected",
            Self::ScopeMissing { .. } => "ScopeMissing",
            Self::PermissionDenied { .. } => "PermissionDenied",
            Self::ModuleUnavailable { .. } => "ModuleUnavailable",
            Self::RateLimited { .. } => "RateLimited",
            Self::NotFound { .. } => "NotFound",
            Self::Refused { .. } => "Refused",
            Self::Unavailable { .. } => "Unavailable",
            Self::Unknown { .. } => "Unknown",
            Self::Unexpected { .. } => "Unexpected",
        });
        match self {
            Self::Unauthorized { api, .. }
            | Self::ScopeMissing { api, .. }
            | Self::Unavailable { api, .. }
            | Self::Unknown { api, .. } => told.field("api", api),
            Self::RateLimited { api, scope, retry_after } => {
                told.field("api", api).field("scope", scope).field("retry_after", retry_after)
            }
            Self::Refused { api, status, messages, code, .. } => {
                told.field("api", api).field("status", status);
                if let Some(code) = code {
                    told.field("code", &format_args!("{}", if is_code(code) { code } else { "?" }));
                }
                told.field("messages", &messages.len())
            }
            Self::Unexpected { api, status, excerpt } => {
                told.field("api", api).field("status", status).field("characters", &excerpt.chars().count())
            }
            Self::Disconnected { .. }
            | Self::PermissionDenied { .. }
            | Self::ModuleUnavailable { .. }
            | Self::NotFound { .. } => &mut told,
        };
        told.finish()
    }
}

/// Whether this is a code of a vendor (`INVALID_DATA`, `ValidationException`, `invalid_grant`), and no sentence.
fn is_code(text: &str) -> bool {
    (1..=60).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

impl Error {
    /// The error told to a person, when nothing is known of the record that it concerns.
    #[must_use]
    pub fn problem(&self) -> Problem {
        let problem = problem::of(self.code(), &self.wait());
        match self.said() {
            Some(said) => problem.said(&said),
            None => problem,
        }
    }

    /// The error told to a person: a refusal by the vendor's messages, anything else as [`Error::problem`].
    /// Never empty.
    #[must_use]
    pub fn problems(&self, context: &Context<'_>) -> Vec<Problem> {
        let problems = match self {
            Self::Refused { api: Api::Xero, messages, .. } => problem::from_xero(messages, context),
            Self::Refused { api: Api::Zoho, messages, code: Some(code), details, .. } => {
                let details = details.as_ref().unwrap_or(&Value::Null);
                vec![problem::from_zoho(code, &messages.join(" "), details, context)]
            }
            _ => Vec::new(),
        };
        if !problems.is_empty() {
            return problems;
        }
        let mut facts = self.wait();
        facts.push(("name", context.name.to_owned()));
        let problem = problem::of(self.code(), &facts);
        vec![match self.said() {
            Some(said) => problem.said(&said),
            None => problem,
        }]
    }

    /// How long a limit lasts, in words, where the vendor said it. Words for a length of time need no time zone.
    fn wait(&self) -> Vec<(&'static str, String)> {
        let Self::RateLimited { retry_after: Some(wait), .. } = self else { return Vec::new() };
        TimeDelta::from_std(*wait).ok().and_then(problem::until).into_iter().collect()
    }

    /// After how long a limit may be tried again: what the vendor said, else what is usual for that limit.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        let Self::RateLimited { scope, retry_after, .. } = self else { return None };
        let usual = match scope {
            LimitScope::Concurrent => 5,
            LimitScope::Minute | LimitScope::MinuteShare | LimitScope::App => 60,
            LimitScope::Token => 600,
            LimitScope::Day | LimitScope::DayReserve | LimitScope::DayShare | LimitScope::Store => 3_600,
        };
        Some(retry_after.unwrap_or(Duration::from_secs(usual)))
    }

    /// The same error, of a call that was made with this one's grant.
    #[must_use]
    pub(crate) fn met_by(mut self, met: Whose) -> Self {
        if let Self::Unauthorized { whose, .. } = &mut self {
            *whose = met;
        }
        self
    }

    fn code(&self) -> Code {
        match self {
            Self::Unauthorized { api: Api::Zoho, .. } => Code::ZohoDisconnected,
            Self::Unauthorized { api: Api::Xero, .. } | Self::Disconnected { .. } => Code::XeroDisconnected,
            Self::ScopeMissing { api: Api::Zoho, .. } => Code::ZohoScopeMissing,
            Self::ScopeMissing { api: Api::Xero, .. } => Code::XeroScopeMissing,
            Self::PermissionDenied { .. } => Code::CrmNoPermission,
            Self::ModuleUnavailable { .. } => Code::CrmModuleUnavailable,
            Self::RateLimited { scope: LimitScope::Store, .. } => Code::DatabaseDayLimit,
            Self::RateLimited { api: Api::Zoho, scope: LimitScope::Token, .. } => Code::ZohoTokenLimit,
            Self::RateLimited { api: Api::Zoho, .. } => Code::ZohoLimit,
            Self::RateLimited { api: Api::Xero, scope, .. } => match scope {
                LimitScope::Day => Code::XeroDayLimit,
                LimitScope::DayReserve => Code::DayReserve,
                LimitScope::DayShare => Code::XeroDayShare,
                LimitScope::MinuteShare => Code::XeroMinuteShare,
                LimitScope::Concurrent => Code::XeroConcurrentLimit,
                LimitScope::Minute | LimitScope::App | LimitScope::Token | LimitScope::Store => Code::XeroMinuteLimit,
            },
            Self::NotFound { api: Api::Zoho } => Code::CrmRecordNotFound,
            Self::NotFound { api: Api::Xero } => Code::XeroRecordGone,
            Self::Refused { api: Api::Zoho, .. } => Code::CrmRefused,
            Self::Refused { api: Api::Xero, .. } => Code::XeroRefused,
            Self::Unknown { api: Api::Xero, .. } => Code::OutcomeUnknown,
            Self::Unavailable { api: Api::Xero, .. } | Self::Unexpected { api: Api::Xero, .. } => Code::XeroUnavailable,
            // What we write to the CRM may be written again, so an unknown outcome is no more than a failed attempt.
            Self::Unknown { api: Api::Zoho, .. }
            | Self::Unavailable { api: Api::Zoho, .. }
            | Self::Unexpected { api: Api::Zoho, .. } => Code::ZohoUnavailable,
        }
    }

    fn said(&self) -> Option<String> {
        match self {
            Self::Unauthorized { said, .. }
            | Self::Disconnected { said }
            | Self::ScopeMissing { said, .. }
            | Self::PermissionDenied { said }
            | Self::ModuleUnavailable { said } => said.clone(),
            Self::Unavailable { said, .. } | Self::Unknown { said, .. } => Some(said.clone()),
            Self::Refused { messages, .. } => Some(messages.join(" ")),
            Self::Unexpected { status, excerpt, .. } => Some(format!("HTTP {status} {excerpt}").trim().to_owned()),
            Self::RateLimited { .. } | Self::NotFound { .. } => None,
        }
        .filter(|said| !said.is_empty())
    }

    /// What a lost or unreadable answer means: a read changed nothing, a write may have been carried out.
    pub(crate) fn lost(api: Api, effect: crate::Effect, said: impl Into<String>) -> Self {
        let said = said.into();
        match effect {
            crate::Effect::Read => Self::Unavailable { api, said },
            crate::Effect::Write => Self::Unknown { api, said },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_limit_says_how_long_it_lasts() {
        let fix = |seconds| {
            let retry_after = Some(Duration::from_secs(seconds));
            Error::RateLimited { api: Api::Xero, scope: LimitScope::Day, retry_after }.problem().fix
        };
        assert!(fix(66_975).starts_with("Wait about 19 hours, then"), "{}", fix(66_975));
        assert!(fix(600).starts_with("Wait about 10 minutes, then"));
        assert!(fix(20).starts_with("Wait 20 seconds, then"));
    }
}
