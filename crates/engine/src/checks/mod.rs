//! What a table mapping may look like: rules of the reference (S1.7 to S1.14) and what the metadata of both systems
//! says about the tables, fields and filters it names. Finds and explains; changes nothing but directions.

mod conversion;
mod direction;
mod fields;
mod nearest;

#[cfg(test)]
mod tests;

use couplet_filter::{Context, FieldType, FilterError, parse};

use crate::configuration::OwnershipModel;
use crate::mapping::{
    DeletionConflictResolution, Direction, FieldKey, IntegrationTableMapping, IntegrationUid, MappingFilter,
};
use crate::preview::{ClauseProblem, ClauseProblemKind, PreviewRules};
use crate::schema::{Side, TableSchema};

pub use conversion::{Conversion, conversion};
pub use direction::{DirectionError, change_direction, change_field_direction};
pub use nearest::nearest;

/// Longest Dependency Filter, names and bars together (S1.7 field 30).
pub const MAX_DEPENDENCY_FILTER: usize = 250;
/// Longest Constant Value (S1.14 field 7).
pub const MAX_CONSTANT_VALUE: usize = 100;
/// Longest code of a transformation rule (S1.14 field 13).
pub const MAX_TRANSFORMATION_RULE: usize = 20;
/// Longest code of a template (S1.7 fields 8 and 9).
pub const MAX_TEMPLATE_CODE: usize = 10;
/// Column of Dataverse tables that belong to a company (S1.12).
pub const COMPANY_COLUMN: &str = "bcbi_companyid";

/// What is known of a table at the moment.
#[derive(Debug, Clone, Copy, Default)]
pub enum Metadata<'s> {
    /// It has not been read: only what needs no metadata is checked.
    #[default]
    NotRead,
    /// It was read, and the system has no such table.
    NoSuchTable,
    /// The table as the system describes it.
    Table(&'s TableSchema),
}

/// What a mapping is checked against.
#[derive(Debug, Clone, Copy)]
pub struct Surroundings<'s> {
    /// The Business Central table.
    pub business_central: Metadata<'s>,
    /// The Dataverse table.
    pub dataverse: Metadata<'s>,
    /// What filters may refer to: today, the user, ...
    pub context: &'s Context,
}

/// How bad a problem is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// May be saved and run, but not all of it works.
    Warning,
    /// Must not be saved, or cannot run.
    Error,
}

/// Where a problem is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// The table mapping itself.
    Mapping,
    /// The filter of one side.
    Filter(Side),
    /// A field mapping.
    Field(FieldKey),
}

/// Something about a mapping that does not work, or not as one might think.
#[derive(Debug, Clone, PartialEq)]
pub struct MappingProblem {
    /// Where.
    pub place: Place,
    /// How bad.
    pub severity: Severity,
    /// What.
    pub kind: MappingProblemKind,
}

/// What is wrong.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum MappingProblemKind {
    /// The filter of a template for new records cannot be evaluated.
    TemplateFilter {
        /// Code of the template.
        template: String,
        /// What is wrong.
        problem: ClauseProblem,
    },
    /// A template fills a field that its table does not have (any more).
    TemplateField {
        /// Code of the template.
        template: String,
        /// The field.
        field: String,
    },
    /// The system has no such table (any more).
    UnknownTable {
        /// Which system.
        side: Side,
        /// The name in the mapping.
        name: String,
    },
    /// The table has no such field (any more).
    UnknownField {
        /// Which system.
        side: Side,
        /// The name in the mapping.
        name: String,
        /// The name that comes closest, if one comes close.
        suggestion: Option<String>,
    },
    /// No binding reaches the field: the field mapping is kept and not used.
    OutOfReach {
        /// Which system.
        side: Side,
        /// The field.
        name: String,
    },
    /// The key column is not of the type its kind asks for: a GUID, or a choice for an option mapping (S1.9).
    UidOfWrongType {
        /// The column.
        column: String,
        /// Its type.
        found: FieldType,
    },
    /// A direction that S1.10 does not allow.
    Direction(DirectionError),
    /// No enabled field mapping is copied in the direction of the mapping: its job would stop (S1.14b).
    NothingCopied,
    /// Deleted records would come back: couplings of deleted records are removed, and uncoupled records are created.
    /// To be confirmed (S1.11).
    DeletedRecordsReturn,
    /// Multi-company synchronization needs the company column (S1.12).
    NoCompanyColumn,
    /// A text is longer than the reference stores.
    TooLong {
        /// Which text.
        what: LimitedText,
        /// Its length in characters.
        length: usize,
        /// The most there may be.
        max: usize,
    },
    /// The mapping would have to be synchronized before itself.
    DependsOnItself,
    /// A clause of a filter cannot be read or does not fit its field.
    Filter(ClauseProblem),
    /// Neither a field nor a column.
    NoField,
    /// Another field mapping joins the same fields.
    SameFieldsTwice,
    /// Another field mapping has the same number.
    SameNumberTwice {
        /// The number.
        number: u32,
    },
    /// A constant flows only towards the side that has the field.
    ConstantDirection {
        /// The only direction possible.
        expected: Direction,
    },
    /// One side has no field, and there is no constant instead.
    ConstantMissing,
    /// The constant is not used, because both sides have a field (S4.32).
    ConstantUnused,
    /// Clear Value on Failed Sync and Not Null exclude each other (S1.14 fields 10 and 12).
    ClearValueAndNotNull,
    /// Not Null is for GUID columns only (S1.14 field 12).
    NotNullNotGuid {
        /// Type of the column.
        found: FieldType,
    },
    /// The transformation direction must follow the direction (S1.14 field 14).
    TransformationDirection,
    /// The direction of the field is none of the mapping's: it is never copied (S1.14b).
    NeverCopied,
    /// Option mappings follow the direction of the table mapping, whatever the field says (S4.65).
    DirectionOfTableMappingCounts,
    /// The system does not let the field be written.
    NotWritable {
        /// The system it would be written to.
        side: Side,
    },
    /// The field is written only when the record is created.
    WrittenOnInsertOnly {
        /// The system it is written to.
        side: Side,
    },
    /// The field is not written when the record is created.
    WrittenOnModifyOnly {
        /// The system it is written to.
        side: Side,
    },
    /// Longer texts are cut (S4.36).
    TextIsCut {
        /// The side whose field is shorter.
        side: Side,
        /// Its length in characters.
        length: u32,
    },
    /// Values that cannot be read as the other type are left out without an error (S4.36, S4.37).
    MayNotTransfer {
        /// The side that is written.
        side: Side,
    },
    /// No value of the one type can be read as the other: nothing is ever written (S4.36, S4.37).
    NeverTransfers {
        /// The side that is written.
        side: Side,
    },
}

/// A text of a mapping with a limited length.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LimitedText {
    /// Dependency Filter.
    DependencyFilter,
    /// Constant Value.
    ConstantValue,
    /// Code of a transformation rule.
    TransformationRule,
    /// Code of a template.
    TemplateCode,
}

impl MappingProblemKind {
    /// Stable code, the key of its text.
    pub fn code(&self) -> &'static str {
        match self {
            MappingProblemKind::UnknownTable { .. } => "mapping.unknown-table",
            MappingProblemKind::UnknownField { .. } => "mapping.unknown-field",
            MappingProblemKind::OutOfReach { .. } => "mapping.out-of-reach",
            MappingProblemKind::UidOfWrongType { .. } => "mapping.uid-of-wrong-type",
            MappingProblemKind::Direction(error) => error.code(),
            MappingProblemKind::NothingCopied => "mapping.nothing-copied",
            MappingProblemKind::DeletedRecordsReturn => "mapping.deleted-records-return",
            MappingProblemKind::NoCompanyColumn => "mapping.no-company-column",
            MappingProblemKind::TooLong { .. } => "mapping.too-long",
            MappingProblemKind::DependsOnItself => "mapping.depends-on-itself",
            MappingProblemKind::Filter(problem) => problem.kind.code(),
            MappingProblemKind::TemplateFilter { .. } => "mapping.template-filter",
            MappingProblemKind::TemplateField { .. } => "mapping.template-field",
            MappingProblemKind::NoField => "mapping.no-field",
            MappingProblemKind::SameFieldsTwice => "mapping.same-fields-twice",
            MappingProblemKind::SameNumberTwice { .. } => "mapping.same-number-twice",
            MappingProblemKind::ConstantDirection { .. } => "mapping.constant-direction",
            MappingProblemKind::ConstantMissing => "mapping.constant-missing",
            MappingProblemKind::ConstantUnused => "mapping.constant-unused",
            MappingProblemKind::ClearValueAndNotNull => "mapping.clear-value-and-not-null",
            MappingProblemKind::NotNullNotGuid { .. } => "mapping.not-null-not-guid",
            MappingProblemKind::TransformationDirection => "mapping.transformation-direction",
            MappingProblemKind::NeverCopied => "mapping.never-copied",
            MappingProblemKind::DirectionOfTableMappingCounts => "mapping.direction-of-table-mapping-counts",
            MappingProblemKind::NotWritable { .. } => "mapping.not-writable",
            MappingProblemKind::WrittenOnInsertOnly { .. } => "mapping.written-on-insert-only",
            MappingProblemKind::WrittenOnModifyOnly { .. } => "mapping.written-on-modify-only",
            MappingProblemKind::TextIsCut { .. } => "mapping.text-is-cut",
            MappingProblemKind::MayNotTransfer { .. } => "mapping.may-not-transfer",
            MappingProblemKind::NeverTransfers { .. } => "mapping.never-transfers",
        }
    }
}

impl<'s> Surroundings<'s> {
    /// What is known of the table of one side.
    pub fn metadata(&self, side: Side) -> Metadata<'s> {
        match side {
            Side::BusinessCentral => self.business_central,
            Side::Dataverse => self.dataverse,
        }
    }

    /// The table of one side, when the system has it and its metadata was read.
    pub fn schema(&self, side: Side) -> Option<&'s TableSchema> {
        match self.metadata(side) {
            Metadata::Table(schema) => Some(schema),
            Metadata::NotRead | Metadata::NoSuchTable => None,
        }
    }
}

/// Everything that is wrong or surprising about a mapping: the mapping, its filters, then field by field.
pub fn check_mapping(
    mapping: &IntegrationTableMapping,
    surroundings: &Surroundings<'_>,
) -> Vec<MappingProblem> {
    let mut checker = Checker { mapping, surroundings, problems: Vec::new() };
    checker.tables();
    checker.rules();
    checker.texts();
    for side in [Side::BusinessCentral, Side::Dataverse] {
        checker.filter(side);
    }
    checker.templates();
    for field in &mapping.field_mappings {
        checker.field(field);
    }
    checker.problems
}

/// Whether nothing forbids the mapping to be saved.
pub fn may_be_saved(problems: &[MappingProblem]) -> bool {
    problems.iter().all(|problem| problem.severity < Severity::Error)
}

struct Checker<'c> {
    mapping: &'c IntegrationTableMapping,
    surroundings: &'c Surroundings<'c>,
    problems: Vec<MappingProblem>,
}

impl Checker<'_> {
    fn report(&mut self, place: Place, severity: Severity, kind: MappingProblemKind) {
        self.problems.push(MappingProblem { place, severity, kind });
    }

    fn tables(&mut self) {
        for side in [Side::BusinessCentral, Side::Dataverse] {
            if matches!(self.surroundings.metadata(side), Metadata::NoSuchTable) {
                let name = match side {
                    Side::BusinessCentral => self.mapping.table.name.clone(),
                    Side::Dataverse => self.mapping.integration_table.clone(),
                };
                self.report(Place::Mapping, Severity::Error, MappingProblemKind::UnknownTable { side, name });
            }
        }
        let Some(schema) = self.surroundings.schema(Side::Dataverse) else { return };
        let name = self.mapping.integration_uid.column().to_owned();
        let Some(column) = schema.field(&name) else {
            let suggestion = nearest(&name, schema.fields.iter().map(|field| field.name.as_str()));
            let suggestion = suggestion.map(str::to_owned);
            let kind = MappingProblemKind::UnknownField { side: Side::Dataverse, name, suggestion };
            self.report(Place::Mapping, Severity::Error, kind);
            return;
        };
        let fits = match (&self.mapping.integration_uid, &column.field_type) {
            (IntegrationUid::Record { .. }, FieldType::Guid)
            | (IntegrationUid::OptionSet { .. }, FieldType::Option(_)) => true,
            (IntegrationUid::Record { .. } | IntegrationUid::OptionSet { .. }, _) => false,
        };
        if !fits {
            let kind = MappingProblemKind::UidOfWrongType { column: name, found: column.field_type.clone() };
            self.report(Place::Mapping, Severity::Error, kind);
        }
    }

    fn rules(&mut self) {
        let mapping = self.mapping;
        if let Err(error) = direction::check(mapping, mapping.direction) {
            self.report(Place::Mapping, Severity::Error, MappingProblemKind::Direction(error));
        } else if !mapping.is_option_mapping()
            && !mapping.field_mappings.iter().any(|it| fields::runs(mapping, it))
        {
            self.report(Place::Mapping, Severity::Warning, MappingProblemKind::NothingCopied);
        }
        if mapping.deletion_conflict_resolution == DeletionConflictResolution::RemoveCoupling
            && !mapping.synch_only_coupled_records
        {
            self.report(Place::Mapping, Severity::Warning, MappingProblemKind::DeletedRecordsReturn);
        }
        let schema = self.surroundings.schema(Side::Dataverse);
        if mapping.multi_company_synch_enabled && schema.is_some_and(|it| it.field(COMPANY_COLUMN).is_none())
        {
            self.report(Place::Mapping, Severity::Error, MappingProblemKind::NoCompanyColumn);
        }
        if mapping.dependency_filter.contains(&mapping.name) {
            self.report(Place::Mapping, Severity::Error, MappingProblemKind::DependsOnItself);
        }
    }

    fn texts(&mut self) {
        let names = &self.mapping.dependency_filter;
        let characters: usize = names.iter().map(|name| name.as_str().chars().count()).sum();
        let dependency_filter = characters + names.len().saturating_sub(1);
        self.limit(Place::Mapping, LimitedText::DependencyFilter, dependency_filter);
        let own = [&self.mapping.table_template, &self.mapping.integration_table_template];
        let filtered = self.mapping.templates.iter().map(|it| &it.template);
        let lengths = own.into_iter().flatten().chain(filtered).map(|template| template.code.chars().count());
        for length in lengths.collect::<Vec<_>>() {
            self.limit(Place::Mapping, LimitedText::TemplateCode, length);
        }
    }

    fn limit(&mut self, place: Place, what: LimitedText, length: usize) {
        let max = match what {
            LimitedText::DependencyFilter => MAX_DEPENDENCY_FILTER,
            LimitedText::ConstantValue => MAX_CONSTANT_VALUE,
            LimitedText::TransformationRule => MAX_TRANSFORMATION_RULE,
            LimitedText::TemplateCode => MAX_TEMPLATE_CODE,
        };
        if length > max {
            self.report(place, Severity::Error, MappingProblemKind::TooLong { what, length, max });
        }
    }

    /// With the metadata at hand the clauses are bound to their fields, without it they are at least read.
    fn filter(&mut self, side: Side) {
        for problem in self.clause_problems(side, self.mapping.filter(side)) {
            // A field that is out of reach now may be reached through another binding: no reason not to save.
            let out_of_reach = matches!(problem.kind, ClauseProblemKind::OutOfReach);
            let severity = if out_of_reach { Severity::Warning } else { Severity::Error };
            self.report(Place::Filter(side), severity, MappingProblemKind::Filter(problem));
        }
    }

    /// Filters of templates, which test the records that new ones are made of, and the fields they fill (S4.55).
    fn templates(&mut self) {
        let mut found = Vec::new();
        for it in &self.mapping.templates {
            let source = match it.side {
                Side::BusinessCentral => Side::Dataverse,
                Side::Dataverse => Side::BusinessCentral,
            };
            let template = it.template.code.clone();
            let kind = |problem| MappingProblemKind::TemplateFilter { template: template.clone(), problem };
            found.extend(self.clause_problems(source, &it.filter).into_iter().map(kind));
            let schema = self.surroundings.schema(it.side);
            let is_unknown = |name: &&String| schema.is_some_and(|schema| schema.field(name).is_none());
            let unknown = it.template.values.iter().map(|(name, _)| name).filter(is_unknown);
            found.extend(unknown.map(|field| MappingProblemKind::TemplateField {
                template: template.clone(),
                field: field.clone(),
            }));
        }
        for kind in found {
            self.report(Place::Mapping, Severity::Error, kind);
        }
    }

    fn clause_problems(&self, side: Side, filter: &MappingFilter) -> Vec<ClauseProblem> {
        match self.surroundings.schema(side) {
            Some(schema) => {
                // The rules behind the filter depend on the model, its clauses do not.
                let (model, context) = (OwnershipModel::default(), self.surroundings.context);
                PreviewRules::bind(self.mapping, model, filter, schema, context).err().unwrap_or_default()
            }
            None => {
                let conditions = filter.conditions.iter().enumerate();
                let unreadable = conditions.filter_map(|(condition_idx, condition)| {
                    let error = parse(&condition.text).err()?;
                    let kind = ClauseProblemKind::Filter(FilterError::Syntax(error));
                    Some(ClauseProblem { condition_idx, field: condition.field.clone(), kind })
                });
                unreadable.collect()
            }
        }
    }
}
