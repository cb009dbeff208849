//! What the app knows, one store per aggregate, given by context.

pub mod checks;
pub mod configuration;
pub mod connections;
pub mod load;
pub mod needs;
pub mod pair;
pub mod parity;
pub mod planned;
pub mod pointed_names;
pub mod previews;
pub mod record_names;
pub mod references;
pub mod related;
pub mod runs;
pub mod schedule;
pub mod synchronization;
pub mod tables;
