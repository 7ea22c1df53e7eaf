//! What somebody with the database has: nothing that opens anything.

use crate::support::{ADMIN, BASE, Stage};
use engine::store::grants::{self, GrantId, Resealed};
use engine::vault::Vault;
use sandbox::{World, seed};
use shared::id::ZohoId;
use shared::module::Module;
use shared::problem::Code;
use std::collections::BTreeSet;

const SALES: &str = "sam@bluegum.example";
/// The key that the stage seals with, and one that takes its place.
const OLD: &str = "test:AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=";
const NEW: &str = "next:AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI=";

/// Everybody's grants of a stage with two people and both sides connected.
fn all(stage: &Stage) -> Vec<GrantId> {
    let ana = stage.administrator(ADMIN);
    let sam = stage.sign_in(SALES);
    let user = |id: &ZohoId| GrantId::ZohoUser(ana.org.clone(), id.clone());
    vec![GrantId::Zoho(ana.org.clone()), GrantId::Xero(ana.org.clone()), user(&ana.id), user(&sam.id)]
}

fn opened(stage: &Stage, vault: &Vault, id: &GrantId) -> Result<grants::Grant, grants::GrantError> {
    stage.run(grants::get(stage, vault, id)).map(|grant| grant.expect("the grant is there"))
}

#[test]
fn a_sealed_token_that_is_moved_opens_nothing() {
    let (stage, ana) = Stage::connected(World::standard(BASE));
    let sam = GrantId::ZohoUser(ana.org.clone(), stage.sign_in(SALES).id.clone());
    let connection = GrantId::Zoho(ana.org.clone());
    opened(&stage, &stage.config.vault, &sam).unwrap();
    // The connection's grant in a plain user's row: that user's requests would have an administrator's rights.
    let from = |column: &str| format!("(SELECT {column} FROM grants WHERE id = '{}')", connection.key());
    for (to, column) in [("refresh_token", "refresh_token"), ("access_token", "access_token")] {
        let was = stage.texts(&format!("SELECT {to} FROM grants WHERE id = '{}'", sam.key())).remove(0);
        stage.execute(&format!("UPDATE grants SET {to} = {} WHERE id = '{}'", from(column), sam.key()));
        assert!(opened(&stage, &stage.config.vault, &sam).is_err(), "{column} of another row");
        stage.execute(&format!("UPDATE grants SET {to} = '{was}' WHERE id = '{}'", sam.key()));
    }
    // In its own row, but in the other column: a refresh token would travel where access tokens do.
    stage.execute(&format!("UPDATE grants SET access_token = refresh_token WHERE id = '{}'", sam.key()));
    assert!(opened(&stage, &stage.config.vault, &sam).is_err(), "another column");
}

#[test]
fn whoever_has_the_database_or_a_printed_value_finds_no_token() {
    let (stage, _) = Stage::connected(World::standard(BASE));
    let mut tokens = BTreeSet::new();
    let mut printed = format!("{:?} {:?}", stage.config, stage.session(SALES));
    for id in all(&stage) {
        let grant = opened(&stage, &stage.config.vault, &id).unwrap();
        printed.push_str(&format!("{grant:?}"));
        tokens.insert(grant.refresh_token);
        tokens.extend(grant.access_token);
    }
    let session = stage.session(ADMIN);
    printed.push_str(&format!("{session:?}"));
    // A flow that waits to be claimed holds a grant, too.
    let came_back = stage.consent_at_zoho(&stage.begin_sign_in(false), SALES);
    let offered = stage.offer_sign_in(&came_back).unwrap();
    printed.push_str(&format!("{offered:?}"));
    tokens.insert(offered.code);
    tokens.extend([&sandbox::ZOHO_CLIENT, &sandbox::XERO_CLIENT].map(|(_, secret)| (*secret).to_owned()));
    assert!(tokens.len() >= 9 && tokens.iter().all(|token| token.len() >= 8), "{} tokens", tokens.len());
    assert!(stage.number("SELECT count(*) FROM parked") > 0, "something is parked");
    for table in stage.texts("SELECT name FROM sqlite_master WHERE type = 'table'") {
        let columns = stage.texts(&format!("SELECT name FROM pragma_table_info('{table}')")).join(", '|', ");
        for row in stage.texts(&format!("SELECT concat({columns}) FROM {table}")) {
            assert!(!tokens.iter().any(|token| row.contains(token.as_str())), "table {table} holds a token as it is");
        }
    }
    assert!(!tokens.iter().any(|token| printed.contains(token.as_str())), "a token is printed: {printed}");
}

#[test]
fn after_a_key_was_rotated_nothing_needs_the_old_one() {
    let (stage, _) = Stage::connected(World::standard(BASE));
    let ids = all(&stage);
    let before: Vec<_> = ids.iter().map(|id| opened(&stage, &stage.config.vault, id).unwrap()).collect();
    let new = Vault::from_keys(NEW).unwrap();
    assert!(ids.iter().all(|id| opened(&stage, &new, id).is_err()), "the new key alone opens nothing yet");
    let both = Vault::from_keys(&format!("{NEW},{OLD}")).unwrap();
    let kept = stage.texts("SELECT updated_at FROM grants ORDER BY id");
    assert_eq!(stage.run(grants::reseal(&stage, &both)).unwrap(), Resealed { anew: ids.len(), closed: 0, more: false });
    let after: Vec<_> = ids.iter().map(|id| opened(&stage, &new, id).unwrap()).collect();
    assert_eq!(after, before, "the new key alone opens everything");
    assert_eq!(
        stage.texts("SELECT updated_at FROM grants ORDER BY id"),
        kept,
        "nobody's grant looks younger than it is"
    );
    assert_eq!(stage.run(grants::reseal(&stage, &both)).unwrap(), Resealed::default(), "nothing is left to do");
    // One that can't be opened is counted, left alone and holds nothing up.
    stage.execute(&format!("UPDATE grants SET refresh_token = 'v1.lost.AAAA' WHERE id = '{}'", ids[0].key()));
    assert_eq!(stage.run(grants::reseal(&stage, &both)).unwrap(), Resealed { anew: 0, closed: 1, more: false });
}

#[test]
fn keys_are_rotated_for_more_grants_than_one_go_has() {
    let (stage, ana) = Stage::connected(World::standard(BASE));
    let grant = opened(&stage, &stage.config.vault, &GrantId::Zoho(ana.org.clone())).unwrap();
    for number in 0..450 {
        let id = GrantId::ZohoUser(ana.org.clone(), ZohoId::new(format!("70000000{number:04}")).unwrap());
        stage.run(async {
            let save = grants::save(&stage.config.vault, &stage, &id, &grant, stage.now_utc()).unwrap();
            ports::Database::query(&stage, save).await.unwrap();
        });
    }
    let count = stage.number("SELECT count(*) FROM grants");
    let both = Vault::from_keys(&format!("{NEW},{OLD}")).unwrap();
    let mut left = count;
    for more in [true, false] {
        let done = stage.run(grants::reseal(&stage, &both)).unwrap();
        assert_eq!((done.more, done.closed), (more, 0));
        left -= i64::try_from(done.anew).unwrap();
    }
    assert_eq!(left, 0);
    assert_eq!(stage.number("SELECT count(*) FROM grants WHERE refresh_token NOT LIKE 'v1.next.%'"), 0);
}

#[test]
fn grants_that_no_key_opens_are_counted_apart_and_hold_nothing_up() {
    let (stage, ana) = Stage::connected(World::standard(BASE));
    let before = all(&stage).len();
    let grant = opened(&stage, &stage.config.vault, &GrantId::Zoho(ana.org.clone())).unwrap();
    // More of them than one go takes up, and all of them before the others.
    stage.execute(
        "WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 450) \
         INSERT INTO grants (id, org, refresh_token, access_token, access_expires_at, scopes, updated_at) \
         SELECT 'a' || n, org, 'v1.lost.AAAA', NULL, NULL, scopes, updated_at FROM grants, numbers \
         WHERE id = (SELECT min(id) FROM grants)",
    );
    let moved = GrantId::ZohoUser(ana.org.clone(), ZohoId::new("700000000001").unwrap());
    stage.run(async {
        let save = grants::save(&stage.config.vault, &stage, &moved, &grant, stage.now_utc()).unwrap();
        ports::Database::query(&stage, save).await.unwrap();
    });
    stage.execute(&format!("UPDATE grants SET id = 'b' WHERE id = '{}'", moved.key()));
    let both = Vault::from_keys(&format!("{NEW},{OLD}")).unwrap();
    let done = stage.run(grants::reseal(&stage, &both)).unwrap();
    assert_eq!(done, Resealed { anew: before, closed: 451, more: false });
    assert_eq!(stage.number("SELECT count(*) FROM grants WHERE refresh_token LIKE 'v1.next.%'"), before as i64);
    // The next day finds them still, and does not say that nothing is left.
    let again = stage.run(grants::reseal(&stage, &both)).unwrap();
    assert_eq!(again, Resealed { anew: 0, closed: 451, more: false });
    let told = [done, Resealed { closed: 0, ..done }, Resealed { more: true, ..done }].map(Resealed::words);
    assert!(told[0].ends_with("unreadable ones") && told[1].ends_with("none is left") && told[2].ends_with("follow"));
}

#[test]
fn who_has_lost_the_key_signs_in_and_connects_again() {
    let (mut stage, ana) = Stage::connected(World::standard(BASE));
    stage.sign_in(SALES);
    stage.config.vault = Vault::from_keys(NEW).unwrap();
    // Nothing opens any more. A new sign-in finds the old grant, and goes on; what has no new one says what it is.
    stage.sign_in(SALES);
    let refused = stage.try_click(&ana, Module::Products, seed::FIRST_PRODUCT).unwrap_err();
    assert!(matches!(refused.problem.code, Code::SessionExpired | Code::ZohoDisconnected), "{refused:?}");
    let ana = stage.connect_crm(ADMIN);
    stage.connect_xero(&ana, 0);
    stage.click(&ana, Module::Products, seed::FIRST_PRODUCT);
}
