//! The command line: words, flags, help.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use tidings_model::{AlertId, SourceId};

/// Self-hosted monitor for competitor and market research.
#[derive(Debug, Parser)]
#[command(name = "tidings", version, about, max_term_width = 100, propagate_version = true)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Flags that every command takes.
#[derive(Clone, Debug, Args)]
pub(crate) struct Global {
    /// Configuration file.
    #[arg(long, global = true, value_name = "FILE", env = "TIDINGS_CONFIG", default_value = "config/tidings.toml")]
    pub(crate) config: PathBuf,
    /// Where everything is kept; instead of the configuration's `data_dir`.
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) data_dir: Option<PathBuf>,
    /// A folder searched for plugins before all others; may be repeated.
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) plugin_dir: Vec<PathBuf>,
    /// Answer in JSON.
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Log more; may be repeated. `RUST_LOG` chooses in detail.
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run the daemon: scheduler, index and API.
    Serve,
    /// One pass over what is due, or over the sources named, then exit.
    Once {
        #[arg(value_name = "SOURCE")]
        sources: Vec<SourceId>,
    },
    /// Search the archive.
    Search(SearchArgs),
    /// Sources and their health.
    #[command(subcommand)]
    Source(SourceCommand),
    /// Plugins: what they are, and a run outside the daemon.
    #[command(subcommand)]
    Plugin(PluginCommand),
    /// Alerts: what stands, what they would have brought, a test message.
    #[command(subcommand)]
    Alert(AlertCommand),
    /// What others keep for you, as alerts and sources to put into the configuration.
    #[command(subcommand)]
    Import(ImportCommand),
    /// The search index.
    #[command(subcommand)]
    Index(IndexCommand),
    /// Tag the whole archive again by the taxonomy in force, or go on with it.
    Retag,
    /// Keys to the API.
    #[command(subcommand)]
    Key(KeyCommand),
    /// The configuration.
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Check this machine: sandbox, plugins, store, index.
    Doctor,
    /// A small made-up market on this machine, watched while you look. Needs no network.
    Demo {
        /// Port of the API; 0 takes any free one.
        #[arg(long, default_value_t = 8787)]
        port: u16,
        /// Stop by itself after so many seconds.
        #[arg(long, value_name = "SECONDS")]
        seconds: Option<u64>,
    },
}

#[derive(Debug, Args)]
pub(crate) struct SearchArgs {
    /// Words, "phrases", a OR b, -without, pric*, tier:1, since:7d … The whole language is in
    /// docs/query-language.md.
    #[arg(value_name = "QUERY", default_value = "", allow_hyphen_values = true)]
    pub(crate) query: String,
    /// `all` words must match (default), or `any`.
    #[arg(long = "match", value_name = "all|any")]
    pub(crate) match_mode: Option<String>,
    /// A filter such as `tier=1` or `pain=price`; repeat one name for OR, several for AND.
    #[arg(long = "filter", short = 'f', value_name = "NAME=VALUE")]
    pub(crate) filters: Vec<String>,
    /// From this day or time on, e.g. 2026-11-01.
    #[arg(long)]
    pub(crate) from: Option<String>,
    /// Up to this day or time.
    #[arg(long)]
    pub(crate) to: Option<String>,
    /// newest, oldest, relevance or engagement.
    #[arg(long)]
    pub(crate) sort: Option<String>,
    /// How many, 1 to 100.
    #[arg(long, default_value_t = 20)]
    pub(crate) limit: usize,
    /// Count values, e.g. tier,pain.
    #[arg(long, value_delimiter = ',')]
    pub(crate) facets: Vec<String>,
    /// Go on where an earlier answer's `next` left off.
    #[arg(long)]
    pub(crate) cursor: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum SourceCommand {
    /// Every source and its health.
    List,
    /// Check the sources' plugins and params without fetching.
    Check {
        #[arg(value_name = "SOURCE")]
        sources: Vec<SourceId>,
    },
    /// Visit a source now.
    Run { source: SourceId },
    /// Visit a source no more until `resume`.
    Pause { source: SourceId },
    /// Visit a paused source again.
    Resume { source: SourceId },
    /// Look at a site once, and print source blocks for what is worth watching there.
    Suggest {
        /// e.g. `acme.example`, or the address of a page with the site's menu.
        domain: String,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum AlertCommand {
    /// Every alert, of the configuration and made through the API.
    List,
    /// What an alert would have brought in the last 7, 30 and 90 days.
    Preview {
        /// A query, as it would stand in an alert.
        #[arg(value_name = "QUERY", allow_hyphen_values = true, conflicts_with = "alert")]
        query: Option<String>,
        /// An alert that is there, instead of a query.
        #[arg(long, value_name = "ALERT")]
        alert: Option<AlertId>,
    },
    /// Send one marked message to each of an alert's targets, and show what they answer.
    Test { alert: AlertId },
}

#[derive(Debug, Subcommand)]
pub(crate) enum PluginCommand {
    /// Every plugin found, and those that cannot be loaded.
    List,
    /// One plugin: params, examples, limits.
    Info { id: String },
    /// Begin a plugin that passes `plugin check` and `plugin test`.
    New(NewArgs),
    /// Everything that a plugin must hold, and what to do where it does not.
    Check { path: PathBuf },
    /// Build, run sandboxed, and print each call; again whenever a file changes.
    Dev {
        path: PathBuf,
        /// The recording that stands for the web; the live site when absent.
        #[arg(long, value_name = "DIR")]
        replay: Option<PathBuf>,
        #[command(flatten)]
        params: ParamsArgs,
        /// Run once, and end.
        #[arg(long)]
        once: bool,
    },
    /// Run a plugin once and print what it finds; nothing is stored.
    Run {
        path: PathBuf,
        #[command(flatten)]
        params: ParamsArgs,
        /// The recording that stands for the web.
        #[arg(long, value_name = "DIR", conflicts_with_all = ["params", "example", "grant_host"])]
        replay: Option<PathBuf>,
    },
    /// Run a plugin against the live site, and keep the exchange as a recording.
    Record {
        path: PathBuf,
        #[command(flatten)]
        params: ParamsArgs,
        /// A new folder for the recording, e.g. acme/tests/recordings/front.
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
    },
    /// Replay a plugin's recordings, and let the web go wrong.
    Test {
        path: PathBuf,
        /// Where the recordings lie; `tests/recordings` beside the plugin when absent.
        #[arg(long, value_name = "DIR")]
        recordings: Option<PathBuf>,
        /// Take what the plugin does now for what is expected.
        #[arg(long)]
        bless: bool,
    },
    /// Check a plugin and put it into the data folder; a running daemon takes it up.
    Install { path: PathBuf },
    /// Write a recipe as a plugin in Rust that does the same, to be changed by hand.
    Eject {
        /// The `NAME.recipe.toml`, or a folder with one.
        path: PathBuf,
        /// Where its folder is made.
        #[arg(long, value_name = "DIR", default_value = ".")]
        dir: PathBuf,
        #[command(flatten)]
        sdk: SdkArgs,
    },
}

/// What a plugin is run with.
#[derive(Debug, Args)]
pub(crate) struct ParamsArgs {
    /// Its params, as JSON.
    #[arg(long, value_name = "JSON")]
    pub(crate) params: Option<String>,
    /// The example of its manifest to take the params from, counted from 0.
    #[arg(long, value_name = "N", default_value_t = 0, conflicts_with = "params")]
    pub(crate) example: usize,
    /// Hosts beyond those of its manifest.
    #[arg(long, value_name = "HOST")]
    pub(crate) grant_host: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct NewArgs {
    /// Its id: a letter, then a-z, 0-9 and -.
    pub(crate) name: String,
    #[arg(long, value_enum)]
    pub(crate) lang: Lang,
    /// forum, news, competitor, keyword, feed, social or custom.
    #[arg(long, default_value = "custom")]
    pub(crate) kind: String,
    /// Where its folder is made.
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub(crate) dir: PathBuf,
    /// The page to read: fetched once, to guess how.
    #[arg(long, value_name = "URL")]
    pub(crate) url: Option<String>,
    #[command(flatten)]
    pub(crate) sdk: SdkArgs,
}

/// Where a plugin in Rust finds the SDK.
#[derive(Debug, Args)]
pub(crate) struct SdkArgs {
    /// `crates/tidings-sdk` of a checkout of Tidings, for a plugin in Rust.
    #[arg(long, value_name = "PATH", conflicts_with = "sdk_git")]
    pub(crate) sdk_path: Option<PathBuf>,
    /// The git repository of Tidings, for a plugin in Rust.
    #[arg(long, value_name = "URL")]
    pub(crate) sdk_git: Option<String>,
}

/// What a plugin is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Lang {
    Rust,
    Python,
    Recipe,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ImportCommand {
    /// Google Alerts: an `[[alert]]` for each, and a `[[source]]` that feeds it.
    GoogleAlerts {
        /// The addresses of their feeds (one a line, OPML or a page), the JSON of Google Takeout,
        /// or one query a line; `-` reads what is piped in.
        file: PathBuf,
        /// Make the alerts in the running daemon, instead of printing blocks for the configuration.
        #[arg(long)]
        apply: bool,
        /// Make the sources that are offered too.
        #[arg(long, requires = "apply")]
        sources: bool,
    },
    /// The feeds of a feed reader: a `[[source]]` for each, with its folders as labels.
    Opml {
        /// What the feed reader exported; `-` reads what is piped in.
        file: PathBuf,
        /// Make the sources in the running daemon, instead of printing blocks for the configuration.
        #[arg(long)]
        apply: bool,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum IndexCommand {
    /// Build the index anew from the log.
    Rebuild,
    /// Compare the index with the log, and print what differs.
    Verify,
}

#[derive(Debug, Subcommand)]
pub(crate) enum KeyCommand {
    /// Make a key, and show it this once.
    Create {
        name: String,
        /// reader, editor or admin.
        #[arg(long, default_value = "reader")]
        role: String,
    },
    /// Every key, without its secret.
    List,
    /// Take a key back, by id or name.
    Revoke { key: String },
}

#[derive(Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    /// Check configuration, taxonomy, plugins and params.
    Check,
}
