//! Identifiers that come out the same for the same seed.

/// A source of GUIDs and opaque tokens (SplitMix64: small, and good enough for names).
#[derive(Debug, Clone)]
pub(crate) struct Guids {
    state: u64,
}

impl Guids {
    pub(crate) fn new(seed: u64, stream: &str) -> Self {
        let mut guids = Self { state: seed ^ fingerprint(stream) };
        guids.bits();
        guids
    }

    fn bits(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// The next GUID, lower case with dashes, in the form of a random one (version 4).
    pub(crate) fn guid(&mut self) -> String {
        let (high, low) = (self.bits(), self.bits());
        format!(
            "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
            high >> 32,
            (high >> 16) & 0xffff,
            high & 0xfff,
            ((low >> 48) & 0x3fff) | 0x8000,
            low & 0xffff_ffff_ffff
        )
    }

    /// The next opaque token: 64 hexadecimal characters.
    pub(crate) fn token(&mut self) -> String {
        (0..4).map(|_| format!("{:016x}", self.bits())).collect()
    }
}

/// A stable number for a text (FNV-1a).
pub(crate) fn fingerprint(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// True when the text has the form of a GUID.
pub(crate) fn is_guid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

/// The identifier that Xero gives to an element that it did not create.
pub(crate) const ZERO: &str = "00000000-0000-0000-0000-000000000000";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_guids_and_another_seed_others() {
        let (mut a, mut b, mut c) = (Guids::new(7, "x"), Guids::new(7, "x"), Guids::new(8, "x"));
        let first = a.guid();
        assert_eq!(first, b.guid());
        assert_ne!(first, c.guid());
        assert_ne!(first, a.guid());
        assert!(is_guid(&first), "{first}");
    }
}
