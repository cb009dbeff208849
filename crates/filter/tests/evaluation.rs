//! Evaluation: reasons term by term, bitmaps, patterns, keys.

use couplet_filter::{
    Bitmap, Codes, ColumnView, Context, DateKey, DateTimeKey, FieldType, FieldValue, Integers,
    TextComparison, Texts, TimeKey, compile, parse,
};
use jiff::tz::TimeZone;

fn context() -> Context {
    let mut context = Context::new("2026-03-15T12:00:00Z".parse().unwrap(), TimeZone::UTC);
    context.my_customers = vec!["C1".to_owned(), "C2".to_owned()];
    context
}

/// The terms with a mark for those that are passed.
#[track_caller]
fn check_terms(field_type: &FieldType, text: &str, value: FieldValue<'_>, expected: &[(&str, bool)]) {
    let filter = compile(text, field_type, TextComparison::default(), &context()).unwrap();
    let explanation = filter.explain(value);
    let terms: Vec<_> = explanation.terms.iter().map(|term| (term.span.slice(text), term.passed)).collect();
    assert_eq!(terms, expected);
    assert_eq!(explanation.passes, filter.passes(value));
}

#[test]
fn every_term_has_a_verdict() {
    let text = "30 | ( >= 10 & <= 20 )";
    let expected = [("30", false), (">= 10", true), ("<= 20", false)];
    check_terms(&FieldType::Integer, text, FieldValue::Integer(25), &expected);
    check_terms(&FieldType::Integer, "", FieldValue::Integer(25), &[]);
    check_terms(&FieldType::Integer, "1 .. ", FieldValue::Integer(25), &[("1 ..", true)]);
}

#[test]
fn a_term_that_stands_for_several_tests_has_one_verdict() {
    let code = FieldType::Code { max_length: None };
    let expected = [("%mycustomers", false), ("<>%mycustomers", true)];
    check_terms(&code, "%mycustomers|<>%mycustomers", FieldValue::Text("C3"), &expected);
    let moment = DateTimeKey::from_iso("2026-03-14T23:59:59Z").unwrap();
    check_terms(
        &FieldType::DateTime,
        "<>2026-03-15",
        FieldValue::DateTime(moment),
        &[("<>2026-03-15", true)],
    );
}

#[test]
fn a_value_of_another_type_does_not_pass() {
    let filter = compile("<>1", &FieldType::Integer, TextComparison::default(), &context()).unwrap();
    assert!(!filter.passes(FieldValue::Text("2")));
}

#[test]
fn patterns_take_no_exponential_time() {
    let text = "a".repeat(20_000);
    let pattern = format!("{}b", "*a".repeat(50));
    let filter =
        compile(&pattern, &FieldType::Text { max_length: None }, TextComparison::default(), &context());
    assert!(!filter.unwrap().passes(FieldValue::Text(&text)));
}

#[test]
fn bitmaps() {
    let mut bitmap = Bitmap::new(130);
    assert_eq!(bitmap.count_ones(), 0);
    for row in [0, 63, 64, 129, 130] {
        bitmap.set(row, true);
    }
    assert_eq!(bitmap.iter_ones().collect::<Vec<_>>(), [0, 63, 64, 129]);
    bitmap.invert();
    assert_eq!(
        (bitmap.count_ones(), bitmap.get(1), bitmap.get(64), bitmap.get(200)),
        (126, true, false, false)
    );
    bitmap.resize(64);
    assert_eq!(bitmap.count_ones(), 62);
    bitmap.resize(70);
    assert_eq!((bitmap.len(), bitmap.count_ones()), (70, 62));
    bitmap.or_assign(&Bitmap::filled(70, true));
    assert_eq!(bitmap, Bitmap::filled(70, true));
    bitmap.and_assign(&Bitmap::filled(3, true));
    assert_eq!(bitmap.iter_ones().collect::<Vec<_>>(), [0, 1, 2]);
    assert_eq!(Bitmap::filled(70, true).without(&bitmap).iter_ones().next(), Some(3));
    assert_eq!(Bitmap::from_words(vec![u64::MAX; 2], 65).words(), [u64::MAX, 1]);
    assert_eq!(Bitmap::from_values(&[1, 5, 2], |value| value > 1).iter_ones().collect::<Vec<_>>(), [1, 2]);
}

#[test]
fn keys_are_ordered_and_written_as_they_are_read() {
    let day = |text| DateKey::from_iso(text).unwrap();
    let ordered = [
        "",
        "0001-01-01",
        "1969-12-31",
        "C1969-12-31",
        "1970-01-01",
        "2026-12-31",
        "C2026-12-31",
        "9999-12-31",
    ];
    assert!(ordered.windows(2).all(|pair| day(pair[0]) < day(pair[1])));
    assert!(ordered.iter().all(|text| day(text).to_iso() == *text));
    assert_eq!(day("C1969-12-31").days(), Some(-1));
    assert_eq!(DateKey::from_iso("2026-02-30"), None);
    assert_eq!(DateKey::from_iso("2026-2-3"), None);
    for text in ["", "2026-03-15T10:00:00Z", "2026-03-15T10:00:00.5Z"] {
        assert_eq!(DateTimeKey::from_iso(text).unwrap().to_iso(), text);
    }
    assert_eq!(DateTimeKey::from_iso("2026-03-15"), None);
    for text in ["", "00:00:00", "10:30:05.050"] {
        assert_eq!(TimeKey::from_iso(text).unwrap().to_iso(), text);
    }
    assert!(TimeKey::BLANK < TimeKey::from_iso("00:00:00").unwrap());
}

#[test]
fn the_deepest_tree_is_walked_by_everything() {
    let n_levels = 50;
    let text = format!("{}1{}", "(1|(0&".repeat(n_levels), "))".repeat(n_levels));
    let filter = compile(&text, &FieldType::Integer, TextComparison::default(), &context()).unwrap();
    assert!(filter.passes(FieldValue::Integer(1)));
    assert_eq!(filter.explain(FieldValue::Integer(0)).terms.len(), 2 * n_levels + 1);
    let values = [0, 1, 2];
    let verdicts = filter.evaluate(ColumnView::Integer { values: Integers::Wide(&values), nulls: None });
    assert_eq!(verdicts.iter_ones().collect::<Vec<_>>(), [1]);
    let printed = parse(&text).unwrap().to_string();
    assert_eq!(printed.matches('(').count(), n_levels - 1);
    assert_eq!(parse(&printed).unwrap().to_string(), printed);
}

#[test]
fn many_alternatives() {
    let guids: Vec<_> = (0..400_u128).map(|number| uuid::Uuid::from_u128(number * 2)).collect();
    let text = guids.iter().map(|guid| format!("{{{guid}}}")).collect::<Vec<_>>().join("|");
    assert!(text.len() > 15_000);
    let filter = compile(&text, &FieldType::Guid, TextComparison::default(), &context()).unwrap();
    let values: Vec<_> = (0..1000_u128).map(uuid::Uuid::from_u128).collect();
    let verdicts = filter.evaluate(ColumnView::Guid { values: &values, nulls: None });
    assert_eq!(verdicts.count_ones(), 400);
    assert_eq!((verdicts.get(798), verdicts.get(799), verdicts.get(800)), (true, false, false));
}

#[test]
fn the_last_moments_of_the_calendar_are_read_and_written() {
    for (milliseconds, text) in [
        (253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
        (253_402_214_400_000, "9999-12-31T00:00:00Z"),
        (0, "1970-01-01T00:00:00Z"),
        (-500, "1969-12-31T23:59:59.5Z"),
        (1_120, "1970-01-01T00:00:01.12Z"),
        (-62_135_596_800_000, "0001-01-01T00:00:00Z"),
    ] {
        let moment = DateTimeKey::from_milliseconds(milliseconds);
        assert_eq!((moment.to_iso().as_str(), DateTimeKey::from_iso(text)), (text, Some(moment)));
    }
    assert_eq!(DateTimeKey::BLANK.to_iso(), "");
}

#[test]
fn the_last_day_of_the_calendar_is_a_day_like_any() {
    let last = DateTimeKey::from_iso("9999-12-31T23:59:59Z").unwrap();
    let before = DateTimeKey::from_iso("9999-12-30T23:59:59Z").unwrap();
    for (text, passes) in [
        ("9999-12-31", [false, true]),
        ("..9999-12-31", [true, true]),
        (">=9999-12-31", [false, true]),
        ("<'9999-12-31 12:00'", [true, false]),
        ("'9999-12-31T23:59:59Z'", [false, true]),
    ] {
        let filter =
            compile(text, &FieldType::DateTime, TextComparison::BusinessCentral, &context()).unwrap();
        assert_eq!([before, last].map(|it| filter.passes(FieldValue::DateTime(it))), passes, "{text}");
    }
    // Behind UTC it ends when no date is left.
    let mut behind = context();
    behind.time_zone = TimeZone::fixed(jiff::tz::Offset::constant(-11));
    let bind = |text: &str| compile(text, &FieldType::DateTime, TextComparison::BusinessCentral, &behind);
    let day = bind("9999-12-31").unwrap();
    assert_eq!([before, last].map(|it| day.passes(FieldValue::DateTime(it))), [false, true]);
    assert!(bind("'9999-12-31 20:00'").is_err());
}

#[test]
fn many_values_and_texts_are_looked_up() {
    let numbers: Vec<i64> = (0..400).map(|number| number * 7 - 1000).collect();
    let text = numbers.iter().map(i64::to_string).collect::<Vec<_>>().join("|");
    let filter = compile(&text, &FieldType::BigInteger, TextComparison::default(), &context()).unwrap();
    let values: Vec<i64> = (-3000..3000).collect();
    let verdicts = filter.evaluate(ColumnView::Integer { values: Integers::Wide(&values), nulls: None });
    assert_eq!(verdicts.iter_ones().map(|row| values[row]).collect::<Vec<_>>(), numbers);
    for (comparison, n_found) in [(TextComparison::BusinessCentral, 400), (TextComparison::Dataverse, 800)] {
        let words = (0..400).map(|number| format!("Customer {number}")).collect::<Vec<_>>().join("|");
        let filter = compile(&words, &FieldType::Text { max_length: None }, comparison, &context()).unwrap();
        let texts: Texts = (0..1000)
            .flat_map(|number| [format!("Customer {number}"), format!("CUSTOMER {number}")])
            .collect();
        let verdicts =
            filter.evaluate(ColumnView::Text { texts: &texts, codes: Codes::Rows { nulls: None } });
        assert_eq!((verdicts.count_ones(), verdicts.get(798), verdicts.get(800)), (n_found, true, false));
    }
}
