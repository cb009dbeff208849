//! A store in memory: what a job keeps, one transaction at a time, and what is forgotten when it dies.

use std::cell::RefCell;
use std::collections::BTreeMap;

use couplet_engine::MappingName;
use couplet_engine::coupling::{JobId, OptionCoupling};
use couplet_engine::executor::{EntryId, Settlement};
use couplet_engine::job::{SynchJob, SynchJobError};
use couplet_engine::planning::MappingState;
use couplet_synchronization::{OpenEntry, Pair, Recording, Store, StoreError};

/// Everything that is kept.
#[derive(Debug, Clone, Default)]
pub(crate) struct Kept {
    pub(crate) pair: Option<Pair>,
    pub(crate) states: BTreeMap<MappingName, MappingState>,
    pub(crate) options: BTreeMap<MappingName, Vec<OptionCoupling>>,
    pub(crate) open: Vec<OpenEntry>,
    pub(crate) next_entry: u64,
    pub(crate) jobs: Vec<SynchJob>,
    pub(crate) errors: Vec<SynchJobError>,
    pub(crate) settlements: Vec<(JobId, Settlement)>,
}

/// A store in memory.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    pub(crate) kept: RefCell<Kept>,
    /// Entries and recordings that were kept.
    pub(crate) n_transactions: RefCell<usize>,
}

impl Memory {
    fn change(&self, change: impl FnOnce(&mut Kept)) {
        change(&mut self.kept.borrow_mut());
        *self.n_transactions.borrow_mut() += 1;
    }
}

impl Store for Memory {
    async fn mapping_state(&self, mapping: &MappingName) -> Result<MappingState, StoreError> {
        Ok(self.kept.borrow().states.get(mapping).cloned().unwrap_or_default())
    }

    async fn option_couplings(&self, mapping: &MappingName) -> Result<Vec<OptionCoupling>, StoreError> {
        Ok(self.kept.borrow().options.get(mapping).cloned().unwrap_or_default())
    }

    async fn open_entries(&self) -> Result<Vec<OpenEntry>, StoreError> {
        Ok(self.kept.borrow().open.clone())
    }

    async fn next_entry(&self) -> Result<EntryId, StoreError> {
        Ok(EntryId(self.kept.borrow().next_entry))
    }

    async fn settlements(&self, job: JobId) -> Result<Vec<Settlement>, StoreError> {
        let kept = self.kept.borrow();
        let of_job = kept.settlements.iter().filter(|(of, _)| *of == job);
        Ok(of_job.map(|(_, settlement)| settlement.clone()).collect())
    }

    async fn job(&self, job: JobId) -> Result<Option<SynchJob>, StoreError> {
        Ok(self.kept.borrow().jobs.iter().find(|known| known.id == job).cloned())
    }

    async fn store_entry(&self, entry: &OpenEntry) -> Result<(), StoreError> {
        self.change(|kept| {
            kept.next_entry = entry.entry.id.0 + 1;
            kept.open.push(entry.clone());
        });
        Ok(())
    }

    async fn record(&self, recording: &Recording) -> Result<(), StoreError> {
        self.change(|kept| {
            let job = recording.job.as_ref().map(|job| job.id);
            let open = kept.open.iter().find(|open| Some(open.entry.id) == recording.completed);
            let job = job.or(open.map(|open| open.job));
            kept.open.retain(|open| Some(open.entry.id) != recording.completed);
            if let Some(job) = job {
                kept.settlements.extend(recording.settlements.iter().map(|it| (job, it.clone())));
            }
            let state = kept.states.entry(recording.mapping.clone()).or_default();
            for record in &recording.delete_couplings {
                state.couplings.remove(*record);
            }
            for coupling in &recording.put_couplings {
                state.couplings.insert(coupling.clone());
            }
            state.local_watermark = recording.progress.local_watermark;
            state.integration_watermark = recording.progress.integration_watermark;
            state.failed_records = recording.progress.failed_records.iter().copied().collect();
            state.failed_rows = recording.progress.failed_rows.iter().copied().collect();
            let options = kept.options.entry(recording.mapping.clone()).or_default();
            let changed = recording.put_option_couplings.iter().map(|it| it.record.id());
            let gone: Vec<_> = changed.chain(recording.delete_option_couplings.iter().copied()).collect();
            options.retain(|it| !gone.contains(&it.record.id()));
            options.extend(recording.put_option_couplings.iter().cloned());
            kept.errors.extend(recording.errors.iter().cloned());
            if let Some(job) = &recording.job {
                kept.jobs.retain(|known| known.id != job.id);
                kept.jobs.push(job.clone());
            }
        });
        Ok(())
    }

    async fn pair(&self) -> Result<Option<Pair>, StoreError> {
        Ok(self.kept.borrow().pair.clone())
    }

    async fn keep_pair(&self, pair: &Pair) -> Result<(), StoreError> {
        self.kept.borrow_mut().pair = Some(pair.clone());
        Ok(())
    }
}
