//! Reasons, failures and layers as lists of texts: the code first, then what belongs to it. The codes are the engine's
//! own where it has some.

use std::sync::Arc;

use couplet_engine::MappingName;
use couplet_engine::planning::{Failure, Following, Layer, LeftAlone, Mended, Reason};
use couplet_engine::transformation::TransformationError;

/// The texts of a reason.
pub(crate) fn reason_texts(reason: &Reason) -> Vec<String> {
    match reason {
        Reason::NotCoupled
        | Reason::CounterpartFound
        | Reason::CreatedBefore
        | Reason::SourceChanged
        | Reason::RetriedAfterFailure
        | Reason::Forced
        | Reason::ConflictWon
        | Reason::Merged
        | Reason::SourceUnchanged
        | Reason::NothingDiffers
        | Reason::Shelved
        | Reason::OnlyCoupledRecords
        | Reason::AlreadyCoupled
        | Reason::ConflictLost
        | Reason::Chosen
        | Reason::PartnerDeleted
        | Reason::Follows(Following::PrimaryContact | Following::NewCompany | Following::Uncoupled)
        | Reason::TakenBack
        | Reason::LeftAlone(
            LeftAlone::DeletedSince
            | LeftAlone::ChangedSince
            | LeftAlone::CoupledSince
            | LeftAlone::Created
            | LeftAlone::AsBefore,
        ) => texts(reason.code(), &[]),
        Reason::Mended(Mended::TableFound | Mended::NeitherFound | Mended::PartnerDeleted) => {
            texts(reason.code(), &[])
        }
        Reason::Mended(Mended::BelongsElsewhere { mapping }) => texts(reason.code(), &[mapping.as_str()]),
        Reason::BothChanged { field } => texts(reason.code(), &[field]),
        Reason::Failure(failure) => failure_texts(failure),
    }
}

/// The reason of these texts; nothing when they are those of none.
pub(crate) fn read_reason(texts: &[String]) -> Option<Reason> {
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    Some(match texts.as_slice() {
        ["plan.not-coupled"] => Reason::NotCoupled,
        ["plan.counterpart-found"] => Reason::CounterpartFound,
        ["plan.created-before"] => Reason::CreatedBefore,
        ["plan.source-changed"] => Reason::SourceChanged,
        ["plan.retried-after-failure"] => Reason::RetriedAfterFailure,
        ["plan.forced"] => Reason::Forced,
        ["plan.conflict-won"] => Reason::ConflictWon,
        ["plan.merged"] => Reason::Merged,
        ["plan.source-unchanged"] => Reason::SourceUnchanged,
        ["plan.nothing-differs"] => Reason::NothingDiffers,
        ["plan.shelved"] => Reason::Shelved,
        ["plan.only-coupled-records"] => Reason::OnlyCoupledRecords,
        ["plan.already-coupled"] => Reason::AlreadyCoupled,
        ["plan.conflict-lost"] => Reason::ConflictLost,
        ["plan.chosen"] => Reason::Chosen,
        ["plan.partner-deleted"] => Reason::PartnerDeleted,
        ["plan.follows-primary-contact"] => Reason::Follows(Following::PrimaryContact),
        ["plan.follows-uncoupled"] => Reason::Follows(Following::Uncoupled),
        ["plan.follows-new-company"] => Reason::Follows(Following::NewCompany),
        ["plan.mended-table-found"] => Reason::Mended(Mended::TableFound),
        ["plan.mended-neither-found"] => Reason::Mended(Mended::NeitherFound),
        ["plan.mended-partner-deleted"] => Reason::Mended(Mended::PartnerDeleted),
        ["plan.mended-belongs-elsewhere", mapping] => {
            Reason::Mended(Mended::BelongsElsewhere { mapping: MappingName::new(mapping).ok()? })
        }
        ["plan.taken-back"] => Reason::TakenBack,
        ["plan.left-deleted-since"] => Reason::LeftAlone(LeftAlone::DeletedSince),
        ["plan.left-changed-since"] => Reason::LeftAlone(LeftAlone::ChangedSince),
        ["plan.left-coupled-since"] => Reason::LeftAlone(LeftAlone::CoupledSince),
        ["plan.left-as-before"] => Reason::LeftAlone(LeftAlone::AsBefore),
        ["plan.left-created"] => Reason::LeftAlone(LeftAlone::Created),
        ["plan.both-changed", field] => Reason::BothChanged { field: (*field).into() },
        other => Reason::Failure(read_failure(other)?),
    })
}

fn failure_texts(failure: &Failure) -> Vec<String> {
    let code = failure.code();
    match failure {
        Failure::PartnerDeleted | Failure::ParentNotCoupled => texts(code, &[]),
        Failure::LookupNotCoupled { field, value, table } => texts(code, &[field, value, table]),
        Failure::TableNotMapped { field, table } => texts(code, &[field, table]),
        Failure::OptionNotCoupled { field, value } | Failure::ValueOfWrongType { field, value } => {
            texts(code, &[field, value])
        }
        Failure::OwnerNotCoupled { value } => texts(code, &[value]),
        Failure::LocalCurrencyMissing { code: currency }
        | Failure::ExchangeRateMissing { code: currency } => texts(code, &[currency]),
        Failure::Transformation { field, error } => match error {
            TransformationError::UnknownRule { code: rule } | TransformationError::Circle { code: rule } => {
                texts(code, &[field, rule])
            }
            TransformationError::Pattern { reason } => texts(code, &[field, reason]),
            TransformationError::Unreadable { code: rule, text }
            | TransformationError::NotFound { code: rule, text } => texts(code, &[field, rule, text]),
            TransformationError::TooLong { code: rule, length, max_length } => {
                texts(code, &[field, rule, &length.to_string(), &max_length.to_string()])
            }
        },
        Failure::TemplateField { template, field } => texts(code, &[template, field]),
        Failure::AmbiguousCounterpart { key } => texts(code, &[key]),
        Failure::CompanyWithoutRelation { company } => texts(code, &[company]),
    }
}

fn read_failure(texts: &[&str]) -> Option<Failure> {
    Some(match *texts {
        ["failure.partner-deleted"] => Failure::PartnerDeleted,
        ["failure.parent-not-coupled"] => Failure::ParentNotCoupled,
        ["failure.lookup-not-coupled", field, value, table] => {
            Failure::LookupNotCoupled { field: field.into(), value: value.into(), table: table.into() }
        }
        ["failure.table-not-mapped", field, table] => {
            Failure::TableNotMapped { field: field.into(), table: table.into() }
        }
        ["failure.option-not-coupled", field, value] => {
            Failure::OptionNotCoupled { field: field.into(), value: value.into() }
        }
        ["failure.value-of-wrong-type", field, value] => {
            Failure::ValueOfWrongType { field: field.into(), value: value.into() }
        }
        ["failure.owner-not-coupled", value] => Failure::OwnerNotCoupled { value: value.into() },
        ["failure.local-currency-missing", code] => Failure::LocalCurrencyMissing { code: code.into() },
        ["failure.exchange-rate-missing", code] => Failure::ExchangeRateMissing { code: code.into() },
        ["failure.template-field", template, field] => {
            Failure::TemplateField { template: template.into(), field: field.into() }
        }
        ["failure.ambiguous-counterpart", key] => Failure::AmbiguousCounterpart { key: key.into() },
        ["failure.company-without-relation", company] => {
            Failure::CompanyWithoutRelation { company: company.into() }
        }
        [code, field, ref rest @ ..] => {
            Failure::Transformation { field: field.into(), error: read_transformation(code, rest)? }
        }
        _ => return None,
    })
}

fn read_transformation(code: &str, texts: &[&str]) -> Option<TransformationError> {
    let own = |text: &str| text.to_owned();
    Some(match (code, texts) {
        ("transformation.unknown-rule", [rule]) => TransformationError::UnknownRule { code: own(rule) },
        ("transformation.circle", [rule]) => TransformationError::Circle { code: own(rule) },
        ("transformation.pattern", [reason]) => TransformationError::Pattern { reason: own(reason) },
        ("transformation.unreadable", [rule, text]) => {
            TransformationError::Unreadable { code: own(rule), text: own(text) }
        }
        ("transformation.not-found", [rule, text]) => {
            TransformationError::NotFound { code: own(rule), text: own(text) }
        }
        ("transformation.too-long", [rule, length, max_length]) => TransformationError::TooLong {
            code: own(rule),
            length: length.parse().ok()?,
            max_length: max_length.parse().ok()?,
        },
        _ => return None,
    })
}

/// The word of a layer: its name, after a colon what belongs to it.
pub(crate) fn layer_word(layer: &Layer) -> Arc<str> {
    match layer {
        Layer::Mapping => "mapping".into(),
        Layer::Constant => "constant".into(),
        Layer::Transformation { rule } => format!("transformation:{rule}").into(),
        Layer::OptionMapping => "optionMapping".into(),
        Layer::Lookup { mapping } => format!("lookup:{}", mapping.as_str()).into(),
        Layer::LocalCurrency => "localCurrency".into(),
        Layer::Owner => "owner".into(),
        Layer::Template { code } => format!("template:{code}").into(),
        Layer::Default => "default".into(),
        Layer::Journal => "journal".into(),
        Layer::TableRule { rule } => format!("tableRule:{rule}").into(),
    }
}

/// The layer of a word.
pub(crate) fn read_layer(word: &str) -> Option<Layer> {
    Some(match word.split_once(':') {
        None => match word {
            "mapping" => Layer::Mapping,
            "constant" => Layer::Constant,
            "optionMapping" => Layer::OptionMapping,
            "localCurrency" => Layer::LocalCurrency,
            "owner" => Layer::Owner,
            "default" => Layer::Default,
            "journal" => Layer::Journal,
            _ => return None,
        },
        Some(("transformation", rule)) => Layer::Transformation { rule: rule.into() },
        Some(("lookup", mapping)) => Layer::Lookup { mapping: MappingName::new(mapping).ok()? },
        Some(("template", code)) => Layer::Template { code: code.into() },
        Some(("tableRule", rule)) => Layer::TableRule { rule: rule.into() },
        Some(_) => return None,
    })
}

fn texts(code: &str, rest: &[&str]) -> Vec<String> {
    std::iter::once(&code).chain(rest).map(|text| (*text).to_owned()).collect()
}
