//! Answers with what they can be asked for by, bounded in size and age.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use rusqlite::{Connection, OptionalExtension, params};
use serde::{Deserialize, Serialize};
use tidings_model::Timestamp;

use super::{Known, hash, known, millis, time};
use crate::cache::{Key, MAX_NOTED_BODY, Stored, request_of};

/// 500 KB of HTML take about 1.5 ms.
const LEVEL: i32 = 1;
/// What an answer takes beside its body, for the sum.
const OVERHEAD: u64 = 1 << 10;

/// How full the table is.
#[derive(Debug)]
pub(super) struct Shelf {
    most: u64,
    bytes: u64,
    known: Known,
}

/// All of an answer but its time and its body. Values that are no text are left out.
#[derive(Serialize, Deserialize)]
struct Head {
    status: u16,
    asked: Vec<(String, String)>,
    headers: Vec<(String, String)>,
}

impl Shelf {
    pub(super) fn open(conn: &Connection, most: u64, known: Known) -> rusqlite::Result<Self> {
        let mut shelf = Self { most, bytes: 0, known };
        shelf.count(conn)?;
        Ok(shelf)
    }

    /// Puts an answer in the place of the one before; `None` leaves the place empty.
    pub(super) fn put(&mut self, conn: &Connection, key: &Key, answer: Option<&Stored>) -> rusqlite::Result<()> {
        self.remove(conn, key)?;
        let Some(answer) = answer else { return Ok(()) };
        let Ok(body) = zstd::bulk::compress(&answer.body, LEVEL) else { return Ok(()) };
        let size = body.len() as u64 + OVERHEAD;
        if self.most < size {
            return Ok(());
        }
        let insert = "INSERT INTO answer (url, exempt, at, size, head) VALUES (?1, ?2, ?3, ?4, ?5)";
        let n = conn.prepare_cached(insert)?.insert(params![
            key.0,
            key.1,
            millis(answer.at),
            size.cast_signed(),
            head(answer)
        ])?;
        let insert = "INSERT INTO body (n, length, bytes) VALUES (?1, ?2, ?3)";
        conn.prepare_cached(insert)?.execute(params![n, answer.body.len() as i64, body])?;
        self.bytes += size;
        Ok(())
    }

    fn remove(&mut self, conn: &Connection, key: &Key) -> rusqlite::Result<()> {
        let sql = "DELETE FROM answer WHERE url = ?1 AND exempt = ?2 RETURNING size";
        let size: Option<i64> =
            conn.prepare_cached(sql)?.query_row(params![key.0, key.1], |row| row.get(0)).optional()?;
        self.bytes = self.bytes.saturating_sub(size.unwrap_or_default().unsigned_abs());
        Ok(())
    }

    /// Forgets what was neither received nor confirmed since `oldest`.
    pub(super) fn forget_before(&mut self, conn: &Connection, oldest: Timestamp) -> rusqlite::Result<()> {
        conn.execute("DELETE FROM answer WHERE at < ?1", [millis(oldest)])?;
        self.count(conn)
    }

    /// Of what is too much forgets what was confirmed longest ago.
    pub(super) fn make_room(&mut self, conn: &Connection) -> rusqlite::Result<()> {
        if self.bytes <= self.most {
            return Ok(());
        }
        // Some more, so that not every further answer needs room made.
        let mut too_much = self.bytes - self.most + self.most / 10;
        while 0 < too_much {
            let sql = "DELETE FROM answer WHERE n = (SELECT n FROM answer ORDER BY at LIMIT 1) RETURNING size";
            let size: Option<i64> = conn.prepare_cached(sql)?.query_row([], |row| row.get(0)).optional()?;
            let Some(size) = size else { break };
            too_much = too_much.saturating_sub(size.unsigned_abs());
        }
        self.count(conn)
    }

    /// Counts again what there is.
    fn count(&mut self, conn: &Connection) -> rusqlite::Result<()> {
        let mut statement = conn.prepare_cached("SELECT url, exempt, size FROM answer")?;
        let mut rows = statement.query([])?;
        let mut keys = known(&self.known);
        keys.clear();
        self.bytes = 0;
        while let Some(row) = rows.next()? {
            let key: Key = (row.get::<_, String>(0)?.into_boxed_str(), row.get(1)?);
            keys.insert(hash(&key));
            self.bytes += row.get::<_, i64>(2)?.unsigned_abs();
        }
        Ok(())
    }
}

pub(super) fn renew(conn: &Connection, key: &Key, answer: &Stored) -> rusqlite::Result<()> {
    let sql = "UPDATE answer SET at = ?3, head = ?4 WHERE url = ?1 AND exempt = ?2";
    conn.prepare_cached(sql)?.execute(params![key.0, key.1, millis(answer.at), head(answer)])?;
    Ok(())
}

pub(super) fn read(conn: &Connection, key: &Key, now: Timestamp) -> rusqlite::Result<Option<Stored>> {
    let sql = "SELECT at, head, length, bytes FROM answer JOIN body USING (n) WHERE url = ?1 AND exempt = ?2";
    let row = conn.prepare_cached(sql)?.query_row(params![key.0, key.1], |row| {
        let (at, head, length): (i64, String, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
        Ok((at, head, length, row.get::<_, Vec<u8>>(3)?))
    });
    let Some((at, head, length, bytes)) = row.optional()? else { return Ok(None) };
    // Where the clock was wrong when it was noted, it is no answer of this run.
    let at = Some(time(at)).filter(|at| *at <= now).unwrap_or(Timestamp::UNIX_EPOCH);
    Ok(stored(key, at, &head, length, &bytes))
}

/// `None` where the row says nothing that can be understood.
fn stored(key: &Key, at: Timestamp, head: &str, length: i64, bytes: &[u8]) -> Option<Stored> {
    let head: Head = serde_json::from_str(head).ok()?;
    let length = usize::try_from(length).ok().filter(|length| *length <= MAX_NOTED_BODY)?;
    let body = zstd::bulk::decompress(bytes, length).ok()?;
    let request = request_of(&key.0, map(&head.asked))?;
    let status = StatusCode::from_u16(head.status).ok()?;
    Stored::new(&request, status, map(&head.headers), Bytes::from(body), at)
}

fn head(answer: &Stored) -> String {
    let head = Head { status: answer.status.as_u16(), asked: list(&answer.asked), headers: list(&answer.headers) };
    serde_json::to_string(&head).expect("numbers and texts make JSON")
}

fn list(headers: &HeaderMap) -> Vec<(String, String)> {
    let texts = headers.iter().filter_map(|(name, value)| Some((name, value.to_str().ok()?)));
    texts.map(|(name, value)| (name.to_string(), value.to_owned())).collect()
}

fn map(list: &[(String, String)]) -> HeaderMap {
    let texts = list.iter().filter_map(|(name, value)| {
        Some((HeaderName::try_from(name.as_str()).ok()?, HeaderValue::try_from(value.as_str()).ok()?))
    });
    let mut headers = HeaderMap::with_capacity(list.len());
    for (name, value) in texts {
        headers.append(name, value);
    }
    headers
}
