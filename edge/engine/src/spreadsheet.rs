//! Cells that no spreadsheet takes for a formula (<https://owasp.org/www-community/attacks/CSV_Injection>).

use std::borrow::Cow;

/// A cell in which whatever a spreadsheet could execute stands behind an apostrophe.
///
/// Not only its beginning counts: a spreadsheet that takes another sign for the separator than we do (Excel in much of
/// Europe takes a semicolon) splits the cell there, quotes or not, and a line break begins a row. Signs that mean
/// nothing stand back: blanks and quotes before a formula are skipped as the spreadsheets skip them.
pub(crate) fn harmless(cell: &str) -> Cow<'_, str> {
    let mut safe = String::new();
    let mut taken = 0;
    let mut begins = true;
    for (at, letter) in cell.char_indices() {
        // A tab or a line break in front is dropped by some spreadsheets, with what it kept from being a formula.
        if begins && (begins_formula(letter) || (at == 0 && letter.is_control())) {
            safe.push_str(&cell[taken..at]);
            safe.push('\'');
            taken = at;
        }
        begins = separates(letter) || (begins && is_nothing(letter));
    }
    match taken {
        0 if safe.is_empty() => cell.into(),
        _ => {
            safe.push_str(&cell[taken..]);
            safe.into()
        }
    }
}

/// Whether a spreadsheet takes a cell that begins like this for a formula. Excel in East Asia reads the full-width
/// signs as the narrow ones.
fn begins_formula(letter: char) -> bool {
    matches!(letter, '=' | '+' | '-' | '@' | '\u{2212}' | '＝' | '＋' | '－' | '＠' | '﹦' | '﹢' | '﹣' | '﹫')
}

/// Whether some spreadsheet, with some setting, begins another cell after it.
fn separates(letter: char) -> bool {
    letter.is_control() || matches!(letter, ',' | ';' | '|' | '\u{2028}' | '\u{2029}')
}

/// Whether it is skipped where a cell begins: blanks, marks without a width, quotes.
fn is_nothing(letter: char) -> bool {
    letter.is_whitespace()
        || matches!(letter, '"' | '\u{feff}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_a_spreadsheet_could_execute_stands_behind_an_apostrophe() {
        for (cell, expected) in [
            ("=1+1", "'=1+1"),
            ("+61 2", "'+61 2"),
            ("-3", "'-3"),
            ("@SUM(A1)", "'@SUM(A1)"),
            // Blanks and marks that are skipped.
            (" =1", " '=1"),
            ("\u{a0}=1", "\u{a0}'=1"),
            ("\u{3000}＝1", "\u{3000}'＝1"),
            ("\u{feff}=1", "\u{feff}'=1"),
            ("\u{200b}=1", "\u{200b}'=1"),
            ("\u{202e}=1", "\u{202e}'=1"),
            ("\"=1\"", "\"'=1\""),
            ("\" =1\"", "\" '=1\""),
            // Signs that are dropped where a cell begins.
            ("\tx", "'\tx"),
            ("\rx", "'\rx"),
            ("\t=1", "'\t'=1"),
            ("\0=1", "'\0'=1"),
            // Full width, and what looks like it.
            ("＝1+1", "'＝1+1"),
            ("＋1", "'＋1"),
            ("－1", "'－1"),
            ("＠SUM(A1)", "'＠SUM(A1)"),
            ("﹦1", "'﹦1"),
            ("−1", "'−1"),
            // Another separator than ours.
            ("x;=1+1;y", "x;'=1+1;y"),
            ("x; =1+1", "x; '=1+1"),
            ("x;\"=1+1\"", "x;\"'=1+1\""),
            ("x,=1+1", "x,'=1+1"),
            ("x\t@SUM(A1)", "x\t'@SUM(A1)"),
            ("x|-1", "x|'-1"),
            (";=1;=2", ";'=1;'=2"),
            // Another row.
            ("x\n=1", "x\n'=1"),
            ("x\r\n+1", "x\r\n'+1"),
            ("x\r=1", "x\r'=1"),
            ("x\u{2028}=1", "x\u{2028}'=1"),
            ("x\u{b}=1", "x\u{b}'=1"),
        ] {
            assert_eq!(harmless(cell), expected, "{cell:?}");
        }
    }

    #[test]
    fn what_is_no_formula_stays_as_it_is() {
        for cell in
            ["", "a=b", "a - b", "Smith & Co; Sons", "1,234.50", "Quote \" and, comma\nline", "日本 Ltd", "it's"]
        {
            assert_eq!(harmless(cell), cell);
        }
    }

    #[test]
    fn it_is_harmless_after_any_split() {
        let cell = "a;b,\"=c\"\n+d\r\n;-e|@f\t＝g";
        let safe = harmless(cell);
        let pieces = safe.split([';', ',', '\n', '\r', '|', '\t']).map(|piece| piece.trim_matches([' ', '"']));
        for piece in pieces {
            assert!(!piece.starts_with(['=', '+', '-', '@', '＝']), "{piece:?} of {safe:?}");
        }
    }
}
