//! Contacts and items.

use super::*;

const DUPLICATE: &str = "The contact name ACME is already assigned to another contact. The contact name must be unique across all active contacts.";
const ARCHIVED: &str = "The specified contact details matched an archived contact. Archived contacts cannot currently be edited via the API.";

#[test]
fn names_are_unique_among_active_contacts_whatever_their_case() {
    let mut world = World::new();
    let first = world.contact("Acme");
    assert_eq!(world.refused(Method::PUT, "Contacts", json!({ "Contacts": [{ "Name": "ACME" }] })), [DUPLICATE]);
    let tenant = world.tenant.clone();
    world.xero.archive_contact(&tenant, &first, start()).unwrap();
    assert_ne!(world.contact("ACME"), first);
}

#[test]
fn names_have_their_rules() {
    let mut world = World::new();
    for name in [" Acme", "Acme ", "Acme  Ltd", "<Acme>", ""] {
        assert_eq!(world.refused(Method::PUT, "Contacts", json!({ "Name": name })).len(), 1, "{name:?}");
    }
    assert_eq!(world.refused(Method::PUT, "Contacts", json!({ "Name": "x".repeat(256) })).len(), 1);
    world.contact(&"é".repeat(255));
}

#[test]
fn an_account_number_is_unique_over_all_contacts_archived_ones_too() {
    const TAKEN: &str = "The Account Number already exists. Please enter a different Account Number.";
    let mut world = World::new();
    let row = world.save(Method::PUT, "Contacts", json!({ "Name": "Acme", "AccountNumber": "k-7" }));
    let first = id(&row, "ContactID");
    let second = json!({ "Name": "Bell", "AccountNumber": "K-7" });
    assert_eq!(world.refused(Method::PUT, "Contacts", second.clone()), [TAKEN]);
    let bell = world.contact("Bell");
    assert_eq!(world.refused(Method::POST, &format!("Contacts/{bell}"), json!({ "AccountNumber": "k-7" })), [TAKEN]);
    let tenant = world.tenant.clone();
    world.xero.archive_contact(&tenant, &first, start()).unwrap();
    assert_eq!(world.refused(Method::POST, &format!("Contacts/{bell}"), json!({ "AccountNumber": "k-7" })), [TAKEN]);
    // Nobody has an empty one, so many may.
    world.save(Method::POST, &format!("Contacts/{bell}"), json!({ "AccountNumber": "" }));
    world.save(Method::PUT, "Contacts", json!({ "Name": "Cole", "AccountNumber": "" }));
}

#[test]
fn post_without_an_id_edits_the_contact_with_the_same_name_or_number() {
    let mut world = World::new();
    let acme = world.contact("Acme");
    let row = world.save(Method::POST, "Contacts", json!({ "Name": "acme", "AccountNumber": "7" }));
    assert_eq!((id(&row, "ContactID"), &row["Name"]), (acme.clone(), &json!("acme")));
    world.save(Method::POST, &format!("Contacts/{acme}"), json!({ "ContactNumber": "zcrm:a:1" }));
    let row = world.save(Method::POST, "Contacts", json!({ "ContactNumber": "zcrm:a:1", "Name": "Acme Two" }));
    assert_eq!(id(&row, "ContactID"), acme);
    let messages = world.refused(Method::PUT, "Contacts", json!({ "ContactNumber": "zcrm:a:1", "Name": "Third" }));
    assert_eq!(messages, ["Another contact has this contact number. Please enter a different contact number."]);
}

#[test]
fn what_is_left_out_stays_and_slots_are_always_there() {
    let mut world = World::new();
    let acme = world.contact("Acme");
    let path = format!("Contacts/{acme}");
    world.save(
        Method::POST,
        &path,
        json!({
            "EmailAddress": "a@acme.example",
            "Phones": [{ "PhoneType": "MOBILE", "PhoneNumber": "1" }],
            "Addresses": [{ "AddressType": "POBOX", "City": "Perth", "Country": "Australia" }],
            "ContactPersons": [{ "FirstName": "Ann", "EmailAddress": "ann@acme.example", "IncludeInEmails": true }],
            "IsCustomer": true,
        }),
    );
    world.save(
        Method::POST,
        &path,
        json!({ "Phones": [{ "PhoneType": "FAX", "PhoneNumber": "2" }], "TaxNumber": "12" }),
    );
    let row = world.one(&path);
    assert_eq!((row["Phones"].as_array().unwrap().len(), row["Addresses"].as_array().unwrap().len()), (4, 2));
    let phone = |kind: &str| {
        row["Phones"].as_array().unwrap().iter().find(|row| row["PhoneType"] == json!(kind)).unwrap()["PhoneNumber"]
            .clone()
    };
    assert_eq!((phone("MOBILE"), phone("FAX"), phone("DDI")), (json!("1"), json!("2"), json!("")));
    assert_eq!(row["ContactPersons"][0]["FirstName"], json!("Ann"));
    assert_eq!((&row["TaxNumber"], &row["EmailAddress"]), (&json!("12"), &json!("a@acme.example")));
    assert_eq!(row["IsCustomer"], json!(false), "read-only");
    // The list of people is replaced whole.
    world.save(Method::POST, &path, json!({ "ContactPersons": [{ "FirstName": "Bob" }] }));
    let people = world.one(&path)["ContactPersons"].clone();
    assert_eq!((people.as_array().unwrap().len(), &people[0]["FirstName"]), (1, &json!("Bob")));
}

#[test]
fn people_need_a_primary_address_and_addresses_must_be_valid() {
    let mut world = World::new();
    let people = json!({ "Name": "Acme", "ContactPersons": [{ "FirstName": "Ann" }] });
    assert_eq!(
        world.refused(Method::PUT, "Contacts", people),
        ["Additional people cannot be added when the primary person has no email address set."]
    );
    for email in ["nobody", "a@b", "jürgen@example.com", "a b@example.com", "a@@example.com", "a@example..com"] {
        let messages = world.refused(Method::PUT, "Contacts", json!({ "Name": "Acme", "EmailAddress": email }));
        assert_eq!(messages, ["Email address must be valid"], "{email}");
    }
    let country = json!({ "Name": "Acme", "Addresses": [{ "AddressType": "POBOX", "Country": "AU2" }] });
    let response = world.call(Method::PUT, "Contacts", &country);
    let element = body(&response)["Elements"][0].clone();
    assert_eq!(element["Addresses"][0]["ValidationErrors"].as_array().unwrap().len(), 1, "{element}");
    assert_eq!(element["ValidationErrors"], json!([]));
}

#[test]
fn archived_and_merged_contacts_resolve_but_cannot_be_edited() {
    let mut world = World::new();
    let tenant = world.tenant.clone();
    let (loser, winner) = (world.contact("Loser"), world.contact("Winner"));
    let path = format!("Contacts/{loser}");
    let row = world.save(Method::POST, &path, json!({ "ContactNumber": "n1", "ContactStatus": "ARCHIVED" }));
    assert_eq!(row["ContactStatus"], json!("ARCHIVED"));
    for change in [json!({ "Name": "x" }), json!({ "ContactStatus": "ACTIVE" })] {
        assert_eq!(world.refused(Method::POST, &path, change), [ARCHIVED]);
    }
    assert_eq!(world.refused(Method::POST, "Contacts", json!({ "ContactNumber": "n1" })), [ARCHIVED]);
    assert_eq!(world.get("Contacts")["Contacts"].as_array().unwrap().len(), 1);
    assert_eq!(world.get("Contacts?includeArchived=true")["Contacts"].as_array().unwrap().len(), 2);
    world.xero.merge_contacts(&tenant, &loser, &winner, start()).unwrap();
    assert_eq!(world.one(&path)["MergedToContactID"], json!(winner));
    assert_eq!(world.one("Contacts/n1")["ContactID"], json!(loser));
}

#[test]
fn an_unknown_element_is_named() {
    let mut world = World::new();
    let sent = json!({ "Code": "A", "PurchaseDetails": { "CogsAccountCode": "310" } });
    let messages = world.refused(Method::PUT, "Items", sent);
    assert!(
        messages[0].starts_with(
            "The element 'CogsAccountCode' was not recognised. Ensure the element name has the correct case"
        ),
        "{messages:?}"
    );
}

#[test]
fn items_are_keyed_by_code() {
    let mut world = World::new();
    assert_eq!(
        world.refused(Method::PUT, "Items", json!({ "Name": "No code" })),
        ["Price List Item Code must be supplied"]
    );
    let details = json!({ "UnitPrice": 10.12345, "AccountCode": "200", "TaxType": "OUTPUT" });
    let item = world.save(
        Method::PUT,
        "Items?unitdp=4",
        json!({ "Code": "FW-100", "Name": "Firewall", "SalesDetails": details }),
    );
    assert_eq!(item["SalesDetails"]["UnitPrice"].to_string(), "10.1235");
    let path = format!("Items/{}", id(&item, "ItemID"));
    assert_eq!(world.one(&path)["SalesDetails"]["UnitPrice"].to_string(), "10.12");
    let taken = ["Price List Item with Code 'FW-100' already exists"];
    assert_eq!(world.refused(Method::PUT, "Items", json!({ "Code": "FW-100" })), taken);
    let same = world.save(Method::POST, "Items", json!({ "Code": "FW-100", "Description": "New" }));
    assert_eq!(same["ItemID"], item["ItemID"]);
    assert!(same["UpdatedDateUTC"].as_str().unwrap().ends_with("000)/"), "no offset: {same}");
    let other = world.save(Method::PUT, "Items", json!({ "Code": "B" }));
    let path_other = format!("Items/{}", id(&other, "ItemID"));
    assert_eq!(world.refused(Method::POST, &path_other, json!({ "Code": "FW-100" })), taken);
    assert_eq!(
        world.refused(Method::POST, &path_other, json!({ "Name": "x" })),
        ["Price List Item Code must be supplied"]
    );
    world.save(Method::POST, &path, json!({ "Code": "FW-100", "IsSold": false }));
    assert_eq!(world.one(&path)["SalesDetails"], json!({}));
    assert_eq!(world.call(Method::DELETE, &path_other, &Value::Null).status(), 204);
    assert_eq!(world.call(Method::GET, &path_other, &Value::Null).status(), 404);
    let null = json!({ "Code": "C", "SalesDetails": { "AccountCode": null } });
    assert_eq!(body(&world.call(Method::PUT, "Items", &null))["ErrorNumber"], json!(14));
}
