//! Who may do what (B11, B55): users, their roles and those of their teams, the privileges of roles. All privileges are
//! those of the organization; narrower depths are not simulated.

use std::sync::{Arc, Mutex, PoisonError};

use rustc_hash::{FxHashMap, FxHashSet};

use super::associate::insert_pair;
use super::body::{Changes, NewCell};
use super::{Refusal, Target, refuse};
use crate::odata::filter::intersect_rows;
use crate::schema::Kind;
use crate::schema::dataverse::DvTable;
use crate::schema::privileges::Access;
use crate::store::{Guid, Reference, TextId};
use crate::world::World;

/// The role that has every privilege, whatever is said of it.
const ADMINISTRATOR: &str = "System Administrator";
/// B55: a privilege is missing.
const MISSING_PRIVILEGE: &str = "0x80040220";
/// A user who has no role at all, not even through a team.
const NO_ROLES: &str = "0x80042f09";
/// The tables that privileges follow from.
const TABLES: [&str; 5] = ["role", "systemuserroles", "teamroles", "teammembership", "roleprivileges"];

/// What one user may do.
#[derive(Debug, Default)]
pub(super) struct Rights {
    /// Rows of `role`, those of teams too.
    roles: Vec<u32>,
    is_administrator: bool,
    /// Rows of `privilege`.
    pub(super) privileges: FxHashSet<u32>,
    /// Names of privileges.
    names: FxHashSet<TextId>,
}

impl Rights {
    /// Whether a privilege is among them.
    pub(super) fn allow(&self, world: &World, privilege: &str) -> bool {
        self.is_administrator || world.texts.find(privilege).is_some_and(|name| self.names.contains(&name))
    }
}

/// The rights of the users who asked for something lately, as long as nothing changes about them.
#[derive(Debug, Default)]
pub(crate) struct KnownRights {
    known: Mutex<Known>,
}

#[derive(Debug, Default)]
struct Known {
    /// Where the logs of [`TABLES`] stood.
    positions: Vec<u64>,
    of_users: FxHashMap<u32, Arc<Rights>>,
}

/// What a user may do.
pub(super) fn rights_of(world: &World, user: u32) -> Arc<Rights> {
    let position = |name: &&str| table(world, name).map_or(0, crate::store::Table::position);
    let positions: Vec<u64> = TABLES.iter().map(position).collect();
    let mut known = world.rights.known.lock().unwrap_or_else(PoisonError::into_inner);
    if known.positions != positions {
        *known = Known { positions, of_users: FxHashMap::default() };
    }
    Arc::clone(known.of_users.entry(user).or_insert_with(|| Arc::new(find_rights(world, user))))
}

fn table<'a>(world: &'a World, name: &str) -> Option<&'a crate::store::Table> {
    world.table(world.schema.dv.by_logical_name(name)?.set.table)
}

fn pairs(world: &World, association: &str) -> Vec<(u32, u32)> {
    let found = world.schema.dv.associations.iter().find(|it| it.name == association);
    let rows = found.map(|it| intersect_rows(world, it)).unwrap_or_default();
    rows.into_iter().map(|(_, first, second)| (first, second)).collect()
}

fn find_rights(world: &World, user: u32) -> Rights {
    let mut roles: Vec<u32> = roles_of_user(world, user);
    let teams = pairs(world, "teammembership_association").into_iter();
    for (team, _) in teams.filter(|(_, member)| *member == user) {
        roles.extend(roles_of_team(world, team));
    }
    roles.sort_unstable();
    roles.dedup();
    let name = |role: u32| {
        let info = world.schema.dv.by_logical_name("role")?;
        let cell = world.table(info.set.table)?.cell(role, info.info.column("name")?);
        Some(world.texts.get(cell))
    };
    let is_administrator = roles.iter().any(|role| name(*role) == Some(ADMINISTRATOR));
    let of_roles: FxHashSet<u32> = pairs(world, "roleprivileges_association")
        .into_iter()
        .filter(|(role, _)| roles.contains(role))
        .map(|(_, privilege)| privilege)
        .collect();
    let all = table(world, "privilege").into_iter().flat_map(|rows| rows.rows_from(0));
    let privileges: FxHashSet<u32> = all.filter(|row| is_administrator || of_roles.contains(row)).collect();
    let info = world.schema.dv.by_logical_name("privilege");
    let column = info.and_then(|it| it.info.column("name")).unwrap_or(usize::MAX);
    let name = |row: &u32| table(world, "privilege").map_or(0, |rows| rows.cell(*row, column));
    let names = privileges.iter().map(name).collect();
    Rights { roles, is_administrator, privileges, names }
}

/// The roles that a user has without any team.
fn roles_of_user(world: &World, user: u32) -> Vec<u32> {
    let roles = pairs(world, "systemuserroles_association").into_iter();
    roles.filter(|(it, _)| *it == user).map(|(_, role)| role).collect()
}

/// The roles of a team.
pub(super) fn roles_of_team(world: &World, team: u32) -> Vec<u32> {
    let roles = pairs(world, "teamroles_association").into_iter();
    roles.filter(|(it, _)| *it == team).map(|(_, role)| role).collect()
}

/// The privileges of a role, as rows of `privilege`.
pub(super) fn privileges_of_role(world: &World, role: u32) -> Vec<u32> {
    let privileges = pairs(world, "roleprivileges_association").into_iter();
    privileges.filter(|(it, _)| *it == role).map(|(_, privilege)| privilege).collect()
}

/// Refuses what the caller, or the user who acts for them, may not do (B11: both need the privilege).
pub(super) fn require(
    world: &World,
    target: &Target<'_>,
    table: &DvTable,
    access: Access,
) -> Result<(), Refusal> {
    if !table.info.accesses().any(|it| it == access) {
        return Ok(());
    }
    let privilege = table.info.privilege(access);
    for user in std::iter::once(target.caller).chain(target.delegate) {
        check(world, user, &privilege, Some(table))?;
    }
    Ok(())
}

/// What the lookups among some changes need: pointing from a row of this table to one of another, or giving it to
/// another owner.
pub(super) fn require_lookups(world: &World, target: &Target<'_>, changes: &Changes) -> Result<(), Refusal> {
    let dv = &world.schema.dv;
    for (column, cell) in &changes.cells {
        let attribute = target.table.info.attributes.get(*column).filter(|it| it.kind() == Kind::Lookup);
        let NewCell::Number(cell) = cell else { continue };
        let Some((attribute, reference)) = attribute.zip(Reference::from_cell(*cell)) else { continue };
        if attribute.name == "ownerid" {
            let is_own = (reference.target, reference.row) == (0, target.caller);
            if !is_own {
                require(world, target, target.table, Access::Assign)?;
            }
            continue;
        }
        let name = usize::try_from(reference.target).ok().and_then(|at| attribute.targets.get(at));
        if let Some(there) = name.and_then(|name| dv.by_logical_name(name)) {
            require(world, target, target.table, Access::Append)?;
            require(world, target, there, Access::AppendTo)?;
        }
    }
    Ok(())
}

/// Refuses a user without a privilege.
pub(super) fn check(
    world: &World,
    user: u32,
    privilege: &str,
    about: Option<&DvTable>,
) -> Result<(), Refusal> {
    let rights = rights_of(world, user);
    if rights.allow(world, privilege) {
        return Ok(());
    }
    let id = |name: &str, row: u32| table(world, name).and_then(|rows| rows.id(row)).unwrap_or(Guid::ZERO);
    let user_id = id("systemuser", user);
    if rights.roles.is_empty() {
        let message = format!("The user with id {user_id} has not been assigned any roles.");
        return Err(refuse(403, NO_ROLES, &message));
    }
    let privilege_id = id("privilege", privilege_row(world, privilege).unwrap_or(u32::MAX));
    let entity = about.map_or_else(String::new, |table| {
        let (code, name) = (table.info.object_type_code, &table.info.logical_name);
        format!(" on OTC={code} for entity '{name}' (LocalizedName='{}')", table.info.label)
    });
    let (roles, count) = (rights.roles.len(), rights.privileges.len());
    let message = format!(
        "Principal user (Id={user_id}, type=8, roleCount={roles}, privilegeCount={count}) is missing {privilege} \
         privilege (Id={privilege_id}){entity}. context.Caller={user_id}. Consider adding missed privilege to one \
         of the principal (user/team) roles."
    );
    Err(refuse(403, MISSING_PRIVILEGE, &message))
}

/// The row of a privilege by its name.
pub(super) fn privilege_row(world: &World, name: &str) -> Option<u32> {
    let info = world.schema.dv.by_logical_name("privilege")?;
    let (rows, column) = (world.table(info.set.table)?, info.info.column("name")?);
    let name = world.texts.find(name)?;
    rows.rows_from(0).find(|row| rows.cell(*row, column) == name)
}

/// The row of a role by its name.
pub(crate) fn role_named(world: &World, name: &str) -> Option<u32> {
    let info = world.schema.dv.by_logical_name("role")?;
    let (rows, column) = (world.table(info.set.table)?, info.info.column("name")?);
    rows.rows_from(0).find(|row| world.texts.get(rows.cell(*row, column)) == name)
}

/// The row of a user by full name or domain name.
pub(crate) fn user_named(world: &World, name: &str) -> Option<u32> {
    let info = world.schema.dv.by_logical_name("systemuser")?;
    let rows = world.table(info.set.table)?;
    let columns = [info.info.column("fullname")?, info.info.column("domainname")?];
    rows.rows_from(0)
        .find(|row| columns.iter().any(|column| world.texts.get(rows.cell(*row, *column)) == name))
}

/// Takes all roles from a user and gives these instead.
pub(crate) fn give_roles(world: &mut World, user: u32, roles: &[u32], moment: i64) {
    let schema = Arc::clone(&world.schema);
    let association = schema.dv.associations.iter().find(|it| it.name == "systemuserroles_association");
    let Some((association, table)) = association.zip(schema.dv.by_logical_name("systemuserroles")) else {
        return;
    };
    for (row, of, _) in intersect_rows(world, association) {
        let version = world.next_version();
        if let Some(rows) = world.tables.get_mut(table.set.table).filter(|_| of == user) {
            rows.touch(row, moment, version);
            rows.delete(row);
        }
    }
    for role in roles {
        insert_pair(world, association, (user, *role), moment);
    }
}
