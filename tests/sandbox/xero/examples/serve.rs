//! The stand-in Xero alone, on real sockets and with real time: `cargo run -p sandbox-xero --example serve -- 8791`.
//!
//! For trying the library on its own; development and tests use the sandbox server, which has both APIs and faults.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use axum::body::Body;
use axum::extract::State;
use sandbox_kernel::{Api as _, Call, Request};
use sandbox_xero::{Client, Config, Tier, Xero};

type Shared = Arc<(Mutex<Xero>, AtomicU32)>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let port: u16 = std::env::args().nth(1).unwrap_or_else(|| "8790".to_owned()).parse()?;
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await?;
    let base = format!("http://localhost:{}", listener.local_addr()?.port());
    let xero = Xero::new(Config {
        base_url: format!("{base}/xero"),
        clients: vec![Client {
            id: "SANDBOXXEROCLIENT".to_owned(),
            secret: "sandbox-xero-secret".to_owned(),
            redirect_uris: vec!["http://localhost:*/auth/xero/callback".to_owned()],
        }],
        tier: Tier::Core,
        seed: 1,
    });
    let state: Shared = Arc::new((Mutex::new(xero), AtomicU32::new(0)));
    println!("{base}");
    axum::serve(listener, axum::Router::new().fallback(answer).with_state(state)).await?;
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "this is the outermost shell: the clock is read here")]
async fn answer(State(state): State<Shared>, request: axum::extract::Request) -> axum::response::Response {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, 10 << 20).await.unwrap_or_default();
    let request = Request {
        method: parts.method,
        path: parts.uri.path().strip_prefix("/xero").unwrap_or_default().to_owned(),
        query: url::form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes()).into_owned().collect(),
        headers: parts.headers,
        body,
    };
    let in_flight = state.1.fetch_add(1, Ordering::SeqCst) + 1;
    let call = Call { now: std::time::SystemTime::now().into(), in_flight };
    let response = state.0.lock().map(|mut xero| xero.handle(&call, &request));
    state.1.fetch_sub(1, Ordering::SeqCst);
    match response {
        Ok(response) => response.map(Body::from),
        Err(_) => http::Response::builder().status(500).body(Body::empty()).unwrap_or_default(),
    }
}
