//! A table inside one text: rows end with a line feed, cells are parted by tabs. What synchronization keeps of records is
//! written like this, because one text costs a database and a reader of JSON far less than a list of small ones.

use std::borrow::Cow;

/// Adds a cell, followed by what parts it from the next one.
pub(crate) fn push_cell(out: &mut String, cell: &str) {
    push_escaped(out, cell);
    out.push('\t');
}

/// Ends the row, whose last cell was just added.
pub(crate) fn end_row(out: &mut String) {
    if out.ends_with('\t') {
        out.pop();
    }
    out.push('\n');
}

/// The rows of a table; each with its cells.
pub(crate) fn rows(text: &str) -> impl Iterator<Item = Vec<Cow<'_, str>>> {
    text.split_terminator('\n').map(|row| row.split('\t').map(unescaped).collect())
}

/// Adds a text in which neither tab nor line feed is left.
pub(crate) fn push_escaped(out: &mut String, text: &str) {
    for character in text.chars() {
        match character {
            '\\' => out.push_str("\\\\"),
            '\t' => out.push_str("\\t"),
            '\n' => out.push_str("\\n"),
            other => out.push(other),
        }
    }
}

/// The text of a cell.
pub(crate) fn unescaped(cell: &str) -> Cow<'_, str> {
    if !cell.contains('\\') {
        return Cow::Borrowed(cell);
    }
    let mut text = String::with_capacity(cell.len());
    let mut characters = cell.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => match characters.next() {
                Some('t') => text.push('\t'),
                Some('n') => text.push('\n'),
                Some(other) => text.push(other),
                None => text.push('\\'),
            },
            other => text.push(other),
        }
    }
    Cow::Owned(text)
}
