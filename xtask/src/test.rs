//! `cargo xtask test`: every check, one named stage after the other, and what came of each.

use crate::build::{self, Profile};
use crate::deny;
use crate::dev::{build_sandbox, sandbox_binary};
use crate::process::{
    Failure, Result, Stopwatch, cargo, command, create_dir, files_under, interrupted, remove_dir, root, run, target_dir,
};
use crate::size;
use crate::tools::{self, Browser, Tools};
use crate::wasm::TARGET;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How one stage ended.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Outcome {
    Passed,
    Failed(String),
    NotRun(String),
}

/// The stages so far.
#[derive(Debug, Default)]
struct Report {
    stages: Vec<(&'static str, Outcome, Duration)>,
}

impl Report {
    /// Runs one stage; returns what it made.
    fn stage<T>(&mut self, name: &'static str, work: impl FnOnce() -> Result<T>) -> Option<T> {
        if interrupted() {
            self.skip(name, "interrupted");
            return None;
        }
        println!("\n==== {name}");
        let watch = Stopwatch::start();
        let (outcome, made) = match work() {
            Ok(made) => (Outcome::Passed, Some(made)),
            Err(failure) => {
                eprintln!("{failure}");
                let first = failure.to_string().lines().next().unwrap_or_default().to_owned();
                (Outcome::Failed(first), None)
            }
        };
        self.stages.push((name, outcome, watch.elapsed()));
        made
    }

    /// Runs a stage that needs what earlier stages made; it is not run when one of them failed.
    fn after<N, T>(&mut self, name: &'static str, needs: Option<N>, work: impl FnOnce(N) -> Result<T>) -> Option<T> {
        match needs {
            Some(needs) => self.stage(name, || work(needs)),
            None => {
                self.skip(name, "a stage that it needs failed");
                None
            }
        }
    }

    fn skip(&mut self, name: &'static str, why: &str) {
        self.stages.push((name, Outcome::NotRun(why.to_owned()), Duration::ZERO));
    }

    fn count(&self, wanted: impl Fn(&Outcome) -> bool) -> usize {
        self.stages.iter().filter(|(_, outcome, _)| wanted(outcome)).count()
    }

    /// The table at the end; its last line counts the stages.
    fn summary(&self) -> String {
        let mut text = String::new();
        for (name, outcome, time) in &self.stages {
            let word = match outcome {
                Outcome::Passed => "passed".to_owned(),
                Outcome::Failed(why) => format!("FAILED: {why}"),
                Outcome::NotRun(why) => format!("not run: {why}"),
            };
            text.push_str(&format!("{name:<36} {:>7.1} s  {word}\n", time.as_secs_f32()));
        }
        let passed = self.count(|outcome| *outcome == Outcome::Passed);
        let failed = self.count(|outcome| matches!(outcome, Outcome::Failed(_)));
        text.push_str(&format!("{passed} passed, {failed} failed"));
        text
    }

    fn verdict(&self) -> Result<()> {
        if interrupted() {
            return Err(Failure::interrupted());
        }
        match self.count(|outcome| matches!(outcome, Outcome::Failed(_))) {
            0 => Ok(()),
            _ => Err(Failure::new("not all stages passed")),
        }
    }
}

/// Runs all stages, or with `quick` those that need neither a browser nor workerd.
pub(crate) fn command_line(quick: bool) -> Result<()> {
    let mut report = Report::default();
    let tools = report.stage("set-up", || {
        let tools = tools::ensure()?;
        tools::ensure_test_packages()?;
        Ok(tools)
    });
    let tools = tools.as_ref();
    report.stage("format", || run(cargo().args(["fmt", "--all", "--", "--check"])));
    report.stage("licences and dependencies", || deny::check(&tools::ensure_cargo_deny()?));
    report.stage("clippy (native)", || {
        run(cargo().args(["clippy", "--quiet", "--workspace", "--all-targets", "--", "-D", "warnings"]))
    });
    report.after("clippy (wasm)", tools, lint_wasm);
    report.stage("native tests", || run(cargo().args(["test", "--quiet", "--workspace"])));
    let sandbox = report.stage("build the sandbox", build_sandbox);
    report.after("Zoho's and Xero's own SDKs", tools.and(sandbox), |()| sdk_tests());
    if quick {
        report
            .after("build the widget", tools, |tools| build::widget_only(tools, Profile::Release))
            .map(|()| report.stage("widget size budget", size::report));
        for name in ["build the Worker", "wasm tests in Chromium", "end-to-end tests", "API against its document"] {
            report.skip(name, "--quick leaves out browser and workerd");
        }
    } else {
        let built = report.after("build the widget and the Worker", tools, |tools| build::all(tools, Profile::Release));
        report.after("widget size budget", built, |()| size::report());
        let browser = report.stage("set up Chromium", tools::ensure_browser);
        let needs = tools.zip(browser.as_ref());
        report.after("wasm tests in Chromium", needs, |(tools, browser)| wasm_tests(tools, browser));
        let stack = tools.filter(|_| built.is_some() && sandbox.is_some());
        let needs = stack.zip(browser.as_ref());
        report.after("end-to-end tests", needs, |(tools, browser)| end_to_end_tests(tools, browser));
        report.after("API against its document", stack, api_tests);
    }
    println!("\n==== What ran\n{}", report.summary());
    report.verdict()
}

/// Lints what only compiles for wasm.
fn lint_wasm(tools: &Tools) -> Result<()> {
    tools.wasm.ensure_clippy()?;
    for (package, targets) in [("widget", "--all-targets"), ("edge", "--lib")] {
        let mut cargo = tools.wasm.cargo();
        cargo.args(["clippy", "--quiet", "--package", package, targets, "--target", TARGET, "--", "-D", "warnings"]);
        run(&mut cargo)?;
    }
    Ok(())
}

fn wasm_tests(tools: &Tools, browser: &Browser) -> Result<()> {
    let cargo = || {
        let mut cargo = tools.wasm.cargo();
        cargo.args(["test", "--package", "widget", "--target", TARGET]);
        cargo
    };
    // Compiled silently first: --quiet at the run itself would reach the test runner, which does not know it.
    run(cargo().args(["--no-run", "--quiet"]))?;
    run(cargo()
        .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER", &tools.wasm_bindgen_test_runner)
        .env("CHROMEDRIVER", &browser.driver)
        .env("WASM_BINDGEN_TEST_ONLY_WEB", "1")
        .env("WASM_BINDGEN_TEST_TIMEOUT", "120")
        .env("WASM_BINDGEN_TEST_WEBDRIVER_JSON", root().join("xtask/webdriver.json")))
}

/// Both vendors' official SDKs against the sandbox.
fn sdk_tests() -> Result<()> {
    node_tests("sdk", &[("SANDBOX_BIN", sandbox_binary().as_os_str())])
}

/// Real workerd, D1 and Chromium: the tests start what they need on free ports, with a state of their own.
fn end_to_end_tests(tools: &Tools, browser: &Browser) -> Result<()> {
    let work = target_dir().join("e2e");
    remove_dir(&work)?;
    create_dir(&work)?;
    node_tests(
        "e2e",
        &[
            ("CHROMIUM", browser.chromium.as_os_str()),
            ("E2E_WORK", work.as_os_str()),
            ("SANDBOX_BIN", sandbox_binary().as_os_str()),
            ("SCREENSHOTS", root().join("target/screenshots").as_os_str()),
            ("WRANGLER", tools.wrangler.as_os_str()),
        ],
    )
}

/// What the Worker answers against `docs/openapi.json`, with requests that a property-based tester makes up.
fn api_tests(tools: &Tools) -> Result<()> {
    let schemathesis = tools::ensure_schemathesis()?;
    let work = target_dir().join("api");
    remove_dir(&work)?;
    create_dir(&work)?;
    node_tests(
        "api",
        &[
            ("E2E_WORK", work.as_os_str()),
            ("SANDBOX_BIN", sandbox_binary().as_os_str()),
            ("SCHEMATHESIS", schemathesis.as_os_str()),
            ("WRANGLER", tools.wrangler.as_os_str()),
        ],
    )
}

/// How many files of one folder get a second try. Where more fail, it is no chance.
const MOST_SECOND_TRIES: usize = 2;

/// Runs the test files of `tests/<dir>` with Node, one file after the other, each with a process and a stack of its own.
///
/// A file that fails is run once more, and the last line of the stage says so: browsers, `wrangler dev` and its proxy
/// now and then lose something under load, and a night's work should not be turned away for that. What fails twice fails.
fn node_tests(dir: &str, variables: &[(&str, &OsStr)]) -> Result<()> {
    // Node 20 and 22 disagree about folders on the command line; files work in both.
    let files: Vec<PathBuf> = files_under(&root().join("tests").join(dir)).into_iter().filter(|f| is_test(f)).collect();
    if files.is_empty() {
        return Err(Failure::new(format!("tests/{dir} has no test file (*.test.mjs)")));
    }
    let run_file = |file: &PathBuf| {
        let mut node = command("node");
        node.args(["--test", "--test-reporter=spec"]).arg(file);
        run(node.envs(variables.iter().copied()))
    };
    let failed: Vec<PathBuf> = files.into_iter().filter(|file| !interrupted() && run_file(file).is_err()).collect();
    if interrupted() {
        return Err(Failure::interrupted());
    }
    again(&failed, run_file)
}

/// Tries once more what failed.
fn again(failed: &[PathBuf], run_file: impl Fn(&PathBuf) -> Result<()>) -> Result<()> {
    let names = |files: &[&PathBuf]| {
        let names = files.iter().map(|file| file.file_name().unwrap_or_default().to_string_lossy());
        names.collect::<Vec<_>>().join(", ")
    };
    let all: Vec<&PathBuf> = failed.iter().collect();
    if all.len() > MOST_SECOND_TRIES {
        return Err(Failure::new(format!("failed: {}", names(&all))));
    }
    let twice: Vec<&PathBuf> = failed.iter().filter(|file| run_file(file).is_err()).collect();
    if !twice.is_empty() {
        return Err(Failure::new(format!("failed twice: {}", names(&twice))));
    }
    if !all.is_empty() {
        println!("FAILED ONCE, passed at the second try: {}", names(&all));
    }
    Ok(())
}

fn is_test(file: &Path) -> bool {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    [".test.mjs", ".test.js", ".test.cjs"].iter().any(|end| name.ends_with(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failed_stage_is_told_and_its_dependents_do_not_run() {
        let mut report = Report::default();
        let made = report.stage("first", || Ok(1));
        let broken: Option<u8> = report.after("second", made, |_| Err(Failure::new("it broke\nand how")));
        report.after("third", broken, |_| -> Result<()> { unreachable!("its need failed") });
        let summary = report.summary();
        assert!(summary.contains("FAILED: it broke\n"), "{summary}");
        assert!(summary.contains("not run: a stage that it needs failed"), "{summary}");
        assert!(summary.ends_with("\n1 passed, 1 failed"), "{summary}");
        assert!(report.verdict().is_err());
    }

    #[test]
    fn what_fails_twice_fails_and_much_that_fails_is_not_tried_again() {
        let files = |names: &[&str]| names.iter().map(PathBuf::from).collect::<Vec<_>>();
        let fails = |_: &PathBuf| Err(Failure::new("it broke"));
        assert!(again(&[], fails).is_ok());
        assert!(again(&files(&["one"]), |_| Ok(())).is_ok());
        let twice = again(&files(&["tests/one", "tests/two"]), fails).unwrap_err();
        assert_eq!(twice.to_string(), "failed twice: one, two");
        let many = again(&files(&["one", "two", "three"]), |_| Ok(())).unwrap_err();
        assert_eq!(many.to_string(), "failed: one, two, three");
    }

    #[test]
    fn stages_left_out_are_no_failure() {
        let mut report = Report::default();
        report.stage("first", || Ok(()));
        report.skip("second", "--quick");
        assert!(report.verdict().is_ok());
        assert!(report.summary().ends_with("1 passed, 0 failed"));
    }
}
