//! The sign-in page: who signs in, consent, and the way back to the application with a code or a failure (C6).

use rustc_hash::FxHashMap;

use super::answers::{description, escaped, failure, form, page};
use super::{CODE_SECONDS, Consent, DEMO_CLIENT_ID, DEMO_USERS, Grant, IdentityProvider};
use crate::wire::{Request, Response, percent_encode, query_pairs};

/// Most codes that wait to be redeemed.
const MAX_CODES: usize = 1_000;
/// The only path an application may be sent back to: that of Couplet's proxy.
const CALLBACK_PATH: &str = "/api/sign-in/callback";

impl IdentityProvider {
    /// The page on which a person chooses who to be.
    pub(super) fn authorize_page(&self, request: &Request<'_>) -> Response {
        let query: FxHashMap<String, String> = query_pairs(request.query).into_iter().collect();
        if let Some(refused) = refusal(&query) {
            return refused;
        }
        let users: String = DEMO_USERS
            .iter()
            .enumerate()
            .map(|(position, user)| {
                let checked = if position == 0 { " checked" } else { "" };
                let role = if user.is_administrator { "administrator" } else { "user" };
                format!(
                    "<label><input type=\"radio\" name=\"user\" value=\"{}\"{checked}>\
                     <span>{} <small>{role}, {}</small></span></label>",
                    user.object_id, user.name, user.user_name
                )
            })
            .collect();
        let asked = match self.settings.consent {
            Consent::Granted => "",
            Consent::Missing => {
                "<p>Couplet asks to read and write data of Business Central and Dataverse for this tenant. \
                 An administrator can accept for everybody.</p>"
            }
        };
        let body = format!(
            "<p class=\"note\">Demo identity provider of the sandbox. No password is needed.</p>{asked}\
             <form method=\"post\" action=\"?{}\"><fieldset><legend>Sign in as</legend>{users}</fieldset>\
             <button name=\"decision\" value=\"accept\">Sign in</button>\
             <button name=\"decision\" value=\"cancel\">Cancel</button></form>",
            escaped(request.query)
        );
        page("Sign in", &body)
    }

    /// What the person decided: the way back to the application.
    pub(super) fn authorize(&mut self, request: &Request<'_>, now: i64) -> Response {
        let query: FxHashMap<String, String> = query_pairs(request.query).into_iter().collect();
        if let Some(refused) = refusal(&query) {
            return refused;
        }
        let form = form(request.body);
        if form.get("decision").map(String::as_str) != Some("accept") {
            let declined = description(65_004, "User declined to consent to access the app.");
            return back(&query, &[("error", "access_denied"), ("error_description", &declined)]);
        }
        let chosen = form.get("user");
        let Some(user) = DEMO_USERS.into_iter().find(|user| chosen.is_some_and(|it| it == user.object_id))
        else {
            return failure(400, "invalid_request", 50_034, "The user account does not exist.");
        };
        if self.settings.consent == Consent::Missing {
            if !user.is_administrator {
                let missing = description(65_001, "The user or administrator has not consented.");
                return back(&query, &[("error", "consent_required"), ("error_description", &missing)]);
            }
            self.settings.consent = Consent::Granted;
        }
        let get = |name: &str| query.get(name).cloned();
        let grant = Grant {
            user,
            nonce: get("nonce"),
            redirect_uri: get("redirect_uri").unwrap_or_default(),
            code_challenge: get("code_challenge").unwrap_or_default(),
            expires_at: now.saturating_add(CODE_SECONDS),
        };
        // Whoever reaches the page can ask for codes: those that nobody redeemed do not pile up.
        self.codes.retain(|_, grant| now < grant.expires_at);
        if self.codes.len() >= MAX_CODES {
            return failure(503, "temporarily_unavailable", 90_033, "Too many sign-ins are under way.");
        }
        let code = format!("code-{}-{now}", self.next_number());
        self.codes.insert(code.clone(), grant);
        back(&query, &[("code", &code)])
    }
}

/// Why a request to sign in is answered with a page of its own and not sent back: whoever asked is not known.
fn refusal(query: &FxHashMap<String, String>) -> Option<Response> {
    let get = |name: &str| query.get(name).map(String::as_str).unwrap_or_default();
    if get("client_id") != DEMO_CLIENT_ID {
        return Some(failure(
            400,
            "unauthorized_client",
            700_016,
            "Application was not found in the directory.",
        ));
    }
    let redirect_uri = get("redirect_uri");
    let is_web = redirect_uri.starts_with("http://") || redirect_uri.starts_with("https://");
    if !is_web || !redirect_uri.ends_with(CALLBACK_PATH) {
        let text = "The redirect URI specified in the request does not match those of the application.";
        return Some(failure(400, "invalid_request", 50_011, text));
    }
    if get("response_type") != "code" || get("code_challenge_method") != "S256" {
        return Some(failure(400, "invalid_request", 900_144, "Only a code with PKCE (S256) is given."));
    }
    None
}

/// Sends the browser back to the application with the state it gave.
fn back(query: &FxHashMap<String, String>, parameters: &[(&str, &str)]) -> Response {
    let mut location = query.get("redirect_uri").cloned().unwrap_or_default();
    let state = query.get("state").map(|state| ("state", state.as_str()));
    for (position, (name, value)) in parameters.iter().copied().chain(state).enumerate() {
        location.push(if position == 0 { '?' } else { '&' });
        location.push_str(name);
        location.push('=');
        location.push_str(&percent_encode(value));
    }
    Response::empty(302).header("Location", location).header("Cache-Control", "no-store")
}
