//! Reading a half of the corpus: its tasks, a JSON object a line, and its pages.

use std::fs;
use std::io::{Read, Write};
use std::path::Path;

use anyhow::{Context, Result};
use flate2::read::MultiGzDecoder;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tidings_fetch::charset;

/// Largest page that is read, in bytes.
const MAX_PAGE: u64 = 32 << 20;

/// The tasks of one file.
pub(crate) fn tasks<T: DeserializeOwned>(gold: &Path) -> Result<Vec<T>> {
    let text = fs::read_to_string(gold).with_context(|| format!("cannot read {}", gold.display()))?;
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    lines
        .map(|(number, line)| {
            serde_json::from_str(line).with_context(|| format!("{}, line {}", gold.display(), number + 1))
        })
        .collect()
}

/// A page, packed or not, decoded.
pub(crate) fn page(path: &Path) -> Result<String> {
    let packed = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    if !packed.starts_with(&[0x1f, 0x8b]) {
        return Ok(charset::decode(&packed, None).text);
    }
    let mut bytes = Vec::new();
    MultiGzDecoder::new(packed.as_slice())
        .take(MAX_PAGE)
        .read_to_end(&mut bytes)
        .with_context(|| format!("cannot unpack {}", path.display()))?;
    Ok(charset::decode(&bytes, None).text)
}

/// Writes a prediction: one line of JSON.
pub(crate) fn answer(out: &mut dyn Write, prediction: &impl Serialize) -> Result<()> {
    serde_json::to_writer(&mut *out, prediction).context("cannot write the predictions")?;
    out.write_all(b"\n").context("cannot write the predictions")
}
