//! What ten thousand watches cost that are visited once an hour: CPU time and private memory of the built daemon.
//!
//! `cargo bench -p tidings --bench idle -- [PAGES] [SECONDS]`. The pages lie on a hundred hosts of loopback and stay
//! as they are. After a first pass each has its turn in the hour to come, at even distances, as a daemon has them that
//! has run for long; then SECONDS of that hour are measured; before it, a while in which nothing is due.

#![expect(clippy::print_stdout, reason = "a bench reports on standard output")]

#[path = "support/daemon.rs"]
mod daemon;
#[path = "support/pages.rs"]
mod pages;

use std::error::Error;
use std::process::Stdio;
use std::time::Duration;

use daemon::{Daemon, Setting};
use pages::Pages;
use tidings_model::{Clock, SystemClock};
use tidings_store::Store;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

const HOSTS: u8 = 100;
const HOUR: Duration = Duration::from_secs(3600);
/// How far turns may be put off, so that not all that is due at one time is visited at it.
const JITTER: Duration = Duration::from_secs(HOUR.as_secs() / 10);
/// How long a daemon has to come to rest after its start.
const REST: Duration = Duration::from_secs(25);

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().collect();
    if let Some(at) = arguments.iter().position(|argument| argument == pages::SERVE) {
        return pages::serve(arguments.get(at + 1).ok_or("how many hosts?")?.parse()?);
    }
    // `cargo bench` adds `--bench`; without it this only shows that it works.
    let is_bench = arguments.iter().any(|argument| argument == "--bench");
    let mut numbers = arguments.iter().filter_map(|argument| argument.parse::<u32>().ok());
    let count = numbers.next().unwrap_or(if is_bench { 10_000 } else { 400 });
    let seconds = numbers.next().unwrap_or(if is_bench { 240 } else { 30 });
    let pages = Pages::start(HOSTS)?;
    let hosts = (1..=HOSTS).cycle();
    let setting = Setting::new((0..count).zip(hosts).map(|(page, host)| pages.url(host, page)), "1h")?;
    let status = setting.command().arg("once").stdout(Stdio::null()).status()?;
    println!("first pass over {count} pages: {status}");
    {
        let daemon = setting.serve()?;
        std::thread::sleep(REST);
        report(&daemon, &pages, Duration::from_secs(20), "nothing due")?;
    }
    spread_turns(&setting)?;
    let daemon = setting.serve()?;
    std::thread::sleep(REST);
    report(&daemon, &pages, Duration::from_secs(seconds.into()), "an hourly turn each")?;
    println!("{} runs found nothing changed", daemon.counter("tidings_runs_total", "\"unchanged\"")?);
    Ok(())
}

/// Gives the sources their turns over an hour. It has begun: those that are put off come evenly when the daemon has rested.
fn spread_turns(setting: &Setting) -> Result<()> {
    let store = Store::open(&setting.data_dir())?;
    let rows = store.source_rows()?;
    let step = HOUR / u32::try_from(rows.len().max(1))?;
    let mut due = SystemClock.now() - JITTER;
    for row in rows {
        store.put_source_row(tidings_store::SourceRow { due, ..row })?;
        due += step;
    }
    Ok(())
}

fn report(daemon: &Daemon, pages: &Pages, window: Duration, name: &str) -> Result<()> {
    let (before, asked) = (daemon.used()?, pages.asked()?);
    std::thread::sleep(window);
    let (after, asked) = (daemon.used()?, pages.asked()? - asked);
    let (used, children) = (after.cpu_s - before.cpu_s, after.children_s - before.children_s);
    let (alive, held) = daemon.children_mib()?;
    println!(
        "{name}: {:.3} % of a core, {asked} checks, {:.3} ms of CPU each, {children:.2} s in plugin processes, \
         {:.1} MiB private, and {held:.1} in {alive} children",
        used * 100.0 / window.as_secs_f64(),
        used * 1e3 / asked.max(1) as f64,
        daemon.private_mib()?,
    );
    Ok(())
}
