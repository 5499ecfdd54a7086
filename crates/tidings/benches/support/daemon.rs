//! The built daemon with a configuration and a data directory of its own, and what it uses.

use std::error::Error;
use std::fmt::Write as _;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use crate::pages::get;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// A configuration with pages to watch.
pub(crate) struct Setting {
    dir: TempDir,
}

impl Setting {
    /// Each of `urls` is a source, visited `every` so often.
    pub(crate) fn new(urls: impl Iterator<Item = String>, every: &str) -> Result<Self> {
        let mut sources = String::new();
        for (number, url) in urls.enumerate() {
            writeln!(
                sources,
                "[[source]]\nid = \"page-{number}\"\nplugin = \"site-watch\"\nschedule = {{ every = \"{every}\" }}\n\
                 params = {{ url = \"{url}\" }}"
            )?;
        }
        Self::with(&sources)
    }

    /// Tagged by the taxonomy that ships, and with `further` in its configuration.
    pub(crate) fn with(further: &str) -> Result<Self> {
        let setting = Self { dir: TempDir::new()? };
        let taxonomy = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../config/taxonomy"));
        let files = ["competitors.toml", "pains.toml", "intents.toml", "other.toml", "severity.toml"]
            .map(|name| taxonomy.join(name));
        let settings = format!(
            "[daemon]\ndata_dir = {:?}\nlisten = \"127.0.0.1:0\"\n[taxonomy]\nfiles = {files:?}\n\
             [fetch]\nallow_private_networks = [\"127.0.0.0/8\"]\nper_host_interval = \"0s\"\nper_host_concurrency = 8\n",
            setting.data_dir(),
        );
        std::fs::write(setting.config(), settings + further)?;
        setting.install()?;
        Ok(setting)
    }

    /// Puts the program and its plugins where nothing else lies, as they are shipped. `TIDINGS_BENCH_PROGRAM` names
    /// another build, with its plugins in `deps` beside it.
    fn install(&self) -> Result<()> {
        let other = std::env::var_os("TIDINGS_BENCH_PROGRAM");
        let built = other.as_ref().map_or(Path::new(env!("CARGO_BIN_EXE_tidings")), Path::new);
        let plugins = self.dir.path().join("plugins");
        std::fs::create_dir(&plugins)?;
        std::fs::copy(built, self.program())?;
        for entry in std::fs::read_dir(built.with_file_name("deps"))? {
            let path = entry?.path();
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            if name.starts_with("libtidings_plugin_") && path.extension().is_some_and(|suffix| suffix == "so") {
                std::fs::copy(&path, plugins.join(name))?;
            }
        }
        Ok(())
    }

    fn program(&self) -> PathBuf {
        self.dir.path().join("tidings")
    }

    pub(crate) fn data_dir(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    fn config(&self) -> PathBuf {
        self.dir.path().join("tidings.toml")
    }

    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(self.program());
        command.arg("--config").arg(self.config()).stderr(Stdio::null());
        command
    }

    pub(crate) fn serve(&self) -> Result<Daemon> {
        let mut child = self.command().arg("serve").stdout(Stdio::piped()).spawn()?;
        let mut line = String::new();
        BufReader::new(child.stdout.take().ok_or("stdout is piped")?).read_line(&mut line)?;
        let address = line.split_whitespace().find_map(|word| word.strip_prefix("http://"));
        let address = address.ok_or("the daemon did not come up")?.trim_end_matches(',').to_owned();
        Ok(Daemon { child, address })
    }
}

/// `tidings serve`; asked to stop when dropped.
pub(crate) struct Daemon {
    child: Child,
    address: String,
}

/// What a process has used so far.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Used {
    /// User and system time, with that of all children; Linux counts them in hundredths of a second.
    pub(crate) cpu_s: f64,
    /// Of which children.
    pub(crate) children_s: f64,
}

impl Daemon {
    pub(crate) fn used(&self) -> Result<Used> {
        let ended = used(&self.child.id().to_string())?;
        let alive: f64 = self.children()?.iter().filter_map(|child| used(child).ok()).map(|used| used.cpu_s).sum();
        Ok(Used { cpu_s: ended.cpu_s + alive, children_s: ended.children_s + alive })
    }

    /// Process ids of the children that have not ended: plugin processes, and those kept to be copied.
    fn children(&self) -> Result<Vec<String>> {
        let mut children = Vec::new();
        for task in std::fs::read_dir(format!("/proc/{}/task", self.child.id()))? {
            // A thread may end meanwhile.
            let of_task = std::fs::read_to_string(task?.path().join("children")).unwrap_or_default();
            children.extend(of_task.split_whitespace().map(str::to_owned));
        }
        Ok(children)
    }

    /// Private memory of the daemon alone.
    pub(crate) fn private_mib(&self) -> Result<f64> {
        private_mib(&self.child.id().to_string())
    }

    /// How many children are alive, and their private memory.
    pub(crate) fn children_mib(&self) -> Result<(usize, f64)> {
        let children = self.children()?;
        Ok((
            children.len(),
            children.iter().filter_map(|child| private_mib(child).ok()).fold(0.0, |sum, held| sum + held),
        ))
    }

    /// The sum of a counter over those of its labels that contain `label`.
    pub(crate) fn counter(&self, name: &str, label: &str) -> Result<f64> {
        let metrics = get(&self.address, "/metrics")?;
        let lines = metrics.lines().filter(|line| line.starts_with(name) && line.contains(label));
        Ok(lines.filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok()).sum())
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let stopped = Command::new("kill").arg(self.child.id().to_string()).status();
        if let Err(error) = stopped.and_then(|_| self.child.wait()) {
            eprintln!("cannot end the daemon: {error}");
        }
    }
}

/// What the process `pid`, or `self`, has used.
pub(crate) fn used(pid: &str) -> Result<Used> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"))?;
    let (_, after_name) = stat.rsplit_once(") ").ok_or("no command in /proc/PID/stat")?;
    let ticks: Vec<f64> =
        after_name.split(' ').skip(11).take(4).map(str::parse).collect::<std::result::Result<_, _>>()?;
    let [user, system, user_of_children, system_of_children] = ticks[..] else { return Err("a short stat".into()) };
    let children_s = (user_of_children + system_of_children) / 100.0;
    Ok(Used { cpu_s: (user + system) / 100.0 + children_s, children_s })
}

fn private_mib(pid: &str) -> Result<f64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:")).ok_or("no RssAnon")?;
    Ok(line.trim().trim_end_matches(" kB").parse::<f64>()? / 1024.0)
}
