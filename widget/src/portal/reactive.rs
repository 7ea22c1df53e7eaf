//! Signals, memos and effects of which there is one kind each, whatever they hold.
//!
//! Those of Leptos are generic down to the last line: each type that is kept in a signal, and each closure of a memo or
//! an effect, brings some kilobytes of code along, and the portal has some hundreds of them. Here every value is kept
//! behind a pointer; what knows its type is a few lines that read it from there. The names are those of Leptos, and so
//! is what they do.

use crate::view::dom::Takes;
use leptos::leptos_dom::helpers::TimeoutHandle;
use leptos::prelude::{self as rg, Get, GetUntracked, Set, Track, Write};
pub(crate) use leptos::prelude::{
    AnyView, GetValue, LocalStorage, Owner, SetValue, StoredValue, UpdateValue, WithValue, on_cleanup, set_interval,
    set_interval_with_handle, untrack, window_event_listener, window_event_listener_untyped,
};
use std::any::Any;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

/// A value of any type.
type Held = Box<dyn Any + Send + Sync>;

/// What signals and memos hold: one thin pointer, so that whoever reads hands on no more than that.
type Kept = Arc<Held>;

/// Reads what is kept, and gives it back.
fn see<T: 'static, U>(kept: Kept, take: impl FnOnce(&T) -> U) -> U {
    let seen = take(of(&kept));
    give_back(kept);
    seen
}

/// Not in line at each of hundreds of places.
#[inline(never)]
fn give_back(kept: Kept) {
    drop(kept);
}

#[inline(never)]
fn of<T: 'static>(held: &Held) -> &T {
    let value: &dyn Any = &**held;
    // What is put in and what is read have the same type: that of the signal.
    value.downcast_ref().unwrap_or_else(|| gone())
}

#[cold]
#[inline(never)]
fn gone() -> ! {
    panic!("a signal is read after the part that it belongs to has gone")
}

type Signal = rg::RwSignal<Kept>;

#[inline(never)]
fn signal(held: Held) -> Signal {
    rg::RwSignal::new(Arc::new(held))
}

#[inline(never)]
fn read(signal: Signal) -> Kept {
    signal.try_get().unwrap_or_else(|| gone())
}

#[inline(never)]
fn peek(signal: Signal) -> Option<Kept> {
    signal.try_get_untracked()
}

/// Whether it was there to be replaced.
#[inline(never)]
fn put(signal: Signal, held: Held) -> bool {
    signal.try_set(Arc::new(held)).is_none()
}

#[inline(never)]
fn change(signal: Signal, change: &mut dyn Changes) {
    // Nobody else has it: what is read is given back before anything is changed.
    if let Some(mut kept) = signal.try_write()
        && let Some(held) = Arc::get_mut(&mut kept)
    {
        change.apply(held);
    }
}

/// A change of what is held. Not `dyn FnMut`: see [`crate::view::dom::Gives`].
trait Changes {
    fn apply(&mut self, held: &mut Held);
}

/// A change that is made once, and what it has given.
struct Change<T, U, F> {
    make: Option<F>,
    given: Option<U>,
    of: PhantomData<fn(&mut T)>,
}

impl<T: 'static, U, F: FnOnce(&mut T) -> U> Changes for Change<T, U, F> {
    fn apply(&mut self, held: &mut Held) {
        if let Some(make) = self.make.take() {
            let value: &mut dyn Any = &mut **held;
            self.given = value.downcast_mut().map(make);
        }
    }
}

/// Something that is shown and changes.
pub struct RwSignal<T> {
    inner: Signal,
    of: PhantomData<fn() -> T>,
}

impl<T> Clone for RwSignal<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for RwSignal<T> {}

impl<T> fmt::Debug for RwSignal<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RwSignal")
    }
}

impl<T: Send + Sync + 'static> RwSignal<T> {
    /// A signal with its first value.
    #[must_use]
    pub fn new(value: T) -> Self {
        Self { inner: signal(Box::new(value)), of: PhantomData }
    }

    /// Reads it; what runs now runs again when it changes.
    pub fn with<U>(self, take: impl FnOnce(&T) -> U) -> U {
        see(read(self.inner), take)
    }

    /// Reads it as it is now.
    pub fn with_untracked<U>(self, take: impl FnOnce(&T) -> U) -> U {
        see(peek(self.inner).unwrap_or_else(|| gone()), take)
    }

    /// Reads it as it is now, if the part that it belongs to is still there.
    pub(crate) fn try_with_untracked<U>(self, take: impl FnOnce(&T) -> U) -> Option<U> {
        peek(self.inner).map(|kept| see(kept, take))
    }

    /// Its value; what runs now runs again when it changes.
    #[inline(never)]
    pub fn get(self) -> T
    where
        T: Clone,
    {
        self.with(T::clone)
    }

    /// Its value as it is now.
    #[inline(never)]
    pub fn get_untracked(self) -> T
    where
        T: Clone,
    {
        self.with_untracked(T::clone)
    }

    pub(crate) fn try_get_untracked(self) -> Option<T>
    where
        T: Clone,
    {
        self.try_with_untracked(T::clone)
    }

    /// Runs again what runs now when it changes.
    pub(crate) fn track(self) {
        self.inner.track();
    }

    /// A part of it, which tells only when it has changed.
    pub(crate) fn slice<U: PartialEq + Send + Sync + 'static>(
        self,
        part: impl Fn(&T) -> U + Send + Sync + 'static,
    ) -> Memo<U> {
        Memo { inner: slice(self.inner, Box::new(Slice(part, PhantomData)), same::<U>), of: PhantomData }
    }

    /// Changes it.
    pub fn update(self, make: impl FnOnce(&mut T)) {
        self.try_update(make);
    }

    /// Changes it, if the part that it belongs to is still there.
    pub(crate) fn try_update<U>(self, make: impl FnOnce(&mut T) -> U) -> Option<U> {
        let mut making = Change { make: Some(make), given: None, of: PhantomData };
        change(self.inner, &mut making);
        making.given
    }

    /// Replaces it.
    #[inline(never)]
    pub fn set(self, value: T) {
        put(self.inner, Box::new(value));
    }

    /// Replaces it; whether the part that it belongs to was still there.
    pub(crate) fn try_set(self, value: T) -> bool {
        put(self.inner, Box::new(value))
    }
}

type HeldMemo = rg::Memo<Kept>;

/// Something worked out, which tells only when it has changed.
pub struct Memo<T> {
    inner: HeldMemo,
    of: PhantomData<fn() -> T>,
}

impl<T> Clone for Memo<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Memo<T> {}

impl<T> fmt::Debug for Memo<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Memo")
    }
}

/// Works out a value; the one before may help.
trait Works {
    fn work(&self, before: Option<&Held>) -> Held;
}

struct Part<T, F>(F, PhantomData<fn() -> T>);

impl<T: Send + Sync + 'static, F: Fn(Option<&T>) -> T> Works for Part<T, F> {
    fn work(&self, before: Option<&Held>) -> Held {
        Box::new((self.0)(before.map(of)))
    }
}

fn same<T: PartialEq + 'static>(before: &Held, now: &Held) -> bool {
    of::<T>(before) == of::<T>(now)
}

struct Slice<T, F>(F, PhantomData<fn(&T)>);

/// Works out a part of what is held.
trait Slices {
    fn slice(&self, held: &Held) -> Held;
}

impl<T: 'static, U: Send + Sync + 'static, F: Fn(&T) -> U> Slices for Slice<T, F> {
    fn slice(&self, held: &Held) -> Held {
        Box::new((self.0)(of(held)))
    }
}

#[inline(never)]
fn slice(signal: Signal, part: Box<dyn Slices + Send + Sync>, same: fn(&Held, &Held) -> bool) -> HeldMemo {
    memo(Box::new(Whole { signal, part }), same)
}

/// The part of a signal.
struct Whole {
    signal: Signal,
    part: Box<dyn Slices + Send + Sync>,
}

impl Works for Whole {
    fn work(&self, _: Option<&Held>) -> Held {
        let kept = read(self.signal);
        let held = self.part.slice(&kept);
        give_back(kept);
        held
    }
}

#[inline(never)]
fn memo(part: Box<dyn Works + Send + Sync>, same: fn(&Held, &Held) -> bool) -> HeldMemo {
    rg::Memo::new_owning(move |before: Option<Kept>| {
        let now = part.work(before.as_deref());
        let changed = before.is_none_or(|before| !same(&before, &now));
        (Arc::new(now), changed)
    })
}

#[inline(never)]
fn read_memo(memo: HeldMemo) -> Kept {
    memo.try_get().unwrap_or_else(|| gone())
}

#[inline(never)]
fn peek_memo(memo: HeldMemo) -> Option<Kept> {
    memo.try_get_untracked()
}

impl<T: Send + Sync + 'static> Memo<T> {
    /// What is worked out of signals, again whenever one of them has changed.
    #[must_use]
    pub fn new(part: impl Fn(Option<&T>) -> T + Send + Sync + 'static) -> Self
    where
        T: PartialEq,
    {
        Self { inner: memo(Box::new(Part(part, PhantomData)), same::<T>), of: PhantomData }
    }

    pub(crate) fn with<U>(self, take: impl FnOnce(&T) -> U) -> U {
        see(read_memo(self.inner), take)
    }

    pub(crate) fn with_untracked<U>(self, take: impl FnOnce(&T) -> U) -> U {
        see(peek_memo(self.inner).unwrap_or_else(|| gone()), take)
    }

    pub(crate) fn try_with_untracked<U>(self, take: impl FnOnce(&T) -> U) -> Option<U> {
        peek_memo(self.inner).map(|kept| see(kept, take))
    }

    #[inline(never)]
    pub(crate) fn get(self) -> T
    where
        T: Clone,
    {
        self.with(T::clone)
    }

    #[inline(never)]
    pub(crate) fn get_untracked(self) -> T
    where
        T: Clone,
    {
        self.with_untracked(T::clone)
    }
}

/// What runs whenever something that it has read changes.
pub(crate) struct Effect;

trait Runs {
    fn run(&mut self);
}

struct Run<T, F> {
    before: Option<T>,
    run: F,
}

impl<T, F: FnMut(Option<T>) -> T> Runs for Run<T, F> {
    fn run(&mut self) {
        let before = self.before.take();
        self.before = Some((self.run)(before));
    }
}

impl Effect {
    /// Starts one; it ends with the part that it belongs to. It is given what it returned the last time.
    #[expect(clippy::new_ret_no_self, reason = "nobody stops an effect by hand")]
    pub(crate) fn new<T: 'static>(run: impl FnMut(Option<T>) -> T + 'static) {
        effect(Box::new(Run { before: None, run }));
    }
}

#[inline(never)]
fn effect(mut run: Box<dyn Runs>) {
    rg::Effect::new(move |_: Option<()>| run.run());
}

/// Runs something after a while.
pub(crate) fn set_timeout(run: impl FnOnce() + 'static, pause: Duration) {
    // Without a browser there is no later.
    let _ = later(Box::new(run), pause);
}

/// The same, and it can be called off.
pub(crate) fn set_timeout_with_handle(run: impl FnOnce() + 'static, pause: Duration) -> Option<TimeoutHandle> {
    later(Box::new(run), pause)
}

#[inline(never)]
fn later(run: Box<dyn FnOnce()>, pause: Duration) -> Option<TimeoutHandle> {
    rg::set_timeout_with_handle(run, pause).ok()
}

/// Runs something before the browser draws again.
pub(crate) fn request_animation_frame(run: impl FnOnce() + 'static) {
    next_frame(Box::new(run));
}

#[inline(never)]
fn next_frame(run: Box<dyn FnOnce()>) {
    rg::request_animation_frame(run);
}

/// Whoever takes a value.
pub(crate) type Taker<I, T = ()> = Arc<dyn Takes<I, T> + Send + Sync>;
