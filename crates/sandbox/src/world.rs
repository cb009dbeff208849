//! The data of both systems. Placeholder until the store arrives.
use crate::sandbox::SandboxOptions;

#[derive(Debug)]
pub(crate) struct World;

impl World {
    pub(crate) fn generate(_options: &SandboxOptions) -> Self {
        Self
    }
}
