//! The preview on a small table of customers: counts, reasons, remedies, lists, movements.

use std::sync::Arc;

use couplet_filter::{Context, FieldType, FieldValue, OptionMember};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use uuid::Uuid;

use super::*;
use crate::mapping::{
    BcTable, FilterCondition, IntegrationTableMapping, IntegrationUid, MappingFilter, MappingName,
};
use crate::{
    ColumnTable, DeletionConflictResolution, Direction, FieldAccess, FieldMapping, FieldMappingStatus,
    FieldSchema, Labels, OwnershipModel, PostFilter, Side, TableSchema, TransformationDirection,
    UpdateConflictResolution,
};

fn context() -> Context {
    Context::new(Timestamp::UNIX_EPOCH, TimeZone::UTC)
}

fn blocked() -> FieldType {
    let members = [" ", "Ship", "Invoice", "All"].iter().zip(0..);
    let member =
        |(name, ordinal): (&&str, i32)| OptionMember { ordinal, name: (*name).to_owned(), captions: vec![] };
    FieldType::Option(members.map(member).collect::<Vec<_>>().into())
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

fn schema() -> TableSchema {
    TableSchema {
        side: Side::BusinessCentral,
        name: "Customer".to_owned(),
        number: Some(18),
        labels: Labels::same("Customer"),
        key_field: "SystemId".to_owned(),
        primary_name_field: Some("Name".to_owned()),
        fields: vec![
            field("SystemId", FieldType::Guid),
            field("No.", FieldType::Code { max_length: Some(20) }),
            field("Name", FieldType::Text { max_length: Some(100) }),
            field("Blocked", blocked()),
            field("Salesperson Code", FieldType::Code { max_length: Some(20) }),
            field("Company No.", FieldType::Code { max_length: Some(20) }),
            FieldSchema {
                access: FieldAccess::OutOfReach,
                ..field("Fax No.", FieldType::Text { max_length: None })
            },
        ],
    }
}

fn filter(conditions: &[(&str, &str)]) -> MappingFilter {
    let condition =
        |&(field, text): &(&str, &str)| FilterCondition { field: field.to_owned(), text: text.to_owned() };
    MappingFilter { conditions: conditions.iter().map(condition).collect() }
}

fn mapping(conditions: &[(&str, &str)]) -> IntegrationTableMapping {
    IntegrationTableMapping {
        name: MappingName::new("CUSTOMER").unwrap(),
        table: BcTable { name: "Customer".to_owned(), number: 18 },
        integration_table: "account".to_owned(),
        integration_uid: IntegrationUid::Record { column: "accountid".to_owned() },
        direction: Direction::Bidirectional,
        table_filter: filter(conditions),
        integration_table_filter: MappingFilter::default(),
        synch_only_coupled_records: true,
        deletion_conflict_resolution: DeletionConflictResolution::None,
        update_conflict_resolution: UpdateConflictResolution::None,
        synch_after_bulk_coupling: false,
        create_new_in_case_of_no_match: false,
        dependency_filter: Vec::new(),
        multi_company_synch_enabled: false,
        uncouple_by_job: true,
        table_template: None,
        integration_table_template: None,
        templates: Vec::new(),
        post_filter: None,
        user_defined: false,
        field_mappings: Vec::<FieldMapping>::new(),
    }
}

fn owner_mapping() -> FieldMapping {
    FieldMapping {
        number: 1,
        field: Some("Salesperson Code".to_owned()),
        field_number: Some(29),
        column: Some("ownerid".to_owned()),
        direction: Direction::ToIntegrationTable,
        constant_value: None,
        validate_field: true,
        validate_integration_table_field: false,
        clear_value_on_failed_sync: false,
        not_null: true,
        update_conflict_resolution: UpdateConflictResolution::None,
        status: FieldMappingStatus::Enabled,
        transformation_rule: None,
        transformation_direction: TransformationDirection::ToIntegrationTable,
        use_for_match_based_coupling: false,
        case_sensitive_matching: false,
        match_priority: 0,
        user_defined: false,
    }
}

/// No., name, blocked, salesperson.
const CUSTOMERS: [(&str, &str, i32, &str); 5] = [
    ("10000", "Alpes Vins SA", 0, "JR"),
    ("10020", "Boulangerie Éloïse", 1, "LM"),
    ("10030", "Chocolaterie du Lac", 0, ""),
    ("10060", "Émail Jurassien", 3, "JR"),
    ("10070", "Arve Bois", 1, "JR"),
];

fn customers() -> ColumnTable {
    let schema = schema();
    let columns = schema.fields.iter().map(|field| (field.name.clone(), field.field_type.clone()));
    let mut table = ColumnTable::new(columns);
    for (idx, (number, name, blocked, salesperson)) in CUSTOMERS.into_iter().enumerate() {
        table.push(0, FieldValue::Guid(Uuid::from_u128(idx as u128 + 1))).unwrap();
        table.push(1, FieldValue::Text(number)).unwrap();
        table.push(2, FieldValue::Text(name)).unwrap();
        table.push(3, FieldValue::Option(blocked)).unwrap();
        table.push(4, FieldValue::Text(salesperson)).unwrap();
        table.push(5, FieldValue::Text(if idx < 2 { "KT1" } else { "KT2" })).unwrap();
        table.end_row();
    }
    table
}

fn bind(
    mapping: &IntegrationTableMapping,
    ownership: OwnershipModel,
) -> Result<PreviewRules, Vec<ClauseProblem>> {
    PreviewRules::bind(mapping, ownership, &mapping.table_filter, &schema(), &context())
}

#[test]
fn counts_and_every_failing_clause() {
    let mapping = mapping(&[("Blocked", "' '"), ("Name", "A*")]);
    let rules = bind(&mapping, OwnershipModel::Team).unwrap();
    let (table, related) = (customers(), Arc::new(Related::default()));
    let verdicts = rules.evaluate(&table, &related);
    assert_eq!((verdicts.n_in, verdicts.n_out), (1, 4));
    assert_eq!((verdicts.n_failing(0), verdicts.n_failing(1)), (3, 3));
    let outcomes = |row| -> Vec<RuleOutcome> {
        rules.explain(&table, row, &related).iter().map(|verdict| verdict.outcome).collect()
    };
    let (passes, fails) = (RuleOutcome::Passes, RuleOutcome::Fails);
    assert_eq!(outcomes(0), [passes, passes, fails], "in the filter, but not coupled");
    assert_eq!(outcomes(1), [fails, fails, fails], "both clauses are told");
}

#[test]
fn a_coupled_record_is_not_held_back() {
    let mapping = mapping(&[]);
    let rules = bind(&mapping, OwnershipModel::Team).unwrap();
    let mut related = Related::default();
    related.coupled.insert(Uuid::from_u128(2));
    let verdicts = rules.evaluate(&customers(), &Arc::new(related));
    assert_eq!((verdicts.n_in, verdicts.n_failing(0)), (5, 4));
}

#[test]
fn a_filter_that_cannot_be_read_is_never_everything_passes() {
    let problems = |conditions: &[(&str, &str)]| -> Vec<&'static str> {
        let bound = bind(&mapping(conditions), OwnershipModel::Team);
        bound.unwrap_err().iter().map(|problem| problem.kind.code()).collect()
    };
    assert_eq!(problems(&[("Blocked", "Shp")]), ["filter.value-of-wrong-type"]);
    assert_eq!(problems(&[("Gone", "1")]), ["clause.unknown-field"]);
    assert_eq!(problems(&[("Fax No.", "<>''")]), ["clause.out-of-reach"]);
    assert_eq!(problems(&[("Name", "A*"), ("name", "B*")]), ["clause.duplicate-field"]);
    assert_eq!(
        problems(&[("Gone", "1"), ("Blocked", "(")]),
        ["clause.unknown-field", "filter.missing-value"]
    );
}

#[test]
fn the_rule_behind_contacts_and_the_owner_under_person() {
    let mut mapping = mapping(&[]);
    mapping.post_filter = Some(PostFilter::ContactBusinessRelation);
    mapping.synch_only_coupled_records = false;
    mapping.field_mappings.push(owner_mapping());
    let rules = bind(&mapping, OwnershipModel::Person).unwrap();
    let related_contacts = Some(["KT2".to_owned()].into_iter().collect());
    let mut related = Related { related_contacts, ..Related::default() };
    related.owners.insert("JR".to_owned(), OwnerOutlook::User { name: "Jean Roux".to_owned() });
    related.owners.insert("LM".to_owned(), OwnerOutlook::NoUser { salesperson: "Lina Moser".to_owned() });
    let verdicts = rules.evaluate(&customers(), &Arc::new(related));
    assert_eq!(verdicts.n_in, 3, "the rule behind the filter excludes");
    let unknown = rules.evaluate(&customers(), &Arc::default());
    assert_eq!(unknown.n_in, 5, "what is not known excludes nobody");
    let outcome = rules.explain(&customers(), 0, &Related::default())[0].outcome;
    assert_eq!(outcome, RuleOutcome::Unknown);
    assert_eq!(verdicts.n_failing(1), 2, "an owner without a user is told, not excluded");
    assert!(bind(&mapping, OwnershipModel::Team).unwrap().rules.len() == 1, "no owner rule under Team");
}

#[test]
fn a_remedy_names_the_value_and_says_how_many_would_enter() {
    let mapping = mapping(&[("Blocked", "' '")]);
    let rules = bind(&mapping, OwnershipModel::Team).unwrap();
    let (table, related) = (customers(), Arc::new(Related::default()));
    let verdicts = rules.evaluate(&table, &related);
    let remedies = rules.remedies(&table, 1, &related, &verdicts);
    assert_eq!(remedies, [Remedy { rule_idx: 0, text: "' '|Ship".to_owned(), n_enter: 2 }]);
    let wider = filter(&[("Blocked", &remedies[0].text)]);
    let wider = PreviewRules::bind(&mapping, OwnershipModel::Team, &wider, &schema(), &context()).unwrap();
    let movement = Movement::between(&verdicts, &wider.evaluate(&table, &related));
    assert_eq!(movement.entering.iter_ones().collect::<Vec<_>>(), [1, 4]);
    assert_eq!((movement.n_enter, movement.n_leave), (2, 0));
}

#[test]
fn lists_by_verdict_search_and_order() {
    let mapping = mapping(&[("Blocked", "' '"), ("Name", "A*")]);
    let rules = bind(&mapping, OwnershipModel::Team).unwrap();
    let table = customers();
    let verdicts = rules.evaluate(&table, &Arc::default());
    let listed = Listed { table: &table, rules: &rules, verdicts: &verdicts, changed: None };
    let rows = |query: ListingQuery| list_rows(&query, listed);
    let shown = |show| rows(ListingQuery { show, ..ListingQuery::default() });
    assert_eq!(shown(Show::InFilter), [0]);
    assert_eq!(shown(Show::Excluded), [1, 2, 3, 4]);
    assert_eq!(shown(Show::Failing(0)), [1, 3, 4]);
    assert_eq!(shown(Show::FailingOnly(0)), [4]);
    assert_eq!(shown(Show::Entering), [0_u32; 0]);
    let search_fields = vec!["No.".to_owned(), "Name".to_owned()];
    let search = "éloïse".to_owned();
    assert_eq!(rows(ListingQuery { search, search_fields, ..ListingQuery::default() }), [1]);
    let sort = Some(Sort { field: "Name".to_owned(), descending: true });
    assert_eq!(rows(ListingQuery { sort, ..ListingQuery::default() }).first(), Some(&3));
}

#[test]
fn only_what_is_needed_is_read() {
    let mapping = mapping(&[("Blocked", "' '")]);
    let rules = bind(&mapping, OwnershipModel::Team).unwrap();
    let schema = Arc::new(schema());
    assert_eq!(fields_to_read(&mapping, Some(&rules), &schema), ["SystemId", "No.", "Name", "Blocked"]);
}

/// Many customers; pages of them are added one after the other.
fn add_customers(table: &mut ColumnTable, n: usize) {
    for row in table.n_rows()..table.n_rows() + n {
        table.push(0, FieldValue::Guid(Uuid::from_u128(row as u128))).unwrap();
        table.push(1, FieldValue::Text(&format!("C{row}"))).unwrap();
        table.push(2, FieldValue::Text(&format!("Vins {} {}", row % 70_000, row % 7))).unwrap();
        table.push(3, FieldValue::Option((row % 4) as i32)).unwrap();
        table.push(4, FieldValue::Text(if row % 3 == 0 { "JR" } else { "" })).unwrap();
        table.end_row();
    }
}

#[test]
fn what_is_kept_gives_the_same_verdicts_as_a_fresh_look() {
    let schema = schema();
    let columns = schema.fields.iter().map(|field| (field.name.clone(), field.field_type.clone()));
    let mut table = ColumnTable::new(columns);
    let mut related = Related::default();
    related.coupled.insert(Uuid::from_u128(70));
    let mut related = Arc::new(related);
    let mut cache = VerdictCache::new();
    let filters: [&[(&str, &str)]; 7] = [
        &[("Blocked", "0"), ("Name", "*7*|V*1|'Vins 3 3'")],
        &[("Blocked", "0|1"), ("Name", "*7*|V*1|'Vins 3 3'")],
        &[("Blocked", "0|1"), ("Name", "*7*|V*12|'Vins 3 3'")],
        &[("Name", "*7* | V*12 | 'Vins 3 3'"), ("Salesperson Code", "''")],
        &[("Salesperson Code", "<>''"), ("Blocked", "0|1")],
        &[("Fax No.", "''")],
        &[("Blocked", "0"), ("Name", "*7*|V*1|'Vins 3 3'")],
    ];
    for (round, conditions) in filters.iter().enumerate() {
        add_customers(&mut table, 4_001);
        if round == 4 {
            related = Arc::new(Related::default());
        }
        if round == 6 {
            table.truncate(100);
        }
        let reached = TableSchema { fields: schema.fields.iter().map(reached).collect(), ..schema.clone() };
        let (mapping, text) = (mapping(conditions), format!("{conditions:?}"));
        let rules =
            PreviewRules::bind(&mapping, OwnershipModel::Team, &mapping.table_filter, &reached, &context());
        let rules = rules.unwrap();
        let (kept, fresh) = (cache.finish(&rules, &table, &related), rules.evaluate(&table, &related));
        assert_eq!(kept.passes, fresh.passes, "{text}");
        assert_eq!((kept.n_in, kept.n_out), (fresh.n_in, fresh.n_out), "{text}");
        for row in (0..table.n_rows()).step_by(97) {
            let outcomes = rules.explain(&table, row, &related);
            let passes = outcomes.iter().map(|verdict| verdict.outcome == RuleOutcome::Passes);
            assert!(passes.eq(kept.passes.iter().map(|passes| passes.get(row))), "row {row} of {text}");
        }
    }
}

fn reached(field: &FieldSchema) -> FieldSchema {
    FieldSchema { access: FieldAccess::Full, ..field.clone() }
}

#[test]
fn a_changed_clause_costs_only_itself() {
    let schema = schema();
    let columns = schema.fields.iter().map(|field| (field.name.clone(), field.field_type.clone()));
    let mut table = ColumnTable::new(columns);
    add_customers(&mut table, 100_000);
    let related = Arc::default();
    let mut cache = VerdictCache::new();
    let mut n_steps = |conditions: &[(&str, &str)]| {
        let mut mapping = mapping(conditions);
        mapping.synch_only_coupled_records = false;
        let rules = bind(&mapping, OwnershipModel::Team).unwrap();
        (0..).find(|_| cache.step(&rules, &table, &related).is_some()).unwrap()
    };
    let name = "*7*|*8*";
    let whole = n_steps(&[("Name", name), ("Blocked", "0")]);
    assert!(whole > 10, "two patterns over many texts take several steps, not {whole}");
    assert_eq!(n_steps(&[("Name", name), ("Blocked", "0")]), 0, "nothing changed");
    assert_eq!(n_steps(&[("Name", " *7* | *8* "), ("Blocked", "0")]), 0, "only blanks changed");
    assert_eq!(n_steps(&[("Blocked", "0"), ("Name", "*8*")]), 0, "an alternative was taken away");
    let longer = n_steps(&[("Blocked", "0"), ("Name", "*7*|*8*|*9*")]);
    assert!(longer > 0 && longer <= whole / 2, "one more alternative costs itself: {longer} of {whole}");
}
