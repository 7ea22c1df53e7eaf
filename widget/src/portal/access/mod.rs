//! Access: who is signed in where, who counts as an administrator, and which organisations may use this installation.
//! Who is no administrator sees the own sessions alone.

pub mod state;

use super::app::App;
use super::parts::{self, About};
use super::parts::{table, words};
use super::words::access::Access;
use crate::client::{delete, get, put};
use crate::fault::Fault;
use crate::format::{iso, millis};
use crate::portal::reactive::*;
use crate::tone::Tone;
use crate::view::dom::{El, button, el, live, nothing};
use shared::api::portal::{AdministratorView, AdministratorsView, ProfileView, SettingsView};
use shared::api::{InvitationView, InvitationsView, SessionRow};
use shared::id::OrgId;
use shared::settings::UpTo;
use state::{AccessState, Change, Circle, Effect, Msg, Part, Question, Work, browser, update};
use std::sync::Arc;

#[derive(Debug, Clone, Copy)]
struct AccessUi {
    app: App,
    model: RwSignal<AccessState>,
}

impl AccessUi {
    fn words(self) -> &'static Access {
        self.app.words::<Access>()
    }

    fn slice<T: PartialEq + Send + Sync + 'static>(
        self,
        part: impl Fn(&AccessState) -> T + Send + Sync + 'static,
    ) -> Memo<T> {
        self.model.slice(part)
    }

    fn send(self, msg: Msg) {
        untrack(|| {
            // Whoever has left the screen is not told any more.
            let effects = self.model.try_update(|model| update(model, msg)).unwrap_or_default();
            for effect in effects {
                self.perform(effect);
            }
        });
    }

    fn perform(self, effect: Effect) {
        let app = self.app;
        match effect {
            Effect::Read(Part::Sessions) => app.call(get("/api/sessions"), move |view| self.send(Msg::Sessions(view))),
            Effect::Read(Part::Administrators) => {
                app.call(get("/api/administrators"), move |view| self.send(Msg::Administrators(view)));
            }
            Effect::Read(Part::Invitations) => {
                app.call(get("/api/invitations"), move |view| self.send(Msg::Invitations(view)));
            }
            Effect::Read(Part::Senders) => app.call(get("/api/settings"), move |view| self.saved(view)),
            Effect::Do(work) => match work {
                Work::Senders(view) => {
                    let path = ["/api/settings?version=", &view.version.to_string()].concat();
                    app.call(put(path, &view.settings), move |view| self.saved(view));
                }
                Work::End(id) => self.end(&["/api/sessions/", &id].concat()),
                Work::EndAll(Some(user)) => self.end(&["/api/sessions?user=", user.as_str()].concat()),
                Work::EndAll(None) => self.end("/api/sessions"),
                Work::Count(user, counts) => {
                    let path = ["/api/administrators/", user.as_str()].concat();
                    let call = if counts { put(path, &()) } else { delete(path) };
                    app.call(call, move |view| self.send(Msg::Administrators(view)));
                }
                Work::Invite(org) => {
                    let call = put(["/api/invitations/", org.as_str()].concat(), &());
                    app.call(call, move |view| self.send(Msg::Invitations(view)));
                }
                Work::Uninvite(org) => {
                    let call = delete(["/api/invitations/", org.as_str()].concat());
                    app.call(call, move |view| self.send(Msg::Invitations(view)));
                }
            },
            Effect::ReadSession => app.read_session(),
            Effect::Say(work) => app.announce((self.words().said)(&work)),
        }
    }

    fn saved(self, view: Result<SettingsView, Fault>) {
        self.send(Msg::Settings(view.map(Box::new)));
    }

    fn end(self, path: &str) {
        self.app.call_empty(delete(path), move |ended| self.send(Msg::Ended(ended)));
    }

    /// A button that does something at once. While anything is being done, none does.
    fn does(self, id: &'static str, label: impl Into<String>, msg: Msg) -> El {
        self.presses("button", id, label.into(), msg)
    }

    /// One after which something is gone.
    fn ends(self, id: &'static str, label: &'static str, question: Question) -> El {
        self.presses("button danger", id, label.to_owned(), Msg::Ask(question))
    }

    fn presses(self, class: &'static str, id: &'static str, label: String, msg: Msg) -> El {
        let busy = self.slice(|model| model.work.is_some());
        button(class, id)
            .live_attr("aria-disabled", move || busy.get().to_string())
            .text(label)
            .on_click(move || self.send(msg.clone()))
    }

    /// A part of the screen as soon as it is there.
    fn part<T: Clone + PartialEq + Send + Sync + 'static>(
        self,
        part: Part,
        of: fn(&AccessState) -> Option<T>,
        show: fn(Self, T) -> El,
    ) -> El {
        let told = self.slice(of);
        let fault = self.slice(move |model| model.fault(part).cloned());
        let fault = parts::part("access-fault", move || match fault.get() {
            Some(fault) => parts::fault(self.app, &fault, move || self.send(Msg::Read(part))).into(),
            None => nothing(),
        });
        let failed = self.slice(move |model| model.fault(part).is_some());
        let shown = parts::part("access-part", move || match told.get() {
            Some(told) => show(self, told).into(),
            None if failed.get() => nothing(),
            None => parts::skeleton(3).into(),
        });
        el("div").child(fault).child(shown)
    }
}

/// Builds the screen: the own sessions, and for administrators who else may come in.
pub fn screen(app: App) -> AnyView {
    let ui = AccessUi { app, model: RwSignal::new(AccessState::default()) };
    let words = ui.words();
    ui.send(Msg::Read(Part::Sessions));
    let title = if app.is_administrator() { words.sessions } else { words.own_sessions };
    let mut content =
        vec![parts::card("sessions", title, vec![ui.part(Part::Sessions, |model| model.sessions.clone(), sessions)])];
    if app.is_administrator() {
        ui.send(Msg::Read(Part::Administrators));
        ui.send(Msg::Read(Part::Invitations));
        let inside = ui.part(Part::Administrators, |model| model.administrators.clone(), administrators);
        content.push(parts::card("administrators", words.administrators, vec![inside]));
        ui.send(Msg::Read(Part::Senders));
        let told = |model: &AccessState| Some((model.settings.is_some(), model.profiles()?));
        let inside = ui.part(Part::Senders, told, senders);
        content.push(parts::card("senders", words.senders, vec![el("p").text(words.senders_lead), inside]));
        content.push(invited(ui));
    }
    content.push(el("div").child(question(ui)));
    let lead = if app.is_administrator() { words.lead } else { words.own_lead };
    parts::screen("access", words.title, lead, Vec::new(), content).into()
}

fn sessions(ui: AccessUi, rows: Vec<SessionRow>) -> El {
    let texts = ui.words();
    let administrator = ui.app.is_administrator();
    let me = ui.app.session.with_untracked(|session| session.view.as_ref().map(|view| view.user_id.clone()));
    let mut columns = vec![texts.browser, texts.since, texts.used, texts.action];
    if administrator {
        columns.insert(0, texts.who);
    }
    let lines = rows.iter().map(|row| {
        let (name, system) = browser(&row.browser);
        let browser = match (name, system) {
            (Some(name), Some(system)) => (texts.browser_on)(name, system),
            (Some(known), None) | (None, Some(known)) => known.to_owned(),
            (None, None) => texts.unknown_browser.to_owned(),
        };
        let browser = match row.page {
            Some(page) => [&*browser, ", ", (texts.page)(page)].concat(),
            None => browser,
        };
        let number = ui.model.with_untracked(|model| model.number_of(row));
        let number = number.map(|number| el("span").id("session-number").text((texts.number)(number)).text(" "));
        let here = row.own.then(|| el("span").class("muted").id("here").text(texts.here));
        let browser = words(browser).attr("title", row.browser.clone()).text(" ").maybe(number).maybe(here);
        let end = match row.own {
            true => {
                let app = ui.app;
                button("button", "sign-out-here").text(app.common().sign_out).on_click(move || app.sign_out())
            }
            false => ui.does("end-session", texts.end, Msg::Do(Work::End(row.id.clone()))),
        };
        let count = ui.model.with_untracked(|model| model.count_of(&row.user));
        let first = rows.iter().find(|other| other.user == row.user).is_some_and(|other| other.id == row.id);
        // Once for each person, where there is more than one to end.
        let all = (administrator && first && count > 1 && me.as_ref() != Some(&row.user))
            .then(|| ui.does("end-person", (texts.end_person)(count), Msg::Do(Work::EndAll(Some(row.user.clone())))));
        let ago = |at| words("").child(parts::ago(ui.app, at));
        let actions = el("span").class("access-actions").child(end).maybe(all);
        // It was used by looking at this.
        let used = if row.own { words(texts.in_use) } else { ago(row.seen_at) };
        // By the second: sessions are told apart by it.
        let (app, began) = (ui.app, millis(row.began_at));
        let began = el("time")
            .attr("datetime", iso(row.began_at))
            .live_text(move || app.formats.with(|formats| formats.instant(began)));
        let mut cells = vec![browser, words("").child(began), used, actions];
        if administrator {
            cells.insert(0, words(row.name.as_str()));
        }
        (el("tr").id("session"), cells)
    });
    let list = table("sessions-table", texts.sessions, &columns, lines.collect());
    let own = me.map(|me| (ui.model.with_untracked(|model| model.count_of(&me)), me)).filter(|(count, _)| *count > 1);
    let own = own.map(|(_, me)| ui.does("end-own", texts.end_own, Msg::Do(Work::EndAll(Some(me)))));
    let all = (administrator && rows.len() > 1).then(|| ui.ends("end-all", texts.end_all, Question::EndAll));
    el("div").child(list).child(el("div").class("actions").maybe(own).maybe(all))
}

fn administrators(ui: AccessUi, view: AdministratorsView) -> El {
    let texts = ui.words();
    let me = ui.app.session.with_untracked(|session| session.view.as_ref().map(|view| view.user_id.clone()));
    let line = |one: AdministratorView| {
        let action = match (me.as_ref() == Some(&one.id), one.taken_out) {
            (true, _) => words(texts.you).class("muted"),
            (false, true) => ui.does("count-again", texts.count_again, Msg::Do(Work::Count(one.id.clone(), true))),
            (false, false) => ui.ends("take-out", texts.take_out, Question::TakeOut(one.id.clone(), one.name.clone())),
        };
        let status = if one.taken_out { texts.taken_out } else { texts.counts };
        let tone = if one.taken_out { Tone::Quiet } else { Tone::Good };
        let status = el("span").child(parts::sign(tone)).text(status);
        (el("tr").id("administrator"), vec![words(one.name), words(one.profile), status, action])
    };
    let rows = view.administrators.into_iter().map(line).collect();
    let columns = [texts.who, texts.profile, texts.status, texts.action];
    let note = if view.by_permissions { texts.by_permissions } else { texts.by_name };
    el("div").child(el("p").class("muted").id("administrators-note").text(note)).child(table(
        "administrators-table",
        texts.administrators,
        &columns,
        rows,
    ))
}

/// Who may send to the books, and whose new addresses wait. Each change is saved at once.
fn senders(ui: AccessUi, (read, profiles): (bool, Vec<ProfileView>)) -> El {
    let texts = ui.words();
    if !read {
        return parts::skeleton(3);
    }
    let emails = [
        ("hold-vendors", texts.of_vendors, Change::Vendors as fn(bool) -> Change),
        ("hold-customers", texts.of_customers, Change::Customers),
    ];
    let held = |model: &AccessState, id: &str| {
        let held = model.settings.as_ref().map(|view| view.settings.senders.held_emails);
        held.is_some_and(|held| if id == "hold-vendors" { held.vendors } else { held.customers })
    };
    let emails = emails.map(|(id, label, change)| {
        parts::checkbox(
            id,
            label,
            move || ui.model.with(|model| held(model, id)),
            move |on| {
                ui.send(Msg::Change(change(on)));
            },
        )
    });
    let options =
        vec![("submitted".to_owned(), texts.submitted.to_owned()), ("draft".to_owned(), texts.drafts.to_owned())];
    let drafts =
        |model: &AccessState| model.settings.as_ref().is_some_and(|view| view.settings.senders.others == UpTo::Draft);
    let others = parts::select(
        "senders-others",
        options,
        move || if ui.model.with(drafts) { "draft" } else { "submitted" }.to_owned(),
        move |picked| {
            let others = if picked == "draft" { UpTo::Draft } else { UpTo::Submitted };
            ui.send(Msg::Change(Change::Others(others)));
        },
    );
    let of = |which, id| circle(ui, which, id, &profiles);
    // What is changed counts at once: that it does is seen, too.
    let (saving, saved) = (ui.slice(AccessState::is_saving), ui.slice(|model| model.saved));
    let told = el("p").class("muted access-saved").id("senders-saved").live_text(move || {
        let text = match (saving.get(), saved.get()) {
            (true, _) => texts.saving,
            (false, true) => texts.saved,
            (false, false) => "",
        };
        text.to_owned()
    });
    el("div")
        .class("access-senders")
        .child(told)
        .child(of(Circle::Documents, "senders-documents"))
        .child(of(Circle::Parties, "senders-parties"))
        .child(of(Circle::Approvers, "senders-approvers"))
        .child(parts::field(texts.others, others, About::default()))
        .child(el("h3").text(texts.emails))
        .child(el("p").text(texts.emails_lead))
        .children(emails)
}

/// A circle: everybody, or administrators and the profiles that are ticked.
fn circle(ui: AccessUi, which: Circle, id: &'static str, profiles: &[ProfileView]) -> El {
    let texts = ui.words();
    let closed =
        move |model: &AccessState| model.settings.as_ref().is_some_and(|view| which.of(&view.settings.senders).closed);
    let options =
        vec![(String::new(), texts.everybody.to_owned()), ("closed".to_owned(), texts.chosen_only.to_owned())];
    let choice = parts::select(
        id,
        options,
        move || if ui.model.with(closed) { "closed".to_owned() } else { String::new() },
        move |picked| ui.send(Msg::Change(Change::Closed(which, !picked.is_empty()))),
    );
    let profiles = profiles.to_vec();
    let is_closed = ui.slice(closed);
    let ticks = parts::part("access-profiles", move || {
        if !is_closed.get() {
            return nothing();
        }
        if profiles.is_empty() {
            return el("p").class("muted").text(texts.no_profiles).into();
        }
        let tick = |profile: &ProfileView| {
            let (of, changed) = (profile.id.clone(), profile.clone());
            let inside = move |model: &AccessState| {
                let senders = model.settings.as_ref().map(|view| &view.settings.senders);
                senders.is_some_and(|senders| which.of(senders).profiles.contains_key(&of))
            };
            parts::checkbox(
                "senders-profile",
                &profile.name,
                move || ui.model.with(|model| inside(model)),
                move |on| {
                    ui.send(Msg::Change(Change::Profile(which, changed.clone(), on)));
                },
            )
        };
        el("fieldset").child(el("legend").text(texts.also)).children(profiles.iter().map(tick)).into()
    });
    el("div").child(parts::field((texts.circle)(which), choice, About::default())).child(ticks)
}

/// Only the installation's owner is told; others have nothing to see here.
fn invited(ui: AccessUi) -> El {
    let owner = ui.slice(|model| model.invitations.as_ref().map(|view| view.owner));
    let failed = ui.slice(|model| model.fault(Part::Invitations).is_some());
    parts::part("access-invited", move || {
        if owner.get() == Some(false) || (owner.get().is_none() && !failed.get()) {
            return nothing();
        }
        let texts = ui.words();
        let list = ui.part(Part::Invitations, |model| model.invitations.clone(), invitations);
        let content = vec![el("p").text(texts.invited_lead), list, invite(ui)];
        parts::card("invitations", texts.invited, content).into()
    })
}

fn invitations(ui: AccessUi, view: InvitationsView) -> El {
    let texts = ui.words();
    if view.invitations.is_empty() {
        return el("p").class("muted").id("nobody-invited").text(texts.nobody_invited);
    }
    let line = |one: InvitationView| {
        let question = Question::Uninvite(one.org.clone(), one.name.clone());
        let remove = ui.ends("uninvite", texts.remove, question);
        let name = one.name.unwrap_or_else(|| texts.not_connected.to_owned());
        let by = el("span").text(one.by).text(" · ").child(parts::ago(ui.app, one.at));
        (el("tr").id("invitation"), vec![words(one.org.as_str()), words(name), by, remove])
    };
    let columns = [texts.org, texts.name, texts.by, texts.action];
    table("invitations-table", texts.invited, &columns, view.invitations.into_iter().map(line).collect())
}

fn invite(ui: AccessUi) -> El {
    let texts = ui.words();
    let typed = move || ui.model.with(|model| model.typed.clone());
    let input = parts::input("invite-org", "text", typed, move |text| ui.send(Msg::Typed(text)));
    let mistyped = ui.slice(|model| model.mistyped);
    let about = About {
        hint: Some(texts.org_hint.to_owned()),
        error: Some(Arc::new(move || mistyped.get().then(|| ui.words().org_mistyped.to_owned()))),
        ..About::default()
    };
    let press = el("button").attr("type", "submit").class("button").id("invite").text(texts.invite);
    el("form")
        .class("access-invite")
        .on("submit", move |event| {
            // The page's policy lets no form be sent.
            event.prevent_default();
            ui.send(Msg::InvitePressed);
        })
        .child(parts::field(texts.invite_label, input, about))
        .child(press)
}

/// The field for the id of what is erased.
fn confirm(ui: AccessUi, org: &OrgId) -> El {
    let typed = move || ui.model.with(|model| model.confirmed.clone());
    let input = parts::input("uninvite-org", "text", typed, move |text| ui.send(Msg::Confirmed(text)));
    let wrong = ui.slice(|model| model.misconfirmed);
    let asked = org.clone();
    let error = move || wrong.get().then(|| (ui.words().not_confirmed)(asked.as_str()));
    let about = About { error: Some(Arc::new(error)), ..About::default() };
    parts::field(&(ui.words().confirm_label)(org.as_str()), input.attr("autocomplete", "off"), about)
}

fn question(ui: AccessUi) -> AnyView {
    let asked = ui.slice(|model| model.asked.clone());
    live(move || {
        let Some(asked) = asked.get() else { return nothing() };
        let texts = ui.words();
        let answer = move |yes: bool| ui.send(Msg::Answered(yes));
        match asked {
            Question::EndAll => {
                let content = vec![el("p").text(texts.end_all_lead)];
                let confirm = (texts.end_all.to_owned(), true);
                parts::dialog(ui.app, "end-all-dialog", texts.end_all_title, content, confirm, answer)
            }
            Question::TakeOut(_, name) => {
                let content = vec![el("p").text((texts.take_out_lead)(&name))];
                let confirm = (texts.take_out_confirm.to_owned(), true);
                parts::dialog(ui.app, "take-out-dialog", &(texts.take_out_title)(&name), content, confirm, answer)
            }
            Question::Uninvite(org, name) => {
                let (called, content, confirm) = match name {
                    Some(name) => {
                        let lead = el("p").text((texts.remove_lead)(&name));
                        (format!("{name} ({org})"), vec![lead, confirm(ui, &org)], texts.remove_confirm)
                    }
                    None => (org.to_string(), vec![el("p").text(texts.remove_unconnected)], texts.remove_only),
                };
                let (title, confirm) = ((texts.remove_title)(&called), (confirm.to_owned(), true));
                parts::dialog(ui.app, "uninvite-dialog", &title, content, confirm, answer)
            }
        }
    })
}
