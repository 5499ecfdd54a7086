//! Findings to measure with, read from a folder or made up, and what measuring takes.

use std::fs;
use std::path::Path;
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};
use tidings_model::{Finding, FindingId, Kind};

/// A finding of this title and text and nothing else.
pub(crate) fn finding(number: usize, title: &str, text: &str) -> Finding {
    Finding {
        id: FindingId::from_bytes((number as u128).to_be_bytes()),
        title: title.to_owned(),
        text: text.to_owned(),
        ..template()
    }
}

fn template() -> Finding {
    serde_json::from_value(serde_json::json!({
        "id": FindingId::from_bytes([0; 16]), "source": "made-up", "plugin": "feed", "kind": Kind::Post,
        "found": "2026-11-20T08:00:00Z", "revision": 1, "taxonomy_version": 1,
    }))
    .expect("the fields of a finding")
}

/// The findings of `docs.txt`: title, tab, text.
pub(crate) fn read_findings(folder: &Path) -> Vec<Finding> {
    let text = fs::read_to_string(folder.join("docs.txt")).expect("docs.txt can be read");
    let split = |line: &str| {
        let (title, text) = line.split_once('\t').unwrap_or(("", line));
        (title.to_owned(), text.to_owned())
    };
    text.lines().map(split).enumerate().map(|(number, (title, text))| finding(number, &title, &text)).collect()
}

/// Findings of made-up words.
pub(crate) fn made_up(count: usize, random: &mut Random) -> Vec<Finding> {
    (0..count)
        .map(|number| {
            let title = random.words(8);
            let text = random.words(140);
            finding(number, &title, &text)
        })
        .collect()
}

/// Draws that are the same in every run.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// So many words, common ones often.
    pub(crate) fn words(&mut self, count: usize) -> String {
        let mut words = String::new();
        for _ in 0..count {
            // A third of the draws stay among few words: about as uneven as a language.
            let rank = [300, 6_000, 60_000][(self.next() % 3) as usize];
            let word = self.next() % rank;
            let syllables = [word % 40, word / 40 % 40, word / 1_600 % 40];
            words.extend(syllables.map(|syllable| SYLLABLES[syllable as usize]));
            words.push(' ');
        }
        words.pop();
        words
    }
}

const SYLLABLES: [&str; 40] = [
    "ba", "ke", "lo", "mi", "nu", "ra", "se", "to", "vi", "zu", "bran", "clor", "dex", "fum", "gil", "hop", "jat",
    "kran", "lem", "mop", "nar", "pol", "qua", "rin", "sto", "tur", "ulm", "vor", "wex", "yam", "zim", "đan", "phê",
    "quá", "tốt", "giá", "rẻ", "mạng", "chậm", "hỏng",
];

/// The sizes that the command line names, else all of them.
pub(crate) fn sizes(all: &[usize]) -> Vec<usize> {
    let named: Vec<usize> = std::env::args().filter_map(|argument| argument.parse().ok()).collect();
    if named.is_empty() { all.to_vec() } else { named }
}

/// What this process has spent.
pub(crate) fn cpu_time() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    let seconds = u64::try_from(time.tv_sec).expect("CPU time is not negative");
    Duration::new(seconds, u32::try_from(time.tv_nsec).expect("nanoseconds are below a billion"))
}

/// Private memory in KiB.
pub(crate) fn private_memory() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}
