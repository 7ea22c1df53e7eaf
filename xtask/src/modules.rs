//! The order among modules, checked against the sources: who uses whom, and which words stand where.
//!
//! A file is a module, and a folder is a module of its parent's. What is looked at is one folder at a time: its files,
//! its sub-folders (each as one) and the folder's *own file* (`mod.rs`, or `name.rs` beside `name/`). The own file is a
//! module like its neighbours: when it holds types that they share, they use it, and then it must use none of them.
//! Declaring a child (`mod child;`) or passing its names on (`pub use child::Name;`) is no use of it: whoever asks the
//! own file for such a name uses the file in which that stands. Where no folder has a circle, no files make one.
//!
//! A use is a path, in a `use` or in the middle of code, from `crate`, `super`, `self`, a child, or a name that a `use`
//! has brought. Comments, texts and what is for tests alone don't count.

use crate::process::{files_under, read, root};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::Path;

/// Sources in which no modules may use each other in a circle.
const CRATES: [&str; 2] = ["edge/engine/src", "widget/src"];

/// Circles that are known and shall go: the folder, and what uses each other there (`.` is the folder's own file).
///
/// Held to be exact: a new circle fails, as does a module that joins a known one, and so does a row of a circle that has
/// been broken or has become smaller. What a known circle's modules newly use of each other is not seen.
const KNOWN: [(&str, &[&str]); 3] = [
    ("edge/engine/src", &["access", "operator", "own_fields", "schedule", "share", "store", "sync"]),
    ("edge/engine/src/access", &["connect", "flow", "installation", "rights", "sign_in", "unclaimed"]),
    (
        "widget/src/portal",
        &["access", "app", "draft", "health", "mapping", "parts", "runs", "schedule", "setup", "windows", "words"],
    ),
];

/// Files of the engine in which names of the vendors' fields still stand. Held to be exact, so that it only shrinks.
const VENDORS_NAMES: &[&str] = &[
    "records.rs",
    "runs/listing.rs",
    "store/log.rs",
    "sync/arrivals.rs",
    "sync/belief.rs",
    "sync/both.rs",
    "sync/circle.rs",
    "sync/decide.rs",
    "sync/match_up.rs",
    "sync/needs.rs",
    "sync/owner.rs",
    "sync/pair.rs",
    "sync/permit.rs",
    "sync/planning.rs",
    "sync/push.rs",
    "sync/references.rs",
    "sync/write_back.rs",
];

/// A module: its path below the crate.
type Module = Vec<String>;

/// What a source is made of, as far as it matters here.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    /// A name or a keyword.
    Word(String),
    /// What stands between quotation marks.
    Text(String),
    /// `::`
    Path,
    Mark(char),
}

/// The tokens of a source, without comments.
fn tokens(source: &str) -> Vec<Token> {
    let chars: Vec<char> = source.chars().collect();
    let at = |i: usize| chars.get(i).copied().unwrap_or('\0');
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let mut found = Vec::new();
    let mut i = 0;
    while i < chars.len() {
        let c = at(i);
        if c == '/' && at(i + 1) == '/' {
            while i < chars.len() && at(i) != '\n' {
                i += 1;
            }
        } else if c == '/' && at(i + 1) == '*' {
            let mut depth = 0;
            loop {
                match (at(i), at(i + 1)) {
                    ('/', '*') => (depth, i) = (depth + 1, i + 2),
                    ('*', '/') => (depth, i) = (depth - 1, i + 2),
                    _ => i += 1,
                }
                if depth == 0 || i >= chars.len() {
                    break;
                }
            }
        } else if c == '"' {
            let start = i + 1;
            i = start;
            while i < chars.len() && at(i) != '"' {
                i += if at(i) == '\\' { 2 } else { 1 };
            }
            found.push(Token::Text(chars[start..i.min(chars.len())].iter().collect()));
            i += 1;
        } else if c == '\'' {
            // A lifetime has no second mark; a character has one after itself or after its escape.
            let end = if at(i + 1) == '\\' { (i + 3..i + 12).find(|end| at(*end) == '\'') } else { Some(i + 2) };
            i = end.filter(|end| at(*end) == '\'').map_or(i + 1, |end| end + 1);
        } else if is_word(c) {
            let start = i;
            while is_word(at(i)) {
                i += 1;
            }
            let word: String = chars[start..i].iter().collect();
            let hashes = (i..).take_while(|i| at(*i) == '#').count();
            if ["r", "br"].contains(&word.as_str()) && at(i + hashes) == '"' {
                let start = i + hashes + 1;
                let ends = |i: usize| at(i) == '"' && (1..=hashes).all(|step| at(i + step) == '#');
                let end = (start..chars.len()).find(|i| ends(*i)).unwrap_or(chars.len());
                found.push(Token::Text(chars[start..end].iter().collect()));
                i = end + hashes + 1;
            } else {
                found.push(Token::Word(word));
            }
        } else if c == ':' && at(i + 1) == ':' {
            found.push(Token::Path);
            i += 2;
        } else {
            if !c.is_whitespace() {
                found.push(Token::Mark(c));
            }
            i += 1;
        }
    }
    found
}

/// Leaves out each item below `#[cfg(test)]`.
fn without_tests(tokens: Vec<Token>) -> Vec<Token> {
    let attribute = self::tokens("#[cfg(test)]");
    let mut left = Vec::new();
    let mut rest = tokens.as_slice();
    while let [first, after @ ..] = rest {
        if !rest.starts_with(&attribute) {
            left.push(first.clone());
            rest = after;
            continue;
        }
        rest = &rest[attribute.len()..];
        let mut depth = 0;
        while let [token, after @ ..] = rest {
            rest = after;
            match token {
                Token::Mark('(' | '[' | '{') => depth += 1,
                Token::Mark(')' | ']') => depth -= 1,
                Token::Mark('}') if depth == 1 => break,
                Token::Mark('}') => depth -= 1,
                Token::Mark(';') if depth == 0 => break,
                _ => {}
            }
        }
    }
    left
}

/// The code of a file, without its tests.
fn code(source: &str) -> Vec<Token> {
    without_tests(tokens(source))
}

/// One path as it stands in a source.
#[derive(Debug, Clone)]
struct Named {
    path: Vec<String>,
    /// The name that a `use` gives it here.
    brings: Option<String>,
    /// Brought by `pub use`: only passed on.
    passed_on: bool,
}

/// Reads the paths of a `use` from where its tree begins; returns how many tokens that took.
fn tree(tokens: &[Token], before: &[String], found: &mut Vec<(Vec<String>, Option<String>)>) -> usize {
    let mut path = before.to_vec();
    let mut i = 0;
    loop {
        match tokens.get(i) {
            Some(Token::Word(word)) if word == "as" => {
                let Some(Token::Word(name)) = tokens.get(i + 1) else { return i + 1 };
                found.push((path, Some(name.clone())));
                return i + 2;
            }
            Some(Token::Word(word)) => {
                // `a::{self}` is `a`; at the start of a path the word counts.
                if word != "self" || path.is_empty() {
                    path.push(word.clone());
                }
                i += 1;
            }
            Some(Token::Path) => i += 1,
            Some(Token::Mark('*')) => {
                found.push((path, None));
                return i + 1;
            }
            Some(Token::Mark('{')) => {
                i += 1;
                while let Some(token) = tokens.get(i) {
                    match token {
                        Token::Mark('}') => return i + 1,
                        Token::Mark(',') => i += 1,
                        _ => i += tree(&tokens[i..], &path, found).max(1),
                    }
                }
                return i;
            }
            _ => {
                let name = path.last().cloned();
                found.push((path, name));
                return i;
            }
        }
    }
}

/// All paths of a file's code.
fn paths(tokens: &[Token]) -> Vec<Named> {
    let word = |i: usize| match tokens.get(i) {
        Some(Token::Word(word)) => word.as_str(),
        _ => "",
    };
    let mut found = Vec::new();
    let mut i = 0;
    while i < tokens.len() {
        if word(i) == "use" {
            // `pub use` and `pub(crate) use`.
            let passed_on = i > 0 && (word(i - 1) == "pub" || tokens[i - 1] == Token::Mark(')'));
            let mut uses = Vec::new();
            i += 1 + tree(&tokens[i + 1..], &[], &mut uses);
            found.extend(uses.into_iter().map(|(path, brings)| Named { path, brings, passed_on }));
        } else if !word(i).is_empty() && tokens.get(i + 1) == Some(&Token::Path) {
            let mut path = vec![word(i).to_owned()];
            i += 1;
            while tokens.get(i) == Some(&Token::Path) && !word(i + 1).is_empty() {
                path.push(word(i + 1).to_owned());
                i += 2;
            }
            found.push(Named { path, brings: None, passed_on: false });
            i += usize::from(tokens.get(i) == Some(&Token::Path));
        } else {
            i += 1;
        }
    }
    found
}

/// The modules of a crate, each with the paths of its file.
struct Crate(BTreeMap<Module, Vec<Named>>);

impl Crate {
    /// Reads a crate's sources, by their names below its folder.
    fn of<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let module = |file: &str| {
            let path = file.trim_end_matches(".rs");
            let path = path.strip_suffix("mod").filter(|rest| rest.ends_with('/')).unwrap_or(path);
            path.split('/').filter(|part| !part.is_empty() && *part != "lib").map(str::to_owned).collect()
        };
        Self(files.into_iter().map(|(file, source)| (module(file), paths(&code(source)))).collect())
    }

    /// Reads the sources below a folder. Programs beside the library (`bin/`) only use it, so they make no circle.
    fn read(folder: &str) -> Self {
        let base = root().join(folder);
        let sources: Vec<(String, String)> = files_under(&base)
            .iter()
            .filter(|file| file.extension().is_some_and(|end| end == "rs"))
            .map(|file| (file.strip_prefix(&base).unwrap().to_string_lossy().into_owned(), read(file).unwrap()))
            .filter(|(name, _)| !is_test(name) && !name.starts_with("bin/"))
            .collect();
        assert!(!sources.is_empty(), "{folder} is empty");
        Self::of(sources.iter().map(|(name, source)| (name.as_str(), source.as_str())))
    }

    /// A path from the crate's root on, if it leads into this crate.
    fn absolute(&self, from: &Module, path: &[String]) -> Option<Vec<String>> {
        let first = path.first()?.as_str();
        let mut at = from.clone();
        match first {
            "crate" => return Some(path[1..].to_vec()),
            "self" => return Some([at, path[1..].to_vec()].concat()),
            "super" => {
                let ups = path.iter().take_while(|part| *part == "super").count();
                at.truncate(from.len().saturating_sub(ups));
                return Some([at, path[ups..].to_vec()].concat());
            }
            _ => {}
        }
        let child = [from.as_slice(), &path[..1]].concat();
        if self.0.contains_key(&child) {
            return Some([child, path[1..].to_vec()].concat());
        }
        // A name that a `use` has brought stands for what it names.
        let brought = self.0[from].iter().find(|named| named.brings.as_deref() == Some(first))?;
        let begins_itself = brought.path.first().is_some_and(|word| word == first);
        let before = if begins_itself { None } else { self.absolute(from, &brought.path) }?;
        Some([before, path[1..].to_vec()].concat())
    }

    /// The module whose file has what a path from the root names; names that a file passes on are followed.
    fn home(&self, path: &[String]) -> Option<Module> {
        let mut path = path.to_vec();
        // A handful of steps is enough for any chain of names passed on, and ends those that go round.
        for _ in 0..8 {
            let module =
                (0..=path.len()).rev().map(|end| path[..end].to_vec()).find(|path| self.0.contains_key(path))?;
            let Some(name) = path.get(module.len()) else { return Some(module) };
            let passes = self.0[&module].iter().find(|named| named.brings.as_ref() == Some(name));
            match passes.and_then(|named| self.absolute(&module, &named.path)) {
                Some(further) if further != path => path = further,
                _ => return Some(module),
            }
        }
        None
    }

    /// Which module uses which.
    fn uses(&self) -> BTreeSet<(Module, Module)> {
        let mut found = BTreeSet::new();
        for (module, paths) in &self.0 {
            for named in paths.iter().filter(|named| !named.passed_on) {
                let home = self.absolute(module, &named.path).and_then(|path| self.home(&path));
                found.extend(home.filter(|home| home != module).map(|home| (module.clone(), home)));
            }
        }
        found
    }

    /// For each folder, which of its parts use which (`.` is the folder's own file).
    fn folders(&self) -> BTreeMap<String, BTreeMap<String, BTreeSet<String>>> {
        let mut found: BTreeMap<String, BTreeMap<String, BTreeSet<String>>> = BTreeMap::new();
        for (from, to) in self.uses() {
            let common = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
            let part = |module: &Module| module.get(common).map_or(".", String::as_str).to_owned();
            let uses = found.entry(from[..common].join("/")).or_default();
            uses.entry(part(&from)).or_default().insert(part(&to));
        }
        found
    }

    /// All circles: the folder, and everything there that can be reached from each other.
    fn circles(&self) -> Vec<Circle> {
        let mut found = Vec::new();
        for (folder, uses) in self.folders() {
            let mut seen = BTreeSet::new();
            for part in uses.keys() {
                let Some(way) = way_round(&uses, part).filter(|_| !seen.contains(part)) else { continue };
                let others = uses.keys().filter(|other| {
                    *other == part || (reaches(&uses, part, other).is_some() && reaches(&uses, other, part).is_some())
                });
                let parts: Vec<String> = others.cloned().collect();
                seen.extend(parts.iter().cloned());
                found.push(Circle { folder: folder.clone(), parts, way });
            }
        }
        found
    }
}

/// Parts of a folder that use each other.
#[derive(Debug)]
struct Circle {
    folder: String,
    parts: Vec<String>,
    /// The shortest way round from the first of them.
    way: Vec<String>,
}

/// The shortest way from one part to another over at least one use, both included.
fn reaches(uses: &BTreeMap<String, BTreeSet<String>>, from: &str, to: &str) -> Option<Vec<String>> {
    let mut open = VecDeque::from([vec![from.to_owned()]]);
    let mut seen = BTreeSet::new();
    while let Some(way) = open.pop_front() {
        for next in uses.get(way.last()?).into_iter().flatten() {
            let further = [way.as_slice(), std::slice::from_ref(next)].concat();
            if next == to {
                return Some(further);
            }
            if seen.insert(next) {
                open.push_back(further);
            }
        }
    }
    None
}

fn way_round(uses: &BTreeMap<String, BTreeSet<String>>, part: &str) -> Option<Vec<String>> {
    reaches(uses, part, part)
}

fn is_test(file: &str) -> bool {
    Path::new(file).iter().any(|part| part == "tests" || part == "tests.rs")
}

#[test]
fn modules_make_no_circle() {
    let mut found = BTreeMap::new();
    for folder in CRATES {
        for circle in Crate::read(folder).circles() {
            let folder = format!("{folder}/{}", circle.folder).trim_end_matches('/').to_owned();
            found.insert((folder, circle.parts), circle.way.join(" → "));
        }
    }
    let known: BTreeSet<(String, Vec<String>)> = KNOWN
        .iter()
        .map(|(folder, parts)| ((*folder).to_owned(), parts.iter().map(|part| (*part).to_owned()).collect()))
        .collect();
    let mut wrong = String::new();
    for (circle, way) in found.iter().filter(|(circle, _)| !known.contains(circle)) {
        wrong += &format!(
            "\na circle that nobody knows, in {}: {way}\n  all of it: (\"{}\", &{:?})",
            circle.0, circle.0, circle.1
        );
    }
    for circle in known.iter().filter(|circle| !found.contains_key(circle)) {
        wrong += &format!("\nno circle any more, take it out of KNOWN: {circle:?}");
    }
    assert!(wrong.is_empty(), "{wrong}");
}

/// Whether a word is made as the vendors make the names of fields: `Account_Name`, `InvoiceID`, `LineItems`.
fn is_vendors_name(word: &str) -> bool {
    let mut chars = word.chars();
    let begins = chars.next().is_some_and(|c| c.is_ascii_uppercase());
    let small = word.chars().any(|c| c.is_ascii_lowercase());
    begins && small && chars.any(|c| c.is_ascii_uppercase() || c == '_')
}

/// What the vendors call a field is known to the translation alone, so the engine speaks of our own records.
#[test]
fn vendors_names_stay_in_the_translation() {
    let base = root().join("edge/engine/src");
    let mut found = BTreeMap::new();
    for file in files_under(&base) {
        let name = file.strip_prefix(&base).unwrap().to_string_lossy().into_owned();
        if is_test(&name) {
            continue;
        }
        let code = code(&read(&file).unwrap());
        for (i, token) in code.iter().enumerate() {
            // What `Debug` writes is the name of a type of ours.
            let of_debug = code[..i].ends_with(&tokens("debug_struct("));
            let Token::Text(text) = token else { continue };
            if of_debug {
                continue;
            }
            let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').map(str::to_owned);
            let names: BTreeSet<String> = words.filter(|word| is_vendors_name(word)).collect();
            if !names.is_empty() {
                found.entry(name.clone()).or_insert_with(BTreeSet::new).extend(names);
            }
        }
    }
    let known: BTreeSet<&str> = VENDORS_NAMES.iter().copied().collect();
    let mut wrong = String::new();
    for (file, names) in found.iter().filter(|(file, _)| !known.contains(file.as_str())) {
        wrong += &format!(
            "\n{file} names fields of the vendors, which belongs into shared::zoho or shared::xero: {names:?}"
        );
    }
    for file in known.iter().filter(|file| !found.contains_key(**file)) {
        wrong += &format!("\n{file} names none any more, take it out of VENDORS_NAMES");
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn vendors_names_are_recognised() {
    for name in ["InvoiceID", "LineItems", "Account_Name", "Xero_ID", "PO_Number"] {
        assert!(is_vendors_name(name), "{name}");
    }
    for word in ["Invoices", "CRM", "invoice_id", "Zoho", "AUTHORISED", ""] {
        assert!(!is_vendors_name(word), "{word}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn circles(files: &[(&str, &str)]) -> Vec<String> {
        Crate::of(files.iter().copied())
            .circles()
            .iter()
            .map(|c| format!("{}: {}", c.folder, c.way.join(" ")))
            .collect()
    }

    #[test]
    fn each_kind_of_path_is_a_use() {
        let back = ("b.rs", "use crate::a::X;");
        for source in [
            "use crate::b::Y;",
            "use super::b;",
            "use crate::{c::Z, b::{self, W}};",
            "fn f() -> crate::b::Y { 1 }",
            "fn f() { super::b::y(); }",
            "use crate as us; use super::b::y as z;",
            "fn f(c: char) -> bool { c == '\"' || crate::b::y() }",
        ] {
            assert_eq!(circles(&[("a.rs", source), back]), [": a b a"], "{source}");
        }
    }

    #[test]
    fn comments_texts_tests_and_others_are_none() {
        let back = ("b.rs", "use crate::a::X;");
        for source in [
            "// use crate::b::Y;\n/* crate::b::y() /* */ crate::b::y() */",
            "/// See [`crate::b`].\nfn f<'a>() { g(\"crate::b::y()\", r#\"\" crate::b::y()\"#); }",
            "#[cfg(test)]\nmod tests { use crate::b::Y; fn f() { crate::b::y() } }",
            "#[cfg(test)]\nuse crate::b::Y;",
            "use other::b::Y; fn f() { b::y() }",
        ] {
            assert_eq!(circles(&[("a.rs", source), back]), [""; 0], "{source}");
        }
    }

    #[test]
    fn folders_count_as_one_and_their_own_file_as_a_part() {
        let lib = ("lib.rs", "pub mod a; pub mod d;");
        // Between folders, though no two files use each other.
        let d = [
            lib,
            ("d/one.rs", "use crate::a::X;"),
            ("d/two.rs", ""),
            ("a.rs", "use crate::d::two::Y;"),
            ("d/mod.rs", ""),
        ];
        assert_eq!(circles(&d), [": a d a"]);
        // The own file uses a part that uses it.
        let own = [("d/mod.rs", "mod one; fn f() { one::g() }"), ("d/one.rs", "use super::f;"), lib];
        assert_eq!(circles(&own), ["d: . one ."]);
        let beside = [("d.rs", "mod one; use one::g;"), ("d/one.rs", "use super::f;"), lib];
        assert_eq!(circles(&beside), ["d: . one ."]);
        // What it only passes on is used where it stands.
        let passed =
            [("d/mod.rs", "mod one; mod two; pub use one::G;"), ("d/two.rs", "use super::G;"), ("d/one.rs", ""), lib];
        assert_eq!(circles(&passed), [""; 0]);
        let round = [
            ("d/mod.rs", "mod one; mod two; pub use one::G;"),
            ("d/two.rs", "use super::G;"),
            ("d/one.rs", "use super::two;"),
            lib,
        ];
        assert_eq!(circles(&round), ["d: one two one"]);
        // A module that was brought by its name leads on.
        let led =
            [("a.rs", "use crate::d; fn f() { d::one::g() }"), ("d/one.rs", "use crate::a::X;"), ("d/mod.rs", ""), lib];
        assert_eq!(circles(&led), [": a d a"]);
    }
}
