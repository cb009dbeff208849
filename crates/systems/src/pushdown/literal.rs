//! Values of `$filter` that need a second look: options, blank dates and the last second of a day (A31, A46, filter
//! language sections 10 and 11).

use couplet_filter::odata::Literal;
use couplet_filter::{DateTimeKey, FilterValue};

/// A value as Dataverse takes it, options by number; none for a closing date.
pub(crate) fn numbered(value: &FilterValue) -> Option<Literal> {
    match value {
        FilterValue::Option(value) => Some(Literal::Number((*value).into())),
        value => Literal::of(value),
    }
}

/// Whether a date or a moment is blank.
pub(crate) fn is_blank_moment(value: &FilterValue) -> bool {
    match value {
        FilterValue::Date(value) => value.is_blank(),
        FilterValue::DateTime(value) => value.milliseconds().is_none(),
        _ => false,
    }
}

/// For an upper bound that ends a second, the start of the next one and whether that says the same. Fractions after
/// the last whole second of a day depend on the platform (filter language 4.7), so that second is sent whole.
pub(crate) fn end_of_second(value: &FilterValue) -> Option<(Literal, bool)> {
    let FilterValue::DateTime(moment) = value else { return None };
    let milliseconds = moment.milliseconds()?;
    let fraction = milliseconds.rem_euclid(1_000);
    let next = milliseconds - fraction + 1_000;
    let is_same = fraction == 999;
    let next_second = DateTimeKey::from_milliseconds(next);
    // No second follows the last one of the calendar.
    let is_written = !next_second.to_iso().is_empty();
    let ends = is_written && (is_same || next.rem_euclid(60_000) == 0);
    ends.then_some((Literal::DateTime(next_second), is_same))
}
