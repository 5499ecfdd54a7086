//! Clues as bytes, and the table that keeps them.

use rusqlite::{Connection, OptionalExtension};
use tidings_model::{Class, Clues, SKETCH_BINS};

use crate::error::Failure;

/// Raised whenever clues are made otherwise: those of another version compare with nothing.
const VERSION: u8 = 1;

const CLASSES: [Class; 5] = [Class::Alone, Class::Work, Class::Page, Class::Change, Class::Reply];

pub(super) fn put(conn: &Connection, n: i64, at: i64, clues: &Clues) -> Result<(), Failure> {
    let sql = "INSERT OR REPLACE INTO clue (n, at, clues) VALUES (?1, ?2, ?3)";
    conn.prepare_cached(sql)?.execute((n, at, write(clues)))?;
    Ok(())
}

/// `None` where there are none, or of another version.
pub(super) fn get(conn: &Connection, n: i64) -> Result<Option<Clues>, Failure> {
    let sql = "SELECT clues FROM clue WHERE n = ?1";
    let bytes: Option<Vec<u8>> = conn.prepare_cached(sql)?.query_row([n], |row| row.get(0)).optional()?;
    Ok(bytes.and_then(|bytes| parse(&bytes)))
}

/// Takes away what no one is compared with any more, unless it is a story's.
pub(super) fn forget(conn: &Connection, n: i64) -> Result<(), Failure> {
    let sql = "DELETE FROM clue WHERE n = ?1
               AND NOT EXISTS (SELECT 1 FROM finding WHERE finding.n = ?1 AND story IS NOT NULL)";
    conn.prepare_cached(sql)?.execute([n])?;
    Ok(())
}

/// The eight-byte clues in the order in which they are written.
fn longs(clues: &Clues) -> [u64; 9] {
    let Clues { source, site, addresses: [own, named], thread, text, lead, title, date_s, .. } = clues;
    [*source, *site, *own, *named, *thread, *text, *lead, *title, date_s.cast_unsigned()]
}

fn write(clues: &Clues) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(256);
    let class = CLASSES.iter().position(|class| *class == clues.class).unwrap_or_default() as u8;
    let flags =
        u8::from(clues.has_own_title) | u8::from(clues.is_published) << 1 | u8::from(clues.sketch.is_some()) << 2;
    let longs = longs(clues);
    let present = (0..).zip(&longs).filter(|(_, long)| **long != 0).fold(0_u16, |bits, (bit, _)| bits | 1 << bit);
    bytes.extend([VERSION, class, flags]);
    bytes.extend(present.to_le_bytes());
    bytes.extend(clues.words.to_le_bytes());
    longs.iter().filter(|long| **long != 0).for_each(|long| bytes.extend(long.to_le_bytes()));
    for list in [&clues.title_words, &clues.title_numbers, &clues.numbers] {
        let list = &list[..list.len().min(u8::MAX.into())];
        bytes.push(list.len() as u8);
        list.iter().for_each(|hash| bytes.extend(hash.to_le_bytes()));
    }
    bytes.extend(clues.sketch.iter().flat_map(|sketch| sketch.iter()));
    bytes
}

pub(super) fn parse(bytes: &[u8]) -> Option<Clues> {
    let mut rest = bytes;
    let [VERSION, class, flags] = take(&mut rest)? else {
        return None;
    };
    let present = u16::from_le_bytes(take(&mut rest)?);
    let words = u32::from_le_bytes(take(&mut rest)?);
    let mut longs = [0; 9];
    for (bit, long) in longs.iter_mut().enumerate() {
        if present & 1 << bit != 0 {
            *long = u64::from_le_bytes(take(&mut rest)?);
        }
    }
    let [source, site, own, named, thread, text, lead, title, date] = longs;
    let [title_words, title_numbers, numbers] = [list(&mut rest)?, list(&mut rest)?, list(&mut rest)?];
    let sketch = if flags & 4 != 0 { Some(Box::new(take::<SKETCH_BINS>(&mut rest)?)) } else { None };
    rest.is_empty().then_some(Clues {
        class: *CLASSES.get(usize::from(class))?,
        has_own_title: flags & 1 != 0,
        is_published: flags & 2 != 0,
        source,
        site,
        addresses: [own, named],
        thread,
        date_s: date.cast_signed(),
        words,
        text,
        lead,
        title,
        title_words,
        title_numbers,
        numbers,
        sketch,
    })
}

fn list(rest: &mut &[u8]) -> Option<Vec<u16>> {
    let [len] = take(rest)?;
    (0..len).map(|_| take(rest).map(u16::from_le_bytes)).collect()
}

fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (head, tail) = rest.split_first_chunk()?;
    *rest = tail;
    Some(*head)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn full() -> Clues {
        Clues {
            class: Class::Reply,
            has_own_title: true,
            source: 1,
            site: u64::MAX,
            addresses: [2, 0],
            thread: 3,
            date_s: -4,
            is_published: true,
            words: 5,
            text: 6,
            lead: 0,
            title: 7,
            title_words: vec![8, 9],
            title_numbers: vec![9],
            numbers: Vec::new(),
            sketch: Some(Box::new([10; SKETCH_BINS])),
        }
    }

    #[test]
    fn round_trips() {
        for clues in [full(), Clues::default(), Clues { sketch: None, ..full() }] {
            assert_eq!(parse(&write(&clues)), Some(clues));
        }
    }

    #[test]
    fn other_bytes_are_no_clues() {
        let bytes = write(&full());
        for cut in 0..bytes.len() {
            assert_eq!(parse(&bytes[..cut]), None, "{cut}");
        }
        let mut later = bytes.clone();
        later[0] += 1;
        assert_eq!(parse(&later), None);
        assert_eq!(parse(&[bytes, vec![0]].concat()), None);
    }
}
