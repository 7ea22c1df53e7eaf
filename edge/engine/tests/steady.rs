//! After any two syncs without edits in between, the third writes nothing: random parties, products and documents, with
//! tiny prices and huge quantities, long texts, control characters and emoji, and edits in Xero of what was rewritten.
//!
//! Every record follows from its seed, which is printed with a failure: `SEED=7 cargo test -p engine --test engine steady::` makes
//! that one again, `SEEDS=5000` makes more of them.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use crate::support;

use engine::access::rights::Administrator;
use engine::sync::Desk;
use rust_decimal::Decimal;
use sandbox::World;
use sandbox_xero::{Answers, BillReference, Characters, Control, Edges, Emoji, PaidBills};
use sandbox_zoho::{Decimals, DiscountOnWhole};
use serde_json::{Map, Value, json};
use shared::api::{EntryView, Outcome};
use shared::module::Module;
use shared::settings::{ApprovedEdits, SourceOfTruth, WithoutCode};
use std::sync::atomic::{AtomicUsize, Ordering};
use support::{BASE, Stage, id, resource};

/// Records of one run of the test, where nobody says otherwise.
const SEEDS: u64 = 2_000;

/// Records after which there is a new world, so that none grows.
const OF_A_WORLD: u64 = 20;

/// SplitMix64: the same throws for the same seed.
struct Dice(u64);

impl Dice {
    fn of(seed: u64) -> Self {
        Self(seed.wrapping_mul(0xD134_2543_DE82_EF95).wrapping_add(1))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, most: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(most).unwrap()).unwrap()
    }

    fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    fn pick<T: Clone>(&mut self, several: &[T]) -> T {
        several[self.below(several.len())].clone()
    }

    /// A text as somebody types or pastes it, of at most so many characters.
    fn text(&mut self, most: usize) -> String {
        const PIECES: &[&str] = &[
            "Wombat",
            "Works",
            " ",
            "  ",
            "\t",
            "\n",
            "\r\n",
            "\n\n",
            "é",
            "東京",
            "Ω",
            "ß",
            "<b>",
            ">",
            "&",
            "\"",
            "'",
            "’",
            "\u{1F338}",
            "\u{1F468}\u{200D}\u{1F469}",
            "\u{1F44D}\u{1F3FD}",
            "\u{2714}\u{FE0F}",
            "\u{2B50}",
            "\u{7}",
            "\u{b}",
            "\u{1b}",
            "\u{9f}",
            "\u{a0}",
            "\u{200B}",
            "\u{202E}",
            "-",
            "/",
            "5%",
            "0",
            "null",
            ".",
            ",",
            ";",
            "a\u{301}",
            "\u{FEFF}",
        ];
        let long = self.chance(25);
        let wanted = if long { most.saturating_sub(3) + self.below(6) } else { 1 + self.below(24) };
        let mut text = String::new();
        while text.chars().count() < wanted {
            if long && self.chance(60) {
                text.push_str("long text, ");
            } else {
                text.push_str(self.pick(PIECES));
            }
        }
        text.chars().take(most).collect()
    }

    fn phone(&mut self) -> String {
        let forms = [
            "02 5550 1234",
            "+61 2 5550 1234",
            "5550 1234 / 0400 111 222",
            "5550 1234 (ask for Jo: after 5)",
            "5550-1234 #9",
        ];
        self.pick(&forms).to_owned()
    }

    fn number(&mut self, forms: &[&str]) -> Value {
        let form = self.pick(forms);
        let digits = |dice: &mut Self, text: &str| -> String {
            text.chars()
                .map(|sign| match sign {
                    '9' => char::from_digit(u32::try_from(dice.below(10)).unwrap(), 10).unwrap(),
                    sign => sign,
                })
                .collect()
        };
        let text = digits(self, form);
        let number: Decimal = text.parse().unwrap();
        number.normalize().to_string().parse::<serde_json::Number>().unwrap().into()
    }

    fn price(&mut self) -> Value {
        self.number(&[
            "99.99",
            "9",
            "0",
            "0.0099",
            "0.009999",
            "0.000000999",
            "9999.9999",
            "999999.99",
            "-9.99",
            "9.999999999",
        ])
    }

    fn quantity(&mut self) -> Value {
        self.number(&["9", "1", "1", "9.9", "9.9999", "0.00009", "99999", "9999999", "0.333333333", "99999.999999"])
    }

    fn day(&mut self) -> String {
        format!("2026-{:02}-{:02}", 7 + self.below(6), 1 + self.below(28))
    }
}

/// One record's life.
struct Life<'a> {
    stage: &'a Stage,
    desk: &'a Desk,
    ana: &'a Administrator,
    dice: Dice,
    module: Module,
    record: String,
    seed: u64,
    story: Vec<String>,
}

fn seeds() -> Vec<u64> {
    let of = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    match of("SEED") {
        Some(seed) => vec![seed],
        None => {
            // A new place to begin with each time, so that more is seen than one run can show.
            let first = of("FIRST").unwrap_or(1);
            (first..first + of("SEEDS").unwrap_or(SEEDS)).collect()
        }
    }
}

#[test]
fn the_third_sync_writes_nothing() {
    let seeds = seeds();
    println!("FIRST={} SEEDS={}", seeds[0], seeds.len());
    let worlds: Vec<&[u64]> = seeds.chunks(usize::try_from(OF_A_WORLD).unwrap()).collect();
    // Worlds know nothing of each other: each core takes one after the other.
    let (next, made) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let work = || {
        let failed = Failed(&next);
        while let Some(seeds) = worlds.get(next.fetch_add(1, Ordering::Relaxed)) {
            let (stage, ana) = world(seeds[0] / OF_A_WORLD);
            let desk = Desk::default();
            let lived = seeds.iter().filter(|seed| live(&stage, &desk, &ana, **seed)).count();
            made.fetch_add(lived, Ordering::Relaxed);
        }
        drop(failed);
    };
    std::thread::scope(|scope| {
        let others = std::thread::available_parallelism().map_or(1, usize::from).min(worlds.len());
        (0..others).for_each(|_| drop(scope.spawn(work)));
    });
    let made = made.into_inner();
    println!("{made} records");
    assert!(made * 10 > seeds.len() * 6, "most records must get into Xero, or nothing is tested: {made}");
}

/// Leaves the others no world to begin with once a record has failed.
struct Failed<'a>(&'a AtomicUsize);

impl Drop for Failed<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.store(usize::MAX / 2, Ordering::Relaxed);
        }
    }
}

/// The answers that nobody knows of a world.
#[derive(Debug, Clone, Copy)]
struct Switches {
    characters: Characters,
    xero: Answers,
    discount: DiscountOnWhole,
    decimals: Decimals,
}

impl Switches {
    fn of(dice: &mut Dice) -> Self {
        let characters = Characters {
            emoji: dice.pick(&[Emoji::Blocks, Emoji::AndSymbols]),
            control: dice.pick(&[Control::Kept, Control::Stripped, Control::Refused]),
        };
        let xero = Answers {
            edges: dice.pick(&[Edges::AsAssumed, Edges::TheOtherWay]),
            bill_reference: dice.pick(&[BillReference::Dropped, BillReference::Kept]),
            paid_bills: dice.pick(&[PaidBills::AsInvoices, PaidBills::Nothing]),
            ..Answers::USUAL
        };
        let discount = dice.pick(&[DiscountOnWhole::AsAssumed, DiscountOnWhole::TheOtherWay]);
        Self { characters, xero, discount, decimals: dice.pick(&[Decimals::Refused, Decimals::Rounded]) }
    }
}

/// The dice of a world.
fn dice_of(number: u64) -> Dice {
    Dice::of(number.wrapping_add(0xA11CE))
}

/// Both tax modes, and each answer where the vendors' are not known.
fn world(number: u64) -> (Stage, Administrator) {
    let mut dice = dice_of(number);
    let mut world = World::empty(BASE);
    // The CRM's lines hold cents, and it rounds what people type, too.
    let cents = number % 3 == 2;
    if cents {
        for lines in ["Invoiced_Items", "Purchase_Items"] {
            assert!(world.zoho.set_decimals(lines, "List_Price", 2));
        }
    }
    let (stage, ana) = Stage::connected(world);
    {
        let mut world = stage.world.borrow_mut();
        if number % 2 == 1 {
            world.zoho.set_tax_mode(sandbox_zoho::TaxMode::Total);
        }
        let switches = Switches::of(&mut dice);
        world.xero.set_characters(switches.characters);
        world.xero.set_answers(switches.xero);
        let answers = world.zoho.answers_mut();
        answers.discount = switches.discount;
        answers.decimals = if cents { Decimals::Rounded } else { switches.decimals };
    }
    stage.choose(|settings| {
        for module in Module::ALL {
            if dice.chance(40) {
                settings.source_of_truth.insert(module, SourceOfTruth::Xero);
            }
        }
        if dice.chance(60) {
            settings.documents.approved_edits = ApprovedEdits::CrmGoesThrough;
        }
        settings.products.without_code = dice.pick(&[WithoutCode::Generate, WithoutCode::Service]);
    });
    (stage, ana)
}

/// A record's life. Says whether it came into Xero.
fn live(stage: &Stage, desk: &Desk, ana: &Administrator, seed: u64) -> bool {
    let mut dice = Dice::of(seed);
    let module = dice.pick(&[
        Module::Accounts,
        Module::Vendors,
        Module::Products,
        Module::Invoices,
        Module::Invoices,
        Module::PurchaseOrders,
    ]);
    let mut life = Life { stage, desk, ana, dice, module, record: String::new(), seed, story: Vec::new() };
    let Some(record) = life.make() else { return false };
    life.record = record;
    life.rest();
    for _ in 0..2 {
        if life.dice.chance(75) {
            life.edit_xero();
        }
        if life.dice.chance(50) {
            life.edit_crm();
        }
        life.rest();
    }
    life.xero().is_some()
}

impl Life<'_> {
    fn insert(&mut self, module: &str, row: &Value) -> Option<String> {
        let made = self.stage.world.borrow_mut().zoho.insert(module, row);
        if let Err(refused) = &made {
            self.story.push(format!("{module} refused: {refused}"));
        }
        made.ok()
    }

    fn party(&mut self, vendor: bool) -> Option<String> {
        let (seed, dice) = (self.seed, &mut self.dice);
        let name = format!("{} {seed}", dice.text(90).trim_start_matches([' ', '\n', '\t', '\r']));
        let street = dice.text(250);
        let row = match vendor {
            true => json!({"Vendor_Name": name, "Street": street, "City": dice.text(100), "Country": dice.text(100)}),
            false => json!({"Account_Name": name, "Account_Number": seed, "Billing_Street": street,
                "Billing_City": dice.text(100), "Billing_Code": dice.text(30), "Billing_Country": dice.text(100),
                "Shipping_Street": dice.text(250)}),
        };
        let party = self.insert(if vendor { "Vendors" } else { "Accounts" }, &row)?;
        let field = if vendor { "Vendor_Name" } else { "Account_Name" };
        let person = json!({"Last_Name": self.dice.text(80), "First_Name": self.dice.text(40),
            "Email": format!("p{seed}@wombat.example"), field: {"id": party}});
        self.insert("Contacts", &person);
        Some(party)
    }

    fn product(&mut self, at: usize) -> Option<String> {
        let code = if self.dice.chance(85) {
            json!(format!(
                "{}-{at}-{}",
                self.seed,
                self.dice.pick(&["X", "LONG-CODE-THAT-XERO-DOES-NOT-TAKE-AS-IT-IS"])
            ))
        } else {
            Value::Null
        };
        let row = json!({"Product_Name": format!("{} {}", self.dice.text(120).trim_start(), self.seed), "Product_Code": code,
            "Unit_Price": self.dice.price(), "Description": self.dice.text(4_500), "Product_Active": true});
        self.insert("Products", &row)
    }

    fn line(&mut self, at: usize) -> Option<Value> {
        let product = self.product(at)?;
        let mut row =
            json!({"Product_Name": {"id": product}, "Quantity": self.dice.quantity(), "List_Price": self.dice.price()});
        if self.dice.chance(70) {
            row["Description"] = json!(self.dice.text(2_000));
        }
        if self.dice.chance(30) {
            row["Discount"] = self.dice.pick(&[json!("5%"), json!("12.345%"), json!("100%"), json!(0.01), json!(1)]);
        }
        if self.dice.chance(60) {
            row["Line_Tax"] = json!([{"name": "GST", "percentage": 10}]);
        }
        Some(row)
    }

    fn make(&mut self) -> Option<String> {
        match self.module {
            Module::Accounts | Module::Vendors => self.party(self.module == Module::Vendors),
            Module::Products => self.product(0),
            _ => {
                let sales = self.module == Module::Invoices;
                let party = self.party(!sales)?;
                let mut rows = Vec::new();
                for at in 0..1 + self.dice.below(3) {
                    rows.extend(self.line(at));
                }
                let mut row = json!({"Subject": self.dice.text(300), "Due_Date": "2027-01-20",
                    "Status": self.dice.pick(&["Created", "Created", "Approved"])});
                if self.dice.chance(30) {
                    row["Adjustment"] = self.dice.pick(&[json!(0.03), json!(-5), json!(12.5), json!(-100_000)]);
                }
                if self.dice.chance(20) {
                    row["Discount"] = json!(1);
                }
                if self.dice.chance(50) {
                    row["$line_tax"] = json!([{"name": "GST", "percentage": 10}]);
                }
                let (date, lines, whose) = match sales {
                    true => ("Invoice_Date", "Invoiced_Items", "Account_Name"),
                    false => ("PO_Date", "Purchase_Items", "Vendor_Name"),
                };
                row[date] = json!(self.dice.day());
                row[lines] = json!(rows);
                row[whose] = json!({"id": party});
                if !sales {
                    row["PO_Number"] = json!(format!("PO {} {}", self.seed, self.dice.text(80).trim()));
                }
                self.insert(self.module.api_name(), &row)
            }
        }
    }

    fn crm(&self) -> Value {
        self.stage.crm(self.module, &self.record)
    }

    fn xero(&self) -> Option<Value> {
        let id = self.crm()["Xero_ID"].as_str()?.to_owned();
        self.stage.world.borrow().xero.get(&self.stage.tenant(0), resource(self.module), &id)
    }

    fn edit_xero(&mut self) {
        let Some(element) = self.xero() else { return };
        let (kind, dice) = (resource(self.module), &mut self.dice);
        let (key, change) = match kind {
            "Contacts" => (
                "ContactID",
                match dice.below(6) {
                    0 => {
                        json!({"Name": format!("{} {}", dice.text(240).split_whitespace().collect::<Vec<_>>().join(" ").replace(['<', '>'], ""), self.seed)})
                    }
                    1 => json!({"Phones": [{"PhoneType": "DEFAULT", "PhoneNumber": dice.phone()}]}),
                    2 => json!({"FirstName": dice.text(255), "LastName": dice.text(255)}),
                    3 => json!({"AccountNumber": dice.text(50)}),
                    4 => {
                        json!({"Addresses": [{"AddressType": "POBOX", "AddressLine1": dice.text(500), "City": dice.text(255)}]})
                    }
                    _ => {
                        json!({"Addresses": [{"AddressType": "STREET", "AddressLine1": dice.text(200), "AddressLine2": dice.text(200)}]})
                    }
                },
            ),
            "Items" => (
                "ItemID",
                match dice.below(4) {
                    0 => json!({"Code": element["Code"], "Name": dice.text(50)}),
                    1 => json!({"Code": element["Code"], "Description": dice.text(4_000)}),
                    2 => json!({"Code": element["Code"], "IsSold": false}),
                    _ => json!({"Code": element["Code"], "SalesDetails": {"UnitPrice": dice.price()}}),
                },
            ),
            _ => {
                let mut change = Map::new();
                if dice.chance(30) {
                    change.insert("Reference".to_owned(), json!(dice.text(255)));
                }
                if dice.chance(30) {
                    change.insert("DueDate".to_owned(), json!(dice.day()));
                }
                if dice.chance(25) && element["Status"] == "DRAFT" {
                    change.insert("Status".to_owned(), json!("AUTHORISED"));
                }
                if dice.chance(70) {
                    let rows = element["LineItems"].as_array().unwrap().clone();
                    let mut lines: Vec<Value> = Vec::new();
                    for row in rows {
                        let mut line = json!({"LineItemID": row["LineItemID"]});
                        match dice.below(5) {
                            0 => line["Description"] = json!(dice.text(4_000)),
                            1 => line["Quantity"] = dice.quantity(),
                            2 => line["UnitAmount"] = dice.price(),
                            _ => {}
                        }
                        lines.push(line);
                    }
                    if lines.len() > 1 && dice.chance(15) {
                        lines.pop();
                    }
                    if dice.chance(15) {
                        lines.push(json!({"Description": dice.text(500)}));
                    }
                    change.insert("LineItems".to_owned(), json!(lines));
                }
                ("InvoiceID", Value::Object(change))
            }
        };
        let id = element[key].as_str().unwrap().to_owned();
        let (tenant, now) = (self.stage.tenant(0), self.stage.now_utc());
        let done = self.stage.world.borrow_mut().xero.update(&tenant, kind, &id, change.clone(), now);
        self.story.push(format!("in Xero: {change} {:?}", done.err()));
        if kind == "Invoices" && self.dice.chance(20) {
            let due = element["AmountDue"].to_string().parse::<Decimal>().unwrap_or_default();
            let amount = if self.dice.chance(50) { due } else { Decimal::new(1, 2) };
            let paid = self.stage.world.borrow_mut().xero.pay(&tenant, &id, amount, now.date_naive(), now);
            self.story.push(format!("paid {amount}: {:?}", paid.err()));
        }
        self.stage.advance(5);
    }

    fn edit_crm(&mut self) {
        let record = self.crm();
        let dice = &mut self.dice;
        let change = match self.module {
            Module::Accounts => match dice.below(3) {
                0 => json!({"Billing_Street": dice.text(250)}),
                1 => json!({"Account_Number": dice.text(40)}),
                _ => json!({"Billing_City": dice.text(100)}),
            },
            Module::Vendors => json!({"Street": dice.text(250), "City": Value::Null}),
            Module::Products => json!({"Unit_Price": dice.price(), "Description": dice.text(5_000)}),
            module => {
                let field = module.lines_field().unwrap();
                let id = record[field][0]["id"].clone();
                let row = match dice.below(4) {
                    0 => json!({"id": id, "Description": dice.text(2_000)}),
                    1 => json!({"id": id, "Quantity": dice.quantity()}),
                    2 => json!({"id": id, "List_Price": dice.price()}),
                    _ => json!({"id": id, "Discount": "7.5%"}),
                };
                json!({"Subject": dice.text(300), field: [row]})
            }
        };
        let done = self.stage.world.borrow_mut().edit(support::ADMIN, self.module.api_name(), &self.record, &change);
        self.story.push(format!("in the CRM: {change} {:?}", done.err()));
        self.stage.advance(5);
    }

    /// A click, with what was asked of Zoho at those before it.
    fn click(&self) -> EntryView {
        let (engine, record) = (self.stage.engine(self.desk), id(&self.record));
        let clicked = engine.sync(self.ana, self.module, &record);
        self.stage.run(clicked).unwrap_or_else(|refusal| panic!("SEED={} {refusal:?}", self.seed)).entry
    }

    fn sync(&mut self) -> EntryView {
        let entry = self.click();
        let codes: Vec<_> = entry.problems.iter().map(|problem| problem.code).collect();
        let changes: Vec<String> =
            entry.changes.iter().map(|change| format!("{} to {:?}", change.key, change.written)).collect();
        self.story.push(format!("sync: {:?} {codes:?} {changes:?}", entry.outcome));
        self.stage.advance(5);
        entry
    }

    /// Two syncs, and a third that writes nothing.
    fn rest(&mut self) {
        self.sync();
        self.sync();
        let before = (self.crm(), self.xero());
        let mark = self.stage.world.borrow().mark();
        let entry = self.sync();
        let after = (self.crm(), self.xero());
        let tell = |life: &Self| format!("SEED={} {:?}\n{}", life.seed, life.module, life.story.join("\n"));
        assert_eq!(before.0, after.0, "the CRM was written: {}", tell(self));
        assert_eq!(before.1, after.1, "Xero was written: {}", tell(self));
        if entry.outcome != Outcome::Failed {
            let world = self.stage.world.borrow();
            let calls = world.calls_since(mark);
            let writes = calls.iter().filter(|call| {
                let reads =
                    call.path.ends_with("/coql") || call.path.contains("composite") || call.path.contains("token");
                call.method != "GET" && !reads
            });
            let writes: Vec<String> = writes.map(|call| format!("{} {}", call.method, call.path)).collect();
            assert!(writes.is_empty(), "{writes:?} {}", tell(self));
        }
    }
}

#[test]
fn the_switches_are_tried() {
    // A world of each kind is among the first ones.
    let tried: Vec<_> = (0..SEEDS / OF_A_WORLD).map(|number| Switches::of(&mut dice_of(number))).collect();
    for emoji in [Emoji::Blocks, Emoji::AndSymbols] {
        for control in [Control::Kept, Control::Stripped, Control::Refused] {
            let wanted = Characters { emoji, control };
            assert!(tried.iter().any(|one| one.characters == wanted), "{wanted:?}");
        }
    }
    for edges in [Edges::AsAssumed, Edges::TheOtherWay] {
        for paid_bills in [PaidBills::AsInvoices, PaidBills::Nothing] {
            for bill_reference in [BillReference::Dropped, BillReference::Kept] {
                let wanted = Answers { edges, paid_bills, bill_reference, ..Answers::USUAL };
                assert!(tried.iter().any(|one| one.xero == wanted), "{wanted:?}");
            }
        }
    }
    for decimals in [Decimals::Refused, Decimals::Rounded] {
        for discount in [DiscountOnWhole::AsAssumed, DiscountOnWhole::TheOtherWay] {
            let is = |one: &&Switches| (one.decimals, one.discount) == (decimals, discount);
            assert!(tried.iter().any(|one| is(&one)), "{decimals:?} {discount:?}");
        }
    }
}
