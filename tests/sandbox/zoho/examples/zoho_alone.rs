//! The stand-in CRM alone on a socket, for trying it by hand: `cargo run -p sandbox-zoho --example zoho_alone`.
//! Prints the same line as the whole sandbox when it listens.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::response::Response;
use sandbox_kernel::{Api, Call};
use sandbox_zoho::{Client, Config, Edition, Peer, Zoho};
use std::sync::{Arc, Mutex};

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::io::Result<()> {
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await?;
    let base = format!("http://localhost:{}", listener.local_addr()?.port());
    let zoho = Zoho::new(Config {
        base_url: format!("{base}/zoho"),
        location: "us".into(),
        peers: vec![Peer { location: "eu".into(), accounts: format!("{base}/zoho-eu/accounts") }],
        clients: vec![Client {
            id: "1000.SANDBOXCLIENT".into(),
            secret: "sandbox-zoho-secret".into(),
            redirect_uris: vec!["http://localhost:*/auth/zoho/callback".into()],
        }],
        edition: Edition::Enterprise,
        seed: 1,
    });
    let app = Router::new().fallback(answer).with_state(Arc::new(Mutex::new(zoho)));
    println!("sandbox ready on {base}");
    axum::serve(listener, app).await
}

async fn answer(State(zoho): State<Arc<Mutex<Zoho>>>, request: Request) -> Response {
    #[expect(clippy::disallowed_methods, reason = "this program is the shell that owns the clock")]
    let now = chrono::DateTime::from(std::time::SystemTime::now());
    let (parts, body) = request.into_parts();
    let request = sandbox_kernel::Request {
        method: parts.method,
        path: parts.uri.path().trim_start_matches("/zoho").to_owned(),
        query: form(parts.uri.query().unwrap_or_default()),
        headers: parts.headers,
        body: to_bytes(body, usize::MAX).await.unwrap_or_default(),
    };
    let reply = match zoho.lock() {
        Ok(mut zoho) => zoho.handle(&Call { now, in_flight: 1 }, &request),
        Err(_) => return Response::new(Body::from("the state is lost after a panic")),
    };
    println!("{} {} {} -> {}", request.method, request.path, parts.uri.query().unwrap_or_default(), reply.status());
    reply.map(Body::from)
}

fn form(query: &str) -> Vec<(String, String)> {
    let decode = |text: &str| {
        let bytes = text.replace('+', " ").into_bytes();
        let mut out = Vec::new();
        let mut at = 0;
        while at < bytes.len() {
            let hex = bytes.get(at + 1..at + 3).and_then(|hex| std::str::from_utf8(hex).ok());
            match (bytes[at], hex.and_then(|hex| u8::from_str_radix(hex, 16).ok())) {
                (b'%', Some(byte)) => {
                    out.push(byte);
                    at += 2;
                }
                (byte, _) => out.push(byte),
            }
            at += 1;
        }
        String::from_utf8_lossy(&out).into_owned()
    };
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    pairs.map(|pair| pair.split_once('=').unwrap_or((pair, ""))).map(|(k, v)| (decode(k), decode(v))).collect()
}
