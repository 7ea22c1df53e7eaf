//! How much a page of the widget transfers, and the budget that it must keep.

use crate::build::{PAGES, Page};
use crate::process::{Failure, Result, files_under, read, root};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// One file as it is and as it travels.
#[derive(Debug, PartialEq, Eq)]
struct Row {
    file: String,
    raw: u64,
    gzip: u64,
    brotli: u64,
    /// The parts of the page that load it; none if it comes with the page.
    loaded_by: Vec<String>,
}

/// Where the build leaves the sizes of a page's files.
pub(crate) fn table_file(page: &str) -> PathBuf {
    root().join(".tools/sizes").join(page)
}

/// Prints a table per page.
///
/// # Errors
/// A page is over its budget.
pub(crate) fn report() -> Result<()> {
    let mut over = Vec::new();
    for page in &PAGES {
        let rows = parse(&read(&table_file(page.name))?)?;
        println!("{:<44} {:>10} {:>10} {:>10}", page.name, "raw", "gzip", "brotli");
        for row in &rows {
            println!("  {:<42} {:>10} {:>10} {:>10}", row.file, row.raw, row.gzip, row.brotli);
        }
        for (visit, total) in visits(&rows) {
            println!("  {visit:<42} {total:>32} of {} bytes", page.budget);
            if let Err(failure) = within_budget(page, &visit, total) {
                over.push(failure.to_string());
            }
        }
    }
    let worker: u64 = files_under(&root().join("edge/build"))
        .iter()
        .filter(|file| file.extension().is_some_and(|extension| extension == "wasm"))
        .filter_map(|file| std::fs::metadata(file).ok())
        .map(|file| file.len())
        .sum();
    if worker > 0 {
        println!("Worker: {worker} bytes of wasm");
    }
    if over.is_empty() { Ok(()) } else { Err(Failure::new(over.join("\n"))) }
}

/// What a first visit transfers in bytes: to the page alone, and to each of its parts.
fn visits(rows: &[Row]) -> Vec<(String, u64)> {
    let parts: BTreeSet<_> = rows.iter().flat_map(|row| &row.loaded_by).collect();
    let sum = |loads: &dyn Fn(&Row) -> bool| rows.iter().filter(|row| loads(row)).map(|row| row.brotli).sum();
    let alone = ("transferred".to_owned(), sum(&|row| row.loaded_by.is_empty()));
    let with = |part: &String| {
        let total = sum(&|row| row.loaded_by.is_empty() || row.loaded_by.contains(part));
        (format!("transferred with \"{part}\""), total)
    };
    std::iter::once(alone).chain(parts.into_iter().map(with)).collect()
}

fn within_budget(page: &Page, visit: &str, total: u64) -> Result<()> {
    if total <= page.budget {
        return Ok(());
    }
    let (name, over) = (page.name, total - page.budget);
    Err(Failure::new(format!("{name}: {visit}: {total} bytes, {over} more than its budget")))
}

/// Reads the table that the build has left.
fn parse(text: &str) -> Result<Vec<Row>> {
    let row = |line: &str| {
        let mut fields = line.split('\t');
        let file = Path::new(fields.next()?).file_name()?.to_string_lossy().into_owned();
        let mut number = || fields.next()?.parse().ok();
        let (raw, gzip, brotli) = (number()?, number()?, number()?);
        let loaded_by = fields.next()?.split_whitespace().map(str::to_owned).collect();
        Some(Row { file, raw, gzip, brotli, loaded_by })
    };
    text.lines().map(|line| row(line).ok_or_else(|| Failure::new(format!("not a size: {line}")))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn budget_is_inclusive() {
        for page in &PAGES {
            assert!(within_budget(page, "transferred", page.budget).is_ok());
            let failure = within_budget(page, "transferred", page.budget + 7).unwrap_err();
            assert!(failure.to_string().contains("7 more"), "{failure}");
        }
    }

    #[test]
    fn sizes_are_read_back() {
        let rows = parse("/x/dist/panel.html\t30\t20\t10\t\n").unwrap();
        assert_eq!(rows, [Row { file: "panel.html".to_owned(), raw: 30, gzip: 20, brotli: 10, loaded_by: Vec::new() }]);
        assert!(parse("panel.html\tmany\t1\t1\t").is_err());
    }

    #[test]
    fn each_part_counts_with_the_page_and_with_what_it_shares() {
        let rows = parse("a.html\t9\t9\t100\t\nb.wasm\t9\t9\t20\tlog\nc.wasm\t9\t9\t3\tlog runs\n").unwrap();
        let expected = [("transferred", 100), ("transferred with \"log\"", 123), ("transferred with \"runs\"", 103)];
        assert_eq!(visits(&rows), expected.map(|(visit, total)| (visit.to_owned(), total)));
    }
}
