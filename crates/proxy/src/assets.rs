//! The built app, held in memory: files under their paths, with the compressed forms that the build wrote beside
//! them. Paths are looked up, never joined, so no request can name a file outside the build.

use std::path::{Path, PathBuf};

use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::header::{
    ACCEPT, ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, IF_NONE_MATCH, VARY,
};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use rustc_hash::FxHashMap;
use sha2::{Digest, Sha256};

use crate::app::AppState;
use crate::rejection::Rejection;

const INDEX: &str = "/index.html";
/// File names with the hash of their content never change under that name.
const IMMUTABLE: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
/// Others are asked for again each time, and answered with 304 when they did not change.
const REVALIDATE: HeaderValue = HeaderValue::from_static("no-cache");

/// Why the built app cannot be served.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AssetsError {
    /// A file or folder cannot be read.
    #[error("cannot read `{path}`: {source}")]
    Unreadable {
        /// The path.
        path: String,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// The folder holds no `index.html`.
    #[error("`{0}` holds no index.html: it is not a built app")]
    NoIndex(String),
}

/// One file of the app.
#[derive(Debug)]
struct Asset {
    plain: Bytes,
    brotli: Option<Bytes>,
    gzip: Option<Bytes>,
    content_type: &'static str,
    cache_control: HeaderValue,
    etag: HeaderValue,
}

/// All files of the app.
#[derive(Debug, Default)]
pub struct Assets {
    files: FxHashMap<String, Asset>,
}

impl Assets {
    /// Reads a folder written by the build.
    ///
    /// # Errors
    /// [`AssetsError`] when it cannot be read or is not a built app.
    pub fn read(folder: &Path) -> Result<Self, AssetsError> {
        let mut raw = FxHashMap::default();
        read_folder(folder, "", &mut raw)?;
        if !raw.contains_key(INDEX) {
            return Err(AssetsError::NoIndex(folder.display().to_string()));
        }
        let is_compressed_form = |path: &str| {
            [".br", ".gz"]
                .iter()
                .any(|end| path.strip_suffix(end).is_some_and(|plain| raw.contains_key(plain)))
        };
        let files = raw
            .iter()
            .filter(|(path, _)| !is_compressed_form(path))
            .map(|(path, plain)| {
                let asset = Asset {
                    plain: plain.clone(),
                    brotli: raw.get(&format!("{path}.br")).cloned(),
                    gzip: raw.get(&format!("{path}.gz")).cloned(),
                    content_type: content_type(path),
                    cache_control: if has_content_hash(path) { IMMUTABLE } else { REVALIDATE },
                    etag: etag(plain),
                };
                (path.clone(), asset)
            })
            .collect();
        Ok(Self { files })
    }

    /// The page that starts the app, empty when there is none.
    pub(crate) fn index_page(&self) -> String {
        self.files
            .get(INDEX)
            .map(|index| String::from_utf8_lossy(&index.plain).into_owned())
            .unwrap_or_default()
    }

    /// The file of a path. Addresses of the app's own pages give the page that starts it: what a person navigates
    /// to, and everything that does not look like a file.
    fn find(&self, path: &str, request: &HeaderMap) -> Option<&Asset> {
        let looks_like_file = path.rsplit('/').next().is_some_and(|last| last.contains('.'));
        match self.files.get(path) {
            None if !looks_like_file || is_navigation(request) => self.files.get(INDEX),
            found => found,
        }
    }
}

/// Whether the browser asks for a page to show, and not for a part of one.
fn is_navigation(request: &HeaderMap) -> bool {
    request
        .get(ACCEPT)
        .and_then(|accept| accept.to_str().ok())
        .is_some_and(|accept| accept.contains("text/html"))
}

/// Serves the app to whoever asks; it holds no secret and no data.
pub(crate) async fn serve(State(state): State<AppState>, request: Request<Body>) -> Response {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return Rejection::MethodRefused.into_response();
    }
    match state.assets.find(request.uri().path(), request.headers()) {
        Some(asset) => asset.answer(request.headers()),
        None => (StatusCode::NOT_FOUND, "not found").into_response(),
    }
}

impl Asset {
    fn answer(&self, request: &HeaderMap) -> Response {
        let mut headers = HeaderMap::new();
        headers.insert(CACHE_CONTROL, self.cache_control.clone());
        headers.insert(ETAG, self.etag.clone());
        headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
        if request.get(IF_NONE_MATCH) == Some(&self.etag) {
            return (StatusCode::NOT_MODIFIED, headers).into_response();
        }
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(self.content_type));
        let body = match (&self.brotli, &self.gzip) {
            (Some(brotli), _) if accepts(request, "br") => {
                headers.insert(CONTENT_ENCODING, HeaderValue::from_static("br"));
                brotli
            }
            (_, Some(gzip)) if accepts(request, "gzip") => {
                headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
                gzip
            }
            _ => &self.plain,
        };
        (headers, body.clone()).into_response()
    }
}

/// Whether `Accept-Encoding` names the coding without `q=0`.
fn accepts(request: &HeaderMap, coding: &str) -> bool {
    request
        .get_all(ACCEPT_ENCODING)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|offer| {
            let mut parts = offer.split(';').map(str::trim);
            parts.next().is_some_and(|name| name.eq_ignore_ascii_case(coding))
                && !parts.any(|parameter| matches!(parameter, "q=0" | "q=0.0" | "q=0.00" | "q=0.000"))
        })
}

fn read_folder(folder: &Path, prefix: &str, files: &mut FxHashMap<String, Bytes>) -> Result<(), AssetsError> {
    let failed =
        |path: PathBuf| move |source| AssetsError::Unreadable { path: path.display().to_string(), source };
    for entry in std::fs::read_dir(folder).map_err(failed(folder.to_owned()))? {
        let entry = entry.map_err(failed(folder.to_owned()))?;
        let path = entry.path();
        let name = format!("{prefix}/{}", entry.file_name().to_string_lossy());
        if path.is_dir() {
            read_folder(&path, &name, files)?;
        } else {
            files.insert(name, std::fs::read(&path).map_err(failed(path))?.into());
        }
    }
    Ok(())
}

/// The build puts the hash of the content into a name as `name-0123456789abcdef.ext`, or `…_bg.wasm`.
fn has_content_hash(path: &str) -> bool {
    let stem = path.rsplit('/').next().and_then(|name| name.split('.').next()).unwrap_or_default();
    let hash = stem.strip_suffix("_bg").unwrap_or(stem).rsplit('-').next().unwrap_or_default();
    stem.contains('-') && hash.len() >= 15 && hash.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn etag(content: &[u8]) -> HeaderValue {
    let text = format!("\"{}\"", BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(content)));
    HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static("\"\""))
}

fn content_type(path: &str) -> &'static str {
    match path.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "wasm" => "application/wasm",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_with_a_hash_are_told_from_others() {
        for (path, expected) in [
            ("/couplet-8f0e1d2c3b4a5968.js", true),
            ("/couplet-8f0e1d2c3b4a5968_bg.wasm", true),
            ("/main-1a2b3c4d5e6f708.css", true),
            ("/index.html", false),
            ("/favicon.svg", false),
            ("/snippets/couplet-filter/inline0.js", false),
            ("/deadbeefdeadbeef.js", false),
        ] {
            assert_eq!(has_content_hash(path), expected, "{path}");
        }
    }
}
