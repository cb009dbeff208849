//! The whole configuration of one workspace as one value: what the default setup builds, history compares and files
//! carry. Couplings are not part of it: they survive every reset (S3.3).

use uuid::Uuid;

use crate::mapping::{IntegrationTableMapping, MappingName};
use crate::sales_settings::SalesSettings;

/// The mapping that joins salespeople and users (S6.1).
const SALESPEOPLE: &str = "SALESPEOPLE";

/// Who owns new Dataverse rows (default setup, `ownershipModel`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum OwnershipModel {
    /// The user coupled to the salesperson, else the company's default owning team.
    Person,
    /// The company's default owning team.
    #[default]
    Team,
}

/// The `bcbi_company` row of the Business Central company.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Company {
    /// `bcbi_companyid`.
    pub id: Uuid,
    /// `bcbi_name`.
    pub name: String,
}

/// State of a job queue entry (S1.19).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum JobStatus {
    /// Runs when its time comes.
    #[default]
    Ready,
    /// Stopped by a person.
    OnHold,
    /// Stopped because nothing happened for a while.
    OnHoldWithInactivityTimeout,
}

/// Recurring synchronization job of one table mapping.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct JobQueueEntry {
    /// The mapping it runs; one recurring job a mapping.
    pub mapping: MappingName,
    /// ` CUSTOMER - Dataverse synchronization job.`
    pub description: String,
    /// Job queue category code; jobs of one category run one after the other. Empty for none.
    pub category: String,
    /// Minutes between two runs.
    pub minutes_between_runs: u32,
    /// Minutes without work after which it is put on hold.
    pub inactivity_timeout_minutes: u32,
    /// How often a failed run is tried.
    pub max_attempts: u32,
    /// Seconds before a failed run is tried again.
    pub rerun_delay_seconds: u32,
    /// State.
    pub status: JobStatus,
}

/// Everything an admin configures.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Configuration {
    /// Who owns new rows.
    pub ownership_model: OwnershipModel,
    /// The Sales connection and its documents.
    pub sales: SalesSettings,
    /// Table mappings in setup order, then those made by a person.
    pub mappings: Vec<IntegrationTableMapping>,
    /// Recurring jobs.
    pub job_queue_entries: Vec<JobQueueEntry>,
    /// The standard mappings as the default setup last wrote them: the first column of the three-way comparison.
    pub applied_defaults: Vec<IntegrationTableMapping>,
}

impl Configuration {
    /// The mapping with this name.
    pub fn mapping(&self, name: &MappingName) -> Option<&IntegrationTableMapping> {
        self.mappings.iter().find(|mapping| mapping.name == *name)
    }

    /// The mapping that joins salespeople and users; there only with ownership model Person (S6.2).
    pub fn salespeople(&self) -> Option<&IntegrationTableMapping> {
        self.mappings.iter().find(|mapping| mapping.name.as_str() == SALESPEOPLE)
    }

    /// The job of the mapping with this name.
    pub fn job(&self, name: &MappingName) -> Option<&JobQueueEntry> {
        self.job_queue_entries.iter().find(|job| job.mapping == *name)
    }

    /// The standard mapping with this name as last applied.
    pub fn applied_default(&self, name: &MappingName) -> Option<&IntegrationTableMapping> {
        self.applied_defaults.iter().find(|mapping| mapping.name == *name)
    }
}
