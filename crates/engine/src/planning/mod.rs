//! The plan of a synchronization: what a run would do to each record and why, as data (S2 to S4). A pure function of
//! both sides' records, the couplings with their last synchronized values, the mapping, settings and a clock value;
//! nothing that is not in a plan is ever written. Sending what is planned stands in `executor`.

mod broken;
mod chosen;
mod comparison;
mod counterpart;
mod couplings;
mod dialog;
mod edited;
mod failure;
mod fields;
mod first;
mod follow_up;
mod input;
mod make;
mod mending;
mod merge;
mod option_matrix;
mod options;
mod pair;
mod plan;
mod planner;
mod pointed;
mod reading;
mod references;
mod settle;
mod steps;
mod table_rules;
mod templates;
mod uncoupling;

pub use broken::{Candidate, Mend, mend_broken};
pub use chosen::{couple_chosen, couple_matched, uncouple_chosen};
pub use comparison::{ComparedField, Comparison, FieldState};
pub use counterpart::creation_id;
pub(crate) use couplings::TOLERANCE_MS;
pub use couplings::{CouplingError, CouplingState, Couplings, LastSynchronized, MappingState, Pending};
pub use dialog::{
    InitialSynchronization, Partner, Presence, Repair, initial_synchronization, offers_create_new, repairs,
};
pub use failure::Failure;
pub use fields::{LeftOut, LeftOutReason};
pub use first::{FirstSynchronization, followed_by};
pub use follow_up::{Companies, CreatedContact, NewCompanies, new_companies, primary_contacts};
pub use input::{Creation, Input, Mode, Records, Run, Selection, Settings, UpdateConflicts, Winner};
pub use mending::{DeletedPartners, MendInput, mend};
pub use option_matrix::{OptionLine, OptionMatrixInput, option_matrix, retry_options};
pub(crate) use options::option_is_same;
pub use options::{Choice, OptionAction, OptionInput, OptionPlan, plan_options, value_id};
pub use plan::{
    Action, ActionKind, Counters, DecidedBy, FieldDifference, Following, Kept, Layer, LeftAlone, Mended,
    Pass, PassSummary, PassedOver, Plan, Reason, Shelves,
};
pub(crate) use planner::SideRows;
pub use planner::{Memory, PlanError, Planner, leaves_out_own_changes};
pub use pointed::{CompanyLink, Pointed, add_companies, code_field, lookup_table, option_table, pointed};
pub use reading::{fields_needed, fields_to_plan, modified_by_field, modified_field};
pub use references::{Currencies, LookupTable, OptionTable, References, RelatedCompany};
pub use settle::{Outcome, settle};
pub use steps::PlanSteps;
pub use uncoupling::{RowCompany, Uncoupling, followers, uncouple};
