//! Change tracking (B48 to B50): a full read that ends in a delta link, and what changed since.

use super::errors::JSON;
use super::read::{Cookie, LIMIT};
use super::rows::{RowWriter, Shape, select};
use super::{MALFORMED_QUERY, Refusal, Target, refuse};
use crate::odata::json;
use crate::odata::query::Query;
use crate::schema::Language;
use crate::store::{Guid, civil_from_days, days_from_civil};
use crate::wire::Response;
use crate::world::{Value, World};

const DAY_MS: i64 = 86_400_000;
/// B50: days that tokens are valid when the organization does not say.
const DEFAULT_DAYS: i64 = 7;

/// A state of a table that a client knows: everything up to a version, as of a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) version: u32,
    seconds: i64,
}

impl Token {
    /// What a client knows that reads everything now.
    pub(super) fn now(world: &World, target: &Target<'_>) -> Self {
        Self { version: world.version, seconds: target.call.now_ms.div_euclid(1_000) }
    }

    /// `91002!03/02/2026 10:00:00`.
    pub(super) fn write(self) -> String {
        let (days, rest) = (self.seconds.div_euclid(86_400), self.seconds.rem_euclid(86_400));
        let (year, month, day) = civil_from_days(days);
        let (hour, minute, second) = (rest / 3_600, rest / 60 % 60, rest % 60);
        format!("{}!{month:02}/{day:02}/{year:04} {hour:02}:{minute:02}:{second:02}", self.version)
    }

    pub(super) fn read(text: &str) -> Option<Self> {
        let (version, moment) = text.split_once('!')?;
        let (date, time) = moment.split_once(' ')?;
        let numbers = |text: &str, separator: char| -> Option<[i64; 3]> {
            let parts: Vec<i64> = text.split(separator).map(str::parse).collect::<Result<_, _>>().ok()?;
            parts.try_into().ok()
        };
        let ([month, day, year], [hour, minute, second]) = (numbers(date, '/')?, numbers(time, ':')?);
        let valid = (1..=12).contains(&month) && (1..=31).contains(&day) && (1..=9_999).contains(&year);
        let seconds = || days_from_civil(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second;
        valid.then(|| version.parse().ok().map(|version| Self { version, seconds: seconds() })).flatten()
    }

    /// B50: older than the organization keeps changes.
    fn is_expired(self, world: &World, target: &Target<'_>) -> bool {
        let days = || {
            let table = world.schema.dv.by_logical_name("organization")?;
            let (_, property) = table.set.find("expirechangetrackingindays")?;
            match world.value(table.set.table, 0, property, Language::English) {
                Value::Int(days) => Some(days),
                _ => None,
            }
        };
        let age = target.call.now_ms - self.seconds * 1_000;
        age > days().unwrap_or(DEFAULT_DAYS) * DAY_MS
    }
}

/// Whether a request asks for tracking, and that it does so rightly (B48, B49).
pub(super) fn is_wanted(target: &Target<'_>, query: &Query) -> Result<bool, Refusal> {
    let asked = target.request.preference("odata.track-changes").is_some();
    if !asked && query.option("$deltatoken").is_none() {
        return Ok(false);
    }
    if !target.table.info.change_tracking {
        let message =
            format!("Change tracking is not enabled for entity {}.", target.table.info.logical_name);
        return Err(refuse(400, MALFORMED_QUERY, &message));
    }
    match query.names.iter().find(|it| matches!(it.as_str(), "$filter" | "$orderby" | "$expand" | "$top")) {
        None => Ok(true),
        Some(option) => {
            let message = format!("The query parameter {option} is not supported when tracking changes.");
            Err(refuse(400, MALFORMED_QUERY, &message))
        }
    }
}

/// The link to what changes after a full read.
pub(super) fn link(target: &Target<'_>, query: &Query, token: Token) -> String {
    let address = format!("{}/{}", target.root, target.table.info.entity_set);
    query.link_with(&address, "$deltatoken", &token.write())
}

/// One change in its order: new and changed rows first, by version; deletions after (B50).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Change {
    deleted: bool,
    version: u32,
    row: u32,
}

fn changes(world: &World, target: &Target<'_>, since: u32, until: u32) -> Vec<Change> {
    let Some(table) = world.table(target.table.set.table) else { return Vec::new() };
    let rows = (0..table.end()).map(|row| Change {
        deleted: !table.is_alive(row),
        version: table.version(row),
        row,
    });
    let mut changes: Vec<Change> = rows
        .filter(|it| it.version > since && it.version <= until)
        // An id that was used again is not gone.
        .filter(|it| !it.deleted || table.id(it.row).is_none_or(|id| table.find(id).is_none()))
        .collect();
    changes.sort_unstable();
    changes
}

/// The token of a request, from the link or from the cookie of a further page.
fn token(world: &World, target: &Target<'_>, query: &Query) -> Result<Token, Refusal> {
    let text = query.option("$deltatoken").unwrap_or_default();
    let malformed = || refuse(400, MALFORMED_QUERY, "The delta token is malformed.");
    let token = Token::read(text).filter(|token| token.version <= world.version).ok_or_else(malformed)?;
    if token.is_expired(world, target) {
        // The number is that of ExpiredVersionStamp; B50 only says that an error is raised.
        let message = "Version stamp associated with the client has expired. Please perform a full sync.";
        return Err(refuse(400, "0x80044352", message));
    }
    Ok(token)
}

/// GET on a delta link.
pub(super) fn collection(
    world: &World,
    target: &Target<'_>,
    query: &Query,
    page_size: usize,
) -> Result<Response, Refusal> {
    let since = token(world, target, query)?;
    let cookie = query.skip_token.as_deref().map(Cookie::read);
    let cookie = match cookie {
        Some(None) => return Err(refuse(400, MALFORMED_QUERY, "Malformed XML in the paging cookie.")),
        Some(Some(cookie)) => Some(cookie),
        None => None,
    };
    let until = cookie.as_ref().and_then(|it| it.token).unwrap_or_else(|| Token::now(world, target));
    let after = cookie.as_ref().map(|it| place(&it.cursor));
    let all = changes(world, target, since.version, until.version);
    let mut left = all.iter().filter(|it| after.is_none_or(|after| (it.deleted, it.version) > after));
    let page: Vec<&Change> = left.by_ref().take(page_size.min(LIMIT)).collect();
    let properties = select(world, target.table, query.select.as_deref())?;
    let mut out = b"{\"@odata.context\":".to_vec();
    let set = &target.table.info.entity_set;
    json::text(&mut out, &format!("{}/$delta", target.context(query)));
    let address = format!("{}/{set}", target.root);
    match (left.next(), page.last()) {
        (Some(_), Some(last)) => {
            let number = cookie.as_ref().map_or(1, |it| it.page);
            let cursor = format!("{}-{}", u8::from(last.deleted), last.version);
            let next = Cookie { cursor, page: number + 1, token: Some(until) };
            out.extend_from_slice(b",\"@odata.nextLink\":");
            json::text(&mut out, &query.next_link(&address, &next.write()));
        }
        _ => {
            out.extend_from_slice(b",\"@odata.deltaLink\":");
            json::text(&mut out, &query.link_with(&address, "$deltatoken", &until.write()));
        }
    }
    out.extend_from_slice(b",\"value\":[");
    let writer = RowWriter::new(target, target.table, &properties, &[]);
    for (at, change) in page.iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        if change.deleted {
            let id =
                world.table(target.table.set.table).and_then(|it| it.id(change.row)).unwrap_or(Guid::ZERO);
            out.extend_from_slice(b"{\"@odata.context\":");
            json::text(&mut out, &format!("{}/$metadata#{set}/$deletedEntity", target.root));
            out.extend_from_slice(format!(",\"id\":\"{id}\",\"reason\":\"deleted\"}}").as_bytes());
        } else {
            writer.row(&mut out, world, change.row, None, Shape::Right);
        }
    }
    out.extend_from_slice(b"]}");
    Ok(Response::with_body(200, JSON, out).header("OData-Version", "4.0"))
}

fn place(cursor: &str) -> (bool, u32) {
    let (deleted, version) = cursor.split_once('-').unwrap_or(("0", "0"));
    (deleted == "1", version.parse().unwrap_or_default())
}

/// B48: `/$count?$deltatoken=…`.
pub(super) fn count(world: &World, target: &Target<'_>, query: &Query) -> Result<usize, Refusal> {
    let since = token(world, target, query)?;
    Ok(changes(world, target, since.version, world.version).len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn b48_tokens_round_trip() {
        let token = Token::read("91002!03/02/2026 10:00:00").expect("readable");
        assert_eq!((token.version, token.write().as_str()), (91_002, "91002!03/02/2026 10:00:00"));
        for text in ["", "1", "1!x", "1!13/40/2026 10:00:00", "x!03/02/2026 10:00:00"] {
            assert_eq!(Token::read(text), None, "{text}");
        }
    }
}
