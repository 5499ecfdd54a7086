//! Findings indexed per CPU second: log entries through the index, beside bare tantivy.
//!
//! `cargo bench -p tidings-index --bench ingest -- [FINDINGS]`. Both sides index the
//! same made-up findings with the same fields and the same analyser, one indexing
//! thread each, committing as often; the bare side keeps no checkpoint and is told
//! no more than each document's values.

#![expect(clippy::print_stdout, reason = "a bench reports on standard output")]

use std::error::Error;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use tantivy::indexer::IndexWriterOptions;
use tantivy::schema::{Field, Schema};
use tantivy::{IndexWriter, TantivyDocument};
use tempfile::TempDir;
use tidings_index::{ANALYSER, Analyser, FIELD_BREAK, Index};
use tidings_model::{CompetitorTag, Evidence, Finding, FindingId, Kind, SystemClock, Tag, Timestamp};
use tidings_store::{EntryKind, Epoch, LogEntry, LogNumber};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

const BATCH: usize = 200;
const COMMIT_EVERY: usize = 20_000;
const ROUNDS: u32 = 3;

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().collect();
    // `cargo bench` adds `--bench`; without it this only shows that it works.
    let default = if arguments.iter().any(|argument| argument == "--bench") { 50_000 } else { 1_000 };
    let count = arguments.iter().find_map(|argument| argument.parse().ok()).unwrap_or(default);
    for round in 1..=ROUNDS {
        let ours = measure(count, index_entries)?;
        let bare = measure(count, index_bare)?;
        report("tidings-index", count, &ours);
        report("bare tantivy", count, &bare);
        println!("round {round} of {ROUNDS}: {:.2} of bare tantivy\n", bare.cpu_seconds / ours.cpu_seconds);
    }
    Ok(())
}

fn index_entries(entries: &[LogEntry], path: &Path) -> Result<()> {
    let epoch = Epoch(uuid_of_the_bench()?);
    let (index, _) = Index::open(path, epoch, Arc::new(SystemClock))?;
    for (n, batch) in entries.chunks(BATCH).enumerate() {
        index.apply(batch)?;
        if ((n + 1) * BATCH).is_multiple_of(COMMIT_EVERY) {
            index.commit()?;
        }
    }
    index.commit()?;
    index.rest()?;
    Ok(())
}

fn uuid_of_the_bench() -> Result<uuid::Uuid> {
    Ok(uuid::Uuid::parse_str("00000000-0000-7000-8000-000000000000")?)
}

fn index_bare(entries: &[LogEntry], path: &Path) -> Result<()> {
    fs::create_dir_all(path)?;
    let schema = tidings_index::schema();
    let index = tantivy::Index::create_in_dir(path, schema.clone())?;
    index.tokenizers().register(ANALYSER, Analyser::default());
    let options = IndexWriterOptions::builder().memory_budget_per_thread(40_000_000).num_merge_threads(1).build();
    let mut writer: IndexWriter = index.writer_with_options(options)?;
    let fields = Fields::of(&schema)?;
    for (n, entry) in entries.iter().enumerate() {
        if let Some(finding) = &entry.finding {
            writer.add_document(fields.document(finding))?;
        }
        if (n + 1).is_multiple_of(COMMIT_EVERY) {
            writer.commit()?;
        }
    }
    writer.commit()?;
    writer.wait_merging_threads()?;
    Ok(())
}

struct Measured {
    cpu_seconds: f64,
    index_bytes: u64,
    peak_mib: f64,
}

fn report(name: &str, count: usize, measured: &Measured) {
    println!(
        "{name}: {:.0} findings per CPU second, {} bytes a finding on disk, {:.0} MiB private at most",
        count as f64 / measured.cpu_seconds,
        measured.index_bytes / count as u64,
        measured.peak_mib,
    );
}

/// Runs `ingest` over made-up findings, sampling memory meanwhile.
fn measure(count: usize, ingest: fn(&[LogEntry], &Path) -> Result<()>) -> Result<Measured> {
    let entries: Vec<LogEntry> = (0..count).map(entry).collect::<Result<_>>()?;
    let dir = TempDir::new()?;
    let path = dir.path().join("index");
    let made = private_mib()?;
    let done = std::sync::atomic::AtomicBool::new(false);
    let (cpu_seconds, peak) = std::thread::scope(|scope| -> Result<(f64, f64)> {
        let sampler = scope.spawn(|| {
            let mut peak = 0.0_f64;
            while !done.load(std::sync::atomic::Ordering::Relaxed) {
                peak = peak.max(private_mib().unwrap_or(0.0));
                std::thread::sleep(std::time::Duration::from_millis(20));
            }
            peak
        });
        let before = cpu_seconds()?;
        let outcome = ingest(&entries, &path);
        let after = cpu_seconds()?;
        done.store(true, std::sync::atomic::Ordering::Relaxed);
        let peak = sampler.join().map_err(|_| "the sampler panicked")?;
        outcome.map(|()| (after - before, peak))
    })?;
    let mut index_bytes = 0;
    for file in fs::read_dir(&path)? {
        index_bytes += file?.metadata()?.len();
    }
    Ok(Measured { cpu_seconds, index_bytes, peak_mib: peak - made })
}

/// User and system time of this process; Linux counts them in hundredths of a second.
fn cpu_seconds() -> Result<f64> {
    let stat = fs::read_to_string("/proc/self/stat")?;
    let (_, after_name) = stat.rsplit_once(") ").ok_or("no command in /proc/self/stat")?;
    let mut ticks = 0.0;
    for field in after_name.split(' ').skip(11).take(2) {
        ticks += field.parse::<f64>()?;
    }
    Ok(ticks / 100.0)
}

fn private_mib() -> Result<f64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:")).ok_or("no RssAnon")?;
    Ok(line.trim().trim_end_matches(" kB").parse::<f64>()? / 1024.0)
}

/// The fields by name, as any program with this schema has them.
struct Fields<'a> {
    schema: &'a Schema,
    body: Field,
    title: Field,
    key: Field,
    tag: Field,
}

impl<'a> Fields<'a> {
    fn of(schema: &'a Schema) -> Result<Self> {
        let field = |name| schema.get_field(name);
        Ok(Self { schema, body: field("body")?, title: field("title")?, key: field("key")?, tag: field("tag")? })
    }

    fn named(&self, name: &str) -> Field {
        self.schema.get_field(name).expect("a field of the schema")
    }

    fn document(&self, finding: &Finding) -> TantivyDocument {
        let mut document = TantivyDocument::new();
        let id = finding.id.to_bytes().expect("ids of this bench are made");
        let author = finding.author.as_deref().unwrap_or_default();
        let site = finding.site.as_deref().unwrap_or_default();
        document.add_bytes(self.named("id"), &id);
        document.add_text(self.body, format!("{}{FIELD_BREAK}{author}{FIELD_BREAK}{}", finding.title, finding.text));
        document.add_text(self.title, &finding.title);
        for (name, value) in [
            ("source", finding.source.as_str()),
            ("plugin", finding.plugin.as_str()),
            ("kind", finding.kind.as_str()),
            ("lang", finding.lang.as_ref().map_or("", |lang| lang.as_str())),
            ("author", author),
        ] {
            document.add_text(self.key, format!("{name}:{value}"));
            document.add_text(self.named(name), value);
        }
        document.add_text(self.named("site"), site);
        for (at, _) in site.match_indices('.') {
            document.add_text(self.key, format!("site:{}", &site[at + 1..]));
        }
        document.add_text(self.key, format!("site:{site}"));
        for competitor in &finding.competitors {
            document.add_text(self.tag, format!("competitor:{}", competitor.id));
            if let Some(tier) = competitor.tier {
                document.add_text(self.tag, format!("tier:{tier}"));
            }
        }
        for tag in &finding.tags {
            document.add_text(self.tag, format!("{}:{}", tag.dimension, tag.id));
        }
        document.add_i64(self.named("date"), finding.date().as_microsecond());
        document.add_i64(self.named("found"), finding.found.as_microsecond());
        document.add_i64(self.named("engagement"), 0);
        let (high, low) = id.split_at(8);
        document.add_u64(self.named("id_high"), u64::from_be_bytes(high.try_into().expect("8 bytes")));
        document.add_u64(self.named("id_low"), u64::from_be_bytes(low.try_into().expect("8 bytes")));
        document.add_u64(self.named("hash"), u64::from_le_bytes(id[..8].try_into().expect("8 bytes")));
        document
    }
}

/// A number that looks random, the same in every run.
fn mixed(seed: usize) -> usize {
    let mut bits = (seed as u64).wrapping_add(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (bits ^ (bits >> 31)) as usize
}

const ONSETS: &[&str] =
    &["b", "c", "đ", "d", "g", "kh", "l", "m", "n", "nh", "ph", "qu", "s", "t", "th", "tr", "v", "x"];
const ENGLISH_ENDS: &[&str] = &["er", "ing", "ed", "s", "tion", "", "", "al", "ly", "ment"];
const RIMES: &[&str] =
    &["a", "á", "ắt", "ạn", "ông", "ượng", "ế", "iền", "uả", "ời", "inh", "ách", "àng", "at", "on", "er"];

/// Word number `rank` of a made-up language: every other text is spelled with marks.
fn push_word(text: &mut String, rank: usize, is_vietnamese: bool) {
    let part = |list: &[&'static str], of: usize| list[of % list.len()];
    if is_vietnamese {
        text.push_str(part(ONSETS, rank));
        text.push_str(part(RIMES, rank / ONSETS.len()));
    } else {
        text.push_str(part(&["pri", "cus", "sup", "acc", "del", "mar", "con", "ser", "pro", "ref"], rank));
        text.push_str(part(&["ce", "tom", "port", "ount", "iver", "ket", "tract", "vi", "duc", "und"], rank / 10));
        text.push_str(part(ENGLISH_ENDS, rank / 100));
        if 1000 <= rank {
            text.push_str(&(rank / 1000).to_string());
        }
    }
    text.push(' ');
}

fn entry(n: usize) -> Result<LogEntry> {
    let is_vietnamese = n.is_multiple_of(2);
    let words = 20 + mixed(n) % 160;
    let mut text = String::with_capacity(words * 8);
    for word in 0..words {
        // Low ranks are common, high ones rare, about as in a real text.
        let draw = mixed(n * 1000 + word);
        push_word(
            &mut text,
            (draw % 20_000) * (draw / 20_000 % 1000) / 1000 * (draw >> 40 & 0xff) / 256,
            is_vietnamese,
        );
    }
    let mut title = String::new();
    (0..8).for_each(|word| push_word(&mut title, mixed(n + word) % 3000, is_vietnamese));
    let at = Timestamp::from_second(1_700_000_000 + n as i64 * 37)?;
    let evidence =
        vec![Evidence { field: tidings_model::Field::Text, start: 0, end: 3, quote: text.chars().take(3).collect() }];
    let finding = Finding {
        id: FindingId::new(&"feed".parse()?, &n.to_string()),
        url: None,
        canonical_url: None,
        site: Some(format!("www{}.forum{}.example", n % 3, mixed(n) % 200)),
        source: format!("source-{}", n % 300).parse()?,
        plugin: "feed".parse()?,
        kind: if n.is_multiple_of(3) { Kind::Post } else { Kind::Comment },
        title,
        text,
        truncated: false,
        author: Some(format!("user {}", mixed(n) % 20_000)),
        lang: Some(if is_vietnamese { "vi" } else { "en" }.parse()?),
        published: Some(at),
        found: at,
        updated: None,
        revision: 1,
        thread: None,
        engagement: None,
        competitors: vec![CompetitorTag {
            id: format!("brand-{}", n % 40).parse()?,
            name: "Brand".to_owned(),
            tier: Some((n % 3 + 1).try_into().map(u8::try_into)??),
            evidence: evidence.clone(),
        }],
        tags: vec![Tag {
            dimension: "pain".parse()?,
            id: format!("label-{}", n % 10).parse()?,
            about: Vec::new(),
            evidence,
        }],
        severity: None,
        story: None,
        change: None,
        hints: Vec::new(),
        attrs: std::collections::BTreeMap::new(),
        mark: None,
        taxonomy_version: 1,
    };
    let number = LogNumber(n as u64 + 1);
    Ok(LogEntry { number, at, kind: EntryKind::Found, id: Some(finding.id.clone()), finding: Some(Arc::new(finding)) })
}
