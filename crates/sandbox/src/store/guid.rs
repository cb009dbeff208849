//! Row ids. Generated ids carry their row number in disguise, so that a million of them need no index.

use std::fmt;

/// A GUID; ordered by its bytes as printed.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Guid(pub(crate) [u8; 16]);

impl Guid {
    /// The empty GUID (A46).
    pub(crate) const ZERO: Self = Self([0; 16]);

    /// The id of a generated row: looks random, is the same in every run of a seed.
    pub(crate) fn of_row(table_seed: u64, row: u32) -> Self {
        let high = mix(table_seed ^ (u64::from(row) << 17));
        let middle = mix(high ^ table_seed.rotate_left(21));
        let [a, b, c, d, e, f, g, h] = high.to_be_bytes();
        let [i, j, k, l, ..] = middle.to_be_bytes();
        let [m, n, o, p] = disguise(table_seed, row).to_be_bytes();
        Self([a, b, c, d, e, f, (g & 0x0f) | 0x40, h, (i & 0x3f) | 0x80, j, k, l, m, n, o, p])
    }

    /// The row that [`Guid::of_row`] would have made this id for; only a candidate, to be checked.
    pub(crate) fn candidate_row(self, table_seed: u64) -> u32 {
        let [.., m, n, o, p] = self.0;
        reveal(table_seed, u32::from_be_bytes([m, n, o, p]))
    }

    /// Reads `xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx` in any case, without braces.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        if bytes.len() != 36 {
            return None;
        }
        let mut out = [0_u8; 16];
        let mut digits = 0_usize;
        for (at, byte) in bytes.iter().enumerate() {
            if matches!(at, 8 | 13 | 18 | 23) {
                if *byte != b'-' {
                    return None;
                }
                continue;
            }
            let digit = u8::try_from(char::from(*byte).to_digit(16)?).ok()?;
            let slot = out.get_mut(digits / 2)?;
            *slot = (*slot << 4) | digit;
            digits += 1;
        }
        Some(Self(out))
    }

    /// The 36 characters as ASCII bytes, lower case (A46).
    pub(crate) fn ascii(self) -> [u8; 36] {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let mut out = [b'-'; 36];
        let mut nibbles = self.0.iter().flat_map(|byte| [byte >> 4, byte & 15]);
        for (at, slot) in out.iter_mut().enumerate() {
            if !matches!(at, 8 | 13 | 18 | 23) {
                let nibble = usize::from(nibbles.next().unwrap_or_default());
                *slot = DIGITS.get(nibble).copied().unwrap_or(b'0');
            }
        }
        out
    }
}

impl fmt::Display for Guid {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.ascii().iter().try_for_each(|byte| write!(formatter, "{}", char::from(*byte)))
    }
}

impl fmt::Debug for Guid {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

const FACTOR: u32 = 0x9e37_79b1;

fn disguise(table_seed: u64, row: u32) -> u32 {
    row.wrapping_mul(FACTOR) ^ low(table_seed)
}

fn reveal(table_seed: u64, disguised: u32) -> u32 {
    // The inverse of an odd factor modulo 2^32, by Newton's method.
    let mut inverse = FACTOR;
    for _ in 0..5 {
        inverse = inverse.wrapping_mul(2_u32.wrapping_sub(FACTOR.wrapping_mul(inverse)));
    }
    (disguised ^ low(table_seed)).wrapping_mul(inverse)
}

fn low(seed: u64) -> u32 {
    u32::try_from(seed & 0xffff_ffff).unwrap_or_default()
}

/// Scrambles a number: the finalizer of SplitMix64.
pub(crate) fn mix(value: u64) -> u64 {
    let mut z = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn generated_id_leads_back_to_its_row() {
        for row in [0, 1, 77, 1_000_000, u32::MAX] {
            let id = Guid::of_row(42, row);
            assert_eq!(id.candidate_row(42), row);
            assert_eq!(Guid::parse(&id.to_string().to_uppercase()), Some(id));
        }
    }

    #[test]
    fn malformed_ids_are_refused() {
        for text in ["", "x", "00000000-0000-0000-0000-00000000000g", "0000000000000-0000-0000-000000000000-"]
        {
            assert_eq!(Guid::parse(text), None, "{text}");
        }
    }
}
