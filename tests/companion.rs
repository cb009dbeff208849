//! The generated companion serves what Couplet looks for: the same names as the companion of the sandbox, which was
//! written from the reference alone.

use couplet_companion::{Companion as Generated, CompanionOptions};
use couplet_engine::default_setup::build;
use couplet_engine::{FieldAccess, OwnershipModel, TableSchema};
use couplet_sandbox::Companion;
use couplet_systems::{BindingKind, property_name};

use crate::driver::Connected;

fn generated(connected: &Connected, schemas: &[TableSchema]) -> Generated {
    let setup = build(OwnershipModel::Person, connected.company.as_ref());
    let options = CompanionOptions { ids: 50_000..=50_099, build: 1 };
    let generated = Generated::new(&setup.mappings, schemas, options).unwrap();
    assert_eq!(generated.left_out, []);
    generated
}

fn schemas(connected: &Connected) -> Vec<TableSchema> {
    connected.tables.tables.iter().map(|table| table.schema.clone()).collect()
}

#[test]
fn properties_are_called_as_the_sandbox_calls_them() {
    let connected = Connected::new(Companion::Installed);
    let generated = generated(&connected, &schemas(&connected));
    let mut n_compared = 0;
    for page in &generated.pages {
        let Some(bound) = connected.tables.table(page.table) else { continue };
        assert_eq!(bound.binding.kind, BindingKind::Companion, "{}", page.table_name);
        assert_eq!(bound.schema.name, page.table_name);
        for property in &page.properties {
            let field = bound.schema.field(&property.field);
            let served = field.and_then(|field| field.property.as_deref());
            assert_eq!(served, Some(property.name.as_str()), "{} of {}", property.field, page.table_name);
            n_compared += 1;
        }
    }
    assert!(n_compared > 80, "{n_compared} properties compared");
}

/// Every page is found by the name of its table, as the client finds it.
#[test]
fn every_page_is_found_by_the_name_of_its_table() {
    let connected = Connected::new(Companion::Installed);
    for page in
        generated(&connected, &schemas(&connected)).pages.iter().filter(|page| page.table < 2_000_000_000)
    {
        let name = property_name(&page.table_name);
        let is_name = |other: &str| other.eq_ignore_ascii_case(&name);
        assert!(is_name(&page.entity) || is_name(&page.entity_set), "{} {}", page.entity, page.entity_set);
    }
}

/// Without the companion, what it is needed for is out of reach: the one that is generated then serves all of it.
#[test]
fn what_is_out_of_reach_is_served_by_the_generated_one() {
    let connected = Connected::new(Companion::Missing);
    let generated = generated(&connected, &schemas(&connected));
    let setup = build(OwnershipModel::Person, connected.company.as_ref());
    let mut n_fields = 0;
    for mapping in &setup.mappings {
        let schema = &connected.bc_table(mapping.table.number).schema;
        let page = generated.pages.iter().find(|page| page.table == mapping.table.number).unwrap();
        let enabled = mapping
            .field_mappings
            .iter()
            .filter(|it| it.status == couplet_engine::FieldMappingStatus::Enabled);
        for name in enabled.filter_map(|it| it.field.as_deref()) {
            assert!(page.properties.iter().any(|it| it.field == name), "{name} of {}", mapping.name);
            n_fields += usize::from(schema.field(name).unwrap().access == FieldAccess::OutOfReach);
        }
    }
    // As many as the reference counts without a property (DESIGN.md, Bindings), and those whose property shows something
    // else than the field (`setup.rs`).
    assert_eq!(n_fields, 18 + 5);
}
