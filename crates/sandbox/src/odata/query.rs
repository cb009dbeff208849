//! Query options, and the collecting of one page of row numbers in natural or sorted order.

use super::filter::Filter;
pub(crate) use super::order::Direction;
use super::order::{Content, SortKeys, Sorted, sort_rows};
use crate::schema::{EntitySet, Property};
use crate::wire::{percent_encode, query_pairs, split_outside_quotes};
use crate::world::World;

/// Rows that are tested to guess how many pass, spread over the table.
const SAMPLE: usize = 256;

/// The options of one query, as written.
#[derive(Debug, Default)]
pub(crate) struct Query {
    pub(crate) select: Option<Vec<String>>,
    pub(crate) expand: Option<String>,
    pub(crate) filter: Option<String>,
    pub(crate) order_by: Vec<(String, Direction)>,
    pub(crate) top: Option<usize>,
    pub(crate) skip: Option<usize>,
    pub(crate) count: Count,
    pub(crate) skip_token: Option<String>,
    /// Names of all options, to refuse those a service does not know.
    pub(crate) names: Vec<String>,
    pub(crate) schema_version: Option<String>,
    pairs: Vec<(String, String)>,
}

/// Whether the total is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Count {
    #[default]
    No,
    Yes,
}

impl Query {
    /// Reads a raw query string; the message of the error names the option.
    pub(crate) fn read(raw: &str) -> Result<Self, String> {
        let mut query = Self { pairs: query_pairs(raw), ..Self::default() };
        for (name, value) in query.pairs.clone() {
            let value = match name.as_str() {
                "$filter" | "$orderby" => with_aliases(&value, &query.pairs),
                _ => value,
            };
            match name.as_str() {
                "$select" => {
                    let names = value.split(',').map(|it| it.trim().to_owned()).filter(|it| !it.is_empty());
                    query.select = Some(names.collect()).filter(|names: &Vec<String>| !names.is_empty());
                }
                "$expand" => query.expand = Some(value).filter(|it| !it.trim().is_empty()),
                "$filter" => query.filter = Some(value),
                "$orderby" => query.order_by = sort_keys(&value)?,
                "$top" => query.top = Some(number("$top", &value)?),
                "$skip" => query.skip = Some(number("$skip", &value)?),
                "$count" => {
                    query.count = match value.as_str() {
                        "true" => Count::Yes,
                        "false" => Count::No,
                        _ => return Err(format!("Invalid value '{value}' for $count query option found.")),
                    }
                }
                "$skiptoken" => query.skip_token = Some(value),
                "$schemaversion" => query.schema_version = Some(value),
                _ => {}
            }
            query.names.push(name);
        }
        Ok(query)
    }

    /// The address of the next page: the same options with another token.
    pub(crate) fn next_link(&self, address: &str, token: &str) -> String {
        self.link_with(address, "$skiptoken", token)
    }

    /// The same options with one replaced, and without a token of a page before it.
    pub(crate) fn link_with(&self, address: &str, option: &str, value: &str) -> String {
        let mut link = format!("{address}?");
        for (name, value) in self.pairs.iter().filter(|(name, _)| name != "$skiptoken" && name != option) {
            link.push_str(&format!("{}={}&", percent_encode(name), percent_encode(value)));
        }
        link.push_str(&format!("{option}={}", percent_encode(value)));
        link
    }

    /// The value of an option as it was sent.
    pub(crate) fn option(&self, name: &str) -> Option<&str> {
        self.pairs.iter().find(|(it, _)| it == name).map(|(_, value)| value.as_str())
    }
}

/// Parameter aliases (B26): `$filter=name eq @p1&@p1='x'`.
fn with_aliases(text: &str, pairs: &[(String, String)]) -> String {
    if !text.contains('@') {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    for (at, part) in text.split('\'').enumerate() {
        if at > 0 {
            out.push('\'');
        }
        // Every second part stands inside quotes.
        if at % 2 == 1 {
            out.push_str(part);
            continue;
        }
        for (position, piece) in part.split('@').enumerate() {
            if position == 0 {
                out.push_str(piece);
                continue;
            }
            let end = piece.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(piece.len());
            let (name, rest) = piece.split_at(end);
            match pairs.iter().find(|(alias, _)| alias.strip_prefix('@') == Some(name)) {
                Some((_, value)) => out.push_str(value),
                None => out.push_str(&format!("@{name}")),
            }
            out.push_str(rest);
        }
    }
    out
}

fn number(option: &str, value: &str) -> Result<usize, String> {
    value.parse().map_err(|_| format!("Invalid value '{value}' for {option} query option found."))
}

fn sort_keys(value: &str) -> Result<Vec<(String, Direction)>, String> {
    let keys = split_outside_quotes(value, &[',']);
    keys.iter()
        .map(|key| {
            let mut words = key.split_whitespace();
            let direction = |word: Option<&str>| match word {
                None | Some("asc") => Some(Direction::Ascending),
                Some("desc") => Some(Direction::Descending),
                Some(_) => None,
            };
            match (words.next(), direction(words.next()), words.next()) {
                (Some(name), Some(direction), None) => Ok((name.to_owned(), direction)),
                _ => Err(format!("Syntax error in $orderby at '{}'.", key.trim())),
            }
        })
        .collect()
}

/// What to collect.
#[derive(Debug)]
pub(crate) struct Search<'a> {
    pub(crate) world: &'a World,
    pub(crate) set: &'a EntitySet,
    pub(crate) query: &'a Query,
    pub(crate) filter: Option<Filter>,
    pub(crate) page_size: usize,
    /// Beyond this number rows are not counted.
    pub(crate) count_to: usize,
}

/// One page of rows.
#[derive(Debug, Default)]
pub(crate) struct Page {
    pub(crate) rows: Vec<u32>,
    /// Token of the next page.
    pub(crate) next: Option<String>,
    /// The total before `$top` and `$skip`, when asked for.
    pub(crate) total: Option<u64>,
}

/// Where a page begins: stays right when rows are inserted or deleted meanwhile.
#[derive(Debug, Clone, Copy, Default)]
struct Cursor {
    /// Natural order: the row number to go on from. Sorted: the position in the kept result.
    at: u32,
    /// Number of the kept result, 0 in natural order.
    result: u64,
    /// Rows served on earlier pages.
    served: usize,
    /// The total counted on the first page.
    total: Option<u64>,
}

impl Cursor {
    fn read(token: &str) -> Option<Self> {
        let mut parts = token.split('-');
        let mut part = || parts.next();
        let (at, result, served) = (part()?.parse().ok()?, part()?.parse().ok()?, part()?.parse().ok()?);
        let total = match part()? {
            "n" => None,
            total => Some(total.parse().ok()?),
        };
        Some(Self { at, result, served, total })
    }

    fn write(self) -> String {
        let total = self.total.map_or_else(|| "n".to_owned(), |total| total.to_string());
        format!("{}-{}-{}-{total}", self.at, self.result, self.served)
    }
}

impl Search<'_> {
    /// Collects one page; an error is a message about an unreadable option.
    pub(crate) fn page(&self) -> Result<Page, String> {
        let cursor = match &self.query.skip_token {
            Some(token) => Some(Cursor::read(token).ok_or("The skip token is malformed.")?),
            None => None,
        };
        let keys = self.sort_keys()?;
        if keys.is_empty() { Ok(self.natural(cursor)) } else { Ok(self.sorted(cursor, &keys)) }
    }

    /// Rows that pass, counted as far as it matters.
    pub(crate) fn total(&self) -> u64 {
        let Some(table) = self.world.table(self.set.table) else { return 0 };
        match &self.filter {
            None => u64::from(table.alive()),
            Some(_) => {
                let passing = table.rows_from(0).filter(|row| self.passes(*row)).take(self.count_to).count();
                u64::try_from(passing).unwrap_or_default()
            }
        }
    }

    fn passes(&self, row: u32) -> bool {
        self.filter.as_ref().is_none_or(|filter| filter.passes(self.world, self.set.table, row))
    }

    fn sort_keys(&self) -> Result<Vec<(&Property, Direction)>, String> {
        let keys = self.query.order_by.iter();
        keys.map(|(name, direction)| match self.set.find(name) {
            Some((_, property)) => Ok((property, *direction)),
            None => {
                Err(format!("Could not find a property named '{name}' on type '{}'.", self.set.entity_type))
            }
        })
        .collect()
    }

    fn first_total(&self, cursor: Option<Cursor>) -> Option<u64> {
        match (self.query.count, cursor) {
            (Count::No, _) => None,
            (Count::Yes, Some(cursor)) => cursor.total.or_else(|| Some(self.total())),
            (Count::Yes, None) => Some(self.total()),
        }
    }

    /// How many rows this page may hold.
    fn limit(&self, served: usize) -> usize {
        let left = self.query.top.map_or(usize::MAX, |top| top.saturating_sub(served));
        left.min(self.page_size)
    }

    fn natural(&self, cursor: Option<Cursor>) -> Page {
        let Some(table) = self.world.table(self.set.table) else { return Page::default() };
        let total = self.first_total(cursor);
        let start = cursor.unwrap_or_default();
        let limit = self.limit(start.served);
        let skip = if cursor.is_none() { self.query.skip.unwrap_or_default() } else { 0 };
        let mut passing = table.rows_from(start.at).filter(|row| self.passes(*row)).skip(skip);
        let rows: Vec<u32> = passing.by_ref().take(limit).collect();
        let served = start.served.saturating_add(rows.len());
        let complete = self.query.top.is_some_and(|top| served >= top);
        let next = if complete { None } else { passing.next() };
        let next = next.map(|at| Cursor { at, served, total, ..Cursor::default() }.write());
        Page { rows, next, total }
    }

    fn sorted(&self, cursor: Option<Cursor>, keys: &SortKeys<'_>) -> Page {
        let Some(table) = self.world.table(self.set.table) else { return Page::default() };
        let Some(result) = self.result(cursor, keys) else { return Page::default() };
        let passes =
            |row: u32| table.is_alive(row) && (result.content == Content::Passing || self.passes(row));
        let total = match (self.query.count, cursor) {
            (Count::No, _) => None,
            (Count::Yes, Some(Cursor { total: Some(total), .. })) => Some(total),
            (Count::Yes, _) if result.content == Content::WholeTable => Some(self.total()),
            (Count::Yes, _) => u64::try_from(result.rows.len()).ok(),
        };
        let start = cursor.unwrap_or_default();
        let limit = self.limit(start.served);
        let skip = if cursor.is_none() { self.query.skip.unwrap_or_default() } else { 0 };
        let begin = usize::try_from(start.at).unwrap_or(usize::MAX);
        let left = result.rows.iter().enumerate().skip(begin);
        let mut passing = left.filter(|(_, row)| passes(**row)).skip(skip);
        let rows: Vec<u32> = passing.by_ref().take(limit).map(|(_, row)| *row).collect();
        let served = start.served.saturating_add(rows.len());
        let complete = self.query.top.is_some_and(|top| served >= top);
        let next = if complete { None } else { passing.next() };
        let next = next.map(|(position, _)| {
            let at = u32::try_from(position).unwrap_or(u32::MAX);
            Cursor { at, result: result.number, served, total }.write()
        });
        Page { rows, next, total }
    }

    /// The sorted result a cursor belongs to, or the order of the whole table where many of its rows pass, or the few
    /// rows that pass in order.
    fn result(&self, cursor: Option<Cursor>, keys: &SortKeys<'_>) -> Option<Sorted> {
        let orders = &self.world.orders;
        if let Some(kept) = cursor.and_then(|cursor| orders.numbered(cursor.result)) {
            return Some(kept);
        }
        if self.many_pass() {
            return orders.whole_table(self.world, self.set.table, keys);
        }
        let of = format!("{} {:?} {:?}", self.set.table, self.filter, self.query.order_by);
        if let Some(kept) = orders.same(&of, self.world) {
            return Some(kept);
        }
        let table = self.world.table(self.set.table)?;
        let mut rows: Vec<u32> = table.rows_from(0).filter(|row| self.passes(*row)).collect();
        sort_rows(self.world, self.set.table, keys, &mut rows);
        Some(orders.keep(of, self.world, rows))
    }

    /// Whether so many rows pass that a page is soon found along the order of the whole table.
    fn many_pass(&self) -> bool {
        let Some(table) = self.world.table(self.set.table).filter(|_| self.filter.is_some()) else {
            return true;
        };
        let end = usize::try_from(table.end()).unwrap_or_default();
        let sample = (0..table.end()).step_by((end / SAMPLE).max(1));
        let passing = sample.filter(|row| table.is_alive(*row) && self.passes(*row)).count();
        passing > SAMPLE / 8
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_read_and_links_keep_them() {
        let query =
            Query::read("$select=a, b&$orderby=x%20desc,y&$top=3&%24count=true&$filter=a+eq+%27x%26y%27")
                .expect("readable");
        assert_eq!(query.select.as_deref(), Some(&["a".to_owned(), "b".to_owned()][..]));
        assert_eq!(query.order_by[0], ("x".to_owned(), Direction::Descending));
        assert_eq!((query.top, query.count), (Some(3), Count::Yes));
        assert_eq!(query.filter.as_deref(), Some("a eq 'x&y'"));
        let link = query.next_link("http://x/y", "1-0-3-n");
        let again = Query::read(link.split_once('?').expect("a query").1).expect("readable");
        assert_eq!(again.filter, query.filter);
        assert_eq!(again.skip_token.as_deref(), Some("1-0-3-n"));
        assert_eq!(query.order_by, again.order_by);
    }

    #[test]
    fn b26_aliases_stand_for_their_values() {
        let query = Query::read("$filter=a+eq+@p1+and+b+eq+'@p1'+and+c+eq+@x&@p1='y'").expect("readable");
        assert_eq!(query.filter.as_deref(), Some("a eq 'y' and b eq '@p1' and c eq @x"));
    }

    #[test]
    fn malformed_options_are_refused() {
        for raw in ["$top=-1", "$skip=x", "$count=yes", "$orderby=a sideways"] {
            assert!(Query::read(raw).is_err(), "{raw}");
        }
    }
}
