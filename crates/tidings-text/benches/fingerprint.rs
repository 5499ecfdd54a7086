//! What a fingerprint costs, beside reading the words alone, in CPU time of this thread.
//!
//! `cargo bench -p tidings-text --bench fingerprint`. Texts of 60 to 240 made-up words, every
//! other one with Vietnamese marks.

#![expect(clippy::print_stdout, reason = "a bench reports on standard output")]

use std::error::Error;
use std::fs;
use std::hint::black_box;

const TEXTS: usize = 2_000;
const ROUNDS: u32 = 7;
const ENGLISH: &[&str] = &[
    "price",
    "customers",
    "the",
    "and",
    "support",
    "raised",
    "again",
    "of",
    "their",
    "plans",
    "switching",
    "slowly",
    "in",
    "January",
    "expensive",
    "reports",
    "export",
    "to",
    "a",
    "which",
    "cannot",
    "team",
];
const VIETNAMESE: &[&str] = &[
    "giá", "khách", "hàng", "và", "đắt", "quá", "hỗ", "trợ", "chậm", "của", "gói", "chuyển", "sang", "tháng", "không",
    "được", "báo", "cáo", "xuất", "nhóm", "mà", "phần",
];

fn main() -> Result<(), Box<dyn Error>> {
    let texts: Vec<String> = (0..TEXTS).map(text).collect();
    let bytes: usize = texts.iter().map(String::len).sum();
    println!("{TEXTS} texts of {} bytes", bytes / TEXTS);
    let words = least(&texts, |text| {
        let mut words = 0;
        tidings_text::for_each_token(text, |token| words += token.folded.len());
        black_box(words);
    })?;
    let prints = least(&texts, |text| {
        black_box(tidings_text::fingerprint(text));
    })?;
    println!("words alone {words:.2} µs a text, fingerprint {prints:.2} µs");
    Ok(())
}

/// The least CPU time a text of a few rounds, in microseconds.
fn least(texts: &[String], work: impl Fn(&str)) -> Result<f64, Box<dyn Error>> {
    let mut least = f64::MAX;
    for _ in 0..ROUNDS {
        let began = cpu_nanos()?;
        texts.iter().for_each(|text| work(text));
        least = least.min((cpu_nanos()? - began) as f64 / 1000.0 / texts.len() as f64);
    }
    Ok(least)
}

fn cpu_nanos() -> Result<u64, Box<dyn Error>> {
    let schedstat = fs::read_to_string("/proc/thread-self/schedstat")?;
    Ok(schedstat.split(' ').next().ok_or("no CPU time")?.parse()?)
}

fn text(n: usize) -> String {
    let list = if n.is_multiple_of(2) { ENGLISH } else { VIETNAMESE };
    let mut state = n as u64 + 1;
    let mut word = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        list[(state >> 33) as usize % list.len()]
    };
    (0..60 + n % 180).map(|_| word()).collect::<Vec<_>>().join(" ")
}
