//! The sandbox as a program: `sandbox --port 8790 --seed standard --widget-url http://localhost:8787`.
//!
//! It prints `sandbox ready on http://localhost:PORT` when it listens, and ends on Ctrl-C, on SIGTERM and, with
//! `--until-stdin-closes`, when its standard input closes.

use std::io::Write as _;
use std::process::ExitCode;

use chrono::{DateTime, Utc};
use sandbox::{Seed, Server, Site, World};

const USAGE: &str = "usage: sandbox [--port 8790] [--seed standard|total-tax|empty|united-kingdom|united-states|south-africa|singapore] [--widget-url http://localhost:8787] [--until-stdin-closes]

  --port N              the port on 127.0.0.1 and ::1; 0 takes a free one
  --seed NAME           the data to begin with
  --widget-url URL      where the CRM's pages find the widget
  --until-stdin-closes  end when the standard input closes";

struct Options {
    port: u16,
    seed: Seed,
    widget_url: String,
    until_stdin_closes: bool,
}

/// Reads the command line; `Err` has the text to print, with what is wrong if anything is.
fn options(mut arguments: impl Iterator<Item = String>) -> Result<Options, String> {
    let mut options = Options {
        port: 8790,
        seed: Seed::Standard,
        widget_url: "http://localhost:8787".to_owned(),
        until_stdin_closes: false,
    };
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().ok_or_else(|| format!("{argument} needs a value\n{USAGE}"));
        match argument.as_str() {
            "--port" => {
                let text = value()?;
                options.port = text.parse().map_err(|_| format!("\"{text}\" is not a port\n{USAGE}"))?;
            }
            "--seed" => options.seed = value()?.parse().map_err(|problem| format!("{problem}\n{USAGE}"))?,
            "--widget-url" => value()?.trim_end_matches('/').clone_into(&mut options.widget_url),
            "--until-stdin-closes" => options.until_stdin_closes = true,
            _ => return Err(format!("unknown option {argument}\n{USAGE}")),
        }
    }
    Ok(options)
}

#[expect(clippy::disallowed_methods, reason = "this binary is the shell that reads the machine's clock")]
fn machine_time() -> DateTime<Utc> {
    std::time::SystemTime::now().into()
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let options = match options(std::env::args().skip(1)) {
        Ok(options) => options,
        Err(text) => {
            eprintln!("{text}");
            return ExitCode::from(2);
        }
    };
    let server = match Server::bind(options.port).await {
        Ok(server) => server,
        Err(error) => {
            eprintln!("sandbox: port {} on localhost cannot be used: {error}", options.port);
            return ExitCode::FAILURE;
        }
    };
    let base_url = format!("http://localhost:{}", server.port());
    let mut world = World::with_seed(options.seed, &base_url);
    world.gate.clock.follow(machine_time());
    println!("sandbox ready on {base_url}");
    // Whoever started the program waits for that line.
    let _ = std::io::stdout().flush();
    tokio::select! {
        () = server.run(world, Site { widget_url: options.widget_url }, machine_time) => {}
        () = asked_to_stop() => {}
        () = stdin_closes(), if options.until_stdin_closes => {}
    }
    ExitCode::SUCCESS
}

/// Ends on Ctrl-C or SIGTERM.
async fn asked_to_stop() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    // Without a handler Ctrl-C ends the program all the same.
    let _ = tokio::signal::ctrl_c().await;
}

/// Ends when the standard input closes. A thread reads it: nothing else can wait for a pipe to close everywhere.
async fn stdin_closes() {
    let (closed, wait) = tokio::sync::oneshot::channel();
    std::thread::spawn(move || {
        // An input that cannot be read is as good as closed.
        let _ = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
        let _ = closed.send(());
    });
    let _ = wait.await;
}
