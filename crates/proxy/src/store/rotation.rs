//! Changing the key: `couplet-proxy rotate-key`. The new key is on disk before the store is written with it, so a
//! crash at any point leaves a store whose key is at hand; the next start finishes what was begun.

use std::path::{Path, PathBuf};

use super::key::{KeySource, StoreKey};
use super::{FILE, Store, StoreError, format, read_private, sync_folder};

/// Encrypts the store with a new key. A key file is replaced by one with the new key; a key of the environment is
/// replaced by `next`, which has to be given at the next start.
///
/// # Errors
/// [`StoreError`] when the store is in use, cannot be read with the old key, or cannot be written.
pub fn rotate_key(folder: &Path, source: &KeySource, next: Option<&KeySource>) -> Result<(), StoreError> {
    let store = Store::open(folder, source)?;
    let connections = store.read()?;
    let key = match next {
        Some(next) => next.key()?,
        None => StoreKey::generate()?,
    };
    let key_file = match (source, next) {
        (KeySource::File(path), None) => Some(path),
        _ => None,
    };
    if let Some(path) = key_file {
        key.write_file(&fresh(path))?;
    }
    let Store { file, _lock, .. } = store;
    let renewed = Store { file, key, _lock };
    if read_private(&renewed.file)?.is_some() {
        renewed.write(&connections)?;
    }
    match key_file {
        Some(path) => put_in_force(path),
        None => Ok(()),
    }
}

/// Finishes a rotation that a crash interrupted: a new key that the store was written with already takes its place,
/// one that it was not is dropped.
pub(super) fn finish(folder: &Path, source: &KeySource) -> Result<(), StoreError> {
    let KeySource::File(path) = source else { return Ok(()) };
    let Some(key) = StoreKey::read_file(&fresh(path))? else { return Ok(()) };
    let store = read_private(&folder.join(FILE))?;
    let is_in_use =
        store.is_some_and(|bytes| format::written_with(&bytes) == Some(key.fingerprint().as_slice()));
    if is_in_use {
        put_in_force(path)
    } else {
        std::fs::remove_file(fresh(path)).map_err(StoreError::io(path))
    }
}

fn put_in_force(path: &Path) -> Result<(), StoreError> {
    std::fs::rename(fresh(path), path).map_err(StoreError::io(path))?;
    sync_folder(path)
}

/// Where the new key lies until it is in force.
fn fresh(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".next");
    path.with_file_name(name)
}
