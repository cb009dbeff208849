//! What the engine's checks find about a mapping, with the metadata that is here: read again whenever more comes.

use std::sync::Arc;

use couplet_engine::checks::{MappingProblem, MappingProblemKind, Metadata, Surroundings, check_mapping};
use couplet_engine::{Configuration, IntegrationTableMapping, Side, TableSchema};
use couplet_filter::Context;
use leptos::prelude::*;

use crate::failure::Failure;
use crate::queries::context::filter_context;
use crate::queries::schema::{self, TableAccess};
use crate::state::connections::Connections;
use crate::state::load::Load;
use crate::state::tables::{TableHandle, TableKey, Tables};

/// Everything the engine finds about `mapping`; what needs metadata is found once that is here.
pub fn problems(mapping: &IntegrationTableMapping) -> Vec<MappingProblem> {
    let access =
        [Side::BusinessCentral, Side::Dataverse].map(|side| described_table(mapping, side).access.get());
    let [business_central, dataverse] = access.each_ref().map(metadata);
    check_mapping(mapping, &Surroundings { business_central, dataverse, context: &filter_context() })
}

/// A filter that cannot be read, of a configuration that is not the one in use.
#[derive(Debug, Clone, PartialEq)]
pub struct BrokenFilter {
    /// The mapping.
    pub mapping: Arc<IntegrationTableMapping>,
    /// What is wrong.
    pub problem: MappingProblem,
}

/// Filter texts of `configuration` that cannot be read whatever the systems' tables look like. Nothing is asked of the
/// systems: whether the values fit their fields is found out once the configuration is used.
pub fn broken_filters(configuration: &Configuration) -> Vec<BrokenFilter> {
    broken_filters_at(configuration, &filter_context())
}

fn broken_filters_at(configuration: &Configuration, context: &Context) -> Vec<BrokenFilter> {
    let surroundings =
        Surroundings { business_central: Metadata::NotRead, dataverse: Metadata::NotRead, context };
    let of_mapping = |mapping: &IntegrationTableMapping| {
        let problems = check_mapping(mapping, &surroundings);
        let broken = problems.into_iter().filter(|it| matches!(it.kind, MappingProblemKind::Filter(_)));
        let mapping = Arc::new(mapping.clone());
        broken.map(move |problem| BrokenFilter { mapping: mapping.clone(), problem }).collect::<Vec<_>>()
    };
    configuration.mappings.iter().flat_map(of_mapping).collect()
}

/// The table whose fields a mapping speaks of on one side; its metadata is asked for when it is not here.
///
/// An option mapping speaks of columns of the table that has the choice, although its records are the choice's values.
pub fn described_table(mapping: &IntegrationTableMapping, side: Side) -> TableHandle {
    let key = match side {
        Side::BusinessCentral => {
            TableKey::BusinessCentral { name: mapping.table.name.clone(), number: mapping.table.number }
        }
        Side::Dataverse => TableKey::Dataverse { name: mapping.integration_table.clone() },
    };
    let handle = Tables::expect().handle(&key);
    if Connections::expect().is_ready(side) {
        schema::ensure(handle);
    }
    handle
}

/// The fields of one side's table, once they are known.
pub fn described_fields(mapping: &IntegrationTableMapping, side: Side) -> Option<Arc<TableSchema>> {
    described_table(mapping, side).schema()
}

fn metadata(access: &Load<Arc<TableAccess>>) -> Metadata<'_> {
    match access {
        Load::Ready(access) => Metadata::Table(&access.schema),
        Load::Failed(Failure::UnknownTable { .. }) => Metadata::NoSuchTable,
        Load::Idle | Load::Loading | Load::Failed(_) => Metadata::NotRead,
    }
}

#[cfg(test)]
mod tests {
    use couplet_engine::checks::Place;
    use couplet_engine::default_setup::build;
    use couplet_engine::{FilterCondition, OwnershipModel};

    use super::*;

    fn broken(configuration: &Configuration) -> Vec<(String, Place, String)> {
        let context = Context::new(jiff::Timestamp::UNIX_EPOCH, jiff::tz::TimeZone::UTC);
        let told = |broken: BrokenFilter| match broken.problem.kind {
            MappingProblemKind::Filter(clause) => {
                (broken.mapping.name.to_string(), broken.problem.place, clause.field)
            }
            other => panic!("no filter: {other:?}"),
        };
        broken_filters_at(configuration, &context).into_iter().map(told).collect()
    }

    /// What the import says of a file before it is imported.
    #[test]
    fn broken_filters_of_a_file_are_told_by_mapping_side_and_field() {
        let mappings = build(OwnershipModel::Person, None).mappings;
        let mut configuration = Configuration { mappings, ..Configuration::default() };
        assert_eq!(broken(&configuration), []);
        let mut add = |mapping: &str, side: Side, field: &str, text: &str| {
            let mapping =
                configuration.mappings.iter_mut().find(|it| it.name.to_string() == mapping).unwrap();
            let condition = FilterCondition { field: field.to_owned(), text: text.to_owned() };
            mapping.filter_mut(side).conditions.push(condition);
        };
        add("VENDOR", Side::BusinessCentral, "Name", "(A|B");
        add("CUSTOMER", Side::Dataverse, "name", "A|");
        // Whether the table has the field, and what values fit it, is not known before the systems are asked.
        add("CUSTOMER", Side::BusinessCentral, "Nothing", "today");
        let mut told = broken(&configuration);
        told.sort_by(|left, right| left.0.cmp(&right.0));
        let customer = ("CUSTOMER".to_owned(), Place::Filter(Side::Dataverse), "name".to_owned());
        let vendor = ("VENDOR".to_owned(), Place::Filter(Side::BusinessCentral), "Name".to_owned());
        assert_eq!(told, [customer, vendor]);
    }
}
