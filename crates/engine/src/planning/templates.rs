//! Which template a new record gets (S1.18, S4.55): the first by priority whose filter its source passes, else the mapping's
//! own, which has no filter.

use couplet_filter::{Bitmap, Context};
use jiff::tz::TimeZone;

use super::input::{Input, Records};
use super::planner::PlanError;
use crate::configuration::OwnershipModel;
use crate::mapping::{IntegrationTableMapping, Template};
use crate::preview::{PreviewRules, Related, RuleSubject};
use crate::schema::Side;

/// A template with the sources that pass its filter.
#[derive(Debug, Clone)]
struct Choice<'a> {
    side: Side,
    template: &'a Template,
    /// Rows of the source table; all of them where there is no filter.
    sources: Option<Bitmap>,
}

/// The templates of a mapping, in the order they are asked.
#[derive(Debug, Clone, Default)]
pub(super) struct Templates<'a> {
    choices: Vec<Choice<'a>>,
}

impl<'a> Templates<'a> {
    /// Judges the filters of the templates over the source records.
    ///
    /// # Errors
    /// When a filter cannot be read, or its field is out of reach: no record gets a template by mistake.
    pub(super) fn bind(input: &Input<'a>) -> Result<Self, PlanError> {
        let mut templates: Vec<_> = input.mapping.templates.iter().collect();
        templates.sort_by_key(|template| template.priority);
        let context = Context::new(input.now, TimeZone::UTC);
        let mut choices = Vec::with_capacity(templates.len());
        for it in templates {
            let records = match it.side {
                Side::BusinessCentral => input.dataverse,
                Side::Dataverse => input.business_central,
            };
            let sources = match it.filter.is_empty() {
                true => None,
                false => Some(passing(input.mapping, &it.filter, records, &context)?),
            };
            choices.push(Choice { side: it.side, template: &it.template, sources });
        }
        let own = [
            (Side::BusinessCentral, &input.mapping.table_template),
            (Side::Dataverse, &input.mapping.integration_table_template),
        ];
        let own = own.into_iter().filter_map(|(side, template)| Some((side, template.as_ref()?)));
        choices.extend(own.map(|(side, template)| Choice { side, template, sources: None }));
        Ok(Templates { choices })
    }

    /// The template of the new record of a side that is made of this source row.
    pub(super) fn of(&self, side: Side, source: usize) -> Option<&'a Template> {
        let passes = |choice: &&Choice<'_>| {
            let sources = choice.sources.as_ref();
            choice.side == side && sources.is_none_or(|rows| source < rows.len() && rows.get(source))
        };
        self.choices.iter().find(passes).map(|choice| choice.template)
    }
}

/// The rows that pass a filter.
fn passing(
    mapping: &IntegrationTableMapping,
    filter: &crate::mapping::MappingFilter,
    records: Records<'_>,
    context: &Context,
) -> Result<Bitmap, PlanError> {
    let unreadable = PlanError::TemplateFilter { side: records.schema.side };
    let bound = PreviewRules::bind(mapping, OwnershipModel::default(), filter, records.schema, context);
    let mut rules = bound.map_err(|_| unreadable)?;
    // Only the clauses of the filter: what stands behind the mapping's own does not concern a template.
    rules.rules.retain(|rule| matches!(rule.subject, RuleSubject::Clause { .. }));
    Ok(rules.evaluate(records.rows, &Related::default()).in_filter)
}
