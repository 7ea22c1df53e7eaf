//! Identifiers as types, so that one kind can't be handed over as another.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Why a text is not an identifier of the wanted kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not {kind}")]
pub struct InvalidId {
    /// The text as it came.
    pub text: String,
    /// What it should have been, with its article.
    pub kind: &'static str,
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $kind:literal, $valid:expr, $pattern:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        #[cfg(feature = "schema")]
        impl schemars::JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({ "description": concat!("This is ", $kind, "."), "type": "string", "pattern": $pattern })
            }
        }

        impl $name {
            /// Checks and wraps the text.
            ///
            /// # Errors
            /// [`InvalidId`] when the text is not of this kind.
            pub fn new(text: impl Into<String>) -> Result<Self, InvalidId> {
                let text = text.into();
                let valid: fn(&str) -> bool = $valid;
                if valid(&text) { Ok(Self(text)) } else { Err(InvalidId { text, kind: $kind }) }
            }

            /// The identifier as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidId;
            fn try_from(text: String) -> Result<Self, InvalidId> {
                Self::new(text)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

fn is_zoho_id(text: &str) -> bool {
    (1..=20).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_guid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

id!(
    /// A CRM record, line, user or tax: 18 to 19 digits, never a number (it does not fit a double).
    ZohoId, "a Zoho CRM id (digits only)", is_zoho_id, "^[0-9]{1,20}$"
);
id!(
    /// A CRM organisation: the `zgid` of `GET /org`.
    ZohoOrgId, "a Zoho organisation id (digits only)", is_zoho_id, "^[0-9]{1,20}$"
);
id!(
    /// A Xero record: contact, item, invoice, line.
    XeroId, "a Xero id (a GUID)", is_guid, "^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$"
);
id!(
    /// A Xero organisation: `tenantId` of a connection, equal to its `OrganisationID`.
    TenantId, "a Xero tenant id (a GUID)", is_guid, "^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$"
);
