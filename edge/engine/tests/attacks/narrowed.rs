//! What let an organisation in still lets it stay, or it goes: at the next request, whatever it has done meanwhile.

use crate::support::{ADMIN, BASE, Stage, VERIFIER};
use engine::config::{Organisations, Secret};
use sandbox::World;
use shared::id::OrgId;

const KEY: &str = "a key that only the owner has";

/// An installation of nobody's, with a key.
fn free(organisations: Organisations) -> Stage {
    let mut stage = Stage::new(World::standard(BASE));
    stage.config.installation_key = Some(Secret::new(KEY));
    stage.config.organisations = organisations;
    stage
}

fn european(stage: &Stage) -> OrgId {
    OrgId::new(format!("eu.{}", stage.world.borrow().zoho_eu.org().zgid)).unwrap()
}

/// Signs the European organisation in without the key, and gives the session's token.
fn come(stage: &Stage, connect: bool) -> String {
    let first_page = stage.try_begin_sign_in(connect, None).unwrap();
    let choices = [("user", "dc:eu"), ("decision", "accept")];
    let there = stage.consent("/zoho/accounts/oauth/v2/auth/consent", &stage.go_on(&first_page), &choices);
    let user = stage.world.borrow().zoho_eu.users()[0].id.to_string();
    let choices = [("user", user.as_str()), ("decision", "accept")];
    let came_back = stage.consent("/zoho-eu/accounts/oauth/v2/auth/consent", &there, &choices);
    let code = stage.complete_sign_in(&came_back).unwrap();
    stage.claim(&code, VERIFIER).unwrap()
}

#[test]
fn who_came_in_by_a_mode_that_was_narrowed_is_out_connected_or_not() {
    let owner = OrgId::new("us.1").unwrap();
    for connect in [false, true] {
        let listed = |stage: &Stage| Organisations::Listed([european(stage)].into());
        let by_list = free(Organisations::Open);
        let by_list = (listed(&by_list), by_list);
        for (wide, mut stage) in [(Organisations::Open, free(Organisations::Open)), by_list] {
            for narrow in [Organisations::Invited, Organisations::Listed([owner.clone()].into())] {
                stage.config.organisations = wide.clone();
                let token = come(&stage, connect);
                let session = stage.authenticate(&token).unwrap();
                assert!(stage.member(&session).is_ok(), "{wide:?}");
                stage.config.organisations = narrow.clone();
                assert!(stage.member(&session).is_err(), "connected {connect}: {wide:?} narrowed to {narrow:?}");
                assert!(stage.authenticate(&token).is_err(), "connected {connect}: {wide:?} narrowed to {narrow:?}");
            }
        }
    }
}

#[test]
fn who_brought_the_key_stays_until_somebody_owns_the_installation() {
    let mut stage = free(Organisations::Invited);
    let first_page = stage.try_begin_sign_in(false, Some(KEY)).unwrap();
    let code = stage.complete_sign_in(&stage.consent_at_zoho(&first_page, ADMIN)).unwrap();
    let token = stage.claim(&code, VERIFIER).unwrap();
    assert!(stage.authenticate(&token).is_ok(), "the owner to be, who has not connected yet");
    // Who came while everybody was let in has not brought it.
    stage.config.organisations = Organisations::Open;
    let stranger = come(&stage, false);
    stage.config.organisations = Organisations::Invited;
    assert!(stage.authenticate(&token).is_ok());
    assert!(stage.authenticate(&stranger).is_err());
    // A list is the whole of who may be here.
    stage.config.organisations = Organisations::Listed([european(&stage)].into());
    assert!(stage.authenticate(&token).is_err());
}
