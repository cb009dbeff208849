//! Match-based coupling: fields with equal values, in groups of priority, exactly one uncoupled hit (S3.30 to S3.38).
//! A later group does not inherit the conditions of an earlier one.

use couplet_filter::{FieldType, FieldValue};
use rustc_hash::{FxHashMap, FxHashSet};
use uuid::Uuid;

use crate::columns::Column;
use crate::coupling::{RowId, SystemId};
use crate::mapping::{FieldMapping, IntegrationTableMapping};
use crate::planning::{Couplings, Records};
use crate::transfer::{convert, text_of};

/// Stands between the values of a key; no value holds it.
const SEPARATOR: char = '\u{1f}';

/// Why nothing can be matched at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MatchError {
    /// No field mapping is used for match-based coupling (S3.31).
    #[error("expected a field mapping that is used for match-based coupling, found none")]
    NoCriterion,
    /// A criterion's field was not read, or is a constant.
    #[error("the criterion `{field}` was not read")]
    NotRead {
        /// The field or column.
        field: String,
    },
}

impl MatchError {
    /// Stable code, the key of its text.
    pub fn code(&self) -> &'static str {
        match self {
            MatchError::NoCriterion => "match.no-criterion",
            MatchError::NotRead { .. } => "match.not-read",
        }
    }
}

/// Two records that are one by the criteria.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Matched {
    /// The Business Central record.
    pub record: SystemId,
    /// The Dataverse row.
    pub row: RowId,
    /// Priority of the group that found it.
    pub priority: u32,
}

/// Why a record has no partner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum WhyUnmatched {
    /// Every criterion is blank.
    Blank,
    /// No row has its values.
    NoHit,
    /// One row has its values, and is coupled in this table.
    HitIsCoupled {
        /// The row.
        row: RowId,
    },
    /// More than one row has them.
    Ambiguous {
        /// How many.
        n_hits: usize,
    },
}

/// A record without partner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unmatched {
    /// The record.
    pub record: SystemId,
    /// The best that any group came to.
    pub why: WhyUnmatched,
}

/// What match-based coupling would do.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MatchOutcome {
    /// Pairs to couple, by record.
    pub matched: Vec<Matched>,
    /// Records without partner, by record.
    pub unmatched: Vec<Unmatched>,
}

/// What is matched with what.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// The mapping: its fields that are used for match-based coupling are the criteria.
    pub mapping: &'a IntegrationTableMapping,
    /// Business Central records.
    pub business_central: Records<'a>,
    /// Dataverse rows.
    pub dataverse: Records<'a>,
    /// What is coupled already.
    pub couplings: &'a Couplings,
    /// These records, inside the filter or not; all uncoupled ones inside it where there is none.
    pub chosen: Option<&'a FxHashSet<SystemId>>,
}

/// Matches the uncoupled records inside the filter, or of `chosen`, with the rows inside theirs.
///
/// # Errors
/// When there is no criterion, or one was not read.
pub fn match_records(
    mapping: &IntegrationTableMapping,
    business_central: Records<'_>,
    dataverse: Records<'_>,
    couplings: &Couplings,
    chosen: Option<&FxHashSet<SystemId>>,
) -> Result<MatchOutcome, MatchError> {
    let question = Question { mapping, business_central, dataverse, couplings, chosen };
    let mut matcher = Matcher::default();
    loop {
        if let Some(outcome) = matcher.step(question)? {
            return Ok(outcome);
        }
    }
}

/// Values that one step looks at: some milliseconds.
const VALUES_A_STEP: usize = 4_096;

/// Matches records step by step. The question has to be the same in every step.
#[derive(Debug, Default)]
pub struct Matcher {
    phase: Phase,
    /// Uncoupled records with their row, by id.
    records: Vec<(SystemId, usize)>,
    /// Indexes by group and set of criteria that are not blank.
    indexes: Vec<((usize, u64), Index)>,
    outcome: MatchOutcome,
    taken: FxHashSet<RowId>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Phase {
    /// Collecting the records.
    #[default]
    Records,
    /// Finding out which indexes the records need, from this one on.
    Needs(usize),
    /// Filling the indexes, from this index and row on.
    Rows(usize, usize),
    /// Looking the records up, from this one on.
    Finding(usize),
}

impl Matcher {
    /// Goes on: one step, or the outcome with the last.
    ///
    /// # Errors
    /// When there is no criterion, or one was not read.
    pub fn step(&mut self, question: Question<'_>) -> Result<Option<MatchOutcome>, MatchError> {
        let groups = groups(question.mapping, question.business_central, question.dataverse)?;
        match self.phase {
            Phase::Records => self.collect(question),
            Phase::Needs(first) => self.need(&groups, first),
            Phase::Rows(index, first) => self.fill(question, &groups, index, first),
            Phase::Finding(first) if first < self.records.len() => self.find(question, &groups, first),
            Phase::Finding(_) => return Ok(Some(std::mem::take(&mut self.outcome))),
        }
        Ok(None)
    }

    /// The rows, coupled ones too, that a record has the values of in the first group that finds more than one; none
    /// before the outcome is there.
    pub fn hits<'m>(
        &'m self,
        question: Question<'_>,
        record: usize,
    ) -> impl Iterator<Item = usize> + use<'m> {
        let groups = groups(question.mapping, question.business_central, question.dataverse);
        let found = groups.unwrap_or_default().iter().enumerate().find_map(|(idx, group)| {
            let (used, key) = group.key(record)?;
            let index = self.index(idx, used)?;
            let hits = index.hits.get(&key).filter(|hits| hits.n > 1)?;
            Some((index, hits.first))
        });
        let first = found.map(|(_, first)| first);
        std::iter::successors(first, move |row| found.and_then(|(index, _)| index.next.get(row).copied()))
    }

    fn collect(&mut self, question: Question<'_>) {
        let Question { business_central, couplings, chosen, .. } = question;
        let keys = business_central.rows.column(&business_central.schema.key_field);
        let records = (0..business_central.rows.n_rows()).filter_map(|row| {
            let id = SystemId(guid(keys, row));
            let is_asked = match chosen {
                Some(chosen) => chosen.contains(&id),
                None => is_set(business_central, row),
            };
            (is_asked && couplings.get(id).is_none()).then_some((id, row))
        });
        self.records = records.collect();
        self.records.sort_unstable();
        self.phase = Phase::Needs(0);
    }

    fn need(&mut self, groups: &[Group<'_>], first: usize) {
        let end = (first + VALUES_A_STEP).min(self.records.len());
        for (_, row) in self.records.get(first..end).unwrap_or_default() {
            for (idx, group) in groups.iter().enumerate() {
                if let Some(used) = group.used(*row)
                    && self.index(idx, used).is_none()
                {
                    self.indexes.push(((idx, used), Index::default()));
                }
            }
        }
        self.phase = if end == self.records.len() { Phase::Rows(0, 0) } else { Phase::Needs(end) };
    }

    fn fill(&mut self, question: Question<'_>, groups: &[Group<'_>], position: usize, first: usize) {
        let n_rows = question.dataverse.rows.n_rows();
        let Some(((group, used), index)) = self.indexes.get_mut(position) else {
            self.phase = Phase::Finding(0);
            return;
        };
        let end = (first + VALUES_A_STEP).min(n_rows);
        if let Some(group) = groups.get(*group) {
            for row in (first..end).filter(|row| is_set(question.dataverse, *row)) {
                index.add(group.row_key(row, *used), row);
            }
        }
        self.phase = if end == n_rows { Phase::Rows(position + 1, 0) } else { Phase::Rows(position, end) };
    }

    fn find(&mut self, question: Question<'_>, groups: &[Group<'_>], first: usize) {
        let end = (first + VALUES_A_STEP).min(self.records.len());
        for place in first..end {
            let Some(&(record, row)) = self.records.get(place) else { break };
            match self.partner(question, groups, row) {
                Ok((hit, priority)) => {
                    self.taken.insert(hit);
                    self.outcome.matched.push(Matched { record, row: hit, priority });
                }
                Err(why) => self.outcome.unmatched.push(Unmatched { record, why }),
            }
        }
        self.phase = Phase::Finding(end);
    }

    /// Tries the groups in the order of their priority.
    fn partner(
        &self,
        question: Question<'_>,
        groups: &[Group<'_>],
        record: usize,
    ) -> Result<(RowId, u32), WhyUnmatched> {
        let mut why = WhyUnmatched::Blank;
        for (idx, group) in groups.iter().enumerate() {
            let Some((used, values)) = group.key(record) else { continue };
            let hits = self.index(idx, used).and_then(|index| index.hits.get(&values));
            let found = match hits {
                None => WhyUnmatched::NoHit,
                Some(hits) if hits.n > 1 => WhyUnmatched::Ambiguous { n_hits: hits.n },
                Some(hits) => {
                    let row = RowId(key(question.dataverse, hits.first));
                    if question.couplings.of_row(row).is_none() && !self.taken.contains(&row) {
                        return Ok((row, group.priority));
                    }
                    WhyUnmatched::HitIsCoupled { row }
                }
            };
            why = why.max(found);
        }
        Err(why)
    }

    fn index(&self, group: usize, used: u64) -> Option<&Index> {
        self.indexes.iter().find(|(of, _)| *of == (group, used)).map(|(_, index)| index)
    }
}

/// The key of a record or row; the zero GUID where it has none.
fn key(records: Records<'_>, row: usize) -> Uuid {
    guid(records.rows.column(&records.schema.key_field), row)
}

fn guid(keys: Option<&Column>, row: usize) -> Uuid {
    match keys.map(|column| column.get(row)) {
        Some(FieldValue::Guid(id)) => id,
        _ => Uuid::nil(),
    }
}

fn is_set(records: Records<'_>, row: usize) -> bool {
    row < records.in_filter.len() && records.in_filter.get(row)
}

#[derive(Debug, Clone, Copy)]
struct Criterion<'a> {
    record: &'a Column,
    record_type: &'a FieldType,
    row: &'a Column,
    row_type: &'a FieldType,
    case_sensitive: bool,
}

/// Rows with the same values.
#[derive(Debug, Clone, Copy)]
struct Hits {
    n: usize,
    first: usize,
    last: usize,
}

/// Rows by the values of some criteria of a group.
#[derive(Debug, Default)]
struct Index {
    hits: FxHashMap<String, Hits>,
    /// From a row to the next one with the same values.
    next: FxHashMap<usize, usize>,
}

impl Index {
    fn add(&mut self, values: String, row: usize) {
        match self.hits.get_mut(&values) {
            Some(hits) => {
                self.next.insert(hits.last, row);
                hits.n += 1;
                hits.last = row;
            }
            None => drop(self.hits.insert(values, Hits { n: 1, first: row, last: row })),
        }
    }
}

/// Fields that have to be equal together.
#[derive(Debug)]
struct Group<'a> {
    priority: u32,
    criteria: Vec<Criterion<'a>>,
}

impl Group<'_> {
    /// Which criteria of a record are not blank, a bit each; none when the record gives no condition (S3.34).
    fn used(&self, record: usize) -> Option<u64> {
        let given = self.criteria.iter().enumerate().filter(|(_, criterion)| criterion.is_given(record));
        let used = given.fold(0_u64, |used, (idx, _)| used | 1 << idx);
        (used != 0).then_some(used)
    }

    /// The same with their values.
    fn key(&self, record: usize) -> Option<(u64, String)> {
        let used = self.used(record)?;
        let mut values = String::new();
        for (_, criterion) in self.criteria.iter().enumerate().filter(|(idx, _)| used & (1 << idx) != 0) {
            criterion.write_record(record, &mut values);
            values.push(SEPARATOR);
        }
        Some((used, values))
    }

    fn row_key(&self, row: usize, used: u64) -> String {
        let mut values = String::new();
        for (_, criterion) in self.criteria.iter().enumerate().filter(|(idx, _)| used & (1 << idx) != 0) {
            criterion.write_row(row, &mut values);
            values.push(SEPARATOR);
        }
        values
    }
}

impl Criterion<'_> {
    /// A blank text, and a value that the row's field cannot hold, give no condition.
    fn is_given(&self, record: usize) -> bool {
        let value = self.record.get(record);
        let is_text = matches!(self.record_type, FieldType::Text { .. } | FieldType::Code { .. });
        match value {
            FieldValue::Text(text) if is_text && text.trim().is_empty() => false,
            FieldValue::Null if is_text => false,
            FieldValue::Text(_)
                if matches!(self.row_type, FieldType::Text { .. } | FieldType::Code { .. }) =>
            {
                true
            }
            value => convert(value, self.record_type, self.row_type).is_some(),
        }
    }

    /// The record's value as the row would hold it.
    fn write_record(&self, record: usize, out: &mut String) {
        if let Some(value) = convert(self.record.get(record), self.record_type, self.row_type) {
            self.write_folded(&text_of(value.as_field_value(), self.row_type), out);
        }
    }

    fn write_row(&self, row: usize, out: &mut String) {
        let value = self.row.get(row);
        let value = if value == FieldValue::Null { self.row_type.blank() } else { value };
        self.write_folded(&text_of(value, self.row_type), out);
    }

    fn write_folded(&self, text: &str, out: &mut String) {
        match self.case_sensitive {
            true => out.push_str(text),
            false => out.extend(text.chars().flat_map(char::to_lowercase)),
        }
    }
}

fn groups<'a>(
    mapping: &IntegrationTableMapping,
    business_central: Records<'a>,
    dataverse: Records<'a>,
) -> Result<Vec<Group<'a>>, MatchError> {
    let mut groups: Vec<Group<'a>> = Vec::new();
    for field in mapping.field_mappings.iter().filter(|field| field.use_for_match_based_coupling) {
        let criterion = criterion(field, business_central, dataverse)?;
        match groups.iter_mut().find(|group| group.priority == field.match_priority) {
            Some(group) => group.criteria.push(criterion),
            None => groups.push(Group { priority: field.match_priority, criteria: vec![criterion] }),
        }
    }
    groups.sort_by_key(|group| group.priority);
    if groups.is_empty() { Err(MatchError::NoCriterion) } else { Ok(groups) }
}

fn criterion<'a>(
    field: &FieldMapping,
    business_central: Records<'a>,
    dataverse: Records<'a>,
) -> Result<Criterion<'a>, MatchError> {
    let cells = |records: Records<'a>, name: Option<&str>| {
        let name = name.unwrap_or_default();
        let schema = records.schema.field(name);
        let column = schema.and_then(|schema| records.rows.column(&schema.name));
        schema.zip(column).ok_or_else(|| MatchError::NotRead { field: name.to_owned() })
    };
    let (record_schema, record) = cells(business_central, field.field.as_deref())?;
    let (row_schema, row) = cells(dataverse, field.column.as_deref())?;
    Ok(Criterion {
        record,
        record_type: &record_schema.field_type,
        row,
        row_type: &row_schema.field_type,
        case_sensitive: field.case_sensitive_matching,
    })
}
