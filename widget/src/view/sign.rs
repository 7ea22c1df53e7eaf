//! The signs of outcomes: a shape for each, so that no colour stands alone.
//! Drawn in the page itself, because the policy may forbid pictures from data addresses.

use super::dom::el;
use crate::tone::Tone;
use leptos::prelude::*;

/// The sign of a tone: large before the headline, small in tables and in the history.
pub(crate) fn sign(tone: Tone, small: bool) -> AnyView {
    let class = [if small { "sign small tone-" } else { "sign tone-" }, tone.as_str()].concat();
    el("span").class(class).attr("aria-hidden", "true").markup(shape(tone)).into()
}

fn shape(tone: Tone) -> &'static str {
    match tone {
        Tone::Quiet => concat!(
            r#"<svg viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round">"#,
            r#"<circle cx="12" cy="12" r="8.5"/><path d="M8.5 12h7"/></svg>"#,
        ),
        Tone::Good => concat!(
            r#"<svg viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2.2" stroke-linecap="round" "#,
            r#"stroke-linejoin="round"><circle cx="12" cy="12" r="9"/><path d="m7.8 12.4 2.9 2.9 5.5-6.3"/></svg>"#,
        ),
        Tone::Pending => concat!(
            r#"<svg viewBox="0 0 24 24"><circle cx="12" cy="12" r="8.5" fill="none" stroke="currentColor" "#,
            r#"stroke-width="2"/><path d="M12 3.5a8.5 8.5 0 0 1 0 17z" fill="currentColor"/></svg>"#,
        ),
        Tone::Busy => concat!(
            r#"<svg viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2.5" stroke-linecap="round">"#,
            r#"<path d="M12 3.5a8.5 8.5 0 1 1-8.5 8.5"/></svg>"#,
        ),
        Tone::Warn => concat!(
            r#"<svg viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" "#,
            r#"stroke-linejoin="round"><path d="M12 3.5 21.5 20h-19zM12 10v4.5M12 17.3v.1"/></svg>"#,
        ),
        Tone::Bad => concat!(
            r#"<svg viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2.2" stroke-linecap="round">"#,
            r#"<circle cx="12" cy="12" r="9"/><path d="m8.8 8.8 6.4 6.4m0-6.4-6.4 6.4"/></svg>"#,
        ),
        Tone::Locked => concat!(
            r#"<svg viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" stroke-linejoin="round">"#,
            r#"<rect x="5" y="10.5" width="14" height="10" rx="1.5"/><path d="M8 10.5V7.5a4 4 0 0 1 8 0v3"/></svg>"#,
        ),
    }
}
