//! The `where` and `order` parameters: a small grammar over the fields of a resource.
//!
//! `Field == "x"`, `!=`, `<`, `<=`, `>`, `>=`, `AND`, `OR`, `&&`, `||`, parentheses, `Guid("…")`, `DateTime(2026,9,14)`,
//! `true`, `false`, `null`, `.Contains("x")`, `.StartsWith("x")`, `.EndsWith("x")`.
//! Texts are compared without case and accents. A literal has no escape for a quotation mark.

use std::cmp::Ordering;

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use serde_json::Value;

use crate::dates;
use crate::json::Fault;

/// The type of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    Number,
    Date,
    Guid,
    Flag,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Text => "String",
            Self::Number => "Decimal?",
            Self::Date => "DateTime?",
            Self::Guid => "Guid?",
            Self::Flag => "Boolean?",
        }
    }
}

/// The fields that a resource can be filtered and ordered by: dotted path and type.
pub(crate) type Fields = &'static [(&'static str, Kind)];

#[derive(Debug, Clone, PartialEq)]
enum Literal {
    Text(String),
    Number(Decimal),
    Date(DateTime<Utc>),
    Guid(String),
    Flag(bool),
    Null,
}

impl Literal {
    fn name(&self) -> &'static str {
        match self {
            Self::Text(_) => "String",
            Self::Number(_) => "Decimal",
            Self::Date(_) => "DateTime",
            Self::Guid(_) => "Guid",
            Self::Flag(_) => "Boolean",
            Self::Null => "null",
        }
    }
}

#[derive(Debug, Clone, PartialEq)]
enum Test {
    Compare(&'static str, Literal),
    Contains(String),
    StartsWith(String),
    EndsWith(String),
    /// A boolean field on its own.
    IsTrue,
}

/// A parsed `where`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Filter {
    And(Box<Filter>, Box<Filter>),
    Or(Box<Filter>, Box<Filter>),
    Is(Leaf),
}

/// One comparison.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Leaf {
    path: &'static str,
    kind: Kind,
    test: Test,
}

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Name(String),
    Text(String),
    Number(Decimal),
    Sign(&'static str),
}

const SIGNS: &[&str] = &["==", "!=", ">=", "<=", "&&", "||", ">", "<", "(", ")", ",", "=", "-"];

fn tokens(text: &str) -> Result<Vec<Token>, Fault> {
    let mut out = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        if first == '"' {
            let inner = &rest[1..];
            let Some(end) = inner.find('"') else { return Err(Fault::Query("Unterminated string literal".to_owned())) };
            out.push(Token::Text(inner[..end].to_owned()));
            rest = &inner[end + 1..];
        } else if first.is_alphabetic() || first == '_' {
            let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '.')).unwrap_or(rest.len());
            out.push(Token::Name(rest[..end].to_owned()));
            rest = &rest[end..];
        } else if first.is_ascii_digit() {
            let end = rest.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(rest.len());
            let number = rest[..end].parse().map_err(|_| syntax(text, rest))?;
            out.push(Token::Number(number));
            rest = &rest[end..];
        } else if let Some(sign) = SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
            out.push(Token::Sign(sign));
            rest = &rest[sign.len()..];
        } else {
            return Err(syntax(text, rest));
        }
        rest = rest.trim_start();
    }
    Ok(out)
}

fn syntax(whole: &str, rest: &str) -> Fault {
    Fault::Query(format!("Syntax error at index {}", whole.len().saturating_sub(rest.len())))
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
    fields: Fields,
    resource: &'static str,
}

impl Parser {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    fn next(&mut self) -> Option<Token> {
        let token = self.tokens.get(self.at).cloned();
        self.at += 1;
        token
    }

    fn sign(&mut self, sign: &str) -> bool {
        let here = matches!(self.peek(), Some(Token::Sign(found)) if *found == sign);
        self.at += usize::from(here);
        here
    }

    fn word(&mut self, word: &str) -> bool {
        let here = matches!(self.peek(), Some(Token::Name(found)) if found.eq_ignore_ascii_case(word));
        self.at += usize::from(here);
        here
    }

    fn expect(&mut self, sign: &str) -> Result<(), Fault> {
        if self.sign(sign) { Ok(()) } else { Err(Fault::Query(format!("'{sign}' expected"))) }
    }

    fn either(&mut self) -> Result<Filter, Fault> {
        let mut left = self.both()?;
        while self.sign("||") || self.word("or") {
            left = Filter::Or(Box::new(left), Box::new(self.both()?));
        }
        Ok(left)
    }

    fn both(&mut self) -> Result<Filter, Fault> {
        let mut left = self.one()?;
        while self.sign("&&") || self.word("and") {
            left = Filter::And(Box::new(left), Box::new(self.one()?));
        }
        Ok(left)
    }

    fn one(&mut self) -> Result<Filter, Fault> {
        if self.sign("(") {
            let inner = self.either()?;
            self.expect(")")?;
            return Ok(inner);
        }
        let Some(Token::Name(name)) = self.next() else { return Err(Fault::Query("Expression expected".to_owned())) };
        let (path, method) = match name.rsplit_once('.') {
            Some((path, method)) if matches!(self.peek(), Some(Token::Sign("("))) => (path, Some(method)),
            _ => (name.as_str(), None),
        };
        let Some((path, kind)) = self.fields.iter().find(|(known, _)| known.eq_ignore_ascii_case(path)).copied() else {
            return Err(Fault::Query(format!("No property or field '{path}' exists in type '{}'", self.resource)));
        };
        let test = match method {
            Some(method) => self.method(method, kind)?,
            None => self.comparison(kind)?,
        };
        Ok(Filter::Is(Leaf { path, kind, test }))
    }

    fn method(&mut self, method: &str, kind: Kind) -> Result<Test, Fault> {
        let unknown = || Fault::Query(format!("No applicable method '{method}' exists in type '{}'", kind.name()));
        self.expect("(")?;
        let Some(Token::Text(text)) = self.next() else { return Err(unknown()) };
        self.expect(")")?;
        if kind != Kind::Text {
            return Err(unknown());
        }
        match method.to_ascii_lowercase().as_str() {
            "contains" => Ok(Test::Contains(fold(&text))),
            "startswith" => Ok(Test::StartsWith(fold(&text))),
            "endswith" => Ok(Test::EndsWith(fold(&text))),
            _ => Err(unknown()),
        }
    }

    fn comparison(&mut self, kind: Kind) -> Result<Test, Fault> {
        let operator = match self.peek() {
            Some(Token::Sign(sign)) => ["==", "!=", ">=", "<=", ">", "<"].into_iter().find(|known| known == sign),
            _ => None,
        };
        let Some(operator) = operator else {
            return if kind == Kind::Flag {
                Ok(Test::IsTrue)
            } else {
                Err(Fault::Query("Expression of type 'Boolean' expected".to_owned()))
            };
        };
        self.at += 1;
        let literal = self.literal()?;
        let fits = match (&literal, kind) {
            (Literal::Null, _)
            | (Literal::Text(_), Kind::Text)
            | (Literal::Number(_), Kind::Number)
            | (Literal::Date(_), Kind::Date)
            | (Literal::Guid(_), Kind::Guid) => true,
            (Literal::Flag(_), Kind::Flag) => matches!(operator, "==" | "!="),
            _ => false,
        };
        if !fits {
            return Err(Fault::Query(format!(
                "Operator '{operator}' incompatible with operand types '{}' and '{}'",
                kind.name(),
                literal.name()
            )));
        }
        Ok(Test::Compare(operator, literal))
    }

    fn literal(&mut self) -> Result<Literal, Fault> {
        let negative = self.sign("-");
        match self.next() {
            Some(Token::Number(number)) => Ok(Literal::Number(if negative { -number } else { number })),
            Some(Token::Text(text)) if !negative => Ok(Literal::Text(text)),
            Some(Token::Name(name)) if !negative => match name.to_ascii_lowercase().as_str() {
                "true" => Ok(Literal::Flag(true)),
                "false" => Ok(Literal::Flag(false)),
                "null" => Ok(Literal::Null),
                "guid" | "guid.parse" => {
                    self.expect("(")?;
                    let Some(Token::Text(text)) = self.next() else {
                        return Err(Fault::Query("Unrecognised GUID Format".to_owned()));
                    };
                    self.expect(")")?;
                    if crate::guids::is_guid(&text) {
                        Ok(Literal::Guid(text.to_ascii_lowercase()))
                    } else {
                        Err(Fault::Query("Unrecognised GUID Format".to_owned()))
                    }
                }
                "datetime" => self.date_time(),
                "datetime.parse" => {
                    self.expect("(")?;
                    let Some(Token::Text(text)) = self.next() else {
                        return Err(Fault::Query("Expression expected".to_owned()));
                    };
                    self.expect(")")?;
                    dates::parse_since(&text)
                        .map(Literal::Date)
                        .ok_or_else(|| Fault::Query("String was not recognized as a valid DateTime.".to_owned()))
                }
                _ => Err(Fault::Query(format!("Unknown identifier '{name}'"))),
            },
            _ => Err(Fault::Query("Expression expected".to_owned())),
        }
    }

    /// `DateTime(y,m,d)` or `DateTime(y,m,d,h,m,s)`, UTC.
    fn date_time(&mut self) -> Result<Literal, Fault> {
        let wrong = || Fault::Query("No applicable constructor exists in type 'DateTime'".to_owned());
        self.expect("(")?;
        let mut parts: Vec<u32> = Vec::new();
        loop {
            let Some(Token::Number(number)) = self.next() else { return Err(wrong()) };
            parts.push(number.try_into().map_err(|_| wrong())?);
            if !self.sign(",") {
                break;
            }
        }
        self.expect(")")?;
        let time = match parts.len() {
            3 => (0, 0, 0),
            6 => (parts[3], parts[4], parts[5]),
            _ => return Err(wrong()),
        };
        i32::try_from(parts[0])
            .ok()
            .and_then(|year| NaiveDate::from_ymd_opt(year, parts[1], parts[2]))
            .and_then(|day| day.and_hms_opt(time.0, time.1, time.2))
            .map(|at| Literal::Date(at.and_utc()))
            .ok_or_else(wrong)
    }
}

/// Reads a `where`.
///
/// # Errors
/// [`Fault::Query`] with the parser's message.
pub(crate) fn parse(text: &str, resource: &'static str, fields: Fields) -> Result<Filter, Fault> {
    let mut parser = Parser { tokens: tokens(text)?, at: 0, fields, resource };
    let filter = parser.either()?;
    if parser.peek().is_some() { Err(Fault::Query("Syntax error".to_owned())) } else { Ok(filter) }
}

/// Lower case without accents, as Xero's database compares.
pub(crate) fn fold(text: &str) -> String {
    text.chars()
        .flat_map(char::to_lowercase)
        .map(|c| match c {
            'à'..='å' | 'ā' | 'ă' | 'ą' => 'a',
            'ç' | 'ć' | 'č' => 'c',
            'ď' | 'đ' => 'd',
            'è'..='ë' | 'ē' | 'ę' | 'ě' => 'e',
            'ì'..='ï' | 'ī' | 'į' => 'i',
            'ł' | 'ľ' => 'l',
            'ñ' | 'ń' | 'ň' => 'n',
            'ò'..='ö' | 'ø' | 'ō' | 'ő' => 'o',
            'ř' => 'r',
            'ś' | 'š' | 'ş' => 's',
            'ť' | 'ţ' => 't',
            'ù'..='ü' | 'ū' | 'ů' | 'ű' => 'u',
            'ý' | 'ÿ' => 'y',
            'ź' | 'ż' | 'ž' => 'z',
            other => other,
        })
        .collect()
}

/// A rendered record's value at a dotted path.
pub(crate) fn at(row: &Value, path: &str) -> Value {
    path.split('.').fold(row, |value, name| value.get(name).unwrap_or(&Value::Null)).clone()
}

fn as_number(value: &Value) -> Option<Decimal> {
    value.as_number().and_then(|number| number.to_string().parse().ok())
}

fn compare(value: &Value, literal: &Literal) -> Option<Ordering> {
    match literal {
        Literal::Text(text) => value.as_str().map(|value| fold(value).cmp(&fold(text))),
        Literal::Guid(text) => value.as_str().map(|value| value.to_ascii_lowercase().cmp(text)),
        Literal::Number(number) => as_number(value).map(|value| value.cmp(number)),
        Literal::Date(date) => value.as_str().and_then(dates::parse_net).map(|value| value.cmp(date)),
        Literal::Flag(flag) => value.as_bool().map(|value| value.cmp(flag)),
        Literal::Null => None,
    }
}

impl Filter {
    /// True when the record with these values passes.
    pub(crate) fn passes(&self, field: &dyn Fn(&str) -> Value) -> bool {
        match self {
            Self::And(left, right) => left.passes(field) && right.passes(field),
            Self::Or(left, right) => left.passes(field) || right.passes(field),
            Self::Is(leaf) => leaf.passes(&field(leaf.path)),
        }
    }
}

impl Leaf {
    fn passes(&self, value: &Value) -> bool {
        let text = |test: &dyn Fn(&str) -> bool| value.as_str().is_some_and(|value| test(&fold(value)));
        match &self.test {
            Test::IsTrue => value.as_bool() == Some(true),
            Test::Contains(part) => text(&|value| value.contains(part)),
            Test::StartsWith(part) => text(&|value| value.starts_with(part)),
            Test::EndsWith(part) => text(&|value| value.ends_with(part)),
            Test::Compare("==", Literal::Null) => value.is_null(),
            Test::Compare(_, Literal::Null) => !value.is_null(),
            Test::Compare(operator, literal) => match (compare(value, literal), *operator) {
                (None, operator) => operator == "!=",
                (Some(order), "==") => order == Ordering::Equal,
                (Some(order), "!=") => order != Ordering::Equal,
                (Some(order), ">") => order == Ordering::Greater,
                (Some(order), "<") => order == Ordering::Less,
                (Some(order), ">=") => order != Ordering::Less,
                (Some(order), _) => order != Ordering::Greater,
            },
        }
    }
}

/// Sorts records by an `order` such as `UpdatedDateUTC DESC, Name`.
///
/// # Errors
/// [`Fault::Query`] when a field is not one that can be ordered by.
pub(crate) fn order<T>(
    text: &str,
    fields: Fields,
    rows: &mut [T],
    field: impl Fn(&T, &str) -> Value,
) -> Result<(), Fault> {
    let unsupported = || Fault::Query("OrderBy not supported".to_owned());
    let mut keys = Vec::new();
    for part in text.split(',') {
        let mut words = part.split_whitespace();
        let name = words.next().ok_or_else(unsupported)?;
        let descending = match words.next().map(str::to_ascii_lowercase).as_deref() {
            None | Some("asc" | "ascending") => false,
            Some("desc" | "descending") => true,
            Some(_) => return Err(unsupported()),
        };
        let (path, kind) = fields.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).ok_or_else(unsupported)?;
        keys.push((*path, *kind, descending));
    }
    rows.sort_by(|left, right| {
        keys.iter()
            .map(|(path, kind, descending)| {
                let (left, right) = (field(left, path), field(right, path));
                let order = match kind {
                    Kind::Number => as_number(&left).cmp(&as_number(&right)),
                    Kind::Date => {
                        left.as_str().and_then(dates::parse_net).cmp(&right.as_str().and_then(dates::parse_net))
                    }
                    Kind::Flag => left.as_bool().cmp(&right.as_bool()),
                    Kind::Text | Kind::Guid => left.as_str().map(fold).cmp(&right.as_str().map(fold)),
                };
                if *descending { order.reverse() } else { order }
            })
            .find(|order| *order != Ordering::Equal)
            .unwrap_or(Ordering::Equal)
    });
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const FIELDS: Fields = &[
        ("Name", Kind::Text),
        ("Reference", Kind::Text),
        ("IsSold", Kind::Flag),
        ("Date", Kind::Date),
        ("AmountDue", Kind::Number),
        ("Contact.ContactID", Kind::Guid),
    ];

    #[test]
    fn the_documented_grammar() {
        let row = json!({
            "Name": "Café Zürich", "IsSold": true, "Date": "/Date(1789344000000+0000)/", "AmountDue": 24.15,
            "Contact": { "ContactID": "aaaaaaaa-0000-4000-8000-000000000001" },
        });
        for (text, passes) in [
            ("Name==\"cafe zurich\"", true),
            ("name == \"CAFÉ ZÜRICH\"", true),
            ("Name.Contains(\"ZUR\") AND IsSold==true", true),
            ("Name.StartsWith(\"zur\") || Name.EndsWith(\"rich\")", true),
            ("IsSold", true),
            ("Date>=DateTime(2026, 09, 14)", true),
            ("Date > DateTime(2026,9,14,0,0,0)", false),
            ("AmountDue>24.1 && AmountDue<=24.15", true),
            ("AmountDue<-1", false),
            ("Contact.ContactID==Guid(\"AAAAAAAA-0000-4000-8000-000000000001\")", true),
            ("Reference!=null AND Reference.Contains(\"x\")", false),
            ("Reference==null", true),
            ("Reference!=\"x\"", true),
            ("Name==\"x\" AND Name==\"y\" OR IsSold==true", true),
            ("Name==\"x\" AND (Name==\"y\" OR IsSold==true)", false),
        ] {
            assert_eq!(parse(text, "Contact", FIELDS).unwrap().passes(&|path| at(&row, path)), passes, "{text}");
        }
    }

    #[test]
    fn errors_have_the_parser_s_own_words() {
        for (text, message) in [
            ("IsSold==\"true\"", "Operator '==' incompatible with operand types 'Boolean?' and 'String'"),
            ("Date>\"2026-01-01\"", "Operator '>' incompatible with operand types 'DateTime?' and 'String'"),
            ("Name==\"x", "Unterminated string literal"),
            ("Name==\"6\" pipe\"", "Unterminated string literal"),
            ("Colour==\"x\"", "No property or field 'Colour' exists in type 'Contact'"),
        ] {
            assert_eq!(parse(text, "Contact", FIELDS), Err(Fault::Query(message.to_owned())), "{text}");
        }
        for text in ["", "Name", "Name==", "(Name==\"x\"", "Name==\"x\" Name", "Name;1", "Contact.ContactID==\"x\""] {
            assert!(parse(text, "Contact", FIELDS).is_err(), "{text}");
        }
        assert_eq!(order("Colour", FIELDS, &mut [], at), Err(Fault::Query("OrderBy not supported".to_owned())));
    }

    #[test]
    fn rows_are_ordered_by_several_keys() {
        let mut rows =
            vec![json!({"Name": "b", "AmountDue": 9.0}), json!({"Name": "B", "AmountDue": 10.0}), json!({"Name": "a"})];
        order("Name ASC, AmountDue DESC", FIELDS, &mut rows, at).unwrap();
        assert_eq!(
            rows,
            [json!({"Name": "a"}), json!({"Name": "B", "AmountDue": 10.0}), json!({"Name": "b", "AmountDue": 9.0})]
        );
    }
}
