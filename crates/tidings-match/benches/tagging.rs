//! Findings tagged by many phrases: `cargo bench -p tidings-match --bench tagging -- [SIZE…]`.
//!
//! Texts are made up; `TIDINGS_BENCH_STANDING=DIR` reads `docs.txt` (title, tab, text) there instead: the first
//! 2,000 are tagged, phrases of one to four words are taken from the others. Beside it, in the same run, aho-corasick
//! (leftmost-longest) goes over the same texts and phrases, both in lower case and without marks beforehand, so that all
//! it does is find. Printed are findings a CPU second; ours come with their tags and the evidence of each.

#[path = "support/findings.rs"]
mod findings;

use std::collections::HashSet;
use std::hint::black_box;
use std::path::Path;

use aho_corasick::{AhoCorasick, MatchKind};
use findings::{Random, cpu_time, made_up, private_memory, read_findings, sizes};
use tidings_match::Tagger;
use tidings_model::{Finding, Label, Phrase, Taxonomy};
use tidings_text::fold;

const SIZES: [usize; 3] = [1_000, 10_000, 100_000];
const TAGGED: usize = 2_000;
const LABELS: usize = 50;
const ROUNDS: usize = 20;

fn main() {
    let mut random = Random(11);
    let findings = match std::env::var_os("TIDINGS_BENCH_STANDING") {
        Some(folder) => read_findings(Path::new(&folder)),
        None => made_up(20_000, &mut random),
    };
    let (tagged, others) = findings.split_at(TAGGED.min(findings.len()));
    let phrases = phrases(others, SIZES[2], &mut random);
    let bytes: usize = tagged.iter().map(|finding| finding.title.len() + finding.text.len()).sum();
    eprintln!("{} findings of {} bytes, {} phrases", tagged.len(), bytes / tagged.len(), phrases.len());
    for size in sizes(&SIZES).into_iter().filter(|size| *size <= phrases.len()) {
        let theirs = aho_corasick(tagged, &phrases[..size]);
        let ours = tidings(tagged, &phrases[..size]);
        eprintln!("{size} phrases: {:.2} times aho-corasick", ours / theirs);
    }
}

/// Distinct phrases as they stand in texts, common words among the first.
fn phrases(findings: &[Finding], count: usize, random: &mut Random) -> Vec<String> {
    let (mut phrases, mut seen) = (Vec::new(), HashSet::new());
    for finding in findings {
        let parts = finding.text.split(|ch: char| !ch.is_alphanumeric() && ch != ' ');
        let parts: Vec<Vec<&str>> = parts.map(|part| part.split_whitespace().collect()).collect();
        for _ in 0..16 {
            let words = &parts[random.next() as usize % parts.len()];
            let length = 1 + random.next() as usize % 4;
            if length <= words.len() {
                let at = random.next() as usize % (words.len() - length + 1);
                let phrase = words[at..at + length].join(" ");
                if 5 <= phrase.chars().count() && seen.insert(fold(&phrase)) {
                    phrases.push(phrase);
                }
            }
        }
    }
    phrases.truncate(count);
    phrases
}

fn aho_corasick(findings: &[Finding], phrases: &[String]) -> f64 {
    let folded = |finding: &Finding| fold(&format!("{}\n{}", finding.title, finding.text));
    let texts: Vec<String> = findings.iter().map(folded).collect();
    let patterns: Vec<String> = phrases.iter().map(|phrase| fold(phrase)).collect();
    let automaton = AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(patterns).expect("it is built");
    measure("aho-corasick", findings.len(), || {
        texts.iter().map(|text| automaton.find_iter(black_box(text.as_str())).count()).sum()
    })
}

fn tidings(findings: &[Finding], phrases: &[String]) -> f64 {
    let label = |(at, phrases): (usize, &[String])| Label {
        dimension: "pain".parse().expect("a dimension"),
        id: format!("label-{at}").parse().expect("a label"),
        name: format!("Label {at}"),
        phrases: phrases.iter().cloned().map(Phrase).collect(),
        query: None,
        implied: Vec::new(),
        beside: Vec::new(),
        implied_by: Vec::new(),
        yields_to: Vec::new(),
    };
    let labels = phrases.chunks(phrases.len().div_ceil(LABELS)).enumerate().map(label).collect();
    let (before, start) = (private_memory(), cpu_time());
    let tagger = Tagger::new(&Taxonomy { labels, ..Taxonomy::default() }, 1).expect("the phrases can be read");
    let (spent, memory) = (cpu_time() - start, private_memory().saturating_sub(before));
    eprintln!("  made ready in {:.2} s, {:.1} MiB", spent.as_secs_f64(), memory as f64 / 1024.0);
    let mut findings = findings.to_vec();
    measure("tidings", findings.len(), || {
        let mut evidence = 0;
        for finding in &mut findings {
            tagger.tag(black_box(finding));
            evidence += finding.tags.iter().map(|tag| tag.evidence.len()).sum::<usize>();
        }
        evidence
    })
}

/// Findings a CPU second of `work`, which says how much it found; the first round is not counted.
fn measure(name: &str, findings: usize, mut work: impl FnMut() -> usize) -> f64 {
    let found = work();
    let start = cpu_time();
    for _ in 0..ROUNDS {
        black_box(work());
    }
    let speed = (findings * ROUNDS) as f64 / (cpu_time() - start).as_secs_f64();
    eprintln!("  {name}: {speed:.0} findings a CPU second, {:.2} found in each", found as f64 / findings as f64);
    speed
}
