//! Tests across the crates, one binary.
