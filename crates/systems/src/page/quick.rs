//! The quick way through a page as both services write them: members are compared with those of the record before,
//! texts are lent from the page, and what nobody asked for is passed over. Pages of changes are not for it. Whatever it does not expect ends it with
//! `None`; the page is then read by `rows`, which knows every form of JSON and names what is wrong.

use couplet_filter::FieldValue;

use super::cell::CellKind;
use super::{Member, PageInfo, State};
use crate::values;

/// Reads a page into the columns of `state`. After `None` rows of the page may be in the table; the caller drops them.
pub(super) fn read(body: &[u8], state: &mut State<'_>) -> Option<PageInfo> {
    let mut scanner = Scanner { body, at: 0 };
    let mut info = PageInfo::default();
    let mut has_records = false;
    scanner.expect(b'{')?;
    loop {
        scanner.skip_blanks();
        let name = plain(scanner.string()?)?;
        scanner.expect(b':')?;
        scanner.skip_blanks();
        match name {
            "value" if !has_records => {
                records(&mut scanner, state)?;
                has_records = true;
            }
            "value" => return None,
            "@odata.context" => info.context = Some(serde_json::from_slice(scanner.string()?).ok()?),
            "@odata.deltaLink" => return None,
            "@odata.nextLink" => info.next_link = Some(serde_json::from_slice(scanner.string()?).ok()?),
            "@odata.count" => {
                let count = std::str::from_utf8(scanner.scalar()?).ok()?;
                info.count = count.trim_matches('"').parse().ok();
            }
            _ => {
                scanner.scalar()?;
            }
        }
        if scanner.ends(b'}')? {
            break;
        }
    }
    scanner.skip_blanks();
    info.n_rows = state.n_rows;
    (has_records && scanner.at == body.len()).then_some(info)
}

fn records(scanner: &mut Scanner<'_>, state: &mut State<'_>) -> Option<()> {
    scanner.expect(b'[')?;
    scanner.skip_blanks();
    if scanner.peek() == Some(b']') {
        scanner.at += 1;
        return Some(());
    }
    loop {
        record(scanner, state)?;
        if scanner.ends(b']')? {
            return Some(());
        }
    }
}

fn record(scanner: &mut Scanner<'_>, state: &mut State<'_>) -> Option<()> {
    let row = state.n_rows + 1;
    let mut position = 0;
    scanner.expect(b'{')?;
    loop {
        scanner.skip_blanks();
        let member = member(scanner, state, position)?;
        position += 1;
        scanner.expect(b':')?;
        scanner.skip_blanks();
        match member {
            Member::Unknown => {
                scanner.scalar()?;
            }
            Member::DeletedId | Member::DeletedReason => return None,
            Member::Cell(cell_idx) => {
                let seen = state.seen.get_mut(cell_idx)?;
                if std::mem::replace(seen, row) == row {
                    return None;
                }
                cell(scanner, state, cell_idx)?;
            }
        }
        if scanner.ends(b'}')? {
            break;
        }
    }
    let mut cells = state.plan.cells.iter().zip(&state.seen);
    if cells.any(|(cell, seen)| cell.is_required && *seen != row) {
        return None;
    }
    state.table.end_row();
    state.n_rows = row;
    Some(())
}

/// What the member that comes next is; the one at this place of the record before is tried first.
fn member(scanner: &mut Scanner<'_>, state: &mut State<'_>, position: usize) -> Option<Member> {
    if let Some((known, member)) = state.order.get(position)
        && scanner.skip_name(known)
    {
        return Some(*member);
    }
    let name = plain(scanner.string()?)?;
    let member = state.plan.by_property.get(name).map_or(Member::Unknown, |&cell| Member::Cell(cell));
    if position == state.order.len() {
        state.order.push((name.into(), member));
    }
    Some(member)
}

fn cell(scanner: &mut Scanner<'_>, state: &mut State<'_>, cell_idx: usize) -> Option<()> {
    let kind = &state.plan.cells.get(cell_idx)?.kind;
    let column_idx = state.targets.get(cell_idx).copied()?;
    let mut push = |value: FieldValue<'_>| match column_idx {
        Some(column_idx) => state.table.push(column_idx, value).ok(),
        None => Some(()),
    };
    match scanner.peek()? {
        b'"' => {
            let quoted = scanner.string()?;
            if let Some(text) = plain(quoted) {
                return push(kind.of_text(text)?);
            }
            let text: String = serde_json::from_slice(quoted).ok()?;
            push(kind.of_text(&text)?)
        }
        b't' | b'f' | b'n' => {
            let value = match (scanner.scalar()?, kind) {
                (b"null", _) => FieldValue::Null,
                (word, CellKind::Boolean) => FieldValue::Boolean(word == b"true"),
                _ => return None,
            };
            push(value)
        }
        _ => {
            let number = std::str::from_utf8(scanner.scalar()?).ok()?;
            push(match kind {
                CellKind::Decimal => FieldValue::Decimal(values::decimal(number)?),
                _ if number == "-0" => return None,
                _ => kind.of_integer(number.parse().ok()?)?,
            })
        }
    }
}

/// What stands between the quotes, if it is written as it is.
fn plain(quoted: &[u8]) -> Option<&str> {
    let bytes = quoted.get(1..quoted.len() - 1)?;
    if bytes.contains(&b'\\') { None } else { std::str::from_utf8(bytes).ok() }
}

/// Goes through the bytes of a page, ever forward.
struct Scanner<'b> {
    body: &'b [u8],
    at: usize,
}

impl<'b> Scanner<'b> {
    fn rest(&self) -> &'b [u8] {
        self.body.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<u8> {
        self.body.get(self.at).copied()
    }

    fn skip_blanks(&mut self) {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.peek() {
            self.at += 1;
        }
    }

    fn expect(&mut self, byte: u8) -> Option<()> {
        self.skip_blanks();
        let is_there = self.peek()? == byte;
        self.at += 1;
        is_there.then_some(())
    }

    /// Behind a value: whether the list ends here, or goes on behind a comma.
    fn ends(&mut self, close: u8) -> Option<bool> {
        self.skip_blanks();
        let byte = self.peek()?;
        self.at += 1;
        match byte {
            b',' => Some(false),
            byte if byte == close => Some(true),
            _ => None,
        }
    }

    /// Passes over the name of a member, if it is this one.
    fn skip_name(&mut self, name: &str) -> bool {
        let rest = self.rest();
        let is_there = rest.first() == Some(&b'"')
            && rest.get(name.len() + 1) == Some(&b'"')
            && rest.get(1..=name.len()) == Some(name.as_bytes());
        if is_there {
            self.at += name.len() + 2;
        }
        is_there
    }

    /// A text with its quotes.
    fn string(&mut self) -> Option<&'b [u8]> {
        let start = self.at;
        if self.peek()? != b'"' {
            return None;
        }
        self.at += 1;
        loop {
            self.at += n_plain(self.rest());
            match self.peek()? {
                b'"' => {
                    self.at += 1;
                    return self.body.get(start..self.at);
                }
                b'\\' => self.skip_escape()?,
                _ => return None,
            }
        }
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

    /// A value that is no list and no object.
    fn scalar(&mut self) -> Option<&'b [u8]> {
        if self.peek()? == b'"' {
            return self.string();
        }
        let rest = self.rest();
        let is_end = |byte: &u8| matches!(byte, b',' | b'}' | b']' | b' ' | b'\n' | b'\r' | b'\t');
        let value = rest.get(..rest.iter().position(is_end)?)?;
        self.at += value.len();
        (matches!(value, b"true" | b"false" | b"null") || is_number(value)).then_some(value)
    }
}

/// Whether the bytes are a JSON number.
fn is_number(bytes: &[u8]) -> bool {
    let digits = |bytes: &[u8]| bytes.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let mut rest = bytes.strip_prefix(b"-").unwrap_or(bytes);
    let n_whole = digits(rest);
    if n_whole == 0 || (n_whole > 1 && rest.first() == Some(&b'0')) {
        return false;
    }
    rest = rest.get(n_whole..).unwrap_or_default();
    if let Some(fraction) = rest.strip_prefix(b".") {
        let n_places = digits(fraction);
        if n_places == 0 {
            return false;
        }
        rest = fraction.get(n_places..).unwrap_or_default();
    }
    // Numbers with an exponent are left to the other reader.
    rest.is_empty()
}

/// How many bytes of a text come before the first quote, backslash or control character, eight at a time.
fn n_plain(bytes: &[u8]) -> usize {
    const ONES: u64 = u64::from_le_bytes([1; 8]);
    const HIGH: u64 = ONES << 7;
    let (words, rest) = bytes.as_chunks::<8>();
    for (idx, word) in words.iter().enumerate() {
        let word = u64::from_le_bytes(*word);
        // The high bit of each byte that is below `limit`; wrong only above a byte that is so indeed.
        let below = |word: u64, limit: u8| word.wrapping_sub(ONES * u64::from(limit)) & !word & HIGH;
        let is = |byte: u8| below(word ^ (ONES * u64::from(byte)), 1);
        let stops = is(b'"') | is(b'\\') | below(word, 0x20);
        if stops != 0 {
            return idx * 8 + stops.trailing_zeros() as usize / 8;
        }
    }
    let is_stop = |byte: &u8| matches!(byte, b'"' | b'\\' | 0..0x20);
    words.len() * 8 + rest.iter().position(is_stop).unwrap_or(rest.len())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn plain_bytes_are_counted(bytes in prop::collection::vec(prop_oneof![5 => 0x20_u8..=0xff, 1 => any::<u8>()], 0..40)) {
            let slowly = bytes.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..0x20)).unwrap_or(bytes.len());
            prop_assert_eq!(super::n_plain(&bytes), slowly);
        }

        #[test]
        fn numbers_are_told_like_the_other_reader_does(text in "-?[0-9]{0,3}(\\.[0-9]{0,2})?") {
            prop_assert_eq!(super::is_number(text.as_bytes()), serde_json::from_str::<f64>(&text).is_ok());
        }
    }
}
