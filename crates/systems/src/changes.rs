//! Reading what changed: change tracking of Dataverse with its links (B48 to B50), and the comparison of change times in
//! Business Central, which has no such links (A37, A58).

use couplet_engine::{ColumnTable, FieldSchema, Side, TableSchema};
use couplet_filter::DateTimeKey;
use uuid::Uuid;

use crate::error::{Expected, Found, PageError, ReadError, ServiceError, ServiceErrorKind};
use crate::http::{Request, Response};
use crate::page::PageReader;
use crate::pushdown::{Precision, PushedFilter};
use crate::read::{MAX_PAGE_DATAVERSE, ReadOptions, TableRead, TableSource, service_get};
use crate::url::next_below_base;

/// Where the next reading of changes starts: to be kept until then. Valid for some days (B50).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct DeltaLink(String);

impl DeltaLink {
    /// A link that was kept, as [`DeltaLink::as_str`] gave it.
    pub fn from_kept(path: impl Into<String>) -> Self {
        DeltaLink(path.into())
    }

    /// What to keep: path and query below the connection's base URL.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What an answer brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Changes {
    /// Records and deletions; there is more.
    Page {
        /// The request for the next page. A reading that stops can go on from it.
        next: Request,
    },
    /// The last page.
    Done {
        /// Where the next reading starts; none when the table does not track changes.
        link: Option<DeltaLink>,
    },
    /// The link is too old: everything has to be read again, with [`ChangeRead::restart`].
    Expired,
}

/// One reading of the changes of a Dataverse table: all its rows the first time, afterwards what changed since the link.
#[derive(Debug)]
pub struct ChangeRead {
    source: TableSource,
    /// Knows `$select` and the columns.
    read: TableRead,
    reader: PageReader,
    since: Option<DeltaLink>,
}

impl ChangeRead {
    /// Prepares to read these fields and the key. No filter is possible (B49): filters are for the client.
    pub fn new<'f>(
        source: TableSource,
        schema: &'f TableSchema,
        fields: impl IntoIterator<Item = &'f FieldSchema>,
        since: Option<DeltaLink>,
    ) -> Self {
        let read = TableRead::new(source.clone(), schema, fields, ReadOptions::default());
        let reader = PageReader::new(source.side, read.fields()).with_deletions();
        ChangeRead { source, read, reader, since }
    }

    /// An empty table with the columns that will be read, the key first.
    pub fn table(&self) -> ColumnTable {
        self.read.table()
    }

    /// The first request.
    pub fn first(&self) -> Request {
        match &self.since {
            Some(link) => self.request(link.0.clone()),
            None => self.request(self.read.first().path),
        }
    }

    /// The first request of a whole reading, after [`Changes::Expired`].
    pub fn restart(&mut self) -> Request {
        self.since = None;
        self.first()
    }

    /// Appends changed records to `table` and ids of deleted ones to `deleted`. A record that was made and deleted in
    /// between is among the deletions only (B50).
    ///
    /// # Errors
    /// When the service refused for another reason than the age of the link, or the page cannot be read; table and
    /// list are then as they were before.
    pub fn accept(
        &mut self,
        response: &Response,
        table: &mut ColumnTable,
        deleted: &mut Vec<Uuid>,
    ) -> Result<Changes, ReadError> {
        // Which of them an old token gives is not written anywhere; a whole reading answers for all.
        let kind = ServiceErrorKind::of_status(response.status);
        let may_be_age = response.status == 410
            || matches!(kind, ServiceErrorKind::BadRequest | ServiceErrorKind::NotFound);
        if self.since.is_some() && may_be_age {
            return Ok(Changes::Expired);
        }
        ServiceError::check(self.source.side, response)?;
        let n_before = table.n_rows();
        let read = self.reader.read(&response.body, table).map_err(ReadError::from).and_then(|info| {
            let follow = |link: String| next_below_base(&self.source.base_url, &self.source.path, &link);
            let next = info.next_link.map(follow).transpose()?;
            let link = info.delta_link.map(follow).transpose()?;
            let ids = info.deleted.iter().map(|id| key(id)).collect::<Result<Vec<Uuid>, PageError>>()?;
            Ok((next, link, ids))
        });
        let (next, link, ids) = read.inspect_err(|_| table.truncate(n_before))?;
        deleted.extend(ids);
        Ok(match next {
            Some(path) => Changes::Page { next: self.request(path) },
            None => Changes::Done { link: link.map(DeltaLink) },
        })
    }

    fn request(&self, path: String) -> Request {
        let prefer = format!("odata.track-changes,odata.maxpagesize={MAX_PAGE_DATAVERSE}");
        service_get(self.source.side, path).with("Prefer", prefer)
    }
}

/// The id of a deletion: bare, or as the end of an address.
fn key(text: &str) -> Result<Uuid, PageError> {
    let bare = text.trim_end_matches(')').rsplit('(').next().unwrap_or(text);
    Uuid::try_parse(bare).map_err(|_| PageError::MalformedRow {
        row: 0,
        property: "id".to_owned(),
        expected: Expected::Guid,
        found: Found::text(text),
    })
}

/// Records that changed after a moment, by the field with the time of the last change (A37). In Business Central
/// deletions do not show (A58).
pub fn changed_since(side: Side, field: &FieldSchema, moment: DateTimeKey) -> Option<PushedFilter> {
    let property = field.property.as_deref()?;
    moment.milliseconds()?;
    // Dataverse keeps whole seconds: what changed within the second of the watermark is read again.
    let text = match side {
        Side::BusinessCentral => format!("{property} gt {}", moment.to_iso()),
        Side::Dataverse => {
            let second = DateTimeKey::from_milliseconds(moment.milliseconds()?.div_euclid(1_000) * 1_000);
            format!("{property} ge {}", second.to_iso())
        }
    };
    Some(PushedFilter { text: Some(text), precision: Precision::Exact, left_out: Vec::new() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use couplet_engine::{FieldAccess, Labels};
    use couplet_filter::{FieldType, FieldValue};

    fn field(name: &str, field_type: FieldType) -> FieldSchema {
        FieldSchema {
            name: name.to_owned(),
            number: None,
            labels: Labels::default(),
            field_type,
            property: Some(name.to_owned()),
            access: FieldAccess::Full,
            options: Vec::new(),
            targets: Vec::new(),
        }
    }

    fn read(since: Option<DeltaLink>) -> ChangeRead {
        let schema = TableSchema {
            side: Side::Dataverse,
            name: "account".to_owned(),
            number: None,
            labels: Labels::default(),
            key_field: "accountid".to_owned(),
            primary_name_field: None,
            fields: vec![
                field("accountid", FieldType::Guid),
                field("name", FieldType::Text { max_length: None }),
            ],
        };
        let source = TableSource {
            side: Side::Dataverse,
            base_url: "https://demo.api.crm4.dynamics.com".to_owned(),
            path: "/api/data/v9.2/accounts".to_owned(),
            key_field: "accountid".to_owned(),
        };
        ChangeRead::new(source, &schema, [&schema.fields[1]], since)
    }

    fn answer(status: u16, body: &str) -> Response {
        Response { status, headers: Vec::new(), body: body.into() }
    }

    const FIRST: &str = r#"{"value":[{"@odata.etag":"W/\"1\"","name":"A","accountid":"a1000000-0000-4000-8000-000000000001"}],
        "@odata.nextLink":"https://demo.api.crm4.dynamics.com/api/data/v9.2/accounts?$select=name&$skiptoken=2"}"#;
    const LAST: &str = r#"{"@odata.context":"x/$delta","@odata.deltaLink":"https://demo.api.crm4.dynamics.com/api/data/v9.2/accounts?$select=name&$deltatoken=91002%2103%2f02",
        "value":[{"@odata.etag":"W/\"91001\"","name":"Alpes Vins SA","accountid":"a1000000-0000-4000-8000-000000000001"},
        {"@odata.context":"https://demo.api.crm4.dynamics.com/api/data/v9.2/$metadata#accounts/$deletedEntity","name":"gone","id":"a1000000-0000-4000-8000-000000000009","reason":"deleted"},
        {"name":"Zoë","accountid":"a1000000-0000-4000-8000-000000000002"}]}"#;

    #[test]
    fn b48_changes_and_deletions_are_told_apart() {
        let mut read = read(None);
        let first = read.first();
        assert_eq!(first.path, "/api/data/v9.2/accounts?$select=accountid,name");
        assert_eq!(first.header("Prefer"), Some("odata.track-changes,odata.maxpagesize=5000"));
        let (mut table, mut deleted) = (read.table(), Vec::new());
        let Ok(Changes::Page { next }) = read.accept(&answer(200, FIRST), &mut table, &mut deleted) else {
            panic!("a page")
        };
        assert_eq!(next.path, "/api/data/v9.2/accounts?$select=name&$skiptoken=2");
        let done = read.accept(&answer(200, LAST), &mut table, &mut deleted).unwrap();
        let link = DeltaLink::from_kept("/api/data/v9.2/accounts?$select=name&$deltatoken=91002%2103%2f02");
        assert_eq!(done, Changes::Done { link: Some(link) });
        assert_eq!(table.n_rows(), 3);
        assert_eq!(table.column("name").unwrap().get(2), FieldValue::Text("Zoë"));
        assert_eq!(deleted, [Uuid::from_u128(0xa1000000_0000_4000_8000_000000000009)]);
    }

    #[test]
    fn b50_an_old_link_leads_to_a_whole_reading() {
        let link = DeltaLink::from_kept("/api/data/v9.2/accounts?$deltatoken=1");
        for status in [400, 404, 410] {
            let mut read = read(Some(link.clone()));
            assert_eq!(read.first().path, link.as_str());
            let (mut table, mut deleted) = (read.table(), Vec::new());
            let refused = answer(status, "{}");
            assert_eq!(read.accept(&refused, &mut table, &mut deleted), Ok(Changes::Expired));
            assert_eq!(read.restart().path, "/api/data/v9.2/accounts?$select=accountid,name");
            assert!(
                read.accept(&refused, &mut table, &mut deleted).is_err(),
                "without a link it is a refusal"
            );
        }
        let mut read = read(Some(link));
        let (mut table, mut deleted) = (read.table(), Vec::new());
        assert!(read.accept(&answer(403, "{}"), &mut table, &mut deleted).is_err());
    }

    #[test]
    fn nothing_is_kept_of_a_page_that_cannot_be_read() {
        for (from, to) in [
            ("a1000000-0000-4000-8000-000000000009", "nine"),
            ("\"id\":\"a1000000-0000-4000-8000-000000000009\",", ""),
            ("https://demo.api.crm4.dynamics.com/api/data/v9.2/accounts?", "https://evil.example/?"),
        ] {
            let mut read = read(None);
            let (mut table, mut deleted) = (read.table(), Vec::new());
            let body = LAST.replace(from, to);
            assert_ne!(body, LAST);
            assert!(read.accept(&answer(200, &body), &mut table, &mut deleted).is_err(), "{to}");
            assert_eq!((table.n_rows(), deleted.len()), (0, 0));
        }
    }

    #[test]
    fn a37_changes_of_business_central_are_asked_for_by_time() {
        let moment = DateTimeKey::from_iso("2026-03-01T00:00:00.5Z").unwrap();
        let field = field("lastModifiedDateTime", FieldType::DateTime);
        let text = |side| changed_since(side, &field, moment).unwrap().text.unwrap();
        assert_eq!(text(Side::BusinessCentral), "lastModifiedDateTime gt 2026-03-01T00:00:00.5Z");
        assert_eq!(text(Side::Dataverse), "lastModifiedDateTime ge 2026-03-01T00:00:00Z");
        assert_eq!(changed_since(Side::Dataverse, &field, DateTimeKey::BLANK), None);
    }
}
