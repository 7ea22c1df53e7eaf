//! The file of the panel's texts in another language, as people write it and as it travels.
//!
//! People write English, a tab, and the translation. What travels has a short key in the place of the English text, which the
//! program has already. The build packs it (`xtask/src/build.rs`, which takes this very file), the page looks it up.

/// The key of a text: four digits.
pub(crate) type Key = [u8; 4];

/// A text's key: its hash (FNV-1a, 32 bits) in base 36, of which the last four digits tell our texts apart. The build makes
/// sure of that.
pub(crate) fn key(text: &str) -> Key {
    let mut hash: u32 = 0x811c_9dc5;
    for byte in text.bytes() {
        hash = (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
    }
    let mut key = Key::default();
    for digit in &mut key {
        *digit = b"0123456789abcdefghijklmnopqrstuvwxyz".get((hash % 36) as usize).copied().unwrap_or_default();
        hash /= 36;
    }
    key
}

/// The file as it travels.
///
/// # Errors
/// The line that has no tab, or the text that has another one's key.
#[allow(dead_code, reason = "the build and the tests pack; the page has no use for it")]
pub(crate) fn pack(file: &str) -> Result<String, String> {
    let mut keys = std::collections::BTreeSet::new();
    let mut packed = String::new();
    for line in file.lines() {
        let (english, told) = line.split_once('\t').ok_or_else(|| format!("no tab in \"{line}\""))?;
        let key = key(english);
        if !keys.insert(key) {
            return Err(format!("\"{english}\" stands twice, or has another text's key"));
        }
        packed.push_str(&String::from_utf8_lossy(&key));
        packed.push_str(told);
        packed.push('\n');
    }
    Ok(packed)
}
