//! The bytes of the store: a line that says what it is, the key's fingerprint, a nonce, and everything else
//! encrypted with XChaCha20-Poly1305. The head is authenticated with the rest, so any changed byte is noticed.

use std::path::Path;

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use zeroize::Zeroizing;

use super::key::{KEY_BYTES, StoreKey};
use super::{KeyError, StoreError};

/// The first bytes of every store of this version.
const MAGIC: &[u8] = b"couplet connections 1\n";
/// Bytes of the key's fingerprint.
pub(super) const FINGERPRINT_BYTES: usize = 8;
/// Bytes of a nonce, random for each writing: 192 bits never meet again.
const NONCE_BYTES: usize = 24;

/// Encrypts a text.
pub(super) fn seal(key: &StoreKey, text: &[u8]) -> Result<Vec<u8>, StoreError> {
    let mut nonce = [0_u8; NONCE_BYTES];
    getrandom::fill(&mut nonce).map_err(KeyError::from)?;
    let mut sealed = MAGIC.to_vec();
    sealed.extend(key.fingerprint());
    sealed.extend(nonce);
    let payload = Payload { msg: text, aad: &sealed };
    let encrypted = cipher(key).encrypt(&XNonce::from(nonce), payload).map_err(|_| KeyError::Unusable)?;
    sealed.extend(encrypted);
    Ok(sealed)
}

/// Decrypts what [`seal`] made; `path` is for the message.
pub(super) fn open(key: &StoreKey, bytes: &[u8], path: &Path) -> Result<Zeroizing<Vec<u8>>, StoreError> {
    let name = || path.display().to_string();
    let (head, encrypted) = bytes
        .split_at_checked(MAGIC.len() + FINGERPRINT_BYTES + NONCE_BYTES)
        .filter(|(head, _)| head.starts_with(MAGIC))
        .ok_or_else(|| StoreError::Foreign(name()))?;
    let (start, nonce) = head.split_at_checked(MAGIC.len() + FINGERPRINT_BYTES).unwrap_or_default();
    let written = start.get(MAGIC.len()..).unwrap_or_default();
    if written != key.fingerprint() {
        let (written, given) = (hex(written), hex(&key.fingerprint()));
        return Err(StoreError::OtherKey { path: name(), written, given });
    }
    let nonce: [u8; NONCE_BYTES] = nonce.try_into().map_err(|_| StoreError::Damaged(name()))?;
    let payload = Payload { msg: encrypted, aad: head };
    let text = cipher(key).decrypt(&XNonce::from(nonce), payload);
    text.map(Zeroizing::new).map_err(|_| StoreError::Damaged(name()))
}

/// The fingerprint of the key that bytes were sealed with, if they are a store's.
pub(super) fn written_with(bytes: &[u8]) -> Option<&[u8]> {
    bytes.strip_prefix(MAGIC)?.get(..FINGERPRINT_BYTES)
}

fn cipher(key: &StoreKey) -> XChaCha20Poly1305 {
    let bytes: &[u8; KEY_BYTES] = key.reveal();
    XChaCha20Poly1305::new(bytes.into())
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
