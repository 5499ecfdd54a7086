//! How long after a finding is committed a webhook is told of it, and what very many alerts cost.
//!
//! `cargo bench -p tidings --bench alerts -- [ALERTS] [SECONDS] [FINDINGS A SECOND]`. The built daemon has ALERTS alerts in
//! its configuration and visits a feed every second, which each time has so many new items. Some of the alerts match;
//! each match is a delivery of its own. Times are those between a finding's `found` and the receipt of its delivery.

#![expect(clippy::print_stdout, reason = "a bench reports on standard output")]

#[path = "support/daemon.rs"]
#[expect(dead_code, reason = "the benches share it")]
mod daemon;
#[path = "support/pages.rs"]
#[expect(dead_code, reason = "the benches share it")]
mod pages;

use std::error::Error;
use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use daemon::Setting;
use serde_json::Value;
use tidings_model::{Clock, SystemClock, Timestamp};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// Words that items are made of; each alert asks for two of them.
const WORDS: u64 = 2_000;
/// Words of an item.
const WORDS_OF_AN_ITEM: u64 = 40;

/// What both ends have seen.
#[derive(Default)]
struct Seen {
    /// Items that were served.
    items: AtomicU64,
    /// Milliseconds from `found` to the receipt of the delivery.
    lags_ms: Mutex<Vec<i64>>,
}

fn main() -> Result<()> {
    // `cargo bench` adds `--bench`; without it this only shows that it works.
    let is_bench = std::env::args().any(|argument| argument == "--bench");
    let mut numbers = std::env::args().filter_map(|argument| argument.parse::<u64>().ok());
    let alerts = numbers.next().unwrap_or(if is_bench { 10_000 } else { 200 });
    let seconds = numbers.next().unwrap_or(if is_bench { 60 } else { 5 });
    let rate = numbers.next().unwrap_or(50);
    let seen = Arc::new(Seen::default());
    let address = serve(seen.clone(), rate)?;
    let without = started(&Setting::with(&config(&address, 0))?)?;
    println!("without alerts: {:.2} s to start, {:.1} MiB private", without.0, without.1);
    let setting = Setting::with(&config(&address, alerts))?;
    let first = started(&setting)?;
    println!("{alerts} new alerts: {:.2} s to start, {:.1} MiB private", first.0, first.1);
    let begun = Instant::now();
    let daemon = setting.serve()?;
    println!(
        "{alerts} alerts: {:.2} s to start, {:.1} MiB private",
        begun.elapsed().as_secs_f64(),
        daemon.private_mib()?
    );
    std::thread::sleep(Duration::from_secs(5));
    seen.lags_ms.lock().expect("no thread panics").clear();
    let (before, items) = (daemon.used()?, seen.items.load(Ordering::Relaxed));
    std::thread::sleep(Duration::from_secs(seconds));
    let (after, items) = (daemon.used()?, seen.items.load(Ordering::Relaxed) - items);
    let mut lags = std::mem::take(&mut *seen.lags_ms.lock().expect("no thread panics"));
    lags.sort_unstable();
    let at = |share: f64| lags.get(((lags.len() as f64 - 1.0).max(0.0) * share) as usize).copied().unwrap_or(-1);
    println!(
        "{items} items in {seconds} s, {} deliveries: from commit to receipt {} ms in the median, 99 of 100 within {} ms, \
         {} ms at most; {:.1} MiB private, {:.0} % of a core",
        lags.len(),
        at(0.5),
        at(0.99),
        at(1.0),
        daemon.private_mib()?,
        (after.cpu_s - before.cpu_s) * 100.0 / seconds as f64,
    );
    Ok(())
}

/// Seconds until it answers, and its private memory then.
fn started(setting: &Setting) -> Result<(f64, f64)> {
    let begun = Instant::now();
    let daemon = setting.serve()?;
    Ok((begun.elapsed().as_secs_f64(), daemon.private_mib()?))
}

fn config(address: &str, alerts: u64) -> String {
    let mut config = format!(
        "\n[alerts]\nallow_private_networks = [\"127.0.0.0/8\"]\n\n[[source]]\nid = \"news\"\nplugin = \"feed\"\n\
         schedule = {{ every = \"1s\" }}\nparams = {{ url = \"http://{address}/feed\", max_items = 1000 }}\n"
    );
    for n in 0..alerts {
        let (one, other) = (word(mix(n * 2)), word(mix(n * 2 + 1)));
        write!(
            config,
            "\n[[alert]]\nid = \"a{n}\"\nquery = \"{one} {other}\"\ndeliver = [{{ webhook = \"http://{address}/hook\" }}]\n"
        )
        .expect("a string takes all");
    }
    config
}

fn mix(n: u64) -> u64 {
    let n = (n ^ (n >> 31)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (n ^ (n >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 33
}

fn word(n: u64) -> String {
    format!("w{}", n % WORDS)
}

/// A feed and a webhook in one, each connection on a thread of its own.
fn serve(seen: Arc<Seen>, rate: u64) -> Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?.to_string();
    std::thread::spawn(move || {
        for connection in listener.incoming().flatten() {
            let seen = seen.clone();
            std::thread::spawn(move || answer_all(connection, &seen, rate).unwrap_or_default());
        }
    });
    Ok(address)
}

fn answer_all(connection: TcpStream, seen: &Seen, rate: u64) -> std::io::Result<()> {
    connection.set_nodelay(true)?;
    let mut reader = BufReader::new(connection.try_clone()?);
    let mut writer = connection;
    loop {
        let mut head = String::new();
        while reader.read_line(&mut head)? > 2 {}
        if head.is_empty() {
            return Ok(());
        }
        let length = head
            .lines()
            .find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.trim().parse().ok());
        let mut body = vec![0; length.unwrap_or(0)];
        reader.read_exact(&mut body)?;
        let answer = match head.split_whitespace().nth(1) {
            Some("/feed") => feed(seen.items.fetch_add(rate, Ordering::Relaxed), rate),
            Some("/hook") => {
                received(seen, &body);
                String::new()
            }
            _ => String::new(),
        };
        let head =
            format!("HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\nContent-Length: {}\r\n\r\n", answer.len());
        writer.write_all((head + &answer).as_bytes())?;
    }
}

fn feed(first: u64, rate: u64) -> String {
    let mut feed = "<rss version=\"2.0\"><channel>".to_owned();
    for n in first..first + rate {
        let words: Vec<String> = (0..WORDS_OF_AN_ITEM).map(|k| word(mix(n * WORDS_OF_AN_ITEM + k + 77))).collect();
        write!(
            feed,
            "<item><guid>i{n}</guid><title>item {n}</title><description>{}</description></item>",
            words.join(" ")
        )
        .expect("a string takes all");
    }
    feed + "</channel></rss>"
}

fn received(seen: &Seen, body: &[u8]) {
    let now = SystemClock.now();
    let message: Value = serde_json::from_slice(body).unwrap_or_default();
    for finding in message["findings"].as_array().into_iter().flatten() {
        let found = finding["found"].as_str().and_then(|found| found.parse::<Timestamp>().ok());
        let lag = found.map_or(-1, |found| now.duration_since(found).as_millis() as i64);
        seen.lags_ms.lock().expect("no thread panics").push(lag);
    }
}
