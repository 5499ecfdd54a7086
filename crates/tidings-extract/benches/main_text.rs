//! Finding the main text of pages, in CPU time of this process: `cargo bench -p tidings-extract --bench main_text`.
//!
//! The pages are generated; `TIDINGS_BENCH_PAGES=DIR` takes the pages below a folder instead, `.html` or `.html.gz`.
//! Each page is read several times from decoded text, the tree built anew, and its fastest time counts, for other work
//! on the machine makes a page slower and never faster. Printed are pages a CPU second, and the 50th and 99th of 100.

use std::fmt::Write;
use std::fs;
use std::hint::black_box;
use std::io::Read;
use std::path::Path;
use std::time::Duration;

use flate2::read::MultiGzDecoder;
use rustix::time::{ClockId, clock_gettime};
use tidings_extract::main_text::main_text;

const ROUNDS: usize = 5;

fn main() {
    let pages = match std::env::var_os("TIDINGS_BENCH_PAGES") {
        Some(folder) => {
            let mut pages = Vec::new();
            collect(Path::new(&folder), &mut pages);
            pages
        }
        None => (0..200).map(generated).collect(),
    };
    assert!(!pages.is_empty(), "TIDINGS_BENCH_PAGES holds no .html or .html.gz");
    let mut letters = 0;
    let mut times: Vec<Duration> = Vec::with_capacity(pages.len());
    for page in &pages {
        let mut best = Duration::MAX;
        for round in 0..ROUNDS {
            let start = cpu_time();
            let found = main_text(black_box(page), None).map_or(0, |found| found.text.len());
            best = best.min(cpu_time() - start);
            letters += if round == 0 { found } else { 0 };
        }
        times.push(best);
    }
    times.sort();
    let total: Duration = times.iter().sum();
    let milliseconds = |share: usize| times[(times.len() * share).div_ceil(100) - 1].as_secs_f64() * 1e3;
    let bytes: usize = pages.iter().map(String::len).sum();
    eprintln!(
        "{} pages, {:.1} MB, {letters} bytes of text: {:.0} pages a CPU second, {:.1} MB a CPU second, \
         p50 {:.2} ms, p99 {:.2} ms, slowest {:.2} ms",
        pages.len(),
        bytes as f64 / 1e6,
        pages.len() as f64 / total.as_secs_f64(),
        bytes as f64 / 1e6 / total.as_secs_f64(),
        milliseconds(50),
        milliseconds(99),
        milliseconds(100),
    );
}

fn cpu_time() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    let seconds = u64::try_from(time.tv_sec).expect("CPU time is not negative");
    Duration::new(seconds, u32::try_from(time.tv_nsec).expect("nanoseconds are below a billion"))
}

/// The pages below a folder, by name.
fn collect(folder: &Path, pages: &mut Vec<String>) {
    let mut paths: Vec<_> = fs::read_dir(folder)
        .expect("TIDINGS_BENCH_PAGES names a folder that can be read")
        .map(|entry| entry.expect("the folder can be listed").path())
        .collect();
    paths.sort();
    for path in paths {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() {
            collect(&path, pages);
        } else if name.ends_with(".html") || name.ends_with(".html.gz") {
            let mut bytes = fs::read(&path).expect("the page can be read");
            if name.ends_with(".gz") {
                let mut page = Vec::new();
                MultiGzDecoder::new(&bytes[..]).read_to_end(&mut page).expect("the page is gzip");
                bytes = page;
            }
            pages.push(String::from_utf8_lossy(&bytes).into_owned());
        }
    }
}

const SENTENCES: [&str; 4] = [
    "The price of the team plan went up by a fifth, and nobody was told, said the vendor's own forum.",
    "Giá gói doanh nghiệp tăng thêm một phần năm, khách hàng nói, mà không ai được báo trước điều gì.",
    "Support answered after nine days; we had moved to a rival by then, with all our data and people.",
    "Export works, import does not, and the API returns 500, then 503, and is tried again for ever.",
];

/// A page of the common kind: menus and boxes around an article of one to some forty paragraphs.
fn generated(seed: usize) -> String {
    let mut page = format!(
        "<!doctype html><html lang=en><head><title>Report {seed} | Ledger</title><meta name=author content='Ledger'>\
         <script type='application/ld+json'>{{\"@type\":\"NewsArticle\",\"headline\":\"Report {seed}\"}}</script></head>\
         <body class='single post'><header class=site-header><nav><ul>"
    );
    let mut push = |text: std::fmt::Arguments<'_>| page.write_fmt(text).expect("writing to a string never fails");
    for link in 0..60 {
        push(format_args!("<li class='menu-item'><a href='/topic/{link}'><span>Topic {link}</span></a></li>\n"));
    }
    push(format_args!("</ul></nav></header><main><article class=post><h1>Report {seed}</h1><div class=entry-content>"));
    for paragraph in 0..=(seed * 7 % 40) {
        let sentence = |offset: usize| SENTENCES[(seed + paragraph + offset) % SENTENCES.len()];
        push(format_args!(
            "<p>{} <a href='/{paragraph}'>{}</a> {}</p>\n<figure><img src='{paragraph}.webp' alt=''>\
             <figcaption>Photo: Ledger</figcaption></figure>\n",
            sentence(0),
            sentence(1),
            sentence(2)
        ));
    }
    push(format_args!("</div><div class=share-bar><a href=/s>Share</a></div></article></main><aside class=sidebar>"));
    for teaser in 0..40 {
        push(format_args!(
            "<div class='card teaser-{teaser}'><a href='/{teaser}'><img src='{teaser}.webp'><h3>{}</h3></a></div>\n",
            SENTENCES[teaser % SENTENCES.len()]
        ));
    }
    push(format_args!("</aside><footer>All rights reserved</footer></body></html>"));
    page
}
