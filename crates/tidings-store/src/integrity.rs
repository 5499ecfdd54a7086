//! Whether the archive is sound, for `doctor`.

use rusqlite::Connection;

use crate::error::Failure;
use crate::{Store, StoreError};

/// Faults reported by one check; further ones are left out.
const MAX_PROBLEMS: i64 = 20;

/// What [`Store::integrity`] found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Integrity {
    pub entries: u64,
    pub findings: u64,
    /// Of the database, in bytes; the write-ahead log is not counted.
    pub size_bytes: u64,
    /// What is wrong, a sentence each; none in a sound archive.
    pub problems: Vec<String>,
}

impl Store {
    /// Reads the whole database and checks pages, indexes, and that log and findings agree.
    /// Takes about a second for every gigabyte; ingest goes on meanwhile.
    ///
    /// # Errors
    ///
    /// When the database cannot be read at all; a fault found is a problem, no error.
    pub fn integrity(&self) -> Result<Integrity, StoreError> {
        self.read(|reader| {
            let conn = &reader.conn;
            let mut problems = Vec::new();
            pages(conn, &mut problems)?;
            for (check, sql) in CHECKS {
                let count: i64 = conn.query_row(sql, [], |row| row.get(0))?;
                if 0 < count {
                    problems.push(format!("{check}: {count}"));
                }
            }
            let count = |sql| conn.query_row(sql, [], |row| row.get::<_, i64>(0)).map(i64::cast_unsigned);
            Ok(Integrity {
                entries: count("SELECT count(*) FROM log")?,
                findings: count("SELECT count(*) FROM finding")?,
                size_bytes: count("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size")?,
                problems,
            })
        })
    }
}

/// Each counts what must not be.
const CHECKS: &[(&str, &str)] = &[
    ("numbers missing from the log", "SELECT coalesce(max(number), 0) - count(*) FROM log"),
    (
        "findings whose entry is missing or of another kind",
        "SELECT count(*) FROM finding LEFT JOIN log ON number = n WHERE log.kind IS NOT 0",
    ),
    (
        "findings whose latest entry is missing",
        "SELECT count(*) FROM finding WHERE NOT EXISTS (SELECT 1 FROM log WHERE number = coalesce(entry, n))
         OR NOT EXISTS (SELECT 1 FROM log WHERE number = coalesce(text, n))",
    ),
    (
        "`found` entries without their finding",
        "SELECT count(*) FROM log LEFT JOIN finding ON n = number WHERE kind = 0 AND n IS NULL",
    ),
    (
        "findings with the same id",
        "SELECT count(*) FROM (SELECT 1 FROM finding GROUP BY id_high, id_low HAVING 1 < count(*))",
    ),
    (
        "stories whose members are miscounted",
        "SELECT count(*) FROM (SELECT story, count(*) AS actual FROM finding WHERE story IS NOT NULL GROUP BY story)
         AS counted FULL JOIN story ON story.n = counted.story WHERE story.size IS NOT actual OR actual < 2",
    ),
    (
        "stories that do not begin with their first finding",
        "SELECT count(*) FROM
         (SELECT story, min(n) AS first FROM finding WHERE story IS NOT NULL GROUP BY story) WHERE first <> story",
    ),
    (
        "stories whose head is no member",
        "SELECT count(*) FROM story LEFT JOIN finding ON finding.n = head WHERE finding.story IS NOT story.n",
    ),
    (
        "sources whose findings are miscounted",
        "SELECT count(*) FROM (SELECT source, count(*) AS actual FROM finding GROUP BY source) AS counted
         LEFT JOIN tally ON tally.source = counted.source WHERE tally.findings IS NOT actual",
    ),
];

fn pages(conn: &Connection, problems: &mut Vec<String>) -> Result<(), Failure> {
    let mut statement = conn.prepare(&format!("PRAGMA integrity_check({MAX_PROBLEMS})"))?;
    let rows = statement.query_map([], |row| row.get::<_, String>(0))?;
    for row in rows {
        let row = row?;
        if row != "ok" {
            problems.push(row);
        }
    }
    Ok(())
}
