//! The pair of systems that everything kept belongs to.

use couplet_synchronization::Pair;
use serde::{Deserialize, Serialize};

use super::scalars::StoredId;

/// The pair.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StoredPair {
    business_central: String,
    company: StoredId,
    company_name: String,
    dataverse: String,
}

impl From<&Pair> for StoredPair {
    fn from(pair: &Pair) -> Self {
        StoredPair {
            business_central: pair.business_central.clone(),
            company: StoredId(pair.company),
            company_name: pair.company_name.clone(),
            dataverse: pair.dataverse.clone(),
        }
    }
}

impl From<StoredPair> for Pair {
    fn from(stored: StoredPair) -> Self {
        Pair {
            business_central: stored.business_central,
            company: stored.company.0,
            company_name: stored.company_name,
            dataverse: stored.dataverse,
        }
    }
}
