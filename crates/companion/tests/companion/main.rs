//! The generated extension as a whole. The attribute tells the linter that helpers are test code too.

#[cfg(test)]
mod syntax;
