//! What the screen knows, and what events do to it.
//!
//! The settings are edited in a draft beside what is saved. After each change the same checks run that the edge runs
//! before it saves, so that what is wrong stands beside its control at once; and the same guesses are made that a sync
//! would make, so that what nobody chose is seen.

use super::diff::{differences, merge};
use super::edit::{self, Edit};
use super::product_names::{ProductNames, of_settings};
use crate::fault::Fault;
use crate::portal::section::Section;
use crate::portal::unsaved::{Draft, is_outdated};
use crate::portal::zones::is_zone;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use shared::api::RecordView;
use shared::api::portal::{MappingView, RecordFound};
use shared::module::Module;
use shared::organisation::{CrmOrganisation, XeroOrganisation};
use shared::problem::Place;
use shared::settings::Settings;
use shared::settings::differences::Difference;
use shared::settings::guesses::{self, Guess};
use shared::settings::validate::{self, Invalid};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What a file of exported settings says that it is.
const EXPORT_KIND: &str = "ledgerlink-settings";

/// Both organisations' lists.
#[derive(Debug, Clone, PartialEq)]
pub struct Lists {
    /// The CRM's.
    pub crm: CrmOrganisation,
    /// Xero's.
    pub xero: XeroOrganisation,
    /// When the older of the two was read.
    pub read_at: DateTime<Utc>,
}

/// What is wrong with a setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wrong {
    /// What was typed is no whole number.
    NotANumber,
    /// In words, with the place where it can be put right.
    Said(String, Option<Place>),
}

/// What somebody else saved while this draft was being edited.
#[derive(Debug, Clone, PartialEq)]
pub struct Theirs {
    /// Their settings.
    pub settings: Settings,
    /// Their version.
    pub version: i64,
}

/// A file that is about to be taken over.
#[derive(Debug, Clone, PartialEq)]
pub enum Import {
    /// It is no file of exported settings.
    Unreadable {
        /// The file's name.
        file: String,
    },
    /// It can be taken over.
    Read {
        /// The file's name.
        file: String,
        /// The CRM organisation that it was exported from.
        crm: String,
        /// The Xero organisation that it was exported from.
        xero: String,
        /// What it says.
        settings: Box<Settings>,
        /// How that differs from the draft.
        changes: Vec<Difference>,
        /// What of it is not valid here.
        invalid: Vec<(String, String)>,
    },
}

/// A file of exported settings.
#[derive(Debug, Serialize, Deserialize)]
struct Export {
    kind: String,
    crm: String,
    xero: String,
    settings: Settings,
}

/// All that the screen knows.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct MappingDraft {
    /// The lists; none until they have arrived.
    pub lists: Option<Arc<Lists>>,
    /// Whether they are being read.
    pub loading: bool,
    /// Why they could not be read.
    pub fault: Option<Fault>,
    /// What is saved.
    pub saved: Settings,
    /// Its version.
    pub version: i64,
    /// What is being edited.
    pub draft: Settings,
    /// What was typed into number fields and is no number, by its setting.
    pub typed: Vec<(&'static str, String)>,
    /// How the draft differs from what is saved.
    pub changes: Vec<Difference>,
    /// What is wrong with the draft.
    pub problems: Vec<Invalid>,
    /// What is wrong with what is saved: something has changed in Xero or in the CRM since.
    pub broken: Vec<Invalid>,
    /// What is guessed in the draft, by its setting.
    pub guesses: BTreeMap<String, Guess>,
    /// Guesses of the past, so that a choice can be seen beside what would be guessed without it.
    pub known_guesses: BTreeMap<String, Guess>,
    /// Whether the draft is being saved.
    pub saving: bool,
    /// Why it could not be saved.
    pub save_fault: Option<Fault>,
    /// What somebody else saved meanwhile.
    pub theirs: Option<Box<Theirs>>,
    /// A file that is about to be taken over.
    pub import: Option<Import>,
    /// The names of products.
    pub products: ProductNames,
    /// The live preview.
    pub trial: Trial,
}

impl MappingDraft {
    /// The lists are read (again).
    pub fn load(&mut self) {
        self.loading = true;
        self.fault = None;
    }

    /// They arrived. A draft with changes survives, on top of what is saved now.
    pub fn loaded(&mut self, view: MappingView) {
        let MappingView { settings, version, crm, xero, read_at } = view;
        self.loading = false;
        self.fault = None;
        let first = self.lists.is_none();
        // With nothing chosen: what every setting would be guessed as.
        let bare = guesses::guesses(&Settings::default(), &crm, &xero);
        self.known_guesses = by_path(bare);
        self.lists = Some(Arc::new(Lists { crm, xero, read_at }));
        if first || !self.is_dirty() {
            self.draft = settings.clone();
            self.take(settings, version);
        } else if settings == self.saved || version == self.version {
            // A run may add what it made without a new version.
            self.draft = merge(&self.saved, &self.draft, &settings);
            self.take(settings, version);
        } else {
            self.theirs = Some(Box::new(Theirs { settings, version }));
            self.refresh();
        }
    }

    /// They could not be read.
    pub fn not_loaded(&mut self, fault: Fault) {
        self.loading = false;
        self.fault = Some(fault);
    }

    fn take(&mut self, saved: Settings, version: i64) {
        self.saved = saved;
        self.version = version;
        self.theirs = None;
        self.refresh();
    }

    /// A control was used.
    pub fn edit(&mut self, edit: Edit) {
        edit::apply(&mut self.draft, edit);
        self.refresh();
    }

    /// Something was typed into a number field.
    pub fn number(&mut self, path: &'static str, text: &str, edit: fn(u16) -> Edit) {
        self.typed.retain(|(typed, _)| *typed != path);
        match text.trim().parse() {
            Ok(number) => self.edit(edit(number)),
            Err(_) => self.typed.push((path, text.to_owned())),
        }
    }

    /// What a number field shows.
    #[must_use]
    pub fn number_text(&self, path: &str, value: u16) -> String {
        let typed = self.typed.iter().find(|(typed, _)| *typed == path);
        typed.map_or_else(|| value.to_string(), |(_, text)| text.clone())
    }

    /// Every guess becomes a choice.
    pub fn keep_guesses(&mut self) {
        if let Some(lists) = self.lists.clone() {
            self.draft = guesses::confirm(&self.draft, &lists.crm, &lists.xero);
            self.refresh();
        }
    }

    /// The draft is what is saved again.
    pub fn discard(&mut self) {
        self.draft = self.saved.clone();
        self.typed.clear();
        self.save_fault = None;
        self.refresh();
    }

    /// Whether it can be saved.
    #[must_use]
    pub fn can_save(&self) -> bool {
        !self.changes.is_empty() && self.is_valid() && !self.saving && self.theirs.is_none()
    }

    /// Whether nothing is wrong with the draft.
    #[must_use]
    pub fn is_valid(&self) -> bool {
        self.problems.is_empty() && self.typed.is_empty()
    }

    /// How many settings are wrong.
    #[must_use]
    pub fn wrong(&self) -> usize {
        self.problems.len() + self.typed.len()
    }

    /// The first setting that is wrong, in the order of the sections.
    #[must_use]
    pub fn first_wrong(&self) -> Option<String> {
        let paths =
            self.problems.iter().map(|invalid| invalid.path.as_str()).chain(self.typed.iter().map(|(path, _)| *path));
        let place = |path: &&str| Section::ALL.iter().position(|section| Section::of_path(path) == Some(*section));
        paths.min_by_key(|path| place(path).unwrap_or(usize::MAX)).map(str::to_owned)
    }

    /// How many settings of a section are wrong.
    #[must_use]
    pub fn wrong_in(&self, section: Section) -> usize {
        let paths =
            self.problems.iter().map(|invalid| invalid.path.as_str()).chain(self.typed.iter().map(|(path, _)| *path));
        paths.filter(|path| Section::of_path(path) == Some(section)).count()
    }

    /// How many settings of a section are guessed.
    #[must_use]
    pub fn guessed_in(&self, section: Section) -> usize {
        self.guesses.keys().filter(|path| Section::of_path(path) == Some(section)).count()
    }

    /// What is wrong with a setting, or with a part of it.
    #[must_use]
    pub fn wrong_at(&self, path: &str) -> Option<Wrong> {
        if self.typed.iter().any(|(typed, _)| *typed == path) {
            return Some(Wrong::NotANumber);
        }
        let within =
            |found: &str| found.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
        let found = self.problems.iter().find(|invalid| within(&invalid.path))?;
        Some(Wrong::Said(found.sentence(), found.place.clone()))
    }

    /// Saving begins: what to send, with the version that it replaces.
    pub fn save(&mut self) -> Option<(Settings, i64)> {
        if !self.can_save() {
            return None;
        }
        self.saving = true;
        self.save_fault = None;
        Some((self.draft.clone(), self.version))
    }

    /// Saving ended. True: everything has to be read again, for the new version or for what somebody else saved.
    pub fn save_ended(&mut self, sent: &Settings, result: Result<Settings, Fault>) -> bool {
        self.saving = false;
        match result {
            Ok(saved) => {
                // What was changed while it was on its way stays a change.
                self.draft = merge(sent, &self.draft, &saved);
                self.saved = saved;
                self.refresh();
                true
            }
            Err(fault) if is_outdated(&fault) => true,
            Err(fault) => {
                self.save_fault = Some(fault);
                false
            }
        }
    }

    /// Goes on with what somebody else saved: with this draft's changes on top of it, or without them.
    pub fn take_theirs(&mut self, keep_mine: bool) {
        let Some(theirs) = self.theirs.take() else { return };
        let Theirs { settings, version } = *theirs;
        self.draft = if keep_mine { merge(&self.saved, &self.draft, &settings) } else { settings.clone() };
        if !keep_mine {
            self.typed.clear();
        }
        self.take(settings, version);
    }

    /// What is saved, as a file, for people still to be broken into lines.
    #[must_use]
    pub fn export(&self) -> String {
        let lists = self.lists.as_ref();
        let export = Export {
            kind: EXPORT_KIND.to_owned(),
            crm: lists.map(|lists| lists.crm.name.clone()).unwrap_or_default(),
            xero: lists.map(|lists| lists.xero.name.clone()).unwrap_or_default(),
            settings: self.saved.clone(),
        };
        serde_json::to_string(&export).unwrap_or_default()
    }

    /// A file was chosen. Nothing of it is taken over yet.
    pub fn read_file(&mut self, file: String, text: &str) {
        let Some(lists) = self.lists.clone() else { return };
        let read = crate::json::read::<Export>(text).ok().filter(|export| export.kind == EXPORT_KIND);
        self.import = Some(match read {
            None => Import::Unreadable { file },
            Some(Export { crm, xero, settings, .. }) => {
                let invalid = validate::check_with(&settings, &lists.crm, &lists.xero, is_zone);
                Import::Read {
                    file,
                    crm,
                    xero,
                    changes: differences(&self.draft, &settings),
                    invalid: invalid.iter().map(|invalid| (invalid.path.clone(), invalid.sentence())).collect(),
                    settings: Box::new(settings),
                }
            }
        });
    }

    /// Takes the file over into the draft, or forgets it.
    pub fn end_import(&mut self, take: bool) {
        if let Some(Import::Read { settings, .. }) = self.import.take()
            && take
        {
            self.draft = *settings;
            self.typed.clear();
            self.refresh();
        }
    }

    /// The products whose names have to be asked for, in parts that one call takes: those of what is saved, of the draft,
    /// and of what may become of it. `again` also those that the CRM did not show.
    pub fn ask_products(&mut self, again: bool) -> Vec<Vec<String>> {
        let mut settings = vec![&self.saved, &self.draft];
        if let Some(theirs) = &self.theirs {
            settings.push(&theirs.settings);
        }
        if let Some(Import::Read { settings: imported, .. }) = &self.import {
            settings.push(imported);
        }
        self.products.ask(settings.into_iter().flat_map(of_settings), again)
    }

    /// Everything that follows from the draft, from what is saved and from the lists.
    fn refresh(&mut self) {
        let Some(lists) = self.lists.clone() else { return };
        let Lists { crm, xero, .. } = &*lists;
        self.changes = differences(&self.saved, &self.draft);
        self.problems = validate::check_with(&self.draft, crm, xero, is_zone);
        self.broken = validate::check_with(&self.saved, crm, xero, is_zone);
        let guesses = guesses::guesses(&self.draft, crm, xero);
        self.guesses = by_path(guesses);
        self.known_guesses.extend(self.guesses.iter().map(|(path, guess)| (path.clone(), guess.clone())));
    }
}

impl Draft for MappingDraft {
    fn is_dirty(&self) -> bool {
        !self.changes.is_empty() || !self.typed.is_empty()
    }
}

/// Guesses by their settings.
fn by_path(guesses: Vec<Guess>) -> BTreeMap<String, Guess> {
    let mut found = BTreeMap::new();
    for guess in guesses {
        found.insert(guess.path.clone(), guess);
    }
    found
}

/// A search of CRM records by their names.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Search {
    /// What was typed; nothing finds the newest.
    pub name: String,
    /// What was found; none before the first answer.
    pub found: Option<Vec<RecordFound>>,
    /// Whether an answer is on its way.
    pub searching: bool,
    /// Why there is none.
    pub fault: Option<Fault>,
    number: u32,
}

impl Search {
    /// Something was typed: the search's number, to be asked for after a pause.
    pub fn typed(&mut self, name: String) -> u32 {
        self.name = name;
        self.searching = true;
        self.number += 1;
        self.number
    }

    /// What to search for, if this search is still the newest after the pause.
    #[must_use]
    pub fn question(&self, number: u32) -> Option<String> {
        (self.number == number).then(|| self.name.trim().to_owned())
    }

    /// The answer. One that is out of date is not shown.
    pub fn answered(&mut self, number: u32, result: Result<Vec<RecordFound>, Fault>) {
        if self.number != number {
            return;
        }
        self.searching = false;
        match result {
            Ok(records) => {
                self.fault = None;
                self.found = Some(records);
            }
            Err(fault) => self.fault = Some(fault),
        }
    }
}

/// The live preview: what a click would do with a record under the draft.
#[derive(Debug, Clone, PartialEq)]
pub struct Trial {
    /// Whether it is open.
    pub open: bool,
    /// The record's pair.
    pub module: Module,
    /// The record.
    pub record: Option<RecordFound>,
    /// What would happen; the last answer stays while the next one is on its way.
    pub view: Option<Arc<RecordView>>,
    /// Whether an answer is on its way.
    pub loading: bool,
    /// Why there is none.
    pub fault: Option<Fault>,
    number: u32,
}

impl Default for Trial {
    fn default() -> Self {
        Self { open: false, module: Module::Invoices, record: None, view: None, loading: false, fault: None, number: 0 }
    }
}

impl Trial {
    /// Another pair: a record of it is to be chosen.
    pub fn choose_module(&mut self, module: Module) {
        self.module = module;
        self.forget();
    }

    /// A record was chosen.
    pub fn choose(&mut self, record: RecordFound) {
        self.forget();
        self.record = Some(record);
    }

    /// Another record is wanted.
    pub fn forget(&mut self) {
        self.record = None;
        self.view = None;
        self.loading = false;
        self.fault = None;
        self.number += 1;
    }

    /// The draft or the record has changed: the question's number, to be asked after a pause. None where there is
    /// nothing to ask.
    pub fn due(&mut self, valid: bool) -> Option<u32> {
        self.number += 1;
        self.loading = self.open && self.record.is_some() && valid;
        self.loading.then_some(self.number)
    }

    /// Which record to ask for, if the question is still the newest after the pause.
    #[must_use]
    pub fn question(&self, number: u32) -> Option<(Module, String)> {
        let record = self.record.as_ref().filter(|_| self.number == number)?;
        Some((self.module, record.id.clone()))
    }

    /// The answer. One that is out of date is not shown.
    pub fn answered(&mut self, number: u32, result: Result<RecordView, Fault>) {
        if self.number != number {
            return;
        }
        self.loading = false;
        match result {
            Ok(view) => {
                self.fault = None;
                self.view = Some(Arc::new(view));
            }
            Err(fault) => self.fault = Some(fault),
        }
    }
}
