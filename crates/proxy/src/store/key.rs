//! The key of the store: from the environment, or from a file that only its owner can read and that is made when it
//! is missing. The operating system's key store is not used: docs/security.md says why.

use std::path::{Path, PathBuf};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::format::FINGERPRINT_BYTES;
use super::{StoreError, read_private, sync_folder, write_private};

/// Bytes of a key.
pub(super) const KEY_BYTES: usize = 32;

/// Why the key cannot be had.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// The text is not 32 bytes in base64.
    #[error("the key in {0} must be 32 bytes in base64, as `openssl rand -base64 32` prints them")]
    Malformed(String),
    /// The operating system gave no random bytes for a new key.
    #[error("no random bytes from the operating system")]
    NoRandomness(#[from] getrandom::Error),
    /// The text to encrypt is longer than the cipher takes.
    #[error("the connections are too large to be encrypted")]
    Unusable,
}

/// Where the key comes from.
#[derive(Clone)]
pub enum KeySource {
    /// A text, as the environment gives it; with the name to say when it is wrong.
    Text {
        /// Where it was found, such as `COUPLET_KEY`.
        name: String,
        /// 32 bytes in base64.
        text: Zeroizing<String>,
    },
    /// A file with such a text, made when it is missing.
    File(PathBuf),
}

impl std::fmt::Debug for KeySource {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Text { name, .. } => write!(formatter, "Text({name})"),
            Self::File(path) => write!(formatter, "File({})", path.display()),
        }
    }
}

impl KeySource {
    /// The key.
    ///
    /// # Errors
    /// When it is not 32 bytes in base64, or its file is readable by others or cannot be used.
    pub fn key(&self) -> Result<StoreKey, StoreError> {
        match self {
            Self::Text { name, text } => StoreKey::read(text.as_bytes(), name),
            Self::File(path) => match StoreKey::read_file(path)? {
                Some(key) => Ok(key),
                None => {
                    let key = StoreKey::generate()?;
                    key.write_file(path)?;
                    Ok(key)
                }
            },
        }
    }
}

/// A key of 256 bits; wiped at its end, never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct StoreKey(Zeroizing<[u8; KEY_BYTES]>);

impl std::fmt::Debug for StoreKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("StoreKey(…)")
    }
}

impl StoreKey {
    /// A new random key.
    ///
    /// # Errors
    /// When the operating system has no randomness to give.
    pub fn generate() -> Result<Self, StoreError> {
        let mut bytes = Zeroizing::new([0_u8; KEY_BYTES]);
        getrandom::fill(bytes.as_mut()).map_err(KeyError::from)?;
        Ok(Self(bytes))
    }

    /// Reads 32 bytes in base64; `name` says where they were found.
    fn read(text: &[u8], name: &str) -> Result<Self, StoreError> {
        let malformed = || KeyError::Malformed(name.to_owned());
        let bytes = Zeroizing::new(BASE64_STANDARD.decode(text.trim_ascii()).map_err(|_| malformed())?);
        let bytes: [u8; KEY_BYTES] = bytes.as_slice().try_into().map_err(|_| malformed())?;
        Ok(Self(Zeroizing::new(bytes)))
    }

    /// The key in a private file; nothing when there is no file.
    pub(super) fn read_file(path: &Path) -> Result<Option<Self>, StoreError> {
        let Some(text) = read_private(path)? else { return Ok(None) };
        Self::read(&text, &format!("`{}`", path.display())).map(Some)
    }

    /// Writes the key to a private file. It is on the disk with its name when this comes back: the store may be written
    /// with it, in another folder.
    pub(super) fn write_file(&self, path: &Path) -> Result<(), StoreError> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(StoreError::io(folder))?;
        }
        let mut text = Zeroizing::new(BASE64_STANDARD.encode(self.0.as_slice()));
        text.push('\n');
        write_private(path, text.as_bytes())?;
        sync_folder(path)
    }

    /// The first bytes of the key's SHA-256: enough to tell keys apart, no help to find one.
    pub(super) fn fingerprint(&self) -> [u8; FINGERPRINT_BYTES] {
        let mut hash = Sha256::new();
        hash.update(b"couplet key fingerprint");
        hash.update(self.0.as_slice());
        let hash: [u8; 32] = hash.finalize().into();
        hash.first_chunk().copied().unwrap_or_default()
    }

    pub(super) fn reveal(&self) -> &[u8; KEY_BYTES] {
        &self.0
    }
}
