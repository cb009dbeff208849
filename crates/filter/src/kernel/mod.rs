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

/// So many places of a long column are read in turns: one place alone waits for memory, whose lines are fetched ahead
/// for each place by itself.
pub(crate) const STREAMS: usize = 4;
/// A column of fewer blocks is in the cache or soon will be.
const FEW_BLOCKS: usize = 1024;

/// One word for each 64 values, bits beyond the last value 0.
pub(crate) fn words_of<T: Copy>(values: &[T], word: impl Fn(&[T; BLOCK]) -> u64) -> Vec<u64> {
    let (blocks, rest) = values.as_chunks::<BLOCK>();
    let mut words = Vec::with_capacity(values.len().div_ceil(BLOCK));
    if blocks.len() < FEW_BLOCKS {
        words.extend(blocks.iter().map(&word));
    } else {
        words.resize(blocks.len(), 0);
        in_turns(blocks, &mut words, &word);
    }
    if let Some(&first) = rest.first() {
        let mut block = [first; BLOCK];
        block.iter_mut().zip(rest).for_each(|(slot, value)| *slot = *value);
        words.push(word(&block) & ((1 << rest.len()) - 1));
    }
    words
}

/// The word of each block, a block from each of the streams in turns.
#[inline(always)]
fn in_turns<T>(blocks: &[[T; BLOCK]], words: &mut [u64], word: &impl Fn(&[T; BLOCK]) -> u64) {
    let n_each = blocks.len() / STREAMS;
    let (blocks_0, blocks) = blocks.split_at(n_each);
    let (blocks_1, blocks) = blocks.split_at(n_each);
    let (blocks_2, blocks_3) = blocks.split_at(n_each);
    let (words_0, words) = words.split_at_mut(n_each);
    let (words_1, words) = words.split_at_mut(n_each);
    let (words_2, words_3) = words.split_at_mut(n_each);
    let front = blocks_0.iter().zip(words_0).zip(blocks_1.iter().zip(words_1));
    let back = blocks_2.iter().zip(words_2).zip(blocks_3.iter().zip(&mut *words_3));
    for (((block_0, word_0), (block_1, word_1)), ((block_2, word_2), (block_3, word_3))) in front.zip(back) {
        *word_0 = word(block_0);
        *word_1 = word(block_1);
        *word_2 = word(block_2);
        *word_3 = word(block_3);
    }
    // What does not come out even.
    for (block, slot) in blocks_3.iter().zip(words_3).skip(n_each) {
        *slot = word(block);
    }
}

/// One bit for each value of a block, by a test of one value.
#[inline(always)]
pub(crate) fn bits<T: Copy>(block: &[T; BLOCK], test: impl Fn(T) -> bool) -> u64 {
    block.iter().enumerate().fold(0, |word, (bit, value)| word | u64::from(test(*value)) << bit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_column_is_read_at_several_places_and_gives_its_words_in_order() {
        for n_values in [FEW_BLOCKS * BLOCK - 1, FEW_BLOCKS * BLOCK, (FEW_BLOCKS + 3) * BLOCK + 17] {
            let values: Vec<i32> = (0..).take(n_values).collect();
            let words = words_of(&values, |block| bits(block, |value| value % 7 == 0));
            let expected = values.chunks(BLOCK).map(|chunk| {
                chunk.iter().enumerate().fold(0, |word, (bit, value)| word | u64::from(value % 7 == 0) << bit)
            });
            assert!(words.into_iter().eq(expected), "{n_values} values");
        }
    }
}
