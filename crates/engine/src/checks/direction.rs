//! Changing the direction of a table or field mapping (S1.10, S1.14 field 14).

use crate::configuration::{JobQueueEntry, JobStatus};
use crate::mapping::{
    Direction, FieldMapping, FieldMappingStatus, IntegrationTableMapping, TransformationDirection,
};

/// Why a table mapping cannot have a direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum DirectionError {
    /// Option mappings run one way (S1.9).
    #[error("an option mapping cannot be bidirectional")]
    OptionMappingBidirectional,
    /// There are enabled field mappings, and none of them has exactly this direction.
    #[error("expected an enabled field mapping with the direction {expected:?}, found none")]
    NoFieldMapping {
        /// The direction.
        expected: Direction,
    },
}

impl DirectionError {
    /// Stable code, the key of its text.
    pub fn code(self) -> &'static str {
        match self {
            DirectionError::OptionMappingBidirectional => "direction.option-mapping-bidirectional",
            DirectionError::NoFieldMapping { .. } => "direction.no-field-mapping",
        }
    }
}

/// The mapping and its job with another direction.
///
/// The fields of an option mapping follow; when it is turned towards Dataverse its ready job is put on hold.
///
/// # Errors
/// When the mapping cannot have the direction.
pub fn change_direction(
    mapping: &IntegrationTableMapping,
    job: Option<&JobQueueEntry>,
    direction: Direction,
) -> Result<(IntegrationTableMapping, Option<JobQueueEntry>), DirectionError> {
    check(mapping, direction)?;
    let mut mapping = mapping.clone();
    let mut job = job.cloned();
    mapping.direction = direction;
    if mapping.is_option_mapping() {
        for field in &mut mapping.field_mappings {
            change_field_direction(field, direction);
        }
        if let Some(job) = &mut job
            && direction == Direction::ToIntegrationTable
            && job.status == JobStatus::Ready
        {
            job.status = JobStatus::OnHoldWithInactivityTimeout;
        }
    }
    Ok((mapping, job))
}

/// Gives a field mapping another direction; the transformation direction follows unless the field goes both ways.
pub fn change_field_direction(field: &mut FieldMapping, direction: Direction) {
    field.direction = direction;
    if let Some(forced) = forced_transformation(direction) {
        field.transformation_direction = forced;
    }
}

/// The transformation direction that goes with a direction; none when both do.
pub(super) fn forced_transformation(direction: Direction) -> Option<TransformationDirection> {
    match direction {
        Direction::Bidirectional => None,
        Direction::ToIntegrationTable => Some(TransformationDirection::ToIntegrationTable),
        Direction::FromIntegrationTable => Some(TransformationDirection::FromIntegrationTable),
    }
}

/// Whether the mapping could have this direction.
pub(super) fn check(mapping: &IntegrationTableMapping, direction: Direction) -> Result<(), DirectionError> {
    if mapping.is_option_mapping() {
        return match direction {
            Direction::Bidirectional => Err(DirectionError::OptionMappingBidirectional),
            Direction::ToIntegrationTable | Direction::FromIntegrationTable => Ok(()),
        };
    }
    let mut enabled =
        mapping.field_mappings.iter().filter(|field| field.status == FieldMappingStatus::Enabled).peekable();
    if enabled.peek().is_none() || enabled.any(|field| field.direction == direction) {
        Ok(())
    } else {
        Err(DirectionError::NoFieldMapping { expected: direction })
    }
}
