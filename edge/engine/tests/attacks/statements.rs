//! Statements: none reads or changes rows of an organisation that it does not name, unless this table says why it may.

use std::path::{Path, PathBuf};

/// Statements that name no organisation: how they begin, and what they take in its place.
const BOUND_OTHERWISE: [(&str, &str); 36] = [
    // Secrets that only their holder has, as hashes.
    (
        "SELECT u.org, u.id, u.name, u.email, u.location, u.api_domain, s.seen_at, (SELECT owner FROM installation) AS owner",
        "a session's token",
    ),
    ("SELECT org FROM sessions WHERE token_hash = ?1", "a session's token"),
    ("UPDATE sessions SET seen_at = ?2, expires_at = ?3 WHERE token_hash = ?1", "a session's token"),
    ("DELETE FROM sessions WHERE token_hash = ?1", "a session's token"),
    (
        "INSERT INTO parked (flow, challenge, purpose, problem, expires_at)",
        "a flow's state: a failure has no organisation",
    ),
    ("SELECT problem FROM parked WHERE challenge = ?1", "a flow's verifier"),
    ("SELECT org FROM parked WHERE challenge = ?1", "a flow's verifier"),
    ("UPDATE parked SET tries = tries - 1 WHERE challenge = ?1", "a flow's verifier"),
    (
        "SELECT flow, purpose, org, user, session, code, tries, payload, choosing FROM parked WHERE challenge = ?1",
        "a flow's verifier",
    ),
    ("DELETE FROM parked WHERE flow = ?1", "a flow's state"),
    ("UPDATE parked SET choosing = 1, code = '', tries = 0, expires_at = ?2 WHERE flow = ?1", "a flow's state"),
    (
        "SELECT r.org, c.org_name, r.address, r.confirmed_at FROM recipients r JOIN connections c ON c.org = r.org \
      WHERE r.token_hash = ?1",
        "the token of a letter's link",
    ),
    (
        "SELECT r.org, c.org_name, r.address, r.confirmed_at FROM recipients r JOIN connections c ON c.org = r.org \
      WHERE r.stop_hash = ?1",
        "the token of a letter's link",
    ),
    ("UPDATE recipients SET confirmed_at = ?2, token_hash = NULL", "the token of a letter's link"),
    // Ids that hold the organisation.
    ("SELECT refresh_token, access_token, access_expires_at, scopes FROM grants WHERE id = ?1", "a grant's id"),
    ("SELECT updated_at, scopes FROM grants WHERE id = ?1", "a grant's id"),
    ("DELETE FROM grants WHERE id = ?1", "a grant's id"),
    ("UPDATE grants SET updated_at = ?2 WHERE id = ?1", "a grant's id"),
    (
        "SELECT id, refresh_token, access_token FROM grants WHERE id > ?2",
        "a key that was rotated: all rows are sealed anew",
    ),
    ("SELECT count(*) AS count FROM grants WHERE NOT", "keys that were rotated: how many rows none of them opens"),
    ("UPDATE grants SET refresh_token = new.value", "a key that was rotated: each row by its own id"),
    // What concerns all organisations: an answer of yes or no, the clock, and the purge.
    ("SELECT org FROM connections WHERE org <> ?1", "whether there are others"),
    ("SELECT tenant FROM connections WHERE tenant IN (SELECT value", "whether Xero organisations are taken"),
    ("SELECT next_at, org FROM agenda WHERE next_at <= ?1", "an instant: the clock"),
    ("DELETE FROM sessions WHERE expires_at <= ?1", "an instant: the purge"),
    (
        "SELECT u.org, u.id, u.name, u.email, u.location, u.api_domain, u.seen_at FROM users u JOIN grants g",
        "an instant: those who have left",
    ),
    (
        "SELECT flow, purpose, org, user, session, code, tries, payload, choosing FROM parked WHERE expires_at <= ?1",
        "an instant: what nobody claimed",
    ),
    ("DELETE FROM parked WHERE expires_at <= ?1", "an instant: the purge"),
    ("DELETE FROM requests WHERE at <= ?1", "an instant: the purge"),
    ("SELECT i.guest, i.invited_by, i.at, c.org_name FROM invitations i", "nothing: the owner's invitations"),
    ("UPDATE recipients SET token_hash = NULL, expires_at = NULL WHERE expires_at <= ?1", "an instant: the purge"),
    ("DELETE FROM entries WHERE (org, id) IN (SELECT e.org, e.id FROM connections c", "an instant: the purge"),
    ("DELETE FROM runs WHERE rowid IN (SELECT rowid FROM runs WHERE started_at < ?1", "an instant: the purge"),
    ("DELETE FROM waiting WHERE (org, tenant, module, record) IN", "an instant: the purge"),
    ("DELETE FROM candidates WHERE (org, run, pair, record) IN", "nothing: the purge"),
    // Put together by a macro: its conditions are in a literal of their own.
    ("SELECT ", "an organisation, in the macro `filtered`"),
];

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// The engine's source files without their tests, by their paths.
fn engine() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut paths = Vec::new();
    sources(&root, &mut paths);
    let read = |path: PathBuf| {
        let text = std::fs::read_to_string(&path).unwrap();
        let code = text.split("#[cfg(test)]").next().unwrap().to_owned();
        (path.strip_prefix(&root).unwrap().display().to_string(), code)
    };
    paths.into_iter().map(read).collect()
}

/// The texts in quotes in a source file.
fn literals(code: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut letters = code.chars().peekable();
    let mut before = ' ';
    while let Some(letter) = letters.next() {
        let comment = letter == '/' && letters.peek() == Some(&'/');
        if comment {
            letters.by_ref().find(|letter| *letter == '\n');
        } else if letter == '"' && before != '\'' {
            let mut text = String::new();
            while let Some(letter) = letters.next().filter(|letter| *letter != '"') {
                match letter {
                    '\\' => match letters.next() {
                        // The next line goes on with the text.
                        Some('\n') => while letters.next_if(|letter| letter.is_whitespace()).is_some() {},
                        escaped => text.extend(escaped),
                    },
                    _ => text.push(letter),
                }
            }
            found.push(text);
        }
        before = letter;
    }
    found
}

/// The tables with a column `org`.
fn tables() -> Vec<&'static str> {
    let (_, schema) = engine::store::migrations::ALL[0];
    let tables = schema.split("CREATE TABLE ").skip(1);
    let of = tables.filter(|table| table.split("STRICT").next().unwrap().contains("  org TEXT"));
    of.map(|table| table.split(' ').next().unwrap()).collect()
}

fn is_statement(text: &str) -> bool {
    ["SELECT ", "INSERT ", "UPDATE ", "DELETE ", "WITH "].iter().any(|verb| text.starts_with(verb))
}

fn names_its_organisation(sql: &str) -> bool {
    let columns = sql.starts_with("INSERT").then(|| sql.split(['(', ')']).nth(1).unwrap_or_default());
    sql.contains("org = ?") || columns.is_some_and(|columns| columns.split(", ").any(|column| column == "org"))
}

#[test]
fn every_statement_names_the_organisation_whose_rows_it_touches() {
    let tables = tables();
    assert!(tables.len() >= 17 && tables.contains(&"entries"), "{tables:?}");
    let (mut seen, mut used) = (0, [false; BOUND_OTHERWISE.len()]);
    let mut open = Vec::new();
    for (file, code) in engine() {
        for sql in literals(&code).into_iter().filter(|text| is_statement(text)) {
            let touches = tables.iter().any(|table| sql.split([' ', '(', ')']).any(|word| word == *table));
            let in_parts = file == "store/log.rs";
            if (!touches && !in_parts) || names_its_organisation(&sql) {
                seen += usize::from(touches);
                continue;
            }
            let listed = BOUND_OTHERWISE.iter().position(|(begins, _)| match *begins {
                "SELECT " => sql == "SELECT " && code.contains(" WHERE e.org = ?1 AND "),
                begins => sql.starts_with(begins),
            });
            match listed {
                Some(at) => used[at] = true,
                None => open.push(format!("{file}: {sql}")),
            }
        }
    }
    assert!(seen > 60, "{seen}");
    assert!(open.is_empty(), "no organisation is named in:\n{}", open.join("\n"));
    let idle: Vec<_> =
        BOUND_OTHERWISE.iter().zip(used).filter(|(_, used)| !used).map(|((begins, _), _)| begins).collect();
    assert!(idle.is_empty(), "there is no such statement any more: {idle:?}");
}

#[test]
fn letters_leave_in_one_place() {
    let senders: Vec<String> = engine()
        .into_iter()
        .filter(|(_, code)| code.contains("ports.post(") || code.contains("Mail::post("))
        .map(|(file, _)| file)
        .collect();
    assert_eq!(senders, ["letters/mod.rs"]);
}
