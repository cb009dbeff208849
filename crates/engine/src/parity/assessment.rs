//! Classifies the records of a record mapping, step by step: each step takes some milliseconds, whatever the size.

use couplet_filter::{Bitmap, FieldValue};
use rustc_hash::{FxHashMap, FxHashSet};
use uuid::Uuid;

use super::{Ambiguity, Parity, ParityClass, SideParity};
use crate::columns::Column;
use crate::coupling::{CoupledRecord, RowId, SystemId};
use crate::mapping::IntegrationTableMapping;
use crate::matching::{MatchError, MatchOutcome, Matcher, Question, Role, WhyUnmatched, roles};
use crate::planning::{Comparison, CouplingState, Input, PlanError, Records};
use crate::schema::Side;

/// Records that one step compares: some dozens of fields each.
const PAIRS_A_STEP: usize = 256;
/// Records that one step looks at without comparing.
const ROWS_A_STEP: usize = 8_192;
/// Possible partners that are kept by name; of more, nobody looks at them one by one.
const MAX_CANDIDATES: usize = 50;

/// The work of one classification. The input has to be the same in every step; whatever changes it needs a new one.
#[derive(Debug, Default)]
pub struct Assessment {
    phase: Phase,
    /// Rows by id; of two rows with one id the later.
    records: FxHashMap<Uuid, u32>,
    rows: FxHashMap<Uuid, u32>,
    /// Couplings of which a record or a row was seen; some twice where a record was read twice.
    n_seen: usize,
    sides: [Judged; 2],
    out_of_step: FxHashMap<u32, Box<[u32]>>,
    matcher: Matcher,
    outcome: MatchOutcome,
    /// First rows of the hits that are all marked already.
    spread: FxHashSet<u32>,
    /// The mapping with what identifies a record as criteria, where it has none of its own.
    keyed: Option<Box<IntegrationTableMapping>>,
    not_judged: Option<MatchError>,
}

/// One side as far as it is judged.
#[derive(Debug, Default)]
struct Judged {
    classes: Vec<Option<ParityClass>>,
    partners: FxHashMap<u32, u32>,
    candidates: FxHashMap<u32, Vec<u32>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Phase {
    #[default]
    Start,
    RecordIds(usize),
    RowIds(usize),
    Records(usize),
    Rows(usize),
    Matching,
    Matched(usize),
    Unmatched(usize),
    Several,
    Done,
}

impl Assessment {
    /// Goes on: one step, or where both sides stand with the last. Only the direction of the mapping counts, not that of
    /// the input's run, nor whether anything changed.
    ///
    /// # Errors
    /// When it is an option mapping, or the key of a side was not read.
    pub fn step(&mut self, input: Input<'_>) -> Result<Option<Parity>, PlanError> {
        self.phase = match self.phase {
            Phase::Start => self.start(input)?,
            Phase::RecordIds(first) => {
                let end = read_ids(input.business_central, first, &mut self.records);
                if end == input.business_central.rows.n_rows() {
                    Phase::RowIds(0)
                } else {
                    Phase::RecordIds(end)
                }
            }
            Phase::RowIds(first) => {
                let end = read_ids(input.dataverse, first, &mut self.rows);
                if end == input.dataverse.rows.n_rows() { Phase::Records(0) } else { Phase::RowIds(end) }
            }
            Phase::Records(first) => self.judge_records(input, first)?,
            Phase::Rows(first) => self.judge_rows(input, first),
            Phase::Matching => self.find_candidates(input),
            Phase::Matched(first) => self.note_matched(first),
            Phase::Unmatched(first) => self.note_unmatched(input, first),
            Phase::Several => self.mark_several(),
            Phase::Done => return self.finish(input).map(Some),
        };
        Ok(None)
    }

    /// Classifies everything now, however long it takes.
    ///
    /// # Errors
    /// As [`step`](Self::step).
    pub fn finish_now(input: Input<'_>) -> Result<Parity, PlanError> {
        let mut assessment = Assessment::default();
        loop {
            if let Some(parity) = assessment.step(input)? {
                return Ok(parity);
            }
        }
    }

    fn start(&mut self, input: Input<'_>) -> Result<Phase, PlanError> {
        Comparison::bind(input)?;
        let n_rows = [input.business_central, input.dataverse].map(|records| records.rows.n_rows());
        self.sides = n_rows.map(|n| Judged { classes: vec![None; n], ..Judged::default() });
        self.records.reserve(n_rows[0]);
        self.rows.reserve(n_rows[1]);
        self.keyed = keyed(input.mapping).map(Box::new);
        Ok(Phase::RecordIds(0))
    }

    fn judge_records(&mut self, input: Input<'_>, first: usize) -> Result<Phase, PlanError> {
        let comparison = Comparison::bind(input)?;
        let records = input.business_central;
        let keys = keys(records);
        let (mut n_compared, mut differing) = (0, Vec::new());
        for row in first..records.rows.n_rows() {
            if n_compared == PAIRS_A_STEP || row - first == ROWS_A_STEP {
                return Ok(Phase::Records(row));
            }
            let state = id(keys, row).and_then(|id| input.state.couplings.get(SystemId(id)));
            self.n_seen += usize::from(state.is_some());
            let class = match state {
                None => uncoupled(records, row),
                Some(state) => match self.partner_of(state) {
                    None => ParityClass::Broken,
                    Some(partner) => {
                        n_compared += 1;
                        differing.clear();
                        comparison.out_of_step(row, partner as usize, &mut differing);
                        let class = match differing.is_empty() {
                            _ if matches!(state.coupling.record, CoupledRecord::Broken(_)) => {
                                ParityClass::Broken
                            }
                            true => ParityClass::Equal,
                            false => ParityClass::Different,
                        };
                        self.pair(row as u32, partner, class, &differing);
                        class
                    }
                },
            };
            self.set(Side::BusinessCentral, row as u32, class);
        }
        Ok(Phase::Rows(0))
    }

    fn partner_of(&self, state: &CouplingState) -> Option<u32> {
        self.rows.get(&state.coupling.row.id().0).copied()
    }

    fn pair(&mut self, record: u32, row: u32, class: ParityClass, differing: &[u32]) {
        self.judged(Side::BusinessCentral).partners.insert(record, row);
        self.judged(Side::Dataverse).partners.insert(row, record);
        self.set(Side::Dataverse, row, class);
        if class == ParityClass::Different {
            self.out_of_step.insert(record, differing.into());
        }
    }

    fn judge_rows(&mut self, input: Input<'_>, first: usize) -> Phase {
        let rows = input.dataverse;
        let end = (first + ROWS_A_STEP).min(rows.rows.n_rows());
        let keys = keys(rows);
        for row in first..end {
            if self.class(Side::Dataverse, row as u32).is_some() {
                continue;
            }
            let row_id = id(keys, row);
            let state = row_id.and_then(|id| input.state.couplings.of_row(RowId(id)));
            // A row that was read twice stands where its second reading stands.
            let again = row_id.and_then(|id| self.rows.get(&id)).copied().filter(|it| *it != row as u32);
            let class = match (state, again.and_then(|row| self.class(Side::Dataverse, row))) {
                (Some(_), Some(class)) => class,
                (Some(_), None) => {
                    self.n_seen += 1;
                    ParityClass::Broken
                }
                (None, _) => uncoupled(rows, row),
            };
            self.set(Side::Dataverse, row as u32, class);
        }
        if end == rows.rows.n_rows() { Phase::Matching } else { Phase::Rows(end) }
    }

    fn question<'a>(&'a self, input: Input<'a>) -> Question<'a> {
        Question {
            mapping: self.keyed.as_deref().unwrap_or(input.mapping),
            business_central: input.business_central,
            dataverse: input.dataverse,
            couplings: &input.state.couplings,
            chosen: None,
        }
    }

    fn find_candidates(&mut self, input: Input<'_>) -> Phase {
        let mut matcher = std::mem::take(&mut self.matcher);
        let answer = matcher.step(self.question(input));
        self.matcher = matcher;
        match answer {
            Ok(None) => return Phase::Matching,
            Ok(Some(outcome)) => self.outcome = outcome,
            Err(error) => {
                self.not_judged = Some(error);
                return Phase::Done;
            }
        }
        Phase::Matched(0)
    }

    /// Notes who match-based coupling would couple with whom.
    fn note_matched(&mut self, first: usize) -> Phase {
        let end = (first + ROWS_A_STEP / 2).min(self.outcome.matched.len());
        for place in first..end {
            let Some(matched) = self.outcome.matched.get(place).copied() else { break };
            let rows = self.records.get(&matched.record.0).zip(self.rows.get(&matched.row.0));
            if let Some((&record, &row)) = rows {
                self.could_be(record, row);
            }
        }
        if end == self.outcome.matched.len() { Phase::Unmatched(0) } else { Phase::Matched(end) }
    }

    /// Notes who could be the partner of records that found several, or one that another record found before.
    fn note_unmatched(&mut self, input: Input<'_>, first: usize) -> Phase {
        let end = (first + PAIRS_A_STEP).min(self.outcome.unmatched.len());
        for place in first..end {
            let Some(unmatched) = self.outcome.unmatched.get(place).copied() else { break };
            let Some(&record) = self.records.get(&unmatched.record.0) else { continue };
            match unmatched.why {
                WhyUnmatched::HitIsCoupled { row } if input.state.couplings.of_row(row).is_none() => {
                    if let Some(&row) = self.rows.get(&row.0) {
                        self.could_be(record, row);
                    }
                }
                WhyUnmatched::Ambiguous { .. } => self.note_hits(input, record),
                _ => {}
            }
        }
        if end == self.outcome.unmatched.len() { Phase::Several } else { Phase::Unmatched(end) }
    }

    /// The first of its hits are kept by name; all of them are ambiguous.
    fn note_hits(&mut self, input: Input<'_>, record: u32) {
        let hits = self.matcher.hits(self.question(input), record as usize);
        let kept: Vec<u32> = hits.take(MAX_CANDIDATES).map(|row| row as u32).collect();
        self.ambiguous(Side::BusinessCentral, record);
        let is_first = kept.first().is_some_and(|first| self.spread.insert(*first));
        if is_first {
            let hits = self.matcher.hits(self.question(input), record as usize);
            let all: Vec<u32> = hits.map(|row| row as u32).collect();
            all.into_iter().for_each(|row| self.ambiguous(Side::Dataverse, row));
        }
        kept.into_iter().for_each(|row| self.could_be(record, row));
    }

    /// Who has several possible partners is ambiguous, and so are these.
    fn mark_several(&mut self) -> Phase {
        for (side, other) in
            [(Side::BusinessCentral, Side::Dataverse), (Side::Dataverse, Side::BusinessCentral)]
        {
            let several = self.judged(side).candidates.iter().filter(|(_, candidates)| candidates.len() > 1);
            let several: Vec<(u32, Vec<u32>)> = several.map(|(row, it)| (*row, it.clone())).collect();
            for (row, candidates) in several {
                self.ambiguous(side, row);
                candidates.into_iter().for_each(|candidate| self.ambiguous(other, candidate));
            }
        }
        Phase::Done
    }

    /// Two records that are both only on their side could be one.
    fn could_be(&mut self, record: u32, row: u32) {
        let is_free = |class| matches!(class, Some(ParityClass::OnlyHere | ParityClass::Ambiguous));
        if !is_free(self.class(Side::BusinessCentral, record)) || !is_free(self.class(Side::Dataverse, row)) {
            return;
        }
        for (side, from, to) in [(Side::BusinessCentral, record, row), (Side::Dataverse, row, record)] {
            let candidates = self.judged(side).candidates.entry(from).or_default();
            if candidates.len() < MAX_CANDIDATES {
                candidates.push(to);
            }
        }
    }

    fn ambiguous(&mut self, side: Side, row: u32) {
        if self.class(side, row) == Some(ParityClass::OnlyHere) {
            self.set(side, row, ParityClass::Ambiguous);
        }
    }

    fn finish(&mut self, input: Input<'_>) -> Result<Parity, PlanError> {
        let is_any_lost =
            self.n_seen < input.state.couplings.len() || self.records.len() < self.sides[0].classes.len();
        let couplings = is_any_lost.then(|| input.state.couplings.iter()).into_iter().flatten();
        let lost = couplings.filter_map(|state| {
            let record = state.record_end()?.id();
            let is_there = self.records.contains_key(&record.0) || self.partner_of(state).is_some();
            (!is_there).then_some(record)
        });
        let mut lost: Vec<SystemId> = lost.collect();
        lost.sort_unstable();
        let used = self.keyed.as_deref().unwrap_or(input.mapping).field_mappings.iter();
        let used = used.filter(|field| field.use_for_match_based_coupling).map(|field| field.key()).collect();
        let ambiguity = match (self.not_judged.take(), &self.keyed) {
            (Some(error), _) => Ambiguity::NotJudged(error),
            (None, Some(_)) => Ambiguity::ByKey(used),
            (None, None) => Ambiguity::ByCriteria(used),
        };
        let [business_central, dataverse] = std::mem::take(&mut self.sides);
        Ok(Parity {
            business_central: business_central.finish(input.business_central),
            dataverse: dataverse.finish(input.dataverse),
            out_of_step: std::mem::take(&mut self.out_of_step),
            lost,
            left_out: Comparison::bind(input)?.left_out(),
            ambiguity,
        })
    }

    fn judged(&mut self, side: Side) -> &mut Judged {
        let [business_central, dataverse] = &mut self.sides;
        match side {
            Side::BusinessCentral => business_central,
            Side::Dataverse => dataverse,
        }
    }

    fn class(&self, side: Side, row: u32) -> Option<ParityClass> {
        let [business_central, dataverse] = &self.sides;
        let judged = match side {
            Side::BusinessCentral => business_central,
            Side::Dataverse => dataverse,
        };
        judged.classes.get(row as usize).copied().flatten()
    }

    fn set(&mut self, side: Side, row: u32, class: ParityClass) {
        if let Some(place) = self.judged(side).classes.get_mut(row as usize) {
            *place = Some(class);
        }
    }
}

impl Judged {
    fn finish(self, records: Records<'_>) -> SideParity {
        let classes: Vec<ParityClass> =
            self.classes.into_iter().map(|class| class.unwrap_or(ParityClass::OnlyHere)).collect();
        let mut outside = Bitmap::new(classes.len());
        for (row, class) in classes.iter().enumerate() {
            let is_coupled =
                matches!(class, ParityClass::Equal | ParityClass::Different | ParityClass::Broken);
            outside.set(row, is_coupled && uncoupled(records, row) == ParityClass::Excluded);
        }
        SideParity { classes, partners: self.partners, candidates: self.candidates, outside }
    }
}

/// Where an uncoupled record stands before anybody looked for a partner.
fn uncoupled(records: Records<'_>, row: usize) -> ParityClass {
    let is_set = |bitmap: &Bitmap| row < bitmap.len() && bitmap.get(row);
    let is_left_out = !is_set(records.in_filter) || records.ignored.is_some_and(is_set);
    if is_left_out { ParityClass::Excluded } else { ParityClass::OnlyHere }
}

fn keys<'a>(records: Records<'a>) -> Option<&'a Column> {
    records.rows.column(&records.schema.key_field)
}

fn id(keys: Option<&Column>, row: usize) -> Option<Uuid> {
    match keys?.get(row) {
        FieldValue::Guid(id) => Some(id),
        _ => None,
    }
}

/// Notes the rows of some ids, and says where the next ones begin.
fn read_ids(records: Records<'_>, first: usize, ids: &mut FxHashMap<Uuid, u32>) -> usize {
    let end = (first + ROWS_A_STEP).min(records.rows.n_rows());
    let keys = keys(records);
    ids.extend((first..end).filter_map(|row| Some((id(keys, row)?, row as u32))));
    end
}

/// The mapping with what identifies a record as criteria, where no field is one: its number first, then its name.
fn keyed(mapping: &IntegrationTableMapping) -> Option<IntegrationTableMapping> {
    if mapping.field_mappings.iter().any(|field| field.use_for_match_based_coupling) {
        return None;
    }
    let roles = roles(mapping);
    let mut keyed = mapping.clone();
    let mut n_keys = 0;
    for (priority, role) in [Role::Key, Role::Name].into_iter().enumerate() {
        let Some(by) = roles.iter().find(|field| field.role == role) else { continue };
        let mut fields = keyed.field_mappings.iter_mut();
        let field =
            fields.find(|it| it.field.as_ref() == Some(&by.field) && it.column.as_ref() == Some(&by.column));
        if let Some(field) = field {
            field.use_for_match_based_coupling = true;
            field.match_priority = priority as u32;
            n_keys += 1;
        }
    }
    (n_keys > 0).then_some(keyed)
}
