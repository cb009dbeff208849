//! Every way to sign in, end to end over HTTP: the proxy on one side, the sandbox's services and identity provider on
//! the other. The clock is moved, never waited for.

use axum::body::Body;
use axum::http::StatusCode;
use couplet_sandbox::{
    Consent, CredentialState, DEMO_CLIENT_CERTIFICATE, DEMO_CLIENT_ID, DEMO_CLIENT_SECRET, IdentitySettings,
};
use futures_util::future::join_all;
use serde_json::json;

use crate::harness::{Answer, Proxy, Service, Session, Setup, request};
use crate::sandbox_service::{SandboxService, create, enter, listed, required};

const TOKEN: &str = "/oauth2/v2.0/token";
const WHO_AM_I: &str = "/api/data/v9.2/WhoAmI";

async fn who_am_i(proxy: &Proxy, session: &Session, id: &str) -> Answer {
    proxy.read(session, &format!("/api/systems/{id}{WHO_AM_I}")).await
}

/// A proxy with a connection that signs in with the demo application's secret.
async fn with_secret(service: &SandboxService) -> (Proxy, Session, String) {
    let proxy = service.proxy();
    let session = proxy.open_session().await;
    let id = create(&proxy, &session, &service.dataverse("client-secret")).await;
    enter(&proxy, &session, &id, DEMO_CLIENT_SECRET).await;
    (proxy, session, id)
}

#[tokio::test]
async fn a_secret_signs_in_and_is_proved_at_once() {
    let service = SandboxService::start().await;
    let proxy = service.proxy();
    let session = proxy.open_session().await;
    let id = create(&proxy, &session, &service.dataverse("client-secret")).await;
    assert_eq!(listed(&proxy, &session, &id).await["status"], "sign-in-missing");
    let missing = who_am_i(&proxy, &session, &id).await;
    assert_eq!((missing.status, missing.code().as_str()), (StatusCode::BAD_GATEWAY, "proxy.sign-in-needed"));
    enter(&proxy, &session, &id, DEMO_CLIENT_SECRET).await;
    let shown = listed(&proxy, &session, &id).await;
    assert_eq!((&shown["status"], &shown["signIn"]["hasSecret"]), (&json!("ready"), &json!(true)));
    let proved = proxy.write(&session, "POST", &format!("/api/connections/{id}/sign-in"), "{}").await;
    let end = service.time.now_ms() / 1_000 + 3_599;
    assert_eq!(proved.json(), json!({ "state": "ready", "expiresAt": end }));
    assert_eq!(who_am_i(&proxy, &session, &id).await.status, StatusCode::OK);

    let business_central = create(&proxy, &session, &service.business_central("client-secret")).await;
    enter(&proxy, &session, &business_central, DEMO_CLIENT_SECRET).await;
    let path = format!("/api/systems/{business_central}/api/v2.0/companies");
    assert_eq!(proxy.read(&session, &path).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_certificate_signs_in() {
    let service = SandboxService::start().await;
    let proxy = service.proxy();
    let session = proxy.open_session().await;
    let id = create(&proxy, &session, &service.dataverse("client-certificate")).await;
    let path = format!("/api/connections/{id}/secret");
    let wrong = proxy.write(&session, "PUT", &path, "{\"secret\":\"no certificate\"}").await;
    assert_eq!((wrong.status.as_u16(), wrong.code().as_str()), (422, "proxy.connection-certificate"));
    enter(&proxy, &session, &id, DEMO_CLIENT_CERTIFICATE).await;
    assert_eq!(listed(&proxy, &session, &id).await["signIn"]["thumbprint"].as_str().unwrap().len(), 40);
    assert_eq!(who_am_i(&proxy, &session, &id).await.status, StatusCode::OK);
    service
        .sandbox
        .set_identity(IdentitySettings { client_certificate: CredentialState::Unknown, ..required() });
    let refused = proxy.write(&session, "POST", &format!("/api/connections/{id}/sign-in"), "{}").await;
    assert_eq!(refused.code(), "proxy.sign-in-certificate-unknown");
    assert_eq!(refused.json()["error"]["number"], 700_027);
}

#[tokio::test]
async fn many_requests_ask_for_one_token() {
    let service = SandboxService::start().await;
    let (proxy, session, id) = with_secret(&service).await;
    let answers = join_all((0..50).map(|_| who_am_i(&proxy, &session, &id))).await;
    assert!(answers.iter().all(|answer| answer.status == StatusCode::OK));
    assert_eq!(service.count(TOKEN), 1);
}

#[tokio::test]
async fn a_token_is_renewed_before_it_ends() {
    let service = SandboxService::start().await;
    let (proxy, session, id) = with_secret(&service).await;
    who_am_i(&proxy, &session, &id).await;
    service.time.advance(3_599 - 301);
    who_am_i(&proxy, &session, &id).await;
    assert_eq!(service.count(TOKEN), 1);
    service.time.advance(2);
    assert_eq!(who_am_i(&proxy, &session, &id).await.status, StatusCode::OK);
    assert_eq!(service.count(TOKEN), 2);
    assert_eq!(service.count(WHO_AM_I), 3, "no request was refused first");
}

#[tokio::test]
async fn a_refused_token_is_renewed_once() {
    let service = SandboxService::start().await;
    let (proxy, session, id) = with_secret(&service).await;
    who_am_i(&proxy, &session, &id).await;
    service.sandbox.revoke_tokens();
    let answers = join_all((0..20).map(|_| who_am_i(&proxy, &session, &id))).await;
    assert!(answers.iter().all(|answer| answer.status == StatusCode::OK));
    assert_eq!(service.count(TOKEN), 2, "one more token for all of them");

    service.sandbox.revoke_tokens();
    let path = format!("/api/systems/{id}/api/data/v9.2/accounts");
    let created = proxy.write(&session, "POST", &path, "{\"name\":\"Written once\"}").await;
    assert_eq!(created.status, StatusCode::NO_CONTENT);
    let count = format!("{path}?$filter=name%20eq%20%27Written%20once%27&$select=name");
    assert_eq!(proxy.read(&session, &count).await.json()["value"].as_array().unwrap().len(), 1);

    // A service that goes on refusing is not asked for ever.
    let consentless = IdentitySettings { consent: Consent::Missing, ..required() };
    let other = create(&proxy, &session, &service.business_central("client-secret")).await;
    enter(&proxy, &session, &other, DEMO_CLIENT_SECRET).await;
    service.sandbox.set_identity(consentless);
    let before = service.count("/companies");
    let refused = proxy.read(&session, &format!("/api/systems/{other}/api/v2.0/companies")).await;
    assert_eq!((refused.status, service.count("/companies") - before), (StatusCode::UNAUTHORIZED, 2));
}

#[tokio::test]
async fn refusals_have_a_code_with_what_to_do() {
    let service = SandboxService::start().await;
    let (proxy, session, id) = with_secret(&service).await;
    let sign_in = format!("/api/connections/{id}/sign-in");
    let expired = IdentitySettings { client_secret: CredentialState::Expired, ..required() };
    service.sandbox.set_identity(expired);
    let refused = proxy.write(&session, "POST", &sign_in, "{}").await;
    assert_eq!(refused.code(), "proxy.sign-in-secret-expired");
    assert_eq!(refused.json()["error"]["number"], 7_000_222);
    assert!(refused.text().contains("make a new one and replace it here"));
    service.sandbox.set_identity(required());

    let check = async |change: serde_json::Value, secret: &str, code: &str| {
        let changed =
            proxy.write(&session, "PATCH", &format!("/api/connections/{id}"), &change.to_string()).await;
        assert_eq!(changed.status, StatusCode::OK, "{}", changed.text());
        enter(&proxy, &session, &id, secret).await;
        let refused = proxy.write(&session, "POST", &sign_in, "{}").await;
        assert_eq!((refused.status, refused.code().as_str()), (StatusCode::BAD_GATEWAY, code), "{change}");
    };
    check(json!({}), "wrong", "proxy.sign-in-secret-wrong").await;
    check(json!({ "tenant": "fabrikam.example" }), "x", "proxy.sign-in-tenant-unknown").await;
    let application = json!({ "tenant": couplet_sandbox::DEMO_TENANT_ID,
        "signIn": { "method": "client-secret", "clientId": "0000-unknown" } });
    check(application, "x", "proxy.sign-in-application-unknown").await;
}

#[tokio::test]
async fn a_refusal_is_not_asked_for_again_at_once() {
    let service = SandboxService::start().await;
    let (proxy, session, id) = with_secret(&service).await;
    enter(&proxy, &session, &id, "wrong").await;
    for _ in 0..10 {
        who_am_i(&proxy, &session, &id).await;
    }
    assert_eq!(service.count(TOKEN), 1);
    service.time.advance(6);
    who_am_i(&proxy, &session, &id).await;
    assert_eq!(service.count(TOKEN), 2);
}

/// What the app learns when a person is to sign in, and the cookie that its browser got.
async fn begin(proxy: &Proxy, session: &Session, id: &str) -> (String, String) {
    let path = format!("/api/connections/{id}/sign-in");
    let begun = proxy.write(session, "POST", &path, "{\"returnTo\":\"/setup\"}").await;
    assert_eq!(begun.status, StatusCode::OK, "{}", begun.text());
    let cookie = begun.header("set-cookie");
    assert!(cookie.contains("; HttpOnly; SameSite=Lax; Path=/; Max-Age=600"), "{cookie}");
    let body = begun.json();
    assert_eq!(body["redirectUri"], "http://127.0.0.1:8080/api/sign-in/callback");
    (body["authorizeUrl"].as_str().unwrap().to_owned(), cookie.split(';').next().unwrap().to_owned())
}

const ADMINISTRATOR: &str = "decision=accept&user=0b1ec700-0000-4000-8000-000000000001";
const USER: &str = "decision=accept&user=0b1ec700-0000-4000-8000-000000000002";

/// A person decides on the sign-in page; gives the way back.
fn decide(service: &SandboxService, address: &str, form: &str) -> String {
    let rest = address.strip_prefix(&service.origin).unwrap().strip_prefix("/identity").unwrap();
    let (path, query) = rest.split_once('?').unwrap();
    let page = couplet_sandbox::Request { method: "POST", path, query, headers: &[], body: form.as_bytes() };
    let answer = service.sandbox.identity(&page);
    let location = answer.header_value("location").unwrap_or_else(|| panic!("{answer:?}"));
    location.strip_prefix("http://127.0.0.1:8080").unwrap().to_owned()
}

async fn come_back(proxy: &Proxy, address: &str, cookie: &str) -> Answer {
    proxy.send(request("GET", address).header("cookie", cookie).body(Body::empty()).unwrap()).await
}

/// A person signs in from begin to end.
async fn sign_in_as(
    service: &SandboxService,
    proxy: &Proxy,
    session: &Session,
    id: &str,
    who: &str,
) -> Answer {
    let (address, cookie) = begin(proxy, session, id).await;
    come_back(proxy, &decide(service, &address, who), &cookie).await
}

#[tokio::test]
async fn a_person_signs_in_and_stays_signed_in() {
    let service = SandboxService::start().await;
    let proxy = service.proxy();
    let session = proxy.open_session().await;
    let id = create(&proxy, &session, &service.dataverse("user")).await;
    let back = sign_in_as(&service, &proxy, &session, &id, ADMINISTRATOR).await;
    assert_eq!(back.status, StatusCode::SEE_OTHER);
    assert_eq!(back.header("location"), format!("/setup?connection={id}&signIn=ready"));
    let shown = listed(&proxy, &session, &id).await;
    assert_eq!(shown["signIn"]["account"], "amira@contoso-sandbox.example");
    assert_eq!(shown["status"], "ready");
    assert_eq!(who_am_i(&proxy, &session, &id).await.status, StatusCode::OK);
    assert_eq!(service.count(TOKEN), 1);

    service.time.advance(3_600);
    assert_eq!(who_am_i(&proxy, &session, &id).await.status, StatusCode::OK);
    assert_eq!(service.count(TOKEN), 2);
    service.time.advance(91 * 24 * 3_600);
    let session = proxy.open_session().await;
    let ended = who_am_i(&proxy, &session, &id).await;
    assert_eq!(ended.code(), "proxy.sign-in-expired");
    assert_eq!(listed(&proxy, &session, &id).await["status"], "sign-in-missing");
    sign_in_as(&service, &proxy, &session, &id, USER).await;
    assert_eq!(who_am_i(&proxy, &session, &id).await.status, StatusCode::OK);
}

#[tokio::test]
async fn the_way_back_serves_once_and_in_its_browser() {
    let service = SandboxService::start().await;
    let proxy = service.proxy();
    let session = proxy.open_session().await;
    let id = create(&proxy, &session, &service.dataverse("user")).await;
    let refused = async |address: &str, cookie: &str| {
        let answer = come_back(&proxy, address, cookie).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{address}");
        assert!(answer.text().contains("proxy.sign-in-unknown"));
        assert_eq!(listed(&proxy, &session, &id).await["status"], "sign-in-missing");
    };
    let (address, cookie) = begin(&proxy, &session, &id).await;
    let back = decide(&service, &address, ADMINISTRATOR);
    // Another browser, such as that of somebody who was sent the address.
    refused(&back, "couplet_sign_in=other").await;
    refused(&back, &cookie).await;
    // Another state.
    let (address, cookie) = begin(&proxy, &session, &id).await;
    let back = decide(&service, &address, ADMINISTRATOR);
    let (start, state) = back.rsplit_once("state=").unwrap();
    refused(&format!("{start}state=A{}", state.replace(|c: char| c.is_ascii_digit(), "x")), &cookie).await;
    refused("/api/sign-in/callback", &cookie).await;
    // Too late.
    service.time.advance(600);
    refused(&back, &cookie).await;
    // Twice.
    let (address, cookie) = begin(&proxy, &session, &id).await;
    let back = decide(&service, &address, ADMINISTRATOR);
    let first = come_back(&proxy, &back, &cookie).await;
    assert!(first.header("location").ends_with("signIn=ready"));
    let again = come_back(&proxy, &back, &cookie).await;
    assert_eq!(again.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn what_went_wrong_at_the_sign_in_page_is_told_to_the_page() {
    let service = SandboxService::start().await;
    let proxy = service.proxy();
    let session = proxy.open_session().await;
    let id = create(&proxy, &session, &service.dataverse("user")).await;
    let declined = sign_in_as(&service, &proxy, &session, &id, "decision=cancel").await;
    assert_eq!(declined.header("location"), format!("/setup?connection={id}&signIn=proxy.sign-in-declined"));
    service.sandbox.set_identity(IdentitySettings { consent: Consent::Missing, ..required() });
    let consentless = sign_in_as(&service, &proxy, &session, &id, USER).await;
    assert!(consentless.header("location").ends_with("signIn=proxy.sign-in-consent-missing"));
    let consented = sign_in_as(&service, &proxy, &session, &id, ADMINISTRATOR).await;
    assert!(consented.header("location").ends_with("signIn=ready"));
}

#[tokio::test]
async fn a_connection_changed_meanwhile_gets_no_token_of_the_old_one() {
    let service = SandboxService::start().await;
    let proxy = service.proxy();
    let session = proxy.open_session().await;
    let id = create(&proxy, &session, &service.dataverse("user")).await;
    let (address, cookie) = begin(&proxy, &session, &id).await;
    let path = format!("/api/connections/{id}");
    proxy.write(&session, "PATCH", &path, "{\"tenant\":\"organizations\"}").await;
    let back = come_back(&proxy, &decide(&service, &address, ADMINISTRATOR), &cookie).await;
    assert!(back.header("location").ends_with("signIn=proxy.connection-changed"));
    assert_eq!(listed(&proxy, &session, &id).await["status"], "sign-in-missing");
}

#[tokio::test]
async fn signing_out_forgets_and_revokes() {
    let service = SandboxService::start().await;
    let proxy = service.proxy();
    let session = proxy.open_session().await;
    let id = create(&proxy, &session, &service.dataverse("user")).await;
    sign_in_as(&service, &proxy, &session, &id, ADMINISTRATOR).await;
    let out = proxy.write(&session, "POST", &format!("/api/connections/{id}/sign-out"), "").await;
    assert!(out.json()["logoutUrl"].as_str().unwrap().ends_with("/oauth2/v2.0/logout"));
    assert_eq!(service.count("/oauth2/v2.0/revoke"), 1);
    let shown = listed(&proxy, &session, &id).await;
    assert_eq!((&shown["status"], &shown["signIn"]["account"]), (&json!("sign-in-missing"), &json!(null)));
    assert_eq!(who_am_i(&proxy, &session, &id).await.code(), "proxy.sign-in-needed");
    let refresh = service.log().split("token=").nth(1).unwrap().split('&').next().unwrap().to_owned();
    let form = format!("grant_type=refresh_token&client_id={DEMO_CLIENT_ID}&refresh_token={refresh}");
    let path = format!("/{}/oauth2/v2.0/token", couplet_sandbox::DEMO_TENANT_ID);
    let form = couplet_sandbox::Request {
        method: "POST",
        path: &path,
        query: "",
        headers: &[],
        body: form.as_bytes(),
    };
    assert_eq!(service.sandbox.identity(&form).status, 400, "the refresh token still works");
}

#[tokio::test]
async fn an_on_premises_server_gets_name_and_password() {
    let service = Service::start().await;
    let proxy = Proxy::new(Setup {
        allowed_hosts: vec![format!("127.0.0.1:{}", service.port)],
        without_sandbox: true,
        ..Setup::default()
    });
    let session = proxy.open_session().await;
    let settings = json!({
        "system": "business-central", "kind": "on-premises", "name": "Server",
        "baseUrl": format!("http://127.0.0.1:{}/BC", service.port),
        "signIn": { "method": "basic", "userName": "ADMIN" }
    });
    let id = create(&proxy, &session, &settings).await;
    enter(&proxy, &session, &id, "web service key").await;
    let answer = proxy.read(&session, &format!("/api/systems/{id}/api/v2.0/companies")).await;
    assert_eq!(answer.status, StatusCode::OK);
    let received = &service.received()[0];
    assert_eq!(received.headers["authorization"], "Basic QURNSU46d2ViIHNlcnZpY2Uga2V5");
    assert_eq!(received.uri, "/BC/api/v2.0/companies");
}

/// A connection that lists the sandbox's environments becomes one of them: within Business Central's host the sign-in
/// stays, and a Dataverse environment is signed in to on its own (A8, C14).
#[tokio::test]
async fn a_listed_environment_keeps_the_sign_in_on_its_own_host_only() {
    for (system, list, path, stays) in [
        ("business-central", "https://api.businesscentral.sandbox.invalid", "/environments/v1.2", "ready"),
        (
            "dataverse",
            "https://globaldisco.crm.sandbox.invalid",
            "/api/discovery/v2.0/Instances",
            "sign-in-missing",
        ),
    ] {
        let proxy = Proxy::new(Setup::default());
        let session = proxy.open_session().await;
        let required = serde_json::to_string(&required()).unwrap();
        proxy.write(&session, "POST", "/api/sandbox/identity", &required).await;
        let settings = json!({
            "system": system, "kind": "sandbox", "name": "List", "baseUrl": list,
            "tenant": couplet_sandbox::DEMO_TENANT_DOMAIN,
            "signIn": { "method": "user", "clientId": DEMO_CLIENT_ID }
        });
        let id = create(&proxy, &session, &settings).await;
        let (address, cookie) = begin(&proxy, &session, &id).await;
        let page = address.strip_prefix("http://127.0.0.1:8080").unwrap();
        let decided = proxy.send(request("POST", page).body(Body::from(ADMINISTRATOR)).unwrap()).await;
        let back = decided.header("location").strip_prefix("http://127.0.0.1:8080").unwrap().to_owned();
        assert!(come_back(&proxy, &back, &cookie).await.header("location").ends_with("signIn=ready"));
        let listed = proxy.read(&session, &format!("/api/systems/{id}{path}")).await;
        assert_eq!(listed.status, StatusCode::OK, "{}", listed.text());
        let first = &listed.json()["value"][0];
        let environment = first["Url"].as_str().or(first["webServiceUrl"].as_str()).unwrap();
        let chosen = serde_json::to_string(&json!({ "baseUrl": environment })).unwrap();
        let changed = proxy.write(&session, "PATCH", &format!("/api/connections/{id}"), &chosen).await;
        assert_eq!(changed.json()["status"], stays, "{}", changed.text());
    }
}

#[tokio::test]
async fn the_embedded_sandbox_signs_in_without_a_network() {
    let proxy = Proxy::new(Setup::default());
    let session = proxy.open_session().await;
    let settings = json!({
        "system": "dataverse", "kind": "sandbox", "name": "Practice",
        "baseUrl": "https://contoso-sandbox.crm4.sandbox.invalid",
        "tenant": couplet_sandbox::DEMO_TENANT_DOMAIN,
        "signIn": { "method": "user", "clientId": DEMO_CLIENT_ID }
    });
    let required = serde_json::to_string(&required()).unwrap();
    proxy.write(&session, "POST", "/api/sandbox/identity", &required).await;
    let id = create(&proxy, &session, &settings).await;
    let (address, cookie) = begin(&proxy, &session, &id).await;
    let page = address.strip_prefix("http://127.0.0.1:8080").unwrap();
    assert!(page.starts_with("/sandbox-identity/contoso-sandbox.example/oauth2/v2.0/authorize?"), "{page}");
    let shown = proxy.get(page).await;
    assert_eq!((shown.status, shown.header("content-type")), (StatusCode::OK, "text/html; charset=utf-8"));
    assert_eq!(
        proxy.get("/sandbox-identity/style.css").await.header("content-type"),
        "text/css; charset=utf-8"
    );
    let decided = proxy.send(request("POST", page).body(Body::from(ADMINISTRATOR)).unwrap()).await;
    assert_eq!(decided.status, StatusCode::FOUND, "{}", decided.text());
    let back = decided.header("location").strip_prefix("http://127.0.0.1:8080").unwrap().to_owned();
    assert!(come_back(&proxy, &back, &cookie).await.header("location").ends_with("signIn=ready"));
    assert_eq!(who_am_i(&proxy, &session, &id).await.status, StatusCode::OK);
    // The two that are there from the start have no token to show.
    assert_eq!(who_am_i(&proxy, &session, "sandbox-dataverse").await.status, StatusCode::UNAUTHORIZED);
}
