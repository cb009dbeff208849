//! Signed tokens: making them, reading our own, and reading a client's assertion. RS256 for ours, RS256 or PS256
//! for the client's; nothing else is a signature here.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use ring::rand::SystemRandom;
use ring::rsa::{KeyPair, PublicKeyComponents};
use ring::signature::{
    KeyPair as _, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RSA_PSS_2048_8192_SHA256, UnparsedPublicKey,
    VerificationAlgorithm,
};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// Name of the one signing key.
const KEY_ID: &str = "sandbox-1";

/// What an access token or an identity token of ours says.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Claims {
    pub(super) iss: String,
    pub(super) aud: String,
    pub(super) sub: String,
    pub(super) tid: String,
    pub(super) oid: String,
    pub(super) appid: String,
    pub(super) iat: i64,
    pub(super) nbf: i64,
    pub(super) exp: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) nonce: Option<String>,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) name: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) preferred_username: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) scp: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) roles: Vec<String>,
    /// Which of the things given out this is; what was given before a revocation is void.
    #[serde(rename = "couplet_number")]
    pub(super) number: u64,
}

/// What a client says to prove itself with its certificate (C3).
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Assertion {
    pub(super) aud: String,
    pub(super) iss: String,
    pub(super) sub: String,
    pub(super) nbf: i64,
    pub(super) exp: i64,
}

/// The key that signs our tokens.
#[derive(Debug)]
pub(super) struct SigningKey(KeyPair);

impl SigningKey {
    /// The key that comes with the source; nothing when it cannot be read, which a test excludes.
    pub(super) fn of_the_sandbox() -> Option<Self> {
        KeyPair::from_pkcs8(include_bytes!("../../data/identity/signing-key.pk8")).ok().map(Self)
    }

    /// The public half as it stands in the list of keys (RFC 7517).
    pub(super) fn public(&self) -> serde_json::Value {
        let parts: PublicKeyComponents<Vec<u8>> = self.0.public().into();
        serde_json::json!({
            "kty": "RSA", "use": "sig", "alg": "RS256", "kid": KEY_ID,
            "n": BASE64.encode(parts.n), "e": BASE64.encode(parts.e),
        })
    }

    pub(super) fn sign(&self, claims: &Claims) -> Option<String> {
        let header = serde_json::json!({ "alg": "RS256", "typ": "JWT", "kid": KEY_ID }).to_string();
        let claims = serde_json::to_vec(claims).ok()?;
        let signed = format!("{}.{}", BASE64.encode(header), BASE64.encode(claims));
        let mut signature = vec![0; self.0.public().modulus_len()];
        // The scheme is deterministic: the random bytes only blind the computation.
        self.0.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), signed.as_bytes(), &mut signature).ok()?;
        Some(format!("{signed}.{}", BASE64.encode(signature)))
    }

    /// The claims of a token that this key signed.
    pub(super) fn read(&self, token: &str) -> Option<Claims> {
        verified(token, "RS256", &RSA_PKCS1_2048_8192_SHA256, self.0.public_key().as_ref())
    }
}

/// The assertion, if it was signed with the key of the demo application's certificate.
pub(super) fn read_assertion(token: &str) -> Option<Assertion> {
    let key = include_bytes!("../../data/identity/client-public.der");
    verified(token, "PS256", &RSA_PSS_2048_8192_SHA256, key)
        .or_else(|| verified(token, "RS256", &RSA_PKCS1_2048_8192_SHA256, key))
}

fn verified<T: DeserializeOwned>(
    token: &str,
    algorithm: &str,
    verification: &'static dyn VerificationAlgorithm,
    key: &[u8],
) -> Option<T> {
    let (signed, signature) = token.rsplit_once('.')?;
    let (header, claims) = signed.split_once('.')?;
    let header: serde_json::Value = serde_json::from_slice(&BASE64.decode(header).ok()?).ok()?;
    if header.get("alg")?.as_str()? != algorithm {
        return None;
    }
    let signature = BASE64.decode(signature).ok()?;
    UnparsedPublicKey::new(verification, key).verify(signed.as_bytes(), &signature).ok()?;
    serde_json::from_slice(&BASE64.decode(claims).ok()?).ok()
}
