//! What can go wrong with stored data and workspace files, in words.

use couplet_engine::MappingNameError;

use super::I18n;
use crate::browser::files::ReadFileError;
use crate::browser::storage::StorageError;
use crate::i18n::*;
use crate::state::configuration::SaveError;
use couplet_synchronization::StoreError;
use couplet_workspace::{Damage, FileError, Problem};

/// Why a save did not happen.
pub fn save_error(i18n: I18n, error: &SaveError) -> String {
    match error {
        SaveError::NotLoaded => t_string!(i18n, save_error.not_loaded).to_owned(),
        SaveError::Busy => t_string!(i18n, save_error.busy).to_owned(),
        SaveError::Stale { .. } => t_string!(i18n, save_error.stale).to_owned(),
        SaveError::QuotaExceeded => t_string!(i18n, save_error.quota).to_owned(),
        SaveError::Refused { detail } => t_string!(i18n, save_error.refused, detail = detail.clone()),
        SaveError::Running => t_string!(i18n, save_error.running).to_owned(),
        SaveError::NoVersion => t_string!(i18n, save_error.no_version).to_owned(),
    }
}

/// Why something of a synchronization could not be kept or found.
pub fn store_error(i18n: I18n, error: &StoreError) -> String {
    match error {
        StoreError::QuotaExceeded => t_string!(i18n, save_error.quota).to_owned(),
        StoreError::Refused { detail } => t_string!(i18n, save_error.refused, detail = detail.clone()),
        StoreError::Damaged { path, detail } => {
            t_string!(i18n, save_error.damaged, path = path.clone(), detail = detail.clone())
        }
    }
}

/// Why the browser's database cannot be used.
pub fn storage_error(i18n: I18n, error: &StorageError) -> String {
    match error {
        StorageError::Unavailable { detail } => {
            t_string!(i18n, storage_error.unavailable, detail = detail.clone())
        }
        StorageError::NewerVersion => t_string!(i18n, storage_error.newer).to_owned(),
        StorageError::Damaged(damage) => t_string!(
            i18n,
            storage_error.damaged,
            path = damage.path.clone(),
            problem = problem(i18n, damage)
        ),
    }
}

/// Why a workspace file is refused.
pub fn file_error(i18n: I18n, error: &FileError) -> String {
    match error {
        FileError::NotJson { line, column } => {
            t_string!(i18n, file_error.not_json, line = line.to_string(), column = column.to_string())
        }
        FileError::OtherProduct { found: Some(found) } => {
            t_string!(i18n, file_error.other_product, found = found.clone())
        }
        FileError::OtherProduct { found: None } => t_string!(i18n, file_error.no_product).to_owned(),
        FileError::NewerVersion { found, known } => {
            t_string!(i18n, file_error.newer, found = found.to_string(), known = known.to_string())
        }
        FileError::Damaged(damage) => {
            t_string!(i18n, file_error.damaged, path = damage.path.clone(), problem = problem(i18n, damage))
        }
    }
}

/// Why a chosen file could not be read at all.
pub fn read_file_error(i18n: I18n, error: &ReadFileError) -> String {
    match error {
        ReadFileError::TooLarge { .. } => t_string!(i18n, file_error.too_large).to_owned(),
        ReadFileError::Unreadable { detail } => {
            t_string!(i18n, file_error.unreadable, detail = detail.clone())
        }
    }
}

fn problem(i18n: I18n, damage: &Damage) -> String {
    match &damage.problem {
        Problem::Shape { detail } => detail.clone(),
        Problem::Name(MappingNameError::Empty) => t_string!(i18n, damage.empty_name).to_owned(),
        Problem::Name(MappingNameError::TooLong { length }) => {
            t_string!(i18n, damage.long_name, length = length.to_string())
        }
        Problem::Duplicate { key } => t_string!(i18n, damage.duplicate, key = key.clone()),
        Problem::Missing { key } => t_string!(i18n, damage.missing, key = key.clone()),
    }
}
