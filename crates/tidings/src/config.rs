//! The configuration file: read, checked, and put together from each crate's own part.
//!
//! `TIDINGS_TABLE_KEY` in the environment overrides a key of the tables `daemon`,
//! `fetch`, `plugins` and `alerts`, e.g. `TIDINGS_DAEMON_LISTEN=127.0.0.1:9000`.

mod environment;
mod position;

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use serde::Deserialize;
use tidings_alerts::{Alert, AlertPlace, AlertsConfig};
use tidings_engine::SourceConfig;
use tidings_fetch::FetchConfig;
use tidings_model::{AlertId, SourceId};
use tidings_plugins::PluginsConfig;

pub(crate) use position::{Position, Step};

/// The whole of `tidings.toml`. Every table is optional.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Config {
    pub(crate) daemon: DaemonConfig,
    pub(crate) fetch: FetchConfig,
    pub(crate) plugins: PluginsConfig,
    pub(crate) taxonomy: TaxonomyConfig,
    pub(crate) alerts: AlertsConfig,
    pub(crate) source: Vec<SourceConfig>,
    pub(crate) alert: Vec<Alert>,
}

/// The `[daemon]` table.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct DaemonConfig {
    /// Where everything is kept; relative to the working directory.
    pub(crate) data_dir: PathBuf,
    /// Address of the API. One that is no loopback address needs a key first.
    pub(crate) listen: SocketAddr,
}

impl Default for DaemonConfig {
    fn default() -> Self {
        Self { data_dir: PathBuf::from("data"), listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 8787)) }
    }
}

/// The `[taxonomy]` table.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct TaxonomyConfig {
    /// Relative to the configuration file.
    pub(crate) files: Vec<PathBuf>,
}

/// What is wrong with the configuration, and where.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConfigError {
    #[error("there is no configuration at {}; name one with --config FILE", path.display())]
    Missing { path: PathBuf },
    #[error("cannot read {}", path.display())]
    Unreadable { path: PathBuf, source: std::io::Error },
    #[error("{at}: {message}")]
    Invalid { at: Position, message: String },
    #[error("environment variable {variable}: {message}")]
    Environment { variable: String, message: String },
}

/// A configuration with the file it came from, so that later checks can say where.
#[derive(Clone, Debug)]
pub(crate) struct ConfigFile {
    pub(crate) path: PathBuf,
    pub(crate) config: Config,
    text: String,
}

impl ConfigFile {
    /// Reads and checks `path`, with the environment on top.
    ///
    /// # Errors
    ///
    /// The first key or value that is wrong, with file, line and column.
    pub(crate) fn load(path: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path).map_err(|source| match source.kind() {
            std::io::ErrorKind::NotFound => ConfigError::Missing { path: path.to_owned() },
            _ => ConfigError::Unreadable { path: path.to_owned(), source },
        })?;
        let variables = std::env::vars().filter(|(name, _)| name.starts_with("TIDINGS_"));
        Self::parse(path, text, &variables.collect())
    }

    fn parse(path: &Path, text: String, variables: &BTreeMap<String, String>) -> Result<Self, ConfigError> {
        let mut config: Config = toml::from_str(&text).map_err(|error| position::invalid(path, &text, &error))?;
        environment::apply(&text, variables, &mut config)?;
        let file = Self { path: path.to_owned(), config, text };
        file.check()?;
        Ok(file)
    }

    /// Where the value at `steps` stands, or the nearest table around it.
    pub(crate) fn position(&self, steps: &[Step<'_>]) -> Position {
        position::locate(&self.path, &self.text, steps)
    }

    /// The line of each source, in their order.
    pub(crate) fn lines_of_sources(&self) -> Vec<usize> {
        position::lines_of(&self.text, "source")
    }

    /// The alerts, each with where it stands; they are gone from here then.
    pub(crate) fn take_alerts(&mut self) -> Vec<(Alert, AlertPlace)> {
        let lines = position::lines_of(&self.text, "alert").into_iter().chain(std::iter::repeat(1));
        let alerts = std::mem::take(&mut self.config.alert).into_iter().zip(lines);
        alerts.map(|(alert, line)| (alert, AlertPlace { file: self.path.clone(), line })).collect()
    }

    /// The folder with templates of messages, relative to the configuration file.
    pub(crate) fn templates(&self) -> Option<PathBuf> {
        let folder = self.path.parent().unwrap_or(Path::new(""));
        self.config.alerts.templates.as_ref().map(|templates| folder.join(templates))
    }

    /// The taxonomy files, each relative to the configuration file.
    pub(crate) fn taxonomy_files(&self) -> Vec<PathBuf> {
        let folder = self.path.parent().unwrap_or(Path::new(""));
        self.config.taxonomy.files.iter().map(|file| folder.join(file)).collect()
    }

    /// Checks what a single value cannot say.
    fn check(&self) -> Result<(), ConfigError> {
        let mut seen: BTreeMap<&SourceId, usize> = BTreeMap::new();
        for (index, source) in self.config.source.iter().enumerate() {
            let at = |key| self.position(&[Step::Key("source"), Step::Index(index), Step::Key(key)]);
            if let Some(first) = seen.insert(&source.id, index) {
                let first = self.position(&[Step::Key("source"), Step::Index(first), Step::Key("id")]);
                let message =
                    format!("source `{}` is defined twice; the first stands in line {}", source.id, first.line);
                return Err(ConfigError::Invalid { at: at("id"), message });
            }
            if let Some(key) = source.secrets.keys().find(|key| !key.ends_with("_env") && !key.ends_with("_file")) {
                let message = format!(
                    "secret `{key}`: expected a name ending in `_env` or `_file`; secrets themselves do not belong in this file"
                );
                return Err(ConfigError::Invalid { at: at("secrets"), message });
            }
        }
        for (index, source) in self.config.source.iter().enumerate() {
            let Some(old) = &source.renamed_from else { continue };
            if seen.contains_key(old) {
                let at = self.position(&[Step::Key("source"), Step::Index(index), Step::Key("renamed_from")]);
                let message = format!("source `{old}` is still configured; remove it, or `renamed_from`");
                return Err(ConfigError::Invalid { at, message });
            }
        }
        self.check_alert_ids()
    }

    fn check_alert_ids(&self) -> Result<(), ConfigError> {
        let mut seen: BTreeMap<&AlertId, usize> = BTreeMap::new();
        for (index, alert) in self.config.alert.iter().enumerate() {
            if let Some(first) = seen.insert(&alert.id, index) {
                let at = |index| self.position(&[Step::Key("alert"), Step::Index(index), Step::Key("id")]);
                let message =
                    format!("alert `{}` is defined twice; the first stands in line {}", alert.id, at(first).line);
                return Err(ConfigError::Invalid { at: at(index), message });
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str, variables: &[(&str, &str)]) -> Result<ConfigFile, String> {
        let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        ConfigFile::parse(Path::new("t.toml"), text.to_owned(), &variables).map_err(|error| error.to_string())
    }

    #[test]
    fn each_source_has_the_line_that_its_position_says() {
        let source = |id: &str| format!("[[source]]\nid = \"{id}\" # đây\nplugin = \"feed\"\n\n");
        let file = parse(&format!("# Ở đây\n{}{}[daemon]\n\n{}", source("a"), source("b"), source("c")), &[]).unwrap();
        let one_by_one = (0..3).map(|index| file.position(&[Step::Key("source"), Step::Index(index)]).line);
        assert_eq!(file.lines_of_sources(), one_by_one.collect::<Vec<_>>());
    }

    #[track_caller]
    fn check_error(text: &str, expected: &str) {
        let error = parse(text, &[]).expect_err("it is wrong");
        assert!(error.starts_with(expected), "{error}");
    }

    #[test]
    fn an_empty_file_is_all_defaults() {
        assert_eq!(parse("", &[]).unwrap().config, Config::default());
    }

    #[test]
    fn a_wrong_key_is_named_with_the_nearest_right_one() {
        check_error(
            "[daemon]\ndata_dir = \"d\"\nlissten = \"127.0.0.1:1\"\n",
            "t.toml:3:1: unknown field `lissten`, expected `data_dir` or `listen`; did you mean `listen`?",
        );
    }

    #[test]
    fn a_wrong_value_is_named_with_its_place() {
        check_error("[daemon]\nlisten = 7\n", "t.toml:2:10: ");
        check_error("[fetch]\ntimeout = \"3 parsecs\"\n", "t.toml:2:11: ");
        check_error("[[source]]\nid = \"Ä\"\nplugin = \"feed\"\n", "t.toml:2:6: `Ä` is no source id");
        check_error(
            "[[source]]\nid = \"a\"\nplugin = \"feed\"\nschedule = { cron = \"99 * * * *\" }\n",
            "t.toml:4:12: ",
        );
    }

    #[test]
    fn a_source_twice_is_refused_with_both_places() {
        let twice = "[[source]]\nid = \"a\"\nplugin = \"feed\"\n[[source]]\nid = \"a\"\nplugin = \"feed\"\n";
        check_error(twice, "t.toml:5:6: source `a` is defined twice; the first stands in line 2");
    }

    #[test]
    fn a_wrong_alert_is_named_with_its_place() {
        let alert = "[[alert]]\nid = \"a\"\nquery = \"acme\"\n";
        check_error(&format!("{alert}{alert}"), "t.toml:5:6: alert `a` is defined twice; the first stands in line 2");
        check_error(&format!("{alert}cadense = \"daily\"\n"), "t.toml:4:1: unknown field `cadense`");
        check_error(&format!("{alert}deliver = [{{ mial = \"a@b.c\" }}]\n"), "t.toml:4:");
        check_error("[alerts]\npublic = \"x\"\n", "t.toml:2:1: unknown field `public`");
    }

    #[test]
    fn the_environment_wins() {
        let variables = [("TIDINGS_DAEMON_LISTEN", "127.0.0.1:9"), ("TIDINGS_FETCH_RESPECT_ROBOTS", "false")];
        let config = parse("[daemon]\nlisten = \"127.0.0.1:8\"\n", &variables).unwrap().config;
        assert_eq!(config.daemon.listen.port(), 9);
        assert!(!config.fetch.respect_robots);
    }

    #[test]
    fn a_wrong_variable_is_refused_by_name() {
        let error = parse("", &[("TIDINGS_FETCH_TIMEOUT", "soon")]).expect_err("it is wrong");
        assert!(error.starts_with("environment variable TIDINGS_FETCH_TIMEOUT: "), "{error}");
        let error = parse("", &[("TIDINGS_FETCH_TIMEOUTT", "1s")]).expect_err("it is wrong");
        assert!(error.starts_with("environment variable TIDINGS_FETCH_TIMEOUTT: unknown"), "{error}");
    }
}
