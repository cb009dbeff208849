//! A certificate with its private key, and what is signed with it: the assertion by which an application proves
//! itself (C3). Keys are RSA of 2,048 bits and more, in PEM; the signature is PS256.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, SHA256, digest};
use ring::rand::SystemRandom;
use ring::rsa::KeyPair;
use ring::signature::{KeyPair as _, RSA_PSS_SHA256};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// Seconds an assertion is valid: enough for one request.
const ASSERTION_SECONDS: i64 = 300;
/// Seconds by which this machine's clock may be ahead.
const CLOCK_LEEWAY_SECONDS: i64 = 60;

/// Why a certificate cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CertificateError {
    /// There is no certificate in the text.
    #[error("the text holds no certificate in PEM form (BEGIN CERTIFICATE)")]
    NoCertificate,
    /// There is no readable private key in the text.
    #[error("the text holds no unencrypted private key in PEM form (BEGIN PRIVATE KEY)")]
    NoKey,
    /// The key is not RSA, or too short.
    #[error("the private key must be RSA of 2,048 to 4,096 bits")]
    KeyUnusable,
    /// Key and certificate do not belong together.
    #[error("the private key is not the certificate's")]
    KeyForeign,
}

/// A certificate and its key.
#[derive(Debug)]
pub struct Certificate {
    der: CertificateDer<'static>,
    key: KeyPair,
}

impl Certificate {
    /// Reads a PEM text with a certificate and its private key, in any order.
    ///
    /// # Errors
    /// [`CertificateError`] when one of them is missing or they do not go together.
    pub fn read(pem: &str) -> Result<Self, CertificateError> {
        let der =
            CertificateDer::from_pem_slice(pem.as_bytes()).map_err(|_| CertificateError::NoCertificate)?;
        let key = PrivateKeyDer::from_pem_slice(pem.as_bytes()).map_err(|_| CertificateError::NoKey)?;
        let key = match &key {
            PrivateKeyDer::Pkcs8(key) => KeyPair::from_pkcs8(key.secret_pkcs8_der()),
            PrivateKeyDer::Pkcs1(key) => KeyPair::from_der(key.secret_pkcs1_der()),
            _ => return Err(CertificateError::KeyUnusable),
        };
        let key = key.map_err(|_| CertificateError::KeyUnusable)?;
        // The certificate holds the public key byte for byte.
        let public = key.public_key().as_ref();
        if !der.windows(public.len()).any(|part| part == public) {
            return Err(CertificateError::KeyForeign);
        }
        Ok(Self { der, key })
    }

    /// The SHA-1 thumbprint in upper-case hexadecimal digits, as the portal shows it.
    pub fn thumbprint_sha1(&self) -> String {
        use std::fmt::Write;
        let hash = digest(&SHA1_FOR_LEGACY_USE_ONLY, &self.der);
        hash.as_ref().iter().fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02X}");
            text
        })
    }

    /// The assertion of a client for one token endpoint, at a moment in seconds since 1970. `id` is random.
    pub(crate) fn assertion(&self, client_id: &str, audience: &str, id: &str, now: i64) -> Option<String> {
        let header = serde_json::json!({
            "alg": "PS256", "typ": "JWT",
            "x5t": BASE64.encode(digest(&SHA1_FOR_LEGACY_USE_ONLY, &self.der)),
            "x5t#S256": BASE64.encode(digest(&SHA256, &self.der)),
        });
        let claims = serde_json::json!({
            "aud": audience, "iss": client_id, "sub": client_id, "jti": id,
            "nbf": now - CLOCK_LEEWAY_SECONDS, "iat": now, "exp": now + ASSERTION_SECONDS,
        });
        let signed = format!("{}.{}", BASE64.encode(header.to_string()), BASE64.encode(claims.to_string()));
        let mut signature = vec![0; self.key.public().modulus_len()];
        self.key.sign(&RSA_PSS_SHA256, &SystemRandom::new(), signed.as_bytes(), &mut signature).ok()?;
        Some(format!("{signed}.{}", BASE64.encode(signature)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(pem: &str) -> CertificateError {
        Certificate::read(pem).unwrap_err()
    }

    #[test]
    fn certificate_and_key_come_in_any_order_and_belong_together() {
        let pem = couplet_sandbox::DEMO_CLIENT_CERTIFICATE;
        let certificate = Certificate::read(pem).unwrap();
        assert_eq!(certificate.thumbprint_sha1().len(), 40);
        let (first, key) = pem.split_at(pem.find("-----BEGIN PRIVATE KEY").unwrap());
        let turned = Certificate::read(&format!("{key}{first}")).unwrap();
        assert_eq!(turned.thumbprint_sha1(), certificate.thumbprint_sha1());
        assert_eq!(problem(key), CertificateError::NoCertificate);
        assert_eq!(problem(first), CertificateError::NoKey);
        assert_eq!(problem("secret"), CertificateError::NoCertificate);
        let broken = pem.replace("BEGIN PRIVATE KEY", "BEGIN ENCRYPTED PRIVATE KEY");
        let broken = broken.replace("END PRIVATE KEY", "END ENCRYPTED PRIVATE KEY");
        assert_eq!(problem(&broken), CertificateError::NoKey);
    }

    #[test]
    fn a_key_shows_nothing_of_itself() {
        let certificate = Certificate::read(couplet_sandbox::DEMO_CLIENT_CERTIFICATE).unwrap();
        let debug = format!("{certificate:?}");
        assert!(!debug.contains("secret") && !debug.contains("d:"), "{debug}");
    }
}
