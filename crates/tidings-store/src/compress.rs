//! Compression of what blob columns keep: JSON, in zstd frames.
//!
//! A blob is the number of the dictionary (0 for none) and the frame without the
//! four bytes that every frame begins with.

use rusqlite::{Connection, OptionalExtension};
use serde::Serialize;
use serde::de::DeserializeOwned;
use zstd::bulk::Compressor;
use zstd::zstd_safe::{DCtx, DDict, compress_bound, get_error_name, get_frame_content_size};

use crate::dictionary;
use crate::error::Failure;

/// Of 1,300 bytes of JSON level 1 leaves 576 in 7.0 µs, 2 leaves 534 in 8.7, 3 leaves 533 in 11.1 (32 KiB dictionary).
const LEVEL: i32 = 2;
const MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];
/// Longest JSON of one blob, in bytes; a text is 256 KiB at most, a snapshot 8 MiB.
const MAX_JSON: usize = 64 << 20;

/// Compresses with the latest dictionary.
pub(crate) struct Encoder {
    compressor: Compressor<'static>,
    dictionary: u8,
    /// Entries of the log at which making a dictionary is tried again.
    retry_at: u64,
    json: Vec<u8>,
    frame: Vec<u8>,
}

impl Encoder {
    pub(crate) fn new() -> Result<Self, Failure> {
        let compressor = compressor(&[])?;
        Ok(Self { compressor, dictionary: 0, retry_at: 0, json: Vec::new(), frame: Vec::new() })
    }

    /// Takes the latest dictionary of the database into use.
    pub(crate) fn load_dictionary(&mut self, conn: &Connection) -> Result<(), Failure> {
        let sql = "SELECT n, bytes FROM dictionary ORDER BY n DESC LIMIT 1";
        let latest: Option<(u8, Vec<u8>)> =
            conn.prepare_cached(sql)?.query_row([], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
        let (number, bytes) = latest.unwrap_or_default();
        if number != self.dictionary {
            self.compressor = compressor(&bytes)?;
            self.dictionary = number;
        }
        Ok(())
    }

    /// Whether the log has grown to where a further dictionary pays.
    pub(crate) fn wants_dictionary(&self, entries: u64) -> bool {
        self.retry_at <= entries && dictionary::is_due(entries, usize::from(self.dictionary))
    }

    /// Makes one and takes it into use; inside a transaction.
    pub(crate) fn make_dictionary(&mut self, conn: &Connection, entries: u64) -> Result<(), Failure> {
        self.retry_at = entries.saturating_mul(2);
        if let Some(bytes) = dictionary::make(conn, &mut Decoder::new())? {
            conn.execute("INSERT INTO dictionary (n, bytes) VALUES (?1, ?2)", (self.dictionary + 1, bytes))?;
            self.load_dictionary(conn)?;
        }
        Ok(())
    }

    /// What is returned is overwritten by the next call.
    pub(crate) fn encode(&mut self, value: &impl Serialize) -> Result<&[u8], Failure> {
        self.json.clear();
        serde_json::to_writer(&mut self.json, value).map_err(|error| Failure::record("text", error))?;
        self.frame.clear();
        self.frame.reserve(compress_bound(self.json.len()));
        let compressed = self.compressor.compress_to_buffer(&self.json, &mut self.frame);
        compressed.map_err(|error| Failure::record("compression", error))?;
        // The last byte of the magic makes room for the dictionary's number.
        self.frame[MAGIC.len() - 1] = self.dictionary;
        Ok(&self.frame[MAGIC.len() - 1..])
    }
}

fn compressor(dictionary: &[u8]) -> Result<Compressor<'static>, Failure> {
    let make = || {
        let mut compressor = Compressor::with_dictionary(LEVEL, dictionary)?;
        compressor.include_dictid(false)?;
        compressor.include_contentsize(true)?;
        Ok(compressor)
    };
    make().map_err(|error: std::io::Error| Failure::record("compression", error))
}

/// Reads what [`Encoder`] wrote.
pub(crate) struct Decoder {
    context: DCtx<'static>,
    /// By number, 0 first, as far as they were needed.
    dictionaries: Vec<DDict<'static>>,
    frame: Vec<u8>,
    json: Vec<u8>,
}

impl Decoder {
    pub(crate) fn new() -> Self {
        let dictionaries = vec![DDict::create(&[])];
        Self { context: DCtx::create(), dictionaries, frame: Vec::new(), json: Vec::new() }
    }

    pub(crate) fn decode<T: DeserializeOwned>(&mut self, conn: &Connection, blob: &[u8]) -> Result<T, Failure> {
        self.decompress(conn, blob)?;
        serde_json::from_slice(&self.json).map_err(|error| Failure::record("text", error))
    }

    /// The JSON as it was written.
    pub(crate) fn json(&mut self, conn: &Connection, blob: &[u8]) -> Result<String, Failure> {
        self.decompress(conn, blob)?;
        String::from_utf8(self.json.clone()).map_err(|error| Failure::record("text", error))
    }

    fn decompress(&mut self, conn: &Connection, blob: &[u8]) -> Result<(), Failure> {
        let (number, rest) = blob.split_first().ok_or_else(|| Failure::Record("text: it is empty".to_owned()))?;
        self.frame.clear();
        self.frame.extend_from_slice(&MAGIC);
        self.frame.extend_from_slice(rest);
        let size = get_frame_content_size(&self.frame).ok().flatten();
        let size = size.and_then(|size| usize::try_from(size).ok()).filter(|size| *size <= MAX_JSON);
        let size = size.ok_or_else(|| Failure::Record("text: its length cannot be read".to_owned()))?;
        self.json.clear();
        self.json.reserve(size);
        self.load(conn, usize::from(*number))?;
        let dictionary = &self.dictionaries[usize::from(*number)];
        let done = self.context.decompress_using_ddict(&mut self.json, &self.frame, dictionary);
        done.map(drop).map_err(|code| Failure::record("decompression", get_error_name(code)))
    }

    fn load(&mut self, conn: &Connection, number: usize) -> Result<(), Failure> {
        while self.dictionaries.len() <= number {
            let n = self.dictionaries.len() as i64;
            let bytes: Vec<u8> = conn.query_row("SELECT bytes FROM dictionary WHERE n = ?1", [n], |row| row.get(0))?;
            self.dictionaries.push(DDict::create(&bytes));
        }
        Ok(())
    }
}
