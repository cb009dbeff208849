//! A number for each of many texts that the same texts share, whatever their case: most texts that a filter does not
//! name are told by it alone. Made when first asked for, and kept as long as texts are only added.

use std::sync::{Mutex, PoisonError};

/// A number that texts share which are the same in ASCII letters of either case. The lowest bit says that the text
/// holds something beyond ASCII.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Digest(u32);

/// The digests of texts, as many as were asked for.
#[derive(Debug, Default)]
pub(crate) struct Digests {
    known: Mutex<Vec<Digest>>,
}

/// A copy makes its own.
impl Clone for Digests {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl Digest {
    /// Of the bytes of a text.
    #[inline]
    pub(crate) fn of(text: &[u8]) -> Self {
        const CASE: u64 = 0x2020_2020_2020_2020;
        const BEYOND: u64 = 0x8080_8080_8080_8080;
        const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;
        let (words, rest) = text.as_chunks::<8>();
        let mut last = [0; 8];
        last.iter_mut().zip(rest).for_each(|(slot, byte)| *slot = *byte);
        let (mut state, mut all) = (text.len() as u64, 0);
        for word in words.iter().chain([&last]) {
            let word = u64::from_le_bytes(*word);
            all |= word;
            let product = (state ^ (word | CASE)).wrapping_mul(FACTOR);
            state = product ^ product >> 32;
        }
        Self(state as u32 & !1 | u32::from(all & BEYOND != 0))
    }

    /// As a number.
    #[inline]
    pub(crate) fn key(self) -> u64 {
        u64::from(self.0)
    }

    /// Whether the text holds something beyond ASCII, of which texts that differ in case only need not share a digest.
    #[inline]
    pub(crate) fn is_beyond_ascii(self) -> bool {
        self.0 & 1 == 1
    }
}

impl Digests {
    /// The digests of at least the first `len` texts; `texts` gives those from a number on.
    pub(crate) fn with<'t, I: Iterator<Item = &'t [u8]>, R>(
        &self,
        len: usize,
        texts: impl FnOnce(usize) -> I,
        take: impl FnOnce(&[Digest]) -> R,
    ) -> R {
        // Nothing here can fail halfway: what is there is right.
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() < len {
            let n_known = known.len();
            known.extend(texts(n_known).map(Digest::of));
        }
        take(&known)
    }

    /// Drops those from this number on.
    pub(crate) fn truncate(&mut self, len: usize) {
        self.known.get_mut().unwrap_or_else(PoisonError::into_inner).truncate(len);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn texts_that_differ_in_case_share_a_digest(text in "[ -~]{0,30}|.{0,30}") {
            let digest = Digest::of(text.as_bytes());
            prop_assert_eq!(digest.is_beyond_ascii(), !text.is_ascii());
            prop_assert_eq!(digest, Digest::of(text.to_ascii_uppercase().as_bytes()));
        }
    }
}
