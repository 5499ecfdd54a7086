//! Watching pages over kept-alive HTTP, in CPU time a check: the built daemon on its whole way, plugin processes
//! included.
//!
//! `cargo bench -p tidings --bench watch -- [PAGES] [SECONDS]`. Each page is a source of `site-watch`, visited every
//! second: first, then for SECONDS as pages that stay the same, then, as fast as that goes, as pages that are another
//! at every visit, each of which is extracted, compared, kept, committed, tagged and indexed. `TIDINGS_BENCH_CHANGEDETECTION=PROGRAM`
//! lets changedetection.io watch the same pages in the same run; neither start is counted.

#![expect(clippy::print_stdout, reason = "a bench reports on standard output")]

#[path = "support/daemon.rs"]
mod daemon;
#[path = "support/pages.rs"]
mod pages;

use std::error::Error;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use daemon::{Daemon, Setting, used};
use pages::Pages;
use tempfile::TempDir;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// CPU milliseconds a check.
#[derive(Clone, Copy, Debug)]
struct Costs {
    first: f64,
    unchanged: f64,
    changed: f64,
}

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().collect();
    if let Some(at) = arguments.iter().position(|argument| argument == pages::SERVE) {
        return pages::serve(arguments.get(at + 1).ok_or("how many hosts?")?.parse()?);
    }
    // `cargo bench` adds `--bench`; without it this only shows that it works.
    let is_bench = arguments.iter().any(|argument| argument == "--bench");
    let mut numbers = arguments.iter().filter_map(|argument| argument.parse::<u32>().ok());
    let count = numbers.next().unwrap_or(if is_bench { 1_000 } else { 3 });
    let seconds = numbers.next().unwrap_or(if is_bench { 30 } else { 10 });
    let pages = Pages::start(1)?;
    let ours = watch(&pages, count, Duration::from_secs(seconds.into()))?;
    if let Some(program) = std::env::var_os("TIDINGS_BENCH_CHANGEDETECTION") {
        let theirs = changedetection(Path::new(&program), &pages, count)?;
        println!(
            "changedetection.io / tidings: first {:.0}, unchanged {:.0}, changed {:.0}",
            theirs.first / ours.first,
            theirs.unchanged / ours.unchanged,
            theirs.changed / ours.changed
        );
    }
    Ok(())
}

fn watch(pages: &Pages, count: u32, window: Duration) -> Result<Costs> {
    let setting = Setting::new((0..count).map(|page| pages.url(1, page)), "1s")?;
    let daemon = setting.serve()?;
    let at_start = daemon.used()?;
    wait_for_runs(&daemon, count)?;
    let after = daemon.used()?;
    let first = (after.cpu_s - at_start.cpu_s) * 1e3 / f64::from(count);
    println!("tidings, first: {first:.3} ms of CPU a check");
    // What the first visits have left to the index is no part of what follows.
    std::thread::sleep(Duration::from_secs(5));
    let unchanged = cost(&daemon, pages, window, "unchanged")?;
    pages.get("/moving")?;
    let new = daemon.counter("tidings_findings_total", "\"new\"")?;
    let runs = daemon.counter("tidings_runs_total", "\"ok\"")?;
    let changed = cost(&daemon, pages, window, "changed")?;
    let new = daemon.counter("tidings_findings_total", "\"new\"")? - new;
    let runs = daemon.counter("tidings_runs_total", "\"ok\"")? - runs;
    let (children, held) = daemon.children_mib()?;
    let private = daemon.private_mib()?;
    println!("{new} changes found in {runs} runs; {private:.1} MiB private, and {held:.1} in {children} children");
    pages.get("/still")?;
    if runs == 0.0 || new < runs * 0.9 {
        return Err("changes were missed".into());
    }
    Ok(Costs { first, unchanged, changed })
}

/// Waits until `count` runs have ended.
fn wait_for_runs(daemon: &Daemon, count: u32) -> Result<()> {
    let began = Instant::now();
    while daemon.counter("tidings_runs_total", "")? < f64::from(count) {
        if Duration::from_secs(600) < began.elapsed() {
            return Err("the pages are not visited as they should be".into());
        }
        std::thread::sleep(Duration::from_millis(200));
    }
    Ok(())
}

/// CPU milliseconds a check while `window` passes.
fn cost(daemon: &Daemon, pages: &Pages, window: Duration, name: &str) -> Result<f64> {
    let (before, asked) = (daemon.used()?, pages.asked()?);
    std::thread::sleep(window);
    let (after, asked) = (daemon.used()?, pages.asked()? - asked);
    let each = |seconds: f64| seconds * 1e3 / asked.max(1) as f64;
    let cost = each(after.cpu_s - before.cpu_s);
    let children = each(after.children_s - before.children_s);
    println!("tidings, {name}: {cost:.3} ms of CPU a check, {children:.3} of it in plugin processes; {asked} checks");
    Ok(cost)
}

fn changedetection(program: &Path, pages: &Pages, count: u32) -> Result<Costs> {
    let dir = TempDir::new()?;
    let urls: Vec<String> = (0..count).map(|page| pages.url(1, page)).collect();
    let run = |name: &str, create: bool, arguments: &[&str]| -> Result<f64> {
        let (before, asked) = (used("self")?, pages.asked()?);
        let mut command = Command::new(program);
        command.args(["-b", "-h", "127.0.0.1", "-p", "0", "-l", "WARNING", "-d"]).arg(dir.path().join("data"));
        command.args(create.then_some("-C")).args(arguments).current_dir(dir.path()).env("HOME", dir.path());
        command.env("ALLOW_IANA_RESTRICTED_ADDRESSES", "true").env("DISABLE_VERSION_CHECK", "yes");
        command.env("FETCH_WORKERS", "10").env("LISTEN_HOST", "127.0.0.1").env("no_proxy", "127.0.0.1");
        let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status()?;
        let (used, asked) = (used("self")?.children_s - before.children_s, pages.asked()? - asked);
        println!("changedetection.io, {name}: {used:.2} s of CPU, {asked} checks, {status}");
        Ok(used)
    };
    let start = run("start only", true, &[])?;
    let each = |seconds: f64| (seconds - start) * 1e3 / f64::from(count);
    let named: Vec<&str> = urls.iter().flat_map(|url| ["-u", url]).collect();
    let first = each(run("first", true, &named)?);
    let unchanged = each(run("unchanged", false, &["-r", "all"])?);
    pages.get("/edit")?;
    let changed = each(run("changed", false, &["-r", "all"])?);
    println!("changedetection.io: first {first:.2}, unchanged {unchanged:.2}, changed {changed:.2} ms of CPU a check");
    Ok(Costs { first, unchanged, changed })
}
