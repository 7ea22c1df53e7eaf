//! Every text of the portal is there in every language, and says what the others say.

use shared::module::Module;
use shared::problem::Code;
use shared::settings::fields::mappable;
use std::collections::BTreeSet;
use std::fmt::Debug;
use widget::client::Unanswered;
use widget::portal::route::Screen;
use widget::portal::unanswered::unanswered;
use widget::portal::words::access::Access;
use widget::portal::words::common::Common;
use widget::portal::words::health::Health;
use widget::portal::words::log::Log;
use widget::portal::words::mapping::Mapping;
use widget::portal::words::run::RunNames;
use widget::portal::words::runs::Runs;
use widget::portal::words::schedule::Schedule;
use widget::portal::words::settings::SettingNames;
use widget::portal::words::setup::Setup;
use widget::portal::words::{Language, Texts};

/// The files of the texts, for what only their source tells: what stands within a text's braces.
const FILES: [(&str, &str); 10] = [
    ("access", include_str!("../src/portal/words/access.rs")),
    ("common", include_str!("../src/portal/words/common.rs")),
    ("health", include_str!("../src/portal/words/health.rs")),
    ("log", include_str!("../src/portal/words/log.rs")),
    ("mapping", include_str!("../src/portal/words/mapping.rs")),
    ("run", include_str!("../src/portal/words/run.rs")),
    ("runs", include_str!("../src/portal/words/runs.rs")),
    ("schedule", include_str!("../src/portal/words/schedule.rs")),
    ("settings", include_str!("../src/portal/words/settings.rs")),
    ("setup", include_str!("../src/portal/words/setup.rs")),
];

/// The texts of a table that are empty.
fn empty<T: Texts + Debug>(language: Language) -> Vec<String> {
    let table = format!("{:#?}", T::of(language));
    table.lines().filter(|line| line.contains("\"\"")).map(|line| line.trim().to_owned()).collect()
}

#[test]
fn no_text_is_empty() {
    let tables = [
        empty::<Access>,
        empty::<Common>,
        empty::<Health>,
        empty::<Log>,
        empty::<Mapping>,
        empty::<RunNames>,
        empty::<Runs>,
        empty::<Schedule>,
        empty::<SettingNames>,
        empty::<Setup>,
    ];
    for language in Language::ALL {
        assert_eq!(tables.iter().flat_map(|empty| empty(language)).collect::<Vec<_>>(), Vec::<String>::new());
    }
    for (file, source) in FILES {
        // Those that functions make, too.
        assert!(!source.contains("=> \"\",") && !source.contains("\"\".to_owned()"), "{file}");
    }
}

/// A table's texts by name, each with what it fills in: `{count}` and the like.
fn filled_in(table: &str) -> Vec<(&str, BTreeSet<String>)> {
    let mut texts: Vec<(&str, String)> = Vec::new();
    for line in table.lines() {
        // A text's name stands four columns in; what belongs to it stands further in.
        let name = line.strip_prefix("    ").filter(|rest| rest.starts_with(|first: char| first.is_ascii_lowercase()));
        if let Some((name, _)) = name.and_then(|rest| rest.split_once(':')) {
            texts.push((name, String::new()));
        }
        if let Some((_, text)) = texts.last_mut() {
            text.push_str(line);
        }
    }
    let filled = |text: String| {
        // Only what is quoted: the code has braces, too.
        let quoted = text.split('"').skip(1).step_by(2).flat_map(|quoted| quoted.split('{').skip(1));
        quoted.filter_map(|rest| rest.split_once('}')).map(|(inside, _)| inside.to_owned()).collect()
    };
    texts.into_iter().map(|(name, text)| (name, filled(text))).collect()
}

#[test]
fn the_languages_fill_in_the_same() {
    for (file, source) in FILES {
        let table = |language: &str| {
            let (_, rest) = source.split_once(&format!("const {language}: ")).unwrap();
            filled_in(rest.split_once("\n};").unwrap().0)
        };
        let (english, german) = (table("ENGLISH"), table("GERMAN"));
        assert!(english.len() > 2, "{file}: its texts are found");
        assert_eq!(english.len(), german.len(), "{file}");
        for (english, german) in english.into_iter().zip(german) {
            assert_eq!(english, german, "{file}");
        }
    }
    let table = "x = {\n    days: |count| {\n        format!(\"In \\\n                 {count} days\")\n    },\n    on: \"On\",\n";
    let expected = [("days", BTreeSet::from(["count".to_owned()])), ("on", BTreeSet::new())];
    assert_eq!(filled_in(table), expected);
}

#[test]
fn a_screen_has_one_name() {
    for language in Language::ALL {
        let name = Common::of(language).screen;
        let titles = [
            (Screen::Log, Log::of(language).title),
            (Screen::Runs, Runs::of(language).title),
            (Screen::Schedule, Schedule::of(language).title),
            (Screen::Mapping, Mapping::of(language).title),
            (Screen::Setup, Setup::of(language).title),
            (Screen::Health, Health::of(language).title),
            (Screen::Access, Access::of(language).title),
        ];
        for (screen, title) in titles {
            assert_eq!(title, name(screen), "{screen:?}");
        }
    }
}

#[test]
fn who_answers_in_the_service_s_place_has_not_said_what_became_of_it() {
    for (language, still, twice) in [
        (Language::English, "may still have gone through", "nothing is sent twice"),
        (Language::German, "trotzdem ausgeführt", "nichts wird doppelt gesendet"),
    ] {
        let unreadable = |status, said: &str| unanswered(Unanswered::Unreadable(status, said.to_owned()), language);
        for status in [500, 502, 503, 599] {
            let problem = unreadable(status, "<html>");
            assert_eq!((problem.code, &problem.said), (Code::OutcomeUnknown, &None), "{status}");
            assert!(problem.why.starts_with(&format!("HTTP {status}")), "{}", problem.why);
            assert!(problem.why.contains(still), "{}", problem.why);
            assert!(problem.fix.contains(twice), "{}", problem.fix);
        }
        assert_eq!(unreadable(404, "?").code, Code::Internal);
    }
}

/// Words that are the same in both languages, and what stands around places that are filled in.
const SAME: [&str; 26] = [
    "Browser",
    "CRM",
    "Codes",
    "Limits",
    "Name",
    "Organisation",
    "Portal",
    "Problem",
    "Problem:",
    "Profile",
    "Standard: {label}",
    "Status",
    "Text",
    "Tracking",
    "URL",
    "Version",
    "Xero",
    "Zoho CRM",
    "in Xero",
    "{label} · {kind} · {name}",
    "{module}: {status}",
    "{name}: {outcome}",
    // Codes of values.
    "Exclusive",
    "Inclusive",
    "Item",
    "NoTax",
];

#[test]
fn no_text_in_german_is_the_english_one() {
    let quoted = |source: &str, language: &str| -> BTreeSet<String> {
        let (_, rest) = source.split_once(&format!("const {language}: ")).unwrap();
        let table = rest.split_once("\n};").unwrap().0;
        table.split('"').skip(1).step_by(2).map(str::to_owned).collect()
    };
    for (file, source) in FILES {
        let english = quoted(source, "ENGLISH");
        let german = quoted(source, "GERMAN");
        let same = german.intersection(&english).filter(|text| {
            // What has neither a space nor a capital letter is a code.
            text.contains(' ') || text.starts_with(|first: char| first.is_ascii_uppercase())
        });
        let codes = ["None", "Total", "AUTHORISED", "DELETED", "DRAFT", "PAID", "SUBMITTED", "VOIDED"];
        let same: Vec<_> =
            same.filter(|text| !SAME.contains(&text.as_str()) && !codes.contains(&text.as_str())).collect();
        assert_eq!(same, Vec::<&String>::new(), "{file}");
    }
}

#[test]
fn each_of_xero_s_fields_has_a_german_name() {
    let [english, german] = Language::ALL.map(|language| Mapping::of(language).field);
    for module in Module::ALL {
        for field in mappable(module) {
            let (english, german) = (english(module, field.key), german(module, field.key));
            assert!(german != english || ["Fax", "Website"].contains(&german.as_str()), "{module:?} {german}");
        }
    }
}
