//! Sign-ins that a person has begun and not yet finished: what was sent to the identity provider and must come back,
//! once, in the same browser, within minutes.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use url::Url;

use crate::connections::Connection;
use crate::random::{RandomText, TokenError};

/// Seconds within which a person has to be back.
const MAX_SECONDS: i64 = 600;
/// Most sign-ins under way; the oldest is given up when there would be more.
const MAX_OPEN: usize = 64;

/// What a sign-in is for.
#[derive(Debug, Clone)]
pub(super) enum Purpose {
    /// To call a service in a person's name.
    Connection(Arc<Connection>),
    /// To open a session of this proxy.
    Session,
}

/// One sign-in under way.
#[derive(Debug)]
pub(super) struct Transaction {
    state: RandomText,
    browser: RandomText,
    pub(super) nonce: RandomText,
    pub(super) verifier: RandomText,
    pub(super) purpose: Purpose,
    pub(super) redirect_uri: String,
    /// The page of the app to come back to.
    pub(super) return_to: String,
    begun_at: i64,
}

/// What is asked of the person's browser.
pub(super) struct Asked<'a> {
    pub(super) endpoint: &'a Url,
    pub(super) client_id: &'a str,
    pub(super) scope: &'a str,
    pub(super) redirect_uri: &'a str,
    pub(super) return_to: &'a str,
    pub(super) purpose: Purpose,
    /// Seconds since 1970.
    pub(super) now: i64,
}

/// Where the browser goes, and what it has to bring back.
pub(super) struct Begun {
    pub(super) address: Url,
    /// Value of the cookie that ties the sign-in to this browser.
    pub(super) cookie: String,
}

/// All sign-ins under way.
#[derive(Debug, Default)]
pub(crate) struct Transactions(Mutex<VecDeque<Transaction>>);

impl Transactions {
    /// Begins one: the address of the sign-in page with state, nonce and PKCE challenge (C6).
    pub(super) fn begin(&self, asked: Asked<'_>) -> Result<Begun, TokenError> {
        let transaction = Transaction {
            state: RandomText::generate()?,
            browser: RandomText::generate()?,
            nonce: RandomText::generate()?,
            verifier: RandomText::generate()?,
            purpose: asked.purpose,
            redirect_uri: asked.redirect_uri.to_owned(),
            return_to: asked.return_to.to_owned(),
            begun_at: asked.now,
        };
        let challenge = BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(transaction.verifier.reveal()));
        let mut address = asked.endpoint.clone();
        address
            .query_pairs_mut()
            .append_pair("client_id", asked.client_id)
            .append_pair("response_type", "code")
            .append_pair("response_mode", "query")
            .append_pair("redirect_uri", asked.redirect_uri)
            .append_pair("scope", asked.scope)
            .append_pair("state", transaction.state.reveal())
            .append_pair("nonce", transaction.nonce.reveal())
            .append_pair("code_challenge", &challenge)
            .append_pair("code_challenge_method", "S256")
            .append_pair("prompt", "select_account");
        let cookie = transaction.browser.reveal().to_owned();
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if open.len() >= MAX_OPEN {
            open.pop_front();
        }
        open.push_back(transaction);
        Ok(Begun { address, cookie })
    }

    /// Ends the sign-in with this state. It is over whatever comes of it; only the browser in which it was begun,
    /// in time, gets it.
    pub(super) fn end(&self, state: &str, browser: &str, now: i64) -> Option<Transaction> {
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        open.retain(|it| now.saturating_sub(it.begun_at) < MAX_SECONDS);
        let position = open.iter().position(|it| it.state.equals(state))?;
        open.remove(position).filter(|it| it.browser.equals(browser))
    }
}
