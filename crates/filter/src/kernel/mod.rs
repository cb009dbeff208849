//! The innermost loops: 64 values against one condition, one bit each. Each is written twice, for simd128 of wasm32 and
//! for everything else, and both are tested against the evaluation row by row. Filters and columns are not known here.

#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
mod scalar;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod simd;

#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
use scalar as chosen;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
use simd as chosen;

pub(crate) use chosen::{equal_pairs, equals_8, equals_16, in_table, within_32, within_64};

use crate::keys::{DateKey, DateTimeKey, TimeKey};

/// Values in a block, and bits in a word.
pub(crate) const BLOCK: usize = 64;

/// Values that are one signed 32-bit number and nothing else.
pub(crate) trait Lane32: Copy {
    /// The number.
    fn number(self) -> i32;
}

/// Values that are one signed 64-bit number and nothing else.
pub(crate) trait Lane64: Copy {
    /// The number.
    fn number(self) -> i64;
}

/// Values of either width.
pub(crate) trait Lane: Copy {
    /// The number.
    fn to_i64(self) -> i64;

    /// Which of the values lie between two numbers, both included.
    fn within(block: &[Self; BLOCK], low: i64, high: i64) -> u64;
}

macro_rules! lanes {
    ($($type:ty: $lane:ident, $number:ty, $within:ident, $read:expr;)+) => {
        $(
            impl $lane for $type {
                #[inline(always)]
                fn number(self) -> $number {
                    let read: fn($type) -> $number = $read;
                    read(self)
                }
            }

            impl Lane for $type {
                #[inline(always)]
                fn to_i64(self) -> i64 {
                    i64::from(self.number())
                }

                #[inline(always)]
                fn within(block: &[Self; BLOCK], low: i64, high: i64) -> u64 {
                    let (least, greatest) = (i64::from(<$number>::MIN), i64::from(<$number>::MAX));
                    if high < least || low > greatest || low > high {
                        return 0;
                    }
                    $within(block, low.max(least) as $number, high.min(greatest) as $number)
                }
            }
        )+
    };
}

lanes! {
    i32: Lane32, i32, within_32, |value| value;
    DateKey: Lane32, i32, within_32, DateKey::number;
    TimeKey: Lane32, i32, within_32, TimeKey::number;
    i64: Lane64, i64, within_64, |value| value;
    DateTimeKey: Lane64, i64, within_64, DateTimeKey::number;
}

/// Two bytes to look for at two places of a text; a letter whose case does not matter has the mask 0x20.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct BytePair {
    /// The bytes, letters in lower case where case does not matter.
    pub(crate) bytes: [u8; 2],
    /// What is added to a byte of the text before it is compared.
    pub(crate) masks: [u8; 2],
}

/// One word for each 64 values, bits beyond the last value 0.
pub(crate) fn words_of<T: Copy>(values: &[T], word: impl Fn(&[T; BLOCK]) -> u64) -> Vec<u64> {
    let (blocks, rest) = values.as_chunks::<BLOCK>();
    let mut words = Vec::with_capacity(values.len().div_ceil(BLOCK));
    words.extend(blocks.iter().map(&word));
    if let Some(&first) = rest.first() {
        let mut block = [first; BLOCK];
        block.iter_mut().zip(rest).for_each(|(slot, value)| *slot = *value);
        words.push(word(&block) & ((1 << rest.len()) - 1));
    }
    words
}

/// One bit for each value of a block, by a test of one value.
#[inline(always)]
pub(crate) fn bits<T: Copy>(block: &[T; BLOCK], test: impl Fn(T) -> bool) -> u64 {
    block.iter().enumerate().fold(0, |word, (bit, value)| word | u64::from(test(*value)) << bit)
}
