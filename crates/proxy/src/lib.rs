//! The thin proxy: it serves the built app, keeps the connections, opens sessions and forwards requests to the
//! two systems or to the embedded sandbox. It knows no mapping and no record; bodies pass through unread.

pub mod address;
mod app;
mod assets;
pub mod connections;
mod content_policy;
mod forward;
mod guard;
mod headers;
mod rejection;
mod sandbox_host;
mod session;
mod system_path;
pub mod token_source;
mod upstream;

pub use app::{ProxyOptions, app};
pub use assets::{Assets, AssetsError};
pub use rejection::Rejection;
pub use sandbox_host::{SandboxHost, SandboxSize};
pub use session::{StartToken, TokenError};
pub use upstream::{Upstream, UpstreamError};
