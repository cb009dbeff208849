//! The checks and what they can find, as data: code, system, and the number of the rule or fact that each rests on. The
//! words for people are in the locale files.

use couplet_engine::Side;

/// What is to be proven.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Check {
    /// Business Central accepts the sign-in.
    BusinessCentralSignIn,
    /// Its version has what is needed.
    BusinessCentralVersion,
    /// The company is there.
    BusinessCentralCompany,
    /// The companion extension answers.
    Companion,
    /// The company has a local currency.
    LocalCurrency,
    /// Its clock agrees with that of this computer.
    BusinessCentralClock,
    /// Dataverse accepts the sign-in.
    DataverseSignIn,
    /// Its version is one of those that Business Central works with.
    DataverseVersion,
    /// The connected user is enabled.
    User,
    /// The connected user may work, and is nobody's own account.
    Licence,
    /// The connected user has the integration role.
    Role,
    /// The connected user is no administrator.
    Administrator,
    /// The base integration solution is installed.
    Solution,
    /// The company has its row.
    CompanyRow,
    /// The row names a team that owns new rows.
    OwningTeam,
    /// The team may own rows.
    TeamRole,
    /// The team is in a business unit of its own that is enabled.
    BusinessUnit,
    /// Both systems know each other's base currency.
    BaseCurrency,
    /// Changes are audited.
    Audit,
    /// Dataverse's clock agrees with that of this computer.
    DataverseClock,
    /// Every mapped field of the Business Central table is within reach.
    Binding,
    /// Records of the Business Central table can be read.
    Reading,
    /// The connected user has every privilege on the Dataverse table that the direction needs.
    Privileges,
    /// Changes of the Dataverse table are tracked.
    ChangeTracking,
    /// The filter on Dataverse rows names the company that is connected.
    CompanyFilter,
}

impl Check {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Check; 25] = [
        Check::BusinessCentralSignIn,
        Check::BusinessCentralVersion,
        Check::BusinessCentralCompany,
        Check::Companion,
        Check::LocalCurrency,
        Check::BusinessCentralClock,
        Check::DataverseSignIn,
        Check::DataverseVersion,
        Check::User,
        Check::Licence,
        Check::Role,
        Check::Administrator,
        Check::Solution,
        Check::CompanyRow,
        Check::OwningTeam,
        Check::TeamRole,
        Check::BusinessUnit,
        Check::BaseCurrency,
        Check::Audit,
        Check::DataverseClock,
        Check::Binding,
        Check::Reading,
        Check::Privileges,
        Check::ChangeTracking,
        Check::CompanyFilter,
    ];

    /// Its name in a report, the system it is about, and the rules or facts of the reference that it rests on.
    pub fn info(self) -> (&'static str, Side, &'static str) {
        let (bc, dv) = (Side::BusinessCentral, Side::Dataverse);
        match self {
            Check::BusinessCentralSignIn => ("bc-sign-in", bc, "A10, A11, A55"),
            Check::BusinessCentralVersion => ("bc-version", bc, "A1, A14"),
            Check::BusinessCentralCompany => ("bc-company", bc, "A6"),
            Check::Companion => ("bc-companion", bc, "A67"),
            Check::LocalCurrency => ("bc-local-currency", bc, "S7.7"),
            Check::BusinessCentralClock => ("bc-clock", bc, "A37"),
            Check::DataverseSignIn => ("dataverse-sign-in", dv, "B16, B55, C5"),
            Check::DataverseVersion => ("dataverse-version", dv, "B17, S7.6"),
            Check::User => ("dataverse-user", dv, "S7.6"),
            Check::Licence => ("dataverse-licence", dv, "A15, S2.8, S7.6"),
            Check::Role => ("dataverse-role", dv, "S7.6"),
            Check::Administrator => ("dataverse-administrator", dv, "S7.6"),
            Check::Solution => ("dataverse-solution", dv, "B19, S7.6"),
            Check::CompanyRow => ("dataverse-company-row", dv, "S7.5"),
            Check::OwningTeam => ("dataverse-owning-team", dv, "S7.5-b"),
            Check::TeamRole => ("dataverse-team-role", dv, "S7.6"),
            Check::BusinessUnit => ("dataverse-business-unit", dv, "S7.5, S7.6"),
            Check::BaseCurrency => ("dataverse-base-currency", dv, "S7.7, S7.20"),
            Check::Audit => ("dataverse-audit", dv, "P-27"),
            Check::DataverseClock => ("dataverse-clock", dv, "S2.7"),
            Check::Binding => ("mapping-binding", bc, "A67"),
            Check::Reading => ("mapping-reading", bc, "A55"),
            Check::Privileges => ("mapping-privileges", dv, "B50, B55"),
            Check::ChangeTracking => ("mapping-change-tracking", dv, "B48"),
            Check::CompanyFilter => ("mapping-company-filter", dv, "S7.13"),
        }
    }

    /// Whether it is made once for each mapping.
    pub fn is_of_mapping(self) -> bool {
        matches!(
            self,
            Check::Binding
                | Check::Reading
                | Check::Privileges
                | Check::ChangeTracking
                | Check::CompanyFilter
        )
    }
}

/// What a check found wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Problem {
    /// The service finds no valid token or no permission (401, 403).
    SignInRefused,
    /// No answer came.
    NoAnswer,
    /// The service refused for another reason, or answered something else.
    AnsweredOtherwise,
    /// A version before applications could sign in (A14).
    VersionOld,
    /// A version that Business Central does not work with (S7.6).
    VersionUnsupported,
    /// No such company.
    CompanyMissing,
    /// The companion's route does not exist.
    CompanionMissing,
    /// General Ledger Setup has no local currency.
    LocalCurrencyBlank,
    /// The clocks differ.
    ClocksDiffer,
    /// The user is disabled.
    UserDisabled,
    /// A person without a licence.
    LicenceMissing,
    /// A person's own account.
    PersonalAccount,
    /// No role at all.
    RolesMissing,
    /// Roles, but not that of the integration.
    IntegrationRoleMissing,
    /// A System Administrator.
    IsAdministrator,
    /// The solution is not installed.
    SolutionMissing,
    /// It is too old.
    SolutionOld,
    /// There is no row of any company.
    CompanyRowMissing,
    /// There are rows, but of other companies.
    CompanyRowForeign,
    /// The row names no team, or one that is gone.
    OwningTeamMissing,
    /// The team lacks the integration role.
    TeamRoleMissing,
    /// The business unit is disabled.
    UnitDisabled,
    /// The team is in the root business unit.
    UnitIsRoot,
    /// Dataverse lacks Business Central's local currency.
    CurrencyMissing,
    /// It is inactive there.
    CurrencyInactive,
    /// The base currencies differ.
    BaseCurrencyDiffers,
    /// The organization audits nothing.
    AuditOff,
    /// Some mapped tables are not audited.
    TableAuditOff,
    /// The table cannot be reached at all.
    NoWay,
    /// Some mapped fields cannot be reached.
    FieldsOutOfReach,
    /// The table may not be read.
    ReadingRefused,
    /// Dataverse has no such table.
    TableMissing,
    /// Privileges are missing.
    PrivilegesMissing,
    /// Rows of others cannot be read: some records would be overlooked.
    PrivilegesNarrow,
    /// Change tracking is off.
    ChangeTrackingOff,
    /// The filter names another company.
    OtherCompanyInFilter,
}
