//! Every default filter of both standard setups, as a stored view and back.

use couplet_filter::{
    ConditionKind, Context, FieldReference, FieldType, FieldValue, OptionMember, StoredField, TextComparison,
    compile, export_view, import_view, parse_view,
};
use serde_json::Value;

fn context() -> Context {
    Context::new("2026-03-15T12:00:00Z".parse().unwrap(), jiff::tz::TimeZone::UTC)
}

/// A condition of the test data.
struct Condition {
    field: String,
    number: u32,
    field_type: FieldType,
    text: String,
    values: Vec<String>,
}

impl Condition {
    fn new(data: &Value) -> Self {
        let member = |pair: &Value| OptionMember {
            ordinal: i32::try_from(pair[0].as_i64().unwrap()).unwrap(),
            name: pair[1].as_str().unwrap().to_owned(),
            captions: Vec::new(),
        };
        let field_type = match data["type"].as_str().unwrap() {
            "Option" => FieldType::Option(data["options"].as_array().unwrap().iter().map(member).collect()),
            "Boolean" => FieldType::Boolean,
            "Code" => FieldType::Code { max_length: Some(20) },
            "Decimal" => FieldType::Decimal,
            "Guid" => FieldType::Guid,
            "Text" => FieldType::Text { max_length: None },
            other => panic!("{other}"),
        };
        let values = data["values"].as_array().map(Vec::as_slice).unwrap_or_default();
        Self {
            field: data["field"].as_str().unwrap().to_owned(),
            number: u32::try_from(data["number"].as_u64().unwrap()).unwrap(),
            field_type,
            text: data["text"].as_str().unwrap().to_owned(),
            values: values.iter().map(|value| value.as_str().unwrap().to_owned()).collect(),
        }
    }

    fn stored(&self, comparison: TextComparison) -> StoredField<'_> {
        StoredField {
            number: self.number,
            name: &self.field,
            field_type: &self.field_type,
            comparison,
            values: &self.values,
        }
    }

    /// Values that the filter could see.
    fn samples(&self) -> Vec<FieldValue<'_>> {
        let mut samples = vec![FieldValue::Null, FieldValue::Boolean(true), FieldValue::Text("account")];
        samples.extend([FieldValue::Text("X"), FieldValue::Guid(uuid::Uuid::from_u128(7))]);
        samples.extend((-1..40).map(FieldValue::Option));
        samples.extend([0, 1].map(|number| FieldValue::Decimal(number.into())));
        samples
    }
}

#[test]
fn every_default_filter_is_exported_and_imported() {
    let data: Value = serde_json::from_str(include_str!("../testdata/default-views.json")).unwrap();
    let views = data["views"].as_array().unwrap();
    assert!(views.len() > 20);
    for data in views {
        let comparison = match data["side"].as_str().unwrap() {
            "bc" => TextComparison::BusinessCentral,
            _ => TextComparison::Dataverse,
        };
        let conditions: Vec<Condition> =
            data["conditions"].as_array().unwrap().iter().map(Condition::new).collect();
        check(data["view"].as_str().unwrap(), &conditions, comparison);
    }
}

fn check(text: &str, conditions: &[Condition], comparison: TextComparison) {
    let view = parse_view(text).unwrap();
    let key = |field: &FieldReference| match field {
        FieldReference::Number(number) => *number,
        FieldReference::Name(name) => panic!("{name}"),
    };
    let key: Vec<u32> = view.sorting.iter().map(key).collect();
    let given: Vec<_> = conditions
        .iter()
        .map(|condition| (condition.stored(comparison), ConditionKind::Filter, condition.text.as_str()))
        .collect();
    assert_eq!(export_view(&key, &given, &context()).unwrap().to_string(), text);

    let find = |field: &FieldReference| {
        let FieldReference::Number(number) = field else { return None };
        let condition = conditions.iter().find(|condition| condition.number == *number)?;
        Some(condition.stored(comparison))
    };
    let imported = import_view(&view, find, &context()).unwrap();
    assert_eq!(imported.len(), conditions.len());
    for read in &imported {
        let condition = conditions.iter().find(|condition| condition.field == read.field).unwrap();
        let bound = |text: &str| compile(text, &condition.field_type, comparison, &context()).unwrap();
        let (before, after) = (bound(&condition.text), bound(&read.text));
        for value in condition.samples() {
            assert_eq!(
                before.passes(value),
                after.passes(value),
                "{} as {} on {value:?}",
                condition.text,
                read.text
            );
        }
        if matches!(condition.field_type, FieldType::Option(_)) {
            assert_eq!(read.text, condition.text, "options are written as the mapping writes them");
        }
    }
    let again: Vec<_> = imported
        .iter()
        .map(|read| {
            let condition = conditions.iter().find(|condition| condition.field == read.field).unwrap();
            (condition.stored(comparison), read.kind, read.text.as_str())
        })
        .collect();
    assert_eq!(export_view(&key, &again, &context()).unwrap().to_string(), text);
}

/// A picklist whose values are not its indexes.
fn picklist() -> (FieldType, Vec<String>) {
    let members = [(-1, " "), (5, "Five"), (3, "Three"), (7, "9")];
    let member =
        |(ordinal, name): (i32, &str)| OptionMember { ordinal, name: name.to_owned(), captions: Vec::new() };
    (FieldType::Option(members.map(member).into()), ["-1", "5", "3", "7"].map(str::to_owned).to_vec())
}

#[test]
fn options_without_a_counterpart_and_orders_are_refused() {
    let (field_type, values) = picklist();
    let comparison = TextComparison::Dataverse;
    let field =
        StoredField { number: 4, name: "choice", field_type: &field_type, comparison, values: &values };
    let export =
        |kind, text| export_view(&[], &[(field, kind, text)], &context()).map(|view| view.to_string());
    let import = |text: &str| {
        let view = parse_view(text).unwrap();
        import_view(&view, |_| Some(field), &context()).map(|conditions| conditions[0].text.clone())
    };
    assert_eq!(export(ConditionKind::Filter, "<>Three&<>9").unwrap(), "VERSION(1) WHERE(Field4=1(<>2&<>3))");
    assert_eq!(import("WHERE(Field4=1(<>2&<>3|0))").unwrap(), "<>3&<>7|-1");
    assert_eq!(import("WHERE(Field4=FILTER(Five))").unwrap(), "Five");
    assert_eq!(export(ConditionKind::Const, "Five").unwrap(), "VERSION(1) WHERE(Field4=0(1))");
    assert_eq!(import("WHERE(Field4=0(1))").unwrap(), "5");

    let error = export(ConditionKind::Filter, "Five|44").unwrap_err();
    assert_eq!((error.code(), error.span.slice("Five|44")), ("view.no-stored-value", "44"));
    let text = "WHERE(Field4=1(1|12))";
    let error = import(text).unwrap_err();
    assert_eq!((error.code(), error.span.slice(text)), ("view.no-stored-value", "12"));
    // The values do not ascend with the indexes, so an interval means another set on the other side.
    let error = export(ConditionKind::Filter, ">=Three").unwrap_err();
    assert_eq!((error.code(), error.span.slice(">=Three")), ("view.no-stored-value", ">=Three"));
    assert_eq!(import("WHERE(Field4=1(x))").unwrap_err().code(), "filter.value-of-wrong-type");
}

#[test]
fn dates_words_and_texts_are_stored_without_region() {
    let comparison = TextComparison::BusinessCentral;
    let stored = |field_type: &FieldType, kind, text| {
        let field = StoredField { number: 2, name: "f", field_type, comparison, values: &[] };
        let view = export_view(&[1], &[(field, kind, text)], &context()).unwrap();
        let imported = import_view(&view, |_| Some(field), &context()).unwrap();
        assert_eq!(imported[0].kind, kind);
        (view.to_string(), imported[0].text.clone())
    };
    let body = |field_type: FieldType, text| {
        let (view, text) = stored(&field_type, ConditionKind::Filter, text);
        let body = view.strip_prefix("VERSION(1) SORTING(Field1) WHERE(Field2=1(").unwrap();
        assert_eq!(body.strip_suffix("))").unwrap(), text);
        text
    };
    assert_eq!(body(FieldType::Date, "..today"), "..2026-03-15");
    assert_eq!(body(FieldType::DateTime, "2026-03-15"), "2026-03-15T00:00:00Z..2026-03-15T23:59:59.999Z");
    assert_eq!(body(FieldType::Boolean, "yes"), "1");
    assert_eq!(body(FieldType::Text { max_length: None }, "'@A (b)*'|c"), "'@A (b)*'|c");
    let constant = stored(&FieldType::Text { max_length: None }, ConditionKind::Const, "'A*'");
    assert_eq!(constant, ("VERSION(1) SORTING(Field1) WHERE(Field2=0('A*'))".to_owned(), "'A*'".to_owned()));
}
