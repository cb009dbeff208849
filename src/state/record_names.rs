//! Names of records that are known by their id only, from the tables in memory: what a list of couplings shows.

use std::sync::Arc;

use couplet_engine::preview::identifying_fields;
use couplet_engine::{MappingName, Side};
use couplet_filter::FieldValue;
use leptos::prelude::*;
use rustc_hash::FxHashMap;
use uuid::Uuid;

use crate::state::previews::{Previews, SidePreview};

/// Where each record stands in its table.
type Places = Arc<FxHashMap<Uuid, usize>>;

/// The tables of mappings, each with the places of its records.
type Sides = FxHashMap<(MappingName, Side), (SidePreview, Memo<Places>)>;

/// The names of the records of some mappings. Their tables are read for it.
#[derive(Clone)]
pub struct RecordNameIndex {
    sides: Arc<Sides>,
}

impl RecordNameIndex {
    /// The names of the records of these mappings.
    pub fn new(mappings: impl IntoIterator<Item = MappingName>) -> Self {
        let previews = Previews::expect();
        let mut sides = Sides::default();
        for name in mappings {
            for side in [Side::BusinessCentral, Side::Dataverse] {
                sides.entry((name.clone(), side)).or_insert_with(|| {
                    let preview = previews.side(&name, side);
                    (preview, Memo::new_with_compare(move |_| places(preview), |_, _| true))
                });
            }
        }
        RecordNameIndex { sides: Arc::new(sides) }
    }

    /// What a record is known by; its id as long as its table is not here, or when it is gone.
    pub fn name(&self, mapping: &MappingName, side: Side, id: Uuid) -> String {
        let name = || {
            let (preview, places) = self.sides.get(&(mapping.clone(), side))?;
            let row = places.with(|places| places.get(&id).copied())?;
            let handle = preview.handle()?;
            let schema = handle.schema()?;
            let name = handle.rows.with(|rows| {
                let texts = identifying_fields(&schema).into_iter().filter_map(|name| {
                    match rows.column(name)?.get(row) {
                        FieldValue::Text(text) if !text.is_empty() => Some(text.to_owned()),
                        _ => None,
                    }
                });
                texts.take(2).collect::<Vec<_>>().join(" ")
            });
            Some(name).filter(|name| !name.is_empty())
        };
        name().unwrap_or_else(|| id.to_string())
    }
}

fn places(preview: SidePreview) -> Places {
    let (Some(handle), Some(schema)) = (preview.handle(), preview.handle().and_then(|it| it.schema())) else {
        return Places::default();
    };
    let places = handle.rows.with(|rows| {
        let keys = rows.column(&schema.key_field)?;
        let place = |row: usize| match keys.get(row) {
            FieldValue::Guid(id) => Some((id, row)),
            _ => None,
        };
        Some((0..rows.n_rows()).filter_map(place).collect())
    });
    Arc::new(places.unwrap_or_default())
}
