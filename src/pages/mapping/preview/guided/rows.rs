//! The rows of the guided form and the filter that they make.

use couplet_engine::{FieldSchema, FilterCondition, MappingFilter, TableSchema};
use couplet_filter::Context;

use super::condition::{Guided, Refusal, Target};

/// One row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::pages::mapping::preview) struct GuidedRow {
    /// Name of the field; empty while none is chosen.
    pub(super) field: String,
    pub(super) says: Says,
}

/// What a row says of its field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Says {
    /// An operator and values.
    Guided(Guided),
    /// Filter text that the form cannot say.
    Text(String),
}

impl GuidedRow {
    /// A row without a field.
    pub(super) fn empty() -> Self {
        GuidedRow { field: String::new(), says: Says::Text(String::new()) }
    }

    /// Whether it is filter text on a field.
    pub(super) fn is_text(&self) -> bool {
        matches!(self.says, Says::Text(_)) && !self.field.is_empty()
    }

    /// Why the row is no condition yet; `None` when it is one.
    pub(super) fn refusal(&self, schema: &TableSchema, context: &Context) -> Option<Refusal> {
        self.condition(schema, context).err()
    }

    fn condition(&self, schema: &TableSchema, context: &Context) -> Result<FilterCondition, Refusal> {
        let field = schema.field(&self.field).ok_or(Refusal::MissingField)?;
        let text = match &self.says {
            Says::Guided(guided) => guided.text(target(field, schema, context))?,
            Says::Text(text) => text.clone(),
        };
        Ok(FilterCondition { field: self.field.clone(), text })
    }
}

/// What a condition on the field is read and written for.
pub(super) fn target<'a>(field: &'a FieldSchema, schema: &TableSchema, context: &'a Context) -> Target<'a> {
    Target { field_type: &field.field_type, comparison: schema.side.text_comparison(), context }
}

/// The rows of a filter.
pub(super) fn rows_of(filter: &MappingFilter, schema: &TableSchema, context: &Context) -> Vec<GuidedRow> {
    let row = |condition: &FilterCondition| {
        let guided = schema
            .field(&condition.field)
            .and_then(|field| Guided::read(&condition.text, target(field, schema, context)));
        let says = guided.map_or_else(|| Says::Text(condition.text.clone()), Says::Guided);
        GuidedRow { field: condition.field.clone(), says }
    };
    filter.conditions.iter().map(row).collect()
}

/// The filter that rows make.
///
/// # Errors
/// The reason of the first row that is no condition yet.
pub(super) fn filter_of(
    rows: &[GuidedRow],
    schema: &TableSchema,
    context: &Context,
) -> Result<MappingFilter, Refusal> {
    let conditions = rows.iter().map(|row| row.condition(schema, context)).collect::<Result<_, _>>()?;
    Ok(MappingFilter { conditions })
}
