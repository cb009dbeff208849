//! The thin proxy: it serves the built app, keeps the connections, opens sessions and forwards requests to the
//! two systems or to the embedded sandbox. It knows no mapping and no record; bodies pass through unread.

pub mod address;
mod app;
mod assets;
mod clock;
pub mod connections;
mod content_policy;
mod forward;
mod guard;
mod headers;
mod limits;
mod metrics;
mod random;
mod rejection;
mod sandbox_host;
pub mod server;
mod session;
mod sign_in;
mod site;
pub mod store;
mod system_path;
mod upstream;

pub use app::{ProxyOptions, app};
pub use assets::{Assets, AssetsError};
pub use clock::Clock;
pub use metrics::MetricsRoute;
pub use random::TokenError;
pub use rejection::Rejection;
pub use sandbox_host::{SandboxHost, SandboxSize};
pub use session::StartToken;
pub use sign_in::{Certificate, CertificateError, People, PeopleError, SignInProblem};
pub use site::{Site, Transport};
pub use upstream::{Lookup, Patience, Resolver, Upstream, UpstreamError};
