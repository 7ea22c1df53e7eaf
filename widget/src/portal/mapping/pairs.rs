//! Directions, sources of truth and automations of the pairs; the rules for parties; what runs leave of Xero's day.

use super::controls::{MappingUi, Pick, code_of, heads, number, row, rule, setting, toggle, value_of};
use super::edit::Edit;
use super::state::Wrong;
use crate::portal::parts::{card, module_name, xero_name};
use crate::portal::section::Section;
use crate::view::dom::{El, button, el, nothing};
use shared::module::Module;
use shared::settings::{Direction, MatchRule, NeitherRule, PeopleRule, PrimaryContactRule, SourceOfTruth};

const DIRECTIONS: [(&str, Direction); 3] =
    [("both", Direction::Both), ("to_xero", Direction::ToXero), ("to_crm", Direction::ToCrm)];
const TRUTHS: [(&str, SourceOfTruth); 2] = [("crm", SourceOfTruth::Crm), ("xero", SourceOfTruth::Xero)];
const MATCHINGS: [(&str, MatchRule); 2] = [("name", MatchRule::Name), ("name_then_email", MatchRule::NameThenEmail)];
const PRIMARY: [(&str, PrimaryContactRule); 2] =
    [("warn", PrimaryContactRule::Warn), ("require", PrimaryContactRule::Require)];
const PEOPLE: [(&str, PeopleRule); 2] = [("company", PeopleRule::Company), ("own", PeopleRule::Own)];
const NEITHER: [(&str, NeitherRule); 3] =
    [("skip", NeitherRule::Skip), ("account", NeitherRule::Account), ("vendor", NeitherRule::Vendor)];

const RIGHT: &str = "<svg viewBox=\"0 0 24 16\" width=\"24\" height=\"16\" fill=\"none\" stroke=\"currentColor\" \
    stroke-width=\"2\" stroke-linecap=\"round\" stroke-linejoin=\"round\"><path d=\"M2 8h20M16 3l6 5-6 5\"/></svg>";
const LEFT: &str = "<svg viewBox=\"0 0 24 16\" width=\"24\" height=\"16\" fill=\"none\" stroke=\"currentColor\" \
    stroke-width=\"2\" stroke-linecap=\"round\" stroke-linejoin=\"round\"><path d=\"M22 8H2M8 3L2 8l6 5\"/></svg>";
const BOTH: &str = "<svg viewBox=\"0 0 24 16\" width=\"24\" height=\"16\" fill=\"none\" stroke=\"currentColor\" \
    stroke-width=\"2\" stroke-linecap=\"round\" stroke-linejoin=\"round\">\
    <path d=\"M2 5h20M18 1l4 4M22 11H2M6 15l-4-4\"/></svg>";

/// The arrow of a direction, from the CRM on the left to Xero on the right.
pub(super) fn arrow(direction: Direction) -> El {
    let markup = match direction {
        Direction::ToXero => RIGHT,
        Direction::ToCrm => LEFT,
        Direction::Both => BOTH,
    };
    el("span").class("mapping-arrow-drawing").attr("aria-hidden", "true").markup(markup)
}

/// The direction that a click turns an arrow to.
fn turned(direction: Direction) -> Direction {
    match direction {
        Direction::Both => Direction::ToXero,
        Direction::ToXero => Direction::ToCrm,
        Direction::ToCrm => Direction::Both,
    }
}

/// The six pairs.
pub(super) fn pairs(ui: MappingUi) -> El {
    let (crm, xero) = (ui.common().crm, ui.words().xero);
    let mut rows = vec![heads(&[crm, "", xero], "mapping-pair")];
    rows.extend(Module::ALL.map(|module| pair(ui, module)));
    card("mapping-pairs", (ui.names().section)(Section::Pairs), rows)
}

fn pair(ui: MappingUi, module: Module) -> El {
    let name = module.api_name();
    let direction = ui.slice(move |model| model.draft.direction(module));
    let path = ["directions.", name].concat();
    let (crm, xero) = (module_name(ui.app, module), xero_name(ui.app, module));
    let said = move |direction| (ui.names().value)("directions", code_of(&DIRECTIONS, direction)).unwrap_or_default();
    let turn = button("mapping-arrow", "turn")
        .live_attr("aria-label", move || (ui.words().turn)(crm, xero, said(direction.get())))
        .live_attr("data-direction", move || code_of(&DIRECTIONS, direction.get()).to_owned())
        .live(move || arrow(direction.get()).into())
        .on_click(move || {
            let next = turned(direction.get_untracked());
            ui.edit(Edit::Direction(module, next));
            ui.app.announce(format!("{crm} – {xero}: {}", said(next)));
        });
    // A schedule may ask for a direction that this one excludes.
    let scheduled = ["schedule.pairs.", name].concat();
    let wrong = ui.slice(move |model| model.wrong_at(&scheduled));
    let clash = move || match wrong.get() {
        Some(Wrong::Said(text, _)) => {
            let text = [ui.label("schedule"), ": ", &text].concat();
            el("p").class("field-error").attr("role", "status").id("schedule-clash").text(text).into()
        }
        _ => nothing(),
    };
    let arrow = el("span")
        .class("mapping-turn")
        .child(turn)
        .child(el("span").class("mapping-direction").live_text(move || said(direction.get()).to_owned()));
    let sides = row(
        "mapping-pair",
        vec![
            el("strong").class("mapping-side").text(crm),
            setting(ui, path, arrow),
            el("strong").class("mapping-side").text(xero),
        ],
    );
    let truth = Pick::new(["source_of_truth.", name].concat(), "source-of-truth", ui.label("source_of_truth"))
        .options(TRUTHS.iter().map(|(code, _)| ((*code).to_owned(), ui.value("source_of_truth", code))).collect())
        .control(
            ui,
            move |settings| {
                let side = settings.source_of_truth.get(&module).copied().unwrap_or_default();
                Some(code_of(&TRUTHS, side).to_owned())
            },
            move |code| Edit::SourceOfTruth(module, value_of(&TRUTHS, &code.unwrap_or_default())),
        );
    let automation = toggle(
        ui,
        ["automations.", name].concat(),
        "automation",
        ui.label("automations"),
        move |settings| settings.automations.contains(&module),
        move |on| Edit::Automation(module, on),
    );
    el("div")
        .class("mapping-pair-block")
        .attr("role", "group")
        .attr("aria-label", crm)
        .attr("data-module", name)
        .id("pair")
        .child(sides)
        .live(clash)
        .child(el("div").class("mapping-pair-rules").child(truth).child(automation))
}

/// The rules for accounts, contacts and vendors.
pub(super) fn parties(ui: MappingUi) -> El {
    let title = (ui.names().section)(Section::Parties);
    card(
        "mapping-parties",
        title,
        vec![
            rule(ui, "parties.matching", "matching", &MATCHINGS, |it| it.parties.matching, Edit::Matching),
            rule(
                ui,
                "parties.primary_contact",
                "primary-contact",
                &PRIMARY,
                |it| it.parties.primary_contact,
                Edit::PrimaryContact,
            ),
            rule(ui, "parties.people", "people", &PEOPLE, |it| it.parties.people, Edit::People),
            rule(ui, "parties.neither", "neither", &NEITHER, |it| it.parties.neither, Edit::Neither),
        ],
    )
}

/// What runs leave for the button.
pub(super) fn budget(ui: MappingUi) -> El {
    let title = (ui.names().section)(Section::Budget);
    let reserve = number(ui, "day_reserve", "day-reserve", |it| it.day_reserve.0, Edit::DayReserve);
    card("mapping-budget", title, vec![reserve])
}
