//! The outbox: deliveries that are owed until the other side has accepted them.

use rusqlite::{Connection, Row};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tidings_model::{AlertId, Timestamp};

use crate::alert::{Aim, AlertNumber, MatchNumber};
use crate::error::Failure;
use crate::snapshot::hex;
use crate::time::{from_millis, to_millis};
use crate::writer::{Durability, Haste, Writer};
use crate::{Epoch, Pending, Store, StoreError};

/// How a delivery stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DeliveryState {
    Owed,
    Accepted,
    /// Given up: refused for good, or for too long. It can be taken up again.
    Dead,
}

impl DeliveryState {
    pub const ALL: &'static [Self] = &[Self::Owed, Self::Accepted, Self::Dead];

    fn from_code(code: i64) -> Result<Self, Failure> {
        let state = usize::try_from(code).ok().and_then(|code| Self::ALL.get(code));
        state.copied().ok_or_else(|| Failure::Record(format!("delivery of unknown state {code}")))
    }
}

/// What a delivery tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// The matches of the alert after `after` and up to `upto`.
    Matches { alert: AlertNumber, after: MatchNumber, upto: MatchNumber },
    /// A notice to the operator, as JSON.
    Notice(String),
}

/// A delivery whose turn it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owed {
    /// The same at each try: `d_` and 26 hexadecimal digits.
    pub id: String,
    /// JSON, as the alert has it.
    pub target: String,
    pub content: Content,
    pub created: Timestamp,
    /// When it became owed, for the last time.
    pub since: Timestamp,
    pub tries: u32,
}

/// How a try went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tried {
    pub id: String,
    pub at: Timestamp,
    /// What the other side answered.
    pub said: String,
    pub then: Then,
}

/// What becomes of a delivery after a try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Then {
    Accepted,
    TryAt(Timestamp),
    Dead,
}

/// A delivery as it is listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// Goes on a list from here.
    pub number: i64,
    pub id: String,
    /// `None` for a notice, and where the alert is gone.
    pub alert: Option<AlertId>,
    pub is_notice: bool,
    /// JSON, as the alert has it.
    pub target: String,
    pub created: Timestamp,
    pub state: DeliveryState,
    pub tries: u32,
    pub tried: Option<Timestamp>,
    /// Present while it is owed.
    pub next: Option<Timestamp>,
    pub said: Option<String>,
}

/// What an alert has done so far: findings that matched, deliveries that are owed, and dead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AlertCounts {
    pub matches: u64,
    pub owed: u64,
    pub dead: u64,
}

/// Which deliveries are listed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeliveryFilter {
    pub state: Option<DeliveryState>,
    pub alert: Option<AlertNumber>,
    /// Those before this number; all when absent.
    pub before: Option<i64>,
}

impl Store {
    /// The lanes in which a delivery is due at `now`.
    ///
    /// # Errors
    ///
    /// When the database cannot be read.
    pub fn due_lanes(&self, now: Timestamp) -> Result<Vec<String>, StoreError> {
        self.read(|reader| {
            let sql = "SELECT lane FROM delivery WHERE state = 0 GROUP BY lane HAVING min(next) <= ?1";
            let mut statement = reader.conn.prepare_cached(sql)?;
            let rows = statement.query_map([to_millis(now)], |row| row.get(0))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// When the next delivery is due.
    ///
    /// # Errors
    ///
    /// When the database cannot be read.
    pub fn next_owed(&self) -> Result<Option<Timestamp>, StoreError> {
        self.read(|reader| {
            let sql = "SELECT min(next) FROM delivery WHERE state = 0";
            let next: Option<i64> = reader.conn.prepare_cached(sql)?.query_row([], |row| row.get(0))?;
            next.map(from_millis).transpose()
        })
    }

    /// Up to `limit` deliveries of the lane that are due at `now`, those that wait longest first.
    ///
    /// # Errors
    ///
    /// When the database cannot be read.
    pub fn owed(&self, lane: &str, now: Timestamp, limit: usize) -> Result<Vec<Owed>, StoreError> {
        self.read(|reader| {
            let sql = "SELECT id, target, alert, after, upto, notice, created, since, tries FROM delivery
                       WHERE state = 0 AND lane = ?1 AND next <= ?2 ORDER BY next, n LIMIT ?3";
            let mut statement = reader.conn.prepare_cached(sql)?;
            let rows = statement.query_and_then((lane, to_millis(now), limit as i64), read_owed)?;
            rows.collect()
        })
    }

    /// Writes down how a try went.
    ///
    /// # Errors
    ///
    /// When it cannot be written: then it is tried again, under the same id.
    pub fn tried(&self, tried: Tried) -> Result<Pending<()>, StoreError> {
        self.writer()?.submit(Durability::Process, Haste::Now, move |writer| note(writer, &tried))
    }

    /// Lets nothing of the lane be tried before `until`.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub fn rest_lane(&self, lane: &str, until: Timestamp) -> Result<(), StoreError> {
        let lane = lane.to_owned();
        self.writer()?.write(Durability::Process, move |writer| {
            let sql = "UPDATE delivery SET next = ?2 WHERE state = 0 AND lane = ?1 AND next < ?2";
            writer.conn.prepare_cached(sql)?.execute((lane, to_millis(until)))?;
            Ok(())
        })
    }

    /// Takes up again what is dead, or tries at once what is owed; whether there was such a one.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub fn retry_delivery(&self, id: &str, at: Timestamp) -> Result<bool, StoreError> {
        let id = id.to_owned();
        self.writer()?.write(Durability::Process, move |writer| {
            let sql = "UPDATE delivery SET state = 0, tries = 0, since = ?2, next = ?2 WHERE id = ?1 AND state <> 1";
            Ok(writer.conn.prepare_cached(sql)?.execute((id, to_millis(at)))? == 1)
        })
    }

    /// The delivery of that id.
    ///
    /// # Errors
    ///
    /// When the database cannot be read.
    pub fn delivery(&self, id: &str) -> Result<Option<Delivery>, StoreError> {
        self.read(|reader| {
            let sql = format!("{LISTED} WHERE delivery.id = ?1");
            let mut statement = reader.conn.prepare_cached(&sql)?;
            let mut rows = statement.query_and_then([id], read_delivery)?;
            rows.next().transpose()
        })
    }

    /// Up to `limit` deliveries, the latest first.
    ///
    /// # Errors
    ///
    /// When the database cannot be read.
    pub fn deliveries(&self, filter: &DeliveryFilter, limit: usize) -> Result<Vec<Delivery>, StoreError> {
        self.read(|reader| {
            // Only what is written out lets the database use the index for it.
            let of_state = filter.state.map(|state| format!(" AND state = {}", state as i64)).unwrap_or_default();
            let of_alert = filter.alert.map(|alert| format!(" AND alert = {}", alert.0)).unwrap_or_default();
            let sql = format!("{LISTED} WHERE delivery.n < ?1{of_state}{of_alert} ORDER BY delivery.n DESC LIMIT ?2");
            let mut statement = reader.conn.prepare_cached(&sql)?;
            let before = filter.before.unwrap_or(i64::MAX);
            let rows = statement.query_and_then((before, limit as i64), read_delivery)?;
            rows.collect()
        })
    }

    /// How many deliveries are owed and how many dead.
    ///
    /// # Errors
    ///
    /// When the database cannot be read.
    pub fn outbox_counts(&self) -> Result<(u64, u64), StoreError> {
        self.read(|reader| {
            let count = |sql: &str| -> Result<u64, Failure> {
                let count: i64 = reader.conn.prepare_cached(sql)?.query_row([], |row| row.get(0))?;
                Ok(count.unsigned_abs())
            };
            let owed = count("SELECT count(*) FROM delivery WHERE state = 0")?;
            Ok((owed, count("SELECT count(*) FROM delivery WHERE state = 2")?))
        })
    }

    /// What an alert has done so far.
    ///
    /// # Errors
    ///
    /// When the database cannot be read.
    pub fn alert_counts(&self, alert: AlertNumber) -> Result<AlertCounts, StoreError> {
        self.read(|reader| {
            let count = |sql: &str| -> Result<u64, Failure> {
                let count: i64 = reader.conn.prepare_cached(sql)?.query_row([alert.0], |row| row.get(0))?;
                Ok(count.unsigned_abs())
            };
            Ok(AlertCounts {
                matches: count("SELECT count(*) FROM alert_match WHERE alert = ?1")?,
                owed: count("SELECT count(*) FROM delivery WHERE alert = ?1 AND state = 0")?,
                dead: count("SELECT count(*) FROM delivery WHERE alert = ?1 AND state = 2")?,
            })
        })
    }

    /// The delivery that is owed longest, with what was answered to it last.
    ///
    /// # Errors
    ///
    /// When the database cannot be read.
    pub fn longest_owed(&self) -> Result<Option<Delivery>, StoreError> {
        self.read(|reader| {
            let sql = format!("{LISTED} WHERE state = 0 ORDER BY delivery.since LIMIT 1");
            let mut statement = reader.conn.prepare_cached(&sql)?;
            let mut rows = statement.query_and_then([], read_delivery)?;
            rows.next().transpose()
        })
    }

    /// Forgets deliveries that were accepted before `accepted`, and dead ones and matches from
    /// before `old`. Answers how many rows went.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub fn forget_deliveries(&self, accepted: Timestamp, old: Timestamp) -> Result<usize, StoreError> {
        self.writer()?.write(Durability::Process, move |writer| {
            let (accepted, old) = (to_millis(accepted), to_millis(old));
            let sql = "DELETE FROM delivery WHERE (state = 1 AND created < ?1) OR (state = 2 AND created < ?2)";
            let deliveries = writer.conn.prepare_cached(sql)?.execute((accepted, old))?;
            let sql = "DELETE FROM alert_match WHERE at < ?1 AND NOT EXISTS
                       (SELECT 1 FROM alert_target WHERE alert_target.alert = alert_match.alert AND told < alert_match.n)";
            Ok(deliveries + writer.conn.prepare_cached(sql)?.execute([old])?)
        })
    }
}

const LISTED: &str = "SELECT delivery.n, delivery.id, alert.id, notice IS NOT NULL, target, created, state, tries,
                             tried, next, said
                      FROM delivery LEFT JOIN alert ON alert.n = delivery.alert";

fn read_delivery(row: &Row<'_>) -> Result<Delivery, Failure> {
    let alert: Option<String> = row.get(2)?;
    let state = DeliveryState::from_code(row.get(6)?)?;
    let next = (state == DeliveryState::Owed).then(|| row.get(9)).transpose()?;
    Ok(Delivery {
        number: row.get(0)?,
        id: row.get(1)?,
        alert: alert.map(AlertId::try_from).transpose().map_err(|error| Failure::record("delivery", error))?,
        is_notice: row.get(3)?,
        target: row.get(4)?,
        created: from_millis(row.get(5)?)?,
        state,
        tries: row.get(7)?,
        tried: row.get::<_, Option<i64>>(8)?.map(from_millis).transpose()?,
        next: next.map(from_millis).transpose()?,
        said: row.get(10)?,
    })
}

fn read_owed(row: &Row<'_>) -> Result<Owed, Failure> {
    let alert: Option<i64> = row.get(2)?;
    let content = match alert {
        Some(alert) => Content::Matches {
            alert: AlertNumber(alert),
            after: MatchNumber(row.get(3)?),
            upto: MatchNumber(row.get(4)?),
        },
        None => Content::Notice(row.get(5)?),
    };
    Ok(Owed {
        id: row.get(0)?,
        target: row.get(1)?,
        content,
        created: from_millis(row.get(6)?)?,
        since: from_millis(row.get(7)?)?,
        tries: row.get(8)?,
    })
}

/// Adds a delivery. Its id is a pure function of the archive and of its place in the outbox.
pub(crate) fn owe(conn: &Connection, epoch: Epoch, aim: &Aim, content: &Content, at: Timestamp) -> Result<(), Failure> {
    let (alert, after, upto, notice) = match content {
        Content::Matches { alert, after, upto } => (Some(alert.0), after.0, upto.0, None),
        Content::Notice(notice) => (None, 0, 0, Some(notice)),
    };
    let sql = "INSERT INTO delivery (id, alert, target, lane, after, upto, notice, created, since, state, tries, next)
               VALUES ('', ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7, 0, 0, ?7)";
    conn.prepare_cached(sql)?.execute((alert, &aim.target, &aim.lane, after, upto, notice, to_millis(at)))?;
    let n = conn.last_insert_rowid();
    conn.prepare_cached("UPDATE delivery SET id = ?2 WHERE n = ?1")?.execute((n, id(epoch, n)))?;
    Ok(())
}

fn id(epoch: Epoch, n: i64) -> String {
    let mut hasher = Sha256::new();
    hasher.update(epoch.0.as_bytes());
    hasher.update(n.to_be_bytes());
    format!("d_{}", hex(&hasher.finalize()[..13]))
}

fn note(writer: &mut Writer, tried: &Tried) -> Result<(), Failure> {
    let (state, next) = match tried.then {
        Then::Accepted => (DeliveryState::Accepted, 0),
        Then::TryAt(at) => (DeliveryState::Owed, to_millis(at)),
        Then::Dead => (DeliveryState::Dead, 0),
    };
    let sql = "UPDATE delivery SET state = ?2, next = ?3, tries = tries + 1, tried = ?4, said = ?5
               WHERE id = ?1 AND state = 0";
    let row = (&tried.id, state as i64, next, to_millis(tried.at), &tried.said);
    writer.conn.prepare_cached(sql)?.execute(row)?;
    Ok(())
}
