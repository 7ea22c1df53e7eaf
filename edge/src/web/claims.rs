//! How the Worker asks an organisation's Durable Object to make a claim.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use engine::text;

/// Where a claim is made. The Worker's door never lets this address through.
pub(crate) const PATH: &str = "/internal/claim";

/// Which browser claims: base64url, because what browsers call themselves need not be ASCII and headers have to be.
pub(crate) const BROWSER_HEADER: &str = "x-ledgerlink-browser";

/// Which page of ours claims, as it says itself.
pub(crate) const PAGE_HEADER: &str = "x-ledgerlink-page";

/// A browser's name as a header value.
pub(crate) fn browser(name: &str) -> String {
    text::base64url(name.as_bytes())
}

/// The browser's name in a header value; none where there is none.
pub(crate) fn browser_told(header: Option<String>) -> String {
    let bytes = header.and_then(|header| URL_SAFE_NO_PAD.decode(header).ok()).unwrap_or_default();
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::route::find;
    use shared::api::address::Found;

    #[test]
    fn a_browser_may_call_itself_what_it_likes() {
        for name in ["Mozilla/5.0 (X11; Linux x86_64)", "", "Zoë 山"] {
            let header = browser(name);
            assert!(header.is_ascii());
            assert_eq!(browser_told(Some(header)), name);
        }
        assert_eq!(browser_told(None), "");
    }

    #[test]
    fn the_door_lets_no_claim_through() {
        for method in ["GET", "POST"] {
            assert_eq!(find(method, PATH), Found::Nothing, "{method}");
        }
    }
}
