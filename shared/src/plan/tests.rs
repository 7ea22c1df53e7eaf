//! Plans against a small stand-in for both sides: what is planned is applied, and planned again.

mod first;

use super::*;
use crate::api::{Shown, Why, Written};
use crate::fixture;
use crate::link::LinkState;
use crate::problem::Code;
use crate::record::{Document, Record, decimal};
use crate::settings::{
    ApprovedEdits, Direction, FieldMapping, FieldSource, SourceOfTruth, StatusTarget, TrackingMapping, WithoutCode,
};
use crate::totals;
use proptest::prelude::*;
use serde_json::json;

const KEY: [u8; 32] = [7; 32];
const ID: &str = "5725000000000001";

/// One record on both sides.
struct World {
    module: Module,
    crm: CrmSnapshot,
    xero: Option<Value>,
    link: Option<Link>,
    ground: Ground,
    references: References,
    crm_organisation: CrmOrganisation,
    xero_organisation: XeroOrganisation,
    settings: Settings,
    direction: Direction,
    permit: Permit<'static>,
    ids: u32,
}

impl World {
    fn new(module: Module, record: Value) -> Self {
        let mut record = record;
        record["id"] = json!(ID);
        let category = Asked::NotAsked;
        let product = |code: Option<&str>| match code {
            None => ProductReference::Service { category: category.clone() },
            Some(code) => ProductReference::Item {
                code: code.to_owned(),
                category: category.clone(),
                tax_types: ItemTaxTypes::NotAsked,
            },
        };
        let products = [("71", Some("FW-1")), ("72", None)];
        let party = XeroId::new("aaaaaaaa-0000-4000-8000-000000000001").unwrap();
        Self {
            module,
            crm: CrmSnapshot { record, contacts: Vec::new(), more_contacts: false },
            xero: None,
            link: None,
            ground: Ground::Ours,
            references: References {
                party: (module.lines_field().is_some()).then_some(party),
                of_company: false,
                party_terms: Asked::NotAsked,
                products: products.into_iter().map(|(id, code)| (ZohoId::new(id).unwrap(), product(code))).collect(),
                last_rate: LastRate::NotAsked,
                arrivals: ArrivalReferences::NOTHING,
                waiting: Vec::new(),
            },
            crm_organisation: fixture::crm_organisation(),
            xero_organisation: fixture::xero_organisation(),
            settings: Settings {
                taxes: [(
                    "GST".to_owned(),
                    crate::settings::TaxMapping {
                        sales: Some("OUTPUT".to_owned()),
                        purchases: Some("INPUT".to_owned()),
                    },
                )]
                .into(),
                ..Settings::default()
            },
            direction: Direction::Both,
            permit: Permit::ALL,
            ids: 0,
        }
    }

    fn inputs(&self) -> Inputs<'_> {
        Inputs {
            module: self.module,
            crm: &self.crm,
            xero: self.xero.as_ref(),
            link: self.link.as_ref(),
            ground: self.ground,
            references: &self.references,
            crm_organisation: &self.crm_organisation,
            xero_organisation: &self.xero_organisation,
            settings: &self.settings,
            direction: self.direction,
            needed: false,
            permit: self.permit,
            fingerprint_key: &KEY,
            now: "2026-11-20T01:00:00Z".parse().unwrap(),
        }
    }

    fn plan(&self) -> Plan {
        plan(&self.inputs())
    }

    /// Plans, lets Xero answer, settles and writes back.
    fn sync(&mut self) -> (Plan, Settled) {
        let plan = self.plan();
        let before = self.xero.clone();
        let mut after = self.xero.clone();
        if let Some(write) = &plan.xero_write {
            after = Some(self.apply(write));
        }
        let Some(answer) = &after else {
            let link = Link { module: self.module, ..Self::empty_link() };
            return (plan, Settled { link, crm_fields: Map::new(), problems: Vec::new() });
        };
        self.xero = before;
        let settled = settle(&self.inputs(), &plan, answer, None);
        self.xero = after;
        self.link = Some(settled.link.clone());
        self.write_back(&settled.crm_fields);
        self.write_person(plan.person.as_ref());
        (plan, settled)
    }

    /// Maps a CRM field to one of Xero's.
    fn map(&mut self, key: &str, field: &str) {
        self.mapping(key).source = FieldSource::Field(field.to_owned());
    }

    fn mapping(&mut self, key: &str) -> &mut FieldMapping {
        self.settings.fields.entry(self.module).or_default().entry(key.to_owned()).or_default()
    }

    fn empty_link() -> Link {
        Link::blank(Module::Accounts, ZohoId::new(ID).unwrap())
    }

    fn id(&mut self) -> String {
        self.ids += 1;
        format!("bbbbbbbb-0000-4000-8000-{:012}", self.ids)
    }

    /// Xero's side: creates or merges an element as its API does.
    fn apply(&mut self, write: &XeroWrite) -> Value {
        let mut element = match (&write.id, &self.xero) {
            (Some(_), Some(now)) => now.clone(),
            (None, None) => json!({}),
            (id, now) => panic!("a write with id {id:?} against {now:?}"),
        };
        for (key, value) in write.body.as_object().unwrap() {
            match key.as_str() {
                "Phones" => merge_slots(&mut element, "Phones", "PhoneType", value),
                "Addresses" => merge_slots(&mut element, "Addresses", "AddressType", value),
                "SalesDetails" | "PurchaseDetails" => {
                    for (part, value) in value.as_object().unwrap() {
                        element[key][part] = value.clone();
                    }
                }
                "Contact" => element["Contact"] = json!({"ContactID": value["ContactID"], "Name": "Acme"}),
                _ => element[key] = value.clone(),
            }
        }
        let fresh = self.id();
        match self.module.kind() {
            crate::module::Kind::Party => {
                element.as_object_mut().unwrap().entry("ContactID").or_insert(json!(fresh));
                element["ContactStatus"] = json!("ACTIVE");
            }
            crate::module::Kind::Item => {
                element.as_object_mut().unwrap().entry("ItemID").or_insert(json!(fresh));
            }
            crate::module::Kind::Document => {
                element.as_object_mut().unwrap().entry("InvoiceID").or_insert(json!(fresh));
                self.complete(&mut element);
            }
        }
        element["UpdatedDateUTC"] = json!("/Date(1789378230894+0000)/");
        element
    }

    /// Gives lines their ids and computes the totals.
    fn complete(&mut self, element: &mut Value) {
        let count = element["LineItems"].as_array().map_or(0, Vec::len);
        for at in 0..count {
            let fresh = self.id();
            let row = element["LineItems"][at].as_object_mut().unwrap();
            row.entry("LineItemID").or_insert(json!(fresh));
            if row.get("DiscountRate") == Some(&json!(0)) {
                row.remove("DiscountRate");
            }
        }
        for (field, text) in [("Date", "DateString"), ("DueDate", "DueDateString")] {
            if let Some(day) = element[field].as_str() {
                element[text] = json!(format!("{day}T00:00:00"));
            }
        }
        let Record::Document(document) = crate::xero::read(self.module, element) else { unreachable!() };
        let totals = self.totals(&document);
        element["Total"] = json!(totals.total.to_string().parse::<serde_json::Number>().unwrap());
        element["AmountDue"] = element["Total"].clone();
        element["AmountPaid"] = json!(0);
    }

    fn totals(&self, document: &Document) -> totals::Totals {
        let rates = &self.xero_organisation.tax_rates;
        totals::predict(document, |tax| rates.iter().find(|rate| rate.tax_type == tax).map(|rate| rate.effective_rate))
    }

    /// The CRM's side: fields are set; rows of lines are changed or deleted by their ids.
    fn write_back(&mut self, fields: &Map<String, Value>) {
        for (key, value) in fields {
            if Some(key.as_str()) == self.module.lines_field() {
                for row in value.as_array().unwrap() {
                    let rows = self.crm.record[key].as_array_mut().unwrap();
                    if row.get("_delete").is_some() {
                        rows.retain(|known| known["id"] != row["id"]);
                        continue;
                    }
                    if row.get("id").is_none() {
                        let mut added = row.clone();
                        self.ids += 1;
                        added["id"] = json!(format!("9{:05}", self.ids));
                        rows.push(added);
                        continue;
                    }
                    let known = rows.iter_mut().find(|known| known["id"] == row["id"]).unwrap();
                    for (part, value) in row.as_object().unwrap() {
                        known[part] = value.clone();
                    }
                }
            } else {
                self.crm.record[key] = value.clone();
            }
        }
        self.compute();
    }

    /// The primary contact is another record of the CRM's.
    fn write_person(&mut self, person: Option<&PersonWrite>) {
        let Some(person) = person else { return };
        let fields = person.fields.clone();
        match &person.id {
            Some(id) => {
                let is = |contact: &&mut Value| contact["id"] == json!(id.as_str());
                let contact = self.crm.contacts.iter_mut().find(is).unwrap();
                contact.as_object_mut().unwrap().extend(fields);
            }
            None => {
                let mut contact =
                    json!({"First_Name": null, "Last_Name": null, "Email": null, "Mobile": null, "Phone": null});
                contact.as_object_mut().unwrap().extend(fields);
                self.ids += 1;
                contact["id"] = json!(format!("8{:05}", self.ids));
                assert!(contact["Last_Name"].is_string(), "the CRM needs a last name");
                self.crm.contacts.push(contact);
            }
        }
    }

    /// The CRM computes its grand total (all lines at 10 % here, or none).
    fn compute(&mut self) {
        let Some(field) = self.module.lines_field() else { return };
        let Some(rows) = self.crm.record[field].as_array() else { return };
        let mut total = rust_decimal::Decimal::ZERO;
        for row in rows {
            let number = |key: &str| row.get(key).and_then(decimal).unwrap_or_default();
            let gross = totals::cents(number("Quantity") * number("List_Price"));
            let net = match row.get("Discount").and_then(Value::as_str).and_then(|text| text.strip_suffix('%')) {
                Some(rate) => totals::cents(
                    gross * (rust_decimal::Decimal::ONE_HUNDRED - rate.parse::<rust_decimal::Decimal>().unwrap())
                        / rust_decimal::Decimal::ONE_HUNDRED,
                ),
                None => gross - number("Discount"),
            };
            let taxed = row["Line_Tax"].as_array().is_some_and(|taxes| !taxes.is_empty());
            let tax = if taxed { totals::cents(net / rust_decimal::Decimal::TEN) } else { rust_decimal::Decimal::ZERO };
            total += net + tax;
        }
        self.crm.record["Grand_Total"] = json!(total.to_string().parse::<serde_json::Number>().unwrap());
    }

    #[track_caller]
    fn assert_in_step(&mut self) {
        let plan = self.plan();
        assert_eq!(plan.action, Action::Unchanged, "{:#?}\n{:#?}", plan.changes, plan.problems);
        assert_eq!(plan.changes, []);
        let (_, settled) = self.sync();
        assert_eq!(settled.crm_fields, Map::new(), "an unchanged record costs no write");
    }
}

fn merge_slots(element: &mut Value, list: &str, kind: &str, sent: &Value) {
    if element.get(list).is_none() {
        element[list] = json!([]);
    }
    let slots = element[list].as_array_mut().unwrap();
    for slot in sent.as_array().unwrap() {
        match slots.iter_mut().find(|known| known[kind] == slot[kind]) {
            Some(known) => {
                for (key, value) in slot.as_object().unwrap() {
                    known[key] = value.clone();
                }
            }
            None => slots.push(slot.clone()),
        }
    }
}

fn account() -> Value {
    json!({
        "Account_Name": "Acme", "Account_Number": "A-1", "Phone": "+61 2 1234", "Fax": null, "Website": null,
        "Billing_Street": "1 High St\nLevel 2", "Billing_City": "Sydney", "Billing_State": "NSW",
        "Billing_Code": "2000", "Billing_Country": "Australia",
        "Shipping_Street": null, "Shipping_City": null, "Shipping_State": null, "Shipping_Code": null,
        "Shipping_Country": null,
        "Xero_ID": null, "Xero_URL": null, "Xero_Synced_At": null, "Xero_Sync_Status": null,
    })
}

fn product() -> Value {
    json!({
        "Product_Name": "Firewall", "Product_Code": "FW-1", "Description": "A wall of fire", "Unit_Price": 120.5,
        "Product_Active": true, "Taxable": true, "Tax": [{"id": "1", "value": "GST - 10 %"}],
        "Xero_ID": null, "Xero_URL": null, "Xero_Synced_At": null, "Xero_Sync_Status": null,
    })
}

fn row(id: &str, product: &str, quantity: &str, price: &str, discount: Value) -> Value {
    let number = |text: &str| json!(text.parse::<serde_json::Number>().unwrap());
    json!({
        "id": id, "Product_Name": {"id": product, "name": format!("Product {product}")}, "Description": format!("text {id}"),
        "Quantity": number(quantity), "List_Price": number(price), "Discount": discount,
        "Line_Tax": [{"name": "GST", "percentage": 10}],
    })
}

fn invoice() -> World {
    let mut world = World::new(
        Module::Invoices,
        json!({
            "Invoice_Number": "INV-1", "Subject": "Walls", "Account_Name": {"id": "9", "name": "Acme"},
            "Invoice_Date": "2026-11-20", "Due_Date": "2026-12-20", "Status": "Created", "Adjustment": 0, "Discount": 0,
            "Invoiced_Items": [row("101", "71", "2", "10.5", json!("10%")), row("102", "72", "1", "99.99", json!(0))],
            "Xero_ID": null, "Xero_URL": null, "Xero_Synced_At": null, "Xero_Sync_Status": null, "Xero_Number": null,
            "Xero_Status": null, "Xero_Total": null, "Xero_Amount_Paid": null, "Xero_Amount_Credited": null,
            "Xero_Amount_Due": null, "Xero_Paid_On": null, "Xero_Online_Invoice": null,
        }),
    );
    world.compute();
    world
}

/// The same as an order to a supplier.
fn order() -> World {
    let mut world = invoice();
    world.module = Module::PurchaseOrders;
    let record = world.crm.record.as_object_mut().unwrap();
    for (from, to) in [
        ("Invoice_Number", "PO_Number"),
        ("Invoice_Date", "PO_Date"),
        ("Account_Name", "Vendor_Name"),
        ("Invoiced_Items", "Purchase_Items"),
    ] {
        let value = record.remove(from).unwrap();
        record.insert(to.to_owned(), value);
    }
    world.compute();
    world
}

fn change<'a>(plan: &'a Plan, key: &str) -> &'a FieldChange {
    plan.changes.iter().find(|change| change.key == key).unwrap_or_else(|| panic!("{key}: {:#?}", plan.changes))
}

fn codes(plan: &Plan) -> Vec<Code> {
    plan.problems.iter().map(|problem| problem.code).collect()
}

#[test]
fn a_record_is_created_told_and_then_in_step() {
    for mut world in
        [World::new(Module::Accounts, account()), World::new(Module::Products, product()), invoice(), order()]
    {
        let (plan, settled) = world.sync();
        assert_eq!(plan.action, Action::Create, "{:#?}", plan.problems);
        assert!(plan.changes.iter().all(|change| change.why == Why::New && change.written == Written::Xero));
        assert_eq!(settled.link.state, LinkState::Linked);
        assert!(settled.crm_fields.contains_key("Xero_ID") && settled.crm_fields.contains_key("Xero_Synced_At"));
        assert_eq!(settled.problems, []);
        world.assert_in_step();
    }
}

#[test]
fn a_new_invoice_shows_its_fields_for_people() {
    let plan = invoice().plan();
    assert_eq!(change(&plan, "due_date").label, "Due date");
    assert_eq!(change(&plan, "due_date").result, Some(Shown::Day("2026-12-20".to_owned())));
    assert_eq!(change(&plan, "party").result, Some(Shown::Text("Acme".to_owned())));
    assert_eq!(change(&plan, "lines.102.unit_price").label, "Line 2 price");
    assert_eq!(change(&plan, "lines.102.unit_price").result, Some(Shown::Money("99.99".to_owned(), "AUD".to_owned())));
    assert_eq!(change(&plan, "lines.101.discount").result, Some(Shown::Text("10 %".to_owned())));
    assert_eq!(change(&plan, "lines.101.account_code").crm, None);
    assert_eq!(change(&plan, "lines.101.account_code").result, Some(Shown::Text("200 Sales".to_owned())));
    assert_eq!(change(&plan, "lines.101.tax_type").crm, Some(Shown::Text("GST 10 %".to_owned())));
    assert_eq!(change(&plan, "status").result, Some(Shown::Text("Draft".to_owned())));
    assert_eq!(plan.natural_key, "INV-1");
    assert_eq!(plan.xero_write.as_ref().unwrap().resource, "Invoices");
}

#[test]
fn the_merge_matrix_on_a_field_of_both_sides() {
    // (CRM, Xero) after both had "1": what is planned, and what both have in the end.
    for (crm, xero, truth, action, end) in [
        (Some("1"), Some("1"), SourceOfTruth::Crm, Action::Unchanged, Some("1")),
        (Some("2"), Some("1"), SourceOfTruth::Crm, Action::UpdateXero, Some("2")),
        (None, Some("1"), SourceOfTruth::Crm, Action::UpdateXero, None),
        (Some("1"), Some("3"), SourceOfTruth::Crm, Action::UpdateCrm, Some("3")),
        (Some("1"), None, SourceOfTruth::Crm, Action::UpdateCrm, None),
        (Some("2"), Some("3"), SourceOfTruth::Crm, Action::UpdateXero, Some("2")),
        (Some("2"), Some("3"), SourceOfTruth::Xero, Action::UpdateCrm, Some("3")),
        (None, Some("3"), SourceOfTruth::Xero, Action::UpdateCrm, Some("3")),
        (Some("2"), Some("2"), SourceOfTruth::Crm, Action::Unchanged, Some("2")),
    ] {
        let mut world = World::new(Module::Accounts, account());
        world.settings.source_of_truth.insert(Module::Accounts, truth);
        world.crm.record["Phone"] = json!("1");
        world.sync();
        world.crm.record["Phone"] = json!(crm);
        world.xero.as_mut().unwrap()["Phones"] =
            json!([{"PhoneType": "DEFAULT", "PhoneNumber": xero.unwrap_or_default()}]);
        let (plan, _) = world.sync();
        assert_eq!(plan.action, action, "{crm:?} {xero:?} {truth:?}: {:#?}", plan.changes);
        let overruled = codes(&plan).contains(&Code::Overruled);
        assert_eq!(overruled, crm != Some("1") && xero != Some("1") && crm != xero, "{crm:?} {xero:?}");
        world.assert_in_step();
        assert_eq!(world.crm.record["Phone"].as_str(), end, "{crm:?} {xero:?}");
        let at_xero = world.xero.as_ref().unwrap()["Phones"][0]["PhoneNumber"].as_str();
        assert_eq!(at_xero.filter(|number| !number.is_empty()), end, "{crm:?} {xero:?}");
    }
}

#[test]
fn an_adopted_contact_loses_nothing() {
    let mut world = World::new(Module::Accounts, account());
    world.crm.record["Phone"] = json!(null);
    world.xero = Some(json!({
        "ContactID": "cccccccc-0000-4000-8000-000000000001", "Name": "Acme", "ContactStatus": "ACTIVE",
        "AccountNumber": "OLD", "TaxNumber": "12 345", "FirstName": "Ana",
        "Phones": [{"PhoneType": "DEFAULT", "PhoneNumber": "99"}],
    }));
    let (plan, settled) = world.sync();
    assert_eq!(plan.action, Action::Adopt);
    assert_eq!(change(&plan, "phone").written, Written::Crm);
    assert_eq!(change(&plan, "account_number").why, Why::CrmOverruledXero);
    assert_eq!(settled.link.xero_id.unwrap().as_str(), "cccccccc-0000-4000-8000-000000000001");
    let xero = world.xero.as_ref().unwrap();
    assert_eq!(xero["TaxNumber"], "12 345");
    assert_eq!(xero["FirstName"], "Ana");
    assert_eq!(world.crm.record["Phone"], "99");
    world.assert_in_step();
}

#[test]
fn fields_that_the_user_may_not_see_are_left_alone() {
    let mut world = World::new(Module::Accounts, account());
    world.sync();
    let before = world.link.clone().unwrap();
    world.crm.record.as_object_mut().unwrap().remove("Phone");
    world.xero.as_mut().unwrap()["Phones"][0]["PhoneNumber"] = json!("changed");
    let plan = world.plan();
    assert_eq!(plan.action, Action::Unchanged);
    world.sync();
    assert_eq!(world.link.unwrap().fingerprints["phone"], before.fingerprints["phone"]);
}

#[test]
fn what_xero_makes_of_a_value_is_not_sent_forever() {
    let mut world = World::new(Module::Accounts, account());
    world.sync();
    world.crm.record["Account_Number"] = json!("B-2");
    let plan = world.plan();
    assert_eq!(plan.action, Action::UpdateXero);
    // Xero answers with another spelling.
    let mut answer = world.apply(plan.xero_write.as_ref().unwrap());
    answer["AccountNumber"] = json!("b-2");
    let settled = settle(&world.inputs(), &plan, &answer, None);
    world.xero = Some(answer);
    world.link = Some(settled.link);
    assert_eq!(world.plan().action, Action::Unchanged);
    // A later change on either side is seen.
    world.crm.record["Account_Number"] = json!("C-3");
    assert_eq!(change(&world.plan(), "account_number").why, Why::ChangedInCrm);
    world.crm.record["Account_Number"] = json!("B-2");
    world.xero.as_mut().unwrap()["AccountNumber"] = json!("X");
    assert_eq!(change(&world.plan(), "account_number").why, Why::ChangedInXero);
}

#[test]
fn lines_are_changed_added_and_removed() {
    for mut world in [invoice(), order()] {
        let field = world.module.lines_field().unwrap();
        world.sync();
        let first = world.link.as_ref().unwrap().lines.clone();
        // Changed in the CRM.
        world.crm.record[field][0]["Quantity"] = json!(5);
        world.compute();
        let (plan, _) = world.sync();
        assert_eq!(plan.action, Action::UpdateXero);
        assert_eq!(change(&plan, "lines.101.quantity").label, "Line 1 quantity");
        assert_eq!(plan.xero_write.as_ref().unwrap().body["LineItems"].as_array().unwrap().len(), 2);
        assert_eq!(world.link.as_ref().unwrap().lines, first);
        world.assert_in_step();
        // Added in the CRM.
        world.crm.record[field].as_array_mut().unwrap().push(row("103", "71", "3", "7", json!(0)));
        world.compute();
        let (plan, _) = world.sync();
        assert_eq!(change(&plan, "lines.103.quantity").why, Why::New);
        assert_eq!(world.link.as_ref().unwrap().lines.len(), 3);
        world.assert_in_step();
        // Removed in the CRM.
        world.crm.record[field].as_array_mut().unwrap().remove(0);
        world.compute();
        let (plan, _) = world.sync();
        assert_eq!(change(&plan, "lines.101").result, None);
        assert_eq!(world.xero.as_ref().unwrap()["LineItems"].as_array().unwrap().len(), 2);
        assert!(!world.link.as_ref().unwrap().lines.contains_key("101"));
        world.assert_in_step();
    }
}

#[test]
fn lines_changed_in_xero_come_back() {
    let mut world = invoice();
    world.sync();
    world.xero.as_mut().unwrap()["LineItems"][1]["Quantity"] = json!(4);
    world.xero.as_mut().unwrap()["LineItems"][1]["Description"] = json!("other words");
    let mut element = world.xero.clone().unwrap();
    world.complete(&mut element);
    world.xero = Some(element);
    let (plan, _) = world.sync();
    assert_eq!(plan.action, Action::UpdateCrm);
    assert_eq!(change(&plan, "lines.102.quantity").why, Why::ChangedInXero);
    assert_eq!(world.crm.record["Invoiced_Items"][1]["Quantity"], json!(4));
    assert_eq!(world.crm.record["Invoiced_Items"][1]["Description"], "other words");
    world.assert_in_step();
    // A line that was deleted in Xero goes from the CRM.
    world.xero.as_mut().unwrap()["LineItems"].as_array_mut().unwrap().remove(0);
    let mut element = world.xero.clone().unwrap();
    world.complete(&mut element);
    world.xero = Some(element);
    let (plan, _) = world.sync();
    assert_eq!(plan.action, Action::UpdateCrm);
    assert_eq!(change(&plan, "lines.101").written, Written::Crm);
    assert_eq!(world.crm.record["Invoiced_Items"].as_array().unwrap().len(), 1);
    world.assert_in_step();
}

#[test]
fn a_line_that_was_added_in_xero_stays() {
    let mut world = invoice();
    world.sync();
    let extra = json!({"LineItemID": "dddddddd-0000-4000-8000-000000000001", "Description": "By the bookkeeper",
        "Quantity": 1, "UnitAmount": 5, "AccountCode": "200", "TaxType": "BASEXCLUDED", "LineAmount": 5});
    world.xero.as_mut().unwrap()["LineItems"].as_array_mut().unwrap().insert(1, extra);
    let mut element = world.xero.clone().unwrap();
    world.complete(&mut element);
    world.xero = Some(element);
    let plan = world.plan();
    // The CRM has no product for it: only that more is due is told.
    assert_eq!((plan.action, plan.changes.len()), (Action::UpdateCrm, 1));
    assert_eq!(codes(&plan), [Code::LineProductMissing, Code::TotalDiffers]);
    assert!(!plan.problems[0].stops() && plan.problems[0].what.contains("account 200"), "{:?}", plan.problems);
    assert_eq!(change(&plan, "xero_due").written, Written::Crm);
    assert_eq!(plan.totals.as_ref().unwrap().difference, "5.00");
    world.crm.record["Invoiced_Items"][0]["Description"] = json!("new words");
    let plan = world.plan();
    // The total would differ by more than rounding, so somebody has to look.
    assert_eq!(plan.action, Action::Blocked);
    assert_eq!(codes(&plan), [Code::LineProductMissing, Code::TotalDiffers]);
    assert_eq!(change(&plan, "lines.101.description").why, Why::ChangedInCrm);
    assert_eq!(plan.xero_write, None);
}

/// Adds a line to Xero's document, as its user does there.
fn add_in_xero(world: &mut World, at: usize, line: Value) {
    let mut element = world.xero.clone().unwrap();
    let mut line = line;
    line["LineItemID"] = json!(world.id());
    element["LineItems"].as_array_mut().unwrap().insert(at, line);
    world.complete(&mut element);
    world.xero = Some(element);
}

#[test]
fn lines_that_were_added_in_xero_come_once() {
    let (item, service) = (ZohoId::new("71").unwrap(), ZohoId::new("72").unwrap());
    for (tax, quantity) in
        [("OUTPUT", json!(2)), ("OUTPUT", json!(-2)), ("BASEXCLUDED", json!(1)), ("EXEMPTOUTPUT", Value::Null)]
    {
        let mut world = invoice();
        world.crm_organisation.taxes =
            vec![crate::organisation::CrmTax { name: "GST".to_owned(), percentage: 10.into() }];
        world.sync();
        let mut line = json!({"Description": "By the bookkeeper", "AccountCode": "260", "TaxType": tax});
        if quantity.is_number() {
            line["Quantity"] = quantity.clone();
            line["UnitAmount"] = json!(5);
        }
        add_in_xero(&mut world, 1, line);
        let coded = json!({"Description": "Another wall", "ItemCode": "FW-1", "Quantity": 1, "UnitAmount": 7, "AccountCode": "260",
            "TaxType": "OUTPUT"});
        add_in_xero(&mut world, 0, coded);
        let needed = xero_only_lines(&world.inputs());
        assert_eq!(needed, [ArrivalDependency::Item("FW-1".to_owned()), ArrivalDependency::Service("260".to_owned())]);
        world.references.arrivals.products.insert("FW-1".to_owned(), item.clone());
        world.references.arrivals.services.insert("260".to_owned(), service.clone());
        for direction in [Direction::ToXero, Direction::ToCrm] {
            world.direction = direction;
            let plan = world.plan();
            let brought = plan.changes.iter().filter(|change| change.key.starts_with("lines.xero:")).count();
            assert_eq!(brought, if direction.to_crm() { 2 } else { 0 });
            assert!(direction.to_crm() || (plan.crm_write.is_empty() && xero_only_lines(&world.inputs()).is_empty()));
        }
        world.direction = Direction::Both;
        let (plan, _) = world.sync();
        assert_eq!((plan.action, codes(&plan), plan.xero_write), (Action::UpdateCrm, vec![], None), "{tax} {quantity}");
        let rows = world.crm.record["Invoiced_Items"].as_array().unwrap();
        assert_eq!(rows.len(), 4);
        assert_eq!(rows[2]["Product_Name"]["id"], "71");
        assert_eq!(
            (&rows[3]["Product_Name"]["id"], rows[3].get("Line_Tax").is_some()),
            (&json!("72"), tax == "OUTPUT")
        );
        assert!(rows[3]["Quantity"].as_i64().unwrap() > 0, "{}", rows[3]);
        // The next plan finds the new rows by their content, and neither account, tax nor order goes back.
        world.assert_in_step();
        assert_eq!(world.link.as_ref().unwrap().lines.len(), 4);
        world.assert_in_step();
        // From now on they are lines like all others.
        world.crm.record["Invoiced_Items"][3]["Description"] = json!("In our words");
        let (plan, _) = world.sync();
        assert_eq!(plan.changes.len(), 1, "{:#?}", plan.changes);
        assert_eq!(plan.xero_write.unwrap().body["LineItems"].as_array().unwrap().len(), 4);
        world.assert_in_step();
    }
}

#[test]
fn xero_s_order_stays_and_is_no_change_later() {
    let mut world = invoice();
    world.settings.source_of_truth.insert(Module::Invoices, SourceOfTruth::Xero);
    world.crm.record["Invoiced_Items"].as_array_mut().unwrap().push(row("103", "71", "1", "3", json!(0)));
    world.compute();
    world.sync();
    world.xero.as_mut().unwrap()["LineItems"].as_array_mut().unwrap().swap(0, 1);
    world.assert_in_step();
    world.crm.record["Invoiced_Items"].as_array_mut().unwrap().rotate_right(1);
    let (plan, _) = world.sync();
    assert_eq!(change(&plan, "lines.order").why, Why::ChangedInCrm);
    assert_eq!(world.xero.as_ref().unwrap()["LineItems"][0]["Description"], "text 103");
    world.assert_in_step();
}

#[test]
fn a_line_from_xero_needs_its_tax_in_the_crm() {
    let mut world = invoice();
    world.sync();
    add_in_xero(
        &mut world,
        0,
        json!({"Description": "x", "Quantity": 1, "UnitAmount": 5, "AccountCode": "200", "TaxType": "TAX002"}),
    );
    world.references.arrivals.services.insert("200".to_owned(), ZohoId::new("72").unwrap());
    let plan = world.plan();
    assert_eq!(codes(&plan), [Code::TaxTypeUnmapped, Code::TotalDiffers]);
    assert!(!plan.problems[0].stops() && plan.problems[0].place.is_some());
    assert!(!plan.crm_write.contains_key("Invoiced_Items"));
    // Where the CRM taxes the total, lines carry no tax of their own.
    world
        .settings
        .taxes
        .insert("GST".to_owned(), crate::settings::TaxMapping { sales: Some("TAX002".to_owned()), purchases: None });
    world.crm_organisation.taxes = vec![crate::organisation::CrmTax { name: "GST".to_owned(), percentage: 7.into() }];
    for (mode, taxed) in [(crate::record::TaxMode::Total, false), (crate::record::TaxMode::Item, true)] {
        let mut untaxed =
            World { crm: world.crm.clone(), link: world.link.clone(), xero: world.xero.clone(), ..invoice() };
        untaxed.settings = world.settings.clone();
        untaxed.references = world.references.clone();
        untaxed.crm_organisation = world.crm_organisation.clone();
        untaxed.settings.documents.tax_mode = Some(mode);
        for row in untaxed.crm.record["Invoiced_Items"].as_array_mut().unwrap() {
            row["Line_Tax"] = json!([]);
        }
        let plan = untaxed.plan();
        let new =
            plan.crm_write["Invoiced_Items"].as_array().unwrap().iter().find(|row| row.get("id").is_none()).unwrap();
        assert_eq!(new.get("Line_Tax").is_some(), taxed);
    }
}

#[test]
fn a_line_deleted_in_xero_is_not_sent_again_where_the_crm_is_closed() {
    let mut world = invoice();
    world.sync();
    world.direction = Direction::ToXero;
    world.xero.as_mut().unwrap()["LineItems"].as_array_mut().unwrap().remove(0);
    let mut element = world.xero.clone().unwrap();
    world.complete(&mut element);
    world.xero = Some(element);
    for _ in 0..2 {
        let (plan, _) = world.sync();
        assert_eq!((plan.xero_write, plan.crm_write), (None, Map::new()));
        assert_eq!(world.crm.record["Invoiced_Items"].as_array().unwrap().len(), 2);
    }
    world.direction = Direction::Both;
    world.sync();
    assert_eq!(world.crm.record["Invoiced_Items"].as_array().unwrap().len(), 1);
    world.assert_in_step();
}

#[test]
fn a_line_deleted_in_the_crm_waits_until_xero_is_open() {
    let mut world = invoice();
    world.sync();
    world.direction = Direction::ToCrm;
    world.crm.record["Invoiced_Items"].as_array_mut().unwrap().remove(0);
    world.crm.record["Invoiced_Items"].as_array_mut().unwrap().push(row("109", "71", "1", "3", json!(0)));
    world.compute();
    for _ in 0..2 {
        let (plan, _) = world.sync();
        assert_eq!((codes(&plan), plan.xero_write), (vec![Code::TotalDiffers], None));
        assert_eq!(world.xero.as_ref().unwrap()["LineItems"].as_array().unwrap().len(), 2);
        assert_eq!(world.crm.record["Invoiced_Items"].as_array().unwrap().len(), 2);
    }
    world.direction = Direction::Both;
    let (plan, _) = world.sync();
    assert_eq!(plan.action, Action::UpdateXero);
    let lines = world.xero.as_ref().unwrap()["LineItems"].as_array().unwrap();
    assert_eq!(
        lines.iter().map(|line| line["Description"].as_str().unwrap()).collect::<Vec<_>>(),
        ["text 102", "text 109"]
    );
    world.assert_in_step();
}

/// Both sides change: each change crosses where its direction is open and waits where it is closed.
#[test]
fn what_may_not_go_waits_until_its_direction_is_opened() {
    for direction in [Direction::ToXero, Direction::ToCrm] {
        let mut world = invoice();
        world.sync();
        world.direction = direction;
        world.crm.record["Subject"] = json!("from the CRM");
        world.crm.record["Status"] = json!("Approved");
        world.settings.documents.approved_edits = ApprovedEdits::CrmGoesThrough;
        let xero = world.xero.as_mut().unwrap();
        xero["DueDateString"] = json!("2027-01-31T00:00:00");
        xero["DueDate"] = json!("2027-01-31");
        let (plan, settled) = world.sync();
        assert_eq!(plan.xero_write.is_some(), direction.to_xero(), "{:#?}", plan.changes);
        assert_eq!(settled.crm_fields.contains_key("Due_Date"), direction.to_crm());
        assert_eq!(codes(&plan), []);
        let xero = world.xero.as_ref().unwrap();
        assert_eq!(xero["Reference"] == "from the CRM", direction.to_xero());
        assert_eq!(xero["Status"] == "AUTHORISED", direction.to_xero());
        // The waiting change is no news the second time either.
        world.assert_in_step();
        world.direction = Direction::Both;
        let (plan, _) = world.sync();
        assert_eq!(plan.xero_write.is_some(), !direction.to_xero());
        let xero = world.xero.as_ref().unwrap();
        assert_eq!((&xero["Reference"], &xero["Status"]), (&json!("from the CRM"), &json!("AUTHORISED")));
        assert_eq!(world.crm.record["Due_Date"], "2027-01-31");
        world.assert_in_step();
    }
}

#[test]
fn xero_s_status_waits_where_the_crm_is_closed() {
    let mut world = invoice();
    world.sync();
    world.direction = Direction::ToXero;
    world.xero.as_mut().unwrap()["Status"] = json!("AUTHORISED");
    let (plan, settled) = world.sync();
    assert_eq!(plan.crm_write, Map::new());
    // The Xero fields are ours, and still told.
    assert_eq!(settled.crm_fields["Xero_Status"], "AUTHORISED");
    assert_eq!(world.crm.record["Status"], "Created");
    world.assert_in_step();
    world.direction = Direction::Both;
    world.sync();
    assert_eq!(world.crm.record["Status"], "Approved");
    world.assert_in_step();
    // And the CRM's waits where Xero is closed, whatever the CRM says meanwhile.
    world.direction = Direction::ToCrm;
    for status in ["Created", "Held", "Canceled"] {
        world.crm.record["Status"] = json!(status);
        world.assert_in_step();
    }
    world.xero.as_mut().unwrap()["Status"] = json!("VOIDED");
    world.crm.record["Status"] = json!("Held");
    let (plan, _) = world.sync();
    assert_eq!(codes(&plan), [Code::DocumentVoided]);
    assert_eq!(world.crm.record["Status"], "Canceled");
    world.assert_in_step();
}

#[test]
fn a_record_without_a_partner_is_left_alone_where_xero_is_closed() {
    for mut world in
        [World::new(Module::Accounts, account()), World::new(Module::Products, product()), invoice(), order()]
    {
        world.direction = Direction::ToCrm;
        let plan = world.plan();
        assert_eq!((plan.action, codes(&plan)), (Action::Skip, vec![Code::DirectionClosed]));
        assert_eq!((plan.xero_write, plan.natural_key.as_str()), (None, ""));
        assert!(plan.problems[0].why.contains(world.module.singular()), "{}", plan.problems[0].why);
    }
}

#[test]
fn a_lock_overrules_the_crm_only_where_the_crm_is_open() {
    for (direction, told, brought) in
        [(Direction::Both, true, true), (Direction::ToXero, true, false), (Direction::ToCrm, false, true)]
    {
        let mut world = invoice();
        world.crm.record["Status"] = json!("Approved");
        world.sync();
        world.direction = direction;
        world.crm.record["Subject"] = json!("edited");
        let plan = world.plan();
        assert_eq!(codes(&plan).contains(&Code::DocumentApproved), told, "{direction:?}");
        assert_eq!(plan.crm_write.contains_key("Subject"), brought, "{direction:?}");
        assert_eq!(plan.xero_write, None);
    }
}

fn contact(id: &str, first: &str, last: &str, email: &str) -> Value {
    json!({"id": id, "First_Name": first, "Last_Name": last, "Email": email, "Mobile": null, "Phone": null})
}

#[test]
fn the_person_of_an_account_comes_back() {
    for direction in [Direction::Both, Direction::ToCrm, Direction::ToXero] {
        let mut world = World::new(Module::Accounts, account());
        world.crm.contacts = vec![contact("81", "Ana", "Silva", "ana@acme.com")];
        world.sync();
        assert_eq!(world.xero.as_ref().unwrap()["FirstName"], "Ana");
        world.direction = direction;
        let xero = world.xero.as_mut().unwrap();
        xero["FirstName"] = json!("Bea");
        xero["EmailAddress"] = json!("bea@acme.com");
        merge_slots(xero, "Phones", "PhoneType", &json!([{"PhoneType": "DDI", "PhoneNumber": "77"}]));
        let (plan, _) = world.sync();
        if direction == Direction::ToXero {
            assert_eq!((plan.action, plan.person), (Action::Unchanged, None));
            continue;
        }
        assert_eq!(plan.action, Action::UpdateCrm);
        assert_eq!(change(&plan, "person.first_name").written, Written::Crm);
        let person = plan.person.unwrap();
        assert_eq!(person.id.unwrap().as_str(), "81");
        let wanted = json!({"First_Name": "Bea", "Email": "bea@acme.com", "Phone": "77"});
        assert_eq!(Value::Object(person.fields), wanted);
        world.assert_in_step();
        // The CRM needs a last name, so Xero's lack of one stays in Xero.
        world.xero.as_mut().unwrap()["LastName"] = json!("");
        world.assert_in_step();
        // Several people without a primary one: nobody knows whose the name is.
        world.crm.contacts.push(contact("82", "Cem", "Kaya", "cem@acme.com"));
        world.xero.as_mut().unwrap()["FirstName"] = json!("Dora");
        let plan = world.plan();
        assert_eq!((codes(&plan), plan.person), (vec![Code::PrimaryContactSeveral], None));
    }
}

#[test]
fn an_account_without_contacts_gets_xero_s_person() {
    let named =
        |first: &str, last: &str, email: &str| json!({"FirstName": first, "LastName": last, "EmailAddress": email});
    for (module, xero, last_name, made) in [
        (Module::Accounts, named("Ana", "Silva", "ana@acme.com"), Some("Silva"), false),
        (Module::Accounts, named("Ana", "", "ana@acme.com"), Some("ana"), true),
        (Module::Accounts, named("Ana", "", ""), Some("Acme"), true),
        (Module::Accounts, named("", "", ""), None, false),
        (Module::Vendors, named("Ana", "Silva", "ana@acme.com"), Some("Silva"), false),
        // A vendor's own address does without a person.
        (Module::Vendors, named("", "", "ana@acme.com"), None, false),
    ] {
        let mut record = account();
        record["Vendor_Name"] = record["Account_Name"].clone();
        let mut world = World::new(module, record);
        if module == Module::Vendors {
            world.crm.record["Email"] = Value::Null;
        }
        world.sync();
        assert_eq!(world.plan().person, None);
        world.xero.as_mut().unwrap().as_object_mut().unwrap().extend(xero.as_object().unwrap().clone());
        let mut closed = World {
            crm: world.crm.clone(),
            link: world.link.clone(),
            xero: world.xero.clone(),
            ..World::new(module, json!({}))
        };
        closed.direction = Direction::ToXero;
        assert_eq!(closed.plan().person, None);
        let (plan, _) = world.sync();
        let got = plan.person.as_ref().and_then(|person| person.fields["Last_Name"].as_str());
        assert_eq!(got, last_name, "{module:?} {xero}");
        assert_eq!(codes(&plan).contains(&Code::PersonNameMissing), made);
        assert!(plan.person.is_none() || !codes(&plan).contains(&Code::PrimaryContactMissing));
        if let Some(person) = &plan.person {
            assert_eq!((&person.id, &person.fields["Xero_Primary"]), (&None, &json!(true)));
            assert_eq!(change(&plan, "person.first_name").why, Why::New);
        }
        if module == Module::Vendors && last_name.is_none() {
            assert_eq!(world.crm.record["Email"], "ana@acme.com");
        }
        world.assert_in_step();
        world.assert_in_step();
        // A person who was taken away in the CRM stays away.
        if last_name.is_some() {
            world.crm.contacts.clear();
            assert_eq!(world.plan().person, None);
        }
    }
}

#[test]
fn mapped_fields_come_back() {
    let mut world = World::new(Module::Accounts, account());
    world.crm.record["ABN"] = json!("1");
    world.map("tax_number", "ABN");
    world.sync();
    world.xero.as_mut().unwrap()["TaxNumber"] = json!("2");
    world.sync();
    assert_eq!(world.crm.record["ABN"], "2");
    world.assert_in_step();
    let mut world = World::new(Module::Products, product());
    world.crm.record["Cost"] = json!(5);
    world.crm.record["Words"] = json!("bought");
    world.map("purchase.unit_price", "Cost");
    world.map("purchase.description", "Words");
    world.sync();
    let xero = world.xero.as_mut().unwrap();
    xero["PurchaseDetails"]["UnitPrice"] = json!(6.5);
    xero["PurchaseDescription"] = json!("dearer");
    world.sync();
    assert_eq!((&world.crm.record["Cost"], &world.crm.record["Words"]), (&json!(6.5), &json!("dearer")));
    world.assert_in_step();
}

/// Every value that a mapped field of one of these types can have, both ways.
#[test]
fn custom_fields_of_several_types_cross_both_ways() {
    let field = |name: &str, data_type: &str| crate::organisation::CrmField {
        api_name: name.to_owned(),
        label: name.replace('_', " "),
        data_type: data_type.to_owned(),
        json_type: None,
        read_only: false,
        length: None,
        decimals: None,
        custom: true,
        picklist: vec![("n".to_owned(), "North".to_owned()), ("s".to_owned(), "South".to_owned())],
    };
    // The CRM's type and value, what Xero gets; what Xero's person enters, what the CRM gets (none: it is left out).
    for (data_type, ours, sent, theirs, back) in [
        ("text", json!("Depot 7"), "Depot 7", "Depot 8", Some(json!("Depot 8"))),
        ("picklist", json!("n"), "North", "South", Some(json!("s"))),
        ("picklist", json!("n"), "North", "East", None),
        ("integer", json!(7), "7", "8", Some(json!(8))),
        ("integer", json!(7), "7", "8a", None),
        ("bigint", json!("7"), "7", "8", Some(json!("8"))),
        ("formula", json!(7.5), "7.5", "8", None),
        ("autonumber", json!("A-7"), "A-7", "8", None),
    ] {
        let mut world = invoice();
        world.crm_organisation.fields.get_mut(&Module::Invoices).unwrap().push(field("Depot", data_type));
        world.crm.record["Depot"] = ours.clone();
        world.map("reference", "Depot");
        let (plan, _) = world.sync();
        assert_eq!(plan.xero_write.unwrap().body["Reference"], sent, "{data_type}");
        world.assert_in_step();
        world.xero.as_mut().unwrap()["Reference"] = json!(theirs);
        let (plan, _) = world.sync();
        let told = codes(&plan).contains(&Code::ValueAdjusted);
        assert_eq!(told, back.is_none() && !matches!(data_type, "formula" | "autonumber"), "{data_type} {theirs}");
        assert_eq!(world.crm.record["Depot"], back.clone().unwrap_or(ours), "{data_type} {theirs}");
        assert_eq!(world.crm.record["Subject"], "Walls");
        let plan = world.plan();
        assert_eq!((plan.action, plan.changes), (Action::Unchanged, vec![]), "{data_type} {theirs}");
        assert_eq!(world.xero.as_ref().unwrap()["Reference"], theirs);
    }
    // Days and money.
    let mut world = invoice();
    world.crm_organisation.fields.get_mut(&Module::Invoices).unwrap().push(field("Pay_By", "datetime"));
    world.crm.record["Pay_By"] = json!("2026-12-01T22:30:00-08:00");
    world.map("due_date", "Pay_By");
    let (plan, _) = world.sync();
    assert_eq!(plan.xero_write.unwrap().body["DueDate"], "2026-12-02", "the organisation is in Sydney");
    world.xero.as_mut().unwrap()["DueDateString"] = json!("2026-12-05T00:00:00");
    world.sync();
    assert_eq!(world.crm.record["Pay_By"], "2026-12-05T00:00:00+11:00");
    world.assert_in_step();
    let mut world = World::new(Module::Products, product());
    world.crm_organisation.fields.get_mut(&Module::Products).unwrap().push(field("Whole", "integer"));
    world.crm.record["Whole"] = json!(5);
    world.map("purchase.unit_price", "Whole");
    world.sync();
    world.xero.as_mut().unwrap()["PurchaseDetails"]["UnitPrice"] = json!(6.5);
    let (plan, _) = world.sync();
    assert_eq!(codes(&plan), [Code::ValueAdjusted]);
    assert_eq!(plan.problems[0].what, "Whole \"6.5\" is left out.");
    assert_eq!(plan.problems[0].why, "The CRM takes only whole numbers there.");
    assert_eq!(world.crm.record["Whole"], 5);
}

#[test]
fn a_field_without_a_crm_field_is_xero_s_own() {
    let mut world = invoice();
    world.mapping("reference").source = FieldSource::Nothing;
    let (plan, _) = world.sync();
    assert_eq!(plan.xero_write.unwrap().body.get("Reference"), None);
    world.xero.as_mut().unwrap()["Reference"] = json!("theirs");
    let (plan, _) = world.sync();
    assert_eq!(plan.changes, []);
    assert_eq!(world.crm.record["Subject"], "Walls");
}

#[test]
fn a_default_fills_what_is_empty_and_nothing_else() {
    let start = |ours: Value| {
        let mut world = World::new(Module::Accounts, account());
        world.crm.record["Billing_Country"] = ours;
        world.mapping("billing.country").default = Some("New Zealand".to_owned());
        world
    };
    let country = |world: &World| -> Value {
        let addresses = world.xero.as_ref().unwrap()["Addresses"].as_array().unwrap();
        addresses.iter().find(|address| address["AddressType"] == "POBOX").unwrap()["Country"].clone()
    };
    let enter = |world: &mut World, text: &str| {
        let addresses = world.xero.as_mut().unwrap()["Addresses"].as_array_mut().unwrap();
        addresses.iter_mut().find(|address| address["AddressType"] == "POBOX").unwrap()["Country"] = json!(text);
    };
    let mut world = start(json!("Australia"));
    world.sync();
    assert_eq!(country(&world), "Australia");
    let mut world = start(Value::Null);
    let (plan, _) = world.sync();
    assert_eq!(country(&world), "New Zealand");
    let shown = change(&plan, "billing.country");
    assert_eq!((&shown.crm, &shown.result), (&None, &Some(Shown::Text("New Zealand".to_owned()))));
    world.assert_in_step();
    assert_eq!(world.crm.record["Billing_Country"], Value::Null, "a default never comes to the CRM");
    // Somebody enters another one in Xero: that comes, and counts from then on.
    enter(&mut world, "Fiji");
    world.sync();
    assert_eq!((&world.crm.record["Billing_Country"], country(&world)), (&json!("Fiji"), json!("Fiji")));
    world.assert_in_step();
    // Somebody empties it in Xero: so is the CRM's, and it stays empty in Xero.
    enter(&mut world, "");
    world.sync();
    assert_eq!((&world.crm.record["Billing_Country"], country(&world)), (&Value::Null, json!("")));
    world.assert_in_step();
    // Filled in the CRM, then emptied there: the default takes its place.
    world.crm.record["Billing_Country"] = json!("Chile");
    world.sync();
    world.crm.record["Billing_Country"] = Value::Null;
    world.sync();
    assert_eq!((&world.crm.record["Billing_Country"], country(&world)), (&Value::Null, json!("New Zealand")));
    world.assert_in_step();
    // A record that is found in Xero keeps what it has there.
    let mut world = start(Value::Null);
    world.sync();
    enter(&mut world, "Fiji");
    world.link = None;
    world.sync();
    assert_eq!((&world.crm.record["Billing_Country"], country(&world)), (&json!("Fiji"), json!("Fiji")));
    // What the user may not see is not taken for empty.
    let mut world = start(Value::Null);
    world.crm.record.as_object_mut().unwrap().remove("Billing_Country");
    let (plan, _) = world.sync();
    let addresses = plan.xero_write.unwrap().body["Addresses"].clone();
    assert_eq!(addresses[0].get("Country"), None);
}

#[test]
fn a_default_without_a_crm_field_gives_way_to_xero() {
    let mut world = order();
    world.xero_organisation.period_lock_date = None;
    world.settings.documents.due_days = 7;
    world.mapping("due_date").source = FieldSource::Nothing;
    world.mapping("due_date").default = Some("2026-12-31".to_owned());
    let (plan, _) = world.sync();
    assert_eq!(plan.xero_write.as_ref().unwrap().body["DueDate"], "2026-12-31");
    assert_eq!(change(&plan, "due_date").crm, None);
    world.assert_in_step();
    world.xero.as_mut().unwrap()["DueDateString"] = json!("2027-01-15T00:00:00");
    let (plan, _) = world.sync();
    assert_eq!(plan.changes, []);
    // Not even another default overrules it.
    world.mapping("due_date").default = Some("2027-02-01".to_owned());
    let (plan, _) = world.sync();
    assert_eq!((plan.changes, plan.problems), (vec![], vec![]));
    // An approved document is Xero's: a default that came later is no change that anybody made.
    let mut world = invoice();
    world.crm.record["Subject"] = Value::Null;
    world.crm.record["Status"] = json!("Approved");
    world.sync();
    world.mapping("reference").default = Some("ours".to_owned());
    let (plan, _) = world.sync();
    assert_eq!((plan.action, plan.problems), (Action::Unchanged, vec![]));
}

/// Two categories, of which the first is mapped to a picklist.
fn tracked() -> World {
    let mut world = invoice();
    track(&mut world);
    world
}

fn track(world: &mut World) {
    let category = |id: &str, name: &str, options: [(&str, &str); 2]| crate::organisation::TrackingCategory {
        id: id.to_owned(),
        name: name.to_owned(),
        options: options.map(|(id, name)| (id.to_owned(), name.to_owned())).to_vec(),
    };
    world.xero_organisation.tracking_categories = vec![
        category("C1", "Region", [("R-north", "North"), ("R-south", "South")]),
        category("C2", "Crew", [("K-one", "One"), ("K-two", "Two")]),
    ];
    let field = crate::organisation::CrmField {
        api_name: "Area".to_owned(),
        label: "Area".to_owned(),
        data_type: "picklist".to_owned(),
        json_type: None,
        read_only: false,
        length: None,
        decimals: None,
        custom: true,
        picklist: vec![
            ("n".to_owned(), "NORTH ".to_owned()),
            ("x".to_owned(), "Elsewhere".to_owned()),
            ("s".to_owned(), "Below".to_owned()),
        ],
    };
    world.crm_organisation.fields.get_mut(&world.module).unwrap().push(field);
    world.crm.record["Area"] = json!("n");
    world.settings.documents.tracking = vec![TrackingMapping {
        category: "c1".to_owned(),
        fields: [(world.module, "Area".to_owned())].into(),
        options: [("s".to_owned(), "r-SOUTH".to_owned())].into(),
        default: None,
    }];
}

/// The options of a category on each of Xero's lines.
fn options(world: &World, category: &str) -> Vec<String> {
    let rows = world.xero.as_ref().unwrap()["LineItems"].as_array().unwrap();
    let of = |row: &Value| {
        let entries = row.get("Tracking").and_then(Value::as_array).into_iter().flatten();
        let is =
            |entry: &&Value| entry["TrackingCategoryID"].as_str().is_some_and(|id| id.eq_ignore_ascii_case(category));
        entries.filter(is).map(|entry| entry["TrackingOptionID"].as_str().unwrap().to_lowercase()).collect::<String>()
    };
    rows.iter().map(of).collect()
}

#[test]
fn tracking_goes_on_all_lines_and_follows_the_crm_s_field() {
    let mut world = tracked();
    let (plan, _) = world.sync();
    let shown = change(&plan, "tracking:c1");
    assert_eq!((shown.label.as_str(), &shown.result), ("Region", &Some(Shown::Text("North".to_owned()))));
    assert_eq!(shown.crm, Some(Shown::Text("NORTH ".to_owned())));
    assert_eq!(options(&world, "C1"), ["r-north", "r-north"]);
    world.assert_in_step();
    // The bookkeeper's own category stays when ours changes.
    let crew = json!({"TrackingCategoryID": "C2", "TrackingOptionID": "K-one", "Name": "Crew", "Option": "One"});
    world.xero.as_mut().unwrap()["LineItems"][0]["Tracking"].as_array_mut().unwrap().push(crew);
    world.sync();
    world.assert_in_step();
    world.crm.record["Area"] = json!("s");
    let (plan, _) = world.sync();
    assert_eq!(plan.action, Action::UpdateXero);
    assert_eq!(plan.changes.len(), 1, "{:#?}", plan.changes);
    assert_eq!(change(&plan, "tracking:c1").xero, Some(Shown::Text("North".to_owned())));
    assert_eq!(change(&plan, "tracking:c1").why, Why::ChangedInCrm);
    assert_eq!(options(&world, "C1"), ["r-south", "r-south"]);
    assert_eq!(options(&world, "C2"), ["k-one", ""]);
    world.assert_in_step();
    // A new line gets it too.
    world.crm.record["Invoiced_Items"].as_array_mut().unwrap().push(row("103", "72", "1", "5", json!(0)));
    world.compute();
    world.sync();
    assert_eq!(options(&world, "C1"), ["r-south", "r-south", "r-south"]);
    world.assert_in_step();
    // Emptied: taken off, and the other category stays.
    world.crm.record["Area"] = Value::Null;
    world.sync();
    assert_eq!((options(&world, "C1").concat(), options(&world, "C2").concat()), (String::new(), "k-one".to_owned()));
    world.assert_in_step();
}

#[test]
fn tracking_that_xero_has_is_not_brought_back() {
    let mut world = tracked();
    world.sync();
    world.xero.as_mut().unwrap()["LineItems"][1]["Tracking"][0]["TrackingOptionID"] = json!("R-south");
    let (plan, _) = world.sync();
    assert_eq!((plan.changes, &world.crm.record["Area"]), (vec![], &json!("n")));
    assert_eq!(options(&world, "C1"), ["r-north", "r-south"]);
    // The CRM's next change counts for all lines.
    world.crm.record["Area"] = json!("s");
    let (plan, _) = world.sync();
    assert_eq!(change(&plan, "tracking:c1").xero, Some(Shown::Text("North, South".to_owned())));
    assert_eq!(options(&world, "C1"), ["r-south", "r-south"]);
    world.assert_in_step();
    // A mapping that comes later adds to lines without one, and leaves the bookkeeper's.
    for (before, after) in [(json!([]), "r-north"), (json!([{"Name": "Region", "Option": "South"}]), "r-south")] {
        let mut world = tracked();
        let mapping = std::mem::take(&mut world.settings.documents.tracking);
        world.sync();
        for at in 0..2 {
            world.xero.as_mut().unwrap()["LineItems"][at]["Tracking"] = before.clone();
        }
        world.settings.documents.tracking = mapping;
        let (plan, _) = world.sync();
        assert_eq!(plan.xero_write.is_some(), after == "r-north");
        world.assert_in_step();
    }
    // To an approved document nothing is added, and nothing is said about it.
    let mut world = tracked();
    let mapping = std::mem::take(&mut world.settings.documents.tracking);
    world.crm.record["Status"] = json!("Approved");
    world.sync();
    world.settings.documents.tracking = mapping;
    let (plan, _) = world.sync();
    assert_eq!((plan.action, plan.problems), (Action::Unchanged, vec![]));
    // Where the CRM's edits go through, Xero takes it even of a paid one.
    world.settings.documents.approved_edits = ApprovedEdits::CrmGoesThrough;
    world.xero.as_mut().unwrap()["AmountPaid"] = json!(1);
    world.sync();
    assert_eq!(options(&world, "C1"), ["r-north", "r-north"]);
}

#[test]
fn tracking_that_xero_offers_no_more_stays_on_the_lines_that_have_it() {
    for by_default in [false, true] {
        let mut world = tracked();
        if by_default {
            world.settings.documents.tracking[0].fields.clear();
            world.settings.documents.tracking[0].default = Some("R-north".to_owned());
        }
        world.sync();
        assert_eq!(options(&world, "C1"), ["r-north", "r-north"]);
        for at in 0..2 {
            world.xero.as_mut().unwrap()["LineItems"][at]["Tracking"][0]["Option"] = json!("North");
        }
        // Archived: it is in Xero's list no more.
        world.xero_organisation.tracking_categories[0].options.retain(|(id, _)| id != "R-north");
        let plan = world.plan();
        assert_eq!((plan.action, plan.changes, plan.problems), (Action::Unchanged, vec![], vec![]), "{by_default}");
        world.crm.record["Invoiced_Items"][0]["Description"] = json!("In other words");
        let (plan, _) = world.sync();
        assert_eq!(plan.action, Action::UpdateXero);
        assert_eq!(options(&world, "C1"), ["r-north", "r-north"], "{by_default}");
    }
}

#[test]
fn a_value_without_an_option_is_told_or_has_the_default() {
    for (value, default, wanted, told) in [
        (json!("n"), None, "r-north", false),
        (json!("x"), None, "", true),
        (json!("x"), Some("R-south"), "r-south", false),
        (json!("x"), Some("R-gone"), "", true),
        (Value::Null, None, "", false),
        (Value::Null, Some("r-south"), "r-south", false),
    ] {
        let mut world = tracked();
        world.crm.record["Area"] = value.clone();
        world.settings.documents.tracking[0].default = default.map(str::to_owned);
        let (plan, _) = world.sync();
        assert_eq!(options(&world, "C1"), [wanted, wanted], "{value} {default:?}");
        let telling = plan.problems.iter().find(|problem| problem.code == Code::ValueAdjusted);
        assert_eq!(telling.map(|problem| problem.what.as_str()), told.then_some("Region \"Elsewhere\" is left out."));
        let plan = world.plan();
        assert_eq!((plan.action, plan.changes), (Action::Unchanged, vec![]), "{value} {default:?}");
    }
    // Without a field at all the default goes on every line.
    let mut world = tracked();
    world.settings.documents.tracking[0].fields.clear();
    world.settings.documents.tracking[0].default = Some("R-north".to_owned());
    let (plan, _) = world.sync();
    assert_eq!(change(&plan, "tracking:c1").crm, None);
    assert_eq!(options(&world, "C1"), ["r-north", "r-north"]);
    world.assert_in_step();
}

/// An invoice that was approved on both sides, with a CRM status for paid ones.
fn with_paid_status(meaning: Option<StatusTarget>) -> World {
    let mut world = invoice();
    let fields = world.crm_organisation.fields.get_mut(&Module::Invoices).unwrap();
    let status = fields.iter_mut().find(|field| field.api_name == "Status").unwrap();
    status.picklist.push(("Settled".to_owned(), "Settled".to_owned()));
    world.settings.crm_statuses = [(Module::Invoices, [("PAID".to_owned(), "Settled".to_owned())].into())].into();
    if let Some(meaning) = meaning {
        world.settings.statuses = [(Module::Invoices, [("Settled".to_owned(), meaning)].into())].into();
    }
    world.crm.record["Status"] = json!("Approved");
    world.sync();
    world.assert_in_step();
    world
}

fn pay(world: &mut World, paid: bool) {
    let xero = world.xero.as_mut().unwrap();
    let (total, none) = (xero["Total"].clone(), json!(0));
    xero["Status"] = json!(if paid { "PAID" } else { "AUTHORISED" });
    (xero["AmountPaid"], xero["AmountDue"]) = if paid { (total, none) } else { (none, total) };
}

#[test]
fn a_status_that_was_chosen_for_paid_follows_xero_and_is_never_sent() {
    use StatusTarget::{Authorised, Cancel, Draft, Skip};
    for meaning in [None, Some(Authorised), Some(Draft), Some(Cancel), Some(Skip)] {
        let mut world = with_paid_status(meaning);
        world.settings.documents.allow_void = true;
        pay(&mut world, true);
        let (plan, _) = world.sync();
        assert_eq!(plan.action, Action::UpdateCrm, "{meaning:?}");
        let shown = change(&plan, "status");
        assert_eq!((&shown.result, shown.why), (&Some(Shown::Text("Settled".to_owned())), Why::ChangedInXero));
        assert_eq!(world.crm.record["Status"], "Settled", "{meaning:?}");
        let plan = world.plan();
        assert_eq!((&plan.xero_write, &plan.problems), (&None, &vec![]), "{meaning:?}");
        world.assert_in_step();
        // The payment is taken back in Xero.
        pay(&mut world, false);
        let (plan, _) = world.sync();
        assert_eq!((&plan.xero_write, &plan.problems), (&None, &vec![]), "{meaning:?}");
        assert_eq!(world.crm.record["Status"], "Approved", "{meaning:?}");
        world.assert_in_step();
        // Voided after that.
        pay(&mut world, true);
        world.sync();
        world.xero.as_mut().unwrap()["Status"] = json!("VOIDED");
        world.sync();
        assert_eq!(world.crm.record["Status"], "Canceled", "{meaning:?}");
        world.assert_in_step();
    }
}

#[test]
fn paid_comes_back_whatever_the_direction_and_the_crm_s_own_move() {
    // Nothing goes to Xero.
    let mut world = with_paid_status(None);
    world.direction = Direction::ToCrm;
    pay(&mut world, true);
    world.sync();
    assert_eq!(world.crm.record["Status"], "Settled");
    world.assert_in_step();
    pay(&mut world, false);
    world.sync();
    assert_eq!(world.crm.record["Status"], "Approved");
    world.assert_in_step();
    // Nothing comes to the CRM: it comes once that is opened.
    let mut world = with_paid_status(None);
    world.direction = Direction::ToXero;
    pay(&mut world, true);
    world.sync();
    assert_eq!(world.crm.record["Status"], "Approved");
    world.direction = Direction::Both;
    world.sync();
    assert_eq!(world.crm.record["Status"], "Settled");
    // Somebody sets it in the CRM before Xero is paid: that has no meaning, and the payment makes it true.
    let mut world = with_paid_status(None);
    world.crm.record["Status"] = json!("Settled");
    assert_eq!(codes(&world.plan()), [Code::StatusUnmapped]);
    pay(&mut world, true);
    world.sync();
    world.assert_in_step();
    // A document that was paid before anybody chose the status gets it.
    let mut world = with_paid_status(None);
    let chosen = std::mem::take(&mut world.settings.crm_statuses);
    pay(&mut world, true);
    world.sync();
    assert_eq!(world.crm.record["Status"], "Approved");
    world.assert_in_step();
    world.settings.crm_statuses = chosen;
    world.sync();
    assert_eq!(world.crm.record["Status"], "Settled");
    world.assert_in_step();
}

#[test]
fn confirmed_guesses_change_no_plan() {
    for mut world in [World::new(Module::Products, product()), invoice(), order()] {
        world.settings = Settings::default();
        for status in ["Created", "Approved", "Canceled", "Cancelled", "Delivered", "Other"] {
            world.crm.record["Status"] = json!(status);
            let (crm, xero) = (&world.crm_organisation, &world.xero_organisation);
            let confirmed = crate::settings::guesses::confirm(&world.settings, crm, xero);
            assert_ne!(confirmed, world.settings);
            let before = world.plan();
            let after = plan(&Inputs { settings: &confirmed, ..world.inputs() });
            assert_eq!(before, after, "{:?} {status}", world.module);
        }
    }
}

#[test]
fn chosen_statuses_come_before_guessed_ones() {
    let mut world = with_paid_status(None);
    let chosen = [("AUTHORISED", "Delivered"), ("DRAFT", "Created"), ("VOIDED", "Settled")];
    world.settings.crm_statuses =
        [(Module::Invoices, chosen.map(|(xero, crm)| (xero.to_owned(), crm.to_owned())).into())].into();
    world.assert_in_step();
    assert_eq!(world.crm.record["Status"], "Approved", "it means the same, and nobody moved");
    world.xero.as_mut().unwrap()["Status"] = json!("VOIDED");
    let (plan, _) = world.sync();
    assert_eq!((&world.crm.record["Status"], codes(&plan)), (&json!("Settled"), vec![Code::DocumentVoided]));
    world.assert_in_step();
    let mut world = invoice();
    world.settings.crm_statuses =
        [(Module::Invoices, [("AUTHORISED".to_owned(), "Delivered".to_owned())].into())].into();
    world.sync();
    world.xero.as_mut().unwrap()["Status"] = json!("AUTHORISED");
    world.sync();
    assert_eq!(world.crm.record["Status"], "Delivered");
    world.assert_in_step();
}

#[test]
fn service_products_are_left_alone() {
    let mut world = World::new(Module::Products, product());
    world.settings.products.without_code = WithoutCode::Generate;
    world.crm.record["Xero_ID"] = json!("account:200");
    assert_eq!(world.plan().action, Action::Create, "anybody may have typed that into it");
    let code = std::mem::take(&mut world.crm.record["Product_Code"]);
    assert_eq!(codes(&world.plan()), [Code::ServiceProduct]);
    world.crm.record["Product_Code"] = code;
    world.crm.record["Xero_ID"] = Value::Null;
    world.settings.products.services.insert("200".to_owned(), ZohoId::new(ID).unwrap());
    let plan = world.plan();
    assert_eq!((plan.action, codes(&plan)), (Action::Skip, vec![Code::ServiceProduct]));
    // Its lines go without an item code.
    let mut world = invoice();
    world.settings.products.services.insert("200".to_owned(), ZohoId::new("71").unwrap());
    let plan = world.plan();
    assert_eq!(plan.xero_write.unwrap().body["LineItems"][0].get("ItemCode"), None);
}

/// A bookkeeper's document with prices that contain tax, beside a CRM whose prices are without.
#[test]
fn prices_that_contain_tax_cross_without_it() {
    let number = |text: &str| json!(text.parse::<serde_json::Number>().unwrap());
    let mut world = invoice();
    world.sync();
    let xero = world.xero.as_mut().unwrap();
    xero["LineAmountTypes"] = json!("Inclusive");
    for (at, price) in [(0, "11.55"), (1, "109.989")] {
        xero["LineItems"][at]["UnitAmount"] = number(price);
    }
    let mut element = world.xero.clone().unwrap();
    world.complete(&mut element);
    world.xero = Some(element);
    // The same prices, told with their tax.
    world.assert_in_step();
    // Changed in Xero.
    world.xero.as_mut().unwrap()["LineItems"][1]["UnitAmount"] = json!(10);
    let mut element = world.xero.clone().unwrap();
    world.complete(&mut element);
    world.xero = Some(element);
    world.sync();
    assert_eq!(world.crm.record["Invoiced_Items"][1]["List_Price"], number("9.090909091"));
    world.assert_in_step();
    // Changed in the CRM.
    world.crm.record["Invoiced_Items"][1]["List_Price"] = json!(20);
    world.compute();
    let (plan, _) = world.sync();
    let body = plan.xero_write.unwrap().body;
    assert_eq!((&body["LineAmountTypes"], &body["LineItems"][1]["UnitAmount"]), (&json!("Inclusive"), &json!(22)));
    assert_eq!(world.xero.as_ref().unwrap()["Total"], world.crm.record["Grand_Total"]);
    world.assert_in_step();
}

#[test]
fn the_echo_guard_is_set_where_nothing_is_left_to_do() {
    let mut world = World::new(Module::Accounts, account());
    world.crm.record["Modified_Time"] = json!("2026-11-20T12:00:00+11:00");
    let (_, settled) = world.sync();
    assert_eq!(settled.link.crm_modified, None, "the CRM's own answer to the write-back tells");
    let (plan, settled) = world.sync();
    assert_eq!(plan.action, Action::Unchanged);
    assert_eq!(settled.link.crm_modified, "2026-11-20T01:00:00Z".parse().ok());
    world.crm.record["Modified_Time"] = json!("2026-11-21T12:00:00+11:00");
    world.crm.record["Phone"] = json!("edited");
    world.xero.as_mut().unwrap()["ContactStatus"] = json!("ARCHIVED");
    let (plan, settled) = world.sync();
    assert_eq!(plan.action, Action::Blocked);
    assert_eq!(settled.link.crm_modified, "2026-11-20T01:00:00Z".parse().ok(), "an edit that waits is no echo");
}

#[test]
fn until_the_crm_is_told_nothing_of_it_is_agreed() {
    let mut world = invoice();
    world.sync();
    world.settings.source_of_truth.insert(Module::Invoices, SourceOfTruth::Crm);
    let xero = world.xero.as_mut().unwrap();
    xero["Reference"] = json!("from Xero");
    xero["Status"] = json!("SUBMITTED");
    xero["LineItems"].as_array_mut().unwrap().remove(0);
    let mut element = world.xero.clone().unwrap();
    world.complete(&mut element);
    world.xero = Some(element.clone());
    let (before, crm) = (world.link.clone().unwrap(), world.crm.clone());
    let (plan, settled) = world.sync();
    let inputs = Inputs { crm: &crm, link: Some(&before), ..world.inputs() };
    let untold = until_told(&inputs, &plan, &settled.link);
    assert_eq!((untold.crm_modified, &untold.lines), (None, &before.lines));
    assert!(xero_changed(&untold, &KEY, Module::Invoices, &element), "the record is looked at again");
    // The write-back was cut off: Xero's changes still come, and the CRM's old values don't go.
    let cut_off = World { crm, link: Some(untold), xero: world.xero.clone(), ..invoice() };
    let again = cut_off.plan();
    assert_eq!((again.action, again.xero_write), (Action::UpdateCrm, None), "{:#?}", again.changes);
    assert_eq!(again.changes.len(), plan.changes.len());
    assert_eq!(again.crm_write["Subject"], "from Xero");
}

/// One invoice as a single GET and as a page of a list give it.
fn shapes() -> (Value, Value) {
    let number = |text: &str| json!(text.parse::<serde_json::Number>().unwrap());
    let line = |id: &str, quantity: &str, price: &str, rate: &str, amount: &str, total: &str, one: bool| {
        let mut line = json!({"LineItemID": id, "Description": format!("text {id}"), "Quantity": number(quantity),
            "UnitAmount": number(price), "LineAmount": number(total), "TaxAmount": 0, "TaxType": "BASEXCLUDED",
            "AccountCode": "200", "DiscountRate": number(rate), "Tracking": [{"Name": "Region", "Option": "North",
            "TrackingCategoryID": "c", "TrackingOptionID": "o"}]});
        if one {
            line["DiscountAmount"] = number(amount);
        }
        line
    };
    let document = |one: bool| {
        json!({
            "Type": "ACCREC", "InvoiceID": "cccccccc-0000-4000-8000-000000000009", "InvoiceNumber": "INV-1", "Reference": "Walls",
            "Contact": {"ContactID": "aaaaaaaa-0000-4000-8000-000000000001", "Name": "Acme"},
            "DateString": "2026-11-20T00:00:00", "Date": "/Date(1795132800000+0000)/",
            "DueDateString": "2026-12-20T00:00:00", "DueDate": "/Date(1797724800000+0000)/", "Status": "AUTHORISED",
            "LineAmountTypes": "Exclusive", "CurrencyCode": "AUD",
            "LineItems": [
                line("101", "3", "33.33", "33.33", "33.32", "66.67", one),
                line("102", "1", "19.95", "10.00", "1.99", "17.96", one),
                // An amount that no rate of 2 decimals gives.
                line("103", "1", "9999", "0.01", "1.23", "9997.77", one),
                {"LineItemID": "104", "Description": "Words alone", "LineAmount": 0, "TaxAmount": 0, "Tracking": []},
            ],
            "Total": number("10082.4"), "AmountDue": number("10000.0"), "AmountPaid": number("80.00"), "AmountCredited": number("2.4"),
            "Payments": [{"PaymentID": "p", "Amount": 80}], "CreditNotes": [{"CreditNoteID": "n", "AppliedAmount": 2.4}],
            "UpdatedDateUTC": "/Date(1789378230894+0000)/",
        })
    };
    let (mut one, mut listed) = (document(true), document(false));
    // Only the single shape shows the contact whole; the list is of a second later.
    one["Contact"]["EmailAddress"] = json!("ana@acme.com");
    one["Url"] = json!("https://crm.zoho.com/x");
    listed["UpdatedDateUTC"] = json!("/Date(1789378231894+0000)/");
    (one, listed)
}

#[test]
fn a_page_of_a_list_plans_as_a_single_record_does() {
    let (one, listed) = shapes();
    for settings in [ApprovedEdits::XeroWins, ApprovedEdits::CrmGoesThrough] {
        for linked in [false, true] {
            let plans = [&one, &listed].map(|element| {
                let mut world = invoice();
                world.settings.documents.approved_edits = settings;
                world.references.arrivals.services.insert(String::new(), ZohoId::new("72").unwrap());
                world.crm.record["Invoiced_Items"] = json!([
                    row("1", "72", "3", "33.33", json!("33.33%")),
                    row("2", "72", "2", "19.95", json!("10%")),
                    row("3", "72", "1", "9999", json!(1.23)),
                ]);
                world.xero = Some(element.clone());
                if linked {
                    let lines = [("1", "101"), ("2", "102"), ("3", "103")];
                    world.link = Some(Link {
                        module: Module::Invoices,
                        state: LinkState::Linked,
                        xero_id: XeroId::new("cccccccc-0000-4000-8000-000000000009").ok(),
                        lines: lines.map(|(key, id)| (key.to_owned(), id.to_owned())).into(),
                        ..World::empty_link()
                    });
                }
                world.plan()
            });
            assert!(!plans[0].changes.is_empty());
            assert_eq!(plans[0], plans[1]);
        }
    }
}

#[test]
fn one_print_tells_whether_a_xero_record_has_changed() {
    let print = |module, element: &Value| xero_print(&KEY, module, element);
    let (one, listed) = shapes();
    assert_eq!(print(Module::Invoices, &one), print(Module::Invoices, &listed));
    assert_ne!(print(Module::Invoices, &one), print(Module::PurchaseOrders, &one));
    for (place, value) in [
        ("/AmountPaid", json!(81)),
        ("/AmountCredited", json!(3)),
        ("/AmountDue", json!(1)),
        ("/Total", json!(1)),
        ("/Status", json!("PAID")),
        ("/DueDateString", json!("2026-12-21T00:00:00")),
        ("/Contact/ContactID", json!("aaaaaaaa-0000-4000-8000-000000000002")),
        ("/LineItems/0/LineAmount", json!(66.66)),
        ("/LineItems/0/AccountCode", json!("260")),
        ("/LineItems/1/Tracking/0/TrackingOptionID", json!("other")),
        ("/LineItems/3/Description", json!("Other words")),
        ("/LineItems", json!([])),
        ("/Reference", json!("Wall;s")),
    ] {
        let mut changed = listed.clone();
        *changed.pointer_mut(place).unwrap() = value;
        assert_ne!(print(Module::Invoices, &listed), print(Module::Invoices, &changed), "{place}");
    }
    for (place, value) in [
        ("/UpdatedDateUTC", json!("/Date(0)/")),
        ("/Contact/Name", json!("Acme 2")),
        ("/LineItems/0/DiscountRate", json!(33.34)),
        ("/AmountDue", json!("10000")),
    ] {
        let mut same = listed.clone();
        *same.pointer_mut(place).unwrap() = value;
        assert_eq!(print(Module::Invoices, &listed), print(Module::Invoices, &same), "{place}");
    }
    // The answer to a create leaves out the amounts of zero, the answer to a void still tells what was due.
    let bare = json!({"InvoiceID": "i", "Status": "DRAFT", "Total": 5, "AmountDue": 5, "LineItems": []});
    let whole = json!({"InvoiceID": "i", "Status": "DRAFT", "Total": 5, "AmountDue": 5, "AmountPaid": 0.0, "AmountCredited": 0,
        "LineItems": [], "Payments": [], "Reference": ""});
    assert_eq!(print(Module::Invoices, &bare), print(Module::Invoices, &whole));
    let voided = |due: i32| json!({"InvoiceID": "i", "Status": "VOIDED", "Total": 5, "AmountDue": due});
    assert_eq!(print(Module::Invoices, &voided(5)), print(Module::Invoices, &voided(0)));
    let contact = json!({"ContactID": "c", "Name": "Acme", "ContactStatus": "ACTIVE", "Phones": [{"PhoneType": "DDI", "PhoneNumber": ""}]});
    for (field, value) in
        [("ContactStatus", "ARCHIVED"), ("EmailAddress", "a@b.co"), ("TaxNumber", "1"), ("MergedToContactID", "d")]
    {
        let mut changed = contact.clone();
        changed[field] = json!(value);
        assert_ne!(print(Module::Accounts, &contact), print(Module::Accounts, &changed), "{field}");
    }
    // What a plan's settlement remembers is the record as the list then shows it.
    for mut world in [World::new(Module::Accounts, account()), World::new(Module::Products, product()), invoice()] {
        world.sync();
        let (link, element) = (world.link.clone().unwrap(), world.xero.clone().unwrap());
        assert!(!xero_changed(&link, &KEY, world.module, &element));
        assert!(xero_changed(&World::empty_link(), &KEY, world.module, &element));
        world.assert_in_step();
    }
}

#[test]
fn a_percentage_that_xero_holds_as_an_amount_follows_the_quantity() {
    let mut world = invoice();
    world.sync();
    let line = &mut world.xero.as_mut().unwrap()["LineItems"][0];
    line.as_object_mut().unwrap().remove("DiscountRate");
    line["DiscountAmount"] = json!(2.1);
    assert_eq!(world.plan().action, Action::Unchanged);
    world.crm.record["Invoiced_Items"][0]["Quantity"] = json!(4);
    world.compute();
    let (plan, _) = world.sync();
    assert_eq!(plan.xero_write.as_ref().unwrap().body["LineItems"][0]["DiscountRate"], json!(10));
}

#[test]
fn statuses_move_forward_only() {
    let mut world = invoice();
    world.sync();
    assert_eq!(world.xero.as_ref().unwrap()["Status"], "DRAFT");
    world.crm.record["Status"] = json!("Approved");
    let (plan, _) = world.sync();
    assert_eq!(plan.xero_write.as_ref().unwrap().body["Status"], "AUTHORISED");
    assert_eq!(change(&plan, "status").xero, Some(Shown::Text("Draft".to_owned())));
    world.assert_in_step();
    // Delivered is approved as well.
    world.crm.record["Status"] = json!("Delivered");
    world.assert_in_step();
    // Back to Created is impossible: the CRM's status returns, and the reason is told.
    world.crm.record["Status"] = json!("Created");
    let (plan, _) = world.sync();
    assert_eq!(codes(&plan), [Code::DocumentApproved]);
    assert_eq!(plan.action, Action::UpdateCrm);
    assert_eq!(change(&plan, "status").why, Why::XeroOverruledCrm);
    assert_eq!(world.crm.record["Status"], "Approved");
    world.assert_in_step();
}

#[test]
fn xero_s_status_comes_back() {
    let mut world = invoice();
    world.sync();
    world.xero.as_mut().unwrap()["Status"] = json!("AUTHORISED");
    let (plan, settled) = world.sync();
    assert_eq!(plan.action, Action::UpdateCrm);
    assert_eq!(change(&plan, "status").why, Why::ChangedInXero);
    assert_eq!(settled.crm_fields["Status"], "Approved");
    assert_eq!(settled.crm_fields["Xero_Status"], "AUTHORISED");
    world.assert_in_step();
    // Paid: the status word stays, the Xero fields tell.
    let xero = world.xero.as_mut().unwrap();
    xero["Status"] = json!("PAID");
    xero["AmountPaid"] = xero["Total"].clone();
    xero["AmountDue"] = json!(0);
    let (plan, settled) = world.sync();
    assert_eq!(plan.action, Action::UpdateCrm);
    let news: Vec<&str> = plan.changes.iter().map(|change| change.label.as_str()).collect();
    assert_eq!(news, ["Status in Xero", "Paid", "Due"]);
    assert_eq!(change(&plan, "xero_status").crm, Some(Shown::Text("Awaiting payment".to_owned())));
    assert_eq!(change(&plan, "xero_status").result, Some(Shown::Text("Paid".to_owned())));
    assert_eq!(change(&plan, "xero_due").result, Some(Shown::Money("0.00".to_owned(), "AUD".to_owned())));
    assert_eq!(settled.crm_fields["Xero_Status"], "PAID");
    assert!(!settled.crm_fields.contains_key("Status"));
    world.assert_in_step();
    // Voided.
    let xero = world.xero.as_mut().unwrap();
    xero["Status"] = json!("VOIDED");
    xero["AmountPaid"] = json!(0);
    let (plan, settled) = world.sync();
    assert_eq!(plan.action, Action::UpdateCrm);
    assert_eq!(codes(&plan), [Code::DocumentVoided]);
    assert_eq!(settled.crm_fields["Status"], "Canceled");
    assert_eq!(settled.crm_fields.get("Xero_Amount_Due"), None, "nothing is due, as before");
    world.assert_in_step();
}

#[test]
fn cancelling_crosses_only_when_allowed() {
    for (status, sent) in [("DRAFT", "DELETED"), ("SUBMITTED", "DELETED"), ("AUTHORISED", "VOIDED")] {
        let mut world = invoice();
        world.sync();
        world.xero.as_mut().unwrap()["Status"] = json!(status);
        world.sync();
        world.crm.record["Status"] = json!("Canceled");
        world.crm.record["Subject"] = json!("changed as well");
        let plan = world.plan();
        assert_eq!((plan.action, codes(&plan)), (Action::Skip, vec![Code::VoidNotAllowed]));
        assert!(plan.problems[0].remedy.is_some() && plan.problems[0].place.is_some());
        assert_eq!((plan.xero_write, plan.crm_write), (None, Map::new()));
        world.settings.documents.allow_void = true;
        let plan = world.plan();
        assert_eq!(plan.action, Action::UpdateXero, "{:#?}", plan.problems);
        let body = &plan.xero_write.as_ref().unwrap().body;
        assert_eq!(body["Status"], sent);
        assert!(body.get("LineItems").is_none() && body.get("Reference").is_none());
        world.sync();
        world.assert_in_step();
    }
    let mut world = invoice();
    world.settings.documents.allow_void = true;
    world.sync();
    world.xero.as_mut().unwrap()["Status"] = json!("AUTHORISED");
    world.xero.as_mut().unwrap()["AmountPaid"] = json!(5);
    world.crm.record["Status"] = json!("Canceled");
    let plan = world.plan();
    assert_eq!((plan.action, codes(&plan)), (Action::Blocked, vec![Code::DocumentPaid]));
}

#[test]
fn unmapped_and_blank_statuses_are_visible_skips() {
    for (status, code) in [
        (json!("Held"), Code::StatusUnmapped),
        (json!(null), Code::StatusBlank),
        (json!("Canceled"), Code::StatusLeftAlone),
    ] {
        let mut world = invoice();
        world.crm.record["Status"] = status.clone();
        let plan = world.plan();
        assert_eq!((plan.action, codes(&plan)), (Action::Skip, vec![code]), "{status}");
        assert_eq!(plan.natural_key, "");
        assert_eq!(plan.changes, []);
        assert!(plan.problems[0].place.is_some());
    }
    // A linked document still learns what Xero knows.
    let mut world = invoice();
    world.sync();
    world.crm.record["Status"] = json!("Held");
    world.crm.record["Subject"] = json!("not sent");
    world.xero.as_mut().unwrap()["Status"] = json!("AUTHORISED");
    let (plan, settled) = world.sync();
    assert_eq!((plan.action, codes(&plan)), (Action::Skip, vec![Code::StatusUnmapped]));
    assert_eq!(settled.crm_fields["Xero_Status"], "AUTHORISED");
    assert!(!settled.crm_fields.contains_key("Status"));
    // What was left alone is still noticed later.
    world.crm.record["Status"] = json!("Approved");
    world.settings.documents.approved_edits = ApprovedEdits::CrmGoesThrough;
    assert_eq!(change(&world.plan(), "reference").why, Why::ChangedInCrm);
}

#[test]
fn approved_documents_are_xero_s_unless_a_setting_says_otherwise() {
    let mut world = invoice();
    world.crm.record["Status"] = json!("Approved");
    world.sync();
    world.crm.record["Subject"] = json!("edited");
    world.crm.record["Invoiced_Items"][0]["Quantity"] = json!(9);
    world.compute();
    let plan = world.plan();
    assert_eq!((plan.action, codes(&plan)), (Action::UpdateCrm, vec![Code::DocumentApproved]));
    assert!(plan.problems[0].why.contains("Reference, Line 1 quantity"), "{}", plan.problems[0].why);
    assert_eq!(plan.xero_write, None);
    assert_eq!(change(&plan, "reference").why, Why::XeroOverruledCrm);
    let mut through = World { crm: world.crm.clone(), link: world.link.clone(), xero: world.xero.clone(), ..invoice() };
    through.ids = 100;
    through.settings.documents.approved_edits = ApprovedEdits::CrmGoesThrough;
    let (plan, _) = through.sync();
    assert_eq!(plan.action, Action::UpdateXero);
    assert_eq!(plan.xero_write.as_ref().unwrap().body["Status"], "AUTHORISED");
    through.assert_in_step();
    world.sync();
    assert_eq!(world.crm.record["Subject"], "Walls");
    assert_eq!(world.crm.record["Invoiced_Items"][0]["Quantity"], json!(2));
    world.assert_in_step();
}

#[test]
fn of_paid_documents_only_what_moves_no_money_is_sent() {
    let mut world = invoice();
    world.crm.record["Status"] = json!("Approved");
    world.settings.documents.approved_edits = ApprovedEdits::CrmGoesThrough;
    world.sync();
    world.xero.as_mut().unwrap()["AmountPaid"] = json!(5);
    world.crm.record["Due_Date"] = json!("2027-01-31");
    world.crm.record["Invoice_Date"] = json!("2026-11-21");
    world.crm.record["Invoiced_Items"][1]["Description"] = json!("words");
    world.crm.record["Invoiced_Items"][1]["List_Price"] = json!(1);
    world.compute();
    let plan = world.plan();
    assert_eq!((plan.action, codes(&plan)), (Action::UpdateXero, vec![Code::DocumentPaid]), "{:#?}", plan.problems);
    let body = &plan.xero_write.as_ref().unwrap().body;
    assert_eq!(body["DueDate"], "2027-01-31");
    assert!(body.get("Date").is_none());
    assert_eq!(body["LineItems"][1]["Description"], "words");
    assert_eq!(body["LineItems"][1]["UnitAmount"], json!("99.99".parse::<serde_json::Number>().unwrap()));
    assert_eq!(change(&plan, "date").why, Why::XeroOverruledCrm);
    assert_eq!(change(&plan, "lines.102.unit_price").written, Written::Crm);
    assert_eq!(plan.crm_write["Invoice_Date"], "2026-11-20");
}

#[test]
fn a_locked_period_stops_edits_and_nothing_else() {
    let mut world = invoice();
    world.sync();
    world.xero_organisation.period_lock_date = "2026-11-30".parse().ok();
    world.assert_in_step();
    world.crm.record["Subject"] = json!("edited");
    let plan = world.plan();
    assert_eq!((plan.action, codes(&plan)), (Action::Blocked, vec![Code::PeriodLocked]));
    assert_eq!((plan.xero_write, plan.crm_write), (None, Map::new()));
    assert!(plan.problems[0].place.as_ref().unwrap().url.as_str().contains("FinancialSettings"));
}

#[test]
fn archived_and_merged_contacts_are_told() {
    let mut world = World::new(Module::Accounts, account());
    world.sync();
    world.xero.as_mut().unwrap()["ContactStatus"] = json!("ARCHIVED");
    world.assert_in_step();
    world.crm.record["Phone"] = json!("edited");
    let plan = world.plan();
    // The account has no contacts either, which is a warning of its own.
    assert_eq!(
        (plan.action, codes(&plan)),
        (Action::Blocked, vec![Code::PrimaryContactMissing, Code::ContactArchived])
    );
    assert_eq!(plan.xero_write, None);
    world.xero.as_mut().unwrap()["MergedToContactID"] = json!("cccccccc-0000-4000-8000-000000000002");
    assert_eq!(codes(&world.plan()), [Code::ContactMerged]);
}

#[test]
fn a_linked_record_that_xero_no_longer_has_is_told() {
    let mut world = World::new(Module::Accounts, account());
    world.sync();
    world.xero = None;
    let plan = world.plan();
    assert_eq!((plan.action, codes(&plan)), (Action::Blocked, vec![Code::XeroRecordGone]));
}

#[test]
fn documents_are_adopted_only_when_they_can_be_ours() {
    let element = |party: &str, status: &str| {
        json!({"InvoiceID": "cccccccc-0000-4000-8000-000000000003", "InvoiceNumber": "INV-1", "Status": status,
            "Contact": {"ContactID": party}, "Type": "ACCREC", "LineItems": []})
    };
    let mut world = invoice();
    world.ground = Ground::Likeness;
    world.xero = Some(element("aaaaaaaa-0000-4000-8000-00000000000f", "DRAFT"));
    assert_eq!(codes(&world.plan()), [Code::NumberTaken]);
    world.xero = Some(element("AAAAAAAA-0000-4000-8000-000000000001", "VOIDED"));
    assert_eq!(codes(&world.plan()), [Code::NumberBurnt]);
    world.xero = Some(element("AAAAAAAA-0000-4000-8000-000000000001", "DRAFT"));
    assert_eq!(codes(&world.plan()), [Code::DocumentInDoubt], "it has no lines and no total");
    world.ground = Ground::Word(SourceOfTruth::Crm);
    let (plan, _) = world.sync();
    assert_eq!(plan.action, Action::Adopt);
    world.assert_in_step();
}

#[test]
fn products_without_a_code_are_services_or_get_one() {
    let mut record = product();
    record["Product_Code"] = json!(null);
    let mut world = World::new(Module::Products, record);
    let plan = world.plan();
    assert_eq!((plan.action, codes(&plan)), (Action::Skip, vec![Code::ProductWithoutCode]));
    assert!(plan.problems[0].remedy.is_some());
    world.settings.products.without_code = WithoutCode::Generate;
    let (plan, settled) = world.sync();
    assert_eq!(plan.action, Action::Create);
    assert_eq!(settled.crm_fields["Product_Code"].as_str(), Some(settled.link.natural_key.as_str()));
    world.assert_in_step();
    world.crm.record["Product_Active"] = json!(false);
    world.crm.record["Unit_Price"] = json!(1);
    let plan = world.plan();
    assert_eq!((plan.action, codes(&plan)), (Action::Skip, vec![Code::ProductInactive]));
    assert_eq!(plan.xero_write, None);
}

#[test]
fn an_item_s_accounts_in_xero_are_kept_and_tracked_ones_never_sent() {
    let mut world = World::new(Module::Products, product());
    world.xero = Some(json!({"ItemID": "cccccccc-0000-4000-8000-000000000004", "Code": "FW-1", "Name": "Firewall",
        "Description": "A wall of fire", "SalesDetails": {"UnitPrice": 120.5, "AccountCode": "260", "TaxType": "EXEMPTOUTPUT"},
        "PurchaseDetails": {"AccountCode": "310", "UnitPrice": 5, "TaxType": "CAPEXINPUT"}, "IsTrackedAsInventory": true}));
    let (plan, _) = world.sync();
    assert_eq!(plan.action, Action::Adopt);
    assert_eq!(plan.xero_write, None, "{:#?}", plan.changes);
    world.assert_in_step();
    world.crm.record["Unit_Price"] = json!(130);
    let (plan, _) = world.sync();
    let body = &plan.xero_write.as_ref().unwrap().body;
    assert_eq!(body["SalesDetails"]["AccountCode"], "260");
    assert!(body.get("PurchaseDetails").is_none());
    world.assert_in_step();
}

#[test]
fn a_document_waits_for_its_party_without_being_blocked() {
    let mut world = invoice();
    world.references = References::NOTHING;
    let plan = world.plan();
    assert_eq!(plan.action, Action::Create, "{:#?}", plan.problems);
    let wanted = dependencies(Module::Invoices, &world.crm);
    assert_eq!(wanted.iter().map(|one| one.crm_id.as_str()).collect::<Vec<_>>(), ["9", "71", "72"]);
    assert_eq!(dependencies(Module::Accounts, &world.crm), []);
}

#[test]
fn a_bill_s_number_comes_back_without_its_prefix() {
    let mut world = order();
    world.settings.documents.number = crate::settings::NumberRule::Crm { prefix: "PO-".to_owned() };
    world.sync();
    assert_eq!(world.xero.as_ref().unwrap()["InvoiceNumber"], "PO-INV-1");
    world.xero.as_mut().unwrap()["InvoiceNumber"] = json!("PO-7");
    let (plan, _) = world.sync();
    assert_eq!(plan.action, Action::UpdateCrm);
    assert_eq!(world.crm.record["PO_Number"], "7");
    world.assert_in_step();
    // A number that can't be ours stays in Xero.
    world.xero.as_mut().unwrap()["InvoiceNumber"] = json!("S-99");
    let (plan, settled) = world.sync();
    assert_eq!(plan.action, Action::Unchanged);
    assert_eq!(settled.crm_fields["Xero_Number"], "S-99");
    assert_eq!(world.crm.record["PO_Number"], "7");
    world.assert_in_step();
}

#[test]
fn a_discount_larger_than_its_line_is_no_change_of_the_discount() {
    let mut world = invoice();
    world.crm.record["Invoiced_Items"][0]["Discount"] = json!(10);
    world.compute();
    world.sync();
    world.assert_in_step();
    world.crm.record["Invoiced_Items"][0]["Quantity"] = json!(0.5);
    world.compute();
    let plan = world.plan();
    assert_eq!(plan.action, Action::Blocked);
    assert!(codes(&plan).contains(&Code::DiscountInvalid));
    let keys: Vec<&str> = plan.changes.iter().map(|change| change.key.as_str()).collect();
    assert_eq!(keys, ["lines.101.quantity"]);
    // Of an approved document Xero's quantity counts, and with it the discount fits again.
    world.xero.as_mut().unwrap()["Status"] = json!("AUTHORISED");
    let (plan, _) = world.sync();
    let keys: Vec<&str> = plan.changes.iter().map(|change| change.key.as_str()).collect();
    assert_eq!(keys, ["status", "lines.101.quantity"]);
    world.assert_in_step();
}

#[test]
fn errors_block_and_say_what_would_be_sent() {
    let mut world = invoice();
    world.settings.taxes.clear();
    world.xero_organisation.tax_rates.retain(|rate| rate.tax_type != "OUTPUT");
    let plan = world.plan();
    assert_eq!(plan.action, Action::Blocked);
    assert!(codes(&plan).contains(&Code::TaxUnmapped));
    assert_eq!(plan.xero_write, None);
    assert!(plan.changes.iter().any(|change| change.key == "reference"));
}

#[test]
fn an_answer_that_surprises_is_told() {
    let mut world = invoice();
    let plan = world.plan();
    let mut answer = world.apply(plan.xero_write.as_ref().unwrap());
    answer["Total"] = json!("130.79".parse::<serde_json::Number>().unwrap());
    answer["Warnings"] =
        json!([{"Message": "Account code '999' has been removed as it does not match a recognised account."}]);
    let settled = settle(&world.inputs(), &plan, &answer, Some(&"https://in.xero.com/x".into()));
    let told = settled.problems.iter().map(|problem| (problem.code, problem.severity)).collect::<Vec<_>>();
    assert_eq!(
        told,
        [
            (Code::TotalDiffersByCents, crate::problem::Severity::Warning),
            (Code::AccountInvalid, crate::problem::Severity::Warning)
        ]
    );
    assert_eq!(settled.crm_fields["Xero_Online_Invoice"], "https://in.xero.com/x");
}

#[test]
fn an_answer_without_an_id_leaves_the_outcome_open() {
    let world = invoice();
    let plan = world.plan();
    let settled = settle(&world.inputs(), &plan, &json!({"InvoiceID": "00000000-0000-0000-0000-000000000000"}), None);
    assert_eq!(settled.link.state, LinkState::Creating);
    assert_eq!(settled.problems[0].code, Code::OutcomeUnknown);
}

/// Any JSON, with the fields' own names more often than not.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(|number| json!(number)),
        Just(json!("99999999999999999999999999.99".parse::<serde_json::Number>().unwrap())),
        "[ -~é\\n]{0,12}".prop_map(Value::from),
        Just(json!("/Date(-62135596800000+1300)/")),
        Just(json!("5%")),
        Just(json!("Approved")),
        Just(json!(ID)),
        Just(json!("aaaaaaaa-0000-4000-8000-000000000001")),
        Just(json!("AUTHORISED")),
    ];
    let names = prop::sample::select(vec![
        "id",
        "Account_Name",
        "Phone",
        "Status",
        "Invoiced_Items",
        "Purchase_Items",
        "Quantity",
        "List_Price",
        "Discount",
        "Line_Tax",
        "$line_tax",
        "Product_Name",
        "Product_Code",
        "Unit_Price",
        "Adjustment",
        "Grand_Total",
        "Invoice_Date",
        "Name",
        "Phones",
        "Addresses",
        "LineItems",
        "LineItemID",
        "UnitAmount",
        "DiscountRate",
        "Total",
        "Contact",
        "ContactID",
        "InvoiceID",
        "ItemID",
        "SalesDetails",
        "AccountCode",
        "TaxType",
        "Date",
        "AmountPaid",
        "ContactPersons",
        "percentage",
        "name",
        "Email",
        "Tax",
        "Taxable",
        "Description",
    ]);
    leaf.prop_recursive(4, 64, 8, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::Array),
            prop::collection::btree_map(names.clone().prop_map(str::to_owned), inner, 0..10)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

fn module() -> impl Strategy<Value = Module> {
    prop::sample::select(Module::ALL.to_vec())
}

fn short() -> impl Strategy<Value = Option<String>> {
    // A zero is no account number.
    prop::option::of("[A-Za-z1-9é][A-Za-z0-9é ]{0,6}[A-Za-z0-9é]")
}

const PARTY_FIELDS: [(&str, &str); 4] =
    [("Account_Number", "/AccountNumber"), ("Fax", "FAX"), ("Phone", "DEFAULT"), ("Billing_City", "City")];

const XERO_WORDS: &[&str] = &["DRAFT", "SUBMITTED", "AUTHORISED", "PAID", "VOIDED", "DELETED"];
const CRM_WORDS: &[&str] = &["Created", "Approved", "Delivered", "Canceled", "Settled"];

fn meaning() -> impl Strategy<Value = StatusTarget> {
    use StatusTarget::{Authorised, Cancel, Draft, Skip, Submitted};
    prop::sample::select(&[Draft, Submitted, Authorised, Cancel, Skip])
}

/// The same fields by their keys.
const PARTY_KEYS: &[&str] = &["account_number", "fax", "phone", "billing.city"];

fn set_xero_party(element: &mut Value, field: &str, value: Option<&str>) {
    let text = json!(value.unwrap_or_default());
    match field {
        "/AccountNumber" => element["AccountNumber"] = text,
        "City" => merge_slots(element, "Addresses", "AddressType", &json!([{"AddressType": "POBOX", "City": text}])),
        phone => merge_slots(element, "Phones", "PhoneType", &json!([{"PhoneType": phone, "PhoneNumber": text}])),
    }
}

fn xero_party(element: &Value, field: &str) -> Option<String> {
    let slot = |list: &str, kind: &str, name: &str| {
        element[list].as_array().into_iter().flatten().find(|slot| slot[kind] == name).cloned().unwrap_or_default()
    };
    let text = match field {
        "/AccountNumber" => element["AccountNumber"].clone(),
        "City" => slot("Addresses", "AddressType", "POBOX")["City"].clone(),
        phone => slot("Phones", "PhoneType", phone)["PhoneNumber"].clone(),
    };
    text.as_str().filter(|text| !text.is_empty()).map(str::to_owned)
}

fn price() -> impl Strategy<Value = String> {
    (0u32..100_000, 0u32..5).prop_map(|(units, scale)| rust_decimal::Decimal::new(units.into(), scale).to_string())
}

fn direction() -> impl Strategy<Value = Direction> {
    prop::sample::select(vec![Direction::Both, Direction::ToXero, Direction::ToCrm])
}

/// What is done to one side's lines: (kind, place, figure).
fn edits() -> impl Strategy<Value = Vec<(u8, usize, u32)>> {
    prop::collection::vec((0u8..6, 0usize..4, 1u32..90), 0..4)
}

/// Edits the CRM's lines, or Xero's. New lines get an id of their own.
fn edit_lines(world: &mut World, crm: bool, edits: &[(u8, usize, u32)]) {
    let field = world.module.lines_field().unwrap();
    for (kind, place, figure) in edits {
        let fresh = if crm { format!("7{:05}", world.ids + 1) } else { world.id() };
        world.ids += 1;
        let element = if crm { &mut world.crm.record } else { world.xero.as_mut().unwrap() };
        let lines = element[if crm { field } else { "LineItems" }].as_array_mut().unwrap();
        let at = place % lines.len().max(1);
        let price = if crm { "List_Price" } else { "UnitAmount" };
        if lines.is_empty() {
            continue;
        }
        match kind {
            0 => lines[at]["Quantity"] = json!(figure),
            1 => lines[at][price] = json!(figure),
            2 => lines[at]["Description"] = json!(format!("words {figure} of {crm}")),
            // A document keeps at least one line.
            3 if lines.len() > 1 => drop(lines.remove(at)),
            4 if crm => {
                let mut made = row(&fresh, "72", &figure.to_string(), "3", json!(0));
                made["Line_Tax"] = json!([]);
                lines.push(made);
            }
            4 => lines.insert(
                at,
                json!({"LineItemID": fresh, "Description": format!("line {figure}"), "Quantity": figure, "UnitAmount": 2,
                    "AccountCode": "260", "TaxType": "EXEMPTOUTPUT"}),
            ),
            5 => {
                let line = lines.remove(at);
                lines.push(line);
            }
            _ => {}
        }
    }
    if !crm {
        let mut element = world.xero.clone().unwrap();
        world.complete(&mut element);
        world.xero = Some(element);
    }
}

/// Text, quantity and price of each line, in no order.
fn lines_of_both(world: &World) -> [Vec<(String, String, String)>; 2] {
    let list = |lines: &Value, price: &str| {
        let figure =
            |line: &Value, name: &str| line.get(name).and_then(decimal).unwrap_or_default().normalize().to_string();
        let mut list = lines
            .as_array()
            .unwrap()
            .iter()
            .map(|line| {
                (
                    line["Description"].as_str().unwrap_or_default().to_owned(),
                    figure(line, "Quantity"),
                    figure(line, price),
                )
            })
            .collect::<Vec<_>>();
        list.sort();
        list
    };
    let field = world.module.lines_field().unwrap();
    [list(&world.crm.record[field], "List_Price"), list(&world.xero.as_ref().unwrap()["LineItems"], "UnitAmount")]
}

/// Values of the party's fields of which the CRM takes the phone number, too.
fn with_plain_phone(values: Vec<Option<String>>) -> Vec<Option<String>> {
    let plain = |(field, value): (&(&str, &str), Option<String>)| match field.0 {
        "Phone" | "Fax" => value.map(|text| text.replace(|sign: char| !sign.is_ascii_alphanumeric(), "7")),
        _ => value,
    };
    PARTY_FIELDS.iter().zip(values).map(plain).collect()
}

fn any_row() -> impl Strategy<Value = (String, String, Value, bool)> {
    let discount = prop_oneof![
        Just(json!(0)),
        (1u32..100).prop_map(|rate| json!(format!("{rate}%"))),
        Just(json!("12.345%")),
        Just(json!("0.01".parse::<serde_json::Number>().unwrap())),
    ];
    ((0u32..50).prop_map(|quantity| quantity.to_string()), price(), discount, any::<bool>())
}

proptest! {
    // No files beside the sources: a failure is told with its input.
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_json_is_planned_and_settled_without_a_panic(
        module in module(), crm in any_json(), xero in prop::option::of(any_json()), linked in any::<bool>(),
        lines in prop::collection::btree_map("[0-9]{1,3}", "[a-z]{1,3}", 0..3),
    ) {
        let mut world = World::new(module, json!({}));
        world.crm = CrmSnapshot { record: crm.clone(), contacts: vec![crm], more_contacts: false };
        world.xero = xero;
        if linked {
            world.link = Some(Link { lines, xero_id: XeroId::new("aaaaaaaa-0000-4000-8000-000000000001").ok(),
                state: LinkState::Linked, ..World::empty_link() });
        }
        let plan = world.plan();
        let stops = plan.problems.iter().any(Problem::stops);
        prop_assert!(plan.action != Action::Blocked || stops);
        if stops && !matches!(plan.action, Action::Blocked | Action::Skip) {
            // Something is in the way of the lines alone.
            let lines = plan.xero_write.as_ref().is_some_and(|write| write.body.get("LineItems").is_some());
            prop_assert!(linked && module.lines_field().is_some() && !lines);
        }
        if matches!(plan.action, Action::Blocked | Action::Skip | Action::Unchanged) {
            prop_assert!(plan.xero_write.is_none());
        }
        let answer = world.xero.clone().unwrap_or_default();
        let _ = settle(&world.inputs(), &plan, &answer, None);
        let _ = lock(module, &answer, &world.xero_organisation);
    }

    #[test]
    fn parties_come_into_step_whatever_both_sides_changed(
        first in prop::collection::vec(short(), 4), crm in prop::collection::vec(short(), 4),
        xero in prop::collection::vec(short(), 4), crm_wins in any::<bool>(), adopt in any::<bool>(),
        default in prop::option::of((prop::sample::select(PARTY_KEYS), "[abc]")),
    ) {
        let xero = with_plain_phone(xero);
        let mut world = World::new(Module::Accounts, account());
        let truth = if crm_wins { SourceOfTruth::Crm } else { SourceOfTruth::Xero };
        world.settings.source_of_truth.insert(Module::Accounts, truth);
        for ((field, _), value) in PARTY_FIELDS.iter().zip(&first) {
            world.crm.record[*field] = json!(value);
        }
        if let Some((key, text)) = &default {
            world.mapping(key).default = Some(text.clone());
        }
        world.sync();
        for (((field, their_field), ours), theirs) in PARTY_FIELDS.iter().zip(&crm).zip(&xero) {
            world.crm.record[*field] = json!(ours);
            set_xero_party(world.xero.as_mut().unwrap(), their_field, theirs.as_deref());
        }
        if adopt {
            world.link = None;
        }
        let plan = world.plan();
        world.sync();
        let plan_again = world.plan();
        prop_assert_eq!(plan_again.action, Action::Unchanged, "{:#?}", plan_again.changes);
        if adopt {
            // No field that either side had is empty afterwards.
            for (((field, _), ours), theirs) in PARTY_FIELDS.iter().zip(&crm).zip(&xero) {
                let end = world.crm.record[*field].as_str().filter(|text| !text.is_empty());
                prop_assert_eq!(end.is_some(), ours.is_some() || theirs.is_some(), "{} {:#?}", field, plan.changes);
                // A default never comes to the CRM by itself.
                let of_either = end.is_none() || ours.as_deref() == end || theirs.as_deref() == end;
                prop_assert!(of_either, "{} {:#?}", field, plan.changes);
            }
        }
    }

    #[test]
    fn every_direction_comes_to_rest_and_then_into_step(
        first in prop::collection::vec(short(), 4), crm in prop::collection::vec(short(), 4),
        xero in prop::collection::vec(short(), 4), crm_wins in any::<bool>(), direction in direction(),
        people in 0usize..3, person in prop::collection::vec(short(), 3),
    ) {
        let xero = with_plain_phone(xero);
        let mut world = World::new(Module::Accounts, account());
        let truth = if crm_wins { SourceOfTruth::Crm } else { SourceOfTruth::Xero };
        world.settings.source_of_truth.insert(Module::Accounts, truth);
        for at in 0..people {
            world.crm.contacts.push(contact(&format!("8{at}"), "Ana", &format!("Silva {at}"), "ana@acme.com"));
        }
        for ((field, _), value) in PARTY_FIELDS.iter().zip(&first) {
            world.crm.record[*field] = json!(value);
        }
        world.sync();
        world.direction = direction;
        for (((field, their_field), ours), theirs) in PARTY_FIELDS.iter().zip(&crm).zip(&xero) {
            world.crm.record[*field] = json!(ours);
            set_xero_party(world.xero.as_mut().unwrap(), their_field, theirs.as_deref());
        }
        let element = world.xero.as_mut().unwrap();
        for (field, value) in ["FirstName", "LastName"].iter().zip(&person) {
            element[*field] = json!(value.as_deref().unwrap_or_default());
        }
        let before = (world.crm.clone(), world.xero.clone());
        let (plan, _) = world.sync();
        if !direction.to_crm() {
            prop_assert!(plan.crm_write.is_empty() && plan.person.is_none());
            prop_assert!(PARTY_FIELDS.iter().all(|(field, _)| world.crm.record[*field] == before.0.record[*field]));
        }
        if !direction.to_xero() {
            prop_assert_eq!(&world.xero, &before.1);
        }
        let plan = world.plan();
        prop_assert_eq!(plan.action, Action::Unchanged, "{:#?}", plan.changes);
        prop_assert_eq!(plan.person, None);
        world.direction = Direction::Both;
        world.sync();
        let plan = world.plan();
        prop_assert_eq!(plan.action, Action::Unchanged, "{:#?}", plan.changes);
        for (field, their_field) in PARTY_FIELDS {
            let theirs = xero_party(world.xero.as_ref().unwrap(), their_field);
            let ours = world.crm.record[field].as_str().filter(|text| !text.is_empty()).map(str::to_owned);
            prop_assert_eq!(ours, theirs, "{}", field);
        }
        if people == 1 || (people == 0 && person.iter().take(2).any(Option::is_some)) {
            prop_assert_eq!(world.crm.contacts.len(), 1);
            let first = world.crm.contacts[0]["First_Name"].as_str().unwrap_or_default();
            prop_assert_eq!(first, world.xero.as_ref().unwrap()["FirstName"].as_str().unwrap_or_default());
        }
    }

    #[test]
    fn edited_lines_come_into_step_in_every_direction(
        crm in edits(), xero in edits(), crm_wins in any::<bool>(), direction in direction(), sales in any::<bool>(),
    ) {
        let mut world = if sales { invoice() } else { order() };
        world.xero_organisation.tax_rates.iter_mut().for_each(|rate| rate.effective_rate = 0.into());
        let truth = if crm_wins { SourceOfTruth::Crm } else { SourceOfTruth::Xero };
        world.settings.source_of_truth.insert(world.module, truth);
        let service = ZohoId::new("72").unwrap();
        world.references.arrivals.services = ["200", "260", "300"].map(|code| (code.to_owned(), service.clone())).into();
        world.references.arrivals.products.insert("FW-1".to_owned(), ZohoId::new("71").unwrap());
        let field = world.module.lines_field().unwrap();
        for row in world.crm.record[field].as_array_mut().unwrap() {
            row["Line_Tax"] = json!([]);
            row["Discount"] = json!(0);
        }
        let sync = |world: &mut World| {
            world.crm.record.as_object_mut().unwrap().remove("Grand_Total");
            let (plan, _) = world.sync();
            world.crm.record.as_object_mut().unwrap().remove("Grand_Total");
            plan
        };
        sync(&mut world);
        edit_lines(&mut world, true, &crm);
        edit_lines(&mut world, false, &xero);
        world.direction = direction;
        let before = lines_of_both(&world);
        sync(&mut world);
        let after = lines_of_both(&world);
        // Each side deleted the lines that the other one kept: that is told.
        prop_assume!(!after[0].is_empty());
        prop_assert!(direction.to_crm() || after[0] == before[0]);
        prop_assert!(direction.to_xero() || after[1] == before[1]);
        let plan = sync(&mut world);
        prop_assert_eq!(plan.action, Action::Unchanged, "{:#?}\n{:#?}", plan.changes, plan.problems);
        world.direction = Direction::Both;
        sync(&mut world);
        prop_assume!(!lines_of_both(&world)[0].is_empty());
        let plan = sync(&mut world);
        prop_assert_eq!(plan.action, Action::Unchanged, "{:#?}\n{:#?}", plan.changes, plan.problems);
        let [ours, theirs] = lines_of_both(&world);
        prop_assert_eq!(ours, theirs);
    }

    #[test]
    fn statuses_come_to_rest_whatever_was_chosen(
        chosen in prop::collection::btree_map(prop::sample::select(XERO_WORDS), prop::sample::select(CRM_WORDS), 0..4),
        meanings in prop::collection::btree_map(prop::sample::select(CRM_WORDS), meaning(), 0..3),
        moves in prop::collection::vec((any::<bool>(), 0usize..6), 1..6), direction in direction(),
    ) {
        let mut world = with_paid_status(None);
        let texts = |map: &BTreeMap<&str, &str>| map.iter().map(|(one, two)| ((*one).to_owned(), (*two).to_owned())).collect();
        world.settings.crm_statuses = [(Module::Invoices, texts(&chosen))].into();
        let meanings = meanings.into_iter().map(|(word, target)| (word.to_owned(), target)).collect();
        world.settings.statuses = [(Module::Invoices, meanings)].into();
        world.direction = direction;
        world.sync();
        for (of_crm, to) in moves {
            let ended = matches!(world.xero.as_ref().unwrap()["Status"].as_str(), Some("VOIDED" | "DELETED"));
            if of_crm {
                world.crm.record["Status"] = json!(CRM_WORDS[to % CRM_WORDS.len()]);
            } else if !ended {
                world.xero.as_mut().unwrap()["Status"] = json!(XERO_WORDS[to]);
            }
            world.sync();
            let plan = world.plan();
            let quiet = plan.xero_write.is_none() && plan.crm_write.is_empty();
            prop_assert!(quiet, "{:?} {:#?}\n{:?} {:?}", plan.action, plan.changes, world.crm.record["Status"], world.xero.as_ref().unwrap()["Status"]);
            // Where Xero's status has a CRM status of its own, that one is never sent as something else.
            let theirs = world.xero.as_ref().unwrap()["Status"].as_str().unwrap();
            if chosen.get(theirs).is_some_and(|word| world.crm.record["Status"] == *word) {
                prop_assert!(!matches!(plan.action, Action::Skip | Action::Blocked), "{:#?}", plan.problems);
            }
        }
    }

    #[test]
    fn documents_come_into_step(
        rows in prop::collection::vec(any_row(), 1..5), edited in prop::collection::vec(any_row(), 1..5),
        sales in any::<bool>(), drop in any::<bool>(),
        areas in prop::collection::vec(prop::sample::select(&[Some("n"), Some("s"), Some("x"), None]), 2),
    ) {
        let mut world = if sales { invoice() } else { order() };
        track(&mut world);
        world.crm.record["Area"] = json!(areas[0]);
        // Cents may differ by rules of rounding that are no concern here.
        world.xero_organisation.tax_rates.iter_mut().for_each(|rate| rate.effective_rate = 0.into());
        let field = world.module.lines_field().unwrap();
        let rows_of = |rows: &[(String, String, Value, bool)], from: usize| {
            let row_of = |(at, (quantity, price, discount, coded)): (usize, &(String, String, Value, bool))| {
                let mut made = row(&(from + at).to_string(), if *coded { "71" } else { "72" }, quantity, price, discount.clone());
                made["Line_Tax"] = json!([]);
                made
            };
            rows.iter().enumerate().map(row_of).collect::<Vec<_>>()
        };
        world.crm.record[field] = Value::Array(rows_of(&rows, 200));
        world.crm.record.as_object_mut().unwrap().remove("Grand_Total");
        let plan = world.plan();
        prop_assume!(plan.action != Action::Blocked);
        prop_assert_eq!(plan.action, Action::Create, "{:#?}", plan.problems);
        let quiet = |world: &mut World| {
            world.sync();
            world.crm.record.as_object_mut().unwrap().remove("Grand_Total");
        };
        quiet(&mut world);
        let plan = world.plan();
        prop_assert_eq!(plan.action, Action::Unchanged, "{:#?}", plan.changes);
        world.crm.record["Area"] = json!(areas[1]);
        let from = if drop { 201 } else { 200 };
        world.crm.record[field] = Value::Array(rows_of(&edited, from));
        let plan = world.plan();
        prop_assume!(plan.action != Action::Blocked);
        quiet(&mut world);
        let plan = world.plan();
        prop_assert_eq!(plan.action, Action::Unchanged, "{:#?}\n{:#?}", plan.changes, world.xero);
        let count = world.xero.as_ref().unwrap()["LineItems"].as_array().unwrap().len();
        prop_assert!(count >= edited.len());
        let wanted = match areas[1] { Some("n") => "r-north", Some("s") => "r-south", _ => "" };
        prop_assert!(options(&world, "C1").iter().all(|option| option == wanted), "{:?}", options(&world, "C1"));
    }
}

#[test]
fn a_record_agrees_with_what_it_would_be_in_xero() {
    let agree =
        |world: &World, element: &Value| super::agrees(&Inputs { xero: None, link: None, ..world.inputs() }, element);
    let mut world = World::new(Module::Products, product());
    let code = world.crm.record["Product_Code"].clone();
    assert!(agree(&world, &json!({"ItemID": "x", "Code": code})));
    assert!(!agree(&world, &json!({"ItemID": "x", "Code": "OTHER"})));
    world.crm.record["Product_Code"] = Value::Null;
    assert!(!agree(&world, &json!({"ItemID": "x"})), "nothing is no code");

    let world = invoice();
    let number = world.crm.record["Invoice_Number"].clone();
    let party = world.inputs().references.party.clone().unwrap();
    let document = |kind: &str, number: &Value, contact: &str| json!({"InvoiceID": "x", "Type": kind, "InvoiceNumber": number, "Contact": {"ContactID": contact}});
    assert!(agree(&world, &document("ACCREC", &number, party.as_str())));
    assert!(!agree(&world, &document("ACCPAY", &number, party.as_str())), "a bill");
    assert!(!agree(&world, &document("ACCREC", &json!("OTHER"), party.as_str())));
    assert!(!agree(&world, &document("ACCREC", &number, "cccccccc-0000-4000-8000-00000000dddd")));
    let mut back = document("ACCREC", &json!("OTHER"), "cccccccc-0000-4000-8000-00000000dddd");
    let url = |id: &str| format!("{}/tab/Invoices/{id}", world.crm_organisation.web_url);
    back["Url"] = json!(url(world.crm.record["id"].as_str().unwrap()));
    assert!(agree(&world, &back), "it points back");
    back["Url"] = json!(url("5725000000000009999"));
    assert!(!agree(&world, &back), "it points elsewhere");
}

#[test]
fn a_document_of_others_comes_as_far_as_they_may_and_goes_on_with_an_approver() {
    for (up_to, status, word) in
        [(UpTo::Draft, "DRAFT", "a draft"), (UpTo::Submitted, "SUBMITTED", "awaiting approval")]
    {
        let mut world = invoice();
        world.crm.record["Status"] = json!("Approved");
        world.permit.up_to = Some(up_to);
        let (plan, _) = world.sync();
        assert_eq!(world.xero.as_ref().unwrap()["Status"], status);
        let told = plan.problems.iter().find(|problem| problem.code == Code::LeftForApproval).unwrap();
        assert!(told.what.contains(word), "{told:?}");
        // Nothing more is to be done, and the CRM keeps its word.
        let (plan, _) = world.sync();
        assert_eq!(
            (plan.action, world.crm.record["Status"].clone()),
            (Action::Unchanged, json!("Approved")),
            "{plan:#?}"
        );
        world.permit = Permit::ALL;
        let (plan, _) = world.sync();
        assert_eq!((plan.action, &world.xero.as_ref().unwrap()["Status"]), (Action::UpdateXero, &json!("AUTHORISED")));
        assert_eq!(world.sync().0.action, Action::Unchanged);
        // What is approved is nothing for others.
        world.permit.up_to = Some(up_to);
        assert_eq!(world.sync().0.action, Action::Unchanged);
        assert_eq!(world.crm.record["Status"], "Approved");
    }
}

#[test]
fn a_draft_of_others_that_somebody_approves_in_xero_is_approved() {
    let mut world = invoice();
    world.crm.record["Status"] = json!("Approved");
    world.permit.up_to = Some(UpTo::Draft);
    world.sync();
    world.xero.as_mut().unwrap()["Status"] = json!("AUTHORISED");
    let (plan, _) = world.sync();
    assert!(plan.xero_write.is_none() && world.crm.record["Status"] == "Approved", "{plan:#?}");
}

#[test]
fn a_held_address_stays_on_both_sides_until_it_may_go() {
    let mut record = account();
    record["Vendor_Name"] = json!("Acme");
    record["Email"] = json!("old@acme.com");
    let mut world = World::new(Module::Vendors, record);
    world.sync();
    assert_eq!(world.xero.as_ref().unwrap()["EmailAddress"], "old@acme.com", "a new contact's own address goes");
    world.permit.emails = Emails::Held;
    world.crm.record["Email"] = json!("new@acme.com");
    for _ in 0..2 {
        let (plan, _) = world.sync();
        assert_eq!(plan.action, Action::Unchanged, "{plan:#?}");
        let held = plan.changes.iter().find(|change| change.why == Why::Held).unwrap();
        assert_eq!(held.key, "person.email");
        assert!(plan.problems.iter().any(|problem| problem.code == Code::EmailHeld));
        assert_eq!(world.xero.as_ref().unwrap()["EmailAddress"], "old@acme.com");
        assert_eq!(world.crm.record["Email"], "new@acme.com");
    }
    world.crm.record["Phone"] = json!("+61 2 9999");
    assert_eq!(world.sync().0.action, Action::UpdateXero, "everything else goes");
    assert_eq!(world.xero.as_ref().unwrap()["EmailAddress"], "old@acme.com");
    // Whoever may give the word is told before that it is one.
    world.permit.emails = Emails::WithWord;
    let (plan, _) = world.sync();
    assert!(plan.problems.iter().any(|problem| problem.code == Code::EmailReleased && !problem.stops()));
    assert_eq!(world.xero.as_ref().unwrap()["EmailAddress"], "new@acme.com");
    let (plan, _) = world.sync();
    assert!(plan.problems.is_empty(), "{:#?}", plan.problems);
}

#[test]
fn a_held_address_does_not_go_with_a_new_contact() {
    let mut record = account();
    record["Vendor_Name"] = json!("Acme");
    record["Email"] = json!("new@acme.com");
    let mut world = World::new(Module::Vendors, record);
    world.permit.emails = Emails::Held;
    for action in [Action::Create, Action::Unchanged] {
        let (plan, _) = world.sync();
        assert_eq!(plan.action, action, "{plan:#?}");
        assert!(plan.changes.iter().any(|change| change.key == "person.email" && change.why == Why::Held));
        assert!(plan.problems.iter().any(|problem| problem.code == Code::EmailHeld));
        assert!(!world.xero.as_ref().unwrap().to_string().contains("new@acme.com"));
    }
    world.permit.emails = Emails::WithWord;
    world.sync();
    assert_eq!(world.xero.as_ref().unwrap()["EmailAddress"], "new@acme.com");
}
