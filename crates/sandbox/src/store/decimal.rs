//! Decimal numbers as whole numbers of ten-billionths: exact sums, products rounded half away from zero.

const DECIMALS: usize = 10;
/// One.
pub(crate) const ONE: i128 = 10_000_000_000;

/// A decimal text as a whole number of ten-billionths.
pub(crate) fn parse_decimal(text: &str) -> Option<i128> {
    let unsigned = text.trim_start_matches(['-', '+']);
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    let digits = whole.bytes().chain(fraction.bytes());
    if whole.is_empty() || whole.len() > 20 || !digits.clone().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let fraction: String = fraction.chars().chain(std::iter::repeat('0')).take(DECIMALS).collect();
    let value = whole.parse::<i128>().ok()? * ONE + fraction.parse::<i128>().ok()?;
    Some(if text.starts_with('-') { -value } else { value })
}

/// The shortest text of a decimal number; blank for zero, as cells store it.
pub(crate) fn format_decimal(value: i128) -> String {
    if value == 0 {
        return String::new();
    }
    let sign = if value < 0 { "-" } else { "" };
    let (whole, fraction) = (value.abs() / ONE, value.abs() % ONE);
    let text = format!("{sign}{whole}.{fraction:010}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// The product of two decimal numbers.
pub(crate) fn multiply(a: i128, b: i128) -> i128 {
    divide(a.saturating_mul(b), ONE)
}

/// Rounds to cents.
pub(crate) fn to_cents(value: i128) -> i128 {
    divide(value, ONE / 100) * (ONE / 100)
}

fn divide(value: i128, by: i128) -> i128 {
    let half = if value < 0 { -by / 2 } else { by / 2 };
    value.saturating_add(half) / by
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_round_trip_and_multiply() {
        for text in ["1", "-12.5", "75000.0000000001", "0.01"] {
            assert_eq!(parse_decimal(text).map(format_decimal).as_deref(), Some(text));
        }
        assert_eq!(parse_decimal("0.00").map(format_decimal).as_deref(), Some(""));
        assert_eq!(parse_decimal("1e3"), None);
        let product =
            multiply(parse_decimal("40.5").expect("a number"), parse_decimal("3").expect("a number"));
        assert_eq!(format_decimal(product), "121.5");
        let cents = |text: &str| format_decimal(to_cents(parse_decimal(text).expect("a number")));
        assert_eq!([cents("1.005"), cents("-1.005"), cents("1.0049")], ["1.01", "-1.01", "1"]);
    }
}
