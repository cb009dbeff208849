//! Signing in: to the connections' services, and of people to this proxy. Tokens live in memory and go to the
//! services alone; what a person's sign-in gave is kept with the connection.

mod certificate;
mod client;
mod failure;
mod grants;
mod identity_token;
mod person;
mod provider;
mod routes;
mod tokens;
mod transactions;

pub use certificate::{Certificate, CertificateError};
pub(crate) use client::IdentityClient;
pub use failure::SignInProblem;
pub(crate) use person::begin_session;
pub use person::{People, PeopleError};
pub(crate) use routes::{callback, connection_routes};
pub(crate) use tokens::{SignIn, on_disk};
pub(crate) use transactions::Transactions;
