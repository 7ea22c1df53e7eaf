//! The portal's entry point in the browser.

fn main() {
    widget::portal::app::run();
}
