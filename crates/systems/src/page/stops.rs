//! Where in 64 bytes a JSON text may end: quotes, backslashes and what may not stand in one. Written twice, with the
//! vector instructions of wasm32 and without; `tests/kernels` compares the reading of whole pages in both.

/// Bytes in a block, and bits in a word.
pub(super) const BLOCK: usize = 64;

/// One bit for each byte that is a quote, a backslash or a control character.
#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
pub(super) fn stops(block: &[u8; BLOCK]) -> u64 {
    let is_stop = |byte: u8| matches!(byte, b'"' | b'\\' | 0..0x20);
    block.iter().enumerate().fold(0, |word, (bit, byte)| word | u64::from(is_stop(*byte)) << bit)
}

/// One bit for each byte that is a quote, a backslash or a control character.
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
#[inline(always)]
pub(super) fn stops(block: &[u8; BLOCK]) -> u64 {
    use core::arch::wasm32::{i8x16_bitmask, i8x16_eq, u8x16_lt, u8x16_splat, u64x2, v128_or};
    let (quarters, _) = block.as_chunks::<16>();
    let mut word = 0;
    for (idx, bytes) in quarters.iter().enumerate() {
        // Two numbers of 64 bits become one load of a vector: no unsafe code is needed for it.
        let ([low, high], []) = bytes.as_chunks::<8>() else { return u64::MAX };
        let bytes = u64x2(u64::from_le_bytes(*low), u64::from_le_bytes(*high));
        let quotes = v128_or(i8x16_eq(bytes, u8x16_splat(b'"')), i8x16_eq(bytes, u8x16_splat(b'\\')));
        let stops = v128_or(quotes, u8x16_lt(bytes, u8x16_splat(0x20)));
        word |= u64::from(i8x16_bitmask(stops)) << (16 * idx);
    }
    word
}
