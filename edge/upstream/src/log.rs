//! The calls that were made on behalf of one click, for its log entry.

use crate::Api;
use shared::api::CallView;
use std::cell::RefCell;

/// Collects every attempt: method and path template, status, duration and Xero's correlation id.
/// No ids, no query, no headers, no bodies.
#[derive(Debug, Default)]
pub struct CallLog(RefCell<Vec<CallView>>);

impl CallLog {
    /// An empty log.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// What has been collected so far, in the order in which the answers arrived.
    #[must_use]
    pub fn entries(&self) -> Vec<CallView> {
        self.0.borrow().clone()
    }

    /// Forgets everything.
    pub fn clear(&self) {
        self.0.borrow_mut().clear();
    }

    pub(crate) fn add(&self, api: Api, call: &str, status: Option<u16>, took_ms: i64, correlation_id: Option<&str>) {
        self.0.borrow_mut().push(CallView {
            api: api.as_str().to_owned(),
            call: call.to_owned(),
            status,
            took_ms,
            correlation_id: correlation_id.map(str::to_owned),
        });
    }
}
