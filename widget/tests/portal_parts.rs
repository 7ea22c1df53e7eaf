//! The portal's controls in a real browser: what they show, what they report, where the focus goes.
#![allow(clippy::unwrap_used, reason = "a test may panic")]
#![cfg(target_arch = "wasm32")]

use leptos::prelude::*;
use leptos::task::tick;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use web_sys::{
    Element, Event, EventInit, HtmlElement, HtmlInputElement, HtmlSelectElement, KeyboardEvent, KeyboardEventInit,
};
use widget::portal::app::App;
use widget::portal::parts::{self, About};
use widget::portal::reactive;
use widget::portal::route::{Route, Screen};
use widget::portal::words::Language;

wasm_bindgen_test_configure!(run_in_browser);

/// Rows of a long log.
const MANY: usize = 50_000;
/// Height of a row, in CSS pixels.
const ROW: u32 = 36;

thread_local! {
    static TOLD: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

fn tell(what: impl Into<String>) {
    TOLD.with_borrow_mut(|told| told.push(what.into()));
}

fn told() -> Vec<String> {
    TOLD.take()
}

fn document() -> web_sys::Document {
    web_sys::window().unwrap().document().unwrap()
}

fn app() -> App {
    App::new(None, Route::to(Screen::Log), Language::English, js_sys::Date::now())
}

fn texts(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(value, label)| ((*value).to_owned(), (*label).to_owned())).collect()
}

/// Something of the portal in the page, with the portal's own style sheet.
struct Stage {
    root: Element,
}

impl Stage {
    fn new(content: impl FnOnce() -> AnyView + 'static) -> Self {
        told();
        let root = document().create_element("main").unwrap();
        let style = document().create_element("style").unwrap();
        style.set_text_content(Some(include_str!("../portal/frame.css")));
        document().body().unwrap().append_child(&root).unwrap();
        root.append_child(&style).unwrap();
        leptos::mount::mount_to(root.clone().unchecked_into(), content).forget();
        Self { root }
    }

    #[track_caller]
    fn get<T: JsCast>(&self, selector: &str) -> T {
        let found = self.root.query_selector(selector).unwrap();
        found.unwrap_or_else(|| panic!("no {selector} in {}", self.root.inner_html())).dyn_into().unwrap()
    }

    fn count(&self, selector: &str) -> u32 {
        self.root.query_selector_all(selector).unwrap().length()
    }

    fn text(&self, selector: &str) -> String {
        self.get::<Element>(selector).text_content().unwrap_or_default()
    }

    fn attribute(&self, selector: &str, name: &str) -> String {
        self.get::<Element>(selector).get_attribute(name).unwrap_or_default()
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        self.root.remove();
    }
}

fn fire(element: &Element, name: &str) {
    let init = EventInit::new();
    init.set_bubbles(true);
    init.set_cancelable(true);
    element.dispatch_event(&Event::new_with_event_init_dict(name, &init).unwrap()).unwrap();
}

fn press(element: &Element, key: &str) {
    press_with(element, key, false);
}

fn press_with(element: &Element, key: &str, alt: bool) {
    let init = KeyboardEventInit::new();
    init.set_alt_key(alt);
    init.set_bubbles(true);
    init.set_cancelable(true);
    init.set_key(key);
    element.dispatch_event(&KeyboardEvent::new_with_keyboard_event_init_dict("keydown", &init).unwrap()).unwrap();
}

/// Until the browser has drawn twice: scrolling is told before the first, and what follows is in the page by the second.
async fn drawn() {
    for _ in 0..2 {
        let frame = js_sys::Promise::new(&mut |resolve, _| {
            web_sys::window().unwrap().request_animation_frame(&resolve).unwrap();
        });
        JsFuture::from(frame).await.unwrap();
        tick().await;
    }
}

fn focused() -> Element {
    document().active_element().unwrap()
}

#[wasm_bindgen_test]
async fn a_select_follows_the_state_and_reports_what_is_picked() {
    let state = RwSignal::new("b".to_owned());
    let stage = Stage::new(move || {
        let options = texts(&[("a", "Alpha"), ("b", "Beta"), ("c", "Gamma")]);
        parts::select("pick", options, move || state.get(), tell).into()
    });
    tick().await;
    let select: HtmlSelectElement = stage.get("select");
    assert_eq!(select.value(), "b");
    state.set("c".into());
    tick().await;
    assert_eq!(select.value(), "c");
    // The state does not take this choice, so the control must not show it.
    select.set_value("a");
    fire(&select, "change");
    tick().await;
    assert_eq!((told(), select.value().as_str()), (vec!["a".to_owned()], "c"));
    state.set("archived".into());
    tick().await;
    assert_eq!(select.selected_index(), -1, "what is not offered must not look like another choice");
}

#[wasm_bindgen_test]
async fn a_grouped_select_keeps_its_groups() {
    let groups = vec![
        (String::new(), texts(&[("", "Choose…")])),
        ("Revenue".to_owned(), texts(&[("200", "200 Sales")])),
        ("Expenses".to_owned(), texts(&[("429", "429 General")])),
    ];
    let stage = Stage::new(move || parts::grouped_select("account", groups, || "429".to_owned(), tell).into());
    tick().await;
    assert_eq!(stage.get::<HtmlSelectElement>("select").value(), "429");
    assert_eq!((stage.count("optgroup"), stage.count("select > option")), (2, 1));
    assert_eq!(stage.attribute("optgroup", "label"), "Revenue");
}

#[wasm_bindgen_test]
async fn a_field_ties_label_hint_and_error_to_its_control() {
    let wrong = RwSignal::new(false);
    let stage = Stage::new(move || {
        let control = parts::input("prefix", "text", String::new, tell);
        let error = move || wrong.get().then(|| "At most 10 characters.".to_owned());
        let about =
            About { hint: Some("Before the number.".into()), mark: Some("Guess".into()), error: Some(Arc::new(error)) };
        parts::field("Prefix", control, about).into()
    });
    tick().await;
    let described = stage.attribute("input", "aria-describedby");
    let said = move |stage: &Stage| {
        let ids = described.split(' ').filter(|id| !id.is_empty());
        ids.map(|id| stage.text(&format!("[id='{id}']"))).collect::<Vec<_>>().join("|")
    };
    assert_eq!(stage.attribute("label", "for"), stage.attribute("input", "id"));
    assert_eq!((stage.text("label"), stage.text(".mark")), ("Prefix".to_owned(), "Guess".to_owned()));
    assert_eq!(
        (said(&stage).as_str(), stage.attribute("input", "aria-invalid").as_str()),
        ("Before the number.|", "false")
    );
    wrong.set(true);
    tick().await;
    assert_eq!(said(&stage), "Before the number.|At most 10 characters.");
    assert_eq!(stage.attribute("input", "aria-invalid"), "true");
    let input: HtmlInputElement = stage.get("input");
    input.set_value("INV-");
    fire(&input, "input");
    assert_eq!(told(), ["INV-"]);
}

#[wasm_bindgen_test]
async fn checkboxes_and_segments_follow_the_state_and_report() {
    let on = RwSignal::new(true);
    let way = RwSignal::new("both".to_owned());
    let stage = Stage::new(move || {
        let ways = texts(&[("both", "Both ways"), ("crm", "To the CRM")]);
        let content = vec![
            parts::checkbox("notify", "Tell me", move || on.get(), move |value| on.set(value)),
            parts::segments("way", "Direction", ways, move || way.get(), move |value| way.set(value)),
        ];
        parts::card("card", "Choices", content).into()
    });
    tick().await;
    let check: HtmlInputElement = stage.get("[data-testid=notify]");
    assert!(check.checked());
    check.click();
    assert!(!on.get_untracked());
    on.set(true);
    tick().await;
    assert!(check.checked());
    assert_eq!(stage.text("legend"), "Direction");
    let segment: HtmlInputElement = stage.get("[data-segment=way-crm]");
    assert!(!segment.checked());
    segment.click();
    assert_eq!(way.get_untracked(), "crm");
    way.set("both".into());
    tick().await;
    assert!(stage.get::<HtmlInputElement>("[data-segment=way-both]").checked() && !segment.checked());
}

#[wasm_bindgen_test]
async fn a_primary_button_that_is_not_enabled_keeps_the_focus_and_does_nothing() {
    let enabled = RwSignal::new(false);
    let stage = Stage::new(move || parts::primary("save", "Save", move || enabled.get(), || tell("saved")).into());
    tick().await;
    let button: HtmlElement = stage.get("button");
    button.focus().unwrap();
    button.click();
    assert_eq!((told(), stage.attribute("button", "aria-disabled").as_str()), (vec![], "true"));
    enabled.set(true);
    tick().await;
    button.click();
    assert_eq!((told(), stage.attribute("button", "aria-disabled").as_str()), (vec!["saved".to_owned()], "false"));
    assert!(focused().is_same_node(Some(&button)));
}

/// A way to answer a dialog.
type Way<'a> = &'a dyn Fn(&Element);

/// A button that opens something over the page, which closes when it is asked to.
fn opener(open: RwSignal<bool>, shown: impl Fn() -> AnyView + Send + Sync + 'static) -> AnyView {
    let button = parts::secondary("open", "Open", move || open.set(true));
    let over = parts::part("over", move || if open.get() { untrack(&shown) } else { ().into_any() });
    parts::card("opener", "Opener", vec![button, over]).into()
}

#[wasm_bindgen_test]
async fn a_dialog_takes_the_focus_answers_and_gives_the_focus_back() {
    let open = RwSignal::new(false);
    let app = app();
    let stage = Stage::new(move || {
        opener(open, move || {
            let answer = move |yes: bool| {
                tell(yes.to_string());
                open.set(false);
            };
            parts::dialog(app, "ask", "Disconnect Xero?", vec![], ("Disconnect".to_owned(), true), answer)
        })
    });
    let button: HtmlElement = stage.get("[data-testid=open]");
    // What a person does to close it, and what is heard of it.
    let cancel = |dialog: &Element| fire(dialog, "cancel");
    let no = |dialog: &Element| click(dialog, "dialog-cancel");
    let yes = |dialog: &Element| click(dialog, "dialog-confirm");
    let ways: [(Way, &str); 3] = [(&cancel, "false"), (&no, "false"), (&yes, "true")];
    for (close, heard) in ways {
        button.focus().unwrap();
        button.click();
        tick().await;
        let dialog: Element = stage.get("dialog");
        assert!(dialog.matches(":modal").unwrap(), "it must keep the rest of the page inert");
        assert!(dialog.contains(Some(&focused())), "the focus is not in the dialog");
        let named = dialog.get_attribute("aria-labelledby").unwrap();
        assert_eq!(stage.text(&format!("[id='{named}']")), "Disconnect Xero?");
        close(&dialog);
        tick().await;
        assert_eq!(told(), [heard]);
        assert_eq!(stage.count("dialog"), 0);
        assert!(focused().is_same_node(Some(&button)), "the focus did not come back");
    }
}

fn click(within: &Element, id: &str) {
    let found = within.query_selector(&format!("[data-testid={id}]")).unwrap().unwrap();
    found.unchecked_into::<HtmlElement>().click();
}

#[wasm_bindgen_test]
async fn a_drawer_closes_by_its_cross_and_beside_it_but_not_within() {
    let open = RwSignal::new(true);
    let app = app();
    let stage = Stage::new(move || {
        opener(open, move || {
            let inside = parts::empty("Nothing", "Wait.", vec![]);
            parts::drawer(app, "details", "INV-0042", vec![inside], || tell("close"))
        })
    });
    tick().await;
    let drawer: HtmlElement = stage.get("dialog");
    assert!(drawer.matches(":modal").unwrap());
    click(&drawer, "empty");
    assert_eq!(told(), Vec::<String>::new());
    drawer.click();
    click(&drawer, "drawer-close");
    fire(&drawer, "cancel");
    assert_eq!(told(), ["close", "close", "close"]);
    assert!(drawer.matches(":modal").unwrap(), "it is the state that closes it");
}

/// A long table, with the number of times that more was asked for.
fn long_table(count: RwSignal<usize>) -> (Stage, Rc<Cell<u32>>) {
    let asked = Arc::new(RwSignal::new(0_u32));
    let heard = asked.clone();
    let stage = Stage::new(move || {
        let row =
            move |index: usize| parts::secondary("row", &format!("Row {index}"), move || tell(format!("open {index}")));
        parts::windowed("rows", "Entries", ROW, reactive::Memo::new(move |_| count.get()), row, move || {
            asked.update(|asked| *asked += 1)
        })
        .into()
    });
    let seen = Rc::new(Cell::new(0));
    let kept = seen.clone();
    Effect::new(move |_| kept.set(heard.get()));
    (stage, seen)
}

#[wasm_bindgen_test]
async fn of_many_rows_only_those_in_sight_exist() {
    let count = RwSignal::new(MANY);
    let (stage, asked) = long_table(count);
    drawn().await;
    let table: HtmlElement = stage.get("[data-testid=rows]");
    assert_eq!(
        (stage.attribute(".windowed", "role").as_str(), stage.attribute(".windowed", "aria-rowcount").as_str()),
        ("table", "50000")
    );
    assert_eq!(table.scroll_height(), i32::try_from(MANY).unwrap() * i32::try_from(ROW).unwrap());
    let few = |stage: &Stage| {
        let rows = stage.count("[data-row]");
        assert!((8..80).contains(&rows), "{rows} rows exist");
    };
    few(&stage);
    assert_eq!(asked.get(), 0, "nobody has come near the end");
    table.set_scroll_top(25_000 * 36);
    drawn().await;
    few(&stage);
    assert_eq!(stage.attribute("[data-row='25000']", "aria-rowindex"), "25001");
    let row = stage.get::<Element>("[data-row='25000']").get_bounding_client_rect().top();
    assert!((row - table.get_bounding_client_rect().top()).abs() < 2.0, "the row is not where it belongs");
    table.set_scroll_top(i32::MAX);
    drawn().await;
    few(&stage);
    assert_eq!(stage.text("[data-row='49999']"), "Row 49999");
    assert_eq!(asked.get(), 1, "more was not asked for exactly once");
    count.set(MANY + 100);
    drawn().await;
    assert_eq!(stage.attribute(".windowed", "aria-rowcount"), "50100");
    assert_eq!(stage.count("[data-row='49999']"), 1, "more rows must not move what is seen");
    count.set(0);
    drawn().await;
    assert_eq!((stage.count("[data-row]"), table.scroll_top()), (0, 0));
}

#[wasm_bindgen_test]
async fn the_keyboard_goes_through_all_rows_and_never_loses_the_focus() {
    let count = RwSignal::new(MANY);
    let (stage, _) = long_table(count);
    drawn().await;
    assert_eq!(stage.count("[data-row][tabindex='0']"), 1, "exactly one row is reached by Tab");
    stage.get::<HtmlElement>("[data-row='0']").focus().unwrap();
    for (key, row) in [
        ("ArrowDown", "1"),
        ("ArrowDown", "2"),
        ("ArrowUp", "1"),
        ("End", "49999"),
        ("ArrowDown", "49999"),
        ("ArrowUp", "49998"),
        ("Home", "0"),
        ("ArrowUp", "0"),
    ] {
        press(&focused(), key);
        drawn().await;
        assert_eq!(focused().get_attribute("data-row").as_deref(), Some(row), "{key}");
    }
    press(&focused(), "PageDown");
    drawn().await;
    let paged: usize = focused().get_attribute("data-row").unwrap().parse().unwrap();
    assert!((4..40).contains(&paged), "a page is {paged} rows");
    press(&focused(), "Enter");
    assert_eq!(told(), [format!("open {paged}")]);
    // Scrolled far away by hand, the row stays, and the next key goes on from it.
    stage.get::<HtmlElement>(".windowed").set_scroll_top(30_000 * 36);
    drawn().await;
    assert_eq!(focused().get_attribute("data-row"), Some(paged.to_string()));
    press(&focused(), "ArrowDown");
    drawn().await;
    assert_eq!(focused().get_attribute("data-row"), Some((paged + 1).to_string()));
    assert_eq!(stage.count("[data-row][tabindex='0']"), 1);
}

#[wasm_bindgen_test]
async fn the_keyboard_enters_at_what_is_seen_and_leaves_other_keys_alone() {
    let count = RwSignal::new(MANY);
    let (stage, asked) = long_table(count);
    drawn().await;
    let table: HtmlElement = stage.get(".windowed");
    let entry = |stage: &Stage| -> usize {
        assert_eq!(stage.count("[data-row][tabindex='0']"), 1);
        stage.attribute("[data-row][tabindex='0']", "data-row").parse().unwrap()
    };
    table.set_scroll_top(1_000 * 36);
    drawn().await;
    assert_eq!(entry(&stage), 1_000, "where nobody is in the table");
    stage.get::<HtmlElement>("[data-row='1002']").focus().unwrap();
    drawn().await;
    assert_eq!(entry(&stage), 1_002, "where somebody is");
    // The row with the focus stays at its place in the order that screen readers go by.
    for top in [3_000, 100] {
        table.set_scroll_top(top * 36);
        drawn().await;
        let rows = stage.root.query_selector_all("[data-row]").unwrap();
        let order: Vec<usize> = (0..rows.length())
            .map(|at| rows.get(at).unwrap().unchecked_into::<Element>().get_attribute("data-row").unwrap())
            .map(|row| row.parse().unwrap())
            .collect();
        assert!(order.contains(&1_002) && order.is_sorted(), "{order:?}");
    }
    // Alt with an arrow belongs to somebody else, and a button within a row does its own.
    press_with(&focused(), "ArrowDown", true);
    drawn().await;
    assert_eq!(focused().get_attribute("data-row").as_deref(), Some("1002"));
    press(&focused().first_element_child().unwrap(), "Enter");
    assert_eq!(told(), Vec::<String>::new());
    press(&focused(), " ");
    assert_eq!(told(), ["open 1002"]);
    focused().unchecked_into::<HtmlElement>().blur().unwrap();
    table.set_scroll_top(2_000 * 36);
    drawn().await;
    assert_eq!(entry(&stage), 2_000, "who has left the table comes back to what is seen");
    assert_eq!(stage.count("[data-row='1002']"), 0);

    // A few rows before the end more is asked for, and another list begins at its top.
    assert_eq!(asked.get(), 0);
    let in_sight = usize::try_from(table.client_height()).unwrap() / 36;
    table.set_scroll_top(i32::try_from((MANY - 30 - in_sight) * 36).unwrap());
    drawn().await;
    assert_eq!((asked.get(), stage.count("[data-row='49999']")), (1, 0), "before the last row is there");
    stage.get::<HtmlElement>(".windowed [data-row][tabindex='0']").focus().unwrap();
    drawn().await;
    count.set(0);
    drawn().await;
    count.set(MANY);
    drawn().await;
    assert_eq!((entry(&stage), table.scroll_top()), (0, 0));
    assert_eq!(stage.count("[data-row='0']"), 1);
}

#[wasm_bindgen_test]
async fn rows_come_into_sight_whole_below_a_head() {
    let stage = Stage::new(move || {
        let row = |at: usize| parts::secondary("row", &format!("Row {at}"), || {});
        let head = parts::secondary("head", "Name", || {});
        parts::windowed_table("rows", "Entries", ROW, head, reactive::Memo::new(|_| 1_000), row, || {}).into()
    });
    drawn().await;
    let table: HtmlElement = stage.get(".windowed");
    let head = || stage.get::<Element>(".windowed-head").get_bounding_client_rect();
    let is_whole = |row: usize| {
        let (box_, row) = (
            table.get_bounding_client_rect(),
            stage.get::<Element>(&format!("[data-row='{row}']")).get_bounding_client_rect(),
        );
        assert!(row.top() >= head().bottom() - 1.0, "{} is above {}", row.top(), head().bottom());
        assert!(row.bottom() <= box_.bottom() + 1.0, "{} is below {}", row.bottom(), box_.bottom());
    };
    // Every place in the box has a row that exists.
    for top in [0, 17, 36 * 500 + 35] {
        table.set_scroll_top(top);
        drawn().await;
        let rows = stage.root.query_selector_all("[data-row]").unwrap();
        let edges = |at: u32| rows.get(at).unwrap().unchecked_into::<Element>().get_bounding_client_rect();
        assert!(edges(0).top() <= head().bottom() + 1.0);
        assert!(edges(rows.length() - 1).bottom() >= table.get_bounding_client_rect().bottom() - 1.0);
    }
    table.set_scroll_top(0);
    drawn().await;
    stage.get::<HtmlElement>("[data-row='0']").focus().unwrap();
    for key in ["PageDown", "PageDown", "ArrowDown", "PageUp", "End", "ArrowUp", "PageUp", "Home"] {
        press(&focused(), key);
        drawn().await;
        is_whole(focused().get_attribute("data-row").unwrap().parse().unwrap());
    }
    // A page leaves one row of the page before in sight.
    let page = (table.client_height() - 36) / 36;
    press(&focused(), "PageDown");
    drawn().await;
    assert_eq!(focused().get_attribute("data-row"), Some((page - 1).to_string()));
}

#[wasm_bindgen_test]
async fn a_row_whose_data_changes_keeps_the_focus() {
    let name = RwSignal::new("INV-1".to_owned());
    let stage = Stage::new(move || {
        let row = move |_| parts::secondary("row", &name.get(), || {});
        let head = parts::empty("Name", "", vec![]);
        parts::windowed_table("rows", "Entries", ROW, head, reactive::Memo::new(|_| 3), row, || {}).into()
    });
    drawn().await;
    let row: HtmlElement = stage.get("[data-row='1']");
    row.focus().unwrap();
    name.set("INV-2".into());
    drawn().await;
    assert_eq!(row.text_content().as_deref(), Some("INV-2"));
    assert!(focused().is_same_node(Some(&row)));
    // The head counts as a row for screen readers.
    assert_eq!(stage.attribute(".windowed", "aria-rowcount"), "4");
    assert_eq!(stage.attribute("[data-row='1']", "aria-rowindex"), "3");
}

#[wasm_bindgen_test]
async fn meters_and_progress_tell_screen_readers_their_values() {
    let done = RwSignal::new((0_u32, 0_u32));
    let stage = Stage::new(move || {
        let content = vec![
            parts::meter("xero-day", "Xero, today", 4_600.0, 5_000.0, Some(500.0), "4,600 of 5,000 calls used"),
            parts::progress("invoices", "Invoices", move || done.get()),
        ];
        parts::card("card", "Budget", content).into()
    });
    tick().await;
    let meter = |name: &str| stage.attribute("[role=meter]", name);
    assert_eq!((meter("aria-valuenow").as_str(), meter("aria-valuemax").as_str()), ("4600", "5000"));
    assert_eq!(
        (meter("aria-label").as_str(), meter("aria-valuetext").as_str()),
        ("Xero, today", "4,600 of 5,000 calls used")
    );
    let style = |selector: &str, property: &str| {
        stage.get::<HtmlElement>(selector).style().get_property_value(property).unwrap()
    };
    assert_eq!((style(".meter-fill", "width").as_str(), style(".meter-reserve", "left").as_str()), ("92%", "90%"));
    assert!(stage.attribute(".meter-fill", "class").contains("full"), "the reserve is being used");
    let progress = |name: &str| stage.attribute("[role=progressbar]", name);
    assert_eq!(progress("data-open"), "true");
    done.set((30, 120));
    tick().await;
    assert_eq!(
        (progress("aria-valuenow").as_str(), progress("aria-valuemax").as_str(), progress("data-open").as_str()),
        ("30", "120", "false")
    );
    assert_eq!(style(".progress-fill", "width"), "25%");
}

#[wasm_bindgen_test]
async fn a_screen_has_one_heading_that_can_take_the_focus() {
    let stage = Stage::new(|| {
        let action = parts::secondary("export", "Export", || {});
        parts::screen("log", "Log", "What became of each record.", vec![action], vec![parts::skeleton(3)]).into()
    });
    assert_eq!((stage.count("h1"), stage.text("h1").as_str()), (1, "Log"));
    let heading: HtmlElement = stage.get("h1");
    heading.focus().unwrap();
    assert!(focused().is_same_node(Some(&heading)));
    assert_eq!(stage.attribute(".skeleton", "aria-hidden"), "true");
}
