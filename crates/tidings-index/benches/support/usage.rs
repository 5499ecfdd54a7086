//! What a piece of work costs this process.

use std::error::Error;
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use tempfile::TempDir;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// Measures `work` in an empty folder, and returns its CPU seconds.
pub(crate) fn report(name: &str, count: usize, work: impl FnOnce(&Path) -> Result<()>) -> Result<f64> {
    let dir = TempDir::new()?;
    let path = dir.path().join("data");
    let used = measure(|| work(&path))?;
    println!(
        "{name}: {:.0} findings per CPU second, {} bytes a finding on disk, {:.0} MiB private at most",
        count as f64 / used.cpu_seconds,
        bytes_of(&path)? / count as u64,
        used.peak_mib,
    );
    Ok(used.cpu_seconds)
}

/// Cost of a piece of work.
pub(crate) struct Usage {
    pub(crate) cpu_seconds: f64,
    /// Private memory at its highest, beyond what was held before.
    pub(crate) peak_mib: f64,
}

/// Does `work` and says what it cost, sampling memory meanwhile.
pub(crate) fn measure(work: impl FnOnce() -> Result<()>) -> Result<Usage> {
    let held = private_mib()?;
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        let sampler = scope.spawn(|| {
            let mut peak = 0.0_f64;
            while !done.load(Ordering::Relaxed) {
                peak = peak.max(private_mib().unwrap_or(0.0));
                thread::sleep(Duration::from_millis(20));
            }
            peak
        });
        let before = cpu_seconds()?;
        let outcome = work();
        let after = cpu_seconds()?;
        done.store(true, Ordering::Relaxed);
        let peak = sampler.join().map_err(|_| "the sampler panicked")?;
        outcome.map(|()| Usage { cpu_seconds: after - before, peak_mib: peak - held })
    })
}

/// Bytes of all files in `folder`, those of its folders included.
fn bytes_of(folder: &Path) -> Result<u64> {
    let mut bytes = 0;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let about = entry.metadata()?;
        bytes += if about.is_dir() { bytes_of(&entry.path())? } else { about.len() };
    }
    Ok(bytes)
}

/// User and system time of this process; Linux counts them in hundredths of a second.
fn cpu_seconds() -> Result<f64> {
    let stat = fs::read_to_string("/proc/self/stat")?;
    let (_, after_name) = stat.rsplit_once(") ").ok_or("no command in /proc/self/stat")?;
    let mut ticks = 0.0;
    for field in after_name.split(' ').skip(11).take(2) {
        ticks += field.parse::<f64>()?;
    }
    Ok(ticks / 100.0)
}

fn private_mib() -> Result<f64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:")).ok_or("no RssAnon")?;
    Ok(line.trim().trim_end_matches(" kB").parse::<f64>()? / 1024.0)
}
