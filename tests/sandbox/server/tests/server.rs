//! The program, over real sockets.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

/// The running program; it ends with the test.
struct Sandbox {
    child: Child,
    port: u16,
}

impl Sandbox {
    fn start() -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_sandbox"))
            .args(["--port", "0", "--seed", "empty", "--until-stdin-closes"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim().strip_prefix("sandbox ready on http://localhost:").unwrap();
        let port = address.parse().unwrap();
        Self { child, port }
    }

    /// Everything that comes back for a request until the connection closes.
    fn send(&self, method: &str, path: &str, body: &str) -> String {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        )
        .unwrap();
        let mut answer = String::new();
        // A connection that is reset has given no answer either.
        let _ = stream.read_to_string(&mut answer);
        answer
    }

    fn json(&self, method: &str, path: &str, body: &Value) -> Value {
        let answer = self.send(method, path, &body.to_string());
        let (_, body) = answer.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no body: {answer}"));
        serde_json::from_str(body).unwrap()
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

const CALL: &str = "/zoho/accounts/oauth/serverinfo";

#[test]
fn serves_apis_pages_and_control_on_localhost() {
    let sandbox = Sandbox::start();
    assert!(sandbox.send("GET", CALL, "").starts_with("HTTP/1.1 200"));
    assert!(sandbox.send("GET", "/crm", "").contains("CRM stand-in"));
    let brief = sandbox.json("GET", "/control", &json!({}));
    assert_eq!(brief["calls"].as_u64(), Some(1), "pages and control calls are not in the journal");
    assert_eq!(brief["real"], true);
    let base = format!("http://localhost:{}", sandbox.port);
    assert_eq!(brief["base_url"], base);
}

#[test]
fn a_dropped_call_gets_not_a_single_byte() {
    let sandbox = Sandbox::start();
    sandbox.json("POST", "/control/faults", &json!({ "phase": "before", "effect": "drop" }));
    assert_eq!(sandbox.send("GET", CALL, ""), "");
    assert!(sandbox.send("GET", CALL, "").starts_with("HTTP/1.1 200"));
}

#[test]
fn a_script_that_hangs_never_arrives() {
    let sandbox = Sandbox::start();
    let mut stream = TcpStream::connect(("127.0.0.1", sandbox.port)).unwrap();
    stream.set_read_timeout(Some(std::time::Duration::from_millis(400))).unwrap();
    write!(stream, "GET /sdk/hanging.js HTTP/1.1\r\nhost: localhost\r\n\r\n").unwrap();
    let error = stream.read(&mut [0; 16]).unwrap_err();
    assert!(matches!(error.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut), "{error}");
    assert!(sandbox.send("GET", CALL, "").starts_with("HTTP/1.1 200"), "others are served meanwhile");
}

#[test]
fn calls_that_take_time_are_in_flight_together() {
    let sandbox = Sandbox::start();
    sandbox.json("PUT", "/control/latency", &json!({ "zoho": 1500 }));
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| sandbox.send("GET", CALL, ""));
        }
    });
    let journal = sandbox.json("GET", "/control/journal", &json!({}));
    let most = journal["entries"].as_array().unwrap().iter().filter_map(|entry| entry["in_flight"].as_u64()).max();
    assert_eq!(most, Some(3));
    sandbox.json("PUT", "/control/latency", &json!({ "zoho": 0 }));
    sandbox.send("GET", CALL, "");
    let journal = sandbox.json("GET", "/control/journal", &json!({}));
    let last = journal["entries"].as_array().unwrap().last().unwrap().clone();
    assert_eq!(last["in_flight"].as_u64(), Some(1), "the others have left");
}

#[test]
fn ends_when_its_input_closes() {
    let mut sandbox = Sandbox::start();
    drop(sandbox.child.stdin.take());
    assert!(sandbox.child.wait().unwrap().success());
}

#[test]
fn refuses_options_it_does_not_know() {
    let output = Command::new(env!("CARGO_BIN_EXE_sandbox")).args(["--seed", "huge"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("total-tax"));
}
