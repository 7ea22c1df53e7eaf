//! What is shown no longer: another record, or nobody is signed in any more.

use super::model::{Effect, Older, Panel};
use crate::fault::Absence;
use crate::panel::rows::Phase;
use crate::panel::words;
use crate::popup::flow::Act;
use crate::session::Purpose;

/// From here on answers to earlier questions are too late.
pub(super) fn next_ticket(model: &mut Panel) {
    model.ticket += 1;
    model.reading = false;
    model.view = None;
    model.fault = None;
    model.work = None;
    model.entry = None;
    model.saving = false;
    model.older = Older::default();
    model.closing = false;
}

/// The edge knows of no session, or of none any more.
pub(super) fn signed_out(model: &mut Panel, absence: Absence) -> Vec<Effect> {
    if model.credential.take().is_none() {
        return Vec::new();
    }
    // Who has not been signed in here has nothing to be told.
    let was_here = absence == Absence::Ended || model.session.is_some();
    let mut effects = forget(model);
    model.notice = was_here.then(words::session_over);
    effects.push(Effect::Remember(None));
    effects
}

/// Leaves nothing of the signed-in person on the screen; what the list has not done keeps its turn.
pub(super) fn forget(model: &mut Panel) -> Vec<Effect> {
    next_ticket(model);
    model.session = None;
    model.notice = None;
    model.bulk.let_go();
    for row in &mut model.rows {
        if row.phase == Phase::Working {
            row.phase = Phase::Waiting;
        }
    }
    // A window that connects Xero does it for the session that is gone.
    let connects = model.window.as_ref().is_some_and(|window| window.purpose == Purpose::ConnectXero);
    if connects { vec![Effect::Window(Act::Cancel)] } else { Vec::new() }
}
