//! The wire contract, fact by fact: each test names the facts it proves by their numbers.

#[cfg(test)]
mod business_central;
#[cfg(test)]
mod business_central_sales;
#[cfg(test)]
mod client;
#[cfg(test)]
mod dataverse;
#[cfg(test)]
mod dataverse_closing;
#[cfg(test)]
mod dataverse_privileges;
#[cfg(test)]
mod dataverse_queries;
#[cfg(test)]
mod dataverse_sales;
#[cfg(test)]
mod dataverse_writes;
#[cfg(test)]
mod defects;
#[cfg(test)]
mod demo;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod identity;
#[cfg(test)]
mod limits;
#[cfg(test)]
mod orders;
#[cfg(test)]
mod robustness;
#[cfg(test)]
mod snapshot;
#[cfg(test)]
mod webhooks;
