//! Goes through the bytes of a page, ever forward: texts to their end, numbers with their value. What a member means is
//! not known here.

use super::stops::{BLOCK, stops};

/// A place in a page.
pub(super) struct Scanner<'b> {
    body: &'b [u8],
    at: usize,
    /// Number of the block that was looked at last.
    block: usize,
    /// Where a text may end in it.
    stops: u64,
}

/// A text as it is written.
#[derive(Debug, Clone, Copy)]
pub(super) struct Quoted<'b> {
    /// With its quotes.
    pub(super) whole: &'b [u8],
    /// Whether one of its characters is written with a backslash.
    pub(super) has_escapes: bool,
}

/// A number without an exponent.
#[derive(Debug, Clone, Copy)]
pub(super) struct Number<'b> {
    /// As it is written.
    pub(super) text: &'b [u8],
    /// All its digits and its sign, if they are at most 18.
    pub(super) digits: Option<i64>,
    /// How many of them stand behind the point.
    pub(super) scale: u32,
}

/// A value that is no list and no object.
#[derive(Debug, Clone, Copy)]
pub(super) enum Scalar<'b> {
    Text(Quoted<'b>),
    Number(Number<'b>),
    Boolean(bool),
    Null,
}

/// So many digits always fit into 64 bits.
const SAFE_DIGITS: usize = 18;

impl<'b> Quoted<'b> {
    /// What stands between the quotes.
    #[inline]
    pub(super) fn inner(self) -> &'b [u8] {
        self.whole.get(1..self.whole.len().saturating_sub(1)).unwrap_or_default()
    }

    /// What stands between the quotes, if it is written as it is.
    #[inline]
    pub(super) fn plain(self) -> Option<&'b str> {
        if self.has_escapes { None } else { std::str::from_utf8(self.inner()).ok() }
    }
}

impl<'b> Scanner<'b> {
    /// At the first byte.
    pub(super) fn new(body: &'b [u8]) -> Self {
        Self { body, at: 0, block: usize::MAX, stops: 0 }
    }

    /// Whether nothing is left.
    pub(super) fn is_at_end(&self) -> bool {
        self.at == self.body.len()
    }

    fn rest(&self) -> &'b [u8] {
        self.body.get(self.at..).unwrap_or_default()
    }

    /// The next byte, which stays the next one.
    #[inline]
    pub(super) fn peek(&self) -> Option<u8> {
        self.body.get(self.at).copied()
    }

    #[inline]
    pub(super) fn skip_blanks(&mut self) {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.peek() {
            self.at += 1;
        }
    }

    /// Passes over one byte, if it is this one.
    #[inline]
    pub(super) fn skip(&mut self, byte: u8) -> bool {
        let is_there = self.peek() == Some(byte);
        self.at += usize::from(is_there);
        is_there
    }

    /// Passes over one byte, blanks before it included, if it is this one.
    pub(super) fn expect(&mut self, byte: u8) -> Option<()> {
        self.skip_blanks();
        self.skip(byte).then_some(())
    }

    /// Behind a value: whether the list ends here, or goes on behind a comma.
    #[inline]
    pub(super) fn ends(&mut self, close: u8) -> Option<bool> {
        if self.skip(b',') {
            return Some(false);
        }
        self.skip_blanks();
        let byte = self.peek()?;
        self.at += 1;
        match byte {
            b',' => Some(false),
            byte if byte == close => Some(true),
            _ => None,
        }
    }

    /// Passes over these bytes, if they stand here; there have to be some.
    #[inline]
    pub(super) fn skip_bytes(&mut self, bytes: &[u8]) -> bool {
        let Some(here) = self.body.get(self.at..self.at + bytes.len()) else { return false };
        let is_there = are_same(here, bytes);
        if is_there {
            self.at += bytes.len();
        }
        is_there
    }

    /// Passes over a text without escapes and the comma behind it, if these bytes stand before it: its name and its
    /// first quote.
    #[inline]
    pub(super) fn skip_text(&mut self, lead: &[u8]) -> bool {
        let start = self.at;
        if self.skip_bytes(lead) {
            let end =
                self.next_stop().and_then(|stop| self.body.get(stop..)?.first_chunk().map(|end| (stop, end)));
            if let Some((stop, b"\",")) = end {
                self.at = stop + 2;
                return true;
            }
            self.at = start;
        }
        false
    }

    /// A text with its quotes.
    #[inline]
    pub(super) fn string(&mut self) -> Option<Quoted<'b>> {
        let start = self.at;
        if !self.skip(b'"') {
            return None;
        }
        let mut has_escapes = false;
        loop {
            self.at = self.next_stop()?;
            match self.peek()? {
                b'"' => {
                    self.at += 1;
                    return Some(Quoted { whole: self.body.get(start..self.at)?, has_escapes });
                }
                b'\\' => {
                    has_escapes = true;
                    self.skip_escape()?;
                }
                _ => return None,
            }
        }
    }

    /// The first place from here on where a text may end.
    #[inline]
    fn next_stop(&mut self) -> Option<usize> {
        let mut block = self.at / BLOCK;
        if block != self.block {
            self.look_at(block)?;
        }
        let mut ahead = self.stops & u64::MAX << (self.at % BLOCK);
        while ahead == 0 {
            block += 1;
            self.look_at(block)?;
            ahead = self.stops;
        }
        Some(block * BLOCK + ahead.trailing_zeros() as usize)
    }

    #[inline]
    fn look_at(&mut self, block: usize) -> Option<()> {
        let bytes = self.body.get(block * BLOCK..)?;
        self.block = block;
        self.stops = match bytes.first_chunk() {
            Some(bytes) => stops(bytes),
            None if bytes.is_empty() => return None,
            None => {
                // The zeros behind the end of the page are places where a text may not go on.
                let mut padded = [0; BLOCK];
                padded.iter_mut().zip(bytes).for_each(|(slot, byte)| *slot = *byte);
                stops(&padded)
            }
        };
        Some(())
    }

    fn skip_escape(&mut self) -> Option<()> {
        let rest = self.rest();
        match rest.get(1)? {
            b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => self.at += 2,
            b'u' if rest.get(2..6)?.iter().all(u8::is_ascii_hexdigit) => self.at += 6,
            _ => return None,
        }
        Some(())
    }

    /// A value that is no list and no object. What follows it is for the caller to look at.
    #[inline]
    pub(super) fn scalar(&mut self) -> Option<Scalar<'b>> {
        let word = match self.peek()? {
            b'"' => return self.string().map(Scalar::Text),
            b't' => (&b"true"[..], Scalar::Boolean(true)),
            b'f' => (&b"false"[..], Scalar::Boolean(false)),
            b'n' => (&b"null"[..], Scalar::Null),
            _ => return self.number().map(Scalar::Number),
        };
        self.skip_bytes(word.0).then_some(word.1)
    }

    /// Numbers with an exponent are left to the other reader.
    fn number(&mut self) -> Option<Number<'b>> {
        let rest = self.rest();
        let sign = usize::from(rest.first() == Some(&b'-'));
        let mut value = 0_i64;
        let mut n_digits = 0;
        // Where the point stands: behind so many digits.
        let mut point = None;
        let mut len = sign;
        for byte in rest.get(sign..)? {
            match byte {
                b'0'..=b'9' => {
                    value = value.wrapping_mul(10).wrapping_add(i64::from(byte - b'0'));
                    n_digits += 1;
                }
                b'.' if point.is_none() => point = Some(n_digits),
                b'.' | b'e' | b'E' => return None,
                _ => break,
            }
            len += 1;
        }
        let n_whole = point.unwrap_or(n_digits);
        let has_leading_zero = n_whole > 1 && rest.get(sign) == Some(&b'0');
        if n_whole == 0 || has_leading_zero || point == Some(n_digits) {
            return None;
        }
        self.at += len;
        let digits = (n_digits <= SAFE_DIGITS).then_some(if sign == 1 { -value } else { value });
        let scale = u32::try_from(n_digits - n_whole).ok()?;
        Some(Number { text: rest.get(..len)?, digits, scale })
    }
}

/// Whether two runs of bytes, equally long, are the same; eight at a time, because comparing bytes one by one is what
/// wasm does of itself. Empty ones are not.
#[inline]
fn are_same(left: &[u8], right: &[u8]) -> bool {
    let number = |bytes: &[u8; 8]| u64::from_le_bytes(*bytes);
    match (left.last_chunk(), right.last_chunk()) {
        (Some(left_end), Some(right_end)) => {
            let (left, right) = (left.as_chunks::<8>().0, right.as_chunks::<8>().0);
            number(left_end) == number(right_end)
                && left.iter().zip(right).all(|(left, right)| number(left) == number(right))
        }
        _ => !left.is_empty() && left.iter().zip(right).all(|(left, right)| left == right),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_text_ends_where_the_other_reader_says(
            text in "([a-zé \"\\\\\u{0}-\u{1f}]|[a-z]{30}){0,8}", before in 0_usize..130, tail in "[,}\"x]{0,70}",
        ) {
            let quoted = serde_json::to_string(&text).unwrap();
            let body = format!("{}{quoted}{tail}", " ".repeat(before));
            let mut scanner = Scanner::new(body.as_bytes());
            scanner.skip_blanks();
            let found = scanner.string().unwrap();
            prop_assert_eq!(found.whole, quoted.as_bytes());
            prop_assert_eq!(found.plain(), (quoted.len() == text.len() + 2).then_some(text.as_str()));
            prop_assert_eq!(scanner.peek(), tail.bytes().next());
        }

        #[test]
        fn a_text_without_an_end_is_none(text in "[a-z]{0,200}", stop in 0_u8..0x20) {
            let open = format!("\"{text}");
            prop_assert!(Scanner::new(open.as_bytes()).string().is_none());
            let stopped = format!("{open}{}\"", char::from(stop));
            prop_assert!(Scanner::new(stopped.as_bytes()).string().is_none());
        }

        #[test]
        fn numbers_are_told_like_the_other_reader_does(text in "-?[0-9]{0,3}(\\.[0-9]{0,2})?([0-9]{0,20})") {
            let mut scanner = Scanner::new(text.as_bytes());
            let number = scanner.number().filter(|_| scanner.is_at_end());
            prop_assert_eq!(number.is_some(), serde_json::from_str::<f64>(&text).is_ok());
            if let Some((number, digits)) = number.and_then(|number| Some((number, number.digits?))) {
                let value = rust_decimal::Decimal::new(digits, number.scale);
                prop_assert_eq!(value, text.parse::<rust_decimal::Decimal>().unwrap());
                prop_assert_eq!(number.text, text.as_bytes());
            }
        }

        #[test]
        fn a_text_is_passed_over_only_if_another_member_follows(text in "[a-zé]{0,80}", tail in "[\\\\\"][,}]?") {
            let body = format!("\"name\":\"{text}{tail}x");
            let mut scanner = Scanner::new(body.as_bytes());
            let is_passed = scanner.skip_text(b"\"name\":\"");
            prop_assert_eq!(is_passed, tail.starts_with("\","));
            prop_assert_eq!(scanner.at, if is_passed { text.len() + 10 } else { 0 });
        }

        #[test]
        fn bytes_are_compared_whole(left in "[ab]{0,40}", right in "[ab]{0,40}") {
            let mut scanner = Scanner::new(left.as_bytes());
            let expected = !right.is_empty() && left.starts_with(&right);
            prop_assert_eq!(scanner.skip_bytes(right.as_bytes()), expected);
        }
    }

    #[test]
    fn stops_are_told_one_by_one() {
        for byte in 0..=u8::MAX {
            for place in [0, 15, 16, 63] {
                let mut block = [b'a'; BLOCK];
                block[place] = byte;
                let expected = if matches!(byte, b'"' | b'\\' | 0..0x20) { 1 << place } else { 0 };
                assert_eq!(stops(&block), expected, "{byte} at {place}");
            }
        }
    }
}
