//! The runner from outside. The attribute tells the linter that helpers are test code too.

#[cfg(test)]
mod runs;
