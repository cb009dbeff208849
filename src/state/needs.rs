//! What chosen records need before they can be synchronized, from the tables in memory. The rules are the engine's.

use std::sync::Arc;

use couplet_engine::coupling::OptionCoupling;
use couplet_engine::planning::{Input, code_field, fields_to_plan, pointed};
use couplet_engine::preparation::{
    Closure, DependencyTable, Node, RELATION_FIELDS, TableDependencies, closure, mappings_to_follow,
};
use couplet_engine::preview::CONTACT_BUSINESS_RELATIONS;
use couplet_engine::{Configuration, IntegrationTableMapping, MappingName, Side};
use leptos::prelude::*;

use crate::queries::{read_table, schema};
use crate::state::configuration::ConfigurationStore;
use crate::state::connections::Connections;
use crate::state::parity::{Ground, Parities};
use crate::state::references::holds;
use crate::state::tables::{Reading, TableHandle, TableKey, Tables};

/// Contacts: their companies are found through business relations.
const CONTACT: u32 = 5050;

/// What these records of a mapping need; none while a table that they may point to is on its way.
pub fn needs_of(name: &MappingName, chosen: &[Node]) -> Option<Closure> {
    let configuration = ConfigurationStore::expect().configuration;
    configuration.with(|configuration| {
        let mapping = configuration.mapping(name)?;
        let parities = Parities::expect();
        let mappings = mappings_to_follow(configuration, mapping, |it| others(configuration, &parities, it));
        let grounds = mappings.iter().map(|it| parities.of(&it.name).ground.get());
        let grounds: Vec<Arc<Ground>> = grounds.collect::<Option<_>>()?;
        let are_coded =
            grounds.iter().map(|ground| is_coded(ground)).fold(true, |all, is_coded| all & is_coded);
        let has_contacts = mappings.iter().any(|it| it.table.number == CONTACT);
        let relations = if has_contacts { Some(relations()?) } else { None };
        if !are_coded {
            return None;
        }
        let options: Vec<Vec<OptionCoupling>> = grounds.iter().map(|it| it.option_couplings()).collect();
        let local_currency = grounds.iter().find_map(|it| it.references.currencies.as_ref()?.local_row);
        let mut found = None;
        with_inputs(&grounds, Vec::new(), &mut |inputs| {
            let tables = inputs.iter().zip(&options).map(|(input, options)| DependencyTable {
                mapping: input.mapping,
                business_central: input.business_central,
                dataverse: input.dataverse,
                couplings: &input.state.couplings,
                options,
            });
            let tables: Vec<DependencyTable<'_>> = tables.collect();
            let mut find = |relations: Option<&couplet_engine::ColumnTable>| {
                let dependencies = TableDependencies::new(configuration, &tables, local_currency, relations);
                found = Some(closure(&dependencies, chosen));
            };
            match relations {
                Some(handle) => handle.rows.with(|rows| find(Some(rows))),
                None => find(None),
            }
        });
        found
    })
}

/// The mappings that the fields of a mapping point to; none before its table is known.
fn others<'a>(
    configuration: &'a Configuration,
    parities: &Parities,
    mapping: &IntegrationTableMapping,
) -> Vec<&'a IntegrationTableMapping> {
    let [_, dataverse] = parities.of(&mapping.name).sides;
    let schema = dataverse.handle().and_then(|handle| handle.schema());
    let Some(schema) = schema.filter(|_| !mapping.is_option_mapping()) else { return Vec::new() };
    let names: Vec<MappingName> =
        pointed(configuration, mapping, &schema).into_iter().map(|it| it.mapping.name.clone()).collect();
    names.iter().filter_map(|name| configuration.mapping(name)).collect()
}

/// Whether the codes that other records know these by are here; they are asked for.
fn is_coded(ground: &Ground) -> bool {
    let (schema, handle) = (ground.schema(Side::BusinessCentral), ground.handle(Side::BusinessCentral));
    let Some(code) = code_field(schema) else { return true };
    let mut fields = fields_to_plan(&ground.mapping, schema);
    fields.push(&code.name);
    read_table::ensure(handle, &fields);
    handle.reading.with(|reading| matches!(reading, Reading::Done { .. })) && holds(handle, &fields)
}

/// Contact business relations, once they are here.
fn relations() -> Option<TableHandle> {
    let table = CONTACT_BUSINESS_RELATIONS;
    let key = TableKey::BusinessCentral { name: table.name.to_owned(), number: table.number };
    let handle = Tables::expect().handle(&key);
    if Connections::expect().is_ready(Side::BusinessCentral) {
        schema::ensure(handle);
    }
    handle.schema()?;
    read_table::ensure(handle, &RELATION_FIELDS);
    let is_done = handle.reading.with(|reading| matches!(reading, Reading::Done { .. }));
    (is_done && holds(handle, &RELATION_FIELDS)).then_some(handle)
}

/// Lends the rows of several mappings at once.
fn with_inputs(grounds: &[Arc<Ground>], so_far: Vec<Input<'_>>, work: &mut dyn FnMut(&[Input<'_>])) {
    match grounds.split_first() {
        None => work(&so_far),
        Some((ground, rest)) => ground.with(|input| {
            let mut inputs: Vec<Input<'_>> = so_far;
            inputs.push(input);
            with_inputs(rest, inputs, work);
        }),
    }
}
