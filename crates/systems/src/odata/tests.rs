//! Counting against scripted servers, and filters for random values against servers of different dialects: never fewer
//! records than pass, and always a text of the OData grammar.

use couplet_engine::{FieldAccess, FieldSchema, Labels, Side};
use couplet_filter::{Context, FieldType, FieldValue, OptionMember, TextComparison, compile, quote_value};
use proptest::prelude::*;
use rust_decimal::Decimal;

use super::abnf::{is_filter, is_query_value};
use super::dialect::{EnumForm, condition};
use super::metadata::EntityProperty;
use super::*;
use crate::http::{Request, Response, Step};
use crate::pushdown::oracle::{Server, Wire, returns};
use crate::url::encode;

const METADATA: &str = r#"<edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx"><edmx:DataServices>
<Schema Namespace="Acme.Sales" Alias="self" xmlns="http://docs.oasis-open.org/odata/ns/edm">
<EnumType Name="Blocked"><Member Name="_x0020_"/><Member Name="Ship"/><Member Name="Invoice"/><Member Name="All"/></EnumType>
<EntityType Name="Customer"><Key><PropertyRef Name="id"/></Key>
<Property Name="id" Type="Edm.Int32"/><Property Name="blocked" Type="self.Blocked"/>
<Property Name="city" Type="Edm.String" MaxLength="3"/><Property Name="tags" Type="Collection(Edm.String)"/></EntityType>
<EntityContainer Name="All"><EntitySet Name="customers" EntityType="self.Customer"/></EntityContainer></Schema>
</edmx:DataServices></edmx:Edmx>"#;

fn context() -> Context {
    Context::new("2026-03-15T12:00:00Z".parse().unwrap(), jiff::tz::TimeZone::UTC)
}

fn ok(body: impl Into<Vec<u8>>) -> Response {
    Response { status: 200, headers: Vec::new(), body: body.into() }
}

fn refused(status: u16) -> Response {
    let body = r#"{"error":{"code":"501","message":"no filters here"}}"#;
    Response { status, headers: Vec::new(), body: body.into() }
}

/// Counts against a server that answers each address as `server` says; gives the addresses, too.
fn count_on(view: &str, server: impl Fn(&str) -> Response) -> (Result<ViewTotal, ODataError>, Vec<String>) {
    let base = "http://127.0.0.1:4004/odata/v4/sales/";
    let comparison = TextComparison::BusinessCentral;
    let mut count = ViewCount::new(base, "customers", view, comparison, context()).unwrap();
    let mut asked = Vec::new();
    let mut step = Step::Send(vec![count.start()]);
    loop {
        let requests: Vec<Request> = match step {
            Step::Done(total) => return (Ok(total), asked),
            Step::Send(requests) => requests,
        };
        let path = &requests[0].path;
        let response = if path == "/odata/v4/sales/$metadata" { ok(METADATA) } else { server(path) };
        asked.push(path.clone());
        step = match count.accept(&response) {
            Ok(step) => step,
            Err(error) => return (Err(error), asked),
        };
    }
}

const ROWS: &str = r#"{"@odata.context":"$metadata#customers","value":[{"id":1,"blocked":"Ship","city":"Lyon"},
    {"id":2,"blocked":"Invoice","city":""},{"id":3,"blocked":"Invoice","city":null},{"id":4,"blocked":null,"city":"x"},
    {"id":5,"blocked":"_x0020_","city":"x"},{"id":6,"blocked":"Invoice","city":"Nice"}]}"#;
const VIEW: &str = "WHERE(blocked=FILTER(Ship|Invoice),city=FILTER(<>''))";

#[test]
fn what_the_server_passes_is_judged_again() {
    let (total, asked) = count_on(VIEW, |_| ok(ROWS));
    let total = total.unwrap();
    assert_eq!((total.n_passing, total.n_read, total.n_pages), (2, 6, 1));
    let filter =
        "(blocked eq Acme.Sales.Blocked'Ship' or blocked eq Acme.Sales.Blocked'Invoice') and city ne null";
    assert_eq!(total.filter.as_deref(), Some(filter));
    let expected =
        format!("/odata/v4/sales/customers?$select=blocked,city,id&$filter={}&$orderby=id", encode(filter));
    assert_eq!(asked[1], expected);
}

#[test]
fn a_refused_filter_is_left_to_the_client() {
    let (total, asked) =
        count_on(VIEW, |path| if path.contains("$filter") { refused(501) } else { ok(ROWS) });
    let total = total.unwrap();
    assert_eq!((total.n_passing, total.filter), (2, None));
    assert_eq!(total.refused, ["the service answered 501 501: no filters here"; 2]);
    assert!(
        asked[2].contains(&encode("blocked eq 'Ship'")),
        "the other form of enums comes next: {}",
        asked[2]
    );
    let (total, _) = count_on(VIEW, |path| if path.contains('?') { refused(400) } else { ok(ROWS) });
    assert_eq!(total.unwrap().n_passing, 2);
    let (error, _) = count_on(VIEW, |_| refused(400));
    assert!(matches!(error, Err(ODataError::Refused { status: 400, .. })));
    let (error, asked) = count_on(VIEW, |_| refused(401));
    assert!(matches!(error, Err(ODataError::Refused { status: 401, .. })));
    assert_eq!(asked.len(), 2, "who is refused entry is not refused a filter");
}

#[test]
fn links_are_followed_and_a_record_on_two_pages_counts_once() {
    let page = |ids: [u32; 2], link: &str| {
        let [first, second] = ids;
        ok(format!(
            r#"{{"@odata.context":"$metadata#customers","@odata.nextLink":"{link}","value":[{{"id":{first},"city":"a","blocked":null}},
            {{"id":{second},"city":"b","blocked":null}}]}}"#
        ))
    };
    let last = |id: u32| ok(format!(r#"{{"value":[{{"id":{id},"city":"c","blocked":null}}]}}"#));
    let (total, asked) = count_on("", |path| match path {
        "/odata/v4/sales/customers?$skiptoken=1" => {
            page([2, 3], "http://localhost:4004/odata/v4/sales/rest?a=b%20c")
        }
        "/odata/v4/sales/rest?a=b%20c" => page([3, 4], "/top"),
        "/top" => last(5),
        _ => page([1, 2], "customers?$skiptoken=1"),
    });
    let total = total.unwrap();
    assert_eq!((total.n_passing, total.n_read, total.n_pages), (5, 7, 4));
    assert_eq!(asked.len(), 5);
    let (error, _) = count_on("", |_| page([1, 2], "customers?$skiptoken=1"));
    assert!(matches!(error, Err(ODataError::Circle { .. })), "{error:?}");
    let (error, _) = count_on("", |_| page([1, 2], "http://elsewhere.example/odata"));
    assert!(matches!(error, Err(ODataError::ForeignLink { .. })), "{error:?}");
}

#[test]
fn names_may_hold_any_letter() {
    let metadata = METADATA.replace("\"city\"", "\"Straße_x0020_é\"");
    let mut count = ViewCount::new(
        "http://127.0.0.1/x",
        "customers",
        "WHERE(Straße_x0020_é=FILTER(y))",
        TextComparison::BusinessCentral,
        context(),
    )
    .unwrap();
    let Step::Send(requests) = count.accept(&ok(metadata)).unwrap() else { panic!("a request") };
    assert!(requests[0].path.starts_with("/x/customers?$select=Stra%C3%9Fe_x0020_%C3%A9,id&$filter="));
}

#[test]
fn what_is_wrong_is_said() {
    let message = |view: &str| count_on(view, |_| ok(ROWS)).0.unwrap_err().to_string();
    assert_eq!(
        message("WHERE(town=FILTER(x))"),
        "the view, from character 7: expected a field of the table, found `town`"
    );
    assert!(message("WHERE(blocked=FILTER(Purple))").contains("`Invoice`"));
    assert!(message("WHERE(tags=FILTER(x))").contains("cannot be filtered"));
    let error = EntitySet::read(METADATA.as_bytes(), "clients").unwrap_err();
    assert_eq!(error.to_string(), "expected an entity set of the service, found `clients`; it has customers");
    assert!(matches!(EntitySet::read(b"<a>", "x"), Err(ODataError::Metadata { .. })));
    // Longer than the property may be: equals none, and is no error.
    assert_eq!(count_on("WHERE(City=FILTER(Paris))", |_| ok(ROWS)).0.unwrap().n_passing, 0);
}

fn property(edm_type: &str, field_type: FieldType) -> EntityProperty {
    let field = FieldSchema {
        name: "p".to_owned(),
        number: Some(0),
        labels: Labels::same("p"),
        field_type,
        property: Some("p".to_owned()),
        access: FieldAccess::Read,
        options: Vec::new(),
        targets: Vec::new(),
    };
    EntityProperty { field, edm_type: edm_type.to_owned() }
}

fn blocked() -> FieldType {
    let names = [" ", "Ship", "Non-Inventory", "All"];
    let member = |(ordinal, name): (i32, &&str)| OptionMember {
        ordinal,
        name: (*name).to_owned(),
        captions: Vec::new(),
    };
    FieldType::Option((0..).zip(&names).map(member).collect())
}

#[track_caller]
fn sends(edm_type: &str, field_type: FieldType, filter: &str, expect: Option<&str>) {
    let typed = compile(filter, &field_type, TextComparison::BusinessCentral, &context()).unwrap();
    let sent = condition(&property(edm_type, field_type), &typed, EnumForm::Qualified);
    assert_eq!(sent.as_deref(), expect, "{filter}");
}

#[test]
fn only_what_every_dialect_answers_is_sent() {
    let text = || FieldType::Text { max_length: None };
    sends("Edm.String", text(), "Lyon|'O''Neil'", Some("(p eq 'Lyon' or p eq 'O''Neil')"));
    sends("Edm.String", text(), "''", Some("(p eq null or p eq '')"));
    sends("Edm.String", text(), "<>''&*Saint*", Some("(p ne null and contains(p,'Saint'))"));
    for filter in ["<>Lyon", "@lyon", "a..b", "50%", "A_B", "*", "<>A*", "' a'", "Lyon|@lyon"] {
        sends("Edm.String", text(), filter, None);
    }
    sends("Edm.String", text(), "@123", Some("p eq '123'"));
    sends("Edm.Int32", FieldType::Integer, "<5", Some("(p lt 5 or p eq null)"));
    sends("Edm.Int32", FieldType::Integer, "1..5|>9", Some("((p ge 1 and p le 5) or p gt 9)"));
    sends("Edm.Decimal", FieldType::Decimal, "1.50", Some("p eq 1.5"));
    sends("Edm.Double", FieldType::Decimal, "1.5", None);
    sends("Edm.Decimal", FieldType::Decimal, "1234567890.1234567", None);
    sends("Edm.Boolean", FieldType::Boolean, "no", Some("(p eq false or p eq null)"));
    sends("Edm.Date", FieldType::Date, "2026-03-01..", Some("p ge 2026-03-01"));
    sends("Edm.Date", FieldType::Date, "<>''", Some("p ne null"));
    sends("Edm.Date", FieldType::Date, "''", None);
    let moment = "(p ge 2026-03-14T10:00:00Z and p lt 2026-03-16T10:00:00Z)";
    sends("Edm.DateTimeOffset", FieldType::DateTime, "2026-03-15T10:00:00Z", Some(moment));
    sends(
        "a.B",
        blocked(),
        "Ship..",
        Some("(p eq a.B'Ship' or p eq a.B'Non_x002D_Inventory' or p eq a.B'All')"),
    );
    sends(
        "a.B",
        blocked(),
        "<>Ship",
        Some("((p eq a.B'_x0020_' or p eq a.B'Non_x002D_Inventory' or p eq a.B'All') or p eq null)"),
    );
    sends("Edm.Guid", FieldType::Guid, "3f2504e0-4f89-11d3-9a0c-0305e82c3301", None);
}

/// Servers of both contracts, with what is not certain of them.
fn servers() -> Vec<Server> {
    let mut servers = vec![Server::BusinessCentral];
    for settings in 0..8 {
        servers.push(Server::Dataverse {
            accents_count: settings & 1 == 0,
            eq_has_wildcards: settings & 2 == 0,
            ne_returns_null: settings & 4 == 0,
        });
    }
    servers
}

/// A value that the filter is tried on: as the client sees it, and on the server.
fn check(
    property: &EntityProperty,
    filter: &str,
    comparison: TextComparison,
    cells: &[(FieldValue<'_>, Wire)],
) {
    let Ok(typed) = compile(filter, &property.field.field_type, comparison, &context()) else { return };
    let Some(sent) = condition(property, &typed, EnumForm::Plain) else { return };
    assert!(is_filter(&sent), "{sent}");
    assert!(is_query_value(&encode(&sent)), "{sent}");
    for (cell, wire) in cells.iter().filter(|(cell, _)| typed.passes(*cell)) {
        for server in servers() {
            if server == Server::BusinessCentral && *wire == Wire::Null {
                continue;
            }
            assert!(returns(&sent, wire, server), "{filter} as {sent} loses {cell:?} on {server:?}");
        }
    }
}

fn piece() -> impl Strategy<Value = String> {
    prop_oneof![
        prop::sample::select(vec![
            "a", "A", "é", "É", "7", " ", "'", "%", "_", "[", "*", "?", "@", "x", "&", "(", "|"
        ])
        .prop_map(str::to_owned),
        "[a-cA-C0-2 ]{0,3}",
    ]
}

fn any_text() -> impl Strategy<Value = String> {
    prop::collection::vec(piece(), 0..4).prop_map(|pieces| pieces.concat())
}

fn term() -> impl Strategy<Value = String> {
    let operator = prop::sample::select(vec!["", "<>", "@", ">", "<="]);
    prop_oneof![
        (operator, any_text()).prop_map(|(operator, text)| format!("{operator}{}", quote_value(&text))),
        "[*?@aA7é]{1,5}",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn no_dialect_loses_a_text(terms in prop::collection::vec(term(), 1..3), with in prop::sample::select(vec!["|", "&"]),
                               values in prop::collection::vec(any_text(), 1..6), ignores_case in any::<bool>()) {
        let comparison = if ignores_case { TextComparison::Dataverse } else { TextComparison::BusinessCentral };
        let cells: Vec<_> = values.iter().map(|value| (FieldValue::Text(value), Wire::Text(value.clone())))
            .chain([(FieldValue::Null, Wire::Null)]).collect();
        check(&property("Edm.String", FieldType::Text { max_length: None }), &terms.join(with), comparison, &cells);
    }

    #[test]
    fn no_dialect_loses_a_number(from in -3i64..3, to in -3i64..3, form in 0usize..7) {
        let forms = [format!("{from}"), format!("<>{from}"), format!("{from}..{to}"), format!("..{to}"),
                     format!("<{from}|>={to}"), format!(">{from}&<>{to}"), format!("{from}|{to}")];
        let cells: Vec<_> = (-4..=4).map(|value| (FieldValue::Integer(value), Wire::Number(Decimal::from(value))))
            .chain([(FieldValue::Null, Wire::Null)]).collect();
        check(&property("Edm.Int32", FieldType::Integer), &forms[form], TextComparison::BusinessCentral, &cells);
        let decimals: Vec<_> = (-8..=8).map(|value| Decimal::new(value * 5, 1))
            .map(|value| (FieldValue::Decimal(value), Wire::Number(value)))
            .chain([(FieldValue::Null, Wire::Null)]).collect();
        check(&property("Edm.Decimal", FieldType::Decimal), &forms[form], TextComparison::BusinessCentral, &decimals);
    }

    #[test]
    fn no_dialect_loses_a_member(from in 0i32..5, to in 0i32..5, form in 0usize..5) {
        let forms = [format!("{from}"), format!("<>{from}"), format!("{from}..{to}"), format!("<{from}"), format!("{from}|>{to}")];
        let names = ["_x0020_", "Ship", "Non_x002D_Inventory", "All"];
        let cells: Vec<_> = (0..).zip(&names)
            .map(|(ordinal, name)| (FieldValue::Option(ordinal), Wire::Text((*name).to_owned())))
            .chain([(FieldValue::Null, Wire::Null)]).collect();
        check(&property("a.B", blocked()), &forms[form], TextComparison::BusinessCentral, &cells);
    }

    #[test]
    fn what_both_services_are_sent_is_of_the_grammar(terms in prop::collection::vec(term(), 1..4),
                                                     with in prop::sample::select(vec!["|", "&"])) {
        let field = property("Edm.String", FieldType::Text { max_length: Some(30) }).field;
        for side in [Side::BusinessCentral, Side::Dataverse] {
            let Ok(typed) = compile(&terms.join(with), &field.field_type, side.text_comparison(), &context()) else { continue };
            if let Some(sent) = crate::push(side, &field, &typed).odata {
                prop_assert!(is_filter(&sent), "{}", sent);
                prop_assert!(is_query_value(&encode(&sent)), "{}", sent);
            }
        }
    }
}

#[test]
fn literals_of_every_type_are_of_the_grammar() {
    let cases = [
        (FieldType::Integer, "-5|<>0|1..9"),
        (FieldType::BigInteger, "9007199254740993"),
        (FieldType::Decimal, "-0.5|999999999999999999.999|..1.25"),
        (FieldType::Boolean, "yes"),
        (FieldType::Date, "2026-03-31|<>2026-01-01|..2026-02-01|''"),
        (FieldType::DateTime, "2026-03-31|>2026-03-31T10:00:00.5Z|..2026-02-01"),
        (FieldType::Guid, "{3F2504E0-4F89-11D3-9A0C-0305E82C3301}|<>00000000-0000-0000-0000-000000000000"),
        (blocked(), "' '|Non-Inventory|2..|<>Ship"),
        (FieldType::Code { max_length: Some(20) }, "'a''b'|<>''|'A B*'"),
    ];
    let mut n_sent = 0;
    for (field_type, filter) in cases {
        let field = property("Edm.Untyped", field_type).field;
        for side in [Side::BusinessCentral, Side::Dataverse] {
            for part in filter.split('|') {
                let typed = compile(part, &field.field_type, side.text_comparison(), &context()).unwrap();
                if let Some(sent) = crate::push(side, &field, &typed).odata {
                    assert!(is_filter(&sent), "{part}: {sent}");
                    n_sent += 1;
                }
            }
        }
    }
    assert!(n_sent > 40, "{n_sent} conditions");
}
