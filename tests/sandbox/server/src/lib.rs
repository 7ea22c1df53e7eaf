//! The sandbox: everything around the program under test, in one process.
//!
//! [`World`] holds a stand-in Zoho CRM in two data centres, a stand-in Xero with two organisations, a clock, faults,
//! latency and a journal of every call. It has no sockets, so the engine's own tests call it directly:
//!
//! ```
//! use bytes::Bytes;
//! use sandbox::{ApiName, Effect, Phase, Rule, World};
//!
//! let mut world = World::empty("http://localhost:8790");
//! world.gate.faults.add(Rule::at_call(1, Phase::Before, Effect::Drop));
//! let request = || http::Request::get("/zoho/accounts/oauth/serverinfo").body(Bytes::new()).unwrap();
//! assert!(world.call(request()).is_err());
//! assert!(world.call(request()).is_ok());
//! assert_eq!(world.gate.journal.total(), 2);
//! ```
//!
//! [`Server`] puts a world behind a port, together with the control API (see [`control`]) and the pages of both sides
//! (see [`pages`]). A clone of a world is an independent copy of everything.

pub mod clock;
pub mod control;
pub mod faults;
pub mod gate;
pub mod journal;
pub mod pages;
pub mod seed;
pub mod server;
pub mod world;

pub use clock::Clock;
pub use faults::{Effect, Limit, Phase, Repeat, Rule};
pub use gate::{Dropped, Gate, Pending};
pub use journal::{Entry, Journal, Mark};
pub use pages::Site;
pub use seed::Seed;
pub use server::Server;
pub use world::{ApiName, World, XERO_CLIENT, XeroGrant, ZOHO_CLIENT};
