//! Reading what a run needs, and nothing more: the records that its passes look at, their partners, and what their fields
//! point to. Which records those are follows the engine's own rules (S2.4 to S2.9, S2.12).

use couplet_engine::coupling::{RowId, Skipped, SystemId};
use couplet_engine::planning::{
    CouplingState, Creation, MappingState, Pass, References, Run, Selection, Settings, fields_to_plan,
    leaves_out_own_changes, modified_field,
};
use couplet_engine::preview::{PreviewRules, Related, RuleEffect, RuleSubject, identifying_fields};
use couplet_engine::{ColumnTable, FieldAccess, FieldSchema, IntegrationTableMapping, Side};
use couplet_filter::odata::Literal;
use couplet_filter::{Context, DateTimeKey};
use couplet_systems::{ReadOptions, TableRead, changed_since, combine, etag_field, push};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use rustc_hash::FxHashSet;
use uuid::Uuid;

use crate::control::{Control, Progressed};
use crate::error::RunError;
use crate::follow_up::Neighborhood;
use crate::goal::Aim;
use crate::options::{choices, failed};
use crate::ports::Ports;
use crate::prepared::{Content, OptionTables, Prepared, RecordTables, SideTable, partner};
use crate::reading::{Extent, Reader, ids_of};
use crate::recover::recover;
use crate::references::ReferenceReader;
use crate::session::{Place, Session};
use crate::store::Store;
use crate::task::Task;

/// Reads everything that the plan of a task is made from. Batches whose outcome an earlier run did not keep are settled
/// first. Nothing is written to either system.
///
/// # Errors
/// When a service does not answer or refuses, the storage does, or a filter or table of the mapping is out of reach.
pub async fn prepare<P: Ports, S: Store>(
    session: &Session<P>,
    store: &S,
    task: &Task<'_>,
    control: &Control,
    progress: &dyn Fn(Progressed),
) -> Result<Prepared, RunError> {
    let mapping = task.mapping()?;
    let n_before = session.n_requests();
    recover(session, store, task).await?;
    let now = session.ports().now();
    let reader = Reader { session, control, progress };
    let content = if mapping.is_option_mapping() {
        Content::Options(Box::new(read_options(&reader, store, task, mapping, now).await?))
    } else {
        Content::Records(Box::new(read_records(&reader, store, task, mapping, now).await?))
    };
    Ok(Prepared {
        mapping: mapping.clone(),
        run: task.run.clone(),
        kind: task.kind,
        settings: settings(session, task, &task.run, &content).await?,
        content,
        aim: Aim::Run,
        first: None,
        now: session.clocks().earliest(now),
        clocks: session.clocks(),
        n_requests: session.n_requests() - n_before,
    })
}

/// What is set up beside the mapping. Who owns new rows is asked for only where rows may be created.
pub(crate) async fn settings<P: Ports>(
    session: &Session<P>,
    task: &Task<'_>,
    run: &Run,
    content: &Content,
) -> Result<Settings, RunError> {
    let creates = match content {
        Content::Records(tables) => {
            let has_candidate = tables.business_central.ids().next().is_some();
            has_candidate && run.creation == Creation::Allowed
        }
        Content::Options(_) => false,
    };
    let dataverse = &session.systems().dataverse;
    Ok(Settings {
        ownership: task.configuration.ownership_model,
        company: dataverse.company.clone(),
        owning_team: if creates { session.owning_team().await? } else { None },
        integration_user: Some(dataverse.user),
        update_conflicts: task.update_conflicts.clone(),
        transformations: task.transformations.clone(),
    })
}

/// One side while it is read.
pub(crate) struct Half {
    pub(crate) place: Place,
    pub(crate) fields: Vec<FieldSchema>,
    rules: PreviewRules,
    rows: ColumnTable,
    extent: Extent,
}

impl Half {
    /// One more field, before anything is read.
    pub(crate) fn add_field(&mut self, field: FieldSchema) {
        self.fields.push(field);
        self.rows = self.empty();
    }

    /// The same for a field by its name, where the table has it and a binding reaches it.
    pub(crate) fn add_known_field(&mut self, name: &str) {
        let field = self.place.schema.field(name).filter(|it| it.access != FieldAccess::OutOfReach);
        if let Some(field) = field.cloned()
            && self.fields.iter().all(|known| known.name != field.name)
        {
            self.add_field(field);
        }
    }

    pub(crate) fn side(&self) -> Side {
        self.place.side()
    }

    /// The ids of the records that were read.
    pub(crate) fn ids(&self) -> FxHashSet<Uuid> {
        ids_of(&self.rows, &self.place.schema.key_field)
    }

    fn empty(&self) -> ColumnTable {
        let options = ReadOptions::default();
        TableRead::new(self.place.source.clone(), &self.place.schema, &self.fields, options).table()
    }
}

async fn read_records<P: Ports, S: Store>(
    reader: &Reader<'_, P>,
    store: &S,
    task: &Task<'_>,
    mapping: &IntegrationTableMapping,
    now: Timestamp,
) -> Result<RecordTables, RunError> {
    let state = store.mapping_state(&mapping.name).await?;
    let selector = Selector { reader, task, mapping, state: &state, now };
    let mut business_central = selector.half(Side::BusinessCentral).await?;
    let mut dataverse = selector.half(Side::Dataverse).await?;
    selector.read_candidates(&mut business_central).await?;
    selector.read_candidates(&mut dataverse).await?;
    let references = ReferenceReader { reader, store, task, mapping };
    let related = selector.related(&references, &business_central).await?;
    let wanted_rows = selector.partners(&mut business_central, &related);
    let wanted_records = selector.partners(&mut dataverse, &related);
    selector.append(&mut dataverse, wanted_rows).await?;
    selector.append(&mut business_central, wanted_records).await?;
    selector.read_counterparts(&business_central, &mut dataverse).await?;
    let business_central = selector.side_table(business_central, &related);
    let dataverse = selector.side_table(dataverse, &related);
    let has_work = selector.has_work(&business_central) || selector.has_work(&dataverse);
    let found = match has_work {
        true => references.read(&business_central, &dataverse).await?,
        false => (References::default(), FxHashSet::default()),
    };
    let mut tables = RecordTables {
        business_central,
        dataverse,
        state,
        references: found.0,
        unable_owners: found.1,
        neighbors: Vec::new(),
    };
    if has_work {
        tables.neighbors = Neighborhood { reader, store, task, now }.of(mapping, &tables).await?;
    }
    Ok(tables)
}

/// Chooses what is read for one run.
pub(crate) struct Selector<'r, 's, P> {
    pub(crate) reader: &'r Reader<'s, P>,
    pub(crate) task: &'r Task<'r>,
    pub(crate) mapping: &'r IntegrationTableMapping,
    pub(crate) state: &'r MappingState,
    pub(crate) now: Timestamp,
}

impl<P: Ports> Selector<'_, '_, P> {
    fn run(&self) -> &Run {
        &self.task.run
    }

    fn is_source(&self, side: Side) -> bool {
        Pass::of(self.run().direction).contains(&Pass::from(side))
    }

    /// The table of one side, with nothing read.
    pub(crate) async fn half(&self, side: Side) -> Result<Half, RunError> {
        let (session, mapping) = (self.reader.session, self.mapping);
        let place = match side {
            Side::BusinessCentral => session.business_central(mapping.table.number, &mapping.table.name)?,
            Side::Dataverse => session.dataverse(&mapping.integration_table).await?,
        };
        let context = Context::new(self.now, TimeZone::UTC);
        let ownership = self.task.configuration.ownership_model;
        let rules = PreviewRules::bind(mapping, ownership, mapping.filter(side), &place.schema, &context)
            .map_err(|problems| RunError::Filter { side, problems })?;
        let mut names = fields_to_plan(mapping, &place.schema);
        names.extend(identifying_fields(&place.schema));
        names.extend(rules.fields());
        let mut fields: Vec<FieldSchema> = Vec::new();
        for field in names.into_iter().filter_map(|name| place.schema.field(name)) {
            let is_new = fields.iter().all(|known| known.name != field.name);
            if is_new && field.access != FieldAccess::OutOfReach {
                fields.push(field.clone());
            }
        }
        fields.push(etag_field());
        let mut half = Half { place, fields, rules, rows: ColumnTable::new([]), extent: Extent::Values };
        half.rows = half.empty();
        Ok(half)
    }

    /// Reads the records that the pass of this side looks at.
    async fn read_candidates(&self, half: &mut Half) -> Result<(), RunError> {
        let side = half.place.side();
        if !self.is_source(side) {
            return Ok(());
        }
        if let Selection::Chosen { records, rows } = &self.run().selection {
            let ids: Vec<Uuid> = match side {
                Side::BusinessCentral => records.iter().map(|record| record.0).collect(),
                Side::Dataverse => rows.iter().map(|row| row.0).collect(),
            };
            return self.append(half, ids).await;
        }
        half.rows =
            self.reader.read(&half.place, &half.fields, self.filter(half, &self.run().selection)).await?;
        let asked: Vec<Uuid> = self.asked(side).collect();
        self.append(half, asked).await
    }

    /// Reads everything inside the filter of one side, whichever way the mapping runs; or only these records.
    pub(crate) async fn read_all(
        &self,
        half: &mut Half,
        chosen: Option<&FxHashSet<SystemId>>,
    ) -> Result<(), RunError> {
        if let Some(chosen) = chosen {
            return self.append(half, chosen.iter().map(|record| record.0).collect()).await;
        }
        half.rows = self.reader.read(&half.place, &half.fields, self.filter(half, &Selection::All)).await?;
        Ok(())
    }

    /// What the rules behind the filter ask of other tables (S2.13).
    pub(crate) async fn related<S: Store>(
        &self,
        references: &ReferenceReader<'_, '_, P, S>,
        business_central: &Half,
    ) -> Result<Related, RunError> {
        let related_contacts = references.related_contacts(&business_central.rows).await?;
        Ok(Related { related_contacts, ..Related::default() })
    }

    pub(crate) async fn append(&self, half: &mut Half, ids: Vec<Uuid>) -> Result<(), RunError> {
        if half.extent == Extent::Whole || ids.is_empty() {
            return Ok(());
        }
        half.extent = self.reader.append_ids(&half.place, &half.fields, ids, &mut half.rows).await?;
        Ok(())
    }

    /// Appends the records that hold one of these values in a field; nothing where the field is out of reach. Comes before
    /// records are appended by their ids, which leaves out those that are there.
    pub(crate) async fn append_by(
        &self,
        half: &mut Half,
        field: &str,
        values: Vec<Literal>,
    ) -> Result<(), RunError> {
        let Some(field) = half.place.schema.field(field).filter(|_| half.extent != Extent::Whole).cloned()
        else {
            return Ok(());
        };
        let by = (&field, values.as_slice());
        half.extent = self.reader.append_with(&half.place, &half.fields, by, &mut half.rows).await?;
        Ok(())
    }

    /// The mapping's filter as far as the service takes it, and the time of change (S2.4, S2.7, S2.8).
    fn filter(&self, half: &Half, selection: &Selection) -> Option<String> {
        let side = half.place.side();
        let clauses = half.rules.rules.iter().filter_map(|rule| match &rule.subject {
            RuleSubject::Clause { field, filter, .. } => Some(push(side, field, filter)),
            _ => None,
        });
        let clauses: Vec<_> = clauses.collect();
        let mut parts: Vec<String> = combine(&clauses).text.into_iter().collect();
        if *selection == Selection::Changed {
            parts.extend(self.changed(half));
            parts.extend(self.not_own_changes(half));
        }
        (!parts.is_empty()).then(|| parts.join(" and "))
    }

    fn changed(&self, half: &Half) -> Option<String> {
        let side = half.place.side();
        let watermark = self.state.looked_at_until(Pass::from(side))?;
        let moment = DateTimeKey::from_milliseconds(watermark.as_millisecond());
        changed_since(side, half.place.schema.field(modified_field(side))?, moment)?.text
    }

    fn not_own_changes(&self, half: &Half) -> Option<String> {
        if half.place.side() == Side::BusinessCentral || !leaves_out_own_changes(self.mapping, self.run()) {
            return None;
        }
        let property = half.place.schema.field("modifiedby")?.property.as_deref()?;
        Some(format!("{property} ne {}", self.reader.session.systems().dataverse.user.hyphenated()))
    }

    /// Records that a run looks at whatever changed: failed and pending ones (S2.6, S2.9, S2.32).
    fn asked(&self, side: Side) -> impl Iterator<Item = Uuid> {
        let pass = Pass::from(side);
        let coupled = self.state.couplings.iter().filter(move |state| state.asks_for(pass));
        let coupled = coupled.filter_map(move |state| match side {
            Side::BusinessCentral => state.record_end().map(|end| end.id().0),
            Side::Dataverse => Some(state.coupling.row.id().0),
        });
        coupled.chain(retried(self.run(), self.state, side))
    }

    /// Partners of the records that the pass of this side works on.
    fn partners(&self, half: &mut Half, related: &Related) -> Vec<Uuid> {
        let side = half.place.side();
        if !self.is_source(side) {
            return Vec::new();
        }
        let rows = std::mem::replace(&mut half.rows, ColumnTable::new([]));
        let table = self.judged(SideTable::new(half.place.clone(), rows), &half.rules, related);
        let works = table.ids().filter(|(id, row)| self.works_on(&table, *id, *row));
        let partners = works.filter_map(|(id, _)| partner(self.state, side, id)).collect();
        half.rows = table.rows;
        partners
    }

    /// Whether a pass does more with a record than pass it over.
    fn works_on(&self, table: &SideTable, id: Uuid, row: usize) -> bool {
        if table.ignored.get(row) {
            return false;
        }
        let side = table.side();
        match &self.run().selection {
            Selection::Chosen { records, rows } => match side {
                Side::BusinessCentral => records.iter().any(|record| record.0 == id),
                Side::Dataverse => rows.iter().any(|row| row.0 == id),
            },
            _ => table.in_filter.get(row) || self.asked_for(side, id),
        }
    }

    fn asked_for(&self, side: Side, id: Uuid) -> bool {
        self.state_of(side, id).is_some_and(|state| state.asks_for(Pass::from(side)))
    }

    fn state_of(&self, side: Side, id: Uuid) -> Option<&CouplingState> {
        match side {
            Side::BusinessCentral => self.state.couplings.get(SystemId(id)),
            Side::Dataverse => self.state.couplings.of_row(RowId(id)),
        }
    }

    /// Currencies are recognized by their code (S4.6): the rows that may be meant are read.
    async fn read_counterparts(&self, source: &Half, dataverse: &mut Half) -> Result<(), RunError> {
        let uncoupled = |id: &Uuid| partner(self.state, Side::BusinessCentral, *id).is_none();
        let is_currency = self.mapping.integration_table == "transactioncurrency";
        if is_currency
            && dataverse.extent == Extent::Values
            && self.is_source(Side::BusinessCentral)
            && ids_of(&source.rows, &source.place.schema.key_field).iter().any(uncoupled)
        {
            dataverse.rows = self.reader.read(&dataverse.place, &dataverse.fields, None).await?;
            dataverse.extent = Extent::Whole;
        }
        Ok(())
    }

    pub(crate) fn side_table(&self, half: Half, related: &Related) -> SideTable {
        let table = SideTable::new(half.place, half.rows);
        self.judged(table, &half.rules, related)
    }

    /// Judges every row: inside the filter, left out by a rule behind it, idle.
    fn judged(&self, mut table: SideTable, rules: &PreviewRules, related: &Related) -> SideTable {
        let verdicts = rules.evaluate(&table.rows, related);
        for (rule, passes) in rules.rules.iter().zip(&verdicts.passes) {
            match rule.subject {
                RuleSubject::PostFilter(_) => table.ignored.or_assign(&inverted(passes)),
                _ if rule.effect == RuleEffect::Excludes => table.in_filter.and_assign(passes),
                _ => {}
            }
        }
        if self.run().selection == Selection::Changed {
            self.mark_idle(&mut table);
        }
        table
    }

    /// A coupled record whose change is the run's own last write, or was looked at before, needs neither its partner nor
    /// a decision (S2.5, S4.8). Without a watermark nothing was looked at before: a partner may be gone (S4.13).
    fn mark_idle(&self, table: &mut SideTable) {
        let (side, pass) = (table.side(), Pass::from(table.side()));
        let Some(watermark) = self.state.looked_at_until(pass) else { return };
        let is_idle = |&(id, row): &(Uuid, usize)| {
            let modified_at = table.modified_at(row);
            self.state_of(side, id).is_some_and(|state| {
                state.coupling.skipped == Skipped::No
                    && !state.asks_for(pass)
                    && !state.is_edited(self.mapping, &table.records(), row, modified_at)
            }) && table.in_filter.get(row)
                && modified_at.is_some_and(|at| at > watermark)
        };
        let idle: Vec<usize> = table.ids().filter(is_idle).map(|(_, row)| row).collect();
        for row in idle {
            table.in_filter.set(row, false);
            table.n_idle += 1;
            table.idle_until = table.idle_until.max(table.modified_at(row));
        }
    }

    /// Whether a pass of this side has anything to do, so that what fields point to is needed.
    fn has_work(&self, table: &SideTable) -> bool {
        let is_held_back = self.run().creation == Creation::OnlyCoupledRecords
            && !matches!(self.run().selection, Selection::Chosen { .. });
        self.is_source(table.side())
            && table.ids().any(|(id, row)| {
                self.works_on(table, id, row)
                    && (!is_held_back || partner(self.state, table.side(), id).is_some())
            })
    }
}

/// Records of one side whose creation failed, as far as a run tries it again (S2.32).
pub(crate) fn retried<'s>(
    run: &Run,
    state: &'s MappingState,
    side: Side,
) -> impl Iterator<Item = Uuid> + use<'s> {
    let is_chosen = matches!(run.selection, Selection::Chosen { .. });
    let is_retried = run.creation == Creation::Allowed
        && !is_chosen
        && Pass::of(run.direction).contains(&Pass::from(side));
    let records = state.failed_records.iter().map(|record| record.0);
    let rows = state.failed_rows.iter().map(|row| row.0);
    let records = records.filter(move |_| is_retried && side == Side::BusinessCentral);
    let rows = rows.filter(move |_| is_retried && side == Side::Dataverse);
    records.chain(rows)
}

fn inverted(bitmap: &couplet_filter::Bitmap) -> couplet_filter::Bitmap {
    let mut inverted = bitmap.clone();
    inverted.invert();
    inverted
}

/// Records and values of an option mapping. Without a changed record nothing else is read.
async fn read_options<P: Ports, S: Store>(
    reader: &Reader<'_, P>,
    store: &S,
    task: &Task<'_>,
    mapping: &IntegrationTableMapping,
    now: Timestamp,
) -> Result<OptionTables, RunError> {
    let state = store.mapping_state(&mapping.name).await?;
    let couplings = store.option_couplings(&mapping.name).await?;
    let selector = Selector { reader, task, mapping, state: &state, now };
    let mut half = selector.half(Side::BusinessCentral).await?;
    selector.read_candidates(&mut half).await?;
    // Values are looked at all, every time (S4.60): the records of all of them are needed.
    let wanted = match selector.is_source(Side::BusinessCentral) {
        true => failed(&couplings),
        false => couplings.iter().map(|coupling| coupling.record.id().0).collect(),
    };
    selector.append(&mut half, wanted).await?;
    let business_central = selector.side_table(half, &Related::default());
    let choices = choices(reader.session, mapping).await?;
    Ok(OptionTables { business_central, choices, couplings, state })
}
