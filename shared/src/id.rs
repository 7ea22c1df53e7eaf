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
    ($(#[$doc:meta])* $name:ident, $kind:literal, $valid:expr, $tidy:expr, $pattern:literal) => {
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
            /// Checks and wraps the text, in the one way in which it is compared.
            ///
            /// # Errors
            /// [`InvalidId`] when the text is not of this kind.
            pub fn new(text: impl Into<String>) -> Result<Self, InvalidId> {
                let text = text.into();
                let valid: fn(&str) -> bool = $valid;
                let tidy: fn(String) -> String = $tidy;
                if valid(&text) { Ok(Self(tidy(text))) } else { Err(InvalidId { text, kind: $kind }) }
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

/// Zoho's data centres have short names (`us`, `eu`, …), and numbers of organisations are not documented as unique over
/// them.
fn is_org(text: &str) -> bool {
    text.split_once('.').is_some_and(|(location, number)| {
        (2..=8).contains(&location.len())
            && location.bytes().all(|byte| byte.is_ascii_lowercase())
            && is_zoho_id(number)
    })
}

fn is_guid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

fn as_it_is(text: String) -> String {
    text
}

fn in_lower_case(text: String) -> String {
    text.to_ascii_lowercase()
}

id!(
    /// A CRM record, line, user or tax: 18 to 19 digits, never a number (it does not fit a double).
    ZohoId, "a Zoho CRM id (digits only)", is_zoho_id, as_it_is, "^[0-9]{1,20}$"
);
id!(
    /// A CRM organisation: the `zgid` of `GET /org`.
    ZohoOrgId, "a Zoho organisation id (digits only)", is_zoho_id, as_it_is, "^[0-9]{1,20}$"
);
id!(
    /// A CRM organisation among those of all data centres: the data centre's short name and the organisation's `zgid`, as
    /// in `eu.60001`.
    OrgId, "an organisation of a Zoho data centre (as in eu.60001)", is_org, as_it_is, "^[a-z]{2,8}[.][0-9]{1,20}$"
);
id!(
    /// A Xero record: contact, item, invoice, line. In lower case: so Xero writes its ids, and it reads them in any, in which
    /// people type them.
    XeroId, "a Xero id (a GUID)", is_guid, in_lower_case, "^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$"
);
id!(
    /// A Xero organisation: `tenantId` of a connection, equal to its `OrganisationID`. In lower case.
    TenantId, "a Xero tenant id (a GUID)", is_guid, in_lower_case, "^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$"
);

impl OrgId {
    /// The organisation of this number in this data centre.
    ///
    /// # Errors
    /// [`InvalidId`] when the data centre has no short name of letters.
    pub fn of(location: &str, number: &ZohoOrgId) -> Result<Self, InvalidId> {
        Self::new(format!("{location}.{number}"))
    }

    /// The data centre's short name.
    #[must_use]
    pub fn location(&self) -> &str {
        self.0.split_once('.').map_or("", |(location, _)| location)
    }

    /// Zoho's own number, as it stands in the CRM's addresses.
    #[must_use]
    pub fn number(&self) -> &str {
        self.0.split_once('.').map_or("", |(_, number)| number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_xero_id_is_one_in_whatever_case_it_is_typed() {
        let typed = "AAAAAAAA-0000-4000-8000-00000000000f";
        let id = XeroId::new(typed).unwrap();
        assert_eq!(id.as_str(), typed.to_lowercase());
        assert_eq!(id, serde_json::from_value(serde_json::json!(typed)).unwrap());
        assert_eq!(TenantId::new(typed).unwrap().as_str(), typed.to_lowercase());
        assert_eq!(XeroId::new("Not One").unwrap_err().text, "Not One");
    }

    #[test]
    fn organisations_of_two_data_centres_with_one_number_are_two() {
        let number = ZohoOrgId::new("60001").unwrap();
        let (here, there) = (OrgId::of("us", &number).unwrap(), OrgId::of("eu", &number).unwrap());
        assert_ne!(here, there);
        assert_eq!((here.number(), there.as_str()), ("60001", "eu.60001"));
        for text in ["60001", "us.", ".60001", "u.1", "US.1", "us.1.2", "us.1 ", "us:1"] {
            assert!(OrgId::new(text).is_err(), "{text}");
        }
    }
}
