//! Saved connections on disk: one file, encrypted as a whole, replaced at once, written by one process at a time.
//! Which connections there are is decided elsewhere.

mod format;
mod key;
mod rotation;
mod saved;

use std::fs::{File, OpenOptions, TryLockError};
use std::io::Write;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

pub use key::{KeyError, KeySource, StoreKey};
pub use rotation::rotate_key;
pub use saved::SavedConnection;

/// Name of the file of connections.
const FILE: &str = "connections.couplet";
/// Name of the file whose lock keeps a second process out.
const LOCK: &str = "lock";

/// Why the store cannot be used. Whatever was found is left as it is.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// A file or the folder cannot be read or written.
    #[error("cannot use `{path}`: {source}")]
    Io {
        /// The path.
        path: String,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// Another process has the store open.
    #[error("another Couplet uses `{0}`; end it first, or name another folder with --data")]
    InUse(String),
    /// Others than the owner can read or write a file that must be private.
    #[error("`{0}` can be read or written by others; set its permissions to 0600, owned by who runs Couplet")]
    NotPrivate(String),
    /// The file is not one of Couplet's, or of a version that this one cannot read.
    #[error("`{0}` is not a file of connections that this version can read; it was left as it is")]
    Foreign(String),
    /// The file was written with another key.
    #[error(
        "`{path}` was encrypted with another key ({written}, this one is {given}); give that key, or move the \
         file away to begin anew; it was left as it is"
    )]
    OtherKey {
        /// The file.
        path: String,
        /// Fingerprint of the key it was written with.
        written: String,
        /// Fingerprint of the key at hand.
        given: String,
    },
    /// The file was changed or damaged since it was written.
    #[error("`{0}` is damaged: it does not decrypt; restore a copy, or move it away; it was left as it is")]
    Damaged(String),
    /// The key cannot be had.
    #[error(transparent)]
    Key(#[from] KeyError),
}

impl StoreError {
    fn io(path: &Path) -> impl Fn(std::io::Error) -> Self + '_ {
        |source| Self::Io { path: path.display().to_string(), source }
    }
}

/// The open store. Its lock ends with it.
#[derive(Debug)]
pub struct Store {
    file: PathBuf,
    key: StoreKey,
    _lock: File,
}

impl Store {
    /// Opens the store in a folder, which is made when it is missing. Nothing is written before the first change,
    /// apart from the lock and, if it has to be made, the key.
    ///
    /// # Errors
    /// [`StoreError`] when the folder is in use or cannot be used, or the key cannot be had.
    pub fn open(folder: &Path, source: &KeySource) -> Result<Self, StoreError> {
        let lock = lock(folder)?;
        rotation::finish(folder, source)?;
        let key = source.key()?;
        Ok(Self { file: folder.join(FILE), key, _lock: lock })
    }

    /// The saved connections; none when nothing was saved yet.
    ///
    /// # Errors
    /// [`StoreError`] when the file is damaged, foreign, encrypted with another key, or readable by others.
    pub fn read(&self) -> Result<Vec<SavedConnection>, StoreError> {
        let Some(bytes) = read_private(&self.file)? else { return Ok(Vec::new()) };
        let text = format::open(&self.key, &bytes, &self.file)?;
        serde_json::from_slice(&text).map_err(|_| StoreError::Foreign(self.file.display().to_string()))
    }

    /// Replaces the saved connections at once: a crash leaves the old file or the new one, never half of one.
    ///
    /// # Errors
    /// [`StoreError::Io`] when the folder cannot be written.
    pub fn write(&self, connections: &[SavedConnection]) -> Result<(), StoreError> {
        let text = Zeroizing::new(serde_json::to_vec(connections).map_err(|error| StoreError::Io {
            path: self.file.display().to_string(),
            source: error.into(),
        })?);
        replace(&self.file, &format::seal(&self.key, &text)?)
    }
}

/// Takes the lock of the folder, or says that another process has it.
fn lock(folder: &Path) -> Result<File, StoreError> {
    std::fs::create_dir_all(folder).map_err(StoreError::io(folder))?;
    let path = folder.join(LOCK);
    let file = OpenOptions::new()
        .create(true)
        .write(true)
        .truncate(false)
        .open(&path)
        .map_err(StoreError::io(&path))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(StoreError::InUse(folder.display().to_string())),
        Err(TryLockError::Error(source)) => Err(StoreError::io(&path)(source)),
    }
}

/// The text of a file that only its owner may read, such as a private key.
///
/// # Errors
/// [`StoreError`] when it is missing, open to others, or not a text.
pub fn read_private_text(path: &Path) -> Result<Zeroizing<String>, StoreError> {
    let missing = || StoreError::io(path)(std::io::ErrorKind::NotFound.into());
    let bytes = read_private(path)?.ok_or_else(missing)?;
    let text = std::str::from_utf8(&bytes);
    text.map(|text| Zeroizing::new(text.to_owned()))
        .map_err(|_| StoreError::io(path)(std::io::ErrorKind::InvalidData.into()))
}

/// The content of a file that only its owner may read; nothing when there is no such file.
fn read_private(path: &Path) -> Result<Option<Zeroizing<Vec<u8>>>, StoreError> {
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(StoreError::io(path)(error)),
    };
    // Of the opened file, not of the path: nobody can put another one there in between.
    let metadata = file.metadata().map_err(StoreError::io(path))?;
    if !is_private(&metadata) {
        return Err(StoreError::NotPrivate(path.display().to_string()));
    }
    let mut bytes = Zeroizing::new(Vec::new());
    std::io::Read::read_to_end(&mut file, &mut bytes).map_err(StoreError::io(path))?;
    Ok(Some(bytes))
}

/// Whether a file is the caller's own and closed to everybody else.
#[cfg(unix)]
fn is_private(metadata: &std::fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    // The process's own files belong to its effective user, and so does what it has under /proc.
    let own = std::fs::metadata("/proc/self").map(|own| own.uid());
    metadata.is_file() && metadata.mode() & 0o077 == 0 && own.map_or(true, |uid| uid == metadata.uid())
}

/// Elsewhere the permissions of the folder decide, which are those of the person's profile.
#[cfg(not(unix))]
fn is_private(metadata: &std::fs::Metadata) -> bool {
    metadata.is_file()
}

/// Writes beside the file, to the disk, and puts the result in its place.
fn replace(path: &Path, content: &[u8]) -> Result<(), StoreError> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    let fresh = path.with_file_name(name);
    write_private(&fresh, content)?;
    std::fs::rename(&fresh, path).map_err(StoreError::io(path))?;
    sync_folder(path)
}

/// Writes a file that only its owner can read.
fn write_private(path: &Path, content: &[u8]) -> Result<(), StoreError> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            return Err(StoreError::io(path)(error));
        }
        _ => {}
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path).map_err(StoreError::io(path))?;
    file.write_all(content).and_then(|()| file.sync_all()).map_err(StoreError::io(path))
}

/// Makes the name of a file durable, where folders can be synchronized.
fn sync_folder(path: &Path) -> Result<(), StoreError> {
    let Some(folder) = path.parent().filter(|_| cfg!(unix)) else { return Ok(()) };
    // A name alone has an empty one.
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(StoreError::io(folder))
}

#[cfg(test)]
mod tests;
