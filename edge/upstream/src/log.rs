//! The calls that were made on behalf of one click or one piece of a run, for its log entry.

use crate::Api;
use ports::Response;
use shared::api::CallView;
use std::cell::{Cell, RefCell};

/// Collects every attempt: method and path template, status, duration and Xero's correlation id.
/// No ids, no query, no headers, no bodies.
#[derive(Debug, Default)]
pub struct CallLog {
    calls: RefCell<Vec<CallView>>,
    credits: Cell<Option<u32>>,
}

impl CallLog {
    /// An empty log.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// What has been collected so far, in the order in which the answers arrived.
    #[must_use]
    pub fn entries(&self) -> Vec<CallView> {
        self.calls.borrow().clone()
    }

    /// The attempts made, at Zoho and at Xero. Attempts that failed count: the vendors may have counted them, too.
    #[must_use]
    pub fn counts(&self) -> (u32, u32) {
        self.calls.borrow().iter().fold((0, 0), |(zoho, xero), call| {
            if call.api == Api::Zoho.as_str() { (zoho + 1, xero) } else { (zoho, xero + 1) }
        })
    }

    /// Zoho's API credits left, as the last answer that told it said (`X-API-CREDITS-REMAINING`, which Zoho sends once
    /// half of them is used). None while no answer told it.
    #[must_use]
    pub fn credits(&self) -> Option<u32> {
        self.credits.get()
    }

    /// Forgets everything.
    pub fn clear(&self) {
        self.calls.borrow_mut().clear();
        self.credits.set(None);
    }

    /// Takes over what an answer of Zoho says about the credits.
    pub(crate) fn learn(&self, response: &Response) {
        if let Some(left) = response.header("x-api-credits-remaining").and_then(|text| text.trim().parse().ok()) {
            self.credits.set(Some(left));
        }
    }

    pub(crate) fn add(&self, api: Api, call: &str, status: Option<u16>, took_ms: i64, correlation_id: Option<&str>) {
        self.calls.borrow_mut().push(CallView {
            api: api.as_str().to_owned(),
            call: call.to_owned(),
            status,
            took_ms,
            correlation_id: correlation_id.map(str::to_owned),
        });
    }
}
