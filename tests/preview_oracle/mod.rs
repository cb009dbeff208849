//! Every verdict of the preview equals that of a second evaluator: random filters over random rows of both sides, by
//! way of the engine's rules, columns and explanations.

mod generate;
pub(crate) mod naive;

use couplet_engine::preview::{ClauseProblemKind, Movement, PreviewRules, Related, RuleOutcome, Verdicts};
use couplet_engine::{
    BcTable, ColumnTable, DeletionConflictResolution, Direction, FieldAccess, FieldSchema, FilterCondition,
    IntegrationTableMapping, IntegrationUid, Labels, MappingFilter, MappingName, OwnershipModel, Side,
    TableSchema, UpdateConflictResolution,
};
use couplet_filter::{Context, DateKey, DateTimeKey, FieldType, FieldValue, OptionMember, TimeKey};
use couplet_tests::Random;
use jiff::civil::date;
use jiff::tz::{Offset, TimeZone};
use rust_decimal::Decimal;
use uuid::Uuid;

use generate::{ColumnPlan, cell, columns, filter};
use naive::{BLANK, Calendar, Cell, Compare, Kind, Naive, NoVerdict, UNIT};

const N_CASES: u64 = 6_000;
const N_ROWS: usize = 40;
const HOURS_AHEAD: i8 = 2;

/// One case: a table with its rows, a filter of some clauses, and what the second evaluator reads in them.
struct Case {
    side: Side,
    plans: Vec<ColumnPlan>,
    rows: Vec<Vec<Cell>>,
    filter: MappingFilter,
    expected: Vec<Expected>,
}

/// What the second evaluator makes of one clause.
struct Expected {
    column_idx: usize,
    read: Result<Naive, NoVerdict>,
}

#[test]
fn every_verdict_equals_a_second_evaluator() {
    let mut counts = Counts::default();
    for seed in 1..=N_CASES {
        check(seed, &mut counts);
    }
    // A generator that only makes wrong or trivial filters would prove nothing.
    assert!(counts.n_evaluated > N_CASES as usize * 6 / 10, "{counts:?}");
    assert!(counts.n_refused > N_CASES as usize / 20, "{counts:?}");
    assert!(counts.n_unspecified < N_CASES as usize / 20, "{counts:?}");
    assert!(counts.n_in > 10_000 && counts.n_out > 10_000 && counts.n_remedies > 1_000, "{counts:?}");
}

/// What the cases were, taken together.
#[derive(Debug, Default)]
struct Counts {
    n_evaluated: usize,
    n_refused: usize,
    n_unspecified: usize,
    n_in: usize,
    n_out: usize,
    n_remedies: usize,
}

fn check(seed: u64, counts: &mut Counts) {
    let case = case(&mut Random::new(seed));
    if case.expected.iter().any(|clause| matches!(clause.read, Err(NoVerdict::Unspecified))) {
        counts.n_unspecified += 1;
        return;
    }
    let told = format!("seed {seed}, {:?}, filter {:?}", case.side, case.filter);
    let schema = schema(&case);
    let mapping = mapping(&case);
    let bound = PreviewRules::bind(&mapping, OwnershipModel::Team, &case.filter, &schema, &context());
    let unreadable = |clause: &Expected| clause.read.is_err();
    let rules = match bound {
        Err(problems) => {
            let wrong: Vec<usize> =
                (0..case.expected.len()).filter(|&idx| unreadable(&case.expected[idx])).collect();
            let named: Vec<usize> = problems.iter().map(|problem| problem.condition_idx).collect();
            assert_eq!(named, wrong, "{told}: {problems:?}");
            assert!(
                problems.iter().all(|problem| matches!(problem.kind, ClauseProblemKind::Filter(_))),
                "{told}"
            );
            counts.n_refused += 1;
            return;
        }
        Ok(rules) => rules,
    };
    assert!(!case.expected.iter().any(unreadable), "{told}: read what is wrong");
    let table = table(&case);
    let verdicts = rules.evaluate(&table, &Related::default());
    compare_verdicts(&case, &rules, &table, &verdicts, &told);
    counts.n_evaluated += 1;
    counts.n_in += verdicts.n_in;
    counts.n_out += verdicts.n_out;
    counts.n_remedies += check_remedies(&mapping, &case, (&schema, &table), (&rules, &verdicts), &told);
}

fn compare_verdicts(case: &Case, rules: &PreviewRules, table: &ColumnTable, verdicts: &Verdicts, told: &str) {
    let related = Related::default();
    let mut n_in = 0;
    for (row, cells) in case.rows.iter().enumerate() {
        let explained = rules.explain(table, row, &related);
        let mut all = true;
        for (idx, clause) in case.expected.iter().enumerate() {
            let cell = &cells[clause.column_idx];
            let passes = clause.read.as_ref().unwrap().passes(cell);
            assert_eq!(
                verdicts.passes[idx].get(row),
                passes,
                "{told}: clause {idx} over columns, cell {cell:?}"
            );
            let outcome = if passes { RuleOutcome::Passes } else { RuleOutcome::Fails };
            assert_eq!(explained[idx].outcome, outcome, "{told}: clause {idx} explained, cell {cell:?}");
            all &= passes;
        }
        // "Only coupled records" is the last rule: nothing is coupled, and it excludes nothing.
        assert_eq!(explained.last().unwrap().outcome, RuleOutcome::Fails, "{told}");
        assert_eq!(explained.len(), case.expected.len() + 1, "{told}");
        assert_eq!(verdicts.in_filter.get(row), all, "{told}: row {cells:?}");
        n_in += usize::from(all);
    }
    assert_eq!((verdicts.n_in, verdicts.n_out), (n_in, case.rows.len() - n_in), "{told}");
}

/// A remedy that is offered lets the record pass its clause, and as many enter as it says.
fn check_remedies(
    mapping: &IntegrationTableMapping,
    case: &Case,
    (schema, table): (&TableSchema, &ColumnTable),
    (rules, verdicts): (&PreviewRules, &Verdicts),
    told: &str,
) -> usize {
    let related = Related::default();
    let mut n_remedies = 0;
    for row in (0..table.n_rows()).filter(|&row| !verdicts.in_filter.get(row)).take(3) {
        for remedy in rules.remedies(table, row, &related, verdicts) {
            let told = format!("{told}: remedy {remedy:?} for row {:?}", case.rows[row]);
            let mut wider = case.filter.clone();
            wider.conditions[remedy.rule_idx].text.clone_from(&remedy.text);
            let bound = PreviewRules::bind(mapping, OwnershipModel::Team, &wider, schema, &context());
            let wider =
                bound.unwrap_or_else(|problems| panic!("{told}: {problems:?}")).evaluate(table, &related);
            assert!(wider.passes[remedy.rule_idx].get(row), "{told}: the record still fails");
            let movement = Movement::between(verdicts, &wider);
            assert_eq!((movement.n_enter, movement.n_leave), (remedy.n_enter, 0), "{told}");
            n_remedies += 1;
        }
    }
    n_remedies
}

fn case(random: &mut Random) -> Case {
    let side = if random.percent(50) { Side::BusinessCentral } else { Side::Dataverse };
    let compare = match side {
        Side::BusinessCentral => Compare::BusinessCentral,
        Side::Dataverse => Compare::Dataverse,
    };
    let plans = columns(compare);
    let row = |random: &mut Random| plans.iter().map(|plan| cell(random, plan, compare)).collect();
    let rows = (0..N_ROWS).map(|_| row(random)).collect();
    let today = date(2026, 3, 18);
    let calendar = Calendar { today, work_date: date(2026, 2, 10), hours_ahead: i64::from(HOURS_AHEAD) };
    let (mut filter_of_case, mut expected) = (MappingFilter::default(), Vec::<Expected>::new());
    for _ in 0..=random.below(3) {
        let column_idx = random.below(plans.len());
        let plan = &plans[column_idx];
        // A field that cannot be filtered makes every filter wrong: it is tried now and then.
        let is_too_often = matches!(plan.kind, Kind::Unfilterable) && random.percent(80);
        if is_too_often || expected.iter().any(|clause| clause.column_idx == column_idx) {
            continue;
        }
        let text = filter(random, plan, compare);
        expected.push(Expected { column_idx, read: naive::read(&text, &plan.kind, compare, &calendar) });
        filter_of_case.conditions.push(FilterCondition { field: plan.name.to_owned(), text });
    }
    Case { side, plans, rows, filter: filter_of_case, expected }
}

fn context() -> Context {
    let zone = TimeZone::fixed(Offset::constant(HOURS_AHEAD));
    let mut context = Context::new("2026-03-18T09:30:00Z".parse().unwrap(), zone);
    context.work_date = date(2026, 2, 10);
    context
}

fn field_type(kind: &Kind) -> FieldType {
    let length = |max: &Option<usize>| max.map(|max| max as u32);
    match kind {
        Kind::Text { max, .. } => FieldType::Text { max_length: length(max) },
        Kind::Code { max, .. } => FieldType::Code { max_length: length(max) },
        Kind::Integer => FieldType::Integer,
        Kind::BigInteger => FieldType::BigInteger,
        Kind::Decimal => FieldType::Decimal,
        Kind::Boolean => FieldType::Boolean,
        Kind::Option(members) => {
            let member = |(ordinal, name): &(i32, String)| OptionMember {
                ordinal: *ordinal,
                name: name.clone(),
                captions: Vec::new(),
            };
            FieldType::Option(members.iter().map(member).collect::<Vec<_>>().into())
        }
        Kind::Date => FieldType::Date,
        Kind::DateTime => FieldType::DateTime,
        Kind::Time => FieldType::Time,
        Kind::Guid => FieldType::Guid,
        Kind::Unfilterable => FieldType::Unfilterable,
    }
}

fn field_value<'a>(kind: &Kind, cell: &'a Cell) -> FieldValue<'a> {
    let rank = match cell {
        Cell::Null => return FieldValue::Null,
        Cell::Text(text) => return FieldValue::Text(text),
        Cell::Rank(rank) => *rank,
    };
    match kind {
        Kind::Integer | Kind::BigInteger => FieldValue::Integer((rank / UNIT) as i64),
        Kind::Decimal => FieldValue::Decimal(Decimal::from_i128_with_scale(rank, 6)),
        Kind::Boolean => FieldValue::Boolean(rank == 1),
        Kind::Option(_) => FieldValue::Option(rank as i32),
        Kind::Date if rank == BLANK => FieldValue::Date(DateKey::BLANK),
        Kind::Date if rank % 2 == 0 => FieldValue::Date(DateKey::from_days((rank / 2) as i32)),
        Kind::Date => FieldValue::Date(DateKey::from_days((rank / 2) as i32).closing()),
        Kind::DateTime if rank == BLANK => FieldValue::DateTime(DateTimeKey::BLANK),
        Kind::DateTime => FieldValue::DateTime(DateTimeKey::from_milliseconds(rank as i64)),
        Kind::Time if rank == BLANK => FieldValue::Time(TimeKey::BLANK),
        Kind::Time => FieldValue::Time(TimeKey::from_milliseconds(rank as i32).unwrap()),
        Kind::Guid => FieldValue::Guid(Uuid::from_u128(rank as u128)),
        Kind::Text { .. } | Kind::Code { .. } | Kind::Unfilterable => panic!("a number in a text column"),
    }
}

fn schema(case: &Case) -> TableSchema {
    let field = |name: &str, field_type: FieldType| FieldSchema {
        name: name.to_owned(),
        number: None,
        labels: Labels::same(name),
        field_type,
        property: Some(name.to_owned()),
        access: FieldAccess::Full,
        options: Vec::new(),
        targets: Vec::new(),
    };
    let mut fields = vec![field("SystemId", FieldType::Guid)];
    fields.extend(case.plans.iter().map(|plan| field(plan.name, field_type(&plan.kind))));
    TableSchema {
        side: case.side,
        name: "Random".to_owned(),
        number: Some(50_000),
        labels: Labels::same("Random"),
        key_field: "SystemId".to_owned(),
        primary_name_field: None,
        fields,
    }
}

fn table(case: &Case) -> ColumnTable {
    let schema = schema(case);
    let columns = schema.fields.iter().map(|field| (field.name.clone(), field.field_type.clone()));
    let mut table = ColumnTable::new(columns);
    for (row, cells) in case.rows.iter().enumerate() {
        table.push(0, FieldValue::Guid(Uuid::from_u128(row as u128 + 1))).unwrap();
        for (idx, (cell, plan)) in cells.iter().zip(&case.plans).enumerate() {
            table.push(idx + 1, field_value(&plan.kind, cell)).unwrap();
        }
        table.end_row();
    }
    table
}

fn mapping(case: &Case) -> IntegrationTableMapping {
    let on = |side: Side| if side == case.side { case.filter.clone() } else { MappingFilter::default() };
    IntegrationTableMapping {
        name: MappingName::new("RANDOM").unwrap(),
        table: BcTable { name: "Random".to_owned(), number: 50_000 },
        integration_table: "random".to_owned(),
        integration_uid: IntegrationUid::Record { column: "randomid".to_owned() },
        direction: Direction::Bidirectional,
        table_filter: on(Side::BusinessCentral),
        integration_table_filter: on(Side::Dataverse),
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
        field_mappings: Vec::new(),
    }
}
