//! Why a mapping cannot be used as it stands: a table or a field that the metadata no longer has, a filter that cannot
//! be read, a direction that nothing has. The others go on.

use couplet_engine::IntegrationTableMapping;
use couplet_engine::checks::Severity;

use crate::state::checks;
use crate::text;

/// The errors of a mapping, in words.
pub fn mapping_errors(i18n: text::I18n, mapping: &IntegrationTableMapping) -> Vec<String> {
    let problems =
        checks::problems(mapping).into_iter().filter(|problem| problem.severity == Severity::Error);
    problems.map(|problem| text::mapping_problem(i18n, &problem.kind, mapping)).collect()
}
