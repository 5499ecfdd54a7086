//! A plugin as it lies at a path: a library, a recipe, a folder with a program, or a
//! Rust crate that makes a library.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, bail};
use serde_json::Value;

use crate::failure::Usage;

const RECIPE: &str = ".recipe.toml";
/// What is no part of a plugin that is run.
const LEFT_OUT: &[&str] = &["tests", "target", ".git", "__pycache__"];
/// Most files of a plugin's folder.
const MAX_FILES: usize = 20_000;

/// How a crate is built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Profile {
    Debug,
    Release,
}

/// What is run, or copied to where it is run from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Artifact {
    Library(PathBuf),
    Recipe(PathBuf),
    /// With a `plugin.toml` that says which program to start.
    Folder(PathBuf),
}

impl Artifact {
    /// The plugin at `path`, and the folder under which its tests lie. A crate is built first.
    ///
    /// # Errors
    ///
    /// When there is no plugin, or it cannot be built.
    pub(crate) fn at(path: &Path, profile: Profile) -> anyhow::Result<(Self, PathBuf)> {
        let path = fs::canonicalize(path).map_err(|error| Usage(format!("cannot read {}: {error}", path.display())))?;
        if path.is_file() {
            let root = path.parent().unwrap_or(Path::new("/")).to_owned();
            let is_recipe = path.to_string_lossy().ends_with(RECIPE);
            return Ok((if is_recipe { Self::Recipe(path) } else { Self::Library(path) }, root));
        }
        if path.join("plugin.toml").is_file() {
            return Ok((Self::Folder(path.clone()), path));
        }
        if path.join("Cargo.toml").is_file() {
            return Ok((Self::Library(build(&path, profile)?), path));
        }
        match recipes(&path).as_slice() {
            [recipe] => Ok((Self::Recipe(recipe.clone()), path)),
            [] => Err(Usage(format!(
                "{} holds no plugin: name a library, a `NAME{RECIPE}`, or a folder with one, a `plugin.toml` or a `Cargo.toml`",
                path.display()
            ))
            .into()),
            _ => Err(Usage(format!("{} holds several recipes: name one of them", path.display())).into()),
        }
    }

    /// The name under which the catalog finds the plugin `id` of this form.
    pub(crate) fn installed_name(&self, id: &str) -> String {
        match self {
            Self::Library(_) => library_name(id),
            Self::Recipe(_) => format!("{id}{RECIPE}"),
            Self::Folder(_) => id.to_owned(),
        }
    }

    /// Where the recordings of the plugin `id` lie, whose tests are under `root`: in a folder of its own where it has one,
    /// as recipes have that lie side by side.
    pub(crate) fn recordings(&self, root: &Path, id: &str) -> PathBuf {
        let all = root.join("tests/recordings");
        let own = all.join(id);
        let is_one_of_many = matches!(self, Self::Recipe(_)) && 1 < recipes(root).len();
        if is_one_of_many || own.is_dir() && !own.join("recording.json").is_file() { own } else { all }
    }

    /// Where it lies.
    pub(crate) fn path(&self) -> &Path {
        let (Self::Library(path) | Self::Recipe(path) | Self::Folder(path)) = self;
        path
    }

    /// Copies it into `dir` under `name`, whole or not at all: it is written beside
    /// its place, and renamed.
    ///
    /// # Errors
    ///
    /// When something cannot be read or written.
    pub(crate) fn put(&self, dir: &Path, name: &str) -> io::Result<PathBuf> {
        fs::create_dir_all(dir)?;
        // In a folder that no catalog looks into, on the same file system.
        let incoming = tempfile::Builder::new().prefix(".incoming-").tempdir_in(dir)?;
        let (copy, place) = (incoming.path().join(name), dir.join(name));
        match self {
            Self::Library(path) | Self::Recipe(path) => copy_file(path, &copy)?,
            Self::Folder(path) => {
                copy_folder(path, &copy, &mut 0)?;
                if place.exists() {
                    // A folder is not replaced by a rename: the old one makes way first.
                    fs::rename(&place, incoming.path().join("replaced"))?;
                }
            }
        }
        fs::rename(&copy, &place)?;
        File::open(dir)?.sync_all()?;
        Ok(place)
    }
}

/// The file of the library that holds the plugin `id`.
pub(crate) fn library_name(id: &str) -> String {
    format!("libtidings_plugin_{}{}", id.replace('-', "_"), std::env::consts::DLL_SUFFIX)
}

fn recipes(dir: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(dir).into_iter().flatten().flatten().map(|entry| entry.path());
    entries.filter(|path| path.is_file() && path.to_string_lossy().ends_with(RECIPE)).collect()
}

fn copy_file(from: &Path, to: &Path) -> io::Result<()> {
    fs::copy(from, to)?;
    File::open(to)?.sync_all()
}

fn copy_folder(from: &Path, to: &Path, files: &mut usize) -> io::Result<()> {
    fs::create_dir(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        if entry.file_name().to_str().is_some_and(|name| LEFT_OUT.contains(&name)) {
            continue;
        }
        *files += 1;
        if MAX_FILES < *files {
            return Err(io::Error::other(format!("{} holds more than {MAX_FILES} files", from.display())));
        }
        let (kind, target) = (entry.file_type()?, to.join(entry.file_name()));
        if kind.is_symlink() {
            link(&fs::read_link(entry.path())?, &target)?;
        } else if kind.is_dir() {
            copy_folder(&entry.path(), &target, files)?;
        } else {
            copy_file(&entry.path(), &target)?;
        }
    }
    Ok(())
}

#[cfg(unix)]
fn link(to: &Path, at: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(to, at)
}

#[cfg(not(unix))]
fn link(to: &Path, at: &Path) -> io::Result<()> {
    Err(io::Error::other(format!("{} is a link to {}, which cannot be copied here", at.display(), to.display())))
}

/// Builds the crate, and says where its library lies.
fn build(dir: &Path, profile: Profile) -> anyhow::Result<PathBuf> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(["build", "--lib", "--message-format=json-render-diagnostics"]).current_dir(dir);
    command.stderr(Stdio::inherit());
    if profile == Profile::Release {
        command.arg("--release");
    }
    let built = command.output().context("cannot start cargo; a plugin in Rust needs it: https://rustup.rs")?;
    if !built.status.success() {
        bail!("{} does not build: see cargo's messages above", dir.display());
    }
    let manifest = dir.join("Cargo.toml");
    let library = String::from_utf8_lossy(&built.stdout).lines().rev().find_map(|line| library_of(line, &manifest));
    library.with_context(|| {
        format!(
            "{} makes no library that can be loaded: its [lib] needs `crate-type = [\"cdylib\", \"rlib\"]`",
            dir.display()
        )
    })
}

/// The library that this message of cargo tells of, if it is of the package of `manifest`.
fn library_of(message: &str, manifest: &Path) -> Option<PathBuf> {
    let message: Value = serde_json::from_str(message).ok()?;
    let is_ours = message["manifest_path"].as_str().is_some_and(|path| Path::new(path) == manifest);
    let mut files = message["filenames"].as_array()?.iter().filter_map(Value::as_str);
    files.find(|file| is_ours && file.ends_with(std::env::consts::DLL_SUFFIX)).map(PathBuf::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_replaced_whole() {
        let dir = tempfile::tempdir().unwrap();
        let (from, to) = (dir.path().join("from"), dir.path().join("plugins"));
        fs::create_dir_all(from.join("tests")).unwrap();
        fs::write(from.join("plugin.toml"), "exec = [\"one\"]").unwrap();
        let plugin = Artifact::Folder(from.clone());
        fs::create_dir_all(to.join("acme")).unwrap();
        fs::write(to.join("acme/old.py"), "").unwrap();
        let place = plugin.put(&to, "acme").unwrap();
        let names = |dir: &Path| -> Vec<_> {
            fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
        };
        assert_eq!(names(&place), ["plugin.toml"]);
        assert_eq!(names(&to), ["acme"]);
    }

    #[test]
    fn a_path_without_a_plugin_says_what_may_stand_there() {
        let dir = tempfile::tempdir().unwrap();
        let error = Artifact::at(dir.path(), Profile::Debug).unwrap_err();
        assert!(error.to_string().contains("holds no plugin"), "{error}");
        fs::write(dir.path().join("a.recipe.toml"), "").unwrap();
        let (artifact, _) = Artifact::at(dir.path(), Profile::Debug).unwrap();
        assert_eq!(artifact.installed_name("a"), "a.recipe.toml");
    }

    #[test]
    fn recipes_side_by_side_have_recordings_of_their_own() {
        let dir = tempfile::tempdir().unwrap();
        let (root, recipe) = (dir.path(), Artifact::Recipe(dir.path().join("a.recipe.toml")));
        fs::write(root.join("a.recipe.toml"), "").unwrap();
        assert_eq!(recipe.recordings(root, "a"), root.join("tests/recordings"));
        fs::write(root.join("b.recipe.toml"), "").unwrap();
        assert_eq!(recipe.recordings(root, "a"), root.join("tests/recordings/a"));
        let folder = Artifact::Folder(root.to_owned());
        assert_eq!(folder.recordings(root, "a"), root.join("tests/recordings"));
        fs::create_dir_all(root.join("tests/recordings/a")).unwrap();
        assert_eq!(folder.recordings(root, "a"), root.join("tests/recordings/a"));
        fs::write(root.join("tests/recordings/a/recording.json"), "").unwrap();
        assert_eq!(
            folder.recordings(root, "a"),
            root.join("tests/recordings"),
            "one of the plugin's is named after it"
        );
    }

    #[test]
    fn only_the_library_of_the_crate_itself_is_taken() {
        let message = r#"{"reason":"compiler-artifact","manifest_path":"/a/Cargo.toml","filenames":["/t/liba.rlib","/t/liba.so"]}"#;
        assert_eq!(library_of(message, Path::new("/a/Cargo.toml")), Some("/t/liba.so".into()));
        assert_eq!(library_of(message, Path::new("/b/Cargo.toml")), None);
    }
}
