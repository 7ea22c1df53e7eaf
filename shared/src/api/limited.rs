//! Texts of a request that may have so many characters and no more. What is longer is refused before anything is done with
//! it; the message does not repeat it.

use serde::de::{Deserialize, Deserializer, Error};

/// A text of at most `MOST` characters.
pub(super) fn limited<'de, D: Deserializer<'de>, const MOST: usize>(deserializer: D) -> Result<String, D::Error> {
    let text = String::deserialize(deserializer)?;
    match text.chars().nth(MOST) {
        None => Ok(text),
        Some(_) => Err(D::Error::custom(format_args!("it has more than {MOST} characters"))),
    }
}

/// The same of a text that may be absent.
pub(super) fn limited_option<'de, D: Deserializer<'de>, const MOST: usize>(
    deserializer: D,
) -> Result<Option<String>, D::Error> {
    match Option::<String>::deserialize(deserializer)? {
        Some(text) if text.chars().nth(MOST).is_some() => {
            Err(D::Error::custom(format_args!("it has more than {MOST} characters")))
        }
        text => Ok(text),
    }
}

#[cfg(test)]
mod tests {
    use crate::api::{ClaimRequest, FlowStateRequest, SignInRequest};

    #[test]
    fn what_is_longer_is_refused_and_not_repeated() {
        let flow = |length: usize| format!(r#"{{"verifier":"{}"}}"#, "ä".repeat(length));
        assert!(serde_json::from_str::<FlowStateRequest>(&flow(200)).is_ok());
        let why = serde_json::from_str::<FlowStateRequest>(&flow(201)).unwrap_err().to_string();
        assert!(why.contains("more than 200 characters") && !why.contains('ä'), "{why}");
        let claim = |code: usize| format!(r#"{{"code":"{}","verifier":"v"}}"#, "A".repeat(code));
        assert!(serde_json::from_str::<ClaimRequest>(&claim(40)).is_ok());
        assert!(serde_json::from_str::<ClaimRequest>(&claim(41)).is_err());
        let sign_in = |key: &str| format!(r#"{{"challenge":"c","connect":false{key}}}"#);
        let key = |length: usize| format!(r#","installation_key":"{}""#, "k".repeat(length));
        for fine in [String::new(), key(200), r#","installation_key":null"#.to_owned()] {
            assert!(serde_json::from_str::<SignInRequest>(&sign_in(&fine)).is_ok(), "{fine}");
        }
        assert!(serde_json::from_str::<SignInRequest>(&sign_in(&key(201))).is_err());
    }
}
