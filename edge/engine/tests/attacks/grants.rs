//! No grant takes effect for anybody but who asked for it.

use crate::everything;
use crate::support::{ADMIN, BASE, Stage, VERIFIER, parameter};
use engine::access::flow::{Flow, Purpose};
use engine::access::rights::Administrator;
use engine::access::{connect, sign_in, unclaimed};
use engine::sync::Desk;
use engine::text;
use ports::Clock;
use sandbox::World;
use shared::api::{ClaimRequest, ConnectRequest, FlowState};
use shared::language::Language;
use shared::problem::Code;

const SALES: &str = "sam@bluegum.example";

/// Somebody lets another person finish a flow of this purpose, and holds the verifier.
fn finished_by_somebody_else(stage: &Stage, purpose: Purpose, ana: &Administrator) -> Result<String, Code> {
    let offered = match purpose {
        Purpose::SignIn => stage.offer_sign_in(&stage.consent_at_zoho(&stage.begin_sign_in(false), SALES)),
        Purpose::ConnectCrm => stage.offer_sign_in(&stage.consent_at_zoho(&stage.begin_sign_in(true), ADMIN)),
        Purpose::ConnectXero => stage.offer_xero(ana, 1),
    };
    offered.map(|offered| offered.code).map_err(|refusal| refusal.problem.code)
}

fn claim(stage: &Stage, purpose: Purpose, ana: &Administrator, code: &str, verifier: &str) -> Result<(), Code> {
    let desk = Desk::default();
    let request = ClaimRequest { code: code.to_owned(), verifier: verifier.to_owned() };
    let session = stage.session_of(ana);
    let claimed = match purpose {
        Purpose::ConnectXero => stage.run(stage.engine(&desk).claim_xero(ana, &session, &request)).map(drop),
        _ => stage.run(stage.engine(&desk).claim_session(&request, "")).map(drop),
    };
    claimed.map_err(|refusal| refusal.problem.code)
}

const PURPOSES: [Purpose; 3] = [Purpose::SignIn, Purpose::ConnectCrm, Purpose::ConnectXero];

#[test]
fn the_verifier_alone_changes_nothing_for_any_purpose() {
    for purpose in PURPOSES {
        let (stage, ana) = Stage::connected(World::standard(BASE));
        let before = everything(&stage);
        let code = finished_by_somebody_else(&stage, purpose, &ana).unwrap();
        let state = stage.run(engine::access::flow::state(&stage, VERIFIER)).unwrap();
        assert_eq!((state.state, state.problem), (FlowState::Done, None), "{purpose:?}: that, and no code");
        // Whoever guesses has three tries.
        for (guess, left) in
            [("22222222", Code::FlowCodeWrong), ("", Code::FlowCodeWrong), (&code[..7], Code::FlowCodeWrong)]
        {
            assert_eq!(claim(&stage, purpose, &ana, guess, VERIFIER), Err(left), "{purpose:?}");
        }
        assert_eq!(
            claim(&stage, purpose, &ana, &code, VERIFIER),
            Err(Code::FlowOver),
            "{purpose:?}: not even the right one"
        );
        assert_eq!(stage.number("SELECT count(*) FROM parked"), 0, "{purpose:?}");
        assert_eq!(everything(&stage), before, "{purpose:?}: it left a trace");
    }
}

#[test]
fn the_code_alone_changes_nothing_for_any_purpose() {
    for purpose in PURPOSES {
        let (stage, ana) = Stage::connected(World::standard(BASE));
        let code = finished_by_somebody_else(&stage, purpose, &ana).unwrap();
        let before = everything(&stage);
        for verifier in ["", "another verifier", &text::sha256(VERIFIER)] {
            assert_eq!(claim(&stage, purpose, &ana, &code, verifier), Err(Code::FlowOver), "{purpose:?}");
        }
        assert_eq!(everything(&stage), before, "{purpose:?}");
        claim(&stage, purpose, &ana, &code, VERIFIER).unwrap();
        assert_ne!(everything(&stage), before, "{purpose:?}: with both it takes effect");
    }
}

#[test]
fn what_nobody_claims_is_given_back_and_harms_no_living_connection() {
    for purpose in PURPOSES {
        let (stage, ana) = Stage::connected(World::standard(BASE));
        let before = everything(&stage);
        finished_by_somebody_else(&stage, purpose, &ana).unwrap();
        // The own organisation once more, too: that consent has made no connection.
        if purpose == Purpose::ConnectXero {
            stage.offer_xero(&ana, 0).unwrap();
            assert!(stage.world.borrow().xero.is_connected(&stage.tenant(1)));
        }
        assert_ne!(everything(&stage), before, "{purpose:?}: the vendor has granted something");
        stage.advance(121);
        stage.run(unclaimed::round(&stage, &stage.config)).unwrap();
        assert_eq!(everything(&stage), before, "{purpose:?}");
        assert_eq!(stage.number("SELECT count(*) FROM parked"), 0, "{purpose:?}");
        assert!(stage.world.borrow().xero.is_connected(&stage.tenant(0)), "{purpose:?}");
        let calls: Vec<String> = stage.world.borrow().gate.journal.entries().map(|call| call.path.clone()).collect();
        assert!(calls.iter().all(|path| !path.contains("connect/revocation")), "it would drop all of them");
    }
}

#[test]
fn a_refusal_at_the_vendor_stores_nothing() {
    let (stage, ana) = Stage::connected(World::standard(BASE));
    let before = everything(&stage);
    for connect in [false, true] {
        let first_page = stage.begin_sign_in(connect);
        let came_back =
            stage.consent("/zoho/accounts/oauth/v2/auth/consent", &stage.go_on(&first_page), &[("decision", "deny")]);
        assert_eq!(stage.offer_sign_in(&came_back).unwrap_err().problem.code, Code::FlowRefused);
    }
    let desk = Desk::default();
    let request = ConnectRequest { challenge: text::sha256(VERIFIER) };
    let first_page = stage.run(stage.engine(&desk).begin_xero(&ana, &stage.session_of(&ana), &request)).unwrap();
    let state = parameter(&first_page, "state").unwrap();
    let refused = stage.run(connect::returned(&stage, &stage.config, &state, None, Some("access_denied")));
    let refused = refused.unwrap_err().problem;
    assert_eq!((refused.code, refused.what.as_str()), (Code::FlowRefused, "It was refused at Xero."));
    assert_eq!(stage.number("SELECT count(*) FROM parked"), 0);
    assert_eq!(everything(&stage), before);
}

#[test]
fn nobody_anonymous_makes_us_store_anything() {
    let stage = Stage::new(World::standard(BASE));
    for attempt in 0..100 {
        let first_page = stage.begin_sign_in(attempt % 2 == 0);
        let callback = sign_in::Callback {
            state: parameter(&first_page, "state").unwrap(),
            code: (attempt % 3 == 0).then(|| "made up".to_owned()),
            accounts_server: None,
            error: None,
        };
        assert!(stage.run(sign_in::returned(&stage, &stage.config, &callback)).is_err());
    }
    for table in
        stage.texts("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '%\\_%' ESCAPE '\\'")
    {
        assert_eq!(stage.number(&format!("SELECT count(*) FROM {table}")), 0, "{table}");
    }
}

#[test]
fn a_link_made_by_nobody_reconnects_no_crm() {
    // As before the claim existed: an administrator opens it and consents.
    let (stage, _) = Stage::connected(World::standard(BASE));
    let before = everything(&stage);
    let audit = stage.number("SELECT count(*) FROM audit");
    stage.offer_sign_in(&stage.consent_at_zoho(&stage.begin_sign_in(true), ADMIN)).unwrap();
    assert_eq!(stage.number("SELECT count(*) FROM audit"), audit);
    stage.advance(121);
    stage.run(unclaimed::round(&stage, &stage.config)).unwrap();
    assert_eq!(everything(&stage), before);
}

#[test]
fn xero_is_claimed_only_in_the_session_that_began_it() {
    let (stage, ana) = Stage::connected(World::standard(BASE));
    let code = stage.offer_xero(&ana, 1).unwrap().code;
    let before = everything(&stage);
    // The same person at another browser, and a colleague who administers, too, each with verifier and code.
    let again = stage.administrator(ADMIN);
    stage.world.borrow_mut().zoho.set_profile(SALES, "Administrator");
    let sam = stage.administrator(SALES);
    let rows = everything(&stage);
    for other in [&again, &sam] {
        assert_eq!(claim(&stage, Purpose::ConnectXero, other, &code, VERIFIER), Err(Code::FlowOver));
    }
    assert_eq!(everything(&stage), rows, "nothing took effect");
    assert_ne!(before, rows, "they have signed in");
    assert_eq!(stage.number("SELECT tries FROM parked"), 3, "and cost no try");
    claim(&stage, Purpose::ConnectXero, &ana, &code, VERIFIER).unwrap();

    // The same of a choice: it stands behind the claim.
    stage.offer_xero(&ana, 0).unwrap();
    stage.execute("DELETE FROM parked");
    let code = stage.offer_xero(&ana, 1).unwrap().code;
    assert_eq!(stage.claim_xero(&ana, &code).unwrap().choose.len(), 2);
    for other in [&again, &sam] {
        assert_eq!(stage.choose_xero(other, &stage.tenant(0)).unwrap_err().problem.code, Code::FlowOver);
    }
    assert!(stage.choose_xero(&ana, &stage.tenant(0)).unwrap().connected.is_some());
}

#[test]
fn who_is_no_administrator_any_more_when_it_is_claimed_connects_nothing() {
    let (stage, ana) = Stage::connected(World::standard(BASE));
    let crm = finished_by_somebody_else(&stage, Purpose::ConnectCrm, &ana).unwrap();
    let session = stage.session_of(&ana);
    stage.world.borrow_mut().zoho.set_profile(ADMIN, "Standard");
    stage.advance(1);
    let grants = stage.texts("SELECT refresh_token FROM grants ORDER BY id");
    let audit = stage.number("SELECT count(*) FROM audit");
    assert_eq!(claim(&stage, Purpose::ConnectCrm, &ana, &crm, VERIFIER), Err(Code::NotAdministrator));
    assert_eq!(stage.texts("SELECT refresh_token FROM grants ORDER BY id"), grants);
    assert_eq!(stage.number("SELECT count(*) FROM audit"), audit);
    // For Xero the route asks for an administrator of this very moment, and there is none.
    let desk = Desk::default();
    let member = stage.run(stage.engine(&desk).member_now(&session)).unwrap();
    assert_eq!(member.administrator().unwrap_err().problem.code, Code::NotAdministrator);
}

#[test]
fn a_flow_is_nobody_else_s_to_make_to_read_or_to_repeat() {
    let stage = Stage::new(World::standard(BASE));
    let first_page = stage.begin_sign_in(true);
    let state = parameter(&first_page, "state").unwrap();
    assert!(!state.contains(&text::sha256(VERIFIER)), "it is sealed");
    let words =
        Flow::open(&stage, &stage.config, &state).unwrap().words(&stage.config, &state, Language::English).unwrap();
    assert!(words.headline.contains("localhost:8787") && !words.by_itself, "{words:?}");
    for forged in ["", "x", &state[..state.len() - 2], &state.replace("v1.test", "v1.other")] {
        assert_eq!(Flow::open(&stage, &stage.config, forged).unwrap_err().problem.code, Code::FlowOver);
    }
    // A second consent under the same state parks nothing beside the first one.
    let codes: Vec<_> = (0..2).map(|_| stage.offer_sign_in(&stage.consent_at_zoho(&first_page, ADMIN))).collect();
    assert!(codes[0].is_ok());
    assert_eq!(codes[1].as_ref().unwrap_err().problem.code, Code::FlowOver);
    assert_eq!(
        stage.world.borrow().zoho.refresh_token_count(sandbox::ZOHO_CLIENT.0),
        1,
        "the second one is given back"
    );
    let now = stage.now();
    stage.advance(16 * 60);
    assert!(stage.now() > now);
    assert_eq!(Flow::open(&stage, &stage.config, &state).unwrap_err().problem.code, Code::FlowOver);
}
