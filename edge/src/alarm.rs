//! The one alarm of a Durable Object. The runtime runs its handler at least once, also after a crash
//! (<https://developers.cloudflare.com/durable-objects/api/alarms/>).

use chrono::{DateTime, TimeDelta, Utc};
use worker::{Result, State};

/// After how long something that went wrong is tried once more.
pub(crate) const AGAIN_AFTER: TimeDelta = TimeDelta::minutes(1);

/// Sees to it that the alarm rings at `at` or before. An earlier alarm stays.
pub(crate) async fn ring_by(state: &State, at: DateTime<Utc>) -> Result<()> {
    let storage = state.storage();
    match storage.get_alarm().await? {
        Some(set) if set <= at.timestamp_millis() => Ok(()),
        _ => storage.set_alarm(at).await,
    }
}
