//! The domain of Couplet: values in columns, schemas, table and field mappings, the default setup, configuration
//! changes, the preview, the plan of a synchronization and its execution. No I/O, no clock, no randomness, no wire and
//! no stored format: all of these come in as arguments and go out as values.

pub mod checks;
pub mod columns;
pub mod comparison;
pub mod configuration;
pub mod coupling;
pub mod default_setup;
pub mod executor;
pub mod full_synchronization;
pub mod history;
pub mod job;
pub mod links;
pub mod mapping;
pub mod matching;
pub mod multi_company;
pub mod new_fields;
pub mod parity;
pub mod planning;
pub mod preparation;
pub mod preview;
pub mod sales_settings;
pub mod schedule;
pub mod schema;
pub mod settings;
pub mod transfer;
pub mod transformation;
pub mod undo;
pub mod upgrade;
pub mod value;

pub use columns::{Column, ColumnTable, NamedColumn, TableStamp, WrongType};
pub use configuration::{Company, Configuration, JobQueueEntry, JobStatus, OwnershipModel};
pub use mapping::{
    BcTable, DeletionConflictResolution, Direction, FieldKey, FieldMapping, FieldMappingStatus,
    FilterCondition, FilteredTemplate, IntegrationTableMapping, IntegrationUid, MappingFilter, MappingName,
    MappingNameError, PostFilter, Template, TransformationDirection, UpdateConflictResolution,
};
pub use sales_settings::{SalesOrderIntegration, SalesSettings};
pub use schema::{FieldAccess, FieldSchema, Labels, Language, Side, TableSchema};
pub use value::Value;
