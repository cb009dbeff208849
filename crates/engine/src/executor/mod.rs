//! The executor of a plan: a state machine without I/O. Events come in, commands go out; browser, runner and simulator
//! drive the same code. A journal entry is stored before anything is sent and completed with what it changed, so that
//! after a crash at any point the next start finds unknown outcomes, asks what happened and goes on.

mod journal;
mod machine;

pub use journal::{EntryId, Found, JournalEntry, Operation, OperationKind, Settlement};
pub use machine::{Answer, Command, End, Event, Executor, Limits, OperationOutcome};
