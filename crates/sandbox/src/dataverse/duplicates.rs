//! Duplicate detection (B12): the published rules of a new environment, applied where a request switches them on.

use super::body::Changes;
use super::{Refusal, Target, key_index, refuse};
use crate::schema::Property;
use crate::world::World;

/// Tables with columns in which no two rows may be the same; a row where one of them is blank has no duplicate.
const RULES: [(&str, &[&str]); 3] =
    [("account", &["name"]), ("contact", &["emailaddress1"]), ("contact", &["firstname", "lastname"])];

/// Refuses a row that was just written when it looks like another one and the request wants to know.
pub(super) fn check(world: &World, target: &Target<'_>, row: u32, changes: &Changes) -> Result<(), Refusal> {
    let header = target.request.header("MSCRM.SuppressDuplicateDetection");
    if !header.is_some_and(|it| it.eq_ignore_ascii_case("false")) {
        return Ok(());
    }
    let info = &target.table.info;
    for (_, names) in RULES.iter().filter(|(table, _)| *table == info.logical_name) {
        let is_changed = |name: &&str| info.column(name).is_some_and(|column| changes.get(column).is_some());
        if !names.iter().any(is_changed) {
            continue;
        }
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let columns: Vec<&Property> = target.table.key_columns(&names);
        let Some(own) = key_index::values_of(world, target.table, row, &columns) else { continue };
        if key_index::find(world, target.table, &columns, &own, Some(row)).is_some() {
            let message = "A record was not created or updated because a duplicate of the current record \
                           already exists.";
            return Err(refuse(412, "0x80040333", message));
        }
    }
    Ok(())
}
