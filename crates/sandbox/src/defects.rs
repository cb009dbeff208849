//! Defects of an installation on demand: what administrators forget, switch off or delete, so that a test can see which
//! check finds it. What goes wrong on the wire is in `faults`.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::dataverse::{give_roles, insert_pair, role_named};
use crate::odata::filter::intersect_rows;
use crate::schema::privileges::privilege_id;
use crate::store::{Reference, Table};
use crate::world::World;

/// The solution that makes the tables of the integration (B19).
const SOLUTION: &str = "bcbi_CdsBaseIntegration";
/// A currency of the demo data that is not the local one.
const OTHER_CURRENCY: &str = "EUR";
const GENERAL_LEDGER_SETUP: u32 = 98;

/// One defect; [`Sandbox::reset`](crate::Sandbox::reset) mends them all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Defect {
    /// The base integration solution was removed (S7.6).
    SolutionMissing,
    /// It is older than version 1 (S7.6).
    SolutionOld,
    /// The connected user is disabled (S7.6).
    UserDisabled,
    /// The connected user is a person without a licence (A15).
    UserUnlicensed,
    /// The connected user is a person who also works with the rows (S2.8).
    UserPersonal,
    /// The connected user has no role at all.
    RolesMissing,
    /// The connected user has the integration role only through a team (S7.6).
    RoleOnlyThroughTeam,
    /// The connected user is a System Administrator (S7.6).
    Administrator,
    /// No role has this privilege, such as `prvCreateAccount` (B55).
    PrivilegeMissing(String),
    /// No company has a row in Dataverse (S7.5).
    CompanyRowMissing,
    /// The row is that of another company: the company was created anew, or a copy of it is connected (S7.5).
    CompanyRowForeign,
    /// The company's row names no owning team (S7.5-b).
    OwningTeamMissing,
    /// The owning team lost the integration role (S7.6).
    OwningTeamWithoutRole,
    /// The owning team's business unit is disabled (S7.6).
    BusinessUnitDisabled,
    /// Dataverse does not have Business Central's local currency; its base currency is another one (S7.7).
    CurrencyMissing,
    /// Business Central's local currency is inactive in Dataverse (S7.7).
    CurrencyInactive,
    /// The base currency is not Business Central's local currency, but both are there (S7.7).
    BaseCurrencyOther,
    /// Business Central's General Ledger Setup names no local currency (S7.7).
    LocalCurrencyBlank,
    /// Nothing is audited (P-27 of the features).
    OrganizationAuditOff,
    /// The table of this logical name is not audited.
    AuditOff(String),
    /// Changes of the table of this logical name are not tracked (B48).
    ChangeTrackingOff(String),
    /// The companion extension was uninstalled (A67).
    CompanionMissing,
}

/// The world while it is damaged.
struct Site<'w> {
    world: &'w mut World,
    moment: i64,
}

/// Does the damage; none when the demo data lacks what was to be damaged. The companion is not among the data.
pub(crate) fn damage(world: &mut World, defect: &Defect, now_ms: i64) -> Option<()> {
    let mut site = Site { world, moment: now_ms.div_euclid(1_000) * 1_000 };
    match defect {
        Defect::SolutionMissing => site.delete("solution", site.find("solution", "uniquename", SOLUTION)?),
        Defect::SolutionOld => {
            site.set_text("solution", site.find("solution", "uniquename", SOLUTION)?, "version", "0.9.0.0")
        }
        Defect::UserDisabled => site.set("systemuser", site.world.caller, "isdisabled", 1),
        Defect::UserUnlicensed => site.set_user([0, 0, 0]),
        Defect::UserPersonal => site.set_user([1, 0, 0]),
        Defect::RolesMissing => site.set_roles(&[]),
        Defect::RoleOnlyThroughTeam => site.role_through_team(),
        Defect::Administrator => {
            let role = role_named(site.world, "System Administrator")?;
            site.pair("systemuserroles_association", (site.world.caller, role))
        }
        Defect::PrivilegeMissing(name) => site.take_privilege(name),
        Defect::CompanyRowMissing => site.delete_all("bcbi_company"),
        Defect::CompanyRowForeign => {
            site.set_text("bcbi_company", 0, "bcbi_externalid", "0bcc0003-5a5a-4c11-8a00-00000000c003")
        }
        Defect::OwningTeamMissing => site.set("bcbi_company", 0, "bcbi_defaultowningteam", 0),
        Defect::OwningTeamWithoutRole => {
            let team = site.owning_team()?;
            site.unpair("teamroles_association", "teamroles", |first, _| first == team)
        }
        Defect::BusinessUnitDisabled => {
            let unit = site.reference("team", site.owning_team()?, "businessunitid")?;
            site.set("businessunit", unit, "isdisabled", 1)
        }
        Defect::CurrencyMissing => {
            let row = site.local_currency()?;
            site.other_base()?;
            site.delete("transactioncurrency", row)
        }
        Defect::CurrencyInactive => {
            let row = site.local_currency()?;
            site.set("transactioncurrency", row, "statecode", 1)?;
            site.set("transactioncurrency", row, "statuscode", 2)
        }
        Defect::BaseCurrencyOther => site.other_base(),
        Defect::LocalCurrencyBlank => site.no_local_currency(),
        Defect::OrganizationAuditOff => site.set("organization", 0, "isauditenabled", 0),
        Defect::AuditOff(table) => site.set_metadata(table, |info| info.audited = false),
        Defect::ChangeTrackingOff(table) => site.set_metadata(table, |info| info.change_tracking = false),
        Defect::CompanionMissing => Some(()),
    }
}

impl Site<'_> {
    fn rows(&self, table: &str) -> Option<(usize, &Table)> {
        let position = self.world.schema.dv.by_logical_name(table)?.set.table;
        Some((position, self.world.table(position)?))
    }

    fn column(&self, table: &str, name: &str) -> Option<usize> {
        self.world.schema.dv.by_logical_name(table)?.info.column(name)
    }

    /// The first row whose column holds this text.
    fn find(&self, table: &str, name: &str, text: &str) -> Option<u32> {
        let column = self.column(table, name)?;
        let (_, rows) = self.rows(table)?;
        rows.rows_from(0).find(|row| self.world.texts.get(rows.cell(*row, column)) == text)
    }

    fn set(&mut self, table: &str, row: u32, name: &str, cell: u32) -> Option<()> {
        let (column, (position, _)) = (self.column(table, name)?, self.rows(table)?);
        let version = self.world.next_version();
        let rows = self.world.tables.get_mut(position)?;
        rows.touch(row, self.moment, version);
        rows.set(row, column, cell);
        Some(())
    }

    fn set_text(&mut self, table: &str, row: u32, name: &str, text: &str) -> Option<()> {
        let cell = self.world.texts.intern(text);
        self.set(table, row, name, cell)
    }

    fn delete(&mut self, table: &str, row: u32) -> Option<()> {
        let (position, _) = self.rows(table)?;
        let version = self.world.next_version();
        let rows = self.world.tables.get_mut(position)?;
        rows.touch(row, self.moment, version);
        rows.delete(row);
        Some(())
    }

    fn delete_all(&mut self, table: &str) -> Option<()> {
        let rows: Vec<u32> = self.rows(table)?.1.rows_from(0).collect();
        rows.into_iter().try_for_each(|row| self.delete(table, row))
    }

    /// The row that a lookup points to.
    fn reference(&self, table: &str, row: u32, name: &str) -> Option<u32> {
        let column = self.column(table, name)?;
        let (_, rows) = self.rows(table)?;
        Reference::from_cell(rows.cell(row, column)).map(|it| it.row)
    }

    fn pair(&mut self, association: &str, pair: (u32, u32)) -> Option<()> {
        let schema = Arc::clone(&self.world.schema);
        let found = schema.dv.associations.iter().find(|it| it.name == association)?;
        insert_pair(self.world, found, pair, self.moment);
        Some(())
    }

    /// Removes the pairs of a relationship that are wanted away.
    fn unpair(&mut self, association: &str, table: &str, away: impl Fn(u32, u32) -> bool) -> Option<()> {
        let schema = Arc::clone(&self.world.schema);
        let found = schema.dv.associations.iter().find(|it| it.name == association)?;
        for (row, first, second) in intersect_rows(self.world, found) {
            if away(first, second) {
                self.delete(table, row)?;
            }
        }
        Some(())
    }

    /// Makes the connected user a person: licensed or not, marked as integration user or not, access mode.
    fn set_user(&mut self, [licensed, integration, access]: [u32; 3]) -> Option<()> {
        let caller = self.world.caller;
        self.set("systemuser", caller, "islicensed", licensed)?;
        self.set("systemuser", caller, "isintegrationuser", integration)?;
        self.set("systemuser", caller, "accessmode", access)
    }

    fn set_roles(&mut self, names: &[&str]) -> Option<()> {
        let roles: Option<Vec<u32>> = names.iter().map(|name| role_named(self.world, name)).collect();
        give_roles(self.world, self.world.caller, &roles?, self.moment);
        Some(())
    }

    fn role_through_team(&mut self) -> Option<()> {
        self.set_roles(&["Delegate"])?;
        self.pair("teammembership_association", (self.owning_team()?, self.world.caller))
    }

    fn take_privilege(&mut self, name: &str) -> Option<()> {
        let wanted = self.rows("privilege")?.1.find(privilege_id(name))?;
        self.unpair("roleprivileges_association", "roleprivileges", |_, privilege| privilege == wanted)
    }

    fn owning_team(&self) -> Option<u32> {
        self.reference("bcbi_company", 0, "bcbi_defaultowningteam")
    }

    fn local_currency(&self) -> Option<u32> {
        self.find("transactioncurrency", "isocurrencycode", &self.world.local_currency)
    }

    fn other_base(&mut self) -> Option<()> {
        let row = self.find("transactioncurrency", "isocurrencycode", OTHER_CURRENCY)?;
        self.set("organization", 0, "basecurrencyid", Reference { target: 0, row }.to_cell())
    }

    fn no_local_currency(&mut self) -> Option<()> {
        let schema = Arc::clone(&self.world.schema);
        let position = schema.bc.tables.iter().position(|table| table.no == GENERAL_LEDGER_SETUP)?;
        let column = schema.bc.tables.get(position)?.column("LCY Code")?;
        let cell = self.world.texts.intern("");
        self.world.tables.get_mut(position)?.set(0, column, cell);
        self.world.local_currency.clear();
        Some(())
    }

    fn set_metadata(
        &mut self,
        table: &str,
        change: impl FnOnce(&mut crate::schema::dataverse::TableInfo),
    ) -> Option<()> {
        let schema = Arc::make_mut(&mut self.world.schema);
        let schema = Arc::make_mut(&mut schema.dv);
        schema.version += 1;
        let found = schema.tables.iter_mut().find(|it| it.info.logical_name == table)?;
        change(&mut found.info);
        Some(())
    }
}
