//! Columns of whole numbers and of decimals: in 32 bits as long as every value fits, in 64 bits as long as every value
//! fits, and decimals that fit neither way as they are.

use couplet_filter::{Bitmap, Decimals, Integers};
use rust_decimal::Decimal;

use super::{Nulls, WrongType};

/// Whole numbers.
#[derive(Debug, Clone)]
enum Numbers {
    Narrow(Vec<i32>),
    Wide(Vec<i64>),
}

/// Whole numbers with their nulls.
#[derive(Debug, Clone)]
pub struct IntegerColumn {
    numbers: Numbers,
    nulls: Nulls,
}

/// Decimals with their nulls.
#[derive(Debug, Clone)]
pub struct DecimalColumn {
    values: OwnedDecimals,
    nulls: Nulls,
}

#[derive(Debug, Clone)]
enum OwnedDecimals {
    Scaled { numbers: Numbers, scale: u32 },
    Exact(Vec<Decimal>),
}

impl Numbers {
    #[inline]
    fn push(&mut self, value: i64) {
        match (&mut *self, i32::try_from(value)) {
            (Self::Narrow(values), Ok(value)) => values.push(value),
            (Self::Narrow(values), Err(_)) => {
                let wider = values.iter().map(|value| i64::from(*value)).chain([value]).collect();
                *self = Self::Wide(wider);
            }
            (Self::Wide(values), _) => values.push(value),
        }
    }

    fn get(&self, row: usize) -> Option<i64> {
        match self {
            Self::Narrow(values) => values.get(row).map(|value| i64::from(*value)),
            Self::Wide(values) => values.get(row).copied(),
        }
    }

    fn len(&self) -> usize {
        self.view().len()
    }

    fn truncate(&mut self, len: usize) {
        match self {
            Self::Narrow(values) => values.truncate(len),
            Self::Wide(values) => values.truncate(len),
        }
    }

    fn view(&self) -> Integers<'_> {
        match self {
            Self::Narrow(values) => Integers::Narrow(values),
            Self::Wide(values) => Integers::Wide(values),
        }
    }

    fn n_bytes(&self) -> usize {
        match self {
            Self::Narrow(values) => size_of_val(values.as_slice()),
            Self::Wide(values) => size_of_val(values.as_slice()),
        }
    }

    /// All numbers times `factor`; none if one of them does not fit then.
    fn scaled(&self, factor: i64) -> Option<Self> {
        let mut scaled = Self::Narrow(Vec::with_capacity(self.len()));
        for row in 0..self.len() {
            scaled.push(self.get(row)?.checked_mul(factor)?);
        }
        Some(scaled)
    }
}

impl IntegerColumn {
    pub(super) fn new() -> Self {
        Self { numbers: Numbers::Narrow(Vec::new()), nulls: Nulls::default() }
    }

    pub(super) fn push(&mut self, value: i64) {
        self.numbers.push(value);
        self.nulls.fit(self.numbers.len());
    }

    pub(super) fn push_null(&mut self) {
        self.nulls.push_null(self.numbers.len());
        self.numbers.push(0);
    }

    pub(super) fn get(&self, row: usize) -> Option<i64> {
        if self.nulls.is_null(row) { None } else { self.numbers.get(row) }
    }

    pub(super) fn n_rows(&self) -> usize {
        self.numbers.len()
    }

    pub(super) fn truncate(&mut self, n_rows: usize) {
        self.numbers.truncate(n_rows);
        self.nulls.fit(self.numbers.len());
    }

    /// The numbers, 0 where a row is null.
    pub fn values(&self) -> Integers<'_> {
        self.numbers.view()
    }

    pub(super) fn nulls(&self) -> Option<&Bitmap> {
        self.nulls.rows()
    }

    pub(super) fn n_bytes(&self) -> usize {
        self.numbers.n_bytes()
    }
}

impl DecimalColumn {
    pub(super) fn new() -> Self {
        let values = OwnedDecimals::Scaled { numbers: Numbers::Narrow(Vec::new()), scale: 0 };
        Self { values, nulls: Nulls::default() }
    }

    pub(super) fn push(&mut self, value: Decimal) {
        self.values.push(value);
        self.nulls.fit(self.n_rows());
    }

    /// The same as [`push`](Self::push) of the decimal with these digits and places.
    #[inline]
    pub(super) fn push_scaled(&mut self, digits: i64, places: u32) -> Result<(), WrongType> {
        if let OwnedDecimals::Scaled { numbers, scale } = &mut self.values
            && let Some(number) = rescaled(digits, places, *scale)
        {
            numbers.push(number);
            self.nulls.fit(self.n_rows());
            return Ok(());
        }
        self.push(Decimal::try_new(digits, places).map_err(|_| WrongType)?);
        Ok(())
    }

    pub(super) fn push_null(&mut self) {
        self.nulls.push_null(self.n_rows());
        self.values.push(Decimal::ZERO);
    }

    pub(super) fn get(&self, row: usize) -> Option<Decimal> {
        if self.nulls.is_null(row) {
            return None;
        }
        match &self.values {
            OwnedDecimals::Scaled { numbers, scale } => {
                Some(Decimal::new(numbers.get(row)?, *scale).normalize())
            }
            OwnedDecimals::Exact(values) => values.get(row).copied(),
        }
    }

    /// The number that the decimal in `row` is kept as, none of a null; nothing where decimals are kept as they are.
    pub(crate) fn number(&self, row: usize) -> Option<Option<i64>> {
        match &self.values {
            OwnedDecimals::Scaled { numbers, .. } => {
                Some(numbers.get(row).filter(|_| !self.nulls.is_null(row)))
            }
            OwnedDecimals::Exact(_) => None,
        }
    }

    pub(super) fn n_rows(&self) -> usize {
        match &self.values {
            OwnedDecimals::Scaled { numbers, .. } => numbers.len(),
            OwnedDecimals::Exact(values) => values.len(),
        }
    }

    pub(super) fn truncate(&mut self, n_rows: usize) {
        match &mut self.values {
            OwnedDecimals::Scaled { numbers, .. } => numbers.truncate(n_rows),
            OwnedDecimals::Exact(values) => values.truncate(n_rows),
        }
        self.nulls.fit(self.n_rows());
    }

    /// The values, 0 where a row is null.
    pub fn values(&self) -> Decimals<'_> {
        match &self.values {
            OwnedDecimals::Scaled { numbers, scale } => {
                Decimals::Scaled { numbers: numbers.view(), scale: *scale }
            }
            OwnedDecimals::Exact(values) => Decimals::Exact(values),
        }
    }

    pub(super) fn nulls(&self) -> Option<&Bitmap> {
        self.nulls.rows()
    }

    pub(super) fn n_bytes(&self) -> usize {
        match &self.values {
            OwnedDecimals::Scaled { numbers, .. } => numbers.n_bytes(),
            OwnedDecimals::Exact(values) => size_of_val(values.as_slice()),
        }
    }
}

impl OwnedDecimals {
    fn push(&mut self, value: Decimal) {
        match self {
            Self::Exact(values) => values.push(value),
            Self::Scaled { numbers, scale } => {
                let value = value.normalize();
                if value.scale() > *scale {
                    let factor = 10_i64.checked_pow(value.scale() - *scale);
                    match factor.and_then(|factor| numbers.scaled(factor)) {
                        Some(scaled) => (*numbers, *scale) = (scaled, value.scale()),
                        None => return self.push_exactly(value),
                    }
                }
                match scaled_number(value, *scale) {
                    Some(number) => numbers.push(number),
                    None => self.push_exactly(value),
                }
            }
        }
    }

    /// Gives up whole numbers: one value does not fit.
    fn push_exactly(&mut self, value: Decimal) {
        if let Self::Scaled { numbers, scale } = self {
            let exact = |row| numbers.get(row).map(|number| Decimal::new(number, *scale).normalize());
            *self = Self::Exact((0..numbers.len()).filter_map(exact).collect());
        }
        self.push(value);
    }
}

/// The digits of a decimal as those of one with `scale` places, if that has as many as it needs.
#[inline]
fn rescaled(digits: i64, places: u32, scale: u32) -> Option<i64> {
    if places == scale {
        return Some(digits);
    }
    if places < scale {
        return digits.checked_mul(10_i64.checked_pow(scale - places)?);
    }
    let divisor = 10_i64.checked_pow(places - scale)?;
    (digits % divisor == 0).then_some(digits / divisor)
}

/// The value as a whole number of `scale` places, of which it has no more.
fn scaled_number(value: Decimal, scale: u32) -> Option<i64> {
    let factor = 10_i128.checked_pow(scale.checked_sub(value.scale())?)?;
    i64::try_from(value.mantissa().checked_mul(factor)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn decimals() -> impl Strategy<Value = Decimal> {
        prop_oneof![
            4 => (-5_000_i64..5_000, 0_u32..4).prop_map(|(mantissa, scale)| Decimal::new(mantissa, scale)),
            1 => (any::<i64>(), 0_u32..19).prop_map(|(mantissa, scale)| Decimal::new(mantissa, scale)),
            1 => (any::<i64>(), 0_u32..10).prop_map(|(mantissa, scale)| {
                Decimal::from_i128_with_scale(i128::from(mantissa) * 1_000_000_007, scale)
            }),
        ]
    }

    proptest! {
        #[test]
        fn decimals_stay_what_they_are(values in prop::collection::vec(prop::option::weighted(0.9, decimals()), 0..40), kept in 0_usize..40) {
            let mut column = DecimalColumn::new();
            for value in &values {
                match value {
                    Some(value) => column.push(*value),
                    None => column.push_null(),
                }
            }
            prop_assert_eq!(column.n_rows(), values.len());
            let mut by_digits = DecimalColumn::new();
            for value in &values {
                match value.map(|value| (value, i64::try_from(value.mantissa()))) {
                    Some((value, Ok(digits))) => by_digits.push_scaled(digits, value.scale()).unwrap(),
                    Some((value, Err(_))) => by_digits.push(value),
                    None => by_digits.push_null(),
                }
            }
            prop_assert_eq!((0..values.len()).map(|row| by_digits.get(row)).collect::<Vec<_>>(), values.clone());
            for (row, value) in values.iter().enumerate() {
                prop_assert_eq!(column.get(row), *value);
            }
            column.truncate(kept);
            prop_assert_eq!(column.n_rows(), kept.min(values.len()));
        }

        #[test]
        fn numbers_stay_what_they_are(values in prop::collection::vec(prop_oneof![any::<i64>(), -9_i64..9], 0..40)) {
            let mut column = IntegerColumn::new();
            values.iter().for_each(|value| column.push(*value));
            column.push_null();
            prop_assert_eq!((0..values.len()).filter_map(|row| column.get(row)).collect::<Vec<_>>(), values.clone());
            prop_assert_eq!((column.get(values.len()), column.n_rows()), (None, values.len() + 1));
        }
    }

    #[test]
    fn a_value_takes_as_few_bytes_as_will_do() {
        let n_bytes = |values: &[&str]| {
            let mut column = DecimalColumn::new();
            values.iter().for_each(|value| column.push(value.parse().unwrap()));
            column.n_bytes() / values.len()
        };
        assert_eq!(n_bytes(&["12.10", "0", "-3.5"]), 4);
        assert_eq!(n_bytes(&["12.10", "21474836.48"]), 8);
        assert_eq!(n_bytes(&["0.0000000000000000001", "5"]), 16);
    }
}
