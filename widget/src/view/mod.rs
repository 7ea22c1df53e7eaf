//! What panel and portal draw with: elements, the signs of tones, and what a vendor's window needs of the page.

pub mod dom;
pub(crate) mod sign;
pub(crate) mod window;
