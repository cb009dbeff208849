//! A place in a text that moves forward by characters. It knows what a space is and nothing else of the
//! language.

use crate::span::Span;

/// Reads a text from left to right.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scanner<'t> {
    text: &'t str,
    offset: usize,
}

impl<'t> Scanner<'t> {
    pub(crate) fn new(text: &'t str) -> Self {
        Self { text, offset: 0 }
    }

    pub(crate) fn text(&self) -> &'t str {
        self.text
    }

    pub(crate) fn offset(&self) -> usize {
        self.offset
    }

    pub(crate) fn rest(&self) -> &'t str {
        self.text.get(self.offset..).unwrap_or_default()
    }

    pub(crate) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    pub(crate) fn bump(&mut self) -> Option<char> {
        let next = self.peek()?;
        self.offset += next.len_utf8();
        Some(next)
    }

    pub(crate) fn at(&self, expected: &str) -> bool {
        self.rest().starts_with(expected)
    }

    pub(crate) fn take(&mut self, expected: &str) -> bool {
        let is_there = self.at(expected);
        if is_there {
            self.offset += expected.len();
        }
        is_there
    }

    pub(crate) fn skip_while(&mut self, mut test: impl FnMut(char) -> bool) {
        while self.peek().is_some_and(&mut test) {
            self.bump();
        }
    }

    /// Goes on to the first of these ASCII characters, and gives what it passed over.
    pub(crate) fn skip_to_any(&mut self, stops: impl Fn(u8) -> bool) -> &'t str {
        let rest = self.rest();
        // No byte of a character beyond ASCII is an ASCII character.
        let is_stop = |byte: &u8| byte.is_ascii() && stops(*byte);
        let len = rest.as_bytes().iter().position(is_stop).unwrap_or(rest.len());
        self.offset += len;
        rest.get(..len).unwrap_or_default()
    }

    pub(crate) fn skip_spaces(&mut self) {
        self.skip_while(is_space);
    }

    /// Goes to a byte that a character starts at.
    pub(crate) fn skip_to(&mut self, offset: usize) {
        self.offset = offset;
    }

    /// From byte `start` to here.
    pub(crate) fn span_from(&self, start: usize) -> Span {
        Span::new(start, self.offset)
    }

    /// The next character, or the end of the text.
    pub(crate) fn next_span(&self) -> Span {
        Span::new(self.offset, self.offset + self.peek().map_or(0, char::len_utf8))
    }
}

/// U+0020, tab, CR, LF and U+00A0 (filter language, section 2).
pub(crate) const fn is_space(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\r' | '\n' | '\u{a0}')
}

/// Without outer spaces.
pub(crate) fn trim(text: &str) -> &str {
    text.trim_matches(is_space)
}
