//! Whole synchronization jobs over the wire of the sandbox: the default mappings, their costs, faults, runs that die.

mod couplings;
mod faults;
mod follow_ups;
mod memory;
mod office;
mod options;
mod plain;
mod runs;
mod scenarios;
mod scenarios_of_couplings;
mod scenarios_of_fields;
mod scenarios_of_selection;
mod share;
