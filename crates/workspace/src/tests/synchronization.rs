//! What synchronization keeps: every value reads back as it was, damage has a place, and many couplings stay small.

use std::num::NonZeroU32;

use couplet_engine::coupling::{JobId, LastRun, RowId, SynchResult, SystemId};
use couplet_engine::job::SynchJobError;
use couplet_engine::planning::{CouplingState, LastSynchronized};
use couplet_engine::{MappingName, Side, Value};
use jiff::Timestamp;
use uuid::Uuid;

use super::generated::*;
use super::*;

/// What reading the line of `stored` gives.
fn again<T: serde::Serialize + serde::de::DeserializeOwned>(stored: &T) -> T {
    let line = encode_line(stored).unwrap();
    assert!(!line.contains('\n'), "{line}");
    decode_line(&line).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn couplings_read_back_as_they_were(states in prop::collection::vec(couplings(), 1..4)) {
        let mut words = Words::default();
        let stored: Vec<_> = states.iter().map(|it| StoredCoupling::of(it, &mut words)).collect();
        let (_, words) = again(&StoredProgress::of(&Default::default(), &words)).read().unwrap();
        for (stored, state) in stored.iter().zip(&states) {
            prop_assert_eq!(&again(stored).read(&words).unwrap(), state);
        }
    }

    #[test]
    fn option_couplings_read_back_as_they_were(coupling in option_couplings()) {
        prop_assert_eq!(again(&StoredOptionCoupling::from(&coupling)).read().unwrap(), coupling);
    }

    #[test]
    fn progress_reads_back_as_it_was(progress in progresses()) {
        let (read, words) = again(&StoredProgress::of(&progress, &Words::default())).read().unwrap();
        prop_assert_eq!(read, progress);
        prop_assert!(words.is_empty());
    }

    #[test]
    fn jobs_and_errors_read_back_as_they_were(job in jobs(), error in errors()) {
        prop_assert_eq!(again(&StoredSynchJob::from(&job)).read().unwrap(), job);
        prop_assert_eq!(SynchJobError::from(again(&StoredJobError::from(&error))), error);
    }

    #[test]
    fn schedules_read_back_as_they_were(schedule in schedules()) {
        prop_assert_eq!(again(&StoredSchedule::from(&schedule)).read().unwrap(), schedule);
    }

    #[test]
    fn pairs_read_back_as_they_were(pair in pairs()) {
        prop_assert_eq!(couplet_synchronization::Pair::from(again(&StoredPair::from(&pair))), pair);
    }

    #[test]
    fn open_entries_read_back_as_they_were(entry in entries()) {
        prop_assert_eq!(again(&StoredOpenEntry::from(&entry)).read().unwrap(), entry);
    }

    #[test]
    fn settlements_read_back_as_they_were(settlements in settlements()) {
        let stored = StoredSettlements::from(settlements.as_slice());
        prop_assert_eq!(again(&stored).read().unwrap(), settlements);
    }

    #[test]
    fn a_file_brings_back_what_was_kept(kept in kept()) {
        let text = write_workspace(&Configuration::default(), &[], &kept, 5).unwrap();
        prop_assert_eq!(read_workspace(&text).unwrap().synchronization, Some(kept));
    }

    #[test]
    fn keys_of_moments_sort_like_moments(left in moments(), right in moments()) {
        prop_assume!(left.as_second() > -62_000_000_000 && right.as_second() > -62_000_000_000);
        prop_assert_eq!(left.cmp(&right), moment_key(left).cmp(&moment_key(right)));
    }

    #[test]
    fn a_changed_line_is_read_or_refused(entry in entries(), cut in any::<prop::sample::Index>(), with in any::<char>()) {
        let line = encode_line(&StoredOpenEntry::from(&entry)).unwrap();
        let mut characters: Vec<char> = line.chars().collect();
        let at = cut.index(characters.len());
        characters[at] = with;
        let changed: String = characters.into_iter().collect();
        let read = decode_line::<StoredOpenEntry>(&changed).and_then(StoredOpenEntry::read);
        if let Err(damage) = read {
            prop_assert!(!damage.path.is_empty());
        }
    }
}

const TABLE: NonZeroU32 = NonZeroU32::new(18).unwrap();

/// A customer and an account after their first synchronization, with the fields of the standard mapping.
fn synchronized(number: u128) -> CouplingState {
    let setup = build(OwnershipModel::Team, None);
    let name = MappingName::new("CUSTOMER").unwrap();
    let mapping = setup.mappings.iter().find(|it| it.name == name).unwrap();
    let mut state = CouplingState::new(TABLE, SystemId(id(number)), RowId(id(number + 1)));
    let run = LastRun { result: SynchResult::Success, job: JobId(id(7)) };
    let moment: Timestamp = "2026-11-21T09:30:00.123Z".parse().unwrap();
    state.coupling.row = state.coupling.row.synchronized(Some(moment), run);
    let mut last = LastSynchronized::default();
    for (idx, field) in mapping.field_mappings.iter().enumerate() {
        // As demo data is: about a third of the fields are blank, texts have some 14 characters.
        let value = match idx % 3 {
            0 => Value::text(""),
            1 => Value::text(format!("Value {number:08}")),
            _ => Value::text("Springfield Rd"),
        };
        for (side, name) in [(Side::BusinessCentral, &field.field), (Side::Dataverse, &field.column)] {
            if let Some(name) = name {
                last.set(side, &name.as_str().into(), value.clone());
            }
        }
    }
    state.last = Some(last);
    state
}

fn id(number: u128) -> Uuid {
    Uuid::from_u128(0x5c1f_2a11_9e0d_4b7c_8a55_0000_0000_0000 + number)
}

#[test]
fn a_hundred_thousand_couplings_take_tens_of_megabytes() {
    let mut words = Words::default();
    let sizes = (0..100).map(|number| {
        let stored = StoredCoupling::of(&synchronized(2 * number), &mut words);
        encode_line(&stored).unwrap().len()
    });
    let bytes: usize = sizes.sum::<usize>() / 100;
    println!("{bytes} bytes a coupling, {} field names said once", words.len());
    // Beside it each record has its three keys, about 90 bytes.
    assert!(bytes < 1000, "{bytes}");
}

#[test]
fn names_of_fields_are_stored_once_and_shared_in_memory() {
    let mut words = Words::default();
    let stored: Vec<_> = (0..3).map(|it| StoredCoupling::of(&synchronized(2 * it), &mut words)).collect();
    let line = encode_line(&stored[0]).unwrap();
    assert!(!line.contains("address1_city"), "{line}");
    let read: Vec<_> = stored.into_iter().map(|it| it.read(&words).unwrap().last.unwrap()).collect();
    let name = |last: &LastSynchronized| last.values(Side::Dataverse)[0].0.as_ptr();
    assert_eq!(name(&read[0]), name(&read[2]));
}

#[track_caller]
fn check_damage(line: &str, change: (&str, &str), path: &str, part: &str) {
    let changed = line.replacen(change.0, change.1, 1);
    assert_ne!(changed, line, "nothing changed");
    let mut words = Words::default();
    StoredCoupling::of(&synchronized(0), &mut words);
    let damage = decode_line::<StoredCoupling>(&changed).and_then(|it| it.read(&words)).unwrap_err();
    assert_eq!(damage.path, path);
    let problem = format!("{:?}", damage.problem);
    assert!(problem.contains(part), "{problem}");
}

#[test]
fn a_damaged_coupling_says_where() {
    let mut words = Words::default();
    let line = encode_line(&StoredCoupling::of(&synchronized(0), &mut words)).unwrap();
    let check = |change, path, part| check_damage(&line, change, path, part);
    check(("\"table\":18", "\"table\":0"), "table", "above 0");
    check(("\"table\":18", "\"table\":\"x\""), "table", "invalid type: string");
    check(("\"row\":\"5", "\"row\":\"!"), "row", "expected an id, found `!");
    check(("success ", "maybe "), "rowRun", "expected `success` or `failure`");
    check(("2026-11", "2026-13"), "rowModifiedAt", "expected a moment");
    check(("\"last\":{\"record\":\"0t", "\"last\":{\"record\":\"999t"), "last.record", "row 1: expected");
    check(("\"last\":{\"record\":\"0t", "\"last\":{\"record\":\"0?"), "last.record", "found `0?");
    check(("\"table\"", "\"tables\""), "tables", "unknown field");
    check(("}", ""), ".", "EOF");
}

#[test]
fn a_file_with_a_wrong_coupling_says_which() {
    let mut couplings = couplet_engine::planning::Couplings::default();
    (0..3).for_each(|it| couplings.insert(synchronized(2 * it)));
    let state = state_of(Default::default(), couplings);
    let mapping = MappingName::new("CUSTOMER").unwrap();
    let kept = KeptOfWorkspace {
        pair: None,
        mappings: vec![KeptOfMapping { mapping, state, option_couplings: Vec::new() }],
    };
    let text = write_workspace(&Configuration::default(), &[], &kept, 0).unwrap();
    let lines: Vec<&str> = text.lines().filter(|line| line.contains("\"record\":\"5c1f")).collect();
    assert_eq!(lines.len(), 3, "one line for each coupling");
    let check = |changed: String, path: &str, part: &str| {
        let FileError::Damaged(damage) = read_workspace(&changed).unwrap_err() else { panic!("not damaged") };
        assert_eq!(damage.path, path);
        assert!(format!("{:?}", damage.problem).contains(part), "{damage}");
    };
    let twice = text.replace(lines[2].trim_end_matches(','), lines[1].trim_end_matches(','));
    check(twice, "synchronization[0].couplings[2]", "Duplicate");
    let wrong = text.replace(lines[1], &lines[1].replace("\"table\":18", "\"table\":0"));
    check(wrong, "synchronization[0].couplings[1].table", "above 0");
}

#[test]
fn words_are_unique() {
    let damage = Words::read(vec!["a".into(), "b".into(), "a".into()]).unwrap_err();
    assert_eq!((damage.path.as_str(), damage.problem), ("[2]", Problem::Duplicate { key: "a".into() }));
}

#[test]
fn jobs_are_kept_for_a_month() {
    let now: Timestamp = "2026-11-21T10:00:00Z".parse().unwrap();
    assert_eq!(kept_since(now).to_string(), "2026-10-21T10:00:00Z");
}
