//! Saving connections: what may be saved, what is kept, what is never given out again.

use axum::http::StatusCode;
use couplet_sandbox::DEMO_CLIENT_SECRET;
use serde_json::json;

use crate::harness::{Folder, Proxy, Setup};
use crate::sandbox_service::{SandboxService, create, enter, listed};

const ONLINE: &str = r#"{"system":"dataverse","kind":"online","name":"Contoso",
    "baseUrl":"https://contoso.crm4.dynamics.com","tenant":"contoso.example",
    "signIn":{"method":"client-secret","clientId":"a9900000-0000-4000-8000-00000000c11e"}}"#;

#[tokio::test]
async fn connections_are_made_changed_and_removed() {
    let proxy = Proxy::new(Setup::default());
    let session = proxy.open_session().await;
    let id = create(&proxy, &session, &serde_json::from_str(ONLINE).unwrap()).await;
    assert!(id.starts_with("dataverse-"), "{id}");
    let path = format!("/api/connections/{id}");
    let renamed = proxy.write(&session, "PATCH", &path, "{\"name\":\"Renamed\"}").await.json();
    assert_eq!((&renamed["name"], &renamed["cloud"]), (&json!("Renamed"), &json!("global")));
    assert_eq!(proxy.read(&session, "/api/connections").await.json().as_array().unwrap().len(), 3);
    assert_eq!(proxy.write(&session, "DELETE", &path, "").await.status, StatusCode::NO_CONTENT);
    assert_eq!(proxy.read(&session, &path).await.status, StatusCode::NOT_FOUND);
    assert_eq!(proxy.write(&session, "DELETE", &path, "").await.code(), "proxy.connection-unknown");
}

#[tokio::test]
async fn the_cloud_follows_the_address() {
    let proxy = Proxy::new(Setup::default());
    let session = proxy.open_session().await;
    for (address, cloud) in [
        ("https://contoso.crm4.dynamics.com", "global"),
        ("https://contoso.crm9.dynamics.com", "global"),
        ("https://contoso.crm.microsoftdynamics.us", "us-government"),
        ("https://contoso.crm.appsplatform.us", "us-government"),
        ("https://contoso.crm.dynamics.cn", "china"),
    ] {
        let body = ONLINE.replace("https://contoso.crm4.dynamics.com", address);
        let created = proxy.write(&session, "POST", "/api/connections", &body).await.json();
        assert_eq!((&created["cloud"], &created["baseUrl"]), (&json!(cloud), &json!(address)));
    }
}

#[tokio::test]
async fn fixed_connections_cannot_be_changed() {
    let proxy = Proxy::new(Setup::default());
    let session = proxy.open_session().await;
    for (method, path, body) in [
        ("PATCH", "/api/connections/sandbox-bc", "{\"name\":\"x\"}"),
        ("PUT", "/api/connections/sandbox-bc/secret", "{\"secret\":\"x\"}"),
        ("DELETE", "/api/connections/sandbox-bc", ""),
    ] {
        let refused = proxy.write(&session, method, path, body).await;
        let told = (refused.status, refused.code());
        assert_eq!(told, (StatusCode::CONFLICT, "proxy.connection-fixed".to_owned()), "{method}");
    }
}

#[tokio::test]
async fn bodies_that_say_too_much_are_refused_without_repeating_them() {
    let proxy = Proxy::new(Setup::default());
    let session = proxy.open_session().await;
    for body in [
        "",
        "{",
        "{\"secret\":\"planted-7c1\"}",
        &ONLINE.replace("\"name\"", "\"secret\":\"planted-7c1\",\"name\""),
        &ONLINE.replace("client-secret", "planted-7c1"),
    ] {
        let refused = proxy.write(&session, "POST", "/api/connections", body).await;
        assert_eq!(refused.code(), "proxy.body-unreadable", "{body}");
        assert!(!refused.text().contains("planted-7c1"), "{}", refused.text());
    }
    let address = ONLINE.replace("contoso.crm4.dynamics.com", "169.254.169.254");
    let refused = proxy.write(&session, "POST", "/api/connections", &address).await;
    assert_eq!((refused.status.as_u16(), refused.code().as_str()), (422, "proxy.address-host-not-allowed"));
}

#[tokio::test]
async fn a_secret_stays_with_the_place_it_was_entered_for() {
    let service = SandboxService::start().await;
    let proxy = service.proxy();
    let session = proxy.open_session().await;
    let id = create(&proxy, &session, &service.dataverse("client-secret")).await;
    let path = format!("/api/connections/{id}");
    let has_secret = async || listed(&proxy, &session, &id).await["signIn"]["hasSecret"] == true;
    enter(&proxy, &session, &id, DEMO_CLIENT_SECRET).await;
    proxy.write(&session, "PATCH", &path, "{\"name\":\"Renamed\",\"environment\":\"x\"}").await;
    assert!(has_secret().await, "a name is no place");
    for change in [
        json!({ "baseUrl": "https://evil.crm4.dynamics.com" }),
        json!({ "tenant": "evil.example" }),
        json!({ "cloud": "global" }),
        json!({ "signIn": { "method": "client-secret", "clientId": "evil" } }),
    ] {
        enter(&proxy, &session, &id, DEMO_CLIENT_SECRET).await;
        let changed = proxy.write(&session, "PATCH", &path, &change.to_string()).await;
        assert_eq!(changed.status, StatusCode::OK, "{}", changed.text());
        assert!(!has_secret().await, "{change}");
    }
    enter(&proxy, &session, &id, DEMO_CLIENT_SECRET).await;
    proxy.write(&session, "DELETE", &format!("{path}/secret"), "").await;
    assert!(!has_secret().await);
}

#[tokio::test]
async fn saved_connections_outlive_the_proxy_and_stay_when_they_are_not_allowed() {
    let service = SandboxService::start().await;
    let folder = Folder::new("kept", &[("keep", "")]);
    let kept = || Setup { data: Some(folder.path().to_owned()), ..service.setup() };
    let id = {
        let proxy = Proxy::new(kept());
        let session = proxy.open_session().await;
        assert_eq!(proxy.read(&session, "/api/session").await.json()["keepsConnections"], true);
        let id = create(&proxy, &session, &service.dataverse("client-secret")).await;
        enter(&proxy, &session, &id, DEMO_CLIENT_SECRET).await;
        id
    };
    {
        let proxy = Proxy::new(kept());
        let session = proxy.open_session().await;
        let answer = proxy.read(&session, &format!("/api/systems/{id}/api/data/v9.2/WhoAmI")).await;
        assert_eq!(answer.status, StatusCode::OK);
    }
    {
        let proxy = Proxy::new(Setup { allowed_hosts: Vec::new(), ..kept() });
        let session = proxy.open_session().await;
        let shown = listed(&proxy, &session, &id).await;
        let expected = (&json!("not-allowed"), &json!("proxy.address-not-https"));
        assert_eq!((&shown["status"], &shown["problem"]), expected);
        let refused = proxy.read(&session, &format!("/api/systems/{id}/api/data/v9.2/WhoAmI")).await;
        assert_eq!(refused.code(), "proxy.connection-not-allowed");
        let refused = proxy.write(&session, "POST", &format!("/api/connections/{id}/sign-in"), "{}").await;
        assert_eq!(refused.code(), "proxy.connection-not-allowed");
        enter(&proxy, &session, &id, DEMO_CLIENT_SECRET).await;
        assert_eq!(listed(&proxy, &session, &id).await["status"], "not-allowed", "a secret allows no place");
        let refused = proxy.read(&session, &format!("/api/systems/{id}/api/data/v9.2/WhoAmI")).await;
        assert_eq!(refused.code(), "proxy.connection-not-allowed");
    }
    let proxy = Proxy::new(kept());
    let session = proxy.open_session().await;
    assert_eq!(listed(&proxy, &session, &id).await["status"], "ready");
}
