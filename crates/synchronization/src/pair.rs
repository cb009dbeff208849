//! Which two places couplings, watermarks and the journal belong to: everything kept is of one pair of systems, and means
//! nothing to another one.

use std::fmt;

use uuid::Uuid;

use crate::error::RunError;
use crate::ports::Ports;
use crate::session::{Session, Systems};
use crate::store::Store;

/// A company in Business Central and an environment of Dataverse.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pair {
    /// Base address of the Business Central environment.
    pub business_central: String,
    /// Id of the company there.
    pub company: Uuid,
    /// Its name, for people.
    pub company_name: String,
    /// Base address of the Dataverse environment.
    pub dataverse: String,
}

impl Pair {
    /// Whether both are the same two places: names may change, and addresses be written in another way.
    pub fn is_same(&self, other: &Pair) -> bool {
        let place = |address: &str| address.trim_end_matches('/').to_ascii_lowercase();
        self.company == other.company
            && place(&self.business_central) == place(&other.business_central)
            && place(&self.dataverse) == place(&other.dataverse)
    }
}

impl fmt::Display for Pair {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Pair { business_central, company, company_name, dataverse } = self;
        let company: &dyn fmt::Display = if company_name.is_empty() { company } else { company_name };
        write!(formatter, "{company} ({business_central}), {dataverse}")
    }
}

impl Systems {
    /// The pair that they are.
    pub fn pair(&self) -> Pair {
        Pair {
            business_central: self.business_central.base_url.clone(),
            company: self.business_central.company,
            company_name: self.business_central.company_name.clone(),
            dataverse: self.dataverse.base_url.clone(),
        }
    }
}

/// Refuses what is kept of another pair. The pair that everything belongs to; none before the first run.
///
/// # Errors
/// [`RunError::OtherPair`], or when the storage refuses.
pub(crate) async fn check<P: Ports, S: Store>(
    session: &Session<P>,
    store: &S,
) -> Result<Option<Pair>, RunError> {
    let (kept, connected) = (store.pair().await?, session.systems().pair());
    match kept {
        Some(kept) if !kept.is_same(&connected) => {
            Err(RunError::OtherPair { kept: Box::new(kept), connected: Box::new(connected) })
        }
        kept => Ok(kept),
    }
}

/// The same before something is kept for the first time: from then on everything belongs to this pair.
///
/// # Errors
/// As [`check`].
pub(crate) async fn claim<P: Ports, S: Store>(session: &Session<P>, store: &S) -> Result<(), RunError> {
    if check(session, store).await?.is_none() {
        store.keep_pair(&session.systems().pair()).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pair_is_its_two_places_and_not_their_names() {
        let pair = Pair {
            business_central: "https://api.businesscentral.dynamics.com/v2.0/contoso/Production".to_owned(),
            company: Uuid::from_u128(1),
            company_name: "Contoso".to_owned(),
            dataverse: "https://contoso.crm4.dynamics.com".to_owned(),
        };
        let written_otherwise = Pair {
            business_central: "https://api.businesscentral.dynamics.com/v2.0/contoso/production/".to_owned(),
            company_name: "Contoso Ltd.".to_owned(),
            dataverse: "https://Contoso.crm4.dynamics.com/".to_owned(),
            ..pair.clone()
        };
        assert!(pair.is_same(&written_otherwise));
        for other in [
            Pair { business_central: pair.business_central.replace("Production", "Sandbox"), ..pair.clone() },
            Pair { company: Uuid::from_u128(2), ..pair.clone() },
            Pair { dataverse: "https://contoso-test.crm4.dynamics.com".to_owned(), ..pair.clone() },
        ] {
            assert!(!pair.is_same(&other), "{other}");
        }
    }
}
