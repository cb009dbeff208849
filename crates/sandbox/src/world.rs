//! The data of both systems behind one lock, and the reading of single values. Knows no wire format.

use std::sync::{Arc, Mutex, PoisonError};

use crate::business_central::Webhooks;
use crate::dataverse::{KeyIndexes, KnownRights};
use crate::demo;
use crate::odata::order::{Direction, Orders};
use crate::sandbox::SandboxOptions;
use crate::schema::business_central::BusinessCentralSchema;
use crate::schema::dataverse::DataverseSchema;
use crate::schema::{Kind, Language, Property, Source};
use crate::store::{CodeIndexes, Guid, NULL, Reference, Table, TextPool, mix, parse_millis};

/// Where the seeds of tables begin that were added to the first ones.
const LATER_SEEDS: usize = 1_000;
/// Tables with more rows are warmed up.
const LARGE: u32 = 10_000;

/// Everything a sandbox holds.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) schema: Arc<Schema>,
    pub(crate) texts: TextPool,
    /// Business Central's tables in the order of its schema, then Dataverse's.
    pub(crate) tables: Vec<Table>,
    /// Counts every change; drives ETags, `timestamp` and `versionnumber` (S4).
    pub(crate) version: u32,
    /// Local currency of the company (A50).
    pub(crate) local_currency: String,
    /// Who calls Dataverse.
    pub(crate) caller: u32,
    /// Sorted results and the orders of whole tables.
    pub(crate) orders: Orders,
    /// Dataverse's rows by alternate key.
    pub(crate) keys: Mutex<KeyIndexes>,
    /// What Dataverse's users may do.
    pub(crate) rights: KnownRights,
    /// Rows by code, for references between large tables.
    codes: Mutex<CodeIndexes>,
    /// Business Central's subscriptions and the changes they wait for (A59, A60).
    pub(crate) webhooks: Webhooks,
}

/// What both systems look like.
#[derive(Debug, Clone)]
pub(crate) struct Schema {
    pub(crate) bc: Arc<BusinessCentralSchema>,
    pub(crate) dv: Arc<DataverseSchema>,
}

/// One value as it is compared and written.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Value<'a> {
    /// Dataverse only.
    Null,
    Text(&'a str),
    Guid(Guid),
    Boolean(bool),
    Int(i64),
    /// Canonical decimal text.
    Decimal(&'a str),
    /// `yyyy-mm-dd`.
    Date(&'a str),
    /// Milliseconds since 1970.
    Moment(i64),
    /// Number of a member or option.
    Choice(i64),
}

impl World {
    /// Loads the schemas and generates the demo data.
    pub(crate) fn generate(options: &SandboxOptions) -> Self {
        let bc = BusinessCentralSchema::load(&options.custom_tables);
        let dv = DataverseSchema::load(bc.tables.len(), &options.custom_tables);
        let seed = |number: usize| mix(options.seed ^ (u64::try_from(number).unwrap_or_default() << 40));
        let mut tables = Vec::new();
        for (position, table) in bc.tables.iter().enumerate() {
            // Tables that came later must not change the ids of those that were there before.
            let number = if position < bc.n_base_tables { position } else { position + LATER_SEEDS };
            tables.push(Table::new(seed(number), table.fields.iter().map(|_| 0)));
        }
        for (position, table) in dv.tables.iter().enumerate() {
            let defaults = table.info.attributes.iter().map(|attribute| attribute.kind().null_cell());
            tables.push(Table::new(seed(position + bc.n_base_tables), defaults));
        }
        let mut world = Self {
            schema: Arc::new(Schema { bc: Arc::new(bc), dv: Arc::new(dv) }),
            texts: TextPool::new(),
            tables,
            version: 1_000,
            local_currency: String::new(),
            caller: 0,
            orders: Orders::default(),
            keys: Mutex::default(),
            rights: KnownRights::default(),
            codes: Mutex::default(),
            webhooks: Webhooks::default(),
        };
        demo::fill(&mut world, options);
        world.tables.iter_mut().for_each(Table::open_level);
        world.warm_up();
        world
    }

    /// Makes beforehand what the first page of a large table would wait for: rows by the codes that ids are found by,
    /// and the order by key.
    fn warm_up(&self) {
        let schema = Arc::clone(&self.schema);
        let (bc, dv) = (&schema.bc, &schema.dv);
        let sets = bc.api.iter().chain(&bc.companion).chain(dv.tables.iter().map(|table| &table.set));
        for set in sets.filter(|set| self.table(set.table).is_some_and(|table| table.end() > LARGE)) {
            for property in &set.properties {
                match property.source {
                    Source::Id => {
                        self.orders.whole_table(self, set.table, &[(property, Direction::Ascending)]);
                    }
                    Source::IdOfCode { table, code, .. } => {
                        self.row_of_code(table, code, "");
                    }
                    _ => {}
                }
            }
        }
    }

    /// Does something that must be done as a whole: what it changed is taken back when it fails. Within another
    /// one it is a part of that, and can still be taken back alone.
    ///
    /// # Errors
    /// That of the work.
    pub(crate) fn atomically<T, E>(&mut self, work: impl FnOnce(&mut Self) -> Result<T, E>) -> Result<T, E> {
        let schema = Arc::clone(&self.schema);
        self.tables.iter_mut().for_each(Table::open_level);
        self.webhooks.begin();
        let outcome = work(self);
        if outcome.is_ok() {
            self.tables.iter_mut().for_each(Table::keep_level);
            self.webhooks.commit();
        } else {
            self.tables.iter_mut().for_each(Table::undo_level);
            self.webhooks.roll_back();
            self.schema = schema;
            self.forget_derived();
        }
        outcome
    }

    /// Forgets what was derived from the rows, after rows were taken back.
    pub(crate) fn forget_derived(&mut self) {
        self.codes.get_mut().unwrap_or_else(PoisonError::into_inner).clear();
        self.orders.forget_results();
    }

    /// Forgets the codes of a table's rows, after one of them was changed.
    pub(crate) fn forget_codes(&mut self, table: usize) {
        self.codes.get_mut().unwrap_or_else(PoisonError::into_inner).forget(table);
    }

    /// The next number of a change.
    pub(crate) fn next_version(&mut self) -> u32 {
        self.version = self.version.saturating_add(1);
        self.version
    }

    pub(crate) fn table(&self, position: usize) -> Option<&Table> {
        self.tables.get(position)
    }

    /// The value of a property of a row.
    pub(crate) fn value(&self, table: usize, row: u32, property: &Property, language: Language) -> Value<'_> {
        let Some(rows) = self.tables.get(table) else { return Value::Null };
        match &property.source {
            Source::Id => rows.id(row).map_or(Value::Null, Value::Guid),
            Source::Version => Value::Int(i64::from(rows.version(row))),
            Source::Created => Value::Moment(rows.created(row)),
            Source::Modified => Value::Moment(rows.modified(row)),
            Source::FixedGuid(id) => Value::Guid(*id),
            Source::FixedText(_) => Value::Text(""),
            Source::Blank => Value::blank(property.kind),
            Source::Column(column) => self.cell_value(rows.cell(row, *column), property),
            Source::Localized { english, french } => {
                let column = if language == Language::French { *french } else { *english };
                self.cell_value(rows.cell(row, column), property)
            }
            Source::IdOfCode { column, table, code, when } => {
                if when.is_some_and(|(column, cell)| rows.cell(row, column) != cell) {
                    return Value::Guid(Guid::ZERO);
                }
                Value::Guid(self.id_of_code(rows.cell(row, *column), *table, *code))
            }
            Source::LocalCurrency { column } => {
                match column.map(|column| rows.cell(row, column)).filter(|cell| *cell != 0) {
                    Some(cell) => Value::Text(self.texts.get(cell)),
                    None => Value::Text(&self.local_currency),
                }
            }
            Source::Reference { column, only } => {
                let reference = Reference::from_cell(rows.cell(row, *column));
                let wanted = reference.filter(|it| only.is_none_or(|only| only == it.target));
                wanted.and_then(|it| self.referenced(property, it)).map_or(Value::Null, Value::Guid)
            }
        }
    }

    /// The id of the row that a lookup points to, none if it was deleted.
    pub(crate) fn referenced(&self, property: &Property, reference: Reference) -> Option<Guid> {
        let table = self.target_table(property, reference.target)?;
        self.tables.get(table).filter(|table| table.is_alive(reference.row))?.id(reference.row)
    }

    /// Position of the table of one of a lookup's targets.
    pub(crate) fn target_table(&self, property: &Property, target: u32) -> Option<usize> {
        let name = usize::try_from(target).ok().and_then(|target| property.targets.get(target))?;
        self.schema.dv.by_logical_name(name).map(|table| table.set.table)
    }

    /// The row a lookup of a row points to, with the position of its table.
    pub(crate) fn follow(&self, table: usize, row: u32, property: &Property) -> Option<(Reference, usize)> {
        let Source::Reference { column, only } = &property.source else { return None };
        let reference = Reference::from_cell(self.tables.get(table)?.cell(row, *column))?;
        if only.is_some_and(|only| only != reference.target) {
            return None;
        }
        let target = self.target_table(property, reference.target)?;
        self.tables.get(target)?.is_alive(reference.row).then_some((reference, target))
    }

    fn cell_value(&self, cell: u32, property: &Property) -> Value<'_> {
        let kind = property.kind;
        if cell == NULL && kind.null_cell() == NULL {
            return Value::Null;
        }
        let blank = || if property.nullable { Value::Null } else { Value::blank(kind) };
        match kind {
            Kind::Text => Value::Text(self.texts.get(cell)),
            Kind::Boolean => Value::Boolean(cell != 0),
            Kind::Int => Value::Int(i64::from(cell.cast_signed())),
            Kind::BigInt => self.texts.get(cell).parse().map_or_else(|_| blank(), Value::Int),
            Kind::Choice => Value::Choice(i64::from(cell.cast_signed())),
            Kind::Decimal => Value::Decimal(self.texts.get(cell)),
            Kind::Date => Value::Date(self.texts.get(cell)),
            Kind::DateTime => parse_millis(self.texts.get(cell)).map_or_else(blank, Value::Moment),
            Kind::Guid => Guid::parse(self.texts.get(cell)).map_or_else(blank, Value::Guid),
            Kind::Lookup => Value::Null,
        }
    }

    fn id_of_code(&self, cell: u32, table: usize, code: usize) -> Guid {
        let text = self.texts.get(cell);
        if text.is_empty() {
            return Guid::ZERO;
        }
        let Some(rows) = self.tables.get(table) else { return Guid::ZERO };
        // Codes are interned, so the same number is the same text; in a small table that is found first.
        let small = (rows.end() <= 64).then(|| rows.rows_from(0).find(|row| rows.cell(*row, code) == cell));
        let row = small.flatten().or_else(|| self.row_of_code(table, code, text));
        row.and_then(|row| rows.id(row)).unwrap_or(Guid::ZERO)
    }

    /// The first row whose code column holds a text.
    pub(crate) fn row_of_code(&self, table: usize, code: usize, text: &str) -> Option<u32> {
        let rows = self.tables.get(table)?;
        let mut codes = self.codes.lock().unwrap_or_else(PoisonError::into_inner);
        codes.find((table, code), rows, &self.texts, text)
    }
}

impl Value<'_> {
    /// The value of a type that stands for "nothing" in Business Central (A46).
    pub(crate) fn blank(kind: Kind) -> Self {
        match kind {
            Kind::Guid | Kind::Lookup => Self::Guid(Guid::ZERO),
            Kind::Boolean => Self::Boolean(false),
            Kind::Int | Kind::BigInt => Self::Int(0),
            Kind::Choice => Self::Choice(0),
            Kind::Decimal => Self::Decimal("0"),
            Kind::Date => Self::Date(""),
            // Midnight of the first day of year one.
            Kind::DateTime => Self::Moment(-62_135_596_800_000),
            Kind::Text => Self::Text(""),
        }
    }
}
