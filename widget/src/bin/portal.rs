//! The portal's entry point in the browser, and which of its screens travel together.
//!
//! The page itself is small: sign-in and frame. Its screens come in groups when one of them is opened: what everybody
//! follows, what administrators run, what becomes what, the set-up, and who has access. The build makes a file of each,
//! and of what they share (`xtask/src/split.rs`).
#![allow(unsafe_code, reason = "what stands between two WebAssembly files is an unsafe import, which the macro writes")]

use wasm_split_helpers::{SplitLoaderError, wasm_split};
use widget::portal::route::Screen;
use widget::portal::screens::{Coming, Open};
use widget::portal::{access, health, log, mapping, runs, schedule, setup, start};

#[wasm_split(follow, fallible)]
fn open_log() -> Result<Open, SplitLoaderError> {
    Ok(log::screen)
}

#[wasm_split(follow, fallible)]
fn open_health() -> Result<Open, SplitLoaderError> {
    Ok(health::screen)
}

#[wasm_split(operate, fallible)]
fn open_runs() -> Result<Open, SplitLoaderError> {
    Ok(runs::screen)
}

#[wasm_split(operate, fallible)]
fn open_schedule() -> Result<Open, SplitLoaderError> {
    Ok(schedule::screen)
}

#[wasm_split(arrange, fallible)]
fn open_mapping() -> Result<Open, SplitLoaderError> {
    Ok(mapping::screen)
}

#[wasm_split(settle, fallible)]
fn open_setup() -> Result<Open, SplitLoaderError> {
    Ok(setup::screen)
}

#[wasm_split(admit, fallible)]
fn open_access() -> Result<Open, SplitLoaderError> {
    Ok(access::screen)
}

fn screens(screen: Screen) -> Coming {
    Box::pin(async move {
        let opened = match screen {
            Screen::Log => open_log().await,
            Screen::Health => open_health().await,
            Screen::Runs => open_runs().await,
            Screen::Schedule => open_schedule().await,
            Screen::Mapping => open_mapping().await,
            Screen::Setup => open_setup().await,
            Screen::Access => open_access().await,
        };
        opened.ok()
    })
}

fn main() {
    start::run(screens);
}
