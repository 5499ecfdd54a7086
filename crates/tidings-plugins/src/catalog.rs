//! The plugins that are there, and what is wrong with the others.

mod copies;
mod search;
mod stamp;

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use tidings_model::PluginId;
use tidings_protocol::Error;

pub use search::search_dirs;

use crate::artifact::ProgramFileError;
use crate::config::PluginsConfig;
use crate::launcher::Launcher;
use crate::plugin::{Form, Plugin};
use crate::supervisor::describe;
use copies::{Copied, Copies};
use search::{Candidate, candidates};
use stamp::Stamp;

/// The plugins found in a list of folders.
///
/// A changed file is taken up by [`Catalog::refresh`]; until the new version is
/// ready, and where it never is, the last good one stays.
#[derive(Debug)]
pub struct Catalog {
    dirs: Vec<PathBuf>,
    copies: Copies,
    launcher: Launcher,
    config: PluginsConfig,
    /// One refresh at a time.
    files: tokio::sync::Mutex<BTreeMap<PathBuf, Known>>,
    shown: Mutex<Shown>,
}

/// What is wrong with a file that could be a plugin.
#[derive(Clone, Debug, PartialEq)]
pub struct Problem {
    pub path: PathBuf,
    /// `load` error, or `config.invalid`.
    pub error: Error,
    /// The plugin can be used nevertheless, in an earlier version or from another folder.
    pub is_warning: bool,
}

impl Problem {
    /// Whether the file, by its name, was meant to be the plugin `id`.
    pub fn may_be(&self, id: &PluginId) -> bool {
        let is_program = self.path.ends_with("plugin.toml");
        let named = if is_program { self.path.parent().and_then(Path::file_name) } else { self.path.file_stem() };
        let stem = named.map(|stem| stem.to_string_lossy().replace('_', "-")).unwrap_or_default();
        stem.trim_start_matches("libtidings-plugin-").trim_end_matches(".recipe") == id.as_str()
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path.display(), self.error)
    }
}

/// The store of copies cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("cannot keep copies of plugins in {}", path.display())]
pub struct CatalogError {
    pub path: PathBuf,
    pub source: io::Error,
}

/// What is known of one file.
#[derive(Debug)]
struct Known {
    stamp: Stamp,
    /// The last version that was ready.
    plugin: Option<Arc<Plugin>>,
    /// Why the present one is not.
    problem: Option<Error>,
}

#[derive(Debug, Default)]
struct Shown {
    plugins: BTreeMap<PluginId, Arc<Plugin>>,
    problems: Vec<Problem>,
}

impl Catalog {
    /// Looks for plugins in `dirs`, the first that holds an id wins, and keeps copies
    /// and manifests in `store_dir`: a file seen before costs no process.
    ///
    /// A folder that is not there is passed over. `dirs` is what [`search_dirs`] gives.
    ///
    /// # Errors
    ///
    /// When `store_dir` cannot be written. A file that is no good is a [`Problem`].
    pub async fn discover(
        dirs: &[PathBuf],
        store_dir: &Path,
        launcher: Launcher,
        config: &PluginsConfig,
    ) -> Result<Self, CatalogError> {
        let copies = Copies::open(store_dir).map_err(|source| CatalogError { path: store_dir.to_owned(), source })?;
        let catalog = Self {
            dirs: dirs.to_vec(),
            copies,
            launcher,
            config: config.clone(),
            files: tokio::sync::Mutex::default(),
            shown: Mutex::default(),
        };
        catalog.refresh().await;
        Ok(catalog)
    }

    /// A catalog of plugins that have a manifest and no file, for tests: each can be
    /// looked up, and none can be started. An unsound manifest is a [`Problem`].
    ///
    /// # Errors
    ///
    /// When `store_dir` cannot be written.
    #[cfg(feature = "testing")]
    pub fn of_manifests(manifests: Vec<tidings_protocol::Manifest>, store_dir: &Path) -> Result<Self, CatalogError> {
        let copies = Copies::open(store_dir).map_err(|source| CatalogError { path: store_dir.to_owned(), source })?;
        let mut shown = Shown::default();
        for manifest in manifests {
            let path = store_dir.join(&manifest.id);
            let artifact = crate::artifact::Artifact::File { path: path.clone(), form: Form::Native };
            match Plugin::new(manifest, String::new(), path.clone(), artifact) {
                Ok(plugin) => {
                    shown.plugins.insert(plugin.id.clone(), Arc::new(plugin));
                }
                Err(unsound) => {
                    let error = Error::new(tidings_protocol::code::LOAD_DESCRIBE_FAILED, unsound.to_string());
                    shown.problems.push(Problem { path, error, is_warning: false });
                }
            }
        }
        Ok(Self {
            dirs: Vec::new(),
            copies,
            launcher: Launcher::plugin_host(store_dir),
            config: PluginsConfig::default(),
            files: tokio::sync::Mutex::default(),
            shown: Mutex::new(shown),
        })
    }

    /// By id.
    pub fn plugins(&self) -> Vec<Arc<Plugin>> {
        self.shown().plugins.values().cloned().collect()
    }

    pub fn plugin(&self, id: &PluginId) -> Option<Arc<Plugin>> {
        self.shown().plugins.get(id).cloned()
    }

    pub fn problems(&self) -> Vec<Problem> {
        self.shown().problems.clone()
    }

    /// Takes up what changed in the folders: one `stat` for each file that did not.
    /// Answers whether any plugin or problem changed.
    pub async fn refresh(&self) -> bool {
        let mut files = self.files.lock().await;
        let candidates = candidates(&self.dirs);
        files.retain(|path, _| candidates.iter().any(|candidate| candidate.path == *path));
        for candidate in &candidates {
            let known = files.get(&candidate.path);
            if known.is_some_and(|known| known.stamp == candidate.stamp) {
                continue;
            }
            let last_good = known.and_then(|known| known.plugin.clone());
            if let Some(artifact) = self.take_up(candidate, last_good).await {
                files.insert(candidate.path.clone(), artifact);
            }
        }
        let shown = choose(&candidates, &files);
        let mut present = self.shown.lock().expect("nothing panics while this lock is held");
        let changed = !same(&present, &shown);
        *present = shown;
        changed
    }

    fn shown(&self) -> std::sync::MutexGuard<'_, Shown> {
        self.shown.lock().expect("nothing panics while this lock is held")
    }

    /// Copies and describes a new or changed plugin. `None` while it still changes.
    async fn take_up(&self, candidate: &Candidate, last_good: Option<Arc<Plugin>>) -> Option<Known> {
        let stamp = stamp::settled(candidate).await?;
        let (copies, path, form) = (self.copies.clone(), candidate.path.clone(), candidate.form);
        let copied = tokio::task::spawn_blocking(move || match form {
            Form::Native | Form::Recipe => copies.copy(&path, form, stamp).map_err(|error| uncopied(&error)),
            Form::Exec => copies.identify(&path).map(Some).map_err(|error| unread(&error)),
        });
        let ready = match copied.await.unwrap_or_else(|error| Err(uncopied(&io::Error::other(error)))) {
            Ok(None) => return None,
            Ok(Some(copied)) => self.ready(&candidate.path, copied).await,
            Err(error) => Err(error),
        };
        Some(match ready {
            Ok(plugin) => Known { stamp, plugin: Some(Arc::new(plugin)), problem: None },
            Err(problem) => Known { stamp, plugin: last_good, problem: Some(problem) },
        })
    }

    async fn ready(&self, path: &Path, copied: Copied) -> Result<Plugin, Error> {
        let known = self.copies.manifest(&copied.sha256);
        let is_known = known.is_some();
        let manifest = match known {
            Some(manifest) => manifest,
            None => describe(&self.config, &self.launcher, &copied.artifact).await.map_err(|mut error| {
                // It names the file that people write, not its copy.
                error.message =
                    error.message.replace(&*copied.artifact.path().to_string_lossy(), &path.to_string_lossy());
                error
            })?,
        };
        let plugin = Plugin::new(manifest, copied.sha256, path.to_owned(), copied.artifact)
            .map_err(|unsound| Error::new(tidings_protocol::code::LOAD_DESCRIBE_FAILED, unsound.to_string()))?;
        if !is_known && let Err(error) = self.copies.keep_manifest(&plugin.sha256, &plugin.manifest) {
            tracing::warn!(plugin = %plugin.id, %error, "cannot keep the manifest; it will be asked for again");
        }
        Ok(plugin)
    }
}

fn uncopied(error: &io::Error) -> Error {
    Error::new(tidings_protocol::code::LOAD_DLOPEN, format!("cannot be copied into the store: {error}"))
}

fn unread(error: &ProgramFileError) -> Error {
    Error::new(tidings_protocol::code::LOAD_DESCRIBE_FAILED, error.to_string())
}

/// Which plugin stands for its id: the first folder wins; of a build folder and its
/// `deps`, the newer file.
fn choose(candidates: &[Candidate], files: &BTreeMap<PathBuf, Known>) -> Shown {
    let mut shown = Shown::default();
    for candidate in candidates {
        let Some(artifact) = files.get(&candidate.path) else {
            continue;
        };
        let problem = |error: Error, is_warning| Problem { path: candidate.path.clone(), error, is_warning };
        if let Some(error) = &artifact.problem {
            shown.problems.push(problem(error.clone(), artifact.plugin.is_some()));
        }
        let Some(plugin) = &artifact.plugin else {
            continue;
        };
        match shown.plugins.get(&plugin.id) {
            None => {
                shown.plugins.insert(plugin.id.clone(), Arc::clone(plugin));
            }
            Some(first) => {
                let message = format!("plugin `{}` is taken from {} instead", plugin.id, first.path.display());
                let error = Error::new(tidings_protocol::code::CONFIG_INVALID, message);
                shown.problems.push(problem(error, true));
            }
        }
    }
    shown
}

fn same(one: &Shown, other: &Shown) -> bool {
    let versions = |shown: &Shown| -> Vec<_> {
        shown.plugins.values().map(|plugin| (plugin.path.clone(), plugin.sha256.clone())).collect()
    };
    one.problems == other.problems && versions(one) == versions(other)
}
