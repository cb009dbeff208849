//! One side of a standard mapping read from the sandbox and evaluated: what several tests look at.

use couplet_engine::preview::{
    CONTACT_BUSINESS_RELATIONS, MARKETING_SETUP, PreviewRules, Related, RelatedTable, SALESPEOPLE, USERS,
    Verdicts, fields_to_read, owners, related_contacts,
};
use couplet_engine::{ColumnTable, IntegrationTableMapping, OwnershipModel, Side, TableSchema};
use couplet_filter::Context;
use couplet_systems::{CompanionState, ReadOptions, TableSource};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::driver::{Connected, PAGE_SIZE, Place};

/// One side of a mapping with its rows and verdicts.
pub(crate) struct SidePreview<'a> {
    pub(crate) schema: &'a TableSchema,
    pub(crate) source: TableSource,
    pub(crate) rules: PreviewRules,
    pub(crate) rows: ColumnTable,
    pub(crate) related: Related,
    pub(crate) verdicts: Verdicts,
}

/// The context of the demo data's "now".
pub(crate) fn context() -> Context {
    Context::new(Timestamp::from_millisecond(1_774_000_000_000).unwrap(), TimeZone::UTC)
}

pub(crate) fn place(mapping: &IntegrationTableMapping, side: Side) -> Place<'_> {
    match side {
        Side::BusinessCentral => Place::BusinessCentral(mapping.table.number),
        Side::Dataverse => Place::Dataverse(&mapping.integration_table),
    }
}

impl<'a> SidePreview<'a> {
    #[track_caller]
    pub(crate) fn new(
        connected: &'a Connected,
        mapping: &IntegrationTableMapping,
        ownership: OwnershipModel,
        side: Side,
    ) -> Self {
        let (schema, source) = connected.place(place(mapping, side));
        let rules = PreviewRules::bind(mapping, ownership, mapping.filter(side), schema, &context()).unwrap();
        let wanted = fields_to_read(mapping, Some(&rules), schema);
        let fields = wanted.iter().map(|name| schema.field(name).unwrap());
        let options = ReadOptions { page_size: Some(PAGE_SIZE), ..ReadOptions::default() };
        let (rows, _) = connected.driver.read(&source, schema, fields, options);
        let related = match connected.tables.companion {
            CompanionState::Installed => related(connected),
            // The tables behind the rules are the companion's.
            CompanionState::Missing => Related::default(),
        };
        let verdicts = rules.evaluate(&rows, &related);
        SidePreview { schema, source, rules, rows, related, verdicts }
    }
}

/// What the rules of all mappings know of other tables.
pub(crate) fn related(connected: &Connected) -> Related {
    let read = |table: RelatedTable| {
        let place = match table.number {
            0 => Place::Dataverse(table.name),
            number => Place::BusinessCentral(number),
        };
        let (schema, source) = connected.place(place);
        let fields = table.fields.iter().map(|name| schema.field(name).unwrap());
        connected.driver.read(&source, schema, fields, ReadOptions::default()).0
    };
    Related {
        related_contacts: Some(related_contacts(&read(CONTACT_BUSINESS_RELATIONS), &read(MARKETING_SETUP))),
        owners: owners(&read(SALESPEOPLE), &read(USERS)),
        ..Related::default()
    }
}
