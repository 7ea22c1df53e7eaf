//! Builds what is deployed: the widget's static files into `dist/`, the Worker into `edge/build/`.
//!
//! A stamp per part (a hash of everything that goes in) makes an unchanged part cost nothing, because wrangler runs
//! this build at each start and at each saved file.

use crate::process::{
    Context, Failure, Result, command, create_dir, files_under, read, read_bytes, remove_dir, root, run, run_quietly,
    step, write,
};
use crate::size;
use crate::split;
use crate::texts_file;
use crate::tools::{self, Tools};
use crate::wasm::{TARGET, wasm_target_dir};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// A page of the widget: a binary of the package `widget` with `widget/<name>.html` and `widget/<name>.css`.
///
/// The template names its files with `{{css}}`, `{{js}}` (wasm-bindgen's glue), `{{wasm}}` and `{{boot}}` (the script
/// that starts the page, `widget/<name>.boot.js` or `widget/boot.js`, because the content security policy allows no inline
/// script) and `{{german}}` (`widget/<name>.de.txt`, where the page's texts in German are not in its program).
#[derive(Debug)]
pub(crate) struct Page {
    /// The name of its binary and of its files.
    pub(crate) name: &'static str,
    /// How many bytes it may transfer, compressed, until what somebody has opened is there.
    pub(crate) budget: u64,
    /// Whether its binary marks functions that are loaded when they are called ([`split`]).
    splits: bool,
}

/// The widget's pages.
pub(crate) const PAGES: [Page; 2] =
    [Page { name: "panel", budget: 150_000, splits: false }, Page { name: "portal", budget: 300_000, splits: true }];

/// What rustc uses of WebAssembly, so that wasm-opt accepts it.
const WASM_FEATURES: [&str; 6] = [
    "--enable-bulk-memory",
    "--enable-nontrapping-float-to-int",
    "--enable-sign-ext",
    "--enable-mutable-globals",
    "--enable-reference-types",
    "--enable-multivalue",
];

/// How wasm-opt makes a page small, measured as it travels: compressed with Brotli.
///
/// Nothing uses the first kilobyte of memory, into which only a stack that overflows would grow, so that more offsets fit
/// into loads and stores. Common subexpressions stay where they are: what looks alike packs better than what is shared.
///
/// No browser reads who made a file and what it uses of WebAssembly. Each of the portal's thirty would say it.
const SHRINK: [&str; 6] = [
    "--low-memory-unused",
    "-Oz",
    "--converge",
    "--skip-pass=local-cse",
    "--strip-producers",
    "--strip-target-features",
];

/// Set to `dev`, it makes a build that wrangler starts quick instead of small.
pub(crate) const PROFILE_VARIABLE: &str = "LEDGERLINK_PROFILE";

/// Small and slow to build, or large and quick.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Profile {
    Release,
    Dev,
}

impl Profile {
    /// `dev` if the flag was given or the environment says so.
    pub(crate) fn choose(dev_flag: bool) -> Self {
        if dev_flag || std::env::var_os(PROFILE_VARIABLE).is_some_and(|value| value == "dev") {
            Self::Dev
        } else {
            Self::Release
        }
    }

    /// The name that this profile has in [`PROFILE_VARIABLE`] and in stamps.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Release => "release",
            Self::Dev => "dev",
        }
    }

    fn cargo_flags(self) -> &'static [&'static str] {
        match self {
            Self::Release => &["--release"],
            Self::Dev => &[],
        }
    }

    fn cargo_dir(self) -> &'static str {
        match self {
            Self::Release => "release",
            Self::Dev => "debug",
        }
    }
}

/// The folder of the static files.
pub(crate) fn dist() -> PathBuf {
    root().join("dist")
}

/// Builds everything.
pub(crate) fn all(tools: &Tools, profile: Profile) -> Result<()> {
    let _one_at_a_time = lock()?;
    write_dev_vars()?;
    widget(tools, profile)?;
    worker(tools, profile)
}

/// Builds the widget only.
pub(crate) fn widget_only(tools: &Tools, profile: Profile) -> Result<()> {
    let _one_at_a_time = lock()?;
    widget(tools, profile)
}

/// Waits until no other build of this checkout runs. Unlocks when dropped.
fn lock() -> Result<File> {
    let path = root().join(".tools/build.lock");
    write(&path, "")?;
    let file = File::open(&path).context(|| format!("cannot open {}", path.display()))?;
    file.lock().context(|| format!("cannot lock {}", path.display()))?;
    Ok(file)
}

/// A part of the build with the stamp of its last success.
struct Part {
    stamp: PathBuf,
    fingerprint: String,
}

impl Part {
    fn new(name: &str, profile: Profile, tools: &Tools, inputs: &[&str]) -> Result<Self> {
        let mut hash = Sha256::new();
        hash.update(format!("{} {} {}", include_str!("build.rs"), profile.name(), tools.wasm));
        let common = ["Cargo.toml", "Cargo.lock", ".cargo/config.toml", "package-lock.json", "xtask/compress.mjs"];
        for input in common.iter().chain(inputs) {
            let path = root().join(input);
            let files = if path.is_dir() { files_under(&path) } else { vec![path] };
            for file in files {
                let name = file.strip_prefix(root()).unwrap_or(&file);
                let tests =
                    name.components().any(|part| ["tests", "examples"].contains(&&*part.as_os_str().to_string_lossy()));
                if tests || name.starts_with("edge/build") {
                    continue;
                }
                let content = read_bytes(&file)?;
                hash.update(format!("\n{} {}\n", name.display(), content.len()));
                hash.update(content);
            }
        }
        Ok(Self { stamp: root().join(".tools/stamps").join(name), fingerprint: hex(&hash.finalize()) })
    }

    /// The outputs of the last success, if nothing changed since and all of them are still there.
    fn up_to_date(&self) -> Option<Vec<PathBuf>> {
        let text = std::fs::read_to_string(&self.stamp).ok()?;
        let (fingerprint, outputs) = text.split_once('\n')?;
        let outputs: Vec<_> = outputs.lines().map(|line| root().join(line)).collect();
        (fingerprint == self.fingerprint && outputs.iter().all(|file| file.is_file())).then_some(outputs)
    }

    fn done(&self, outputs: &[PathBuf]) -> Result<()> {
        let mut text = self.fingerprint.clone();
        for output in outputs {
            text.push('\n');
            text.push_str(&output.strip_prefix(root()).unwrap_or(output).to_string_lossy());
        }
        write(&self.stamp, text)
    }
}

fn widget(tools: &Tools, profile: Profile) -> Result<()> {
    let part = Part::new("widget", profile, tools, &["widget", "shared"])?;
    if part.up_to_date().is_some() {
        step("Widget: up to date");
        return Ok(());
    }
    step(format_args!("Widget: compile ({})", profile.name()));
    for page in &PAGES {
        let mut cargo = tools.wasm.cargo();
        cargo.args(["rustc", "--quiet", "--package", "widget", "--target", TARGET, "--bin", page.name]);
        cargo.args(profile.cargo_flags());
        if page.splits {
            cargo.arg("--").args(split::LINK_FLAGS);
        }
        run(&mut cargo)?;
    }
    let mut outputs = Vec::new();
    for page in &PAGES {
        step(format_args!("Widget: {}: bind, shrink, compress", page.name));
        outputs.extend(build_page(tools, profile, page)?);
    }
    remove_others(&outputs)?;
    part.done(&outputs)
}

/// Turns one compiled binary into its files in `dist/`; returns them and the table of their sizes.
fn build_page(tools: &Tools, profile: Profile, page: &Page) -> Result<Vec<PathBuf>> {
    let (page, splits) = (page.name, page.splits);
    let work = root().join(".tools/work").join(page);
    remove_dir(&work)?;
    create_dir(&work)?;
    let mut compiled = wasm_target_dir().join(TARGET).join(profile.cargo_dir()).join(format!("{page}.wasm"));
    let split = if splits { Some(split::split(page, &compiled, &work)?) } else { None };
    if let Some(split) = &split {
        compiled.clone_from(&split.main);
    }
    let mut bindgen = command(&tools.wasm_bindgen);
    bindgen.arg(&compiled).args(["--target", "web", "--no-typescript", "--out-name", page, "--out-dir"]).arg(&work);
    if splits {
        // The parts use the main file's memory and table of functions, which the linker has exported.
        bindgen.arg("--keep-lld-exports");
    }
    if profile == Profile::Release {
        bindgen.args(["--remove-name-section", "--remove-producers-section"]);
    }
    run_quietly(&mut bindgen)?;

    let wasm = asset(page, "wasm", &read_bytes(&shrink(tools, profile, &work.join(format!("{page}_bg.wasm")))?)?)?;

    // The loaders become a part of the script below, so they have to know their files' names by then.
    let mut parts = Vec::new();
    if let Some(split) = &split {
        let mut loaders = read(&split.loaders)?;
        for part in &split.parts {
            let name = format!("{page}-{}", part.name());
            let file = asset(&name, "wasm", &read_bytes(&shrink(tools, profile, &part.file)?)?)?;
            loaders = with_name(&loaders, part, &file)?;
            parts.push((part, file));
        }
        write(&split.loaders, loaders)?;
    }

    let script = work.join("script.js");
    // wasm-bindgen imports the loaders once for each of them, and puts them all under one name.
    let flags = ["--bundle", "--format=esm", "--log-override:duplicate-object-key=silent"];
    esbuild(tools, &work.join(format!("{page}.js")), &script, &flags)?;
    let js = asset(page, "js", &read_bytes(&script)?)?;

    let own = root().join(format!("widget/{page}.boot.js"));
    let boot_source = if own.exists() { own } else { root().join("widget/boot.js") };
    let boot = work.join("boot.js");
    esbuild(tools, &boot_source, &boot, &["--bundle", "--format=esm"])?;
    let boot = asset("boot", "js", &read_bytes(&boot)?)?;

    let styles = work.join("styles.css");
    esbuild(tools, &root().join(format!("widget/{page}.css")), &styles, &["--bundle"])?;
    let css = asset(page, "css", &read_bytes(&styles)?)?;

    let template = read(&root().join(format!("widget/{page}.html")))?;
    let mut urls =
        vec![("{{css}}", url(&css)), ("{{js}}", url(&js)), ("{{wasm}}", url(&wasm)), ("{{boot}}", url(&boot))];
    // The page's texts in German, where they are not in its program.
    let german = root().join(format!("widget/{page}.de.txt"));
    let german = german.exists().then(|| asset(&format!("{page}-de"), "txt", &packed(&german)?)).transpose()?;
    urls.extend(german.as_deref().map(|file| ("{{german}}", url(file))));
    let html = dist().join(format!("{page}.html"));
    write(&html, fill_template(&template, &urls)?)?;

    let mut files = vec![html, css, boot, js, wasm];
    let mut measured = compress(&files, &[])?;
    if let Some(german) = german {
        measured.push_str(&compress(std::slice::from_ref(&german), &["German".to_owned()])?);
        files.push(german);
    }
    for (part, file) in parts {
        measured.push_str(&compress(std::slice::from_ref(&file), &part.loaded_by)?);
        files.push(file);
    }
    files.extend(files.clone().iter().map(|file| with_br(file)));
    let sizes = size::table_file(page);
    write(&sizes, measured)?;
    files.push(sizes);
    Ok(files)
}

/// A file of texts as it travels.
fn packed(file: &Path) -> Result<Vec<u8>> {
    let packed = texts_file::pack(&read(file)?);
    Ok(packed.map_err(|wrong| Failure::new(format!("{}: {wrong}", file.display())))?.into_bytes())
}

/// Makes a WebAssembly file small; a quick build leaves it as it is.
fn shrink(tools: &Tools, profile: Profile, wasm: &Path) -> Result<PathBuf> {
    if profile == Profile::Dev {
        return Ok(wasm.to_owned());
    }
    let small = wasm.with_extension("small.wasm");
    run_quietly(command(&tools.wasm_opt).args(SHRINK).args(WASM_FEATURES).arg(wasm).arg("-o").arg(&small))?;
    Ok(small)
}

/// The loaders with the name that a part's file has in `dist/`, beside the script that they are in.
fn with_name(loaders: &str, part: &split::Part, file: &Path) -> Result<String> {
    let named = part.name_in_script();
    if !loaders.contains(&named) {
        return Err(Failure::new(format!("the loaders of the parts do not name {named}")));
    }
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    Ok(loaders.replace(&named, &format!("\"./{name}\"")))
}

fn esbuild(tools: &Tools, from: &Path, to: &Path, flags: &[&str]) -> Result<()> {
    let mut esbuild = command(&tools.esbuild);
    esbuild.arg(from).args(flags).args(["--minify", "--target=es2022", "--log-level=warning"]);
    run(esbuild.arg(format!("--outfile={}", to.display())))
}

/// Writes `dist/assets/<page>-<hash>.<extension>`; the name changes with the content, so it may be cached for ever.
fn asset(page: &str, extension: &str, content: &[u8]) -> Result<PathBuf> {
    let hash = &hex(&Sha256::digest(content))[..16];
    let file = dist().join("assets").join(format!("{page}-{hash}.{extension}"));
    write(&file, content)?;
    Ok(file)
}

/// A file of `dist/` as the browser names it.
fn url(file: &Path) -> String {
    format!("/{}", file.strip_prefix(dist()).unwrap_or(file).display())
}

fn with_br(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".br");
    name.into()
}

/// Puts the files' URLs into a page's template, without its comments.
fn fill_template(template: &str, urls: &[(&str, String)]) -> Result<String> {
    let mut page = without_comments(template);
    for (placeholder, url) in urls {
        if !page.contains(placeholder) {
            return Err(Failure::new(format!("the page's template lacks {placeholder}")));
        }
        page = page.replace(placeholder, url);
    }
    Ok(page)
}

/// HTML without its comments, which are for readers of the source.
fn without_comments(html: &str) -> String {
    let mut rest = html;
    let mut kept = String::new();
    while let Some((before, comment)) = rest.split_once("<!--") {
        kept.push_str(before);
        rest = comment.split_once("-->").map_or("", |(_, after)| after.trim_start());
    }
    kept + rest
}

/// Writes the compressed twin of each file; returns a line per file: path, raw, gzip and brotli bytes, and the names of
/// the parts that load it, if it does not come with the page.
fn compress(files: &[PathBuf], loaded_by: &[String]) -> Result<String> {
    let measured = crate::process::output(command("node").arg(root().join("xtask/compress.mjs")).args(files))?;
    Ok(measured.lines().map(|line| format!("{line}\t{}\n", loaded_by.join(" "))).collect())
}

/// Removes files of earlier builds from `dist/`.
fn remove_others(keep: &[PathBuf]) -> Result<()> {
    for file in files_under(&dist()) {
        if !keep.contains(&file) {
            std::fs::remove_file(&file).context(|| format!("cannot remove {}", file.display()))?;
        }
    }
    Ok(())
}

fn worker(tools: &Tools, profile: Profile) -> Result<()> {
    let part = Part::new("worker", profile, tools, &["edge", "shared"])?;
    if part.up_to_date().is_some() {
        step("Worker: up to date");
        return Ok(());
    }
    step(format_args!("Worker: compile, bind, shrink ({})", profile.name()));
    let mut build = command(&tools.worker_build);
    build
        .arg(match profile {
            Profile::Release => "--release",
            Profile::Dev => "--dev",
        })
        .current_dir(root().join("edge"))
        // With these three it downloads nothing.
        .env("WASM_BINDGEN_BIN", &tools.wasm_bindgen)
        .env("WASM_OPT_BIN", &tools.wasm_opt)
        .env("ESBUILD_BIN", &tools.esbuild);
    tools.wasm.apply(&mut build);
    run_quietly(&mut build)?;
    let outputs = files_under(&root().join("edge/build"));
    if outputs.is_empty() {
        return Err(Failure::new("worker-build wrote nothing to edge/build"));
    }
    part.done(&outputs)
}

/// Writes `.dev.vars`, the Worker's local secrets, once: the example with keys of its own.
fn write_dev_vars() -> Result<()> {
    let file = root().join(".dev.vars");
    if file.exists() {
        return Ok(());
    }
    step("Write .dev.vars: the sandbox's clients and freshly made keys");
    write(&file, with_random_keys(&read(&root().join(".dev.vars.example"))?)?)
}

/// Replaces each `{{random}}` by 32 random bytes in base64.
fn with_random_keys(text: &str) -> Result<String> {
    let mut source = File::open("/dev/urandom").context(|| "cannot open /dev/urandom".to_owned())?;
    let mut parts = text.split("{{random}}");
    let mut result = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let mut key = [0; 32];
        source.read_exact(&mut key).context(|| "cannot read /dev/urandom".to_owned())?;
        result.push_str(&STANDARD.encode(key));
        result.push_str(part);
    }
    Ok(result)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Builds as asked on the command line.
pub(crate) fn command_line(dev_flag: bool) -> Result<()> {
    all(&tools::ensure()?, Profile::choose(dev_flag))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn template_gets_urls_and_loses_comments() {
        let urls = [("{{css}}", "/a.css".to_owned()), ("{{js}}", "/a.js".to_owned())];
        let html =
            fill_template("<!-- {{js}} is\nfilled in -->\n<link {{css}}><script {{js}}> {{sdk}}", &urls).unwrap();
        assert_eq!(html, "<link /a.css><script /a.js> {{sdk}}");
    }

    #[test]
    fn template_without_a_place_for_a_file_is_refused() {
        let failure = fill_template("<p>{{css}}<!-- {{js}} -->", &[("{{js}}", "/a.js".to_owned())]).unwrap_err();
        assert!(failure.to_string().contains("{{js}}"), "{failure}");
    }

    #[test]
    fn every_key_is_another_one() {
        let text = with_random_keys("A={{random}}\nB={{random}}\n").unwrap();
        let keys: Vec<_> = text.lines().map(|line| STANDARD.decode(&line[2..]).unwrap()).collect();
        assert_eq!(keys.iter().map(Vec::len).collect::<Vec<_>>(), [32, 32]);
        assert_ne!(keys[0], keys[1]);
    }
}
