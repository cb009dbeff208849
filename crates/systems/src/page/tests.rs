//! Pages of both services as they are written, and what is said of damaged ones.

use super::*;
use crate::error::{Expected, Found};
use couplet_engine::schema::OptionLabel;
use couplet_engine::{FieldAccess, Labels, Side};
use couplet_filter::{DateKey, DateTimeKey, FieldType, FieldValue, OptionMember};
use proptest::prelude::*;

fn field(name: &str, property: &str, field_type: FieldType) -> FieldSchema {
    FieldSchema {
        name: name.to_owned(),
        number: None,
        labels: Labels::default(),
        field_type,
        property: Some(property.to_owned()),
        access: FieldAccess::Full,
        options: Vec::new(),
        targets: Vec::new(),
    }
}

fn option(members: &[(i32, &str)]) -> FieldType {
    let members = members.iter().map(|(ordinal, name)| OptionMember {
        ordinal: *ordinal,
        name: (*name).to_owned(),
        captions: vec![],
    });
    FieldType::Option(members.collect())
}

fn text() -> FieldType {
    FieldType::Text { max_length: None }
}

fn customer() -> Vec<FieldSchema> {
    vec![
        field("SystemId", "systemId", FieldType::Guid),
        field("No.", "no", FieldType::Code { max_length: Some(20) }),
        field("Blocked", "blocked", option(&[(0, " "), (1, "Ship"), (3, "Bank Account")])),
        field("Credit Limit (LCY)", "creditLimitLCY", FieldType::Decimal),
        field("Last Date Modified", "lastDateModified", FieldType::Date),
        field("SystemModifiedAt", "systemModifiedAt", FieldType::DateTime),
    ]
}

fn contact() -> Vec<FieldSchema> {
    vec![
        field("contactid", "contactid", FieldType::Guid),
        field("fullname", "fullname", text()),
        field("parentcustomerid", "_parentcustomerid_value", FieldType::Guid),
        field(
            "parentcustomeridtype",
            "_parentcustomerid_value@Microsoft.Dynamics.CRM.lookuplogicalname",
            text(),
        ),
        field("statecode", "statecode", option(&[(0, "Active")])),
        field("creditlimit", "creditlimit", FieldType::Decimal),
        field("donotphone", "donotphone", FieldType::Boolean),
        field("modifiedon", "modifiedon", FieldType::DateTime),
    ]
}

fn table(fields: &[FieldSchema]) -> ColumnTable {
    ColumnTable::new(fields.iter().map(|field| (field.name.clone(), field.field_type.clone())))
}

fn row(no: &str) -> String {
    format!(
        r#"{{"@odata.etag":"W/\"x\"","systemId":"5d9c0000-0000-4000-8000-000000000001","no":"{no}","blocked":"_x0020_",
        "creditLimitLCY":12.10,"lastDateModified":"0001-01-01","systemModifiedAt":"2026-03-02T08:00:00.123Z"}}"#
    )
}

fn page(rows: &[String]) -> String {
    format!(r#"{{"@odata.context":"https://x/$metadata#customers","value":[{}]}}"#, rows.join(","))
}

fn read(side: Side, fields: &[FieldSchema], body: &str) -> Result<(PageInfo, ColumnTable), PageError> {
    let mut table = table(fields);
    let info = PageReader::new(side, fields).read(body.as_bytes(), &mut table)?;
    Ok((info, table))
}

fn cell<'t>(table: &'t ColumnTable, name: &str, row: usize) -> FieldValue<'t> {
    table.column(name).unwrap().get(row)
}

#[test]
fn a23_a46_a48_a_page_of_business_central() {
    let rows = [
        row("C1"),
        row("C\\u00e92").replace("_x0020_", "Bank_x0020_Account"),
        row("C3").replace("_x0020_", " "),
    ];
    let (info, table) = read(Side::BusinessCentral, &customer(), &page(&rows)).unwrap();
    let context = Some("https://x/$metadata#customers".to_owned());
    assert_eq!(info, PageInfo { n_rows: 3, context, ..PageInfo::default() });
    assert_eq!(cell(&table, "No.", 1), FieldValue::Text("Cé2"));
    assert_eq!(cell(&table, "Blocked", 0), FieldValue::Option(0));
    assert_eq!(cell(&table, "Blocked", 1), FieldValue::Option(3));
    assert_eq!(cell(&table, "Blocked", 2), FieldValue::Option(0));
    assert_eq!(cell(&table, "Credit Limit (LCY)", 0), FieldValue::Decimal("12.10".parse().unwrap()));
    assert_eq!(cell(&table, "Last Date Modified", 0), FieldValue::Date(DateKey::BLANK));
    let modified = DateTimeKey::from_iso("2026-03-02T08:00:00.123Z").unwrap();
    assert_eq!(cell(&table, "SystemModifiedAt", 2), FieldValue::DateTime(modified));
}

#[test]
fn b20_b22_a_page_of_dataverse() {
    let body = r#"{"@odata.context":"x","@odata.count":-1,"value":[
        {"@odata.etag":"W/\"1\"","contactid":"a1000000-0000-4000-8000-000000000001","fullname":null,
         "_parentcustomerid_value@Microsoft.Dynamics.CRM.lookuplogicalname":"account",
         "_parentcustomerid_value":"a1000000-0000-4000-8000-000000000002","statecode":0,"creditlimit":0.10,
         "_transactioncurrencyid_value":null,"donotphone":false,"modifiedon":"2026-03-02T08:00:00Z"},
        {"contactid":"a1000000-0000-4000-8000-000000000003","fullname":"Zoë","_parentcustomerid_value":null,"statecode":1000,
         "creditlimit":null,"donotphone":null,"modifiedon":null}],
        "@odata.nextLink":"https://x/next"}"#;
    let (info, table) = read(Side::Dataverse, &contact(), body).unwrap();
    assert_eq!((info.n_rows, info.count), (2, None));
    assert_eq!(info.next_link.as_deref(), Some("https://x/next"));
    assert_eq!(cell(&table, "fullname", 0), FieldValue::Null);
    assert_eq!(cell(&table, "parentcustomeridtype", 0), FieldValue::Text("account"));
    assert_eq!(cell(&table, "parentcustomeridtype", 1), FieldValue::Null);
    assert_eq!(cell(&table, "parentcustomerid", 1), FieldValue::Null);
    assert_eq!(cell(&table, "statecode", 1), FieldValue::Option(1000));
    assert_eq!(cell(&table, "donotphone", 0), FieldValue::Boolean(false));
    assert_eq!(cell(&table, "creditlimit", 0), FieldValue::Decimal("0.10".parse().unwrap()));
    assert_eq!(cell(&table, "creditlimit", 1), FieldValue::Null);
}

#[test]
fn a49_plain_members_are_read_as_they_are_written() {
    let members = [(0, " "), (1, "On Hold"), (2, "_x0020_")];
    let label = |(value, name): (i32, &str)| OptionLabel {
        value,
        name: name.to_owned(),
        labels: Labels::same(name),
        wire: Some(name.to_owned()),
    };
    let options = members.map(label).to_vec();
    let fields = vec![FieldSchema { options, ..field("Status", "status", option(&members)) }];
    for (text, ordinal) in [(" ", 0), ("", 0), ("On Hold", 1), ("on hold", 1), ("_x0020_", 2)] {
        let row = format!(r#"{{"status":"{text}"}}"#);
        let (_, table) = read(Side::BusinessCentral, &fields, &page(&[row])).unwrap();
        assert_eq!(cell(&table, "Status", 0), FieldValue::Option(ordinal), "{text:?}");
    }
}

#[test]
fn numbers_in_quotes_are_numbers() {
    let rows = [row("C1").replace("12.10", "\"12.10\""), row("C2").replace("12.10", "null")];
    let (_, table) = read(Side::BusinessCentral, &customer(), &page(&rows)).unwrap();
    assert_eq!(cell(&table, "Credit Limit (LCY)", 0), FieldValue::Decimal("12.10".parse().unwrap()));
    assert_eq!(cell(&table, "Credit Limit (LCY)", 1), FieldValue::Null);
    fails(
        "12.10",
        "\"null\"",
        &malformed("creditLimitLCY", Expected::Decimal, Found::Text("null".to_owned())),
    );
}

#[test]
fn members_may_change_their_order() {
    let swapped = r#"{"no":"C2","systemModifiedAt":"2026-03-02T08:00:00Z","extra":{"a":[1,2]},"blocked":"Ship",
        "creditLimitLCY":1,"lastDateModified":"2026-03-02","systemId":"5d9c0000-0000-4000-8000-000000000002"}"#;
    let (_, table) =
        read(Side::BusinessCentral, &customer(), &page(&[row("C1"), swapped.to_owned(), row("C3")])).unwrap();
    assert_eq!(cell(&table, "No.", 1), FieldValue::Text("C2"));
    assert_eq!(cell(&table, "No.", 2), FieldValue::Text("C3"));
    assert_eq!(cell(&table, "Blocked", 1), FieldValue::Option(1));
}

#[test]
fn a_malformed_row_is_named_and_nothing_of_its_page_kept() {
    let fields = customer();
    let mut table = table(&fields);
    let mut reader = PageReader::new(Side::BusinessCentral, &fields);
    reader.read(page(&[row("C1"), row("C2")]).as_bytes(), &mut table).unwrap();
    let mut rows: Vec<String> = (0..20_000).map(|idx| row(&format!("C{idx}"))).collect();
    rows[1_233] = rows[1_233].replace("12.10", "\"much\"");
    let error = reader.read(page(&rows).as_bytes(), &mut table).unwrap_err();
    assert_eq!(
        error.to_string(),
        "row 1234 of the page, `creditLimitLCY`: expected a number, found text `much`"
    );
    assert_eq!((error.row(), error.code()), (Some(1_234), "page.malformed-row"));
    assert_eq!(table.n_rows(), 2);
    assert!(table.columns().iter().all(|column| column.column.n_rows() == 2));
    assert_eq!(reader.read(page(&[row("C3")]).as_bytes(), &mut table).unwrap().n_rows, 1);
    assert_eq!(cell(&table, "No.", 2), FieldValue::Text("C3"));
}

#[track_caller]
fn fails(from: &str, to: &str, expect: &PageError) {
    let body = page(&[row("C1"), row("C2").replace(from, to)]);
    assert!(body.contains(to), "the test replaces nothing");
    let error = read(Side::BusinessCentral, &customer(), &body).unwrap_err();
    assert_eq!(&error, expect);
}

fn malformed(property: &str, expected: Expected, found: Found) -> PageError {
    PageError::MalformedRow { row: 2, property: property.to_owned(), expected, found }
}

#[test]
fn every_kind_of_wrong_cell_is_told() {
    fails("\"C2\"", "7", &malformed("no", Expected::Text, Found::Number("7".to_owned())));
    fails("\"C2\"", "{\"malformed\":true}", &malformed("no", Expected::Text, Found::Object));
    fails("12.10", "[1]", &malformed("creditLimitLCY", Expected::Decimal, Found::List));
    fails("12.10", "true", &malformed("creditLimitLCY", Expected::Decimal, Found::Boolean(true)));
    let long = "123456789012345678901234567890";
    fails("12.10", long, &malformed("creditLimitLCY", Expected::Decimal, Found::Number(long.to_owned())));
    fails("_x0020_", "Purple", &malformed("blocked", Expected::Option, Found::Text("Purple".to_owned())));
    fails(
        "0001-01-01",
        "2026-02-30",
        &malformed("lastDateModified", Expected::Date, Found::Text("2026-02-30".to_owned())),
    );
    fails(
        "5d9c",
        "zzzz",
        &malformed(
            "systemId",
            Expected::Guid,
            Found::Text("zzzz0000-0000-4000-8000-000000000001".to_owned()),
        ),
    );
    fails("\"no\":\"C2\",", "", &PageError::MissingProperty { row: 2, property: "no".to_owned() });
    fails(
        "\"no\":\"C2\"",
        "\"no\":\"C2\",\"no\":\"C2\"",
        &PageError::RepeatedProperty { row: 2, property: "no".to_owned() },
    );
}

#[test]
fn a_page_that_is_none_is_told() {
    let fields = customer();
    let error = |body: &str| read(Side::BusinessCentral, &fields, body).unwrap_err();
    let whole = page(&[row("C1"), row("C2"), row("C3")]);
    let (cut, _) = whole.split_once("C3").unwrap();
    assert_eq!(error(cut), PageError::Truncated { n_rows: 2 });
    assert_eq!(error(""), PageError::Truncated { n_rows: 0 });
    assert_eq!(error("{}"), PageError::NoRecords);
    assert_eq!(error("[]"), PageError::NoRecords);
    assert_eq!(error(r#"{"value":{}}"#), PageError::NoRecords);
    assert_eq!(error("<html>"), PageError::NotJson { n_rows: 0, line: 1, column: 1 });
    assert!(matches!(error(&format!("{whole}x")), PageError::NotJson { n_rows: 3, .. }));
    let no_record = PageError::MalformedRow {
        row: 1,
        property: String::new(),
        expected: Expected::Record,
        found: Found::Null,
    };
    assert_eq!(error(r#"{"value":[null]}"#), no_record);
}

#[test]
fn b27_a_count_is_read_and_a_byte_order_mark_skipped() {
    let body = "\u{feff}{\"@odata.count\":42,\"value\":[]}";
    let (info, _) = read(Side::Dataverse, &contact(), body).unwrap();
    assert_eq!(info.count, Some(42));
}

proptest! {
    #[test]
    fn mutated_bytes_never_panic_and_leave_the_table_whole(at in 0usize..1_100, byte in any::<u8>(), cut in 0usize..1_300) {
        let fields = customer();
        let mut table = table(&fields);
        let mut reader = PageReader::new(Side::BusinessCentral, &fields);
        let mut body = page(&[row("C1"), row("C2"), row("C3")]).into_bytes();
        if let Some(place) = body.get_mut(at) {
            *place = byte;
        }
        body.truncate(cut);
        let n_rows = reader.read(&body, &mut table).map_or(0, |info| info.n_rows);
        prop_assert_eq!(table.n_rows(), n_rows);
        prop_assert!(table.columns().iter().all(|column| column.column.n_rows() == n_rows));
    }

    #[test]
    fn the_quick_and_the_slow_way_agree(
        at in 0usize..1_100,
        with in prop_oneof![
            any::<u8>().prop_map(|byte| vec![byte]),
            prop::sample::select(vec!["null", "\\n", "\\q", "\\u00e9", " ", "-0", "01", "1e2", "{}", "[1]", "true", "\"", ",", "\"no\":\"x\","])
                .prop_map(|text| text.as_bytes().to_vec()),
        ],
        n_replaced in 0usize..12,
    ) {
        let mut body = page(&[row("C1"), row("C\\u00e92"), row("C3 \\\" é")]).into_bytes();
        if at + n_replaced <= body.len() {
            body.splice(at..at + n_replaced, with);
        }
        let fields = customer();
        let (mut table, mut expected) = (table(&fields), table(&fields));
        let read = PageReader::new(Side::BusinessCentral, &fields).read(&body, &mut table);
        let slowly = PageReader::new(Side::BusinessCentral, &fields).read_slowly(&body, &mut expected);
        prop_assert_eq!(&read, &slowly, "{}", String::from_utf8_lossy(&body));
        prop_assert_eq!(table.n_rows(), expected.n_rows());
        for (column, other) in table.columns().iter().zip(expected.columns()) {
            for row in 0..=table.n_rows() {
                prop_assert_eq!(column.column.get(row), other.column.get(row));
            }
        }
    }

    #[test]
    fn decimals_arrive_exactly(mantissa in any::<i64>(), scale in 0u32..=18) {
        let value = rust_decimal::Decimal::new(mantissa, scale);
        let body = page(&[row("C1").replace("12.10", &value.to_string())]);
        let (_, table) = read(Side::BusinessCentral, &customer(), &body).unwrap();
        prop_assert_eq!(cell(&table, "Credit Limit (LCY)", 0), FieldValue::Decimal(value));
    }
}
