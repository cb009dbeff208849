//! Goals other than a run: coupling chosen pairs, coupling by criteria, uncoupling, taking a job back. Each is prepared
//! here, and then planned, shown and applied like a run.

use couplet_engine::Side;
use couplet_engine::coupling::{JobId, RowId, SystemId};
use couplet_engine::executor::Settlement;
use couplet_engine::matching::{MatchError, MatchOutcome, match_records};
use couplet_engine::planning::{
    DeletedPartners, FirstSynchronization, InitialSynchronization, Mend, MendInput, Pass, Plan, PlanError,
    References, Settings, couple_chosen, couple_matched, followed_by, mend, uncouple_chosen,
};
use couplet_engine::undo::{CreatedRecords, UndoInput, UndoReads, undo, undo_reads};
use jiff::Timestamp;
use rustc_hash::FxHashSet;
use uuid::Uuid;

use crate::control::{Control, Progressed};
use crate::error::RunError;
use crate::follow_up::Neighborhood;
use crate::mending::mends;
use crate::ports::Ports;
use crate::prepare::{Half, Selector, settings};
use crate::prepared::{Content, Prepared, RecordTables};
use crate::reading::Reader;
use crate::recover::recover;
use crate::references::ReferenceReader;
use crate::session::Session;
use crate::store::Store;
use crate::task::Task;

/// What is to be reached.
#[derive(Debug, Clone, PartialEq)]
pub enum Goal {
    /// What the task's run says.
    Run,
    /// These pairs are coupled (S3.2), and synchronized in the same job where a person wants that (S3.12).
    Couple {
        /// Records and rows.
        pairs: Vec<(SystemId, RowId)>,
        /// Who wins the first time.
        first: InitialSynchronization,
    },
    /// Records are coupled by the criteria of the field mappings (S3.30); what the mapping wants after it is part of the
    /// job: new rows for those without a partner (S3.38), and a synchronization of the others (S3.39).
    Match {
        /// Only these records; all in the filter where there are none.
        chosen: Option<FxHashSet<SystemId>>,
    },
    /// The couplings of these records are removed (S3.45).
    Uncouple {
        /// Business Central records.
        records: FxHashSet<SystemId>,
    },
    /// Broken couplings are mended (S2.22, S3.55).
    Mend {
        /// Only those of these Business Central records; all where there are none.
        chosen: Option<FxHashSet<SystemId>>,
        /// What becomes of those that have lost a record.
        deleted: DeletedPartners,
    },
    /// A job is taken back (M-27).
    Undo {
        /// The job.
        job: JobId,
        /// What becomes of the records that it created.
        created: CreatedRecords,
    },
}

/// A goal with what it needs beside both tables.
#[derive(Debug, Clone)]
pub(crate) enum Aim {
    Run,
    Couple {
        pairs: Vec<(SystemId, RowId)>,
        first: InitialSynchronization,
    },
    Match {
        chosen: Option<FxHashSet<SystemId>>,
    },
    Uncouple {
        records: FxHashSet<SystemId>,
    },
    Mend {
        chosen: Option<FxHashSet<SystemId>>,
        deleted: DeletedPartners,
        mends: Vec<Mend>,
    },
    Undo {
        settlements: Vec<Settlement>,
        created: CreatedRecords,
    },
    /// What follows another job; see `follow_up`.
    FollowUp {
        plan: Plan,
    },
}

/// Reads everything that a goal other than a run needs. Batches whose outcome an earlier run did not keep are settled
/// first. Nothing is written to either system.
///
/// # Errors
/// As [`prepare`](crate::prepare). An option mapping has no such goals.
pub async fn prepare_goal<P: Ports, S: Store>(
    session: &Session<P>,
    store: &S,
    task: &Task<'_>,
    goal: &Goal,
    control: &Control,
    progress: &dyn Fn(Progressed),
) -> Result<Prepared, RunError> {
    if *goal == Goal::Run {
        return crate::prepare::prepare(session, store, task, control, progress).await;
    }
    let mapping = task.mapping()?;
    if mapping.is_option_mapping() {
        return Err(PlanError::OptionMapping.into());
    }
    let n_before = session.n_requests();
    recover(session, store, task).await?;
    let now = session.ports().now();
    let state = store.mapping_state(&mapping.name).await?;
    let reader = Reader { session, control, progress };
    let selector = Selector { reader: &reader, task, mapping, state: &state, now };
    let mut business_central = selector.half(Side::BusinessCentral).await?;
    let mut dataverse = selector.half(Side::Dataverse).await?;
    let aim = read_for(goal, store, &selector, &mut business_central, &mut dataverse).await?;
    let references = ReferenceReader { reader: &reader, store, task, mapping };
    let related = selector.related(&references, &business_central).await?;
    let business_central = selector.side_table(business_central, &related);
    let dataverse = selector.side_table(dataverse, &related);
    let tables = RecordTables {
        business_central,
        dataverse,
        state,
        references: References::default(),
        unable_owners: FxHashSet::default(),
        neighbors: Vec::new(),
    };
    let mut prepared = Prepared {
        mapping: mapping.clone(),
        run: task.run.clone(),
        kind: task.kind,
        settings: Settings::default(),
        content: Content::Records(Box::new(tables)),
        aim,
        first: None,
        now: session.clocks().earliest(now),
        clocks: session.clocks(),
        n_requests: 0,
    };
    read_more(&mut prepared, &references, now).await?;
    prepared.settings = settings(session, task, prepared.planned_run(), &prepared.content).await?;
    prepared.n_requests = session.n_requests() - n_before;
    Ok(prepared)
}

/// Reads what follows from the plan of a goal: what its first synchronization points to, and the persons of companies that
/// are uncoupled.
async fn read_more<P: Ports, S: Store>(
    prepared: &mut Prepared,
    references: &ReferenceReader<'_, '_, P, S>,
    now: Timestamp,
) -> Result<(), RunError> {
    prepared.first = prepared.first_synchronization()?.map(Box::new);
    let Content::Records(tables) = &mut prepared.content else { return Ok(()) };
    if prepared.first.is_some() {
        let found = references.read(&tables.business_central, &tables.dataverse).await?;
        (tables.references, tables.unable_owners) = found;
    }
    if let Aim::Uncouple { records } = &prepared.aim {
        let ReferenceReader { reader, store, task, mapping } = *references;
        let pair = |record: &SystemId| Some((*record, tables.state.couplings.row_of(*record)?));
        let pairs: Vec<_> = records.iter().filter_map(pair).collect();
        let persons = Neighborhood { reader, store, task, now }.persons(mapping, &pairs).await?;
        tables.neighbors = persons.into_iter().collect();
    }
    Ok(())
}

/// Reads the records of a goal.
async fn read_for<P: Ports, S: Store>(
    goal: &Goal,
    store: &S,
    selector: &Selector<'_, '_, P>,
    business_central: &mut Half,
    dataverse: &mut Half,
) -> Result<Aim, RunError> {
    Ok(match goal {
        Goal::Run => Aim::Run,
        Goal::Couple { pairs, first } => {
            let records = pairs.iter().map(|(record, _)| record.0).collect();
            selector.append(business_central, records).await?;
            selector.append(dataverse, pairs.iter().map(|(_, row)| row.0).collect()).await?;
            Aim::Couple { pairs: pairs.clone(), first: *first }
        }
        Goal::Match { chosen } => {
            selector.read_all(business_central, chosen.as_ref()).await?;
            selector.read_all(dataverse, None).await?;
            Aim::Match { chosen: chosen.clone() }
        }
        Goal::Uncouple { records } => {
            let rows = records.iter().filter_map(|record| selector.state.couplings.row_of(*record));
            selector.append(dataverse, rows.map(|row| row.0).collect()).await?;
            Aim::Uncouple { records: records.clone() }
        }
        Goal::Mend { chosen, deleted } => {
            let is_chosen = |record: &SystemId| chosen.as_ref().is_none_or(|chosen| chosen.contains(record));
            let ends = selector.state.couplings.iter().filter_map(|state| {
                let record = state.record_end().map(|end| end.id()).filter(is_chosen)?;
                Some((record.0, state.coupling.row.id().0))
            });
            let (records, rows): (Vec<Uuid>, Vec<Uuid>) = ends.unzip();
            selector.append(business_central, records).await?;
            selector.append(dataverse, rows).await?;
            Aim::Mend { chosen: chosen.clone(), deleted: *deleted, mends: mends(selector).await? }
        }
        Goal::Undo { job, created } => {
            let settlements = store.settlements(*job).await?;
            let reads = undo_reads(&settlements);
            add_fields(business_central, dataverse, &reads);
            let records: Vec<Uuid> = reads.records.iter().map(|record| record.0).collect();
            selector.append(business_central, records).await?;
            selector.append(dataverse, reads.rows.iter().map(|row| row.0).collect()).await?;
            Aim::Undo { settlements, created: *created }
        }
    })
}

/// Fields that the job wrote and that no field mapping names any more.
fn add_fields(business_central: &mut Half, dataverse: &mut Half, reads: &UndoReads) {
    for (half, names) in [(business_central, &reads.fields), (dataverse, &reads.columns)] {
        for name in names {
            half.add_known_field(name);
        }
    }
}

impl Prepared {
    /// The plan of a goal, with what is synchronized after it; none for a run.
    pub(crate) fn plan_of_goal(&self, tables: &RecordTables) -> Option<Result<Plan, PlanError>> {
        let goal = self.plan_of_aim(tables)?;
        Some(match &self.first {
            None => goal,
            Some(_) => goal.and_then(|goal| Ok(followed_by(goal, self.planner(tables)?.plan()))),
        })
    }

    /// What is synchronized once the couplings of the goal are made; none where nothing is.
    fn first_synchronization(&self) -> Result<Option<FirstSynchronization>, PlanError> {
        let Content::Records(tables) = &self.content else { return Ok(None) };
        let Some(couplings) = self.plan_of_aim(tables) else { return Ok(None) };
        let (mapping, state, couplings) = (&self.mapping, &tables.state, couplings?);
        Ok(match &self.aim {
            Aim::Couple { pairs, first } => {
                FirstSynchronization::of_chosen(mapping, state, &couplings, pairs, *first)
            }
            Aim::Match { .. } => {
                let outcome = self.matching().and_then(Result::ok).unwrap_or_default();
                FirstSynchronization::of_matched(mapping, state, &couplings, &outcome.unmatched)
            }
            Aim::Mend { chosen, deleted, mends } => {
                let input = self.mend_input(tables, (chosen.as_ref(), mends, *deleted));
                let (_, run) = mend(input)?;
                run.map(|run| FirstSynchronization { run, state: state.clone() })
            }
            Aim::Run | Aim::Uncouple { .. } | Aim::Undo { .. } | Aim::FollowUp { .. } => None,
        })
    }

    fn mend_input<'a>(
        &'a self,
        tables: &'a RecordTables,
        (chosen, mends, deleted): (Option<&'a FxHashSet<SystemId>>, &'a [Mend], DeletedPartners),
    ) -> MendInput<'a> {
        MendInput {
            mapping: &self.mapping,
            couplings: &tables.state.couplings,
            business_central: tables.business_central.records(),
            dataverse: tables.dataverse.records(),
            chosen,
            mends,
            deleted,
        }
    }

    fn plan_of_aim(&self, tables: &RecordTables) -> Option<Result<Plan, PlanError>> {
        let (business_central, dataverse) = (tables.business_central.records(), tables.dataverse.records());
        let couplings = &tables.state.couplings;
        let name = &self.mapping.name;
        Some(match &self.aim {
            Aim::Run => return None,
            Aim::Couple { pairs, first } => {
                let pass = first.pass().unwrap_or(Pass::ToIntegrationTable);
                couple_chosen(name, pass, pairs, business_central, dataverse, couplings)
            }
            Aim::Match { .. } => Ok(couple_matched(name, &self.matching()?.unwrap_or_default())),
            Aim::Uncouple { records } => {
                let company = self.settings.company.as_ref();
                uncouple_chosen(&self.mapping, company, couplings, dataverse, records)
            }
            Aim::Mend { chosen, deleted, mends } => {
                let input = self.mend_input(tables, (chosen.as_ref(), mends, *deleted));
                mend(input).map(|(plan, _)| plan)
            }
            Aim::FollowUp { plan } => Ok(plan.clone()),
            Aim::Undo { settlements, created } => undo(UndoInput {
                mapping: name,
                settlements,
                business_central,
                dataverse,
                couplings,
                created: *created,
            }),
        })
    }

    /// What criteria found, with the records that have no partner and why; none when that was not the goal.
    pub fn matching(&self) -> Option<Result<MatchOutcome, MatchError>> {
        let (Content::Records(tables), Aim::Match { chosen }) = (&self.content, &self.aim) else {
            return None;
        };
        Some(match_records(
            &self.mapping,
            tables.business_central.records(),
            tables.dataverse.records(),
            &tables.state.couplings,
            chosen.as_ref(),
        ))
    }
}
