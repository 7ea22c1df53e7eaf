//! What is built in: licences, two versions of one crate, and where crates come from (`deny.toml`); and known
//! weaknesses, where their database can be had.

use crate::process::{Failure, Result, command, run};
use std::path::Path;
use std::process::{Command, Stdio};

/// What cargo-deny says when the database of weaknesses can't be had, and nothing is known of the crates.
const NO_DATABASE: &str = "failed to fetch advisory database";

/// What came of looking for known weaknesses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Advisories {
    None,
    Found,
    NotChecked,
}

/// Checks the lock file with this cargo-deny. The last line says what came of the advisories.
pub(crate) fn check(program: &Path) -> Result<()> {
    let deny = || {
        let mut deny = command(program.to_string_lossy().as_ref());
        deny.args(["--color", "never", "check", "--hide-inclusion-graph", "-D", "unmatched-skip"]);
        deny
    };
    run(deny().args(["licenses", "bans", "sources"]))?;
    let (success, said) = try_advisories(deny().arg("advisories"))?;
    match advisories(success, &said) {
        Advisories::None => println!("advisories: no crate has a known weakness"),
        Advisories::NotChecked => println!("advisories: NOT CHECKED, their database can't be had from here"),
        Advisories::Found => {
            eprintln!("{said}");
            return Err(Failure::new("a crate has a known weakness, see above"));
        }
    }
    Ok(())
}

fn try_advisories(deny: &mut Command) -> Result<(bool, String)> {
    // Where there is no way out, git must neither ask nor wait.
    deny.env("GIT_TERMINAL_PROMPT", "0").env("GIT_HTTP_LOW_SPEED_LIMIT", "1000").env("GIT_HTTP_LOW_SPEED_TIME", "20");
    let output = deny.stdin(Stdio::null()).output().map_err(|error| Failure::new(format!("cargo-deny: {error}")))?;
    let text = [output.stdout, output.stderr].concat();
    Ok((output.status.success(), String::from_utf8_lossy(&text).into_owned()))
}

fn advisories(success: bool, said: &str) -> Advisories {
    match success {
        true => Advisories::None,
        false if said.contains(NO_DATABASE) => Advisories::NotChecked,
        false => Advisories::Found,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_the_database_nothing_is_known() {
        assert_eq!(advisories(true, ""), Advisories::None);
        assert_eq!(advisories(false, "[ERROR] failed to fetch advisory database https://…"), Advisories::NotChecked);
        assert_eq!(advisories(false, "error[vulnerability]: …\nadvisories FAILED"), Advisories::Found);
    }
}
