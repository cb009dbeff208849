//! Privileges on the wire: the functions that read those of a user, a team or a role, and the actions that change a
//! role's.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Value, json};

use super::address;
use super::associate::insert_pair;
use super::body::malformed;
use super::errors::JSON;
use super::security::{self, privilege_row, privileges_of_role, rights_of, roles_of_team};
use super::write::bury;
use super::{Refusal, Target, name_and_key, not_covered, unknown_segment};
use crate::odata::filter::intersect_rows;
use crate::schema::privileges::Access;
use crate::store::{Guid, Table};
use crate::wire::{Response, query_pairs};
use crate::world::World;

/// The bit of `privilegedepthmask` that means the whole organization.
const GLOBAL: u32 = 8;

/// GET on a function of a user or a team; `call` is its name without the namespace, with its arguments.
pub(super) fn function(
    world: &World,
    target: &Target<'_>,
    row: u32,
    call: &str,
) -> Result<Response, Refusal> {
    let (name, arguments) = name_and_key(call);
    let rights = |user: u32| {
        let mut privileges: Vec<u32> = rights_of(world, user).privileges.iter().copied().collect();
        privileges.sort_unstable();
        privileges
    };
    let privileges = match (name, target.table.info.logical_name.as_str()) {
        ("RetrieveUserPrivileges", "systemuser") => rights(row),
        ("RetrieveUserPrivilegeByPrivilegeName", "systemuser") => {
            let wanted = argument(target, arguments.unwrap_or_default(), "PrivilegeName")?;
            let wanted = privilege_row(world, wanted.trim_matches('\''));
            rights(row).into_iter().filter(|it| Some(*it) == wanted).collect()
        }
        ("RetrieveTeamPrivileges", "team") => {
            let roles = roles_of_team(world, row);
            let mut privileges: Vec<u32> =
                roles.into_iter().flat_map(|role| privileges_of_role(world, role)).collect();
            privileges.sort_unstable();
            privileges.dedup();
            privileges
        }
        ("RetrievePrincipalAccess", "systemuser" | "team") => {
            return principal_access(world, target, row, arguments.unwrap_or_default());
        }
        _ => return Err(unknown_segment(call)),
    };
    Ok(role_privileges(world, target.root, name, &privileges))
}

/// GET on `RetrieveRolePrivilegesRole(RoleId=…)`.
pub(super) fn of_role(world: &World, root: &str, arguments: &str) -> Result<Response, Refusal> {
    let id = arguments.strip_prefix("RoleId=").and_then(Guid::parse);
    let id = id.ok_or_else(|| malformed("RoleId is not the id of a role."))?;
    let row = rows(world, "role").and_then(|roles| roles.find(id));
    let row = row.ok_or_else(|| super::unknown_row("role", id))?;
    Ok(role_privileges(world, root, "RetrieveRolePrivilegesRole", &privileges_of_role(world, row)))
}

fn rows<'a>(world: &'a World, table: &str) -> Option<&'a Table> {
    world.table(world.schema.dv.by_logical_name(table)?.set.table)
}

/// The value of an argument; an alias stands for a query parameter.
fn argument(target: &Target<'_>, arguments: &str, name: &str) -> Result<String, Refusal> {
    let missing = || malformed(&format!("The parameter '{name}' is missing."));
    let (_, value) = arguments.split_once(&format!("{name}=")).ok_or_else(missing)?;
    if !value.starts_with('@') {
        return Ok(value.to_owned());
    }
    let pairs = query_pairs(target.request.query);
    pairs.into_iter().find(|(alias, _)| alias == value).map(|(_, value)| value).ok_or_else(missing)
}

fn name_of(world: &World, privilege: u32) -> &str {
    let info = world.schema.dv.by_logical_name("privilege");
    let column = info.and_then(|it| it.info.column("name")).unwrap_or(usize::MAX);
    world.texts.get(rows(world, "privilege").map_or(0, |rows| rows.cell(privilege, column)))
}

fn role_privileges(world: &World, root: &str, function: &str, privileges: &[u32]) -> Response {
    let id = |table: &str, row: u32| {
        rows(world, table).and_then(|rows| rows.id(row)).unwrap_or(Guid::ZERO).to_string()
    };
    let unit = id("businessunit", 0);
    let list = privileges.iter().map(|row| {
        json!({
            "Depth": "Global",
            "PrivilegeId": id("privilege", *row),
            "BusinessUnitId": unit,
            "PrivilegeName": name_of(world, *row),
            "RecordFilterId": Guid::ZERO.to_string(),
            "RecordFilterUniqueName": "",
        })
    });
    let list: Vec<Value> = list.collect();
    let context = format!("{root}/$metadata#Microsoft.Dynamics.CRM.{function}Response");
    let body = json!({"@odata.context": context, "RolePrivileges": list});
    Response::with_body(200, JSON, body.to_string().into_bytes()).header("OData-Version", "4.0")
}

/// `RetrievePrincipalAccess(Target=@t)?@t={"@odata.id":"accounts(…)"}`: what a user or a team may do with one record.
fn principal_access(
    world: &World,
    target: &Target<'_>,
    principal: u32,
    arguments: &str,
) -> Result<Response, Refusal> {
    #[derive(Deserialize)]
    struct Link {
        #[serde(rename = "@odata.id")]
        id: String,
    }
    let text = argument(target, arguments, "Target")?.replace('\'', "\"");
    let link: Link = serde_json::from_str(&text).map_err(|error| malformed(&error.to_string()))?;
    let (table, _) = address::row_at(world, target, &link.id)?;
    let is_allowed = |access: Access| {
        let privilege = table.info.privilege(access);
        if target.table.info.logical_name == "systemuser" {
            return rights_of(world, principal).allow(world, &privilege);
        }
        let wanted = privilege_row(world, &privilege);
        let mut roles = roles_of_team(world, principal).into_iter();
        wanted.is_some_and(|wanted| roles.any(|role| privileges_of_role(world, role).contains(&wanted)))
    };
    let allowed: Vec<String> = table
        .info
        .accesses()
        .filter(|access| is_allowed(*access))
        .map(|access| format!("{}Access", access.name()))
        .collect();
    let allowed = if allowed.is_empty() { "None".to_owned() } else { allowed.join(", ") };
    let context = format!("{}/$metadata#Microsoft.Dynamics.CRM.RetrievePrincipalAccessResponse", target.root);
    let body = json!({"@odata.context": context, "AccessRights": allowed});
    Ok(Response::with_body(200, JSON, body.to_string().into_bytes()).header("OData-Version", "4.0"))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Wanted {
    depth: String,
    privilege_id: String,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct Change {
    privileges: Vec<Wanted>,
    privilege_id: String,
}

/// POST on an action of a role; none when the name is none of theirs.
pub(super) fn change_role(
    world: &mut World,
    target: &Target<'_>,
    role: u32,
    action: &str,
) -> Result<Response, Refusal> {
    if target.table.info.logical_name != "role"
        || !matches!(action, "AddPrivilegesRole" | "ReplacePrivilegesRole" | "RemovePrivilegeRole")
    {
        return Err(unknown_segment(action));
    }
    security::require(world, target, target.table, Access::Write)?;
    let change: Change =
        serde_json::from_slice(target.request.body).map_err(|error| malformed(&error.to_string()))?;
    let named = |id: &str| {
        let row = Guid::parse(id).and_then(|id| rows(world, "privilege")?.find(id));
        row.ok_or_else(|| malformed(&format!("There is no privilege '{id}'.")))
    };
    let mut wanted = Vec::new();
    for privilege in &change.privileges {
        if privilege.depth != "Global" && privilege.depth != "3" {
            return Err(not_covered("B55 (privileges of less than the whole organization)"));
        }
        wanted.push(named(&privilege.privilege_id)?);
    }
    let had = privileges_of_role(world, role);
    let dropped: Vec<u32> = match action {
        "RemovePrivilegeRole" => vec![named(&change.privilege_id)?],
        "ReplacePrivilegesRole" => had.iter().copied().filter(|it| !wanted.contains(it)).collect(),
        _ => Vec::new(),
    };
    for privilege in dropped {
        remove(world, target, (role, privilege));
    }
    let moment = target.call.now_ms.div_euclid(1_000) * 1_000;
    for privilege in wanted.into_iter().filter(|it| !had.contains(it)) {
        grant(world, (role, privilege), moment);
    }
    Ok(Response::empty(204).header("OData-Version", "4.0"))
}

fn remove(world: &mut World, target: &Target<'_>, pair: (u32, u32)) {
    let schema = Arc::clone(&world.schema);
    let association = schema.dv.associations.iter().find(|it| it.name == "roleprivileges_association");
    let Some((association, table)) = association.zip(schema.dv.by_logical_name("roleprivileges")) else {
        return;
    };
    for (row, role, privilege) in intersect_rows(world, association) {
        if (role, privilege) == pair {
            bury(world, &Target { table, ..*target }, row);
        }
    }
}

/// Gives a privilege to a role, for the whole organization.
pub(crate) fn grant(world: &mut World, pair: (u32, u32), moment: i64) {
    let schema = Arc::clone(&world.schema);
    let association = schema.dv.associations.iter().find(|it| it.name == "roleprivileges_association");
    let row = association.and_then(|it| insert_pair(world, it, pair, moment));
    let table = schema.dv.by_logical_name("roleprivileges");
    let Some(((table, row), depth)) =
        table.zip(row).zip(table.and_then(|it| it.info.column("privilegedepthmask")))
    else {
        return;
    };
    if let Some(rows) = world.tables.get_mut(table.set.table) {
        rows.set(row, depth, GLOBAL);
    }
}
