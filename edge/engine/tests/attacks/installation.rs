//! An installation belongs to somebody.

use crate::support::{ADMIN, BASE, Stage};
use engine::config::{Organisations, Secret};
use engine::sync::Desk;
use sandbox::World;
use shared::id::OrgId;
use shared::problem::Code;

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

fn owned() -> (Stage, engine::access::rights::Administrator) {
    let stage = closed(World::standard(BASE));
    let first_page = stage.try_begin_sign_in(true, Some(KEY)).unwrap();
    let code = stage.complete_sign_in(&stage.consent_at_zoho(&first_page, ADMIN)).unwrap();
    let session = stage.authenticate(&stage.claim(&code, crate::support::VERIFIER).unwrap()).unwrap();
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
    let refused = stage.claim(&code, crate::support::VERIFIER).unwrap_err();
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
    stage.claim(&code, crate::support::VERIFIER).unwrap();
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
