//! Searching the tables that a field points to while a person types: one search at a time, after a moment of quiet. What
//! is shown of it is in `lookup`.

use std::time::Duration;

use couplet_systems::lookup::{LookupKey, LookupPage, LookupQuestion, LookupRow};
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::browser::clock;
use crate::browser::http::Abort;
use crate::components::combobox::Wanted;
use crate::failure::Failure;
use crate::state::load::Load;
use crate::state::pointed_names::{PointedNames, Target};

/// How long nothing must be typed before the systems are asked.
const QUIET: Duration = Duration::from_millis(250);

/// A record that was found.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Hit {
    pub(super) row: LookupRow,
    /// Index of the target it was found in.
    pub(super) target: usize,
}

/// What a search found in all tables that answered.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Found {
    pub(super) hits: Vec<Hit>,
    /// Whether there are more.
    pub(super) has_more: bool,
    /// A table that did not answer, by the index of its target.
    pub(super) failed: Option<(usize, Failure)>,
}

/// A search field's state; copies share it.
#[derive(Clone, Copy)]
pub(super) struct Search {
    pub(super) text: RwSignal<String>,
    pub(super) found: RwSignal<Load<Found>>,
    targets: Memo<Vec<Target>>,
    names: PointedNames,
    /// Number of the newest search; older ones end when they see another.
    ticket: StoredValue<u64>,
    abort: StoredValue<Abort, LocalStorage>,
}

impl Search {
    /// A search that has not begun. It ends with the component that it is made in.
    pub(super) fn new(names: PointedNames, targets: Memo<Vec<Target>>) -> Self {
        let abort = StoredValue::new_local(Abort::new());
        on_cleanup(move || {
            abort.try_with_value(Abort::abort);
        });
        Search {
            text: RwSignal::new(String::new()),
            found: RwSignal::new(Load::Idle),
            targets,
            names,
            ticket: StoredValue::new(0),
            abort,
        }
    }

    /// Searches for what is typed; the search before is stopped.
    pub(super) fn begin(self, wanted: Wanted) {
        self.abort.with_value(Abort::abort);
        let abort = Abort::new();
        self.abort.set_value(abort.clone());
        self.ticket.update_value(|ticket| *ticket += 1);
        let ticket = self.ticket.get_value();
        self.found.set(Load::Loading);
        let targets = self.targets.get_untracked();
        let question = question(&targets, &self.text.get_untracked());
        spawn_local(async move {
            if wanted == Wanted::Typing {
                clock::wait(QUIET).await;
            }
            // The field may be gone meanwhile, and its state with it.
            let is_current = || self.ticket.try_get_value() == Some(ticket);
            if !is_current() {
                return;
            }
            let asked = targets.iter().map(|target| self.names.find(target, question.clone(), abort.clone()));
            let pages = futures::future::join_all(asked).await;
            if is_current() {
                self.found.set(together(pages));
            }
        });
    }
}

/// An id that is typed or pasted is looked for as such.
fn question(targets: &[Target], text: &str) -> LookupQuestion {
    let is_id = |target: &Target| target.key == LookupKey::Id && target.key.normal(text).is_some();
    if !targets.is_empty() && targets.iter().all(is_id) {
        LookupQuestion::WithKeys(vec![text.to_owned()])
    } else {
        LookupQuestion::Containing(text.to_owned())
    }
}

/// The answers of all tables, by name; failed only when no table answered.
fn together(pages: Vec<Result<LookupPage, Failure>>) -> Load<Found> {
    let n_pages = pages.len();
    let (mut found, mut n_failed) = (Found::default(), 0);
    for (target, page) in pages.into_iter().enumerate() {
        match page {
            Ok(page) => {
                found.has_more |= page.has_more;
                found.hits.extend(page.rows.into_iter().map(|row| Hit { row, target }));
            }
            Err(failure) => {
                n_failed += 1;
                found.failed.get_or_insert((target, failure));
            }
        }
    }
    found.hits.sort_by_cached_key(|hit| hit.row.name.to_lowercase());
    match found.failed {
        Some((_, failure)) if n_failed == n_pages => Load::Failed(failure),
        failed => Load::Ready(Found { failed, ..found }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::tables::TableKey;

    const ID: &str = "1f0a3c52-0000-4c11-8a00-00000000c001";

    fn page(names: &[&str]) -> LookupPage {
        let row = |name: &&str| LookupRow {
            key: name.to_lowercase(),
            name: (*name).to_owned(),
            detail: String::new(),
        };
        LookupPage { rows: names.iter().map(row).collect(), has_more: names.len() > 1 }
    }

    #[test]
    fn answers_of_several_tables_are_one_list_and_one_failure_does_not_hide_the_rest() {
        let pages = vec![Ok(page(&["Beta", "delta"])), Err(Failure::NotConnected), Ok(page(&["Charlie"]))];
        let Load::Ready(found) = together(pages) else { panic!("two tables answered") };
        let hits: Vec<_> = found.hits.iter().map(|hit| (hit.row.name.as_str(), hit.target)).collect();
        assert_eq!(hits, [("Beta", 0), ("Charlie", 2), ("delta", 0)]);
        assert_eq!((found.has_more, found.failed), (true, Some((1, Failure::NotConnected))));
        let failed = together(vec![Err(Failure::NoCompany), Err(Failure::NotConnected)]);
        assert_eq!(failed, Load::Failed(Failure::NoCompany));
    }

    #[test]
    fn an_id_is_looked_for_as_a_key_where_every_table_has_ids() {
        let target = |key| Target { table: TableKey::Dataverse { name: "account".to_owned() }, key };
        let code = target(LookupKey::Code { field: "Code".to_owned() });
        let id = target(LookupKey::Id);
        let keys = LookupQuestion::WithKeys(vec![ID.to_owned()]);
        assert_eq!(question(&[id.clone(), id.clone()], ID), keys);
        assert_eq!(question(&[id], "con"), LookupQuestion::Containing("con".to_owned()));
        assert_eq!(question(&[code], ID), LookupQuestion::Containing(ID.to_owned()));
    }
}
