//! Files into a zip archive. They are a few kilobytes of text, so they are stored as they are.

use std::io::{Cursor, Write};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use crate::{CompanionError, CompanionFile};

/// Folder of the archive that holds everything.
const FOLDER: &str = "couplet-companion";

/// The archive; without times, so that the same files give the same bytes.
pub(crate) fn archive(files: &[CompanionFile]) -> Result<Vec<u8>, CompanionError> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    let failed = |detail: String| CompanionError::Archive { detail };
    for file in files {
        let path = format!("{FOLDER}/{}", file.path);
        writer.start_file(path, options).map_err(|error| failed(error.to_string()))?;
        writer.write_all(file.text.as_bytes()).map_err(|error| failed(error.to_string()))?;
    }
    let written = writer.finish().map_err(|error| failed(error.to_string()))?;
    Ok(written.into_inner())
}
