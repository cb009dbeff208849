//! Why a filter has no OData form and why an OData expression is no filter, in words.

use couplet_filter::odata::{Part, ReadError, ReadErrorKind, WriteError, WriteErrorKind};

use super::I18n;
use super::filter::{field_type, filter_error, found_text, type_error};
use crate::i18n::*;

/// Why a condition has no OData form, with the position in `text`, its filter expression.
pub fn odata_write_error(i18n: I18n, error: &WriteError, text: &str) -> String {
    let reason = match &error.kind {
        WriteErrorKind::Condition(error) => return filter_error(i18n, error, text),
        WriteErrorKind::NoProperty => t_string!(i18n, odata_error.no_property).to_owned(),
        WriteErrorKind::Pattern => t_string!(i18n, odata_error.pattern).to_owned(),
        WriteErrorKind::ClosingDate => t_string!(i18n, odata_error.closing_date).to_owned(),
        WriteErrorKind::OptionWithoutName { ordinal } => {
            t_string!(i18n, odata_error.option_without_name, ordinal = ordinal.to_string())
        }
        WriteErrorKind::NothingPasses => t_string!(i18n, odata_error.nothing_passes).to_owned(),
        WriteErrorKind::TooDeep { limit } => {
            t_string!(i18n, odata_error.too_deep, limit = limit.to_string())
        }
        _ => t_string!(i18n, odata_error.not_sayable).to_owned(),
    };
    at(i18n, error.span.position(text), reason)
}

/// Why an OData expression is no filter, with the position in `text`, the expression.
pub fn odata_read_error(i18n: I18n, error: &ReadError, text: &str) -> String {
    at(i18n, error.span.position(text), read_reason(i18n, &error.kind))
}

fn at(i18n: I18n, position: u32, reason: String) -> String {
    t_string!(i18n, filter_error.at, position = position.to_string(), reason = reason)
}

fn read_reason(i18n: I18n, kind: &ReadErrorKind) -> String {
    match kind {
        ReadErrorKind::Unexpected { expected, found } => t_string!(
            i18n,
            odata_error.unexpected,
            expected = part(i18n, *expected),
            found = found_text(i18n, found)
        ),
        ReadErrorKind::UnclosedQuote => t_string!(i18n, filter_error.unclosed_quote).to_owned(),
        ReadErrorKind::UnclosedParenthesis => t_string!(i18n, filter_error.unclosed_parenthesis).to_owned(),
        ReadErrorKind::TooDeep { limit } => {
            t_string!(i18n, odata_error.too_deep, limit = limit.to_string())
        }
        ReadErrorKind::UnknownFunction { name } => {
            t_string!(i18n, odata_error.unknown_function, name = name.clone())
        }
        ReadErrorKind::UnknownOperator { word } => {
            t_string!(i18n, odata_error.unknown_operator, word = word.clone())
        }
        ReadErrorKind::MalformedLiteral { found } => {
            t_string!(i18n, odata_error.malformed_literal, found = found_text(i18n, found))
        }
        ReadErrorKind::UnknownProperty { name } => {
            t_string!(i18n, odata_error.unknown_property, name = name.clone())
        }
        ReadErrorKind::OrAcrossFields { first, second } => {
            t_string!(i18n, odata_error.or_across_fields, first = first.clone(), second = second.clone())
        }
        ReadErrorKind::WrongType { expected, found } => t_string!(
            i18n,
            filter_error.wrong_type,
            expected = field_type(i18n, expected),
            found = found_text(i18n, found)
        ),
        ReadErrorKind::Condition(error) => type_error(i18n, &error.kind),
        _ => value_reason(i18n, kind),
    }
}

/// Reasons that lie in what a filter can mean, not in how the expression is written.
fn value_reason(i18n: I18n, kind: &ReadErrorKind) -> String {
    match kind {
        ReadErrorKind::NotOrdered => t_string!(i18n, odata_error.not_ordered).to_owned(),
        ReadErrorKind::NotText { function } => {
            t_string!(i18n, odata_error.not_text, function = (*function).to_owned())
        }
        ReadErrorKind::NullApart => t_string!(i18n, odata_error.null_apart).to_owned(),
        ReadErrorKind::Wildcard { character } => {
            t_string!(i18n, odata_error.wildcard, character = character.to_string())
        }
        ReadErrorKind::ServiceWildcard { character } => {
            t_string!(i18n, odata_error.service_wildcard, character = character.to_string())
        }
        ReadErrorKind::AtSign => t_string!(i18n, odata_error.at_sign).to_owned(),
        ReadErrorKind::CaseNeverFits => t_string!(i18n, odata_error.case_never_fits).to_owned(),
        ReadErrorKind::UnknownOption { found } => {
            t_string!(i18n, odata_error.unknown_option, found = found_text(i18n, found))
        }
        ReadErrorKind::NothingPasses => t_string!(i18n, odata_error.nothing_passes).to_owned(),
        _ => t_string!(i18n, odata_error.not_sayable).to_owned(),
    }
}

/// A part of an expression, after "expected".
fn part(i18n: I18n, part: Part) -> String {
    match part {
        Part::Expression => t_string!(i18n, odata_error.part_expression),
        Part::Operator => t_string!(i18n, odata_error.part_operator),
        Part::Value => t_string!(i18n, odata_error.part_value),
        Part::Text => t_string!(i18n, odata_error.part_text),
        Part::Property => t_string!(i18n, odata_error.part_property),
        Part::OpeningParenthesis => "(",
        Part::ClosingParenthesis => ")",
        Part::Comma => ",",
        Part::CommaOrParenthesis => t_string!(i18n, odata_error.part_comma_or_parenthesis),
        Part::End => t_string!(i18n, odata_error.part_end),
    }
    .to_owned()
}
