//! The Business Central company's row in Dataverse, as far as it is known: without it the standard filters have no
//! company part, so nothing is applied while it is being looked up.

use couplet_engine::{Company, Side};
use leptos::prelude::*;

use crate::state::connections::Connections;
use crate::state::load::Load;

/// What is known of the company row.
#[derive(Debug, Clone, PartialEq)]
pub enum CompanyLookup {
    /// The connections are being opened.
    Pending,
    /// It was found.
    Found(Company),
    /// There is none, or it could not be read.
    Missing,
}

impl CompanyLookup {
    /// The company that was found.
    pub fn found(&self) -> Option<Company> {
        match self {
            CompanyLookup::Found(company) => Some(company.clone()),
            CompanyLookup::Pending | CompanyLookup::Missing => None,
        }
    }
}

/// What is known of the company row, kept current.
pub fn company_lookup() -> Signal<CompanyLookup> {
    let connections = Connections::expect();
    Signal::derive(move || {
        if let Some(company) = connections.company() {
            return CompanyLookup::Found(company);
        }
        let is_open = |side| !matches!(connections.place(side), Load::Idle | Load::Loading);
        if is_open(Side::BusinessCentral) && is_open(Side::Dataverse) {
            CompanyLookup::Missing
        } else {
            CompanyLookup::Pending
        }
    })
}
