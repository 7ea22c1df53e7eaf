//! Names of requests, so that one whose answer was lost can be sent again and is done once.

use std::cell::RefCell;

/// Milliseconds for which the same request is taken for a second try of the one that was not answered.
const SAME_TRY: f64 = 600_000.0;

/// Requests that have no answer yet, or whose answer was lost: what was asked, its name, and when.
#[derive(Debug, Default)]
pub struct Names(Vec<(String, String, f64)>);

impl Names {
    /// The name of a request: the one that it has, if it was not answered, else a new one.
    pub fn of(&mut self, asked: &str, now: f64, fresh: impl FnOnce() -> String) -> String {
        self.0.retain(|(.., at)| now - at < SAME_TRY);
        if let Some((_, name, _)) = self.0.iter().find(|(known, ..)| known == asked) {
            return name.clone();
        }
        let name = fresh();
        self.0.push((asked.to_owned(), name.clone(), now));
        name
    }

    /// It was answered: the next one is another request.
    pub fn answered(&mut self, asked: &str) {
        self.0.retain(|(known, ..)| known != asked);
    }
}

thread_local! {
    static NAMES: RefCell<Names> = RefCell::default();
}

/// The name of a request to this address with this body.
pub(crate) fn of(asked: &str) -> String {
    NAMES.with_borrow_mut(|names| names.of(asked, js_sys::Date::now(), fresh))
}

/// It was answered.
pub(crate) fn answered(asked: &str) {
    NAMES.with_borrow_mut(|names| names.answered(asked));
}

/// What a request asks for.
pub(crate) fn asked(path: &str, body: Option<&str>) -> String {
    [path, " ", body.unwrap_or_default()].concat()
}

fn fresh() -> String {
    let mut bytes = [0_u8; 16];
    // Without randomness all have one name; then the edge refuses to do two things under it, and says so.
    let _ = web_sys::window()
        .and_then(|window| window.crypto().ok())
        .and_then(|crypto| crypto.get_random_values_with_u8_array(&mut bytes).ok());
    let mut name = String::with_capacity(32);
    for byte in bytes {
        name.push(char::from_digit(u32::from(byte >> 4), 16).unwrap_or('0'));
        name.push(char::from_digit(u32::from(byte & 15), 16).unwrap_or('0'));
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_keeps_its_name_until_it_is_answered() {
        let mut names = Names::default();
        let mut count = 0;
        let mut of = |names: &mut Names, asked: &str, now: f64| {
            names.of(asked, now, || {
                count += 1;
                count.to_string()
            })
        };
        assert_eq!(of(&mut names, "/api/runs a", 0.0), "1");
        assert_eq!(of(&mut names, "/api/runs b", 0.0), "2");
        // Pressed twice, or once more after a time-out.
        assert_eq!(of(&mut names, "/api/runs a", 500_000.0), "1");
        names.answered("/api/runs a");
        assert_eq!(of(&mut names, "/api/runs a", 500_001.0), "3", "another click is another request");
        assert_eq!(of(&mut names, "/api/runs b", 700_000.0), "4", "nobody means the one of long ago");
    }
}
