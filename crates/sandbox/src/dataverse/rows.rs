//! Rows as JSON: selected properties, annotations (B7, B20 to B22), expanded rows (B28).

use rustc_hash::FxHashMap;

use super::expand::{Expansion, Related};
use super::format::{formatted, is_money, lookup_names};
use super::{Refusal, Target, errors};
use crate::odata::json;
use crate::schema::dataverse::DvTable;
use crate::schema::{Kind, Language, Property};
use crate::store::Guid;
use crate::wire::Request;
use crate::world::{Value, World};

/// Which annotations the caller wants (B7).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Annotations {
    pub(crate) formatted: bool,
    lookup_name: bool,
    navigation: bool,
    /// `totalrecordcount` and its companions (B27).
    pub(crate) counts: bool,
    /// `fetchxmlpagingcookie` (B29).
    pub(crate) paging_cookie: bool,
    /// `morerecords` (B29).
    pub(crate) more_records: bool,
}

impl Annotations {
    pub(crate) fn wanted(request: &Request<'_>) -> Self {
        let list = request.preference("odata.include-annotations").unwrap_or_default();
        let wants = |name: &str| {
            list.split(',').map(|it| it.trim().trim_matches('"')).any(|pattern| {
                match pattern.strip_suffix('*') {
                    Some(prefix) => name.starts_with(prefix),
                    None => pattern == name,
                }
            })
        };
        Self {
            formatted: wants("OData.Community.Display.V1.FormattedValue"),
            lookup_name: wants("Microsoft.Dynamics.CRM.lookuplogicalname"),
            navigation: wants("Microsoft.Dynamics.CRM.associatednavigationproperty"),
            counts: wants("Microsoft.Dynamics.CRM.totalrecordcount"),
            paging_cookie: wants("Microsoft.Dynamics.CRM.fetchxmlpagingcookie"),
            more_records: wants("Microsoft.Dynamics.CRM.morerecords"),
        }
    }
}

/// Whether a row is written as it is or damaged on purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    Right,
    /// The last property carries an object instead of its value.
    Malformed,
}

/// The weak tag of a row: its version (B20).
pub(crate) fn etag(world: &World, table: usize, row: u32) -> String {
    format!("W/\"{}\"", world.table(table).map_or(0, |table| table.version(row)))
}

/// The selected properties; the key is always there, and the currency with money (B20).
pub(crate) fn select<'a>(
    world: &World,
    table: &'a DvTable,
    names: Option<&[String]>,
) -> Result<Vec<&'a Property>, Refusal> {
    let set = &table.set;
    let Some(names) = names else { return Ok(set.properties.iter().collect()) };
    let mut chosen = vec![set.key];
    for name in names {
        if name == "*" {
            return Ok(set.properties.iter().collect());
        }
        let (position, property) =
            set.find(name).ok_or_else(|| errors::unknown_property(name, &set.entity_type))?;
        chosen.push(position);
        if is_money(world, set.table, property)
            && let Some((currency, _)) = set.find("_transactioncurrencyid_value")
        {
            chosen.push(currency);
        }
    }
    Ok(set.properties.iter().enumerate().filter(|(at, _)| chosen.contains(at)).map(|(_, it)| it).collect())
}

/// Writes rows of one table in one shape.
pub(crate) struct RowWriter<'a> {
    root: &'a str,
    table: &'a DvTable,
    properties: Vec<(&'a Property, Vec<u8>)>,
    expansions: &'a [Expansion<'a>],
    nested: Vec<RowWriter<'a>>,
    annotations: Annotations,
    language: Language,
}

impl<'a> RowWriter<'a> {
    pub(crate) fn new(
        target: &Target<'a>,
        table: &'a DvTable,
        properties: &[&'a Property],
        expansions: &'a [Expansion<'a>],
    ) -> Self {
        let named = properties.iter().map(|property| {
            let mut name = vec![b','];
            json::text(&mut name, &property.name);
            name.push(b':');
            (*property, name)
        });
        let nested = expansions.iter().map(|it| Self::new(target, it.table, &it.properties, &it.expansions));
        Self {
            root: target.root,
            table,
            properties: named.collect(),
            expansions,
            nested: nested.collect(),
            annotations: Annotations::wanted(target.request),
            language: Language::accepted(target.request.header("Accept-Language")),
        }
    }

    pub(crate) fn row(
        &self,
        out: &mut Vec<u8>,
        world: &World,
        row: u32,
        context: Option<&str>,
        shape: Shape,
    ) {
        let table = self.table.set.table;
        out.push(b'{');
        if let Some(context) = context {
            out.extend_from_slice(b"\"@odata.context\":");
            json::text(out, context);
            out.push(b',');
        }
        out.extend_from_slice(b"\"@odata.etag\":");
        json::text(out, &etag(world, table, row));
        let last = self.properties.len().saturating_sub(1);
        for (at, (property, name)) in self.properties.iter().enumerate() {
            let value = world.value(table, row, property, self.language);
            self.annotate(out, world, row, property, value);
            out.extend_from_slice(name);
            if shape == Shape::Malformed && at == last {
                out.extend_from_slice(b"{\"malformed\":true}");
            } else {
                write_value(out, value);
            }
        }
        for (expansion, writer) in self.expansions.iter().zip(&self.nested) {
            self.expanded(out, world, row, expansion, writer);
        }
        out.push(b'}');
    }

    fn expanded(
        &self,
        out: &mut Vec<u8>,
        world: &World,
        row: u32,
        expansion: &Expansion<'_>,
        writer: &RowWriter<'_>,
    ) {
        out.push(b',');
        json::text(out, &expansion.name);
        out.push(b':');
        match &expansion.related {
            Related::One { lookup, target } => {
                let found = world.follow(self.table.set.table, row, lookup);
                match found.filter(|(reference, _)| reference.target == *target) {
                    None => out.extend_from_slice(b"null"),
                    Some((reference, _)) if expansion.only_reference => {
                        let id = world.table(writer.table.set.table).and_then(|it| it.id(reference.row));
                        out.extend_from_slice(b"{\"@odata.id\":");
                        json::text(out, &row_address(self.root, writer.table, id.unwrap_or(Guid::ZERO)));
                        out.push(b'}');
                    }
                    Some((reference, _)) => writer.row(out, world, reference.row, None, Shape::Right),
                }
            }
            Related::Many { rows } => {
                out.push(b'[');
                for (at, related) in rows.get(&row).map(Vec::as_slice).unwrap_or_default().iter().enumerate()
                {
                    if at > 0 {
                        out.push(b',');
                    }
                    writer.row(out, world, *related, None, Shape::Right);
                }
                out.extend_from_slice(b"],");
                let id = world.table(self.table.set.table).and_then(|it| it.id(row)).unwrap_or(Guid::ZERO);
                let address = row_address(self.root, self.table, id);
                json::text(out, &format!("{}@odata.nextLink", expansion.name));
                out.push(b':');
                json::text(out, &format!("{address}/{}{}", expansion.name, expansion.query));
            }
        }
    }

    fn annotate(&self, out: &mut Vec<u8>, world: &World, row: u32, property: &Property, value: Value<'_>) {
        annotate(out, world, (self.table.set.table, row), (property, &property.name, value), self);
    }
}

/// The annotations of one value, each with a comma before it.
pub(crate) fn annotate(
    out: &mut Vec<u8>,
    world: &World,
    (table, row): (usize, u32),
    (property, name, value): (&Property, &str, Value<'_>),
    writer: &RowWriter<'_>,
) {
    annotate_as(out, world, (table, row), (property, name, value), (writer.annotations, writer.language));
}

/// The same for a value that goes by another name, as in FetchXML (B29).
pub(crate) fn annotate_as(
    out: &mut Vec<u8>,
    world: &World,
    (table, row): (usize, u32),
    (property, name, value): (&Property, &str, Value<'_>),
    (annotations, language): (Annotations, Language),
) {
    let mut write = |annotation: &str, text: &str| {
        out.push(b',');
        json::text(out, &format!("{name}@{annotation}"));
        out.push(b':');
        json::text(out, text);
    };
    if annotations.formatted
        && let Some(text) = formatted(world, table, row, property, value, language)
    {
        write("OData.Community.Display.V1.FormattedValue", &text);
    }
    if property.kind != Kind::Lookup || !(annotations.lookup_name || annotations.navigation) {
        return;
    }
    if let Some((navigation, name)) = lookup_names(world, table, row, property) {
        if annotations.navigation {
            write("Microsoft.Dynamics.CRM.associatednavigationproperty", &navigation);
        }
        if annotations.lookup_name {
            write("Microsoft.Dynamics.CRM.lookuplogicalname", &name);
        }
    }
}

/// One value; what is blank is null (B20).
pub(crate) fn write_value(out: &mut Vec<u8>, value: Value<'_>) {
    match value {
        Value::Text("") | Value::Decimal("") | Value::Date("") | Value::Null => {
            out.extend_from_slice(b"null");
        }
        Value::Text(text) | Value::Date(text) => json::text(out, text),
        Value::Guid(id) => json::guid(out, id),
        Value::Boolean(value) => json::boolean(out, value),
        Value::Int(value) | Value::Choice(value) => json::int(out, value),
        Value::Decimal(text) => out.extend_from_slice(text.as_bytes()),
        Value::Moment(millis) => json::moment(out, millis),
    }
}

/// The address of a row, such as `…/api/data/v9.2/accounts(guid)`.
pub(crate) fn row_address(root: &str, table: &DvTable, id: Guid) -> String {
    format!("{root}/{}({id})", table.info.entity_set)
}

/// Related rows by the row they belong to.
pub(crate) type Groups = FxHashMap<u32, Vec<u32>>;
