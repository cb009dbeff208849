//! Plans in words: what happens to a record, why, where each value comes from, and what stands in the way of a run.
//! Why a record cannot be written stands in `record_failure`.

use std::sync::Arc;

use couplet_engine::TableSchema;
use couplet_engine::planning::{
    ActionKind, DecidedBy, Following, Kept, Layer, LeftAlone, LeftOut, LeftOutReason, Mended, Pass,
    PlanError, Reason,
};

use super::record_failure::record_failure;
use super::{I18n, language, side};
use crate::i18n::*;

/// The schemas of a run's two tables, for the captions of their fields.
#[derive(Debug, Clone, Default)]
pub struct Captions {
    /// Business Central's table first: failures name the field of whichever side has it.
    pub schemas: Vec<Arc<TableSchema>>,
}

impl Captions {
    /// The caption of a field; its name where no schema knows it.
    pub fn of(&self, i18n: I18n, name: &str) -> String {
        let field = self.schemas.iter().find_map(|schema| schema.field(name));
        let caption = field.map(|field| field.labels.get(language(i18n))).filter(|label| !label.is_empty());
        caption.unwrap_or(name).to_owned()
    }
}

/// What happens to a record, in a word or two.
pub fn action_kind(i18n: I18n, kind: ActionKind) -> &'static str {
    match kind {
        ActionKind::Create => t_string!(i18n, action_kind.create),
        ActionKind::Restore => t_string!(i18n, action_kind.restore),
        ActionKind::Update => t_string!(i18n, action_kind.update),
        ActionKind::Unchanged => t_string!(i18n, action_kind.unchanged),
        ActionKind::Skip => t_string!(i18n, action_kind.skip),
        ActionKind::Conflict => t_string!(i18n, action_kind.conflict),
        ActionKind::Fail => t_string!(i18n, action_kind.fail),
        ActionKind::RemoveCoupling => t_string!(i18n, action_kind.remove_coupling),
        ActionKind::Couple => t_string!(i18n, action_kind.couple),
        ActionKind::Delete => t_string!(i18n, action_kind.delete),
    }
}

/// Which way a pass writes.
pub fn pass(i18n: I18n, pass: Pass) -> &'static str {
    match pass {
        Pass::ToIntegrationTable => t_string!(i18n, pass.to),
        Pass::FromIntegrationTable => t_string!(i18n, pass.from),
    }
}

/// Why an action was chosen, as a sentence.
pub fn reason(i18n: I18n, reason: &Reason, captions: &Captions) -> String {
    match reason {
        Reason::NotCoupled => t_string!(i18n, plan.not_coupled),
        Reason::CounterpartFound => t_string!(i18n, plan.counterpart_found),
        Reason::CreatedBefore => t_string!(i18n, plan.created_before),
        Reason::SourceChanged => t_string!(i18n, plan.source_changed),
        Reason::RetriedAfterFailure => t_string!(i18n, plan.retried_after_failure),
        Reason::Forced => t_string!(i18n, plan.forced),
        Reason::Chosen => t_string!(i18n, plan.chosen),
        Reason::ConflictWon => t_string!(i18n, plan.conflict_won),
        Reason::Merged => t_string!(i18n, plan.merged),
        Reason::SourceUnchanged => t_string!(i18n, plan.source_unchanged),
        Reason::NothingDiffers => t_string!(i18n, plan.nothing_differs),
        Reason::Shelved => t_string!(i18n, plan.shelved),
        Reason::OnlyCoupledRecords => t_string!(i18n, plan.only_coupled_records),
        Reason::AlreadyCoupled => t_string!(i18n, plan.already_coupled),
        Reason::ConflictLost => t_string!(i18n, plan.conflict_lost),
        Reason::BothChanged { field } => {
            return t_string!(i18n, plan.both_changed, field = captions.of(i18n, field));
        }
        Reason::PartnerDeleted => t_string!(i18n, plan.partner_deleted),
        Reason::Follows(Following::PrimaryContact) => t_string!(i18n, plan.follows_primary_contact),
        Reason::Follows(Following::Uncoupled) => t_string!(i18n, plan.follows_uncoupled),
        Reason::Follows(Following::NewCompany) => t_string!(i18n, plan.follows_new_company),
        Reason::Mended(Mended::TableFound) => t_string!(i18n, plan.mended_table_found),
        Reason::Mended(Mended::BelongsElsewhere { mapping }) => {
            return t_string!(i18n, plan.mended_belongs_elsewhere, mapping = mapping.to_string());
        }
        Reason::Mended(Mended::NeitherFound) => t_string!(i18n, plan.mended_neither_found),
        Reason::Mended(Mended::PartnerDeleted) => t_string!(i18n, plan.mended_partner_deleted),
        Reason::TakenBack => t_string!(i18n, plan.taken_back),
        Reason::LeftAlone(LeftAlone::DeletedSince) => t_string!(i18n, plan.left_deleted_since),
        Reason::LeftAlone(LeftAlone::ChangedSince) => t_string!(i18n, plan.left_changed_since),
        Reason::LeftAlone(LeftAlone::CoupledSince) => t_string!(i18n, plan.left_coupled_since),
        Reason::LeftAlone(LeftAlone::AsBefore) => t_string!(i18n, plan.left_as_before),
        Reason::LeftAlone(LeftAlone::Created) => t_string!(i18n, plan.left_created),
        Reason::Failure(failure) => return record_failure(i18n, failure, captions),
    }
    .to_owned()
}

/// Where a value comes from.
pub fn layer(i18n: I18n, layer: &Layer) -> String {
    match layer {
        Layer::Mapping => t_string!(i18n, layer.mapping).to_owned(),
        Layer::Constant => t_string!(i18n, layer.constant).to_owned(),
        Layer::Transformation { rule } => t_string!(i18n, layer.transformation, rule = rule.to_string()),
        Layer::OptionMapping => t_string!(i18n, layer.option_mapping).to_owned(),
        Layer::Lookup { mapping } => t_string!(i18n, layer.lookup, mapping = mapping.to_string()),
        Layer::LocalCurrency => t_string!(i18n, layer.local_currency).to_owned(),
        Layer::Owner => t_string!(i18n, layer.owner).to_owned(),
        Layer::Template { code } => t_string!(i18n, layer.template, code = code.to_string()),
        Layer::Default => t_string!(i18n, layer.default).to_owned(),
        Layer::Journal => t_string!(i18n, layer.journal).to_owned(),
        Layer::TableRule { rule } => t_string!(i18n, layer.table_rule, rule = rule.to_string()),
    }
}

/// Why a mapped field is not written.
pub fn kept(i18n: I18n, kept: Kept) -> &'static str {
    match kept {
        Kept::NotTransferable => t_string!(i18n, kept.not_transferable),
        Kept::NotNull => t_string!(i18n, kept.not_null),
        Kept::TeamOwns => t_string!(i18n, kept.team_owns),
        Kept::OwnerIsNoUser => t_string!(i18n, kept.owner_is_no_user),
        Kept::ContactNotCoupled => t_string!(i18n, kept.contact_not_coupled),
        Kept::OtherSideEdited => t_string!(i18n, kept.other_side_edited),
        Kept::Conflict => t_string!(i18n, kept.conflict),
        Kept::ChangedSince => t_string!(i18n, kept.changed_since),
        Kept::NotRead => t_string!(i18n, kept.not_read),
    }
}

/// What decided about a field that was edited on both sides.
pub fn decided_by(i18n: I18n, by: DecidedBy) -> &'static str {
    match by {
        DecidedBy::Person => t_string!(i18n, decided.person),
        DecidedBy::FieldMapping => t_string!(i18n, decided.field_mapping),
        DecidedBy::TableMapping => t_string!(i18n, decided.table_mapping),
    }
}

/// Why a field mapping cannot take part.
pub fn left_out(i18n: I18n, left_out: &LeftOut, captions: &Captions) -> String {
    let field = captions.of(i18n, &left_out.field);
    match left_out.reason {
        LeftOutReason::UnknownField => t_string!(i18n, left_out.unknown_field, field = field),
        LeftOutReason::OutOfReach => t_string!(i18n, left_out.out_of_reach, field = field),
        LeftOutReason::ReadOnly => t_string!(i18n, left_out.read_only, field = field),
        LeftOutReason::Key => t_string!(i18n, left_out.key, field = field),
        LeftOutReason::NotRead => t_string!(i18n, left_out.not_read, field = field),
    }
}

/// Why a run cannot be planned, and what to do.
pub fn plan_error(i18n: I18n, error: PlanError) -> String {
    match error {
        PlanError::DirectionNotConfigured => t_string!(i18n, plan.direction_not_configured).to_owned(),
        PlanError::NoFieldMapping => t_string!(i18n, plan.no_field_mapping).to_owned(),
        PlanError::OptionMapping => t_string!(i18n, plan.option_mapping).to_owned(),
        PlanError::NotOptionMapping => t_string!(i18n, plan.not_option_mapping).to_owned(),
        PlanError::TemplateFilter { side: of } => {
            t_string!(i18n, plan.template_filter, system = side(i18n, of))
        }
        PlanError::KeyNotRead { side: of } => {
            t_string!(i18n, plan.key_not_read, system = side(i18n, of))
        }
    }
}
