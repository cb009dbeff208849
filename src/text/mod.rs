//! Facts into words: the only place that turns codes and values of the other crates into text of the page's language.

pub mod connection;
mod counter;
pub mod doctor;
mod failure;
mod filter;
mod history;
mod job;
mod matching;
mod odata;
mod parity;
mod plan;
mod problem;
mod push;
mod record_failure;
mod run_error;
pub mod settings;
mod storage;
mod value;

pub use counter::{Counter, counter};
pub use failure::failure;
pub use filter::{clause_problem, filter_error};
pub use history::{cause_sentence, change_sentence};
pub use job::{job_end, job_kind};
pub use matching::{evidence, match_error, unmatched};
pub use odata::{odata_read_error, odata_write_error};
pub use parity::{parity_class, parity_help};
pub use plan::{Captions, action_kind, decided_by, kept, layer, left_out, pass, plan_error, reason};
pub use problem::mapping_problem;
pub use push::{precision, push_reason};
pub use record_failure::{
    cause, failure_advice, failure_title, kept_failure, record_failure, transformation,
};
pub use run_error::{run_error, run_error_title, run_problem};
pub use storage::{file_error, read_file_error, save_error, storage_error, store_error};
pub use value::{
    meaning, named_value, option_text, pointed_name, record_name, rule_effect, rule_subject, value,
    verdict_sentence,
};

use couplet_engine::{Direction, IntegrationTableMapping, IntegrationUid, Language, Side};
use couplet_systems::business_central::CompanionState;

use self::filter::field_type;
use crate::i18n::*;
use crate::state::connections::{Fact, FactName};

/// The page's language and the words in it.
pub type I18n = leptos_i18n::I18nContext<Locale>;

/// The page's language as the schemas know it; read again when it changes.
pub fn language(i18n: I18n) -> Language {
    match i18n.get_locale() {
        Locale::en => Language::English,
        Locale::fr => Language::French,
    }
}

/// Name of a system.
pub fn side(i18n: I18n, side: Side) -> String {
    match side {
        Side::BusinessCentral => t_string!(i18n, system.business_central).to_owned(),
        Side::Dataverse => t_string!(i18n, system.dataverse).to_owned(),
    }
}

/// Class that gives text the color of its system.
pub fn side_class(side: Side) -> &'static str {
    match side {
        Side::BusinessCentral => "bc",
        Side::Dataverse => "dv",
    }
}

/// A direction in words.
pub fn direction(i18n: I18n, direction: Direction) -> String {
    match direction {
        Direction::Bidirectional => t_string!(i18n, direction.bidirectional).to_owned(),
        Direction::ToIntegrationTable => t_string!(i18n, direction.to_integration_table).to_owned(),
        Direction::FromIntegrationTable => t_string!(i18n, direction.from_integration_table).to_owned(),
    }
}

/// The arrow that stands for a direction beside the two tables.
pub fn direction_arrow(direction: Direction) -> &'static str {
    match direction {
        Direction::Bidirectional => "⇄",
        Direction::ToIntegrationTable => "→",
        Direction::FromIntegrationTable => "←",
    }
}

/// Name of a fact of a connection.
pub fn fact_name(i18n: I18n, name: FactName) -> String {
    match name {
        FactName::Name => t_string!(i18n, fact.name),
        FactName::Company => t_string!(i18n, fact.company),
        FactName::Environment => t_string!(i18n, fact.environment),
        FactName::Address => t_string!(i18n, fact.address),
        FactName::Binding(_) => t_string!(i18n, fact.binding),
        FactName::Version => t_string!(i18n, fact.version),
        FactName::CompanyRow => t_string!(i18n, fact.company_row),
    }
    .to_owned()
}

/// Value of a fact of a connection.
pub fn fact_value(i18n: I18n, fact: &Fact) -> String {
    match fact.name {
        FactName::Binding(CompanionState::Installed) => t_string!(i18n, fact.companion).to_owned(),
        FactName::Binding(CompanionState::Missing) => t_string!(i18n, fact.api_v2).to_owned(),
        FactName::CompanyRow if fact.value.is_empty() => t_string!(i18n, fact.no_company_row).to_owned(),
        _ => fact.value.clone(),
    }
}

/// What stands for a mapping's Dataverse side: the table, and the choice column of an option mapping.
pub fn integration_table(mapping: &IntegrationTableMapping) -> String {
    match &mapping.integration_uid {
        IntegrationUid::Record { .. } => mapping.integration_table.clone(),
        IntegrationUid::OptionSet { column } => format!("{}.{column}", mapping.integration_table),
    }
}
