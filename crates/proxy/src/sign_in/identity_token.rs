//! Identity tokens: signature by the provider's published keys, then issuer, audience, nonce and time. RS256 only;
//! every check is an equality with what this proxy asked for (OpenID Connect Core, 3.1.3.7).

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents};
use serde::Deserialize;

/// Seconds by which the two clocks may differ.
const CLOCK_LEEWAY_SECONDS: i64 = 300;

/// The provider's published keys (RFC 7517).
#[derive(Deserialize)]
pub(crate) struct KeySet {
    keys: Vec<Key>,
}

#[derive(Deserialize)]
struct Key {
    kty: String,
    #[serde(default)]
    kid: String,
    #[serde(default, rename = "use")]
    usage: String,
    #[serde(default)]
    n: String,
    #[serde(default)]
    e: String,
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    #[serde(default)]
    kid: String,
}

/// Who signed in.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Identity {
    iss: String,
    aud: String,
    exp: i64,
    #[serde(default)]
    nbf: i64,
    #[serde(default)]
    nonce: String,
    #[serde(default)]
    tid: String,
    /// The person's id at this provider.
    pub(crate) sub: String,
    /// The person's id in the directory (Entra).
    #[serde(default)]
    pub(crate) oid: String,
    /// The name with which the person signs in.
    #[serde(default)]
    pub(crate) preferred_username: String,
}

/// What a token has to say.
pub(crate) struct Expected<'a> {
    /// The provider's issuer; `{tenantid}` in it stands for the token's own tenant.
    pub(crate) issuer: &'a str,
    /// Id of the application.
    pub(crate) client_id: &'a str,
    /// The nonce of this sign-in.
    pub(crate) nonce: &'a str,
    /// The moment, in seconds since 1970.
    pub(crate) now: i64,
}

/// Reads a token that one of the keys signed and that says what is expected; nothing otherwise.
pub(crate) fn read(token: &str, keys: &KeySet, expected: &Expected<'_>) -> Option<Identity> {
    let (signed, signature) = token.rsplit_once('.')?;
    let (header, claims) = signed.split_once('.')?;
    let header: Header = serde_json::from_slice(&BASE64.decode(header).ok()?).ok()?;
    if header.alg != "RS256" {
        return None;
    }
    let signature = BASE64.decode(signature).ok()?;
    let is_candidate =
        |key: &&Key| key.kty == "RSA" && matches!(key.usage.as_str(), "" | "sig") && key.kid == header.kid;
    keys.keys.iter().filter(is_candidate).find(|key| key.signed(signed.as_bytes(), &signature))?;
    let identity: Identity = serde_json::from_slice(&BASE64.decode(claims).ok()?).ok()?;
    identity.says(expected).then_some(identity)
}

impl Key {
    fn signed(&self, message: &[u8], signature: &[u8]) -> bool {
        let (Ok(n), Ok(e)) = (BASE64.decode(&self.n), BASE64.decode(&self.e)) else { return false };
        RsaPublicKeyComponents { n, e }.verify(&RSA_PKCS1_2048_8192_SHA256, message, signature).is_ok()
    }
}

impl Identity {
    fn says(&self, expected: &Expected<'_>) -> bool {
        let issuer = expected.issuer.replace("{tenantid}", &self.tid);
        self.iss == issuer
            && self.aud == expected.client_id
            && self.nonce == expected.nonce
            && !self.nonce.is_empty()
            && self.exp > expected.now - CLOCK_LEEWAY_SECONDS
            && self.nbf <= expected.now + CLOCK_LEEWAY_SECONDS
    }
}
