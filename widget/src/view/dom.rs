//! Elements of one single type.
//!
//! The `view!` macro makes a type of its own, with code of its own, for each element that has other attributes than
//! its neighbour. For a panel that is to be loaded in a blink that is too much: written with it, the views alone took
//! a third of all that is transferred. Here every element, every changing text and every changing part is of one type.

use leptos::ev;
use leptos::html;
use leptos::prelude::*;
use leptos::tachys::html::attribute::any_attribute::{AnyAttribute, IntoAnyAttribute};
use leptos::tachys::html::attribute::custom::custom_attribute;
use leptos::tachys::html::directive::directive;
use shared::web_link::WebLink;
use std::borrow::Cow;
use std::fmt;
use std::rc::Rc;
use std::sync::Arc;

/// A closure behind a pointer that gives something. `dyn Fn` would do, too, but it brings each closure along three times,
/// because whoever has an `Fn` may call it as `FnMut` and `FnOnce`.
pub trait Gives<T> {
    /// Calls it.
    fn give(&self) -> T;
}

impl<T, F: Fn() -> T> Gives<T> for F {
    fn give(&self) -> T {
        self()
    }
}

/// The same for a closure that takes something.
pub trait Takes<I, T = ()> {
    /// Calls it.
    fn take(&self, given: I) -> T;
}

impl<I, T, F: Fn(I) -> T> Takes<I, T> for F {
    fn take(&self, given: I) -> T {
        self(given)
    }
}

/// What can be a text or the value of an attribute. Most are constants: those take the shortest way.
pub trait Text: Sized {
    /// As a text.
    fn text(self) -> Cow<'static, str>;

    /// Gives an element this attribute.
    fn attribute(self, element: El, name: &'static str) -> El {
        element.with_static(name, self.text())
    }

    /// Gives an element this class.
    fn class(self, element: El) -> El {
        self.attribute(element, "class")
    }

    /// Puts it into an element.
    fn within(self, element: El) -> El {
        element.with_text(self.text())
    }
}

impl Text for &'static str {
    fn text(self) -> Cow<'static, str> {
        Cow::Borrowed(self)
    }

    #[inline(never)]
    fn attribute(self, element: El, name: &'static str) -> El {
        element.with_static(name, Cow::Borrowed(self))
    }

    #[inline(never)]
    fn class(self, element: El) -> El {
        element.with_static("class", Cow::Borrowed(self))
    }

    #[inline(never)]
    fn within(self, element: El) -> El {
        element.with_text(Cow::Borrowed(self))
    }
}

impl Text for String {
    fn text(self) -> Cow<'static, str> {
        Cow::Owned(self)
    }

    #[inline(never)]
    fn attribute(self, element: El, name: &'static str) -> El {
        element.with_static(name, Cow::Owned(self))
    }

    #[inline(never)]
    fn within(self, element: El) -> El {
        element.with_text(Cow::Owned(self))
    }
}

impl Text for Cow<'static, str> {
    fn text(self) -> Self {
        self
    }
}

/// What can be within an element.
pub trait Child {
    /// Puts it there.
    fn within(self, element: El) -> El;
}

impl Child for El {
    #[inline(never)]
    fn within(self, element: El) -> El {
        element.with_child(self.into())
    }
}

impl Child for AnyView {
    fn within(self, element: El) -> El {
        element.with_child(self)
    }
}

/// An element that is being put together. One pointer, because it is handed on at every step.
pub struct El(Box<Parts>);

struct Parts {
    tag: &'static str,
    attributes: Vec<AnyAttribute>,
    children: Vec<AnyView>,
}

/// An element of this name.
#[inline(never)]
pub(crate) fn el(tag: &'static str) -> El {
    El(Box::new(Parts { tag, attributes: Vec::new(), children: Vec::new() }))
}

/// A button that is not of a form.
#[inline(never)]
pub(crate) fn button(class: &'static str, id: &'static str) -> El {
    el("button").attr("type", "button").class(class).id(id)
}

/// A link to a vendor's page, which opens beside the CRM; only words, where the address is none that people are led to.
#[inline(never)]
pub(crate) fn link(url: WebLink, label: String, id: &'static str) -> El {
    let element = match url.address() {
        Some(url) => el("a").attr("href", url.to_owned()).attr("target", "_blank").attr("rel", "noopener"),
        None => el("span"),
    };
    element.id(id).text(label)
}

/// A part that is built anew when what it reads has changed.
pub(crate) fn live(part: impl Fn() -> AnyView + Send + Sync + 'static) -> AnyView {
    live_shared(Arc::new(part))
}

#[inline(never)]
fn live_shared(part: Arc<dyn Gives<AnyView> + Send + Sync>) -> AnyView {
    (move || part.give()).into_any()
}

/// Nothing.
#[inline(never)]
pub(crate) fn nothing() -> AnyView {
    ().into_any()
}

impl El {
    /// An attribute that stays.
    pub(crate) fn attr(self, name: &'static str, value: impl Text) -> Self {
        value.attribute(self, name)
    }

    /// An attribute that follows what it reads.
    pub(crate) fn live_attr(self, name: &'static str, value: impl Fn() -> String + Send + Sync + 'static) -> Self {
        self.with_live(name, Arc::new(value))
    }

    pub(crate) fn class(self, class: impl Text) -> Self {
        class.class(self)
    }

    /// Hands over the element as soon as it is made; it is not in the page yet. Effects that are started here run once
    /// it is, and end with the part that it belongs to.
    pub(crate) fn made(self, handler: impl Fn(web_sys::Element) + 'static) -> Self {
        self.with_made(Rc::new(handler))
    }

    /// The name by which tests find it.
    #[inline(never)]
    pub(crate) fn id(self, id: &'static str) -> Self {
        self.with_static("data-testid", Cow::Borrowed(id))
    }

    /// Markup that we have written ourselves.
    pub(crate) fn markup(self, markup: &'static str) -> Self {
        self.with_attribute(html::inner_html(markup).into_any_attr())
    }

    pub(crate) fn text(self, text: impl Text) -> Self {
        text.within(self)
    }

    pub(crate) fn live_text(self, text: impl Fn() -> String + Send + Sync + 'static) -> Self {
        self.with_live_text(Arc::new(text))
    }

    pub(crate) fn child(self, child: impl Child) -> Self {
        child.within(self)
    }

    #[inline(never)]
    pub(crate) fn maybe(self, child: Option<El>) -> Self {
        match child {
            Some(child) => self.child(child),
            None => self,
        }
    }

    pub(crate) fn children(mut self, children: impl IntoIterator<Item = El>) -> Self {
        for child in children {
            self = self.child(child);
        }
        self
    }

    pub(crate) fn live(self, part: impl Fn() -> AnyView + Send + Sync + 'static) -> Self {
        self.with_child(live(part))
    }

    /// Calls `handler` at an event of this name.
    pub(crate) fn on(self, event: &'static str, handler: impl Fn(ev::Event) + Send + Sync + 'static) -> Self {
        self.with_handler(event, Arc::new(handler))
    }

    pub(crate) fn on_click(self, handler: impl Fn() + Send + Sync + 'static) -> Self {
        self.on("click", move |_| handler())
    }

    // What follows is not generic, so that it exists once.

    #[inline(never)]
    fn with_static(self, name: &'static str, value: Cow<'static, str>) -> Self {
        self.with_attribute(custom_attribute(name, value).into_any_attr())
    }

    #[inline(never)]
    fn with_live(self, name: &'static str, value: Arc<dyn Gives<String> + Send + Sync>) -> Self {
        self.with_attribute(custom_attribute(name, move || value.give()).into_any_attr())
    }

    #[inline(never)]
    fn with_made(self, handler: Rc<dyn Takes<web_sys::Element>>) -> Self {
        self.with_attribute(directive(move |element: web_sys::Element| handler.take(element), ()).into_any_attr())
    }

    #[inline(never)]
    fn with_text(self, text: Cow<'static, str>) -> Self {
        self.with_child(text.into_any())
    }

    #[inline(never)]
    fn with_live_text(self, text: Arc<dyn Gives<String> + Send + Sync>) -> Self {
        self.with_child((move || text.give()).into_any())
    }

    #[inline(never)]
    fn with_handler(self, event: &'static str, handler: Arc<dyn Takes<ev::Event> + Send + Sync>) -> Self {
        let event = ev::Custom::<ev::Event>::new(event);
        self.with_attribute(ev::on(event, move |event| handler.take(event)).into_any_attr())
    }

    #[inline(never)]
    fn with_attribute(mut self, attribute: AnyAttribute) -> Self {
        self.0.attributes.push(attribute);
        self
    }

    #[inline(never)]
    fn with_child(mut self, child: AnyView) -> Self {
        self.0.children.push(child);
        self
    }
}

impl fmt::Debug for El {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("El").field(&self.0.tag).finish()
    }
}

impl From<El> for AnyView {
    #[inline(never)]
    fn from(element: El) -> Self {
        let Parts { tag, attributes, children } = *element.0;
        html::custom(tag).child(children).add_any_attr(attributes).into_any()
    }
}
