//! One module per page, and beside them what several pages share: `of_mapping`, `compared_fields`, `record_columns`,
//! `setting_form`; `late` brings the pages that are modules of their own.

pub mod compared_fields;
pub mod connection_settings;
pub mod connections;
pub mod couple;
pub mod default_setup;
pub mod doctor;
pub mod find_environment;
pub mod full_synchronization;
pub mod history;
pub mod home;
pub mod jobs;
pub mod late;
pub mod mapping;
pub mod mappings;
pub mod needs;
pub mod not_found;
pub mod of_mapping;
pub mod record;
pub mod record_columns;
pub mod run;
pub mod schedule;
pub mod setting_form;
pub mod setup_guide;
pub mod skipped;
pub mod upgrade;
pub mod workspace;
mod workspace_pair;
