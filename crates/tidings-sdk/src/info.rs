//! What a plugin says of itself, written as a `const`.

use crate::{FindingKind, Kind};

/// What a plugin says of itself; with its params' schema and its examples this
/// becomes the manifest.
///
/// ```
/// use tidings_sdk::{FindingKind, Info, Kind};
///
/// const INFO: Info = Info::new("acme-forum", "Acme forum", Kind::Forum)
///     .summary("New topics of one section")
///     .every("30m")
///     .hosts(&["forum.acme.example"])
///     .emits(&[FindingKind::Post]);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Info {
    pub(crate) id: &'static str,
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    pub(crate) version: Option<&'static str>,
    pub(crate) summary: &'static str,
    pub(crate) homepage: Option<&'static str>,
    pub(crate) maintainers: &'static [&'static str],
    pub(crate) license: Option<&'static str>,
    pub(crate) every: Option<&'static str>,
    pub(crate) jitter: Option<&'static str>,
    pub(crate) entry: &'static [&'static str],
    pub(crate) delays: &'static [HostDelay],
    pub(crate) max_requests: Option<u32>,
    pub(crate) hosts: &'static [&'static str],
    pub(crate) hosts_from_params: &'static [&'static str],
    pub(crate) post: bool,
    pub(crate) secrets: &'static [&'static str],
    pub(crate) folder_from_params: Option<&'static str>,
    pub(crate) max_runtime_s: Option<u64>,
    pub(crate) max_memory_mb: Option<u64>,
    pub(crate) stateless: bool,
    pub(crate) detect: &'static [(&'static str, &'static str)],
    pub(crate) emits: &'static [FindingKind],
    pub(crate) empty_is_normal: bool,
}

/// How one host wants to be asked. May only be stricter than the operator's own settings.
#[derive(Clone, Copy, Debug)]
pub struct HostDelay {
    pub host: &'static str,
    /// Shortest pause between two requests.
    pub min_delay_ms: u64,
    pub max_parallel: u32,
}

impl Info {
    /// `id` is a letter, then 1 to 40 of `a-z`, `0-9` and `-`.
    pub const fn new(id: &'static str, name: &'static str, kind: Kind) -> Self {
        Self {
            id,
            name,
            kind,
            version: None,
            summary: "",
            homepage: None,
            maintainers: &[],
            license: None,
            every: None,
            jitter: None,
            entry: &[],
            delays: &[],
            max_requests: None,
            hosts: &[],
            hosts_from_params: &[],
            post: false,
            secrets: &[],
            folder_from_params: None,
            max_runtime_s: None,
            max_memory_mb: None,
            stateless: false,
            detect: &[],
            emits: &[],
            empty_is_normal: false,
        }
    }

    /// Instead of the crate's own version.
    pub const fn version(mut self, version: &'static str) -> Self {
        self.version = Some(version);
        self
    }

    /// One sentence: what it finds.
    pub const fn summary(mut self, summary: &'static str) -> Self {
        self.summary = summary;
        self
    }

    /// Instead of the crate's own homepage.
    pub const fn homepage(mut self, url: &'static str) -> Self {
        self.homepage = Some(url);
        self
    }

    pub const fn maintainers(mut self, maintainers: &'static [&'static str]) -> Self {
        self.maintainers = maintainers;
        self
    }

    /// Instead of the crate's own licence.
    pub const fn license(mut self, license: &'static str) -> Self {
        self.license = Some(license);
        self
    }

    /// How often to visit when the source does not say, e.g. `30m`.
    pub const fn every(mut self, every: &'static str) -> Self {
        self.every = Some(every);
        self
    }

    /// Random share by which visits are spread, e.g. `10%`.
    pub const fn jitter(mut self, jitter: &'static str) -> Self {
        self.jitter = Some(jitter);
        self
    }

    /// Requests that the daemon makes first, conditionally: when every answer is as it was at
    /// the last good run, none is started. Templates over the params: `{params.NAME}`.
    /// Only where nothing can be new while these are unchanged; see [`Ctx::beyond_entry`](crate::Ctx::beyond_entry).
    pub const fn entry(mut self, urls: &'static [&'static str]) -> Self {
        self.entry = urls;
        self
    }

    pub const fn delays(mut self, delays: &'static [HostDelay]) -> Self {
        self.delays = delays;
        self
    }

    /// Most requests of one run.
    pub const fn max_requests(mut self, requests: u32) -> Self {
        self.max_requests = Some(requests);
        self
    }

    /// Hosts that it may fetch from: `example.com`, `*.example.com`, or `*` for any public host.
    pub const fn hosts(mut self, hosts: &'static [&'static str]) -> Self {
        self.hosts = hosts;
        self
    }

    /// JSON pointers to params whose URL or host name may be fetched from, e.g. `/base_url`.
    pub const fn hosts_from_params(mut self, pointers: &'static [&'static str]) -> Self {
        self.hosts_from_params = pointers;
        self
    }

    /// It sends `POST` requests.
    pub const fn post(mut self) -> Self {
        self.post = true;
        self
    }

    /// Names of secrets that it may ask the daemon to add, see [`Request::auth`](crate::Request::auth).
    pub const fn secrets(mut self, names: &'static [&'static str]) -> Self {
        self.secrets = names;
        self
    }

    /// JSON pointer to the param that names a folder to read, see [`Ctx::files`](crate::Ctx::files).
    pub const fn folder_from_params(mut self, pointer: &'static str) -> Self {
        self.folder_from_params = Some(pointer);
        self
    }

    /// Longest run in seconds, 1 to 1800; 600 when not said.
    pub const fn max_runtime_s(mut self, seconds: u64) -> Self {
        self.max_runtime_s = Some(seconds);
        self
    }

    /// Most memory in MiB; 256 when not said.
    pub const fn max_memory_mb(mut self, mib: u64) -> Self {
        self.max_memory_mb = Some(mib);
        self
    }

    /// It keeps nothing from run to run, neither in memory nor in threads: the daemon may then let one
    /// process serve several runs, of several sources, one after the other, which costs half as much.
    pub const fn stateless(mut self) -> Self {
        self.stateless = true;
        self
    }

    /// URLs that it knows how to watch, each with the params, as JSON, that do it:
    /// `("https://forum.acme.example/{section}", r#"{"section": "{section}"}"#)`.
    pub const fn detect(mut self, patterns: &'static [(&'static str, &'static str)]) -> Self {
        self.detect = patterns;
        self
    }

    /// The kinds of findings it emits.
    pub const fn emits(mut self, kinds: &'static [FindingKind]) -> Self {
        self.emits = kinds;
        self
    }

    /// A visit that finds nothing at all is no fault, e.g. a search for rare words.
    pub const fn empty_is_normal(mut self) -> Self {
        self.empty_is_normal = true;
        self
    }
}
