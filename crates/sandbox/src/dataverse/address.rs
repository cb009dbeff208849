//! Addresses of rows: by id, by primary key, by alternate key (B46), relative and absolute (B38, B44).

use super::{
    Links, MALFORMED_QUERY, Refusal, Target, key_index, name_and_key, refuse, table_of, unknown_property,
    unknown_row,
};
use crate::schema::dataverse::DvTable;
use crate::schema::{EntitySet, Property};
use crate::store::Guid;
use crate::wire::split_outside_quotes;
use crate::world::World;

/// A row's key as it stands in an address.
#[derive(Debug)]
pub(super) enum Key<'a> {
    Id(Guid),
    /// Properties of an alternate key with the values wanted.
    Alternate(Vec<(&'a Property, String)>),
}

impl<'a> Key<'a> {
    /// Reads what stands in the parentheses.
    pub(super) fn read(table: &'a DvTable, text: &str) -> Result<Self, Refusal> {
        let set = &table.set;
        let malformed = || {
            let message = format!("Bad Request - Error in query syntax: '{text}' is not a valid key.");
            refuse(400, MALFORMED_QUERY, &message)
        };
        if !text.contains('=') {
            return Guid::parse(text.trim().trim_matches('\'')).map(Self::Id).ok_or_else(malformed);
        }
        let mut named = Vec::new();
        for part in split_outside_quotes(text, &[',']) {
            let (name, value) = part.split_once('=').ok_or_else(malformed)?;
            let name = name.trim();
            let (_, property) = set.find(name).ok_or_else(|| unknown_property(name, &set.entity_type))?;
            let value = value.trim();
            let inside = value.strip_prefix('\'').and_then(|it| it.strip_suffix('\''));
            named.push((property, inside.map_or_else(|| value.to_owned(), |it| it.replace("''", "'"))));
        }
        let primary = set.properties.get(set.key).map_or("", |property| property.name.as_str());
        if let [(property, value)] = named.as_slice()
            && property.name == primary
            // B46: their key is ownerid, so they accept the bare id only.
            && !matches!(set.entity_type.as_str(), "systemuser" | "team")
        {
            return Guid::parse(value).map(Self::Id).ok_or_else(malformed);
        }
        let is_key = table.info.keys.iter().any(|key| {
            let same = |name: &String| named.iter().any(|(property, _)| property.column_name == *name);
            !key.failed && key.columns.len() == named.len() && key.columns.iter().all(same)
        });
        if !is_key {
            let message = "The specified key properties are not found in the entity.";
            return Err(refuse(400, MALFORMED_QUERY, message));
        }
        Ok(Self::Alternate(named))
    }

    /// The row, if there is one.
    pub(super) fn find(&self, world: &World, target: &Target<'_>) -> Result<Option<u32>, Refusal> {
        let set = &target.table.set;
        match self {
            Self::Id(id) => Ok(world.table(set.table).and_then(|table| table.find(*id))),
            Self::Alternate(named) => {
                let columns: Vec<&Property> = named.iter().map(|(property, _)| *property).collect();
                let values = named.iter().map(|(property, value)| {
                    key_index::value_wanted(property, value).ok_or_else(|| {
                        let message =
                            format!("The value '{value}' is not of the type of '{}'.", property.name);
                        refuse(400, MALFORMED_QUERY, &message)
                    })
                });
                let values = values.collect::<Result<Vec<String>, Refusal>>()?;
                Ok(key_index::find(world, target.table, &columns, &values, None))
            }
        }
    }

    fn missing(&self, set: &EntitySet) -> Refusal {
        match self {
            Self::Id(id) => unknown_row(&set.entity_type, *id),
            Self::Alternate(_) => {
                let message = format!(
                    "A record with the specified key values does not exist in {} entity",
                    set.entity_type
                );
                refuse(404, "0x80060891", &message)
            }
        }
    }
}

/// The row of a key, which must exist.
pub(super) fn existing_row(world: &World, target: &Target<'_>, key: &str) -> Result<u32, Refusal> {
    let key = Key::read(target.table, key)?;
    key.find(world, target)?.ok_or_else(|| key.missing(&target.table.set))
}

/// The row of an upsert, none when it is to be created; never one that must exist.
pub(super) fn missing_row(target: &Target<'_>, key: &Key<'_>) -> Refusal {
    key.missing(&target.table.set)
}

/// The row that an address in a body points to: `/contacts(guid)`, absolute, by alternate key, or `$1` for a row
/// that an earlier part of the change set made (B52).
pub(super) fn row_at<'a>(
    world: &'a World,
    target: &Target<'_>,
    address: &str,
) -> Result<(&'a DvTable, u32), Refusal> {
    let address = resolve_link(target.links, address)?;
    let malformed = || {
        let message = format!("The address '{address}' is not the address of a record.");
        refuse(400, super::errors::MALFORMED_PAYLOAD, &message)
    };
    let segments = split_outside_quotes(&address, &['/']);
    let (name, key) = name_and_key(segments.last().copied().unwrap_or_default());
    let key = key.ok_or_else(malformed)?;
    let table = table_of(&world.schema.dv, name)?;
    let there = Target { table, ..*target };
    Ok((table, existing_row(world, &there, key)?))
}

/// `$1` or `$1/…` into the address it stands for.
///
/// # Errors
/// When no part before this one has that Content-ID (B52).
pub(super) fn resolve_link(links: &Links, address: &str) -> Result<String, Refusal> {
    let plain = address.strip_prefix('/').unwrap_or(address);
    let Some(reference) = plain.strip_prefix('$').filter(|it| it.starts_with(|c: char| c.is_ascii_digit()))
    else {
        return Ok(address.to_owned());
    };
    let (id, rest) = reference.find('/').map_or((reference, ""), |at| reference.split_at(at));
    match links.get(id) {
        Some(address) => Ok(format!("{address}{rest}")),
        None => Err(refuse(
            400,
            MALFORMED_QUERY,
            &format!("Content-ID Reference: '${id}' does not exist in the batch context."),
        )),
    }
}
