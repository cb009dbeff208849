//! The identity provider: what its endpoints answer, and which tokens the services accept.

use couplet_sandbox::{
    Consent, CredentialState, DEMO_CLIENT_ID, DEMO_CLIENT_SECRET, DEMO_TENANT_ID, IdentitySettings, Request,
    Response, Sandbox, System, TokenCheck,
};
use serde_json::Value;

use crate::client::options;

const DATAVERSE: &str = "http://localhost/.default";
const BUSINESS_CENTRAL: &str = "https://api.businesscentral.dynamics.com/.default";

fn sandbox() -> Sandbox {
    let options =
        couplet_sandbox::SandboxOptions { dataverse_base_url: "http://localhost".to_owned(), ..options(5) };
    let sandbox = Sandbox::new(options);
    sandbox.set_identity(required());
    sandbox
}

fn required() -> IdentitySettings {
    IdentitySettings { services: TokenCheck::Required, ..IdentitySettings::default() }
}

fn ask(sandbox: &Sandbox, method: &str, path: &str, query: &str, body: &str) -> Response {
    let body = body.as_bytes();
    sandbox.identity(&Request { method, path, query, headers: &[], body })
}

fn token(sandbox: &Sandbox, form: &str) -> (u16, Value) {
    let path = format!("/{DEMO_TENANT_ID}/oauth2/v2.0/token");
    let answer = ask(sandbox, "POST", &path, "", form);
    (answer.status, serde_json::from_slice(&answer.body).unwrap())
}

fn by_secret(secret: &str, scope: &str) -> String {
    format!("grant_type=client_credentials&client_id={DEMO_CLIENT_ID}&client_secret={secret}&scope={scope}")
}

fn application_token(sandbox: &Sandbox, scope: &str) -> String {
    let (status, body) = token(sandbox, &by_secret(DEMO_CLIENT_SECRET, scope));
    assert_eq!(status, 200, "{body}");
    body["access_token"].as_str().unwrap().to_owned()
}

/// The status with which a service answers a request with this token.
fn call(sandbox: &Sandbox, system: System, token: &str) -> u16 {
    let path = match system {
        System::BusinessCentral => "/api/v2.0/companies",
        System::Dataverse => "/api/data/v9.2/WhoAmI",
    };
    let headers = [("Authorization".to_owned(), format!("Bearer {token}"))];
    sandbox.handle(system, &Request { method: "GET", path, query: "", headers: &headers, body: b"" }).status
}

#[test]
fn the_documents_name_each_other() {
    let sandbox = sandbox();
    let path = format!("/{DEMO_TENANT_ID}/v2.0/.well-known/openid-configuration");
    let document: Value = serde_json::from_slice(&ask(&sandbox, "GET", &path, "", "").body).unwrap();
    let base = format!("http://localhost/identity/{DEMO_TENANT_ID}");
    assert_eq!(document["issuer"], format!("{base}/v2.0"));
    for name in ["authorization_endpoint", "token_endpoint", "jwks_uri", "revocation_endpoint"] {
        assert!(document[name].as_str().unwrap().starts_with(&base), "{name}");
    }
    let keys = ask(&sandbox, "GET", &format!("/{DEMO_TENANT_ID}/discovery/v2.0/keys"), "", "");
    let keys: Value = serde_json::from_slice(&keys.body).unwrap();
    assert_eq!((&keys["keys"][0]["kty"], &keys["keys"][0]["alg"]), (&"RSA".into(), &"RS256".into()));
}

#[test]
fn a_token_opens_its_own_system_until_it_ends() {
    let sandbox = sandbox();
    assert_eq!(call(&sandbox, System::Dataverse, ""), 401);
    assert_eq!(call(&sandbox, System::Dataverse, "a.b.c"), 401);
    let dataverse = application_token(&sandbox, DATAVERSE);
    assert_eq!(call(&sandbox, System::Dataverse, &dataverse), 200);
    assert_eq!(call(&sandbox, System::BusinessCentral, &dataverse), 401);
    let business_central = application_token(&sandbox, BUSINESS_CENTRAL);
    assert_eq!(call(&sandbox, System::BusinessCentral, &business_central), 200);
    let (signed, _) = dataverse.rsplit_once('.').unwrap();
    assert_eq!(call(&sandbox, System::Dataverse, &format!("{signed}.AAAA")), 401);

    sandbox.advance_clock(3_599_000);
    assert_eq!(call(&sandbox, System::Dataverse, &dataverse), 401);
    let fresh = application_token(&sandbox, DATAVERSE);
    assert_eq!(call(&sandbox, System::Dataverse, &fresh), 200);
    sandbox.revoke_tokens();
    assert_eq!(call(&sandbox, System::Dataverse, &fresh), 401);
    assert_eq!(call(&sandbox, System::Dataverse, &application_token(&sandbox, DATAVERSE)), 200);
}

#[test]
fn application_tokens_need_consent_in_business_central_only() {
    let sandbox = sandbox();
    sandbox.set_identity(IdentitySettings { consent: Consent::Missing, ..required() });
    let business_central = application_token(&sandbox, BUSINESS_CENTRAL);
    assert_eq!(call(&sandbox, System::BusinessCentral, &business_central), 401);
    assert_eq!(call(&sandbox, System::Dataverse, &application_token(&sandbox, DATAVERSE)), 200);
}

#[test]
fn failures_carry_the_numbers_of_the_service() {
    let sandbox = sandbox();
    let check = |form: &str, status: u16, number: u64| {
        let (actual, body) = token(&sandbox, form);
        assert_eq!((actual, body["error_codes"][0].as_u64()), (status, Some(number)), "{form}");
        assert!(body["error_description"].as_str().unwrap().starts_with(&format!("AADSTS{number}:")));
    };
    check(&by_secret("wrong", DATAVERSE), 401, 7_000_215);
    check(&by_secret(DEMO_CLIENT_SECRET, "https://other.example/.default"), 400, 500_011);
    check(&by_secret(DEMO_CLIENT_SECRET, "openid"), 400, 70_011);
    check("grant_type=client_credentials&client_id=nobody", 400, 700_016);
    check(&format!("grant_type=client_credentials&client_id={DEMO_CLIENT_ID}"), 401, 7_000_218);
    check(&format!("grant_type=authorization_code&client_id={DEMO_CLIENT_ID}&code=x"), 400, 70_008);
    check(&format!("grant_type=refresh_token&client_id={DEMO_CLIENT_ID}&refresh_token=x"), 400, 50_173);
    check("grant_type=password", 400, 70_003);
    sandbox.set_identity(IdentitySettings { client_secret: CredentialState::Expired, ..required() });
    check(&by_secret(DEMO_CLIENT_SECRET, DATAVERSE), 401, 7_000_222);

    let other = ask(&sandbox, "POST", "/fabrikam.example/oauth2/v2.0/token", "", "");
    let body: Value = serde_json::from_slice(&other.body).unwrap();
    assert_eq!((other.status, body["error_codes"][0].as_u64()), (400, Some(90_002)));
}

/// RFC 7636, appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
const REDIRECT: &str = "http://127.0.0.1:8080/api/sign-in/callback";

fn authorize(sandbox: &Sandbox, redirect: &str, form: &str) -> Response {
    let path = format!("/{DEMO_TENANT_ID}/oauth2/v2.0/authorize");
    let query = format!(
        "client_id={DEMO_CLIENT_ID}&response_type=code&redirect_uri={redirect}&state=S&nonce=N\
         &code_challenge={CHALLENGE}&code_challenge_method=S256&scope={DATAVERSE}"
    );
    ask(sandbox, "POST", &path, &query, form)
}

fn redeem(sandbox: &Sandbox, code: &str, verifier: &str) -> (u16, Value) {
    let form = format!(
        "grant_type=authorization_code&client_id={DEMO_CLIENT_ID}&code={code}&code_verifier={verifier}\
         &redirect_uri={REDIRECT}&scope={DATAVERSE}"
    );
    token(sandbox, &form)
}

const ADMINISTRATOR: &str = "decision=accept&user=0b1ec700-0000-4000-8000-000000000001";
const USER: &str = "decision=accept&user=0b1ec700-0000-4000-8000-000000000002";

fn code_of(answer: &Response) -> String {
    let location = answer.header_value("location").unwrap_or_default();
    let code = location.split("code=").nth(1).unwrap_or_else(|| panic!("no code: {location}"));
    code.split('&').next().unwrap().to_owned()
}

#[test]
fn a_code_serves_once_with_its_verifier() {
    let sandbox = sandbox();
    let answer = authorize(&sandbox, REDIRECT, ADMINISTRATOR);
    assert_eq!(answer.status, 302);
    assert!(answer.header_value("location").unwrap().ends_with("&state=S"));
    let code = code_of(&answer);
    let (status, body) = redeem(&sandbox, &code, VERIFIER);
    assert_eq!(status, 200, "{body}");
    assert_eq!(call(&sandbox, System::Dataverse, body["access_token"].as_str().unwrap()), 200);
    assert_eq!(redeem(&sandbox, &code, VERIFIER).1["error_codes"][0], 70_008);
    let refresh = body["refresh_token"].as_str().unwrap();
    let form = format!(
        "grant_type=refresh_token&client_id={DEMO_CLIENT_ID}&refresh_token={refresh}&scope={DATAVERSE}"
    );
    assert_eq!(token(&sandbox, &form).0, 200);

    let code = code_of(&authorize(&sandbox, REDIRECT, ADMINISTRATOR));
    assert_eq!(redeem(&sandbox, &code, "another").1["error_codes"][0], 501_481);
    let code = code_of(&authorize(&sandbox, REDIRECT, ADMINISTRATOR));
    sandbox.advance_clock(600_000);
    assert_eq!(redeem(&sandbox, &code, VERIFIER).1["error_codes"][0], 70_008);
}

#[test]
fn the_page_sends_back_only_to_the_application() {
    let sandbox = sandbox();
    let foreign = authorize(&sandbox, "https://evil.example/take", ADMINISTRATOR);
    assert_eq!((foreign.status, foreign.header_value("location")), (400, None));
    let declined = authorize(&sandbox, REDIRECT, "decision=cancel");
    assert!(declined.header_value("location").unwrap().contains("?error=access_denied&"));

    sandbox.set_identity(IdentitySettings { consent: Consent::Missing, ..required() });
    let refused = authorize(&sandbox, REDIRECT, USER);
    assert!(refused.header_value("location").unwrap().contains("AADSTS65001"));
    let consented = authorize(&sandbox, REDIRECT, ADMINISTRATOR);
    assert_eq!(redeem(&sandbox, &code_of(&consented), VERIFIER).0, 200);
    assert_eq!(sandbox.identity_settings().consent, Consent::Granted);
}

#[test]
fn the_sign_in_page_is_labelled() {
    let sandbox = sandbox();
    let path = format!("/{DEMO_TENANT_ID}/oauth2/v2.0/authorize");
    let query = format!(
        "client_id={DEMO_CLIENT_ID}&response_type=code&redirect_uri={REDIRECT}&state=%22%3E%3Cscript%3E\
         &code_challenge={CHALLENGE}&code_challenge_method=S256"
    );
    let page = String::from_utf8(ask(&sandbox, "GET", &path, &query, "").body).unwrap();
    assert_eq!(page.matches("<label><input type=\"radio\"").count(), 2);
    assert!(page.contains("<legend>Sign in as</legend>"));
    assert!(!page.contains("<script>"));
}

/// The access token of a person for a resource.
fn person_token(sandbox: &Sandbox, who: &str, resource: &str) -> String {
    let code = code_of(&authorize(sandbox, REDIRECT, who));
    let form = format!(
        "grant_type=authorization_code&client_id={DEMO_CLIENT_ID}&code={code}&code_verifier={VERIFIER}\
         &redirect_uri={REDIRECT}&scope={resource}/user_impersonation"
    );
    let (status, body) = token(sandbox, &form);
    assert_eq!(status, 200, "{body}");
    body["access_token"].as_str().unwrap().to_owned()
}

/// The names of the environments that the bearer of a token is shown, or the status of the refusal (C14, C15).
fn listed(sandbox: &Sandbox, token: &str) -> Result<Vec<String>, u16> {
    let headers = [("Authorization".to_owned(), format!("Bearer {token}"))];
    let path = "/api/discovery/v2.0/Instances";
    let request = Request { method: "GET", path, query: "", headers: &headers, body: b"" };
    let answer = sandbox.handle(System::Dataverse, &request);
    if answer.status != 200 {
        return Err(answer.status);
    }
    let body: Value = serde_json::from_slice(&answer.body).unwrap();
    let rows = body["value"].as_array().unwrap().iter();
    Ok(rows.map(|row| format!("{} {}", row["FriendlyName"].as_str().unwrap(), row["State"])).collect())
}

#[test]
fn c14_c15_environments_are_listed_to_their_users_only() {
    let sandbox = sandbox();
    let discovery = "http://discovery.localhost";
    let application = application_token(&sandbox, &format!("{discovery}/.default"));
    assert_eq!(listed(&sandbox, &application), Err(401), "user tokens only");
    let person = |user: &str, resource: &str| person_token(&sandbox, user, resource);
    assert_eq!(
        listed(&sandbox, &person(ADMINISTRATOR, "http://localhost")),
        Err(401),
        "a token for another service"
    );
    let all = ["Contoso Sandbox 0", "Contoso Archive 1"].map(str::to_owned).to_vec();
    assert_eq!(listed(&sandbox, &person(ADMINISTRATOR, discovery)), Ok(all.clone()));
    assert_eq!(listed(&sandbox, &person(USER, discovery)), Ok(Vec::new()), "no user of any environment");
    assert_eq!(
        call(&sandbox, System::Dataverse, &person(ADMINISTRATOR, discovery)),
        401,
        "it opens the list only"
    );
    sandbox.set_identity(IdentitySettings::default());
    assert_eq!(listed(&sandbox, "none"), Ok(all));
}
