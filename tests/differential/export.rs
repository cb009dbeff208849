//! The cases as a file for `tests/odata_query`: rows once, then each pushed clause with its mark and the rows that pass.

use std::path::PathBuf;

use couplet_engine::Side;
use couplet_systems::Precision;
use serde_json::{Map, Value, json};

use super::cells::Cell;
use super::sample::Sample;
use super::{Clause, side_name};

/// What is written at the end.
pub(crate) struct Export {
    file: PathBuf,
    rows: Value,
    clauses: Vec<Value>,
}

impl Export {
    pub(crate) fn new(file: PathBuf, sample: &Sample) -> Self {
        let mut rows = Map::new();
        for of in &sample.sides {
            let mut columns = Map::new();
            for field in sample.fields.iter().filter(|field| of.field(field.name).is_some()) {
                let cells = (0..sample.n_rows).map(|row| stored(of.side, field.cell(row)));
                let kind = format!("{:?}", field.kind);
                let kind = kind.split('(').next();
                columns.insert(
                    field.name.to_owned(),
                    json!({"type": kind, "cells": cells.collect::<Vec<Value>>()}),
                );
            }
            rows.insert(side_name(of.side).to_owned(), Value::Object(columns));
        }
        Export { file, rows: Value::Object(rows), clauses: Vec::new() }
    }

    /// Adds a clause, if anything of it is sent.
    pub(crate) fn add(&mut self, seed: u64, side: Side, clause: &Clause<'_>, text: &str, passing: &[usize]) {
        let Some(odata) = &clause.pushed.odata else { return };
        self.clauses.push(json!({
            "seed": seed,
            "side": side_name(side),
            "field": clause.field.name,
            "filter": text,
            "odata": odata,
            "exact": clause.pushed.precision == Precision::Exact,
            "passing": passing,
        }));
    }

    pub(crate) fn write(self) {
        let text = json!({"rows": self.rows, "clauses": self.clauses}).to_string();
        std::fs::write(&self.file, text).unwrap();
    }
}

/// A value as a table of the service holds it.
fn stored(side: Side, cell: &Cell) -> Value {
    match cell {
        Cell::Text(text) if text.is_empty() && side == Side::Dataverse => Value::Null,
        cell => cell.json(side).unwrap_or(Value::Null),
    }
}
