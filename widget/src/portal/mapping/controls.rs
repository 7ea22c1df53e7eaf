//! Controls that are tied to one setting: they show the draft, the guess that stands in for a choice, and what is
//! wrong, and report a change of exactly this setting.

use super::choices::{self, Choice};
use super::edit::Edit;
use super::state::{Lists, MappingDraft, Wrong};
use crate::portal::app::App;
use crate::portal::parts::{About, LiveError, checkbox, field, grouped_select, input};
use crate::portal::places;
use crate::portal::reactive::*;
use crate::portal::words::common::Common;
use crate::portal::words::mapping::Mapping;
use crate::portal::words::settings::SettingNames;
use crate::view::dom::{El, Takes, el, link, nothing};
use shared::settings::guesses::Guess;
use shared::settings::{BooksSide, Settings};
use std::sync::Arc;
use std::time::Duration;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

/// Time for a section to be there before one of its controls takes the focus.
const FOCUS_PAUSE: Duration = Duration::from_millis(80);

/// What every part of this screen needs.
#[derive(Debug, Clone, Copy)]
pub(super) struct MappingUi {
    pub(super) app: App,
    pub(super) model: RwSignal<MappingDraft>,
}

impl MappingUi {
    pub(super) fn words(self) -> &'static Mapping {
        self.app.words::<Mapping>()
    }

    /// What settings are called.
    pub(super) fn names(self) -> &'static SettingNames {
        self.app.words::<SettingNames>()
    }

    pub(super) fn common(self) -> &'static Common {
        self.app.common()
    }

    /// A slice of the model that tells only when it has changed.
    pub(super) fn slice<T: PartialEq + Send + Sync + 'static>(
        self,
        part: impl Fn(&MappingDraft) -> T + Send + Sync + 'static,
    ) -> Memo<T> {
        self.model.slice(part)
    }

    /// Whether something holds of the model.
    pub(super) fn whether(self, part: fn(&MappingDraft) -> bool) -> Memo<bool> {
        self.model.slice(part)
    }

    pub(super) fn edit(self, edit: Edit) {
        self.model.update(|model| model.edit(edit));
    }

    /// A setting's name for people.
    pub(super) fn label(self, setting: &str) -> &'static str {
        (self.names().setting)(setting).unwrap_or_default()
    }

    pub(super) fn hint(self, setting: &str) -> Option<String> {
        (self.words().hint)(setting).map(str::to_owned)
    }

    /// What a value of a setting is called.
    pub(super) fn value(self, setting: &str, code: &str) -> String {
        (self.names().value)(setting, code).unwrap_or_default().to_owned()
    }

    /// A side of the books in Xero, which is said alike in every language.
    pub(super) fn in_xero(self, side: BooksSide) -> String {
        format!("{} in Xero", self.side(side))
    }

    /// A side of the books.
    pub(super) fn side(self, side: BooksSide) -> &'static str {
        match side {
            BooksSide::Sales => self.words().sales,
            BooksSide::Purchases => self.words().purchases,
        }
    }
}

/// A choice from a list. One pointer, because it is handed on at every step.
pub(super) struct Pick(Box<Choosing>);

struct Choosing {
    /// The setting.
    path: String,
    /// Its name in tests; the setting is in `data-path`.
    id: &'static str,
    label: String,
    hint: Option<String>,
    /// The options in titled groups; a group without a title stands by itself.
    groups: Vec<(String, Vec<Choice>)>,
    /// What the choice of nothing is called; none where there is always a choice.
    empty: Option<String>,
    /// What a value is called that is on no list any more.
    name: Names,
}

impl Pick {
    pub(super) fn new(path: impl Into<String>, id: &'static str, label: impl Into<String>) -> Self {
        Self::of(path.into(), id, label.into())
    }

    #[inline(never)]
    fn of(path: String, id: &'static str, label: String) -> Self {
        let name = Arc::new(str::to_owned);
        Self(Box::new(Choosing { path, id, label, hint: None, groups: Vec::new(), empty: None, name }))
    }

    #[inline(never)]
    pub(super) fn hint(mut self, hint: Option<String>) -> Self {
        self.0.hint = hint;
        self
    }

    #[inline(never)]
    pub(super) fn options(self, options: Vec<Choice>) -> Self {
        self.group("", options)
    }

    #[inline(never)]
    pub(super) fn group(mut self, title: &str, options: Vec<Choice>) -> Self {
        if !options.is_empty() {
            self.0.groups.push((title.to_owned(), options));
        }
        self
    }

    pub(super) fn empty(mut self, label: impl Into<String>) -> Self {
        self.0.empty = Some(label.into());
        self
    }

    pub(super) fn named(mut self, name: impl Fn(&str) -> String + Send + Sync + 'static) -> Self {
        self.0.name = Arc::new(name);
        self
    }

    /// The control. `get` reads the setting, `set` is the change that a choice makes.
    pub(super) fn control(
        self,
        ui: MappingUi,
        get: impl Fn(&Settings) -> Option<String> + Send + Sync + 'static,
        set: impl Fn(Option<String>) -> Edit + Send + Sync + 'static,
    ) -> El {
        control(ui, self, Arc::new(get), Arc::new(set))
    }
}

type Names = Arc<dyn for<'a> Takes<&'a str, String> + Send + Sync>;
type Reads = Arc<dyn for<'a> Takes<&'a Settings, Option<String>> + Send + Sync>;
type Changes = Taker<Option<String>, Edit>;

fn control(ui: MappingUi, pick: Pick, get: Reads, set: Changes) -> El {
    let Choosing { path, id, label, hint, groups, empty, name } = *pick.0;
    let guess_path = path.clone();
    let guess = ui.slice(move |model| model.known_guesses.get(&guess_path).cloned());
    // What is chosen and on no list stays an option, and so does what is saved, as long as this control is there.
    let all: Vec<Choice> = groups.iter().flat_map(|(_, options)| options.clone()).collect();
    let read = get.clone();
    let gone = ui.slice(move |model| {
        let mut gone = [read.take(&model.saved), read.take(&model.draft)].into_iter().flatten().collect::<Vec<_>>();
        gone.retain(|value| choices::is_gone(&all, Some(value)));
        gone.dedup();
        gone
    });
    let chosen = ui.slice(move |model| get.take(&model.draft).unwrap_or_default());
    let error = error(ui, &path);
    let select = move || {
        let mut offered = Vec::with_capacity(groups.len() + 2);
        if let Some(empty) = &empty {
            let label =
                guess.get().map_or_else(|| empty.clone(), |guess| (ui.words().guessed)(&guess_name(ui, &guess)));
            offered.push((String::new(), vec![(choices::NONE.to_owned(), label)]));
        }
        let gone = gone.get();
        if !gone.is_empty() {
            let gone = gone.into_iter().map(|value| {
                let label = (ui.words().gone)(&name.take(&value));
                (value, label)
            });
            offered.push((String::new(), gone.collect()));
        }
        offered.extend(groups.iter().cloned());
        let set = set.clone();
        let select = grouped_select(
            id,
            offered,
            move || chosen.get(),
            move |value| ui.edit(set.take(Some(value).filter(|value| value != choices::NONE))),
        );
        let about = About { hint: hint.clone(), mark: None, error: Some(error.clone()) };
        field(&label, select, about).into()
    };
    setting(ui, path, el("div").class("mapping-control").live(select))
}

/// What a guess says: meanings are this screen's own words, all else comes from the vendors' lists.
fn guess_name(ui: MappingUi, guess: &Guess) -> String {
    let word = guess.path.starts_with("statuses.").then(|| (ui.names().value)("statuses", &guess.value)).flatten();
    word.map_or_else(|| guess.shown.clone(), str::to_owned)
}

/// A rule: one of a few, each of which is a word of the screen's table.
pub(super) fn rule<T: Copy + PartialEq + Send + Sync + 'static>(
    ui: MappingUi,
    path: &'static str,
    id: &'static str,
    table: &'static [(&'static str, T)],
    get: fn(&Settings) -> T,
    set: fn(T) -> Edit,
) -> El {
    let options = table.iter().map(|(code, _)| ((*code).to_owned(), ui.value(path, code))).collect();
    Pick::new(path, id, ui.label(path)).hint(ui.hint(path)).options(options).control(
        ui,
        move |settings| Some(code_of(table, get(settings)).to_owned()),
        move |code| set(value_of(table, &code.unwrap_or_default())),
    )
}

/// The code of a value in a table that has all of them.
pub(super) fn code_of<T: Copy + PartialEq>(table: &[(&'static str, T)], value: T) -> &'static str {
    table.iter().find(|(_, known)| *known == value).map_or("", |(code, _)| code)
}

/// The value of a code; the first one where there is no such code.
pub(super) fn value_of<T: Copy>(table: &[(&'static str, T)], code: &str) -> T {
    table.iter().find(|(known, _)| *known == code).unwrap_or(&table[0]).1
}

/// A yes or no.
pub(super) fn toggle(
    ui: MappingUi,
    path: impl Into<String>,
    id: &'static str,
    label: &str,
    get: impl Fn(&Settings) -> bool + Send + Sync + 'static,
    set: impl Fn(bool) -> Edit + Send + Sync + 'static,
) -> El {
    toggle_of(ui, path.into(), id, label, Box::new(get), Box::new(set))
}

fn toggle_of(
    ui: MappingUi,
    path: String,
    id: &'static str,
    label: &str,
    get: Box<dyn for<'a> Takes<&'a Settings, bool> + Send + Sync>,
    set: Box<dyn Takes<bool, Edit> + Send + Sync>,
) -> El {
    let on = ui.slice(move |model| get.take(&model.draft));
    let control = checkbox(id, label, move || on.get(), move |on| ui.edit(set.take(on)));
    setting(ui, path, control)
}

/// A text.
pub(super) fn text(
    ui: MappingUi,
    path: impl Into<String>,
    (id, kind): (&'static str, &'static str),
    label: &str,
    hint: Option<String>,
    get: impl Fn(&Settings) -> String + Send + Sync + 'static,
    set: impl Fn(String) -> Edit + Send + Sync + 'static,
) -> El {
    let path = path.into();
    let shown = ui.slice(move |model| get(&model.draft));
    typed(ui, path, (id, kind), label, hint, shown, Box::new(move |text| ui.edit(set(text))))
}

/// A whole number.
pub(super) fn number(
    ui: MappingUi,
    path: &'static str,
    id: &'static str,
    get: fn(&Settings) -> u16,
    set: fn(u16) -> Edit,
) -> El {
    let shown = ui.slice(move |model| model.number_text(path, get(&model.draft)));
    let take = move |text: String| ui.model.update(|model| model.number(path, &text, set));
    // Not of the kind `number`: the browser would keep what is no number to itself.
    let control = input(id, "text", move || shown.get(), take).attr("inputmode", "numeric");
    let about = About { hint: ui.hint(path), mark: None, error: Some(error(ui, path)) };
    setting(ui, path.to_owned(), el("div").class("mapping-number").child(field(ui.label(path), control, about)))
}

fn typed(
    ui: MappingUi,
    path: String,
    (id, kind): (&'static str, &'static str),
    label: &str,
    hint: Option<String>,
    shown: Memo<String>,
    take: Box<dyn Takes<String> + Send + Sync>,
) -> El {
    let control = input(id, kind, move || shown.get(), move |text| take.take(text));
    let about = About { hint, mark: None, error: Some(error(ui, &path)) };
    setting(ui, path, field(label, control, about))
}

/// What is wrong with a setting, in words that stand beside its control.
fn error(ui: MappingUi, path: &str) -> LiveError {
    let path = path.to_owned();
    let wrong = ui.slice(move |model| model.wrong_at(&path));
    Arc::new(move || {
        wrong.get().map(|wrong| match wrong {
            Wrong::NotANumber => ui.words().not_a_number.to_owned(),
            Wrong::Said(text, _) => text,
        })
    })
}

/// A control in its place: with the mark of a guess and the place where a vendor's list can be put right.
pub(super) fn setting(ui: MappingUi, path: String, control: El) -> El {
    let (wrong_path, guess_path, known_path) = (path.clone(), path.clone(), path.clone());
    let wrong = ui.slice(move |model| match model.wrong_at(&wrong_path) {
        Some(Wrong::Said(_, place)) => place,
        _ => None,
    });
    let guessed = ui.slice(move |model| model.guesses.contains_key(&guess_path));
    let known = ui.slice(move |model| model.known_guesses.contains_key(&known_path));
    // The mark keeps its place where a guess is possible, so that nothing moves when one is made a choice.
    let mark = move || {
        if !known.get() {
            return nothing();
        }
        el("span")
            .live_attr("class", move || {
                if guessed.get() { "mark mapping-mark" } else { "mark mapping-mark off" }.to_owned()
            })
            .live_attr("aria-hidden", move || (!guessed.get()).to_string())
            .id("guess")
            .text(ui.common().guess)
            .into()
    };
    let place = move || match wrong.get() {
        Some(place) => el("p").class("mapping-place").child(link(place.url, place.label, "place")).into(),
        None => nothing(),
    };
    el("div").class("mapping-setting").id("setting").attr("data-path", path).live(mark).child(control).live(place)
}

/// A list of accounts for one side, with others below where the setting takes them.
pub(super) fn account_pick(ui: MappingUi, lists: &Arc<Lists>, pick: Pick, side: BooksSide, others: bool) -> Pick {
    let choices = choices::account_choices(&lists.xero, side, others);
    let title = if others { (ui.words().own_accounts)(ui.side(side)) } else { String::new() };
    let named = lists.clone();
    pick.group(&title, choices.own)
        .group(ui.words().other_accounts, choices.other)
        .named(move |code| choices::account_label(&named.xero, code))
}

/// Heads of columns. Labels of the controls below say the same to screen readers.
pub(super) fn heads(columns: &[&str], class: &'static str) -> El {
    el("div")
        .class(["mapping-row mapping-heads ", class].concat())
        .attr("aria-hidden", "true")
        .children(columns.iter().map(|column| el("span").text((*column).to_owned())))
}

/// A row of cells.
pub(super) fn row(class: &'static str, cells: Vec<El>) -> El {
    el("div").class(["mapping-row ", class].concat()).children(cells)
}

/// A sentence below a card's heading.
pub(super) fn lead(text: &str) -> El {
    el("p").class("mapping-lead").text(text.to_owned())
}

/// Goes to a setting's control.
pub(super) fn jump(ui: MappingUi, path: String) {
    ui.app.go(places::of_setting(&path));
    set_timeout(move || focus(&path), FOCUS_PAUSE);
}

/// Gives the focus to a setting's control, or to that of the nearest setting around it.
fn focus(path: &str) {
    let Some(document) = web_sys::window().and_then(|window| window.document()) else { return };
    let mut known = path;
    loop {
        let escaped = known.replace('\\', "\\\\").replace('"', "\\\"");
        for compare in ["=", "^="] {
            let controls = ["select", "input", "button"].map(|tag| format!("[data-path{compare}\"{escaped}\"] {tag}"));
            let found = document.query_selector(&controls.join(",")).ok().flatten();
            if let Some(element) = found.and_then(|element| element.dyn_into::<HtmlElement>().ok()) {
                element.scroll_into_view();
                // It fails for no element that is in the page.
                let _ = element.focus();
                return;
            }
        }
        match known.rsplit_once('.') {
            Some((outer, _)) => known = outer,
            None => return,
        }
    }
}

/// Pixels of the link before the current one that stay in sight, where the links scroll.
const BESIDE_CURRENT: i32 = 48;

/// Where the links lie in one row that scrolls: scrolls to the current one, once the page shows which it is.
pub(super) fn show_current(nav: &Element) {
    let nav = nav.clone();
    request_animation_frame(move || {
        let link = nav.query_selector("[aria-current=page]").ok().flatten();
        if let Some(link) = link.and_then(|link| link.dyn_into::<HtmlElement>().ok()) {
            nav.set_scroll_left(link.offset_left() - BESIDE_CURRENT);
        }
    });
}
