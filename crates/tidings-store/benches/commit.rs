//! What committing and reading findings costs: CPU time, and bytes on disk.
//!
//! `cargo bench -p tidings-store` (or `… --bench commit -- 200000` for another number of findings).
//! The findings are made up: half English, half Vietnamese in shape, about 870 bytes of title and text.

use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::time::Instant;

use serde_json::json;
use tidings_model::{Finding, FindingId, Timestamp};
use tidings_store::{Batch, Incoming, LogNumber, Store};

const BATCH: u64 = 250;
const PAGE: usize = 20;

fn main() -> Result<(), Box<dyn Error>> {
    // `cargo bench` adds `--bench`; `cargo test` runs this too, without it, to see that it works.
    let arguments: Vec<String> = std::env::args().collect();
    let default = if arguments.iter().any(|argument| argument == "--bench") { 200_000 } else { 1_000 };
    let findings = arguments.iter().find_map(|argument| argument.parse().ok()).unwrap_or(default);
    let dir = tempfile::tempdir()?;
    let store = Store::open(dir.path())?;
    let market = Market::new();
    ingest(&store, &market, findings)?;
    read(&store, findings)?;
    Ok(())
}

fn ingest(store: &Store, market: &Market, findings: u64) -> Result<(), Box<dyn Error>> {
    let (mut known_ns, mut commit_ns, mut text_bytes) = (0, 0, 0);
    let wall = Instant::now();
    let mut waited = std::time::Duration::ZERO;
    for first in (0..findings).step_by(BATCH as usize) {
        let at = Timestamp::from_second(1_780_000_000 + first as i64)?;
        let mut batch = Batch::new("bench".parse()?, format!("run-{}", first / 2000), at);
        batch.cover = first % 2000 == 0;
        for n in first..findings.min(first + BATCH) {
            let finding = market.finding(n, at)?;
            text_bytes += finding.title.len() + finding.text.len();
            batch.findings.push(Incoming { finding, hash: n, clues: tidings_model::Clues::default() });
        }
        let ids: Vec<FindingId> = batch.findings.iter().map(|incoming| incoming.finding.id.clone()).collect();
        let before = cpu_ns()?;
        store.known(&ids)?;
        let between = cpu_ns()?;
        let started = Instant::now();
        store.commit(batch)?;
        waited += started.elapsed();
        known_ns += between - before;
        commit_ns += cpu_ns()? - between;
    }
    let each = |ns: u64| ns as f64 / findings as f64 / 1000.0;
    let integrity = store.integrity()?;
    assert_eq!(integrity.problems, Vec::<String>::new(), "the archive is sound");
    report("findings", findings as f64, "");
    report("title and text", text_bytes as f64 / findings as f64, "B/finding");
    report("commit", each(commit_ns), "µs CPU/finding");
    report("commit, waited", waited.as_secs_f64() * 1e6 / findings as f64, "µs/finding");
    report("known, none was", each(known_ns), "µs CPU/id");
    report("database", integrity.size_bytes as f64 / findings as f64, "B/finding");
    report("wall, generating too", wall.elapsed().as_secs_f64(), "s");
    Ok(())
}

fn read(store: &Store, findings: u64) -> Result<(), Box<dyn Error>> {
    let ids: Vec<FindingId> = (0..findings).map(id).collect::<Result<_, _>>()?;
    let scattered: Vec<FindingId> =
        (0..findings).map(|n| ids[(n * 7919 % findings) as usize].clone()).take(20_000).collect();
    let before = cpu_ns()?;
    for page in scattered.chunks(PAGE) {
        assert!(store.findings(page)?.iter().all(Option::is_some), "every finding is there");
    }
    let pages = scattered.len().div_ceil(PAGE) as f64;
    report("page of 20 scattered findings", (cpu_ns()? - before) as f64 / pages / 1000.0, "µs CPU");
    let before = cpu_ns()?;
    for ids in scattered.chunks(BATCH as usize) {
        assert!(store.known(ids)?.iter().all(Option::is_some), "every finding is known");
    }
    report("known, all were", (cpu_ns()? - before) as f64 / scattered.len() as f64 / 1000.0, "µs CPU/id");
    let before = cpu_ns()?;
    let (mut after, mut entries) = (LogNumber(0), 0_u64);
    loop {
        let page = store.log_after(after, 500)?;
        let Some(last) = page.last() else { break };
        after = last.number;
        entries += page.len() as u64;
    }
    assert_eq!(entries, findings, "one entry for each finding");
    report("log_after", (cpu_ns()? - before) as f64 / entries as f64 / 1000.0, "µs CPU/entry");
    Ok(())
}

#[expect(clippy::print_stdout, reason = "what a benchmark is for")]
fn report(what: &str, value: f64, unit: &str) {
    println!("{what:<32} {value:>12.2} {unit}");
}

/// CPU time of all threads that are alive, in nanoseconds.
fn cpu_ns() -> Result<u64, Box<dyn Error>> {
    let mut total = 0;
    for task in fs::read_dir("/proc/self/task")? {
        let stat = fs::read_to_string(task?.path().join("schedstat"))?;
        total += stat.split(' ').next().ok_or("schedstat is empty")?.parse::<u64>()?;
    }
    Ok(total)
}

fn id(n: u64) -> Result<FindingId, Box<dyn Error>> {
    Ok(FindingId::new(&"bench".parse()?, &n.to_string()))
}

/// Words of two made-up languages, few of them frequent.
struct Market {
    english: Vec<String>,
    vietnamese: Vec<String>,
}

impl Market {
    fn new() -> Self {
        let mut dice = Dice(1);
        let onsets = ["b", "c", "d", "f", "g", "h", "l", "m", "n", "p", "r", "s", "st", "t", "th", "tr", "v", "w"];
        let vowels = ["a", "e", "i", "o", "u", "ea", "ou", "ai"];
        let codas = ["", "n", "r", "s", "t", "l", "ng", "ck", "tion"];
        let tones = ["ấ", "ề", "ị", "ổ", "ư", "ă", "à", "ế", "o", "á", "ô", "ữ"];
        let mut english = |_| {
            let mut word = String::new();
            for _ in 0..=dice.below(3) {
                word.push_str(onsets[dice.below(onsets.len())]);
                word.push_str(vowels[dice.below(vowels.len())]);
            }
            word + codas[dice.below(codas.len())]
        };
        let english: Vec<String> = (0..40_000).map(&mut english).collect();
        let mut vietnamese = |_| {
            let onset = ["kh", "ng", "đ", "ph", "tr", "gi", "m", "c", "v", "x", ""][dice.below(11)];
            format!("{onset}{}{}", tones[dice.below(tones.len())], ["", "n", "ng", "t", "i", "p"][dice.below(6)])
        };
        let vietnamese: Vec<String> = (0..6_000).map(&mut vietnamese).collect();
        Self { english, vietnamese }
    }

    fn finding(&self, n: u64, at: Timestamp) -> Result<Finding, Box<dyn Error>> {
        let mut dice = Dice(n);
        let is_vietnamese = dice.below(2) == 0;
        let title_words = 7 + dice.below(7);
        let text_words = if is_vietnamese { 75 + dice.below(140) } else { 60 + dice.below(125) };
        let title = self.text(&mut dice, is_vietnamese, title_words)?;
        let text = self.text(&mut dice, is_vietnamese, text_words)?;
        let brand = format!("Brand{}", dice.below(200));
        let evidence = json!([{"field": "text", "start": dice.below(400), "end": 420, "quote": brand}]);
        let competitors = json!([{"id": brand.to_lowercase(), "name": brand, "tier": 1, "evidence": evidence}]);
        let tags = json!([{"dimension": "pain", "id": "price", "about": [brand.to_lowercase()], "evidence": evidence}]);
        let url = format!("https://site{}.example/thread/{:x}", dice.below(3000), dice.next());
        Ok(serde_json::from_value(json!({
            "id": id(n)?, "source": "bench", "plugin": "feed", "kind": "post",
            "url": url, "canonical_url": url, "title": title, "text": text,
            "author": format!("user{}", dice.below(20_000)), "lang": if is_vietnamese { "vi" } else { "en" },
            "published": at, "found": at, "revision": 1, "taxonomy_version": 3,
            "competitors": if dice.below(2) == 0 { competitors } else { json!([]) },
            "tags": if dice.below(2) == 0 { tags } else { json!([]) },
        }))?)
    }

    fn text(&self, dice: &mut Dice, is_vietnamese: bool, words: usize) -> Result<String, std::fmt::Error> {
        let vocabulary = if is_vietnamese { &self.vietnamese } else { &self.english };
        let mut text = String::new();
        for _ in 0..words {
            // Ranks by a power law: the logarithm of the rank is even.
            let rank = (vocabulary.len() as f64).powf(dice.below(1 << 20) as f64 / f64::from(1 << 20));
            write!(text, "{} ", vocabulary[rank as usize - 1])?;
        }
        text.pop();
        text.push('.');
        Ok(text)
    }
}

/// Splitmix64: the same numbers everywhere.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }
}
