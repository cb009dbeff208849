//! Why a record cannot be written, in words: the kind of failure (which folds errors of one cause), the sentence with
//! its field and value, and what to do about it.

use couplet_engine::planning::Failure;
use couplet_engine::preparation::Cause;
use couplet_engine::transformation::TransformationError;

use super::I18n;
use super::plan::Captions;
use crate::i18n::*;

/// What is wrong with a record, with its field and value.
pub fn record_failure(i18n: I18n, failure: &Failure, captions: &Captions) -> String {
    let caption = |field: &str| captions.of(i18n, field);
    match failure {
        Failure::PartnerDeleted => t_string!(i18n, failure_detail.partner_deleted).to_owned(),
        Failure::LookupNotCoupled { field, value, table } => t_string!(
            i18n,
            failure_detail.lookup_not_coupled,
            field = caption(field),
            value = value.to_string(),
            table = table.to_string()
        ),
        Failure::TableNotMapped { field, table } => {
            let (field, table) = (caption(field), table.to_string());
            t_string!(i18n, failure_detail.table_not_mapped, field = field, table = table)
        }
        Failure::OptionNotCoupled { field, value } => {
            t_string!(
                i18n,
                failure_detail.option_not_coupled,
                field = caption(field),
                value = value.to_string()
            )
        }
        Failure::OwnerNotCoupled { value } => {
            t_string!(i18n, failure_detail.owner_not_coupled, value = value.to_string())
        }
        Failure::LocalCurrencyMissing { code } => {
            t_string!(i18n, failure_detail.local_currency_missing, code = code.to_string())
        }
        Failure::Transformation { field, error } => {
            let error = transformation(i18n, error);
            t_string!(i18n, failure_detail.transformation, field = caption(field), error = error)
        }
        Failure::ValueOfWrongType { field, value } => t_string!(
            i18n,
            failure_detail.value_of_wrong_type,
            field = caption(field),
            value = value.to_string()
        ),
        Failure::TemplateField { template, field } => t_string!(
            i18n,
            failure_detail.template_field,
            template = template.to_string(),
            field = caption(field)
        ),
        Failure::AmbiguousCounterpart { key } => {
            t_string!(i18n, failure_detail.ambiguous_counterpart, key = key.to_string())
        }
        Failure::CompanyWithoutRelation { company } => {
            t_string!(i18n, failure_detail.company_without_relation, company = company.to_string())
        }
        Failure::ParentNotCoupled => t_string!(i18n, failure_detail.parent_not_coupled).to_owned(),
        Failure::ExchangeRateMissing { code } => {
            t_string!(i18n, failure_detail.exchange_rate_missing, code = code.to_string())
        }
    }
}

/// What a transformation rule says.
pub fn transformation(i18n: I18n, error: &TransformationError) -> String {
    match error {
        TransformationError::UnknownRule { code } => {
            t_string!(i18n, transformation_detail.unknown_rule, code = code.clone())
        }
        TransformationError::Circle { code } => {
            t_string!(i18n, transformation_detail.circle, code = code.clone())
        }
        TransformationError::Pattern { reason } => {
            t_string!(i18n, transformation_detail.pattern, reason = reason.clone())
        }
        TransformationError::Unreadable { code, text } => {
            t_string!(i18n, transformation_detail.unreadable, code = code.clone(), text = text.clone())
        }
        TransformationError::NotFound { code, text } => {
            t_string!(i18n, transformation_detail.not_found, code = code.clone(), text = text.clone())
        }
        TransformationError::TooLong { code, length, max_length } => t_string!(
            i18n,
            transformation_detail.too_long,
            code = code.clone(),
            length = length.to_string(),
            max = max_length.to_string()
        ),
    }
}

/// What the data foretells, with its field.
pub fn cause(i18n: I18n, cause: &Cause, captions: &Captions) -> String {
    let caption = |field: &str| captions.of(i18n, field);
    match cause {
        Cause::Planned(failure) => record_failure(i18n, failure, captions),
        Cause::Conflict => t_string!(i18n, readiness.conflict).to_owned(),
        Cause::OwnerUnable { user } => {
            t_string!(i18n, readiness_detail.owner_unable, user = user.to_string())
        }
        Cause::RequiredBlank { field } => {
            t_string!(i18n, readiness_detail.required_blank, field = caption(field))
        }
        Cause::TextCut { field, max_length } => t_string!(
            i18n,
            readiness_detail.text_cut,
            field = caption(field),
            length = max_length.to_string()
        ),
        Cause::NotTransferable { field } => {
            t_string!(i18n, readiness_detail.not_transferable, field = caption(field))
        }
    }
}

/// The kind of a failure by its code, without field or value; none for a code that is a service's own.
pub fn failure_title(i18n: I18n, code: &str) -> Option<&'static str> {
    Some(match code {
        "failure.partner-deleted" => t_string!(i18n, failure.partner_deleted),
        "failure.lookup-not-coupled" => t_string!(i18n, failure.lookup_not_coupled),
        "failure.table-not-mapped" => t_string!(i18n, failure.table_not_mapped),
        "failure.option-not-coupled" => t_string!(i18n, failure.option_not_coupled),
        "failure.owner-not-coupled" => t_string!(i18n, failure.owner_not_coupled),
        "failure.local-currency-missing" => t_string!(i18n, failure.local_currency_missing),
        "failure.value-of-wrong-type" => t_string!(i18n, failure.value_of_wrong_type),
        "failure.template-field" => t_string!(i18n, failure.template_field),
        "failure.ambiguous-counterpart" => t_string!(i18n, failure.ambiguous_counterpart),
        "failure.company-without-relation" => t_string!(i18n, failure.company_without_relation),
        "failure.parent-not-coupled" => t_string!(i18n, failure.parent_not_coupled),
        "failure.exchange-rate-missing" => t_string!(i18n, failure.exchange_rate_missing),
        "transformation.unknown-rule" => t_string!(i18n, transformation.unknown_rule),
        "transformation.circle" => t_string!(i18n, transformation.circle),
        "transformation.pattern" => t_string!(i18n, transformation.pattern),
        "transformation.unreadable" => t_string!(i18n, transformation.unreadable),
        "transformation.not-found" => t_string!(i18n, transformation.not_found),
        "transformation.too-long" => t_string!(i18n, transformation.too_long),
        "readiness.conflict" | "plan.both-changed" => t_string!(i18n, readiness.conflict),
        "readiness.owner-unable" => t_string!(i18n, readiness.owner_unable),
        "readiness.required-blank" => t_string!(i18n, readiness.required_blank),
        "readiness.text-cut" => t_string!(i18n, readiness.text_cut),
        "readiness.not-transferable" => t_string!(i18n, readiness.not_transferable),
        _ => return None,
    })
}

/// What to do about a failure, by its code; none for a code that is a service's own.
pub fn failure_advice(i18n: I18n, code: &str) -> Option<&'static str> {
    Some(match code {
        "failure.partner-deleted" => t_string!(i18n, advice.partner_deleted),
        "failure.lookup-not-coupled" => t_string!(i18n, advice.lookup_not_coupled),
        "failure.table-not-mapped" => t_string!(i18n, advice.table_not_mapped),
        "failure.option-not-coupled" => t_string!(i18n, advice.option_not_coupled),
        "failure.owner-not-coupled" => t_string!(i18n, advice.owner_not_coupled),
        "failure.local-currency-missing" => t_string!(i18n, advice.local_currency_missing),
        "failure.value-of-wrong-type" => t_string!(i18n, advice.value_of_wrong_type),
        "failure.template-field" => t_string!(i18n, advice.template_field),
        "failure.ambiguous-counterpart" => t_string!(i18n, advice.ambiguous_counterpart),
        "failure.company-without-relation" => t_string!(i18n, advice.company_without_relation),
        "failure.parent-not-coupled" => t_string!(i18n, advice.parent_not_coupled),
        "failure.exchange-rate-missing" => t_string!(i18n, advice.exchange_rate_missing),
        "transformation.unknown-rule" => t_string!(i18n, advice.unknown_rule),
        "transformation.circle" => t_string!(i18n, advice.circle),
        "transformation.pattern" => t_string!(i18n, advice.pattern),
        "transformation.unreadable" => t_string!(i18n, advice.unreadable),
        "transformation.not-found" => t_string!(i18n, advice.not_found),
        "transformation.too-long" => t_string!(i18n, advice.too_long),
        "readiness.conflict" | "plan.both-changed" => t_string!(i18n, advice.conflict),
        "readiness.owner-unable" => t_string!(i18n, advice.owner_unable),
        "readiness.required-blank" => t_string!(i18n, advice.required_blank),
        "readiness.text-cut" => t_string!(i18n, advice.text_cut),
        "readiness.not-transferable" => t_string!(i18n, advice.not_transferable),
        _ => return None,
    })
}

/// What a coupling keeps of its last failure: the kind and its values, or the service's own words.
pub fn kept_failure(i18n: I18n, text: &str) -> String {
    let mut parts = text.split('|');
    let code = parts.next().unwrap_or_default();
    match failure_title(i18n, code) {
        Some(title) => std::iter::once(title).chain(parts).collect::<Vec<_>>().join(" · "),
        None => text.to_owned(),
    }
}
