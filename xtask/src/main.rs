//! The only entry point for set-up, build, development and tests: `cargo xtask <command>`.
//!
//! Needs Rust, Node and (for `setup`) the network; everything else it installs by itself, see [`tools`].

#[cfg(test)]
mod architecture;
mod build;
mod deny;
mod dev;
#[cfg(test)]
mod modules;
mod process;
mod size;
mod split;
mod test;
#[path = "../../widget/src/texts_file.rs"]
mod texts_file;
mod tools;
mod wasm;

use process::{Failure, Result};
use std::process::ExitCode;

const HELP: &str = "\
cargo xtask <command>

  setup           install every tool that is missing (the other commands do this too)
  build [--dev]   build the widget into dist/ and the Worker into edge/build/; --dev: quicker and larger
  dev [--dev]     set-up, build, then run the sandbox and the Worker; prints the address to open; Ctrl-C stops both
  test [--quick]  every check, with a summary; --quick: without browser and workerd
  size            build, then show what the widget transfers, against its budget
  help            this text";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match process::watch_signals().and_then(|()| dispatch(&args)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) if process::interrupted() => {
            println!("\nStopped.");
            ExitCode::from(130)
        }
        Err(failure) => {
            eprintln!("\nerror: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(args: &[&str]) -> Result<()> {
    match args {
        ["setup"] => tools::report(&tools::ensure()?),
        ["build"] => build::command_line(false),
        ["build", "--dev"] => build::command_line(true),
        ["dev"] => dev::command_line(false),
        ["dev", "--dev"] => dev::command_line(true),
        ["test"] => test::command_line(false),
        ["test", "--quick"] => test::command_line(true),
        ["size"] => build::command_line(false).and_then(|()| size::report()),
        [] | ["help" | "--help" | "-h"] => {
            println!("{HELP}");
            Ok(())
        }
        other => Err(Failure::new(format!("unknown command: {}\n\n{HELP}", other.join(" ")))),
    }
}
