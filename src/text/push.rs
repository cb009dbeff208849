//! How far a server evaluates a clause, and why not further.

use couplet_systems::pushdown::{Precision, PushReason};

use super::I18n;
use crate::i18n::*;

/// How far a clause is evaluated by the server.
pub fn precision(i18n: I18n, precision: Precision) -> String {
    match precision {
        Precision::Exact => t_string!(i18n, push.exact),
        Precision::Superset => t_string!(i18n, push.superset),
        Precision::NotPushed => t_string!(i18n, push.not_pushed),
    }
    .to_owned()
}

/// Why a clause is not sent, or not exact.
pub fn push_reason(i18n: I18n, reason: PushReason) -> String {
    match reason {
        PushReason::TextOrder => t_string!(i18n, push.text_order),
        PushReason::DataverseAccents => t_string!(i18n, push.dataverse_accents),
        PushReason::IgnoreCaseAccents => t_string!(i18n, push.ignore_case_accents),
        PushReason::NestedFunctions => t_string!(i18n, push.nested_functions),
        PushReason::NegatedText => t_string!(i18n, push.negated_text),
        PushReason::PatternParts => t_string!(i18n, push.pattern_parts),
        PushReason::PatternWithoutLiteral => t_string!(i18n, push.pattern_without_literal),
        PushReason::ServerWildcard => t_string!(i18n, push.server_wildcard),
        PushReason::LongList => t_string!(i18n, push.long_list),
        PushReason::DeepNesting => t_string!(i18n, push.deep_nesting),
        PushReason::ClosingDate => t_string!(i18n, push.closing_date),
        PushReason::BlankDate => t_string!(i18n, push.blank_date),
        PushReason::BlankText => t_string!(i18n, push.blank_text),
        PushReason::EndOfSecond => t_string!(i18n, push.end_of_second),
        PushReason::PolymorphicType => t_string!(i18n, push.polymorphic_type),
        PushReason::OutOfReach => t_string!(i18n, push.out_of_reach),
        PushReason::TypeNotCompared => t_string!(i18n, push.type_not_compared),
        PushReason::OptionName => t_string!(i18n, push.option_name),
        PushReason::EmptyInterval => t_string!(i18n, push.empty_interval),
        PushReason::LongerThanField => t_string!(i18n, push.longer_than_field),
        PushReason::LongFilter => t_string!(i18n, push.long_filter),
        _ => t_string!(i18n, push.other),
    }
    .to_owned()
}
