//! Compression of what the log keeps.

use rusqlite::Connection;
use serde::Serialize;
use serde::de::DeserializeOwned;
use zstd::zstd_safe::{DCtx, DDict};

use crate::error::Failure;

/// Measured on findings of 870 bytes.
const LEVEL: i32 = 3;
/// Every zstd frame begins with these, so they are left out.
const MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];
/// Longest JSON of one entry; the longest text is 256 KiB.
const MAX_JSON: usize = 16 << 20;

/// Turns values into what a blob column keeps: the number of the dictionary, then a zstd frame without its magic.
pub(crate) struct Encoder {
    compressor: zstd::bulk::Compressor<'static>,
    dictionary: u8,
    json: Vec<u8>,
    frame: Vec<u8>,
}

impl Encoder {
    pub(crate) fn new() -> Result<Self, Failure> {
        let compressor = compressor(&[])?;
        Ok(Self { compressor, dictionary: 0, json: Vec::new(), frame: Vec::new() })
    }

    pub(crate) fn load_dictionary(&mut self, _conn: &Connection) -> Result<(), Failure> {
        Ok(())
    }

    /// What is returned is overwritten by the next call.
    pub(crate) fn encode(&mut self, value: &impl Serialize) -> Result<&[u8], Failure> {
        self.json.clear();
        serde_json::to_writer(&mut self.json, value).map_err(|error| Failure::record("finding", error))?;
        self.frame.clear();
        self.frame.reserve(zstd::zstd_safe::compress_bound(self.json.len()));
        let compressed = self.compressor.compress_to_buffer(&self.json, &mut self.frame);
        compressed.map_err(|error| Failure::record("compression", error))?;
        // The last byte of the magic makes room for the dictionary's number.
        self.frame[MAGIC.len() - 1] = self.dictionary;
        Ok(&self.frame[MAGIC.len() - 1..])
    }
}

fn compressor(dictionary: &[u8]) -> Result<zstd::bulk::Compressor<'static>, Failure> {
    let make = || {
        let mut compressor = zstd::bulk::Compressor::with_dictionary(LEVEL, dictionary)?;
        compressor.include_dictid(false)?;
        compressor.include_contentsize(true)?;
        Ok(compressor)
    };
    make().map_err(|error: std::io::Error| Failure::record("compression", error))
}

/// Reads what [`Encoder`] wrote.
pub(crate) struct Decoder {
    context: DCtx<'static>,
    dictionaries: Vec<Option<DDict<'static>>>,
    frame: Vec<u8>,
    json: Vec<u8>,
}

impl Decoder {
    pub(crate) fn new() -> Self {
        Self { context: DCtx::create(), dictionaries: Vec::new(), frame: Vec::new(), json: Vec::new() }
    }

    pub(crate) fn decode<T: DeserializeOwned>(&mut self, conn: &Connection, blob: &[u8]) -> Result<T, Failure> {
        let (dictionary, rest) = blob.split_first().ok_or_else(|| Failure::Record("an empty text".to_owned()))?;
        self.frame.clear();
        self.frame.extend_from_slice(&MAGIC);
        self.frame.extend_from_slice(rest);
        let size = zstd::zstd_safe::get_frame_content_size(&self.frame).ok().flatten();
        let size = size.and_then(|size| usize::try_from(size).ok()).filter(|size| *size <= MAX_JSON);
        let size = size.ok_or_else(|| Failure::Record("a text of unknown length".to_owned()))?;
        self.json.clear();
        self.json.reserve(size);
        self.load(conn, *dictionary)?;
        let done = match &self.dictionaries[usize::from(*dictionary)] {
            Some(dictionary) => self.context.decompress_using_ddict(&mut self.json, &self.frame, dictionary),
            None => self.context.decompress(&mut self.json, &self.frame),
        };
        done.map_err(|code| Failure::record("decompression", zstd::zstd_safe::get_error_name(code)))?;
        serde_json::from_slice(&self.json).map_err(|error| Failure::record("text", error))
    }

    fn load(&mut self, _conn: &Connection, number: u8) -> Result<(), Failure> {
        while self.dictionaries.len() <= usize::from(number) {
            self.dictionaries.push(None);
        }
        Ok(())
    }
}
