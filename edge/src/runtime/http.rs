//! The HTTP port on `reqwest`, which uses `fetch` in workerd.

use super::Runtime;
use futures_util::future::{Either, select};
use ports::{HttpError, Method, Request, Response};
use std::pin::pin;
use worker::Delay;

impl ports::Http for Runtime {
    async fn send(&self, request: Request) -> Result<Response, HttpError> {
        let timeout = request.timeout;
        // In workerd reqwest can't tell a time-out from another failure, so the whole exchange, body included, races
        // against a delay of our own.
        let exchange = pin!(exchange(&self.client, request));
        match select(exchange, pin!(Delay::from(timeout))).await {
            Either::Left((response, _)) => response,
            Either::Right(((), _)) => Err(HttpError::Timeout(timeout)),
        }
    }
}

async fn exchange(client: &reqwest::Client, request: Request) -> Result<Response, HttpError> {
    let method = match request.method {
        Method::Get => reqwest::Method::GET,
        Method::Post => reqwest::Method::POST,
        Method::Put => reqwest::Method::PUT,
        Method::Patch => reqwest::Method::PATCH,
        Method::Delete => reqwest::Method::DELETE,
    };
    let mut builder = client.request(method, request.url);
    for (name, value) in request.headers {
        builder = builder.header(name, value);
    }
    if !request.body.is_empty() {
        builder = builder.body(request.body);
    }
    let response = builder.send().await.map_err(lost)?;
    let status = response.status().as_u16();
    let headers = response
        .headers()
        .iter()
        .filter_map(|(name, value)| Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned())))
        .collect();
    let body = response.bytes().await.map_err(lost)?.to_vec();
    Ok(Response { status, headers, body })
}

/// The text of a reqwest error names the URL, whose query may hold customers' data.
fn lost(error: reqwest::Error) -> HttpError {
    HttpError::Connection(error.without_url().to_string())
}
