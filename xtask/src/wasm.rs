//! A Rust toolchain with the target wasm32-unknown-unknown.
//!
//! First choice: the toolchain in use has the target, or `rustup target add` brings it.
//! Where rustup cannot download, Debian's second Rust toolchain does: it comes with the source of std, from which std
//! is built once for wasm. That toolchain is then used for the wasm builds only.

use crate::process::{
    Context, Failure, Result, cargo, command, create_dir, files_under, on_path, output, remove_dir, root, run_quietly,
    step, target_dir, write,
};
use crate::tools::{apt_install, cache_dir, keep};
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The target's name.
pub(crate) const TARGET: &str = "wasm32-unknown-unknown";
/// Debian's toolchain, the source of its std, and its linker for wasm.
const DEBIAN_RUST: [&str; 5] = ["rustc-web", "cargo-web", "rust-web-src", "rust-web-llvm", "lld-22"];
/// Debian's clippy, which only the tests need.
const DEBIAN_CLIPPY: [&str; 1] = ["rust-web-clippy"];
/// The name under which rustup knows Debian's toolchain.
const DEBIAN_NAME: &str = "debian-web";
const DEBIAN_RUSTC: &str = "/usr/bin/rustc";
const DEBIAN_CARGO: &str = "/usr/bin/cargo";

/// Which toolchain builds for wasm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WasmToolchain {
    /// The one that is in use anyway.
    InUse,
    /// Debian's, linked to rustup as [`DEBIAN_NAME`].
    Debian,
}

impl fmt::Display for WasmToolchain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::InUse => "the toolchain in use",
            Self::Debian => DEBIAN_NAME,
        })
    }
}

impl WasmToolchain {
    /// Makes `command` (cargo, or a program that calls cargo) build for wasm.
    ///
    /// The target folder is one of its own: native builds then need not wait for wasm builds, nor wasm's for theirs.
    pub(crate) fn apply(self, command: &mut Command) {
        command.env("CARGO_TARGET_DIR", wasm_target_dir());
        if self == Self::Debian {
            command.env("RUSTUP_TOOLCHAIN", DEBIAN_NAME);
        }
    }

    /// Cargo for wasm builds; `--target` is still to be given.
    pub(crate) fn cargo(self) -> Command {
        let mut cargo = cargo();
        self.apply(&mut cargo);
        cargo
    }

    /// Installs clippy for this toolchain where that is up to us.
    pub(crate) fn ensure_clippy(self) -> Result<()> {
        if self == Self::Debian && !Path::new("/usr/bin/cargo-clippy").is_file() {
            apt_install("clippy for wasm", &DEBIAN_CLIPPY)?;
        }
        Ok(())
    }
}

/// Cargo's target folder of the wasm builds.
pub(crate) fn wasm_target_dir() -> PathBuf {
    target_dir().join("wasm")
}

/// Finds or installs a toolchain that builds for wasm.
///
/// # Errors
/// Rust is missing, or neither rustup nor apt-get can bring the target.
pub(crate) fn ensure() -> Result<WasmToolchain> {
    if has_target("rustc") {
        return Ok(WasmToolchain::InUse);
    }
    if on_path("rustup").is_none() {
        return Err(Failure::new(format!("the Rust toolchain in use cannot build for {TARGET}"))
            .fix("install Rust with rustup: https://rustup.rs"));
    }
    if debian_is_ready() {
        return Ok(WasmToolchain::Debian);
    }
    step(format_args!("Add {TARGET} with rustup"));
    match output(command("rustup").args(["target", "add", TARGET])) {
        Ok(_) if has_target("rustc") => return Ok(WasmToolchain::InUse),
        Ok(_) => step("rustup succeeded, but the target is not there; use Debian's toolchain instead"),
        Err(failure) => {
            step(format_args!("rustup could not: {}", reason(&failure.to_string())));
        }
    }
    if debian_source().is_none() {
        apt_install("a Rust toolchain for wasm", &DEBIAN_RUST)?;
    }
    if !has_target(DEBIAN_RUSTC) {
        install_std()?;
    }
    output(command("rustup").args(["toolchain", "link", DEBIAN_NAME, "/usr"]))?;
    if debian_is_ready() {
        return Ok(WasmToolchain::Debian);
    }
    Err(Failure::new(format!("{DEBIAN_RUSTC} still cannot build for {TARGET}"))
        .fix(format!("rustup target add {TARGET} on a machine that reaches static.rust-lang.org")))
}

/// The line of a program's output that names the error.
fn reason(text: &str) -> &str {
    text.lines().find(|line| line.contains("error: ")).or(text.lines().next()).unwrap_or(text)
}

/// Whether this rustc has a std for wasm.
fn has_target(rustc: &str) -> bool {
    target_libdir(rustc).is_ok_and(|dir| files_under(&dir).iter().any(|file| is_last(file)))
}

/// Whether it is the crate `test`, which stands on std and without which no test compiles.
fn is_last(library: &Path) -> bool {
    library.file_name().is_some_and(|name| name.to_string_lossy().starts_with("libtest-"))
}

fn target_libdir(rustc: &str) -> Result<PathBuf> {
    output(command(rustc).args(["--print", "target-libdir", "--target", TARGET])).map(PathBuf::from)
}

fn debian_is_ready() -> bool {
    let linked = output(command("rustup").args(["toolchain", "list"]))
        .is_ok_and(|list| list.lines().any(|line| line.split_whitespace().next() == Some(DEBIAN_NAME)));
    linked && has_target(DEBIAN_RUSTC)
}

/// Debian's std source, if all the packages are there.
fn debian_source() -> Option<PathBuf> {
    let sysroot = output(command(DEBIAN_RUSTC).args(["--print", "sysroot"])).ok()?;
    let library = Path::new(&sysroot).join("lib/rustlib/src/rust/library/std");
    let cargo = Path::new(DEBIAN_CARGO).is_file() && on_path("rust-lld").is_some();
    (cargo && library.is_dir()).then_some(library)
}

/// Puts std for wasm into Debian's toolchain: from the cache, or compiled from Debian's source.
fn install_std() -> Result<()> {
    let version = output(command(DEBIAN_RUSTC).arg("-vV"))?;
    let of = |key: &str| version.lines().find_map(|line| line.strip_prefix(key)).unwrap_or("unknown").trim().to_owned();
    let key = format!("{}-{}", of("release:"), of("commit-hash:"));
    let cached = cache_dir().map(|cache| cache.join("wasm-std-and-test").join(key));
    let built = match &cached {
        Some(cached) if !files_under(cached).is_empty() => {
            step(format_args!("Take std for wasm from {}", cached.display()));
            cached.clone()
        }
        _ => {
            let built = build_std()?;
            keep(&built, cached.as_deref());
            built
        }
    };
    let libdir = target_libdir(DEBIAN_RUSTC)?;
    let failed = || format!("cannot write {} (run set-up once as root)", libdir.display());
    // What was there is of another build: two stds side by side are ambiguous.
    remove_dir(&libdir)?;
    std::fs::create_dir_all(&libdir).context(failed)?;
    // The last library says that the rest is there.
    let mut files = files_under(&built);
    files.sort_by_key(|file| is_last(file));
    for file in files {
        std::fs::copy(&file, libdir.join(file.file_name().unwrap_or_default())).context(failed)?;
    }
    Ok(())
}

/// Compiles std for wasm; returns the folder with its libraries.
fn build_std() -> Result<PathBuf> {
    step("Build std for wasm from Debian's source (about 1 minute, once)");
    let dir = root().join(".tools/std");
    remove_dir(&dir)?;
    // An empty library makes cargo build std; `[workspace]` keeps it out of ours.
    let manifest = "[package]\nname = \"nothing\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[workspace]\n";
    write(&dir.join("crate/Cargo.toml"), manifest)?;
    write(&dir.join("crate/src/lib.rs"), "#![no_std]\n")?;
    let mut build = command(DEBIAN_CARGO);
    build
        .args(["build", "-Z", "build-std=std,panic_abort,test", "--release", "--target", TARGET])
        .current_dir(dir.join("crate"))
        .env("CARGO_TARGET_DIR", dir.join("target"))
        .env("RUSTC", DEBIAN_RUSTC)
        .env("RUSTC_BOOTSTRAP", "1")
        // The release builds link with LTO, which needs std's bitcode.
        .env("RUSTFLAGS", "-Cembed-bitcode=yes")
        .env_remove("CARGO_ENCODED_RUSTFLAGS");
    run_quietly(&mut build)?;
    let libraries = dir.join("lib");
    create_dir(&libraries)?;
    for file in files_under(&dir.join("target").join(TARGET).join("release/deps")) {
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name.starts_with("lib") && name.ends_with(".rlib") && !name.starts_with("libnothing") {
            std::fs::copy(&file, libraries.join(&name)).context(|| format!("cannot copy {}", file.display()))?;
        }
    }
    // Cargo does not notice that std changed: what was built against another std must go.
    remove_dir(&wasm_target_dir())?;
    Ok(libraries)
}
