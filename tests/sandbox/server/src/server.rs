//! A world behind a port.
//!
//! One thread, one lock: a call changes the state at once and then waits out its latency, so several calls can be in
//! flight although the world handles one at a time.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::{Request, Response};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};

use crate::faults::HANG;
use crate::gate::{Dropped, Pending};
use crate::pages::{self, Site};
use crate::world::{ApiName, World};

/// The largest request that is read: Xero's hard limit is 10 MB, and what is larger must get as far as being refused.
const LARGEST_REQUEST: usize = 16 * 1024 * 1024;

/// Gives the machine's time. The binary passes the real one in.
pub type MachineClock = fn() -> DateTime<Utc>;

/// A port on both loopback addresses.
#[derive(Debug)]
pub struct Server {
    listeners: Vec<TcpListener>,
    port: u16,
}

impl Server {
    /// Takes a port on 127.0.0.1 and, where the machine has it, on ::1. Port 0 takes a free one.
    ///
    /// # Errors
    /// When the port is taken.
    pub async fn bind(port: u16) -> io::Result<Self> {
        let first = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).await?;
        let port = first.local_addr()?.port();
        let mut listeners = vec![first];
        match TcpListener::bind(SocketAddr::from((Ipv6Addr::LOCALHOST, port))).await {
            Ok(second) => listeners.push(second),
            // Another program's port would answer half of the calls to "localhost".
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => return Err(error),
            // A machine without IPv6 does without.
            Err(_) => {}
        }
        Ok(Self { listeners, port })
    }

    /// The port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Serves a world until the future is dropped.
    pub async fn run(self, world: World, site: Site, machine: MachineClock) {
        let shared = Arc::new(Shared { world: Mutex::new(world), site, machine });
        let accepting: Vec<_> =
            self.listeners.into_iter().map(|listener| tokio::spawn(accept(listener, Arc::clone(&shared)))).collect();
        let _stop = AbortOnDrop(accepting);
        std::future::pending::<()>().await;
    }
}

struct AbortOnDrop(Vec<tokio::task::JoinHandle<()>>);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        for task in &self.0 {
            task.abort();
        }
    }
}

struct Shared {
    world: Mutex<World>,
    site: Site,
    machine: MachineClock,
}

impl Shared {
    /// The world at the present time. A panic while it was held is told by its own test; the world goes on.
    fn world(&self) -> MutexGuard<'_, World> {
        let mut world = self.world.lock().unwrap_or_else(PoisonError::into_inner);
        world.gate.clock.observe((self.machine)());
        world
    }
}

/// A call that leaves the count of calls in flight even when its caller goes away.
struct InFlight<'s> {
    shared: &'s Shared,
    pending: Option<Pending>,
}

impl InFlight<'_> {
    fn finish(mut self) -> Result<Response<Bytes>, Dropped> {
        match self.pending.take() {
            Some(pending) => self.shared.world().finish(pending),
            None => Err(Dropped::Connection),
        }
    }
}

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        if let Some(pending) = self.pending.take() {
            // Nobody is left to get the outcome.
            let _ = self.shared.world().finish(pending);
        }
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    // Accepting fails for a caller that has gone again; the next one is none the worse.
    loop {
        if let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(stream, Arc::clone(&shared)));
        }
    }
}

async fn serve(stream: TcpStream, shared: Arc<Shared>) {
    let service = service_fn(move |request| {
        let shared = Arc::clone(&shared);
        async move { answer(&shared, request).await.map(|response| response.map(Full::new)) }
    });
    // An error here is a connection that a fault closed, or a caller that went away.
    let _ = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}

async fn answer(shared: &Shared, request: Request<Incoming>) -> Result<Response<Bytes>, Dropped> {
    let (parts, body) = request.into_parts();
    let Ok(body) = Limited::new(body, LARGEST_REQUEST).collect().await else { return Err(Dropped::Connection) };
    let request = Request::from_parts(parts, body.to_bytes());
    if request.uri().path() == pages::HANGING {
        tokio::time::sleep(HANG).await;
        return Err(Dropped::TimedOut);
    }
    if ApiName::route(request.uri().path()).is_none() {
        return Ok(page(shared, request));
    }
    let pending = shared.world().begin(request);
    let latency = pending.latency();
    let call = InFlight { shared, pending: Some(pending) };
    if !latency.is_zero() {
        tokio::time::sleep(latency).await;
    }
    match call.finish() {
        Err(Dropped::TimedOut) => {
            // The caller's own time limit ends this; the connection must not stay for ever when it has none.
            tokio::time::sleep(HANG).await;
            Err(Dropped::TimedOut)
        }
        outcome => outcome,
    }
}

fn page(shared: &Shared, request: Request<Bytes>) -> Response<Bytes> {
    let (parts, body) = request.into_parts();
    let request = sandbox_kernel::Request {
        method: parts.method,
        path: parts.uri.path().to_owned(),
        query: url::form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes()).into_owned().collect(),
        headers: parts.headers,
        body,
    };
    pages::respond(&mut shared.world(), &shared.site, &request)
}
