//! Dependency closure: for chosen records everything that must be coupled or created first, level by level. What cannot
//! be reached, and what waits for itself, is named.

use rustc_hash::{FxHashMap, FxHashSet};

use crate::coupling::SystemId;
use crate::mapping::{Direction, MappingName};

/// One Business Central record of a mapping.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Node {
    /// The mapping.
    pub mapping: MappingName,
    /// The record.
    pub record: SystemId,
}

/// A field of a record that must point to something coupled. Fields that are cleared when their lookup fails need not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// The field.
    pub field: String,
    /// The mapping of the records it points to.
    pub target: MappingName,
    /// By record, the code it holds, blank ones left out; for a contact's company that of the customer or vendor.
    pub codes: FxHashMap<SystemId, Box<str>>,
}

/// The records of one mapping.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DependencyTable {
    /// The mapping.
    pub mapping: MappingName,
    /// Which way it runs: decides whether records can be created in Dataverse.
    pub direction: Direction,
    /// Records by the code that other tables know them by.
    pub records: FxHashMap<Box<str>, SystemId>,
    /// Those that are coupled.
    pub coupled: FxHashSet<SystemId>,
    /// What they point to.
    pub links: Vec<Link>,
}

/// How a needed record gets its partner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resolution {
    /// It can be created in Dataverse.
    Create,
    /// The mapping only runs from Dataverse: a person couples it.
    Couple,
}

/// A record of the closure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Needed {
    /// The record.
    pub node: Node,
    /// How it gets its partner.
    pub resolution: Resolution,
    /// The records that wait for it, in their order; empty for a chosen one that nothing else needs.
    pub needed_by: Vec<Node>,
}

/// A field that points to nothing that could be coupled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadEnd {
    /// The record.
    pub node: Node,
    /// Its field.
    pub field: String,
    /// The code it holds.
    pub code: Box<str>,
    /// The mapping it should be found in; there may be none of that name.
    pub target: MappingName,
}

/// What must be done before the chosen records can be synchronized, and with them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Closure {
    /// Records in the order they are coupled or created: each level needs only the ones before.
    pub levels: Vec<Vec<Needed>>,
    /// Fields that lead nowhere.
    pub dead_ends: Vec<DeadEnd>,
    /// Records that wait for each other, and those that wait for them: in no level.
    pub cycle: Vec<Node>,
}

/// The closure of the chosen records that are not coupled.
pub fn closure(tables: &[DependencyTable], chosen: &[Node]) -> Closure {
    let by_mapping: FxHashMap<&MappingName, &DependencyTable> =
        tables.iter().map(|table| (&table.mapping, table)).collect();
    let is_open = |node: &Node| {
        by_mapping.get(&node.mapping).is_some_and(|table| !table.coupled.contains(&node.record))
    };
    let mut found = Closure::default();
    let mut needs: FxHashMap<Node, Vec<Node>> = FxHashMap::default();
    let mut waiting: Vec<Node> = chosen.iter().filter(|node| is_open(node)).cloned().collect();
    while let Some(node) = waiting.pop() {
        if needs.contains_key(&node) {
            continue;
        }
        let mut targets = Vec::new();
        for link in by_mapping.get(&node.mapping).into_iter().flat_map(|table| &table.links) {
            let Some(code) = link.codes.get(&node.record) else { continue };
            let target = by_mapping.get(&link.target).and_then(|table| table.records.get(code));
            match target {
                Some(record) => targets.push(Node { mapping: link.target.clone(), record: *record }),
                None => found.dead_ends.push(DeadEnd {
                    node: node.clone(),
                    field: link.field.clone(),
                    code: code.clone(),
                    target: link.target.clone(),
                }),
            }
        }
        targets.retain(is_open);
        targets.sort();
        targets.dedup();
        waiting.extend(targets.iter().cloned());
        needs.insert(node, targets);
    }
    found.dead_ends.sort_by(|a, b| (&a.node, &a.field).cmp(&(&b.node, &b.field)));
    let resolution = |node: &Node| match by_mapping.get(&node.mapping).map(|table| table.direction) {
        Some(Direction::FromIntegrationTable) => Resolution::Couple,
        _ => Resolution::Create,
    };
    arrange(needs, resolution, &mut found);
    found
}

/// Level by level, those whose needs are all in earlier levels.
fn arrange(
    mut needs: FxHashMap<Node, Vec<Node>>,
    resolution: impl Fn(&Node) -> Resolution,
    found: &mut Closure,
) {
    let mut needed_by: FxHashMap<Node, Vec<Node>> = FxHashMap::default();
    for (node, targets) in &needs {
        for target in targets {
            needed_by.entry(target.clone()).or_default().push(node.clone());
        }
    }
    loop {
        let mut ready: Vec<Node> =
            needs.iter().filter(|(_, targets)| targets.is_empty()).map(|(node, _)| node.clone()).collect();
        if ready.is_empty() {
            break;
        }
        ready.sort();
        let mut level = Vec::with_capacity(ready.len());
        for node in ready {
            needs.remove(&node);
            let mut waiting = needed_by.remove(&node).unwrap_or_default();
            waiting.sort();
            for other in &waiting {
                if let Some(targets) = needs.get_mut(other) {
                    targets.retain(|target| *target != node);
                }
            }
            level.push(Needed { resolution: resolution(&node), node, needed_by: waiting });
        }
        found.levels.push(level);
    }
    found.cycle = needs.into_keys().collect();
    found.cycle.sort();
}
