//! A client written from the pseudocode of the reference (section 8 of its semantics), for one mapping of which both sides
//! changed: a list of what changed, then for every record its partner, a comparison, and a change. One request after the
//! other. It does not read the record again after the change, as the reference does: the answer holds it.

use anyhow::{Context, bail};
use couplet_engine::{FieldSchema, Side};
use couplet_filter::{DateTimeKey, FieldValue};
use couplet_systems::{Method, ReadOptions, Request, TableRead, changed_since};
use jiff::{SignedDuration, Timestamp};
use rustc_hash::FxHashMap;
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::pairs::{Pairs, patch};
use crate::systems::Table;

/// The reference looks at rows this much older than its watermark again.
const OVERLAP: SignedDuration = SignedDuration::from_millis(999);

/// The partner of a record, and when both were last synchronized.
struct Coupled {
    partner: Uuid,
    source_at: Timestamp,
    destination_at: Timestamp,
}

/// Fields of the source and of the destination, in the same order, and the moments of their last changes.
struct Way<'a> {
    source: &'a Table,
    destination: &'a Table,
    fields: Vec<(&'a FieldSchema, &'a FieldSchema)>,
    source_modified: &'a FieldSchema,
    destination_modified: &'a FieldSchema,
}

/// Synchronizes both directions; the number of records changed.
///
/// # Errors
/// When a service refuses, or a record changed on both sides.
pub(crate) fn synchronize(pairs: &Pairs) -> anyhow::Result<usize> {
    let state = pairs.kept.states.get(&pairs.name).context("nothing was coupled")?;
    let mut coupled = FxHashMap::default();
    for it in state.couplings.iter() {
        let (record, row) = (it.record_end().context("no record")?.id().0, it.coupling.row.id().0);
        let at = |side| it.modified_at(side).context("a coupling was never synchronized");
        let (source_at, destination_at) = (at(Side::BusinessCentral)?, at(Side::Dataverse)?);
        coupled.insert(record, Coupled { partner: row, source_at, destination_at });
    }
    let to = Way::new(pairs, Side::BusinessCentral)?;
    let to_mark = state.local_watermark.context("customers were never looked at")?;
    let n_sent = to.run(pairs, to_mark, None, &mut coupled)?;
    let turned = |(record, it): (Uuid, Coupled)| {
        let (source_at, destination_at) = (it.destination_at, it.source_at);
        (it.partner, Coupled { partner: record, source_at, destination_at })
    };
    let mut coupled = coupled.into_iter().map(turned).collect();
    let from = Way::new(pairs, Side::Dataverse)?;
    let from_mark = state.integration_watermark.context("accounts were never looked at")? - OVERLAP;
    let others = format!("_modifiedby_value ne {}", pairs.systems.dataverse.user.hyphenated());
    Ok(n_sent + from.run(pairs, from_mark, Some(&others), &mut coupled)?)
}

impl<'a> Way<'a> {
    fn new(pairs: &'a Pairs, from: Side) -> anyhow::Result<Self> {
        let (customers, accounts) = (&pairs.tables.customers, &pairs.tables.accounts);
        let (source, destination) = match from {
            Side::BusinessCentral => (customers, accounts),
            Side::Dataverse => (accounts, customers),
        };
        let mapping = pairs.configuration.mapping(&pairs.name).context("no mapping")?;
        let mut fields = Vec::new();
        for it in mapping.field_mappings.iter().filter(|it| it.status == Default::default()) {
            let field = it.field.as_deref().and_then(|name| customers.schema.field(name));
            let column = it.column.as_deref().and_then(|name| accounts.schema.field(name));
            let (field, column) = field.zip(column).context("a field is not served")?;
            fields.push(match from {
                Side::BusinessCentral => (field, column),
                Side::Dataverse => (column, field),
            });
        }
        Ok(Way {
            source_modified: modified(source)?,
            destination_modified: modified(destination)?,
            source,
            destination,
            fields,
        })
    }

    fn run(
        &self,
        pairs: &Pairs,
        mark: Timestamp,
        condition: Option<&str>,
        coupled: &mut FxHashMap<Uuid, Coupled>,
    ) -> anyhow::Result<usize> {
        let mut n_changed = 0;
        for (id, modified_at, values) in self.changed(pairs, mark, condition)? {
            let Some(coupling) = coupled.get_mut(&id) else { continue };
            if modified_at <= coupling.source_at {
                continue;
            }
            let partner = self.partner(pairs, coupling.partner)?;
            if moment(&partner, self.destination_modified)? > coupling.destination_at {
                bail!("{id} and its partner were both changed");
            }
            let mut body = Map::new();
            for ((_, field), value) in self.fields.iter().zip(values) {
                let property = property(field)?;
                if partner.get(property).and_then(Value::as_str).unwrap_or_default() != value {
                    body.insert(property.to_owned(), value.into());
                }
            }
            if body.is_empty() {
                continue;
            }
            let tag = partner.get("@odata.etag").and_then(Value::as_str).context("no etag")?;
            let headers = [("If-Match", tag.to_owned())];
            let after = patch(&pairs.proxy, self.destination, coupling.partner, &body.into(), &headers)?;
            coupling.source_at = modified_at;
            coupling.destination_at = moment(&after, self.destination_modified)?;
            n_changed += 1;
        }
        Ok(n_changed)
    }

    /// Records that changed since a moment: id, when, and the texts of the fields.
    fn changed(
        &self,
        pairs: &Pairs,
        mark: Timestamp,
        condition: Option<&str>,
    ) -> anyhow::Result<Vec<(Uuid, Timestamp, Vec<String>)>> {
        let since = DateTimeKey::from_milliseconds(mark.as_millisecond());
        let mut filter =
            changed_since(self.source.side(), self.source_modified, since).context("no filter")?;
        let parts = filter.text.iter().map(String::as_str).chain(condition);
        filter.text = Some(parts.collect::<Vec<_>>().join(" and "));
        let fields = self.fields.iter().map(|(field, _)| *field).chain([self.source_modified]);
        let options = ReadOptions { filter: Some(filter), ..ReadOptions::default() };
        let mut read = TableRead::new(self.source.source.clone(), &self.source.schema, fields, options);
        let mut rows = read.table();
        let mut next = Some(read.first());
        while let Some(request) = next {
            next = read.accept(&pairs.proxy.send(self.source.side(), &request)?, &mut rows)?.next;
        }
        let times = rows.column(&self.source_modified.name).context("no time")?;
        let ids = self.source.ids(&rows)?;
        let record = |(row, id): (usize, Uuid)| {
            let FieldValue::DateTime(at) = times.get(row) else { bail!("{id} has no time") };
            let text = |field: &FieldSchema| match rows.column(&field.name).map(|column| column.get(row)) {
                Some(FieldValue::Text(text)) => text.to_owned(),
                _ => String::new(),
            };
            let values = self.fields.iter().map(|(field, _)| text(field)).collect();
            Ok((id, at.timestamp().context("no moment")?, values))
        };
        ids.into_iter().enumerate().map(record).collect()
    }

    /// One record by its id.
    fn partner(&self, pairs: &Pairs, id: Uuid) -> anyhow::Result<Value> {
        let fields = self.fields.iter().map(|(_, field)| *field).chain([self.destination_modified]);
        let properties: Vec<&str> = fields.map(property).collect::<anyhow::Result<_>>()?;
        let path = &self.destination.source.path;
        let request = Request {
            method: Method::Get,
            path: format!("{path}({})?$select={}", id.hyphenated(), properties.join(",")),
            headers: Vec::new(),
            body: None,
        };
        let response = pairs.proxy.send(self.destination.side(), &request)?;
        if !response.is_success() {
            bail!("{} answered {}", request.path, response.status);
        }
        Ok(serde_json::from_slice(&response.body)?)
    }
}

fn modified(table: &Table) -> anyhow::Result<&FieldSchema> {
    let name = couplet_engine::planning::modified_field(table.side());
    table.schema.field(name).context("no time of change")
}

fn property(field: &FieldSchema) -> anyhow::Result<&str> {
    field.property.as_deref().with_context(|| format!("{} has no property", field.name))
}

fn moment(record: &Value, field: &FieldSchema) -> anyhow::Result<Timestamp> {
    let text = record.get(property(field)?).and_then(Value::as_str).context("no time of change")?;
    Ok(text.parse()?)
}
