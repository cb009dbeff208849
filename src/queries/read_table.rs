//! Reading the rows of a table page by page into memory. The pages are used as they come; a reading that stops keeps
//! what it has and can go on where it stopped.

use couplet_systems::{Count, ReadOptions, Request, TableRead, WithCount};
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::browser::clock;
use crate::browser::http::{Abort, Connection};
use crate::failure::Failure;
use crate::queries::late;
use crate::queries::schema::Rows;
use crate::queries::send::send_patiently;
use crate::state::tables::{Reading, Resume, TableHandle};

/// Records in a page: few enough that reading one does not hold up the page.
const PAGE_SIZE: u32 = 5_000;

/// Makes sure that these fields of the table are read; reads the table again when one is missing.
pub fn ensure(handle: TableHandle, fields: &[&str]) {
    let known = handle.fields.get_value();
    let missing: Vec<String> = fields
        .iter()
        .filter(|field| !known.iter().any(|other| other == *field))
        .map(|&field| field.to_owned())
        .collect();
    let never_read = handle.reading.with_untracked(|reading| matches!(reading, Reading::Idle));
    if missing.is_empty() && !(never_read && handle.ticket.get_value() == 0) {
        return;
    }
    handle.fields.update_value(|fields| fields.extend(missing));
    restart(handle);
}

/// Reads the table from the start.
pub fn restart(handle: TableHandle) {
    handle.abort.with_value(Abort::abort);
    let abort = Abort::new();
    handle.abort.set_value(abort.clone());
    handle.ticket.update_value(|ticket| *ticket += 1);
    let ticket = handle.ticket.get_value();
    handle.resume.set_value(None);
    spawn_local(async move {
        // Other mappings that share the table ask for their fields first: one reading serves them all.
        clock::breathe().await;
        if handle.ticket.get_value() == ticket {
            read_late(handle, ticket, abort, Start::Anew).await;
        }
    });
}

/// Stops the reading; what has come is kept, and [`resume`] goes on.
pub fn stop(handle: TableHandle) {
    handle.ticket.update_value(|ticket| *ticket += 1);
    handle.abort.with_value(Abort::abort);
    handle.reading.set(Reading::Failed(Failure::Cancelled));
}

/// Goes on where a reading stopped, or starts again when it cannot.
pub fn resume(handle: TableHandle) {
    let resume = handle.resume.try_update_value(Option::take).flatten();
    let access = handle.access.with_untracked(|access| access.ready().cloned());
    let (Some(resume), Some(access)) = (resume, access) else { return restart(handle) };
    let Rows::Pages { connection, .. } = &access.rows else { return restart(handle) };
    let start = Start::Resumed(Box::new(resume), connection.clone());
    let abort = Abort::new();
    handle.abort.set_value(abort.clone());
    handle.ticket.update_value(|ticket| *ticket += 1);
    let ticket = handle.ticket.get_value();
    handle.reading.set(Reading::Running { total: None });
    spawn_local(read_late(handle, ticket, abort, start));
}

async fn read_late(handle: TableHandle, ticket: u64, abort: Abort, start: Start) {
    if let Err(failure) = late::read_rows(handle, ticket, abort, start).await {
        handle.reading.set(Reading::Failed(failure));
    }
}

/// Where a reading begins.
pub enum Start {
    /// At the first page.
    Anew,
    /// Where it stopped.
    Resumed(Box<Resume>, Box<Connection>),
}

/// Reads a table to its end, or until it is stopped or fails.
pub async fn read(handle: TableHandle, ticket: u64, abort: Abort, start: Start) {
    match start {
        Start::Anew => begin(handle, ticket, &abort).await,
        Start::Resumed(resume, connection) => {
            read_on(handle, ticket, &abort, &connection, resume.read, resume.request).await;
        }
    }
}

async fn begin(handle: TableHandle, ticket: u64, abort: &Abort) {
    let Some(access) = handle.access.with_untracked(|access| access.ready().cloned()) else { return };
    match &access.rows {
        Rows::Known(rows) => {
            handle.rows.set(rows.clone());
            handle.reading.set(Reading::Done { at_ms: clock::now_ms() });
        }
        Rows::Pages { connection, source } => {
            let wanted = handle.fields.get_value();
            let fields = wanted.iter().filter_map(|name| access.schema.field(name));
            let options =
                ReadOptions { page_size: Some(PAGE_SIZE), count: WithCount::Yes, ..ReadOptions::default() };
            let read = TableRead::new(source.clone(), &access.schema, fields, options);
            handle.rows.set(read.table());
            handle.reading.set(Reading::Running { total: None });
            let request = read.first();
            read_on(handle, ticket, abort, connection, read, request).await;
        }
    }
}

async fn read_on(
    handle: TableHandle,
    ticket: u64,
    abort: &Abort,
    connection: &Connection,
    mut read: TableRead,
    mut request: Request,
) {
    let mut total = None;
    loop {
        let waiting = |seconds| handle.reading.set(Reading::Waiting { seconds });
        let answer = send_patiently(connection, &request, Some(abort), waiting).await;
        if handle.ticket.get_value() != ticket {
            handle.resume.set_value(Some(Resume { read, request }));
            return;
        }
        let page = answer.and_then(|response| {
            let accepted = handle.rows.try_update(|rows| read.accept(&response, rows));
            accepted.unwrap_or(Err(couplet_systems::ReadError::MissingAnswer)).map_err(Failure::Read)
        });
        let page = match page {
            Ok(page) => page,
            Err(failure) => {
                handle.resume.set_value(Some(Resume { read, request }));
                handle.reading.set(Reading::Failed(failure));
                return;
            }
        };
        if let Some(Count::Exact(count)) = page.count {
            total = Some(count);
        }
        match page.next {
            Some(next) => {
                request = next;
                handle.reading.set(Reading::Running { total });
                clock::breathe().await;
            }
            None => {
                handle.reading.set(Reading::Done { at_ms: clock::now_ms() });
                return;
            }
        }
    }
}
