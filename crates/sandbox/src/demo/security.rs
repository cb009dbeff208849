//! Privileges and roles of Dataverse, who has which, and the ids that Microsoft Entra knows the users by.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::Scale;
use super::dataverse::whole_seconds;
use crate::dataverse::{grant, insert_pair, role_named};
use crate::schema::dataverse::TableInfo;
use crate::schema::privileges::{ACT_ON_BEHALF, Access, privilege_id};
use crate::store::{Guid, Reference, Table};
use crate::world::World;

/// The roles of the user who connects Business Central, with the ids they have everywhere (S7.6, S7.20).
const INTEGRATION: [(&str, &str); 3] = [
    ("Business Central Integration", "a2b18661-9ff5-e911-a812-000d3a0b9028"),
    ("Business Central Integration Administrator", "8c8d4f51-a72b-e511-80d9-3863bb349780"),
    ("Integration User", "6f960e32-a72b-e511-80d9-3863bb349780"),
];
/// Lets an application act for other users (B11).
const DELEGATE: &str = "Delegate";
const SALESPERSON: &str = "Salesperson";

/// What a salesperson does not change: what administrators and Business Central keep.
const KEPT_BY_OTHERS: [&str; 18] = [
    "businessunit",
    "bcbi_company",
    "cdm_company",
    "discount",
    "discounttype",
    "nav_connection",
    "organization",
    "pricelevel",
    "privilege",
    "product",
    "productpricelevel",
    "role",
    "solution",
    "systemuser",
    "team",
    "transactioncurrency",
    "uom",
    "uomschedule",
];

/// Fills the tables. The roles of the first day are there already.
pub(super) fn fill(world: &mut World, scale: &Scale) {
    object_ids(world, scale);
    privileges(world, scale);
    let integration = INTEGRATION.map(|(name, id)| role(world, scale, name, Guid::parse(id)));
    let delegate = role(world, scale, DELEGATE, None);
    let Some(salesperson) = role_named(world, SALESPERSON) else { return };
    let [base, ..] = integration;
    for privilege in names(world, |_, _| true) {
        give(world, scale, base, &privilege);
    }
    for privilege in names(world, is_for_salespeople) {
        give(world, scale, salesperson, &privilege);
    }
    give(world, scale, delegate, ACT_ON_BEHALF);
    members(world, scale, (&integration, delegate, salesperson));
}

fn is_for_salespeople(table: &TableInfo, access: Access) -> bool {
    match access {
        Access::Read | Access::AppendTo => true,
        Access::Delete | Access::Share => false,
        _ => !KEPT_BY_OTHERS.contains(&table.logical_name.as_str()),
    }
}

/// Names of the privileges that are wanted on every table they are for: some tables share them.
fn names(world: &World, is_wanted: impl Fn(&TableInfo, Access) -> bool) -> Vec<String> {
    let (mut wanted, mut unwanted) = (BTreeSet::new(), BTreeSet::new());
    for table in &world.schema.dv.tables {
        for access in table.info.accesses() {
            let list = if is_wanted(&table.info, access) { &mut wanted } else { &mut unwanted };
            list.insert(table.info.privilege(access));
        }
    }
    wanted.difference(&unwanted).cloned().collect()
}

/// Users with a licence sell; the caller integrates; the teams that own companies' rows may own them.
fn members(world: &mut World, scale: &Scale, (integration, delegate, salesperson): (&[u32], u32, u32)) {
    let schema = Arc::clone(&world.schema);
    let Some(users) = schema.dv.by_logical_name("systemuser") else { return };
    let flags = ["isdisabled", "islicensed"].map(|it| users.info.column(it).unwrap_or(usize::MAX));
    let caller = world.caller;
    for user in 0..world.table(users.set.table).map_or(0, Table::end) {
        let sells = flags.map(|column| world.cell(users.set.table, user, column)) == [0, 1];
        let roles: Vec<u32> = match user {
            _ if user == caller => integration.iter().copied().chain([delegate]).collect(),
            _ if sells => vec![salesperson],
            _ => Vec::new(),
        };
        for role in roles {
            pair(world, scale, "systemuserroles_association", (user, role));
        }
    }
    let teams = world.table(world.dv("team")).map_or(0, Table::end);
    let base = integration.first().copied().unwrap_or_default();
    // The first is the default team of the root unit.
    for team in 1..teams {
        pair(world, scale, "teamroles_association", (team, base));
    }
}

/// A deterministic id for each user.
fn object_ids(world: &mut World, scale: &Scale) {
    let schema = Arc::clone(&world.schema);
    let Some(users) = schema.dv.by_logical_name("systemuser") else { return };
    let column = users.info.column("azureactivedirectoryobjectid").unwrap_or(usize::MAX);
    for user in 0..world.table(users.set.table).map_or(0, Table::end) {
        let id = Guid::of_row(scale.seed ^ 0x0b1ec7, user).to_string();
        world.put_text(users.set.table, user, column, &id);
    }
}

fn privileges(world: &mut World, scale: &Scale) {
    let schema = Arc::clone(&world.schema);
    let table = world.dv("privilege");
    let Some(info) = schema.dv.by_logical_name("privilege") else { return };
    let column = |name: &str| info.info.column(name).unwrap_or(usize::MAX);
    let add = |world: &mut World, name: &str, right: u32, is_owned: bool| {
        let id = privilege_id(name);
        if world.table(table).is_some_and(|rows| rows.find(id).is_some()) {
            return;
        }
        let row = world.new_row(table, Some(id), (scale.now_ms, scale.now_ms));
        world.put_text(table, row, column("name"), name);
        world.put(table, row, column("accessright"), right);
        for (depth, can_be) in [
            ("canbebasic", is_owned),
            ("canbelocal", is_owned),
            ("canbedeep", is_owned),
            ("canbeglobal", true),
        ] {
            world.put(table, row, column(depth), u32::from(can_be));
        }
    };
    for it in &schema.dv.tables {
        for access in it.info.accesses() {
            add(world, &it.info.privilege(access), access.right(), it.info.ownership == "UserOwned");
        }
    }
    add(world, ACT_ON_BEHALF, 0, false);
}

fn role(world: &mut World, scale: &Scale, name: &str, id: Option<Guid>) -> u32 {
    let schema = Arc::clone(&world.schema);
    let table = world.dv("role");
    let row = world.new_row(table, id, whole_seconds(scale.moments(&mut scale.dice(56, 0))));
    let Some(info) = schema.dv.by_logical_name("role") else { return row };
    world.put_text(table, row, info.info.column("name").unwrap_or(usize::MAX), name);
    let unit = Reference { target: 0, row: 0 }.to_cell();
    world.put(table, row, info.info.column("businessunitid").unwrap_or(usize::MAX), unit);
    row
}

fn give(world: &mut World, scale: &Scale, role: u32, privilege: &str) {
    let found = world.table(world.dv("privilege")).and_then(|rows| rows.find(privilege_id(privilege)));
    if let Some(found) = found {
        grant(world, (role, found), scale.now_ms.div_euclid(1_000) * 1_000);
    }
}

/// Adds a pair to a relationship.
fn pair(world: &mut World, scale: &Scale, association: &str, rows: (u32, u32)) {
    let schema = Arc::clone(&world.schema);
    if let Some(found) = schema.dv.associations.iter().find(|it| it.name == association) {
        insert_pair(world, found, rows, scale.now_ms.div_euclid(1_000) * 1_000);
    }
}
