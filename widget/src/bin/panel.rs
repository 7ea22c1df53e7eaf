//! The panel's entry point in the browser.

fn main() {
    widget::panel::shell::run();
}
