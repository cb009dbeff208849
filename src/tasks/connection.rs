//! Saving a connection with its secret, and choosing which connection this browser works with.

use couplet_engine::Side;

use crate::browser::connections::{Refusal, Settings, change, create, set_secret};
use crate::browser::http::Connection;
use crate::browser::page;
use crate::state::connections::InUse;

/// Why not everything was saved.
#[derive(Debug, Clone, PartialEq)]
pub struct NotSaved {
    /// What was saved before it failed: the settings, when only the secret was refused.
    pub saved: Option<Connection>,
    /// Why.
    pub refusal: Refusal,
}

/// Saves settings, new ones without an `id`, and then the secret if one was entered.
///
/// # Errors
/// [`NotSaved`] with what was refused.
pub async fn save(id: Option<&str>, settings: &Settings, secret: &str) -> Result<Connection, NotSaved> {
    let saved = match id {
        Some(id) => change(id, settings).await,
        None => create(settings).await,
    };
    let saved = saved.map_err(|refusal| NotSaved { saved: None, refusal })?;
    if secret.is_empty() {
        return Ok(saved);
    }
    let with_secret = set_secret(&saved.id, secret).await;
    with_secret.map_err(|refusal| NotSaved { saved: Some(saved), refusal })
}

/// Makes a connection the one that this browser works with, or none. Everything that was read belongs to another
/// place, so the page is loaded again.
pub fn enable(side: Side, id: Option<&str>) {
    InUse::keep(side, id);
    page::reload();
}
