//! What people do that has effects: one file per action.

pub mod apply_default_setup;
pub mod connection;
pub mod couple;
pub mod couple_options;
pub mod edit_filter;
pub mod edit_mapping;
pub mod edit_settings;
pub mod interrupted;
pub mod run;
pub mod schedule;
pub mod start;
pub mod upgrade;
