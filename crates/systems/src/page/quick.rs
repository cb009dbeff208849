//! The quick way through a page as both services write them: members are expected in the order of the records before,
//! texts are lent from the page, and what nobody asked for is passed over. Pages of changes are not for it. Whatever it
//! does not expect ends it with `None`; the page is then read by `rows`, which knows every form of JSON and names what
//! is wrong.

use couplet_engine::ColumnTable;
use couplet_filter::FieldValue;

use super::cell::CellKind;
use super::scanner::{Number, Scalar, Scanner};
use super::{Member, PageInfo, State};
use crate::values;

/// Reads a page into the columns of `state`. After `None` rows of the page may be in the table; the caller drops them.
pub(super) fn read(body: &[u8], state: &mut State<'_>) -> Option<PageInfo> {
    let mut scanner = Scanner::new(body);
    let mut info = PageInfo::default();
    let mut has_records = false;
    scanner.expect(b'{')?;
    loop {
        scanner.skip_blanks();
        let name = scanner.string()?.plain()?;
        scanner.expect(b':')?;
        scanner.skip_blanks();
        match name {
            "value" if !has_records => {
                records(&mut scanner, state)?;
                has_records = true;
            }
            "value" => return None,
            "@odata.context" => info.context = Some(serde_json::from_slice(scanner.string()?.whole).ok()?),
            "@odata.deltaLink" => return None,
            "@odata.nextLink" => info.next_link = Some(serde_json::from_slice(scanner.string()?.whole).ok()?),
            "@odata.count" => info.count = count(scanner.scalar()?),
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
    (has_records && scanner.is_at_end()).then_some(info)
}

/// Dataverse writes -1 where it did not count (B27); a number in quotes is one, too.
fn count(value: Scalar<'_>) -> Option<u64> {
    let text = match value {
        Scalar::Number(number) => number.text,
        Scalar::Text(quoted) => quoted.inner(),
        Scalar::Boolean(_) | Scalar::Null => return None,
    };
    std::str::from_utf8(text).ok()?.parse().ok()
}

fn records(scanner: &mut Scanner<'_>, state: &mut State<'_>) -> Option<()> {
    scanner.expect(b'[')?;
    scanner.skip_blanks();
    if scanner.skip(b']') {
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
    let mut expected = 0;
    scanner.expect(b'{')?;
    loop {
        state.order.skip_texts(scanner, &mut expected);
        match member(scanner, state, &mut expected)? {
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

/// What the member that comes next is, up to its value.
#[inline]
fn member(scanner: &mut Scanner<'_>, state: &mut State<'_>, expected: &mut usize) -> Option<Member> {
    if let Some(member) = state.order.skip_name(scanner, expected) {
        // Blanks there are none, or the value says so by not being one.
        scanner.skip_blanks();
        return Some(member);
    }
    scanner.skip_blanks();
    if let Some(member) = state.order.skip_name(scanner, expected) {
        scanner.skip_blanks();
        return Some(member);
    }
    let name = scanner.string()?.plain()?;
    scanner.expect(b':')?;
    scanner.skip_blanks();
    let member = state.plan.by_property.get(name).map_or(Member::Unknown, |&cell| Member::Cell(cell));
    state.order.insert(*expected, name, member);
    *expected += 1;
    Some(member)
}

#[inline]
fn cell(scanner: &mut Scanner<'_>, state: &mut State<'_>, cell_idx: usize) -> Option<()> {
    let kind = &state.plan.cells.get(cell_idx)?.kind;
    let Some(column_idx) = state.targets.get(cell_idx).copied()? else {
        return value(kind, scanner.scalar()?, |_| Some(()));
    };
    let table = &mut *state.table;
    match (kind, scanner.scalar()?) {
        (CellKind::Decimal, Scalar::Number(Number { digits: Some(digits), scale, .. })) => {
            table.push_scaled(column_idx, digits, scale).ok()
        }
        (_, scalar) => value(kind, scalar, |value| push(table, column_idx, value)),
    }
}

fn push(table: &mut ColumnTable, column_idx: usize, value: FieldValue<'_>) -> Option<()> {
    table.push(column_idx, value).ok()
}

/// Gives `take` the value that a cell of this kind has.
#[inline]
fn value(
    kind: &CellKind,
    scalar: Scalar<'_>,
    mut take: impl FnMut(FieldValue<'_>) -> Option<()>,
) -> Option<()> {
    match scalar {
        Scalar::Text(quoted) if quoted.has_escapes => {
            let text: String = serde_json::from_slice(quoted.whole).ok()?;
            take(kind.of_text(&text)?)
        }
        Scalar::Text(quoted) => take(match kind {
            CellKind::Date => FieldValue::Date(values::date(quoted.inner())?),
            CellKind::DateTime => FieldValue::DateTime(values::date_time(quoted.inner())?),
            CellKind::Guid => match values::guid(quoted.inner()) {
                Some(id) => FieldValue::Guid(id),
                None => kind.of_text(quoted.plain()?)?,
            },
            _ => kind.of_text(quoted.plain()?)?,
        }),
        Scalar::Null => take(FieldValue::Null),
        Scalar::Boolean(yes) if *kind == CellKind::Boolean => take(FieldValue::Boolean(yes)),
        Scalar::Boolean(_) => None,
        Scalar::Number(number) => {
            let text = std::str::from_utf8(number.text).ok()?;
            take(match kind {
                CellKind::Decimal => FieldValue::Decimal(values::decimal(text)?),
                _ if text == "-0" || number.scale > 0 => return None,
                _ => kind.of_integer(text.parse().ok()?)?,
            })
        }
    }
}
