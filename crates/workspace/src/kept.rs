//! What is kept between runs, for the workspace file: of each mapping couplings, option couplings and progress, and the
//! pair of systems that they belong to. Journal and jobs are not in the file: they tell what happened, not how things are.

use couplet_engine::MappingName;
use couplet_engine::coupling::OptionCoupling;
use couplet_engine::planning::{Couplings, MappingState};
use couplet_synchronization::{Pair, Progress};
use serde::{Deserialize, Serialize};

use super::couplings::{StoredCoupling, StoredOptionCoupling, StoredProgress};
use super::scalars::StoredName;
use super::words::Words;
use super::{Damage, Problem, encode_line};

/// What is kept between runs.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct KeptOfWorkspace {
    /// The pair of systems that it belongs to; none before the first run, and where a file does not say.
    pub pair: Option<Pair>,
    /// What is kept of each mapping.
    pub mappings: Vec<KeptOfMapping>,
}

/// What is kept of a mapping between its runs.
#[derive(Debug, Clone, PartialEq)]
pub struct KeptOfMapping {
    /// The mapping.
    pub mapping: MappingName,
    /// Its couplings and how far its runs have come.
    pub state: MappingState,
    /// Its option couplings.
    pub option_couplings: Vec<OptionCoupling>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct StoredKept {
    mapping: StoredName,
    progress: StoredProgress,
    option_couplings: Vec<StoredOptionCoupling>,
    couplings: Vec<StoredCoupling>,
}

impl KeptOfMapping {
    /// What is kept beside the couplings.
    pub fn progress(&self) -> Progress {
        Progress::of(&self.state)
    }

    /// The couplings with a record in the order of their ids, so that equal workspaces give equal files.
    fn couplings_in_order(&self) -> Vec<&couplet_engine::planning::CouplingState> {
        let mut couplings: Vec<_> = self.state.couplings.iter().collect();
        couplings.sort_unstable_by_key(|it| it.record_end().map(|end| end.id()));
        couplings
    }
}

/// The state of a mapping with this progress and these couplings.
pub fn state_of(progress: Progress, couplings: Couplings) -> MappingState {
    MappingState {
        couplings,
        local_watermark: progress.local_watermark,
        integration_watermark: progress.integration_watermark,
        failed_records: progress.failed_records.into_iter().collect(),
        failed_rows: progress.failed_rows.into_iter().collect(),
    }
}

/// The list of a workspace file: each coupling on a line of its own.
///
/// # Errors
/// None in practice: every value has a form in JSON.
pub(crate) fn write_kept(kept: &[KeptOfMapping]) -> Result<String, serde_json::Error> {
    let mut text = String::from("[");
    for (idx, kept) in kept.iter().enumerate() {
        let mut words = Words::default();
        let mut lines = Vec::with_capacity(kept.state.couplings.len());
        for coupling in kept.couplings_in_order() {
            lines.push(encode_line(&StoredCoupling::of(coupling, &mut words))?);
        }
        let mut options = Vec::with_capacity(kept.option_couplings.len());
        for coupling in &kept.option_couplings {
            options.push(encode_line(&StoredOptionCoupling::from(coupling))?);
        }
        let mapping = encode_line(&StoredName(kept.mapping.clone()))?;
        let progress = encode_line(&StoredProgress::of(&kept.progress(), &words))?;
        text.push_str(if idx == 0 { "\n" } else { ",\n" });
        text.push_str(&format!("    {{\n      \"mapping\": {mapping},\n      \"progress\": {progress},\n"));
        text.push_str(&format!("      \"optionCouplings\": {},\n", list(&options)));
        text.push_str(&format!("      \"couplings\": {}\n    }}", list(&lines)));
    }
    text.push_str(if kept.is_empty() { "]" } else { "\n  ]" });
    Ok(text)
}

fn list(lines: &[String]) -> String {
    if lines.is_empty() {
        return "[]".to_owned();
    }
    format!("[\n        {}\n      ]", lines.join(",\n        "))
}

/// Reads the list of a workspace file.
///
/// # Errors
/// The first value that cannot be read, a mapping that is there twice, or a record or row that is coupled twice.
pub(crate) fn read_kept(stored: Vec<StoredKept>) -> Result<Vec<KeptOfMapping>, Damage> {
    let mut kept: Vec<KeptOfMapping> = Vec::with_capacity(stored.len());
    for (idx, stored) in stored.into_iter().enumerate() {
        let holder = format!("[{idx}]");
        if kept.iter().any(|other| other.mapping == stored.mapping.0) {
            let key = stored.mapping.0.as_str().to_owned();
            return Err(Damage::new(holder, Problem::Duplicate { key }));
        }
        kept.push(stored.read().map_err(|damage| damage.inside(&holder))?);
    }
    Ok(kept)
}

impl StoredKept {
    fn read(self) -> Result<KeptOfMapping, Damage> {
        let (progress, words) = self.progress.read().map_err(|damage| damage.inside("progress"))?;
        let mut couplings = Couplings::default();
        for (idx, stored) in self.couplings.into_iter().enumerate() {
            let key = stored.key();
            let holder = format!("couplings[{idx}]");
            couplings.insert(stored.read(&words).map_err(|damage| damage.inside(&holder))?);
            // One that replaced another leaves fewer than were read.
            if couplings.len() != idx + 1 {
                return Err(Damage::new(holder, Problem::Duplicate { key }));
            }
        }
        let options = self.option_couplings.into_iter().enumerate().map(|(idx, stored)| {
            stored.read().map_err(|damage| damage.inside(&format!("optionCouplings[{idx}]")))
        });
        Ok(KeptOfMapping {
            mapping: self.mapping.0,
            state: state_of(progress, couplings),
            option_couplings: options.collect::<Result<_, _>>()?,
        })
    }
}
