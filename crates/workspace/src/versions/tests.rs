//! Steps back through versions, and what they say changed.

use couplet_engine::default_setup::build;
use couplet_engine::settings::{Item, Setting};
use couplet_engine::{Direction, JobStatus, OwnershipModel};

use super::*;

fn standard() -> Configuration {
    let setup = build(OwnershipModel::Team, None);
    Configuration {
        ownership_model: OwnershipModel::Team,
        sales: couplet_engine::SalesSettings::default(),
        mappings: setup.mappings.clone(),
        job_queue_entries: setup.job_queue_entries,
        applied_defaults: setup.mappings,
    }
}

/// Saves `change` on top of the last version.
fn save(
    versions: &mut Vec<Configuration>,
    history: &mut Vec<HistoryEntry>,
    change: impl FnOnce(&mut Configuration),
) {
    let before = versions.last().unwrap().clone();
    let mut after = before.clone();
    change(&mut after);
    let seq = versions.len() as u64;
    history.push(HistoryEntry::of_save(seq, 0, Cause::Import, &before, &after));
    versions.push(after);
}

fn three_saves() -> (Vec<Configuration>, Vec<HistoryEntry>) {
    let (mut versions, mut history) = (vec![Configuration::default()], Vec::new());
    save(&mut versions, &mut history, |next| *next = standard());
    save(&mut versions, &mut history, |next| {
        next.mappings[1].direction = Direction::ToIntegrationTable;
        next.job_queue_entries[0].status = JobStatus::OnHold;
    });
    save(&mut versions, &mut history, |next| {
        next.mappings.remove(0);
        next.ownership_model = OwnershipModel::Person;
    });
    (versions, history)
}

#[test]
fn every_version_is_reached_from_the_last() {
    let (versions, history) = three_saves();
    for seq in 1..=3 {
        assert_eq!(before_version(&versions[3], &history, seq).as_ref(), Some(&versions[seq as usize - 1]));
    }
    assert_eq!(before_version(&versions[3], &history, 4), None);
}

#[test]
fn a_step_back_finds_the_changes_of_the_save() {
    let (versions, history) = three_saves();
    for (entry, after) in history.iter().zip(&versions[1..]) {
        let (_, changes) = step_back(after, &entry.back).unwrap();
        assert_eq!(changes, entry.changes);
    }
    let changed: Vec<_> = history[1].changes.iter().map(|change| (&change.item, change.setting)).collect();
    assert_eq!(changed, [(&Item::Job, Setting::JobStatus), (&Item::Mapping, Setting::Direction)]);
}

#[test]
fn a_delta_holds_only_what_differs() {
    let (_, history) = three_saves();
    assert_eq!(history[1].back.mappings.put.len(), 1);
    assert_eq!(history[1].back.job_queue_entries.put.len(), 1);
    assert_eq!(history[1].back.applied_defaults.put.len(), 0);
}

#[test]
fn a_delta_of_another_version_leads_nowhere() {
    let (_, history) = three_saves();
    assert_eq!(history[1].back.apply(&Configuration::default()), None);
}

#[test]
fn a_history_taken_over_keeps_speaking_of_its_own_versions() {
    let (_, mut history) = three_saves();
    history[2].cause = Cause::Undo { seq: 2 };
    history[2].shift(10);
    assert_eq!((history[2].seq, &history[2].cause), (13, &Cause::Undo { seq: 12 }));
}
