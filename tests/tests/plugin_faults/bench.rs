//! A supervisor with small limits, the fault plugin, and a record of its calls.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;
use tidings_fetch::guard::PrivateNetworks;
use tidings_fetch::{FetchConfig, Fetcher};
use tidings_model::{ByteSize, SystemClock};
use tidings_plugins::{Calls, Catalog, Job, Launcher, Plugin, PluginsConfig, RunEnd, Supervisor};
use tidings_protocol::{Finding, LogLine, Outcome, Progress, Reply, Skip, Snapshot, SnapshotPut, code};
use tokio::sync::OnceCell;
use tokio_util::sync::CancellationToken;

/// Everything that one test needs, in a folder of its own.
pub(crate) struct Bench {
    pub(crate) dir: TempDir,
    pub(crate) config: PluginsConfig,
}

impl Bench {
    pub(crate) fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("plugins")).unwrap();
        std::os::unix::fs::symlink(tidings_tests::tidings(), dir.path().join("tidings")).unwrap();
        let config = PluginsConfig {
            // Long, since a busy machine is no fault; the tests of the timers have shorter ones.
            stall: Duration::from_secs(120),
            max_runtime: Duration::from_secs(120),
            handshake: Duration::from_secs(60),
            grace: Duration::from_millis(200),
            cpu: Duration::from_secs(1),
            memory: ByteSize::mib(64),
            ..PluginsConfig::default()
        };
        Self { dir, config }
    }

    /// Waits 400 ms for a plugin whose turn it is.
    pub(crate) fn quick_to_stall() -> Self {
        let mut bench = Self::new();
        bench.config.stall = Duration::from_millis(400);
        bench
    }

    pub(crate) fn plugins_dir(&self) -> PathBuf {
        self.dir.path().join("plugins")
    }

    pub(crate) fn store_dir(&self) -> PathBuf {
        self.dir.path().join("store")
    }

    /// Where the fault plugin lies, once [`Bench::catalog`] has put it there.
    pub(crate) fn fault_file(&self) -> PathBuf {
        self.plugins_dir().join("libtidings_plugin_fault.so")
    }

    pub(crate) async fn catalog(&self) -> Catalog {
        if !self.fault_file().exists() {
            put_settled(&fault_library(), &self.fault_file());
        }
        self.discover(self.launcher()).await
    }

    /// The real binary, under a name that tells this bench's processes from others.
    pub(crate) fn launcher(&self) -> Launcher {
        Launcher::plugin_host(self.dir.path().join("tidings"))
    }

    pub(crate) async fn discover(&self, launcher: Launcher) -> Catalog {
        Catalog::discover(&[self.plugins_dir()], &self.store_dir(), launcher, &self.config).await.unwrap()
    }

    /// The fault plugin, from a store that all benches share.
    pub(crate) async fn fault(&self) -> Arc<Plugin> {
        static FAULT: OnceCell<Arc<Plugin>> = OnceCell::const_new();
        let discovered = FAULT.get_or_init(async || {
            let dir = tidings_tests::target_dir().join("plugin-faults");
            std::fs::create_dir_all(&dir).unwrap();
            let link = dir.join("libtidings_plugin_fault.so");
            if link.is_symlink() {
                std::fs::remove_file(&link).unwrap();
            }
            std::os::unix::fs::symlink(fault_library(), link).unwrap();
            let config = PluginsConfig::default();
            let catalog = Catalog::discover(std::slice::from_ref(&dir), &dir.join("store"), self.launcher(), &config)
                .await
                .unwrap();
            let plugin = catalog.plugin(&"fault".parse().unwrap());
            plugin.unwrap_or_else(|| panic!("{:?}", catalog.problems()))
        });
        Arc::clone(discovered.await)
    }

    pub(crate) fn supervisor(&self) -> Supervisor {
        self.supervisor_of(self.launcher())
    }

    pub(crate) fn supervisor_of(&self, launcher: Launcher) -> Supervisor {
        let fetch = FetchConfig {
            allow_private_networks: PrivateNetworks::Allowed,
            respect_robots: false,
            per_host_interval: Duration::ZERO,
            ..FetchConfig::default()
        };
        let clock = Arc::new(SystemClock);
        let fetcher = Fetcher::new(fetch, clock.clone(), None).unwrap();
        Supervisor::new(self.config.clone(), launcher, fetcher, clock)
    }

    /// Runs the fault plugin with `params`.
    pub(crate) async fn run(&self, params: Value) -> (RunEnd, Record) {
        self.run_job(job(params)).await
    }

    pub(crate) async fn run_job(&self, job: Job) -> (RunEnd, Record) {
        let plugin = self.fault().await;
        let mut record = Record::default();
        let end = self.supervisor().run(&plugin, job, &mut record, CancellationToken::new()).await;
        assert_eq!(self.processes(), Vec::<String>::new(), "a process was left behind");
        (end, record)
    }

    /// The code and the message that a run with `params` fails with.
    pub(crate) async fn failure(&self, params: Value) -> (String, String) {
        let (end, _) = self.run(params).await;
        let error = end.result.expect_err("the fault fails the run");
        (error.code, error.message)
    }

    /// What a run with `params` says in its summary.
    pub(crate) async fn summary(&self, job: Job) -> String {
        let (end, _) = self.run_job(job).await;
        end.result.unwrap_or_else(|error| panic!("{error}\n{}", end.log_tail)).summary.unwrap_or_default()
    }

    /// Command lines of the living processes that run a plugin for this bench: all but
    /// the one that is kept to be copied.
    pub(crate) fn processes(&self) -> Vec<String> {
        let mut lines: Vec<String> = self.started().into_iter().map(|(_, line)| line).collect();
        if let Some(original) = lines.iter().position(|line| line.contains(" plugin-host fork ")) {
            lines.remove(original);
        }
        lines
    }

    /// Whether a plugin has its own thread by now, which it is called on.
    pub(crate) fn is_at_work(&self) -> bool {
        let threads =
            self.started().into_iter().filter_map(|(pid, _)| std::fs::read_dir(format!("/proc/{pid}/task")).ok());
        let mut names = threads.flatten().flatten().filter_map(|task| std::fs::read(task.path().join("comm")).ok());
        names.any(|name| name.trim_ascii() == b"plugin")
    }

    /// Process id and command line of all that was started for this bench. The folder's
    /// name stands in each, and in no other's.
    pub(crate) fn started(&self) -> Vec<(u32, String)> {
        let mark = self.dir.path().to_str().unwrap();
        let processes = std::fs::read_dir("/proc").unwrap().flatten();
        processes
            .filter_map(|process| {
                let pid = process.file_name().to_str()?.parse().ok()?;
                let line = std::fs::read(process.path().join("cmdline")).ok()?;
                Some((pid, String::from_utf8_lossy(&line).replace('\0', " ")))
            })
            .filter(|(_, line)| line.contains(mark))
            .collect()
    }
}

pub(crate) fn job(params: Value) -> Job {
    Job::new("run-1", "bench".parse().unwrap(), params)
}

/// Faults that end their process, each with the code that its run ends with.
pub(crate) fn deadly() -> [(Value, &'static str); 5] {
    [
        (json!({"fault": "panic"}), code::PLUGIN_PANIC),
        (json!({"fault": "null_write"}), code::CRASH_SIGNAL),
        (json!({"fault": "stack_overflow"}), code::CRASH_STACK_OVERFLOW),
        (json!({"fault": "memory_bomb"}), code::CRASH_OOM),
        (json!({"fault": "exit", "code": 0}), code::CRASH_EXIT_WITHOUT_RESULT),
    ]
}

fn fault_library() -> PathBuf {
    tidings_tests::target_dir().join("deps").join("libtidings_plugin_fault.so")
}

/// Copies `from` to `to` as a file that nobody has touched for a while.
pub(crate) fn put_settled(from: &Path, to: &Path) {
    let new = to.with_extension("new");
    std::fs::copy(from, &new).unwrap();
    settle(&new);
    std::fs::rename(new, to).unwrap();
}

/// Makes a file look as if nobody had touched it for a while.
pub(crate) fn settle(path: &Path) {
    let long_ago = std::time::SystemTime::now() - Duration::from_secs(60);
    std::fs::File::options().write(true).open(path).unwrap().set_modified(long_ago).unwrap();
}

/// The calls of a run, as the engine would get them.
#[derive(Debug, Default)]
pub(crate) struct Record {
    pub(crate) findings: Vec<Finding>,
    pub(crate) log: Vec<LogLine>,
}

impl Calls for Record {
    async fn emit(&mut self, finding: Finding) -> Reply<Outcome> {
        self.findings.push(finding);
        Ok(Outcome::New)
    }

    async fn seen(&mut self, keys: Vec<String>) -> Reply<Vec<bool>> {
        Ok(vec![false; keys.len()])
    }

    async fn state_get(&mut self, _: String) -> Reply<Option<Value>> {
        Ok(None)
    }

    async fn state_set(&mut self, _: String, _: Value) -> Reply<()> {
        Ok(())
    }

    async fn commit(&mut self) -> Reply<()> {
        Ok(())
    }

    async fn snapshot_latest(&mut self, _: String) -> Reply<Option<Snapshot>> {
        Ok(None)
    }

    async fn snapshot_put(&mut self, _: SnapshotPut) -> Reply<String> {
        Ok("1".to_owned())
    }

    fn skip(&mut self, _: Skip) {}

    fn log(&mut self, line: LogLine) {
        self.log.push(line);
    }

    fn progress(&mut self, _: Progress) {}
}

/// A web server on loopback that answers each request by `answer`, and keeps what it was asked.
pub(crate) struct Web {
    pub(crate) base: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Web {
    /// `answer` gets the whole head of a request, and gives a whole response.
    pub(crate) fn new(answer: impl Fn(&str) -> String + Send + Sync + 'static) -> Self {
        Self::at("127.0.0.1", answer)
    }

    pub(crate) fn at(address: &str, answer: impl Fn(&str) -> String + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind((address, 0)).unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (kept, answer) = (Arc::clone(&asked), Arc::new(answer));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (kept, answer) = (Arc::clone(&kept), Arc::clone(&answer));
                std::thread::spawn(move || serve(stream, &kept, &*answer));
            }
        });
        Self { base, asked }
    }

    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

fn serve(mut stream: TcpStream, kept: &Mutex<Vec<String>>, answer: &(impl Fn(&str) -> String + ?Sized)) {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|read| read == 1) {
        head.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    if head.is_empty() {
        return;
    }
    kept.lock().unwrap().push(head.clone());
    stream.write_all(answer(&head).as_bytes()).unwrap_or_default();
}

/// A response with its length; the connection ends with it.
pub(crate) fn response(status: &str, headers: &str, body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 {status}\r\n{headers}content-length: {length}\r\nconnection: close\r\n\r\n{body}")
}
