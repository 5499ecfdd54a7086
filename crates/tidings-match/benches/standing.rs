//! Standing queries asked of findings: `cargo bench -p tidings-match --bench standing -- [SIZE…]`.
//!
//! Findings and queries are made up; `TIDINGS_BENCH_STANDING=DIR` reads `docs.txt` (title, tab, text) and `alerts.tsv`
//! there instead: a letter, a tab and words: `W` one word, `A` all, `O` any, `P` the phrase, `M` all but what
//! stands behind a second tab. So another engine can be asked the same, in the same run. Printed are findings a CPU
//! second, with tokenising, matches a finding, microseconds to add and to remove a query, and memory.

#[path = "support/findings.rs"]
mod findings;

use std::fs;
use std::hint::black_box;
use std::path::Path;

use findings::{Random, cpu_time, private_memory, read_findings, sizes};
use tidings_match::{QueryId, Scratch, StandingQueries};
use tidings_model::Finding;
use tidings_query::parse;

const SIZES: [usize; 3] = [1_000, 10_000, 100_000];
/// Findings from which queries learn what is rare, before time is taken.
const LEARNED: usize = 2_000;

fn main() {
    let (findings, queries) = match std::env::var_os("TIDINGS_BENCH_STANDING") {
        Some(folder) => (read_findings(Path::new(&folder)), read_queries(Path::new(&folder))),
        None => made_up(),
    };
    for size in sizes(&SIZES).into_iter().filter(|size| *size <= queries.len()) {
        measure(&findings, &queries[..size]);
    }
}

fn measure(findings: &[Finding], queries: &[String]) {
    let parsed: Vec<_> = queries.iter().map(|query| parse(query).expect("the query can be read")).collect();
    let before = private_memory();
    let start = cpu_time();
    let mut standing = StandingQueries::default();
    let ids: Vec<QueryId> = parsed.iter().map(|query| standing.add(query)).collect();
    let added = cpu_time() - start;
    let memory = private_memory().saturating_sub(before);
    let (mut scratch, mut matches) = (Scratch::default(), Vec::new());
    for finding in findings.iter().cycle().take(LEARNED) {
        standing.matches(finding, &mut scratch, &mut matches);
    }
    standing.learn(&mut scratch);
    let rounds = if queries.len() < 100_000 { 20 } else { 8 };
    let mut found = 0;
    let start = cpu_time();
    for finding in std::iter::repeat_n(findings, rounds).flatten() {
        standing.matches(black_box(finding), &mut scratch, &mut matches);
        found += matches.len();
    }
    let spent = cpu_time() - start;
    let start = cpu_time();
    let changed = ids.len().min(1_000);
    for id in &ids[..changed] {
        standing.remove(*id);
    }
    let removed = cpu_time() - start;
    let asked = (findings.len() * rounds) as f64;
    eprintln!(
        "{} queries: {:.0} findings a CPU second, {:.3} matches a finding, {:.2} us to add, {:.2} us to remove, {:.1} MiB",
        queries.len(),
        asked / spent.as_secs_f64(),
        found as f64 / asked,
        added.as_secs_f64() * 1e6 / queries.len() as f64,
        removed.as_secs_f64() * 1e6 / changed as f64,
        memory as f64 / 1024.0,
    );
}

fn read_queries(folder: &Path) -> Vec<String> {
    let text = fs::read_to_string(folder.join("alerts.tsv")).expect("alerts.tsv can be read");
    text.lines()
        .map(|line| {
            let mut parts = line.split('\t');
            let (kind, words) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
            match kind {
                "P" => format!("\"{words}\""),
                "O" => words.replace(' ', " OR "),
                "M" => format!("{words} -{}", parts.next().unwrap_or_default()),
                _ => words.to_owned(),
            }
        })
        .collect()
}

/// Texts of made-up words, common ones often, and queries of like words.
fn made_up() -> (Vec<Finding>, Vec<String>) {
    let mut random = Random(7);
    let findings = findings::made_up(2_000, &mut random);
    let queries = (0..100_000)
        .map(|number| {
            let one = random.words(1);
            let two = random.words(2);
            match number % 10 {
                0 | 1 => one,
                2..=4 => two,
                5 | 6 => format!("\"{two}\""),
                7 | 8 => two.replace(' ', " OR "),
                _ => format!("{two} -{one}x"),
            }
        })
        .collect();
    (findings, queries)
}
