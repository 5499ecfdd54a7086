//! When each source is due, and how it fares: survives a restart.

use rusqlite::{Connection, OptionalExtension};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use tidings_model::{Health, RunError, SourceId, Timestamp};

use crate::error::Failure;
use crate::writer::{Durability, Writer};
use crate::{Store, StoreError, name};

/// What the scheduler and the health states know of a source.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SourceRow {
    pub source: SourceId,
    /// The id under which it was first configured: what its findings' ids are made from.
    pub identity: SourceId,
    /// When its next run is due.
    pub due: Timestamp,
    /// Failed runs in a row.
    #[serde(default)]
    pub failures: u32,
    /// Runs in a row in which its plugin crashed.
    #[serde(default)]
    pub crashes: u32,
    pub health: Health,
    /// Since when `health` is what it is.
    pub since: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_run: Option<Timestamp>,
    /// End of the last run that brought what the source had to give.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_good: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_error: Option<RunError>,
    #[serde(default)]
    pub paused: bool,
    /// What its entry requests answered at the last good run; JSON of whoever compares them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub validators: Option<Json>,
    #[serde(default)]
    pub habit: Habit,
    /// Runs in a row that ended in a state that is not good.
    #[serde(default)]
    pub bad_runs: u32,
}

/// JSON that is kept for another, as its text: a tree of it would be ten times as large.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Json(Box<RawValue>);

impl Json {
    /// # Errors
    ///
    /// When `value` has what JSON cannot say.
    pub fn of(value: &impl Serialize) -> serde_json::Result<Self> {
        serde_json::value::to_raw_value(value).map(Self)
    }

    /// # Errors
    ///
    /// When it is of another shape.
    pub fn read<'a, T: Deserialize<'a>>(&'a self) -> serde_json::Result<T> {
        serde_json::from_str(self.0.get())
    }
}

impl PartialEq for Json {
    fn eq(&self, other: &Self) -> bool {
        self.0.get() == other.0.get()
    }
}

/// What a source usually does, to tell silence from its habit. Bounded by whoever writes it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Habit {
    /// Items of its last good runs, the oldest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<u32>,
    /// Seconds between its last runs that brought new findings, the oldest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub gaps_s: Vec<u32>,
    /// When it last brought a new finding.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_new: Option<Timestamp>,
}

impl SourceRow {
    /// A source that has never run, due at `due`.
    pub fn new(source: SourceId, due: Timestamp) -> Self {
        Self {
            identity: source.clone(),
            source,
            due,
            failures: 0,
            crashes: 0,
            health: Health::Ok,
            since: due,
            last_run: None,
            last_good: None,
            last_error: None,
            paused: false,
            validators: None,
            habit: Habit::default(),
            bad_runs: 0,
        }
    }
}

impl Store {
    /// # Errors
    ///
    /// When the database cannot be read.
    pub fn source_row(&self, source: &SourceId) -> Result<Option<SourceRow>, StoreError> {
        self.read(|reader| {
            let Some(source) = name::find(&reader.conn, source.as_str())? else {
                return Ok(None);
            };
            let sql = "SELECT row FROM source WHERE source = ?1";
            let row: Option<String> =
                reader.conn.prepare_cached(sql)?.query_row([source], |row| row.get(0)).optional()?;
            row.map(|row| parse(&row)).transpose()
        })
    }

    /// The rows of all sources that ever had one, in the order of their first.
    ///
    /// # Errors
    ///
    /// When the database cannot be read.
    pub fn source_rows(&self) -> Result<Vec<SourceRow>, StoreError> {
        self.read(|reader| all(&reader.conn))
    }

    /// Writes the row. Not waited for on the disk: a power cut may bring back the one before, never one
    /// newer than the findings committed before it.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub fn put_source_row(&self, row: SourceRow) -> Result<(), StoreError> {
        self.writer()?.write(Durability::Process, move |writer| put(writer, &row))
    }
}

fn all(conn: &Connection) -> Result<Vec<SourceRow>, Failure> {
    let mut statement = conn.prepare_cached("SELECT row FROM source ORDER BY source")?;
    let rows = statement.query_map([], |row| row.get::<_, String>(0))?;
    rows.map(|row| parse(&row?)).collect()
}

fn parse(row: &str) -> Result<SourceRow, Failure> {
    serde_json::from_str(row).map_err(|error| Failure::record("source row", error))
}

pub(crate) fn put(writer: &mut Writer, row: &SourceRow) -> Result<(), Failure> {
    let source = writer.names.intern(&writer.conn, row.source.as_str())?;
    let row = serde_json::to_string(row).map_err(|error| Failure::record("source row", error))?;
    writer
        .conn
        .prepare_cached("INSERT OR REPLACE INTO source (source, row) VALUES (?1, ?2)")?
        .execute((source, row))?;
    Ok(())
}
