//! Whole synchronization jobs over the wire of the sandbox: the default mappings, their costs, faults, runs that die.

mod couplings;
mod faults;
mod memory;
mod office;
mod runs;
mod scenarios;
