//! What is kept for how long: entries go after their time, links stay and hold no customers' data.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use chrono::Duration;
use engine::store::entries;
use ports::Clock;
use sandbox::{World, seed};
use shared::module::Module;
use support::{BASE, Stage};

#[test]
fn entries_are_removed_after_their_time_and_links_stay() {
    let (stage, user) = Stage::connected(World::standard(BASE));
    let click = |record| {
        let desk = engine::sync::Desk::default();
        let id = shared::id::ZohoId::new(record).unwrap();
        stage.run(stage.engine(&desk).sync(&user, Module::Accounts, &id)).unwrap();
    };
    click(seed::FIRST_ACCOUNT);
    stage.world.borrow_mut().gate.clock.advance(Duration::days(20).num_seconds());
    click(seed::ACCOUNT_TWO_CONTACTS);
    stage.world.borrow_mut().gate.clock.advance(Duration::days(11).num_seconds());

    let before = stage.now() - Duration::days(30);
    assert_eq!(stage.run(entries::purge(&stage, before, 1_000)).unwrap(), 1, "the one of 31 days ago");
    assert_eq!(stage.run(entries::purge(&stage, before, 1_000)).unwrap(), 0);
    assert_eq!(stage.number("SELECT count(*) FROM entries"), 1);
    assert_eq!(stage.number("SELECT count(*) FROM links"), 2);
    let name = stage.world.borrow().zoho.get("Accounts", seed::FIRST_ACCOUNT).unwrap()["Account_Name"].clone();
    let links = stage.texts("SELECT body FROM links");
    assert!(links.iter().all(|link| !link.contains(name.as_str().unwrap())), "{links:?}");
}
