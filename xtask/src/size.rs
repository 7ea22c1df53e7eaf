//! How much a page of the widget transfers, and the budget that it must keep.

use crate::build::{PAGES, Page};
use crate::process::{Failure, Result, files_under, read, root};
use std::path::{Path, PathBuf};

/// One file as it is and as it travels.
#[derive(Debug, PartialEq, Eq)]
struct Row {
    file: String,
    raw: u64,
    gzip: u64,
    brotli: u64,
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
        let total = rows.iter().map(|row| row.brotli).sum();
        println!("{:<44} {:>10} {:>10} {:>10}", page.name, "raw", "gzip", "brotli");
        for row in &rows {
            println!("  {:<42} {:>10} {:>10} {:>10}", row.file, row.raw, row.gzip, row.brotli);
        }
        println!("  {:<42} {total:>32} of {} bytes", "transferred", page.budget);
        if let Err(failure) = within_budget(page, total) {
            over.push(failure.to_string());
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

fn within_budget(page: &Page, total: u64) -> Result<()> {
    if total <= page.budget {
        return Ok(());
    }
    let (name, over) = (page.name, total - page.budget);
    Err(Failure::new(format!("{name} transfers {total} bytes, {over} more than its budget")))
}

/// Reads what `compress.mjs` printed.
fn parse(text: &str) -> Result<Vec<Row>> {
    let row = |line: &str| {
        let mut fields = line.split('\t');
        let file = Path::new(fields.next()?).file_name()?.to_string_lossy().into_owned();
        let mut number = || fields.next()?.parse().ok();
        Some(Row { file, raw: number()?, gzip: number()?, brotli: number()? })
    };
    text.lines().map(|line| row(line).ok_or_else(|| Failure::new(format!("not a size: {line}")))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn budget_is_inclusive() {
        for page in &PAGES {
            assert!(within_budget(page, page.budget).is_ok());
            let failure = within_budget(page, page.budget + 7).unwrap_err();
            assert!(failure.to_string().contains("7 more"), "{failure}");
        }
    }

    #[test]
    fn sizes_are_read_back() {
        let rows = parse("/x/dist/panel.html\t30\t20\t10\n").unwrap();
        assert_eq!(rows, [Row { file: "panel.html".to_owned(), raw: 30, gzip: 20, brotli: 10 }]);
        assert!(parse("panel.html\tmany\t1\t1").is_err());
    }
}
