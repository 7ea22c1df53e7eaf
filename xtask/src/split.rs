//! Splits a page's WebAssembly file at the functions that its binary marks with `wasm_split`: what only they need goes
//! into files of their own, which the page loads when such a function is called for the first time.

use crate::process::{Failure, Result, read_bytes};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use wasm_split_cli_support::{Options, transform};

/// What the linker has to leave in the file: the places that name a function or data, by which it can be taken apart.
pub(crate) const LINK_FLAGS: [&str; 2] = ["-C", "link-arg=--emit-relocs"];

/// Where the loaders of the parts are, as wasm-bindgen's glue imports them.
const LOADERS: &str = "./__wasm_split.js";

/// A page's file without its parts, and the parts.
#[derive(Debug)]
pub(crate) struct Split {
    /// What wasm-bindgen takes.
    pub(crate) main: PathBuf,
    /// The rest.
    pub(crate) parts: Vec<Part>,
    /// The script that loads them. It names their files as [`Part::name_in_script`] says.
    pub(crate) loaders: PathBuf,
}

/// A file that is loaded later.
#[derive(Debug)]
pub(crate) struct Part {
    pub(crate) file: PathBuf,
    /// Those that it has something for: names that the binary gives to `wasm_split`.
    pub(crate) loaded_by: Vec<String>,
}

impl Part {
    /// What it is called: after the one that needs it, or a number if several share it.
    pub(crate) fn name(&self) -> String {
        let stem = stem(&self.file);
        stem.strip_prefix("split_").unwrap_or(&stem).replace("chunk_", "shared")
    }

    /// How the loaders name its file.
    pub(crate) fn name_in_script(&self) -> String {
        format!("\"./{}.wasm\"", stem(&self.file))
    }
}

/// Splits `compiled` into files in `work`.
///
/// # Errors
/// It was linked without [`LINK_FLAGS`], or marks no function.
pub(crate) fn split(page: &str, compiled: &Path, work: &Path) -> Result<Split> {
    let wasm = read_bytes(compiled)?;
    let main = work.join(format!("{page}.wasm"));
    let glue = format!("./{page}.js");
    let mut options = Options::new(&wasm);
    options.output_dir = work;
    options.main_out_path = &main;
    options.main_module = &glue;
    options.link_name = LOADERS;
    let split = transform(options).map_err(|error| Failure::new(format!("cannot split {page}.wasm: {error:#}")))?;
    let mut loaded_by: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (name, files) in split.prefetch_map {
        for file in files {
            loaded_by.entry(file).or_default().push(name.clone());
        }
    }
    let parts: Vec<_> = split
        .split_modules
        .into_iter()
        .filter_map(|file| {
            let mut loaded_by = loaded_by.remove(&stem(&file))?;
            loaded_by.sort();
            Some(Part { file, loaded_by })
        })
        .collect();
    if parts.is_empty() {
        return Err(Failure::new(format!("{page}.wasm has no part that could be loaded later"))
            .fix("mark functions of its binary with wasm_split, or say in build.rs that the page is in one piece"));
    }
    Ok(Split { main, parts, loaders: work.join(LOADERS) })
}

fn stem(file: &Path) -> String {
    file.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}
