//! Files too long to be held whole: tables and lines of JSON, piece by piece, each ending with a row.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use tidings_sdk::extract::table::{self, Head};
use tidings_sdk::{Ctx, File, Result};

use crate::{MAX_FILE, Params, file};

/// Files up to this size, in bytes, are read at once; also what is held of a longer one.
pub(crate) const PIECE: usize = 8 << 20;
/// Longest row, in bytes.
const MAX_ROW: usize = 2 * PIECE;
/// What is looked at for the header, in bytes.
const MAX_HEAD: usize = 64 << 10;
/// Time that one more piece may take.
const PIECE_TIME: Duration = Duration::from_secs(60);

/// How far a file was read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Place {
    /// The state of the file, as in what was read.
    pub(crate) state: String,
    offset: u64,
    lines: u64,
    /// Of a table, once it is known.
    head: Option<Head>,
}

impl Place {
    pub(crate) fn begin(state: &str) -> Self {
        Self { state: state.to_owned(), ..Self::default() }
    }
}

/// What came of a file in this run.
#[derive(Debug, Default)]
pub(crate) struct Read {
    pub(crate) found: usize,
    /// Where the next run goes on.
    pub(crate) left: Option<Place>,
}

/// Whether files of this name can be read in pieces.
pub(crate) fn has_rows(name: &str) -> bool {
    matches!(file::ending(name).as_str(), "csv" | "tsv" | "ndjson" | "jsonl")
}

/// Emits what a file holds from `place` on, as far as the time of the run reaches. `keep` is told each place
/// from which a run that breaks off would go on.
pub(crate) fn emit(
    file: &File,
    mut place: Place,
    params: &Params,
    ctx: &mut Ctx,
    keep: impl Fn(&Place, &mut Ctx) -> Result<()>,
) -> Result<Read> {
    let mut read = Read::default();
    let mut bytes = Vec::new();
    let mut next = Some(place.offset);
    loop {
        while bytes.len() < PIECE
            && let Some(offset) = next
        {
            let (part, behind) = ctx.read_part(file, offset)?;
            bytes.extend(part);
            next = behind;
        }
        if place.offset == 0 && (bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff")) {
            read.found = wide(file, params, ctx)?;
            return Ok(read);
        }
        let is_table = matches!(file::ending(&file.name).as_str(), "csv" | "tsv");
        if is_table && place.head.is_none() {
            match table::head(&table::decode(beginning(&bytes)), file::delimiter(&file.name)) {
                Ok(found) => place.head = Some(found),
                Err(error) => {
                    ctx.skip("", format!("{}: {error}", file.name));
                    return Ok(read);
                }
            }
        }
        let end = match (&place.head, next) {
            (_, None) => bytes.len(),
            (Some(head), Some(_)) => table::whole_rows(&bytes, head.delimiter),
            (None, Some(_)) => bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1),
        };
        if end == 0 && MAX_ROW <= bytes.len() {
            let line = place.lines + 1;
            ctx.skip("", format!("{}, line {line}: a row of more than 16 MiB: what follows is not read", file.name));
            return Ok(read);
        }
        if 0 < end {
            read.found += piece(file, &bytes[..end], &place, params, ctx)?;
            place.lines += bytes[..end].iter().filter(|byte| **byte == b'\n').count() as u64;
            place.offset += end as u64;
            bytes.drain(..end);
        }
        if next.is_none() {
            return Ok(read);
        }
        keep(&place, ctx)?;
        if ctx.deadline() < PIECE_TIME {
            read.left = Some(place);
            return Ok(read);
        }
    }
}

/// A file in UTF-16, whose lines do not end with a byte of their own.
fn wide(dropped: &File, params: &Params, ctx: &mut Ctx) -> Result<usize> {
    if MAX_FILE < dropped.size {
        let name = &dropped.name;
        ctx.skip("", format!("{name}: it is longer than 64 MiB, and in UTF-16: save it as UTF-8, or split it"));
        return Ok(0);
    }
    let bytes = ctx.read(dropped)?;
    file::emit(&dropped.name, &bytes, params, ctx)
}

/// The lines in which the header is looked for.
fn beginning(bytes: &[u8]) -> &[u8] {
    let bytes = &bytes[..bytes.len().min(MAX_HEAD)];
    let end = bytes.iter().rposition(|byte| *byte == b'\n').map_or(bytes.len(), |at| at + 1);
    &bytes[..end]
}

fn piece(dropped: &File, bytes: &[u8], place: &Place, params: &Params, ctx: &mut Ctx) -> Result<usize> {
    let text = table::decode(bytes);
    let Some(head) = &place.head else {
        return file::lines(&dropped.name, &text, place.lines + 1, params, ctx);
    };
    // The header stands in the first piece alone.
    let above =
        if place.offset == 0 { table::head(&text, Some(head.delimiter)).map_or(0, |head| head.bytes) } else { 0 };
    let lines = text[..above].bytes().filter(|byte| *byte == b'\n').count() as u64;
    let table = table::rows(&text[above..], head, place.lines + lines + 1);
    file::table(&dropped.name, &table, params, ctx)
}
