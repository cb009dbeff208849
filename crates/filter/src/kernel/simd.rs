//! The loops with the vector instructions of wasm32 (simd128): the twins of `scalar`.
//!
//! Masks of lanes are narrowed until one `bitmask` gives 16 bits at once. Only loading needs unsafe code; it stands in
//! one function.

use core::arch::wasm32::{
    i8x16_bitmask, i8x16_eq, i8x16_narrow_i16x8, i8x16_swizzle, i16x8_eq, i16x8_narrow_i32x4, i32x4_gt,
    i32x4_shuffle, i32x4_splat, i64x2_gt, i64x2_splat, u8x16, u8x16_splat, u8x16_sub, u16x8_shr, u16x8_splat,
    v128, v128_and, v128_load, v128_or,
};

use super::{BLOCK, BytePair, Lane32, Lane64};

/// Loads 16 bytes.
#[inline(always)]
#[expect(unsafe_code, reason = "there is no safe way from memory into a vector register")]
fn load<T: Copy, const N: usize>(values: &[T; N]) -> v128 {
    const { assert!(size_of::<[T; N]>() == size_of::<v128>(), "a vector has 16 bytes") };
    // SAFETY: the reference is valid for reading its 16 bytes, and `v128.load` has no alignment to keep. `T` is an
    // integer or a transparent wrapper of one, so that all bytes are initialized.
    unsafe { v128_load(values.as_ptr().cast()) }
}

/// One bit for each of 64 values, from 16 at a time: `quarter` gives 16 masks of a byte.
#[inline(always)]
fn word<T>(block: &[T; BLOCK], quarter: impl Fn(&[T; 16]) -> v128) -> u64 {
    let (quarters, _) = block.as_chunks::<16>();
    let mut word = 0;
    for (idx, values) in quarters.iter().enumerate() {
        word |= u64::from(i8x16_bitmask(quarter(values))) << (16 * idx);
    }
    word
}

/// Which of the values lie between two numbers, both included.
#[inline(always)]
pub(crate) fn within_32<T: Lane32>(block: &[T; BLOCK], low: i32, high: i32) -> u64 {
    let (low, high) = (i32x4_splat(low), i32x4_splat(high));
    let outside = |values: &[T; 4]| {
        let values = load(values);
        v128_or(i32x4_gt(low, values), i32x4_gt(values, high))
    };
    !word(block, |values| {
        let ([a, b, c, d], []) = values.as_chunks::<4>() else { return u8x16_splat(0) };
        let front = i16x8_narrow_i32x4(outside(a), outside(b));
        let back = i16x8_narrow_i32x4(outside(c), outside(d));
        i8x16_narrow_i16x8(front, back)
    })
}

/// Which of the values lie between two numbers, both included.
#[inline(always)]
pub(crate) fn within_64<T: Lane64>(block: &[T; BLOCK], low: i64, high: i64) -> u64 {
    let (low, high) = (i64x2_splat(low), i64x2_splat(high));
    let outside = |values: &[T; 4]| {
        let ([front, back], []) = values.as_chunks::<2>() else { return u8x16_splat(0) };
        let (front, back) = (load(front), load(back));
        let front = v128_or(i64x2_gt(low, front), i64x2_gt(front, high));
        let back = v128_or(i64x2_gt(low, back), i64x2_gt(back, high));
        i32x4_shuffle::<0, 2, 4, 6>(front, back)
    };
    !word(block, |values| {
        let ([a, b, c, d], []) = values.as_chunks::<4>() else { return u8x16_splat(0) };
        let front = i16x8_narrow_i32x4(outside(a), outside(b));
        let back = i16x8_narrow_i32x4(outside(c), outside(d));
        i8x16_narrow_i16x8(front, back)
    })
}

/// Which of the codes have their bit set in a table of 256 bits.
#[inline(always)]
pub(crate) fn in_table(block: &[u8; BLOCK], table: &[u8; 32]) -> u64 {
    let ([front, back], []) = table.as_chunks::<16>() else { return 0 };
    let (front, back) = (load(front), load(back));
    let single_bits = u8x16(1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128);
    word(block, |codes| {
        let codes = load(codes);
        // Bytes have no shift of their own: the bits that come over from the neighbor are cut off.
        let byte_idx = v128_and(u16x8_shr(codes, 3), u8x16_splat(0x1f));
        // A place outside of the 16 gives 0, so exactly one of the halves answers.
        let byte = v128_or(
            i8x16_swizzle(front, byte_idx),
            i8x16_swizzle(back, u8x16_sub(byte_idx, u8x16_splat(16))),
        );
        let bit = i8x16_swizzle(single_bits, v128_and(codes, u8x16_splat(7)));
        i8x16_eq(v128_and(byte, bit), bit)
    })
}

/// Which of the codes are this one.
#[inline(always)]
pub(crate) fn equals_8(block: &[u8; BLOCK], code: u8) -> u64 {
    let code = u8x16_splat(code);
    word(block, |codes| i8x16_eq(load(codes), code))
}

/// Which of the codes are this one.
#[inline(always)]
pub(crate) fn equals_16(block: &[u16; BLOCK], code: u16) -> u64 {
    let code = u16x8_splat(code);
    word(block, |codes| {
        let ([front, back], []) = codes.as_chunks::<8>() else { return u8x16_splat(0) };
        i8x16_narrow_i16x8(i16x8_eq(load(front), code), i16x8_eq(load(back), code))
    })
}

/// At which places both bytes of the pair stand.
#[inline(always)]
pub(crate) fn equal_pairs(first: &[u8; BLOCK], second: &[u8; BLOCK], pair: BytePair) -> u64 {
    let [first_byte, second_byte] = pair.bytes.map(|byte| u8x16_splat(byte));
    let [first_mask, second_mask] = pair.masks.map(|mask| u8x16_splat(mask));
    let equal = |bytes: &[u8; 16], mask, byte| i8x16_eq(v128_or(load(bytes), mask), byte);
    let ((firsts, _), (seconds, _)) = (first.as_chunks::<16>(), second.as_chunks::<16>());
    let mut word = 0;
    for (idx, (first, second)) in firsts.iter().zip(seconds).enumerate() {
        let both = v128_and(equal(first, first_mask, first_byte), equal(second, second_mask, second_byte));
        word |= u64::from(i8x16_bitmask(both)) << (16 * idx);
    }
    word
}
