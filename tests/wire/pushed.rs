//! Random filters over the demo data's own values: what is pushed is exact or a superset, on both servers. A filter
//! that a server refuses, or one whose answer lacks a passing row, would be a lie in every preview.

use couplet_engine::{ColumnTable, FieldSchema, TableSchema};
use couplet_filter::{FieldType, FieldValue, compile};
use couplet_systems::{Precision, ReadOptions, TableSource, combine, push};
use couplet_tests::Random;

use super::counts::{key, sorted};
use crate::driver::{Connected, Place};
use crate::previews::context;

const N_FILTERS: usize = 600;

/// A table of a system with all its rows.
struct Whole<'a> {
    schema: &'a TableSchema,
    source: TableSource,
    rows: ColumnTable,
    fields: Vec<&'a FieldSchema>,
}

#[derive(Debug, Default)]
struct Counts {
    n_exact: usize,
    n_superset: usize,
    n_not_pushed: usize,
}

#[test]
fn pushed_filters_never_lose_a_row() {
    let connected = Connected::shared();
    let places = [
        Place::BusinessCentral(18),
        Place::BusinessCentral(5050),
        Place::BusinessCentral(4),
        Place::BusinessCentral(13),
        Place::Dataverse("account"),
        Place::Dataverse("contact"),
        Place::Dataverse("systemuser"),
        Place::Dataverse("transactioncurrency"),
    ];
    let tables: Vec<Whole<'_>> = places.into_iter().map(|place| whole(connected, place)).collect();
    let mut counts = Counts::default();
    for seed in 1..=N_FILTERS as u64 {
        let mut random = Random::new(seed);
        let table = random.pick(&tables).unwrap();
        let field = *random.pick(&table.fields).unwrap();
        let text = filter(&mut random, table, field);
        check(connected, table, field, &text, (seed, &mut counts));
    }
    assert!(counts.n_exact > 100 && counts.n_superset > 40 && counts.n_not_pushed > 20, "{counts:?}");
}

fn whole<'a>(connected: &'a Connected, place: Place<'_>) -> Whole<'a> {
    let (schema, source) = connected.place(place);
    let (rows, _) = connected.driver.read(&source, schema, &schema.fields, ReadOptions::default());
    let can_be_tested = |field: &&FieldSchema| {
        field.property.is_some()
            && !matches!(field.field_type, FieldType::Unfilterable | FieldType::Duration)
            && field.name != schema.key_field
    };
    Whole { schema, source, rows, fields: schema.fields.iter().filter(can_be_tested).collect() }
}

#[track_caller]
fn check(
    connected: &Connected,
    table: &Whole<'_>,
    field: &FieldSchema,
    text: &str,
    (seed, counts): (u64, &mut Counts),
) {
    let side = table.schema.side;
    let told = format!("seed {seed}, {} {}: {text}", table.schema.name, field.name);
    let filter = compile(text, &field.field_type, side.text_comparison(), &context());
    let filter = filter.unwrap_or_else(|error| panic!("{told}: {error:?}"));
    let pushed = combine(&[push(side, field, &filter)]);
    let passes = filter.evaluate(table.rows.column(&field.name).unwrap().view());
    let expected = sorted(passes.iter_ones().map(|row| key(&table.rows, &table.schema.key_field, row)));
    let told = format!("{told}, {pushed:?}");
    if pushed.text.is_none() {
        counts.n_not_pushed += 1;
        let is_everything = expected.len() == table.rows.n_rows();
        assert!(
            pushed.precision == Precision::NotPushed || is_everything,
            "{told}: says that everything passes"
        );
        return;
    }
    let options = ReadOptions { filter: Some(pushed.clone()), ..ReadOptions::default() };
    let (rows, _) = connected.driver.read(&table.source, table.schema, [], options);
    let sent = sorted((0..rows.n_rows()).map(|row| key(&rows, &table.schema.key_field, row)));
    let missing = expected.iter().find(|key| sent.binary_search(key).is_err());
    assert_eq!(missing, None, "{told}: {} of {} passing rows are sent", sent.len(), expected.len());
    match pushed.precision {
        Precision::Exact => {
            assert_eq!(sent.len(), expected.len(), "{told}: exact, and more is sent");
            counts.n_exact += 1;
        }
        _ => counts.n_superset += 1,
    }
}

/// A filter text with values that the column really holds.
fn filter(random: &mut Random, table: &Whole<'_>, field: &FieldSchema) -> String {
    let n_terms = [1, 1, 1, 2, 3][random.below(5)];
    let terms: Vec<String> = (0..n_terms).map(|_| term(random, table, field)).collect();
    let operator = if random.percent(75) { "|" } else { "&" };
    terms.join(operator)
}

fn term(random: &mut Random, table: &Whole<'_>, field: &FieldSchema) -> String {
    let is_guid = field.field_type == FieldType::Guid;
    let first = value(random, table, field);
    match random.below(10) {
        0..2 => format!("<>{first}"),
        2..5 if !is_guid => format!("{}{first}", ["<", "<=", ">", ">="][random.below(4)]),
        5 if !is_guid => format!("{first}..{}", value(random, table, field)),
        6 if !is_guid => format!("{first}.."),
        7 if !is_guid => format!("..{first}"),
        _ => first,
    }
}

/// One of the column's values as a filter names it; texts with wildcards and `@` now and then.
fn value(random: &mut Random, table: &Whole<'_>, field: &FieldSchema) -> String {
    let column = table.rows.column(&field.name).unwrap();
    let seen = match column.get(random.below(table.rows.n_rows())) {
        FieldValue::Null => field.field_type.blank(),
        seen => seen,
    };
    match seen {
        FieldValue::Text(text) => format!("'{}'", changed(random, field, text).replace('\'', "''")),
        FieldValue::Integer(number) => number.to_string(),
        FieldValue::Decimal(number) => number.to_string(),
        FieldValue::Boolean(value) => value.to_string(),
        FieldValue::Option(value) => value.to_string(),
        FieldValue::Date(date) => format!("'{}'", date.to_iso()),
        FieldValue::DateTime(moment) if random.percent(50) || moment.milliseconds().is_none() => {
            format!("'{}'", moment.to_iso())
        }
        FieldValue::DateTime(moment) => moment.to_iso().chars().take(10).collect(),
        FieldValue::Time(time) => format!("'{}'", time.to_iso()),
        FieldValue::Guid(id) => id.to_string(),
        FieldValue::Duration(_) | FieldValue::Null => panic!("{}: {seen:?}", field.name),
    }
}

fn changed(random: &mut Random, field: &FieldSchema, text: &str) -> String {
    let characters: Vec<char> = text.chars().collect();
    let (from, to) = (random.below(characters.len() + 1), random.below(characters.len() + 1));
    let piece: String = characters[from.min(to)..from.max(to)].iter().collect();
    let text = match random.below(12) {
        0 => format!("{piece}*"),
        1 => format!("*{piece}"),
        2 => format!("*{piece}*"),
        3 if !text.is_empty() => format!("?{}", characters[1..].iter().collect::<String>()),
        4 => text.to_uppercase(),
        // An accent less: Dataverse may ignore it, the filter does not.
        5 => text.replace(['é', 'è', 'ê', 'ë'], "e"),
        _ => text.to_owned(),
    };
    let fits = |max: &Option<u32>| max.is_none_or(|max| text.chars().count() <= max as usize);
    let text = match &field.field_type {
        FieldType::Text { max_length } | FieldType::Code { max_length } if !fits(max_length) => String::new(),
        _ => text,
    };
    if random.percent(12) { format!("@{text}") } else { text }
}
