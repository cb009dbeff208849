//! Filters, types and values made at random, for the properties.

use std::sync::Arc;

use couplet_filter::{DateKey, DateTimeKey, FieldType, FieldValue, OptionMember, TimeKey};
use proptest::prelude::*;
use rust_decimal::Decimal;
use uuid::Uuid;

/// So many cases, or as many as `PROPTEST_CASES` says for a long run.
pub(crate) fn cases(n_cases: u32) -> ProptestConfig {
    let standard = ProptestConfig::default();
    let cases = if std::env::var_os("PROPTEST_CASES").is_some() { standard.cases } else { n_cases };
    ProptestConfig { failure_persistence: None, cases, ..standard }
}

/// A value that can be lent.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Cell {
    Null,
    Text(String),
    Other(FieldValue<'static>),
}

impl Cell {
    pub(crate) fn value(&self) -> FieldValue<'_> {
        match self {
            Self::Null => FieldValue::Null,
            Self::Text(text) => FieldValue::Text(text),
            Self::Other(value) => *value,
        }
    }
}

/// A filter text that can be read, with the given values.
pub(crate) fn filter_of(value: impl Strategy<Value = String> + Clone + 'static) -> BoxedStrategy<String> {
    let operator = prop_oneof![Just("<>"), Just("<"), Just("<="), Just(">"), Just(">="), Just("=")];
    let interval = (value.clone(), value.clone()).prop_map(|(from, to)| format!("{from}..{to}"));
    let term = prop_oneof![
        3 => value.clone(),
        2 => (operator, value.clone()).prop_map(|(operator, value)| format!("{operator}{value}")),
        2 => interval,
        1 => value.clone().prop_map(|from| format!("{from} ..")),
        1 => value.prop_map(|to| format!(".. {to}")),
    ];
    term.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 2..4).prop_map(|parts| parts.join("|")),
            prop::collection::vec(inner.clone(), 2..4).prop_map(|parts| parts.join(" & ")),
            inner.prop_map(|part| format!("({part})")),
        ]
    })
    .boxed()
}

/// A value of a filter, quoted or bare, with all the symbols of the language.
pub(crate) fn any_value() -> BoxedStrategy<String> {
    let quoted = "[a-zA-Zé0-9'@*?%. |&()=<>]{0,6}".prop_map(|text| format!("'{}'", text.replace('\'', "''")));
    let bare = "[a-z%@*?][a-zA-Z0-9é=<>@*?. ]{0,1}[a-zA-Z0-9é=<>@*? ]{0,4}[a-z0-9]";
    prop_oneof![quoted, bare].boxed()
}

/// A field type with values of it: as they stand in a filter, and as cells.
pub(crate) fn typed() -> impl Strategy<Value = (FieldType, String, Vec<Cell>)> {
    prop_oneof![
        case(FieldType::Integer, (-5_i64..6).prop_map(|it| (it.to_string(), FieldValue::Integer(it)))),
        case(FieldType::Duration, (-5_i64..6).prop_map(|it| (it.to_string(), FieldValue::Duration(it)))),
        case(
            FieldType::Decimal,
            (-30_i64..30, 0_u32..2).prop_map(|(mantissa, scale)| {
                let number = Decimal::new(mantissa, scale);
                (number.to_string(), FieldValue::Decimal(number))
            })
        ),
        case(FieldType::Boolean, any::<bool>().prop_map(|it| (it.to_string(), FieldValue::Boolean(it)))),
        case(
            FieldType::Option(options()),
            (0_i32..5).prop_map(|it| (it.to_string(), FieldValue::Option(it)))
        ),
        case(
            FieldType::Date,
            (0_i32..6, any::<bool>()).prop_map(|(day, is_closing)| {
                let day = match day {
                    0 => DateKey::BLANK,
                    day if is_closing => DateKey::from_days(day).closing(),
                    day => DateKey::from_days(day),
                };
                (format!("'{day}'"), FieldValue::Date(day))
            })
        ),
        case(
            FieldType::DateTime,
            (0_i64..6).prop_map(|it| {
                let moment =
                    if it == 0 { DateTimeKey::BLANK } else { DateTimeKey::from_milliseconds(it * 1000) };
                (format!("'{moment}'"), FieldValue::DateTime(moment))
            })
        ),
        case(
            FieldType::Time,
            (0_i32..6).prop_map(|it| {
                let time =
                    if it == 0 { TimeKey::BLANK } else { TimeKey::from_milliseconds(it * 60_000).unwrap() };
                (format!("'{time}'"), FieldValue::Time(time))
            })
        ),
        guids(),
        texts(FieldType::Text { max_length: None }),
        texts(FieldType::Code { max_length: None }),
    ]
}

fn options() -> Arc<[OptionMember]> {
    let member =
        |(ordinal, name): (i32, &str)| OptionMember { ordinal, name: name.into(), captions: Vec::new() };
    [(0, " "), (1, "Draft"), (3, "Active")].map(member).into()
}

fn case(
    field_type: FieldType,
    value: impl Strategy<Value = (String, FieldValue<'static>)> + Clone + 'static,
) -> BoxedStrategy<(FieldType, String, Vec<Cell>)> {
    let cell =
        prop_oneof![5 => value.clone().prop_map(|(_, value)| Cell::Other(value)), 1 => Just(Cell::Null)];
    let cells = prop::collection::vec(cell, 0..150);
    (filter_of(value.prop_map(|(text, _)| text)), cells)
        .prop_map(move |(filter, cells)| (field_type.clone(), filter, cells))
        .boxed()
}

fn guids() -> BoxedStrategy<(FieldType, String, Vec<Cell>)> {
    let guid = (0_u128..4).prop_map(Uuid::from_u128);
    let term = (prop_oneof![Just(""), Just("<>"), Just("=")], guid.clone())
        .prop_map(|(operator, guid)| format!("{operator}{{{guid}}}"));
    let filter = prop::collection::vec(prop::collection::vec(term, 1..4), 1..6)
        .prop_map(|any| any.iter().map(|all| all.join("&")).collect::<Vec<_>>().join("|"));
    let cell = prop_oneof![guid.prop_map(|it| Cell::Other(FieldValue::Guid(it))), Just(Cell::Null)];
    (filter, prop::collection::vec(cell, 0..100))
        .prop_map(|(filter, cells)| (FieldType::Guid, filter, cells))
        .boxed()
}

fn texts(field_type: FieldType) -> BoxedStrategy<(FieldType, String, Vec<Cell>)> {
    // The Kelvin sign is a `k` when case is ignored; É and é differ in more than one byte.
    let value = "'@?([abAB*?]{0,4}|[abkK\u{212a}éÉ*? ]{0,4}|\\*[abkAéÉ ]{1,3}\\*?)'";
    let text = "[abAB]{0,4}|[abAkK\u{212a}éÉ ]{0,12}";
    let cell = prop_oneof![5 => text.prop_map(Cell::Text), 1 => Just(Cell::Null)];
    (filter_of(value), prop::collection::vec(cell, 0..150))
        .prop_map(move |(filter, cells)| (field_type.clone(), filter, cells))
        .boxed()
}
