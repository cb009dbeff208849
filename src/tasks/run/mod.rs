//! temp
use crate::state::runs::RunHandle;
use couplet_engine::MappingName;
use couplet_synchronization::Canary;
/// temp
#[derive(Clone, Copy)]
pub struct Runner;
impl Runner {
    /// temp
    pub fn expect() -> Self { Runner }
    /// temp
    pub fn provide() {}
    /// temp
    pub fn plan(self, _: RunHandle) {}
    /// temp
    pub fn plan_again(self, _: RunHandle) {}
    /// temp
    pub fn start(self, _: RunHandle, _: Canary) {}
    /// temp
    pub fn hold(self, _: RunHandle) {}
    /// temp
    pub fn stop(self, _: RunHandle) {}
    /// temp
    pub fn start_in_order(self, _: Vec<MappingName>) {}
}
