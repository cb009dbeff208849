//! Metadata answers of Dataverse as the facts describe them.

use super::*;
use crate::http::{Procedure, Step};
use couplet_engine::{FieldAccess, Language, TableSchema};
use couplet_filter::{FieldType, FieldValue};

fn answer(body: &str) -> Response {
    Response { status: 200, headers: Vec::new(), body: body.into() }
}

fn label(english: &str, french: &str) -> String {
    format!(
        r#"{{"LocalizedLabels":[{{"Label":"{english}","LanguageCode":1033}},{{"Label":"{french}","LanguageCode":1036}}],
        "UserLocalizedLabel":{{"Label":"{english}","LanguageCode":1033}}}}"#
    )
}

fn list(values: &str) -> Response {
    answer(&format!(r#"{{"@odata.context":"x","value":[{values}]}}"#))
}

fn attribute(name: &str, kind: &str, more: &str) -> String {
    format!(
        r#"{{"LogicalName":"{name}","AttributeType":"{kind}","DisplayName":{}{more}}}"#,
        label(name, "Fr")
    )
}

fn responses() -> Vec<Response> {
    let definition = format!(
        r#"{{"LogicalName":"contact","EntitySetName":"contacts","PrimaryIdAttribute":"contactid",
        "PrimaryNameAttribute":"fullname","DisplayName":{}}}"#,
        label("Contact", "Contact (fr)")
    );
    let attributes = [
        attribute("contactid", "Uniqueidentifier", r#","IsValidForCreate":true,"IsValidForUpdate":false"#),
        attribute("fullname", "String", r#","IsValidForCreate":false,"IsValidForUpdate":false"#),
        attribute("parentcustomerid", "Customer", ""),
        attribute("parentcustomeridname", "String", r#","AttributeOf":"parentcustomerid""#),
        attribute("parentcustomeridtype", "EntityName", r#","AttributeOf":"parentcustomerid""#),
        attribute(
            "mastercontactidname",
            "String",
            r#","IsValidForCreate":false,"IsValidForUpdate":false,"IsLogical":true"#,
        ),
        attribute("ownerid", "Owner", ""),
        attribute("statecode", "State", r#","IsValidForCreate":false,"IsValidForUpdate":true"#),
        attribute("paymenttermscode", "Picklist", ""),
        attribute("creditlimit", "Money", ""),
        attribute("birthdate", "DateTime", ""),
        attribute("modifiedon", "DateTime", ""),
        attribute("donotphone", "Boolean", ""),
        attribute("versionnumber", "BigInt", ""),
        attribute("description", "Memo", ""),
        attribute("entityimage", "Virtual", ""),
    ];
    let choice = |value: i32, english: &str, french: &str| {
        format!(r#"{{"Value":{value},"Label":{}}}"#, label(english, french))
    };
    let picklist = format!(
        r#"{{"LogicalName":"paymenttermscode","OptionSet":{{"Options":[{},{}]}},"GlobalOptionSet":null}}"#,
        choice(1, "Net 30", "30 jours net"),
        choice(1000, "14 days", "14 jours"),
    );
    let state = format!(
        r#"{{"LogicalName":"statecode","OptionSet":{{"Options":[{},{}]}}}}"#,
        choice(0, "Active", "Actif"),
        choice(1, "Inactive", "Inactif")
    );
    vec![
        answer(&definition),
        list(&attributes.join(",")),
        list(&picklist),
        list(&state),
        list(""),
        list(r#"{"LogicalName":"fullname","MaxLength":160}"#),
        list(
            r#"{"LogicalName":"parentcustomerid","Targets":["account","contact"]},
            {"LogicalName":"ownerid","Targets":["systemuser","team"]}"#,
        ),
        list(r#"{"LogicalName":"birthdate","DateTimeBehavior":{"Value":"DateOnly"}}"#),
    ]
}

fn read(responses: &[Response]) -> Option<DataverseTable> {
    let mut procedure = DataverseTableMetadata::new("contact");
    procedure.start();
    match procedure.accept(responses).unwrap() {
        Step::Done(table) => table,
        Step::Send(requests) => panic!("more requests: {requests:?}"),
    }
}

fn contact() -> TableSchema {
    read(&responses()).unwrap().schema
}

#[test]
fn b31_b32_everything_is_asked_for_at_once() {
    let Step::Send(requests) = DataverseTableMetadata::new("contact").start() else { panic!("requests") };
    let paths: Vec<&str> = requests.iter().map(|request| request.path.as_str()).collect();
    let table = "/api/data/v9.2/EntityDefinitions(LogicalName='contact')";
    assert_eq!(paths.len(), 8);
    assert!(paths[0].starts_with(&format!("{table}?$select=LogicalName,EntitySetName,")));
    let picklist = "Attributes/Microsoft.Dynamics.CRM.PicklistAttributeMetadata?$select=LogicalName&$expand=OptionSet,GlobalOptionSet";
    assert_eq!(paths[2], format!("{table}/{picklist}"));
    assert!(requests.iter().all(|request| request.header("OData-MaxVersion") == Some("4.0")));
}

#[test]
fn b31_b34_a_table_with_its_columns() {
    let table = read(&responses()).unwrap();
    assert_eq!(table.source("https://x/").path, "/api/data/v9.2/contacts");
    let schema = table.schema;
    assert_eq!(
        (schema.key_field.as_str(), schema.primary_name_field.as_deref()),
        ("contactid", Some("fullname"))
    );
    assert_eq!(schema.labels.get(Language::French), "Contact (fr)");
    let of = |name: &str| schema.field(name).unwrap();
    assert_eq!(of("fullname").field_type, FieldType::Text { max_length: Some(160) });
    assert_eq!(of("fullname").access, FieldAccess::Read);
    assert_eq!(of("contactid").access, FieldAccess::Insert);
    assert_eq!(of("statecode").access, FieldAccess::Modify);
    assert_eq!(of("creditlimit").field_type, FieldType::Decimal);
    assert_eq!(of("birthdate").field_type, FieldType::Date);
    assert_eq!(of("modifiedon").field_type, FieldType::DateTime);
    assert_eq!(of("versionnumber").field_type, FieldType::BigInteger);
    assert_eq!(of("paymenttermscode").option(1000).unwrap().labels.get(Language::French), "14 jours");
    assert_eq!(of("statecode").option(1).unwrap().name, "Inactive");
    assert!(schema.field("entityimage").is_none());
}

#[test]
fn b22_lookups_and_the_tables_they_point_to() {
    let schema = contact();
    let property = |name: &str| schema.field(name).unwrap().property.clone();
    assert_eq!(property("parentcustomerid").as_deref(), Some("_parentcustomerid_value"));
    let annotation = "_parentcustomerid_value@Microsoft.Dynamics.CRM.lookuplogicalname";
    assert_eq!(property("parentcustomeridtype").as_deref(), Some(annotation));
    // Not listed as a column, but the lookup has two targets.
    let annotation = "_ownerid_value@Microsoft.Dynamics.CRM.lookuplogicalname";
    assert_eq!(property("owneridtype").as_deref(), Some(annotation));
    assert_eq!(schema.field("ownerid").unwrap().targets, ["systemuser", "team"]);
    // A column that only accompanies another is no property of the Web API.
    for name in ["parentcustomeridname", "mastercontactidname"] {
        let name = schema.field(name).unwrap();
        assert_eq!((name.property.as_deref(), name.access), (None, FieldAccess::OutOfReach));
    }
}

#[test]
fn a_table_that_does_not_exist_is_none_and_a_missing_cast_of_dates_is_no_error() {
    let mut missing = responses();
    missing[0].status = 404;
    assert_eq!(read(&missing), None);
    let mut no_dates = responses();
    no_dates[7].status = 501;
    assert_eq!(read(&no_dates).unwrap().schema.field("birthdate").unwrap().field_type, FieldType::DateTime);
    let mut refused = responses();
    refused[1].status = 403;
    let mut procedure = DataverseTableMetadata::new("contact");
    procedure.start();
    assert_eq!(procedure.accept(&refused).unwrap_err().code(), "service.forbidden");
}

#[test]
fn d5_the_values_of_a_choice_are_the_rows_of_an_option_mapping() {
    let schema = contact();
    let (rows_schema, rows) = crate::option_set_rows(&schema, "paymenttermscode", Language::French).unwrap();
    assert_eq!((rows_schema.key_field.as_str(), rows.n_rows()), ("value", 2));
    assert_eq!(rows.column("value").unwrap().get(1), FieldValue::Integer(1000));
    assert_eq!(rows.column("label").unwrap().get(0), FieldValue::Text("30 jours net"));
    assert!(crate::option_set_rows(&schema, "fullname", Language::French).is_none());
}

#[test]
fn b16_b17_b18_who_what_and_how_many() {
    let who = read_who_am_i(&answer(
        r#"{"@odata.context":"x","BusinessUnitId":"b0000000-0000-4000-8000-000000000001",
        "UserId":"d0000000-0000-4000-8000-000000000001","OrganizationId":"c0000000-0000-4000-8000-000000000001"}"#,
    ));
    assert_eq!(who.unwrap().user_id.to_string(), "d0000000-0000-4000-8000-000000000001");
    let version = read_version(&answer(r#"{"@odata.context":"x","Version":"9.2.25093.00168"}"#));
    assert_eq!(version.unwrap(), "9.2.25093.00168");
    let request = total_record_count_request(&["account", "contact"]);
    assert_eq!(
        request.path,
        "/api/data/v9.2/RetrieveTotalRecordCount(EntityNames=%5B'account'%2C'contact'%5D)"
    );
    let body = r#"{"EntityRecordCountCollection":{"Count":2,"IsReadOnly":false,"Keys":["account","contact"],"Values":[7,9]}}"#;
    let counts = read_total_record_count(&answer(body)).unwrap();
    assert_eq!(counts, [("account".to_owned(), 7), ("contact".to_owned(), 9)]);
}

#[test]
fn the_company_row_is_found_by_system_id() {
    let id = "1f0a3c52-0000-4c11-8a00-00000000c001";
    let request = company_request(id.parse().unwrap());
    let query = format!("$select=bcbi_companyid,bcbi_name&$filter=bcbi_externalid%20eq%20'{id}'");
    assert_eq!(request.path, format!("/api/data/v9.2/bcbi_companies?{query}"));
    let row = r#"{"@odata.etag":"W/\"1\"","bcbi_companyid":"f0000000-0000-4000-8000-000000000001","bcbi_name":"CRONUS"}"#;
    assert_eq!(read_company(&list(row)).unwrap().unwrap().name, "CRONUS");
    assert_eq!(read_company(&list("")).unwrap(), None);
    assert_eq!(read_company(&Response { status: 404, ..answer("") }).unwrap(), None);
    assert!(read_company(&Response { status: 403, ..answer("") }).is_err());
}

#[test]
fn b31_names_of_all_tables() {
    assert_eq!(
        table_names_request().path,
        "/api/data/v9.2/EntityDefinitions?$select=LogicalName,DisplayName"
    );
    let labeled = format!(r#"{{"LogicalName":"account","DisplayName":{}}},"#, label("Account", "Compte"));
    let tables = read_table_names(&list(&format!(r#"{labeled}{{"LogicalName":"new_thing"}}"#))).unwrap();
    assert_eq!(tables[0].labels.get(Language::French), "Compte");
    assert_eq!(tables[1].labels.get(Language::English), "new_thing");
}
