//! Whether both systems are in step: every record of both sides of a mapping in exactly one class, so that the classes
//! of a side add up to its total. Values are compared as a run would copy them (`planning::Comparison`), possible
//! partners are those that match-based coupling would find (`matching`). Nothing is changed here.

mod assessment;
mod options;

#[cfg(test)]
mod tests;

use couplet_filter::Bitmap;
use rustc_hash::FxHashMap;

use crate::coupling::SystemId;
use crate::mapping::FieldKey;
use crate::matching::MatchError;
use crate::planning::LeftOut;
use crate::schema::Side;

pub use assessment::Assessment;
pub use options::{OptionRecords, assess_options};

/// Where a record of one side stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ParityClass {
    /// Coupled, and a run would change no mapped field.
    Equal,
    /// Coupled, and at least one mapped field is out of step.
    Different,
    /// In the filter, not coupled: it is only on its side.
    OnlyHere,
    /// In the filter, not coupled, and several records could be its partner.
    Ambiguous,
    /// Not coupled, and left out by the filter or a rule behind it.
    Excluded,
    /// Coupled, and the partner was deleted or its table is lost.
    Broken,
}

impl ParityClass {
    /// Every class, in the order a person reads them.
    pub const ALL: [ParityClass; 6] = [
        ParityClass::Equal,
        ParityClass::Different,
        ParityClass::OnlyHere,
        ParityClass::Ambiguous,
        ParityClass::Excluded,
        ParityClass::Broken,
    ];

    /// Stable code, the key of its text and its name in addresses.
    pub fn code(self) -> &'static str {
        match self {
            ParityClass::Equal => "equal",
            ParityClass::Different => "different",
            ParityClass::OnlyHere => "only-here",
            ParityClass::Ambiguous => "ambiguous",
            ParityClass::Excluded => "excluded",
            ParityClass::Broken => "broken",
        }
    }

    /// The class with this code.
    pub fn from_code(code: &str) -> Option<Self> {
        ParityClass::ALL.into_iter().find(|class| class.code() == code)
    }
}

/// How possible partners were looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ambiguity {
    /// By the mapping's criteria of match-based coupling (S3.30).
    ByCriteria(Vec<FieldKey>),
    /// By what identifies a record, its number and then its name, as the mapping has no criterion.
    ByKey(Vec<FieldKey>),
    /// Not at all, for this reason: no record counts as ambiguous.
    NotJudged(MatchError),
}

/// The classes of one side's records.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct SideParity {
    classes: Vec<ParityClass>,
    /// Row of the partner on the other side, of coupled records whose partner is there.
    partners: FxHashMap<u32, u32>,
    /// Rows of the other side that could be the partner, of uncoupled records.
    candidates: FxHashMap<u32, Vec<u32>>,
    /// Coupled records outside the filter, which no scheduled run looks at.
    outside: Bitmap,
}

/// Where both sides of a mapping stand.
#[derive(Debug, Clone, PartialEq)]
pub struct Parity {
    business_central: SideParity,
    dataverse: SideParity,
    /// Field mappings out of step, by row of the Business Central record.
    out_of_step: FxHashMap<u32, Box<[u32]>>,
    /// Couplings neither of whose records is there, by record.
    pub lost: Vec<SystemId>,
    /// Field mappings that could not be compared, and why: nothing is said about their values.
    pub left_out: Vec<LeftOut>,
    /// How possible partners were looked for.
    pub ambiguity: Ambiguity,
}

impl Parity {
    fn side(&self, side: Side) -> &SideParity {
        match side {
            Side::BusinessCentral => &self.business_central,
            Side::Dataverse => &self.dataverse,
        }
    }

    /// Number of records of a side: what its classes add up to.
    pub fn total(&self, side: Side) -> usize {
        self.side(side).classes.len()
    }

    /// The class of the record in a row; none for a row that came later.
    pub fn class(&self, side: Side, row: usize) -> Option<ParityClass> {
        self.side(side).classes.get(row).copied()
    }

    /// How many records of a side are in a class.
    pub fn count(&self, side: Side, class: ParityClass) -> usize {
        self.side(side).classes.iter().filter(|it| **it == class).count()
    }

    /// How many of them are outside the filter although they are coupled: no scheduled run looks at them.
    pub fn count_outside(&self, side: Side, class: ParityClass) -> usize {
        let side = self.side(side);
        side.outside.iter_ones().filter(|row| side.classes.get(*row) == Some(&class)).count()
    }

    /// Whether a coupled record is outside the filter.
    pub fn is_outside(&self, side: Side, row: usize) -> bool {
        let outside = &self.side(side).outside;
        row < outside.len() && outside.get(row)
    }

    /// The records of a class; all of the side where none is named.
    pub fn records(&self, side: Side, class: Option<ParityClass>) -> Bitmap {
        let classes = &self.side(side).classes;
        let mut records = Bitmap::filled(classes.len(), class.is_none());
        for (row, _) in classes.iter().enumerate().filter(|(_, it)| Some(**it) == class) {
            records.set(row, true);
        }
        records
    }

    /// Row of the partner on the other side, where the record is coupled and the partner is there.
    pub fn partner(&self, side: Side, row: usize) -> Option<usize> {
        self.side(side).partners.get(&u32::try_from(row).ok()?).map(|row| *row as usize)
    }

    /// Rows of the other side that could be the partner of an uncoupled record: one where match-based coupling would
    /// couple it, several where it is ambiguous.
    pub fn candidates(&self, side: Side, row: usize) -> &[u32] {
        let row = u32::try_from(row).ok();
        row.and_then(|row| self.side(side).candidates.get(&row)).map_or(&[], Vec::as_slice)
    }

    /// Numbers of the field mappings that are out of step, of a coupled record of either side.
    pub fn out_of_step(&self, side: Side, row: usize) -> &[u32] {
        let record = match side {
            Side::BusinessCentral => Some(row),
            Side::Dataverse => self.partner(side, row),
        };
        let record = record.and_then(|row| u32::try_from(row).ok());
        record.and_then(|row| self.out_of_step.get(&row)).map_or(&[], AsRef::as_ref)
    }

    /// How many pairs are out of step in each field mapping, most first.
    pub fn fields_out_of_step(&self) -> Vec<(u32, usize)> {
        let mut counts: FxHashMap<u32, usize> = FxHashMap::default();
        for number in self.out_of_step.values().flatten() {
            *counts.entry(*number).or_default() += 1;
        }
        let mut counts: Vec<_> = counts.into_iter().collect();
        counts.sort_by_key(|(number, count)| (std::cmp::Reverse(*count), *number));
        counts
    }

    /// Of 1,000 records that should be in step (in the filter or coupled), how many are; none where there are none.
    pub fn per_mille(&self) -> Option<usize> {
        let of = |side, class| self.count(side, class);
        let sides = [Side::BusinessCentral, Side::Dataverse];
        let equal: usize = sides.iter().map(|side| of(*side, ParityClass::Equal)).sum();
        let expected: usize =
            sides.iter().map(|side| self.total(*side) - of(*side, ParityClass::Excluded)).sum();
        (equal * 1_000).checked_div(expected)
    }
}
