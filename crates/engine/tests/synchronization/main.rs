//! Synchronization between two simulated sides: the scenarios of the reference, properties of plans, and whole runs
//! with faults. One binary, so that the engine is linked once.

#[cfg(test)]
mod coverage;
#[cfg(test)]
mod execution;
#[cfg(test)]
mod options;
#[cfg(test)]
mod parity;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod rules;
#[cfg(test)]
mod scenarios;
#[cfg(test)]
mod scenarios_of_couplings;
#[cfg(test)]
mod scenarios_of_fields;
#[cfg(test)]
mod scenarios_of_jobs;
#[cfg(test)]
mod simulation;
#[cfg(test)]
mod undo;
#[cfg(test)]
mod world;
