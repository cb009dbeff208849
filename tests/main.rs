//! Tests across the crates, one binary: what no crate can show alone. The attribute tells the linter that helpers are
//! test code too.

#[cfg(test)]
mod preview_oracle;
