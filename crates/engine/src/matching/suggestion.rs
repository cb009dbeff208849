//! Suggestions for couplings: a confidence, and the fields that made it. Candidates are found by exact keys and by the
//! words of names, so that no record is compared with all others.

use couplet_filter::{FieldType, FieldValue};
use rustc_hash::FxHashMap;
use uuid::Uuid;

use super::normalize::{key, likeness, mail_domain, phone, words};
use crate::coupling::{RowId, SystemId};
use crate::mapping::IntegrationTableMapping;
use crate::planning::{Couplings, Records};
use crate::transfer::text_of;

/// A key that more rows share tells too little to compare them all.
const MAX_SHARED: usize = 40;
/// Suggestions below this confidence are not made.
const MIN_CONFIDENCE: u32 = 30;
/// Names less alike than this say nothing.
const MIN_LIKENESS: u32 = 60;
/// The confidence where a key contradicts.
const CONTRADICTED: u32 = 25;

/// What a pair of fields says of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// Its number in the other system.
    Key,
    /// Its tax or registration number.
    TaxNumber,
    /// Its name.
    Name,
    /// Street and number.
    Address,
    /// Post code.
    PostCode,
    /// City.
    City,
    /// A phone number.
    Phone,
    /// A mail address.
    Mail,
}

/// Two fields with the same role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleField {
    /// What they say.
    pub role: Role,
    /// Business Central field.
    pub field: String,
    /// Dataverse column.
    pub column: String,
}

/// What two records have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EvidenceKind {
    /// The values are the same, apart from case, accents and punctuation.
    Same,
    /// The names are alike.
    Alike {
        /// From 0 to 100.
        likeness: u32,
    },
    /// The mail addresses have the same domain, and it is no provider's.
    SameDomain,
    /// Both have a value, and they differ: against the pair.
    Differs,
}

/// One reason for, or against, a suggestion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    /// What the fields say.
    pub role: Role,
    /// Business Central field.
    pub field: String,
    /// Dataverse column.
    pub column: String,
    /// What was found.
    pub kind: EvidenceKind,
}

/// Two records that may be the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suggestion {
    /// The Business Central record.
    pub record: SystemId,
    /// The Dataverse row.
    pub row: RowId,
    /// From 0 to 100.
    pub confidence: u32,
    /// The reasons.
    pub evidence: Vec<Evidence>,
    /// Other suggestions, at least as good, for the same record or row: a person has to choose.
    pub n_rivals: usize,
}

/// The roles of the fields that a mapping joins, told by the names of Dataverse's own columns.
pub fn roles(mapping: &IntegrationTableMapping) -> Vec<RoleField> {
    let role = |column: &str| match column {
        "accountnumber" => Some(Role::Key),
        "name" | "fullname" | "lastname" => Some(Role::Name),
        "address1_line1" => Some(Role::Address),
        "address1_postalcode" => Some(Role::PostCode),
        "address1_city" => Some(Role::City),
        "telephone1" | "telephone2" | "mobilephone" => Some(Role::Phone),
        "emailaddress1" | "internalemailaddress" => Some(Role::Mail),
        _ => None,
    };
    let joined = mapping.field_mappings.iter().filter_map(|field| {
        let (field, column) = (field.field.clone()?, field.column.clone()?);
        Some(RoleField { role: role(&column)?, field, column })
    });
    joined.collect()
}

/// Suggests partners for the uncoupled records inside the filter, best first; ties by record and row.
///
/// Roles whose fields were not read are left out.
pub fn suggest(
    roles: &[RoleField],
    business_central: Records<'_>,
    dataverse: Records<'_>,
    couplings: &Couplings,
) -> Vec<Suggestion> {
    let mut suggester = Suggester::default();
    loop {
        if let Some(suggestions) = suggester.step(roles, business_central, dataverse, couplings) {
            return suggestions;
        }
    }
}

/// Records that one step reads or compares: some milliseconds.
const RECORDS_A_STEP: usize = 256;

/// Makes suggestions step by step. What is asked has to be the same in every step.
#[derive(Debug, Default)]
pub struct Suggester {
    phase: Phase,
    records: Vec<Profile>,
    rows: Vec<Profile>,
    blocks: FxHashMap<(Block, Box<str>), Vec<usize>>,
    suggestions: Vec<Suggestion>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Phase {
    #[default]
    Start,
    Rows(usize),
    Records(usize),
    Comparing(usize),
    Ranking,
}

impl Suggester {
    /// Goes on: one step, or the suggestions with the last.
    pub fn step(
        &mut self,
        roles: &[RoleField],
        business_central: Records<'_>,
        dataverse: Records<'_>,
        couplings: &Couplings,
    ) -> Option<Vec<Suggestion>> {
        self.phase = match self.phase {
            Phase::Start => Phase::Rows(0),
            Phase::Rows(first) => {
                let is_free = |id| couplings.of_row(RowId(id)).is_none();
                let n_known = self.rows.len();
                let end = profiles(dataverse, roles, |role| &role.column, is_free, first, &mut self.rows);
                for (idx, row) in self.rows.iter().enumerate().skip(n_known) {
                    for (block, value) in row.blocks(roles) {
                        self.blocks.entry((block, value.into())).or_default().push(idx);
                    }
                }
                end.map_or(Phase::Records(0), Phase::Rows)
            }
            Phase::Records(first) => {
                let is_free = |id| couplings.get(SystemId(id)).is_none();
                let end =
                    profiles(business_central, roles, |role| &role.field, is_free, first, &mut self.records);
                end.map_or(Phase::Comparing(0), Phase::Records)
            }
            Phase::Comparing(first) => self.compare(roles, first),
            Phase::Ranking => {
                let mut suggestions = std::mem::take(&mut self.suggestions);
                suggestions.sort_by_key(|it| (std::cmp::Reverse(it.confidence), it.record, it.row));
                count_rivals(&mut suggestions);
                return Some(suggestions);
            }
        };
        None
    }

    fn compare(&mut self, roles: &[RoleField], first: usize) -> Phase {
        let end = (first + RECORDS_A_STEP).min(self.records.len());
        for record in self.records.get(first..end).unwrap_or_default() {
            let mut candidates: Vec<usize> = Vec::new();
            for (block, value) in record.blocks(roles) {
                let shared = self.blocks.get(&(block, value.into())).filter(|rows| rows.len() <= MAX_SHARED);
                candidates.extend(shared.into_iter().flatten());
            }
            candidates.sort_unstable();
            candidates.dedup();
            let found = candidates.iter().filter_map(|idx| compare(roles, record, self.rows.get(*idx)?));
            self.suggestions.extend(found);
        }
        if end == self.records.len() { Phase::Ranking } else { Phase::Comparing(end) }
    }
}

fn count_rivals(suggestions: &mut [Suggestion]) {
    let mut of_record: FxHashMap<SystemId, Vec<u32>> = FxHashMap::default();
    let mut of_row: FxHashMap<RowId, Vec<u32>> = FxHashMap::default();
    for it in suggestions.iter() {
        of_record.entry(it.record).or_default().push(it.confidence);
        of_row.entry(it.row).or_default().push(it.confidence);
    }
    for it in suggestions {
        let better = |all: Option<&Vec<u32>>| {
            all.map_or(0, |all| all.iter().filter(|other| **other >= it.confidence).count().saturating_sub(1))
        };
        it.n_rivals = better(of_record.get(&it.record)) + better(of_row.get(&it.row));
    }
}

/// What kind of key brings two records together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Block {
    Exact(Role),
    Domain,
    Word,
    /// The first letters of a word: finds words with a typing error further behind.
    Beginning,
    /// The last letters of a word, for an error at its beginning.
    Ending,
}

/// One record as it is compared.
#[derive(Debug)]
struct Profile {
    id: Uuid,
    /// By role: the normalized value; blank when there is none.
    values: Vec<String>,
    /// Words of the name.
    words: Vec<String>,
    domain: Option<String>,
    /// Beginnings and endings of the words.
    ends: Vec<(String, String)>,
}

impl Profile {
    fn blocks<'p>(&'p self, roles: &'p [RoleField]) -> impl Iterator<Item = (Block, &'p str)> {
        let exact = roles.iter().zip(&self.values).filter(|(role, value)| {
            !value.is_empty() && matches!(role.role, Role::Key | Role::TaxNumber | Role::Phone | Role::Mail)
        });
        let exact = exact.map(|(role, value)| (Block::Exact(role.role), value.as_str()));
        let words = self.words.iter().map(|word| (Block::Word, word.as_str()));
        let ends = self.ends.iter().flat_map(|(beginning, ending)| {
            [(Block::Beginning, beginning.as_str()), (Block::Ending, ending.as_str())]
        });
        let domain = self.domain.as_deref().map(|domain| (Block::Domain, domain));
        exact.chain(words).chain(ends).chain(domain)
    }
}

/// Reads the next records, and says where the ones behind them begin; none when these were the last.
fn profiles(
    records: Records<'_>,
    roles: &[RoleField],
    name: impl Fn(&RoleField) -> &str,
    is_free: impl Fn(Uuid) -> bool,
    first: usize,
    out: &mut Vec<Profile>,
) -> Option<usize> {
    let column = |name: &str| {
        let schema = records.schema.field(name)?;
        Some((records.rows.column(&schema.name)?, &schema.field_type))
    };
    let columns: Vec<_> = roles.iter().map(|role| column(name(role))).collect();
    let keys = records.rows.column(&records.schema.key_field);
    let end = (first + RECORDS_A_STEP).min(records.rows.n_rows());
    for row in first..end {
        let Some(FieldValue::Guid(id)) = keys.map(|keys| keys.get(row)) else { continue };
        if row >= records.in_filter.len() || !records.in_filter.get(row) || !is_free(id) {
            continue;
        }
        let text = |cells: &Option<(&crate::columns::Column, &FieldType)>| {
            cells.map(|(column, kind)| text_of(column.get(row), kind).into_owned()).unwrap_or_default()
        };
        let texts: Vec<String> = columns.iter().map(text).collect();
        out.push(profile(id, roles, &texts));
    }
    (end < records.rows.n_rows()).then_some(end)
}

fn profile(id: Uuid, roles: &[RoleField], texts: &[String]) -> Profile {
    let of = |wanted: Role| {
        let found = roles.iter().zip(texts).find(|(role, text)| role.role == wanted && !text.is_empty());
        found.map_or("", |(_, text)| text.as_str())
    };
    let values = roles.iter().zip(texts).map(|(role, text)| match role.role {
        Role::Phone => phone(text).unwrap_or_default(),
        Role::Mail => text.trim().to_lowercase(),
        Role::Name => words(text).concat(),
        _ => key(text),
    });
    let words = words(of(Role::Name));
    let ends = words.iter().filter(|word| word.chars().count() >= 5).map(|word| {
        let ending: Vec<char> = word.chars().rev().take(4).collect();
        (word.chars().take(4).collect(), ending.into_iter().collect())
    });
    Profile { id, values: values.collect(), ends: ends.collect(), domain: mail_domain(of(Role::Mail)), words }
}

fn compare(roles: &[RoleField], record: &Profile, row: &Profile) -> Option<Suggestion> {
    let mut doubt = 1.0_f64;
    let mut contradicted = false;
    let mut evidence = Vec::new();
    for ((role, left), right) in roles.iter().zip(&record.values).zip(&row.values) {
        if left.is_empty() || right.is_empty() {
            continue;
        }
        let Some((kind, weight)) = weigh(role.role, left == right, record, row) else { continue };
        contradicted |= kind == EvidenceKind::Differs;
        doubt *= 1.0 - weight;
        evidence.push(Evidence {
            role: role.role,
            field: role.field.clone(),
            column: role.column.clone(),
            kind,
        });
    }
    let mut confidence = (100.0 * (1.0 - doubt)) as u32;
    if contradicted {
        confidence = confidence.min(CONTRADICTED);
    }
    let suggestion =
        Suggestion { record: SystemId(record.id), row: RowId(row.id), confidence, evidence, n_rivals: 0 };
    Some(suggestion).filter(|it| it.confidence >= MIN_CONFIDENCE)
}

/// What two values of a role say, and how much; none when they say nothing.
fn weigh(role: Role, same: bool, record: &Profile, row: &Profile) -> Option<(EvidenceKind, f64)> {
    use EvidenceKind::{Alike, Differs, Same, SameDomain};
    Some(match role {
        Role::Key | Role::TaxNumber if same => (Same, 0.85),
        Role::TaxNumber => (Differs, 0.0),
        Role::Mail if same => (Same, 0.6),
        Role::Mail if record.domain.is_some() && record.domain == row.domain => (SameDomain, 0.3),
        Role::Phone if same => (Same, 0.5),
        Role::Name if same => (Same, 0.7),
        Role::Name => {
            let likeness = likeness(&record.words, &row.words);
            if likeness < MIN_LIKENESS {
                return None;
            }
            (Alike { likeness }, 0.7 * f64::from(likeness - 40) / 60.0)
        }
        Role::Address if same => (Same, 0.4),
        Role::PostCode if same => (Same, 0.25),
        Role::City if same => (Same, 0.1),
        _ => return None,
    })
}
