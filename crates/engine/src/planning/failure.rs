//! Why a record cannot be written, as far as the data tells before it is tried. Facts without prose: the texts are the
//! app's.

use std::sync::Arc;

use crate::transformation::TransformationError;

/// Why a record cannot be written.
#[derive(Debug, Clone, PartialEq)]
pub enum Failure {
    /// The record was deleted on the other side, and nothing says what to do (S4.12, S4.14).
    PartnerDeleted,
    /// The record that a field points to is not coupled (S4.48).
    LookupNotCoupled {
        /// The field of the source.
        field: Arc<str>,
        /// Its value.
        value: Box<str>,
        /// The Dataverse table of the partner.
        table: Box<str>,
    },
    /// No mapping joins the tables that the two fields point to (S4.48).
    TableNotMapped {
        /// The field of the source.
        field: Arc<str>,
        /// The Dataverse table.
        table: Box<str>,
    },
    /// The code is not coupled to a value of the choice, or the value to no code (S4.47).
    OptionNotCoupled {
        /// The field of the source.
        field: Arc<str>,
        /// Its value.
        value: Box<str>,
    },
    /// The salesperson is not coupled to a user, or the user to no salesperson (S4.42, S4.43).
    OwnerNotCoupled {
        /// The code of the salesperson, or the id of the user.
        value: Box<str>,
    },
    /// Dataverse has no currency with the code of the local currency (S4.45).
    LocalCurrencyMissing {
        /// The code.
        code: Box<str>,
    },
    /// The transformation rule of a field mapping cannot work (S4.50).
    Transformation {
        /// The field of the source.
        field: Arc<str>,
        /// What it says.
        error: TransformationError,
    },
    /// A constant or a template gives a field a value that it cannot hold (S4.32, S4.55).
    ValueOfWrongType {
        /// The field.
        field: Arc<str>,
        /// The value.
        value: Box<str>,
    },
    /// A template names a field that does not exist or cannot be written (S4.55).
    TemplateField {
        /// Code of the template.
        template: Box<str>,
        /// The field.
        field: Box<str>,
    },
    /// More than one record of the other side has the key (S4.6).
    AmbiguousCounterpart {
        /// The key.
        key: Box<str>,
    },
    /// The company of a contact is no customer and no vendor (S6.21).
    CompanyWithoutRelation {
        /// Number of the company contact.
        company: Box<str>,
    },
    /// The account of a contact is coupled to no customer and no vendor (S6.22).
    ParentNotCoupled,
    /// A currency has no exchange rate, or one of zero (S6.32).
    ExchangeRateMissing {
        /// Code of the currency.
        code: Box<str>,
    },
}

impl Failure {
    /// Stable code, the key of its text.
    pub fn code(&self) -> &'static str {
        match self {
            Failure::PartnerDeleted => "failure.partner-deleted",
            Failure::LookupNotCoupled { .. } => "failure.lookup-not-coupled",
            Failure::TableNotMapped { .. } => "failure.table-not-mapped",
            Failure::OptionNotCoupled { .. } => "failure.option-not-coupled",
            Failure::OwnerNotCoupled { .. } => "failure.owner-not-coupled",
            Failure::LocalCurrencyMissing { .. } => "failure.local-currency-missing",
            Failure::Transformation { error, .. } => error.code(),
            Failure::ValueOfWrongType { .. } => "failure.value-of-wrong-type",
            Failure::TemplateField { .. } => "failure.template-field",
            Failure::AmbiguousCounterpart { .. } => "failure.ambiguous-counterpart",
            Failure::CompanyWithoutRelation { .. } => "failure.company-without-relation",
            Failure::ParentNotCoupled => "failure.parent-not-coupled",
            Failure::ExchangeRateMissing { .. } => "failure.exchange-rate-missing",
        }
    }

    /// Number of the rule in the reference.
    pub fn rule(&self) -> &'static str {
        match self {
            Failure::PartnerDeleted => "S4.12",
            Failure::LookupNotCoupled { .. } | Failure::TableNotMapped { .. } => "S4.48",
            Failure::OptionNotCoupled { .. } => "S4.47",
            Failure::OwnerNotCoupled { .. } => "S4.42",
            Failure::LocalCurrencyMissing { .. } => "S4.45",
            Failure::Transformation { .. } => "S4.50",
            Failure::ValueOfWrongType { .. } => "S4.32",
            Failure::TemplateField { .. } => "S4.55",
            Failure::AmbiguousCounterpart { .. } => "S4.6",
            Failure::CompanyWithoutRelation { .. } => "S6.21",
            Failure::ParentNotCoupled => "S6.22",
            Failure::ExchangeRateMissing { .. } => "S6.32",
        }
    }

    /// What tells this failure from others of the same record: two runs that say the same shelve it (S3.51).
    pub fn fingerprint(&self) -> String {
        let mut text = self.code().to_owned();
        let mut add = |part: &str| {
            text.push('|');
            text.push_str(part);
        };
        match self {
            Failure::PartnerDeleted | Failure::ParentNotCoupled => {}
            Failure::LookupNotCoupled { field, value, .. }
            | Failure::OptionNotCoupled { field, value }
            | Failure::ValueOfWrongType { field, value } => {
                add(field);
                add(value);
            }
            Failure::TableNotMapped { field, table } => {
                add(field);
                add(table);
            }
            Failure::OwnerNotCoupled { value } => add(value),
            Failure::LocalCurrencyMissing { code } | Failure::ExchangeRateMissing { code } => add(code),
            Failure::Transformation { field, error } => {
                add(field);
                add(&error.to_string());
            }
            Failure::TemplateField { template, field } => {
                add(template);
                add(field);
            }
            Failure::AmbiguousCounterpart { key } => add(key),
            Failure::CompanyWithoutRelation { company } => add(company),
        }
        text
    }
}
