//! Suggestions and match-based coupling in words.

use couplet_engine::matching::{Evidence, EvidenceKind, MatchError, Role, WhyUnmatched};

use super::I18n;
use crate::components::number::formatted;
use crate::i18n::*;

/// One reason for, or against, a suggestion.
pub fn evidence(i18n: I18n, evidence: &Evidence) -> String {
    let role = match evidence.role {
        Role::Key => t_string!(i18n, evidence.key),
        Role::TaxNumber => t_string!(i18n, evidence.tax_number),
        Role::Name => t_string!(i18n, evidence.name),
        Role::Address => t_string!(i18n, evidence.address),
        Role::PostCode => t_string!(i18n, evidence.post_code),
        Role::City => t_string!(i18n, evidence.city),
        Role::Phone => t_string!(i18n, evidence.phone),
        Role::Mail => t_string!(i18n, evidence.mail),
    };
    match evidence.kind {
        EvidenceKind::Same => t_string!(i18n, evidence.same, role = role),
        EvidenceKind::Alike { likeness } => {
            t_string!(i18n, evidence.alike, role = role, likeness = likeness.to_string())
        }
        EvidenceKind::SameDomain => t_string!(i18n, evidence.same_domain).to_owned(),
        EvidenceKind::Differs => t_string!(i18n, evidence.differs, role = role),
    }
}

/// Why match-based coupling finds no partner for a record.
pub fn unmatched(i18n: I18n, why: WhyUnmatched) -> String {
    match why {
        WhyUnmatched::Blank => t_string!(i18n, couple.why_blank).to_owned(),
        WhyUnmatched::NoHit => t_string!(i18n, couple.why_no_hit).to_owned(),
        WhyUnmatched::HitIsCoupled { .. } => t_string!(i18n, couple.why_taken).to_owned(),
        WhyUnmatched::Ambiguous { n_hits } => {
            t_string!(i18n, couple.why_several, count = formatted(i18n, n_hits))
        }
    }
}

/// Why nothing can be matched at all.
pub fn match_error(i18n: I18n, error: &MatchError) -> String {
    match error {
        MatchError::NoCriterion => t_string!(i18n, couple.no_criterion).to_owned(),
        MatchError::NotRead { field } => t_string!(i18n, couple.not_read, field = field.clone()),
    }
}
