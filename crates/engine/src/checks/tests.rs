//! Checks against the standard setup and against tables made for the purpose.

use std::sync::Arc;

use couplet_filter::{DateOrder, OptionMember};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use proptest::prelude::*;

use super::*;
use crate::configuration::{JobQueueEntry, JobStatus};
use crate::default_setup::{StandardSetup, build};
use crate::mapping::{
    FieldMapping, FieldMappingStatus, FilterCondition, MappingName, Template, TransformationDirection,
};
use crate::schema::{FieldAccess, FieldSchema, Labels};

fn person() -> StandardSetup {
    build(OwnershipModel::Person, None)
}

fn mapping(name: &str) -> IntegrationTableMapping {
    person().mapping(&MappingName::new(name).unwrap()).unwrap().clone()
}

fn context() -> Context {
    let mut context = Context::new(Timestamp::UNIX_EPOCH, TimeZone::UTC);
    context.date_order = Some(DateOrder::DayMonthYear);
    context
}

fn field(name: &str, field_type: FieldType) -> FieldSchema {
    FieldSchema {
        name: name.to_owned(),
        number: None,
        labels: Labels::same(name),
        field_type,
        property: Some(name.to_owned()),
        access: FieldAccess::Full,
        options: Vec::new(),
        targets: Vec::new(),
    }
}

fn text(max_length: u32) -> FieldType {
    FieldType::Text { max_length: Some(max_length) }
}

fn code(max_length: u32) -> FieldType {
    FieldType::Code { max_length: Some(max_length) }
}

fn option() -> FieldType {
    let member =
        |ordinal: i32, name: &str| OptionMember { ordinal, name: name.to_owned(), captions: Vec::new() };
    FieldType::Option(Arc::from([member(0, " "), member(1, "Person")]))
}

fn table(side: Side, fields: Vec<FieldSchema>) -> TableSchema {
    TableSchema {
        side,
        name: "any".to_owned(),
        number: None,
        labels: Labels::same("any"),
        key_field: fields[0].name.clone(),
        primary_name_field: None,
        fields,
    }
}

/// Both tables of CURRENCY.
fn currency() -> (TableSchema, TableSchema) {
    let bc = vec![
        field("SystemId", FieldType::Guid),
        field("Code", code(10)),
        field("Symbol", text(10)),
        field("Description", text(30)),
    ];
    let mut dataverse = vec![
        field("transactioncurrencyid", FieldType::Guid),
        field("isocurrencycode", text(5)),
        field("currencysymbol", text(10)),
        field("currencyname", text(100)),
    ];
    dataverse[1].access = FieldAccess::Insert;
    (table(Side::BusinessCentral, bc), table(Side::Dataverse, dataverse))
}

/// Code, severity and place of each problem, with the metadata of both sides.
fn checked(mapping: &IntegrationTableMapping, bc: &TableSchema, dataverse: &TableSchema) -> Vec<String> {
    let context = context();
    let surroundings = Surroundings {
        business_central: Metadata::Table(bc),
        dataverse: Metadata::Table(dataverse),
        context: &context,
    };
    told(&check_mapping(mapping, &surroundings))
}

/// The same without metadata.
fn checked_alone(mapping: &IntegrationTableMapping) -> Vec<String> {
    let context = context();
    let not_read = Metadata::NotRead;
    let surroundings = Surroundings { business_central: not_read, dataverse: not_read, context: &context };
    told(&check_mapping(mapping, &surroundings))
}

fn told(problems: &[MappingProblem]) -> Vec<String> {
    let tell = |problem: &MappingProblem| {
        let place = match &problem.place {
            Place::Mapping => String::new(),
            Place::Filter(side) => format!(" {side:?}"),
            Place::Field(key) => {
                format!(" {}", key.field.as_deref().or(key.column.as_deref()).unwrap_or("-"))
            }
        };
        format!("{:?} {}{place}", problem.severity, problem.kind.code())
    };
    problems.iter().map(tell).collect()
}

#[test]
fn the_standard_setup_has_no_errors() {
    for ownership in [OwnershipModel::Person, OwnershipModel::Team] {
        for mapping in build(ownership, None).mappings {
            let expected: &[&str] = match mapping.name.as_str() {
                // Both keep the direction of the source, which the option engine does not read (S4.65).
                "SHIPMENT METHOD" | "SHIPPING AGENT" => {
                    &["Info mapping.direction-of-table-mapping-counts Code"]
                }
                _ => &[],
            };
            assert_eq!(checked_alone(&mapping), expected, "{}", mapping.name);
        }
    }
}

#[test]
fn currency_with_metadata() {
    let (bc, dataverse) = currency();
    assert_eq!(
        checked(&mapping("CURRENCY"), &bc, &dataverse),
        ["Info mapping.written-on-insert-only Code", "Info mapping.text-is-cut Code"]
    );
}

#[test]
fn names_the_metadata_does_not_have_get_a_suggestion() {
    let (bc, mut dataverse) = currency();
    dataverse.fields[3].name = "currencynames".to_owned();
    let context = context();
    let surroundings = Surroundings {
        business_central: Metadata::Table(&bc),
        dataverse: Metadata::Table(&dataverse),
        context: &context,
    };
    let problems = check_mapping(&mapping("CURRENCY"), &surroundings);
    assert!(!may_be_saved(&problems));
    assert_eq!(
        problems.last().unwrap().kind,
        MappingProblemKind::UnknownField {
            side: Side::Dataverse,
            name: "currencyname".to_owned(),
            suggestion: Some("currencynames".to_owned()),
        }
    );
    let surroundings = Surroundings { dataverse: Metadata::NoSuchTable, ..surroundings };
    assert_eq!(told(&check_mapping(&mapping("CURRENCY"), &surroundings)), ["Error mapping.unknown-table"]);
}

#[test]
fn a_disabled_field_that_is_gone_does_not_break_the_mapping() {
    let (mut bc, dataverse) = currency();
    let mut mapping = mapping("CURRENCY");
    mapping.field_mappings[2].status = FieldMappingStatus::Disabled;
    bc.fields.pop();
    assert!(
        checked(&mapping, &bc, &dataverse).contains(&"Warning mapping.unknown-field Description".to_owned())
    );
}

#[test]
fn a_field_out_of_reach_is_explained() {
    let (mut bc, dataverse) = currency();
    bc.fields[2].access = FieldAccess::OutOfReach;
    assert!(
        checked(&mapping("CURRENCY"), &bc, &dataverse)
            .contains(&"Warning mapping.out-of-reach Symbol".to_owned())
    );
}

#[test]
fn a_column_that_cannot_be_written_is_told() {
    let (bc, mut dataverse) = currency();
    dataverse.fields[2].access = FieldAccess::Read;
    let told = checked(&mapping("CURRENCY"), &bc, &dataverse);
    assert!(told.contains(&"Warning mapping.not-writable Symbol".to_owned()));
}

#[test]
fn the_type_of_a_lookup_is_written_with_the_lookup() {
    let (bc, mut dataverse) = currency();
    let mut mapping = mapping("CURRENCY");
    let constant = &mut mapping.field_mappings[1];
    (constant.field, constant.constant_value) = (None, Some("systemuser".to_owned()));
    constant.column = Some("owneridtype".to_owned());
    let mut type_column = field("owneridtype", text(64));
    type_column.access = FieldAccess::Read;
    dataverse.fields.push(type_column);
    let told = checked(&mapping, &bc, &dataverse);
    assert!(told.contains(&"Warning mapping.not-writable owneridtype".to_owned()));
    let mut owner = field("ownerid", FieldType::Guid);
    owner.targets = vec!["systemuser".to_owned(), "team".to_owned()];
    dataverse.fields.push(owner);
    assert!(!checked(&mapping, &bc, &dataverse).iter().any(|told| told.contains("owneridtype")));
}

#[test]
fn the_key_column_has_the_type_of_its_kind() {
    let (bc, mut dataverse) = currency();
    dataverse.fields[0].field_type = FieldType::Integer;
    assert_eq!(checked(&mapping("CURRENCY"), &bc, &dataverse)[0], "Error mapping.uid-of-wrong-type");
    dataverse.fields[0].name = "currencyid".to_owned();
    assert_eq!(checked(&mapping("CURRENCY"), &bc, &dataverse)[0], "Error mapping.unknown-field");
}

#[test]
fn filters_that_cannot_be_read_name_their_place() {
    let (bc, dataverse) = currency();
    let mut mapping = mapping("CURRENCY");
    let condition = |field: &str, text: &str| FilterCondition { field: field.into(), text: text.into() };
    mapping.table_filter.conditions = vec![condition("Code", "EUR|"), condition("Cod", "EUR")];
    mapping.integration_table_filter.conditions = vec![condition("transactioncurrencyid", "1..2")];
    let told = checked(&mapping, &bc, &dataverse);
    assert_eq!(told[0], "Error filter.missing-value BusinessCentral");
    assert_eq!(told[1], "Error clause.unknown-field BusinessCentral");
    assert!(told[2].starts_with("Error filter.") && told[2].ends_with("Dataverse"), "{}", told[2]);
    // Without metadata only what cannot be read at all is found.
    assert_eq!(checked_alone(&mapping), ["Error filter.missing-value BusinessCentral"]);
}

#[test]
fn a_direction_needs_an_enabled_field_of_exactly_that_direction() {
    let currency = mapping("CURRENCY");
    let expected = Direction::Bidirectional;
    let refused = change_direction(&currency, None, expected);
    assert_eq!(refused, Err(DirectionError::NoFieldMapping { expected }));
    let customer = mapping("CUSTOMER");
    let (changed, _) = change_direction(&customer, None, Direction::ToIntegrationTable).unwrap();
    assert_eq!(
        changed,
        IntegrationTableMapping { direction: Direction::ToIntegrationTable, ..customer.clone() }
    );
    assert!(change_direction(&customer, None, Direction::FromIntegrationTable).is_err());
    // Without an enabled field mapping every direction is possible, and nothing is copied.
    let mut disabled = currency;
    for field in &mut disabled.field_mappings {
        field.status = FieldMappingStatus::Disabled;
    }
    assert!(change_direction(&disabled, None, expected).is_ok());
    assert_eq!(checked_alone(&disabled), ["Warning mapping.nothing-copied"]);
}

#[test]
fn the_fields_and_the_job_of_an_option_mapping_follow_its_direction() {
    let setup = person();
    let name = MappingName::new("PAYMENT TERMS").unwrap();
    let (terms, job) = (setup.mapping(&name).unwrap(), setup.job(&name));
    assert_eq!(
        change_direction(terms, job, Direction::Bidirectional),
        Err(DirectionError::OptionMappingBidirectional)
    );
    let (from, same_job) = change_direction(terms, job, Direction::FromIntegrationTable).unwrap();
    assert_eq!(from.field_mappings[0].direction, Direction::FromIntegrationTable);
    assert_eq!(
        from.field_mappings[0].transformation_direction,
        TransformationDirection::FromIntegrationTable
    );
    assert_eq!(same_job.as_ref(), job);
    let (to, resting) = change_direction(&from, job, Direction::ToIntegrationTable).unwrap();
    assert_eq!(&to, terms);
    assert_eq!(resting.unwrap().status, JobStatus::OnHoldWithInactivityTimeout);
    let held = JobQueueEntry { status: JobStatus::OnHold, ..job.unwrap().clone() };
    let (_, kept) = change_direction(&from, Some(&held), Direction::ToIntegrationTable).unwrap();
    assert_eq!(kept, Some(held));
}

#[test]
fn deleting_couplings_while_creating_records_is_to_be_confirmed() {
    let mut mapping = mapping("CUSTOMER");
    mapping.deletion_conflict_resolution = DeletionConflictResolution::RemoveCoupling;
    assert_eq!(checked_alone(&mapping), [""; 0]);
    mapping.synch_only_coupled_records = false;
    assert_eq!(checked_alone(&mapping), ["Warning mapping.deleted-records-return"]);
}

#[test]
fn multi_company_synchronization_needs_the_company_column() {
    let (bc, mut dataverse) = currency();
    let mut mapping = mapping("CURRENCY");
    mapping.multi_company_synch_enabled = true;
    assert_eq!(checked(&mapping, &bc, &dataverse)[0], "Error mapping.no-company-column");
    dataverse.fields.push(field(COMPANY_COLUMN, FieldType::Guid));
    assert!(!checked(&mapping, &bc, &dataverse)[0].starts_with("Error"));
}

/// Problems of the second field mapping of CURRENCY after a change, by code.
#[track_caller]
fn check_field(change: impl FnOnce(&mut FieldMapping), expected: &[&str]) {
    let mut mapping = mapping("CURRENCY");
    change(&mut mapping.field_mappings[1]);
    let told = checked_alone(&mapping);
    let codes: Vec<&str> = told.iter().map(|it| it.rsplit_once(' ').unwrap().0).collect();
    assert_eq!(codes, expected);
}

#[test]
fn fields_and_constants() {
    let none: fn(&mut FieldMapping) = |_| {};
    check_field(none, &[]);
    check_field(|it| (it.field, it.column) = (None, None), &["Error mapping.no-field"]);
    check_field(|it| it.field = None, &["Error mapping.constant-missing"]);
    check_field(|it| (it.field, it.constant_value) = (None, Some("€".into())), &[]);
    check_field(
        |it| (it.column, it.constant_value) = (None, Some("€".into())),
        &["Error mapping.constant-direction"],
    );
    check_field(|it| it.constant_value = Some("€".into()), &["Info mapping.constant-unused"]);
    check_field(|it| (it.field, it.constant_value) = (None, Some("€".repeat(100))), &[]);
    check_field(
        |it| (it.field, it.constant_value) = (None, Some("€".repeat(101))),
        &["Error mapping.too-long"],
    );
    check_field(|it| it.transformation_rule = Some("R".repeat(21)), &["Error mapping.too-long"]);
    check_field(|it| it.number = 1, &["Error mapping.same-number-twice"]);
    check_field(
        |it| (it.field, it.column) = (Some("Code".into()), Some("isocurrencycode".into())),
        &["Error mapping.same-fields-twice"],
    );
}

#[test]
fn flags_and_directions() {
    check_field(
        |it| (it.not_null, it.clear_value_on_failed_sync) = (true, true),
        &["Error mapping.clear-value-and-not-null"],
    );
    check_field(
        |it| it.transformation_direction = TransformationDirection::FromIntegrationTable,
        &["Error mapping.transformation-direction"],
    );
    check_field(
        |it| change_field_direction(it, Direction::FromIntegrationTable),
        &["Info mapping.never-copied"],
    );
    check_field(|it| change_field_direction(it, Direction::Bidirectional), &[]);
}

#[test]
fn not_null_is_for_guids() {
    let (bc, mut dataverse) = currency();
    let mut mapping = mapping("CURRENCY");
    mapping.field_mappings[1].not_null = true;
    assert!(
        checked(&mapping, &bc, &dataverse).contains(&"Error mapping.not-null-not-guid Symbol".to_owned())
    );
    dataverse.fields[2].field_type = FieldType::Guid;
    dataverse.fields[2].targets = vec!["systemuser".to_owned()];
    assert!(!checked(&mapping, &bc, &dataverse).iter().any(|it| it.contains("Symbol")));
}

#[test]
fn long_texts_and_dependencies() {
    let mut mapping = mapping("CURRENCY");
    mapping.dependency_filter = vec![mapping.name.clone()];
    assert_eq!(checked_alone(&mapping), ["Error mapping.depends-on-itself"]);
    let names = (0..12).map(|idx| MappingName::new(&format!("MAPPING NUMBER {idx:05}")).unwrap());
    // 12 names of 20 characters and 11 bars: 251.
    mapping.dependency_filter = names.collect();
    assert_eq!(checked_alone(&mapping), ["Error mapping.too-long"]);
    mapping.dependency_filter.pop();
    mapping.table_template =
        Some(Template { code: "ELEVEN CHAR".into(), description: String::new(), values: Vec::new() });
    assert_eq!(checked_alone(&mapping), ["Error mapping.too-long"]);
}

#[test]
fn conversions() {
    let check = |source: FieldType, destination: FieldType, expected: Conversion| {
        let (source, destination) = (field("source", source), field("destination", destination));
        assert_eq!(conversion(&source, &destination), expected, "{source:?} -> {destination:?}");
    };
    check(text(30), text(30), Conversion::Whole);
    check(text(30), code(20), Conversion::Cut { length: 20 });
    check(FieldType::Text { max_length: None }, text(30), Conversion::Cut { length: 30 });
    check(text(30), FieldType::Text { max_length: None }, Conversion::Whole);
    check(code(10), option(), Conversion::Whole);
    check(text(10), option(), Conversion::Partly);
    check(FieldType::Decimal, FieldType::Decimal, Conversion::Whole);
    check(FieldType::Decimal, FieldType::Integer, Conversion::Partly);
    check(FieldType::Integer, FieldType::Decimal, Conversion::Whole);
    check(FieldType::Boolean, FieldType::Date, Conversion::Never);
    check(FieldType::Guid, FieldType::Integer, Conversion::Never);
    check(FieldType::DateTime, FieldType::Date, Conversion::Partly);
    check(FieldType::Boolean, text(1), Conversion::Whole);
    let mut lookup = field("ownerid", FieldType::Guid);
    lookup.targets = vec!["systemuser".to_owned()];
    assert_eq!(conversion(&field("Salesperson Code", code(20)), &lookup), Conversion::Whole);
    assert_eq!(conversion(&lookup, &field("Salesperson Code", code(20))), Conversion::Whole);
    assert_eq!(conversion(&field("Text", text(20)), &field("id", FieldType::Guid)), Conversion::Partly);
}

#[test]
fn nearest_names() {
    let names = ["name", "address1_line1", "address1_line2", "statecode"];
    assert_eq!(nearest("Nmae", names), None);
    assert_eq!(nearest("nam", names), Some("name"));
    assert_eq!(nearest("ADDRESS1_LINE2", names), Some("address1_line2"));
    assert_eq!(nearest("state_code", names), Some("statecode"));
    assert_eq!(nearest("fax", names), None);
}

proptest! {
    #[test]
    fn a_direction_that_could_be_changed_to_is_no_problem_afterwards(
        configuration in crate::settings::arbitrary::configuration(),
        direction in prop_oneof![
            Just(Direction::Bidirectional),
            Just(Direction::ToIntegrationTable),
            Just(Direction::FromIntegrationTable),
        ],
    ) {
        for mapping in &configuration.mappings {
            let changed = change_direction(mapping, configuration.job(&mapping.name), direction);
            let direction_problem = |mapping: &IntegrationTableMapping| {
                checked_alone(mapping).iter().any(|told| told.starts_with("Error direction."))
            };
            match changed {
                Ok((changed, _)) => prop_assert!(!direction_problem(&changed)),
                Err(_) => {
                    let forced = IntegrationTableMapping { direction, ..mapping.clone() };
                    prop_assert!(direction_problem(&forced));
                }
            }
        }
    }
}
