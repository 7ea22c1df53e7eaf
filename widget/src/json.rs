//! Reading JSON in few bytes: what the edge answers, into the API's types.
//!
//! serde_json reads every type in every form that it may have, and says in words what is wrong with a text. Compiled for
//! each type of the API, that was a sixth of what the panel transfers. Here a structure is an object and nothing else,
//! and of what is wrong only the place is told: nobody but the edge writes these texts. serde-json-wasm, which was made
//! for this, keeps the panel within its budget (10 kB more), but not the portal (25 kB more for who opens Mapping).

use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, EnumAccess, Error, IntoDeserializer, MapAccess, SeqAccess,
    VariantAccess, Visitor,
};
use std::borrow::Cow;
use std::fmt;

/// How deep a text may be nested. The API's own are at most a dozen deep.
const DEEPEST: u8 = 100;

/// A text is not what was expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unreadable {
    /// After how many bytes that showed.
    pub at: usize,
}

impl fmt::Display for Unreadable {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(to, "unexpected JSON at byte {}", self.at)
    }
}

/// Reads a text.
///
/// # Errors
/// When it is not JSON, or not of this type.
pub fn read<'de, T: Deserialize<'de>>(text: &'de str) -> Result<T, Unreadable> {
    let mut reader = Reader { text, at: 0, depth: 0 };
    match T::deserialize(&mut reader) {
        Ok(value) if reader.peek().is_none() => Ok(value),
        _ => Err(Unreadable { at: reader.at }),
    }
}

/// That something is wrong. [`read`] tells where.
#[derive(Debug)]
struct Wrong;

impl fmt::Display for Wrong {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("unexpected JSON")
    }
}

impl std::error::Error for Wrong {}

impl Error for Wrong {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self
    }
}

type Read<T> = Result<T, Wrong>;

struct Reader<'de> {
    text: &'de str,
    at: usize,
    depth: u8,
}

impl<'de> Reader<'de> {
    /// The next byte that is no white space.
    fn peek(&mut self) -> Option<u8> {
        let rest = self.text.as_bytes().get(self.at..)?;
        let spaces = rest.iter().take_while(|byte| b" \t\r\n".contains(byte)).count();
        self.at += spaces;
        rest.get(spaces).copied()
    }

    /// Whether the next byte is this one; then it is taken.
    fn takes(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn take(&mut self, byte: u8) -> Read<()> {
        if self.takes(byte) { Ok(()) } else { Err(Wrong) }
    }

    /// Whether the next word is this one; then it is taken.
    fn takes_word(&mut self, word: &str) -> bool {
        let found = self.peek().is_some() && self.text.get(self.at..).is_some_and(|rest| rest.starts_with(word));
        self.at += if found { word.len() } else { 0 };
        found
    }

    fn boolean(&mut self) -> Read<bool> {
        match self.takes_word("true") {
            true => Ok(true),
            false if self.takes_word("false") => Ok(false),
            false => Err(Wrong),
        }
    }

    fn null(&mut self) -> Read<()> {
        if self.takes_word("null") { Ok(()) } else { Err(Wrong) }
    }

    /// A number as it is written.
    fn number(&mut self) -> Read<&'de str> {
        self.peek();
        let rest = self.text.get(self.at..).unwrap_or_default();
        let length = rest.bytes().take_while(|byte| byte.is_ascii_digit() || b"+-.eE".contains(byte)).count();
        self.at += length;
        rest.get(..length).filter(|number| !number.is_empty()).ok_or(Wrong)
    }

    fn text(&mut self) -> Read<Cow<'de, str>> {
        self.take(b'"')?;
        let rest = self.text.get(self.at..).unwrap_or_default();
        let length = rest.bytes().position(|byte| byte == b'"' || byte == b'\\' || byte < b' ').ok_or(Wrong)?;
        let (plain, rest) = rest.split_at(length);
        self.at += length + 1;
        match rest.as_bytes().first() {
            Some(b'"') => Ok(Cow::Borrowed(plain)),
            Some(b'\\') => self.escaped(plain).map(Cow::Owned),
            _ => Err(Wrong),
        }
    }

    /// The rest of a text in which characters are escaped, from behind the first backslash.
    fn escaped(&mut self, plain: &str) -> Read<String> {
        let mut text = plain.to_owned();
        loop {
            let sign = self.text.as_bytes().get(self.at).ok_or(Wrong)?;
            self.at += 1;
            text.push(match sign {
                b'"' | b'\\' | b'/' => char::from(*sign),
                b'b' => '\u{8}',
                b'f' => '\u{c}',
                b'n' => '\n',
                b'r' => '\r',
                b't' => '\t',
                b'u' => self.character()?,
                _ => return Err(Wrong),
            });
            let rest = self.text.get(self.at..).unwrap_or_default();
            let length = rest.bytes().position(|byte| byte == b'"' || byte == b'\\' || byte < b' ').ok_or(Wrong)?;
            text.push_str(rest.get(..length).unwrap_or_default());
            self.at += length + 1;
            match rest.as_bytes().get(length) {
                Some(b'"') => return Ok(text),
                Some(b'\\') => {}
                _ => return Err(Wrong),
            }
        }
    }

    /// A character behind `\u`, perhaps in two halves (RFC 8259, section 7).
    fn character(&mut self) -> Read<char> {
        let first = self.unit()?;
        if !(0xd800..0xdc00).contains(&first) {
            return char::from_u32(first).ok_or(Wrong);
        }
        let rest = self.text.get(self.at..).unwrap_or_default();
        if !rest.starts_with("\\u") {
            return Err(Wrong);
        }
        self.at += 2;
        let second = self.unit()?.checked_sub(0xdc00).filter(|second| *second < 0x400).ok_or(Wrong)?;
        char::from_u32(0x1_0000 + ((first - 0xd800) << 10) + second).ok_or(Wrong)
    }

    fn unit(&mut self) -> Read<u32> {
        let digits = self.text.get(self.at..self.at + 4).ok_or(Wrong)?;
        self.at += 4;
        u32::from_str_radix(digits, 16).map_err(|_| Wrong)
    }

    /// Goes one level down: into an object or a list.
    fn enter(&mut self, opening: u8) -> Read<Elements<'_, 'de>> {
        self.take(opening)?;
        self.depth += 1;
        if self.depth > DEEPEST { Err(Wrong) } else { Ok(Elements { reader: self, first: true }) }
    }

    /// Leaves out whatever comes.
    fn skip(&mut self) -> Read<()> {
        match self.peek().ok_or(Wrong)? {
            b'{' => {
                let mut members = self.enter(b'{')?;
                while members.more(b'}')? {
                    members.reader.text()?;
                    members.reader.take(b':')?;
                    members.reader.skip()?;
                }
            }
            b'[' => {
                let mut elements = self.enter(b'[')?;
                while elements.more(b']')? {
                    elements.reader.skip()?;
                }
            }
            b'"' => drop(self.text()?),
            b't' | b'f' => drop(self.boolean()?),
            b'n' => self.null()?,
            _ => drop(self.number()?),
        }
        Ok(())
    }
}

/// What stands in an object or in a list.
struct Elements<'a, 'de> {
    reader: &'a mut Reader<'de>,
    first: bool,
}

impl Elements<'_, '_> {
    /// Whether there is one more.
    fn more(&mut self, closing: u8) -> Read<bool> {
        if self.reader.takes(closing) {
            self.reader.depth -= 1;
            return Ok(false);
        }
        if !std::mem::take(&mut self.first) {
            self.reader.take(b',')?;
        }
        Ok(true)
    }
}

impl<'de> SeqAccess<'de> for Elements<'_, 'de> {
    type Error = Wrong;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Read<Option<T::Value>> {
        if self.more(b']')? { seed.deserialize(&mut *self.reader).map(Some) } else { Ok(None) }
    }
}

impl<'de> MapAccess<'de> for Elements<'_, 'de> {
    type Error = Wrong;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Read<Option<K::Value>> {
        if self.more(b'}')? { seed.deserialize(&mut *self.reader).map(Some) } else { Ok(None) }
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Read<V::Value> {
        self.reader.take(b':')?;
        seed.deserialize(&mut *self.reader)
    }
}

/// A choice: its name alone, or an object whose only member has its name.
struct Choice<'a, 'de> {
    reader: &'a mut Reader<'de>,
    has_content: bool,
}

impl<'de> EnumAccess<'de> for Choice<'_, 'de> {
    type Error = Wrong;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Read<(V::Value, Self)> {
        let name = self.reader.text()?;
        let variant = seed.deserialize(IntoDeserializer::<Wrong>::into_deserializer(name.as_ref()))?;
        if self.has_content {
            self.reader.take(b':')?;
        }
        Ok((variant, self))
    }
}

impl<'de> VariantAccess<'de> for Choice<'_, 'de> {
    type Error = Wrong;

    fn unit_variant(self) -> Read<()> {
        if self.has_content { self.reader.null() } else { Ok(()) }
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Read<T::Value> {
        if self.has_content { seed.deserialize(self.reader) } else { Err(Wrong) }
    }

    fn tuple_variant<V: Visitor<'de>>(self, length: usize, visitor: V) -> Read<V::Value> {
        if self.has_content { self.reader.deserialize_tuple(length, visitor) } else { Err(Wrong) }
    }

    fn struct_variant<V: Visitor<'de>>(self, _: &'static [&'static str], visitor: V) -> Read<V::Value> {
        if self.has_content { self.reader.deserialize_map(visitor) } else { Err(Wrong) }
    }
}

/// Methods of a deserializer that all read the same.
macro_rules! alike {
    ($reader:ident, $visitor:ident, $read:expr, $($method:ident)+) => {
        $(fn $method<V: Visitor<'de>>(self, $visitor: V) -> Read<V::Value> {
            let $reader = self;
            $read
        })+
    };
}

impl<'de> Deserializer<'de> for &mut Reader<'de> {
    type Error = Wrong;

    /// Only a decimal asks for whatever comes: an integer stays one, any other number comes as it is written, so that no
    /// digit is lost.
    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Read<V::Value> {
        match self.peek().ok_or(Wrong)? {
            b'{' => self.deserialize_map(visitor),
            b'[' => self.deserialize_seq(visitor),
            b'"' => self.deserialize_str(visitor),
            b't' | b'f' => self.deserialize_bool(visitor),
            b'n' => self.deserialize_unit(visitor),
            _ => {
                let number = self.number()?;
                match number.parse() {
                    Ok(number) => visitor.visit_i64(number),
                    Err(_) => visitor.visit_str(number),
                }
            }
        }
    }

    alike!(reader, visitor, visitor.visit_bool(reader.boolean()?), deserialize_bool);
    alike!(reader, visitor, visitor.visit_i64(reader.number()?.parse().map_err(|_| Wrong)?),
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64);
    alike!(reader, visitor, visitor.visit_u64(reader.number()?.parse().map_err(|_| Wrong)?),
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64);
    alike!(reader, visitor, visitor.visit_f64(reader.number()?.parse().map_err(|_| Wrong)?),
        deserialize_f32 deserialize_f64);
    alike!(reader, visitor, visitor.visit_str(&reader.text()?),
        deserialize_char deserialize_str deserialize_string deserialize_identifier);
    alike!(reader, visitor, visitor.visit_seq(reader.enter(b'[')?), deserialize_seq);
    alike!(reader, visitor, visitor.visit_map(reader.enter(b'{')?), deserialize_map);

    /// The API has no bytes.
    fn deserialize_bytes<V: Visitor<'de>>(self, _: V) -> Read<V::Value> {
        Err(Wrong)
    }

    /// The API has no bytes.
    fn deserialize_byte_buf<V: Visitor<'de>>(self, _: V) -> Read<V::Value> {
        Err(Wrong)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Read<V::Value> {
        if self.takes_word("null") { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Read<V::Value> {
        self.null()?;
        visitor.visit_unit()
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Read<V::Value> {
        self.deserialize_unit(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Read<V::Value> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Read<V::Value> {
        let value = visitor.visit_seq(self.enter(b'[')?)?;
        // A tuple knows its length and has not looked for the end.
        self.take(b']')?;
        self.depth -= 1;
        Ok(value)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(self, _: &'static str, length: usize, visitor: V) -> Read<V::Value> {
        self.deserialize_tuple(length, visitor)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Read<V::Value> {
        self.deserialize_map(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Read<V::Value> {
        let has_content = self.takes(b'{');
        let value = visitor.visit_enum(Choice { reader: &mut *self, has_content })?;
        if has_content {
            self.take(b'}')?;
        }
        Ok(value)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Read<V::Value> {
        self.skip()?;
        visitor.visit_unit()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Serialize;
    use serde::de::DeserializeOwned;
    use serde_json::json;
    use shared::api::runs::{RunRequest, Scope};
    use shared::api::{EntryView, ErrorDocument, Shown};
    use shared::module::Module;
    use shared::organisation::XeroTaxRate;
    use shared::settings::{BooksSide, Direction, SettingChange, Settings, StatusTarget};
    use std::collections::BTreeMap;
    use std::fmt::Debug;

    fn same<T: DeserializeOwned + Serialize + PartialEq + Debug>(value: &T) {
        for text in [serde_json::to_string(value).unwrap(), serde_json::to_string_pretty(value).unwrap()] {
            assert_eq!(read::<T>(&text).as_ref(), Ok(value), "{text}");
        }
    }

    #[test]
    fn what_serde_json_writes_is_read_back() {
        let entry = json!({
            "id": "1", "module": "Purchase_Orders", "record_id": "", "name": "Zoë \"Q\" \\ 山田 \u{1f600}\n\u{1}",
            "outcome": "created", "at": "2026-05-01T09:00:00.25Z", "took_ms": -5, "by": null, "problems": [],
            "changes": [{
                "key": "due_date", "label": "Due date", "crm": { "day": "2026-05-01" }, "xero": null,
                "result": { "money": ["12.30", "AUD"] }, "written": "xero", "why": "new",
            }],
            "dependencies": [], "calls": [{ "api": "Xero", "call": "GET /x", "status": 200, "took_ms": 7, "correlation_id": null }],
            "party": "Acme", "from the future": { "list": [1, -2.5e3, true, false, null, "x", {}, []] },
        });
        let expected: EntryView = serde_json::from_value(entry.clone()).unwrap();
        assert_eq!(read::<EntryView>(&entry.to_string()), Ok(expected.clone()));
        same(&expected);
        same(&Settings::default());
        let mut settings = Settings::default();
        let targets = BTreeMap::from([("Sent".to_owned(), StatusTarget::Draft)]);
        settings.statuses.insert(Module::Invoices, targets);
        same(&settings);
        same(&Shown::Number("1".to_owned()));
        same(&Scope::Days(30));
        same(&Scope::Everything);
        same(&vec![Some(Direction::Both), None]);
        same(&vec![u64::MAX]);
        same(&i64::MIN);
    }

    #[test]
    fn a_decimal_keeps_every_digit() {
        for rate in ["10", "8.2500", "0.1", "-12.345678901234567", "33"] {
            let text = format!(
                r#"{{"tax_type":"OUTPUT","name":"GST","effective_rate":{rate},"active":true,"sales":true,"purchases":false}}"#
            );
            let read = read::<XeroTaxRate>(&text).unwrap();
            assert_eq!(read.effective_rate.to_string(), rate);
            assert_eq!(read, serde_json::from_str::<XeroTaxRate>(&text).unwrap());
        }
    }

    #[test]
    fn escapes_are_read_as_they_are_meant() {
        for (text, expected) in [
            (r#""""#, ""),
            (r#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{c}\n\r\t"),
            (r#""a\u00e9b\ud83d\ude00c""#, "aéb😀c"),
            ("  \"x\"\n", "x"),
        ] {
            assert_eq!(read::<String>(text).as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_is_wrong_is_refused() {
        for text in [
            "",
            "\"",
            "\"x",
            "\"\\",
            "\"\\x\"",
            "\"\\u12\"",
            "\"\\ud83d\"",
            "\"\\ud83d\\u0041\"",
            "\"\\udc00\"",
            "\"x\" y",
            "1",
            "null",
            "{}",
            "\"line\nbreak\"",
            "\"é\\u00é0\"",
        ] {
            assert!(read::<String>(text).is_err(), "{text}");
        }
        for text in
            ["", "[", "[1", "[1,]", "[,1]", "[1 2]", "[1}", "[1.5]", "[-1]", "[+]", "[99999999999]", "{}", "[1]]"]
        {
            assert!(read::<Vec<u32>>(text).is_err(), "{text}");
        }
        for text in ["[]", r#"{"pairs":[]}"#, r#"{"pairs":[],"scope":"never"}"#, r#"{"pairs":[],"scope":{"days":1}"#] {
            assert!(read::<RunRequest>(text).is_err(), "{text}");
        }
        for text in [r#"{"days":1,"days":2}"#, r#""days""#, r#"{"everything":1}"#, "{}", r#"{"days"}"#] {
            assert!(read::<Scope>(text).is_err(), "{text}");
        }
        assert!(read::<ErrorDocument>("<html>").is_err());
        assert_eq!(read::<Vec<bool>>("[true, no]"), Err(Unreadable { at: 7 }));
        let deep = |levels: usize| format!("{{\"x\":{}{}}}", "[".repeat(levels), "]".repeat(levels));
        assert!(read::<Settings>(&deep(90)).is_ok(), "what is not known is left out");
        assert!(read::<Settings>(&deep(200_000)).is_err());
    }

    #[test]
    fn a_change_comes_back_as_it_was_told() {
        same(&SettingChange::Tax { crm_tax: "GST".to_owned(), side: BooksSide::Sales, tax_type: "OUTPUT".to_owned() });
        same(&SettingChange::RoundingAccount { account_code: None });
    }
}
