//! Tokens at rest: AES-256-GCM under a Worker secret, bound to the very place where they stand.
//!
//! A sealed text is `v1.<key id>.<base64url of nonce and ciphertext>`. The first key of the list seals; all of them
//! open, so a key is rotated by putting a new one in front. What older keys sealed is sealed anew by the daily cron
//! ([`crate::store::grants::reseal`]).

use crate::text;
use aes_gcm::aead::{Aead, Payload};
use aes_gcm::{Aes256Gcm, KeyInit, Nonce};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ports::Random;
use std::fmt;

const NONCE_BYTES: usize = 12;

/// Where a sealed text stands: its associated data, so whoever moves it to another row or column has nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place<'a> {
    /// The table, or what else holds it.
    pub table: &'static str,
    /// The row's key. Whatever belongs to an organisation has that organisation in its key.
    pub row: &'a str,
    /// The column.
    pub column: &'static str,
}

impl Place<'_> {
    /// The lengths keep two places from reading alike.
    fn associated(&self) -> String {
        let Self { table, row, column } = self;
        format!("{}:{table}{}:{row}{}:{column}", table.len(), row.len(), column.len())
    }
}

/// Seals and opens tokens.
#[derive(Clone)]
pub struct Vault {
    keys: Vec<(String, Aes256Gcm)>,
}

/// Why the vault refused. It never says what was inside.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VaultError {
    /// The secret is not `id:base64 of 32 bytes`, comma separated.
    #[error("VAULT_KEYS must be id:base64 pairs of 32 bytes, separated by commas ({0})")]
    Keys(&'static str),
    /// The sealed text is damaged, belongs to something else, or its key is gone.
    #[error("a stored token can't be opened ({0})")]
    Sealed(&'static str),
}

impl Vault {
    /// Reads `id:base64,id:base64`. The first key seals.
    ///
    /// # Errors
    /// [`VaultError::Keys`] when a part is malformed or there is none.
    pub fn from_keys(text: &str) -> Result<Self, VaultError> {
        let mut keys = Vec::new();
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            let (id, key) = part.split_once(':').ok_or(VaultError::Keys("no colon"))?;
            if id.is_empty() || id.contains('.') {
                return Err(VaultError::Keys("an id is empty or has a dot"));
            }
            let key = STANDARD.decode(key).map_err(|_| VaultError::Keys("not base64"))?;
            let cipher = Aes256Gcm::new_from_slice(&key).map_err(|_| VaultError::Keys("not 32 bytes"))?;
            keys.push((id.to_owned(), cipher));
        }
        if keys.is_empty() { Err(VaultError::Keys("no key")) } else { Ok(Self { keys }) }
    }

    /// How a text begins that the first key has sealed.
    #[must_use]
    pub fn prefix(&self) -> String {
        format!("v1.{}.", self.keys.first().map_or("", |(id, _)| id.as_str()))
    }

    /// How the texts begin that each of the keys has sealed, the newest key's first.
    pub fn prefixes(&self) -> impl Iterator<Item = String> {
        self.keys.iter().map(|(id, _)| format!("v1.{id}."))
    }

    /// Seals `plain`, bound to `place`.
    ///
    /// # Errors
    /// [`VaultError::Sealed`] when encryption fails, which only absurdly long texts make it do.
    pub fn seal(&self, random: &impl Random, place: Place<'_>, plain: &str) -> Result<String, VaultError> {
        let mut nonce = [0_u8; NONCE_BYTES];
        random.fill(&mut nonce);
        let (id, cipher) = self.keys.first().ok_or(VaultError::Keys("no key"))?;
        let sealed = cipher
            .encrypt(Nonce::from_slice(&nonce), Payload { msg: plain.as_bytes(), aad: place.associated().as_bytes() })
            .map_err(|_| VaultError::Sealed("encryption failed"))?;
        let mut bytes = nonce.to_vec();
        bytes.extend(sealed);
        Ok(format!("v1.{id}.{}", text::base64url(&bytes)))
    }

    /// Opens what [`Vault::seal`] sealed for the same place.
    ///
    /// # Errors
    /// [`VaultError::Sealed`] when it is damaged, was sealed for another place, or its key is gone.
    pub fn open(&self, place: Place<'_>, sealed: &str) -> Result<String, VaultError> {
        let mut parts = sealed.splitn(3, '.');
        let (Some("v1"), Some(id), Some(body)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(VaultError::Sealed("unknown format"));
        };
        let cipher = &self.keys.iter().find(|(key, _)| key == id).ok_or(VaultError::Sealed("its key is gone"))?.1;
        let bytes = URL_SAFE_NO_PAD.decode(body).map_err(|_| VaultError::Sealed("not base64"))?;
        if bytes.len() < NONCE_BYTES {
            return Err(VaultError::Sealed("too short"));
        }
        let (nonce, body) = bytes.split_at(NONCE_BYTES);
        let plain = cipher
            .decrypt(Nonce::from_slice(nonce), Payload { msg: body, aad: place.associated().as_bytes() })
            .map_err(|_| VaultError::Sealed("damaged, or sealed for something else"))?;
        String::from_utf8(plain).map_err(|_| VaultError::Sealed("not text"))
    }
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Vault({} keys)", self.keys.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    struct Counter(Cell<u8>);

    impl Random for Counter {
        fn fill(&self, bytes: &mut [u8]) {
            for byte in bytes {
                self.0.set(self.0.get().wrapping_add(1));
                *byte = self.0.get();
            }
        }
    }

    fn key(fill: u8) -> String {
        STANDARD.encode([fill; 32])
    }

    const HERE: Place<'static> = Place { table: "grants", row: "xero:us.1", column: "refresh_token" };

    #[test]
    fn opens_what_it_sealed_and_only_in_the_same_place() {
        let random = Counter(Cell::new(0));
        let vault = Vault::from_keys(&format!("a:{}", key(1))).unwrap();
        let sealed = vault.seal(&random, HERE, "token").unwrap();
        assert!(!sealed.contains("token"));
        assert_eq!(vault.open(HERE, &sealed).unwrap(), "token");
        for elsewhere in [
            Place { table: "parked", ..HERE },
            Place { row: "xero:us.12", ..HERE },
            Place { row: "xero:us.", ..HERE },
            Place { column: "access_token", ..HERE },
        ] {
            assert!(vault.open(elsewhere, &sealed).is_err(), "{elsewhere:?}");
        }
        assert_ne!(sealed, vault.seal(&random, HERE, "token").unwrap(), "each sealing has its own nonce");
    }

    #[test]
    fn two_places_never_read_alike() {
        let (one, other) = (Place { row: "a", column: "bc", ..HERE }, Place { row: "ab", column: "c", ..HERE });
        assert_ne!(one.associated(), other.associated());
    }

    #[test]
    fn a_new_key_in_front_still_opens_what_the_old_one_sealed() {
        let random = Counter(Cell::new(0));
        let old = Vault::from_keys(&format!("a:{}", key(1))).unwrap();
        let both = Vault::from_keys(&format!("b:{},a:{}", key(2), key(1))).unwrap();
        let sealed = old.seal(&random, HERE, "token").unwrap();
        assert_eq!(both.open(HERE, &sealed).unwrap(), "token");
        let anew = both.seal(&random, HERE, "token").unwrap();
        assert!(anew.starts_with(&both.prefix()) && !sealed.starts_with(&both.prefix()));
        assert!(Vault::from_keys(&format!("b:{}", key(2))).unwrap().open(HERE, &sealed).is_err());
    }

    #[test]
    fn damaged_texts_and_malformed_keys_are_refused() {
        let random = Counter(Cell::new(0));
        let vault = Vault::from_keys(&format!("a:{}", key(1))).unwrap();
        let sealed = vault.seal(&random, HERE, "token").unwrap();
        for damaged in ["", "v1", "v2.a.AA", "v1.a.AA", "v1.x.AAAA", &sealed[..sealed.len() - 2]] {
            assert!(vault.open(HERE, damaged).is_err(), "{damaged:?}");
        }
        for keys in ["", "a", "a:zzz", "a:AAAA", ":AAAA"] {
            assert!(Vault::from_keys(keys).is_err(), "{keys:?}");
        }
    }
}
