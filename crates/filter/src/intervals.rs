//! The values that pass a filter, as disjoint intervals: what columns are tested for instead of walking the tree for
//! every row. Texts are not here; their patterns are no intervals.

use crate::filter::Operator;
use crate::kernel::{bits, words_of};
use crate::typed::{FilterValue, TestKind, TypedNode};

/// A place in the order of values: just before one, or just after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Cut<T> {
    /// The value.
    pub(crate) value: T,
    /// On which side of it.
    pub(crate) side: Side,
}

/// A side of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Side {
    /// Just before it.
    Before,
    /// Just after it.
    After,
}

impl<T: Copy + Ord> Cut<T> {
    fn before(value: T) -> Self {
        Self { value, side: Side::Before }
    }

    fn after(value: T) -> Self {
        Self { value, side: Side::After }
    }

    fn is_left_of(self, value: T) -> bool {
        match self.side {
            Side::Before => self.value <= value,
            Side::After => self.value < value,
        }
    }
}

/// A set of values. Going up, membership changes at each cut; the cuts are strictly ascending.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Intervals<T> {
    /// Whether the smallest values belong to it.
    starts_inside: bool,
    cuts: Vec<Cut<T>>,
}

impl<T: Copy + Ord> Intervals<T> {
    /// The values that pass `node`; those of another type than `read` gives pass no test.
    pub(crate) fn of(node: &TypedNode, read: fn(&FilterValue) -> Option<T>) -> Self {
        let all = |parts: &[TypedNode]| parts.iter().map(|part| Self::of(part, read)).collect::<Vec<_>>();
        match node {
            TypedNode::Any(parts) => Self::in_at_least(1, &all(parts)),
            TypedNode::All(parts) => Self::in_at_least(parts.len(), &all(parts)),
            TypedNode::Test(test) => Self::of_test(&test.kind, read).unwrap_or_else(Self::none),
        }
    }

    fn none() -> Self {
        Self { starts_inside: false, cuts: Vec::new() }
    }

    fn of_test(test: &TestKind, read: fn(&FilterValue) -> Option<T>) -> Option<Self> {
        let (starts_inside, cuts) = match test {
            TestKind::Compare { operator, value } => {
                let value = read(value)?;
                let (before, after) = (Cut::before(value), Cut::after(value));
                match operator {
                    Operator::Equal => (false, vec![before, after]),
                    Operator::NotEqual => (true, vec![before, after]),
                    Operator::Less => (true, vec![before]),
                    Operator::LessOrEqual => (true, vec![after]),
                    Operator::Greater => (false, vec![after]),
                    Operator::GreaterOrEqual => (false, vec![before]),
                }
            }
            TestKind::Range { from, to } => {
                let from = from.as_ref().map(read);
                let to = to.as_ref().map(read);
                match (from, to) {
                    (Some(from), Some(to)) if from? > to? => (false, Vec::new()),
                    (Some(from), Some(to)) => (false, vec![Cut::before(from?), Cut::after(to?)]),
                    (Some(from), None) => (false, vec![Cut::before(from?)]),
                    (None, Some(to)) => (true, vec![Cut::after(to?)]),
                    (None, None) => (true, Vec::new()),
                }
            }
            TestKind::Matches { .. } => return None,
        };
        Some(Self { starts_inside, cuts })
    }

    /// The values that lie in at least `n_needed` of the sets: one sweep over all their cuts.
    fn in_at_least(n_needed: usize, sets: &[Self]) -> Self {
        let mut changes = Vec::new();
        let mut n_inside = sets.iter().filter(|set| set.starts_inside).count();
        for set in sets {
            let mut is_inside = set.starts_inside;
            for cut in &set.cuts {
                is_inside = !is_inside;
                changes.push((*cut, is_inside));
            }
        }
        changes.sort_unstable_by_key(|(cut, _)| *cut);
        let starts_inside = n_inside >= n_needed;
        let mut result = Self { starts_inside, cuts: Vec::new() };
        let mut was_inside = starts_inside;
        for same in changes.chunk_by(|(left, _), (right, _)| left == right) {
            let n_entered = same.iter().filter(|(_, enters)| *enters).count();
            n_inside = n_inside + n_entered - (same.len() - n_entered);
            let is_inside = n_inside >= n_needed;
            if let (Some((cut, _)), true) = (same.first(), is_inside != was_inside) {
                result.cuts.push(*cut);
            }
            was_inside = is_inside;
        }
        result
    }

    fn contains(&self, value: T) -> bool {
        let n_passed = self.cuts.partition_point(|cut| cut.is_left_of(value));
        self.starts_inside ^ (n_passed % 2 == 1)
    }

    /// Whether the smallest values belong to it.
    pub(crate) fn starts_inside(&self) -> bool {
        self.starts_inside
    }

    /// Where membership changes, strictly ascending.
    pub(crate) fn cuts(&self) -> &[Cut<T>] {
        &self.cuts
    }

    /// Which values belong to the set, one word for each 64 of them. Bits beyond the last value are 0.
    pub(crate) fn test(&self, values: &[T]) -> Vec<u64> {
        words_of(values, |block| bits(block, |value| self.contains(value)))
    }
}
