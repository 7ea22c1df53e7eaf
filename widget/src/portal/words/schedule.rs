//! Texts: schedule.

use super::common::screen;
use super::{Language, Texts};
use crate::portal::route::Screen;
use crate::portal::schedule::state::{Preset, Wrong};
use shared::api::runs::Standing;
use shared::settings::schedule::{NoticeRule, StartRule};

/// The texts.
#[derive(Debug)]
pub struct Schedule {
    /// `Schedule`
    pub title: &'static str,
    /// Below the title.
    pub lead: &'static str,

    /// Title of the switch's block.
    pub switch: &'static str,
    /// The switch: on or off.
    pub enabled: &'static str,
    /// Below the switch.
    pub enabled_hint: &'static str,

    /// Title: which pairs.
    pub pairs: &'static str,
    /// What the choice of pairs is about.
    pub pairs_legend: &'static str,
    /// Choice: all pairs.
    pub all_pairs: &'static str,
    /// Choice: some pairs.
    pub some_pairs: &'static str,
    /// What all pairs means.
    pub all_pairs_hint: &'static str,
    /// `Direction for {pair}`
    pub direction_of: fn(&str) -> String,

    /// Title: when.
    pub times: &'static str,
    /// What the choice of times is about.
    pub times_legend: &'static str,
    /// A choice of times.
    pub preset: fn(Preset) -> &'static str,
    /// The list of times.
    pub times_list: &'static str,
    /// Label of the select of a time to add.
    pub add_time: &'static str,
    /// Button: adds the time.
    pub add: &'static str,
    /// `Remove 07:00`
    pub remove: fn(&str) -> String,
    /// Label of the zone.
    pub zone: &'static str,
    /// Below the zone: what an empty one means.
    pub zone_hint: &'static str,

    /// Title: from when on changes count.
    pub start: &'static str,
    /// What the choice is about.
    pub start_legend: &'static str,
    /// A choice of it.
    pub start_rule: fn(StartRule) -> &'static str,
    /// What the choice means.
    pub start_rule_hint: fn(StartRule) -> &'static str,

    /// Title: who is told.
    pub notices: &'static str,
    /// Below the title.
    pub notices_hint: &'static str,
    /// Which addresses get letters.
    pub notices_strangers: &'static str,
    /// How an address stands.
    pub standing: fn(Standing) -> &'static str,
    /// Button: asks the owner of an address for a confirmation.
    pub ask: &'static str,
    /// Button: asks once more.
    pub ask_again: &'static str,
    /// The letter that asks has left.
    pub asked: &'static str,
    /// Nobody is told.
    pub notices_none: &'static str,
    /// Label of an address; counted from 1.
    pub address: fn(usize) -> String,
    /// Label of when the address is told; counted from 1.
    pub told: fn(usize) -> String,
    /// When somebody is told.
    pub notice_rule: fn(NoticeRule) -> &'static str,
    /// Button: another address.
    pub add_notice: &'static str,
    /// What stands for an address that is not typed yet, on the button that removes it.
    pub no_address: &'static str,

    /// Title: the next starts.
    pub next: &'static str,
    /// While the schedule is off.
    pub next_off: &'static str,
    /// While changes are not saved.
    pub next_unsaved: &'static str,
    /// `Today`
    pub today: &'static str,
    /// `Tomorrow`
    pub tomorrow: &'static str,
    /// Days of the week from Monday on.
    pub weekdays: [&'static str; 7],
    /// Months from January on.
    pub months: [&'static str; 12],
    /// `Mon 23 Nov`: weekday, day, month.
    pub day: fn(&str, u32, &str) -> String,

    /// Changes are not saved.
    pub unsaved: &'static str,
    /// The screen is left with unsaved changes.
    pub kept: &'static str,
    /// How many things have to be put right before it can be saved.
    pub wrong_count: fn(usize) -> String,
    /// It is saved.
    pub saved: &'static str,
    /// What is wrong with a value.
    pub wrong: fn(&Wrong) -> String,
}

impl Texts for Schedule {
    fn of(language: Language) -> &'static Self {
        match language {
            Language::English => &ENGLISH,
            Language::German => &GERMAN,
        }
    }
}

const ENGLISH: Schedule = Schedule {
    title: screen(Language::English, Screen::Schedule),
    lead: "Runs that start by themselves. Each takes what changed since the last one, and what failed or was put off in it.",
    switch: "On or off",
    enabled: "Runs start by themselves",
    enabled_hint: "While this is off, records are synced only by the button and by runs that you start.",
    pairs: "What is synced",
    pairs_legend: "Pairs",
    all_pairs: "All pairs",
    some_pairs: "Chosen pairs",
    all_pairs_hint: "Each pair goes in the direction of its mapping.",
    direction_of: |pair| format!("Direction for {pair}"),
    times: "When",
    times_legend: "How often",
    preset: |preset| match preset {
        Preset::Twice => "Morning and evening",
        Preset::FourHours => "Every 4 hours",
        Preset::Hourly => "Every hour",
        Preset::Quarters => "Every 15 minutes",
        Preset::Own => "Own times",
    },
    times_list: "Times of the day",
    add_time: "Another time",
    add: "Add",
    remove: |what| format!("Remove {what}"),
    zone: "Time zone",
    zone_hint: "Empty: the CRM's own. Type a city to find another one.",
    start: "Where it begins",
    start_legend: "First scheduled run",
    start_rule: |rule| match rule {
        StartRule::LastSync => "From the last sync",
        StartRule::FirstScheduled => "From when it is switched on",
    },
    start_rule_hint: |rule| match rule {
        StartRule::LastSync => {
            "Takes what changed since the last run. A pair that no run has synced yet is taken whole."
        }
        StartRule::FirstScheduled => {
            "In a pair that no run has synced yet, what is older stays as it is until you start a run for it."
        }
    },
    notices: "Who is told",
    notices_hint: "A letter at the end of a scheduled run, with the counts, what failed, and a link to the run.",
    notices_strangers: "Letters go to users of the CRM, and to others once they have confirmed their address.",
    standing: |standing| match standing {
        Standing::User => "Belongs to a user of the CRM.",
        Standing::Confirmed => "Confirmed by its owner.",
        Standing::Waits => "Waits for its confirmation; no letters go there yet.",
        Standing::Unasked => "Not confirmed; no letters go there.",
        Standing::Stopped => "Its owner wants no letters.",
    },
    ask: "Ask for its confirmation",
    ask_again: "Send the confirmation again",
    asked: "A letter asks for the confirmation.",
    notices_none: "Nobody is told.",
    address: |at| format!("E-mail address {at}"),
    told: |at| format!("When address {at} is told"),
    notice_rule: |rule| match rule {
        NoticeRule::Always => "After every run",
        NoticeRule::OnFailure => "When something failed",
        NoticeRule::Never => "Never",
    },
    add_notice: "Add an address",
    no_address: "this address",
    next: "Next runs",
    next_off: "None: the schedule is off.",
    next_unsaved: "You see them after saving.",
    today: "Today",
    tomorrow: "Tomorrow",
    weekdays: ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"],
    months: ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"],
    day: |weekday, day, month| format!("{weekday} {day} {month}"),
    unsaved: "There are changes that are not saved.",
    kept: "Your changes to the schedule are kept, but not saved yet.",
    wrong_count: |count| match count {
        1 => "One value has to be put right before this can be saved.".to_owned(),
        _ => format!("{count} values have to be put right before this can be saved."),
    },
    saved: "The schedule is saved.",
    wrong: |wrong| match wrong {
        Wrong::NoPair => "Choose at least one pair, or all of them.".to_owned(),
        Wrong::PairClosed => "The pair's mapping does not allow this direction. Choose another one.".to_owned(),
        Wrong::NoTime => "Add at least one time.".to_owned(),
        Wrong::TooManyTimes => "There are at most 96 times: every 15 minutes.".to_owned(),
        Wrong::TimeForm => "Runs start on a quarter of an hour, such as 07:00 or 18:45.".to_owned(),
        Wrong::TimeTwice => "This time is there twice. Remove one of them.".to_owned(),
        Wrong::Zone => "There is no such time zone. Choose one from the list, such as Australia/Sydney.".to_owned(),
        Wrong::TooManyAddresses => "At most 20 addresses are told. Remove some.".to_owned(),
        Wrong::AddressForm => "Enter an e-mail address, such as ana@example.com.".to_owned(),
        Wrong::AddressTwice => "This address is there twice. Remove one of them.".to_owned(),
        Wrong::Other(why) => why.clone(),
    },
};

const GERMAN: Schedule = Schedule {
    title: screen(Language::German, Screen::Schedule),
    lead: "Abgleiche, die von selbst starten. Jeder umfasst, was sich seit dem letzten geändert hat und was dabei fehlschlug \
           oder aufgeschoben wurde.",
    switch: "Ein oder aus",
    enabled: "Abgleiche starten von selbst",
    enabled_hint: "Solange dies aus ist, werden Datensätze nur mit der Schaltfläche und durch Abgleiche abgeglichen, die Sie \
                   selbst starten.",
    pairs: "Was abgeglichen wird",
    pairs_legend: "Paare",
    all_pairs: "Alle Paare",
    some_pairs: "Ausgewählte Paare",
    all_pairs_hint: "Jedes Paar wird in der Richtung seiner Zuordnung abgeglichen.",
    direction_of: |pair| format!("Richtung für {pair}"),
    times: "Wann",
    times_legend: "Wie oft",
    preset: |preset| match preset {
        Preset::Twice => "Morgens und abends",
        Preset::FourHours => "Alle 4 Stunden",
        Preset::Hourly => "Jede Stunde",
        Preset::Quarters => "Alle 15 Minuten",
        Preset::Own => "Eigene Zeiten",
    },
    times_list: "Uhrzeiten",
    add_time: "Weitere Uhrzeit",
    add: "Hinzufügen",
    remove: |what| format!("{what} entfernen"),
    zone: "Zeitzone",
    zone_hint: "Ohne Angabe gilt die des CRM. Geben Sie eine Stadt ein, um eine andere zu finden.",
    start: "Womit der Zeitplan beginnt",
    start_legend: "Erster geplanter Abgleich",
    start_rule: |rule| match rule {
        StartRule::LastSync => "Ab dem letzten Abgleich",
        StartRule::FirstScheduled => "Ab dem Einschalten",
    },
    start_rule_hint: |rule| match rule {
        StartRule::LastSync => {
            "Umfasst, was sich seit dem letzten Abgleich geändert hat. Ein Paar, das noch nie abgeglichen wurde, wird \
             vollständig abgeglichen."
        }
        StartRule::FirstScheduled => {
            "In einem Paar, das noch nie abgeglichen wurde, bleibt Älteres, wie es ist, bis Sie einen Abgleich dafür \
             starten."
        }
    },
    notices: "Wer benachrichtigt wird",
    notices_hint: "Nach jedem geplanten Abgleich wird eine E-Mail gesendet, mit den Zahlen, den Fehlern und einem Link zum \
                   Abgleich.",
    notices_strangers: "E-Mails gehen an Benutzer des CRM und an andere, sobald sie ihre Adresse bestätigt haben.",
    standing: |standing| match standing {
        Standing::User => "Gehört einem Benutzer des CRM.",
        Standing::Confirmed => "Vom Inhaber bestätigt.",
        Standing::Waits => "Wartet auf die Bestätigung; noch gehen keine E-Mails dorthin.",
        Standing::Unasked => "Nicht bestätigt; keine E-Mails gehen dorthin.",
        Standing::Stopped => "Der Inhaber möchte keine E-Mails.",
    },
    ask: "Bestätigung anfordern",
    ask_again: "Bestätigung erneut anfordern",
    asked: "Eine E-Mail bittet um die Bestätigung.",
    notices_none: "Niemand wird benachrichtigt.",
    address: |at| format!("E-Mail-Adresse {at}"),
    told: |at| format!("Wann Adresse {at} benachrichtigt wird"),
    notice_rule: |rule| match rule {
        NoticeRule::Always => "Nach jedem Abgleich",
        NoticeRule::OnFailure => "Wenn etwas fehlgeschlagen ist",
        NoticeRule::Never => "Nie",
    },
    add_notice: "Adresse hinzufügen",
    no_address: "Diese Adresse",
    next: "Nächste Abgleiche",
    next_off: "Keine: Der Zeitplan ist aus.",
    next_unsaved: "Nach dem Speichern sehen Sie sie hier.",
    today: "Heute",
    tomorrow: "Morgen",
    weekdays: ["Mo.", "Di.", "Mi.", "Do.", "Fr.", "Sa.", "So."],
    months: ["Jan.", "Feb.", "März", "Apr.", "Mai", "Juni", "Juli", "Aug.", "Sept.", "Okt.", "Nov.", "Dez."],
    day: |weekday, day, month| format!("{weekday} {day}. {month}"),
    unsaved: "Es gibt Änderungen, die nicht gespeichert sind.",
    kept: "Ihre Änderungen am Zeitplan bleiben erhalten, sind aber noch nicht gespeichert.",
    wrong_count: |count| match count {
        1 => "Ein Wert muss vor dem Speichern berichtigt werden.".to_owned(),
        _ => format!("{count} Werte müssen vor dem Speichern berichtigt werden."),
    },
    saved: "Der Zeitplan ist gespeichert.",
    wrong: |wrong| match wrong {
        Wrong::NoPair => "Wählen Sie mindestens ein Paar oder alle.".to_owned(),
        Wrong::PairClosed => {
            "Die Zuordnung des Paares lässt diese Richtung nicht zu. Wählen Sie eine andere.".to_owned()
        }
        Wrong::NoTime => "Fügen Sie mindestens eine Uhrzeit hinzu.".to_owned(),
        Wrong::TooManyTimes => "Es gibt höchstens 96 Uhrzeiten: alle 15 Minuten.".to_owned(),
        Wrong::TimeForm => "Abgleiche starten zur vollen Viertelstunde, etwa um 07:00 oder 18:45.".to_owned(),
        Wrong::TimeTwice => "Diese Uhrzeit kommt zweimal vor. Entfernen Sie eine davon.".to_owned(),
        Wrong::Zone => "Diese Zeitzone gibt es nicht. Wählen Sie eine aus der Liste, etwa Australia/Sydney.".to_owned(),
        Wrong::TooManyAddresses => "Höchstens 20 Adressen werden benachrichtigt. Entfernen Sie einige.".to_owned(),
        Wrong::AddressForm => "Geben Sie eine E-Mail-Adresse ein, etwa ana@example.com.".to_owned(),
        Wrong::AddressTwice => "Diese Adresse kommt zweimal vor. Entfernen Sie eine davon.".to_owned(),
        Wrong::Other(why) => why.clone(),
    },
};
