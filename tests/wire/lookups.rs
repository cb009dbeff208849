//! Records that a field can point to, found in both sandboxes by name and by key, beside the services' own JSON.

use couplet_engine::Side;
use couplet_systems::lookup::{LookupKey, LookupPage, LookupQuestion, LookupRead, MAX_FOUND};

use crate::driver::{Connected, Place};

/// Business Central's table of customers.
const CUSTOMER: u32 = 18;

#[track_caller]
fn found(table: Place<'_>, key: &LookupKey, question: &LookupQuestion) -> LookupPage {
    let connected = Connected::shared();
    let (schema, source) = connected.place(table);
    connected.driver.run(source.side, LookupRead::new(&source, schema, key, question))
}

fn containing(text: &str) -> LookupQuestion {
    LookupQuestion::Containing(text.to_owned())
}

fn keys(page: &LookupPage) -> Vec<&str> {
    page.rows.iter().map(|row| row.key.as_str()).collect()
}

#[test]
fn rows_of_dataverse_are_found_by_a_part_of_their_name_in_any_case() {
    let rows = Connected::shared().driver.raw_rows(Side::Dataverse, "/api/data/v9.2/accounts");
    let name = |row: &serde_json::Value| row["name"].as_str().unwrap_or_default().to_owned();
    let wanted = name(&rows[7]).to_uppercase();
    let holds = |row: &&serde_json::Value| name(row).to_uppercase().contains(&wanted);
    let expected = rows.iter().filter(holds).count();
    let page = found(Place::Dataverse("account"), &LookupKey::Id, &containing(&wanted));
    assert!((1..MAX_FOUND as usize).contains(&expected), "{expected}");
    assert_eq!((page.rows.len(), page.has_more), (expected, false));
    assert!(page.rows.iter().all(|row| row.name.to_uppercase().contains(&wanted)));

    let first = found(Place::Dataverse("account"), &LookupKey::Id, &containing(""));
    assert_eq!((first.rows.len(), first.has_more), (MAX_FOUND as usize, true));
    let one = LookupQuestion::WithKeys(vec![first.rows[3].key.clone(), uuid::Uuid::nil().to_string()]);
    let one = found(Place::Dataverse("account"), &LookupKey::Id, &one);
    assert_eq!(one.rows, [first.rows[3].clone()], "the other id is no row's");
}

#[test]
fn codes_of_business_central_are_found_in_the_table_that_the_metadata_names() {
    let connected = Connected::shared();
    let customer = &connected.bc_table(CUSTOMER).schema;
    let related = |field: &str| {
        let field = customer.field(field).unwrap_or_else(|| panic!("no field {field}"));
        let (table, key) = connected.tables.related(CUSTOMER, field)?;
        Some((table.schema.name.as_str(), table.schema.number?, key))
    };
    let code = LookupKey::Code { field: "Code".to_owned() };
    for (field, table) in [
        ("Salesperson Code", "Salesperson/Purchaser"),
        ("Currency Code", "Currency"),
        ("Payment Terms Code", "Payment Terms"),
        ("Shipment Method Code", "Shipment Method"),
        ("Shipping Agent Code", "Shipping Agent"),
    ] {
        assert_eq!(related(field).map(|(name, _, key)| (name, key)), Some((table, code.clone())), "{field}");
    }
    assert_eq!(related("Name"), None);

    let (_, number, _) = related("Salesperson Code").unwrap();
    let all = found(Place::BusinessCentral(number), &code, &containing(" "));
    let person = all.rows.iter().find(|row| row.name.contains(' ')).unwrap();
    // Typed in lower case: one of the spellings that are tried is the name's own.
    let surname = person.name.split(' ').next_back().unwrap().to_lowercase();
    let by_name = found(Place::BusinessCentral(number), &code, &containing(&surname));
    assert!(keys(&by_name).contains(&person.key.as_str()), "{surname}: {by_name:?}");
    let by_code = found(Place::BusinessCentral(number), &code, &containing(&person.key.to_lowercase()));
    assert!(keys(&by_code).contains(&person.key.as_str()), "{by_code:?}");
    let with_key = LookupQuestion::WithKeys(vec![person.key.to_lowercase(), "NOBODY".to_owned()]);
    assert_eq!(found(Place::BusinessCentral(number), &code, &with_key).rows, std::slice::from_ref(person));
}
