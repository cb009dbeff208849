//! The proxy as its callers see it, driven in memory through `app()`. One file per concern; helpers in `harness`. The
//! attribute tells the linter that helpers are test code too.

#[cfg(test)]
mod addresses;
#[cfg(test)]
mod assets;
#[cfg(test)]
mod connections;
#[cfg(test)]
mod deployment;
#[cfg(test)]
mod forwarding;
#[cfg(test)]
mod hardening;
#[cfg(test)]
mod harness;
#[cfg(test)]
mod program;
#[cfg(test)]
mod sandbox;
#[cfg(test)]
mod sandbox_service;
#[cfg(test)]
mod secrets;
#[cfg(test)]
mod sessions;
#[cfg(test)]
mod shared;
#[cfg(test)]
mod sign_in;
