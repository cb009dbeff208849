//! The standard setup against live metadata: nothing in it is wrong, with the companion and without.

use couplet_engine::checks::{
    MappingProblemKind, Metadata, Severity, Surroundings, check_mapping, may_be_saved,
};
use couplet_engine::default_setup::{StandardSetup, build};
use couplet_engine::{FieldAccess, FieldMappingStatus, OwnershipModel, Side};
use couplet_sandbox::Companion;
use couplet_systems::{BindingKind, CompanionState};

use crate::driver::Connected;
use crate::previews::{SidePreview, context};

/// The reference's table "BC fields without an API v2.0 property".
const OUT_OF_REACH: [(&str, &[&str]); 4] = [
    ("CUSTOMER", &["Contact", "Fax No.", "Primary Contact No.", "Shipping Agent Code"]),
    (
        "VENDOR",
        &[
            "Contact",
            "Fax No.",
            "Primary Contact No.",
            "Purchaser Code",
            "Shipment Method Code",
            "Shipping Agent Code",
        ],
    ),
    (
        "CONTACT",
        &["Currency Code", "Fax No.", "First Name", "Middle Name", "Pager", "Salesperson Code", "Surname"],
    ),
    ("SHIPPING AGENT", &["Code"]),
];

/// Fields whose API property shows something else than the field: an id for a code, a currency for a blank.
const SHOWN_DIFFERENTLY: [(&str, &[&str]); 2] = [
    ("CUSTOMER", &["Currency Code", "Payment Terms Code", "Shipment Method Code"]),
    ("VENDOR", &["Currency Code", "Payment Terms Code"]),
];

/// Per mapping, the Business Central fields of enabled field mappings that no binding reaches.
fn out_of_reach(connected: &Connected, setup: &StandardSetup) -> Vec<(String, Vec<String>)> {
    let mut found = Vec::new();
    for mapping in &setup.mappings {
        let schema = &connected.bc_table(mapping.table.number).schema;
        let enabled =
            mapping.field_mappings.iter().filter(|field| field.status == FieldMappingStatus::Enabled);
        let names = enabled.filter_map(|field| field.field.as_deref());
        let mut fields: Vec<String> = names
            .filter(|name| schema.field(name).unwrap().access == FieldAccess::OutOfReach)
            .map(str::to_owned)
            .collect();
        fields.sort();
        if !fields.is_empty() {
            found.push((mapping.name.to_string(), fields));
        }
    }
    found
}

fn check(connected: &Connected, ownership: OwnershipModel) -> Vec<(String, MappingProblemKind)> {
    let setup = build(ownership, connected.company.as_ref());
    let context = context();
    let mut warnings = Vec::new();
    for mapping in &setup.mappings {
        let surroundings = Surroundings {
            business_central: Metadata::Table(&connected.bc_table(mapping.table.number).schema),
            dataverse: Metadata::Table(&connected.dataverse_table(&mapping.integration_table).schema),
            context: &context,
        };
        let problems = check_mapping(mapping, &surroundings);
        let errors: Vec<_> = problems.iter().filter(|problem| problem.severity == Severity::Error).collect();
        assert!(may_be_saved(&problems), "{} under {ownership:?}: {errors:?}", mapping.name);
        let told = problems.into_iter().filter(|problem| problem.severity == Severity::Warning);
        warnings.extend(told.map(|problem| (mapping.name.to_string(), problem.kind)));
    }
    warnings
}

#[test]
fn the_company_filter_names_the_live_company() {
    let connected = Connected::shared();
    let company = connected.company.as_ref().unwrap();
    for ownership in [OwnershipModel::Person, OwnershipModel::Team] {
        let setup = build(ownership, Some(company));
        assert_eq!(setup.mappings.len(), if ownership == OwnershipModel::Person { 8 } else { 7 });
        for name in ["CUSTOMER", "VENDOR", "CONTACT"] {
            let mapping = setup.mappings.iter().find(|mapping| mapping.name.as_str() == name).unwrap();
            let conditions = &mapping.filter(Side::Dataverse).conditions;
            let condition = conditions.iter().find(|condition| condition.field == "bcbi_companyid").unwrap();
            let id = company.id.to_string();
            assert!(condition.text.to_lowercase().contains(&id), "{name}: {}", condition.text);
        }
    }
}

#[test]
fn no_standard_mapping_has_an_error_over_live_metadata() {
    for ownership in [OwnershipModel::Person, OwnershipModel::Team] {
        let warnings = check(Connected::shared(), ownership);
        let out_of_reach: Vec<_> = warnings
            .iter()
            .filter(|(_, kind)| matches!(kind, MappingProblemKind::OutOfReach { .. }))
            .collect();
        assert_eq!(
            out_of_reach,
            Vec::<&(String, MappingProblemKind)>::new(),
            "the companion reaches every field"
        );
    }
}

#[test]
fn without_the_companion_the_fields_out_of_reach_are_known_and_nothing_fails() {
    let connected = Connected::new(Companion::Missing);
    assert_eq!(connected.tables.companion, CompanionState::Missing);
    let setup = build(OwnershipModel::Person, connected.company.as_ref());
    let owned = |(name, fields): &(&str, &[&str])| {
        ((*name).to_owned(), fields.iter().map(|&field| field.to_owned()).collect::<Vec<String>>())
    };
    let n_listed: usize = OUT_OF_REACH.iter().map(|(_, fields)| fields.len()).sum();
    assert_eq!(n_listed, 18);
    let mut expected: Vec<(String, Vec<String>)> = OUT_OF_REACH.iter().map(owned).collect();
    for (name, fields) in SHOWN_DIFFERENTLY.iter().map(owned) {
        let (_, listed) = expected.iter_mut().find(|(listed, _)| *listed == name).unwrap();
        listed.extend(fields);
        listed.sort();
    }
    assert_eq!(out_of_reach(&connected, &setup), expected);
    for ownership in [OwnershipModel::Person, OwnershipModel::Team] {
        let warnings = check(&connected, ownership);
        assert!(warnings.iter().any(|(_, kind)| matches!(kind, MappingProblemKind::OutOfReach { .. })));
    }
    assert_eq!(connected.bc_table(291).binding.kind, BindingKind::None, "no entity set for shipping agents");
    assert_eq!(connected.bc_table(18).binding.kind, BindingKind::ApiV2);
}

#[test]
fn without_the_companion_the_previews_count_the_same() {
    let (stock, full) = (Connected::new(Companion::Missing), Connected::shared());
    let setup = build(OwnershipModel::Team, full.company.as_ref());
    let mut n_compared = 0;
    for mapping in &setup.mappings {
        // Shipping agents have no way at all, and the rule behind contacts reads a table of the companion.
        if ["SHIPPING AGENT", "CONTACT"].contains(&mapping.name.as_str()) {
            continue;
        }
        let counts = |connected: &Connected| {
            let preview = SidePreview::new(connected, mapping, OwnershipModel::Team, Side::BusinessCentral);
            (preview.verdicts.n_in, preview.verdicts.n_out)
        };
        assert_eq!(counts(&stock), counts(full), "{}", mapping.name);
        n_compared += 1;
    }
    assert_eq!(n_compared, 5);
}
