//! Which findings the archive does not have, told without a look at the database.
//!
//! Most of what is new is told so by three bits of one word; of what it lets through, one in fifty
//! is new all the same. The one writer puts in every finding before it commits it, so that it
//! never denies one that is there; what a rollback undoes stays in, and costs a look.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rusqlite::Connection;

use crate::error::Failure;

/// Words of 64 bits at first: room for 4,096 findings.
const FIRST_WORDS: usize = 1 << 10;
/// Findings for each word, 16 bits for each of them.
const PER_WORD: usize = 4;

/// Shared by the writer and those who ask. Empty until the first batch is written.
#[derive(Clone, Default)]
pub(crate) struct Ids(Arc<Mutex<Option<Filter>>>);

struct Filter {
    words: Vec<u64>,
    /// Ids put in.
    count: usize,
}

impl Ids {
    /// Whether the finding whose id begins so was certainly never committed.
    pub(crate) fn lack(&self, id_high: i64) -> bool {
        self.filter().as_ref().is_some_and(|filter| !filter.has(id_high))
    }

    /// For the writer, inside a transaction: makes room for `more` findings, by reading the ids of
    /// all that are there.
    pub(crate) fn reserve(&self, conn: &Connection, more: usize) -> Result<(), Failure> {
        let has_room = self.filter().as_ref().is_some_and(|filter| filter.count + more <= filter.room());
        if has_room {
            return Ok(());
        }
        let filter = Filter::read(conn, more)?;
        *self.filter() = Some(filter);
        Ok(())
    }

    /// For the writer: a finding is about to be committed.
    pub(crate) fn put(&self, id_high: i64) {
        if let Some(filter) = self.filter().as_mut() {
            filter.put(id_high);
        }
    }

    fn filter(&self) -> MutexGuard<'_, Option<Filter>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Filter {
    fn read(conn: &Connection, more: usize) -> Result<Self, Failure> {
        let found: i64 = conn.query_row("SELECT count(*) FROM finding", [], |row| row.get(0))?;
        let needed = (found as usize + more).div_ceil(PER_WORD);
        let mut filter = Self { words: vec![0; (2 * needed).next_power_of_two().max(FIRST_WORDS)], count: 0 };
        let mut statement = conn.prepare("SELECT id_high FROM finding")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            filter.put(row.get(0)?);
        }
        Ok(filter)
    }

    fn room(&self) -> usize {
        self.words.len() * PER_WORD
    }

    fn put(&mut self, id: i64) {
        let (word, bits) = self.place(id);
        self.words[word] |= bits;
        self.count += 1;
    }

    fn has(&self, id: i64) -> bool {
        let (word, bits) = self.place(id);
        self.words[word] & bits == bits
    }

    /// Ids are bits of a hash: its first choose the word, its last three bits in it.
    fn place(&self, id: i64) -> (usize, u64) {
        let hash = id.cast_unsigned();
        let word = (hash >> 20) as usize & (self.words.len() - 1);
        (word, 1 << (hash & 63) | 1 << (hash >> 6 & 63) | 1 << (hash >> 12 & 63))
    }
}

#[cfg(test)]
mod tests {
    use xxhash_rust::xxh3::xxh3_64;

    use super::*;

    fn id(number: usize) -> i64 {
        xxh3_64(&number.to_le_bytes()).cast_signed()
    }

    fn archive(findings: usize) -> Connection {
        let conn = Connection::open_in_memory().unwrap();
        conn.execute("CREATE TABLE finding (id_high INTEGER)", []).unwrap();
        for number in 0..findings {
            conn.execute("INSERT INTO finding VALUES (?1)", [id(number)]).unwrap();
        }
        conn
    }

    #[test]
    fn nothing_is_denied_before_it_is_known_what_is_there() {
        assert!(!Ids::default().lack(id(1)));
    }

    #[test]
    fn no_finding_that_is_there_is_denied_however_many_there_are() {
        let ids = Ids::default();
        ids.reserve(&archive(5_000), 10).unwrap();
        (5_000..5_010).for_each(|number| ids.put(id(number)));
        assert!((0..5_010).all(|number| !ids.lack(id(number))));
        let denied = (10_000..20_000).filter(|number| ids.lack(id(*number))).count();
        assert!(9_700 < denied, "{denied}");
    }

    #[test]
    fn what_finds_no_room_is_read_again_with_what_is_there() {
        let ids = Ids::default();
        ids.reserve(&archive(0), 1).unwrap();
        let room = FIRST_WORDS * PER_WORD;
        ids.put(id(0));
        ids.reserve(&archive(room), room).unwrap();
        assert!((0..room).all(|number| !ids.lack(id(number))));
        assert!(room < ids.filter().as_ref().unwrap().room());
    }
}
