//! Requests as they go out, links as they come back, counts.

use super::*;
use crate::error::{PageError, ServiceErrorKind};
use crate::pushdown::Precision;
use couplet_engine::{FieldAccess, Labels};
use couplet_filter::{FieldType, FieldValue};

fn field(name: &str, property: Option<&str>, field_type: FieldType) -> FieldSchema {
    FieldSchema {
        name: name.to_owned(),
        number: None,
        labels: Labels::default(),
        field_type,
        property: property.map(str::to_owned),
        access: FieldAccess::Full,
        options: Vec::new(),
        targets: Vec::new(),
    }
}

fn schema(side: Side, key: &str, fields: Vec<FieldSchema>) -> TableSchema {
    TableSchema {
        side,
        name: "test".to_owned(),
        number: None,
        labels: Labels::default(),
        key_field: key.to_owned(),
        primary_name_field: None,
        fields,
    }
}

fn text() -> FieldType {
    FieldType::Text { max_length: None }
}

fn contact() -> TableSchema {
    let fields = vec![
        field("contactid", Some("contactid"), FieldType::Guid),
        field("fullname", Some("fullname"), text()),
        field("parentcustomerid", Some("_parentcustomerid_value"), FieldType::Guid),
        field(
            "parentcustomeridtype",
            Some("_parentcustomerid_value@Microsoft.Dynamics.CRM.lookuplogicalname"),
            text(),
        ),
        field("entityimage", None, FieldType::Unfilterable),
    ];
    schema(Side::Dataverse, "contactid", fields)
}

fn contacts() -> TableSource {
    TableSource {
        side: Side::Dataverse,
        base_url: "https://demo.crm4.dynamics.com".to_owned(),
        path: "/api/data/v9.2/contacts".to_owned(),
        key_field: "contactid".to_owned(),
    }
}

fn customers() -> (TableSource, TableSchema) {
    let source = TableSource {
        side: Side::BusinessCentral,
        base_url: "http://localhost/bc".to_owned(),
        path: "/api/v2.0/companies(1f0a3c52-0000-4c11-8a00-00000000c001)/customers".to_owned(),
        key_field: "SystemId".to_owned(),
    };
    let fields = vec![field("SystemId", Some("id"), FieldType::Guid), field("No.", Some("number"), text())];
    (source, schema(Side::BusinessCentral, "SystemId", fields))
}

fn answer(body: &str) -> Response {
    Response { status: 200, headers: Vec::new(), body: body.into() }
}

fn filter(text: &str) -> PushedFilter {
    PushedFilter { text: Some(text.to_owned()), precision: Precision::Superset, left_out: Vec::new() }
}

#[test]
fn a17_a19_a27_the_first_request_to_business_central() {
    let (source, schema) = customers();
    let options = ReadOptions {
        page_size: Some(500),
        filter: Some(filter("number eq 'A&B'")),
        ..ReadOptions::default()
    };
    let request = TableRead::new(source, &schema, schema.field("No."), options).first();
    assert_eq!(
        request.path,
        "/api/v2.0/companies(1f0a3c52-0000-4c11-8a00-00000000c001)/customers?$select=id,number\
         &$filter=number%20eq%20'A%26B'"
    );
    assert_eq!(request.header("Prefer"), Some("odata.maxpagesize=500"));
    assert_eq!(request.header("Data-Access-Intent"), Some("ReadOnly"));
    assert_eq!((request.method, request.body), (crate::Method::Get, None));
}

#[test]
fn b3_b7_b8_b22_b25_the_first_request_to_dataverse() {
    let schema = contact();
    let names = ["fullname", "parentcustomerid", "parentcustomeridtype", "entityimage", "fullname"];
    let fields = names.iter().filter_map(|name| schema.field(name));
    let options = ReadOptions { order: ReadOrder::Key, count: WithCount::Yes, ..ReadOptions::default() };
    let read = TableRead::new(contacts(), &schema, fields, options);
    let request = read.first();
    assert_eq!(
        request.path,
        "/api/data/v9.2/contacts?$select=contactid,fullname,_parentcustomerid_value&$orderby=contactid&$count=true"
    );
    let prefer =
        "odata.maxpagesize=5000,odata.include-annotations=\"Microsoft.Dynamics.CRM.lookuplogicalname\"";
    assert_eq!(request.header("Prefer"), Some(prefer));
    assert_eq!(request.header("OData-Version"), Some("4.0"));
    assert_eq!(request.header("If-None-Match"), Some("null"));
    let columns: Vec<String> = read.table().columns().iter().map(|column| column.name.clone()).collect();
    assert_eq!(columns, ["contactid", "fullname", "parentcustomerid", "parentcustomeridtype", "entityimage"]);
}

#[test]
fn b22_annotations_are_asked_for_only_where_needed() {
    let schema = contact();
    let request =
        TableRead::new(contacts(), &schema, schema.field("fullname"), ReadOptions::default()).first();
    assert_eq!(request.header("Prefer"), Some("odata.maxpagesize=5000"));
}

#[test]
fn a25_pages_follow_each_other_and_columns_out_of_reach_stay_null() {
    let (source, mut schema) = customers();
    schema.fields.push(field("Contact", None, text()));
    let mut read = TableRead::new(source, &schema, &schema.fields, ReadOptions::default());
    let mut table = read.table();
    let first = r#"{"value":[{"id":"a0000000-0000-4000-8000-000000000001","number":"C1"}],"@odata.count":2,
        "@odata.nextLink":"http://localhost/bc/api/v2.0/customers?$skiptoken=x%2Fy"}"#;
    let page = read.accept(&answer(first), &mut table).unwrap();
    assert_eq!((page.n_rows, page.count), (1, Some(Count::Exact(2))));
    let next = page.next.unwrap();
    assert_eq!(next.path, "/api/v2.0/customers?$skiptoken=x%2Fy");
    assert_eq!(next.header("Prefer"), Some("odata.maxpagesize=20000"));
    let second = r#"{"value":[{"id":"a0000000-0000-4000-8000-000000000002","number":"C2"}]}"#;
    let page = read.accept(&answer(second), &mut table).unwrap();
    assert_eq!((page.n_rows, page.next), (1, None));
    assert_eq!(table.column("No.").unwrap().get(1), FieldValue::Text("C2"));
    assert_eq!(table.column("Contact").unwrap().get(1), FieldValue::Null);
}

#[test]
fn a_foreign_link_and_a_refusal_leave_the_table_as_it_was() {
    let (source, schema) = customers();
    let mut read = TableRead::new(source, &schema, &schema.fields, ReadOptions::default());
    let mut table = read.table();
    let body = r#"{"value":[{"id":"a0000000-0000-4000-8000-000000000001","number":"C1"}],
        "@odata.nextLink":"https://evil.example/api/v2.0/customers"}"#;
    let error = read.accept(&answer(body), &mut table).unwrap_err();
    assert_eq!((error.code(), table.n_rows()), ("page.foreign-link", 0));
    let refusal = Response { status: 429, ..answer(r#"{"error":{"code":"429","message":"slow"}}"#) };
    let ReadError::Service(error) = read.accept(&refusal, &mut table).unwrap_err() else {
        panic!("a refusal")
    };
    assert_eq!((error.kind, error.message.as_str()), (ServiceErrorKind::Throttled, "slow"));
    let cut = read.accept(&answer("{\"value\":["), &mut table).unwrap_err();
    assert_eq!(cut, ReadError::Page(PageError::Truncated { n_rows: 0 }));
}

#[test]
fn a27_b27_counts() {
    let request = count_request(&contacts(), Some(&filter("statecode eq 0")));
    assert_eq!(request.path, "/api/data/v9.2/contacts/$count?$filter=statecode%20eq%200");
    assert_eq!(count_request(&contacts(), None).path, "/api/data/v9.2/contacts/$count");
    let read = |side, body| read_count(side, &answer(body));
    assert_eq!(read(Side::Dataverse, "\u{feff}4999"), Ok(Count::Exact(4_999)));
    assert_eq!(read(Side::Dataverse, "5000"), Ok(Count::AtLeast(5_000)));
    assert_eq!(read(Side::BusinessCentral, "100000\n"), Ok(Count::Exact(100_000)));
    assert_eq!(read(Side::BusinessCentral, "many").unwrap_err().code(), "metadata.malformed");
}
