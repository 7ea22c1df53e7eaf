//! HTTP as the clients see it: one request, one whole response, no streaming.

use std::time::Duration;

/// The methods that the two vendors' APIs use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Method {
    /// Read.
    Get,
    /// Create, or create and update.
    Post,
    /// Create (Xero) or update (Zoho).
    Put,
    /// Change in part (Zoho's metadata).
    Patch,
    /// Remove.
    Delete,
}

impl Method {
    /// The method as it is written on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

/// A request to an upstream API. `Debug` leaves out header values and the body: they hold tokens and customers' data.
#[derive(Clone, PartialEq, Eq)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// The absolute URL, already percent-encoded.
    pub url: String,
    /// Header names (lower case) and values.
    pub headers: Vec<(String, String)>,
    /// The body; empty for none.
    pub body: Vec<u8>,
    /// How long the whole exchange, body included, may take. The adapter enforces it.
    pub timeout: Duration,
}

impl std::fmt::Debug for Request {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let path = self.url.split('?').next().unwrap_or_default();
        write!(f, "{} {path} ({} bytes)", self.method.as_str(), self.body.len())
    }
}

/// A whole response.
#[derive(Clone, PartialEq, Eq)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// Header names (lower case) and values.
    pub headers: Vec<(String, String)>,
    /// The body; empty for none.
    pub body: Vec<u8>,
}

impl Response {
    /// The first header of this (lower case) name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

impl std::fmt::Debug for Response {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({} bytes)", self.status, self.body.len())
    }
}

/// Why no response arrived. Either way it is unknown whether the upstream carried the request out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HttpError {
    /// The time in [`Request::timeout`] ran out before the whole response had arrived.
    #[error("no answer within {0:?}")]
    Timeout(Duration),
    /// The connection failed: refused, reset, or cut off in the middle.
    #[error("the connection failed: {0}")]
    Connection(String),
}

/// The HTTP port.
pub trait Http {
    /// Sends `request` once, with no retry and no redirect followed.
    ///
    /// # Errors
    /// [`HttpError`] when no whole response arrived. Any status code is `Ok`.
    fn send(&self, request: Request) -> impl Future<Output = Result<Response, HttpError>>;
}

impl<T: Http> Http for &T {
    async fn send(&self, request: Request) -> Result<Response, HttpError> {
        (**self).send(request).await
    }
}
