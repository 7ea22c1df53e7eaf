//! Small texts that several modules share: base64url, SHA-256, instants, what several records of a kind are called.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, SecondsFormat, Utc};
use ports::Random;
use sha2::{Digest, Sha256};
use shared::module::Module;

/// Base64url without padding.
#[must_use]
pub fn base64url(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Base64url of the SHA-256 of a text: how session tokens, states and codes are stored, and how PKCE challenges are
/// made (RFC 7636, section 4.2).
#[must_use]
pub fn sha256(text: &str) -> String {
    base64url(&Sha256::digest(text.as_bytes()))
}

/// 256 random bits as base64url.
pub fn secret(random: &impl Random) -> String {
    let mut bytes = [0_u8; 32];
    random.fill(&mut bytes);
    base64url(&bytes)
}

/// An instant as RFC 3339 in UTC with milliseconds, so that texts sort as instants do.
#[must_use]
pub fn instant(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// The instant that [`instant`] wrote.
#[must_use]
pub fn parse_instant(text: &str) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc3339(text).ok().map(|at| at.with_timezone(&Utc))
}

/// What the ids of [`time_id`] begin with at an instant: an id is not less than it from that instant on.
#[must_use]
pub fn time_prefix(at: DateTime<Utc>) -> String {
    format!("{:013}", at.timestamp_millis().max(0))
}

/// What the ids of a run's entries begin with: the instant of the run's own id.
const TIME: usize = 13;

/// The ids of a run's entries are not less than this.
#[must_use]
pub fn first_of_run(run: &str) -> String {
    run.chars().take(TIME).collect()
}

/// The ids of a run's entries are less than this: `.` sorts right after the `-` that ends their time.
#[must_use]
pub fn after_run(run: &str) -> String {
    run.chars().take(TIME).chain(['.']).collect()
}

/// An identifier that sorts by time: milliseconds, then 64 random bits.
pub fn time_id(at: DateTime<Utc>, random: &impl Random) -> String {
    let mut bytes = [0_u8; 8];
    random.fill(&mut bytes);
    let tail: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{:013}-{tail}", at.timestamp_millis())
}

/// `Accounts`, `Purchase orders`.
pub(crate) fn plural(module: Module) -> String {
    let mut letters = module.singular().chars();
    let first: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
    format!("{first}{}s", letters.as_str())
}
