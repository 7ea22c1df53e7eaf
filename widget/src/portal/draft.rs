//! Drafts that outlive their screens: whoever looks into the log between two changes, or chooses another language, finds
//! them again. Another user does not, and the browser asks before the page goes with them.

use super::app::{App, Session};
use super::unsaved::Draft;
use crate::portal::reactive::*;
use crate::view::dom::Gives;
use shared::id::ZohoId;
use std::cell::RefCell;
use std::fmt;
use std::thread::LocalKey;

/// Whose a draft is: the user and the CRM organisation; none while nobody is known.
pub type Author = Option<(ZohoId, String)>;

/// Whose a draft is that is begun in this session.
#[must_use]
pub fn author(session: &Session) -> Author {
    session.view.as_ref().map(|view| (view.user_id.clone(), view.crm_organisation.clone()))
}

/// The place where a screen's draft is kept.
pub struct Kept<D>(RefCell<Option<(Author, RwSignal<D>)>>);

impl<D> fmt::Debug for Kept<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Kept")
    }
}

impl<D> Default for Kept<D> {
    fn default() -> Self {
        Self::new()
    }
}

impl<D> Kept<D> {
    /// Nothing is kept yet.
    #[must_use]
    pub const fn new() -> Self {
        Self(RefCell::new(None))
    }

    /// Whether there was no draft yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.borrow().is_none()
    }
}

impl<D: Draft> Kept<D> {
    /// The draft of this user: the kept one, else a new one. Another user's is dropped: answers that are still on their
    /// way to it do not reach the new one.
    pub fn of(&self, author: Author) -> RwSignal<D> {
        let mut kept = self.0.borrow_mut();
        if let Some((known, draft)) = &*kept
            && *known == author
        {
            return *draft;
        }
        let draft = match page() {
            Some(page) => page.with(|| RwSignal::new(D::default())),
            None => RwSignal::new(D::default()),
        };
        *kept = Some((author, draft));
        draft
    }

    /// Whether something that is kept is not saved.
    #[must_use]
    pub fn is_dirty(&self) -> bool {
        self.0.borrow().as_ref().is_some_and(|(_, draft)| draft.try_with_untracked(D::is_dirty).unwrap_or_default())
    }
}

/// The draft of a screen that is being opened. `kept` is said when the screen is left with something unsaved.
pub(super) fn open<D: Draft>(
    app: App,
    place: &'static LocalKey<Kept<D>>,
    kept: fn(App) -> &'static str,
) -> RwSignal<D> {
    if place.with(Kept::is_empty) {
        ask_before_leaving(Box::new(move || place.with(Kept::is_dirty)));
    }
    let draft = place.with(|place| place.of(app.session.with_untracked(author)));
    on_cleanup(move || {
        if draft.with_untracked(D::is_dirty) {
            app.announce(kept(app));
        }
    });
    draft
}

/// A draft belongs to the page, not to the screen that begins it.
fn page() -> Option<Owner> {
    let mut page = Owner::current();
    while let Some(outer) = page.as_ref().and_then(Owner::parent) {
        page = Some(outer);
    }
    page
}

/// The browser asks before it leaves the page with something unsaved.
fn ask_before_leaving(is_dirty: Box<dyn Gives<bool>>) {
    let handle = window_event_listener_untyped("beforeunload", move |event| {
        if is_dirty.give() {
            event.prevent_default();
        }
    });
    // It is wanted as long as the page is there.
    std::mem::forget(handle);
}
