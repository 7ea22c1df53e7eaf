//! What people do on both sides in a random history.

use super::Simulation;
use crate::support::ADMIN;
use rust_decimal::Decimal;
use sandbox_xero::SurplusKind;
use sandbox_zoho::{RecordFlag, TaxMode};
use serde_json::{Map, Value, json};
use shared::module::Module;
use shared::settings::{SourceOfTruth, StatusTarget, TaxMapping};

/// SplitMix64: the same throws for the same seed.
#[derive(Debug, Clone)]
pub(super) struct Dice {
    state: u64,
    names: u32,
}

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Self { state: seed.wrapping_mul(0xD134_2543_DE82_EF95), names: 0 }
    }

    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below another.
    pub(super) fn below(&mut self, most: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(most).unwrap()).unwrap()
    }

    pub(super) fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    /// One of several.
    pub(super) fn pick<T: Clone>(&mut self, several: &[T]) -> T {
        several[self.below(several.len())].clone()
    }

    /// One of several, if there is any.
    pub(super) fn maybe<T: Clone>(&mut self, several: &[T]) -> Option<T> {
        (!several.is_empty()).then(|| self.pick(several))
    }

    /// A number that nobody has had.
    fn fresh(&mut self) -> u32 {
        self.names += 1;
        self.names
    }

    fn phone(&mut self) -> String {
        format!("02 9{:03} {:04}", self.below(1_000), self.below(10_000))
    }

    /// A price with two decimals, seldom four.
    fn price(&mut self) -> Value {
        let text = match self.chance(10) {
            true => format!("{}.{:04}", 1 + self.below(300), self.below(10_000)),
            false => format!("{}.{:02}", 1 + self.below(300), self.below(100)),
        };
        text.parse().map(Value::Number).unwrap()
    }

    fn quantity(&mut self) -> Value {
        let text = self.pick(&["1", "2", "3", "10", "2.5", "0.75"]);
        text.parse().map(Value::Number).unwrap()
    }

    fn city(&mut self) -> &'static str {
        self.pick(&["Ballarat", "Bendigo", "Cairns", "Dubbo", "Hobart", "Orange"])
    }

    fn day(&mut self) -> String {
        format!("2026-{:02}-{:02}", 10 + self.below(3), 1 + self.below(28))
    }
}

/// A tax of the CRM that nobody has mapped in the beginning.
pub(super) const ODD_TAX: &str = "Levy";

/// A status of the CRM that nobody has mapped in the beginning.
const ODD_STATUS: &str = "On Hold";

/// A record of Xero's list: its id, and whether it could still come to the CRM.
pub(super) fn xero_record(resource: &str, record: &Value) -> (String, bool) {
    let (key, open) = match resource {
        "Contacts" => ("ContactID", record["ContactStatus"] == "ACTIVE"),
        "Items" => ("ItemID", true),
        _ => ("InvoiceID", !matches!(record["Status"].as_str(), Some("VOIDED" | "DELETED"))),
    };
    (record[key].as_str().unwrap().to_owned(), open)
}

/// The pairs that a record of Xero's may belong to.
pub(super) fn homes(resource: &str, record: &Value) -> &'static [Module] {
    match resource {
        "Contacts" => &[Module::Accounts, Module::Vendors],
        "Items" => &[Module::Products],
        _ if record["Type"] == "ACCPAY" => &[Module::PurchaseOrders],
        _ => &[Module::Invoices],
    }
}

impl Simulation {
    fn crm_ids(&self, module: Module) -> Vec<String> {
        self.stage.world.borrow().zoho.ids(module.api_name())
    }

    fn some_crm(&mut self, module: Module) -> Option<String> {
        let ids = self.crm_ids(module);
        self.dice.maybe(&ids)
    }

    fn some_xero(&mut self, resource: &str) -> Option<Value> {
        let tenant = self.stage.tenant(0);
        let ids = self.stage.world.borrow().xero.ids(&tenant, resource);
        let id = self.dice.maybe(&ids)?;
        self.stage.world.borrow().xero.get(&tenant, resource, &id)
    }

    fn make(&mut self, module: Module, row: &Value) -> Option<String> {
        let made = {
            let mut world = self.stage.world.borrow_mut();
            world.wind();
            world.zoho.insert(module.api_name(), row)
        };
        self.tell(format!("CRM {} + {row} -> {made:?}", module.api_name()));
        let id = made.ok()?;
        self.made.insert(id.clone());
        Some(id)
    }

    fn change(&mut self, module: Module, id: &str, row: &Value) {
        let done = self.stage.world.borrow_mut().edit(ADMIN, module.api_name(), id, row);
        self.tell(format!("CRM {} {id} {row} -> {done:?}", module.api_name()));
    }

    fn make_xero(&mut self, resource: &str, row: Value) -> Option<Value> {
        let (tenant, now) = (self.stage.tenant(0), self.stage.world.borrow().now());
        let told = row.to_string();
        let made = self.stage.world.borrow_mut().xero.insert(&tenant, resource, row, now);
        let (id, refused) = match &made {
            Ok(made) => (made[resource.trim_end_matches('s').to_owned() + "ID"].to_string(), String::new()),
            Err(refused) => (String::new(), refused.to_string()),
        };
        self.tell(format!("Xero {resource} + {told} -> {id}{refused}"));
        made.ok()
    }

    fn change_xero(&mut self, resource: &str, id: &str, row: Value) {
        let (tenant, now) = (self.stage.tenant(0), self.stage.world.borrow().now());
        let told = row.to_string();
        let refused = self.stage.world.borrow_mut().xero.update(&tenant, resource, id, row, now).err();
        self.tell(format!("Xero {resource} {id} {told} -> {refused:?}"));
    }

    pub(super) fn edit_crm(&mut self, making: bool) {
        let many = if making { 12 } else { 100 };
        match self.dice.below(many) {
            0..2 => self.make_account(),
            2 => self.make_vendor(),
            3..6 => self.make_product(),
            6..10 => self.make_document(Module::Invoices),
            10..12 => self.make_document(Module::PurchaseOrders),
            12..30 => self.change_account(),
            30..37 => self.change_vendor(),
            37..47 => self.change_person(),
            47..57 => self.change_product(),
            57..92 => {
                let module = self.dice.pick(&[Module::Invoices, Module::Invoices, Module::PurchaseOrders]);
                self.change_document(module);
            }
            92..95 => self.delete(),
            95..98 => self.lock_record(),
            _ => {
                let module = self.dice.pick(&Module::ALL);
                if let Some(id) = self.some_crm(module) {
                    let mut world = self.stage.world.borrow_mut();
                    world.wind();
                    world.zoho.touch(module.api_name(), &id);
                }
            }
        }
    }

    /// A name that is new, or clashes with another one's.
    fn party_name(&mut self) -> String {
        if self.dice.chance(8)
            && let Some(other) = self.some_crm(Module::Accounts)
        {
            let name = self.stage.crm(Module::Accounts, &other)["Account_Name"].as_str().unwrap_or("Nobody").to_owned();
            return if self.dice.chance(50) { name.to_uppercase() } else { name };
        }
        let n = self.dice.fresh();
        self.dice.pick(&[format!("Company {n}"), format!("Société {n}"), format!("Two  Spaces {n}")])
    }

    fn make_account(&mut self) {
        let (name, phone, city) = (self.party_name(), self.dice.phone(), self.dice.city());
        let row = json!({"Account_Name": name, "Phone": phone, "Billing_City": city, "Billing_Country": "Australia"});
        if let Some(id) = self.make(Module::Accounts, &row)
            && self.dice.chance(70)
        {
            self.make_person(&json!({"Account_Name": {"id": id}}));
        }
    }

    fn make_vendor(&mut self) {
        let name = self.party_name();
        let mut row = json!({"Vendor_Name": name, "City": self.dice.city()});
        if self.dice.chance(50) {
            row["Email"] = format!("supplier{}@mail.example", self.dice.fresh()).into();
        }
        if let Some(id) = self.make(Module::Vendors, &row)
            && self.dice.chance(30)
        {
            self.make_person(&json!({"Vendor_Name": {"id": id}}));
        }
    }

    fn make_person(&mut self, of: &Value) {
        let n = self.dice.fresh();
        let mut row =
            json!({"First_Name": "Kim", "Last_Name": format!("Person {n}"), "Email": format!("kim{n}@mail.example")});
        row.as_object_mut().unwrap().extend(of.as_object().unwrap().clone());
        self.make(Module::Contacts, &row);
    }

    fn make_product(&mut self) {
        let n = self.dice.fresh();
        let code = match self.dice.below(10) {
            0 => Value::Null,
            1 => {
                let other = self.some_crm(Module::Products);
                other.map_or(Value::Null, |id| self.stage.crm(Module::Products, &id)["Product_Code"].clone())
            }
            _ => format!("P-{n}").into(),
        };
        let row = json!({
            "Product_Name": format!("Product {n}"), "Product_Code": code, "Unit_Price": self.dice.price(),
            "Product_Active": true, "Taxable": true,
        });
        self.make(Module::Products, &row);
    }

    fn tax(&mut self) -> Value {
        match self.dice.below(20) {
            0 => json!([{"name": ODD_TAX, "percentage": 10}]),
            1..4 => json!([{"name": "GST Free", "percentage": 0}]),
            4 => json!([]),
            _ => json!([{"name": "GST", "percentage": 10}]),
        }
    }

    fn line(&mut self) -> Option<Value> {
        let product = self.some_crm(Module::Products)?;
        let mut line =
            json!({"Product_Name": {"id": product}, "Quantity": self.dice.quantity(), "List_Price": self.dice.price()});
        match self.dice.below(10) {
            0 => line["Discount"] = "10%".into(),
            1 => line["Discount"] = json!(1),
            _ => {}
        }
        if self.dice.chance(30) {
            line["Description"] = format!("Text {}", self.dice.fresh()).into();
        }
        if self.stage.world.borrow().zoho.tax_mode() == TaxMode::Item {
            line["Line_Tax"] = self.tax();
        }
        Some(line)
    }

    fn status(&mut self, module: Module) -> Value {
        let cancelled = if module == Module::Invoices { "Canceled" } else { "Cancelled" };
        match self.dice.below(20) {
            0 => Value::Null,
            1 => ODD_STATUS.into(),
            2 => cancelled.into(),
            3..10 => "Created".into(),
            10..18 => "Approved".into(),
            _ => "Delivered".into(),
        }
    }

    fn make_document(&mut self, module: Module) {
        let (party, of) = match module {
            Module::PurchaseOrders => ("Vendor_Name", Module::Vendors),
            _ => ("Account_Name", Module::Accounts),
        };
        let Some(id) = self.some_crm(of) else { return };
        let lines: Vec<Value> = (0..=self.dice.below(3)).filter_map(|_| self.line()).collect();
        if lines.is_empty() {
            return;
        }
        let n = self.dice.fresh();
        let mut row = json!({
            "Subject": format!("Subject {n}"), party: {"id": id}, "Status": self.status(module),
            "Due_Date": "2026-12-31", module.lines_field().unwrap(): lines,
        });
        match module {
            Module::PurchaseOrders => {
                row["PO_Date"] = self.dice.day().into();
                row["PO_Number"] = format!("PO-X{n}").into();
            }
            _ => row["Invoice_Date"] = self.dice.day().into(),
        }
        if self.stage.world.borrow().zoho.tax_mode() == TaxMode::Total {
            row["$line_tax"] = self.tax();
        }
        if self.dice.chance(10) {
            row["Adjustment"] = json!(2);
        }
        self.make(module, &row);
    }

    fn change_account(&mut self) {
        let Some(id) = self.some_crm(Module::Accounts) else { return };
        let change = match self.dice.below(7) {
            0 => json!({"Phone": self.dice.phone()}),
            1 => json!({"Billing_City": self.dice.city()}),
            2 => json!({"Account_Number": format!("1{:06}", self.dice.fresh())}),
            3 => json!({"Fax": self.dice.phone()}),
            4 => json!({"Phone": Value::Null}),
            5 => json!({"Billing_Code": format!("{:04}", self.dice.below(10_000)), "Billing_State": "VIC"}),
            _ => json!({"Account_Name": self.party_name()}),
        };
        self.change(Module::Accounts, &id, &change);
    }

    fn change_vendor(&mut self) {
        let Some(id) = self.some_crm(Module::Vendors) else { return };
        let change = match self.dice.below(3) {
            0 => json!({"Phone": self.dice.phone()}),
            1 => json!({"City": self.dice.city()}),
            _ => json!({"Vendor_Name": self.party_name()}),
        };
        self.change(Module::Vendors, &id, &change);
    }

    fn change_person(&mut self) {
        let Some(id) = self.some_crm(Module::Contacts) else { return };
        let n = self.dice.fresh();
        let change = match self.dice.below(4) {
            0 => json!({"Email": format!("person{n}@mail.example")}),
            1 => json!({"Last_Name": format!("Renamed {n}")}),
            2 => json!({"Mobile": format!("0400 {:03} {:03}", self.dice.below(1_000), self.dice.below(1_000))}),
            _ => json!({"First_Name": Value::Null}),
        };
        self.change(Module::Contacts, &id, &change);
    }

    fn change_product(&mut self) {
        let Some(id) = self.some_crm(Module::Products) else { return };
        let n = self.dice.fresh();
        let change = match self.dice.below(6) {
            0 | 1 => json!({"Unit_Price": self.dice.price()}),
            2 => json!({"Product_Name": format!("Product again {n}")}),
            3 => json!({"Description": format!("Sold as number {n}")}),
            4 => json!({"Product_Code": format!("Q-{n}")}),
            _ => json!({"Product_Active": self.dice.chance(70)}),
        };
        self.change(Module::Products, &id, &change);
    }

    fn change_document(&mut self, module: Module) {
        let Some(id) = self.some_crm(module) else { return };
        let field = module.lines_field().unwrap();
        let record = self.stage.crm(module, &id);
        let lines = record[field].as_array().cloned().unwrap_or_default();
        let line = self.dice.maybe(&lines).map(|line| line["id"].clone());
        let change = match self.dice.below(12) {
            0 => json!({"Subject": format!("Subject again {}", self.dice.fresh())}),
            1 => json!({"Due_Date": format!("2027-01-{:02}", 1 + self.dice.below(28))}),
            2..7 => json!({"Status": self.status(module)}),
            7 | 8 => match line {
                Some(line) => {
                    json!({field: [{"id": line, "Quantity": self.dice.quantity(), "List_Price": self.dice.price()}]})
                }
                None => return,
            },
            9 => match line {
                Some(line) => {
                    json!({field: [{"id": line, "Description": format!("Other text {}", self.dice.fresh())}]})
                }
                None => return,
            },
            10 => match self.line() {
                Some(line) => json!({field: [line]}),
                None => return,
            },
            _ => match line {
                Some(line) if lines.len() > 1 => json!({field: [{"id": line, "_delete": Value::Null}]}),
                _ => return,
            },
        };
        self.change(module, &id, &change);
    }

    fn delete(&mut self) {
        let module = self.dice.pick(&[Module::Invoices, Module::PurchaseOrders, Module::Contacts, Module::Accounts]);
        let Some(id) = self.some_crm(module) else { return };
        self.tell(format!("CRM {} {id} deleted", module.api_name()));
        let mut world = self.stage.world.borrow_mut();
        world.wind();
        world.zoho.delete(module.api_name(), &id);
    }

    fn lock_record(&mut self) {
        let module = self.dice.pick(&Module::ALL);
        let Some(id) = self.some_crm(module) else { return };
        let locked = self.dice.chance(50);
        self.tell(format!("CRM {} {id} locked: {locked}", module.api_name()));
        self.stage.world.borrow_mut().zoho.set_record_flag(module.api_name(), &id, RecordFlag::Locked(locked));
    }

    pub(super) fn edit_xero(&mut self, making: bool) {
        let many = if making { 14 } else { 100 };
        match self.dice.below(many) {
            0..3 => self.make_contact(),
            3..6 => self.make_item(),
            6..14 => self.make_xero_document(),
            14..34 => self.change_contact(),
            34..44 => self.change_item(),
            44..70 => self.change_xero_document(),
            70..92 => self.settle(),
            92..95 => self.archive_or_restore(),
            95..97 => self.unpay(),
            _ => {
                let (tenant, locked) = (self.stage.tenant(0), self.dice.chance(50));
                self.tell(format!("Xero's period is locked: {locked}"));
                let until = locked.then(|| "2026-10-20".parse().unwrap());
                self.stage.world.borrow_mut().xero.set_lock_dates(&tenant, until, None).unwrap();
            }
        }
    }

    fn make_contact(&mut self) {
        let n = self.dice.fresh();
        let mut row = json!({"Name": self.party_name()});
        if self.dice.chance(60) {
            row["EmailAddress"] = format!("office{n}@mail.example").into();
        }
        if self.dice.chance(50) {
            row["FirstName"] = "Jo".into();
            row["LastName"] = format!("Writer {n}").into();
        }
        self.make_xero("Contacts", row);
    }

    fn make_item(&mut self) {
        let n = self.dice.fresh();
        let row = json!({
            "Code": format!("X-{n}"), "Name": format!("Item {n}"),
            "SalesDetails": {"UnitPrice": self.dice.price(), "AccountCode": "200", "TaxType": "OUTPUT"},
        });
        self.make_xero("Items", row);
    }

    fn xero_line(&mut self, sale: bool) -> Value {
        let (account, tax) = if sale { ("200", "OUTPUT") } else { ("429", "INPUT") };
        let mut line = json!({
            "Description": format!("Line {}", self.dice.fresh()), "Quantity": self.dice.quantity(),
            "UnitAmount": self.dice.price(), "AccountCode": account, "TaxType": tax,
        });
        if self.dice.chance(60)
            && let Some(item) = self.some_xero("Items")
        {
            line["ItemCode"] = item["Code"].clone();
        }
        if sale && self.dice.chance(10) {
            line["DiscountRate"] = json!(5);
        }
        line
    }

    fn make_xero_document(&mut self) {
        let Some(contact) = self.some_xero("Contacts") else { return };
        let sale = self.dice.chance(70);
        let n = self.dice.fresh();
        let lines: Vec<Value> = (0..=self.dice.below(3)).map(|_| self.xero_line(sale)).collect();
        let row = json!({
            "Type": if sale { "ACCREC" } else { "ACCPAY" }, "Contact": {"ContactID": contact["ContactID"]},
            "InvoiceNumber": format!("X{n}"), "Reference": if self.dice.chance(50) { format!("Ref {n}") } else { String::new() },
            "Date": self.dice.day(), "DueDate": "2026-12-30", "LineAmountTypes": "Exclusive",
            "Status": self.dice.pick(&["DRAFT", "AUTHORISED"]), "LineItems": lines,
        });
        self.make_xero("Invoices", row);
    }

    fn change_contact(&mut self) {
        let Some(contact) = self.some_xero("Contacts") else { return };
        let id = contact["ContactID"].as_str().unwrap().to_owned();
        let n = self.dice.fresh();
        let change = match self.dice.below(7) {
            0 => json!({"AccountNumber": format!("2{n:06}")}),
            1 => {
                json!({"Phones": [{"PhoneType": "DEFAULT", "PhoneCountryCode": "61", "PhoneAreaCode": "2", "PhoneNumber": self.dice.phone()}]})
            }
            2 => json!({"Addresses": [{"AddressType": "POBOX", "City": self.dice.city()}]}),
            // The name of a person without a company is also that person's first and last name: Xero can contradict
            // itself there, and it takes a second sync until it does not.
            3 if !self.is_person(&id) => json!({"Name": self.party_name()}),
            4 => json!({"EmailAddress": format!("books{n}@mail.example")}),
            5 => json!({"FirstName": "Alex", "LastName": format!("Booker {n}")}),
            _ => json!({"Phones": [{"PhoneType": "FAX", "PhoneNumber": self.dice.phone()}]}),
        };
        self.change_xero("Contacts", &id, change);
    }

    /// Whether a contact is the partner of a person without a company.
    fn is_person(&self, contact: &str) -> bool {
        let sql = format!("SELECT count(*) FROM links WHERE module = 'Contacts' AND xero_id = '{contact}'");
        self.stage.number(&sql) > 0
    }

    fn change_item(&mut self) {
        let Some(item) = self.some_xero("Items") else { return };
        let id = item["ItemID"].as_str().unwrap().to_owned();
        let mut change = json!({"Code": item["Code"]});
        match self.dice.below(3) {
            0 => change["SalesDetails"] = json!({"UnitPrice": self.dice.price()}),
            1 => change["Name"] = format!("Item again {}", self.dice.fresh()).into(),
            _ => change["Description"] = format!("Told by Xero {}", self.dice.fresh()).into(),
        }
        self.change_xero("Items", &id, change);
    }

    fn change_xero_document(&mut self) {
        let Some(document) = self.some_xero("Invoices") else { return };
        let id = document["InvoiceID"].as_str().unwrap().to_owned();
        let sale = document["Type"] == "ACCREC";
        let mut lines: Vec<Value> = document["LineItems"].as_array().unwrap().iter().map(writable).collect();
        let change = match self.dice.below(10) {
            0 if sale => json!({"Reference": format!("Told {}", self.dice.fresh())}),
            0..3 => json!({"DueDate": format!("2027-02-{:02}", 1 + self.dice.below(28))}),
            3 | 4 => {
                let at = self.dice.below(lines.len());
                lines[at]["Quantity"] = self.dice.quantity();
                json!({"LineItems": lines})
            }
            5 => {
                let at = self.dice.below(lines.len());
                lines[at]["Description"] = format!("Described by Xero {}", self.dice.fresh()).into();
                json!({"LineItems": lines})
            }
            6 => {
                lines.push(self.xero_line(sale));
                json!({"LineItems": lines})
            }
            7 if lines.len() > 1 => {
                lines.pop();
                json!({"LineItems": lines})
            }
            8 => json!({"Status": self.dice.pick(&["SUBMITTED", "AUTHORISED", "AUTHORISED", "DELETED", "VOIDED"])}),
            _ => json!({"Date": self.dice.day()}),
        };
        self.change_xero("Invoices", &id, change);
    }

    /// A payment, or a credit.
    fn settle(&mut self) {
        let Some(document) = self.some_xero("Invoices") else { return };
        if document["Status"] != "AUTHORISED" {
            return;
        }
        let due: Decimal = document["AmountDue"].to_string().parse().unwrap();
        let amount = if self.dice.chance(40) { due } else { (due / Decimal::from(3)).round_dp(2) };
        if amount <= Decimal::ZERO {
            return;
        }
        let id = document["InvoiceID"].as_str().unwrap();
        let (tenant, now) = (self.stage.tenant(0), self.stage.world.borrow().now());
        let today = now.date_naive();
        let paid = self.dice.chance(85);
        let kind = self.dice.pick(&[SurplusKind::Overpayment, SurplusKind::Prepayment]);
        let refused = {
            let xero = &mut self.stage.world.borrow_mut().xero;
            match paid {
                true => xero.pay(&tenant, id, amount, today, now).err(),
                false => xero.credit(&tenant, id, kind, amount, today, now).err(),
            }
        };
        self.tell(format!("Xero {id} gets {amount}, paid: {paid} -> {refused:?}"));
    }

    fn unpay(&mut self) {
        let Some(payment) = self.some_xero("Payments") else { return };
        let (tenant, now) = (self.stage.tenant(0), self.stage.world.borrow().now());
        let id = payment["PaymentID"].as_str().unwrap();
        let refused = self.stage.world.borrow_mut().xero.unpay(&tenant, id, now).err();
        self.tell(format!("Xero payment {id} taken back -> {refused:?}"));
    }

    fn archive_or_restore(&mut self) {
        let Some(contact) = self.some_xero("Contacts") else { return };
        let (tenant, now) = (self.stage.tenant(0), self.stage.world.borrow().now());
        let id = contact["ContactID"].as_str().unwrap();
        let refused = {
            let xero = &mut self.stage.world.borrow_mut().xero;
            match contact["ContactStatus"] == "ARCHIVED" {
                true => xero.restore_contact(&tenant, id, now).err(),
                false => xero.archive_contact(&tenant, id, now).err(),
            }
        };
        self.tell(format!("Xero contact {id} was {}, archived or restored -> {refused:?}", contact["ContactStatus"]));
    }

    /// The administrator maps something, or takes it back.
    pub(super) fn choose(&mut self) {
        let (mapped, what) = (self.dice.chance(60), self.dice.below(3));
        self.tell(format!("setting {what}, mapped: {mapped}"));
        self.stage.choose(|settings| match what {
            0 if mapped => {
                settings.taxes.insert(ODD_TAX.to_owned(), odd_tax());
            }
            0 => {
                settings.taxes.remove(ODD_TAX);
            }
            1 => {
                let target = if mapped { StatusTarget::Draft } else { StatusTarget::Skip };
                for module in [Module::Invoices, Module::PurchaseOrders] {
                    settings.statuses.entry(module).or_default().insert(ODD_STATUS.to_owned(), target);
                }
            }
            _ => {
                let truth = if mapped { SourceOfTruth::Xero } else { SourceOfTruth::Crm };
                settings.source_of_truth.insert(Module::Accounts, truth);
            }
        });
    }

    /// Takes away what people can only have forgotten: locks, and what is not mapped yet.
    pub(super) fn clear_the_way(&mut self) {
        let tenant = self.stage.tenant(0);
        {
            let mut world = self.stage.world.borrow_mut();
            world.xero.set_lock_dates(&tenant, None, None).unwrap();
            for module in Module::ALL {
                for id in world.zoho.ids(module.api_name()) {
                    world.zoho.set_record_flag(module.api_name(), &id, RecordFlag::Locked(false));
                }
            }
        }
        self.stage.choose(|settings| {
            settings.taxes.insert(ODD_TAX.to_owned(), odd_tax());
            for module in [Module::Invoices, Module::PurchaseOrders] {
                settings.statuses.entry(module).or_default().insert(ODD_STATUS.to_owned(), StatusTarget::Draft);
            }
        });
    }
}

fn odd_tax() -> TaxMapping {
    TaxMapping { sales: Some("OUTPUT".to_owned()), purchases: Some("INPUT".to_owned()) }
}

/// A line as it can be sent again.
fn writable(line: &Value) -> Value {
    let fields =
        ["LineItemID", "Description", "Quantity", "UnitAmount", "ItemCode", "AccountCode", "TaxType", "DiscountRate"];
    let mut out = Map::new();
    for field in fields {
        if let Some(value) = line.get(field) {
            out.insert(field.to_owned(), value.clone());
        }
    }
    // The rate is rounded; Xero's own page keeps what was entered.
    if let Some(amount) = line.get("DiscountAmount") {
        out.remove("DiscountRate");
        out.insert("DiscountAmount".to_owned(), amount.clone());
    }
    Value::Object(out)
}
