//! What "Multi-Company Synch. Enabled" does to the company condition of the integration table filter (S1.12).

use crate::checks::COMPANY_COLUMN;
use crate::configuration::Company;
use crate::mapping::{FilterCondition, IntegrationTableMapping};

/// Tables of which another company's rows are never taken: there the switch narrows the condition.
const NARROWED: [&str; 2] = ["salesorder", "opportunity"];
/// The blank company.
const NO_COMPANY: &str = "{00000000-0000-0000-0000-000000000000}";

/// Makes the company condition follow the mapping's switch. Without a company there is nothing to compare with, and
/// a condition that was there stays, unless the switch is on and removes it.
pub fn follow_multi_company(mapping: &mut IntegrationTableMapping, company: Option<&Company>) {
    let is_narrowed = NARROWED.contains(&mapping.integration_table.as_str());
    let id = company.map(|company| company.id.braced().to_string().to_uppercase());
    let text = match (mapping.multi_company_synch_enabled, is_narrowed, id) {
        (true, false, _) => None,
        (true, true, Some(id)) => Some(id),
        (false, _, Some(id)) => Some(format!("{id}|{NO_COMPANY}")),
        (_, _, None) => return,
    };
    let conditions = &mut mapping.integration_table_filter.conditions;
    match (conditions.iter().position(|condition| condition.field == COMPANY_COLUMN), text) {
        (Some(idx), None) => drop(conditions.remove(idx)),
        (Some(idx), Some(text)) => {
            if let Some(condition) = conditions.get_mut(idx) {
                condition.text = text;
            }
        }
        (None, Some(text)) => conditions.push(FilterCondition { field: COMPANY_COLUMN.to_owned(), text }),
        (None, None) => {}
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::OwnershipModel;
    use crate::default_setup::build;

    #[test]
    fn the_condition_goes_and_comes_back() {
        let company = Company { id: Uuid::from_u128(7), name: "CRONUS".to_owned() };
        let standard = build(OwnershipModel::Team, Some(&company)).mappings;
        let customer = standard.into_iter().find(|mapping| mapping.name.as_str() == "CUSTOMER").unwrap();
        let mut mapping = customer.clone();
        mapping.multi_company_synch_enabled = true;
        follow_multi_company(&mut mapping, Some(&company));
        assert!(mapping.integration_table_filter.conditions.iter().all(|it| it.field != COMPANY_COLUMN));
        mapping.multi_company_synch_enabled = false;
        follow_multi_company(&mut mapping, Some(&company));
        assert_eq!(mapping, customer);
    }

    #[test]
    fn orders_and_opportunities_are_narrowed_to_the_company() {
        let company = Company { id: Uuid::from_u128(7), name: "CRONUS".to_owned() };
        let standard = build(OwnershipModel::Team, Some(&company)).mappings;
        let mut mapping = standard.into_iter().next().unwrap();
        mapping.integration_table = "opportunity".to_owned();
        mapping.multi_company_synch_enabled = true;
        follow_multi_company(&mut mapping, Some(&company));
        let texts: Vec<&str> = mapping
            .integration_table_filter
            .conditions
            .iter()
            .filter(|condition| condition.field == COMPANY_COLUMN)
            .map(|condition| condition.text.as_str())
            .collect();
        assert_eq!(texts, ["{00000000-0000-0000-0000-000000000007}"]);
    }
}
