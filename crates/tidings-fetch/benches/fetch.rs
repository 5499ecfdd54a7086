//! Polite fetching beside bare reqwest, in CPU time of this process, over kept-alive
//! connections to loopback.
//!
//! `cargo bench -p tidings-fetch --bench fetch -- [REQUESTS]`. The fetcher makes every
//! check: robots.txt, address guard, turns, cookies, cache terms, block pages, crawl
//! log; only its pauses are 0. Pages are 4 KiB of HTML and say `no-store`, so that none
//! comes out of the cache. The server is a process of its own, whose time does not count.

#![expect(clippy::print_stdout, reason = "a bench reports on standard output")]

use std::error::Error;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};
use tidings_fetch::guard::PrivateNetworks;
use tidings_fetch::{CacheTerms, Cookies, FetchConfig, Fetcher, Request};
use tidings_model::SystemClock;
use tokio::sync::mpsc;
use url::Url;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

const PAGE_BYTES: usize = 4 << 10;
const ROUNDS: u32 = 5;
/// Says that this process is the server.
const SERVE: &str = "serve-pages";

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().collect();
    if arguments.iter().any(|argument| argument == SERVE) {
        return serve();
    }
    // `cargo bench` adds `--bench`; without it this only shows that it works.
    let default = if arguments.iter().any(|argument| argument == "--bench") { 20_000 } else { 50 };
    let count = arguments.iter().find_map(|argument| argument.parse().ok()).unwrap_or(default);
    let server = Server::start()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(compare(&server.base, count))
}

async fn compare(base: &str, count: u32) -> Result<()> {
    let (sender, mut events) = mpsc::channel(1_024);
    let polite = fetcher(sender)?;
    let bare = reqwest::Client::builder().no_proxy().build()?;
    let cookies = Cookies::default();
    let mut ratios = Vec::new();
    for round in 0..=ROUNDS {
        let begun = cpu_time();
        for number in 0..count {
            fetch(&polite, &cookies, &page_url(base, number)?).await?;
            while events.try_recv().is_ok() {}
        }
        let ours = cpu_time() - begun;
        let begun = cpu_time();
        for number in 0..count {
            get(&bare, page_url(base, number)?).await?;
        }
        let theirs = cpu_time() - begun;
        // The first round warms up both.
        if round == 0 {
            continue;
        }
        let ratio = theirs.as_secs_f64() / ours.as_secs_f64();
        let each = |time: Duration| time.as_secs_f64() * 1e6 / f64::from(count);
        println!("round {round}: fetcher {:.1} µs, reqwest {:.1} µs a page; {ratio:.2}", each(ours), each(theirs));
        ratios.push(ratio);
    }
    ratios.sort_by(f64::total_cmp);
    println!("{count} pages of {PAGE_BYTES} bytes a round, median: {:.2} of bare reqwest", ratios[ratios.len() / 2]);
    Ok(())
}

fn fetcher(crawl_log: mpsc::Sender<tidings_fetch::CrawlEvent>) -> Result<Fetcher> {
    let config = FetchConfig {
        per_host_interval: Duration::ZERO,
        allow_private_networks: PrivateNetworks::Listed(vec!["127.0.0.0/8".parse()?]),
        ..FetchConfig::default()
    };
    Ok(Fetcher::new(config, Arc::new(SystemClock), Some(crawl_log))?)
}

async fn fetch(fetcher: &Fetcher, cookies: &Cookies, url: &Url) -> Result<()> {
    let request = Request {
        cookies: Some(cookies.clone()),
        cache: Some(CacheTerms { max_age: None, since: Some(fetcher.now()) }),
        source: Some("bench".to_owned()),
        ..Request::get(url.clone())
    };
    let response = fetcher.fetch(request).await?;
    check(response.status.as_u16(), response.body.len())
}

async fn get(client: &reqwest::Client, url: Url) -> Result<()> {
    let response = client.get(url).send().await?;
    let status = response.status().as_u16();
    check(status, response.bytes().await?.len())
}

fn check(status: u16, length: usize) -> Result<()> {
    if (status, length) == (200, PAGE_BYTES) { Ok(()) } else { Err(format!("{status} with {length} bytes").into()) }
}

fn page_url(base: &str, number: u32) -> Result<Url> {
    Ok(format!("{base}/news/{number}").parse()?)
}

/// User and system time of this process.
fn cpu_time() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    let seconds = u64::try_from(time.tv_sec).expect("CPU time is not negative");
    Duration::new(seconds, u32::try_from(time.tv_nsec).expect("nanoseconds are below a billion"))
}

/// The server's process, which ends with this.
struct Server {
    process: Child,
    base: String,
}

impl Server {
    fn start() -> Result<Self> {
        let mut process = Command::new(std::env::current_exe()?).arg(SERVE).stdout(Stdio::piped()).spawn()?;
        let mut base = String::new();
        let said = process.stdout.take().ok_or("the server has no standard output")?;
        BufReader::new(said).read_line(&mut base)?;
        Ok(Self { process, base: base.trim().to_owned() })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let ended = self.process.kill().and_then(|()| self.process.wait());
        if let Err(error) = ended {
            println!("cannot end the server: {error}");
        }
    }
}

/// Answers on a free port of loopback, which the first line says.
fn serve() -> Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    println!("http://{}", listener.local_addr()?);
    let page = page();
    for stream in listener.incoming() {
        let (stream, page) = (stream?, page.clone());
        std::thread::spawn(move || answer(stream, &page));
    }
    Ok(())
}

/// Answers until the other side closes.
fn answer(mut stream: TcpStream, page: &[u8]) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut seen = Vec::new();
    let mut buffer = [0; 4 << 10];
    loop {
        let read = stream.read(&mut buffer)?;
        if read == 0 {
            return Ok(());
        }
        seen.extend_from_slice(&buffer[..read]);
        if seen.ends_with(b"\r\n\r\n") {
            let is_robots = seen.starts_with(b"GET /robots.txt ");
            stream.write_all(if is_robots { ROBOTS } else { page })?;
            seen.clear();
        }
    }
}

const ROBOTS: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 72\r\n\r\n\
User-agent: *\nDisallow: /private/\nDisallow: /search\nAllow: /search/help\n";

fn page() -> Vec<u8> {
    let mut html = "<!doctype html><html><head><title>News of today</title></head><body>".to_owned();
    while html.len() < PAGE_BYTES {
        html.push_str("<p>Acme lowers the price of its plan for small teams, and tells why it does.</p>\n");
    }
    html.truncate(PAGE_BYTES);
    let head = "HTTP/1.1 200 OK\r\ncontent-type: text/html; charset=utf-8\r\ncache-control: no-store\r\n";
    format!("{head}content-length: {PAGE_BYTES}\r\n\r\n{html}").into_bytes()
}
