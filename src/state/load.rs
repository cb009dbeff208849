//! The state of something that comes from elsewhere.

use crate::failure::Failure;

/// Not asked for, on its way, failed, or here.
#[derive(Debug, Clone, PartialEq)]
pub enum Load<T> {
    /// Nobody asked for it yet.
    Idle,
    /// On its way.
    Loading,
    /// It did not come.
    Failed(Failure),
    /// Here.
    Ready(T),
}

impl<T> Load<T> {
    /// What is here, if anything.
    pub fn ready(&self) -> Option<&T> {
        match self {
            Load::Ready(value) => Some(value),
            _ => None,
        }
    }
}
