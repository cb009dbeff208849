//! The values that pass a filter, as ranges of whole numbers: every type but text is kept as whole numbers, or can be.

use rust_decimal::Decimal;

use crate::intervals::{Cut, Intervals, Side};
use crate::kernel::{Lane, bits, words_of};

/// A set of whole numbers.
#[derive(Debug, Clone)]
pub(crate) struct Ranges {
    /// Disjoint, ascending, both ends included.
    ranges: Vec<(i64, i64)>,
    /// All ones where the set is everything outside the ranges.
    inversion: u64,
    /// Of a set of many single numbers: where to look at all.
    sieve: Option<Sieve>,
}

/// More ranges than these are not tested one by one.
const FEW: usize = 4;

impl Ranges {
    /// The numbers that a set of values comes to; `read` gives the first number that is not before the value.
    fn new<T: Copy + Ord>(set: &Intervals<T>, first_behind: impl Fn(Cut<T>) -> i128) -> Self {
        // A set that begins inside is everything outside its gaps.
        let mut thresholds = set.cuts().iter().map(|cut| first_behind(*cut));
        let mut ranges = Vec::new();
        while let Some(start) = thresholds.next() {
            let end = thresholds.next().map_or(i128::from(i64::MAX), |end| end - 1);
            let start = start.max(i128::from(i64::MIN));
            let end = end.min(i128::from(i64::MAX));
            if let (true, Ok(start), Ok(end)) = (start <= end, i64::try_from(start), i64::try_from(end)) {
                ranges.push((start, end));
            }
        }
        let are_single = ranges.len() > FEW && ranges.iter().all(|(start, end)| start == end);
        let sieve = are_single.then(|| Sieve::new(ranges.iter().map(|(number, _)| *number as u64)));
        Self { ranges, inversion: if set.starts_inside() { u64::MAX } else { 0 }, sieve }
    }

    /// Of whole numbers.
    pub(crate) fn of_numbers<T: Lane + Ord>(set: &Intervals<T>) -> Self {
        let after = |side| i128::from(side == Side::After);
        Self::new(set, |cut| i128::from(cut.value.to_i64()) + after(cut.side))
    }

    /// Of decimals that are kept as whole numbers of `scale` decimal places.
    pub(crate) fn of_decimals(set: &Intervals<Decimal>, scale: u32) -> Self {
        Self::new(set, |cut| first_behind(cut, scale))
    }

    fn contains(&self, number: i64) -> bool {
        if self.sieve.as_ref().is_some_and(|sieve| !sieve.may_hold(number as u64)) {
            return false;
        }
        let idx = self.ranges.partition_point(|(_, end)| *end < number);
        self.ranges.get(idx).is_some_and(|(start, _)| *start <= number)
    }

    /// Which of the values belong to the set, one word for each 64 of them. Bits beyond the last value are 0.
    pub(crate) fn test<T: Lane>(&self, values: &[T]) -> Vec<u64> {
        let inversion = self.inversion;
        match *self.ranges.as_slice() {
            [] => words_of(values, |_| inversion),
            [(low, high)] => words_of(values, |block| T::within(block, low, high) ^ inversion),
            ref few if few.len() <= FEW => words_of(values, |block| {
                few.iter().fold(inversion, |word, (low, high)| word ^ T::within(block, *low, *high))
            }),
            _ => words_of(values, |block| bits(block, |value| self.contains(value.to_i64())) ^ inversion),
        }
    }
}

/// The first number of `scale` places that is not before the cut. Numbers beyond 64 bits are as good as the first
/// such number.
fn first_behind(cut: Cut<Decimal>, scale: u32) -> i128 {
    let (mantissa, places) = (cut.value.mantissa(), cut.value.scale());
    let beyond = if mantissa < 0 { i128::from(i64::MIN) } else { i128::from(i64::MAX) + 1 };
    let after = i128::from(cut.side == Side::After);
    if places <= scale {
        let scaled = 10_i128.checked_pow(scale - places).and_then(|factor| mantissa.checked_mul(factor));
        return scaled.map_or(beyond, |scaled| scaled + after);
    }
    let Some(divisor) = 10_i128.checked_pow(places - scale) else { return after };
    let (below, rest) = (mantissa.div_euclid(divisor), mantissa.rem_euclid(divisor));
    if rest == 0 { below + after } else { below + 1 }
}

/// A set of hashes, small enough for the processor's nearest memory: most values that are not members are told apart
/// by one look.
#[derive(Debug, Clone)]
pub(crate) struct Sieve {
    bits: Vec<u64>,
}

impl Sieve {
    const N_BITS: u32 = 1 << 16;

    /// The sieve of these keys.
    pub(crate) fn new(keys: impl IntoIterator<Item = u64>) -> Self {
        let mut bits = vec![0; (Self::N_BITS / u64::BITS) as usize];
        for key in keys {
            let place = Self::place(key);
            if let Some(word) = bits.get_mut(place / 64) {
                *word |= 1_u64 << (place % 64);
            }
        }
        Self { bits }
    }

    /// Whether the key may be one of them; no is certain.
    #[inline]
    pub(crate) fn may_hold(&self, key: u64) -> bool {
        let place = Self::place(key);
        self.bits.get(place / 64).is_some_and(|word| word >> (place % 64) & 1 == 1)
    }

    fn place(key: u64) -> usize {
        // The upper half of a product with an odd constant (Fibonacci hashing) depends on every bit of the key.
        ((key ^ key >> 32).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (u64::BITS - Self::N_BITS.ilog2())) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn scaled_numbers_are_behind_a_cut_as_their_decimals_are(
            mantissa in -9_999_i64..9_999, places in 0_u32..5, scale in 0_u32..4, number in -99_999_i64..99_999,
        ) {
            let value = Decimal::new(mantissa, places);
            let decimal = Decimal::new(number, scale);
            let number = i128::from(number);
            prop_assert_eq!(number >= first_behind(Cut { value, side: Side::Before }, scale), decimal >= value);
            prop_assert_eq!(number >= first_behind(Cut { value, side: Side::After }, scale), decimal > value);
        }
    }

    #[test]
    fn decimals_beyond_all_numbers_are_before_or_behind_them() {
        let behind = |value, scale| first_behind(Cut { value, side: Side::Before }, scale);
        assert!(behind(Decimal::MAX, 18) > i128::from(i64::MAX));
        assert!(behind(Decimal::MIN, 18) <= i128::from(i64::MIN));
        assert!(behind(Decimal::MAX, 0) > i128::from(i64::MAX));
        assert_eq!(behind(Decimal::new(1, 28), 0), 1);
    }
}
