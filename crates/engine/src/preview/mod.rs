//! The preview of one side of a mapping: which records pass its filter and the rules behind it, and why the others
//! do not. Rules are bound once against the live schema ([`PreviewRules::bind`]), evaluated over columns step by step
//! ([`VerdictCache`]) or at once ([`PreviewRules::evaluate`]), and explained row by row ([`PreviewRules::explain`]).

mod bind;
mod cache;
mod evaluate;
mod explain;
mod fields;
mod listing;
mod movement;
mod order;
mod related;

pub use bind::{ClauseProblem, ClauseProblemKind, PreviewRules, Rule, RuleEffect, RuleSubject};
pub use cache::VerdictCache;
pub use evaluate::Verdicts;
pub use explain::{OwnerOutlook, Remedy, RuleOutcome, RuleVerdict, Seen};
pub use fields::{fields_to_read, identifying_fields};
pub use listing::{Listed, Lister, ListingQuery, Show, Sort, list_rows};
pub use movement::Movement;
pub use related::{
    CONTACT_BUSINESS_RELATIONS, MARKETING_SETUP, Related, RelatedTable, SALESPEOPLE, USERS, owners,
    related_contacts,
};

#[cfg(test)]
mod tests;
