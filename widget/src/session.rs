//! Whose session it is, and how requests say so: what panel and portal share of it.

use shared::api::SessionView;
use std::fmt;

/// Something that only this page and the edge know. Its debug output does not tell it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(pub String);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// How a request says whose session it belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Credential {
    /// By our cookie. The browser sends it, and no script can read it.
    Cookie,
    /// By a token that this page keeps, because the browser keeps no cookie of ours here.
    Bearer(Secret),
}

impl Credential {
    /// What a sign-in leaves behind: the token where the browser has kept no cookie.
    #[must_use]
    pub fn of_claim(token: Option<String>) -> Self {
        token.map_or(Self::Cookie, |token| Self::Bearer(Secret(token)))
    }
}

/// A user of the CRM, as its script tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CrmUser {
    /// The user's id.
    pub id: String,
    /// The user's name; empty where it is not told.
    pub name: String,
}

/// What the CRM's script says of who is at work. It may only take a session away.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum AtWork {
    /// Nobody has asked yet.
    #[default]
    Unasked,
    /// It is being asked.
    Asked,
    /// It does not say.
    Untold,
    /// This one.
    Told(CrmUser),
}

impl AtWork {
    /// Whether a session is that of somebody else, whatever the browser keeps.
    #[must_use]
    pub fn is_other(&self, session: &SessionView) -> bool {
        matches!(self, Self::Told(user) if user.id != session.user_id.as_str())
    }

    /// Whether there is nothing more to wait for.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        matches!(self, Self::Untold | Self::Told(_))
    }

    /// The user's name, if it is told.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Told(user) => &user.name,
            Self::Unasked | Self::Asked | Self::Untold => "",
        }
    }
}

/// What a vendor's window was opened for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Signing in with Zoho.
    SignIn,
    /// Signing in and connecting the CRM organisation by the same consent.
    ConnectZoho,
    /// Connecting a Xero organisation.
    ConnectXero,
}
