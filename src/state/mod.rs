//! What the app knows, one store per aggregate, given by context.

pub mod checks;
pub mod configuration;
pub mod connections;
pub mod load;
pub mod parity;
pub mod previews;
pub mod references;
pub mod related;
pub mod synchronization;
pub mod tables;
