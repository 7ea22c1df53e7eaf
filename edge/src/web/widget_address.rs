//! The addresses of the widget's pages, as an owner types them into the CRM and as the CRM adds to them.
//!
//! The CRM appends `serviceOrigin`, and behind which character is documented nowhere: one witness has a `?` always. Its
//! script reads what stands behind the first `?` only and never registers where that is not `serviceOrigin`. So the
//! pages have paths without a query of their own, and an address that came out crooked is sent on to the straight one
//! before any script runs.

use url::Url;

/// The panel's pages. What the panel does at each, it reads from the path (`widget::state::Mode`).
const PANELS: [&str; 3] = ["/panel", "/panel/button", "/panel/list"];

/// The portal's page.
const PORTAL: &str = "/portal";

/// Whether this is the path of a panel's page.
pub(crate) fn is_panel(path: &str) -> bool {
    PANELS.contains(&page(path))
}

/// Whether this is the path of the portal's page.
pub(crate) fn is_portal(path: &str) -> bool {
    page(path) == PORTAL
}

/// A path without the slash that people put behind it.
fn page(path: &str) -> &str {
    path.strip_suffix('/').unwrap_or(path)
}

/// Where a page of the widget is to be asked for instead: with a second `?`, or with an `&` where no `?` stands before it.
/// Of a name that is there several times the last one counts, which is what the CRM has added.
pub(crate) fn straightened(url: &Url) -> Option<Url> {
    let (path, behind) = url.path().split_once('&').map_or((url.path(), None), |(path, behind)| (path, Some(behind)));
    let query = url.query().unwrap_or_default();
    if behind.is_none() && !query.contains('?') {
        return None;
    }
    let mut page = page(path);
    if !PANELS.contains(&page) && page != PORTAL {
        return None;
    }
    let mut pairs: Vec<(&str, &str)> = Vec::new();
    for pair in behind.into_iter().chain([query]).flat_map(|text| text.split(['?', '&'])) {
        let (name, _) = pair.split_once('=').unwrap_or((pair, ""));
        pairs.retain(|(known, _)| *known != name);
        match pair {
            "" => {}
            // The addresses of before the paths.
            "mode=button" if page == "/panel" => page = "/panel/button",
            "mode=list" if page == "/panel" => page = "/panel/list",
            pair => pairs.push((name, pair)),
        }
    }
    let mut straight = url.clone();
    straight.set_path(page);
    let query = pairs.into_iter().map(|(_, pair)| pair).collect::<Vec<_>>().join("&");
    straight.set_query(Some(query.as_str()).filter(|query| !query.is_empty()));
    Some(straight)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ORIGIN: &str = "serviceOrigin=https%3A%2F%2Fcrm.zoho.com";

    #[test]
    fn a_page_has_its_path_with_and_without_a_slash() {
        for path in ["/panel", "/panel/", "/panel/button", "/panel/button/", "/panel/list", "/panel/list/"] {
            assert!(is_panel(path) && !is_portal(path), "{path}");
        }
        for path in ["/portal", "/portal/"] {
            assert!(is_portal(path) && !is_panel(path), "{path}");
        }
        for path in ["/panel//", "/panels", "/panel/lists", "/panel/button/x", "/portal/x", "//panel", "/", ""] {
            assert!(!is_panel(path) && !is_portal(path), "{path}");
        }
    }

    #[test]
    fn a_crooked_address_is_made_straight() {
        for (asked, expected) in [
            (format!("/panel/button?{ORIGIN}"), None),
            (format!("/panel/button/?{ORIGIN}"), None),
            (format!("/panel?mode=button&{ORIGIN}"), None),
            ("/panel?mode=button".to_owned(), None),
            (format!("/panel?mode=button?{ORIGIN}"), Some(format!("/panel/button?{ORIGIN}"))),
            (
                format!("/panel/?mode=list?{ORIGIN}&isDevMode=true"),
                Some(format!("/panel/list?{ORIGIN}&isDevMode=true")),
            ),
            (format!("/panel??{ORIGIN}"), Some(format!("/panel?{ORIGIN}"))),
            (format!("/panel?{ORIGIN}?{ORIGIN}"), Some(format!("/panel?{ORIGIN}"))),
            (format!("/panel/list&{ORIGIN}"), Some(format!("/panel/list?{ORIGIN}"))),
            (format!("/panel&mode=button&{ORIGIN}"), Some(format!("/panel/button?{ORIGIN}"))),
            (format!("/panel?mode=other?{ORIGIN}"), Some(format!("/panel?mode=other&{ORIGIN}"))),
            (format!("/panel/list?mode=button?{ORIGIN}"), Some(format!("/panel/list?mode=button&{ORIGIN}"))),
            (format!("/portal?x=1?{ORIGIN}"), Some(format!("/portal?x=1&{ORIGIN}"))),
            (format!("/panel?serviceOrigin=https%3A%2F%2Fold.example?{ORIGIN}"), Some(format!("/panel?{ORIGIN}"))),
            ("/panel?mode=button?".to_owned(), Some("/panel/button".to_owned())),
            // Nobody else's addresses are touched.
            ("/auth/zoho/callback?code=1?2&state=3".to_owned(), None),
            ("/api/entries?text=a?b".to_owned(), None),
            ("/panels&x=1".to_owned(), None),
            ("//evil.example/panel?a?b".to_owned(), None),
        ] {
            let url = Url::parse(&format!("https://ledgerlink.example{asked}")).unwrap();
            let found = straightened(&url).map(|url| url.to_string());
            assert_eq!(found, expected.map(|path| format!("https://ledgerlink.example{path}")), "{asked}");
        }
    }

    #[test]
    fn what_was_made_straight_stays_so() {
        for asked in ["/panel?mode=button?a=1?b=2", "/portal&a=1?b=2", "/panel/?mode=list?mode=button?c"] {
            let url = Url::parse(&format!("https://ledgerlink.example{asked}")).unwrap();
            assert_eq!(straightened(&straightened(&url).unwrap()), None, "{asked}");
        }
    }
}
