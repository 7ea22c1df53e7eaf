//! An installation belongs to somebody.

use crate::support::{ADMIN, BASE, Stage, VERIFIER, id};
use engine::config::{Organisations, Secret};
use engine::sync::Desk;
use futures_util::future::join;
use ports::Clock;
use sandbox::{ApiName, World, seed};
use shared::id::OrgId;
use shared::module::Module;
use shared::problem::Code;
use std::time::Duration;

const KEY: &str = "a key that only the owner has";

fn closed(world: World) -> Stage {
    let mut stage = Stage::new(world);
    stage.config.installation_key = Some(Secret::new(KEY));
    stage.config.organisations = Organisations::Invited;
    stage
}

/// Rows that name an organisation of the data centre.
fn rows_of(stage: &Stage, location: &str) -> i64 {
    ["users", "sessions", "grants", "connections", "organisations", "parked"]
        .iter()
        .map(|table| stage.number(&format!("SELECT count(*) FROM {table} WHERE org LIKE '{location}.%'")))
        .sum()
}

fn owner(stage: &Stage) -> Vec<String> {
    stage.texts("SELECT owner FROM installation WHERE owner IS NOT NULL")
}

fn owned() -> (Stage, engine::access::rights::Administrator) {
    let stage = closed(World::standard(BASE));
    let first_page = stage.try_begin_sign_in(true, Some(KEY)).unwrap();
    let code = stage.complete_sign_in(&stage.consent_at_zoho(&first_page, ADMIN)).unwrap();
    let session = stage.authenticate(&stage.claim(&code, VERIFIER).unwrap()).unwrap();
    let ana = stage.member(&session).unwrap().administrator().unwrap();
    (stage, ana)
}

#[test]
fn nobody_is_first_in_the_owner_s_place() {
    let stage = closed(World::standard(BASE));
    for key in [None, Some(""), Some("a guess"), Some(&KEY[1..])] {
        for connect in [false, true] {
            let refused = stage.try_begin_sign_in(connect, key).unwrap_err();
            assert_eq!(refused.problem.code, Code::InstallationKeyNeeded, "{key:?}");
        }
    }
    let (stage, ana) = owned();
    assert_eq!(stage.texts("SELECT owner FROM installation"), [ana.org.as_str()]);
    // Now the own people need no key.
    stage.sign_in("sam@bluegum.example");
}

#[test]
fn a_stranger_s_organisation_gets_no_row_and_keeps_its_grant() {
    let (stage, _) = owned();
    let tokens = || stage.world.borrow().zoho_eu.refresh_token_count(sandbox::ZOHO_CLIENT.0);
    for (connect, key) in [(false, None), (true, None), (true, Some(KEY))] {
        let first_page = stage.try_begin_sign_in(connect, key).unwrap();
        let refused = stage.try_sign_in_european(first_page).unwrap_err();
        assert_eq!(
            refused.problem.code,
            Code::OrganisationNotInvited,
            "the key makes the first one the owner, no other"
        );
        assert_eq!((rows_of(&stage, "eu"), tokens()), (0, 0));
    }
}

#[test]
fn the_owner_invites_and_removes() {
    let (stage, ana) = owned();
    let desk = Desk::default();
    let engine = stage.engine(&desk);
    let guest = OrgId::new(format!("eu.{}", stage.world.borrow().zoho_eu.org().zgid)).unwrap();
    assert!(stage.run(engine.invite(&ana, &guest)).unwrap().owner);
    let first_page = stage.try_begin_sign_in(true, None).unwrap();
    let session = stage.try_sign_in_european(first_page).unwrap();
    let elke = stage.member(&session).unwrap().administrator().unwrap();
    assert!(rows_of(&stage, "eu") > 0);
    let listed = stage.run(engine.invitations(&ana)).unwrap().invitations;
    assert_eq!((listed.len(), listed[0].name.is_some()), (1, true));
    // A guest is no owner: it learns of nobody and invites nobody.
    let seen = stage.run(engine.invitations(&elke)).unwrap();
    assert_eq!((seen.owner, seen.invitations.len()), (false, 0));
    for attempt in [stage.run(engine.invite(&elke, &ana.org)), stage.run(engine.uninvite(&elke, &ana.org))] {
        assert_eq!(attempt.unwrap_err().problem.code, Code::InvalidRequest);
    }
    assert_eq!(stage.run(engine.uninvite(&ana, &ana.org)).unwrap_err().problem.code, Code::InvalidRequest);

    assert!(stage.run(engine.uninvite(&ana, &guest)).unwrap().invitations.is_empty());
    assert_eq!(rows_of(&stage, "eu"), 0, "nothing is kept of it, no session either");
    assert_eq!(
        stage.world.borrow().zoho_eu.refresh_token_count(sandbox::ZOHO_CLIENT.0),
        0,
        "its grants are given back"
    );
    let first_page = stage.try_begin_sign_in(false, None).unwrap();
    assert_eq!(stage.try_sign_in_european(first_page).unwrap_err().problem.code, Code::OrganisationNotInvited);
    stage.sign_in(ADMIN);
}

#[test]
fn an_invitation_that_was_taken_back_between_consent_and_claim_is_worth_nothing() {
    let (mut stage, ana) = owned();
    let guest = OrgId::new(format!("eu.{}", stage.world.borrow().zoho_eu.org().zgid)).unwrap();
    stage.config.organisations = Organisations::Listed([guest, ana.org.clone()].into());
    let first_page = stage.try_begin_sign_in(true, None).unwrap();
    let choices = [("user", "dc:eu"), ("decision", "accept")];
    let there = stage.consent("/zoho/accounts/oauth/v2/auth/consent", &stage.go_on(&first_page), &choices);
    let user = stage.world.borrow().zoho_eu.users()[0].id.to_string();
    let choices = [("user", user.as_str()), ("decision", "accept")];
    let code =
        stage.complete_sign_in(&stage.consent("/zoho-eu/accounts/oauth/v2/auth/consent", &there, &choices)).unwrap();
    stage.config.organisations = Organisations::Invited;
    let refused = stage.claim(&code, VERIFIER).unwrap_err();
    assert_eq!(refused.problem.code, Code::OrganisationNotInvited);
    assert_eq!(rows_of(&stage, "eu"), 0);
}

#[test]
fn one_number_in_two_data_centres_is_two_organisations() {
    let stage = closed(World::twins(BASE));
    let (here, there) = (stage.world.borrow().zoho.org().zgid, stage.world.borrow().zoho_eu.org().zgid);
    assert_eq!(here, there);
    let first_page = stage.try_begin_sign_in(true, Some(KEY)).unwrap();
    let code = stage.complete_sign_in(&stage.consent_at_zoho(&first_page, ADMIN)).unwrap();
    stage.claim(&code, VERIFIER).unwrap();
    let first_page = stage.try_begin_sign_in(false, None).unwrap();
    assert_eq!(stage.try_sign_in_european(first_page).unwrap_err().problem.code, Code::OrganisationNotInvited);
    assert_eq!(rows_of(&stage, "eu"), 0);
}

#[test]
fn who_hosts_for_many_says_so() {
    let (mut stage, _) = owned();
    for open in [
        Organisations::Open,
        Organisations::Listed([OrgId::new(format!("eu.{}", stage.world.borrow().zoho_eu.org().zgid)).unwrap()].into()),
    ] {
        stage.config.organisations = open;
        let first_page = stage.try_begin_sign_in(false, None).unwrap();
        stage.try_sign_in_european(first_page).unwrap();
    }
    stage.config.organisations = Organisations::Listed([OrgId::new("eu.1").unwrap()].into());
    let first_page = stage.try_begin_sign_in(false, None).unwrap();
    assert_eq!(stage.try_sign_in_european(first_page).unwrap_err().problem.code, Code::OrganisationNotInvited);
    for (text, wanted) in [
        (None, Ok(Organisations::Invited)),
        (Some(" "), Ok(Organisations::Invited)),
        (Some("open"), Ok(Organisations::Open)),
        (Some("us.1, eu.2"), Ok(Organisations::Listed(["us.1", "eu.2"].map(|id| OrgId::new(id).unwrap()).into()))),
        (Some("us.1, 2"), Err("2".to_owned())),
    ] {
        assert_eq!(Organisations::read(text), wanted);
    }
}

#[test]
fn an_invitation_that_is_taken_back_while_it_is_claimed_is_worth_nothing() {
    let mut open = Vec::new();
    for after in [50, 250, 450, 650, 850] {
        let mut stage = Stage::new(World::standard(BASE));
        stage.config.installation_key = Some(Secret::new(KEY));
        stage.config.organisations = Organisations::Invited;
        let first_page = stage.try_begin_sign_in(true, Some(KEY)).unwrap();
        let code = stage.complete_sign_in(&stage.consent_at_zoho(&first_page, ADMIN)).unwrap();
        let session = stage.authenticate(&stage.claim(&code, VERIFIER).unwrap()).unwrap();
        let ana = stage.member(&session).unwrap().administrator().unwrap();
        let guest = OrgId::new(format!("eu.{}", stage.world.borrow().zoho_eu.org().zgid)).unwrap();
        let (owners, guests) = (Desk::default(), Desk::default());
        stage.run(stage.engine(&owners).invite(&ana, &guest)).unwrap();
        let first_page = stage.try_begin_sign_in(true, None).unwrap();
        let choices = [("user", "dc:eu"), ("decision", "accept")];
        let there = stage.consent("/zoho/accounts/oauth/v2/auth/consent", &stage.go_on(&first_page), &choices);
        let user = stage.world.borrow().zoho_eu.users()[0].id.to_string();
        let choices = [("user", user.as_str()), ("decision", "accept")];
        let came_back = stage.consent("/zoho-eu/accounts/oauth/v2/auth/consent", &there, &choices);
        let code = stage.complete_sign_in(&came_back).unwrap();
        for api in ApiName::ALL {
            stage.world.borrow_mut().gate.set_latency(api, Duration::from_millis(200));
        }
        let claim = shared::api::ClaimRequest { code, verifier: VERIFIER.to_owned() };
        let (claiming, removing) = (stage.engine(&guests), stage.engine(&owners));
        let (claimed, removed) = stage.together(join(claiming.claim_session(&claim, "a browser"), async {
            // While the guest's claim asks Zoho.
            stage.sleep(Duration::from_millis(after)).await;
            removing.uninvite(&ana, &guest).await
        }));
        assert!(removed.unwrap().invitations.is_empty());
        let rows: i64 = ["users", "sessions", "grants", "connections"]
            .iter()
            .map(|table| stage.number(&format!("SELECT count(*) FROM {table} WHERE org LIKE 'eu.%'")))
            .sum();
        // What it got goes on to work, with nobody's invitation.
        let session = claimed.ok().and_then(|claimed| stage.authenticate(&claimed.token).ok());
        let works = session.is_some_and(|session| stage.member(&session).is_ok_and(|elke| elke.administers()));
        if rows > 0 || works {
            open.push(format!("taken back {after} ms after the claim began: {rows} rows, signed in: {works}"));
        }
    }
    assert!(open.is_empty(), "{open:#?}");
}

#[test]
fn an_organisation_that_is_removed_while_it_works_leaves_nothing() {
    let mut left = Vec::new();
    for after in (0..1_500).step_by(150) {
        let mut stage = Stage::new(World::standard(BASE));
        stage.config.installation_key = Some(Secret::new(KEY));
        stage.config.organisations = Organisations::Invited;
        let first_page = stage.try_begin_sign_in(true, Some(KEY)).unwrap();
        let session = stage.try_sign_in_european(first_page).unwrap();
        let elke = stage.member(&session).unwrap().administrator().unwrap();
        let guest = OrgId::new(format!("us.{}", stage.world.borrow().zoho.org().zgid)).unwrap();
        let (owners, guests) = (Desk::default(), Desk::default());
        stage.run(stage.engine(&owners).invite(&elke, &guest)).unwrap();
        let ana = stage.connect_crm(ADMIN);
        stage.connect_xero(&ana, 0);
        for api in ApiName::ALL {
            stage.world.borrow_mut().gate.set_latency(api, Duration::from_millis(200));
        }
        let (working, removing) = (stage.engine(&guests), stage.engine(&owners));
        let account = id(seed::FIRST_ACCOUNT);
        let (removed, _) = stage.together(join(removing.uninvite(&elke, &guest), async {
            // A click of the guest's, in an object of its own, of which the owner's object knows nothing.
            stage.sleep(Duration::from_millis(after)).await;
            working.sync(&ana, Module::Accounts, &account).await
        }));
        assert!(removed.unwrap().invitations.is_empty());
        for table in ["users", "sessions", "grants", "connections", "organisations", "links", "entries", "budgets"] {
            let count = stage.number(&format!("SELECT count(*) FROM {table} WHERE org LIKE 'us.%'"));
            if count > 0 {
                left.push(format!("a click {after} ms after the removal began leaves {count} in {table}"));
            }
        }
    }
    assert!(left.is_empty(), "{left:#?}");
}

#[test]
fn an_organisation_that_is_not_listed_any_more_goes_on_no_more() {
    let mut stage = Stage::new(World::standard(BASE));
    stage.config.installation_key = Some(Secret::new(KEY));
    let guest = OrgId::new(format!("eu.{}", stage.world.borrow().zoho_eu.org().zgid)).unwrap();
    let owner = OrgId::new(format!("us.{}", stage.world.borrow().zoho.org().zgid)).unwrap();
    stage.config.organisations = Organisations::Listed([guest, owner.clone()].into());
    let first_page = stage.try_begin_sign_in(true, None).unwrap();
    let session = stage.try_sign_in_european(first_page).unwrap();
    // Whoever hosts takes it off the list, deploys, and the same session comes again.
    stage.config.organisations = Organisations::Listed([owner].into());
    let first_page = stage.try_begin_sign_in(false, None).unwrap();
    assert!(stage.try_sign_in_european(first_page).is_err(), "it signs in no more");
    assert!(stage.member(&session).is_err(), "its session goes on as if it were listed");
}

#[test]
fn who_came_while_it_was_open_to_everybody_goes_when_it_is_closed() {
    let mut stage = Stage::new(World::standard(BASE));
    stage.config.installation_key = Some(Secret::new(KEY));
    stage.config.organisations = Organisations::Open;
    let first_page = stage.try_begin_sign_in(true, None).unwrap();
    let session = stage.try_sign_in_european(first_page).unwrap();
    assert!(stage.member(&session).is_ok());
    // Nobody has ever brought the key, so that the installation belongs to nobody.
    assert!(owner(&stage).is_empty());
    stage.config.organisations = Organisations::Invited;
    assert!(stage.member(&session).is_err(), "its session goes on as if it were open");
    // Who brings the key is let in and owns it from then on.
    let first_page = stage.try_begin_sign_in(true, Some(KEY)).unwrap();
    let code = stage.complete_sign_in(&stage.consent_at_zoho(&first_page, ADMIN)).unwrap();
    stage.claim(&code, VERIFIER).unwrap();
    assert!(owner(&stage)[0].starts_with("us."));
}
