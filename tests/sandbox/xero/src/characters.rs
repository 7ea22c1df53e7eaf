//! Which characters of a text Xero keeps.
//!
//! That emoji are stripped is known; where they begin, and what becomes of control characters, is not: so both are
//! switches.

use serde_json::Value;

use crate::json::Fault;

/// What becomes of characters that are no plain text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Characters {
    /// Which characters are stripped as emoji.
    pub emoji: Emoji,
    /// What becomes of control characters other than tabs and line breaks.
    pub control: Control,
}

/// Which characters are stripped as emoji.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Emoji {
    /// Those of the emoji blocks beyond the basic plane, with what joins and colours them.
    Blocks,
    /// These, and the symbols of the basic plane that are shown as pictures, too: ☎, ✔, ⭐.
    AndSymbols,
}

/// What becomes of control characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Control {
    /// They are kept.
    Kept,
    /// They are stripped.
    Stripped,
    /// The whole request is refused, as .NET's XML does.
    Refused,
}

impl Characters {
    /// The strictest of what may be.
    pub const STRICT: Self = Self { emoji: Emoji::AndSymbols, control: Control::Refused };

    fn strips(self, character: char) -> bool {
        let pictures = matches!(character, '\u{1F000}'..='\u{1FAFF}' | '\u{E0020}'..='\u{E007F}');
        let joins = matches!(character, '\u{FE0E}' | '\u{FE0F}' | '\u{200D}' | '\u{20E3}');
        let symbols = matches!(character, '\u{2300}'..='\u{23FF}' | '\u{2600}'..='\u{27BF}' | '\u{2B00}'..='\u{2BFF}');
        let control = is_control(character) && self.control == Control::Stripped;
        pictures || joins || control || (symbols && self.emoji == Emoji::AndSymbols)
    }

    /// Keeps of every text in a body what Xero keeps.
    ///
    /// # Errors
    /// A control character, where those are refused.
    pub(crate) fn apply(self, value: &mut Value) -> Result<(), Fault> {
        match value {
            Value::String(text) => {
                if let Some(control) = text.chars().find(|character| is_control(*character))
                    && self.control == Control::Refused
                {
                    return Err(Fault::PostData(format!(
                        "JSON for post data was invalid,hexadecimal value 0x{:02X}, is an invalid character",
                        u32::from(control)
                    )));
                }
                text.retain(|character| !self.strips(character));
                Ok(())
            }
            Value::Array(values) => values.iter_mut().try_for_each(|value| self.apply(value)),
            Value::Object(fields) => fields.values_mut().try_for_each(|value| self.apply(value)),
            _ => Ok(()),
        }
    }
}

fn is_control(character: char) -> bool {
    character.is_control() && !matches!(character, '\t' | '\n' | '\r')
}
