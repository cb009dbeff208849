//! Random texts: session ids, states, nonces, verifiers. One place that asks the operating system for randomness.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use subtle::ConstantTimeEq;
use zeroize::Zeroize;

/// Bytes of randomness in each text: 256 bits.
const TOKEN_BYTES: usize = 32;

/// The operating system gave no random bytes.
#[derive(Debug, thiserror::Error)]
#[error("no random bytes from the operating system")]
pub struct TokenError(#[from] getrandom::Error);

/// A random text of 256 bits in base64url: compared in constant time, never shown by `Debug`, wiped at its end.
pub(crate) struct RandomText(String);

impl RandomText {
    /// A new one.
    ///
    /// # Errors
    /// When the operating system has no randomness to give.
    pub(crate) fn generate() -> Result<Self, TokenError> {
        let mut bytes = [0_u8; TOKEN_BYTES];
        getrandom::fill(&mut bytes)?;
        let text = Self(BASE64_URL_SAFE_NO_PAD.encode(bytes));
        bytes.zeroize();
        Ok(text)
    }

    /// Whether the other text is the same; takes the same time wherever they differ.
    pub(crate) fn equals(&self, other: &str) -> bool {
        self.0.as_bytes().ct_eq(other.as_bytes()).into()
    }

    /// The text itself, for the one place that hands it out.
    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }
}

impl Drop for RandomText {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl std::fmt::Debug for RandomText {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("RandomText(…)")
    }
}
