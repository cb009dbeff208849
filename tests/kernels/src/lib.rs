//! Comparison of the column evaluation, which has vector instructions on wasm32, with the evaluation row by row, and of
//! pages read with what was written, over values made from a seed. As a program without any import it runs natively and under Node.

mod made;
mod pages;

use couplet_filter::{
    Bitmap, Codes, ColumnView, Context, DateKey, DateTimeKey, Decimals, FieldType, FieldValue, Integers,
    TextComparison, Texts, TimeKey, compile,
};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use rust_decimal::Decimal;
use uuid::Uuid;

use made::Made;

/// Rows of every column: whole blocks of 64 and a rest.
const N_ROWS: usize = 64 * 5 + 17;
/// Rounds with values of their own.
const N_ROUNDS: u64 = 16;

/// A comparison that failed, for the exit code and for people.
#[derive(Debug, PartialEq, Eq)]
pub struct Difference {
    /// What was compared, from 1; small enough for an exit code.
    pub number: u8,
    /// The filter.
    pub filter: String,
    /// The row.
    pub row: usize,
}

/// Runs every comparison.
///
/// # Errors
/// The first row on which both evaluations differ.
pub fn run() -> Result<(), Difference> {
    for round in 0..N_ROUNDS {
        let mut made = Made::new(round);
        let nulls = made.bitmap(N_ROWS, 5);
        let nulls = Some(&nulls).filter(|_| round % 2 == 0);
        numbers(&mut made, nulls)?;
        keys(&mut made, nulls)?;
        texts(&mut made, nulls)?;
        pages::pages(&mut made, 16)?;
    }
    Ok(())
}

/// Filters with one to nine alternatives of the values: comparisons, intervals, negations, sets.
fn filters(made: &mut Made, values: &[String]) -> Vec<String> {
    let quoted = |value: &str| format!("'{value}'");
    let (a, b) = (quoted(made.one_of(values)), quoted(made.one_of(values)));
    let set: Vec<String> = (0..9).map(|_| quoted(made.one_of(values))).collect();
    vec![
        a.clone(),
        format!("<>{a}"),
        format!(">{a}"),
        format!("<={a}"),
        format!("{a}..{b}"),
        format!(">={a}&<>{b}"),
        format!("<{a}|>{b}|{a}"),
        set.join("|"),
        format!("<>{}", set.join("&<>")),
    ]
}

struct Compared<'a> {
    number: u8,
    field_type: &'a FieldType,
    comparison: TextComparison,
}

impl Compared<'_> {
    fn check<'v>(
        &self,
        filter: &str,
        column: ColumnView<'_>,
        nulls: Option<&Bitmap>,
        cell: impl Fn(usize) -> FieldValue<'v>,
    ) -> Result<(), Difference> {
        let fail = |row| Difference { number: self.number, filter: filter.to_owned(), row };
        let context = Context::new(Timestamp::UNIX_EPOCH, TimeZone::UTC);
        let typed =
            compile(filter, self.field_type, self.comparison, &context).map_err(|_| fail(usize::MAX))?;
        let verdicts = typed.evaluate(column);
        for row in 0..column.n_rows() {
            let value = if nulls.is_some_and(|nulls| nulls.get(row)) { FieldValue::Null } else { cell(row) };
            if verdicts.get(row) != typed.passes(value) {
                return Err(fail(row));
            }
        }
        if verdicts.len() == column.n_rows() { Ok(()) } else { Err(fail(column.n_rows())) }
    }
}

fn compared(number: u8, field_type: &FieldType) -> Compared<'_> {
    Compared { number, field_type, comparison: TextComparison::BusinessCentral }
}

fn at<T: Copy + Default>(values: &[T], row: usize) -> T {
    values.get(row).copied().unwrap_or_default()
}

fn numbers(made: &mut Made, nulls: Option<&Bitmap>) -> Result<(), Difference> {
    let limits = [i64::from(i32::MIN), i64::from(i32::MAX), 0, -1, 1];
    let narrow: Vec<i32> = made.numbers(N_ROWS, &limits).iter().map(|number| *number as i32).collect();
    let words: Vec<String> = narrow.iter().map(i32::to_string).collect();
    for filter in filters(made, &words) {
        let column = ColumnView::Integer { values: Integers::Narrow(&narrow), nulls };
        let cell = |row| FieldValue::Integer(i64::from(at(&narrow, row)));
        compared(1, &FieldType::BigInteger).check(&filter, column, nulls, cell)?;
        let members = FieldType::Option([].into());
        let column = ColumnView::Option { values: &narrow, nulls };
        let filter = filter.replace('\'', "");
        compared(2, &members).check(&filter, column, nulls, |row| FieldValue::Option(at(&narrow, row)))?;
        for scale in [0, 2] {
            let column = ColumnView::Decimal {
                values: Decimals::Scaled { numbers: Integers::Narrow(&narrow), scale },
                nulls,
            };
            let cell = |row| FieldValue::Decimal(Decimal::new(i64::from(at(&narrow, row)), scale));
            compared(3, &FieldType::Decimal).check(&filter, column, nulls, cell)?;
        }
    }
    let wide = made.numbers(N_ROWS, &[i64::MIN + 1, i64::MAX, i64::from(i32::MAX) + 1, 0, -1]);
    let words: Vec<String> = wide.iter().map(i64::to_string).collect();
    for filter in filters(made, &words) {
        let column = ColumnView::Integer { values: Integers::Wide(&wide), nulls };
        compared(4, &FieldType::BigInteger)
            .check(&filter, column, nulls, |row| FieldValue::Integer(at(&wide, row)))?;
        let column = ColumnView::Decimal {
            values: Decimals::Scaled { numbers: Integers::Wide(&wide), scale: 3 },
            nulls,
        };
        let cell = |row| FieldValue::Decimal(Decimal::new(at(&wide, row), 3));
        compared(5, &FieldType::Decimal).check(&filter, column, nulls, cell)?;
    }
    let exact: Vec<Decimal> = wide
        .iter()
        .map(|number| Decimal::from_i128_with_scale(i128::from(*number) * 10_000_000, 9))
        .collect();
    let words: Vec<String> = exact.iter().map(Decimal::to_string).collect();
    for filter in filters(made, &words) {
        let column = ColumnView::Decimal { values: Decimals::Exact(&exact), nulls };
        compared(6, &FieldType::Decimal)
            .check(&filter, column, nulls, |row| FieldValue::Decimal(at(&exact, row)))?;
    }
    Ok(())
}

fn keys(made: &mut Made, nulls: Option<&Bitmap>) -> Result<(), Difference> {
    let days: Vec<DateKey> =
        made.numbers(N_ROWS, &[]).iter().map(|day| DateKey::from_days(*day as i32 % 99)).collect();
    let words: Vec<String> = days.iter().map(DateKey::to_string).collect();
    for filter in filters(made, &words) {
        let cell = |row: usize| FieldValue::Date(days.get(row).copied().unwrap_or(DateKey::BLANK));
        compared(7, &FieldType::Date).check(
            &filter,
            ColumnView::Date { values: &days, nulls },
            nulls,
            cell,
        )?;
    }
    let moments: Vec<DateTimeKey> = made
        .numbers(N_ROWS, &[])
        .iter()
        .map(|second| DateTimeKey::from_milliseconds(second % 99 * 1000))
        .collect();
    let words: Vec<String> = moments.iter().map(DateTimeKey::to_string).collect();
    for filter in filters(made, &words) {
        let cell = |row: usize| FieldValue::DateTime(moments.get(row).copied().unwrap_or(DateTimeKey::BLANK));
        let column = ColumnView::DateTime { values: &moments, nulls };
        compared(8, &FieldType::DateTime).check(&filter, column, nulls, cell)?;
    }
    let times: Vec<TimeKey> = made
        .numbers(N_ROWS, &[])
        .iter()
        .map(|second| {
            TimeKey::from_milliseconds((*second as i32).rem_euclid(99) * 1000).unwrap_or(TimeKey::BLANK)
        })
        .collect();
    let words: Vec<String> = times.iter().map(TimeKey::to_string).collect();
    for filter in filters(made, &words) {
        let cell = |row: usize| FieldValue::Time(times.get(row).copied().unwrap_or(TimeKey::BLANK));
        compared(9, &FieldType::Time).check(
            &filter,
            ColumnView::Time { values: &times, nulls },
            nulls,
            cell,
        )?;
    }
    let ids: Vec<Uuid> = made
        .numbers(N_ROWS, &[])
        .iter()
        .map(|number| Uuid::from_u128(number.unsigned_abs().into()))
        .collect();
    let words: Vec<String> = ids.iter().map(Uuid::to_string).collect();
    let filter = (0..3).map(|_| format!("{{{}}}", made.one_of(&words))).collect::<Vec<_>>().join("|");
    let column = ColumnView::Guid { values: &ids, nulls };
    compared(10, &FieldType::Guid).check(&filter, column, nulls, |row| FieldValue::Guid(at(&ids, row)))
}

fn texts(made: &mut Made, nulls: Option<&Bitmap>) -> Result<(), Difference> {
    let rows: Vec<String> = (0..N_ROWS).map(|_| made.text()).collect();
    let mut texts: Texts = rows.iter().collect();
    let field_type = FieldType::Text { max_length: None };
    let parts: Vec<String> = (0..6).map(|_| made.part_of(&rows)).collect();
    let mut wanted: Vec<String> = parts
        .iter()
        .flat_map(|part| {
            [
                format!("*{part}*"),
                format!("@*{part}*"),
                format!("{part}*"),
                format!("@*{part}"),
                format!("<>@?{part}*"),
            ]
        })
        .collect();
    let values: Vec<String> = rows.iter().filter(|text| !text.contains('@')).cloned().collect();
    wanted.extend(filters(made, &values));
    for comparison in [TextComparison::BusinessCentral, TextComparison::Dataverse] {
        let compared = |number| Compared { number, field_type: &field_type, comparison };
        for filter in &wanted {
            let cell = |row: usize| rows.get(row).map_or(FieldValue::Null, |text| FieldValue::Text(text));
            let column = ColumnView::Text { texts: &texts, codes: Codes::Rows { nulls } };
            compared(11).check(filter, column, nulls, cell)?;
            let code = |row: usize, null: usize| if row % 11 == 3 { null } else { row * 31 % 250 };
            let cell = |row: usize| match code(row, usize::MAX) {
                usize::MAX => FieldValue::Null,
                code => cell(code),
            };
            let codes: Vec<u8> = (0..N_ROWS).map(|row| code(row, u8::MAX.into()) as u8).collect();
            let column = ColumnView::Text { texts: &texts, codes: Codes::U8(&codes) };
            compared(12).check(filter, column, None, cell)?;
            let codes: Vec<u16> = (0..N_ROWS).map(|row| code(row, u16::MAX.into()) as u16).collect();
            let column = ColumnView::Text { texts: &texts, codes: Codes::U16(&codes) };
            compared(13).check(filter, column, None, cell)?;
            let codes: Vec<u32> = (0..N_ROWS).map(|row| code(row, u32::MAX as usize) as u32).collect();
            let column = ColumnView::Text { texts: &texts, codes: Codes::U32(&codes) };
            compared(14).check(filter, column, None, cell)?;
        }
    }
    // A column with more texts than a byte can number: one of them is passed by every row with its code.
    texts.push("last of all");
    let last = texts.len() - 1;
    let codes = vec![last as u16; N_ROWS];
    let column = ColumnView::Text { texts: &texts, codes: Codes::U16(&codes) };
    compared(15, &field_type).check("last of all", column, None, |_| FieldValue::Text("last of all"))
}

#[cfg(test)]
mod tests {
    #[test]
    fn both_evaluations_agree() {
        assert_eq!(super::run(), Ok(()));
    }
}
