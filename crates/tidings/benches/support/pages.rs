//! Pages to watch: a server on loopback in a process of its own, whose time does not count.

use std::error::Error;
use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// Says that this process is the server.
pub(crate) const SERVE: &str = "serve-pages";

/// About as large as the pages of the peers' own benches.
const PAGE_BYTES: usize = 4_000;

/// The server's process, which ends with this.
pub(crate) struct Pages {
    process: Child,
    port: u16,
}

impl Pages {
    pub(crate) fn start(hosts: u8) -> Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        let mut process = command.args([SERVE, &hosts.to_string()]).stdout(Stdio::piped()).spawn()?;
        let mut port = String::new();
        let said = process.stdout.take().ok_or("the server has no standard output")?;
        BufReader::new(said).read_line(&mut port)?;
        Ok(Self { process, port: port.trim().parse()? })
    }

    pub(crate) fn url(&self, host: u8, page: u32) -> String {
        format!("http://127.0.0.{host}:{}/p/{page}", self.port)
    }

    /// How often a page was asked for until now.
    pub(crate) fn asked(&self) -> Result<u64> {
        Ok(self.get("/asked")?.trim().parse()?)
    }

    /// What `path` answers. `/moving`: from now on every visit finds another page; `/still`: always the same one;
    /// `/edit`: all pages become others, once.
    pub(crate) fn get(&self, path: &str) -> Result<String> {
        get(&format!("127.0.0.1:{}", self.port), path)
    }
}

impl Drop for Pages {
    fn drop(&mut self) {
        if let Err(error) = self.process.kill().and_then(|()| self.process.wait()) {
            eprintln!("cannot end the server: {error}");
        }
    }
}

/// The body of what `path` answers.
pub(crate) fn get(address: &str, path: &str) -> Result<String> {
    let mut stream = TcpStream::connect(address)?;
    write!(stream, "GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let (head, body) = answer.split_once("\r\n\r\n").ok_or("no HTTP answer")?;
    if head.starts_with("HTTP/1.1 200") { Ok(body.to_owned()) } else { Err(format!("{path}: {head}").into()) }
}

/// What the last request of a connection says, in our own words.
const CLOSE: &[u8] = b"connection: close";

struct Site {
    asked: AtomicU64,
    is_moving: AtomicBool,
    /// How often all pages have become others.
    edition: AtomicU64,
}

/// Answers on one port of 127.0.0.1 to 127.0.0.`hosts`, which the first line says.
pub(crate) fn serve(hosts: u8) -> Result<()> {
    let site = Arc::new(Site { asked: 0.into(), is_moving: false.into(), edition: 0.into() });
    let first = TcpListener::bind("127.0.0.1:0")?;
    let port = first.local_addr()?.port();
    let others = (2..=hosts).map(|host| TcpListener::bind(format!("127.0.0.{host}:{port}")));
    let listeners: Vec<TcpListener> = std::iter::once(Ok(first)).chain(others).collect::<std::io::Result<_>>()?;
    println!("{port}");
    let threads = listeners.into_iter().map(|listener| {
        let site = site.clone();
        std::thread::spawn(move || accept(&listener, &site))
    });
    for thread in threads.collect::<Vec<_>>() {
        thread.join().map_err(|_| "a server's thread panicked")??;
    }
    Ok(())
}

fn accept(listener: &TcpListener, site: &Arc<Site>) -> std::io::Result<()> {
    for stream in listener.incoming() {
        let (stream, site) = (stream?, site.clone());
        std::thread::spawn(move || answer(stream, &site));
    }
    Ok(())
}

/// Answers until the other side closes.
fn answer(mut stream: TcpStream, site: &Site) -> std::io::Result<()> {
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
            let path = seen.split(|byte| *byte == b' ').nth(1).unwrap_or_default();
            let body = body(&String::from_utf8_lossy(path), site);
            let (status, body) = body.map_or(("404 Not Found", String::new()), |body| ("200 OK", body));
            let head = format!("HTTP/1.1 {status}\r\ncontent-type: text/html; charset=utf-8\r\n");
            stream.write_all(format!("{head}content-length: {}\r\n\r\n{body}", body.len()).as_bytes())?;
            if seen.windows(CLOSE.len()).any(|part| part == CLOSE) {
                return Ok(());
            }
            seen.clear();
        }
    }
}

fn body(path: &str, site: &Site) -> Option<String> {
    if let Some(number) = path.strip_prefix("/p/") {
        let asked = site.asked.fetch_add(1, Ordering::Relaxed);
        let edition = site.edition.load(Ordering::Relaxed);
        let edition = if site.is_moving.load(Ordering::Relaxed) { asked + 1 + edition } else { edition };
        return Some(page(number.parse().ok()?, edition));
    }
    match path {
        "/asked" => return Some(site.asked.load(Ordering::Relaxed).to_string()),
        "/moving" => site.is_moving.store(true, Ordering::Relaxed),
        "/still" => site.is_moving.store(false, Ordering::Relaxed),
        "/edit" => drop(site.edition.fetch_add(1, Ordering::Relaxed)),
        _ => return None,
    }
    Some(String::new())
}

const PLANS: [&str; 7] = ["starter", "team", "business", "school", "charity", "agency", "family"];
const THINGS: [&str; 11] = [
    "exports",
    "reports",
    "calendars",
    "invoices",
    "phone support",
    "single sign-on",
    "backups",
    "reminders",
    "forms",
    "dashboards",
    "audit trails",
];
const PLACES: [&str; 13] =
    ["Hanoi", "Berlin", "Lagos", "Lima", "Oslo", "Perth", "Quito", "Turin", "Osaka", "Cairo", "Austin", "Dakar", "Hue"];

/// A page of its own for each number. One paragraph is another in every edition.
fn page(number: u64, edition: u64) -> String {
    let pick = |list: &[&'static str], by: u64| list[usize::try_from(by % list.len() as u64).unwrap_or_default()];
    let mut html = format!(
        "<!doctype html><html lang=\"en\"><head><title>Plans of company {number}</title></head>\
         <body><article><h1>Plans of company {number}</h1>\n<p>The {} plan now comes with {} for teams in {}.</p>\n",
        pick(&PLANS, edition),
        pick(&THINGS, edition),
        pick(&PLACES, edition),
    );
    let mut line = number;
    while html.len() < PAGE_BYTES {
        line = line.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let (plan, thing, place) = (pick(&PLANS, line >> 33), pick(&THINGS, line >> 37), pick(&PLACES, line >> 41));
        writeln!(html, "<p>Customers in {place} chose the {plan} plan for its {thing}.</p>")
            .expect("writing to a string never fails");
    }
    html + "</article></body></html>"
}
