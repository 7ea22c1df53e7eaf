//! The whole product on this machine: the sandbox (stand-in Zoho and Xero) and the Worker in workerd.

use crate::build::{self, PROFILE_VARIABLE, Profile};
use crate::process::{Context, Failure, Result, Server, Stopwatch, cargo, command, pause, root, run, step, target_dir};
use crate::tools::{self, Tools};
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::time::Duration;

/// Where `cargo xtask dev` listens; `.dev.vars.example` names the same ports.
pub(crate) const DEV_PORTS: Ports = Ports { sandbox: 8790, worker: 8787 };

/// Workerd's first start on a slow machine, with wrangler's own run of the build.
const START_LIMIT: Duration = Duration::from_secs(180);

/// The ports of one sandbox and one Worker.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ports {
    pub(crate) sandbox: u16,
    pub(crate) worker: u16,
}

impl Ports {
    /// Two ports that nobody listens on now.
    pub(crate) fn free() -> Result<Self> {
        Ok(Self { sandbox: free_port()?, worker: free_port()? })
    }

    pub(crate) fn sandbox_url(self) -> String {
        format!("http://localhost:{}", self.sandbox)
    }

    pub(crate) fn worker_url(self) -> String {
        format!("http://localhost:{}", self.worker)
    }

    /// The CRM, on another site than the widget in its frames, as in life.
    pub(crate) fn crm_url(self) -> String {
        format!("http://127.0.0.1:{}/crm", self.sandbox)
    }

    fn require_free(self) -> Result<()> {
        for (port, what) in [(self.sandbox, "the sandbox"), (self.worker, "the Worker")] {
            for address in
                [SocketAddr::from((Ipv4Addr::LOCALHOST, port)), SocketAddr::from((Ipv6Addr::LOCALHOST, port))]
            {
                if TcpStream::connect_timeout(&address, Duration::from_millis(300)).is_ok() {
                    return Err(Failure::new(format!("port {port}, which {what} needs, is taken")).fix(format!(
                        "end the other program (is another `cargo xtask dev` running?): lsof -i :{port}"
                    )));
                }
            }
        }
        Ok(())
    }
}

fn free_port() -> Result<u16> {
    let socket = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context(|| "cannot find a free port".to_owned())?;
    Ok(socket.local_addr().context(|| "cannot find a free port".to_owned())?.port())
}

/// What a stack starts with.
#[derive(Debug)]
pub(crate) struct Setting {
    pub(crate) ports: Ports,
    pub(crate) profile: Profile,
    /// Where workerd keeps D1 and Durable Objects.
    pub(crate) state: PathBuf,
    /// Where the servers' output goes.
    pub(crate) logs: PathBuf,
    /// The Worker's local variables instead of `.dev.vars`.
    pub(crate) vars: Option<PathBuf>,
}

/// A running sandbox and a running Worker; both end when this is dropped.
#[derive(Debug)]
pub(crate) struct Stack {
    sandbox: Server,
    worker: Server,
}

impl Stack {
    /// Starts both and waits until both answer. The build must have run.
    pub(crate) fn start(tools: &Tools, setting: &Setting) -> Result<Self> {
        let Setting { ports, profile, state, logs, vars } = setting;
        ports.require_free()?;
        step("Start the sandbox");
        let mut sandbox = command(sandbox_binary());
        sandbox.args([
            "--port",
            &ports.sandbox.to_string(),
            "--widget-url",
            &ports.worker_url(),
            "--until-stdin-closes",
        ]);
        let sandbox = Server::start("the sandbox", &mut sandbox, logs.join("sandbox.log"))?;
        step("Start the Worker in workerd");
        let mut worker = wrangler(tools);
        worker
            .args(["dev", "--local", "--test-scheduled", "--show-interactive-dev-session=false"])
            .args(["--ip", "localhost", "--port", &ports.worker.to_string()])
            .args(["--inspector-port", &free_port()?.to_string(), "--persist-to"])
            .arg(state)
            .env(PROFILE_VARIABLE, profile.name());
        if let Some(vars) = vars {
            worker.arg("--env-file").arg(vars);
        }
        let worker = Server::start("the Worker", &mut worker, logs.join("worker.log"))?;
        let mut stack = Self { sandbox, worker };
        stack.wait_until_up(*ports)?;
        Ok(stack)
    }

    fn wait_until_up(&mut self, ports: Ports) -> Result<()> {
        let watch = Stopwatch::start();
        while !answers(ports.sandbox, "/crm") {
            self.check()?;
            if watch.elapsed() > START_LIMIT {
                return Err(self.sandbox.failure("does not answer"));
            }
            pause()?;
        }
        step("The sandbox answers");
        while !answers(ports.worker, "/panel") {
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
    pub(crate) fn check(&mut self) -> Result<()> {
        self.sandbox.check()?;
        self.worker.check()
    }
}

/// Whether the server on this port answers with anything but a server's error.
fn answers(port: u16, path: &str) -> bool {
    let ask = |address: SocketAddr| -> std::io::Result<String> {
        let mut stream = TcpStream::connect_timeout(&address, Duration::from_secs(1))?;
        stream.set_read_timeout(Some(Duration::from_secs(10)))?;
        write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost:{port}\r\nConnection: close\r\n\r\n")?;
        let mut status = String::new();
        BufReader::new(stream).read_line(&mut status)?;
        Ok(status)
    };
    let addresses = [SocketAddr::from((Ipv4Addr::LOCALHOST, port)), SocketAddr::from((Ipv6Addr::LOCALHOST, port))];
    addresses.into_iter().any(|address| ask(address).is_ok_and(|status| is_no_server_error(&status)))
}

fn is_no_server_error(status_line: &str) -> bool {
    let code = status_line.split(' ').nth(1).and_then(|code| code.parse::<u16>().ok());
    code.is_some_and(|code| (200..500).contains(&code))
}

/// Wrangler without questions, statistics or calls to Cloudflare.
fn wrangler(tools: &Tools) -> std::process::Command {
    let mut wrangler = command(&tools.wrangler);
    for name in ["WRANGLER_SEND_METRICS", "WRANGLER_SEND_ERROR_REPORTS", "CLOUDFLARE_CF_FETCH_ENABLED"] {
        wrangler.env(name, "false");
    }
    wrangler.env("CI", "1");
    wrangler
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
    DEV_PORTS.require_free()?;
    let tools = tools::ensure()?;
    let profile = Profile::choose(dev_flag);
    build::all(&tools, profile)?;
    build_sandbox()?;
    let logs = root().join(".wrangler/logs");
    let setting =
        Setting { ports: DEV_PORTS, profile, state: root().join(".wrangler/state"), logs: logs.clone(), vars: None };
    let mut stack = Stack::start(&tools, &setting)?;
    println!("\nThe servers write to {}/. Ctrl-C stops them.", logs.display());
    println!("Ledgerlink runs. Open {}", DEV_PORTS.crm_url());
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
    fn only_a_server_error_means_not_yet() {
        for (line, up) in [
            ("HTTP/1.1 200 OK\r\n", true),
            ("HTTP/1.1 401 Unauthorized\r\n", true),
            ("HTTP/1.1 503 Service Unavailable\r\n", false),
            ("", false),
        ] {
            assert_eq!(is_no_server_error(line), up, "{line:?}");
        }
    }

    #[test]
    fn a_taken_port_is_named_with_the_way_out() {
        let socket = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = socket.local_addr().unwrap().port();
        let failure = Ports { sandbox: port, worker: port }.require_free().unwrap_err().to_string();
        assert!(failure.contains(&format!("port {port}")) && failure.contains("To fix it"), "{failure}");
    }

    #[test]
    fn example_variables_name_the_dev_ports() {
        let example = read(&root().join(".dev.vars.example")).unwrap();
        assert!(example.contains(&DEV_PORTS.sandbox_url()), "sandbox");
        assert!(example.contains(&DEV_PORTS.worker_url()), "worker");
    }
}
