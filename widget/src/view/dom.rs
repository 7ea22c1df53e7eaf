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
use std::borrow::Cow;
use std::sync::Arc;

/// An element that is being put together. One pointer, because it is handed on at every step.
pub(super) struct El(Box<Parts>);

struct Parts {
    tag: &'static str,
    attributes: Vec<AnyAttribute>,
    children: Vec<AnyView>,
}

/// An element of this name.
#[inline(never)]
pub(super) fn el(tag: &'static str) -> El {
    El(Box::new(Parts { tag, attributes: Vec::new(), children: Vec::new() }))
}

/// A button that is not of a form.
pub(super) fn button(class: &'static str, id: &'static str) -> El {
    el("button").attr("type", "button").class(class).id(id)
}

/// A link to a vendor's page, which opens beside the CRM.
pub(super) fn link(url: String, label: String, id: &'static str) -> El {
    el("a").attr("href", url).attr("target", "_blank").attr("rel", "noopener").id(id).text(label)
}

/// A part that is built anew when what it reads has changed.
pub(super) fn live(part: impl Fn() -> AnyView + Send + Sync + 'static) -> AnyView {
    live_shared(Arc::new(part))
}

#[inline(never)]
fn live_shared(part: Arc<dyn Fn() -> AnyView + Send + Sync>) -> AnyView {
    (move || part()).into_any()
}

/// Nothing.
#[inline(never)]
pub(super) fn nothing() -> AnyView {
    ().into_any()
}

impl El {
    /// An attribute that stays.
    pub(super) fn attr(self, name: &'static str, value: impl Into<Cow<'static, str>>) -> Self {
        self.with_static(name, value.into())
    }

    /// An attribute that follows what it reads.
    pub(super) fn live_attr(self, name: &'static str, value: impl Fn() -> String + Send + Sync + 'static) -> Self {
        self.with_live(name, Arc::new(value))
    }

    pub(super) fn class(self, class: impl Into<Cow<'static, str>>) -> Self {
        self.with_static("class", class.into())
    }

    /// The name by which tests find it.
    pub(super) fn id(self, id: &'static str) -> Self {
        self.with_static("data-testid", Cow::Borrowed(id))
    }

    /// Markup that we have written ourselves.
    pub(super) fn markup(self, markup: &'static str) -> Self {
        self.with_attribute(html::inner_html(markup).into_any_attr())
    }

    pub(super) fn text(self, text: impl Into<Cow<'static, str>>) -> Self {
        self.with_text(text.into())
    }

    pub(super) fn live_text(self, text: impl Fn() -> String + Send + Sync + 'static) -> Self {
        self.with_live_text(Arc::new(text))
    }

    pub(super) fn child(self, child: impl Into<AnyView>) -> Self {
        self.with_child(child.into())
    }

    pub(super) fn maybe(self, child: Option<El>) -> Self {
        match child {
            Some(child) => self.with_child(child.into()),
            None => self,
        }
    }

    pub(super) fn children(mut self, children: impl IntoIterator<Item = El>) -> Self {
        for child in children {
            self = self.with_child(child.into());
        }
        self
    }

    pub(super) fn live(self, part: impl Fn() -> AnyView + Send + Sync + 'static) -> Self {
        self.with_child(live(part))
    }

    /// Calls `handler` at an event of this name.
    pub(super) fn on(self, event: &'static str, handler: impl Fn(ev::Event) + Send + Sync + 'static) -> Self {
        self.with_handler(event, Arc::new(handler))
    }

    pub(super) fn on_click(self, handler: impl Fn() + Send + Sync + 'static) -> Self {
        self.on("click", move |_| handler())
    }

    // What follows is not generic, so that it exists once.

    #[inline(never)]
    fn with_static(self, name: &'static str, value: Cow<'static, str>) -> Self {
        self.with_attribute(custom_attribute(name, value).into_any_attr())
    }

    #[inline(never)]
    fn with_live(self, name: &'static str, value: Arc<dyn Fn() -> String + Send + Sync>) -> Self {
        self.with_attribute(custom_attribute(name, move || value()).into_any_attr())
    }

    #[inline(never)]
    fn with_text(self, text: Cow<'static, str>) -> Self {
        self.with_child(text.into_any())
    }

    #[inline(never)]
    fn with_live_text(self, text: Arc<dyn Fn() -> String + Send + Sync>) -> Self {
        self.with_child((move || text()).into_any())
    }

    #[inline(never)]
    fn with_handler(self, event: &'static str, handler: Arc<dyn Fn(ev::Event) + Send + Sync>) -> Self {
        let event = ev::Custom::<ev::Event>::new(event);
        self.with_attribute(ev::on(event, move |event| handler(event)).into_any_attr())
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

impl From<El> for AnyView {
    #[inline(never)]
    fn from(element: El) -> Self {
        let Parts { tag, attributes, children } = *element.0;
        html::custom(tag).child(children).add_any_attr(attributes).into_any()
    }
}
