//! Names of the records that values point to, kept for as long as the page is open. Whoever shows a value asks for its
//! name; what is asked for in one turn is read in one request for each table.

use couplet_engine::{FieldSchema, Language, Side, TableSchema};
use couplet_filter::FieldType;
use couplet_systems::lookup::{LookupKey, LookupPage, LookupQuestion, LookupRow, MAX_KEYS};
use leptos::prelude::*;
use leptos::task::spawn_local;
use rustc_hash::FxHashMap;

use crate::browser::clock;
use crate::browser::http::Abort;
use crate::failure::Failure;
use crate::queries::{late, schema};
use crate::state::connections::Connections;
use crate::state::tables::{TableKey, Tables};

/// A table that a field points to, and how the field names its records.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Target {
    /// The table.
    pub table: TableKey,
    /// What the field holds of a record.
    pub key: LookupKey,
}

/// What is known of the record that a value points to.
#[derive(Debug, Clone, PartialEq)]
pub enum Pointed {
    /// It is being asked for, or will be once the system is connected.
    Waiting,
    /// It is there.
    Found(LookupRow),
    /// No table that the field points to has it.
    Missing,
    /// It could not be asked for.
    Failed(Failure),
}

impl Pointed {
    /// What people call it.
    pub fn name(&self) -> Option<&str> {
        let Pointed::Found(row) = self else { return None };
        [row.name.as_str(), row.detail.as_str()].into_iter().find(|name| !name.is_empty())
    }
}

/// A record by its table and key.
type Place = (Target, String);

/// The store.
#[derive(Clone, Copy)]
pub struct PointedNames {
    known: RwSignal<FxHashMap<Place, Pointed>>,
    /// What will be asked for together.
    asked: StoredValue<Vec<Place>>,
    tables: StoredValue<Tables>,
    connections: Connections,
}

impl PointedNames {
    /// Makes the store available to every page.
    pub fn provide() {
        provide_context(PointedNames {
            known: RwSignal::new(FxHashMap::default()),
            asked: StoredValue::new(Vec::new()),
            tables: StoredValue::new(Tables::expect()),
            connections: Connections::expect(),
        });
    }

    /// The store of the app.
    pub fn expect() -> Self {
        expect_context()
    }

    /// The tables whose records a field names; none for a field with values of its own.
    pub fn targets(self, schema: &TableSchema, field: &FieldSchema) -> Vec<Target> {
        match schema.side {
            Side::Dataverse => lookup_targets(field),
            Side::BusinessCentral => self.connections.business_central.with(|load| {
                let related = || load.ready()?.tables.related(schema.number?, field);
                let target = related().and_then(|(table, key)| {
                    let (name, number) = (table.schema.name.clone(), table.schema.number?);
                    Some(Target { table: TableKey::BusinessCentral { name, number }, key })
                });
                target.into_iter().collect()
            }),
        }
    }

    /// The record that a value of a field with these targets points to; it is asked for when it is not known.
    pub fn look(self, targets: &[Target], value: &str) -> Pointed {
        let mut found = Pointed::Missing;
        for target in targets {
            let Some(key) = target.key.normal(value) else { continue };
            match self.state((target.clone(), key)) {
                Pointed::Missing => {}
                Pointed::Found(row) => return Pointed::Found(row),
                // A table that may still have it says more than one that cannot be asked.
                Pointed::Waiting => found = Pointed::Waiting,
                Pointed::Failed(failure) if found == Pointed::Missing => found = Pointed::Failed(failure),
                Pointed::Failed(_) => {}
            }
        }
        found
    }

    /// Records of a target that a question finds. They are known from then on.
    ///
    /// # Errors
    /// When the table cannot be asked, or `abort` stopped it.
    pub async fn find(
        self,
        target: &Target,
        question: LookupQuestion,
        abort: Abort,
    ) -> Result<LookupPage, Failure> {
        let handle = self.tables.with_value(|tables| tables.handle(&target.table));
        let page = late::look_up(handle, target.key.clone(), question, abort).await?;
        self.known.update(|known| {
            for row in &page.rows {
                known.insert((target.clone(), row.key.clone()), Pointed::Found(row.clone()));
            }
        });
        Ok(page)
    }

    /// What people call a target; its name in the system before its metadata is here, which is asked for.
    pub fn caption(self, target: &Target, language: Language) -> String {
        let handle = self.tables.with_value(|tables| tables.handle(&target.table));
        if self.connections.is_ready(target.table.side()) {
            schema::ensure(handle);
        }
        let label = handle.schema().map(|schema| schema.labels.get(language).to_owned());
        label.filter(|label| !label.is_empty()).unwrap_or_else(|| match &target.table {
            TableKey::BusinessCentral { name, .. } | TableKey::Dataverse { name } => name.clone(),
            TableKey::OptionSet { column, .. } => column.clone(),
        })
    }

    fn state(self, place: Place) -> Pointed {
        if let Some(state) = self.known.with(|known| known.get(&place).cloned()) {
            return state;
        }
        if self.connections.is_ready(place.0.table.side()) {
            self.ask(place);
        }
        Pointed::Waiting
    }

    fn ask(self, place: Place) {
        // Nobody needs to be told that it is on its way: that is what they were just answered.
        self.known.update_untracked(|known| {
            known.insert(place.clone(), Pointed::Waiting);
        });
        let n_asked = self.asked.try_update_value(|asked| {
            asked.push(place);
            asked.len()
        });
        if n_asked == Some(1) {
            spawn_local(async move {
                clock::breathe().await;
                let asked = self.asked.try_update_value(std::mem::take).unwrap_or_default();
                futures::future::join_all(requests(asked).into_iter().map(|it| self.read(it))).await;
            });
        }
    }

    async fn read(self, (target, keys): (Target, Vec<String>)) {
        let found = self.find(&target, LookupQuestion::WithKeys(keys.clone()), Abort::new()).await;
        self.known.update(|known| {
            for key in keys {
                let state = match &found {
                    Ok(page) if page.rows.iter().any(|row| row.key == key) => continue,
                    Ok(_) => Pointed::Missing,
                    Err(failure) => Pointed::Failed(failure.clone()),
                };
                known.insert((target.clone(), key), state);
            }
        });
    }
}

/// The tables that a lookup of Dataverse points to.
pub fn lookup_targets(field: &FieldSchema) -> Vec<Target> {
    let target =
        |name: &String| Target { table: TableKey::Dataverse { name: name.clone() }, key: LookupKey::Id };
    match field.field_type {
        FieldType::Guid => field.targets.iter().map(target).collect(),
        _ => Vec::new(),
    }
}

/// Places by their target, as many as one request may ask for.
fn requests(places: Vec<Place>) -> Vec<(Target, Vec<String>)> {
    let mut requests: Vec<(Target, Vec<String>)> = Vec::new();
    for (target, key) in places {
        match requests.iter_mut().find(|(other, keys)| *other == target && keys.len() < MAX_KEYS) {
            Some((_, keys)) => keys.push(key),
            None => requests.push((target, vec![key])),
        }
    }
    requests
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_request_asks_for_all_names_of_a_table_up_to_its_limit() {
        let target =
            |name: &str| Target { table: TableKey::Dataverse { name: name.to_owned() }, key: LookupKey::Id };
        let mut places: Vec<Place> =
            (0..MAX_KEYS + 1).map(|key| (target("account"), key.to_string())).collect();
        places.insert(1, (target("contact"), "7".to_owned()));
        let requests = requests(places);
        let sizes: Vec<_> = requests.iter().map(|(target, keys)| (target.clone(), keys.len())).collect();
        assert_eq!(sizes, [(target("account"), MAX_KEYS), (target("contact"), 1), (target("account"), 1)]);
    }
}
