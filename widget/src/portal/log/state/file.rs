//! The log as a file.

/// A file has at most so many entries.
const LIMIT: usize = 10_000;

/// Whether a file may lack older entries: it has as many as one has at most. `csv`: RFC 4180, one line of names first.
#[must_use]
pub fn is_full(csv: &str) -> bool {
    // A line that ends within quotes is one of a cell.
    let mut quoted = false;
    let lines = csv.bytes().filter(|byte| {
        quoted ^= *byte == b'"';
        *byte == b'\n' && !quoted
    });
    lines.count() > LIMIT
}
