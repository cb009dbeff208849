//! FetchXML (B29): `GET {set}?fetchXml=…`, with the conditions that clients send.

mod condition;
mod parse;
mod run;
mod write;

use super::errors::MALFORMED_QUERY;
use super::{Refusal, Target, refuse, security};
use crate::schema::privileges::Access;
use crate::wire::Response;
use crate::world::World;

/// Answers a query.
pub(super) fn answer(world: &World, target: &Target<'_>, xml: &str) -> Result<Response, Refusal> {
    let fetch = parse::fetch(xml)?;
    if fetch.entity.name != target.table.info.logical_name {
        let message = format!(
            "The entity '{}' of the query is not that of the set '{}'.",
            fetch.entity.name, target.table.info.entity_set
        );
        return Err(refuse(400, MALFORMED_QUERY, &message));
    }
    let plan = run::Plan::new(world, target, &fetch)?;
    for place in &plan.places {
        security::require(world, target, place.table, Access::Read)?;
    }
    let rows = plan.rows(world)?;
    write::answer(world, target, &fetch, &plan, &rows)
}

fn malformed(message: &str) -> Refusal {
    refuse(400, "0x80041103", &format!("Invalid XML. {message}"))
}
