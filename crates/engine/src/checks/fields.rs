//! Checks of one field mapping (S1.14).

use couplet_filter::FieldType;

use super::conversion::{Conversion, conversion};
use super::direction::forced_transformation;
use super::{Checker, LimitedText, MappingProblemKind, Place, Severity, nearest};
use crate::mapping::{Direction, FieldMapping, FieldMappingStatus, IntegrationTableMapping};
use crate::schema::{FieldAccess, FieldSchema, Side};

/// Whether the field is copied in a run of the mapping (S1.14b).
pub(super) fn runs(mapping: &IntegrationTableMapping, field: &FieldMapping) -> bool {
    field.status == FieldMappingStatus::Enabled && reaches(mapping.direction, field.direction)
}

/// Whether a field with direction `field` takes part in a mapping with direction `mapping`.
fn reaches(mapping: Direction, field: Direction) -> bool {
    mapping == field || mapping == Direction::Bidirectional || field == Direction::Bidirectional
}

/// The sides written by a field mapping of this direction within a mapping of that one.
fn written_sides(mapping: Direction, field: Direction) -> impl Iterator<Item = Side> {
    let passes = [
        (Direction::ToIntegrationTable, Side::Dataverse),
        (Direction::FromIntegrationTable, Side::BusinessCentral),
    ];
    passes
        .into_iter()
        .filter(move |(pass, _)| reaches(mapping, *pass) && reaches(field, *pass))
        .map(|(_, side)| side)
}

impl<'c> Checker<'c> {
    pub(super) fn field(&mut self, field: &FieldMapping) {
        self.shape(field);
        self.flags(field);
        let known = [
            self.known_field(field, Side::BusinessCentral, field.field.as_deref()),
            self.known_field(field, Side::Dataverse, field.column.as_deref()),
        ];
        if self.mapping.is_option_mapping() {
            return;
        }
        self.access(field, known);
        if let [Some(bc), Some(column)] = known {
            self.types(field, bc, column);
        }
    }

    fn report_field(&mut self, field: &FieldMapping, severity: Severity, kind: MappingProblemKind) {
        self.report(Place::Field(field.key()), severity, kind);
    }

    /// Field, column, constant and number.
    fn shape(&mut self, field: &FieldMapping) {
        let mut earlier = self.mapping.field_mappings.iter().take_while(|other| !std::ptr::eq(*other, field));
        if earlier.clone().any(|other| other.key() == field.key()) {
            self.report_field(field, Severity::Error, MappingProblemKind::SameFieldsTwice);
        }
        if earlier.any(|other| other.number == field.number) {
            let kind = MappingProblemKind::SameNumberTwice { number: field.number };
            self.report_field(field, Severity::Error, kind);
        }
        let expected = match (&field.field, &field.column) {
            (None, None) => {
                self.report_field(field, Severity::Error, MappingProblemKind::NoField);
                None
            }
            (Some(_), Some(_)) => {
                if field.constant_value.is_some() {
                    self.report_field(field, Severity::Info, MappingProblemKind::ConstantUnused);
                }
                None
            }
            (None, Some(_)) => Some(Direction::ToIntegrationTable),
            (Some(_), None) => Some(Direction::FromIntegrationTable),
        };
        if let Some(expected) = expected {
            if field.direction != expected {
                self.report_field(field, Severity::Error, MappingProblemKind::ConstantDirection { expected });
            }
            if field.constant_value.is_none() {
                self.report_field(field, Severity::Error, MappingProblemKind::ConstantMissing);
            }
        }
        let length = |text: &Option<String>| text.as_ref().map_or(0, |text| text.chars().count());
        self.limit(Place::Field(field.key()), LimitedText::ConstantValue, length(&field.constant_value));
        self.limit(
            Place::Field(field.key()),
            LimitedText::TransformationRule,
            length(&field.transformation_rule),
        );
    }

    /// Flags and directions that exclude each other.
    fn flags(&mut self, field: &FieldMapping) {
        if field.clear_value_on_failed_sync && field.not_null {
            self.report_field(field, Severity::Error, MappingProblemKind::ClearValueAndNotNull);
        }
        let forced = forced_transformation(field.direction);
        if forced.is_some_and(|forced| forced != field.transformation_direction) {
            self.report_field(field, Severity::Error, MappingProblemKind::TransformationDirection);
        }
        let kind = if self.mapping.is_option_mapping() {
            if field.direction == self.mapping.direction {
                return;
            }
            MappingProblemKind::DirectionOfTableMappingCounts
        } else {
            if reaches(self.mapping.direction, field.direction) {
                return;
            }
            MappingProblemKind::NeverCopied
        };
        self.report_field(field, Severity::Info, kind);
    }

    /// The field of one side; what the metadata does not have, or what no binding reaches, is reported.
    fn known_field(
        &mut self,
        field: &FieldMapping,
        side: Side,
        name: Option<&str>,
    ) -> Option<&'c FieldSchema> {
        let schema = self.surroundings.schema(side)?;
        let name = name?;
        let enabled = field.status == FieldMappingStatus::Enabled;
        let Some(known) = schema.field(name) else {
            let suggestion = nearest(name, schema.fields.iter().map(|field| field.name.as_str()));
            let suggestion = suggestion.map(str::to_owned);
            let severity = if enabled { Severity::Error } else { Severity::Warning };
            let kind = MappingProblemKind::UnknownField { side, name: name.to_owned(), suggestion };
            self.report_field(field, severity, kind);
            return None;
        };
        if known.access == FieldAccess::OutOfReach {
            let severity = if enabled { Severity::Warning } else { Severity::Info };
            self.report_field(
                field,
                severity,
                MappingProblemKind::OutOfReach { side, name: name.to_owned() },
            );
        }
        Some(known)
    }

    /// Whether the sides that are written let themselves be written.
    fn access(&mut self, field: &FieldMapping, [bc, column]: [Option<&FieldSchema>; 2]) {
        for side in written_sides(self.mapping.direction, field.direction) {
            let known = match side {
                Side::BusinessCentral => bc,
                Side::Dataverse => column,
            };
            if side == Side::Dataverse && field.column.as_deref().is_some_and(|it| self.is_type_of_lookup(it))
            {
                continue;
            }
            let (severity, kind) = match known.map(|known| known.access) {
                Some(FieldAccess::Read) => (Severity::Warning, MappingProblemKind::NotWritable { side }),
                Some(FieldAccess::Insert) => {
                    (Severity::Info, MappingProblemKind::WrittenOnInsertOnly { side })
                }
                Some(FieldAccess::Modify) => {
                    (Severity::Info, MappingProblemKind::WrittenOnModifyOnly { side })
                }
                Some(FieldAccess::Full | FieldAccess::OutOfReach) | None => continue,
            };
            self.report_field(field, severity, kind);
        }
    }

    /// Whether the column says which table a lookup points to (`owneridtype`): it is written with the lookup, not by
    /// itself, so what the metadata says of it does not count.
    fn is_type_of_lookup(&self, column: &str) -> bool {
        let lookup = column
            .strip_suffix("type")
            .and_then(|name| self.surroundings.schema(Side::Dataverse).and_then(|schema| schema.field(name)));
        lookup.is_some_and(|lookup| !lookup.targets.is_empty())
    }

    /// Whether values of the one type become values of the other.
    fn types(&mut self, field: &FieldMapping, bc: &FieldSchema, column: &FieldSchema) {
        if field.not_null && column.field_type != FieldType::Guid {
            let kind = MappingProblemKind::NotNullNotGuid { found: column.field_type.clone() };
            self.report_field(field, Severity::Error, kind);
        }
        for side in written_sides(self.mapping.direction, field.direction) {
            let (source, destination) = match side {
                Side::BusinessCentral => (column, bc),
                Side::Dataverse => (bc, column),
            };
            let (severity, kind) = match conversion(source, destination) {
                Conversion::Whole => continue,
                Conversion::Cut { length } => {
                    (Severity::Info, MappingProblemKind::TextIsCut { side, length })
                }
                Conversion::Partly => (Severity::Info, MappingProblemKind::MayNotTransfer { side }),
                Conversion::Never => (Severity::Warning, MappingProblemKind::NeverTransfers { side }),
            };
            self.report_field(field, severity, kind);
        }
    }
}
