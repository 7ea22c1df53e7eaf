//! What the operator's log may hold of something that went wrong.

use crate::store::grants::GrantError;
use crate::vault::VaultError;
use ports::DatabaseError;
use std::fmt;

/// Words of databases and of the runtime that say what is wrong and nothing else. A text of theirs may quote a value,
/// so of such a text only these are told.
const KNOWN: [&str; 40] = [
    "D1_ERROR",
    "D1_EXEC_ERROR",
    "D1_TYPE_ERROR",
    "SQLITE_AUTH",
    "SQLITE_BUSY",
    "SQLITE_CANTOPEN",
    "SQLITE_CONSTRAINT",
    "SQLITE_CORRUPT",
    "SQLITE_ERROR",
    "SQLITE_FULL",
    "SQLITE_INTERRUPT",
    "SQLITE_IOERR",
    "SQLITE_LOCKED",
    "SQLITE_MISMATCH",
    "SQLITE_MISUSE",
    "SQLITE_NOMEM",
    "SQLITE_RANGE",
    "SQLITE_READONLY",
    "SQLITE_TOOBIG",
    "FOREIGN KEY constraint failed",
    "NOT NULL constraint failed",
    "UNIQUE constraint failed",
    "database is locked",
    "database or disk is full",
    "no such column",
    "no such table",
    "syntax error",
    "too many SQL variables",
    "exceeded",
    "overloaded",
    "Too many requests",
    "Too many subrequests",
    "Network connection lost",
    "connection failed",
    "internal error",
    "reset because its code was updated",
    "storage caused object to be reset",
    "timed out",
    "cannot access storage",
    "is undefined",
];

/// A line for the operator's log: codes, words of our own and our own ids. It can be made of nothing else, so whoever
/// writes the next one can't put a vendor's words, a name or a value into it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OperatorNote(String);

impl OperatorNote {
    /// Words of our own.
    #[must_use]
    pub fn of(words: &'static str) -> Self {
        Self(words.to_owned())
    }

    /// Adds an id: of a run, an organisation, a request. What has not the form of one is left out.
    #[must_use]
    pub fn id(mut self, what: &'static str, id: &str) -> Self {
        let fits = (1..=64).contains(&id.len())
            && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
        self.0.push_str(&format!(" [{what} {}]", if fits { id } else { "?" }));
        self
    }

    /// Adds a number.
    #[must_use]
    pub fn number(mut self, what: &'static str, number: impl Into<i64>) -> Self {
        self.0.push_str(&format!(" [{what} {}]", number.into()));
        self
    }

    /// Adds why it is so.
    #[must_use]
    pub fn because(mut self, why: &Self) -> Self {
        self.0.push_str(": ");
        self.0.push_str(&why.0);
        self
    }

    /// Adds what is known of somebody else's text, of which nothing else is told.
    #[must_use]
    pub fn recognise(mut self, text: &str) -> Self {
        for known in KNOWN.into_iter().filter(|known| text.contains(known)) {
            self.0.push_str(&format!(" ({known})"));
        }
        self
    }
}

impl fmt::Display for OperatorNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<&'static str> for OperatorNote {
    fn from(words: &'static str) -> Self {
        Self::of(words)
    }
}

impl From<&upstream::Error> for OperatorNote {
    fn from(error: &upstream::Error) -> Self {
        // Its `Debug` has no words of the vendor.
        Self(format!("{error:?}"))
    }
}

impl From<DatabaseError> for OperatorNote {
    fn from(error: DatabaseError) -> Self {
        match error {
            DatabaseError::Unique(text) => Self::of("database: a row is there already").recognise(&text),
            DatabaseError::Shape(text) => {
                // The column that our own code names in front of what it found.
                let column = text.split_once(": ").map(|(column, _)| column).filter(|column| is_column(column));
                Self(format!(
                    "database: a row of an unexpected shape{}",
                    column.map(|c| format!(" ({c})")).unwrap_or_default()
                ))
            }
            DatabaseError::DayUsedUp { .. } => Self::of("database: its rows of today are used up"),
            DatabaseError::Other(text) => Self::of("database").recognise(&text),
        }
    }
}

/// `table.column`, as our code writes it.
fn is_column(text: &str) -> bool {
    let word = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    text.len() <= 40 && text.split_once('.').is_some_and(|(table, column)| word(table) && word(column))
}

impl From<VaultError> for OperatorNote {
    fn from(error: VaultError) -> Self {
        // It never says what was inside.
        Self(error.to_string())
    }
}

impl From<GrantError> for OperatorNote {
    fn from(error: GrantError) -> Self {
        match error {
            GrantError::Database(error) => error.into(),
            GrantError::Vault(error) => error.into(),
        }
    }
}

impl From<serde_json::Error> for OperatorNote {
    fn from(error: serde_json::Error) -> Self {
        // Its text quotes what it could not read.
        let kind = match error.classify() {
            serde_json::error::Category::Io => "JSON could not be written",
            serde_json::error::Category::Syntax => "JSON that is none",
            serde_json::error::Category::Data => "JSON of another shape",
            serde_json::error::Category::Eof => "JSON that ends early",
        };
        Self(format!("{kind} (line {}, column {})", error.line(), error.column()))
    }
}

impl From<csv::Error> for OperatorNote {
    fn from(_: csv::Error) -> Self {
        Self::of("a line of the file could not be written")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};
    use std::time::Duration;
    use upstream::{Api, LimitScope};

    /// What stands for a customer in every text below.
    const VALUE: &str = "Ana Wattle of Blue Gum, ana@bluegum.example";

    fn silent(note: &OperatorNote) {
        for word in ["Ana", "Wattle", "Gum", "bluegum"] {
            assert!(!note.to_string().contains(word), "{note}");
        }
    }

    #[test]
    fn no_error_of_a_vendor_tells_the_log_its_words() {
        let said = || Some(VALUE.to_owned());
        let (api, status) = (Api::Zoho, 400);
        let details: Value = json!({ "duplicate_record": { "name": VALUE }, VALUE: 1 });
        for error in [
            upstream::Error::Unauthorized { api, whose: upstream::Whose::Nobodys, said: said() },
            upstream::Error::Disconnected { said: said() },
            upstream::Error::ScopeMissing { api, said: said() },
            upstream::Error::PermissionDenied { said: said() },
            upstream::Error::ModuleUnavailable { said: said() },
            upstream::Error::RateLimited { api, scope: LimitScope::Day, retry_after: Some(Duration::from_secs(9)) },
            upstream::Error::NotFound { api: upstream::Api::Xero },
            upstream::Error::Refused {
                api,
                status,
                messages: vec![VALUE.to_owned()],
                code: Some("DUPLICATE_DATA".to_owned()),
                details: Some(details),
            },
            upstream::Error::Refused { api, status, messages: vec![VALUE.to_owned()], code: said(), details: None },
            upstream::Error::Unavailable { api, said: VALUE.to_owned() },
            upstream::Error::Unknown { api, said: VALUE.to_owned() },
            upstream::Error::Unexpected { api, status, excerpt: VALUE.to_owned() },
        ] {
            let note = OperatorNote::from(&error);
            silent(&note);
            assert!(note.to_string().len() > 5, "{note}");
            let refusal = crate::access::Refusal::from(error);
            silent(&refusal.note.unwrap());
        }
    }

    #[test]
    fn a_vendor_s_code_and_status_are_told() {
        let refused = |code: &str| {
            let messages = vec![VALUE.to_owned()];
            let code = Some(code.to_owned());
            let error = upstream::Error::Refused { api: Api::Xero, status: 400, messages, code, details: None };
            OperatorNote::from(&error).to_string()
        };
        assert_eq!(
            refused("ValidationException"),
            "Refused { api: Xero, status: 400, code: ValidationException, messages: 1 }"
        );
        assert_eq!(refused("DUPLICATE_DATA"), "Refused { api: Xero, status: 400, code: DUPLICATE_DATA, messages: 1 }");
        assert_eq!(refused("Ana Wattle"), "Refused { api: Xero, status: 400, code: ?, messages: 1 }");
    }

    #[test]
    fn no_error_of_ours_tells_the_log_a_value() {
        let json: Result<i64, serde_json::Error> = serde_json::from_value(json!(VALUE));
        assert!(json.as_ref().unwrap_err().to_string().contains("Ana"), "or this shows nothing");
        for note in [
            OperatorNote::from(json.unwrap_err()),
            OperatorNote::from(DatabaseError::Unique(format!("UNIQUE constraint failed: {VALUE}"))),
            OperatorNote::from(DatabaseError::Shape(format!("invalid type: string \"{VALUE}\", expected i64"))),
            OperatorNote::from(DatabaseError::Shape(format!("entries.at: \"{VALUE}\""))),
            OperatorNote::from(DatabaseError::Shape(format!("{VALUE}: x"))),
            OperatorNote::from(DatabaseError::Other(format!("D1_ERROR: near \"{VALUE}\": syntax error"))),
            OperatorNote::of("x").id("run", VALUE).recognise(VALUE),
        ] {
            silent(&note);
        }
    }

    #[test]
    fn what_is_known_is_told() {
        let other = DatabaseError::Other("D1_ERROR: database is locked: SQLITE_BUSY".to_owned());
        assert_eq!(OperatorNote::from(other).to_string(), "database (D1_ERROR) (SQLITE_BUSY) (database is locked)");
        let shape = DatabaseError::Shape("entries.at: \"yesterday\"".to_owned());
        assert_eq!(OperatorNote::from(shape).to_string(), "database: a row of an unexpected shape (entries.at)");
        let note = OperatorNote::of("the events end").id("run", "0001-ab").because(&OperatorNote::of("database"));
        assert_eq!(note.to_string(), "the events end [run 0001-ab]: database");
    }
}
