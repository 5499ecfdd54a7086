//! Reading feeds, beside feed-rs, in CPU time of this process: `cargo bench -p tidings-extract --bench feeds`.
//!
//! The feeds are generated; `TIDINGS_BENCH_FEEDS=DIR` adds the XML feeds of a folder as one more set. Both readers
//! start from bytes. The number of items each of them finds is printed, for speed without items is worth nothing.

use std::borrow::Cow;
use std::fmt::Write;
use std::fs;
use std::hint::black_box;
use std::path::Path;
use std::time::Duration;

use criterion::measurement::{Measurement, ValueFormatter, WallTime};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use rustix::time::{ClockId, clock_gettime};

/// User and system time of this process.
struct CpuTime;

impl Measurement for CpuTime {
    type Intermediate = Duration;
    type Value = Duration;

    fn start(&self) -> Duration {
        let time = clock_gettime(ClockId::ProcessCPUTime);
        let seconds = u64::try_from(time.tv_sec).expect("CPU time is not negative");
        Duration::new(seconds, u32::try_from(time.tv_nsec).expect("nanoseconds are below a billion"))
    }

    fn end(&self, start: Duration) -> Duration {
        self.start() - start
    }

    fn add(&self, a: &Duration, b: &Duration) -> Duration {
        *a + *b
    }

    fn zero(&self) -> Duration {
        Duration::ZERO
    }

    fn to_f64(&self, value: &Duration) -> f64 {
        WallTime.to_f64(value)
    }

    fn formatter(&self) -> &dyn ValueFormatter {
        WallTime.formatter()
    }
}

struct Set {
    name: String,
    feeds: Vec<Vec<u8>>,
}

impl Set {
    fn new(name: &str, feeds: Vec<String>) -> Self {
        Self { name: name.to_owned(), feeds: feeds.into_iter().map(String::into_bytes).collect() }
    }

    /// The XML feeds of a folder, from 2,000 bytes up.
    fn of_folder(folder: &Path) -> Self {
        let mut paths: Vec<_> = fs::read_dir(folder)
            .expect("TIDINGS_BENCH_FEEDS names a folder that can be read")
            .map(|entry| entry.expect("the folder can be listed").path())
            .collect();
        paths.sort();
        let is_xml_feed = |bytes: &Vec<u8>| {
            let head = String::from_utf8_lossy(&bytes[..bytes.len().min(4_000)]).to_lowercase();
            bytes.len() >= 2_000 && ["<rss", "<feed", "<rdf"].iter().any(|root| head.contains(root))
        };
        let feeds =
            paths.iter().map(|path| fs::read(path).expect("the feed can be read")).filter(is_xml_feed).collect();
        Self { name: "folder".to_owned(), feeds }
    }
}

fn tidings(bytes: &[u8]) -> usize {
    let text = std::str::from_utf8(bytes).map_or_else(|_| String::from_utf8_lossy(bytes), Cow::Borrowed);
    tidings_extract::feed::parse(&text, None).map_or(0, |feed| feed.items.len() + feed.skipped.len())
}

fn feed_rs(bytes: &[u8]) -> usize {
    feed_rs::parser::parse(bytes).map_or(0, |feed| feed.entries.len())
}

fn feeds(criterion: &mut Criterion<CpuTime>) {
    let mut sets = vec![
        Set::new("rss_cdata", vec![rss(40, true)]),
        Set::new("rss_escaped", vec![rss(40, false)]),
        Set::new("rss_short", vec![short_rss(100)]),
        Set::new("atom_xhtml", vec![atom(40)]),
    ];
    if let Some(folder) = std::env::var_os("TIDINGS_BENCH_FEEDS") {
        sets.push(Set::of_folder(Path::new(&folder)));
    }
    let mut group = criterion.benchmark_group("feeds");
    for set in &sets {
        let count = |read: fn(&[u8]) -> usize| set.feeds.iter().map(|bytes| read(bytes)).sum::<usize>();
        eprintln!("{}: {} items by tidings, {} by feed-rs", set.name, count(tidings), count(feed_rs));
        group.throughput(Throughput::Bytes(set.feeds.iter().map(|bytes| bytes.len() as u64).sum()));
        for (reader, read) in [("tidings", tidings as fn(&[u8]) -> usize), ("feed-rs", feed_rs)] {
            group.bench_with_input(BenchmarkId::new(reader, &set.name), set, |bencher, set| {
                bencher.iter(|| set.feeds.iter().map(|bytes| read(black_box(bytes))).sum::<usize>());
            });
        }
    }
    group.finish();
}

const SENTENCES: [&str; 6] = [
    "The price of the team plan went up by a fifth, and nobody was told.",
    "Giá gói doanh nghiệp tăng thêm một phần năm mà không ai được báo trước.",
    "Support answered after nine days; we had moved to a rival by then.",
    "“Nó chạy nhanh hơn hẳn”, chị Lan nói, “nhưng báo cáo vẫn thiếu.”",
    "Export works, import does not, and the API returns 500 & retries forever.",
    "Ai cần tư vấn phần mềm quản lý bán hàng thì nhắn cho mình nhé.",
];

fn html(seed: usize) -> String {
    let mut html = String::new();
    for paragraph in 0..6 {
        let sentence = |offset: usize| SENTENCES[(seed + paragraph + offset) % SENTENCES.len()].replace('&', "&amp;");
        writeln!(
            html,
            "<p>{} <a href=\"https://acme.example/{seed}?p={paragraph}&amp;utm=feed\" title=\"x\">{}</a> <b>{}</b></p>",
            sentence(0),
            sentence(1),
            sentence(2)
        )
        .expect("writing to a string never fails");
    }
    html
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn rss(items: usize, cdata: bool) -> String {
    let mut feed = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><rss version=\"2.0\" xmlns:content=\"http://purl.org/rss/1.0/modules/content/\" \
         xmlns:dc=\"http://purl.org/dc/elements/1.1/\" xmlns:slash=\"http://purl.org/rss/1.0/modules/slash/\">\n<channel>\n\
         <title>Acme</title><link>https://acme.example</link><language>en-US</language>\n",
    );
    for item in 0..items {
        let wrap = |text: &str| if cdata { format!("<![CDATA[{text}]]>") } else { escape(text) };
        writeln!(
            feed,
            "\t<item>\n\t\t<title>{}</title>\n\t\t<link>https://acme.example/{item}</link>\n\
             \t\t<dc:creator>{}</dc:creator>\n\t\t<pubDate>Fri, 20 Nov 2026 08:{:02}:00 +0000</pubDate>\n\
             \t\t<category>{}</category>\n\t\t<guid isPermaLink=\"false\">https://acme.example/?p={item}</guid>\n\
             \t\t<description>{}</description>\n\t\t<content:encoded>{}</content:encoded>\n\
             \t\t<slash:comments>{item}</slash:comments>\n\t</item>",
            escape(SENTENCES[item % SENTENCES.len()]),
            wrap("Lan Nguyễn"),
            item % 60,
            wrap("Reviews"),
            wrap(SENTENCES[(item + 1) % SENTENCES.len()]),
            wrap(&html(item)),
        )
        .expect("writing to a string never fails");
    }
    feed + "</channel>\n</rss>\n"
}

fn short_rss(items: usize) -> String {
    let mut feed = String::from("<rss version=\"2.0\"><channel><title>Acme</title><link>https://acme.example</link>\n");
    for item in 0..items {
        writeln!(
            feed,
            "<item><title>{}</title><link>https://acme.example/{item}</link><guid>https://acme.example/{item}</guid>\
             <pubDate>Fri, 20 Nov 2026 08:{:02}:00 GMT</pubDate><description>{}</description></item>",
            escape(SENTENCES[item % SENTENCES.len()]),
            item % 60,
            escape(SENTENCES[(item + 1) % SENTENCES.len()]),
        )
        .expect("writing to a string never fails");
    }
    feed + "</channel></rss>"
}

fn atom(entries: usize) -> String {
    let mut feed = String::from(
        "<?xml version=\"1.0\"?><feed xmlns=\"http://www.w3.org/2005/Atom\"><title>Acme</title><id>urn:x</id>\
         <updated>2026-11-20T08:00:00Z</updated><link href=\"https://acme.example/\"/>\n",
    );
    for entry in 0..entries {
        writeln!(
            feed,
            "<entry><title>{}</title><link rel=\"alternate\" type=\"text/html\" href=\"https://acme.example/{entry}\"/>\
             <id>tag:acme.example,2026:{entry}</id><published>2026-11-20T08:{:02}:00Z</published>\
             <updated>2026-11-20T09:00:00+07:00</updated><author><name>Lan</name></author><category term=\"reviews\"/>\n\
             <content type=\"xhtml\"><div xmlns=\"http://www.w3.org/1999/xhtml\">{}</div></content></entry>",
            escape(SENTENCES[entry % SENTENCES.len()]),
            entry % 60,
            html(entry),
        )
        .expect("writing to a string never fails");
    }
    feed + "</feed>"
}

criterion_group! {
    name = benches;
    config = Criterion::default().with_measurement(CpuTime).sample_size(20).measurement_time(Duration::from_secs(2)).warm_up_time(Duration::from_millis(500));
    targets = feeds
}
criterion_main!(benches);
