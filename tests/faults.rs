//! Faults in the middle of a reading: what was read stays, the error says where, and the reading goes on from there.

use std::time::Duration;

use couplet_engine::{ColumnTable, Side};
use couplet_sandbox::{Companion, Fault, FaultEffect, FaultWindow, System};
use couplet_systems::retry::{Retry, decide};
use couplet_systems::{
    Expected, Found, PageError, ReadError, ReadOptions, ReadOrder, Request, Response, ServiceErrorKind,
    TableRead,
};
use jiff::Timestamp;

use crate::driver::{Connected, Place};

const PAGE: usize = 40;

/// One reading, taken page by page.
struct Reading<'a> {
    connected: &'a Connected,
    read: TableRead,
    table: ColumnTable,
    request: Option<Request>,
}

impl<'a> Reading<'a> {
    fn new(connected: &'a Connected, place: Place<'_>) -> Self {
        let (schema, source) = connected.place(place);
        let options =
            ReadOptions { page_size: Some(PAGE as u32), order: ReadOrder::Key, ..ReadOptions::default() };
        let read = TableRead::new(source, schema, &schema.fields, options);
        let (table, request) = (read.table(), Some(read.first()));
        Reading { connected, read, table, request }
    }

    /// The next page; the request is kept when it fails.
    fn step(&mut self) -> Result<(), ReadError> {
        let request = self.request.clone().unwrap();
        let page = self.connected.driver.page(&mut self.read, &request, &mut self.table)?;
        self.request = page.next;
        Ok(())
    }

    fn finish(mut self) -> ColumnTable {
        while self.request.is_some() {
            self.step().unwrap();
        }
        self.table
    }
}

fn strike(connected: &Connected, side: Side, path: &str, when: FaultWindow, effect: FaultEffect) {
    let system = match side {
        Side::BusinessCentral => System::BusinessCentral,
        Side::Dataverse => System::Dataverse,
    };
    let path_contains = path.to_owned();
    connected.driver.sandbox.set_faults(vec![Fault { system: Some(system), path_contains, when, effect }]);
}

const TABLES: [(Side, Place<'static>, &str); 2] = [
    (Side::BusinessCentral, Place::BusinessCentral(18), "/customers"),
    (Side::Dataverse, Place::Dataverse("account"), "/accounts"),
];

/// Every cell of both tables is the same.
#[track_caller]
fn assert_same(left: &ColumnTable, right: &ColumnTable) {
    assert_eq!(left.n_rows(), right.n_rows());
    for (left, right) in left.columns().iter().zip(right.columns()) {
        assert_eq!(left.name, right.name);
        for row in 0..left.column.n_rows() {
            assert_eq!(left.column.get(row), right.column.get(row), "{} of row {row}", left.name);
        }
    }
}

/// Sets a fault on the second page, looks at the error, and reads on as if nothing had been.
fn check_second_page(effect: &FaultEffect, is_expected: impl Fn(&ReadError) -> bool) {
    let connected = Connected::new(Companion::Installed);
    for (side, place, path) in TABLES {
        let undisturbed = Reading::new(&connected, place).finish();
        strike(&connected, side, path, FaultWindow::Only(2), effect.clone());
        let mut reading = Reading::new(&connected, place);
        reading.step().unwrap();
        let error = reading.step().unwrap_err();
        assert!(is_expected(&error), "{side:?}: {error:?}");
        assert_eq!(reading.table.n_rows(), PAGE, "{side:?}: the first page is kept, nothing of the second");
        assert_same(&reading.finish(), &undisturbed);
    }
}

#[test]
fn a_429_is_waited_for_as_long_as_the_service_says() {
    let connected = Connected::new(Companion::Installed);
    for (side, place, path) in TABLES {
        let undisturbed = Reading::new(&connected, place).finish();
        let effect = FaultEffect::Status { status: 429, retry_after: Some(17) };
        strike(&connected, side, path, FaultWindow::Next(1), effect);
        let mut reading = Reading::new(&connected, place);
        let request = reading.request.clone().unwrap();
        let refused = connected.driver.send(side, &request);
        assert_eq!(refused.status, 429);
        assert_eq!(decide(&refused, 1, Timestamp::UNIX_EPOCH), Retry::After(Duration::from_secs(17)));
        let error = reading.read.accept(&refused, &mut reading.table).unwrap_err();
        assert!(
            matches!(&error, ReadError::Service(error) if error.kind == ServiceErrorKind::Throttled),
            "{error:?}"
        );
        assert!(
            matches!(&error, ReadError::Service(error) if !error.message.is_empty()),
            "the service's own words"
        );
        assert_eq!(reading.table.n_rows(), 0);
        assert_same(&reading.finish(), &undisturbed);
    }
}

#[test]
fn a_503_is_tried_again() {
    let effect = FaultEffect::Status { status: 503, retry_after: None };
    check_second_page(
        &effect,
        |error| matches!(error, ReadError::Service(error) if error.kind == ServiceErrorKind::Unavailable),
    );
}

#[test]
fn a_malformed_row_is_named_and_the_pages_before_it_stay() {
    check_second_page(&FaultEffect::MalformedRow { row: 5 }, |error| match error {
        ReadError::Page(error @ PageError::MalformedRow { property, .. }) => {
            error.row() == Some(6) && !property.is_empty() && error.to_string().contains(property)
        }
        _ => false,
    });
}

#[test]
fn a_cut_body_is_an_error_and_no_short_page() {
    check_second_page(
        &FaultEffect::BrokenConnection,
        |error| matches!(error, ReadError::Page(PageError::Truncated { n_rows }) if *n_rows < PAGE),
    );
}

#[test]
fn a_stopped_service_leaves_a_reading_that_goes_on() {
    let connected = Connected::new(Companion::Installed);
    for (side, place, path) in TABLES {
        let undisturbed = Reading::new(&connected, place).finish();
        strike(&connected, side, path, FaultWindow::From(2), FaultEffect::Stopped);
        let mut reading = Reading::new(&connected, place);
        reading.step().unwrap();
        let request = reading.request.clone().unwrap();
        assert_eq!(connected.driver.try_send(side, &request), None, "no answer");
        assert_eq!(reading.table.n_rows(), PAGE);
        connected.driver.sandbox.set_faults(Vec::new());
        assert_same(&reading.finish(), &undisturbed);
    }
}

#[test]
fn a_malformed_row_of_20_000_is_named() {
    let connected = Connected::shared();
    let (schema, source) = connected.place(Place::BusinessCentral(18));
    let fields = ["No.", "Name"].map(|name| schema.field(name).unwrap());
    let mut read = TableRead::new(source, schema, fields, ReadOptions::default());
    let mut table = read.table();
    let row = |number: usize| {
        let name =
            if number == 17_345 { "{\"text\": 5}".to_owned() } else { format!("\"Customer {number}\"") };
        format!("{{\"systemId\": \"{:032x}\", \"no\": \"{number}\", \"name\": {name}}}", number)
    };
    let rows: Vec<String> = (1..=20_000).map(row).collect();
    let body = format!("{{\"value\": [{}]}}", rows.join(",\n")).into_bytes();
    let error = read.accept(&Response { status: 200, headers: Vec::new(), body }, &mut table).unwrap_err();
    let (expected, found) = (Expected::Text, Found::Object);
    assert_eq!(
        error,
        PageError::MalformedRow { row: 17_345, property: "name".to_owned(), expected, found }.into()
    );
    assert_eq!(table.n_rows(), 0, "no half page");
}
