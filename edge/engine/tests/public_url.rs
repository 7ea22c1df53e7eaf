//! The installation's own address, and where that comes from.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use crate::support;

use engine::config::PublicUrl;
use engine::store::installation;
use sandbox::World;
use support::{ADMIN, BASE, Stage, parameter};

/// The address that is registered at Zoho.
const HERE: &str = "http://localhost:8787";
const SALES: &str = "sam@bluegum.example";

/// A stage on which nobody knows the installation's address yet; a browser calls it here.
fn asked_at(url: &str) -> Stage {
    let mut stage = Stage::new(World::standard(BASE));
    stage.config.public_url = PublicUrl::Asked(url.to_owned());
    stage
}

fn learned(stage: &Stage) -> Option<String> {
    stage.run(installation::public_url(stage)).unwrap()
}

#[test]
fn the_first_administrator_s_sign_in_teaches_the_address() {
    let mut stage = asked_at(HERE);
    assert_eq!(learned(&stage), None);
    let begun = stage.begin_sign_in(false);
    let consent = stage.go_on(&begun);
    assert_eq!(parameter(&consent, "redirect_uri").unwrap(), format!("{HERE}/auth/zoho/callback"));
    assert_eq!(learned(&stage), None, "a sign-in that has not come back teaches nothing");
    stage.sign_in(SALES);
    assert_eq!(learned(&stage), None, "nor does a user's");
    stage.sign_in(ADMIN);
    assert_eq!(learned(&stage).as_deref(), Some(HERE));
    // Whoever calls at another address afterwards changes nothing.
    stage.config.public_url = PublicUrl::Asked("http://localhost:8788".to_owned());
    stage.connect_crm(ADMIN);
    assert_eq!(learned(&stage).as_deref(), Some(HERE));
}

#[test]
fn zoho_sends_nobody_back_to_an_address_that_the_owner_has_not_registered() {
    let stage = asked_at("https://evil.example");
    let begun = stage.begin_sign_in(false);
    let refused = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| stage.consent_at_zoho(&begun, ADMIN)));
    assert!(refused.is_err(), "Zoho's page must not lead to it");
    assert_eq!(learned(&stage), None);
}

#[test]
fn what_the_owner_has_said_is_not_learned() {
    let stage = Stage::new(World::standard(BASE));
    stage.connect_crm(ADMIN);
    assert_eq!(learned(&stage), None);
}

#[test]
fn an_address_has_scheme_host_and_port_only() {
    for (written, base) in [
        ("https://ledgerlink.example", Some("https://ledgerlink.example")),
        (" https://ledgerlink.example/ ", Some("https://ledgerlink.example")),
        ("http://localhost:8787", Some("http://localhost:8787")),
        ("ledgerlink.example", None),
        ("https://ledgerlink.example/panel", None),
        ("https://ledgerlink.example?x", None),
        ("https://a@ledgerlink.example", None),
        ("https://", None),
        ("javascript:alert(1)", None),
    ] {
        assert_eq!(PublicUrl::base_of(written).as_deref(), base, "{written}");
    }
}

#[test]
fn a_link_that_others_keep_needs_an_address_that_lasts() {
    let url = || "https://ledgerlink.example".to_owned();
    assert_eq!(PublicUrl::Known(url()).lasting(), Some("https://ledgerlink.example"));
    assert_eq!(PublicUrl::Asked(url()).lasting(), None);
    assert_eq!(PublicUrl::Unknown.lasting(), None);
}
