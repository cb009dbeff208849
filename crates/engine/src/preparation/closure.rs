//! Dependency closure: for chosen records everything that must be coupled or created first, level by level. What cannot
//! be reached, and what waits for itself, is named. Where the records come from stands in `dependencies`.

use rustc_hash::FxHashMap;
use uuid::Uuid;

use crate::mapping::MappingName;
use crate::schema::Side;

/// One record of a mapping.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Node {
    /// The mapping.
    pub mapping: MappingName,
    /// The side that has it.
    pub side: Side,
    /// Its key; of a value of a choice `planning::value_id`.
    pub id: Uuid,
}

/// Where a field leads that must point to something coupled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// To this record, coupled or not.
    Node(Node),
    /// To nothing that could be coupled.
    Missing {
        /// What the field holds.
        value: Box<str>,
        /// The mapping it should be found in; none when no mapping joins the two tables.
        mapping: Option<MappingName>,
    },
}

/// A field of a record that must point to something coupled. Fields that are cleared when their lookup fails need not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dependency {
    /// The field.
    pub field: String,
    /// Where it leads.
    pub target: Target,
}

/// What is asked about records.
pub trait Dependencies {
    /// Whether a record is coupled.
    fn is_coupled(&self, node: &Node) -> bool;

    /// How a record that is not coupled gets its partner.
    fn resolution(&self, node: &Node) -> Resolution;

    /// Where the fields of a record lead; nothing for one that is not there.
    fn of(&self, node: &Node) -> Vec<Dependency>;
}

/// How a needed record gets its partner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Resolution {
    /// It can be created on the other side.
    Create,
    /// The mapping does not run that way: a person couples it.
    Couple,
    /// It has one, and is written once the others are coupled.
    Synchronize,
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
    /// What it holds.
    pub value: Box<str>,
    /// The mapping it should be found in; none when no mapping joins the two tables.
    pub target: Option<MappingName>,
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

/// The closure of the chosen records that are not coupled, or that are and wait for others.
pub fn closure(dependencies: &impl Dependencies, chosen: &[Node]) -> Closure {
    let mut found = Closure::default();
    let mut needs: FxHashMap<Node, Vec<Node>> = FxHashMap::default();
    let mut waiting: Vec<Node> = chosen.to_vec();
    while let Some(node) = waiting.pop() {
        if needs.contains_key(&node) {
            continue;
        }
        let mut targets = Vec::new();
        for Dependency { field, target } in dependencies.of(&node) {
            match target {
                Target::Node(target) => targets.push(target),
                Target::Missing { value, mapping } => {
                    found.dead_ends.push(DeadEnd { node: node.clone(), field, value, target: mapping });
                }
            }
        }
        targets.retain(|target| !dependencies.is_coupled(target));
        targets.sort();
        targets.dedup();
        waiting.extend(targets.iter().cloned());
        // What is coupled and waits for nothing needs nothing.
        if !targets.is_empty() || !dependencies.is_coupled(&node) {
            needs.insert(node, targets);
        }
    }
    found.dead_ends.sort_by(|a, b| (&a.node, &a.field).cmp(&(&b.node, &b.field)));
    found.dead_ends.dedup();
    let resolution = |node: &Node| match dependencies.is_coupled(node) {
        true => Resolution::Synchronize,
        false => dependencies.resolution(node),
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
    let mut ready: Vec<Node> =
        needs.iter().filter(|(_, targets)| targets.is_empty()).map(|(node, _)| node.clone()).collect();
    while !ready.is_empty() {
        ready.sort();
        let mut next = Vec::new();
        let mut level = Vec::with_capacity(ready.len());
        for node in ready {
            needs.remove(&node);
            let mut waiting = needed_by.remove(&node).unwrap_or_default();
            waiting.sort();
            for other in &waiting {
                if let Some(targets) = needs.get_mut(other) {
                    targets.retain(|target| *target != node);
                    if targets.is_empty() {
                        next.push(other.clone());
                    }
                }
            }
            level.push(Needed { resolution: resolution(&node), node, needed_by: waiting });
        }
        found.levels.push(level);
        ready = next;
    }
    found.cycle = needs.into_keys().collect();
    found.cycle.sort();
}
