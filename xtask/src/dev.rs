//! The whole product on this machine: the sandbox (stand-in Zoho and Xero) and the Worker in workerd.

use crate::build::{self, PROFILE_VARIABLE, Profile};
use crate::process::{
    Context, Failure, Result, Server, Stopwatch, cargo, command, pause, remove_dir, root, run, step, target_dir,
};
use crate::tools::{self, Tools};
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The sandbox's port; `.dev.vars.example` names it too.
const SANDBOX_PORT: u16 = 8790;
/// The Worker's port, wrangler's usual one; `.dev.vars.example` names it too.
const WORKER_PORT: u16 = 8787;
/// The CRM, on another site than the widget in its frames (`localhost`), as in life.
const CRM_URL: &str = "http://127.0.0.1:8790/crm";

/// Workerd's first start on a slow machine; wrangler builds once more when a source changed meanwhile.
const START_LIMIT: Duration = Duration::from_secs(600);

fn local_url(port: u16) -> String {
    format!("http://localhost:{port}")
}

/// Both addresses on which a local server may listen.
fn addresses(port: u16) -> [SocketAddr; 2] {
    [SocketAddr::from((Ipv4Addr::LOCALHOST, port)), SocketAddr::from((Ipv6Addr::LOCALHOST, port))]
}

fn require_free(port: u16, what: &str) -> Result<()> {
    let taken = |address| TcpStream::connect_timeout(&address, Duration::from_millis(300)).is_ok();
    if !addresses(port).into_iter().any(taken) {
        return Ok(());
    }
    Err(Failure::new(format!("port {port}, which {what} needs, is taken"))
        .fix(format!("end the other program (is another `cargo xtask dev` running?): lsof -i :{port}")))
}

/// A port that nobody listens on now.
fn free_port() -> Result<u16> {
    let socket = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context(|| "cannot find a free port".to_owned())?;
    Ok(socket.local_addr().context(|| "cannot find a free port".to_owned())?.port())
}

/// A running sandbox and a running Worker; both end when this is dropped.
#[derive(Debug)]
struct Stack {
    sandbox: Server,
    worker: Server,
}

impl Stack {
    /// Starts both and waits until both answer. The build must have run.
    fn start(tools: &Tools, profile: Profile, logs: &Path) -> Result<Self> {
        step("Start the sandbox");
        let mut sandbox = command(sandbox_binary());
        sandbox.args(["--port", &SANDBOX_PORT.to_string(), "--widget-url", &local_url(WORKER_PORT)]);
        sandbox.arg("--until-stdin-closes");
        let sandbox = Server::start("the sandbox", &mut sandbox, logs.join("sandbox.log"))?;
        step("Start the Worker in workerd");
        // The sandbox begins anew each time, and what the Worker knew of the one before would be broken connections. A
        // database of its own, so that nothing is lost of what `wrangler dev` alone keeps.
        let state = root().join(".wrangler/dev");
        remove_dir(&state)?;
        let mut worker = command(&tools.wrangler);
        worker
            .args(["dev", "--local", "--test-scheduled", "--show-interactive-dev-session=false"])
            .args(["--ip", "localhost", "--port", &WORKER_PORT.to_string()])
            .args(["--inspector-port", &free_port()?.to_string()])
            .arg("--persist-to")
            .arg(&state)
            .env(PROFILE_VARIABLE, profile.name())
            // No questions, no statistics, no calls to Cloudflare.
            .env("CI", "1");
        for name in ["WRANGLER_SEND_METRICS", "WRANGLER_SEND_ERROR_REPORTS", "CLOUDFLARE_CF_FETCH_ENABLED"] {
            worker.env(name, "false");
        }
        let worker = Server::start("the Worker", &mut worker, logs.join("worker.log"))?;
        let mut stack = Self { sandbox, worker };
        stack.wait_until_up()?;
        Ok(stack)
    }

    fn wait_until_up(&mut self) -> Result<()> {
        let watch = Stopwatch::start();
        while !answers(SANDBOX_PORT, "/crm") {
            self.check()?;
            if watch.elapsed() > START_LIMIT {
                return Err(self.sandbox.failure("does not answer"));
            }
            pause()?;
        }
        step("The sandbox answers");
        while !answers(WORKER_PORT, "/api/health") {
            self.check()?;
            if watch.elapsed() > START_LIMIT {
                return Err(self.worker.failure("does not answer"));
            }
            pause()?;
        }
        step("The Worker answers");
        Ok(())
    }

    /// An error once one of the two has ended.
    fn check(&mut self) -> Result<()> {
        self.sandbox.check()?;
        self.worker.check()
    }
}

/// Whether the server on this port answers with success.
fn answers(port: u16, path: &str) -> bool {
    let ask = |address: SocketAddr| -> std::io::Result<String> {
        let mut stream = TcpStream::connect_timeout(&address, Duration::from_secs(1))?;
        stream.set_read_timeout(Some(Duration::from_secs(10)))?;
        write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost:{port}\r\nConnection: close\r\n\r\n")?;
        let mut status = String::new();
        BufReader::new(stream).read_line(&mut status)?;
        Ok(status)
    };
    addresses(port).into_iter().any(|address| ask(address).is_ok_and(|status| is_success(&status)))
}

fn is_success(status_line: &str) -> bool {
    let code = status_line.split(' ').nth(1).and_then(|code| code.parse::<u16>().ok());
    code.is_some_and(|code| (200..300).contains(&code))
}

/// Compiles the sandbox.
pub(crate) fn build_sandbox() -> Result<()> {
    step("Sandbox: compile");
    run(cargo().args(["build", "--quiet", "--package", "sandbox"]))
}

/// The sandbox's executable.
pub(crate) fn sandbox_binary() -> PathBuf {
    target_dir().join("debug/sandbox")
}

/// `cargo xtask dev`: runs until Ctrl-C or until one of the two servers ends.
pub(crate) fn command_line(dev_flag: bool) -> Result<()> {
    // Told before the build, which may take minutes.
    require_free(SANDBOX_PORT, "the sandbox")?;
    require_free(WORKER_PORT, "the Worker")?;
    let tools = tools::ensure()?;
    let profile = Profile::choose(dev_flag);
    build::all(&tools, profile)?;
    build_sandbox()?;
    let logs = root().join(".wrangler/logs");
    let mut stack = Stack::start(&tools, profile, &logs)?;
    println!("\nThe servers write to {}/. Ctrl-C stops them.", logs.display());
    println!("Ledgerlink runs. Open {CRM_URL}");
    loop {
        stack.check()?;
        pause()?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::read;

    #[test]
    fn only_success_means_that_a_server_is_up() {
        for (line, up) in [
            ("HTTP/1.1 200 OK\r\n", true),
            ("HTTP/1.1 404 Not Found\r\n", false),
            ("HTTP/1.1 503 Service Unavailable\r\n", false),
            ("", false),
        ] {
            assert_eq!(is_success(line), up, "{line:?}");
        }
    }

    #[test]
    fn a_taken_port_is_named_with_the_way_out() {
        let socket = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = socket.local_addr().unwrap().port();
        let failure = require_free(port, "the Worker").unwrap_err().to_string();
        assert!(failure.contains(&format!("port {port}")) && failure.contains("To fix it"), "{failure}");
        drop(socket);
        assert!(require_free(port, "the Worker").is_ok());
    }

    #[test]
    fn example_variables_name_the_same_ports() {
        let example = read(&root().join(".dev.vars.example")).unwrap();
        assert!(example.contains(&local_url(SANDBOX_PORT)), "sandbox");
        assert!(example.contains(&local_url(WORKER_PORT)), "worker");
        assert!(CRM_URL.contains(&format!(":{SANDBOX_PORT}/")), "CRM");
    }
}
