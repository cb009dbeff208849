//! Errors of filters in words: what was expected, what was found, and where.

use couplet_engine::preview::{ClauseProblem, ClauseProblemKind};
use couplet_filter::{FieldType, FilterError, SyntaxErrorKind, TypeErrorKind};

use super::I18n;
use crate::i18n::*;

/// Why a clause cannot be evaluated; `text` is its filter expression.
pub fn clause_problem(i18n: I18n, problem: &ClauseProblem, text: &str) -> String {
    match &problem.kind {
        ClauseProblemKind::UnknownField => {
            t_string!(i18n, clause.unknown_field, field = problem.field.clone())
        }
        ClauseProblemKind::OutOfReach => t_string!(i18n, clause.out_of_reach, field = problem.field.clone()),
        ClauseProblemKind::Duplicate => {
            t_string!(i18n, clause.duplicate_field, field = problem.field.clone())
        }
        ClauseProblemKind::Filter(error) => filter_error(i18n, error, text),
    }
}

/// Why a filter expression cannot be used, with the position in `text`.
pub fn filter_error(i18n: I18n, error: &FilterError, text: &str) -> String {
    let position = error.span().position(text).to_string();
    let reason = match error {
        FilterError::Syntax(error) => syntax(i18n, &error.kind),
        FilterError::Type(error) => type_error(i18n, &error.kind),
    };
    t_string!(i18n, filter_error.at, position = position, reason = reason)
}

fn syntax(i18n: I18n, kind: &SyntaxErrorKind) -> String {
    match kind {
        SyntaxErrorKind::MissingValue { found } => {
            t_string!(i18n, filter_error.missing_value, found = found_text(i18n, found))
        }
        SyntaxErrorKind::EmptyRange => t_string!(i18n, filter_error.empty_range).to_owned(),
        SyntaxErrorKind::UnclosedParenthesis => t_string!(i18n, filter_error.unclosed_parenthesis).to_owned(),
        SyntaxErrorKind::UnopenedParenthesis => t_string!(i18n, filter_error.unopened_parenthesis).to_owned(),
        SyntaxErrorKind::ParenthesisInValue => t_string!(i18n, filter_error.parenthesis_in_value).to_owned(),
        SyntaxErrorKind::UnclosedQuote => t_string!(i18n, filter_error.unclosed_quote).to_owned(),
        SyntaxErrorKind::MissingOperator { found } => {
            t_string!(i18n, filter_error.missing_operator, found = found_text(i18n, found))
        }
        SyntaxErrorKind::UnexpectedInterval => t_string!(i18n, filter_error.unexpected_interval).to_owned(),
        SyntaxErrorKind::TooDeep { limit } => {
            t_string!(i18n, filter_error.too_deep, limit = limit.to_string())
        }
        _ => t_string!(i18n, filter_error.unreadable).to_owned(),
    }
}

pub(super) fn type_error(i18n: I18n, kind: &TypeErrorKind) -> String {
    match kind {
        TypeErrorKind::ValueOfWrongType { expected: FieldType::Option(members), found } => {
            let members: Vec<String> = members.iter().map(|member| format!("‘{}’", member.name)).collect();
            t_string!(i18n, filter_error.no_member, found = found.clone(), members = members.join(", "))
        }
        TypeErrorKind::ValueOfWrongType { expected, found } => t_string!(
            i18n,
            filter_error.wrong_type,
            expected = field_type(i18n, expected),
            found = found_text(i18n, found)
        ),
        TypeErrorKind::TooLong { max_length, length } => t_string!(
            i18n,
            filter_error.too_long,
            max_length = max_length.to_string(),
            length = length.to_string()
        ),
        TypeErrorKind::UnknownToken { token } => {
            t_string!(i18n, filter_error.unknown_token, token = token.clone())
        }
        TypeErrorKind::EmptyList { token } => t_string!(i18n, filter_error.empty_list, token = token.clone()),
        TypeErrorKind::ListNotAllowed { token } => {
            t_string!(i18n, filter_error.list_not_allowed, token = token.clone())
        }
        TypeErrorKind::NoOrder => t_string!(i18n, filter_error.no_order).to_owned(),
        TypeErrorKind::Unfilterable => t_string!(i18n, filter_error.unfilterable).to_owned(),
        _ => t_string!(i18n, filter_error.unreadable).to_owned(),
    }
}

pub(super) fn found_text(i18n: I18n, found: &str) -> String {
    if found.is_empty() {
        t_string!(i18n, filter_error.end_of_filter).to_owned()
    } else {
        format!("`{found}`")
    }
}

/// A type of values in words, after "expected".
pub(super) fn field_type(i18n: I18n, field_type: &FieldType) -> String {
    match field_type {
        FieldType::Text { .. } | FieldType::Code { .. } | FieldType::Unfilterable => {
            t_string!(i18n, kind.text)
        }
        FieldType::Integer | FieldType::BigInteger => t_string!(i18n, kind.integer),
        FieldType::Decimal => t_string!(i18n, kind.decimal),
        FieldType::Boolean => t_string!(i18n, kind.boolean),
        FieldType::Option(_) => t_string!(i18n, kind.option),
        FieldType::Date => t_string!(i18n, kind.date),
        FieldType::DateTime => t_string!(i18n, kind.date_time),
        FieldType::Time => t_string!(i18n, kind.time),
        FieldType::Duration => t_string!(i18n, kind.duration),
        FieldType::Guid => t_string!(i18n, kind.guid),
    }
    .to_owned()
}
