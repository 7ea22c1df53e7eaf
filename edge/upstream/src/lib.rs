//! The HTTP clients for Zoho CRM and Xero.
//!
//! They speak each vendor's protocol and answer with decisions: every failure is an [`Error`] that says what the caller
//! may do next. What a request means for a record is not known here. Clock and HTTP come through [`ports`], so the
//! clients run the same in the Worker and natively.
#![warn(missing_docs)]

mod budget;
mod call;
mod error;
mod limits;
mod log;
mod retry;
mod text;
pub mod xero;
pub mod zoho;

pub use call::TIMEOUT;
pub use error::{Api, Error, LimitScope, Whose};
pub use limits::{Caller, Purpose, Who};
pub use log::CallLog;
pub use retry::{Attempt, Decision, Effect, decide};

/// Our registration at a vendor.
#[derive(Clone, Copy)]
pub struct App<'a> {
    /// `client_id`.
    pub id: &'a str,
    /// `client_secret`.
    pub secret: &'a str,
}

impl std::fmt::Debug for App<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("App").field("id", &self.id).finish_non_exhaustive()
    }
}

/// Where a client gets its access token from.
pub trait Tokens {
    /// The access token to use now.
    ///
    /// # Errors
    /// [`Error::Unauthorized`] when there is no grant any more, or what went wrong while getting a token.
    fn access(&self) -> impl Future<Output = Result<String, Error>>;

    /// A token that replaces `refused`, which the vendor has just refused. Several calls may ask at once: one refresh
    /// has to serve them all, which is the implementor's business.
    ///
    /// # Errors
    /// As [`Tokens::access`].
    fn renew(&self, refused: &str) -> impl Future<Output = Result<String, Error>>;

    /// Whose grant these are the tokens of.
    fn whose(&self) -> Whose;
}

impl<T: Tokens> Tokens for &T {
    async fn access(&self) -> Result<String, Error> {
        (**self).access().await
    }

    async fn renew(&self, refused: &str) -> Result<String, Error> {
        (**self).renew(refused).await
    }

    fn whose(&self) -> Whose {
        (**self).whose()
    }
}
