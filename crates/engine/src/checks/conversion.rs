//! What becomes of a value that is copied into a field of another type (S4.36, S4.37, S4.47, S4.48): as far as the
//! types alone tell. No value is converted here.

use couplet_filter::FieldType;

use crate::schema::FieldSchema;

/// What becomes of the values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Conversion {
    /// They arrive.
    Whole,
    /// Texts that are longer than the destination are cut.
    Cut {
        /// Length of the destination in characters.
        length: u32,
    },
    /// Those that cannot be read as the other type, or lie outside it, are left out.
    Partly,
    /// None of them can be read as the other type.
    Never,
}

/// What becomes of values of `source` in `destination`.
///
/// A lookup is translated through the couplings of the table it points to, a code against a choice through option
/// couplings: both are left to the data.
pub fn conversion(source: &FieldSchema, destination: &FieldSchema) -> Conversion {
    use FieldType as T;
    let is_text = |field: &FieldSchema| matches!(field.field_type, T::Text { .. } | T::Code { .. });
    let is_lookup = |field: &FieldSchema| field.field_type == T::Guid && !field.targets.is_empty();
    if is_lookup(source) && is_text(destination) || is_text(source) && is_lookup(destination) {
        return Conversion::Whole;
    }
    match (&source.field_type, &destination.field_type) {
        (T::Code { .. }, T::Option(_)) | (T::Option(_), T::Code { .. }) => Conversion::Whole,
        // What is inside a BLOB or a picture is not known.
        (T::Unfilterable, _) | (_, T::Unfilterable) => Conversion::Whole,
        (_, T::Text { max_length } | T::Code { max_length }) => into_text(&source.field_type, *max_length),
        (T::Text { .. } | T::Code { .. }, _) => Conversion::Partly,
        (T::BigInteger, T::Integer) | (T::Decimal, T::Integer | T::BigInteger) => Conversion::Partly,
        (T::Integer, T::BigInteger | T::Decimal) | (T::BigInteger, T::Decimal) => Conversion::Whole,
        // Numbers are read as option values, durations as milliseconds.
        (T::Integer | T::BigInteger, T::Option(_) | T::Duration) => Conversion::Partly,
        (T::Date | T::DateTime, T::Date | T::DateTime | T::Time) => Conversion::Partly,
        // Members are matched by caption, then by name.
        (T::Option(_), T::Option(_)) => Conversion::Partly,
        (source, destination) if source == destination => Conversion::Whole,
        _ => Conversion::Never,
    }
}

/// The longest text that values of other types make is not known before they are read.
fn into_text(source: &FieldType, max_length: Option<u32>) -> Conversion {
    let source_length = match source {
        FieldType::Text { max_length } | FieldType::Code { max_length } => *max_length,
        _ => return Conversion::Whole,
    };
    match max_length {
        Some(length) if source_length.is_none_or(|source| source > length) => Conversion::Cut { length },
        _ => Conversion::Whole,
    }
}
