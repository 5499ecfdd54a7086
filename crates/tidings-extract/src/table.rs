//! Tables as files: CSV with any usual delimiter and encoding.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

/// Most rows that are read of one table.
pub const MAX_ROWS: usize = 500_000;

/// A table with a header.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table {
    pub header: Vec<String>,
    pub rows: Vec<Row>,
    /// Rows that could not be read: their line and why.
    pub faults: Vec<(u64, String)>,
    /// There were more rows than [`MAX_ROWS`].
    pub cut: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Line of the file; 1 is the first.
    pub line: u64,
    /// As many as the header has.
    pub cells: Vec<String>,
}

/// Why a text is no table.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    #[error("it has no header")]
    NoHeader,
    #[error("its header cannot be read: {0}")]
    Header(csv::Error),
}

/// Bytes as text: by their byte order mark, else UTF-8, else Windows-1252.
pub fn decode(bytes: &[u8]) -> Cow<'_, str> {
    if let Some((encoding, mark)) = encoding_rs::Encoding::for_bom(bytes) {
        return encoding.decode_without_bom_handling(&bytes[mark..]).0;
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => encoding_rs::WINDOWS_1252.decode_without_bom_handling(bytes).0,
    }
}

/// The header of a table, and what stands above its first row.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    pub header: Vec<String>,
    pub delimiter: u8,
    /// Bytes and lines of the text up to the first row.
    pub bytes: usize,
    pub lines: u64,
}

/// Reads a table, as [`head`] and [`rows`] do.
///
/// # Errors
///
/// When there is no header.
pub fn read(text: &str, delimiter: Option<u8>) -> Result<Table, TableError> {
    let head = head(text, delimiter)?;
    Ok(rows(&text[head.bytes..], &head, head.lines + 1))
}

/// Reads the header of a table. The delimiter is that which the header has most of, unless it is given. Lines
/// before the header that begin with `#` are passed over, as some exports put their own title there.
///
/// # Errors
///
/// When there is no header.
pub fn head(text: &str, delimiter: Option<u8>) -> Result<Head, TableError> {
    let mut body = text;
    while let Some((line, rest)) = body.split_once('\n') {
        if !line.trim().is_empty() && !line.starts_with('#') {
            break;
        }
        body = rest;
    }
    if body.trim().is_empty() {
        return Err(TableError::NoHeader);
    }
    let delimiter = delimiter.unwrap_or_else(|| usual_delimiter(body.lines().next().unwrap_or_default()));
    let mut reader = csv::ReaderBuilder::new().delimiter(delimiter).flexible(true).from_reader(body.as_bytes());
    let header = reader.headers().map_err(TableError::Header)?;
    let header = header.iter().map(|cell| cell.trim().to_owned()).collect();
    let end = usize::try_from(reader.position().byte()).unwrap_or(body.len());
    let rest = body.get(end..).unwrap_or_default();
    // The reader stops between the `\r` and the `\n` that end the header.
    let rest = rest.strip_prefix('\n').unwrap_or(rest);
    let bytes = text.len() - rest.len();
    let lines = memchr::memchr_iter(b'\n', &text.as_bytes()[..bytes]).count() as u64;
    Ok(Head { header, delimiter, bytes, lines })
}

/// Reads the rows that stand in a text below a header, or a part of them; `first` is the number of its first line.
pub fn rows(text: &str, head: &Head, first: u64) -> Table {
    let mut table = Table { header: head.header.clone(), ..Table::default() };
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(head.delimiter)
        .flexible(true)
        .has_headers(false)
        .from_reader(text.as_bytes());
    let mut lines = Lines { text: text.as_bytes(), at: 0, line: first };
    for (number, record) in reader.records().enumerate() {
        if MAX_ROWS <= number {
            table.cut = true;
            break;
        }
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                let line = lines.of(error.position());
                table.faults.push((line, error.to_string()));
                continue;
            }
        };
        let line = lines.of(record.position());
        if record.len() != table.header.len() {
            let reason = format!("it has {} cells, and the header has {}", record.len(), table.header.len());
            table.faults.push((line, reason));
            continue;
        }
        table.rows.push(Row { line, cells: record.iter().map(|cell| cell.trim().to_owned()).collect() });
    }
    table
}

/// Where the last row that is whole in `bytes`, which begin with a row, ends; 0 where none is.
pub fn whole_rows(bytes: &[u8], delimiter: u8) -> usize {
    let (mut is_quoted, mut may_open, mut end) = (false, true, 0);
    for (at, byte) in bytes.iter().enumerate() {
        match byte {
            // A quote within quotes is written twice: the second opens them anew.
            b'"' if is_quoted => (is_quoted, may_open) = (false, true),
            b'"' => is_quoted = may_open,
            b'\n' if !is_quoted => (may_open, end) = (true, at + 1),
            byte => may_open = !is_quoted && (*byte == delimiter || *byte == b'\r'),
        }
    }
    end
}

/// Counts lines up to a record. The reader's own count is one short where lines end in `\r\n`:
/// it takes the `\n` for the beginning of the next record.
struct Lines<'a> {
    text: &'a [u8],
    at: usize,
    line: u64,
}

impl Lines<'_> {
    /// Positions come in rising order, so each byte is looked at once.
    fn of(&mut self, position: Option<&csv::Position>) -> u64 {
        let start = position.and_then(|position| usize::try_from(position.byte()).ok()).unwrap_or(self.at);
        let blank = |byte: &&u8| matches!(byte, b'\r' | b'\n');
        let start = start + self.text.get(start..).unwrap_or_default().iter().take_while(blank).count();
        let passed = self.text.get(self.at..start).unwrap_or_default();
        self.line += memchr::memchr_iter(b'\n', passed).count() as u64;
        self.at = self.at.max(start);
        self.line
    }
}

/// Of comma, semicolon, tab and bar that which stands most often outside of quotes.
fn usual_delimiter(header: &str) -> u8 {
    let mut counts = [(b',', 0_usize), (b';', 0), (b'\t', 0), (b'|', 0)];
    let mut quoted = false;
    for byte in header.bytes() {
        quoted ^= byte == b'"';
        if let Some((_, count)) = counts.iter_mut().find(|(delimiter, _)| !quoted && *delimiter == byte) {
            *count += 1;
        }
    }
    // The first of equals: a comma where there is none of any.
    counts.into_iter().rev().max_by_key(|(_, count)| *count).map_or(b',', |(delimiter, _)| delimiter)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(text: &str, header: &[&str], rows: &[(u64, &[&str])]) {
        let table = read(text, None).unwrap();
        assert_eq!(table.header, header);
        let read: Vec<(u64, Vec<&str>)> =
            table.rows.iter().map(|row| (row.line, row.cells.iter().map(String::as_str).collect())).collect();
        let expected: Vec<(u64, Vec<&str>)> = rows.iter().map(|(line, cells)| (*line, cells.to_vec())).collect();
        assert_eq!(read, expected);
    }

    #[test]
    fn a_row_ends_where_its_quotes_are_closed() {
        let check = |text: &str, rest: &str| assert_eq!(&text[whole_rows(text.as_bytes(), b',')..], rest, "{text}");
        check("a,b\nc,d\ne", "e");
        check("a,\"b\nc\nd\",e\nf", "f");
        check("a,\"b \"\"c\nd", "a,\"b \"\"c\nd");
        check("a,\"b \"\"c\n\",d\ne", "e");
        check("5\" screen,b\nc", "c");
        check("a", "a");
    }

    proptest! {
        #[test]
        fn rows_in_parts_are_the_rows_of_the_whole(text in "(?s)[ab,\"\r\n]{0,80}", at in 0_usize..80) {
            let text = format!("h,i\n{text}");
            let Ok(head) = head(&text, None) else { return Ok(()) };
            let body = &text[head.bytes..];
            let at = at.min(body.len());
            let end = whole_rows(&body.as_bytes()[..at], head.delimiter);
            let (part, rest) = body.split_at(end);
            let lines = memchr::memchr_iter(b'\n', part.as_bytes()).count() as u64;
            let (one, two) = (rows(part, &head, head.lines + 1), rows(rest, &head, head.lines + 1 + lines));
            let whole = read(&text, None).unwrap();
            prop_assert_eq!([one.rows, two.rows].concat(), whole.rows);
            prop_assert_eq!([one.faults, two.faults].concat(), whole.faults);
        }
    }

    #[test]
    fn the_delimiter_is_what_the_header_has_most_of() {
        check("a,b\n1,\"x, y\"\n", &["a", "b"], &[(2, &["1", "x, y"])]);
        check("a;\"b,c,d\"\n1,5;2\n", &["a", "b,c,d"], &[(2, &["1,5", "2"])]);
        check("a\tb\n1\t2", &["a", "b"], &[(2, &["1", "2"])]);
        check("alone\n\"two\nlines\"\nthree\n", &["alone"], &[(2, &["two\nlines"]), (4, &["three"])]);
    }

    #[test]
    fn a_title_above_the_header_is_passed_over_and_lines_still_count() {
        check("a,b\r\n1,2\r\n\r\n3,4\r\n", &["a", "b"], &[(2, &["1", "2"]), (4, &["3", "4"])]);
        check("# Report\n# 2026\n\na,b\n#1,2\n", &["a", "b"], &[(5, &["#1", "2"])]);
    }

    #[test]
    fn a_row_of_another_length_is_a_fault_with_its_line() {
        let table = read("a,b\n1,2\n1\n3,4\n", None).unwrap();
        assert_eq!((table.rows.len(), table.faults[0].0), (2, 3));
        assert!(matches!(read(" \n", None), Err(TableError::NoHeader)));
    }

    #[test]
    fn encodings_are_told_apart() {
        assert_eq!(decode(b"\xef\xbb\xbfgi\xc3\xa1"), "giá");
        assert_eq!(decode(b"\xff\xfeg\0i\0"), "gi");
        assert_eq!(decode(b"caf\xe9"), "café");
    }

    proptest! {
        #[test]
        fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
            if let Ok(table) = read(&decode(&bytes), None) {
                prop_assert!(table.rows.iter().all(|row| row.cells.len() == table.header.len()));
            }
        }
    }
}
