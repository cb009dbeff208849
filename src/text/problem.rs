//! What the engine's checks find about mappings, in words.

use couplet_engine::checks::{DirectionError, LimitedText, MappingProblemKind};
use couplet_engine::settings::Setting;
use couplet_engine::{IntegrationTableMapping, Side};

use super::settings::setting_label;
use super::{I18n, clause_problem, direction, field_type, side};
use crate::i18n::*;

/// A problem of `mapping` in words.
pub fn mapping_problem(i18n: I18n, kind: &MappingProblemKind, mapping: &IntegrationTableMapping) -> String {
    use MappingProblemKind as P;
    match kind {
        P::UnknownTable { side: of, name } => {
            t_string!(i18n, problem.unknown_table, system = side(i18n, *of), table = name.clone())
        }
        P::UnknownField { side: of, name, suggestion: None } => {
            t_string!(i18n, problem.unknown_field, field = name.clone(), table = table(mapping, *of))
        }
        P::UnknownField { side: of, name, suggestion: Some(suggestion) } => t_string!(
            i18n,
            problem.unknown_field_nearest,
            field = name.clone(),
            table = table(mapping, *of),
            suggestion = suggestion.clone()
        ),
        P::OutOfReach { name, .. } => t_string!(i18n, problem.out_of_reach, field = name.clone()),
        P::UidOfWrongType { column, found } => {
            t_string!(
                i18n,
                problem.uid_of_wrong_type,
                column = column.clone(),
                found = field_type(i18n, found)
            )
        }
        P::Direction(error) => direction_error(i18n, *error),
        P::NothingCopied => t_string!(i18n, problem.nothing_copied).to_owned(),
        P::DeletedRecordsReturn => t_string!(i18n, problem.deleted_records_return).to_owned(),
        P::NoCompanyColumn => {
            t_string!(i18n, problem.no_company_column, table = mapping.integration_table.clone())
        }
        P::TooLong { what, length, max } => t_string!(
            i18n,
            problem.too_long,
            what = setting_label(i18n, limited_setting(*what)),
            length = length.to_string(),
            max = max.to_string()
        ),
        P::DependsOnItself => t_string!(i18n, problem.depends_on_itself).to_owned(),
        P::Filter(problem) => {
            let filters = [&mapping.table_filter, &mapping.integration_table_filter];
            let conditions = filters.into_iter().flat_map(|filter| &filter.conditions);
            let text = conditions.filter(|it| it.field == problem.field).map(|it| it.text.as_str()).next();
            clause_problem(i18n, problem, text.unwrap_or_default())
        }
        P::TemplateFilter { template, problem } => {
            let filters = mapping.templates.iter().filter(|it| it.template.code == *template);
            let mut conditions = filters.flat_map(|it| &it.filter.conditions);
            let text = conditions.find(|it| it.field == problem.field).map(|it| it.text.as_str());
            let reason = clause_problem(i18n, problem, text.unwrap_or_default());
            t_string!(i18n, problem.template_filter, template = template.clone(), reason = reason)
        }
        P::TemplateField { template, field } => {
            t_string!(i18n, problem.template_field, template = template.clone(), field = field.clone())
        }
        other => field_problem(i18n, other),
    }
}

/// A problem of a field mapping.
fn field_problem(i18n: I18n, kind: &MappingProblemKind) -> String {
    use MappingProblemKind as P;
    match kind {
        P::NoField => t_string!(i18n, problem.no_field).to_owned(),
        P::SameFieldsTwice => t_string!(i18n, problem.same_fields_twice).to_owned(),
        P::SameNumberTwice { number } => {
            t_string!(i18n, problem.same_number_twice, number = number.to_string())
        }
        P::ConstantDirection { expected } => {
            t_string!(i18n, problem.constant_direction, direction = direction(i18n, *expected))
        }
        P::ConstantMissing => t_string!(i18n, problem.constant_missing).to_owned(),
        P::ConstantUnused => t_string!(i18n, problem.constant_unused).to_owned(),
        P::ClearValueAndNotNull => t_string!(i18n, problem.clear_value_and_not_null).to_owned(),
        P::NotNullNotGuid { found } => {
            t_string!(i18n, problem.not_null_not_guid, found = field_type(i18n, found))
        }
        P::TransformationDirection => t_string!(i18n, problem.transformation_direction).to_owned(),
        P::NeverCopied => t_string!(i18n, problem.never_copied).to_owned(),
        P::DirectionOfTableMappingCounts => t_string!(i18n, problem.table_direction_counts).to_owned(),
        P::NotWritable { side: of } => t_string!(i18n, problem.not_writable, system = side(i18n, *of)),
        P::WrittenOnInsertOnly { side: of } => {
            t_string!(i18n, problem.written_on_insert_only, system = side(i18n, *of))
        }
        P::WrittenOnModifyOnly { side: of } => {
            t_string!(i18n, problem.written_on_modify_only, system = side(i18n, *of))
        }
        P::TextIsCut { side: of, length } => {
            t_string!(i18n, problem.text_is_cut, system = side(i18n, *of), length = length.to_string())
        }
        P::MayNotTransfer { side: of } => t_string!(i18n, problem.may_not_transfer, system = side(i18n, *of)),
        P::NeverTransfers { side: of } => t_string!(i18n, problem.never_transfers, system = side(i18n, *of)),
        other => other.code().to_owned(),
    }
}

fn direction_error(i18n: I18n, error: DirectionError) -> String {
    match error {
        DirectionError::OptionMappingBidirectional => {
            t_string!(i18n, problem.option_mapping_bidirectional).to_owned()
        }
        DirectionError::NoFieldMapping { expected } => {
            t_string!(i18n, problem.no_field_of_direction, direction = direction(i18n, expected))
        }
    }
}

/// Where a limited text is edited.
fn limited_setting(what: LimitedText) -> Setting {
    match what {
        LimitedText::DependencyFilter => Setting::DependencyFilter,
        LimitedText::ConstantValue => Setting::ConstantValue,
        LimitedText::TransformationRule => Setting::TransformationRule,
        LimitedText::TemplateCode => Setting::TableTemplate,
    }
}

fn table(mapping: &IntegrationTableMapping, side: Side) -> String {
    match side {
        Side::BusinessCentral => mapping.table.name.clone(),
        Side::Dataverse => mapping.integration_table.clone(),
    }
}
