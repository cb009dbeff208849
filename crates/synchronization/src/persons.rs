//! Persons that are uncoupled with their customer or vendor (S3.48): those of its company contact whose coupled row belongs
//! to its account. Foreseen with the plan that uncouples, and carried out after it as a job of its own.

use couplet_engine::coupling::{RowId, SystemId};
use couplet_engine::executor::Settlement;
use couplet_engine::planning::{
    ActionKind, CompanyLink, Following, Outcome, Plan, PlanError, Reason, followers, uncouple_chosen,
};
use couplet_engine::preview::Related;
use couplet_engine::{Company, IntegrationTableMapping};
use couplet_filter::odata::Literal;
use rustc_hash::{FxHashMap, FxHashSet};
use uuid::Uuid;

use crate::error::RunError;
use crate::follow_up::{Neighbor, Neighborhood, halves, tables};
use crate::ports::Ports;
use crate::prepare::Selector;
use crate::prepared::partner;
use crate::reading::{cell, guid, text};
use crate::references::{ReferenceReader, is_link};
use crate::store::Store;

/// The pairs that a job uncoupled because somebody wanted it.
pub(crate) fn uncoupled(settlements: &[Settlement]) -> Vec<(SystemId, RowId)> {
    let pair = |Settlement { action, outcome }: &Settlement| {
        let Outcome::Done { record: Some(record), row: Some(row), .. } = outcome else { return None };
        let is_meant = action.kind == ActionKind::RemoveCoupling && action.reason == Reason::Chosen;
        is_meant.then_some((*record, *row))
    };
    settlements.iter().filter_map(pair).collect()
}

impl<P: Ports, S: Store> Neighborhood<'_, '_, P, S> {
    /// The persons of these customers or vendors, with their tables; none where there are none or nobody can tell.
    pub(crate) async fn persons(
        &self,
        companies: &IntegrationTableMapping,
        pairs: &[(SystemId, RowId)],
    ) -> Result<Option<Neighbor>, RunError> {
        let (Some(mapping), Some(link)) = (self.contact_mapping(), CompanyLink::of(companies.table.number))
        else {
            return Ok(None);
        };
        let state = self.store.mapping_state(&mapping.name).await?;
        if pairs.is_empty() || state.couplings.is_empty() {
            return Ok(None);
        }
        let selector =
            Selector { reader: self.reader, task: self.task, mapping, state: &state, now: self.now };
        let Some((mut left, mut right)) = halves(&selector).await? else { return Ok(None) };
        let accounts = pairs.iter().map(|(_, row)| Literal::Guid(row.0)).collect();
        selector.append_by(&mut right, "parentcustomerid", accounts).await?;
        let side = right.side();
        let partners: Vec<Uuid> =
            right.ids().into_iter().filter_map(|id| partner(&state, side, id)).collect();
        if partners.is_empty() {
            return Ok(None);
        }
        selector.append(&mut left, partners).await?;
        let contacts = self.company_contacts(companies, link, pairs).await?;
        let sides =
            (selector.side_table(left, &Related::default()), selector.side_table(right, &Related::default()));
        let mut neighbor = Neighbor::new(mapping.clone(), tables(sides, state));
        for (record, account) in pairs {
            for contact in contacts.get(record).into_iter().flatten() {
                let found = neighbor.followers(contact, *account);
                neighbor.persons.extend(found);
            }
        }
        Ok((!neighbor.persons.is_empty()).then_some(neighbor))
    }

    /// The numbers of the company contacts of customers or vendors.
    async fn company_contacts(
        &self,
        companies: &IntegrationTableMapping,
        link: CompanyLink,
        pairs: &[(SystemId, RowId)],
    ) -> Result<FxHashMap<SystemId, Vec<String>>, RunError> {
        let references =
            ReferenceReader { reader: self.reader, store: self.store, task: self.task, mapping: companies };
        let mut contacts: FxHashMap<SystemId, Vec<String>> = FxHashMap::default();
        let Some((place, number)) = references.coded(companies) else { return Ok(contacts) };
        let fields = std::slice::from_ref(&number);
        let mut rows = self.reader.read_with(&place, fields, (&number, &[])).await?;
        self.reader.append_ids(&place, fields, pairs.iter().map(|(record, _)| record.0), &mut rows).await?;
        let numbers: FxHashMap<&str, SystemId> = (0..rows.n_rows())
            .filter_map(|row| {
                let id = guid(cell(&rows, &place.schema.key_field, row))?;
                Some((text(&rows, &number.name, row), SystemId(id)))
            })
            .collect();
        let mut asked: Vec<String> = numbers.keys().map(|number| (*number).to_owned()).collect();
        asked.sort_unstable();
        let Some(relations) = references.relations("No.", &asked).await? else { return Ok(contacts) };
        for row in (0..relations.n_rows()).filter(|row| is_link(&relations, *row, link)) {
            if let Some(record) = numbers.get(text(&relations, "No.", row)) {
                contacts.entry(*record).or_default().push(text(&relations, "Contact No.", row).to_owned());
            }
        }
        Ok(contacts)
    }
}

impl Neighbor {
    fn followers(&self, company_contact: &str, account: RowId) -> FxHashSet<SystemId> {
        let tables = &self.tables;
        followers(
            company_contact,
            account,
            tables.business_central.records(),
            tables.dataverse.records(),
            &tables.state.couplings,
        )
    }

    /// The plan that uncouples the persons.
    pub(crate) fn uncoupling(&self, company: Option<&Company>) -> Result<Plan, PlanError> {
        let tables = &self.tables;
        let (couplings, rows) = (&tables.state.couplings, tables.dataverse.records());
        let mut plan = uncouple_chosen(&self.mapping, company, couplings, rows, &self.persons)?;
        for action in &mut plan.actions {
            action.reason = Reason::Follows(Following::Uncoupled);
        }
        Ok(plan)
    }
}
