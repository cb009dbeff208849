//! The token endpoint: client credentials with secret or certificate (C1, C3), codes with PKCE and refresh tokens
//! (C7), each failure with Entra's number.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use ring::digest::{SHA256, digest};
use rustc_hash::FxHashMap;

use super::answers::{failure, form, json};
use super::token::{Claims, read_assertion};
use super::{
    Consent, CredentialState, DEMO_CLIENT_ID, DEMO_CLIENT_SECRET, DEMO_TENANT_ID, Grant, IdentityProvider,
};
use crate::wire::{Request, Response, System};

const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

type Form = FxHashMap<String, String>;

/// Whom a request to the token endpoint proved to come from.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Client {
    /// The application, by one of its credentials.
    Confidential,
    /// Anybody who knows the application's id.
    Public,
}

impl IdentityProvider {
    /// Answers the token endpoint.
    pub(super) fn token(&mut self, request: &Request<'_>, now: i64) -> Response {
        let form = form(request.body);
        let outcome = match get(&form, "grant_type") {
            "client_credentials" => self.client_credentials(&form, now),
            "authorization_code" => self.code(&form, now),
            "refresh_token" => self.refresh(&form, now),
            _ => Err(refused(400, "unsupported_grant_type", 70_003, "The grant type is not supported.")),
        };
        outcome.unwrap_or_else(|failure| *failure)
    }

    fn client_credentials(&mut self, form: &Form, now: i64) -> Result<Response, Box<Response>> {
        if self.client(form, now)? == Client::Public {
            let text = "The request body must contain 'client_assertion' or 'client_secret'.";
            return Err(refused(401, "invalid_client", 7_000_218, text));
        }
        let (resource, system) = self.resource(form)?;
        // Dataverse needs no permission of the application (C5).
        let roles = match (system, self.settings.consent) {
            (System::BusinessCentral, Consent::Granted) => vec!["API.ReadWrite.All".to_owned()],
            _ => Vec::new(),
        };
        let claims = Claims { aud: resource, sub: DEMO_CLIENT_ID.to_owned(), roles, ..self.claims(now) };
        Ok(self.answer(&claims, serde_json::json!({})))
    }

    fn code(&mut self, form: &Form, now: i64) -> Result<Response, Box<Response>> {
        self.client(form, now)?;
        // A code serves once, whatever becomes of the request.
        let grant = self.codes.remove(get(form, "code")).filter(|grant| now < grant.expires_at);
        let Some(grant) = grant else {
            return Err(refused(400, "invalid_grant", 70_008, "The code has expired or was used already."));
        };
        let challenge = BASE64.encode(digest(&SHA256, get(form, "code_verifier").as_bytes()));
        if challenge != grant.code_challenge {
            return Err(refused(400, "invalid_grant", 501_481, "The Code_Verifier does not match."));
        }
        if get(form, "redirect_uri") != grant.redirect_uri {
            return Err(refused(400, "invalid_grant", 500_112, "The reply address does not match."));
        }
        self.give_user(grant, form, now)
    }

    fn refresh(&mut self, form: &Form, now: i64) -> Result<Response, Box<Response>> {
        self.client(form, now)?;
        let Some(grant) = self.refresh_tokens.get(get(form, "refresh_token")).cloned() else {
            return Err(refused(400, "invalid_grant", 50_173, "The grant was revoked."));
        };
        if now >= grant.expires_at {
            return Err(refused(400, "invalid_grant", 700_082, "The refresh token has expired."));
        }
        self.give_user(Grant { nonce: None, ..grant }, form, now)
    }

    /// Tokens for a person: access, identity and the right to more.
    fn give_user(&mut self, grant: Grant, form: &Form, now: i64) -> Result<Response, Box<Response>> {
        if self.settings.consent == Consent::Missing {
            let text = "The user or administrator has not consented to use the application.";
            return Err(refused(400, "invalid_grant", 65_001, text));
        }
        let user = grant.user;
        let person = Claims {
            sub: user.object_id.to_owned(),
            oid: user.object_id.to_owned(),
            name: user.name.to_owned(),
            preferred_username: user.user_name.to_owned(),
            ..self.claims(now)
        };
        let access = match self.resource(form) {
            Ok((aud, _)) => Claims { aud, scp: "user_impersonation".to_owned(), ..person.clone() },
            // A sign-in of which only the identity is wanted.
            Err(_) if resources(form).is_empty() => {
                Claims { aud: DEMO_CLIENT_ID.to_owned(), ..person.clone() }
            }
            Err(failure) => return Err(failure),
        };
        let identity = Claims { aud: DEMO_CLIENT_ID.to_owned(), nonce: grant.nonce.clone(), ..person };
        let refresh = format!("refresh-{}-{now}", self.next_number());
        let further = serde_json::json!({
            "id_token": self.sign(&identity), "refresh_token": refresh, "scope": get(form, "scope"),
        });
        let expires_at = now.saturating_add(self.settings.refresh_token_seconds);
        self.refresh_tokens.insert(refresh, Grant { expires_at, ..grant });
        Ok(self.answer(&access, further))
    }

    /// Who asks; a wrong credential is a failure, none at all is not.
    fn client(&self, form: &Form, now: i64) -> Result<Client, Box<Response>> {
        if get(form, "client_id") != DEMO_CLIENT_ID {
            let text = "Application was not found in the directory.";
            return Err(refused(400, "unauthorized_client", 700_016, text));
        }
        if let Some(secret) = form.get("client_secret") {
            return match self.settings.client_secret {
                CredentialState::Valid if secret == DEMO_CLIENT_SECRET => Ok(Client::Confidential),
                CredentialState::Expired if secret == DEMO_CLIENT_SECRET => Err(refused(
                    401,
                    "invalid_client",
                    7_000_222,
                    "The provided client secret keys are expired.",
                )),
                _ => Err(refused(401, "invalid_client", 7_000_215, "Invalid client secret provided.")),
            };
        }
        let Some(assertion) = form.get("client_assertion") else { return Ok(Client::Public) };
        let unknown = || refused(401, "invalid_client", 700_027, "The assertion's signature is not valid.");
        let is_registered = self.settings.client_certificate == CredentialState::Valid
            && get(form, "client_assertion_type") == ASSERTION_TYPE;
        let claims = read_assertion(assertion).filter(|_| is_registered).ok_or_else(unknown)?;
        if now < claims.nbf || now >= claims.exp {
            let text = "The assertion is not within its valid time range.";
            return Err(refused(401, "invalid_client", 700_024, text));
        }
        let is_ours = claims.iss == DEMO_CLIENT_ID
            && claims.sub == DEMO_CLIENT_ID
            && claims.aud.starts_with(&self.base_url)
            && claims.aud.ends_with("/oauth2/v2.0/token");
        if is_ours { Ok(Client::Confidential) } else { Err(unknown()) }
    }

    /// The one resource that the scope names (C1) and its system.
    fn resource(&self, form: &Form) -> Result<(String, System), Box<Response>> {
        let [resource] = resources(form).try_into().map_err(|_| {
            refused(400, "invalid_scope", 70_011, "The scope must name exactly one resource.")
        })?;
        let text = "The resource principal was not found in the tenant.";
        let system =
            self.system_of(&resource).ok_or_else(|| refused(400, "invalid_resource", 500_011, text))?;
        Ok((resource, system))
    }

    /// What all tokens of this moment say.
    fn claims(&mut self, now: i64) -> Claims {
        Claims {
            iss: self.issuer(),
            tid: DEMO_TENANT_ID.to_owned(),
            appid: DEMO_CLIENT_ID.to_owned(),
            iat: now,
            nbf: now,
            exp: now.saturating_add(self.settings.token_seconds),
            number: self.next_number(),
            ..Claims::default()
        }
    }

    fn answer(&self, access: &Claims, further: serde_json::Value) -> Response {
        let mut body = serde_json::json!({
            "token_type": "Bearer",
            "expires_in": self.settings.token_seconds,
            "ext_expires_in": self.settings.token_seconds,
            "access_token": self.sign(access),
        });
        if let (Some(body), serde_json::Value::Object(further)) = (body.as_object_mut(), further) {
            body.extend(further);
        }
        json(200, &body)
    }
}

/// The resources in a scope: what stands before `/.default` or `/user_impersonation`.
fn resources(form: &Form) -> Vec<String> {
    let scopes = get(form, "scope").split(' ');
    scopes.filter_map(|scope| Some(scope.rsplit_once('/')?.0.trim_end_matches('/').to_owned())).collect()
}

fn get<'a>(form: &'a Form, name: &str) -> &'a str {
    form.get(name).map(String::as_str).unwrap_or_default()
}

fn refused(status: u16, error: &str, number: u32, text: &str) -> Box<Response> {
    Box::new(failure(status, error, number, text))
}
