//! Dictionaries that make short texts compress like long ones.
//!
//! A finding of a kilobyte holds little that repeats within itself; what it shares
//! is the shape of its JSON and the common words of its languages. A dictionary
//! made from earlier findings holds both, and the statistics of their letters.
//! It outlives an erasure, so it must tell nothing of anybody: it is made from
//! *disguised* samples, in which only words of many findings are left, in another
//! order, and no author's name.

use std::collections::{HashMap, HashSet};

use rusqlite::Connection;
use xxhash_rust::xxh3::xxh3_64;

use crate::compress::Decoder;
use crate::error::Failure;

/// Entries of the log at which the first, second … dictionary is made: early, then
/// again when the archive has become another.
const MADE_AT: [u64; 3] = [2_000, 30_000, 500_000];
/// The latest entries that it is made from: of four times as many a dictionary takes four times as
/// long to make, and what it compresses is 2 % smaller.
const SAMPLES: usize = 500;
/// What is looked at of each, in bytes of JSON.
const SAMPLE_LEN: usize = 2048;
/// Size of a dictionary, in bytes: 16 KiB take 2 % more space, 110 KiB 1 % less.
const SIZE: usize = 32 << 10;
/// Findings that a word must be in to be left as it is.
const COMMON: usize = 10;

/// Whether an archive of `entries` entries and `dictionaries` dictionaries is due for a further one.
pub(crate) fn is_due(entries: u64, dictionaries: usize) -> bool {
    MADE_AT.get(dictionaries).is_some_and(|at| *at <= entries)
}

/// Makes a dictionary from the latest entries; `None` where their texts are too few or too alike.
pub(crate) fn make(conn: &Connection, decoder: &mut Decoder) -> Result<Option<Vec<u8>>, Failure> {
    let samples = disguise(&samples(conn, decoder)?);
    // What zstd refuses here is a matter of the samples, and no fault.
    Ok(zstd::dict::from_samples(&samples, SIZE).ok())
}

struct Sample {
    json: String,
    author: String,
}

fn samples(conn: &Connection, decoder: &mut Decoder) -> Result<Vec<Sample>, Failure> {
    let mut statement =
        conn.prepare("SELECT body FROM log WHERE kind IN (0, 1) AND body IS NOT NULL ORDER BY number DESC LIMIT ?1")?;
    let mut rows = statement.query([SAMPLES as i64])?;
    let mut samples = Vec::new();
    while let Some(row) = rows.next()? {
        let body: Vec<u8> = row.get(0)?;
        let mut json = decoder.json(conn, &body)?;
        let fields: serde_json::Value = serde_json::from_str(&json).map_err(|error| Failure::record("text", error))?;
        let author = fields["author"].as_str().unwrap_or("").to_owned();
        json.truncate(json.floor_char_boundary(SAMPLE_LEN));
        samples.push(Sample { json, author });
    }
    Ok(samples)
}

/// What stands between two words, and the word.
struct Piece<'a> {
    gap: &'a str,
    word: &'a str,
}

fn disguise(samples: &[Sample]) -> Vec<String> {
    let pieces: Vec<Vec<Piece<'_>>> = samples.iter().map(|sample| pieces(&sample.json)).collect();
    let common = common_words(samples, &pieces);
    // The letters of all other words, in an order that spells none of them.
    let mut letters: Vec<char> = pieces
        .iter()
        .flatten()
        .filter(|piece| !common.contains(piece.word))
        .flat_map(|piece| piece.word.chars())
        .collect();
    shuffle(&mut letters);
    let mut letters = letters.into_iter();
    pieces.into_iter().map(|pieces| disguised(pieces, &common, &mut letters)).collect()
}

fn common_words<'a>(samples: &'a [Sample], pieces: &[Vec<Piece<'a>>]) -> HashSet<&'a str> {
    let mut counts: HashMap<&str, usize> = HashMap::new();
    for pieces in pieces {
        let words: HashSet<&str> = pieces.iter().map(|piece| piece.word).collect();
        for word in words {
            *counts.entry(word).or_default() += 1;
        }
    }
    for sample in samples {
        for piece in self::pieces(&sample.author) {
            counts.remove(piece.word);
        }
    }
    counts.into_iter().filter(|(_, count)| COMMON <= *count).map(|(word, _)| word).collect()
}

fn disguised(mut pieces: Vec<Piece<'_>>, common: &HashSet<&str>, letters: &mut impl Iterator<Item = char>) -> String {
    for sentence in pieces.chunk_by_mut(|_, next| next.gap == " ") {
        let mut words: Vec<&str> = sentence.iter().map(|piece| piece.word).collect();
        shuffle(&mut words);
        for (piece, word) in sentence.iter_mut().zip(words) {
            piece.word = word;
        }
    }
    let mut text = String::new();
    for piece in pieces {
        text.push_str(piece.gap);
        if common.contains(piece.word) {
            text.push_str(piece.word);
        } else {
            text.extend(letters.by_ref().take(piece.word.chars().count()));
        }
    }
    text
}

fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let start = rest.find(char::is_alphanumeric).unwrap_or(rest.len());
        // The letter of an escape such as `\n` belongs to no word.
        let start = if rest[..start].ends_with('\\') { (start + 1).min(rest.len()) } else { start };
        let start = rest.ceil_char_boundary(start);
        let end = rest[start..].find(|letter: char| !letter.is_alphanumeric()).map_or(rest.len(), |end| start + end);
        pieces.push(Piece { gap: &rest[..start], word: &rest[start..end] });
        rest = &rest[end..];
    }
    pieces
}

/// Puts `items` into an order that depends on how many there are, and on nothing else.
fn shuffle<T>(items: &mut [T]) {
    for last in (1..items.len()).rev() {
        let other = xxh3_64(&(last as u64).to_le_bytes()) % (last as u64 + 1);
        items.swap(last, other as usize);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(text: &str, author: &str) -> Sample {
        Sample { json: format!(r#"{{"text":"{text}","author":"{author}"}}"#), author: author.to_owned() }
    }

    #[test]
    fn only_words_of_many_findings_are_left() {
        let mut samples: Vec<Sample> =
            (0..COMMON).map(|n| sample(&format!("the price went up secret{n}"), "busybody")).collect();
        samples.push(sample("the Quixote address is Elm Street 9", "once"));
        let disguised = disguise(&samples).concat();
        for word in ["price", "the", "text", "author"] {
            assert!(disguised.contains(word), "{word}");
        }
        for word in ["secret1", "Quixote", "Street", "busybody", "once"] {
            assert!(!disguised.contains(word), "{word}");
        }
        assert!(!disguised.contains("the price went up"));
    }

    #[test]
    fn pieces_join_to_the_text() {
        for text in ["", "a", " a", "a b\\nc ", "\\", "é \\té"] {
            let joined: String = pieces(text).iter().flat_map(|piece| [piece.gap, piece.word]).collect();
            assert_eq!(joined, text);
        }
    }
}
