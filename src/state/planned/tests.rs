//! Lists of the actions of a plan.

use couplet_engine::coupling::{RowId, SystemId};
use couplet_engine::planning::{Reason, Shelves};
use couplet_engine::preparation::{Cause, Finding};
use couplet_engine::{MappingName, OwnershipModel};
use couplet_synchronization::LimitingFactor;

use super::*;

fn action(pass: Pass, kind: ActionKind, number: u128) -> Action {
    Action {
        pass,
        kind,
        record: Some(SystemId(Uuid::from_u128(number))),
        row: Some(RowId(Uuid::from_u128(1_000 + number))),
        reason: Reason::SourceChanged,
        fields: Vec::new(),
        source_modified_at: None,
        destination_modified_at: None,
        opposite_pending: false,
        shelves: Shelves::No,
    }
}

fn planned() -> PlannedRun {
    let (to, from) = (Pass::ToIntegrationTable, Pass::FromIntegrationTable);
    let actions = vec![
        action(to, ActionKind::Unchanged, 1),
        action(to, ActionKind::Update, 2),
        action(to, ActionKind::Conflict, 3),
        action(from, ActionKind::Update, 4),
    ];
    let name_of = |side: Side, id: Uuid| {
        let names = [
            (Side::BusinessCentral, 2, "20000 Boulangerie Éloïse"),
            (Side::Dataverse, 1_003, "Dupont & Fils"),
        ];
        let found = names.into_iter().find(|(of, number, _)| *of == side && Uuid::from_u128(*number) == id);
        found.map(|(_, _, name)| name.to_owned())
    };
    let records = vec![(actions[2].record, actions[2].row)];
    let name = MappingName::new("CUSTOMER").unwrap();
    let setup = couplet_engine::default_setup::build(OwnershipModel::Team, None);
    PlannedRun {
        mapping: Arc::new(setup.mapping(&name).unwrap().clone()),
        planned: Planned::Records(Plan { mapping: name.clone(), actions, passes: Vec::new() }),
        options: Plan { mapping: name, actions: Vec::new(), passes: Vec::new() },
        decisions: Decisions::default(),
        schemas: Vec::new(),
        names: RecordNames::new(name_of),
        findings: vec![Finding { cause: Cause::Conflict, pass: to, records }],
        follow_ups: Vec::new(),
        forecast: Forecast {
            n_business_central: 1,
            n_dataverse: 1,
            n_requests: 2,
            seconds: 8.0,
            limit: LimitingFactor::DataverseParallel,
        },
    }
}

#[track_caller]
fn check(filter: &ActionFilter, expected: &[u32]) {
    assert_eq!(planned().list(filter), expected, "{filter:?}");
}

#[test]
fn what_needs_a_person_comes_first() {
    check(&ActionFilter::default(), &[2, 1, 3, 0]);
}

#[test]
fn numbers_open_their_lists() {
    let planned = planned();
    for (kind, _) in KINDS {
        for (pass, _) in PASSES {
            let filter = ActionFilter { kind: Some(kind), pass: Some(pass), ..ActionFilter::default() };
            assert_eq!(planned.list(&filter).len(), planned.n_actions(kind, pass), "{kind:?} {pass:?}");
        }
    }
    check(&ActionFilter { kind: Some(ActionKind::Update), ..ActionFilter::default() }, &[1, 3]);
}

#[test]
fn records_are_found_by_the_names_of_either_side() {
    let search = |text: &str| ActionFilter { search: text.to_owned(), ..ActionFilter::default() };
    check(&search("éloïse"), &[1]);
    check(&search(" DUPONT "), &[2]);
    check(&search("nobody"), &[]);
}

#[test]
fn a_finding_lists_its_records() {
    check(&ActionFilter { finding: Some(0), ..ActionFilter::default() }, &[2]);
}
