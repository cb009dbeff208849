//! Reading from the two systems: connections, schemas, rows. Nothing here changes anything on either side.

pub mod connect;
pub mod context;
pub mod doctor;
pub mod kept;
pub mod late;
pub mod look_up;
pub mod read_table;
pub mod schema;
pub mod send;
pub mod slices;
