//! Letters: whom the Worker writes to, and with whose words.

use crate::support::{ADMIN, BASE, Stage, parameter};
use engine::access::Refusal;
use engine::access::rights::{Administrator, Member};
use engine::letters::{LINK_DAYS, links};
use engine::store::postmarks;
use engine::sync::Desk;
use ports::{Database, Letter};
use sandbox::{ApiName, Effect, Entry, Phase, Repeat, Rule, World};
use shared::api::runs::{ScheduleView, Standing};
use shared::language::Language;
use shared::module::Module;
use shared::problem::Code;
use shared::settings::schedule::{Notice, NoticeRule};
use shared::settings::{Direction, Schedule, Settings};
use std::collections::BTreeSet;

const DAY: i64 = 86_400;
/// Nobody of the organisation, and has never asked for anything.
const STRANGER: &str = "stranger@elsewhere.example";
/// A user of the organisation.
const SAM: &str = "sam@bluegum.example";
/// What an attacker calls the own organisation.
const BAIT: &str = "Prize! <b>claim</b> at https://evil.example/now or mail win@evil.example ";

fn connected() -> (Stage, Administrator) {
    let (stage, ana) = Stage::connected(World::standard(BASE));
    stage.execute(&format!("UPDATE connections SET org_name = '{BAIT}', tenant_name = '{BAIT}'"));
    (stage, ana)
}

fn schedule(addresses: &[&str]) -> Schedule {
    let notice = |address: &&str| Notice { address: (*address).to_owned(), when: NoticeRule::Always };
    let notices = addresses.iter().map(notice).collect();
    let pairs = [(Module::Products, Direction::ToXero)].into();
    Schedule { enabled: true, pairs, notices, time_zone: Some("UTC".to_owned()), ..Schedule::default() }
}

/// Saves a schedule that tells these addresses of every run, as its administrator of this moment.
fn save(stage: &Stage, ana: &Administrator, addresses: &[&str]) {
    let desk = Desk::default();
    let version = stage.number(&format!("SELECT settings_version FROM connections WHERE org = '{}'", ana.org.as_str()));
    stage.run(stage.engine(&desk).save_schedule(ana, &schedule(addresses), version)).unwrap();
}

/// A day passes, with its scheduled run. Gives the letters that left meanwhile, those of `save` before it included.
fn a_day(stage: &Stage, ana: &Administrator) -> Vec<Letter> {
    let desk = Desk::default();
    stage.advance(DAY);
    stage.run(stage.engine(&desk).wake(&ana.org)).unwrap();
    stage.take_steps_of_run(&desk, ana);
    stage.letters.take()
}

fn to<'a>(letters: &'a [Letter], address: &str) -> Vec<&'a Letter> {
    letters.iter().filter(|letter| letter.to.iter().any(|to| to == address)).collect()
}

/// What an attacker would like a stranger to read.
fn baits(letter: &Letter) -> Vec<&'static str> {
    let whole = format!("{} {} {}", letter.subject, letter.text, letter.html);
    ["https://evil", "evil.example", "win@evil", "<b>"].into_iter().filter(|bait| whole.contains(bait)).collect()
}

#[test]
fn an_administrator_does_not_write_to_a_stranger_in_the_owner_s_name() {
    let (stage, ana) = connected();
    save(&stage, &ana, &[STRANGER, SAM]);
    let mut letters = a_day(&stage, &ana);
    letters.extend(a_day(&stage, &ana));
    // The letter of a dead connection names organisations, too.
    stage.execute("UPDATE connections SET xero_broken = 1");
    letters.extend(a_day(&stage, &ana));
    assert_eq!(to(&letters, SAM).len(), 3, "a user of the CRM gets them");
    let strange = to(&letters, STRANGER);
    assert_eq!(strange.len(), 1, "one letter asks whether more are wanted: {:?}", strange);
    for letter in strange {
        assert_eq!(baits(letter), [""; 0], "{}", letter.text);
        assert_eq!(letter.subject, "Ledgerlink: Please confirm your e-mail address");
    }
}

#[test]
fn no_subject_holds_words_of_an_organisation() {
    let (stage, ana) = connected();
    save(&stage, &ana, &[ADMIN]);
    let mut letters = a_day(&stage, &ana);
    stage.execute("UPDATE connections SET xero_broken = 1");
    letters.extend(a_day(&stage, &ana));
    assert_eq!(letters.len(), 2);
    for letter in letters {
        assert!(letter.subject.starts_with("Ledgerlink: ") && !letter.subject.contains("Prize"), "{}", letter.subject);
    }
}

/// The token of the link that a letter has to a page of ours.
fn token(letter: &Letter, page: &str) -> String {
    let mut words = letter.text.split_whitespace();
    let link = words.find(|word| word.contains(&format!("/letters/{page}?"))).unwrap();
    parameter(link, "token").unwrap()
}

/// What the owner of an address answers on the page of the link.
fn answer(stage: &Stage, token: &str, yes: bool) -> bool {
    stage.run(links::answer(stage, &stage.config, token, yes, Language::English)).unwrap().is_some()
}

fn view(stage: &Stage, ana: &Member) -> ScheduleView {
    let desk = Desk::default();
    stage.run(stage.engine(&desk).schedule(ana)).unwrap()
}

fn standing(stage: &Stage, ana: &Administrator, address: &str) -> Standing {
    view(stage, ana).addresses.into_iter().find(|one| one.address == address).unwrap().standing
}

fn ask_again(stage: &Stage, user: &Administrator, address: &str) -> Result<ScheduleView, Refusal> {
    let desk = Desk::default();
    stage.run(stage.engine(&desk).ask_for_confirmation(user, address))
}

fn erase_and_connect_again(stage: &Stage, ana: &Administrator) -> Administrator {
    let desk = Desk::default();
    stage.run(stage.engine(&desk).erase(ana)).unwrap();
    let ana = stage.connect_crm(ADMIN);
    stage.connect_xero(&ana, 0);
    ana
}

/// The CRM does not say any more who its users are.
fn hide_users(stage: &Stage, effect: Effect) {
    let rule = Rule::at(ApiName::Zoho, &http::Method::GET, "/api/crm/v8/users", Phase::Before, effect);
    stage.world.borrow_mut().gate.faults.add(Rule {
        query: Some(("type".to_owned(), "ActiveUsers".to_owned())),
        repeat: Repeat::Always,
        ..rule
    });
}

#[test]
fn the_settings_as_a_whole_are_no_way_around_it() {
    let (stage, ana) = connected();
    let desk = Desk::default();
    let settings = Settings { schedule: schedule(&[STRANGER]), ..stage.settings() };
    stage.run(stage.engine(&desk).save_settings(&ana, &settings, stage.settings_version())).unwrap();
    let letters = a_day(&stage, &ana);
    assert_eq!(to(&letters, STRANGER).len(), 1);
    assert_eq!(baits(&letters[0]), [""; 0]);
}

#[test]
fn the_run_and_the_schedule_say_that_an_address_is_not_confirmed() {
    let (stage, ana) = connected();
    save(&stage, &ana, &[STRANGER]);
    assert_eq!(standing(&stage, &ana, STRANGER), Standing::Waits);
    a_day(&stage, &ana);
    let desk = Desk::default();
    let run = stage.run(stage.engine(&desk).runs(&ana, None)).unwrap().runs.remove(0);
    let problem = run.problem.unwrap();
    assert_eq!((problem.code, problem.what.contains(STRANGER)), (Code::NoticeUnconfirmed, true));
    let sam = stage.sign_in(SAM);
    let shown = view(&stage, &sam);
    assert!(shown.addresses.is_empty() && shown.schedule.notices.is_empty(), "addresses are for administrators");
}

#[test]
fn a_link_confirms_by_a_button_only_and_once() {
    let (stage, ana) = connected();
    save(&stage, &ana, &[STRANGER]);
    let asked = stage.letters.take().remove(0);
    let link = token(&asked, "confirm");
    // A mail program opens the link before its reader does.
    for _ in 0..3 {
        let page = stage.run(links::asked(&stage, &link)).unwrap().unwrap();
        assert_eq!((page.address.as_str(), page.gets_letters), (STRANGER, false));
        assert!(!page.organisation.contains(['.', '/', '@', '<']), "{}", page.organisation);
    }
    assert_eq!(standing(&stage, &ana, STRANGER), Standing::Waits);
    assert!(to(&a_day(&stage, &ana), STRANGER).is_empty());

    assert!(answer(&stage, &link, true));
    assert_eq!(standing(&stage, &ana, STRANGER), Standing::Confirmed);
    assert_eq!(stage.run(links::asked(&stage, &link)).unwrap(), None, "the link is used up");
    assert!(!answer(&stage, &link, true) && !answer(&stage, &link, false));
    assert_eq!(to(&a_day(&stage, &ana), STRANGER).len(), 1);
    for wrong in ["", "x", &engine::text::sha256(&link)] {
        assert!(!answer(&stage, wrong, true), "{wrong:?}");
    }
}

#[test]
fn a_link_that_is_a_week_old_confirms_nothing() {
    let (stage, ana) = connected();
    save(&stage, &ana, &[STRANGER]);
    let link = token(&stage.letters.take()[0], "confirm");
    let copy = stage.copy();
    copy.advance(LINK_DAYS * DAY - 60);
    assert!(answer(&copy, &link, true));

    stage.advance(LINK_DAYS * DAY + 60);
    assert_eq!(stage.run(links::asked(&stage, &link)).unwrap(), None);
    assert!(!answer(&stage, &link, true) && !answer(&stage, &link, false));
    assert_eq!(standing(&stage, &ana, STRANGER), Standing::Unasked);
    stage.run(engine::purge::purge(&stage)).unwrap();
    assert_eq!(stage.number("SELECT count(*) FROM recipients WHERE token_hash IS NOT NULL"), 0);
    assert_eq!(stage.number("SELECT count(*) FROM postmarks"), 0);
    // It can be sent anew, and the old link stays dead.
    ask_again(&stage, &ana, STRANGER).unwrap();
    assert!(!answer(&stage, &link, true));
    assert!(answer(&stage, &token(&stage.letters.take()[0], "confirm"), true));
}

#[test]
fn a_link_confirms_its_own_address_for_its_own_organisation_only() {
    let (stage, ana) = connected();
    let elke = stage.sign_in_european(true);
    stage.connect_xero(&elke, 1);
    save(&stage, &ana, &[STRANGER, "other@elsewhere.example"]);
    stage.advance(2 * DAY);
    save(&stage, &elke, &[STRANGER]);
    let letters = stage.letters.take();
    assert_eq!(to(&letters, STRANGER).len(), 2);
    assert!(answer(&stage, &token(to(&letters, STRANGER)[0], "confirm"), true));
    assert_eq!(standing(&stage, &ana, STRANGER), Standing::Confirmed);
    assert_eq!(standing(&stage, &ana, "other@elsewhere.example"), Standing::Waits);
    assert_eq!(standing(&stage, &elke, STRANGER), Standing::Waits);
    // Nor does the link that ends letters end those of another organisation.
    assert!(answer(&stage, &token(to(&letters, STRANGER)[1], "confirm"), true));
    stage.advance(-2 * DAY);
    let stop = token(to(&a_day(&stage, &ana), STRANGER)[0], "stop");
    stage.run(links::stop(&stage, &stage.config, &stop, false)).unwrap().unwrap();
    assert_eq!(standing(&stage, &ana, STRANGER), Standing::Stopped);
    assert_eq!(standing(&stage, &elke, STRANGER), Standing::Confirmed);
}

#[test]
fn nobody_but_the_reader_of_the_letter_learns_its_link() {
    let (stage, ana) = connected();
    save(&stage, &ana, &[STRANGER]);
    let link = token(&stage.letters.take()[0], "confirm");
    let shown = serde_json::to_string(&view(&stage, &ana)).unwrap();
    assert!(!shown.contains(&link));
    for table in stage.texts("SELECT name FROM sqlite_master WHERE type = 'table'") {
        for column in stage.texts(&format!("SELECT name FROM pragma_table_info('{table}')")) {
            let found = stage.texts(&format!("SELECT CAST(\"{column}\" AS TEXT) FROM \"{table}\""));
            assert!(!found.iter().any(|text| text.contains(&link)), "{table}.{column}");
        }
    }
}

#[test]
fn confirmation_letters_are_no_mail_bomb() {
    let (stage, ana) = connected();
    let many: Vec<String> = (0..20).map(|number| format!("victim{number}@elsewhere.example")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    save(&stage, &ana, &many);
    let letters = stage.letters.take();
    assert_eq!(letters.len(), 5, "five wait for their answers");
    let asked: BTreeSet<String> = letters.iter().flat_map(|letter| letter.to.clone()).collect();
    assert_eq!(asked.len(), 5);

    // Neither by saving again, nor by taking addresses out and in, nor by asking one by one.
    save(&stage, &ana, &[]);
    save(&stage, &ana, &many);
    save(&stage, &ana, &many[10..]);
    let more: Vec<Code> =
        many.iter().filter_map(|one| ask_again(&stage, &ana, one).err()).map(|one| one.problem.code).collect();
    assert_eq!(more.len(), 20);
    assert!(more.contains(&Code::LetterLimit) && stage.letters.take().is_empty());
    // Nor by beginning anew.
    let ana = erase_and_connect_again(&stage, &ana);
    save(&stage, &ana, &many);
    assert!(stage.letters.take().is_empty());

    // One letter an address and day, from whichever organisation.
    let elke = stage.sign_in_european(true);
    stage.connect_xero(&elke, 1);
    let first = asked.first().unwrap();
    save(&stage, &elke, &[first.as_str()]);
    assert!(stage.letters.take().is_empty());
    assert_eq!(standing(&stage, &elke, first), Standing::Unasked);
    let refused = ask_again(&stage, &elke, first).unwrap_err().problem;
    assert_eq!(refused.code, Code::LetterLimit);
    assert!(refused.fix.contains("in a day"), "when another one has written to it is told to nobody: {}", refused.fix);
    stage.advance(DAY + 60);
    ask_again(&stage, &elke, first).unwrap();
    assert_eq!(stage.letters.take().len(), 1);
    let refused = ask_again(&stage, &ana, first).unwrap_err().problem;
    assert_eq!(refused.code, Code::LetterLimit);

    // A week later those five count no more.
    stage.advance(8 * DAY);
    save(&stage, &ana, &[]);
    save(&stage, &ana, &many);
    assert_eq!(stage.letters.take().len(), 5);
}

#[test]
fn who_wants_no_letters_is_never_asked_again() {
    let (stage, ana) = connected();
    save(&stage, &ana, &[STRANGER]);
    let link = token(&stage.letters.take()[0], "confirm");
    assert!(answer(&stage, &link, false));
    assert_eq!(standing(&stage, &ana, STRANGER), Standing::Stopped);
    assert_eq!(ask_again(&stage, &ana, STRANGER).unwrap_err().problem.code, Code::InvalidRequest);
    stage.advance(9 * DAY);
    stage.run(engine::purge::purge(&stage)).unwrap();
    save(&stage, &ana, &[]);
    save(&stage, &ana, &[STRANGER]);
    let ana = erase_and_connect_again(&stage, &ana);
    save(&stage, &ana, &[STRANGER]);
    assert_eq!(standing(&stage, &ana, STRANGER), Standing::Stopped);
    assert!(to(&a_day(&stage, &ana), STRANGER).is_empty());
    // Nor where the refusal comes in while the letter is on its way out.
    let key = postmarks::Key::of(&stage.config.fingerprint_key, &ana.org, STRANGER);
    let now = stage.now_utc();
    assert!(stage.run(stage.query(postmarks::claim(&key, now, now))).unwrap().is_empty());
    // Not even as a user of the CRM.
    stage.hire(STRANGER);
    stage.advance(DAY);
    assert!(to(&a_day(&stage, &ana), STRANGER).is_empty());
}

#[test]
fn a_refusal_does_not_free_the_place_for_another_letter() {
    let (stage, ana) = connected();
    let victims: Vec<String> = (0..6).map(|number| format!("victim{number}@elsewhere.example")).collect();
    let victims: Vec<&str> = victims.iter().map(String::as_str).collect();
    save(&stage, &ana, &victims);
    let letters = stage.letters.take();
    assert!(answer(&stage, &token(&letters[0], "confirm"), false));
    assert_eq!(ask_again(&stage, &ana, victims[5]).unwrap_err().problem.code, Code::LetterLimit);
    assert!(answer(&stage, &token(&letters[1], "confirm"), true));
    ask_again(&stage, &ana, victims[5]).unwrap();
}

#[test]
fn the_letters_to_a_confirmed_address_end_by_their_link_and_a_user_s_letter_has_none() {
    let (stage, ana) = connected();
    save(&stage, &ana, &[STRANGER, SAM]);
    assert!(answer(&stage, &token(&stage.letters.take()[0], "confirm"), true));
    let letters = a_day(&stage, &ana);
    assert!(!to(&letters, SAM)[0].text.contains("/letters/"));
    let stop = token(to(&letters, STRANGER)[0], "stop");
    // Opening it ends nothing.
    assert!(stage.run(links::stoppable(&stage, &stop)).unwrap().unwrap().gets_letters);
    assert_eq!(to(&a_day(&stage, &ana), STRANGER).len(), 1);
    stage.run(links::stop(&stage, &stage.config, &stop, false)).unwrap().unwrap();
    assert!(to(&a_day(&stage, &ana), STRANGER).is_empty());
    save(&stage, &ana, &[SAM]);
    save(&stage, &ana, &[SAM, STRANGER]);
    assert!(to(&a_day(&stage, &ana), STRANGER).is_empty());
    // By the same link it is taken back, and by nobody else.
    stage.run(links::stop(&stage, &stage.config, &stop, true)).unwrap().unwrap();
    assert_eq!(to(&a_day(&stage, &ana), STRANGER).len(), 1);
    assert_eq!(stage.run(links::stop(&stage, &stage.config, "", false)).unwrap(), None);
}

#[test]
fn while_the_crm_does_not_tell_its_users_only_who_is_known_gets_letters() {
    let unavailable = || Effect::Respond { status: 500, headers: Vec::new(), body: String::new() };
    let mismatch = || Effect::Respond {
        status: 401,
        headers: vec![("content-type".to_owned(), "application/json".to_owned())],
        body: r#"{"code":"OAUTH_SCOPE_MISMATCH","details":{},"message":"invalid oauth scope","status":"error"}"#
            .to_owned(),
    };
    for effect in [Effect::Drop, unavailable(), mismatch()] {
        let (stage, ana) = connected();
        stage.hire("pat@bluegum.example");
        save(&stage, &ana, &[SAM, "pat@bluegum.example", STRANGER, ADMIN]);
        assert!(answer(&stage, &token(&stage.letters.take()[0], "confirm"), true));
        hide_users(&stage, effect.clone());
        // What was said within a day is still known.
        stage.advance(12 * 3_600);
        let desk = Desk::default();
        stage.run(stage.engine(&desk).wake(&ana.org)).unwrap();
        stage.take_steps_of_run(&desk, &ana);
        assert_eq!(stage.letters.take().len(), 4, "{effect:?}");
        let letters = a_day(&stage, &ana);
        let told: Vec<String> = letters.iter().map(|letter| letter.to.concat()).collect();
        assert_eq!(told, [STRANGER, ADMIN], "{effect:?}");
    }
}

#[test]
fn a_user_on_a_later_page_is_one() {
    let (stage, ana) = connected();
    (0..450).for_each(|number| stage.hire(&format!("user{number}@bluegum.example")));
    save(&stage, &ana, &["USER449@bluegum.example", "user450@bluegum.example"]);
    let letters = a_day(&stage, &ana);
    assert_eq!(to(&letters, "USER449@bluegum.example").len(), 1);
    assert!(letters.iter().any(|letter| letter.to == ["USER449@bluegum.example"] && letter.subject.contains("record")));
    assert_eq!(standing(&stage, &ana, "user450@bluegum.example"), Standing::Waits);
}

#[test]
fn the_crm_is_asked_for_its_users_at_most_once_a_day() {
    let (stage, ana) = connected();
    let quarters = |schedule: Schedule| Schedule { times: vec!["06:00".to_owned(), "12:00".to_owned()], ..schedule };
    let desk = Desk::default();
    stage.run(stage.engine(&desk).save_schedule(&ana, &quarters(schedule(&[SAM])), stage.settings_version())).unwrap();
    stage.take_steps();
    let (mut asked, mut letters) = (0, 0);
    for _ in 0..8 {
        let run_at = stage.texts("SELECT run_at FROM agenda").remove(0);
        stage.wait_until(engine::text::parse_instant(&run_at).unwrap());
        let mark = stage.world.borrow().mark();
        stage.run(stage.engine(&desk).wake(&ana.org)).unwrap();
        stage.take_steps_of_run(&desk, &ana);
        let world = stage.world.borrow();
        // Not about the connection's own user, whose profile looks after our fields.
        let for_all = |call: &&&Entry| call.query.iter().any(|(_, value)| value == "ActiveUsers");
        asked += world.calls_since(mark).iter().filter(for_all).count();
        letters += stage.letters.take().len();
    }
    assert_eq!((asked, letters), (3, 8), "four days with two runs each; what was said at saving is good for the first");
}

#[test]
fn an_administrator_who_has_left_is_not_told_of_a_dead_connection() {
    let (stage, ana) = connected();
    assert!(stage.world.borrow_mut().zoho.set_profile(SAM, "Administrator"));
    // Sam connects the CRM anew, and Ana, who had connected Xero, leaves.
    stage.connect_crm(SAM);
    stage.dismiss(ADMIN);
    stage.execute("UPDATE connections SET xero_broken = 1");
    let desk = Desk::default();
    stage.run(stage.engine(&desk).wake(&ana.org)).unwrap();
    let letters = stage.letters.take();
    assert_eq!(letters.iter().map(|letter| letter.to.concat()).collect::<Vec<_>>(), [SAM]);
}

#[test]
fn only_administrators_ask_and_only_for_addresses_of_the_schedule() {
    let (stage, ana) = connected();
    save(&stage, &ana, &[STRANGER, SAM]);
    stage.advance(2 * DAY);
    stage.letters.take();
    for address in ["another@elsewhere.example", SAM, ""] {
        assert_eq!(ask_again(&stage, &ana, address).unwrap_err().problem.code, Code::InvalidRequest, "{address}");
    }
    assert!(stage.letters.take().is_empty());
}

#[test]
fn a_former_user_gets_no_letters() {
    let (stage, ana) = connected();
    save(&stage, &ana, &[SAM]);
    assert_eq!(to(&a_day(&stage, &ana), SAM).len(), 1);
    stage.dismiss(SAM);
    assert!(a_day(&stage, &ana).is_empty());
}

#[test]
fn whoever_was_only_invited_into_the_crm_is_a_stranger() {
    let (stage, ana) = connected();
    stage.world.borrow_mut().zoho.user_mut(SAM).unwrap().confirmed = false;
    save(&stage, &ana, &[SAM]);
    let letters = a_day(&stage, &ana);
    assert!(to(&letters, SAM).iter().all(|letter| baits(letter).is_empty()), "{letters:?}");
}
