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
use std::sync::Arc;

/// An element that is being put together.
pub(super) struct El {
    tag: &'static str,
    attributes: Vec<AnyAttribute>,
    children: Vec<AnyView>,
}

/// An element of this name.
pub(super) fn el(tag: &'static str) -> El {
    El { tag, attributes: Vec::new(), children: Vec::new() }
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
    let part: Arc<dyn Fn() -> AnyView + Send + Sync> = Arc::new(part);
    (move || part()).into_any()
}

/// Nothing.
pub(super) fn nothing() -> AnyView {
    ().into_any()
}

impl El {
    /// An attribute that stays.
    pub(super) fn attr(self, name: &'static str, value: impl Into<String>) -> Self {
        self.with_attribute(custom_attribute(name, value.into()).into_any_attr())
    }

    /// An attribute that follows what it reads.
    pub(super) fn live_attr(self, name: &'static str, value: impl Fn() -> String + Send + Sync + 'static) -> Self {
        let value: Arc<dyn Fn() -> String + Send + Sync> = Arc::new(value);
        self.with_attribute(custom_attribute(name, move || value()).into_any_attr())
    }

    pub(super) fn class(self, class: impl Into<String>) -> Self {
        self.attr("class", class)
    }

    /// The name by which tests find it.
    pub(super) fn id(self, id: impl Into<String>) -> Self {
        self.attr("data-testid", id)
    }

    /// Markup that we have written ourselves.
    pub(super) fn markup(self, markup: &'static str) -> Self {
        self.with_attribute(html::inner_html(markup).into_any_attr())
    }

    pub(super) fn text(self, text: impl Into<String>) -> Self {
        self.child(text.into().into_any())
    }

    pub(super) fn live_text(self, text: impl Fn() -> String + Send + Sync + 'static) -> Self {
        let text: Arc<dyn Fn() -> String + Send + Sync> = Arc::new(text);
        self.child((move || text()).into_any())
    }

    pub(super) fn child(mut self, child: impl Into<AnyView>) -> Self {
        self.children.push(child.into());
        self
    }

    pub(super) fn maybe(mut self, child: Option<impl Into<AnyView>>) -> Self {
        self.children.extend(child.map(Into::into));
        self
    }

    pub(super) fn children(mut self, children: impl IntoIterator<Item = impl Into<AnyView>>) -> Self {
        self.children.extend(children.into_iter().map(Into::into));
        self
    }

    pub(super) fn live(self, part: impl Fn() -> AnyView + Send + Sync + 'static) -> Self {
        self.child(live(part))
    }

    /// Calls `handler` at an event of this name.
    pub(super) fn on(self, event: &'static str, handler: impl Fn(ev::Event) + Send + Sync + 'static) -> Self {
        let handler: Arc<dyn Fn(ev::Event) + Send + Sync> = Arc::new(handler);
        let event = ev::Custom::<ev::Event>::new(event);
        self.with_attribute(ev::on(event, move |event| handler(event)).into_any_attr())
    }

    pub(super) fn on_click(self, handler: impl Fn() + Send + Sync + 'static) -> Self {
        self.on("click", move |_| handler())
    }

    fn with_attribute(mut self, attribute: AnyAttribute) -> Self {
        self.attributes.push(attribute);
        self
    }
}

impl From<El> for AnyView {
    fn from(element: El) -> Self {
        html::custom(element.tag).child(element.children).add_any_attr(element.attributes).into_any()
    }
}
