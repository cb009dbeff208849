//! Accepting connections: TLS, limits on what a client may send before it is known, and the end in order. What a
//! request means is decided by the routes.

use std::path::Path;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

use crate::store::{StoreError, read_private_text};

/// Most open connections; further ones wait to be accepted.
const MAX_CONNECTIONS: usize = 4_096;
/// Time for the TLS handshake, and for the whole head of a request.
const HEAD_TIMEOUT: Duration = Duration::from_secs(15);
/// Longest head of a request, in bytes: Dataverse takes addresses of 32,768 characters (B5).
const MAX_HEAD_BYTES: usize = 96 * 1024;
/// Most headers of a request.
const MAX_HEADERS: usize = 100;
/// Pause after a failure to accept, such as no file descriptor being left.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Why TLS cannot be served.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TlsError {
    /// The certificate's file cannot be read as PEM.
    #[error("cannot read the certificate `{0}` as PEM")]
    Certificate(String),
    /// The key's file is not private, or cannot be read.
    #[error(transparent)]
    KeyFile(#[from] StoreError),
    /// The key's file holds no key.
    #[error("`{0}` holds no private key in PEM form")]
    Key(String),
    /// Certificate and key do not work together.
    #[error("certificate and key cannot be used: {0}")]
    Unusable(#[from] rustls::Error),
}

/// Certificate and key for TLS.
#[derive(Clone)]
pub struct Tls(TlsAcceptor);

impl Tls {
    /// Reads a certificate with its chain, and its key, which only its owner may read. TLS 1.2 and 1.3.
    ///
    /// # Errors
    /// [`TlsError`] when a file cannot be used.
    pub fn read(certificate: &Path, key: &Path) -> Result<Self, TlsError> {
        let unreadable = || TlsError::Certificate(certificate.display().to_string());
        let chain: Vec<_> = CertificateDer::pem_file_iter(certificate)
            .and_then(Iterator::collect)
            .map_err(|_| unreadable())?;
        let text = read_private_text(key)?;
        let no_key = |_| TlsError::Key(key.display().to_string());
        let key = PrivateKeyDer::from_pem_slice(text.as_bytes()).map_err(no_key)?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(chain, key)?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self(TlsAcceptor::from(Arc::new(config))))
    }
}

/// Serves until `stop` ends, then lets running requests finish within `grace`.
pub async fn serve(
    listener: TcpListener,
    tls: Option<Tls>,
    router: Router,
    stop: impl Future<Output = ()>,
    grace: Duration,
) {
    let graceful = GracefulShutdown::new();
    let room = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    let mut stop = pin!(stop);
    loop {
        let accepted = async {
            // The semaphore is never closed, so there always comes a permit.
            let permit = Arc::clone(&room).acquire_owned().await.ok();
            (permit, listener.accept().await)
        };
        let (permit, stream) = tokio::select! {
            () = &mut stop => break,
            accepted = accepted => accepted,
        };
        let Ok((stream, _)) = stream else {
            tokio::time::sleep(ACCEPT_PAUSE).await;
            continue;
        };
        let (router, tls, watcher) = (router.clone(), tls.clone(), graceful.watcher());
        tokio::spawn(async move {
            let _permit = permit;
            // Small answers are not held back for more.
            let _ = stream.set_nodelay(true);
            match tls {
                None => converse(stream, router, watcher).await,
                Some(tls) => {
                    if let Some(stream) = handshake(&tls, stream).await {
                        converse(stream, router, watcher).await;
                    }
                }
            }
        });
    }
    drop(listener);
    if timeout(grace, graceful.shutdown()).await.is_err() {
        tracing::warn!("requests were still running at the end");
    }
}

async fn handshake(tls: &Tls, stream: TcpStream) -> Option<tokio_rustls::server::TlsStream<TcpStream>> {
    match timeout(HEAD_TIMEOUT, tls.0.accept(stream)).await {
        Ok(Ok(stream)) => Some(stream),
        Ok(Err(error)) => {
            tracing::debug!(%error, "TLS handshake failed");
            None
        }
        Err(_) => None,
    }
}

/// Answers the requests of one connection.
async fn converse(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    router: Router,
    watcher: hyper_util::server::graceful::Watcher,
) {
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .max_buf_size(MAX_HEAD_BYTES)
        .max_headers(MAX_HEADERS)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router));
    if let Err(error) = watcher.watch(connection).await {
        tracing::debug!(%error, "a connection ended early");
    }
}
