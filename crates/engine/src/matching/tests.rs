//! Criteria and suggestions on small tables of customers and accounts, and a labelled set of spoiled copies.

use std::num::NonZeroU32;

use couplet_filter::{Bitmap, FieldType};
use rustc_hash::{FxHashMap, FxHashSet};
use uuid::Uuid;

use super::*;
use crate::coupling::{RowId, SystemId};
use crate::default_setup::build;
use crate::planning::{Couplings, Records};
use crate::value::Value;
use crate::{
    ColumnTable, FieldAccess, FieldSchema, IntegrationTableMapping, Labels, MappingName, OwnershipModel,
    Side, TableSchema,
};

const FIELDS: [(&str, &str); 6] = [
    ("No.", "accountnumber"),
    ("Name", "name"),
    ("Phone No.", "telephone1"),
    ("E-Mail", "emailaddress1"),
    ("Post Code", "address1_postalcode"),
    ("City", "address1_city"),
];
const TABLE: NonZeroU32 = NonZeroU32::new(18).unwrap();

fn record(number: usize) -> SystemId {
    SystemId(Uuid::from_u128(number as u128 + 1))
}

fn row(number: usize) -> RowId {
    RowId(Uuid::from_u128(number as u128 + 1_000_001))
}

struct SideOfTest {
    schema: TableSchema,
    rows: ColumnTable,
    in_filter: Bitmap,
}

impl SideOfTest {
    fn new(side: Side, rows: &[[&str; 6]]) -> Self {
        let text = FieldType::Text { max_length: Some(100) };
        let key = if side == Side::BusinessCentral { "SystemId" } else { "accountid" };
        let name = |it: &(&str, &str)| if side == Side::BusinessCentral { it.0 } else { it.1 }.to_owned();
        let mut columns = vec![(key.to_owned(), FieldType::Guid)];
        columns.extend(FIELDS.iter().map(|it| (name(it), text.clone())));
        let mut table = ColumnTable::new(columns.clone());
        for (number, values) in rows.iter().enumerate() {
            let id = if side == Side::BusinessCentral { record(number).0 } else { row(number).0 };
            table.push(0, Value::Guid(id).as_field_value()).unwrap();
            for (idx, value) in values.iter().enumerate() {
                table.push(idx + 1, Value::text(*value).as_field_value()).unwrap();
            }
            table.end_row();
        }
        let field = |(name, field_type): (String, FieldType)| FieldSchema {
            number: None,
            labels: Labels::same(name.clone()),
            property: Some(name.clone()),
            name,
            field_type,
            access: FieldAccess::Full,
            options: Vec::new(),
            targets: Vec::new(),
        };
        SideOfTest {
            schema: TableSchema {
                side,
                name: String::new(),
                number: None,
                labels: Labels::default(),
                key_field: key.to_owned(),
                primary_name_field: None,
                fields: columns.into_iter().map(field).collect(),
            },
            in_filter: Bitmap::filled(rows.len(), true),
            rows: table,
        }
    }

    fn records(&self) -> Records<'_> {
        Records {
            schema: &self.schema,
            rows: &self.rows,
            in_filter: &self.in_filter,
            ignored: None,
            modified_field: "",
            modified_by_field: None,
        }
    }
}

/// CUSTOMER with these criteria: column, priority.
fn mapping(criteria: &[(&str, u32)]) -> IntegrationTableMapping {
    let setup = build(OwnershipModel::Team, None);
    let mut mapping = setup.mapping(&MappingName::new("CUSTOMER").unwrap()).unwrap().clone();
    for (column, priority) in criteria {
        let field =
            mapping.field_mappings.iter_mut().find(|it| it.column.as_deref() == Some(column)).unwrap();
        field.use_for_match_based_coupling = true;
        field.match_priority = *priority;
    }
    mapping
}

fn named(name: &'static str, phone: &'static str) -> [&'static str; 6] {
    ["", name, phone, "", "", ""]
}

#[track_caller]
fn check(
    criteria: &[(&str, u32)],
    customers: &[[&str; 6]],
    accounts: &[[&str; 6]],
    expected: &[Result<(usize, u32), WhyUnmatched>],
) {
    let (left, right) =
        (SideOfTest::new(Side::BusinessCentral, customers), SideOfTest::new(Side::Dataverse, accounts));
    let couplings = Couplings::default();
    let found = match_records(&mapping(criteria), left.records(), right.records(), &couplings, None).unwrap();
    for (number, expected) in expected.iter().enumerate() {
        let matched = found.matched.iter().find(|it| it.record == record(number));
        let unmatched = found.unmatched.iter().find(|it| it.record == record(number));
        let actual = match (matched, unmatched) {
            (Some(it), None) => Ok((it.row, it.priority)),
            (None, Some(it)) => Err(it.why),
            other => panic!("{other:?}"),
        };
        assert_eq!(
            actual,
            (*expected).map(|(number, priority)| (row(number), priority)),
            "customer {number}"
        );
    }
}

#[test]
fn exactly_one_hit_counts() {
    check(
        &[("name", 0)],
        &[named("Adatum", ""), named("TREY", ""), named("None", ""), named("", "")],
        &[named("adatum", ""), named("Trey", ""), named("trey", "")],
        &[
            Ok((0, 0)),
            Err(WhyUnmatched::Ambiguous { n_hits: 2 }),
            Err(WhyUnmatched::NoHit),
            Err(WhyUnmatched::Blank),
        ],
    );
}

#[test]
fn case_counts_where_it_is_asked_for() {
    let mut mapping = mapping(&[("name", 0)]);
    let field = mapping.field_mappings.iter_mut().find(|it| it.column.as_deref() == Some("name")).unwrap();
    field.case_sensitive_matching = true;
    let left = SideOfTest::new(Side::BusinessCentral, &[named("TREY", "")]);
    let right = SideOfTest::new(Side::Dataverse, &[named("Trey", ""), named("TREY", "")]);
    let found =
        match_records(&mapping, left.records(), right.records(), &Couplings::default(), None).unwrap();
    assert_eq!(found.matched, [Matched { record: record(0), row: row(1), priority: 0 }]);
}

#[test]
fn criteria_of_one_priority_count_together_and_blank_ones_not() {
    check(
        &[("name", 0), ("telephone1", 0)],
        &[named("A", "1"), named("A", "9"), named("B", "")],
        &[named("A", "1"), named("A", "2"), named("B", "7")],
        &[Ok((0, 0)), Err(WhyUnmatched::NoHit), Ok((2, 0))],
    );
}

/// The reference keeps the conditions of earlier groups, and would find nothing here (S3.35).
#[test]
fn priorities_do_not_leak_into_each_other() {
    check(
        &[("telephone1", 0), ("name", 1)],
        &[named("A", "1"), named("B", "5")],
        &[named("A", "2"), named("B", "5"), named("C", "6")],
        &[Ok((0, 1)), Ok((1, 0))],
    );
}

#[test]
fn a_row_is_coupled_once() {
    check(
        &[("name", 0)],
        &[named("A", ""), named("A", "")],
        &[named("A", "")],
        &[Ok((0, 0)), Err(WhyUnmatched::HitIsCoupled { row: row(0) })],
    );
}

#[test]
fn without_a_criterion_nothing_is_matched() {
    let side = SideOfTest::new(Side::BusinessCentral, &[]);
    let found = match_records(&mapping(&[]), side.records(), side.records(), &Couplings::default(), None);
    assert_eq!(found.unwrap_err(), MatchError::NoCriterion);
}

#[test]
fn coupled_records_are_neither_matched_nor_suggested() {
    let left = SideOfTest::new(Side::BusinessCentral, &[named("A", ""), named("B", "")]);
    let right = SideOfTest::new(Side::Dataverse, &[named("A", ""), named("B", "")]);
    let mut couplings = Couplings::default();
    couplings.couple(TABLE, record(0), row(1)).unwrap();
    let found =
        match_records(&mapping(&[("name", 0)]), left.records(), right.records(), &couplings, None).unwrap();
    assert!(found.matched.is_empty());
    assert_eq!(
        found.unmatched,
        [Unmatched { record: record(1), why: WhyUnmatched::HitIsCoupled { row: row(1) } }]
    );
    assert!(suggest(&roles(&mapping(&[])), left.records(), right.records(), &couplings).is_empty());
}

#[test]
fn chosen_records_are_taken_in_the_filter_or_not() {
    let mut left = SideOfTest::new(Side::BusinessCentral, &[named("A", ""), named("B", "")]);
    left.in_filter = Bitmap::filled(2, false);
    let right = SideOfTest::new(Side::Dataverse, &[named("A", ""), named("B", "")]);
    let chosen: FxHashSet<SystemId> = [record(1)].into_iter().collect();
    let mapping = mapping(&[("name", 0)]);
    let run = |chosen| {
        match_records(&mapping, left.records(), right.records(), &Couplings::default(), chosen).unwrap()
    };
    assert_eq!(run(Some(&chosen)).matched.iter().map(|it| it.record).collect::<Vec<_>>(), [record(1)]);
    assert!(run(None).matched.is_empty());
}

#[test]
fn a_suggestion_names_its_reasons() {
    let customers =
        [["10000", "Müller & Söhne GmbH", "+49 30 123456", "info@mueller.example", "10115", "Berlin"]];
    let accounts = [
        ["", "Muller und Sohne", "030/123456", "office@mueller.example", "10115", "Berlin"],
        ["", "Coho Winery", "", "", "10115", "Berlin"],
    ];
    let (left, right) =
        (SideOfTest::new(Side::BusinessCentral, &customers), SideOfTest::new(Side::Dataverse, &accounts));
    let found = suggest(&roles(&mapping(&[])), left.records(), right.records(), &Couplings::default());
    let [suggestion] = found.as_slice() else { panic!("{found:?}") };
    assert!(suggestion.confidence >= 90 && suggestion.n_rivals == 0, "{suggestion:?}");
    let mut reasons: Vec<_> =
        suggestion.evidence.iter().map(|it| format!("{:?} {:?}", it.role, it.kind)).collect();
    reasons.sort();
    assert_eq!(reasons, ["City Same", "Mail SameDomain", "Name Same", "Phone Same", "PostCode Same"]);
}

#[test]
fn a_tax_number_that_differs_speaks_against_the_pair() {
    let customers = [["", "Adatum", "030123456", "", "10115", "Berlin"]];
    let (left, right) =
        (SideOfTest::new(Side::BusinessCentral, &customers), SideOfTest::new(Side::Dataverse, &customers));
    let mut roles = roles(&mapping(&[]));
    assert_eq!(suggest(&roles, left.records(), right.records(), &Couplings::default()).len(), 1);
    // The post code stands in for a tax number here: the same counts, another one excludes.
    roles.iter_mut().find(|it| it.role == Role::PostCode).unwrap().role = Role::TaxNumber;
    let other = [["", "Adatum", "030123456", "", "20095", "Berlin"]];
    let right = SideOfTest::new(Side::Dataverse, &other);
    assert!(suggest(&roles, left.records(), right.records(), &Couplings::default()).is_empty());
}

/// A small generator of numbers: the same in every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % limit
    }
}

type Rows = Vec<[String; 6]>;

/// Customers, and accounts that are spoiled copies of most of them: other legal form, typing errors, lost accents,
/// missing fields, other formats of phone numbers, shuffled; every tenth has a near twin.
fn labelled(n: usize) -> (Rows, Rows, FxHashMap<usize, usize>) {
    let syllables = [
        "al", "ber", "con", "dor", "el", "fa", "gor", "hal", "in", "jo", "ka", "lun", "mor", "né", "or", "pa",
    ];
    let trades = ["Bakery", "Transports", "Ingénierie", "Foods", "Winery", "Software", "Garten", "Logistics"];
    let forms = ["GmbH", "SA", "Ltd.", "Inc.", "NV", ""];
    let cities = ["Berlin", "Lyon", "Genève", "Gent", "Leeds", "Oslo"];
    let mut numbers = Numbers(42);
    let (mut customers, mut accounts, mut truth) = (Vec::new(), Vec::new(), FxHashMap::default());
    for number in 0..n {
        let word: String = (0..3).map(|_| syllables[numbers.below(16)]).collect();
        let trade = trades[numbers.below(8)];
        let name = format!("{word} {trade} {}", forms[numbers.below(6)]);
        let (phone, post_code) =
            (format!("0{:09}", 100_000_000 + number * 7919), format!("{:05}", numbers.below(90_000)));
        let mail = format!("info@{}{number}.example", word.replace('é', "e"));
        let city = cities[numbers.below(6)];
        customers.push([
            format!("C{number:05}"),
            name.clone(),
            phone.clone(),
            mail.clone(),
            post_code.clone(),
            city.to_owned(),
        ]);
        let mut typo: Vec<char> = word.chars().collect();
        if numbers.below(3) == 0 {
            let at = 1 + numbers.below(typo.len() - 2);
            typo.swap(at, at + 1);
        }
        let typo: String = typo.into_iter().collect();
        let spoiled =
            format!("{} {trade} {}", typo.to_uppercase().replace('É', "E"), forms[numbers.below(6)]);
        let keep =
            |numbers: &mut Numbers, text: String| if numbers.below(4) == 0 { String::new() } else { text };
        let account = [
            String::new(),
            spoiled,
            keep(&mut numbers, format!("+49 (0) {}", phone.trim_start_matches('0'))),
            keep(&mut numbers, mail.replace("info", "office")),
            keep(&mut numbers, post_code.clone()),
            city.to_owned(),
        ];
        if numbers.below(10) != 0 {
            truth.insert(number, accounts.len());
            accounts.push(account);
        }
        if numbers.below(10) == 0 {
            accounts.push([
                String::new(),
                format!("{word} {trade} Holding"),
                String::new(),
                String::new(),
                String::new(),
                city.to_owned(),
            ]);
        }
    }
    (customers, accounts, truth)
}

/// At the safe threshold what has no rival is right; at the review threshold most true pairs are there.
#[test]
fn suggestions_are_precise_and_find_most() {
    let (customers, accounts, truth) = labelled(2_000);
    let side = |side, rows: &[[String; 6]]| {
        SideOfTest::new(side, &rows.iter().map(|row| row.each_ref().map(String::as_str)).collect::<Vec<_>>())
    };
    let (left, right) = (side(Side::BusinessCentral, &customers), side(Side::Dataverse, &accounts));
    let found = suggest(&roles(&mapping(&[])), left.records(), right.records(), &Couplings::default());
    let number = |id: SystemId| id.0.as_u128() as usize - 1;
    let is_right =
        |it: &Suggestion| truth.get(&number(it.record)).is_some_and(|account| row(*account) == it.row);
    let safe: Vec<_> = found.iter().filter(|it| it.confidence >= 85 && it.n_rivals == 0).collect();
    let n_right = safe.iter().filter(|it| is_right(it)).count();
    assert!(safe.len() > 900, "{} safe", safe.len());
    assert!(n_right * 100 >= safe.len() * 99, "{n_right} of {} are right", safe.len());
    let recalled: FxHashSet<SystemId> =
        found.iter().filter(|it| it.confidence >= 50 && is_right(it)).map(|it| it.record).collect();
    assert!(recalled.len() * 100 >= truth.len() * 85, "{} of {} are found", recalled.len(), truth.len());
}
