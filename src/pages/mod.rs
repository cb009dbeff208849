//! One module per page, as in the navigation.

pub mod compared_fields;
pub mod couple;
pub mod default_setup;
pub mod history;
pub mod home;
pub mod late;
pub mod mapping;
pub mod mappings;
pub mod not_found;
pub mod record;
pub mod setting_form;
pub mod workspace;
