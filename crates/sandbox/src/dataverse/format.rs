//! Formatted values (B21): labels, names of lookups, money, numbers and dates as people read them.

use crate::schema::{Kind, Language, Property, Source};
use crate::store::{Reference, format_millis};
use crate::world::{Value, World};

/// The formatted value of a property, none when the service gives none (texts, ids, null).
pub(crate) fn formatted(
    world: &World,
    table: usize,
    row: u32,
    property: &Property,
    value: Value<'_>,
    language: Language,
) -> Option<String> {
    match (property.kind, value) {
        (_, Value::Null) => None,
        (Kind::Lookup, _) => {
            let (reference, target) = world.follow(table, row, property)?;
            name_of(world, property, reference, target)
        }
        (Kind::Boolean, Value::Boolean(value)) => {
            property.member(i64::from(value)).map(|it| it.caption.in_language(language).to_owned())
        }
        (Kind::Choice, Value::Choice(value)) => {
            property.member(value).map(|it| it.caption.in_language(language).to_owned())
        }
        (Kind::Int | Kind::BigInt, Value::Int(value)) => Some(grouped(&value.to_string())),
        (Kind::Decimal, Value::Decimal("")) => None,
        (Kind::Decimal, Value::Decimal(text)) if is_money(world, table, property) => {
            Some(format!("{}{}", currency_symbol(world, table, row), two_decimals(text)))
        }
        (Kind::Decimal, Value::Decimal(text)) => Some(grouped(text)),
        (Kind::DateTime, Value::Moment(millis)) => Some(readable(millis)),
        _ => None,
    }
}

fn name_of(world: &World, property: &Property, reference: Reference, table: usize) -> Option<String> {
    let name = usize::try_from(reference.target).ok().and_then(|target| property.targets.get(target))?;
    let info = world.schema.dv.by_logical_name(name)?;
    let (_, primary) = info.set.find(&info.info.primary_name)?;
    match world.value(table, reference.row, primary, Language::English) {
        Value::Text(text) => Some(text.to_owned()),
        _ => None,
    }
}

/// Whether a column is a money column.
pub(crate) fn is_money(world: &World, table: usize, property: &Property) -> bool {
    let tables = world.schema.dv.tables.iter();
    let info = tables.map(|it| (&it.info, it.set.table)).find(|(_, position)| *position == table);
    let Some((info, _)) = info else { return false };
    info.attributes.iter().any(|it| it.name == property.column_name && it.is_money())
}

fn currency_symbol(world: &World, table: usize, row: u32) -> String {
    let symbol = || {
        let set = world.schema.dv.tables.iter().find(|it| it.set.table == table)?;
        let (_, lookup) = set.set.find("_transactioncurrencyid_value")?;
        let (reference, target) = world.follow(table, row, lookup)?;
        let (_, symbol) =
            world.schema.dv.by_logical_name("transactioncurrency")?.set.find("currencysymbol")?;
        match world.value(target, reference.row, symbol, Language::English) {
            Value::Text(text) => Some(text.to_owned()),
            _ => None,
        }
    };
    symbol().unwrap_or_default()
}

fn grouped(number: &str) -> String {
    let (sign, digits) = number.strip_prefix('-').map_or(("", number), |rest| ("-", rest));
    let (whole, fraction) =
        digits.split_once('.').map_or((digits, None), |(whole, rest)| (whole, Some(rest)));
    let mut out = String::from(sign);
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at) % 3 == 0 {
            out.push(',');
        }
        out.push(digit);
    }
    if let Some(fraction) = fraction {
        out.push('.');
        out.push_str(fraction);
    }
    out
}

fn two_decimals(number: &str) -> String {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let fraction: String = fraction.chars().chain("00".chars()).take(2).collect();
    grouped(&format!("{whole}.{fraction}"))
}

/// `3/2/2026 10:05 AM`, in UTC, as an English user reads it.
fn readable(millis: i64) -> String {
    let text = format_millis(millis);
    let part =
        |range: std::ops::Range<usize>| text.get(range).and_then(|it| it.parse::<u32>().ok()).unwrap_or(0);
    let (year, month, day, hour, minute) = (part(0..4), part(5..7), part(8..10), part(11..13), part(14..16));
    let half = if hour < 12 { "AM" } else { "PM" };
    let twelve = if hour % 12 == 0 { 12 } else { hour % 12 };
    format!("{month}/{day}/{year} {twelve}:{minute:02} {half}")
}

/// Navigation name and logical name of the target a lookup of a row points to (B22).
pub(crate) fn lookup_names(
    world: &World,
    table: usize,
    row: u32,
    property: &Property,
) -> Option<(String, String)> {
    let Source::Reference { .. } = property.source else { return None };
    let (reference, _) = world.follow(table, row, property)?;
    let target = usize::try_from(reference.target).ok()?;
    let name = property.targets.get(target)?.clone();
    let navigation = property.navigation.get(target).unwrap_or(&property.column_name).clone();
    Some((navigation, name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_dates_read_well() {
        assert_eq!(grouped("-1234567.5"), "-1,234,567.5");
        assert_eq!(two_decimals("75000.5"), "75,000.50");
        assert_eq!(readable(1_772_445_900_000), "3/2/2026 10:05 AM");
    }
}
