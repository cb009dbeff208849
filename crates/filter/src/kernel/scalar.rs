//! The loops without vector instructions, for every machine but wasm32 with simd128: the twins of `simd`.

use super::{BLOCK, BytePair, Lane32, Lane64, bits};

/// Which of the values lie between two numbers, both included.
#[inline(always)]
pub(crate) fn within_32<T: Lane32>(block: &[T; BLOCK], low: i32, high: i32) -> u64 {
    bits(block, |value| (low <= value.number()) & (value.number() <= high))
}

/// Which of the values lie between two numbers, both included.
#[inline(always)]
pub(crate) fn within_64<T: Lane64>(block: &[T; BLOCK], low: i64, high: i64) -> u64 {
    bits(block, |value| (low <= value.number()) & (value.number() <= high))
}

/// Which of the codes have their bit set in a table of 256 bits.
#[inline(always)]
pub(crate) fn in_table(block: &[u8; BLOCK], table: &[u8; 32]) -> u64 {
    bits(block, |code| table.get(usize::from(code >> 3)).is_some_and(|byte| byte >> (code & 7) & 1 == 1))
}

/// Which of the codes are this one.
#[inline(always)]
pub(crate) fn equals_8(block: &[u8; BLOCK], code: u8) -> u64 {
    bits(block, |other| other == code)
}

/// Which of the codes are this one.
#[inline(always)]
pub(crate) fn equals_16(block: &[u16; BLOCK], code: u16) -> u64 {
    bits(block, |other| other == code)
}

/// At which places both bytes of the pair stand.
#[inline(always)]
pub(crate) fn equal_pairs(first: &[u8; BLOCK], second: &[u8; BLOCK], pair: BytePair) -> u64 {
    let BytePair { bytes: [first_byte, second_byte], masks: [first_mask, second_mask] } = pair;
    bits(first, |byte| byte | first_mask == first_byte)
        & bits(second, |byte| byte | second_mask == second_byte)
}
