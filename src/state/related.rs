//! The tables behind the rules: read when a mapping has such a rule, and turned into what the rules ask for.

use std::sync::Arc;

use couplet_engine::preview::{
    CONTACT_BUSINESS_RELATIONS, MARKETING_SETUP, Related, RelatedTable, SALESPEOPLE, USERS, owners,
    related_contacts,
};
use couplet_engine::{IntegrationTableMapping, OwnershipModel, PostFilter, Side};
use leptos::prelude::*;

use crate::queries::{read_table, schema};
use crate::state::configuration::ConfigurationStore;
use crate::state::connections::Connections;
use crate::state::tables::{Reading, TableHandle, TableKey, Tables};

/// What the rules of all mappings know of other tables.
#[derive(Clone, Copy)]
pub struct RelatedTables {
    contacts: Memo<Arc<Related>>,
    owners: Memo<Arc<Related>>,
}

impl RelatedTables {
    /// Makes the store available to every page.
    pub fn provide() {
        let contacts = Memo::new(move |_| {
            let (relations, setup) = (rows_of(CONTACT_BUSINESS_RELATIONS), rows_of(MARKETING_SETUP));
            let is_read =
                |handle: TableHandle| handle.reading.with(|reading| matches!(reading, Reading::Done { .. }));
            let related_contacts = (is_read(relations) && is_read(setup)).then(|| {
                relations.rows.with(|relations| setup.rows.with(|setup| related_contacts(relations, setup)))
            });
            Arc::new(Related { related_contacts, ..Related::default() })
        });
        let owners = Memo::new(move |_| {
            let (salespeople, users) = (rows_of(SALESPEOPLE), rows_of(USERS));
            let owners =
                salespeople.rows.with(|salespeople| users.rows.with(|users| owners(salespeople, users)));
            Arc::new(Related { owners, ..Related::default() })
        });
        provide_context(RelatedTables { contacts, owners });
    }

    /// The store of the app.
    pub fn expect() -> Self {
        expect_context()
    }

    /// What the rules of one side of `mapping` need.
    pub fn related(self, mapping: &IntegrationTableMapping, side: Side) -> Arc<Related> {
        let ownership =
            ConfigurationStore::expect().configuration.with(|configuration| configuration.ownership_model);
        match (side, mapping.post_filter, ownership) {
            (Side::BusinessCentral, Some(PostFilter::ContactBusinessRelation), OwnershipModel::Team) => {
                self.contacts.get()
            }
            (Side::BusinessCentral, Some(PostFilter::ContactBusinessRelation), OwnershipModel::Person) => {
                let owners = self.owners.with(|related| related.owners.clone());
                self.contacts.with(|contacts| Arc::new(Related { owners, ..Related::clone(contacts) }))
            }
            (Side::BusinessCentral, None, OwnershipModel::Person) => self.owners.get(),
            _ => Arc::default(),
        }
    }
}

/// The handle of a table behind a rule; its reading begins as soon as its system is connected.
fn rows_of(table: RelatedTable) -> TableHandle {
    let key = match table.number {
        0 => TableKey::Dataverse { name: table.name.to_owned() },
        number => TableKey::BusinessCentral { name: table.name.to_owned(), number },
    };
    let handle = Tables::expect().handle(&key);
    if Connections::expect().is_ready(key.side()) {
        schema::ensure(handle);
    }
    if handle.schema().is_some() {
        read_table::ensure(handle, table.fields);
    }
    handle
}
