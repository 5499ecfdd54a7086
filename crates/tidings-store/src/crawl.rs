//! The fetcher's log: a ring of the latest requests.

use rusqlite::{Connection, Row, named_params};
use serde::{Deserialize, Serialize};
use tidings_model::{SourceId, Timestamp};

use crate::error::Failure;
use crate::name::Names;
use crate::time::{from_millis, to_millis};
use crate::writer::{Durability, Haste, Pending, Writer};
use crate::{Store, StoreError, name};

/// Requests kept; the oldest go as further ones come.
pub const CRAWL_KEPT: u64 = 100_000;

/// One request of the fetcher.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CrawlEntry {
    pub at: Timestamp,
    /// Absent where no source asked, e.g. for `robots.txt`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<SourceId>,
    pub url: String,
    pub method: String,
    /// Absent where no answer came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Of the body, after decompression.
    pub bytes: u64,
    pub duration_ms: u64,
    /// How a cache took part, in the fetcher's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache: Option<String>,
    /// Why there is no good answer, where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// Which requests to list. The default lists all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CrawlFilter {
    pub source: Option<SourceId>,
    /// Not before this time.
    pub from: Option<Timestamp>,
    /// Before this time.
    pub to: Option<Timestamp>,
}

/// A page of the log, the latest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CrawlPage {
    pub entries: Vec<CrawlEntry>,
    /// What to pass as `before` for the next page; absent on the last.
    pub next: Option<u64>,
}

impl Store {
    /// Notes requests. Not waited for on the disk: a power cut may forget the last few.
    ///
    /// # Errors
    ///
    /// When the archive is being closed or was opened for reading; all else is said by what it returns.
    pub fn crawl(&self, entries: Vec<CrawlEntry>) -> Result<Pending<()>, StoreError> {
        self.writer()?.submit(Durability::Process, Haste::Gathers, move |writer| append(writer, &entries))
    }

    /// Up to `limit` requests, the latest first.
    ///
    /// # Errors
    ///
    /// When the database cannot be read.
    pub fn crawl_log(&self, filter: &CrawlFilter, before: Option<u64>, limit: usize) -> Result<CrawlPage, StoreError> {
        self.read(|reader| {
            let source = match &filter.source {
                None => None,
                Some(source) => match name::find(&reader.conn, source.as_str())? {
                    None => return Ok(CrawlPage::default()),
                    found => found,
                },
            };
            page(&reader.conn, &mut reader.names, filter, source, before, limit)
        })
    }
}

fn append(writer: &mut Writer, entries: &[CrawlEntry]) -> Result<(), Failure> {
    for entry in entries {
        let source = match &entry.source {
            Some(source) => Some(writer.names.intern(&writer.conn, source.as_str())?),
            None => None,
        };
        writer
            .conn
            .prepare_cached(
                "INSERT INTO crawl (at, source, method, url, status, bytes, duration_ms, cache, reason)
                 VALUES (:at, :source, :method, :url, :status, :bytes, :duration_ms, :cache, :reason)",
            )?
            .execute(named_params! {
                ":at": to_millis(entry.at), ":source": source, ":method": entry.method, ":url": entry.url,
                ":status": entry.status, ":bytes": entry.bytes.cast_signed(),
                ":duration_ms": entry.duration_ms.cast_signed(), ":cache": entry.cache, ":reason": entry.reason,
            })?;
    }
    let sql = "DELETE FROM crawl WHERE n <= (SELECT max(n) FROM crawl) - ?1";
    writer.conn.prepare_cached(sql)?.execute([CRAWL_KEPT.cast_signed()])?;
    Ok(())
}

fn page(
    conn: &Connection,
    names: &mut Names,
    filter: &CrawlFilter,
    source: Option<i64>,
    before: Option<u64>,
    limit: usize,
) -> Result<CrawlPage, Failure> {
    // One statement a case, so that each takes the index made for it.
    let sql = match source {
        Some(_) => {
            "SELECT n, at, source, method, url, status, bytes, duration_ms, cache, reason FROM crawl
             WHERE source = :source AND n < :before AND at >= :from AND at < :to ORDER BY n DESC LIMIT :limit"
        }
        None => {
            "SELECT n, at, source, method, url, status, bytes, duration_ms, cache, reason FROM crawl
             WHERE :source IS NULL AND n < :before AND at >= :from AND at < :to ORDER BY n DESC LIMIT :limit"
        }
    };
    let before = before.map_or(i64::MAX, u64::cast_signed);
    let mut statement = conn.prepare_cached(sql)?;
    let mut rows = statement.query(named_params! {
        ":source": source, ":before": before, ":limit": limit as i64,
        ":from": filter.from.map_or(i64::MIN, to_millis), ":to": filter.to.map_or(i64::MAX, to_millis),
    })?;
    let mut page = CrawlPage::default();
    let mut last = None;
    while let Some(row) = rows.next()? {
        last = Some(row.get::<_, i64>(0)?.cast_unsigned());
        page.entries.push(entry(conn, names, row)?);
    }
    page.next = last.filter(|_| page.entries.len() == limit);
    Ok(page)
}

fn entry(conn: &Connection, names: &mut Names, row: &Row<'_>) -> Result<CrawlEntry, Failure> {
    Ok(CrawlEntry {
        at: from_millis(row.get(1)?)?,
        source: row.get::<_, Option<i64>>(2)?.map(|source| names.text(conn, source)).transpose()?,
        method: row.get(3)?,
        url: row.get(4)?,
        status: row.get(5)?,
        bytes: row.get::<_, i64>(6)?.cast_unsigned(),
        duration_ms: row.get::<_, i64>(7)?.cast_unsigned(),
        cache: row.get(8)?,
        reason: row.get(9)?,
    })
}
