//! The grammar of COQL, as far as it is documented:
//! `select A, B.C from M where (…) order by A asc, B desc limit 0, 200`.

use crate::errors::Problem;
use serde_json::json;

/// A comparison's right side.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Literal {
    Text(String),
    /// A number or another bare word, as written.
    Bare(String),
}

/// A condition.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Condition {
    Compare { column: String, operator: String, values: Vec<Literal> },
    And(Box<Condition>, Box<Condition>),
    Or(Box<Condition>, Box<Condition>),
}

/// A parsed query.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Query {
    pub(crate) columns: Vec<String>,
    pub(crate) module: String,
    pub(crate) condition: Condition,
    /// Column and whether it descends.
    pub(crate) order: Vec<(String, bool)>,
    pub(crate) offset: usize,
    pub(crate) limit: usize,
}

#[derive(Debug, Clone, PartialEq)]
struct Token {
    kind: TokenKind,
    column: usize,
}

#[derive(Debug, Clone, PartialEq)]
enum TokenKind {
    Word(String),
    Text(String),
    Sign(String),
}

/// Rows without a `limit`.
const DEFAULT_LIMIT: usize = 200;

/// Parses a query.
pub(crate) fn parse(query: &str) -> Result<Query, Problem> {
    let mut parser = Parser { tokens: tokens(query)?, at: 0, end: query.chars().count() };
    let query = parser.query()?;
    if parser.at < parser.tokens.len() { Err(parser.error()) } else { Ok(query) }
}

fn syntax_error(near: &str, column: usize) -> Problem {
    Problem::new(400, "SYNTAX_ERROR", "invalid query formed", json!({"line": 1, "column": column + 1, "near": near}))
}

fn tokens(query: &str) -> Result<Vec<Token>, Problem> {
    let signs: Vec<char> = query.chars().collect();
    let mut out = Vec::new();
    let mut at = 0;
    while let Some(&sign) = signs.get(at) {
        let column = at;
        let kind = if sign.is_whitespace() {
            at += 1;
            continue;
        } else if sign == '\'' {
            let mut text = String::new();
            at += 1;
            loop {
                match signs.get(at) {
                    // How a quotation mark is written inside a text is documented nowhere: no way is taken.
                    None | Some('\\' | '"') => return Err(syntax_error(&text, column)),
                    Some('\'') => break,
                    Some(&other) => text.push(other),
                }
                at += 1;
            }
            at += 1;
            TokenKind::Text(text)
        } else if sign.is_alphanumeric() || "_.-+$".contains(sign) {
            let word: String =
                signs[at..].iter().take_while(|c| c.is_alphanumeric() || "_.-+:$".contains(**c)).collect();
            at += word.chars().count();
            TokenKind::Word(word)
        } else {
            let pair: String = signs[at..].iter().take(2).collect();
            let text = if matches!(pair.as_str(), "!=" | ">=" | "<=" | "<>") { pair } else { sign.to_string() };
            at += text.chars().count();
            TokenKind::Sign(text)
        };
        out.push(Token { kind, column });
    }
    Ok(out)
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
    end: usize,
}

impl Parser {
    fn error(&self) -> Problem {
        match self.tokens.get(self.at) {
            Some(Token { kind: TokenKind::Word(text) | TokenKind::Text(text) | TokenKind::Sign(text), column }) => {
                syntax_error(text, *column)
            }
            None => syntax_error("", self.end),
        }
    }

    fn is_keyword(&self, keyword: &str) -> bool {
        matches!(self.tokens.get(self.at), Some(Token { kind: TokenKind::Word(word), .. }) if word.eq_ignore_ascii_case(keyword))
    }

    fn keyword(&mut self, keyword: &str) -> bool {
        let found = self.is_keyword(keyword);
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, keyword: &str) -> Result<(), Problem> {
        if self.keyword(keyword) { Ok(()) } else { Err(self.error()) }
    }

    fn sign(&mut self, sign: &str) -> bool {
        let found = matches!(self.tokens.get(self.at), Some(Token { kind: TokenKind::Sign(text), .. }) if text == sign);
        self.at += usize::from(found);
        found
    }

    fn word(&mut self) -> Result<String, Problem> {
        match self.tokens.get(self.at) {
            Some(Token { kind: TokenKind::Word(word), .. }) => {
                self.at += 1;
                Ok(word.clone())
            }
            _ => Err(self.error()),
        }
    }

    fn query(&mut self) -> Result<Query, Problem> {
        self.expect("select")?;
        let mut columns = vec![self.word()?];
        while self.sign(",") {
            columns.push(self.word()?);
        }
        self.expect("from")?;
        let module = self.word()?;
        if !self.keyword("where") {
            return Err(Problem::new(
                400,
                "SYNTAX_ERROR",
                "missing clause",
                json!({"clause": "where", "line": 1, "column": self.end, "near": module}),
            ));
        }
        let condition = self.condition()?;
        let mut order = Vec::new();
        if self.keyword("order") {
            self.expect("by")?;
            loop {
                let column = self.word()?;
                let descending = self.keyword("desc");
                if !descending {
                    self.keyword("asc");
                }
                order.push((column, descending));
                if !self.sign(",") {
                    break;
                }
            }
        }
        let (mut offset, mut limit) = (0, DEFAULT_LIMIT);
        if self.keyword("limit") {
            limit = self.count()?;
            if self.sign(",") {
                offset = limit;
                limit = self.count()?;
            } else if self.keyword("offset") {
                offset = self.count()?;
            }
        }
        Ok(Query { columns, module, condition, order, offset, limit })
    }

    fn count(&mut self) -> Result<usize, Problem> {
        let position = self.at;
        let word = self.word()?;
        // Larger numbers than any limit count as a million, so that sums cannot overflow.
        word.parse().map(|number: usize| number.min(1_000_000)).map_err(|_| {
            self.at = position;
            self.error()
        })
    }

    /// At most two conditions side by side: more have to be bracketed in pairs, `((A and B) and C)`.
    fn condition(&mut self) -> Result<Condition, Problem> {
        let left = self.operand()?;
        let make: fn(Box<Condition>, Box<Condition>) -> Condition = if self.keyword("and") {
            Condition::And
        } else if self.keyword("or") {
            Condition::Or
        } else {
            return Ok(left);
        };
        let right = self.operand()?;
        if self.is_keyword("and") || self.is_keyword("or") {
            return Err(self.error());
        }
        Ok(make(Box::new(left), Box::new(right)))
    }

    fn operand(&mut self) -> Result<Condition, Problem> {
        if self.sign("(") {
            let inner = self.condition()?;
            return if self.sign(")") { Ok(inner) } else { Err(self.error()) };
        }
        let column = self.word()?;
        if self.keyword("is") {
            let operator = if self.keyword("not") { "is not null" } else { "is null" };
            self.expect("null")?;
            return Ok(Condition::Compare { column, operator: operator.into(), values: Vec::new() });
        }
        let negated = self.keyword("not");
        if self.keyword("in") {
            if !self.sign("(") {
                return Err(self.error());
            }
            let mut values = vec![self.literal()?];
            while self.sign(",") {
                values.push(self.literal()?);
            }
            if !self.sign(")") {
                return Err(self.error());
            }
            return Ok(Condition::Compare { column, operator: if negated { "not in" } else { "in" }.into(), values });
        }
        if self.keyword("like") {
            let operator = if negated { "not like" } else { "like" };
            return Ok(Condition::Compare { column, operator: operator.into(), values: vec![self.literal()?] });
        }
        if !negated && self.keyword("between") {
            let low = self.literal()?;
            self.expect("and")?;
            let values = vec![low, self.literal()?];
            return Ok(Condition::Compare { column, operator: "between".into(), values });
        }
        let operator = ["=", "!=", ">=", "<=", ">", "<"].iter().find(|sign| !negated && self.sign(sign));
        let operator = (*operator.ok_or_else(|| self.error())?).to_owned();
        Ok(Condition::Compare { column, operator, values: vec![self.literal()?] })
    }

    fn literal(&mut self) -> Result<Literal, Problem> {
        match self.tokens.get(self.at) {
            Some(Token { kind: TokenKind::Text(text), .. }) => {
                self.at += 1;
                Ok(Literal::Text(text.clone()))
            }
            Some(Token { kind: TokenKind::Word(word), .. }) => {
                self.at += 1;
                Ok(Literal::Bare(word.clone()))
            }
            _ => Err(self.error()),
        }
    }
}
