//! One value of a record as text: a letter for its type, then the value. Exact for every value there is.
//!
//! | Letter | Type | After it |
//! |---|---|---|
//! | `z` | null | nothing |
//! | `t` | Text, Code | the text |
//! | `i` | Integer, BigInteger | digits |
//! | `n` | Decimal | digits with a point, its scale kept |
//! | `b` | Boolean | `0` or `1` |
//! | `o` | Option | its number |
//! | `d` | Date | days since 1970-01-01, `c` after them for a closing date; nothing for the blank date |
//! | `m` | DateTime | milliseconds since 1970-01-01 UTC; nothing for the blank one |
//! | `h` | Time | milliseconds since midnight; nothing for the blank one |
//! | `p` | Duration | milliseconds |
//! | `g` | Guid | 32 hexadecimal digits |

use std::fmt::Write;
use std::str::FromStr;

use couplet_engine::Value;
use couplet_engine::planning::LastSynchronized;
use couplet_engine::schema::Side;
use couplet_filter::{DateKey, DateTimeKey, TimeKey};
use rust_decimal::Decimal;
use uuid::Uuid;

use super::cells::{push_escaped, unescaped};
use super::words::Words;
use super::{Damage, Problem};

/// The text of a value.
pub(crate) fn value_text(value: &Value) -> String {
    match value {
        Value::Null => "z".to_owned(),
        Value::Text(text) => format!("t{text}"),
        Value::Integer(number) => format!("i{number}"),
        Value::Decimal(number) => format!("n{number}"),
        Value::Boolean(flag) => format!("b{}", u8::from(*flag)),
        Value::Option(number) => format!("o{number}"),
        Value::Date(date) => match date.days() {
            Some(days) if date.is_closing() => format!("d{days}c"),
            Some(days) => format!("d{days}"),
            None => "d".to_owned(),
        },
        Value::DateTime(moment) => format!("m{}", number_or_nothing(moment.milliseconds())),
        Value::Time(time) => format!("h{}", number_or_nothing(time.milliseconds())),
        Value::Duration(milliseconds) => format!("p{milliseconds}"),
        Value::Guid(id) => format!("g{}", id.as_simple()),
    }
}

fn number_or_nothing<N: ToString>(number: Option<N>) -> String {
    number.map(|number| number.to_string()).unwrap_or_default()
}

/// The value of a text; nothing when the text is that of no value.
pub(crate) fn read_value(text: &str) -> Option<Value> {
    let mut characters = text.chars();
    let letter = characters.next()?;
    let rest = characters.as_str();
    Some(match letter {
        'z' if rest.is_empty() => Value::Null,
        't' => Value::text(rest),
        'i' => Value::Integer(rest.parse().ok()?),
        'n' => Value::Decimal(Decimal::from_str(rest).ok()?),
        'b' if rest == "0" => Value::Boolean(false),
        'b' if rest == "1" => Value::Boolean(true),
        'o' => Value::Option(rest.parse().ok()?),
        'd' if rest.is_empty() => Value::Date(DateKey::BLANK),
        'd' => Value::Date(match rest.strip_suffix('c') {
            Some(days) => DateKey::from_days(days.parse().ok()?).closing(),
            None => DateKey::from_days(rest.parse().ok()?),
        }),
        'm' if rest.is_empty() => Value::DateTime(DateTimeKey::BLANK),
        'm' => Value::DateTime(DateTimeKey::from_milliseconds(rest.parse().ok()?)),
        'h' if rest.is_empty() => Value::Time(TimeKey::BLANK),
        'h' => Value::Time(TimeKey::from_milliseconds(rest.parse().ok()?)?),
        'p' => Value::Duration(rest.parse().ok()?),
        'g' => Value::Guid(Uuid::try_parse(rest).ok()?),
        _ => return None,
    })
}

/// The last synchronized values of one side: a row for each field, the number of its name before its value.
pub(crate) fn last_text(last: &LastSynchronized, side: Side, words: &mut Words) -> String {
    let mut text = String::new();
    for (field, value) in last.values(side) {
        // Writing to a text cannot fail.
        let _ = write!(text, "{}", words.place(field));
        push_escaped(&mut text, &value_text(value));
        text.push('\n');
    }
    text
}

/// Reads what [`last_text`] wrote into `last`.
///
/// # Errors
/// The first row that is not one, by its number from 1.
pub(crate) fn read_last(
    text: &str,
    side: Side,
    words: &Words,
    last: &mut LastSynchronized,
) -> Result<(), Damage> {
    for (idx, row) in text.split_terminator('\n').enumerate() {
        let at = row.find(|character: char| !character.is_ascii_digit()).unwrap_or(row.len());
        let read = row.split_at_checked(at).and_then(|(place, value)| {
            Some((words.get(place.parse().ok()?)?, read_value(&unescaped(value))?))
        });
        let Some((field, value)) = read else {
            let detail =
                format!("row {}: expected the number of a field and its value, found `{row}`", idx + 1);
            return Err(Damage::new(".", Problem::Shape { detail }));
        };
        last.set(side, field, value);
    }
    Ok(())
}
