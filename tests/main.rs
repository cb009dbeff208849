//! Tests across the crates, one binary: what no crate can show alone. The attribute tells the linter that helpers are
//! test code too.

#[cfg(test)]
mod companion;
#[cfg(test)]
mod differential;
#[cfg(test)]
mod doctor;
#[cfg(test)]
mod driver;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod preview_oracle;
#[cfg(test)]
mod previews;
#[cfg(test)]
mod reasons;
#[cfg(test)]
mod setup;
#[cfg(test)]
mod synchronization;
#[cfg(test)]
mod wire;
