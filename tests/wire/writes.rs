//! Writing and reading of changes against the sandbox: few requests, a bad record alone refused, faults that neither
//! double nor lose a record, changes and deletions by delta links.

use couplet_engine::{ColumnTable, Side};
use couplet_filter::FieldValue;
use couplet_sandbox::{Companion, DataverseLimits, Limits};
use couplet_systems::pace::{Pace, PaceLimits, Permission};
use couplet_systems::write::{
    Answer, Change, Outcome, PartAddress, Precondition, RecordBody, Turn, WriteTarget, Writer,
};
use couplet_systems::{
    ChangeRead, Changes, DeltaLink, ETAG, ReadOptions, ReadOrder, Request, Response, count_request,
    etag_field,
};
use couplet_tests::Random;
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use crate::driver::{Connected, Place};

const CUSTOMERS: Place<'_> = Place::BusinessCentral(18);
const ACCOUNTS: Place<'_> = Place::Dataverse("account");

fn side(place: Place<'_>) -> Side {
    if matches!(place, Place::Dataverse(_)) { Side::Dataverse } else { Side::BusinessCentral }
}

/// Name of the field that is written.
fn name_field(place: Place<'_>) -> &'static str {
    if side(place) == Side::Dataverse { "name" } else { "Name" }
}

fn body(connected: &Connected, place: Place<'_>, name: &str) -> RecordBody {
    let (schema, _) = connected.place(place);
    let mut body = RecordBody::new(side(place));
    body.set(schema.field(name_field(place)).unwrap(), FieldValue::Text(name)).unwrap();
    body
}

/// Keys, names and tags of all records.
fn read(connected: &Connected, place: Place<'_>) -> ColumnTable {
    let (schema, source) = connected.place(place);
    let tag = etag_field();
    let fields = [schema.field(name_field(place)).unwrap(), &tag];
    connected
        .driver
        .read(&source, schema, fields, ReadOptions { order: ReadOrder::Key, ..ReadOptions::default() })
        .0
}

fn key(rows: &ColumnTable, row: usize) -> Uuid {
    match rows.columns()[0].column.get(row) {
        FieldValue::Guid(id) => id,
        other => panic!("{other:?} is no key"),
    }
}

fn text(rows: &ColumnTable, name: &str, row: usize) -> String {
    match rows.column(name).unwrap().get(row) {
        FieldValue::Text(text) => text.to_owned(),
        other => panic!("{other:?}"),
    }
}

fn updates(connected: &Connected, place: Place<'_>, rows: &ColumnTable, n: usize) -> Vec<Change> {
    let update = |row: usize| Change::Update {
        id: key(rows, row),
        precondition: Precondition::Exists,
        body: body(connected, place, &format!("Written {row}")),
    };
    (0..n).map(update).collect()
}

/// What happens on the way between client and service.
enum Network {
    Calm,
    /// So many of a hundred requests meet a fault.
    Bad(Random, usize),
}

impl Network {
    /// The answer; none when it, or the request, is lost.
    fn send(&mut self, connected: &Connected, place: Place<'_>, request: &Request) -> Option<Response> {
        let answer = || connected.driver.try_send(side(place), request);
        let Network::Bad(random, chance) = self else { return answer() };
        if !random.percent(*chance) {
            return answer();
        }
        let refusal = |status: u16| {
            let headers = vec![("Retry-After".to_owned(), "2".to_owned())];
            Some(Response { status, headers, body: Vec::new() })
        };
        match random.below(6) {
            0 => None,
            1 => answer().and(None),
            2 => answer().and(refusal(504)),
            3 => refusal(429),
            4 => refusal(503),
            _ => refusal(401),
        }
    }
}

fn write(connected: &Connected, place: Place<'_>, changes: Vec<Change>) -> (Vec<Outcome>, u64) {
    write_over(connected, place, changes, &mut Network::Calm)
}

/// Writes with as many requests under way as the pace allows; gives the outcomes and the number of requests.
fn write_over(
    connected: &Connected,
    place: Place<'_>,
    changes: Vec<Change>,
    network: &mut Network,
) -> (Vec<Outcome>, u64) {
    let (schema, source) = connected.place(place);
    let target = WriteTarget { source, logical_name: schema.name.clone(), part_address: PartAddress::Rooted };
    let mut pace = Pace::new(PaceLimits::of(side(place)));
    let mut writer = Writer::new(target, changes, pace.parallelism(), Uuid::from_u128(7));
    let mut now = Timestamp::from_second(1_774_000_000).unwrap();
    let mut under_way = Vec::new();
    loop {
        match writer.turn(&mut pace, now) {
            Turn::Done => break,
            Turn::Send { ticket, request } => under_way.push((ticket, request)),
            Turn::Wait(wait) if under_way.is_empty() => now += SignedDuration::try_from(wait).unwrap(),
            Turn::Wait(_) | Turn::Answer => {
                let (ticket, request) = under_way.pop().unwrap();
                let response = network.send(connected, place, &request);
                let answer = response.as_ref().map_or(Answer::Lost, Answer::Received);
                writer.answered(&mut pace, ticket, answer, now);
            }
        }
    }
    let n_sent = writer.n_sent();
    (writer.into_outcomes(), n_sent)
}

#[test]
fn many_records_take_few_requests() {
    for (place, most) in [(CUSTOMERS, 3), (ACCOUNTS, 3)] {
        let connected = Connected::new(Companion::Installed);
        let rows = read(&connected, place);
        let (outcomes, n_sent) = write(&connected, place, updates(&connected, place, &rows, 300));
        assert!(outcomes.iter().all(|it| matches!(it, Outcome::Updated { .. })), "{:?}", outcomes[0]);
        assert!(n_sent <= most, "{n_sent} requests");
        let after = read(&connected, place);
        assert!((0..300).all(|row| text(&after, name_field(place), row) == format!("Written {row}")));
        assert!((0..300).all(|row| text(&after, ETAG, row) != text(&rows, ETAG, row)));
        let names: Vec<String> =
            (300..rows.n_rows()).map(|row| text(&rows, name_field(place), row)).collect();
        assert!(
            (300..rows.n_rows()).zip(names).all(|(row, name)| text(&after, name_field(place), row) == name)
        );
    }
}

#[test]
fn a_bad_record_is_refused_alone() {
    for (place, missing, stale) in [(CUSTOMERS, 404, 409), (ACCOUNTS, 404, 412)] {
        let connected = Connected::new(Companion::Installed);
        let rows = read(&connected, place);
        let mut changes = updates(&connected, place, &rows, 120);
        let exists = || Precondition::Exists;
        changes[3] = Change::Update {
            id: key(&rows, 3),
            precondition: exists(),
            body: body(&connected, place, &"x".repeat(300)),
        };
        changes[40] = Change::Update {
            id: Uuid::from_u128(1),
            precondition: exists(),
            body: body(&connected, place, "x"),
        };
        let old = Precondition::Unchanged(text(&rows, ETAG, 77));
        write(&connected, place, vec![changes[77].clone()]);
        changes[77] =
            Change::Update { id: key(&rows, 77), precondition: old, body: body(&connected, place, "late") };
        let (outcomes, n_sent) = write(&connected, place, changes);
        for (row, outcome) in outcomes.iter().enumerate() {
            let status = outcome.refusal().map(|error| error.status);
            let expected = match row {
                3 => Some(400),
                40 => Some(missing),
                77 => Some(stale),
                _ => None,
            };
            assert_eq!(status, expected, "{row}: {outcome:?}");
        }
        assert!(n_sent <= 6, "{n_sent} requests");
        let after = read(&connected, place);
        assert_eq!(text(&after, name_field(place), 77), "Written 77", "the late change was not made");
        assert_eq!(text(&after, name_field(place), 119), "Written 119");
    }
}

#[test]
fn b41_faults_neither_double_nor_lose_a_record() {
    for seed in 1..=8 {
        let connected = Connected::new(Companion::Installed);
        let n_before = read(&connected, ACCOUNTS).n_rows();
        let mut network = Network::Bad(Random::new(seed), 25);
        let id = |at: u128| Uuid::from_u128(0xee000000_0000_4000_8000_000000000000 + at);
        let create = |at: u128| Change::Create {
            id: Some(id(at)),
            body: body(&connected, ACCOUNTS, &format!("New {at}")),
        };
        let (outcomes, _) = write_over(&connected, ACCOUNTS, (0..250).map(create).collect(), &mut network);
        let after = read(&connected, ACCOUNTS);
        let made: Vec<Uuid> = (0..after.n_rows()).map(|row| key(&after, row)).collect();
        for (at, outcome) in (0..).zip(&outcomes) {
            match outcome {
                Outcome::Created { id: told, .. } => assert_eq!(*told, Some(id(at))),
                Outcome::Unknown => continue,
                other => assert!(
                    other.refusal().is_some_and(|error| [401, 429, 503].contains(&error.status)),
                    "seed {seed}: {other:?}"
                ),
            }
            let is_there = made.contains(&id(at));
            assert_eq!(
                is_there,
                matches!(outcome, Outcome::Created { .. }),
                "seed {seed}, {at}: {outcome:?}"
            );
        }
        let n_made = (0..250).filter(|at| made.contains(&id(*at))).count();
        assert_eq!(after.n_rows(), n_before + n_made, "seed {seed}: a record that nobody asked for");
        assert!(n_made > 200, "seed {seed}: {n_made} of 250");
    }
}

#[test]
fn a30_faults_do_not_double_a_record_of_business_central() {
    for seed in 1..=8 {
        let connected = Connected::new(Companion::Installed);
        let n_before = read(&connected, CUSTOMERS).n_rows();
        let mut network = Network::Bad(Random::new(seed), 25);
        let create =
            |at: usize| Change::Create { id: None, body: body(&connected, CUSTOMERS, &format!("New {at}")) };
        let (outcomes, _) = write_over(&connected, CUSTOMERS, (0..150).map(create).collect(), &mut network);
        let after = read(&connected, CUSTOMERS);
        let count = |wanted: fn(&Outcome) -> bool| outcomes.iter().filter(|it| wanted(it)).count();
        let n_created = count(|it| matches!(it, Outcome::Created { id: Some(_), .. }));
        let n_unknown = count(|it| *it == Outcome::Unknown);
        let n_made = after.n_rows() - n_before;
        assert!(
            n_created <= n_made && n_made <= n_created + n_unknown,
            "seed {seed}: {n_created}, {n_unknown}, {n_made}"
        );
        let names: Vec<String> = (0..after.n_rows()).map(|row| text(&after, "Name", row)).collect();
        let most = (0..150).map(|at| names.iter().filter(|name| **name == format!("New {at}")).count()).max();
        assert_eq!(most, Some(1), "seed {seed}");
    }
}

/// Reads changes to their end: the records, the deletions, and the next link.
fn changes(connected: &Connected, since: Option<DeltaLink>) -> (ColumnTable, Vec<Uuid>, DeltaLink, u32) {
    let (schema, source) = connected.place(ACCOUNTS);
    let mut read = ChangeRead::new(source, schema, [schema.field("name").unwrap()], since);
    let (mut table, mut deleted, mut n_expired) = (read.table(), Vec::new(), 0);
    let mut request = read.first();
    loop {
        let response: Response = connected.driver.send(Side::Dataverse, &request);
        match read.accept(&response, &mut table, &mut deleted).unwrap() {
            Changes::Page { next } => request = next,
            Changes::Done { link } => {
                return (table, deleted, link.expect("the table tracks changes"), n_expired);
            }
            Changes::Expired => {
                n_expired += 1;
                request = read.restart();
            }
        }
    }
}

#[test]
fn b48_b50_changes_are_read_by_links_and_whole_when_a_link_is_too_old() {
    let connected = Connected::new(Companion::Installed);
    let rows = read(&connected, ACCOUNTS);
    let (all, deleted, link, _) = changes(&connected, None);
    assert_eq!((all.n_rows(), deleted.len()), (rows.n_rows(), 0));
    let gone = Uuid::from_u128(0xee000000_0000_4000_8000_000000000001);
    let create = Change::Create { id: Some(gone), body: body(&connected, ACCOUNTS, "Short-lived") };
    let delete = Change::Delete { id: gone, precondition: Precondition::Exists };
    let mut written = updates(&connected, ACCOUNTS, &rows, 5);
    written.push(create);
    assert!(write(&connected, ACCOUNTS, written).0.iter().all(|it| it.refusal().is_none()));
    assert_eq!(write(&connected, ACCOUNTS, vec![delete]).0, [Outcome::Deleted]);
    let (changed, deleted, next, n_expired) = changes(&connected, Some(link.clone()));
    let mut names: Vec<String> = (0..changed.n_rows()).map(|row| text(&changed, "name", row)).collect();
    names.sort();
    assert_eq!(names, (0..5).map(|row| format!("Written {row}")).collect::<Vec<_>>());
    assert_eq!((deleted, n_expired), (vec![gone], 0));
    let (changed, deleted, _, _) = changes(&connected, Some(next));
    assert_eq!((changed.n_rows(), deleted.len()), (0, 0));
    connected.driver.sandbox.advance_clock(30 * 24 * 3_600 * 1_000);
    let (all, _, _, n_expired) = changes(&connected, Some(DeltaLink::from_kept(link.as_str())));
    assert_eq!((all.n_rows(), n_expired), (rows.n_rows(), 1));
}

/// The sandbox says how many requests at once it advises, and the pace follows from the first answer on.
#[test]
fn b56_the_pace_follows_the_advice_of_the_service() {
    let connected = Connected::new(Companion::Installed);
    let advice = DataverseLimits { parallelism_hint: Some(3), ..DataverseLimits::default() };
    connected.driver.sandbox.set_limits(Limits { dataverse: Some(advice), business_central: None });
    let (_, source) = connected.place(ACCOUNTS);
    let mut pace = Pace::new(PaceLimits::of(Side::Dataverse));
    let before = pace.parallelism();
    let now = Timestamp::UNIX_EPOCH;
    assert_eq!(pace.ask(now), Permission::Now);
    pace.sent(now);
    pace.answered(Some(&connected.driver.send(Side::Dataverse, &count_request(&source, None))));
    assert_eq!((before, pace.parallelism()), (8, 3));
    for _ in 0..3 {
        assert_eq!(pace.ask(now), Permission::Now);
        pace.sent(now);
    }
    assert_eq!(pace.ask(now), Permission::WhenAnswered);
}
