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
    let mut groups = groups(mapping, business_central, dataverse)?;
    let key = |records: Records<'_>, row: usize| {
        let column = records.rows.column(&records.schema.key_field);
        match column.map(|column| column.get(row)) {
            Some(FieldValue::Guid(id)) => id,
            _ => Uuid::nil(),
        }
    };
    let rows: Vec<(usize, RowId)> = (0..dataverse.rows.n_rows())
        .filter(|row| dataverse.in_filter.get(*row))
        .map(|row| (row, RowId(key(dataverse, row))))
        .collect();
    let mut records: Vec<(SystemId, usize)> = (0..business_central.rows.n_rows())
        .map(|row| (SystemId(key(business_central, row)), row))
        .filter(|(id, row)| match chosen {
            Some(chosen) => chosen.contains(id),
            None => business_central.in_filter.get(*row),
        })
        .filter(|(id, _)| couplings.get(*id).is_none())
        .collect();
    records.sort();
    let mut outcome = MatchOutcome::default();
    let mut taken = FxHashSet::default();
    for (record, row) in records {
        let is_taken = |hit: RowId| couplings.of_row(hit).is_some() || taken.contains(&hit);
        match find(&mut groups, &rows, row, is_taken) {
            Ok((hit, priority)) => {
                taken.insert(hit);
                outcome.matched.push(Matched { record, row: hit, priority });
            }
            Err(why) => outcome.unmatched.push(Unmatched { record, why }),
        }
    }
    Ok(outcome)
}

/// Tries the groups in the order of their priority.
fn find(
    groups: &mut [Group<'_>],
    rows: &[(usize, RowId)],
    record: usize,
    is_taken: impl Fn(RowId) -> bool,
) -> Result<(RowId, u32), WhyUnmatched> {
    let mut why = WhyUnmatched::Blank;
    for group in groups {
        let Some(hits) = group.hits(rows, record) else { continue };
        let found = match hits {
            Hits { n: 0, .. } => WhyUnmatched::NoHit,
            Hits { n: 1, first } if is_taken(*first) => WhyUnmatched::HitIsCoupled { row: *first },
            Hits { n: 1, first } => return Ok((*first, group.priority)),
            Hits { n, .. } => WhyUnmatched::Ambiguous { n_hits: *n },
        };
        why = why.max(found);
    }
    Err(why)
}

#[derive(Debug, Clone, Copy)]
struct Criterion<'a> {
    record: &'a Column,
    record_type: &'a FieldType,
    row: &'a Column,
    row_type: &'a FieldType,
    case_sensitive: bool,
}

#[derive(Debug, Clone, Copy)]
struct Hits {
    n: usize,
    first: RowId,
}

/// Rows by the values of some criteria of a group.
type Index = FxHashMap<String, Hits>;

/// Fields that have to be equal together.
#[derive(Debug)]
struct Group<'a> {
    priority: u32,
    criteria: Vec<Criterion<'a>>,
    /// One index for each set of criteria that is not blank.
    indexes: FxHashMap<u64, Index>,
}

impl Group<'_> {
    /// The rows with the values of a record; none when the record gives no condition (S3.34).
    fn hits(&mut self, rows: &[(usize, RowId)], record: usize) -> Option<&Hits> {
        const NO_HITS: Hits = Hits { n: 0, first: RowId(Uuid::nil()) };
        let (mut key, mut used) = (String::new(), 0_u64);
        for (idx, criterion) in self.criteria.iter().enumerate() {
            if let Some(part) = criterion.record_key(record) {
                key.push_str(&part);
                key.push(SEPARATOR);
                used |= 1 << idx;
            }
        }
        if used == 0 {
            return None;
        }
        let criteria = &self.criteria;
        let index = self.indexes.entry(used).or_insert_with(|| index(criteria, rows, used));
        Some(index.get(&key).unwrap_or(&NO_HITS))
    }
}

fn index(criteria: &[Criterion<'_>], rows: &[(usize, RowId)], used: u64) -> Index {
    let mut index = Index::default();
    for (row, id) in rows {
        let mut key = String::new();
        for (_, criterion) in criteria.iter().enumerate().filter(|(idx, _)| used & (1 << idx) != 0) {
            key.push_str(&criterion.row_key(*row));
            key.push(SEPARATOR);
        }
        let hits = index.entry(key).or_insert(Hits { n: 0, first: *id });
        hits.n += 1;
    }
    index
}

impl Criterion<'_> {
    /// The record's value as the row would hold it; none when a blank text gives no condition.
    fn record_key(&self, record: usize) -> Option<String> {
        let value = self.record.get(record);
        let is_text = matches!(self.record_type, FieldType::Text { .. } | FieldType::Code { .. });
        if is_text && text_of(value, self.record_type).trim().is_empty() {
            return None;
        }
        let converted = convert(value, self.record_type, self.row_type)?;
        Some(self.fold(&text_of(converted.as_field_value(), self.row_type)))
    }

    fn row_key(&self, row: usize) -> String {
        let value = self.row.get(row);
        let value = if value == FieldValue::Null { self.row_type.blank() } else { value };
        self.fold(&text_of(value, self.row_type))
    }

    fn fold(&self, text: &str) -> String {
        if self.case_sensitive { text.to_owned() } else { text.to_lowercase() }
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
            None => groups.push(Group {
                priority: field.match_priority,
                criteria: vec![criterion],
                indexes: FxHashMap::default(),
            }),
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
