//! Metadata answers of Business Central and the bindings found from them.

use super::*;
use crate::binding::{BindingKind, Remedy};
use crate::http::{Procedure, Step};
use crate::lookup::LookupKey;
use couplet_engine::{FieldAccess, Language};
use couplet_filter::FieldType;

const COMPANY: &str = "1f0a3c52-0000-4c11-8a00-00000000c001";
const BASE: &str = "http://localhost/bc";

fn answer(body: &str) -> Response {
    Response { status: 200, headers: Vec::new(), body: body.into() }
}

fn refused(status: u16) -> Response {
    let body = r#"{"error":{"code":"BadRequest_NotFound","message":"No HTTP resource was found."}}"#;
    Response { status, ..answer(body) }
}

fn edmx(content: &str) -> Response {
    answer(&format!(
        r#"<?xml version="1.0"?><edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx">
        <edmx:DataServices><Schema Namespace="Microsoft.NAV" xmlns="http://docs.oasis-open.org/odata/ns/edm">
        {content}</Schema></edmx:DataServices></edmx:Edmx>"#
    ))
}

fn companion() -> Response {
    edmx(
        r#"<EntityType Name="customer"><Property Name="systemId" Type="Edm.Guid"/><Property Name="no" Type="Edm.String"/>
        <Property Name="blocked" Type="Microsoft.NAV.customerBlocked"/>
        <Property Name="systemModifiedAt" Type="Edm.DateTimeOffset"/></EntityType>
        <EntityType Name="paymentTerm"><Property Name="systemId" Type="Edm.Guid"/>
        <Property Name="code" Type="Edm.String"/></EntityType>
        <EnumType Name="customerBlocked"><Member Name="_x0020_" Value="0"/><Member Name="Ship" Value="1"/>
        <Member Name="All" Value="100"/></EnumType>
        <EntityContainer Name="NAV"><EntitySet Name="customers" EntityType="Microsoft.NAV.customer"/>
        <EntitySet Name="paymentTerms" EntityType="Microsoft.NAV.paymentTerm"/></EntityContainer>"#,
    )
}

fn api() -> Response {
    edmx(
        r#"<EntityType Name="customer"><Property Name="id" Type="Edm.Guid"/>
        <Property Name="displayName" Type="Edm.String" MaxLength="100"/>
        <Property Name="creditLimit" Type="Edm.Decimal"/>
        <Property Name="paymentTermsId" Type="Edm.Guid"/>
        <Property Name="blocked" Type="Microsoft.NAV.customerBlocked"/>
        <Property Name="lastModifiedDateTime" Type="Edm.DateTimeOffset"/></EntityType>
        <EnumType Name="customerBlocked"><Member Name="_x0020_" Value="0"/><Member Name="All" Value="3"/></EnumType>
        <EntityContainer Name="NAV"><EntitySet Name="customers" EntityType="Microsoft.NAV.customer"/></EntityContainer>"#,
    )
}

fn fields(captions: [&str; 2], options: &str) -> String {
    let [no, blocked] = captions;
    format!(
        r#"{{"tableNo":18,"tableName":"Customer","no":39,"fieldName":"Blocked","fieldCaption":"{blocked}","type":"Option",
         "len":4,"optionMembers":" ,Ship,All","optionCaptions":"{options}","systemId":"00000000-0000-0000-0000-000000000000"}},
        {{"tableNo":18,"tableName":"Customer","no":1,"fieldName":"No.","fieldCaption":"{no}","type":"Code","len":20,
         "optionMembers":"","optionCaptions":""}},
        {{"tableNo":18,"tableName":"Customer","no":8,"fieldName":"Contact","fieldCaption":"","type":"Text","len":100,
         "optionMembers":"","optionCaptions":""}},
        {{"tableNo":3,"tableName":"Payment Terms","no":1,"fieldName":"Code","fieldCaption":"","type":"Code","len":10,
         "optionMembers":"","optionCaptions":""}}"#
    )
}

fn page(rows: &str, next: &str) -> Response {
    answer(&format!(r#"{{"@odata.context":"x","value":[{rows}]{next}}}"#))
}

fn procedure(tables: &[u32]) -> BusinessCentralMetadata {
    BusinessCentralMetadata::new(BASE, COMPANY.parse().unwrap(), tables.iter().copied())
}

fn done(procedure: &mut BusinessCentralMetadata, responses: &[Response]) -> BusinessCentralTables {
    match procedure.accept(responses).unwrap() {
        Step::Done(tables) => tables,
        Step::Send(requests) => panic!("more requests: {requests:?}"),
    }
}

#[test]
fn a1_companies() {
    let body = r#"{"@odata.context":"x","value":[{"id":"1f0a3c52-0000-4c11-8a00-00000000c001","name":"CRONUS DEMO",
        "displayName":"Demo","timestamp":4711}]}"#;
    let companies = read_companies(&answer(body)).unwrap();
    assert_eq!((companies[0].name.as_str(), companies[0].display_name.as_str()), ("CRONUS DEMO", "Demo"));
    assert_eq!(companies_request().path, "/api/v2.0/companies?$select=id,name,displayName");
    assert_eq!(read_companies(&answer("{}")).unwrap_err().code(), "metadata.malformed");
    assert_eq!(read_companies(&refused(401)).unwrap_err().code(), "service.unauthorized");
}

#[test]
fn a7_a33_everything_is_asked_for_at_once() {
    let Step::Send(requests) = procedure(&[23, 18, 18]).start() else { panic!("requests") };
    let paths: Vec<&str> = requests.iter().map(|request| request.path.as_str()).collect();
    let list = "/api/couplet/integration/v1.0/companies(1f0a3c52-0000-4c11-8a00-00000000c001)/tableFields?\
        $select=tableNo,tableName,no,fieldName,fieldCaption,type,len,optionMembers,optionCaptions,\
        relationTableNo,isPrimaryKey&$filter=tableNo%20eq%2018%20or%20tableNo%20eq%2023";
    assert_eq!(paths, ["/api/couplet/integration/v1.0/$metadata", "/api/v2.0/$metadata", list, list]);
    assert_eq!(requests[2].header("Accept-Language"), Some("en-US"));
    assert_eq!(requests[3].header("Accept-Language"), Some("fr-FR"));
    assert_eq!(requests[0].header("Accept"), Some("application/xml"));
}

#[test]
fn a_companion_table_has_its_fields_in_both_languages() {
    let mut procedure = procedure(&[3, 18, 99]);
    procedure.start();
    let english = page(&fields(["No.", "Blocked"], " ,Ship,All"), "");
    let french = page(&fields(["N°", "Bloqué"], " ,Expédier,Tous"), "");
    let tables = done(&mut procedure, &[companion(), api(), english, french]);
    assert_eq!((tables.companion, tables.missing.as_slice()), (CompanionState::Installed, &[99][..]));
    let customer = tables.table(18).unwrap();
    assert_eq!(
        (customer.binding.kind, customer.binding.entity_set.as_str()),
        (BindingKind::Companion, "customers")
    );
    let source = customer.source("http://localhost/bc/", COMPANY.parse().unwrap()).unwrap();
    assert_eq!(source.path, format!("/api/couplet/integration/v1.0/companies({COMPANY})/customers"));
    let schema = &customer.schema;
    let names: Vec<&str> = schema.fields.iter().map(|field| field.name.as_str()).collect();
    assert_eq!(names[..4], ["No.", "Contact", "Blocked", "SystemId"]);
    let blocked = schema.field("Blocked").unwrap();
    assert_eq!(blocked.property.as_deref(), Some("blocked"));
    assert_eq!(blocked.labels.get(Language::French), "Bloqué");
    let options: Vec<(i32, &str, &str)> = blocked
        .options
        .iter()
        .map(|it| (it.value, it.name.as_str(), it.labels.get(Language::French)))
        .collect();
    assert_eq!(options, [(0, " ", " "), (1, "Ship", "Expédier"), (100, "All", "Tous")]);
    let FieldType::Option(members) = &blocked.field_type else { panic!("an option") };
    assert_eq!((members[1].captions.as_slice(), members[2].ordinal), (&["Expédier".to_owned()][..], 100));
    assert_eq!(schema.field("SystemId").unwrap().access, FieldAccess::Read);
    let contact = schema.field("Contact").unwrap();
    assert_eq!((contact.property.as_deref(), contact.access), (None, FieldAccess::OutOfReach));
    let unreached = customer.binding.out_of_reach.iter().find(|it| it.field == "Contact").unwrap();
    assert_eq!(unreached.remedy, Remedy::ExtendCompanion);
    let terms = tables.table(3).unwrap();
    assert_eq!(terms.binding.entity_set, "paymentTerms");
}

#[test]
fn a_field_is_related_to_the_table_whose_code_it_holds() {
    let rows = |keys: &str| {
        let row = |table: u32, name: &str, no: u32, field: &str, rest: &str| {
            format!(
                r#"{{"tableNo":{table},"tableName":"{name}","no":{no},"fieldName":"{field}","type":"Code","len":10{rest}}}"#
            )
        };
        [
            row(18, "Customer", 1, "No.", r#","isPrimaryKey":true"#),
            row(18, "Customer", 27, "Payment Terms Code", r#","relationTableNo":3"#),
            row(18, "Customer", 88, "Area", r#","relationTableNo":284"#),
            row(3, "Payment Terms", 1, "Code", r#","isPrimaryKey":true"#),
            row(3, "Payment Terms", 2, "Language", keys),
        ]
        .join(",")
    };
    let related = |keys: &str, field: &str| {
        let mut procedure = procedure(&[3, 18]);
        procedure.start();
        let list = || page(&rows(keys), "");
        let tables = done(&mut procedure, &[companion(), api(), list(), list()]);
        let field = tables.table(18).unwrap().schema.field(field).unwrap().clone();
        tables.related(18, &field).map(|(table, key)| (table.schema.name.clone(), key))
    };
    let code = LookupKey::Code { field: "Code".to_owned() };
    assert_eq!(related("", "Payment Terms Code"), Some(("Payment Terms".to_owned(), code)));
    assert_eq!(related("", "No."), None);
    assert_eq!(related("", "Area"), None, "no way leads to the table");
    assert_eq!(related(r#","isPrimaryKey":true"#, "Payment Terms Code"), None, "a code of two parts");
}

#[test]
fn a49_an_option_without_an_enum_travels_as_it_is_written() {
    let plain = edmx(
        r#"<EntityType Name="customer"><Property Name="systemId" Type="Edm.Guid"/>
        <Property Name="blocked" Type="Edm.String"/></EntityType>
        <EntityContainer Name="NAV"><EntitySet Name="customers" EntityType="Microsoft.NAV.customer"/></EntityContainer>"#,
    );
    let wire = |companion: Response| {
        let mut procedure = procedure(&[18]);
        procedure.start();
        let list = || page(&fields(["No.", "Blocked"], " ,Ship,All"), "");
        let tables = done(&mut procedure, &[companion, api(), list(), list()]);
        let options = tables.table(18).unwrap().schema.field("Blocked").unwrap().options.clone();
        options.into_iter().map(|option| option.wire).collect::<Vec<_>>()
    };
    assert_eq!(wire(plain), [" ", "Ship", "All"].map(|name| Some(name.to_owned())));
    assert_eq!(wire(companion()), [None, None, None], "an enum's members are encoded (A48)");
}

#[test]
fn a25_further_pages_of_the_list_are_followed() {
    let mut procedure = procedure(&[]);
    let Step::Send(requests) = procedure.start() else { panic!("requests") };
    assert!(requests[2].path.ends_with("isPrimaryKey"));
    let english = fields(["No.", "Blocked"], "");
    let next = r#","@odata.nextLink":"http://localhost/bc/api/couplet/integration/v1.0/x?$skiptoken=1""#;
    let first = [companion(), api(), page("", next), page("", "")];
    let Step::Send(requests) = procedure.accept(&first).unwrap() else { panic!("a further page") };
    assert_eq!(requests.len(), 1);
    assert_eq!(requests[0].path, "/api/couplet/integration/v1.0/x?$skiptoken=1");
    assert_eq!(requests[0].header("Accept-Language"), Some("en-US"));
    let tables = done(&mut procedure, &[page(&english, "")]);
    assert_eq!(tables.tables.len(), 2);
}

#[test]
fn a67_without_the_companion_api_v2_is_used_and_gaps_are_named() {
    let mut procedure = procedure(&[18, 291]);
    procedure.start();
    let tables = done(&mut procedure, &[refused(404), api(), refused(404), refused(404)]);
    assert_eq!(tables.companion, CompanionState::Missing);
    let customer = tables.table(18).unwrap();
    assert_eq!((customer.binding.kind, customer.binding.route.as_str()), (BindingKind::ApiV2, "/api/v2.0"));
    let schema = &customer.schema;
    let property = |name: &str| schema.field(name).unwrap().property.clone();
    assert_eq!(property("Name").as_deref(), Some("displayName"));
    assert_eq!(schema.field("Name").unwrap().field_type, FieldType::Text { max_length: Some(100) });
    assert_eq!(property("Credit Limit (LCY)").as_deref(), Some("creditLimit"));
    assert_eq!(property("SystemId").as_deref(), Some("id"));
    assert_eq!(property("SystemModifiedAt").as_deref(), Some("lastModifiedDateTime"));
    assert_eq!(schema.field("Blocked").unwrap().option(3).unwrap().name, "All");
    // The API shows an id where the field holds a code.
    assert_eq!(property("Payment Terms Code"), None);
    let unreached = customer.binding.out_of_reach.iter().find(|it| it.field == "Fax No.").unwrap();
    assert_eq!(unreached.remedy, Remedy::InstallCompanion);
    let agent = tables.table(291).unwrap();
    assert_eq!(agent.binding.kind, BindingKind::None);
    assert!(agent.source(BASE, COMPANY.parse().unwrap()).is_none());
    assert!(agent.schema.fields.iter().all(|field| field.access == FieldAccess::OutOfReach));
}

#[test]
fn refusals_and_damaged_answers_are_errors() {
    let english = || page(&fields(["No.", "Blocked"], ""), "");
    let fails = |responses: &[Response]| {
        let mut procedure = procedure(&[18]);
        procedure.start();
        procedure.accept(responses).unwrap_err().code()
    };
    assert_eq!(fails(&[refused(401), api(), refused(401), refused(401)]), "service.unauthorized");
    assert_eq!(fails(&[answer("<edmx"), api(), english(), english()]), "metadata.malformed");
    assert_eq!(fails(&[companion(), api(), answer("{\"value\":[{}]}"), english()]), "metadata.malformed");
    assert_eq!(fails(&[companion()]), "page.missing-answer");
}
