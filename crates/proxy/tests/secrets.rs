//! A planted secret is searched for in everything the proxy gives out: answers with their headers, addresses, and
//! its log at the most talkative level.

use std::io::Write;
use std::sync::{Arc, Mutex};

use couplet_sandbox::DEMO_CLIENT_SECRET;
use serde_json::json;
use tracing_subscriber::fmt::MakeWriter;

use crate::harness::{Answer, Proxy, Setup};
use crate::sandbox_service::{SandboxService, create, enter};

/// Where the log goes.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

/// Everything of an answer as one text.
fn whole(answer: &Answer) -> String {
    format!("{:?} {}", answer.headers, String::from_utf8_lossy(answer.body.as_deref().unwrap_or_default()))
}

#[tokio::test]
async fn a_secret_goes_in_and_never_comes_out() {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .json()
        .with_max_level(tracing::level_filters::LevelFilter::TRACE)
        .with_writer(log.clone())
        .finish();
    let guard = tracing::subscriber::set_default(subscriber);
    let service = SandboxService::start().await;
    let proxy = service.proxy();
    let session = proxy.open_session().await;
    let id = create(&proxy, &session, &service.dataverse("client-secret")).await;
    let path = format!("/api/connections/{id}");
    let (secret, sign_in) = (format!("{path}/secret"), format!("{path}/sign-in"));
    let who = format!("/api/systems/{id}/api/data/v9.2/WhoAmI");
    let mut given = Vec::new();
    for planted in [DEMO_CLIENT_SECRET, "planted-secret-93ab"] {
        let body = json!({ "secret": planted }).to_string();
        given.push(whole(&proxy.write(&session, "PUT", &secret, &body).await));
        for (method, path, body) in [
            ("GET", "/api/connections", ""),
            ("GET", path.as_str(), ""),
            ("GET", secret.as_str(), ""),
            ("POST", sign_in.as_str(), "{}"),
            ("GET", who.as_str(), ""),
            ("PATCH", path.as_str(), "{\"name\":\"Renamed\"}"),
            ("PATCH", path.as_str(), "{\"baseUrl\":\"https://evil.example\"}"),
            ("GET", "/api/session", ""),
            ("GET", "/metrics", ""),
            ("GET", "/api/nothing", ""),
        ] {
            given.push(whole(&proxy.write(&session, method, path, body).await));
        }
        // A body that cannot be read is not repeated either.
        let broken = format!("{{\"secret\":\"{planted}\",\"more\":1}}");
        given.push(whole(&proxy.write(&session, "PUT", &secret, &broken).await));
    }
    drop(guard);
    assert!(service.log().contains(DEMO_CLIENT_SECRET), "the secret was never used");
    let token = service.sandbox.identity_settings();
    assert_eq!(token.token_seconds, 3_599);
    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(log.contains("\"answered\""), "the log is empty");
    let given = given.join("\n");
    // Tokens of the identity provider begin like this: a JSON object in base64.
    for hidden in [DEMO_CLIENT_SECRET, "planted-secret-93ab", "Bearer eyJ", "eyJhbGciOi"] {
        assert!(!given.contains(hidden), "`{hidden}` was given out");
        assert!(!log.contains(hidden), "`{hidden}` is in the log");
    }
    for hidden in [session.cookie.split('=').nth(1).unwrap(), &session.anti_forgery, &proxy.start_token] {
        assert!(!log.contains(hidden), "a session's secret is in the log");
    }
}

#[tokio::test]
async fn the_log_has_no_data_of_records() {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .json()
        .with_max_level(tracing::level_filters::LevelFilter::INFO)
        .with_writer(log.clone())
        .finish();
    let guard = tracing::subscriber::set_default(subscriber);
    let proxy = Proxy::new(Setup::default());
    let session = proxy.open_session().await;
    let path = "/api/systems/sandbox-dataverse/api/data/v9.2/accounts";
    proxy.write(&session, "POST", path, "{\"name\":\"Planted Company 41\"}").await;
    proxy.read(&session, &format!("{path}?$filter=name%20eq%20%27Planted%20Company%2041%27")).await;
    proxy.read(&session, "/api/systems/sandbox-dataverse/Planted-path").await;
    drop(guard);
    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(log.contains("sandbox-dataverse"), "{log}");
    assert!(!log.contains("Planted"), "{log}");
    for line in log.lines() {
        assert!(serde_json::from_str::<serde_json::Value>(line).is_ok(), "{line}");
    }
}

#[tokio::test]
async fn what_is_kept_is_not_readable() {
    let service = SandboxService::start().await;
    let folder = crate::harness::Folder::new("secrets", &[("keep", "")]);
    let proxy = Proxy::new(Setup { data: Some(folder.path().to_owned()), ..service.setup() });
    let session = proxy.open_session().await;
    let id = create(&proxy, &session, &service.dataverse("client-secret")).await;
    enter(&proxy, &session, &id, "planted-secret-93ab").await;
    let mut n_files = 0;
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        n_files += 1;
        for word in ["planted-secret-93ab", "Contoso"] {
            assert!(!bytes.windows(word.len()).any(|part| part == word.as_bytes()), "{word} is on disk");
        }
    }
    assert!(n_files >= 3, "store, key and lock are there");
}
