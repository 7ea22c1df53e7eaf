//! The pages behind the links of letters. To open one changes nothing, because mail programs look at links before people
//! do; only its button acts, by a form of our own origin.

use super::pages::{escape, html, page, value_of};
use crate::operator::{self, RequestId};
use crate::runtime::Runtime;
use engine::Config;
use engine::access::Refusal;
use engine::letters::links::{self, Subscriber};
use shared::language::Language;
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
    fn buttons(self, gets_letters: bool, language: Language) -> Vec<(bool, &'static str)> {
        match (self, gets_letters) {
            (Self::Confirm, _) => vec![
                (true, language.of("Yes, write to me", "Ja, schreiben Sie mir")),
                (false, language.of("No, and do not ask again", "Nein, und fragen Sie nicht wieder")),
            ],
            (Self::Stop, true) => vec![(false, language.of("No more letters", "Keine E-Mails mehr"))],
            (Self::Stop, false) => vec![(true, language.of("Send me the letters again", "E-Mails wieder senden"))],
        }
    }
}

/// The page that a link opens.
pub(crate) async fn open(
    (request, language): (&RequestId, Language),
    link: Link,
    url: &Url,
    runtime: &Runtime,
) -> Result<Response> {
    let token = value_of(url.query().unwrap_or_default(), "token").unwrap_or_default();
    let found = match link {
        Link::Confirm => links::asked(runtime, &token).await,
        Link::Stop => links::stoppable(runtime, &token).await,
    };
    respond((request, language), found, |subscriber| question(link, &token, subscriber, language))
}

/// What its button does.
pub(crate) async fn act(
    (request, language): (&RequestId, Language),
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
            let headline = language.of("This answer was not understood", "Diese Antwort war nicht verständlich");
            let words =
                language.of("Open the link of the letter again.", "Öffnen Sie den Link in der E-Mail noch einmal.");
            return html(&page_of(language, headline, words), POLICY, 400);
        }
    };
    let done = match link {
        Link::Confirm => links::answer(runtime, config, &token, wanted, language).await,
        Link::Stop => links::stop(runtime, config, &token, wanted).await,
    };
    respond((request, language), done, |subscriber| answered(link, subscriber, language))
}

fn respond(
    (request, language): (&RequestId, Language),
    found: std::result::Result<Option<Subscriber>, Refusal>,
    shown: impl FnOnce(&Subscriber) -> String,
) -> Result<Response> {
    match found {
        Ok(Some(subscriber)) => html(&shown(&subscriber), POLICY, 200),
        Ok(None) => html(&used_up(language), POLICY, 404),
        Err(refusal) => {
            if let Some(note) = &refusal.note {
                operator::refused(request, refusal.problem.code, note);
            }
            let again = language.of("Try again in a few minutes.", "Versuchen Sie es in ein paar Minuten erneut.");
            html(&page_of(language, &refusal.problem.in_language(language).what, again), POLICY, 500)
        }
    }
}

fn used_up(language: Language) -> String {
    page_of(
        language,
        language.of("This link is good no more", "Dieser Link gilt nicht mehr"),
        language.of(
            "It was used, it is too old, or the address is not in that schedule any more. No letters come because of it.",
            "Er wurde benutzt, ist zu alt, oder die Adresse steht nicht mehr in jenem Zeitplan. Seinetwegen kommen keine \
             E-Mails.",
        ),
    )
}

fn question(link: Link, token: &str, subscriber: &Subscriber, language: Language) -> String {
    let (organisation, address) = (escape(&subscriber.organisation), escape(&subscriber.address));
    let (headline, words) = match (link, subscriber.gets_letters) {
        (Link::Confirm, _) => (
            language.of("Do you want these letters?", "Möchten Sie diese E-Mails?"),
            language.of(
                format!(
                    "An administrator of the CRM organisation \u{201c}{organisation}\u{201d} wants Ledgerlink to write to \
                     {address} when a scheduled sync of that organisation has ended."
                ),
                format!(
                    "Ein Administrator der CRM-Organisation „{organisation}“ möchte, dass Ledgerlink an {address} schreibt, \
                     wenn ein Abgleich dieser Organisation nach Zeitplan beendet ist."
                ),
            ),
        ),
        (Link::Stop, true) => (
            language.of("No more letters?", "Keine E-Mails mehr?"),
            language.of(
                format!(
                    "Ledgerlink writes to {address} when a scheduled sync of the CRM organisation \
                     \u{201c}{organisation}\u{201d} has ended."
                ),
                format!(
                    "Ledgerlink schreibt an {address}, wenn ein Abgleich der CRM-Organisation „{organisation}“ nach \
                     Zeitplan beendet ist."
                ),
            ),
        ),
        (Link::Stop, false) => (
            language.of("There are no letters any more", "Es kommen keine E-Mails mehr"),
            language.of(
                format!(
                    "Ledgerlink does not write to {address} about the CRM organisation \
                     \u{201c}{organisation}\u{201d}."
                ),
                format!("Ledgerlink schreibt nicht an {address} über die CRM-Organisation „{organisation}“."),
            ),
        ),
    };
    let buttons: String = link
        .buttons(subscriber.gets_letters, language)
        .into_iter()
        .map(|(wanted, label)| {
            let value = if wanted { "yes" } else { "no" };
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
    page(language, headline, &form, "letters")
}

fn answered(link: Link, subscriber: &Subscriber, language: Language) -> String {
    let address = &subscriber.address;
    let (headline, words) = match (link, subscriber.gets_letters) {
        (_, true) => (
            language.of("You get the letters", "Sie bekommen die E-Mails"),
            language.of(
                format!("Ledgerlink writes to {address}. At the bottom of each letter is a link that ends them."),
                format!("Ledgerlink schreibt an {address}. Am Ende jeder E-Mail steht ein Link, der sie abbestellt."),
            ),
        ),
        (Link::Confirm, false) => (
            language.of("You get no letters", "Sie bekommen keine E-Mails"),
            language.of(
                format!(
                    "Nobody of that organisation can ask {address} again. If that was a mistake, the link of the letter is \
                     good for another answer until it is a week old."
                ),
                format!(
                    "Niemand aus dieser Organisation kann noch einmal bei {address} anfragen. War das ein Versehen, können \
                     Sie über den Link in der E-Mail eine Woche lang anders antworten."
                ),
            ),
        ),
        (Link::Stop, false) => (
            language.of("There are no letters any more", "Es kommen keine E-Mails mehr"),
            language.of(
                format!("Ledgerlink does not write to {address} any more. The same link takes that back."),
                format!("Ledgerlink schreibt nicht mehr an {address}. Derselbe Link macht das rückgängig."),
            ),
        ),
    };
    page_of(language, headline, &words)
}

/// A page of words.
fn page_of(language: Language, headline: &str, words: &str) -> String {
    page(language, headline, &format!("<p>{}</p>", escape(words)), "letters")
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
            let page = question(link, "a\"b", &subscriber(gets_letters), Language::English);
            for button in ["yes", "no"] {
                assert_eq!(page.contains(&format!("value=\"{button}\"")), buttons.contains(&button), "{link:?} {page}");
            }
            assert!(page.contains(&format!("action=\"{}\"", link.path())) && page.contains("value=\"a&quot;b\""));
            assert!(page.contains("Bell &amp; Co") && page.contains("&lt;b&gt;@x.example"), "{page}");
            let done = answered(link, &subscriber(gets_letters), Language::English);
            assert!(!done.contains("<form") && done.contains("&lt;b&gt;@x.example"), "{done}");
        }
    }

    #[test]
    fn the_pages_have_nothing_in_english_for_whoever_reads_german() {
        let both = |page: &dyn Fn(Language) -> String| {
            let [english, german] = Language::ALL.map(page);
            crate::web::pages::tests::assert_translated(&english, &german, &[]);
        };
        both(&used_up);
        for (link, gets_letters) in
            [(Link::Confirm, false), (Link::Confirm, true), (Link::Stop, true), (Link::Stop, false)]
        {
            both(&|language| question(link, "t", &subscriber(gets_letters), language));
            both(&|language| answered(link, &subscriber(gets_letters), language));
        }
    }

    #[test]
    fn a_field_is_found_in_a_query_or_a_form() {
        assert_eq!(value_of("letters=yes&token=a%2Bb", "token").as_deref(), Some("a+b"));
        assert_eq!(value_of("letters=yes", "token"), None);
    }
}
