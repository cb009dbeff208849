//! Files that a person downloads and chooses.

use js_sys::{Array, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, BlobPropertyBag, File, HtmlAnchorElement, HtmlInputElement, Url};

/// Largest file that is read, in bytes.
pub const MAX_BYTES: f64 = 64.0 * 1024.0 * 1024.0;

/// Why a file could not be read.
#[derive(Debug, Clone, PartialEq)]
pub enum ReadFileError {
    /// Larger than [`MAX_BYTES`].
    TooLarge {
        /// Its size in bytes.
        bytes: f64,
    },
    /// The browser could not read it.
    Unreadable {
        /// Its own words.
        detail: String,
    },
}

/// Offers a text as a file with this name.
///
/// # Errors
/// What the browser says when it refuses.
pub fn download(name: &str, text: &str, media_type: &str) -> Result<(), String> {
    let blob = |options: &BlobPropertyBag| {
        Blob::new_with_str_sequence_and_options(&Array::of1(&text.into()), options)
    };
    offer(name, media_type, blob)
}

/// Offers bytes as a file with this name.
///
/// # Errors
/// What the browser says when it refuses.
pub fn download_bytes(name: &str, bytes: &[u8], media_type: &str) -> Result<(), String> {
    let parts = Array::of1(&Uint8Array::from(bytes).into());
    offer(name, media_type, |options| Blob::new_with_u8_array_sequence_and_options(&parts, options))
}

fn offer(
    name: &str,
    media_type: &str,
    blob: impl Fn(&BlobPropertyBag) -> Result<Blob, JsValue>,
) -> Result<(), String> {
    let offer = || -> Result<(), JsValue> {
        let options = BlobPropertyBag::new();
        options.set_type(media_type);
        let blob = blob(&options)?;
        let address = Url::create_object_url_with_blob(&blob)?;
        let document = web_sys::window().and_then(|window| window.document()).ok_or(JsValue::NULL)?;
        let link: HtmlAnchorElement = document.create_element("a")?.dyn_into()?;
        link.set_href(&address);
        link.set_download(name);
        link.click();
        Url::revoke_object_url(&address)
    };
    offer().map_err(|error| format!("{error:?}"))
}

/// A file that a person chose.
#[derive(Debug, Clone)]
pub struct ChosenFile(File);

/// The file chosen in a file input, which is then empty again, so that the same file can be chosen once more.
pub fn take_chosen(input: &HtmlInputElement) -> Option<ChosenFile> {
    let file = input.files().and_then(|files| files.item(0));
    input.set_value("");
    file.map(ChosenFile)
}

impl ChosenFile {
    /// Its name.
    pub fn name(&self) -> String {
        self.0.name()
    }

    /// What it holds, as text.
    ///
    /// # Errors
    /// When it is too large, or the browser cannot read it.
    pub async fn text(&self) -> Result<String, ReadFileError> {
        let bytes = self.0.size();
        if bytes > MAX_BYTES {
            return Err(ReadFileError::TooLarge { bytes });
        }
        let text = JsFuture::from(self.0.text()).await;
        let text = text.map_err(|error| ReadFileError::Unreadable { detail: format!("{error:?}") })?;
        Ok(text.as_string().unwrap_or_default())
    }
}
