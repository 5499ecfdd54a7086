//! From a file to findings, by the end of its name.

use std::collections::BTreeMap;

use serde_json::Value;
use tidings_sdk::extract::mail;
use tidings_sdk::extract::table::{self, Row, Table};
use tidings_sdk::{Ctx, Finding, Level, Result};

use crate::Params;
use crate::row::{Mapping, hash};

/// Emits what a file holds; how many findings that were.
pub(crate) fn emit(name: &str, bytes: &[u8], params: &Params, ctx: &mut Ctx) -> Result<usize> {
    match ending(name).as_str() {
        "csv" | "tsv" => csv(name, bytes, params, ctx),
        "ndjson" | "jsonl" => lines(name, &table::decode(bytes), 1, params, ctx),
        "eml" => eml(name, bytes, params, ctx),
        "txt" | "md" => text(name, bytes, params, ctx),
        _ => {
            ctx.skip("", format!("{name}: it is none of .csv, .tsv, .ndjson, .jsonl, .eml, .txt and .md"));
            Ok(0)
        }
    }
}

/// What stands behind the last dot of a name.
pub(crate) fn ending(name: &str) -> String {
    name.rsplit_once('.').map_or("", |(_, ending)| ending).to_ascii_lowercase()
}

/// What parts the cells of a table, where its name says it.
pub(crate) fn delimiter(name: &str) -> Option<u8> {
    (ending(name) == "tsv").then_some(b'\t')
}

fn one(finding: Finding, name: &str, params: &Params, ctx: &mut Ctx) -> Result<usize> {
    ctx.emit(finding.kind(params.kind).attr("file", name))?;
    Ok(1)
}

fn csv(name: &str, bytes: &[u8], params: &Params, ctx: &mut Ctx) -> Result<usize> {
    match table::read(&table::decode(bytes), delimiter(name)) {
        Ok(read) => table(name, &read, params, ctx),
        Err(error) => {
            ctx.skip("", format!("{name}: {error}"));
            Ok(0)
        }
    }
}

/// Emits the rows of a table, or of a part of one.
pub(crate) fn table(name: &str, table: &Table, params: &Params, ctx: &mut Ctx) -> Result<usize> {
    for (line, reason) in &table.faults {
        ctx.skip("", format!("{name}, line {line}: {reason}"));
    }
    if table.cut {
        ctx.log(Level::Warn, format!("{name}: only its first {} rows are read: split it", table::MAX_ROWS));
    }
    rows(name, &table.header, &table.rows, params, ctx)
}

fn rows(name: &str, header: &[String], rows: &[Row], params: &Params, ctx: &mut Ctx) -> Result<usize> {
    let mapping = match Mapping::new(header, params) {
        Ok(mapping) => mapping,
        Err(problem) => {
            ctx.skip("", format!("{name}: {problem}"));
            return Ok(0);
        }
    };
    let mut found = 0;
    for row in rows {
        match mapping.finding(row) {
            Ok(finding) => found += one(finding, name, params, ctx)?,
            Err(reason) => ctx.skip("", format!("{name}, line {}: {reason}", row.line)),
        }
    }
    Ok(found)
}

/// Each line is an object; its names are the columns. `first` is the number of the first line.
pub(crate) fn lines(name: &str, text: &str, first: u64, params: &Params, ctx: &mut Ctx) -> Result<usize> {
    let mut found = 0;
    for (line, number) in text.lines().zip(first..).filter(|(line, _)| !line.trim().is_empty()) {
        let object: BTreeMap<String, Value> = match serde_json::from_str(line) {
            Ok(object) => object,
            Err(error) => {
                ctx.skip("", format!("{name}, line {number}: {error}"));
                continue;
            }
        };
        let (header, cells): (Vec<String>, Vec<String>) =
            object.into_iter().map(|(key, value)| (key, plain(value))).unzip();
        match Mapping::new(&header, params).map(|mapping| mapping.finding(&Row { line: number, cells })) {
            Ok(Ok(finding)) => found += one(finding, name, params, ctx)?,
            Ok(Err(reason)) => ctx.skip("", format!("{name}, line {number}: {reason}")),
            Err(problem) => ctx.skip("", format!("{name}, line {number}: {problem}")),
        }
    }
    Ok(found)
}

fn plain(value: Value) -> String {
    match value {
        Value::String(text) => text,
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

fn eml(name: &str, bytes: &[u8], params: &Params, ctx: &mut Ctx) -> Result<usize> {
    let mail = match mail::read(bytes) {
        Ok(mail) => mail,
        Err(error) => {
            ctx.skip("", format!("{name}: {error}"));
            return Ok(0);
        }
    };
    let subject = mail.subject.unwrap_or_default();
    if subject.is_empty() && mail.text.is_empty() {
        ctx.skip("", format!("{name}: the mail has neither a subject nor a text"));
        return Ok(0);
    }
    let from = mail.from.unwrap_or_default();
    let key = mail.id.unwrap_or_else(|| format!("{:016x}", hash(&[&subject, &from, &mail.text])));
    let finding =
        Finding::keyed(format!("mail:{key}")).title(subject).text(mail.text).author(from).published(mail.date);
    one(finding, name, params, ctx)
}

/// The first line that is not empty is the title where a text follows it.
fn text(name: &str, bytes: &[u8], params: &Params, ctx: &mut Ctx) -> Result<usize> {
    let text = table::decode(bytes);
    let text = text.trim();
    if text.is_empty() {
        ctx.skip("", format!("{name}: it is empty"));
        return Ok(0);
    }
    let (title, body) = text.split_once('\n').unwrap_or(("", text));
    let title = title.trim().trim_start_matches('#').trim_start();
    one(Finding::keyed(format!("file:{name}")).title(title).text(body.trim()), name, params, ctx)
}
