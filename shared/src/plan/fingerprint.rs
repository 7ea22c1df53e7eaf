//! Fingerprints: what was agreed is known for ever, while the values themselves are not kept.

use crate::id::ZohoId;
use crate::link::Fingerprint;
use crate::module::Module;
use hmac::{Hmac, Mac};
use sha2::Sha256;
use std::fmt::Write as _;

/// Bytes of the HMAC that are kept: 128 bits.
const KEPT: usize = 16;

/// The fingerprint of a field's canonical value. Module, record and field are part of it, so that equal values of two
/// records (or fields) can't be recognised by their fingerprints.
#[must_use]
pub fn fingerprint(key: &[u8; 32], module: Module, crm_id: &ZohoId, field: &str, canonical: &str) -> Fingerprint {
    hash(key, &[module.api_name(), crm_id.as_str(), field], canonical)
}

/// HMAC-SHA-256 of a text, cut to 128 bits, in hexadecimal. No part may contain a NUL.
#[must_use]
pub fn hash(key: &[u8; 32], parts: &[&str], canonical: &str) -> Fingerprint {
    let mut text = String::with_capacity(2 * KEPT);
    // HMAC takes keys of any length, so this can't fail.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return text };
    // No part but the last can contain a NUL, so two inputs never look alike.
    for part in parts {
        mac.update(part.as_bytes());
        mac.update(&[0]);
    }
    mac.update(canonical.as_bytes());
    for byte in mac.finalize().into_bytes().iter().take(KEPT) {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_counts() {
        let id = |text: &str| ZohoId::new(text).unwrap();
        let of = |key: u8, module, crm: &str, field: &str, value: &str| {
            fingerprint(&[key; 32], module, &id(crm), field, value)
        };
        let base = of(1, Module::Accounts, "1", "name", "Acme");
        assert_eq!(base.len(), 32);
        assert_eq!(base, of(1, Module::Accounts, "1", "name", "Acme"));
        for other in [
            of(2, Module::Accounts, "1", "name", "Acme"),
            of(1, Module::Vendors, "1", "name", "Acme"),
            of(1, Module::Accounts, "2", "name", "Acme"),
            of(1, Module::Accounts, "1", "phone", "Acme"),
            of(1, Module::Accounts, "1", "name", "acme"),
        ] {
            assert_ne!(base, other);
        }
    }
}
