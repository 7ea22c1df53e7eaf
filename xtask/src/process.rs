//! Running other programs: one way to start them, to wait for them, to stop them and to say what went wrong.
//!
//! Every program starts in the project's root with an environment free of what `cargo run` put into ours.
//! Ctrl-C and SIGTERM set a flag; whoever waits sees it, stops what it started and gives up with [`Failure::interrupted`].

use std::ffi::OsStr;
use std::fmt;
use std::fs::File;
use std::io::Read;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// How often a wait looks at its program.
const POLL: Duration = Duration::from_millis(40);
/// How long a stopped program gets before it is killed.
const GRACE: Duration = Duration::from_secs(5);

pub(crate) type Result<T> = std::result::Result<T, Failure>;

/// What went wrong, and, where we know it, what to do about it.
#[derive(Debug)]
pub(crate) struct Failure {
    message: String,
    fix: Option<String>,
}

impl Failure {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), fix: None }
    }

    /// Names the command or the action that mends it.
    pub(crate) fn fix(mut self, fix: impl Into<String>) -> Self {
        self.fix = Some(fix.into());
        self
    }

    /// The person pressed Ctrl-C, or something asked us to end.
    pub(crate) fn interrupted() -> Self {
        Self::new("interrupted")
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.message)?;
        match &self.fix {
            Some(fix) => write!(f, "\n  To fix it: {fix}"),
            None => Ok(()),
        }
    }
}

/// Adds what was being done to an I/O error.
pub(crate) trait Context<T> {
    fn context(self, what: impl FnOnce() -> String) -> Result<T>;
}

impl<T> Context<T> for std::io::Result<T> {
    fn context(self, what: impl FnOnce() -> String) -> Result<T> {
        self.map_err(|error| Failure::new(format!("{}: {error}", what())))
    }
}

/// The project's root folder.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new("."))
}

/// Cargo's target folder of the native builds.
pub(crate) fn target_dir() -> PathBuf {
    match std::env::var_os("CARGO_TARGET_DIR") {
        Some(dir) => root().join(dir),
        None => root().join("target"),
    }
}

/// `program`, to be started in the project's root.
pub(crate) fn command(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    command.current_dir(root());
    // `cargo run` tells us about the package xtask; a cargo that we start would take these for its own.
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text == "CARGO" || text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") {
            command.env_remove(&name);
        }
    }
    command
}

/// Cargo for native builds: the toolchain that the person uses.
pub(crate) fn cargo() -> Command {
    command("cargo")
}

/// The first file of this name on PATH.
pub(crate) fn on_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|dir| dir.join(name)).find(|file| file.is_file())
}

/// Runs it with our own stdout and stderr.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    command.stdin(Stdio::null());
    let mut child = spawn(command)?;
    check(command, wait(&mut child)?)
}

/// Runs it silently and shows what it printed only if it fails.
pub(crate) fn run_quietly(command: &mut Command) -> Result<()> {
    let log = root().join(".tools/logs").join(format!("{}.log", std::process::id()));
    create_dir(log.parent().unwrap_or(root()))?;
    let file = File::create(&log).context(|| format!("cannot write {}", log.display()))?;
    let twin = file.try_clone().context(|| format!("cannot write {}", log.display()))?;
    command.stdin(Stdio::null()).stdout(file).stderr(twin);
    let mut child = spawn(command)?;
    let outcome = wait(&mut child).and_then(|status| check(command, status));
    if outcome.is_err() {
        eprintln!("{}", std::fs::read_to_string(&log).unwrap_or_default());
    }
    // The log is a by-product: failing to remove it harms nobody.
    let _ = std::fs::remove_file(&log);
    outcome
}

/// Runs it and returns what it wrote to stdout, trimmed.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let output = command.stdin(Stdio::null()).stderr(Stdio::piped()).output().map_err(|e| not_started(command, &e))?;
    if !output.status.success() {
        let stderr = String::from_utf8_lossy(&output.stderr);
        return Err(Failure::new(format!("{} failed: {}", describe(command), stderr.trim())));
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

fn spawn(command: &mut Command) -> Result<Child> {
    command.spawn().map_err(|error| not_started(command, &error))
}

fn not_started(command: &Command, error: &std::io::Error) -> Failure {
    Failure::new(format!("cannot start {}: {error}", command.get_program().to_string_lossy()))
}

fn check(command: &Command, status: ExitStatus) -> Result<()> {
    if status.success() { Ok(()) } else { Err(Failure::new(format!("{} ended with {status}", describe(command)))) }
}

fn describe(command: &Command) -> String {
    let name = Path::new(command.get_program()).file_name().unwrap_or_default().to_string_lossy().into_owned();
    let args: Vec<_> = command.get_args().take(4).map(OsStr::to_string_lossy).collect();
    format!("{name} {}", args.join(" "))
}

fn wait(child: &mut Child) -> Result<ExitStatus> {
    loop {
        if let Some(status) = child.try_wait().context(|| "cannot wait for a program".to_owned())? {
            return if interrupted() { Err(Failure::interrupted()) } else { Ok(status) };
        }
        if interrupted() {
            // At a terminal the program got the signal too; after SIGTERM to us alone it did not.
            signal("-TERM", &child.id().to_string());
            end(child);
            return Err(Failure::interrupted());
        }
        sleep(POLL);
    }
}

static INTERRUPTED: LazyLock<Arc<AtomicBool>> = LazyLock::new(Arc::default);

/// From here on Ctrl-C, SIGTERM and SIGHUP do not end us: see [`interrupted`].
pub(crate) fn watch_signals() -> Result<()> {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    for signal in [SIGINT, SIGTERM, SIGHUP] {
        signal_hook::flag::register(signal, Arc::clone(&INTERRUPTED)).context(|| "cannot watch signals".to_owned())?;
    }
    Ok(())
}

/// Whether somebody asked us to end.
pub(crate) fn interrupted() -> bool {
    INTERRUPTED.load(Ordering::Relaxed)
}

/// Sleeps one poll interval; an error once somebody asked us to end.
pub(crate) fn pause() -> Result<()> {
    if interrupted() {
        return Err(Failure::interrupted());
    }
    sleep(POLL);
    Ok(())
}

/// A server in a process group of its own: it ends with all its children when this value is dropped.
#[derive(Debug)]
pub(crate) struct Server {
    name: &'static str,
    child: Child,
    log: PathBuf,
}

impl Server {
    /// Starts `command`; stdout and stderr go to the file `log`, stdin stays open as long as we live.
    pub(crate) fn start(name: &'static str, command: &mut Command, log: PathBuf) -> Result<Self> {
        create_dir(log.parent().unwrap_or(root()))?;
        let file = File::create(&log).context(|| format!("cannot write {}", log.display()))?;
        let twin = file.try_clone().context(|| format!("cannot write {}", log.display()))?;
        command.stdin(Stdio::piped()).stdout(file).stderr(twin).process_group(0);
        Ok(Self { name, child: spawn(command)?, log })
    }

    /// An error with the end of its log once it has ended by itself.
    pub(crate) fn check(&mut self) -> Result<()> {
        match self.child.try_wait().context(|| format!("cannot look at {}", self.name))? {
            None => Ok(()),
            Some(status) => Err(self.failure(&format!("ended with {status}"))),
        }
    }

    /// An error that quotes the last lines of its log.
    pub(crate) fn failure(&self, what: &str) -> Failure {
        let mut text = String::new();
        if let Ok(mut file) = File::open(&self.log) {
            // Half-written UTF-8 at the end of a log is no reason to hide the rest.
            let mut bytes = Vec::new();
            let _ = file.read_to_end(&mut bytes);
            text = String::from_utf8_lossy(&bytes).into_owned();
        }
        let lines: Vec<_> = text.lines().collect();
        let tail = lines[lines.len().saturating_sub(40)..].join("\n");
        Failure::new(format!("{} {what}. The end of {}:\n{tail}", self.name, self.log.display()))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // The group's id is the child's.
        let group = format!("-{}", self.child.id());
        signal("-TERM", &group);
        end(&mut self.child);
        // Grandchildren may have outlived their parent.
        signal("-KILL", &group);
    }
}

/// Sends a signal to a process or, with a minus before the id, to a process group.
fn signal(signal: &str, id: &str) {
    // `kill` is a program everywhere; calling libc would need unsafe code. A process that has ended needs no signal.
    let _ = Command::new("kill").args([signal, "--", id]).stderr(Stdio::null()).status();
}

/// Waits until a program that was told to end does so, and kills it if it takes too long.
fn end(child: &mut Child) {
    let watch = Stopwatch::start();
    while watch.elapsed() < GRACE && matches!(child.try_wait(), Ok(None)) {
        sleep(POLL);
    }
    // Both fail only if it has ended.
    let _ = child.kill();
    let _ = child.wait();
}

/// Measures how long something takes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stopwatch(Instant);

impl Stopwatch {
    #[expect(clippy::disallowed_methods, reason = "xtask is a shell: it measures real time")]
    pub(crate) fn start() -> Self {
        Self(Instant::now())
    }

    pub(crate) fn elapsed(self) -> Duration {
        self.0.elapsed()
    }
}

static STARTED: LazyLock<Stopwatch> = LazyLock::new(Stopwatch::start);

/// Prints one line of progress with the seconds since the start.
pub(crate) fn step(what: impl fmt::Display) {
    println!("[{:6.1} s] {what}", STARTED.elapsed().as_secs_f32());
}

pub(crate) fn create_dir(dir: &Path) -> Result<()> {
    std::fs::create_dir_all(dir).context(|| format!("cannot create {}", dir.display()))
}

pub(crate) fn read(file: &Path) -> Result<String> {
    std::fs::read_to_string(file).context(|| format!("cannot read {}", file.display()))
}

pub(crate) fn read_bytes(file: &Path) -> Result<Vec<u8>> {
    std::fs::read(file).context(|| format!("cannot read {}", file.display()))
}

pub(crate) fn write(file: &Path, content: impl AsRef<[u8]>) -> Result<()> {
    if let Some(dir) = file.parent() {
        create_dir(dir)?;
    }
    std::fs::write(file, content).context(|| format!("cannot write {}", file.display()))
}

/// Removes a folder that may not be there.
pub(crate) fn remove_dir(dir: &Path) -> Result<()> {
    match std::fs::remove_dir_all(dir) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(Failure::new(format!("cannot remove {}: {error}", dir.display())))
        }
        _ => Ok(()),
    }
}

/// Every file under `dir`, sorted; empty if there is no such folder.
pub(crate) fn files_under(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![dir.to_path_buf()];
    while let Some(dir) = open.pop() {
        for entry in std::fs::read_dir(&dir).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() { open.push(path) } else { found.push(path) }
        }
    }
    found.sort();
    found
}

/// Copies a folder so that it appears whole or not at all.
pub(crate) fn copy_dir(from: &Path, to: &Path) -> Result<()> {
    let half = to.with_extension(format!("part-{}", std::process::id()));
    remove_dir(&half)?;
    for file in files_under(from) {
        let target = half.join(file.strip_prefix(from).unwrap_or(&file));
        create_dir(target.parent().unwrap_or(&half))?;
        std::fs::copy(&file, &target).context(|| format!("cannot copy {}", file.display()))?;
    }
    remove_dir(to)?;
    std::fs::rename(&half, to).context(|| format!("cannot rename {}", half.display()))
}
