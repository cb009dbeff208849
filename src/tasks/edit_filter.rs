//! Saving an edited filter: one version in the history.

use couplet_engine::{FieldSchema, FilterCondition, MappingFilter, MappingName, Side, TableSchema};
use couplet_filter::{Context, FieldType, parse, stored_form};
use leptos::prelude::*;

use crate::queries::context::filter_context;
use crate::state::configuration::{Cause, ConfigurationStore, SaveError};

/// The filter as it is kept: words that move with the day or the person, such as `today` or `%me`, are fixed to what
/// they mean now (filter language 6). Everything else stays as it was typed.
pub fn kept_form(filter: &MappingFilter, schema: &TableSchema) -> MappingFilter {
    kept_form_at(filter, schema, &filter_context())
}

fn kept_form_at(filter: &MappingFilter, schema: &TableSchema, context: &Context) -> MappingFilter {
    let keep = |condition: &FilterCondition| {
        let typed = || condition.text.clone();
        let moves = |field: &FieldSchema| match field.field_type {
            FieldType::Date | FieldType::DateTime | FieldType::Time => true,
            FieldType::Text { .. } | FieldType::Code { .. } => condition.text.contains('%'),
            _ => false,
        };
        let field = schema.field(&condition.field).filter(|field| moves(field));
        let stored = field.and_then(|field| {
            let filter = parse(&condition.text).ok()?;
            stored_form(&filter, &field.field_type, context).ok()
        });
        let text = stored.map_or_else(typed, |filter| filter.to_string());
        FilterCondition { field: condition.field.clone(), text }
    };
    MappingFilter { conditions: filter.conditions.iter().map(keep).collect() }
}

/// Saves the filter of one side. The caller has bound it before: a filter that cannot be read never gets here.
///
/// # Errors
/// When another tab saved meanwhile, or the browser's storage refuses; nothing is changed then.
pub async fn save_filter(
    store: ConfigurationStore,
    name: &MappingName,
    side: Side,
    filter: MappingFilter,
) -> Result<(), SaveError> {
    let mut next = store.configuration.get_untracked();
    if let Some(mapping) = next.mappings.iter_mut().find(|mapping| mapping.name == *name) {
        *mapping.filter_mut(side) = filter;
    }
    store.save(next, Cause::EditFilter { mapping: name.clone(), side }).await
}

#[cfg(test)]
mod tests {
    use couplet_engine::{FieldAccess, Labels};

    use super::*;

    fn field(name: &str, field_type: FieldType) -> FieldSchema {
        FieldSchema {
            name: name.to_owned(),
            number: None,
            labels: Labels::same(name),
            field_type,
            property: Some(name.to_owned()),
            access: FieldAccess::Full,
            options: Vec::new(),
            targets: Vec::new(),
        }
    }

    #[test]
    fn only_what_moves_is_rewritten() {
        let schema = TableSchema {
            side: Side::BusinessCentral,
            name: "Customer".to_owned(),
            number: Some(18),
            labels: Labels::default(),
            key_field: "SystemId".to_owned(),
            primary_name_field: None,
            fields: vec![
                field("Last Date Modified", FieldType::Date),
                field("Name", FieldType::Text { max_length: None }),
            ],
        };
        let condition =
            |field: &str, text: &str| FilterCondition { field: field.to_owned(), text: text.to_owned() };
        let filter = MappingFilter {
            conditions: vec![
                condition("Last Date Modified", ">=2026-03-31"),
                condition("Name", "A* | 'b c'"),
            ],
        };
        assert_eq!(kept_form_at(&filter, &schema, &fixed_context()), filter);
        let today = MappingFilter { conditions: vec![condition("Last Date Modified", ">=today")] };
        let kept = kept_form_at(&today, &schema, &fixed_context());
        assert_eq!(kept.conditions[0].text, ">=1970-01-01");
    }

    fn fixed_context() -> Context {
        Context::new(jiff::Timestamp::UNIX_EPOCH, jiff::tz::TimeZone::UTC)
    }
}
