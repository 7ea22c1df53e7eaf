//! The pages behind the links of letters. To open one changes nothing, because mail programs look at links before people
//! do; only its button acts, by a form of our own origin.

use super::pages::{escape, html, page, value_of};
use crate::operator::{self, RequestId};
use crate::runtime::Runtime;
use engine::Config;
use engine::access::Refusal;
use engine::letters::links::{self, Subscriber};
use url::Url;
use worker::{Response, Result};

/// The pages have no script and one form.
const POLICY: &str =
    "default-src 'none'; style-src 'nonce-letters'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// Which link of a letter it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Link {
    /// It asks for a confirmation.
    Confirm,
    /// It ends the letters.
    Stop,
}

impl Link {
    fn path(self) -> &'static str {
        match self {
            Self::Confirm => "/letters/confirm",
            Self::Stop => "/letters/stop",
        }
    }

    /// The buttons of its page: whether letters are wanted, and what they say.
    fn buttons(self, gets_letters: bool) -> &'static [(bool, &'static str)] {
        match (self, gets_letters) {
            (Self::Confirm, _) => &[(true, "Yes, write to me"), (false, "No, and do not ask again")],
            (Self::Stop, true) => &[(false, "No more letters")],
            (Self::Stop, false) => &[(true, "Send me the letters again")],
        }
    }
}

/// The page that a link opens.
pub(crate) async fn open(request: &RequestId, link: Link, url: &Url, runtime: &Runtime) -> Result<Response> {
    let token = value_of(url.query().unwrap_or_default(), "token").unwrap_or_default();
    let found = match link {
        Link::Confirm => links::asked(runtime, &token).await,
        Link::Stop => links::stoppable(runtime, &token).await,
    };
    respond(request, found, |subscriber| question(link, &token, subscriber))
}

/// What its button does.
pub(crate) async fn act(
    request: &RequestId,
    link: Link,
    form: &str,
    runtime: &Runtime,
    config: &Config,
) -> Result<Response> {
    let token = value_of(form, "token").unwrap_or_default();
    let wanted = match value_of(form, "letters").unwrap_or_default().as_str() {
        "yes" => true,
        "no" => false,
        _ => {
            return html(&page_of("This answer was not understood", "Open the link of the letter again."), POLICY, 400);
        }
    };
    let done = match link {
        Link::Confirm => links::answer(runtime, config, &token, wanted).await,
        Link::Stop => links::stop(runtime, config, &token, wanted).await,
    };
    respond(request, done, |subscriber| answered(link, subscriber))
}

fn respond(
    request: &RequestId,
    found: std::result::Result<Option<Subscriber>, Refusal>,
    shown: impl FnOnce(&Subscriber) -> String,
) -> Result<Response> {
    match found {
        Ok(Some(subscriber)) => html(&shown(&subscriber), POLICY, 200),
        Ok(None) => html(
            &page_of(
                "This link is good no more",
                "It was used, it is too old, or the address is not in that schedule any more. No letters come because of it.",
            ),
            POLICY,
            404,
        ),
        Err(refusal) => {
            if let Some(note) = &refusal.note {
                operator::refused(request, refusal.problem.code, note);
            }
            html(&page_of(&refusal.problem.what, "Try again in a few minutes."), POLICY, 500)
        }
    }
}

fn question(link: Link, token: &str, subscriber: &Subscriber) -> String {
    let (organisation, address) = (escape(&subscriber.organisation), escape(&subscriber.address));
    let (headline, words) = match (link, subscriber.gets_letters) {
        (Link::Confirm, _) => (
            "Do you want these letters?",
            format!(
                "An administrator of the CRM organisation \u{201c}{organisation}\u{201d} wants Ledgerlink to write to \
                 {address} when a scheduled sync of that organisation has ended."
            ),
        ),
        (Link::Stop, true) => (
            "No more letters?",
            format!(
                "Ledgerlink writes to {address} when a scheduled sync of the CRM organisation \
                 \u{201c}{organisation}\u{201d} has ended."
            ),
        ),
        (Link::Stop, false) => (
            "There are no letters any more",
            format!(
                "Ledgerlink does not write to {address} about the CRM organisation \u{201c}{organisation}\u{201d}."
            ),
        ),
    };
    let buttons: String = link
        .buttons(subscriber.gets_letters)
        .iter()
        .map(|(wanted, label)| {
            let value = if *wanted { "yes" } else { "no" };
            format!(
                "<p><button name=\"letters\" value=\"{value}\" data-testid=\"letters-{value}\">{label}</button></p>"
            )
        })
        .collect();
    let form = format!(
        "<p>{words}</p><form method=\"post\" action=\"{}\"><input type=\"hidden\" name=\"token\" value=\"{}\">{buttons}\
         </form>",
        link.path(),
        escape(token)
    );
    page(headline, &form, "letters")
}

fn answered(link: Link, subscriber: &Subscriber) -> String {
    let address = &subscriber.address;
    match (link, subscriber.gets_letters) {
        (_, true) => page_of(
            "You get the letters",
            &format!("Ledgerlink writes to {address}. At the bottom of each letter is a link that ends them."),
        ),
        (Link::Confirm, false) => page_of(
            "You get no letters",
            &format!(
                "Nobody of that organisation can ask {address} again. If that was a mistake, the link of the letter is \
                 good for another answer until it is a week old."
            ),
        ),
        (Link::Stop, false) => page_of(
            "There are no letters any more",
            &format!("Ledgerlink does not write to {address} any more. The same link takes that back."),
        ),
    }
}

/// A page of words.
fn page_of(headline: &str, words: &str) -> String {
    page(headline, &format!("<p>{}</p>", escape(words)), "letters")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn subscriber(gets_letters: bool) -> Subscriber {
        Subscriber { organisation: "Bell & Co".to_owned(), address: "<b>@x.example".to_owned(), gets_letters }
    }

    #[test]
    fn each_page_has_its_buttons_and_no_markup_of_others() {
        let table = [
            (Link::Confirm, false, vec!["yes", "no"]),
            (Link::Confirm, true, vec!["yes", "no"]),
            (Link::Stop, true, vec!["no"]),
            (Link::Stop, false, vec!["yes"]),
        ];
        for (link, gets_letters, buttons) in table {
            let page = question(link, "a\"b", &subscriber(gets_letters));
            for button in ["yes", "no"] {
                assert_eq!(page.contains(&format!("value=\"{button}\"")), buttons.contains(&button), "{link:?} {page}");
            }
            assert!(page.contains(&format!("action=\"{}\"", link.path())) && page.contains("value=\"a&quot;b\""));
            assert!(page.contains("Bell &amp; Co") && page.contains("&lt;b&gt;@x.example"), "{page}");
            let done = answered(link, &subscriber(gets_letters));
            assert!(!done.contains("<form") && done.contains("&lt;b&gt;@x.example"), "{done}");
        }
    }

    #[test]
    fn a_field_is_found_in_a_query_or_a_form() {
        assert_eq!(value_of("letters=yes&token=a%2Bb", "token").as_deref(), Some("a+b"));
        assert_eq!(value_of("letters=yes", "token"), None);
    }
}
