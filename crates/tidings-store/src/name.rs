//! Names of sources and plugins, kept by number.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use rusqlite::{Connection, OptionalExtension};

use crate::error::Failure;

/// Names that one connection has met; as many as there are sources and plugins.
#[derive(Default)]
pub(crate) struct Names {
    numbers: HashMap<String, i64>,
    texts: HashMap<i64, String>,
}

impl Names {
    /// The number of `text`, given it now if it has none.
    pub(crate) fn intern(&mut self, conn: &Connection, text: &str) -> Result<i64, Failure> {
        if let Some(number) = self.numbers.get(text) {
            return Ok(*number);
        }
        let number = match find(conn, text)? {
            Some(number) => number,
            None => {
                conn.prepare_cached("INSERT INTO name (text) VALUES (?1)")?.execute([text])?;
                conn.last_insert_rowid()
            }
        };
        self.numbers.insert(text.to_owned(), number);
        Ok(number)
    }

    /// The name that `number` means, checked by its type.
    pub(crate) fn text<T>(&mut self, conn: &Connection, number: i64) -> Result<T, Failure>
    where
        T: TryFrom<String, Error: std::fmt::Display>,
    {
        let text = match self.texts.entry(number) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(unknown) => {
                let text = conn
                    .prepare_cached("SELECT text FROM name WHERE n = ?1")?
                    .query_row([number], |row| row.get(0))
                    .optional()?
                    .ok_or_else(|| Failure::Record(format!("name {number} is missing")))?;
                unknown.insert(text)
            }
        };
        T::try_from(text.clone()).map_err(|error| Failure::record("name", error))
    }

    /// Forgets all, since what was interned may have been rolled back.
    pub(crate) fn clear(&mut self) {
        self.numbers.clear();
        self.texts.clear();
    }
}

/// The number of `text`, if it has one.
pub(crate) fn find(conn: &Connection, text: &str) -> Result<Option<i64>, Failure> {
    let number = conn.prepare_cached("SELECT n FROM name WHERE text = ?1")?.query_row([text], |row| row.get(0));
    Ok(number.optional()?)
}
