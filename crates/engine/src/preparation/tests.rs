//! Chains, cycles and dead ends of a few tables. What plans foretell is tested with whole plans in
//! `tests/synchronization`.

use rustc_hash::{FxHashMap, FxHashSet};
use uuid::Uuid;

use super::*;
use crate::{Direction, MappingName, Side};

fn name(text: &str) -> MappingName {
    MappingName::new(text).unwrap()
}

fn id(code: &str) -> Uuid {
    Uuid::from_u128(code.bytes().fold(0, |sum, byte| sum << 8 | u128::from(byte)))
}

fn node(mapping: &str, code: &str) -> Node {
    Node { mapping: name(mapping), side: Side::BusinessCentral, id: id(code) }
}

/// Field, target, and by record the code it holds.
type Links<'l> = [(&'l str, &'l str, &'l [(&'l str, &'l str)])];

/// The records of one mapping.
struct Table {
    mapping: MappingName,
    direction: Direction,
    codes: FxHashSet<Uuid>,
    coupled: FxHashSet<Uuid>,
    /// Field, target, and by record the code it holds.
    links: Vec<(String, String, FxHashMap<Uuid, String>)>,
}

/// A table: codes of its records, `*` before those that are coupled; links as field, target, record and code.
fn table(mapping: &str, direction: Direction, codes: &[&str], links: &Links<'_>) -> Table {
    let plain = |code: &&str| id(code.trim_start_matches('*'));
    let link = |(field, target, codes): &(&str, &str, &[(&str, &str)])| {
        let codes = codes.iter().map(|(record, code)| (id(record), (*code).to_owned()));
        ((*field).to_owned(), (*target).to_owned(), codes.collect())
    };
    Table {
        mapping: name(mapping),
        direction,
        codes: codes.iter().map(plain).collect(),
        coupled: codes.iter().filter(|code| code.starts_with('*')).map(plain).collect(),
        links: links.iter().map(link).collect(),
    }
}

/// Tables of Business Central records.
struct World(Vec<Table>);

impl World {
    fn table(&self, mapping: &MappingName) -> Option<&Table> {
        self.0.iter().find(|table| table.mapping == *mapping)
    }
}

impl Dependencies for World {
    fn is_coupled(&self, node: &Node) -> bool {
        self.table(&node.mapping).is_some_and(|table| table.coupled.contains(&node.id))
    }

    fn resolution(&self, node: &Node) -> Resolution {
        match self.table(&node.mapping).unwrap().direction {
            Direction::FromIntegrationTable => Resolution::Couple,
            _ => Resolution::Create,
        }
    }

    fn of(&self, node: &Node) -> Vec<Dependency> {
        let links = &self.table(&node.mapping).unwrap().links;
        let held =
            links.iter().filter_map(|(field, target, codes)| Some((field, target, codes.get(&node.id)?)));
        held.map(|(field, target, code)| {
            let mapping = name(target);
            let is_there = self.table(&mapping).unwrap().codes.contains(&id(code));
            let target = match is_there {
                true => Target::Node(Node { mapping, side: Side::BusinessCentral, id: id(code) }),
                false => Target::Missing { value: code.as_str().into(), mapping: Some(mapping) },
            };
            Dependency { field: field.clone(), target }
        })
        .collect()
    }
}

fn tables() -> World {
    let from = Direction::FromIntegrationTable;
    let both = Direction::Bidirectional;
    World(vec![
        table("SALESPEOPLE", from, &["JR", "*PS"], &[]),
        table("CURRENCY", Direction::ToIntegrationTable, &["USD", "*EUR"], &[]),
        table(
            "CUSTOMER",
            both,
            &["C1", "C2", "C3", "*C4", "*C5"],
            &[
                (
                    "Salesperson Code",
                    "SALESPEOPLE",
                    &[("C1", "JR"), ("C2", "PS"), ("C3", "XX"), ("C4", "PS")],
                ),
                ("Currency Code", "CURRENCY", &[("C1", "USD"), ("C2", "EUR"), ("C5", "USD")]),
            ],
        ),
        table("CONTACT", both, &["P1", "P2"], &[("Company No.", "CUSTOMER", &[("P1", "C1"), ("P2", "C2")])]),
    ])
}

fn levels(found: &Closure) -> Vec<Vec<Node>> {
    found.levels.iter().map(|level| level.iter().map(|it| it.node.clone()).collect()).collect()
}

#[test]
fn a_chain_is_told_level_by_level() {
    let found = closure(&tables(), &[node("CONTACT", "P1"), node("CONTACT", "P2")]);
    let expected = [
        vec![node("CURRENCY", "USD"), node("CUSTOMER", "C2"), node("SALESPEOPLE", "JR")],
        vec![node("CONTACT", "P2"), node("CUSTOMER", "C1")],
        vec![node("CONTACT", "P1")],
    ];
    assert_eq!(levels(&found), expected);
    let first = &found.levels[0];
    assert_eq!((first[0].resolution, first[2].resolution), (Resolution::Create, Resolution::Couple));
    assert_eq!(first[0].needed_by, [node("CUSTOMER", "C1")]);
    assert!(found.dead_ends.is_empty() && found.cycle.is_empty());
}

#[test]
fn coupled_records_need_nothing() {
    let chosen = [node("CURRENCY", "EUR"), node("CUSTOMER", "C4")];
    assert_eq!(closure(&tables(), &chosen), Closure::default());
}

#[test]
fn a_coupled_record_waits_for_what_it_points_to() {
    let found = closure(&tables(), &[node("CUSTOMER", "C5")]);
    assert_eq!(levels(&found), [vec![node("CURRENCY", "USD")], vec![node("CUSTOMER", "C5")]]);
    assert_eq!(found.levels[1][0].resolution, Resolution::Synchronize);
}

#[test]
fn a_dead_end_is_named() {
    let found = closure(&tables(), &[node("CUSTOMER", "C3")]);
    let [end] = found.dead_ends.as_slice() else { panic!("{found:?}") };
    assert_eq!(
        (end.field.as_str(), end.value.as_ref(), &end.target),
        ("Salesperson Code", "XX", &Some(name("SALESPEOPLE")))
    );
    assert_eq!(levels(&found), [[node("CUSTOMER", "C3")]]);
}

#[test]
fn a_cycle_is_named_and_not_ordered() {
    let both = Direction::Bidirectional;
    let tables = [
        table("A", both, &["A1", "A2"], &[("B", "B", &[("A1", "B1")])]),
        table("B", both, &["B1"], &[("A", "A", &[("B1", "A1")])]),
    ];
    let found = closure(&World(tables.into()), &[node("A", "A1"), node("A", "A2")]);
    assert_eq!(found.cycle, [node("A", "A1"), node("B", "B1")]);
    assert_eq!(levels(&found), [[node("A", "A2")]]);
}

/// Every level needs only earlier ones, and nothing in it could be left out.
#[test]
fn levels_are_a_valid_and_minimal_order() {
    let both = Direction::Bidirectional;
    let codes: Vec<String> = (0..60).map(|number| format!("R{number}")).collect();
    let pairs: Vec<(&str, &str)> = (1..60)
        .filter(|number| number % 7 != 0)
        .map(|number| (codes[number].as_str(), codes[number / 2].as_str()))
        .collect();
    let names: Vec<&str> = codes.iter().map(String::as_str).collect();
    let world = World(vec![table("A", both, &names, &[("Parent", "A", &pairs)])]);
    let found = closure(&world, &[node("A", "R59"), node("A", "R47")]);
    let mut done: Vec<Node> = Vec::new();
    for level in &found.levels {
        for it in level {
            let parent = world.0[0].links[0].2.get(&it.node.id);
            assert!(parent.is_none_or(|parent| done.contains(&node("A", parent))));
            let chosen = [node("A", "R59"), node("A", "R47")].contains(&it.node);
            assert!(chosen || !it.needed_by.is_empty(), "nobody needs {:?}", it.node);
        }
        done.extend(level.iter().map(|it| it.node.clone()));
    }
}
