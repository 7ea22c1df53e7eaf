//! The panel's controls in a real browser: what each state shows, what each control reports, what the keyboard reaches.
#![allow(clippy::unwrap_used, reason = "a test may panic")]
#![cfg(target_arch = "wasm32")]

mod fixtures;

use fixtures::*;
use leptos::prelude::*;
use leptos::task::tick;
use shared::api::runs::RunState;
use shared::api::{Action, Outcome};
use shared::language::Language;
use shared::problem::{Code, Severity};
use std::cell::RefCell;
use std::collections::BTreeSet;
use wasm_bindgen::prelude::*;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use web_sys::{Element, HtmlElement};
use widget::dictionary;
use widget::format::Formats;
use widget::panel::page::Mode;
use widget::panel::rows::Phase;
use widget::panel::state::{Msg, Panel, Press, State, update};
use widget::panel::view::{PanelUi, panel};
use widget::popup::flow::{Act, Scene, Sight, Wrong};
use widget::sdk::{page_context, page_load_message};
use widget::session::{Purpose, Secret};

wasm_bindgen_test_configure!(run_in_browser);

thread_local! {
    static SENT: RefCell<Vec<Msg>> = const { RefCell::new(Vec::new()) };
}

/// A panel in the page. What is sent is kept, and nothing follows from it but what a test does.
struct Stage {
    ui: PanelUi,
    root: Element,
}

impl Stage {
    fn new(model: Panel) -> Self {
        // A test that failed may have left another language.
        dictionary::load(String::new());
        Self::as_it_is(model)
    }

    fn as_it_is(model: Panel) -> Self {
        SENT.take();
        let document = web_sys::window().unwrap().document().unwrap();
        let root = document.create_element("div").unwrap();
        document.body().unwrap().append_child(&root).unwrap();
        let ui = PanelUi {
            model: RwSignal::new(model),
            formats: RwSignal::new(Formats {
                locale: Some("en-AU".into()),
                time_zone: Some("Australia/Sydney".into()),
            }),
            language: RwSignal::new(Language::English),
            now: RwSignal::new(js_sys::Date::parse(CHECKED_AT) + 90_000.0),
            act: Callback::new(|msg| SENT.with_borrow_mut(|sent| sent.push(msg))),
        };
        leptos::mount::mount_to(root.clone().unchecked_into(), move || panel(ui)).forget();
        Self { ui, root }
    }

    fn find(&self, id: &str) -> Option<HtmlElement> {
        let selector = format!("[data-testid={id}]");
        self.root.query_selector(&selector).unwrap().map(JsCast::unchecked_into)
    }

    #[track_caller]
    fn get(&self, id: &str) -> HtmlElement {
        self.find(id).unwrap_or_else(|| panic!("no {id} in {}", self.root.inner_html()))
    }

    fn text(&self, id: &str) -> String {
        let text = self.get(id).text_content().unwrap_or_default();
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    fn all(&self, selector: &str) -> Vec<Element> {
        let found = self.root.query_selector_all(selector).unwrap();
        (0..found.length()).filter_map(|index| found.item(index)).map(JsCast::unchecked_into).collect()
    }

    fn texts(&self, selector: &str) -> Vec<String> {
        let text = |element: Element| element.text_content().unwrap_or_default().trim().to_owned();
        self.all(selector).into_iter().map(text).collect()
    }

    async fn change(&self, edit: impl FnOnce(&mut Panel)) {
        self.ui.model.update(edit);
        tick().await;
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        self.root.remove();
    }
}

fn sent() -> Vec<Msg> {
    SENT.take()
}

#[wasm_bindgen_test]
async fn every_sample_shows_its_state_headline_and_exactly_one_primary_button() {
    for (name, model) in gallery() {
        let (state, headline, primary) = (model.state(), model.headline(), model.primary());
        let stage = Stage::new(model);
        tick().await;
        assert_eq!(stage.get("panel").get_attribute("data-state").as_deref(), Some(state.as_str()), "{name}");
        assert_eq!(stage.text("headline"), headline, "{name}");
        assert_eq!(stage.texts(".head button.primary"), [primary.label], "{name}");
        stage.get("primary").click();
        assert_eq!(sent(), [Msg::Pressed(primary.press)], "{name}");
    }
}

/// Everything in the panel that is told to people: texts, and names of what has none.
fn told(stage: &Stage) -> Vec<String> {
    let walker = web_sys::window().unwrap().document().unwrap();
    let walker = walker.create_tree_walker_with_what_to_show(&stage.root, 4).unwrap();
    let mut told = Vec::new();
    while let Some(node) = walker.next_node().unwrap() {
        // A value is the vendors'.
        let is_value = node.parent_element().is_some_and(|parent| parent.class_name() == "value");
        told.extend(node.text_content().filter(|_| !is_value));
    }
    for element in stage.all("[aria-label], [data-label], [title]") {
        told.extend(["aria-label", "data-label", "title"].into_iter().filter_map(|name| element.get_attribute(name)));
    }
    told
}

#[wasm_bindgen_test]
async fn in_german_nothing_of_ours_is_told_in_english() {
    let file = include_str!("../panel.de.txt");
    let english: BTreeSet<&str> = file
        .lines()
        .filter_map(|line| line.split_once('\t'))
        .filter(|(english, german)| english != german)
        .map(|(english, _)| english)
        .collect();
    let (mut texts, mut same) = (0, 0);
    // What a model tells is told when it happens.
    dictionary::load_written(file);
    for (name, model) in gallery() {
        dictionary::load_written(file);
        let stage = Stage::as_it_is(model);
        tick().await;
        for details in stage.all("details") {
            details.set_attribute("open", "").unwrap();
        }
        tick().await;
        let german = told(&stage);
        for text in &german {
            assert!(!english.contains(text.as_str()), "{name} says {text:?} in English");
        }
        texts += german.len();
        // A page that has loaded no texts, or has given them up, is in English again.
        dictionary::load(String::new());
        stage.ui.language.set(Language::English);
        stage.ui.language.notify();
        tick().await;
        same += told(&stage).iter().filter(|text| english.contains(text.as_str())).count();
    }
    assert!(texts > 500 && same > 200, "{texts} texts in German, {same} of ours in English");
}

#[wasm_bindgen_test]
async fn every_control_has_a_test_id_and_a_name_and_is_reached_by_the_keyboard() {
    for (name, model) in gallery() {
        let stage = Stage::new(model);
        tick().await;
        for control in stage.all("button, select, summary, a") {
            let html = control.outer_html();
            let text = control.text_content().unwrap_or_default();
            assert!(!text.trim().is_empty(), "{name}: {html}");
            assert!(control.has_attribute("data-testid"), "{name}: {html}");
            assert!(!control.has_attribute("tabindex") && !control.has_attribute("disabled"), "{name}: {html}");
            if control.tag_name() == "A" {
                assert!(control.get_attribute("href").is_some_and(|href| href.starts_with("https://")), "{html}");
            }
        }
    }
}

#[wasm_bindgen_test]
async fn the_primary_button_keeps_the_focus_through_a_whole_sync() {
    let stage = Stage::new(shown(view(Action::UpdateXero)));
    tick().await;
    let button = stage.get("primary");
    button.focus().unwrap();
    stage.change(|model| drop(update(model, Msg::Pressed(Press::Sync)))).await;
    assert_eq!(stage.text("primary"), "Syncing…");
    assert_eq!(stage.get("primary").get_attribute("aria-disabled").as_deref(), Some("true"));
    assert_eq!(stage.texts("[data-testid=steps] li").len(), 4);
    assert_eq!(stage.get("panel").get_attribute("aria-busy").as_deref(), Some("true"));
    let after = synced(Mode::Panel, entry("e", Outcome::Updated), view(Action::Unchanged));
    stage.change(|model| *model = after).await;
    assert_eq!(stage.text("primary"), "Nothing to sync");
    let focused = web_sys::window().unwrap().document().unwrap().active_element().unwrap();
    assert!(focused.is_same_node(Some(&button)), "the focus was lost");
    assert_eq!(stage.text("announcement"), "Xero is updated");
}

#[wasm_bindgen_test]
async fn a_preview_is_a_table_in_the_users_notation() {
    let stage = Stage::new(shown(view(Action::UpdateXero)));
    tick().await;
    assert_eq!(stage.texts("table.changes thead th"), ["Field", "CRM", "Xero now", "Will become"]);
    let row = |key: &str| stage.texts(&format!("tr[data-field='{key}'] .value"));
    assert_eq!(row("due_date"), ["30 Nov 2026", "16 Nov 2026", "30 Nov 2026"]);
    assert_eq!(row("lines.1.amount"), ["440.00\u{a0}AUD", "330.00\u{a0}AUD", "440.00\u{a0}AUD"]);
    assert_eq!(stage.texts("tr[data-field=reference] .side"), ["in the CRM"]);
    assert_eq!(stage.text("totals"), "CRM total 1,100.00 AUD Xero’s total 1,100.00 AUD The totals meet.");
    assert_eq!(stage.text("amount-due"), "700.00 AUD");
    assert_eq!(stage.text("checked"), "· checked 1 min ago");
    let exact = stage.get("checked").query_selector("time").unwrap().unwrap().get_attribute("title").unwrap();
    assert!(exact.contains("1:15:00"), "{exact}");
    // Another notation re-writes what is on the screen.
    stage.ui.formats.update(|formats| formats.locale = Some("de-DE".into()));
    tick().await;
    assert_eq!(stage.texts("tr[data-field='lines.1.amount'] .value")[0], "440,00\u{a0}AUD");
}

#[wasm_bindgen_test]
async fn amounts_keep_every_decimal_and_a_true_minus_sign() {
    let formats = Formats { locale: Some("en-AU".into()), time_zone: None };
    for (amount, currency, expected) in [
        ("1100", "AUD", "1,100.00\u{a0}AUD"),
        ("38.5025", "AUD", "38.5025\u{a0}AUD"),
        ("-15.00", "AUD", "\u{2212}15.00\u{a0}AUD"),
        ("12345678901234567.89", "AUD", "12,345,678,901,234,567.89\u{a0}AUD"),
        ("1100", "JPY", "1,100\u{a0}JPY"),
        ("1.5", "KWD", "1.500\u{a0}KWD"),
        ("1.5", "no currency", "1.50\u{a0}no currency"),
        ("n/a", "AUD", "n/a\u{a0}AUD"),
    ] {
        assert_eq!(formats.money(amount, currency), expected);
    }
    let nowhere = Formats { locale: Some("xx-bogus-locale-name".into()), time_zone: Some("Mars/Olympus".into()) };
    assert!(!nowhere.money("1", "AUD").is_empty() && !nowhere.instant(0.0).is_empty());
    assert_eq!(formats.day("not a day"), "not a day");
}

#[wasm_bindgen_test]
async fn a_long_preview_opens_by_a_click() {
    let stage = Stage::new(shown(view(Action::Create)));
    tick().await;
    assert_eq!(stage.texts("table.changes thead th"), ["Field", "CRM", "Will be in Xero"]);
    assert_eq!(stage.all("table.changes tbody tr").len(), 8);
    assert_eq!(stage.text("show-all"), "Show all 11 fields");
    stage.get("show-all").click();
    tick().await;
    assert_eq!(stage.all("table.changes tbody tr").len(), 11);
    assert!(stage.find("show-all").is_none());
}

#[wasm_bindgen_test]
async fn a_problem_has_its_four_parts_in_order_and_quotes_xero() {
    let mut failed = entry("e", Outcome::Failed);
    failed.problems = vec![refused()];
    let stage = Stage::new(synced(Mode::Panel, failed, view(Action::UpdateXero)));
    tick().await;
    let text = stage.text("problem");
    let at = |part: &str| text.find(part).unwrap_or_else(|| panic!("{part} is not in {text}"));
    let parts =
        ["Xero did not take", "Why: ", "Do: ", "Open the chart of accounts", "What Xero said", "has been archived"];
    assert!(parts.windows(2).all(|pair| at(pair[0]) < at(pair[1])), "{text}");
    assert_eq!(stage.get("problem").get_attribute("data-code").as_deref(), Some("account-archived"));
    assert!(stage.text("announcement").contains("Xero did not take the invoice."));
}

#[wasm_bindgen_test]
async fn a_remedy_is_chosen_and_saved_by_administrators_only() {
    let mut record = view(Action::Blocked);
    record.preview.problems = vec![tax_problem()];
    let stage = Stage::new(shown(record));
    tick().await;
    assert_eq!(stage.texts("[data-testid=remedy] option").len(), 3);
    let save = stage.get("remedy-save");
    assert_eq!(stage.text("remedy-save"), "Save and try again");
    save.click();
    assert_eq!(sent(), [], "nothing is chosen yet");
    let select: web_sys::HtmlSelectElement = stage.get("remedy").unchecked_into();
    select.set_value("1");
    select.dispatch_event(&web_sys::Event::new("change").unwrap()).unwrap();
    tick().await;
    assert_eq!(save.get_attribute("aria-disabled").as_deref(), Some("false"));
    save.click();
    assert_eq!(sent(), [Msg::RemedyChosen(tax_remedy().choices[1].change.clone())]);
    // The choice stays while it is being saved.
    stage.change(|model| model.saving = true).await;
    let select: web_sys::HtmlSelectElement = stage.get("remedy").unchecked_into();
    assert_eq!((select.value().as_str(), stage.text("remedy-save").as_str()), ("1", "Saving…"));

    stage.change(|model| model.session.as_mut().unwrap().administrator = false).await;
    assert!(stage.find("remedy").is_none());
    assert!(stage.text("ask-administrator").contains("Xero’s tax rate for “GST 12%”"));
}

#[wasm_bindgen_test]
async fn history_tells_each_entry_and_its_calls_on_request() {
    let mut record = view(Action::Unchanged);
    record.entries.push(entry("e0", Outcome::Unchanged));
    let stage = Stage::new(shown(record));
    tick().await;
    let lines = stage.texts("[data-testid=entry] .gist");
    assert!(lines[0].starts_with("Updated in Xero by Ana Kovač: Due date 16 Nov 2026 → 30 Nov 2026"), "{lines:?}");
    assert!(lines[0].ends_with("and 3 more"), "{lines:?}");
    assert_eq!(lines[1], "Brought back on schedule: Paid 0.00\u{a0}AUD → 400.00\u{a0}AUD");
    assert_eq!(lines[2], "Could not be sent by Ana Kovač: Xero did not take the invoice.");
    assert!(stage.find("entry-details").is_none());
    stage.get("entry").click();
    // The browser tells of the opening in a task of its own.
    let opened = js_sys::Promise::new(&mut |resolve, _| {
        web_sys::window().unwrap().set_timeout_with_callback(&resolve).unwrap();
    });
    wasm_bindgen_futures::JsFuture::from(opened).await.unwrap();
    tick().await;
    let call = &stage.texts("[data-testid=entry-details] .code")[2];
    assert!(call.starts_with("POST /Invoices/{id}") && call.ends_with("6d2c5f1e7a10"), "{call}");
    stage.get("older").click();
    assert_eq!(sent(), [Msg::OlderWanted]);
}

#[wasm_bindgen_test]
async fn a_list_shows_a_row_a_bar_and_the_counts_and_keeps_its_rows() {
    let stage = Stage::new(list(vec![ended(Outcome::Created, vec![]), Phase::Working, Phase::Waiting]));
    tick().await;
    assert_eq!(stage.texts("[data-testid=row-name]"), ["INV-0042", "INV-0043", "INV-0044"]);
    assert_eq!(stage.texts("[data-testid=row-outcome]"), ["Sent to Xero", "Syncing…", "Waiting"]);
    assert_eq!(stage.text("counts"), "1 sent · 2 to go");
    assert_eq!(stage.text("announcement"), "", "quiet until the end");
    let first = stage.get("row");
    let failed = || ended(Outcome::Failed, vec![tax_problem()]);
    stage
        .change(|model| {
            model.rows[1].phase = failed();
            model.rows[2].phase = failed();
        })
        .await;
    assert!(stage.get("row").is_same_node(Some(&first)));
    assert_eq!(stage.texts("[data-testid=row-problem]").len(), 2);
    assert_eq!(stage.all("[data-testid=remedy]").len(), 1, "one choice settles both");
    assert_eq!(stage.text("primary"), "Retry failed");
    assert_eq!(stage.text("announcement"), "2 of 3 could not be sent");
    let bar = stage.get("bar");
    let of_bar = |name: &str| js_sys::Reflect::get(&bar, &name.into()).unwrap().as_f64();
    assert_eq!((of_bar("value"), of_bar("max")), (Some(3.0), Some(3.0)));
}

#[wasm_bindgen_test]
async fn a_run_that_waits_says_why_and_until_when_and_can_be_cancelled() {
    let phases = vec![ended(Outcome::Created, vec![]), Phase::Waiting, Phase::Waiting, Phase::Waiting];
    let stage = Stage::new(in_run(phases, waiting_run()));
    tick().await;
    assert_eq!(stage.text("headline"), "Waiting: 1 of 4 done");
    assert_eq!(stage.texts("[data-testid=problem]").len(), 1);
    assert!(stage.text("problem").contains("Xero takes no more calls today."));
    let resumes = stage.text("resumes");
    assert!(resumes.starts_with("It goes on by itself: 23 Nov 2026"), "{resumes}");
    assert_eq!(stage.text("announcement"), "The sync stands still. Xero takes no more calls today.");
    assert!(stage.text("hint").contains("goes on if you close this window"));
    assert_eq!(stage.text("primary"), "Cancel");
    stage.get("primary").click();
    assert_eq!(sent(), [Msg::Pressed(Press::Cancel)]);
    stage.change(|model| model.bulk.run = Some(run("r1", RunState::Running, 1))).await;
    assert!(stage.find("problem").is_none() && stage.find("resumes").is_none());
    assert_eq!(stage.text("announcement"), "");
}

#[wasm_bindgen_test]
async fn the_smaller_buttons_report_themselves() {
    let opened = |scene: Scene| {
        let mut model = signed_out(Mode::Panel);
        update(&mut model, Msg::PageLoad(page(&[RECORD])));
        update(&mut model, shows(Purpose::SignIn, scene));
        model
    };
    let done = || synced(Mode::Button, entry("e", Outcome::Created), view(Action::Unchanged));
    let failed = || {
        let mut failed = entry("e", Outcome::Failed);
        failed.problems = vec![refused()];
        synced(Mode::Button, failed, view(Action::Create))
    };
    let mut unconnected = signed_out(Mode::Panel);
    unconnected.notice = Some(problem(Code::ZohoNotConnected, Severity::Error));
    for (model, id, expected) in [
        (shown(view(Action::Create)), "refresh", Msg::Refresh),
        (shown(view(Action::Create)), "sign-out", Msg::SignOut),
        (opened(Scene::Waiting(Sight::Open)), "cancel-window", Msg::Window(Act::Cancel)),
        (opened(Scene::Waiting(Sight::Closed)), "window-again", Msg::Window(Act::Again)),
        (opened(Scene::Waiting(Sight::Unseen)), "window-again", Msg::Window(Act::Again)),
        (done(), "keep-open", Msg::KeepOpen),
        (failed(), "close", Msg::Pressed(Press::Close)),
        (unconnected, "connect-zoho", Msg::Pressed(Press::Open(Purpose::ConnectZoho))),
    ] {
        let stage = Stage::new(model);
        tick().await;
        stage.get(id).click();
        assert_eq!(sent(), [expected], "{id}");
    }
}

#[wasm_bindgen_test]
async fn a_code_is_typed_once_and_stays_to_be_mended() {
    let stage = Stage::new(signed_out(Mode::Panel));
    let show = |scene| move |model: &mut Panel| drop(update(model, shows(Purpose::SignIn, scene)));
    stage.change(show(Scene::Code { wrong: None })).await;
    let input: web_sys::HtmlInputElement = stage.get("code").unchecked_into();
    let focused = web_sys::window().unwrap().document().unwrap().active_element();
    assert!(focused.is_some_and(|element| element.is_same_node(Some(&input))), "whoever comes back types at once");
    assert_eq!(input.get_attribute("autocomplete").as_deref(), Some("off"));
    assert_eq!(stage.text("announcement"), "Type the code that the window shows");
    input.set_value("abcd efgh");
    input.dispatch_event(&web_sys::Event::new("input").unwrap()).unwrap();
    stage.get("ask-go-on").click();
    assert_eq!(sent(), [Msg::Window(Act::Code("abcd efgh".into()))]);
    stage.change(show(Scene::Claiming)).await;
    assert!(stage.find("code").is_none());
    stage.change(show(Scene::Code { wrong: Some(Wrong::Refused(wrong_code())) })).await;
    let input: web_sys::HtmlInputElement = stage.get("code").unchecked_into();
    assert_eq!(input.value(), "abcd efgh");
    assert_eq!(input.get_attribute("aria-invalid").as_deref(), Some("true"));
    assert!(stage.text("ask-error").contains("Tries left: 2"), "{}", stage.text("ask-error"));
    assert!(stage.find("ask-hint").is_none(), "once is enough");
    // The next window's code is another one.
    stage.change(|model| model.window = None).await;
    stage.change(show(Scene::Code { wrong: None })).await;
    let input: web_sys::HtmlInputElement = stage.get("code").unchecked_into();
    assert_eq!(input.value(), "");
}

#[wasm_bindgen_test]
async fn a_key_is_typed_and_an_organisation_chosen() {
    let stage = Stage::new(signed_out(Mode::Panel));
    stage.change(|model| drop(update(model, shows(Purpose::SignIn, Scene::Key { wrong: true })))).await;
    assert!(stage.text("ask-error").contains("not the installation’s key"));
    let input: web_sys::HtmlInputElement = stage.get("key").unchecked_into();
    input.set_value("k-1");
    input.dispatch_event(&web_sys::Event::new("input").unwrap()).unwrap();
    stage.get("ask-go-on").click();
    assert_eq!(sent(), [Msg::Window(Act::Key(Secret("k-1".into())))]);

    let choice = |taken| Scene::Choice { tenants: tenants(), taken, problem: None };
    stage.change(|model| drop(update(model, shows(Purpose::ConnectXero, choice(None))))).await;
    let names: Vec<String> = tenants().into_iter().map(|tenant| tenant.name).collect();
    assert_eq!(stage.texts("[data-testid=tenant]"), names);
    let second = tenants()[1].id.clone();
    stage.all("[data-testid=tenant]")[1].clone().unchecked_into::<HtmlElement>().click();
    assert_eq!(sent(), [Msg::Window(Act::Choose(second.clone()))]);
    stage.change(|model| drop(update(model, shows(Purpose::ConnectXero, choice(Some(second)))))).await;
    assert!(stage.texts("[data-testid=tenant]")[1].ends_with(": Connecting…"));
    assert!(stage.find("cancel-window").is_none(), "it can't be called back any more");
}

#[wasm_bindgen_test]
async fn nothing_of_the_record_stays_when_the_session_or_the_connection_is_gone() {
    let stage = Stage::new(shown(view(Action::UpdateXero)));
    tick().await;
    assert!(stage.find("facts").is_some() && stage.find("changes").is_some());
    stage.change(|model| drop(update(model, Msg::SignOut))).await;
    for id in ["facts", "changes", "history", "summary", "problem"] {
        assert!(stage.find(id).is_none(), "{id}");
    }
    let problem = refused_read(problem(Code::XeroDisconnected, Severity::Error));
    stage.change(|model| *model = problem).await;
    assert_eq!(stage.get("panel").get_attribute("data-state").as_deref(), Some(State::Broken.as_str()));
    assert_eq!(stage.all("[data-testid=problem]").len(), 1);
}

#[wasm_bindgen_test]
fn the_pages_context_is_read_in_every_shape() {
    for (data, entity, ids) in [
        (r#"{"Entity":"Invoices","EntityId":"17"}"#, Some("Invoices"), vec!["17"]),
        (
            r#"{"Entity":"Invoices","EntityId":["17","18"],"ButtonPosition":"ListView"}"#,
            Some("Invoices"),
            vec!["17", "18"],
        ),
        (r#"{"Entity":"Invoices","EntityId":[]}"#, Some("Invoices"), vec![]),
        (r#"{"Entity":"Invoices","EntityId":""}"#, Some("Invoices"), vec![]),
        (r#"{"Entity":"Invoices","EntityId":{"a":1}}"#, Some("Invoices"), vec![]),
        ("{}", None, vec![]),
        ("null", None, vec![]),
    ] {
        let context = page_context(&js_sys::JSON::parse(data).unwrap());
        assert_eq!(context.entity.as_deref(), entity, "{data}");
        assert_eq!(context.ids, ids, "{data}");
    }
    assert_eq!(page_context(&JsValue::UNDEFINED).ids, Vec::<String>::new());
}

#[wasm_bindgen_test]
async fn no_view_uses_inline_styles_or_scripts() {
    // The page's policy forbids both, so they would silently do nothing.
    let mut found = BTreeSet::new();
    for (_, model) in gallery() {
        let stage = Stage::new(model);
        tick().await;
        found.extend(stage.all("[style], script, style, [onclick]").into_iter().map(|element| element.outer_html()));
    }
    assert_eq!(found, BTreeSet::new());
}

#[wasm_bindgen_test]
fn the_page_s_own_message_is_read_as_an_object_and_as_json() {
    let text = r#"{"type":"FRAMEWORK.EVENT","eventName":"PageLoad","data":{"Entity":"Accounts","EntityId":["7"]}}"#;
    for message in [JsValue::from_str(text), js_sys::JSON::parse(text).unwrap()] {
        let context = page_load_message(&message).unwrap();
        assert_eq!((context.entity.as_deref(), context.ids), (Some("Accounts"), vec!["7".to_owned()]));
    }
    for other in [
        r#"{"type":"FRAMEWORK.EVENT","eventName":"SET_CONTEXT","data":{}}"#,
        r#"{"type":"SDK.EVENT","eventName":"PageLoad","data":{"Entity":"Accounts","EntityId":"7"}}"#,
        "7",
        "no JSON",
    ] {
        assert_eq!(page_load_message(&JsValue::from_str(other)), None, "{other}");
    }
    assert_eq!(page_load_message(&JsValue::UNDEFINED), None);
}
